"""Elections on money that came, or left, by a transfer: each figure by hand, and what must hold on every ledger."""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.trace.ledgers import ledgers
from tests.trace.test_elections import credit, day, move, of, pay, run, told
from tracer.model import NotCovered, RuleError
from tracer.trace.bounds import bounds, build
from tracer.trace.bounds_graph import PAID, TRANSFER
from tracer.trace.bounds_switched import Link, Switches, _Program, least, switched
from tracer.trace.changes import listed
from tracer.trace.elected import Elections, run_elected
from tracer.trace.events import Book, Event, Holding, enter, rows_of
from tracer.trace.replay import replay
from tracer.trace.restated import BackwardLink
from tracer.trace.theories.cherry_picking import allocated

RULES = ("fifo", "lifo", "pro_rata", "libr", "proceeds_first")
A_B = (Holding("A"), Holding("B"))


def arrived(name: str, of_: str, account: str, amount: int = 0) -> Event:
    return Event(name, "arrival", account, amount, of=of_)


# -- R0


def conduit(*, transit: bool) -> Book:
    """A: C 100 and T 100; 100 go to B, where C 50 was; B pays 80, receives 30, and pays 100 on: the matched payment."""
    sent = (
        [move("m", 100, "A", "B", in_transit=True), arrived("m2", "m", "B")] if transit else [move("m", 100, "A", "B")]
    )
    return told(
        credit("e1", 100, "C"),
        credit("e2", 100, "T"),
        credit("e3", 50, "C", account="B"),
        *sent,
        pay("x", 80, account="B"),
        credit("e4", 30, "C", account="B"),
        pay("q", 100, account="B"),
        accounts=A_B,
    )


@pytest.mark.parametrize("transit", [False, True])
@pytest.mark.parametrize(
    ("rule", "paid", "before"),
    [
        # what arrives is T 50, C 50; 70 were there until q (150 - 80), so 35 of each are held apart for it. x takes all else.
        ("pro_rata", {"T": 35, "C": 65}, {"T": 15, "C": 65}),
        ("proceeds_first", {"T": 70, "C": 30}, {"T": 30, "C": 50}),  # T 100 arrives
        ("libr", {"C": 100}, {"C": 80}),  # C 100 arrives: the proceeds stayed in A
    ],
)
def test_a_transfer_is_held_apart_for_the_payment_that_passed_it_on(
    rule: str, paid: dict[str, int], before: dict[str, int], transit: bool
) -> None:
    matched = ("m2" if transit else "m", "q")
    found = run(conduit(transit=transit), rule, specific_id=(matched,))
    assert (of(found, "sink:q"), of(found, "sink:x")) == (paid, before)
    assert found.moved["specific_id", *matched] == 70
    assert not [name for name in found.targets if "apart" in name or "restated" in name]


@pytest.mark.parametrize("transit", [False, True])
def test_a_chain_of_conduits_keeps_its_money_together(transit: bool) -> None:
    """T 60 comes to A beside C 40, goes on to B beside C 40, and is paid out: matched twice, all 60 arrive under LIBR."""
    legs = [move("m", 60, "A", "B", in_transit=True), arrived("m2", "m", "B")] if transit else [move("m", 60, "A", "B")]
    book = told(
        credit("e1", 40, "C"), credit("e2", 60, "T"), credit("e3", 40, "C", account="B"), *legs, pay("q", 60, account="B"),
        accounts=A_B,
    )  # fmt: skip
    assert of(run(book, "libr"), "sink:q") == {"C": 60}
    assert of(run(book, "libr", specific_id=(("e2", "m"),)), "sink:q") == {"C": 40, "T": 20}
    assert of(run(book, "libr", specific_id=(("e2", "m"), ("m", "q"))), "sink:q") == {"T": 60}


@pytest.mark.parametrize("transit", [False, True])
def test_each_part_of_a_matched_transfer_bears_its_part_of_the_charge(transit: bool) -> None:
    """T 60 is matched to a transfer of 80 that arrives with 76: 57 of the 60 arrive (3 in 60), and 19 of the C 20."""
    leg = move("m", 80, "A", "B", credited=76, in_transit=transit)
    legs = [leg, arrived("m2", "m", "B")] if transit else [leg]
    book = told(credit("e1", 40, "C"), credit("e2", 60, "T"), *legs, accounts=A_B)
    found = run(book, "libr", specific_id=(("e2", "m"),))
    assert (of(found, "bal:B"), of(found, "sink:TRANSIT_FEE")) == ({"T": 57, "C": 19}, {"T": 3, "C": 1})


@pytest.mark.parametrize("transit", [False, True])
@pytest.mark.parametrize("rule", RULES)
def test_a_matched_part_is_charged_by_largest_remainder(rule: str, transit: bool) -> None:
    """T 1 and C 2 are sent, 2 of 3 arrive: T 2/3, C 4/3. The floors are 0 and 1, and the cent left over is of T (1.2 step 8)."""
    leg = move("m", 3, "A", "B", credited=2, in_transit=transit)
    legs = [leg, arrived("m2", "m", "B")] if transit else [leg]
    found = run(told(credit("e1", 1, "T"), credit("e2", 2, "C"), *legs, accounts=A_B), rule, specific_id=(("e1", "m"),))
    assert (of(found, "bal:B"), of(found, "sink:TRANSIT_FEE")) == ({"T": 1, "C": 1}, {"C": 1})


@pytest.mark.parametrize("transit", [False, True])
@pytest.mark.parametrize("bundle", ["ordered", "blended"])
@pytest.mark.parametrize("rule", RULES)
def test_a_matched_part_of_which_nothing_arrives_was_charged(rule: str, bundle: str, transit: bool) -> None:
    """T 1 and K 9 are sent, 1 of 10 arrives: T 1/10, K 9/10. It is K, and T 1 is in the charge with K 8; B has no T to
    match to q, which is paid with what arrived."""
    leg = move("m", 10, "A", "B", credited=1, in_transit=transit)
    legs = [leg, arrived("m2", "m", "B")] if transit else [leg]
    book = told(credit("e1", 1, "T"), *legs, credit("e2", 1, "C", account="B"), pay("q", 1, account="B"), accounts=A_B)
    found = run(book, rule, bundle=bundle, specific_id=(("e1", "m"), ("m", "q")))
    assert (of(found, "sink:TRANSIT_FEE"), of(found, "sink:q"), of(found, "bal:B")) == (
        {"T": 1, "K": 8},
        {"K": 1},
        {"C": 1},
    )
    assert found.moved == {("specific_id", "e1", "m"): 1, ("specific_id", "m", "q"): 1}


def test_a_matched_part_smaller_than_a_unit_of_the_other_currency_is_refused() -> None:
    """T 1 and C 9 buy 1: T 1/10 of a unit. It was not charged, and no target holds a tenth."""
    book = told(
        credit("e1", 1, "T"), credit("e2", 9, "C"), move("m", 10, "A", "E", credited=1),
        accounts=(Holding("A", "JPY"), Holding("E", "EUR")),
    )  # fmt: skip
    with pytest.raises(NotCovered, match="less than one unit of the other currency") as refused:
        run(book, "libr", specific_id=(("e1", "m"),))
    assert refused.value.next_call
    # blended, the parts are one lot before they are converted: C 9/10 is the larger remainder
    assert of(run(book, "libr", specific_id=(("e1", "m"),), bundle="blended"), "bal:E") == {"C": 1}


def test_two_payments_share_one_arrival_in_the_order_of_the_links() -> None:
    book = told(
        credit("e1", 100, "T"), credit("e2", 100, "C", account="B"), move("m", 100, "A", "B"), pay("p", 70, account="B"),
        pay("q", 70, account="B"), accounts=A_B,
    )  # fmt: skip
    found = run(book, "libr", specific_id=(("m", "p"), ("m", "q")))
    assert (of(found, "sink:p"), of(found, "sink:q")) == ({"T": 70}, {"T": 30, "C": 40})


def test_a_mixed_credit_is_held_apart_class_first() -> None:
    """Of 2 C, 1 a, 1 b take 1: proceeds are half, and half a cent goes to them: one cent, to a (the earlier label)."""
    mixed = Event("e1", "credit", "A", 4, (("C", 2), ("a", 1), ("b", 1)))
    book = told(mixed, pay("p", 1), proceeds=("a", "b"))
    assert of(run(book, "libr", specific_id=(("e1", "p"),)), "sink:p") == {"a": 1}


# -- restoration


def refilled(*, debt: int = 0, charge: int = 0) -> Book:
    """B: T 100 came and 90 left. A holds C 30 and w 30 and sends 60 to B, meaning to restore; then B pays 50."""
    return told(
        credit("e1", 100, "T", account="B"),
        pay("p", 90 + 10 * bool(debt) + debt, account="B"),
        credit("e2", 30, "C"),
        credit("e3", 30, "w"),
        move("m", 60, "A", "B", **({"credited": 60 - charge} if charge else {})),
        pay("q", 20, account="B"),
        accounts=A_B,
        proceeds=("T", "w"),
    )


def test_a_transfer_meant_to_restore_is_relabelled_up_to_the_shortfall() -> None:
    """30 of its 60 are other money; 90 of T are missing: 30 become T. Without it T stays at 10."""
    assert of(run(refilled(), "fifo"), "bal:B") == {"C": 20, "w": 30}
    found = run(refilled(), "fifo", restoration=("m",))
    assert found.moved["restoration", "m"] == 30
    # FIFO: T 10, then the restored T 30, then w 30; 20 go
    assert (of(found, "sink:q"), of(found, "bal:B")) == ({"T": 20}, {"T": 20, "w": 30})


def test_a_debt_is_repaid_from_the_rest_of_the_restoring_transfer_first() -> None:
    """B is 25 in debt: w 25 repay the bank, T 30 are restored, w 5 are left; q takes 20."""
    found = run(refilled(debt=25), "fifo", restoration=("m",))
    assert of(found, "sink:OVERDRAFT") == {"w": 25}
    assert (of(found, "sink:q"), of(found, "bal:B")) == ({"T": 20}, {"T": 10, "w": 5})


def test_a_charge_on_the_way_restores_nothing() -> None:
    """56 of 60 arrive: C 28, w 28; the charge keeps C 2, w 2."""
    found = run(refilled(charge=4), "libr", restoration=("m",))
    assert found.moved["restoration", "m"] == 28
    assert of(found, "sink:TRANSIT_FEE") == {"C": 2, "w": 2}


def test_what_was_paid_into_the_account_by_a_transfer_counts_as_missing() -> None:
    """The shortfall counts every credit of the account, transfers included (tracing.md 1.3)."""
    book = told(
        credit("e1", 50, "T"), move("m", 50, "A", "B"), pay("p", 50, account="B"), credit("e2", 80, "C", account="B"),
        accounts=A_B,
    )  # fmt: skip
    assert of(run(book, "libr", restoration=("e2",)), "bal:B") == {"T": 50, "C": 30}


# -- R7


def acquired(*, payment_transfer: bool, credit_transfer: bool) -> Book:
    """B buys (through D, or at once) for 100 of its own; then T 100 comes to A, of which 80 reach B."""
    accounts = (Holding("A"), Holding("B"), Holding("D"))
    pays = [move("p", 100, "B", "D"), pay("y", 90, account="D")] if payment_transfer else [pay("p", 100, account="B")]
    comes = (
        [credit("e2", 100, "T"), move("r", 80, "A", "B")] if credit_transfer else [credit("r", 80, "T", account="B")]
    )
    return told(credit("e1", 100, "C", account="B"), *pays, *comes, accounts=accounts)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("credit_transfer", [False, True])
def test_a_later_transfer_pays_for_an_earlier_payment(rule: str, credit_transfer: bool) -> None:
    link = BackwardLink("r", "p", ("EX-1",))
    found = run(acquired(payment_transfer=False, credit_transfer=credit_transfer), rule, r7=(link,))
    assert (of(found, "sink:p"), of(found, "bal:B")) == ({"T": 80, "C": 20}, {"C": 80})
    assert of(found, "bal:A") == ({"T": 20} if credit_transfer else {})
    assert found.moved["r7", "r", "p"] == 80


@pytest.mark.parametrize("credit_transfer", [False, True])
@pytest.mark.parametrize(
    ("rule", "yacht", "left"),
    [
        # what arrives in D is T 80, C 20; 90 of it buy
        ("libr", {"C": 20, "T": 70}, {"T": 10}),
        ("proceeds_first", {"T": 80, "C": 10}, {"C": 10}),
        ("pro_rata", {"T": 72, "C": 18}, {"T": 8, "C": 2}),
    ],
)
def test_a_linked_payment_that_is_a_transfer_carries_on(
    rule: str, yacht: dict[str, int], left: dict[str, int], credit_transfer: bool
) -> None:
    link = BackwardLink("r", "p", ("EX-1",))
    found = run(acquired(payment_transfer=True, credit_transfer=credit_transfer), rule, r7=(link,))
    assert (of(found, "sink:y"), of(found, "bal:D"), of(found, "bal:B")) == (yacht, left, {"C": 80})


def test_borrowed_money_is_replaced_first_and_stands_last_in_what_arrives() -> None:
    """B sends 100 with C 40 of its own: K 60. T 80 come later: K 60 and C 20 are replaced. D is 30 in debt: what was drawn
    first repays it, C 20 and T 20 in one lot: 15 of each. The bank of B is repaid by replacement money."""
    book = told(
        credit("e1", 40, "C", account="B"), move("p", 100, "B", "D"), credit("r", 80, "T", account="B"),
        accounts=(Holding("B"), Holding("D", debt=30)),
    )  # fmt: skip
    found = run(book, "libr", r7=(BackwardLink("r", "p", ("EX-1",)),))
    assert of(found, "bal:D") == {"C": 5, "T": 65}
    assert (of(found, "sink:OVERDRAFT"), of(found, "bal:B")) == ({"C": 75, "T": 15}, {"C": 20})


def test_two_credits_pay_for_one_transfer_and_never_more_than_it() -> None:
    book = told(
        credit("e1", 100, "C", account="B"), move("p", 100, "B", "D"), credit("r", 80, "T", account="B"),
        credit("s", 50, "T", account="B"), accounts=(Holding("B"), Holding("D")),
    )  # fmt: skip
    links = (BackwardLink("r", "p", ("EX-1",)), BackwardLink("s", "p", ("EX-1",)))
    found = run(book, "libr", r7=links)
    assert (of(found, "bal:D"), of(found, "bal:B")) == ({"T": 100}, {"C": 100, "T": 30})
    assert found.moved["r7", "s", "p"] == 20


def test_one_transfer_pays_for_two_payments() -> None:
    """T 80 of the credit: 50 for p, and the other 30 for q."""
    book = told(
        credit("e1", 100, "C", account="B"), pay("p", 50, account="B"), pay("q", 50, account="B"), credit("e2", 80, "T"),
        move("r", 80, "A", "B"), accounts=A_B,
    )  # fmt: skip
    links = (BackwardLink("r", "p", ("EX-1",)), BackwardLink("r", "q", ("EX-1",)))
    found = run(book, "libr", r7=links)
    assert (of(found, "sink:p"), of(found, "sink:q"), of(found, "bal:B")) == ({"T": 50}, {"T": 30, "C": 20}, {"C": 80})


@pytest.mark.parametrize("transit", [False, True])
def test_a_charged_payment_is_linked_as_it_left_and_the_charge_takes_its_part(transit: bool) -> None:
    """B sends 100 of its own, of which 90 arrive; T 80 come later. The bundle becomes T 80, C 20; a tenth of each is charged."""
    leg = move("p", 100, "B", "D", credited=90, in_transit=transit)
    book = told(
        credit("e1", 100, "C", account="B"), leg, *([arrived("p2", "p", "D")] if transit else []),
        credit("r", 80, "T", account="B"), accounts=(Holding("B"), Holding("D")),
    )  # fmt: skip
    found = run(book, "libr", r7=(BackwardLink("r", "p", ("EX-1",)),))
    assert (of(found, "bal:D"), of(found, "sink:TRANSIT_FEE")) == ({"C": 18, "T": 72}, {"C": 2, "T": 8})
    assert (of(found, "bal:B"), found.moved["r7", "r", "p"]) == ({"C": 80}, 80)


# -- elections together


def test_what_is_held_apart_is_still_in_the_account_when_a_later_credit_restores() -> None:
    """T 100 is held apart for q. Before q nothing is short; after q, that is paid with all of it, 100 are."""
    links = (("e1", "q"),)
    before = told(credit("e1", 100, "T"), credit("r", 100, "C"), pay("q", 100))
    found = run(before, "libr", specific_id=links, restoration=("r",))
    assert (of(found, "sink:q"), of(found, "bal:A")) == ({"T": 100}, {"C": 100})
    after = told(credit("e1", 100, "T"), pay("q", 100), credit("r", 120, "C"))
    found = run(after, "libr", specific_id=links, restoration=("r",))
    assert (of(found, "sink:q"), of(found, "bal:A")) == ({"T": 100}, {"C": 20, "T": 100})


@pytest.mark.parametrize("interest", ["prorata_posting", "prorata_daily"])
def test_interest_follows_what_is_held_apart_too(interest: str) -> None:
    """The bank pays 10 on T 100, which are held apart for q, and C 100: five and five; without T it would be clean."""
    book = told(
        credit("e1", 100, "T", day=day(1)), credit("e2", 100, "C", day=day(1)), Event("i", "interest", "A", 10, day=day(4)),
        pay("q", 100, day=day(5)),
    )  # fmt: skip
    found = run(book, "fifo", specific_id=(("e1", "q"),), interest=interest)
    assert (of(found, "sink:q"), of(found, "bal:A")) == ({"T": 100}, {"C": 105, "T": 5})


def test_a_transfer_that_restores_nothing_arrives_in_the_order_drawn() -> None:
    """T 30 and then C 20 are sent; B was never short. Oldest first, it pays 30 of T, as without the election."""
    book = told(credit("e1", 30, "T"), credit("e2", 20, "C"), move("m", 50, "A", "B"), pay("x", 30, account="B"), accounts=A_B)  # fmt: skip
    for elected in ({}, {"restoration": ("m",)}):
        assert of(run(book, "fifo", **elected), "sink:x") == {"T": 30}


# -- groups


def test_a_payment_still_on_its_way_inside_a_group_never_left_it() -> None:
    book = told(
        credit("e1", 100, "T"), move("m", 60, "A", "B", in_transit=True), credit("e2", 60, "C", account="B"),
        pay("p", 50, account="B"), arrived("m2", "m", "B"), accounts=A_B,
    )  # fmt: skip
    assert of(run(book, "fifo", group={"G": ("A", "B")}), "sink:p") == {"T": 50}


@pytest.mark.parametrize("transit", [False, True])
def test_a_charge_inside_a_group_is_its_fee(transit: bool) -> None:
    leg = move("m", 60, "A", "B", credited=57, in_transit=transit)
    legs = [leg, arrived("m2", "m", "B")] if transit else [leg]
    found = run(told(credit("e1", 100, "T"), *legs, accounts=A_B), "fifo", group={"G": ("A", "B")})
    assert (of(found, "sink:FEE"), of(found, "bal:G")) == ({"T": 3}, {"T": 97})


def test_the_charge_inside_a_group_is_paid_by_other_money_where_fees_are() -> None:
    book = told(credit("e1", 100, "T"), credit("e2", 50, "C"), move("m", 60, "A", "B", credited=57), accounts=A_B)
    found = run(book, "fifo", group={"G": ("A", "B")}, fee="clean_first")
    assert (of(found, "sink:FEE"), of(found, "bal:G")) == ({"C": 3}, {"T": 100, "C": 47})


def test_a_group_opens_with_what_is_left_of_money_and_debt() -> None:
    book = told(credit("e1", 10, "T"), accounts=(Holding("A", opening=(("U", 50),)), Holding("B", debt=20)))
    assert of(run(book, "fifo", group={"G": ("A", "B")}), "bal:G") == {"U": 30, "T": 10}
    owed = told(credit("e1", 10, "T"), accounts=(Holding("A", opening=(("U", 5),)), Holding("B", debt=20)))
    found = run(owed, "fifo", group={"G": ("A", "B")})
    assert (of(found, "bal:G"), of(found, "sink:OVERDRAFT")) == ({}, {"U": 5, "T": 10})


def test_proceeds_with_which_a_group_opens_are_counted_where_they_repay_its_debt() -> None:
    """T 30 and C 20 stand against 40 that B owes: the bank has T 30 and C 10. No cent of proceeds is in neither place."""
    book = told(credit("e1", 5, "C"), accounts=(Holding("A", opening=(("T", 30), ("C", 20))), Holding("B", debt=40)))
    found = run(book, "fifo", group={"G": ("A", "B")})
    assert (of(found, "bal:G"), of(found, "sink:OVERDRAFT")) == ({"C": 15}, {"C": 10, "T": 30})


# -- refusals

REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"specific_id": (("m", "e1"),)}, "specific identification of m .transfer. and e1 .credit."),
    ({"specific_id": (("m", "z"),)}, "earlier, or in another account"),
    ({"specific_id": (("m", "early"),)}, "earlier, or in another account"),
    ({"restoration": ("q",)}, "restoration of q, which is a debit"),
    ({"restoration": ("m",), "specific_id": (("m", "q"),)}, "named by two elections"),
    ({"restoration": ("m",), "r7": (BackwardLink("m", "early", ("EX-1",)),)}, "named by two elections"),
    ({"r7": (BackwardLink("q", "early", ("EX-1",)),)}, "an r7 link of q, which is a debit"),
    ({"r7": (BackwardLink("m", "i", ("EX-1",)),)}, "an r7 link to i, which is a interest"),
    ({"r7": (BackwardLink("m", "q", ("EX-1",)),)}, "which is later"),
    ({"r7": (BackwardLink("m", "m", ("EX-1",)),)}, "which is later"),
    ({"r7": (BackwardLink("m", "early", ()),)}, "names no evidence"),
    ({"r7": (BackwardLink("m", "euro", ("EX-1",)),)}, "is in XXX, and the payment euro was made in EUR"),
    ({"r7": (BackwardLink("lost", "early", ("EX-1",)),)}, "still on its way"),
    ({"restoration": ("nowhere",)}, "no event 'nowhere'"),
    ({"specific_id": (("m", "back"),), "reversal": "new_credit_tail"}, "back came back"),
    ({"r7": (BackwardLink("e4", "back", ("EX-1",)),), "reversal": "new_credit_tail"}, "back came back"),
    ({"group": {"E": ("A", "B")}}, "bears the name of an account"),
    ({"group": {"G": ("A", "E")}}, "several currencies"),
]


@pytest.mark.parametrize(("elected", "words"), REFUSED, ids=lambda x: x if isinstance(x, str) else "")
def test_what_cannot_be_elected_is_refused_with_a_sentence(elected: dict[str, Any], words: str) -> None:
    book = told(
        credit("e1", 100, "T"), credit("e2", 90, "C", account="E"), pay("euro", 50, account="E"),
        credit("e3", 50, "C", account="B"), pay("early", 20, account="B"), Event("i", "interest", "A", 1),
        move("m", 60, "A", "B"), pay("q", 60, account="B"), pay("z", 5), pay("back", 9, account="B"),
        Event("e5", "reversal", "B", 9, of="back"), credit("e4", 9, "T", account="B"), move("lost", 5, "A", "B", in_transit=True),
        accounts=(Holding("A"), Holding("B"), Holding("E", "EUR")),
    )  # fmt: skip
    with pytest.raises((RuleError, NotCovered), match=words) as refused:
        run(book, "libr", **elected)
    assert refused.value.meaning and refused.value.next_call  # noqa: PT018


# -- the interval with the switch on


def interval(
    book: Book, target: str, *, links: tuple[BackwardLink, ...] = (), restored: tuple[str, ...] = ()
) -> tuple[int, int]:
    entries = enter(book)
    switches = Switches(
        links=tuple(Link(rows_of(entries, x.credit)[-1], rows_of(entries, x.payment)[0]) for x in links),
        restored=tuple(rows_of(entries, name)[-1] for name in restored),
    )
    return switched(build(entries), (target,), switches)


def test_without_a_switch_the_interval_is_floor_and_ceiling() -> None:
    """N6: Boat [1500, 9000] is shipped as a case; here TWO: 150 of other money can reach a payment of 380."""
    book = told(
        credit("e0", 100, "C"), credit("e1", 500, "T"), move("m", 350, "A", "B"), pay("h", 380, account="B"),
        accounts=(Holding("A"), Holding("B", opening=(("U", 50),))),
    )  # fmt: skip
    found = bounds(enter(book), ["sink:h"])
    assert interval(book, "sink:h") == (found.floor, found.ceiling) == (230, 350)


def test_an_accepted_link_moves_the_interval() -> None:
    """E2b: 140,000 for the payment, nothing absorbed, 50,000 left, whatever the rule."""
    book = told(credit("e1", 100000, "T"), pay("p", 140000), credit("r", 90000, "T"))
    link = (BackwardLink("r", "p", ("EX-1",)),)
    assert interval(book, "sink:p") == (100000, 100000)
    assert interval(book, "sink:p", links=link) == (140000, 140000)
    assert interval(book, "sink:OVERDRAFT", links=link) == (0, 0)
    assert interval(book, "bal:A", links=link) == (50000, 50000)


@pytest.mark.parametrize("rule", RULES)
def test_the_balance_an_account_ends_with_gains_nothing_by_its_last_payment(rule: str) -> None:
    """B holds U 2 and ends by paying 1; T 1, later and in A, pays for that. Of the 1 left in B nothing was ever proceeds."""
    book = told(credit("e1", 2, "U", account="B"), pay("p", 1, account="B"), credit("r", 1, "T"), accounts=A_B)
    link = (BackwardLink("r", "p", ("EX-1",)),)
    found = run(book, rule, r7=link)
    assert [of(found, x) for x in ("sink:p", "bal:A", "bal:B")] == [{"T": 1}, {"C": 1}, {"U": 1}]
    assert [interval(book, x, links=link) for x in ("sink:p", "bal:A", "bal:B")] == [(1, 1), (0, 0), (0, 0)]


@pytest.mark.parametrize(
    ("bundle", "opened", "came", "moved", "house", "left"),
    [
        # 100 of own money bought 92: m = 60, so 40 own and 60 of proceeds left; 92 of them are 36.8 and 55.2
        pytest.param("ordered", 100, 60, 60, {"T": 55, "C": 37}, {"C": 60}, id="own money"),
        pytest.param("blended", 100, 60, 60, {"T": 55, "C": 37}, {"C": 60}, id="own money, blended"),
        # 40 own and 60 lent by the bank: 80 of proceeds take the 60 of the bank first, then 20 own. 92 are C 18.4, T 18.4, T 55.2
        pytest.param("ordered", 40, 80, 80, {"T": 73, "C": 19}, {"C": 20}, id="what the bank lent comes first"),
        # one lot of C 20 and T 80: 18.4 and 73.6
        pytest.param(
            "blended", 40, 80, 80, {"T": 74, "C": 18}, {"C": 20}, id="one lot, what the bank lent with the rest"
        ),
    ],
)
def test_a_payment_that_was_converted_is_linked_in_the_currency_that_left(
    bundle: str, opened: int, came: int, moved: int, house: dict[str, int], left: dict[str, int]
) -> None:
    """The fraction that is proceeds passes to the bought currency (1.3, FX), by largest remainder over the cells."""
    book = told(
        credit("e0", opened, "C"), move("fx", 100, "A", "E", credited=92), pay("house", 92, account="E"), credit("e1", came, "T"),
        accounts=(Holding("A", "USD"), Holding("E", "EUR")),
    )  # fmt: skip
    link = BackwardLink("e1", "fx", ("EX-1",))
    for rule in RULES:
        found = run(book, rule, r7=(link,), bundle=bundle)
        assert found.moved["r7", "e1", "fx"] == moved
        assert (found.targets["sink:house"] | house, {k: x for k, x in found.targets["bal:A"].items() if x}) == (
            found.targets["sink:house"],
            left,
        )
        floor, ceiling = interval(book, "sink:house", links=(link,))
        assert floor - 1 <= house["T"] <= ceiling + 1


def test_restoration_widens_the_ceiling_only() -> None:
    """E4: 10,000 left; with intent up to 100,000, and still no less than 10,000."""
    book = told(credit("e1", 100000, "T"), pay("p", 90000), credit("e3", 90000, "C"))
    assert interval(book, "bal:A") == (10000, 10000)
    assert interval(book, "bal:A", restored=("e3",)) == (10000, 100000)


def test_the_same_cents_are_not_given_twice() -> None:
    """T 100 of 150; 90 and 60 are paid. Each payment alone may be 90, and 60; together no more than 100."""
    book = told(credit("e1", 100, "T"), credit("e2", 50, "C"), pay("p", 90), pay("q", 60))
    graph = build(enter(book))
    assert allocated(graph, {"sink:p": 90, "sink:q": 60}) == {"sink:p": 90, "sink:q": 10}
    assert allocated(graph, {"sink:q": 60, "sink:p": 90}) == {"sink:q": 60, "sink:p": 40}


@given(ledger=ledgers(conversions=False), data=st.data(), bundle=st.sampled_from(["ordered", "blended"]))
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_cents_are_neither_made_nor_lost_and_the_interval_holds_them(ledger, data, bundle) -> None:
    """Of any ledger: proceeds in all targets = introduced + restored, whatever was elected, and each rule lies inside."""
    book = listed(ledger.entries())
    entries = enter(book)
    comes = [e.id for e in book.events if e.kind in ("credit", "transfer") and not e.in_transit]
    leaves = [e.id for e in book.events if e.kind in ("debit", "transfer") and not e.in_transit]
    assume(comes and leaves)
    place = {e.id: k for k, e in enumerate(book.events)}
    name, other = data.draw(st.sampled_from(comes)), data.draw(st.sampled_from(leaves))
    kind = data.draw(st.sampled_from(("r7", "restoration", "specific_id")))
    event, payment = book.event(name), book.event(other)
    into = event.to if event.kind == "transfer" else event.account
    switches, elected = Switches(), Elections(bundle=bundle)
    if kind == "r7":
        assume(place[other] < place[name] and not any(e.kind == "reversal" and e.of == other for e in book.events))
        assume(all(h.currency == "USD" for h in book.holdings))
        elected = Elections(bundle=bundle, r7=(BackwardLink(name, other, ("EX-1",)),))
        switches = Switches(links=(Link(rows_of(entries, name)[-1], rows_of(entries, other)[0]),))
    elif kind == "restoration":
        elected = Elections(bundle=bundle, restoration=(name,))
        switches = Switches(restored=(rows_of(entries, name)[-1],))
    else:
        assume(place[name] < place[other] and into == payment.account)
        assume(not any(e.kind == "reversal" and e.of == other for e in book.events))
        elected = Elections(bundle=bundle, specific_id=((name, other),))
    introduced = int(entries.origin[:, entries.proceeds].sum())
    graph, intervals = build(entries), {}
    for rule in RULES:
        found = run_elected(book, rule, elected)
        figures = {t: sum(x for k, x in labels.items() if k in book.proceeds) for t, labels in found.targets.items()}
        recorded = {t: sum(labels.values()) for t, labels in found.targets.items()}
        assert sum(figures.values()) == introduced + found.moved.get(("restoration", name), 0)
        assert recorded == {t: sum(x.values()) for t, x in replay(entries, rule, bundle=bundle).targets.items()}
        assert min(x for labels in found.targets.values() for x in labels.values()) >= 0
        for target, figure in figures.items():
            if target not in intervals:  # no interval depends on the rule
                intervals[target] = switched(graph, (target,), switches)
            floor, ceiling = intervals[target]
            assert floor <= figure <= ceiling, (rule, target)


@given(ledger=ledgers(conversions=False))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_floor_of_a_withdrawal_by_two_engines(ledger) -> None:
    """By maximum flow with its arc as a target, and by the least that a linear program lets that arc carry."""
    entries = ledger.entries()
    graph = build(entries)
    program = _Program(graph, Switches())
    for row in np.flatnonzero(~entries.credit).tolist():
        mine = (graph.row == row) & (graph.tail == graph.node_of[row]) & np.isin(graph.kind, (PAID, TRANSFER))
        arcs = dict.fromkeys(np.flatnonzero(mine).tolist(), 1.0)
        assert least(graph, [row])[row] == (round(program.optimum(arcs, most=False)) if arcs else 0)

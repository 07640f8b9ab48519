"""What may be elected: the default and each named alternative, figures derived by hand; a wrong choice is refused."""

from datetime import date
from typing import Any

import pytest

from tracer.model import NotCovered, RuleError, TracerError
from tracer.trace.elected import BackwardLink, Elections, Run, run_elected
from tracer.trace.elections import feasible_orders
from tracer.trace.events import Book, Event, Holding


def day(number: int) -> date:
    return date(2024, 1, number)


def credit(name: str, amount: int, label: str, **more: Any) -> Event:
    return Event(name, "credit", more.pop("account", "A"), amount, ((label, amount),), **more)


def pay(name: str, amount: int, **more: Any) -> Event:
    return Event(name, "debit", more.pop("account", "A"), amount, sink=name, **more)


def move(name: str, amount: int, account: str, to: str, **more: Any) -> Event:
    return Event(name, "transfer", account, amount, to=to, **more)


def told(*events: Event, accounts: tuple[Holding, ...] = (Holding("A"),), proceeds: tuple[str, ...] = ("T",)) -> Book:
    return Book(accounts, events, proceeds)


def run(book: Book, rule: str, **elected: Any) -> Run:
    return run_elected(book, rule, Elections(**elected))


def of(run: Run, target: str) -> dict[str, int]:
    return {label: amount for label, amount in run.targets.get(target, {}).items() if amount}


INTEREST = told(
    credit("e1", 100, "C", day=day(1)), credit("e2", 100, "T", day=day(3)), Event("i", "interest", "A", 12, day=day(5))
)


@pytest.mark.parametrize(
    ("choice", "held"),
    [
        (None, {"C": 106, "T": 106}),  # at posting: half of 12 each
        ("prorata_posting", {"C": 106, "T": 106}),
        ("prorata_daily", {"C": 108, "T": 104}),  # closings of days 1 to 4: C 400, T 200, so T gets a third of 12
        ("clean", {"C": 112, "T": 100}),
        ("proceeds", {"C": 100, "T": 112}),
    ],
)
def test_interest(choice: str | None, held: dict[str, int]) -> None:
    assert of(run(INTEREST, "libr", **({"interest": choice} if choice else {})), "bal:A") == held


@pytest.mark.parametrize(
    ("elected", "fee"), [({}, {"T": 30}), ({"fee": "rule"}, {"T": 30}), ({"fee": "clean_first"}, {"C": 30})]
)
@pytest.mark.parametrize("rule", ["fifo", "proceeds_first"])
def test_fee(rule: str, elected: dict[str, str], fee: dict[str, int]) -> None:
    book = told(credit("e1", 100, "T"), credit("e2", 50, "C"), pay("f", 30, sink_type="FEE"))
    assert of(run(book, rule, **elected), "sink:f") == fee


@pytest.mark.parametrize(
    ("elected", "paid"),
    [
        ({}, {"T": 50}),  # as if the payment had never been
        ({"reversal": "void"}, {"T": 50}),
        ({"reversal": "new_credit_tail"}, {"T": 40, "C": 10}),  # T40 stayed in front, the T60 came back behind C50
    ],
)
def test_reversal(elected: dict[str, str], paid: dict[str, int]) -> None:
    back = Event("r", "reversal", "A", 60, of="p")
    book = told(credit("e1", 100, "T"), credit("e2", 50, "C"), pay("p", 60), back, pay("x", 50))
    assert of(run(book, "fifo", **elected), "sink:x") == paid


def test_a_smaller_return_is_a_new_credit_at_the_tail_and_the_rest_stays() -> None:
    back = Event("r", "reversal", "A", 20, of="p")
    found = run(told(credit("e1", 30, "T"), credit("e2", 30, "C"), pay("p", 60), back), "fifo")
    assert (of(found, "bal:A"), of(found, "sink:p")) == ({"T": 10, "C": 10}, {"T": 20, "C": 20})


def test_a_returned_deposit_is_void_and_what_was_spent_against_it_is_the_banks() -> None:
    found = run(told(credit("e1", 50, "T"), pay("p", 30), Event("r", "returned", "A", 50, of="e1")), "fifo")
    assert (of(found, "sink:p"), of(found, "bal:A")) == ({"K": 30}, {})


@pytest.mark.parametrize(
    ("elected", "held", "bank"),
    [
        ({}, {"T": 30, "C": 20}, {"T": 30, "C": 20}),  # 50 of 100 stay, in proportion
        ({"mixed_repay": "pro_rata"}, {"T": 30, "C": 20}, {"T": 30, "C": 20}),
        ({"mixed_repay": "clean_first"}, {"T": 50}, {"T": 10, "C": 40}),
    ],
)
def test_mixed_repay(elected: dict[str, str], held: dict[str, int], bank: dict[str, int]) -> None:
    mixed = Event("e1", "credit", "A", 100, (("T", 60), ("C", 40)))
    found = run(told(mixed, accounts=(Holding("A", debt=50),)), "fifo", **elected)
    assert (of(found, "bal:A"), of(found, "sink:OVERDRAFT")) == (held, bank)


@pytest.mark.parametrize(
    ("elected", "paid"),
    [
        ({}, {"C": 4, "U": 36}),  # own money first, pro rata among it: 40 of C10 and U90
        ({"unknown_as": "clean"}, {"C": 4, "U": 36}),
        ({"unknown_as": "proceeds"}, {"C": 10, "T": 30}),
    ],
)
def test_unknown_as(elected: dict[str, str], paid: dict[str, int]) -> None:
    opened = (Holding("A", opening=(("U", 90),)),)
    book = told(credit("e1", 10, "C"), credit("e2", 100, "T"), pay("p", 40), accounts=opened)
    assert of(run(book, "libr", **elected), "sink:p") == paid


@pytest.mark.parametrize(
    ("elected", "held", "cash"),
    [
        ({}, {"U": 100}, {"T": 100}),  # refused: unknown money came, the proceeds are still in cash
        ({"cash_link": "refused"}, {"U": 100}, {"T": 100}),
        ({"cash_link": "accepted"}, {"T": 100}, {}),
    ],
)
def test_cash_link(elected: dict[str, str], held: dict[str, int], cash: dict[str, int]) -> None:
    book = told(
        credit("e1", 100, "T"),
        move("out", 100, "A", "CASH"),
        move("in", 100, "CASH", "A", link="cash"),
        accounts=(Holding("A"), Holding("CASH")),
    )
    found = run(book, "libr", **elected)
    assert (of(found, "bal:A"), of(found, "bal:CASH")) == (held, cash)


@pytest.mark.parametrize(("elected", "held"), [({}, {"T": 100, "C": 900}), ({"restoration": ("e3",)}, {"T": 1000})])
def test_restoration(elected: dict[str, Any], held: dict[str, int]) -> None:
    book = told(credit("e1", 1000, "T"), pay("p", 900), credit("e3", 900, "C"))
    assert of(run(book, "libr", **elected), "bal:A") == held


@pytest.mark.parametrize("rule", ["fifo", "lifo", "pro_rata", "libr", "proceeds_first"])
@pytest.mark.parametrize(
    ("links", "paid", "bank", "held"),
    [
        ((), {"T": 1000, "K": 400}, {"T": 400}, {"T": 500}),
        ((BackwardLink("e3", "p", ("E1",)),), {"T": 1400}, {"C": 400}, {"T": 500}),
    ],
)
def test_r7(rule: str, links: Any, paid: dict[str, int], bank: dict[str, int], held: dict[str, int]) -> None:
    """Durant: 1,900 of proceeds both ways, never a cent created (case E2b)."""
    found = run(told(credit("e1", 1000, "T"), pay("p", 1400), credit("e3", 900, "T")), rule, r7=links)
    assert (of(found, "sink:p"), of(found, "sink:OVERDRAFT"), of(found, "bal:A")) == (paid, bank, held)


@pytest.mark.parametrize(
    ("elected", "second"),
    [({}, {"C": 50}), ({"specific_id": (("e1", "q"),)}, {"T": 20, "C": 30})],
)
def test_specific_id_takes_no_more_than_was_still_there(elected: dict[str, Any], second: dict[str, int]) -> None:
    """100 came, 80 went, 20 were left when the matched payment was made."""
    book = told(credit("e1", 100, "T"), pay("p", 80), credit("e3", 60, "C"), pay("q", 50))
    assert of(run(book, "libr", **elected), "sink:q") == second


@pytest.mark.parametrize(
    ("elected", "paid", "bank"),
    [({}, {"C": 100, "T": 20}, {}), ({"available": True}, {"C": 100, "K": 20}, {"T": 20})],
)
def test_available(elected: dict[str, Any], paid: dict[str, int], bank: dict[str, int]) -> None:
    """The credit of day 2 is on hold until day 5; what is spent on day 3 is not that money."""
    book = told(
        credit("e1", 100, "C", day=day(1)),
        credit("e2", 50, "T", day=day(2), available=day(5)),
        pay("p", 120, day=day(3)),
        pay("q", 10, day=day(6)),
    )
    found = run(book, "libr", **elected)
    assert (of(found, "sink:p"), of(found, "sink:OVERDRAFT")) == (paid, bank)


@pytest.mark.parametrize(
    ("elected", "paid"), [({}, {"T": 100, "C": 20}), ({"group": {"G": ("A", "B")}}, {"C": 100, "T": 20})]
)
def test_group(elected: dict[str, Any], paid: dict[str, int]) -> None:
    """Taken as one account, what came first goes first, wherever it lay."""
    book = told(
        credit("e1", 100, "C"),
        credit("e2", 100, "T", account="B"),
        move("m", 50, "A", "B"),
        pay("p", 120, account="B"),
        accounts=(Holding("A"), Holding("B")),
    )
    assert of(run(book, "fifo", **elected), "sink:p") == paid


def test_a_transfer_that_took_days_arrives_where_round_trips_are_netted() -> None:
    book = told(
        credit("e1", 100, "T"), move("m", 60, "A", "B", in_transit=True), Event("m2", "arrival", "B", 0, of="m"),
        accounts=(Holding("A"), Holding("B")),
    )  # fmt: skip
    assert of(run(book, "fifo", net_roundtrips=True), "bal:B") == {"T": 60}


BLOCK = told(credit("e1", 50, "T"), credit("e2", 50, "C", block="1"), pay("p", 60, block="1"), accounts=(Holding("A"),))


@pytest.mark.parametrize(("order", "paid"), [(("e2", "p"), {"C": 50, "T": 10}), (("p", "e2"), {"T": 50, "K": 10})])
def test_order(order: tuple[str, ...], paid: dict[str, int]) -> None:
    assert of(run(BLOCK, "libr", order=order), "sink:p") == paid


def test_an_order_the_bank_could_not_have_allowed_is_left_out() -> None:
    assert list(feasible_orders(BLOCK)) == [(("e2", "p"), False), (("p", "e2"), True)]
    held = Book((Holding("A", facility=0),), BLOCK.events, BLOCK.proceeds)
    assert list(feasible_orders(held)) == [(("e2", "p"), False)]
    lent = Book((Holding("A", facility=10),), BLOCK.events, BLOCK.proceeds)
    assert list(feasible_orders(lent)) == [(("e2", "p"), False), (("p", "e2"), True)]


@pytest.mark.parametrize(("elected", "paid"), [({}, {"C": 50}), ({"net_roundtrips": True}, {"T": 50})])
def test_net_roundtrips(elected: dict[str, Any], paid: dict[str, int]) -> None:
    """The danger of FIFO: what only went round stands at the back of the queue (N4)."""
    book = told(
        credit("e1", 100, "T"),
        credit("e2", 50, "C"),
        move("m", 100, "A", "B"),
        move("n", 100, "B", "A"),
        pay("p", 50),
        accounts=(Holding("A"), Holding("B")),
    )
    assert of(run(book, "fifo", **elected), "sink:p") == paid


@pytest.mark.parametrize(
    ("elected", "bank"),
    [({}, {"T": 20}), ({"bundle": "ordered"}, {"T": 20}), ({"bundle": "blended"}, {"T": 12, "C": 8})],
)
def test_bundle(elected: dict[str, str], bank: dict[str, int]) -> None:
    """The first drawn repays the bank first; a bank entry without order repays it in proportion (30 of 50)."""
    book = told(
        credit("e1", 30, "T"),
        credit("e2", 20, "C"),
        move("m", 50, "A", "B"),
        accounts=(Holding("A"), Holding("B", debt=20)),
    )
    assert of(run(book, "fifo", **elected), "sink:OVERDRAFT") == bank


@pytest.mark.parametrize(
    ("elected", "paid"),
    [
        ({}, {"a": 25, "b": 25}),
        ({"proceeds_subrule": "pro_rata"}, {"a": 25, "b": 25}),
        ({"proceeds_subrule": "fifo"}, {"a": 50}),
    ],
)
@pytest.mark.parametrize("rule", ["libr", "proceeds_first"])
def test_proceeds_subrule(rule: str, elected: dict[str, str], paid: dict[str, int]) -> None:
    book = told(credit("e1", 50, "a"), credit("e2", 50, "b"), pay("p", 50), proceeds=("a", "b"))
    assert of(run(book, rule, **elected), "sink:p") == paid


@pytest.mark.parametrize(
    "wrong",
    [
        {"interest": "average"},
        {"fee": "last"},
        {"reversal": "clean"},
        {"unknown_as": "dirty"},
        {"cash_link": "perhaps"},
        {"bundle": "sorted"},
        {"mixed_repay": "proceeds_first"},
        {"proceeds_subrule": "lifo"},
        {"net_roundtrips": "no"},
        {"available": 1},
        {"restoration": ("nowhere",)},
        {"order": ("e1", "p")},
        {"order": ("e2", "p", "p")},
        {"group": {"G": ("A", "Z")}},
        {"group": {"G": ("A",), "H": ("A",)}},
        {"specific_id": (("e1", "nowhere"),)},
        {"specific_id": (("e2", "q"),)},
        {"r7": (BackwardLink("e2", "q", ()),)},
        {"r7": (BackwardLink("e1", "p", ("E1",)),)},
    ],
    ids=repr,
)
def test_a_wrong_choice_is_refused_with_a_sentence(wrong: dict[str, Any]) -> None:
    book = told(credit("e1", 50, "T"), pay("q", 70), credit("e2", 50, "T", block="1"), pay("p", 10, block="1"))
    with pytest.raises(RuleError) as refused:
        run(book, "libr", **wrong)
    assert refused.value.where
    assert refused.value.meaning
    assert refused.value.next_call


@pytest.mark.parametrize("elected", [{"unknown_as": "proceeds"}, {"interest": "proceeds"}])
def test_a_policy_that_names_one_label_needs_one_run_per_label(elected: dict[str, str]) -> None:
    book = told(credit("e1", 5, "a"), credit("e2", 5, "b"), proceeds=("a", "b"))
    with pytest.raises(NotCovered, match="one run per label"):
        run(book, "libr", **elected)


def test_an_option_nobody_knows_is_named_not_ignored() -> None:
    with pytest.raises(TracerError, match="option optimism"):
        Elections.of({"optimism": True})

"""A figure told entry by entry: the arithmetic of paper stories, every sum, and two slow ways of following each unit."""

import re
import sys
from collections import Counter, defaultdict
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trace.ledgers import Ledger, Opening, Row, ledgers
from tests.trace.story import tell as tell_story
from tests.trace.test_twin import pure_ledgers
from tests.trace.twin import RULES
from tracer.annex.wording import lint
from tracer.model import CheckFailed, Cite, Explanation, NotCovered, RuleError
from tracer.trace import Entries, back, explain, replay
from tracer.trace.backward import onward
from tracer.trace.elections import void_returns
from tracer.trace.events import Book, Event, Holding, enter
from tracer.trace.explain_words import FORMS, Names, numbered, numbered_origins

FEW = settings(max_examples=12, deadline=None, derandomize=True)


def said(entries: Entries, rule: str, target: str, **options: str) -> Explanation:
    return explain(entries, replay(entries, rule, **options), target)


def line(told: Explanation, number: int) -> str:
    return told.lines[number - 1].en


# Stories on paper, in cents: 990.00 of unknown origin, a claim of 4,510.00, a car for 5,000.00 ------------------------

CAR = "=990 [+4510] -5000"


@pytest.mark.parametrize(
    ("rule", "figure", "arithmetic"),
    [
        # 990 own goes; 5,000 - 990 = 4,010
        (
            "libr",
            401_000,
            "Own money goes first: all 990.00 of other money goes, and 4,010.00 of 5,000.00 is proceeds.",
        ),
        # 5,000 x 4,510 / 5,500 = 4,100
        ("pro_rata", 410_000, "in proportion: 5,000.00 x 4,510.00 / 5,500.00 = 4,100.00 exactly."),
        # all 4,510 goes, 490 own
        ("proceeds_first", 451_000, "all 4,510.00 of proceeds goes, and 490.00 of 5,000.00 is other money."),
        # the opening 990, then 4,010 of the claim
        ("fifo", 401_000, "990.00 of the opening balance (of unknown origin 990.00); 4,010.00 of the credit"),
        # the claim 4,510, then 490 of the opening
        ("lifo", 451_000, "4,510.00 of the credit (line 2) (event T 4,510.00); 490.00 of the opening balance"),
    ],
)
def test_each_rule_says_what_it_draws_and_why(rule: str, figure: int, arithmetic: str) -> None:
    told = said(tell_story(CAR).entries(), rule, "sink:2")
    assert (told.figure, told.recorded, told.by_label) == (figure, 500_000, {"T": figure})
    claim, paid = told.lines[-2:]
    assert (claim.kind, claim.amount, claim.before, claim.after) == ("claim", 451_000, 99_000, 550_000)
    assert (paid.kind, paid.before, paid.held) == ("payment", 550_000, {"T": 451_000, "U": 99_000})
    assert (claim.enters, paid.reaches) == ({"T": figure}, {"T": figure})
    assert arithmetic in paid.en
    assert "the figure of the trace" in told.after_en[-1]


def test_a_share_that_does_not_divide_says_its_fraction_and_its_rounding() -> None:
    # 1.00 of 3.00 held: 2.00 x 1 / 3 = 0.66 2/3, half up 0.67
    told = said(tell_story("=2 [+1] -2").entries(), "pro_rata", "sink:2")
    assert told.figure == 67
    assert "2.00 x 1.00 / 3.00 = 0.66 and 2/3 of the smallest unit, half up 0.67." in told.lines[-1].en
    assert "2.00 × 1.00 / 3.00 = 0.66又最小货币单位的2/3，四舍五入为0.67" in told.lines[-1].zh


def test_own_money_that_covers_everything_leaves_no_proceeds_and_says_so() -> None:
    told = said(tell_story("=100 [+50] -90").entries(), "libr", "sink:2")
    assert told.figure == 0
    assert "none of the USD 90.00 recorded into 2 is proceeds." in told.before_en[0]
    assert "Own money goes first: 100.00 of other money covers the 90.00, and no proceeds leave." in told.lines[-1].en


def test_a_payment_between_that_takes_proceeds_has_its_line_and_one_that_does_not_is_summed() -> None:
    # 100 own, claim 50, rent 40 (own), clinic 80 (60 own + 20 proceeds), car 30 (all proceeds)
    told = said(tell_story("=100 [+50] -40 -80 -30").entries(), "libr", "sink:4")
    assert [(one.kind, one.entries) for one in told.lines] == [
        ("between", 1), ("claim", 1), ("between", 1), ("elsewhere", 1), ("payment", 1),
    ]  # fmt: skip
    rent, clinic, car = told.lines[2:]
    assert (rent.amount, rent.before, rent.after) == (-4_000, 15_000, 11_000)
    assert (clinic.moved, clinic.leaves) == ({"T": 2_000, "U": 6_000}, {})
    assert "It takes proceeds that do not reach 4: event T 20.00." in clinic.en
    assert (car.reaches, told.figure) == ({"T": 3_000}, 3_000)


def chain(*, fee: int = 0, rate: tuple[str, int] | None = None) -> Ledger:
    """A: 100.00 own, 300.00 claim; 200.00 to B (less a fee, or converted), which had 50.00; B on to C; C pays the flat."""
    currency, credited = rate or ("USD", 20_000 - fee)
    return Ledger(
        {
            "A": Opening([{"U": 10_000}], 0, "USD"),
            "B": Opening([{"C": 5_000}], 0, currency),
            "C": Opening([], 0, currency),
        },
        [
            Row("credit", "A", 30_000, {"T": 30_000}),
            Row("send", "A", 20_000, id="one"),
            Row("arrival", "B", credited, of="one"),
            Row("send", "B", 15_000, id="two"),
            Row("arrival", "C", 15_000, of="two"),
            Row("pay", "C", 15_000, sink="sink:ASSET:flat"),
        ],
    )


def test_over_three_accounts_every_hop_is_told_in_bank_order() -> None:
    # A sends 100 own + 100 proceeds; B holds 50 + 100 own, 100 proceeds and sends 150: own only. Under DIFO: 200, then 150.
    told = said(chain().entries(), "proceeds_first", "sink:ASSET:flat")
    assert [one.kind for one in told.lines] == [
        "between", "claim", "transfer", "between", "arrival", "transfer", "arrival", "payment",
    ]  # fmt: skip
    assert [sum(one.arrives.values()) - sum(one.leaves.values()) for one in told.lines] == [
        0, 15_000, -15_000, 0, 15_000, -15_000, 15_000, -15_000,
    ]  # fmt: skip
    assert "account A to account B (line 5)" in line(told, 3)
    assert said(chain().entries(), "libr", "sink:ASSET:flat").figure == 0


def test_a_charge_on_the_way_is_told_and_is_not_part_of_the_figure() -> None:
    # DIFO: 200.00 of proceeds sent, 10.00 charged, 190.00 arrives; B pays 150.00 of it on
    ledger = chain(fee=1_000)
    told = said(ledger.entries(), "proceeds_first", "sink:ASSET:flat")
    assert told.figure == 15_000
    assert "Of the USD 200.00 sent, USD 10.00 was charged on the way" in line(told, 5)
    assert "event T 190.00 arrived of event T 200.00" in line(told, 5)
    charge = said(ledger.entries(), "proceeds_first", "sink:TRANSIT_FEE")
    assert (charge.figure, charge.lines[-1].reaches) == (1_000, {"T": 1_000})


def test_a_conversion_carries_the_fraction_and_both_currencies_are_told() -> None:
    # LIBR: A sends 100 own + 100 proceeds of USD = EUR 180.00: 90.00 each; B (50 own) sends 150: 140 own, 10 proceeds
    told = said(chain(rate=("EUR", 18_000)).entries(), "libr", "sink:ASSET:flat")
    assert (told.figure, told.currency) == (1_000, "EUR")
    assert "The banks executed USD 200.00 into EUR 180.00" in line(told, 5)
    # 10.00 of the 90.00 is 1,112 of 10,000 cents, rounded up so that no way is lost (1,111 1/9)
    assert told.lines[1].enters == {"T": 1_112}
    assert told.after_en[:3] == (
        "Entered from outside: 11.12 (line 2) = USD 11.12.",
        "Changed on the way to flat: USD 11.12 became EUR 10.00.",
        "Into flat: 10.00 (line 8) = EUR 10.00, the figure of the trace.",
    )


def test_money_that_comes_back_is_told_as_going_out_and_coming_back_and_counted_once() -> None:
    # claim 100 in A; 60 to B and back; A pays 100: the figure is 100, not 160
    ledger = Ledger(
        {"A": Opening(), "B": Opening()},
        [
            Row("credit", "A", 10_000, {"T": 10_000}),
            Row("send", "A", 6_000, id="out"),
            Row("arrival", "B", 6_000, of="out"),
            Row("send", "B", 6_000, id="home"),
            Row("arrival", "A", 6_000, of="home"),
            Row("pay", "A", 10_000, sink="sink:X"),
        ],
    )
    for rule in RULES:
        told = said(ledger.entries(), rule, "sink:X")
        assert told.figure == 10_000
        assert sum(sum(one.enters.values()) for one in told.lines) == 10_000
        assert sum(sum(one.arrives.values()) for one in told.lines) == 22_000
        origins = back(ledger.entries(), replay(ledger.entries(), rule), "sink:X")
        totals = {one.account: one.amount for one in origins.lines if one.kind == "account"}
        assert totals == {"A": 16_000, "B": 6_000}  # A passed on 100 to X and 60 to B
        assert [one.amount for one in origins.lines if one.kind == "claim"] == [10_000]


def test_an_overdraft_swallows_what_repays_it_and_what_the_bank_lent_is_other_money() -> None:
    # 80 in debt; a claim of 50 repays the bank in full, one of 100 leaves 70; a payment of 90 borrows 20
    entries = tell_story("=-80 [+50] [+100] -90").entries()
    told = said(entries, "libr", "sink:3")
    assert told.figure == 7_000
    assert "left the trail: event T 30.00; event T 70.00 stayed" in told.lines[-2].en
    assert "20.00 more than the account held was lent by the bank" in told.lines[-1].en
    swallowed = said(entries, "libr", "sink:OVERDRAFT")
    assert swallowed.figure == 8_000
    assert [one.reaches for one in swallowed.lines] == [{"T": 5_000}, {"T": 3_000}]
    origins = back(entries, replay(entries, "libr"), "sink:3")
    assert [(one.kind, one.amount) for one in origins.lines] == [
        ("target", 9_000), ("payment", 9_000), ("account", 9_000), ("claim", 7_000), ("lent", 2_000),
    ]  # fmt: skip


def test_an_entry_that_stands_for_a_gap_says_that_no_record_explains_it() -> None:
    # 10 own, claim 50, a hole of 20 (10 own + 10 proceeds), a car for 30
    entries = tell_story("=10 [+50] -20 -30").entries().changed(source=("opening:A", "p1", "gap:A:March", "p2"))
    told = said(entries, "libr", "sink:3")
    gap = next(one for one in told.lines if one.kind == "gap")
    assert gap.en.startswith("the records of account A leave USD 20.00 unexplained, taken as a debit.")
    assert "It takes proceeds that do not reach 3: event T 10.00." in gap.en
    assert told.figure == 3_000


def test_two_offences_are_never_merged() -> None:
    # w1 20.00 and w2 10.00, no other money; 15.00 goes: 10.00 and 5.00
    told = said(tell_story("[+20:w1] [+10:w2] -15").entries(), "libr", "sink:3")
    assert told.by_label == {"w1": 1_000, "w2": 500}
    assert [one.enters for one in told.lines[:2]] == [{"w1": 1_000}, {"w2": 500}]
    assert "Each event gives in proportion to what it still held (largest remainder): event w1" in told.lines[-1].en


def test_a_mixed_credit_says_how_much_of_it_was_drawn() -> None:
    # one credit of 30.00, 10.00 of it the claim; FIFO draws 15.00 of it: 15 x 10 / 30 = 5.00
    told = said(tell_story("[+10]+20 -15").entries(), "fifo", "sink:2")
    assert told.figure == 500
    assert (
        "mixed: 15.00 of its 30.00 drawn so far, of which 15.00 x 10.00 / 30.00 proceeds, half up" in told.lines[-1].en
    )


def test_interest_and_a_charge_paid_by_other_money_first_say_so() -> None:
    entries = tell_story("=100 [+100] +10 -50").entries()
    follows, careful = np.zeros(4, np.bool_), np.zeros(4, np.bool_)
    follows[2], careful[3] = True, True
    origin = entries.origin.copy()
    origin[2] = 0
    entries = entries.changed(follows=follows, clean_first=careful, origin=origin)
    # interest 10.00 on 100 + 100: 5.00 each; the charge of 50 takes other money only, DIFO or not
    told = said(entries, "proceeds_first", "bal:A")
    assert told.figure == 10_500
    interest = next(one for one in told.lines if one.kind == "interest")
    assert (interest.enters, "it takes the composition of the account" in interest.en) == ({"T": 500}, True)
    charge = said(entries, "lifo", "sink:3").lines[-1].en
    assert "This charge is taken from other money first." in charge
    assert "50.00 of the opening balance" in charge


def book() -> Book:
    """Claim 100.00 in A, paid to P and paid back by the bank, then a car for 100.00."""
    claim = Event("in", "credit", "A", 10_000, labels=(("T", 10_000),))
    events = (
        claim,
        Event("out", "debit", "A", 4_000, sink="P"),
        Event("back", "reversal", "A", 4_000, of="out"),
        Event("car", "debit", "A", 10_000, sink="CAR"),
    )
    return Book((Holding("A", "USD"),), events, ("T",))


def test_a_reversal_is_void_or_a_return_and_either_way_the_figure_is_told() -> None:
    void, returned = enter(void_returns(book())), enter(book())
    told = said(void, "fifo", "sink:CAR")
    assert (told.figure, [one.kind for one in told.lines]) == (10_000, ["claim", "payment"])
    told = said(returned, "fifo", "sink:CAR")
    assert (told.figure, [one.kind for one in told.lines]) == (10_000, ["claim", "transfer", "arrival", "payment"])


def test_a_day_without_an_order_is_said_and_a_balance_is_a_figure_too() -> None:
    entries = tell_story("=10 [+50] -20 -30").entries()
    block = entries.block.copy()
    block[2:] = 0
    told = said(entries.changed(block=block), "libr", "bal:A")
    assert told.figure == 1_000  # lowest balance 10
    assert "No record gives the order of the entries of this day" in told.lines[-1].en
    assert "holds at the end" in told.after_en[-1]


# What is told adds up -------------------------------------------------------------------------------------------------


def totals(parts):
    counted: Counter[str] = Counter()
    for part in parts:
        counted.update(part)
    return {label: x for label, x in counted.items() if x}


@pytest.mark.parametrize("rule", RULES)
@FEW
@given(ledger=ledgers(), bundle=st.sampled_from(["ordered", "blended"]), most=st.sampled_from([200, 2]))
def test_every_figure_of_every_target_is_the_sum_of_its_lines(
    rule: str, ledger: Ledger, bundle: str, most: int
) -> None:
    entries = ledger.entries()
    run = replay(entries, rule, bundle=bundle)
    for target, amounts in run.targets.items():
        told = explain(entries, run, target, most=most)
        proceeds = {k: x for k, x in amounts.items() if k in ledger.proceeds and x}
        kept = proceeds if target.startswith("bal:") else {}
        assert told.by_label == proceeds
        assert totals(one.reaches for one in told.lines) == (proceeds if not kept else {})
        for name in entries.accounts:
            own = [one for one in told.lines if one.account == name]
            here = kept if target == f"bal:{name}" else {}
            swallowed = totals(one.reaches for one in own) if "OVERDRAFT" in target else {}
            assert totals(one.arrives for one in own) == totals([*(one.leaves for one in own), here, swallowed])
            assert [one.before for one in own[1:]] == [one.after for one in own[:-1]]
        assert len(numbered(told)) == len(numbered(told, "zh"))
        figures = [[re.findall(r"[\d,.]*\d", s) for s in numbered(told, language)] for language in ("en", "zh")]
        assert [Counter(one) for one in figures[0]] == [Counter(one) for one in figures[1]]


@pytest.mark.parametrize("rule", RULES)
@FEW
@given(ledger=ledgers(), bundle=st.sampled_from(["ordered", "blended"]))
def test_every_branch_back_is_the_sum_of_its_sources(rule: str, ledger: Ledger, bundle: str) -> None:
    entries = ledger.entries()
    run = replay(entries, rule, bundle=bundle)
    for target, amounts in run.targets.items():
        told = back(entries, run, target)
        assert told.by_label == {k: x for k, x in amounts.items() if x}
        children = defaultdict(list)
        for one in told.lines:
            children[one.parent].append(one)
        for one in children[0]:
            assert totals(c.by_label for c in children[one.number]) == one.by_label
        heads = {one.account: one for one in children[0] if one.kind == "account"}
        for name, head in heads.items():  # what an account passed on is what the others say they had from it
            asked = [one for one in told.lines if one.branch == head.number]
            onto = [one.sent or one.by_label for one in asked if one.other == name]
            assert totals(onto) == head.by_label
        assert len(numbered_origins(told)) == len(numbered_origins(told, "zh"))


@pytest.mark.parametrize("rule", ["fifo", "pro_rata"])
@FEW
@given(ledger=ledgers())
def test_what_is_told_together_still_sums(rule: str, ledger: Ledger) -> None:
    """One credit of an account and one account have lines of their own; the rest is summed, two currencies never."""
    entries = ledger.entries()
    run = replay(entries, rule)
    with pytest.MonkeyPatch.context() as patch:
        room = sys.modules["tracer.trace.explain_back"]  # the package knows the function by this name
        patch.setattr(room, "CREDITS", 1)
        patch.setattr(room, "BRANCHES", 1)
        for target, amounts in run.targets.items():
            told = back(entries, run, target)
            assert told.by_label == {k: x for k, x in amounts.items() if x}
            for head in [one for one in told.lines if one.parent == 0]:
                own = [one for one in told.lines if one.parent == head.number]
                assert totals(one.by_label for one in own) == head.by_label
                assert {one.currency for one in own} <= {head.currency}
            assert all(en and zh for en, zh in zip(numbered_origins(told), numbered_origins(told, "zh"), strict=True))


def tokens(ledger: Ledger, rule: str) -> dict[str, list[tuple[int, ...]]]:
    """Follow every unit of pure lots as a thing of its own: target -> the ways of its units (rows passed)."""
    first = sum(len(o.lots) for o in ledger.accounts.values())
    held = {name: [] for name in ledger.accounts}
    debt = {name: o.debt for name, o in ledger.accounts.items()}
    ended: dict[str, list[tuple[int, ...]]] = defaultdict(list)
    row = 0
    for name, opening in ledger.accounts.items():
        for lot in opening.lots:
            held[name] += [(row,)] * sum(lot.values())
            row += 1
    under_way = {}
    for row, one in enumerate(ledger.rows, start=first):
        mine = held[one.account]
        if one.kind in ("credit", "arrival"):
            units = [()] * one.amount if one.kind == "credit" else under_way.pop(one.of)
            units = [(*way, row) for way in units]
            repaid = min(debt[one.account], len(units))
            debt[one.account] -= repaid
            ended["sink:OVERDRAFT"] += units[:repaid]
            # LIFO draws from the end; the sub-lots of a bundle are put there one after the other
            mine += units[repaid:]
            continue
        use = min(one.amount, len(mine))
        if rule == "fifo":
            units, held[one.account] = mine[:use], mine[use:]
        else:
            units, held[one.account] = mine[::-1][:use], mine[: len(mine) - use]
        units = [*units, *[()] * (one.amount - use)]
        debt[one.account] += one.amount - use
        units = [(*way, row) for way in units]
        if one.kind == "send":
            under_way[one.id] = units
        else:
            ended[one.sink] += units
    for name, units in under_way.items():
        ended[f"transit:{name}"] += units
    for name, units in held.items():
        ended[f"bal:{name}"] += units
    return ended


@pytest.mark.parametrize("rule", ["fifo", "lifo"])
@FEW
@given(ledger=pure_ledgers())
def test_unit_by_unit_the_way_is_the_same(rule: str, ledger: Ledger) -> None:
    """No kernel and no lots: every smallest unit remembers the entries it passed. LIFO: inside one lot units are alike."""
    entries = ledger.entries()
    run = replay(entries, rule)
    ended = tokens(ledger, rule)
    for target in run.targets:
        expected = Counter(row for way in ended[target] for row in way)
        found = onward(entries, run, target).flow.sum(axis=1)
        assert {row: x for row, x in enumerate(found.tolist()) if x} == dict(expected), target


def shares(ledger: Ledger, entries: Entries, run):
    """Follow fractions forward: inside a label every credit gives in proportion; what each entry moved is the replay's."""
    labels, first = entries.labels, int(entries.opening.sum())
    held = {name: defaultdict(Fraction) for name in ledger.accounts}
    ended: dict[str, dict] = defaultdict(lambda: defaultdict(Fraction))
    under_way = {}
    moved, absorbed, over = (
        run.moved.tolist(),
        run.absorbed.tolist(),
        onward(entries, run, next(iter(run.targets))).over,
    )
    row = 0
    for name, opening in ledger.accounts.items():
        for lot in opening.lots:
            for label, x in lot.items():
                held[name][label, (row,)] += x
            row += 1

    def take(parcels, amounts):
        whole = defaultdict(Fraction)
        for (label, _), x in parcels.items():
            whole[label] += x
        part = defaultdict(Fraction)
        for (label, way), x in list(parcels.items()):
            if whole[label]:
                part[label, way] = x * amounts[labels.index(label)] / whole[label]
                parcels[label, way] -= part[label, way]
        return part

    for row, one in enumerate(ledger.rows, start=first):
        if one.kind in ("credit", "arrival"):
            if one.kind == "credit":
                came = {(label, (row,)): Fraction(x) for label, x in one.labels.items()}
            else:
                sent, sink = under_way.pop(one.of)
                came = take(sent, moved[row])
                for (label, way), x in sent.items():
                    ended[sink][label, way] += x
                came = {(label, (*way, row)): x for (label, way), x in came.items()}
            gone = take(came, absorbed[row])
            for key, x in gone.items():
                ended["sink:OVERDRAFT"][key] += x
            for key, x in came.items():
                held[one.account][key] += x
            continue
        amounts = list(moved[row])
        amounts[labels.index("K")] -= int(over[row])
        out = {(label, (*way, row)): x for (label, way), x in take(held[one.account], amounts).items()}
        out["K", (row,)] = Fraction(int(over[row]))
        if one.kind == "send":
            under_way[one.id] = out, one.sink or "sink:TRANSIT_FEE"
        else:
            for key, x in out.items():
                ended[one.sink][key] += x
    for name, (parcels, _) in under_way.items():
        ended[f"transit:{name}"] = parcels
    for name, parcels in held.items():
        ended[f"bal:{name}"] = parcels
    return ended


@pytest.mark.parametrize("rule", ["pro_rata", "libr", "proceeds_first"])
@FEW
@given(ledger=ledgers(conversions=False, most=10**6))
def test_fraction_by_fraction_the_way_is_the_same_within_rounding(rule: str, ledger: Ledger) -> None:
    entries = ledger.entries()
    run = replay(entries, rule)
    ended = shares(ledger, entries, run)
    drift = 2 * len(entries)
    for target in run.targets:
        expected: dict[tuple[int, str], Fraction] = defaultdict(Fraction)
        for (label, way), x in ended[target].items():
            for row in way:
                expected[row, label] += x
        flow = onward(entries, run, target).flow
        for row in range(len(entries)):
            for k, label in enumerate(entries.labels):
                assert abs(flow[row, k] - expected[row, label]) <= drift, (target, row, label)


# What is refused, and how it reads -------------------------------------------------------------------------------------


def test_what_cannot_be_explained_says_why() -> None:
    entries = tell_story(CAR).entries()
    with pytest.raises(RuleError, match="no target 'sink:3'") as unknown:
        explain(entries, replay(entries, "libr"), "sink:3")
    assert "sink:2" in unknown.value.next_call
    with pytest.raises(RuleError, match="totals only"):
        explain(entries, replay(entries, "libr", record=False), "sink:2")
    with pytest.raises(NotCovered, match="sub-rule fifo"):
        explain(entries, replay(entries, "libr", proceeds_subrule="fifo"), "sink:2")


@pytest.mark.parametrize("rule", RULES)
def test_a_replay_with_a_changed_unit_is_not_explained(rule: str) -> None:
    entries = tell_story(CAR).entries()
    run = replay(entries, rule)
    run.moved[-1, entries.labels.index("T")] -= 1
    run.moved[-1, entries.labels.index("U")] += 1
    with pytest.raises(CheckFailed):
        explain(entries, run, "sink:2")


def test_every_line_ends_with_exhibit_place_and_hash() -> None:
    entries = tell_story(CAR).entries()
    names = Names(accounts={"A": "AC-01"}, exhibits={"ab" * 32: "EX-0001"})
    told = explain(
        entries,
        replay(entries, "libr"),
        "sink:2",
        cites=lambda row: (Cite("ab" * 32, f"page=2/row={row}"),),
        names=names,
    )
    for one in told.lines:
        place = f"EX-0001@page=2/row={int(one.postings[-1])} sha256:abababababababab]"
        assert one.en.endswith(f"{place}.")
        assert one.zh.endswith(f"{place}。")
        assert "account AC-01" in one.en


def test_a_movement_that_is_inferred_and_an_entry_that_is_assumed_say_so() -> None:
    entries = chain().entries()
    known = {3: "inferred", 4: "inferred", 7: "assumed"}
    told = explain(
        entries, replay(entries, "proceeds_first"), "sink:ASSET:flat", known=lambda row: known.get(row, "documented")
    )
    inferred = [int(one.postings[0]) for one in told.lines if "is inferred" in one.en and "系推断" in one.zh]
    assumed = [int(one.postings[0]) for one in told.lines if "It is assumed" in one.en and "系假定" in one.zh]
    assert (inferred, assumed) == ([3, 4], [7])


def test_the_forms_are_neutral_and_hold_the_same_values_in_both_languages() -> None:
    for use, (english, chinese) in FORMS.items():
        assert not lint(english), use
        assert not lint(chinese), use
        fields = [set(re.findall(r"{(\w+)}", form)) for form in (english, chinese)]
        assert fields[0] == fields[1], use

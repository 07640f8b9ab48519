"""Money on its way, by hand, where two things that are rare alone come together: a charge and a debt, the bank's money and a charge."""

import pytest

from tests.trace.ledgers import Ledger, Opening, Row
from tests.trace.test_twin import shown
from tracer.trace import replay

EVERY = ("fifo", "lifo", "pro_rata", "libr", "proceeds_first")


def figures(ledger: Ledger, rule: str, **elected) -> dict:
    """Return the figures of a run with a record; without one they are the same."""
    entries = ledger.entries()
    found = shown(replay(entries, rule, **elected).targets)
    assert shown(replay(entries, rule, record=False, **elected).targets) == found
    return found


@pytest.mark.parametrize("rule", EVERY)
@pytest.mark.parametrize(
    ("bundle", "held", "repaid", "charged"),
    [
        # 9 of T come first and pay the debt of 6; the 9 of the bank are the last sub-lot (1.2 steps 4 and 5)
        ("ordered", {"T": 3, "K": 9}, {"T": 6}, {"T": 1, "K": 1}),
        # one lot of 9 and 9: half of what repays the bank is T
        ("blended", {"T": 6, "K": 6}, {"T": 3, "K": 3}, {"T": 1, "K": 1}),
    ],
)
def test_a_charge_on_money_that_the_bank_lent_in_part_and_a_debt_at_its_end(rule, bundle, held, repaid, charged):
    """10 of T are held, 20 sent, 18 arrive in an account that is 6 in debt."""
    ledger = Ledger(
        accounts={"A": Opening([{"T": 10}]), "B": Opening([], 6)},
        rows=[Row("send", "A", 20, id="t"), Row("arrival", "B", 18, of="t")],
    )
    assert figures(ledger, rule, bundle=bundle) == {
        "bal:B": held,
        "sink:OVERDRAFT": repaid,
        "sink:TRANSIT_FEE": charged,
    }


@pytest.mark.parametrize("rule", EVERY)
@pytest.mark.parametrize("between", [0, 1, 2])
def test_a_transfer_may_be_the_very_first_entry(rule, between):
    """What it sends is the bank's; so many payments lie between the two legs of it."""
    rows = [Row("send", "A", 7, id="t")]
    rows += [Row("pay", "A", 1, sink="sink:S") for _ in range(between)]
    rows += [Row("arrival", "B", 7, of="t"), Row("pay", "B", 3, sink="sink:S")]
    found = figures(Ledger(accounts={"A": Opening(), "B": Opening()}, rows=rows), rule)
    assert found == {"bal:B": {"K": 4}, "sink:S": {"K": 3 + between}}


@pytest.mark.parametrize("rule", EVERY)
def test_two_legs_under_way_at_once_are_not_taken_for_each_other(rule):
    """The later one arrives first, and each brings what it took: A sent T, B sent C, then B sent what it had left of U."""
    ledger = Ledger(
        accounts={"A": Opening([{"T": 5}]), "B": Opening([{"C": 4}]), "D": Opening([], 2), "E": Opening()},
        rows=[
            Row("send", "A", 5, id="a"),
            Row("send", "B", 4, id="b"),
            Row("credit", "B", 3, {"U": 3}),
            Row("send", "B", 3, id="u"),
            Row("arrival", "D", 4, of="b"),
            Row("arrival", "E", 3, of="u"),
            Row("arrival", "E", 5, of="a"),
            Row("pay", "D", 1, sink="sink:S"),
        ],
    )
    assert figures(ledger, rule) == {
        "bal:D": {"C": 1},
        "bal:E": {"U": 3, "T": 5},
        "sink:OVERDRAFT": {"C": 2},
        "sink:S": {"C": 1},
    }


def two_labels(ledger: Ledger, one: str, two: str):
    """Return the entries with these two labels and no other, as the fast ways of pro_rata, libr and proceeds_first want them."""
    entries = ledger.entries()
    kept = [entries.labels.index(one), entries.labels.index(two)]
    return entries.changed(labels=(one, two), proceeds=entries.proceeds[kept], origin=entries.origin[:, kept].copy())


@pytest.mark.parametrize("rule", ["pro_rata", "libr", "proceeds_first"])
@pytest.mark.parametrize(
    ("one", "two", "paid", "held"),
    [
        ("A", "T", {"A": 2, "T": 2}, {"A": 4, "T": 4}),  # two offences: neither is drawn before the other
        ("C", "U", {"C": 2, "U": 2}, {"C": 4, "U": 4}),  # no offence at all
    ],
)
def test_two_labels_of_one_class_are_drawn_alike(rule, one, two, paid, held):
    ledger = Ledger(
        accounts={"X": Opening()},
        rows=[Row("credit", "X", 12, {one: 6, two: 6}), Row("pay", "X", 4, sink="sink:S")],
        proceeds=("A", "T"),
    )
    entries = two_labels(ledger, one, two)
    for record in (True, False):
        found = shown(replay(entries, rule, record=record).targets)
        assert found == {"sink:S": paid, "bal:X": held}


@pytest.mark.parametrize("rule", EVERY)
def test_a_charge_is_told_whether_the_way_is_fast_or_not(rule):
    """Two labels only, totals only: what did not arrive is a charge in transit, of the money that was sent."""
    ledger = Ledger(
        accounts={"X": Opening(), "Y": Opening()},
        rows=[
            Row("credit", "X", 10, {"T": 10}),
            Row("send", "X", 10, id="t"),
            Row("arrival", "Y", 8, of="t"),
        ],
    )
    entries = two_labels(ledger, "K", "T")
    for record in (True, False):
        found = shown(replay(entries, rule, record=record).targets)
        assert found == {"bal:Y": {"T": 8}, "sink:TRANSIT_FEE": {"T": 2}}


@pytest.mark.parametrize("rule", EVERY)
@pytest.mark.parametrize("offences", [60, 61, 62, 63])
def test_more_labels_than_fit_a_word_are_told_apart(rule, offences):
    """With C, K and U they are 63 to 66; the money of the last one is spent, and that of the first one kept."""
    names = [f"w{k:02d}" for k in range(offences)]
    ledger = Ledger(
        accounts={"X": Opening()},
        rows=[
            Row("credit", "X", 5, {names[-1]: 5}),
            Row("pay", "X", 5, sink="sink:S"),
            Row("credit", "X", 3, {names[0]: 3}),
            Row("credit", "X", 2, {names[-2]: 2}),
        ],
        proceeds=tuple(names),
    )
    assert figures(ledger, rule) == {"sink:S": {names[-1]: 5}, "bal:X": {names[0]: 3, names[-2]: 2}}

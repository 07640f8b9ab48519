"""Missing statements and breakdown values (tracing.md 5.6)."""

import pytest
from bounds_ledgers import case_entries, told
from test_bounds import BY_ID, CASES, credit, debit, legs

from tracer.model import NotCovered, RuleError
from tracer.trace.bounds import bounds
from tracer.trace.bounds_gaps import MissingPeriod, breakdown, with_gap


def period(case, *, totals):
    gap = case["gap"]
    return MissingPeriod(
        gap["account"],
        after=0,
        opening=gap["opening"],
        closing=gap["closing"],
        credits=gap["printed_credits"] if totals else None,
        debits=gap["printed_debits"] if totals else None,
    )


@pytest.mark.parametrize(("key", "totals"), [("bounds", True), ("bounds_without_totals", False)])
def test_a_missing_statement_with_and_without_printed_totals(key, totals):
    case = BY_ID["G1"]
    entries = with_gap(case_entries(case), period(case, totals=totals))
    entries.validate()
    for targets, labels, floor, ceiling in case["expected"][key]:
        found = bounds(entries, targets, labels)
        assert (found.recorded, found.floor, found.ceiling) == (case["expected"]["recorded"]["bal:A"], floor, ceiling)


def test_transfers_around_a_gap_keep_their_partners():
    """A gap in A between the two legs of a transfer from A to B: what B received left before it."""
    rows = [credit("A", 100, "T"), *legs(1, "A", "B", 60, 60), debit("A", 15, "X"), debit("B", 60, "Y")]
    entries = told(rows, {"A": {}, "B": {}}, ["T"])
    # the period lies after row 1 and ends 10 higher by unknown money that came in and partly left
    gone = with_gap(entries, MissingPeriod("A", after=1, opening=40, closing=50, credits=30))
    gone.validate()
    assert gone.source[2:4] == ("gap:A", "gap:A")
    assert bounds(gone, ["sink:Y"]).floor == 60
    after = bounds(gone, ["sink:X", "bal:A"])
    assert (after.recorded, after.floor, after.ceiling) == (50, 20, 40)
    assert bounds(gone, ["sink:GAP"]).recorded == 20


def test_an_overdrawn_account_may_come_out_of_a_gap_repaid():
    rows = [credit("A", 10, "T"), debit("A", 30, "X"), debit("A", 5, "Y")]
    entries = with_gap(told(rows, {"A": {}}, ["T"]), MissingPeriod("A", after=1, opening=-20, closing=5))
    entries.validate()
    assert (bounds(entries, ["sink:Y"]).floor, bounds(entries, ["sink:Y"]).ceiling) == (0, 0)


@pytest.mark.parametrize(
    ("gap", "what"),
    [
        (MissingPeriod("A", 0, 90000, 40000), "opens at 90000"),
        (MissingPeriod("A", 0, 100000, 40000, credits=1, debits=2), "is not the closing"),
        (MissingPeriod("A", 0, 100000, 40000, debits=100), "is not the closing"),
        (MissingPeriod("Z", 0, 100000, 40000), "No account is called Z"),
    ],
)
def test_printed_figures_that_contradict_each_other_are_refused(gap, what):
    with pytest.raises(RuleError, match=what):
        with_gap(case_entries(BY_ID["G1"]), gap)


STATED = [c for c in CASES if "breakdown" in c["expected"]]


@pytest.mark.parametrize("case", STATED, ids=[c["id"] for c in STATED])
def test_breakdown_value_and_its_places(case):
    stated = case["expected"]["breakdown"]
    found = breakdown(case_entries(case), stated["targets"])
    assert found.amount == stated["amount"]
    assert [[account, posting] for account, _, posting in found.gaps] == stated["gap_after"]


def test_no_floor_no_breakdown():
    found = breakdown(case_entries(BY_ID["R2"]), ["sink:rent"])
    assert (found.amount, found.gaps) == (0, ())


def test_places_across_a_conversion_are_not_covered_by_name():
    rows = [credit("A", 10000, "T"), credit("A", 10000, "C"), *legs(2, "A", "B", 9000, 4500)]
    rows += [*legs(4, "A", "B", 6000, 6000), debit("B", 10500, "X")]
    entries = told(rows, {"A": {"currency": "USD"}, "B": {"currency": "EUR"}}, ["T"])
    with pytest.raises(NotCovered, match="conversions"):
        breakdown(entries, ["sink:X"])


def test_what_the_gap_would_have_to_bring_removes_the_floor_and_no_less_does():
    """R2: 7000 of clean money just before the car was bought leaves no floor; 6999 leaves one unit."""
    case = BY_ID["R2"]
    for amount, floor in ((7000, 0), (6999, 1)):
        extra = {"id": "g", "type": "credit", "date": "2024-01-04", "account": "A", "amount": amount}
        out = {"id": "h", "type": "debit", "date": "2024-01-06", "account": "A", "amount": amount, "sink": "out"}
        events = case["events"]
        told_again = case | {"events": [*events[:3], extra | {"labels": {"C": amount}}, *events[3:], out]}
        assert bounds(case_entries(told_again), ["sink:car"]).floor == floor

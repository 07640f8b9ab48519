"""The bounds of every acceptance case, their certificates, and what they refuse."""

import json
from pathlib import Path

import pytest
from bounds_ledgers import case_entries, told

from tracer.model import CurrencyMismatch, RuleError
from tracer.trace.bounds import all_bounds, bounds, build, certificates

CASES = json.loads(
    (Path(__file__).parents[2] / "tracer" / "selftest_cases" / "tracing_cases.json").read_text(encoding="utf-8")
)["cases"]
BY_ID = {case["id"]: case for case in CASES}
LEDGERS = [c for c in CASES if c["kind"] != "gap" and c["expected"].get("bounds") and c.get("events")]


@pytest.mark.parametrize("case", LEDGERS, ids=[c["id"] for c in LEDGERS])
def test_floor_and_ceiling_of_every_case(case):
    graph = build(case_entries(case))
    for targets, labels, floor, ceiling in case["expected"]["bounds"]:
        found = bounds(graph, targets, labels)
        assert (found.floor, found.ceiling) == (floor, ceiling), (targets, labels)
        recorded = case["expected"]["recorded"]
        assert found.recorded == sum(max(0, recorded[t]) for t in targets if t in recorded)


ORDERS = [
    pytest.param(case, run, id=f"{case['id']}-{'-'.join(run['options']['order'])}")
    for case in CASES
    for run in case["expected"].get("runs", [])
    if run.get("bounds") and run.get("options", {}).get("order")
]


@pytest.mark.parametrize(("case", "run"), ORDERS)
def test_each_order_of_an_unordered_day_has_its_own_bounds(case, run):
    graph = build(case_entries(case, order=run["options"]["order"]))
    for targets, labels, floor, ceiling in run["bounds"]:
        found = bounds(graph, targets, labels)
        assert (found.floor, found.ceiling) == (floor, ceiling), (targets, labels)


CUTS = [
    pytest.param(case, stated, id=f"{case['id']}-{'+'.join(stated['targets'])}-{stated['side']}")
    for case in CASES
    for stated in case["expected"].get("certificates", [])
]


@pytest.mark.parametrize(("case", "stated"), CUTS)
def test_certificates_add_up_to_the_stated_cut(case, stated):
    floor, ceiling = certificates(case_entries(case), stated["targets"])
    found = floor if stated["side"] == "floor" else ceiling
    assert found.cut == stated["cut"]
    assert sum(arc.worth for arc in found.arcs) == stated["cut"]
    assert len(found.arcs) <= len(stated["arcs"])


def credit(account, amount, label, **more):
    return {"account": account, "amount": amount, "credit": True, "origin": {label: amount}} | more


def debit(account, amount, sink, **more):
    return {"account": account, "amount": amount, "credit": False, "sink": f"sink:{sink}"} | more


def legs(at, source, target, out, got, **more):
    """Make the two rows of a transfer, the debit at row `at`."""
    return [
        {"account": source, "amount": out, "credit": False, "partner": at + 1} | more,
        {"account": target, "amount": got, "credit": True, "partner": at},
    ]


def pair(found):
    return found.floor, found.ceiling


def test_amounts_beyond_32_bits_are_not_cut():
    """N11 in one line: SciPy's maximum flow would answer 705,032,704 here."""
    found = bounds(
        told([credit("A", 5_000_000_000, "T"), debit("A", 5_000_000_000, "X")], {"A": {}}, ["T"]), ["sink:X"]
    )
    assert pair(found) == (5_000_000_000, 5_000_000_000)


def test_one_offence_against_the_rest_and_both_together():
    graph = build(case_entries(BY_ID["E7"]))
    each = all_bounds(graph, ["sink:X", "bal:A", ("sink:X", "bal:A")], ["w1"])
    assert [pair(b) for b in each] == [(0, 30000), (0, 30000), (30000, 30000)]


def test_unknown_money_counts_both_ways_only_when_asked():
    graph = build(case_entries(BY_ID["E10"]))
    assert pair(bounds(graph, ["sink:X"])) == (30000, 60000)
    assert pair(bounds(graph, ["sink:X"], doubtful=("U",))) == (30000, 70000)


@pytest.mark.parametrize(
    ("facility", "floor", "ceiling"),
    [
        pytest.param(-1, 20000, 40000, id="no facility known: orders that overdraw stay outside"),
        pytest.param(0, 20000, 40000, id="no overdraft allowed"),
        pytest.param(50000, 0, 40000, id="the bank lent: the debit may have been paid by 20000 of its money"),
    ],
)
def test_a_facility_widens_the_floor_of_an_unordered_day(facility, floor, ceiling):
    rows = [credit("A", 30000, "C", opening=True), debit("A", 50000, "X", block=0), credit("A", 40000, "T", block=0)]
    entries = told(rows, {"A": {"facility": facility}}, ["T"])
    assert pair(bounds(entries, ["sink:X"])) == (floor, ceiling)
    # what repaid the bank is a target like any other: with the debit first, 20000 of the proceeds did
    assert pair(bounds(entries, ["sink:OVERDRAFT"])) == (0, 20000 if facility > 0 else 0)


def test_what_repaid_a_bank_is_proved_of_the_order_that_repaid_least():
    """0, then 300 out and 300 in on one day: 0 to 300 repaid. 400 out; 800 of proceeds in: its first 400 repay.

    Least 0 + 400 = 400, of it proceeds 400: the 300 of other money count in an order only where they are recorded too.
    """
    rows = [
        debit("A", 300, "Rent", block=0),
        credit("A", 300, "C", block=0),
        debit("A", 400, "X"),
        credit("A", 800, "T"),
    ]
    for order, posted in ((rows, 700), ([rows[1], rows[0], *rows[2:]], 400)):
        entries = told(order, {"A": {"facility": 500}}, ["T"])
        found = bounds(entries, ["sink:OVERDRAFT"])
        assert (found.recorded, *pair(found)) == (posted, 400, 400)
        assert "400 in the order that used the overdraft least" in found.words_floor[-2]
        assert f"{posted} in the order taken, 700 at most" in found.words_floor[-2]
        assert pair(bounds(entries, ["sink:X"])) == (0, 0)


def test_a_block_that_does_not_stand_together_is_refused():
    rows = [credit("A", 5, "T", block=0), debit("A", 1, "X"), debit("A", 1, "X", block=0)]
    with pytest.raises(RuleError, match="stand together"):
        build(told(rows, {"A": {}}, ["T"]))


def test_targets_of_two_currencies_have_no_joint_figure():
    with pytest.raises(CurrencyMismatch, match="EUR and USD"):
        bounds(case_entries(BY_ID["E6"]), ["sink:X", "bal:A"])


@pytest.mark.parametrize("asked", [["sink:Nowhere"], []])
def test_an_unknown_target_is_refused_not_read_as_zero(asked):
    with pytest.raises(RuleError):
        bounds(case_entries(BY_ID["R2"]), asked)


def test_an_unknown_label_is_refused_not_read_as_zero():
    with pytest.raises(RuleError, match="w9"):
        bounds(case_entries(BY_ID["R2"]), ["sink:car"], ["w9"])


def test_a_target_nothing_reached_says_so():
    found = bounds(told([credit("A", 5, "T")], {"A": {}, "B": {}}, ["T"]), ["bal:B"])
    assert (found.recorded, *pair(found)) == (0, 0, 0)
    assert found.words_floor == ("Nothing was recorded into the balance of account B.",)


def test_conversions_at_several_rates_need_the_linear_program():
    """100.00 of proceeds and 100.00 of other money; 90.00 goes over at 2:1, 60.00 at 1:1.

    At best all 100.00 goes over with the dear conversion first used for 60.00 at 1:1 and 40.00 at 2:1: 60 + 20.
    """
    rows = [credit("A", 10000, "T"), credit("A", 10000, "C")]
    rows += legs(2, "A", "B", 9000, 4500) + legs(4, "A", "B", 6000, 6000)
    rows += [debit("B", 10500, "X")]
    entries = told(rows, {"A": {"currency": "USD"}, "B": {"currency": "EUR"}}, ["T"])
    found = bounds(entries, ["sink:X"])
    assert pair(found) == (10500 - 8000, 8000)
    assert found.currency == "EUR"
    assert "several rates" in found.words_floor[0]
    # on the side of the account where no rate matters the certificate stays a list of places
    assert pair(bounds(entries, ["bal:A"])) == (0, 5000)


def test_a_long_cut_is_told_in_groups():
    rows = [credit("A", 10, "T") if i % 2 else credit("B", 3, "T") for i in range(400)]
    rows += [debit("A", 2000, "X"), debit("B", 600, "X"), credit("A", 5, "C")]
    entries = told(rows, {"A": {}, "B": {}}, ["T"])
    for row in range(400):
        entries.origin[row] = entries.origin[row] * (row % 4 > 1)
        entries.origin[row, entries.labels.index("C")] = entries.amount[row] - entries.origin[row].sum()
    found = bounds(entries, ["sink:X"])
    assert pair(found) == (1300, 1300)
    assert len(found.words_ceiling) <= 3
    assert len(found.words_ceiling_zh) == len(found.words_ceiling)
    _, ceiling = certificates(entries, ["sink:X"])
    assert sum(arc.capacity for arc in ceiling.arcs) == 1300

"""Each rule over every order of the days that no record orders: by hand, and against one order at a time."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.trace.bounds_ledgers import told
from tracer.model import CheckFailed, TraceResult
from tracer.trace import RULES, Entries, orders, over_orders, reach, replay, result, trace_all
from tracer.trace.orders import day_marks

NAMES = tuple(RULES)


def credit(amount: int, label: str, **more: object) -> dict:
    return {"account": "A", "amount": amount, "credit": True, "origin": {label: amount}} | more


def debit(amount: int, sink: str, **more: object) -> dict:
    return {"account": "A", "amount": amount, "credit": False, "sink": f"sink:{sink}"} | more


def ranged(entries: Entries) -> TraceResult:
    return over_orders(result(entries, trace_all(entries, NAMES), (), "head", {}), entries)


def of(found: TraceResult, target: str) -> dict[str, tuple[int, int]]:
    return next(t.by_order for t in found.targets if t.target == target)


def test_the_range_of_the_sample_case_by_hand() -> None:
    """760,000 of proceeds; +140,000; -250,000; on one day +100,000 and -150,000; -500,000 for the brokerage.

    Debits first, LIBR: 650,000 - 150,000 = 500,000, then 100,000 of other money pays first: 400,000 of the 500,000.
    Printed: 100,000 of other money pays the 150,000 with 50,000 of proceeds, 600,000 left: 500,000.
    Pro rata debits first: 548,889 x 500/650 = 422,222; x 5/6 = 351,852. Printed: 548,889 x 600/750 x 5/6 = 365,926.
    """
    rows = [
        credit(760_000, "T"),
        credit(140_000, "C"),
        debit(250_000, "FX"),
        credit(100_000, "C", block=0),
        debit(150_000, "Fuel", block=0),
        debit(500_000, "BROK"),
    ]
    found = of(ranged(told(rows, {"A": {}}, ["T"])), "sink:BROK")
    assert found == {
        "libr": (400_000, 500_000),
        "fifo": (360_000, 360_000),
        "lifo": (400_000, 500_000),
        "pro_rata": (351_852, 365_926),
        "proceeds_first": (360_000, 360_000),
    }


def test_two_payments_of_one_day_decide_whose_money_each_was() -> None:
    """100 of other money and 100 of proceeds; 100 for a car, 100 for rent, in no known order: each was either."""
    rows = [credit(100, "C"), credit(100, "T"), debit(100, "Car", block=0), debit(100, "Rent", block=0)]
    found = ranged(told(rows, {"A": {}}, ["T"]))
    for sink in ("sink:Car", "sink:Rent"):
        assert of(found, sink) == dict.fromkeys(NAMES, (0, 100)) | {"pro_rata": (50, 50)}
    assert [(t.orders, t.days) for t in found.targets if t.target == "sink:Car"] == [(2, 1)]


def test_an_order_that_the_bank_could_not_allow_is_none() -> None:
    """30 there, +40 of proceeds and -50: with the debit first the account would stand at -20."""
    rows = [credit(30, "C", opening=True), credit(40, "T", block=0), debit(50, "X", block=0)]
    for facility, least, number in ((-1, 20, 1), (0, 20, 1), (19, 20, 1), (20, 0, 2)):
        found = ranged(told(rows, {"A": {"facility": facility}}, ["T"]))
        assert of(found, "sink:X")["libr"] == (least, 20)
        assert [t.orders for t in found.targets if t.target == "sink:X"] == [number]


def test_a_day_after_the_last_payment_or_before_an_empty_account_moves_nothing() -> None:
    rows = [
        credit(50, "C", block=0),
        debit(50, "Rent", block=0),
        credit(100, "T"),
        debit(60, "Car"),
        credit(10, "C", block=1),
        debit(50, "Fuel", block=1),
    ]
    found = ranged(told(rows, {"A": {}}, ["T"]))
    assert {t.target for t in found.targets if t.by_order} == {"sink:Fuel"}
    assert [t.days for t in found.targets if t.by_order] == [1]


def test_beyond_eight_entries_floor_and_ceiling_are_the_range() -> None:
    rows = [credit(100, "C"), credit(100, "T"), *(debit(k, f"P{k}", block=0) for k in range(1, 10))]
    found = ranged(told(rows, {"A": {}}, ["T"]))
    for target in found.targets:
        if target.by_order:
            assert target.orders == 0
            assert set(target.by_order.values()) == {(target.bounds.floor, target.bounds.ceiling)}
    assert sum(bool(t.by_order) for t in found.targets) == 10


def test_a_transfer_is_never_received_before_it_is_sent() -> None:
    """A sends 50 to B between two doubtful days; B has 10 of other money and pays 30 that day."""
    rows = [
        credit(100, "T"),
        {"account": "A", "amount": 50, "credit": False, "partner": 3, "block": 0},
        debit(20, "Fee", block=0),
        {"account": "B", "amount": 50, "credit": True, "partner": 1, "block": 1},
        {"account": "B", "amount": 30, "credit": False, "sink": "sink:House", "block": 1},
    ]
    rows.insert(0, {"account": "B", "amount": 40, "credit": True, "opening": True, "origin": {"C": 40}})
    for row in rows:
        row["partner"] = row["partner"] + 1 if row.get("partner", -1) >= 0 else -1
    found = ranged(told(rows, {"A": {}, "B": {}}, ["T"]))
    assert of(found, "sink:House")["libr"] == (0, 0)
    assert of(found, "sink:House")["proceeds_first"] == (0, 30)
    assert of(found, "sink:House")["lifo"] == (0, 30)


@st.composite
def days(draw: st.DrawFn) -> Entries:
    """Two linked accounts with up to two doubtful days of two to four entries."""
    rows: list[dict] = []
    balance = {"A": 0, "B": 0}
    block = -1
    left = 0
    here = "A"
    for _ in range(draw(st.integers(3, 9))):
        if not left and block < 1 and draw(st.booleans()):
            block, left, here = block + 1, draw(st.integers(2, 4)), draw(st.sampled_from("AB"))
        name = here if left else draw(st.sampled_from("AB"))
        mark = {"block": block} if left else {}
        left = max(0, left - 1)
        kind = draw(st.sampled_from(["credit", "debit", "send"]))
        if kind == "credit" or not balance[name]:
            amount = draw(st.integers(1, 40))
            label = draw(st.sampled_from("TC"))
            rows.append({"account": name, "amount": amount, "credit": True, "origin": {label: amount}} | mark)
            balance[name] += amount
            continue
        amount = draw(st.integers(1, balance[name]))
        balance[name] -= amount
        if kind == "debit" or left:
            sink = f"sink:{draw(st.sampled_from('XY'))}"
            rows.append({"account": name, "amount": amount, "credit": False, "sink": sink} | mark)
            continue
        other = "BA"[name == "B"]
        rows.append({"account": name, "amount": amount, "credit": False, "partner": len(rows) + 1} | mark)
        rows.append({"account": other, "amount": amount, "credit": True, "partner": len(rows) - 1})
        balance[other] += amount
    facility = draw(st.sampled_from([-1, 0, 25]))
    return told(rows, {"A": {"facility": facility}, "B": {}}, ["T"])


def one_at_a_time(e: Entries) -> list[Entries]:
    """Return the entries in every order of their blocks that no account's allowance and no transfer forbids."""
    blocks = [np.flatnonzero(e.block == b) for b in np.unique(e.block[e.block >= 0])]
    found = []
    for choice in itertools.product(*(itertools.permutations(rows.tolist()) for rows in blocks)):
        place = np.arange(len(e))
        for rows, order in zip(blocks, choice, strict=True):
            place[rows] = order
        new = np.argsort(place)
        partner = np.where(e.partner[place] >= 0, new[e.partner[place]], -1)
        columns = {c: getattr(e, c)[place] for c in ("account", "amount", "credit", "sink", "origin", "opening", "day")}
        one = e.changed(**columns, partner=partner, block=np.full(len(e), -1, np.int32), source=None, follows=None)
        if (one.credit & (one.partner > np.arange(len(e)))).any():
            continue
        if (
            one.balances() < np.where(one.account == 0, -max(0, int(e.facility[0]) if e.facility is not None else 0), 0)
        ).any():
            continue
        found.append(one)
    return found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(days())
def test_every_order_one_at_a_time_gives_the_range(entries: Entries) -> None:
    found = ranged(entries)
    each = [(one, {rule: replay(one, rule).targets for rule in NAMES}) for one in one_at_a_time(entries)]
    for target in found.targets:
        for rule in NAMES:
            values = [runs[rule].get(target.target, {}).get("T", 0) for _, runs in each]
            expected = (min(values), max(values))
            assert target.by_order.get(rule, (target.by_rule[rule],) * 2) == expected, (target.target, rule)
            assert target.bounds.floor <= expected[0] <= expected[1] <= target.bounds.ceiling


ROWS = [credit(100, "C"), credit(100, "T"), debit(100, "Car", block=0), debit(60, "Rent", block=0)]


def test_a_lost_order_and_a_doubled_payment_stop_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = told(ROWS, {"A": {}}, ["T"])
    printed = result(entries, trace_all(entries, NAMES), (), "head", {})
    whole = orders._permuted
    with monkeypatch.context() as patch:
        patch.setattr(orders, "_permuted", lambda e, rows: itertools.islice(whole(e, rows), 1, None))
        with pytest.raises(CheckFailed, match="outside its own orders"):
            over_orders(printed, entries)
    with monkeypatch.context() as patch:
        patch.setattr(orders, "_permuted", lambda e, rows: iter([(rows[0], rows[0])]))
        with pytest.raises(CheckFailed):
            over_orders(printed, entries)


def test_a_wrong_figure_beside_its_range_stops_the_run() -> None:
    entries = told(ROWS, {"A": {}}, ["T"])
    printed = result(entries, trace_all(entries, NAMES), (), "head", {})
    wrong = tuple(replace(t, by_rule=t.by_rule | {"pro_rata": t.by_rule["pro_rata"] + 1}) for t in printed.targets)
    with pytest.raises(CheckFailed, match="was printed"):
        over_orders(replace(printed, targets=wrong), entries)


def test_a_day_counts_only_while_proceeds_may_be_there() -> None:
    entries = told(
        [credit(5, "C", block=0), debit(5, "X", block=0), credit(9, "T", block=1), debit(9, "X", block=1)],
        {"A": {}},
        ["T"],
    )
    found = reach(entries, day_marks(entries))
    assert found.live == {"day:1"}
    assert found.targets["sink:X"] == {"day:1"}


def test_a_payee_of_two_accounts_that_nothing_links_keeps_what_the_other_one_paid() -> None:
    """A pays 1 of proceeds to X; B, with a day without order before it, pays 2 more: 3 in every order."""
    rows = [credit(1, "T"), debit(1, "X")]
    b = [credit(1, "T", block=0), credit(1, "T", block=0), credit(1, "C"), debit(2, "X")]
    rows += [row | {"account": "B"} for row in b]
    assert of(ranged(told(rows, {"A": {}, "B": {}}, ["T"])), "sink:X")["fifo"] == (3, 3)

"""Whatever a person decides of credits that may be traced money come back, floor and ceiling told before hold after.

Random ledgers of three currencies; debits and later credits are joined at random, as conversions or as partial returns, and
every rule and both bounds of the joined books are compared with what was told of the books as they stand.
"""

import numpy as np
import pytest
from bounds_ledgers import told
from hypothesis import given, settings
from hypothesis import strategies as st

from tracer.trace import bounds, replay
from tracer.trace.bounds import build
from tracer.trace.origins import doubted, net_floor, not_paid
from tracer.trace.rules import RULES

MONEY = {"A": "USD", "B": "EUR", "D": "GBP"}
ACCOUNTS = {name: {"currency": currency} for name, currency in MONEY.items()}
AMOUNTS = st.integers(1, 40)


@st.composite
def ledgers(draw):
    """Rows of plain credits and payments; (debit row, credit row) pairs that may be conversions; the same as returns."""
    rows, held = [], dict.fromkeys(MONEY, 0)
    for name in MONEY:
        if draw(st.booleans()):
            amount = draw(AMOUNTS)
            rows.append({"account": name, "amount": amount, "credit": True, "opening": True, "origin": {"U": amount}})
            held[name] += amount
    for _ in range(draw(st.integers(3, 12))):
        name = draw(st.sampled_from(sorted(MONEY)))
        if held[name] and draw(st.booleans()):
            amount = draw(st.integers(1, held[name]))
            sink = f"sink:{MONEY[name]}{draw(st.integers(0, 2))}"
            rows.append({"account": name, "amount": amount, "credit": False, "sink": sink})
            held[name] -= amount
        else:
            amount = draw(AMOUNTS)
            label = draw(st.sampled_from(["T", "U", "U"]))
            rows.append({"account": name, "amount": amount, "credit": True, "origin": {label: amount}})
            held[name] += amount
    debits = [i for i, r in enumerate(rows) if not r["credit"]]
    fresh = [i for i, r in enumerate(rows) if r["credit"] and not r.get("opening") and "U" in r["origin"]]
    pairs = [(d, c) for c in fresh for d in debits if d < c and rows[d]["account"] != rows[c]["account"]]
    returns = [
        (d, c)
        for c in fresh
        for d in debits
        if d < c and rows[d]["account"] == rows[c]["account"] and rows[c]["amount"] <= rows[d]["amount"]
    ]
    chosen = draw(st.lists(st.sampled_from(pairs), max_size=4)) if pairs else []
    given_back = draw(st.lists(st.sampled_from(returns), max_size=3)) if returns else []
    return rows, list(dict.fromkeys(chosen)), list(dict.fromkeys(given_back)), draw(st.randoms(use_true_random=False))


def one_to_one(pairs, random):
    """Return some of the pairs, each row once: what a person may have decided."""
    order, taken, kept = list(pairs), set(), []
    random.shuffle(order)
    for pair in order:
        if not taken & set(pair) and random.random() < 0.8:
            kept.append(pair)
            taken |= set(pair)
    return kept, taken


def joined(rows, exchanged, returned):
    made = [dict(r) for r in rows]
    for d, c in [*exchanged, *returned]:
        made[d]["partner"], made[c]["partner"] = c, d
        made[c].pop("origin")
        if (d, c) in exchanged:
            made[d].pop("sink")
    return told(made, ACCOUNTS, ("T",))


def by_credit(pairs):
    found = {}
    for d, c in pairs:
        found.setdefault(c, []).append(d)
    return found


@settings(max_examples=60, deadline=None)
@given(ledgers())
def test_bounds_told_before_hold_after_every_decision(made):
    rows, pairs, returns, random = made
    entries = told(rows, ACCOUNTS, ("T",))
    found = doubted(build(entries), by_credit(pairs), by_credit(returns))
    unpaid = not_paid(found, by_credit(pairs))
    refunds = {}
    for d, c in returns:
        refunds.setdefault(rows[d]["sink"], []).append((f"{d}/{c}", rows[c]["amount"]))
    decided, taken = one_to_one(pairs, random)
    back, _ = one_to_one([pair for pair in returns if not taken & set(pair)], random)
    after = joined(rows, decided, back)
    graph, slack = build(after), len(decided)
    sets = [(f"bal:{name}",) for name in MONEY] + [(name,) for name in entries.sinks if name in after.sinks]
    sets += [(f"bal:{n}", *(s for s in entries.sinks if m in s and s in after.sinks)) for n, m in MONEY.items()]
    runs = {rule: replay(after, rule).targets for rule in RULES}
    for names in sets:
        before = net_floor(bounds(found.graph, names, ("T",)), refunds, unpaid)
        then = bounds(graph, names, ("T",))
        assert before.floor <= then.floor + slack, names
        assert then.ceiling <= before.ceiling + slack, names
        for rule, targets in runs.items():
            figure = sum(targets.get(name, {}).get("T", 0) for name in names)
            assert before.floor - slack <= figure <= before.ceiling + slack, (names, rule)


def test_without_a_pair_the_network_is_the_same():
    rows = [
        {"account": "A", "amount": 10, "credit": True, "origin": {"T": 10}},
        {"account": "A", "amount": 10, "credit": False, "sink": "sink:X"},
    ]
    graph = build(told(rows, ACCOUNTS, ("T",)))
    found = doubted(graph, {}, {})
    assert found.graph is graph
    assert found.amounts == {}


@pytest.mark.parametrize(("proceeds", "doubt"), [(10, 8), (5, 4), (1, 1), (0, 0)])
def test_the_doubt_is_the_fraction_that_may_have_left(proceeds, doubt):
    """`proceeds` of 10 dollars left and 8 euros came: at most 8 x proceeds / 10, rounded up."""
    rows = [
        {"account": "A", "amount": 10, "credit": True, "origin": {"T": proceeds, "U": 10 - proceeds}},
        {"account": "A", "amount": 10, "credit": False, "sink": "sink:X"},
        {"account": "B", "amount": 8, "credit": True, "origin": {"U": 8}},
    ]
    found = doubted(build(told(rows, ACCOUNTS, ("T",))), {2: [1]}, {})
    assert found.amounts == ({2: doubt} if doubt else {})
    assert bounds(found.graph, ["bal:B"], ["T"]).ceiling == doubt
    assert bounds(found.graph, ["bal:B"], ["T"]).floor == 0
    assert int(np.sum(found.graph.source_amount)) == 18

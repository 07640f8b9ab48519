"""The bounds against an independent linear program, closed forms, and the laws joint figures obey.

The program below does not share the network: it has one unknown per entry and label class, in the words of the
polytope (tracing.md 5.1), and is solved by HiGHS.
"""

import itertools

import numpy as np
import pytest
from bounds_ledgers import told
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from tracer.trace.bounds import bounds, build, certificates

CALM = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def stories(draw, accounts=("A", "B", "C"), size=14, overdraft=True):
    """A small ledger: openings, credits (mixed too), payments, transfers late and with charges, overdrafts."""
    names = accounts
    rows, balance, flying = [], dict.fromkeys(names, 0), []
    debts = {}
    for name in names:
        opening = draw(st.integers(-8 if overdraft else 0, 12))
        debts[name] = {"debt": max(0, -opening)}
        balance[name] = opening
        if opening > 0:
            label = draw(st.sampled_from("CTU"))
            rows.append(
                {"account": name, "amount": opening, "credit": True, "opening": True, "origin": {label: opening}}
            )
    for _ in range(draw(st.integers(2, size))):
        kind = draw(st.sampled_from(["credit", "credit", "debit", "transfer", "arrive"]))
        name = draw(st.sampled_from(names))
        if kind == "credit":
            parts = {"T": draw(st.integers(0, 9)), "C": draw(st.integers(0, 9)), "w": draw(st.integers(0, 3))}
            parts = {k: v for k, v in parts.items() if v}
            if parts:
                amount = sum(parts.values())
                rows.append({"account": name, "amount": amount, "credit": True, "origin": parts})
                balance[name] += amount
        elif kind in ("debit", "transfer"):
            most = 20 if overdraft else min(20, balance[name])
            if most < 1:
                continue
            amount = draw(st.integers(1, most))
            balance[name] -= amount
            row = {"account": name, "amount": amount, "credit": False}
            if kind == "debit" or len(names) == 1:
                rows.append(row | {"sink": f"sink:{draw(st.sampled_from('XYZ'))}"})
            else:
                flying.append((len(rows), draw(st.sampled_from([n for n in names if n != name])), amount))
                rows.append(row)
        elif flying:
            land(draw, rows, balance, flying.pop(draw(st.integers(0, len(flying) - 1))))
    while flying:
        land(draw, rows, balance, flying.pop(0))
    return told(rows, debts, ["T", "w"])


def land(draw, rows, balance, flight):
    start, target, amount = flight
    got = max(1, amount - draw(st.sampled_from([0, 0, 0, 1, 2])))
    rows[start]["partner"] = len(rows)
    rows.append({"account": target, "amount": got, "credit": True, "partner": start})
    balance[target] += got


def program(entries, labels):
    """Return (matrix rows, right sides, upper limits, index of each target): unknown = proceeds in each movement.

    Unknowns, in blocks of n: moved by entry r; held after r; repaid to the bank at r; charged on the way at r.
    """
    e, n = entries, len(entries)
    counted = e.origin[:, [e.labels.index(name) for name in labels]].sum(axis=1)
    equal, right, most, at = [], [], np.zeros(4 * n), {}
    last, balance = {}, {a: -int(e.debt[a]) for a in range(len(e.accounts))}
    for r in range(n):
        a, amount = int(e.account[r]), int(e.amount[r])
        before = balance[a]
        balance[a] += amount if e.credit[r] else -amount
        repaid = min(max(0, -before), amount) if e.credit[r] else 0
        most[[r, n + r, 2 * n + r]] = amount, max(0, balance[a]), repaid
        line = {n + r: 1, r: 1 if not e.credit[r] else -1, 2 * n + r: 1}
        if a in last:
            line[n + last[a]] = line.get(n + last[a], 0) - 1
        equal.append(line)
        right.append(0)
        last[a] = r
        at.setdefault("sink:OVERDRAFT", []).append(2 * n + r)
        if e.credit[r] and e.partner[r] < 0:
            equal.append({r: 1})
            right.append(int(counted[r]))
        if not e.credit[r] and e.partner[r] >= 0:
            got = int(e.amount[e.partner[r]])
            converted = e.currencies[a] != e.currencies[e.account[e.partner[r]]]
            most[3 * n + r] = 0 if converted else amount - got
            equal.append({r: got / amount if converted else 1, int(e.partner[r]): -1, 3 * n + r: -1})
            right.append(0)
            at.setdefault("sink:TRANSIT_FEE", []).append(3 * n + r)
        if not e.credit[r] and e.partner[r] < 0:
            at.setdefault(e.sinks[e.sink[r]], []).append(r)
    for a, r in last.items():
        at[f"bal:{e.accounts[a]}"] = [n + r]
    matrix = np.zeros((len(equal), 4 * n))
    for i, line in enumerate(equal):
        for column, value in line.items():
            matrix[i, column] = value
    return matrix, np.array(right), most, at


def by_program(entries, targets, labels):
    if not len(entries):
        return 0, 0
    matrix, right, most, at = program(entries, labels)
    aim = np.zeros(len(most))
    aim[[i for t in targets for i in at.get(t, [])]] = 1
    limits = list(zip(np.zeros(len(most)), most, strict=True))
    ends = []
    for sign in (1, -1):
        solved = linprog(sign * aim, A_eq=matrix, b_eq=right, bounds=limits, method="highs")
        assert solved.status == 0
        ends.append(sign * solved.fun)
    return tuple(ends)


@CALM
@given(stories(), st.sampled_from([("T",), ("w",), ("T", "w")]), st.randoms(use_true_random=False))
def test_an_independent_linear_program_agrees(entries, labels, chance):
    graph = build(entries)
    single = [(name,) for name in graph.targets]
    joint = tuple(chance.sample(graph.targets, min(3, len(graph.targets))))
    for targets in [*single, joint, graph.targets]:
        found = bounds(graph, targets, labels)
        assert (found.floor, found.ceiling) == pytest.approx(by_program(entries, targets, labels), abs=1e-6), targets


@CALM
@given(stories())
def test_laws_of_joint_figures(entries):
    """U(X+Y) <= U(X) + U(Y), L(X+Y) >= L(X) + L(Y), both grow with the set, and everything together is exact (5.4)."""
    graph = build(entries)
    one = {name: bounds(graph, [name]) for name in graph.targets}
    for x, y in itertools.islice(itertools.combinations(graph.targets, 2), 8):
        both = bounds(graph, [x, y])
        assert both.ceiling <= one[x].ceiling + one[y].ceiling
        assert both.floor >= one[x].floor + one[y].floor
        assert both.floor >= max(one[x].floor, one[y].floor)
        assert both.ceiling >= max(one[x].ceiling, one[y].ceiling)
    everything = bounds(graph, graph.targets)
    entered = int(entries.origin[:, entries.proceeds].sum())
    assert (everything.floor, everything.ceiling) == (entered, entered)


@CALM
@given(stories())
def test_a_label_and_all_other_labels_share_a_target_exactly(entries):
    """Floor of the proceeds + ceiling of everything else = what was recorded: the theorem read from both sides."""
    graph = build(entries)
    everything = [name for name in entries.labels if name != "K"]
    rest = [name for name in everything if name not in ("T", "w")]
    if (entries.balances() < 0).any():
        return  # bank credit has no label one may ask for
    for name in graph.targets:
        found = bounds(graph, [name], ["T", "w"])
        assert found.floor + bounds(graph, [name], rest).ceiling == found.recorded


def paths_left(graph, certificate, counted):
    """Cross the named places out and say whether any counted source still reaches the targets."""
    gone, shut = set(), set()
    for place in certificate.arcs:
        (gone if place.kind in ("source", "drawn", "doubtful") else shut).add((place.kind, place.row, place.target))
    kinds = ("hold", "transfer", "charge", "paid", "repaid", "balance")
    open_arcs = [
        (int(graph.tail[i]), int(graph.head[i]), graph.targets[graph.target[i]] if graph.target[i] >= 0 else "")
        for i in range(len(graph.tail))
        if (kinds[graph.kind[i]], int(graph.row[i]), graph.targets[graph.target[i]] if graph.target[i] >= 0 else "")
        not in shut
    ]
    marked = {
        int(graph.source_node[i])
        for i in range(len(graph.source_node))
        if counted(int(graph.source_label[i]))
        and ("drawn" if graph.source_label[i] == -1 else "source", int(graph.source_row[i]), "") not in gone
    }
    while True:
        more = {head for tail, head, _ in open_arcs if tail in marked and head >= 0} - marked
        if not more:
            break
        marked |= more
    return any(tail in marked and target in certificate.targets for tail, head, target in open_arcs)


@CALM
@given(stories())
def test_a_reader_can_check_every_certificate_by_hand(entries):
    """Cross the arcs out, see that nothing reaches the targets, add them up (5.5)."""
    graph = build(entries)
    proceeds = {i for i, flag in enumerate(entries.proceeds.tolist()) if flag}
    for name in graph.targets:
        floor, ceiling = certificates(graph, [name])
        assert not paths_left(graph, floor, lambda label: label not in proceeds)
        assert not paths_left(graph, ceiling, lambda label: label in proceeds)
        assert floor.recorded - sum(p.capacity for p in floor.arcs) == floor.bound
        assert sum(p.capacity for p in ceiling.arcs) == ceiling.bound


@CALM
@given(stories(accounts=("A",), overdraft=False))
def test_closed_forms_of_a_single_account(entries):
    """Balance: U = the LIBR figure, L = the proceeds-first figure. Debit w: U = min(w, T-), L = max(0, w - C-) (5.3)."""
    graph = build(told_apart(entries))
    e = graph.entries
    lowest_t = lowest_c = 0
    for r in range(len(e)):
        proceeds = int(e.origin[r, e.proceeds].sum())
        balance = int(e.balances()[r])
        if not e.credit[r]:
            w = int(e.amount[r])
            found = bounds(graph, [e.sinks[e.sink[r]]])
            assert (found.floor, found.ceiling) == (max(0, w - lowest_c), min(w, lowest_t))
        else:
            lowest_t, lowest_c = lowest_t + proceeds, lowest_c + int(e.amount[r]) - proceeds
        lowest_t, lowest_c = min(lowest_t, balance), min(lowest_c, balance)
    found = bounds(graph, ["bal:A"])
    end = int(e.balances()[-1]) if len(e) else 0
    assert (found.floor, found.ceiling) == (end - lowest_c, lowest_t)


def told_apart(entries):
    """Give every payment a target of its own."""
    sink = np.where(entries.credit, -1, np.arange(len(entries))).astype(np.int32)
    return entries.changed(sink=sink, sinks=tuple(f"sink:debit {r}" for r in range(len(entries))))


@CALM
@given(stories(accounts=("A",), overdraft=False, size=6), st.integers(0, 3), st.integers(2, 5))
def test_an_unordered_day_is_the_hull_of_its_orders(entries, start, length):
    """One account: least floor and greatest ceiling over all orders without overdraft (5.6)."""
    rows = np.arange(len(entries))
    block = np.where((rows >= start) & (rows < start + length) & ~entries.opening, 0, -1).astype(np.int32)
    e = entries.changed(block=block)
    inside = np.flatnonzero(block == 0)
    if len(inside) < 2:
        return
    graph = build(e)
    targets = [name for name in graph.targets if name != "sink:OVERDRAFT"]
    floors, ceilings = {t: [] for t in targets}, {t: [] for t in targets}
    for order in itertools.permutations(inside):
        place = rows.copy()
        place[inside] = order
        columns = ("account", "amount", "credit", "partner", "sink", "origin", "opening", "day", "follows")
        one = e.changed(**{c: getattr(e, c)[place] for c in columns}, block=np.full(len(e), -1, np.int32))
        if (one.balances() < 0).any():
            continue
        ordered = build(one)
        for name in targets:
            found = bounds(ordered, [name])
            floors[name].append(found.floor)
            ceilings[name].append(found.ceiling)
    for name in targets:
        found = bounds(graph, [name])
        assert (found.floor, found.ceiling) == (min(floors[name]), max(ceilings[name]))


@st.composite
def exchanged(draw):
    """Two accounts in two currencies, money going both ways at changing rates."""
    rows, balance = [], {"A": 0, "B": 0}
    for _ in range(draw(st.integers(3, 12))):
        name = draw(st.sampled_from("AB"))
        kind = draw(st.sampled_from(["credit", "exchange", "debit"]))
        if kind == "credit" or balance[name] < 1:
            amount = draw(st.integers(1, 500))
            rows.append(
                {"account": name, "amount": amount, "credit": True, "origin": {draw(st.sampled_from("TC")): amount}}
            )
            balance[name] += amount
            continue
        amount = draw(st.integers(1, balance[name]))
        balance[name] -= amount
        if kind == "debit":
            rows.append({"account": name, "amount": amount, "credit": False, "sink": f"sink:{name}"})
            continue
        other, got = "BA"[name == "B"], draw(st.integers(1, 400))
        rows.append({"account": name, "amount": amount, "credit": False, "partner": len(rows) + 1})
        rows.append({"account": other, "amount": got, "credit": True, "partner": len(rows) - 1})
        balance[other] += got
    return told(rows, {"A": {"currency": "USD"}, "B": {"currency": "EUR"}}, ["T"])


@CALM
@given(exchanged())
def test_conversions_at_any_rates_agree_with_the_program_up_to_one_unit(entries):
    """The floor is rounded down and the ceiling up, never the other way (1.2 step 8)."""
    graph = build(entries)
    for name in ("bal:A", "bal:B", *entries.sinks):
        found = bounds(graph, [name])
        low, high = by_program(entries, [name], ["T"])
        assert low - 1 - 1e-5 <= found.floor <= low + 1e-5
        assert high - 1e-5 <= found.ceiling <= high + 1 + 1e-5

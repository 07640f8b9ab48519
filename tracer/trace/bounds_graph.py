"""The ledger expanded in time, as a flow network (tracing.md 5.1).

A node is an account after one entry, or after one block of entries whose order is not known (5.6: all credits, then
all debits). Arcs carry what was recorded:

hold       from one node of an account to the next: the posted balance carried, 0 if overdrawn
transfer   from the debit to the credit; where a charge was taken, through an in-transit node
charge     from the in-transit node to TRANSIT_FEE, or to the target where a partial return stays
paid       from a debit to its sink
repaid     from a credit of an overdrawn account to OVERDRAFT
balance    what the account holds when the records end

Sources: one per label of each credit from outside, bank credit (K) at each debit beyond the balance, and interest that
follows a composition, whose label is in doubt. The recorded money is itself a flow that saturates every arc.

Units: minor units of the account at the arc's tail; `arrives` is the same money in the units of its head.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from math import gcd, lcm

import numpy as np
from numpy.typing import NDArray

from tracer.model import RuleError
from tracer.trace.compiled import at_hand, compiled
from tracer.trace.entries import LIMIT, Bools, Cents, Codes, Entries

__all__ = [
    "BALANCE",
    "CHARGE",
    "DOUBTFUL",
    "DRAWN",
    "HOLD",
    "PAID",
    "REPAID",
    "TRANSFER",
    "FlowGraph",
    "build",
    "downstream",
    "leading_to",
    "open_to",
    "reached",
    "relabelled",
]

HOLD, TRANSFER, CHARGE, PAID, REPAID, BALANCE = range(6)

#: Codes of a source that has no label of its own.
DRAWN, DOUBTFUL = -1, -2


@dataclass(frozen=True, slots=True, eq=False)
class FlowGraph:
    """The network of one ledger; every target set and every choice of labels is solved on it.

    nodes            number of nodes; a row's own node is `node_of[row]`
    tail, head       (m,) nodes; head -1 for an arc into a target
    target           (m,) code into `targets`, -1 for an arc between nodes
    capacity         (m,) most that can have passed; `recorded` (m,) what passed in every order; `posted` (m,) what did in
                     the order of the rows. They differ only where an unknown order leaves open how much an overdraft was
                     used within a day
    arrives          (m,) the capacity in the units of the head (conversions)
    kind, row        (m,) what the arc is, and the entry a reader finds it by
    source_*         (s,) node, label code (or DRAWN, DOUBTFUL), amount and entry of each source
    scale            (A,) factor that brings an account to the base unit of its chain of conversions; 0 where its
                     conversions ran at several rates, or the factor does not fit in 64 bits
    """

    entries: Entries
    targets: tuple[str, ...]
    nodes: int
    node_of: Cents
    tail: Codes
    head: Codes
    target: Codes
    capacity: Cents
    recorded: Cents
    posted: Cents
    arrives: Cents
    kind: NDArray[np.int8]
    row: Cents
    source_node: Codes
    source_label: Codes
    source_amount: Cents
    source_row: Cents
    scale: Cents
    into: tuple[Cents, Cents]
    out: tuple[Cents, Cents]

    @property
    def account(self) -> Codes:
        """Return the account code at the tail of each arc."""
        return self.entries.account[self.row]

    def codes(self, names: tuple[str, ...]) -> Bools:
        """Return which targets are named. Raises `RuleError` for a name that no entry and no account bears."""
        known = {name: code for code, name in enumerate(self.targets)}
        missing = [name for name in names if name not in known]
        if missing or not names:
            raise RuleError(
                f"No target is called {missing[0]!r}." if missing else "No target is named.",
                where=f"known: {', '.join(self.targets[:8])}{' …' if len(self.targets) > 8 else ''}",
                meaning="A floor or ceiling of nothing would read as zero; it is not computed.",
                next_call="name targets as the trace prints them: sink:NAME, bal:ACCOUNT",
            )
        wanted = np.zeros(len(self.targets), np.bool_)
        wanted[[known[name] for name in names]] = True
        return wanted


def build(entries: Entries) -> FlowGraph:
    """Expand `entries` in time. One million entries take well under a second."""
    e = entries
    n = len(e)
    names = _targets(e)
    code = {name: i for i, name in enumerate(names)}
    order, balances = e.by_account(), e.balances()
    start = _node_starts(e, order)
    first = np.flatnonzero(start)
    last = np.append(first[1:], n)[: len(first)] - 1
    node_of = np.empty(n, np.int64)
    node_of[order] = np.repeat(order[first], last - first + 1)

    account = e.account[order[first]]
    closing_row = order[last]
    after = balances[closing_row]
    alone = np.r_[True, account[1:] != account[:-1]] if len(first) else np.zeros(0, np.bool_)
    before = np.where(alone, -e.debt[account], np.roll(after, 1))
    repaid, may_repay, may_draw = _overdraft(e, order, first, before, after)

    parts: list[tuple[Cents, ...]] = []

    def arcs(kind: int, tail: Cents, head: Cents, target: Cents, capacity: Cents, row: Cents, **other: Cents) -> None:
        keep = capacity > 0
        columns = (tail, head, target, capacity, *(other.get(c, capacity) for c in ("recorded", "posted", "arrives")))
        parts.append((*[c[keep] for c in columns], np.full(int(keep.sum()), kind, np.int64), row[keep]))

    def nowhere(size: int) -> Cents:
        return np.full(size, -1, np.int64)

    node = order[first]
    carried = np.maximum(after, 0)
    on = np.flatnonzero(~alone)
    arcs(HOLD, node[on - 1], node[on], nowhere(len(on)), carried[on - 1], closing_row[on - 1])
    ends = np.flatnonzero(np.r_[alone[1:], True]) if len(first) else on
    balance = np.array([code[f"bal:{name}"] for name in e.accounts], np.int64)
    arcs(BALANCE, node[ends], nowhere(len(ends)), balance[account[ends]], carried[ends], closing_row[ends])
    overdraft = _totals_of("OVERDRAFT", e, code)
    owing = np.flatnonzero(may_repay > 0)
    arcs(
        REPAID,
        node[owing],
        nowhere(len(owing)),
        overdraft[account[owing]],
        may_repay[owing],
        closing_row[owing],
        recorded=repaid[owing],
        posted=_repaid_in_order(e, order, first, balances)[owing],
    )

    sinks = np.array([code[name] for name in e.sinks], np.int64)
    paid = np.flatnonzero(~e.credit & (e.partner < 0))
    arcs(PAID, node_of[paid], nowhere(len(paid)), sinks[e.sink[paid]], e.amount[paid], paid)

    sent = np.flatnonzero(~e.credit & (e.partner >= 0))
    got = e.partner[sent]
    money = np.array([e.currencies.index(c) for c in e.currencies], np.int64)
    converted = money[e.account[sent]] != money[e.account[got]]
    charge = np.where(converted, 0, e.amount[sent] - e.amount[got])
    whole = charge == 0
    plain = whole & (node_of[sent] != node_of[got])
    s, g = sent[plain], got[plain]
    arcs(TRANSFER, node_of[s], node_of[g], nowhere(len(s)), e.amount[s], s, arrives=e.amount[g])
    s, g, taken = sent[~whole], got[~whole], charge[~whole]
    transit = n + np.arange(len(s))
    fee = _totals_of("TRANSIT_FEE", e, code)
    stays = np.where(e.sink[s] >= 0, sinks[e.sink[s]] if len(e.sinks) else 0, fee[e.account[s]])
    arcs(TRANSFER, node_of[s], transit, nowhere(len(s)), e.amount[s], s)
    arcs(TRANSFER, transit, node_of[g], nowhere(len(s)), e.amount[g], s)
    arcs(CHARGE, transit, nowhere(len(s)), stays, taken, s)

    tail, head, target, capacity, recorded, posted, arrives, kind, row = (
        np.concatenate(c) for c in zip(*parts, strict=True)
    )
    nodes = n + len(s)
    origin_row, label = np.nonzero(e.origin)
    doubtful = np.flatnonzero(e.follows) if e.follows is not None else np.zeros(0, np.int64)
    draws = np.flatnonzero(may_draw > 0)
    return FlowGraph(
        entries=e,
        targets=names,
        nodes=nodes,
        node_of=node_of,
        tail=tail.astype(np.int32),
        head=head.astype(np.int32),
        target=target.astype(np.int32),
        capacity=capacity,
        recorded=recorded,
        posted=posted,
        arrives=arrives,
        kind=kind.astype(np.int8),
        row=row,
        source_node=np.concatenate([node_of[origin_row], node[draws], node_of[doubtful]]).astype(np.int32),
        source_label=np.concatenate(
            [label, np.full(len(draws), DRAWN), np.full(len(doubtful), DOUBTFUL)],
        ).astype(np.int32),
        source_amount=np.concatenate([e.origin[origin_row, label], may_draw[draws], e.amount[doubtful]]),
        source_row=np.concatenate([origin_row, closing_row[draws], doubtful]),
        scale=_scales(e, sent, got, converted),
        into=_by_end(head, nodes),
        out=_by_end(np.where(head < 0, -1, tail), nodes),
    )


def relabelled(graph: FlowGraph, entries: Entries) -> FlowGraph:
    """Return the network of entries that differ from its own in the labels of credits from outside, and in nothing else."""
    e = entries
    row, label = np.nonzero(e.origin)
    rest = graph.source_label < 0
    return replace(
        graph,
        entries=e,
        source_node=np.append(graph.node_of[row], graph.source_node[rest]).astype(np.int32),
        source_label=np.append(label, graph.source_label[rest]).astype(np.int32),
        source_amount=np.append(e.origin[row, label], graph.source_amount[rest]),
        source_row=np.append(row, graph.source_row[rest]),
    )


def _first_of_each_currency(e: Entries) -> dict[str, int]:
    return {currency: e.currencies.index(currency) for currency in dict.fromkeys(e.currencies)}


def _targets(e: Entries) -> tuple[str, ...]:
    """Return `entries.target_names`, without asking every account for its currency's totals."""
    firsts = _first_of_each_currency(e).values()
    totals = [e.total(name, a) for name in ("OVERDRAFT", "TRANSIT_FEE") for a in firsts]
    return tuple(dict.fromkeys([*e.sinks, *[f"bal:{name}" for name in e.accounts], *totals]))


def _totals_of(name: str, e: Entries, code: dict[str, int]) -> Cents:
    """Return, per account, the target that collects what repaid banks or was charged on the way."""
    named = {currency: code[e.total(name, a)] for currency, a in _first_of_each_currency(e).items()}
    return np.array([named[currency] for currency in e.currencies], np.int64)


def _node_starts(e: Entries, order: Cents) -> Bools:
    """Return, in account order, which entries begin a node of their own; a block of one account is one node."""
    account, block = e.account[order], e.block[order]
    start = np.ones(len(order), np.bool_)
    if len(order):
        start[1:] = (account[1:] != account[:-1]) | (block[1:] < 0) | (block[1:] != block[:-1])
    if bool((block >= 0).any()):
        inside = start & (block >= 0)
        pairs = np.stack([account[inside], block[inside]], axis=1)
        unique, where = np.unique(pairs, axis=0, return_index=True)
        if len(unique) != len(pairs):
            again = np.setdiff1d(np.arange(len(pairs)), where)[0]
            raise RuleError(
                "The entries of one unordered block do not stand together in their account.",
                where=e.where(int(order[np.flatnonzero(inside)[again]])),
                meaning="An entry of known place lies between them, so the block is not wholly without order.",
                next_call="case.problems() shows the dates that made the block",
            )
    return start


def _overdraft(e: Entries, order: Cents, first: Cents, before: Cents, after: Cents) -> tuple[Cents, Cents, Cents]:
    """Return per node what surely repaid the bank, what may have repaid it, and what may have been drawn.

    Within a block the credits-first order draws least. Where the bank is known to have lent (a facility, or a balance
    printed below zero), any order may have drawn up to max(0, debits - opening) (tracing.md 5.6). With no facility
    known, orders that overdraw stay outside the bounds (1.3, order within a day).
    """
    signed = e.amount[order]
    into = e.credit[order]
    if not len(first):
        empty = np.zeros(0, np.int64)
        return empty, empty, empty
    credits_ = np.add.reduceat(np.where(into, signed, 0), first)
    debits = np.add.reduceat(np.where(into, 0, signed), first)
    lots, debt = np.maximum(before, 0), np.maximum(-before, 0)
    repaid = np.minimum(debt, np.where(e.opening[order[first]], 0, credits_))
    drawn = np.maximum(0, debits - (lots + credits_ - repaid))
    known = e.facility if e.facility is not None else np.full(len(e.accounts), -1, np.int64)
    several = np.diff(np.append(first, len(order))) > 1
    lent = several & ((known[e.account[order[first]]] > 0) | (before < 0) | (after < 0))
    may_draw = np.where(lent, np.maximum(drawn, debits - lots), drawn)
    may_repay = np.where(lent, np.minimum(credits_, debt + may_draw), repaid)
    return repaid, may_repay, may_draw


def _repaid_in_order(e: Entries, order: Cents, first: Cents, balances: Cents) -> Cents:
    """Return per node what repaid the bank in the order of the rows."""
    if not len(first):
        return np.zeros(0, np.int64)
    owed = np.maximum(0, np.where(e.credit, e.amount, 0) - balances)
    repaid = np.where(e.credit & ~e.opening, np.minimum(owed, e.amount), 0)
    return np.add.reduceat(repaid[order], first)


def _scales(e: Entries, sent: Cents, got: Cents, converted: Bools) -> Cents:
    """Return the factor of each account: out x scale(from) = in x scale(to) at every conversion of a chain."""
    scale = np.ones(len(e.accounts), np.int64)
    if not converted.any():
        return scale
    across = e.account[sent] != e.account[got]
    pairs = np.unique(np.stack([e.account[sent[across & ~converted]], e.account[got[across & ~converted]]], 1), axis=0)
    links: dict[int, list[tuple[int, Fraction]]] = {}

    def link(a: int, b: int, ratio: Fraction) -> None:
        links.setdefault(a, []).append((b, ratio))
        links.setdefault(b, []).append((a, 1 / ratio))

    for a, b in pairs.tolist():
        link(a, b, Fraction(1))
    rows = zip(sent[converted].tolist(), got[converted].tolist(), strict=True)
    rates = {(int(e.account[s]), int(e.account[g]), Fraction(int(e.amount[s]), int(e.amount[g]))) for s, g in rows}
    for a, b, rate in sorted(rates):
        link(a, b, rate)
    seen: set[int] = set()
    for root in links:
        if root in seen:
            continue
        factor, agree, queue = {root: Fraction(1)}, True, [root]
        for a in queue:
            for b, ratio in links[a]:
                if b not in factor:
                    factor[b] = factor[a] * ratio
                    queue.append(b)
                agree &= factor[b] == factor[a] * ratio
        seen |= set(factor)
        _settle(e, factor, agree, scale)
    return scale


def _settle(e: Entries, factor: dict[int, Fraction], agree: bool, scale: Cents) -> None:
    below = lcm(*[f.denominator for f in factor.values()])
    whole = {a: int(f * below) for a, f in factor.items()}
    shared = gcd(*whole.values())
    members = np.array(sorted(whole), np.int64)
    total = int(e.amount[np.isin(e.account, members)].sum()) + int(e.debt[members].sum())
    fits = agree and total * (max(whole.values()) // shared) < LIMIT
    for a, value in whole.items():
        scale[a] = value // shared if fits else 0


@compiled
def _grouped(ends: Cents, nodes: int) -> tuple[Cents, Cents]:
    """Counting sort of the arcs by one end; arcs without that end (-1) are left out."""
    start = np.zeros(nodes + 1, np.int64)
    for v in ends:
        if v >= 0:
            start[v + 1] += 1
    for v in range(nodes):
        start[v + 1] += start[v]
    place = start[:-1].copy()
    arcs = np.empty(start[nodes], np.int64)
    for arc in range(len(ends)):
        v = ends[arc]
        if v >= 0:
            arcs[place[v]] = arc
            place[v] += 1
    return start, arcs


@compiled
def _spread(start: Cents, arcs: Cents, far: Codes, begin: Cents, allowed: Bools) -> Bools:
    """Walk from the nodes `begin` along `arcs` to their ends `far`, through allowed nodes only."""
    mark = np.zeros(len(allowed), np.bool_)
    stack = np.empty(len(allowed), np.int64)
    top = 0
    for v in begin:
        if allowed[v] and not mark[v]:
            mark[v] = True
            stack[top] = v
            top += 1
    while top:
        top -= 1
        v = stack[top]
        for i in range(start[v], start[v + 1]):
            u = far[arcs[i]]
            if allowed[u] and not mark[u]:
                mark[u] = True
                stack[top] = u
                top += 1
    return mark


@compiled
def _spread_back(
    in_start: Cents,
    in_arcs: Cents,
    out_start: Cents,
    out_arcs: Cents,
    tail: Codes,
    head: Codes,
    spare: Bools,
    used: Bools,
    begin: Cents,
    nodes: int,
) -> Bools:
    """Walk against the arcs of a residual network: back over arcs with room, forward over arcs whose flow can be taken back."""
    mark = np.zeros(nodes, np.bool_)
    stack = np.empty(nodes, np.int64)
    top = 0
    for v in begin:
        if not mark[v]:
            mark[v] = True
            stack[top] = v
            top += 1
    while top:
        top -= 1
        v = stack[top]
        for i in range(in_start[v], in_start[v + 1]):
            u = tail[in_arcs[i]]
            if spare[in_arcs[i]] and not mark[u]:
                mark[u] = True
                stack[top] = u
                top += 1
        for i in range(out_start[v], out_start[v + 1]):
            u = head[out_arcs[i]]
            if used[out_arcs[i]] and u >= 0 and not mark[u]:
                mark[u] = True
                stack[top] = u
                top += 1
    return mark


#: A step of these walks costs Python so many times less than an entry of a replay.
_STEPS = 16


def _by_end(ends: Cents, nodes: int) -> tuple[Cents, Cents]:
    return at_hand(_grouped, len(ends) // _STEPS)(ends, nodes)


def _walked(start: Cents, arcs: Cents, far: Codes, begin: Cents, allowed: Bools) -> Bools:
    return at_hand(_spread, len(arcs) // _STEPS)(start, arcs, far, begin, allowed)


def open_to(graph: FlowGraph, ends: Bools, spare: Bools, used: Bools) -> Bools:
    """Return the nodes from which more could reach a target: over arcs with room, or by taking back what an arc carries.

    ends: arcs into the wanted targets that have room; spare, used: (m,) arcs with room, and arcs that carry something
    """
    begin = graph.tail[ends].astype(np.int64)
    return _spread_back(*graph.into, *graph.out, graph.tail, graph.head, spare, used, begin, graph.nodes)


def leading_to(graph: FlowGraph, wanted: Bools) -> Bools:
    """Return the nodes from which some wanted target can be reached."""
    ends = graph.tail[np.isin(graph.target, np.flatnonzero(wanted))].astype(np.int64)
    return _walked(*graph.into, graph.tail, ends, np.ones(graph.nodes, np.bool_))


def downstream(graph: FlowGraph, rows: Cents) -> Bools:
    """Return the nodes that money at these entries can still reach, theirs included."""
    begin = graph.node_of[rows].astype(np.int64)
    return _walked(*graph.out, graph.head, begin, np.ones(graph.nodes, np.bool_))


def flows_from(graph: FlowGraph, sources: Bools) -> Bools:
    """Return the nodes that money of one of `sources` can reach."""
    begin = graph.source_node[sources].astype(np.int64)
    return _walked(*graph.out, graph.head, begin, np.ones(graph.nodes, np.bool_))


def reached(graph: FlowGraph, wanted: Bools, sources: Bools, leading: Bools | None = None) -> Bools:
    """Return the nodes that lie on some path from one of `sources` to a wanted target: all others carry nothing.

    leading: the nodes `leading_to` the wanted targets, where they are known.
    """
    begin = graph.source_node[sources].astype(np.int64)
    leading = leading_to(graph, wanted) if leading is None else leading
    return _walked(*graph.out, graph.head, begin, leading)

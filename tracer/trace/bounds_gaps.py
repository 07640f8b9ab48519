"""Missing statements, and how much undocumented money would take a floor away (tracing.md 5.6).

A gap is a node with an inflow of unknown origin and an outflow outside the records, tied to the printed totals where
they are known and free where they are not. It is written as two entries whose order is not known, so every rule and
the bounds read it as they read an unordered day. Money may pass a gap between its printed opening and closing
(`U_proven`), never between legs that no record matches.

`U_possible`, where unmatched debits reach unmatched credits: `bounds_possible.py`; `bounds(doubtful=("U",))` is above it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python.max_flow import SimpleMaxFlow

from tracer.model import CheckFailed, NotCovered, RuleError
from tracer.trace.bounds import certificates
from tracer.trace.bounds_graph import BALANCE, DOUBTFUL, HOLD, FlowGraph, build, leading_to
from tracer.trace.entries import Bools, Cents, Entries

__all__ = ["Breakdown", "MissingPeriod", "breakdown", "with_gap"]

#: Places times arcs above which the places are not tried one by one; the answer is then refused, never cut short.
WORK = 100_000_000


@dataclass(frozen=True, slots=True)
class MissingPeriod:
    """A period without statements of one account, between two printed balances (minor units, negative = overdrawn).

    after     the last entry of the account before the period, as a row; -1 if none
    credits   printed total of money in, None if it is not known; `debits` likewise
    target    what the money that left is called
    """

    account: str
    after: int
    opening: int
    closing: int
    credits: int | None = None
    debits: int | None = None
    target: str = "sink:GAP"
    day: int = -1


def with_gap(entries: Entries, gap: MissingPeriod) -> Entries:
    """Return the entries with the missing period as two entries in a block of their own.

    Raises: RuleError where the printed balances and totals contradict each other or the entries.
    """
    e = entries
    if gap.account not in e.accounts:
        _refuse(f"No account is called {gap.account}.", gap)
    code = e.accounts.index(gap.account)
    mine = np.flatnonzero(e.account == code)
    posted = int(e.balances()[gap.after]) if gap.after >= 0 else -int(e.debt[code])
    if gap.after >= 0 and gap.after not in mine:
        _refuse("The entry before the missing period belongs to another account.", gap)
    if posted != gap.opening:
        _refuse(f"The entries end at {posted}, the missing period opens at {gap.opening}.", gap)
    if (mine > gap.after).any():
        _later_entries_agree(e, gap, int(mine[mine > gap.after][0]))
    inflow, outflow = _totals(gap)
    target = gap.target
    sinks = e.sinks if target in e.sinks else (*e.sinks, target)
    labels = tuple(sorted({*e.labels, "U"}))
    number = int(e.block.max(initial=-1)) + 1
    at = gap.after + 1
    new = [(amount, credit) for amount, credit in ((outflow, False), (inflow, True)) if amount]
    size = len(new)
    partner = np.where(e.partner >= at, e.partner + size, e.partner)
    origin = np.zeros((len(e) + size, len(labels)), np.int64)
    place = np.r_[np.arange(at), np.arange(at, len(e)) + size]
    origin[np.ix_(place, [labels.index(name) for name in e.labels])] = e.origin
    for i, (amount, credit) in enumerate(new):
        if credit:
            origin[at + i, labels.index("U")] = amount

    def put(column: NDArray[Any], values: Sequence[int]) -> NDArray[Any]:
        return np.insert(column, at, np.array(values, column.dtype))

    proceeds = np.array([name in e.labels and bool(e.proceeds[e.labels.index(name)]) for name in labels], np.bool_)
    name = f"gap:{gap.account}"  # no posting shows it
    return e.changed(
        account=put(e.account, [code] * size),
        amount=put(e.amount, [amount for amount, _ in new]),
        credit=put(e.credit, [credit for _, credit in new]),
        partner=put(partner, [-1] * size),
        sink=put(e.sink, [-1 if credit else sinks.index(target) for _, credit in new]),
        origin=origin,
        opening=put(e.opening, [0] * size),
        day=put(e.day, [gap.day] * size),
        block=put(e.block, [number] * size),
        sinks=sinks,
        labels=labels,
        proceeds=proceeds,
        source=e.source[:at] + (name,) * size + e.source[at:] if e.source is not None else None,
        follows=put(e.follows, [0] * size) if e.follows is not None else None,
        clean_first=put(e.clean_first, [0] * size) if e.clean_first is not None else None,
    )


def _later_entries_agree(e: Entries, gap: MissingPeriod, first: int) -> None:
    """Opening balances later on are lots of their own; a printed one would count the gap's closing twice."""
    if e.opening[first]:
        _refuse(f"{e.where(first)} is an opening balance after the missing period.", gap)


def _totals(gap: MissingPeriod) -> tuple[int, int]:
    """Return inflow and outflow: printed, or so large that all held before may have left and been replaced."""
    change = gap.closing - gap.opening
    if gap.credits is None and gap.debits is None:
        # more than this can reach nothing further: all that was held leaves, all that is held afterwards enters
        inflow = max(gap.closing, 0) + max(-gap.opening, 0)
        return inflow, inflow - change
    inflow = gap.credits if gap.credits is not None else change + (gap.debits or 0)
    outflow = gap.debits if gap.debits is not None else inflow - change
    if inflow - outflow != change or inflow < 0 or outflow < 0:
        _refuse(f"Opening {gap.opening} + {inflow} - {outflow} is not the closing {gap.closing}.", gap)
    return inflow, outflow


def _refuse(what: str, gap: MissingPeriod) -> NoReturn:
    raise RuleError(
        what,
        where=f"missing period of account {gap.account}",
        meaning="A gap is tied to printed balances; where they contradict each other no floor can be stated.",
        next_call="compare the two statements beside the missing one",
    )


@dataclass(frozen=True, slots=True)
class Breakdown:
    """How much undocumented clean money would remove the floor of `targets`, and where it would have to enter.

    amount  the floor itself, minor units of `currency`
    gaps    (account, entry as a row, posting or ""): a gap just after that entry, alone, could bring the floor to 0
    """

    targets: tuple[str, ...]
    labels: tuple[str, ...]
    currency: str
    amount: int
    gaps: tuple[tuple[str, int, str], ...]


def breakdown(entries: Entries | FlowGraph, targets: Sequence[str], labels: Sequence[str] | None = None) -> Breakdown:
    """Try every balance carried: split it, let other money enter there, and see whether it can fill the targets.

    Raises: NotCovered where conversions ran at several rates, or where the places are too many to be tried.
    """
    graph = entries if isinstance(entries, FlowGraph) else build(entries)
    floor, _ = certificates(graph, targets, labels)
    e = graph.entries
    found: list[tuple[str, int, str]] = []
    if floor.bound:
        for arc in _openings(graph, graph.codes(floor.targets), floor.labels, floor.bound):
            row = int(graph.row[arc])
            found.append((e.accounts[int(e.account[row])], row, e.source[row] if e.source is not None else ""))
    return Breakdown(floor.targets, floor.labels, floor.currency, floor.bound, tuple(sorted(found, key=lambda g: g[1])))


def _openings(graph: FlowGraph, wanted: Bools, labels: tuple[str, ...], floor: int) -> list[int]:
    """Return the arcs of carried balances where other money, entering there alone, could fill the targets."""
    e = graph.entries
    into = np.zeros(len(graph.tail), np.bool_)
    into[graph.target >= 0] = wanted[graph.target[graph.target >= 0]]
    live = leading_to(graph, wanted)
    arcs = np.flatnonzero(into | ((graph.head >= 0) & live[np.maximum(graph.head, 0)]))
    unit = np.unique(graph.scale[e.account[graph.row[arcs]]])
    if len(unit) > 1 or unit[0] == 0:
        _not_covered("conversions lie on the way", "The floor stands; where a gap could remove it is not said.")
    carried = np.isin(graph.kind[arcs], (HOLD, BALANCE)) & (graph.capacity[arcs] >= floor)
    split = np.flatnonzero(carried)
    if len(split) * len(arcs) > WORK:
        _not_covered(f"{len(split)} places on {len(arcs)} arcs are to be tried", "The floor itself is not affected.")
    codes = [e.labels.index(name) for name in labels]
    other = ~np.isin(graph.source_label, codes) | (graph.source_label == DOUBTFUL)
    springs = np.flatnonzero(other & live[graph.source_node])
    return [int(arcs[i]) for i in _tried(graph, arcs, split, springs)]


def _tried(graph: FlowGraph, arcs: Cents, split: Cents, springs: Cents) -> list[int]:
    """Solve once per place: the balance carried is cut in two halves, with a spring of other money between them."""
    middle = graph.nodes + np.arange(len(split))
    start, end = graph.nodes + len(split), graph.nodes + len(split) + 1
    tail = graph.tail[arcs].astype(np.int64)
    head = np.where(graph.head[arcs] < 0, end, graph.head[arcs]).astype(np.int64)
    capacity = graph.capacity[arcs]
    after = head[split].copy()
    head[split] = middle
    filled = int(capacity[graph.head[arcs] < 0].sum())
    flow = SimpleMaxFlow()
    flow.add_arcs_with_capacity(
        np.concatenate([tail, middle, np.full(len(springs) + len(split), start)]).astype(np.int32),
        np.concatenate([head, after, graph.source_node[springs], middle]).astype(np.int32),
        np.concatenate([capacity, capacity[split], graph.source_amount[springs], np.zeros(len(split), np.int64)]),
    )
    first = len(arcs) + len(split) + len(springs)
    fills = []
    for i, arc in enumerate(split.tolist()):
        flow.set_arc_capacity(first + i, filled)
        if flow.solve(start, end) != flow.OPTIMAL:
            raise CheckFailed(
                "The flow solver found no optimum.",
                where=f"{len(arcs)} arcs",
                meaning="No breakdown value was computed; nothing is written.",
                next_call="report it with the output of `tracer doctor`",
            )
        if flow.optimal_flow() == filled:
            fills.append(arc)
        flow.set_arc_capacity(first + i, 0)
    return fills


def _not_covered(what: str, meaning: str) -> NoReturn:
    raise NotCovered(
        f"Breakdown value: {what}.",
        where="breakdown",
        meaning=meaning,
        next_call="ask for targets of one currency, or restrict the accounts of the question",
    )

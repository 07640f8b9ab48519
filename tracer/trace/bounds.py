"""The floor and the ceiling of proceeds in a set of targets, under every conserving rule (tracing.md section 5).

ceiling  U(X) = maxflow(proceeds sources -> X): the claimant's best case
floor    L(X) = recorded(X) - maxflow(other sources -> X): the defendant's best case

Both are attained, in whole cents (theorem 5.2), so no rule between FIFO and a cherry-picked mixture can leave [L, U],
and pleading up to L is safe whichever rule is adopted. The minimum cut of either flow is its certificate, told in words
by `cut_words.py`. A source whose label is in doubt counts as proceeds for the ceiling and as other money for the floor.

Method:  single-commodity maximum flow, min-cut theorem; solved in int64 by OR-Tools `SimpleMaxFlow`. SciPy's
         `maximum_flow` takes int64 and computes in 32 bits (case N11): never use it here.
Against: where clean money is plentiful L is 0 and U trivial; the result then rests wholly on the chosen rule, and the
         words say so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from ortools.graph.python.max_flow import SimpleMaxFlow

from tracer.model import Bounds, CheckFailed, CurrencyMismatch, RuleError, major
from tracer.trace.bounds_check import assert_admissible
from tracer.trace.bounds_graph import DOUBTFUL, PAID, FlowGraph, build, leading_to, open_to, reached
from tracer.trace.bounds_rates import rated_max_flow
from tracer.trace.cut_words import Certificate, cut_arcs, render_both
from tracer.trace.entries import Bools, Cents, Entries

__all__ = [
    "FlowGraph",
    "Kept",
    "all_bounds",
    "assert_admissible",
    "bounds",
    "build",
    "certificates",
    "entered_as_proceeds",
    "kept",
    "leaving",
    "one_side",
]


def bounds(
    entries: Entries | FlowGraph,
    targets: Sequence[str],
    labels: Sequence[str] | None = None,
    *,
    doubtful: Sequence[str] = (),
    words: bool = True,
) -> Bounds:
    """Return the joint floor and ceiling of `targets` for the labels counted as proceeds, with both cuts in words.

    labels    default: every proceeds label of the entries; a subset gives one offence against the rest
    doubtful  labels whose source is in doubt (("U",) for a "possible" ceiling, never for a proven figure)
    words     False leaves the cuts out: the same two figures, for comparisons that are never printed as a finding

    Raises: `RuleError` for an unknown target or label, `CurrencyMismatch` for targets of two currencies.
    """
    graph = entries if isinstance(entries, FlowGraph) else build(entries)
    names, counted = tuple(targets), _labels(graph, labels)
    floor, ceiling = _certificates(graph, names, counted, tuple(doubtful), words=words)
    if not 0 <= floor.bound <= ceiling.bound <= ceiling.recorded:
        raise CheckFailed(
            f"Floor {floor.bound} and ceiling {ceiling.bound} of {ceiling.recorded} contradict each other.",
            where=", ".join(names),
            meaning="The two flows do not belong to one ledger; nothing is written.",
            next_call="report it with the output of `tracer doctor`; no figure of this run may be used",
        )
    found = Bounds(
        targets=names,
        labels=counted,
        currency=floor.currency,
        recorded=ceiling.posted,
        floor=floor.bound,
        ceiling=ceiling.bound,
        **_told(graph.entries, floor, ceiling) if words else {},
    )
    entered = entered_as_proceeds(graph, counted)
    return found if entered is None or found.ceiling <= entered else _capped(found, entered, words=words)


def entered_as_proceeds(graph: FlowGraph, labels: Sequence[str]) -> int | None:
    """Return what was entered as proceeds in all, where no more can be anywhere: credits that may bring it back, one currency.

    Such a credit is a source of its own beside the claim that it may be part of. It brings back what was entered, never more:
    whatever a person decides, the proceeds of all places together are what the claims say (conservation), and the interest
    that may follow them. Over a conversion and back the same money may be more units; there no such sum is stated.
    """
    e = graph.entries
    interest = e.follows if e.follows is not None else np.zeros(len(e), np.bool_)
    brought = (graph.source_label == DOUBTFUL) & ~interest[graph.source_row]
    if len(set(e.currencies)) > 1 or not brought.any():
        return None
    code = {name: i for i, name in enumerate(e.labels)}
    return int(e.origin[:, [code[name] for name in labels]].sum()) + int(e.amount[interest].sum())


def _capped(bounds: Bounds, entered: int, *, words: bool) -> Bounds:
    money = f"{bounds.currency} {major(entered, bounds.currency, group=True)}"
    if not words:
        return replace(bounds, ceiling=entered)
    return replace(
        bounds,
        ceiling=entered,
        words_ceiling=(f"Proceeds of {money} were entered in all: no more than that can be there.",),
        words_ceiling_zh=(f"列入的涉案资金合计{money}：该处至多有此数额。",),
    )


def _told(entries: Entries, floor: Certificate, ceiling: Certificate) -> dict[str, tuple[str, ...]]:
    (low, low_zh), (high, high_zh) = render_both(entries, floor), render_both(entries, ceiling)
    return {"words_floor": low, "words_ceiling": high, "words_floor_zh": low_zh, "words_ceiling_zh": high_zh}


def all_bounds(
    entries: Entries | FlowGraph,
    targets: Iterable[str | Sequence[str]],
    labels: Sequence[str] | None = None,
    *,
    doubtful: Sequence[str] = (),
) -> tuple[Bounds, ...]:
    """Return the bounds of every target or target set, on one network."""
    graph = entries if isinstance(entries, FlowGraph) else build(entries)
    sets = [(target,) if isinstance(target, str) else tuple(target) for target in targets]
    return tuple(bounds(graph, names, labels, doubtful=doubtful) for names in sets)


def certificates(
    entries: Entries | FlowGraph,
    targets: Sequence[str],
    labels: Sequence[str] | None = None,
    *,
    doubtful: Sequence[str] = (),
) -> tuple[Certificate, Certificate]:
    """Return the minimum cuts that prove the floor and the ceiling, arc by arc."""
    graph = entries if isinstance(entries, FlowGraph) else build(entries)
    return _certificates(graph, tuple(targets), _labels(graph, labels), tuple(doubtful))


def one_side(graph: FlowGraph, targets: Sequence[str], labels: Sequence[str], side: Literal["floor", "ceiling"]) -> int:
    """Return the floor or the ceiling alone, for comparisons in which the other one is known."""
    wanted = graph.codes(tuple(targets))
    into = np.zeros(len(graph.tail), np.bool_)
    into[graph.target >= 0] = wanted[graph.target[graph.target >= 0]]
    code = {name: i for i, name in enumerate(graph.entries.labels)}
    counted = np.isin(graph.source_label, [code[name] for name in labels])
    doubt = graph.source_label == DOUBTFUL
    if side == "ceiling":
        own = _max_flow(graph, wanted, into, counted | doubt, graph.capacity, cut=False)
        most, entered = min(own.value, int(graph.capacity[into].sum())), entered_as_proceeds(graph, labels)
        return most if entered is None else min(most, entered)
    narrow = np.where(into, graph.recorded, graph.capacity)
    other = _max_flow(graph, wanted, into, ~counted | doubt, narrow, cut=False)
    return max(0, int(graph.recorded[into].sum()) - other.value)


def leaving(graph: FlowGraph, row: int) -> int:
    """Return the most proceeds that one debit can have taken out of the held accounts, doubtful sources included."""
    arc = (graph.kind == PAID) & (graph.row == row)
    if not arc.any():
        return 0
    wanted = np.zeros(len(graph.targets), np.bool_)
    wanted[graph.target[arc]] = True
    counted = np.isin(graph.source_label, [*np.flatnonzero(graph.entries.proceeds).tolist(), DOUBTFUL])
    cut = _max_flow(graph, wanted, arc, counted, graph.capacity)
    return min(cut.value, int(graph.capacity[arc].sum()))


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """A maximum flow that is known: which sources and arcs it uses, and from which nodes more could still reach the targets.

    It proves the figure of a changed network, too. What loses only sources and arcs that the flow does not use still
    carries it; what gains sources only at nodes that are not `open` has the same cut, of the same capacity.
    """

    sources: Bools
    arcs: Bools
    open: Bools


def kept(graph: FlowGraph, targets: Sequence[str], labels: Sequence[str]) -> tuple[Kept, Kept] | None:
    """Return the flows of proceeds and of other money into the targets; None where a linear program finds them."""
    wanted = graph.codes(tuple(targets))
    into = np.zeros(len(graph.tail), np.bool_)
    into[graph.target >= 0] = wanted[graph.target[graph.target >= 0]]
    unit = np.unique(graph.scale[graph.account[into]])
    if len(unit) > 1 or (len(unit) and unit[0] == 0):
        return None
    code = {name: i for i, name in enumerate(graph.entries.labels)}
    counted = np.isin(graph.source_label, [code[name] for name in labels])
    doubt = graph.source_label == DOUBTFUL
    narrow = np.where(into, graph.recorded, graph.capacity)
    return (
        _kept(graph, wanted, into, counted | doubt, graph.capacity),
        _kept(graph, wanted, into, ~counted | doubt, narrow),
    )


def _kept(graph: FlowGraph, wanted: Bools, into: Bools, sources: Bools, most: Cents) -> Kept:
    amount = np.zeros(len(graph.tail), np.int64)
    used = np.zeros(len(graph.source_node), np.bool_)
    live, arcs, springs = _live(graph, wanted, into, sources, most)
    if len(arcs) and len(springs):
        flow, *_ = _network(graph, live, arcs, springs, most)
        carried = flow.flows(np.arange(len(springs) + len(arcs), dtype=np.int32))
        used[springs], amount[arcs] = carried[: len(springs)] > 0, carried[len(springs) :]
    spare = (most > 0) & (amount < most * graph.scale[graph.account])
    return Kept(used, amount > 0, open_to(graph, into & spare, spare, amount > 0))


def _live(
    graph: FlowGraph, wanted: Bools, into: Bools, sources: Bools, most: Cents, leading: Bools | None = None
) -> tuple[Bools, Cents, Cents]:
    """Return the nodes between the sources and the targets, and the arcs and sources there."""
    live = reached(graph, wanted, sources, leading)
    between = np.zeros(len(graph.tail), np.bool_)
    inner = graph.head >= 0
    between[inner] = live[graph.tail[inner]] & live[graph.head[inner]]
    arcs = np.flatnonzero((between | (into & live[graph.tail])) & (most > 0))
    return live, arcs, np.flatnonzero(sources & live[graph.source_node])


@dataclass(frozen=True, slots=True)
class _Cut:
    """A maximum flow and one of its minimum cuts: indices of arcs and of sources, value in the targets' currency."""

    value: int
    arcs: Cents
    sources: Cents
    unit: int = 1
    rated: bool = False


def _labels(graph: FlowGraph, labels: Sequence[str] | None) -> tuple[str, ...]:
    e = graph.entries
    if labels is None:
        return tuple(name for name, flag in zip(e.labels, e.proceeds.tolist(), strict=True) if flag)
    unknown = sorted(set(labels) - set(e.labels))
    if unknown:
        raise RuleError(
            f"No money bears the label {unknown[0]!r}.",
            where=f"labels of this ledger: {', '.join(e.labels)}",
            meaning="A ceiling of 0 would be printed for an offence that was never entered.",
            next_call="name a label of the claims in case.yaml",
        )
    return tuple(labels)


def _certificates(
    graph: FlowGraph, names: tuple[str, ...], labels: tuple[str, ...], doubtful: tuple[str, ...], *, words: bool = True
) -> tuple[Certificate, Certificate]:
    wanted = graph.codes(names)
    into = np.zeros(len(graph.tail), np.bool_)
    into[graph.target >= 0] = wanted[graph.target[graph.target >= 0]]
    # they differ only for what repaid a bank within a day of unknown order (bounds_graph.FlowGraph). A floor asks for the
    # order that repaid least: each further cent drawn and repaid in a day adds one cent to what is recorded into X and at
    # most one cent to the other money that can reach it, so recorded - flow never falls below its value there.
    least, posted, most = (int(c[into].sum()) for c in (graph.recorded, graph.posted, graph.capacity))
    span = (least, most)
    currency = _currency(graph, names, into)
    label = graph.source_label
    code = {name: i for i, name in enumerate(graph.entries.labels)}
    counted = np.isin(label, [code[name] for name in labels])
    doubt = (label == DOUBTFUL) | np.isin(label, [code[name] for name in doubtful if name in code])
    told = (names, labels, currency)
    narrow = np.where(into, graph.recorded, graph.capacity)
    leading = leading_to(graph, wanted)
    own = _max_flow(graph, wanted, into, counted | doubt, graph.capacity, cut=words, leading=leading)
    ceiling = min(own.value, most)
    if not words and not ceiling:
        nothing = Certificate("ceiling", *told, most, cut=0, bound=0, arcs=(), posted=posted, span=span)
        return replace(nothing, side="floor", recorded=least), nothing
    other = _max_flow(graph, wanted, into, ~counted | doubt, narrow, cut=words, leading=leading)
    floor = max(0, least - other.value)
    return (
        Certificate(
            "floor",
            *told,
            least,
            cut=other.value,
            bound=floor,
            arcs=cut_arcs(graph, other.sources, other.arcs, other.unit, narrow),
            posted=posted,
            span=span,
            rated=other.rated,
        ),
        Certificate(
            "ceiling",
            *told,
            most,
            cut=own.value,
            bound=ceiling,
            arcs=cut_arcs(graph, own.sources, own.arcs, own.unit, graph.capacity),
            posted=posted,
            span=span,
            rated=own.rated,
        ),
    )


def _currency(graph: FlowGraph, names: tuple[str, ...], into: Bools) -> str:
    e = graph.entries
    paid = {e.currencies[a] for a in np.unique(graph.account[into]).tolist()}
    if len(paid) > 1:
        raise CurrencyMismatch(
            f"The targets are in {' and '.join(sorted(paid))}.",
            where=", ".join(names),
            meaning="A joint figure over two currencies would depend on a rate that no record shows.",
            next_call="ask for the targets of each currency apart",
        )
    if paid:
        return str(paid.pop())
    held = [e.currencies[i] for i, name in enumerate(e.accounts) if f"bal:{name}" in names]
    return held[0] if held else (e.currencies[0] if e.currencies else "XXX")


def _max_flow(
    graph: FlowGraph,
    wanted: Bools,
    into: Bools,
    sources: Bools,
    most: Cents,
    *,
    cut: bool = True,
    leading: Bools | None = None,
) -> _Cut:
    """Return the most that `sources` can bring into the wanted targets over arcs that carry `most`.

    Of two minimum cuts the shorter one is told; none where only the figure is wanted.
    """
    none = np.zeros(0, np.int64)
    live, arcs, springs = _live(graph, wanted, into, sources, most, leading)
    if not len(arcs) or not len(springs):
        return _Cut(0, none, none)
    unit = np.unique(graph.scale[graph.account[into]])
    if len(unit) > 1 or unit[0] == 0:
        value = rated_max_flow(graph, arcs, springs, into[arcs], most[arcs])
        return _Cut(value, none, none, rated=True)
    flow, tail, head, capacity, sink = _network(graph, live, arcs, springs, most)
    value = flow.optimal_flow()
    if not cut:
        return _Cut(-(-value // int(unit[0])), none, none, int(unit[0]))
    shorter = _shorter_cut(flow, tail, head, sink + 1)
    if int(capacity[shorter].sum()) != value:
        raise CheckFailed(
            f"The cut adds up to {int(capacity[shorter].sum())}, the flow to {value}.",
            where=f"{len(shorter)} arcs of the cut",
            meaning="The certificate would not prove the figure; nothing is written.",
            next_call="report it with the output of `tracer doctor`",
        )
    # rounding a ceiling up or a floor's cut up keeps both safe where a conversion made a base unit necessary
    base = int(unit[0])
    whole = -(-value // base)
    crossed = arcs[shorter[shorter >= len(springs)] - len(springs)]
    return _Cut(whole, crossed, springs[shorter[shorter < len(springs)]], base)


def _network(
    graph: FlowGraph, live: Bools, arcs: Cents, springs: Cents, most: Cents
) -> tuple[SimpleMaxFlow, Cents, Cents, Cents, int]:
    """Return the solved flow over these arcs from these sources, its arcs (sources first), capacities, and the sink."""
    number = np.cumsum(live) - 1
    source, sink = int(number[-1]) + 1, int(number[-1]) + 2
    tail = np.append(np.full(len(springs), source), number[graph.tail[arcs]])
    head = np.append(number[graph.source_node[springs]], np.where(graph.head[arcs] < 0, sink, number[graph.head[arcs]]))
    factor = graph.scale[graph.entries.account]
    capacity = np.append(
        graph.source_amount[springs] * factor[graph.source_row[springs]],
        most[arcs] * factor[graph.row[arcs]],
    )
    flow = SimpleMaxFlow()
    flow.add_arcs_with_capacity(tail.astype(np.int32), head.astype(np.int32), capacity)
    status = flow.solve(source, sink)
    if status != flow.OPTIMAL:
        raise CheckFailed(
            f"The flow solver answered {status}.",
            where=f"{len(arcs)} arcs",
            meaning="No floor or ceiling was computed; nothing is written.",
            next_call="report it with the output of `tracer doctor`",
        )
    return flow, tail, head, capacity, sink


def _shorter_cut(flow: SimpleMaxFlow, tail: Cents, head: Cents, nodes: int) -> Cents:
    """Return the arcs of the source-side or of the sink-side minimum cut, whichever are fewer."""
    near = np.zeros(nodes, np.bool_)
    near[np.array(flow.get_source_side_min_cut(), np.int64)] = True
    far = np.ones(nodes, np.bool_)
    far[np.array(flow.get_sink_side_min_cut(), np.int64)] = False
    cuts = [np.flatnonzero(side[tail] & ~side[head]) for side in (near, far)]
    return min(cuts, key=len)

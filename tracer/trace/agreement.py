"""Floor and ceiling of all property derived again by the second engine, for all events, each offence and each event.

An exported run is derived twice (tracing.md 5.7, "Log the agreement with the linear program as the second engine"; 6,
attack 20). The two engines share the records, the network, and the arithmetic that puts holes and refunds beside a figure;
they share nothing of how the figure of a network is found. Where they differ the run stops: no figure of it may leave.

Several offences: floor and ceiling of each against the rest stand beside those of all together. The second engine finds
them over attributions of all events at once, so what is printed for one offence is possible beside the others' own money.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from tracer.model import Bounds, BoundsAgain, CheckFailed, SecondEngine
from tracer.trace.bounds import bounds, entered_as_proceeds
from tracer.trace.bounds_graph import FlowGraph
from tracer.trace.case_books import Networks
from tracer.trace.second_engine import LIMIT, Program, size_of
from tracer.trace.standing import Standing

__all__ = ["agreement"]


def agreement(base: Standing, offences: Mapping[str, str], *, limit: int = LIMIT) -> SecondEngine:
    """Return floor and ceiling of every asset, every balance and all of them together, by both engines.

    offences  event -> offence; limit: size (arcs times kinds of money) up to which the second engine is run

    Raises: CheckFailed where the engines differ; that is a bug of tracer.
    """
    size = max(size_of(network) for network in base.networks.both())
    again = Networks(base.books) if size <= limit else None
    engine = _Again()
    rows = []
    for targets in _sets(base):
        for offence, labels in _groups(base.labels, offences):
            found = base.networks.bound(targets, labels, words=False).stated
            row = BoundsAgain(targets, offence, labels, found.currency, found.floor, found.ceiling)
            if again is not None:
                row = _compared(row, again.bound(targets, labels, by=engine).stated, again)
            rows.append(row)
    return SecondEngine("agrees" if again is not None else "not run: size", size, limit, tuple(rows))


class _Again:
    """The second engine as the first one is called: the same network, targets and labels; programs are kept."""

    def __init__(self) -> None:
        self.programs: list[Program] = []

    def __call__(self, graph: FlowGraph, targets: Sequence[str], labels: Sequence[str]) -> Bounds:
        program = next((p for p in self.programs if p.graph is graph), None)
        if program is None:
            program = Program.of(graph)
            self.programs.append(program)
        low, high = program.bounds(targets, labels)
        entered = entered_as_proceeds(graph, labels)
        stated = bounds(
            graph, targets, labels, words=False
        )  # for currency and what was recorded; its figures are replaced
        return replace(stated, floor=low, ceiling=high if entered is None else min(high, entered))


def _sets(base: Standing) -> Iterator[tuple[str, ...]]:
    """Yield each asset and balance that may hold proceeds, then all of them together, per currency."""
    for members in base.together.values():
        for target in members:
            if base.figures[target].ceiling or target.startswith("sink:ASSET:"):
                yield (target,)
    for members in base.together.values():
        if len(members) > 1:
            yield members


def _groups(labels: Sequence[str], offences: Mapping[str, str]) -> list[tuple[str, tuple[str, ...]]]:
    """Return all events, the events of each offence where there are several, each event where an offence has several."""
    of: dict[str, list[str]] = {}
    for label in labels:
        of.setdefault(offences.get(label, label), []).append(label)
    found = [("", tuple(labels))]
    if len(of) > 1:
        found += [(offence, tuple(events)) for offence, events in of.items()]
    found += [(offence, (event,)) for offence, events in of.items() if len(events) > 1 for event in events]
    return list(dict.fromkeys(found))


def _compared(row: BoundsAgain, other: Bounds, networks: Networks) -> BoundsAgain:
    one, two = (row.floor, row.ceiling), (other.floor, other.ceiling)
    unit = 1 if networks.books.carried.several_currencies else 0
    lent = any(bool((network.recorded != network.capacity).any()) for network in networks.both())
    outcome = "equal" if one == two else ""
    if not outcome and all(abs(a - b) <= unit for a, b in zip(one, two, strict=True)):
        outcome = "one unit"
    if not outcome and lent and row.floor <= other.floor and row.ceiling >= other.ceiling:
        outcome = "wider"
    if not outcome:
        raise CheckFailed(
            f"Two engines differ on {', '.join(row.targets)} for {', '.join(row.labels)}: floor {row.floor} and {other.floor}, "
            f"ceiling {row.ceiling} and {other.ceiling} minor units of {row.currency}.",
            where="second engine of floor and ceiling",
            meaning="One of the two figures is wrong and nobody knows which: nothing is exported. This is a bug of tracer.",
            next_call="report this line with the output of `tracer doctor`; no figure of this run may be used",
        )
    return replace(row, again_floor=other.floor, again_ceiling=other.ceiling, outcome=outcome)

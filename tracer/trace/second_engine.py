"""A second engine for floor and ceiling: the attributions of tracing.md 5.1 as one linear program, solved by HiGHS.

The first engine solves two maximum flows and rests on theorem 5.2. This one knows neither flows nor cuts: it states what an
admissible attribution is, several offences at once, and asks for the least and the most that a set of targets can hold.
Unknowns: on every arc how much of each event's proceeds and how much other money passed. Each kind conserves at every
node, all kinds together are what was recorded, an event's source brings exactly its claim, and a source in doubt may be
either. One offence against the rest, and all offences at once, are two aims over the same attributions (5.6, several
offences: a multicommodity linear program).

Method:  HiGHS dual simplex through `scipy.optimize.linprog`, in unscaled minor units: without conversions a vertex of this
         program is whole, and the figure is compared to the unit. Conversions bring gains: there one unit is allowed.
Limits:  the program grows with arcs times kinds; above `LIMIT` it is not run, and the run says so by name.
Source:  tracing.md 5.2, 5.6, 5.7 ("Log the agreement with the linear program as the second engine").
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tracer.model import CheckFailed
from tracer.trace.bounds_graph import DOUBTFUL, DRAWN, FlowGraph
from tracer.trace.entries import Bools, Cents

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["LIMIT", "Program", "size_of"]

#: Arcs times kinds of money up to which the program is run: some seconds for each figure.
LIMIT = 60_000

Floats = NDArray[np.float64]


def size_of(graph: FlowGraph) -> int:
    """Return arcs times kinds of money: what `LIMIT` counts."""
    return len(graph.tail) * (int(graph.entries.proceeds.sum()) + 1)


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """The attributions of one network, for any aim: made once, solved for each target set and choice of labels.

    Unknowns in blocks, one block per kind (the proceeds labels in their order, then other money): its m arcs, its s sources.
    """

    graph: FlowGraph
    kinds: tuple[str, ...]
    equal: csr_array
    right: Floats
    most: Floats
    least: Floats
    between: csr_array | None
    room: Floats

    @classmethod
    def of(cls, graph: FlowGraph) -> Program:
        """State what an admissible attribution of this network is."""
        from scipy.sparse import coo_array, csr_array

        e, m, s = graph.entries, len(graph.tail), len(graph.source_node)
        labels = [code for code, flag in enumerate(e.proceeds.tolist()) if flag]
        count, block = len(labels) + 1, m + s
        fixed = graph.recorded == graph.capacity
        rows: list[Cents] = []
        cols: list[Cents] = []
        cells: list[Floats] = []
        right: list[Floats] = []
        at = 0

        def add(row: Cents, col: Cents, cell: Floats) -> None:
            rows.append(row)
            cols.append(col)
            cells.append(cell)

        # what comes to a node leaves it, kind by kind
        inner = np.flatnonzero(graph.head >= 0)
        gain = graph.arrives[inner] / graph.capacity[inner]
        for k in range(count):
            add(at + graph.tail.astype(np.int64), k * block + np.arange(m), -np.ones(m))
            add(at + graph.head[inner].astype(np.int64), k * block + inner, gain)
            add(at + graph.source_node.astype(np.int64), k * block + m + np.arange(s), np.ones(s))
            at += graph.nodes
        right.append(np.zeros(at))
        # all kinds together are what was recorded, on arcs whose amount no order of a day can change
        whole = np.flatnonzero(fixed)
        for k in range(count):
            add(at + np.arange(len(whole)), k * block + whole, np.ones(len(whole)))
        right.append(graph.capacity[whole].astype(np.float64))
        at += len(whole)
        # a source in doubt is of any kind; every other one is bounded below to its own amount
        doubt = np.flatnonzero(graph.source_label == DOUBTFUL)
        for k in range(count):
            add(at + np.arange(len(doubt)), k * block + m + doubt, np.ones(len(doubt)))
        right.append(graph.source_amount[doubt].astype(np.float64))
        at += len(doubt)
        least, most = np.zeros(count * block), np.zeros(count * block)
        for k in range(count):
            own = (
                graph.source_label == labels[k]
                if k < len(labels)
                else ~np.isin(graph.source_label, [*labels, DOUBTFUL])
            )
            most[k * block : k * block + m] = graph.capacity
            sources = np.where(own, graph.source_amount, 0)
            drawn = graph.source_label == DRAWN
            most[k * block + m : (k + 1) * block] = np.where(
                graph.source_label == DOUBTFUL, graph.source_amount, sources
            )
            least[k * block + m : (k + 1) * block] = np.where(drawn, 0, sources)
        loose = np.flatnonzero(~fixed)
        between = None
        if len(loose):
            place = np.concatenate([np.arange(len(loose)) for _ in range(count)])
            where = np.concatenate([k * block + loose for k in range(count)])
            between = csr_array(coo_array((np.ones(len(place)), (place, where)), shape=(len(loose), count * block)))
        matrix = coo_array(
            (np.concatenate(cells), (np.concatenate(rows), np.concatenate(cols))), shape=(at, count * block)
        )
        return cls(
            graph,
            tuple(e.labels[code] for code in labels),
            csr_array(matrix),
            np.concatenate(right),
            most,
            least,
            between,
            graph.capacity[loose].astype(np.float64),
        )

    def bounds(self, targets: Sequence[str], labels: Sequence[str]) -> tuple[int, int]:
        """Return the least and the most that the targets can hold of these labels, rounded to the safe side."""
        graph = self.graph
        m, block = len(graph.tail), len(graph.tail) + len(graph.source_node)
        wanted = graph.codes(tuple(targets))
        into: Bools = np.zeros(m, np.bool_)
        into[graph.target >= 0] = wanted[graph.target[graph.target >= 0]]
        aim = np.zeros(len(self.most))
        for k, name in enumerate(self.kinds):
            if name in labels:
                aim[k * block + np.flatnonzero(into)] = 1.0
        if not aim.any():
            return 0, 0
        low, high = self._solved(aim), -self._solved(-aim)
        return math.floor(low + _SLACK), math.ceil(high - _SLACK)

    def _solved(self, aim: Floats) -> float:
        from scipy.optimize import linprog  # see bounds_rates

        solved = linprog(
            aim,
            A_ub=self.between,
            b_ub=self.room if self.between is not None else None,
            A_eq=self.equal,
            b_eq=self.right,
            bounds=np.stack([self.least, self.most], axis=1),
            method="highs-ds",
        )
        if solved.status != 0:
            raise CheckFailed(
                f"The linear program of the second engine ended without an optimum: {solved.message}",
                where="second engine of floor and ceiling",
                meaning="The records as the first engine counts them admit no attribution, or the solver failed: nothing is exported.",
                next_call="report it with the output of `tracer doctor`; no figure of this run may be used",
            )
        return float(solved.fun)


#: What a vertex that is whole may be off by in floating point, in minor units.
_SLACK = 1e-3

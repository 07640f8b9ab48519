"""Maximum flow where conversions ran at several rates: a linear program with gains (tracing.md 5.6, FX).

The solver works in floating point and may err; the figure must not. Its dual prices are rounded to rationals, and the
bound they prove (weak duality, sum over arcs of capacity x excess price) is added up exactly: whatever the prices are,
no flow can exceed it. A poor price only loosens the figure, to the safe side (floor too low, ceiling too high).

Source: Neumaier and Shcherbina, "Safe bounds in linear and mixed-integer linear programming", Math. Prog. 99 (2004).
Units:  the result is in minor units of the targets' currency, rounded up.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from tracer.model import CheckFailed, NotCovered
from tracer.trace.bounds_graph import FlowGraph
from tracer.trace.entries import Bools, Cents

__all__ = ["rated_max_flow"]

#: Above this the exact sum and the program take minutes; the figure is then refused by name, never estimated.
ARCS = 200_000

#: A price is a product of executed rates; the nearest fraction below this denominator is often the exact one.
NEAR = 10**8


def rated_max_flow(graph: FlowGraph, arcs: Cents, springs: Cents, into: Bools, capacity: Cents) -> int:
    """Return a proven upper bound of the flow from `springs` into the targets, equal to it up to rounding."""
    if len(arcs) > ARCS:
        raise NotCovered(
            f"Bounds over {len(arcs)} arcs with conversions at several rates.",
            where="bounds",
            meaning=f"Above {ARCS} arcs the linear program is not run; the rules themselves are not affected.",
            next_call="restrict the accounts of the question, or ask for targets before the conversions",
        )
    from scipy.optimize import linprog  # a fifth of the start of every verb, and few need it
    from scipy.sparse import csr_array

    tail, head = graph.tail[arcs].astype(np.int64), graph.head[arcs].astype(np.int64)
    used, flat = np.unique(np.concatenate([tail, head[~into], graph.source_node[springs]]), return_inverse=True)
    tail = flat[: len(arcs)]
    ends = np.full(len(arcs), -1, np.int64)
    ends[~into] = flat[len(arcs) : len(arcs) + int((~into).sum())]
    entry = flat[len(arcs) + int((~into).sum()) :]
    arrives = graph.arrives[arcs]
    size, total = len(arcs) + len(springs), float(capacity[into].sum())
    inner = np.flatnonzero(~into)
    cells = (
        np.concatenate([-np.ones(len(arcs)), arrives[inner] / capacity[inner], np.ones(len(springs))]),
        (
            np.concatenate([tail, ends[inner], entry]),
            np.concatenate([np.arange(len(arcs)), inner, len(arcs) + np.arange(len(springs))]),
        ),
    )
    most = np.append(capacity, graph.source_amount[springs]) / total
    solved = linprog(
        np.append(np.where(into, -1.0, 0.0), np.zeros(len(springs))),
        A_eq=csr_array(cells, shape=(len(used), size)),
        b_eq=np.zeros(len(used)),
        bounds=np.stack([np.zeros(size), most], axis=1),
        method="highs",
    )
    if solved.status != 0:
        raise CheckFailed(
            f"The linear program ended without an optimum: {solved.message}",
            where="bounds over several rates",
            meaning="No floor or ceiling was computed; nothing is written.",
            next_call="report it with the output of `tracer doctor`",
        )
    # the price of one unit at a node: what of it can still reach the targets
    prices = [max(0.0, price) for price in solved.eqlin.marginals.tolist()]
    terms = (tail, ends, capacity, arrives, into, entry, graph.source_amount[springs])
    near = [Fraction(price).limit_denominator(NEAR) for price in prices]
    return min(_proven(near, *terms), _proven([Fraction(price) for price in prices], *terms))


def _proven(
    at: list[Fraction],
    tail: Cents,
    ends: Cents,
    capacity: Cents,
    arrives: Cents,
    into: Bools,
    entry: Cents,
    amount: Cents,
) -> int:
    """Add up what the prices prove: no flow is worth more than its arcs' capacities at their excess price."""
    bound = sum((a * at[v] for v, a in zip(entry.tolist(), amount.tolist(), strict=True)), Fraction(0))
    rows = zip(tail.tolist(), ends.tolist(), capacity.tolist(), arrives.tolist(), into.tolist(), strict=True)
    for v, u, most, got, final in rows:
        excess = (most if final else got * at[u]) - most * at[v]
        if excess > 0:
            bound += excess
    return -(-bound.numerator // bound.denominator)

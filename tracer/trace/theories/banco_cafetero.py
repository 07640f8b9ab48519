"""R8, the options of Banco Cafetero: (a) drugs-in last-out, (b) drugs-in first-out, (c) averaging (tracing.md R8).

(a) is the figure of own money first, (c) that of rolling pro rata, (b) the ceiling of the one debit or asset elected. They
are alternatives: (a) on a balance and (b) on an asset for the same cents is double counting, and is seen because no single
attribution gives both what is claimed on them.

Authority: US v Banco Cafetero Panama, 797 F.2d 1154, 1159-60 (2d Cir. 1986) [F that it exists; the options K, verify before
           filing].
Against:   decided under the probable cause of the time [F]; since 2000 the government proves by preponderance, 18 USC 983(c)(1)
           [K, verify before filing]. US v Henshaw, 388 F.3d 738 (10th Cir. 2004): the method is equitable discretion [F].
"""

from __future__ import annotations

from collections.abc import Mapping

from tracer.trace.bounds_graph import FlowGraph
from tracer.trace.theories.cherry_picking import allocated

__all__ = ["OPTIONS", "counted_twice", "figure"]

#: Option -> the rule whose figure it takes; (b) takes the ceiling of the target.
OPTIONS = {"a": "libr", "b": "", "c": "pro_rata"}


def figure(option: str, by_rule: Mapping[str, int], ceiling: int) -> int:
    """Return what an option claims on one target, minor units. `by_rule`: rule -> its figure there."""
    return by_rule[OPTIONS[option]] if OPTIONS[option] else ceiling


def counted_twice(graph: FlowGraph, claims: Mapping[str, int]) -> tuple[int, int] | None:
    """Return (claimed together, the most that any one attribution gives) where that is less; None where all can be true."""
    asked, given = sum(claims.values()), sum(allocated(graph, claims).values())
    return (asked, given) if given < asked else None

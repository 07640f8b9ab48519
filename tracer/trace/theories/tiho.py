"""TIHO, "taint in, highest out": the money of an event goes to the largest outputs. A screen, never a figure.

An output is a target of the network. The targets are filled in the order of what was recorded into them, each as far as the
money of the event could have come there beside what the larger ones took: a point of the polytope of tracing.md 5.1, so that
it conserves, and one of very many.

Authority: Tironsakkul et al. 2019 [F title; rule K, verify before filing].
Against:   a heuristic of chain analysis; no authority on bank accounts was found. Confirm with counsel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from tracer.trace.bounds import build
from tracer.trace.entries import Entries
from tracer.trace.theories.cherry_picking import allocated

__all__ = ["tiho"]


def tiho(entries: Entries, label: str, recorded: Mapping[str, int]) -> dict[str, int]:
    """Return what each target is given of one event, the largest first. `recorded`: targets of one currency, minor units."""
    alone = build(replace(entries, proceeds=np.array([name == label for name in entries.labels], np.bool_)))
    wanted = sorted(((x, t) for t, x in recorded.items() if t in alone.targets), key=lambda one: (-one[0], one[1]))
    return allocated(alone, {target: x for x, target in wanted})

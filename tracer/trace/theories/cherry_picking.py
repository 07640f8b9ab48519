"""R6, cherry-picking: the most that can be put into the targets a claimant chooses, in his order (tracing.md R6, R5, 5.4).

The maximum over every attribution that conserves money and time, whatever rule it follows; of one target, its ceiling. Of
several, each is given what the earlier ones leave: their joint ceilings do not add up. The claimant takes a share of what
he chose or a lien on it, never both for the same cents (`share_or_lien`).

Authority: Foskett v McKeown [2001] 1 AC 102 [F], the choice between share and lien; Shalson v Russo [2003] EWHC 1637 (Ch)
           at [144] [F], that he need not wait for a shortfall.
Against:   Turner v Jacob [2006] EWHC 1317 (Ch): where enough is left in the account there is no pick [F]. It is the best case of one
           side, and no proven figure: the floor is.
Doubt:     whether the forum lets a claimant choose by hindsight: confirm with counsel.
"""

from __future__ import annotations

from collections.abc import Mapping

from tracer.trace.bounds_graph import FlowGraph
from tracer.trace.bounds_switched import together

__all__ = ["allocated"]


def allocated(graph: FlowGraph, wanted: Mapping[str, int]) -> dict[str, int]:
    """Return what each target can be given, minor units, in the order of `wanted`: the earlier ones keep theirs.

    Claims on several targets can be true together exactly when every one is given all that is wanted on it.
    """
    given: dict[str, int] = {}
    for target, amount in wanted.items():
        most = together(graph, {**given, target: amount})
        given[target] = max(0, min(amount, most - sum(given.values())))
    return given

"""Re Oatway: the claimant looks to surviving assets, narrowly or widely (tracing.md R5, R6).

narrow  run LIBR; only what it leaves unsatisfied may be claimed on the assets, in the claimant's order
wide    the assets first, then what the accounts hold

Feasible together when no subset of targets bears more than its own joint ceiling; so each target in turn gets the
least that any subset of the earlier ones leaves it.

Authority: Re Oatway [1903] 2 Ch 356 [K, verify before filing]; wide: Shalson v Russo [2003] EWHC 1637 (Ch) at [144]
           [F]. Against: Turner v Jacob [2006] EWHC 1317 (Ch), narrow: enough left in the account means no pick [F].
Doubt:     narrow or wide: confirm with counsel.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from tracer.trace.bounds import bounds, build
from tracer.trace.bounds_graph import FlowGraph
from tracer.trace.elections import not_covered, only_label
from tracer.trace.events import Book, enter
from tracer.trace.replay import replay

__all__ = ["elect_assets"]

_MOST = 12


def elect_assets(book: Book, claim: int, assets: Sequence[str], *, wide: bool) -> dict[str, dict[str, int]]:
    """Return target -> {label: amount} for the assets, in the order elected, and for every held balance."""
    label = only_label(book, "an Oatway election")
    entries = enter(book)
    left = replay(entries, "libr").targets
    balances = [f"bal:{name}" for name in entries.accounts]
    if len(assets) + len(balances) > _MOST:
        raise not_covered(f"an Oatway election over more than {_MOST} targets")
    graph = build(entries)
    taken: dict[str, int] = {}
    if wide:
        order = [(name, claim) for name in (*assets, *balances)]
    else:
        kept = {name: left[name][label] for name in balances}
        taken.update(kept)
        order = [(name, claim - sum(kept.values())) for name in assets]
    for name, wanted in order:
        spent = sum(taken[x] for x in taken if wide or x in assets)
        room = min(_room(graph, name, taken, label))
        taken[name] = max(0, min(wanted - spent, room))
    return {name: {label: amount} for name, amount in taken.items()}


def _room(graph: FlowGraph, name: str, taken: dict[str, int], label: str) -> Iterator[int]:
    """Yield what each subset of the targets already served leaves for `name`."""
    served = [target for target, amount in taken.items() if amount]
    for size in range(len(served) + 1):
        for subset in combinations(served, size):
            yield bounds(graph, (*subset, name), (label,)).ceiling - sum(taken[target] for target in subset)

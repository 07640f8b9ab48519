"""What no source documents: the part of each entity above a target that nobody known is shown to hold (ownership.md 4.9, 5).

A chain shows what is known and hides what is not: 60 % of an entity shown on a chart reads like the whole. The residual is a
range where the holdings are ranges: at least 1 less the upper ends, at most 1 less the lower ends. A loop of companies that own
each other wholly has no residual and no person either: it is named, so that its zero is not taken for an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from tracer.model import Interest, Party, Residual, Share
from tracer.owners.ranges import ONE, ZERO
from tracer.owners.silence import silence
from tracer.owners.table import Table, build

__all__ = ["residuals"]

_NO_SHARES = frozenset(("person", "unknown", "state"))


def residuals(
    parties: Mapping[str, Party],
    interests: Mapping[str, Interest],
    target: str,
    *,
    as_of: date,
    as_known: date | None = None,
    same: Mapping[str, str] | None = None,
) -> tuple[Residual, ...]:
    """Return the undocumented part of the target and of each entity above it, nearest names first; nothing where all is known.

    `status` tells which silence it is (`silence.py`), PERSONS where some owners are known; CLOSED_LOOP where the entity
    belongs to companies that own each other wholly, OVERSUBSCRIBED where more than the whole is stated.
    """
    table = build(parties, interests, as_of=as_of, as_known=as_known, same=same)
    where = (same or {}).get(target, target)
    found = []
    for entity in [where, *sorted(table.above(where) - {where})]:
        if table.kind(entity) in _NO_SHARES or entity in table.blocks:
            continue
        share = _undocumented(table, entity)
        special = "CLOSED_LOOP" if entity in table.loops else "OVERSUBSCRIBED" if entity in table.refused else ""
        if share.hi > ZERO or special:
            told = silence(table, entity)
            found.append(Residual(entity, where, as_of, share, special or told.status, told.reason))
    return tuple(found)


def _undocumented(table: Table, entity: str) -> Share:
    known = [cell.share for owner, cell in table.shares.columns.get(entity, {}).items() if owner not in table.unknown]
    low, high = sum((s.lo for s in known), ZERO), sum((s.hi for s in known), ZERO)
    lo, hi = max(ZERO, ONE - high), max(ZERO, ONE - low)
    return Share(lo, hi, lo < hi and any(s.hi_open for s in known), lo < hi and any(s.lo_open for s in known))

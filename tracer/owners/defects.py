"""A graph that cannot be true is refused, by name, before any solve (ownership.md sections 4.2 and 6)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from tracer.model import TracerError
from tracer.owners.matrix import Matrix
from tracer.owners.ranges import ONE, ZERO

__all__ = ["Defect", "ImpossibleTable", "closed_loops", "oversubscribed", "refused", "self_holdings", "tainted"]


@dataclass(frozen=True, slots=True)
class Defect:
    """One hygiene error or flag. `members`: companies concerned; `total`: a column's lower ends; `ids`: interests."""

    code: str
    members: tuple[str, ...]
    total: Fraction | None = None
    ids: tuple[str, ...] = ()
    note: str = ""


class ImpossibleTable(TracerError):
    """A share was asked of a company whose table cannot be true, or has no owner outside a loop."""


def oversubscribed(matrix: Matrix) -> tuple[Defect, ...]:
    """Return the columns whose lower ends sum above 1: an inverse may exist and still give more than 100 %."""
    found = []
    for company, column in sorted(matrix.columns.items()):
        total = sum((cell.share.lo for cell in column.values()), ZERO)
        if total > ONE or (total == ONE and any(cell.share.lo_open for cell in column.values())):
            ids = tuple(sorted({one for cell in column.values() for one in cell.ids}))
            found.append(Defect("OVERSUBSCRIBED", (company,), total, ids))
    return tuple(found)


def closed_loops(matrix: Matrix) -> tuple[Defect, ...]:
    """Return components that own themselves wholly: I - A is singular there and no natural person is reachable."""
    found = []
    for part in matrix.components(matrix.columns):
        inside = set(part)
        if all(_wholly_inside(matrix, company, inside) for company in part):
            ids = tuple(sorted({one for c in part for cell in matrix.columns[c].values() for one in cell.ids}))
            found.append(Defect("CLOSED_LOOP", part, ids=ids))
    return tuple(sorted(found, key=lambda d: d.members))


def _wholly_inside(matrix: Matrix, company: str, inside: set[str]) -> bool:
    column = matrix.columns[company]
    outside = any(cell.share.hi > ZERO for owner, cell in column.items() if owner not in inside)
    return not outside and sum((cell.share.lo for cell in column.values()), ZERO) == ONE


def self_holdings(matrix: Matrix) -> tuple[Defect, ...]:
    """Return companies that hold shares of themselves: shares and votes then differ."""
    return tuple(
        Defect("SELF_HOLDING", (company,), ids=column[company].ids)
        for company, column in sorted(matrix.columns.items())
        if company in column
    )


def refused(matrix: Matrix) -> dict[str, tuple[str, ...]]:
    """Return company -> the oversubscribed companies of its strong component: no share is computed there."""
    broken = {defect.members[0] for defect in oversubscribed(matrix)}
    if not broken:
        return {}
    out = {}
    for part in matrix.components(matrix.columns):
        causes = tuple(company for company in part if company in broken)
        if causes:
            # Owners without a column of their own take part only as owners: their holdings below are tainted.
            out.update(dict.fromkeys(part, causes))
    return out


def tainted(matrix: Matrix) -> dict[str, tuple[str, ...]]:
    """Return company -> the oversubscribed companies above it, for companies outside those components."""
    broken = refused(matrix)
    out: dict[str, set[str]] = {}
    for company, causes in broken.items():
        for lower in matrix.below([company]):
            if lower not in broken:
                out.setdefault(lower, set()).update(causes)
    return {company: tuple(sorted(causes)) for company, causes in sorted(out.items())}

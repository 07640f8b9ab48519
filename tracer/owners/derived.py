"""Declared totals: solved where exactly one component is unknown, and compared otherwise (ownership.md section 3)."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from tracer.model import Interest, Share
from tracer.owners.ranges import ONE, ZERO, Cell, add

if TYPE_CHECKING:
    from tracer.owners.table import Declared

__all__ = ["solve_total"]

#: Kinds of an interest whose nature a source leaves open: it may be the missing share.
_NO_KIND = frozenset(("", "shareholding", "unknownInterest"))

Solved = tuple[str, str, Fraction, tuple[str, ...]]


def solve_total(
    total: Declared,
    shares: Mapping[str, Mapping[str, list[Cell]]],
    interests: Mapping[str, Interest],
    canon: Mapping[str, str],
) -> Solved | None:
    """Return (owner, subject, share, ids) of the one component whose share no source states, or None.

    The declared total is a + b x over the component edges, x being the unknown. With two or more unknowns, or a
    component that is known to be something else than a share, nothing is derived. The result stands for the window of
    the declared total: that the blank component is undated, or printed later, does not matter.
    """
    if total.share is None or total.share.lo != total.share.hi or not total.components:
        return None
    named = set(total.components)
    # Components are named by record, or by the id of the fact.
    parts: dict[tuple[str, str], list[tuple[str, Interest]]] = {}
    for fact, interest in sorted(interests.items()):
        if (interest.record in named or fact in named) and not interest.is_assertion:
            edge = (canon.get(interest.owner, interest.owner), canon.get(interest.subject, interest.subject))
            parts.setdefault(edge, []).append((fact, interest))
    known: dict[tuple[str, str], Fraction] = {}
    for owner, subject in parts:
        cells = shares.get(subject, {}).get(owner, [])
        if cells:
            share: Share = add(cell.share for cell in cells)
            if share.lo != share.hi:
                return None
            known[owner, subject] = share.lo
    missing = sorted(parts.keys() - known.keys())
    if len(missing) != 1:
        return None
    blank = missing[0]
    silent = parts[blank]
    if any((i.lo, i.hi) != (None, None) or i.kind not in _NO_KIND for _, i in silent):
        return None
    constant, factor = _through(total.owner, total.subject, known, blank)
    if not factor:
        return None
    share_of_blank = (total.share.lo - constant) / factor
    if not ZERO <= share_of_blank <= ONE:
        return None
    ids = tuple(sorted({*total.ids, *(fact for fact, _ in silent)}))
    return (*blank, share_of_blank, ids)


def _through(
    owner: str, target: str, known: Mapping[tuple[str, str], Fraction], blank: tuple[str, str]
) -> tuple[Fraction, Fraction]:
    """Return (a, b): the sum over simple component paths without, and with, the blank edge (its share left out)."""
    constant = factor = ZERO
    stack: list[tuple[str, Fraction, bool, frozenset[str]]] = [(owner, ONE, False, frozenset((owner,)))]
    edges = {**known, blank: ONE}
    while stack:
        at, product, blanked, passed = stack.pop()
        for (holder, company), share in edges.items():
            if holder != at or company in passed:
                continue
            crossed = blanked or (holder, company) == blank
            if company == target:
                constant += ZERO if crossed else product * share
                factor += product * share if crossed else ZERO
            else:
                stack.append((company, product * share, crossed, passed | {company}))
    return constant, factor

"""Closures: who controls whom as a set, what is blocked, and the UK chain (ownership.md 4.3 to 4.5, 4.9).

A closure is a least fixpoint: it does not depend on the order, is safe with cycles, and counts each member once. With
bands it is run twice, with "surely" and with "can": the certain set and the possible set.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from tracer.model import Share
from tracer.owners.matrix import Matrix
from tracer.owners.ranges import NO, ONE, UNDETERMINED, YES, ZERO, possibly, surely

__all__ = ["Closure", "closure", "held", "membership"]


def held(
    matrix: Matrix,
    holders: Collection[str],
    company: str,
    *,
    absorbs: bool = False,
    unknown: Collection[str] = (),
    votes: bool = False,
) -> Share:
    """Return what a set of holders holds directly in a company, together.

    `absorbs`: undocumented and unknown parts may be theirs (only for the person asked about, under `may_be_p`).
    `votes`: rights in shares a company holds of itself leave the denominator (UK Sch 1A; KNOWN).
    """
    column = matrix.columns.get(company, {})
    mine = [cell.share for owner, cell in column.items() if owner in holders and not (votes and owner == company)]
    rest = [
        cell.share
        for owner, cell in column.items()
        if owner not in holders and not (absorbs and owner in unknown) and not (votes and owner == company)
    ]
    low = sum((share.lo for share in mine), ZERO)
    high = ONE if absorbs else sum((share.hi for share in mine), ZERO)
    others = sum((share.lo for share in rest), ZERO)
    lo_open = any(share.lo_open for share in mine)
    own = matrix.own_held(company) if votes else Share(ZERO, ZERO)
    cap = ONE - own.lo - others
    top = min(high, cap)
    hi_open = (top == high and not absorbs and any(share.hi_open for share in mine)) or (
        top == cap and any(share.lo_open for share in rest)
    )
    if own.hi == ZERO:
        return _range(low, top, lo_open, hi_open)
    if own.lo == ONE:
        return Share(ZERO, ZERO)  # a company that holds all of itself: nobody has a vote
    # The denominator 1 - s falls as s grows, the room left by others falls too: the best s is where both meet.
    meeting = min(max(ONE - others - high, own.lo), own.hi)
    tops = [min(high, ONE - s - others) / (ONE - s) for s in {own.lo, own.hi, meeting} if s < ONE]
    return _range(low / (ONE - own.lo), max([*tops, ZERO]), lo_open or (own.lo_open and low > ZERO), hi_open)


def _range(lo: Fraction, hi: Fraction, lo_open: bool, hi_open: bool) -> Share:
    hi = max(lo, hi)
    return Share(lo, hi, lo_open and lo < hi, hi_open and lo < hi)


@dataclass(frozen=True, slots=True)
class Closure:
    """What a seed reaches: `members` without the seed, and for each the contributors that brought it in."""

    seed: frozenset[str]
    members: frozenset[str]
    why: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def all(self) -> frozenset[str]:
        return self.seed | self.members


def closure(
    matrix: Matrix,
    seed: Collection[str],
    *,
    threshold: Fraction,
    strict: bool,
    certain: bool,
    votes: bool = False,
    absorbs: bool = False,
    unknown: Collection[str] = (),
) -> Closure:
    """Return the closure of `seed`: y is in it when the seed and its members together hold enough of y.

    Control: threshold 1/2, strict, votes (4.3). OFAC: threshold 1/2, not strict, shares, a seed of all listed
    parties (4.4). `absorbs`: the seed may be the unknown owner; companies it reaches never are.
    """
    start = frozenset(seed)
    members: set[str] = set()
    why: dict[str, tuple[str, ...]] = {}
    passes = surely if certain else possibly
    # An owner nobody is shown to have may reach every company that has an undocumented part.
    candidates = set(matrix.columns) if absorbs and not certain else {c for o in start for c in matrix.rows.get(o, ())}
    while candidates:
        # In rounds, so that the proof does not depend on names or on the order of loading.
        together = start | members
        joined = {
            company
            for company in candidates - together
            if passes(
                held(matrix, together, company, absorbs=absorbs, unknown=unknown, votes=votes), threshold, strict=strict
            )
        }
        for company in joined:
            why[company] = tuple(sorted(owner for owner in matrix.columns[company] if owner in together))
        members |= joined
        candidates = {company for owner in joined for company in matrix.rows.get(owner, ())}
    return Closure(start, frozenset(members), why)


def membership(company: str, certain: Closure, possible: Closure) -> str:
    """Return YES, NO or UNDETERMINED for a company against the two runs of a closure."""
    return YES if company in certain.members else UNDETERMINED if company in possible.members else NO

"""OFAC 50 Percent Rule: property of an entity owned 50 % or more, in the aggregate, by blocked persons is blocked.

The least fixpoint: begin with the listed persons; add an entity when the holdings in it of all who are blocked reach 50 %.
All or nothing at each level, not a product: an entity that is itself 50 % owned counts whole. Ownership, not control.

Authority: OFAC FAQ 398 (ownership, not control), 399 (aggregation across programs), 401 (indirect, worked examples)
           (FOUND); 31 CFR 587.406 (FOUND); revised guidance of 13 August 2014.
Against:   before 13 August 2014 holdings of several listed persons were not aggregated (KNOWN: confirm with counsel); the
           EU and UK rules add control, which this one does not.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from tracer.model import Share
from tracer.owners.control import Closure, closure, held, membership
from tracer.owners.laws import Answer, Law, Version, merged
from tracer.owners.question import Question
from tracer.owners.ranges import NO, UNDETERMINED, YES
from tracer.owners.table import Table

__all__ = ["LAW", "blocked"]


def blocked(
    table: Table, seed: frozenset[str], *, may_be_p: bool = False, version: Version | None = None
) -> tuple[Closure, Closure]:
    """Return the closures that are certain and possible for a seed of listed parties; the seed is not part of them."""
    rule = version or LAW.versions[-1]
    sure, may = (
        closure(
            table.shares,
            seed,
            threshold=rule.threshold,
            strict=rule.strict,
            certain=certain,
            absorbs=may_be_p,
            unknown=table.unknown - seed,
        )
        for certain in (True, False)
    )
    return sure, may


def test(question: Question, version: Version) -> Answer:
    """Answer for a target and the listed holders taken together."""
    sure, may = blocked(question.table, question.holders, may_be_p=question.absorbs, version=version)
    found = membership(question.target, sure, may)
    flags = tuple(f"OVERSUBSCRIBED:{company}" for company in question.blocked_by)
    if flags:
        found = UNDETERMINED if found != NO or question.target in question.table.refused else found
    low = _together(question, sure)
    high = _together(question, may)
    figures = {"aggregate": Share(low.lo, high.hi, low.lo_open and low.lo < high.hi, high.hi_open and low.lo < high.hi)}
    tree = sure if found == YES else may
    chains = merged(
        question.proof(tree, question.table.shares, [question.target]),
        question.ids((question.table.shares, owner, question.target) for owner in tree.all),
    )
    basis = ("owned>=50",) if found == YES else ()
    return Answer(found, basis, {"owned>=50": found}, figures, chains if found != NO else (), (), flags)


def _together(question: Question, found: Closure) -> Share:
    return held(
        question.table.shares,
        found.all - {question.target},
        question.target,
        absorbs=question.absorbs,
        unknown=question.table.unknown - question.holders,
    )


LAW = Law(
    id="ofac",
    title="OFAC 50 Percent Rule",
    text="least fixpoint: owned 50 % or more in the aggregate by blocked persons, level by level",
    authority="OFAC FAQ 398, 399, 401; 31 CFR 587.406 (FOUND)",
    against="no aggregation before 13 Aug 2014 (KNOWN: confirm with counsel 请律师确认)",
    mark="FOUND",
    versions=(Version("ofac/2014-08-13", date(2014, 8, 13), Fraction(1, 2), strict=False),),
    test=test,
)

"""US customer due diligence rule, equity prong: each individual who owns, directly or indirectly, 25 % or more.

The indirect share is the product along each chain, added over the chains. The rule is silent on cycles and own holdings
above the company: YES only if the integrated share and the sum over simple paths both reach 25 %, NO only if neither does.
A trust that owns 25 % or more stands for its trustee. The control prong (one person with significant responsibility) is a
statement of the customer, not a computation.

Authority: 31 CFR 1010.230(d)(1) and (3) (KNOWN: confirm with counsel); FinCEN FAQ: 60 x 50 = 30, 60 x 30 = 18 (FOUND).
Against:   relief order FIN-2026-R001 of 13 Feb 2026: not at each new account (FOUND). Whether an arrangement or
           understanding is itself a holding, the rule does not say: UNDETERMINED with both figures.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

from tracer.model import Share
from tracer.owners.laws import COUNSEL, Answer, Law, Version, merged, refusal
from tracer.owners.question import Question
from tracer.owners.ranges import NO, UNDETERMINED, YES, answer, surely
from tracer.owners.roles import role_answers

__all__ = ["LAW"]

_CYCLE = "cycle or self-holding: the rule does not say which figure counts"
_TOGETHER = "whether the arrangement or understanding is itself a holding under the rule"


def test(question: Question, version: Version) -> Answer:
    """Answer the equity prong."""
    stopped = refusal(question)
    if stopped:
        return stopped
    own = question.own()
    figures = {"own": own}
    verdict, assumptions, flags = _equity(question, version, own, figures)
    tests = {"equity": verdict}
    chains = question.edges_between(question.table.shares) if verdict != NO else ()
    if verdict == NO and len(question.holders) == 1:
        (holder,) = question.holders
        for group in question.groups_of(holder, "joint_arrangement", "concert"):
            if group.subject not in ("", question.target):
                continue
            together = question.as_group(group.members)
            figures["group_value"] = together.own()
            found, _, _ = _equity(together, version, figures["group_value"], {})
            if found != NO:
                verdict, assumptions = UNDETERMINED, (*assumptions, _TOGETHER)
                flags = (*flags, f"GROUP:{'+'.join(sorted(group.members))}")
                chains = merged(chains, together.edges_between(question.table.shares))
    basis = ["equity>=25"] if verdict == YES else []
    trustee = role_answers(question, ("trustee",)).get("trustee")
    if trustee and trustee[0] != NO:
        tests["trustee"] = trustee[0]
        basis += ["trustee"] if trustee[0] == YES else []
        verdict = YES if YES in (verdict, trustee[0]) else UNDETERMINED
        chains = merged(chains, trustee[1])
    return Answer(verdict, tuple(basis), tests, figures, chains, assumptions, flags)


def _equity(
    question: Question, version: Version, own: Share, figures: dict[str, Share]
) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Return (answer, assumptions, flags); with a cycle, `figures` gains the sum over simple paths."""
    found = answer(own, version.threshold, strict=version.strict)
    if not question.has_cycle:
        return found, (), ()
    paths, cut = question.paths
    # At any one table the paths are some of the walks: their sum is at most the integrated share.
    figures["path_sum"] = replace(paths, hi=max(paths.lo, own.hi)) if own.lo != own.hi else paths
    flags = ("PATHS_TRUNCATED",) if cut else ()
    if found == YES and not surely(paths, version.threshold, strict=version.strict):
        return UNDETERMINED, (_CYCLE,), flags
    return found, (), flags


LAW = Law(
    id="us_cdd",
    title="US CDD rule, equity prong",
    text="each individual who directly or indirectly owns 25 % or more of the equity interests",
    authority=f"31 CFR 1010.230(d) (KNOWN: {COUNSEL}); FinCEN FAQ on multiplication (FOUND)",
    against="FIN-2026-R001 of 13 Feb 2026 relaxes when, not whom (FOUND); silent on cycles and understandings",
    mark="KNOWN",
    versions=(Version("us_cdd/2018-05-11", date(2018, 5, 11), Fraction(1, 4), strict=False),),
    test=test,
)

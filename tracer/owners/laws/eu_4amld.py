"""EU Fourth Anti-Money-Laundering Directive, article 3(6) as amended by the Fifth: two limbs joined by OR.

direct:   the person holds more than 25 % of the shares or of the votes.
indirect: entities under the person's control hold, by their direct stakes added, more than 25 %: a control test, not a
          product. The limbs are not added to each other.
Otherwise the senior managing official is entered, which is no finding of ownership.

Authority: Directive (EU) 2015/849 art. 3(6)(a)(i), as amended by Directive (EU) 2018/843 (KNOWN: confirm with counsel).
Against:   national laws differ: some multiply, some add the limbs, some lower the threshold.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from tracer.model import Share
from tracer.owners.laws import COUNSEL, Answer, Law, Version, merged, refusal
from tracer.owners.question import Question
from tracer.owners.ranges import NO, YES, answer, any_of
from tracer.owners.roles import role_answers

__all__ = ["LAW"]


def test(question: Question, version: Version) -> Answer:
    """Answer the direct and the indirect limb, and the roles of an arrangement (art. 3(6)(b))."""
    stopped = refusal(question)
    if stopped:
        return stopped
    sure = question.certain.members - {question.target}
    may = question.possible.members - {question.target}
    direct, indirect = [], []
    for votes in (False, True):
        direct.append(question.direct(question.holders, votes=votes))
        low, high = (question.direct(members, votes=votes, absorbs=False) for members in (sure, may))
        indirect.append(Share(low.lo, high.hi, low.lo_open and low.lo < high.hi, high.hi_open and low.lo < high.hi))
    strict, threshold = version.strict, version.threshold
    tests = {
        "direct": any_of(answer(share, threshold, strict=strict) for share in direct),
        "indirect": any_of(answer(share, threshold, strict=strict) for share in indirect),
    }
    roles = role_answers(question)
    if roles:
        tests["role"] = any_of(found for found, _ in roles.values())
    basis = [name for name in ("direct", "indirect") if tests[name] == YES]
    basis += sorted(kind for kind, (found, _) in roles.items() if found == YES)
    matrices = (question.table.shares, question.table.votes)
    found = question.certain if tests["indirect"] == YES else question.possible
    chains = merged(
        # What the target holds of itself belongs to the proof: votes leave it out.
        question.ids((m, holder, question.target) for m in matrices for holder in {*question.holders, question.target}),
        *(
            (
                question.ids((m, owner, question.target) for m in matrices for owner in found.members),
                question.proof(found, question.table.votes, found.members & _holders(question)),
            )
            if tests["indirect"] != NO
            else ()
        ),
        *(ids for _, ids in roles.values()),
    )
    figures = dict(
        zip(("direct_shares", "direct_votes", "indirect_shares", "indirect_votes"), (*direct, *indirect), strict=True)
    )
    return Answer(any_of(tests.values()), tuple(basis), tests, figures, chains)


def _holders(question: Question) -> set[str]:
    return {
        owner
        for matrix in (question.table.shares, question.table.votes)
        for owner in matrix.columns.get(question.target, {})
    }


LAW = Law(
    id="eu_4amld",
    title="EU 4AMLD article 3(6) as amended by 5AMLD",
    text="direct holding > 25 %, or direct holdings of controlled entities together > 25 %",
    authority=f"Directive (EU) 2015/849 art. 3(6)(a)(i) (KNOWN: {COUNSEL})",
    against="national laws differ in threshold and in counting",
    mark="KNOWN",
    versions=(Version("eu_4amld/2017-06-26", date(2017, 6, 26), Fraction(1, 4), strict=True),),
    test=test,
    until=date(2027, 7, 9),
)

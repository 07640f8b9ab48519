"""EU Anti-Money-Laundering Regulation (EU) 2024/1624, articles 51 to 54: three grounds tested in parallel.

52:  the products along each chain, added over the chains, "all shareholdings on every level", reach 25 %: of the shares
     or of the votes.
53:  control: 50 % plus one of the votes "identified on each level", or by other means (concert, board, nominee).
54a: entities the person controls hold, alone or together, a direct ownership interest of 25 % in the target; the person's
     own direct stake is not part of it.
54b: the person has an ownership interest of 25 % in an entity that controls the target.
Parties of a trust or foundation are owners by role, whatever their share (art. 55 and 58).

Authority: Regulation (EU) 2024/1624 art. 51-55 (FOUND in its text); applies from 10 July 2027 (art. 90).
Against:   art. 52(2) lets the Commission lower the 25 % to not less than 15 % for risky classes; the product of art. 52 is
           displaced for a chain to which 54 applies, so 52 and 54 are printed separately. Whether a stated influence
           amounts to control under 53 is a question of fact: confirm with counsel.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from tracer.model import Share
from tracer.owners.control import membership
from tracer.owners.laws import Answer, Law, Version, merged, refusal
from tracer.owners.question import Question
from tracer.owners.ranges import NO, UNDETERMINED, YES, answer, any_of
from tracer.owners.roles import other_means, principal_of, role_answers

__all__ = ["LAW", "controlling_vehicles"]


def test(question: Question, version: Version) -> Answer:
    """Answer articles 52, 53, 54a and 54b, and the grounds by role and by other means."""
    stopped = refusal(question)
    if stopped:
        return stopped
    table, target = question.table, question.target
    shares, votes = question.own(), question.own(table.votes)
    tests = {"52": any_of(answer(own, version.threshold, strict=version.strict) for own in (shares, votes))}
    tests["53"] = membership(target, question.certain, question.possible)
    through = _through_controlled(question)
    tests["54a"] = answer(through, version.threshold, strict=version.strict)
    vehicles = controlling_vehicles(question, version)
    tests["54b"] = any_of(vehicles.values())
    figures = {"shares": shares, "votes": votes, "54a": through}
    assumptions: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    concert = _concert(question)
    for name, value, found in concert:
        figures[f"53_concert:{name}"] = value
        tests["53_concert"] = any_of((tests.get("53_concert", NO), found))
        if found != NO and tests["53"] != YES:
            flags = (*flags, f"GROUP:{name}")
    for group in question.table.groups:
        if group.kind == "family" and question.holders & set(group.members):
            flags = (*flags, f"LEAD_FAMILY:{group.id}")
    roles = role_answers(question)
    nominee = principal_of(question)
    if nominee:
        tests["53(4)"] = YES
    stated, stated_ids = other_means(question)
    if stated != NO:
        tests["53_other"] = stated
        if stated == UNDETERMINED:
            assumptions = (
                *assumptions,
                "whether the stated influence is control under article 53 is a question of fact",
            )
    if roles:
        tests["55"] = any_of(found for found, _ in roles.values())
    basis = tuple(name for name, found in tests.items() if found == YES)
    basis = (*basis, *nominee, *sorted(kind for kind, (found, _) in roles.items() if found == YES))
    chains = merged(
        question.edges_between(table.shares) if tests["52"] != NO else (),
        question.edges_between(table.votes) if tests["52"] != NO else (),
        _control_proof(question, tests),
        stated_ids,
        *(ids for _, ids in roles.values()),
        *nominee.values(),
    )
    return Answer(any_of(tests.values()), basis, tests, figures, chains, assumptions, flags)


def _through_controlled(question: Question) -> Share:
    """Return the direct holdings in the target of the entities under control, as one range."""
    sure = question.certain.members - {question.target}
    may = question.possible.members - {question.target}
    # A company without any shareholding has only votes to hold: an ownership interest is shares or votes (art. 51).
    votes = not question.table.shares.columns.get(question.target)
    low = question.direct(sure, votes=votes, absorbs=False)
    high = question.direct(may, votes=votes, absorbs=False)
    return Share(low.lo, high.hi, low.lo_open and low.lo < high.hi, high.hi_open and low.lo < high.hi)


def controlling_vehicles(question: Question, version: Version) -> dict[str, str]:
    """Return company -> answer of 54b through it: it controls the target and the person owns a quarter of it."""
    out = {}
    for company in question.table.votes.above(question.target):
        if company == question.target or company in question.holders or company in question.table.loops:
            continue
        sure = question.controlled(certain=True, seed=(company,))
        may = question.controlled(certain=False, seed=(company,))
        controls = membership(question.target, sure, may)
        if controls == NO or company in question.table.refused or company in question.table.tainted:
            continue
        owned = any_of(
            answer(question.own(matrix, company), version.threshold, strict=version.strict)
            for matrix in (question.table.shares, question.table.votes)
        )
        found = NO if NO in (controls, owned) else YES if controls == owned == YES else UNDETERMINED
        if found != NO:
            out[company] = found
    return out


def _concert(question: Question) -> list[tuple[str, Share, str]]:
    """Return (members, votes together, control) per group that acts together: a super-node, never added to a member."""
    out: list[tuple[str, Share, str]] = []
    if len(question.holders) != 1:
        return out
    (holder,) = question.holders
    for group in question.groups_of(holder, "joint_arrangement", "concert"):
        if group.subject not in ("", question.target):
            continue
        together = question.as_group(group.members)
        found = membership(question.target, together.certain, together.possible)
        out.append(("+".join(sorted(group.members)), together.direct(group.members, votes=True), found))
    return out


def _control_proof(question: Question, tests: dict[str, str]) -> tuple[str, ...]:
    votes = question.table.votes
    parts: list[tuple[str, ...]] = []
    if tests["53"] != NO:
        found = question.certain if tests["53"] == YES else question.possible
        parts.append(question.proof(found, votes, [question.target]))
    if tests["54a"] != NO:
        found = question.certain if tests["54a"] == YES else question.possible
        matrix = question.table.shares if question.table.shares.columns.get(question.target) else votes
        holders = [o for o in matrix.columns.get(question.target, {}) if o in found.members]
        parts.append(question.proof(found, votes, holders))
        parts.append(question.ids((matrix, owner, question.target) for owner in holders))
    if tests["54b"] != NO:
        version = LAW.version(question.table.as_of)
        for company in controlling_vehicles(question, version):
            chain = question.controlled(certain=tests["54b"] == YES, seed=(company,))
            parts.append(question.proof(chain, votes, [question.target]))
            upper = Question(question.table, question.holders, company, question.policy)
            parts += [upper.edges_between(question.table.shares), upper.edges_between(votes)]
    for _, _, found_together in _concert(question):
        if found_together != NO:
            (holder,) = question.holders
            for group in question.groups_of(holder, "joint_arrangement", "concert"):
                together = question.as_group(group.members)
                parts.append(together.proof(together.possible, votes, [question.target]))
    return merged(*parts)


LAW = Law(
    id="eu_amlr",
    title="EU AMLR (Regulation (EU) 2024/1624) articles 51-55",
    text="52 product over chains >= 25 %, or 53 control > 50 %, or 54a / 54b; parties of arrangements by role",
    authority="Regulation (EU) 2024/1624 art. 51-55 (FOUND)",
    against="art. 52(2): a lower threshold, down to 15 %, may apply to risky classes",
    mark="FOUND",
    versions=(Version("eu_amlr/2027-07-10", date(2027, 7, 10), Fraction(1, 4), strict=False),),
    test=test,
)

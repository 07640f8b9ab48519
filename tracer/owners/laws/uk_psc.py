"""UK people with significant control, Companies Act 2006 Schedule 1A: five conditions, and blocks instead of products.

1 shares, 2 votes: more than 25 %. 3 the right to appoint or remove the board majority. 4 significant influence or control.
5 the same over a trust or firm that meets one. Held indirectly (para 18): through a chain in which each holder has a
majority stake in the next, the last holder's WHOLE block is attributed; nothing is multiplied. Majority stake: majority of
votes, board right, sole control by agreement, or dominant influence. Joint holders hold all each (para 11); parties to a
joint arrangement hold the combined rights each (para 12). Shares count all issued shares (Explanatory Note 505); votes
leave out what the company holds of itself.

Authority: Companies Act 2006 Sch 1A para 2-6, 11, 12, 18 (FOUND); para 19, nominees (KNOWN: confirm with counsel).
Against:   para 18 speaks of a majority stake of one holder. That several members of a chain together have one is an
           interpretation (dominant influence): computed as well, a difference is printed as INTERPRETATION. The register
           ends at the first relevant legal entity by design: persons above it do not appear there.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from tracer.model import Share
from tracer.owners.laws import Answer, Law, Version, merged, refusal
from tracer.owners.question import HALF, Question
from tracer.owners.ranges import NO, UNDETERMINED, YES, answer, any_of, possibly, surely
from tracer.owners.roles import role_answers
from tracer.owners.table import INFLUENCE

__all__ = ["LAW", "attributed", "chain"]

#: Kinds of interest that a nature of control of the UK register states.
_NATURES = INFLUENCE | {"shareholding", "votingRights", "appointmentOfBoard", "rightsToSurplusAssetsOnDissolution"}

Reached = dict[str, tuple[tuple[str, str], ...]]
"""Company of the chain -> the (holder, company) pairs by which it joined."""


def chain(question: Question, *, certain: bool, together: bool = False) -> Reached:
    """Return the companies down to which each holder has a majority stake in the next; it never crosses the target.

    `together`: members of the chain may add their stakes, which is an interpretation of para 18.
    """
    reached: Reached = {}
    grown = True
    while grown:
        grown = False
        members = question.holders | reached.keys()
        for company in sorted(_next(question, members)):
            if company in members or company == question.target:
                continue
            holders = [frozenset(members)] if together else [frozenset((m,)) for m in sorted(members)]
            joining = [group for group in holders if _majority(question, group, company, certain=certain)]
            if joining:
                counted = {j for group in joining for one in group for j in question.joined(one, company)}
                reached[company] = tuple((owner, company) for owner in sorted(counted))
                grown = True
    return reached


def _next(question: Question, members: set[str] | frozenset[str]) -> set[str]:
    found: set[str] = set()
    table = question.table
    for member in members:
        for matrix in (table.votes, table.shares):
            # Joint arrangements may be limited to one company; joint blocks count everywhere.
            for company in matrix.rows.get(member, ()):
                found.add(company)
            for block, holders in table.blocks.items():
                if member in holders:
                    found.update(matrix.rows.get(block, ()))
            for group in question.groups_of(member, "joint_arrangement", "concert"):
                for other in group.members:
                    found.update(matrix.rows.get(other, ()))
    found.update(right.subject for right in table.rights if right.owner in members)
    if question.absorbs:
        found.update(table.votes.columns)
    return found


def _majority(question: Question, group: frozenset[str], company: str, *, certain: bool) -> bool:
    counted = {j for one in group for j in question.joined(one, company)}
    absorbs = question.absorbs and bool(question.holders & group)
    votes = question.direct(counted, votes=True, company=company, absorbs=absorbs)
    if (surely if certain else possibly)(votes, HALF, strict=True):
        return True
    for right in question.table.rights:
        if right.subject != company or right.owner not in counted or right.capacity != "own":
            continue
        if right.kind == "appointmentOfBoard":
            return True
        # Stated influence may be dominant influence or sole control by agreement; only facts tell.
        if right.kind in INFLUENCE and not certain:
            return True
    return False


def attributed(question: Question, *, votes: bool, together: bool = False) -> Share:
    """Return the blocks held in the target by the person and the chain: certain chain below, possible chain above."""
    low = _block(question, chain(question, certain=True, together=together), votes=votes)
    high = _block(question, chain(question, certain=False, together=together), votes=votes)
    return Share(low.lo, high.hi, low.lo_open and low.lo < high.hi, high.hi_open and low.lo < high.hi)


def _counted(question: Question, reached: Reached) -> set[str]:
    return {j for member in question.holders | reached.keys() for j in question.joined(member, question.target)}


def _block(question: Question, reached: Reached, *, votes: bool) -> Share:
    return question.direct(_counted(question, reached), votes=votes, absorbs=question.absorbs)


def test(question: Question, version: Version) -> Answer:
    """Answer conditions 1 to 5 and compare with what the register itself says."""
    registered, entry_ids, stated = _registered(question)
    stopped = refusal(question)
    if stopped:
        if registered:
            return Answer(
                stopped.verdict, (), {"registered": YES}, stated, entry_ids, stopped.assumptions, stopped.flags
            )
        return stopped
    shares, votes = attributed(question, votes=False), attributed(question, votes=True)
    tests = {
        "shares>25": answer(shares, version.threshold, strict=version.strict),
        "votes>25": answer(votes, version.threshold, strict=version.strict),
    }
    sure, may = chain(question, certain=True), chain(question, certain=False)
    assumptions: list[str] = []
    flags: list[str] = []
    ids: list[tuple[str, ...]] = []
    for name, found, rights in _other_conditions(question, sure, may):
        tests[name] = any_of((tests.get(name, NO), found))
        ids.append(rights)
    if tests.get("influence") == UNDETERMINED:
        assumptions.append("whether the stated influence is significant influence or control is a question of fact")
    for kind, (found, role_ids) in role_answers(question).items():
        # Trustees hold the trust's block jointly; over the others' influence on the trust only facts decide.
        tests["trust"] = any_of((tests.get("trust", NO), found if kind == "trustee" or found == NO else UNDETERMINED))
        ids.append(role_ids)
    computed = any_of(tests.values())
    verdict = computed
    if registered:
        tests["registered"] = YES
        ids.append(entry_ids)
        if computed == NO and _complete(question):
            verdict = UNDETERMINED
            flags.append("ASSERTION_CONTRADICTS")
        else:
            verdict = YES
        assumptions.append("the register entry is the company's own statement of a direct or indirect holding")
    basis = [name for name, found in tests.items() if found == YES and name != "registered"]
    basis += [f"registered: {code}" for code in registered]
    interpretation = _interpretation(question, version, shares, votes, tests)
    if interpretation:
        flags.append("INTERPRETATION")
        ids.append(_proof(question, chain(question, certain=False, together=True)))
    for tree in {YES: (sure,), UNDETERMINED: (sure, may), NO: ()}[computed]:
        ids.append(_proof(question, tree))
    return Answer(
        verdict,
        tuple(basis),
        tests,
        {"shares": shares, "votes": votes, **stated},
        merged(*ids),
        tuple(assumptions),
        tuple(flags),
        interpretation,
    )


def _interpretation(
    question: Question, version: Version, shares: Share, votes: Share, tests: dict[str, str]
) -> tuple[Share, Share, str] | None:
    """Return shares, votes and verdict of the variant that adds stakes in a chain, where it differs."""
    other = attributed(question, votes=False, together=True), attributed(question, votes=True, together=True)
    if other == (shares, votes):
        return None
    found = [answer(share, version.threshold, strict=version.strict) for share in other]
    rest = [value for name, value in tests.items() if name not in {"shares>25", "votes>25", "registered"}]
    return (*other, any_of([*found, *rest]))


def _other_conditions(question: Question, sure: Reached, may: Reached) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return conditions 3, 4 and 5 as (name, answer, ids) from direct rights in the target."""
    out = []
    certain, possible = _counted(question, sure), _counted(question, may)
    for right in question.table.rights:
        if right.subject != question.target or right.owner not in possible:
            continue
        reach = YES if right.owner in certain else UNDETERMINED
        if right.capacity in {"as_trust", "as_firm"}:
            passes = right.share is None or surely(right.share, LAW.versions[-1].threshold, strict=True)
            out.append((right.capacity, reach if passes else UNDETERMINED, right.ids))
        elif right.kind == "appointmentOfBoard":
            out.append(("board", reach, right.ids))
        elif right.kind == "otherInfluenceOrControl":
            out.append(("influence", reach, right.ids))
        elif right.kind in INFLUENCE:
            out.append(("influence", UNDETERMINED, right.ids))
    return out


def _registered(question: Question) -> tuple[tuple[str, ...], tuple[str, ...], dict[str, Share]]:
    """Return the natures of control under which the register names the holder, their ids and the bands it states."""
    entries = [
        d
        for d in question.table.declared
        if d.subject == question.target and d.owner in question.holders and d.code and d.kind in _NATURES
    ]
    ids = tuple(sorted({one for entry in entries for one in entry.ids}))
    bands = {f"registered {entry.code}": entry.share for entry in entries if entry.share}
    return tuple(sorted({entry.code for entry in entries})), ids, bands


def _complete(question: Question) -> bool:
    """Whether the known owners hold all of the target, so that a contrary entry contradicts them."""
    matrix = question.table.shares
    return question.target in matrix.columns and not matrix.residual(question.target, question.table.unknown)


def _proof(question: Question, reached: Reached) -> tuple[str, ...]:
    matrices = (question.table.shares, question.table.votes)
    counted = _counted(question, reached)
    useful = [c for c in reached if c in counted]
    edges = [(m, owner, question.target) for m in matrices for owner in counted]
    edges += [(m, question.target, question.target) for m in matrices]
    needed = _needed(question, reached, useful)
    edges += [(m, owner, company) for m in matrices for company in needed for owner, _ in reached[company]]
    edges += [(m, company, company) for m in matrices for company in needed]
    rights = tuple(
        one
        for right in question.table.rights
        if right.subject in needed and right.owner in {owner for owner, _ in reached[right.subject]}
        for one in right.ids
    )
    return merged(question.ids(edges), rights)


def _needed(question: Question, reached: Reached, useful: list[str]) -> set[str]:
    """Return the companies of the chain that lead to a holding in the target."""
    holds = {
        owner
        for matrix in (question.table.shares, question.table.votes)
        for owner in matrix.columns.get(question.target, {})
    } | {right.owner for right in question.table.rights if right.subject == question.target}
    needed: set[str] = set()
    queue = [company for company in useful if company in holds]
    while queue:
        company = queue.pop()
        if company not in needed:
            needed.add(company)
            queue += [owner for owner, _ in reached[company] if owner in reached]
    return needed


LAW = Law(
    id="uk_psc",
    title="UK PSC, Companies Act 2006 Schedule 1A",
    text="shares or votes > 25 %, board majority, significant influence, or over a trust or firm; blocks through majorities",
    authority="Companies Act 2006 Sch 1A para 2-6, 11, 12, 18 (FOUND); para 19 (KNOWN: confirm with counsel 请律师确认)",
    against="para 18: whether members of a chain may add their stakes is disputed (INTERPRETATION)",
    mark="FOUND",
    versions=(Version("uk_psc/2016-04-06", date(2016, 4, 6), Fraction(1, 4), strict=True),),
    test=test,
)

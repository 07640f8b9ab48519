"""One verdict per law, person and target: never a blended percentage (ownership.md sections 1 and 5)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date

from tracer.model import Interest, NotCovered, Party, Share, Verdict
from tracer.owners.defects import Defect
from tracer.owners.laws import COUNSEL, Answer, Law, eu_4amld, eu_amlr, merged, ofac, uk_psc, us_cdd
from tracer.owners.question import Policy, Question
from tracer.owners.ranges import NO, UNDETERMINED, ZERO, possibly
from tracer.owners.roles import declared_bases
from tracer.owners.table import Group, Table, build

__all__ = ["LAWS", "contradictions", "hygiene", "people_above", "verdict", "verdicts"]

LAWS: dict[str, Law] = {law.id: law for law in (uk_psc.LAW, eu_amlr.LAW, eu_4amld.LAW, us_cdd.LAW, ofac.LAW)}

_POLICIES: dict[Policy, str] = {
    "is_not_p": "undocumented shares and unknown owners are third parties (is_not_p)",
    "may_be_p": "undocumented shares and unknown owners may be this holder (may_be_p)",
}


def verdicts(
    parties: Mapping[str, Party],
    interests: Mapping[str, Interest],
    target: str,
    *,
    as_of: date,
    as_known: date | None = None,
    laws: Collection[str] = tuple(LAWS),
    unknown_policy: Policy = "is_not_p",
    sanctioned: Collection[str] = (),
    same: Mapping[str, str] | None = None,
    groups: Iterable[Group] = (),
) -> tuple[Verdict, ...]:
    """Return what each law says of every natural person and group above `target` on one day.

    Args:
        parties: fact id -> party; a party is addressed by its `record`.
        interests: fact id -> interest.
        target: record of the entity asked about.
        as_of: the day asked about.
        as_known: the day of knowledge; None takes every filing.
        laws: ids of the laws to answer.
        unknown_policy: whether undocumented shares are third parties' or may be the holder's.
        sanctioned: records of listed parties; OFAC is answered for them taken together. When none is listed, it is
            answered for each person as if that person alone were listed, and says so.
        same: record -> canonical record, from the judgements.
        groups: who acts together, beside what the parties themselves state.

    Raises: NotCovered for a law that tracer does not know.

    """
    canon = dict(same or {})
    table = build(parties, interests, as_of=as_of, as_known=as_known, same=canon, groups=groups)
    where = canon.get(target, target)
    listed = frozenset(canon.get(record, record) for record in sanctioned)
    out = []
    for law_id in laws:
        law = _law(law_id)
        if law.id == "ofac":
            out += _sanctions(table, law, where, unknown_policy, listed)
            continue
        for name, holders in _askable(table, where):
            out.append(verdict(table, law, name, holders, where, unknown_policy))
    return tuple(out)


def hygiene(
    parties: Mapping[str, Party],
    interests: Mapping[str, Interest],
    *,
    as_of: date,
    as_known: date | None = None,
    same: Mapping[str, str] | None = None,
) -> tuple[Defect, ...]:
    """Return every error and flag of the whole table on one day (ownership.md section 6)."""
    table = build(parties, interests, as_of=as_of, as_known=as_known, same=same)
    return (*table.defects(), *contradictions(table))


def contradictions(table: Table) -> tuple[Defect, ...]:
    """Return declared indirect totals that lie outside the computed range, whoever the unknown owners are."""
    found = []
    for item in table.declared:
        if (
            item.kind != "shareholding"
            or item.capacity != "own"
            or item.share is None
            or not (item.is_assertion or item.directness == "indirect")
        ):
            continue
        question = Question(table, frozenset((item.owner,)), item.subject, "may_be_p")
        if question.blocked_by or question.in_loop:
            continue
        own, direct = question.own(), question.direct(question.holders, votes=False)
        # Some sources declare the whole, some the indirect part only: a contradiction is outside both.
        ranges = ((own.lo, own.hi), (max(own.lo - direct.hi, ZERO), own.hi - direct.lo))
        if all(item.share.hi < lo or item.share.lo > hi for lo, hi in ranges):
            note = f"declared {item.share}, computed {own}"
            found.append(Defect("ASSERTION_CONTRADICTS", (item.subject,), ids=item.ids, note=note))
    return tuple(found)


def people_above(table: Table, target: str) -> tuple[str, ...]:
    """Return the natural persons from whom anything leads down to the target, anonymous ones included."""
    return tuple(sorted(record for record in table.above(target) if table.kind(record) == "person"))


def verdict(
    table: Table,
    law: Law,
    name: str,
    holders: frozenset[str],
    target: str,
    policy: Policy,
    assumptions: tuple[str, ...] = (),
) -> Verdict:
    """Return one law's verdict on one holder (or group) with everything that qualifies it."""
    question = Question(table, holders, target, policy)
    version = law.version(table.as_of)
    answer = _beside_declared(question, law, law.test(question, version))
    stated = declared_bases(question)
    return Verdict(
        law=law.id,
        person=name,
        target=target,
        as_of=table.as_of,
        verdict=answer.verdict,  # type: ignore[arg-type]  # the three words of ranges.py
        basis=answer.basis,
        tests=dict(answer.tests),
        figures=_figures(answer),
        operator=version.operator,
        rule_version=version.id,
        chains=tuple(sorted(answer.chains)),
        assumptions=(
            _POLICIES[policy],
            *answer.assumptions,
            *assumptions,
            *law.timing(table.as_of),
            *((COUNSEL,) if law.mark == "KNOWN" else ()),
        ),
        flags=(*answer.flags, *_flags(table, answer, holders, target), *stated),
    )


def _beside_declared(question: Question, law: Law, answer: Answer) -> Answer:
    """Turn NO into UNDETERMINED where a source declares enough for this holder and the table leaves room for it.

    A declared total, or a register's band of direct or indirect holdings, is no edge and never added. But to answer NO
    because undocumented shares are third parties' would contradict the very record that documents them.
    """
    version = law.version(question.table.as_of)
    enough = [
        item
        for item in question.table.declared
        if item.owner in question.holders
        and item.subject == question.target
        and item.kind in {"shareholding", "votingRights"}
        and item.share is not None
        and possibly(item.share, version.threshold, strict=version.strict)
    ]
    if answer.verdict != NO or not enough:
        return answer
    room = law.test(replace(question, policy="may_be_p"), version)
    if room.verdict == NO:
        return replace(answer, flags=(*answer.flags, "ASSERTION_CONTRADICTS"))
    said = "a source declares a direct or indirect holding that is no direct edge: compared, not added"
    ids = tuple(sorted({one for item in enough for one in item.ids}))
    figures = answer.figures | {f"declared_{item.kind}": item.share for item in enough if item.share}
    return replace(
        answer,
        verdict=UNDETERMINED,
        figures=figures,
        chains=merged(answer.chains, ids),
        assumptions=(*answer.assumptions, said),
    )


def _figures(answer: Answer) -> dict[str, Share]:
    figures = dict(answer.figures)
    if answer.interpretation:
        figures["interpretation_shares"], figures["interpretation_votes"] = answer.interpretation[:2]
    return figures


def _flags(table: Table, answer: Answer, holders: frozenset[str], target: str) -> tuple[str, ...]:
    """Return the table's flags that touch this verdict: its own edges, its target, or who its holder is."""
    used = set(answer.chains)
    found = [
        f"{flag.code}:{'+'.join(flag.members)}"
        for flag in table.flags
        if used & set(flag.ids) or (target in flag.members and flag.code not in {"NO_PARTY", "EXACTLY_75"})
    ]
    for holder in sorted(holders):
        party = table.parties.get(holder)
        if party and party.status != "known":
            found.append(f"{party.status.upper()}_PERSON:{party.reason}")
    if answer.verdict == NO and not (table.shares.columns.get(target) or table.votes.columns.get(target)):
        found.append("NO_DATA: no source states any holding in the target")
    return tuple(dict.fromkeys(found))


def _law(law_id: str) -> Law:
    try:
        return LAWS[law_id]
    except KeyError:
        raise NotCovered(
            f"Tracer has no rule for {law_id!r}.",
            where="owners(laws=...)",
            meaning="No verdict is made up for it; the other laws are answered.",
            next_call=f"choose among {', '.join(LAWS)}",
        ) from None


def _askable(table: Table, target: str) -> list[tuple[str, frozenset[str]]]:
    """Return (name, holders) of every person, joint block and acting group above the target."""
    above = table.above(target)
    people = [(person, frozenset((person,))) for person in people_above(table, target)]
    blocks = [(block, frozenset((block,))) for block in sorted(table.blocks) if block in above and block != target]
    groups = [
        ("+".join(sorted(group.members)), frozenset(group.members))
        for group in table.groups
        if set(group.members) & above and group.subject in ("", target)
    ]
    return [*people, *blocks, *dict(groups).items()]


def _sanctions(table: Table, law: Law, target: str, policy: Policy, listed: frozenset[str]) -> list[Verdict]:
    if listed:
        inside = listed & table.above(target)
        return [verdict(table, law, "+".join(sorted(listed)), listed, target, policy)] if inside else []
    said = ("as if listed: the case states no listed party",)
    return [verdict(table, law, p, frozenset((p,)), target, policy, said) for p in people_above(table, target)]

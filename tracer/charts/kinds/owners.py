"""Ownership tree: who stands behind an entity on a date (charts.md section 5; ownership.md).

Owners stand on top. An arrow is one interest as its source states it: share or range, kind, from-to. Cumulative shares are
read from the verdicts of the dossier, one per law, and never computed here; a law that answers UNDETERMINED says so.
A cycle is closed with a double line and named, never cut.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Literal

from tracer.charts.kinds.naming import NO_PARTY, Names, NothingToDraw, years
from tracer.charts.picture import Arrow, Box, BoxKind, Details, Grade, Picture, Role, Tally
from tracer.model import Dossier, Interest, Party, Share, Verdict

__all__ = ["owners"]

#: BODS 0.4 interest types that carry a share of capital, votes, profit or surplus.
_SHARES = frozenset(
    {
        "shareholding",
        "votingRights",
        "rightsToProfitOrIncome",
        "rightToProfitOrIncomeFromAssets",
        "rightsToSurplusAssetsOnDissolution",
    }
)
_KINDS = {
    "shareholding": "shares 股份",
    "votingRights": "votes 表决权",
    "appointmentOfBoard": "appoints the board 任命董事会",
    "otherInfluenceOrControl": "other control 其他控制",
    "rightsGrantedByContract": "contract 合同权利",
    "settlor": "settlor 委托人",
    "trustee": "trustee 受托人",
    "protector": "protector 保护人",
    "beneficiaryOfLegalArrangement": "beneficiary 受益人",
    "nominee": "nominee 代持人",
    "nominator": "nominator 被代持人",
    "boardMember": "board member 董事",
    "boardChair": "board chair 董事长",
    "seniorManagingOfficial": "senior managing official 高级管理人员",
    "unknownInterest": "kind unknown 类型不明",
    "consolidation": "consolidates 合并报表",
}
_CAPACITY = {
    "own": "",
    "as_trust": "as trustee 以受托人身份",
    "as_firm": "as firm 以合伙身份",
    "nominee": "nominee 代持",
    "joint": "jointly 共同持有",
}
_BOX: dict[str, BoxKind] = {
    "person": "person",
    "entity": "organization",
    "state": "organization",
    "arrangement": "arrangement",
    "joint_holding": "arrangement",
    "unknown": "unknown",
}


@dataclass(frozen=True, slots=True)
class _Held:
    """One interest that is drawn, with its fact id and whether it had ended on the date."""

    key: str
    interest: Interest
    ended: bool


def owners(dossier: Dossier, target: str, as_of: date, *, rendering: Literal["full", "public"] = "full") -> Picture:
    """Return the tree of everybody from whom an interest leads down to the party with record id `target`.

    Raises: NothingToDraw when neither a party nor an interest has that id.
    """
    names = Names(dossier, rendering)
    held = _selected(dossier, target, as_of)
    if names.party(target) is None and not held:
        known = sorted({p.record for p in dossier.parties.values()})
        raise NothingToDraw(
            f"No party and no interest of the case has the record id {target[:80]!r}."
            if target
            else "No party of the case is asked about, and none was named.",
            where="ownership chart",
            meaning="Nothing was drawn." if known else "No record of the case names a party. Nothing was drawn.",
            next_call=f"one of {', '.join(known[:8])}" if known else NO_PARTY,
        )
    named, closing = _cycles(target, held)
    arrows = tuple(_arrow(n, one, names, named, closing) for n, one in enumerate(held, 1))
    cites = [one.interest.cite for one in held] + [p.cite for r in _records(target, held) if (p := names.party(r))]
    day = as_of.isoformat()
    drawn = Picture(
        kind="owners",
        title_en=f"Ownership of {names.party_name(target)} as of {day}",
        title_zh=f"股权结构：{_other_name(names, target)}，截至 {day}",
        as_of=as_of,
        boxes=_boxes(dossier, target, as_of, held, names),
        arrows=arrows,
        source=Tally(_counted(dossier, target, as_of)),
        footer=_footer(dossier, target, as_of, held, named, names),
        sources=names.exhibits(cites),
        run=dossier.trace.run[:12],
        rendering=rendering,
        head=dossier.head[:16],
        rule="each law apart, no blended share 每部法律分别判断",
        version=dossier.version,
    )
    return names.masking(drawn)


def _other_name(names: Names, record: str) -> str:
    return next(iter(names.subject_names(record)), names.party_name(record))


# Which interests ------------------------------------------------------------------------------------------------------


def _known(interest: Interest, as_of: date) -> bool:
    """Say whether the interest has begun; one with no stated start has, by the earliest record that shows it."""
    return interest.valid_from is None or interest.valid_from <= as_of


def _ended(interest: Interest, as_of: date) -> bool:
    return interest.valid_to is not None and interest.valid_to <= as_of


def _selected(dossier: Dossier, target: str, as_of: date) -> tuple[_Held, ...]:
    """Return every interest in the target and in whoever holds it now, and beside them those that have ended."""
    into: dict[str, list[tuple[str, Interest]]] = defaultdict(list)
    for key, interest in sorted(dossier.interests.items(), key=lambda item: (item[1].record, item[0])):
        if _known(interest, as_of):
            into[interest.subject].append((key, interest))
    found: list[_Held] = []
    seen, ahead = {target}, [target]
    for record in ahead:
        for key, interest in into[record]:
            ended = _ended(interest, as_of)
            found.append(_Held(key, interest, ended))
            if not ended and interest.owner not in seen:
                seen.add(interest.owner)
                ahead.append(interest.owner)
    return tuple(found)


def _counted(dossier: Dossier, target: str, as_of: date) -> int:
    """Count the same interests by their ends alone: whoever reaches the target by interests in force, and all in them."""
    begun = [i for i in dossier.interests.values() if _known(i, as_of)]
    above = {target}
    while True:
        more = {i.owner for i in begun if i.subject in above and not _ended(i, as_of)} - above
        if not more:
            return sum(1 for i in begun if i.subject in above)
        above |= more


def _records(target: str, held: tuple[_Held, ...]) -> tuple[str, ...]:
    """Return the parties of the tree: the target, then owners in the order they are met."""
    return tuple(dict.fromkeys([target, *(end for one in held for end in (one.interest.subject, one.interest.owner))]))


def _cycles(target: str, held: tuple[_Held, ...]) -> tuple[dict[str, str], set[str]]:
    """Return interest -> name of the cycle it lies on, and the interests that close one.

    Two parties share a cycle when each reaches the other (a strongly connected component); the interest that closes it
    is the one that leads back to a party still open on the walk up from the target.
    """
    live = [one for one in held if not one.ended]
    owners_of: dict[str, list[_Held]] = defaultdict(list)
    for one in live:
        owners_of[one.interest.subject].append(one)

    def reached(start: str) -> set[str]:
        seen, ahead = {start}, [start]
        for record in ahead:
            for one in owners_of[record]:
                if one.interest.owner not in seen:
                    seen.add(one.interest.owner)
                    ahead.append(one.interest.owner)
        return seen

    above = {record: reached(record) for record in _records(target, held)}
    groups: dict[frozenset[str], str] = {}
    on: dict[str, str] = {}
    for one in live:
        owner, subject = one.interest.owner, one.interest.subject
        if owner == subject or (owner in above[subject] and subject in above[owner]):
            members = frozenset(record for record in above[subject] if subject in above[record])
            on[one.key] = groups.setdefault(members, f"C{len(groups) + 1}")
    closing: set[str] = set()
    open_, done = [(target, iter(owners_of[target]))], {target}
    way = {target}
    while open_:
        record, rest = open_[-1]
        step = next(rest, None)
        if step is None:
            way.discard(record)
            open_.pop()
        elif step.interest.owner in way:
            closing.add(step.key)
        elif step.interest.owner not in done:
            done.add(step.interest.owner)
            way.add(step.interest.owner)
            open_.append((step.interest.owner, iter(owners_of[step.interest.owner])))
    return on, closing


# What is drawn --------------------------------------------------------------------------------------------------------


def _share(interest: Interest) -> str:
    """Return the share or range as the source states it; an end that is not stated is not filled in."""
    lo, hi = (Fraction(x) if x is not None else None for x in (interest.lo, interest.hi))
    if lo is None and hi is None:
        return "share not stated 未载明" if interest.kind in _SHARES else ""
    if lo is not None and hi is not None:
        return str(Share(lo, hi, interest.lo_open, interest.hi_open))
    if lo is not None:
        return f"{'more than' if interest.lo_open else 'at least'} {Share(lo, lo)}"
    return f"{'less than' if interest.hi_open else 'at most'} {Share(hi, hi)}" if hi is not None else ""


def _grade(one: _Held, closing: set[str]) -> Grade:
    interest = one.interest
    if one.ended:
        return "ended"
    if one.key in closing:
        return "cycle"
    if interest.capacity == "nominee" or interest.kind in {"nominee", "nominator"}:
        return "nominee"
    if interest.kind not in _SHARES:
        return "control"
    return "inferred" if interest.is_assertion or interest.directness != "direct" else "documented"


def _arrow(number: int, one: _Held, names: Names, named: dict[str, str], closing: set[str]) -> Arrow:
    interest = one.interest
    share, kind = _share(interest), _KINDS.get(interest.kind, interest.kind)
    period = years(interest.valid_from, interest.valid_to)
    cycle = f"closes cycle 闭合循环 {named[one.key]}" if one.key in closing and one.key in named else ""
    capacity = _CAPACITY[interest.capacity]
    declared = (
        "declared total, not added 申报合计" if interest.is_assertion or interest.directness == "indirect" else ""
    )
    head = " ".join(part for part in (share, kind) if part)
    lines = (head, capacity, declared, period, "ended 已终止" if one.ended else "", cycle)
    detail: Details = (
        ("interest 权益", f"{head} {capacity}".strip()),
        ("owner 持有人", names.party_name(interest.owner)),
        ("subject 标的", names.party_name(interest.subject)),
        ("from-to 期间", period),
        ("directness 直接性", interest.directness),
        ("cycle 循环", named.get(one.key, "")),
        ("record 记录", interest.record),
        ("cite 出处", names.cite(interest.cite)),
    )
    return Arrow(
        id=f"I{number:02d} {interest.record}",
        start=interest.owner,
        end=interest.subject,
        amount=None,
        lines=tuple(line for line in lines if line),
        detail=tuple(pair for pair in detail if pair[1]),
        grade=_grade(one, closing),
        on=period,
        cite=names.cite(interest.cite),
    )


def _boxes(dossier: Dossier, target: str, as_of: date, held: tuple[_Held, ...], names: Names) -> tuple[Box, ...]:
    verdicts: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in dossier.verdicts:
        if verdict.target == target and verdict.as_of == as_of:
            verdicts[verdict.person].append(verdict)
    nominees = {one.interest.owner for one in held if one.interest.capacity == "nominee"} | {
        one.interest.owner for one in held if one.interest.kind == "nominee"
    }
    direct = {one.interest.owner for one in held if one.interest.subject == target and not one.ended}
    boxes = []
    for record in _records(target, held):
        party = names.party(record)
        missing = party is None or party.status != "known"
        lines = [names.party_name(record), *names.subject_names(record)]
        about = " ".join(part for part in (dossier.party_ids.get(record, ""), _place(party)) if part)
        lines += [about] if about else []
        lines += (
            [f"{party.status} 身份未明" + (f": {party.reason}" if party.reason else "")] if party and missing else []
        )
        lines += ["no record of this party 无该方记录"] if party is None else []
        lines += ["nominee 代持人"] if record in nominees else []
        lines += list(_cumulative(verdicts[record], record in direct)) if record != target else []
        kind = _BOX[party.kind] if party is not None and not (missing and party.kind != "person") else "unknown"
        boxes.append(
            Box(
                record,
                "unknown" if missing else kind,
                _role(names, record, target, missing=missing),
                tuple(lines),
                _detail(names, record, verdicts[record], rendering=names.rendering),
            )
        )
    return tuple(boxes)


def _place(party: Party | None) -> str:
    if party is None:
        return ""
    return party.jurisdiction or ", ".join(party.nationalities)


def _role(names: Names, record: str, target: str, *, missing: bool) -> Role:
    if names.is_subject(record):
        return "S"
    if missing:
        return "?"
    titled = {asset.titleholder for asset in names.dossier.assets.values()}
    return "A" if record == target and record in titled else ""


def _cumulative(verdicts: list[Verdict], direct: bool) -> tuple[str, ...]:
    """Return the cumulative share as the laws' figures hold it, and each law's answer."""
    shares = {str(v.figures[name]) for v in verdicts for name in ("own", "shares") if name in v.figures}
    own = next((v.figures["own"] for v in verdicts if "own" in v.figures), None)
    if own is not None:
        first = f"cumulative 累计 {own}"
    elif len(shares) == 1:
        first = f"cumulative 累计 {shares.pop()}"
    else:
        first = "" if direct or not verdicts else "cumulative share: see each law 累计见各法"
    answers: dict[str, list[str]] = {"YES": [], "UNDETERMINED": [], "NO": []}
    for verdict in sorted(verdicts, key=lambda v: v.law):
        answers[verdict.verdict].append(verdict.law)
    return tuple(
        line for line in (first, *(f"{word}: {', '.join(laws)}" for word, laws in answers.items() if laws)) if line
    )


def _detail(names: Names, record: str, verdicts: list[Verdict], *, rendering: str) -> Details:
    party = names.party(record)
    pairs: list[tuple[str, str]] = [("record 记录", record)]
    if party is not None:
        pairs += [(f"name ({name.kind}) 名称", name.text) for name in party.names[:6]]
        for identifier in party.identifiers[:8]:
            value = identifier.value if rendering == "full" or party.kind != "person" else f"…{identifier.value[-4:]}"
            pairs.append((f"{identifier.scheme} 编号", value))
        if party.born:
            pairs.append(("born 出生", party.born if rendering == "full" else party.born[:4]))
        pairs += [("jurisdiction 法域", _place(party)), ("cite 出处", names.cite(party.cite))]
    for verdict in verdicts:
        figures = ", ".join(f"{name} {share}" for name, share in verdict.figures.items())
        words = "; ".join([verdict.verdict, *verdict.basis, figures, *verdict.assumptions, *verdict.flags])
        pairs.append((f"{verdict.law} ({verdict.rule_version})", words))
    return tuple(pair for pair in pairs if pair[1])


def _footer(
    dossier: Dossier, target: str, as_of: date, held: tuple[_Held, ...], named: dict[str, str], names: Names
) -> tuple[str, ...]:
    lines = []
    members: dict[str, dict[str, None]] = defaultdict(dict)
    for one in held:
        if one.key in named:
            members[named[one.key]] |= {one.interest.owner: None, one.interest.subject: None}
    for cycle, records in sorted(members.items()):
        lines.append(f"Cycle 循环 {cycle}: {', '.join(names.party_name(record) for record in records)}")
    later = [i for i in dossier.interests.values() if i.subject == target and not _known(i, as_of)]
    if later:
        lines.append(f"{len(later)} interests in the target begin after {as_of} and are not drawn 未绘出此后开始的权益")
    undated = sum(1 for one in held if one.interest.valid_from is None)
    if undated:
        lines.append(f"{undated} interests have no stated start; they are drawn as shown by their source 未载明起始日")
    if not held:
        lines.append("No record of the case states an owner. 卷内无记录载明持有人。")
    return tuple(lines)

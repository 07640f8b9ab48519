"""The draft of a request for evidence, in English and Chinese from one tree (annex.md sections 7 and 11).

Order:     UNCAC art. 46(15): authority; subject, nature and functions; facts; assistance and procedure; identity and
           location; purpose [K].
Against:   a bilateral treaty may ask for another order and for more; the requested State's own form prevails [K].

A person's item is never filled in: it stays `[MISSING R4.x ...]`, and the draft stays a DRAFT while a ★ is open. No
authority is named here: names come with the data that is handed in, and are UNVERIFIED until a person has checked them.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt

from tracer.annex.cells import Link, Raw, marked
from tracer.annex.plan import Plan
from tracer.annex.wording import lint, say
from tracer.annex.zipped import stable
from tracer.model import RULE_NAMES, CheckFailed, Gap, TraceRow, major

__all__ = ["Paragraph", "docx", "paragraphs"]

Named = Mapping[str, tuple[str, str, str]]
"""Authority id -> (English name, Chinese name, mark such as UNVERIFIED)."""

_UNVERIFIED = "UNVERIFIED 未核实"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph in both languages under one id. `own` marks wording of a person or of a law, which is not linted."""

    id: str
    en: str
    zh: str
    level: int = 0
    own: bool = False


def paragraphs(plan: Plan, authorities: Named | None = None) -> tuple[Paragraph, ...]:
    """Return the draft, paragraph by paragraph. Raises `CheckFailed` where generated text uses a word it may not."""
    made = tuple(_numbered(plan, authorities or {}))
    allowed = _own_words(plan)
    hits = [(p.id, word) for p in made if not p.own for text in (p.en, p.zh) for word in lint(text, allowed)]
    if hits:
        raise CheckFailed(
            f"Generated text uses {hits[0][1]!r}.",
            where=f"request draft, paragraph {hits[0][0]}",
            meaning="A draft with argumentative wording is not written.",
            next_call="report it: the sentence forms are neutral by design",
        )
    return made


def _own_words(plan: Plan) -> list[str]:
    """Return what keeps its own wording: names, titles, provisions and what a person stated."""
    case, dossier = plan.case, plan.dossier
    names = [n.text for p in dossier.parties.values() for n in p.names]
    names += [x for e in case.events for x in (e.payer, e.payee)] + [
        x for s in case.subjects for x in (s.name, s.name_zh)
    ]
    names += [x for o in case.offences for x in (o.title_en, o.title_zh, o.statute)]
    names += [x for e in dossier.exhibits for x in (e.title_en, e.title_zh, e.name)]
    names += [a.description for a in dossier.assets.values()] + [t.name for t in plan.trace.targets]
    # what a bank printed may stand in a gap: only the printed texts that hold such a word are looked for
    printed = [x for p in dossier.postings.values() for x in (p.counterparty, p.details) if lint(x)]
    printed += [x for r in dossier.rejects for x in (r.raw, r.message) if lint(x)]
    return [*names, *printed, case.title_en, case.title_zh]


def _numbered(plan: Plan, authorities: Named) -> Iterator[Paragraph]:
    draft = ("DRAFT - not for transmission", "草案——不得发送") if plan.is_draft else ("For signature", "供签署")
    yield Paragraph("0.1", *draft, level=1)
    title = (f"Request for mutual legal assistance: {plan.case.title_en}", f"司法协助请求书：{plan.case.title_zh}")
    yield Paragraph("0.2", *title, level=1, own=True)
    counsel = ("The order of this request follows UNCAC art. 46(15): confirm with counsel. Nothing here is legal advice.",
               "本请求书按《联合国反腐败公约》第四十六条第十五款的顺序：请律师确认。本稿不构成法律意见。")  # fmt: skip
    yield Paragraph("0.3", *counsel, own=True)
    parts = (
        ("Authority", "请求机关", _authority(plan, authorities)),
        ("Subject, nature and functions; provisions", "事由、性质与职能；法律规定", _provisions(plan)),
        ("Facts", "事实", _facts(plan)),
        ("Assistance sought and its relevance; procedure", "请求的协助及其相关性；程序", _assistance(plan)),
        ("Identity and location", "身份与所在地", _persons(plan)),
        ("Purpose and special requirements", "目的与特殊要求", _purpose(plan)),
    )
    for n, (en, zh, body) in enumerate(parts, 1):
        yield Paragraph(f"{n}", f"{n}. {en}", f"{n}. {zh}", level=2)
        for k, (body_en, body_zh, own) in enumerate(body, 1):
            yield Paragraph(f"{n}.{k}", body_en, body_zh, own=own)


def _need(value: str, item: str) -> str:
    return value or f"[MISSING {item}]"


Body = Iterator[tuple[str, str, bool]]


def _authority(plan: Plan, authorities: Named) -> Body:
    case = plan.case
    who = [_need(v, f"R4.4 {k}") for k, v in (("authority", case.authority_en), ("authority 机关", case.authority_zh), ("function 职能", case.authority_function), ("official 承办人", case.official), ("title 职务", case.official_title), ("contact 联系方式", case.contact))]  # fmt: skip
    yield (
        f"Authority: {who[0]}; function: {who[2]}; official: {who[3]}, {who[4]}; contact: {who[5]}.",
        f"机关：{who[1]}；职能：{who[2]}；承办人：{who[3]}，{who[4]}；联系方式：{who[5]}。",
        True,
    )
    for en, zh, reference in (
        ("Through", "经由", case.central_authority_ref),
        ("To", "致", case.requested_authority_ref),
    ):
        name_en, name_zh, mark = authorities.get(reference, (reference, reference, _UNVERIFIED))
        item = "R4.10 central authority 中央机关"
        yield f"{en}: {_need(name_en, item)} ({mark}).", f"{zh}：{_need(name_zh, item)}（{mark}）。", True
    basis = "; ".join(f"{b.instrument} {', '.join(b.articles)}".strip() for b in case.legal_basis)
    named = _need(basis, "R4.3 treaty 条约")
    yield f"Legal basis: {named} (confirm with counsel).", f"法律依据：{named}（请律师确认）。", True


def _provisions(plan: Plan) -> Body:
    if not plan.case.offences:
        yield "[MISSING R4.6 offence and provisions]", "[MISSING R4.6 罪名与法条]", True
    for o in plan.case.offences:
        penalty = " - ".join(p for p in (o.penalty_min, o.penalty_max) if p)
        article, period = _need(o.statute, "R4.6 article 条文"), _period(o.conduct_from, o.conduct_to)
        yield (
            f"{o.id}, {o.title_en}: {article}; conduct {period}.",
            f"{o.id}，{o.title_zh}：{article}；行为期间 {period}。",
            True,
        )
        yield _need(o.text_en, "R4.6 translation 译文"), _need(o.text_zh, "R4.6 text 原文"), True
        need = [_need(penalty, "R4.6 penalty 罚则"), _need(o.translator, "R4.6 translator 译者")]
        years = _need(str(o.limitation_years) if o.limitation_years is not None else "", "R4.6 limitation 时效")
        yield (
            f"Penalty: {need[0]}; limitation, years: {years}; translator: {need[1]}.",
            f"罚则：{need[0]}；时效（年）：{years}；译者：{need[1]}。",
            True,
        )


def _period(start: date | None, end: date | None) -> str:
    return f"{start or '[MISSING R4.6 from]'} / {end or '[MISSING R4.6 to]'}"


def _cite(raw: Raw) -> str:
    return raw.text if isinstance(raw, Link) else str(raw or "MISSING R4.5 cite")


def _facts(plan: Plan) -> Body:
    selected = plan.case.tracing.selected
    claims = {c.event: c for c in plan.trace.claims}
    for event in sorted(plan.case.events, key=lambda e: (e.on, e.id)):
        posting = plan.dossier.postings.get(claims[event.id].posting) if event.id in claims else None
        cite = _cite(plan.cite(posting.cite)) if posting else f"MISSING R4.5 credit of {event.id}"
        amount = major(event.amount, event.currency, group=True)
        yield *_said("transfer", date=str(event.on), amount=amount, ccy=event.currency, a=plan.party(event.payer), b=plan.party(event.payee), X=cite), False  # fmt: skip
    code, words, words_zh = RULE_NAMES.get(selected, (selected, "", ""))
    method = {"method_en": f"{code} ({words})", "method_zh": f"{code}（{words_zh}）"}
    moves = [
        (row.day or date.max, n, row.row, account, row)
        for n, account in enumerate(plan.trace.accounts)
        for row in account.rows
        if row.kind == "debit" and row.traced_out.get(selected)
    ]
    for _, _, _, account, row in sorted(moves, key=lambda move: move[:3]):
        yield from _moved(plan, account.account, account.currency, row, method)
    for wire in plan.dossier.wires:
        for us in wire.us:
            cites = [plan.dossier.messages[k].cite for k in us.documents if k in plan.dossier.messages]
            cites += [plan.dossier.postings[k].cite for k in us.documents if k in plan.dossier.postings]
            shown = _cite(plan.cite(*cites))
            if us.sentence_en and us.sentence_zh:
                yield f"{us.sentence_en.rstrip('.')} [{shown}].", f"{us.sentence_zh.rstrip('。')}[{shown}]。", False
    yield from _owners(plan)
    yield from _gaps(plan)


def _said(use: str, **values: str) -> tuple[str, str]:
    return say(use, **values)


def _moved(plan: Plan, account: str, currency: str, row: TraceRow, method: dict[str, str]) -> Body:
    """Tell one movement that carries proceeds, then what of it is traced to each event."""
    values = {
        "date": str(row.day or "[MISSING R4.5 date]"),
        "amount": major(row.amount, currency, group=True),
        "ccy": currency,
        "a": plan.account(account),
        "X": _cite(plan.cite(row.cite)),
    }
    gap = _missing(plan, account, row.posting)
    if row.target.startswith("sink:GAP:") and gap:
        start, end = gap.period or (None, None)
        yield *_said("fell", d1=str(start), d2=str(end), id=gap.id, **values), False
    elif row.partner:
        yield *_said("transfer", b=plan.account(row.partner[0]), **values), False
    elif row.target.startswith("sink:ASSET:"):
        record = row.target.removeprefix("sink:ASSET:")
        named = next((a.description for a in plan.dossier.assets.values() if a.record == record), "")
        yield *_said("asset", b=f"{plan.target(row.target)} {named}".strip(), **values), False
    elif row.target in {"sink:CASH", "sink:FEE"}:
        yield *_said("cash" if row.target == "sink:CASH" else "charge", **values), False
    else:
        yield *_said("paid", b=plan.target(row.target), **values), False
    tab, line = plan.trace_cells.get((account, row.row), ("10_T", row.row))
    for label, part in sorted(row.by_label.get(plan.case.tracing.selected, {}).items()):
        if label in plan.trace.labels and part:
            yield *_said("traced", traced=major(part, currency, group=True), ccy=currency, E=label, ref=f"{tab}:{line}", **method), False  # fmt: skip


def _missing(plan: Plan, account: str, place: str) -> Gap | None:
    """Return the missing period of an account that an entry of a trace stands for (`gap:ACCOUNT:FROM to TO`)."""
    periods = [g for g in plan.dossier.gaps if g.kind == "missing_statement" and g.period and account in g.affects]
    return next((g for g in periods if g.period and place.endswith(f"{g.period[0]} to {g.period[1]}")), None)


def _percent(share: str) -> str:
    """Return an exact share in per cent; one without an end in decimals stays a fraction."""
    value = Fraction(share) * 100
    places = next((n for n in range(5) if (value * 10**n).denominator == 1), None)
    return share if places is None else f"{Decimal(int(value * 10**places)).scaleb(-places)}%"


def _owners(plan: Plan) -> Body:
    interests = {i.record: i for i in plan.dossier.interests.values()} | dict(plan.dossier.interests)
    dates = {v.target: v.as_of for v in plan.dossier.verdicts}
    told: set[str] = set()
    for chain in plan.dossier.chains:
        for key in chain.interests:
            interest = interests.get(key)
            if interest is None or interest.record in told or (interest.lo is None and interest.hi is None):
                continue
            told.add(interest.record)
            exhibit = plan.exhibits.get(interest.cite.exhibit)
            name = (exhibit.title_en or exhibit.number) if exhibit else "[MISSING R4.5 register]"
            name_zh = (exhibit.title_zh or exhibit.number) if exhibit else "[MISSING R4.5 登记处]"
            ends = [_percent(e) for e in dict.fromkeys((interest.lo, interest.hi)) if e is not None]
            yield *_said("ownership", date=str(dates.get(chain.target, plan.case.as_of)), register_en=name, register_zh=name_zh, owner=plan.party(interest.owner), pct=" - ".join(ends), owned=plan.party(interest.subject), X=_cite(plan.cite(interest.cite))), False  # fmt: skip


def _gaps(plan: Plan) -> Body:
    """State each missing period; how far it could move an amount is a person's statement until it is computed."""
    unknown = "[MISSING R4.5 effect]"
    for gap in plan.dossier.gaps:
        if gap.kind == "missing_statement" and gap.period:
            start, end = (str(day or "[MISSING R4.5 date]") for day in gap.period)
            account = ", ".join(plan.account(a) for a in gap.affects)
            yield *_said("gap", account=account, d1=start, d2=end, lo=unknown, hi=unknown, ccy=gap.currency, id=gap.id), False  # fmt: skip


def _assistance(plan: Plan) -> Body:
    asked = False
    for gap in plan.dossier.gaps:
        if gap.ask_en:
            asked = True
            yield (
                f"{gap.ask_en} Relevance: {gap.description_en} [16:{gap.id}]",
                f"{gap.ask_zh}相关性：{gap.description_zh}[16:{gap.id}]",
                False,
            )
    for wire in plan.dossier.wires:
        for request in wire.requests:
            asked = True
            said = "; ".join(f"{k}: {_plain(v)}" for k, v in sorted(request.items()) if v)
            yield f"Records of wire {wire.wire_id}: {said}.", f"汇款 {wire.wire_id} 的记录：{said}。", False
    if not asked:
        yield "[MISSING R4.8 assistance sought]", "[MISSING R4.8 请求的协助]", True
    form = "[MISSING R4.8 form of evidence and certification]"
    yield f"Procedure: {form} (confirm with counsel).", f"程序：{form}（请律师确认）。", True


def _plain(value: object) -> str:
    return ", ".join(_plain(v) for v in value) if isinstance(value, list | tuple) else str(value)


def _persons(plan: Plan) -> Body:
    if not plan.case.subjects:
        yield "[MISSING R4.7 persons and entities]", "[MISSING R4.7 人员和实体]", True
    for subject in plan.case.subjects:
        records = [p for p in plan.dossier.parties.values() if p.record == subject.party]
        ids = [f"{i.scheme} {i.value}" for p in records for i in p.identifiers]
        born = next((p.born for p in records if p.born), "")
        stated = "; ".join(dict.fromkeys([*subject.identifiers, *ids, *([born] if born else [])]))
        place = next((p.address for p in records if p.address), "")
        name = subject.name or plan.party(subject.party)
        shown, where = _need(stated, "R4.7 identifiers 识别信息"), _need(place, "R4.7 location 所在地")
        yield f"{name}: {shown}; {where}.", f"{subject.name_zh or name}：{shown}；{where}。", True
    for asset in sorted(plan.dossier.assets.values(), key=lambda a: plan.asset_ids[a.record]):
        shown, cite = plan.asset_ids[asset.record], _cite(plan.cite(asset.cite))
        where = _need(asset.country, "R4.7 location 所在地")
        yield (
            f"{shown}: {asset.description}, {where} [{cite}].",
            f"{shown}：{asset.description}，{where}[{cite}]。",
            True,
        )


def _purpose(plan: Plan) -> Body:
    case = plan.case
    yield "[MISSING R4.8 purpose for which the evidence is sought]", "[MISSING R4.8 取证目的]", True
    for en, zh, value in (
        ("Confidentiality", "保密", case.special_confidentiality),
        ("Urgency", "紧急", case.special_urgency),
    ):
        shown = _need(value, f"R4.9 {en.lower()} and reason {zh}及理由")
        yield f"{en}: {shown}.", f"{zh}：{shown}。", True
    for r in plan.requirements:
        if r.status in {"missing", "partial"}:
            yield f"[{r.status.upper()} {r.req_id}] {r.note or r.text_en}", f"[{r.status.upper()} {r.req_id}] {r.note_zh or r.text_zh}", True  # fmt: skip


def docx(plan: Plan, made: Sequence[Paragraph], language: str) -> bytes:
    """Return the draft in one language as a document; each paragraph is a bookmark with its id, the same in both."""
    document = Document()
    style = document.styles["Normal"]
    style.font.name, style.font.size = "Arial", Pt(10)
    mark = "DRAFT 草案 · not for transmission 不得发送" if plan.is_draft else f"{plan.case.id} v{plan.case.version}"
    document.sections[0].header.paragraphs[0].text = marked(mark)[0]
    for n, paragraph in enumerate(made):
        text = marked(paragraph.en if language == "en" else paragraph.zh)[0]
        shown = text if paragraph.level else f"[{paragraph.id}] {text}"
        written = document.add_heading(shown, paragraph.level) if paragraph.level else document.add_paragraph(shown)
        for tag in ("w:bookmarkStart", "w:bookmarkEnd"):
            element = OxmlElement(tag)
            element.set(qn("w:id"), str(n))
            if tag == "w:bookmarkStart":
                element.set(qn("w:name"), f"p_{paragraph.id.replace('.', '_')}")
            written._p.append(element)
    buffer = io.BytesIO()
    document.save(buffer)
    return stable(buffer.getvalue(), plan.case.as_of)

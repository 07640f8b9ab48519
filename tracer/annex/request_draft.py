"""The draft of a request for evidence, in English and Chinese from one tree (annex.md sections 7 and 11).

Order:     UNCAC art. 46(15): authority; subject, nature and functions; facts; assistance and procedure; identity and
           location; purpose [K].
Against:   a bilateral treaty may ask for another order and for more; the requested State's own form prevails [K].
Behind:    the six parts stands how each claimed figure comes about, in the sentences of `tracer explain` and sheet 25.

A person's item is never filled in: it stays `[MISSING R4.x ...]`, and the draft stays a DRAFT while a ★ is open. No
authority is named here: names come with the data that is handed in, and are UNVERIFIED until a person has checked them.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor

from tracer.annex.cells import marked
from tracer.annex.plan import Plan
from tracer.annex.request_explained import explained
from tracer.annex.request_facts import Body, cite, facts
from tracer.annex.sheets.s09_wires import parted
from tracer.annex.wording import lint, say
from tracer.annex.zipped import stable
from tracer.model import CheckFailed, LegalBasis, Offence, Wire

__all__ = ["Paragraph", "docx", "paragraphs"]

Named = Mapping[str, tuple[str, str, str]]
"""Authority id -> (English name, Chinese name, mark such as UNVERIFIED)."""

_UNVERIFIED = "UNVERIFIED 未核实"
#: requests.md section 6, `function`: what the authority does.
_FUNCTIONS = {"investigation": "调查", "prosecution": "起诉", "court": "审判"}
#: Instruments whose Chinese name the glossary gives; another one keeps the name that was stated.
_INSTRUMENTS = {"UNCAC": "《联合国反腐败公约》", "UNTOC": "《联合国打击跨国有组织犯罪公约》"}
#: Kinds of identity paper that a source names by an English word; a register's code stays as it is.
_PAPERS = {"passport": "护照", "id card": "身份证", "national id": "身份证", "tax id": "税号", "lei": "LEI"}
_STATUSES = {"missing": ("MISSING", "缺失"), "partial": ("PARTIAL", "不完整")}


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
    names += [x for o in case.offences for x in (o.title_en, o.title_zh, o.statute, o.statute_zh)]
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
        ("Facts", "事实", facts(plan)),
        ("Assistance sought and its relevance; procedure", "请求的协助及其相关性；程序", _assistance(plan)),
        ("Identity and location", "身份与所在地", _persons(plan)),
        ("Purpose and special requirements", "目的与特殊要求", _purpose(plan)),
        *((("How each figure comes about", "各数字的由来", told),) if (told := tuple(explained(plan))) else ()),
    )
    for n, (en, zh, body) in enumerate(parts, 1):
        yield Paragraph(f"{n}", f"{n}. {en}", f"{n}. {zh}", level=2)
        for k, (body_en, body_zh, own) in enumerate(body, 1):
            yield Paragraph(f"{n}.{k}", body_en, body_zh, own=own)


def _need(value: str, item: str) -> str:
    return value or f"[MISSING {item}]"


def _both(en: str, zh: str, item: tuple[str, str, str]) -> tuple[str, str]:
    """Return a value in both languages; what is missing is named in the language of the document. `item`: id, en, zh."""
    return _need(en, f"{item[0]} {item[1]}"), _need(zh, f"{item[0]} {item[2]}")


def _authority(plan: Plan, authorities: Named) -> Body:
    case = plan.case
    name = _both(case.authority_en, case.authority_zh, ("R4.4", "authority", "机关"))
    duty = _both(case.authority_function, _FUNCTIONS.get(case.authority_function, case.authority_function), ("R4.4", "function", "职能"))  # fmt: skip
    official = _both(case.official, case.official, ("R4.4", "official", "承办人"))
    title = _both(case.official_title, case.official_title, ("R4.4", "title", "职务"))
    contact = _both(case.contact, case.contact, ("R4.4", "contact", "联系方式"))
    yield (
        f"Authority: {name[0]}; function: {duty[0]}; official: {official[0]}, {title[0]}; contact: {contact[0]}.",
        f"机关：{name[1]}；职能：{duty[1]}；承办人：{official[1]}，{title[1]}；联系方式：{contact[1]}。",
        True,
    )
    for en, zh, reference in (
        ("Through", "经由", case.central_authority_ref),
        ("To", "致", case.requested_authority_ref),
    ):
        name_en, name_zh, mark = authorities.get(reference, (reference, reference, _UNVERIFIED))
        shown = _both(name_en, name_zh, ("R4.10", "central authority", "中央机关"))
        after = (f" ({mark})", f"（{mark}）") if mark else ("", "")
        yield f"{en}: {shown[0]}{after[0]}.", f"{zh}：{shown[1]}{after[1]}。", True
    basis = "; ".join(f"{b.instrument} {', '.join(b.articles)}".strip() for b in case.legal_basis)
    basis_zh = "；".join(_instrument_zh(b) for b in case.legal_basis)
    named = _both(basis, basis_zh, ("R4.3", "treaty", "条约"))
    yield f"Legal basis: {named[0]} (confirm with counsel).", f"法律依据：{named[1]}（请律师确认）。", True


def _instrument_zh(basis: LegalBasis) -> str:
    name = _INSTRUMENTS.get(basis.instrument, basis.instrument)
    articles = "、".join(f"第{article}条" for article in basis.articles)
    return f"{name}{articles}"


def _provisions(plan: Plan) -> Body:
    if not plan.case.offences:
        yield "[MISSING R4.6 offence and provisions]", "[MISSING R4.6 罪名与法条]", True
    for o in plan.case.offences:
        stated = " - ".join(p for p in (o.penalty_min, o.penalty_max) if p)
        article = _both(*_statute(o), ("R4.6", "article", "条文"))
        period = _period(o.conduct_from, o.conduct_to)
        yield (
            f"{o.id}, {o.title_en}: {article[0]}; conduct from {period[0]}.",
            f"{o.id}，{o.title_zh}：{article[1]}；行为期间 {period[1]}。",
            True,
        )
        yield _need(o.text_en, "R4.6 translation"), _need(o.text_zh, "R4.6 原文"), True
        penalty = _both(stated, stated, ("R4.6", "penalty", "罚则"))
        translator = _both(o.translator, o.translator, ("R4.6", "translator", "译者"))
        count = str(o.limitation_years) if o.limitation_years is not None else ""
        years = _both(count, count, ("R4.6", "limitation", "时效"))
        yield (
            f"Penalty: {penalty[0]}; limitation, years: {years[0]}; translator: {translator[0]}.",
            f"罚则：{penalty[1]}；时效（年）：{years[1]}；译者：{translator[1]}。",
            True,
        )


def _statute(offence: Offence) -> tuple[str, str]:
    """Return the statute in both languages; one that is stated in one language alone is marked as its original wording."""
    en, zh = offence.statute, offence.statute_zh
    return (
        en or (f"{zh} (original wording, no English name stated)" if zh else ""),
        zh or (f"{en}（原文照录，未载明中文名称）" if en else ""),
    )


def _period(start: date | None, end: date | None) -> tuple[str, str]:
    first = _both(str(start or ""), str(start or ""), ("R4.6", "from", "起"))
    last = _both(str(end or ""), str(end or ""), ("R4.6", "to", "止"))
    return f"{first[0]} to {last[0]}", f"{first[1]} 至 {last[1]}"


def _assistance(plan: Plan) -> Body:
    asked = False
    for gap in plan.dossier.gaps:
        if gap.ask_en:
            asked = True
            yield (
                f"{plan.printed(gap.ask_en)} Relevance: {plan.printed(gap.description_en)} [16:{gap.id}]",
                f"{plan.printed(gap.ask_zh)}相关性：{plan.printed(gap.description_zh)}[16:{gap.id}]",
                False,
            )
    for wire in plan.dossier.wires:
        for request in wire.requests:
            asked = True
            account = str(request.get("account") or "")
            number = {"account_en": account or "not stated in the records", "account_zh": account or "记录未载明"}
            ref = f"09_WIRES:{plan.wire_rows[wire.wire_id]}"
            yield *say("wire_records", wire=_payment(plan, wire), to=_plain(request.get("to")), quote=_plain(request.get("quote")), ref=ref, **number), False  # fmt: skip
    if not asked:
        yield "[MISSING R4.8 assistance sought]", "[MISSING R4.8 请求的协助]", True
    form = _both("", "", ("R4.8", "form of evidence and certification", "证据形式及证明"))
    yield f"Procedure: {form[0]} (confirm with counsel).", f"程序：{form[1]}（请律师确认）。", True


def _payment(plan: Plan, wire: Wire) -> str:
    """Return a payment by the kind and the reference of its first message, else by its line on sheet 08."""
    messages = [plan.dossier.messages[key] for key in wire.documents if key in plan.dossier.messages]
    main, cover, reports = parted(messages)
    named = next((f"{m.kind} {m.reference}" for m in [*main, *cover, *reports] if m.reference), "")
    lines = (plan.txn[key] for key in wire.documents if key in plan.txn)
    return named or next(lines, wire.wire_id)


def _plain(value: object) -> str:
    return ", ".join(_plain(v) for v in value) if isinstance(value, list | tuple) else str(value or "-")


def _persons(plan: Plan) -> Body:
    if not plan.case.subjects:
        yield "[MISSING R4.7 persons and entities]", "[MISSING R4.7 人员和实体]", True
    for subject in plan.case.subjects:
        records = [p for p in plan.dossier.parties.values() if p.record == subject.party]
        ids = [(i.scheme, i.value) for p in records for i in p.identifiers]
        born = next((p.born for p in records if p.born), "")
        given = [*subject.identifiers, *([born] if born else [])]
        stated = "; ".join(dict.fromkeys([*given, *(f"{scheme} {value}" for scheme, value in ids)]))
        stated_zh = "；".join(dict.fromkeys([*given, *(f"{_PAPERS.get(s.lower(), s)} {v}" for s, v in ids)]))
        place = next((p.address for p in records if p.address), "")
        name = subject.name or plan.party(subject.party)
        shown = _both(stated, stated_zh, ("R4.7", "identifiers", "识别信息"))
        where = _both(place, place, ("R4.7", "location", "所在地"))
        yield f"{name}: {shown[0]}; {where[0]}.", f"{subject.name_zh or name}：{shown[1]}；{where[1]}。", True
    for asset in sorted(plan.dossier.assets.values(), key=lambda a: plan.asset_ids[a.record]):
        number, cited = plan.asset_ids[asset.record], cite(plan.cite(asset.cite))
        where = _both(asset.country, asset.country, ("R4.7", "location", "所在地"))
        yield (
            f"{number}: {asset.description}, {where[0]} [{cited}].",
            f"{number}：{asset.description}，{where[1]}[{cited}]。",
            True,
        )


def _purpose(plan: Plan) -> Body:
    case = plan.case
    yield "[MISSING R4.8 purpose for which the evidence is sought]", "[MISSING R4.8 取证目的]", True
    for en, zh, value in (
        ("Confidentiality", "保密", case.special_confidentiality),
        ("Urgency", "紧急", case.special_urgency),
    ):
        shown = _both(value, value, ("R4.9", f"{en.lower()} and reason", f"{zh}及理由"))
        yield f"{en}: {shown[0]}.", f"{zh}：{shown[1]}。", True
    for r in plan.requirements:
        if r.status in _STATUSES:
            word, word_zh = _STATUSES[r.status]
            yield f"[{word} {r.req_id}] {r.note or r.text_en}", f"[{word_zh} {r.req_id}] {r.note_zh or r.text_zh}", True


def _legible(style: Any) -> None:
    """Set black type with a face for Latin and one for Chinese: the template's own are blue, and Japanese for Han characters."""
    style.font.color.rgb = RGBColor(0, 0, 0)
    properties = style.element.get_or_add_rPr()
    faces = properties.get_or_add_rFonts()
    for name in [name for name in faces.attrib if name.endswith("Theme")]:
        del faces.attrib[name]
    for script, face in (("ascii", "Arial"), ("hAnsi", "Arial"), ("cs", "Arial"), ("eastAsia", "SimSun")):
        faces.set(qn(f"w:{script}"), face)
    language = properties.find(qn("w:lang"))
    if language is None:
        language = OxmlElement("w:lang")
        properties.append(language)
    language.set(qn("w:val"), "en-GB")
    language.set(qn("w:eastAsia"), "zh-CN")


def docx(plan: Plan, made: Sequence[Paragraph], language: str) -> bytes:
    """Return the draft in one language as a document; each paragraph is a bookmark with its id, the same in both."""
    document = Document()
    document.styles["Normal"].font.size = Pt(10)
    for name in ("Normal", "Title", "Heading 1", "Heading 2", "Header"):
        _legible(document.styles[name])
    draft = "DRAFT · not for transmission" if language == "en" else "DRAFT 草案 · 不得发送"
    mark = draft if plan.is_draft else f"{plan.case.id} v{plan.case.version}"
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

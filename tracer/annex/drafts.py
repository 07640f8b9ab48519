"""Request drafts in English and Chinese from one template tree; what a person must supply stays `[MISSING ...]` (annex.md 7).

Order of UNCAC 46(15): authority; subject, nature, functions; facts; assistance and procedure; identity and location;
purpose [K]. Sentences are the forms of annex.md section 11 and no others.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

from docx import Document

from tracer.annex.book import stable_zip
from tracer.annex.contents import cite_text
from tracer.model import RULE_NAMES, Dossier, major
from tracer.model.requests import Requirement

__all__ = ["draft", "paragraphs"]


def paragraphs(d: Dossier, requirements: Sequence[Requirement]) -> Iterator[tuple[str, int, str, str]]:
    """Yield (paragraph id, heading level or 0, English, Chinese)."""
    case, status = d.case, {r.req_id: r.status for r in requirements}
    number = 0

    def line(en: str, zh: str, level: int = 0) -> tuple[str, int, str, str]:
        nonlocal number
        number += 1
        return f"p{number:03d}", level, en, zh

    def need(name: str, value: str) -> str:
        return value or f"[MISSING {name}]"

    yield line("DRAFT - not for transmission", "草稿，不得发送", 1)
    yield line(f"Request for mutual legal assistance: {case.title_en}", f"司法协助请求书：{case.title_zh}", 1)
    yield line(
        "Nothing here is legal advice; points marked K are to be confirmed with counsel.",
        "本稿不构成法律意见；标 K 之处请律师确认。",
    )
    yield line("1. Authority", "一、请求机关", 2)
    yield line(
        f"Requesting authority: {need('R4.4 authority', case.authority_en)}; official: {need('R4.4 official', case.official)}; contact: {need('R4.4 contact', case.contact)}.",
        f"请求机关：{need('R4.4 authority', case.authority_zh)}；承办人：{need('R4.4 official', case.official)}；联系方式：{need('R4.4 contact', case.contact)}。",
    )
    yield line(
        f"Addressed to: {need('R4.10 central authority', case.requested_authority_ref)} (UNVERIFIED 未核实).",
        f"致：{need('R4.10 central authority', case.requested_authority_ref)}（未核实）。",
    )
    basis = "; ".join(f"{b.instrument}, arts. {', '.join(b.articles)}" for b in case.legal_basis)
    yield line(f"Legal basis: {need('R4.3 treaty', basis)}.", f"依据：{need('R4.3 treaty', basis)}。")
    yield line("2. Subject and nature of the proceedings; provisions", "二、案件性质与法律规定", 2)
    for o in case.offences:
        yield line(
            f"{o.title_en}: {need('R4.6 text', o.text_en)} Penalty: {need('R4.6 penalty', ' - '.join(filter(None, (o.penalty_min, o.penalty_max))))}.",
            f"{o.title_zh}：{need('R4.6 text', o.text_zh)} 罚则：{need('R4.6 penalty', ' - '.join(filter(None, (o.penalty_min, o.penalty_max))))}。",
        )
    yield line("3. Facts", "三、案件事实", 2)
    yield from _facts(d, line)
    yield line("4. Assistance sought and its relevance", "四、请求事项及其相关性", 2)
    for gap in d.gaps:
        if gap.ask_en:
            yield line(
                f"{gap.ask_en} Relevance: {gap.description_en} [16:{gap.id}]",
                f"{gap.ask_zh} 相关性：{gap.description_zh}[16:{gap.id}]",
            )
    for wire in d.wires:
        for asked in wire.requests:
            quoted: object = asked["quote"]
            refs = ", ".join(quoted) if isinstance(quoted, list) else ""
            account_en = f"account {asked['account']}" if asked["account"] else "the account concerned"
            account_zh = f"账户 {asked['account']}" if asked["account"] else "相关账户"
            yield line(
                f"From {asked['to']}: the records of {account_en} for the payment of {wire.value_date}, references {refs}.",
                f"请 {asked['to']} 提供{account_zh}就 {wire.value_date} 付款的记录，参考号 {refs}。",
            )
    yield line("5. Identity and location", "五、人员与处所", 2)
    for s in case.subjects:
        ids = "; ".join(s.identifiers)
        yield line(
            f"{s.name or s.party}: {need('R4.7 identifiers', ids)}.",
            f"{s.name_zh or s.name or s.party}：{need('R4.7 identifiers', ids)}。",
        )
    yield line("6. Purpose and special requirements", "六、用途与特殊要求", 2)
    yield line(
        f"Confidentiality: {need('R4.9 confidentiality and its reason', case.special_confidentiality)}. Urgency: {need('R4.9 urgency and its reason', case.special_urgency)}.",
        f"保密：{need('R4.9 confidentiality and its reason', case.special_confidentiality)}。紧急：{need('R4.9 urgency and its reason', case.special_urgency)}。",
    )
    missing = [r.req_id for r in requirements if r.status == "missing"]
    yield line(
        f"Open requirements: {', '.join(missing) or 'none'}; R4.1 {status.get('R4.1', '')}.",
        f"未完成要件：{'、'.join(missing) or '无'}；R4.1 {status.get('R4.1', '')}。",
    )


def _facts(d: Dossier, line: object) -> Iterator[tuple[str, int, str, str]]:
    assert callable(line)
    selected = d.case.tracing.selected
    code, words_en, words_zh = RULE_NAMES[selected]
    claims = {c.event: c for c in d.trace.claims}
    for event in d.case.events:
        claim = claims.get(event.id)
        cite = cite_text(d, d.postings[claim.posting].cite) if claim else f"MISSING R4.5 credit of {event.id}"
        amount = major(event.amount, event.currency, group=True)
        yield line(
            f"On {event.on}, {amount} {event.currency} was transferred from {event.payer} to {event.payee} [{cite}].",
            f"{event.on}，{amount} {event.currency} 由{event.payer}汇至{event.payee}[{cite}]。",
        )
    for target in d.trace.targets:
        if target.kind != "asset":
            continue
        traced, paid = (major(x, target.currency, group=True) for x in (target.by_rule[selected], target.recorded))
        low, high = (major(x, target.currency, group=True) for x in (target.bounds.floor, target.bounds.ceiling))
        cites = cite_text(d, *(d.postings[p].cite for p in target.postings if p in d.postings))
        yield line(
            f"{paid} {target.currency} was paid for {target.name} [{cites}]. Under {code} ({words_en}), {traced} {target.currency} of that amount is traced to the events [12]. At least {low} {target.currency}, whichever conserving rule is adopted, and at most {high} {target.currency} [15].",
            f"{target.name} 的付款为 {paid} {target.currency}[{cites}]。按{code}（{words_zh}）计算，其中 {traced} {target.currency} 可追踪至该等事件[12]。无论采用何种守恒规则，至少 {low} {target.currency}，至多 {high} {target.currency}[15]。",
        )
    for wire in d.wires:
        for us in wire.us:
            cite = cite_text(d, *(d.messages[k].cite for k in us.documents if k in d.messages))
            yield line(f"{us.sentence_en.rstrip('.')} [{cite}].", f"{us.sentence_zh.rstrip('。')}[{cite}]。")
    for gap in d.gaps:
        if gap.kind == "missing_statement":
            yield line(f"{gap.description_en} [16:{gap.id}]", f"{gap.description_zh}[16:{gap.id}]")


def draft(d: Dossier, requirements: Sequence[Requirement], language: str) -> bytes:
    """Return a docx; paragraph ids are the same in both languages."""
    document = Document()
    for name, level, english, chinese in paragraphs(d, requirements):
        text = english if language == "en" else chinese
        made = document.add_heading(text, level) if level else document.add_paragraph(text)
        made.paragraph_format.keep_with_next = bool(level)
        bookmark = made._p
        bookmark.set("{http://schemas.microsoft.com/office/word/2010/wordml}paraId", f"{int(name[1:]):08X}")
    buffer = io.BytesIO()
    document.save(buffer)
    return stable_zip(buffer.getvalue(), d.case.as_of)

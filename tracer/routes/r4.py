"""R4, the formal request for evidence: its eleven requirements in order, each met by a cite or reported open.

Source:    requests.md section 3, rows R4.1 to R4.11 (Guide B.1 to B.3; UNCAC 46).
Authority: UNCAC art. 46(15) for the contents of a request [K]; art. 43(2) for dual criminality by conduct.
Against:   a treaty between the two States goes first and may ask for more; the requested State's own form prevails [K].
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from tracer.model import Dossier, Offence, Party, Requirement
from tracer.routes.next_requests import next_requests

__all__ = ["DEMANDS", "Demand", "evaluate"]

Status = Literal["complete", "partial", "missing", "n/a"]
COUNSEL_EN, COUNSEL_ZH = "confirm with counsel", "请律师确认"


@dataclass(frozen=True, slots=True)
class Demand:
    """One row of the inventory. Ids are stable: sheet 03, the drafts and the tests name them."""

    req_id: str
    stop: Literal["★", "☆", "◆", ""]
    text_en: str
    text_zh: str
    source: str
    statute: str
    mark: Literal["F", "K"]
    who: str


@dataclass(frozen=True, slots=True)
class Answer:
    """How the case meets one demand; notes in both languages say what is open."""

    status: Status
    evidence: str = ""
    en: str = ""
    zh: str = ""


DEMANDS: tuple[Demand, ...] = (
    Demand(
        "R4.1",
        "",
        "Each measure asked for is one that needs a formal request: account or wire records, business records of the unwilling,"
        " certificates, search, telecommunication records, enforcement of a foreign order, compelled testimony",
        "所请求的每项措施均属须经正式请求的措施：银行账户或汇款记录、不愿提供者的业务记录、证明书、搜查、通信记录、执行外国裁判、强制作证",
        "US asset-recovery guide (2017), B.1",
        "",
        "F",
        "C",
    ),
    Demand(
        "R4.2",
        "☆",
        "Legal basis: an instrument in force for both States that covers the conduct",
        "法律依据：对两国均有效且涵盖该行为的文书",
        "US asset-recovery guide (2017), B.2",
        "UNCAC; UNTOC; 1988 Vienna Convention; bilateral treaty",
        "F",
        "P",
    ),
    Demand(
        "R4.3",
        "★",
        "Name of the treaty or convention relied on",
        "作为依据的双边条约或多边公约的名称",
        "US asset-recovery guide (2017), B.3",
        "UNCAC 46",
        "F",
        "P",
    ),
    Demand(
        "R4.4",
        "",
        "Authority conducting the investigation or prosecution",
        "进行调查或起诉的权力机构",
        "US asset-recovery guide (2017), B.3",
        "UNCAC 46(15)",
        "K",
        "P",
    ),
    Demand(
        "R4.5",
        "",
        "Facts, with the relation between the assets and the conduct",
        "案件的事实概述，以及被调查的资产与行为之间的关系",
        "US asset-recovery guide (2017), B.3",
        "",
        "F",
        "G",
    ),
    Demand(
        "R4.6",
        "★",
        "Text of the legal provisions, with penalties, translated, with the limitation period",
        "法律规定的文本，包括罚则、译文和时效",
        "US asset-recovery guide (2017), B.3; CAC/COSP/EG.1 2020 note, para. 73",
        "",
        "F",
        "P",
    ),
    Demand(
        "R4.7",
        "",
        "Persons and entities with identifiers: birth date, passport or ID number, company registration",
        "人员和实体及其可用的辨识信息：出生日期、护照或证件号码、公司登记信息",
        "US asset-recovery guide (2017), B.3",
        "",
        "F",
        "G",
    ),
    Demand(
        "R4.8",
        "",
        "Assistance sought, and why each item is relevant",
        "所要求的协助及其相关性",
        "US asset-recovery guide (2017), B.3",
        "",
        "F",
        "G",
    ),
    Demand(
        "R4.9",
        "",
        "Special requirements (confidentiality, urgency), and why",
        "特殊要求（保密、紧急）及其必要性",
        "US asset-recovery guide (2017), B.3",
        "",
        "F",
        "P",
    ),
    Demand(
        "R4.10",
        "",
        "The draft was cleared beforehand with the central authority of the requested State",
        "事先与被请求国中央机关商定请求书草案",
        "US asset-recovery guide (2017), B.3",
        "",
        "F",
        "P",
    ),
    Demand(
        "R4.11",
        "",
        "Own-law contents where the requesting State is the PRC: Chinese text with translation (art. 10); authority, nature, persons,"
        " facts, law, matters and purpose, link, time limit (art. 13); the bilateral agreement where it applies",
        "中国为请求国时的本国法要件：中文文本附译文（第十条）；机关、性质、人员、事实、法律、事项和目的、关联、期限（第十三条）；适用时依双边协定",
        "International Criminal Judicial Assistance Law of the PRC, arts. 10, 13",
        "国际刑事司法协助法",
        "F",
        "C",
    ),
)


def evaluate(dossier: Dossier) -> tuple[Requirement, ...]:
    """Return R4.1 to R4.11 as this dossier meets them."""
    return tuple(_required(demand, _ANSWERS[demand.req_id](dossier)) for demand in DEMANDS)


def _required(demand: Demand, answer: Answer) -> Requirement:
    en, zh = answer.en, answer.zh
    if demand.mark == "K":
        en, zh = f"{en}; {COUNSEL_EN}" if en else COUNSEL_EN, f"{zh}；{COUNSEL_ZH}" if zh else COUNSEL_ZH
    return Requirement(
        req_id=demand.req_id,
        stop=demand.stop,
        text_en=demand.text_en,
        text_zh=demand.text_zh,
        source=demand.source,
        statute=demand.statute,
        mark=demand.mark,
        who=demand.who,
        status=answer.status,
        evidence=answer.evidence,
        note=en,
        note_zh=zh,
    )


def _measures(dossier: Dossier) -> Answer:
    # every ask tracer drafts is for bank or wire records: row 4 of the route chooser, requests.md 5.1
    asks = sum(_asks(dossier))
    if not asks:
        return Answer(
            "n/a", en="no gap asks for a record; a person states other measures", zh="无须索取记录；其他措施由人员填写"
        )
    return Answer(
        "complete",
        _where(dossier),
        f"{asks} requests for bank or wire records (a)",
        f"{asks} 项银行或汇款记录请求（a）",
    )


def _basis(dossier: Dossier) -> Answer:
    bases = dossier.case.legal_basis
    if not bases:
        return Answer("missing", en="no instrument is stated in case.yaml", zh="case.yaml 未载明任何文书")
    named = ", ".join(b.instrument for b in bases)
    open_points = [
        f"{b.instrument}: in force for both States is not stated" for b in bases if b.both_in_force is not True
    ]
    zh = [f"{b.instrument}：未载明是否对两国均有效" for b in bases if b.both_in_force is not True]
    if any(b.instrument == "UNCAC" for b in bases):
        bare = [o.id for o in dossier.case.offences if not o.uncac]
        if bare:
            open_points.append(f"no UNCAC article for {', '.join(bare)}")
            zh.append(f"{'、'.join(bare)} 未载明公约条款")
    if open_points:
        return Answer("partial", f"case.yaml legal_basis: {named}", "; ".join(open_points), "；".join(zh))
    return Answer("complete", f"case.yaml legal_basis: {named}")


def _treaty(dossier: Dossier) -> Answer:
    named = [
        f"{b.instrument} art. {', '.join(b.articles)}" if b.articles else b.instrument for b in dossier.case.legal_basis
    ]
    named = [name for name in named if name.strip()]
    if not named:
        return Answer("missing", en="name the treaty or convention", zh="请载明条约或公约名称")
    return Answer("complete", "; ".join(named))


def _authority(dossier: Dossier) -> Answer:
    case = dossier.case
    wanted = (
        (case.authority_en, "name in English", "英文名称"),
        (case.authority_zh, "name in Chinese", "中文名称"),
        (case.authority_function, "function", "职能"),
        (case.official, "official", "承办人"),
        (case.official_title, "title of the official", "承办人职务"),
        (case.contact, "contact", "联系方式"),
    )
    lacking = [(en, zh) for value, en, zh in wanted if not value]
    if not (case.authority_en or case.authority_zh):
        return Answer("missing", en="no authority is stated", zh="未载明机关")
    if lacking:
        return Answer(
            "partial",
            "case.yaml requesting",
            "not filled in: " + ", ".join(en for en, _ in lacking),
            "未填写：" + "、".join(zh for _, zh in lacking),
        )
    return Answer("complete", "case.yaml requesting")


def _facts(dossier: Dossier) -> Answer:
    if not dossier.case.events:
        return Answer(
            "missing", en="no predicate event is stated: no event, no trace", zh="未载明上游犯罪事件：无事件则无追踪"
        )
    traced = {claim.event for claim in dossier.trace.claims}
    untraced = [e.id for e in dossier.case.events if e.id not in traced]
    unproved = [e.id for e in dossier.case.events if not e.exhibits]
    en, zh = [], []
    if untraced:
        en.append(f"not traced: {', '.join(untraced)}")
        zh.append(f"未追踪：{'、'.join(untraced)}")
    if unproved:
        en.append(f"no exhibit proves the event itself: {', '.join(unproved)}")
        zh.append(f"无证物证明事件本身：{'、'.join(unproved)}")
    en.append("a person reviews the narrative")
    zh.append("叙述须由人员审阅")
    where = "07_EVENTS; 11_FLOW; 12_ASSETS"
    if len(traced & {e.id for e in dossier.case.events}) == 0:
        return Answer("missing", where, "; ".join(en), "；".join(zh))
    return Answer("partial" if untraced or unproved else "complete", where, "; ".join(en), "；".join(zh))


def _lacks(offence: Offence) -> list[tuple[str, str]]:
    """Return what CR10 asks of an offence and is not there."""
    wanted = (
        (offence.text_zh or offence.text_en, "verbatim text", "条文原文"),
        (offence.text_zh and offence.text_en, "translation", "译文"),
        (offence.translator, "translator", "译者"),
        (offence.penalty_max or offence.penalty_min, "penalty", "罚则"),
        (offence.limitation_years is not None, "limitation period", "时效"),
        (_in_force(offence), "in force over the conduct period", "行为期间有效"),
    )
    return [(en, zh) for value, en, zh in wanted if not value]


def _in_force(offence: Offence) -> bool:
    if offence.in_force_from is None or offence.conduct_from is None:
        return False
    ends = offence.in_force_to is None or (offence.conduct_to is not None and offence.conduct_to <= offence.in_force_to)
    return offence.in_force_from <= offence.conduct_from and ends


def _provisions(dossier: Dossier) -> Answer:
    if not dossier.case.offences:
        return Answer("missing", en="no offence is stated", zh="未载明犯罪")
    en, zh, texts = [], [], 0
    for offence in dossier.case.offences:
        lacks = _lacks(offence)
        texts += bool(offence.text_zh or offence.text_en)
        if lacks:
            en.append(f"{offence.id}: {', '.join(e for e, _ in lacks)}")
            zh.append(f"{offence.id}：{'、'.join(z for _, z in lacks)}")
    if not texts:
        return Answer("missing", en="; ".join(en), zh="；".join(zh))
    if en:
        return Answer("partial", "06_OFFENCES", "not there: " + "; ".join(en), "欠缺：" + "；".join(zh))
    return Answer("complete", "06_OFFENCES")


def _identified(dossier: Dossier, party: str, stated: tuple[str, ...]) -> int:
    """Return how many identifiers a person or entity has: birth date, nationality of registration, numbers (Q17)."""
    records: list[Party] = [p for p in dossier.parties.values() if p.record == party]
    numbers = {(i.scheme, i.value) for p in records for i in p.identifiers}
    born = any(p.born for p in records)
    return len(numbers) + born + len(stated)


def _subjects(dossier: Dossier) -> Answer:
    subjects = dossier.case.subjects
    if not subjects:
        return Answer("missing", en="no person or entity is stated", zh="未载明人员或实体")
    thin = [s.name or s.party for s in subjects if _identified(dossier, s.party, s.identifiers) < 2]
    if thin:
        return Answer(
            "partial",
            "04_PARTIES",
            f"fewer than two identifiers: {', '.join(thin)}",
            f"识别信息少于两项：{'、'.join(thin)}",
        )
    return Answer("complete", "04_PARTIES")


def _asks(dossier: Dossier) -> tuple[int, int]:
    """Return how many asks stand on sheet 16 and, from the wires, only in the draft."""
    return sum(bool(gap.ask_en) for gap in dossier.gaps), sum(len(wire.requests) for wire in dossier.wires)


def _where(dossier: Dossier) -> str:
    """Return where each ask stands: those of a gap on sheet 16 and in the draft, those of a wire in the draft alone."""
    gaps, wires = _asks(dossier)
    draft = "request_R4_en.docx and request_R4_zh.docx, part 4"
    told = [f"16_GAPS: {gaps}"] if gaps else []
    return "; ".join([*told, f"{draft}: {gaps + wires}"])


def _assistance(dossier: Dossier) -> Answer:
    asks = sum(_asks(dossier))
    if not asks:
        return Answer(
            "missing", en="no gap yields an ask; state what is asked for", zh="无缺口产生请求；请载明所请求事项"
        )
    first = next_requests(dossier)[:1]
    en = "".join(f"; decides most: {_short(one.line_en, ': ')}" for one in first if one.decides)
    zh = "".join(f"；影响最大者：{_short(one.line_zh, '：')}" for one in first if one.decides)
    return Answer(
        "complete", _where(dossier), f"{asks} items, a person reviews each{en}", f"{asks} 项，须由人员逐项审阅{zh}"
    )


def _short(line: str, mark: str) -> str:
    """Return bank, account and period of the line of a request."""
    return line.partition(mark)[0]


def _special(dossier: Dossier) -> Answer:
    case = dossier.case
    stated = [text for text in (case.special_confidentiality, case.special_urgency) if text]
    if stated:
        return Answer("complete", "case.yaml special_requirements")
    return Answer("n/a", en="no special requirement is stated in case.yaml", zh="case.yaml 未载明特殊要求")


def _cleared(dossier: Dossier) -> Answer:
    if any(role == "central_authority" and day for role, _, day in dossier.case.signoffs):
        return Answer("complete", "case.yaml signoff")
    return Answer(
        "missing",
        en="send the draft to the central authority of the requested State first; record it under signoff, role central_authority",
        zh="请先将草案送交被请求国中央机关，并记入案件文件的签署栏",
    )


def _own_law(dossier: Dossier) -> Answer:
    case = dossier.case
    if case.requesting_state != "CN":
        return Answer("n/a", en=f"requesting State is {case.requesting_state or 'not stated'}", zh="请求国非中国")
    wanted = (
        (case.authority_zh, "authority", "机关"),
        (case.offences, "nature of the case, law", "案件性质、法律"),
        (case.subjects, "persons", "人员"),
        (case.events, "facts", "事实"),
        (sum(_asks(dossier)), "matters and purpose", "事项和目的"),
        (case.special_urgency, "time limit", "期限"),
        (case.translation_into, "translation into the language of the requested State", "被请求国文字译文"),
    )
    lacking = [(en, zh) for value, en, zh in wanted if not value]
    if lacking:
        return Answer(
            "partial",
            "request_R4_zh.docx",
            "not there: " + ", ".join(en for en, _ in lacking),
            "欠缺：" + "、".join(zh for _, zh in lacking),
        )
    return Answer("complete", "request_R4_zh.docx")


_ANSWERS: dict[str, Callable[[Dossier], Answer]] = {
    "R4.1": _measures,
    "R4.2": _basis,
    "R4.3": _treaty,
    "R4.4": _authority,
    "R4.5": _facts,
    "R4.6": _provisions,
    "R4.7": _subjects,
    "R4.8": _assistance,
    "R4.9": _special,
    "R4.10": _cleared,
    "R4.11": _own_law,
}

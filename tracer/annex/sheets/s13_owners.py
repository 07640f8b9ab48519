"""13_BO: chains of ownership and control on the key dates, and each law's own answer (annex.md section 3, ownership.md).

No blended percentage: a chain shows its own product, a law its own test. What is shown is completed by what is not: the part of
each entity that no source documents, and everything that the table says of itself (a loop without an owner, a nominee).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

from tracer.annex.cells import Formula, Raw
from tracer.annex.plan import AID, Plan, Sheet, col
from tracer.model import Chain, Interest, Verdict

KINDS = (
    "shares",
    "votes",
    "appointment",
    "nominee",
    "trustee",
    "settlor",
    "signatory-control",
    "family",
    "contractual",
)
#: Codes of ownership.md section 6, and the statuses of section 5: what a reader must know beside a chain.
WORDS: dict[str, tuple[str, str]] = {
    "OVERSUBSCRIBED": ("more than the whole is stated: no share is computed", "载明的比例合计超过全部：不计算比例"),
    "CLOSED_LOOP": (
        "companies that own each other wholly: no owner outside, no natural person is reached",
        "公司互相全资持有：没有外部持有人，无法追溯至自然人",
    ),
    "SELF_HOLDING": ("holds shares of itself: shares and votes differ", "持有自身股份：股份与表决权不同"),
    "SELF_PSC": ("named as its own controller: a data error, not entered", "登记为自身的控制人：数据错误，未采用"),
    "ASSERTION_CONTRADICTS": ("a declared total lies outside what the chains give", "申报的合计与链条计算不符"),
    "DERIVED_EDGE": ("one edge is solved from a declared total", "有一项权益由申报合计推出"),
    "EXACTLY_75": ("the register's bands overlap at exactly 75 %", "登记区间在恰为75%处重叠"),
    "DOUBLE_ENTRY": ("two active entries for one holder and one kind", "同一持有人同类权益有两项有效登记"),
    "NO_START": ("no first day is stated", "未载明起始日"),
    "NO_END": ("no last day is stated", "未载明终止日"),
    "NO_SHARE": ("a holding without a share", "载明持有但无比例"),
    "NO_PARTY": ("an owner whom no source describes", "持有人无来源资料"),
    "LOOK_THROUGH": (
        "its name says that it holds for others: ask for its parties",
        "名称表明为他人持有：应查询其当事人",
    ),
    "UNKNOWN_KIND": ("a kind of interest that no list names", "权益类型不在清单内"),
    "INTERPRETATION": ("two readings of the rule differ; both are printed", "规则的两种解释结果不同；均予载明"),
    "INVALID_SHARE": ("a share that cannot be read", "比例无法识别"),
    "NOMINEE": ("a nominee holds for a named person", "代持人为具名人员持有"),
    "NOMINEE_OPEN": (
        "a nominee holds for nobody, or for several, in the records",
        "记录未载明代持人为何人持有，或载明多人",
    ),
    "CAPACITY": ("held in another capacity than the holder's own", "以非本人身份持有"),
    "PERSONS": ("some owners are known", "部分持有人已知"),
    "STATE": ("a state body, no natural person", "国家机构，无自然人"),
    "DECLARED_UNKNOWN": ("declared that the owner is not known", "申报持有人不明"),
    "DECLARED_NONE": ("declared that there is none", "申报无持有人"),
    "EXEMPT": ("exempt from disclosure", "免予披露"),
    "NO_PERSON": ("owners are stated, no person among them", "载明持有人，但无自然人"),
    "NO_DATA": ("no source states any owner", "无来源载明任何持有人"),
}
SOURCES = ("registry", "KYC", "leak", "declaration", "testimony")
_KINDS = {
    "shareholding": "shares",
    "votingRights": "votes",
    "appointmentOfBoard": "appointment",
    "nominee": "nominee",
    "nominator": "nominee",
    "trustee": "trustee",
    "settlor": "settlor",
}


def build(plan: Plan) -> Sheet:
    """Add sheet 13: chains by key date, then the verdicts."""
    sheet = plan.open(
        Sheet(
            "13_BO",
            ("Beneficial ownership", "受益所有权链"),
            (
                "Chains as the registers state them on the key dates; a structure may also serve lawful ends",
                "按登记处在关键日期的记载列示链条；公司结构亦可用于合法目的",
            ),
            AID,
            (
                col("chain_id", "Chain", "链", "T", 10),
                col("level", "Level", "层级", "N", 6),
                col("owner", "Owner", "持有方", "T", 24),
                col("owned", "Owned", "被持有方", "T", 24),
                col("interest", "Interest", "权益类型", "E", 12, KINDS),
                col("interest_printed", "Interest as printed", "权益类型（原文）", "T", 26),
                col("pct_from", "Share from", "比例下", "P", 11),
                col("pct_to", "Share to", "比例上", "P", 11),
                col("eff_from", "Product from", "累计比例下", "F", 11),
                col("eff_to", "Product to", "累计比例上", "F", 11),
                col("start", "From", "起", "D", 18),
                col("end", "To", "止", "D", 18),
                col("source", "Register", "来源登记处", "T", 44),
                col("pulled", "Pulled on", "调取日", "T", 11),
                col("source_status", "Source", "来源性质", "E", 11, SOURCES),
                col("conflict", "Contrary record", "相反记载", "T", 16),
                col("control", "Facts of control", "控制事实（谁付款、使用、指示）", "T", 18),
                col("alternative", "Alternative explanation", "其他解释", "T", 16),
                col("as_of", "As of", "截至", "D", 11),
            ),
        )
    )
    by_record = {i.record: i for i in plan.dossier.interests.values()} | dict(plan.dossier.interests)
    dates = {v.target: v.as_of for v in plan.dossier.verdicts}
    for n, chain in enumerate(plan.dossier.chains, 1):
        _chain(plan, sheet, f"CH-{n:03d}", chain, by_record, dates.get(chain.target))
    _verdicts(plan, sheet, by_record)
    _residuals(plan, sheet)
    _defects(plan, sheet)
    return sheet


def _share(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(text)


def _percent(share: Fraction | None) -> Raw:
    """Return a share for a cell: exact where it ends within 15 digits, else to 15 digits."""
    if share is None:
        return None
    return (Decimal(share.numerator) / Decimal(share.denominator)).quantize(Decimal("1e-15")).normalize() + Decimal(0)


def _chain(
    plan: Plan, sheet: Sheet, name: str, chain: Chain, by_record: dict[str, Interest], as_of: date | None
) -> None:
    start = sheet.next_row
    for level, key in enumerate(chain.interests, 1):
        interest = by_record.get(key)
        if interest is None:
            continue
        row = sheet.next_row
        exhibit = plan.exhibits.get(interest.cite.exhibit)
        kind = _KINDS.get(interest.kind, "contractual")
        values: dict[str, Raw] = {
            "chain_id": name,
            "level": level,
            "owner": plan.party(interest.owner),
            "owned": plan.party(interest.subject),
            "interest": "nominee"
            if interest.capacity == "nominee"
            else "trustee"
            if interest.capacity == "as_trust"
            else kind,
            "interest_printed": f"{interest.kind}{'' if interest.capacity == 'own' else f' ({interest.capacity})'}",
            "pct_from": _percent(_share(interest.lo)),
            "pct_to": _percent(_share(interest.hi)),
            "start": interest.valid_from,
            "end": interest.valid_to,
            "source": (exhibit.title_en or exhibit.name) if exhibit else "",
            "pulled": exhibit.received_at[:10] if exhibit else "",
            "source_status": "registry",
            "conflict": _nomination(plan, interest),
            "as_of": as_of,
        }
        shares = [by_record[k] for k in chain.interests[:level] if k in by_record]
        for side in ("from", "to"):
            told = [i for i in shares if (i.lo if side == "from" else i.hi) is not None]
            if chain.share is None or not told:
                continue  # control without a share: no product can be formed
            letter = sheet.letter(f"pct_{side}")  # a nomination has no share of its own: it passes the nominee's on
            values[f"eff_{side}"] = Formula(f"=PRODUCT({letter}{start}:{letter}{row})", "percent")
        sheet.add(values | plan.meta(sheet, interest.cite))


def _nomination(plan: Plan, interest: Interest) -> Raw:
    """Return the statement by which a holding is a nominee's, and for whom: the title stands, the ownership is another's."""
    if interest.kind not in {"shareholding", "votingRights"}:
        return None
    same = [i for i in plan.dossier.interests.values() if i.subject == interest.subject]
    titles = [i for i in same if i.owner == interest.owner and (i.kind == "nominee" or i.capacity == "nominee")]
    if not titles:
        return None
    behind = [i for i in same if i.kind == "nominator"]
    told = [f"nominee 代持: {plan.number(i.cite.exhibit)}@{i.cite.locator}" for i in titles if i is not interest]
    told += [f"for 为 {plan.party(i.owner)}: {plan.number(i.cite.exhibit)}@{i.cite.locator}" for i in behind]
    return "; ".join(told) or "nominee 代持"


def _residuals(plan: Plan, sheet: Sheet) -> None:
    """Add the part of each entity that nobody known is shown to hold, per key date."""
    block = sheet.block(
        ("Part that no source documents, by entity and key date", "无来源载明持有人的部分（按实体和关键日期）"),
        (
            col("residual_id", "No.", "编号", "T", 10),
            col("whole", "Whole", "全部", "N", 6),
            col("entity", "Entity", "实体", "T", 24),
            col("target", "Asked about", "所问实体", "T", 24),
            col("status", "Status", "状态", "T", 12),
            col("meaning", "Meaning", "含义", "T", 26),
            col("lo", "Not documented from", "未载明比例下", "P", 11),
            col("hi", "Not documented to", "未载明比例上", "P", 11),
            col("reason", "Reason code of the source", "来源原因代码", "T", 11),
            col("open", "Open ends", "开区间", "T", 11),
            col("as_of", "As of", "截至", "D", 11),
        ),
    )
    for n, found in enumerate(plan.dossier.residuals, 1):
        into = [i.cite for i in plan.dossier.interests.values() if i.subject == found.entity]
        into += [p.cite for p in plan.dossier.parties.values() if p.record == found.entity and not into]
        values: dict[str, Raw] = {
            "residual_id": f"RS-{n:03d}",
            "whole": 1,
            "entity": plan.party(found.entity),
            "target": plan.party(found.target),
            "status": found.status,
            "meaning": " ".join(WORDS.get(found.status, (found.status, ""))),
            "lo": _percent(found.share.lo),
            "hi": _percent(found.share.hi),
            "reason": found.reason,
            "open": ", ".join(
                w for w, is_open in (("from", found.share.lo_open), ("to", found.share.hi_open)) if is_open
            ),
            "as_of": found.as_of,
        }
        block.add(values | plan.meta(block, *into, confidence="inferred"))


def _defects(plan: Plan, sheet: Sheet) -> None:
    block = sheet.block(
        ("What the table of interests says of itself", "权益表自身的错误与提示"),
        (
            col("flag_id", "No.", "编号", "T", 10),
            col("count", "Entities", "实体数", "N", 6),
            col("members", "Entities concerned", "涉及实体", "T", 24),
            col("code", "Code", "代码", "T", 24),
            col("meaning_en", "Meaning", "含义（英）", "T", 12),
            col("meaning_zh", "Meaning, Chinese", "含义（中）", "T", 26),
        ),
        meta=False,
    )
    for n, (code, members) in enumerate(plan.dossier.hygiene, 1):
        en, zh = WORDS.get(code, (code, ""))
        shown = "; ".join(plan.party(m) for m in members)
        block.add(
            {
                "flag_id": f"FL-{n:03d}",
                "count": len(members),
                "members": shown,
                "code": code,
                "meaning_en": en,
                "meaning_zh": zh,
            }
        )


def _verdicts(plan: Plan, sheet: Sheet, by_record: dict[str, Interest]) -> None:
    block = sheet.block(
        ("Answer of each law on its own test", "各法律按自身标准的结论"),
        (
            col("law", "Law", "法律", "T", 10),
            col("no", "No.", "序号", "N", 6),
            col("person", "Person", "人员", "T", 24),
            col("target", "Entity", "实体", "T", 24),
            col("verdict", "Answer", "结论", "E", 12, ("YES", "NO", "UNDETERMINED")),
            col("figures", "Shares", "比例", "T", 26),
            col("tests", "Limbs", "各项标准", "T", 11),
            col("operator", "Operator", "比较符", "T", 11),
            col("rule_version", "Version of the rule", "规则版本", "T", 11),
            col("as_of", "As of", "截至", "D", 11),
            col("basis", "Basis", "依据", "T", 18),
            col("flags", "Flags", "提示", "T", 18),
            col("assumptions", "Assumptions", "假设", "T", 44),  # under the widest column of the table above
        ),
    )
    ordered = sorted(plan.dossier.verdicts, key=lambda v: (v.as_of, v.target, v.law, v.person))
    for n, verdict in enumerate(ordered, 1):
        cites = [by_record[c].cite for c in verdict.chains if c in by_record]
        block.add(_verdict(plan, verdict) | {"no": n} | plan.meta(block, *cites))


def _verdict(plan: Plan, verdict: Verdict) -> dict[str, Raw]:
    return {
        "law": verdict.law,
        "person": plan.party(verdict.person),
        "target": plan.party(verdict.target),
        "verdict": verdict.verdict,
        "basis": ", ".join(verdict.basis),
        "tests": "; ".join(f"{k}: {v}" for k, v in sorted(verdict.tests.items())),
        "figures": "; ".join(f"{k} {v}" for k, v in sorted(verdict.figures.items())),
        "operator": verdict.operator,
        "rule_version": verdict.rule_version,
        "as_of": verdict.as_of,
        "assumptions": "; ".join(verdict.assumptions),
        "flags": "; ".join(verdict.flags),
    }

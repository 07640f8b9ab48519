"""13_BO: chains of ownership and control on the key dates, and each law's own answer (annex.md section 3, ownership.md).

No blended percentage: a chain shows its own product, a law its own test.
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
                col("interest_printed", "Interest as printed", "权益类型（原文）", "T", 18),
                col("pct_from", "Share from", "比例下", "P", 11),
                col("pct_to", "Share to", "比例上", "P", 11),
                col("eff_from", "Product from", "累计比例下", "F", 11),
                col("eff_to", "Product to", "累计比例上", "F", 11),
                col("start", "From", "起", "D", 11),
                col("end", "To", "止", "D", 11),
                col("source", "Register", "来源登记处", "T", 18),
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
            "as_of": as_of,
        }
        shares = [by_record[k] for k in chain.interests[:level] if k in by_record]
        for side in ("from", "to"):
            if any((i.lo if side == "from" else i.hi) is None for i in shares):
                continue  # control without a share: no product can be formed
            letter = sheet.letter(f"pct_{side}")
            values[f"eff_{side}"] = Formula(f"=PRODUCT({letter}{start}:{letter}{row})", "percent")
        sheet.add(values | plan.meta(sheet, interest.cite))


def _verdicts(plan: Plan, sheet: Sheet, by_record: dict[str, Interest]) -> None:
    block = sheet.block(
        ("Answer of each law on its own test", "各法律按自身标准的结论"),
        (
            col("law", "Law", "法律", "T", 10),
            col("no", "No.", "序号", "N", 6),
            col("person", "Person", "人员", "T", 24),
            col("target", "Entity", "实体", "T", 24),
            col("verdict", "Answer", "结论", "E", 12, ("YES", "NO", "UNDETERMINED")),
            col("basis", "Basis", "依据", "T", 18),
            col("tests", "Limbs", "各项标准", "T", 11),
            col("figures", "Shares", "比例", "T", 11),
            col("operator", "Operator", "比较符", "T", 11),
            col("rule_version", "Version of the rule", "规则版本", "T", 11),
            col("as_of", "As of", "截至", "D", 11),
            col("assumptions", "Assumptions", "假设", "T", 11),
            col("flags", "Flags", "提示", "T", 18),
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

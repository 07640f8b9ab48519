"""14_NEXUS: where a payment touched the United States, by grade of the record (annex.md section 3, nexus.md sections 4 to 7).

USD is not the nexus; a named US institution in a record is. One row per wire and institution; `counts` is 1 on the
best-graded row of a wire, so that a wire with two US institutions counts once. Grades are never merged into one total.
"""

from __future__ import annotations

from tracer.annex.cells import Formula, Raw, money
from tracer.annex.plan import SUMMARY, Plan, Sheet, col, live
from tracer.model import UsInstitution, Wire, exponent

GRADES = ("G1", "G2a+", "G2a", "G2b", "G3", "G4", "G5", "G0")
TYPES = ("N1", "N2", "N3", "N4", "N5", "N6")
_PROOF = dict.fromkeys(("G1", "G2a+", "G2a", "G2b", "G3"), "documented") | {
    "G4": "inferred",
    "G5": "presumed",
    "G0": "none",
}
_CONFIDENCE = {"documented": "documented", "inferred": "inferred"}


def build(plan: Plan) -> Sheet:
    """Add sheet 14, documented rows first."""
    sheet = plan.open(
        Sheet(
            "14_NEXUS",
            ("US nexus", "美国联系"),
            (
                "Payments in whose records a US institution is named, with the grade of the record; thresholds on the traced amount; venue and 981(k): confirm with counsel",
                "记录中载有美国机构的付款及记录等级；门槛以追踪金额计；审判地及981(k)请律师确认",
            ),
            SUMMARY,
            (
                col("nexus_id", "Nexus id", "编号", "T", 9),
                col("type", "Type", "类型", "E", 7, TYPES),
                col("wire_id", "Wire", "汇款/资产编号", "T", 26),
                col("us_institution", "US institution", "美国机构", "T", 18),
                col("aba_bic", "ABA or BIC", "ABA/BIC", "T", 13),
                col("city", "City", "城市", "T", 12),
                col("state", "State", "州", "T", 8),
                col("district", "District", "司法区", "T", 10),
                col("date", "Date", "日期", "D", 11),
                col("amount", "Amount", "金额", "M", 16),
                col("ccy", "Currency", "币种", "T", 8),
                col("traced", "Traced amount", "追踪金额", "M", 16),
                col("origin", "Events", "事件构成", "T", 14),
                col("proof_grade", "Proof", "证明程度", "E", 12, ("documented", "inferred", "presumed", "none")),
                col("record_grade", "Record grade", "记录等级", "E", 8, GRADES),
                col("counts", "Counts", "计入", "N", 7),
                col("gt10k", "Over 10,000", "超过1万", "F", 7),
                col("ge5k", "5,000 or more", "5千及以上", "F", 7),
                col("hooks", "Provisions to consider", "涉及法条", "T", 24),
                col("venue_note", "Venue", "审判地说明", "T", 16),
                col("k981", "981(k) alternative", "981(k)备选", "T", 10),
                col("counter", "Facts against", "不利事实", "T", 60),
                col("role", "Role", "角色", "T", 20),
                col("tag_path", "Field", "字段", "T", 16),
                col("producer", "Produced by", "提供机构", "T", 14),
                col("sentence", "Sentence", "可用表述（英）", "T", 40),
                col("sentence_zh", "Sentence, Chinese", "可用表述（中）", "T", 34),
            ),
        )
    )
    rows = [(wire, us, us is _best(wire)) for wire in plan.dossier.wires for us in wire.us]
    rows.sort(key=lambda r: (GRADES.index(_grade(r[1])), str(r[0].value_date or ""), r[0].wire_id, r[1].id))
    rows.sort(key=lambda r: _PROOF[_grade(r[1])] != "documented")
    for n, (wire, us, best) in enumerate(rows, 1):
        _add(plan, sheet, f"N-{n:03d}", wire, us, counts=int(best))
    for grade in GRADES:
        for currency in sorted({w.currency for w, us, best in rows if best and _grade(us) == grade}):
            spans = {k: sheet.span(k) for k in ("amount", "record_grade", "counts", "ccy")}
            text = f'SUMIFS({spans["amount"]},{spans["record_grade"]},"{grade}",{spans["counts"]},1,{spans["ccy"]},"{currency}")'
            sheet.total(f"{grade} {currency}", live(text, exponent(currency)))
    return sheet


def _grade(us: UsInstitution) -> str:
    return us.grade if us.grade in GRADES else "G0"


def _best(wire: Wire) -> UsInstitution | None:
    """Return the best-graded institution of a wire; on a tie the first in the path."""
    return min(wire.us, key=lambda us: GRADES.index(_grade(us)), default=None)


def _traced(plan: Plan, wire: Wire) -> int | None:
    """Return what the selected rule traces through the wire: of its debit in a held account, else of its credit."""
    rule = plan.case.tracing.selected
    found: dict[str, int] = {}
    claims = {c.posting: c.amount for c in plan.trace.claims}
    transfer = next((t for t in plan.dossier.transfers if wire.transfer and t.id == wire.transfer), None)
    legs = [transfer.debit, transfer.credit] if transfer else []
    legs += [key for key in wire.documents if key in plan.dossier.postings]
    for account in plan.trace.accounts:
        for row in account.rows:
            if row.posting in legs and account.currency == wire.currency:
                inflow = row.traced_in.get(rule, 0) + row.absorbed.get(rule, 0)
                found[row.kind] = (
                    row.traced_out.get(rule, 0) if row.kind == "debit" else claims.get(row.posting, inflow)
                )
    return found.get("debit", found.get("credit"))


def _hook(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k} {_hook(v)}".strip() for k, v in sorted(value.items()) if v not in (None, False, ""))
    if isinstance(value, list | tuple):
        return ", ".join(_hook(v) for v in value)
    return "" if value is True else str(value)


def _add(plan: Plan, sheet: Sheet, name: str, wire: Wire, us: UsInstitution, *, counts: int) -> None:
    row, grade = sheet.next_row, _grade(us)
    traced = _traced(plan, wire)
    cites = [plan.dossier.messages[k].cite for k in us.documents if k in plan.dossier.messages]
    cites += [plan.dossier.postings[k].cite for k in us.documents if k in plan.dossier.postings]
    producers = [plan.exhibits[c.exhibit].producer for c in cites if c.exhibit in plan.exhibits]
    cover = bool(wire.announcement)
    values: dict[str, Raw] = {
        "nexus_id": name,
        "type": "N2" if cover else "N1",
        "wire_id": wire.wire_id,
        "us_institution": us.place or us.id,
        "aba_bic": us.id,
        "city": us.city or "",
        "date": wire.value_date,
        "amount": money(wire.settled_max, wire.currency),
        "ccy": wire.currency,
        "traced": money(traced, wire.currency) if traced is not None else None,
        "proof_grade": _PROOF[grade],
        "record_grade": grade,
        "counts": counts,
        "hooks": "; ".join(f"{k}: {_hook(v)}".rstrip(": ") for k, v in sorted(wire.hooks.items()) if v),
        "venue_note": "28 USC 1355(b), confirm with counsel 请律师确认",
        "k981": "confirm with counsel 请律师确认",
        "counter": "; ".join(
            [
                *(f"{who}: {why}" for who, why in wire.excluded),
                *wire.notes,
                *(f"{en} {zh}" for en, zh in wire.counterpoints),
            ]
        ),
        "role": ", ".join(us.roles),
        "tag_path": ", ".join(us.fields),
        "producer": ", ".join(dict.fromkeys(p for p in producers if p)),
        "sentence": us.sentence_en,
        "sentence_zh": us.sentence_zh,
    }
    dollars = wire.currency == "USD"
    cell = sheet.at("traced", row)
    values["gt10k"] = Formula(f'=IF({cell}>10000,"Y","N")', "text") if dollars and traced is not None else None
    values["ge5k"] = Formula(f'=IF({cell}>=5000,"Y","N")', "text") if dollars and traced is not None else None
    confidence = _CONFIDENCE.get(_PROOF[grade], "assumed")
    sheet.add(values | plan.meta(sheet, *cites, confidence=confidence))

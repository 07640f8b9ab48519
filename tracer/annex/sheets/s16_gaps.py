"""16_GAPS: what is missing, assumed or contrary, and what was found while the annex was planned (annex.md section 3).

Every gap above zero yields one ask. Long texts and the marks set for characters that no file can hold are listed here too:
nothing is cut or replaced in silence.
"""

from __future__ import annotations

from tracer.annex.cells import Raw, money
from tracer.annex.plan import ADMINISTRATIVE, Plan, Sheet, col
from tracer.annex.sheets.s05_accounts import breaks_of
from tracer.model import RULE_NAMES, Gap, GapEffect, major

TYPES = (
    "missing statement",
    "unmatched wire",
    "cash",
    "assumption",
    "conflict",
    "adverse fact",
    "translation doubt",
    "break",
    "rejected line",
    "long text",
)
_TYPES = {
    "missing_statement": "missing statement",
    "unmatched_leg": "unmatched wire",
    "unknown_origin": "assumption",
    "unnamed_counterparty": "assumption",
    "break": "conflict",  # of a statement as a whole; the type break is that of one printed balance (C02)
    "overlap": "conflict",
    "rejected_line": "rejected line",
    "check_off": "conflict",  # of an exhibit with itself: days, marks, printed totals (C20)
    "unordered_day": "assumption",
    "conflict": "conflict",
    "assumption": "assumption",
    "cash": "cash",
}


def build(plan: Plan) -> Sheet:
    """Add sheet 16: the case's own gaps, the adverse facts, then what planning found."""
    sheet = plan.open(
        Sheet(
            "16_GAPS",
            ("Gaps and assumptions", "缺口与假设"),
            ("What is missing, assumed or contrary, and what would close it", "缺失、假设与不利事项及补足方法"),
            ADMINISTRATIVE,
            (
                col("gap_id", "Gap id", "缺口编号", "T", 9),
                col("type", "Type", "类型", "E", 16, TYPES),
                col("description", "Description", "说明", "T", 40),
                col("description_zh", "Description, Chinese", "说明（中文）", "T", 34),
                col("affects", "Affects", "影响行/资产", "T", 18),
                col("amount", "Amount", "涉及金额", "M", 16),
                col("ccy", "Currency", "币种", "T", 8),
                col("rows_off", "Rows", "行数差", "N", 7),
                col("effect_min", "Effect, least", "影响下限", "M", 14),
                col("effect_max", "Effect, most", "影响上限", "M", 14),
                col(
                    "effect",
                    "Effect on each figure, computed with and without",
                    "对各数字的影响（有无对照计算）",
                    "T",
                    44,
                ),
                col("close_by", "Closed by", "补足方法", "T", 16),
                col("ask", "Request", "请求语句", "T", 36),
                col("ask_zh", "Request, Chinese", "请求语句（中文）", "T", 32),
                col("route", "Route", "途径", "E", 7, (plan.route,)),
                col("owner", "Owner", "责任人", "T", 10),
                col("due", "Due", "期限", "D", 11),
                col("withheld", "Withheld", "保留说明", "T", 16),
            ),
        )
    )
    for gap in plan.dossier.gaps:
        sheet.add(_gap(plan, gap) | plan.meta(sheet, *gap.cites, confidence="documented" if gap.cites else "assumed"))
    for n, (fact, decision) in enumerate(plan.case.adverse_facts, 1):
        values: dict[str, Raw] = {
            "gap_id": f"AF-{n:02d}",
            "type": "adverse fact",
            "description": fact,
            "withheld": decision,
        }
        sheet.add(values | plan.meta(sheet, confidence="assumed"))
    for n, listed in enumerate(plan.listed, 1):
        row = dict(listed)
        cite = row.pop("cite", None)
        confidence = "documented" if cite is not None else "assumed"
        asked = {"route": plan.route} if row.get("ask") else {}
        meta = plan.meta(sheet, confidence=confidence)
        if cite is not None:
            meta["cite"] = cite
        sheet.add({"gap_id": f"F-{n:03d}"} | row | asked | meta)
    if plan.dossier.withheld:
        values = {
            "gap_id": "W-01",
            "type": "assumption",
            "description": f"{plan.dossier.withheld} items withheld.",
            "description_zh": f"保留 {plan.dossier.withheld} 项。",
        }
        sheet.add(values | plan.meta(sheet, confidence="assumed"))
    return sheet


def _effects(plan: Plan, gap: Gap) -> dict[str, Raw]:
    """Return the effect of a gap on each figure, and the span of the selected rule where one currency is concerned."""
    told = []
    for target in dict.fromkeys(e.target for e in gap.effects):
        each = [e for e in gap.effects if e.target == target]
        said = (f"{_figure(e)} {major(e.least, e.currency)} to {major(e.most, e.currency)} {e.currency}" for e in each)
        told.append(f"{plan.target(target)}: {', '.join(said)}")
    chosen = [e for e in gap.effects if e.figure == plan.case.tracing.selected and not e.target.startswith("sink:GAP:")]
    values: dict[str, Raw] = {"effect": "; ".join(told)}
    if chosen and {e.currency for e in chosen} == {gap.currency}:
        change = [e.most - e.least for e in chosen]
        values |= {"effect_min": money(0, gap.currency), "effect_max": money(max(change), gap.currency)}
    return values


def _figure(effect: GapEffect) -> str:
    return "floor L" if effect.figure == "floor" else RULE_NAMES[effect.figure][0]


def _difference(plan: Plan, gap: Gap) -> dict[str, Raw]:
    """Return what lists a statement that does not sum: its difference signed as sheet 02 computes it."""
    for trace in plan.trace.accounts if gap.kind in {"break", "overlap"} else ():
        for statement, off in breaks_of(plan, trace):
            if statement.cite in gap.cites:
                return {"affects": f"{plan.account(trace.account)}/closing", "amount": money(off, gap.currency)}
    return {}


def _gap(plan: Plan, gap: Gap) -> dict[str, Raw]:
    told: dict[str, Raw] = {
        "gap_id": gap.id,
        "type": _TYPES.get(gap.kind, "assumption"),
        "description": plan.printed(gap.description_en),
        "description_zh": plan.printed(gap.description_zh),
        "affects": ", ".join(plan.account(a) for a in gap.affects),
        "amount": money(gap.amount, gap.currency) if gap.amount is not None and gap.currency else None,
        "ccy": gap.currency,
        "ask": plan.printed(gap.ask_en),
        "ask_zh": plan.printed(gap.ask_zh),
        "route": plan.route if gap.ask_en else "",
    }
    return told | _effects(plan, gap) | _difference(plan, gap)


def found(plan: Plan, sheet: Sheet) -> None:
    """List the long texts, and the marks set for characters that no file can hold."""
    for name in dict.fromkeys(name for name, _ in plan.notes):
        values: dict[str, Raw] = {
            "gap_id": name,
            "type": "long text",
            "description": f"A text longer than a cell holds continues in {name} below, whole.",
            "description_zh": f"超过单元格长度的文本全文见下方{name}。",
        }
        sheet.add(values | plan.meta(sheet))
    if plan.marks:
        values = {
            "gap_id": "N-000",
            "type": "long text",
            "description": f"{plan.marks} characters that no file can hold are shown as marks such as [U+000B]; the exhibit keeps them.",
            "description_zh": f"{plan.marks} 个文件无法保存的字符以[U+000B]等标记显示；证物保留原字符。",
            "rows_off": None,
        }
        sheet.add(values | plan.meta(sheet))


def notes(plan: Plan, sheet: Sheet) -> None:
    """Add the block of long texts, whole, in numbered rows of at most 32,000 characters."""
    sheet.block(
        ("Notes: texts longer than a cell holds", "注：超过单元格长度的文本"),
        (
            col("note", "Note", "注号", "T", 9),
            col("part", "Part", "部分", "N", 16),
            col("text", "Text", "文本", "T", 40),
        ),
        meta=False,
    )
    more_notes(plan, sheet, 0)


def more_notes(plan: Plan, sheet: Sheet, known: int) -> None:
    """Append the notes that came after the first `known`: those of the sheets that are planned last."""
    block = sheet.blocks[-1]
    parts: dict[str, int] = {}
    for n, (name, text) in enumerate(plan.notes):
        parts[name] = parts.get(name, 0) + 1
        if n >= known:
            block.add({"note": name, "part": parts[name], "text": text})

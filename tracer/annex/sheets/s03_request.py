"""03_REQUEST: what the route demands, in order, and how the case stands (annex.md section 3)."""

from __future__ import annotations

from tracer.annex.cells import Formula, Raw
from tracer.annex.plan import ADMINISTRATIVE, Column, Plan, Sheet, col, count
from tracer.model import Requirement

STOPS = ("★", "☆", "◆")
STATUSES = ("complete", "partial", "missing", "n/a")
OWN_LAW = frozenset({"R4.11", "R9.6"})


def build(plan: Plan) -> Sheet:
    """Add sheet 03; own-law rows stand in a block of their own."""
    sheet = plan.open(
        Sheet(
            "03_REQUEST",
            ("Request checklist", "请求要件清单"),
            (
                "What the route demands and how the case stands; a person's item is never filled in by the product",
                "本途径的要件及其状态；应由人员填写的事项产品不予填写",
            ),
            ADMINISTRATIVE,
            _columns(),
            meta=False,
        )
    )
    for requirement in plan.requirements:
        if requirement.req_id not in OWN_LAW:
            sheet.add(_row(plan, requirement))
    states = sheet.span("status")
    sheet.total(f"{plan.route} missing 缺失", count(f'COUNTIFS({states},"missing")'))
    done, all_of = f'COUNTIFS({states},"complete")', f'(COUNTIFS({states},"<>")-COUNTIFS({states},"n/a"))'
    sheet.total("readiness 完成度", Formula(f"=IF({all_of}=0,0,{done}/{all_of})", "percent"))
    own = [r for r in plan.requirements if r.req_id in OWN_LAW]
    if own:
        block = sheet.block(("Own-law requirements", "本国法"), _columns(), meta=False)
        for requirement in own:
            block.add(_row(plan, requirement))
    return sheet


def _columns() -> tuple[Column, ...]:
    return (
        col("route", "Route", "途径", "T", 8),
        col("req_id", "Requirement", "要件编号", "T", 12),
        col("stop", "Stop", "硬性", "E", 7, STOPS),
        col("text_en", "Requirement", "要件（英）", "T", 44),
        col("text_zh", "Requirement, Chinese", "要件（中）", "T", 36),
        col("source", "Source", "依据文件", "T", 24),
        col("statute", "Statute", "法条", "T", 18),
        col("mark", "Mark", "标记", "T", 16),
        col("who", "Who", "责任类型", "E", 7, ("G", "C", "P")),
        col("status", "Status", "状态", "E", 11, STATUSES),
        col("evidence", "Evidence or sheet", "证据或表", "T", 24),
        col("person", "Person", "责任人", "T", 12),
        col("due", "Due", "期限", "D", 11),
        col("note", "Note", "备注", "T", 36),
        col("note_zh", "Note, Chinese", "备注（中文）", "T", 30),
    )


def _row(plan: Plan, requirement: Requirement) -> dict[str, Raw]:
    mark = "F" if requirement.mark == "F" else "K confirm with counsel 请律师确认"
    return {
        "route": plan.route,
        "req_id": requirement.req_id,
        "stop": requirement.stop,
        "text_en": requirement.text_en,
        "text_zh": requirement.text_zh,
        "source": requirement.source,
        "statute": requirement.statute,
        "mark": mark,
        "who": requirement.who,
        "status": requirement.status,
        "evidence": requirement.evidence,
        "note": requirement.note,
        "note_zh": requirement.note_zh,
    }

"""24_RUN: the record of the run: floor and ceiling by two engines, for all events, each offence and each event; parameters.

The second engine is a linear program over attributions of all events at once; the first solves maximum flows (tracing.md
5.2, 5.6, 5.7). Above its size it is not run, and the sheet says so. Where the two differ no annex is written.
"""

from __future__ import annotations

from tracer.annex.cells import Raw, money
from tracer.annex.plan import ADMINISTRATIVE, Plan, Sheet, col, live
from tracer.model import RULE_NAMES, BoundsAgain, exponent

__all__ = ["ITEMS", "build"]

_OUTCOMES = ("equal", "one unit", "wider", "not run")
#: Parameter of a run -> its name in Chinese; the English one is the key.
ITEMS = {
    "second_engine": "第二引擎",
    "checks": "22项检验",
    "bundle": "转入组合",
    "opening_balance": "期初余额",
    "same_day_order": "同日顺序",
    "reversal": "冲正",
    "proceeds_subrule": "所得内部规则",
    "mixed_repay": "混合款还透支",
    "unmatched_conversions": "未配对兑换",
    "holes": "缺失期间",
    "label": "标签",
    "account_group": "账户归集",
    "cash": "现金",
    "conversions": "兑换",
    "elections": "所作选择",
    "fee": "费用",
    "interest": "利息",
    "mode": "计算方式",
    "round_trips": "资金回流",
    "screens": "筛查",
    "theories": "法定理论",
}


def build(plan: Plan) -> Sheet:
    """Add sheet 24."""
    tested = plan.dossier.tested
    second = tested.second if tested else None
    sheet = plan.open(
        Sheet(
            "24_RUN",
            ("Record of the run: two engines, parameters", "运算记录：双引擎与参数"),
            (
                "Floor and ceiling derived twice: by maximum flows, and by a linear program over all events at once",
                "上下限经两次推导：最大流，以及同时涵盖所有事件的线性规划",
            ),
            ADMINISTRATIVE,
            (
                col("targets", "Target", "对象", "T", 30),
                col("offence", "Offence", "犯罪", "T", 22),
                col(
                    "events",
                    "Events counted as proceeds, against all other money",
                    "计为所得的事件（相对其他全部资金）",
                    "T",
                    50,
                ),
                col("ccy", "Currency", "币种", "T", 8),
                col("floor_L", "Floor L", "下限L", "F", 16),
                col("floor_again", "Floor, second engine", "下限（第二引擎）", "M", 16),
                col("floor_diff", "Difference", "差额", "F", 12),
                col("ceiling_U", "Ceiling U", "上限U", "F", 16),
                col("ceiling_again", "Ceiling, second engine", "上限（第二引擎）", "M", 16),
                col("ceiling_diff", "Difference", "差额", "F", 12),
                col("outcome", "Outcome", "结果", "E", 10, _OUTCOMES),
            ),
            meta=False,
        )
    )
    for row in second.rows if second else ():
        _add(plan, sheet, row)
    _parameters(plan, sheet)
    return sheet


def _add(plan: Plan, sheet: Sheet, again: BoundsAgain) -> None:
    row, digits = sheet.next_row, exponent(again.currency)
    floor, ceiling = _first(plan, again)
    values: dict[str, Raw] = {
        "targets": "; ".join(plan.target(t) for t in again.targets),
        "offence": again.offence or "all 全部",
        "events": ", ".join(again.labels),
        "ccy": again.currency,
        "floor_L": floor,
        "floor_again": money(again.again_floor, again.currency),
        "ceiling_U": ceiling,
        "ceiling_again": money(again.again_ceiling, again.currency),
        "outcome": again.outcome,
    }
    if again.again_floor is not None:
        values["floor_diff"] = live(
            f"ROUND({sheet.at('floor_L', row)}-{sheet.at('floor_again', row)},{digits})", digits
        )
        values["ceiling_diff"] = live(
            f"ROUND({sheet.at('ceiling_U', row)}-{sheet.at('ceiling_again', row)},{digits})", digits
        )
    sheet.add(values)


def _first(plan: Plan, again: BoundsAgain) -> tuple[Raw, Raw]:
    """Return the first engine's figures: links to sheet 15 where they stand there, else values."""
    methods, digits = plan.sheets["15_METHODS"], exponent(again.currency)
    if not again.offence and len(again.targets) == 1:
        shown = plan.target(again.targets[0])
        for row in range(methods.top, methods.next_row):
            if methods.get("target", row) == shown:
                return live(methods.there("floor_L", row), digits), live(methods.there("ceiling_U", row), digits)
    block = methods.blocks[0] if methods.blocks else None
    if not again.offence and len(again.targets) > 1 and block is not None:
        for row in range(block.top, block.next_row):
            if block.get("ccy", row) == again.currency:
                return live(block.there("floor_L", row), digits), live(block.there("ceiling_U", row), digits)
    return money(again.floor, again.currency), money(again.ceiling, again.currency)


def _parameters(plan: Plan, sheet: Sheet) -> None:
    tested = plan.dossier.tested
    block = sheet.block(
        ("Parameters of the run", "运算参数"),
        (
            col("item", "Item", "项目", "T", 30),
            col("item_zh", "Item, Chinese", "项目（中文）", "T", 22),
            col("value", "Value", "内容", "T", 50),
            col("value_zh", "Value, Chinese", "内容（中文）", "T", 50),
        ),
        meta=False,
    )
    rules = ", ".join(RULE_NAMES[r][0] for r in plan.trace.rules)
    selected = RULE_NAMES[plan.case.tracing.selected]
    listed = [
        ("run", "运算编号", plan.trace.run, plan.trace.run),
        ("content head", "内容头", plan.trace.head, plan.trace.head),
        ("software", "软件", f"tracer {plan.dossier.version}", f"tracer {plan.dossier.version}"),
        ("rules", "方法", rules, "，".join(f"{RULE_NAMES[r][0]}（{RULE_NAMES[r][2]}）" for r in plan.trace.rules)),
        ("selected rule", "选用方法", selected[0], f"{selected[0]}（{selected[2]}）"),
    ]
    more = {**plan.trace.parameters, **(tested.parameters if tested else {})}
    more_zh = {**plan.trace.parameters_zh, **(tested.parameters_zh if tested else {})}
    listed += [
        (key.replace("_", " "), ITEMS.get(key, ""), value, more_zh.get(key, value))
        for key, value in sorted(more.items())
    ]
    for item, zh, value, value_zh in listed:
        block.add({"item": item, "item_zh": zh, "value": value, "value_zh": value_zh})

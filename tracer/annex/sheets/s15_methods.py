"""15_METHODS: how far each figure depends on the rule, beside the floor and ceiling that no rule leaves (annex.md section 3).

Authority: Banco Cafetero, 797 F.2d 1154 (the government may elect a method); Welsh, 88 Miss. L.J. 179 (one presumption).
Against:   Voigt, 89 F.3d 1050: commingled funds [K]. Only the floor L may be printed as "at least, whichever conserving rule
is adopted"; the minimum over the five methods is not that floor and is labelled for what it is.
"""

from __future__ import annotations

from collections.abc import Mapping

from tracer.annex.cells import Formula, Raw, money
from tracer.annex.plan import AID, Plan, Sheet, col, live
from tracer.annex.sheets import s15_choices as choices
from tracer.annex.sheets.s10_trace import TraceSheet
from tracer.model import RULE_NAMES, AssetTrace, exponent

__all__ = ["build"]

KINDS = ("asset", "balance", "other")
_AUTHORITY = {
    "libr": "Re Hallett's Estate (1880) 13 Ch D 696; James Roscoe v Winder [1915] 1 Ch 62; against: Voigt, 89 F.3d 1050 (confirm with counsel)",
    "fifo": "Clayton's Case (1816) 1 Mer 572; against: Barlow Clowes v Vaughan [1992] 4 All ER 22 (confirm with counsel)",
    "lifo": "Banco Cafetero, 797 F.2d 1154; against: Voigt, 89 F.3d 1050 (confirm with counsel)",
    "pro_rata": "Banco Cafetero, 797 F.2d 1154; against: Voigt, 89 F.3d 1050 (confirm with counsel)",
    "proceeds_first": "Banco Cafetero, 797 F.2d 1154; against: Voigt, 89 F.3d 1050 (confirm with counsel)",
}


def build(plan: Plan, traced: Mapping[str, TraceSheet]) -> Sheet:
    """Add sheet 15: assets, balances, the rest, then the joint bounds."""
    codes = tuple(RULE_NAMES[r][0] for r in plan.rules)
    sheet = plan.open(
        Sheet(
            "15_METHODS",
            ("Sensitivity to the method", "方法敏感性"),
            (
                "One method on every account; `lowest of the methods` is not the floor: only floor L holds whichever conserving rule is adopted",
                "各账户采用同一方法；“各法最低”并非下限；仅下限L在任何守恒规则下成立",
            ),
            AID,
            (
                col("target", "Target", "对象", "T", 24),
                col("kind", "Kind", "类别", "E", 9, KINDS),
                col("name", "Description", "描述", "T", 28),
                col("ccy", "Currency", "币种", "T", 8),
                col("recorded", "Recorded into it", "记录金额", "M", 16),
                *(col(r, RULE_NAMES[r][0], RULE_NAMES[r][2], "F", 16) for r in plan.rules),
                col("min", f"Lowest of the {_words(len(codes))} methods", "各法最低", "F", 16),
                col("max", "Highest of the methods", "各法最高", "F", 16),
                col("spread", "Spread", "差幅", "F", 16),
                *(
                    column
                    for r in plan.rules
                    for column in (
                        col(
                            f"{r}_least",
                            f"{RULE_NAMES[r][0]}, least over orders",
                            f"{RULE_NAMES[r][2]}，各次序最低",
                            "M",
                            16,
                        ),
                        col(
                            f"{r}_most",
                            f"{RULE_NAMES[r][0]}, most over orders",
                            f"{RULE_NAMES[r][2]}，各次序最高",
                            "M",
                            16,
                        ),
                    )
                ),
                col("floor_L", "Floor L", "下限L", "M", 16),
                col("ceiling_U", "Ceiling U", "上限U", "M", 16),
                col("selected", "Selected", "选用", "E", 10, codes),
                col("selected_amount", "Under it", "选用法金额", "F", 16),
                col("reason", "Reason", "理由", "T", 22),
                col("authority", "Authority and contrary, by method", "各法依据与相反依据", "T", 60),
                col("holds_under", "Rests on", "取决于", "T", 18),
                col("rests_on", "Gaps it rests on", "所依缺口", "T", 14),
                col("same_day", "Same-day order", "同日顺序影响", "T", 30),
                col("drift", "Drift, engine less sheet", "舍入差", "F", 11),
                col("double_count", "Claimed twice", "重复主张", "F", 10),
                col("words", "Why at least L", "下限理由", "T", 90),
                col("words_zh", "Why at least L, Chinese", "下限理由（中文）", "T", 70),
            ),
        )
    )
    order = {"asset": 0, "balance": 1, "other": 2}
    shown = [t for t in plan.trace.targets if _kind(t) == "asset" or t.bounds.ceiling or any(t.by_rule.values())]
    for target in sorted(shown, key=lambda t: (order[_kind(t)], plan.target(t.target))):
        _add(plan, sheet, target, traced)
    for row in range(sheet.top, sheet.next_row):
        currency = str(sheet.get("ccy", row))
        _double(plan, sheet, row, currency)
    _joint(plan, sheet)
    choices.add(plan, sheet)
    return sheet


def _words(n: int) -> str:
    return {5: "five", 4: "four", 3: "three", 2: "two", 1: "one"}.get(n, str(n))


def _kind(target: AssetTrace) -> str:
    if target.target.startswith("sink:ASSET:"):
        return "asset"
    return "balance" if target.target.startswith("bal:") else "other"


def _add(plan: Plan, sheet: Sheet, target: AssetTrace, traced: Mapping[str, TraceSheet]) -> None:
    row, digits = sheet.next_row, exponent(target.currency)
    at = {key: sheet.at(key, row) for key in sheet.places}
    first, last = sheet.letter(plan.rules[0]), sheet.letter(plan.rules[-1])
    selected = plan.case.tracing.selected
    methods = {rule: _amount(plan, target, rule, traced, digits) for rule in plan.rules}
    span = f"{first}{row}:{last}{row}"
    values: dict[str, Raw] = {
        "target": plan.target(target.target),
        "kind": _kind(target),
        "name": target.name if _kind(target) == "asset" else plan.target(target.target),
        "ccy": target.currency,
        "recorded": money(target.recorded, target.currency),
        "min": live(f"MIN({span})", digits),
        "max": live(f"MAX({span})", digits),
        "spread": live(f"ROUND({at['max']}-{at['min']},{digits})", digits),
        "floor_L": money(target.bounds.floor, target.currency),
        "ceiling_U": money(target.bounds.ceiling, target.currency),
        "reason": plan.case.tracing.reason,
        "authority": " · ".join(f"{RULE_NAMES[r][0]}: {_AUTHORITY[r]}" for r in plan.rules),
        "holds_under": plan.told(target.holds_under),
        "rests_on": ", ".join(target.rests_on),
        "same_day": _same_day(target),
        "words": plan.told(target.bounds.words_floor),
        "words_zh": plan.told(target.bounds.words_floor_zh),
    }
    if selected in plan.rules:
        values["selected"] = RULE_NAMES[selected][0]
        values["selected_amount"] = live(f"INDEX({span},MATCH({at['selected']},{first}$5:{last}$5,0))", digits)
        engine = money(target.by_rule.get(selected, 0), target.currency)
        values["drift"] = live(f"ROUND({engine}-{at['selected_amount']},{digits})", digits)
    for rule, (least, most) in target.by_order.items():
        values[f"{rule}_least"], values[f"{rule}_most"] = money(least, target.currency), money(most, target.currency)
    cites = [p.cite for key in target.postings if (p := plan.dossier.postings.get(key))]
    sheet.add(values | methods | plan.meta(sheet, *cites[:3]))


def _same_day(target: AssetTrace) -> str:
    """Return over how many orders the least and the most stand, or that floor and ceiling stand in their place."""
    if not target.days:
        return ""
    if not target.orders:
        return f"{target.days} days without order: too many orders to list, floor and ceiling hold for all 次序过多，以上下限为准"
    return f"least and most over {target.orders} orders of {target.days} days without order {target.days}日共{target.orders}种次序"


def _amount(plan: Plan, target: AssetTrace, rule: str, traced: Mapping[str, TraceSheet], digits: int) -> Raw:
    """Return a link to sheet 12 or to the last held cell of the account; what neither shows is the engine's value."""
    assets = plan.sheets["12_ASSETS"]
    if _kind(target) == "asset":
        shown = plan.target(target.target)
        rows = [n for n in range(assets.top, assets.next_row) if assets.get("asset_id", n) == shown]
        if rows and assets.get(rule, rows[0]) is not None:
            return live(assets.there(rule, rows[0]), digits)
    held = traced.get(target.target.removeprefix("bal:")) if _kind(target) == "balance" else None
    if held is not None and (rule != "lifo" or len(held.lines) - 1 in held.cuts):
        return live(held.there(f"{rule}_held", len(held.lines) - 1), digits)
    return money(target.by_rule.get(rule, 0), target.currency)


def _double(plan: Plan, sheet: Sheet, row: int, currency: str) -> None:
    """Fail where assets and balances together claim more than was introduced, in one currency, under the selected rule."""
    if plan.case.tracing.selected not in plan.rules:
        return
    flow, rule = plan.sheets["11_FLOW"], plan.case.tracing.selected
    claimed = "+".join(
        f'SUMIFS({sheet.span("selected_amount")},{sheet.span("ccy")},"{currency}",{sheet.span("kind")},"{kind}")'
        for kind in ("asset", "balance")
    )
    came = "+".join(
        f'SUMIFS({flow.span(rule)},{flow.span("ccy")},"{currency}",{flow.span("kind")},"{kind}")'
        for kind in ("introduced", "conversion in")
    )
    sheet.set("double_count", row, _flag(f'IF(ROUND({claimed},4)>ROUND({came},4),"FAIL","OK")'))


def _flag(text: str) -> Raw:
    return Formula(f"={text}", "text")


def _joint(plan: Plan, sheet: Sheet) -> None:
    if not plan.jointly:
        return
    block = sheet.block(
        (
            "Jointly, all property of the currency: neither ceilings nor minima are added up",
            "合并（同币种全部财产）：上限与最低值均不得相加",
        ),
        (
            col("targets", "Targets", "对象", "T", 24),
            col("no", "No.", "序号", "N", 9),
            col("labels", "Events", "事件", "T", 28),
            col("ccy", "Currency", "币种", "T", 8),
            col("recorded", "Recorded", "记录金额", "M", 16),
            col("floor_L", "Floor L", "下限L", "M", 16),
            col("ceiling_U", "Ceiling U", "上限U", "M", 16),
        ),
        meta=False,
    )
    for n, bounds in enumerate(plan.jointly, 1):
        block.add(
            {
                "targets": "; ".join(plan.target(t) for t in bounds.targets),
                "no": n,
                "labels": ", ".join(plan.reaching(bounds.targets)),
                "ccy": bounds.currency,
                "recorded": money(bounds.recorded, bounds.currency),
                "floor_L": money(bounds.floor, bounds.currency),
                "ceiling_U": money(bounds.ceiling, bounds.currency),
            }
        )

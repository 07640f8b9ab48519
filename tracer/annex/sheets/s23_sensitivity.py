"""23_SENSITIVITY: the 22 checks that answer the attacks in court, for every asset and for all property together.

Each row is one variant of one check (tracing.md section 6): what was changed, and the least and the most of every figure
under it, beside the trace as it stands. Whether the finding holds is a live formula over the figures of the row and of the
row that stands; the engine's own word is beside it (check C23). What was not run says why.

Figures: none of them is a finding. A variant is the whole trace computed again with one thing changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tracer.annex.cells import Formula, Raw, money
from tracer.annex.plan import AID, Plan, Sheet, col, count, live
from tracer.model import RULE_NAMES, Cite, SensitivityRow, exponent

__all__ = ["build"]

STATUS = ("stands", "varied", "shown", "nothing to vary", "not run")
_STATUS = {"varied": "varied", "shown": "shown", "nothing": "nothing to vary", "not_covered": "not run"}
_WORST = ("falls", "less", "holds", "not run", "shown", "nothing to vary")


def build(plan: Plan) -> Sheet:
    """Add sheet 23; sheet 15, to which the figures that stand are linked, is there already."""
    figures = (*plan.rules, "floor", "ceiling")
    named = {r: (RULE_NAMES[r][0], RULE_NAMES[r][2]) for r in plan.rules}
    named |= {"floor": ("Floor L", "下限L"), "ceiling": ("Ceiling U", "上限U")}
    sheet = plan.open(
        Sheet(
            "23_SENSITIVITY",
            ("Sensitivity: the 22 checks", "敏感性：22项检验"),
            (
                "One thing changed, the whole trace again; holds: no figure less; less: one is; falls: one above zero is zero",
                "每行仅改变一项并重新计算全部追踪；holds：无数字减少；less：有数字减少；falls：有数字由正归零",
            ),
            AID,
            (
                col("no", "Target / check . variant", "对象／检验．变体", "T", 19),
                col("target", "Target", "对象", "T", 14),
                col("check", "Check", "检验", "N", 6),
                col("name", "Attack answered", "所应对的质疑", "T", 20),
                col("name_zh", "Attack, Chinese", "质疑（中文）", "T", 15),
                col("status", "Status", "状态", "E", 12, STATUS),
                col("result", "Holds?", "是否成立", "F", 9),
                col("ccy", "Currency", "币种", "T", 8),
                col("changed", "What was changed, or why nothing was", "改变的内容，或未改变的原因", "T", 40),
                col("changed_zh", "The same, Chinese", "同上（中文）", "T", 32),
                col("note", "Note", "说明", "T", 40),
                col("note_zh", "Note, Chinese", "说明（中文）", "T", 32),
                col("other", "Other figures of the check", "检验的其他数字", "T", 22),
                *(col(f"{f}_least", f"{named[f][0]}, least", f"{named[f][1]}，最低", "F", 14) for f in figures),
                *(col(f"{f}_most", f"{named[f][0]}, most", f"{named[f][1]}，最高", "F", 14) for f in figures),
                col("result_engine", "Holds, by the engine", "引擎判断", "T", 10),
            ),
        )
    )
    rows = plan.dossier.tested.sensitivity if plan.dossier.tested else ()
    for target in dict.fromkeys(row.target for row in rows):
        mine = [row for row in rows if row.target == target]
        stands = _stands(plan, sheet, target, mine[0].currency)
        seen: dict[int, int] = {}
        for row in mine:
            seen[row.check] = seen.get(row.check, 0) + 1
            _add(plan, sheet, row, seen[row.check], stands)
    if rows:
        _by_target(plan, sheet, rows)
    return sheet


def _named(plan: Plan, target: str) -> str:
    return f"JOINT-{target.removeprefix('joint:')}" if target.startswith("joint:") else plan.target(target)


def _stands(plan: Plan, sheet: Sheet, target: str, currency: str) -> int:
    """Add the row of the trace as it stands: its figures are links to sheet 15, where that shows them."""
    row, digits = sheet.next_row, exponent(currency)
    figures = _standing(plan, target, currency)
    en, zh = "the trace as it stands; every row below is compared with this one", "现有追踪结果；以下各行均与本行比较"
    values: dict[str, Raw] = {
        "no": f"{_named(plan, target)}/00",
        "target": _named(plan, target),
        "check": 0,
        "name": "As it stands",
        "name_zh": "现状",
        "status": "stands",
        "ccy": currency,
        "changed": en,
        "changed_zh": zh,
    }
    for name, value in figures.items():
        values[f"{name}_least"] = value
        values[f"{name}_most"] = live(sheet.at(f"{name}_least", row), digits)
    return sheet.add(values | plan.meta(sheet, *_paid(plan, target)))


def _paid(plan: Plan, target: str) -> tuple[Cite, ...]:
    traces = [t for t in plan.trace.targets if t.target == target]
    return tuple(p.cite for t in traces for key in t.postings[:3] if (p := plan.dossier.postings.get(key)))


def _standing(plan: Plan, target: str, currency: str) -> dict[str, Raw]:
    """Return figure -> its cell on sheet 15, else the engine's value (sums of rules over all property stand nowhere else)."""
    methods, digits = plan.sheets["15_METHODS"], exponent(currency)
    if not target.startswith("joint:"):
        shown = plan.target(target)
        for row in range(methods.top, methods.next_row):
            if methods.get("target", row) == shown:
                at = {**{r: r for r in plan.rules}, "floor": "floor_L", "ceiling": "ceiling_U"}
                return {name: live(methods.there(key, row), digits) for name, key in at.items()}
    traces = {t.target: t for t in plan.trace.targets}
    joint = next((b for b in plan.trace.joint if b.currency == currency), None)
    members = joint.targets if joint is not None and target.startswith("joint:") else (target,)
    found: dict[str, Raw] = {
        r: money(sum(traces[m].by_rule[r] for m in members if m in traces), currency) for r in plan.rules
    }
    block = methods.blocks[0] if methods.blocks else None
    for row in range(block.top, block.next_row) if block is not None and len(members) > 1 else ():
        if block is not None and block.get("ccy", row) == currency:
            return found | {
                "floor": live(block.there("floor_L", row), digits),
                "ceiling": live(block.there("ceiling_U", row), digits),
            }
    if joint is not None and target.startswith("joint:"):
        found |= {"floor": money(joint.floor, currency), "ceiling": money(joint.ceiling, currency)}
    elif target in traces:
        bounds = traces[target].bounds
        found |= {"floor": money(bounds.floor, currency), "ceiling": money(bounds.ceiling, currency)}
    return found


def _add(plan: Plan, sheet: Sheet, row: SensitivityRow, variant: int, stands: int) -> None:
    figures = [*plan.rules, "floor", "ceiling"]
    other = [name for name in row.figures if name not in figures]
    values: dict[str, Raw] = {
        "no": f"{_named(plan, row.target)}/{row.check:02d}.{variant}",
        "target": _named(plan, row.target),
        "check": row.check,
        "name": row.name_en,
        "name_zh": row.name_zh,
        "status": _STATUS[row.status],
        "ccy": row.currency,
        "changed": plan.told((row.changed_en,)),
        "changed_zh": plan.told((row.changed_zh,)),
        "note": plan.told((row.note_en,)),
        "note_zh": plan.told((row.note_zh,)),
        "other": "; ".join(f"{name} {_span(row, name)}" for name in other),
    }
    for name in figures:
        if name in row.figures:
            least, most = row.figures[name]
            values[f"{name}_least"], values[f"{name}_most"] = money(least, row.currency), money(most, row.currency)
    if row.verdict:
        compared = [name for name in (*plan.rules, "floor") if name in row.figures]
        values["result"] = _result(sheet, sheet.next_row, stands, compared)
        values["result_engine"] = row.verdict
    confidence = "assumed" if row.status == "varied" else "documented" if row.cites else "inferred"
    sheet.add(values | plan.meta(sheet, *row.cites, confidence=confidence))


def _span(row: SensitivityRow, name: str) -> str:
    least, most = (f"{money(x, row.currency):,}" for x in row.figures[name])
    return least if least == most else f"{least} to {most}"


def _result(sheet: Sheet, row: int, stands: int, names: Sequence[str]) -> Raw:
    """Return falls where a figure above zero is zero at its least, less where one is less, else holds."""
    pairs = [(sheet.at(f"{name}_least", stands), sheet.at(f"{name}_least", row)) for name in names]
    fallen = "+".join(f"IF(AND({was}>0,{now}<=0),1,0)" for was, now in pairs)
    kept = ",".join(f"{now}>={was}" for was, now in pairs)
    return Formula(f'=IF({fallen}>0,"falls",IF(AND({kept}),"holds","less"))', "text")


def _by_target(plan: Plan, sheet: Sheet, rows: Sequence[SensitivityRow]) -> None:
    """Add, per target, the checks under which its finding holds; a check with several variants stands where its worst does."""
    block = sheet.block(
        (
            "Per target: under which checks the finding holds, by number of the check",
            "按对象：在哪些检验下成立（检验编号）",
        ),
        (
            col("target", "Target", "对象", "T", 19),
            col("checks", "Checks", "检验数", "N", 14),
            col("varied", "Rows", "行", "F", 6),
            col("holds", "Holds under", "成立", "T", 20),
            col("less", "Less under", "减少", "T", 15),
            col("falls", "Falls under", "归零", "T", 12),
            col("fallen", "Rows that fall", "归零行数", "F", 9),
            col("ccy", "Currency", "币种", "T", 8),
            col("shown", "Shown, nothing varied", "仅列示", "T", 40),
            col("nothing", "Nothing in the case to vary", "案件无可变更", "T", 32),
            col("not_run", "Not run, and why", "未运行及原因", "T", 40),
            col("not_run_zh", "Not run, Chinese", "未运行及原因（中文）", "T", 32),
        ),
        meta=False,
    )
    for target in dict.fromkeys(row.target for row in rows):
        mine = [row for row in rows if row.target == target]
        worst = _worst(mine)
        name, row = _named(plan, target), block.next_row
        of = f"{sheet.span('target')},{block.at('target', row)}"

        def listed(word: str, found: Mapping[int, str] = worst) -> str:
            return ", ".join(str(check) for check, said in found.items() if said == word)

        why = [r for r in mine if r.status == "not_covered"]
        block.add(
            {
                "target": name,
                "checks": len(worst),
                "varied": count(f'COUNTIFS({of},{sheet.span("status")},"varied")'),
                "holds": listed("holds"),
                "less": listed("less"),
                "falls": listed("falls"),
                "fallen": count(f'COUNTIFS({of},{sheet.span("result")},"falls")'),
                "ccy": mine[0].currency,
                "shown": listed("shown"),
                "nothing": listed("nothing to vary"),
                "not_run": "; ".join(f"{r.check}: {plan.told((r.changed_en,))}" for r in why),
                "not_run_zh": "；".join(f"{r.check}：{plan.told((r.changed_zh,))}" for r in why),
            }
        )


def _worst(rows: Sequence[SensitivityRow]) -> dict[int, str]:
    found: dict[int, str] = {}
    for row in rows:
        said = row.verdict or _STATUS[row.status]
        found[row.check] = min(found.get(row.check, said), said, key=_WORST.index)
    return found

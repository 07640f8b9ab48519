"""Blocks of 15_METHODS: what was elected, and the statutory theories, each beside the methods and added to none of them.

Source: tracing.md sections 1.3, 2 (R0, R7, R8) and 3; annex.md section 3, 15 ("984 is a separate column, not a method").
"""

from __future__ import annotations

from tracer.annex.cells import Raw, money
from tracer.annex.plan import Plan, Sheet, col
from tracer.model import RULE_NAMES, Difference, Elected, TheoryFigure

__all__ = ["add"]

_FIGURES = {
    "floor": ("floor, election on", "下限（选择后）"),
    "ceiling": ("ceiling, election on", "上限（选择后）"),
    "oatway": ("given to it", "分得"),
    **{f"option_{x}": (f"claimed under option ({x})", f"按选项（{x}）主张") for x in "abc"},
}


def add(plan: Plan, sheet: Sheet) -> None:
    """Add a row per figure that an election changes, and a row per figure of each theory; neither block where there is none."""
    if plan.trace.elections:
        _elections(plan, sheet)
    if plan.trace.theories:
        _theories(plan, sheet)


def _elections(plan: Plan, sheet: Sheet) -> None:
    block = sheet.block(
        (
            "Elections of case.yaml, beside the methods, which none of them changes; floor and ceiling here hold with the election on",
            "case.yaml 所作选择：与各方法并列，不改变任何方法；此处上下限仅在作出该选择时成立",
        ),
        (
            col("election", "Election", "选择", "T", 24),
            col("n", "No.", "序号", "N", 9),
            col("what", "What is elected", "内容", "T", 40),
            col("what_zh", "What is elected, Chinese", "内容（中文）", "T", 30),
            col("state", "State", "状态", "E", 10, ("elected", "refused")),
            col("target", "Target", "对象", "T", 24),
            col("figure", "Figure", "数字", "T", 22),
            col("ccy", "Currency", "币种", "T", 8),
            col("stands", "As the trace stands", "原数字", "M", 16),
            col("elected", "With the election", "选择后", "M", 16),
            col("moved", "Moved, by method", "所涉金额", "T", 30),
            col("evidence", "Evidence", "证据", "T", 16),
            col("reason", "Reason", "理由", "T", 30),
            col("authority", "Authority", "依据", "T", 50),
            col("contrary", "Against", "相反依据", "T", 50),
            col("authority_zh", "Authority, Chinese", "依据（中文）", "T", 40),
            col("contrary_zh", "Against, Chinese", "相反依据（中文）", "T", 40),
            col("note", "Note", "说明", "T", 40),
            col("note_zh", "Note, Chinese", "说明（中文）", "T", 30),
        ),
        meta=False,
    )
    n = 0
    for one in plan.trace.elections:
        for place, difference in enumerate(one.figures or (None,)):
            n += 1
            block.add(_election(plan, one, difference, n) | ({} if place else _said(plan, one)))


def _said(plan: Plan, one: Elected) -> dict[str, Raw]:
    """Return what is told once for an election, in its first row."""
    return {
        "what": one.words_en,
        "what_zh": one.words_zh,
        "moved": "; ".join(f"{RULE_NAMES[rule][0]} {money(x, one.currency)}" for rule, x in one.moved.items()),
        "evidence": ", ".join(one.evidence),
        "reason": one.reason,
        "authority": one.authority,
        "contrary": one.contrary,
        "authority_zh": one.authority_zh,
        "contrary_zh": one.contrary_zh,
        "note": plan.told((one.note_en,)),
        "note_zh": plan.told((one.note_zh,)),
    }


def _election(plan: Plan, one: Elected, difference: Difference | None, n: int) -> dict[str, Raw]:
    row: dict[str, Raw] = {
        "election": "+".join(one.ids),
        "n": n,
        "state": one.status,
        "figure": "no figure differs 数字不变" if one.status == "elected" else "none 无",
    }
    if difference is None:
        return row
    en, zh = _FIGURES.get(difference.figure, (difference.figure, ""))
    if difference.figure in RULE_NAMES:
        en, zh = RULE_NAMES[difference.figure][0], RULE_NAMES[difference.figure][2]
    return row | {
        "target": plan.target(difference.target),
        "figure": f"{en} {zh}".strip(),
        "ccy": difference.currency,
        "stands": money(difference.before, difference.currency),
        "elected": money(difference.after, difference.currency),
    }


def _theories(plan: Plan, sheet: Sheet) -> None:
    block = sheet.block(
        (
            "Statutory theories, and screens, which are no figures: separate, never mixed with a method and never added up; confirm each with counsel",
            "法定理论及筛查（筛查并非金额认定）：单列，不与任何方法混合，不得相加；均须请律师确认",
        ),
        (
            col("theory", "Theory", "理论", "T", 24),
            col("n", "No.", "序号", "N", 9),
            col("statute", "Statute", "法条", "T", 28),
            col("subject", "Of", "对象", "T", 26),
            col("state", "State", "状态", "E", 12, ("computed", "screen", "refused", "not_covered")),
            col("figure", "Figure", "数字", "T", 26),
            col("ccy", "Currency", "币种", "T", 8),
            col("amount", "Amount", "金额", "M", 16),
            col("met", "Met", "满足", "T", 30),
            col("words", "What it says", "说明", "T", 60),
            col("words_zh", "What it says, Chinese", "说明（中文）", "T", 40),
            col("evidence", "Evidence", "证据", "T", 16),
            col("authority", "Authority", "依据", "T", 50),
            col("contrary", "Against", "相反依据", "T", 50),
            col("authority_zh", "Authority, Chinese", "依据（中文）", "T", 40),
            col("contrary_zh", "Against, Chinese", "相反依据（中文）", "T", 40),
        ),
        meta=False,
    )
    n = 0
    for one in plan.trace.theories:
        for place, figure in enumerate(one.figures or (None,)):
            n += 1
            block.add(_theory(one, figure, n) | ({} if place else _says(plan, one)))


def _says(plan: Plan, one: TheoryFigure) -> dict[str, Raw]:
    """Return what is told once for a theory, in its first row."""
    subject = one.subject
    if one.kind in ("section_984", "section_1957", "involved_in", "shared") and one.status == "computed":
        subject = plan.account(subject)
    if one.status == "screen":
        subject = plan.target(subject)
    return {
        "statute": f"{one.statute} {one.statute_zh}".strip(),
        "subject": subject,
        "met": ", ".join(mode for mode, flag in one.met.items() if flag),
        "words": plan.told((one.words_en,)),
        "words_zh": plan.told((one.words_zh,)),
        "evidence": ", ".join(one.evidence),
        "authority": one.authority,
        "contrary": one.contrary,
        "authority_zh": one.authority_zh,
        "contrary_zh": one.contrary_zh,
    }


def _theory(one: TheoryFigure, figure: tuple[str, str, int] | None, n: int) -> dict[str, Raw]:
    row: dict[str, Raw] = {"theory": one.id, "n": n, "state": one.status, "figure": "none 无"}
    if figure is None:
        return row
    en, zh, amount = figure
    if en in RULE_NAMES:
        en, zh = RULE_NAMES[en][0], RULE_NAMES[en][2]
    return row | {"figure": f"{en} {zh}".strip(), "ccy": one.currency, "amount": money(amount, one.currency)}

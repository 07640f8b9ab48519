"""25_EXPLAINED: the figure of each asset told entry by entry, as numbered sentences in English and Chinese.

One rule, the selected one; the same sentences as `tracer explain`. What the lines bring to the asset adds up to the figure
on sheet 12: a live formula says so. Floor and ceiling stand in the last sentences, with the cut that proves each.
"""

from __future__ import annotations

from tracer.annex.cells import Link, Raw, money
from tracer.annex.plan import SUMMARY, Plan, Sheet, col, live
from tracer.model import RULE_NAMES, Explanation, exponent

__all__ = ["build"]


def build(plan: Plan) -> Sheet:
    """Add sheet 25, and the links of sheet 12 to it."""
    sheet = plan.open(
        Sheet(
            "25_EXPLAINED",
            ("Each figure told entry by entry", "逐笔说明各数字"),
            (
                "Calculation under the selected method, in the order of posting; what each line brings adds up to the figure on 12",
                "按选用方法并依记账顺序计算；各行转入之和即第12表数字",
            ),
            SUMMARY,
            (
                col("asset_id", "Asset", "资产", "T", 14),
                col("method", "Method", "方法", "T", 10),
                col("n", "No.", "序号", "N", 6),
                col("text", "Sentence", "说明", "T", 84),
                col("text_zh", "Sentence, Chinese", "说明（中文）", "T", 70),
                col("into", "Brings to the asset", "转入该资产", "M", 16),
                col("ccy", "Currency", "币种", "T", 8),
            ),
        )
    )
    told = plan.dossier.tested.explanations if plan.dossier.tested else ()
    for one in told:
        _told(plan, sheet, one)
    if told:
        _sums(plan, sheet, told)
    return sheet


def _told(plan: Plan, sheet: Sheet, one: Explanation) -> None:
    asset, code = plan.target(one.target), RULE_NAMES[one.rule][0]
    begins = sheet.next_row

    def add(en: str, zh: str, **more: Raw) -> None:
        values: dict[str, Raw] = {"asset_id": asset, "method": code, "text": en, "text_zh": zh, **more}
        sheet.add(values | plan.meta(sheet, confidence="inferred"))

    for en, zh in zip(one.before_en, one.before_zh, strict=True):
        add(en, zh)
    for line in one.lines:
        values: dict[str, Raw] = {
            "asset_id": asset,
            "method": code,
            "n": line.number,
            "text": line.en,
            "text_zh": line.zh,
        }
        if line.reaches:
            values |= {"into": money(sum(line.reaches.values()), one.currency), "ccy": one.currency}
        sheet.add(values | plan.meta(sheet, *line.cites, confidence="documented" if line.cites else "assumed"))
    for en, zh in zip(one.after_en, one.after_zh, strict=True):
        add(en, zh)
    assets = plan.sheets["12_ASSETS"]
    for row in range(assets.top, assets.next_row):
        if assets.get("asset_id", row) == asset:
            assets.set("explained", row, Link(f"25 {asset}", sheet.tab, begins))


def _sums(plan: Plan, sheet: Sheet, told: tuple[Explanation, ...]) -> None:
    """Add, per asset, what the lines bring beside the figure on sheet 12."""
    assets = plan.sheets["12_ASSETS"]
    block = sheet.block(
        ("What the lines bring, beside sheet 12", "各行转入之和与第12表对照"),
        (
            col("asset_id", "Asset", "资产", "T", 14),
            col("method", "Method", "方法", "T", 10),
            col("n", "Lines", "行数", "N", 6),
            col("words", "What is compared", "对照内容", "T", 84),
            col("words_zh", "What is compared, Chinese", "对照内容（中文）", "T", 70),
            col("sum", "Sum of the lines", "各行之和", "F", 16),
            col("ccy", "Currency", "币种", "T", 8),
            col("traced", "Sheet 12", "第12表", "F", 16),
            col("difference", "Difference", "差额", "F", 16),
        ),
        meta=False,
    )
    for one in told:
        asset, digits, row = plan.target(one.target), exponent(one.currency), block.next_row
        rows = [n for n in range(assets.top, assets.next_row) if assets.get("asset_id", n) == asset]
        values: dict[str, Raw] = {
            "asset_id": asset,
            "method": RULE_NAMES[one.rule][0],
            "n": len(one.lines),
            "words": "Sum of what the lines above bring to the asset, and its figure under the method on sheet 12",
            "words_zh": "以上各行转入该资产之和，与第12表该方法下的数字",
            "sum": live(f"SUMIFS({sheet.span('into')},{sheet.span('asset_id')},{block.at('asset_id', row)})", digits),
            "ccy": one.currency,
        }
        if rows and one.rule in plan.rules and assets.get(one.rule, rows[0]) is not None:
            values["traced"] = live(assets.there(one.rule, rows[0]), digits)
            values["difference"] = live(f"ROUND({block.at('sum', row)}-{block.at('traced', row)},{digits})", digits)
        block.add(values)

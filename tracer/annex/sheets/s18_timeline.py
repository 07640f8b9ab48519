"""18_TIMELINE: 0 rows in this version; the sheet stands so that its absence is not mistaken for an oversight."""

from __future__ import annotations

from tracer.annex.plan import AID, Plan, Sheet, col


def build(plan: Plan) -> Sheet:
    """Add sheet 18 with its headings."""
    return plan.open(
        Sheet(
            "18_TIMELINE",
            ("Timeline and limitation", "时间线与时效"),
            ("0 rows 无记录", "本版无记录"),
            AID,
            (
                col("date", "Date", "日期", "D", 12),
                col("kind", "Kind", "类别", "T", 14),
                col("text_en", "Text", "内容（英）", "T", 44),
                col("text_zh", "Text, Chinese", "内容（中）", "T", 40),
                col("party", "Party", "主体", "T", 20),
            ),
        )
    )

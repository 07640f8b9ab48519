"""19_WEALTH: 0 rows in this version. Wealth is never a tracing input (requests.md section 1, fact 6)."""

from __future__ import annotations

from tracer.annex.plan import AID, Plan, Sheet, col


def build(plan: Plan) -> Sheet:
    """Add sheet 19 with its headings and its banner."""
    return plan.open(
        Sheet(
            "19_WEALTH",
            ("Declared and observed wealth", "申报与实际财产"),
            ("corroborative only; not a basis of tracing · 0 rows", "仅供佐证，不作为追踪依据 · 无记录"),
            AID,
            (
                col("party", "Party", "主体", "T", 22),
                col("year", "Year", "年度", "N", 8),
                col("declared_assets", "Declared assets", "申报资产", "M", 16),
                col("declared_income", "Declared income", "申报收入", "M", 16),
                col("declared_debts", "Declared debts", "申报负债", "M", 16),
                col("lawful", "Verified lawful income", "已核实合法收入", "M", 16),
                col("acquired", "Acquired", "实际取得", "M", 16),
                col("spent", "Spent", "支出", "M", 16),
                col("net_change", "Net change", "净资产变动", "F", 16),
                col("unexplained", "Origin not shown", "来源不明部分", "F", 16),
                col("ccy", "Currency", "币种", "T", 8),
            ),
        )
    )

"""20_ORDERS: 0 rows in this version; orders belong to routes R5 and R9."""

from __future__ import annotations

from tracer.annex.plan import ADMINISTRATIVE, Plan, Sheet, col


def build(plan: Plan) -> Sheet:
    """Add sheet 20 with its headings."""
    return plan.open(
        Sheet(
            "20_ORDERS",
            ("Orders and proceedings", "裁判与程序"),
            ("0 rows", "无记录"),
            ADMINISTRATIVE,
            (
                col("order_id", "Order id", "裁判编号", "T", 10),
                col("court", "Court", "法院", "T", 22),
                col("kind", "Kind", "种类", "E", 13, ("restraint", "confiscation")),
                col("date", "Date", "日期", "D", 11),
                col("final", "Final", "是否终局", "T", 9),
                col("not_appealable", "Not subject to appeal", "不得上诉", "T", 10),
                col("covers", "Covers", "涉及资产", "T", 16),
                col("max_amount", "Most", "最高额", "M", 16),
                col("restrained", "Restrained", "已限制额", "M", 16),
                col("collected", "Collected", "已执行额", "M", 16),
                col("balance", "Balance", "余额", "F", 16),
                col("ccy", "Currency", "币种", "T", 8),
                col("notice_to", "Notice to", "通知对象", "T", 20),
                col("jurisdiction_stmt", "Jurisdiction", "管辖权声明", "X", 14),
                col("fraud_stmt", "No fraud", "无欺诈声明", "X", 14),
                col("due_process_stmt", "Due process", "正当程序声明", "X", 14),
                col("certified", "Certified copy", "经证明的副本", "X", 14),
            ),
        )
    )

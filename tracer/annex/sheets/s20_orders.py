"""20_ORDERS: the orders of courts as case.yaml states them, for routes R5 and R9 (annex.md section 3, requests.md R9.4).

The balance is what an order still leaves to take: the most it allows, less what was restrained and collected under it. It
stands only where all three are stated: an amount that nobody stated is not nothing.
"""

from __future__ import annotations

from tracer.annex.cells import Raw, money
from tracer.annex.plan import ADMINISTRATIVE, Plan, Sheet, col, live
from tracer.model import ORDERS, StatedOrder, exponent

SAID = {True: "Y", False: "N", None: ""}
ALL = "all that the defendant has 被告人的全部财产"


def build(plan: Plan) -> Sheet:
    """Add sheet 20 with a row for each order."""
    sheet = plan.open(
        Sheet(
            "20_ORDERS",
            ("Orders and proceedings", "裁判与程序"),
            (
                "Orders as case.yaml states them; an empty amount was not stated, and without it there is no balance",
                "裁判以案件文件所载为准；未载明的金额留空，且不计算余额",
            ),
            ADMINISTRATIVE,
            (
                col("order_id", "Order id", "裁判编号", "T", 10),
                col("court", "Court", "法院", "T", 22),
                col("kind", "Kind", "种类", "E", 13, ORDERS),
                col("date", "Date", "日期", "D", 11),
                col("final", "Final", "是否终局", "E", 9, ("Y", "N")),
                col("not_appealable", "Not subject to appeal", "不得上诉", "E", 10, ("Y", "N")),
                col("covers", "Covers", "涉及资产", "T", 16),
                col("max_amount", "Most", "最高额", "M", 16),
                col("restrained", "Restrained", "已限制额", "M", 16),
                col("collected", "Collected", "已执行额", "M", 16),
                col("balance", "Balance", "余额", "F", 16),
                col("ccy", "Currency", "币种", "T", 8),
                col("ex_parte", "Ex parte", "单方面", "E", 9, ("Y", "N")),
                col("notice_to", "Notice to", "通知对象", "T", 20),
                col("notice_on", "Notice on", "通知日期", "T", 14),
                col("notice_how", "Means of notice", "通知方式", "T", 16),
                col("hearing", "Hearing", "听证", "T", 16),
                col("appeal", "Appeal", "上诉情况", "T", 16),
                col("jurisdiction_stmt", "Jurisdiction", "管辖权声明", "X", 14),
                col("fraud_stmt", "No fraud", "无欺诈声明", "X", 14),
                col("due_process_stmt", "Due process", "正当程序声明", "X", 14),
                col("copy", "Copy", "副本", "X", 14),
                col("certified", "Certified copy", "经证明的副本", "X", 14),
            ),
        )
    )
    for order in plan.case.orders:
        _add(plan, sheet, order)
    return sheet


def _add(plan: Plan, sheet: Sheet, order: StatedOrder) -> None:
    row = sheet.next_row
    at = {key: sheet.at(key, row) for key in sheet.places}
    amounts = (order.most, order.restrained, order.collected)
    digits = exponent(order.currency) if order.currency else 2
    balance = live(f"{at['max_amount']}-{at['restrained']}-{at['collected']}", digits) if None not in amounts else None
    most, restrained, collected = (
        money(one, order.currency) if one is not None and order.currency else None for one in amounts
    )
    values: dict[str, Raw] = {
        "order_id": order.id,
        "court": order.court,
        "kind": order.kind,
        "date": order.on,
        "final": SAID[order.final],
        "not_appealable": SAID[order.not_appealable],
        "covers": ALL if order.covers_all else ", ".join(order.covers),
        "max_amount": most,
        "restrained": restrained,
        "collected": collected,
        "balance": balance,
        "ccy": order.currency,
        "ex_parte": SAID[order.ex_parte],
        "notice_to": "; ".join(plan.party(to) for to, _, _ in order.notices),
        "notice_on": "; ".join(str(on or "-") for _, on, _ in order.notices),
        "notice_how": "; ".join(how or "-" for _, _, how in order.notices),
        "hearing": order.hearing,
        "appeal": order.appeal,
        "jurisdiction_stmt": plan.exhibit(order.jurisdiction_statement),
        "fraud_stmt": plan.exhibit(order.no_fraud_statement),
        "due_process_stmt": plan.exhibit(order.due_process_statement),
        "copy": plan.exhibit(order.copy),
        "certified": plan.exhibit(order.certified_copy),
    }
    sheet.add(values | plan.meta(sheet))

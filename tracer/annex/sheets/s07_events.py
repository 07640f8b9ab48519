"""07_EVENTS: the predicate events, root of every trace (annex.md section 3). No event, no trace."""

from __future__ import annotations

from tracer.annex.cells import Link, Raw, money
from tracer.annex.plan import ADMINISTRATIVE, Plan, Sheet, col, live
from tracer.model import Event, exponent

STATUSES = ("alleged", "charged", "convicted")


def build(plan: Plan) -> Sheet:
    """Add sheet 07, each event with the credit by which its proceeds entered."""
    sheet = plan.open(
        Sheet(
            "07_EVENTS",
            ("Predicate events", "上游犯罪事件"),
            (
                "Each event is proved by its own exhibits; proceeds enter the trace only here",
                "各事件由各自证物证明；所得仅由此进入追踪",
            ),
            ADMINISTRATIVE,
            (
                col("event_id", "Event id", "事件编号", "T", 9),
                col("offence_id", "Offence", "犯罪编号", "T", 9),
                col("date", "Date", "日期", "D", 11),
                col("what", "Fact", "事实（一句）", "T", 34),
                col("what_zh", "Fact, Chinese", "事实（中文）", "T", 30),
                col("payer", "Payer", "付款人", "T", 24),
                col("payee", "Payee", "收款人", "T", 24),
                col("amount", "Amount", "金额", "M", 16),
                col("ccy", "Currency", "币种", "T", 8),
                col("txn_id", "Entered by", "进入账户的交易", "L", 13),
                col("proceeds", "Proceeds", "所得金额", "M", 16),
                col("basis", "Basis", "计算依据", "E", 9, ("whole", "part")),
                col("basis_note", "Note on basis", "计算说明", "T", 20),
                col("status", "Status", "状态", "E", 10, STATUSES),
                col("own_exhibits", "Exhibits of the event itself", "事件自身证物", "X", 24),
            ),
        )
    )
    claims = {c.event: c for c in plan.trace.claims}
    for event in sorted(plan.case.events, key=lambda e: (e.on, e.id)):
        claim = claims.get(event.id)
        posting = plan.dossier.postings.get(claim.posting) if claim else None
        entered: Raw = Link(plan.txn[claim.posting], *plan.txn_place(claim.posting)) if claim and posting else None
        own = plan.exhibit(*event.exhibits)
        row = sheet.add(
            _row(plan, event)
            | {"txn_id": entered, "own_exhibits": own}
            | plan.meta(sheet, posting.cite if posting else None, confidence="documented" if own else "assumed")
        )
        plan.event_cells[event.id] = sheet.there("proceeds", row)
        if own is None:
            plan.say(
                type="assumption",
                description=f"Event {event.id}: no exhibit other than the payment proves the act itself.",
                description_zh=f"事件 {event.id}：除付款记录外，无证物证明该行为本身。",
                affects=event.id,
                ask=f"Documents and statements on the act of event {event.id}.",
                ask_zh=f"有关事件 {event.id} 行为的文件和陈述。",
            )
    for currency in sorted({e.currency for e in plan.case.events}):
        spans = (sheet.span("proceeds"), sheet.span("ccy"))
        sheet.total(
            f"proceeds 所得 {currency}", live(f'SUMIFS({spans[0]},{spans[1]},"{currency}")', exponent(currency))
        )
    return sheet


def _row(plan: Plan, event: Event) -> dict[str, Raw]:
    return {
        "event_id": event.id,
        "offence_id": event.offence,
        "date": event.on,
        "what": event.act,
        "what_zh": event.act_zh,
        "payer": plan.party(event.payer),
        "payee": plan.party(event.payee),
        "amount": money(event.amount, event.currency),
        "ccy": event.currency,
        "proceeds": money(event.proceeds, event.currency),
        "basis": "whole" if event.proceeds == event.amount else "part",
        "status": event.status if event.status in STATUSES else "alleged",
    }

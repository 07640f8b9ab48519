"""09_WIRES: one row per payment; message and cover are never added together (annex.md section 3, nexus.md section 7).

The fields 50 to 59 are those of the customer's payment. A cover has a sender, a receiver and agents of its own, and so has a
bank's confirmation: each stands in its own column, because a cover's 58 is a bank and not the beneficiary.
"""

from __future__ import annotations

from tracer.annex.cells import Link, Raw, money
from tracer.annex.plan import SUMMARY, Plan, Sheet, col, live
from tracer.model import Agent, Aggregate, Message, Wire, exponent
from tracer.model.judging import confidence, joined_by, worst
from tracer.model.payments import is_between_banks, is_order, is_report, is_status

#: The column of each field, and the ISO 20022 roles that fill it.
FIELDS = {
    "ord_bank": ("debtor_agent", "debtor_institution"),
    "s_corr": ("instructing_reimbursement_agent",),
    "r_corr": ("instructed_reimbursement_agent",),
    "third": ("third_reimbursement_agent",),
    "intermediary": ("intermediary_agent_1", "intermediary_agent_2", "intermediary_agent_3"),
    "acc_with": ("creditor_agent",),
    "ben_inst": ("creditor_institution",),
}


_ENDS = ("instructing_agent", "instructed_agent")  # sender and receiver have columns of their own


def build(plan: Plan) -> Sheet:
    """Add sheet 09."""
    sheet = plan.open(
        Sheet(
            "09_WIRES",
            ("Wires", "汇款链"),
            (
                "One row per payment with the agents its messages name; a message and its cover are one payment",
                "每笔付款一行，载明报文所列各机构；报文与头寸报文为同一笔付款",
            ),
            SUMMARY,
            (
                col("wire_id", "Wire id", "汇款编号", "T", 30),
                col("txn_out", "Debit", "汇出交易", "L", 13),
                col("txn_in", "Credit", "汇入交易", "L", 13),
                col("match_rule", "Match rungs", "匹配规则", "T", 9),
                col("match_score", "Match score", "匹配分", "P", 9),
                col("msg", "Message", "报文", "T", 16),
                col("sender", "Sender", "发报行", "T", 13),
                col("receiver", "Receiver", "收报行", "T", 13),
                col("ord_customer", "50 ordering customer", "50 汇款人", "T", 24),
                col("ord_bank", "52 ordering bank", "52 汇款行", "T", 13),
                col("s_corr", "53 sender's correspondent", "53 发报行代理行", "T", 13),
                col("r_corr", "54 receiver's correspondent", "54 收报行代理行", "T", 13),
                col("third", "55 third reimbursement", "55 第三偿付行", "T", 13),
                col("intermediary", "56 intermediary", "56 中间行", "T", 13),
                col("acc_with", "57 account with", "57 账户行", "T", 13),
                col("ben_inst", "58 beneficiary institution", "58 收款机构", "T", 13),
                col("beneficiary", "59 beneficiary", "59 收款人", "T", 24),
                col("cover", "Cover", "头寸报文", "T", 16),
                col("cover_sender", "Cover: sender", "头寸报文：发报行", "T", 13),
                col("cover_receiver", "Cover: receiver", "头寸报文：收报行", "T", 13),
                col("cover_agents", "Cover: its own agents", "头寸报文：所列机构", "T", 26),
                col("confirmed", "Confirmation: message, sender, receiver", "确认报文、发报行、收报行", "T", 26),
                col("route", "Route", "方式", "E", 8, ("serial", "cover")),
                col("us_bank", "US bank", "美国银行", "T", 20),
                col("us_aba", "US ABA", "美国ABA", "T", 11),
                col("us_city", "US place", "城市/州", "T", 14),
                col("us_time", "US bank's time", "美国银行时间", "T", 16),
                col("value_date", "Value date", "起息日", "D", 11),
                col("amount_out", "Amount sent", "汇出金额", "M", 16),
                col("amount_in", "Amount received", "汇入金额", "M", 16),
                col("ccy", "Currency", "币种", "T", 8),
                col("fee", "Difference", "费用差额", "F", 12),
                col("uetr", "UETR", "UETR", "T", 38),
            ),
        )
    )
    for wire in sorted(plan.dossier.wires, key=lambda w: (str(w.value_date or ""), w.wire_id)):
        _add(plan, sheet, wire)
    if plan.dossier.aggregates:
        _sums(plan, sheet)
    return sheet


def _sums(plan: Plan, sheet: Sheet) -> None:
    """List the sums of several payments as sources state them: no payment, so in no row above and in no total."""
    block = sheet.block(
        (
            "Sums of payments: several payments stated as one sum; none is a payment, none is traced or added to any figure",
            "汇总金额：来源将若干付款合并载明；并非单笔付款，不作追踪，亦不计入任何数字",
        ),
        (
            col("sum_id", "No.", "编号", "T", 30),
            col("record", "Record of the source", "来源记录号", "T", 13),
            col("payer_record", "Payer's id there", "来源中付款人编号", "T", 13),
            col("payee_record", "Payee's id there", "来源中收款人编号", "T", 9),
            col("number", "Payments in the sum", "汇总笔数", "N", 9),
            col("payer", "Payer as stated", "所载付款人", "T", 16),
            col("payee", "Payee as stated", "所载收款人", "T", 13),
            col("first", "First day", "首日", "D", 13),
            col("last", "Last day", "末日", "D", 24),
            col("amount", "Sum", "汇总金额", "M", 13),
            col("ccy", "Currency", "币种", "T", 13),
            col("printed", "Sum as printed", "原印金额", "T", 13),
            col("reporter", "Who states it", "载明者", "T", 13),
            col("reference", "Reference", "参考号", "T", 13),
            col("marks", "Reader's marks", "读取标记", "T", 13),
        ),
    )
    for n, aggregate in enumerate(sorted(plan.dossier.aggregates.values(), key=_place), 1):
        values: dict[str, Raw] = {
            "sum_id": f"SUM-{n:04d}",
            "record": aggregate.record,
            "payer_record": aggregate.payer_record,
            "payee_record": aggregate.payee_record,
            "number": aggregate.number,
            "payer": aggregate.payer,
            "payee": aggregate.payee,
            "first": aggregate.first,
            "last": aggregate.last,
            "amount": money(aggregate.amount, aggregate.currency) if aggregate.amount is not None else None,
            "ccy": aggregate.currency,
            "printed": aggregate.amount_printed,
            "reporter": aggregate.reporter,
            "reference": aggregate.reference,
            "marks": "; ".join(aggregate.marks),
        }
        block.add(values | plan.meta(block, aggregate.cite, confidence="documented"))


def _place(aggregate: Aggregate) -> tuple[str, str, str]:
    return aggregate.record, aggregate.cite.exhibit, aggregate.cite.locator


def _add(plan: Plan, sheet: Sheet, wire: Wire) -> None:
    messages = [plan.dossier.messages[key] for key in wire.documents if key in plan.dossier.messages]
    transfer = plan.transfers.get(wire.transfer)
    main, cover, reports = parted(messages)
    row = sheet.next_row
    out, into = wire.settled_max, wire.settled_min
    rungs = sorted({n for _, n in wire.joined_by} | set(transfer.rungs if transfer else ()))
    values: dict[str, Raw] = {
        "wire_id": wire.wire_id,
        "txn_out": _leg(plan, transfer.debit if transfer else ""),
        "txn_in": _leg(plan, transfer.credit if transfer else ""),
        "match_rule": ", ".join(str(n) for n in rungs),
        "msg": ", ".join(dict.fromkeys(m.kind for m in main)),
        "sender": main[0].sender if main else "",
        "receiver": main[0].receiver if main else "",
        "ord_customer": _party([*main, *cover] or reports, "debtor"),
        "beneficiary": _party([*main, *cover] or reports, "creditor"),
        "cover": ", ".join(dict.fromkeys(m.kind for m in cover)),
        "cover_sender": "; ".join(dict.fromkeys(m.sender for m in cover if m.sender)),
        "cover_receiver": "; ".join(dict.fromkeys(m.receiver for m in cover if m.receiver)),
        "cover_agents": "; ".join(dict.fromkeys(_named(a) for m in cover for a in m.agents if a.role not in _ENDS)),
        "confirmed": "; ".join(f"{m.kind} {m.reference}, {m.sender}, {m.receiver}" for m in reports),
        # only a payment message tells by which way the money went: lines and confirmations of banks do not
        "route": "cover" if cover or wire.announcement else "serial" if main else "",
        "us_bank": ", ".join(u.id for u in wire.us),
        "us_aba": ", ".join(u.id for u in wire.us if u.scheme == "ABA"),
        "us_city": ", ".join(u.city for u in wire.us if u.city),
        "value_date": wire.value_date,
        "amount_out": money(out, wire.currency),
        "amount_in": money(into, wire.currency),
        "ccy": wire.currency,
        "uetr": "; ".join(dict.fromkeys(m.uetr for m in messages if m.uetr)),
    }
    agents = [a for m in main for a in m.agents]
    values |= {key: _agents(agents, roles) for key, roles in FIELDS.items()}
    if out is not None and into is not None:
        digits = exponent(wire.currency)
        values["fee"] = live(f"ROUND({sheet.at('amount_out', row)}-{sheet.at('amount_in', row)},{digits})", digits)
    cites = [m.cite for m in messages] + [p.cite for k in wire.documents if (p := plan.dossier.postings.get(k))]
    edges = [(docs[0], docs[1], n) for docs, n in wire.joined_by]
    rung = joined_by(wire.documents, edges)
    shown = worst(map(confidence, rungs)) if rung is None else confidence(rung)
    plan.wire_rows[wire.wire_id] = sheet.add(values | plan.meta(sheet, *cites, confidence=shown))


def parted(messages: list[Message]) -> tuple[list[Message], list[Message], list[Message]]:
    """Return the customer's payment, its covers, and what banks report of it.

    A transfer between institutions is the payment itself where no customer's payment is at hand and it says nothing of one.
    """
    told = [m for m in messages if not is_status(m) and not is_order(m)]
    reports = [m for m in told if is_report(m)]
    paid = [m for m in told if m not in reports]
    named = [m for m in paid if m.underlying or "COV" in m.kind]
    main = [m for m in paid if m not in named and not is_between_banks(m)]
    between = [m for m in paid if m not in named and m not in main]
    return (main, [*named, *between], reports) if main or named else (between, [], reports)


def _leg(plan: Plan, posting: str) -> Raw:
    return Link(plan.txn[posting], *plan.txn_place(posting)) if posting in plan.txn else None


def _party(messages: list[Message], role: str) -> str:
    named = [p.name for m in messages for p in (*m.underlying, *m.parties) if p.role == role and p.name]
    return "; ".join(dict.fromkeys(named))


def _named(agent: Agent) -> str:
    """Return an agent of a cover with the field that names it: `57A QXMBUS3NNYC`."""
    return f"{agent.field or agent.role} {agent.id or agent.name}"


def _agents(agents: list[Agent], roles: tuple[str, ...]) -> str:
    return "; ".join(dict.fromkeys(a.id or a.name for a in agents if a.role in roles and (a.id or a.name)))

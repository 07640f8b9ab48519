"""09_WIRES: one row per payment; message and cover are never added together (annex.md section 3, nexus.md section 7)."""

from __future__ import annotations

from tracer.annex.cells import Link, Raw, money
from tracer.annex.plan import SUMMARY, Plan, Sheet, col, live
from tracer.model import Agent, Message, Wire, exponent

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
_COVER = ("COV", "MT202", "MT205", "pacs.009")


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
    return sheet


def _add(plan: Plan, sheet: Sheet, wire: Wire) -> None:
    messages = [plan.dossier.messages[key] for key in wire.documents if key in plan.dossier.messages]
    transfer = next((t for t in plan.dossier.transfers if t.id == wire.transfer), None)
    main = [m for m in messages if not m.kind.startswith(_COVER)] or messages
    cover = [m for m in messages if m not in main]
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
        "ord_customer": _party(messages, "debtor"),
        "beneficiary": _party(messages, "creditor"),
        "cover": ", ".join(dict.fromkeys(m.kind for m in cover)),
        "route": "cover" if cover or wire.announcement else "serial",
        "us_bank": ", ".join(u.id for u in wire.us),
        "us_aba": ", ".join(u.id for u in wire.us if u.scheme == "ABA"),
        "us_city": ", ".join(u.city for u in wire.us if u.city),
        "value_date": wire.value_date,
        "amount_out": money(out, wire.currency),
        "amount_in": money(into, wire.currency),
        "ccy": wire.currency,
        "uetr": "; ".join(dict.fromkeys(m.uetr for m in messages if m.uetr)),
    }
    agents = [*wire.agents, *(a for m in messages for a in m.agents)]
    values |= {key: _agents(agents, roles) for key, roles in FIELDS.items()}
    if out is not None and into is not None:
        digits = exponent(wire.currency)
        values["fee"] = live(f"ROUND({sheet.at('amount_out', row)}-{sheet.at('amount_in', row)},{digits})", digits)
    cites = [m.cite for m in messages] + [p.cite for k in wire.documents if (p := plan.dossier.postings.get(k))]
    inferred = bool(rungs) and max(rungs) >= 3  # rungs 3 and 4 of the ladder rest on amount and day
    sheet.add(values | plan.meta(sheet, *cites, confidence="inferred" if inferred else "documented"))


def _leg(plan: Plan, posting: str) -> Raw:
    return Link(plan.txn[posting], *plan.txn_place(posting)) if posting in plan.txn else None


def _party(messages: list[Message], role: str) -> str:
    named = [p.name for m in messages for p in (*m.underlying, *m.parties) if p.role == role and p.name]
    return "; ".join(dict.fromkeys(named))


def _agents(agents: list[Agent], roles: tuple[str, ...]) -> str:
    return "; ".join(dict.fromkeys(a.id or a.name for a in agents if a.role in roles and (a.id or a.name)))

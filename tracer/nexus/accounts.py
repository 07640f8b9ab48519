"""Numbered accounts at US institutions, and what to ask each of them for (nexus.md section 7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from tracer.model import Message, Posting, Statement, UsInstitution
from tracer.model.payments import usable
from tracer.nexus.identifiers import TERRITORIES, bic_id, bic_key, is_bic, place_of
from tracer.nexus.institutions import Institution, linked
from tracer.nexus.mentions import is_event, is_fedwire, is_report, is_return, line_ends, mention_of

__all__ = ["accounts_of", "request_of"]


def accounts_of(
    messages: Mapping[str, Message],
    lines: Mapping[str, Posting],
    statements: Mapping[str, Statement],
    rows: Sequence[Institution],
) -> tuple[dict[str, str], ...]:
    """Return every printed account number at an institution in the US or a territory, with holder and basis.

    53B with a US receiver, a party line above a US BIC in 53A or 54A, SttlmAcct or the account of a reimbursement agent, and 25
    of a US servicer's message. The holder is the sender for 53, the receiver for 54, the account owner for 25.
    """
    found: dict[tuple[str, str, str], tuple[str, list[str]]] = {}

    def add(number: str, holder: str, servicer: str, scheme: str, basis: str) -> None:
        place = place_of(scheme, servicer)
        if not number or not holder or (place != "US" and place not in TERRITORIES):
            return
        key = bic_key(servicer) if scheme == "BIC" else servicer
        shown = bic_id(servicer) if scheme == "BIC" else servicer
        owner = bic_key(holder) if is_bic(holder) else holder
        _, bases = found.setdefault((number, owner, key), (shown, []))
        if basis not in bases:
            bases.append(basis)

    for _, m in sorted(messages.items()):
        if is_report(m):
            add(m.account, m.receiver, m.sender, _scheme(m.sender), "25")
            continue
        if is_event(m) and not is_return(m):
            continue
        if m.settlement_account:
            is_iso = bool(m.settlement_method)
            at, of = (m.sender, m.receiver) if m.settlement_method == "INGA" else (m.receiver, m.sender)
            side = "sender" if m.settlement_method == "INGA" else "receiver"
            add(m.settlement_account, of, at, _scheme(at), f"{'SttlmAcct' if is_iso else '53B'}, {side} US")
        for agent in m.agents:
            holder = {
                "instructing_reimbursement_agent": m.sender,
                "instructed_reimbursement_agent": m.receiver,
                "third_reimbursement_agent": m.receiver,
            }.get(agent.role)
            if holder and agent.account:
                for one in mention_of(agent, m.settled_date, rows):
                    add(agent.account, holder, one.id, one.scheme, agent.field)
    for _, p in sorted(lines.items()):
        servicer, owner = line_ends(p, statements.get(p.statement), rows)
        if servicer is not None and owner is not None:
            add(p.account, owner.id, servicer.id, servicer.scheme, "25")
    return tuple(
        {"number": number, "holder": holder, "servicer": shown, "basis": "; ".join(sorted(bases))}
        for (number, holder, _), (shown, bases) in sorted(found.items())
    )


def _scheme(identifier: str) -> str:
    return "BIC" if is_bic(identifier) else "ABA"


def request_of(
    us: UsInstitution,
    accounts: Sequence[Mapping[str, str]],
    messages: Mapping[str, Message],
    lines: Mapping[str, Posting],
    rows: Sequence[Institution],
    on: date | None,
) -> dict[str, object]:
    """Return whom to ask, for which account, quoting which references: every one that a record of the wire carries.

    The account is one shown at the institution, else that of the beneficiary where the institution is the account-with bank.
    An IMAD goes to the sending end of its record and an OMAD to the receiving end; other institutions get both.
    """

    def is_it(identifier: str, scheme: str) -> bool:
        if not identifier:
            return False
        row = linked(identifier, scheme, on, rows)
        names = {bic_key(identifier) if scheme == "BIC" else identifier} | ({row.bic8} if row and row.bic8 else set())
        return bic_key(us.id) in names or us.id in names or bool(us.aba and us.aba in names)

    number = next((a["number"] for a in accounts if is_it(a["servicer"], _scheme(a["servicer"]))), None)
    quote: list[str] = []
    for _, m in sorted(messages.items()):
        if number is None and not is_event(m) and not is_report(m):
            number = _beneficiary_account(m, is_it, rows)
        quote += [m.reference] if usable(m.reference) else []
        quote += [m.uetr.strip().lower()]
        if is_fedwire(m):
            is_sender, is_receiver = is_it(m.sender, _scheme(m.sender)), is_it(m.receiver, _scheme(m.receiver))
            quote += [m.imad] if is_sender or not is_receiver else []
            quote += [m.omad] if is_receiver or not is_sender else []
    for _, p in sorted(lines.items()):
        quote += [r for r in (p.uetr.strip().lower(), p.owner_reference, p.bank_reference) if usable(r)]
    return {"to": us.id, "account": number, "quote": [q for q in dict.fromkeys(quote) if q]}


def _beneficiary_account(m: Message, is_it: object, rows: Sequence[Institution]) -> str | None:
    """Return 59a of a customer payment or 58a of a bank transfer, where the institution is the account-with bank.

    Without 57a the receiver keeps the account. Sequence B of a cover is never used.
    """
    assert callable(is_it)
    with_bank = [
        one for agent in m.agents if agent.role == "creditor_agent" for one in mention_of(agent, m.settled_date, rows)
    ]
    named = any(agent.role in {"creditor_agent", "intermediary_agent_1"} for agent in m.agents)
    keeps = any(is_it(one.id, one.scheme) for one in with_bank) or (
        not named and is_it(m.receiver, _scheme(m.receiver))
    )
    if not keeps:
        return None
    bank = next((a.account for a in m.agents if a.role == "creditor_institution" and a.account), "")
    customer = next((p.account for p in m.parties if p.role == "creditor" and p.account), "")
    return customer or bank or None

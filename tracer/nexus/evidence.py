"""What one document shows of one institution: the grade is decided here, and only here (nexus.md sections 0 and 4).

Production decides for copies of a Fedwire record and for tables; an MT9xx or camt statement sent from a US BIC is that bank's own
record whoever produces the copy. An instruction stays an instruction in any production.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tracer.model import EXPONENTS, Message, Money, Posting, Statement
from tracer.nexus.grades import (
    Accepted,
    Designated,
    Entry,
    Evidence,
    FedwireRecord,
    Instructed,
    Kept,
    Referred,
    Sent,
)
from tracer.nexus.identifiers import bic_id, bic_key, is_bic, is_passive
from tracer.nexus.mentions import Mention, is_fedwire, is_free_format, is_order, is_report, is_status

__all__ = ["Producers", "document_of", "line_of", "message_evidence", "posting_evidence", "producer_of"]

Producers = Mapping[str, tuple[str, str]]


def producer_of(key: str, exhibit: str, producers: Producers) -> tuple[str, str]:
    """Return (us, fed or foreign; institution): who produced a document decides some grades. Unknown counts as foreign."""
    return producers.get(key) or producers.get(key.partition("#")[0]) or producers.get(exhibit) or ("foreign", "")


def document_of(message: Message) -> str:
    """Return how a sentence names a message."""
    name = message.reference or message.imad or message.message_id
    return f"{message.kind} {name}".strip()


def line_of(posting: Posting) -> str:
    """Return how a sentence names a statement line."""
    return f"statement of account {posting.account}, {posting.cite.locator}"


def _money(amount: int | None, currency: str) -> str:
    return str(Money(amount, currency)) if amount is not None and currency in EXPONENTS else "an amount not stated"


def _shown(identifier: str) -> str:
    return bic_id(identifier) if is_bic(identifier) else identifier


def message_evidence(
    key: str, message: Message, mention: Mention, producers: Producers, lines: Iterable[tuple[Posting, str]], city: str
) -> Evidence:
    """Return the evidence of one institution in one message. `lines`: statement lines of the wire with their servicer."""
    kind, producer = producer_of(key, message.cite.exhibit, producers)
    document, x, place = document_of(message), mention.id, mention.place
    amount, day = _money(message.settled, message.settled_currency), str(message.settled_date or "an unstated day")
    referred = Referred(x, place, document, producer or _shown(message.sender) or "The producing institution")
    if mention.where in {"text", "name", "owner"} or (mention.scheme == "BIC" and is_passive(mention.id)):
        return referred
    if is_status(message) or is_free_format(message) or is_order(message):
        return referred
    if is_report(message):
        if mention.where == "end":
            holder = _shown(message.receiver) or message.account
            return Entry(x, place, document, message.kind == "MT910", amount, day, holder, city)
        is_american = mention_place(message.sender) == "US"
        return Designated(x, place, document, mention.role) if is_american else referred
    if is_fedwire(message):
        if kind not in {"us", "fed"}:
            return referred
        if mention.where == "end":
            ends = {a.role: a.name or a.id for a in message.agents}
            return FedwireRecord(
                x,
                place,
                document,
                producer or ("the Federal Reserve" if kind == "fed" else "a US institution"),
                amount,
                day,
                ends.get("instructing_agent", message.sender),
                ends.get("instructed_agent", message.receiver),
            )
        return Designated(x, place, document, mention.role)
    if mention.where != "end":
        return Designated(x, place, document, mention.role)
    network = message.accepted is True
    books = any(
        line.amount < 0 and bic_key(servicer) == bic_key(message.sender) and bool(message.sender)
        for line, servicer in lines
    )
    if mention.role == "INSTRUCTING":
        sent = Sent(x, place, document, _shown(message.receiver) or "the receiver", amount, day)
        return Accepted(x, place, document, sent, network, books) if network or books else sent
    own = kind == "us" and bool(producer) and bic_key(producer) == bic_key(mention.id)
    form = Kept if own else Instructed
    instructed = form(x, place, document, _shown(message.sender) or "the sender", amount, day)
    return Accepted(x, place, document, instructed, network, books) if network or books else instructed


def mention_place(bic: str) -> str:
    """Return the country of a printed BIC."""
    return bic[4:6] if is_bic(bic) else ""


def posting_evidence(
    key: str, posting: Posting, statement: Statement | None, mention: Mention, producers: Producers, city: str
) -> Evidence:
    """Return the evidence of one institution in one statement line.

    A table that somebody typed or exported is a record of the US bank only in a US production (grade G3: "copied record").
    """
    kind, producer = producer_of(key, posting.cite.exhibit, producers)
    servicer = posting.servicer or (statement.servicer if statement else "")
    is_own = kind in {"us", "fed"} or (statement is not None and statement.kind != "table")
    document = line_of(posting)
    if mention.where == "end" and is_own and not (mention.scheme == "BIC" and is_passive(mention.id)):
        return Entry(
            mention.id,
            mention.place,
            document,
            posting.amount > 0,
            _money(abs(posting.amount), posting.currency),
            str(posting.value_date or posting.booked or "an unstated day"),
            (statement.owner if statement else "") or posting.account,
            city,
        )
    if mention.where == "agent" and is_own and mention_place(servicer) == "US":
        return Designated(mention.id, mention.place, document, mention.role)
    return Referred(mention.id, mention.place, document, producer or _shown(servicer) or "The producing institution")

"""What the ladder compares, of a message or of a statement line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from tracer.match.comparing import day_of, folded
from tracer.model import Message, Posting, Statement
from tracer.model.payments import is_imad, is_omad, is_uetr, printed_ids, usable

__all__ = ["Record", "of_line", "of_message"]

_folded = lru_cache(maxsize=65_536)(folded)  # one counterparty stands on many lines


@dataclass(slots=True)
class Record:
    """A message or a line. `day` is its value date; `banks` are BIC8 or clearing numbers, `parties` names and accounts folded.

    `charges`: what the message itself states as deducted. `named`: customer accounts that a message prints, per side.
    """

    key: str
    kind: str
    amount: int | None
    currency: str
    day: date | None
    uetr: str = ""
    end_to_end: str = ""
    own: str = ""
    related: str = ""
    bank: str = ""
    stamps: frozenset[str] = frozenset()
    printed: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
    sender: str = ""
    receiver: str = ""
    servicer: str = ""
    banks: frozenset[str] = frozenset()
    parties: frozenset[str] = frozenset()
    charges: int = 0
    content: str = ""
    message: Message | None = None
    posting: Posting | None = None
    named: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def account(self) -> str:
        """Return the account of a line, "" for a message."""
        return (self.posting.account_key or self.posting.account) if self.posting else ""

    @property
    def references(self) -> Iterator[str]:
        """Yield the names under which this record is looked up."""
        for text in (self.uetr, self.end_to_end, self.own, self.related, self.bank):
            if text:
                yield text
        yield from self.stamps
        yield from self.printed
        yield from self.others


def of_message(key: str, m: Message) -> Record:
    """Return what is compared of a message."""
    sender, receiver = (end[: 9 if end[:1].isdigit() else 8] for end in (m.sender, m.receiver))
    banks = {a.id[:8] if a.scheme == "BIC" else a.id for a in m.agents if a.id and a.scheme != "NAME"}
    banks |= {a.clearing[-9:] for a in m.agents if re.fullmatch(r"(?:FW|USABA)[0-9]{9}", a.clearing)}
    customers = (*m.parties, *m.underlying)
    people = {folded(text) for p in customers for text in (p.account, p.name)}
    uetr = m.uetr.strip().lower()
    previous = {m.previous_imad} if is_imad(m.previous_imad) else set()
    return Record(
        key,
        m.kind,
        m.settled,
        m.settled_currency,
        m.settled_date,
        uetr if is_uetr(uetr) else "",
        usable(m.end_to_end_id),
        usable(m.reference),
        usable(m.related_reference),
        stamps=frozenset(s for s in (m.imad, m.omad) if is_imad(s) or is_omad(s)),
        printed=printed_ids(f"{m.narrative}\n{m.remittance}") - {uetr},
        others=frozenset(({usable(m.return_of), m.return_of.strip().lower(), *previous, usable(m.message_id)}) - {""}),
        sender=sender,
        receiver=receiver,
        banks=frozenset((banks | {sender, receiver}) - {""}),
        parties=frozenset(p for p in people if len(p) >= 4),
        charges=sum(c.amount for c in m.charges if c.currency == m.settled_currency),
        content=m.content_hash,
        message=m,
        named={
            role: tuple(p.account for p in customers if p.role == role and p.account) for role in ("debtor", "creditor")
        },
    )


def of_line(key: str, p: Posting, statement: Statement | None) -> Record:
    """Return what is compared of a statement line; the servicer is the line's own, else its statement's."""
    uetr = p.uetr.strip().lower()
    servicer = (p.servicer or (statement.servicer if statement else "")).strip().upper()
    return Record(
        key,
        "line",
        abs(p.amount),
        p.currency,
        day_of(p),
        uetr if uetr and is_uetr(uetr) else "",
        usable(p.end_to_end_id),
        usable(p.owner_reference),
        bank=usable(p.bank_reference),
        printed=printed_ids(f"{p.details}\n{p.owner_reference}\n{p.bank_reference}") - {uetr},
        servicer=servicer[:8],
        banks=frozenset({servicer[:8], p.counterparty_agent.strip().upper()[:8]} - {""}),
        parties=frozenset(t for t in (_folded(p.counterparty), _folded(p.counterparty_account)) if len(t) >= 4),
        posting=p,
    )

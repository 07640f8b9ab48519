"""What the ladder compares, of a message or of a statement line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

import numpy as np

from tracer.match.columns import Columns
from tracer.match.comparing import day_of, folded
from tracer.match.nearby import Numbers, Rows
from tracer.model import Message, Posting, Statement
from tracer.model.payments import is_imad, is_omad, is_uetr, printed_ids, usable

__all__ = ["Record", "Records", "of_line", "of_message", "records"]

_CLEARING = re.compile(r"(?:FW|USABA)[0-9]{9}")
_folded = lru_cache(maxsize=65_536)(folded)  # one counterparty stands on many lines
_SHORTEST = 22  # characters of an IMAD; an OMAD has 34, a UETR 36
_NONE: frozenset[str] = frozenset()
_NAMED: dict[str, tuple[str, ...]] = {}  # a line prints no customer of a message


@dataclass(slots=True)
class Record:
    """A message or a line. `day` is its value date.

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
    charges: int = 0
    content: str = ""
    message: Message | None = None
    posting: Posting | None = None
    named: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _banks: frozenset[str] | None = None
    _parties: frozenset[str] | None = None

    @property
    def banks(self) -> frozenset[str]:
        """Return the banks that it names: BIC8 or clearing numbers. They are read when first asked for, as few pairs ask."""
        if self._banks is None:
            line, m = self.posting, self.message
            found = {self.sender, self.receiver, self.servicer}
            if line is not None:
                found.add(line.counterparty_agent.strip().upper()[:8])
            for a in m.agents if m is not None else ():
                if a.id and a.scheme != "NAME":
                    found.add(a.id[:8] if a.scheme == "BIC" else a.id)
                if a.clearing and _CLEARING.fullmatch(a.clearing):
                    found.add(a.clearing[-9:])
            self._banks = frozenset(found - {""})
        return self._banks

    @property
    def parties(self) -> frozenset[str]:
        """Return the names and accounts that it prints of customers, folded."""
        if self._parties is None:
            line, m = self.posting, self.message
            found = [line.counterparty, line.counterparty_account] if line is not None else []
            for p in (*m.parties, *m.underlying) if m is not None else ():
                found += p.account, p.name
            self._parties = frozenset(text for text in map(_folded, found) if len(text) >= 4)
        return self._parties

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


class Records(Mapping[str, Record]):
    """Messages and lines by id, in the order of their ids; what is compared of one is made when it is first asked for.

    Of a million lines most share a reference with nothing, and are compared with nothing.
    """

    __slots__ = ("_made", "_messages", "_postings", "_statements")

    def __init__(
        self,
        postings: Mapping[str, Posting],
        messages: Mapping[str, Message],
        statements: Mapping[str, Statement],
    ) -> None:
        self._postings, self._messages, self._statements = postings, messages, statements
        self._made: dict[str, Record] = {}

    def __getitem__(self, key: str) -> Record:
        made = self._made.get(key)
        if made is None:
            line = self._postings.get(key)
            if line is None:
                made = of_message(key, self._messages[key])
            else:
                made = of_line(key, line, self._statements.get(line.statement))
            self._made[key] = made
        return made

    def __contains__(self, key: object) -> bool:
        return key in self._postings or key in self._messages

    def line(self, key: str) -> Posting | None:
        """Return a line as printed, None for a message."""
        return self._postings.get(key)

    def amount(self, key: str) -> int:
        """Return the amount of a line or a message, without its sign; 0 where none is printed."""
        line = self._postings.get(key)
        return abs(line.amount) if line is not None else self._messages[key].settled or 0

    def __iter__(self) -> Iterator[str]:
        return iter(sorted({*self._messages, *self._postings}))

    def __len__(self) -> int:
        return len({*self._messages, *self._postings})

    def named(self, columns: Columns | None = None) -> tuple[list[str], list[str], Rows, Rows]:
        """Return (ids, names, number of a name, place of an id that bears it): the names under which records are looked up.

        columns   of these messages, and of these lines and more
        A name that stands once finds nothing, and is left out where no reference of the case is cut. Some stand more than once
        of one id; of a message its content is one, too. An id that a line prints is not told from its own UETR. The lines come
        first, in the order in which they are held, which is that of the memory.
        """
        if columns is None:
            columns = Columns(self._postings, self._messages)
        every = columns.keys
        mine = np.array(
            [key in self._postings for key in every] if len(every) > len(self._postings) else [True] * len(every),
            np.bool_,
        )
        rows = np.flatnonzero(mine)
        told = [key for key in self._messages if key not in self._postings]
        keys = [*map(every.__getitem__, rows.tolist()), *told]
        all_rows = np.r_[rows, np.array([columns.places[key] for key in told], np.int64)]
        raw, folded = columns.references, columns.folded
        known, added = folded.numbers, Numbers()

        def number(name: str) -> int:
            found = known.get(name)
            return len(known) + added[name] if found is None else found

        uetrs = raw.code[0, all_rows]
        of_uetr = np.full(len(raw.texts), -1, np.int64)
        for n in np.unique(uetrs).tolist():
            if (text := raw.texts[n]) and is_uetr(uetr := text.strip().lower()):
                of_uetr[n] = number(uetr)
        more, by = list[int](), list[int]()
        size = np.fromiter(map(len, raw.texts), np.int64, len(raw.texts))[raw.code[2:, rows]]
        details = np.fromiter((len(columns.lines[n].details) for n in rows.tolist()), np.int64, len(rows))
        for n in np.flatnonzero((details >= _SHORTEST) | (size >= _SHORTEST).any(axis=0)).tolist():
            for name in _printed(columns.lines[int(rows[n])]):
                more.append(number(name))
                by.append(n)
        for n, key in enumerate(told, len(rows)):
            m = self._messages[key]
            if _prints_more(m):
                record = self[key]
                listed = (*record.stamps, *record.printed, *record.others)
                more.extend([number(name) for name in listed])
                by.extend([n] * len(listed))
            if m.content_hash:
                more.append(number(f"content {m.content_hash}"))
                by.append(n)
        codes, prints = folded.code[1:, all_rows], np.flatnonzero(of_uetr[uetrs] >= 0)
        code = np.r_[codes.ravel(), of_uetr[uetrs[prints]], np.array(more, np.int64)]
        row = np.r_[np.tile(np.arange(len(keys)), len(codes)), prints, np.array(by, np.int64)]
        names = [*folded.texts, *added]
        times = np.bincount(code, minlength=len(names))
        is_once = times < 2
        if any(name.endswith("+") and n for name, n in zip(names, times.tolist(), strict=True)):
            is_once[:] = False
        # what tells of no payment is no name of a record
        is_name = np.zeros(len(names), np.bool_)
        asked = np.unique(codes[~is_once[codes]])
        is_name[asked] = [bool(usable(names[n])) for n in asked.tolist()]
        kept = ~is_once[code]
        kept[: codes.size] &= is_name[codes.ravel()]
        return keys, names, code[kept], row[kept]


def records(
    postings: Mapping[str, Posting], messages: Mapping[str, Message], statements: Mapping[str, Statement]
) -> Records:
    """Return what is compared of every message and line, by id."""
    return Records(postings, messages, statements)


def _prints_more(m: Message) -> bool:
    """Say whether a message may be looked up under more than its UETR, its references and its content."""
    if m.imad or m.omad or m.previous_imad or m.return_of or m.message_id:
        return True
    return len(m.narrative) >= _SHORTEST or len(m.remittance) >= _SHORTEST


def _printed(p: Posting) -> frozenset[str]:
    """Return the UETRs, IMADs and OMADs that a line prints in a text; each stands in one text, and none is shorter than an IMAD."""
    texts = (p.details, p.owner_reference, p.bank_reference)
    return printed_ids("\n".join(texts)) if max(map(len, texts)) >= _SHORTEST else _NONE


def of_message(key: str, m: Message) -> Record:
    """Return what is compared of a message."""
    sender, receiver = (end[: 9 if end[:1].isdigit() else 8] for end in (m.sender, m.receiver))
    uetr = m.uetr.strip().lower()
    others = _NONE
    if m.return_of or m.message_id or m.previous_imad:
        named = {usable(m.return_of), m.return_of.strip().lower(), usable(m.message_id)}
        if m.previous_imad and is_imad(m.previous_imad):
            named.add(m.previous_imad)
        others = frozenset(named - {""})
    stamps = [s for s in (m.imad, m.omad) if s and (is_imad(s) or is_omad(s))]
    is_long = len(m.narrative) >= _SHORTEST or len(m.remittance) >= _SHORTEST  # as in `_prints_more`
    accounts: dict[str, list[str]] = {"debtor": [], "creditor": []}
    for party in (*m.parties, *m.underlying):
        if party.account and party.role in accounts:
            accounts[party.role].append(party.account)
    return Record(
        key,
        m.kind,
        m.settled,
        m.settled_currency,
        m.settled_date,
        uetr if uetr and is_uetr(uetr) else "",
        usable(m.end_to_end_id),
        usable(m.reference),
        usable(m.related_reference),
        stamps=frozenset(stamps) if stamps else _NONE,
        printed=printed_ids(f"{m.narrative}\n{m.remittance}") - {uetr} if is_long else _NONE,
        others=others,
        sender=sender,
        receiver=receiver,
        charges=sum(c.amount for c in m.charges if c.currency == m.settled_currency) if m.charges else 0,
        content=m.content_hash,
        message=m,
        named={role: tuple(listed) for role, listed in accounts.items()},
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
        printed=printed - {uetr} if (printed := _printed(p)) else _NONE,
        servicer=servicer[:8],
        posting=p,
        named=_NAMED,
    )

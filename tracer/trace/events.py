"""Events as a person lists them, and how they become entries (tracing.md 1.3).

A Book is an immutable list of events in posting order. An election is a function from Book to Book
(`tracer.trace.elections`); `enter` turns the last one into columns. One event may be two entries (a transfer), one
(a credit), or none (a voided payment).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np

from tracer.model import RuleError
from tracer.trace.entries import OTHER, Entries

__all__ = ["Book", "Event", "Holding", "enter", "rows_of"]

_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Event:
    """One event. `kind`: credit, interest, debit, transfer (with `to`), arrival, reversal, returned (each with `of`).

    `labels` of a credit sum to its amount. `credited` is what a transfer arrives with; `in_transit`: it arrives by
    a later arrival event. `of` of a credit that follows a payment back names the debit whose bundle returns.
    """

    id: str
    kind: str
    account: str
    amount: int
    labels: tuple[tuple[str, int], ...] = ()
    to: str = ""
    credited: int | None = None
    sink: str = ""
    sink_type: str = ""
    of: str = ""
    day: date | None = None
    since: date | None = None
    available: date | None = None
    time: str = ""
    block: str = ""
    link: str = ""
    claimant: str = ""
    in_transit: bool = False
    clean_first: bool = False


@dataclass(frozen=True, slots=True)
class Holding:
    """A held account (or a place such as CASH) as it opens: lots oldest first, or a debt; `facility` None = unknown.

    `part_of`: the account of which this place holds a part apart (R0); its bank still held it, and paid interest on it.
    """

    name: str
    currency: str = "XXX"
    opening: tuple[tuple[str, int], ...] = ()
    debt: int = 0
    facility: int | None = None
    part_of: str = ""


@dataclass(frozen=True, slots=True)
class Book:
    """Accounts, events in posting order, and the labels that are proceeds."""

    holdings: tuple[Holding, ...]
    events: tuple[Event, ...]
    proceeds: tuple[str, ...]
    sink_currency: dict[str, str] = field(default_factory=dict)

    def event(self, name: str) -> Event:
        for event in self.events:
            if event.id == name:
                return event
        raise RuleError(
            f"There is no event {name!r}.",
            where="the list of events",
            meaning="An election or a reversal that names no event cannot be carried out.",
            next_call="name an event by its id",
        )

    def with_events(self, events: list[Event]) -> Book:
        return replace(self, events=tuple(events))


@dataclass(slots=True)
class _Rows:
    """The columns while they grow."""

    account: list[int] = field(default_factory=list)
    amount: list[int] = field(default_factory=list)
    credit: list[bool] = field(default_factory=list)
    partner: list[int] = field(default_factory=list)
    sink: list[int] = field(default_factory=list)
    origin: list[dict[str, int]] = field(default_factory=list)
    opening: list[bool] = field(default_factory=list)
    follows: list[bool] = field(default_factory=list)
    clean_first: list[bool] = field(default_factory=list)
    day: list[int] = field(default_factory=list)
    block: list[int] = field(default_factory=list)
    source: list[str] = field(default_factory=list)

    def add(self, account: int, amount: int, source: str, day: date | None, *, credit: bool) -> int:
        self.account.append(account)
        self.amount.append(amount)
        self.credit.append(credit)
        self.partner.append(-1)
        self.sink.append(-1)
        self.origin.append({})
        self.opening.append(False)
        self.follows.append(False)
        self.clean_first.append(False)
        self.day.append(day.toordinal() - _EPOCH if day else -1)
        self.block.append(-1)
        self.source.append(source)
        return len(self.amount) - 1

    def pair(self, debit: int, credit: int) -> None:
        self.partner[debit], self.partner[credit] = credit, debit


def rows_of(entries: Entries, event: str) -> list[int]:
    """Return the rows an event became, in posting order."""
    return [row for row, name in enumerate(entries.source or ()) if name == event]


def enter(book: Book) -> Entries:
    """Turn the events into entries, in their order. Raises `RuleError` for events that cannot be posted."""
    codes = {holding.name: code for code, holding in enumerate(book.holdings)}
    blocks: dict[str, int] = {}
    sinks: dict[str, int] = {}
    rows = _Rows()
    under_way: dict[str, int] = {}
    labels = {"C", "U", "K", *book.proceeds}
    for code, holding in enumerate(book.holdings):
        for label, amount in holding.opening:
            row = rows.add(code, amount, "opening", None, credit=True)
            rows.opening[row], rows.origin[row] = True, {label: amount}
            labels.add(label)
    returns = {event.of: event for event in book.events if event.kind == "reversal"}

    def at(name: str, event: Event) -> int:
        if name not in codes:
            raise RuleError(
                f"Event {event.id} names account {name!r}, which is not held.",
                where=f"event {event.id}",
                meaning="Money to an account that is not held is a debit to a sink.",
                next_call="add the account, or make the event a debit",
            )
        return codes[name]

    def target(name: str) -> int:
        return sinks.setdefault(name, len(sinks))

    for event in book.events:
        first = len(rows.amount)
        if event.kind in ("credit", "interest"):
            row = rows.add(at(event.account, event), event.amount, event.id, event.day, credit=True)
            rows.origin[row] = dict(event.labels)
            rows.follows[row] = event.kind == "interest" and not event.labels
            labels.update(label for label, _ in event.labels)
        elif event.kind == "debit":
            row = rows.add(at(event.account, event), event.amount, event.id, event.day, credit=False)
            rows.clean_first[row] = event.clean_first
            back = returns.get(event.id)
            if back is None or back.amount < event.amount:
                rows.sink[row] = target(f"sink:{event.sink}")
            if back is not None:
                under_way[event.id] = row
        elif event.kind == "transfer":
            row = rows.add(at(event.account, event), event.amount, event.id, event.day, credit=False)
            if event.in_transit:
                under_way[event.id] = row
            else:
                arrived = event.amount if event.credited is None else event.credited
                rows.pair(row, rows.add(at(event.to, event), arrived, event.id, event.day, credit=True))
        elif event.kind in ("arrival", "reversal"):
            row = rows.add(at(event.account, event), 0, event.id, event.day, credit=True)
            debit = under_way.pop(event.of, None)
            if debit is None:
                raise RuleError(
                    f"Event {event.id} brings back {event.of!r}, which is not under way.",
                    where=f"event {event.id}",
                    meaning="A credit of unknown composition is a credit from outside, never a return.",
                    next_call="name an earlier payment that has not come back yet",
                )
            sent = book.event(event.of)
            arrived = event.amount or (sent.amount if sent.credited is None else sent.credited)
            rows.amount[row] = arrived
            rows.pair(debit, row)
        else:
            raise RuleError(
                f"Event {event.id} is of kind {event.kind!r}.",
                where=f"event {event.id}",
                meaning="An election turns it into credits, debits and transfers first.",
                next_call="see tracer.trace.elections",
            )
        if event.block:
            for row in range(first, len(rows.amount)):
                rows.block[row] = blocks.setdefault(event.block, len(blocks))
    for name, row in under_way.items():
        rows.sink[row] = target(f"transit:{name}")
    names = tuple(sorted(labels))
    origin = np.zeros((len(rows.amount), len(names)), np.int64)
    for row, parts in enumerate(rows.origin):
        for label, amount in parts.items():
            origin[row, names.index(label)] = amount
    facilities = [-1 if h.facility is None else h.facility for h in book.holdings]
    return Entries(
        account=np.array(rows.account, np.int32),
        amount=np.array(rows.amount, np.int64),
        credit=np.array(rows.credit, np.bool_),
        partner=np.array(rows.partner, np.int64),
        sink=np.array(rows.sink, np.int32),
        origin=origin,
        opening=np.array(rows.opening, np.bool_),
        day=np.array(rows.day, np.int32),
        block=np.array(rows.block, np.int32),
        debt=np.array([holding.debt for holding in book.holdings], np.int64),
        accounts=tuple(holding.name for holding in book.holdings),
        currencies=tuple(holding.currency for holding in book.holdings),
        sinks=tuple(sinks),
        labels=names,
        proceeds=np.array([name in book.proceeds and name not in OTHER for name in names], np.bool_),
        source=tuple(rows.source),
        facility=np.array(facilities, np.int64) if any(f >= 0 for f in facilities) else None,
        follows=np.array(rows.follows, np.bool_) if any(rows.follows) else None,
        clean_first=np.array(rows.clean_first, np.bool_) if any(rows.clean_first) else None,
    )

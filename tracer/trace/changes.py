"""Entries with one thing changed: relabelled, unlinked, in another order, or listed as events for an election.

Every function returns new entries and changes none; what bank records show (amounts, balances) stays, unless a function
says otherwise. Units: minor units, as in `entries.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np

from tracer.model import Posting
from tracer.trace.entries import Cents, Entries
from tracer.trace.events import Book, Event, Holding
from tracer.trace.orders import causal_order, feasible

__all__ = [
    "OPENING",
    "by_value_date",
    "fees_clean_first",
    "interest_rows",
    "interest_under",
    "listed",
    "opening_as",
    "possible_at",
    "reordered",
    "returned",
    "rows_by_posting",
    "unclaimed",
    "unlinked",
]

#: The label of an opening balance that is taken as proceeds: one of its own, never merged with an offence.
OPENING = "OPENING"
_EPOCH = date(1970, 1, 1).toordinal()
_INTEREST_CODES = frozenset({"INT", "NINT", "INTR", "FINT"})
_INTEREST_WORDS = ("INTEREST", "ZINSEN", "INTERESES", "INTÉRÊTS", "利息")


def rows_by_posting(e: Entries) -> dict[str, int]:
    """Return posting id -> row."""
    return {name: row for row, name in enumerate(e.source or ())}


def unclaimed(e: Entries, labels: Iterable[str], rows: Sequence[int] | None = None) -> tuple[Entries, Cents]:
    """Return the entries in which these labels (at these rows; default everywhere) are U, and the rows that changed.

    A label without money stays a label, and its figures are zero.
    """
    columns = np.array([e.labels.index(label) for label in labels if label in e.labels], np.int64)
    unknown = e.labels.index("U")
    where = np.arange(len(e)) if rows is None else np.array(rows, np.int64)
    touched = where[e.origin[np.ix_(where, columns)].any(axis=1)]
    origin = e.origin.copy()
    origin[touched, unknown] += origin[np.ix_(touched, columns)].sum(axis=1)
    origin[np.ix_(touched, columns)] = 0
    return replace(e, origin=origin), touched


def opening_as(e: Entries, label: str, account: str = "") -> tuple[Entries, Cents]:
    """Return the entries whose opening lots (of one account, or of all) bear `label`, and the rows that changed."""
    rows = e.opening & (e.account == e.accounts.index(account)) if account else e.opening
    if label not in e.labels:
        e = _with_label(e, label)
    origin = e.origin.copy()
    origin[rows] = 0
    origin[rows, e.labels.index(label)] = e.amount[rows]
    return replace(e, origin=origin), np.flatnonzero(rows)


def possible_at(e: Entries, row: int) -> tuple[Entries, Cents]:
    """Return the entries in which the other money of one credit from outside is proceeds of its own label, OPENING."""
    if OPENING not in e.labels:
        e = _with_label(e, OPENING)
    origin = e.origin.copy()
    other = np.flatnonzero(~e.proceeds)
    origin[row, e.labels.index(OPENING)] += origin[row, other].sum()
    origin[row, other] = 0
    return replace(e, origin=origin), np.array([row], np.int64)


def _with_label(e: Entries, label: str) -> Entries:
    labels = tuple(sorted({*e.labels, label}))
    origin = np.zeros((len(e), len(labels)), np.int64)
    origin[:, [labels.index(name) for name in e.labels]] = e.origin
    own = dict(zip(e.labels, e.proceeds.tolist(), strict=True))
    return replace(e, labels=labels, origin=origin, proceeds=np.array([own.get(name, True) for name in labels]))


def unlinked(e: Entries, debits: Sequence[int]) -> tuple[Entries, Cents]:
    """Return the entries in which these debits and their credits are payments of their own, and the rows that changed.

    What left goes to a target of its own, `sink:UNLINKED:`, its currency and the account it was said to reach; what arrived
    is U.
    """
    partner, sink, origin = e.partner.copy(), e.sink.copy(), e.origin.copy()
    names = list(e.sinks)
    rows = []
    for debit in debits:
        credit = int(e.partner[debit])
        rows += [debit, credit]
        name = f"sink:UNLINKED:{e.currencies[int(e.account[debit])]}:{e.accounts[int(e.account[credit])]}"
        if name not in names:
            names.append(name)
        partner[debit] = partner[credit] = -1
        sink[debit] = names.index(name)
        origin[credit] = 0
        origin[credit, e.labels.index("U")] = e.amount[credit]
    return replace(e, partner=partner, sink=sink, origin=origin, sinks=tuple(names)), np.array(rows, np.int64)


def returned(e: Entries, pairs: Sequence[tuple[int, int]]) -> Entries:
    """Return the entries in which each (payment, later credit of the same amount) brings back what the payment took.

    `reversal = new_credit_tail` (tracing.md 1.3): the original composition, at the tail; never a fresh clean lot.
    """
    partner, sink, origin = e.partner.copy(), e.sink.copy(), e.origin.copy()
    for debit, credit in pairs:
        partner[debit], partner[credit] = credit, debit
        sink[debit] = -1
        origin[credit] = 0
    return replace(e, partner=partner, sink=sink, origin=origin)


def is_interest(posting: Posting) -> bool:
    """Say whether a credit is interest, by the bank's own code or words; what another account paid is no bank's interest."""
    text = posting.details.upper()
    coded = posting.type_code.upper() in _INTEREST_CODES
    worded = not posting.counterparty_account and any(word in text for word in _INTEREST_WORDS)
    return posting.amount > 0 and (coded or worded)


def interest_rows(e: Entries, postings: Mapping[str, Posting]) -> Cents:
    """Return the rows of credits from outside that are interest and bear no claim."""
    source = e.source or ()
    if not source:
        return np.zeros(0, np.int64)
    outside = e.credit & (e.partner < 0) & ~e.opening & ~e.origin[:, e.proceeds].any(axis=1)
    found = [
        row
        for row in np.flatnonzero(outside).tolist()
        if (posting := postings.get(source[row])) is not None and is_interest(posting)
    ]
    return np.array(found, np.int64)


def interest_under(e: Entries, rows: Cents, policy: str) -> Entries:
    """Return the entries in which interest is `clean`, `unknown`, follows the composition (`prorata_posting`), or is `proceeds`.

    `proceeds` needs one proceeds label with money: of several nobody knows which one earned it.
    """
    origin = e.origin.copy()
    origin[rows] = 0
    follows = np.zeros(len(e), np.bool_) if e.follows is None else e.follows.copy()
    follows[rows] = policy == "prorata_posting"
    if follows.any() or e.follows is not None:
        e = replace(e, follows=follows if follows.any() else None)
    if policy == "prorata_posting":
        return replace(e, origin=origin)
    live = [k for k, flag in enumerate(e.proceeds.tolist()) if flag and e.origin[:, k].any()]
    column = live[0] if policy == "proceeds" else e.labels.index("C" if policy == "clean" else "U")
    origin[rows, column] = e.amount[rows]
    return replace(e, origin=origin)


def fees_clean_first(e: Entries) -> Entries:
    """Return the entries in which lots wholly of other money pay the fees first."""
    fees = [k for k, name in enumerate(e.sinks) if name == "sink:FEE" or name.startswith("sink:FEE:")]
    return replace(e, clean_first=np.isin(e.sink, fees))


def reordered(e: Entries, place: Sequence[int]) -> Entries | None:
    """Return the entries with row `place[k]` at k, each credit of a transfer after its debit; None where none is so."""
    rows = np.array(place, np.int64)
    if (e.partner[rows[rows != np.arange(len(e))]] >= 0).any():  # else every transfer stands where it stood
        causal = causal_order(e, list(place))
        if causal is None:
            return None
        rows = np.array(causal, np.int64)
    where = np.empty(len(e), np.int64)
    where[rows] = np.arange(len(e))
    partner = e.partner[rows]
    columns: dict[str, Any] = {
        name: getattr(e, name)[rows]
        for name in ("account", "amount", "credit", "sink", "origin", "opening", "day", "block")
    }
    for name in ("follows", "clean_first"):
        if getattr(e, name) is not None:
            columns[name] = getattr(e, name)[rows]
    source = tuple(e.source[row] for row in rows.tolist()) if e.source is not None else None
    return replace(e, **columns, partner=np.where(partner >= 0, where[partner], -1), source=source)


def day_reordered(e: Entries, rows: Sequence[int], order: Sequence[int]) -> Entries | None:
    """Return the entries with the rows of one unordered day in another order; None where the bank could not allow it."""
    signed = [int(e.amount[row]) if e.credit[row] else -int(e.amount[row]) for row in order]
    before = int(e.balances()[rows[0]]) - (int(e.amount[rows[0]]) if e.credit[rows[0]] else -int(e.amount[rows[0]]))
    facility = int(e.facility[e.account[rows[0]]]) if e.facility is not None else -1
    if not feasible(signed, before, facility):
        return None
    place = list(range(len(e)))
    for slot, row in zip(rows, order, strict=True):
        place[slot] = row
    return reordered(e, place)


def by_value_date(e: Entries, postings: Mapping[str, Posting]) -> Entries | None:
    """Return the entries of each account in the order of value dates, ties as booked; None where transfers make a circle.

    An entry that no posting shows (an opening, a missing period) keeps its place: nothing passes over it. Balances are
    then those of the value dates, and may fall below nothing where the bank's own books did not.
    """
    source = e.source or ()
    valued = [_valued(postings.get(name), int(day)) for name, day in zip(source, e.day.tolist(), strict=True)]
    place = list(range(len(e)))
    for account in range(len(e.accounts)):
        mine = np.flatnonzero(e.account == account).tolist()
        segment: list[int] = []
        for row in [*mine, -1]:
            if row >= 0 and source[row] in postings:
                segment.append(row)
                continue
            for slot, moved in zip(segment, sorted(segment, key=lambda r: valued[r]), strict=True):
                place[slot] = moved
            segment = []
    return reordered(replace(e, block=np.full(len(e), -1, np.int32)), place)


def _valued(posting: Posting | None, booked: int) -> int:
    day = posting.value_date if posting is not None else None
    return day.toordinal() - _EPOCH if day is not None else booked


def listed(e: Entries) -> Book:
    """Return the entries as events, so that an election can be made on them; an id is that of the debit, or of the credit.

    Within an account nothing changes its place; between accounts the arrival of a transfer stands right after it left
    wherever the account it reaches was not waiting for another payment.
    """
    source = e.source or tuple(map(str, range(len(e))))
    queues: list[list[int]] = [np.flatnonzero((e.account == a) & ~e.opening).tolist() for a in range(len(e.accounts))]
    at = [0] * len(queues)
    done: set[int] = set()
    events: list[Event] = []

    def day(row: int) -> date | None:
        return date.fromordinal(int(e.day[row]) + _EPOCH) if e.day[row] >= 0 else None

    def event(row: int, kind: str, **more: Any) -> Event:
        block = str(e.block[row]) if e.block[row] >= 0 else ""
        account = e.accounts[int(e.account[row])]
        return Event(source[row], kind, account, int(e.amount[row]), day=day(row), block=block, **more)

    def post(row: int) -> None:
        """Post one row that no other row has to come before."""
        done.add(row)
        partner = int(e.partner[row])
        if e.credit[row] and partner >= 0:
            sent = source[partner]
            back = e.sink[partner] >= 0
            events.append(event(row, "reversal" if back else "arrival", of=sent))
        elif e.credit[row]:
            follows = e.follows is not None and bool(e.follows[row])
            labels = tuple(
                (name, amount) for name, amount in zip(e.labels, e.origin[row].tolist(), strict=True) if amount
            )
            events.append(event(row, "interest" if follows else "credit", labels=labels))
        else:
            clean = e.clean_first is not None and bool(e.clean_first[row])
            name = e.sinks[int(e.sink[row])].removeprefix("sink:") if e.sink[row] >= 0 else ""
            kind = name.partition(":")[0]
            events.append(event(row, "debit", sink=name, sink_type=kind, clean_first=clean))

    def reach(account: int, until: int) -> bool:
        """Post what comes before `until` in its account, as far as nothing there waits for, or sends, another transfer."""
        queue = queues[account]
        while at[account] < len(queue) and queue[at[account]] != until:
            row = queue[at[account]]
            if row not in done:
                waits = e.partner[row] >= 0
                if waits and not (e.credit[row] and int(e.partner[row]) in done):
                    return False
                post(row)
            at[account] += 1
        return True

    for row in np.flatnonzero(~e.opening).tolist():
        if row in done:
            continue
        partner = int(e.partner[row])
        if e.credit[row] or partner < 0 or e.sink[row] >= 0:
            post(row)
            continue
        done.add(row)
        # within one account what lies between the two legs comes after the first of them; a leg of an unordered day keeps
        # that day for itself, and an event has one
        apart = e.account[partner] == e.account[row] or e.block[row] >= 0 or e.block[partner] >= 0
        if not apart and reach(int(e.account[partner]), partner):
            arrived = int(e.amount[partner])
            events.append(
                event(row, "transfer", to=e.accounts[int(e.account[partner])], credited=arrived)
                if arrived != e.amount[row]
                else event(row, "transfer", to=e.accounts[int(e.account[partner])])
            )
            done.add(partner)
        else:
            to = e.accounts[int(e.account[partner])]
            events.append(event(row, "transfer", to=to, credited=int(e.amount[partner]), in_transit=True))
    return Book(_holdings(e), tuple(events), tuple(n for n, f in zip(e.labels, e.proceeds.tolist(), strict=True) if f))


def _holdings(e: Entries) -> tuple[Holding, ...]:
    found = []
    for account, name in enumerate(e.accounts):
        rows = np.flatnonzero((e.account == account) & e.opening)
        lots = [
            (label, int(amount))
            for row in rows.tolist()
            for label, amount in zip(e.labels, e.origin[row].tolist(), strict=True)
            if amount
        ]
        facility = int(e.facility[account]) if e.facility is not None else -1
        limit = facility if facility >= 0 else None
        found.append(Holding(name, e.currencies[account], tuple(lots), int(e.debt[account]), limit))
    return tuple(found)

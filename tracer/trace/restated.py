"""Elections that ask the rule itself: what came into an account is restated, and the ledger is run again from there.

restore      a later credit restores what was taken (the Roscoe exception, tracing.md 1.3)
link_back    R7: a later credit of proceeds paid for an earlier payment
apart        R0 on money that came by a transfer: which cents of it were proceeds only the rule can say

Each works on a credit from outside and on the arrival of a transfer alike. An arrival is taken to a place of its own
(`restated:`), which is no target, and what it brings is posted to the account again with other labels: the amounts of the
bank's lines stay, a charge in transit stays where it was, and the money arrives in the sub-lots that the election names.
Beside those it arrives blended: a restated entry has no order of its own inside (tracing.md 1.2 step 5).

Where a payment linked back is itself a transfer, what arrives by it is restated, so that everything after it follows. m is
measured on what left: the bundle changes first, and is then converted, or charged, as the bank did it, each cell by largest
remainder (1.2 step 8); what a charge took of it changes at its target too. A credit in another currency than the payment is
refused: m is the smaller of two amounts of one currency, and no rate that the records do not show as executed may allocate
(1.3, FX).

Method: the events are restated in their own order, each against a run of all that is before it; a link that is added makes
        every later restatement anew. m, gain and loss of a link are those of the run without it (R7: "other money in P not
        already linked").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from tracer.model import RuleError
from tracer.trace.elections import not_covered, refuse_returned, spread, taken_from
from tracer.trace.entries import OTHER, Entries
from tracer.trace.events import Book, Event, Holding, enter
from tracer.trace.replay import Replay

__all__ = ["RESTATED", "BackwardLink", "Restated", "restated"]

#: The beginning of the names of places that are no targets.
RESTATED = "restated:"

Run = Callable[[Entries, Book], tuple[Entries, Replay]]


@dataclass(frozen=True, slots=True)
class BackwardLink:
    """R7: the later credit of proceeds that, by pleaded coordination, paid for an earlier payment."""

    credit: str
    payment: str
    evidence: tuple[str, ...]


@dataclass(slots=True)
class _Change:
    """What is restated at one event. `apart`: (place, amount) in the order of the links.

    gain, loss   a payment that is a transfer: proceeds it takes on, other money it gives up
    replaced     a credit linked back: the proceeds that replacement money stands for
    """

    restored: bool = False
    apart: tuple[tuple[str, int], ...] = ()
    gain: dict[str, int] = field(default_factory=dict)
    loss: dict[str, int] = field(default_factory=dict)
    replaced: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Restated:
    """The restated events, what linked payments gain and lose at their targets, and how much each election moved.

    `paid`: (target, gained, lost) of payments that leave the accounts, and of charges on the way.
    `moved`: (election, event ids) -> minor units: restored, or linked back.
    """

    book: Book
    paid: tuple[tuple[str, dict[str, int], dict[str, int]], ...]
    moved: dict[tuple[str, ...], int]


@dataclass(frozen=True, slots=True)
class _Arrival:
    """What an event brings into an account under a rule, and how that account stood before it."""

    account: str
    currency: str
    labels: dict[str, int]
    came: dict[str, int]
    held: dict[str, int]
    debt: int


def restated(
    book: Book,
    run: Run,
    *,
    restoration: Sequence[str] = (),
    links: Sequence[BackwardLink] = (),
    apart: Mapping[str, Sequence[tuple[str, int]]] | None = None,
    ordered: bool = True,
    clean_repays: bool = False,
) -> Restated:
    """Return the book with every election carried out. `run`: replays entries of a book under the rule.

    clean_repays: the other money of a restored credit pays a debt first (`mixed_repay = clean_first`).

    Raises: RuleError where an election names what it cannot apply to, NotCovered where tracer cannot carry it out.
    """
    order = {event.id: k for k, event in reversed(list(enumerate(book.events)))}
    changes: dict[str, _Change] = {}
    for name in restoration:
        _credit(book, name, "restoration")
        changes.setdefault(name, _Change()).restored = True
    for name, parts in (apart or {}).items():
        if name in changes:
            raise _twice(name)
        changes[name] = _Change(apart=tuple(parts))
    paid: list[tuple[str, dict[str, int], dict[str, int]]] = []
    moved: dict[tuple[str, ...], int] = {}
    for link in links:
        _admissible(book, link, order)
        if link.credit in changes and not changes[link.credit].replaced:
            raise _twice(link.credit)
    for link in sorted(links, key=lambda one: order[one.credit]):
        made = _made(book, run, changes, order, ordered=ordered, clean_repays=clean_repays)
        payment = book.event(link.payment)
        whole = payment.kind == "debit" or _shrinks(book, payment)
        now = _drawn(made, run, book, link.payment) if whole else _arrival(made, run, book, payment)
        came = _arrival(made, run, book, book.event(link.credit))
        if now.currency != came.currency:
            raise RuleError(
                f"The credit {link.credit} is in {came.currency}, and the payment {link.payment} was made in {now.currency}.",
                where="r7",
                meaning="The link is of the smaller of two amounts of one currency; no rate that no bank executed may allocate.",
                next_call="link a credit in the currency of the payment, such as the conversion that brought it there",
            )
        other = {label: x for label, x in now.labels.items() if label in OTHER}
        for name, _, loss in paid:
            if name == link.payment:
                other = {label: x - loss.get(label, 0) for label, x in other.items()}
        proceeds = {label: x for label, x in came.labels.items() if label in book.proceeds}
        if link.credit in changes and book.event(link.credit).kind != "credit":
            # read where it first arrived: what an earlier link replaced is still there
            replaced = changes[link.credit].replaced
            proceeds = {label: x - replaced.get(label, 0) for label, x in proceeds.items()}
        m = min(sum(proceeds.values()), sum(other.values()))
        moved[("r7", link.credit, link.payment)] = m
        if not m:
            continue
        gain, loss, left = spread(m, proceeds), {}, m
        for label in ("K", "U", "C"):
            loss[label] = min(left, other.get(label, 0))
            left -= loss[label]
        paid.append((link.payment, gain, loss))
        if payment.kind != "debit":
            change = changes.setdefault(link.payment, _Change())
            change.gain, change.loss = _plus(change.gain, gain), _plus(change.loss, loss)
        change = changes.setdefault(link.credit, _Change())
        change.replaced = _plus(change.replaced, gain)
    at_targets = [(f"sink:{book.event(p).sink}", gain, loss) for p, gain, loss in paid if book.event(p).kind == "debit"]
    made = _made(book, run, changes, order, ordered=ordered, clean_repays=clean_repays, moved=moved, charged=at_targets)
    return Restated(made, tuple(at_targets), moved)


def _plus(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {label: one.get(label, 0) + other.get(label, 0) for label in {**one, **other}}


def _twice(name: str) -> RuleError:
    return RuleError(
        f"Event {name} is named by two elections.",
        where="elections",
        meaning="The same cents would be held apart, restored or linked twice; nothing was computed.",
        next_call="name an entry in one election",
    )


def _credit(book: Book, name: str, feature: str) -> Event:
    """Return an event by which money comes into an account."""
    event = book.event(name)
    if event.kind not in ("credit", "transfer", "arrival"):
        raise not_covered(f"{feature} of {name}, which is a {event.kind}")
    return event


def _admissible(book: Book, link: BackwardLink, order: Mapping[str, int]) -> None:
    _credit(book, link.credit, "an r7 link")
    payment = book.event(link.payment)
    if payment.kind not in ("debit", "transfer"):
        raise not_covered(f"an r7 link to {link.payment}, which is a {payment.kind}")
    refuse_returned(book, link.payment)
    if order[link.credit] <= order[link.payment]:
        raise RuleError(
            f"The backward link goes from {link.credit} to {link.payment}, which is later.",
            where="r7",
            meaning="A later credit pays for an earlier payment; the other direction is what every rule does.",
            next_call="link a credit of proceeds to a payment made before it",
        )
    if not link.evidence:
        raise RuleError(
            f"The backward link from {link.credit} to {link.payment} names no evidence.",
            where="r7",
            meaning="Backward tracing is admissible only with pleaded coordination (Brazil v Durant [2015] UKPC 35).",
            next_call="name the evidence ids that show the coordination",
        )


def _made(
    book: Book,
    run: Run,
    changes: Mapping[str, _Change],
    order: Mapping[str, int],
    *,
    ordered: bool,
    clean_repays: bool,
    moved: dict[tuple[str, ...], int] | None = None,
    charged: list[tuple[str, dict[str, int], dict[str, int]]] | None = None,
) -> Book:
    """Return the book with every event in `changes` restated, in the order of the arrivals.

    charged: takes what changes at the targets of charges on the way.
    """
    made = book
    arrivals = {name: _arrives_at(book, name) for name in changes}
    for name in sorted(changes, key=lambda name: arrivals[name]):
        change, event = changes[name], book.event(name)
        now = _arrival(made, run, book, event)
        drawn = _drawn(made, run, book, name).labels if change.gain and _shrinks(book, event) else None
        lots = _lots(now, change, book.proceeds, name, drawn=drawn, ordered=ordered, clean_repays=clean_repays)
        if change.restored:
            restored = sum(lots[1][1].values())
            if moved is not None:
                moved["restoration", name] = restored
            if not restored:  # nothing was short: the money stays in the order in which it came
                continue
        if drawn is not None and charged is not None and not _converts(book, event):
            charged.append((_charge_of(made, event), *_charge(drawn, now, change, lots)))
        made = _posted_again(made, book, name, now, lots)
    return made


def _arrives_at(book: Book, name: str) -> int:
    """Return the place in the list at which the money of an event arrives."""
    places = [k for k, e in enumerate(book.events) if e.id == name]
    if book.event(name).kind == "transfer":
        places += [k for k, e in enumerate(book.events) if e.kind == "arrival" and e.of == name]
    return max(places)


def _rows(entries: Entries, made: Book, book: Book, event: Event) -> list[int]:
    """Return the rows at which the money of an event arrives, in the ledger restated so far."""
    names = {event.id}
    if event.kind == "transfer":
        names |= {e.id for e in book.events if e.kind == "arrival" and e.of == event.id}
    source = entries.source or ()
    rows = [row for row, name in enumerate(source) if name in names and entries.credit[row]]
    if not rows:
        raise not_covered(f"an election on {event.id}, which is still on its way when the records end,")
    return rows


def _arrival(made: Book, run: Run, book: Book, event: Event) -> _Arrival:
    """Return what an event brings, as the rule has it in the ledger restated so far."""
    entries = enter(made)
    rows = _rows(entries, made, book, event)
    # what was restated already (a payment linked twice) is read again as it first arrived
    places = {k for k, name in enumerate(entries.accounts) if name.startswith(RESTATED)}
    first = [row for row in rows if int(entries.account[row]) in places] or rows
    before, replay = run(entries.upto(first[-1] + 1), made)
    at = first[0]
    labels = replay.moved[first].sum(axis=0).tolist()
    name = event.to if event.kind == "transfer" else event.account
    account = entries.accounts.index(name)
    last = np.flatnonzero(before.account[:at] == account)
    # what R0 holds apart came into the account too, and is still in it
    codes = [k for k, holding in enumerate(made.holdings) if k == account or holding.part_of == name]
    mine = np.flatnonzero(np.isin(before.account[:at], codes) & before.credit[:at])
    held = np.zeros(len(entries.labels), np.int64)
    for code in codes:
        own = np.flatnonzero(before.account[:at] == code)
        held += replay.held[own[-1]] if len(own) else 0
    balance = int(entries.balances()[last[-1]]) if len(last) else -int(entries.debt[account])
    return _Arrival(
        account=name,
        currency=entries.currencies[account],
        labels=_named(entries, labels),
        came=_named(entries, replay.moved[mine].sum(axis=0).tolist()),
        held=_named(entries, held.tolist()),
        debt=max(0, -balance),
    )


def _drawn(made: Book, run: Run, book: Book, name: str) -> _Arrival:
    """Return what a payment took."""
    entries = enter(made)
    rows = [row for row, source in enumerate(entries.source or ()) if source == name and not entries.credit[row]]
    _, replay = run(entries.upto(rows[-1] + 1), made)
    event = book.event(name)
    currency = entries.currencies[entries.accounts.index(event.account)]
    return _Arrival(event.account, currency, _named(entries, replay.moved[rows].sum(axis=0).tolist()), {}, {}, 0)


def _named(entries: Entries, amounts: Sequence[int]) -> dict[str, int]:
    return {label: x for label, x in zip(entries.labels, amounts, strict=True) if x}


def _converts(book: Book, event: Event) -> bool:
    """Say whether a transfer arrives in another currency than it left in."""
    money = {holding.name: holding.currency for holding in book.holdings}
    return event.kind == "transfer" and money.get(event.account) != money.get(event.to)


def _shrinks(book: Book, event: Event) -> bool:
    """Say whether a transfer arrives in another currency, or as another amount, than it left in."""
    if event.kind != "transfer":
        return False
    arrivals = [e.amount for e in book.events if e.kind == "arrival" and e.of == event.id and e.amount]
    arrived = arrivals[0] if arrivals else event.amount if event.credited is None else event.credited
    return _converts(book, event) or arrived != event.amount


def _charge_of(book: Book, event: Event) -> str:
    """Return the target that collects what was charged on the way of a transfer."""
    entries = enter(book)
    return entries.total("TRANSIT_FEE", entries.accounts.index(event.account))


def _charge(
    drawn: Mapping[str, int], now: _Arrival, change: _Change, lots: Sequence[tuple[str, Mapping[str, int]]]
) -> tuple[dict[str, int], dict[str, int]]:
    """Return what a charge gains and loses because the bundle it was taken from changed: it is what did not arrive."""
    arrived = dict(change.replaced)  # replacement money stands first in its place
    for _, lot in lots[bool(change.replaced) :]:
        arrived = _plus(arrived, lot)
    more = {}
    for label in {*drawn, *now.labels, *arrived, *change.gain}:
        was = drawn.get(label, 0) - now.labels.get(label, 0)
        left = drawn.get(label, 0) + change.gain.get(label, 0) - change.loss.get(label, 0)
        more[label] = left - arrived.get(label, 0) - was
    return {k: x for k, x in more.items() if x > 0}, {k: -x for k, x in more.items() if x < 0}


def _lots(
    now: _Arrival,
    change: _Change,
    proceeds: Sequence[str],
    name: str,
    *,
    drawn: Mapping[str, int] | None = None,
    ordered: bool,
    clean_repays: bool,
) -> list[tuple[str, dict[str, int]]]:
    """Return the sub-lots in which the money is posted again: (account, labels). `drawn`: what left, where it is converted."""
    if change.restored:
        return [(now.account, lot) for lot in _restored(now, proceeds, clean_repays=clean_repays)]
    lots: list[tuple[str, dict[str, int]]] = []
    left, tail = dict(now.labels), {}  # type: dict[str, int], dict[str, int]
    if change.apart:
        for place, m in change.apart:
            part = taken_from(left, m, proceeds)
            left = {label: x - part.get(label, 0) for label, x in left.items()}
            lots.append((place, part))
        return [*lots, (now.account, left)]
    if drawn is not None:
        own, lent = _linked(drawn, change, proceeds, name)
        cells = (own, lent) if ordered else (_plus(own, lent), {})
        left, tail = _converted(cells, sum(now.labels.values()))
    if change.replaced:
        short = [label for label, x in change.replaced.items() if x > left.get(label, 0)]
        if short:
            raise RuleError(
                f"The backward link of {name} needs {change.replaced[short[0]]} of {short[0]}, and "
                f"{left.get(short[0], 0)} of it arrive once the payment is restated.",
                where="r7",
                meaning="The payment that gains the proceeds is one of the ways by which they came: a link to itself.",
                next_call="link the credit to a payment whose money does not come back by it",
            )
        lots.append((now.account, {"C": sum(change.replaced.values())}))
        left = {label: x - change.replaced.get(label, 0) for label, x in left.items()}
    if change.gain and drawn is None:
        left, tail = _linked(left, change, proceeds, name)
    elif not tail:
        return [*lots, (now.account, left)]
    return [*lots, (now.account, left), (now.account, tail)] if ordered else [*lots, (now.account, _plus(left, tail))]


def _linked(
    left: Mapping[str, int], change: _Change, proceeds: Sequence[str], name: str
) -> tuple[dict[str, int], dict[str, int]]:
    """Return what a payment takes once its links hold: own money with the proceeds it gains, and last what the bank lent."""
    gone = [label for label, x in change.loss.items() if x > left.get(label, 0)]
    if gone:
        raise RuleError(
            f"{name} gives up {change.loss[gone[0]]} of {gone[0]} by its links, and brings {left.get(gone[0], 0)}.",
            where="r7",
            meaning="Another link changed what this payment took: the links rest on each other.",
            next_call="link the payments in one chain, the earlier one alone",
        )
    bank = change.loss.get("K", 0)
    of_bank = taken_from(change.gain, bank, proceeds) if bank else {}
    rest = {label: x - of_bank.get(label, 0) for label, x in change.gain.items()}
    lost = {label: x for label, x in change.loss.items() if label != "K"}
    own = {label: x - lost.get(label, 0) for label, x in left.items() if label != "K"}
    lent = {"K": left.get("K", 0) - bank} | of_bank
    return _plus(own, rest), {label: x for label, x in lent.items() if x}


def _converted(
    lots: tuple[Mapping[str, int], Mapping[str, int]], credited: int
) -> tuple[dict[str, int], dict[str, int]]:
    """Spread what was credited over the cells of a bundle by largest remainder, ties to the earlier cell (1.2 step 8)."""
    cells = {f"{n} {label}": x for n, lot in enumerate(lots) for label, x in lot.items() if x}
    parts = spread(credited, cells)
    own, lent = ({k[2:]: x for k, x in parts.items() if k[0] == n} for n in "01")
    return own, lent


def _restored(
    now: _Arrival, proceeds: Sequence[str], *, clean_repays: bool
) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """Return what repays a debt, what is restored, and the rest (the Roscoe exception).

    Per label, shortfall = max(0, proceeds ever credited to or opened in the account, less held now); m = min(other money of
    the credit, sum of shortfalls), split by largest remainder; a debt is repaid from the rest first, as a mixed credit repays
    one: what stays is apportioned, or with `clean_repays` what is other money pays first (1.2 step 8; 1.3).
    Authority: Roscoe v Winder [1915] 1 Ch 62 [F] leaves room for a clear intention to restore. Against: without
    evidence of intent a later deposit never refills the fund; Re Dameron, 155 F.3d 718, 724 [F].
    """
    short = {label: max(0, now.came.get(label, 0) - now.held.get(label, 0)) for label in proceeds}
    other = {label: x for label, x in now.labels.items() if label in OTHER}
    m = min(sum(other.values()), sum(short.values()))
    back = spread(m, short) if m else {}
    given = spread(m, other) if m else {}
    rest = {label: x - given.get(label, 0) for label, x in now.labels.items()}
    size = sum(rest.values())
    pays = min(now.debt, size)
    clean = {label: x for label, x in rest.items() if label not in proceeds}
    if not pays:
        kept = rest
    elif clean_repays and pays < sum(clean.values()):
        paid = spread(pays, clean)
        kept = {label: x - paid.get(label, 0) for label, x in rest.items()}
    else:
        kept = taken_from(
            {label: x for label, x in rest.items() if label in proceeds} if clean_repays else rest,
            size - pays,
            proceeds,
        )
    return {label: x - kept.get(label, 0) for label, x in rest.items()}, back, kept


def _posted_again(made: Book, book: Book, name: str, now: _Arrival, lots: Sequence[tuple[str, dict[str, int]]]) -> Book:
    """Post what an event brings in these lots; what came by a transfer goes to a place of its own first."""
    event = book.event(name)
    carries = {name} if event.kind != "transfer" else {name, *_arrivals_of(book, name)}
    place = f"{RESTATED}{name}"
    again = [
        Event(name, "credit", account, sum(labels.values()), tuple(sorted((n, x) for n, x in labels.items() if x)))
        for account, labels in lots
        if sum(labels.values())
    ]
    events: list[Event] = []
    last = max(k for k, e in enumerate(made.events) if e.id in carries)
    for k, e in enumerate(made.events):
        if e.id not in carries:
            events.append(e)
        elif (e.kind == "transfer" and not e.in_transit) or e.kind == "transfer":
            events.append(replace(e, to=place))
        elif e.kind == "arrival":
            events.append(replace(e, account=place))
        if k == last:
            events += [replace(one, day=e.day, block=e.block) for one in again]
    holdings = made.holdings if event.kind == "credit" else (*made.holdings, Holding(place, now.currency))
    return replace(made, holdings=holdings, events=tuple(events))


def _arrivals_of(book: Book, name: str) -> set[str]:
    return {e.id for e in book.events if e.kind == "arrival" and e.of == name}

"""A run with its elections: first those that change the list of events, then those that ask the rule itself.

Interest by days, restoration and backward links depend on what the rule says the account held at that moment, so the
ledger is re-run up to the event, the event is restated, and the run goes on (tracing.md 1.3 and R7).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from tracer.model import RuleError
from tracer.trace.elections import (
    accept_cash,
    as_proceeds,
    enter_when_available,
    fees_clean_first,
    group_accounts,
    hold_apart,
    in_order,
    interest_as,
    net_roundtrips,
    not_covered,
    refuse_cash,
    return_to_tail,
    spread,
    void_returns,
)
from tracer.trace.entries import OTHER, Entries
from tracer.trace.events import Book, Event, enter, rows_of
from tracer.trace.replay import Replay, replay

__all__ = ["BackwardLink", "Elections", "Run", "elect", "run_elected"]


@dataclass(frozen=True, slots=True)
class BackwardLink:
    """R7: the later credit of proceeds that, by pleaded coordination, paid for an earlier payment."""

    credit: str
    payment: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Elections:
    """The parameters of a run; the defaults of tracing_cases.json, printed with every result."""

    bundle: str = "ordered"
    interest: str = "prorata_posting"
    fee: str = "rule"
    reversal: str = "void"
    mixed_repay: str = "pro_rata"
    proceeds_subrule: str = "pro_rata"
    unknown_as: str = "clean"
    net_roundtrips: bool = False
    cash_link: str = "refused"
    restoration: tuple[str, ...] = ()
    r7: tuple[BackwardLink, ...] = ()
    specific_id: tuple[tuple[str, str], ...] = ()
    available: bool = False
    group: dict[str, tuple[str, ...]] = field(default_factory=dict)
    order: tuple[str, ...] = ()

    @classmethod
    def of(cls, options: dict[str, Any]) -> Elections:
        """Read the options of a case. Raises `NotCovered` for one that tracer does not know."""
        known = dict(options)
        if "r7" in known:
            known["r7"] = tuple(BackwardLink(x["credit"], x["payment"], tuple(x["evidence"])) for x in known["r7"])
        if "specific_id" in known:
            known["specific_id"] = tuple((x["credit"], x["debit"]) for x in known["specific_id"])
        for name in ("restoration", "order"):
            if name in known:
                known[name] = tuple(known[name])
        if "group" in known:
            known["group"] = {name: tuple(accounts) for name, accounts in known["group"].items()}
        for name in known:
            if name not in cls.__slots__:
                raise not_covered(f"option {name}")
        return cls(**known)


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One rule under one set of elections. `targets` are those of the replay, backward links applied."""

    entries: Entries
    replay: Replay
    targets: dict[str, dict[str, int]]


_CHOICES = {
    "interest": ("prorata_posting", "prorata_daily", "clean", "proceeds"),
    "fee": ("rule", "clean_first"),
    "reversal": ("void", "new_credit_tail"),
    "unknown_as": ("clean", "proceeds"),
    "cash_link": ("refused", "accepted"),
}


def elect(book: Book, elections: Elections) -> Book:
    """Carry out the elections that no rule can influence, in the order in which one builds on the other."""
    for name in ("net_roundtrips", "available"):
        if not isinstance(getattr(elections, name), bool):
            raise RuleError(
                f"{name} is {getattr(elections, name)!r}.",
                where="elections",
                meaning="It is elected or it is not; a word such as 'no' would count as yes.",
                next_call="choose true or false",
            )
    for name, among in _CHOICES.items():
        if getattr(elections, name) not in among:
            raise RuleError(
                f"{name} is {getattr(elections, name)!r}.",
                where="elections",
                meaning="Each choice is printed with the result, so it must be one that has a meaning.",
                next_call=f"choose among {', '.join(among)}",
            )
    if elections.order:
        book = in_order(book, elections.order)
    book = void_returns(book) if elections.reversal == "void" else return_to_tail(book)
    book = refuse_cash(book) if elections.cash_link == "refused" else accept_cash(book)
    if elections.available:
        book = enter_when_available(book)
    if elections.unknown_as == "proceeds":
        book = as_proceeds(book)
    if elections.fee == "clean_first":
        book = fees_clean_first(book)
    book = interest_as(book, elections.interest)
    if elections.group:
        book = group_accounts(book, elections.group)
    if elections.net_roundtrips:
        book = net_roundtrips(book)
    if elections.specific_id:
        book = hold_apart(book, elections.specific_id)
    return book


def run_elected(book: Book, rule: str, elections: Elections) -> Run:
    """Run one rule over the events of `book` under `elections`, recorded."""
    chosen = elect(book, elections)
    for name in elections.restoration:
        chosen = _restore(chosen, rule, elections, name)
    gained: list[tuple[str, dict[str, int], dict[str, int]]] = []
    links = sorted(elections.r7, key=lambda link: [e.id for e in chosen.events].index(link.credit))
    for link in links:
        chosen, gain, loss = _link_back(chosen, rule, elections, link, gained)
        gained.append((link.payment, gain, loss))
    entries = _interest_by_days(enter(chosen), chosen, rule, elections)
    result = _replay(entries, rule, elections)
    targets = {name: dict(labels) for name, labels in result.targets.items() if not name.startswith("bal:apart:")}
    for payment, gain, loss in gained:
        at = targets[f"sink:{chosen.event(payment).sink}"]
        for label, amount in gain.items():
            at[label] += amount
        for label, amount in loss.items():
            at[label] -= amount
    return Run(entries, result, targets)


def _replay(entries: Entries, rule: str, elections: Elections) -> Replay:
    return replay(
        entries,
        rule,
        bundle=elections.bundle,
        proceeds_subrule=elections.proceeds_subrule,
        mixed_repay=elections.mixed_repay,
    )


def _until(book: Book, rule: str, elections: Elections, event: str) -> tuple[Entries, Replay]:
    """Run the ledger up to, and without, one event."""
    place = next(k for k, each in enumerate(book.events) if each.id == event)
    entries = enter(book)
    first = rows_of(entries, book.events[place].id)[0]
    before = _interest_by_days(entries, book, rule, elections).upto(first)
    return before, _replay(before, rule, elections)


def _interest_by_days(entries: Entries, book: Book, rule: str, elections: Elections) -> Entries:
    """Compose each interest posting from the closing composition of each day since the last one (`prorata_daily`)."""
    if elections.interest != "prorata_daily" or entries.follows is None:
        return entries
    follows, origin = entries.follows.copy(), entries.origin.copy()
    posted: dict[int, int] = {}
    for row in np.flatnonzero(follows).tolist():
        account, day = int(entries.account[row]), int(entries.day[row])
        event = book.event((entries.source or ())[row])
        own = np.flatnonzero((entries.account[:row] == account) & ~entries.opening[:row])
        first = int(entries.day[own[0]]) if len(own) else day
        start = event.since.toordinal() - 719163 if event.since else posted.get(account, first)
        if day < 0 or start < 0:
            raise not_covered("interest by days on entries without a date")
        so_far = entries.changed(origin=origin, follows=follows).upto(row)
        result = _replay(so_far, rule, elections)
        origin[row] = _weighted(so_far, result, account, range(start, day), int(entries.amount[row]))
        follows[row] = False
        posted[account] = day
    return entries.changed(origin=origin, follows=None)


def _weighted(entries: Entries, result: Replay, account: int, days: range, amount: int) -> list[int]:
    """Spread `amount` by the labels held at the close of each day, proceeds against other money first."""
    rows = np.flatnonzero(entries.account == account)
    total = [0] * len(entries.labels)
    for day in days:
        before = rows[entries.day[rows] <= day]
        if len(before):
            total = [x + y for x, y in zip(total, result.held[before[-1]].tolist(), strict=True)]
    by_label = dict(zip(entries.labels, total, strict=True))
    proceeds = {n: x for n, x in by_label.items() if entries.proceeds[entries.labels.index(n)]}
    other = {name: x for name, x in by_label.items() if name not in proceeds}
    whole, part = sum(total), sum(proceeds.values())
    if not whole:
        parts = {"C": amount}
    else:
        share = (2 * amount * part + whole) // (2 * whole)
        parts = (spread(share, proceeds) if part else {}) | (spread(amount - share, other) if whole > part else {})
    return [parts.get(name, 0) for name in entries.labels]


def _outside_credit(book: Book, name: str, feature: str) -> Event:
    event = book.event(name)
    if event.kind != "credit":
        raise not_covered(f"{feature} of a credit that is itself a transfer")
    return event


def _pieces(event: Event, parts: Sequence[dict[str, int]]) -> list[Event]:
    """Return one credit per sub-lot, in their order."""
    held = [{name: x for name, x in part.items() if x} for part in parts]
    return [replace(event, amount=sum(part.values()), labels=tuple(sorted(part.items()))) for part in held if part]


def _replaced(book: Book, name: str, pieces: Sequence[Event]) -> Book:
    return book.with_events([piece for e in book.events for piece in (pieces if e.id == name else (e,))])


def _restore(book: Book, rule: str, elections: Elections, name: str) -> Book:
    """Relabel a credit up to the shortfall (the Roscoe exception): restored first, then the rest, debts from the rest.

    Authority: Roscoe v Winder [1915] 1 Ch 62 [F] leaves room for a clear intention to restore. Against: without
    evidence of intent a later deposit never refills the fund; Re Dameron, 155 F.3d 718, 724 [F].
    """
    event = _outside_credit(book, name, "restoration")
    entries, before = _until(book, rule, elections, name)
    account = entries.accounts.index(event.account)
    incoming = np.flatnonzero((entries.account == account) & entries.credit)
    came = before.moved[incoming].sum(axis=0).tolist()
    held = before.held_at_end[account].tolist()
    own = dict(event.labels)
    short = {label: max(0, came[k] - held[k]) for k, label in enumerate(entries.labels) if entries.proceeds[k]}
    other = {label: x for label, x in own.items() if label in OTHER}
    m = min(sum(other.values()), sum(short.values()))
    if not m:
        return book
    restored = spread(m, short)
    taken = spread(m, other)
    rest = {label: x - taken.get(label, 0) for label, x in own.items()}
    debt = int(before.debt_at_end[account])
    pays = min(debt, sum(rest.values()))
    first = spread(pays, rest) if pays else {}
    left = {label: x - first.get(label, 0) for label, x in rest.items()}
    return _replaced(book, name, _pieces(event, (first, restored, left)))


def _link_back(
    book: Book,
    rule: str,
    elections: Elections,
    link: BackwardLink,
    earlier: Sequence[tuple[str, dict[str, int], dict[str, int]]],
) -> tuple[Book, dict[str, int], dict[str, int]]:
    """Link a later credit of proceeds to an earlier payment: what the payment gains and loses, never a cent created.

    m = min(proceeds in the credit, other money in the payment not already linked). The payment gains m proceeds and
    loses K first, then U, then C; the credit is posted as m of replacement money (C), then its rest.
    Authority: Brazil v Durant [2015] UKPC 35 [F], with pleaded coordination of the whole transaction.
    Against: no tracing through an overdrawn account, Bishopsgate v Homan [1995] Ch 211 [K, verify before filing].
    """
    credit = _outside_credit(book, link.credit, "an r7 link")
    payment = book.event(link.payment)
    if payment.kind != "debit":
        raise not_covered("an r7 link to a payment that is itself a transfer")
    if [e.id for e in book.events].index(link.credit) < [e.id for e in book.events].index(link.payment):
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
            meaning="Backward tracing is admissible only with pleaded coordination.",
            next_call="name the evidence ids that show the coordination",
        )
    entries = _interest_by_days(enter(book), book, rule, elections)
    result = _replay(entries, rule, elections)
    rows = rows_of(entries, link.payment)
    drawn = result.moved[rows].sum(axis=0).tolist()
    other = {label: drawn[k] for k, label in enumerate(entries.labels) if label in OTHER}
    for name, _, loss in earlier:
        if name == link.payment:
            other = {label: x - loss.get(label, 0) for label, x in other.items()}
    proceeds = {label: x for label, x in credit.labels if label not in OTHER}
    m = min(sum(proceeds.values()), sum(other.values()))
    gain = spread(m, proceeds) if m else {}
    loss, left = {}, m
    for label in ("K", "U", "C"):
        loss[label] = min(left, other.get(label, 0))
        left -= loss[label]
    rest = {label: x - gain.get(label, 0) for label, x in credit.labels}
    return _replaced(book, link.credit, _pieces(credit, ({"C": m}, rest))), gain, loss

"""A run with its elections: first those that change the list of events, then those that ask the rule itself.

Interest by days, restoration, backward links, and specific identification of money that came by a transfer depend on what
the rule says the account held at that moment: the ledger is re-run up to the event, the event is restated, and the run goes
on (tracing.md 1.3 and R7; `restated.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
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
    taken_from,
    void_returns,
)
from tracer.trace.entries import Entries
from tracer.trace.events import Book, enter
from tracer.trace.replay import Replay, replay
from tracer.trace.restated import RESTATED, BackwardLink, restated

__all__ = ["BackwardLink", "Elections", "Run", "elect", "run_elected"]


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
    """One rule under one set of elections. `targets` are those of the replay, backward links applied.

    `moved`: (election, event ids) -> minor units held apart (specific_id), restored (restoration) or linked back (r7).
    """

    entries: Entries
    replay: Replay
    targets: dict[str, dict[str, int]]
    moved: dict[tuple[str, ...], int] = field(default_factory=dict)


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
    book = interest_as(book, elections.interest)
    if elections.group:
        book = group_accounts(book, elections.group)
    if elections.fee == "clean_first":  # after the groups: a charge of a transfer inside one is its fee
        book = fees_clean_first(book)
    if elections.net_roundtrips:
        book = net_roundtrips(book)
    return book


def run_elected(book: Book, rule: str, elections: Elections) -> Run:
    """Run one rule over the events of `book` under `elections`, recorded.

    Every election on an entry (R0, restoration, R7) is taken on credits from outside and on transfers alike (`restated.py`).
    """
    chosen, apart, matched = hold_apart(
        elect(book, elections), elections.specific_id, ordered=elections.bundle == "ordered"
    )

    def run(entries: Entries, events: Book) -> tuple[Entries, Replay]:
        composed = _interest_composed(entries, events, rule, elections)
        return composed, _replay(composed, rule, elections)

    made = restated(
        chosen,
        run,
        restoration=elections.restoration,
        links=elections.r7,
        apart=apart,
        ordered=elections.bundle == "ordered",
        clean_repays=elections.mixed_repay == "clean_first",
    )
    entries, result = run(enter(made.book), made.book)
    hidden = tuple(f"bal:{place}" for place in ("apart:", RESTATED))
    targets = {name: dict(labels) for name, labels in result.targets.items() if not name.startswith(hidden)}
    for target, gain, loss in made.paid:
        at = targets[target]
        for label, amount in gain.items():
            at[label] = at.get(label, 0) + amount
        for label, amount in loss.items():
            at[label] -= amount
    moved = made.moved | {("specific_id", *link): m for link, m in matched.items()}
    return Run(entries, result, targets, moved)


def _replay(entries: Entries, rule: str, elections: Elections) -> Replay:
    return replay(
        entries,
        rule,
        bundle=elections.bundle,
        proceeds_subrule=elections.proceeds_subrule,
        mixed_repay=elections.mixed_repay,
    )


def _interest_composed(entries: Entries, book: Book, rule: str, elections: Elections) -> Entries:
    """Compose interest that the running composition of its account alone does not give.

    By days (`prorata_daily`): from the closing composition of each day since the last posting. At posting, where R0 holds a
    part of the account apart: from the account and that part, because its bank paid interest on both.
    """
    apart = {code: book.holdings[code].part_of for code in range(len(book.holdings))}
    by_days = elections.interest == "prorata_daily"
    if entries.follows is None or not (by_days or any(apart.values())):
        return entries
    follows, origin = entries.follows.copy(), entries.origin.copy()
    posted: dict[int, int] = {}
    for row in np.flatnonzero(follows).tolist():
        account, day = int(entries.account[row]), int(entries.day[row])
        codes = [account, *(code for code, name in apart.items() if name == entries.accounts[account])]
        if not by_days and len(codes) == 1:
            continue
        days: Sequence[int] = ()
        if by_days:
            event = book.event((entries.source or ())[row])
            own = np.flatnonzero(np.isin(entries.account[:row], codes) & ~entries.opening[:row])
            first = int(entries.day[own[0]]) if len(own) else day
            start = event.since.toordinal() - 719163 if event.since else posted.get(account, first)
            if day < 0 or start < 0:
                raise not_covered("interest by days on entries without a date")
            days, posted[account] = range(start, day), day
        so_far = entries.changed(origin=origin, follows=follows).upto(row)
        held = _held(so_far, _replay(so_far, rule, elections), codes, days if by_days else None)
        origin[row] = _weighted(entries, held, int(entries.amount[row]))
        follows[row] = False
    return entries.changed(origin=origin, follows=follows if follows.any() else None)


def _held(entries: Entries, result: Replay, codes: Sequence[int], days: Sequence[int] | None) -> list[int]:
    """Return the labels held in these accounts: now, or added up over the closes of these days."""
    total = [0] * len(entries.labels)
    for code in codes:
        rows = np.flatnonzero(entries.account == code)
        each = [rows] if days is None else [rows[entries.day[rows] <= day] for day in days]
        for before in each:
            if len(before):
                total = [x + y for x, y in zip(total, result.held[before[-1]].tolist(), strict=True)]
    return total


def _weighted(entries: Entries, total: Sequence[int], amount: int) -> list[int]:
    """Spread `amount` by these labels, proceeds against other money first; money that follows nothing is clean."""
    by_label = dict(zip(entries.labels, total, strict=True))
    proceeds = [name for name, own in zip(entries.labels, entries.proceeds.tolist(), strict=True) if own]
    parts = taken_from(by_label, amount, proceeds) if sum(total) else {"C": amount}
    return [parts.get(name, 0) for name in entries.labels]

"""The flow to a target while it is explained: its entries, what is held where, and how each entry is called and cited."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import NoReturn

import numpy as np

from tracer.model import CheckFailed, Cite
from tracer.trace.backward import Onward
from tracer.trace.entries import Cents
from tracer.trace.explain_words import Language, Names, Teller

__all__ = ["LANGUAGES", "CitesOf", "KnownOf", "Telling", "as_day", "documented", "uncited"]

#: Row of an entry -> where it is printed; empty for an entry that no exhibit prints (a gap).
CitesOf = Callable[[int], Sequence[Cite]]

#: Row of an entry -> documented, inferred or assumed: how it is known that a transfer is one, or that the entry is there.
KnownOf = Callable[[int], str]

LANGUAGES: tuple[Language, Language] = ("en", "zh")

_EPOCH = date(1970, 1, 1).toordinal()

_UNEXPLAINED = ("gap:", "break:")


def uncited(row: int) -> Sequence[Cite]:
    """Return no cite: entries of no exhibit."""
    return ()


def documented(row: int) -> str:
    """Return that an entry is documented, where nothing else is known of it."""
    return "documented"


def as_day(days: int) -> date | None:
    """Return the day of an entry, None where no record prints one."""
    return date.fromordinal(days + _EPOCH) if days >= 0 else None


class Telling:
    """One explanation while it is made: the flow to the target, and both languages."""

    def __init__(self, way: Onward, cites: CitesOf, names: Names, known: KnownOf = documented) -> None:
        e = way.entries
        self.way, self.e, self.run, self.cites = way, e, way.run, cites
        self.known = known
        self.proceeds = np.flatnonzero(e.proceeds)
        self.labels = [e.labels[int(k)] for k in self.proceeds]
        self.tellers = tuple(Teller(language, names, frozenset(self.labels)) for language in LANGUAGES)
        self.into = {int(row): amounts for row, amounts in zip(way.into[0].tolist(), way.into[1], strict=True)}
        self.direct = np.zeros(len(e), np.bool_)
        self.direct[way.into[0]] = True
        self.before_row: dict[int, int] = {}
        self.line_of: dict[int, int] = {}
        self.currency = self._currency()

    def _currency(self) -> str:
        if self.way.held_in >= 0:
            return self.e.currencies[self.way.held_in]
        rows = self.way.into[0]
        if len(rows):
            return self.e.currencies[int(self.e.account[rows[0]])]
        return self.e.currencies[0] if self.e.currencies else "XXX"

    def fail(self, what: str) -> NoReturn:
        raise CheckFailed(
            f"The explanation of {self.way.target} does not add up: {what}.",
            where=f"rule {self.run.rule}",
            meaning="The figure of the trace stands; its explanation is not given. This is a bug of tracer.",
            next_call="report the run and this line; the other verbs work",
        )

    def named(self, amounts: Cents) -> dict[str, int]:
        """Return label -> amount of every label that has one."""
        return {label: x for label, x in zip(self.e.labels, amounts.tolist(), strict=True) if x}

    def dirty(self, amounts: Cents) -> dict[str, int]:
        """Return label -> amount of the proceeds."""
        return {
            label: int(amounts[k]) for label, k in zip(self.labels, self.proceeds.tolist(), strict=True) if amounts[k]
        }

    def held_before(self, row: int) -> Cents:
        before = self.before_row[row]
        return self.run.held[before] if before >= 0 else np.zeros(len(self.e.labels), np.int64)

    def balance_before(self, row: int) -> int:
        signed = int(self.e.amount[row]) if self.e.credit[row] else -int(self.e.amount[row])
        return int(self.way.balance[row]) - signed

    def kind(self, row: int) -> str:
        e = self.e
        if e.partner[row] >= 0:
            return "arrival" if e.credit[row] else "transfer"
        if e.source is not None and e.source[row].startswith(_UNEXPLAINED):
            return "gap"
        if e.credit[row]:
            if e.opening[row]:
                return "opening"
            if e.follows is not None and e.follows[row]:
                return "interest"
            return "claim" if e.origin[row, self.proceeds].any() else "credit"
        return "payment" if row in self.into else "elsewhere"

    def posting(self, row: int) -> str:
        return self.e.source[row] if self.e.source is not None else str(row)

    def ends(self, rows: Cents) -> tuple[Cite, ...]:
        """Return the cites of the first and of the last of these entries that an exhibit prints."""
        found: list[Cite] = []
        for ordered in (rows.tolist()[:50], rows.tolist()[:-51:-1]):
            found += next((list(c) for row in ordered if (c := self.cites(row))), [])[:1]
        return tuple(dict.fromkeys(found))

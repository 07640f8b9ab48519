"""Which targets may rest on a doubtful place of the books: an unordered day, a missing period, a statement that does not sum.

One pass over the entries: a mark is set in an account where the doubt begins, travels with every payment made while
proceeds may have been there, and ends where the posted balance reaches nothing, because then no lot is left to differ.
It may name a target too many (a mark spreads to all that leaves the account), never one too few.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from tracer.trace.entries import Entries

__all__ = ["Reach", "blocks_of", "reach"]


@dataclass(frozen=True, slots=True)
class Reach:
    """targets: target -> the marks it may rest on; live: the marks set while proceeds may have been in the account."""

    targets: dict[str, frozenset[str]]
    live: frozenset[str]


def blocks_of(entries: Entries) -> dict[int, list[int]]:
    """Return block number -> its rows, for blocks of at least two entries."""
    rows: dict[int, list[int]] = {}
    for row in np.flatnonzero(entries.block >= 0).tolist():
        rows.setdefault(int(entries.block[row]), []).append(row)
    return {number: found for number, found in rows.items() if len(found) > 1}


def reach(entries: Entries, marks: Iterable[tuple[str, int, int]], *, brings: Iterable[int] = ()) -> Reach:
    """Follow marks (name, account code, row where it begins) to every target they may have moved.

    A mark whose row is len(entries) concerns the closing balance of its account only. `brings`: rows of credits that may be
    proceeds although no claim says so.
    """
    names: list[str] = []
    begins: dict[tuple[int, int], int] = {}
    for name, account, row in marks:
        begins[account, row] = begins.get((account, row), 0) | 1 << len(names)
        names.append(name)
    walk = _Walk(entries, begins)
    for row in brings:
        walk.own[row] = True
    walk.run()
    bits = {target: mask for target, mask in walk.into.items() if mask}
    return Reach(
        {t: frozenset(n for i, n in enumerate(names) if mask >> i & 1) for t, mask in bits.items()},
        frozenset(n for i, n in enumerate(names) if walk.live >> i & 1),
    )


class _Walk:
    """The books while they are walked: per account whether proceeds may be there, and the marks set on it."""

    def __init__(self, entries: Entries, begins: Mapping[tuple[int, int], int]) -> None:
        e = self.e = entries
        self.begins = begins
        self.may = [False] * len(e.accounts)
        self.mask = [0] * len(e.accounts)
        self.sent: dict[int, tuple[bool, int]] = {}
        self.into: dict[str, int] = {}
        self.live = 0
        self.own: list[bool] = (e.origin[:, e.proceeds].sum(axis=1) > 0).tolist()
        self.blocks = blocks_of(e)
        self.first = {rows[0]: rows for rows in self.blocks.values()}
        self.last = {rows[-1] for rows in self.blocks.values()}
        self.inside = {row for rows in self.blocks.values() for row in rows} - self.last

    def run(self) -> None:
        e = self.e
        balances, account = e.balances().tolist(), e.account.tolist()
        credit, partner, sink = e.credit.tolist(), e.partner.tolist(), e.sink.tolist()
        before = [-int(debt) for debt in e.debt]
        for row, a in enumerate(account):
            self._begin(a, row)
            if row in self.first:  # whatever the order, proceeds that a credit of the day brings may meet its debits
                self.may[a] |= any(self._brings(r, credit[r], partner[r]) for r in self.first[row])
                self._begin(a, row)
            if credit[row]:
                came, mask = self.sent.get(partner[row], (self.own[row], 0))
                self.may[a] |= came
                self.mask[a] |= mask
                if came and (before[a] < 0 or row in self.inside or row in self.last):
                    self._reaches(e.total("OVERDRAFT", a), self.mask[a])
                if came and partner[row] >= 0:
                    self._reaches(e.total("TRANSIT_FEE", a), mask)
            else:
                if partner[row] >= 0:
                    self.sent[row] = self.may[a], self.mask[a]
                if sink[row] >= 0 and self.may[a]:
                    self._reaches(e.sinks[sink[row]], self.mask[a])
            before[a] = balances[row]
            if balances[row] <= 0 and row not in self.inside:
                self.may[a], self.mask[a] = False, 0
        for a, name in enumerate(e.accounts):
            self._begin(a, len(e))
            if self.may[a]:
                self._reaches(f"bal:{name}", self.mask[a])

    def _brings(self, row: int, credit: bool, partner: int) -> bool:
        """Say whether a credit of an unordered day may bring proceeds; of a debit not yet walked, it may."""
        return credit and (self.own[row] or (partner >= 0 and self.sent.get(partner, (True, 0))[0]))

    def _begin(self, account: int, row: int) -> None:
        mark = self.begins.get((account, row), 0)
        if mark:
            self.mask[account] |= mark
            if self.may[account]:
                self.live |= mark

    def _reaches(self, target: str, mask: int) -> None:
        self.into[target] = self.into.get(target, 0) | mask

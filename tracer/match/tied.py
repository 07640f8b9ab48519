"""Which records stand near others under a name that ties them: a reference, or an account that one of the two prints.

Of a million records hardly one has such neighbours, of which some could sum to it. They are told apart here in arrays, by what
`in_parts` asks of them field by field: one currency, near days, less than the whole, and on the side where a part of it stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from tracer.match.nearby import Rows, portions
from tracer.model import Message, Posting
from tracer.model.accounts import bare, parts_of

__all__ = ["MANY", "SPAN", "Tied", "tail_of"]

SPAN = 5  # calendar days that three business days can span
MANY = 200  # records that bear one reference: a word of the house, not of a payment
_TAIL = 6  # digits under which accounts are looked up
_DAYS = 4_000_000  # more than there are days: a name and a day are one number
_ROOM = 1 + 1e-9  # more than a sum of floats here is off
_PRINTS, _OWN, _ORDER, _NAMES = (
    0,
    1,
    3,
    5,
)  # names of one tail: printed, own and ordered, the last two once for each side
_SIDE = {"debtor": -1, "creditor": 1}
_Mask = npt.NDArray[np.bool_]


def tail_of(account: str) -> str:
    """Return the characters that two prints of one account share at their end."""
    return bare(account)[-_TAIL:]


class _Tails(dict[str, int]):
    """Numbers for the tails of accounts, worked out once for each print of an account."""

    def __init__(self) -> None:
        super().__init__()
        self.codes: dict[str, int] = {}

    def __missing__(self, account: str) -> int:
        self[account] = code = self.codes.setdefault(tail_of(account), len(self.codes))
        return code


class Tied:
    """Records by the names under which they are found, and what each asks for as a whole of parts.

    records      what may be a whole or a part, by id, each with a day
    sides        of each, -1 where it is, or may book, what left; 1 where what arrived
    day, amount  of each; amount without sign
    references   of those that share one: the names of it
    """

    def __init__(
        self,
        records: Mapping[str, Posting | Message],
        sides: Mapping[str, frozenset[int]],
        day: Mapping[str, int],
        amount: Mapping[str, int],
        references: Mapping[str, Sequence[str]],
    ) -> None:
        self._keys, self._records = list(records), list(records.values())
        self._place = {key: n for n, key in enumerate(self._keys)}
        self._sides, self._references = [sides[key] for key in self._keys], references
        self._tails = _Tails()
        self._own: dict[tuple[str, str], tuple[int, ...]] = {}
        self._words: dict[str, int] = {}
        self._day = np.array([day[key] for key in self._keys], np.int64)
        self._amount = np.array([amount[key] for key in self._keys], np.int64)
        # 0 for a message, which may have both sides
        signed = [(-1 if r.amount < 0 else 1) if isinstance(r, Posting) else 0 for r in self._records]
        self._sign = np.array(signed, np.int64)
        money = [r.currency if isinstance(r, Posting) else r.settled_currency for r in self._records]
        codes = {currency: n for n, currency in enumerate(dict.fromkeys(money))}
        self._currency = np.array([codes[currency] for currency in money], np.int64)
        charges = [0 if isinstance(r, Posting) else sum(one.amount for one in r.charges) for r in self._records]
        self._stated = np.array(charges, np.float64)
        self._reached = self._amount + self._stated
        found, rows = list[int](), list[int]()
        words, wordy = list[int](), list[int]()
        for n, (key, record) in enumerate(records.items()):
            before = len(found)
            self._found_under(record, found)
            rows.extend([n] * (len(found) - before))
            for text in references.get(key, ()):
                words.append(self._words.setdefault(text, len(self._words)))
                wordy.append(n)
        of_accounts = _kept(np.array(found, np.int64), np.array(rows, np.int64), least=2, most=len(rows))
        # a reference has a negative number: how many accounts there are is known only when all are read
        of_words = _kept(-1 - np.array(words, np.int64), np.array(wordy, np.int64), least=3, most=MANY)
        code, row = (np.concatenate(both) for both in zip(of_words, of_accounts, strict=True))
        at = code * _DAYS + self._day[row]
        rank = np.empty(len(self._keys), np.int64)
        rank[sorted(range(len(self._keys)), key=self._keys.__getitem__)] = np.arange(len(self._keys))
        order = np.lexsort((rank[row], at))  # of one name and day the smaller id is first
        self._at, self._row = at[order], row[order]

    def _tails_of(self, p: Posting) -> tuple[int, ...]:
        named = (p.account, p.account_key or p.account)
        found = self._own.get(named)
        if found is None:
            found = tuple(dict.fromkeys((self._tails[named[0]], self._tails[parts_of(named[1])[2]])))
            self._own[named] = found
        return found

    def _found_under(self, record: Posting | Message, found: list[int]) -> None:
        """Append the accounts under which a part is found: that of a line, with its side, and those that it prints."""
        if isinstance(record, Message):
            found.extend(
                {
                    self._tails[party.account] * _NAMES + _ORDER + (_SIDE[party.role] > 0)
                    for party in (*record.parties, *record.underlying)
                    if party.account and party.role in _SIDE
                }
            )
            return
        found.append(self._tails[record.counterparty_account] * _NAMES + _PRINTS)
        own = _OWN + (record.amount > 0)
        for tail in self._tails_of(record):
            found.append(tail * _NAMES + own)

    def _asked_under(self, n: int, side: int, asked: list[int]) -> None:
        """Append the names under which the parts of a whole stand, on one side of it."""
        record = self._records[n]
        asked.extend(-1 - self._words[text] for text in self._references.get(self._keys[n], ()))
        if isinstance(record, Message):
            for party in (*record.parties, *record.underlying):
                if party.account and _SIDE.get(party.role) == side:
                    asked.append(self._tails[party.account] * _NAMES + _OWN + (side > 0))
            return
        order = _ORDER + (side > 0)
        for tail in self._tails_of(record):
            asked.append(tail * _NAMES + _PRINTS)
            asked.append(tail * _NAMES + order)
        if record.counterparty_account:
            asked.append(self._tails[record.counterparty_account] * _NAMES + _OWN + (side < 0))

    def wholes(self) -> Iterator[tuple[str, int]]:
        """Yield (id, side) of what has at least two such neighbours that together reach it; of one id the side that left first."""
        asked, by = list[int](), list[int]()
        for n, sides in enumerate(self._sides):
            for side in sorted(sides):
                before = len(asked)
                self._asked_under(n, side, asked)
                by.extend([2 * n + (side > 0)] * (len(asked) - before))
        if not asked or not len(self._at):
            return
        name, whole = np.array(asked, np.int64), np.array(by, np.int64)
        middle = name * _DAYS + self._day[whole // 2]
        first = np.searchsorted(self._at, middle - SPAN, "left")
        counts = np.searchsorted(self._at, middle + SPAN, "right") - first
        kept = [np.zeros(0, np.int64)]
        for part in portions(counts):
            mine, begin = counts[part], first[part]
            before_them = np.repeat(np.cumsum(mine) - mine - begin, mine)
            w, m = np.repeat(whole[part], mine), self._row[np.arange(len(before_them)) - before_them]
            fits = self._could_be(w, m)
            kept.append(np.unique(w[fits] * len(self._keys) + m[fits]))
        pairs = np.unique(np.concatenate(kept))
        w, m = pairs // len(self._keys), pairs % len(self._keys)
        starts = np.flatnonzero(np.r_[True, w[1:] != w[:-1]][: len(w)])
        # a sum of many amounts may be beyond the integers of an array: as floats, with room for their rounding
        total = np.add.reduceat(self._reached[m], starts) if len(starts) else np.zeros(0)
        many = np.diff(np.r_[starts, len(w)])
        own = w[starts] // 2
        reached = total * _ROOM + self._stated[own] >= self._amount[own]
        for one in w[starts[(many > 1) & reached]].tolist():
            yield self._keys[one // 2], 1 if one % 2 else -1

    def _could_be(self, w: Rows, m: Rows) -> _Mask:
        """Say whether a record is of the currency of a whole, less, and on the side on which a part of it stands."""
        n, side = w // 2, 2 * (w % 2) - 1
        one, other = self._sign[n], self._sign[m]
        stands = np.where(one == 0, other == side, (other == 0) | (other == -one))
        found: _Mask = stands & (self._currency[n] == self._currency[m]) & (self._amount[m] < self._amount[n])
        return found

    def near(self, whole: str, side: int) -> list[list[str]]:
        """Return what stands near a whole under each name that it asks for, and is less, the earlier day and smaller id first."""
        asked = list[int]()
        n = self._place[whole]
        self._asked_under(n, side, asked)
        found = []
        for name in asked:
            middle = name * _DAYS + int(self._day[n])
            start, end = np.searchsorted(self._at, (middle - SPAN, middle + SPAN + 1))
            less = [self._keys[m] for m in self._row[start:end].tolist() if self._amount[m] < self._amount[n]]
            if less:
                found.append(less)
        return found


def _kept(code: Rows, row: Rows, *, least: int, most: int) -> tuple[Rows, Rows]:
    """Leave out the names of fewer records than could tie any, and of more than one payment has."""
    _, back, times = np.unique(code, return_inverse=True, return_counts=True)
    kept = ((times >= least) & (times <= most))[back]
    return code[kept], row[kept]

"""Which records stand near others under a name that ties them: a reference, or an account that one of the two prints.

Of a million records hardly one has such neighbours, of which some could sum to it. They are told apart here in arrays, by what
`in_parts` asks of them field by field: one currency, near days, less than the whole, and on the side where a part of it stands.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from tracer.match.columns import Columns
from tracer.match.comparing import MANY
from tracer.match.nearby import Rows, portions
from tracer.model import Message

__all__ = ["SPAN", "Tied"]

SPAN = 5  # calendar days that three business days can span
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


class Tied:
    """Records by the names under which they are found, and what each asks for as a whole of parts.

    rows         the lines that may be a whole or a part, as rows of the columns, each with a day; in the order of their ids
    texts        the messages that may, by id, each with a day
    sides        of each message: -1 where it may book what left; 1 where what arrived
    references   of the places that share one (those of the rows, then of the messages): the names of it
    """

    def __init__(
        self,
        columns: Columns,
        rows: Rows,
        texts: Mapping[str, Message],
        sides: Mapping[str, frozenset[int]],
        references: Mapping[int, Sequence[str]],
    ) -> None:
        # the numbers of records are those of the lines, then of the messages
        self._columns, self._rows, self._named = columns, rows, list(texts)
        self._references, self._lines, self._texts = references, len(rows), list(texts.values())
        self._size = len(rows) + len(texts)
        # of those that were handed out: of a million hardly any is
        self._place: dict[str, int] = {}
        self._both = [sides[key] for key in texts]
        self._tails, theirs = columns.tails, self._texts
        self._words: dict[str, int] = {}
        days = [m.settled_date.toordinal() if m.settled_date else 0 for m in theirs]
        self._day = np.r_[columns.day[rows], np.array(days, np.int64)]
        self._amount = np.r_[columns.amount[rows], np.array([m.settled or 0 for m in theirs], np.int64)]
        # 0 for a message, which may have both sides
        self._sign = np.r_[columns.sign[rows], np.zeros(len(theirs), np.int64)]
        money = [columns.money[m.settled_currency] for m in theirs]
        self._currency = np.r_[columns.currency[rows], np.array(money, np.int64)]
        stated = [sum(one.amount for one in m.charges) for m in theirs]
        self._stated = np.r_[np.zeros(len(rows)), np.array(stated, np.float64)]
        self._reached = self._amount + self._stated
        self._own, self._printed = tuple(column[rows] for column in columns.own), columns.printed[rows]
        of_accounts = _kept(*self._found(), least=2, most=self._size * _NAMES)
        words, wordy = list[int](), list[int]()
        for place, named in references.items():
            words += [self._words.setdefault(text, len(self._words)) for text in named]
            wordy += [place] * len(named)
        # a reference has a negative number: how many accounts there are is known only when all are read
        of_words = _kept(-1 - np.array(words, np.int64), np.array(wordy, np.int64), least=3, most=MANY)
        code, row = (np.concatenate(both) for both in zip(of_words, of_accounts, strict=True))
        at = code * _DAYS + self._day[row]
        order = np.argsort(at, kind="stable")
        self._at, self._row = at[order], row[order]
        # what is asked of one record at a time is asked of lists, which Python reads faster than arrays
        self._days: list[int] = self._day.tolist()
        self._amounts: list[int] = self._amount.tolist()
        self._listed: tuple[list[int], list[int]] | None = None

    def _key(self, n: int) -> str:
        key = self._columns.keys[self._rows[n]] if n < self._lines else self._named[n - self._lines]
        self._place[key] = n
        return key

    def references(self, key: str) -> Sequence[str]:
        """Return the references of a record that others bear, too."""
        return self._references.get(self._place[key], ())

    def day(self, key: str) -> int:
        """Return the day of a record, as an ordinal."""
        return self._days[self._place[key]]

    def amount(self, key: str) -> int:
        """Return the amount of a record, without its sign."""
        return self._amounts[self._place[key]]

    def _found(self) -> tuple[Rows, Rows]:
        """Return the accounts under which parts are found, and the parts: that of a line, with its side, and those they print."""
        n, is_in = np.arange(self._lines), (self._sign[: self._lines] > 0).astype(np.int64)
        first, second = self._own
        other = np.flatnonzero(second != first)
        found, rows = list[int](), list[int]()
        for row, message in enumerate(self._texts, self._lines):
            named = {
                self._tails[party.account] * _NAMES + _ORDER + (_SIDE[party.role] > 0)
                for party in (*message.parties, *message.underlying)
                if party.account and party.role in _SIDE
            }
            found += named
            rows += [row] * len(named)
        return (
            np.concatenate(
                [
                    self._printed * _NAMES + _PRINTS,
                    first * _NAMES + _OWN + is_in,
                    second[other] * _NAMES + _OWN + is_in[other],
                    np.array(found, np.int64),
                ]
            ),
            np.concatenate([n, n, other, np.array(rows, np.int64)]),
        )

    def _asked_under(self, n: int, side: int) -> list[int]:
        """Return the names under which the parts of a whole stand, on one side of it."""
        asked = [-1 - self._words[text] for text in self._references.get(n, ())]
        if n >= self._lines:
            message = self._texts[n - self._lines]
            for party in (*message.parties, *message.underlying):
                if party.account and _SIDE.get(party.role) == side:
                    asked.append(self._tails[party.account] * _NAMES + _OWN + (side > 0))
            return asked
        for tail in dict.fromkeys(int(column[n]) for column in self._own):
            asked += tail * _NAMES + _PRINTS, tail * _NAMES + _ORDER + (side > 0)
        if self._printed[n]:
            asked.append(int(self._printed[n]) * _NAMES + _OWN + (side < 0))
        return asked

    def _asked(self) -> tuple[Rows, Rows]:
        """Return `_asked_under` of all: the names, and who asks, each as twice its number, and 1 for the side that arrived."""
        n, is_in = np.arange(self._lines), (self._sign[: self._lines] > 0).astype(np.int64)
        first, second = self._own
        other, prints = np.flatnonzero(second != first), np.flatnonzero(self._printed)
        asked, by = list[int](), list[int]()
        for row, named in self._references.items():
            if row < self._lines:
                words = [-1 - self._words[text] for text in named]
                asked += words
                by += [2 * row + int(is_in[row])] * len(words)
        for row, sides in enumerate(self._both, self._lines):
            for side in sides:
                names = self._asked_under(row, side)
                asked += names
                by += [2 * row + (side > 0)] * len(names)
        of_lines = [
            first * _NAMES + _PRINTS,
            second[other] * _NAMES + _PRINTS,
            first * _NAMES + _ORDER + is_in,
            second[other] * _NAMES + _ORDER + is_in[other],
            self._printed[prints] * _NAMES + _OWN + (1 - is_in[prints]),
        ]
        mine = 2 * n + is_in
        return (
            np.concatenate([*of_lines, np.array(asked, np.int64)]),
            np.concatenate([mine, mine[other], mine, mine[other], mine[prints], np.array(by, np.int64)]),
        )

    def wholes(self) -> Iterator[tuple[str, int]]:
        """Yield (id, side) of what has at least two such neighbours that together reach it; of one id the side that left first."""
        if not self._size or not len(self._at):
            return
        name, whole = self._asked()
        middle = name * _DAYS + self._day[whole // 2]
        order = np.argsort(middle, kind="stable")  # what is looked up in order is near what was looked up before
        middle, whole = middle[order], whole[order]
        first = np.searchsorted(self._at, middle - SPAN, "left")
        counts = np.searchsorted(self._at, middle + SPAN, "right") - first
        has_any = counts > 0
        whole, first, counts = whole[has_any], first[has_any], counts[has_any]
        kept: list[Rows] = []
        for part in portions(counts):
            mine, begin = counts[part], first[part]
            before_them = np.repeat(np.cumsum(mine) - mine - begin, mine)
            w, m = np.repeat(whole[part], mine), self._row[np.arange(len(before_them)) - before_them]
            fits = self._could_be(w, m)
            kept.append(np.unique(w[fits] * self._size + m[fits]))
        pairs = kept[0] if len(kept) == 1 else np.unique(np.concatenate([*kept, np.zeros(0, np.int64)]))
        w, m = pairs // self._size, pairs % self._size
        starts = np.flatnonzero(np.r_[True, w[1:] != w[:-1]][: len(w)])
        # a sum of many amounts may be beyond the integers of an array: as floats, with room for their rounding
        total = np.add.reduceat(self._reached[m], starts) if len(starts) else np.zeros(0)
        many = np.diff(np.r_[starts, len(w)])
        own = w[starts] // 2
        reached = total * _ROOM + self._stated[own] >= self._amount[own]
        for one in w[starts[(many > 1) & reached]].tolist():
            yield self._key(one // 2), 1 if one % 2 else -1

    def _could_be(self, w: Rows, m: Rows) -> _Mask:
        """Say whether a record is of the currency of a whole, less, and on the side on which a part of it stands."""
        n, side = w // 2, 2 * (w % 2) - 1
        one, other = self._sign[n], self._sign[m]
        stands = np.where(one == 0, other == side, (other == 0) | (other == -one))
        found: _Mask = stands & (self._currency[n] == self._currency[m]) & (self._amount[m] < self._amount[n])
        return found

    def near(self, whole: str, side: int) -> list[list[str]]:
        """Return what stands near a whole under each name that it asks for, and is less, the earlier day and smaller id first."""
        if self._listed is None:
            self._listed = self._at.tolist(), self._row.tolist()
        ats, rows = self._listed
        days, amounts, key = self._days, self._amounts, self._key
        n, found = self._place[whole], []
        amount, day = amounts[n], days[n]
        for name in self._asked_under(n, side):
            middle = name * _DAYS + day
            start = bisect_left(ats, middle - SPAN)
            less = [m for m in rows[start : bisect_left(ats, middle + SPAN + 1, start)] if amounts[m] < amount]
            if less:
                found.append([key(m) for m in sorted(less, key=lambda m: (days[m], m))])
        return found


def _kept(code: Rows, row: Rows, *, least: int, most: int) -> tuple[Rows, Rows]:
    """Leave out the names of fewer records than could tie any, and of more than one payment has."""
    _, back, times = np.unique(code, return_inverse=True, return_counts=True)
    kept = ((times >= least) & (times <= most))[back]
    return code[kept], row[kept]

"""Which records could be one movement: one currency, near days, amounts that a fee explains, and something more that agrees.

Of a large case most lines of one amount on near days have nothing to do with each other. They are told apart here in arrays,
by what `features` would say of them; what is left is compared there field by field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process

from tracer.match.columns import Columns, Mask, Tails
from tracer.match.comparing import near
from tracer.match.features import ALIKE
from tracer.match.nearby import Numbers, Rows, pairs
from tracer.model import Message, Posting, Statement
from tracer.model.payments import is_uetr, tolerance, usable

__all__ = ["likely_pairs"]

_SPAN = 5  # calendar days that three business days can span
_BIC8 = 8
_NONE, _SEVERAL, _UNREAD = -1, -2, -3
_OFTEN = 50  # records of near days and amounts that print one reference: it tells of none which other it is
_PRINTED = 4  # references that a record prints: UETR, end-to-end id, and those of owner and bank, or 20 and 21
_FULL = 99.9  # a likeness of 100 as single floats have it


class _Codes(Numbers):
    """Numbers for texts; "" is none."""

    def of(self, text: str) -> int:
        return self[text] if text else _NONE


class _Read(dict[str, int]):
    """The number of what is read of a text, worked out once for each text: most stand on many lines."""

    def __init__(self, read: Callable[[str], str], codes: _Codes) -> None:
        super().__init__()
        self.read, self.codes = read, codes

    def __missing__(self, text: str) -> int:
        self[text] = found = self.codes.of(self.read(text))
        return found


@dataclass(slots=True)
class _Columns:
    """What decides of each record, lines first."""

    lines: _Rows
    amount: Rows
    day: Rows
    currency: Rows
    sign: Rows  # -1 debit, 1 credit, 0 message
    account: Rows
    movement: Rows
    kind: Rows
    has_debit: Mask
    has_credit: Mask
    printed: Rows  # tail of the counterparty's account of a line, of the creditor's of a message
    debtor: Rows  # of a message, tail of the debtor's account
    tails: tuple[Rows, Rows]
    banks: tuple[Rows, Rows]
    name: _Words
    text: _Words
    reference: _References


class _Rows:
    """Lines by their place among these rows, each looked up when it is asked for."""

    def __init__(self, columns: Columns, rows: Rows) -> None:
        self.lines, self.rows = columns.lines, rows

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, n: int) -> Posting:
        return self.lines[int(self.rows[n])]


class _Words:
    """The texts of records as numbers, read of a record when it is first asked for: most are never compared by their texts."""

    def __init__(self, lines: _Rows, messages: Sequence[Message], read: Callable[[Posting | Message], str]) -> None:
        self.lines, self.messages, self.read = lines, messages, read
        self.code = np.full(len(lines) + len(messages), _UNREAD, np.int64)
        self.codes = _Codes()
        self.texts: list[str] = []

    def of(self, rows: Rows) -> Rows:
        """Return the numbers of these records' texts; of none, `_NONE`."""
        for n in np.unique(rows[self.code[rows] == _UNREAD]).tolist():
            record = self.lines[n] if n < len(self.lines) else self.messages[n - len(self.lines)]
            text = self.read(record).casefold().strip()
            self.code[n] = code = self.codes.of(text)
            if code == len(self.texts):
                self.texts.append(text)
        found: Rows = self.code[rows]
        return found


class _References:
    """The references of records as numbers, read of a record when it is first asked for, as `Record` has them."""

    def __init__(self, lines: _Rows, messages: Sequence[Message]) -> None:
        self.lines, self.messages = lines, messages
        self.code = np.full((_PRINTED, len(lines) + len(messages)), _UNREAD, np.int64)
        self.codes = _Codes()

    def are_shared(self, a: Rows, b: Rows) -> Mask:
        """Say of each pair of records whether both print one reference; one that many of them print is a word of the house."""
        rows = np.union1d(a, b)
        for n in rows[self.code[0, rows] == _UNREAD].tolist():
            self.code[:, n] = [self.codes.of(text) for text in self._printed(n)]
        times = np.bincount(self.code[:, rows].ravel() - _NONE, minlength=1)
        times[0] = 0
        often = np.flatnonzero(times > _OFTEN) + _NONE
        one, other = self.code[:, a], self.code[:, b]
        if len(often):
            one = np.where(np.isin(one, often), _NONE, one)
        found: Mask = np.any([(x == y) & (x != _NONE) for x in one for y in other], axis=0)
        return found

    def _printed(self, n: int) -> tuple[str, ...]:
        record = self.lines[n] if n < len(self.lines) else self.messages[n - len(self.lines)]
        uetr = record.uetr.strip().lower()
        last = record.bank_reference if isinstance(record, Posting) else record.related_reference
        own = record.owner_reference if isinstance(record, Posting) else record.reference
        return uetr if is_uetr(uetr) else "", usable(record.end_to_end_id), usable(own), usable(last)


def likely_pairs(
    columns: Columns,
    rows: Rows,
    messages: Mapping[str, Message],
    statements: Mapping[str, Statement],
    movements: tuple[Rows, Mapping[str, int]],
    sides: tuple[Mask, Mask],
    fees: Mapping[str, int],
) -> Iterator[tuple[str, str]]:
    """Yield pairs of ids, the smaller first, that may have enough in common to be candidates.

    rows, messages  the lines and messages that may still be joined, each with an amount
    movements       the place of the movement in which each row of the columns, and each message, stands now
    sides           whether each movement has a debit, and whether it has a credit
    Left out is only what `features` gives less than the points of a text that agrees, amount and day aside, or what each side
    has already leaves no room for.
    """
    rows = rows[columns.day[rows] != 0]
    dated = {key: m for key, m in messages.items() if m.settled_date is not None}
    if not len(rows) and not dated:
        return
    texts, end = list(dated), len(rows)

    def key(n: int) -> str:
        return columns.keys[rows[n]] if n < end else texts[n - end]

    c = _columns(columns, rows, dated, statements, movements, sides)
    currencies = list(columns.money)
    for code in np.unique(c.currency).tolist():
        currency, alike = currencies[code], np.flatnonzero(c.currency == code)
        amounts, days = c.amount[alike], c.day[alike]
        # what is lost on the way is a fee only while more arrives than is lost
        most = np.minimum(amounts + tolerance(currency, fees), 2 * amounts)
        for one, other in pairs((days, amounts), (days, amounts), (amounts, most), span=_SPAN, near=_are_near):
            a, b = alike[one], alike[other]
            once = (c.amount[a] < c.amount[b]) | (a < b)
            a, b = a[once], b[once]
            fits = _fits(c, a, b)
            a, b = a[fits], b[fits]
            enough = _agree(c, a, b)
            for n, m in zip(a[enough].tolist(), b[enough].tolist(), strict=True):
                left, right = key(n), key(m)
                yield (left, right) if left < right else (right, left)


@lru_cache(maxsize=65_536)
def _are_near(one: int, other: int) -> bool:
    return near(date.fromordinal(one), date.fromordinal(other))


def _columns(
    columns: Columns,
    rows: Rows,
    messages: Mapping[str, Message],
    statements: Mapping[str, Statement],
    movements: tuple[Rows, Mapping[str, int]],
    sides: tuple[Mask, Mask],
) -> _Columns:
    """Return what decides of these lines, and then of these messages."""
    mine, theirs = _Rows(columns, rows), list(messages.values())
    kinds, tails, money, none = _Codes(), columns.tails, columns.money, [_NONE] * len(theirs)
    bank = _Read(lambda text: text.strip().upper()[:_BIC8], _Codes())
    servicers = {key: bank[s.servicer] for key, s in statements.items() if s.servicer}
    keepers, others = (
        np.array([bank[text] for text in column.texts], np.int64)[column.code[rows]]
        for column in (columns.servicer, columns.agent)
    )
    for n in np.flatnonzero(keepers == _NONE).tolist() if servicers else ():
        keepers[n] = servicers.get(mine[n].statement, _NONE)
    movement = np.r_[movements[0][rows], np.array([movements[1][key] for key in messages], np.int64)]

    def laid(of_lines: Rows | list[int], of_messages: list[int] = none) -> Rows:
        found: Rows = np.r_[np.array(of_lines, np.int64), np.array(of_messages, np.int64)]
        return found

    return _Columns(
        lines=mine,
        amount=laid(columns.amount[rows], [abs(m.settled or 0) for m in theirs]),
        day=laid(columns.day[rows], [m.settled_date.toordinal() if m.settled_date else 0 for m in theirs]),
        currency=laid(columns.currency[rows], [money[m.settled_currency] for m in theirs]),
        sign=laid(columns.sign[rows], [0] * len(theirs)),
        account=laid(columns.account.code[rows]),
        movement=movement,
        kind=laid([_NONE] * len(mine), [kinds[m.kind[:5]] for m in theirs]),
        has_debit=sides[0][movement],
        has_credit=sides[1][movement],
        printed=laid(columns.printed[rows] + _NONE, [_only(m, "creditor", tails) for m in theirs]),
        debtor=laid([_NONE] * len(mine), [_only(m, "debtor", tails) for m in theirs]),
        tails=(laid(columns.own[0][rows] + _NONE), laid(columns.own[1][rows] + _NONE)),
        banks=(laid(keepers), laid(others)),
        name=_Words(mine, theirs, lambda r: r.counterparty if isinstance(r, Posting) else ""),
        text=_Words(mine, theirs, lambda r: r.details if isinstance(r, Posting) else r.remittance),
        reference=_References(mine, theirs),
    )


def _only(message: Message, role: str, tails: Tails) -> int:
    """Return the tail of the one account that a message prints for a side, `_NONE` for none, `_SEVERAL` for more."""
    found = {tails[p.account] for p in (*message.parties, *message.underlying) if p.role == role and p.account}
    # a tail of 0 is of an account without a digit: none
    return found.pop() + _NONE if len(found) == 1 else _SEVERAL if found else _NONE


def _fits(c: _Columns, a: Rows, b: Rows) -> Mask:
    """Say what each pair could be at all: two sides, a copy, a booking, or two messages of different kinds."""
    one, other = c.sign[a], c.sign[b]
    both = (one != 0) & (other != 0)
    same = c.account[a] == c.account[b]
    copy = both & same & (one == other) & (c.amount[a] == c.amount[b])
    places = np.flatnonzero(copy)
    copy[places] = _exhibits(c, a[places]) != _exhibits(c, b[places])
    out, into = np.where(one < 0, a, b), np.where(one < 0, b, a)
    sides = both & ~same & (one != other) & ~c.has_credit[out] & ~c.has_debit[into]
    line, message = np.where(one != 0, a, b), np.where(one != 0, b, a)
    taken = np.where(c.sign[line] < 0, c.has_debit[message], c.has_credit[message])
    booking = (one != 0) ^ (other != 0)
    legs = (one == 0) & (other == 0) & (c.kind[a] != c.kind[b])
    found: Mask = (c.movement[a] != c.movement[b]) & (copy | sides | (booking & ~taken) | legs)
    return found


def _exhibits(c: _Columns, rows: Rows) -> npt.NDArray[np.str_]:
    """Return the exhibits of lines: asked of few, as few may be copies."""
    known, back = np.unique(rows, return_inverse=True)
    found: npt.NDArray[np.str_] = np.array([c.lines[n].cite.exhibit for n in known.tolist()], np.str_)[back]
    return found


def _agree(c: _Columns, a: Rows, b: Rows) -> Mask:
    """Say whether a pair has the points: an account that may be the one printed, a bank, a name; the text alone if equal, or one reference."""
    one, other = c.sign[a], c.sign[b]
    both = (one != 0) & (other != 0)
    line, message = np.where(one != 0, a, b), np.where(one != 0, b, a)
    theirs = np.where(c.sign[line] < 0, c.debtor[message], c.printed[message])
    mine, yours = np.where(both, c.printed[a], _NONE), np.where(both, c.printed[b], theirs)
    own = [np.where(both, tails[a], tails[line]) for tails in c.tails]
    asked = (mine != _NONE) | (yours != _NONE)
    named = (yours == _SEVERAL) | ((mine != _NONE) & np.any([mine == tails[b] for tails in c.tails], axis=0))
    named |= (yours != _NONE) & np.any([yours == tails for tails in own], axis=0)
    bank = np.any([(x[a] == y[b]) & (x[a] != _NONE) for x in c.banks for y in c.banks], axis=0)
    copy = both & (c.account[a] == c.account[b])
    legs = (one == 0) & (other == 0)
    sure: Mask = copy | legs | named | (both & ~asked & bank)
    # without an account or a bank the names must be alike, or the texts one; against another account that is printed, all. What
    # costs is the comparing of texts: it is done only where the rest leaves it to decide
    sure |= ~asked & ~both
    left = np.flatnonzero(~sure & (~asked | bank | ~both))
    is_booking = ~both[left]
    texts_alike = (_likeness(c.text, a[left], b[left]) >= _FULL) | c.reference.are_shared(a[left], b[left])
    names_alike = _likeness(c.name, a[left], b[left])
    full = texts_alike & ((names_alike >= _FULL) | is_booking)
    sure[left] = np.where(asked[left], full, texts_alike | (names_alike > ALIKE))
    return sure


def _likeness(words: _Words, a: Rows, b: Rows) -> npt.NDArray[np.float32]:
    """Return the likeness of the texts of each pair, 0 where one is missing; each pair of texts is compared once."""
    one, other = words.of(a), words.of(b)
    texts = words.texts
    found = np.zeros(len(one), np.float32)
    there = np.flatnonzero((one != _NONE) & (other != _NONE))
    if not len(there):
        return found
    width = len(texts)
    asked, back = np.unique(one[there] * width + other[there], return_inverse=True)
    left, right = [texts[n] for n in (asked // width).tolist()], [texts[n] for n in (asked % width).tolist()]
    found[there] = process.cpdist(left, right, scorer=fuzz.token_set_ratio)[back]
    return found

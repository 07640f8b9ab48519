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

from tracer.match.comparing import near
from tracer.match.features import ALIKE
from tracer.match.nearby import Numbers, Rows, pairs
from tracer.model import Message, Posting, Statement
from tracer.model.accounts import bare, parts_of
from tracer.model.payments import is_uetr, tolerance, usable

__all__ = ["likely_pairs"]

_SPAN = 5  # calendar days that three business days can span
_TAIL = 6  # characters that two prints of one account share at their end, or all of a shorter one
_BIC8 = 8
_NONE, _SEVERAL, _UNREAD = -1, -2, -3
_OFTEN = 50  # records of near days and amounts that print one reference: it tells of none which other it is
_PRINTED = 4  # references that a record prints: UETR, end-to-end id, and those of owner and bank, or 20 and 21
_FULL = 99.9  # a likeness of 100 as single floats have it
_Mask = npt.NDArray[np.bool_]


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

    amount: Rows
    day: Rows
    currency: Rows
    sign: Rows  # -1 debit, 1 credit, 0 message
    account: Rows
    exhibit: Rows
    movement: Rows
    kind: Rows
    has_debit: _Mask
    has_credit: _Mask
    printed: Rows  # tail of the counterparty's account of a line, of the creditor's of a message
    debtor: Rows  # of a message, tail of the debtor's account
    tails: tuple[Rows, Rows]
    banks: tuple[Rows, Rows]
    name: _Words
    text: _Words
    reference: _References


class _Words:
    """The texts of records as numbers, read of a record when it is first asked for: most are never compared by their texts."""

    def __init__(
        self, lines: Sequence[Posting], messages: Sequence[Message], read: Callable[[Posting | Message], str]
    ) -> None:
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

    def __init__(self, lines: Sequence[Posting], messages: Sequence[Message]) -> None:
        self.lines, self.messages = lines, messages
        self.code = np.full((_PRINTED, len(lines) + len(messages)), _UNREAD, np.int64)
        self.codes = _Codes()

    def are_shared(self, a: Rows, b: Rows) -> _Mask:
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
        found: _Mask = np.any([(x == y) & (x != _NONE) for x in one for y in other], axis=0)
        return found

    def _printed(self, n: int) -> tuple[str, ...]:
        record = self.lines[n] if n < len(self.lines) else self.messages[n - len(self.lines)]
        uetr = record.uetr.strip().lower()
        last = record.bank_reference if isinstance(record, Posting) else record.related_reference
        own = record.owner_reference if isinstance(record, Posting) else record.reference
        return uetr if is_uetr(uetr) else "", usable(record.end_to_end_id), usable(own), usable(last)


def likely_pairs(
    lines: Mapping[str, Posting],
    messages: Mapping[str, Message],
    statements: Mapping[str, Statement],
    of: Mapping[str, int],
    sides: tuple[_Mask, _Mask],
    fees: Mapping[str, int],
) -> Iterator[tuple[str, str]]:
    """Yield pairs of ids, the smaller first, that may have enough in common to be candidates.

    lines, messages  the records that may still be joined, each with an amount
    of               the place of the movement in which each stands now
    sides            whether each movement has a debit, and whether it has a credit
    Left out is only what `features` gives less than the points of a text that agrees, amount and day aside, or what each side
    has already leaves no room for.
    """
    keys = [key for key, p in lines.items() if p.value_date or p.booked]
    keys += [key for key, m in messages.items() if m.settled_date is not None]
    mine = [p for p in lines.values() if p.value_date or p.booked]
    theirs = [m for m in messages.values() if m.settled_date is not None]
    if not keys:
        return
    currencies: list[str] = []
    movements = np.array([of[key] for key in keys], np.int64)
    c = _columns(mine, theirs, statements, movements, sides, currencies)
    for code, currency in enumerate(currencies):
        rows = np.flatnonzero(c.currency == code)
        amounts, days = c.amount[rows], c.day[rows]
        # what is lost on the way is a fee only while more arrives than is lost
        most = np.minimum(amounts + tolerance(currency, fees), 2 * amounts)
        for one, other in pairs((days, amounts), (days, amounts), (amounts, most), span=_SPAN, near=_are_near):
            a, b = rows[one], rows[other]
            once = (c.amount[a] < c.amount[b]) | (a < b)
            a, b = a[once], b[once]
            fits = _fits(c, a, b)
            a, b = a[fits], b[fits]
            enough = _agree(c, a, b)
            for n, m in zip(a[enough].tolist(), b[enough].tolist(), strict=True):
                yield (keys[n], keys[m]) if keys[n] < keys[m] else (keys[m], keys[n])


@lru_cache(maxsize=65_536)
def _are_near(one: int, other: int) -> bool:
    return near(date.fromordinal(one), date.fromordinal(other))


def _columns(
    mine: Sequence[Posting],
    theirs: Sequence[Message],
    statements: Mapping[str, Statement],
    movements: Rows,
    sides: tuple[_Mask, _Mask],
    currencies: list[str],
) -> _Columns:
    """Return the columns of these records, lines first; `currencies` is filled with what their numbers stand for.

    They are read in the order in which they are held, which is that of the memory.
    """
    codes = {name: _Codes() for name in ("tail", "account", "bank", "kind", "exhibit", "money")}
    tails, money = codes["tail"], codes["money"]
    none = [_NONE] * len(theirs)

    def laid(of_lines: list[int], of_messages: list[int] = none) -> Rows:
        return np.array(of_lines + of_messages, np.int64)

    tail = _Read(lambda text: bare(text)[-_TAIL:], tails)
    number = _Read(lambda key: bare(parts_of(key)[2])[-_TAIL:], tails)
    bank = _Read(lambda text: text.strip().upper()[:_BIC8], codes["bank"])
    servicers = {key: s.servicer for key, s in statements.items()}
    accounts = [p.account_key or p.account for p in mine]
    signed = [p.amount for p in mine]
    made = _Columns(
        amount=np.abs(laid(signed, [m.settled or 0 for m in theirs])),
        day=laid(
            [_ordinal(p.value_date or p.booked) for p in mine],
            [_ordinal(m.settled_date) for m in theirs],
        ),
        currency=laid([money[p.currency] for p in mine], [money[m.settled_currency] for m in theirs]),
        sign=laid([-1 if amount < 0 else 1 for amount in signed], [0] * len(theirs)),
        account=laid([codes["account"][account] for account in accounts]),
        exhibit=laid([codes["exhibit"][p.cite.exhibit] for p in mine]),
        movement=movements,
        kind=laid([_NONE] * len(mine), [codes["kind"][m.kind[:5]] for m in theirs]),
        has_debit=sides[0][movements],
        has_credit=sides[1][movements],
        printed=laid([tail[p.counterparty_account] for p in mine], [_only(m, "creditor", tail) for m in theirs]),
        debtor=laid([_NONE] * len(mine), [_only(m, "debtor", tail) for m in theirs]),
        tails=(laid([tail[p.account] for p in mine]), laid([number[account] for account in accounts])),
        banks=(
            laid([bank[p.servicer or servicers.get(p.statement, "")] for p in mine]),
            laid([bank[p.counterparty_agent] for p in mine]),
        ),
        name=_Words(mine, theirs, lambda r: r.counterparty if isinstance(r, Posting) else ""),
        text=_Words(mine, theirs, lambda r: r.details if isinstance(r, Posting) else r.remittance),
        reference=_References(mine, theirs),
    )
    currencies += money
    return made


def _ordinal(day: date | None) -> int:
    return day.toordinal() if day else 0


def _only(message: Message, role: str, tails: Mapping[str, int]) -> int:
    """Return the tail of the one account that a message prints for a side, `_NONE` for none, `_SEVERAL` for more."""
    found = {tails[p.account] for p in (*message.parties, *message.underlying) if p.role == role and p.account}
    return found.pop() if len(found) == 1 else _SEVERAL if found else _NONE


def _fits(c: _Columns, a: Rows, b: Rows) -> _Mask:
    """Say what each pair could be at all: two sides, a copy, a booking, or two messages of different kinds."""
    one, other = c.sign[a], c.sign[b]
    both = (one != 0) & (other != 0)
    same = c.account[a] == c.account[b]
    copy = both & same & (one == other) & (c.amount[a] == c.amount[b]) & (c.exhibit[a] != c.exhibit[b])
    out, into = np.where(one < 0, a, b), np.where(one < 0, b, a)
    sides = both & ~same & (one != other) & ~c.has_credit[out] & ~c.has_debit[into]
    line, message = np.where(one != 0, a, b), np.where(one != 0, b, a)
    taken = np.where(c.sign[line] < 0, c.has_debit[message], c.has_credit[message])
    booking = (one != 0) ^ (other != 0)
    legs = (one == 0) & (other == 0) & (c.kind[a] != c.kind[b])
    found: _Mask = (c.movement[a] != c.movement[b]) & (copy | sides | (booking & ~taken) | legs)
    return found


def _agree(c: _Columns, a: Rows, b: Rows) -> _Mask:
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
    sure: _Mask = copy | legs | named | (both & ~asked & bank)
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

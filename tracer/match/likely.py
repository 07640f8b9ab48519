"""Which records could be one movement: one currency, near days, amounts that a fee explains, and something more that agrees.

Of a large case most lines of one amount on near days have nothing to do with each other. They are told apart here in arrays,
by what `features` would say of them; what is left is compared there field by field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process

from tracer.match.comparing import day_of, near
from tracer.match.features import ALIKE
from tracer.match.nearby import Rows, pairs
from tracer.model import Message, Posting, Statement, Transfer
from tracer.model.accounts import bare, parts_of
from tracer.model.payments import tolerance

__all__ = ["likely_pairs"]

_SPAN = 5  # calendar days that three business days can span
_TAIL = 6  # characters that two prints of one account share at their end, or all of a shorter one
_BIC8 = 8
_NONE, _SEVERAL = -1, -2
_FULL = 99.9  # a likeness of 100 as single floats have it
_Mask = npt.NDArray[np.bool_]


class _Codes(dict[str, int]):
    """Numbers for texts; "" is none."""

    def __missing__(self, text: str) -> int:
        self[text] = len(self)
        return self[text]

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
    """What decides of each record, in the order of the ids."""

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
    name: Rows
    text: Rows


def likely_pairs(
    lines: Mapping[str, Posting],
    messages: Mapping[str, Message],
    statements: Mapping[str, Statement],
    of: Mapping[str, Transfer],
    fees: Mapping[str, int],
) -> Iterator[tuple[str, str]]:
    """Yield pairs of ids, the smaller first, that may have enough in common to be candidates.

    lines, messages  the records that may still be joined, each with an amount
    of               the transfer in which each stands now
    Left out is only what `features` gives less than the points of a text that agrees, amount and day aside, or what each side
    has already leaves no room for.
    """
    keys = sorted(
        [
            *(key for key, p in lines.items() if day_of(p) is not None),
            *(key for key, m in messages.items() if m.settled_date is not None),
        ]
    )
    if not keys:
        return
    texts: list[str] = []
    currencies: list[str] = []
    c = _columns(keys, lines, messages, statements, of, texts, currencies)
    for code, currency in enumerate(currencies):
        rows = np.flatnonzero(c.currency == code)
        amounts, days = c.amount[rows], c.day[rows]
        # what is lost on the way is a fee only while more arrives than is lost
        most = np.minimum(amounts + tolerance(currency, fees), 2 * amounts)
        for one, other in pairs((days, amounts), (days, amounts), (amounts, most), span=_SPAN, near=_are_near):
            a, b = rows[one], rows[other]
            once = (c.amount[a] < c.amount[b]) | (a < b)
            a, b = np.minimum(a, b)[once], np.maximum(a, b)[once]
            fits = _fits(c, a, b)
            a, b = a[fits], b[fits]
            enough = _agree(c, a, b, texts)
            yield from ((keys[x], keys[y]) for x, y in zip(a[enough].tolist(), b[enough].tolist(), strict=True))


@lru_cache(maxsize=65_536)
def _are_near(one: int, other: int) -> bool:
    return near(date.fromordinal(one), date.fromordinal(other))


def _columns(
    keys: Sequence[str],
    lines: Mapping[str, Posting],
    messages: Mapping[str, Message],
    statements: Mapping[str, Statement],
    of: Mapping[str, Transfer],
    texts: list[str],
    currencies: list[str],
) -> _Columns:
    """Return the columns of these records; `texts` and `currencies` are filled with what their numbers stand for.

    The columns of lines and of messages are made apart, one after the other, and laid in the order of the ids at the end.
    """
    codes = {name: _Codes() for name in ("tail", "account", "bank", "text", "kind", "exhibit", "money", "movement")}
    tails, words, money = codes["tail"], codes["text"], codes["money"]
    mine = [lines[key] for key in keys if key in lines]
    theirs = [messages[key] for key in keys if key not in lines]
    is_line = np.fromiter((key in lines for key in keys), np.bool_, len(keys))
    order = np.r_[np.flatnonzero(is_line), np.flatnonzero(~is_line)]
    none = np.full(len(theirs), _NONE, np.int64)

    def laid(of_lines: Iterable[int], of_messages: Iterable[int] | Rows = none) -> Rows:
        column = np.empty(len(keys), np.int64)
        column[order] = np.r_[
            np.fromiter(of_lines, np.int64, len(mine)), np.fromiter(of_messages, np.int64, len(theirs))
        ]
        return column

    tail, word = _Read(lambda text: bare(text)[-_TAIL:], tails), _Read(lambda text: text.casefold().strip(), words)
    number = _Read(lambda key: bare(parts_of(key)[2])[-_TAIL:], tails)
    bank = _Read(lambda text: text.strip().upper()[:_BIC8], codes["bank"])
    servicers = {key: s.servicer for key, s in statements.items()}
    transfers = [of[key] for key in keys]
    made = _Columns(
        amount=laid((abs(p.amount) for p in mine), (m.settled or 0 for m in theirs)),
        day=laid((_ordinal(p.value_date or p.booked) for p in mine), (_ordinal(m.settled_date) for m in theirs)),
        currency=laid((money[p.currency] for p in mine), (money[m.settled_currency] for m in theirs)),
        sign=laid((-1 if p.amount < 0 else 1 for p in mine), (0 for _ in theirs)),
        account=laid(codes["account"][p.account_key or p.account] for p in mine),
        exhibit=laid(codes["exhibit"][p.cite.exhibit] for p in mine),
        movement=np.fromiter((codes["movement"][t.id] for t in transfers), np.int64, len(keys)),
        kind=laid((_NONE for _ in mine), (codes["kind"][m.kind[:5]] for m in theirs)),
        has_debit=np.fromiter((bool(t.debit) for t in transfers), np.bool_, len(keys)),
        has_credit=np.fromiter((bool(t.credit) for t in transfers), np.bool_, len(keys)),
        printed=laid((tail[p.counterparty_account] for p in mine), (_only(m, "creditor", tail) for m in theirs)),
        debtor=laid((_NONE for _ in mine), (_only(m, "debtor", tail) for m in theirs)),
        tails=(laid(tail[p.account] for p in mine), laid(number[p.account_key or p.account] for p in mine)),
        banks=(
            laid(bank[p.servicer or servicers.get(p.statement, "")] for p in mine),
            laid(bank[p.counterparty_agent] for p in mine),
        ),
        name=laid(word[p.counterparty] for p in mine),
        text=laid((word[p.details] for p in mine), (word[m.remittance] for m in theirs)),
    )
    texts += words
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


def _agree(c: _Columns, a: Rows, b: Rows, texts: Sequence[str]) -> _Mask:
    """Say whether a pair has the points: an account that may be the one printed, a bank, a name; the text alone if equal."""
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
    texts_alike = _likeness(c.text[a[left]], c.text[b[left]], texts) >= _FULL
    names_alike = _likeness(c.name[a[left]], c.name[b[left]], texts)
    full = texts_alike & ((names_alike >= _FULL) | is_booking)
    sure[left] = np.where(asked[left], full, texts_alike | (names_alike > ALIKE))
    return sure


def _likeness(one: Rows, other: Rows, texts: Sequence[str]) -> npt.NDArray[np.float32]:
    """Return the likeness of each pair of texts, 0 where one is missing; each pair of texts is compared once."""
    found = np.zeros(len(one), np.float32)
    there = np.flatnonzero((one != _NONE) & (other != _NONE))
    if not len(there):
        return found
    width = len(texts)
    asked, back = np.unique(one[there] * width + other[there], return_inverse=True)
    left, right = [texts[n] for n in (asked // width).tolist()], [texts[n] for n in (asked % width).tolist()]
    found[there] = process.cpdist(left, right, scorer=fuzz.token_set_ratio)[back]
    return found

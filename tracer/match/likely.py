"""Which records could be one movement: one currency, near days, amounts that a fee explains, and something more that agrees.

Of a large case most lines of one amount on near days have nothing to do with each other. They are told apart here in arrays,
by what `features` would say of them; what is left is compared there field by field.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process

from tracer.match.comparing import near
from tracer.match.features import ALIKE
from tracer.match.nearby import Rows, pairs
from tracer.match.records import Record
from tracer.model import Transfer
from tracer.model.accounts import bare, parts_of
from tracer.model.payments import tolerance

__all__ = ["likely_pairs"]

_SPAN = 5  # calendar days that three business days can span
_TAIL = 6  # characters that two prints of one account share at their end, or all of a shorter one
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
    free: Mapping[str, Record], of: Mapping[str, Transfer], fees: Mapping[str, int]
) -> Iterator[tuple[str, str]]:
    """Yield pairs of ids, the smaller first, that may have enough in common to be candidates.

    free  the records that may still be joined, each with an amount; of: the transfer in which each stands now
    Left out is only what `features` gives less than the points of a text that agrees, amount and day aside, or what each side
    has already leaves no room for.
    """
    keys = sorted(key for key, record in free.items() if record.day is not None)
    if not keys:
        return
    texts: list[str] = []
    currencies: list[str] = []
    c = _columns([free[key] for key in keys], of, texts, currencies)
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
    records: Sequence[Record], of: Mapping[str, Transfer], texts: list[str], currencies: list[str]
) -> _Columns:
    """Return the columns; `texts` and `currencies` are filled with what their numbers stand for."""
    tails, accounts, banks, words, kinds, exhibits, money = (_Codes() for _ in range(7))
    movements: dict[int, int] = {}
    rows = []
    for record in records:
        transfer, p = of[record.key], record.posting
        first = (
            record.amount,
            record.day.toordinal() if record.day else 0,
            money[record.currency],
            movements.setdefault(id(transfer), len(movements)),
            bool(transfer.debit),
            bool(transfer.credit),
        )
        if p is not None:
            own = bare(p.account), bare(parts_of(p.account_key or p.account)[2])
            listed = (*sorted(record.banks), "", "")[:2]
            last = (
                -1 if p.amount < 0 else 1,
                accounts[record.account],
                exhibits[str(p.cite.exhibit)],
                _NONE,
                tails.of(bare(p.counterparty_account)[-_TAIL:]),
                _NONE,
                *(tails.of(text[-_TAIL:]) for text in own),
                *(banks.of(text) for text in listed),
                words.of(p.counterparty.casefold().strip()),
                words.of(p.details.casefold().strip()),
            )
        else:
            last = (
                0,
                _NONE,
                _NONE,
                kinds[record.kind[:5]],
                *(_only(record.named.get(role, ()), tails) for role in ("creditor", "debtor")),
                _NONE,
                _NONE,
                _NONE,
                _NONE,
                _NONE,
                words.of(record.message.remittance.casefold().strip() if record.message else ""),
            )
        rows.append((*first, *last))
    texts += words
    currencies += money
    amount, day, currency, movement, debit, credit, *rest = (
        np.array(column, np.int64) for column in zip(*rows, strict=True)
    )
    sign, account, exhibit, kind, printed, debtor, tail, other_tail, bank, other_bank, name, text = rest
    return _Columns(
        amount, day, currency, sign, account, exhibit, movement, kind, debit > 0, credit > 0, printed, debtor,
        (tail, other_tail), (bank, other_bank), name, text,
    )  # fmt: skip


def _only(accounts: Sequence[str], tails: _Codes) -> int:
    found = {tails.of(bare(text)[-_TAIL:]) for text in accounts}
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
    # without an account or a bank the names must be alike, or the texts one; against another account that is printed, all
    left = np.flatnonzero(~sure)
    texts_alike = _likeness(c.text[a[left]], c.text[b[left]], texts) >= _FULL
    names_alike = _likeness(c.name[a[left]], c.name[b[left]], texts)
    is_booking = ~both[left]
    full = texts_alike & ((names_alike >= _FULL) | is_booking) & (bank[left] | is_booking)
    sure[left] = np.where(asked[left], full, texts_alike | (names_alike > ALIKE) | is_booking)
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

"""Which open legs could be one conversion: found by what they share, or by day and size, without trying every pair.

A line that tells of an exchange may go with any other; one that names nobody, with any that names nobody; the rest only with
lines that share a reference, a word of a name, or an account.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from itertools import chain, product

import numpy as np

from tracer.match.columns import Coded, Columns, Mask
from tracer.match.comparing import MANY, folded, is_one_name, near
from tracer.match.exchange import (
    APART,
    PER_DOLLAR,
    Leg,
    in_dollars,
    is_charge,
    is_exchange_code,
    is_plausible,
    names_of,
    tells,
)
from tracer.match.nearby import Numbers, Rows, best_of, pairs, portions
from tracer.model.payments import tolerance, usable

__all__ = ["LONG", "pairs_of_legs"]

_WINDOW = 5  # calendar days that three business days, Monday to Friday, can span at most (`near` knows no holidays)
LONG = 31  # calendar days between two lines that both tell of an exchange: a month's forward or a held order
_CALLED = 4  # letters of a word of a name by which lines are looked up
_KINDS = 6
_NAME, _WORD, _REFERENCE, _CUT, _OWN, _PRINTS = range(_KINDS)
_WEAK = (_NAME, _REFERENCE, _CUT)  # what tells little when many share it
_EDGE = 1e-8  # more than the sums of floats here are off
_DAYS = 4_000_000  # more than there are days: a name and a day are one number
#: How much a line tells of an exchange: nothing; a word and no more; an amount, a rate, another currency, or a holder.
_NOT, _BY_WORD, _PLAINLY = range(3)


def pairs_of_legs(
    columns: Columns, debited: Rows, credited: Rows, owners: set[str], most: int = 0
) -> Iterator[tuple[Leg, Leg]]:
    """Yield every pair of a debit and a credit that could be one conversion, each once.

    debited, credited  the rows of the open legs, in the order of their ids
    owners             names of the holders of accounts
    most               of the pairs that share nothing, or no more than a name or a reference that more than `MANY` credits print
                       ("RENT 2024-03"), and of which none prints an amount, a rate or another currency, only so many of each
                       credit, and of these of each debit: the nearest, and of equally near ones the first ids; 0 for all
    """
    every = np.concatenate([debited, credited])
    present = np.unique(columns.currency[every]).tolist()
    currencies = list(columns.money)
    codes = {currencies[n]: n for n in present}
    named, names, _ = columns.counterparty
    holders = [
        n for n in (np.unique(named[every]).tolist() if owners else ()) if any(is_one_name(names[n], o) for o in owners)
    ]
    out, into = (_Side(columns, rows, codes, holders) for rows in (debited, credited))
    found = [n * len(credited) + m for n, m in _sized(out, into, codes, most)]
    called = _called(columns, out, into, most)
    for place in np.union1d(called, np.array(found, np.int64)).tolist():
        yield out.leg(place // len(credited)), into.leg(place % len(credited))


def _could_be(out: Leg, into: Leg) -> bool:
    """Say whether currencies, days and sizes leave room for one conversion; two that tell of an exchange need no rate."""
    if out.posting.currency == into.posting.currency:
        return False
    if out.word and into.word:
        return abs((out.day - into.day).days) <= LONG
    return near(out.day, into.day) and is_plausible(out.posting, into.posting)


# -- by what they share


def _called(columns: Columns, out: _Side, into: _Side, most: int) -> Rows:
    """Return the pairs that share a reference, a name or a word of one, or of which one prints the other's account.

    Each pair once, as the place of the debit times the number of credits, and the place of the credit.
    """
    width, end = len(into.rows), len(out.rows)
    shares, cuts = _shared(columns, np.concatenate([out.rows, into.rows]))
    read = _Named(columns, cuts, [out.rows, into.rows])
    asked, listed = read.of(out.rows, shares[:end], is_asking=True), read.of(into.rows, shares[end:], is_asking=False)
    # a word that many names share ("TRADING") tells none of them; whole names are looked up beside
    size = 1 + max(int(name.max(initial=0)) for name, _ in (asked, listed))
    is_asked, times = np.bincount(asked[0], minlength=size) > 0, np.bincount(listed[0], minlength=size)
    is_many = times > MANY
    kind = np.arange(len(is_many)) % _KINDS
    words, weak = (is_many & np.isin(kind, kinds) for kinds in (_WORD, _WEAK))
    if not most:
        weak[:] = False

    def met(which: Mask) -> Rows:
        (mine, by), (yours, row) = ((name[which[name]], row[which[name]]) for name, row in (asked, listed))
        return _could_all(out, into, _joined((mine, by), (yours, row), out, into))

    found = met(is_asked & (times > 0) & ~words & ~weak)
    if weak.any():
        places = met(is_asked & weak)
        n, m = _nearest(places // width, places % width, out, into, most)
        found = np.union1d(found, n * width + m)
    return found


def _joined(asked: tuple[Rows, Rows], listed: tuple[Rows, Rows], out: _Side, into: _Side) -> Rows:
    """Return the pairs, as in `_called`, that share a name within days and sizes that floats leave room for."""
    name, row = listed
    at = name * _DAYS + into.day[row]
    order = np.argsort(at, kind="stable")
    at, row = at[order], row[order]
    wanted, by = asked
    middle, span = wanted * _DAYS + out.day[by], np.where(out.word[by], LONG, _WINDOW)
    first = np.searchsorted(at, middle - span, "left")
    counts = np.searchsorted(at, middle + span, "right") - first
    kept: list[Rows] = []
    for part in portions(counts):
        mine, begin = counts[part], first[part]
        before = np.repeat(np.cumsum(mine) - mine - begin, mine)
        n, m = np.repeat(by[part], mine), row[np.arange(len(before)) - before]
        fits = _may_be(out, into, n, m)
        kept.append(np.unique(n[fits] * len(into.day) + m[fits]))
    if len(kept) == 1:
        return kept[0]
    return np.unique(np.concatenate(kept)) if kept else np.array([], np.int64)


def _could_all(out: _Side, into: _Side, places: Rows) -> Rows:
    """Leave of these pairs what `_could_be` lets pass."""
    n, m = places // max(len(into.rows), 1), places % max(len(into.rows), 1)
    days, off = np.abs(out.day[n] - into.day[m]), np.abs(out.worth[n] - into.worth[m])
    is_told = out.word[n] & into.word[m]
    # within the rounding of floats at the limit the exact size decides, else the floats do
    is_sure = (off < APART - _EDGE) | ~out.is_known[n] | ~into.is_known[m]
    fits = is_told | (_within_days(out.day[n], into.day[m]) & is_sure)
    for place in np.flatnonzero(~fits & ~is_sure & (days <= _WINDOW)).tolist():
        fits[place] = _could_be(out.leg(int(n[place])), into.leg(int(m[place])))
    found: Rows = places[fits]
    return found


def _nearest(n: Rows, m: Rows, out: _Side, into: _Side, most: int) -> tuple[Rows, Rows]:
    """Return so many pairs of each credit, and of these of each debit: the nearest, of equally near ones the first ids."""
    for is_of_credits in (True, False):
        mine, yours, places = (m, n, out.place) if is_of_credits else (n, m, into.place)
        days = np.abs(out.day[n] - into.day[m])
        is_no_rate = np.abs(out.worth[n] - into.worth[m]) > APART
        chosen = best_of(mine, yours, (places[yours], days, is_no_rate), most)
        n, m = n[chosen], m[chosen]
    return n, m


def _within_days(one: Rows, other: Rows) -> Mask:
    """Say of each pair of days what `near` says: whether at most three business days lie between them."""
    start, end = np.minimum(one, other), np.maximum(one, other)
    first = int(start.min()) if len(start) else 0
    known = np.unique((start - first) * _DAYS + end - first)
    is_near = np.array([_are_near(first + at // _DAYS, first + at % _DAYS) for at in known.tolist()], np.bool_)
    found: Mask = is_near[np.searchsorted(known, (start - first) * _DAYS + end - first)]
    return found


def _may_be(out: _Side, into: _Side, n: Rows, m: Rows) -> Mask:
    """Leave out what `_could_be` refuses by currency, by day, or by size beyond the rounding of floats."""
    days = np.abs(out.day[n] - into.day[m])
    is_sized = (np.abs(out.worth[n] - into.worth[m]) <= APART) | ~out.is_known[n] | ~into.is_known[m]
    found: Mask = (out.currency[n] != into.currency[m]) & np.where(
        out.word[n] & into.word[m], days <= LONG, (days <= _WINDOW) & is_sized
    )
    return found


def _shared(columns: Columns, rows: Rows) -> tuple[Mask, list[int]]:
    """Return (which of these print a reference that more than one field prints, the lengths to which a `+` cuts references).

    Where one is cut, all of them: each may be the whole of it.
    """
    codes, texts = columns.folded.code[:, rows], columns.folded.texts
    times = np.bincount(codes.ravel(), minlength=len(texts))
    is_shared = times > 1
    known = np.flatnonzero(times).tolist()
    is_shared[[n for n in known if not texts[n]]] = False
    shares: Mask = np.any(is_shared[codes], axis=0)
    if not any(texts[n].endswith("+") for n in known):
        return shares, []
    names = (usable(texts[n]) for n in np.unique(codes[1:]).tolist())  # a UETR is never cut
    cuts = sorted({len(name) - 1 for name in names if name.endswith("+")})
    return np.ones(len(rows), np.bool_) if cuts else shares, cuts


class _Read(dict[str, tuple[str, int]]):
    """What is read of a part of a name, read once: one word stands in many names."""

    def __init__(self, read: Callable[[str], tuple[str, int]]) -> None:
        super().__init__()
        self.read = read

    def __missing__(self, part: str) -> tuple[str, int]:
        self[part] = found = self.read(part)
        return found


class _Named:
    """The names under which legs are looked up, as numbers: those of each kind counted apart.

    cuts     the lengths to which a `+` shortens references of the case
    is_held  of the tail of an account, whether a leg stands on such a one; a leg that prints another is not found by it
    """

    def __init__(self, columns: Columns, cuts: Sequence[int], legs: Iterable[Rows]) -> None:
        self.cuts, self.columns = cuts, columns
        self.numbers = [Numbers() for _ in range(_KINDS)]
        self.words = _Read(self._word)
        self.own, self.printed = columns.own[0], columns.printed
        self.is_held = np.zeros(len(columns.tails.codes), np.bool_)
        for rows in legs:
            self.is_held[self.own[rows]] = True
        self.is_held[0] = False  # no account at all

    def of(self, rows: Rows, shares: Mask, *, is_asking: bool) -> tuple[Rows, Rows]:
        """Return (numbers of names, places of legs). A debit asks for a credit on the account that it prints, and the other way.

        shares  which of the legs may share a reference
        """
        found, by = list[int](), list[int]()
        for n in np.flatnonzero(shares).tolist():
            line = self.columns.lines[rows[n]]
            codes = [code for text in names_of(line) if text for code in self._references(text)]
            found += codes
            by += [n] * len(codes)
        listed = [(np.array(found, np.int64), np.array(by, np.int64)), self._names(rows)]
        kinds = (_PRINTS, _OWN) if is_asking else (_OWN, _PRINTS)
        for tails, kind in zip((self.own, self.printed), kinds, strict=True):
            tail = tails[rows]
            where = np.flatnonzero(self.is_held[tail])
            listed.append((tail[where] * _KINDS + kind, where))
        names, places = (np.concatenate(both) for both in zip(*listed, strict=True))
        return names, places

    def _names(self, rows: Rows) -> tuple[Rows, Rows]:
        """Return the numbers of the names and of the words of names that legs print, and the places of these legs."""
        code, texts, _ = self.columns.counterparty
        printed, which = np.unique(code[rows], return_inverse=True)
        named = [self._name(texts[n]) for n in printed.tolist()]  # most names stand on many lines
        sizes = np.array([len(listed) for listed in named], np.int64)
        every = np.array(list(chain.from_iterable(named)), np.int64)
        counts, starts = sizes[which], (np.cumsum(sizes) - sizes)[which]
        row = np.repeat(np.arange(len(which)), counts)
        within = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
        return every[np.repeat(starts, counts) + within], row

    def _code(self, kind: int, name: str) -> int:
        return self.numbers[kind][name] * _KINDS + kind

    def _references(self, text: str) -> Iterator[int]:
        bare_text = text.removesuffix("+")
        yield self._code(_REFERENCE, bare_text)
        yield from (self._code(_CUT, bare_text[:size]) for size in self.cuts if len(bare_text) >= size)

    def _name(self, name: str) -> Sequence[int]:
        if not name:
            return ()
        read = [self.words[part] for part in name.split()]
        whole = self._code(_NAME, "".join([word for word, _ in read]))
        return [whole, *dict.fromkeys([code for _, code in read if code >= 0])]

    def _word(self, part: str) -> tuple[str, int]:
        """Return a part of a name as it is compared, and its number; -1 for one too short to look up."""
        word = folded(part)
        return word, self._code(_WORD, word) if len(part) >= _CALLED else -1


# -- by day and size


class _Side:
    """The open legs of one side as arrays in the order of their ids, to find them by day and size."""

    def __init__(self, columns: Columns, rows: Rows, codes: dict[str, int], holders: Sequence[int]) -> None:
        self.columns, self.rows = columns, rows
        self._legs: dict[int, Leg] = {}
        self.currency, self.day, self.amount = (
            column[rows] for column in (columns.currency, columns.day, columns.amount)
        )
        rate = np.array([in_dollars(code) for code in columns.money], np.float64)[self.currency]
        self.is_known = rate > 0
        self.worth = np.log(np.where(self.is_known, self.amount * rate, 1.0))
        # what a text tells is asked once of each: most lines have the text of others but for its digits
        shape, shapes = _told(columns.shape, rows)
        kind, kinds = _told(columns.type_code, rows)
        is_plain = np.isin(columns.counterparty.code[rows], holders)
        for code, number in codes.items():
            names_it = np.array([code in text for text in shapes], np.bool_)
            is_plain |= names_it[shape] & (self.currency != number)
        self.tells = np.where(is_plain, _PLAINLY, _NOT)
        self.word = np.zeros(len(rows), np.bool_)
        self.printed, self.printed_in = np.zeros(len(rows), np.int64), np.full(len(rows), -1, np.int64)
        may_tell = np.array([tells(text) for text in shapes], np.bool_)[shape] | columns.is_exchanged[rows]
        may_tell |= np.array([is_exchange_code(code) for code in kinds], np.bool_)[kind]
        for place in np.flatnonzero(may_tell).tolist():
            leg = self.leg(place)
            self.word[place] = bool(leg.word)
            self.printed[place], self.printed_in[place] = leg.printed.amount, codes.get(leg.printed.currency, -1)
            if leg.printed.amount or leg.printed.rate:
                self.tells[place] = _PLAINLY
            elif leg.word and self.tells[place] == _NOT:
                self.tells[place] = _BY_WORD
        name, names = _told(columns.counterparty, rows)
        is_named = np.array([bool(text.strip()) for text in names], np.bool_)[name] | columns.names_an_account[rows]
        is_charged = np.array([is_charge(text, "") for text in shapes], np.bool_)[shape]
        is_charged |= np.array([is_charge("", code) for code in kinds], np.bool_)[kind]
        self.blank = (self.tells == _NOT) & ~is_named & ~is_charged
        self.place = np.arange(len(rows))  # legs stand in the order of their ids

    def leg(self, place: int) -> Leg:
        """Return the leg at a place: what it prints is read when it is first asked for, as few are."""
        found = self._legs.get(place)
        if found is None:
            row = int(self.rows[place])
            line = self.columns.lines[row]
            self._legs[place] = found = Leg(self.columns.keys[row], line, date.fromordinal(int(self.columns.day[row])))
        return found


def _told(column: Coded, rows: Rows) -> tuple[Rows, list[str]]:
    """Return (the number of each text, the texts) of those that stand in these rows."""
    known, number = np.unique(column.code[rows], return_inverse=True)
    return number, [column.texts[n] for n in known.tolist()]


@lru_cache(maxsize=65_536)
def _are_near(one: int, other: int) -> bool:
    return near(date.fromordinal(one), date.fromordinal(other))


def _sized(out: _Side, into: _Side, codes: dict[str, int], most: int) -> Iterator[tuple[int, int]]:
    plain_out, plain_into = out.tells == _PLAINLY, into.tells == _PLAINLY

    def found(of_debits: Mask, of_credits: Mask) -> Iterator[tuple[Rows, Rows]]:
        return _found(out, into, of_debits, of_credits, codes, span=_WINDOW, near_days=_are_near, is_sized=True)

    limits = np.zeros(1 + max(codes.values()), np.int64)
    limits[list(codes.values())] = [tolerance(code) for code in codes]
    for n, m in (*found(plain_out, into.amount != 0), *found(~plain_out, plain_into)):
        fits = _fits(out, into, n, m, limits) & _fits(into, out, m, n, limits)
        yield from zip(n[fits].tolist(), m[fits].tolist(), strict=True)
    spoken_out, spoken_into = out.tells == _BY_WORD, into.tells == _BY_WORD
    rest = [
        *found(spoken_out, ~plain_into),
        *found(out.tells == _NOT, spoken_into),
        *found(out.blank, into.blank),
        *_found(out, into, out.word, into.word, codes, span=LONG, near_days=lambda *_: True, is_sized=False),
    ]
    if rest:
        n, m = (np.concatenate(ends) for ends in zip(*rest, strict=True))
        if most:
            n, m = _nearest(n, m, out, into, most)
        yield from zip(n.tolist(), m.tolist(), strict=True)


def _fits(line: _Side, other: _Side, n: Rows, m: Rows, limits: Rows) -> Mask:
    """Say of each pair whether the amount that a line prints, if any, is the other's, or off by no more than a charge."""
    gap = np.abs(line.printed[n] - other.amount[m])
    is_it = (line.printed_in[n] == other.currency[m]) & (gap <= limits[other.currency[m]])
    fits: Mask = (line.printed[n] == 0) | is_it
    return fits


def _found(
    out: _Side,
    into: _Side,
    of_debits: Mask,
    of_credits: Mask,
    codes: dict[str, int],
    *,
    span: int,
    near_days: Callable[[int, int], bool],
    is_sized: bool,
) -> Iterator[tuple[Rows, Rows]]:
    """Yield (debited, credited) in two currencies, of those marked, with near days and, where asked, of plausible size.

    The exact limit of size is `is_plausible`; the floats here only leave out what is beyond it.
    """
    for left, right in product(codes, codes):
        a = np.flatnonzero(of_debits & (out.currency == codes[left]))
        b = np.flatnonzero(of_credits & (into.currency == codes[right]))
        if left == right or not len(a) or not len(b):
            continue
        room = APART if is_sized and left in PER_DOLLAR and right in PER_DOLLAR else np.inf
        worth = into.worth[b]
        for m, n in pairs(
            (into.day[b], worth), (out.day[a], out.worth[a]), (worth - room, worth + room), span=span, near=near_days
        ):
            yield a[n], b[m]

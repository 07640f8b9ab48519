"""Which open legs could be one conversion: found by what they share, or by day and size, without trying every pair.

A line that tells of an exchange may go with any other; one that names nobody, with any that names nobody; the rest only with
lines that share a reference, a word of a name, or an account.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache, partial
from itertools import chain, product
from operator import attrgetter

import numpy as np
import numpy.typing as npt

from tracer.match.comparing import MANY, folded, is_one_name, near
from tracer.match.exchange import APART, NOTHING, PER_DOLLAR, Leg, is_plausible
from tracer.match.nearby import Numbers, Rows, best_of, pairs, portions
from tracer.model.accounts import bare
from tracer.model.payments import tolerance

__all__ = ["LONG", "pairs_of_legs"]

_WINDOW = 5  # calendar days that three business days, Monday to Friday, can span at most (`near` knows no holidays)
LONG = 31  # calendar days between two lines that both tell of an exchange: a month's forward or a held order
_CALLED = 4  # letters of a word of a name by which lines are looked up
_KINDS = 6
_NAME, _WORD, _REFERENCE, _CUT, _OWN, _PRINTS = range(_KINDS)
_WEAK = (_NAME, _REFERENCE, _CUT)  # what tells little when many share it
_TAIL = 6  # digits under which accounts are looked up
_EDGE = 1e-8  # more than the sums of floats here are off
_DAYS = 4_000_000  # more than there are days: a name and a day are one number
#: How much a line tells of an exchange: nothing; a word and no more; an amount, a rate, another currency, or a holder.
_NOT, _BY_WORD, _PLAINLY = range(3)
_PRINTED = attrgetter("uetr", "end_to_end_id", "owner_reference", "bank_reference")
_Mask = npt.NDArray[np.bool_]


def pairs_of_legs(
    debited: Sequence[Leg], credited: Sequence[Leg], owners: set[str], most: int = 0
) -> Iterator[tuple[Leg, Leg]]:
    """Yield every pair of a debit and a credit that could be one conversion, each once.

    owners  names of the holders of accounts
    most    of the pairs that share nothing, or no more than a name or a reference that more than `MANY` credits print ("RENT
            2024-03"), and of which none prints an amount, a rate or another currency, only so many of each credit, and of these
            of each debit: the nearest, and of equally near ones the first ids; 0 for all
    """
    codes = {code: n for n, code in enumerate(sorted({leg.posting.currency for leg in (*debited, *credited)}))}
    names = {leg.posting.counterparty for leg in (*debited, *credited)} if owners else ()
    holders = {name for name in names if any(is_one_name(name, owner) for owner in owners)}
    out, into = _Side(debited, codes, holders), _Side(credited, codes, holders)
    found = [n * len(credited) + m for n, m in _sized(out, into, codes, most)]
    called = _called(out, into, most)
    for place in np.union1d(called, np.array(found, np.int64)).tolist():
        yield out.legs[place // len(credited)], into.legs[place % len(credited)]


def _could_be(out: Leg, into: Leg) -> bool:
    """Say whether currencies, days and sizes leave room for one conversion; two that tell of an exchange need no rate."""
    if out.posting.currency == into.posting.currency:
        return False
    if out.word and into.word:
        return abs((out.day - into.day).days) <= LONG
    return near(out.day, into.day) and is_plausible(out.posting, into.posting)


# -- by what they share


def _called(out: _Side, into: _Side, most: int) -> Rows:
    """Return the pairs that share a reference, a name or a word of one, or of which one prints the other's account.

    Each pair once, as the place of the debit times the number of credits, and the place of the credit.
    """
    every, width = (*out.held, *into.held), len(into.held)
    shared, is_cut = _shared(every)
    cuts = {len(text) - 1 for leg in every for text in leg.names if text.endswith("+")} if is_cut else ()
    read = _Named(sorted(cuts), shared, {leg.posting.account for leg in every})
    asked, listed = (
        (names, side.rank[rows])
        for side, is_asking in ((out, True), (into, False))
        for names, rows in (read.rows(side.held, is_asking=is_asking),)
    )
    # a word that many names share ("TRADING") tells none of them; whole names are looked up beside
    size = 1 + max(int(name.max(initial=0)) for name, _ in (asked, listed))
    is_asked, times = np.bincount(asked[0], minlength=size) > 0, np.bincount(listed[0], minlength=size)
    is_many = times > MANY
    kind = np.arange(len(is_many)) % _KINDS
    words, weak = (is_many & np.isin(kind, kinds) for kinds in (_WORD, _WEAK))
    if not most:
        weak[:] = False

    def met(which: _Mask) -> Rows:
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
    return np.unique(np.concatenate(kept)) if kept else np.array([], np.int64)


def _could_all(out: _Side, into: _Side, places: Rows) -> Rows:
    """Leave of these pairs what `_could_be` lets pass."""
    n, m = places // max(len(into.legs), 1), places % max(len(into.legs), 1)
    days, off = np.abs(out.day[n] - into.day[m]), np.abs(out.worth[n] - into.worth[m])
    is_told = out.word[n] & into.word[m]
    # within the rounding of floats at the limit the exact size decides, else the floats do
    is_sure = (off < APART - _EDGE) | ~out.is_known[n] | ~into.is_known[m]
    fits = is_told | (_within_days(out.day[n], into.day[m]) & is_sure)
    for place in np.flatnonzero(~fits & ~is_sure & (days <= _WINDOW)).tolist():
        fits[place] = _could_be(out.legs[n[place]], into.legs[m[place]])
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


def _within_days(one: Rows, other: Rows) -> _Mask:
    """Say of each pair of days what `near` says: whether at most three business days lie between them."""
    start, end = np.minimum(one, other), np.maximum(one, other)
    first = int(start.min()) if len(start) else 0
    known = np.unique((start - first) * _DAYS + end - first)
    is_near = np.array([_are_near(first + at // _DAYS, first + at % _DAYS) for at in known.tolist()], np.bool_)
    found: _Mask = is_near[np.searchsorted(known, (start - first) * _DAYS + end - first)]
    return found


def _may_be(out: _Side, into: _Side, n: Rows, m: Rows) -> _Mask:
    """Leave out what `_could_be` refuses by currency, by day, or by size beyond the rounding of floats."""
    days = np.abs(out.day[n] - into.day[m])
    is_sized = (np.abs(out.worth[n] - into.worth[m]) <= APART) | ~out.is_known[n] | ~into.is_known[m]
    found: _Mask = (out.currency[n] != into.currency[m]) & np.where(
        out.word[n] & into.word[m], days <= LONG, (days <= _WINDOW) & is_sized
    )
    return found


def _shared(legs: Sequence[Leg]) -> tuple[set[str], bool]:
    """Return the references that more than one field prints, as printed, and whether any is cut: the others find nothing."""
    printed = Counter(chain.from_iterable(map(_PRINTED, (leg.posting for leg in legs))))
    del printed[""]
    times: dict[str, int] = defaultdict(int)
    for raw, n in printed.items():
        times[raw.strip().upper()] += n
    return {raw for raw in printed if times[raw.strip().upper()] > 1}, any(text.endswith("+") for text in times)


class _Listed(dict[str, int]):
    """Numbers for texts, and the numbers of the names that are read of each: most texts stand on many lines."""

    def __init__(self, read: Callable[[str], Sequence[int]]) -> None:
        super().__init__()
        self.read, self.names = read, list[Sequence[int]]()

    def __missing__(self, text: str) -> int:
        self[text] = number = len(self.names)
        self.names.append(self.read(text))
        return number

    def rows(self, texts: Iterable[str]) -> tuple[Rows, Rows]:
        """Return (numbers of names, places of the texts of which they are read)."""
        which = np.array([self[text] for text in texts], np.int64)
        sizes = np.array([len(listed) for listed in self.names], np.int64)
        every = np.array(list(chain.from_iterable(self.names)), np.int64)
        counts, starts = sizes[which], (np.cumsum(sizes) - sizes)[which]
        row = np.repeat(np.arange(len(which)), counts)
        within = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
        return every[np.repeat(starts, counts) + within], row


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

    cuts    the lengths to which a `+` shortens references of the case
    shared  the references of more than one leg; where none is cut, no other needs a number
    held    the accounts of the legs; a leg that prints another is not found by it
    """

    def __init__(self, cuts: Sequence[int], shared: set[str], held: set[str]) -> None:
        self.cuts, self.shared = cuts, shared
        self.numbers = [Numbers() for _ in range(_KINDS)]
        self.words = _Read(self._word)
        self.tails = {bare(account)[-_TAIL:] for account in held} - {""}
        self.names = _Listed(self._name)
        self.own, self.prints = (_Listed(partial(self._account, kind)) for kind in (_OWN, _PRINTS))

    def rows(self, legs: Sequence[Leg], *, is_asking: bool) -> tuple[Rows, Rows]:
        """Return (numbers of names, places of legs). A debit asks for a credit on the account that it prints, and the other way."""
        own, other = (self.prints, self.own) if is_asking else (self.own, self.prints)
        postings = [leg.posting for leg in legs]
        found, rows = list[int](), list[int]()
        for n, (leg, printed) in enumerate(zip(legs, map(_PRINTED, postings), strict=True)):
            if self.cuts or not self.shared.isdisjoint(printed):
                codes = [code for text in leg.names if text for code in self._references(text)]
                found += codes
                rows += [n] * len(codes)
        listed = (
            (np.array(found, np.int64), np.array(rows, np.int64)),
            self.names.rows(p.counterparty for p in postings),
            own.rows(p.account for p in postings),
            other.rows(p.counterparty_account for p in postings),
        )
        names, places = (np.concatenate(both) for both in zip(*listed, strict=True))
        return names, places

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

    def _account(self, kind: int, account: str) -> tuple[int, ...]:
        """Return the name of an account as a line's own, or as one that it prints; none where it is no line's own."""
        tail = bare(account)[-_TAIL:]
        return (self._code(kind, tail),) if tail in self.tails else ()


# -- by day and size


class _Said(dict[str, tuple[str, ...]]):
    """Which of these currencies a text names: asked once for each text."""

    def __init__(self, codes: Iterable[str]) -> None:
        super().__init__()
        self.codes = tuple(codes)

    def __missing__(self, text: str) -> tuple[str, ...]:
        self[text] = found = tuple(code for code in self.codes if code in text)
        return found


class _Side:
    """The open legs of one side as arrays in the order of their ids, to find them by day and size.

    held   the legs as they came: they are read in the order of the memory, as a million of them want it
    legs   in the order of their ids; rank: the place there of each that is held
    """

    def __init__(self, legs: Sequence[Leg], codes: dict[str, int], holders: set[str]) -> None:
        any_digit = any(c.isdigit() for code in codes for c in code)
        said = _Said(codes)

        def told(leg: Leg) -> int:
            p, printed = leg.posting, leg.printed
            if printed is not NOTHING and (printed.amount or printed.rate):
                return _PLAINLY
            named = said[leg.text if any_digit else leg.shape]
            if (holders and p.counterparty in holders) or (named and any(code != p.currency for code in named)):
                return _PLAINLY
            return _BY_WORD if leg.word else _NOT

        keys = [leg.key for leg in legs]
        order = np.array(sorted(range(len(legs)), key=keys.__getitem__), np.int64)
        self.held, self.legs = legs, [legs[n] for n in order.tolist()]
        self.rank = np.empty(len(legs), np.int64)
        self.rank[order] = np.arange(len(legs))
        self.currency = np.array([codes[leg.posting.currency] for leg in legs], np.int64)[order]
        self.day = np.array([leg.day.toordinal() for leg in legs], np.int64)[order]
        self.worth = np.array([leg.worth for leg in legs], np.float64)[order]
        self.is_known = np.array([leg.posting.currency in PER_DOLLAR for leg in legs], np.bool_)[order]
        self.amount = np.array([abs(leg.posting.amount) for leg in legs], np.int64)[order]
        self.tells = np.array([told(leg) for leg in legs], np.int64)[order]
        self.word = np.array([bool(leg.word) for leg in legs], np.bool_)[order]
        names_nobody = np.array([not leg.is_explained and not leg.is_charge for leg in legs], np.bool_)[order]
        self.blank = (self.tells == _NOT) & names_nobody
        self.place = np.arange(len(legs))  # legs stand in the order of their ids
        self.printed = np.array([leg.printed.amount for leg in legs], np.int64)[order]
        self.printed_in = np.array([codes.get(leg.printed.currency, -1) for leg in legs], np.int64)[order]


@lru_cache(maxsize=65_536)
def _are_near(one: int, other: int) -> bool:
    return near(date.fromordinal(one), date.fromordinal(other))


def _sized(out: _Side, into: _Side, codes: dict[str, int], most: int) -> Iterator[tuple[int, int]]:
    plain_out, plain_into = out.tells == _PLAINLY, into.tells == _PLAINLY

    def found(of_debits: _Mask, of_credits: _Mask) -> Iterator[tuple[Rows, Rows]]:
        return _found(out, into, of_debits, of_credits, codes, span=_WINDOW, near_days=_are_near, is_sized=True)

    limits = np.array([tolerance(code) for code in sorted(codes, key=codes.__getitem__)], np.int64)
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


def _fits(line: _Side, other: _Side, n: Rows, m: Rows, limits: npt.NDArray[np.int64]) -> _Mask:
    """Say of each pair whether the amount that a line prints, if any, is the other's, or off by no more than a charge."""
    gap = np.abs(line.printed[n] - other.amount[m])
    is_it = (line.printed_in[n] == other.currency[m]) & (gap <= limits[other.currency[m]])
    fits: _Mask = (line.printed[n] == 0) | is_it
    return fits


def _found(
    out: _Side,
    into: _Side,
    of_debits: _Mask,
    of_credits: _Mask,
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

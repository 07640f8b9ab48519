"""Which open legs could be one conversion: found by what they share, or by day and size, without trying every pair.

A line that tells of an exchange may go with any other; one that names nobody, with any that names nobody; the rest only with
lines that share a reference, a word of a name, or an account.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache
from itertools import product

import numpy as np
import numpy.typing as npt

from tracer.match.comparing import folded, is_one_name, near
from tracer.match.exchange import APART, PER_DOLLAR, Leg, is_plausible
from tracer.match.nearby import Rows, best_of, pairs
from tracer.model.accounts import bare
from tracer.model.payments import tolerance

__all__ = ["LONG", "pairs_of_legs"]

_WINDOW = 10  # calendar days that three business days can span, with the longest week end and a holiday
LONG = 31  # calendar days between two lines that both tell of an exchange: a month's forward or a held order
_CALLED = 4  # letters of a word of a name by which lines are looked up
_MANY = 200  # credits that share a word of a name
_TAIL = 6  # digits under which accounts are looked up
#: How much a line tells of an exchange: nothing; a word and no more; an amount, a rate, another currency, or a holder.
_NOT, _BY_WORD, _PLAINLY = range(3)
_Mask = npt.NDArray[np.bool_]


def pairs_of_legs(
    debited: Sequence[Leg], credited: Sequence[Leg], owners: set[str], most: int = 0
) -> Iterator[tuple[Leg, Leg]]:
    """Yield every pair of a debit and a credit that could be one conversion, each once.

    owners  names of the holders of accounts
    most    of the pairs that share nothing, and of which none prints an amount, a rate or another currency, only so many of
            each credit, and of these of each debit: the nearest, and of equally near ones the first ids; 0 for all
    """
    seen: set[tuple[int, int]] = set()
    for pair in (*_called(debited, credited), *_sized(debited, credited, owners, most)):
        if pair not in seen:
            seen.add(pair)
            yield debited[pair[0]], credited[pair[1]]


def _could_be(out: Leg, into: Leg) -> bool:
    """Say whether currencies, days and sizes leave room for one conversion; two that tell of an exchange need no rate."""
    if out.posting.currency == into.posting.currency:
        return False
    if out.word and into.word:
        return abs((out.day - into.day).days) <= LONG
    return near(out.day, into.day) and is_plausible(out.posting, into.posting)


# -- by what they share


def _called(debited: Sequence[Leg], credited: Sequence[Leg]) -> Iterator[tuple[int, int]]:
    """Yield the pairs that share a reference, a name or a word of one, or of which one prints the other's account."""
    buckets: dict[str, list[int]] = defaultdict(list)
    cuts = sorted({len(text) - 1 for leg in (*debited, *credited) for text in _references(leg) if text.endswith("+")})
    for m in sorted(range(len(credited)), key=lambda m: (credited[m].day, credited[m].key)):
        p = credited[m].posting
        for name in (*_names(credited[m], cuts), f"own {_tail(p.account)}", f"prints {_tail(p.counterparty_account)}"):
            buckets[name].append(m)
    # a word that many names share ("TRADING") tells none of them; whole names are looked up beside
    buckets = {n: places for n, places in buckets.items() if not n.startswith("word ") or len(places) <= _MANY}
    for n, out in enumerate(debited):
        near_by: set[int] = set()
        span = timedelta(days=LONG if out.word else _WINDOW)
        printed = out.posting.counterparty_account
        named = (f"own {_tail(printed)}",) if printed else ()
        for name in (*_names(out, cuts), *named, f"prints {_tail(out.posting.account)}"):
            listed = buckets.get(name)
            if listed:
                start = bisect_left(listed, out.day - span, key=lambda m: credited[m].day)
                near_by.update(listed[start : bisect_right(listed, out.day + span, key=lambda m: credited[m].day)])
        yield from ((n, m) for m in near_by if _could_be(out, credited[m]))


def _references(leg: Leg) -> Iterator[str]:
    record = leg.record
    return filter(None, (record.uetr, record.end_to_end, record.own, record.bank))


def _names(leg: Leg, cuts: Sequence[int]) -> Iterator[str]:
    """Yield the names under which a leg is found; `cuts`: the lengths to which a `+` shortens references of the case."""
    for text in _references(leg):
        bare_text = text.removesuffix("+")
        yield f"reference {bare_text}"
        yield from (f"cut {bare_text[:size]}" for size in cuts if len(bare_text) >= size)
    name = leg.posting.counterparty
    if name:
        yield f"name {folded(name)}"
        for word in {folded(part) for part in name.split() if len(part) >= _CALLED}:
            yield f"word {word}"


def _tail(account: str) -> str:
    return bare(account)[-_TAIL:]


# -- by day and size


class _Side:
    """The open legs of one side as arrays, to find them by day and size."""

    def __init__(self, legs: Sequence[Leg], codes: dict[str, int], holders: dict[str, bool]) -> None:
        def told(leg: Leg) -> int:
            p, printed = leg.posting, leg.printed
            if printed.amount or printed.rate or holders[p.counterparty]:
                return _PLAINLY
            if any(code != p.currency and code in leg.text for code in codes):
                return _PLAINLY
            return _BY_WORD if leg.word else _NOT

        self.currency = np.array([codes[leg.posting.currency] for leg in legs], np.int64)
        self.day = np.array([leg.day.toordinal() for leg in legs], np.int64)
        self.worth = np.array([leg.worth for leg in legs], np.float64)
        self.amount = np.array([abs(leg.posting.amount) for leg in legs], np.int64)
        self.tells = np.array([told(leg) for leg in legs], np.int64)
        self.word = np.array([bool(leg.word) for leg in legs], np.bool_)
        names_nobody = np.array([not leg.is_explained and not leg.is_charge for leg in legs], np.bool_)
        self.blank = (self.tells == _NOT) & names_nobody
        self.place = np.argsort(np.argsort(np.array([leg.key for leg in legs])))
        self.printed = np.array([leg.printed.amount for leg in legs], np.int64)
        self.printed_in = np.array([codes.get(leg.printed.currency, -1) for leg in legs], np.int64)


@lru_cache(maxsize=65_536)
def _are_near(one: int, other: int) -> bool:
    return near(date.fromordinal(one), date.fromordinal(other))


def _sized(debited: Sequence[Leg], credited: Sequence[Leg], owners: set[str], most: int) -> Iterator[tuple[int, int]]:
    codes = {code: n for n, code in enumerate(sorted({leg.posting.currency for leg in (*debited, *credited)}))}
    names = {leg.posting.counterparty for leg in (*debited, *credited)}
    holders = {name: any(is_one_name(name, owner) for owner in owners) for name in names}
    out, into = _Side(debited, codes, holders), _Side(credited, codes, holders)
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
        for is_of_credits in (True, False) if most else ():
            mine, yours, places = (m, n, out.place) if is_of_credits else (n, m, into.place)
            days = np.abs(out.day[n] - into.day[m])
            is_no_rate = np.abs(out.worth[n] - into.worth[m]) > APART
            chosen = best_of(mine, yours, (places[yours], days, is_no_rate), most)
            n, m = n[chosen], m[chosen]
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

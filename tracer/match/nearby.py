"""Pairs of rows whose days are near and whose values lie in a range, without trying every pair.

The rows of each day are held sorted by value; of two days, each range is found by bisection. What this costs grows with the
pairs that fit, not with all pairs.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

__all__ = ["Numbers", "Rows", "Values", "as_held", "best_of", "pairs", "places_held", "portions"]

_Noun = TypeVar("_Noun")

Rows = npt.NDArray[np.int64]
Values = npt.NDArray[np.int64] | npt.NDArray[np.float64]
_AT_ONCE = 4_000_000  # pairs


def as_held(nouns: Sequence[_Noun]) -> list[_Noun]:
    """Return nouns in the order of the memory, in which a walk over a million of them takes half as long; else in no order."""
    return [nouns[n] for n in places_held(nouns)]


def places_held(nouns: Sequence[object]) -> list[int]:
    """Return the places of nouns in the order of the memory."""
    places: list[int] = np.argsort(np.fromiter(map(id, nouns), np.uint64, len(nouns))).tolist()
    return places


class Numbers(dict[str, int]):
    """A number for each text, in the order in which they are first asked for."""

    def __missing__(self, text: str) -> int:
        self[text] = number = len(self)
        return number


class _Days:
    """Rows by day, within each day by value."""

    def __init__(self, days: Rows, values: Values) -> None:
        self.rows = np.lexsort((values, days))
        self.values = values[self.rows]
        found, starts = np.unique(days[self.rows], return_index=True)
        self.days: list[int] = found.tolist()
        self.ends: list[int] = [*starts.tolist(), len(days)]


def pairs(
    one: tuple[Rows, Values],
    other: tuple[Rows, Values],
    ranges: tuple[Values, Values],
    *,
    span: int,
    near: Callable[[int, int], bool],
) -> Iterator[tuple[Rows, Rows]]:
    """Yield (rows of one, rows of other) for each day of `one`: every pair of near days whose other value is in range.

    one, other   days as ordinals, and values, of each row
    ranges       least and greatest other value, ends included, for each row of `one`
    near         says whether two days, at most `span` calendar days apart, are near
    """
    a, b = _Days(*one), _Days(*other)
    least, most = (side[a.rows] for side in ranges)
    for n, day in enumerate(a.days):
        start, end = a.ends[n], a.ends[n + 1]
        low, high = least[start:end], most[start:end]
        lefts, rights = [], []
        for m in range(bisect_left(b.days, day - span), bisect_right(b.days, day + span)):
            if not near(day, b.days[m]):
                continue
            at, values = b.ends[m], b.values[b.ends[m] : b.ends[m + 1]]
            first = np.searchsorted(values, low, "left")
            counts = np.maximum(np.searchsorted(values, high, "right") - first, 0)
            total = int(counts.sum())
            if total:
                before = np.repeat(np.cumsum(counts) - counts - first, counts)
                lefts.append(np.repeat(a.rows[start:end], counts))
                rights.append(b.rows[np.arange(total) - before + at])
        if lefts:
            yield np.concatenate(lefts), np.concatenate(rights)


def best_of(groups: Rows, members: Rows, order: Sequence[npt.NDArray[np.generic]], most: int) -> Rows:
    """Return the places of the first `most` members of each group, each once, in the order of the keys; the last decides first."""
    ranked = np.lexsort((members, *order, groups))
    group, member = groups[ranked], members[ranked]
    is_first = np.r_[True, (group[1:] != group[:-1]) | (member[1:] != member[:-1])]
    ranked, group = ranked[is_first], group[is_first]
    starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
    place = np.arange(len(ranked)) - np.repeat(starts, np.diff(np.r_[starts, len(ranked)]))
    return np.sort(ranked[place < most])


def portions(counts: Rows) -> Iterator[slice]:
    """Yield slices of rows that have about so many pairs each: a name on very many lines would fill the memory at once."""
    ends = np.cumsum(counts)
    start = 0
    while start < len(counts):
        done = int(ends[start - 1]) if start else 0
        end = max(start + 1, int(np.searchsorted(ends, done + _AT_ONCE, "right")))
        yield slice(start, end)
        start = end

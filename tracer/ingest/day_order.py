"""The order of lines where a format promises none: by the days as printed, and not further."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from itertools import pairwise
from operator import attrgetter

from tracer.ingest.draft import drafted
from tracer.model import Posting

__all__ = ["numbered"]

_NAMES = [one.name for one in fields(Posting)]
_LINE = _NAMES.index("line")
_above, _below = attrgetter(*_NAMES[:_LINE]), attrgetter(*_NAMES[_LINE + 1 :])
_noun: Callable[..., Posting] = drafted(Posting)


def numbered(postings: Sequence[Posting]) -> tuple[tuple[Posting, ...], tuple[str, ...]]:
    """Return the lines with their places from 1, and the marks of the statement.

    Where days never rise and fall once, the export prints the newest first: places run backwards, so that a later day has a
    later place. Lines are never sorted. No balance proves the order within a day.
    """
    days = [one.booked for one in postings if one.booked is not None]
    is_newest_first = len(set(days)) > 1 and all(a >= b for a, b in pairwise(days))
    placed = tuple(
        _noun(*_above(one), line, *_below(one))
        for line, one in enumerate(postings[::-1] if is_newest_first else postings, 1)
    )
    marks = (("order-by-days",) if is_newest_first else ()) + (("unproven",) if len(postings) > 1 else ())
    return placed, marks

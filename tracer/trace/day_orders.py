"""Own money first by the day, and on the available balance: the variants of LIBR by name, on all accounts of a case.

::

    LIBR-T        per posted entry, in the order taken: the trace as it stands
    LIBR-D-close  the closing balances of the days alone
    LIBR-D-best   in each day the credits first, other money before proceeds; it always equals LIBR-D-close
    LIBR-D-worst  in each day the debits first, overdraft allowed, then proceeds before other money
    LIBR-A        a credit enters on the day from which its bank valued it, before the other entries of that day

In one account the worst and the best are the least and the most over every order of each day (tracing.md R4, N7), and the
one-account arithmetic of `theories/daily.py` gives the same figures. Here each account takes its days in the order named,
and a transfer of the same day arrives after it left: what the variant leaves in one account is what it sends on to the next.

Entries that no statement prints (an opening, a missing period) keep their place, and nothing passes over them. A credit of
several labels stays one entry: it repays a debt pro rata (1.2 step 2).

Authority: none found fixes end-of-day against intraday: a disclosed parameter. LIBR-A: a recognised "available balance test"
           [F as a key term; the case was not identified]. The day a hold ended is the value date of the credit, which
           ISO 20022 defines as the day from which the assets are available to the account owner.
Against:   a bank may value a credit before or after it lets it be drawn: where the hold itself is recorded, that day counts.
           Confirm with counsel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from tracer.model import Posting, RuleError
from tracer.trace.changes import reordered
from tracer.trace.entries import Entries

__all__ = ["VARIANTS", "in_variant"]

#: The variants, the one of the trace as it stands first.
VARIANTS = ("LIBR-T", "LIBR-D-close", "LIBR-D-worst", "LIBR-D-best", "LIBR-A")

_EPOCH = date(1970, 1, 1).toordinal()


def in_variant(e: Entries, name: str, postings: Mapping[str, Posting]) -> tuple[Entries, int]:
    """Return the entries in the order that a variant takes them, and how many stand in another place.

    The balances between are then those of that order, and may fall below nothing where the bank's own did not.

    Raises: RuleError where transfers of one day go round in a circle, so that no order has every credit of it first.
    """
    if name == "LIBR-T":
        return e, 0
    printed = np.array([source in postings for source in e.source or ()], np.bool_)
    held = _held(e, postings) if name == "LIBR-A" else {}
    place = list(range(len(e)))
    for account in range(len(e.accounts)):
        mine = np.flatnonzero(e.account == account).tolist()
        moved = _available(e, mine, held) if name == "LIBR-A" else list(_by_day(e, mine, printed, name))
        for slot, row in zip(mine, moved, strict=True):
            place[slot] = row
    changed = sum(slot != row for slot, row in enumerate(place))
    if not changed and not held:
        return e, 0
    days = e.day.copy()
    days[list(held)] = list(held.values())
    e = replace(e, day=days)
    # the order is the variant's: no day is open any more, and what it draws beyond a facility is the variant's, too
    found = reordered(replace(e, block=np.full(len(e), -1, np.int32), facility=None), place)
    if found is None:
        raise RuleError(
            f"{name} cannot be taken: on one day transfers go round in a circle, and each would have to arrive before it left.",
            where="tracing.elections of case.yaml",
            meaning="No order of these accounts has all credits of that day first; no figure is given for it.",
            next_call="LIBR-D-worst, which takes the debits first, or `tracer what-if order ACCOUNT DAY ...`",
        )
    return found, changed


def _by_day(e: Entries, rows: Sequence[int], printed: np.ndarray, name: str) -> Iterator[int]:
    """Yield the entries of one account, those of each day in the order of the variant."""
    first = _debits_first(e) if name == "LIBR-D-worst" else _credits_first(e)
    day: list[int] = []
    for row in rows:
        if not printed[row] or e.day[row] < 0 or (day and e.day[row] != e.day[day[0]]):
            yield from sorted(day, key=first)
            day = []
        if printed[row] and e.day[row] >= 0:
            day.append(row)
        else:
            yield row
    yield from sorted(day, key=first)


def _kind(e: Entries, row: int) -> int:
    """Return 0 for other money, 1 for what a transfer brings, 2 for a credit that brings proceeds."""
    return 1 if e.partner[row] >= 0 else 2 * bool(e.origin[row, e.proceeds].any())


def _debits_first(e: Entries) -> Callable[[int], tuple[int, int]]:
    return lambda row: (1, -_kind(e, row)) if e.credit[row] else (0, 0)


def _credits_first(e: Entries) -> Callable[[int], tuple[int, int]]:
    return lambda row: (0, _kind(e, row)) if e.credit[row] else (1, 0)


def _available(e: Entries, rows: Sequence[int], held: Mapping[int, int]) -> list[int]:
    """Return the entries of one account with each credit in `held` before all others of the day its hold ended."""
    order = [row for row in rows if row not in held]
    for row in reversed([row for row in rows if row in held]):
        first = next(
            (k for k, other in enumerate(order) if held.get(other, int(e.day[other])) >= held[row]), len(order)
        )
        order.insert(first, row)
    return order


def _held(e: Entries, postings: Mapping[str, Posting]) -> dict[int, int]:
    """Return row -> value date of the credits that were valued after the day they were booked, in days of the entries."""
    found = {}
    for row in np.flatnonzero(e.credit & (e.day >= 0)).tolist():
        posting = postings.get((e.source or ())[row])
        if posting is not None and posting.value_date is not None:
            valued = posting.value_date.toordinal() - _EPOCH
            if valued > int(e.day[row]):
                found[row] = valued
    return found

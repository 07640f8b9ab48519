"""Breakdown value: how much undocumented clean money, and where, would bring a floor to nothing (tracing.md 5.6).

From a single gap the amount is the floor itself, if the gap lies where that much can still reach the targets: the
hold arc is split there, a source added, and the flow of other money must rise to all that was recorded.

Method:  one maximum flow per entry of the ledger; a question for the few targets that a hearing turns on.
Against: it measures one gap at a time; two gaps could share the amount.
"""

from __future__ import annotations

from collections.abc import Sequence

from tracer.trace.bounds import bounds
from tracer.trace.events import Book, Event, enter

__all__ = ["breakdown"]

_SINK = "beyond the gap"


def breakdown(book: Book, targets: Sequence[str]) -> tuple[int, tuple[tuple[str, str], ...]]:
    """Return the floor of the targets and the places (account, after event) from which it could be removed."""
    entries = enter(book)
    floor = bounds(entries, targets).floor
    if not floor:
        return 0, ()
    places = []
    for place, event in enumerate(book.events):
        for account in dict.fromkeys(name for name in (event.account, event.to) if name):
            # money in and out again at one place: the balances around it stay as printed
            inside = [
                Event("gap in", "credit", account, floor, labels=(("C", floor),), day=event.day),
                Event("gap out", "debit", account, floor, sink=_SINK, day=event.day),
            ]
            opened = book.with_events([*book.events[: place + 1], *inside, *book.events[place + 1 :]])
            if bounds(enter(opened), targets).floor == 0:
                places.append((account, event.id))
    return floor, tuple(places)

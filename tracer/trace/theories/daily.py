"""LIBR by day, where no record gives the order within it (tracing.md R4, variants by name).

LIBR-D-close  closing balances only; LIBR-D-best, credits first, always equals it
LIBR-D-worst  debits first, overdraft allowed: what a proven figure uses when it touches an unordered block

Authority: none found fixes end-of-day against intraday; a disclosed parameter. Confirm with counsel.
"""

from __future__ import annotations

from itertools import groupby

from tracer.trace.elections import not_covered, only_label
from tracer.trace.events import Book

__all__ = ["by_day"]


def by_day(book: Book, name: str) -> dict[str, dict[str, int]]:
    """Return what is left of the proceeds in the one account of `book` under `close`, `best` or `worst`."""
    label = only_label(book, "LIBR by day")
    if len(book.holdings) != 1 or any(e.kind not in ("credit", "debit") for e in book.events):
        raise not_covered("LIBR by day over several accounts")
    if name not in ("close", "best", "worst"):
        raise not_covered(f"LIBR variant D-{name}")
    holding = book.holdings[0]
    balance = sum(amount for _, amount in holding.opening) - holding.debt
    kept = sum(amount for part, amount in holding.opening if part == label)
    for _, events in groupby(book.events, key=lambda event: event.day):
        day = list(events)
        came = sum(amount for e in day for part, amount in e.labels if part == label)
        incoming = sum(e.amount for e in day if e.kind == "credit")
        outgoing = sum(e.amount for e in day if e.kind == "debit")
        closing = balance + incoming - outgoing
        if name == "worst":
            left = min(kept, max(0, balance - outgoing))
            kept = max(0, min(left + came - min(came, max(0, outgoing - balance)), closing))
        else:
            kept = max(0, min(kept + came, closing))
        balance = closing
    return {f"bal:{holding.name}": {label: kept}}

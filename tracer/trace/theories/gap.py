"""A missing period between two printed balances: a node with what came in and what went out (tracing.md 5.6).

What came in is of unknown origin and counts as other money for a floor. With printed totals the in- and outflow are
known; without them any amount may have come in and gone out, and as much as the closing balance is enough to remove
every floor. The order within the gap is not known: the hull over credits first and debits first.

Against: a gap may not pass money between unmatched legs of other accounts in a proven figure (`U_proven`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tracer.model import Bounds, RuleError
from tracer.trace.bounds import bounds
from tracer.trace.events import Book, Event, enter

__all__ = ["PrintedTotals", "bounds_over", "closing"]

_SINK = "not shown"


@dataclass(frozen=True, slots=True)
class PrintedTotals:
    """What the statements around a gap print of it, minor units; the gap follows every event of the book."""

    account: str
    opening: int
    closing: int
    credits: int
    debits: int


def closing(book: Book, gap: PrintedTotals) -> int:
    """Return the balance after the gap. Raises `RuleError` if the printed totals do not lead from one to the other."""
    entries = enter(book)
    rows = [row for row, code in enumerate(entries.account) if entries.accounts[code] == gap.account]
    before = int(entries.balances()[rows[-1]]) if rows else 0
    if before != gap.opening or gap.opening + gap.credits - gap.debits != gap.closing:
        raise RuleError(
            f"The gap in account {gap.account} does not add up.",
            where=f"{before} before it, {gap.opening} + {gap.credits} - {gap.debits} printed, {gap.closing} after it",
            meaning="A floor over a gap rests on its printed totals.",
            next_call="take the totals from the statements again, or state the gap without totals",
        )
    return before + gap.credits - gap.debits


def bounds_over(
    book: Book, gap: PrintedTotals, targets: Sequence[str], labels: Sequence[str], *, totals_printed: bool
) -> Bounds:
    """Return floor and ceiling of the targets over every order within the gap."""
    if totals_printed:
        came, went = gap.credits, gap.debits
    else:
        came = max(0, gap.closing)
        went = gap.opening + came - gap.closing
    inflow = Event("gap in", "credit", gap.account, came, labels=(("U", came),))
    outflow = Event("gap out", "debit", gap.account, went, sink=_SINK)
    found = []
    orders = [[inflow, outflow], [outflow, inflow]]
    if not totals_printed:
        orders.append([Event("gap out", "debit", gap.account, gap.opening - gap.closing, sink=_SINK)])
    for order in orders:
        entries = enter(book.with_events([*book.events, *[event for event in order if event.amount > 0]]))
        if (entries.balances() >= 0).all():
            found.append(bounds(entries, targets, labels))
    low, high = min(found, key=lambda b: b.floor), max(found, key=lambda b: b.ceiling)
    return Bounds(
        targets=tuple(targets),
        labels=tuple(labels),
        currency=low.currency,
        recorded=low.recorded,
        floor=low.floor,
        ceiling=high.ceiling,
        words_floor=low.words_floor,
        words_ceiling=high.words_ceiling,
    )

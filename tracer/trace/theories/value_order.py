"""Value-based confiscation: the sum of distinct receipts, valued when obtained.

A round trip or a substitution is not a second receipt. Convict-based in most systems; not available in a US in rem
action without conviction, which is why tracing matters there.

Authority: Fed. R. Crim. P. 32.2, 21 USC 853(p); POCA 2002 ss 6-10, R v Waya [2012] UKSC 51; EU Dir. 2014/42 and
           2024/1260 [K, verify before filing].
Against:   R v Waya itself: an order must be proportionate.
"""

from __future__ import annotations

from tracer.trace.entries import Entries
from tracer.trace.events import Book
from tracer.trace.replay import Replay

__all__ = ["benefit", "gross_proceeds"]


def benefit(book: Book) -> int:
    """Return the sum of proceeds in credits from outside: each receipt once."""
    return sum(
        amount for e in book.events if e.kind == "credit" for label, amount in e.labels if label in book.proceeds
    )


def gross_proceeds(entries: Entries, result: Replay, account: str) -> int:
    """Return all proceeds credited to an account, returns counted again: the figure that must not be claimed."""
    rows = entries.credit & ~entries.opening & (entries.account == entries.accounts.index(account))
    return int(result.moved[rows][:, entries.proceeds].sum())

"""Family-expense exhaustion: the expenses that are named consume other (community) money first. A screen, never a figure.

Every other debit follows the rule of the run; it is not LIBR, which lets every debit take other money first.

Authority: See v See (1966) 64 Cal.2d 778 [K, verify before filing].
Against:   marital property law; no authority on proceeds of an offence was found. Confirm with counsel.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tracer.trace.entries import Entries

__all__ = ["exhausting"]


def exhausting(entries: Entries, expenses: Sequence[int]) -> Entries:
    """Return the entries in which lots wholly of other money pay these debits (rows) first, then the rule."""
    first = np.zeros(len(entries), np.bool_) if entries.clean_first is None else entries.clean_first.copy()
    first[list(expenses)] = True
    return entries.changed(clean_first=first)

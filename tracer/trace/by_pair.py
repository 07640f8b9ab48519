"""pro_rata, libr and proceeds_first with one proceeds label and one other, totals only: the fast way.

With one label in each class nothing is left to apportion inside a class, so an account is three numbers: other money,
proceeds, debt. Charges, conversions, interest, records and more labels go the general way (`by_class.py`); the tests
compare both.
"""

from __future__ import annotations

import numpy as np

from tracer.trace.apportion import half_up
from tracer.trace.books import Books, Columns, Options
from tracer.trace.compiled import ask_for, compiled
from tracer.trace.rules import libr, pro_rata, proceeds_first

__all__ = ["replay_by_pair"]

_LIBR = libr.CODE
_PRO_RATA = pro_rata.CODE
_libr_drawn = libr.proceeds_drawn
_pro_rata_drawn = pro_rata.proceeds_drawn
_proceeds_first_drawn = proceeds_first.proceeds_drawn

_OTHER, _PROCEEDS, _DEBT, _WORDS = 0, 1, 2, 4
#: Accounts lie anywhere in memory: each is asked for so many entries ahead, instead of waiting for one after another.
_AHEAD = 24
#: Indices are cut to this, so that the compiler knows them not to be negative and leaves out the test.
_INDEX = np.int64((1 << 32) - 1)


@compiled
def _stays(size: int, repaid: int, proceeds: int, clean_repays: bool) -> int:
    """Return the proceeds that stay when `repaid` of a credit goes to the bank (see `books.keep`)."""
    other, stays = size - proceeds, size - repaid
    if clean_repays:
        return proceeds - max(0, repaid - other)
    if proceeds == 0:
        return 0
    return stays if other == 0 else half_up(stays, proceeds, size)


@compiled
def replay_by_pair(columns: Columns, books: Books, options: Options) -> int:
    """Post every entry, totals only; see `tracer.trace.books`.

    Return -1 where an entry needs the general way; the books are then to be begun again.
    """
    account, amount, credit, partner = columns.account, columns.amount, columns.credit, columns.partner
    origin, sinks, code = columns.origin, books.sinks, options.code
    accounts = books.held.shape[0]
    rows = len(amount)
    book = np.zeros(_WORDS * accounts, np.int64)
    for a in range(accounts):
        book[_WORDS * a + _DEBT] = books.debt[a]
    slots = np.empty(rows if options.in_flight > 0 else 0, np.int32)
    parts = np.zeros((options.in_flight + 1, 3), np.int64)
    free = np.arange(options.in_flight + 1)
    top = options.in_flight
    x, other, over = 0, 0, 0
    for i in range(rows):
        ask_for(book, _WORDS * (account[min(i + _AHEAD, rows - 1)] & _INDEX))
        a, w = account[i] & _INDEX, amount[i]
        at = _WORDS * a
        if credit[i]:
            source = partner[i]
            if source < 0:
                other, x, over = origin[i, 0], origin[i, 1], 0
            elif w != amount[source]:
                return -1
            elif source != i - 1:
                slot = slots[source]
                other, x, over = parts[slot, 0], parts[slot, 1], parts[slot, 2]
                top += 1
                free[top] = slot
            if over > 0 and not options.ordered:
                other, over = other + over, 0
            if book[at + _DEBT] == 0 or columns.opening[i]:
                book[at + _OTHER] += other + over
                book[at + _PROCEEDS] += x
                continue
            while True:
                repaid = min(book[at + _DEBT], other + x)
                kept = _stays(other + x, repaid, x, options.clean_repays)
                book[at + _DEBT] -= repaid
                book[at + _PROCEEDS] += kept
                book[at + _OTHER] += other + x - repaid - kept
                books.absorbed[a, _PROCEEDS] += x - kept
                books.absorbed[a, _OTHER] += repaid - (x - kept)
                if over == 0:
                    break
                other, x, over = over, 0, 0
            continue
        clean, proceeds = book[at + _OTHER], book[at + _PROCEEDS]
        use = min(w, clean + proceeds)
        if code == _LIBR:
            x = _libr_drawn(use, proceeds, clean)
        elif code == _PRO_RATA:
            x = _pro_rata_drawn(use, proceeds, clean)
        else:
            x = _proceeds_first_drawn(use, proceeds, clean)
        other, over = use - x, w - use
        book[at + _OTHER] = clean - other
        book[at + _PROCEEDS] = proceeds - x
        if over > 0:
            book[at + _DEBT] += over
            books.drawn[a] += over
        if partner[i] < 0:
            target = columns.sink[i]
            sinks[target, _OTHER] += other + over
            sinks[target, _PROCEEDS] += x
        elif partner[i] != i + 1:
            slot = free[top]
            top -= 1
            slots[i] = slot
            parts[slot, 0], parts[slot, 1], parts[slot, 2] = other, x, over
    for a in range(accounts):
        books.held[a, _OTHER], books.held[a, _PROCEEDS] = book[_WORDS * a + _OTHER], book[_WORDS * a + _PROCEEDS]
        books.debt[a] = book[_WORDS * a + _DEBT]
    return 0

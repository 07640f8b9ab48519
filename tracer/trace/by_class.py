"""Replay under the rules that know classes only: pro_rata, libr, proceeds_first.

What an account holds is one vector of labels, other money first, then proceeds (columns are permuted on the way in).
A debit takes so much proceeds as the rule says, then labels inside each class (tracing.md 1.2 step 8).
What a debit drew is one mixed sub-lot, and K, drawn from the bank, the last one apart (step 4).
"""

from __future__ import annotations

import numpy as np

from tracer.trace.apportion import take_part
from tracer.trace.books import Books, Columns, Options, Record, compose, keep, pass_on
from tracer.trace.compiled import compiled
from tracer.trace.entries import TO_PARTS, Cents
from tracer.trace.rules import libr, pro_rata, proceeds_first

__all__ = ["replay_by_class"]

_LIBR = libr.CODE
_PRO_RATA = pro_rata.CODE
_libr_drawn = libr.proceeds_drawn
_pro_rata_drawn = pro_rata.proceeds_drawn
_proceeds_first_drawn = proceeds_first.proceeds_drawn


@compiled
def proceeds_drawn(code: int, use: int, proceeds: int, other: int) -> int:
    """Ask the rule how much of `use` is proceeds."""
    if code == _LIBR:
        return _libr_drawn(use, proceeds, other)
    if code == _PRO_RATA:
        return _pro_rata_drawn(use, proceeds, other)
    return _proceeds_first_drawn(use, proceeds, other)


@compiled
def _queue(queue: Cents, ends: Cents, mark: Cents, a: int, lot: Cents, first: int) -> None:
    """Remember the proceeds of one credit as a lot of its own (`proceeds_subrule = fifo`)."""
    labels = len(lot)
    size = 0
    for k in range(first, labels):
        size += lot[k]
    if size == 0:
        return
    node = mark[0]
    mark[0] += 1
    queue[node, 0], queue[node, 1] = -1, size
    for k in range(first, labels):
        queue[node, 2 + k] = lot[k]
    if ends[a, 0] < 0:
        ends[a, 0] = node
    else:
        queue[ends[a, 1], 0] = node
    ends[a, 1] = node


@compiled
def _oldest(queue: Cents, ends: Cents, a: int, x: int, out: Cents, first: int) -> None:
    """Take `x` of the proceeds of account `a`, oldest deposit first, across labels."""
    labels = len(out)
    part = np.zeros(labels, np.int64)
    for k in range(first, labels):
        out[k] = 0
    while x > 0:
        node = ends[a, 0]
        size = queue[node, 1]
        use = min(x, size)
        take_part(use, queue[node, 2:], first, labels, size, part)
        for k in range(first, labels):
            out[k] += part[k]
            queue[node, 2 + k] -= part[k]
        queue[node, 1] -= use
        x -= use
        if use == size:
            ends[a, 0] = queue[node, 0]


@compiled
def _bundle(parts: Cents, slot: int, came: Cents, options: Options, credited: int, total: int) -> int:
    """Scale the bundle in `parts[slot]` to what was credited, into `came`; return its K, the last sub-lot apart."""
    labels = len(came)
    cells = np.empty(labels + 1, np.int64)
    for k in range(labels):
        cells[k] = parts[slot, options.order[k]]
    cells[labels] = parts[slot, labels]
    if not options.ordered:
        for k in range(labels):
            if options.order[k] == options.bank:
                cells[k] += cells[labels]
        cells[labels] = 0
    scaled = pass_on(cells, total, credited)
    for k in range(labels):
        came[options.order[k]] = scaled[k]
    apart: int = scaled[labels]
    return apart


@compiled
def replay_by_class(columns: Columns, books: Books, record: Record, options: Options) -> None:
    """Post every entry; see `tracer.trace.books` for what is read and written."""
    account, amount, credit, partner = columns.account, columns.amount, columns.credit, columns.partner
    code, first, bank = options.code, options.first_proceeds, options.bank
    held, debt, sinks = books.held, books.debt, books.sinks
    rows, labels = len(amount), held.shape[1]
    recorded, by_lot = options.recorded, options.by_lot
    taken = np.zeros(labels, np.int64)
    came = np.zeros(labels, np.int64)
    kept = np.zeros(labels, np.int64)
    parts = np.zeros((options.in_flight + 1, labels + 1), np.int64)
    free = np.arange(options.in_flight + 1)
    top = options.in_flight
    slots = np.empty(rows if options.in_flight > 0 else 0, np.int32)
    queue = np.empty((rows + 1 if by_lot else 0, 2 + labels), np.int64)
    ends = np.full((held.shape[0] if by_lot else 0, 2), -1, np.int64)
    mark = np.zeros(1, np.int64)
    for i in range(rows):
        a, w = account[i], amount[i]
        if credit[i]:
            drawn = 0
            source = partner[i]
            if source >= 0:
                slot = slots[source]
                out, origin = amount[source], account[source]
                converted = columns.money[a] != columns.money[origin]
                if w == out and not converted:
                    for k in range(labels):
                        came[k] = parts[slot, k]
                    drawn = parts[slot, labels]
                    if drawn > 0 and not options.ordered:
                        came[bank] += drawn
                        drawn = 0
                else:
                    drawn = _bundle(parts, slot, came, options, w, out)
                    stays_at = columns.sink[source]
                    for k in range(labels):
                        before = parts[slot, k] + (parts[slot, labels] if k == bank else 0)
                        after = came[k] + (drawn if k == bank else 0)
                        if converted:
                            books.left[origin, k] += before
                            books.entered[a, k] += after
                        elif stays_at >= 0:
                            sinks[stays_at, k] += before - after
                        else:
                            books.charged[origin, k] += before - after
                top += 1
                free[top] = slot
            elif len(columns.follows) > 0 and columns.follows[i]:
                compose(w, held[a], first, options.clean, came)
                for k in range(labels):
                    books.followed[a, k] += came[k]
            else:
                for k in range(labels):
                    came[k] = columns.origin[i, k]
            size = w - drawn
            while True:
                if debt[a] > 0 and not columns.opening[i]:
                    repaid = min(debt[a], size)
                    debt[a] -= repaid
                    keep(came, size, repaid, first, options.clean_repays, kept)
                    for k in range(labels):
                        held[a, k] += kept[k]
                        books.absorbed[a, k] += came[k] - kept[k]
                    if recorded:
                        for k in range(labels):
                            record.absorbed[i, k] += came[k] - kept[k]
                    if by_lot and columns.between[a] == 0:
                        _queue(queue, ends, mark, a, kept, first)
                else:
                    for k in range(labels):
                        held[a, k] += came[k]
                    if by_lot and columns.between[a] == 0:
                        _queue(queue, ends, mark, a, came, first)
                if recorded:
                    for k in range(labels):
                        record.moved[i, k] += came[k]
                if drawn == 0:
                    break
                for k in range(labels):
                    came[k] = 0
                came[bank] = drawn
                size, drawn = drawn, 0
        else:
            proceeds, other = 0, 0
            for k in range(first):
                other += held[a, k]
            for k in range(first, labels):
                proceeds += held[a, k]
            use = min(w, proceeds + other)
            if columns.between[a] == TO_PARTS:
                x = _pro_rata_drawn(use, proceeds, other)
            elif len(columns.clean_first) > 0 and columns.clean_first[i]:
                x = max(0, use - other)
            else:
                x = proceeds_drawn(code, use, proceeds, other)
            take_part(use - x, held[a], 0, first, other, taken)
            if by_lot and x > 0 and columns.between[a] == 0:
                _oldest(queue, ends, a, x, taken, first)
            else:
                take_part(x, held[a], first, labels, proceeds, taken)
            for k in range(labels):
                held[a, k] -= taken[k]
            over = w - use
            if over > 0:
                debt[a] += over
                books.drawn[a] += over
            if recorded:
                for k in range(labels):
                    record.moved[i, k] = taken[k]
                if over > 0:
                    record.moved[i, bank] += over
            if partner[i] >= 0:
                slot = free[top]
                top -= 1
                slots[i] = slot
                for k in range(labels):
                    parts[slot, k] = taken[k]
                parts[slot, labels] = over
            else:
                target = columns.sink[i]
                for k in range(labels):
                    sinks[target, k] += taken[k]
                if over > 0:
                    sinks[target, bank] += over
        if recorded:
            for k in range(labels):
                record.held[i, k] = held[a, k]

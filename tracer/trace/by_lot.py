"""Replay under the rules that keep lots apart: fifo, lifo.

A lot is one row of a pool: next, what is left of it, its first size h, its proceeds e, what was drawn so far, then
the labels it still holds. Every account is a list of lots drawn from its head; the two rules differ only in where a
new lot is put. A mixed lot is drawn cumulatively, so that its error never grows (tracing.md 1.2 step 8).
"""

from __future__ import annotations

import numpy as np

from tracer.trace.apportion import half_up, take_part
from tracer.trace.books import Books, Columns, Options, Record, compose, keep, pass_on
from tracer.trace.compiled import compiled
from tracer.trace.entries import TO_PARTS, Cents
from tracer.trace.rules import fifo, lifo

__all__ = ["replay_by_lot"]

_FIFO = fifo.CODE
_fifo_on_top = fifo.enters_on_top
_lifo_on_top = lifo.enters_on_top

_NEXT, _LEFT, _SIZE, _PROCEEDS, _DRAWN, _LABELS = 0, 1, 2, 3, 4, 5


@compiled
def _fresh(pool: Cents, mark: Cents) -> int:
    """Return an unused row of the pool: one given back, else the next one never used."""
    node: int = mark[0]
    if node >= 0:
        mark[0] = pool[node, _NEXT]
        return node
    node = mark[1]
    mark[1] += 1
    return node


@compiled
def _put(pool: Cents, head: Cents, tail: Cents, a: int, node: int, on_top: bool) -> None:
    """Put a lot where the rule wants it."""
    if on_top or head[a] < 0:
        pool[node, _NEXT] = head[a]
        if head[a] < 0:
            tail[a] = node
        head[a] = node
    else:
        pool[node, _NEXT] = -1
        pool[tail[a], _NEXT] = node
        tail[a] = node


@compiled
def _draw_part(pool: Cents, node: int, w: int, first: int, part: Cents) -> None:
    """Draw `w`, less than the lot holds, from one lot into `part`; the lot keeps its place and its memory."""
    labels = len(part)
    size, entered, drawn, left = pool[node, _SIZE], pool[node, _PROCEEDS], pool[node, _DRAWN], pool[node, _LEFT]
    if entered in (0, size):
        proceeds = w if entered else 0
        held = left if entered else 0
    else:
        proceeds = half_up(drawn + w, entered, size) - half_up(drawn, entered, size)
        held = 0
        for k in range(first, labels):
            held += pool[node, _LABELS + k]
    lot = pool[node, _LABELS:]
    take_part(proceeds, lot, first, labels, held, part)
    take_part(w - proceeds, lot, 0, first, left - held, part)
    for k in range(labels):
        lot[k] -= part[k]
    pool[node, _LEFT] = left - w
    pool[node, _DRAWN] = drawn + w


@compiled
def _append(pool: Cents, chain: Cents, node: int) -> None:
    """Append a sub-lot to a bundle, in the order drawn; `chain` is its first and last row."""
    pool[node, _NEXT] = -1
    if chain[0] < 0:
        chain[0] = node
    else:
        pool[chain[1], _NEXT] = node
    chain[1] = node


@compiled
def _fragment(pool: Cents, mark: Cents, chain: Cents, part: Cents, w: int) -> None:
    """Append what was drawn from a part-used lot to a bundle."""
    node = _fresh(pool, mark)
    pool[node, _LEFT] = w
    for k in range(len(part)):
        pool[node, _LABELS + k] = part[k]
    _append(pool, chain, node)


@compiled
def _draw(
    pool: Cents, mark: Cents, head: Cents, a: int, use: int, first: int, travels: bool, chain: Cents, taken: Cents
) -> None:
    """Draw `use` from the head of the list: into `taken`, and lot by lot into `chain` if the money travels on."""
    labels = len(taken)
    part = np.empty(labels, np.int64)
    while use > 0:
        node = head[a]
        left = pool[node, _LEFT]
        if left <= use:
            use -= left
            head[a] = pool[node, _NEXT]
            for k in range(labels):
                taken[k] += pool[node, _LABELS + k]
            if travels:
                _append(pool, chain, node)
            else:
                pool[node, _NEXT] = mark[0]
                mark[0] = node
        else:
            _draw_part(pool, node, use, first, part)
            for k in range(labels):
                taken[k] += part[k]
            if travels:
                _fragment(pool, mark, chain, part, use)
            use = 0


@compiled
def _draw_clean(
    pool: Cents,
    mark: Cents,
    head: Cents,
    tail: Cents,
    a: int,
    use: int,
    first: int,
    travels: bool,
    chain: Cents,
    taken: Cents,
) -> int:
    """Draw from lots wholly of other money only, in the rule's own order; return what is still to be drawn."""
    labels = len(taken)
    part = np.empty(labels, np.int64)
    before, node = -1, head[a]
    while use > 0 and node >= 0:
        after = pool[node, _NEXT]
        left = pool[node, _LEFT]
        if pool[node, _PROCEEDS] > 0:
            before = node
        elif left <= use:
            use -= left
            if before < 0:
                head[a] = after
            else:
                pool[before, _NEXT] = after
            if tail[a] == node:
                tail[a] = before
            for k in range(labels):
                taken[k] += pool[node, _LABELS + k]
            if travels:
                _append(pool, chain, node)
            else:
                pool[node, _NEXT] = mark[0]
                mark[0] = node
        else:
            _draw_part(pool, node, use, first, part)
            for k in range(labels):
                taken[k] += part[k]
            if travels:
                _fragment(pool, mark, chain, part, use)
            use = 0
        node = after
    return use


@compiled
def _blend(pool: Cents, mark: Cents, chain: Cents, labels: int) -> None:
    """Merge a bundle into one lot: one bank entry has no internal order."""
    whole = chain[0]
    node = pool[whole, _NEXT]
    while node >= 0:
        after = pool[node, _NEXT]
        pool[whole, _LEFT] += pool[node, _LEFT]
        for k in range(labels):
            pool[whole, _LABELS + k] += pool[node, _LABELS + k]
        pool[node, _NEXT] = mark[0]
        mark[0] = node
        node = after
    pool[whole, _NEXT] = -1


@compiled
def _scale(pool: Cents, start: int, labels: int, order: Cents, credited: int, total: int, gone: Cents) -> None:
    """Spread what was credited over the cells (sub-lot, label) of a bundle; `gone` is what did not arrive."""
    count, node = 0, start
    while node >= 0:
        count += 1
        node = pool[node, _NEXT]
    cells = np.empty(count * labels, np.int64)
    place, node = 0, start
    while node >= 0:
        for k in range(labels):
            cells[place + k] = pool[node, _LABELS + order[k]]
        place += labels
        node = pool[node, _NEXT]
    scaled = pass_on(cells, total, credited)
    place, node = 0, start
    while node >= 0:
        pool[node, _LEFT] = 0
        for k in range(labels):
            gone[order[k]] += cells[place + k] - scaled[place + k]
            pool[node, _LABELS + order[k]] = scaled[place + k]
            pool[node, _LEFT] += scaled[place + k]
        place += labels
        node = pool[node, _NEXT]


@compiled
def replay_by_lot(columns: Columns, books: Books, record: Record, options: Options) -> None:
    """Post every entry; see `tracer.trace.books` for what is read and written."""
    account, amount, credit, partner = columns.account, columns.amount, columns.credit, columns.partner
    first, bank = options.first_proceeds, options.bank
    held, debt, sinks = books.held, books.debt, books.sinks
    accounts, labels = held.shape
    rows = len(amount)
    recorded = options.recorded
    summed = recorded or len(columns.follows) > 0
    on_top = _fifo_on_top() if options.code == _FIFO else _lifo_on_top()
    pool = np.empty((options.nodes + 1, _LABELS + labels), np.int64)
    mark = np.array([-1, 0], np.int64)
    head, tail = np.full(accounts, -1, np.int64), np.full(accounts, -1, np.int64)
    holds = np.zeros(accounts, np.int64)
    bundles = np.empty(rows if options.in_flight > 0 else 0, np.int64)
    chain = np.empty(2, np.int64)
    taken = np.zeros(labels, np.int64)
    came = np.zeros(labels, np.int64)
    kept = np.zeros(labels, np.int64)
    for i in range(rows):
        a, w = account[i], amount[i]
        if credit[i]:
            source = partner[i]
            if source >= 0:
                node = bundles[source]
                out, origin = amount[source], account[source]
                converted = columns.money[a] != columns.money[origin]
                if (columns.between[a] == TO_PARTS or not options.ordered) and pool[node, _NEXT] >= 0:
                    chain[0] = node
                    _blend(pool, mark, chain, labels)
                if w != out or converted:
                    for k in range(labels):
                        taken[k] = 0
                    stays_at = columns.sink[source]
                    if converted:
                        each = node
                        while each >= 0:
                            for k in range(labels):
                                books.left[origin, k] += pool[each, _LABELS + k]
                            each = pool[each, _NEXT]
                    _scale(pool, node, labels, options.order, w, out, taken)
                    if converted:
                        each = node
                        while each >= 0:
                            for k in range(labels):
                                books.entered[a, k] += pool[each, _LABELS + k]
                            each = pool[each, _NEXT]
                    elif stays_at >= 0:
                        for k in range(labels):
                            sinks[stays_at, k] += taken[k]
                    else:
                        for k in range(labels):
                            books.charged[origin, k] += taken[k]
            else:
                node = _fresh(pool, mark)
                pool[node, _NEXT] = -1
                pool[node, _LEFT] = w
                if len(columns.follows) > 0 and columns.follows[i]:
                    compose(w, held[a], first, options.clean, came)
                    for k in range(labels):
                        books.followed[a, k] += came[k]
                        pool[node, _LABELS + k] = came[k]
                else:
                    for k in range(labels):
                        pool[node, _LABELS + k] = columns.origin[i, k]
            while node >= 0:
                after = pool[node, _NEXT]
                lot = pool[node, _LABELS:]
                if recorded:
                    for k in range(labels):
                        record.moved[i, k] += lot[k]
                if debt[a] > 0 and not columns.opening[i]:
                    size = pool[node, _LEFT]
                    repaid = min(debt[a], size)
                    debt[a] -= repaid
                    keep(lot, size, repaid, first, options.clean_repays, kept)
                    for k in range(labels):
                        books.absorbed[a, k] += lot[k] - kept[k]
                        if recorded:
                            record.absorbed[i, k] += lot[k] - kept[k]
                        lot[k] = kept[k]
                    pool[node, _LEFT] = size - repaid
                size = pool[node, _LEFT]
                if size == 0:
                    pool[node, _NEXT] = mark[0]
                    mark[0] = node
                else:
                    proceeds = 0
                    for k in range(first, labels):
                        proceeds += lot[k]
                    pool[node, _SIZE] = size
                    pool[node, _PROCEEDS] = proceeds
                    pool[node, _DRAWN] = 0
                    if summed:
                        for k in range(labels):
                            held[a, k] += lot[k]
                    holds[a] += size
                    _put(pool, head, tail, a, node, on_top and columns.between[a] == 0)
                node = after
        else:
            for k in range(labels):
                taken[k] = 0
            chain[0] = -1
            travels = partner[i] >= 0
            use = min(w, holds[a])
            holds[a] -= use
            if len(columns.clean_first) > 0 and columns.clean_first[i]:
                rest = _draw_clean(pool, mark, head, tail, a, use, first, travels, chain, taken)
                _draw(pool, mark, head, a, rest, first, travels, chain, taken)
            else:
                _draw(pool, mark, head, a, use, first, travels, chain, taken)
            if summed:
                for k in range(labels):
                    held[a, k] -= taken[k]
            over = w - use
            if over > 0:
                debt[a] += over
                books.drawn[a] += over
                taken[bank] += over
                if travels:
                    for k in range(labels):
                        came[k] = 0
                    came[bank] = over
                    _fragment(pool, mark, chain, came, over)
            if recorded:
                for k in range(labels):
                    record.moved[i, k] = taken[k]
            if travels:
                bundles[i] = chain[0]
            else:
                target = columns.sink[i]
                for k in range(labels):
                    sinks[target, k] += taken[k]
        if recorded:
            for k in range(labels):
                record.held[i, k] = held[a, k]
    for a in range(accounts):
        for k in range(labels):
            held[a, k] = 0
        node = head[a]
        while node >= 0:
            for k in range(labels):
                held[a, k] += pool[node, _LABELS + k]
            node = pool[node, _NEXT]

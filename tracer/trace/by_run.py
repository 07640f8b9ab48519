"""FIFO and LIFO where every lot is of one label, totals only: the fast way through a large ledger.

A run is neighbouring money of one label, packed as amount * 64 + label. Neighbours of one label are one run: whether
they are drawn as one or as two changes no total, because nothing is rounded while lots are pure and transfers arrive
whole. Mixed credits, charges, conversions, blended bundles and interest go the general way (`by_lot.py`); the tests
compare both.

An account is two cache lines: its balance (below zero: debt), where its ring of runs is, head and count and size of the
ring; then room for eight runs. A longer ring moves to the end of the arena.
"""

from __future__ import annotations

import numpy as np

from tracer.trace.books import Books, Columns, Options
from tracer.trace.compiled import compiled
from tracer.trace.entries import Cents
from tracer.trace.rules import fifo, lifo

__all__ = ["GENERAL", "LARGEST", "MORE", "arena_for", "replay_by_run"]

#: Totals must stay below this for an amount and its label to share one word.
LARGEST = 2**57

GENERAL, MORE = -1, -2

_FIFO = fifo.CODE
_fifo_on_top = fifo.enters_on_top
_lifo_on_top = lifo.enters_on_top

_BALANCE, _RING, _PLACE, _ROOM = 0, 1, 2, 8
_WORDS = 16
_COUNT, _BITS = 24, 56
_ONES = (1 << 24) - 1
#: Indices are cut to this, so that the compiler knows them not to be negative and leaves out the test.
_INDEX = (1 << 32) - 1


@compiled
def _longer(arena: Cents, line: int, end: int) -> int:
    """Move a ring to twice the room at `end`; return where the arena ends then. The caller has made sure of the room."""
    ring, place = arena[line + _RING], arena[line + _PLACE]
    head, count, bits = place & _ONES, (place >> _COUNT) & _INDEX, place >> _BITS
    mask = (1 << bits) - 1
    for k in range(count):
        arena[end + k] = arena[ring + ((head + k) & mask)]
    arena[line + _RING] = end
    arena[line + _PLACE] = (count << _COUNT) | ((bits + 1) << _BITS)
    after: int = end + (2 << bits)
    return after


def arena_for(accounts: int, spare: int) -> Cents:
    """Return room for `accounts` lines and `spare` words behind them; nothing in it has a meaning yet."""
    return np.empty(_WORDS * (accounts + 1) + spare, np.int64)


@compiled
def _aligned(address: int) -> int:
    """Return how many words to leave out so that an account does not lie across two cache lines."""
    return np.int64(-(address >> 3) & 7)  # type: ignore[return-value]  # compiled: int is int64


@compiled
def replay_by_run(columns: Columns, books: Books, options: Options, arena: Cents, spare: int) -> int:
    """Post every entry, totals only; see `tracer.trace.books`.

    `arena` is room for the accounts (NumPy asks for large pages, Numba does not), `spare` the room in it for longer
    rings, and for money under way. Return GENERAL where an entry needs the general
    way and MORE where the room is not enough; the books are then to be begun again. (Arrays that grew inside the loop
    would cost more than all the rest.) Written with few branches: which label, which rule and whether a run is used
    up, no processor can foresee.
    """
    account, amount, credit, partner, sink = (
        columns.account,
        columns.amount,
        columns.credit,
        columns.partner,
        columns.sink,
    )
    origin, bank = columns.origin, options.bank
    accounts, labels = books.held.shape
    rows = len(amount)
    newest = np.int64(_fifo_on_top() if options.code == _FIFO else _lifo_on_top())
    oldest = 1 - newest
    # one row more than there are sinks: what travels on is added there, and left there
    beyond = books.sinks.shape[0]
    paid = np.zeros((beyond + 1, 64), np.int64)
    start = _aligned(arena.ctypes.data)
    end = start + _WORDS * accounts
    for a in range(accounts):
        line = start + _WORDS * a
        arena[line + _BALANCE] = -books.debt[a]
        arena[line + _RING] = line + _ROOM
        arena[line + _PLACE] = 3 << _BITS
    bundle = np.empty(spare, np.int64)
    many = np.int64(0)
    away = np.empty(spare, np.int64)
    stored, flying = np.int64(0), 0
    starts = np.empty(rows if options.in_flight > 0 else 0, np.int64)
    warm = np.int64(0)
    for i in range(rows):
        if i & 63 == 0:
            # accounts lie anywhere in memory: ask for the next 64 at once instead of waiting for one after another
            for k in range(i, min(i + 64, rows)):
                line = start + _WORDS * (account[k] & _INDEX)
                warm ^= arena[line] ^ arena[line + _ROOM]
        a, w = account[i] & _INDEX, amount[i]
        line = start + _WORDS * a
        balance = arena[line + _BALANCE]
        if credit[i]:
            source = partner[i]
            if source < 0:
                label, found = np.int64(0), np.int64(0)
                for k in range(labels):
                    there = np.int64(origin[i, k] != 0)
                    label += k * there
                    found += there
                if found > 1:
                    return GENERAL
                bundle[0] = (w << 6) | label
                many = np.int64(1)
            elif w != amount[source]:
                return GENERAL
            elif source != i - 1:
                stored_at = starts[source]
                many = away[stored_at]
                for k in range(many):
                    bundle[k] = away[stored_at + 1 + k]
                flying -= 1
                if flying == 0:
                    stored = np.int64(0)
            arena[line + _BALANCE] = balance + w
            if w >= LARGEST or balance + w >= LARGEST:
                return GENERAL
            begin = np.int64(0)
            if balance < 0 and not columns.opening[i]:
                # the first drawn repays the bank first
                debt = min(-balance, w)
                while debt > 0:
                    repaid = min(debt, bundle[begin] >> 6)
                    books.absorbed[a, bundle[begin] & 63] += repaid
                    bundle[begin] -= repaid << 6
                    debt -= repaid
                    if bundle[begin] >> 6 == 0:
                        begin += 1
            place = arena[line + _PLACE]
            while ((place >> _COUNT) & _INDEX) + many - begin > 1 << (place >> _BITS):
                if end + (2 << (place >> _BITS)) > len(arena):
                    return MORE
                end = _longer(arena, line, end)
                place = arena[line + _PLACE]
            ring, mask = arena[line + _RING] & _INDEX, (1 << (place >> _BITS)) - 1
            next_free = (place & _ONES) + ((place >> _COUNT) & _INDEX)
            added = np.int64(0)
            empty = np.int64(((place >> _COUNT) & _INDEX) == 0)
            for k in range(begin, many):
                run = bundle[k]
                last = arena[ring + ((next_free - 1) & mask & _INDEX)]
                joins = np.int64(((last ^ run) & 63) == 0) & (1 - empty)
                arena[ring + ((next_free - joins) & mask & _INDEX)] = joins * (last & ~63) + run
                next_free += 1 - joins
                added += 1 - joins
                empty = np.int64(0)
            arena[line + _PLACE] = place + (added << _COUNT)
            continue
        use = max(0, min(w, balance))
        over = w - use
        arena[line + _BALANCE] = balance - w
        place, ring = arena[line + _PLACE], arena[line + _RING] & _INDEX
        head, count, bits = place & _ONES, (place >> _COUNT) & _INDEX, place >> _BITS
        mask = (1 << bits) - 1
        if count >= spare:
            return MORE
        travels = partner[i] >= 0
        target = beyond if travels else sink[i] & _INDEX
        many = np.int64(0)
        while use > 0:
            at = ring + ((head + newest * (count - 1)) & mask & _INDEX)
            run = arena[at]
            part = min(run >> 6, use)
            spent = np.int64(run >> 6 == part)
            arena[at] = run - (part << 6)
            head = (head + spent * oldest) & mask
            count -= spent
            use -= part
            bundle[many] = (part << 6) | (run & 63)
            many += 1
            paid[target, run & 63] += part
        arena[line + _PLACE] = (head & _ONES) | (count << _COUNT) | (bits << _BITS)
        if over > 0:
            books.drawn[a] += over
            bundle[many] = (over << 6) | bank
            many += 1
            paid[target, bank] += over
        if travels and partner[i] != i + 1:
            if stored + many + 1 > spare:
                return MORE
            starts[i] = stored
            away[stored] = many
            for k in range(many):
                away[stored + 1 + k] = bundle[k]
            stored += many + 1
            flying += 1
    books.sinks[:, :] = paid[:beyond, :labels]
    for a in range(accounts):
        line = start + _WORDS * a
        books.debt[a] = max(0, -arena[line + _BALANCE])
        place, ring = arena[line + _PLACE], arena[line + _RING]
        head, count, mask = place & _ONES, (place >> _COUNT) & _INDEX, (1 << (place >> _BITS)) - 1
        for k in range(count):
            run = arena[ring + ((head + k) & mask)]
            books.held[a, run & 63] += run >> 6
    return np.int64(warm & 1)  # type: ignore[return-value]  # so that the loads above are not left out

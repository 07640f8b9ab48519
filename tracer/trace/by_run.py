"""FIFO and LIFO where every lot is of one label, totals only: the fast way through a large ledger.

A run is neighbouring money of one label, packed as amount * 64 + label. Neighbours of one label are one run: whether
they are drawn as one or as two changes no total, because nothing is rounded while lots are pure and transfers arrive
whole. Mixed credits, charges, conversions, blended bundles and interest go the general way (`by_lot.py`); the tests
compare both.

An account is one cache line: its balance (below zero: debt), its place, and a ring of six runs. A longer ring moves to
a block of the arena, twice as large each time, and comes home when it is short again; the block is then free for
others. Accounts lie anywhere in memory, so waiting for them is most of the time: the line of an account is asked for
some entries ahead, and the end of its block where it has one.
"""

from __future__ import annotations

import numpy as np

from tracer.trace.books import Books, Columns, Options
from tracer.trace.compiled import ask_for, compiled
from tracer.trace.entries import Cents
from tracer.trace.rules import fifo, lifo

__all__ = ["GENERAL", "LARGEST", "MORE", "arena_for", "replay_by_run"]

#: Totals must stay below this for an amount and its label to share one word.
LARGEST = 2**57

GENERAL, MORE = -1, -2

_FIFO = fifo.CODE
_fifo_on_top = fifo.enters_on_top
_lifo_on_top = lifo.enters_on_top

# an account: balance, place, six runs. The place is count and head of the ring, or an odd number that says its block
_BALANCE, _PLACE, _RUNS, _INLINE, _WORDS = 0, 1, 2, 6, 8
# where the runs are in a block of 16 << class words, their room in the line is used for head, count and class; a block
# that nobody needs begins with the next such block of its class
_HEAD, _COUNT, _CLASS, _BLOCK = 2, 3, 4, 16
#: A block is given back when this many runs are left, not more, so that a ring does not go to and fro.
_SHORT = 3
#: Indices are cut to this, so that the compiler knows them not to be negative and leaves out the test.
_INDEX = np.int64((1 << 32) - 1)
#: How many entries ahead a line, and the end of a block, are asked for.
_AHEAD, _NEAR = 24, 8


@compiled
def _longer(arena: Cents, free: Cents, line: int) -> bool:
    """Move a ring to the next larger block; say whether there was room. `free[-1]` is where the arena is unused."""
    place = arena[line + _PLACE]
    if place & 1:
        old = place >> 1
        head, count, size = arena[line + _HEAD], arena[line + _COUNT], arena[line + _CLASS]
        ring, room, larger = old, _BLOCK << size, size + 1
    else:
        old, size = np.int64(-1), np.int64(0)
        head, count = (place >> 1) & 7, place >> 4
        ring, room, larger = line + _RUNS, np.int64(_INLINE), np.int64(0)
    block = free[larger]
    if block >= 0:
        free[larger] = arena[block]
    else:
        block = free[-1]
        if block + (_BLOCK << larger) > len(arena):
            return False
        free[-1] = block + (_BLOCK << larger)
    for k in range(count):
        at = head + k
        arena[block + k] = arena[ring + (at - room if at >= room else at)]
    arena[line + _HEAD], arena[line + _COUNT], arena[line + _CLASS] = 0, count, larger
    if old >= 0:
        arena[old] = free[size]
        free[size] = old
    arena[line + _PLACE] = (block << 1) | 1
    return True


@compiled
def _home(arena: Cents, free: Cents, line: int) -> None:
    """Move a short ring back beside its account."""
    old = arena[line + _PLACE] >> 1
    head, count, size = arena[line + _HEAD], arena[line + _COUNT], arena[line + _CLASS]
    room = _BLOCK << size
    for k in range(count):
        at = head + k
        arena[line + _RUNS + k] = arena[old + (at - room if at >= room else at)]
    arena[line + _PLACE] = count << 4
    arena[old] = free[size]
    free[size] = old


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
    rings, and for money under way. Return GENERAL where an entry needs the general way and MORE where the room is not
    enough; the books are then to be begun again. (Arrays that grew inside the loop would cost more than all the rest.)
    Written with few branches: which label, which rule and whether a run is used up, no processor can foresee.
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
    newest = _fifo_on_top() if options.code == _FIFO else _lifo_on_top()
    step = np.int64(-1) if newest else np.int64(1)
    # one row more than there are sinks: what travels on is added there, and left there
    beyond = books.sinks.shape[0]
    paid = np.zeros((beyond + 1, labels), np.int64)
    start = _aligned(arena.ctypes.data)
    free = np.full(48, -1, np.int64)
    free[-1] = start + _WORDS * accounts
    for a in range(accounts):
        line = start + _WORDS * a
        arena[line + _BALANCE] = -books.debt[a]
        arena[line + _PLACE] = 0
    bundle = np.empty(spare, np.int64)
    many = np.int64(0)
    away = np.empty(spare, np.int64)
    stored, flying = np.int64(0), 0
    starts = np.empty(rows if options.in_flight > 0 else 0, np.int64)
    for i in range(rows):
        ask_for(arena, start + _WORDS * (account[min(i + _AHEAD, rows - 1)] & _INDEX))
        soon = min(i + _NEAR, rows - 1)
        line = start + _WORDS * (account[soon] & _INDEX)
        place = arena[line + _PLACE]
        if place & 1:
            at = arena[line + _HEAD]
            if newest or credit[soon]:
                at += arena[line + _COUNT] - 1
                room = _BLOCK << arena[line + _CLASS]
                at = at - room if at >= room else at
            ask_for(arena, (place >> 1) + at)
        a, w = account[i] & _INDEX, amount[i]
        line = start + _WORDS * a
        balance, place = arena[line + _BALANCE], arena[line + _PLACE]
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
            head, count, ring, room = (place >> 1) & 7, place >> 4, line + _RUNS, np.int64(_INLINE)
            if place & 1 or count + many - begin > _INLINE:
                while True:
                    if place & 1:
                        ring = place >> 1
                        head, count, room = arena[line + _HEAD], arena[line + _COUNT], _BLOCK << arena[line + _CLASS]
                    if count + many - begin <= room:
                        break
                    if not _longer(arena, free, line):
                        return MORE
                    place = arena[line + _PLACE]
            ring &= _INDEX
            # where the last run lies, and where the next one goes
            last = head + count - 1
            last = last - room if last >= room else last
            held = np.int64(-1) if count == 0 else arena[ring + (last & _INDEX)]
            for k in range(begin, many):
                run = bundle[k]
                joins = np.int64(((held ^ run) & 63) == 0) & np.int64(held >= 0)
                after = last + 1
                after = 0 if after == room else after
                last = last if joins else after
                held = joins * (held & ~63) + run
                arena[ring + (last & _INDEX)] = held
                count += 1 - joins
            if place & 1:
                arena[line + _COUNT] = count
            else:
                arena[line + _PLACE] = (count << 4) | (head << 1)
            continue
        use = max(0, min(w, balance))
        over = w - use
        arena[line + _BALANCE] = balance - w
        head, count, ring, room = (place >> 1) & 7, place >> 4, line + _RUNS, np.int64(_INLINE)
        if place & 1:
            ring = place >> 1
            head, count, room = arena[line + _HEAD], arena[line + _COUNT], _BLOCK << arena[line + _CLASS]
            if count >= spare:
                return MORE
        ring &= _INDEX
        travels = partner[i] >= 0
        target = beyond if travels else sink[i] & _INDEX
        many = np.int64(0)
        # newest first, the head stays at 0 and nothing wraps
        at = count - 1 if newest else head
        while use > 0:
            run = arena[ring + (at & _INDEX)]
            part = min(run >> 6, use)
            spent = np.int64(run >> 6 == part)
            arena[ring + (at & _INDEX)] = run - (part << 6)
            at += spent * step
            at = 0 if at == room else at
            count -= spent
            use -= part
            bundle[many] = (part << 6) | (run & 63)
            many += 1
            paid[target, run & 63] += part
        head = 0 if newest else at
        if place & 1:
            arena[line + _HEAD], arena[line + _COUNT] = head, count
            if count <= _SHORT:
                _home(arena, free, line)
        else:
            arena[line + _PLACE] = (count << 4) | (head << 1)
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
    books.sinks[:, :] = paid[:beyond, :]
    for a in range(accounts):
        line = start + _WORDS * a
        books.debt[a] = max(0, -arena[line + _BALANCE])
        place = arena[line + _PLACE]
        head, count, ring, room = (place >> 1) & 7, place >> 4, line + _RUNS, np.int64(_INLINE)
        if place & 1:
            ring = place >> 1
            head, count, room = arena[line + _HEAD], arena[line + _COUNT], _BLOCK << arena[line + _CLASS]
        for k in range(count):
            at = head + k
            run = arena[ring + (at - room if at >= room else at)]
            books.held[a, run & 63] += run >> 6
    return 0

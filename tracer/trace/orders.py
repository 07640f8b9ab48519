"""What each rule gives for every target over all orders of the days that no record orders (tracing.md 1.3, attack 3).

The figure of a rule is that of one order, the one taken. Beside it stand the least and the most over every order that the
banks could have allowed: the orders of all unordered days that can reach the target, together. An order is left out where
a credit would come before the debit that sent it, or an account would fall below what its bank allowed (a known facility;
the debt in which the day opened or closed; nothing, where no overdraft is known).

Cap:     at most 40,320 orders per target (eight entries), and 20,000,000 entries replayed for a set of days. Beyond it
         nothing is enumerated: floor and ceiling, which hold whatever the order, are the range, and `orders` is 0.
Checked: the order taken is among the orders, and gives what was printed; every figure of every order lies between floor
         and ceiling. Anything else stops the run.
Method:  many orders of one ledger are replayed as one ledger of many accounts, by the kernels of every other figure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from math import factorial, prod

import numpy as np

from tracer.model import AssetTrace, CheckFailed, TraceResult
from tracer.model.parted import is_hub
from tracer.trace.entries import Cents, Codes, Entries
from tracer.trace.order_reach import Reach, blocks_of, reach
from tracer.trace.replay import replay

__all__ = ["CAP", "ROWS", "causal_order", "day_marks", "feasible", "figures_over_orders", "over_orders", "within_limit"]

#: Orders of eight distinct entries (tracing.md 1.3: enumerate blocks of up to 8 entries, else the hull).
CAP = factorial(8)
#: Entries replayed for one set of days, all orders together: about ten seconds a rule.
ROWS = 20_000_000
#: Entries of the copies that are replayed at once.
_AT_ONCE = 200_000


def day_marks(entries: Entries) -> list[tuple[str, int, int]]:
    """Return one mark per unordered day, named `day:<block>`."""
    return [(f"day:{b}", int(entries.account[rows[0]]), rows[0]) for b, rows in blocks_of(entries).items()]


def over_orders(
    result: TraceResult, entries: Entries, *, bundle: str = "ordered", found: Reach | None = None
) -> TraceResult:
    """Return the result with the range over orders of every target that an unordered day can reach."""
    blocks = blocks_of(entries)
    if not blocks:
        return result
    known = found or reach(entries, day_marks(entries))
    sets: dict[frozenset[str], list[AssetTrace]] = {}
    for target in result.targets:
        days = frozenset(n for n in known.targets.get(target.target, ()) if n in known.live and n.startswith("day:"))
        if days:
            sets.setdefault(days, []).append(target)
    ranged: dict[str, AssetTrace] = {}
    for days, targets in sorted(sets.items(), key=lambda item: sorted(item[0])):
        numbers = sorted(int(name.removeprefix("day:")) for name in days)
        ranged |= _ranges(entries, [blocks[b] for b in numbers], targets, result.rules, bundle)
    return replace(result, targets=tuple(ranged.get(t.target, t) for t in result.targets))


def _ranges(
    entries: Entries, days: Sequence[Sequence[int]], targets: Sequence[AssetTrace], rules: Sequence[str], bundle: str
) -> dict[str, AssetTrace]:
    names = [t.target for t in targets]
    listed = figures_over_orders(entries, days, names, rules, bundle=bundle)
    if listed is None:
        return {t.target: _unlisted(t, len(days)) for t in targets}
    figures, taken = listed
    return {
        t.target: _ranged(t, {r: f[:, k] for r, f in figures.items()}, taken, len(days), entries)
        for k, t in enumerate(targets)
    }


def figures_over_orders(
    entries: Entries, days: Sequence[Sequence[int]], targets: Sequence[str], rules: Sequence[str], *, bundle: str
) -> tuple[dict[str, Cents], int] | None:
    """Return rule -> (orders, targets) proceeds in each feasible order of these days, and the place of the order taken.

    -1 where the banks could not have allowed the order of the rows; None where no order is feasible or the cap is passed.
    """
    # every account stays: one that no day reaches may still pay into the same target
    part, local = replace(entries, source=None), days
    orders: list[Codes] = []
    if all(_count(part, rows) <= CAP for rows in local):
        choices = [tuple(_permuted(part, rows)) for rows in local]
        if prod(map(len, choices)) <= min(CAP, ROWS // max(1, len(part))):
            orders = list(_orders(part, local, choices))
    if not orders:
        return None
    own = np.arange(len(part))
    taken = next((k for k, order in enumerate(orders) if (order == own).all()), -1)
    return {rule: _figures(part, orders, rule, targets, bundle) for rule in rules}, taken


def _unlisted(target: AssetTrace, days: int) -> AssetTrace:
    """Return the target with floor and ceiling as its range: they hold for every order of an unordered day."""
    whole = (target.bounds.floor, target.bounds.ceiling)
    return replace(target, by_order=dict.fromkeys(target.by_rule, whole), orders=0, days=days)


def _ranged(target: AssetTrace, figures: Mapping[str, Cents], taken: int, days: int, entries: Entries) -> AssetTrace:
    found = {rule: (int(f.min()), int(f.max())) for rule, f in figures.items()}
    slack = int((entries.credit & (entries.partner >= 0)).sum()) if entries.several_currencies else 0
    for rule, (least, most) in found.items():
        if not target.bounds.floor - slack <= least <= most <= target.bounds.ceiling + slack:
            _stop(
                f"{rule} gives {least} to {most} over the orders, outside {target.bounds.floor} to {target.bounds.ceiling}",
                target,
            )
        if taken >= 0 and int(figures[rule][taken]) != target.by_rule[rule]:
            _stop(
                f"{rule} gives {int(figures[rule][taken])} in the order taken, and {target.by_rule[rule]} was printed",
                target,
            )
        if not least <= target.by_rule[rule] <= most:
            _stop(f"{rule} gives {target.by_rule[rule]}, outside its own orders, {least} to {most}", target)
    return replace(target, by_order=found, orders=len(next(iter(figures.values()))), days=days)


def _stop(what: str, target: AssetTrace) -> None:
    raise CheckFailed(
        f"{what}.",
        where=target.target,
        meaning="The range over the orders of a day would contradict the figure beside it: the run stops. This is a bug of tracer.",
        next_call="report the run and this line; the other verbs work",
    )


def _chosen(e: Entries, rows: Cents, place: Cents) -> Entries:
    partner = e.partner[rows]
    return replace(
        e,
        account=e.account[rows],
        amount=e.amount[rows],
        credit=e.credit[rows],
        partner=np.where(partner >= 0, place[partner], -1),
        sink=e.sink[rows],
        origin=e.origin[rows],
        opening=e.opening[rows],
        day=e.day[rows],
        block=e.block[rows],
        source=None,
        follows=e.follows[rows] if e.follows is not None else None,
        clean_first=e.clean_first[rows] if e.clean_first is not None else None,
    )


def _alike(e: Entries, row: int) -> tuple[object, ...]:
    """Return what tells an entry from another of its day: two that are alike in all of it may change places freely."""
    if e.partner[row] >= 0:
        return (row,)
    return bool(e.credit[row]), int(e.amount[row]), int(e.sink[row]), tuple(e.origin[row].tolist())


def _count(e: Entries, rows: Sequence[int]) -> int:
    kinds = [_alike(e, row) for row in rows]
    return (
        factorial(len(rows)) // prod(factorial(kinds.count(kind)) for kind in set(kinds)) if len(rows) < 64 else CAP + 1
    )


def _permuted(e: Entries, rows: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Yield every distinct order of the rows that is `feasible`, the order taken first."""
    kinds: dict[tuple[object, ...], list[int]] = {}
    for row in rows:
        kinds.setdefault(_alike(e, row), []).append(row)
    account = int(e.account[rows[0]])
    balances = e.balances()
    after = int(balances[rows[-1]])
    before = int(balances[rows[0]]) - _signed(e, rows[0])
    limit = within_limit(_facility(e, account), before, after)
    used = dict.fromkeys(kinds, 0)
    recorded = _recorded(e, rows)

    def go(chosen: list[int], balance: int) -> Iterator[tuple[int, ...]]:
        if len(chosen) == len(rows):
            yield tuple(chosen)
            return
        for kind, members in kinds.items():
            n = used[kind]
            if n == len(members):
                continue
            then = balance + _signed(e, members[n])
            if limit is not None and then < -limit:
                continue
            if members[n] in recorded and not recorded[members[n]].issubset(chosen):
                continue
            used[kind] = n + 1
            chosen.append(members[n])
            yield from go(chosen, then)
            chosen.pop()
            used[kind] = n

    yield from go([], before)


def _recorded(e: Entries, rows: Sequence[int]) -> dict[int, set[int]]:
    """Return row -> the rows before it, of those that enter the account between the parts of a payment from one account.

    That account's own bank recorded which of its debits went first, unless they stand in one day without order.
    """
    if not is_hub(e.accounts[int(e.account[rows[0]])]):
        return {}
    sent = {row: int(e.partner[row]) for row in rows}
    return {
        row: {
            other
            for other in rows
            if sent[other] < sent[row]
            and e.account[sent[other]] == e.account[sent[row]]
            and (e.block[sent[row]] < 0 or e.block[sent[other]] != e.block[sent[row]])
        }
        for row in rows
    }


def _signed(e: Entries, row: int) -> int:
    return int(e.amount[row]) if e.credit[row] else -int(e.amount[row])


def _facility(e: Entries, account: int) -> int:
    return int(e.facility[account]) if e.facility is not None else -1


def within_limit(facility: int, before: int, after: int) -> int | None:
    """Return how far below nothing an account may have been within a day; None where the bank lent without known limit.

    `facility`: what the bank allowed, -1 where it is not known; before, after: the balances the day opened and closed at.
    """
    if facility >= 0:
        return max(facility, -before, -after)
    return None if before < 0 or after < 0 else 0


def feasible(signed: Sequence[int], before: int, facility: int) -> bool:
    """Say whether the banks could have allowed these movements in this order."""
    limit = within_limit(facility, before, before + sum(signed))
    run = before
    for amount in signed:
        run += amount
        if limit is not None and run < -limit:
            return False
    return True


def _orders(e: Entries, days: Sequence[Sequence[int]], choices: Sequence[Sequence[tuple[int, ...]]]) -> Iterator[Codes]:
    """Yield every feasible order of all rows; rows outside the days keep their order in their account."""
    paired = (e.partner >= 0).tolist()
    for choice in product(*choices):
        place = list(range(len(e)))
        moved = False
        for rows, order in zip(days, choice, strict=True):
            for slot, row in zip(rows, order, strict=True):
                place[slot] = row
                moved |= slot != row and (paired[slot] or paired[row])
        causal = causal_order(e, place) if moved else place
        if causal is not None:
            yield np.array(causal, np.int32)


def causal_order(e: Entries, place: list[int]) -> list[int] | None:
    """Return the rows with each transfer's credit after its debit, every account in its order; None if none exists."""
    partner, credit, account = e.partner, e.credit, e.account
    queue: dict[int, list[int]] = {}
    for row in place:
        queue.setdefault(int(account[row]), []).append(row)
    at = dict.fromkeys(queue, 0)
    done: set[int] = set()
    order: list[int] = []
    waiting: dict[int, int] = {}
    ready = list(queue)
    while ready:
        a = ready.pop()
        while at[a] < len(queue[a]):
            row = queue[a][at[a]]
            sender = int(partner[row])
            if credit[row] and sender >= 0 and sender not in done:
                waiting[sender] = a
                break
            order.append(row)
            done.add(row)
            at[a] += 1
            if row in waiting:
                ready.append(waiting.pop(row))
    return order if len(order) == len(place) else None


def _figures(e: Entries, orders: Sequence[Codes], rule: str, targets: Sequence[str], bundle: str) -> Cents:
    """Return (orders, targets): the proceeds in each target under one rule, in each order."""
    step = max(1, _AT_ONCE // max(1, len(e)))
    return np.concatenate([_batch(e, orders[k : k + step], rule, targets, bundle) for k in range(0, len(orders), step)])


def _batch(e: Entries, orders: Sequence[Codes], rule: str, targets: Sequence[str], bundle: str) -> Cents:
    n, copies = len(e), len(orders)
    rows = np.stack(orders).astype(np.int64)
    shift = np.repeat(np.arange(copies), n)
    where = np.empty((copies, n), np.int64)
    np.put_along_axis(where, rows, np.arange(n)[None, :], axis=1)
    flat = rows.ravel()
    partner, sink = e.partner[flat], e.sink[flat]
    accounts, sinks = len(e.accounts), len(e.sinks)
    several = replace(
        _chosen(e, flat, np.zeros(n, np.int64)),
        account=(e.account[flat] + shift * accounts).astype(np.int32),
        partner=np.where(partner >= 0, where[shift, partner] + shift * n, -1),
        sink=np.where(sink >= 0, sink + shift * sinks, -1).astype(np.int32),
        debt=np.tile(e.debt, copies),
        accounts=e.accounts * copies,
        currencies=e.currencies * copies,
        sinks=e.sinks * copies,
        block=np.full(len(flat), -1, np.int32),
        facility=None,
    )
    run = replay(several, rule, bundle=bundle, record=False, validate=False)

    def proceeds(column: Cents, width: int) -> Cents:
        summed: Cents = column[:, e.proceeds].sum(axis=1).reshape(copies, width)
        return summed

    held, repaid, charged = (proceeds(c, accounts) for c in (run.held_at_end, run.repaid, run.charged))
    paid = proceeds(run.sinks, sinks)
    found = np.zeros((copies, len(targets)), np.int64)
    for k, target in enumerate(targets):
        if target in e.sinks:
            found[:, k] += paid[:, e.sinks.index(target)]
        for a, name in enumerate(e.accounts):
            if target == f"bal:{name}":
                found[:, k] += held[:, a]
            found[:, k] += repaid[:, a] if target == e.total("OVERDRAFT", a) else 0
            found[:, k] += charged[:, a] if target == e.total("TRANSIT_FEE", a) else 0
    return found

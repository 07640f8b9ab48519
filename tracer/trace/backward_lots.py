"""The sweep back under a rule by lots: every draw posted once more and written down, and the money followed draw by draw.

FIFO and LIFO keep lots apart, so the money of a debit has its credits (tracing.md 5.8: pointers back). What is posted here is
compared with the replay entry by entry; anything else stops the run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, NoReturn

import numpy as np

from tracer.model import CheckFailed
from tracer.trace.apportion import largest_remainder, muldiv
from tracer.trace.books import keep, pass_on
from tracer.trace.by_lot import _DRAWN, _LABELS, _LEFT, _NEXT, _PROCEEDS, _SIZE, _draw_part, _put
from tracer.trace.compiled import compiled
from tracer.trace.entries import TO_PARTS, Bools, Cents, Codes, Entries
from tracer.trace.replay import Replay

__all__ = ["Demand", "Lots", "by_lots", "fail", "up"]


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """What the target takes directly: whole debits, what did not arrive of a transfer, what repaid a bank, a balance."""

    whole: Bools
    short: Bools
    repaid: Bools
    balance: int


class Lots(NamedTuple):
    """Every lot and every draw of a replay by lots, in the order of the entries; label columns: other money first.

    `meta`: row, first draw and end of the draws it arrived from (-1: from outside). `of_draw`: its lot (-1: the bank), and
    what was drawn of that lot before. `at_lot`, `at_draw`: where the lots
    and draws of a row begin.
    """

    pool: Cents
    meta: Cents
    gross: Cents
    kept: Cents
    at_lot: Cents
    of_draw: Cents
    drawn: Cents
    at_draw: Cents


@compiled
def up(x: int, part: int, whole: int) -> int:
    """Return `x * part / whole` rounded up: what was converted came from something, however small."""
    quotient, rest = muldiv(x, part, whole)
    return quotient + 1 if rest > 0 else quotient


def fail(run: Replay, what: str) -> NoReturn:
    """Stop the explanation: what was posted is not what the replay moved."""
    raise CheckFailed(
        f"The way of the money does not add up under {run.rule}: {what}.",
        where=f"rule {run.rule}, bundle {run.bundle}",
        meaning="The figure of the trace is not touched by this; its explanation would be wrong and is not given. A bug of tracer.",
        next_call="report the run and this line; the other verbs work",
    )


def by_lots(entries: Entries, run: Replay, demand: Demand, converted: Bools, order: Cents) -> tuple[Cents, Cents, Lots]:
    none = np.zeros(0, np.bool_)
    labels = [entries.labels[int(k)] for k in order]
    bank = labels.index("K") if "K" in labels else -1
    moved, absorbed = np.ascontiguousarray(run.moved[:, order]), np.ascontiguousarray(run.absorbed[:, order])
    # what reaches an account between the parts of a payment is one lot, whatever the bundle
    between = entries.between
    ordered = (run.bundle == "ordered") & (between != TO_PARTS)
    last = np.full(len(entries.accounts), -1, np.int64)
    if demand.balance >= 0:
        last[demand.balance] = len(entries)
    direct = demand.whole | demand.short | demand.repaid
    direct[entries.partner[demand.short]] = True  # what arrived is needed to say what did not
    _reached(entries.account, entries.credit, entries.partner, direct, last)
    *made, wrong = _post(
        entries.account,
        entries.amount,
        entries.credit,
        entries.partner,
        entries.opening,
        entries.clean_first if entries.clean_first is not None else none,
        converted,
        moved,
        absorbed,
        entries.debt.astype(np.int64),
        int((~entries.proceeds).sum()),
        bank,
        ordered,
        run.parameters.get("mixed_repay", "pro_rata") == "clean_first",
        (run.rule != "fifo") & (between == 0),
        np.argsort(order, kind="stable").astype(np.int64),
        last,
    )
    if wrong >= 0:
        fail(run, f"what {entries.where(wrong)} drew, lot by lot, is not what the replay moved")
    lots = Lots(*made)
    flow, lent = np.zeros(moved.shape, np.int64), np.zeros(len(entries), np.int64)
    _follow(
        entries.account,
        entries.credit,
        entries.partner,
        converted,
        demand.whole,
        demand.short,
        demand.repaid,
        demand.balance,
        ordered,
        bank,
        lots,
        flow,
        lent,
    )
    back = np.zeros(flow.shape, np.int64)
    back[:, order] = flow
    return back, lent, lots


@compiled
def _reached(account: Codes, credit: Bools, partner: Cents, direct: Bools, last: Cents) -> None:
    """Write the last entry of each account from which money can still reach the target; -1 where none can."""
    for i in range(len(account) - 1, -1, -1):
        a = account[i]
        if direct[i] or (not credit[i] and partner[i] >= 0 and last[account[partner[i]]] >= partner[i]):
            last[a] = max(last[a], i)


@compiled
def _longer(table: Cents, rows: int) -> Cents:
    """Return the table with room for twice as many rows."""
    made = np.empty((2 * rows, table.shape[1]), np.int64)
    for r in range(rows):
        for k in range(table.shape[1]):
            made[r, k] = table[r, k]
    return made


@compiled
def _post(
    account: Codes,
    amount: Cents,
    credit: Bools,
    partner: Cents,
    opening: Bools,
    clean_first: Bools,
    converted: Bools,
    moved: Cents,
    absorbed: Cents,
    debt: Cents,
    first: int,
    bank: int,
    ordered: Bools,
    clean_repays: bool,
    on_top: Bools,
    order: Cents,
    last: Cents,
) -> tuple[Cents, Cents, Cents, Cents, Cents, Cents, Cents, Cents, int]:
    """Post the entries that can reach the target, with every lot and draw written down; see `Lots`.

    The last value is the first entry whose lots differ from what the replay moved, -1 where none does.
    """
    rows, labels = moved.shape
    room, space = rows + 16, rows + 16
    pool = np.empty((room, _LABELS + labels), np.int64)
    meta = np.empty((room, 3), np.int64)
    gross, kept_of = np.empty((room, labels), np.int64), np.empty((room, labels), np.int64)
    of_draw, drawn = np.empty((space, 2), np.int64), np.empty((space, labels), np.int64)
    at_lot, at_draw = np.zeros(rows + 1, np.int64), np.zeros(rows + 1, np.int64)
    head, tail = np.full(len(last), -1, np.int64), np.full(len(last), -1, np.int64)
    kept, part, total = np.zeros(labels, np.int64), np.zeros(labels, np.int64), np.zeros(labels, np.int64)
    lots, draws, wrong = 0, 0, -1
    for i in range(rows):
        at_lot[i], at_draw[i] = lots, draws
        a, w = account[i], amount[i]
        if i > last[a]:
            continue
        for k in range(labels):
            total[k] = 0
        if credit[i]:
            source = partner[i]
            begin = at_draw[source] if source >= 0 else -1
            end = at_draw[source + 1] if source >= 0 else -1
            count = end - begin if source >= 0 and ordered[a] else 1
            cells = np.zeros(count * labels, np.int64)
            if source < 0:
                for k in range(labels):
                    cells[k] = moved[i, order[k]]
            else:
                for d in range(begin, end):
                    for k in range(labels):
                        cells[((d - begin) * labels if ordered[a] else 0) + k] += drawn[d, order[k]]
                if w != amount[source] or converted[i]:
                    cells = pass_on(cells, amount[source], w)
            for s in range(count):
                if lots == room:
                    pool, meta = _longer(pool, room), _longer(meta, room)
                    gross, kept_of = _longer(gross, room), _longer(kept_of, room)
                    room *= 2
                size, proceeds = 0, 0
                for k in range(labels):
                    gross[lots, order[k]] = cells[s * labels + k]
                    size += cells[s * labels + k]
                    total[order[k]] += cells[s * labels + k]
                if size == 0:
                    continue
                meta[lots, 0] = i
                meta[lots, 1] = begin + s if source >= 0 and ordered[a] else begin
                meta[lots, 2] = begin + s + 1 if source >= 0 and ordered[a] else end
                repaid = min(debt[a], size) if debt[a] > 0 and not opening[i] else 0
                debt[a] -= repaid
                for k in range(labels):
                    kept[k] = gross[lots, k]
                if repaid > 0:
                    keep(gross[lots], size, repaid, first, clean_repays, kept)
                for k in range(labels):
                    kept_of[lots, k] = kept[k]
                    pool[lots, _LABELS + k] = kept[k]
                    if k >= first:
                        proceeds += kept[k]
                pool[lots, _LEFT], pool[lots, _SIZE], pool[lots, _PROCEEDS] = size - repaid, size - repaid, proceeds
                pool[lots, _DRAWN] = 0
                if size > repaid:
                    _put(pool, head, tail, a, lots, on_top[a])
                lots += 1
            for k in range(labels):
                gone = 0
                for lot in range(at_lot[i], lots):
                    gone += gross[lot, k] - kept_of[lot, k]
                if wrong < 0 and (total[k] != moved[i, k] or gone != absorbed[i, k]):
                    wrong = i
        else:
            for careful in range(2):
                if careful == 0 and (len(clean_first) == 0 or not clean_first[i]):
                    continue
                before, node = -1, head[a]
                while w > 0 and node >= 0:
                    after = pool[node, _NEXT]
                    if careful == 0 and pool[node, _PROCEEDS] > 0:
                        before, node = node, after
                        continue
                    if draws == space:
                        of_draw, drawn = _longer(of_draw, space), _longer(drawn, space)
                        space *= 2
                    of_draw[draws, 0], of_draw[draws, 1] = node, pool[node, _DRAWN]
                    left = pool[node, _LEFT]
                    if left <= w:
                        w -= left
                        if before < 0:
                            head[a] = after
                        else:
                            pool[before, _NEXT] = after
                        if tail[a] == node:
                            tail[a] = before
                        pool[node, _LEFT] = 0
                        for k in range(labels):
                            drawn[draws, k] = pool[node, _LABELS + k]
                            pool[node, _LABELS + k] = 0
                    else:
                        _draw_part(pool, node, w, first, part)
                        for k in range(labels):
                            drawn[draws, k] = part[k]
                        w = 0
                    draws += 1
                    node = after
            if w > 0:
                if draws == space:
                    of_draw, drawn = _longer(of_draw, space), _longer(drawn, space)
                    space *= 2
                debt[a] += w
                for k in range(labels):
                    drawn[draws, k] = 0
                drawn[draws, bank] = w
                of_draw[draws, 0], of_draw[draws, 1] = -1, 0
                draws += 1
            for k in range(labels):
                for d in range(at_draw[i], draws):
                    total[k] += drawn[d, k]
                if wrong < 0 and total[k] != moved[i, k]:
                    wrong = i
    at_lot[rows], at_draw[rows] = lots, draws
    return (
        pool[:lots], meta[:lots], gross[:lots], kept_of[:lots],
        at_lot, of_draw[:draws], drawn[:draws], at_draw, wrong,
    )  # fmt: skip


@compiled
def _spread(want: int, column: int, begin: int, end: int, drawn: Cents, onto: Cents) -> None:
    """Spread what is wanted of one label over the draws that were merged into one lot (`bundle = blended`)."""
    weights, out = drawn[begin:end, column].copy(), np.zeros(end - begin, np.int64)
    whole = weights.sum()
    if want > 0:
        largest_remainder(want, weights, 0, end - begin, whole, out)
    for d in range(begin, end):
        onto[d, column] += out[d - begin]


@compiled
def _follow(
    account: Codes,
    credit: Bools,
    partner: Cents,
    converted: Bools,
    whole: Bools,
    short: Bools,
    repaid: Bools,
    balance: int,
    ordered: Bools,
    bank: int,
    lots: Lots,
    flow: Cents,
    lent: Cents,
) -> None:
    """Go back from the target draw by draw: what a draw carries on came with its lot, a lot with the draws it arrived from."""
    labels = flow.shape[1]
    of_lot, of_draw = np.zeros(lots.gross.shape, np.int64), np.zeros(lots.drawn.shape, np.int64)
    if balance >= 0:
        for lot in range(len(lots.meta)):
            if account[lots.meta[lot, 0]] == balance:
                for k in range(labels):
                    of_lot[lot, k] = lots.pool[lot, _LABELS + k]
    for i in range(len(account) - 1, -1, -1):
        if credit[i]:
            for lot in range(lots.at_lot[i], lots.at_lot[i + 1]):
                begin, end = lots.meta[lot, 1], lots.meta[lot, 2]
                for k in range(labels):
                    want = of_lot[lot, k]
                    if repaid[i]:
                        want += lots.gross[lot, k] - lots.kept[lot, k]
                    flow[i, k] += want
                    if begin < 0 or want == 0:
                        continue
                    if converted[i]:
                        sent = lots.drawn[begin:end, k].sum()
                        want = up(want, sent, lots.gross[lot, k])
                    if ordered[account[i]]:
                        of_draw[begin, k] += want
                    else:
                        _spread(want, k, begin, end, lots.drawn, of_draw)
            continue
        begin, end = lots.at_draw[i], lots.at_draw[i + 1]
        if whole[i] or short[i]:
            for d in range(begin, end):
                for k in range(labels):
                    if whole[i] or ordered[account[partner[i]]]:
                        of_draw[d, k] += lots.drawn[d, k]
        if short[i]:
            arrival = partner[i]
            for lot in range(lots.at_lot[arrival], lots.at_lot[arrival + 1]):
                for k in range(labels):
                    if ordered[account[arrival]]:
                        of_draw[lots.meta[lot, 1], k] -= lots.gross[lot, k]
                    else:
                        missing = lots.drawn[begin:end, k].sum() - lots.gross[lot, k]
                        _spread(missing, k, begin, end, lots.drawn, of_draw)
        for d in range(begin, end):
            lot = lots.of_draw[d, 0]
            for k in range(labels):
                flow[i, k] += of_draw[d, k]
                if lot >= 0:
                    of_lot[lot, k] += of_draw[d, k]
                elif k == bank:
                    lent[i] += of_draw[d, k]

"""The arithmetic of one figure, entry by entry (tracing.md 5.8; 6, attack 20).

The figure of a target is the sum over what leads into it of what the rule drew; each draw has its credits, each credit
its claim, its transfer from another held account, or another origin. `explain` tells that way in the order of posting:
every line has the balance before it, what was held, what the rule draws and why, and how much goes on to the target.
Lines add up: what enters is what reaches the target, each account passes on what it took in, and entries that change
nothing are told together with their net, so that every balance can be followed by hand. `explain_back.py` tells the same
money from the target to its sources, other money included.

Authority: D'Aloia v Persons Unknown [2024] EWHC 2342 (Ch): one declared method, each hop reproducible [F].
Against:   an explanation under one rule proves that rule's figure, not the rule; floor and ceiling stand beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from tracer.model import ExplainedLine, Explanation
from tracer.trace.backward import onward
from tracer.trace.entries import Bools, Cents, Entries
from tracer.trace.explain_sentences import told_entry, told_several
from tracer.trace.explain_sums import summed
from tracer.trace.explain_telling import CitesOf, KnownOf, Telling, as_day, documented, uncited
from tracer.trace.explain_words import Names
from tracer.trace.replay import Replay

__all__ = ["explain"]

#: Entries told one by one; the rest, the smallest, are told together and still summed.
LINES = 200


def explain(
    entries: Entries,
    run: Replay,
    target: str,
    *,
    cites: CitesOf | None = None,
    known: KnownOf | None = None,
    names: Names | None = None,
    most: int = LINES,
) -> Explanation:
    """Return how the figure of `target` under the rule of `run` comes about, in the order of posting.

    run     a recorded replay of these entries
    cites   row -> where it is printed; known: row -> how it is known; names: what a reader finds in the exhibits
    most    entries told one by one; what brings or takes most comes first, and partners of transfers are told with it

    Raises: RuleError (unknown target, totals only), NotCovered (a sub-rule by lot), CheckFailed (does not sum: our bug).
    """
    way = onward(entries, run, target)
    return _explanation(Telling(way, cites or uncited, names or Names(), known or documented), most)


@dataclass(frozen=True, slots=True, eq=False)
class _Placed:
    """Where a line stands: before (0) the entry `row`, at it (1), after it (2), or after all (3); and what it tells."""

    row: int
    which: int
    rows: Cents


class _Passed(NamedTuple):
    """What several entries bring and take of the money on the way; see `ExplainedLine`."""

    arrives: dict[str, int]
    leaves: dict[str, int]
    enters: dict[str, int]
    reaches: dict[str, int]


@dataclass(frozen=True, slots=True, eq=False)
class _Accounts:
    """The rows of the accounts concerned, account by account in their order; `first`: the first row of its account."""

    rows: Cents
    first: Bools

    @classmethod
    def of(cls, entries: Entries, wanted: Bools) -> _Accounts:
        found = np.flatnonzero(wanted[entries.account])
        rows = found[np.argsort(entries.account[found], kind="stable")]
        codes = entries.account[rows]
        return cls(rows, np.r_[True, codes[1:] != codes[:-1]] if len(codes) else np.zeros(0, np.bool_))


def _explanation(t: Telling, most: int) -> Explanation:
    e, way = t.e, t.way
    on = way.flow[:, t.proceeds].sum(axis=1)
    direct = t.direct
    concerned = np.zeros(len(e.accounts), np.bool_)
    concerned[e.account[direct | (on > 0)]] = True
    if way.held_in >= 0:
        concerned[way.held_in] = True
    accounts = _Accounts.of(e, concerned)
    told = _told(t, on, direct, concerned, most)
    lines = _lines(t, accounts, told, on)
    return summed(t, lines)


def _told(t: Telling, on: Cents, direct: Bools, concerned: Bools, most: int) -> Bools:
    """Return the entries with a line of their own: those on the way, those into the target, and those that take away."""
    e, run = t.e, t.run
    moved = run.moved[:, t.proceeds].sum(axis=1)
    gone = np.where(e.credit, run.absorbed[:, t.proceeds].sum(axis=1), moved - on)
    lasts = np.full(len(e.accounts), -1, np.int64)
    on_way = np.flatnonzero(direct | (on > 0))
    np.maximum.at(lasts, e.account[on_way], on_way)
    if t.way.held_in >= 0:
        lasts[t.way.held_in] = len(e)
    takes = concerned[e.account] & (gone > 0) & (np.arange(len(e)) < lasts[e.account])
    told = direct | (on > 0) | takes
    if int(told.sum()) > most:
        rows = np.flatnonzero(told)
        weight = np.where(on[rows] > 0, on[rows], gone[rows])
        ranked = rows[np.lexsort((rows, -weight, ~(direct | (on > 0))[rows]))][:most]
        told = np.zeros(len(e), np.bool_)
        told[ranked] = True
    legs = np.flatnonzero(told & (e.partner >= 0) & (on > 0))
    told[e.partner[legs]] = True
    return np.asarray(told, np.bool_)


def _lines(t: Telling, accounts: _Accounts, told: Bools, on: Cents) -> list[ExplainedLine]:
    """Return the lines in posting order, each after the one that tells the entries of its account before it."""
    e = t.e
    rows, own = accounts.rows, told[accounts.rows]
    placed: list[_Placed] = []
    begins = np.flatnonzero(accounts.first).tolist()
    rest: list[Cents] = []
    for begin, end in zip(begins, [*begins, len(rows)][1:], strict=True):
        here = np.flatnonzero(own[begin:end]) + begin
        kept = t.way.held_in == int(e.account[rows[begin]])
        if not len(here) and not kept:
            rest.append(rows[begin:end])
            continue
        at = begin
        for place in here.tolist():
            row = int(rows[place])
            if place > at:
                placed.append(_Placed(row, 0, rows[at:place]))
            t.before_row[row] = int(rows[place - 1]) if place > begin else -1
            placed.append(_Placed(row, 1, rows[place : place + 1]))
            at = place + 1
        if at < end and (kept or on[rows[at:end]].any()):
            placed.append(_Placed(int(rows[end - 1]), 2, rows[at:end]))
    placed.sort(key=lambda one: (one.row, one.which))
    if rest:
        placed += _elsewhere(t, np.concatenate(rest))
    t.line_of = {one.row: n for n, one in enumerate(placed, 1) if one.which == 1}
    return [_line(t, n, one) for n, one in enumerate(placed, 1)]


def _elsewhere(t: Telling, rows: Cents) -> list[_Placed]:
    """Return the entries on the way that no line tells, in one line per currency: two currencies are never added."""
    e = t.e
    rows = np.sort(rows[t.way.flow[rows].any(axis=1)])
    money = np.array(e.currencies, dtype=object)[e.account[rows]]
    return [_Placed(len(e), 3, rows[money == c]) for c in dict.fromkeys(money.tolist())]


def _line(t: Telling, number: int, one: _Placed) -> ExplainedLine:
    if one.which == 1:
        line = replace(_entry(t, one.row), number=number)
        said = [told_entry(t, line, one.row, teller) for teller in t.tellers]
    else:
        line = replace(_several(t, one.rows, own=one.which != 3), number=number)
        said = [told_several(t, line, one.rows, teller) for teller in t.tellers]
    return replace(line, en=said[0], zh=said[1])


def _entry(t: Telling, row: int) -> ExplainedLine:
    e, flow = t.e, t.way.flow[row]
    code, partner = int(e.account[row]), int(e.partner[row])
    credit = bool(e.credit[row])
    other = e.accounts[int(e.account[partner])] if partner >= 0 else ""
    if not credit and partner < 0:
        other = e.sinks[int(e.sink[row])]
    onward_ = t.dirty(flow)
    direct = t.dirty(t.into[row]) if row in t.into else {}
    day = as_day(int(e.day[row]))
    return ExplainedLine(
        number=0,
        kind=t.kind(row),
        account=e.accounts[code],
        currency=e.currencies[code],
        entries=1,
        day=day,
        last_day=day,
        amount=int(e.amount[row]),
        before=t.balance_before(row),
        after=int(t.way.balance[row]),
        held=t.named(t.held_before(row)),
        moved=t.named(t.run.moved[row]),
        arrives=onward_ if credit else {},
        leaves={} if credit else onward_,
        enters=onward_ if credit and partner < 0 else {},
        reaches=direct,
        postings=(t.posting(row),),
        cites=tuple(t.cites(row)),
        other=other,
    )


def _together(t: Telling, rows: Cents) -> _Passed:
    """Return what several entries bring and take of the money on the way, by proceeds label."""
    e, flow = t.e, t.way.flow
    into = rows[e.credit[rows]]
    out = rows[~e.credit[rows]]
    outside = into[e.partner[into] < 0]
    direct = np.zeros(len(e.labels), np.int64)
    for row in rows[t.direct[rows]].tolist():
        direct += t.into[row]
    return _Passed(
        arrives=t.dirty(flow[into].sum(axis=0)),
        leaves=t.dirty(flow[out].sum(axis=0)),
        enters=t.dirty(flow[outside].sum(axis=0)),
        reaches=t.dirty(direct),
    )


def _several(t: Telling, rows: Cents, *, own: bool) -> ExplainedLine:
    """Tell several entries by their net, with the first and the last place that prints them; `own`: of one account."""
    e = t.e
    first, last = int(rows[0]), int(rows[-1])
    code = int(e.account[first])
    before, after = (t.balance_before(first), int(t.way.balance[last])) if own else (0, 0)
    days = e.day[rows][e.day[rows] >= 0]
    passed = _together(t, rows)
    return ExplainedLine(
        number=0,
        kind="between" if own else "others",
        account=e.accounts[code] if own else "",
        currency=e.currencies[code],
        entries=len(rows),
        day=as_day(int(days.min())) if len(days) else None,
        last_day=as_day(int(days.max())) if len(days) else None,
        amount=after - before,
        before=before,
        after=after,
        held={},
        moved={},
        arrives=passed.arrives,
        leaves=passed.leaves,
        enters=passed.enters,
        reaches=passed.reaches,
        postings=tuple(dict.fromkeys((t.posting(first), t.posting(last)))),
        cites=t.ends(rows),
    )

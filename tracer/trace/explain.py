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

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple, NoReturn

import numpy as np

from tracer.model import RULE_NAMES, CheckFailed, Cite, ExplainedLine, Explanation, major
from tracer.trace.backward import Draw, Onward, onward
from tracer.trace.by_class import proceeds_drawn
from tracer.trace.entries import Bools, Cents, Entries
from tracer.trace.explain_words import Language, Names, Teller
from tracer.trace.replay import Replay
from tracer.trace.rules import rule

__all__ = ["CitesOf", "KnownOf", "Telling", "as_day", "explain", "uncited"]

#: Row of an entry -> where it is printed; empty for an entry that no exhibit prints (a gap).
CitesOf = Callable[[int], Sequence[Cite]]

#: Row of an entry -> documented, inferred or assumed: how it is known that a transfer is one, or that the entry is there.
KnownOf = Callable[[int], str]

#: Entries told one by one; the rest, the smallest, are told together and still summed.
LINES = 200

#: Draws of one debit told one by one, and terms of one sum.
TERMS = 12

_EPOCH = date(1970, 1, 1).toordinal()

_UNEXPLAINED = ("gap:", "break:")


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
    return Telling(way, cites or uncited, names or Names(), known or _documented).explanation(most)


def uncited(row: int) -> Sequence[Cite]:
    """Return no cite: entries of no exhibit."""
    return ()


_LANGUAGES: tuple[Language, Language] = ("en", "zh")


def _documented(row: int) -> str:
    return "documented"


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


class Telling:
    """One explanation while it is made: the flow to the target, and both languages."""

    def __init__(self, way: Onward, cites: CitesOf, names: Names, known: KnownOf = _documented) -> None:
        e = way.entries
        self.way, self.e, self.run, self.cites = way, e, way.run, cites
        self.known = known
        self.proceeds = np.flatnonzero(e.proceeds)
        self.labels = [e.labels[int(k)] for k in self.proceeds]
        self.tellers = tuple(Teller(language, names, frozenset(self.labels)) for language in _LANGUAGES)
        self.into = {int(row): amounts for row, amounts in zip(way.into[0].tolist(), way.into[1], strict=True)}
        self.direct = np.zeros(len(e), np.bool_)
        self.direct[way.into[0]] = True
        self.before_row: dict[int, int] = {}
        self.line_of: dict[int, int] = {}
        self.currency = self._currency()

    def _currency(self) -> str:
        if self.way.held_in >= 0:
            return self.e.currencies[self.way.held_in]
        rows = self.way.into[0]
        if len(rows):
            return self.e.currencies[int(self.e.account[rows[0]])]
        return self.e.currencies[0] if self.e.currencies else "XXX"

    def fail(self, what: str) -> NoReturn:
        raise CheckFailed(
            f"The explanation of {self.way.target} does not add up: {what}.",
            where=f"rule {self.run.rule}",
            meaning="The figure of the trace stands; its explanation is not given. This is a bug of tracer.",
            next_call="report the run and this line; the other verbs work",
        )

    # which entries are told

    def explanation(self, most: int) -> Explanation:
        e, way = self.e, self.way
        on = way.flow[:, self.proceeds].sum(axis=1)
        direct = self.direct
        concerned = np.zeros(len(e.accounts), np.bool_)
        concerned[e.account[direct | (on > 0)]] = True
        if way.held_in >= 0:
            concerned[way.held_in] = True
        accounts = _Accounts.of(e, concerned)
        told = self._told(on, direct, concerned, most)
        lines = self._lines(accounts, told, on)
        return self._summed(lines)

    def _told(self, on: Cents, direct: Bools, concerned: Bools, most: int) -> Bools:
        """Return the entries with a line of their own: those on the way, those into the target, and those that take away."""
        e, run = self.e, self.run
        moved = run.moved[:, self.proceeds].sum(axis=1)
        gone = np.where(e.credit, run.absorbed[:, self.proceeds].sum(axis=1), moved - on)
        lasts = np.full(len(e.accounts), -1, np.int64)
        on_way = np.flatnonzero(direct | (on > 0))
        np.maximum.at(lasts, e.account[on_way], on_way)
        if self.way.held_in >= 0:
            lasts[self.way.held_in] = len(e)
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

    # lines

    def _lines(self, accounts: _Accounts, told: Bools, on: Cents) -> list[ExplainedLine]:
        """Return the lines in posting order, each after the one that tells the entries of its account before it."""
        e = self.e
        rows, own = accounts.rows, told[accounts.rows]
        placed: list[_Placed] = []
        begins = np.flatnonzero(accounts.first).tolist()
        rest: list[Cents] = []
        for begin, end in zip(begins, [*begins, len(rows)][1:], strict=True):
            here = np.flatnonzero(own[begin:end]) + begin
            kept = self.way.held_in == int(e.account[rows[begin]])
            if not len(here) and not kept:
                rest.append(rows[begin:end])
                continue
            at = begin
            for place in here.tolist():
                row = int(rows[place])
                if place > at:
                    placed.append(_Placed(row, 0, rows[at:place]))
                self.before_row[row] = int(rows[place - 1]) if place > begin else -1
                placed.append(_Placed(row, 1, rows[place : place + 1]))
                at = place + 1
            if at < end and (kept or on[rows[at:end]].any()):
                placed.append(_Placed(int(rows[end - 1]), 2, rows[at:end]))
        placed.sort(key=lambda one: (one.row, one.which))
        if rest:
            placed += self._elsewhere(np.concatenate(rest))
        self.line_of = {one.row: n for n, one in enumerate(placed, 1) if one.which == 1}
        return [self._line(n, one) for n, one in enumerate(placed, 1)]

    def _elsewhere(self, rows: Cents) -> list[_Placed]:
        """Return the entries on the way that no line tells, in one line per currency: two currencies are never added."""
        e = self.e
        rows = np.sort(rows[self.way.flow[rows].any(axis=1)])
        money = np.array(e.currencies, dtype=object)[e.account[rows]]
        return [_Placed(len(e), 3, rows[money == c]) for c in dict.fromkeys(money.tolist())]

    def _line(self, number: int, one: _Placed) -> ExplainedLine:
        if one.which == 1:
            line = replace(self._entry(one.row), number=number)
            said = [self._told_entry(line, one.row, teller) for teller in self.tellers]
        else:
            line = replace(self._several(one.rows, own=one.which != 3), number=number)
            said = [self._told_several(line, one.rows, teller) for teller in self.tellers]
        return replace(line, en=said[0], zh=said[1])

    def named(self, amounts: Cents) -> dict[str, int]:
        """Return label -> amount of every label that has one."""
        return {label: x for label, x in zip(self.e.labels, amounts.tolist(), strict=True) if x}

    def _dirty(self, amounts: Cents) -> dict[str, int]:
        """Return label -> amount of the proceeds."""
        return {
            label: int(amounts[k]) for label, k in zip(self.labels, self.proceeds.tolist(), strict=True) if amounts[k]
        }

    def _held_before(self, row: int) -> Cents:
        before = self.before_row[row]
        return self.run.held[before] if before >= 0 else np.zeros(len(self.e.labels), np.int64)

    def _balance_before(self, row: int) -> int:
        signed = int(self.e.amount[row]) if self.e.credit[row] else -int(self.e.amount[row])
        return int(self.way.balance[row]) - signed

    def kind(self, row: int) -> str:
        e = self.e
        if e.partner[row] >= 0:
            return "arrival" if e.credit[row] else "transfer"
        if e.source is not None and e.source[row].startswith(_UNEXPLAINED):
            return "gap"
        if e.credit[row]:
            if e.opening[row]:
                return "opening"
            if e.follows is not None and e.follows[row]:
                return "interest"
            return "claim" if e.origin[row, self.proceeds].any() else "credit"
        return "payment" if row in self.into else "elsewhere"

    def _entry(self, row: int) -> ExplainedLine:
        e, flow = self.e, self.way.flow[row]
        code, partner = int(e.account[row]), int(e.partner[row])
        credit = bool(e.credit[row])
        other = e.accounts[int(e.account[partner])] if partner >= 0 else ""
        if not credit and partner < 0:
            other = e.sinks[int(e.sink[row])]
        onward_ = self._dirty(flow)
        direct = self._dirty(self.into[row]) if row in self.into else {}
        day = as_day(int(e.day[row]))
        return ExplainedLine(
            number=0,
            kind=self.kind(row),
            account=e.accounts[code],
            currency=e.currencies[code],
            entries=1,
            day=day,
            last_day=day,
            amount=int(e.amount[row]),
            before=self._balance_before(row),
            after=int(self.way.balance[row]),
            held=self.named(self._held_before(row)),
            moved=self.named(self.run.moved[row]),
            arrives=onward_ if credit else {},
            leaves={} if credit else onward_,
            enters=onward_ if credit and partner < 0 else {},
            reaches=direct,
            postings=(self.posting(row),),
            cites=tuple(self.cites(row)),
            other=other,
        )

    def posting(self, row: int) -> str:
        return self.e.source[row] if self.e.source is not None else str(row)

    def _together(self, rows: Cents) -> _Passed:
        """Return what several entries bring and take of the money on the way, by proceeds label."""
        e, flow = self.e, self.way.flow
        into = rows[e.credit[rows]]
        out = rows[~e.credit[rows]]
        outside = into[e.partner[into] < 0]
        direct = np.zeros(len(e.labels), np.int64)
        for row in rows[self.direct[rows]].tolist():
            direct += self.into[row]
        return _Passed(
            arrives=self._dirty(flow[into].sum(axis=0)),
            leaves=self._dirty(flow[out].sum(axis=0)),
            enters=self._dirty(flow[outside].sum(axis=0)),
            reaches=self._dirty(direct),
        )

    def _several(self, rows: Cents, *, own: bool) -> ExplainedLine:
        """Tell several entries by their net, with the first and the last place that prints them; `own`: of one account."""
        e = self.e
        first, last = int(rows[0]), int(rows[-1])
        code = int(e.account[first])
        before, after = (self._balance_before(first), int(self.way.balance[last])) if own else (0, 0)
        days = e.day[rows][e.day[rows] >= 0]
        passed = self._together(rows)
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
            postings=tuple(dict.fromkeys((self.posting(first), self.posting(last)))),
            cites=self.ends(rows),
        )

    def ends(self, rows: Cents) -> tuple[Cite, ...]:
        """Return the cites of the first and of the last of these entries that an exhibit prints."""
        found: list[Cite] = []
        for ordered in (rows.tolist()[:50], rows.tolist()[:-51:-1]):
            found += next((list(c) for row in ordered if (c := self.cites(row))), [])[:1]
        return tuple(dict.fromkeys(found))

    # words

    def _told_several(self, line: ExplainedLine, rows: Cents, teller: Teller) -> str:
        e = self.e
        amounts = e.amount[rows]
        into = int(amounts[e.credit[rows]].sum())
        first, last = line.day or "-", line.last_day or "-"
        count = teller.count(line.entries)
        if line.kind == "others":
            accounts = teller.count(len(np.unique(e.account[rows])), "accounts")
            told = teller.say("others", count=count, accounts=accounts, first=first, last=last)
        else:
            told = teller.say(
                "between",
                count=count,
                account=teller.names.account(line.account),
                first=first,
                last=last,
                into=teller.money(into, line.currency),
                out=teller.money(int(amounts.sum()) - into, line.currency),
                net=teller.money(line.amount, line.currency),
                before=teller.money(line.before, line.currency),
                after=teller.money(line.after, line.currency),
            )
        said = [told]
        if line.arrives or line.leaves:
            said.append(
                teller.say(
                    "on the way",
                    target=teller.target(self.way.target),
                    into=teller.parts(line.arrives, line.currency),
                    out=teller.parts(line.leaves, line.currency),
                )
            )
        if line.reaches:
            said.append(self._reaches(line, teller))
        return teller.cited(_joined(said, teller), line.cites)

    def _told_entry(self, line: ExplainedLine, row: int, teller: Teller) -> str:
        said = [self._head(line, row, teller)]
        if self.e.block[row] >= 0:
            said.append(teller.say("unordered"))
        if (known := self.known(row)) != "documented":
            said.append(teller.say(known))
        if self.e.credit[row]:
            said += self._carried(line, row, teller)
            said += self._swallowed(line, row, teller)
        else:
            said.append(self._before(line, teller))
            said += self._drawn(line, row, teller)
        said += self._goes_on(line, row, teller)
        return teller.cited(_joined(said, teller), line.cites)

    def _head(self, line: ExplainedLine, row: int, teller: Teller) -> str:
        form = line.kind
        if form == "gap":
            form = "gap in" if self.e.credit[row] else "gap out"
        elif form == "payment" and line.other.startswith("sink:ASSET:"):
            form = "bought"
        own = line.kind in ("arrival", "transfer")
        return teller.say(
            form,
            on=teller.on(line.day),
            amount=teller.money(line.amount, line.currency),
            account=teller.names.account(line.account),
            other=teller.names.account(line.other) if own else teller.target(line.other) if line.other else "",
            line=teller.line(self.line_of.get(int(self.e.partner[row]), 0)) if own else "",
            parts=teller.parts(line.moved, line.currency),
        )

    def _before(self, line: ExplainedLine, teller: Teller) -> str:
        if line.before < 0:
            return teller.say("owed", amount=teller.money(-line.before, line.currency))
        if line.before == 0:
            return teller.say("held none")
        parts = teller.parts(line.held, line.currency)
        return teller.say("held", amount=teller.money(line.before, line.currency), parts=parts)

    def _drawn(self, line: ExplainedLine, row: int, teller: Teller) -> list[str]:
        """Tell what the rule draws and why; the sum is computed again and must be the replay's own."""
        over = int(self.way.over[row])
        use = line.amount - over
        moved = self.run.moved[row]
        x = int(moved[self.proceeds].sum())
        held = self._held_before(row)
        proceeds = int(held[self.proceeds].sum())
        other = int(held.sum()) - proceeds

        def money(minor: int) -> str:
            return major(minor, line.currency, group=True)

        said: list[str] = []
        careful = self.e.clean_first is not None and bool(self.e.clean_first[row])
        if careful:
            said.append(teller.say("careful"))
        chosen = rule(self.run.rule)
        if chosen.keeps_lots:
            said += self._lots(line, row, teller)
        else:
            expected = max(0, use - other) if careful else proceeds_drawn(chosen.code, use, proceeds, other)
            if expected != x or use != min(line.amount, proceeds + other):
                self.fail(f"{self.e.where(row)} drew {x} of proceeds, and the rule gives {expected}")
            said += self._rule(teller, line.currency, use, proceeds, other, x, careful=careful) if use else []
            if x and sum(1 for k in self.proceeds if held[k]) > 1:
                said.append(teller.say("labels", parts=teller.parts(self._dirty(moved), line.currency)))
        if over:
            said.append(teller.say("over", over=money(over)))
        return said

    def _rule(
        self, teller: Teller, currency: str, use: int, proceeds: int, other: int, x: int, *, careful: bool
    ) -> list[str]:
        def money(minor: int) -> str:
            return major(minor, currency, group=True)

        amounts = {"use": money(use), "x": money(x), "proceeds": money(proceeds), "other": money(other)}
        name = "libr" if careful else self.run.rule
        if not proceeds:
            form = "share none"
        elif name == "libr":
            form = "libr none" if not x else "libr some" if other else "libr all"
        elif name == "pro_rata":
            form = "share" if other else "share all"
        else:
            form = "difo all" if x == use else "difo some"
        if form == "share":
            amounts["exact"] = teller.exact(use, proceeds, proceeds + other, currency)
        return [teller.say(form, **amounts, rest=money(use - x), whole=money(proceeds + other))]

    def _lots(self, line: ExplainedLine, row: int, teller: Teller) -> list[str]:
        draws = [draw for draw in self.way.draws(row) if draw.credit >= 0]
        if not draws:
            return []
        told = [self._lot(draw, line.currency, teller) for draw in draws[:TERMS]]
        if len(draws) > TERMS:
            rest = np.array([draw.amounts for draw in draws[TERMS:]], np.int64).sum(axis=0)
            parts = teller.parts(self.named(rest), line.currency)
            amount = major(int(rest.sum()), line.currency, group=True)
            told.append(teller.say("lots more", n=len(draws) - TERMS, amount=amount, parts=parts))
        return [teller.say(self.run.rule, lots="; ".join(told))]

    def _lot(self, draw: Draw, currency: str, teller: Teller) -> str:
        def money(minor: int) -> str:
            return major(minor, currency, group=True)

        form = "lot opening" if self.e.opening[draw.credit] else "lot"
        if form == "lot" and 0 < draw.proceeds < draw.size:
            form = "lot mixed"
        day = as_day(int(self.e.day[draw.credit]))
        cites = "; ".join(dict.fromkeys(teller.names.cite(c) for c in self.cites(draw.credit)))
        return teller.say(
            form,
            amount=money(sum(draw.amounts)),
            on=teller.say("lot on", day=day) if day else "",
            line=teller.line(self.line_of.get(draw.credit, 0)),
            cite=f" [{cites}]" if cites else "",
            parts=teller.parts(self.named(np.array(draw.amounts)), currency),
            drawn=money(draw.drawn),
            entered=money(draw.proceeds),
            size=money(draw.size),
        )

    def _carried(self, line: ExplainedLine, row: int, teller: Teller) -> list[str]:
        """Tell a charge or a conversion on the way of an arrival."""
        source = int(self.e.partner[row])
        if source < 0:
            return []
        sent, home = int(self.e.amount[source]), self.e.currencies[int(self.e.account[source])]
        if sent == line.amount and home == line.currency:
            return []
        said = {
            "sent": teller.money(sent, home),
            "amount": teller.money(line.amount, line.currency),
            "before": teller.parts(self.named(self.run.moved[source]), home),
            "parts": teller.parts(line.moved, line.currency),
        }
        if home != line.currency:
            return [teller.say("converted", **said)]
        return [teller.say("charged", **said, charge=teller.money(sent - line.amount, home))]

    def _swallowed(self, line: ExplainedLine, row: int, teller: Teller) -> list[str]:
        gone = self.run.absorbed[row]
        amount = int(gone.sum())
        if not amount:
            return []
        parts = teller.parts(self.named(gone), line.currency)
        if amount == line.amount:
            return [teller.say("absorbed all", parts=parts)]
        kept = teller.parts(self.named(self.run.moved[row] - gone), line.currency)
        return [teller.say("absorbed", amount=teller.money(amount, line.currency), parts=parts, kept=kept)]

    def _goes_on(self, line: ExplainedLine, row: int, teller: Teller) -> list[str]:
        target = teller.target(self.way.target)
        if row in self.into and not self.e.credit[row]:
            return [self._reaches(line, teller)]
        said = []
        on = line.arrives or line.leaves
        if on:
            said.append(teller.say("goes on", parts=teller.parts(on, line.currency), target=target))
        if self.e.credit[row]:
            if row in self.into:
                said.append(self._reaches(line, teller))
            elif not on:
                said.append(teller.say("passes none", target=target))
            return said
        away = self._dirty(self.run.moved[row] - self.way.flow[row])
        if away:
            said.append(teller.say("takes", parts=teller.parts(away, line.currency), target=target))
        return said or [teller.say("passes none", target=target)]

    def _reaches(self, line: ExplainedLine, teller: Teller) -> str:
        target = teller.target(self.way.target)
        if not line.reaches:
            return teller.say("reaches none", target=target)
        return teller.say("reaches", target=target, parts=teller.parts(line.reaches, line.currency))

    # sums

    def _summed(self, lines: list[ExplainedLine]) -> Explanation:
        """Add the lines up and stop where they are not the figure of the replay."""
        way, e = self.way, self.e
        figure, kept = _total([self._dirty(way.figure)]), _total([self._dirty(way.at_end)])
        reached = _total(line.reaches for line in lines)
        if _total((reached, kept)) != figure:
            self.fail(f"the lines bring {reached} to it, and its figure is {figure}")
        changed = self._changed()
        for currency in dict.fromkeys((*e.currencies, self.currency)):
            own = [line for line in lines if line.currency == currency]
            comes = _total([*(line.enters for line in own), *(c.amounts for c in changed if c.currency == currency)])
            goes = _total(
                [
                    *(line.reaches for line in own),
                    *(c.sent for c in changed if c.home == currency),
                    *((kept,) if currency == self.currency else ()),
                ]
            )
            if comes != goes:
                self.fail(f"{comes} enters in {currency}, and {goes} is told")
        self._covered(lines)
        after = [self._closing(lines, changed, figure, kept, teller) for teller in self.tellers]
        before = [self._opening(figure, teller) for teller in self.tellers]
        return Explanation(
            target=way.target,
            rule=self.run.rule,
            currency=self.currency,
            recorded=int(way.figure.sum()),
            figure=sum(figure.values()),
            by_label=figure,
            lines=tuple(lines),
            before_en=before[0],
            before_zh=before[1],
            after_en=after[0],
            after_zh=after[1],
        )

    def _covered(self, lines: list[ExplainedLine]) -> None:
        """Assert that the lines of an account tell every entry on the way, and that its balance can be followed through them."""
        e = self.e
        rows = np.flatnonzero(self.way.flow.any(axis=1))
        totals = np.zeros((2, len(e.accounts), len(e.labels)), np.int64)
        np.add.at(totals, (e.credit[rows].astype(np.int64), e.account[rows]), self.way.flow[rows])
        of_account: dict[str, list[ExplainedLine]] = {}
        for line in lines:
            if line.account:
                of_account.setdefault(line.account, []).append(line)
        codes = {name: code for code, name in enumerate(e.accounts)}
        for name, own in of_account.items():
            out, into = self._dirty(totals[0, codes[name]]), self._dirty(totals[1, codes[name]])
            if (_total(line.arrives for line in own), _total(line.leaves for line in own)) != (into, out):
                self.fail(f"the lines of account {name} are not all that passed it")
            balance = -int(e.debt[codes[name]])
            for line in own:
                if line.before != balance:
                    self.fail(f"line {line.number} begins at {line.before}, and account {name} stood at {balance}")
                balance = line.after

    def _changed(self) -> list[_Changed]:
        """Return the proceeds that were converted on the way, per pair of currencies."""
        e, flow = self.e, self.way.flow
        found: dict[tuple[str, str], list[int]] = {}
        for row in np.flatnonzero(e.credit & (e.partner >= 0) & flow[:, self.proceeds].any(axis=1)).tolist():
            home, currency = (e.currencies[int(e.account[r])] for r in (e.partner[row], row))
            if home != currency:
                found.setdefault((home, currency), []).append(row)
        return [
            _Changed(
                home, currency, self._dirty(flow[e.partner[rows]].sum(axis=0)), self._dirty(flow[rows].sum(axis=0))
            )
            for (home, currency), rows in found.items()
        ]

    def _opening(self, figure: Mapping[str, int], teller: Teller) -> tuple[str, ...]:
        code, *words = RULE_NAMES[self.run.rule]
        said = teller.say(
            "figure" if figure else "figure none",
            code=code,
            words=words[_LANGUAGES.index(teller.language)],
            figure=teller.money(sum(figure.values()), self.currency),
            recorded=teller.money(int(self.way.figure.sum()), self.currency),
            target=teller.target(self.way.target),
            parts=teller.parts(figure, self.currency),
        )
        return said, teller.say("method lots" if rule(self.run.rule).keeps_lots else "method classes")

    def _closing(
        self,
        lines: list[ExplainedLine],
        changed: list[_Changed],
        figure: Mapping[str, int],
        kept: Mapping[str, int],
        teller: Teller,
    ) -> tuple[str, ...]:
        """Tell the sums: what entered, what was changed on the way, what reached the target."""
        said = []
        for currency in dict.fromkeys(line.currency for line in lines if line.enters):
            terms = [
                (line.number, sum(line.enters.values())) for line in lines if line.enters and line.currency == currency
            ]
            total = teller.money(sum(amount for _, amount in terms), currency)
            said.append(teller.say("sum entered", terms=_terms(terms, currency, teller), figure=total))
        target = teller.target(self.way.target)
        said += [
            teller.say(
                "sum changed",
                target=target,
                sent=teller.money(sum(one.sent.values()), one.home),
                amount=teller.money(sum(one.amounts.values()), one.currency),
            )
            for one in changed
        ]
        total = teller.money(sum(figure.values()), self.currency)
        if kept:
            said.append(teller.say("sum kept", figure=total, target=target, parts=teller.parts(kept, self.currency)))
        else:
            terms = [(line.number, sum(line.reaches.values())) for line in lines if line.reaches]
            said.append(
                teller.say("sum reached", terms=_terms(terms, self.currency, teller), figure=total, target=target)
            )
        return tuple(said)


@dataclass(frozen=True, slots=True)
class _Changed:
    """Proceeds converted on the way: what left in `home`, what arrived in `currency`, by label."""

    home: str
    currency: str
    sent: dict[str, int]
    amounts: dict[str, int]


def as_day(days: int) -> date | None:
    """Return the day of an entry, None where no record prints one."""
    return date.fromordinal(days + _EPOCH) if days >= 0 else None


def _total(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Return label -> sum of the parts, zeros left out."""
    found: dict[str, int] = {}
    for part in parts:
        for label, amount in part.items():
            found[label] = found.get(label, 0) + amount
    return {label: found[label] for label in sorted(found) if found[label]}


def _terms(terms: Sequence[tuple[int, int]], currency: str, teller: Teller) -> str:
    """Return the terms of a sum, each with its line; beyond `TERMS` the rest as one."""
    told = [teller.say("term", amount=major(x, currency, group=True), n=n) for n, x in terms[:TERMS]]
    if len(terms) > TERMS:
        rest = sum(x for _, x in terms[TERMS:])
        told.append(teller.say("terms more", amount=major(rest, currency, group=True), n=len(terms) - TERMS))
    return " + ".join(told) or teller.say("nothing")


def _joined(said: Sequence[str], teller: Teller) -> str:
    return (" " if teller.language == "en" else "").join(said)

"""Where the money of a target came from, told from the target back to its sources (tracing.md 5.8).

The same flow as `explain` tells, the other way: first the target, then each account that passed it on, nearest first, down
to claims, openings and other origins. Each total is the sum of the lines under it, label by label; other money is told too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tracer.model import Cite, OriginLine, Origins
from tracer.trace.backward import onward
from tracer.trace.entries import Cents, Entries
from tracer.trace.explain_telling import CitesOf, Telling, as_day, uncited
from tracer.trace.explain_words import Names, Teller
from tracer.trace.replay import Replay

__all__ = ["back"]

#: Credits of one account told one by one, and accounts, in `back`.
CREDITS, BRANCHES = 40, 200


def back(
    entries: Entries, run: Replay, target: str, *, cites: CitesOf | None = None, names: Names | None = None
) -> Origins:
    """Return where all the money of `target` came from, down to claims and other origins. Raises as `explain`."""
    return _Tree(Telling(onward(entries, run, target), cites or uncited, names or Names())).origins()


@dataclass(frozen=True, slots=True, eq=False)
class _Source:
    """One way by which money came: `row` -1 where several are told together; `frm` the accounts it came from."""

    kind: str
    row: int
    entries: int
    amounts: Cents
    frm: tuple[int, ...] = ()
    cites: tuple[Cite, ...] = ()


class _Tree:
    """The origins of a target while they are told: first the target, then an account after the other, nearest first."""

    def __init__(self, telling: Telling) -> None:
        self.t, self.e, self.way = telling, telling.e, telling.way
        self.lines: list[OriginLine] = []
        self.queue: dict[int, None] = {}
        self.branch: dict[int, int] = {}

    def origins(self) -> Origins:
        way, t = self.way, self.t
        rows, amounts = way.into
        onto = self.e.account[rows]
        kinds = np.where(self.e.credit[rows], "swallowed", "payment")
        sources = self._sources(rows, amounts, lambda at: str(kinds[at]), lambda at: int(onto[at]))
        if way.held_in >= 0 and way.at_end.any():
            sources.append(_Source("kept", -1, 1, way.at_end, (way.held_in,)))
        self._section("target", "", t.currency, way.figure, sources)
        of_account = self._rows()
        for done in range(BRANCHES):
            if done == len(self.queue):
                break
            code = list(self.queue)[done]
            self._account(code, of_account[code])
        self._further(of_account, list(self.queue)[BRANCHES:])
        return Origins(
            target=way.target,
            rule=t.run.rule,
            currency=t.currency,
            by_label=t.named(way.figure),
            lines=tuple(self._worded(line) for line in self.lines),
        )

    def _rows(self) -> dict[int, Cents]:
        """Return the entries on the way of each account, every label counted."""
        e, way = self.e, self.way
        found = np.flatnonzero(way.flow.any(axis=1) & (e.credit | (way.lent > 0)))
        found = found[np.argsort(e.account[found], kind="stable")]
        codes, begins = np.unique(e.account[found], return_index=True)
        ends = [*begins.tolist(), len(found)][1:]
        spans = zip(codes.tolist(), begins.tolist(), ends, strict=True)
        return {code: found[begin:end] for code, begin, end in spans}

    def _brought(self, rows: Cents) -> Cents:
        """Return what each entry brought to its account for the target: of a debit, only what the bank lent."""
        amounts = self.way.flow[rows].copy()
        debits = ~self.e.credit[rows]
        amounts[debits] = 0
        if debits.any():
            amounts[debits, self.e.labels.index("K")] = self.way.lent[rows[debits]]
        return amounts

    def _kind(self, row: int) -> str:
        kind = self.t.kind(row) if self.e.credit[row] else "lent"
        return "transfer" if kind == "arrival" else kind

    def _from(self, row: int) -> int:
        partner = int(self.e.partner[row])
        return int(self.e.account[partner]) if partner >= 0 and self.e.credit[row] else -1

    def _account(self, code: int, rows: Cents) -> None:
        amounts = self._brought(rows)
        self.branch[code] = len(self.lines) + 1
        sources = self._sources(
            rows, amounts, lambda at: self._kind(int(rows[at])), lambda at: self._from(int(rows[at]))
        )
        self._section("account", self.e.accounts[code], self.e.currencies[code], amounts.sum(axis=0), sources)

    def _further(self, of_account: Mapping[int, Cents], codes: Sequence[int]) -> None:
        """Tell what the accounts beyond the limit passed on, in one line per currency and one per kind of source."""
        reached = set(self.queue)
        queue = list(codes)
        for code in queue:
            for row in of_account[code].tolist():
                if (origin := self._from(row)) >= 0 and origin not in reached:
                    reached.add(origin)
                    queue.append(origin)
        for currency in dict.fromkeys(self.e.currencies[code] for code in queue):
            own = [code for code in queue if self.e.currencies[code] == currency]
            rows = np.sort(np.concatenate([of_account[code] for code in own]))
            amounts = self._brought(rows)
            kinds = np.array([self._kind(row) for row in rows.tolist()])
            self.branch |= dict.fromkeys(own, len(self.lines) + 1)
            sources = [
                _Source(str(kind), -1, int(found.sum()), amounts[found].sum(axis=0), (), self.t.ends(rows[found]))
                for kind in dict.fromkeys(kinds.tolist())
                if (found := kinds == kind).any()
            ]
            self._section("account", "", currency, amounts.sum(axis=0), sources, accounts=len(own))

    def _sources(
        self, rows: Cents, amounts: Cents, kind: Callable[[int], str], frm: Callable[[int], int]
    ) -> list[_Source]:
        """Return the largest of these entries one by one, in posting order, and the rest together."""
        ranked = np.lexsort((rows, -amounts.sum(axis=1))) if len(rows) else np.zeros(0, np.int64)
        told, rest = np.sort(ranked[:CREDITS]), np.sort(ranked[CREDITS:])
        found = [
            _Source(
                kind(at),
                int(rows[at]),
                1,
                amounts[at],
                (origin,) if (origin := frm(at)) >= 0 else (),
                tuple(self.t.cites(int(rows[at]))),
            )
            for at in told.tolist()
        ]
        if len(rest):
            origins = dict.fromkeys(origin for at in rest.tolist() if (origin := frm(at)) >= 0)
            ends = self.t.ends(rows[rest])
            found.append(_Source("others", -1, len(rest), amounts[rest].sum(axis=0), tuple(origins), ends))
        return found

    def _section(
        self, kind: str, account: str, currency: str, amounts: Cents, sources: Sequence[_Source], *, accounts: int = 1
    ) -> None:
        """Tell one total and what it is made of; stop where the sources are not the total."""
        t = self.t
        summed = sum((source.amounts for source in sources), np.zeros(len(self.e.labels), np.int64))
        if (summed != amounts).any():
            t.fail(f"the sources of {account or t.way.target} are not what it passed on")
        head = len(self.lines) + 1
        self.lines.append(_origin(head, 0, kind, account, currency, t.named(amounts), entries=accounts))
        for source in sources:
            row = source.row
            line = _origin(
                len(self.lines) + 1,
                head,
                source.kind,
                account or (self.e.accounts[int(self.e.account[row])] if row >= 0 else ""),
                currency,
                t.named(source.amounts),
                entries=source.entries,
            )
            for code in source.frm:
                self.queue.setdefault(code)
            if row >= 0:
                line = replace(line, day=as_day(int(self.e.day[row])), postings=(t.posting(row),))
                line = replace(line, sent=self._sent(row)) if source.kind == "transfer" else line
            other = self.e.accounts[source.frm[0]] if len(source.frm) == 1 else ""
            self.lines.append(replace(line, cites=source.cites, other=other))

    def _sent(self, row: int) -> dict[str, int]:
        """Return what left for a credit that was converted; elsewhere what left is what arrived."""
        partner = int(self.e.partner[row])
        if partner < 0 or not self.e.credit[row]:
            return {}
        home, currency = (self.e.currencies[int(self.e.account[r])] for r in (partner, row))
        return self.t.named(self.way.flow[partner]) if home != currency else {}

    def _worded(self, line: OriginLine) -> OriginLine:
        code = self.e.accounts.index(line.other) if line.other else -1
        line = replace(line, branch=self.branch.get(code, 0))
        en, zh = (self._told(line, teller) for teller in self.t.tellers)
        return replace(line, en=en, zh=zh)

    def _told(self, line: OriginLine, teller: Teller) -> str:
        form = {"target": "from", "account": "branch" if line.account else "branches"}.get(
            line.kind, f"from {line.kind}"
        )
        if line.kind not in ("target", "account") and not line.day and line.entries > 1:
            form = "from others" if line.kind == "others" else "from several"
        told = teller.say(
            form,
            target=teller.target(self.way.target),
            on=teller.on(line.day),
            amount=teller.money(line.amount, line.currency),
            parts=teller.parts(line.by_label, line.currency),
            account=teller.names.account(line.account),
            other=teller.names.account(line.other),
            accounts=teller.count(line.entries, "accounts"),
            count=teller.count(line.entries),
            kind=teller.say(f"kind {line.kind}") if form == "from several" else "",
            events=teller.say("and").join(teller.label(k) for k in line.by_label if k in teller.proceeds)
            or teller.say("nothing"),
            branch=teller.say("see", n=line.branch) if line.branch else "",
            sent=teller.say(
                "sent", amount=teller.money(sum(line.sent.values()), self.e.currencies[self._code(line.other)])
            )
            if line.sent
            else "",
        )
        return teller.cited(told, line.cites)

    def _code(self, account: str) -> int:
        return self.e.accounts.index(account)


def _origin(
    number: int, parent: int, kind: str, account: str, currency: str, by_label: dict[str, int], *, entries: int
) -> OriginLine:
    return OriginLine(
        number=number,
        parent=parent,
        kind=kind,
        account=account,
        currency=currency,
        day=None,
        amount=sum(by_label.values()),
        by_label=by_label,
        entries=entries,
        cites=(),
        postings=(),
    )

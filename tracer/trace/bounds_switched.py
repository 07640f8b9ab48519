"""Floor and ceiling with switches on: backward links, restoration, and what may be claimed at once (tracing.md 5.4, 5.6).

The polytope of section 5.1 as a linear program over its own arcs, with what an election adds:

link      m units of the proceeds that come in by a credit pay for an earlier payment instead:
          0 <= m <= proceeds in the credit, m <= other money in the payment; they leave the one and count in the other
restored  r units of the other money of a credit become proceeds: 0 <= r <= other money of the credit, r <= shortfall
claims    what is claimed on each of several targets: true together exactly when a flow gives every one of them its part

A single link that is accepted moves the interval, it does not only widen it: m = min(proceeds in the credit, other money in
the payment) is then held above its chord between the least and the most that the payment can have taken (concave in it).

Sound, not always tight: m and r may be less than the election makes them, so every elected figure of a rule lies inside.
The program runs in floating point: a floor is printed rounded down, a ceiling up, and figures above 2**45 minor units are
refused by name.

Authority: as the elections (Brazil v Durant [2015] UKPC 35 [F]; Roscoe v Winder [1915] 1 Ch 62 [F]).
Against:   as they; a floor with an optional link is no floor "whichever rule is adopted", and is never printed as one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from tracer.model import CheckFailed, NotCovered
from tracer.trace.bounds import bounds
from tracer.trace.bounds_graph import DOUBTFUL, HOLD, PAID, REPAID, TRANSFER, FlowGraph
from tracer.trace.bounds_graph import _by_end as by_end
from tracer.trace.entries import Cents

__all__ = ["Link", "Switches", "least", "switched", "together"]

#: Arcs up to which the program is run; above, the interval of an election is left out and said so.
ARCS = 100_000
#: Minor units up to which doubles carry a cent with room to spare.
LIMIT = 2**45


@dataclass(frozen=True, slots=True)
class Link:
    """Rows of a credit (where it arrives) and of an earlier payment (where it leaves)."""

    credit: int
    payment: int


@dataclass(frozen=True, slots=True)
class Switches:
    """What is switched on: links, rows of restoring credits, and target -> the most that may be claimed on it."""

    links: tuple[Link, ...] = ()
    restored: tuple[int, ...] = ()
    capped: Mapping[str, int] = field(default_factory=dict)


class _Program:
    """The polytope as rows of a linear program; columns: arcs, doubtful sources, links, restorations."""

    def __init__(self, graph: FlowGraph, switches: Switches) -> None:
        if len(graph.tail) > ARCS:
            raise NotCovered(
                f"An interval with elections over {len(graph.tail):,} arcs is not covered.",
                where="elections",
                meaning="The elected figures of the rules stand; floor and ceiling with the election on are left out.",
                next_call="restrict the accounts of the question",
            )
        self.graph, self.switches = graph, switches
        g, e = graph, graph.entries
        is_proceeds = np.isin(g.source_label, np.flatnonzero(e.proceeds))
        self.doubts = np.flatnonzero(g.source_label == DOUBTFUL)
        arcs, doubts, links = len(g.tail), len(self.doubts), len(switches.links)
        self.first_link, self.first_restored = arcs + doubts, arcs + doubts + links
        self.size = self.first_restored + len(switches.restored)
        self.given = np.zeros(g.nodes)
        np.add.at(self.given, g.source_node[is_proceeds], g.source_amount[is_proceeds].astype(float))
        total = float(g.source_amount.sum())
        if total > LIMIT:
            raise NotCovered(
                f"An interval with elections over {int(total):,} minor units is not covered.",
                where="elections",
                meaning="The elected figures of the rules stand; a program in floating point could err by a cent here.",
                next_call="restrict the accounts of the question",
            )
        self.most = np.concatenate(
            [g.capacity, g.source_amount[self.doubts], np.full(links + len(switches.restored), total)]
        ).astype(float)
        # conservation at each node: what arrives, less what leaves, is what sources give, negative
        self.cells: list[tuple[Cents, Cents, np.ndarray]] = []
        every = np.arange(arcs)
        inner = np.flatnonzero(g.head >= 0)
        self._cell(g.tail.astype(np.int64), every, np.full(arcs, -1.0))
        self._cell(g.head[inner].astype(np.int64), inner, g.arrives[inner] / g.capacity[inner])
        self._cell(g.source_node[self.doubts].astype(np.int64), arcs + np.arange(doubts), np.ones(doubts))
        self.limits: list[tuple[dict[int, float], float]] = []
        for n, link in enumerate(switches.links):
            self._link(self.first_link + n, link)
        for n, row in enumerate(switches.restored):
            self._restoration(self.first_restored + n, row)
        self._shared()
        for target, amount in switches.capped.items():
            self.limits.append((self.into((target,)), float(amount)))

    def _cell(self, row: Cents, column: Cents, value: np.ndarray) -> None:
        self.cells.append((row, column, value))

    def _one(self, row: int, column: int, value: float) -> None:
        self._cell(np.array([row]), np.array([column]), np.array([value]))

    def _arriving(self, row: int) -> list[int]:
        """Return the arcs by which the money of a credit arrives; none where it comes from outside."""
        g = self.graph
        sent = int(g.entries.partner[row])
        here = (g.kind == TRANSFER) & (g.row == sent) & (g.head == g.node_of[row])
        return np.flatnonzero(here).tolist() if sent >= 0 else []

    def _brought(self, row: int) -> dict[int, float]:
        """Return the arcs by which the money of a credit arrives, each with what one unit of it is there (a conversion)."""
        g = self.graph
        return {arc: float(g.arrives[arc]) / float(g.capacity[arc]) for arc in self._arriving(row)}

    def _proceeds_of(self, row: int) -> float:
        e = self.graph.entries
        return float(e.origin[row, e.proceeds].sum())

    def _link(self, m: int, link: Link) -> None:
        g = self.graph
        self._one(int(g.node_of[link.credit]), m, -1.0)
        if not self._arriving(link.credit):
            self.most[m] = min(self.most[m], self._proceeds_of(link.credit))
        for arc in self._leaving(link.payment):
            # m is in the currency that left: it goes on as the payment itself did, to a conversion or a charge on the way
            self._one(int(g.head[arc]), m, float(g.arrives[arc]) / float(g.capacity[arc]))

    def _leaving(self, row: int) -> list[int]:
        """Return the arc by which a transfer leaves its account; none where the money leaves the accounts."""
        g = self.graph
        mine = (g.kind == TRANSFER) & (g.row == row) & (g.tail == g.node_of[row])
        return np.flatnonzero(mine).tolist() if g.entries.partner[row] >= 0 else []

    def _paying(self, row: int) -> tuple[list[int], float]:
        """Return the arcs of a payment, where it counts, and what they carried."""
        g, e = self.graph, self.graph.entries
        if e.partner[row] >= 0:
            arcs = self._leaving(row)
            return arcs, float(g.capacity[arcs].sum())
        return np.flatnonzero((g.kind == PAID) & (g.row == row)).tolist(), float(e.amount[row])

    def _shared(self) -> None:
        """Bound all links of one payment, and all links of one credit that came by a transfer or bear one origin."""
        by_payment: dict[int, list[int]] = {}
        by_credit: dict[int, list[int]] = {}
        for n, link in enumerate(self.switches.links):
            by_payment.setdefault(link.payment, []).append(self.first_link + n)
            by_credit.setdefault(link.credit, []).append(self.first_link + n)
        for row, columns in by_payment.items():
            arcs, carried = self._paying(row)
            self.limits.append((dict.fromkeys(columns, 1.0) | dict.fromkeys(arcs, 1.0), carried))
        for row, columns in by_credit.items():
            brought = {arc: -rate for arc, rate in self._brought(row).items()}
            limit = 0.0 if brought else self._proceeds_of(row)
            self.limits.append((dict.fromkeys(columns, 1.0) | brought, limit))

    def _restoration(self, r: int, row: int) -> None:
        g, e = self.graph, self.graph.entries
        node, account = int(g.node_of[row]), int(e.account[row])
        self._one(node, r, 1.0)
        arcs = self._brought(row)
        other = float(e.amount[row]) if arcs else float(e.origin[row, ~e.proceeds].sum())
        self.limits.append(({r: 1.0} | arcs, other))
        # the shortfall: what ever came into the account, less what is held before the credit
        mine = np.flatnonzero((e.account == account) & e.credit & (g.node_of < node))
        columns, came = {r: 1.0}, 0.0
        for each in mine.tolist():
            came += self._proceeds_of(each)
            columns |= {arc: -rate for arc, rate in self._brought(each).items()}
        doubted = np.flatnonzero(np.isin(g.source_row[self.doubts], mine)).tolist()
        columns |= {len(g.tail) + k: -1.0 for k in doubted}
        for k, earlier in enumerate(self.switches.restored):
            if e.account[earlier] == account and g.node_of[earlier] < node:
                columns[self.first_restored + k] = -1.0
        holds = np.flatnonzero((g.kind == HOLD) & (g.head == node)).tolist()
        alone = int(((g.node_of == node) & e.credit).sum()) == 1 and e.block[row] < 0
        if alone:
            columns |= dict.fromkeys(holds, 1.0)
        self.limits.append((columns, came))

    def into(self, targets: Sequence[str]) -> dict[int, float]:
        """Return the columns that count in the targets: their arcs, and what links give to payments into them."""
        g = self.graph
        wanted = g.codes(tuple(targets))
        arcs = np.flatnonzero((g.target >= 0) & wanted[np.maximum(g.target, 0)])
        found = dict.fromkeys(arcs.tolist(), 1.0)
        # a closing balance bears the row of the last entry of its account, which may be the payment: it gains nothing by it
        paid = {int(g.row[a]) for a in arcs.tolist() if g.kind[a] == PAID}
        for n, link in enumerate(self.switches.links):
            if link.payment in paid and g.entries.partner[link.payment] < 0:
                found[self.first_link + n] = 1.0
        return found

    def optimum(self, columns: Mapping[int, float], *, most: bool) -> float:
        """Return the most, or the least, that these columns can be together."""
        from scipy.optimize import linprog  # see bounds_rates
        from scipy.sparse import coo_array

        cost = np.zeros(self.size)
        for column, weight in columns.items():
            cost[column] = -weight if most else weight
        rows, cols, values = (np.concatenate(part) for part in zip(*self.cells, strict=True))
        kept = np.zeros(self.graph.nodes, np.bool_)
        kept[rows] = True
        place = np.cumsum(kept) - 1
        extra: dict[str, object] = {}
        if self.limits:
            tuples = [(n, c, v) for n, (each, _) in enumerate(self.limits) for c, v in each.items()]
            r, c, v = (np.array(x) for x in zip(*tuples, strict=True))
            extra["A_ub"] = coo_array((v, (r, c)), shape=(len(self.limits), self.size)).tocsr()
            extra["b_ub"] = np.array([limit for _, limit in self.limits])
        solved = linprog(
            cost,
            A_eq=coo_array((values, (place[rows], cols)), shape=(int(kept.sum()), self.size)).tocsr(),
            b_eq=-self.given[kept],
            bounds=np.stack([np.zeros(self.size), self.most], axis=1),
            method="highs-ds",
            **extra,
        )
        if solved.status != 0:
            raise CheckFailed(
                f"The linear program ended without an optimum: {solved.message}",
                where="an interval with elections",
                meaning="No floor or ceiling with the election on was computed; nothing is written.",
                next_call="report it with the output of `tracer doctor`",
            )
        return float(-solved.fun if most else solved.fun)


def switched(graph: FlowGraph, targets: Sequence[str], switches: Switches) -> tuple[int, int]:
    """Return floor and ceiling of the proceeds in `targets` together with the switches on, minor units.

    Raises: NotCovered where the books are too large for the program.
    """
    program = _Program(graph, switches)
    if len(switches.links) == 1 and not switches.restored:
        _chord(program, switches.links[0])
    columns = program.into(targets)
    if not columns:
        return 0, 0
    return _down(program.optimum(columns, most=False)), _up(program.optimum(columns, most=True))


def _chord(program: _Program, link: Link) -> None:
    """Hold the one accepted link above its chord, where the proceeds in its credit are fixed; the bank comes after it."""
    if program._arriving(link.credit):
        return
    plain = _Program(program.graph, Switches())
    arcs, carried = plain._paying(link.payment)
    if not arcs:
        return
    columns = dict.fromkeys(arcs, 1.0)
    low, high = (plain.optimum(columns, most=most) for most in (False, True))
    came = program._proceeds_of(link.credit)
    at_low, at_high = (min(came, carried - x) for x in (low, high))
    slope = (at_high - at_low) / (high - low) if high > low else 0.0
    # m >= at_low + slope * (f - low)
    program.limits.append(({program.first_link: -1.0} | dict.fromkeys(arcs, slope), slope * low - at_low + 1e-6))
    g = program.graph
    repaid = np.flatnonzero((g.kind == REPAID) & (g.tail == g.node_of[link.credit]))
    if len(repaid) != 1 or g.entries.block[link.credit] >= 0:
        return
    # replacement money stands first in the credit and repays the bank before its proceeds do
    if min(at_low, at_high) >= g.capacity[repaid[0]]:
        program.most[repaid[0]] = 0.0
    elif max(at_low, at_high) <= g.capacity[repaid[0]]:
        program.limits.append(({int(repaid[0]): 1.0, program.first_link: 1.0}, float(g.capacity[repaid[0]])))


def together(graph: FlowGraph, capped: Mapping[str, int]) -> int:
    """Return the most proceeds that these targets hold together, where no more than its cap counts in any of them."""
    program = _Program(graph, Switches(capped=capped))
    return _down(program.optimum(program.into(tuple(capped)), most=True))


def least(graph: FlowGraph, rows: Sequence[int]) -> dict[int, int]:
    """Return the least proceeds that each of these debits can have taken, transfers included: the floor of a withdrawal.

    Its arc is a target of its own; nothing after it can matter to what it took. One maximum flow each.
    """
    found = {}
    for row in rows:
        mine = (graph.row == row) & (graph.tail == graph.node_of[row]) & np.isin(graph.kind, (PAID, TRANSFER))
        head, target = graph.head.copy(), graph.target.copy()
        head[mine], target[mine] = -1, len(graph.targets)
        name = f"withdrawal:{row}"
        apart = replace(
            graph,
            targets=(*graph.targets, name),
            head=head,
            target=target,
            into=by_end(head.astype(np.int64), graph.nodes),
            out=by_end(np.where(head < 0, -1, graph.tail).astype(np.int64), graph.nodes),
        )
        found[row] = bounds(apart, [name], words=False).floor if mine.any() else 0
    return found


def _down(value: float) -> int:
    near = round(value)
    return max(0, near if abs(value - near) < 1e-3 else int(np.floor(value)))


def _up(value: float) -> int:
    near = round(value)
    return max(0, near if abs(value - near) < 1e-3 else int(np.ceil(value)))

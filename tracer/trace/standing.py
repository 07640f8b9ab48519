"""The figures of some books as they stand: what every rule and the bounds say of each target, and of all property together.

Speed:   figures known of other books are taken over where nothing that changed can move them: what money at the changed
         entries cannot reach, and what a known flow still proves (`Change.leaves`).
Asserts: every rule stays between floor and ceiling (tracing.md 5.3); a figure outside stops the run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NoReturn

import numpy as np

from tracer.model import CheckFailed
from tracer.trace.assumptions import PARAMETERS, Question
from tracer.trace.bounds import Kept, kept, one_side
from tracer.trace.bounds_graph import DOUBTFUL, TRANSFER, FlowGraph, downstream, reached
from tracer.trace.case_books import Books, Networks, read_books
from tracer.trace.entries import Bools, Cents, Entries
from tracer.trace.replay import replay

Flows = tuple[Kept, Kept]

__all__ = ["OF_REPLAY", "Figures", "Standing", "bought", "conversions", "measure", "proceeds_of", "stand", "stop"]

#: Parameters that reach a rule, in the order in which `replay` takes them.
OF_REPLAY = ("bundle", "proceeds_subrule", "mixed_repay")


@dataclass(frozen=True, slots=True)
class Figures:
    """What every rule and the bounds say of one target, or of a set together; minor units of `currency`."""

    currency: str
    recorded: int
    by_rule: dict[str, int]
    floor: int
    ceiling: int

    def all(self) -> dict[str, int]:
        """Return every figure by name: recorded, the rules, floor, ceiling."""
        return {"recorded": self.recorded, **self.by_rule, "floor": self.floor, "ceiling": self.ceiling}


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """Books with their figures. `joint`: "joint:" + currency -> all property of that currency together; `together`: of what.

    `trail`: rows that proceeds may pass under some rule, and no other. `known`: maximum flows found so far, by targets.
    `printed`: exhibit of each row as a code (-1: none), and the hashes, once they were asked for.
    """

    books: Books
    networks: Networks
    figures: dict[str, Figures]
    joint: dict[str, Figures]
    trail: Bools
    together: dict[str, tuple[str, ...]]
    rules: tuple[str, ...]
    known: dict[tuple[str, ...], tuple[Flows | None, ...]] = field(default_factory=dict)
    printed: list[tuple[Cents, tuple[str, ...]]] = field(default_factory=list)

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that count as proceeds."""
        return proceeds_of(self.books.carried)

    def flows(self, targets: tuple[str, ...]) -> tuple[Flows | None, ...]:
        """Return the maximum flows behind floor and ceiling, carried and opened; kept once they are found."""
        if targets not in self.known:
            found: list[Flows | None] = []
            for network in self.networks.both():
                there = tuple(t for t in targets if t in network.targets)
                found.append(kept(network, there, proceeds_of(network.entries)) if there else None)
            self.known[targets] = tuple(found)
        return self.known[targets]


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """What differs between two networks of the same entries, by what it can do to a known maximum flow.

    lost, gained   (proceeds, other money): rows whose source became less; nodes at which a source became more
    sources        (proceeds, other money): sources of the first network at the rows in `lost`
    links          arcs of transfers that are gone, with the nodes that they joined (second network: paid out, and a source)
    is_plain       every link carried the whole amount in one arc
    """

    gained: tuple[Cents, Cents]
    sources: tuple[Cents, Cents]
    links: Cents
    ends: tuple[Cents, Cents]
    is_plain: bool

    @classmethod
    def between(cls, before: FlowGraph, after: Entries, rows: Cents) -> Change:
        """Compare the network with the entries that differ from its own at these rows, in labels or links."""
        e = before.entries
        cut = rows[(e.partner[rows] >= 0) & (after.partner[rows] < 0) & ~e.credit[rows]]
        plain = rows[(e.partner[rows] < 0) & (after.partner[rows] < 0) & e.credit[rows]]
        own = np.stack([_of_class(e, plain, flag) for flag in (True, False)])
        new = np.stack([_of_class(after, plain, flag) for flag in (True, False)])
        is_proceeds = np.append(e.proceeds, [False, False])[before.source_label]  # DRAWN, DOUBTFUL: the last two
        sources = tuple(
            np.flatnonzero(np.isin(before.source_row, plain[new[k] < own[k]]) & (is_proceeds == (k == 0)))
            for k in (0, 1)
        )
        gained = tuple(before.node_of[plain[new[k] > own[k]]] for k in (0, 1))
        arcs = np.flatnonzero((before.kind == TRANSFER) & np.isin(before.row, cut))
        ends = before.node_of[cut], before.node_of[e.partner[cut]]
        whole = len(arcs) == len(cut) and bool((before.head[arcs] < len(before.node_of)).all())
        return cls((gained[0], gained[1]), (sources[0], sources[1]), arcs, ends, whole)

    def leaves(self, flows: Flows) -> tuple[bool, bool]:
        """Say whether ceiling and floor stand: the flow is still there, and its cut is no wider (see `bounds.Kept`).

        A link that is gone takes its arc from the proceeds. To the other money it gives as much at its end as it takes, so
        the cut is wider only where both ends lie beyond it.
        """
        if not self.is_plain:
            return False, False
        own, other = flows
        same = [
            not (flow.sources[self.sources[k]].any() or flow.open[self.gained[k]].any())
            for flow, k in ((own, 0), (other, 1))
        ]
        return (
            same[0] and not bool(own.arcs[self.links].any()),
            same[1] and not bool((other.open[self.ends[0]] & other.open[self.ends[1]]).any()),
        )


def _of_class(e: Entries, rows: Cents, is_proceeds: bool) -> Cents:
    amounts: Cents = e.origin[np.ix_(rows, np.flatnonzero(e.proceeds == is_proceeds))].sum(axis=1)
    return amounts


def proceeds_of(e: Entries) -> tuple[str, ...]:
    """Return the labels that count as proceeds."""
    return tuple(name for name, flag in zip(e.labels, e.proceeds.tolist(), strict=True) if flag)


def measure(
    books: Books,
    rules: Sequence[str],
    assets: Iterable[str],
    *,
    base: Standing | None = None,
    changed: tuple[Cents, Cents] | None = None,
) -> Standing:
    """Run every rule over the books and bound every target, and all assets and balances together, per currency.

    base, changed: figures known, and the rows at which these books differ from its books in labels or links alone; what
    money at none of them can reach keeps its floor and ceiling.

    Raises: CheckFailed where a rule leaves its floor and ceiling.
    """
    e = books.carried
    chosen = {name: books.parameters.get(name, PARAMETERS[name][0]) for name in OF_REPLAY}
    totals = {
        rule: replay(
            e,
            rule,
            bundle=chosen["bundle"],
            proceeds_subrule=chosen["proceeds_subrule"],
            mixed_repay=chosen["mixed_repay"],
            record=False,
            validate=rule == rules[0] and (changed is None or bool(len(changed[0]))),
        ).targets
        for rule in rules
    }
    labels = proceeds_of(e)
    names = list(totals[rules[0]])
    same = base is not None and changed is not None and not len(changed[0]) and not len(changed[1])
    networks = base.networks if same and base is not None else Networks(books)
    if base is not None and changed is not None and not same:
        networks.relabel(base.networks)
    doubt = books.in_doubt()
    if changed is not None and not same:
        # what may have come back depends on what may have left: it moves with every change
        changed = np.append(changed[0], doubt), changed[1]
    touched = set() if same else _touched(base, changed)
    differences: list[Change] = []
    if base is not None and changed is not None and not same and not len(doubt):
        after = (e,) if books.opened is None else (e, books.opened)
        pairs = zip(base.networks.both(), after, changed, strict=False)
        differences = [Change.between(network, entries, rows) for network, entries, rows in pairs]

    def stands(targets: tuple[str, ...]) -> tuple[bool, bool]:
        """Say whether ceiling and floor are those of the base, by the flows that proved them."""
        if base is None or not differences:
            return False, False
        flows = base.flows(targets)
        if len(flows) != len(differences):
            return False, False
        each = [d.leaves(f) if f is not None else (False, False) for d, f in zip(differences, flows, strict=True)]
        return each[0][0], all(floor for _, floor in each)

    def known_or(targets: tuple[str, ...], was: Figures | None, by_rule: dict[str, int]) -> Figures:
        """Return the figures, floor and ceiling those of the base where nothing that changed can move them."""
        if was is None or touched is None:
            found = networks.bound(targets, labels, words=False).stated
            return Figures(found.currency, found.recorded, by_rule, found.floor, found.ceiling)
        if not touched & set(targets):
            return replace(was, by_rule=by_rule)
        ceiling, floor = stands(targets)
        if floor:
            top = was.ceiling if ceiling else one_side(networks.carried(), targets, labels, "ceiling")
            return replace(was, by_rule=by_rule, ceiling=top)
        if ceiling and not was.ceiling:
            return replace(was, by_rule=by_rule)
        found = networks.bound(targets, labels, words=False).stated
        return Figures(found.currency, found.recorded, by_rule, found.floor, found.ceiling)

    figures: dict[str, Figures] = {}
    for name in names:
        by_rule = {rule: sum(totals[rule][name].get(label, 0) for label in labels) for rule in rules}
        figures[name] = known_or((name,), base.figures.get(name) if base is not None else None, by_rule)
    _inside(figures, conversions(e))
    together: dict[str, list[str]] = {}
    wanted = set(assets)
    for name, each in figures.items():
        if name in wanted or name.startswith("bal:"):
            together.setdefault(each.currency, []).append(name)
    joint: dict[str, Figures] = {}
    for currency, members in together.items():
        title, by_rule = f"joint:{currency}", {r: sum(figures[m].by_rule[r] for m in members) for r in rules}
        was = base.joint.get(title) if base is not None and base.together.get(title) == tuple(members) else None
        joint[title] = known_or(tuple(members), was, by_rule)
    _inside(joint, conversions(e) * max(1, len(figures)))
    return Standing(
        books=books,
        networks=networks,
        figures=figures,
        joint=joint,
        trail=base.trail if same and base is not None else _trail(networks.carried(), labels),
        together={f"joint:{currency}": tuple(members) for currency, members in together.items()},
        rules=tuple(rules),
    )


def _touched(base: Standing | None, changed: tuple[Cents, Cents] | None) -> set[str] | None:
    """Return the targets that money at the changed rows can reach; None: every target.

    A link that is gone takes ways away and adds none but the one to a target of its own, so those of the base are enough.
    """
    if base is None or changed is None:
        return None
    found: set[str] = set()
    for network, rows in zip(base.networks.both(), changed, strict=False):
        if len(rows):
            into = (network.target >= 0) & downstream(network, rows)[network.tail]
            found |= {network.targets[code] for code in np.unique(network.target[into]).tolist()}
    return found


def _trail(graph: FlowGraph, labels: Sequence[str]) -> Bools:
    """Return the rows that lie on some way of proceeds to a target."""
    e = graph.entries
    codes = [e.labels.index(name) for name in labels]
    every = np.ones(len(graph.targets), np.bool_)
    live: Bools = reached(graph, every, np.isin(graph.source_label, [*codes, DOUBTFUL]))[graph.node_of]
    return live


def conversions(e: Entries) -> int:
    """Return how many transfers change currency: each may move a rule's figure by one unit (tracing.md 1.2 step 8)."""
    if not e.several_currencies:
        return 0
    codes = np.array([e.currencies.index(c) for c in e.currencies], np.int64)
    rows = np.flatnonzero(e.credit & (e.partner >= 0))
    return int((codes[e.account[rows]] != codes[e.account[e.partner[rows]]]).sum())


def _inside(figures: Mapping[str, Figures], slack: int) -> None:
    for target, each in figures.items():
        for rule, amount in each.by_rule.items():
            if not each.floor - slack <= amount <= each.ceiling + slack:
                stop(f"{rule} gives {amount} for {target}, outside {each.floor} to {each.ceiling}")


def stop(what: str) -> NoReturn:
    """Stop the run: a figure left its floor and ceiling."""
    raise CheckFailed(
        f"{what}.",
        where="what-if",
        meaning="A figure that no conserving rule can give would be printed: the run stops. This is a bug of tracer.",
        next_call="report the assumption and this line; the other verbs work",
    )


def stand(question: Question, books: Books | None = None) -> Standing:
    """Return the trace as it stands. `books`: those of the question, where they are made already."""
    return measure(books or read_books(question), question.rules, bought(question))


def bought(question: Question) -> frozenset[str]:
    """Return the targets that are assets."""
    return frozenset(question.paid.values())

"""Defence replay: one assumption of a trace is changed, everything is computed again, and what differs is returned.

The figures are those of the trace itself: every rule over all accounts, the ceiling with balances carried through missing
periods, the floor with all of them open (tracing.md 5.6). A change that leaves the records and the links as they are (an
order, a parameter, lawful in place of unknown) cannot leave the floor and ceiling of the trace: that is checked on each
run, as is that every rule stays between the floor and ceiling of its own run.

Speed:   the entries, the network and the figures of the trace as it stands are made once (`stand`); a change of labels or
         links is made on the entries, and floor and ceiling are solved again only for targets that money at the changed
         entries can reach. A change of the records (an exhibit, a judgement of a person) reads them again.
Source:  tracing.md sections 5 and 6.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NoReturn

import numpy as np

from tracer.model import Bounds, CheckFailed, Cite, Difference, GapEffect, Judgement, Transfer, WhatIf
from tracer.model.judging import WITHDRAWS
from tracer.trace.assumptions import (
    PARAMETERS,
    Assumption,
    Doubts,
    Holes,
    LeaveOut,
    LeaveOutExhibit,
    Nothing,
    Opening,
    Order,
    Parameter,
    Question,
    Unclaim,
    Unlink,
    ValueDates,
    Withdraw,
    not_yet,
    refused,
)
from tracer.trace.bounds import Kept, bounds, build, kept, one_side
from tracer.trace.bounds_graph import DOUBTFUL, TRANSFER, FlowGraph, downstream, reached, relabelled
from tracer.trace.case_entries import CaseEntries
from tracer.trace.changes import (
    OPENING,
    by_value_date,
    day_reordered,
    fees_clean_first,
    interest_rows,
    interest_under,
    listed,
    opening_as,
    possible_at,
    returned,
    rows_by_posting,
    unclaimed,
    unlinked,
)
from tracer.trace.effects import day_of, lowered
from tracer.trace.elections import net_roundtrips
from tracer.trace.entries import Bools, Cents, Entries, target_names
from tracer.trace.events import enter
from tracer.trace.order_reach import blocks_of
from tracer.trace.origins import doubted, net_floor, not_paid
from tracer.trace.replay import replay

Flows = tuple[Kept, Kept]

__all__ = ["Books", "Figures", "Standing", "compare", "measure", "possible_effects", "stand", "verdict", "what_if"]

#: Parameters that reach a rule, in the order in which `replay` takes them.
_OF_REPLAY = ("bundle", "proceeds_subrule", "mixed_repay")


@dataclass(frozen=True, slots=True, eq=False)
class Books:
    """Entries with balances carried through holes, the same with every hole open (None: no hole), and the parameters."""

    carried: Entries
    opened: Entries | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    doubts: Doubts = field(default_factory=Doubts)
    row_of: dict[str, int] = field(default_factory=dict)

    def network(self) -> tuple[FlowGraph, dict[str, int]]:
        """Return the network of the ceilings, with the credits in doubt as sources of their own, and what may not be paid.

        The latter: target -> minor units that may have bought a currency, and were then paid to nobody.
        """
        exchanged, paid_back = (self._by_row(pairs) for pairs in (self.doubts.exchanged, self.doubts.paid_back))
        graph = build(self.carried)
        if not (exchanged or paid_back):
            return graph, {}
        made = doubted(graph, exchanged, paid_back)
        return made.graph, not_paid(made, exchanged)

    def _by_row(self, pairs: Mapping[str, Sequence[str]]) -> dict[int, list[int]]:
        rows = (self.row_of or rows_by_posting(self.carried)) if pairs else {}
        e = self.carried
        return {
            rows[credit]: left
            for credit, debits in pairs.items()
            if credit in rows and (left := [rows[d] for d in debits if d in rows and e.partner[rows[d]] < 0])
        }

    def in_doubt(self) -> Cents:
        """Return the rows of the credits in doubt, and of the debits that may be their other side."""
        pairs = (self._by_row(self.doubts.exchanged), self._by_row(self.doubts.paid_back))
        return np.array(
            sorted({row for p in pairs for credit, debits in p.items() for row in (credit, *debits)}), np.int64
        )

    def both(self, change: Callable[[Entries], tuple[Entries, Cents]]) -> tuple[Books, tuple[Cents, Cents]]:
        """Return the books with both entries changed alike, and the rows that changed in each."""
        carried, rows = change(self.carried)
        opened, others = (None, np.zeros(0, np.int64)) if self.opened is None else change(self.opened)
        return replace(self, carried=carried, opened=opened), (rows, others)


@dataclass(slots=True, eq=False)
class Networks:
    """The networks of some books, each made when a floor or a ceiling first asks for it."""

    books: Books
    made: tuple[FlowGraph, dict[str, int]] | None = None
    holed: FlowGraph | None = None

    def carried(self) -> FlowGraph:
        """Return the network of the ceilings."""
        return self._made()[0]

    def unpaid(self) -> dict[str, int]:
        """Return target -> what may not have been paid to it at all."""
        return self._made()[1]

    def _made(self) -> tuple[FlowGraph, dict[str, int]]:
        if self.made is None:
            self.made = self.books.network()
        return self.made

    def opened(self) -> FlowGraph | None:
        """Return the network of the floors where there are holes; None where there is none."""
        if self.holed is None and self.books.opened is not None:
            self.holed = build(self.books.opened)
        return self.holed

    def relabel(self, base: Networks) -> None:
        """Take the arcs of the base where only the labels of credits differ: then no network has to be made."""
        pairs = ((base.books.carried, self.books.carried), (base.books.opened, self.books.opened))
        if self.books.doubts.exchanged or self.books.doubts.paid_back:
            return
        if not all(one is None or (other is not None and _one_shape(one, other)) for one, other in pairs):
            return
        self.made = relabelled(base.carried(), self.books.carried), {}
        if self.books.opened is not None and (opened := base.opened()) is not None:
            self.holed = relabelled(opened, self.books.opened)

    def both(self) -> tuple[FlowGraph, ...]:
        """Return the network of the ceilings, and that of the floors where it is another."""
        opened = self.opened()
        return (self.carried(),) if opened is None else (self.carried(), opened)


def _one_shape(one: Entries, other: Entries) -> bool:
    """Say whether two entries differ in the labels of credits alone."""
    return (
        one.partner is other.partner
        and one.amount is other.amount
        and one.sink is other.sink
        and one.follows is other.follows
    )


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
    """

    books: Books
    networks: Networks
    figures: dict[str, Figures]
    joint: dict[str, Figures]
    trail: Bools
    together: dict[str, tuple[str, ...]]
    rules: tuple[str, ...]
    known: dict[tuple[str, ...], tuple[Flows | None, ...]] = field(default_factory=dict)

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that count as proceeds."""
        return _proceeds(self.books.carried)

    def flows(self, targets: tuple[str, ...]) -> tuple[Flows | None, ...]:
        """Return the maximum flows behind floor and ceiling, carried and opened; kept once they are found."""
        if targets not in self.known:
            found: list[Flows | None] = []
            for network in self.networks.both():
                there = tuple(t for t in targets if t in network.targets)
                found.append(kept(network, there, _proceeds(network.entries)) if there else None)
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


def _proceeds(e: Entries) -> tuple[str, ...]:
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
    chosen = {name: books.parameters.get(name, PARAMETERS[name][0]) for name in _OF_REPLAY}
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
    labels = _proceeds(e)
    names = list(totals[rules[0]])
    same = base is not None and changed is not None and not len(changed[0]) and not len(changed[1])
    networks = base.networks if same and base is not None else Networks(books)
    if base is not None and changed is not None and not same:
        networks.relabel(base.networks)
    known = None if books.opened is None else set(target_names(books.opened))
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
            found = bound(targets)
            return Figures(found.currency, found.recorded, by_rule, found.floor, found.ceiling)
        if not touched & set(targets):
            return replace(was, by_rule=by_rule)
        ceiling, floor = stands(targets)
        if floor:
            top = was.ceiling if ceiling else one_side(networks.carried(), targets, labels, "ceiling")
            return replace(was, by_rule=by_rule, ceiling=top)
        if ceiling and not was.ceiling:
            return replace(was, by_rule=by_rule)
        found = bound(targets)
        return Figures(found.currency, found.recorded, by_rule, found.floor, found.ceiling)

    def bound(targets: tuple[str, ...]) -> Bounds:
        upper = bounds(networks.carried(), targets, labels, words=False)
        opened = networks.opened() if upper.floor else None
        if opened is not None and known is not None:
            there = [t for t in targets if t in known]
            lower = bounds(opened, there, labels, words=False) if there else None
            upper = replace(upper, floor=lowered(upper, lower))
        return net_floor(upper, books.doubts.refunds, networks.unpaid())

    figures: dict[str, Figures] = {}
    for name in names:
        by_rule = {rule: sum(totals[rule][name].get(label, 0) for label in labels) for rule in rules}
        figures[name] = known_or((name,), base.figures.get(name) if base is not None else None, by_rule)
    _inside(figures, _conversions(e))
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
    _inside(joint, _conversions(e) * max(1, len(figures)))
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


def _conversions(e: Entries) -> int:
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
                _contradicts(f"{rule} gives {amount} for {target}, outside {each.floor} to {each.ceiling}")


def _contradicts(what: str) -> NoReturn:
    raise CheckFailed(
        f"{what}.",
        where="what-if",
        meaning="A figure that no conserving rule can give would be printed: the run stops. This is a bug of tracer.",
        next_call="report the assumption and this line; the other verbs work",
    )


def stand(question: Question, read: tuple[CaseEntries, CaseEntries] | None = None) -> Standing:
    """Return the trace as it stands. `read`: its entries with balances carried and with holes open, where they are known."""
    carried, opened = read or (question.entries(), question.entries(opened=True))
    return measure(_books(question, carried, opened), question.rules, _assets(question))


def _books(question: Question, carried: CaseEntries, opened: CaseEntries) -> Books:
    is_holed = any(carried.holes.values())
    doubts = question.doubts(carried) if question.doubts is not None else Doubts()
    return Books(
        carried.entries, opened.entries if is_holed else None, {"bundle": question.bundle}, doubts, carried.row_of
    )


def _assets(question: Question) -> frozenset[str]:
    return frozenset(question.paid.values())


@dataclass(frozen=True, slots=True, eq=False)
class Changed:
    """Books with one assumption changed.

    rows     where they differ in labels or links alone, in both entries; None: the records or their order differ
    promised whether every figure still lies between the floor and ceiling of the trace as it stands
    """

    books: Books
    rows: tuple[Cents, Cents] | None
    cites: tuple[Cite, ...] = ()
    promised: bool = False
    note: tuple[str, str] = ("", "")
    question: Question | None = None


_UNMOVED = (np.zeros(0, np.int64), np.zeros(0, np.int64))


def changed(assumption: Assumption, question: Question, base: Standing) -> Changed:
    """Return the books under the assumption. Raises: RuleError where it names nothing, or nothing that could be so."""
    books = base.books
    if isinstance(assumption, Nothing):
        return Changed(books, _UNMOVED, promised=True)
    if isinstance(assumption, LeaveOut):
        events = set(question.events(assumption.name))
        gone = [c for c in question.claims if c.event in events]
        return _without(books, question, [c.label for c in gone], [c.posting for c in gone], whole=True)
    if isinstance(assumption, Unclaim):
        posting = question.posting(assumption.posting)
        gone = [c for c in question.claims if c.posting == posting]
        return _without(books, question, [c.label for c in gone], [posting], whole=False)
    if isinstance(assumption, Opening):
        return _opening(assumption, books, question)
    if isinstance(assumption, Order):
        return _order(assumption, books, question)
    if isinstance(assumption, Holes):
        return _holes(assumption, books, question)
    if isinstance(assumption, Parameter):
        return _parameter(assumption, books, question)
    if isinstance(assumption, Unlink):
        return _unlink(assumption, books, question)
    if isinstance(assumption, Withdraw):
        return _withdraw(question.judgement(assumption.judgement), books, question)
    if isinstance(assumption, LeaveOutExhibit):
        return _without_exhibit(question.exhibit(assumption.exhibit), question)
    if isinstance(assumption, ValueDates):
        return _value_dates(books, question)
    raise TypeError(assumption)


def _cites(question: Question, postings: Iterable[str]) -> tuple[Cite, ...]:
    return tuple(question.postings[key].cite for key in dict.fromkeys(postings) if key in question.postings)


def _without(books: Books, question: Question, labels: list[str], postings: list[str], *, whole: bool) -> Changed:
    def change(e: Entries) -> tuple[Entries, Cents]:
        rows = {} if whole else rows_by_posting(e)
        return unclaimed(e, labels, None if whole else [rows[key] for key in postings if key in rows])

    made, rows = books.both(change)
    return Changed(made, rows, _cites(question, postings))


def _opening(assumption: Opening, books: Books, question: Question) -> Changed:
    account = question.account(assumption.account, books.carried.accounts) if assumption.account else ""
    lots = books.carried.opening
    if account:
        lots = lots & (books.carried.account == books.carried.accounts.index(account))
    if not lots.any():
        raise refused(
            f"Account {account} opens with no money of its own."
            if account
            else "No account opens with money of its own.",
            "Nothing was computed: there is no opening balance whose origin could be doubted.",
            "tracer problems   (an account whose opening balance is not printed stands among the gaps)",
        )
    label = {"lawful": "C", "unknown": "U", "proceeds": OPENING}[assumption.origin]
    made, rows = books.both(lambda e: opening_as(e, label, account))
    cites = _opening_cites(question, account)
    possible = (
        ("possible only: an opening balance is never proven proceeds by this", "仅为可能：期初余额并未因此被证明为所得")
        if assumption.origin == "proceeds"
        else ("", "")
    )
    return Changed(made, rows, cites, promised=assumption.origin != "proceeds", note=possible)


def _opening_cites(question: Question, account: str) -> tuple[Cite, ...]:
    first: dict[str, tuple[object, Cite]] = {}
    for statement in question.statements.values():
        key = statement.account_key or statement.account
        at = statement.opening_date or statement.period_from
        if at is not None and statement.opening and account.split(" ", maxsplit=1)[0] in ("", key):
            known = first.get(key)
            first[key] = min(known, (at, statement.cite), key=lambda x: str(x[0])) if known else (at, statement.cite)
    return tuple(cite for _, (_, cite) in sorted(first.items()))


def _order(assumption: Order, books: Books, question: Question) -> Changed:
    e = books.carried
    account = question.account(assumption.account, e.accounts)
    blocks = {day_of(e, rows): rows for rows in blocks_of(e).values()}
    rows = blocks.get(f"order/{account}/{assumption.day}")
    if rows is None:
        open_days = sorted(name.removeprefix("order/").replace("/", " ") for name in blocks)
        raise refused(
            f"Account {account} has no day {assumption.day} whose order no record gives.",
            "Nothing was computed: an order that a bank's own record gives is not an assumption.",
            f"one of {'; '.join(open_days[:8])}" if open_days else "every entry of the case has its place",
        )
    chosen = _chosen_order(assumption, e, rows)
    moved = day_reordered(e, rows, chosen)
    if moved is None:
        raise refused(
            f"The bank could not have allowed this order on account {account}, {assumption.day}.",
            "An account would fall below what its bank allowed, or a transfer arrive before it left: no figure is given.",
            "another order, or `tracer what-if order ACCOUNT DAY credits_first`",
        )
    # floor and ceiling take the day as one node, whatever its order: they stand
    source = e.source or ()
    return Changed(replace(books, carried=moved), _UNMOVED, _cites(question, [source[r] for r in rows]), promised=True)


def _chosen_order(assumption: Order, e: Entries, rows: Sequence[int]) -> list[int]:
    named = {
        "credits_first": sorted(rows, key=lambda row: not e.credit[row]),
        "debits_first": sorted(rows, key=lambda row: bool(e.credit[row])),
        "reversed": list(rows)[::-1],
    }
    if assumption.order in named:
        return named[assumption.order]
    source = e.source or ()
    wanted = [part.strip() for part in assumption.order.split(",")]
    found = [[row for row in rows if len(part) >= 4 and source[row].startswith(part)] for part in wanted]
    if all(len(hits) == 1 for hits in found) and sorted(row for (row,) in found) == sorted(rows):
        return [row for (row,) in found]
    raise refused(
        f"{assumption.order!r} does not name each of the {len(rows)} entries of {assumption.day} once.",
        "Nothing was computed: an order assumed is one of exactly the entries whose order no record shows.",
        f"credits_first, debits_first, reversed, or {','.join(source[row][:8] for row in rows)} in another order",
    )


def _holes(assumption: Holes, books: Books, question: Question) -> Changed:
    read = question.entries()
    if books.opened is None or not read.gaps:
        raise refused(
            "The case has no missing period and no statement that does not sum.",
            "Nothing was computed: there is no hole whose content could be doubted.",
            "tracer problems   (lists what is missing)",
        )
    known = dict.fromkeys(gap for gap, _, _ in read.doubts)
    hits = [gap for gap in known if not assumption.gap or assumption.gap in gap]
    if not hits:
        raise refused(
            f"{assumption.gap!r} names no hole in the statements.",
            "Nothing was computed.",
            f"one of {'; '.join(list(known)[:8])}",
        )
    cites = tuple(cite for gap in read.gaps if gap.id in hits for cite in gap.cites)
    if assumption.state == "open":
        return Changed(replace(books, carried=question.entries(opened=tuple(hits)).entries), None, cites)
    rest = tuple(gap for gap in known if gap not in hits)
    note = (
        "the floor rests on records that nobody has seen: never to be stated as proven",
        "该下限以无人见过的记录为前提：不得作为已证明的数字",
    )
    return Changed(
        replace(books, opened=question.entries(opened=rest).entries if rest else None), None, cites, note=note
    )


def _parameter(assumption: Parameter, books: Books, question: Question) -> Changed:
    name, value = assumption.name, assumption.value
    if name in _OF_REPLAY:
        parameters = {**books.parameters, name: value}
        return Changed(replace(books, parameters=parameters), _UNMOVED, promised=True)
    if name == "fee":
        e = replace(books.carried, clean_first=None) if value == "rule" else fees_clean_first(books.carried)
        paid = [] if e.clean_first is None else np.flatnonzero(e.clean_first).tolist()
        fees = [e.source[row] for row in paid] if e.source else []
        return Changed(replace(books, carried=e), _UNMOVED, _cites(question, fees), promised=True)
    if name == "interest":
        return _interest(value, books, question)
    if name == "round_trips":
        return _round_trips(value, books)
    return _reversal(value, question)


def _interest(value: str, books: Books, question: Question) -> Changed:
    rows = interest_rows(books.carried, question.postings)
    if not len(rows):
        raise refused(
            "No credit of the case is interest by the bank's own code or words.",
            "Nothing was computed: there is no interest whose origin could be doubted.",
            "tracer what-if nothing   (shows the figures as they stand)",
        )
    live = [
        label for label in _proceeds(books.carried) if books.carried.origin[:, books.carried.labels.index(label)].any()
    ]
    if value == "proceeds" and len(live) != 1:
        raise not_yet(
            f"interest as proceeds with {len(live)} proceeds labels", "leave all but one event out, one run each"
        )

    def change(e: Entries) -> tuple[Entries, Cents]:
        found = interest_rows(e, question.postings)
        return interest_under(e, found, value), found

    made, both = books.both(change)
    source = books.carried.source or ()
    follows = value == "prorata_posting"  # a source of doubtful label: no known flow says what it can do
    note = ("not defensible in a mixed account", "在混合账户中难以成立") if value == "proceeds" else ("", "")
    return Changed(made, None if follows else both, _cites(question, [source[row] for row in rows.tolist()]), note=note)


def _round_trips(value: str, books: Books) -> Changed:
    e = books.carried
    sent = np.flatnonzero(~e.credit & (e.partner >= 0) & (e.sink < 0))
    ways = set(zip(e.account[sent].tolist(), e.account[e.partner[sent]].tolist(), strict=True))
    both = sorted((a, b) for a, b in ways if a < b and (b, a) in ways)
    if not both:
        raise refused(
            "No account paid back an account that had paid it: there is no round trip.",
            "Nothing was computed: netting would change nothing.",
            "tracer what-if nothing   (shows the figures as they stand)",
        )
    if value == "kept":
        return Changed(books, _UNMOVED, promised=True)
    opened = None if books.opened is None else enter(net_roundtrips(listed(books.opened)))
    names = "; ".join(f"account {e.accounts[a]} and account {e.accounts[b]}" for a, b in both[:3])
    note = f"money went both ways between {names}", f"{names} 之间资金往返"
    netted = replace(books, carried=enter(net_roundtrips(listed(e))), opened=opened, row_of={})
    return Changed(netted, None, note=note)


def _reversal(value: str, question: Question) -> Changed:
    back = [t for t in question.transfers if t.reversed_by]
    if not back:
        raise refused(
            "No payment of the case was reversed.",
            "Nothing was computed: there is no reversal to be read in another way.",
            "tracer what-if nothing   (shows the figures as they stand)",
        )
    cites = _cites(question, [key for t in back for key in (*t.postings, t.reversed_by)])
    if value == "void":
        return Changed(_books(question, question.entries(), question.entries(opened=True)), None, cites)
    kept = replace(question, transfers=tuple(replace(t, reversed_by="") for t in question.transfers))
    if any(t.debit and t.credit for t in back):
        raise not_yet("new_credit_tail for a reversed transfer between two held accounts", "leave reversal at void")

    def brought_back(read: CaseEntries) -> Entries:
        pairs = []
        for t in back:
            debit, credit = read.row_of.get(t.debit or ""), read.row_of.get(t.reversed_by)
            if debit is None or credit is None or read.entries.credit[debit] or not read.entries.credit[credit]:
                continue  # a deposit that bounced: both lines stand in the books as printed
            pairs.append((debit, credit))
        return returned(read.entries, pairs)

    carried, opened = kept.entries(), kept.entries(opened=True)
    made = _books(kept, carried, opened)
    there = None if made.opened is None else brought_back(opened)
    return Changed(replace(made, carried=brought_back(carried), opened=there), None, cites)


def _unlink(assumption: Unlink, books: Books, question: Question) -> Changed:
    transfer = question.transfer(assumption.transfer)
    rows = books.row_of or rows_by_posting(books.carried)
    debit = rows.get(transfer.debit)
    if debit is None or int(books.carried.partner[debit]) < 0:
        raise refused(
            f"Transfer {transfer.id[:8]} is no link between two accounts of the trace.",
            "Nothing was computed: one side is not held, or both are void or out of step in time.",
            "tracer trace --explain   (lists the transfers between held accounts)",
        )

    def change(e: Entries) -> tuple[Entries, Cents]:
        at = debit if e is books.carried else rows_by_posting(e).get(transfer.debit)
        if at is None or int(e.partner[at]) < 0:
            return e, np.zeros(0, np.int64)
        return unlinked(e, [at])

    made, both = books.both(change)
    return Changed(made, both, _cites(question, transfer.postings))


def _pairs(transfers: Sequence[Transfer]) -> dict[str, str]:
    return {t.debit: t.credit for t in transfers if t.debit and t.credit}


def _loose(transfers: Sequence[Transfer]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the legs that count, and those that a reversal voids."""
    counted = frozenset(leg for t in transfers for leg in (t.debit, t.credit, *t.between) if leg)
    void = frozenset(leg for t in transfers if t.reversed_by for leg in (t.debit, t.credit, t.reversed_by) if leg)
    return counted, void


def _withdraw(judgement: Judgement, books: Books, question: Question) -> Changed:
    if any(f.startswith(WITHDRAWS) for f in judgement.features):
        raise not_yet("taking back a withdrawal", "name the judgement that it took back")
    if question.again is None:
        raise not_yet("a judgement withdrawn without the records it joined", "case.what_if(...) on the case itself")
    asked = question.again(judgement)
    cites = _cites(question, (judgement.left, judgement.right))
    kept_ids = {id(t) for t in asked.transfers} & {id(t) for t in question.transfers}
    old, new = ([t for t in q.transfers if id(t) not in kept_ids] for q in (question, asked))
    before, after = _pairs(old), _pairs(new)
    same = (asked.claims, dict(asked.paid), _loose(new)) == (question.claims, dict(question.paid), _loose(old))
    if same and after.items() <= before.items():
        gone = [debit for debit in before if debit not in after]

        def change(e: Entries) -> tuple[Entries, Cents]:
            rows = (books.row_of or rows_by_posting(e)) if e is books.carried else rows_by_posting(e)
            held = [rows[key] for key in gone if key in rows and int(e.partner[rows[key]]) >= 0]
            return unlinked(e, held) if held else (e, np.zeros(0, np.int64))

        made, both = books.both(change)
        return Changed(made, both, cites, promised=not gone)
    return Changed(_books(asked, asked.entries(), asked.entries(opened=True)), None, cites, question=asked)


def _without_exhibit(exhibit: str, question: Question) -> Changed:
    if question.without is None:
        raise not_yet("an exhibit left out without the records of the case", "case.what_if(...) on the case itself")
    asked = question.without(exhibit)
    cites = tuple(p.cite for p in question.postings.values() if p.cite.exhibit == exhibit)[:1]
    lost = [c.event for c in question.claims if c.event not in {d.event for d in asked.claims}]
    note = (
        (f"no credit is left that shows the proceeds of {', '.join(lost)}", f"再无贷记载明 {'、'.join(lost)} 的所得")
        if lost
        else ("", "")
    )
    if not asked.postings or not any(p.statement in asked.statements for p in asked.postings.values()):
        raise refused(
            "Without this exhibit no statement of any account is left.",
            "Nothing can be traced; no figure is compared.",
            "leave out one exhibit of several",
        )
    return Changed(_books(asked, asked.entries(), asked.entries(opened=True)), None, cites, note=note, question=asked)


def _value_dates(books: Books, question: Question) -> Changed:
    carried = by_value_date(books.carried, question.postings)
    opened = None if books.opened is None else by_value_date(books.opened, question.postings)
    if carried is None or (books.opened is not None and opened is None):
        raise refused(
            "By value dates a transfer would arrive before it left, in a circle.",
            "No figure is given: no order of these accounts has both legs in time.",
            "tracer what-if order ACCOUNT DAY ...   (one day at a time)",
        )
    low = int((carried.balances() < 0).sum()) - int((books.carried.balances() < 0).sum())
    note = (
        (f"{low} more balances fall below nothing than the bank printed", f"低于零的余额比银行所示多 {low} 个")
        if low > 0
        else ("", "")
    )
    return Changed(replace(books, carried=carried, opened=opened), None, note=note)


def what_if(question: Question, assumption: Assumption, *, base: Standing | None = None) -> WhatIf:
    """Change one assumption and return every figure that differs. `base`: `stand(question)`, where it is known.

    Raises: RuleError where the assumption names nothing of the case, NotCovered where tracer cannot change it yet.
    """
    standing = base or stand(question)
    made = changed(assumption, question, standing)
    asked = made.question or question
    after = measure(made.books, standing.rules, _assets(asked), base=standing, changed=made.rows)
    if made.promised:
        promised(standing, after)
    return compare(assumption, question, standing, after, made)


def promised(before: Standing, after: Standing) -> None:
    """Stop where a figure leaves the floor and ceiling of the trace as it stands, which this change cannot do."""
    slack = _conversions(before.books.carried)
    for target, each in after.figures.items():
        known = before.figures.get(target)
        for rule, amount in each.by_rule.items():
            if known is not None and not known.floor - slack <= amount <= known.ceiling + slack:
                _contradicts(f"{rule} gives {amount} for {target}, outside {known.floor} to {known.ceiling}")


def verdict(before: Figures | None, after: Figures | None) -> str:
    """Return holds where no figure is less, falls where the floor or a rule's figure was above zero and is zero, else less."""
    if before is None:
        return "holds"
    was = {**before.by_rule, "floor": before.floor}
    now = {**after.by_rule, "floor": after.floor} if after is not None else dict.fromkeys(was, 0)
    if any(was[name] > 0 and now[name] <= 0 for name in was):
        return "falls"
    return "less" if any(now[name] < was[name] for name in was) else "holds"


def compare(assumption: Assumption, question: Question, before: Standing, after: Standing, made: Changed) -> WhatIf:
    """Return what differs between two standings, and which exhibits proceeds may pass only in one of them."""
    differences = []
    pairs = ((before.figures, after.figures), (before.joint, after.joint))
    for old, new in pairs:
        for target in dict.fromkeys([*old, *new]):
            one, other = old.get(target), new.get(target)
            currency = one.currency if one else other.currency if other else ""
            left, right = one.all() if one else {}, other.all() if other else {}
            for figure in dict.fromkeys([*left, *right]):
                if left.get(figure, 0) != right.get(figure, 0):
                    differences.append(Difference(target, currency, figure, left.get(figure, 0), right.get(figure, 0)))
    en, zh = assumption.told()
    told = {
        **{t: verdict(each, after.figures.get(t)) for t, each in before.figures.items() if _is_property(t, before)},
        **{t: verdict(each, after.joint.get(t)) for t, each in before.joint.items()},
    }
    asked = made.question or question
    shown, still = _exhibits(question, before, asked, after)
    base_run = question.base_run or _run(question, ())
    return WhatIf(
        assumption=assumption.words,
        words_en=en,
        words_zh=zh,
        base_run=base_run,
        run=base_run if isinstance(assumption, Nothing) else _run(question, assumption.words),
        rules=before.rules,
        differences=tuple(differences),
        targets=told,
        exhibits_gone=tuple(sorted(shown - still)),
        exhibits_new=tuple(sorted(still - shown)),
        cites=made.cites,
        note_en=made.note[0],
        note_zh=made.note[1],
    )


def possible_effects(question: Question, base: Standing, postings: Sequence[str]) -> dict[str, tuple[GapEffect, ...]]:
    """Return, by posting of a credit of unknown origin, each figure of property as it stands and were all of it proceeds.

    That is the most that the record of its other side can decide: never a proven figure (tracing.md 1.3, unknown_as).
    """
    found: dict[str, tuple[GapEffect, ...]] = {}
    rows = base.books.row_of or rows_by_posting(base.books.carried)
    for posting in postings:
        row = rows.get(posting)
        e = base.books.carried
        if row is None or not e.credit[row] or e.partner[row] >= 0:
            continue

        def change(entries: Entries, key: str = posting) -> tuple[Entries, Cents]:
            at = rows_by_posting(entries).get(key)
            return possible_at(entries, at) if at is not None else (entries, np.zeros(0, np.int64))

        made, changed_rows = base.books.both(change)
        after = measure(made, base.rules, _assets(question), base=base, changed=changed_rows)
        told = []
        for target, stood in base.figures.items():
            now = after.figures.get(target)
            if now is None or not _is_property(target, base):
                continue
            told += [
                GapEffect(target, stood.currency, name, min(value, now.all()[name]), max(value, now.all()[name]))
                for name, value in stood.all().items()
                if name != "recorded" and now.all()[name] != value
            ]
        found[posting] = tuple(told)
    return found


def _is_property(target: str, standing: Standing) -> bool:
    return any(target in members for members in standing.together.values())


def _exhibits(
    question: Question, before: Standing, asked: Question, after: Standing
) -> tuple[frozenset[str], frozenset[str]]:
    """Return the exhibits on the trail before and after; equal sets where the trail is the same."""
    one, other = before.books.carried.source, after.books.carried.source
    if one is other and bool((before.trail == after.trail).all()):
        return frozenset(), frozenset()
    return _on_trail(question, before), _on_trail(asked, after)


def _on_trail(question: Question, standing: Standing) -> frozenset[str]:
    source = standing.books.carried.source or ()
    rows = np.flatnonzero(standing.trail).tolist()
    return frozenset(question.postings[key].cite.exhibit for row in rows if (key := source[row]) in question.postings)


def _run(question: Question, words: tuple[str, ...]) -> str:
    """Return the id of a run: the same head, choices and assumption give the same id."""
    chosen = [question.base_run, question.opening, question.same_day_order, question.bundle]
    stated = [question.head, *chosen, question.rules, words]
    return hashlib.sha256(json.dumps(stated, ensure_ascii=False).encode()).hexdigest()[:16]

"""The books of a case: its entries, its holes, its credits in doubt, and what floor and ceiling they give; made in one place.

Whoever computes a figure of a case (the trace, a changed assumption, the 22 checks, an explanation) reads these books, so
that no two verbs can count the same records differently. Rules and ceilings read the entries with balances carried through
missing periods, floors those with every missing period open (tracing.md 5.6).

Units: minor units of each target's currency.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from tracer.model import Bounds
from tracer.trace.assumptions import Doubts, Question
from tracer.trace.bounds import bounds, build
from tracer.trace.bounds_graph import FlowGraph, relabelled
from tracer.trace.case_entries import CaseEntries
from tracer.trace.changes import rows_by_posting
from tracer.trace.effects import lowered
from tracer.trace.entries import Cents, Entries, target_names
from tracer.trace.origins import Doubted, doubted, net_floor, not_paid

__all__ = ["Books", "Found", "Networks", "Solver", "books_of", "read_books"]

#: (network, targets, proceeds labels) -> their floor and ceiling on this network alone.
Solver = Callable[[FlowGraph, Sequence[str], Sequence[str]], Bounds]


def read_books(question: Question) -> Books:
    """Return the books of a case: its records are read twice, with holes carried and with holes open."""
    return books_of(question, question.entries(), question.entries(opened=True))


def books_of(question: Question, carried: CaseEntries, opened: CaseEntries) -> Books:
    """Return the books of entries that are read already."""
    return Books(
        carried.entries,
        opened.entries if any(carried.holes.values()) else None,
        {"bundle": question.bundle},
        question.doubts(carried) if question.doubts is not None else Doubts(),
        carried.row_of,
        carried,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Books:
    """Entries with balances carried through holes, the same with every hole open (None: no hole), and the parameters.

    `read`: what was found while the records were read (gaps, holes, days without order); None for books that were changed.
    """

    carried: Entries
    opened: Entries | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    doubts: Doubts = field(default_factory=Doubts)
    row_of: dict[str, int] = field(default_factory=dict)
    read: CaseEntries | None = None

    def network(self) -> tuple[Doubted, dict[str, int]]:
        """Return the network of the ceilings, with the credits in doubt as sources of their own, and what may not be paid.

        The latter: target -> minor units that may have bought a currency, and were then paid to nobody.
        """
        exchanged, paid_back = (self._by_row(pairs) for pairs in (self.doubts.exchanged, self.doubts.paid_back))
        graph = build(self.carried)
        if not (exchanged or paid_back):
            return Doubted(graph, {}, {}), {}
        made = doubted(graph, exchanged, paid_back)
        return made, not_paid(made, exchanged)

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
        return replace(self, carried=carried, opened=opened, read=None), (rows, others)


@dataclass(frozen=True, slots=True)
class Found:
    """Floor and ceiling of one set of targets, and the two steps before them.

    carried  no hole open; gross: floors with every hole open; stated: that floor less refunds and what may not be paid.
    """

    carried: Bounds
    gross: Bounds
    stated: Bounds


@dataclass(slots=True, eq=False)
class Networks:
    """The networks of some books, each made when a floor or a ceiling first asks for it."""

    books: Books
    made: tuple[Doubted, dict[str, int]] | None = None
    holed: FlowGraph | None = None
    known: frozenset[str] | None = None

    def carried(self) -> FlowGraph:
        """Return the network of the ceilings."""
        return self.doubted().graph

    def doubted(self) -> Doubted:
        """Return the network of the ceilings with what it holds in doubt."""
        return self._made()[0]

    def bound(
        self, targets: Sequence[str], labels: Sequence[str], *, words: bool = True, by: Solver | None = None
    ) -> Found:
        """Return floor and ceiling of the targets together, whatever happened in the holes and whatever came back.

        by: another engine for the two figures of one network (`agreement.py`); then no words are told.
        """
        solve = by or partial(bounds, words=words)
        upper = solve(self.carried(), targets, labels)
        gross = upper
        opened = self.opened() if upper.floor else None
        if opened is not None and self.books.opened is not None:
            if self.known is None:
                self.known = frozenset(target_names(self.books.opened))
            there = [t for t in targets if t in self.known]
            lower = solve(opened, there, labels) if there else None
            floor = lowered(upper, lower)
            told_by = lower if lower and floor < upper.floor else upper
            gross = replace(upper, floor=floor, words_floor=told_by.words_floor, words_floor_zh=told_by.words_floor_zh)
        return Found(upper, gross, net_floor(gross, self.books.doubts.refunds, self.unpaid()))

    def unpaid(self) -> dict[str, int]:
        """Return target -> what may not have been paid to it at all."""
        return self._made()[1]

    def _made(self) -> tuple[Doubted, dict[str, int]]:
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
        self.made = Doubted(relabelled(base.carried(), self.books.carried), {}, {}), {}
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

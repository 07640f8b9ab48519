"""Who holds what directly: one matrix for shares, one for votes (ownership.md sections 1 and 4.8)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import networkx as nx

from tracer.model import Share
from tracer.owners.ranges import ONE, ZERO, Cell

__all__ = ["Matrix"]


@dataclass(frozen=True)
class Matrix:
    """W: rows own columns. `columns[j][i]` is what i holds directly in j; only what is held stands in it."""

    columns: Mapping[str, Mapping[str, Cell]]
    rows: Mapping[str, tuple[str, ...]] = field(init=False)

    def __post_init__(self) -> None:
        rows: dict[str, list[str]] = defaultdict(list)
        for company, column in self.columns.items():
            for owner in column:
                rows[owner].append(company)
        object.__setattr__(self, "rows", {owner: tuple(sorted(held)) for owner, held in rows.items()})

    def own_held(self, company: str) -> Share:
        """Return what a company holds of itself: treasury or own holding."""
        cell = self.columns.get(company, {}).get(company)
        return cell.share if cell else Share(ZERO, ZERO)

    def above(self, target: str, stop: Collection[str] = ()) -> tuple[str, ...]:
        """Return the companies on any way down to `target`, itself included; ways end at `stop`."""
        seen, queue = {target}, [target]
        while queue:
            for owner in self.columns.get(queue.pop(), {}):
                if owner not in seen and owner in self.columns and owner not in stop:
                    seen.add(owner)
                    queue.append(owner)
        return tuple(sorted(seen))

    def owners_above(self, target: str) -> set[str]:
        """Return everybody who holds something on a way down to `target`."""
        return {owner for company in self.above(target) for owner in self.columns.get(company, {})}

    def below(self, holders: Collection[str]) -> set[str]:
        """Return the companies reached by walking down from `holders`."""
        seen: set[str] = set()
        queue = list(holders)
        while queue:
            for company in self.rows.get(queue.pop(), ()):
                if company not in seen:
                    seen.add(company)
                    queue.append(company)
        return seen

    def components(self, companies: Collection[str]) -> Iterator[tuple[str, ...]]:
        """Yield strong components of `companies`, owners before what they own."""
        inside = set(companies)
        graph: Any = nx.DiGraph()
        graph.add_nodes_from(sorted(inside))
        graph.add_edges_from(
            (owner, company)
            for company in sorted(inside)
            for owner, cell in self.columns.get(company, {}).items()
            if owner in inside and cell.share.hi > ZERO
        )
        condensed = nx.condensation(graph)
        for number in nx.topological_sort(condensed):
            yield tuple(sorted(condensed.nodes[number]["members"]))

    def has_bands(self, companies: Collection[str]) -> bool:
        """Whether some share in these columns is a range."""
        return any(
            cell.share.lo != cell.share.hi for company in companies for cell in self.columns.get(company, {}).values()
        )

    def has_cycle(self, companies: Collection[str]) -> bool:
        """Whether these companies hold each other, or themselves."""
        return any(len(part) > 1 or self.own_held(part[0]).hi > ZERO for part in self.components(companies))

    def residual(self, company: str, unknown: Collection[str] = ()) -> Fraction:
        """Return the largest part of a company that no known owner is shown to hold."""
        column = self.columns.get(company, {})
        return ONE - sum((cell.share.lo for owner, cell in column.items() if owner not in unknown), ZERO)

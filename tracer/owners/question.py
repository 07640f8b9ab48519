"""One question of a law: these holders, this target, this table, this policy on unknown owners."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Literal

from tracer.model import Share
from tracer.owners.bounds import bounds
from tracer.owners.control import Closure, closure, held
from tracer.owners.matrix import Matrix
from tracer.owners.ranges import ONE, ZERO
from tracer.owners.shares import path_sum, walks
from tracer.owners.table import Group, Table

__all__ = ["HALF", "Policy", "Question"]

HALF = Fraction(1, 2)
Policy = Literal["is_not_p", "may_be_p"]


@dataclass(frozen=True)
class Question:
    """What the laws ask about. `holders`: one person, or the members of a group taken as one (ownership.md 4.11)."""

    table: Table
    holders: frozenset[str]
    target: str
    policy: Policy = "is_not_p"

    @property
    def absorbs(self) -> bool:
        return self.policy == "may_be_p"

    @property
    def blocked_by(self) -> tuple[str, ...]:
        """Oversubscribed companies because of which nothing about the target is computed."""
        return self.table.refused.get(self.target, self.table.tainted.get(self.target, ()))

    @property
    def in_loop(self) -> bool:
        return self.target in self.table.loops

    def own(self, matrix: Matrix | None = None, target: str = "") -> Share:
        """Return the integrated share: exact where the table is, else the range that holds for every table.

        Raises: ImpossibleTable for a member of a closed loop.
        """
        matrix, target = matrix or self.table.shares, target or self.target
        companies = matrix.above(target)
        if not self.absorbs and not matrix.has_bands(companies) and not (self.holders & set(matrix.columns)):
            reached = walks(matrix, target, self.table.loops)
            total = sum((reached.get(holder, ZERO) for holder in self.holders), ZERO)
            return Share(total, total)
        return bounds(matrix, self.holders, target, unknown=self.table.unknown - self.holders, may_be_p=self.absorbs)

    @cached_property
    def paths(self) -> tuple[Share, bool]:
        """The sum over simple paths at the lower ends, and whether it was truncated."""
        sums = [path_sum(self.table.shares, holder, self.target) for holder in sorted(self.holders)]
        total = sum((value for value, _ in sums), ZERO)
        return Share(total, total), any(cut for _, cut in sums)

    @cached_property
    def has_cycle(self) -> bool:
        return self.table.shares.has_cycle(self.table.shares.above(self.target))

    def direct(self, holders: Collection[str], *, votes: bool, company: str = "", absorbs: bool | None = None) -> Share:
        """Return what a set holds directly in the target, or in `company`."""
        return held(
            self.table.votes if votes else self.table.shares,
            holders,
            company or self.target,
            absorbs=bool(self.absorbs and self.holders & set(holders)) if absorbs is None else absorbs,
            unknown=self.table.unknown - self.holders,
            votes=votes,
        )

    def controlled(self, *, certain: bool, seed: Collection[str] | None = None) -> Closure:
        """Return control(x) of ownership.md 4.3, of the holders or of `seed`; only the holders absorb the unknown."""
        mine = seed is None
        return closure(
            self.table.votes,
            self.holders if seed is None else seed,
            threshold=HALF,
            strict=True,
            certain=certain,
            votes=True,
            absorbs=self.absorbs and mine,
            unknown=self.table.unknown - self.holders,
        )

    @cached_property
    def certain(self) -> Closure:
        return self.controlled(certain=True)

    @cached_property
    def possible(self) -> Closure:
        return self.controlled(certain=False)

    def joined(self, holder: str, company: str) -> frozenset[str]:
        """Return whose rights in a company count as one holder's: joint blocks and joint arrangements (UK para 11, 12)."""
        found = {holder}
        for block, members in self.table.blocks.items():
            if holder in members:
                found.add(block)
        for group in self.groups_of(holder, "joint_arrangement", "concert"):
            if group.subject in ("", company):
                found.update(group.members)
                found.update(b for b, m in self.table.blocks.items() if set(m) & set(group.members))
        return frozenset(found)

    def groups_of(self, holder: str, *kinds: str) -> tuple[Group, ...]:
        return tuple(g for g in self.table.groups if holder in g.members and (not kinds or g.kind in kinds))

    def as_group(self, members: Iterable[str]) -> Question:
        """Return the same question about several holders as one super-node."""
        return replace(self, holders=frozenset(members))

    def alone(self) -> Question:
        """Return the same question without any acting together."""
        return replace(self, table=replace(self.table, groups=()))

    def edges_between(self, matrix: Matrix) -> tuple[str, ...]:
        """Return the ids of every interest on a way from the holders down to the target."""
        companies = set(matrix.above(self.target, stop=self.holders - {self.target}))
        useful = (matrix.below(self.holders) | self.holders) & (companies | self.holders)
        return self.ids(
            (matrix, owner, company)
            for company in companies & matrix.below(self.holders)
            for owner in matrix.columns.get(company, {})
            if owner in useful
        )

    def proof(self, found: Closure, matrix: Matrix, companies: Collection[str]) -> tuple[str, ...]:
        """Return the ids of the proof tree by which a closure reached `companies`."""
        edges: set[tuple[str, str]] = set()
        queue, seen = list(companies), set(found.seed)
        while queue:
            company = queue.pop()
            if company in seen:
                continue
            seen.add(company)
            for owner in found.why.get(company, ()):
                edges.add((owner, company))
                queue.append(owner)
            if company in matrix.columns.get(company, {}):
                edges.add((company, company))  # own-held rights, without which the denominator is another
        return self.ids((matrix, owner, company) for owner, company in edges)

    def ids(self, edges: Iterable[tuple[Matrix, str, str]]) -> tuple[str, ...]:
        found: set[str] = set()
        for matrix, owner, company in edges:
            cell = matrix.columns.get(company, {}).get(owner)
            if cell:
                found.update(cell.ids)
        for block, ids in self.table.block_ids.items():
            if self.holders & set(self.table.blocks[block]):
                found.update(ids)
        return tuple(sorted(found))

    def whole(self) -> Share:
        return Share(ONE, ONE)

"""Read one exhibit with one connector: facts, rejects and the reconciliation report."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tracer.batches import kind_of, schema, to_nouns, to_table
from tracer.ingest.reconcile import LEFTOVERS, Tally, count_check, odd_apart, reconcile, tally, told_apart
from tracer.ingest.reconcile_bulk import Lines, reconcile_columns
from tracer.ingest.registry import Connector
from tracer.ingest.schema import schema_advice
from tracer.ingest.source import Source
from tracer.model import CheckFailed, Fact, Posting, Reconciliation, Reject, Statement, fact_id
from tracer.spooled import Rows, Spooled

__all__ = ["BULK", "STREAMED", "Reading", "read_exhibit"]

_CHUNK = 5_000  # nouns of one kind that are held before they become columns
BULK = 64_000_000  # bytes: a larger table goes through the connector's batches, where it has them
STREAMED = 8_000_000  # bytes: of a larger file no noun outlives its chunk, and rows wait on the disk


@dataclass(frozen=True, slots=True)
class Reading:
    """What an exhibit gave: its rows per ledger kind, and the report. `raw` = records counted without the parser.

    `tally` says what became of them: raw = loaded + set aside, and apart from these the parts that are no record. Of a large
    file the raw texts of `rejects` stand in their rows only.
    """

    tables: dict[str, Rows]
    rejects: tuple[Reject, ...]
    checks: tuple[Reconciliation, ...]
    raw: int
    counts: dict[str, int]
    tally: Tally

    @property
    def status(self) -> str:
        """loaded-and-reconciled, or loaded-and-flagged when a sum is off or a line was set aside."""
        off = any(check.outcome == "off" for check in self.checks)
        return "loaded-and-flagged" if off or self.rejects else "loaded-and-reconciled"

    def close(self) -> None:
        """Let go of rows that wait on the disk."""
        for rows in self.tables.values():
            if isinstance(rows, Spooled):
                rows.close()


def read_exhibit(source: Source, connector: Connector, folder: Path | None = None) -> Reading:
    """Run the connector over the exhibit.

    `folder`: where the rows of a large file wait, in a file without a name, until they are taken; None keeps them in memory.

    Raises: UnreadableExhibit or NeedsAnswer from the connector; CheckFailed when raw records and facts plus rejects
    do not tie, which is our bug and stops the load (formats.md section 1); OSError when the disk of `folder` is full.
    """
    raw = connector.count(source)
    size = source.path.stat().st_size
    if connector.batches is not None and size > BULK:
        return _bulk(source, connector, raw, folder)
    # A table's reader holds its whole file anyway: its lines are proved by all balances together.
    if connector.batches is None and size > STREAMED and (streamed := _streamed(source, connector, raw, folder)):
        return streamed
    items = list(connector.read(source))
    checks = reconcile(source, connector.name, raw, items)
    for check in checks:
        if check.check == "count" and check.outcome == "off":
            raise _count_is_off(source, connector, check.expected, check.found)
    by_kind: dict[str, list[Any]] = {}
    for item in items:
        by_kind.setdefault(kind_of(item), []).append(item)
    checks = (*checks, *_advice(source))
    by_kind.setdefault("reconciliation", []).extend(checks)
    tables: dict[str, Rows] = {kind: to_table(kind, nouns) for kind, nouns in by_kind.items() if nouns}
    counts = Counter(kind_of(item) for item in items)
    return Reading(tables, tuple(i for i in items if isinstance(i, Reject)), checks, raw, dict(counts), tally(items))


def _advice(source: Source) -> Iterator[Reconciliation]:
    if "schemas" in source.answers:
        yield from schema_advice(source, [Path(one) for one in source.answers["schemas"].split(os.pathsep) if one])


@dataclass(slots=True)
class _Columns:
    """Rows on their way: nouns become columns a chunk at a time, columns go to the disk."""

    folder: Path | None
    rows: dict[str, Spooled] = field(default_factory=dict)
    lines: Lines = field(default_factory=Lines)
    nouns: dict[str, list[Any]] = field(default_factory=dict)

    def take(self, kind: str, noun: Any) -> None:
        held = self.nouns.setdefault(kind, [])
        held.append(noun)
        if len(held) >= _CHUNK:
            self.turn(kind)

    def turn(self, kind: str) -> None:
        if nouns := self.nouns.pop(kind, None):
            self.add(kind, to_table(kind, nouns))

    def add(self, kind: str, table: pa.Table) -> None:
        if kind not in self.rows:
            self.rows[kind] = Spooled(schema(kind), self.folder)
        if kind == "posting":
            self.lines.add(table)
        self.rows[kind].add(table)

    def whole(self, checks: tuple[Reconciliation, ...]) -> dict[str, Rows]:
        for check in checks:
            self.take("reconciliation", check)
        self.turn("reconciliation")
        return {kind: rows.whole() for kind, rows in self.rows.items()}


def _streamed(source: Source, connector: Connector, raw: int, folder: Path | None) -> Reading | None:
    """Read a large file into columns while it is read, so that no noun outlives its chunk.

    None where a line is of no statement, or a part of another record: then nouns are compared one by one.
    """
    made = _Columns(folder)
    statements: list[Statement] = []
    rejects: list[Reject] = []
    apart = _Apart()
    counts: Counter[str] = Counter()
    for item in connector.read(source):
        kind = kind_of(item)
        counts[kind] += 1
        made.take(kind, item)
        if isinstance(item, Posting):
            if not item.statement or "#" in item.cite.locator:
                return None
        elif isinstance(item, Statement):
            statements.append(item)
        elif isinstance(item, Reject):
            rejects.append(replace(item, raw=""))
        else:
            apart.take(item)
    for kind in tuple(made.nouns):
        made.turn(kind)
    idents = [(fact_id("statement", one.cite), one) for one in statements]
    if not made.lines.statements <= {ident for ident, _ in idents}:
        return None
    found = _tallied(made.rows.get("posting"), statements, rejects, apart)
    if found.records != raw:
        raise _count_is_off(source, connector, raw, found.records)
    checks = (
        count_check(source, connector.name, raw, found.records),
        *reconcile_columns(idents, made.lines, len(rejects), source.exhibit.received_at),
        *told_apart(source, apart.odd),
        *_advice(source),
    )
    return Reading(made.whole(checks), tuple(rejects), checks, raw, dict(counts), found)


class _Apart:
    """What the report needs of facts that are neither lines nor statements: their places, and what is marked as doubtful."""

    def __init__(self) -> None:
        self.places: set[str] = set()
        self.inside: set[str] = set()
        self.odd: list[tuple[str, str]] = []

    def take(self, item: Fact) -> None:
        base, inside, _ = item.cite.locator.partition("#")
        (self.inside if inside else self.places).add(base)
        self.odd.extend(odd_apart(item))


def _tallied(postings: Spooled | None, statements: list[Statement], rejects: list[Reject], apart: _Apart) -> Tally:
    """Return `tally` of items and of postings that are columns already, each of which has a place of its own."""
    headers = {one.cite.locator for one in statements}
    loaded = apart.places | (apart.inside - headers)
    places: list[str] = []
    parts = 0
    for one in rejects:
        base, inside, _ = one.cite.locator.partition("#")
        if one.field == LEFTOVERS or (inside and base in headers):
            parts += 1
        else:
            places.append(base)
    shared: set[str] = set()  # of these records a line was loaded, and another fact, or a part that was set aside
    if postings is not None and (loaded or places):
        wanted = pa.array({*loaded, *places}, pa.string())
        for table in postings.columns("locator"):
            shared.update(table["locator"].filter(pc.is_in(table["locator"], wanted)).to_pylist())
    lines = postings.num_rows if postings is not None else 0
    aside = set(places) - loaded - shared
    records = lines + len(loaded - shared) + len(aside)
    return Tally(records, len(aside), parts + sum(place in loaded or place in shared for place in places))


def _bulk(source: Source, connector: Connector, raw: int, folder: Path | None) -> Reading:
    assert connector.batches is not None
    made = _Columns(folder)
    rejects: list[Reject] = []
    statements: list[tuple[str, Any]] = []
    for kind, table in connector.batches(source):
        if kind == "reject":
            rejects += [replace(noun, raw="") for _, noun in to_nouns(kind, table)]
        elif kind == "statement":
            statements += to_nouns(kind, table)
        made.add(kind, table)
    counts = {kind: rows.num_rows for kind, rows in made.rows.items()}
    seen = counts.get("posting", 0) + counts.get("reject", 0)
    if seen != raw:
        raise _count_is_off(source, connector, raw, seen)
    checks = (
        count_check(source, connector.name, raw, seen),
        *reconcile_columns(statements, made.lines, len(rejects), source.exhibit.received_at),
    )
    found = Tally(raw, counts.get("reject", 0), 0)
    return Reading(made.whole(checks), tuple(rejects), checks, raw, counts, found)


def _count_is_off(source: Source, connector: Connector, expected: int | None, found: int | None) -> CheckFailed:
    return CheckFailed(
        f"{connector.name} counted {expected} raw records in {source.exhibit.name} but accounted for {found}.",
        where=source.exhibit.name,
        meaning="A record would be lost or doubled in silence: nothing of this exhibit is loaded. This is a bug of tracer.",
        next_call="report the exhibit's hash and this line; the other exhibits load as usual",
    )

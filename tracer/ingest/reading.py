"""Read one exhibit with one connector: facts, rejects and the reconciliation report."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tracer.batches import kind_of, to_table
from tracer.ingest.reconcile import LEFTOVERS, Tally, count_check, doubts_apart, reconcile, tally
from tracer.ingest.reconcile_bulk import reconcile_columns
from tracer.ingest.registry import Connector
from tracer.ingest.schema import schema_advice
from tracer.ingest.source import Source
from tracer.model import CheckFailed, Posting, Reconciliation, Reject, Statement, fact_id

__all__ = ["BULK", "Reading", "read_exhibit"]

_CHUNK = 20_000  # nouns of one kind that are held before they become columns
BULK = 64_000_000  # bytes: a larger table goes through the connector's batches, where it has them


@dataclass(frozen=True, slots=True)
class Reading:
    """What an exhibit gave: Arrow tables per ledger kind, and the report. `raw` = records counted without the parser.

    `tally` says what became of them: raw = loaded + set aside, and apart from these the parts that are no record.
    """

    tables: dict[str, pa.Table]
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


def read_exhibit(source: Source, connector: Connector) -> Reading:
    """Run the connector over the exhibit.

    Raises: UnreadableExhibit or NeedsAnswer from the connector; CheckFailed when raw records and facts plus rejects
    do not tie, which is our bug and stops the load (formats.md section 1).
    """
    raw = connector.count(source)
    if connector.batches is not None and source.path.stat().st_size > BULK:
        return _bulk(source, connector, raw)
    if source.path.stat().st_size > BULK and (streamed := _streamed(source, connector, raw)) is not None:
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
    tables = {kind: to_table(kind, nouns) for kind, nouns in by_kind.items() if nouns}
    counts = Counter(kind_of(item) for item in items)
    return Reading(tables, tuple(i for i in items if isinstance(i, Reject)), checks, raw, dict(counts), tally(items))


def _advice(source: Source) -> Iterator[Reconciliation]:
    if "schemas" in source.answers:
        yield from schema_advice(source, [Path(one) for one in source.answers["schemas"].split(os.pathsep) if one])


def _streamed(source: Source, connector: Connector, raw: int) -> Reading | None:
    """Read a large file into columns while it is read, so that no noun outlives its chunk.

    None where lines of a statement are in several currencies, of no statement, or a part of another record: then nouns are
    compared one by one.
    """
    made: dict[str, list[pa.Table]] = {}
    held: dict[str, list[Any]] = {}
    statements: list[Statement] = []
    rejects: list[Reject] = []
    others: list[Any] = []
    printed: set[tuple[str, str]] = set()
    counts: Counter[str] = Counter()
    for item in connector.read(source):
        kind = kind_of(item)
        counts[kind] += 1
        held.setdefault(kind, []).append(item)
        if isinstance(item, Posting):
            printed.add((item.statement if "#" not in item.cite.locator else "", item.currency))
        elif isinstance(item, Statement):
            statements.append(item)
        elif isinstance(item, Reject):
            rejects.append(item)
        else:
            others.append(item)
        if len(held[kind]) >= _CHUNK:
            made.setdefault(kind, []).append(to_table(kind, held.pop(kind)))
    for kind, nouns in held.items():
        made.setdefault(kind, []).append(to_table(kind, nouns))
    tables = {kind: pa.concat_tables(parts) for kind, parts in made.items()}
    idents = [(fact_id("statement", one.cite), one) for one in statements]
    if not printed <= {(ident, one.currency) for ident, one in idents}:
        return None
    postings = tables.get("posting")
    found = _tallied(postings, [*statements, *rejects, *others])
    if found.records != raw:
        raise _count_is_off(source, connector, raw, found.records)
    checks = (
        count_check(source, connector.name, raw, found.records),
        *reconcile_columns(idents, postings, len(rejects), source.exhibit.received_at),
        *doubts_apart(source, others),
        *_advice(source),
    )
    tables["reconciliation"] = to_table("reconciliation", checks)
    return Reading(tables, tuple(rejects), checks, raw, dict(counts), found)


def _tallied(postings: pa.Table | None, items: list[Any]) -> Tally:
    """Return `tally` of items and of postings that are columns already, each of which has a place of its own."""
    apart = tally(items)
    if postings is None:
        return apart
    headers = {item.cite.locator for item in items if isinstance(item, Statement)}
    split = [(item.field, *item.cite.locator.partition("#")) for item in items if isinstance(item, Reject)]
    places = [base for field, base, inside, _ in split if field != LEFTOVERS and not (inside and base in headers)]
    both = pc.is_in(postings["locator"], pa.array(places, pa.string()))
    shared = set(
        postings["locator"].filter(both).to_pylist()
    )  # of these records a part was set aside and the rest loaded
    records = postings.num_rows + apart.records - len(shared)
    return Tally(records, apart.set_aside - len(shared), apart.parts + sum(place in shared for place in places))


def _bulk(source: Source, connector: Connector, raw: int) -> Reading:
    parts: dict[str, list[pa.Table]] = {}
    for kind, table in _batches(source, connector):
        parts.setdefault(kind, []).append(table)
    tables = {kind: pa.concat_tables(found) for kind, found in parts.items()}
    counts = {kind: table.num_rows for kind, table in tables.items()}
    seen = counts.get("posting", 0) + counts.get("reject", 0)
    if seen != raw:
        raise _count_is_off(source, connector, raw, seen)
    rejects = tuple(noun for _, noun in _nouns("reject", tables.get("reject")))
    statements = list(_nouns("statement", tables.get("statement")))
    checks = (
        count_check(source, connector.name, raw, seen),
        *reconcile_columns(statements, tables.get("posting"), len(rejects), source.exhibit.received_at),
    )
    tables["reconciliation"] = to_table("reconciliation", checks)
    return Reading(tables, rejects, checks, raw, counts, Tally(raw, counts.get("reject", 0), 0))


def _batches(source: Source, connector: Connector) -> Iterator[tuple[str, pa.Table]]:
    assert connector.batches is not None
    yield from connector.batches(source)


def _nouns(kind: str, table: pa.Table | None) -> Iterator[tuple[str, Any]]:
    from tracer.batches import to_nouns

    return iter(()) if table is None else to_nouns(kind, table)


def _count_is_off(source: Source, connector: Connector, expected: int | None, found: int | None) -> CheckFailed:
    return CheckFailed(
        f"{connector.name} counted {expected} raw records in {source.exhibit.name} but accounted for {found}.",
        where=source.exhibit.name,
        meaning="A record would be lost or doubled in silence: nothing of this exhibit is loaded. This is a bug of tracer.",
        next_call="report the exhibit's hash and this line; the other exhibits load as usual",
    )

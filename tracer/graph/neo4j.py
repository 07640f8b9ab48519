"""The graph in a Neo4j server: the same answers as the embedded one, and a graph that Browser and Bloom can show.

What stands there and how it is asked: `neo4j_schema.py`; how a row becomes a node and comes back: `neo4j_rows.py`; how a
server is reached and what its errors mean: `neo4j_connect.py`.

Writing: managed transactions of at most `batch` rows. Each first takes the watermark node of the case, then asks which rows
are there, writes those that are not, and moves the watermark with the last of them. A row that is there with another hash
is a conflict: counted, never overwritten. A transaction too large for the server's memory is sent again in halves. A client
or server that dies leaves whole transactions and an unmoved watermark: the next sync finds what is there and goes on.

Reading: in read transactions with a time limit. No amount of a finding is computed there; a snapshot (`rows`) equals the
ledger's scan, row by row.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from types import TracebackType
from typing import Any, LiteralString

import neo4j
import pyarrow as pa
from neo4j import exceptions as told

from tracer.batches import KINDS
from tracer.graph import neo4j_schema as asked
from tracer.graph.neo4j_connect import TooLarge, is_memory, open_driver, translated
from tracer.graph.neo4j_door import Address, Credentials
from tracer.graph.neo4j_rows import (
    SEARCHED,
    TOTALLED,
    as_day,
    columns_of,
    folded,
    hub,
    hubs_of,
    in_parts,
    links_of,
    nodes_of,
    searched,
    table_of,
)
from tracer.graph.protocol import ACCOUNTS, FOUND, REACHED, TOTALS
from tracer.model import GraphError, LedgerError

__all__ = ["Mark", "Neo4jGraph"]

_BATCH = 5_000
_PAGE = 20_000
_READ_SECONDS, _RETRY_SECONDS = 600.0, 15.0
_EARLIEST, _LATEST = date(1, 1, 1), date(9999, 12, 31)


@dataclass(frozen=True, slots=True)
class Mark:
    """Where the graph of a case stands.

    `head`: the chain head it was given; `filling`: the head of a sync that did not end, "cleared" or "imported"; `decided`,
    `withheld`, `stated`: the judgements, the withheld exhibits and the case.yaml its conclusions were drawn from.
    """

    head: str = ""
    filling: str = ""
    decided: str = ""
    withheld: str = ""
    stated: str = ""


class Neo4jGraph:
    """`Neo4jGraph(address, credentials, case)`: the graph of one case; `case` is the scope of everything it reads and writes.

    Raises: GraphError from every method, when the server is down, refuses, or holds something else.
    """

    def __init__(self, at: Address, who: Credentials, case: str, *, batch: int = _BATCH) -> None:
        self.at, self.case, self.batch = at, case, batch
        self._driver = open_driver(at, who)
        self._merged: set[tuple[str, ...]] = set()
        self.missing: tuple[str, ...] = ()

    def __enter__(self) -> Neo4jGraph:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Neo4j graph of a case at {self.at.uri}>"

    def close(self) -> None:
        """Close the connections."""
        self._driver.close()

    # asking

    def _read(self, query: LiteralString, **given: Any) -> list[list[Any]]:
        def work(tx: neo4j.ManagedTransaction) -> list[list[Any]]:
            return tx.run(query, given, case=self.case).values()

        limited = neo4j.unit_of_work(timeout=_READ_SECONDS)(work)
        with translated(self.at), self._driver.session(default_access_mode=neo4j.READ_ACCESS) as session:
            return session.execute_read(limited)

    def _write(self, work: Callable[[neo4j.Transaction], Any]) -> Any:
        """Run one transaction, again while the server says that it may succeed; one that memory does not hold is `TooLarge`.

        The driver's own retries would send for as long what the memory never holds: the calendar releases count a transaction
        at its commit, outside the function that the driver is given, and call it transient.
        """
        until, wait = time.monotonic() + _RETRY_SECONDS, 0.5
        with translated(self.at):
            while True:
                try:
                    with self._driver.session() as session, session.begin_transaction() as tx:
                        made = work(tx)
                        tx.commit()
                        return made
                except (told.Neo4jError, told.DriverError) as error:
                    if isinstance(error, told.Neo4jError) and is_memory(error):
                        raise TooLarge from None
                    if not error.is_retryable() or time.monotonic() + wait > until:
                        raise
                time.sleep(wait)
                wait *= 2

    # schema

    def ensure_schema(self) -> None:
        """Make the constraint and the indexes where they are missing; under another name they count as there.

        `missing` then says what an index that the server does not offer would have done.

        Raises: GraphError when somebody else's nodes bear the label `Tracer`, or the constraint cannot be made.
        """
        if (
            not self._has_constraint()
            and (held := self._read(asked.COUNT_OURS)[0][0])
            and not self._read(asked.COUNT_IMPORTED)[0][0]
        ):
            raise GraphError(
                f"The database holds {held:,} nodes with the label Tracer that tracer did not make.",
                where=self.at.uri,
                meaning="Nothing was written: tracer's own nodes could not be told from them.",
                next_call="use a server or database of its own for tracer (tracer neo4j up), or graph: null",
            )
        self._make(asked.CONSTRAINT)
        if not self._has_constraint():
            raise GraphError(
                "The uniqueness constraint on (Tracer: case, noun, id) is not there and cannot be made.",
                where=self.at.uri,
                meaning="Nothing was written: without it the same fact could stand twice.",
                next_call="SHOW CONSTRAINTS and SHOW INDEXES in Neo4j Browser; drop what bears the name tracer_id or indexes the same properties",
            )
        missing = []
        for kind, labels, properties, statement, loss in asked.INDEXES:
            if not self._has_index(kind, labels, properties):
                refusal = self._make(statement)
                if not self._has_index(kind, labels, properties):
                    missing.append(f"no {kind.lower()} index{refusal}: {loss}")
        self.missing = tuple(missing)
        self._read(asked.AWAIT)

    def _make(self, statement: LiteralString) -> str:
        """Run one schema statement; return " (code)" where the server refuses it."""

        def work(tx: neo4j.ManagedTransaction) -> str:
            tx.run(statement).consume()
            return ""

        with translated(self.at), self._driver.session() as session:
            try:
                return session.execute_write(work)
            except told.Forbidden:
                raise
            except (told.ClientError, told.DatabaseError) as error:
                if "ReadOnly" in (error.code or ""):
                    raise
                return f" ({error.code})"

    def _has_constraint(self) -> bool:
        return any(
            "UNIQUENESS" in kind and labels == ["Tracer"] and properties == ["case", "noun", "id"]
            for _, kind, labels, properties in self._read(asked.SHOW_CONSTRAINTS)
        )

    def _has_index(self, kind: str, labels: Sequence[str], properties: Sequence[str]) -> bool:
        return any(
            made == kind and set(at or ()) == set(labels) and list(of or ()) == list(properties)
            for _, made, _, at, of in self._read(asked.SHOW_INDEXES)
        )

    def server(self) -> str:
        """Return name, version and edition of the server, for status and doctor."""
        return ", ".join(f"{name} {versions[0]} {edition}" for name, versions, edition in self._read(asked.SERVER))

    def others(self) -> str:
        """Return a sentence about what else the database holds; "" for nothing."""
        ours, cases = self._read(asked.COUNT_OURS)[0][0], self._read(asked.COUNT_CASES)[0][0]
        cases -= len(self._read(asked.READ_MARK))
        foreign = self._read(asked.COUNT_ALL)[0][0] - ours
        known = {*asked.LABELS.values(), *asked.MORE_LABELS}
        labels = [label for (label,) in self._read(asked.USED_LABELS) if label not in known]
        said = []
        if cases:
            said.append(f"{cases} other case{'s' if cases > 1 else ''} of tracer, each in its own scope")
        if foreign:
            named = f" (labels {', '.join(labels[:5])}{', …' if len(labels) > 5 else ''})" if labels else ""
            said.append(
                f"{foreign:,} nodes that are not tracer's{named}, neither read nor changed; in Browser write "
                "(:Tracer:Account) to see only tracer's"
            )
        return "the database also holds " + "; ".join(said) if said else ""

    def home(self) -> str:
        """Return the folder of the server's files, as the server says it; "" where it does not."""
        found = self._read(asked.HOME)
        return str(found[0][0]) if found else ""

    def besides(self) -> list[str]:
        """Return what the database holds besides this case, a phrase each: other cases, foreign nodes, foreign indexes."""
        said = []
        for case, labels, n in self._read(asked.BESIDES):
            named = ":".join(labels) or "no label"
            said.append(f"{n:,} nodes of the case {case} ({named})" if case else f"{n:,} nodes ({named})")
        ours = {(frozenset(labels), tuple(properties)) for _, labels, properties, _, _ in asked.INDEXES}
        ours.add((frozenset({"Tracer"}), ("case", "noun", "id")))
        for name, kind, _, labels, properties in self._read(asked.SHOW_INDEXES):
            if kind != "LOOKUP" and (frozenset(labels or ()), tuple(properties or ())) not in ours:
                said.append(f"the index {name} on {':'.join(labels or ())} ({', '.join(properties or ())})")
        return said

    # the watermark

    def mark(self) -> Mark:
        """Return where the graph of this case stands; empty where there is none."""
        found = self._read(asked.READ_MARK)
        return Mark(*found[0]) if found else Mark()

    def head(self) -> str:
        return self.mark().head

    def _take(self, tx: neo4j.Transaction, head: str | None, filling: str) -> None:
        tx.run(asked.MARK, case=self.case, head=head, filling=filling).consume()

    # writing

    def append(self, kind: str, table: pa.Table, *, head: str) -> dict[str, int]:
        return self.add(kind, table, head=head, filling="")

    def add(self, kind: str, table: pa.Table, *, head: str | None, filling: str) -> dict[str, int]:
        """Insert rows that are absent by id, and move the watermark to `head` with the last of them (None: leave it).

        `filling` is the head that a longer sync makes for; it stands on the watermark until that sync ends.

        Raises: LedgerError for another kind or other columns.
        """
        if kind not in asked.INSERT:
            raise _no_kind(kind, "appended")
        if not table.schema.equals(columns_of(kind)):
            raise LedgerError(
                f"Rows of kind {kind} do not have the columns of {kind}.",
                meaning="Nothing was appended.",
                next_call="build batches with tracer.batches.to_table or transfer_table",
            )
        counts = {"new": 0, "duplicate": 0, "conflict": 0}
        first: dict[str, str] = {}
        parts = list(in_parts(table, self.batch))
        for number, part in enumerate(parts, 1):
            rows = []
            for row in nodes_of(kind, part, self.case):
                if row["id"] not in first:
                    first[row["id"]] = row["row_hash"]
                    rows.append(row)
                else:
                    counts["duplicate" if first[row["id"]] == row["row_hash"] else "conflict"] += 1
            at_end = number == len(parts)
            going = filling if at_end else filling or head or ""
            for name, n in self._insert(kind, rows, head if at_end else None, going).items():
                counts[name] += n
        return counts

    def _insert(self, kind: str, rows: list[dict[str, Any]], head: str | None, filling: str) -> dict[str, int]:
        hubs = {
            noun: [(tuple(map(str, made.values())), made) for made in some]
            for noun, some in hubs_of(kind, rows).items()
        }

        def work(tx: neo4j.Transaction) -> tuple[dict[str, int], list[tuple[str, ...]]]:
            self._take(tx, head, filling)
            ids = [row["id"] for row in rows]
            there = dict(tx.run(asked.KNOWN, case=self.case, noun=kind, ids=ids).values())
            fresh = [row for row in rows if row["id"] not in there]
            conflicts = sum(1 for row in rows if there.get(row["id"], row["row_hash"]) != row["row_hash"])
            merged = []
            if fresh:
                for noun, some in hubs.items():
                    if wanted := [made for key, made in some if (noun, *key) not in self._merged]:
                        tx.run(asked.HUBS[noun], case=self.case, rows=wanted).consume()
                        merged += [(noun, *key) for key, _ in some]
                tx.run(asked.INSERT[kind], case=self.case, rows=[links_of(kind, row) for row in fresh]).consume()
                if kind == "transfer":
                    tx.run(asked.VIA, case=self.case, ids=[row["id"] for row in fresh]).consume()
            return {
                "new": len(fresh),
                "duplicate": len(rows) - len(fresh) - conflicts,
                "conflict": conflicts,
            }, merged

        counts: dict[str, int]
        try:
            counts, merged = self._write(work)
        except TooLarge:
            if len(rows) < 2:
                raise self._no_memory() from None
            half = len(rows) // 2
            counts = self._insert(kind, rows[:half], None, filling or head or "")
            for name, n in self._insert(kind, rows[half:], head, filling).items():
                counts[name] += n
            return counts
        self._merged.update(merged)
        return counts

    def _no_memory(self) -> GraphError:
        return GraphError(
            "The Neo4j server has too little memory even for a transaction of one row.",
            where=self.at.uri,
            meaning="That row is not in the graph; the ledger is not affected.",
            next_call="raise server.memory.heap.max_size or db.memory.transaction.max there, then: tracer graph sync",
        )

    def retire(self, kind: str, ids: Iterable[str], *, filling: str) -> int:
        """Take out conclusions that are no longer drawn (transfers, judgements); return how many.

        Raises: LedgerError for a kind of fact: facts are never taken out one by one.
        """
        if kind not in {"transfer", "judgement"}:
            raise _no_kind(kind, "taken out")
        wanted = list(ids)
        for start in range(0, len(wanted), self.batch):
            self._retire(kind, wanted[start : start + self.batch], filling)
        return len(wanted)

    def _retire(self, kind: str, ids: list[str], filling: str) -> None:
        def work(tx: neo4j.Transaction) -> None:
            self._take(tx, None, filling)
            tx.run(asked.RETIRE, case=self.case, noun=kind, ids=ids).consume()

        try:
            self._write(work)
        except TooLarge:
            if len(ids) < 2:
                raise self._no_memory() from None
            self._retire(kind, ids[: len(ids) // 2], filling)
            self._retire(kind, ids[len(ids) // 2 :], filling)

    def finish(self, mark: Mark, stated: dict[str, list[Any]]) -> None:
        """Make what a person states anew (exhibits, offences, events, holders), and set the watermark, in one transaction."""

        def work(tx: neo4j.Transaction) -> None:
            self._take(tx, None, mark.head)
            for query in (asked.FORGET_STATED, asked.FORGET_HOLDINGS, asked.FORGET_BOUGHT):
                tx.run(query, case=self.case).consume()
            for name, query in asked.STATED:
                if rows := stated.get(name):
                    tx.run(query, case=self.case, rows=rows).consume()
            tx.run(
                asked.FINISH,
                case=self.case,
                head=mark.head,
                decided=mark.decided,
                withheld=mark.withheld,
                stated=mark.stated,
            ).consume()

        try:
            self._write(work)
        except TooLarge:
            raise self._no_memory() from None

    def clear(self) -> int:
        """Take everything of this case out of the database, and nothing else; the watermark falls first and goes last."""
        self._merged.clear()

        def forget(tx: neo4j.Transaction) -> None:
            self._take(tx, "", "cleared")

        self._write(forget)
        gone = self._clear_above(asked.FACTS_ABOVE) + self._clear_above("")
        self._write(lambda tx: tx.run(asked.FORGET_MARK, case=self.case).consume())
        return gone

    def _clear_above(self, noun: str) -> int:
        gone, limit = 0, 2 * self.batch
        while limit:

            def work(tx: neo4j.Transaction, limit: int = limit) -> int:
                return int(tx.run(asked.CLEAR, case=self.case, above=noun, limit=limit).values()[0][0])

            try:
                taken: int = self._write(work)
            except TooLarge:
                limit //= 2
                continue
            gone += taken
            if not taken:
                return gone
        raise self._no_memory()

    # reading

    def _columns(self, kind: str) -> list[str]:
        return [*columns_of(kind).names, "nulls"]

    def rows(self, kind: str) -> pa.Table:
        """Return all rows of a kind, sorted by id: the same table as the ledger's scan."""
        return table_of(kind, self._paged(kind)).sort_by("id")

    def _paged(self, kind: str) -> Iterator[list[Any]]:
        after, columns = "", self._columns(kind)
        while page := self._read(asked.ROWS, noun=kind, after=after, limit=_PAGE, columns=columns):
            yield from (row for (row,) in page)
            after = page[-1][0][0]
            if len(page) < _PAGE:
                return

    def hashes(self, kind: str) -> dict[str, str]:
        """Return id -> row hash of a kind."""
        return dict(self._read(asked.HASHES, noun=kind))

    def exhibits(self, ids: Iterable[str]) -> set[str]:
        """Return those of these exhibits (SHA-256) of which the graph holds anything."""
        wanted = list(ids)
        return {id_ for (id_,) in self._read(asked.HELD, ids=wanted)} if wanted else set()

    def links(self, kind: str) -> dict[str, int]:
        """Return relationship type -> how many begin at nodes of a noun."""
        return dict(self._read(asked.LINKS, noun=kind))

    def accounts(self) -> pa.Table:
        found = [
            (key, currency, " | ".join(sorted({*chain(*printed)})), n, as_day(first), as_day(last), credits_, debits)
            for key, currency, printed, n, first, last, credits_, debits in self._read(asked.ACCOUNTS)
        ]
        return _table(sorted(found), ACCOUNTS)

    def transfers(self, *, since: date | None = None, until: date | None = None) -> pa.Table:
        if since is None and until is None:
            return self.rows("transfer")
        rows = self._read(
            asked.TRANSFERS_BETWEEN,
            since=since or _EARLIEST,
            until=until or _LATEST,
            columns=self._columns("transfer"),
        )
        return table_of("transfer", (row for (row,) in rows)).sort_by("id")

    def interests(self, *, as_of: date | None = None, as_known: date | None = None) -> pa.Table:
        rows = self._read(asked.INTERESTS, as_of=as_of, as_known=as_known, columns=self._columns("interest"))
        return table_of("interest", (row for (row,) in rows)).sort_by("id")

    def lookup(self, kind: str, ids: Sequence[str]) -> pa.Table:
        if kind not in {*KINDS, "transfer"}:
            raise _no_kind(kind, "looked up")
        rows = self._read(asked.LOOKUP, noun=kind, ids=list(dict.fromkeys(ids)), columns=self._columns(kind))
        return table_of(kind, (row for (row,) in rows)).sort_by("id")

    def search(self, text: str, *, limit: int = 50) -> pa.Table:
        found: list[tuple[str, str, str]] = []
        for kind in sorted(SEARCHED):
            if len(found) < limit:
                wanted = {"noun": kind, "text": folded([text])[0], "limit": limit - len(found)}
                rows = self._read(asked.SEARCH, **wanted, columns=self._columns(kind))
                texts = searched(kind, table_of(kind, (row for _, row in rows)))
                found += [(kind, id_, said or "") for (id_, _), said in zip(rows, texts, strict=True)]
        return _table(found, FOUND)

    def reach(self, accounts: Sequence[str], *, since: date, hops: int) -> pa.Table:
        reached = dict.fromkeys(sorted(set(accounts)), (0, since))
        frontier = {since: [hub("Account", key) for key in reached if key]}
        undoing = [id_ for (id_,) in self._read(asked.UNDOING)] if hops else []
        for hop in range(1, hops + 1):
            if not any(frontier.values()):
                break
            nearer: dict[date, list[str]] = {}
            found = self._read(asked.HOP, frontier=[[day, ids] for day, ids in frontier.items()], undoing=undoing)
            for arrived, keys in found:
                at = arrived.to_native()
                for key in keys:
                    earlier, earliest = reached.get(key, (hop, _LATEST))
                    # An account reached before, and not later, leads nowhere new: what it leads to is reached already.
                    if key not in reached or at < earliest:
                        reached[key] = earlier, min(at, earliest)
                        nearer.setdefault(at, []).append(hub("Account", key))
            frontier = nearer
        return _table([(key, hop, day) for key, (hop, day) in sorted(reached.items())], REACHED)

    def totals(self) -> pa.Table:
        found = [
            (kind, currency, n, amount)
            for kind, of, sum_ in TOTALLED
            for currency, n, amount in self._read(asked.TOTALS, noun=kind, currency=of, amount=sum_)
        ]
        return _table(sorted(found), TOTALS)


def _table(rows: Sequence[Sequence[Any]], columns: pa.Schema) -> pa.Table:
    values: list[Any] = list(zip(*rows, strict=True)) or [()] * len(columns)
    return pa.Table.from_arrays([pa.array(v, f.type) for v, f in zip(values, columns, strict=True)], schema=columns)


def _no_kind(kind: str, verb: str) -> LedgerError:
    return LedgerError(
        f"{kind!r} is not a kind of fact.",
        meaning=f"Nothing was {verb}.",
        next_call="one of " + ", ".join([*KINDS, "transfer"]),
    )

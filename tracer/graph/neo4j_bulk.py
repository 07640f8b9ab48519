"""The tables of Neo4j's offline import: the same nodes and relationships as the driver's way, written a column at a time.

One CSV file per noun and per type of relationship between two nouns. A node has, beside its properties, a number that only
the import knows, counted per noun; relationships name their ends by it, so that what a row names and is not there is found
here, as the driver's `MATCH` finds it, and the import itself is given nothing that it would have to skip.

Properties come from `properties_of`, which the driver's way uses too. What a row names is told here by columns and there
by rows (`links_of`, `hubs_of`); `tests/graph/test_bulk.py` compares the two graphs node by node. What a person states
(offences, events, holders) and the arrows SENT are made afterwards by the driver, as in every sync.

Exactness: texts are always quoted, so that "" is a text and nothing is null; quotes are doubled; a line break, NUL or any
other letter stands as it is (`--multiline-fields`, no backslash is an escape). Tried on 5.26.30 and 2026.02.2 with every
string of the injection corpus. The import tool reads Parquet too, but not with the jars that are assembled: one is missing.

Source: Neo4j Operations Manual 5, "neo4j-admin database import", "CSV header format".
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pc_csv

from tracer.batches import KINDS
from tracer.graph.neo4j_rows import agents_of, bank_of, called, hub, in_parts, properties_of
from tracer.graph.neo4j_schema import LABELS

__all__ = ["IMPORTED", "SETTINGS", "Tables", "write_tables"]

#: What the watermark says of an import that has not been finished: `Mark.filling`.
IMPORTED: Final = "imported"
#: How the tables are to be read; the buffer holds the largest text of a case (safety.md S11 cuts longer ones).
SETTINGS: Final = (
    "--id-type=integer",
    "--multiline-fields=true",
    "--legacy-style-quoting=false",
    "--ignore-empty-strings=false",
    "--trim-strings=false",
    "--normalize-types=true",
)
_ROWS = 50_000  # rows made together
_LABELS = {
    "person": "Person",
    "entity": "Organization",
    "state": "Organization",
    "arrangement": "Arrangement",
    "joint_holding": "Arrangement",
}


@dataclass(slots=True)
class Tables:
    """What was written: (labels, file) of nodes, (type, file) of relationships, how many of each, and rows per kind."""

    nodes: list[tuple[str, Path]] = field(default_factory=list)
    relationships: list[tuple[str, Path]] = field(default_factory=list)
    node_count: int = 0
    relationship_count: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    longest: int = 0


def write_tables(folder: Path, case: str, tables: Iterable[tuple[str, pa.Table]]) -> Tables:
    """Write the tables of a case to an empty folder.

    `tables`: (kind, rows) in the order of `KINDS`, then transfers, then judgements; a kind may come in several tables, and
    what names another kind comes after it. Ids are unique per kind, as in the ledger.
    """
    writer = _Writer(folder, case)
    for kind, table in tables:
        for part in in_parts(table, _ROWS):
            if part.num_rows:
                writer.add(kind, part)
    return writer.finish()


class _File:
    """One CSV file, opened with its first rows."""

    def __init__(self, path: Path) -> None:
        self.path, self.rows = path, 0
        self._writer: Any = None
        self._names: list[str] = []

    def write(self, columns: dict[str, Any]) -> None:
        table = pa.table(columns)
        if self._writer is None:
            self._names = table.column_names
            self._writer = pc_csv.CSVWriter(self.path, table.schema)
        self._writer.write_table(table.select(self._names))
        self.rows += table.num_rows

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


class _Hubs:
    """What several rows name, of one noun: key -> number, in the order it was first named."""

    def __init__(self) -> None:
        self.numbers: dict[Any, int] = {}

    def of(self, keys: pa.ChunkedArray | pa.Array) -> pa.Array:
        """Return the number of each key of a column of texts; null for "" and null."""
        coded = keys.combine_chunks() if isinstance(keys, pa.ChunkedArray) else keys
        coded = coded.dictionary_encode()
        numbers = [self.one(key) for key in coded.dictionary.to_pylist()]
        return pa.array(numbers, pa.int64()).take(coded.indices)

    def one(self, key: Any) -> int | None:
        return self.numbers.setdefault(key, len(self.numbers)) if key else None


class _Writer:
    def __init__(self, folder: Path, case: str) -> None:
        self.folder, self.case = folder, case
        self.made = Tables()
        self._nodes: dict[str, _File] = {}
        self._links: dict[tuple[str, str, str], _File] = {}
        self._ids: dict[str, list[pa.Array]] = {}
        self._known: dict[str, pa.Array] = {}
        self._counted: dict[str, int] = {}
        self._hubs = {noun: _Hubs() for noun in ("Exhibit", "Account", "Institution", "Party")}
        self._parties: dict[str, dict[str, Any]] = {}
        self._hosted: set[tuple[int, int]] = set()
        self._named: list[pa.Table] = []

    # nodes

    def add(self, kind: str, table: pa.Table) -> None:
        """Write rows of a kind, and what they are linked to."""
        properties = properties_of(kind, table)
        n, first = table.num_rows, self._counted.get(kind, 0)
        numbers = pa.array(range(first, first + n), pa.int64())
        columns = {name: properties[name] for name in properties.column_names}
        if "nulls" not in columns:
            columns["nulls"] = pa.nulls(n, pa.list_(pa.string()))
        self._node(kind, numbers, columns)
        self._counted[kind] = first + n
        self._ids.setdefault(kind, []).append(table["id"].combine_chunks())
        self._known.pop(kind, None)
        self.made.rows[kind] = first + n
        if "exhibit" in table.column_names:
            exhibits = self._hubs["Exhibit"].of(table["exhibit"])
            self._link("PRINTED_IN", kind, numbers, "Exhibit", exhibits, locator=properties["locator"])
        link = getattr(self, f"_link_{kind}", None)
        if link is not None:
            link(numbers, table)

    def _node(self, noun: str, numbers: pa.Array, columns: dict[str, Any]) -> None:
        n = len(numbers)
        made: dict[str, Any] = {
            f":ID({noun})": numbers,
            "case": pa.repeat(pa.scalar(self.case), n),
            "noun": pa.repeat(pa.scalar(noun), n),
        }
        for name, values in columns.items():
            kind = values.type
            if pa.types.is_list(kind):
                made[f"{name}:string[]"] = pc.binary_join(values, ";")
            elif pa.types.is_int64(kind):
                made[f"{name}:long"] = values
            elif pa.types.is_date(kind):
                made[f"{name}:date"] = values
            elif pa.types.is_boolean(kind):
                made[f"{name}:boolean"] = values
            else:
                made[name] = values
                longest = pc.max(pc.binary_length(values)).as_py()
                self.made.longest = max(self.made.longest, longest or 0)
        self._file(self._nodes, noun).write(made)

    def _file(self, files: dict[Any, _File], key: Any) -> _File:
        if key not in files:  # a name by number: Party and party are one file where letters have no case
            files[key] = _File(self.folder / f"{'nodes' if files is self._nodes else 'links'}-{len(files)}.csv")
        return files[key]

    def _numbers(self, kind: str, ids: pa.Array | pa.ChunkedArray) -> pa.Array:
        """Return the numbers of the nodes of a kind with these ids; null where there is none."""
        if kind not in self._known:
            held = self._ids.get(kind, [])
            self._known[kind] = pa.concat_arrays(held) if held else pa.array([], pa.string())
        found = pc.index_in(ids, value_set=self._known[kind])
        found = found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
        return pc.cast(found, pa.int64())

    # relationships

    def _link(self, name: str, start: str, starts: pa.Array, end: str, ends: pa.Array, **properties: Any) -> None:
        """Write relationships; where an end is null there is none."""
        columns = {f":START_ID({start})": starts, f":END_ID({end})": ends}
        for key, values in properties.items():
            columns[f"{key}:long" if pa.types.is_int64(values.type) else key] = values
        table = pa.table(columns)
        if starts.null_count or ends.null_count:
            table = table.filter(pc.and_(pc.is_valid(starts), pc.is_valid(ends)))
        if not table.num_rows:
            return
        made = dict(zip(table.column_names, table.columns, strict=True))
        self._file(self._links, (name, start, end)).write(made)

    def _host(self, accounts: pa.Array, table: pa.Table) -> None:
        """Say which bank keeps each account, each pair once."""
        rows = table.select([name for name in ("bic", "servicer", "bank") if name in table.column_names]).to_pylist()
        banks = [self._bank(*bank_of(row)) for row in rows]
        pairs = zip(accounts.to_pylist(), banks, strict=True)
        fresh = sorted({(a, b) for a, b in pairs if a is not None and b is not None} - self._hosted)
        self._hosted.update(fresh)
        starts, ends = (pa.array([pair[n] for pair in fresh], pa.int64()) for n in (0, 1))
        self._link("IS_HOSTED", "Account", starts, "Institution", ends)

    def _bank(self, scheme: str, key: str) -> int | None:
        return self._hubs["Institution"].one((scheme, key)) if key else None

    def _link_party(self, numbers: pa.Array, table: pa.Table) -> None:
        for row in table.select(["id", "record", "names", "kind"]).to_pylist():
            if not (record := row["record"]):
                continue
            seen = self._parties.setdefault(record, {"first": "~", "labels": set()})
            if row["id"] < seen["first"]:
                seen["first"], seen["name"] = row["id"], called(row["names"], record)
            if row["kind"] in _LABELS:
                seen["labels"].add(_LABELS[row["kind"]])
        self._link("SHOWN_BY", "Party", self._hubs["Party"].of(table["record"]), "party", numbers)

    def _link_account(self, numbers: pa.Array, table: pa.Table) -> None:
        accounts = self._hubs["Account"].of(_first_of(table, "account_key", "number"))
        self._link("SHOWN_BY", "Account", accounts, "account", numbers)
        self._host(accounts, table)

    def _link_interest(self, numbers: pa.Array, table: pa.Table) -> None:
        owners, subjects = (self._hubs["Party"].of(table[name]) for name in ("owner", "subject"))
        both = pc.and_(pc.is_valid(owners), pc.is_valid(subjects))
        held = pc.if_else(both, numbers, pa.scalar(None, pa.int64()))
        self._link("HOLDS", "Party", owners, "interest", held)
        self._link("IN", "interest", held, "Party", subjects)

    def _link_statement(self, numbers: pa.Array, table: pa.Table) -> None:
        accounts = self._hubs["Account"].of(_first_of(table, "account_key", "account"))
        self._link("BOOKED_ON", "statement", numbers, "Account", accounts)
        self._host(accounts, table)

    def _link_posting(self, numbers: pa.Array, table: pa.Table) -> None:
        accounts = self._hubs["Account"].of(_first_of(table, "account_key", "account"))
        self._link("BOOKED_ON", "posting", numbers, "Account", accounts)
        self._link("PART_OF", "posting", numbers, "statement", self._numbers("statement", table["statement"]))

    def _link_message(self, numbers: pa.Array, table: pa.Table) -> None:
        named: list[tuple[int, int | None, int, str]] = []
        for number, text in zip(numbers.to_pylist(), table["agents"].to_pylist(), strict=True):
            if text and text != "[]":
                for seq, agent in enumerate(agents_of({"agents": text}), 1):
                    named.append((number, self._bank(agent["scheme"], agent["id"]), seq, agent["role"]))
        if not named:
            return
        kinds = {"message": pa.int64(), "institution": pa.int64(), "seq": pa.int64(), "role": pa.string()}
        columns = [pa.array(v, kind) for v, kind in zip(zip(*named, strict=True), kinds.values(), strict=True)]
        self._named.append(pa.Table.from_arrays(columns, names=list(kinds)))
        self._link("NAMES", "message", columns[0], "Institution", columns[1], seq=columns[2], role=columns[3])

    def _link_transfer(self, numbers: pa.Array, table: pa.Table) -> None:
        payers, payees = (self._hubs["Account"].of(table[name]) for name in ("debit_account", "credit_account"))
        self._link("PERFORMS", "Account", payers, "transfer", numbers)
        self._link("BENEFITS_TO", "transfer", numbers, "Account", payees)
        for kind in ("posting", "message"):
            owners, ids = _listed(numbers, table[f"{kind}s"])
            shown = self._numbers(kind, ids)
            self._link("SHOWN_BY", "transfer", owners, kind, shown)
            if kind == "message" and self._named and len(shown):
                self._via(pa.table({"transfer": owners, "message": shown}))

    def _via(self, shown: pa.Table) -> None:
        """Say which institutions a transfer passed: those that its messages name, in the order of each."""
        named = pa.concat_tables(self._named)
        via = shown.filter(pc.is_valid(shown["message"])).join(named, "message", join_type="inner").combine_chunks()
        ids = self._known["message"].take(via["message"].combine_chunks())
        starts, ends = via["transfer"].combine_chunks(), via["institution"].combine_chunks()
        self._link("VIA", "transfer", starts, "Institution", ends, seq=via["seq"], role=via["role"], message=ids)

    def _link_judgement(self, numbers: pa.Array, table: pa.Table) -> None:
        pairs: dict[str, list[tuple[int, str]]] = {"party": [], "posting": [], "message": []}
        for number, row in zip(numbers.to_pylist(), table.to_pylist(), strict=True):
            for noun in ("party",) if row["subject"] == "party" else ("posting", "message"):
                pairs[noun] += [(number, end) for end in (row["left"], row["right"]) if end]
        for noun, some in pairs.items():
            starts = pa.array([number for number, _ in some], pa.int64())
            ends = pa.array([end for _, end in some], pa.string())
            self._link("JUDGES", "judgement", starts, noun, self._numbers(noun, ends))

    # the end

    def finish(self) -> Tables:
        """Write what several rows name and the watermark, close every file, and return what was written."""
        for noun, columns in self._hub_columns():
            n = len(columns["id"])
            if n:
                self._node(noun, pa.array(range(n), pa.int64()), columns)
        mark = {"id": "", "head": "", "name": self.case, "filling": IMPORTED}
        self._node("Case", pa.array([0], pa.int64()), {name: pa.array([text]) for name, text in mark.items()})
        for file in (*self._nodes.values(), *self._links.values()):
            file.close()
        self.made.nodes = [(f"Tracer:{LABELS[noun]}", file.path) for noun, file in self._nodes.items()]
        self.made.relationships = [(name, file.path) for (name, _, _), file in self._links.items()]
        self.made.node_count = sum(file.rows for file in self._nodes.values())
        self.made.relationship_count = sum(file.rows for file in self._links.values())
        return self.made

    def _hub_columns(self) -> Iterator[tuple[str, dict[str, pa.Array]]]:
        exhibits = list(self._hubs["Exhibit"].numbers)
        yield "Exhibit", _texts(id=exhibits, sha256=exhibits)
        accounts = list(self._hubs["Account"].numbers)
        yield "Account", _texts(id=[hub("Account", key) for key in accounts], key=accounts, name=accounts)
        banks = list(self._hubs["Institution"].numbers)
        keys = [key for _, key in banks]
        ids = [hub("Institution", f"{scheme}\n{key}") for scheme, key in banks]
        yield "Institution", _texts(id=ids, scheme=[scheme for scheme, _ in banks], key=keys, name=keys)
        records = list(self._hubs["Party"].numbers)
        known = [self._parties.get(record, {}) for record in records]
        columns = _texts(
            id=[hub("Party", record) for record in records],
            record=records,
            first=[one.get("first") for one in known],
            name=[one.get("name", record) for record, one in zip(records, known, strict=True)],
        )
        yield (
            "Party",
            columns | _texts(**{":LABEL": [";".join(sorted(one.get("labels", ()))) or None for one in known]}),
        )


def _texts(**columns: Sequence[str | None]) -> dict[str, pa.Array]:
    return {name: pa.array(values, pa.string()) for name, values in columns.items()}


def _first_of(table: pa.Table, *names: str) -> Any:
    """Return the first text of each row that is not empty."""
    nothing = pa.scalar(None, pa.string())
    return pc.coalesce(*(pc.if_else(pc.equal(table[name], ""), nothing, table[name]) for name in names))


def _listed(numbers: pa.Array, lists: pa.ChunkedArray) -> tuple[pa.Array, pa.Array]:
    """Return (number, id) for each id of a column of JSON lists."""
    owners: list[int] = []
    ids: list[str] = []
    for number, text in zip(numbers.to_pylist(), lists.to_pylist(), strict=True):
        if text and text != "[]":
            some = json.loads(text)
            ids += some
            owners += [number] * len(some)
    return pa.array(owners, pa.int64()), pa.array(ids, pa.string())


assert {*LABELS} >= {*KINDS, "transfer", "judgement"}

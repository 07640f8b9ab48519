"""Segments and manifest."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import shutil
import string
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tracer.batches import KINDS, schema
from tracer.model import LedgerBroken, LedgerError
from tracer.spooled import PART, Rows

__all__ = ["Appended", "Head", "Ledger", "Writer"]

CONFLICT = pa.schema(
    [
        pa.field(name, pa.string(), nullable=False)
        for name in ("id", "exhibit", "locator", "kind", "row", "kept_hash", "row_hash")
    ]
)
_ZERO = "0" * 64
_COMPACT_ABOVE = 64  # segments of one kind, before the next commit folds them into one
_SPAN = "SELECT * FROM read_parquet($paths) WHERE id >= $first AND id < $last ORDER BY id"
_SPAN_AND_WAITING = """
SELECT * FROM read_parquet($paths) WHERE id >= $first AND id < $last
UNION ALL SELECT * FROM waiting WHERE id >= $first AND id < $last ORDER BY id
"""
_FOLDED_IN_MEMORY = 200_000  # rows; more are folded a span of ids at a time


def _schema(kind: str) -> pa.Schema:
    return CONFLICT if kind == "conflict" else schema(kind)


def connect() -> duckdb.DuckDBPyConnection:
    """Return a connection of its own to this process's DuckDB: temporary tables and views are seen by no other."""
    return _instance().cursor()


@cache
def _instance() -> duckdb.DuckDBPyConnection:
    """Return an in-memory DuckDB that loads and fetches nothing (safety.md S12: the defaults are on).

    One per process: a new one costs 50 ms, twice for every exhibit of a load of a thousand files.
    """
    return duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "lock_configuration": "true",
            "threads": "2",
        },
    )


@dataclass(frozen=True, slots=True)
class Head:
    """Where the ledger stands: number of commits and the hash of the last manifest line."""

    sequence: int
    chain: str


@dataclass(slots=True)
class Appended:
    """What became of the rows offered: counts per kind, and the conflicts (kind, id, exhibit, locator)."""

    new: dict[str, int] = field(default_factory=dict)
    duplicate: dict[str, int] = field(default_factory=dict)
    conflicts: list[tuple[str, str, str, str]] = field(default_factory=list)

    def total(self) -> int:
        return sum(self.new.values())


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _fsync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Ledger:
    """The facts of one case: `Ledger(case_folder / "ledger")`. Reading needs no lock.

    `series` begins the names of new segments, so that a ledger made again never takes a name of the one it replaces.
    """

    def __init__(self, folder: Path, *, series: str = "") -> None:
        self.folder, self.series = folder, series
        self.segments = folder / "segments"
        self.manifest_path = folder / "manifest.jsonl"

    def create(self) -> None:
        """Make the empty folder, 0700."""
        self.segments.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.chmod(0o700)

    # reading

    def manifest(self) -> list[dict[str, Any]]:
        """Return the commits, oldest first."""
        try:
            lines = self.manifest_path.read_bytes().splitlines()
        except FileNotFoundError:
            return []
        made = []
        for number, line in enumerate(lines, 1):
            try:
                made.append(json.loads(line))
            except ValueError:
                raise self._broken(f"Line {number} of the manifest is not readable.") from None
        return made

    def head(self) -> Head:
        """Return the chain head; sequence 0 for an empty ledger."""
        lines = self.manifest()
        return Head(len(lines), lines[-1]["hash"] if lines else _ZERO)

    def paths(self, kind: str) -> list[Path]:
        """Return the live segment files of one kind, in commit order."""
        live: list[str] = []
        for line in self.manifest():
            gone = set(line.get("replaces", ()))
            live = [name for name in live if name not in gone]
            live += [entry["file"] for entry in line["files"] if entry["kind"] == kind]
        return [self.segments / name for name in live]

    def scan(self, kind: str, *, without: Iterable[str] = (), columns: Sequence[str] | None = None) -> pa.Table:
        """Return all rows of a kind, sorted by id, without the rows of the exhibits named (SHA-256)."""
        paths = self.paths(kind)
        wanted = list(columns) if columns else _schema(kind).names
        if not paths:
            return pa.schema([_schema(kind).field(name) for name in wanted]).empty_table()
        self._demand_open(paths)
        skipped = pa.array(sorted(without), pa.string())
        read = list(dict.fromkeys([*wanted, "id", "exhibit"]))
        try:
            tables = [pq.read_table(path, columns=read) for path in paths]
        except (OSError, pa.ArrowInvalid):
            if self.paths(kind) == paths:
                raise self._broken(f"A segment of kind {kind} is missing or cannot be read.") from None
            return self.scan(kind, without=skipped.to_pylist(), columns=columns)  # a rebuild ended in between
        found = pa.concat_tables(tables)
        if len(skipped):
            found = found.filter(pc.invert(pc.is_in(found["exhibit"], skipped)))
        target = pa.schema([_schema(kind).field(name) for name in wanted])
        return found.sort_by("id").select(wanted).cast(target)

    def counts(self) -> dict[str, int]:
        """Return rows per kind, from the manifest."""
        totals: dict[str, int] = {}
        replaced: set[str] = {name for line in self.manifest() for name in line.get("replaces", ())}
        for line in self.manifest():
            for entry in line["files"]:
                if entry["file"] not in replaced:
                    totals[entry["kind"]] = totals.get(entry["kind"], 0) + entry["rows"]
        return totals

    def content_head(self, *, without: Iterable[str] = ()) -> str:
        """Return the hash of the sorted (kind, id, row hash) of all facts but those of the exhibits named."""
        digest, skipped = hashlib.sha256(), tuple(without)
        for kind in sorted(KINDS):
            table = self.scan(kind, without=skipped, columns=("id", "exhibit", "row_hash"))
            for batch in table.to_batches(max_chunksize=100_000):
                ids, hashes = batch.column(0).to_pylist(), batch.column(2).to_pylist()
                digest.update("".join(f"{kind} {i} {h}\n" for i, h in zip(ids, hashes, strict=True)).encode())
        return digest.hexdigest()

    def verify(self) -> list[str]:
        """Return what does not verify, one sentence each; empty is good. Names the first bad line of the chain."""
        wrong: list[str] = []
        previous = _ZERO
        try:
            lines = self.manifest()
        except LedgerBroken as error:
            return [error.what]
        for number, line in enumerate(lines, 1):
            body = {key: value for key, value in line.items() if key != "hash"}
            if line.get("prev") != previous or line.get("sequence") != number:
                wrong.append(f"manifest.jsonl:{number}: does not follow the line before it.")
                break
            if line.get("hash") != _line_hash(body):
                wrong.append(f"manifest.jsonl:{number}: the line was changed after it was written.")
                break
            previous = line["hash"]
            for entry in line["files"]:
                path = self.segments / entry["file"]
                self._demand_open([path])
                if not path.exists():
                    wrong.append(f"manifest.jsonl:{number}: segment {entry['file']} is missing.")
                elif _sha256(path) != entry["sha256"]:
                    wrong.append(f"manifest.jsonl:{number}: segment {entry['file']} was changed.")
        return wrong

    def again(self) -> Ledger:
        """Return an empty ledger beside this one, to be filled and then taken over by `replace_with`."""
        used = {path.name[:1] for path in self.segments.glob("*.parquet")}
        unused = next(letter for letter in string.ascii_lowercase if letter not in used)
        fresh = Ledger(self.folder.with_name("ledger.new"), series=unused)
        shutil.rmtree(fresh.folder, ignore_errors=True)
        fresh.create()
        return fresh

    def replace_with(self, fresh: Ledger) -> None:
        """Take over the facts of a ledger made by `again`, by one rename of its manifest. The caller holds the lock.

        Until that rename a reader sees all of the old ledger, after it all of the new; a process killed in between leaves
        files that no manifest names, which the next writer removes.
        """
        for path in fresh.segments.iterdir():
            path.rename(self.segments / path.name)
        _fsync_folder(self.segments)
        if fresh.manifest_path.exists():
            fresh.manifest_path.rename(self.manifest_path)
        else:
            self.manifest_path.unlink(missing_ok=True)
        _fsync_folder(self.folder)
        self.writer()
        shutil.rmtree(fresh.folder)

    def writer(self) -> Writer:
        """Return a writer; the caller holds the `WriterLock`."""
        return Writer(self)

    def _demand_open(self, paths: Iterable[Path]) -> None:
        """Raise `LedgerError` for a segment that this user may not read: it is shut, not broken, and a rebuild would not help."""
        for path in paths:
            try:
                path.open("rb").close()
            except PermissionError:
                shut = path if os.access(self.segments, os.X_OK) else self.segments
                raise LedgerError(
                    f"No permission to read {shut.name} of the ledger.",
                    where=str(shut),
                    meaning="The facts in it are not read, so no figure is given; nothing is damaged and nothing was changed.",
                    next_call=f"ls -ld {shlex.quote(str(self.segments))} {shlex.quote(str(shut))}, have it opened to you, "
                    "then the same command again",
                ) from None
            except FileNotFoundError:
                continue  # `scan` tells a missing segment from one that a rebuild has just replaced

    def _broken(self, what: str) -> LedgerBroken:
        return LedgerBroken(
            what,
            where=str(self.manifest_path),
            meaning="No figure may rest on this ledger; the exhibits and decisions are not affected.",
            next_call="tracer rebuild   (makes the ledger again from exhibits, decisions and case.yaml)",
        )


def _line_hash(body: dict[str, Any]) -> str:
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


class Writer:
    """Collects the rows of one commit. Nothing is visible before `commit`.

    Rows that fit into memory wait there; those that come in parts are written at once, to a file that no manifest names yet.
    """

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.pending: dict[str, list[pa.Table]] = {}
        self._written: dict[str, list[_Run]] = {}
        self.appended = Appended()
        self._clean()

    def _clean(self) -> None:
        """Remove what a killed writer left: files that no manifest line names."""
        named = {entry["file"] for line in self.ledger.manifest() for entry in line["files"]}
        if self.ledger.segments.is_dir():
            for path in self.ledger.segments.iterdir():
                if path.name not in named:
                    path.unlink()
        for path in self.ledger.folder.glob(".manifest-*.tmp"):
            path.unlink()

    def append(self, kind: str, rows: Rows, said: Callable[[int], None] | None = None) -> Appended:
        """Sort rows into new, duplicate and conflict; keep the new ones for the commit.

        Rows that wait on the disk come in parts, each of other ids than the parts before, and are never held together; `said`
        is told how many are done.
        """
        if not rows.num_rows:
            return self.appended
        if not rows.schema.equals(_schema(kind)):
            raise LedgerError(
                f"Rows of kind {kind} do not have the columns of {kind}.",
                meaning="Nothing was appended.",
                next_call="build batches with tracer.batches.schema(kind)",
            )
        segments = self.ledger.paths(kind)
        self.ledger._demand_open(segments)
        held = [str(path) for path in (*segments, *(run.path for run in self._written.get(kind, ())))]
        if isinstance(rows, pa.Table):
            if (new := self._judged(kind, rows, held)).num_rows:
                self.pending.setdefault(kind, []).append(new)
            return self.appended
        run = _Run(self.ledger.segments / f".run-{kind}-{len(self._written.get(kind, ()))}.tmp")
        self._written.setdefault(kind, []).append(run)  # named before it is there, so that `discard` finds it
        with run.opened(_schema(kind)) as write:
            done = 0
            for part in rows.parts():
                write(self._judged(kind, part, held))
                done += part.num_rows
                if said is not None:
                    said(done)
        return self.appended

    def _judged(self, kind: str, table: pa.Table, held: list[str]) -> pa.Table:
        """Return the new rows, sorted by id; count the others, and keep those in conflict as such."""
        slim = table.select(["id", "row_hash"]).append_column("place", pa.array(np.arange(table.num_rows)))
        span = {"first": pc.min(table["id"]).as_py(), "last": pc.max(table["id"]).as_py()}
        earlier = self.pending.get(kind, [])
        with connect() as db:
            db.register("incoming", slim)
            # What is held is asked for these ids only: segments are sorted, so most of each is passed over.
            sources = ["SELECT id, row_hash FROM read_parquet($held) WHERE id BETWEEN $first AND $last"] if held else []
            if earlier:
                db.register("earlier", pa.concat_tables(earlier).select(["id", "row_hash"]))
                sources.append("SELECT id, row_hash FROM earlier")
            known = " UNION ALL ".join(sources) or "SELECT '' AS id, '' AS row_hash WHERE false"
            db.execute("CREATE TEMP TABLE known AS " + known, {"held": held} | span if held else {})
            db.execute(
                """CREATE TEMP TABLE judged AS
                SELECT i.id, i.row_hash, i.place, k.row_hash AS "kept hash",
                       row_number() OVER (PARTITION BY i.id ORDER BY i.row_hash) AS occurrence,
                       first_value(i.row_hash) OVER (PARTITION BY i.id ORDER BY i.row_hash) AS first_hash
                FROM incoming i LEFT JOIN known k USING (id)"""
            )
            fresh = db.sql(
                'SELECT place FROM judged WHERE "kept hash" IS NULL AND occurrence = 1 ORDER BY id'
            ).to_arrow_table()
            clash = db.sql(
                'SELECT place, coalesce("kept hash", first_hash) AS "kept hash" '
                'FROM judged WHERE row_hash <> coalesce("kept hash", first_hash) ORDER BY id'
            ).to_arrow_table()
        self.appended.new[kind] = self.appended.new.get(kind, 0) + fresh.num_rows
        same = table.num_rows - fresh.num_rows - clash.num_rows
        self.appended.duplicate[kind] = self.appended.duplicate.get(kind, 0) + same
        if clash.num_rows and kind != "conflict":
            clashing = table.take(clash["place"]).append_column("kept hash", clash["kept hash"])
            rows = [_conflict(kind, row) for row in clashing.to_pylist()]
            self.appended.conflicts += [(kind, row["id"], row["exhibit"], row["locator"]) for row in rows]
            self.append("conflict", pa.Table.from_pylist(rows, schema=CONFLICT))
        return table.take(fresh["place"])

    def commit(self, note: dict[str, str] | None = None) -> Head:
        """Write the segments, then make them visible by one rename. Without new rows nothing is written."""
        ledger, lines = self.ledger, self.ledger.manifest()
        written = {kind: [run for run in runs if run.rows] for kind, runs in self._written.items()}
        if not self.pending and not any(written.values()):
            self.discard()
            return ledger.head()
        sequence = len(lines) + 1
        files, replaced = [], []
        counts = ledger.counts()
        for kind in sorted({*self.pending, *(kind for kind, runs in written.items() if runs)}):
            tables, runs, old = self.pending.get(kind, []), written.get(kind, []), ledger.paths(kind)
            folded = old if len(old) >= _COMPACT_ABOVE else []
            replaced += [path.name for path in folded]
            name = f"{ledger.series}{sequence:06d}-{kind}.parquet"
            if len(runs) == 1 and not tables and not folded:
                rows, sha256 = runs[0].rows, self._keep(name, runs[0].path)
            elif runs or (folded and counts[kind] > _FOLDED_IN_MEMORY):
                rows, sha256 = self._merge(name, kind, [*folded, *(run.path for run in runs)], tables)
            else:
                table = pa.concat_tables([*[pq.read_table(path) for path in folded], *tables]).sort_by("id")
                rows, sha256 = table.num_rows, self._write(name, table)
            files.append({"kind": kind, "file": name, "rows": rows, "sha256": sha256})
        _fsync_folder(ledger.segments)
        body: dict[str, Any] = {
            "sequence": sequence,
            "prev": lines[-1]["hash"] if lines else _ZERO,
            "files": files,
            "note": note or {},
        }
        if replaced:
            body["replaces"] = replaced
        line = body | {"hash": _line_hash(body)}
        self._publish([*lines, line])
        self.discard()
        return ledger.head()

    def _merge(self, name: str, kind: str, paths: Sequence[Path], tables: Sequence[pa.Table]) -> tuple[int, str]:
        """Write the rows of segments and tables as one segment, a span of ids at a time."""
        run = _Run(self.ledger.segments / f".merge-{kind}.tmp")
        self._written.setdefault(kind, []).append(run)
        total = sum(pq.read_metadata(path).num_rows for path in paths) + sum(table.num_rows for table in tables)
        spans = min(256, total // PART + 1)
        edges = [f"{256 * n // spans:02x}" for n in range(spans)] + ["g"]  # behind every hexadecimal letter
        query = _SPAN_AND_WAITING if tables else _SPAN
        with connect() as db, run.opened(_schema(kind)) as write:
            if tables:
                db.register("waiting", pa.concat_tables(tables))
            for first, last in pairwise(edges):
                given = {"paths": [str(path) for path in paths], "first": first, "last": last}
                found = db.sql(query, params=given)
                write(found.to_arrow_table().cast(_schema(kind)))
        return run.rows, self._keep(name, run.path)

    def _write(self, name: str, table: pa.Table) -> str:
        temporary = (self.ledger.segments / name).with_suffix(".tmp")
        with temporary.open("wb") as file:
            pq.write_table(table, file, compression="zstd", write_statistics=True)
            file.flush()
            os.fsync(file.fileno())
        return self._keep(name, temporary)

    def _keep(self, name: str, temporary: Path) -> str:
        """Give a file that is whole the name of a segment; return its SHA-256."""
        path = self.ledger.segments / name
        temporary.chmod(0o600)
        temporary.rename(path)
        return _sha256(path)

    def _publish(self, lines: list[dict[str, Any]]) -> None:
        temporary = self.ledger.folder / f".manifest-{os.getpid()}.tmp"
        with temporary.open("w", encoding="utf-8") as file:
            for line in lines:
                file.write(json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o600)
        temporary.rename(self.ledger.manifest_path)
        _fsync_folder(self.ledger.folder)

    def discard(self) -> None:
        """Forget the rows of this commit, and remove what was written of them under no name of a segment."""
        self.pending = {}
        for run in (run for runs in self._written.values() for run in runs):
            run.path.unlink(missing_ok=True)
        self._written = {}


class _Run:
    """Rows of one kind in the order of ids, in a file that no manifest names."""

    def __init__(self, path: Path) -> None:
        self.path, self.rows = path, 0

    @contextmanager
    def opened(self, columns: pa.Schema) -> Iterator[Callable[[pa.Table], None]]:
        """Give the function that adds rows: every id above those that were added before."""
        with self.path.open("wb") as file:
            with pq.ParquetWriter(file, columns, compression="zstd", write_statistics=True) as writer:

                def write(table: pa.Table) -> None:
                    if table.num_rows:
                        writer.write_table(table)
                        self.rows += table.num_rows

                yield write
            file.flush()
            os.fsync(file.fileno())


def _conflict(kind: str, row: dict[str, Any]) -> dict[str, str]:
    kept = row.pop("kept hash")
    text = json.dumps(row, ensure_ascii=False, sort_keys=True, default=str)
    return {
        # Each different reading of one place is its own conflict row.
        "id": hashlib.sha256(f"conflict\n{row['id']}\n{row['row_hash']}".encode()).hexdigest()[:32],
        "exhibit": row["exhibit"],
        "locator": row["locator"],
        "kind": kind,
        "row": text,
        "kept_hash": kept,
        "row_hash": row["row_hash"],
    }

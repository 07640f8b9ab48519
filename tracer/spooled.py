"""Rows of one kind that are too many to hold: on disk, by the beginning of their ids, until the ledger takes them.

An id is a hash, so every beginning is as frequent as any other: rows are kept by the first of their letters, a few dozen
shelves of one file, and come back shelf after shelf, in the order of ids, some ten thousand at a time. All rows of one id
are on one shelf, so that whoever takes the rows sees every duplicate together.

The file has no name in any folder: it is gone with the process, however that ends, and nothing of a case is read from it again.
"""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["PART", "Rows", "Spooled"]

PART = 50_000  # rows that come back together, at least; a shelf more at most
_HELD = 25_000  # rows that are held before they go to disk
#: The 64 shelves: two hexadecimal letters each, in steps of four.
_EDGES = tuple(f"{edge:02x}" for edge in range(4, 256, 4))


class Spooled:
    """Rows of one schema, with a column `id` of hexadecimal letters: `add` them all, then take them in `parts`.

    `folder` is where the file without a name is made; without a folder, and below 25,000 rows, rows stay in memory.
    Raises: OSError when the disk is full.
    """

    def __init__(self, schema: pa.Schema, folder: Path | None) -> None:
        self.schema, self.folder = schema, folder
        self.num_rows = 0
        self._held: list[pa.Table] = []
        self._waiting = 0
        self._file: Any = None
        self._writer: Any = None
        self._shelves: list[list[int]] = [[] for _ in range(len(_EDGES) + 1)]
        self._sizes = [0] * len(self._shelves)
        self._batches = 0

    def add(self, table: pa.Table) -> None:
        """Take rows, in any order."""
        self._held.append(table)
        self.num_rows += table.num_rows
        self._waiting += table.num_rows
        if self.folder is not None and self._waiting >= _HELD:
            self._spill(self.folder)

    def _spill(self, folder: Path) -> None:
        if self._writer is None:
            self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - it ends with the rows, also where a reader fails
            weakref.finalize(self, self._file.close)
            options = pa.ipc.IpcWriteOptions(compression="lz4")
            self._writer = pa.ipc.new_file(pa.PythonFile(self._file, "w"), self.schema, options=options)
        table = pa.concat_tables(self._held).combine_chunks().sort_by("id")
        self._held, self._waiting = [], 0
        ends = np.searchsorted(pc.utf8_slice_codeunits(table["id"], 0, 2).to_numpy(), np.array(_EDGES, dtype=object))
        edges = [0, *ends.tolist(), table.num_rows]
        for shelf, (start, end) in enumerate(pairwise(edges)):
            for batch in table.slice(start, end - start).to_batches() if end > start else ():
                self._writer.write_batch(batch)
                self._shelves[shelf].append(self._batches)
                self._sizes[shelf] += batch.num_rows
                self._batches += 1

    def whole(self) -> pa.Table | Spooled:
        """Return the rows as a table where they are few enough to be held, else this."""
        if self._writer is None:
            return pa.concat_tables(self._held) if self._held else self.schema.empty_table()
        return self

    def columns(self, *names: str) -> Iterator[pa.Table]:
        """Yield all rows with these columns only, some at a time, in no order that means anything."""
        self._seal()
        if self._file is None:
            yield from (table.select(names) for table in self._held)
            return
        reader = self._reader(names)
        for number in range(self._batches):
            yield pa.Table.from_batches([reader.get_batch(number)])

    def parts(self) -> Iterator[pa.Table]:
        """Yield all rows, `PART` or a few more at a time; every id of a part is above every id of the part before."""
        self._seal()
        if self._file is None:
            yield pa.concat_tables(self._held)
            return
        reader = self._reader(self.schema.names)
        taken: list[int] = []
        size = 0
        for shelf, batches in enumerate(self._shelves):
            taken += batches
            size += self._sizes[shelf]
            if taken and (size >= PART or shelf == len(self._shelves) - 1):
                yield pa.Table.from_batches([reader.get_batch(number) for number in taken]).combine_chunks()
                taken, size = [], 0

    def close(self) -> None:
        """Let go of the rows."""
        self._held = []
        if self._file is not None:
            self._file.close()

    def _seal(self) -> None:
        if self._writer is None or self._writer is _SEALED:
            return
        if self._held and self.folder is not None:
            self._spill(self.folder)
        self._writer.close()
        self._writer = _SEALED
        self._file.flush()

    def _reader(self, names: Sequence[str]) -> Any:
        fields = [self.schema.get_field_index(name) for name in names]
        options = pa.ipc.IpcReadOptions(included_fields=fields, use_threads=False)
        return pa.ipc.open_file(pa.PythonFile(self._file, "r"), options=options)


_SEALED = object()

Rows = pa.Table | Spooled

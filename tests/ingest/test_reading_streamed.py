"""A large file is read into columns while it is read: the same facts, checks and counts as from its nouns together."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from connectors import bai2, camt, mt940, ofx
from tests.connectors.test_mt_payments import opened
from tracer import spooled
from tracer.ingest import reading
from tracer.spooled import Rows

FIXTURES = Path(__file__).parent.parent / "connectors" / "fixtures"
CONNECTORS = {"camt": camt.CONNECTOR, "mt940": mt940.CONNECTOR, "bai2": bai2.CONNECTOR, "ofx": ofx.CONNECTOR}
FILES = sorted(
    path for room in CONNECTORS for path in (FIXTURES / room).rglob("*") if path.is_file() and path.suffix != ".json"
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_streamed_is_whole(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connector = next(CONNECTORS[part] for part in path.parts if part in CONNECTORS)
    source = opened(path)
    assert connector.claims(source)
    whole = reading.read_exhibit(source, connector)
    monkeypatch.setattr(reading, "STREAMED", -1)
    monkeypatch.setattr(reading, "_CHUNK", 2)
    monkeypatch.setattr(spooled, "_HELD", 3)
    monkeypatch.setattr(spooled, "PART", 3)
    streamed = reading.read_exhibit(source, connector, tmp_path)
    assert (streamed.raw, streamed.counts, streamed.tally, streamed.status) == (
        whole.raw,
        whole.counts,
        whole.tally,
        whole.status,
    )
    assert streamed.checks == whole.checks
    assert streamed.rejects == tuple(replace(one, raw="") for one in whole.rejects)
    assert {kind: in_order(rows) for kind, rows in streamed.tables.items()} == {
        kind: in_order(rows) for kind, rows in whole.tables.items()
    }
    streamed.close()
    assert not list(tmp_path.iterdir())


def in_order(rows: Rows) -> list[dict[str, Any]]:
    """Return the rows by id; what waited on the disk comes back in parts that are in that order among themselves."""
    parts = [rows] if isinstance(rows, pa.Table) else list(rows.parts())
    spans = [(min(ids), max(ids)) for ids in (part["id"].to_pylist() for part in parts) if ids]
    assert all(before[1] < after[0] for before, after in pairwise(spans))
    return [row for part in parts for row in part.sort_by("id").to_pylist()]

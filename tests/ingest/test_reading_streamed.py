"""A large file is read into columns while it is read: the same facts, checks and counts as from its nouns together."""

from pathlib import Path

import pytest

from connectors import bai2, camt, mt940, ofx
from tests.connectors.test_mt_payments import opened
from tracer.ingest import reading

FIXTURES = Path(__file__).parent.parent / "connectors" / "fixtures"
CONNECTORS = {"camt": camt.CONNECTOR, "mt940": mt940.CONNECTOR, "bai2": bai2.CONNECTOR, "ofx": ofx.CONNECTOR}
FILES = sorted(
    path for room in CONNECTORS for path in (FIXTURES / room).rglob("*") if path.is_file() and path.suffix != ".json"
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_streamed_is_whole(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connector = next(CONNECTORS[part] for part in path.parts if part in CONNECTORS)
    source = opened(path)
    assert connector.claims(source)
    whole = reading.read_exhibit(source, connector)
    monkeypatch.setattr(reading, "BULK", -1)
    monkeypatch.setattr(reading, "_CHUNK", 2)
    streamed = reading.read_exhibit(source, connector)
    assert (streamed.raw, streamed.counts, streamed.tally, streamed.status) == (
        whole.raw,
        whole.counts,
        whole.tally,
        whole.status,
    )
    assert sorted(map(repr, streamed.checks)) == sorted(map(repr, whole.checks))
    assert streamed.rejects == whole.rejects
    assert {kind: table.sort_by("id").to_pylist() for kind, table in streamed.tables.items()} == {
        kind: table.sort_by("id").to_pylist() for kind, table in whole.tables.items()
    }

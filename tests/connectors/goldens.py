"""Goldens of the statement readers, as records.

python -m tests.connectors.goldens          (writes them anew; the difference is for a person to review)
"""

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Any

from connectors import bai2, camt, mt940, ofx, onec, qif
from tracer.ingest.source import Source
from tracer.model import Exhibit

FIXTURES = Path(__file__).parent / "fixtures"
READERS = {"mt940": mt940.CONNECTOR, "camt": camt.CONNECTOR, "bai2": bai2.CONNECTOR}


#: Formats with files of their own tests, and what a person answers for them.
APART: dict[str, tuple[Any, dict[str, str]]] = {
    "ofx": (ofx.CONNECTOR, {}),
    "onec": (onec.CONNECTOR, {}),
    "qif": (qif.CONNECTOR, {"currency": "USD", "century": "2000s", "encoding": "cp1252"}),
}


def opened(path: Path, **answers: str) -> Source:
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    return Source.open(Exhibit(digest, "EX-0001", path.name, len(data), "EV", "", "", "", "", ""), path, answers)


def files() -> list[Path]:
    return [path for name in READERS for path in files_of(name)]


def files_of(name: str) -> list[Path]:
    return [path for path in sorted((FIXTURES / name).iterdir()) if path.suffix != ".json"]


def records(path: Path) -> list[dict[str, Any]]:
    """Every record of a file: its kind, its place, and each field that is not at its default."""
    found = []
    name = path.parent.name
    reader, answers = APART[name] if name in APART else (READERS[name], {})
    for item in reader.read(opened(path, **answers)):
        record = {"record": type(item).__name__, "at": item.cite.locator}
        for field in dataclasses.fields(item):
            value = getattr(item, field.name)
            if field.name not in {"cite", "statement"} and value != field.default:
                record[field.name] = list(value) if isinstance(value, tuple) else value
        found.append(json.loads(json.dumps(record, default=str)))
    return found


def main() -> None:
    for path in [*files(), *(path for name in APART for path in files_of(name))]:
        text = json.dumps(records(path), ensure_ascii=False, indent=1)
        path.with_suffix(".json").write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()

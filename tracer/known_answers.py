"""Known-answer cases: what tracer computes against what is expected, by the same functions that the verbs call.

`passed`: every figure a case states agrees. `failed`: one does not. `not covered`: it needs a feature that tracer says it
does not have yet, which is named; it never counts as passed (tracing.md section 8).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from tracer.model import CaseError

__all__ = ["Outcome", "Report", "selftest"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One case: area (tracing, ownership, nexus), id, status, the figures compared, and what is missing by name."""

    area: str
    id: str
    status: str
    details: tuple[tuple[str, Any, Any, bool], ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """All outcomes of one run."""

    outcomes: tuple[Outcome, ...]

    def count(self, status: str) -> int:
        return sum(1 for outcome in self.outcomes if outcome.status == status)

    @property
    def failed(self) -> int:
        return self.count("failed")

    def closing(self) -> str:
        """Return the closing line."""
        return f"{self.count('passed')} passed, {self.failed} failed, {self.count('not covered')} not covered"

    def as_text(self) -> str:
        lines = []
        for outcome in self.outcomes:
            good = sum(1 for _, _, _, ok in outcome.details if ok)
            lines.append(
                f"{outcome.status:11}  {outcome.area:9}  {outcome.id:16}  {good} of {len(outcome.details)} figures agree"
            )
            lines += [
                f"             {path}: computed {computed!r}, expected {expected!r}"
                for path, computed, expected, ok in outcome.details
                if not ok
            ]
            lines += [f"             not covered: {name}" for name in outcome.missing]
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        return {
            "cases": [
                {
                    "area": o.area,
                    "id": o.id,
                    "status": o.status,
                    "missing": list(o.missing),
                    "figures": [
                        {"path": p, "computed": _plain(c), "expected": _plain(e), "agrees": ok}
                        for p, c, e, ok in o.details
                    ],
                }
                for o in self.outcomes
            ],
            "passed": self.count("passed"),
            "failed": self.failed,
            "not_covered": self.count("not covered"),
        }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(v) for v in value]
    return value if isinstance(value, str | int | bool | type(None)) else str(value)


def selftest(paths: Sequence[str | Path] | None = None, *, only: str = "") -> Report:
    """Run the cases that ship with tracer, or any file or folder in the same formats.

    Raises: CaseError for a file that is none of the three formats.
    """
    places = [Path(p) for p in paths] if paths else [Path(str(files("tracer") / "selftest_cases"))]
    found = tuple(o for place in places for o in _run(place) if o.id.startswith(only))
    return Report(found)


def _run(place: Path) -> Iterator[Outcome]:
    if place.is_dir() and (place / "expected.json").is_file():
        yield from _nexus(place)
    elif place.is_dir():
        for path in sorted(place.iterdir()):
            if path.is_dir() and (path / "expected.json").is_file():
                yield from _nexus(path)
            elif path.suffix == ".json":
                yield from _file(path)
    elif place.name == "expected.json":
        yield from _nexus(place.parent)
    else:
        yield from _file(place)


def _file(path: Path) -> Iterator[Outcome]:
    try:
        data = json.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise CaseError(
            f"{path.name} cannot be read as cases: {error}.",
            where=str(path),
            meaning="Nothing was tested.",
            next_call="tracer selftest --cases FILE.json",
        ) from None
    cases = data.get("cases") if isinstance(data, dict) else data if isinstance(data, list) else None
    if not isinstance(cases, list) or not all(isinstance(case, dict) and "id" in case for case in cases):
        raise CaseError(
            f"{path.name} holds no list of cases.",
            where=str(path),
            meaning="Nothing was tested.",
            next_call="the formats are those of tracer/selftest_cases",
        )
    if any("events" in case or case.get("kind") == "theory" for case in cases):
        yield from _tracing(cases)
    else:
        yield from _ownership(cases)


def _outcome(area: str, case: str, found: Any) -> Outcome:
    status = found.status if hasattr(found, "status") else found.outcome
    details = tuple(d if isinstance(d, tuple) else (d.path, d.computed, d.expected, d.ok) for d in found.details)
    return Outcome(area, case, str(status).replace("_", " "), details, tuple(found.missing))


def _tracing(cases: Iterable[dict[str, Any]]) -> Iterator[Outcome]:
    from tracer.trace.cases import run_case
    from tracer.trace.compiled import compile_from_now_on

    compile_from_now_on()  # what is proved here is the compiled kernel; and a large case need not wait for it later
    listed = list(cases)
    by_id = {case["id"]: case for case in listed}
    for case in listed:
        yield _outcome("tracing", case["id"], run_case(case, by_id.__getitem__))


def _ownership(cases: Iterable[dict[str, Any]]) -> Iterator[Outcome]:
    from tracer.owners.cases import run_case

    for case in cases:
        yield _outcome("ownership", case["id"], run_case(case))


def _nexus(folder: Path) -> Iterator[Outcome]:
    from tracer.match import matched
    from tracer.nexus.cases import run_folder

    for name, found in run_folder(folder, _read, matched):
        yield _outcome("nexus", name, found)


def _read(path: Path) -> list[Any]:
    """Read a file with the connector that claims it, as `load` does."""
    import hashlib

    from tracer.ingest import Source, find, installed
    from tracer.model import Exhibit

    data = path.read_bytes()
    exhibit = Exhibit(hashlib.sha256(data).hexdigest(), "-", path.name, len(data), "EV", "", "", "", "", "")
    source = Source.open(exhibit, path)
    return list(find(source, installed()).read(source))

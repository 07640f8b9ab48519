"""Load: from a path to facts in the ledger, one exhibit at a time.

Each exhibit is its own commit: a load that is stopped keeps what was committed, and the same command goes on from there.
"""

from __future__ import annotations

import csv
import errno
import hashlib
import io
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from tracer.ingest import Connector, Source, find
from tracer.ingest.intake import Custody, Exhibits
from tracer.ingest.reading import Reading, read_exhibit
from tracer.ingest.reconcile import Tally
from tracer.ingest.schema import schemas_for
from tracer.ledger import Appended, Ledger
from tracer.model import (
    CaseError,
    CheckFailed,
    Exhibit,
    LedgerBroken,
    Reconciliation,
    Reject,
    TracerError,
    TwinExhibit,
    UnreadableExhibit,
)
from tracer.progress import add, counted, say

__all__ = ["Loaded", "Planned", "again", "as_rows", "load_one", "plan", "read_again", "rebuild"]

_NOTHING = Tally(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of one exhibit. `status`: loaded-and-reconciled, loaded-and-flagged, kept, refused, twin.

    `earlier`: facts of an earlier reading of it that still count, though this one reads them otherwise or not at all.
    """

    exhibit: Exhibit | None
    name: str
    status: str
    connector: str
    raw: int
    tally: Tally
    appended: Appended
    checks: tuple[Reconciliation, ...]
    rejects: tuple[Reject, ...]
    refusal: TracerError | None = None
    earlier: int = 0


@dataclass(frozen=True, slots=True)
class Planned:
    """One file to load, its custody, the answers given, and the connector a person chose ("" = by content)."""

    path: Path
    custody: Custody
    answers: dict[str, str]
    connector: str = ""


def plan(listing: Path, default: Custody) -> Iterator[Planned]:
    """Yield the files of a custody list (CSV): `file` and the fields of custody, and `answers` as `key=value; key=value`.

    Raises: CaseError naming the line for an unknown column or a missing file name.
    """
    known = {f.name for f in fields(Custody)}
    text = listing.read_text("utf-8-sig")
    reader = csv.DictReader(io.StringIO(text))
    wrong = [name for name in reader.fieldnames or () if name not in known | {"file", "answers"}]
    if wrong or "file" not in (reader.fieldnames or ()):
        raise CaseError(
            f"The custody list has {'no column `file`' if not wrong else f'a column {wrong[0]!r} that is no field of custody'}.",
            where=f"{listing.name}:1",
            meaning="Nothing was taken in.",
            next_call="columns: file, answers, " + ", ".join(sorted(known)),
        )
    for row in reader:
        if row.get(None) or not row["file"]:
            raise CaseError(
                "A line of the custody list has no file, or more cells than the heading.",
                where=f"{listing.name}:{reader.line_num}",
                meaning="Nothing of this line was taken in.",
                next_call="correct the line and run the command again; files already taken in are not doubled",
            )
        stated = {name: row[name] for name in known if row.get(name)}
        answers = dict(part.strip().split("=", 1) for part in (row.get("answers") or "").split(";") if "=" in part)
        answers |= {name: str(listing.parent / answers[name]) for name in ("profile", "schemas") if name in answers}
        chosen = answers.pop("connector", "")
        yield Planned(listing.parent / row["file"], replace(default, **stated), answers, chosen)  # type: ignore[arg-type]


def load_one(case: Path, planned: Planned, connectors: Sequence[Connector], ledger: Ledger) -> Loaded:
    """Take in one file, read it with the connector that claims it, and commit its facts. The caller holds the lock."""
    exhibits = Exhibits(case)
    say(f"{planned.path.name}: taking in")
    try:
        exhibit = exhibits.take_in(planned.path, _classed(planned, connectors))
    except TwinExhibit as refusal:
        return Loaded(None, planned.path.name, "twin", "", 0, _NOTHING, Appended(), (), (), refusal)
    except UnreadableExhibit as refusal:
        return Loaded(None, planned.path.name, "refused", "", 0, _NOTHING, Appended(), (), (), refusal)
    return read_again(case, exhibit, planned.answers, planned.connector, connectors, ledger)


def _classed(planned: Planned, connectors: Sequence[Connector]) -> Custody:
    """Return the custody with the class that the format forces, where nobody stated one.

    A report to a financial intelligence unit is INT by what it is (formats.md 1.8); a stated class that differs is refused
    when the file is read, so that a person sees it.
    """
    custody, path = planned.custody, planned.path
    if custody.evidence_class or path.is_symlink() or not path.is_file():
        return custody
    look = Exhibit("", "", path.name, path.stat().st_size, "EV-P", "", "", "", "", "")
    try:
        source = Source.open(look, path, {})
        forced = {one.evidence_class for one in connectors if one.evidence_class and one.claims(source)}
    except OSError:
        return custody  # the intake cannot read it either, and refuses it with the reason
    return replace(custody, evidence_class="INT") if forced == {"INT"} else custody


def read_again(
    case: Path, exhibit: Exhibit, answers: dict[str, str], chosen: str, connectors: Sequence[Connector], ledger: Ledger
) -> Loaded:
    """Read an exhibit that is in the case already; facts that are there are not doubled."""
    exhibits = Exhibits(case)
    if chosen == "none":
        exhibits.note(exhibit, "kept", status="kept", reason="kept as an exhibit; a person chose to load nothing of it")
        return Loaded(exhibit, exhibit.name, "kept", "", 0, _NOTHING, Appended(), (), ())
    answers = _keep_schemas(case, exhibits.path(exhibit.sha256), _keep_profile(case, answers))
    source = Source.open(exhibit, exhibits.path(exhibit.sha256), _with_paths(case, answers))
    try:
        connector = find(source, connectors, chosen)
        if connector.evidence_class and exhibit.evidence_class != connector.evidence_class:
            raise UnreadableExhibit(  # noqa: TRY301 - refused like any other file, by the same branch below
                f"{exhibit.name} is {connector.title}: class {connector.evidence_class}, but it was taken in as {exhibit.evidence_class}.",
                where=exhibit.name,
                meaning="Intelligence in another class could leave the case. It is kept; nothing of it is loaded.",
                next_call=f"take it in again into a new case as class {connector.evidence_class}",
            )
        reading = _read(source, connector, ledger)
    except (UnreadableExhibit, CheckFailed) as refusal:
        exhibits.note(exhibit, "refused", status="refused", reason=refusal.what)
        return Loaded(exhibit, exhibit.name, "refused", "", 0, _NOTHING, Appended(), (), (), refusal)
    except TracerError as question:
        exhibits.note(exhibit, "waiting", status="waiting for an answer", reason=question.what)
        return Loaded(exhibit, exhibit.name, "refused", "", 0, _NOTHING, Appended(), (), (), question)
    reader = f"{connector.name}/{connector.version}"
    try:
        appended = _append(exhibit, reading, ledger, {"exhibit": exhibit.sha256, "connector": reader})
    except OSError as error:
        raise _unwritten(exhibit, ledger, error) from None
    finally:
        reading.close()
    exhibits.note(
        exhibit,
        "loaded",
        status=reading.status,
        connector=reader,
        answers=answers,
        raw=reading.raw,
        counts=reading.counts,
    )
    return Loaded(
        replace(exhibit, connector=connector.name, status=reading.status),
        exhibit.name,
        reading.status,
        connector.name,
        reading.raw,
        reading.tally,
        appended,
        reading.checks,
        reading.rejects,
    )


def again(
    case: Path, exhibit: Exhibit, answers: dict[str, str], chosen: str, connectors: Sequence[Connector], ledger: Ledger
) -> Loaded:
    """Read an exhibit again, and count what an earlier reading put into the ledger and this one does not say.

    Facts are appended and never taken out: a corrected profile takes their place by `rebuild` alone.
    """
    before = _held(ledger, exhibit)
    done = read_again(case, exhibit, answers, chosen, connectors, ledger)
    if done.refusal is not None:
        if before:
            done.refusal.meaning += " What was read of it before stands, and still counts."
        return done
    left = {kind: max(0, rows - done.appended.duplicate.get(kind, 0)) for kind, rows in before.items()}
    checks = left.pop("reconciliation", 0)  # counted alone where only what is compared differs
    return replace(done, earlier=sum(left.values()) or checks)


def _held(ledger: Ledger, exhibit: Exhibit) -> dict[str, int]:
    """Return kind -> facts that the ledger holds of an exhibit, less conflicts: those count nowhere."""
    held = {}
    for kind in (kind for kind in ledger.counts() if kind != "conflict"):
        rows = pc.sum(pc.equal(ledger.scan(kind, columns=("exhibit",))["exhibit"], exhibit.sha256)).as_py()
        if rows:
            held[kind] = int(rows)
    return held


def _append(exhibit: Exhibit, reading: Reading, ledger: Ledger, note: dict[str, str]) -> Appended:
    """Commit what was read: all of it, or nothing where anything stops it."""
    rows = sum(table.num_rows for table in reading.tables.values())
    writer = ledger.writer()
    try:
        before = 0
        for kind in sorted(reading.tables):
            table = reading.tables[kind]
            step = f"{exhibit.name}: sorting {rows:,} facts into new, duplicate and conflict"
            say(step, before, rows)
            writer.append(kind, table, partial(_sorted, step, before, rows))
            before += table.num_rows
        say(f"{exhibit.name}: writing {rows:,} facts")
        writer.commit(note)
    finally:
        writer.discard()
    return writer.appended


def _sorted(step: str, before: int, rows: int, done: int) -> None:
    say(step, before + done, rows)


def _unwritten(exhibit: Exhibit, ledger: Ledger, error: OSError) -> CaseError:
    return CaseError(
        f"The facts of {exhibit.name} could not be written: {error.strerror}.",
        where=str(ledger.folder),
        meaning="Nothing of this exhibit is loaded; what was committed before is unchanged, and the file itself is kept.",
        next_call=f"free space on this disk, then: tracer load {exhibit.number}",
    )


def _read(source: Source, connector: Connector, ledger: Ledger) -> Reading:
    """Read an exhibit and count along; a Ctrl-C that a library swallowed or renamed is still a Ctrl-C."""
    name = source.exhibit.name
    raw = 0

    def count(given: Source) -> int:
        nonlocal raw
        raw = connector.count(given)
        say(f"{name}: reading {source.exhibit.size:,} bytes", total=raw)
        return raw

    def batches(source: Source) -> Iterator[tuple[str, Any]]:
        assert connector.batches is not None
        for kind, table in connector.batches(source):
            add(table.num_rows)
            yield kind, table

    say(f"{name}: counting records")
    try:
        return read_exhibit(
            source,
            replace(
                connector,
                count=count,
                read=lambda given: counted(connector.read(given)),
                batches=connector.batches and batches,
            ),
            ledger.folder,
        )
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        # While a large file is read, its rows wait beside the ledger.
        raise _unwritten(source.exhibit, ledger, error) from None
    finally:
        say(f"{name}: read", raw, raw)


def _keep_profile(case: Path, answers: dict[str, str]) -> dict[str, str]:
    """Copy a mapping profile into the case, under its hash, so that it stays with the evidence it read."""
    if "profile" not in answers or answers["profile"].startswith("profiles/"):
        return answers
    path = Path(answers["profile"])
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CaseError(
            f"The mapping profile {path.name} cannot be read: {error.strerror}.",
            where=str(path),
            meaning="Nothing of the exhibit was loaded.",
            next_call="give the path of the profile: --answer profile=FILE.yaml",
        ) from None
    return answers | {"profile": f"profiles/{_kept(case / 'exhibits' / 'profiles', data, '.yaml')}"}


def _keep_schemas(case: Path, exhibit: Path, answers: dict[str, str]) -> dict[str, str]:
    """Copy the schemas of a folder that the exhibit names into the case, so that the report can be made again."""
    given = answers.get("schemas", "")
    if not given or given.startswith("schemas/"):
        return answers
    try:
        found = [path.read_bytes() for path in schemas_for(exhibit, Path(given).resolve(strict=True))]
    except OSError as error:
        raise CaseError(
            f"The folder of schemas {given} cannot be read: {error.strerror}.",
            where=given,
            meaning="Nothing of the exhibit was loaded. Schemas are advice only: the exhibit can be loaded without them.",
            next_call="give the folder that holds the .xsd files: --answer schemas=FOLDER",
        ) from None
    names = [_kept(case / "exhibits" / "schemas", data, ".xsd") for data in found]
    return answers | {"schemas": f"schemas/{'+'.join(names)}"}


def _kept(folder: Path, data: bytes, suffix: str) -> str:
    """Keep bytes read-only under their hash; return the file name."""
    kept = folder / f"{hashlib.sha256(data).hexdigest()}{suffix}"
    kept.parent.mkdir(mode=0o700, exist_ok=True)
    if not kept.exists():
        temporary = kept.with_suffix(".tmp")
        temporary.write_bytes(data)
        temporary.chmod(0o400)
        temporary.rename(kept)
    return kept.name


def _with_paths(case: Path, answers: dict[str, str]) -> dict[str, str]:
    """Return the answers with the paths of what the case keeps."""
    kept = case / "exhibits"
    found = dict(answers)
    if answers.get("profile", "").startswith("profiles/"):
        found["profile"] = str(kept / answers["profile"])
    if answers.get("schemas", "").startswith("schemas/"):
        named = filter(None, answers["schemas"].removeprefix("schemas/").split("+"))
        found["schemas"] = os.pathsep.join(str(kept / "schemas" / name) for name in named)
    return found


def rebuild(case: Path, connectors: Sequence[Connector], ledger: Ledger) -> tuple[list[Loaded], str]:
    """Make the ledger again from exhibits and answers; return what was read, and the content head before.

    The old ledger stands, for readers too, until the new one is whole. The head is empty where the old one was unreadable.
    """
    exhibits = Exhibits(case)
    try:
        before = ledger.content_head()
    except LedgerBroken:
        before = ""
    fresh = ledger.again()
    done: list[Loaded] = []
    for exhibit in exhibits.all():
        if exhibit.status.startswith("loaded"):
            chosen = exhibit.connector.split("/")[0]
            answers = exhibits.answers(exhibit.sha256)
            done.append(read_again(case, exhibit, answers, chosen, connectors, fresh))
    say("putting the new ledger in the place of the old")
    ledger.replace_with(fresh)
    return done, before


def as_rows(loaded: Sequence[Loaded]) -> list[tuple[Any, ...]]:
    """Return one row per exhibit for a table.

    Number, name, status, connector; records raw, parsed and set aside, of which the first is the sum of the others; the
    parts set aside that are no record (a balance, a field, text between records); facts new, duplicate, in conflict.
    """
    return [
        (
            item.exhibit.number if item.exhibit else "-",
            item.name,
            item.status,
            item.connector or "-",
            item.raw,
            item.tally.records - item.tally.set_aside,
            item.tally.set_aside,
            item.tally.parts,
            sum(n for kind, n in item.appended.new.items() if kind != "reconciliation"),
            sum(n for kind, n in item.appended.duplicate.items() if kind != "reconciliation"),
            len(item.appended.conflicts),
        )
        for item in loaded
    ]

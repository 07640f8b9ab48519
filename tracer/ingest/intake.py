"""Intake: copy a file read-only under its SHA-256, before anything parses it, and log its custody.

ISO/IEC 27037 (identification, collection, acquisition, preservation): who, when, from where, how obtained, under which
authority. The name of a file never becomes a path: the copy is stored under its hash.
"""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from tracer.chained import Chained
from tracer.model import CaseError, EvidenceClass, Exhibit, TwinExhibit, UnreadableExhibit

__all__ = ["CLASSES", "Custody", "Exhibits"]

CLASSES: tuple[EvidenceClass, ...] = ("EV", "EV-P", "SP", "INT", "OS", "AN")


@dataclass(frozen=True, slots=True)
class Custody:
    """How a file came into the case. `received_at` is an instant in UTC, ISO 8601.

    `evidence_class` "": nobody stated one; it is what the format says, else EV-P.
    """

    received_at: str
    received_by: str
    received_from: str = ""
    obtained: str = ""
    authority: str = ""
    evidence_class: EvidenceClass | Literal[""] = ""
    certification: str = "none"
    custodian: str = ""
    language: str = ""
    title_en: str = ""
    title_zh: str = ""
    producer: str = ""


class Exhibits:
    """The exhibits of one case: the folder of files by hash and `exhibits.jsonl`, the custody log."""

    def __init__(self, case: Path) -> None:
        self.folder = case / "exhibits"
        self.log = Chained(case / "exhibits.jsonl")

    def all(self) -> tuple[Exhibit, ...]:
        """Return every exhibit with its latest status, in order of intake.

        One that was loaded stays so when it is read again and that is refused or asks something: its facts still count.
        """
        found: dict[str, Exhibit] = {}
        names = {f.name for f in fields(Exhibit)}
        for line in self.log:
            known = {key: value for key, value in line.items() if key in names}
            if line["action"] == "taken in":
                found[line["sha256"]] = Exhibit(**known)
            else:
                old = found[line["sha256"]]
                if line["action"] in {"refused", "waiting"} and old.status.startswith("loaded"):
                    continue
                found[line["sha256"]] = Exhibit(**({f.name: getattr(old, f.name) for f in fields(Exhibit)} | known))
        return tuple(found.values())

    def path(self, sha256: str) -> Path:
        return self.folder / sha256

    def answers(self, sha256: str) -> dict[str, str]:
        """Return the answers with which an exhibit was loaded last."""
        given: dict[str, str] = {}
        for line in self.log:
            if line["sha256"] == sha256 and line["action"] == "loaded":
                given = dict(line.get("answers", {}))
        return given

    def take_in(self, path: Path, custody: Custody) -> Exhibit:
        """Copy `path` into the case and log it.

        A file of the same name and bytes that was taken in before, but of which nothing was loaded (the load was stopped,
        refused, or asked something), is that exhibit: the same command goes on from there, under the custody first logged.

        Raises: TwinExhibit when the same bytes are there already; UnreadableExhibit for links, folders and devices;
        CaseError when the class is not known or the disk is full.
        """
        evidence_class = custody.evidence_class or "EV-P"
        if evidence_class not in CLASSES:
            raise CaseError(
                f"{evidence_class!r} is not an evidence class.",
                where=path.name,
                meaning="The class decides whether a file may leave the case: it is never guessed.",
                next_call=f"tracer load {path.name} --class EV   (one of {', '.join(CLASSES)})",
            )
        try:
            status = path.lstat()
        except FileNotFoundError:
            raise UnreadableExhibit(
                f"There is no file {path.name}.",
                where=str(path),
                meaning="Nothing was taken in.",
                next_call=f"ls {path.parent}",
            ) from None
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableExhibit(
                f"{path.name} is not a plain file.",
                where=str(path),
                meaning="A link or a device can change after it was hashed: it is not taken in.",
                next_call="copy the file itself and take in the copy, saying so in --obtained",
            )
        sha256, temporary = self._copy(path)
        for old in self.all():
            if old.sha256 == sha256:
                temporary.unlink()
                if old.name == path.name and not old.status.startswith(("loaded", "kept")):
                    return old
                raise TwinExhibit(
                    f"{path.name} is the same file as {old.number} ({old.name}), byte for byte.",
                    where=str(path),
                    meaning="It is not taken in again, so that no line of it counts twice.",
                    next_call=f"tracer load {old.number}   (reads {old.number} again; facts already there are not doubled)",
                )
        exhibit = Exhibit(
            sha256=sha256,
            number=f"EX-{len(self.all()) + 1:04d}",
            name=path.name,
            size=status.st_size,
            **({f.name: getattr(custody, f.name) for f in fields(Custody)} | {"evidence_class": evidence_class}),
        )
        final = self.path(sha256)
        temporary.rename(final)
        body: dict[str, Any] = {f.name: getattr(exhibit, f.name) for f in fields(Exhibit)}
        self.log.append({"action": "taken in", **body})
        return exhibit

    def _copy(self, path: Path) -> tuple[str, Path]:
        digest = hashlib.sha256()
        self.folder.mkdir(mode=0o700, exist_ok=True)
        temporary = self.folder / f".incoming-{os.getpid()}"
        whole = False
        try:
            with path.open("rb") as source, temporary.open("wb") as copy:
                while block := source.read(1 << 20):
                    digest.update(block)
                    copy.write(block)
                copy.flush()
                os.fsync(copy.fileno())
            temporary.chmod(0o400)
            whole = True
        except PermissionError as error:
            if str(error.filename) == str(path):  # the file itself: it is refused, the others are taken in
                raise UnreadableExhibit(
                    f"{path.name} cannot be read: Permission denied.",
                    where=str(path),
                    meaning="Nothing of it was taken in.",
                    next_call=f"ls -l {path}",
                ) from None
            raise CaseError(
                f"No permission to read or write {Path(error.filename or path).name}.",
                where=str(path),
                meaning="Nothing was taken in.",
                next_call=f"ls -l {path}   (and check that the case folder is yours)",
            ) from None
        except OSError as error:
            raise CaseError(
                f"The copy of {path.name} could not be written: {error.strerror}.",
                where=str(self.folder),
                meaning="Nothing was taken in; what was committed before is unchanged.",
                next_call="free space on this disk, then run the same command again",
            ) from None
        finally:
            if not whole:
                temporary.unlink(missing_ok=True)
        return digest.hexdigest(), temporary

    def sweep(self) -> None:
        """Remove the half copies of a process that was killed. The caller holds the `WriterLock`."""
        for left in self.folder.glob(".incoming-*"):
            left.unlink()

    def note(self, exhibit: Exhibit, action: str, **what: Any) -> None:
        """Log what became of an exhibit: `loaded` or `refused`, with connector, answers or reason."""
        self.log.append({"action": action, "sha256": exhibit.sha256, "number": exhibit.number, **what})

    def verify(self) -> list[str]:
        """Re-hash every file against the custody log; name what differs."""
        wrong = self.log.verify()
        if wrong:
            return wrong
        for exhibit in self.all():
            path = self.path(exhibit.sha256)
            if not path.exists():
                wrong.append(f"{exhibit.number} ({exhibit.name}): the file is missing.")
            else:
                with path.open("rb") as file:
                    digest = hashlib.file_digest(file, "sha256").hexdigest()
                if digest != exhibit.sha256:
                    wrong.append(f"{exhibit.number} ({exhibit.name}): the file was changed after intake.")
        return wrong

"""Append-only JSON lines, each with the hash of the one before.

The custody log, the decisions and the log of verbs are files of this kind. A line is written and synchronised under a
file lock, so that a notebook and a terminal may write the same log; a reader ignores a last line without its line end,
which is what a killed writer leaves, and the next writer keeps those bytes beside the file before it goes on.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tracer.model import CaseError, LedgerBroken

__all__ = ["Chained", "canonical", "line_hash"]

_ZERO = "0" * 64
_BLOCK = 1 << 16


def canonical(value: Any) -> str:
    """Return canonical JSON: sorted keys, no spaces, UTF-8; line separators that a viewer could obey are escaped."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return "".join(
        c if c not in "\x7f\u0085\u2028\u2029" and not 0xD800 <= ord(c) <= 0xDFFF else f"\\u{ord(c):04x}" for c in text
    )


def line_hash(body: dict[str, Any]) -> str:
    """Return the hash of a line without its own `hash`."""
    return hashlib.sha256(canonical({k: v for k, v in body.items() if k != "hash"}).encode()).hexdigest()


class Chained:
    """One such file. `Chained(path).append({...})` returns the line as written."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def _raw(self) -> bytes:
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return b""

    def __iter__(self) -> Iterator[dict[str, Any]]:
        whole = self._raw()
        for number, line in enumerate(whole[: whole.rfind(b"\n") + 1].splitlines(), 1):
            try:
                yield json.loads(line)
            except (json.JSONDecodeError, UnicodeDecodeError):
                raise self._unreadable(f"Line {number}", str(number)) from None

    def head(self) -> str:
        """Return the hash of the last whole line; zeros for an empty file."""
        return str(self._last().get("hash", _ZERO))

    def _last(self) -> dict[str, Any]:
        """Return the last whole line, read from the end: an append must not cost as much as the log is long."""
        try:
            with self.path.open("rb") as file:
                end, tail = file.seek(0, os.SEEK_END), b""
                while (
                    end > 0 and tail.rstrip(b"\n").count(b"\n") < 2
                ):  # a torn line, a whole one, and what ends before it
                    start = max(0, end - _BLOCK)
                    file.seek(start)
                    tail, end = file.read(end - start) + tail, start
        except FileNotFoundError:
            return {}
        whole = tail[: tail.rfind(b"\n") + 1].splitlines()
        try:
            return dict(json.loads(whole[-1])) if whole else {}
        except (ValueError, TypeError):
            raise self._unreadable("The last line") from None

    def _unreadable(self, line: str, number: str = "end") -> LedgerBroken:
        return LedgerBroken(
            f"{line} of {self.path.name} is not readable.",
            where=f"{self.path}:{number}",
            meaning="The record of who did what is damaged from this line on.",
            next_call="tracer verify   (and restore the file from a copy)",
        )

    def append(self, body: dict[str, Any]) -> dict[str, Any]:
        """Write one line: `n` (from 1), the body, `prev` and `hash`; synchronised before it returns.

        Raises: CaseError when the disk is full or the folder is not writable; the file is then as it was.
        """
        try:
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                self._set_torn_aside(handle)
                last = self._last()
                whole = {"n": int(last.get("n", 0)) + 1, **body, "prev": str(last.get("hash", _ZERO))}
                whole["hash"] = line_hash(whole)
                self._write(handle, canonical(whole).encode() + b"\n")
                return whole
            finally:
                os.close(handle)
        except OSError as error:
            raise CaseError(
                f"A line of {self.path.name} could not be written: {error.strerror}.",
                where=str(self.path),
                meaning="What was not logged did not happen: this step is not counted, and what was committed before is unchanged.",
                next_call=f"ls -ld {shlex.quote(str(self.path.parent))} {shlex.quote(str(self.path))}, then the same command again"
                if isinstance(error, PermissionError)
                else "free space on this disk, then run the same command again",
            ) from None

    @staticmethod
    def _write(handle: int, data: bytes) -> None:
        before, whole = os.fstat(handle).st_size, False
        try:
            written = 0
            while written < len(data):
                written += os.write(handle, data[written:])
            os.fsync(handle)
            whole = True
        finally:
            if not whole:
                os.ftruncate(handle, before)

    def _set_torn_aside(self, handle: int) -> None:
        whole = self._raw()
        end = whole.rfind(b"\n") + 1
        if end < len(whole):
            torn = self.path.with_name(f"{self.path.name}.torn-at-{end}")
            torn.write_bytes(whole[end:])
            torn.chmod(0o600)
            os.ftruncate(handle, end)

    def verify(self) -> list[str]:
        """Return what does not verify: the first bad line, in one sentence; empty is good."""
        previous, number = _ZERO, 0
        try:
            for number, line in enumerate(self, 1):
                if line.get("prev") != previous or line.get("n") != number:
                    return [f"{self.path.name}:{number}: does not follow the line before it."]
                if line.get("hash") != line_hash(line):
                    return [f"{self.path.name}:{number}: the line was changed after it was written."]
                previous = line["hash"]
        except LedgerBroken as error:
            return [error.what]
        return []

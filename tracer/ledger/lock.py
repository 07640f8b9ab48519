"""One writer at a time: a locked file that names its owner.

The operating system holds the lock (flock) and lets go of it when the owner ends, however it ends, so there is no stale
lock on one machine and no race to take one over. The file itself stays; empty means free. What stands in it is for the
sentence that a second writer gets, and for a folder shared between machines that do not share their locks.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from tracer.model import LedgerLocked

__all__ = ["WriterLock"]


class WriterLock:
    """`with WriterLock(folder, by="A. Officer"):` - a second writer gets a sentence, a dead owner's lock is taken over."""

    def __init__(self, folder: Path, *, by: str) -> None:
        self.path, self.by = folder / ".writer.lock", by
        self.taken_over = ""
        self._file: BinaryIO | None = None

    def __enter__(self) -> WriterLock:
        file = os.fdopen(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600), "r+b", buffering=0)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = _owner(file)
            file.close()
            raise self._locked(owner, "wait for it to finish, then run the same command again") from None
        owner = _owner(file)
        if owner and owner.get("host") != socket.gethostname():
            file.close()
            raise self._locked(
                owner,
                f"wait and run the same command again; if that process on {owner.get('host', '?')} is known to be dead, "
                f"delete {self.path.name} in the case folder",
            )
        if owner:
            self.taken_over = f"the lock of {owner.get('by', '?')} (process {owner.get('pid', '?')}, no longer running) was taken over"
        file.truncate(0)
        file.seek(0)
        file.write(json.dumps({"by": self.by, "host": socket.gethostname(), "pid": os.getpid()}).encode())
        self._file = file
        return self

    def _locked(self, owner: dict[str, Any], next_call: str) -> LedgerLocked:
        return LedgerLocked(
            f"The case is being written by {owner.get('by', 'somebody')} "
            f"(process {owner.get('pid', '?')} on {owner.get('host', socket.gethostname())}).",
            where=str(self.path.parent),
            meaning="Nothing was changed. Reading, tracing and charts go on; only one writer at a time appends facts.",
            next_call=next_call,
        )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.truncate(0)
            self._file.close()
            self._file = None


def _owner(file: BinaryIO) -> dict[str, Any]:
    """Return what the owner wrote of itself; empty for a free lock, or for an owner killed before it had written."""
    file.seek(0)
    try:
        read = json.loads(file.read(4096) or b"{}")
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}

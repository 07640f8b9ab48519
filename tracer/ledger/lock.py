"""One writer at a time: a lock file that names its owner."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from types import TracebackType

from tracer.model import LedgerLocked

__all__ = ["WriterLock"]


def _started(pid: int) -> str:
    """Return the kernel's start time of a process, so that a reused process number is not taken for the owner."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    return stat.rsplit(")", 1)[1].split()[19]


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class WriterLock:
    """`with WriterLock(folder, by="A. Officer"):` - a second writer gets a sentence, a dead owner's lock is taken over."""

    def __init__(self, folder: Path, *, by: str) -> None:
        self.path, self.by = folder / ".writer.lock", by
        self.taken_over = ""

    def __enter__(self) -> WriterLock:
        mine = json.dumps(
            {"by": self.by, "host": socket.gethostname(), "pid": os.getpid(), "started": _started(os.getpid())}
        )
        for _ in range(3):
            try:
                handle = os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            except FileExistsError:
                self._judge_owner()
                continue
            with os.fdopen(handle, "w") as file:
                file.write(mine)
            return self
        raise self._locked("another process", "")

    def _judge_owner(self) -> None:
        try:
            owner = json.loads(self.path.read_text() or "{}")
        except FileNotFoundError:
            return
        except json.JSONDecodeError:
            owner = {}
        host, pid = str(owner.get("host", "?")), int(owner.get("pid", 0) or 0)
        here = host == socket.gethostname()
        dead = here and (not pid or not _alive(pid) or (owner.get("started", "") != _started(pid)))
        if not dead and not (here and pid == os.getpid()):
            raise self._locked(f"{owner.get('by', '?')} (process {pid} on {host})", "" if here else host)
        if dead:
            self.taken_over = f"the lock of {owner.get('by', '?')} (process {pid}, no longer running) was taken over"
            self.path.unlink(missing_ok=True)
            return
        raise self._locked(f"{owner.get('by', '?')}, in this process", "")

    def _locked(self, owner: str, other_host: str) -> LedgerLocked:
        return LedgerLocked(
            f"The case is being written by {owner}.",
            where=str(self.path.parent),
            meaning="Nothing was changed. Reading, tracing and charts go on; only one writer at a time appends facts.",
            next_call=(
                f"wait and run the same command again; if that process on {other_host} is known to be dead, "
                f"delete {self.path.name} in the case folder"
                if other_host
                else "wait for it to finish, then run the same command again"
            ),
        )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.path.unlink(missing_ok=True)

"""What a server's home remembers of its process, and files that are there whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

__all__ = ["birth", "lives", "read_record", "stop", "write_whole"]


def birth(pid: int) -> str:
    """Return what tells this process from a later one of the same number, or nothing when there is none (proc(5), stat)."""
    if Path("/proc/self/stat").exists():
        try:
            fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return ""
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        return "" if fields[0] in "ZX" else f"{boot} {fields[19]}"
    asked = subprocess.run(
        ["/bin/ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, began = asked.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else began.strip()


def read_record(home: Path) -> dict[str, Any]:
    """Return what server.json says of the server of a home: version, ports, process; empty where none was ever started."""
    try:
        return dict(json.loads((home / "server.json").read_text("utf-8")))
    except FileNotFoundError:
        return {}


def write_whole(path: Path, text: str) -> None:
    """Write a file of mode 0600 that is there whole or not at all."""
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    with os.fdopen(number, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(path)


def lives(record: dict[str, Any]) -> bool:
    """Say whether the process of a record is there: that number, and begun then."""
    return bool(record.get("pid")) and birth(record["pid"]) == record["birth"]


def stop(record: dict[str, Any], seconds: float) -> bool:
    """Ask the process to end, wait, then end it; return whether it had to be ended."""
    os.kill(record["pid"], signal.SIGTERM)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not lives(record):
            return False
        time.sleep(0.05)
    with contextlib.suppress(ProcessLookupError):
        os.kill(record["pid"], signal.SIGKILL)
    while lives(record):
        time.sleep(0.05)
    return True

"""A database made beside a server's own, put in the place of that one while the server is stopped.

The file `whole` says that the new database is whole: it is there or not. From then on the move can be stopped anywhere, and
whoever starts the server next ends it.

Source: Neo4j Operations Manual 5, "Default file locations": data/databases and data/transactions, a folder per database.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import time
from pathlib import Path
from typing import Any, Final

from tracer.server.process import lives

__all__ = ["DATABASE", "FOLDER", "end", "owner", "settle"]

FOLDER: Final = ".importing"
DATABASE: Final = "neo4j"  # the one database that the community edition gives its user
_MOVED: Final = ("databases", "transactions")


def settle(home: Path) -> None:
    """End a move that was stopped, and take away what an import that was stopped has left. The server does not run.

    The caller holds the lock of the home.
    """
    folder = home / FOLDER
    if (folder / "whole").exists():
        for part in _MOVED:
            made, there = folder / "data" / part / DATABASE, home / "data" / part / DATABASE
            if made.exists():
                shutil.rmtree(there, ignore_errors=True)
                there.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                made.rename(there)
        shutil.rmtree(folder)
    elif folder.exists() and not lives(owner(folder, "tracer")):
        end(owner(folder, "java"))
        shutil.rmtree(folder)


def owner(folder: Path, name: str) -> dict[str, Any]:
    """Return which process works in the folder; empty for none. Number and birth, as in server.json."""
    try:
        return dict(json.loads((folder / f"{name}.json").read_text("utf-8")))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}


def end(process: dict[str, Any]) -> None:
    """End a process that its parent left behind."""
    if lives(process):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process["pid"], signal.SIGKILL)
        while lives(process):
            time.sleep(0.05)

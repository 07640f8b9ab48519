"""The offline import: a database made from tables beside the server, and put in its place while the server is stopped.

    with importing(home) as work:      # a folder of its own inside the home
        ...                            # tables are written to work.tables
        work.run(nodes, relationships, settings, ...)   # neo4j-admin database import full; the server goes on as it is
        work.place()                   # the server stops, the new database takes the place of the old, the server starts

The import never touches the database that is there. Killed before `place`, the old database is what there is, and the folder
is taken away by the next import or start. `place` first writes down that the new database is whole, in a file that
is there or not, and then moves it; whoever starts the server next ends a move that was stopped (`settle`).

`neo4j-admin` starts a second Java for the import, which does not inherit `--add-opens` and outlives its parent: the class
that it would start is started here instead.

Source: Neo4j Operations Manual 5, "neo4j-admin database import", "Full import"; "File locations". Tried on 5.26.30 and 2026.02.2.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tracer.server.assembly import assemble, chosen, locked
from tracer.server.errors import ImportRunning, NotImported
from tracer.server.java import Java
from tracer.server.placing import DATABASE, FOLDER, end, owner, settle
from tracer.server.process import birth, lives, read_record, stop, write_whole
from tracer.server.running import OPENS, STOP_SECONDS, Server, up

__all__ = ["Import", "importing", "managed"]

#: What `neo4j-admin` starts.
TOOL: Final = "org.neo4j.cli.AdminTool"
HEAP: Final = "1g"
_LEAST_BUFFER = 4_194_304  # the tool's own default, in bytes


def managed(home: str, bolt: int) -> Path | None:
    """Return the home of the server that `tracer neo4j up` started there and that listens on this port; None for another.

    `home` is where a server says that it is (its setting server.directories.neo4j_home).
    """
    place = Path(home)
    if not (place / "server.json").is_file():
        return None
    record = read_record(place)
    return place if record.get("bolt") == bolt and lives(record) else None


@contextlib.contextmanager
def importing(home: Path) -> Iterator[Import]:
    """Give the folder of one import of a home, and take it away at the end, however it ends.

    Raises: ImportRunning while another runs.
    """
    folder = home / FOLDER
    with locked(home / "lock"):
        if folder.exists() and lives(owner(folder, "tracer")):
            raise ImportRunning(
                "Another import into this server is running.",
                where=str(folder),
                meaning="Nothing was changed.",
                next_call="wait for it to end, then: tracer graph status",
            )
        if (folder / "whole").exists():
            raise ImportRunning(
                "An import was stopped while its database was put in place.",
                where=str(folder),
                meaning="Nothing was changed now. The database is whole.",
                next_call="tracer neo4j down, tracer neo4j up (puts it in place), then: tracer graph sync",
            )
        settle(home)
        folder.mkdir(mode=0o700)
        write_whole(folder / "tracer.json", json.dumps({"pid": os.getpid(), "birth": birth(os.getpid())}))
    work = Import(home, folder)
    work.tables.mkdir(mode=0o700)
    try:
        yield work
    finally:
        end(owner(folder, "java"))
        if not (folder / "whole").exists():
            shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Import:
    """One import: its home and its folder. Tables are written to `tables`, for the owner alone, and go with the folder."""

    home: Path
    folder: Path

    @property
    def tables(self) -> Path:
        """The folder of the tables."""
        return self.folder / "tables"

    def run(
        self,
        nodes: Sequence[tuple[str, Path]],
        relationships: Sequence[tuple[str, Path]],
        settings: Sequence[str],
        *,
        counts: tuple[int, int],
        longest: int = 0,
        said: Callable[[int], None] = lambda _percent: None,
    ) -> None:
        """Make a database from (labels, file) of nodes and (type, file) of relationships.

        `counts`: the nodes and relationships that there must be at the end; `longest`: bytes of the longest text.
        `said` is told how far the step is that the tool is at, in per cent.

        Raises: NotImported when the tool fails, or its database holds another number of nodes or relationships.
        """
        release, java = chosen(read_record(self.home)["version"])
        jars = assemble(release.version)
        conf = self.folder / "conf"
        conf.mkdir(mode=0o700, exist_ok=True)
        (self.folder / "data").mkdir(mode=0o700, exist_ok=True)
        write_whole(conf / "neo4j.conf", "db.tx_log.preallocate=false\ndbms.usage_report.enabled=false\n")
        argument = self.folder / "arguments"
        lines = [
            "database",
            "import",
            "full",
            *(f"--nodes={labels}={path}" for labels, path in nodes),
            *(f"--relationships={name}={path}" for name, path in relationships),
            *settings,
            "--overwrite-destination",
            f"--report-file={self.folder / 'report'}",
            f"--read-buffer-size={max(_LEAST_BUFFER, 4 * longest)}",
            "--max-off-heap-memory=50%",  # an option between the last file and the name: else that is a file too
            DATABASE,
        ]
        write_whole(argument, "".join(f'"{_escaped(line)}"\n' for line in lines))
        log = self.home / "logs" / "import.log"
        code = self._started(java, jars, argument, log, said)
        told = log.read_text("utf-8", "replace")
        held = tuple(int(n) for n in re.findall(r"^ +(\d+) (?:nodes|relationships)\s*$", told, re.MULTILINE))
        if code or held != counts:
            raise NotImported(
                f"The offline import failed (exit code {code}){_reason(told)}."
                if code
                else f"The offline import made {held} nodes and relationships where there must be {counts}.",
                where=str(log),
                meaning="The graph is as it was before: the import is made beside it. The ledger is not affected.",
                next_call="tracer graph rebuild   (the driver's way: slower, and needs no room for a second database)",
            )

    def _started(self, java: Java, jars: Path, argument: Path, log: Path, said: Callable[[int], None]) -> int:
        command = [str(java.program), f"-Xmx{HEAP}", "-XX:+UseParallelGC", "-Dfile.encoding=UTF-8", *OPENS]
        if java.feature >= 21:
            command.append("--enable-native-access=ALL-UNNAMED")
        log.unlink(missing_ok=True)
        log.touch(mode=0o600)
        with (
            log.open("wb") as out,
            subprocess.Popen(
                [*command, "-cp", f"{jars}/*", TOOL, f"@{argument}"],
                env={
                    **{name: value for name, value in os.environ.items() if name != "TRACER_NEO4J_PASSWORD"},
                    "NEO4J_HOME": str(self.folder),
                    "NEO4J_CONF": str(self.folder / "conf"),
                },
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                umask=0o077,
            ) as process,
        ):
            with contextlib.ExitStack() as unless_ended:
                unless_ended.callback(process.kill)
                began = {"pid": process.pid, "birth": birth(process.pid)}
                write_whole(self.folder / "java.json", json.dumps(began))
                while process.poll() is None:
                    said(_percent(log))
                    time.sleep(0.2)
                unless_ended.pop_all()
            return process.returncode

    def place(self) -> Server:
        """Stop the server, put the new database in the place of the old one, start the server with the memory and ports it had."""
        heap, page_cache = _memory(self.home)
        with locked(self.home / "lock"):
            record = read_record(self.home)
            if lives(record):
                stop(record, STOP_SECONDS)
            write_whole(self.home / "server.json", json.dumps(record | {"pid": 0, "birth": ""}) + "\n")
            write_whole(self.folder / "whole", "")
            settle(self.home)
        return up(self.home, bolt_port=record["bolt"], http_port=record["http"], heap=heap, page_cache=page_cache)


def _escaped(text: str) -> str:
    """Return a text as it stands between double quotes in an argument file (picocli, "AtFiles")."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _memory(home: Path) -> tuple[str, str]:
    """Return heap and page cache that the server was started with."""
    conf = (home / "conf" / "neo4j.conf").read_text("utf-8")
    names = ("server.memory.heap.max_size", "server.memory.pagecache.size")
    heap, page_cache = (re.search(rf"^{re.escape(name)}=(\S+)$", conf, re.MULTILINE) for name in names)
    return heap[1] if heap else "512m", page_cache[1] if page_cache else "128m"


def _percent(log: Path) -> int:
    """Return how far the present step of the tool is."""
    told = re.findall(r"(\d+)% ", log.read_text("utf-8", "replace")[-2_000:])
    return int(told[-1]) if told else 0


#: What may be quoted of the tool: the rest of its words may hold a row of the case.
_REASONS = {
    "No space left on device": "the disk is full",
    "OutOfMemoryError": "there is too little memory",
    "too small to complete": "there is too little memory",
    "Too large value": "a text is longer than it takes",
}


def _reason(told: str) -> str:
    return next((f": {reason}" for words, reason in _REASONS.items() if words in told and "FAILED" in told), "")

"""The offline import: a database made from tables beside the server, and put in its place while the server is stopped.

    with importing(home) as work:      # a folder of its own inside the home
        ...                            # tables are written to work.tables
        work.run(nodes, relationships, settings, ...)   # neo4j-admin database import full; the server goes on as it is
        seen = work.seen()             # ... the old database is looked at once more ...
    work.place(seen)               # the server stops, the new database takes the place of the old, the server starts

Nothing that is written to the old database is lost unseen: every commit is appended to its log of transactions, so the end of
that log is compared before the last look and when the server has stopped. Where they differ the old database stays.

The import never touches the database that is there. Killed before `place`, the old database is what there is, and the folder
is taken away by the next import or start. `place` first writes down that the new database is whole, in a file that
is there or not, and then moves it; whoever starts the server next ends a move that was stopped (`settle`).

`neo4j-admin` starts a second Java for the import, which does not inherit `--add-opens` and outlives its parent: the class
that it would start is started here instead.

Source: Neo4j Operations Manual 5, "neo4j-admin database import", "Full import"; "Transaction logging"; "File locations". Tried on 5.26.30 and 2026.02.2.
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
from tracer.server.errors import ImportRunning, NoRoom, NotImported, WrittenMeanwhile
from tracer.server.java import Java
from tracer.server.placing import DATABASE, FOLDER, end, owner, settle
from tracer.server.process import birth, lives, read_record, stop, write_whole
from tracer.server.running import OPENS, STOP_SECONDS, Server, up

__all__ = ["Import", "assert_room", "importing", "managed"]

#: What `neo4j-admin` starts.
TOOL: Final = "org.neo4j.cli.AdminTool"
HEAP: Final = "1g"
_LEAST_BUFFER = 4_194_304  # the tool's own default, in bytes
#: Bytes of a database with its indexes for each byte of its tables: 2.3 with 20,000 transfers and the lines that show them.
STORE_PER_TABLE: Final = 3
#: Bytes of the logs that the tool reserves, whatever the settings say: 256 MiB for transactions, 1 MiB for checkpoints, and room.
RESERVED: Final = 300_000_000
#: The log of transactions; checkpoints, which the stop of a server writes, have a log of their own.
_LOG = "neostore.transaction.db."
_PART = 1 << 22


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

        Raises: NoRoom before it begins; NotImported when the tool fails, or its database holds another number of nodes or
        relationships.
        """
        files = [path for _, path in (*nodes, *relationships)]
        assert_room(self.folder, STORE_PER_TABLE * sum(path.stat().st_size for path in files))
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

    def seen(self) -> tuple[int, int]:
        """Return where the log of transactions of the old database ends: number of its file, bytes in it. A commit moves it."""
        files = (self.home / "data" / "transactions" / DATABASE).glob(f"{_LOG}[0-9]*")
        return max((int(path.name.removeprefix(_LOG)), _end(path)) for path in files)

    def place(self, seen: tuple[int, int]) -> Server:
        """Stop the server, put the new database in the place of the old one, start the server with the memory and ports it had.

        `seen`: where the log of the old database ended before it was last looked at.

        Raises: WrittenMeanwhile where it has committed another since: it stays, and its server is started again.
        """
        heap, page_cache = _memory(self.home)
        with locked(self.home / "lock"):
            record = read_record(self.home)
            if lives(record):
                stop(record, STOP_SECONDS)
            write_whole(self.home / "server.json", json.dumps(record | {"pid": 0, "birth": ""}) + "\n")
            is_as_seen = self.seen() == seen
            if is_as_seen:
                write_whole(self.folder / "whole", "")
                settle(self.home)
        running = up(self.home, bolt_port=record["bolt"], http_port=record["http"], heap=heap, page_cache=page_cache)
        if not is_as_seen:
            raise WrittenMeanwhile(
                "Somebody wrote to the database while it was to be replaced.",
                where=str(self.home),
                meaning="Nothing was replaced: what was written is there, the graph is as it was, and its server runs again.",
                next_call="tracer graph status; then the same command again, while nobody else writes; or tracer graph rebuild",
            )
        return running


def assert_room(folder: Path, needed: int) -> None:
    """Refuse where the disk of a folder has less free than `needed` bytes and the logs of a new database.

    Raises: NoRoom.
    """
    needed += RESERVED
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise NoRoom(
            f"The offline import needs about {_gigabytes(needed)} on this disk, and {_gigabytes(free)} are free.",
            where=str(folder),
            meaning="Nothing was changed: the new database is made beside the old one, and both must fit until it takes its place.",
            next_call="free space on this disk, then the same command again; or tracer graph rebuild (the driver's way needs no second database)",
        )


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:,.1f} GB"


def _end(path: Path) -> int:
    """Return where a file ends without the zeros behind it: the import tool reserves the whole of a log, whatever its settings."""
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        while end:
            start = max(0, end - _PART)
            file.seek(start)
            if part := file.read(end - start).rstrip(b"\0"):
                return start + len(part)
            end = start
    return 0


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

"""What this machine and a case are fit for, a line each: ok, warning or red (safety.md section 2, parts 1, 2 and 4).

Nothing of the case itself is in it: no party, number, amount or path of a file of it; so it can be pasted into a message.
Only a red line is a fault; a program that is not there is a warning, since nothing but what it does is missing without it.
"""

from __future__ import annotations

import platform
import shutil
import stat
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Final, LiteralString

from tracer import __version__, projection, server
from tracer.model import GraphError
from tracer.tables import View

if TYPE_CHECKING:
    from tracer.case import Case
    from tracer.graph.neo4j import Neo4jGraph
    from tracer.graph.neo4j_door import Address

__all__ = ["examined"]

Line = tuple[str, str, str, str]  # state, what was looked at, what was found, what to do
_PACKAGES = ("duckdb", "pyarrow", "numba", "ortools", "openpyxl", "matplotlib")
#: Program -> what is missing without it.
_PROGRAMS = {
    "soffice": "LibreOffice, which recalculates an annex as a second opinion",
    "chromium": "Chromium, which prints a chart page; any browser shows it",
    "java": "Java, for a Neo4j server started by tracer neo4j up",
    "mvn": "Maven, which assembles that server once",
}
#: What a server says of itself, and what it should say: no use is reported, no query is written down (safety.md S13, S14).
_SETTINGS = {
    "dbms.usage_report.enabled": ("false", "it reports its use to its makers"),
    "client.allow_telemetry": ("false", "it lets Browser report its use"),
    "db.logs.query.enabled": ("OFF", "it writes queries with their values into a log"),
}

_SHOW: Final[LiteralString] = "SHOW SETTINGS YIELD name, value WHERE name IN $names RETURN name, value"


def examined(case: Case | None) -> View:
    """Return the lines for this machine, and for a case and its graph where one is given; `check()` names the red ones."""
    rows = [*_machine(), *((*_folder(case), *_graph(case)) if case is not None else ())]
    red = tuple(f"{what}: {found}; {next_}" for state, what, found, next_ in rows if state == "red")
    counts = ", ".join(f"{sum(row[0] == s for row in rows)} {s}" for s in ("red", "warning", "ok"))
    return View("Doctor", ("state", "what", "found", "next"), tuple(rows), counts, problems=red)


def _machine() -> Iterator[Line]:
    yield "ok", "tracer", f"{__version__} on Python {platform.python_version()}, {platform.system()}", ""
    yield "ok", "packages", ", ".join(f"{name} {version(name)}" for name in _PACKAGES), ""
    for program, loss in _PROGRAMS.items():
        there = shutil.which(program)
        yield (
            ("ok", program, "installed", "") if there else ("warning", program, "not installed", f"without it: {loss}")
        )


def _folder(case: Case) -> Iterator[Line]:
    mode = stat.S_IMODE(case.folder.stat().st_mode)
    if mode & 0o077:
        yield "red", "case folder", f"others may look into it (mode {mode:04o})", "chmod 700 on the folder"
    else:
        yield "ok", "case folder", "for its owner alone", ""
    above = next((p for p in (case.folder, *case.folder.parents) if (p / ".git").exists()), None)
    if above:
        yield "warning", "case folder", "lies in a git repository", "move it where nothing is committed or pushed"
    free = shutil.disk_usage(case.folder).free
    yield ("ok" if free > 2**30 else "warning"), "disk", f"{free / 1e9:.0f} GB free", ""
    wrong = len(case.verify().check())
    if wrong:
        yield "red", "exhibits, ledger, decisions, log", f"{wrong} do not verify", "tracer verify names them"
    else:
        yield "ok", "exhibits, ledger, decisions, log", "verified", ""


def _driver() -> str:
    try:
        return version("neo4j")
    except PackageNotFoundError:
        return ""


def _graph(case: Case) -> Iterator[Line]:
    try:
        at = projection.chosen(case)
    except GraphError as error:
        yield "red", "graph", error.what, error.next_call
        return
    if at is None:
        yield "ok", "graph", "embedded: made from the ledger at every question, needs no server", ""
        return
    driver = _driver()
    if not driver:
        yield "red", "graph driver", "not installed", f"{server.DRIVER}; or --graph embedded"
        return
    yield "ok", "graph driver", f"neo4j {driver}, its telemetry off", ""
    if at.is_loopback or at.is_encrypted:
        yield "ok", "graph address", "this machine" if at.is_loopback else "another machine, over TLS", ""
    else:
        yield (
            "warning",
            "graph address",
            "another machine, without TLS",
            "name it neo4j+s:// : the case travels readable",
        )
    try:
        with projection.opened(case, at) as graph:
            yield from _server(case, graph, at)
    except GraphError as error:
        yield "red", "graph server", error.what, error.next_call


def _server(case: Case, graph: Neo4jGraph, at: Address) -> Iterator[Line]:
    yield "ok", "graph server", f"answers: {graph.server()}", ""
    behind = projection._behind(case, graph.mark())
    if behind:
        yield "warning", "graph", "; ".join(behind), "tracer graph sync"
    else:
        yield "ok", "graph", "in step with the ledger", "tracer graph check compares every row"
    try:
        said = {str(name): str(value) for name, value in graph._read(_SHOW, names=list(_SETTINGS))}
    except GraphError:
        yield (
            "warning",
            "graph server",
            "its settings may not be read by this user",
            "ask who runs it for " + ", ".join(_SETTINGS),
        )
        said = {}
    for name, (wanted, meaning) in _SETTINGS.items():
        if name in said and said[name].casefold() != wanted.casefold():
            yield "warning", "graph server", f"{name} is {said[name]}: {meaning}", f"set it to {wanted} there"
    if other := graph.others():
        yield "warning", "graph server", other, "a server of its own keeps a case apart"

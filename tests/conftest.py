"""What tests share, and how they are dealt out to the cores. What a new test should use:

- `corpora`, `cases`: the public samples beside the checkout; the acceptance cases inside tracer. Both are read, never written.
- `harbour_copy(folder)`: the sample case as `tracer demo` leaves it (loaded, matched, annex in `out/`), opened on a copy of
  its own, so anything may be done to it. The case is built once for the whole run; never call `tracer.demo` on the sample
  to look at the result. `demonstrated.screen` is what the demo printed.
- `tell(text)`: a figure that a reader of the run should see ("What was read" at its end), whichever process the test ran in.
- `neo4j`: a real Neo4j Community server, one for the whole run, with `uri`, `user` and `password`. Its one database is shared:
  a test that writes clears what it wrote, and tests that cannot bear others beside them take `neo4j_alone`.
  A server of a test's own: `stopped_with_the_run(home)` before it is started, and `version=RELEASE`.
- tests/charts: `harbour`, `chromium`, `watch`, `tab`; tests/annex: `soffice`.

`make test` runs on all cores (pytest-xdist, `--dist loadfile`): the tests of one file run in one process, in their order, so
module fixtures are made once, and session fixtures once for each process. What must be made once for the whole run is made
under a lock in the folder that the processes share (pytest-xdist, "Making session-scoped fixtures execute only once").
A test that watches a program stop waits for what the program says, not for a number of seconds: the cores are busy.
A test that starts a server takes a free port and a folder of its own: another process may start one too.
"""

import contextlib
import fcntl
import hashlib
import io
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hypothesis
import pytest

import tracer
from tracer import server
from tracer.case import Case

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "sample_data" / "harbour"
# A server of the tests lives for seconds: Java's second compiler takes a third of their processor time for code that never gets hot.
os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1")
#: The longest first, so that no core is left alone with one of them at the end; those that wait for a server beside those
#: that do not. A file that is not named here comes after.
LONGEST = (
    "graph/test_bulk.py",
    "case/test_stopped.py",
    "graph/test_faults.py",
    "annex/test_recalculation.py",
    "docs/test_docs.py",
    "connectors/test_corpora.py",
    "match/test_verbs.py",
    "server/test_server.py",
    "case/test_rim_hostile.py",
    "graph/test_hostile_questions.py",
    "ledger/test_closed.py",
    "annex/test_sensitivity_sheet.py",
    "case/test_harbour.py",
    "graph/test_results.py",
    "annex/test_sample_workbook.py",
    "case/test_bad_input.py",
    "annex/test_layout.py",
    "docs/test_readme.py",
    "graph/test_withheld.py",
    "docs/test_install.py",
    "trace/test_elections_on_transfers.py",
    "case/test_rim_permissions.py",
    "charts/test_public.py",
    "charts/test_still.py",
    "trace/test_properties_ledgers.py",
    "trace/test_cases.py",
    "trace/test_twin.py",
    "trace/test_what_if.py",
    "charts/test_page_closed.py",
    "annex/test_engine.py",
)


hypothesis.settings.register_profile("busy", deadline=None)
hypothesis.settings.load_profile("busy")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    place = {ROOT / "tests" / name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path, len(place)))


@pytest.fixture(scope="session")
def corpora() -> Path:
    """The public sample corpora beside the checkout (TRACER_CORPORA names another place)."""
    place = Path(os.environ.get("TRACER_CORPORA", ROOT.parent / "shared" / "corpora"))
    if not place.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail(f"public corpora not present: {place}; with CI=true nothing is skipped")
        pytest.skip(f"public corpora not present: {place}")
    return place


@pytest.fixture(scope="session")
def cases() -> Path:
    """The acceptance cases that ship with tracer."""
    return ROOT / "tracer" / "selftest_cases"


@pytest.fixture(scope="session", autouse=True)
def _ctrl_c_is_heard() -> None:
    """A run started in the background inherits an ignored SIGINT, and so would every program that a test interrupts."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


# The sample case ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Demonstrated:
    """The sample case as the demo left it: the folder is only copied, never opened."""

    folder: Path
    screen: str
    digest: str


def digest(folder: Path) -> str:
    """Return one hash over every name and byte of a folder."""
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    each = (f"{p.relative_to(folder)} {hashlib.sha256(p.read_bytes()).hexdigest()}" for p in files)
    return hashlib.sha256("\n".join(each).encode()).hexdigest()


def demonstrate(place: Path) -> None:
    """Build the sample case and keep what the demo printed, unless another process of this run has."""
    screen = place / "screen.txt"
    place.mkdir(exist_ok=True)
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if screen.exists():
            return
        shutil.rmtree(place / "case", ignore_errors=True)
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            tracer.demo(SAMPLE, place / "case")
        screen.write_text(said.getvalue(), "utf-8")


@pytest.fixture(scope="session")
def demonstrated(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Demonstrated:
    """The sample case, built once for the run; `make test` hands over the one whose bytes it has compared."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if hasattr(request.config, "workerinput") else base
    place = Path(os.environ.get("TRACER_DEMONSTRATED", shared / "demonstrated"))
    demonstrate(place)
    return Demonstrated(place / "case", (place / "screen.txt").read_text("utf-8"), digest(place / "case"))


@pytest.fixture(scope="session")
def harbour_copy(demonstrated: Demonstrated) -> Callable[[Path], Case]:
    """`harbour_copy(folder)`: the sample case opened on a copy of its own in a new folder."""

    def copied(folder: Path) -> Case:
        assert digest(demonstrated.folder) == demonstrated.digest, "a test wrote into the case that all share"
        shutil.copytree(demonstrated.folder, folder)
        return tracer.open(folder, by="A. Officer", clock=lambda: "2025-07-01T09:00:00Z")

    return copied


# A real Neo4j server --------------------------------------------------------------------------------------------------

#: The release that the tests start, one of `server.RELEASES`; empty: the first that a Java of this machine runs.
RELEASE = os.environ.get("TRACER_NEO4J_RELEASE", "")


@dataclass(frozen=True)
class Neo4jServer:
    """Where the server is. The password is in no repr, so in no report of a failure."""

    uri: str
    user: str
    password: str = field(repr=False)


def shared_folder(config: pytest.Config, base: Path) -> Path:
    """The folder that all processes of this run share."""
    return base.parent if hasattr(config, "workerinput") else base


def _no_server(why: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(f"{why}; with CI=true nothing is skipped")
    pytest.skip(why)


#: Stops the server when the run is gone, however it ended: by SIGTERM, SIGKILL, or a machine that ran out of memory.
#: It watches before the server is started, since a run may be stopped while that takes its time.
_WATCH = """
import sys, time
from tracer import server
pid, birth, home = int(sys.argv[1]), sys.argv[2], sys.argv[3]
while server.birth(pid) == birth:
    time.sleep(0.5)
server.down(home)
"""


@pytest.fixture(scope="session")
def stopped_with_the_run(request: pytest.FixtureRequest) -> Callable[[Path], None]:
    """`stopped_with_the_run(home)`: whatever becomes of this run, the server of that home will not outlive it."""
    run = os.getppid() if hasattr(request.config, "workerinput") else os.getpid()

    def watched(home: Path) -> None:
        mark = home.with_suffix(".watched")
        if mark.exists():
            return
        subprocess.Popen(
            [sys.executable, "-c", _WATCH, str(run), server.birth(run), str(home)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ).returncode = 0  # nobody waits for it: it outlives this process
        mark.touch()

    return watched


@pytest.fixture(scope="session")
def neo4j(
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
    stopped_with_the_run: Callable[[Path], None],
) -> Neo4jServer:
    """A running server: the one TRACER_NEO4J_URI names, else one that the first process to ask starts for the whole run."""
    if uri := os.environ.get("TRACER_NEO4J_URI"):
        user = os.environ.get("TRACER_NEO4J_USER", "neo4j")
        return Neo4jServer(uri, user, os.environ.get("TRACER_NEO4J_PASSWORD", ""))
    home = shared_folder(request.config, tmp_path_factory.getbasetemp()) / "neo4j"
    with home.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stopped_with_the_run(home)
        try:
            running = server.up(home, version=RELEASE)
        except (server.JavaMissing, server.MavenMissing, server.MavenFailed) as missing:
            _no_server(str(missing))
            raise
    return Neo4jServer(running.address, server.USER, running.password())


@pytest.fixture
def neo4j_alone(
    neo4j: Neo4jServer, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Neo4jServer]:
    """The server of the run while no other test that asks for it so is running: its database may be emptied."""
    shared = shared_folder(request.config, tmp_path_factory.getbasetemp())
    with (shared / "neo4j_alone.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield neo4j


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Stop the server of the run: the last process to end is the one that dealt out the tests."""
    made = getattr(session.config, "_tmp_path_factory", None)
    if made and not hasattr(session.config, "workerinput") and made._basetemp:
        server.down(made._basetemp / "neo4j")


# What a run tells -----------------------------------------------------------------------------------------------------


@pytest.fixture
def tell(record_property: Callable[[str, Any], None]) -> Callable[[str], None]:
    """Say a figure at the end of the run."""
    return lambda text: record_property("told", text)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    reports = [one for some in terminalreporter.stats.values() for one in some if getattr(one, "when", "") == "call"]
    told = [text for report in reports for name, text in report.user_properties if name == "told"]
    if told:
        terminalreporter.section("What was read")
        for text in sorted(told):
            terminalreporter.write_line(text)

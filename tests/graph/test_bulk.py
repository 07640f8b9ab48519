"""The offline import on a real server of its own: the same graph as the driver's way, refused where it would destroy, never half."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import tracer
from tests.conftest import RELEASE, Demonstrated
from tests.graph.test_hostile_values import TEXTS, tables
from tests.graph.test_questions import given
from tests.graph.test_step import statement, with_graph
from tracer import bulk_projection, projection, server
from tracer.batches import KINDS
from tracer.case import Case
from tracer.graph import neo4j_schema
from tracer.graph.neo4j import Mark, Neo4jGraph
from tracer.graph.neo4j_bulk import SETTINGS, write_tables
from tracer.graph.neo4j_door import Credentials, address
from tracer.model import GraphError
from tracer.queries import questions

ROOT = Path(__file__).resolve().parents[2]

NODES = "MATCH (n) WHERE n.case = $case RETURN labels(n), properties(n)"
LINKS = "MATCH (n)-[x]->(m) WHERE n.case = $case RETURN type(x), n.noun, n.id, m.noun, m.id, properties(x)"
EMPTY = "MATCH (n) WITH n LIMIT 5000 DETACH DELETE n RETURN count(*)"
INDEXES = "SHOW INDEXES YIELD name, type, state, labelsOrTypes, properties, options RETURN name, type, state, labelsOrTypes, properties, options ORDER BY name"  # fmt: skip


@pytest.fixture(scope="module")
def own(
    neo4j: Any, tmp_path_factory: pytest.TempPathFactory, stopped_with_the_run: Callable[[Path], None]
) -> Iterator[server.Server]:
    """A server of this module's own, since it is stopped and its database replaced."""
    home = tmp_path_factory.mktemp("bulk") / "home of one's own"
    stopped_with_the_run(home)
    running = server.up(home, version=RELEASE, heap="400m", page_cache="64m")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRACER_NEO4J_USER", server.USER)
        patch.setenv("TRACER_NEO4J_PASSWORD", running.password())
        yield running
    server.down(home)


@pytest.fixture(autouse=True)
def _emptied(own: server.Server, request: pytest.FixtureRequest) -> None:
    """Each test finds an empty database; those that look at the imported sample case come first and look at the same one."""
    if "sample" in request.fixturenames:
        return
    with opened(own, "nobody's") as graph:
        while graph._write(lambda tx: tx.run(EMPTY).values()) != [[0]]:
            pass


def opened(own: server.Server, case: str) -> Neo4jGraph:
    return Neo4jGraph(address(own.address), Credentials(server.USER, own.password()), case)


def dump(graph: Neo4jGraph) -> dict[str, list[str]]:
    """Return every node, relationship, index and constraint, letter by letter: true is not 1, and a date is no text."""

    def told(row: list[Any]) -> str:
        return repr(
            [sorted(v.items()) if isinstance(v, dict) else sorted(v) if isinstance(v, list) else v for v in row]
        )

    asked = {"nodes": NODES, "links": LINKS, "indexes": INDEXES, "constraints": neo4j_schema.SHOW_CONSTRAINTS}
    return {name: sorted(map(told, graph._read(query))) for name, query in asked.items()}


def bulk_in_a_program_of_its_own(case: Case, patched: str = "") -> subprocess.Popen[bytes]:
    program = f"import tracer\n{patched}\ntracer.open({str(case.folder)!r}, by='A. Officer').graph_rebuild(bulk=True)"
    return subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stderr=subprocess.DEVNULL)


# The same graph ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sample:
    """The sample case on the server: its graph as the driver made it, and as the import made it in its place."""

    case: Case
    done: Any
    driven: dict[str, list[str]]
    imported: dict[str, list[str]]


@pytest.fixture(scope="module")
def sample(
    harbour_copy: Callable[[Path], Case], own: server.Server, tmp_path_factory: pytest.TempPathFactory
) -> Sample:
    case = with_graph(harbour_copy(tmp_path_factory.mktemp("sample") / "case"), own.address)
    case.graph_rebuild()
    with projection.opened(case) as graph:
        driven = dump(graph)
    pid = server.status(own.home).pid
    done = case.graph_rebuild(bulk=True)
    assert server.status(own.home).pid != pid, "the server was started again"
    with projection.opened(case) as graph:
        return Sample(case, done, driven, dump(graph))


def test_the_sample_case_is_the_same_graph_either_way(sample: Sample, own: server.Server) -> None:
    case, done, driven, imported = sample.case, sample.done, sample.driven, sample.imported
    now = server.status(own.home)
    assert (now.bolt, now.http) == (own.bolt, own.http)
    assert "server.memory.heap.max_size=400m\n" in (own.home / "conf" / "neo4j.conf").read_text("utf-8")
    assert {name: len(some) for name, some in imported.items()} == {name: len(some) for name, some in driven.items()}
    assert imported == driven
    assert {row["kind"]: row["new"] for row in done}["posting"] > 300
    assert case.graph_status().check() == ()
    assert case.graph_check().check() == ()
    assert not (own.home / ".importing").exists(), "the tables are rows of the case"
    assert [row["new"] for row in case.graph_sync()] == [0] * len(done)
    case.graph_results(write=True)
    assert case.ask.property().rows == tracer.open(case.folder, by="A. Officer", graph="embedded").ask.property().rows


def written(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_questions_annex_and_charts_of_an_imported_graph_are_the_embedded_ones(
    sample: Sample, demonstrated: Demonstrated, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = sample.case
    here = tracer.open(case.folder, by="A. Officer", clock=case.clock, graph="embedded")
    case.graph_results(write=True)
    for name, one in questions().items():
        there = case.ask(name, **given(name))
        assert there.check() == (), name
        if one.sql:
            assert there.rows == here.ask(name, **given(name)).rows, name
    asked = []
    with projection.opened(case) as graph:

        def scan(kind: str, *, without: Sequence[str] = (), columns: Sequence[str] | None = None) -> pa.Table:
            asked.append(kind)
            rows = graph.rows(kind)
            return rows.select(list(columns)) if columns else rows

        monkeypatch.setattr(case.ledger, "scan", scan)
        case._made.clear()
        shutil.rmtree(case.folder / "out")
        (case.folder / "out").mkdir()
        case.annex("R4")
    assert set(asked) == set(KINDS)
    expected, found = (written(folder / "out") for folder in (demonstrated.folder, case.folder))
    assert {name.rsplit(".", 1)[1] for name in expected} >= {"xlsx", "docx", "svg", "html"}
    assert sorted(found) == sorted(expected)
    assert [name for name in expected if found[name] != expected[name]] == []


def test_every_hostile_string_in_every_text_is_the_same_either_way(own: server.Server) -> None:
    scope, made = f"{TEXTS['Q02']} {TEXTS['Q06']}", tables()
    with opened(own, scope) as graph:
        graph.ensure_schema()
        for kind, table in made.items():
            graph.append(kind, table, head="")
        graph.finish(Mark(), {})
        driven = dump(graph)
    with server.importing(own.home) as work:
        written = write_tables(work.tables, scope, made.items())
        assert written.rows == dict.fromkeys(made, len(TEXTS))
        counts = written.node_count, written.relationship_count
        work.run(written.nodes, written.relationships, SETTINGS, counts=counts, longest=written.longest)
        work.place(work.seen())
    with opened(own, scope) as graph:
        assert graph.mark().filling == "imported"
        graph.ensure_schema()
        graph.finish(Mark(), {})
        for kind in (*KINDS, "transfer"):
            assert graph.rows(kind).equals(made[kind].sort_by("id")), kind
        assert dump(graph) == driven


# Refused -----------------------------------------------------------------------------------------------------------------


def test_what_else_is_in_the_database_is_named_and_nothing_is_changed(own: server.Server, tmp_path: Path) -> None:
    case = with_graph(tracer.new(tmp_path / "case", id="BULK-1", as_of="2026-01-01"), own.address)
    case.load(statement(tmp_path, "AAA111", 3))
    other = with_graph(tracer.new(tmp_path / "other", id="OTHER-7", as_of="2026-01-01"), own.address)
    other.load(statement(tmp_path, "BBB222", 2))
    with projection.opened(case) as graph:
        graph._write(lambda tx: tx.run("UNWIND [1, 2] AS n CREATE (:Letter:Mine {n: n}) CREATE ({n: n})").consume())
        graph._make("CREATE INDEX of_mine IF NOT EXISTS FOR (n:Letter) ON (n.n)")
        with pytest.raises(GraphError, match="holds more than this case") as told:
            case.graph_rebuild(bulk=True)
        assert graph._read("MATCH (n:Letter) RETURN count(n)") == [[2]]
        graph._make("DROP INDEX of_mine")
    said = told.value.what
    assert "2 nodes (Letter:Mine)" in said
    assert "2 nodes (no label)" in said
    assert f"2 nodes of the case {projection.scope(other)} (Posting)" in said
    assert "the index of_mine on Letter (n)" in f"{said} {told.value}" or "more" in said
    assert "tracer neo4j up --home" in told.value.next_call
    assert server.status(own.home).pid == own_pid(own)
    assert case.graph_check().check() == ()
    assert other.graph_check().check() == ()


def own_pid(own: server.Server) -> int:
    return int(json.loads((own.home / "server.json").read_text("utf-8"))["pid"])


def test_a_server_that_is_not_our_own_is_refused(own: server.Server, tmp_path: Path) -> None:
    case = with_graph(tracer.new(tmp_path / "case", id="BULK-2", as_of="2026-01-01"), own.address)
    record = own.home / "server.json"
    record.rename(tmp_path / "server.json")
    try:
        with pytest.raises(GraphError, match="somebody else's") as told:
            case.graph_rebuild(bulk=True)
    finally:
        (tmp_path / "server.json").rename(record)
    assert "Nothing was changed" in told.value.meaning
    assert server.managed(str(own.home), own.bolt) == own.home
    assert server.managed(str(own.home), own.bolt + 1) is None
    assert server.managed(str(tmp_path), own.bolt) is None


def test_a_disk_without_room_is_told_before_anything_begins(
    own: server.Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = with_graph(tracer.new(tmp_path / "case", id="BULK-5", as_of="2026-01-01"), own.address)
    case.load(statement(tmp_path, "AAA111", 3))
    monkeypatch.setattr(bulk_projection, "BYTES_PER_ROW", 1 << 50)
    with pytest.raises(server.NoRoom, match=r"needs about [\d,.]+ GB on this disk, and [\d,.]+ GB are free") as told:
        case.graph_rebuild(bulk=True)
    assert told.value.where == str(own.home)
    assert "tracer graph rebuild" in told.value.next_call
    monkeypatch.undo()
    monkeypatch.setenv("TRACER_NEO4J_PASSWORD", own.password())
    monkeypatch.setattr("tracer.server.offline_import.STORE_PER_TABLE", 1 << 50)
    with pytest.raises(server.NoRoom):
        case.graph_rebuild(bulk=True)
    assert not (own.home / ".importing").exists()
    assert server.status(own.home).pid == own_pid(own)
    assert case.graph_check().check() == ()


def test_what_is_written_while_the_new_database_is_made_is_not_lost(
    own: server.Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = with_graph(tracer.new(tmp_path / "case", id="BULK-6", as_of="2026-01-01"), own.address)
    case.load(statement(tmp_path, "AAA111", 3))
    look, looked = bulk_projection._alone, []

    def last_look(graph: Neo4jGraph) -> None:
        look(graph)
        looked.append(graph)
        if len(looked) == 2:  # somebody else's own program, between the last look and the stop of the server
            graph._write(lambda tx: tx.run("CREATE (:Letter {text: 'kept'})").consume())

    monkeypatch.setattr(bulk_projection, "_alone", last_look)
    with pytest.raises(server.WrittenMeanwhile, match="Somebody wrote") as told:
        case.graph_rebuild(bulk=True)
    assert "Nothing was replaced" in told.value.meaning
    assert len(looked) == 2
    assert not (own.home / ".importing").exists()
    with opened(own, "nobody's") as graph:
        assert graph._read("MATCH (n:Letter) RETURN n.text") == [["kept"]]
    assert case.graph_check().check() == ()


# Killed ------------------------------------------------------------------------------------------------------------------


def test_killed_anywhere_it_is_the_old_graph_or_one_that_says_it_is_not_finished(
    own: server.Server, tmp_path: Path
) -> None:
    case = with_graph(tracer.new(tmp_path / "case", id="BULK-3", as_of="2026-01-01"), own.address)
    case.load(statement(tmp_path, "AAA111", 3))
    own_case = tracer.open(case.folder, by="A. Officer", graph="embedded")
    own_case.load(statement(tmp_path, "BBB222", 200))

    java = own.home / ".importing" / "java.json"
    program = bulk_in_a_program_of_its_own(case)
    while not java.exists():
        assert program.poll() is None, "the import was over before it could be stopped"
        time.sleep(0.02)
    left = json.loads(java.read_text("utf-8"))
    program.send_signal(signal.SIGKILL)
    program.wait()
    assert [line for line in case.graph_status().check() if line.startswith("1 commit behind (")]
    with projection.opened(case) as graph:
        assert graph.rows("posting").num_rows == 3, "the graph is as it was before"

    patched = (
        "import os, signal\nfrom tracer.server import offline_import\nplain, called = offline_import.settle, []\n"
        "def settle(home):\n    called.append(home)\n    os.kill(os.getpid(), signal.SIGKILL) if len(called) == 2 else plain(home)\n"
        "offline_import.settle = settle"
    )
    program = bulk_in_a_program_of_its_own(case, patched)
    assert program.wait() == -signal.SIGKILL, "killed when the new database was whole and the server stopped"
    assert server.birth(left["pid"]) != left["birth"], "the import that was left behind was ended"
    assert (own.home / ".importing" / "whole").exists()
    with pytest.raises(GraphError, match="Nobody answers"):
        case.graph_status()
    assert server.up(own.home).bolt == own.bolt
    assert not (own.home / ".importing").exists()
    behind = case.graph_status().check()
    assert [line for line in behind if "an offline import was stopped before its end" in line]
    assert case.graph_check().check()
    case.graph_sync()
    assert case.graph_status().check() == ()
    assert case.graph_check().check() == ()
    with projection.opened(case) as graph:
        synced = dump(graph)
    case.graph_rebuild()
    with projection.opened(case) as graph:
        assert dump(graph) == synced


def test_an_import_that_fails_leaves_the_graph_as_it_was(own: server.Server, tmp_path: Path) -> None:
    with opened(own, "kept") as graph:
        graph.ensure_schema()
        graph.append("posting", tables()["posting"], head="h")
        pid = own_pid(own)
        with server.importing(own.home) as work:
            file = work.tables / "nodes.csv"
            file.write_text('":ID(posting)","case"\n1,"SECRET-ROW"\n1,"SECRET-ROW"\n', "utf-8")
            with pytest.raises(server.NotImported) as told:
                work.run([("Tracer:Posting", file)], [], SETTINGS, counts=(2, 0))
        assert "SECRET-ROW" not in str(told.value)
        assert "tracer graph rebuild" in told.value.next_call
        assert (own.home / "logs" / "import.log").stat().st_mode & 0o077 == 0
        assert not (own.home / ".importing").exists()
        assert own_pid(own) == pid
        assert graph.rows("posting").num_rows == len(TEXTS)


def test_two_imports_into_one_server_do_not_meet(own: server.Server) -> None:
    with server.importing(own.home):
        with pytest.raises(server.ImportRunning, match="Another import"), server.importing(own.home):
            pass
        assert (own.home / ".importing").exists()
        assert json.loads((own.home / ".importing" / "tracer.json").read_text("utf-8"))["pid"] == os.getpid()


# Told --------------------------------------------------------------------------------------------------------------------


def test_a_large_first_projection_is_told_of_it(
    own: server.Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projection, "MANY", 2)
    case = with_graph(tracer.new(tmp_path / "case", id="BULK-4", as_of="2026-01-01"), own.address)
    assert "tracer graph rebuild --bulk" in case.load(statement(tmp_path, "AAA111", 3)).foot
    assert "--bulk" not in case.load(statement(tmp_path, "BBB222", 3)).foot, "only the first projection"

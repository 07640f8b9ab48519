"""What a server, a network and a stopped program do to a load: told in the house form, nothing half-written, sync converges."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from neo4j.exceptions import DriverError, Neo4jError

import tracer
from tests.conftest import RELEASE
from tests.graph.test_step import statement, with_graph
from tracer import projection, server
from tracer.batches import to_table
from tracer.case import Case
from tracer.graph import neo4j_schema
from tracer.graph.neo4j import Neo4jGraph
from tracer.graph.neo4j_door import Address, Credentials, address
from tracer.model import Cite, GraphError, Posting
from tracer.server import running

SHA = "f" * 64

# Who answers -------------------------------------------------------------------------------------------------------------


def in_house_form(error: GraphError) -> GraphError:
    assert error.what
    assert error.where
    assert "ledger is not affected" in error.meaning or "Nothing was" in error.meaning
    assert error.next_call
    return error


@pytest.fixture(params=[b"SSH-2.0-OpenSSH_9.9\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n", b""])
def stranger(request: pytest.FixtureRequest) -> Iterator[int]:
    """A program that is no Neo4j server, on a port of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            while True:
                try:
                    line, _ = listening.accept()
                except OSError:
                    return
                with line:
                    line.settimeout(5)
                    line.recv(64)
                    line.sendall(request.param)

        threading.Thread(target=answer, daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("scheme", ["neo4j", "bolt", "neo4j+s"])
def test_what_is_no_neo4j_at_all_is_told(scheme: str, stranger: int) -> None:
    with pytest.raises(GraphError, match="is no Neo4j server") as told:
        Neo4jGraph(address(f"{scheme}://127.0.0.1:{stranger}"), Credentials("neo4j", "hunter2"), "x")
    assert "hunter2" not in str(in_house_form(told.value))


@pytest.mark.parametrize("at", ["neo4j://127.0.0.1:9", "bolt://127.0.0.1:9", "neo4j://no-such-host.invalid:7687"])
def test_nobody_there_is_told(at: str) -> None:
    with pytest.raises(GraphError, match="Nobody answers") as told:
        Neo4jGraph(address(at), Credentials("neo4j", "hunter2"), "x")
    assert "tracer neo4j up" in in_house_form(told.value).next_call


def test_a_line_without_tls_is_told(neo4j: Any) -> None:
    with pytest.raises(GraphError, match="does not offer TLS") as told:
        Neo4jGraph(address(neo4j.uri.replace("neo4j://", "neo4j+s://")), Credentials(neo4j.user, neo4j.password), "x")
    in_house_form(told.value)


def test_a_wrong_password_is_told(neo4j: Any) -> None:
    with pytest.raises(GraphError, match="refuses the user or the password|lets nobody in") as told:
        Neo4jGraph(address(neo4j.uri), Credentials("nobody-by-this-name", "hunter2"), "x")
    assert "hunter2" not in str(in_house_form(told.value))


# A server of one's own, that may be emptied, killed, and started with other settings -------------------------------------


class Own:
    """A server for this file alone. `start(*lines)`: it runs with these lines added to its settings; started again only where it does not."""

    def __init__(self, home: Path) -> None:
        self.home, self.settings = home, running._settings
        self.server: Any = None
        self.lines: tuple[str, ...] | None = None

    def start(self, *lines: str) -> None:
        if lines == self.lines:
            return
        server.down(self.home)
        self.lines, plain = None, self.settings
        running._settings = lambda *given: plain(*given) + "".join(f"{line}\n" for line in lines)
        try:
            self.server = server.up(self.home, version=RELEASE, say=lambda _said: None)
        finally:
            running._settings = plain
        self.lines = lines

    def door(self) -> tuple[Address, Credentials]:
        return address(self.server.address), Credentials(server.USER, self.server.password())

    def graph(self, case: str = "faults", **more: int) -> Neo4jGraph:
        return Neo4jGraph(*self.door(), case, **more)

    def kill(self) -> None:
        self.lines = None
        os.kill(self.server.pid, signal.SIGKILL)

    def empty(self) -> None:
        if self.lines is None:
            self.start()
        with self.graph() as graph:
            for query in (
                "MATCH (n) DETACH DELETE n",
                "DROP CONSTRAINT tracer_id IF EXISTS",
                "DROP INDEX tracer_id IF EXISTS",
                "DROP CONSTRAINT mine IF EXISTS",
                "DROP INDEX tracer_name IF EXISTS",
                "DROP INDEX names IF EXISTS",
            ):
                run(graph, query)


@pytest.fixture(scope="module")
def own(neo4j: Any, tmp_path_factory: pytest.TempPathFactory, stopped_with_the_run: Any) -> Iterator[Own]:
    made = Own(tmp_path_factory.mktemp("own") / "neo4j")
    stopped_with_the_run(made.home)
    made.start()
    yield made
    server.down(made.home)


def run(graph: Neo4jGraph, query: Any) -> None:
    graph._write(lambda tx: tx.run(query).consume())


def postings(number: int, text: str = "") -> Any:
    return to_table(
        "posting",
        [
            Posting(Cite(SHA, f"line={n}"), "A", "USD", 1, n, account_key="A", booked=date(2024, 1, 1), details=text)
            for n in range(number)
        ],
    )


def constraints(graph: Neo4jGraph) -> list[str]:
    return sorted(name for name, *_ in graph._read(neo4j_schema.SHOW_CONSTRAINTS))


def test_a_constraint_that_stands_under_another_name_is_taken(own: Own) -> None:
    own.empty()
    with own.graph() as graph:
        run(graph, "CREATE CONSTRAINT mine FOR (n:Tracer) REQUIRE (n.case, n.noun, n.id) IS UNIQUE")
        run(graph, "CREATE FULLTEXT INDEX names FOR (n:Party|Account|Institution|Asset) ON EACH [n.name]")
        graph.ensure_schema()
        graph.ensure_schema()
        assert constraints(graph) == ["mine"]
        assert graph.missing == ()
        assert graph.append("posting", postings(3), head="h")["new"] == 3


@pytest.mark.parametrize(
    "taken",
    [
        "CREATE CONSTRAINT tracer_id FOR (n:Film) REQUIRE n.title IS UNIQUE",
        "CREATE INDEX tracer_id FOR (n:Tracer) ON (n.case, n.noun, n.id)",
    ],
    ids=["the name is taken", "an index stands in its place"],
)
def test_a_constraint_that_cannot_be_made_is_told(own: Own, taken: str) -> None:
    own.empty()
    with own.graph() as graph:
        run(graph, taken)
        with pytest.raises(GraphError, match="cannot be made") as told:
            graph.ensure_schema()
        in_house_form(told.value)
    own.empty()


def test_an_index_that_cannot_be_made_is_a_sentence_and_search_goes_on(own: Own) -> None:
    own.empty()
    with own.graph() as graph:
        run(graph, "CREATE FULLTEXT INDEX tracer_name FOR (n:Film) ON EACH [n.title]")
        graph.ensure_schema()
        assert len(graph.missing) == 1
        assert graph.missing[0].startswith("no fulltext index")
        assert "search" in graph.missing[0]
        graph.append("posting", postings(1, "find me"), head="h")
        assert graph.search("FIND").num_rows == 1
    own.empty()


def test_a_foreign_graph_is_named_and_left_alone(own: Own) -> None:
    own.empty()
    with own.graph() as graph:
        run(
            graph,
            "UNWIND range(1, 20) AS n CREATE (:Account:Film {id: n, case: 'faults'})-[:PERFORMS]->(:Actor {name: 'x'})",
        )
        foreign = graph._read("MATCH (n)-[x]->(m) WHERE NOT n:Tracer RETURN count(n), count(x), count(m)")
        graph.ensure_schema()
        graph.append("posting", postings(5), head="h")
        assert "40 nodes that are not tracer's (labels Actor, Film)" in graph.others()
        assert graph.accounts().num_rows == 1
        graph.clear()
        assert foreign == graph._read("MATCH (n)-[x]->(m) WHERE NOT n:Tracer RETURN count(n), count(x), count(m)")
    own.empty()
    with own.graph() as graph:
        run(graph, "CREATE (:Tracer {id: 'their own'})")
        with pytest.raises(GraphError, match="1 nodes with the label Tracer") as told:
            graph.ensure_schema()
        in_house_form(told.value)
        assert constraints(graph) == []
    own.empty()


# A stopped load ----------------------------------------------------------------------------------------------------------

#: The command line, with each step of the running verb printed as it begins; at the one named it waits for a line.
#: It sends 500 rows in a transaction.
TELLING = """
import sys
from tracer import cli, progress
from tracer.graph.neo4j import Neo4jGraph
Neo4jGraph.__init__.__kwdefaults__["batch"] = 500
awaited = sys.argv.pop(1)
step = progress.Progress.step
def told(self, doing, done, total):
    step(self, doing, done, total)
    said = f"{self.name}: {doing} {done}"
    print(said, flush=True)
    if said == awaited:
        sys.stdin.readline()
progress.Progress.step = told
cli.main()
"""
SECOND_BATCH = "load: graph: posting rows 500"


@pytest.fixture
def case(own: Own, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    own.empty()
    monkeypatch.setenv("TRACER_NEO4J_USER", server.USER)
    monkeypatch.setenv("TRACER_NEO4J_PASSWORD", own.server.password())
    made = tracer.new(tmp_path / "case", id="STOP-1", as_of="2026-01-01", by="A. Officer")
    return with_graph(made, own.server.address)


def load(case: Case, path: Path, act: Callable[[subprocess.Popen[str]], None]) -> tuple[int, str]:
    """Load at a terminal, and act while the second transaction of the load is open; return exit code and what was said.

    Every transaction of a load takes the watermark first. The load waits before its second one until the watermark is
    held here; then it goes on, and the server says that its transaction waits: it is in the middle, however busy the
    machine and however fast the server.
    """
    with (
        subprocess.Popen(
            [sys.executable, "-c", TELLING, SECOND_BATCH, "load", str(path), "-c", str(case.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process,
        projection.opened(case) as graph,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if line.strip() == SECOND_BATCH:
                holding = graph._driver.session()
                held = holding.begin_transaction()
                held.run(neo4j_schema.MARK, case=graph.case, head=None, filling="held").consume()
                process.stdin.write("\n")
                process.stdin.flush()
                while not graph._read(
                    "SHOW TRANSACTIONS YIELD status WHERE status STARTS WITH 'Blocked' RETURN status"
                ):
                    assert process.poll() is None, "the load ended before its second transaction"
                act(process)
                with contextlib.suppress(DriverError, Neo4jError):  # the server is gone
                    held.rollback()
                holding.close()
                break
        said += process.stdout.readlines()
    return process.returncode, "".join(said)


def test_a_client_killed_in_the_middle_leaves_whole_transactions(case: Case, own: Own, tmp_path: Path) -> None:
    own.start()
    path = statement(tmp_path, "AAA111", 900)
    code, said = load(case, path, lambda process: process.kill())
    assert code == -signal.SIGKILL, said
    assert case.ledger.counts()["posting"] == 900
    with projection.opened(case) as graph:
        assert graph.rows("posting").num_rows == 500
        assert (graph.head(), graph.mark().filling) == ("", case.ledger.head().chain)
    assert "a sync was stopped half way" in case.graph_status().check()[0]
    done = case.load(path)  # the same command again
    assert "in step" in done.foot
    assert case.graph_check().check() == ()


def test_a_server_killed_in_the_middle_leaves_the_ledger_whole(case: Case, own: Own, tmp_path: Path) -> None:
    own.start()
    path = statement(tmp_path, "BBB222", 900)
    code, said = load(case, path, lambda _process: own.kill())
    assert code == 0, said
    assert "is behind" in said
    assert "tracer graph sync" in said
    assert case.ledger.counts()["posting"] == 900
    own.start()
    assert case.graph_status().check()
    with projection.opened(case) as graph:
        assert graph.rows("posting").num_rows == 500
    case.graph_sync()
    assert case.graph_check().check() == ()


def test_a_transaction_larger_than_the_memory_is_sent_in_halves(own: Own) -> None:
    own.empty()
    own.start("db.memory.transaction.max=4m")
    table = postings(3_000, "a text of some length " * 20)
    with own.graph(batch=3_000) as graph:
        graph.ensure_schema()
        sent = []
        guarded = graph._write
        graph._write = lambda work: sent.append(1) or guarded(work)  # type: ignore[method-assign]
        assert graph.append("posting", table, head="h") == {"new": 3_000, "duplicate": 0, "conflict": 0}
        assert len(sent) > 2, "the limit was not met: the test proves nothing"
        assert graph.head() == "h"
        assert graph.mark().filling == ""
        assert graph.rows("posting").equals(table.sort_by("id"))
        with pytest.raises(GraphError, match="too little memory") as told:
            graph.append("posting", to_table("posting", [Posting(Cite(SHA, "big"), "A", "USD", 1, 1, details="x" * 9_000_000)]), head="i")  # fmt: skip
        in_house_form(told.value)
        assert graph.head() == "h"
        graph.clear()


def test_a_read_only_database_is_told_and_stops_no_load(case: Case, own: Own, tmp_path: Path) -> None:
    with own.graph() as graph:
        graph.ensure_schema()
    own.start("server.databases.default_to_read_only=true")
    try:
        done = case.load(statement(tmp_path, "CCC333", 3))
        assert "read-only" in done.check()[-1]
        with own.graph() as graph:
            with pytest.raises(GraphError, match="read-only") as told:
                graph.append("posting", postings(1), head="h")
            in_house_form(told.value)
    finally:
        own.start()
    case.graph_sync()
    assert case.graph_check().check() == ()

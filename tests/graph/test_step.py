"""A case and its server: load projects in the same command, whatever happens the ledger is right, and sync catches up."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import tracer
from tracer import projection
from tracer.case import Case
from tracer.cli import app
from tracer.graph.neo4j_door import Address, address, credentials
from tracer.model import CaseError, GraphError

STATEMENT = (
    "{1:F01QXHKHKHHAXXX0000000000}{2:I940QXUKGB2LXXXXN}{4:\r\n:20:S1\r\n:25:ACCOUNT\r\n:28C:00001/001\r\n"
    ":60F:C240101USD1000,00\r\nLINES:62F:C240131USDCLOSING,00\r\n-}"
)
LINE = ":61:2401020102C1,00NTRFREF{0:04}\r\n:86:payer {0}\r\n"
NOBODY = "neo4j://127.0.0.1:9"  # the discard port of RFC 863: nobody listens there


def statement(folder: Path, account: str, lines: int) -> Path:
    path = folder / f"{account}.sta"
    text = STATEMENT.replace("ACCOUNT", account).replace("LINES", "".join(map(LINE.format, range(lines))))
    path.write_text(text.replace("CLOSING", str(1000 + lines)), "ascii", newline="")
    return path


@pytest.fixture
def server(neo4j: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("TRACER_NEO4J_USER", neo4j.user)
    monkeypatch.setenv("TRACER_NEO4J_PASSWORD", neo4j.password)
    return str(neo4j.uri)


def with_graph(case: Case, at: str) -> Case:
    stated = case.folder / "case.yaml"
    text = re.sub(r"^graph:.*", f"graph: {at}", stated.read_text("utf-8"), flags=re.MULTILINE)
    stated.write_text(text, "utf-8")
    return case


@pytest.fixture
def case(server: str, tmp_path: Path) -> Iterator[Case]:
    made = with_graph(tracer.new(tmp_path / "case", id="STEP-1", as_of="2026-01-01", by="A. Officer"), server)
    yield made
    with projection.opened(made, address(server)) as graph:
        graph.clear()


def test_load_appends_and_projects_in_one_command(case: Case, tmp_path: Path) -> None:
    done = case.load(statement(tmp_path, "AAA111", 3))
    assert "is in step with the ledger · new: " in done.foot
    assert "3 posting" in done.foot
    assert done.check() == ()
    assert case.graph_status().check() == ()
    assert "1 statement" in case.load(statement(tmp_path, "BBB222", 2)).foot
    assert "new: nothing" in case.load(statement(tmp_path, "AAA111", 3)).foot
    assert case.graph_check().check() == ()
    with case.projected() as graph:  # type: ignore[attr-defined]
        assert {row["account_key"].rsplit(":")[-1] for row in graph.accounts().to_pylist()} == {"AAA111", "BBB222"}
    assert [line["outcome"] for line in case.log if line["verb"] == "graph"] == ["in step"] * 3
    assert not [line for line in case.dossier().log if line.action == "graph"], "the graph is in no export"


def test_a_server_that_is_down_stops_no_load(case: Case, server: str, tmp_path: Path) -> None:
    with_graph(case, NOBODY)
    done = case.load(statement(tmp_path, "AAA111", 3))
    assert f"graph {NOBODY} is behind" in done.foot
    assert "The ledger is committed" in done.check()[-1]
    assert "tracer graph sync" in done.check()[-1]
    assert case.ledger.counts()["posting"] == 3
    with pytest.raises(GraphError, match="Nobody answers") as told:
        case.graph_sync()
    assert told.value.where == NOBODY
    with_graph(case, server)
    assert [line for line in case.graph_status().check() if "behind (" in line]
    case.graph_sync()
    assert case.graph_check().check() == ()


def test_the_embedded_graph_may_be_told_on_the_call(case: Case, tmp_path: Path) -> None:
    with_graph(case, NOBODY)
    own = tracer.open(case.folder, by="A. Officer", graph="embedded")
    assert "graph" not in own.load(statement(tmp_path, "AAA111", 3)).foot
    assert own.projected().accounts().num_rows == 1
    ran = CliRunner().invoke(app, ["load", str(statement(tmp_path, "BBB222", 1)), "--graph", "embedded", "-c", str(case.folder)])  # fmt: skip
    assert (ran.exit_code, "neo4j" in ran.output) == (0, False)
    ran = CliRunner().invoke(app, ["graph", "status", "--graph", "embedded", "-c", str(case.folder)])
    assert isinstance(ran.exception, GraphError)


def test_what_may_not_leave_is_not_there_and_is_taken_out_when_it_may_no_longer(case: Case, tmp_path: Path) -> None:
    case.load(statement(tmp_path, "AAA111", 3))
    case.load(statement(tmp_path, "SECRET9", 2), evidence_class="INT")
    with projection.opened(case) as graph:
        assert graph.rows("posting").num_rows == 3
        assert graph._read("MATCH (n:Tracer) WHERE n.case = $case AND any(k IN keys(n) WHERE any(x IN [] + n[k] WHERE toStringOrNull(x) CONTAINS 'SECRET9')) RETURN count(n)") == [[0]]  # fmt: skip
    stated = case.folder / "case.yaml"
    stated.write_text(
        stated.read_text("utf-8").replace("bundle: ordered", 'bundle: ordered, exclude_classes: ["EV-P"]')
    )
    assert "which exhibits may leave the case has changed since" in case.graph_status().check()
    case.graph_sync()
    with projection.opened(case) as graph:
        assert graph.totals().num_rows == 0
        assert graph._read("MATCH (n:Tracer) WHERE n.case = $case AND n.noun <> 'Case' AND n.noun <> 'Offence' RETURN count(n)") == [[0]]  # fmt: skip


def test_two_cases_of_one_number_do_not_meet(case: Case, server: str, tmp_path: Path) -> None:
    case.load(statement(tmp_path, "AAA111", 3))
    later = tracer.new(tmp_path / "other", id="STEP-1", as_of="2026-01-01", by="B. Officer")
    with_graph(later, server).load(statement(tmp_path, "BBB222", 5))
    assert projection.scope(case) != projection.scope(later)
    assert case.graph_check().check() == ()
    assert later.graph_check().check() == ()
    assert [row["value"] for row in later.graph_status() if row["what"] == "besides" and "other case" in row["value"]]
    with projection.opened(later) as graph:
        graph.clear()
    assert case.graph_check().check() == ()


def test_a_graph_of_another_history_is_refused_and_made_anew_only_when_told(case: Case, tmp_path: Path) -> None:
    case.load(statement(tmp_path, "AAA111", 3))
    case.graph_choice = "embedded"
    case.load(statement(tmp_path, "BBB222", 3))
    manifest = case.ledger.manifest_path
    whole = manifest.read_bytes()
    case.graph_choice = ""
    case.graph_sync()
    manifest.write_bytes(b"".join(whole.splitlines(keepends=True)[:1]))  # as on a copy made before the second load
    with pytest.raises(GraphError, match="never had") as told:
        case.graph_sync()
    assert "tracer graph rebuild" in told.value.next_call
    assert case.graph_check().check()
    case.graph_rebuild()
    assert case.graph_check().check() == ()


def test_a_changed_graph_is_found_row_by_row_and_link_by_link(case: Case, tmp_path: Path) -> None:
    case.load(statement(tmp_path, "AAA111", 3))
    with projection.opened(case) as graph:

        def change(query: Any) -> None:
            graph._write(lambda tx: tx.run(query, case=graph.case).consume())

        change("MATCH (n:Posting) WHERE n.case = $case WITH n LIMIT 1 SET n.amount = n.amount + 1, n.details = 'x'")
        change("MATCH (n:Posting)-[x:BOOKED_ON]->() WHERE n.case = $case WITH x LIMIT 1 DELETE x")
        wrong = case.graph_check().check()
        assert [line for line in wrong if re.search(r"posting \w+: differs in amount, details", line)]
        assert [line for line in wrong if "2 links BOOKED_ON where the rows call for 3" in line]
        assert [
            line for line in wrong if line.startswith("posting USD: the ledger has 3 rows and 300, the graph 3 and 301")
        ]
        change("MATCH (n:Posting) WHERE n.case = $case WITH n LIMIT 1 SET n.row_hash = 'y'")
        change("MATCH (c:Case) WHERE c.case = $case SET c.head = ''")
        with pytest.raises(GraphError, match="1 of kind posting"):
            case.graph_sync()
        assert graph.head() == ""
    assert CliRunner().invoke(app, ["graph", "check", "-c", str(case.folder)]).exit_code == 1
    case.graph_rebuild()
    assert CliRunner().invoke(app, ["graph", "check", "-c", str(case.folder)]).exit_code == 0


def test_a_judgement_changes_what_the_graph_concludes(
    harbour_copy: Callable[[Path], Case], server: str, tmp_path: Path
) -> None:
    case = harbour_copy(tmp_path / "sample")
    case.graph_choice = server
    try:
        case.graph_rebuild()
        pair = next(j for j in case.facts().judgements if j.subject == "movement" and j.rung >= 0)
        case.graph_choice = "embedded"  # as when the server was down: the judgement is recorded and not projected
        case.judge(pair.left, pair.right, "different", reason="not one movement")
        case.graph_choice = server
        assert case.graph_status().check() == ("judgements were recorded or taken back since",)
        assert case.graph_check().check()
        assert [row["taken_out"] for row in case.graph_sync() if row["kind"] == "transfer"] != [0]
        assert case.graph_check().check() == ()
    finally:
        with projection.opened(case) as graph:
            graph.clear()


# Address and credentials -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stated", "what"),
    [
        ("neo4j://neo4j:hunter2@127.0.0.1:7687", "holds a user or a password"),
        ("http://127.0.0.1:7474", "begins with none of"),
        ("127.0.0.1:7687", "begins with none of"),
        ("neo4j://127.0.0.1:7687/other", "more than a host and a port"),
        ("neo4j://127.0.0.1:port", "cannot be read"),
    ],
)
def test_an_address_that_is_none_is_told(stated: str, what: str) -> None:
    with pytest.raises(GraphError, match=what) as told:
        address(stated, "case.yaml: graph")
    assert "hunter2" not in str(told.value)
    assert told.value.where == "case.yaml: graph"


@pytest.mark.parametrize(
    "stated", ["graph: neo4j://neo4j:hunter2@127.0.0.1:7687", '"graph": neo4j://10.0.0.1:7687', "graph: |\n  neo4j://10.0.0.1:7687"]
)  # fmt: skip
def test_case_yaml_takes_no_password_and_one_line(stated: str, tmp_path: Path) -> None:
    case = tracer.new(tmp_path / "case", id="STEP-1", as_of="2026-01-01")
    file = case.folder / "case.yaml"
    file.write_text(re.sub(r"^graph:.*", lambda _: stated, file.read_text("utf-8"), flags=re.MULTILINE), "utf-8")
    with pytest.raises(CaseError, match="graph: ") as told:
        tracer.open(case.folder)
    assert "hunter2" not in str(told.value)


HERE = Address("neo4j://127.0.0.1:7687", "127.0.0.1", 7687)


def test_credentials_come_from_a_file_that_only_its_owner_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TRACER_NEO4J_USER", "TRACER_NEO4J_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / "neo4j.netrc"
    monkeypatch.setenv("TRACER_NEO4J_NETRC", str(file))
    with pytest.raises(GraphError, match="no password") as told:
        credentials(HERE)
    assert "TRACER_NEO4J_PASSWORD" in told.value.next_call
    file.write_text("machine 127.0.0.1 login reader password hunter2\n")
    file.chmod(0o644)
    with pytest.raises(GraphError, match="read by others"):
        credentials(HERE)
    file.chmod(0o600)
    found = credentials(HERE)
    assert (found.user, found.password) == ("reader", "hunter2")
    assert "hunter2" not in repr(found)
    file.write_text("server 127.0.0.1 login reader\n")
    with pytest.raises(GraphError, match="cannot be read") as told:
        credentials(HERE)
    monkeypatch.setenv("TRACER_NEO4J_PASSWORD", "other")
    assert credentials(HERE).password == "other"


def test_the_password_is_in_nothing_that_is_shown_or_kept(
    case: Case, neo4j: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACER_NEO4J_USER", "nobody-by-this-name")  # the server locks out a name after wrong passwords
    monkeypatch.setenv("TRACER_NEO4J_PASSWORD", "hunter2-hunter2")
    done = case.load(statement(tmp_path, "AAA111", 3))
    assert "refuses the user or the password" in done.check()[-1]
    with pytest.raises(GraphError, match="refuses the user or the password|lets nobody in") as told:
        case.graph_status()
    kept = b"".join(path.read_bytes() for path in case.folder.rglob("*") if path.is_file())
    assert "hunter2" not in f"{done!r}{told.value}{done.check()}"
    assert b"hunter2" not in kept
    monkeypatch.setenv("TRACER_NEO4J_USER", neo4j.user)
    monkeypatch.setenv("TRACER_NEO4J_PASSWORD", neo4j.password)

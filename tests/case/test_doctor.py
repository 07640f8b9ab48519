"""`tracer doctor`: the machine, the folder and the graph, a line each; nothing of the case in it, and red only where red."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from tracer.case import Case
from tracer.cli import app


def lines(case: Case) -> dict[str, tuple[str, str]]:
    return {row["what"]: (row["state"], row["found"]) for row in case.doctor()}


@pytest.fixture
def case(harbour_copy: Callable[[Path], Case], tmp_path: Path) -> Case:
    return harbour_copy(tmp_path / "case")


def test_a_sound_case_has_no_red_line_and_nothing_of_it_is_said(case: Case) -> None:
    case.folder.chmod(0o700)
    found = case.doctor()
    assert found.check() == ()
    assert lines(case)["graph"][0] == "ok"
    assert "embedded" in lines(case)["graph"][1]
    said = repr(found) + "".join(map(str, found.rows))
    dossier = case.dossier()
    for secret in (dossier.case.id, "447882001838", "Lin Meiyao", "1,200,000", str(case.folder)):
        assert secret not in said


def test_what_is_wrong_is_red_and_the_exit_code_says_so(case: Case) -> None:
    case.folder.chmod(0o755)
    with (case.folder / "log.jsonl").open("a") as log:
        log.write("{}\n")
    assert lines(case)["case folder"][0] == "red"
    assert lines(case)["exhibits, ledger, decisions, log"][0] == "red"
    done = CliRunner().invoke(app, ["doctor", "--case", str(case.folder)])
    assert done.exit_code == 1
    assert "chmod 700" in done.output


def test_outside_a_case_the_machine_is_looked_at(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["doctor", "--case", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert "tracer" in done.output
    assert "graph" not in done.output


def test_a_server_that_is_down_is_red(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACER_NEO4J_USER", "neo4j")
    monkeypatch.setenv("TRACER_NEO4J_PASSWORD", "not asked for")
    stated = case.folder / "case.yaml"
    stated.write_text(stated.read_text("utf-8").replace("graph: null", "graph: neo4j://127.0.0.1:9"), "utf-8")
    state, found = lines(case)["graph server"]
    assert state == "red"
    assert "Nobody answers" in found


def test_the_graph_is_told_with_version_edition_and_how_far_it_is_behind(
    case: Case, neo4j: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACER_NEO4J_USER", neo4j.user)
    monkeypatch.setenv("TRACER_NEO4J_PASSWORD", neo4j.password)
    stated = case.folder / "case.yaml"
    text = stated.read_text("utf-8").replace("graph: null", f"graph: {neo4j.uri}")
    stated.write_text(text.replace("HARBOUR-2025-001", uuid4().hex[:12]), "utf-8")  # a scope of its own
    case.folder.chmod(0o700)
    state, found = lines(case)["graph"]
    assert state == "warning"
    assert found.startswith("nothing of this case has been projected to its end yet; ")
    assert "commits behind" in found
    answered = [row["found"] for row in case.doctor() if row["what"] == "graph server" and row["state"] == "ok"]
    assert any("community" in text and "Neo4j Kernel" in text for text in answered)
    assert case.doctor().check() == ()
    assert neo4j.password not in repr(case.doctor())

"""A judgement is in the graph by the command that records it, takes it back, or matches; a server that is down stops none."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import tracer
from tests.graph.test_step import NOBODY, statement, with_graph
from tracer import projection
from tracer.case import Case
from tracer.cli import app
from tracer.graph.neo4j_door import address
from tracer.model import GraphError


@pytest.fixture
def case(neo4j: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Case]:
    monkeypatch.setenv("TRACER_NEO4J_USER", neo4j.user)
    monkeypatch.setenv("TRACER_NEO4J_PASSWORD", neo4j.password)
    made = with_graph(tracer.new(tmp_path / "case", id="JUDGE-1", as_of="2026-01-01", by="A. Officer"), neo4j.uri)
    made.load(statement(tmp_path, "AAA111", 2), statement(tmp_path, "BBB222", 2))
    yield made
    with projection.opened(made, address(neo4j.uri)) as graph:
        graph.clear()


def two(case: Case) -> list[str]:
    """One line of either account."""
    rows = case.ledger.scan("posting").to_pylist()
    return [next(row["id"] for row in rows if row["account"] == name) for name in ("AAA111", "BBB222")]


def held(case: Case) -> list[str]:
    with projection.opened(case) as graph:
        return [str(row["decision"]) for row in graph.rows("judgement").to_pylist()]


def test_a_judgement_and_its_withdrawal_are_projected_by_the_same_command(case: Case) -> None:
    done = case.judge(*two(case), "unsure", reason="the references are alike")
    assert "is in step with the ledger · new: 1 judgement" in done.foot
    assert done.check() == ()
    assert case.graph_status().check() == ()
    assert held(case) == ["unsure"]
    again = CliRunner().invoke(
        app, ["judge", *two(case), "different", "--reason", "another payer", "--case", str(case.folder)]
    )
    assert again.exit_code == 0, again.output
    assert "in step with the ledger" in " ".join(again.output.split())
    assert sorted(held(case)) == ["different", "unsure"]
    latest = case.judgements[-1]
    back = case.judge(withdraw=latest.id, reason="the payer is the same after all")
    assert "in step with the ledger" in back.foot
    assert case.graph_check().check() == ()


def test_what_is_matched_is_projected_by_the_same_command(case: Case) -> None:
    case.judge(*two(case), "unsure", reason="the references are alike")
    assert "is in step with the ledger" in case.match().foot
    assert case.graph_status().check() == ()


def test_a_server_that_is_down_stops_no_judgement(case: Case, neo4j: Any) -> None:
    with_graph(case, NOBODY)
    done = case.judge(*two(case), "unsure", reason="the references are alike")
    assert f"graph {NOBODY} is behind" in done.foot
    assert "tracer graph sync" in done.check()[-1]
    assert [j.decision for j in case.judgements] == ["unsure"]
    with_graph(case, neo4j.uri)
    assert "judgements were recorded or taken back since" in case.graph_status().check()
    case.graph_sync()
    assert held(case) == ["unsure"]


def test_the_embedded_graph_may_be_told_to_a_judgement(case: Case) -> None:
    words = ["judge", *two(case), "unsure", "--reason", "alike", "--graph", "embedded", "--case", str(case.folder)]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert "neo4j" not in done.output
    assert case.graph_status().check()


def test_a_new_case_may_name_its_server_and_a_wrong_address_makes_none(neo4j: Any, tmp_path: Path) -> None:
    words = ["new", str(tmp_path / "named"), "--id", "NEW-1", "--graph", neo4j.uri]
    assert CliRunner().invoke(app, words).exit_code == 0
    at = projection.chosen(tracer.open(tmp_path / "named"))
    assert at is not None
    assert at.uri == neo4j.uri
    with pytest.raises(GraphError):
        tracer.new(tmp_path / "wrong", id="NEW-2", graph="http://127.0.0.1:7474")
    assert not (tmp_path / "wrong").exists()
    assert projection.chosen(tracer.new(tmp_path / "plain", id="NEW-3")) is None

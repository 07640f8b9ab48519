"""The sample case: what Neo4j holds is the ledger row by row. What is made of the rows of an imported graph: `test_bulk.py`."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tracer import projection
from tracer.batches import KINDS, transfer_table
from tracer.case import Case
from tracer.graph.neo4j import Neo4jGraph


@pytest.fixture(scope="module")
def case(harbour_copy: Callable[[Path], Case], neo4j: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    """The sample case with its graph on the real server."""
    patch = pytest.MonkeyPatch()
    patch.setenv("TRACER_NEO4J_USER", neo4j.user)
    patch.setenv("TRACER_NEO4J_PASSWORD", neo4j.password)
    made = harbour_copy(tmp_path_factory.mktemp("sample") / "case")
    stated = made.folder / "case.yaml"
    lines = [line for line in stated.read_text("utf-8").splitlines(keepends=True) if not line.startswith("graph:")]
    stated.write_text("".join(lines) + f"graph: {neo4j.uri}\n", "utf-8")
    made.graph_rebuild()
    yield made
    with projection.opened(made) as graph:
        graph.clear()
    patch.undo()


@pytest.fixture
def graph(case: Case) -> Iterator[Neo4jGraph]:
    with projection.opened(case) as opened:
        yield opened


def test_the_graph_is_the_ledger(case: Case, graph: Neo4jGraph) -> None:
    assert case.graph_status().check() == ()
    assert case.graph_check().check() == ()
    for kind in KINDS:
        assert graph.rows(kind).equals(case.ledger.scan(kind, without=case.gate.withheld)), kind
    assert graph.rows("transfer").equals(transfer_table(case.facts().transfers, case.facts()["message"]))


def test_both_graphs_answer_alike(case: Case, graph: Neo4jGraph) -> None:
    embedded = case.embedded()
    assert graph.accounts().equals(embedded.accounts())
    assert graph.totals().equals(embedded.totals())
    assert graph.interests().equals(embedded.interests())
    for text in ("harbo", "东", "usd", "Lantern", "000"):
        assert graph.search(text).equals(embedded.search(text)), text
    starts = [row["account_key"] for row in embedded.accounts().to_pylist()]
    since = min(row["first"] for row in embedded.accounts().to_pylist())
    for hops in (1, 3, 8):
        assert graph.reach(starts, since=since, hops=hops).equals(embedded.reach(starts, since=since, hops=hops))


def test_the_graph_is_joined_as_the_model_says(graph: Neo4jGraph) -> None:
    """Each kind of link of the house model is there where the sample has what it links."""
    found = {kind for (kind,) in graph._read("MATCH (n:Tracer)-[x]->() WHERE n.case = $case RETURN DISTINCT type(x)")}
    assert found >= {
        "PERFORMS", "BENEFITS_TO", "SHOWN_BY", "PRINTED_IN", "HOLDS", "IN", "HAS_ACCOUNT", "IS_HOSTED", "VIA", "NAMES",
        "BOUGHT_WITH", "GENERATED", "ENTERED_AT", "JUDGES", "BOOKED_ON", "PART_OF",
    }  # fmt: skip
    across = graph._read("MATCH (n:Tracer)--(m) WHERE n.case = $case AND coalesce(m.case, '') <> $case RETURN count(m)")
    assert across == [[0]]

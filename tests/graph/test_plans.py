"""The server's own planner on every question and every query of a load, a check and a reach: they read, and start from an index."""

from collections.abc import Callable, Iterator
from typing import Any

import neo4j
import pytest

from tests.graph.test_scope import queries
from tracer import projection
from tracer.case import Case
from tracer.graph.neo4j import Neo4jGraph
from tracer.graph.neo4j_rows import hub
from tracer.graph.results import results_of
from tracer.queries import bound, questions

#: What a question is asked where it needs a value, by type.
GIVEN = {
    "account": "HK:QXHKHKHH:447882001838",
    "party": "09990033",
    "text": "lin",
    "day": "2024-06-30",
    "currency": "USD",
    "money": "USD 10000.00",
}
#: Counts that the server keeps, and looks at what is not of this case: no index tells what else a database holds.
#: COUNT_CASES, COUNT_IMPORTED: one node for each case; the latter is asked while the constraint is not there yet.
OUTSIDE = {"COUNT_ALL", "COUNT_OURS", "COUNT_CASES", "COUNT_IMPORTED", "BESIDES"}
#: Schema, settings, procedures: these look at no node, and EXPLAIN of a schema command has no operators to look at.
NO_NODES = {
    "CONSTRAINT",
    "SHOW_CONSTRAINTS",
    "SHOW_INDEXES",
    "AWAIT",
    "SERVER",
    "USED_LABELS",
    "HOME",
}
#: Operators whose rows are the values of the query, not what the database holds.
VALUES = {"Argument", "EmptyRow", "Unwind"}
INDEXES = ("(case, noun, id)", "(case, day)", "(case, reversal)")


@pytest.fixture(scope="module")
def graph(served: Callable[..., Case]) -> Iterator[Neo4jGraph]:
    with projection.opened(served()) as graph:
        yield graph


def explained(graph: Neo4jGraph, text: str, given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the server's own classification of a query and its plan; it is not run."""

    def work(tx: neo4j.ManagedTransaction) -> tuple[str, Any]:
        summary = tx.run("EXPLAIN " + text, given | {"case": graph.case}).consume()  # type: ignore[arg-type,operator]
        return summary.query_type or "", summary.plan

    with graph._driver.session() as session:
        return session.execute_read(work)


def operators(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("children", ()):
        yield from operators(child)


def named(plan: dict[str, Any]) -> str:
    return str(plan["operatorType"]).partition("@")[0]


def told(plan: dict[str, Any]) -> str:
    return str(plan.get("args", {}).get("Details", ""))


def starts(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the operators from which rows come."""
    return [one for one in operators(plan) if not one.get("children")]


def is_one(start: dict[str, Any]) -> bool:
    """Say whether an operator gives one row at most for each row that it is given."""
    return named(start) in VALUES or (
        named(start).startswith(("NodeUniqueIndexSeek", "NodeIndexSeek")) and "id = " in told(start)
    )


def wrong(plan: dict[str, Any]) -> list[str]:
    """Return what a plan reads that no index or value limits to a case."""
    said = []
    for start in starts(plan):
        sought = named(start).startswith(("NodeIndexSeek", "NodeUniqueIndexSeek", "MultiNodeIndexSeek"))
        if sought and any(index in told(start) for index in INDEXES) and "case = " in told(start):
            continue
        if named(start) not in VALUES:
            said.append(f"{named(start)}: {told(start)}")
    for one in operators(plan):
        if named(one) == "CartesianProduct" and not all(is_one(start) for start in starts(one)):
            said.append(f"CartesianProduct of {[told(start) for start in starts(one)]}")
        if named(one) == "AllNodesScan":
            said.append(f"AllNodesScan: {told(one)}")
    return said


@pytest.mark.parametrize("name", sorted(questions()))
def test_a_question_reads_and_starts_from_an_index(name: str, graph: Neo4jGraph, served: Callable[..., Case]) -> None:
    one = questions()[name]
    given = bound(one, {p.name: GIVEN[p.type] for p in one.parameters if p.default is None})
    given |= {f"{p.name}_id": hub(p.type.title(), given[p.name]) for p in one.parameters}
    given |= {f"{p.name}_folded": given[p.name] for p in one.parameters}
    if one.of_run:
        given["run"] = results_of(served().dossier()).id
    kind, plan = explained(graph, one.cypher, given)
    assert kind == "r"
    assert wrong(plan) == []


@pytest.mark.parametrize("name", sorted(set(queries()) - OUTSIDE - NO_NODES))
def test_what_load_check_and_reach_ask_starts_from_an_index(name: str, graph: Neo4jGraph) -> None:
    kind, plan = explained(graph, queries()[name], {})
    assert kind in {"r", "w", "rw"}
    assert wrong(plan) == []


def test_a_plan_that_reads_everything_is_told(graph: Neo4jGraph) -> None:
    """The check itself: it finds what it is there to find."""
    for text, said in (
        ("MATCH (n) RETURN n", "AllNodesScan"),
        ("MATCH (t:Transaction) WHERE t.case = $case RETURN t", "NodeByLabelScan"),
        ("MATCH (a:Tracer), (b:Tracer) RETURN a.id, b.id", "CartesianProduct"),
        ("MATCH ()-[x:PERFORMS]->() RETURN x", "RelationshipTypeScan"),
    ):
        assert said in str(wrong(explained(graph, text, {})[1])), text

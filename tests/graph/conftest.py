"""A graph on the real server for each test, in a scope of its own: no test sees what another wrote."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

import tracer
from tracer import projection
from tracer.case import Case
from tracer.graph.neo4j import Neo4jGraph
from tracer.graph.neo4j_door import Address, Credentials, address


@pytest.fixture(scope="session")
def door(neo4j: Any) -> tuple[Address, Credentials]:
    """Address and credentials of the server that the tests share."""
    return address(neo4j.uri), Credentials(neo4j.user, neo4j.password)


@pytest.fixture
def scoped(door: tuple[Address, Credentials]) -> Iterator[Callable[..., Neo4jGraph]]:
    """`scoped(case="", **more)`: a graph of a new case, taken out of the server again at the end of the test."""
    made: list[Neo4jGraph] = []

    def graph(case: str = "", **more: int) -> Neo4jGraph:
        made.append(Neo4jGraph(*door, case or f"test {uuid4().hex}", **more))
        return made[-1]

    yield graph
    for one in made:
        one.clear()
        one.close()


@pytest.fixture(scope="session")
def served(
    harbour_copy: Callable[[Path], Case], neo4j: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Case]]:
    """`served(graph="")`: the sample case in a scope of its own on the server, in step, its results written.

    One copy for each process of the run; "embedded" opens it without the server. Its facts are read and never written. The password is in the environment for as long as the process runs tests of this folder.
    """
    folder = tmp_path_factory.mktemp("served") / "case"
    harbour_copy(folder)
    stated = folder / "case.yaml"
    text = stated.read_text("utf-8")
    assert text.count("HARBOUR-2025-001") == 1
    stated.write_text(text.replace("HARBOUR-2025-001", uuid4().hex[:12]), "utf-8")

    @cache
    def opened(graph: str = "") -> Case:
        return tracer.open(folder, by="A. Officer", clock=lambda: "2025-07-01T09:00:00Z", graph=graph or neo4j.uri)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRACER_NEO4J_USER", neo4j.user)
        patch.setenv("TRACER_NEO4J_PASSWORD", neo4j.password)
        case = opened()
        case.graph_sync()
        case.graph_results(write=True)
        yield opened
        with projection.opened(case) as graph:
            graph.clear()

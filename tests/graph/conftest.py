"""A graph on the real server for each test, in a scope of its own: no test sees what another wrote."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest

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

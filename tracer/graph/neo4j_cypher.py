"""Cypher of a person's own, and the questions of `tracer/queries/`: read, never write, and say how far they reach.

Three locks against writing: the session's access mode is READ, so the server refuses; the plan is looked at first (EXPLAIN),
so that the refusal is a sentence before anything runs; and no file, web address, setting or other session is reached from a
query: LOAD CSV, TERMINATE and every procedure but a few that tell the schema are refused by the plan as well (safety.md S9).
The text of a person is the one query that is no constant; values reach it as parameters like any other.

Scope: one database may hold several cases and graphs of others. A query that names `$case` is told to be limited by it; one
that does not is told to reach whatever the database holds, unless that is this case alone.

Source: Neo4j Cypher Manual 5, "Query types" (r, rw, w, s) and "Execution plan operators"; tested on 5.26.30 and 2026.02.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import neo4j
import neo4j.graph
import neo4j.spatial
import neo4j.time
from neo4j import exceptions as told

from tracer.graph.neo4j import Neo4jGraph
from tracer.graph.neo4j_connect import translated
from tracer.model import GraphError, Money

__all__ = ["Answer", "Link", "Node", "ask", "cypher"]

_SECONDS: Final = 120.0
#: More rows than a person reads; what is left out is told, never silent.
ROWS: Final = 100_000
_PROCEDURES: Final = frozenset(
    {
        "db.index.fulltext.queryNodes",
        "db.index.fulltext.queryRelationships",
        "db.labels",
        "db.propertyKeys",
        "db.relationshipTypes",
        "db.schema.nodeTypeProperties",
        "db.schema.relTypeProperties",
        "db.schema.visualization",
        "dbms.components",
    }
)
#: A query without its strings, quoted names and comments: what names `$case` there names it for the server too.
_SILENT = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|`(?:``|[^`])*`|//[^\n]*|/\*.*?\*/", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Node:
    """A node as the server gave it: labels without `Tracer`, properties as plain values."""

    id: str
    labels: tuple[str, ...]
    properties: dict[str, Any]

    @property
    def title(self) -> str:
        """The name it bears, else its key or id."""
        names = (self.properties.get(name) for name in ("name", "key", "record", "title", "number", "id"))
        return next((str(name) for name in names if name is not None and str(name).strip()), self.id)

    def __str__(self) -> str:
        return f"(:{':'.join(self.labels)} {self.title})"


@dataclass(frozen=True, slots=True)
class Link:
    """A relationship with its two ends by their ids."""

    id: str
    type: str
    start: Node
    end: Node
    properties: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.start}-[:{self.type}]->{self.end}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query returned: columns, rows of plain values, every node and relationship in it once, and notes.

    `more`: whether the query had more rows than `ROWS`. `scope`: a sentence on how far it reached.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    nodes: tuple[Node, ...]
    links: tuple[Link, ...]
    scope: str
    more: bool = False


def cypher(graph: Neo4jGraph, text: str, parameters: Mapping[str, Any]) -> Answer:
    """Run a person's own read-only Cypher; `$case` is the scope of this case.

    Raises: GraphError when it writes, loads a file, ends somebody's session, calls another procedure, is no Cypher, or takes
    longer than two minutes.
    """
    given = {name: _given(value) for name, value in parameters.items()} | {"case": graph.case}
    _assert_reads(graph, text, given)
    columns, raw, more = _read(graph, text, given)
    seen: dict[str, Node] = {}
    links: dict[str, Link] = {}
    rows = tuple(tuple(_plain(value, seen, links) for value in row) for row in raw)
    return Answer(
        columns,
        rows,
        tuple(seen[key] for key in sorted(seen)),
        tuple(links[key] for key in sorted(links)),
        _scope(graph, text),
        more,
    )


def ask(graph: Neo4jGraph, text: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Run one question of `tracer/queries/`, whose text is a constant of the package; return rows of plain values."""
    columns, raw, more = _read(graph, text, dict(parameters) | {"case": graph.case})
    if more:
        raise GraphError(
            f"The answer has more than {ROWS:,} rows.",
            where=graph.at.uri,
            meaning="Nothing is shown: a part of an answer would look like the whole.",
            next_call="ask with narrower days or for one account",
        )
    return [dict(zip(columns, (_plain(v, {}, {}) for v in row), strict=True)) for row in raw]


def _read(graph: Neo4jGraph, text: str, given: dict[str, Any]) -> tuple[tuple[str, ...], list[list[Any]], bool]:
    def work(tx: neo4j.ManagedTransaction) -> tuple[tuple[str, ...], list[list[Any]], bool]:
        result = tx.run(text, given)
        rows = [list(record.values()) for _, record in zip(range(ROWS + 1), result, strict=False)]
        return tuple(result.keys()), rows[:ROWS], len(rows) > ROWS

    limited = neo4j.unit_of_work(timeout=_SECONDS)(work)
    with (
        translated(graph.at),
        _sentences(graph),
        graph._driver.session(default_access_mode=neo4j.READ_ACCESS) as session,
    ):
        return session.execute_read(limited)


class _sentences:  # noqa: N801 - used as a statement
    """Errors that a person's own text causes, as sentences: what is wrong with it, never its values."""

    def __init__(self, graph: Neo4jGraph) -> None:
        self.graph = graph

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if not isinstance(error, told.Neo4jError):
            return
        code = error.code or ""
        if "AccessMode" in code:
            raise _writes(self.graph, "the server says that it writes")
        if code == "Neo.ClientError.Statement.ParameterMissing":
            raise self._wrong("The query names a parameter that is not given.", "case.cypher(text, name=value)")
        if code.startswith("Neo.ClientError.Statement."):
            at = re.search(r"\(line (\d+), column (\d+)", error.message or "")
            place = f", line {at[1]}, column {at[2]}" if at else ""
            raise self._wrong(f"The server does not understand the query{place} ({code.rpartition('.')[2]}).", _EXAMPLE)

    def _wrong(self, what: str, call: str) -> GraphError:
        return GraphError(what, where="cypher", meaning="Nothing was read and nothing was changed.", next_call=call)


_EXAMPLE = 'case.cypher("MATCH (a:Account) WHERE a.case = $case RETURN a.key LIMIT 10")'


def _assert_reads(graph: Neo4jGraph, text: str, given: dict[str, Any]) -> None:
    """Refuse by the plan what is not a plain read; the query itself is not run."""
    if not text.strip():
        raise GraphError("There is no query.", where="cypher", meaning="Nothing was asked.", next_call=_EXAMPLE)

    def explain(tx: neo4j.ManagedTransaction) -> tuple[str, Any]:
        summary = tx.run("EXPLAIN " + text, given).consume()
        return summary.query_type or "", summary.plan

    with (
        translated(graph.at),
        _sentences(graph),
        graph._driver.session(default_access_mode=neo4j.READ_ACCESS) as session,
    ):
        kind, plan = session.execute_read(explain)
    if kind != "r":
        raise _writes(graph, {"w": "it writes", "rw": "it writes"}.get(kind, "it changes the schema or the server"))
    for operator, details in _operators(plan):
        if operator.startswith("LoadCSV"):
            raise _writes(graph, "it loads a file or a web address")
        if operator.startswith("Terminate"):
            raise _writes(graph, "it ends somebody's transactions")
        name = details.partition("(")[0].strip()
        if operator.startswith("ProcedureCall") and name not in _PROCEDURES:
            raise _writes(graph, f"it calls the procedure {name[:60]}")


def _operators(plan: Any) -> Iterator[tuple[str, str]]:
    if plan:
        yield str(plan.get("operatorType", "")), str((plan.get("args") or {}).get("Details", ""))
        for child in plan.get("children", ()):
            yield from _operators(child)


def _writes(graph: Neo4jGraph, why: str) -> GraphError:
    return GraphError(
        f"The query is not run: {why}.",
        where=graph.at.uri,
        meaning="case.cypher only reads: the graph is a projection, and what is written into it is no record of the case.",
        next_call=_EXAMPLE,
    )


def _scope(graph: Neo4jGraph, text: str) -> str:
    if re.search(r"\$`?case\b", _SILENT.sub(" ", text)):
        return "limited by $case where the query names it"
    others = graph.others()
    return f"not limited to this case: {others}" if others else "the database holds nothing but this case"


# Values ----------------------------------------------------------------------------------------------------------------


def _given(value: Any) -> Any:
    """Return a parameter as the driver takes it: an amount as its minor units."""
    if isinstance(value, Money):
        return value.minor
    if isinstance(value, tuple | list):
        return [_given(one) for one in value]
    return value


def _plain(value: Any, seen: dict[str, Node], links: dict[str, Link]) -> Any:
    """Return a value of the driver as one of Python's; nodes and relationships are kept by id on the way."""
    if isinstance(value, neo4j.graph.Node):
        if value.element_id not in seen or not seen[value.element_id].labels:
            labels = tuple(sorted(label for label in value.labels if label != "Tracer"))
            properties = {name: _plain(one, seen, links) for name, one in sorted(value.items())}
            seen[value.element_id] = Node(value.element_id, labels, properties)
        return seen[value.element_id]
    if isinstance(value, neo4j.graph.Relationship):
        ends = [_plain(end, seen, links) if end else Node("", (), {}) for end in (value.start_node, value.end_node)]
        properties = {name: _plain(one, seen, links) for name, one in sorted(value.items())}
        links[value.element_id] = Link(value.element_id, value.type, ends[0], ends[1], properties)
        return links[value.element_id]
    if isinstance(value, neo4j.graph.Path):
        for node in value.nodes:
            _plain(node, seen, links)
        return tuple(_plain(one, seen, links) for one in value.relationships)
    if isinstance(value, neo4j.time.Date | neo4j.time.Time):
        return value.to_native()
    if isinstance(value, neo4j.time.DateTime):
        return value.iso_format()
    if isinstance(value, neo4j.time.Duration | neo4j.spatial.Point):
        return str(value)
    if isinstance(value, list | tuple):
        return tuple(_plain(one, seen, links) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_plain(one, seen, links)}" for name, one in value.items())
    assert value is None or isinstance(value, bool | int | float | str | bytes | date | datetime)
    return value

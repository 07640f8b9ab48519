"""Reading somebody's Neo4j into an exhibit: by a profile, in read transactions, with every property as it is there.

The queries are constants: labels, types and property names of another's graph reach them as parameters, never as text of a
query (safety.md S9). Each row is read once, in one stream; what is written to the server meanwhile may be seen or not, so the
file says from when to when it was read. Nothing of tracer's own is written there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, LiteralString

import neo4j
import neo4j.time
import pyarrow as pa

from tracer.exported import FORMAT, META, ROWS, Section, profile_of
from tracer.graph.neo4j_connect import open_driver, translated
from tracer.graph.neo4j_door import Address, Credentials
from tracer.model import GraphError
from tracer.progress import say

__all__ = ["fetch"]

_SERVER: Final[LiteralString] = "CALL dbms.components() YIELD name, versions, edition RETURN name, versions, edition"
_NODES: Final[LiteralString] = """
MATCH (n) WHERE $label IN labels(n)
RETURN elementId(n) AS id, labels(n) AS labels, properties(n) AS properties,
  COLLECT {
    MATCH (n)-[r]-(m) WHERE type(r) IN $links
    RETURN [type(r), CASE WHEN startNode(r) = n THEN '>' ELSE '<' END, elementId(m), labels(m), properties(m)]
  } AS neighbours
"""
_LINKS: Final[LiteralString] = """
MATCH (a)-[r]->(b) WHERE type(r) = $type
RETURN elementId(r) AS id, [type(r)] AS labels, properties(r) AS properties,
  [['start', '>', elementId(a), labels(a), properties(a)], ['end', '>', elementId(b), labels(b), properties(b)]] AS neighbours
"""


def fetch(
    at: Address, who: Credentials, sections: Sequence[Section], clock: Callable[[], str], software: str
) -> pa.Table:
    """Return the rows of every section, with what was asked, where and when as metadata of the schema.

    Rows are in order of section, part and the server's own id, so the same graph gives the same rows.

    Raises: GraphError when the server is not to be had, or a section finds nothing (a label or type that is not there).
    """
    begun = clock()
    driver = open_driver(at, who)
    rows: list[dict[str, Any]] = []
    asked: list[dict[str, Any]] = []
    try:
        with translated(at), driver.session(default_access_mode=neo4j.READ_ACCESS) as session:
            server = [f"{name} {versions[0]} {edition}" for name, versions, edition in session.run(_SERVER).values()]
            for section in sections:
                say(f"reading {section.section} from {at.uri}")
                query: LiteralString = _NODES if section.label else _LINKS
                given = {"label": section.label, "links": section.links} if section.label else {"type": section.type}
                found = session.execute_read(_read, section, query, given)
                if not found:
                    raise _nothing(at, section)
                rows += found
                asked.append(
                    {
                        "section": section.section,
                        "part": section.part,
                        "query": query.strip(),
                        "parameters": given,
                        "rows": len(found),
                    }
                )
    finally:
        driver.close()
    told = {
        "format": FORMAT,
        "server": at.uri,
        "version": ", ".join(server),
        "begun": begun,
        "ended": clock(),
        "queries": asked,
        "profile": profile_of(sections),
        "software": f"{software}, neo4j driver {neo4j.__version__}",
    }
    for number, row in enumerate(rows, 1):
        row["record"] = number
    schema = ROWS.with_metadata({META: json.dumps(told, ensure_ascii=False, sort_keys=True).encode()})
    return pa.Table.from_pylist(rows, schema=schema)


def _read(tx: neo4j.ManagedTransaction, section: Section, query: LiteralString, given: dict[str, Any]) -> list[Any]:
    return sorted(_rows(tx.run(query, given), section), key=lambda row: str(row["source_id"]))


def _rows(result: neo4j.Result, section: Section) -> Iterator[dict[str, Any]]:
    for record in result:
        neighbours = [
            {"type": type_, "way": way, "id": id_, "labels": sorted(labels), "properties": _typed(properties)}
            for type_, way, id_, labels, properties in record["neighbours"]
        ]
        yield {
            "section": section.section,
            "part": section.part,
            "source_id": record["id"],
            "labels": _json(sorted(record["labels"])),
            "properties": _json(_typed(record["properties"])),
            "neighbours": _json(sorted(neighbours, key=lambda n: (n["type"], n["way"], n["id"]))),
        }


def _nothing(at: Address, section: Section) -> GraphError:
    what = f"node with the label {section.label!r}" if section.label else f"relationship of the type {section.type!r}"
    return GraphError(
        f"The server has no {what}.",
        where=f"{at.uri}, part {section.part} of {section.section}",
        meaning="No file was written: a section that finds nothing is more often a wrong name than an empty graph.",
        next_call="compare the profile with CALL db.labels() and CALL db.relationshipTypes(), or leave the section out",
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _typed(properties: dict[str, Any]) -> dict[str, list[Any]]:
    """Return each property as [type, text]: a 64-bit float keeps the digits that tell it from every other."""
    return {name: _value(value) for name, value in sorted(properties.items())}


def _value(value: Any) -> list[Any]:
    if isinstance(value, bool):
        return ["bool", str(value).lower()]
    if isinstance(value, int | float):
        return [type(value).__name__, repr(value)]
    if isinstance(value, str):
        return ["text", value]
    if isinstance(value, list | tuple):
        return ["list", [_value(one) for one in value]]
    if isinstance(value, neo4j.time.Date | neo4j.time.DateTime | neo4j.time.Time):
        return [type(value).__name__.lower(), value.iso_format()]
    return ["other", str(value)]

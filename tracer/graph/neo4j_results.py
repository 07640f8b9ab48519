"""Results in a Neo4j graph: written under a run id, looked at in Browser and Bloom, forgotten run by run.

::

    (:Run)-[:FOUND]->(:Result)-[:ABOUT]->(:Transaction|:Account|:Asset|:Party|:Institution)
    (:Result)-[:RESTS_ON]->(:Interest|:Message|:Result)          (:Account)-[:SENT {total, count, first, last, currency}]->(:Account)

A result is never a property of a fact: forgetting a run takes out its nodes and nothing else. The one exception is `grade`
on VIA, which Browser shows on the arrow: it bears the run it is from (`grade_run`), goes with it, and the grade of the
latest run that stays comes back.

SENT is a display layer: one arrow per pair of accounts and currency, so that a page of Browser is not a thousand nodes. It is
made from the transfers, it carries no cite, and no question and no finding reads it. A transfer that was reversed is in none
of it; one without a stated amount is counted in `unstated` and adds nothing to `total`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, LiteralString

import pyarrow as pa

from tracer.graph import neo4j_schema
from tracer.graph.neo4j import Neo4jGraph
from tracer.graph.neo4j_connect import TooLarge
from tracer.graph.neo4j_rows import hub
from tracer.graph.results import RESULTS, Results, caption
from tracer.model import EXPONENTS, GraphError

__all__ = ["forget", "read_run", "refresh_sent", "runs", "sent", "write"]

_BATCH: Final = 2_000

_BEGIN: Final[LiteralString] = """
MERGE (r:Tracer:Run {case: $case, noun: 'Run', id: $run.id})
ON CREATE SET r += $run, r.case = $case, r.noun = 'Run', r.whole = false, r.number = $number
ON MATCH SET r.head = $run.head, r.decided = $run.decided, r.withheld = $run.withheld, r.stated = $run.stated
RETURN r.whole
"""
_LAST_NUMBER: Final[LiteralString] = """
MATCH (r:Tracer) WHERE r.case = $case AND r.noun = 'Run' AND r.id > '' RETURN coalesce(max(r.number), 0)
"""
_WRITE: Final[LiteralString] = """
UNWIND $rows AS row MERGE (n:Tracer:Result {case: $case, noun: 'Result', id: row.p.id})
SET n = row.p, n.case = $case, n.noun = 'Result' WITH n
MATCH (r:Tracer {case: $case, noun: 'Run', id: $run}) MERGE (r)-[:FOUND]->(n)
"""
_ABOUT: Final[LiteralString] = """
UNWIND $ties AS tie MATCH (n:Tracer {case: $case, noun: 'Result', id: tie[0]})
MATCH (f:Tracer {case: $case, noun: tie[1], id: tie[2]}) MERGE (n)-[:ABOUT]->(f)
"""
_RESTS_ON: Final[LiteralString] = """
UNWIND $ties AS tie MATCH (n:Tracer {case: $case, noun: 'Result', id: tie[0]})
MATCH (f:Tracer {case: $case, noun: tie[1], id: tie[2]}) MERGE (n)-[:RESTS_ON]->(f)
"""
#: Institutions of a key that is a BIC are there with and without the branch XXX; the message keeps two payments apart.
_GRADE: Final[LiteralString] = """
MATCH (n:Tracer) WHERE n.case = $case AND n.noun = 'Result' AND n.id STARTS WITH $prefix AND n.key_list <> []
MATCH (n)-[:ABOUT]->(t:Transaction)-[v:VIA]->(i:Institution)
WHERE t.case = $case AND i.key IN n.key_list AND v.message IN n.message_list
SET v.grade = n.grade, v.grade_run = n.run RETURN count(DISTINCT v)
"""
_UNGRADE: Final[LiteralString] = """
MATCH (t:Tracer) WHERE t.case = $case AND t.noun = 'transfer' AND t.id >= ''
MATCH (t)-[v:VIA]->() WHERE v.grade_run = $run REMOVE v.grade, v.grade_run
"""
_FINISH: Final[LiteralString] = """
MATCH (r:Tracer {case: $case, noun: 'Run', id: $run}) SET r.whole = true
"""
_RUNS: Final[LiteralString] = """
MATCH (r:Tracer) WHERE r.case = $case AND r.noun = 'Run' AND r.id > ''
OPTIONAL MATCH (r)-[:FOUND]->(n:Result)
RETURN r.id, r.number, r.head, r.decided, r.withheld, r.stated, r.rules, r.by, r.written, r.whole, count(n), r.results ORDER BY r.number
"""
_ROWS: Final[LiteralString] = """
MATCH (n:Tracer) WHERE n.case = $case AND n.noun = 'Result' AND n.id STARTS WITH $prefix
RETURN [key IN $columns | n[key]] ORDER BY n.id
"""
_FORGET: Final[LiteralString] = """
MATCH (n:Tracer) WHERE n.case = $case AND n.noun = 'Result' AND n.id STARTS WITH $prefix
WITH n LIMIT $limit DETACH DELETE n RETURN count(*)
"""
_FORGET_RUN: Final[LiteralString] = """
MATCH (r:Tracer {case: $case, noun: 'Run', id: $run}) DETACH DELETE r
"""

_ACCOUNTS_AFTER: Final[LiteralString] = """
MATCH (a:Tracer) WHERE a.case = $case AND a.noun = 'Account' AND a.id > $after RETURN a.id ORDER BY a.id LIMIT $limit
"""
_FORGET_SENT: Final[LiteralString] = """
MATCH (a:Tracer) WHERE a.case = $case AND a.noun = 'Account' AND a.id > '' MATCH (a)-[s:SENT]->()
WITH s LIMIT $limit DELETE s RETURN count(*)
"""
_MAKE_SENT: Final[LiteralString] = """
UNWIND $ids AS id MATCH (a:Tracer {case: $case, noun: 'Account', id: id})
MATCH (a)-[:PERFORMS]->(t:Transaction)-[:BENEFITS_TO]->(b:Account)
WHERE t.case = $case AND coalesce(t.reversed_by, '') = '' AND t.elsewhere IS NULL AND NOT EXISTS { (t)-[:SHOWN_BY]->(p:Posting) WHERE p.reversal }
WITH a, b, CASE WHEN t.amount_out IS NOT NULL THEN t.currency_out ELSE coalesce(t.currency_in, t.currency_out, '') END AS currency,
     coalesce(t.amount_out, t.amount_in) AS amount, t.day AS day
WITH a, b, coalesce(currency, '') AS currency, sum(amount) AS total, count(*) AS number, count(amount) AS stated,
     min(day) AS first, max(day) AS last
WITH a, b, currency, total, number, stated, first, last, $digits[currency] AS digits
WITH *, CASE digits WHEN 0 THEN toString(total) ELSE toString(total / toInteger(10 ^ digits)) END AS whole
CREATE (a)-[s:SENT {currency: currency, total: total, count: number, unstated: number - stated, first: first, last: last,
  printed: currency + ' ' + CASE WHEN digits IS NULL THEN '?' ELSE reduce(said = '', i IN range(0, size(whole) - 1) | said
    + CASE WHEN i > 0 AND (size(whole) - i) % 3 = 0 THEN ',' ELSE '' END + substring(whole, i, 1))
    + CASE digits WHEN 0 THEN '' ELSE '.' + right('0000' + toString(total % toInteger(10 ^ digits)), digits) END END}]->(b)
RETURN count(s)
"""
_READ_SENT: Final[LiteralString] = """
MATCH (a:Tracer) WHERE a.case = $case AND a.noun = 'Account' AND a.id > '' MATCH (a)-[s:SENT]->(b)
RETURN a.key, b.key, s.currency, s.total, s.count, s.unstated, s.first, s.last ORDER BY a.key, b.key, s.currency
"""
_MARK_SENT: Final[LiteralString] = """
MATCH (c:Tracer {case: $case, noun: 'Case', id: ''}) SET c.sent_head = c.head, c.sent_decided = c.decided
"""
_UNMARK_SENT: Final[LiteralString] = """
MATCH (c:Tracer {case: $case, noun: 'Case', id: ''}) REMOVE c.sent_head, c.sent_decided
"""
_SENT_IS_NEW: Final[LiteralString] = """
MATCH (c:Tracer {case: $case, noun: 'Case', id: ''})
RETURN coalesce(c.sent_head, '') = c.head AND coalesce(c.sent_decided, '') = coalesce(c.decided, '')
"""


# Results ---------------------------------------------------------------------------------------------------------------


def write(graph: Neo4jGraph, found: Results, *, stands: Mapping[str, str], by: str, at: str) -> int:
    """Write one run; return how many results are new, 0 where the run was there: it is then said to stand where the case does.

    `stands`: head, decided, withheld and stated, as the watermark says them of a graph that is in step (`Mark`). A run that a
    stop left half-written is taken out and written again. `at` is the instant, UTC, ISO 8601.

    Raises: GraphError when the graph does not stand where the results do.
    """
    mark = graph.mark()
    if mark.filling or any(getattr(mark, name) != value for name, value in stands.items()):
        raise GraphError(
            "The graph does not stand where the ledger does.",
            where=graph.at.uri,
            meaning="No result was written: it would be tied to facts that are not there, or are others.",
            next_call="tracer graph sync, then: tracer graph results --write",
        )
    run = found.row() | {**stands, "by": by, "written": at, "name": f"run {found.id}"}
    number = graph._read(_LAST_NUMBER)[0][0] + 1

    def begin(tx: Any) -> bool:
        return bool(tx.run(_BEGIN, case=graph.case, run=run, number=number).values()[0][0])

    if graph._write(begin):
        return 0
    _take_out(graph, found.id)
    rows = [(kind, row) for kind in RESULTS for row in found.tables[kind].to_pylist()]
    written = {row["id"] for _, row in rows}
    for start in range(0, len(rows), _BATCH):
        _insert(graph, found.id, rows[start : start + _BATCH])
    ties = [(name, tie) for kind, row in rows for name, tie in _ties(found.id, kind, row, written)]
    for query, wanted in ((_ABOUT, "ABOUT"), (_RESTS_ON, "RESTS_ON")):
        some = [tie for name, tie in ties if name == wanted]
        for start in range(0, len(some), _BATCH):
            _run(graph, query, ties=some[start : start + _BATCH])
    _run(graph, _GRADE, prefix=f"{found.id}/grade/")
    _run(graph, _FINISH, run=found.id)
    return len(rows)


def _run(graph: Neo4jGraph, query: LiteralString, **given: Any) -> list[list[Any]]:
    def work(tx: Any) -> list[list[Any]]:
        rows: list[list[Any]] = tx.run(query, given, case=graph.case).values()
        return rows

    made: list[list[Any]] = graph._write(work)
    return made


def _insert(graph: Neo4jGraph, run: str, rows: Sequence[tuple[str, dict[str, Any]]]) -> None:
    told = []
    for kind, row in rows:
        kept = {name: value for name, value in row.items() if value is not None and value != ""}
        kept |= {"kind": kind, "run": run, "name": caption(kind, row)}
        if kind == "grade":  # lists as lists, for the query that ties a grade to its arrow
            kept |= {"key_list": json.loads(row["keys"]), "message_list": json.loads(row["messages"])}
        told.append({"p": kept})
    try:
        _run(graph, _WRITE, rows=told, run=run)
    except TooLarge:
        if len(rows) < 2:
            raise graph._no_memory() from None
        half = len(rows) // 2
        _insert(graph, run, rows[:half])
        _insert(graph, run, rows[half:])


def _ties(run: str, kind: str, row: dict[str, Any], written: set[str]) -> list[tuple[str, list[str]]]:
    """Return (relationship, [result, noun, id]) of what a result is about and what it rests on."""
    about: list[tuple[str, str]] = []
    rests: list[tuple[str, str]] = []
    if kind in {"traced", "grade"} and row["transfer"]:
        about.append(("transfer", row["transfer"]))
    if kind in {"traced", "passed", "target"} and row["account_key"]:
        about.append(("Account", hub("Account", row["account_key"])))
    if kind == "traced":
        rests.append(("posting", row["posting"]))
    if kind == "target":
        about += [("asset", row["asset"])] if row["asset"] else []
        about += [("transfer", one) for one in json.loads(row["transfers"])]
        rests += [("Result", f"{run}/gap/{gap}") for gap in json.loads(row["rests_on"])]
    if kind == "joint":
        rests += [("Result", f"{run}/target/{one}") for one in json.loads(row["targets"])]
    if kind == "verdict":
        about += [("Party", hub("Party", one)) for one in (row["entity"], *row["person"].split("+")) if one]
        rests += [("interest", one) for one in json.loads(row["interests"])]
    if kind == "grade":
        rests += [("message", one) for one in json.loads(row["messages"])]
    if kind == "gap":
        about += [("Account", hub("Account", one)) for one in json.loads(row["affects"])]
    if kind == "effect":
        about.append(("Result", f"{run}/target/{row['target']}"))
        rests.append(("Result", f"{run}/gap/{row['gap']}"))
    return [
        (name, [row["id"], noun, id_])
        for name, ends in (("ABOUT", about), ("RESTS_ON", rests))
        for noun, id_ in dict.fromkeys(ends)
        if noun != "Result" or id_ in written
    ]


def runs(graph: Neo4jGraph) -> list[dict[str, Any]]:
    """Return every run that the graph holds, oldest first: `results` written, `held` there now (fewer after a rebuild)."""
    names = (
        "run",
        "number",
        "head",
        "decided",
        "withheld",
        "stated",
        "rules",
        "by",
        "written",
        "whole",
        "held",
        "results",
    )
    return [dict(zip(names, row, strict=True)) for row in graph._read(_RUNS)]


def run_of(graph: Neo4jGraph, begun: str) -> str:
    """Return the one whole run id that begins so; "" gives the latest.

    Raises: GraphError when there is none, or several.
    """
    known = [row["run"] for row in runs(graph)]
    hits = known[-1:] if not begun else [run for run in known if run.startswith(begun)]
    if len(hits) != 1:
        raise GraphError(
            f"{'No run' if not hits else 'More than one run'} of the graph begins with {begun[:20]!r}."
            if begun
            else "The graph holds no run.",
            where=graph.at.uri,
            meaning="Nothing was read or forgotten.",
            next_call=f"one of {', '.join(known[-8:])}" if known else "tracer graph results --write",
        )
    return str(hits[0])


def read_run(graph: Neo4jGraph, run: str) -> dict[str, pa.Table]:
    """Return the rows of one run by kind, as `results_of` made them."""
    tables = {}
    for kind, columns in RESULTS.items():
        rows = []
        for (values,) in graph._read(_ROWS, prefix=f"{run}/{kind}/", columns=columns.names):
            row = dict(zip(columns.names, values, strict=True))
            for field in columns:
                if pa.types.is_date(field.type) and row[field.name] is not None:
                    row[field.name] = row[field.name].to_native()
                if pa.types.is_string(field.type) and row[field.name] is None:
                    row[field.name] = ""
            rows.append(row)
        tables[kind] = pa.Table.from_pylist(rows, schema=columns)
    return tables


def forget(graph: Neo4jGraph, run: str) -> int:
    """Take one run out: its results, itself, and its grades on VIA; nothing else. Return how many results went."""
    gone = _take_out(graph, run)
    _run(graph, _FORGET_RUN, run=run)
    left = [row["run"] for row in runs(graph) if row["whole"]]
    if left:
        _run(graph, _GRADE, prefix=f"{left[-1]}/grade/")
    return gone


def _take_out(graph: Neo4jGraph, run: str) -> int:
    _run(graph, _UNGRADE, run=run)
    return _in_parts(graph, lambda at, limit: int(_run(at, _FORGET, prefix=f"{run}/", limit=limit)[0][0]), 2 * _BATCH)


# The display layer -----------------------------------------------------------------------------------------------------


def refresh_sent(graph: Neo4jGraph, *, always: bool = False) -> int:
    """Make SENT anew from the transfers where the graph has moved on since; return how many arrows.

    0 where nothing was to be made. `always`: whatever the mark says, as after nodes were taken out. It is made in parts, and
    the mark is set with the last of them: one that was stopped is made anew by the next sync.
    """
    known = graph._read(_SENT_IS_NEW)
    if not known or (known[0][0] and not always):
        return 0
    _run(graph, _UNMARK_SENT)
    _in_parts(graph, _forget_sent, 20_000)
    made, after = 0, ""
    while ids := [id_ for (id_,) in graph._read(_ACCOUNTS_AFTER, after=after, limit=1_000)]:
        made += _make_sent(graph, ids)
        after = ids[-1]
    _run(graph, _MARK_SENT)
    return made


def _forget_sent(graph: Neo4jGraph, limit: int) -> int:
    return int(_run(graph, _FORGET_SENT, limit=limit)[0][0])


def _make_sent(graph: Neo4jGraph, ids: list[str]) -> int:
    try:
        return int(_run(graph, _MAKE_SENT, ids=ids, digits=EXPONENTS)[0][0])
    except TooLarge:
        if len(ids) < 2:
            raise graph._no_memory() from None
        half = len(ids) // 2
        return _make_sent(graph, ids[:half]) + _make_sent(graph, ids[half:])


def _in_parts(graph: Neo4jGraph, take: Callable[[Neo4jGraph, int], int], limit: int) -> int:
    """Take out by parts of at most `limit` until nothing is left; smaller parts where the server's memory is too small."""
    gone = 0
    while limit:
        try:
            taken = take(graph, limit)
        except TooLarge:
            limit //= 2
            continue
        if not taken:
            return gone
        gone += taken
    raise graph._no_memory()


def sent(graph: Neo4jGraph) -> list[dict[str, Any]]:
    """Return the display layer: one row per pair of accounts and currency, amounts in minor units."""
    names = ("payer", "payee", "currency", "total", "count", "unstated", "first", "last")
    return [
        dict(zip(names, row, strict=True))
        | {end: day.to_native() if day is not None else None for end, day in (("first", row[6]), ("last", row[7]))}
        for row in graph._read(_READ_SENT)
    ]


#: What this module adds to `neo4j_schema.LABELS` and `neo4j_schema.TYPES`.
LABELS: Final = {"Run": "Run", "Result": "Result"}
TYPES: Final = ("FOUND", "ABOUT", "RESTS_ON", "SENT")
assert not {*TYPES} & {*neo4j_schema.TYPES}

"""Asking the graph, and giving it results: questions, a person's own Cypher, a networkx graph of a selection, runs.

Both graphs answer the same questions over the same rows; where only Neo4j can, the embedded graph says so. An answer of a
server that is behind the ledger is shown with what it is behind by, since it would look like the case's own.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import shlex
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import pyarrow as pa

from tracer import __version__, match, projection, server
from tracer.graph.neo4j_rows import folded, hub, judgement_table
from tracer.graph.results import RESULTS, results_of
from tracer.ingest.accounts import account_key
from tracer.ledger import WriterLock
from tracer.model import EXPONENTS, CaseError, GraphError, Money
from tracer.model.accounts import bare, parts_of
from tracer.progress import say
from tracer.queries import Question, bound, question, questions, usage
from tracer.tables import View, place_in, write_whole

if TYPE_CHECKING:
    import networkx as nx

    from tracer.case import Case
    from tracer.graph.neo4j import Neo4jGraph

__all__ = [
    "Ask",
    "cypher",
    "fetched",
    "forgotten",
    "graph_of",
    "results_shown",
    "results_written",
    "runs_shown",
    "styled",
]

_NEAR = 12


# Questions -------------------------------------------------------------------------------------------------------------


class Ask:
    """Ask the graph one of its questions: `case.ask()` lists them, `case.ask("payers_of", account="4478")` asks one.

    `case.ask.payers_of(account="4478")` is the same; Tab after `case.ask.` shows the names.
    """

    def __init__(self, case: Case) -> None:
        self._case = case
        for one in questions().values():  # attributes of the object itself: IPython looks up no others
            setattr(self, one.name, self._asking(one))

    def __call__(self, name: str = "", **parameters: Any) -> View:
        """Answer one question; without a name, list them all.

        Raises: CaseError for a name or parameter that is none; GraphError where only Neo4j can answer.
        """
        return asked(self._case, question(name), parameters) if name else listed(self._case)

    def _asking(self, one: Question) -> Callable[..., View]:
        def put(**parameters: Any) -> View:
            return self(one.name, **parameters)

        put.__name__ = one.name
        put.__signature__ = signature_of(one)  # type: ignore[attr-defined]  # what a notebook completes after the bracket
        put.__doc__ = f"{one.en}\n\n{one.zh}\n\n{usage(one)}"
        return put

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Callable[..., View]: ...

    def __dir__(self) -> list[str]:
        return [*questions()]

    def _ipython_key_completions_(self) -> list[str]:
        return [*questions()]

    def __getitem__(self, name: str) -> Any:
        return getattr(self, question(name).name)

    def __repr__(self) -> str:
        return repr(self())


def signature_of(one: Question) -> inspect.Signature:
    """Return the parameters of a question as those of a function: what must be given has no default."""
    named = [(p.name, inspect.Parameter.empty if p.default is None else p.default) for p in one.parameters]
    named += [("run", "")] if one.of_run else []
    return inspect.Signature(
        [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default) for name, default in named]
    )


def listed(case: Case) -> View:
    """Return every question with its parameters and which graph can answer it."""
    rows = tuple(
        (
            q.name,
            q.en,
            q.zh,
            ", ".join(p.name if p.default is None else f"{p.name}={p.default}" for p in q.parameters),
            "both" if q.sql else "Neo4j",
        )
        for q in questions().values()
    )
    return View(
        "Questions 问题",
        ("name", "question", "question_zh", "parameters", "graph"),
        rows,
        f"{sum(1 for q in questions().values() if q.sql)} of {len(rows)} need no server · "
        'next: tracer ask NAME --param KEY=VALUE, or case.ask("NAME", key=value)',
        explained=tuple(f"{q.name}: {q.en} {q.zh}\n    {usage(q)}" for q in questions().values()),
        folder=case.folder,
    )


def asked(case: Case, one: Question, parameters: dict[str, Any]) -> View:
    """Return the answer to a question, from the case's graph."""
    run = str(parameters.pop("run", "")) if one.of_run else ""
    values = bound(one, parameters)
    at = projection.chosen(case)
    given = dict(values)
    wrong: tuple[str, ...] = ()
    case.record("ask", object=one.name)
    if at is None:
        rows, said = _embedded(case, one, values, run), "embedded graph"
    else:
        with projection.readable(case, at) as graph:
            wrong = tuple(projection._behind(case, graph.mark()))
            rows = _served(case, graph, one, values, run)
        said = f"{at.uri}{', which is behind the ledger' if wrong else ''}"
    return View(
        f"{one.en} {one.zh}",
        tuple(column.name for column in one.columns),
        one.rows(rows),
        " · ".join((said, one.name, *_taken(one, given, values), *_returned(rows), *_undecided(case, one))),
        explained=tuple((one.cypher if at else one.sql).strip().splitlines()),
        problems=wrong,
        folder=case.folder,
    )


def _taken(one: Question, given: dict[str, Any], values: dict[str, Any]) -> Iterator[str]:
    """Yield which account or party was taken for what a person gave in other words: the answer need not name it."""
    for p in one.parameters:
        if p.type in {"account", "party"} and _number(given[p.name]) != values[p.name]:
            yield f"{p.name} {given[p.name]}: {values[p.name]}"


def _returned(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield how many of the listed payments give back another: added to it, they would count what came back as paid."""
    if many := sum(1 for row in rows if row.get("note") == "return"):
        yield (
            f"{many} of them give{'s' if many == 1 else ''} back another payment: note says return, returns names that payment and "
            f"where both are printed 其中 {many} 笔为另一笔付款的退回：note 栏为 return，returns 栏载明原付款及两者的出处"
        )


#: Candidates that were open where a case stood, and payments judged to stand in several records: told by every question about
#: payments, and slow to find in a large case.
_OPEN: WeakKeyDictionary[Case, tuple[tuple[str, ...], int, int]] = WeakKeyDictionary()
#: Lines and messages up to which a question looks for them: beyond, matching would take longer than the answer of a server.
LOOKED = 50_000


def _undecided(case: Case, one: Question) -> tuple[str, ...]:
    """Say where an answer that lists or sums payments may name one more than once.

    Until a candidate is answered, each of its two records is a payment of its own. A payment that a person judged to stand in
    several records is one movement per record in the graph, since its parts have payers and payees of their own; what sums or
    ranks takes the whole or the parts (tracer/parted.py), and a list shows both.
    """
    if ":Transaction" not in one.cypher and "'transfer'" not in one.cypher:
        return ()
    stands = (case.ledger.head().chain, case.decisions.head(), *case.gate.withheld)
    counts = case.ledger.counts()
    if (records := counts.get("posting", 0) + counts.get("message", 0)) > LOOKED:
        said = f"candidates of one payment were not looked for among {records:,} records: it may stand here more than once (tracer match)"
        return (f"{said} 共 {records:,} 条记录，未查找疑为同一笔者，款项可能重复列示",)
    known = _OPEN.get(case)
    if known is None or known[0] != stands:
        facts = case.facts()
        asked = (facts["posting"], facts.judgements, facts["message"], facts["statement"])
        pairs, sets = match.undecided(*asked, transfers=facts.transfers, columns=facts.columns)
        parted = len({t.in_parts for t in facts.transfers if t.in_parts})
        known = _OPEN[case] = (stands, len(pairs) + len(sets), parted)
    _, many, parted = known
    told = []
    if many:
        said = f"{many} candidate{'s' if many > 1 else ''} of one payment not answered: it may stand here more than once (tracer match)"
        told.append(f"{said} 尚有 {many} 组疑为同一笔的记录未经判定，款项可能重复列示")
    if parted and "elsewhere" in one.cypher:
        said = f"{parted} payment{'s' if parted > 1 else ''} in several records, each counted once: by its whole or by its parts"
        told.append(f"{said} 另有 {parted} 笔款项由多条记录组成，各以整笔或各部分计算一次")
    elif parted and any(column.name == "note" for column in one.columns):
        said = f"{parted} payment{'s' if parted > 1 else ''} in several records: note says whole or part, rows are not to be added"
        told.append(f"{said} 另有 {parted} 笔款项由多条记录组成，note 栏标明整笔（whole）或部分（part），各行不可相加")
    return tuple(told)


def _embedded(case: Case, one: Question, values: dict[str, Any], run: str) -> list[dict[str, Any]]:
    if not one.sql:
        raise GraphError(
            f"{one.name} needs Neo4j: the embedded graph cannot answer it.",
            where=f"ask {one.name}",
            meaning="Nothing was asked. Every figure of an annex is computed without it.",
            next_call=f"write graph: {server.elsewhere(0) or 'neo4j://127.0.0.1:7687'} into case.yaml (tracer neo4j up starts a server), then tracer graph sync",
        )
    tables: dict[str, pa.Table] = {}
    if one.of_run:
        found = results_of(case.dossier())
        if run and not found.id.startswith(run):
            raise GraphError(
                f"The embedded graph has no run {run[:20]!r}: it knows the results of the case as it stands, {found.id}.",
                where=f"ask {one.name}",
                meaning="Nothing was asked.",
                next_call=f"tracer ask {one.name}   (earlier runs are kept in Neo4j only)",
            )
        tables = found.tables
    elif "judgement" in one.sql:
        tables = {"judgement": judgement_table(case.facts().judgements)}
    graph = case.embedded()
    for parameter in one.parameters:
        if parameter.type in {"account", "party"}:
            values[parameter.name] = _meant(
                parameter.type,
                values[parameter.name],
                graph.ask(_KNOWN_SQL[parameter.type], {}, {}),
            )
            if one.of_run:
                values[parameter.name] = _as_judged(case, values[parameter.name])
    return graph.ask(one.sql, values, tables)


_KNOWN_SQL = {
    "account": """
SELECT key, '' AS names, bool_or(is_held) AS held FROM (
    SELECT coalesce(nullif(account_key, ''), account) AS key, true AS is_held FROM posting
    UNION ALL SELECT debit_account, false FROM transfer UNION ALL SELECT credit_account, false FROM transfer
    UNION ALL SELECT coalesce(nullif(account_key, ''), number), false FROM account
    UNION ALL SELECT coalesce(nullif(account_key, ''), account), false FROM statement
) WHERE key <> '' GROUP BY key ORDER BY key
""",
    "party": """
SELECT DISTINCT record AS key, names FROM party UNION SELECT owner, '[]' FROM interest WHERE owner <> ''
UNION SELECT subject, '[]' FROM interest WHERE subject <> '' ORDER BY key, names
""",
}


def _served(case: Case, graph: Neo4jGraph, one: Question, values: dict[str, Any], run: str) -> list[dict[str, Any]]:
    from tracer.graph import neo4j_cypher

    if one.of_run:
        values["run"] = _run_of(case, graph, run)
    for parameter in one.parameters:
        name, given = parameter.name, values[parameter.name]
        if parameter.type in {"account", "party"}:
            sought = _number(given) if parameter.type == "account" else given
            told = {"text": sought, "folded": needle(given), "bare": bare(sought), "key": account_key(sought)}
            known = neo4j_cypher.ask(graph, _KNOWN_CYPHER[parameter.type], told)
            values[name] = _meant(parameter.type, given, known)
            if one.of_run:
                values[name] = _as_judged(case, values[name])
            values[f"{name}_id"] = hub("Account" if parameter.type == "account" else "Party", values[name])
        if parameter.type == "text":
            values[f"{name}_folded"] = needle(given)
    return neo4j_cypher.ask(graph, one.cypher, values)


def needle(text: str) -> str:
    """Return a text as it stands in the searched JSON of a node: in small letters, quotes and backslashes escaped."""
    return str(folded([json.dumps(text, ensure_ascii=False)[1:-1]])[0])


_KNOWN_CYPHER = {
    "account": """
MATCH (a:Tracer) WHERE a.case = $case AND a.noun = 'Account' AND a.id > ''
  AND (a.key = $key OR a.key CONTAINS $text OR ($bare <> '' AND replace(replace(toUpper(a.key), ' ', ''), '-', '') ENDS WITH $bare))
WITH a ORDER BY size(a.key), a.key LIMIT 1000
RETURN a.key AS key, '' AS names, EXISTS { (a)<-[:BOOKED_ON]-(:Posting) } AS held
""",
    "party": """
MATCH (p:Tracer) WHERE p.case = $case AND p.noun = 'Party' AND p.id > '' AND p.record = $text RETURN p.record AS key, '[]' AS names
UNION
MATCH (p:Tracer) WHERE p.case = $case AND p.noun = 'party' AND p.id >= '' AND (p.record = $text OR p.searched CONTAINS $folded)
RETURN p.record AS key, coalesce(p.names, '[]') AS names
""",
}


def _number(given: str) -> str:
    """Return the account that was asked for without the sign `=`, which says: this key, whatever else bears its number."""
    return given.removeprefix("=")


def _meant(kind: str, given: str, known: Iterable[dict[str, Any]]) -> str:
    """Return the account key or party record that a person means: the whole of it, else the one that holds or bears it.

    A number alone may be the key of what other sides print and also the number of an account of which the case has lines: the
    answer for one of them would look like that of the other, so that neither is taken.
    Raises: CaseError when none does, or several.
    """
    rows = list(known)
    keys: dict[str, bool] = {}
    for row in rows:
        keys[str(row["key"])] = keys.get(str(row["key"]), False) or bool(row.get("held"))
    if kind == "account":
        number = _number(given)
        hits = [key for key in keys if _bears(key, number)]
        if number in keys and (number != given or len(hits) < 2 or parts_of(number)[2] != number):
            return number
        if number not in keys:
            hits += [
                k for k in keys if number == given and number and number in (k if ":" in number else parts_of(k)[2])
            ]
    elif given in keys:
        return given
    else:
        text = given.casefold()
        hits = [str(row["key"]) for row in rows if text in _names(row["names"])]
        hits = hits or [str(row["key"]) for row in rows if text and any(text in name for name in _names(row["names"]))]
    hits = sorted(set(hits), key=lambda key: (not keys[key], key))
    if len(hits) == 1:
        return hits[0]
    raise CaseError(
        f"{given[:60]!r} names {'no' if not hits else 'more than one'} {kind} of the case.",
        where="ask",
        meaning="Nothing was asked: the answer for one would be taken for that of another."
        if hits
        else "Nothing was asked.",
        next_call=f"one of {', '.join(_told(key, given, keys[key]) for key in hits[:_NEAR])}"
        if hits
        else f"tracer ask {'accounts' if kind == 'account' else 'find_party --param text=TEXT'}",
    )


def _bears(key: str, number: str) -> bool:
    """Say whether an account has the number that was asked for, as a bank prints it, or is the one whose IBAN it is.

    Blanks and leading zeros tell nothing.
    """
    return bool(bare(number)) and (bare(parts_of(key)[2]) == bare(number) or account_key(number) == key)


def _told(key: str, given: str, is_held: bool) -> str:
    """Return a hit as it can be asked for, and whether the case has lines of its own for it."""
    said = f"={key}" if parts_of(key)[2] == key and _bears(key, _number(given)) else key
    return f"{said} (its own lines are in the case)" if is_held else said


def _as_judged(case: Case, record: str) -> str:
    """Return the record under which the results of a run speak of a party that was judged to be one with others."""
    return case.dossier().same_parties.get(record, record)


def _names(text: str) -> set[str]:
    return {str(name["text"]).casefold() for name in json.loads(text or "[]")}


def _run_of(case: Case, graph: Neo4jGraph, begun: str) -> str:
    """Return the run asked for, or the latest that was written where the case stands now."""
    from tracer.graph import neo4j_results

    if begun:
        return neo4j_results.run_of(graph, begun)
    wanted = projection._wanted(case)
    now = [r["run"] for r in neo4j_results.runs(graph) if r["whole"] and all(r[k] == v for k, v in wanted.items())]
    if not now:
        raise GraphError(
            "The graph holds no results of the case as it stands.",
            where=graph.at.uri,
            meaning="Nothing was asked: results of an earlier state would look like those of now.",
            next_call="tracer graph results --write   (or --param run=RUN for an earlier one: tracer graph runs)",
        )
    return str(now[-1])


# Results ---------------------------------------------------------------------------------------------------------------


def results_written(case: Case) -> View:
    """Write what the case concludes into its graph under a run id; a run that is there is not written again."""
    from tracer.graph import neo4j_results

    found = results_of(case.dossier())
    with WriterLock(case.folder, by=case.by), projection.opened(case) as graph:
        say("graph: writing results")
        new = neo4j_results.write(graph, found, stands=projection._wanted(case), by=case.by, at=case.clock())
    case.record("graph", object=graph.at.uri, outcome=f"results of run {found.id}: {new} new")
    return _counted(
        case, found.id, found.tables, f"{new:,} new in {graph.at.uri}" if new else "already there: nothing was written"
    )


def _counted(case: Case, run: str, tables: dict[str, pa.Table], foot: str) -> View:
    return View(
        f"Results of run {run}",
        ("kind", "number"),
        tuple((kind, table.num_rows) for kind, table in tables.items()),
        f"{foot} · next: tracer ask property, or tracer graph forget {run}",
        run=run,
        parts={kind: _table(case, kind, table, run) for kind, table in tables.items()},
        folder=case.folder,
    )


def results_shown(case: Case, begun: str = "") -> View:
    """Return the results of one run as the graph holds them, by kind; the latest run by default."""
    from tracer.graph import neo4j_results

    with projection.readable(case) as graph:
        run = neo4j_results.run_of(graph, begun)
        tables = neo4j_results.read_run(graph, run)
    return _counted(case, run, tables, f"as {graph.at.uri} holds them")


def _table(case: Case, kind: str, table: pa.Table, run: str) -> View:
    amounts = {f.name for f in RESULTS[kind] if pa.types.is_int64(f.type)}
    names = tuple(name for name in table.column_names if name != "id")

    def cell(name: str, row: dict[str, Any]) -> Any:
        value, currency = row[name], row.get("currency")
        return Money(value, currency) if name in amounts and value is not None and currency in EXPONENTS else value

    rows = tuple(tuple(cell(name, row) for name in names) for row in table.to_pylist())
    return View(f"Results: {kind}", names, rows, run=run, folder=case.folder)


def runs_shown(case: Case) -> View:
    """Return every run that the graph holds, and whether the case still stands where it stood."""
    from tracer.graph import neo4j_results

    with projection.opened(case) as graph:
        found = neo4j_results.runs(graph)
    wanted = projection._wanted(case)
    rows = []
    wrong = []
    for run in found:
        now = all(run[name] == value for name, value in wanted.items())
        rows.append(
            (run["run"], run["written"], run["by"], run["held"], run["rules"], "as it stands" if now else "earlier")
        )
        if not run["whole"]:
            wrong.append(f"run {run['run']} was stopped half-written: tracer graph results --write, or forget it")
        elif run["held"] != run["results"]:
            wrong.append(f"run {run['run']}: {run['held']} of {run['results']} results are there")
    return View(
        "Runs in the graph",
        ("run", "written", "by", "results", "rules", "state"),
        tuple(rows),
        "next: tracer graph results RUN, tracer graph forget RUN" if rows else "next: tracer graph results --write",
        problems=tuple(wrong),
        folder=case.folder,
    )


def forgotten(case: Case, begun: str) -> View:
    """Take one run out of the graph: its results and itself; the facts and every other run stay."""
    from tracer.graph import neo4j_results

    if not begun:
        raise CaseError(
            "No run is named.", where="forget", meaning="Nothing was taken out.", next_call="tracer graph runs"
        )
    with WriterLock(case.folder, by=case.by), projection.opened(case) as graph:
        run = neo4j_results.run_of(graph, begun)
        gone = neo4j_results.forget(graph, run)
        left = len(neo4j_results.runs(graph))
    case.record("graph", object=graph.at.uri, outcome=f"run {run} forgotten: {gone} results")
    return View(
        "Forgotten",
        ("run", "results"),
        ((run, gone),),
        f"{left} run{'' if left == 1 else 's'} left; the facts are as they were, and tracer graph results --write makes it again",
        folder=case.folder,
    )


def styled(case: Case, kind: str) -> Path:
    """Write the style of Browser or a perspective of Bloom into the case's `out/`."""
    from tracer import charts

    made = {"grass": charts.grass, "bloom": charts.bloom}
    if kind not in made:
        raise CaseError(
            f"{kind[:40]!r} is no style.",
            where="graph style",
            meaning="Nothing was written.",
            next_call="one of grass, bloom",
        )
    name = {"grass": "tracer.grass", "bloom": "tracer_bloom_perspective.json"}[kind]
    return write_whole(place_in(case.folder, name), made[kind]().encode())


# Somebody else's graph --------------------------------------------------------------------------------------------------


def fetched(case: Case, address: str, profile: str | Path, to: str) -> View:
    """Read somebody's Neo4j by a profile into a file in the case's `out/`, which `tracer load` takes in like any other."""
    import pyarrow.parquet as pq

    from tracer.exported import sections_of
    from tracer.graph.neo4j_door import address as door
    from tracer.graph.neo4j_door import credentials
    from tracer.yamltext import load_yaml

    at = door(address, "fetch-graph")
    sections = sections_of(load_yaml(Path(profile).read_text("utf-8"), str(profile)), str(profile))
    try:
        from tracer.graph.neo4j_fetch import fetch
    except ModuleNotFoundError as missing:
        if missing.name != "neo4j":
            raise
        raise projection.driver_missing(at) from None
    table = fetch(at, credentials(at), sections, case.clock, f"tracer {__version__}")
    out = pa.BufferOutputStream()
    pq.write_table(table, out, compression="zstd")
    written = write_whole(place_in(case.folder, to), out.getvalue().to_pybytes())
    digest = hashlib.sha256(written.read_bytes()).hexdigest()
    case.record("fetch-graph", object=at.uri, outcome=f"{table.num_rows} rows, {digest}")
    parts = Counter(zip(table["section"].to_pylist(), table["part"].to_pylist(), strict=True))
    return View(
        f"Read from {at.uri}",
        ("section", "part", "rows"),
        tuple((section, part, n) for (section, part), n in parts.items()),
        f"{written} · sha256:{digest} · next: tracer load {shlex.quote(str(written))} --from WHO --class OS",
        folder=case.folder,
    )


# A person's own Cypher -------------------------------------------------------------------------------------------------


def cypher(case: Case, text: str, parameters: dict[str, Any]) -> View:
    """Return what a read-only query answers; amounts are minor units, as the graph holds them."""
    from tracer.graph import neo4j_cypher

    with projection.readable(case) as graph:
        wrong = tuple(projection._behind(case, graph.mark()))
        found = neo4j_cypher.cypher(graph, text, parameters)
    case.record("cypher", object=text[:2000], outcome=f"{len(found.rows)} rows")
    more = (f"more than {neo4j_cypher.ROWS:,} rows: the rest is not shown",) if found.more else ()
    return View(
        "Cypher",
        found.columns,
        found.rows,
        " · ".join(
            [*(["the graph is behind the ledger"] if wrong else []), *more, found.scope, "amounts in minor units"]
        ),
        explained=tuple(text.strip().splitlines()),
        problems=(*wrong, *more),
        folder=case.folder,
        drawn=(lambda: charts_of(case, found)) if found.links else None,
    )


def charts_of(case: Case, found: Any) -> Any:
    """Return the chart of a graph that a query answered."""
    from tracer import charts, views

    charts.prepare()
    boxes = [
        charts.Linked(n.id, n.labels, n.title, {k: v for k, v in n.properties.items() if v not in (None, "")})
        for n in found.nodes
    ]
    arrows = [(x.id, x.type, x.start.id, x.end.id, x.properties) for x in found.links]
    return views.Chart(charts.linked(boxes, arrows, case.stated.as_of, found.scope), case.folder)


# A network -------------------------------------------------------------------------------------------------------------


def graph_of(
    case: Case,
    *,
    accounts: Sequence[str] = (),
    since: str | date | None = None,
    until: str | date | None = None,
    hops: int = 1,
) -> nx.MultiDiGraph[str]:
    """Return a networkx MultiDiGraph of transfers: nodes are account keys, an edge is a transfer with its id as key.

    `accounts` and `hops`: only what lies within so many transfers of these accounts, whatever the direction; () = all.
    `since`, `until`: first and last day. Edges carry amount_out, currency_out, amount_in, currency_in (minor units), day,
    arrived, reversed_by, and of a payment in several records `part` (whole or part) and `elsewhere` (it is counted by others of
    its set). Parallel transfers stay apart; a side that no record names is the node "". Built from the rows of either graph, and
    equal from both.
    """
    import networkx as nx

    first, last = (_day(value) for value in (since, until))
    graph = case.projected()
    try:
        rows = graph.transfers(since=first, until=last).to_pylist()
    finally:
        if hasattr(graph, "close"):
            graph.close()
    made: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for row in rows:
        made.add_edge(
            row["debit_account"] or "",
            row["credit_account"] or "",
            key=row["id"],
            amount_out=row["amount_out"],
            currency_out=row["currency_out"] or "",
            amount_in=row["amount_in"],
            currency_in=row["currency_in"] or "",
            day=row["date_out"] or row["date_in"],
            arrived=row["date_in"] or row["date_out"],
            reversed_by=row["reversed_by"] or "",
            part=row["part"] or "",
            elsewhere=bool(row["elsewhere"]),
        )
    if not accounts:
        return made
    keys = [{"key": key, "names": ""} for key in made.nodes if key]
    seen = {_meant("account", given, keys) for given in accounts}
    kept: set[tuple[str, str, str]] = set()
    frontier = set(seen)
    for _ in range(hops):
        edges = {
            (start, end, key)
            for start, end, key in (*made.in_edges(frontier, keys=True), *made.out_edges(frontier, keys=True))
        }
        kept |= edges
        frontier = {end for edge in edges for end in edge[:2]} - seen - {""}
        seen |= frontier
    chosen: nx.MultiDiGraph[str] = nx.MultiDiGraph(made.edge_subgraph(kept))  # type: ignore[arg-type]  # keyed edges: networkx takes three
    chosen.add_nodes_from(seen)
    return chosen


def _day(value: str | date | None) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value

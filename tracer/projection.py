"""Keeping a Neo4j graph in step with the ledger: status, sync, rebuild, check.

The graph is a projection of what may leave the case: withheld exhibits (class INT, and SP without leave) are not in it. Its
watermark names the chain head, the judgements, the withheld exhibits and the case.yaml it was made from; it moves last, so
that a sync which was stopped is found and gone on with. Facts are only added; transfers and judgements are conclusions, and
those no longer drawn are taken out. A graph that stands at a head this ledger never had (the ledger was rebuilt, or
another copy of the case writes there) is refused, and `tracer graph rebuild` makes it anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tracer import server
from tracer.batches import KINDS, schema, transfer_table
from tracer.casefile import graph_address
from tracer.claims import assets_paid, claims_of, placed
from tracer.facts import Facts, returns_of
from tracer.graph import Embedded
from tracer.graph.neo4j_door import Address, address, credentials
from tracer.model import GraphError
from tracer.model.naming import identified, record_of
from tracer.model.targets import asset_of
from tracer.progress import say
from tracer.tables import View

if TYPE_CHECKING:
    from tracer.case import Case
    from tracer.graph.neo4j import Mark, Neo4jGraph

__all__ = [
    "Synced",
    "check",
    "chosen",
    "conclusions",
    "in_step",
    "kept_facts",
    "opened",
    "readable",
    "rebuild",
    "scope",
    "stated_rows",
    "status",
    "sync",
    "synced",
    "told",
]

Shown = TypeVar("Shown", bound=View)

_EMPTY = "0" * 64
_SHOWN = 100  # differing ids named in a check
#: Rows of a first projection above which the offline import is named.
MANY = 1_000_000


@dataclass(slots=True)
class Synced:
    """What a sync did: rows that are new and rows that were there, per kind; conclusions taken out."""

    new: dict[str, int] = field(default_factory=dict)
    known: dict[str, int] = field(default_factory=dict)
    retired: dict[str, int] = field(default_factory=dict)
    conflicts: dict[str, int] = field(default_factory=dict)
    cleared: int = 0
    notes: list[str] = field(default_factory=list)
    hint: str = ""

    def line(self) -> str:
        """Return one line: what is new in the graph."""
        made = ", ".join(f"{n:,} {kind}" for kind, n in self.new.items() if n)
        gone = ", ".join(f"{n:,} {kind}" for kind, n in self.retired.items() if n)
        return (
            "in step with the ledger · new: "
            + (made or "nothing")
            + (f" · no longer concluded: {gone}" if gone else "")
            + (f" · {self.hint}" if self.hint else "")
        )


def chosen(case: Case) -> Address | None:
    """Return the server of a case: what was told on this call (`--graph`), else case.yaml; None for the embedded graph."""
    stated = "" if case.graph_choice == "embedded" else case.graph_choice or graph_address(case.folder / "case.yaml")
    return (
        address(stated, "--graph" if case.graph_choice else f"{case.folder / 'case.yaml'}: graph") if stated else None
    )


def _server(case: Case) -> Address:
    at = chosen(case)
    if at is None:
        raise GraphError(
            "This case has no graph server: its graph is the embedded one.",
            where=f"{case.folder / 'case.yaml'}: graph",
            meaning="The embedded graph is made from the ledger at every question: it is never behind.",
            next_call=f"write graph: {server.elsewhere(0) or 'neo4j://127.0.0.1:7687'} into case.yaml, or give --graph neo4j://HOST:PORT",
        )
    return at


def scope(case: Case) -> str:
    """Return the scope of a case in a server: its number and the beginning of the hash of its first log line.

    Two cases with one number do not meet; a copy of a case folder is the same case.
    """
    first = next(iter(case.log), {})
    return f"{case.stated.id[:80]} {str(first.get('hash', _EMPTY))[:12]}"


def opened(case: Case, at: Address | None = None) -> Neo4jGraph:
    """Return the graph of a case in its server; close it after use.

    Raises: GraphError when there is none, the driver is not installed, or the server is not to be had.
    """
    place = at or _server(case)
    try:
        from tracer.graph.neo4j import Neo4jGraph
    except ModuleNotFoundError as missing:
        if missing.name != "neo4j":
            raise
        raise driver_missing(place) from None
    try:
        return Neo4jGraph(place, credentials(place), scope(case))
    except GraphError as error:
        # the usual port was taken when `tracer neo4j up` took another: what listens there is somebody else's, or gone
        if place.is_loopback and (ours := server.elsewhere(place.port)):
            error.next_call = f"{ours} is where `tracer neo4j up` has its server: name that in case.yaml or --graph; else {error.next_call}"
        raise


def readable(case: Case, at: Address | None = None) -> Neo4jGraph:
    """Return the graph of a case in its server, to be read; close it after use.

    Raises: GraphError as `opened` does, and where it still holds an exhibit that is withheld now (class INT, SP without
    leave): projected when it was not, it would come out through any question.
    """
    graph = opened(case, at)
    with ExitStack() as unless_readable:
        unless_readable.callback(graph.close)
        if held := graph.exhibits(case.gate.withheld):
            raise GraphError(
                f"The graph holds {len(held)} exhibit{'s' if len(held) > 1 else ''} that may no longer leave the case.",
                where=graph.at.uri,
                meaning="Nothing was asked of it. The embedded graph and every export leave out what is withheld.",
                next_call="tracer graph sync   (takes this case out of the server and projects what may leave), or --graph embedded",
            )
        unless_readable.pop_all()
    return graph


def _released(case: Case, graph: Neo4jGraph) -> bool:
    """Say whether an exhibit that may leave now is not in the graph: its rows may be in segments that were projected long ago."""
    free = {exhibit.sha256 for exhibit in case.gate.exhibits}
    return bool(free - graph.exhibits(free))


def driver_missing(place: Address) -> GraphError:
    """Return the error of a call that needs the driver where it is not installed."""
    return GraphError(
        "The Neo4j driver is not installed.",
        where=place.uri,
        meaning="No server was asked; the ledger and the embedded graph do not need it.",
        next_call=f"{server.DRIVER}; or --graph embedded",
    )


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _wanted(case: Case) -> dict[str, str]:
    """Return what the watermark says of a graph that is in step."""
    return {
        "head": case.ledger.head().chain,
        "decided": case.decisions.head(),
        "withheld": _digest(*case.gate.withheld),
        "stated": _digest(case.stated.raw, json.dumps([(e.sha256, e.number, e.name) for e in case.gate.exhibits])),
    }


def _since(case: Case, head: str) -> list[dict[str, Any]]:
    """Return the commits after a head.

    Raises: GraphError for a head that this ledger never had.
    """
    lines = case.ledger.manifest()
    if head in {"", _EMPTY}:
        return lines
    for number, line in enumerate(lines, 1):
        if line["hash"] == head:
            return lines[number:]
    raise GraphError(
        "The graph stands at a head that this ledger never had.",
        where=f"graph {head[:16]}, ledger {case.ledger.head().chain[:16]}",
        meaning="The ledger was rebuilt, or another copy of the case writes to this graph. Nothing was changed there.",
        next_call="tracer graph rebuild   (takes this case out of the server and projects the ledger anew)",
    )


# sync --------------------------------------------------------------------------------------------------------------------


def sync(case: Case, graph: Neo4jGraph) -> Synced:
    """Bring the graph to where the ledger stands; converges from wherever an earlier sync was stopped.

    Raises: GraphError when rows of the graph differ from the ledger's, or it stands at a head the ledger never had.
    """
    from tracer.graph.neo4j import Mark
    from tracer.graph.neo4j_results import refresh_sent

    graph.ensure_schema()
    done, mark, wanted = Synced(), graph.mark(), _wanted(case)
    done.notes += [*graph.missing, *([other] if (other := graph.others()) else [])]
    commits = _since(case, mark.head)
    if graph.exhibits(case.gate.withheld):
        say("graph: taking out what may no longer leave the case")
        done.cleared, commits = graph.clear(), case.ledger.manifest()
    elif mark.head and mark.withheld != wanted["withheld"] and (mark.filling or _released(case, graph)):
        commits = case.ledger.manifest()
    target = wanted["head"]
    if not mark.head and not mark.filling and sum(case.ledger.counts().values()) > MANY:
        done.hint = "tracer graph rebuild --bulk makes a first projection of so many rows several times faster"
    _append_facts(case, graph, commits, target, done)
    facts = case.facts()
    for kind, table in conclusions(facts):
        _replace(graph, kind, table, target, done)
    if done.conflicts:
        raise _differ(graph, done.conflicts)
    say("graph: exhibits, offences, events, holders")
    graph.finish(Mark(**{**wanted, "filling": ""}), stated_rows(case, facts))
    refresh_sent(graph, always=any((done.cleared, *done.new.values(), *done.retired.values())))
    return done


def _differ(graph: Neo4jGraph, conflicts: dict[str, int]) -> GraphError:
    told = ", ".join(f"{n:,} of kind {kind}" for kind, n in conflicts.items())
    return GraphError(
        f"Rows of the graph differ from the ledger's: {told}.",
        where=graph.at.uri,
        meaning="Nothing was overwritten, and the watermark was not moved: somebody changed the graph, or the ledger was rebuilt.",
        next_call="tracer graph check (lists them), then tracer graph rebuild",
    )


def _append_facts(case: Case, graph: Neo4jGraph, commits: list[dict[str, Any]], target: str, done: Synced) -> None:
    fresh = {entry["file"] for line in commits for entry in line["files"]}
    for kind, table in kept_facts(case, fresh):
        _add(graph, kind, table, target, done)


def kept_facts(case: Case, fresh: set[str] | None = None) -> Iterator[tuple[str, pa.Table]]:
    """Yield (kind, rows) of what may leave the case, in the order of KINDS; of all segments, or of those named."""
    withheld = pa.array(case.gate.withheld, pa.string())
    for kind in KINDS:
        for path in case.ledger.paths(kind):
            if fresh is None or path.name in fresh:
                table = pq.read_table(path).cast(schema(kind))
                yield kind, table.filter(pc.invert(pc.is_in(table["exhibit"], withheld))) if len(withheld) else table


def _add(graph: Neo4jGraph, kind: str, table: pa.Table, target: str, done: Synced) -> None:
    for start in range(0, table.num_rows, graph.batch):
        say(f"graph: {kind} rows" + (f" ({done.hint})" if done.hint else ""), start, table.num_rows)
        counts = graph.add(kind, table.slice(start, graph.batch), head=None, filling=target)
        done.new[kind] = done.new.get(kind, 0) + counts["new"]
        done.known[kind] = done.known.get(kind, 0) + counts["duplicate"]
        if counts["conflict"]:
            done.conflicts[kind] = done.conflicts.get(kind, 0) + counts["conflict"]


def conclusions(facts: Facts) -> Iterator[tuple[str, pa.Table]]:
    from tracer.graph.neo4j_rows import judgement_table

    yield "transfer", transfer_table(facts.transfers, facts["message"], returns_of(facts))
    yield "judgement", judgement_table(facts.judgements)


def _replace(graph: Neo4jGraph, kind: str, table: pa.Table, target: str, done: Synced) -> None:
    """Make the conclusions of a kind those of the table: what is no longer concluded, or otherwise, is taken out first."""
    from tracer.graph.neo4j_rows import row_hashes

    say(f"graph: comparing {table.num_rows:,} {kind} rows")
    there, wanted = graph.hashes(kind), dict(zip(table["id"].to_pylist(), row_hashes(table), strict=True))
    gone = [key for key, hashed in there.items() if wanted.get(key) != hashed]
    done.retired[kind] = graph.retire(kind, gone, filling=target)
    keep = pa.array([there.get(key) != hashed for key, hashed in wanted.items()], pa.bool_())
    _add(graph, kind, table.filter(keep), target, done)


def stated_rows(case: Case, facts: Facts) -> dict[str, list[Any]]:
    """Return what a person states, and what follows from it at once, as rows for the graph."""
    stated, postings = case.stated, facts["posting"]
    claims, _ = claims_of(placed(stated, case.gate), postings, facts["statement"], facts.transfers)
    entered = {claim.event: claim.posting for claim in claims}
    paid, _ = assets_paid(facts["asset"], postings, facts.transfers)
    moved: dict[str, list[str]] = {}
    for transfer in facts.transfers:
        for posting in transfer.postings:
            moved.setdefault(posting, []).append(transfer.id)
    assets: dict[str, list[str]] = {}
    for key, asset in facts["asset"].items():
        assets.setdefault(asset.record, []).append(key)
    return {
        "exhibits": [
            {"id": e.sha256, "number": e.number, "name": e.name, "evidence_class": e.evidence_class}
            for e in case.gate.exhibits
        ],
        "offences": [
            {"id": o.id, "name": o.title_en or o.id, "name_zh": o.title_zh, "statute": o.statute}
            for o in stated.offences
        ],
        "events": [
            {
                "p": {"id": e.id, "name": e.act or e.id, "day": e.on, "amount": e.amount, "currency": e.currency},
                "offence": e.offence,
                "posting": entered.get(e.id, ""),
            }
            for e in stated.events
        ],
        "bought": sorted(
            {
                (asset, moving)
                for posting, sink in paid.items()
                for asset in assets.get(asset_of(sink, assets)[0], ())
                for moving in moved.get(posting, ())
            }
        ),
        "holdings": list(_holdings(facts)),
    }


def _holdings(facts: Facts) -> Iterator[dict[str, Any]]:
    """Yield who an account record names as holder, signatory or beneficial owner; a bare name is a party of that name only."""
    from tracer.graph.neo4j_rows import hub

    known = identified(facts["party"].values())
    records = {party.record for party in facts["party"].values()}
    for key, account in facts["account"].items():
        named = [("holder", account.holder), ("beneficial_owner", account.beneficial_owner)]
        for role, stated in (*named, *(("signatory", one) for one in account.signatories)):
            if not stated:
                continue
            record = record_of(stated, known)
            dates = {"from": account.opened, "to": account.closed}
            yield {
                "account": hub("Account", account.account_key or account.number),
                "party": hub("Party", record) if record in records else hub("Party", f"named\n{stated}"),
                "name": stated,
                "x": {"role": role, "record": key} | {name: day for name, day in dates.items() if day},
            }


def in_step(case: Case, *, anew: bool = False) -> tuple[str, tuple[str, ...]]:
    """Bring the graph of a case in step after its ledger or decisions changed; return one line, and what went wrong.

    A server that is down, or that refuses, stops nothing: the ledger is committed, and the graph is told to be behind.
    """
    at = chosen(case)
    if at is None:
        return "", ()
    say(f"graph: {at.uri}")
    try:
        with opened(case, at) as graph:
            done = rebuild(case, graph) if anew else sync(case, graph)
    except GraphError as error:
        case.record("graph", object=at.uri, outcome="behind")
        return f"graph {at.uri} is behind", (
            f"The ledger is committed; the graph is behind it: {error.what} {error.meaning} Next: {error.next_call}",
        )
    case.record("graph", object=at.uri, outcome="in step", head=case.ledger.head().chain)
    return f"graph {at.uri} is {done.line()}", ()


def told(view: Shown, line: str, wrong: tuple[str, ...]) -> Shown:
    """Return the result of a verb with the line about the graph under it."""
    return replace(view, foot=f"{view.foot} · {line}", problems=(*view.problems, *wrong)) if line else view


def rebuild(case: Case, graph: Neo4jGraph) -> Synced:
    """Take this case out of the server, and nothing else, and project the ledger anew."""
    graph.ensure_schema()
    say("graph: taking this case out of the server")
    gone = graph.clear()
    done = sync(case, graph)
    done.cleared = gone
    return done


# telling -----------------------------------------------------------------------------------------------------------------


def _behind(case: Case, mark: Mark) -> list[str]:
    """Return what the graph is behind by, one line each."""
    wanted, said = _wanted(case), []
    if mark.filling == "cleared":
        said.append("a rebuild was stopped: the graph holds a part of the case or nothing")
    elif mark.filling == "imported":
        said.append("an offline import was stopped before its end: the rows are there, not all that belongs to them")
    elif mark.filling:
        said.append("a sync was stopped half way: what is there is right, but not all")
    if not mark.head:
        said.append("nothing of this case has been projected to its end yet")
    try:
        commits = _since(case, mark.head)
    except GraphError as error:
        return [*said, f"{error.what} {error.meaning}"]
    rows = sum(entry["rows"] for line in commits for entry in line["files"])
    if commits:
        said.append(f"{len(commits)} commit{'s' if len(commits) > 1 else ''} behind ({rows:,} rows)")
    if mark.head and mark.decided != wanted["decided"]:
        said.append("judgements were recorded or taken back since")
    if mark.head and mark.withheld != wanted["withheld"]:
        said.append("which exhibits may leave the case has changed since")
    if mark.head and mark.stated != wanted["stated"]:
        said.append("case.yaml or the list of exhibits has changed since")
    return said


def status(case: Case, graph: Neo4jGraph) -> View:
    """Return where the graph stands and how far it is behind; `check()` is empty when it is in step."""
    mark, at = graph.mark(), graph.at
    behind, others = _behind(case, mark), graph.others()
    warnings = []
    if not at.is_loopback and not at.is_encrypted:
        warnings.append("the address is not this machine's and the line is not encrypted: use neo4j+s://")
    rows = [
        ("server", f"{at.uri} · {graph.server()}"),
        ("scope", graph.case),
        ("graph at", mark.head[:16] or "-"),
        ("ledger at", case.ledger.head().chain[:16]),
        ("state", "; ".join(behind) or "in step"),
        *(("besides", said) for said in [others] if said),
        *(("warning", said) for said in warnings),
    ]
    return View(
        "Graph",
        ("what", "value"),
        tuple(rows),
        "next: tracer graph sync" if behind else "every question gets the ledger's answer",
        problems=tuple(behind),
        folder=case.folder,
    )


def synced(case: Case, done: Synced, at: Address) -> View:
    """Return what a sync or rebuild did, per kind."""
    rows = [
        (kind, done.new.get(kind, 0), done.known.get(kind, 0), done.retired.get(kind, 0))
        for kind in (*KINDS, "transfer", "judgement")
    ]
    taken = f"{done.cleared:,} nodes of this case were taken out first · " if done.cleared else ""
    return View(
        "Graph",
        ("kind", "new", "there_before", "taken_out"),
        tuple(rows),
        f"{at.uri} · {taken}in step with the ledger at {case.ledger.head().chain[:16]}",
        explained=tuple(filter(None, (*done.notes, done.hint))),
        folder=case.folder,
    )


def check(case: Case, graph: Neo4jGraph) -> View:
    """Compare counts and sums per kind and currency, every row, and every link of a row, with the ledger's."""
    facts, withheld = case.facts(), case.gate.withheld
    ours = Embedded(case.ledger.paths, lambda: case.ledger.head().chain, without=withheld)
    ours.append("transfer", transfer_table(facts.transfers, facts["message"], returns_of(facts)), head="")
    expected, found = _totals(ours.totals()), _totals(graph.totals())
    rows: list[tuple[Any, ...]] = []
    wrong: list[str] = []
    for key in sorted({*expected, *found}):
        (n, amount), (n_there, amount_there) = expected.get(key, (0, 0)), found.get(key, (0, 0))
        same = (n, amount) == (n_there, amount_there)
        rows.append((*key, n, n_there, amount, amount_there, "equal" if same else "DIFFERS"))
        if not same:
            wrong.append(
                f"{' '.join(key)}: the ledger has {n:,} rows and {amount}, the graph {n_there:,} and {amount_there}"
            )
    tables = {kind: case.ledger.scan(kind, without=withheld) for kind in KINDS} | dict(conclusions(facts))
    for kind, table in tables.items():
        say(f"graph: comparing every {kind}")
        wrong += _differing(kind, table, graph.rows(kind))
        wrong += _unlinked(kind, table, graph.links(kind))
    wrong += _behind(case, graph.mark())
    return View(
        "Graph against ledger",
        ("kind", "currency", "ledger_rows", "graph_rows", "ledger_amount", "graph_amount", "outcome"),
        tuple(rows),
        f"{sum(t.num_rows for t in tables.values()):,} rows compared, every column · "
        + ("the graph equals the ledger" if not wrong else "next: tracer graph sync, or tracer graph rebuild"),
        problems=tuple(wrong),
        folder=case.folder,
    )


def _totals(table: pa.Table) -> dict[tuple[str, str], tuple[int, int]]:
    return {(r["kind"], r["currency"]): (r["rows"], r["amount"]) for r in table.to_pylist()}


def _differing(kind: str, ours: pa.Table, theirs: pa.Table) -> list[str]:
    if ours.equals(theirs):
        return []
    left, right = ({row["id"]: row for row in table.to_pylist()} for table in (ours, theirs))
    ids = sorted(key for key in {*left, *right} if left.get(key) != right.get(key))
    said = [
        f"{kind} {key}: "
        + (
            "not in the graph"
            if key not in right
            else "not in the ledger"
            if key not in left
            else "differs in " + ", ".join(n for n in left[key] if left[key][n] != right[key][n])
        )
        for key in ids[:_SHOWN]
    ]
    return [*said, *([f"{kind}: {len(ids) - _SHOWN:,} more rows differ"] if len(ids) > _SHOWN else [])]


def _unlinked(kind: str, table: pa.Table, links: dict[str, int]) -> list[str]:
    """Return which links of a kind are fewer or more than its rows call for."""
    expected: dict[str, int] = {}
    if kind in KINDS:
        expected["PRINTED_IN"] = table.num_rows
    if kind == "posting":
        expected["BOOKED_ON"] = _filled(
            pc.coalesce(pc.if_else(pc.equal(table["account_key"], ""), None, table["account_key"]), table["account"])
        )
    if kind == "interest":
        expected["IN"] = sum(
            1 for o, s in zip(table["owner"].to_pylist(), table["subject"].to_pylist(), strict=True) if o and s
        )
    if kind == "transfer":
        expected["BENEFITS_TO"] = _filled(table["credit_account"])
        expected["SHOWN_BY"] = sum(
            len(json.loads(text or "[]")) for name in ("postings", "messages") for text in table[name].to_pylist()
        )
    return [
        f"{kind}: {links.get(name, 0):,} links {name} where the rows call for {n:,}"
        for name, n in expected.items()
        if links.get(name, 0) != n
    ]


def _filled(texts: Iterable[Any]) -> int:
    return sum(1 for text in pa.chunked_array(texts).to_pylist() if text)

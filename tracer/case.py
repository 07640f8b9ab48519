"""The rim: the only file that knows all rooms. Every verb is short; if one needs an `if`, the `if` belongs to a room."""

from __future__ import annotations

import getpass
import shlex
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from tracer import (
    asking,
    at_hand,
    bulk_projection,
    called,
    counted,
    defence,
    explaining,
    findings,
    loading,
    projection,
    review,
    tracing,
    views,
)
from tracer.casefile import electing, load_case_file, template
from tracer.chained import Chained
from tracer.gate import Gate, open_gate
from tracer.graph import Embedded, Graph
from tracer.graph.neo4j_door import address
from tracer.ingest import installed
from tracer.ingest.intake import Custody, Exhibits
from tracer.ledger import Ledger, WriterLock
from tracer.model import CaseError, CaseFile, Dossier, Judgement
from tracer.model.judging import set_of
from tracer.progress import kept, say, verb
from tracer.tables import View

__all__ = ["Case", "demo", "new", "open"]


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def new(folder: str | Path, *, id: str, title: str = "", as_of: str = "", by: str = "", graph: str = "") -> Case:  # noqa: A002
    """Make a case folder (0700) with a case.yaml to fill in; `graph` names its Neo4j server. A case is never overwritten."""
    place = Path(folder).expanduser()
    server = address(graph, "graph").uri if graph not in {"", "embedded"} else "null"
    if (place / "case.yaml").exists():
        raise CaseError(
            "There is a case here already.",
            where=str(place),
            meaning="Nothing was changed.",
            next_call=f'tracer.open("{place}")',
        )
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        place.chmod(0o700)
    except PermissionError as error:
        raise CaseError(
            f"No permission to make {place.name} here.",
            where=str(place),
            meaning="Nothing was made.",
            next_call=f"ls -ld {error.filename and Path(error.filename).parent}",
        ) from None
    stated = place / "case.yaml"
    text = template(id, title or id, date.fromisoformat(as_of) if as_of else datetime.now(UTC).date())
    stated.write_text(text.replace("\ngraph: null", f"\ngraph: {server}"), "utf-8")
    stated.chmod(0o600)
    case = Case(place, by=by)
    case.prepare()
    case.record("new", object=id)
    return case


def open(folder: str | Path, *, by: str = "", clock: Callable[[], str] = _now, graph: str = "") -> Case:  # noqa: A001
    """Open a case folder for reading; verbs that write take the lock for as long as they run.

    `graph` overrides the key of case.yaml: "embedded", or the address of a Neo4j server.
    """
    case = Case(Path(folder).expanduser(), by=by, clock=clock, graph=graph)
    case.prepare()
    return case


class Case:
    """One case folder. It has no state but the folder and where the ledger stands."""

    def __init__(self, folder: Path, *, by: str = "", clock: Callable[[], str] = _now, graph: str = "") -> None:
        self.folder = folder = folder.absolute()  # a notebook that changes its working folder keeps its case
        self.by, self.clock, self.graph_choice = by or getpass.getuser(), clock, graph
        self.ledger = Ledger(folder / "ledger")
        self.exhibits = Exhibits(folder)
        self.decisions = Chained(folder / "decisions.jsonl")
        self.log = Chained(folder / "log.jsonl")

    def prepare(self) -> None:
        """Check that this is a case and make its sub-folders."""
        load_case_file(self.folder / "case.yaml")
        try:
            self.ledger.create()
            for name in ("exhibits", "cache", "out"):
                (self.folder / name).mkdir(mode=0o700, exist_ok=True)
        except PermissionError as error:
            shut = Path(error.filename or self.folder)
            raise CaseError(
                f"No permission for {shut.name}, a part of the case folder.",
                where=str(shut),
                meaning="The case is not opened without all of its parts. Nothing was changed.",
                next_call=f"ls -ld {shlex.quote(str(shut.parent))}, have it opened to you, then the same command again",
            ) from None

    def record(self, verb: str, **what: Any) -> dict[str, Any]:
        """Write one line of the log; it is written before a result is shown."""
        return self.log.append({"verb": verb, "by": self.by, "utc": self.clock(), **what})

    @property
    def stated(self) -> CaseFile:
        """What case.yaml states."""
        return load_case_file(self.folder / "case.yaml")

    @property
    def judgements(self) -> tuple[Judgement, ...]:
        """Every judgement as recorded, oldest first."""
        return tuple(views.judgement_of(line) for line in self.decisions)

    @property
    def gate(self) -> Gate:
        """What may leave the case."""
        return open_gate(self.exhibits.all(), self.stated)

    @cached_property
    def _made(self) -> dict[tuple[str, ...], Dossier]:
        return {}

    @cached_property
    def _kept(self) -> dict[str, tuple[Dossier, Any]]:
        return {}

    def _of(self, name: str, make: Callable[[Dossier], Any]) -> Any:
        """Return what is made of the dossier; kept until another dossier takes its place (a load, a judgement, case.yaml)."""
        made = self.dossier()
        if name not in self._kept or self._kept[name][0] is not made:
            self._kept[name] = (made, make(made))
        return self._kept[name][1]

    def reading(self) -> tracing.Reading:
        """The question of the trace and its books, read once for every verb that computes a figure again."""
        found: tracing.Reading = self._of("reading", tracing.reading_of)
        return found

    def asked(self) -> defence.Asked:
        """The question of the trace and its figures as they stand."""
        found: defence.Asked = self._of("asked", lambda made: defence.asked(made, self.reading()))
        return found

    def ways(self) -> explaining.Ways:
        """The entries and replays by which figures of the trace are explained."""
        found: explaining.Ways = self._of("ways", lambda made: explaining.Ways(made, self.reading()))
        return found

    def facts(self, *more: Judgement, must: Collection[str] = ()) -> findings.Facts:
        """The facts that may leave, with matches and transfers on exactly these, as if `more` were recorded too.

        must   the sets of parts that must fit the records; another that no longer does is not followed, and told as a gap
        """
        withheld = self.gate.withheld
        return findings.facts_of(lambda kind: self.ledger.scan(kind, without=withheld), (*self.judgements, *more), must)

    def dossier(self, rules: Sequence[str] = (), elect: str = "") -> Dossier:
        """Everything the case may state, computed from the facts that may leave; kept while nothing changes."""
        gate, stated = self.gate, electing(self.stated, elect) if elect else self.stated
        key = (self.ledger.head().chain, self.decisions.head(), stated.raw, *rules, self.log_mark())
        if key not in self._made:
            head = self.ledger.content_head(without=gate.withheld)
            self._made.clear()
            self._made[key] = findings.dossier(stated, gate, self.facts(), self.log, head=head, rules=rules)
        return self._made[key]

    def log_mark(self) -> str:
        """The last line of the log that changes what a result can be."""
        return next(
            (
                line["hash"]
                for line in reversed(list(self.log))
                if line["verb"] in {"new", "load", "match", "judge", "rebuild"}
            ),
            "",
        )

    def projected(self) -> Graph:
        """The graph of what may leave the case: in its Neo4j server, else the embedded one over the ledger."""
        return projection.readable(self) if projection.chosen(self) else self.embedded()

    def embedded(self) -> Embedded:
        """The embedded graph over the ledger, with the transfers of the facts that may leave."""
        return views.graph_of(self.ledger, self.gate, self.facts())

    # verbs

    def preview(self, path: str | Path, **answers: str) -> View:
        """Which connector claims a file, its first records, and what it asks. Nothing is taken in."""
        call = called.Call("preview", str(path), answers, options=called.options(self.folder, self.by))
        return call.of_view(views.preview(Path(path), answers, installed()), Path(path).name)

    @verb
    def load(
        self,
        *paths: str | Path,
        answers: dict[str, str] | None = None,
        connector: str = "",
        listing: str | Path = "",
        **custody: Any,
    ) -> View:
        """Take in and read files, or exhibits by number, or the files of a custody list. Each is its own commit."""
        default = Custody(**({"received_at": self.clock(), "received_by": self.by} | custody))
        planned = [*(loading.plan(Path(listing), default) if listing else ())]
        planned += [loading.Planned(Path(p), default, dict(answers or {}), connector) for p in paths]
        with WriterLock(self.folder, by=self.by):
            self.exhibits.sweep()
            done: list[loading.Loaded] = []
            for item in planned:
                kept(f"{len(done)} of {len(planned)} files are taken in and loaded")
                done.append(self._load(item))
            kept(f"{len(done)} of {len(planned)} files are taken in and loaded")
            line = projection.in_step(self)
        return projection.told(views.loaded(done, self.folder, called.options(self.folder, self.by)), *line)

    def _load(self, item: loading.Planned) -> loading.Loaded:
        known = {e.number: e for e in self.exhibits.all()}
        exhibit = known.get(str(item.path))
        answers = item.answers or (self.exhibits.answers(exhibit.sha256) if exhibit else {})
        here = called.options(self.folder, self.by)
        call = called.Call("load", str(item.path), answers, item.connector, item.custody, here, self.graph_choice)
        with call.told(item.path.name):
            if exhibit:
                done = loading.again(self.folder, exhibit, answers, item.connector, installed(), self.ledger)
            else:
                done = loading.load_one(self.folder, item, installed(), self.ledger)
        call.tell(done.refusal, done.name, item.path.name, copy=self.exhibits.path(exhibit.sha256) if exhibit else None)
        sha = [done.exhibit.sha256] if done.exhibit else []
        self.record("load", exhibits=sha, object=done.name, outcome=done.status, head=self.ledger.head().chain)
        return done

    @verb
    def status(self) -> View:
        """The card of the case: exhibits, reconciled share, gaps, rejects, heads, the next call."""
        return views.status(self.dossier(), self.exhibits.all(), self.ledger, self.folder)

    @verb
    def problems(self) -> View:
        """Rejects, unreconciled statements, conflicts and gaps, each with what to do."""
        made = self.dossier()
        return views.problems(made, self.ledger, self.folder, at_hand.open_at(made, self.candidates))

    @verb
    def reconcile(self) -> View:
        """Every check of every statement, the differences printed."""
        return views.reconcile(self.dossier(), self.folder)

    @verb
    def match(self) -> review.Matches:
        """Record the judgements of rungs 0 to 3 and list the candidates that only a person may join (`.accept(id, reason)`)."""
        facts = self.facts()
        known = {j.id for j in self.judgements}
        fresh = [replace(j, on=self.clock()[:10]) for j in facts.judgements if j.rung >= 0 and j.id not in known]
        with WriterLock(self.folder, by=self.by):
            for judgement in fresh:
                self.decisions.append(views.line_of(judgement))
            self.record("match", outcome=f"{len(fresh)} new judgements of rungs 0 to 3")
            line = projection.in_step(self)
        least = self.stated.tracing.min_match_score
        found = review.matches(facts, len(fresh), self.exhibits.all(), self.folder, self.judge, least)
        return projection.told(found, *line)

    @verb
    def match_check(self) -> View:
        """Value counted once against all postings, per account; in `["links"]` every figure with and without each link.

        Records nothing.
        """
        made = self.dossier()
        return counted.checked(made, self.asked() if made.trace.targets else None, self.folder)

    def candidates(self) -> tuple[review.Pair | review.Parts, ...]:
        """What is open now, from `tracing.min_match_score` of case.yaml on; nothing is recorded."""
        return review.shown(review.pairs(self.facts(), self.exhibits.all()), self.stated.tracing.min_match_score)

    @verb
    def judge(
        self,
        left: str = "",
        right: str = "",
        decision: str = "",
        *,
        reason: str,
        withdraw: str = "",
        over: bool = True,
    ) -> View:
        """Record a person's decision on two records, or on a payment and its parts (`right`: "A,B"): same, different or unsure.

        Undo is another: `withdraw` takes one back, of parts all of them. `over=False` overrules no other person.
        """
        with WriterLock(self.folder, by=self.by):
            known, before, at = self.judgements, self.facts(), self.clock()
            made = review.decide(
                known, before, (left, right), decision, reason=reason, by=self.by, at=at, withdraw=withdraw, over=over
            )
            must = {t.in_parts for t in before.transfers} | {set_of(j)[0] for j in made}
            after = self.facts(
                *(new := review.unrecorded(made, known)), must=must
            )  # refuses what would count value twice
            for judgement in new:
                self.decisions.append(views.line_of(judgement))
            if new:
                self.record("judge", object=review.object_of(made), outcome=made[0].decision, reason=reason)
            line = projection.in_step(self)
        return projection.told(review.judged(made, before, after, self.folder, is_new=bool(new)), *line)

    @verb
    def trace(self, *, rules: Sequence[str] = (), elect: str = "") -> explaining.Traced:
        """What every rule says of each asset, with floor and ceiling, and the joint figure.

        elect: elections, theories and screens beside those of case.yaml, in its words, for this run alone:
        `elect="{id: L1, kind: parameter, name: libr, option: LIBR-D-worst, reason: asked by counsel}"`.
        """
        made = self.dossier(rules, elect)
        self.record("trace", parameters=made.trace.parameters, outcome=made.trace.run)
        return explaining.with_ways(views.traced(made, self.folder), made)

    @verb
    def explain(self, asset: str, *, rule: str = "", back: bool = False, language: str = "en") -> View:
        """Tell how a figure comes about, entry by entry with its cite; `back=True`: where the money of the asset came from.

        One rule, by default the one selected in case.yaml. `.explain()` gives numbered sentences, in English or (`zh`) Chinese.
        """
        ways = self.ways()
        told = explaining.explained(ways, asset, rule, self.folder, backward=back, language=language)
        self.record("explain", object=asset, outcome=ways.made.trace.run, parameters={"rule": ways.rule(rule)})
        return told

    @verb
    def what_if(self, *words: str) -> View:
        """Change one assumption and show every figure that differs: `case.what_if("unlink", "02e8")`. Nothing is recorded but the call.

        The words are those of `tracer what-if`; `case.what_if("nothing")` compares the trace with itself. Raises: RuleError
        with the whole list for words that name no assumption of the case.
        """
        view, found = defence.changed(self.asked(), words, self.folder)
        self.record("what-if", object=" ".join(found.assumption), outcome=found.run)
        return view

    @verb
    def sensitivity(self, target: str = "") -> View:
        """The 22 checks that answer the attacks in court, for every asset: what was changed, every figure, what holds."""
        ask = self.asked()
        self.record("sensitivity", object=target, outcome=ask.made.trace.run)
        return defence.checked(ask, target, self.folder)

    @verb
    def next_requests(self) -> View:
        """What to ask for next: the gaps ranked by the money that each decides, each with its line in both languages."""
        ask = self.asked()
        self.record("next-requests", outcome=ask.made.trace.run)
        return defence.wanted(ask, self.folder, at_hand.open_at(ask.made, self.candidates, always=True))

    @verb
    def owners(self, target: str = "", *, as_of: str = "") -> View:
        """Each law's own verdict on each person behind an entity, on a date."""
        made = self.dossier()
        self.record("owners", object=target, outcome=made.head)
        return views.owners(made, target, date.fromisoformat(as_of) if as_of else None, self.folder)

    @verb
    def nexus(self) -> View:
        """Which US institution each wire names, on what proof, and what may be said."""
        made = self.dossier()
        self.record("nexus", outcome=made.head)
        return views.nexus_view(made, self.folder)

    @verb
    def chart(
        self, kind: str = "flow", target: str = "", *, rule: str = "", as_of: str = "", rendering: str = "full"
    ) -> Any:
        """A chart of `flow` or `owners`: `.show()` in a notebook, `.save("x.svg|pdf|png|html")`; `public` masks numbers."""
        made, day = self.dossier(), date.fromisoformat(as_of) if as_of else None
        drawn = views.chart(made, kind, target, rule, day, self.folder, rendering=rendering)
        self.record("chart", object=f"{kind} {target}", outcome=made.trace.run, parameters={"rendering": rendering})
        return drawn

    @verb
    def annex(self, route: str = "R4") -> View:
        """Write the annex workbook, the request drafts, the charts and the manifest into `out/`."""
        from tracer import annex as annex_room
        from tracer import routes

        made = defence.tested(self.asked(), self.ways())
        requirements = routes.evaluate(route, made)
        drawn = views.charts_of(made)
        say("writing the workbook and the drafts")
        written = annex_room.write(
            made,
            requirements,
            self.folder / "out",
            name=f"annex_{made.case.id}_{route}_v{made.case.version:02d}",
            extra=drawn,
            route=route,
            authorities=routes.named(made.case.as_of),
        )
        parameters = made.tested.parameters if made.tested else {}
        self.record("annex", object=route, outcome=made.head, parameters=parameters)
        return views.written(written, requirements, self.folder)

    @verb
    def verify(self) -> View:
        """Re-hash exhibits, segments, decisions and log; an empty table is good."""
        wrong = [*self.exhibits.verify(), *self.ledger.verify(), *self.decisions.verify(), *self.log.verify()]
        return views.verified(wrong, self.ledger, self.folder)

    @verb
    def doctor(self) -> View:
        """What this machine, the case folder and the graph are fit for, a line each; nothing of the case itself is in it."""
        from tracer.doctor import examined

        return examined(self)

    @verb
    def rebuild(self) -> View:
        """Make the ledger again from exhibits, answers and decisions, and say whether the content is the same."""
        with WriterLock(self.folder, by=self.by):
            done, before = loading.rebuild(self.folder, installed(), self.ledger)
            self.record("rebuild", outcome=self.ledger.content_head(), object=before)
            line = projection.in_step(self, anew=True)
        return projection.told(views.rebuilt(done, before, self.ledger.content_head(), self.folder), *line)

    # the graph server

    @verb
    def graph_status(self) -> View:
        """Where the graph in the case's Neo4j server stands, and how far it is behind the ledger."""
        with projection.opened(self) as graph:
            return projection.status(self, graph)

    @verb
    def graph_sync(self) -> View:
        """Bring the graph in the case's Neo4j server to where the ledger stands."""
        with WriterLock(self.folder, by=self.by), projection.opened(self) as graph:
            done = projection.sync(self, graph)
            self.record("graph", object=graph.at.uri, outcome="in step", head=self.ledger.head().chain)
        return projection.synced(self, done, graph.at)

    @verb
    def graph_rebuild(self, *, bulk: bool = False) -> View:
        """Take this case out of its Neo4j server, and nothing else, and project the ledger anew.

        `bulk`: by the server's offline import, for millions of rows; only a server that `tracer neo4j up` started and that
        holds nothing else.
        """
        with WriterLock(self.folder, by=self.by), projection.opened(self) as graph:
            done = bulk_projection.bulk(self, graph) if bulk else projection.rebuild(self, graph)
            self.record("graph", object=graph.at.uri, outcome="rebuilt", head=self.ledger.head().chain)
        return projection.synced(self, done, graph.at)

    @verb
    def graph_check(self) -> View:
        """Counts and sums per kind and currency, every row and its links, in the server against the ledger."""
        with projection.opened(self) as graph:
            return projection.check(self, graph)

    @verb
    def graph_results(self, run: str = "", *, write: bool = False) -> View:
        """The results of a run as the graph holds them; `write=True` writes those of the case as it stands, under their run id."""
        return asking.results_written(self) if write else asking.results_shown(self, run)

    @verb
    def graph_runs(self) -> View:
        """Every run of results that the graph holds, and whether the case still stands there."""
        return asking.runs_shown(self)

    @verb
    def graph_forget(self, run: str) -> View:
        """Take one run of results out of the graph, and nothing else."""
        return asking.forgotten(self, run)

    @verb
    def graph_style(self, kind: str = "grass") -> Path:
        """Write the style of Neo4j Browser (`grass`) or a perspective of Bloom (`bloom`) into `out/`, in our charts' colours."""
        return asking.styled(self, kind)

    @cached_property  # IPython completes no property of a class of ours, since to look it up runs it
    def ask(self) -> asking.Ask:
        """Ask the graph a question by name: `case.ask()` lists them, `case.ask.<TAB>` completes them."""
        return asking.Ask(self)

    @verb
    def cypher(self, text: str, /, **parameters: Any) -> View:
        """Run read-only Cypher in the case's Neo4j server; `$case` in it is the scope of this case. Refuses what writes."""
        return asking.cypher(self, text, parameters)

    @verb
    def fetch_graph(self, address: str, profile: str | Path, *, to: str = "graph_export.parquet") -> View:
        """Read somebody's Neo4j graph by a profile into an exhibit file in `out/`; `load` takes it in like any other."""
        return asking.fetched(self, address, profile, to)

    @verb
    def graph(self, **selection: Any) -> Any:
        """The transfers as a networkx MultiDiGraph, equal from both graphs: `accounts`, `since`, `until`, `hops` select."""
        return asking.graph_of(self, **selection)

    def __repr__(self) -> str:
        return repr(self.status())

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return self.status()._repr_mimebundle_()


def demo(sample: str | Path, into: str | Path) -> Case:
    """Run a sample case from its raw files to its annex, in a new folder, with the custody times its list states."""
    from tracer.demonstration import run

    return run(Path(sample), Path(into))

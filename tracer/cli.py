"""The verbs at a terminal: the same names, the same results as on a Case."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from tracer.model import TracerError
from tracer.progress import Stopped
from tracer.tables import ROWS_SHOWN
from tracer.visible import visible

__all__ = ["app", "main"]


class _Interrupted(Exception):
    """Carries a Ctrl-C past typer, which would end with 130 and say nothing."""


class _Contents(TyperGroup):
    """The help as a table of contents: the commands by chapter, each with its whole first sentence."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        for chapter in dict.fromkeys(c.rich_help_panel for c in self.commands.values()):  # type: ignore[attr-defined]
            with formatter.section(chapter):
                formatter.write_dl(
                    [
                        (name, command.get_short_help_str(200))
                        for name, command in self.commands.items()
                        if command.rich_help_panel == chapter  # type: ignore[attr-defined]
                    ]
                )

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as stop:
            raise _Interrupted from stop


_STOPPED = Stopped(
    "Stopped by Ctrl-C.",
    where="tracer",
    meaning="What was committed stays; the rest is as if never begun.",
    next_call="run the same command again; it goes on from there",
)

app = typer.Typer(
    name="tracer",
    cls=_Contents,
    help="From raw bank records to an evidentiary annex. Every command works on one case folder (--case, default: here).",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Folder = Annotated[Path, typer.Option("--case", "-c", help="The case folder.", envvar="TRACER_CASE")]
By = Annotated[str, typer.Option("--by", help="Who does it; written to the log.")]
GraphAt = Annotated[str, typer.Option("--graph", help="embedded, or neo4j://HOST:PORT; default: as case.yaml says.")]
All = Annotated[bool, typer.Option("--all", help="Every row, not the first 20.")]
To = Annotated[str, typer.Option("--to", help="File name in out/: every row, uncut, as CSV.")]
_BEGIN, _READ, _CONCLUDE, _WRITE, _KEEP = "1. Begin", "2. Read", "3. Conclude", "4. Write", "5. Keep"


def _open(folder: Path, by: str, graph: str = "") -> Any:
    import tracer

    return tracer.open(folder, by=by, graph=graph)


def _show(view: Any, *, explain: bool = False, whole: bool | None = None, to: str = "") -> None:
    """Show a view. `whole`: with every row; None where the command has no option for it. `to`: all of it as CSV, too."""
    typer.echo(view.text(None) if whole else repr(view))
    hidden = len(view) - ROWS_SHOWN
    if whole is False and hidden > 0:
        typer.echo(f"{hidden:,} more row{'s' if hidden > 1 else ''}: the same command with --all")
    if explain and view.explained:
        typer.echo("\n" + view.explain())
    if to and not view.is_unanswered:
        typer.echo(visible(f"Wrote {view.save(to)}"))


def _answered(view: Any, *, explain: bool = False, whole: bool | None = None, to: str = "") -> None:
    """Show a result; exit code 1 where the case gives none, so that a script takes no empty table for an answer."""
    _show(view, explain=explain, whole=whole, to=to)
    if view.is_unanswered:
        raise typer.Exit(1)


def _answers(pairs: list[str] | None) -> dict[str, str]:
    found = {}
    for pair in pairs or []:
        key, mark, value = pair.partition("=")
        if not mark:
            raise typer.BadParameter(f"{pair!r}: write KEY=VALUE, for example date=DMY")
        found[key] = value
    return found


@app.command(rich_help_panel=_BEGIN)
def new(
    folder: Annotated[Path, typer.Argument(help="The folder to make.")],
    case_id: Annotated[str, typer.Option("--id", help="Number of the case.")],
    title: Annotated[str, typer.Option(help="Title in English.")] = "",
    as_of: Annotated[str, typer.Option(help="The clock of every export, YYYY-MM-DD.")] = "",
    by: By = "",
    graph: Annotated[str, typer.Option("--graph", help="neo4j://HOST:PORT: a server that keeps its graph.")] = "",
) -> None:
    """Make a case folder with a case.yaml to fill in."""
    import tracer

    tracer.new(folder, id=case_id, title=title, as_of=as_of, by=by, graph=graph)
    typer.echo(f"Made {folder}. Next: fill in {folder / 'case.yaml'}, then tracer load FILE --case {folder}")


@app.command(rich_help_panel=_BEGIN)
def demo(
    into: Annotated[Path, typer.Argument(help="A folder for the case; it is made.")],
    sample: Annotated[Path, typer.Option(help="A sample case: case.yaml, intake.csv and raw files.")] = Path(
        "sample_data/harbour"
    ),
) -> None:
    """Run a sample case from its raw files to its annex."""
    import tracer

    tracer.demo(sample, into)


_server = typer.Typer(
    help="Run a Neo4j server of your own on this machine; a case needs none.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(_server, name="neo4j", rich_help_panel=_KEEP)
Home = Annotated[
    Path | None,
    typer.Option(help="The folder of the server.", envvar="TRACER_NEO4J_HOME", show_default="your data folder"),
]


@_server.command("up")
def neo4j_up(
    home: Home = None,
    release: Annotated[str, typer.Option(help="5.26.30 or 2026.02.2; default: the first that your Java runs.")] = "",
    bolt_port: Annotated[int, typer.Option(help="Default: 7687, or a free one where it is taken.")] = 0,
    http_port: Annotated[int, typer.Option(help="Default: 7474, or a free one where it is taken.")] = 0,
    heap: Annotated[str, typer.Option(help="Memory for queries.")] = "512m",
    page_cache: Annotated[str, typer.Option(help="Memory for the files of the database.")] = "128m",
) -> None:
    """Start it on the loopback address, assembling it by Maven the first time, and print how to use it."""
    from tracer import server

    started = server.up(
        home,
        version=release,
        bolt_port=bolt_port,
        http_port=http_port,
        heap=heap,
        page_cache=page_cache,
        say=typer.echo,
    )
    typer.echo(started.as_text())


@_server.command("down")
def neo4j_down(home: Home = None) -> None:
    """Stop it; its data stays."""
    from tracer import server

    typer.echo(server.down(home).as_text())


@_server.command("status")
def neo4j_status(home: Home = None) -> None:
    """Show whether it runs, where, and how large it is; exit code 1 when it does not."""
    from tracer import server

    now = server.status(home)
    typer.echo(now.as_text())
    raise typer.Exit(0 if now.state == "running" else 1)


@app.command(rich_help_panel=_READ)
def preview(
    path: Annotated[Path, typer.Argument(help="A file.", readable=False)],
    answer: Annotated[list[str] | None, typer.Option("--answer", "-a", help="KEY=VALUE.")] = None,
    profile: Annotated[str, typer.Option(help="A mapping profile, as --answer profile=FILE.yaml.")] = "",
    case: Folder = Path(),
    by: By = "",
) -> None:
    """Show which connector claims a file, its first records, and what it asks. Nothing is taken in."""
    given = _answers(answer) | ({"profile": profile} if profile else {})
    _show(_open(case, by).preview(path, **given), explain=True)


@app.command(rich_help_panel=_READ)
def load(
    paths: Annotated[list[str] | None, typer.Argument(help="Files, or exhibit numbers to read again.")] = None,
    listing: Annotated[str, typer.Option("--list", help="A custody list (CSV).")] = "",
    answer: Annotated[list[str] | None, typer.Option("--answer", "-a", help="KEY=VALUE.")] = None,
    profile: Annotated[str, typer.Option(help="A mapping profile, as --answer profile=FILE.yaml.")] = "",
    sign: Annotated[
        list[str] | None,
        typer.Option(help="PLACE=WHY: answer by name for a break in a PDF statement that no balance proves."),
    ] = None,
    connector: Annotated[str, typer.Option(help="A connector by name, or none to keep the file unread.")] = "",
    evidence_class: Annotated[
        str, typer.Option("--class", help="EV, EV-P, SP, INT, OS or AN; unsaid: INT for an FIU report, else EV-P.")
    ] = "",
    received_from: Annotated[str, typer.Option("--from", help="Who handed it over.")] = "",
    obtained: Annotated[str, typer.Option(help="How: MLA ref, own-law order, voluntary, public, spontaneous.")] = "",
    authority: Annotated[str, typer.Option(help="Legal authority or order number.")] = "",
    producer: Annotated[str, typer.Option(help="BIC or name of the institution that made it.")] = "",
    whole: All = False,
    case: Folder = Path(),
    by: By = "",
    graph: GraphAt = "",
) -> None:
    """Take in files, read them, and print the reconciliation. A refusal never stops the others."""
    given, signed = _answers(answer) | ({"profile": profile} if profile else {}), _answers(sign)
    opened = _open(case, by, graph)
    given |= {f"sign:{place}": f"{opened.by}: {why}" for place, why in signed.items()}
    view = opened.load(
        *(paths or []),
        answers=given,
        connector=connector,
        listing=listing,
        evidence_class=evidence_class,
        received_from=received_from,
        obtained=obtained,
        authority=authority,
        producer=producer,
    )
    _show(view, explain=True, whole=whole)
    for line in view.check():
        typer.echo(f"! {line}")
    refused = sum(1 for row in view if row["outcome"] in {"refused", "twin"})
    raise typer.Exit(1 if refused else 0)


@app.command(rich_help_panel=_READ)
def status(case: Folder = Path(), by: By = "") -> None:
    """Show the card of the case."""
    _show(_open(case, by).status())


@app.command(rich_help_panel=_READ)
def problems(whole: All = False, to: To = "", case: Folder = Path(), by: By = "") -> None:
    """List rejects, sums that are off, conflicts and gaps, each with what to ask for."""
    _show(_open(case, by).problems(), whole=whole, to=to)


@app.command(rich_help_panel=_READ)
def reconcile(whole: All = False, to: To = "", case: Folder = Path(), by: By = "") -> None:
    """Show the checks of every statement, what is off first."""
    _show(_open(case, by).reconcile(), whole=whole, to=to)


@app.command("fetch-graph", rich_help_panel=_READ)
def fetch_graph(
    address: Annotated[str, typer.Argument(help="neo4j://HOST:PORT of somebody's graph.")],
    profile: Annotated[Path, typer.Option(help="Which of their labels and properties are what (YAML).")],
    to: Annotated[str, typer.Option("--to", help="File name in out/.")] = "graph_export.parquet",
    case: Folder = Path(),
    by: By = "",
) -> None:
    """Read somebody's Neo4j graph by a profile into an exhibit file, which `tracer load` then takes in."""
    _show(_open(case, by).fetch_graph(address, profile, to=to))


@app.command(rich_help_panel=_CONCLUDE)
def match(
    ask: Annotated[
        bool | None, typer.Option("--ask/--list", help="Ask about each candidate; default: at a terminal.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Value counted once against all postings, and each link left out. No more.")
    ] = False,
    to: Annotated[
        str,
        typer.Option(
            "--to", help="With --check, file name in out/: what each link carries as CSV, English and Chinese."
        ),
    ] = "",
    whole: All = False,
    case: Folder = Path(),
    by: By = "",
    graph: GraphAt = "",
) -> None:
    """Record what rungs 0 to 3 join, and work through the candidates that only a person may join."""
    from tracer import review

    if to and not check:
        raise typer.BadParameter("only with --check", param_hint="--to")
    opened = _open(case, by, graph)
    if check:
        found = opened.match_check()
        _show(found, explain=True, whole=whole)
        if to:
            typer.echo(visible(f"Wrote {found['links'].save(to)}"))
        return
    asking = (sys.stdin.isatty() and sys.stdout.isatty()) if ask is None else ask
    _show(opened.match(), explain=not asking, whole=whole)
    if asking:
        decided, left = review.ask(opened.candidates, opened.judge, sys.stdin, sys.stdout)
        typer.echo(f"{decided} decided, {left} open. Next: tracer trace")


@app.command(rich_help_panel=_CONCLUDE)
def judge(
    left: Annotated[str, typer.Argument(help="Id of a record, or its beginning; of a party also its record id.")] = "",
    right: Annotated[
        str, typer.Argument(help="Id of the other record; of a payment in parts, each part with a comma between.")
    ] = "",
    decision: Annotated[str, typer.Argument(help="same, different or unsure.")] = "",
    reason: Annotated[str, typer.Option(help="Why. A judgement without a reason is not recorded.")] = "",
    withdraw: Annotated[str, typer.Option(help="Id of a judgement to take back; what stood before stands again.")] = "",
    case: Folder = Path(),
    by: By = "",
    graph: GraphAt = "",
) -> None:
    """Record a decision on two records, or on a payment and its parts. To undo it, take it back (--withdraw) or judge again."""
    _show(_open(case, by, graph).judge(left, right, decision, reason=reason, withdraw=withdraw), explain=True)


@app.command(rich_help_panel=_CONCLUDE)
def trace(
    target: Annotated[str, typer.Argument(help="An asset or target to show alone.")] = "",
    rule: Annotated[
        list[str] | None, typer.Option(help="libr, fifo, lifo, pro_rata, proceeds_first; default all.")
    ] = None,
    elect: Annotated[
        str,
        typer.Option(help="Elections or screens for this run alone, as in case.yaml: '{id: L1, kind: poison, ...}'."),
    ] = "",
    explain: Annotated[bool, typer.Option("--explain", help="Parameters, joint figures, the cut in words.")] = False,
    whole: All = False,
    case: Folder = Path(),
    by: By = "",
) -> None:
    """Show what became of the proceeds under every rule, and between which bounds; exit code 1 when nothing is traced."""
    view = _open(case, by).trace(rules=tuple(rule or ()), elect=elect)
    _answered(view[target] if target and not view.is_unanswered else view, explain=explain, whole=whole)


@app.command(rich_help_panel=_CONCLUDE)
def explain(
    asset: Annotated[str, typer.Argument(help="An asset or target of the trace, by name or record.")],
    rule: Annotated[str, typer.Option(help="libr, fifo, lifo, pro_rata, proceeds_first; default: as selected.")] = "",
    back: Annotated[bool, typer.Option("--back", help="From the asset back to where its money came from.")] = False,
    language: Annotated[str, typer.Option(help="en or zh: the language of the sentences.")] = "en",
    whole: All = False,
    case: Folder = Path(),
    by: By = "",
) -> None:
    """Tell how a figure comes about, entry by entry with its cite, as a table and as numbered sentences."""
    _answered(_open(case, by).explain(asset, rule=rule, back=back, language=language), explain=True, whole=whole)


@app.command("what-if", rich_help_panel=_CONCLUDE)
def what_if(
    words: Annotated[
        list[str],
        typer.Argument(
            help="nothing, withdraw JUDGEMENT, unlink TRANSFER, leave-out OFFENCE, unclaim POSTING, leave-out-exhibit EXHIBIT, "
            "opening lawful|proceeds|unknown [ACCOUNT], order ACCOUNT DAY credits_first, holes open|carried [GAP], "
            "parameter NAME VALUE, or value-dates."
        ),
    ],
    explain: Annotated[bool, typer.Option("--explain", help="Exhibits, every finding, the runs compared.")] = False,
    whole: All = False,
    case: Folder = Path(),
    by: By = "",
) -> None:
    """Change one assumption of the trace and show every figure that differs."""
    _answered(_open(case, by).what_if(*words), explain=explain, whole=whole)


@app.command(rich_help_panel=_CONCLUDE)
def sensitivity(
    target: Annotated[str, typer.Argument(help="An asset to show alone.")] = "",
    explain: Annotated[bool, typer.Option("--explain", help="What holds under which check, and each note.")] = False,
    to: To = "",
    whole: All = False,
    case: Folder = Path(),
    by: By = "",
) -> None:
    """Show the 22 checks that answer the attacks in court, asset by asset."""
    view = _open(case, by).sensitivity(target)
    _answered(view, explain=explain, whole=whole, to=to)


@app.command("next-requests", rich_help_panel=_CONCLUDE)
def next_requests(
    explain: Annotated[
        bool, typer.Option("--explain", help="The line of each request in English and Chinese.")
    ] = False,
    whole: All = False,
    case: Folder = Path(),
    by: By = "",
) -> None:
    """Rank the records to ask for by the money that each decides."""
    _show(_open(case, by).next_requests(), explain=explain, whole=whole)


@app.command(rich_help_panel=_CONCLUDE)
def owners(
    target: Annotated[str, typer.Argument(help="An entity by name or record id; default: all of the case.")] = "",
    as_of: Annotated[str, typer.Option(help="A date, YYYY-MM-DD.")] = "",
    explain: Annotated[bool, typer.Option("--explain", help="The interests of the proof.")] = False,
    whole: All = False,
    case: Folder = Path(),
    by: By = "",
) -> None:
    """Show each law's own verdict on who stands behind an entity, on a date."""
    _show(_open(case, by).owners(target, as_of=as_of), explain=explain, whole=whole)


@app.command(rich_help_panel=_CONCLUDE)
def nexus(
    explain: Annotated[bool, typer.Option("--explain", help="Totals per grade.")] = False,
    whole: All = False,
    case: Folder = Path(),
    by: By = "",
) -> None:
    """Show which US institution each wire names, on what proof, and what may be said."""
    _show(_open(case, by).nexus(), explain=explain, whole=whole)


def _question_names(incomplete: str) -> list[tuple[str, str]]:
    """Return the questions whose names begin so, each with its sentence, for the shell's Tab."""
    from tracer.queries import questions

    return [(one.name, one.en) for one in questions().values() if one.name.startswith(incomplete)]


def _question_parameters(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Return what may follow --param for the question typed before it, less what was given already."""
    from tracer.queries import questions

    # while an option is being typed, what stands before it is among the words that are left over
    words = [*ctx.args, ctx.params.get("name") or "", *(ctx.params.get("param") or ())]
    asked = next((questions()[word] for word in words if word in questions()), None)
    named = {word.partition("=")[0] for word in words if "=" in word and word != incomplete}
    left = [p for p in (asked.parameters if asked else ()) if p.name not in named]
    return [(f"{p.name}=", p.words) for p in left if f"{p.name}=".startswith(incomplete)]


@app.command(rich_help_panel=_CONCLUDE)
def ask(
    name: Annotated[str, typer.Argument(help="A question; default: list them.", autocompletion=_question_names)] = "",
    param: Annotated[
        list[str] | None, typer.Option("--param", "-p", help="KEY=VALUE.", autocompletion=_question_parameters)
    ] = None,
    to: Annotated[str, typer.Option("--to", help="File name in out/: the whole answer as CSV.")] = "",
    explain: Annotated[bool, typer.Option("--explain", help="Chinese, parameters, or the query itself.")] = False,
    whole: All = False,
    case: Folder = Path(),
    by: By = "",
    graph: GraphAt = "",
) -> None:
    """Ask the graph one of its questions, read-only; without a name, list them."""
    view = _open(case, by, graph).ask(name, **_answers(param))
    if name:
        _show(view, explain=explain, whole=whole)
    else:
        for row in view:
            typer.echo(visible(f"{row['name']:26}{row['question']}" + ("" if row["graph"] == "both" else " (Neo4j)")))
        typer.echo("\n" + (view.explain() if explain else view.foot))
    for line in view.check():
        typer.echo(visible(f"! {line}"))
    if to:
        typer.echo(visible(f"Wrote {view.save(to)}"))


@app.command(rich_help_panel=_CONCLUDE)
def cypher(
    text: Annotated[str, typer.Argument(help="A read-only query; $case in it is the scope of this case.")],
    param: Annotated[list[str] | None, typer.Option("--param", "-p", help="KEY=VALUE, a text.")] = None,
    to: Annotated[str, typer.Option("--to", help="File name in out/: the whole answer as CSV.")] = "",
    whole: All = False,
    case: Folder = Path(),
    by: By = "",
    graph: GraphAt = "",
) -> None:
    """Run read-only Cypher in the case's Neo4j server; what would write is refused."""
    view = _open(case, by, graph).cypher(text, **_answers(param))
    _show(view, whole=whole)
    for line in view.check():
        typer.echo(visible(f"! {line}"))
    if to:
        typer.echo(visible(f"Wrote {view.save(to)}"))


@app.command(rich_help_panel=_WRITE)
def chart(
    kind: Annotated[str, typer.Argument(help="flow or owners.")] = "flow",
    target: Annotated[str, typer.Argument(help="An asset, target or entity.")] = "",
    to: Annotated[str, typer.Option("--to", help="File name in out/: .svg, .pdf, .png or .html.")] = "chart.html",
    rule: Annotated[str, typer.Option(help="The rule of a flow chart.")] = "",
    as_of: Annotated[str, typer.Option(help="The date of an ownership tree, YYYY-MM-DD.")] = "",
    rendering: Annotated[str, typer.Option(help="full, or public: numbers and identifiers masked.")] = "full",
    case: Folder = Path(),
    by: By = "",
) -> None:
    """Draw a flow of funds or an ownership tree."""
    drawn = _open(case, by).chart(kind, target, rule=rule, as_of=as_of, rendering=rendering)
    typer.echo(repr(drawn))
    for written in drawn.pages(to):
        typer.echo(visible(f"Wrote {written}"))


@app.command(rich_help_panel=_WRITE)
def annex(
    route: Annotated[str, typer.Argument(help="The route it is for.")] = "R4",
    case: Folder = Path(),
    by: By = "",
    graph: GraphAt = "",
) -> None:
    """Write the annex workbook, the request drafts in English and Chinese, the charts and the manifest."""
    view = _open(case, by, graph).annex(route)
    _show(view)
    for line in view.check():
        typer.echo(f"! {line}")


@app.command(rich_help_panel=_KEEP)
def verify(case: Folder = Path(), by: By = "") -> None:
    """Re-hash exhibits, ledger, decisions and log; exit code 1 when anything differs."""
    view = _open(case, by).verify()
    _show(view)
    raise typer.Exit(1 if view.check() else 0)


@app.command(rich_help_panel=_KEEP)
def doctor(case: Folder = Path(), by: By = "", graph: GraphAt = "") -> None:
    """Say what this machine, the case folder and its graph are fit for; exit code 1 when a line is red."""
    from tracer.doctor import examined

    view = _open(case, by, graph).doctor() if (case / "case.yaml").exists() else examined(None)
    _show(view)
    raise typer.Exit(1 if view.check() else 0)


@app.command(rich_help_panel=_KEEP)
def rebuild(case: Folder = Path(), by: By = "", graph: GraphAt = "") -> None:
    """Make the ledger again from exhibits, answers and decisions."""
    _show(_open(case, by, graph).rebuild())


_graph = typer.Typer(
    help="Keep the graph in the case's Neo4j server in step with the ledger.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(_graph, name="graph", rich_help_panel=_KEEP)


@_graph.command("status")
def graph_status(case: Folder = Path(), by: By = "", graph: GraphAt = "") -> None:
    """Show where the graph stands and how far it is behind; exit code 1 when it is."""
    view = _open(case, by, graph).graph_status()
    _show(view)
    raise typer.Exit(1 if view.check() else 0)


@_graph.command("sync")
def graph_sync(case: Folder = Path(), by: By = "", graph: GraphAt = "") -> None:
    """Bring the graph to where the ledger stands; goes on where an earlier sync was stopped."""
    _show(_open(case, by, graph).graph_sync(), explain=True)


@_graph.command("rebuild")
def graph_rebuild(
    bulk: Annotated[
        bool,
        typer.Option(help="By the offline import: faster, on a server of tracer neo4j up that holds only this case."),
    ] = False,
    case: Folder = Path(),
    by: By = "",
    graph: GraphAt = "",
) -> None:
    """Take this case out of the server, and nothing else, and project the ledger anew."""
    _show(_open(case, by, graph).graph_rebuild(bulk=bulk), explain=True)


@_graph.command("check")
def graph_check(case: Folder = Path(), by: By = "", graph: GraphAt = "") -> None:
    """Compare counts, sums, rows and links with the ledger's; exit code 1 when anything differs."""
    view = _open(case, by, graph).graph_check()
    _show(view)
    for line in view.check():
        typer.echo(visible(f"! {line}"))
    raise typer.Exit(1 if view.check() else 0)


@app.command(rich_help_panel=_KEEP)
def selftest(
    cases: Annotated[
        list[Path] | None, typer.Option(help="A file or folder of cases; default: those that ship with tracer.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Computed against expected, as JSON.")] = False,
    only: Annotated[str, typer.Option(help="Show only cases whose id begins so.")] = "",
) -> None:
    """Run the known-answer cases and print passed, failed and not covered."""
    from tracer.known_answers import selftest as run

    report = run(cases or None, only=only)
    typer.echo(json.dumps(report.as_json(), ensure_ascii=False, indent=1) if as_json else report.as_text())
    typer.echo(report.closing(), err=as_json)
    raise typer.Exit(1 if report.failed else 0)


@_graph.command("runs")
def graph_runs(case: Folder = Path(), by: By = "", graph: GraphAt = "") -> None:
    """List the runs of results that the graph holds."""
    view = _open(case, by, graph).graph_runs()
    _show(view)
    for line in view.check():
        typer.echo(visible(f"! {line}"))


@_graph.command("results")
def graph_results(
    run: Annotated[str, typer.Argument(help="A run, or its beginning; default: the latest.")] = "",
    write: Annotated[bool, typer.Option("--write", help="Write the results of the case as it stands.")] = False,
    case: Folder = Path(),
    by: By = "",
    graph: GraphAt = "",
) -> None:
    """Show the results of a run in the graph; --write writes those of the case under their run id."""
    _show(_open(case, by, graph).graph_results(run, write=write))


@_graph.command("forget")
def graph_forget(
    run: Annotated[str, typer.Argument(help="A run, or its beginning.")],
    case: Folder = Path(),
    by: By = "",
    graph: GraphAt = "",
) -> None:
    """Take one run of results out of the graph, and nothing else."""
    _show(_open(case, by, graph).graph_forget(run))


@_graph.command("style")
def graph_style(
    kind: Annotated[str, typer.Argument(help="grass for Neo4j Browser, bloom for Neo4j Bloom.")] = "grass",
    case: Folder = Path(),
    by: By = "",
) -> None:
    """Write a style sheet for Browser or a perspective for Bloom, in the colours of the charts."""
    typer.echo(visible(f"Wrote {_open(case, by).graph_style(kind)}"))


def _told(run: Callable[[], None]) -> int:
    """Run and return the exit code: 0 done, 1 told in the house form or something refused, 2 usage, 130 stopped."""
    try:
        run()
    except TracerError as error:
        sys.stderr.write(str(error) + "\n")
        return 1
    except (_Interrupted, KeyboardInterrupt) as stop:
        told = stop.__cause__ if isinstance(stop.__cause__, Stopped) else _STOPPED
        sys.stderr.write(f"{told}\n")
        return 130
    except BrokenPipeError:
        return 0
    return 0


def main() -> None:
    """Entry point: a person's mistake is told in five lines, without a stack trace."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    raise SystemExit(_told(app))


if __name__ == "__main__":
    main()

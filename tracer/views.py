"""How each verb's result is shown: nouns in, a `View` out. Nothing is computed here that an annex would compute again."""

from __future__ import annotations

import dataclasses
import hashlib
import shlex
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from tracer import at_hand, chosen, loading, marked, nexus, untraced
from tracer.batches import transfer_table
from tracer.facts import returns_of
from tracer.findings import Facts, cited
from tracer.gate import Gate
from tracer.graph import Embedded
from tracer.ingest import Connector, Source, claimants
from tracer.ledger import Ledger
from tracer.model import (
    RULE_NAMES,
    AssetTrace,
    Bounds,
    CaseError,
    Cite,
    Dossier,
    Exhibit,
    Judgement,
    Money,
    Reconciliation,
    Residual,
    TracerError,
    UnreadableExhibit,
)
from tracer.printed import Printed
from tracer.progress import say
from tracer.tables import ROWS_SHOWN, View, place_in, write_whole

__all__ = [
    "Chart",
    "chart",
    "charts_of",
    "graph_of",
    "judgement_of",
    "line_of",
    "loaded",
    "nexus_view",
    "owners",
    "preview",
    "problems",
    "rebuilt",
    "reconcile",
    "status",
    "traced",
    "verified",
    "written",
]

# judgements


def judgement_of(line: dict[str, Any]) -> Judgement:
    """Return a judgement from its line in decisions.jsonl."""
    names = {f.name for f in dataclasses.fields(Judgement)}
    values = {key: value for key, value in line.items() if key in names}
    return Judgement(**(values | {"features": tuple(line.get("features", ()))}))


def line_of(judgement: Judgement) -> dict[str, Any]:
    """Return the line of a judgement for decisions.jsonl."""
    return dataclasses.asdict(judgement) | {"features": list(judgement.features)}


def _sources(cites: Iterable[Cite | None], exhibits: Sequence[Exhibit] = ()) -> tuple[str, ...]:
    numbers = {e.sha256: e.number for e in exhibits}
    return tuple(
        dict.fromkeys(f"{numbers.get(c.exhibit, c.exhibit[:12])}@{c.locator} sha256:{c.exhibit}" for c in cites if c)
    )


def graph_of(ledger: Ledger, gate: Gate, facts: Facts) -> Embedded:
    """Return the embedded graph with the transfers of these facts."""
    graph = Embedded(ledger.paths, lambda: ledger.head().chain, without=gate.withheld)
    graph.ensure_schema()
    graph.append(
        "transfer", transfer_table(facts.transfers, facts["message"], returns_of(facts)), head=ledger.head().chain
    )
    return graph


# load


#: An exhibit that was read again, otherwise than before: what counts, and how the new reading takes its place.
_EARLIER = (
    (
        "{number}: {n:,} facts of the earlier reading still count, and this reading says them otherwise or not at all. To have "
        "this reading count instead: {call}   (reads every exhibit anew by its latest answers; files, answers, judgements and "
        "log stay)"
    ),
    (
        "{number}：此前读取的 {n:,} 项事实仍然计入，本次读取与之不同或未载明。如以本次读取为准：{call}"
        "   （按最近的答复重新读取全部证物；文件、答复、判定和日志均保留）"
    ),
)


def loaded(done: Sequence[loading.Loaded], folder: Path, options: tuple[str, ...] = ()) -> View:
    """Return one row per file, the refusals spelled out. `options`: what a call of tracer needs to reach the case."""
    call = shlex.join(("tracer", "rebuild", *options))
    earlier = [
        [said.format(number=item.exhibit.number, n=item.earlier, call=call) for said in _EARLIER]
        for item in done
        if item.earlier and item.exhibit
    ]
    refused = [item.refusal for item in done if item.refusal]
    counts = Counter(item.status for item in done)
    off = [
        f"{item.exhibit.number if item.exhibit else item.name}: {check.check} of {check.account or 'file'}: {_off(check)}"
        for item in done
        for check in item.checks
        if check.outcome == "off"
    ]
    # Advice flags nothing, and is told where the file is loaded.
    off += [
        f"{item.exhibit.number if item.exhibit else item.name}: {check.note}"
        for item in done
        for check in item.checks
        if check.check == "schema" and check.outcome == "not_stated"
    ]
    aside = [f"{r.cite}: {r.field}: {r.message}" for item in done for r in item.rejects]
    return View(
        "Loaded",
        (
            "exhibit",
            "file",
            "outcome",
            "connector",
            "raw",
            "parsed",
            "set_aside",
            "parts_aside",
            "new",
            "duplicate",
            "conflict",
        ),
        tuple(loading.as_rows(done)),
        " · ".join(f"{n} {status}" for status, n in sorted(counts.items()))
        + (f" · {len(earlier)} of them counted as read before: {call}" if earlier else ""),
        explained=tuple(line for error in refused for line in (*error.lines(), "")),
        problems=(*(error.what for error in refused), *(line for pair in earlier for line in pair), *off, *aside),
        folder=folder,
    )


def _off(check: Reconciliation) -> str:
    """Return what a check expected and found, where it is about figures, and its note."""
    figures = (
        f"expected {_money(check.expected, check.currency)}, found {_money(check.found, check.currency)}, "
        f"difference {_money(check.difference, check.currency)} "
    )
    return f"{figures if check.difference is not None else ''}{check.note}".rstrip()


def _money(value: int | None, currency: str) -> str:
    return "-" if value is None else str(Money(value, currency)) if currency else str(value)


_LARGE = 64_000_000  # bytes: of a larger text, `_LOOKED_AT` bytes are looked at
_LOOKED_AT = 4_000_000
_WHOLE = (
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0",
    b"%PDF",
    b"<",
    b"\xef\xbb\xbf<",
)  # these are opened by parts, or not at all


def preview(path: Path, answers: dict[str, str], connectors: Sequence[Connector]) -> View:
    """Return who claims a file, its first records, and what it asks. Of a large text only the head is read, and it says so."""
    try:
        stat = path.stat()
        with path.open("rb") as file:
            is_cut = stat.st_size > _LARGE and not file.read(4).startswith(_WHOLE)
    except OSError as error:
        raise UnreadableExhibit(
            f"{path.name} cannot be read: {error.strerror}.",
            where=str(path),
            meaning="Nothing was looked at.",
            next_call=f"ls -l {path.parent}",
        ) from None
    # Nothing shown here is a fact: the name of the bytes need not be their hash, for which all of them would be read.
    seen = hashlib.sha256(f"{path.resolve()}:{stat.st_size}:{stat.st_mtime_ns}".encode()).hexdigest()
    exhibit = Exhibit(seen, "-", path.name, stat.st_size, "EV-P", "", "", "", "", "")
    if not is_cut:
        return _preview(Source.open(exhibit, path, answers), connectors, "")
    with tempfile.TemporaryDirectory() as folder, path.open("rb") as file:
        head = Path(folder) / "head"
        block = file.read(_LOOKED_AT)
        head.write_bytes(block[: block.rfind(b"\n") + 1] or block)
        return _preview(Source.open(exhibit, head, answers), connectors, f"; the first {_LOOKED_AT:,} are looked at")


def _preview(source: Source, connectors: Sequence[Connector], cut: str) -> View:
    claimed = claimants(source, connectors)
    problems: list[str] = []
    rows: list[tuple[Any, ...]] = []
    explained: list[str] = []
    if len(claimed) == 1 and claimed[0].look is not None:
        explained, rows, problems = _proposal(source, claimed[0].look)
    elif len(claimed) == 1:
        try:
            for item in claimed[0].read(source):
                rows.append((type(item).__name__, item.cite.locator, _gist(item)))
                if len(rows) >= 20:
                    break
        except TracerError as question:
            problems.append(question.what)
            explained += question.lines()
    elif not claimed:
        from tracer.ingest.proposal import propose

        explained, rows, problems = _proposal(source, propose)
    return View(
        f"{source.exhibit.name}: {', '.join(c.title for c in claimed) or 'claimed by no connector'}",
        ("record", "place", "gist"),
        tuple(rows),
        f"{source.exhibit.size:,} bytes{cut}",
        explained=tuple(explained),
        problems=tuple(problems),
    )


def _proposal(source: Source, look: Callable[[Source], Any]) -> tuple[list[str], list[tuple[Any, ...]], list[str]]:
    try:
        proposed = look(source)
    except TracerError as refusal:
        return list(refusal.lines()), [], [refusal.what]
    rows = [("row", str(n), " | ".join(map(str, row))) for n, row in enumerate(proposed.rows, 1)]
    told = ["A profile to correct and give back with --answer profile=FILE.yaml:", *proposed.profile_yaml.split("\n")]
    return (
        told if proposed.profile_yaml else [],
        rows,
        [str(q) for q in proposed.questions],
    )


def _gist(item: Any) -> str:
    shown = [
        f"{f.name}={getattr(item, f.name)}"
        for f in dataclasses.fields(item)
        if f.name not in {"cite", "fields"} and getattr(item, f.name) not in ("", None, (), False)
    ]
    return ", ".join(shown)[:200]


# status


def status(made: Dossier, exhibits: Sequence[Exhibit], ledger: Ledger, folder: Path) -> View:
    """Return the card of the case."""
    counts = ledger.counts()
    sums = [c for c in made.reconciliations if c.check == "sum"]
    tied = sum(1 for c in sums if c.outcome == "ok")
    off = Counter(c.check for c in made.reconciliations if c.outcome == "off")
    rows = [
        ("case", f"{made.case.id} · {made.case.title_en} {made.case.title_zh}"),
        (
            "exhibits",
            (
                f"{len(exhibits)} taken in, {sum(1 for e in exhibits if e.status.startswith('loaded'))} read, "
                f"{sum(1 for e in exhibits if e.status == 'refused')} refused"
            ),
        ),
        ("facts", ", ".join(f"{n:,} {kind}" for kind, n in sorted(counts.items()) if kind != "reconciliation")),
        ("statements that tie", f"{tied} of {len(sums)}"),
        ("checks that are off", ", ".join(f"{n} {name}" for name, n in sorted(off.items())) or "none"),
        (
            "set aside",
            (
                f"{sum(not r.is_part for r in made.rejects)} records, {sum(r.is_part for r in made.rejects)} parts of records "
                f"or headings, {counts.get('conflict', 0)} conflicts"
            ),
        ),
        (
            "transfers",
            f"{len(made.transfers)}, {sum(1 for t in made.transfers if t.debit and t.credit)} seen on both sides",
        ),
        *(
            [("sums of payments", f"{len(made.aggregates):,} stated by {_reporters(made)}; none of them is a payment")]
            if made.aggregates
            else []
        ),
        ("gaps", f"{len(made.gaps)}"),
        ("content head", made.head[:16]),
        ("chain head", ledger.head().chain[:16]),
        ("next", _next(made, exhibits)),
    ]
    return View("Case", ("what", "value"), tuple(rows), f"as of {made.case.as_of}", folder=folder)


def _reporters(made: Dossier) -> str:
    exhibits = len({a.cite.exhibit for a in made.aggregates.values()})
    return f"{exhibits} exhibit{'s' if exhibits > 1 else ''}"


def _sums(made: Dossier, place: Callable[[Cite], str]) -> list[tuple[Any, ...]]:
    """Return a row of `problems` for the sums of payments of each exhibit: what is traced may be among them, or may not."""
    held: dict[str, list[Cite]] = defaultdict(list)
    for aggregate in made.aggregates.values():
        held[aggregate.cite.exhibit].append(aggregate.cite)
    return [
        (
            f"{place(cites[0])}" + (f" and {len(cites) - 1:,} more" if len(cites) > 1 else ""),
            "sum of payments",
            f"{len(cites):,} sum{'s' if len(cites) > 1 else ''} of several payments: kept and listed, traced nowhere, and never added to lines",
            None,
            "ask who states them for the single payments; tracer ask stated_sums",
        )
        for cites in held.values()
    ]


def _next(made: Dossier, exhibits: Sequence[Exhibit]) -> str:
    """Return the next call of a case: what is missing before anything can be traced goes first."""
    if not exhibits:
        return "case.load(FILE): no record is held yet"
    if made.gaps:
        return "case.problems()"
    if not made.trace.claims:
        return "state a predicate event in case.yaml; case.trace() says how"
    return "case.trace()"


def problems(made: Dossier, ledger: Ledger, folder: Path, at: at_hand.Open | None = None) -> View:
    """Return rejects, sums that are off, conflicts, gaps, and what readers marked; how lines were read is explained.

    at   the open candidates by the records in them: what one of them may answer is asked of nobody before it is judged
    """
    held = {gap.id: at_hand.together(gap.cites, gap.kind, at or {}) for gap in made.gaps}
    first = at_hand.first(frozenset().union(*held.values()))
    numbers = {e.sha256: e.number for e in made.exhibits}
    printed = Printed(made)

    def place(cite: Cite) -> str:
        return f"{numbers.get(cite.exhibit, '?')}@{cite.locator}"

    rows: list[tuple[Any, ...]] = [
        (
            "gap " + g.id,
            g.kind,
            printed.told(g.description_en),
            Money(g.amount, g.currency) if g.amount is not None and g.currency else None,
            f"{at_hand.first(held[g.id])[0]}; if none is it: {printed.told(g.ask_en)}"
            if held[g.id]
            else printed.told(g.ask_en),
        )
        for g in made.gaps
    ]
    rows += [
        (
            f"{numbers.get(c.cite.exhibit, '?')}@{c.cite.locator}",
            f"unreconciled: {c.check}",
            f"{c.account}: {c.note}".strip(": "),
            Money(c.difference, c.currency) if c.difference is not None and c.currency else None,
            "compare with the original statement",
        )
        for c in made.reconciliations
        if c.outcome == "off"
    ]
    rows += [
        (
            f"{numbers.get(r.cite.exhibit, '?')}@{r.cite.locator}",
            f"set aside: {r.code}",
            r.message,
            None,
            "compare with the original line",
        )
        for r in made.rejects
    ]
    withheld = {e.sha256 for e in made.exhibits}
    rows += [
        (
            f"{numbers.get(row['exhibit'], '?')}@{row['locator']}",
            "conflict",
            f"another reading of one {row['kind']}",
            None,
            "the earlier reading counts; tracer rebuild puts the latest in its place",
        )
        for row in ledger.scan("conflict").to_pylist()
        if row["exhibit"] in withheld
    ]
    rows += [*_sums(made, place), *marked.doubts(made, place), *marked.notes(made, place)]
    gaps = list(made.gaps)
    sourced = _sources((c for g in gaps for c in g.cites), made.exhibits)
    parts = {
        "rejects": View(
            "Set aside",
            ("place", "kind", "what", "amount", "next"),
            tuple(r for r in rows if str(r[1]).startswith("set aside")),
            folder=folder,
        ),
        "gaps": View("Gaps", ("place", "kind", "what", "amount", "next"), tuple(rows[: len(gaps)]), folder=folder),
    }
    return View(
        "Problems",
        ("place", "kind", "what", "amount", "next"),
        tuple(rows),
        f"{len(rows)} in all" + (f" · {first[0]}" if any(held.values()) else ""),
        explained=(*(first if any(held.values()) else ()), *marked.readings(made, place)),
        sourced=sourced,
        folder=folder,
        parts=parts,
    )


def reconcile(made: Dossier, folder: Path) -> View:
    """Return every check that a statement or file allows."""
    numbers = {e.sha256: e.number for e in made.exhibits}
    rows = [
        (
            f"{numbers.get(c.cite.exhibit, '?')}@{c.cite.locator}",
            c.account,
            c.check,
            c.outcome,
            _money(c.expected, c.currency),
            _money(c.found, c.currency),
            _money(c.difference, c.currency),
            c.note,
        )
        for c in sorted(
            made.reconciliations,
            key=lambda c: (c.outcome != "off", numbers.get(c.cite.exhibit, ""), c.cite.locator, c.check),
        )
    ]
    outcomes = Counter(c.outcome for c in made.reconciliations)
    return View(
        "Reconciliation",
        ("place", "account", "check", "outcome", "expected", "found", "difference", "note"),
        tuple(rows),
        " · ".join(f"{n} {k}" for k, n in sorted(outcomes.items())),
        problems=tuple(f"{r[0]} {r[2]}: difference {r[6]}" for r in rows if r[3] == "off"),
        folder=folder,
    )


# trace


def _range(bounds: Bounds) -> str:
    return f"{Money(bounds.floor, bounds.currency)} to {Money(bounds.ceiling, bounds.currency)}"


def traced(made: Dossier, folder: Path) -> View:
    """Return assets first, then other targets by amount: a column per rule, floor, ceiling, and what holds."""
    result = made.trace
    if not result.claims:
        return _untraced(made, folder)
    heads = (
        "target",
        "paid_or_held",
        *(RULE_NAMES[rule][0] for rule in result.rules),
        "floor",
        "ceiling",
        "over_orders",
        "holds",
    )
    order = sorted(
        result.targets,
        key=lambda t: (t.kind != "asset", t.kind != "balance", -max(t.by_rule.values(), default=0), t.target),
    )
    shown = [t for t in order if any(t.by_rule.values()) or t.kind == "asset" or t.bounds.ceiling]
    printed = Printed(made)
    names = printed.targets(shown)
    rows = [
        (
            names[t.target],
            Money(t.recorded, t.currency),
            *(Money(t.by_rule[rule], t.currency) for rule in result.rules),
            Money(t.bounds.floor, t.currency),
            Money(t.bounds.ceiling, t.currency),
            _span(t, made.case.tracing.selected),
            printed.told(_holds(t)),
        )
        for t in shown
    ]
    parts = {names[t.target]: _one(t, made, folder, names[t.target], printed) for t in shown}
    parts |= chosen.parts(made, folder)
    joint = [
        f"jointly {'; '.join(map(printed.target, b.targets))}: {_range(b)} of {Money(b.recorded, b.currency)}"
        for b in result.joint
        if len(b.targets) > 1  # of one target alone the row above says it
    ]
    words = [
        f"{code} = {english} ({chinese})" for code, english, chinese in (RULE_NAMES[rule] for rule in result.rules)
    ]
    orders = [f"same-day order, {names[t.target]}: {said}" for t in shown for said in _over_orders(t)]
    left_out = [t for t in order if t not in shown]
    foot = f"{len(shown)} targets reached of {len(order)} · {len(result.blocks)} days without order"
    return View(
        f"What became of {', '.join(c.label for c in result.claims)}: {', '.join(str(Money(c.amount, c.currency)) for c in result.claims)}",
        heads,
        tuple(rows),
        foot
        + (f" · {len(left_out)} targets with 0 under every rule not shown" if left_out else "")
        + (f" · not traced: {', '.join(missing)} (tracer problems)" if (missing := untraced.left_out(made)) else "")
        + chosen.foot(result),
        explained=(
            *(line for side in untraced.others(made) for line in side),
            *(line for side in untraced.others_next(made) for line in side),
            *words,
            *joint,
            *orders,
            *(f"parameter {key}: {value}" for key, value in result.parameters.items()),
        ),
        sourced=_sources((made.postings[c.posting].cite for c in result.claims), made.exhibits),
        run=result.run,
        folder=folder,
        parts=parts,
        problems=tuple(printed.told(g.description_en) for g in made.gaps),
        drawn=lambda target="", rule="", rendering="full": chart(
            made, "flow", target, rule, None, folder, rendering=rendering
        ),
    )


def _untraced(made: Dossier, folder: Path) -> View:
    """Return why there is nothing to follow, and what a person does about it: no event is stated, or none could be followed.

    A credit that is held is not asked for: what is wrong with the event as stated, its gap says.
    """
    printed = Printed(made)
    at_hand = {
        event.id: gap for event in made.case.events if (gap := untraced.reason_of(event, made)) and not gap.ask_en
    }
    title = untraced.title(made)[0]
    call = untraced.next_call(made)[0]
    return View(
        title,
        ("event", "what_is_needed"),
        tuple(
            (
                event.id,
                printed.told(at_hand[event.id].description_en)
                if event.id in at_hand
                else f"a booked credit of {event.account} that carries {event.entry!r}",
            )
            for event in made.case.events
        ),
        call,
        explained=(
            "Without the posting by which proceeds entered an account there is nothing that a rule could follow.",
        ),
        run=made.trace.run,
        folder=folder,
        problems=(title,),
        is_unanswered=True,
        drawn=lambda target="", rule="", rendering="full": chart(
            made, "flow", target, rule, None, folder, rendering=rendering
        ),
    )


def _holds(target: AssetTrace) -> str:
    held = "rests wholly on the rule chosen"
    if target.bounds.floor:
        held = f"at least {Money(target.bounds.floor, target.currency)} under every conserving rule"
    said = target.holds_under or (held,)
    return "; ".join([*said, f"rests on {', '.join(target.rests_on)}"] if target.rests_on else said)


def _span(target: AssetTrace, rule: str) -> str:
    """Return the least and the most of the selected rule over the orders of days that no record orders; else which rules move."""
    least, most = target.by_order.get(rule, (0, 0))
    if least < most:
        return f"{RULE_NAMES[rule][0]} {Money(least, target.currency)} to {Money(most, target.currency)}"
    others = ", ".join(RULE_NAMES[other][0] for other, (low, high) in target.by_order.items() if low < high)
    return f"not {RULE_NAMES[rule][0]}; {others} do" if others else ""


def _over_orders(target: AssetTrace) -> list[str]:
    """Return the least and the most of each rule whose figure moves with the order of days that no record orders."""
    moved = {rule: span for rule, span in target.by_order.items() if span[0] < span[1]}
    if not moved:
        return []
    spans = ", ".join(
        f"{RULE_NAMES[rule][0]} {Money(least, target.currency)} to {Money(most, target.currency)}"
        for rule, (least, most) in moved.items()
    )
    listed = f"over {target.orders} orders" if target.orders else "too many orders to list: floor to ceiling"
    return [f"{spans} ({listed} of {target.days} days without order)"]


def _one(target: AssetTrace, made: Dossier, folder: Path, name: str, printed: Printed) -> View:
    """Return the entries of one target under every rule, and its floor and ceiling in words."""
    rows = []
    cites = []
    for account in made.trace.accounts:
        for row in account.rows:
            if row.posting in target.postings:
                cites.append(row.cite)
                rows.append(
                    (
                        printed.account(account.account),
                        row.day,
                        Money(row.amount, account.currency),
                        *(Money(row.traced_out.get(rule, 0), account.currency) for rule in made.trace.rules),
                        row.text,
                        printed.cite(row.cite) if row.cite else None,
                    )
                )
    heads = ("account", "day", "paid", *(RULE_NAMES[rule][0] for rule in made.trace.rules), "text", "cite")
    words = (
        *(f"Same-day order: {said}" for said in _over_orders(target)),
        f"Floor {Money(target.bounds.floor, target.currency)}:",
        *map(printed.told, target.bounds.words_floor),
        f"Ceiling {Money(target.bounds.ceiling, target.currency)}:",
        *map(printed.told, target.bounds.words_ceiling),
    )
    return View(
        name,
        heads,
        tuple(rows),
        _range(target.bounds),
        explained=words,
        sourced=_sources(cites, made.exhibits),
        run=made.trace.run,
        folder=folder,
    )


# owners, nexus


def owners(made: Dossier, target: str, as_of: date | None, folder: Path) -> View:
    """Return the verdicts, one row per law, person and target; never one blended figure."""
    from tracer import owners as room

    names = {p.record: p.called for p in made.parties.values() if p.called}
    records = {name.casefold(): record for record, name in names.items()}
    wanted = records.get(target.casefold(), target)
    wanted = made.same_parties.get(wanted, wanted)
    called = {made.same_parties.get(r, r) for r, name in names.items() if name.casefold() == target.casefold()}
    if len(called) > 1 and target not in names:
        raise CaseError(
            f"{len(called)} parties are called {target!r}.",
            where="owners",
            meaning="Nothing was computed: a name does not say which of them is meant.",
            next_call="tracer owners RECORD with one of " + ", ".join(sorted(called)[:10]),
        )
    if target and wanted not in names:
        raise CaseError(
            f"No party is called {target!r}.",
            where="owners",
            meaning="Nothing was computed." if names else "No record of the case names a party: nothing was computed.",
            next_call="one of " + ", ".join(sorted(names.values())[:10])
            if names
            else "tracer load FILE   (a register of owners: BODS statements, UK PSC lines; or an asset register)",
        )
    verdicts, residuals, day = made.verdicts, made.residuals, as_of or made.case.as_of
    if target:
        day = as_of or next((v.as_of for v in made.verdicts if v.target == wanted), made.case.as_of)
        verdicts = cited(
            room.verdicts(
                made.parties, made.interests, wanted, as_of=day, sanctioned=made.case.sanctioned, same=made.same_parties
            ),
            made,
        )
        residuals = room.residuals(made.parties, made.interests, wanted, as_of=day, same=made.same_parties)
    shown = _told_apart(names, made.same_parties)
    rows: list[tuple[Any, ...]] = [
        (
            shown.get(v.target, v.target),
            shown.get(v.person, v.person),
            v.law,
            v.verdict,
            ", ".join(v.basis),
            ", ".join(f"{name} {share}" for name, share in v.figures.items()),
            v.as_of,
            "; ".join((*v.assumptions, *v.flags)),
        )
        for v in sorted(verdicts, key=lambda v: (v.target, v.law, v.person))
    ]
    explained = [
        f"{shown.get(v.target, v.target)} / {shown.get(v.person, v.person)} / {v.law}: {v.verdict} by {', '.join(v.basis) or 'no test'}; proof: {', '.join(v.chains) or '-'}; {v.rule_version}"
        for v in verdicts
    ]
    cites = [
        i.cite for key, i in made.interests.items() if any(key in v.chains or i.record in v.chains for v in verdicts)
    ]
    beside = _undocumented(residuals, () if target else made.hygiene, shown)
    answered = {v.target for v in verdicts}
    bare = {one.entity: (one.as_of, str(one.share)) for one in residuals if one.entity == one.target not in answered}
    if target and not answered and not bare:
        bare[wanted] = (day, "")
    nobody = []
    for entity, (on, part) in bare.items():
        why = _why_nobody(made, entity, on, shown)
        said = f"nobody is documented behind {shown.get(entity, entity)} on {on}" + (
            f": {part} undocumented" if part else ""
        )
        nobody.append(said)
        explained.append(said + (f" ({why})" if why else ""))
        rows.append(
            (
                shown.get(entity, entity),
                "nobody documented",
                None,
                None,
                "",
                f"undocumented {part}" if part else "",
                on,
                why,
            )
        )
    explained += beside
    answers = Counter(v.verdict for v in verdicts)
    parts = [*nobody] if len(nobody) < 2 else [f"nobody is documented behind {len(nobody)} of these entities"]
    parts += [f"{n} {answer}" for answer, n in sorted(answers.items())]
    parts += [f"not documented, or refused: {len(beside)} (see .explain())"] if beside else []
    return View(
        "Who stands behind it",
        ("entity", "person", "law", "verdict", "basis", "figures", "as_of", "assumptions"),
        tuple(rows),
        " · ".join(parts),
        explained=tuple(explained),
        sourced=_sources(cites, made.exhibits),
        problems=tuple(nobody),
        folder=folder,
        drawn=lambda rendering="full": chart(made, "owners", wanted, "", as_of, folder, rendering=rendering),
    )


def _told_apart(names: dict[str, str], same: Mapping[str, str]) -> dict[str, str]:
    """Return record -> name; of a name that several parties bear, with the record beside it."""
    bearers: dict[str, set[str]] = defaultdict(set)
    for record, name in names.items():
        bearers[name.casefold()].add(same.get(record, record))
    return {
        record: f"{name} ({record})" if len(bearers[name.casefold()]) > 1 else name for record, name in names.items()
    }


def _why_nobody(made: Dossier, entity: str, day: date, names: dict[str, str]) -> str:
    """Say what the sources state of an entity that nobody stands behind on a day: what ended, begins, or names no party."""
    kind = next((p.kind for p in made.parties.values() if p.record == entity), "")
    told = [f"recorded as {kind}"] if kind in {"person", "state"} else []
    stated = [i for i in made.interests.values() if made.same_parties.get(i.subject, i.subject) == entity]
    for one in sorted(stated, key=lambda i: (i.owner, i.record, i.valid_to or date.max)):
        owner = names.get(one.owner, one.owner)
        if one.known_to is not None:
            continue  # a later statement of the source stands in its place
        if one.valid_to is not None and one.valid_to <= day:
            told.append(f"an interest of {owner} ended on {one.valid_to}")
        elif one.valid_from is not None and one.valid_from > day:
            told.append(f"an interest of {owner} begins on {one.valid_from}")
        elif one.owner not in names:
            told.append(f"an interest names {owner}, which no record describes")
    rest = "no interest in it leads to a person on that day" if stated else "no source states an interest in it"
    return "; ".join(dict.fromkeys(told)) or rest


def _undocumented(
    residuals: Iterable[Residual], defects: Iterable[tuple[str, tuple[str, ...]]], names: dict[str, str]
) -> list[str]:
    """Return what no source documents of an entity or above it, and every loop or impossible table, line by line."""
    lines = []
    for one in residuals:
        why = "" if one.status == "PERSONS" else f" ({one.status}{f', {one.reason}' if one.reason else ''})"
        lines.append(
            f"{names.get(one.entity, one.entity)}: {one.share} not documented by any source on {one.as_of}{why}"
        )
    for code, members in defects:
        if code in {"CLOSED_LOOP", "OVERSUBSCRIBED"}:
            lines.append(f"{code}: {', '.join(names.get(m, m) for m in members)}")
    return lines


def nexus_view(made: Dossier, folder: Path) -> View:
    """Return one row per wire and US institution, and the totals per grade, which are never added."""
    rows = []
    parts = {}
    for wire in made.wires:
        value = Money(wire.settled_max, wire.currency) if wire.settled_max is not None and wire.currency else None
        for us in wire.us or (None,):
            rows.append(
                (
                    wire.wire_id[:24],
                    wire.value_date,
                    value,
                    us.id if us else "-",
                    us.grade if us else wire.grade,
                    ", ".join(us.roles) if us else "",
                    us.sentence_en if us else wire.sentence,
                    "; ".join(wire.notes),
                )
            )
        parts[wire.wire_id] = View(
            wire.wire_id,
            ("what", "value"),
            (("documents", ", ".join(wire.documents)),),
            explained=tuple(nexus.explain(wire).splitlines()),
            folder=folder,
        )
    grades: dict[str, int] = defaultdict(int)
    for wire in made.wires:
        grades[wire.grade] += 1
    return View(
        "US institutions by wire",
        ("wire", "day", "value", "institution", "grade", "roles", "may_be_said", "notes"),
        tuple(rows),
        "tested "
        f"{len(made.wires)} of {len(made.wires)} wires: "
        + ", ".join(f"{n} {grade}" for grade, n in sorted(grades.items())),
        explained=tuple(str(line) for line in _total_lines(made)),
        folder=folder,
        parts=parts,
    )


def _total_lines(made: Dossier) -> Iterator[str]:
    per: dict[tuple[str, str], list[int]] = defaultdict(list)
    for wire in made.wires:
        if wire.settled_max is not None:
            per[(wire.grade, wire.currency)].append(wire.settled_max)
    for (grade, currency), amounts in sorted(per.items()):
        yield f"{grade}: {len(amounts)} wires, {Money(sum(amounts), currency)} (each wire once; grades are never added together)"


# charts


@dataclasses.dataclass(frozen=True)
class Chart:
    """A picture with two renderings: a page to click and an exhibit to print."""

    picture: Any
    folder: Path

    def save(self, path: str) -> Path:
        """Write `.svg`, `.pdf`, `.png` or `.html` into the case's `out/`; further pages stand beside it as `NAME_2.svg`."""
        return self.pages(path)[0]

    def pages(self, path: str) -> list[Path]:
        """Write the chart and return every file: an SVG or a PNG holds one page, a PDF and an HTML page hold all."""
        kind = Path(path).suffix.lstrip(".").lower()
        if kind not in {"svg", "pdf", "png", "html"}:
            raise CaseError(
                f"{path!r} ends in no kind of chart.",
                where=path,
                meaning="Nothing was written.",
                next_call='.save("flow.svg") - or .pdf, .png, .html',
            )
        from tracer import charts

        target = place_in(self.folder, path)
        if kind == "html":
            return [write_whole(target, charts.page(self.picture).encode())]
        if kind == "pdf":
            return [write_whole(target, charts.still(self.picture, "pdf"))]
        drawn = _sheets(target.stem, self.picture, kind)
        places = [target, *(target.with_name(name) for name in list(drawn)[1:])]
        return [write_whole(place, data) for place, data in zip(places, drawn.values(), strict=True)]

    def show(self) -> Chart:
        """Print what the chart shows, and return it."""
        print(repr(self))
        return self

    def __repr__(self) -> str:
        from tracer import charts

        return charts.plain(self.picture, ROWS_SHOWN)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        import base64

        from tracer import charts

        png = base64.b64encode(charts.still(self.picture, "png", dpi=100)).decode()
        return {"text/plain": repr(self), "text/html": charts.frame(self.picture), "image/png": png}


def chart(
    made: Dossier,
    kind: str,
    target: str,
    rule: str,
    as_of: date | None,
    folder: Path,
    *,
    rendering: str = "full",
) -> Chart:
    """Return a chart of a kind, in a rendering: `public` masks before a picture exists (annex.md section 10)."""
    from tracer import charts

    if rendering not in {"full", "public"}:
        raise CaseError(
            f"{rendering!r} is no rendering.",
            where="chart",
            meaning="Nothing was drawn.",
            next_call="one of full, public",
        )
    masked: Any = rendering
    charts.prepare()
    if kind == "flow":
        chosen = rule or made.case.tracing.selected
        hits = _meant(made, target) if target else []
        if not made.trace.claims or (target and not hits):
            raise CaseError(
                f"No target is called {target!r}."
                if made.trace.claims
                else "Nothing is traced: there is no flow to draw.",
                where="chart",
                meaning="Nothing was drawn.",
                next_call="case.trace()   (lists the targets, or says what is missing before there are any)",
            )
        if len(hits) > 1:
            raise CaseError(
                f"{target!r} names {len(hits)} targets.",
                where="chart",
                meaning="Nothing was drawn: a chart of the wrong one looks like a chart of the right one.",
                next_call="one of " + ", ".join(repr(name) for name in hits[:8]),
            )
        return Chart(charts.flow(made, hits[0] if hits else None, chosen, rendering=masked), folder)
    if kind == "owners":
        names = {p.called.casefold(): p.record for p in made.parties.values() if p.called}
        record = names.get(target.casefold(), target) or _deepest(made)
        day = as_of or next((v.as_of for v in made.verdicts if v.target == record), made.case.as_of)
        return Chart(charts.owners(made, record, day, rendering=masked), folder)
    raise CaseError(
        f"{kind!r} is no kind of chart.", where="chart", meaning="Nothing was drawn.", next_call="one of flow, owners"
    )


def _meant(made: Dossier, wanted: str) -> list[str]:
    """Return the targets that a word may mean: one so called in full, else assets that hold it, else any other."""
    word = wanted.casefold()
    names = {t.target: (t, f"{t.target} {t.name}".casefold()) for t in made.trace.targets}
    full = [name for name, (t, _) in names.items() if word in {name.casefold(), t.name.casefold(), _record(name)}]
    held = [(name, t.kind == "asset") for name, (t, text) in names.items() if word in text]
    return full or [name for name, is_asset in held if is_asset] or [name for name, _ in held]


def _record(target: str) -> str:
    return target.removeprefix("sink:ASSET:").casefold()


def _deepest(made: Dossier) -> str:
    """Return the titleholder or account holder to whom most chains lead: the one that a meeting asks about first."""
    targets = dict.fromkeys(v.target for v in made.verdicts)
    return max(targets, key=lambda target: sum(c.target == target for c in made.chains), default="")


def charts_of(made: Dossier) -> dict[str, bytes]:
    """Return the charts of an annex: file name -> bytes, a flow per asset and a tree per titleholder."""
    from tracer import charts

    drawn: dict[str, bytes] = {}
    rule = made.case.tracing.selected
    assets = [t.target for t in made.trace.targets if t.kind == "asset"]
    holders = dict.fromkeys((v.target, v.as_of) for v in made.verdicts)
    for n, target in enumerate(assets):
        say("drawing charts", n, len(assets) + len(holders))
        drawn |= _both(f"flow_{_slug(target)}", charts.flow(made, target, rule))
    for n, (entity, day) in enumerate(holders, len(assets)):
        say("drawing charts", n, len(assets) + len(holders))
        drawn |= _both(f"owners_{_slug(entity)}_{day}", charts.owners(made, entity, day))
    return drawn


def _both(name: str, picture: Any) -> dict[str, bytes]:
    from tracer import charts

    try:
        drawn = _sheets(f"charts/{name}", picture, "svg") | _sheets(f"charts/{name}", picture, "png")
    except charts.MissingGlyphs as refusal:  # the page shows them by the reader's fonts: one name never stops an annex
        drawn = {f"charts/{name}_not_drawn.txt": ("\n".join(refusal.lines()) + "\n").encode()}
    return {**drawn, f"charts/{name}.html": charts.page(picture).encode()}


def _sheets(name: str, picture: Any, kind: Any) -> dict[str, bytes]:
    """Return every page of an exhibit: `NAME.svg`, `NAME_2.svg`; without the second, half of the transfers would be lost."""
    from tracer import charts

    pages = range(1, charts.sheet_count(picture) + 1)
    return {f"{name}{f'_{n}' if n > 1 else ''}.{kind}": charts.still(picture, kind, sheet=n) for n in pages}


def _slug(text: str) -> str:
    """Return a name for a file: one that had to be changed carries a hash, so that two never share a file (safety.md S4)."""
    plain = text.removeprefix("sink:ASSET:")
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in plain).strip("_")[:60]
    return kept if kept == plain else f"{kept or 'target'}-{hashlib.sha256(plain.encode()).hexdigest()[:8]}"


# annex, verify, rebuild


def written(files: Sequence[Any], requirements: Sequence[Any], folder: Path) -> View:
    """Return the files written, and what the route still misses."""
    paths = [Path(f) for f in files]
    open_items = [r for r in requirements if r.status in {"missing", "partial"}]
    rows = tuple((str(p.relative_to(folder)) if p.is_relative_to(folder) else p.name, p.stat().st_size) for p in paths)
    return View(
        "Annex",
        ("file", "bytes"),
        rows,
        f"{len(open_items)} of {len(requirements)} requirements open",
        problems=tuple(f"{r.req_id} {r.status}: {r.text_en}" for r in open_items),
        folder=folder,
    )


def verified(wrong: Sequence[str], ledger: Ledger, folder: Path) -> View:
    """Return what does not verify; an empty table is good."""
    foot = (
        "exhibits, segments, decisions and log agree with their hashes"
        if not wrong
        else "no figure may rest on this case until it is explained"
    )
    return View(
        "Verify",
        ("what_differs",),
        tuple((line,) for line in wrong),
        f"{foot} · chain head {ledger.head().chain[:16]}",
        problems=tuple(wrong),
        folder=folder,
    )


def rebuilt(done: Sequence[loading.Loaded], before: str, after: str, folder: Path) -> View:
    """Return what was read again, and whether the content head is the same."""
    view = loaded(done, folder)
    same = "content head unchanged" if before == after else f"content head {before[:12]} became {after[:12]}"
    return replace(
        view,
        title="Rebuilt",
        foot=f"{view.foot} · {same}",
        problems=view.problems if before == after else (same, *view.problems),
    )

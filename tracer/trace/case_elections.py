"""Elections that case.yaml states, carried out on the entries of a case and told beside the trace, which they never change.

::

    specific_identification  R0: a credit is held apart for the debit that passed it on
    restoration              a credit with evidence of intent to restore what was taken
    backward_link            R7: a later credit of proceeds paid, by pleaded coordination, for an earlier payment
    account_group            swept, pooled or commonly controlled accounts are one
    cash_redeposit           cash drawn and cash paid in are one, by an accepted inference
    parameter                bundle, interest, fee, mixed_repay, proceeds_subrule, round_trips, reversal, libr
    banco_cafetero           R8: a = own money first on a balance, b = proceeds first on an asset, c = averaging
    oatway                   narrow or wide: the claimant looks to assets, in the order elected

Each is computed alone, under every rule of the run; those that restate entries are computed together as well. The figures
are compared with the trace as it stands; one that cannot be carried out is refused with a sentence, and nothing else stops.

Checks:  every elected figure lies in the interval with the election on (`bounds_switched.py`), and every replay is admissible
         on the entries it ran over. Claims on several targets are refused beyond their joint ceiling: the same cents would be
         claimed twice (tracing.md 5.4, R8).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tracer.model import (
    CheckFailed,
    Cite,
    Difference,
    Elected,
    Election,
    NotCovered,
    Posting,
    RuleError,
    TraceResult,
    major,
)
from tracer.trace.bounds import bounds, build
from tracer.trace.bounds_graph import FlowGraph
from tracer.trace.bounds_switched import ARCS, Link, Switches, switched
from tracer.trace.case_books import Books
from tracer.trace.changes import interest_rows, interest_under, listed, rows_by_posting
from tracer.trace.day_orders import VARIANTS, in_variant
from tracer.trace.elected import Elections, Run, elect, run_elected
from tracer.trace.election_claims import claimed, never_twice
from tracer.trace.election_names import (
    Material,
    account_of,
    authority_of,
    event_of,
    line_of,
    not_carried_out,
    refused,
    words_of,
)
from tracer.trace.entries import Entries, target_names
from tracer.trace.events import Book, Event, Holding, enter
from tracer.trace.restated import BackwardLink

__all__ = ["PARAMETERS", "elections_of"]

#: Parameters of a run that may be elected, with their values; the first is the default of a case.
PARAMETERS: dict[str, tuple[str, ...]] = {
    "bundle": ("ordered", "blended"),
    "interest": ("prorata_posting", "prorata_daily", "clean", "unknown", "proceeds"),
    "fee": ("rule", "clean_first"),
    "mixed_repay": ("pro_rata", "clean_first"),
    "proceeds_subrule": ("pro_rata", "fifo"),
    "round_trips": ("kept", "netted"),
    "reversal": ("void", "new_credit_tail"),
    "libr": VARIANTS,
}

#: Targets whose interval with the election on is solved; of more, the figures of the rules stand alone.
_TARGETS = 60


@dataclass(frozen=True, slots=True, eq=False)
class _Made:
    """One set of elections ready to run: the events, the elections, switches of its network, and what it says of itself."""

    book: Book
    elections: Elections
    links: tuple[tuple[str, str], ...] = ()
    restored: tuple[str, ...] = ()
    groups: Mapping[str, tuple[str, ...]] | None = None
    notes: tuple[tuple[str, str], ...] = ()
    cites: tuple[Cite, ...] = ()
    currency: str = ""
    rules: tuple[str, ...] = ()


def elections_of(
    entries: Entries,
    opened: Entries | None,
    row_of: Mapping[str, int],
    postings: Mapping[str, Posting],
    result: TraceResult,
    chosen: Sequence[Election],
    *,
    bundle: str = "ordered",
    exhibits: Sequence[str] | None = None,
    returned: Callable[[], Books] | None = None,
) -> tuple[Elected, ...]:
    """Return what each election does alone, then all that restate entries together.

    entries, opened  with balances carried through holes, and with every hole open (None: no hole); row_of: posting -> row
    exhibits         numbers and names of the exhibits that may leave; evidence that names none of them is refused
    returned         the books in which payments that came back bring what they took; None: no payment came back
    """
    at = Material(entries, opened, row_of, postings, result, bundle, returned)
    known = None if exhibits is None else set(exhibits)
    told: list[Elected] = []
    good: list[Election] = []
    for one in chosen:
        try:
            missing = [name for name in one.evidence if known is not None and name not in known]
            if missing:
                raise refused(
                    f"{missing[0]!r} is no exhibit that may leave the case.",
                    "An election stands on evidence that the reader can ask for.",
                    "name exhibits by number or file name, as `tracer status` lists them",
                )
            if one.kind in ("banco_cafetero", "oatway"):
                told.append(claimed(at, one))
                continue
            told.append(_one(at, (one,)))
            good.append(one)
        except (RuleError, NotCovered) as gone:
            told.append(not_carried_out(one, gone))
    told = never_twice(at, told, chosen)
    if len(good) > 1:
        try:
            told.append(_one(at, tuple(good)))
        except (RuleError, NotCovered) as gone:
            first = replace(good[0], id="+".join(one.id for one in good), reason="")
            told.append(not_carried_out(first, gone))
    return tuple(told)


# -- one set of elections


def _ready(given: Material, chosen: Sequence[Election]) -> _Made:
    at, told = _basis(given, chosen)
    book = listed(_interest(at, chosen))
    made = _Made(book, Elections(bundle=at.bundle))
    links: list[tuple[str, str]] = []
    back: list[BackwardLink] = []
    restored: list[str] = []
    cites: list[Cite] = []
    notes: list[tuple[str, str]] = [*told]
    groups: dict[str, tuple[str, ...]] = {}
    parameters: dict[str, object] = {}
    currencies: set[str] = set()
    for one in chosen:
        if one.kind == "account_group":
            groups[one.id] = tuple(account_of(at, name) for name in one.accounts)
            if len(set(groups[one.id])) < 2:
                raise refused(
                    f"Group {one.id} names {len(set(groups[one.id]))} account.",
                    "One account is a group already; nothing would change.",
                    "name two accounts or more",
                )
            continue
        if one.kind == "parameter":
            parameters |= _parameter(at, one)
            continue
        credit = line_of(at, one.credit, one.account, credit=True)
        currencies.add(at.entries.currencies[int(at.entries.account[at.row_of[credit]])])
        cites.append(at.postings[credit].cite)
        if one.kind == "restoration":
            restored.append(event_of(at, book, credit))
            continue
        if one.kind == "cash_redeposit":
            debits = [line_of(at, part, "", credit=False) for part in one.debit.split(";") if part.strip()]
            cites += [at.postings[key].cite for key in debits]
            book = _through_cash(at, book, debits, credit)
            continue
        debit = line_of(at, one.debit, one.account if one.kind == "specific_identification" else "", credit=False)
        cites.append(at.postings[debit].cite)
        if one.kind == "specific_identification":
            links.append((event_of(at, book, credit), debit))
            notes.append(_competing(at, credit, debit))
        else:
            back.append(BackwardLink(event_of(at, book, credit), debit, one.evidence))
    elections = replace(
        made.elections,
        specific_id=tuple(links),
        r7=tuple(back),
        restoration=tuple(restored),
        group=groups,
        cash_link="accepted",
        **parameters,  # type: ignore[arg-type]  # names and values of `Elections`, as `_parameter` checked
    )
    return _Made(
        book,
        elections,
        tuple((link.credit, link.payment) for link in back),
        tuple(restored),
        groups,
        tuple(notes),
        tuple(dict.fromkeys(cites)),
        currencies.pop() if len(currencies) == 1 else "",
        at.result.rules if _option(chosen, "libr") == VARIANTS[0] else ("libr",),
    )


def _option(chosen: Sequence[Election], name: str) -> str:
    """Return the value elected for a parameter, or that of the trace as it stands."""
    stated = (one.option for one in chosen if one.kind == "parameter" and one.name == name)
    return next(stated, PARAMETERS[name][0])


def _basis(at: Material, chosen: Sequence[Election]) -> tuple[Material, list[tuple[str, str]]]:
    """Return the entries that the elections begin with: payments back as elected, days in the order of a variant of LIBR."""
    told: list[tuple[str, str]] = []
    stated = [one.name for one in chosen if one.kind == "parameter"]
    if twice := [name for name in stated if stated.count(name) > 1]:
        raise refused(
            f"{twice[0]} is elected in several ways at once.",
            "Each election is computed alone; together only one value of a parameter can hold.",
            "state the elections that are meant to hold together, one value each",
        )
    if any(one.kind == "parameter" and one.name == "reversal" for one in chosen):
        if at.returned is None:
            raise refused(
                "No payment of the case was reversed.",
                "There is no reversal to be read in another way.",
                "leave the election out",
            )
        if _option(chosen, "reversal") == "new_credit_tail":
            books = at.returned()
            at = replace(at, entries=books.carried, opened=books.opened, row_of=rows_by_posting(books.carried))
    variant = _option(chosen, "libr")
    if variant in VARIANTS[1:]:
        if "libr" not in at.result.rules:
            raise refused(
                f"{variant} is a variant of libr, which this run does not compute.",
                "Nothing was computed.",
                "add libr to tracing.methods of case.yaml",
            )
        entries, moved = in_variant(at.entries, variant, at.postings)
        at = replace(at, entries=entries, row_of=rows_by_posting(entries))
        told.append(
            (
                f"LIBR alone; {moved:,} entries stand in another place than in the trace",
                f"仅计算 LIBR；{moved:,} 笔记账的位置与追踪所采次序不同",
            )
        )
    return at, told


def _interest(at: Material, chosen: Sequence[Election]) -> Entries:
    """Return the entries with interest without a label, where a policy on interest is elected; `unknown` gives it one."""
    wanted = next((one.option for one in chosen if one.kind == "parameter" and one.name == "interest"), "")
    if not wanted:
        return at.entries
    rows = interest_rows(at.entries, at.postings)
    if not len(rows):
        raise refused(
            "No credit of the case is interest by the bank's own code or words.",
            "There is no interest whose origin could be elected.",
            "leave the election out",
        )
    return interest_under(at.entries, rows, "unknown" if wanted == "unknown" else "prorata_posting")


def _parameter(at: Material, one: Election) -> dict[str, object]:
    if one.name not in PARAMETERS or one.option not in PARAMETERS[one.name]:
        among = PARAMETERS.get(one.name, tuple(PARAMETERS))
        raise refused(
            f"{one.name} {one.option!r} cannot be elected.",
            "Each choice is printed with the result, so it must be one that has a meaning.",
            f"one of {', '.join(among)}",
        )
    if one.name == "round_trips":
        return {"net_roundtrips": one.option == "netted"}
    if one.name in ("reversal", "libr") or (one.name, one.option) == ("interest", "unknown"):
        return {}  # `_basis` and `_interest` carry these out
    return {one.name: one.option}


def _through_cash(at: Material, book: Book, debits: Sequence[str], credit: str) -> Book:
    """Take cash drawn and paid in again as transfers by a place of lots, under the same rule (tracing.md 1.3, E13)."""
    if not debits:
        raise refused("No debit of cash is named.", "Cash comes from somewhere.", "name the debits, parted by `;`")
    currency = at.entries.currencies[int(at.entries.account[at.row_of[credit]])]
    place = f"CASH:{currency}"
    order = {e.id: k for k, e in enumerate(book.events)}
    for key in (*debits, credit):
        event = book.event(key)
        own = at.entries.currencies[int(at.entries.account[at.row_of[key]])]
        if event.kind not in ("debit", "credit") or own != currency or order[key] > order[credit]:
            raise refused(
                f"{key[:12]} cannot be cash drawn and paid in again.",
                "Cash is drawn before it is paid in, in its own currency, and no other record tells where either went.",
                "name debits that left the held accounts, and a later credit from outside",
            )
    drawn = sum(book.event(key).amount for key in debits)
    before = sum(e.amount for e in book.events if e.to == place) - sum(
        e.amount for e in book.events if e.account == place
    )
    if book.event(credit).amount > drawn + before:
        raise refused(
            f"{major(book.event(credit).amount, currency)} {currency} were paid in, and {major(drawn, currency)} drawn.",
            "More cash came back than is said to have been drawn: the rest has another origin.",
            "name every debit it came from, or leave the election out",
        )
    events = [_as_cash(e, place, debits, credit) for e in book.events]
    holdings = book.holdings
    if all(h.name != place for h in holdings):
        holdings = (*holdings, Holding(place, currency))
    return replace(book, holdings=holdings, events=tuple(events))


def _as_cash(event: Event, place: str, debits: Sequence[str], credit: str) -> Event:
    if event.id in debits:
        return replace(event, kind="transfer", to=place, sink="", sink_type="")
    if event.id == credit:
        return replace(event, kind="transfer", account=place, to=event.account, labels=(), link="cash")
    return event


def _competing(at: Material, credit: str, debit: str) -> tuple[str, str]:
    """Return how many other debits of the account fit the credit as well: within three days and 1%."""
    e, c, d = at.entries, at.row_of[credit], at.row_of[debit]
    near = (
        (e.account == e.account[c])
        & ~e.credit
        & (np.arange(len(e)) > c)
        & (e.day >= e.day[c])
        & (e.day <= e.day[c] + 3)
        & (np.abs(e.amount - e.amount[c]) * 100 <= e.amount[c])
    )
    near[d] = False
    others = np.flatnonzero(near).tolist()
    listed_ = ", ".join(str((e.source or ())[row])[:12] for row in others[:5])
    days = int(e.day[d]) - int(e.day[c])
    apart = f"{days} days apart" if e.day[c] >= 0 and e.day[d] >= 0 else "days not known"
    en = f"{apart}, {len(others)} other debits within 3 days and 1% of the credit{f': {listed_}' if others else ''}"
    zh = f"相隔 {days} 日；三日内且差额不超过1%的其他借记 {len(others)} 笔{f'：{listed_}' if others else ''}"
    return en, zh


def _one(at: Material, chosen: Sequence[Election]) -> Elected:
    made = _ready(at, chosen)
    runs = {rule: run_elected(made.book, rule, made.elections) for rule in made.rules}
    labels = set(at.result.labels)
    stated = elect(made.book, made.elections)
    spans, note = _intervals(at, made, stated, runs)
    figures = _differences(at, made, runs, labels, spans)
    en, zh = ("; ".join(words) for words in zip(*(words_of(one) for one in chosen), strict=True))
    moved = {rule: sum(run.moved.values()) for rule, run in runs.items()}
    notes_en, notes_zh = ([*(n[k] for n in made.notes)] + ([note[k]] if note[k] else []) for k in (0, 1))
    return Elected(
        ids=tuple(one.id for one in chosen),
        kind=chosen[0].kind if len(chosen) == 1 else "together",
        status="elected",
        words_en=en if len(chosen) == 1 else f"together: {en}",
        words_zh=zh if len(chosen) == 1 else f"合并：{zh}",
        figures=figures,
        moved=moved if any(moved.values()) or made.links or made.restored else {},
        currency=made.currency,
        evidence=tuple(dict.fromkeys(name for one in chosen for name in one.evidence)),
        reason=" · ".join(dict.fromkeys(filter(None, (one.reason for one in chosen)))),
        **authority_of(*chosen),
        note_en="; ".join(notes_en),
        note_zh="；".join(notes_zh),
        cites=made.cites,
    )


def _intervals(
    at: Material, made: _Made, stated: Book, runs: Mapping[str, Run]
) -> tuple[dict[str, tuple[int, int]], tuple[str, str]]:
    """Return target -> floor and ceiling with the election on, and why there are none."""
    entries = enter(stated)
    graph = build(entries)
    names = [t for t in target_names(entries) if t in graph.targets and t in next(iter(runs.values())).targets]
    wanted = [t for t in names if t.startswith(("sink:ASSET:", "bal:")) and not t.startswith("bal:CASH:")]
    switches = Switches(
        links=tuple(Link(_row(entries, credit, True), _row(entries, payment, False)) for credit, payment in made.links),
        restored=tuple(_row(entries, name, True) for name in made.restored),
    )
    on = bool(switches.links or switches.restored)
    if len(wanted) > _TARGETS or (on and len(graph.tail) > ARCS):
        return {}, (
            f"floor and ceiling with the election on are not computed over {len(wanted)} targets and {len(graph.tail):,} arcs",
            f"对象 {len(wanted)} 个、弧 {len(graph.tail):,} 条，未计算选择后的上下限",
        )
    found = {target: _interval(graph, target, switches if on else None) for target in wanted}
    labels = set(at.result.labels)
    slack = 1 + int((entries.credit & (entries.partner >= 0)).sum()) if entries.several_currencies else 0
    for target, (floor, ceiling) in found.items():
        for rule, run in runs.items():
            figure = sum(x for k, x in run.targets[target].items() if k in labels)
            if not floor - slack <= figure <= ceiling + slack:
                raise CheckFailed(
                    f"{rule} gives {figure} for {target} with {'+'.join(e for e, *_ in made.links) or 'the election'} on, "
                    f"outside {floor} to {ceiling}.",
                    where=target,
                    meaning="An elected figure that no attribution gives would be printed: the run stops. This is a bug of tracer.",
                    next_call="report the election and this line; without it in case.yaml the trace runs",
                )
    if at.opened is not None:
        return {t: (0, c) for t, (_, c) in found.items()}, (
            "floors with the election on are not stated: records are missing (the floor of the trace opens every hole)",
            "因缺失记录，未列选择后的下限",
        )
    return found, ("", "")


def _interval(graph: FlowGraph, target: str, switches: Switches | None) -> tuple[int, int]:
    if switches is not None:
        return switched(graph, (target,), switches)
    found = bounds(graph, (target,), words=False)
    return found.floor, found.ceiling


def _row(entries: Entries, name: str, credit: bool) -> int:
    """Return the row of an event: where its money arrives, or where it leaves."""
    rows = [
        row for row, source in enumerate(entries.source or ()) if source == name and bool(entries.credit[row]) is credit
    ]
    if rows:
        return rows[-1]
    # a transfer in transit is named by its debit; its arrival is another event
    sent = next(row for row, source in enumerate(entries.source or ()) if source == name)
    return int(entries.partner[sent])


def _differences(
    at: Material,
    made: _Made,
    runs: Mapping[str, Run],
    labels: set[str],
    spans: Mapping[str, tuple[int, int]],
) -> tuple[Difference, ...]:
    before = {t.target: t for t in at.result.targets}
    member = {f"bal:{name}": f"bal:{group}" for group, names in (made.groups or {}).items() for name in names}
    figures: list[Difference] = []
    targets = dict.fromkeys([*next(iter(runs.values())).targets, *(t for t in before if t not in member)])
    for target in targets:
        parts = [before[t] for t in before if member.get(t, t) == target]
        currency = parts[0].currency if parts else _currency(at, made, target)
        for rule, run in runs.items():
            was = sum(t.by_rule.get(rule, 0) for t in parts)
            now = sum(x for k, x in run.targets.get(target, {}).items() if k in labels)
            if was != now:
                figures.append(Difference(target, currency, rule, was, now))
        if target in spans and len(parts) == 1:
            bound = parts[0].bounds
            pairs = (("floor", bound.floor, spans[target][0]), ("ceiling", bound.ceiling, spans[target][1]))
            figures += [
                Difference(target, currency, name, was, now)
                for name, was, now in pairs
                if was != now and not (name == "floor" and at.opened is not None)
            ]
    return tuple(figures)


def _currency(at: Material, made: _Made, target: str) -> str:
    named = {f"bal:{h.name}": h.currency for h in made.book.holdings}
    for group, names in (made.groups or {}).items():
        named[f"bal:{group}"] = named[f"bal:{names[0]}"]
    if target in named:
        return named[target]
    tail = target.rpartition(":")[2]
    return tail if tail in at.entries.currencies else at.entries.currencies[0]

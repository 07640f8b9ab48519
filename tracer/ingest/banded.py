"""Statements read by column bands, from the pages of a PDF or the columns of a text: lines, proof, breaks, what stands around.

What reads a page by places trusts nothing by itself: every step from balance to balance that does not tie, and every line set
aside, is a break, which a person signs or which keeps the file out (tracer.ingest.pdf_proof).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np

from tracer.ingest.accounts import account_key
from tracer.ingest.bound import Bound
from tracer.ingest.cells import BadCell, read_amount
from tracer.ingest.movement import Reader, settle
from tracer.ingest.order_proof import Ints, Proof, prove
from tracer.ingest.pdf import place_of
from tracer.ingest.pdf_numbers import other_currencies
from tracer.ingest.pdf_proof import Break, Step, Unproven, breaks_of, signed_and_open
from tracer.ingest.pdf_rows import Part
from tracer.ingest.profile import Profile
from tracer.ingest.proposal import SHOWN, Proposal
from tracer.ingest.registry import NeedsAnswer
from tracer.ingest.source import Source
from tracer.ingest.tabular import Row, Sheet
from tracer.model import Fact, Posting, Reject, Statement, UnreadableExhibit, excerpt, fact_id

__all__ = ["Read", "breaks_in", "nothing_below", "proved", "read_all", "seen"]

_MAX_AROUND = 50  # lines around a table listed one by one in the marks; the exhibit keeps all


@dataclass(slots=True)
class Group:
    """The lines of one account in one currency of one statement, in printed order."""

    account: str
    currency: str
    lines: list[dict[str, Any]] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)


@dataclass(slots=True)
class Read:
    """One statement as read: its groups, what was set aside, the breaks of its proof."""

    part: Part
    reader: Reader
    groups: list[Group]
    rejects: list[Reject]
    proofs: list[Proof]
    balances: list[tuple[int | None, int | None]]
    marks: list[str]
    breaks: list[Break]
    steps: int


def nothing_below(source: Source, profile: Profile) -> UnreadableExhibit:
    """Return the refusal of a file in which no line stands below the header of its profile."""
    return UnreadableExhibit(
        f"Nothing in {excerpt(source.exhibit.name)} is a line below the header of {profile.name}: "
        + ", ".join(map(repr, profile.header))
        + ".",
        where=source.exhibit.name,
        meaning="The bank may have changed its layout, or this is another one. Nothing of the file is loaded.",
        next_call=f"tracer preview {source.exhibit.name}, and compare the bands and `match.header` of the profile",
    )


def breaks_in(done: Iterable[Read]) -> list[Break]:
    """Return what no printed balance proves of the statements."""
    return [one for read in done for one in read.breaks]


def seen(source: Source, parts: Sequence[Part], breaks: Sequence[Break]) -> Proposal:
    """Return the first rows as the bands cut them, each with its place, and the breaks that nobody has signed."""
    shown = []
    for part in parts:
        for row in part.layout.records:
            more = " / ".join(other.raw for other in part.layout.continued.get(row.number, ()))
            shown.append((part.lines[row.number].place, *row.cells, more))
    _, left, _ = signed_and_open(breaks, source.answers)
    return Proposal(
        "",
        tuple(shown[:SHOWN]),
        tuple(f"{one.place}: {one.told} (--sign '{one.key.removeprefix('sign:')}=WHY')" for one in left),
    )


def proved(
    source: Source,
    profile: Profile,
    done: Sequence[Read],
    breaks: Sequence[Break],
    marks: Callable[[Part], Iterable[str]],
) -> Iterator[Fact | Reject]:
    """Yield each statement, its postings in the bank's order, and the rejects; nothing before all of it is proved or signed.

    `marks`: what the form of the file says of a statement.
    Raises: NeedsAnswer where nobody has confirmed the bands; Unproven, with every break that nobody has signed.
    """
    if not profile.confirmed_by.strip():
        raise NeedsAnswer(
            "profile",
            f"Nobody has confirmed the column bands of {profile.name}: `confirmed_by` is empty.",
            (),
            source.exhibit.name,
            "FILE.yaml   (look at the rows of tracer preview, then write your name at `confirmed_by:` in the profile)",
        )
    signed, left, idle = signed_and_open(breaks, source.answers)
    if left:
        raise Unproven(left, source.exhibit.name, steps=sum(one.steps for one in done) + len(breaks))
    told = [f"signed:{one.key.removeprefix('sign:')}:{why}" for one, why in signed]
    told += [f"signed-nothing:{key.removeprefix('sign:')}" for key in idle]
    for one in done:
        yield from one.rejects
        other = other_currencies(one.part.around, {group.currency for group in one.groups})
        yield from _facts(source, one, [*told, *other, *marks(one.part)])


def read_all(source: Source, parts: Sequence[Part]) -> list[Read]:
    every = [row for part in parts for row in part.layout.records]
    return [_read(source, part, every) for part in parts]


def _read(source: Source, part: Part, every: Sequence[Row]) -> Read:
    around = sorted(part.around, key=lambda line: line.key)
    rows = tuple(Row(line.key, (line.text,), line.text) for line in around)
    bound = replace(part.bound, sheet=Sheet("text", rows), header=len(rows) + 1)
    reader = settle(source, bound, every)  # what one statement leaves open, another of the file may tell
    groups: dict[tuple[str, str], Group] = {}
    rejects = []
    for row in part.layout.records:
        line = part.lines[row.number]
        cite = source.cite(line.locator)
        if row.number in part.astray:
            rejects.append(
                Reject(cite, row.raw, "row", "outside-table", "a date and an amount stand outside every table")
            )
            continue
        if part.is_text and (words := part.astride.get(row.number)):
            rejects.append(
                Reject(
                    cite,
                    row.raw,
                    "row",
                    "band-cut",
                    f"{', '.join(map(repr, words[:3]))} stands across the edge of its column: what is read of it may be cut",
                )
            )
            continue
        made = reader.read(row, part.layout.continued.get(row.number, ()))
        if isinstance(made, Reject):
            rejects.append(replace(made, cite=cite))
            continue
        made["cite"] = cite
        made["marks"] = (
            *(placed(part, mark) for mark in made["marks"]),
            *(f"carried:{name}" for name in part.carried.get(row.number, ())),
            *(f"band-edge:{excerpt(word, 40)}" for word in part.astride.get(row.number, ())),
        )
        group = groups.setdefault((made["account"], made["currency"]), Group(made["account"], made["currency"]))
        group.lines.append(made)
        group.rows.append(row)
    if not groups and reader.account and reader.currency:
        groups[reader.account, reader.currency] = Group(reader.account, reader.currency)
    read = Read(part, reader, list(groups.values()), rejects, [], [], [], [], 0)
    for group in read.groups:
        _prove(read, group, alone=len(groups) == 1)
    for reject in rejects:
        place = next(
            part.lines[row.number].place
            for row in part.layout.records
            if source.cite(part.lines[row.number].locator) == reject.cite
        )
        read.breaks.append(Break(place, f"the line is set aside: {reject.message}"))
    return read


def placed(part: Part, mark: str) -> str:
    """Put the place of a line into a mark that names it by its number (`Line.key`)."""

    def place(found: re.Match[str]) -> str:
        return found[1] + place_of(int(found[2]), is_text=part.is_text)

    return re.sub(r"^((?:continued|year-stated|year-by:\w+:[0-9/-]+):)row=([0-9]+)", place, mark)


def _prove(read: Read, group: Group, *, alone: bool) -> None:
    """Find order and sign, and every step that does not tie. Lines that are not booked move no balance."""
    part, profile = read.part, read.reader.bound.profile
    booked = [(line, row) for line, row in zip(group.lines, group.rows, strict=True) if line["status"] == "booked"]
    printed = np.array([line["balance"] is not None for line, _ in booked], dtype=np.bool_)
    days = _days([line for line, _ in booked])
    proof = prove(
        np.array([line["amount"] for line, _ in booked], dtype=np.int64),
        np.array([line["balance"] or 0 for line, _ in booked], dtype=np.int64),
        printed,
        days,
        profile.balance.order,
    )
    opening, closing = _balances(read, group.currency) if alone else (None, None)
    steps: list[Step] = []
    forward = list(part.forward) if alone and proof.order == "oldest_first" else []
    places = {row.number: at for at, row in enumerate(part.layout.records)}
    for line, row in booked:
        while forward and forward[0][0] <= places[row.number]:
            steps += _forward(read, forward.pop(0)[1], group.currency)
        steps.append(Step(part.lines[row.number].place, line["amount"] * proof.sign, line["balance"]))
    for _, row in forward:
        steps += _forward(read, row, group.currency)
    if proof.order != "oldest_first":  # then no balance is carried between the lines: one step a line
        steps = [steps[place] for place in proof.places(days).tolist()]
    read.breaks += breaks_of(part.number, group.currency, opening, closing, steps)
    read.steps += len(steps)
    read.proofs.append(proof)
    read.balances.append((opening, closing))


def _days(lines: Sequence[dict[str, Any]]) -> Ints:
    return np.array([line["booked"].toordinal() if line["booked"] else -1 for line in lines], dtype=np.int64)


def _forward(read: Read, row: Row, currency: str) -> list[Step]:
    """Return the balance that a line carries from page to page; a turnover beside it is none."""
    value, _ = _amount(read, read.reader.bound.cell(row, "balance"), currency, "forward")
    return [] if value is None else [Step(read.part.lines[row.number].place, 0, value)]


def _balances(read: Read, currency: str) -> tuple[int | None, int | None]:
    """Return (opening, closing) as the statement prints them, above the table or in it; nothing is derived."""
    bound, layout = read.reader.bound, read.part.layout
    found: list[int | None] = []
    for side in ("opening", "closing"):
        shown = bound.find(getattr(bound.profile.balance, side))
        rows = [row for kind, row in layout.balances if kind == side]
        rows = rows[:1] if side == "opening" else rows[-1:]
        texts = [shown] if shown else [_balance_text(bound, row) for row in rows]
        value = None
        for text in texts:
            value, marks = _amount(read, text, currency, side)
            read.marks += marks
        found.append(value)
    return found[0], found[1]


def _balance_text(bound: Bound, row: Row) -> str:
    return next(
        (shown for role in ("balance", "amount", "credit", "debit") if (shown := bound.cell(row, role).strip())), ""
    )


def _amount(read: Read, text: str, currency: str, what: str) -> tuple[int | None, list[str]]:
    try:
        value, marks = read_amount(text, read.reader.numbers, currency)
    except BadCell as error:
        return None, [f"{error.code}:{what}:{excerpt(text, 40)}"]
    return value, list(marks)


def _facts(source: Source, read: Read, told: Sequence[str]) -> Iterator[Fact | Reject]:
    part, profile = read.part, read.reader.bound.profile
    for number, (group, proof, (opening, closing)) in enumerate(
        zip(read.groups, read.proofs, read.balances, strict=True), 1
    ):
        alone = len(read.groups) == 1
        order = proof.places(_days(group.lines)).tolist()
        statement = _statement(source, read, group, proof, number)
        marks = [
            f"profile:{profile.name}",
            f"profile-sha256:{profile.sha256}",
            f"printed:{proof.order}",
            f"confirmed-by:{profile.confirmed_by}",
        ]
        marks += proof.marks(profile.balance.order) if group.lines else ()
        marks += (placed(part, mark) for mark in read.reader.years.marks())
        if opening is None and proof.ties and proof.order == "oldest_first" and group.lines[0]["balance"] is not None:
            opening = group.lines[0]["balance"] - proof.sign * group.lines[0]["amount"]
            marks.append("opening-derived")
        if closing is None and group.lines:
            closing = group.lines[order[-1]]["balance"]
        totals, more = _footers(read, group.currency) if alone else ({}, [])
        marks += [*read.marks, *more, *told, *_around(part)]
        yield replace(statement, opening=opening, closing=closing, marks=tuple(dict.fromkeys(marks)), **totals)
        ident = fact_id("statement", statement.cite)
        for line, place in enumerate(order, 1):
            fields = group.lines[place]
            fields["amount"] *= proof.sign
            yield Posting(line=line, statement=ident, account_key=statement.account_key, **fields)


def _statement(source: Source, read: Read, group: Group, proof: Proof, number: int) -> Statement:
    part, profile = read.part, read.reader.bound.profile
    scope = profile.account
    days = sorted(line["booked"] for line in group.lines if line["booked"])
    first: date | None = days[0] if days else None
    return Statement(
        source.cite(f"{_extent(part)}/statement={part.number}.{number}"),
        group.account,
        group.currency,
        account_key=account_key(group.account, scope.servicer),
        servicer=scope.servicer,
        owner=scope.owner,
        number=read.reader.bound.find(profile.bands.number if profile.bands else ""),
        period_from=first,
        period_to=days[-1] if days else None,
        count=len(group.lines),
    )


def _extent(part: Part) -> str:
    if not part.is_text:
        return f"pages={min(part.pages)}-{max(part.pages)}"
    keys = [*part.lines, *(line.key for line in part.around)]
    return f"lines={min(keys)}-{max(keys)}"


def _around(part: Part) -> list[str]:
    """Keep what stands around the table: leftovers are listed as text (formats.md 1.1)."""
    lines = sorted(part.around, key=lambda line: line.key)
    marks = [f"leftovers:{line.place}:{excerpt(line.text)}" for line in lines[:_MAX_AROUND]]
    return [*marks, f"leftovers:not-listed:{len(lines) - _MAX_AROUND}"] if len(lines) > _MAX_AROUND else marks


def _footers(read: Read, currency: str) -> tuple[dict[str, Any], list[str]]:
    """Read printed totals, to be compared and never posted. The last totals row counts: those before are of pages."""
    totals: dict[str, Any] = {}
    marks = []
    for row in read.part.layout.footers:
        found = {}
        for role in ("debit", "credit"):
            value, more = _amount(read, read.reader.bound.cell(row, role), currency, "footer")
            marks += more
            if value is not None:
                found[f"total_{role}"] = abs(value)
        marks.append(f"footer:{read.part.lines[row.number].place}:{excerpt(row.raw)}")
        totals = found or totals
    return totals, marks

"""The picture: what a chart says, before anything is drawn.

Both renderings, the page and the exhibit, are drawn from one `Picture`; so is its table. All masking and every exclusion
of INT records happens before a Picture exists: pages carry `detail` as JSON, and an SVG carries each label as a comment.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from tracer.charts.visible import PANEL, clip
from tracer.model import Money, TracerError

__all__ = [
    "AID",
    "VERSION",
    "Arrow",
    "Box",
    "ChartDoesNotFoot",
    "Picture",
    "Stroke",
    "Summary",
    "Tally",
    "drawn_tally",
    "foot",
    "footing",
    "grouped",
    "panel",
    "picture_hash",
    "status_line",
    "strokes",
    "tally",
    "title_note",
]

#: Version of the drawing: raised when the same picture would give other bytes.
VERSION = "3"

#: FRE 107 (illustrative aids, in force 1 Dec 2024); confirm with counsel.
AID = "Illustrative aid - not evidence 示意图，非证据"

#: More parallel transfers than this may become one arrow (charts.md W14).
PARALLEL = 5

BoxKind = Literal["person", "organization", "arrangement", "account", "institution", "asset", "unknown"]
#: [V] victim, [S] subject, [C] conduit, [B] US correspondent, [A] asset, [L] left the record, [?] unknown.
Role = Literal["V", "S", "C", "B", "A", "L", "?", ""]
#: documented solid, inferred dashed, assumed dotted; in an ownership tree control dashed, ended dotted, cycle double.
Grade = Literal["documented", "inferred", "assumed", "control", "nominee", "ended", "cycle"]
Details = tuple[tuple[str, str], ...]


class ChartDoesNotFoot(TracerError):
    """What is drawn and what is left out do not add up to the ledger: nothing is drawn."""


@dataclass(frozen=True, slots=True)
class Box:
    """A party, an account, an asset, or a place where the record ends. `column` is its hop; None lets the layout say."""

    id: str
    kind: BoxKind
    role: Role
    lines: tuple[str, ...]
    detail: Details = ()
    column: int | None = None
    grade: Grade = "documented"


@dataclass(frozen=True, slots=True)
class Arrow:
    """One transfer or one interest. `amount` is what the ledger recorded; arrows of one `group` are drawn as one."""

    id: str
    start: str
    end: str
    amount: Money | None
    lines: tuple[str, ...]
    detail: Details = ()
    grade: Grade = "documented"
    us_leg: bool = False
    group: str = ""
    on: str = ""
    cite: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """A count of transfers (or interests) with their sums, one per currency, never across; `boxes` for what is left out."""

    transfers: int
    sums: tuple[Money, ...] = ()
    boxes: int = 0


@dataclass(frozen=True, slots=True)
class Summary:
    """A person's decision that the chart is offered as a summary, with the reason (FRE 1006; confirm with counsel)."""

    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Picture:
    """One chart. `source` is what the ledger holds; what is drawn plus `left_out` must equal it.

    `heads` are the words over the columns; `rule` the rule in words; `head` the ledger head; `footer` sentences under
    the count; `legend` extra entries (the marks in use are added when drawn); `sources` exhibit numbers.
    """

    kind: Literal["flow", "owners", "graph"]
    title_en: str
    title_zh: str
    as_of: date
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    source: Tally
    left_out: Tally = field(default_factory=lambda: Tally(0))
    footer: tuple[str, ...] = ()
    legend: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    run: str = ""
    rendering: Literal["full", "public"] = "full"
    exhibit: str = ""
    head: str = ""
    rule: str = ""
    version: str = ""
    heads: tuple[str, ...] = ()
    summary: Summary | None = None

    @property
    def counted(self) -> str:
        """What the arrows are, in the plural."""
        return {"flow": "transfers", "owners": "interests", "graph": "links"}[self.kind]

    def check(self) -> None:
        """Raise `ChartDoesNotFoot` if the picture contradicts itself or the ledger."""
        ids = [box.id for box in self.boxes]
        known = set(ids)
        twice = [i for i, n in Counter([*ids, *(f"arrow {arrow.id}" for arrow in self.arrows)]).items() if n > 1]
        ends: dict[str, tuple[str, str]] = {}
        loose = [
            arrow.id
            for arrow in self.arrows
            if not {arrow.start, arrow.end} <= known
            or (arrow.group and ends.setdefault(arrow.group, (arrow.start, arrow.end)) != (arrow.start, arrow.end))
        ]
        if twice or loose:
            raise ChartDoesNotFoot(
                f"{'The id ' + clip(twice[0], 60) + ' is given twice' if twice else 'An arrow has no box at one end'}.",
                where=f"picture {self.kind}, arrow {clip(loose[0], 60)}" if loose else f"picture {self.kind}",
                meaning="A box or an arrow would be lost in the drawing. Nothing was drawn.",
                next_call="give boxes and arrows ids of their own, arrows two boxes, and one group one pair of boxes",
            )
        shown, whole = _sum(drawn_tally(self), self.left_out), self.source
        if shown.transfers != whole.transfers or _by_currency(shown.sums) != _by_currency(whole.sums):
            raise ChartDoesNotFoot(
                f"Drawn and left out make {_words(shown, self.counted)}; the ledger has {_words(whole, self.counted)}.",
                where=f"picture {self.kind}, run {self.run or 'not stated'}",
                meaning="A transfer is missing from the chart or in it twice. Nothing was drawn.",
                next_call="case.trace(...) again from the present ledger head, then .chart()",
            )
        if self.summary and not (self.summary.by and self.summary.reason and self.sources):
            raise ChartDoesNotFoot(
                "A summary of evidence needs the person who offers it, a reason, and the index of its sources.",
                where=f"picture {self.kind}",
                meaning="Without these the chart is an illustrative aid only. Nothing was drawn.",
                next_call="fill in Summary(by, reason) and sources, or leave summary out",
            )


@dataclass(frozen=True, slots=True)
class Stroke:
    """One drawn arrow: a single Arrow, or several parallel ones under one label (charts.md W14)."""

    id: str
    start: str
    end: str
    lines: tuple[str, ...]
    grade: Grade
    us_leg: bool
    members: tuple[Arrow, ...]


def tally(arrows: Iterable[Arrow], boxes: int = 0) -> Tally:
    """Return count and sums per currency of some arrows."""
    kept = tuple(arrows)
    sums = _by_currency(arrow.amount for arrow in kept if arrow.amount is not None)
    return Tally(len(kept), tuple(Money(minor, currency) for currency, minor in sorted(sums.items())), boxes)


def drawn_tally(picture: Picture) -> Tally:
    """Return count and sums of what is drawn."""
    return tally(picture.arrows)


def _by_currency(sums: Iterable[Money]) -> dict[str, int]:
    total: dict[str, int] = {}
    for money in sums:
        total[money.currency] = total.get(money.currency, 0) + money.minor
    return {currency: minor for currency, minor in total.items() if minor}


def _sum(one: Tally, other: Tally) -> Tally:
    sums = _by_currency((*one.sums, *other.sums))
    return Tally(one.transfers + other.transfers, tuple(Money(m, c) for c, m in sorted(sums.items())))


def _words(t: Tally, counted: str) -> str:
    return " · ".join([f"{t.transfers:,} {counted}", *map(str, t.sums)])


def foot(picture: Picture) -> str:
    """Return the first line of the footer (charts.md W13)."""
    drawn = drawn_tally(picture)
    whole = not picture.left_out.transfers and _by_currency(drawn.sums) == _by_currency(picture.source.sums)
    parts = [
        f"Drawn {drawn.transfers:,} of {picture.source.transfers:,} {picture.counted}",
        *map(str, drawn.sums),
        *([] if picture.kind == "graph" else [f"run {clip(picture.run, 16) or 'not stated'}"]),
    ]
    return " · ".join(parts) + (" = ledger" if whole and picture.kind != "graph" else "")


def footing(picture: Picture) -> tuple[str, ...]:
    """Return every line of the footer."""
    grouped_ = [s for s in strokes(picture) if len(s.members) > 1]
    lines = [foot(picture)]
    if picture.left_out.boxes or picture.left_out.transfers:
        lines.append(f"Not drawn 未绘出: {title_note(picture)}")
    if grouped_:
        count = sum(len(s.members) for s in grouped_)
        lines.append(
            f"{count} {picture.counted} are drawn as {len(grouped_)} grouped arrows; the table lists each of them."
        )
    return (*lines, *(clip(line, 300) for line in picture.footer))


def title_note(picture: Picture) -> str:
    """Return what the title line says of things left out, or ""."""
    out = picture.left_out
    if not out.boxes and not out.transfers:
        return ""
    return " · ".join([f"{out.boxes:,} boxes and {out.transfers:,} {picture.counted} not drawn", *map(str, out.sums)])


def status_line(picture: Picture) -> str:
    """Return the framed line: an aid, unless a person set otherwise with a reason (charts.md E4)."""
    if picture.summary is None:
        return AID
    return f"FRE 1006 summary 汇总证据 ({clip(picture.summary.by, 40)}: {clip(picture.summary.reason, 80)})"


def strokes(picture: Picture) -> tuple[Stroke, ...]:
    """Return the arrows as drawn, in the picture's order: a group stands where its first member stands."""
    members: dict[str, list[Arrow]] = {}
    for arrow in picture.arrows:
        members.setdefault(f"group {arrow.group}" if arrow.group else f"arrow {arrow.id}", []).append(arrow)
    drawn = []
    for n, group in enumerate(members.values()):
        first = group[0]
        lines = first.lines if len(group) == 1 else _group_lines(group, picture.counted)
        drawn.append(Stroke(f"e{n}", first.start, first.end, lines, first.grade, first.us_leg, tuple(group)))
    return tuple(drawn)


def _group_lines(group: list[Arrow], counted: str) -> tuple[str, ...]:
    total = tally(group)
    days = sorted(arrow.on for arrow in group if arrow.on)
    period = f"{days[0]} to {days[-1]}" if days and days[0] != days[-1] else "".join(days[:1])
    return tuple(line for line in (f"{total.transfers} {counted},", *map(str, total.sums), period) if line)


def grouped(picture: Picture, over: int = PARALLEL) -> Picture:
    """Return the picture with more than `over` parallel arrows of one currency, grade and leg marked as one group."""

    def key(arrow: Arrow) -> tuple[str, str, str, str, bool]:
        return (arrow.start, arrow.end, arrow.amount.currency if arrow.amount else "", arrow.grade, arrow.us_leg)

    count = Counter(key(arrow) for arrow in picture.arrows if not arrow.group)
    many = {k: f"g{n}" for n, k in enumerate(k for k, total in count.items() if total > over)}
    arrows = tuple(arrow if arrow.group else replace(arrow, group=many.get(key(arrow), "")) for arrow in picture.arrows)
    return replace(picture, arrows=arrows)


def picture_hash(picture: Picture) -> str:
    """Return SHA-256 over the canonical JSON of a picture: what was drawn, whatever drew it."""
    text = json.dumps(
        dataclasses.asdict(picture), default=str, ensure_ascii=True, sort_keys=True, separators=(",", ":")
    )
    return hashlib.sha256(text.encode()).hexdigest()


def panel(details: Details) -> list[list[str]]:
    """Return details as the panel shows them: marked, each value on its own line, cut with its count."""
    return [[clip(name, 80), clip(value, PANEL)] for name, value in details]

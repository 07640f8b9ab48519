"""Marks of a chart: shapes, roles, lines, and the words of the legend (charts.md section 5).

Nothing is told by colour alone: a role is a tag in the first line, a grade is a line style, a US leg is red, double and
tagged. Fills are light enough for black text at more than 4.5:1, in colour and in greyscale.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from tracer.charts.picture import Picture, Stroke, strokes
from tracer.charts.spots import Point

__all__ = ["FILL", "INK", "LINE", "RED", "Line", "Outline", "legend", "line_of", "outline"]

INK, RED = "#1a1a1a", "#a40018"

FILL = {
    "V": "#d6e6f5",
    "S": "#f8d7cf",
    "C": "#fbeac4",
    "B": "#e5dcf2",
    "A": "#d5edd6",
    "L": "#e4e4e4",
    "?": "#ffffff",
    "": "#f5f5f2",
}

_ROLES = {
    "V": "victim 被害人",
    "S": "subject 调查对象",
    "C": "conduit 过渡账户",
    "B": "US correspondent 美国代理行",
    "A": "asset 资产",
    "L": "left the record 离开记录",
    "?": "unknown 不明",
}

_SHAPES = {
    "person": "ellipse: person 自然人",
    "organization": "box: organization 组织",
    "arrangement": "hexagon: arrangement 法律安排",
    "account": "box with bar: account 账户",
    "institution": "double border: institution 金融机构",
    "asset": "house: asset 资产",
    "unknown": "dashed box: unknown 不明",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A line style: dash pattern in points (empty: solid), drawn double or not, its colour, its words."""

    dashes: tuple[float, ...]
    double: bool
    color: str
    words: str


LINE = {
    "documented": Line((), False, INK, "solid: documented 有书证"),
    "inferred": Line((6.0, 4.0), False, INK, "dashed: inferred 推断"),
    "assumed": Line((1.5, 3.0), False, INK, "dotted: assumed 假定"),
    "control": Line((6.0, 4.0), False, INK, "dashed: control without shares 无股权控制"),
    "nominee": Line((8.0, 3.0, 1.5, 3.0), False, INK, "dash-dot: nominee 代持"),
    "ended": Line((1.5, 3.0), False, INK, "dotted: ended 已终止"),
    "cycle": Line((), True, INK, "double: closes a cycle 闭合循环"),
}
_US = "red, double, tagged US: US leg 美国环节"


def line_of(stroke: Stroke) -> Line:
    """Return the line of one stroke; a US leg keeps the dashes of its grade."""
    line = LINE[stroke.grade]
    return Line(line.dashes, True, RED, _US) if stroke.us_leg else line


def legend(picture: Picture) -> tuple[tuple[Line | None, str], ...]:
    """Return the legend of only the marks in use: (line sample or None, words)."""
    roles = {box.role for box in picture.boxes}
    kinds = {box.kind for box in picture.boxes}
    drawn = strokes(picture)
    grades = {stroke.grade for stroke in drawn}
    entries: list[tuple[Line | None, str]] = [(None, f"[{r}] {w}") for r, w in _ROLES.items() if r in roles]
    entries += [(None, words) for kind, words in _SHAPES.items() if kind in kinds]
    entries += [(line, line.words) for grade, line in LINE.items() if grade in grades]
    if any(stroke.us_leg for stroke in drawn):
        entries.append((Line((), True, RED, _US), _US))
    return (*entries, *((None, words) for words in picture.legend))


@dataclass(frozen=True, slots=True)
class Outline:
    """A shape around (0, 0): its border, further lines inside, and where its text is centred."""

    border: tuple[Point, ...]
    inside: tuple[tuple[Point, ...], ...] = ()
    dashed: bool = False
    dx: float = 0.0
    dy: float = 0.0


def outline(kind: str, width: float, height: float) -> Outline:
    """Return the outline of one kind of box."""
    w, h = width / 2, height / 2
    rectangle = ((-w, -h), (w, -h), (w, h), (-w, h))
    if kind == "person":
        turns = [2 * math.pi * n / 48 for n in range(48)]
        return Outline(tuple((round(w * math.cos(a), 2), round(h * math.sin(a), 2)) for a in turns))
    if kind == "arrangement":
        cut = min(18.0, w / 2)
        return Outline(((-w, 0.0), (-w + cut, -h), (w - cut, -h), (w, 0.0), (w - cut, h), (-w + cut, h)))
    if kind == "asset":
        eave = -h + 15.0
        return Outline(((-w, eave), (0.0, -h), (w, eave), (w, h), (-w, h)), dy=7.0)
    if kind == "account":
        return Outline(rectangle, (((-w + 9, -h), (-w + 9, h)),), dx=4.5)
    if kind == "institution":
        inner = ((-w + 4, -h + 4), (w - 4, -h + 4), (w - 4, h - 4), (-w + 4, h - 4), (-w + 4, -h + 4))
        return Outline(rectangle, (inner,))
    return Outline(rectangle, dashed=kind == "unknown")

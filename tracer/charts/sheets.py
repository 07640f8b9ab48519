"""How a picture is cut into exhibit sheets: by path, then by hop, with numbered connectors (charts.md E3)."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace

from tracer.charts.layout import Engine, Layout, lay_out
from tracer.charts.picture import Box, Picture, Stroke, strokes, tally
from tracer.charts.visible import clip
from tracer.charts.words import HEADS, MARGIN, SMALL, above, below, legend_rows

__all__ = ["A3", "A4", "Sheet", "sheets"]

#: Landscape, in points (charts.md E3).
A4, A3 = (841.89, 595.28), (1190.55, 841.89)

#: charts.md E3: one sheet; below this scale the type would be under 8 pt.
BOXES, ARROWS, SMALLEST = 15, 40, 0.8


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page: its part of the picture, where it stands, and how much it is scaled on which paper."""

    part: Picture
    layout: Layout
    paper: tuple[float, float]
    scale: float
    name: str
    number: int
    of: int


@functools.lru_cache(maxsize=16)
def sheets(picture: Picture, engine: Engine = "auto") -> tuple[Sheet, ...]:
    """Return the sheets of an exhibit; every arrow is on exactly one of them."""
    parts = [part for chunk in _chunks(picture) for part in _fitting(picture, chunk, engine)]
    own = clip(picture.exhibit, 12)
    names = [f"{own}{_letters(n)}" if own else f"page {n + 1}" for n in range(len(parts))]
    made = []
    for n, (boxes, drawn) in enumerate(parts):
        part = _part(picture, boxes, drawn, _connectors(boxes, n, parts, names))
        layout, paper, scale = _fit(picture, part, engine)
        name = (names[n] if len(parts) > 1 else picture.exhibit) if picture.exhibit else ""
        made.append(Sheet(part, layout, paper, scale, name, n + 1, len(parts)))
    return tuple(made)


_Part = tuple[tuple[str, ...], tuple[Stroke, ...]]


def _letters(n: int) -> str:
    return (chr(97 + n // 26 - 1) if n >= 26 else "") + chr(97 + n % 26)


def _chunks(picture: Picture) -> list[_Part]:
    """Fill sheets path after path, hop after hop, up to the number of boxes and arrows of one sheet."""
    column = {box.id: box.column or 0 for box in picture.boxes}
    place = {box.id: n for n, box in enumerate(picture.boxes)}
    path = _paths(picture)
    drawn = sorted(
        strokes(picture),
        key=lambda s: (path[s.start], min(column[s.start], column[s.end]), place[s.start], place[s.end]),
    )
    chunks: list[_Part] = []
    boxes: dict[str, None] = {}
    kept: list[Stroke] = []
    for stroke in drawn:
        if len(boxes.keys() | {stroke.start, stroke.end}) > BOXES or len(kept) == ARROWS:
            chunks.append((tuple(boxes), tuple(kept)))
            boxes, kept = {}, []
        boxes |= {stroke.start: None, stroke.end: None}
        kept.append(stroke)
    touched = {end for stroke in drawn for end in (stroke.start, stroke.end)}
    for box in picture.boxes:
        if box.id not in touched:
            if len(boxes) == BOXES:
                chunks.append((tuple(boxes), tuple(kept)))
                boxes, kept = {}, []
            boxes[box.id] = None
    return [*chunks, (tuple(boxes), tuple(kept))] if boxes or not chunks else chunks


def _paths(picture: Picture) -> dict[str, int]:
    """Return the number of the connected path each box belongs to, in the order of the picture."""
    root = {box.id: box.id for box in picture.boxes}

    def find(box: str) -> str:
        while root[box] != box:
            root[box] = box = root[root[box]]
        return box

    for arrow in picture.arrows:
        root[find(arrow.end)] = find(arrow.start)
    number: dict[str, int] = {}
    for box in picture.boxes:
        number.setdefault(find(box.id), len(number))
    return {box.id: number[find(box.id)] for box in picture.boxes}


def _fitting(picture: Picture, chunk: _Part, engine: Engine) -> list[_Part]:
    """Return the chunk, or its halves when it would not be legible on A3."""
    boxes, drawn = chunk
    scale = _fit(picture, _part(picture, boxes, drawn, {}), engine)[2]
    if scale >= SMALLEST or len(drawn) < 2:
        return [chunk]
    half = len(drawn) // 2
    one, two = drawn[:half], drawn[half:]
    ends_one = {end for stroke in one for end in (stroke.start, stroke.end)}
    ends_two = {end for stroke in two for end in (stroke.start, stroke.end)}
    first = tuple(box for box in boxes if box in ends_one or box not in ends_two)
    second = tuple(box for box in boxes if box in ends_two)
    return _fitting(picture, (first, one), engine) + _fitting(picture, (second, two), engine)


def _connectors(boxes: tuple[str, ...], here: int, parts: list[_Part], names: list[str]) -> dict[str, str]:
    """Return box -> "continued on 3b" for every box that has arrows on other sheets too."""
    words = {}
    for box in boxes:
        others = [
            names[n] for n, (_, drawn) in enumerate(parts) if n != here and any(box in (s.start, s.end) for s in drawn)
        ]
        if others:
            more = f" and {len(others) - 4} more" if len(others) > 4 else ""
            words[box] = f"continued on {', '.join(others[:4])}{more}"
    return words


def _part(picture: Picture, boxes: tuple[str, ...], drawn: tuple[Stroke, ...], words: dict[str, str]) -> Picture:
    kept, arrows = set(boxes), {arrow.id for stroke in drawn for arrow in stroke.members}
    shown = tuple(arrow for arrow in picture.arrows if arrow.id in arrows)
    return replace(
        picture,
        boxes=tuple(_connected(box, words.get(box.id, "")) for box in picture.boxes if box.id in kept),
        arrows=shown,
        source=tally(shown),
    )


def _connected(box: Box, words: str) -> Box:
    return replace(box, lines=(*box.lines, f"> {words}")) if words else box


def _fit(picture: Picture, part: Picture, engine: Engine) -> tuple[Layout, tuple[float, float], float]:
    """Return layout, paper and scale: A4 while the type stays legible, else A3, else the more compact engine."""
    found = _fit_one(picture, part, engine)
    if engine != "auto" or found[2] >= SMALLEST:
        return found
    other = _fit_one(picture, part, "layered")
    return other if other[2] > found[2] and not other[0].faults else found


def _fit_one(picture: Picture, part: Picture, engine: Engine) -> tuple[Layout, tuple[float, float], float]:
    layout = lay_out(part, engine)

    def scale_on(paper: tuple[float, float], most: float) -> float:
        wide = paper[0]
        high = above(picture, f"{picture.exhibit}zz" if picture.exhibit else "", wide) + (HEADS if part.heads else 0)
        high += len(legend_rows(part, wide)) * (SMALL + 4) + len(below(picture, part, 99, 99, wide)) * (SMALL + 3) + 14
        width, height = paper[0] - 2 * MARGIN, paper[1] - 2 * MARGIN - high
        return round(min(most, width / max(layout.width, 1), height / max(layout.height, 1)), 4)

    on_a4 = scale_on(A4, 1.0)
    return (layout, A4, on_a4) if on_a4 >= SMALLEST else (layout, A3, scale_on(A3, 1.1))

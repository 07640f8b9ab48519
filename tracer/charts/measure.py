"""How large boxes and labels are: one text measure for both renderings, from tables, not from the reader's fonts."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from tracer.charts.picture import Box, Picture, Stroke, strokes
from tracer.charts.visible import ems, label, wrap

__all__ = ["FONT", "LEADING", "Cell", "box_cells", "label_cells"]

#: Type size and line height of a drawing at scale 1, in points; exhibits shrink to 0.8 at most, which leaves 8 pt.
FONT, LEADING = 10.0, 12.5

_BOX_EMS, _LABEL_EMS = 19.0, 15.0
_MIN_BOX = 84.0

#: Room around the text for each shape: (factor of width, added width, factor of height, added height).
_SHAPE = {
    "person": (1.25, 22.0, 1.3, 12.0),
    "organization": (1.0, 18.0, 1.0, 12.0),
    "arrangement": (1.0, 42.0, 1.0, 14.0),
    "account": (1.0, 28.0, 1.0, 12.0),
    "institution": (1.0, 26.0, 1.0, 20.0),
    "asset": (1.0, 20.0, 1.0, 26.0),
    "unknown": (1.0, 18.0, 1.0, 12.0),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """The lines of one box or label as drawn, and the room they take in points."""

    lines: tuple[str, ...]
    width: float
    height: float


def _lines(values: tuple[str, ...], width: float) -> tuple[str, ...]:
    return tuple(line for value in values for line in wrap(label(value), width))


@functools.lru_cache(maxsize=64)
def box_cells(picture: Picture) -> dict[str, Cell]:
    """Return the cell of each box: the role tag opens the first line, so nothing is told by colour alone."""
    return {box.id: _box_cell(box) for box in picture.boxes}


def _box_cell(box: Box) -> Cell:
    first, rest = (box.lines[:1] or ("",)), box.lines[1:]
    tag = f"[{box.role}] " if box.role else ""
    lines = _lines((tag + first[0], *rest), _BOX_EMS)
    by_width, more_width, by_height, more_height = _SHAPE[box.kind]
    width = max((ems(line) for line in lines), default=0.0) * FONT * by_width + more_width
    height = max(1, len(lines)) * LEADING * by_height + more_height
    return Cell(lines, round(max(_MIN_BOX, width), 1), round(height, 1))


@functools.lru_cache(maxsize=64)
def label_cells(picture: Picture) -> dict[str, Cell]:
    """Return the cell of the label of each stroke."""
    return {stroke.id: _label_cell(stroke) for stroke in strokes(picture)}


def _label_cell(stroke: Stroke) -> Cell:
    lines = _lines((*stroke.lines, *(("US leg 美国环节",) if stroke.us_leg else ())), _LABEL_EMS)
    width = max((ems(line) for line in lines), default=0.0) * FONT + 6
    return Cell(lines, round(width, 1), round(max(1, len(lines)) * LEADING + 4, 1))

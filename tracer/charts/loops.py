"""Self-transfers: growing loops over their box, one angle, the same in both renderings (charts.md W11)."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass

from tracer.charts.measure import label_cells
from tracer.charts.picture import Picture, Stroke, strokes
from tracer.charts.spots import Point, Route, Spot

__all__ = ["Loops", "loop_routes", "loops_of"]

#: vis-network's `selfReference.size` of the first loop (charts.md W11).
_FIRST = 16.0


@dataclass(frozen=True, slots=True)
class Loops:
    """The loops of one box: angle and sizes as vis-network takes them, and the room they need above the box."""

    strokes: tuple[Stroke, ...]
    angle: float
    sizes: tuple[float, ...]
    room: float


def loops_of(picture: Picture) -> dict[str, Loops]:
    """Return box -> its loops.

    W11 asks for 16 + 13 k. A label of two lines is higher than 13 and would hide its loop, so each loop grows until its
    label clears the one below and 11 points of the loop itself stay in sight.
    """
    by_box: dict[str, list[Stroke]] = defaultdict(list)
    for stroke in strokes(picture):
        if stroke.start == stroke.end:
            by_box[stroke.start].append(stroke)
    labels = label_cells(picture) if by_box else {}
    # An owner's arrow arrives at the top of its box: there the loop stands to the right of it.
    angle = math.pi / 2 if picture.kind == "flow" else math.pi / 4
    made = {}
    for box, group in by_box.items():
        sizes, low = [], 0.0
        for stroke in group:
            height = labels[stroke.id].height
            size = round(max(_FIRST, (low + 11 + height / 2) / math.sin(angle)), 1)
            sizes.append(size)
            low = size * math.sin(angle) + height / 2
        made[box] = Loops(tuple(group), angle, tuple(sizes), round(low + 6))
    return made


def loop_routes(picture: Picture, spots: dict[str, Spot]) -> dict[str, Route]:
    """Return the routes of all loops, once their boxes have their places."""
    labels = label_cells(picture)
    routes = {}
    for box, loops in loops_of(picture).items():
        spot = spots[box]
        top = spot.y - spot.h / 2
        # Where a ray at the angle leaves the box: vis-network puts the middle of the circle there.
        reach = min(spot.h / 2 / math.sin(loops.angle), spot.w / 2 / max(math.cos(loops.angle), 1e-9))
        x, y = spot.x + reach * math.cos(loops.angle), spot.y - reach * math.sin(loops.angle)
        for stroke, size in zip(loops.strokes, loops.sizes, strict=True):
            cell = labels[stroke.id]
            place = Spot(
                round(x + size * math.cos(loops.angle), 2),
                round(y - size * math.sin(loops.angle), 2),
                cell.width,
                cell.height,
            )
            routes[stroke.id] = Route(_ring(x, top, size), place)
    return routes


def _ring(x: float, top: float, size: float) -> tuple[Point, ...]:
    """Return the upper half of a circle around a point of the box's top border, clockwise, down to the border."""
    k = 0.5523 * size  # a quarter circle as one cubic
    left, right = x - size, x + size
    return (
        (left, top),
        (left, top - k),
        (x - k, top - size),
        (x, top - size),
        (x + k, top - size),
        (right, top - k),
        (right, top),
    )

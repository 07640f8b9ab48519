"""Which curve the page draws for each arrow, so that its middle, where vis-network puts the label, is free (charts.md L3).

vis-network knows only curves with one control point, given by direction and roundness. Each stroke takes the curve whose
middle lies nearest to the place that the layout reserved for its label; where that covers something, the next best.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from tracer.charts.picture import Picture, strokes
from tracer.charts.spots import Layout, Point, Spot

__all__ = ["Curve", "curves", "middle"]

#: Up to this many strokes labels are also kept off boxes and off each other (T4 asks for 40).
_CAREFUL = 60
_APART = 10.0  # T4: midpoints between the same two boxes


@dataclass(frozen=True, slots=True)
class Curve:
    """vis-network's `smooth`: no direction means straight."""

    direction: str
    roundness: float


def middle(start: Point, end: Point, curve: Curve) -> Point:
    """Return the point at t = 1/2, by vis-network 9.1.2's own formula (`_getViaCoordinates`)."""
    (x1, y1), (x2, y2) = start, end
    if not curve.direction:
        return ((x1 + x2) / 2, (y1 + y2) / 2)
    dx, dy = x2 - x1, y1 - y2
    f = 0.5 * curve.roundness + 0.5
    turn = f if curve.direction == "curvedCW" else 0.5 - 0.5 * curve.roundness
    g = math.atan2(dy, dx) + turn * math.pi
    reach = f * math.hypot(dx, dy)
    via = (x1 + reach * math.sin(g), y1 + reach * math.cos(g))
    return (x1 / 4 + via[0] / 2 + x2 / 4, y1 / 4 + via[1] / 2 + y2 / 4)


_CHOICES = (
    Curve("", 0.0),
    *(Curve(way, n / 100) for n in range(1, 101) for way in ("curvedCW", "curvedCCW")),
)


def curves(picture: Picture, layout: Layout) -> dict[str, Curve]:
    """Return stroke -> curve; loops are not in it."""
    drawn = [stroke for stroke in strokes(picture) if stroke.start != stroke.end]
    careful = len(drawn) <= _CAREFUL
    pairs: dict[frozenset[str], int] = {}
    for stroke in drawn:
        pair = frozenset((stroke.start, stroke.end))
        pairs[pair] = pairs.get(pair, 0) + 1
    loops = [r.label for name, r in layout.routes.items() if name not in {s.id for s in drawn}]
    taken: list[Spot] = list(loops)
    middles: dict[frozenset[str], list[Point]] = {}
    chosen: dict[str, Curve] = {}
    for stroke in drawn:
        pair = frozenset((stroke.start, stroke.end))
        if not careful and pairs[pair] == 1:
            chosen[stroke.id] = _CHOICES[0]
            continue
        a, b = layout.spots[stroke.start], layout.spots[stroke.end]
        want = layout.routes[stroke.id].label
        best: tuple[float, Curve, Point] | None = None
        for curve in _CHOICES:
            at = middle((a.x, a.y), (b.x, b.y), curve)
            cost = math.dist(at, (want.x, want.y))
            if pairs[pair] == 1 and not curve.direction:
                cost -= 12  # a single arrow is drawn straight unless its label has to go elsewhere
            if best is not None and cost >= best[0]:
                continue
            cost += sum(500.0 for other in middles.get(pair, []) if math.dist(other, at) < _APART + 2)
            if careful:
                place = Spot(at[0], at[1], want.w, want.h)
                cost += sum(200.0 for other in taken if place.covers(other))
                cost += sum(200.0 for box in layout.spots.values() if place.covers(box))
            if best is None or cost < best[0]:
                best = (cost, curve, at)
        if best is None:
            continue
        chosen[stroke.id] = best[1]
        middles.setdefault(pair, []).append(best[2])
        taken.append(Spot(best[2][0], best[2][1], want.w, want.h))
    return chosen

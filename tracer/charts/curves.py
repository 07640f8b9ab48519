"""Which curve the page draws for each arrow, so that its middle, where vis-network puts the label, is free (charts.md L3).

vis-network knows only curves with one control point, given by direction and roundness. Each stroke takes the curve whose
middle lies nearest to the place that the layout reserved for its label; where that covers something, the next best.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from tracer.charts.picture import Picture, strokes
from tracer.charts.spots import Layout, Point, Route, Spot

__all__ = ["Curve", "curves", "middle", "roomy"]

#: Up to this many strokes labels are also kept off boxes and off each other (T4 asks for 40).
_CAREFUL = 60
_APART = 10.0  # T4: midpoints between the same two boxes

#: A curve's middle leaves the straight line by half the distance of its boxes at most; ten labels between two boxes can
#: need more. The page then stands further apart along the chart, by the first of these that leaves nothing covered.
_ROOM = (1.0, 1.25, 1.5, 2.0, 2.5)


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


#: The cost of covering a label or a box, in points: more than any free place is away on a sheet of 40 arrows.
_COVERED = 1000.0

_CHOICES = (
    Curve("", 0.0),
    *(Curve(way, n / 100) for n in range(1, 101) for way in ("curvedCW", "curvedCCW")),
)


def curves(picture: Picture, layout: Layout) -> dict[str, Curve]:
    """Return stroke -> curve; loops are not in it."""
    return _chosen(picture, layout)[0]


def roomy(picture: Picture, layout: Layout) -> Layout:
    """Return the layout of the page: the exhibit's, pulled apart where the page's simpler curves need the room."""
    tried = []
    for factor in _ROOM:
        wide = _pulled(picture, layout, factor)
        covered = _chosen(picture, wide)[1]
        if not covered:
            return wide
        tried.append((covered, factor, wide))
    return min(tried, key=lambda one: one[:2])[2]


def _pulled(picture: Picture, layout: Layout, factor: float) -> Layout:
    """Return the layout with every place moved along the chart by a factor; a loop goes with its box."""
    if factor == 1.0:
        return layout
    dx, dy = (factor, 1.0) if picture.kind == "flow" else (1.0, factor)

    def moved(spot: Spot, by: Spot) -> Spot:
        return spot.moved(by.x * (dx - 1), by.y * (dy - 1))

    owner = {s.id: layout.spots[s.start] for s in strokes(picture) if s.start == s.end}
    routes = {n: Route(r.points, moved(r.label, owner.get(n, r.label))) for n, r in layout.routes.items()}
    return replace(
        layout,
        width=round(layout.width * dx, 2),
        height=round(layout.height * dy, 2),
        spots={name: moved(spot, spot) for name, spot in layout.spots.items()},
        routes=routes,
    )


def _chosen(picture: Picture, layout: Layout) -> tuple[dict[str, Curve], int]:
    """Return stroke -> curve, and how many labels still cover something."""
    covered = 0
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
            cost += sum(2 * _COVERED for other in middles.get(pair, []) if math.dist(other, at) < _APART + 2)
            if careful:
                place = Spot(at[0], at[1], want.w, want.h)
                cost += sum(_COVERED for other in taken if place.covers(other))
                cost += sum(_COVERED for box in layout.spots.values() if place.covers(box))
            if best is None or cost < best[0]:
                best = (cost, curve, at)
        if best is None:
            continue
        chosen[stroke.id] = best[1]
        covered += best[0] >= _COVERED
        middles.setdefault(pair, []).append(best[2])
        taken.append(Spot(best[2][0], best[2][1], want.w, want.h))
    return chosen, covered

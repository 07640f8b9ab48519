"""Places on a drawing, and the hard checks on them (charts.md L6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

__all__ = ["Layout", "Point", "Route", "Spot", "crossings", "framed", "on_curve"]

Point = tuple[float, float]

#: Up to this many arrows labels and routes are checked too: T4 asks for 40, an exhibit holds no more (charts.md E3).
_CLOSE = 60


@dataclass(frozen=True, slots=True)
class Spot:
    """A rectangle by its centre."""

    x: float
    y: float
    w: float
    h: float

    def moved(self, dx: float, dy: float) -> Spot:
        return Spot(round(self.x + dx, 2), round(self.y + dy, 2), self.w, self.h)

    def covers(self, other: Spot, slack: float = 0.5) -> bool:
        """Say whether the two rectangles share more than a border of `slack` points."""
        return (
            abs(self.x - other.x) < (self.w + other.w) / 2 - slack
            and abs(self.y - other.y) < (self.h + other.h) / 2 - slack
        )

    def holds(self, point: Point, slack: float = 1.5) -> bool:
        return abs(point[0] - self.x) < self.w / 2 - slack and abs(point[1] - self.y) < self.h / 2 - slack


@dataclass(frozen=True, slots=True)
class Route:
    """One arrow: cubic Bezier points (1 + 3n) from start to tip, and the place of its label."""

    points: tuple[Point, ...]
    label: Spot

    def moved(self, dx: float, dy: float) -> Route:
        points = tuple((round(x + dx, 2), round(y + dy, 2)) for x, y in self.points)
        return Route(points, self.label.moved(dx, dy))


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything stands; `faults` are the hard checks that no engine passed."""

    width: float
    height: float
    spots: dict[str, Spot]
    routes: dict[str, Route]
    engine: str
    faults: tuple[str, ...] = ()


def on_curve(points: tuple[Point, ...], steps: int = 12) -> list[Point]:
    """Return points along a Bezier path."""
    trail = [points[0]]
    for n in range(0, len(points) - 3, 3):
        (ax, ay), (bx, by), (cx, cy), (dx, dy) = points[n : n + 4]
        for k in range(1, steps + 1):
            t = k / steps
            u = 1 - t
            a, b, c, d = u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t
            trail.append((a * ax + b * bx + c * cx + d * dx, a * ay + b * by + c * cy + d * dy))
    return trail


def _overlaps(kind: str, named: Iterable[tuple[str, Spot]], others: Iterable[tuple[str, Spot]]) -> list[str]:
    second = list(others)
    return [f"{kind}: {a}, {b}" for a, one in named for b, two in second if a < b and one.covers(two)]


def crossings(layout: Layout, ends: Mapping[str, tuple[str, str]]) -> tuple[str, ...]:
    """Return what covers what: box over box, label over label, label over box, arrow through a box it does not touch."""
    boxes = sorted(layout.spots.items())
    labels = sorted((name, route.label) for name, route in layout.routes.items())
    faults = _overlaps("box over box", boxes, boxes)
    if len(labels) > _CLOSE:
        return tuple(faults)
    faults += _overlaps("label over label", labels, labels)
    faults += [f"label over box: {a}, {b}" for a, one in labels for b, two in boxes if one.covers(two, 1.0)]
    for name, route in sorted(layout.routes.items()):
        trail = on_curve(route.points)
        touched = ends[name]
        faults += [
            f"arrow through box: {name}, {box}"
            for box, spot in boxes
            if box not in touched and any(spot.holds(point) for point in trail)
        ]
    return tuple(faults)


def framed(spots: dict[str, Spot], routes: dict[str, Route], engine: str) -> Layout:
    """Shift everything to start at (0, 0) and state the size."""
    rectangles = [*spots.values(), *(route.label for route in routes.values())]
    xs = [s.x - s.w / 2 for s in rectangles] + [x for r in routes.values() for x, _ in r.points]
    ys = [s.y - s.h / 2 for s in rectangles] + [y for r in routes.values() for _, y in r.points]
    right = [s.x + s.w / 2 for s in rectangles] + [x for r in routes.values() for x, _ in r.points]
    low = [s.y + s.h / 2 for s in rectangles] + [y for r in routes.values() for _, y in r.points]
    dx, dy = -min(xs, default=0.0), -min(ys, default=0.0)
    return Layout(
        round(max(right, default=0.0) + dx, 2),
        round(max(low, default=0.0) + dy, 2),
        {name: spot.moved(dx, dy) for name, spot in spots.items()},
        {name: route.moved(dx, dy) for name, route in routes.items()},
        engine,
    )

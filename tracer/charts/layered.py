"""The built-in layered layout, for machines without pygraphviz (charts.md L4): pure Python, same output as dot.

Boxes stand in layers (given columns, or longest path with the arrows that close a cycle reversed). Between two layers of
boxes lies a layer of labels; an arrow holds one cell in every layer it crosses, so nothing is drawn over anything.
Crossings are lowered by medians in a fixed number of passes (Sugiyama, Tagawa, Toda 1981); places are the least-squares
fit to the neighbours that keeps order and distance (pool adjacent violators).
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass, field
from statistics import median

from tracer.charts.loops import loop_routes, loops_of
from tracer.charts.measure import Cell, box_cells, label_cells
from tracer.charts.picture import Picture, Stroke, strokes
from tracer.charts.spots import Layout, Point, Route, Spot, framed

__all__ = ["layered"]

_PASSES, _FITS = 8, 12
_GAP_ALONG, _GAP_ACROSS = 30.0, 14.0


@dataclass(slots=True)
class _Item:
    """A box, a label, or the place where an arrow crosses a layer. `long` runs along the layers, `wide` across.

    `lower`: how far the box stands below the middle of its cell, whose upper part is room for loops.
    """

    name: str
    layer: int
    long: float
    wide: float
    first: int
    box: bool = False
    lower: float = 0.0
    at: float = 0.0
    before: list[_Item] = field(default_factory=list)
    after: list[_Item] = field(default_factory=list)


def layered(picture: Picture) -> Layout:
    """Return the layered layout; a flow chart runs from left to right, an ownership tree from the top down."""
    across = picture.kind == "flow"
    boxes, labels = box_cells(picture), label_cells(picture)
    drawn = [stroke for stroke in strokes(picture) if stroke.start != stroke.end]
    column = _columns(picture, drawn)
    items = {box.id: _item(box.id, 2 * column[box.id], boxes[box.id], n, across) for n, box in enumerate(picture.boxes)}
    loops = loops_of(picture)
    for item in items.values():
        item.box = True
        room = loops[item.name].room if item.name in loops else 0.0
        if across:
            item.wide, item.lower = item.wide + room, room / 2
        else:
            item.long, item.lower = item.long + room, room / 2
    chains = {stroke.id: _chain(stroke, items, labels[stroke.id], across) for stroke in drawn}
    layers: dict[int, list[_Item]] = defaultdict(list)
    for item in [*items.values(), *(item for chain in chains.values() for item in chain[0][1:-1])]:
        layers[item.layer].append(item)
    rows = [layers[n] for n in sorted(layers)]
    _order(rows, keep_boxes=across)
    _place(rows)
    along = _depths(rows)
    spots = {name: _spot(item, along, boxes[name], across) for name, item in items.items()}
    ends = {name: _ends(spot, across) for name, spot in spots.items()}
    routes = {}
    ports = _ports(drawn, chains, items, across)
    for stroke in drawn:
        chain, label, turned = chains[stroke.id]
        points = _curve(chain, along, ports[stroke.id], ends, across)
        routes[stroke.id] = Route(points[::-1] if turned else points, _spot(label, along, labels[stroke.id], across))
    routes |= loop_routes(picture, spots)
    return framed(spots, routes, "tracer layered 1")


def _item(name: str, layer: int, cell: Cell, first: int, across: bool) -> _Item:
    return _Item(name, layer, cell.width if across else cell.height, cell.height if across else cell.width, first)


def _columns(picture: Picture, drawn: list[Stroke]) -> dict[str, int]:
    """Return the layer of each box: its column, or the longest path from above with back arrows left out."""
    given = {box.id: box.column for box in picture.boxes}
    if all(column is not None for column in given.values()):
        order = {column: n for n, column in enumerate(sorted({c for c in given.values() if c is not None}))}
        return {box: order[column] for box, column in given.items() if column is not None}
    below: dict[str, list[str]] = {box.id: [] for box in picture.boxes}
    for stroke in drawn:
        below[stroke.start].append(stroke.end)
    entered = {stroke.end for stroke in drawn}
    finished: list[str] = []
    state: dict[str, int] = {}
    back: set[tuple[str, str]] = set()
    for root in sorted(below, key=lambda box: (box in entered, list(below).index(box))):
        stack = [(root, iter(below[root]))] if root not in state else []
        state.setdefault(root, 1)
        while stack:
            box, rest = stack[-1]
            step = next(rest, None)
            if step is None:
                state[box] = 2
                finished.append(box)
                stack.pop()
            elif step not in state:
                state[step] = 1
                stack.append((step, iter(below[step])))
            elif state[step] == 1:
                back.add((box, step))
    depth = dict.fromkeys(below, 0)
    for box in reversed(finished):
        for end in below[box]:
            if (box, end) not in back:
                depth[end] = max(depth[end], depth[box] + 1)
    return depth


def _chain(stroke: Stroke, items: dict[str, _Item], cell: Cell, across: bool) -> tuple[list[_Item], _Item, bool]:
    """Return the cells of one arrow from the upper box to the lower, its label's cell, and whether it runs upwards."""
    start, end = items[stroke.start], items[stroke.end]
    turned = start.layer > end.layer
    if turned:
        start, end = end, start
    level = start.layer == end.layer
    label = _item(stroke.id, start.layer + 1, cell, start.first, across)
    chain = [start, label]
    for layer in range(start.layer + 2, end.layer):
        chain.append(_Item(f"{stroke.id}.{layer}", layer, 1.0, 8.0, start.first))
    chain.append(end)
    for one, two in itertools.pairwise(chain):
        if level and two is end:
            two.after.append(one)  # both ends stand in one layer: the arrow goes out to its label and comes back
            one.before.append(two)
        else:
            one.after.append(two)
            two.before.append(one)
    return chain, label, turned


def _order(rows: list[list[_Item]], *, keep_boxes: bool) -> None:
    """Order each layer by the median of its neighbours; boxes of a flow chart keep the order of the picture (L5)."""
    for row in rows:
        row.sort(key=lambda item: (item.first, item.name))
    best, fewest = [list(row) for row in rows], _crossed(rows)
    for n in range(_PASSES):
        down = n % 2 == 0
        for row, fixed in zip(rows[1:], rows, strict=False) if down else zip(rows[-2::-1], rows[::-1], strict=False):
            where = {id(item): k for k, item in enumerate(fixed)}
            home = {id(item): k for k, item in enumerate(row)}

            def wanted(item: _Item) -> float:
                near = [where[id(x)] for x in (item.before if down else item.after) if id(x) in where]  # noqa: B023
                return median(near) if near else home[id(item)]  # noqa: B023

            row.sort(key=lambda item: (wanted(item), home[id(item)]))
            if keep_boxes:
                _put_back(row)
        crossed = _crossed(rows)
        if crossed < fewest:
            best, fewest = [list(row) for row in rows], crossed
    for row, kept in zip(rows, best, strict=True):
        row[:] = kept


def _put_back(row: list[_Item]) -> None:
    slots = [k for k, item in enumerate(row) if item.box]
    for k, item in zip(slots, sorted((row[k] for k in slots), key=lambda item: item.first), strict=True):
        row[k] = item


def _crossed(rows: list[list[_Item]]) -> int:
    """Count pairs of crossing steps between neighbouring layers."""
    total = 0
    for upper, lower in itertools.pairwise(rows):
        where = {id(item): k for k, item in enumerate(lower)}
        steps = sorted((k, where[id(x)]) for k, item in enumerate(upper) for x in item.after if id(x) in where)
        seen: list[int] = []
        for n, (_, end) in enumerate(steps):
            if len(steps) > 400:
                total += abs(end - n)  # a bound is enough to compare passes of a crowded layer
            else:
                total += sum(1 for other in seen if other > end)
                seen.append(end)
    return total


def _place(rows: list[list[_Item]]) -> None:
    """Give every item its place across the layer."""
    for row in rows:
        at = 0.0
        for item in row:
            item.at = at + item.wide / 2
            at += item.wide + _GAP_ACROSS
    for n in range(_FITS):
        for row in rows if n % 2 == 0 else rows[::-1]:
            wishes = []
            for item in row:
                near = (item.before if n % 2 == 0 else item.after) if n < _FITS - 2 else item.before + item.after
                wishes.append(sum(x.at for x in near) / len(near) if near else item.at)
            _fit(row, wishes)


def _fit(row: list[_Item], wishes: list[float]) -> None:
    """Move a layer as close to its wishes as order and distance allow, in the least-squares sense."""
    offset, offsets = 0.0, []
    for n, item in enumerate(row):
        offset += 0 if n == 0 else (row[n - 1].wide + item.wide) / 2 + _GAP_ACROSS
        offsets.append(offset)
    blocks: list[tuple[float, int]] = []
    for wish, off in zip(wishes, offsets, strict=True):
        mean, count = wish - off, 1
        while blocks and blocks[-1][0] > mean:
            other, size = blocks.pop()
            mean, count = (mean * count + other * size) / (count + size), count + size
        blocks.append((mean, count))
    level = [mean for mean, count in blocks for _ in range(count)]
    for item, base, off in zip(row, level, offsets, strict=True):
        item.at = round(base + off, 3)


def _depths(rows: list[list[_Item]]) -> dict[int, tuple[float, float]]:
    """Return layer -> (where it begins, where it ends) along the direction of the chart."""
    along, at = {}, 0.0
    for row in rows:
        long = max(item.long for item in row)
        along[row[0].layer] = (at, at + long)
        at += long + _GAP_ALONG
    return along


def _spot(item: _Item, along: dict[int, tuple[float, float]], cell: Cell, across: bool) -> Spot:
    middle = sum(along[item.layer]) / 2
    x, y = (middle, item.at + item.lower) if across else (item.at, middle + item.lower)
    return Spot(round(x, 2), round(y, 2), cell.width, cell.height)


def _ends(spot: Spot, across: bool) -> tuple[float, float]:
    """Return where a box begins and ends along the direction of the chart."""
    return (spot.x - spot.w / 2, spot.x + spot.w / 2) if across else (spot.y - spot.h / 2, spot.y + spot.h / 2)


def _ports(
    drawn: list[Stroke], chains: dict[str, tuple[list[_Item], _Item, bool]], items: dict[str, _Item], across: bool
) -> dict[str, tuple[float, float]]:
    """Spread the arrows on each side of a box in the order of where they come from, so that none hides another."""
    sides: dict[tuple[str, bool], list[tuple[float, str, int]]] = defaultdict(list)
    for stroke in drawn:
        chain = chains[stroke.id][0]
        level = chain[0].layer == chain[-1].layer
        sides[chain[0].name, True].append((chain[1].at, stroke.id, 0))
        sides[chain[-1].name, level].append((chain[-2].at, stroke.id, 1))
    ports: dict[str, list[float]] = {stroke.id: [0.0, 0.0] for stroke in drawn}
    for (name, _), users in sides.items():
        box = items[name]
        lower = box.lower if across else 0.0
        reach = box.wide - 2 * lower - 8
        for n, (_, used, end) in enumerate(sorted(users)):
            ports[used][end] = box.at + lower - reach / 2 + reach * (n + 1) / (len(users) + 1)
    return {used: (one, two) for used, (one, two) in ports.items()}


def _curve(
    chain: list[_Item],
    along: dict[int, tuple[float, float]],
    ports: tuple[float, float],
    ends: dict[str, tuple[float, float]],
    across: bool,
) -> tuple[Point, ...]:
    """Return the Bezier path: straight through every cell, bent only in the gaps between layers."""
    level = chain[0].layer == chain[-1].layer
    stops: list[tuple[float, float]] = []
    for n, item in enumerate(chain):
        begin, end = along[item.layer]
        if item.box:
            begin, end = ends[item.name]
        if n == 0:
            stops += [(end, ports[0]), (along[item.layer][1], ports[0])]
        elif n == len(chain) - 1:
            edge = end if level else begin
            outer = along[item.layer][1 if level else 0]
            stops += [(outer, ports[1]), (edge, ports[1])]
        elif level:
            # Out to the near side of the label and back, a little lower, all in the gap between the two layers.
            turn = min(5.0, item.wide / 4) * (1 if ports[1] >= ports[0] else -1)
            stops += [(begin, item.at - turn), (begin + 4, item.at), (begin, item.at + turn)]
        else:
            stops += [(begin, item.at), (end, item.at)]
    points = [stops[0]]
    for (a, b), (c, d) in itertools.pairwise(stops):
        half = (c - a) / 2
        points += [(a + half, b), (c - half, d), (c, d)]
    return tuple((round(a, 2), round(b, 2)) if across else (round(b, 2), round(a, 2)) for a, b in points)

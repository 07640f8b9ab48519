"""Where boxes, arrows and labels stand: Graphviz `dot` through pygraphviz, or the built-in layered layout.

Graphviz sees `n0`, `e0`, sizes and ranks only: no text of the case ever reaches it, because its labels are a language
(charts.md L1). Room for each label is reserved by an empty cell (L2). Same input, same coordinates; no random start.

Units: points, x to the right, y down.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from dataclasses import replace
from importlib.util import find_spec
from typing import Literal

from tracer.charts.layered import layered
from tracer.charts.loops import loop_routes, loops_of
from tracer.charts.measure import box_cells, label_cells
from tracer.charts.picture import Picture, strokes
from tracer.charts.spots import Layout, Route, Spot, crossings, framed
from tracer.model import TracerError

__all__ = ["Engine", "Layout", "LayoutFailed", "Route", "Spot", "column_heads", "lay_out"]

Engine = Literal["auto", "graphviz", "layered"]


class LayoutFailed(TracerError):
    """No engine drew the picture without covering something."""


@functools.lru_cache(maxsize=16)
def lay_out(picture: Picture, engine: Engine = "auto") -> Layout:
    """Return the layout of a picture. `auto`: dot where pygraphviz is installed and its drawing passes, else built-in.

    Raises: LayoutFailed when boxes would overlap.
    """
    tried = {
        # dot 14 loses its way ("triangulation failed") on labelled arrows inside one column.
        "auto": ["graphviz", "layered"] if find_spec("pygraphviz") and not _level(picture) else ["layered"],
        "graphviz": ["graphviz"],
        "layered": ["layered"],
    }[engine]
    drawn: list[Layout] = []
    for name in tried:
        layout = _dot(picture) if name == "graphviz" else layered(picture)
        faults = crossings(layout, {s.id: (s.start, s.end) for s in strokes(picture)})
        if not faults:
            return layout
        drawn.append(replace(layout, faults=faults))
    best = min(drawn, key=lambda layout: len(layout.faults))
    if any(fault.startswith("box over box") for fault in best.faults):
        raise LayoutFailed(
            f"No layout of {len(picture.boxes)} boxes without one covering another.",
            where=f"picture {picture.kind}, engines {', '.join(tried)}",
            meaning="A chart that hides a box is not drawn.",
            next_call="draw one asset or one path at a time",
        )
    return best


def _level(picture: Picture) -> bool:
    column = {box.id: box.column for box in picture.boxes if box.column is not None}
    return any(
        s.start != s.end and s.start in column and column[s.start] == column.get(s.end) for s in strokes(picture)
    )


def column_heads(picture: Picture, layout: Layout) -> list[tuple[float, str]]:
    """Return (middle, words) of each column that has boxes."""
    columns: dict[int, list[float]] = defaultdict(list)
    for box in picture.boxes:
        if box.column is not None and box.column < len(picture.heads):
            columns[box.column].append(layout.spots[box.id].x)
    return [(round(sum(xs) / len(xs), 2), picture.heads[column]) for column, xs in sorted(columns.items())]


def _dot(picture: Picture) -> Layout:
    import pygraphviz

    across = picture.kind == "flow"
    boxes, labels, loops = box_cells(picture), label_cells(picture), loops_of(picture)
    graph = pygraphviz.AGraph(
        directed=True,
        strict=False,
        rankdir="LR" if across else "TB",
        splines="true",
        nodesep="0.22" if across else "0.3",
        ranksep="0.35",
        outputorder="nodesfirst",
    )
    names = {box.id: f"n{n}" for n, box in enumerate(picture.boxes)}
    columns: dict[int, list[str]] = defaultdict(list)
    for box in picture.boxes:
        cell = boxes[box.id]
        if box.id in loops:
            graph.add_node(names[box.id], shape="plain", label=_with_room(cell.width, cell.height, loops[box.id].room))
        else:
            size = {"width": f"{cell.width / 72:.4f}", "height": f"{cell.height / 72:.4f}"}
            graph.add_node(names[box.id], shape="box", fixedsize="true", label="", **size)
        if box.column is not None:
            columns[box.column].append(names[box.id])
    _hold_columns(graph, columns, fixed=across)
    for stroke in strokes(picture):
        if stroke.start == stroke.end:
            continue
        cell = labels[stroke.id]
        start, end = names[stroke.start], names[stroke.end]
        graph.add_edge(
            start,
            end,
            key=stroke.id,
            label=_reserved(cell.width, cell.height),
            **{port: "b" for port, box in (("tailport", stroke.start), ("headport", stroke.end)) if box in loops},
        )
    graph.layout(prog="dot")
    return _read_dot(picture, graph, pygraphviz)


def _reserved(width: float, height: float) -> str:
    return (
        '<<TABLE BORDER="0" CELLPADDING="0" CELLSPACING="0"><TR><TD FIXEDSIZE="TRUE" '
        f'WIDTH="{width + 6:.0f}" HEIGHT="{height + 4:.0f}"></TD></TR></TABLE>>'
    )


def _with_room(width: float, height: float, room: float) -> str:
    """Return a node with room for loops above; arrows end at the cell `b`, which is the box itself."""
    return (
        '<<TABLE BORDER="0" CELLBORDER="0" CELLPADDING="0" CELLSPACING="0">'
        f'<TR><TD FIXEDSIZE="TRUE" WIDTH="{width:.0f}" HEIGHT="{room:.0f}"></TD></TR>'
        f'<TR><TD PORT="b" FIXEDSIZE="TRUE" WIDTH="{width:.0f}" HEIGHT="{height:.0f}"></TD></TR></TABLE>>'
    )


def _hold_columns(graph: object, columns: dict[int, list[str]], *, fixed: bool) -> None:
    """Keep each column in its rank, and the ranks in order, by invisible edges; no box is added that is drawn."""
    previous = ""
    for column in sorted(columns):
        graph.add_node(f"c{column}", shape="point", width="0.01", height="0.01", style="invis", label="")  # type: ignore[attr-defined]
        graph.add_subgraph([f"c{column}", *columns[column]], name=f"column{column}", rank="same")  # type: ignore[attr-defined]
        if previous:
            graph.add_edge(previous, f"c{column}", key=f"after{column}", style="invis", weight="0", minlen="1")  # type: ignore[attr-defined]
        previous = f"c{column}"
        if fixed:
            for n, (one, two) in enumerate(zip(columns[column], columns[column][1:], strict=False)):
                graph.add_edge(one, two, key=f"under{column}.{n}", style="invis", weight="0")  # type: ignore[attr-defined]


def _pair(text: str, height: float) -> tuple[float, float]:
    x, y = text.split(",")
    return round(float(x), 2), round(height - float(y), 2)


def _read_dot(picture: Picture, graph: object, pygraphviz: object) -> Layout:
    height = float(graph.graph_attr["bb"].split(",")[3])  # type: ignore[attr-defined]
    spots, boxes, labels, loops = {}, box_cells(picture), label_cells(picture), loops_of(picture)
    for n, box in enumerate(picture.boxes):
        x, y = _pair(graph.get_node(f"n{n}").attr["pos"], height)  # type: ignore[attr-defined]
        lower = loops[box.id].room / 2 if box.id in loops else 0.0
        spots[box.id] = Spot(x, round(y + lower, 2), boxes[box.id].width, boxes[box.id].height)
    routes = {}
    names = {box.id: f"n{n}" for n, box in enumerate(picture.boxes)}
    for stroke in strokes(picture):
        if stroke.start == stroke.end:
            continue
        edge, cell = graph.get_edge(names[stroke.start], names[stroke.end], stroke.id), labels[stroke.id]  # type: ignore[attr-defined]
        x, y = _pair(edge.attr["lp"], height)
        points = _spline(edge.attr["pos"], height)
        routes[stroke.id] = Route(points, Spot(x, y, cell.width, cell.height))
    routes |= loop_routes(picture, spots)
    library = pygraphviz.graphviz  # type: ignore[attr-defined]
    version = ".".join(str(getattr(library, f"GRAPHVIZ_{part}_VERSION")) for part in ("MAJOR", "MINOR", "PATCH"))
    engine = f"graphviz dot {version} (pygraphviz {pygraphviz.__version__})"  # type: ignore[attr-defined]
    return framed(spots, routes, engine)


def _spline(text: str, height: float) -> tuple[tuple[float, float], ...]:
    """Return dot's `e,x,y p0 c1 c2 p3 ...` as one Bezier path that ends at the arrow's tip."""
    tip: tuple[float, float] | None = None
    points = []
    for word in text.replace("\\\n", "").split():
        if word.startswith("e,"):
            tip = _pair(word[2:], height)
        elif word.startswith("s,"):
            continue
        else:
            points.append(_pair(word, height))
    if tip is not None:
        points += [points[-1], tip, tip]
    return tuple(points)

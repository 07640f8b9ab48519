"""The exhibit: SVG, PDF and PNG, the same bytes from the same picture (charts.md section 6).

Drawn by matplotlib without pyplot. A screenshot of the interactive page is never an exhibit.
"""

from __future__ import annotations

import functools
import hashlib
import io
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal
from xml.sax.saxutils import escape

from tracer.charts.caps import capped
from tracer.charts.fonts import Font, MissingGlyphs, demand_glyphs, find_fonts, properties
from tracer.charts.layout import Engine, column_heads
from tracer.charts.marks import FILL, INK, Line, legend, line_of, outline
from tracer.charts.measure import FONT, LEADING, box_cells, label_cells
from tracer.charts.picture import VERSION, Picture, foot, picture_hash, status_line, strokes
from tracer.charts.sheets import Sheet, sheets
from tracer.charts.spots import Point, Route, Spot
from tracer.charts.visible import clip, label
from tracer.charts.words import HEADS, MARGIN, SMALL, above, below, legend_rows, status_width, title_lines

__all__ = ["Format", "manifest_line", "sheet_count", "still"]

Format = Literal["svg", "pdf", "png"]

#: E1, E2: no mathematics in names, no random ids, text searchable, nothing of time, user or host in the file.
_RC: Any = {
    "text.parse_math": False,
    "svg.hashsalt": "tracer",
    "svg.fonttype": "path",
    "pdf.fonttype": 42,
    "path.simplify": False,
    "font.enable_last_resort": False,
}
_METADATA: dict[str, dict[str, Any]] = {
    "svg": {"Date": None, "Creator": "tracer"},
    "pdf": {"CreationDate": None, "Creator": "tracer", "Producer": "tracer"},
    "png": {"Software": None},
}
_DOCTYPE = re.compile(rb"<!DOCTYPE[^>]*>\s*")


def still(
    picture: Picture,
    kind: Format,
    *,
    sheet: int = 1,
    fonts: Iterable[str | Path] = (),
    engine: Engine = "auto",
    dpi: int = 300,
) -> bytes:
    """Return the exhibit. A PDF holds every sheet; SVG and PNG hold the one asked for and say "page x of y".

    Raises: ChartDoesNotFoot, MissingGlyphs.
    """
    picture = capped(picture)
    picture.check()
    return _drawn(picture, kind, sheet, find_fonts(fonts), engine, dpi)


@functools.lru_cache(maxsize=64)
def _drawn(picture: Picture, kind: Format, sheet: int, faces: tuple[Font, ...], engine: Engine, dpi: int) -> bytes:
    """Draw one exhibit; a notebook asks for the same image twice, in the HTML and beside it, and for an annex again.

    An annex has some twenty images, a few hundred KB each.
    """
    made = sheets(picture, engine)
    with _drawing():
        if kind == "pdf":
            demand_glyphs(_texts(picture, made), faces)
            return _pdf(picture, made, faces)
        one = made[sheet - 1]
        demand_glyphs(_texts(picture, (one,)), faces)
        out = io.BytesIO()
        metadata = _METADATA[kind] | ({"Title": clip(picture.title_en, 200)} if kind == "svg" else {})
        _figure(picture, one, faces).savefig(out, format=kind, dpi=dpi, metadata=metadata)
    return _described(out.getvalue(), picture) if kind == "svg" else out.getvalue()


def sheet_count(picture: Picture, engine: Engine = "auto") -> int:
    """Return how many sheets the exhibit has."""
    return len(sheets(capped(picture), engine))


def manifest_line(
    name: str, data: bytes, picture: Picture, *, fonts: Iterable[str | Path] = (), engine: Engine = "auto"
) -> dict[str, str]:
    """Return the manifest line of one written exhibit (E6): hashes, layout engine, fonts, versions."""
    import matplotlib as mpl

    made = sheets(capped(picture), engine)
    return {
        "file": name,
        "sha256": hashlib.sha256(data).hexdigest(),
        "picture": picture_hash(picture),
        "layout": made[0].layout.engine,
        "fonts": "; ".join(f"{font.name} {font.sha256}" for font in find_fonts(fonts)),
        "versions": f"tracer charts {VERSION}; matplotlib {mpl.__version__}",
        "run": picture.run,
        "head": picture.head,
        "sheets": str(len(made)),
        "faults": "; ".join(fault for s in made for fault in s.layout.faults),
    }


@contextmanager
def _drawing() -> Iterator[None]:
    """Fix every setting that changes a byte, and turn a missing glyph into an error."""
    import matplotlib as mpl

    with mpl.rc_context(_RC), warnings.catch_warnings():
        warnings.filterwarnings("error", message="Glyph .* missing")
        try:
            yield
        except UserWarning as missing:
            raise MissingGlyphs(
                f"The drawing lacks a glyph: {clip(str(missing), 120)}.",
                meaning="The exhibit would show an empty box. Nothing was written.",
                next_call="pass a font that has it: fonts=[path]",
            ) from missing


def _pdf(picture: Picture, made: tuple[Sheet, ...], faces: tuple[Font, ...]) -> bytes:
    from matplotlib.backends.backend_pdf import PdfPages

    out = io.BytesIO()
    with PdfPages(out, metadata=_METADATA["pdf"] | {"Title": clip(picture.title_en, 200)}) as pages:
        for one in made:
            pages.savefig(_figure(picture, one, faces))
    return out.getvalue()


def _described(svg: bytes, picture: Picture) -> bytes:
    """Put `<desc>` after `<title>`: what a reader who cannot see the drawing is told."""
    words = f"{label(picture.title_zh, 200)}. {status_line(picture)}. {foot(picture)}"
    body = _DOCTYPE.sub(b"", svg, count=1)  # the reference to w3.org's DTD would be the file's only outside reference
    return body.replace(b"</title>", b"</title>\n <desc>" + escape(words).encode() + b"</desc>", 1)


def _texts(picture: Picture, made: tuple[Sheet, ...]) -> dict[str, str]:
    """Return every string of the sheets by where it stands."""
    texts = {}
    for one in made:
        texts[f"title of page {one.number}"] = "".join(
            line for line, _ in title_lines(picture, one.name, one.paper[0])
        ) + status_line(picture)
        texts[f"legend of page {one.number}"] = "".join(words for _, words in legend(one.part))
        texts[f"heads of page {one.number}"] = "".join(label(head) for head in one.part.heads)
        texts[f"footer of page {one.number}"] = "".join(below(picture, one.part, one.number, one.of, one.paper[0]))
        texts |= {f"box {clip(name, 40)}": "".join(cell.lines) for name, cell in box_cells(one.part).items()}
        named = {s.id: s.members[0].id for s in strokes(one.part)}
        texts |= {f"arrow {clip(named[name], 40)}": "".join(c.lines) for name, c in label_cells(one.part).items()}
    return texts


# Drawing --------------------------------------------------------------------------------------------------------------


def _figure(picture: Picture, one: Sheet, faces: tuple[Font, ...]) -> Any:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    width, height = one.paper
    figure = Figure(figsize=(width / 72, height / 72), facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    pen = _Pen(axes, faces)
    _draw_frame(pen, picture, one)
    top = MARGIN + above(picture, one.name, width) + (HEADS if one.part.heads else 0)
    rows, lines = legend_rows(one.part, width), below(picture, one.part, one.number, one.of, width)
    low = height - MARGIN - 11 - len(lines) * (SMALL + 3) - len(rows) * (SMALL + 4)
    pen.scale = one.scale
    pen.x = MARGIN + (width - 2 * MARGIN - one.layout.width * one.scale) / 2
    pen.y = top + max(0.0, (low - top - one.layout.height * one.scale) / 2)
    _draw_heads(pen, one)
    _draw_picture(pen, one)
    return figure


class _Pen:
    """Draws in points of the layout on one sheet, through the sheet's scale and offset."""

    def __init__(self, axes: Any, faces: tuple[Font, ...]) -> None:
        self.axes, self.faces = axes, faces
        self.scale, self.x, self.y = 1.0, 0.0, 0.0

    def at(self, point: Point) -> Point:
        return (self.x + point[0] * self.scale, self.y + point[1] * self.scale)

    def text(
        self, point: Point, words: str, size: float, align: str = "center", color: str = INK, layer: int = 9
    ) -> None:
        x, y = self.at(point)
        font = properties(self.faces, size * self.scale)
        self.axes.text(x, y, words, fontproperties=font, ha=align, va="baseline", color=color, zorder=layer)

    def path(self, points: Iterable[Point], codes: list[Any], layer: int, **style: Any) -> None:
        from matplotlib.patches import PathPatch
        from matplotlib.path import Path as Outline

        self.axes.add_patch(PathPatch(Outline([self.at(p) for p in points], codes), zorder=layer, **style))

    def polygon(self, points: tuple[Point, ...], layer: int, **style: Any) -> None:
        from matplotlib.path import Path as Outline

        codes = [Outline.MOVETO, *[Outline.LINETO] * (len(points) - 1), Outline.CLOSEPOLY]
        self.path((*points, points[0]), codes, layer, **style)

    def line(self, points: tuple[Point, ...], line: Line, layer: int, width: float = 1.1, *, curved: bool) -> None:
        from matplotlib.path import Path as Outline

        codes = [Outline.MOVETO, *[Outline.CURVE4 if curved else Outline.LINETO] * (len(points) - 1)]
        dash: Any = (0, tuple(d / width for d in line.dashes)) if line.dashes else "solid"
        if line.double:
            self.path(points, codes, layer, fc="none", ec=line.color, lw=width * 3.6, ls="solid", capstyle="butt")
            self.path(points, codes, layer, fc="none", ec="white", lw=width * 1.6, ls="solid", capstyle="butt")
            if line.dashes:
                self.path(points, codes, layer, fc="none", ec=line.color, lw=width * 0.9, ls=dash, capstyle="butt")
            return
        self.path(points, codes, layer, fc="none", ec=line.color, lw=width, ls=dash, capstyle="butt")


def _draw_frame(pen: _Pen, picture: Picture, one: Sheet) -> None:
    """Draw titles and the framed status above, legend and footer below the drawing."""
    width, height = one.paper
    y = MARGIN - 2
    for line, size in title_lines(picture, one.name, width):
        y += size + 4
        pen.text((MARGIN, y - 2), line, size, "left")
    right, wide = width - MARGIN, status_width(picture)
    box = ((right - wide, MARGIN), (right, MARGIN), (right, MARGIN + 22), (right - wide, MARGIN + 22))
    pen.polygon(box, 3, fc="white", ec=INK, lw=1.2)
    pen.text((right - wide / 2, MARGIN + 14.5), status_line(picture), SMALL)
    lines = below(picture, one.part, one.number, one.of, width)
    rows = legend_rows(one.part, width)
    y = height - MARGIN - 3 - len(lines) * (SMALL + 3) - len(rows) * (SMALL + 4)
    pen.line(((MARGIN, y - 4), (right, y - 4)), Line((), False, "#8a8a8a", ""), 2, 0.6, curved=False)
    for row in rows:
        y += SMALL + 4
        for x, sample, words in row:
            if sample:
                pen.line(((MARGIN + x, y - 6), (MARGIN + x + 28, y - 6)), sample, 4, curved=False)
            pen.text((MARGIN + x + (34 if sample else 0), y - 3), words, SMALL, "left")
    for words in lines:
        y += SMALL + 3
        pen.text((MARGIN, y), words, SMALL, "left")


def _draw_heads(pen: _Pen, one: Sheet) -> None:
    """Write the words of each column over its boxes."""
    top = -10 / one.scale
    for x, words in column_heads(one.part, one.layout):
        pen.text((x, top), label(words), FONT, color="#444444")


def _draw_picture(pen: _Pen, one: Sheet) -> None:
    layout, part = one.layout, one.part
    kind = {box.id: box.kind for box in part.boxes}
    labels = label_cells(part)
    for stroke in strokes(part):
        route, line = layout.routes[stroke.id], line_of(stroke)
        points = _reaching(route, stroke, layout.spots, kind)
        pen.line(points, line, 3, curved=True)
        _draw_head(pen, points, line.color)
        spot = route.label
        corner = _corners(spot)
        pen.polygon(corner, 5, fc="white", ec="none")
        _draw_lines(pen, labels[stroke.id].lines, spot.x, spot.y, line.color if stroke.us_leg else INK)
    cells = box_cells(part)
    for box in part.boxes:
        spot = layout.spots[box.id]
        shape = outline(box.kind, spot.w, spot.h)
        dashed: Any = (0, (4, 3)) if shape.dashed or box.grade == "inferred" else "solid"
        border = tuple((spot.x + x, spot.y + y) for x, y in shape.border)
        pen.polygon(border, 7, fc=FILL[box.role], ec=INK, lw=1.1, ls=dashed)
        for inside in shape.inside:
            pen.line(tuple((spot.x + x, spot.y + y) for x, y in inside), Line((), False, INK, ""), 8, curved=False)
        _draw_lines(pen, cells[box.id].lines, spot.x + shape.dx, spot.y + shape.dy, INK)


def _corners(spot: Spot) -> tuple[Point, ...]:
    w, h = spot.w / 2, spot.h / 2
    return ((spot.x - w, spot.y - h), (spot.x + w, spot.y - h), (spot.x + w, spot.y + h), (spot.x - w, spot.y + h))


def _draw_lines(pen: _Pen, lines: tuple[str, ...], x: float, y: float, color: str) -> None:
    top = y - len(lines) * LEADING / 2
    for n, line in enumerate(lines):
        pen.text((x, top + n * LEADING + 0.8 * LEADING), line, FONT, color=color)


def _reaching(route: Route, stroke: Any, spots: dict[str, Spot], kind: Mapping[str, str]) -> tuple[Point, ...]:
    """Return the route lengthened to the border of shapes that do not fill their rectangle."""
    points = list(route.points)
    for at, box, turn in ((0, stroke.start, 1), (-1, stroke.end, -1)):
        spot = spots[box]
        border = outline(kind[box], spot.w, spot.h).border
        meets = _border_point(points[at], spot, border)
        if meets is not None and turn == 1:
            points = [meets, meets, points[0], *points]
        elif meets is not None:
            points = [*points, points[-1], meets, meets]
    return tuple(points)


def _border_point(point: Point, spot: Spot, border: tuple[Point, ...]) -> Point | None:
    """Return where the way from `point` to the middle of the box meets its border, unless it is there already."""
    px, py = point[0] - spot.x, point[1] - spot.y
    best: float | None = None
    for (ax, ay), (bx, by) in zip(border, (*border[1:], border[0]), strict=True):
        ex, ey = bx - ax, by - ay
        under = px * ey - py * ex
        if abs(under) < 1e-9:
            continue
        t = (ax * ey - ay * ex) / under
        u = (ax * py - ay * px) / under
        if 0 < t <= 1 and -1e-9 <= u <= 1 + 1e-9 and (best is None or t > best):
            best = t
    if best is None or (1 - best) * (px * px + py * py) ** 0.5 < 1.0:
        return None
    return (spot.x + px * best, spot.y + py * best)


def _draw_head(pen: _Pen, points: tuple[Point, ...], color: str) -> None:
    tip = points[-1]
    before = next((p for p in points[-2::-1] if abs(p[0] - tip[0]) + abs(p[1] - tip[1]) > 0.5), tip)
    dx, dy = tip[0] - before[0], tip[1] - before[1]
    length = (dx * dx + dy * dy) ** 0.5 or 1.0
    ux, uy = dx / length, dy / length
    back = (tip[0] - 9 * ux, tip[1] - 9 * uy)
    wing = (back[0] - 4 * uy, back[1] + 4 * ux), (back[0] + 4 * uy, back[1] - 4 * ux)
    pen.polygon((tip, wing[0], wing[1]), 6, fc=color, ec=color, lw=0.4)

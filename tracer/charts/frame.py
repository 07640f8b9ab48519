"""The chart in a notebook: a sandboxed frame, then a still image and a table for readers whose notebook drops it.

Image and table are the product, the frame is the extra (notebook.md R4): an untrusted notebook strips frame and style, and
image and table appear; printing shows the image (charts.md W7, W8).
"""

from __future__ import annotations

import base64
from html import escape

from tracer.charts.caps import capped
from tracer.charts.fonts import MissingGlyphs
from tracer.charts.layout import Engine
from tracer.charts.page import page
from tracer.charts.picture import Picture, foot, status_line
from tracer.charts.still import sheet_count, still
from tracer.charts.table import table
from tracer.charts.visible import label

__all__ = ["frame"]

_SWITCH = (
    "<style>@media screen{.tracer-chart iframe+.tracer-still{display:none}} "
    "@media print{.tracer-chart iframe{display:none}}</style>"
)
#: A chart's HTML is at most 1.5 MB and takes at most 1 s (notebook.md R6): the first sheet as an image costs half of it,
#: so further sheets are counted in words and the PDF is named.
_LIMIT, _IMAGES, _DPI, _ROWS = 1_500_000, 1, 100, 20


def frame(picture: Picture, *, engine: Engine = "auto") -> str:
    """Return the HTML of a chart for a notebook. Never `allow-same-origin`."""
    picture = capped(picture)
    live = page(picture, engine=engine)
    title = escape(f"{label(picture.title_en, 200)} {label(picture.title_zh, 200)}")
    opening = (
        f'<div class="tracer-chart">{_SWITCH}<iframe sandbox="allow-scripts" referrerpolicy="no-referrer" title="{title}" '
        f'style="width:100%;height:820px;border:1px solid #8a8a8a" srcdoc="{escape(live, quote=True)}"></iframe>'
        '<div class="tracer-still">'
    )
    closing = f"{table(picture, _ROWS)}<p>{escape(status_line(picture))}</p></div></div>"
    room = _LIMIT - len((opening + closing).encode())
    return opening + _images(picture, title, room, engine) + closing


def _images(picture: Picture, title: str, room: int, engine: Engine) -> str:
    """Return the first sheets as images with their words, as many as fit."""
    try:
        of = sheet_count(picture, engine)
        parts = []
        for sheet in range(1, min(of, _IMAGES) + 1):
            image = base64.b64encode(still(picture, "png", sheet=sheet, dpi=_DPI, engine=engine)).decode()
            part = f'<img style="max-width:100%" alt="{title}, {escape(foot(picture))}" src="data:image/png;base64,{image}">'
            if len(part) > room:
                break
            parts.append(part)
            room -= len(part)
    except MissingGlyphs as missing:
        return "".join(f"<p>{escape(line)}</p>" for line in missing.lines())
    if len(parts) < of:
        parts.append(f"<p>{len(parts)} of {of} sheets are shown here; the PDF exhibit holds all of them.</p>")
    return "".join(parts)

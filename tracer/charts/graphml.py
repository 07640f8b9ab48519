"""A picture as GraphML, for graph programs, when it is too large to draw (charts.md W12).

Format: GraphML 1.0 (graphdrawing.org). Money as integer minor units with its currency; texts marked as in a chart.
"""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from tracer.charts.picture import Picture
from tracer.charts.visible import PANEL, clip

__all__ = ["graphml"]

_KEYS = (
    ("label", "node", "string"),
    ("kind", "node", "string"),
    ("role", "node", "string"),
    ("ref", "edge", "string"),
    ("date", "edge", "string"),
    ("minor_units", "edge", "long"),
    ("currency", "edge", "string"),
    ("grade", "edge", "string"),
    ("us_leg", "edge", "boolean"),
    ("cite", "edge", "string"),
)


def graphml(picture: Picture) -> str:
    """Return the whole picture, uncapped, as GraphML. Raises: ChartDoesNotFoot."""
    picture.check()
    names = {box.id: f"n{n}" for n, box in enumerate(picture.boxes)}
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">']
    lines += [f'<key id="{name}" for="{what}" attr.name="{name}" attr.type="{kind}"/>' for name, what, kind in _KEYS]
    lines.append('<graph id="picture" edgedefault="directed">')
    for box in picture.boxes:
        values = {"label": " / ".join(box.lines), "kind": box.kind, "role": box.role}
        lines.append(f"<node id={quoteattr(names[box.id])}>{_data(values)}</node>")
    for n, arrow in enumerate(picture.arrows):
        money = arrow.amount
        values = {"ref": arrow.id, "date": arrow.on, "grade": arrow.grade, "us_leg": str(arrow.us_leg).lower()}
        values |= {"minor_units": str(money.minor), "currency": money.currency} if money else {}
        values |= {"cite": arrow.cite}
        lines.append(
            f'<edge id="e{n}" source="{names[arrow.start]}" target="{names[arrow.end]}">{_data(values)}</edge>'
        )
    return "\n".join([*lines, "</graph>", "</graphml>", ""])


def _data(values: dict[str, str]) -> str:
    return "".join(f'<data key="{name}">{escape(clip(value, PANEL))}</data>' for name, value in values.items() if value)

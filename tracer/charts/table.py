"""The table under a chart: every arrow once, so that nothing depends on a mouse, a script or a picture (charts.md W4)."""

from __future__ import annotations

from html import escape

from tracer.charts.picture import Arrow, Picture, foot, title_note
from tracer.charts.visible import clip, label

__all__ = ["plain", "table"]

_HEADS = {
    "flow": ("Ref 编号", "Date 日期", "Amount 金额", "From 付款方", "To 收款方", "Cite 出处"),
    "graph": ("Ref 编号", "Date 日期", "Link 关系", "From 起点", "To 终点", "Record 记录"),
    "owners": ("Ref 编号", "From-to 期间", "Interest 权益", "Owner 持有人", "Subject 标的", "Cite 出处"),
}


def table(picture: Picture, rows: int | None = None) -> str:
    """Return the table as HTML; with `rows`, the first rows and a line that says how many there are."""
    names = _names(picture)
    shown = picture.arrows if rows is None else picture.arrows[:rows]
    heads = "".join(f'<th scope="col">{head}</th>' for head in _HEADS[picture.kind])
    body = "\n".join(_row(arrow, names) for arrow in shown)
    last = _last(picture, len(shown))
    return (
        f'<table class="tracer-arrows"><caption>{picture.counted.title()}</caption><thead><tr>{heads}</tr></thead><tbody>\n'
        f'{body}\n</tbody><tfoot><tr><td colspan="6">{escape(last)}</td></tr></tfoot></table>'
    )


def _named(lines: tuple[str, ...]) -> str:
    return " / ".join(label(line) for line in lines)


def _names(picture: Picture) -> dict[str, str]:
    """Return box -> its name. Where a flow ends, the second line of the box is a sum, and no part of a name."""
    return {
        box.id: _named(box.lines[: 1 if picture.kind == "flow" and box.kind != "account" else 2])
        for box in picture.boxes
    }


def _last(picture: Picture, shown: int) -> str:
    note = title_note(picture)
    count = f"showing {shown:,} of {len(picture.arrows):,} · {foot(picture)}"
    return " · ".join([count, *([note] if note else [])])


def plain(picture: Picture, rows: int) -> str:
    """Return the same table as plain text: the twin of the chart for a terminal (notebook.md R1)."""
    names = _names(picture)
    shown = picture.arrows[:rows]
    lines = ["  ".join(_cells(arrow, names)) for arrow in shown]
    return "\n".join([label(f"{picture.title_en} {picture.title_zh}", 300), *lines, _last(picture, len(shown))])


def _cells(arrow: Arrow, names: dict[str, str]) -> tuple[str, ...]:
    figure = str(arrow.amount) if arrow.amount is not None else label(" ".join(arrow.lines[:1]))
    around = clip(arrow.id, 80), label(arrow.on)
    return (*around, figure, names[arrow.start], names[arrow.end], label(arrow.cite, 200))


def _row(arrow: Arrow, names: dict[str, str]) -> str:
    ref, on, figure, *others = _cells(arrow, names)
    cells = (_cell(ref), _cell(on), f'<td class="figure"><bdi>{escape(figure)}</bdi></td>', *map(_cell, others))
    return f"<tr>{''.join(cells)}</tr>"


def _cell(text: str) -> str:
    return f"<td><bdi>{escape(text)}</bdi></td>"

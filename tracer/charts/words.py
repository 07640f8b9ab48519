"""What is written around the drawing of an exhibit sheet, and how much room it takes (charts.md E4)."""

from __future__ import annotations

from tracer.charts.marks import Line, legend
from tracer.charts.picture import Picture, footing, status_line, tally, title_note
from tracer.charts.visible import ems, label, wrap

__all__ = ["HEADS", "MARGIN", "SMALL", "TITLE", "above", "below", "legend_rows", "status_width", "title_lines"]

#: Margin 12 mm (charts.md E3); room for the words over the columns.
MARGIN, HEADS = 12 / 25.4 * 72, 18.0

#: Type of titles, legend and footer: 8.6 pt is 8 pt when an A4 sheet is printed on Letter.
SMALL, TITLE = 8.6, 13.0


def status_width(picture: Picture) -> float:
    return ems(status_line(picture)) * SMALL * 0.92 + 16


def title_lines(picture: Picture, name: str, paper: float) -> tuple[tuple[str, float], ...]:
    """Return (line, size) of the titles: number and English, Chinese, then date, rule and what is left out."""
    room = paper - 2 * MARGIN
    first = (room - status_width(picture) - 12) / TITLE
    about = [f"as of 截至 {picture.as_of.isoformat()}"]
    about += [f"rule 规则 {label(picture.rule, 120)}"] if picture.rule else []
    about += [note] if (note := title_note(picture)) else []
    number = f"Exhibit 证物 {label(name, 20)}: " if name else ""
    titles = [*wrap(number + label(picture.title_en, 160), first), *wrap(label(picture.title_zh, 120), first)]
    return (*((line, TITLE) for line in titles), *((line, SMALL) for line in wrap(" · ".join(about), room / SMALL)))


def above(picture: Picture, name: str, paper: float) -> float:
    """Return the height of the titles."""
    return max(28.0, sum(size + 4 for _, size in title_lines(picture, name, paper))) + 8


def legend_rows(part: Picture, paper: float) -> list[list[tuple[float, Line | None, str]]]:
    """Return the rows of the legend: (offset from the margin, line sample or None, words)."""
    rows: list[list[tuple[float, Line | None, str]]] = [[]]
    x, room = 0.0, paper - 2 * MARGIN
    for line, words in legend(part):
        text = label(words, 120)
        wide = ems(text) * SMALL * 0.93 + (34 if line else 0)
        if rows[-1] and x + wide > room:
            rows.append([])
            x = 0.0
        rows[-1].append((x, line, text))
        x += wide + 12
    return rows


def below(picture: Picture, part: Picture, number: int, of: int, paper: float) -> list[str]:
    """Return the lines under the legend, wrapped to the sheet."""
    own = tally(part.arrows)
    here = [f"This page 本页: {own.transfers} of {picture.source.transfers} {picture.counted}", *map(str, own.sums)]
    run = [f"ledger head {label(picture.head, 24) or 'not stated'}", f"run {label(picture.run, 16) or 'not stated'}"]
    run += [f"version {label(picture.version, 24)}"] if picture.version else []
    lines = [
        *footing(picture),
        *([" · ".join(here)] if of > 1 else []),
        f"Sources 来源: {label(', '.join(picture.sources), 600) or 'none stated'}",
        " · ".join([*run, f"rendering {picture.rendering}", f"page 页 {number} of {of}"]),
    ]
    return [piece for line in lines for piece in wrap(line, (paper - 2 * MARGIN) / SMALL)]

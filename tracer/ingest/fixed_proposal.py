"""The guesser for text in columns over which no heading stands: the columns that are blank on every line part the others.

What the columns mean only their cells tell, and only where the balances follow from the amounts is it proposed at all.
"""

from __future__ import annotations

from itertools import pairwise

from tracer.ingest.pdf import Document, Line
from tracer.ingest.pdf import joined as joined_words
from tracer.ingest.pdf_bands import Bands
from tracer.ingest.pdf_proposal import is_line
from tracer.ingest.proposal import SHOWN, Guess, Proposal, repaired, written
from tracer.ingest.proposal_columns import by_content, looks_day, looks_yearless
from tracer.ingest.source import Source
from tracer.ingest.tabular import Row, Sheet

__all__ = ["bare_columns", "propose_bare"]

_ENOUGH = 3  # lines; of two, any words may stand over one another


def bare_columns(document: Document) -> tuple[Bands, list[Line], dict[str, int]] | None:
    """Return the bands of a text without headings, its lines, and the roles of the bands; None where no balance proves them."""
    lines = [line for page in document.pages for line in page.lines if is_line(line) and _begins_with_day(line)]
    if len(lines) < _ENOUGH:
        return None
    runs = _runs(lines)
    bands = _tiled(runs)
    at = by_content(_rows(lines, bands), len(bands.columns))
    if "booked" not in at or "balance" not in at:
        return None
    telling = set(at.values())
    joined = [runs[0]]
    kept = [0 in telling]
    for place, run in enumerate(runs[1:], 1):
        if place in telling or kept[-1]:
            joined.append(run)
            kept.append(place in telling)
        else:
            joined[-1] = joined[-1][0], run[1]  # words of one text
    bands = _tiled(joined)
    return bands, lines, by_content(_rows(lines, bands), len(bands.columns))


def _begins_with_day(line: Line) -> bool:
    starts = [joined_words(line.words[:count]) for count in (1, 2, 3)]
    return any(looks_day(text) or looks_yearless(text) for text in starts)


def _runs(lines: list[Line]) -> list[tuple[int, int]]:
    covered = sorted({at for line in lines for word in line.words for at in range(int(word.x0), int(word.x1))})
    starts = [covered[0], *(b for a, b in pairwise(covered) if b > a + 1)]
    ends = [*(a for a, b in pairwise(covered) if b > a + 1), covered[-1]]
    return [(first, last + 1) for first, last in zip(starts, ends, strict=True)]


def _tiled(runs: list[tuple[int, int]]) -> Bands:
    """Let each band end where its text ends: what is printed right of it, as longer figures are, begins left of the next one."""
    edges = [0, *(end for _, end in runs[:-1]), runs[-1][1]]
    columns = tuple((f"column {n}", float(a), float(b)) for n, (a, b) in enumerate(pairwise(edges), 1))
    return Bands(columns, header="none", is_text=True)


def _rows(lines: list[Line], bands: Bands) -> list[Row]:
    return [Row(number, bands.cut(line)[0], line.text) for number, line in enumerate(lines, 1)]


def propose_bare(source: Source, document: Document, encoding: str) -> Proposal | None:
    """Propose a profile for a text without headings, or None."""
    found = bare_columns(document)
    if found is None:
        return None
    bands, lines, at = found
    around = [line for page in document.pages for line in page.lines if line not in lines]
    above = [Row(number, (line.text,), line.text) for number, line in enumerate(around, 1)]
    rows = _rows(lines, bands)
    guess = Guess(Sheet("text", (*above, *rows)), bands.names, len(above), rows, at, {}, heads=0)
    guess.questions.append("No heading stands over the columns: is each what the profile says it is?")
    guess = repaired(guess)
    text = {"bands": {name: [int(left) + 1, int(right)] for name, left, right in bands.columns}, "header": "none"}
    made = written(guess, source.exhibit.name, {"encoding": encoding}, text=text)
    return Proposal(
        made.profile_yaml,
        tuple(row.cells for row in rows[:SHOWN]),
        (*made.questions, "Who confirms the columns? Write the name at `confirmed_by:`; nothing is loaded without it."),
    )

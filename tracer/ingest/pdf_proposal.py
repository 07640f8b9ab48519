"""The guesser for PDF: proposes column bands from the header words and what stands below them, and asks what it cannot know.

The edge between two columns is the widest strip between their headings through which no word of a line passes. What the
columns mean, how amounts and days are printed, is guessed as for any table (tracer.ingest.proposal).
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

from tracer.ingest.bound import column_names
from tracer.ingest.cells import Numbers
from tracer.ingest.pdf import Document, Line, Word, joined, read_pdf, wide
from tracer.ingest.pdf_bands import Bands
from tracer.ingest.pdf_rows import is_amount
from tracer.ingest.profile import words
from tracer.ingest.proposal import DATES, SHOWN, Guess, Proposal, repaired, role_of, written
from tracer.ingest.proposal_columns import looks_yearless
from tracer.ingest.source import Source
from tracer.ingest.tabular import Row, Sheet
from tracer.model import UnreadableExhibit, excerpt

__all__ = ["Head", "find_head", "is_line", "propose_bands", "propose_pdf"]

_LOOKED = 40  # pages: a layout shows itself on the first ones
_HEAD = 400  # lines of a page; a text that no form feed parts is one page
_ANY = Numbers("?", (), (), ("-", "()", "trailing-", "DR"))
_BALANCES = {
    "opening": ("last month's balance", "last statement balance", "balance last statement", "balance previous statement", "previous statement balance",
                "your previous statement balance", "balance brought forward", "brought forward", "opening balance", "beginning balance", "previous balance", "start balance",
                "balance forward", "balance b/f", "b/f", "bal fwd", "saldo iniziale", "saldo precedente", "saldo początkowe", "saldo poprzednie",
                "počáteční zůstatek", "beginsaldo", "vorig saldo", "ingående saldo", "devreden bakiye", "входящий остаток", "前月繰越", "繰越残高", "이월잔액",
                "alter kontostand", "alter saldo", "anfangssaldo", "ancien solde", "solde précédent", "solde initial", "saldo anterior",
                "saldo inicial", "期初余额", "上期余额", "承前页", "承上页"),
    "closing": ("saldo finale", "saldo końcowe", "konečný zůstatek", "eindsaldo", "nieuw saldo", "utgående saldo", "исходящий остаток", "saldo atual",
                "closing balance", "ending balance", "new balance", "end balance", "neuer kontostand", "neuer saldo", "endsaldo",
                "nouveau solde", "solde final", "saldo final", "期末余额", "本期余额"),
    "other": ("balance c/f", "c/f", "balance carried forward", "carried forward", "übertrag", "zwischensumme", "solde à reporter", "suma y sigue", "过次页", "转下页"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Head:
    """The header found: its cells as (text, left, right), and the line below which the table begins."""

    cells: tuple[tuple[str, float, float], ...]
    line: Line


def propose_pdf(source: Source) -> Proposal:
    """Propose a profile with column bands for a PDF statement.

    Raises: UnreadableExhibit where the PDF cannot be read, or no line of it looks like the header of an account's lines.
    """
    return propose_bands(source, read_pdf(source), {})


def propose_bands(source: Source, document: Document, file: dict[str, Any], *, is_text: bool = False) -> Proposal:
    """Propose a profile with column bands: points on the pages of a PDF, or columns of a text (`is_text`).

    `file`: the keys that the form of the file tells.
    Raises: UnreadableExhibit where no line looks like the header of an account's lines.
    """
    key, units = ("text", "columns from 1, first and last") if is_text else ("pdf", "points from the left")
    head = find_head(document, is_text=is_text)
    if head is None:
        raise UnreadableExhibit(
            f"{excerpt(source.exhibit.name)} has no line that names a date and an amount, as the header of a statement does.",
            where=source.exhibit.name,
            meaning="It stays an exhibit; nothing of it is loaded.",
            next_call="write the profile by hand: `match.header` with words that stand above the lines, "
            f"`{key}.bands` with the edges of the columns ({units}), and give it with --profile FILE.yaml",
        )
    tables = list(_tables(document, head))
    bands, crossed = _bands(document, head, tables, is_text=is_text)
    names = column_names([text for text, _, _ in head.cells])
    bands = replace(
        bands, columns=tuple((name, left, right) for name, (_, left, right) in zip(names, bands.columns, strict=True))
    )
    at: dict[str, int] = {}
    stated: dict[int, str] = {}
    for place, (text, _, _) in enumerate(head.cells):
        role, unit = role_of(text)
        if role and role not in at:
            at[role] = place
            if unit:
                stated[place] = unit
    inside = {(line.page, line.row) for table in tables for line in table}
    around = [line for page in document.pages for line in page.lines if (line.page, line.row) not in inside]
    above = [Row(number, (line.text,), line.text) for number, line in enumerate(around, 1)]
    header = Row(len(above) + 1, tuple(text for text, _, _ in head.cells), head.line.text)
    cut = [
        (line, Row(header.number + n, bands.cut(line)[0], line.text))
        for n, line in enumerate((line for table in tables for line in table), 1)
    ]
    money = [at[role] for role in ("amount", "debit", "credit", "balance") if role in at]
    day = at.get("booked", at.get("value_date", 0))
    apart = {day, at.get("value_date", day), *money}
    listed = _balances([row for _, row in cut], apart)
    rows = [row for _, row in cut if _is_day(row.cells[day]) and not _says(row, listed, apart)]
    undated = [
        row
        for _, row in cut
        if not row.cells[day].strip()
        and any(is_amount(row.cells[p], _ANY) for p in money[:-1])
        and not _says(row, listed, apart)
    ]
    guess = repaired(Guess(Sheet("text", (*above, header, *rows)), names, header.number, rows, at, stated))
    first = 1 if is_text else 0
    pdf: dict[str, object] = {"bands": {name: [left + first, right] for name, left, right in bands.columns}}
    if undated:
        pdf["carry"] = [names[day]]
        guess.questions.append(
            f"{len(undated)} lines have an amount and no day: is the day above them theirs? (`{key}.carry`)"
        )
    if crossed:
        guess.questions.append(
            f"A word passes through every strip before {', '.join(map(repr, crossed))}: where does that column begin?"
        )
    more: dict[str, object] = {key: pdf}
    text_at = next((names[place] for place in range(len(names)) if place not in apart), names[day])
    if listed:
        more["balances"] = {"column": text_at, **listed}
    made = written(guess, source.exhibit.name, file, **more)
    shown = [header.cells, *(row.cells for _, row in cut)][:SHOWN]
    return Proposal(
        made.profile_yaml,
        tuple(shown if len(shown) > 1 else made.rows),
        (
            f"Does every cell of the rows stand in its own column? If not, move the edges under `{key}.bands` ({units}).",
            *made.questions,
            "Who confirms the bands? Write the name at `confirmed_by:`; nothing is loaded without it.",
        ),
    )


def _phrases(line: Line) -> list[tuple[str, float, float]]:
    """Cut a line where a gap is wider than a space between words."""
    groups: list[list[Word]] = []
    for word in line.words:
        if groups and word.x0 - groups[-1][-1].x1 <= 0.6 * word.size:
            groups[-1].append(word)
        else:
            groups.append([word])
    return [(joined(group), group[0].x0, group[-1].x1) for group in groups]


def _parted(cells: Sequence[tuple[str, float, float]]) -> Iterator[tuple[str, float, float]]:
    """Part a heading that is none into two that are: in a text one space may be all that stands between columns."""
    for text, left, right in cells:
        cuts = [] if role_of(text)[0] else [at for at, letter in enumerate(text) if letter == " "]
        at = next((at for at in cuts if role_of(text[:at])[0] and role_of(text[at + 1 :])[0]), None)
        if at is None:
            yield text, left, right
        else:
            middle = left + wide(text[:at])
            yield text[:at], left, middle
            yield text[at + 1 :], middle + 1, right


def _merged(upper: Line, lower: Line) -> list[tuple[str, float, float]]:
    """Put a heading of two lines together: what stands below something of it belongs to it."""
    cells = _phrases(upper)
    for text, left, right in _phrases(lower):
        for at, (above, x0, x1) in enumerate(cells):
            if min(right, x1) - max(left, x0) > 0:
                cells[at] = f"{above} {text}", min(left, x0), max(right, x1)
                break
        else:
            cells.append((text, left, right))
    return sorted(cells, key=lambda cell: cell[1])


def find_head(document: Document, *, is_text: bool = False) -> Head | None:
    """Return the header of the lines, of one line or two: the one that names most, a day and money among it."""
    best: tuple[int, Head] | None = None
    for page in document.pages[:_LOOKED]:
        lines = page.lines[:_HEAD]
        for line, below in zip_longest(lines, lines[1:]):
            tries = [(_phrases(line), line)]
            if below is not None and below.base - line.base < 2 * line.size:
                tries.append((_merged(line, below), below))
            for found, last in tries:
                cells = list(_parted(found)) if is_text else found
                if is_text and any(text.endswith(":") for text, _, _ in cells):
                    continue  # labels, with what they name behind them
                roles = {role for text, _, _ in cells if (role := role_of(text)[0])}
                dated, moneyed = roles & {"booked", "value_date"}, roles & {"amount", "debit", "credit"}
                if dated and moneyed and len(roles) > 1 and (best is None or len(roles) > best[0]):
                    best = len(roles), Head(tuple(cells), last)
    return best[1] if best else None


def _tables(document: Document, head: Head) -> Iterator[list[Line]]:
    """Yield the lines below the header, page by page where it is printed."""
    wanted = [words(part).replace(" ", "") for part in head.line.text.split("  ")]
    for page in document.pages[:_LOOKED]:
        for at, line in enumerate(page.lines):
            text = words(line.text).replace(" ", "")
            if all(part in text for part in wanted):
                yield list(page.lines[at + 1 :])
                break


def _bands(
    document: Document, head: Head, tables: Sequence[Sequence[Line]], *, is_text: bool
) -> tuple[Bands, list[str]]:
    """Return the bands, and the headings before which no free strip was found."""
    listed = [line for table in tables for line in table if is_line(line)]
    spans = [(word.x0, word.x1) for line in listed for word in line.words]
    width = max(page.width for page in document.pages)
    edges: list[float] = [0 if is_text else 0.0]
    crossed = []
    for (_, x0, x1), (text, y0, y1) in zip(head.cells, head.cells[1:], strict=False):
        low, high = (x0 + x1) / 2, (y0 + y1) / 2
        strips = _free(spans, low, high)
        if not strips:
            crossed.append(text)
            edges.append(math.floor(y0) if is_text else round(y0 - 1, 1))
            continue
        left, right = max(strips, key=lambda strip: strip[1] - strip[0])
        if role_of(head.cells[len(edges) - 1][0])[0] in {"booked", "value_date"}:
            left, right = _behind_days(listed, edges[-1], strips, (left, right))
        between = max(left, x1), min(right, y0)
        left, right = between if between[0] < between[1] else (left, right)
        middle = (left + right) / 2
        edges.append(math.floor(middle) if is_text else round(middle, 1))
    edges.append(math.ceil(width) if is_text else round(width, 1))
    columns = tuple((str(n), left, right) for n, (left, right) in enumerate(itertools.pairwise(edges)))
    return Bands(columns, is_text=is_text), crossed


def _behind_days(
    lines: Sequence[Line], start: float, strips: Sequence[tuple[float, float]], widest: tuple[float, float]
) -> tuple[float, float]:
    """Return the strip behind the days, where the widest one has words of another column before it, as below a centred heading."""
    ends = []
    for line in lines:
        first = [word for word in line.words if word.x0 >= start][:3]
        ends += [first[n - 1].x1 for n in range(len(first), 0, -1) if _is_day(joined(first[:n]))][:1]
    if 2 * len(ends) <= len(lines):
        return widest
    behind = [strip for strip in strips if strip[0] >= max(ends)]
    return behind[0] if behind and behind[0][0] < widest[0] else widest


def _free(spans: Sequence[tuple[float, float]], low: float, high: float) -> list[tuple[float, float]]:
    strips, at = [], low
    for x0, x1 in sorted((max(x0, low), min(x1, high)) for x0, x1 in spans if x1 > low and x0 < high):
        if x0 > at:
            strips.append((at, x0))
        at = max(at, x1)
    return [*strips, (at, high)] if at < high else strips


def is_line(line: Line) -> bool:
    """Whether a line has a day among its first words, and an amount."""
    starts = [joined(line.words[at : at + count]) for at in (0, 1, 2) for count in (1, 2, 3)]
    return any(map(_is_day, starts)) and any(
        re.search(r"[0-9][.,][0-9]{2}|^[0-9]{3,}$", word.text) for word in line.words[1:]
    )


def _is_day(text: str) -> bool:
    return any(form.match(text.strip()) for form in DATES) or looks_yearless(text)


def _text(row: Row, apart: set[int]) -> str:
    return words(" ".join(cell for place, cell in enumerate(row.cells) if place not in apart and cell.strip()))


def _balances(rows: Sequence[Row], apart: set[int]) -> dict[str, list[str]]:
    """Find lines that print a balance by their words: read as movements, they would double the account."""
    found: dict[str, list[str]] = {}
    for row in rows:
        text = _text(row, apart)
        for kind, listed in _BALANCES.items():
            hit = next((word for word in listed if text.startswith(words(word))), None)
            if hit and hit not in found.setdefault(kind, []):
                found[kind].append(hit)
    return found


def _says(row: Row, listed: dict[str, list[str]], apart: set[int]) -> bool:
    text = _text(row, apart)
    return any(text.startswith(words(word)) for found in listed.values() for word in found)

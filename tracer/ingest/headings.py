"""Headings of several rows: `Amount` over `Debit` and `Credit`, two languages over one another, a unit below its heading.

What a merged cell of a workbook or a spanning cell of HTML covers is what the file says. In plain text a heading stands over
the empty cells to its right that have something below, if something stands below itself. The parts of one column are joined
from above: `Amount Debit`, `Balance (USD)`. A row with a figure or a day in it is never a heading, nor is one that adds no
meaning: such a row is a line of the account, or a part of one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tracer.ingest.lexicon import is_of_counterparty, role_of
from tracer.ingest.profile import words
from tracer.ingest.tabular import Row, Sheet
from tracer.model import EXPONENTS

__all__ = ["MOST", "date_picture", "is_heading", "is_unit_row", "joined", "parts_of", "role_of_parts", "same_languages"]

MOST = 3  # rows: a group, its headings, their units

_UNIT = re.compile(r"[\[(]?\s?(?:in\s)?([A-Za-z]{3}|[$€£¥₹₽元])\s?[\])]?")
_PICTURE = re.compile(
    r"[\[(]?((?:dd|mm|yyyy|yy|tt|jjjj|jj|aaaa|aa|mmm)(?:[-/. ]?(?:dd|mm|yyyy|yy|tt|jjjj|jj|aaaa|aa|mmm)){1,2})[\])]?"
)
_OF_ANOTHER = re.compile(r"\b(?:original|foreign|fremd|orig|local|instructed|ursprung|d'origine)|原币")
_CJK = re.compile("[\u3040-\u9fff\uac00-\ud7af]")


def parts_of(rows: Sequence[Row], sheet: Sheet) -> tuple[tuple[str, ...], ...]:
    """Return for every column the texts that stand over it, from above; a text that repeats the one above it stands once."""
    width = max(len(row.cells) for row in rows)
    grid = [[*(cell.strip().lstrip("\ufeff") for cell in row.cells), *[""] * (width - len(row.cells))] for row in rows]
    numbers = [row.number for row in rows]
    spans = [span for span in sheet.merged if numbers[0] <= span[0] <= numbers[-1] and span[1] < width]
    if spans:
        for top, left, _, right in spans:
            line = grid[numbers.index(top)]
            line[left : right + 1] = [line[left]] * (min(right + 1, width) - left)
    else:
        for at, line in enumerate(grid[:-1]):
            _spread(line, grid[at + 1], grid[at - 1] if at else [""] * width)
    columns = []
    for place in range(width):
        found: list[str] = []
        for line in grid:
            if line[place] and (not found or words(found[-1]) != words(line[place])):
                found.append(line[place])
        columns.append(tuple(found))
    return tuple(columns)


def _spread(line: list[str], below: Sequence[str], above: Sequence[str]) -> None:
    """Let a heading stand over the empty cells to its right, within the group above it."""
    held = group = ""
    for place, cell in enumerate(line):
        if cell:
            held, group = (cell if below[place] else ""), above[place]
        elif held and below[place] and above[place] == group:
            line[place] = held
        else:
            held = ""


def joined(rows: Sequence[Row], sheet: Sheet) -> tuple[str, ...]:
    """Return one heading per column."""
    if len(rows) == 1:
        return rows[0].cells
    return tuple(" ".join(parts) for parts in parts_of(rows, sheet))


def is_heading(row: Row) -> bool:
    """Whether a row may be part of a heading: something is in it, and no figure and no day; `Reference 2` is neither."""
    digits = [sum(letter.isdecimal() for letter in cell) for cell in row.cells]
    figures = [cell for cell, count in zip(row.cells, digits, strict=True) if count and not any(map(str.isalpha, cell))]
    return not row.blank and not row.broken and max(digits) < 2 and not figures


def _unit(text: str) -> str | None:
    """Return the currency of a unit, "" for one of several countries or the picture of a date, None for anything else."""
    shown = text.strip()
    if _PICTURE.fullmatch(shown.casefold()):
        return ""
    found = _UNIT.fullmatch(shown)
    if found is None:
        return None
    code = found[1].upper()
    return code if code in EXPONENTS else "" if len(code) == 1 else None


def is_unit_row(row: Row) -> bool:
    """Whether every filled cell is a unit: a currency, its sign, or how a date is written."""
    return is_heading(row) and all(_unit(cell) is not None for cell in row.cells if cell.strip())


def date_picture(heading: str) -> str:
    """Return dmy or mdy where a heading says how its dates are written, `Date (MM/DD/YYYY)`, else ""."""
    found = re.search(_PICTURE.pattern, words(heading))
    letters = re.sub("(.)\\1*", r"\1", re.sub("[^a-z]", "", found[1])) if found else ""
    return {"dmy": "dmy", "mdy": "mdy", "tmj": "dmy", "dma": "dmy", "jma": "dmy", "dm": "dmy", "md": "mdy"}.get(
        letters, ""
    )


def same_languages(upper: str, lower: str) -> bool:
    """Whether two texts are in the letters of one language family: `余额` over `Balance` is one heading said twice."""
    return bool(_CJK.search(upper)) == bool(_CJK.search(lower))


def role_of_parts(parts: Sequence[str]) -> tuple[str, str]:
    """Return (role, currency) of a heading of one part or several.

    The group decides whose it is: below `Beneficiary` an account is the other side's, below `Money out` an amount is a debit.
    """
    if len(parts) < 2:
        return role_of(parts[0]) if parts else ("", "")
    upper, lower = " ".join(parts[:-1]), parts[-1]
    if (unit := _unit(lower)) is not None:
        role, stated = role_of_parts(parts[:-1])
        return role, unit or stated
    for text in (f"{upper} {lower}", f"{lower} {upper}"):
        if (found := role_of(text))[0]:
            return found
    (group, stated), (role, code) = role_of_parts(parts[:-1]), role_of(lower)
    if group.startswith("counterparty") or is_of_counterparty(upper):
        kind = role.removeprefix("counterparty_") if role else ""
        return (f"counterparty_{kind}" if kind in {"name", "account", "bank"} else "", "")
    if _OF_ANOTHER.search(words(upper)) and role in {"amount", "currency"}:
        return f"original_{role}", code
    if group in {"debit", "credit"} and role == "amount":
        return group, code or stated
    if not role and not same_languages(upper, lower):
        return group, stated
    return role, code or (stated if role else "")

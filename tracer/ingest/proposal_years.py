"""The guesser's look for what states the year of days printed without one: a period, a closing day, lines that head a year."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from tracer.ingest.proposal_cells import Guess
from tracer.ingest.tabular import Row
from tracer.ingest.years import DAY, heads_year, numeric_days, span_of
from tracer.model import excerpt

__all__ = ["period_days", "year_stated"]

_LOOKED = 200
_LABEL = 60  # characters
#: What says that one day is the last of the lines; a day that only says when somebody printed them is none.
_UNTIL = re.compile(
    r"(?i)(?:statement|closing|ending|period end|bill|issue)\W{0,3}(?:closing |end )?date|date of (?:this )?statement|statement as of|auszugsdatum"
    r"|date (?:du|de) relevé|date d'arrêté|fecha de (?:corte|cierre)|fecha del extracto|data d[oe] (?:extrato|fechamento)|data estratto"
    r"|rekeningafschrift van|дата выписки|出账日|账单日|对账单日期|結算日|締め日|기준일"
)
_SMALL = re.compile(r"(?i)(?:\b(?:from|vom|von|du|del|dal|de|za okres od|od|с|van)\b|[自从])\W{0,3}$")


def _rows(guess: Guess) -> Iterator[Row]:
    """Yield the rows in which a statement speaks of itself: above its lines, and those below that are none."""
    lines = {row.number for row in guess.rows if "booked" not in guess.at or _dated(guess, row)}
    yield from (row for row in guess.above()[:_LOOKED] if not row.blank)
    below = [row for row in guess.sheet.rows[guess.header :] if row.number not in lines and not row.blank]
    yield from below[:_LOOKED]


def _dated(guess: Guess, row: Row) -> bool:
    place = guess.at["booked"]
    return place < len(row.cells) and bool(row.cells[place].strip()) and sum(bool(c.strip()) for c in row.cells) > 1


def period_days(guess: Guess) -> list[str]:
    """Return day and month of the days around the lines: a file has one order, and `12/15/2024` tells it."""
    return [text for row in _rows(guess) for text in numeric_days(row.raw)]


def _told(row: Row, order: str) -> Iterator[tuple[str, tuple[date, date], str]]:
    """Yield (kind, days, the words before them) for each order of figures that the lines leave open."""
    text = "  ".join(cell.strip() for cell in row.cells if cell.strip())[:2_000]
    found = DAY.search(text)
    if found is None:
        return
    label = text[: found.start()]
    label = _SMALL.sub("", label).rstrip().rpartition("  ")[2][-_LABEL:]
    label = re.split("[0-9]+", label)[-1].strip() or label  # a number before it is another one next month
    if not label and re.search("[0-9]", DAY.sub("", text)):
        return  # cells below headings, such as a closing day and the day on which to pay
    for first in (order,) if order else ("dmy", "mdy"):
        if (span := span_of(text[found.start() :], first)) is not None:
            yield "period", span, label
        elif _UNTIL.search(label) and (span := span_of(text[found.start() :], first, is_until=True)) is not None:
            yield "until", span, label


def year_stated(guess: Guess, orders: Sequence[str]) -> dict[str, str]:
    """Return the patterns of `dates.year`, and ask what is not sure."""
    left = {order for order in orders if order in {"dmy", "mdy"}}
    order = left.pop() if len(left) == 1 else ""
    told = [(row, *one) for row in _rows(guess) for one in _told(row, order)]
    heads = [row for row in guess.sheet.rows if heads_year(row) is not None]
    periods = [one for one in told if one[1] == "period"] or [one for one in told if one[1] == "until"]
    if len({span for _, _, span, _ in periods}) > 1:
        shown = ", ".join(dict.fromkeys(excerpt(row.raw.strip(), 60) for row, *_ in periods[:5]))
        guess.questions.append(
            f"Days are printed without a year, and several periods are stated ({shown}): which days does the statement cover? (--answer year=2024-12-15/2025-01-14)"
        )
        # Of several statements in one file each has its own; where they are one statement, reading asks.
        return _pattern(*periods[0][1::2]) if len({label for *_, label in periods}) == 1 else {}
    if periods:
        row, kind, span, label = periods[0]
        does = "are they all of that period" if kind == "period" else "are they all of the eleven months up to that day"
        guess.questions.append(
            f"Days are printed without a year; it is taken from {excerpt(row.raw.strip(), 80)!r} ({span[0]} to {span[1]}): {does}?"
        )
        return _pattern(kind, label)
    if heads:
        guess.questions.append(
            f"Days are printed without a year; it is taken from the lines {', '.join(excerpt(r.raw.strip(), 20) for r in heads[:5])!r} above them: is that so?"
        )
        return {}
    guess.questions.append(
        "Days are printed without a year, and nothing states it: which is it? (--answer year=2024, or the days of the statement: --answer year=2024-12-15/2025-01-14)"
    )
    return {}


def _pattern(kind: str, label: str) -> dict[str, str]:
    words_before = re.escape(label.strip(" :：-")).replace("\\ ", " ")
    shown = f"(?i){words_before}[^0-9]{{0,24}}?" if words_before else "^[^0-9A-Za-z]{0,8}"
    return {kind: shown + "((?:[A-Za-zÀ-ÿ]{3,12}\\.? )?[0-9].{4,80})"}

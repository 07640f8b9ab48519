"""The year of a day that is printed without one, `03/14`: taken from what the file or a person states, never guessed.

What states it: a period above or below the lines (`Statement period 12/15/2024 - 01/14/2025`), the day to which they run
(`Statement date 14 January 2025`: eleven months before it at most), a line among them that heads a year (`2024`,
`December 2024`), the profile (`dates.year.value`) or a person (`--answer year=2024`, or `year=2024-12-15/2025-01-14`, an
interval of ISO 8601). A day has the one year in which it lies within all that is stated of its line; where none or several
fit, the line is set aside. A bare year says nothing of a statement that runs on into the next: where the months jump, the
period is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import pyarrow as pa
import pyarrow.compute as pc

from tracer.ingest.bound import Bound
from tracer.ingest.cells import MONTHS, BadCell, DayFormat
from tracer.ingest.profile_keys import named_group
from tracer.ingest.registry import NeedsAnswer
from tracer.ingest.source import Source
from tracer.ingest.tabular import Row
from tracer.model import UnreadableExhibit, excerpt

__all__ = ["DAY", "Span", "Years", "days_in", "heads_year", "nearest", "numeric_days", "span_of", "years_of"]

_LOOKED = 200  # rows above the lines, and below them
_BACK = timedelta(days=334)  # eleven months: a day in the twelfth may be one after the day stated
_JUMP = 6  # months between two lines: a turn of the year, or a quiet half year; nobody can tell
_YEAR = r"(?:19|20)[0-9]{2}"
_HEAD = re.compile(
    rf"(?:year|fiscal year|jahr|année|año|anno|ano|rok|год|年度)?\s*[:：]?\s*({_YEAR})\s*(?:年|年度|г\.?|год)?"
    rf"|([^\W\d_]{{3,12}})\.?,?\s+({_YEAR})|({_YEAR})\s*年\s*([0-9]{{1,2}})\s*月",
    re.IGNORECASE,
)
_NAME = "(?:" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")(?![^\W\d_])"
DAY = re.compile(
    rf"(?<![0-9])(?:(?P<Y>{_YEAR})\s?[-/.年]\s?(?P<m>[0-9]{{1,2}})\s?[-/.月]\s?(?P<d>[0-9]{{1,2}})日?"
    rf"|(?P<Y8>{_YEAR})(?P<m8>[01][0-9])(?P<d8>[0-3][0-9])"
    r"|(?P<a>[0-9]{1,2})[-/.](?P<b>[0-9]{1,2})(?:[-/.](?P<y>[0-9]{4}|[0-9]{2})(?![0-9]))?"
    rf"|(?P<d1>[0-9]{{1,2}})(?:st|nd|rd|th|er|º|\.)?[\s-]?(?:de |of )?(?P<b1>{_NAME})\.?,?[\s-]?(?:(?:de |del )?(?P<y1>{_YEAR}|[0-9]{{2}}(?![0-9:])))?)(?![0-9])"
    rf"|(?P<b2>{_NAME})\.?\s(?P<d2>[0-9]{{1,2}})(?:st|nd|rd|th)?(?![0-9])(?:,?\s{{1,2}}(?P<y2>{_YEAR}))?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Span:
    """Days that are stated, first and last included; `row` is where, 0 for a person or the profile, `said` the words."""

    first: date
    last: date
    row: int
    said: str

    @property
    def told(self) -> str:
        return f"{self.first} to {self.last}"


@dataclass(frozen=True, slots=True)
class Years:
    """What is stated of all lines (`whole`), and the rows that head a year, each for the lines below it."""

    whole: Span | None = None
    heads: tuple[Span, ...] = ()
    by: str = ""

    def of(self, row: int) -> tuple[Span, ...]:
        """Return all that is stated of a line."""
        above = [head for head in self.heads if head.row < row]
        return tuple(span for span in (self.whole, above[-1] if above else None) if span is not None)

    def day(self, row: int, month: int, day: int) -> tuple[date, tuple[str, ...]]:
        """Return the day of a line with its year, and the mark that says what states it.

        Raises: BadCell where no day or more than one lies within all that is stated.
        """
        spans = self.of(row)
        if not spans:
            raise BadCell("year-not-stated", f"nothing states the year of {month:02}/{day:02} (month/day)")
        first, last = max(span.first for span in spans), min(span.last for span in spans)
        found = [
            made
            for year in range(first.year, last.year + 1)
            if (made := _real(year, month, day)) is not None and first <= made <= last
        ]
        shown = f"month {month}, day {day} is"
        if not found:
            raise BadCell("day-outside-period", f"{shown} no day of {' and '.join(span.told for span in spans)}")
        if len(found) > 1:
            raise BadCell("day-in-two-years", f"{shown} a day of {len(found)} years of {spans[0].told}")
        where = spans[-1].row
        return found[0], ((f"year-stated:row={where}",) if where else ("year-stated:by a person or the profile",))

    def marks(self) -> tuple[str, ...]:
        """Return what the statement says of where its years come from."""
        return tuple(
            f"year-by:{self.by if span is self.whole else 'heading'}:{span.first}/{span.last}"
            + (f":row={span.row}" if span.row else "")
            + f":{excerpt(span.said, 60)}"
            for span in (self.whole, *self.heads)
            if span is not None
        )


def _real(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def days_in(text: str, first: str) -> list[tuple[int, int, int]]:
    """Return the days of a text as (year, month, day), year 0 where none is printed. `first`: dmy or mdy, of figures alone."""
    found = []
    for hit in DAY.finditer(text[:2_000]):
        part = hit.groupdict()
        if part["b1"] or part["b2"]:
            month = MONTHS.get((part["b1"] or part["b2"]).casefold(), 0)
            day, year = int(part["d1"] or part["d2"]), part["y1"] or part["y2"] or "0"
        elif part["a"]:
            one, two = int(part["a"]), int(part["b"])
            (day, month), year = ((two, one) if first == "mdy" else (one, two)), part["y"] or "0"
        else:
            year = part["Y"] or part["Y8"]
            month, day = int(part["m"] or part["m8"]), int(part["d"] or part["d8"])
        number = int(year) + (0 if len(year) != 2 else 1900 if int(year) >= 69 else 2000)
        if month and _real(number or 2000, month, day):
            found.append((number, month, day))
    return found


def numeric_days(text: str) -> list[str]:
    """Return the first two numbers of each day written in figures with its year behind, in every form a line may have them."""
    return [
        f"{hit['a']}{mark}{hit['b']}" for hit in DAY.finditer(text[:2_000]) if hit["a"] and hit["y"] for mark in "/-."
    ]


def span_of(text: str, first: str, *, is_until: bool = False) -> tuple[date, date] | None:
    """Return (first day, last day) that a text states: two days, of which the last has its year; or one, up to which."""
    days = days_in(text, first)
    if len(days) < (1 if is_until else 2):
        return None
    year, month, day = days[0 if is_until else 1]
    last = _real(year, month, day) if year else None
    if last is None:
        return None
    if is_until:
        return last - _BACK, last
    year, month, day = days[0]
    start = _real(year, month, day) if year else _before(last, month, day)
    return (start, last) if start is not None and start <= last else None


def _before(last: date, month: int, day: int) -> date | None:
    """Return the one such day in the year up to another: `15 December - 14 January 2025`."""
    found = [made for year in (last.year, last.year - 1) if (made := _real(year, month, day)) and made <= last]
    return found[0] if found else None


def nearest(month: int, day: int, beside: date) -> tuple[date, tuple[str, ...]]:
    """Return the such day that is nearest to another, which is less than half a year away (formats.md 3.2).

    Raises: BadCell where the calendar of those years has none.
    """
    found = [made for year in (-1, 0, 1) if (made := _real(beside.year + year, month, day)) is not None]
    made = min(found, key=lambda one: abs(one - beside), default=None)
    if made is None or abs(made - beside).days > 182:
        raise BadCell("day-outside-period", f"month {month}, day {day} is no day near {beside}")
    return made, ("year-by-booking",)


def heads_year(row: Row) -> tuple[date, date] | None:
    """Return the days of the year or month that a row states which says nothing else."""
    filled = [cell.strip() for cell in row.cells if cell.strip()]
    found = _HEAD.fullmatch(filled[0]) if len(filled) == 1 and not row.broken else None
    if found is None:
        return None
    year, named, of_named, of_month, month = found.groups()
    at = int(month) if month else MONTHS.get((named or "").casefold(), 0)
    if named and not at:
        return None
    number = int(year or of_named or of_month)
    if not at:
        return date(number, 1, 1), date(number, 12, 31)
    if at > 12:
        return None
    return date(number, at, 1), (date(number + at // 12, at % 12 + 1, 1) - timedelta(days=1))


def years_of(source: Source, bound: Bound, rows: Sequence[Row], forms: Sequence[DayFormat]) -> Years:
    """Return what states the years of the lines; `forms` are the formats of the booking day, with the order settled.

    Raises: NeedsAnswer where nothing states them, or what is stated does not settle them; UnreadableExhibit where a person's
    answer contradicts the file.
    """
    bare = [row for row in rows if any(not form.has_year and form.match(_shown(bound, row)) for form in forms)]
    if not bare:
        return Years()
    first = next((form.order for form in forms if form.order in {"dmy", "mdy"} and not form.has_year), "")
    dated = [row for row in rows if any(form.match(_shown(bound, row)) for form in forms)]
    stated = list(_stated(bound, dated, first))
    answer, key = source.answers.get("year", ""), bound.profile.year.value
    is_one = len({(span.first, span.last) for span, _ in stated}) == 1
    if stated and not is_one and not (answer or key):
        raise _asked(source, "it states " + " and ".join(sorted({span.told for span, _ in stated})))
    whole, by = stated[0] if is_one else (None, "")
    heads = tuple(
        Span(*found, row.number, " ".join(c.strip() for c in row.cells if c.strip()))
        for row in bound.sheet.rows
        if (found := heads_year(row)) is not None
    )
    if answer or key:
        said = _answered(source, answer or key)
        odd = [
            span for span in (*(span for span, _ in stated), *heads) if span.last < said.first or said.last < span.first
        ]
        if odd or (whole is not None and (whole.first < said.first or said.last < whole.last)):
            raise _differs(source, bound, said, odd[0] if odd else whole)
        if whole is None:
            whole, by = said, "answer" if answer else "profile"
    years = Years(whole, heads, by)
    for row in bare:
        if not years.of(row.number):
            raise _asked(
                source, "nothing in it states the year" + (" of the lines above the first year" if heads else "")
            )
    _turns(source, years, bare, bound, forms)
    return years


def _shown(bound: Bound, row: Row) -> str:
    return bound.cell(row, "booked").strip()


def _stated(bound: Bound, rows: Sequence[Row], first: str) -> Iterator[tuple[Span, str]]:
    year = bound.profile.year
    for pattern, by in ((year.period, "period"), (year.until, "until")):
        for row, text in _found(bound, rows, pattern) if pattern else ():
            if (span := span_of(text, first, is_until=by == "until")) is not None:
                yield Span(*span, row.number, row.raw), by
        if pattern and by == "period" and any(span_of(t, first) for _, t in _found(bound, rows, pattern)):
            return  # a day to which the lines run says less than their period


def _found(bound: Bound, rows: Sequence[Row], pattern: str) -> Iterator[tuple[Row, str]]:
    """Yield the rows around the lines in which a pattern finds something, with what its group holds."""
    named = named_group(pattern)
    for row in _around(bound, rows):
        texts = [row.raw[:2_000], "  ".join(cell.strip() for cell in row.cells if cell.strip())[:2_000]]
        for value in pc.extract_regex(pa.array(texts), named).to_pylist():
            if value is not None and value["value"].strip():
                yield row, str(value["value"])
                break


def _around(bound: Bound, rows: Iterable[Row]) -> tuple[Row, ...]:
    """Return the rows above the lines and those between and below them that are none."""
    lines = {row.number for row in rows}
    below = [row for row in bound.sheet.rows[bound.header :] if row.number not in lines and not row.blank]
    return (*bound.preamble()[:_LOOKED], *below[:_LOOKED], *below[_LOOKED:][-_LOOKED:])


def _answered(source: Source, text: str) -> Span:
    if re.fullmatch(_YEAR, text):
        return Span(date(int(text), 1, 1), date(int(text), 12, 31), 0, text)
    found = [_iso(part) for part in text.split("/")]
    if len(found) != 2 or found[0] is None or found[1] is None or found[0] > found[1]:
        raise _asked(source, f"{excerpt(text, 40)!r} is no year and no interval of two days")
    return Span(found[0], found[1], 0, text)


def _iso(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else None
    except ValueError:
        return None


def _turns(source: Source, years: Years, bare: Sequence[Row], bound: Bound, forms: Sequence[DayFormat]) -> None:
    """Ask for the period where all that is stated is a year and the months of the lines jump."""
    months: list[tuple[tuple[Span, ...], int]] = []
    for row in bare:
        found = next((hit for form in forms if not form.has_year and (hit := form.match(_shown(bound, row)))), None)
        if found is not None:
            months.append((years.of(row.number), found[1]))
    for (spans, month), (others, next_month) in pairwise(months):
        is_year = all((span.last - span.first).days >= 364 for span in spans)
        if spans == others and is_year and abs(month - next_month) >= _JUMP:
            raise _asked(
                source,
                f"its lines go from month {month} to month {next_month}, and only the year {spans[0].first.year} is stated",
            )


def _asked(source: Source, why: str) -> NeedsAnswer:
    return NeedsAnswer(
        "year",
        f"In which year are the lines of {excerpt(source.exhibit.name)}? Its days are printed without one, and {why}.",
        (),
        source.exhibit.name,
        "2024   (or the first and the last day of the statement: --answer year=2024-12-15/2025-01-14)",
    )


def _differs(source: Source, bound: Bound, said: Span, stated: Span | None) -> UnreadableExhibit:
    told = f"{stated.told} ({excerpt(stated.said, 60)!r}, row {stated.row})" if stated else ""
    return UnreadableExhibit(
        f"The year is answered or set as {excerpt(said.said, 40)}, and {excerpt(source.exhibit.name)} itself states {told}.",
        where=source.exhibit.name,
        meaning="One of the two is wrong, and every day rests on it. Nothing of the file is loaded.",
        next_call=f"leave the answer year= out, or correct `dates.year` of the profile ({bound.profile.where})",
    )

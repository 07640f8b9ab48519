"""From the lines of a PDF to the rows of its statements: what is a line of the account, and what only stands around it.

A table begins under the header words of the profile, on every page again. A line is a record where a date or an amount
stands in its band close below the table; text close below a record belongs to it. What is printed on the same place of two
pages (their heads and feet), brought forward or carried forward is no movement. A line that has a date and an amount and
stands outside every table is a record too, so that it is set aside and told, never forgotten.

A new statement begins on the page where another account, number or opening balance is printed, or at an opening line
below a closing one. An opening line below others without that is a balance brought forward, and must be the running one.
Where the newest line is printed first, the closing balance stands above and the opening one below.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest

from tracer.ingest.bound import Bound
from tracer.ingest.cells import BadCell, Numbers, read_amount
from tracer.ingest.layout import Layout
from tracer.ingest.pdf import Document, Line, Page, Word
from tracer.ingest.pdf_bands import Bands
from tracer.ingest.profile import Profile, words
from tracer.ingest.tabular import Row, Sheet
from tracer.model import CaseError, excerpt

__all__ = ["Part", "parts_of"]

_NEAR = 2.4  # lines of print between a line and the one it follows
_MONEY = ("amount", "debit", "credit", "balance")


@dataclass(slots=True)
class Part:
    """One statement of a file. `lines` finds the printed line of a row by its number; `astray` are outside every table.

    `carried` names the rows that took a cell from above, `astride` the words that stand in two bands.
    """

    number: int
    bound: Bound
    layout: Layout = field(default_factory=Layout)
    lines: dict[int, Line] = field(default_factory=dict)
    around: list[Line] = field(default_factory=list)
    carried: dict[int, tuple[str, ...]] = field(default_factory=dict)
    astride: dict[int, tuple[str, ...]] = field(default_factory=dict)
    astray: set[int] = field(default_factory=set)
    forward: list[tuple[int, Row]] = field(default_factory=list)
    pages: list[int] = field(default_factory=list)

    @property
    def is_text(self) -> bool:
        """Whether the bands are columns of characters, in which no word may be cut."""
        return self.bound.profile.bands is not None and self.bound.profile.bands.is_text


def parts_of(document: Document, profile: Profile, where: str) -> tuple[Part, ...]:
    """Return the statements of a file under one profile.

    Raises: CaseError when a band is neither taken nor ignored, the profile names a column that is no band, or a word of a
    record stands in no band.
    """
    bands = profile.bands
    assert bands is not None
    at = _bound_columns(profile, bands, where)
    reading = _Reading(profile, bands, at, where)
    reading.furniture = _furniture(document, reading)
    for page in document.pages:
        reading.page(page)
    for part in reading.parts:
        _lift(part, bands)
    return tuple(part for part in reading.parts if part.layout.records or part.layout.balances)


def _bound_columns(profile: Profile, bands: Bands, where: str) -> dict[str, int]:
    """Give every role its band; every band is taken or ignored, as every column of a table is."""
    places = {words(name): place for place, name in enumerate(bands.names)}
    at: dict[str, int] = {}
    for role, listed in profile.wanted():
        found = next((places[words(name)] for name in listed if words(name) in places), None)
        if found is None:
            raise CaseError(
                f"{profile.name} takes {role} from {listed[0]!r}, and draws no band of that name.",
                where=f"{where}: {profile.where}",
                meaning="Nothing of the file is loaded, so that no column is read as something it is not.",
                next_call=f"name one of its bands ({', '.join(bands.names)}), or draw it under `{bands.key}.bands`",
            )
        at[role] = found
    ignored = {words(name) for name in profile.ignore}
    for name, place in zip(bands.names, range(len(bands.names)), strict=True):
        if place not in at.values() and words(name) not in ignored:
            raise CaseError(
                f"The band {excerpt(name)!r} is neither taken nor ignored by {profile.name}.",
                where=f"{where}: {profile.where}",
                meaning="A column that is forgotten may hold money. Nothing of the file is loaded until it has a place.",
                next_call=f"add it to the profile where it belongs, or to `ignore:`, in {profile.where}",
            )
    return at


def _lift(part: Part, bands: Bands) -> None:
    """Give a record the column that the bank prints on the line below it."""
    for name, band in bands.under:
        to, at = bands.names.index(name), bands.names.index(band)
        for place, row in enumerate(part.layout.records):
            more = part.layout.continued.get(row.number, [])
            below = next((n for n, other in enumerate(more) if other.cells[at].strip()), None)
            if below is not None:
                other = more[below]
                part.layout.records[place] = replace(
                    row, cells=(*row.cells[:to], other.cells[at], *row.cells[to + 1 :])
                )
                more[below] = replace(other, cells=(*other.cells[:at], "", *other.cells[at + 1 :]))


def _squeezed(text: str) -> str:
    return words(text).replace(" ", "")


@dataclass(slots=True)
class _Reading:
    """Goes through the pages; which statement is open, and whether a table is, is all that has to be known."""

    profile: Profile
    bands: Bands
    at: dict[str, int]
    where: str
    furniture: set[tuple[int, int]] = field(default_factory=set)
    parts: list[Part] = field(default_factory=list)
    last: Line | None = None
    named: tuple[str, str, str] = ("", "", "")
    loose: list[Line] = field(default_factory=list)
    above: tuple[str, ...] = ()
    is_begun: bool = False  # a page without a table has named another statement: its table comes later
    waiting: list[Row] = field(default_factory=list)
    outside: list[Line] = field(default_factory=list)
    cells: dict[tuple[int, int], tuple[tuple[str, ...], tuple[Word, ...]]] = field(default_factory=dict)

    @property
    def money(self) -> list[int]:
        return [self.at[role] for role in _MONEY if role in self.at]

    @property
    def telling(self) -> list[int]:
        """Return the columns in which a word across the edge is in doubt; of a text also those of days and accounts."""
        roles = (*_MONEY, "booked", "value_date", "account", "currency", "flag") if self.bands.is_text else _MONEY
        return [self.at[role] for role in roles if role in self.at]

    def page(self, page: Page) -> None:
        lines = [line for line in page.lines if not self._is_beyond(line)]
        headed = dict(self._headers(lines))
        self.last = None
        in_table = self.bands.header == "none" or (self.bands.header == "first_page" and bool(self.parts))
        inside: list[tuple[Line, bool]] = []
        outside: list[Line] = [line for line in page.lines if self._is_beyond(line)]
        for line in lines:
            if line.row in headed:
                in_table = True
                inside.append((line, True))
            elif (page.number, line.row) in self.furniture:
                outside.append(line)
            elif in_table:
                inside.append((line, False))
            else:
                outside.append(line)
        self._begin(page, outside, found_table=bool(headed) or in_table)
        if not self.parts or self.is_begun:
            self.loose += outside
            return
        part, self.outside = self.parts[-1], outside
        part.pages.append(page.number)
        for line in outside:
            self._outside(part, line)
        for line, is_header in inside:
            if is_header:
                self.parts[-1].around.append(line)
                self.last = line
            else:
                self._inside(line)
        self._settle(None)

    def _is_beyond(self, line: Line) -> bool:
        return line.top < self.bands.top or bool(self.bands.bottom and line.bottom > self.bands.bottom)

    def _headers(self, lines: Sequence[Line]) -> Iterator[tuple[int, bool]]:
        """Yield the rows that print the header words, on one line or on two that stand close together."""
        wanted = [_squeezed(word) for word in self.profile.header]
        if not wanted:
            return
        for line, below in zip_longest(lines, lines[1:]):
            text = _squeezed(line.text)
            if all(word in text for word in wanted):
                yield line.row, True
            elif below is not None and below.base - line.base < 2 * line.size:
                under = _squeezed(below.text)
                is_begun = all(word[:3] in text or word[:3] in under for word in wanted)
                if not is_begun or all(word in under for word in wanted):
                    continue
                cells = [
                    _squeezed(f"{one} {two}")
                    for one, two in zip(self.bands.cut(line)[0], self.bands.cut(below)[0], strict=True)
                ]
                both = [*cells, text, under]
                if all(any(word in cell for cell in both) for word in wanted):
                    yield line.row, True
                    yield below.row, True

    def _begin(self, page: Page, outside: Sequence[Line], *, found_table: bool) -> None:
        texts = [line.text for line in outside]
        named = (
            _find(self.profile, texts, self.profile.account.preamble),
            _find(self.profile, texts, self.bands.number),
            _find(self.profile, texts, self.profile.balance.opening),
        )
        other = any(new and new != old for new, old in zip(named, self.named, strict=True))
        if other and self.parts and (self.parts[-1].layout.records or self.parts[-1].layout.balances):
            self.is_begun, self.named = True, named
        elif other:
            self.named = tuple(new or old for new, old in zip(named, self.named, strict=True))  # type: ignore[assignment]
        if found_table and (not self.parts or self.is_begun):
            self._new_part()

    def _new_part(self) -> Part:
        bound = Bound(self.profile, Sheet("text", ()), 0, self.bands.names, self.at, ())
        self.parts.append(Part(len(self.parts) + 1, bound, around=self.loose))
        self.loose, self.above, self.is_begun = [], (), False
        return self.parts[-1]

    def _row(self, part: Part, line: Line) -> Row:
        cells, outside = self.cut(line)
        row = Row(line.key, cells, line.text)
        part.lines[row.number] = line
        if outside and self.is_dated(cells) and self._is_moneyed(cells):
            raise CaseError(
                f"The word {excerpt(outside[0].text)!r} stands in no band of {self.profile.name}.",
                where=f"{self.where}: {line.locator}",
                meaning="A column that is forgotten may hold money. Nothing of the file is loaded until it has a place.",
                next_call=f"widen a band, or draw one for it under `{self.bands.key}.bands` and name it in the profile or in `ignore:`",
            )
        return row

    def cut(self, line: Line) -> tuple[tuple[str, ...], tuple[Word, ...]]:
        """Cut a line once: its cells are asked for by what stands on every page, and again by its table."""
        found = self.cells.get((line.page, line.row))
        if found is None:
            found = self.cells[line.page, line.row] = self.bands.cut(line)
        return found

    def is_dated(self, cells: Sequence[str]) -> bool:
        place = self.at["booked"]
        return any(form.match(cells[place].strip()) for form in self.profile.booked.formats)

    def _is_moneyed(self, cells: Sequence[str]) -> bool:
        return any(is_amount(cells[place], self.profile.numbers) for place in self.money)

    def _outside(self, part: Part, line: Line) -> None:
        row = self._row(part, line)
        if self.is_dated(row.cells) and self._is_moneyed(row.cells):
            part.layout.records.append(row)
            part.astray.add(row.number)
        else:
            part.around.append(line)

    def _inside(self, line: Line) -> None:
        part, profile = self.parts[-1], self.profile
        row = self._row(part, line)
        filled = [cell for cell in row.cells if cell.strip()]
        if not filled:
            part.around.append(line)
            return
        dated, moneyed = self.is_dated(row.cells), self._is_moneyed(row.cells)
        near = self.last is None or line.base - self.last.base <= _NEAR * max(line.size, self.last.size)
        first = words(filled[0])
        if profile.footer and first.startswith(profile.footer):
            part.layout.footers.append(row)
            self.last = line
            return
        if group := self.balance_line(row):
            ends = ("opening", "closing") if profile.balance.order != "newest_first" else ("closing", "opening")
            if group == ends[0] and any(kind == ends[1] for kind, _ in part.layout.balances):
                del part.lines[row.number]
                self.loose = list(self.outside)  # what the page says of its account holds for both
                if not self._holds(part, line.page):  # nothing of the one above stands on it: it speaks of the next one
                    self.loose = [one for one in part.around if one.page == line.page]
                    part.around[:] = [one for one in part.around if one.page != line.page]
                part = self._new_part()
                part.pages.append(line.page)
                part.lines[row.number] = line
            elif group == ends[0] and part.layout.records:
                group = "other"  # brought forward from the page before
            if group == "other":
                part.forward.append((len(part.layout.records), row))
            part.layout.balances.append((group, row))
            self.last = line
            return
        if dated or (moneyed and near):
            row = self._carry(part, row)
            self._settle(row)
            part.layout.records.append(row)
            if words_ := self.bands.astride(line, self.telling):
                part.astride[row.number] = words_
            self.last = line
            return
        text = {
            place
            for role, place in self.at.items()
            if role not in {*_MONEY, "booked", "value_date", "currency", "flag"}
        }
        if (
            near
            and all(place in text for place, cell in enumerate(row.cells) if cell.strip())
            and (part.layout.records or self.bands.text == "nearest")
        ):
            self.last = line
            if self.bands.text == "nearest":
                self.waiting.append(row)
            else:
                part.layout.continued.setdefault(part.layout.records[-1].number, []).append(row)
        else:
            part.around.append(line)

    def _holds(self, part: Part, page: int) -> bool:
        rows = (*part.layout.records, *(row for _, row in part.layout.balances), *part.layout.footers)
        return any(part.lines[row.number].page == page for row in rows)

    def _settle(self, after: Row | None) -> None:
        """Give waiting lines of text to the record above or to the one `after`, whichever is nearer on the page."""
        part = self.parts[-1] if self.parts else None
        for row in self.waiting if part else ():
            assert part is not None
            line = part.lines.get(row.number)
            before = part.layout.records[-1] if part.layout.records else None
            owner = before
            if after is not None and line is not None:
                up = part.lines[before.number] if before is not None else None
                above = line.base - up.base if up is not None and up.page == line.page else float("inf")
                owner = after if part.lines[after.number].base - line.base < above else before
            if owner is not None:
                part.layout.continued.setdefault(owner.number, []).append(row)
            elif line is not None:
                part.around.append(line)
        self.waiting = []

    def balance_line(self, row: Row) -> str:
        """Return what a line that prints a balance says, by its words: `balances` of the profile."""
        skip = {*self.money, self.at["booked"], self.at.get("value_date", -1)}
        text = words(" ".join(cell for place, cell in enumerate(row.cells) if place not in skip and cell.strip()))
        for group, listed in self.profile.balances.groups:
            if any(text.startswith(word) for word in listed):
                return group
        return ""

    def _carry(self, part: Part, row: Row) -> Row:
        """Fill an empty cell of a column that is printed once for several lines."""
        cells, taken = list(row.cells), []
        for name in self.bands.carry:
            place = self.bands.names.index(name)
            if not cells[place].strip() and self.above and self.above[place].strip():
                cells[place] = self.above[place]
                taken.append(name)
        if taken:
            part.carried[row.number] = tuple(taken)
        self.above = tuple(cells)
        return Row(row.number, tuple(cells), row.raw)


def is_amount(text: str, numbers: Numbers) -> bool:
    """Whether a cell is an amount, whatever its currency: a page number among the amounts is none."""
    if not any(letter.isdecimal() for letter in text):
        return False
    for decimal in (numbers.decimal,) if numbers.decimal in {".", ","} else (".", ","):
        try:
            value, _ = read_amount(text, Numbers(decimal, numbers.thousands, numbers.strip, numbers.negative), "CLF")
        except BadCell:
            continue
        if value is not None:
            return True
    return False


def _find(profile: Profile, texts: Iterable[str], pattern: str) -> str:
    rows = tuple(Row(number, (text,), text) for number, text in enumerate(texts, 1))
    return Bound(profile, Sheet("text", rows), len(rows) + 1, (), {}, ()).find(pattern)


def _furniture(document: Document, reading: _Reading) -> set[tuple[int, int]]:
    """Return (page, row) of what stands on the same place of two pages, whatever its digits: heads and feet of pages.

    A line with a date, or with an amount of more than four digits or with decimals, is none, and no line of a balance is;
    nor is what stands above another line of the account, since that is text of its lines.
    """
    lines: list[tuple[tuple[int, str], Line]] = []
    seen: Counter[tuple[int, str]] = Counter()
    for page in document.pages:
        # A text has no places on a page: its feet stand behind the last line, wherever that is.
        mine = [
            ((0 if reading.bands.is_text else round(line.base), re.sub(r"[0-9]+", "#", _squeezed(line.text))), line)
            for line in page.lines
        ]
        seen.update({key for key, _ in mine})
        lines += mine
    found = set()
    below: set[int] = set()
    for key, line in reversed(lines):
        cells, _ = reading.cut(line)
        amounts = [cells[at] for at in reading.money if is_amount(cells[at], reading.profile.numbers)]
        bare = all(re.fullmatch(r"[0-9]{1,4}", text.strip()) for text in amounts)
        if reading.is_dated(cells) or not bare:
            below.add(line.page)
        if seen[key] < 2 or line.page in below or not any(letter.isalpha() for letter in line.text):
            continue
        if bare and not reading.is_dated(cells) and not reading.balance_line(Row(0, cells, "")):
            found.add((line.page, line.row))
    return found

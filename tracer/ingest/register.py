"""Registers as tables: one row is one record of a register, read field by field through a profile (formats.md 8, 10).

A field that the row needs and cannot give sets the row aside; a field it can do without is null with a mark. The count
in a register's last row is compared with the rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date

from tracer.ingest.bound import Bound, answered, bound_sheets, candidates
from tracer.ingest.cells import BadCell, excel_damage, is_shortened, read_amount, read_day
from tracer.ingest.movement import currency_code
from tracer.ingest.profile import words
from tracer.ingest.registry import NeedsAnswer
from tracer.ingest.source import Source
from tracer.ingest.tabular import MAX_FIELD, Row, looks_tabular
from tracer.model import Cite, Fact, Reject, excerpt

__all__ = ["Line", "claims_kind", "count_kind", "read_kind"]


@dataclass(slots=True)
class Line:
    """One row of a register as its connector reads it; the cell last read is the one a Reject names."""

    source: Source
    bound: Bound
    row: Row
    last: str = ""
    _marks: list[str] = field(default_factory=list)

    def cite(self, tail: str = "") -> Cite:
        return self.source.cite(f"{self.bound.prefix}row={self.row.number}" + (f"#{tail}" if tail else ""))

    def text(self, key: str) -> str:
        """Return the cell, stripped, or the constant that the profile states; "" where there is neither."""
        self.last = key
        scope = dict(self.bound.profile.fields).get(key)
        if scope is None:
            return ""
        shown = self.bound.cell(self.row, key).strip()
        if damage := excel_damage(shown, self.bound.kind(self.row, key)) if key in _NUMBERED else ():
            self._marks += [f"{mark}:{key}" for mark in damage if f"{mark}:{key}" not in self._marks]
        return dict(scope.map).get(shown, shown) or scope.value

    def need(self, key: str) -> str:
        shown = self.text(key)
        if not shown:
            raise BadCell(f"{key.replace('_', '-')}-missing", f"the row has no {key.replace('_', ' ')}")
        if key in _NUMBERED and is_shortened(shown, self.bound.kind(self.row, key)):
            raise BadCell(
                f"{key}-lost-digits",
                f"{excerpt(shown)!r} is a number that a spreadsheet shortened: two may print alike",
            )
        return shown

    def currency(self, key: str) -> str:
        shown = self.need(key)
        code = currency_code(shown, ())
        if code is None:
            raise BadCell("currency-unknown", f"{excerpt(shown)!r} is not a currency of ISO 4217")
        return code

    def amount(self, key: str, currency: str) -> int | None:
        shown = self.text(key)
        if shown and not currency:
            raise BadCell("currency-missing", f"{excerpt(shown)!r} stands without a currency")
        value, marks = read_amount(shown, self.bound.profile.numbers, currency)
        self._marks += [f"{mark}:{key}" for mark in marks]
        return value

    def day(self, key: str) -> date | None:
        inside = self.bound.sheet.inside
        day, _, marks = read_day(
            self.text(key),
            self.bound.profile.formats,
            kind=self.bound.kind(self.row, key),
            epoch_1904=bool(inside and inside.epoch_1904),
        )
        self._marks += [f"{mark}:{key}" for mark in marks]
        return day

    def mark(self, text: str) -> None:
        self._marks.append(text)

    def marks(self) -> tuple[str, ...]:
        return tuple(self._marks)


_NUMBERED = frozenset({"number", "iban", "paid_account", "record", "registration"})


def claims_kind(source: Source, kind: str) -> bool:
    """A profile of this kind knows the header; or a person named one and the bytes are a table."""
    named = answered(source)
    if named is not None and named.kind != kind:
        return False
    return bool(candidates(source, kind)) or (named is not None and looks_tabular(source))


def _tables(source: Source, kind: str) -> tuple[Bound, ...]:
    found, named = candidates(source, kind), answered(source)
    if named is not None:
        return tuple(bound_sheets(source, named, found[0][1] if found else None))
    best = [(p, s) for p, s in found if len(p.header) == len(found[0][0].header)]
    if len(best) > 1:
        raise NeedsAnswer(
            "profile",
            f"{len(best)} profiles read {source.exhibit.name}: a person chooses.",
            tuple(p.name for p, _ in best),
            source.exhibit.name,
        )
    return tuple(bound_sheets(source, *best[0]))


def _rows(bound: Bound) -> tuple[list[Row], list[Row]]:
    """Return (records, footers): every row after the header that holds something."""
    records: list[Row] = []
    footers: list[Row] = []
    for row in bound.sheet.rows[bound.header :]:
        if row.blank:
            continue
        first = "" if row.broken else words(next(cell for cell in row.cells if cell.strip()))
        is_footer = bool(bound.profile.footer) and first.startswith(bound.profile.footer)
        (footers if is_footer else records).append(row)
    return records, footers


def count_kind(source: Source, kind: str) -> int:
    """Count the rows that hold something between header and footer."""
    return sum(len(_rows(bound)[0]) for bound in _tables(source, kind))


def read_kind(source: Source, kind: str, make: Callable[[Line], Iterator[Fact]]) -> Iterator[Fact | Reject]:
    """Yield what `make` reads from each row, or the Reject of the row.

    A count in the last row that does not agree is a Reject of the file's end, and so is printed: rows may be missing.
    """
    for bound in _tables(source, kind):
        records, footers = _rows(bound)
        for row in records:
            line = Line(source, bound, row)
            if row.broken:
                yield _reject(line, row.broken, "the row cannot be split into cells")
                continue
            try:
                facts = tuple(make(line))
            except BadCell as error:
                yield _reject(line, error.code, str(error))
                continue
            yield from facts
        for row in footers:
            stated = [int(n) for n in re.findall(r"(?<![0-9.])[0-9]{1,9}(?![0-9.])", row.raw[:500])]
            if stated and len(records) not in stated:
                line = Line(source, bound, row, "leftovers")
                yield _reject(
                    line, "row-count-differs", f"the last row states {stated[0]}, the file has {len(records)} rows"
                )


def _reject(line: Line, code: str, message: str) -> Reject:
    return Reject(line.cite(), line.row.raw[:MAX_FIELD], line.last or "row", code, message)

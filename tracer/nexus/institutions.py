"""Dated lists that a case supplies: the only thing that links a BIC to an ABA number (nexus.md sections 3, 4 and 8).

A directory confirms nothing by its absence: a US BIC without a row is still a US BIC. Columns of the institution list: bic8,
aba, name, city, country, valid_from, valid_to, source_document. A row holds on both its days; an open end is empty.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from tracer.model import CaseError

__all__ = ["Institution", "Instruction", "linked", "named", "nostros", "read_institutions"]

_COLUMNS = ("bic8", "aba", "name", "city", "country", "valid_from", "valid_to", "source_document")
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Institution:
    """One row of the case's institution list; `source_document` is the exhibit that shows it."""

    bic8: str
    aba: str
    name: str
    city: str
    country: str
    valid_from: date | None
    valid_to: date | None
    source_document: str


@dataclass(frozen=True, slots=True)
class Instruction:
    """One row of a published settlement-instruction list: the bank's correspondent for a currency (grade G4)."""

    bic8: str
    currency: str
    correspondent: str
    valid_from: date | None
    valid_to: date | None
    source_document: str


def read_institutions(text: str) -> tuple[Institution, ...]:
    """Read a CSV of institutions.

    Raises: CaseError for a missing column or a date that is not YYYY-MM-DD, with its line.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise _unusable(f"The institution list has no column {', '.join(missing)}.", 1)

    def text_of(row: dict[str, str], name: str) -> str:
        return (row[name] or "").strip()

    def day(row: dict[str, str], name: str, line: int) -> date | None:
        printed = text_of(row, name)
        try:
            return date.fromisoformat(printed) if printed else None
        except ValueError:
            raise _unusable(f"{name} {printed[:20]!r} is no day YYYY-MM-DD.", line) from None

    return tuple(
        Institution(
            bic8=text_of(row, "bic8")[:8].upper(),
            aba=text_of(row, "aba"),
            name=text_of(row, "name"),
            city=text_of(row, "city"),
            country=text_of(row, "country").upper(),
            valid_from=day(row, "valid_from", line),
            valid_to=day(row, "valid_to", line),
            source_document=text_of(row, "source_document"),
        )
        for line, row in enumerate(reader, start=2)
    )


def _unusable(what: str, line: int) -> CaseError:
    return CaseError(
        what,
        where=f"institutions.csv:{line}",
        meaning="No BIC is linked to an ABA number without a dated row; nothing was graded with this list.",
        next_call="correct the line and run the command again",
    )


def _holds(row: Institution | Instruction, on: date | None) -> bool:
    if on is None:
        return row.valid_from is None and row.valid_to is None
    return (row.valid_from is None or row.valid_from <= on) and (row.valid_to is None or on <= row.valid_to)


def linked(identifier: str, scheme: str, on: date | None, rows: Iterable[Institution]) -> Institution | None:
    """Return the row that holds on a day for a BIC or an ABA number; two rows that disagree link nothing."""
    found = {
        row
        for row in rows
        if _holds(row, on)
        and (
            (scheme == "BIC" and row.bic8 and row.bic8 == identifier[:8])
            or (scheme == "ABA" and row.aba and row.aba == identifier)
        )
    }
    pairs = {(row.bic8, row.aba) for row in found}
    if len(pairs) > 1 and scheme == "ABA":
        return None
    return min(found, key=lambda row: (not row.aba, row.aba, row.name, row.city), default=None)


def named(text: str, on: date | None, rows: Iterable[Institution]) -> Institution | None:
    """Return the one row whose name, and city where it has one, stand in a free text of name and address (field 57D)."""
    words = _words(text)
    found = [
        row
        for row in rows
        if _holds(row, on) and row.name and _within(_words(row.name), words) and _within(_words(row.city), words)
    ]
    return found[0] if len({(row.bic8, row.aba, row.name) for row in found}) == 1 else None


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.casefold() for word in _WORD.findall(text))


def _within(part: Sequence[str], whole: Sequence[str]) -> bool:
    size = len(part)
    return any(tuple(whole[at : at + size]) == tuple(part) for at in range(len(whole) - size + 1))


def nostros(bic: str, currency: str, on: date | None, rows: Iterable[Instruction]) -> tuple[Instruction, ...]:
    """Return the published correspondents of a bank for a currency on a day."""
    return tuple(row for row in rows if row.bic8 == bic[:8] and row.currency == currency and _holds(row, on))

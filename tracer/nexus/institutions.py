"""The dated list of institutions that a case supplies: the only thing that links a BIC to an ABA number (nexus.md 3, 8)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

__all__ = ["Institution", "linked", "read_institutions"]


@dataclass(frozen=True, slots=True)
class Institution:
    """One row: valid from `valid_from` up to and without `valid_to`; `source_document` is where the row comes from."""

    bic8: str
    aba: str
    name: str
    city: str
    country: str
    valid_from: date | None
    valid_to: date | None
    source_document: str


def read_institutions(text: str) -> tuple[Institution, ...]:
    """Read the columns bic8, aba, name, city, country, valid_from, valid_to, source_document."""

    def day(value: str) -> date | None:
        return date.fromisoformat(value) if value else None

    return tuple(
        Institution(
            row["bic8"],
            row["aba"],
            row["name"],
            row["city"],
            row["country"],
            day(row["valid_from"]),
            day(row["valid_to"]),
            row["source_document"],
        )
        for row in csv.DictReader(io.StringIO(text))
    )


def linked(identifier: str, on: date | None, rows: Iterable[Institution]) -> Institution | None:
    """Return the row that is valid on a day for a BIC or an ABA number."""
    for row in rows:
        in_time = on is None or (
            (row.valid_from is None or row.valid_from <= on) and (row.valid_to is None or on < row.valid_to)
        )
        if in_time and identifier and (row.bic8 == identifier[:8] or row.aba == identifier):
            return row
    return None

"""What each row of a bound table is: a line of the account, a balance or a total, a heading again, or what stands around."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tracer.ingest.bound import Bound, column_names
from tracer.ingest.lexicon import role_of
from tracer.ingest.profile import words
from tracer.ingest.tabular import Row
from tracer.ingest.totals import begins
from tracer.ingest.years import heads_year

__all__ = ["Layout", "lay_out"]


@dataclass(slots=True)
class Layout:
    """What each row after the header is. `records` are the raw records; the rest is kept with the statement."""

    records: list[Row] = field(default_factory=list)
    continued: dict[int, list[Row]] = field(default_factory=dict)
    footers: list[Row] = field(default_factory=list)
    balances: list[tuple[str, Row]] = field(default_factory=list)
    leftovers: list[Row] = field(default_factory=list)
    moved: int = 0  # the row in which other headings begin


def lay_out(bound: Bound) -> Layout:
    """Sort the rows between header and end: a record has something in its date or amount columns, or cannot be split."""
    found = Layout()
    profile, at = bound.profile, bound.at
    money = [at[role] for role in ("booked", "value_date", "amount", "debit", "credit") if role in at]
    text = {place for role, place in at.items() if role.startswith("details")}
    header = [words(name) for name in bound.names]
    heads, is_moved = frozenset(header) if bound.header else frozenset(), False
    is_bare = any(not form.has_year for form in profile.booked.formats)  # a year may stand alone, over its lines
    again = {_bare(row) for row in bound.heads} if len(bound.heads) > 1 else set()
    for row in bound.sheet.rows[bound.header :]:
        if row.blank:
            if profile.blank_rows == "end" and found.records:
                found.leftovers += [r for r in bound.sheet.rows[row.number :] if not r.blank]
                break
            continue
        if row.broken:
            found.records.append(row)
            continue
        filled = {place for place, cell in enumerate(row.cells) if cell.strip()}
        first = words(row.cells[min(filled)])
        # A day of its own makes a line of it, which is posted or set aside and never left out: payees are called Total, too.
        is_dated = at.get("booked", -1) in filled and at["booked"] != min(filled)
        if profile.footer and not is_dated and begins(first, profile.footer):
            found.footers.append(row)
        elif first in heads and len(filled) > 1 and _headings(row) == header[: len(row.cells)]:
            found.leftovers.append(row)  # a page header repeated
            is_moved = False
        elif is_bare and heads_year(row) is not None:
            found.leftovers.append(row)
        elif again and _bare(row) in again:
            found.leftovers.append(row)  # and so is each row of one of several
            is_moved = False
        elif bound.header and _moves(bound, header, row):
            found.leftovers.append(row)
            found.moved = found.moved or row.number
            is_moved = True
        elif profile.balances.column and (group := profile.balances.group(bound.cell(row, "balances"))):
            found.balances.append((group, row))
        elif any(place in filled for place in money):
            found.records.append(replace(row, broken="columns-moved") if is_moved else row)
        elif found.records and not found.records[-1].broken and filled <= text:
            found.continued.setdefault(found.records[-1].number, []).append(row)
        else:
            found.leftovers.append(row)
    return found


def _bare(row: Row) -> tuple[str, ...]:
    return tuple(words(cell) for cell in row.cells[: max(n for n, cell in enumerate(row.cells, 1) if cell.strip())])


def _headings(row: Row) -> list[str]:
    return [words(name) for name in column_names(row.cells)]


def _moves(bound: Bound, header: Sequence[str], row: Row) -> bool:
    """Whether a row holds headings, of which one stands over another column than it did: below it columns are not those."""
    if any(letter.isdecimal() for cell in row.cells for letter in cell):
        return False
    known = [
        (place, header.index(name) if name in header else bound.at.get(role_of(cell)[0]))
        for place, (cell, name) in enumerate(zip(row.cells, _headings(row), strict=True))
        if cell.strip()
    ]
    seen = [(place, held) for place, held in known if held is not None]
    return len(seen) > 1 and any(place != held for place, held in seen)

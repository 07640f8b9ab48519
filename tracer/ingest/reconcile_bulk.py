"""The checks of a statement over columns: what `reconcile` says of postings, for tables too large to be made into nouns.

Only the counting is apart; each check is worded, and found ok or off, by the same functions of `reconcile`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tracer.ingest.marks import READ_PLAIN
from tracer.ingest.reconcile import (
    chain,
    currency_check,
    dates_check,
    day_of,
    marks_check,
    net_check,
    odd_marks,
    period,
    printed_checks,
    running_check,
    sum_check,
    total_checks,
)
from tracer.model import Reconciliation, Statement

__all__ = ["reconcile_columns"]

_EPOCH = date(1970, 1, 1).toordinal()
_NO_DAY = np.iinfo(np.int64).min
Ints = npt.NDArray[np.int64]


def reconcile_columns(
    statements: Sequence[tuple[str, Statement]], postings: pa.Table | None, rejects: int, received: str
) -> Iterator[Reconciliation]:
    """Yield the checks of statements (id and noun) over their postings; the count of the file is checked apart.

    A line of a table is in the statement of its account and currency.
    """
    marked = _marks(postings) if postings is not None else {}
    columns = _columns(postings) if postings is not None else {}
    edges = _edges(columns, [ident for ident, _ in statements])
    for number, (ident, statement) in enumerate(statements):
        mine = {name: column[edges[number] : edges[number + 1]] for name, column in columns.items()}
        yield from _checks(statement, mine, marked.get(ident, []), rejects, received)
    yield from chain([statement for _, statement in statements])


def _marks(postings: pa.Table) -> dict[str, list[tuple[int, str]]]:
    """Return statement -> (line, mark) in the order of lines; the many lines without a mark are never made into texts."""
    odd = pc.invert(pc.is_in(postings["marks"], pa.array(READ_PLAIN)))
    some = postings.select(["statement", "line", "marks"]).filter(odd).sort_by("line")
    found: dict[str, list[tuple[int, str]]] = {}
    for statement, line, marks in zip(*(some[name].to_pylist() for name in some.column_names), strict=True):
        found.setdefault(statement, []).extend((line, mark) for mark in json.loads(marks))
    return found


def _columns(postings: pa.Table) -> dict[str, Any]:
    days = pc.cast(pc.cast(postings["booked"], pa.int32()), pa.int64())
    return {
        "statement": postings["statement"],
        "line": postings["line"].to_numpy(),
        "amount": postings["amount"].to_numpy(),
        "balance": pc.fill_null(postings["balance"], 0).to_numpy(),
        "printed": pc.is_valid(postings["balance"]).to_numpy(),
        "day": pc.fill_null(days, _NO_DAY).to_numpy(),
        "moved": pc.equal(postings["status"], "booked").to_numpy(),
    }


def _edges(columns: dict[str, Any], idents: Sequence[str]) -> Ints:
    """Put the columns in the order of statement and line; return where each statement begins, and the end."""
    if not columns:
        return np.zeros(len(idents) + 1, np.int64)
    found = pc.index_in(columns.pop("statement"), pa.array(idents, pa.string())).to_numpy()
    lines = columns["line"]
    order = np.argsort(found * (int(lines.max(initial=0)) + 1) + lines, kind="stable")
    if (order[1:] < order[:-1]).any():
        for name in columns:
            columns[name] = columns[name][order]
    return np.searchsorted(found[order], np.arange(len(idents) + 1))


def _checks(
    statement: Statement, mine: dict[str, Any], marked: Sequence[tuple[int, str]], rejects: int, received: str
) -> Iterator[Reconciliation]:
    none = np.zeros(0, np.int64)
    amount, moved = mine.get("amount", none), mine.get("moved", none.astype(np.bool_))
    booked = {name: column[moved] for name, column in mine.items()}

    def side(sign: int, what: str, *, pending: bool) -> int:
        known = (amount if pending else amount[moved]) * sign
        known = known[known > 0]
        return _exact_sum(known) if what == "total" else len(known)

    yield sum_check(statement, _exact_sum(amount[moved]), int(moved.sum()), rejects)
    yield from total_checks(statement, len(amount), side)
    yield currency_check(statement, ())
    days = [(line, told) for line, mark in marked for _, told in odd_marks(line, [mark])]
    days += _odd_days(statement, booked, received) if booked else []
    # Of one line the mark comes first, as where the lines are read one by one.
    yield dates_check(statement, odd_marks(0, statement.marks) + sorted(days, key=lambda day: day[0]))
    broken: list[int] = []
    if booked and booked["printed"].any():
        known, broken = _steps(statement.opening, booked)
        yield running_check(statement.cite, statement.account, known, broken)
    yield from net_check(statement, _exact_sum(amount))
    yield from marks_check(statement, marked, breaks=bool(broken))
    yield from printed_checks(statement)


def _exact_sum(amounts: Ints) -> int:
    """Return the sum as a Python integer: ten million amounts may pass 64 bits together."""
    return (int((amounts >> 32).sum()) << 32) + int((amounts & 0xFFFF_FFFF).sum())


def _odd_days(statement: Statement, booked: dict[str, Any], received: str) -> list[tuple[int, str]]:
    first, last = period(statement)
    limit = day_of(received)
    days, known = booked["day"], booked["day"] != _NO_DAY
    outside, late = np.zeros(len(days), np.bool_), np.zeros(len(days), np.bool_)
    if first:
        outside |= days < first.toordinal() - _EPOCH
    if last:
        outside |= days > last.toordinal() - _EPOCH
    if limit:
        late = days > limit.toordinal() - _EPOCH
    found = []
    for at in np.flatnonzero(known & (outside | late)).tolist():
        day = date.fromordinal(int(days[at]) + _EPOCH)
        why = "is outside the period" if outside[at] else "is later than the exhibit"
        found.append((int(booked["line"][at]), f"{day} {why}"))
    return found


def _steps(opening: int | None, booked: dict[str, Any]) -> tuple[int, list[int]]:
    """Return how many steps have a balance on both sides, and the lines whose step does not hold."""
    balance, printed = booked["balance"], booked["printed"]
    before = np.concatenate([[opening or 0], balance[:-1]])
    known = np.concatenate([[opening is not None], printed[:-1]]) & printed
    # Equality holds modulo 2**64, so an overflow cannot feign a step.
    broken = known & (before + booked["amount"] != balance)
    return int(known.sum()), booked["line"][broken].tolist()

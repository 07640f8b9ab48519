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

from tracer.ingest.marks import READ_PLAIN, kind_of
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

__all__ = ["Lines", "reconcile_columns"]

_EPOCH = date(1970, 1, 1).toordinal()
_NO_DAY = np.iinfo(np.int32).min
Ints = npt.NDArray[np.int64]
Columns = dict[str, npt.NDArray[Any]]


class Lines:
    """What the checks need of a file's postings, taken table by table: 26 bytes a line, 34 where a balance is printed.

    Beside that each doubtful mark is held with its line; the many lines without a doubt are never made into texts.
    """

    def __init__(self) -> None:
        self._statements: dict[str, int] = {}
        self._currencies: dict[str, int] = {}
        self._named: list[str] = []
        self._chunks: dict[str, list[npt.NDArray[Any]]] = {}
        self._balances: list[tuple[npt.NDArray[Any] | None, npt.NDArray[Any]]] = []  # none where no line prints one
        self._marks: dict[int, list[tuple[int, str]]] = {}
        self._same: dict[str, str] = {}

    @property
    def statements(self) -> set[str]:
        """The ids of the statements that the lines name."""
        return set(self._statements)

    def add(self, postings: pa.Table) -> None:
        """Take the lines of a table in the schema of postings."""
        days = pc.cast(postings["booked"], pa.int32())
        printed = pc.is_valid(postings["balance"]).to_numpy()
        is_any = bool(printed.any())
        self._balances.append((pc.fill_null(postings["balance"], 0).to_numpy() if is_any else None, printed))
        statement = _coded(postings["statement"], self._statements)
        found = {
            "statement": statement,
            "line": postings["line"].to_numpy().astype(np.int32),
            "amount": postings["amount"].to_numpy(),
            "day": pc.fill_null(days, _NO_DAY).to_numpy(),
            "moved": pc.equal(postings["status"], "booked").to_numpy(),
            "currency": _coded(postings["currency"], self._currencies),
        }
        for name, column in found.items():
            self._chunks.setdefault(name, []).append(column)
        self._doubts(postings, statement)

    def _doubts(self, postings: pa.Table, statement: npt.NDArray[Any]) -> None:
        odd = pc.invert(pc.is_in(postings["marks"], pa.array(READ_PLAIN))).to_numpy()
        some = postings.select(["line", "marks"]).filter(pa.array(odd))
        texts = zip(statement[odd].tolist(), some["line"].to_pylist(), some["marks"].to_pylist(), strict=True)
        for code, line, marks in texts:
            for mark in json.loads(marks):
                if kind_of(mark).is_doubt:
                    self._marks.setdefault(code, []).append((line, self._same.setdefault(mark, mark)))

    def sorted_by(self, idents: Sequence[str]) -> tuple[Columns, Ints, dict[str, list[tuple[int, str]]]]:
        """Return the columns in the order of statement and line, where each statement begins, and its doubtful marks.

        The lines are handed over: nothing is left in here.
        """
        place = {ident: number for number, ident in enumerate(idents)}
        marks = {
            ident: sorted(self._marks.get(code, ()), key=lambda one: one[0])
            for ident, code in self._statements.items()
            if code in self._marks
        }
        self._named = list(self._currencies)
        if not self._chunks:
            return {}, np.zeros(len(idents) + 1, np.int64), marks
        columns: Columns = {name: np.concatenate(self._chunks.pop(name)) for name in tuple(self._chunks)}
        if any(balance is not None for balance, _ in self._balances):
            columns["printed"] = np.concatenate([printed for _, printed in self._balances])
            columns["balance"] = np.concatenate(
                [
                    np.zeros(len(printed), np.int64) if balance is None else balance
                    for balance, printed in self._balances
                ]
            )
        self._balances = []
        of = np.array([place[ident] for ident in self._statements], np.int32)[columns.pop("statement")]
        lines = columns["line"]
        is_sorted = (of[1:] > of[:-1]) | ((of[1:] == of[:-1]) & (lines[1:] >= lines[:-1]))
        if not is_sorted.all():
            order = np.lexsort((lines, of))
            of = of[order]
            for name in columns:
                columns[name] = columns[name][order]
        return columns, np.searchsorted(of, np.arange(len(idents) + 1)), marks

    def code(self, currency: str) -> int:
        """Return the number that stands for a currency in the columns, -1 for one that no line is in."""
        return self._currencies.get(currency, -1)

    def currency(self, code: int) -> str:
        """Return the currency that a number stands for."""
        return self._named[code]


def _coded(texts: Any, known: dict[str, int]) -> npt.NDArray[Any]:
    """Return a number for each text, the same for the same text in every table."""
    found = pc.dictionary_encode(texts).combine_chunks()
    found = found.chunk(0) if isinstance(found, pa.ChunkedArray) else found
    codes = np.array([known.setdefault(text, len(known)) for text in found.dictionary.to_pylist()], np.int32)
    return np.asarray(codes[found.indices.to_numpy()])


def reconcile_columns(
    statements: Sequence[tuple[str, Statement]], lines: Lines, rejects: int, received: str
) -> Iterator[Reconciliation]:
    """Yield the checks of statements (id and noun) over their lines; the count of the file is checked apart."""
    columns, edges, marked = lines.sorted_by([ident for ident, _ in statements])
    for number, (ident, statement) in enumerate(statements):
        mine = {name: column[edges[number] : edges[number + 1]] for name, column in columns.items()}
        foreign: list[tuple[int, str]] = []
        if mine:
            mine["own"] = mine["currency"] == lines.code(statement.currency)
            if not mine["own"].all():
                other = np.flatnonzero(~mine["own"])
                codes = mine["currency"][other].tolist()
                foreign = list(zip(mine["line"][other].tolist(), map(lines.currency, codes), strict=True))
        yield from _checks(statement, mine, foreign, marked.get(ident, []), rejects, received)
    yield from chain([statement for _, statement in statements])


def _checks(
    statement: Statement,
    mine: Columns,
    foreign: Sequence[tuple[int, str]],
    marked: Sequence[tuple[int, str]],
    rejects: int,
    received: str,
) -> Iterator[Reconciliation]:
    none = np.zeros(0, np.int64)
    amount, moved = mine.get("amount", none), mine.get("moved", none.astype(np.bool_))
    own = mine.get("own", moved)
    booked = {name: column[moved] for name, column in mine.items()}

    def side(sign: int, what: str, *, pending: bool) -> int:
        known = amount[own if pending else own & moved] * sign
        known = known[known > 0]
        return _exact_sum(known) if what == "total" else len(known)

    yield sum_check(statement, _exact_sum(amount[own & moved]), int(moved.sum()), rejects)
    yield from total_checks(statement, len(amount), side)
    yield currency_check(statement, foreign)
    days = [(line, told) for line, mark in marked for _, told in odd_marks(line, [mark])]
    days += _odd_days(statement, booked, received) if booked else []
    # Of one line the mark comes first, as where the lines are read one by one.
    yield dates_check(statement, odd_marks(0, statement.marks) + sorted(days, key=lambda day: day[0]))
    broken: list[int] = []
    if "printed" in booked and booked["printed"].any():
        known, broken = _steps(statement.opening, booked)
        yield running_check(statement.cite, statement.account, known, broken)
    yield from net_check(statement, _exact_sum(amount))
    yield from marks_check(statement, marked, breaks=bool(broken))
    yield from printed_checks(statement)


def _exact_sum(amounts: Ints) -> int:
    """Return the sum as a Python integer: ten million amounts may pass 64 bits together."""
    return (int((amounts >> 32).sum()) << 32) + int((amounts & 0xFFFF_FFFF).sum())


def _odd_days(statement: Statement, booked: Columns, received: str) -> list[tuple[int, str]]:
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


def _steps(opening: int | None, booked: Columns) -> tuple[int, list[int]]:
    """Return how many steps have a balance on both sides, and the lines whose step does not hold."""
    balance, printed = booked["balance"], booked["printed"]
    before = np.concatenate([[opening or 0], balance[:-1]])
    known = np.concatenate([[opening is not None], printed[:-1]]) & printed
    # Equality holds modulo 2**64, so an overflow cannot feign a step.
    broken = known & (before + booked["amount"] != balance)
    return int(known.sum()), booked["line"][broken].tolist()

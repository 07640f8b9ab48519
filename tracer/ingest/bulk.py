"""Ten million lines: the same postings as `movement.Reader` makes, computed in columns by DuckDB.

A line takes the fast way only if every cell it uses has the plainest form (a full-width date, digits with the profile's
marks, a known flag); any other line is read by `Reader` as in a small file, so that both ways give the same table, ids
and row hashes included. A file whose shape the fast way cannot promise to see as it is (quotes over several lines,
blank lines, `="…"` cells, another encoding than UTF-8, ragged rows) is not read here at all.
"""

from __future__ import annotations

import mmap
import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tracer.batches import schema
from tracer.ingest.cells import DayFormat
from tracer.ingest.movement import CURRENCY_NAMES, Reader
from tracer.ingest.tabular import (
    BulkError,
    CoalesceOperator,
    ColumnExpression,
    ConstantExpression,
    FunctionExpression,
    Row,
    bulk_reader,
    rows_of_lines,
    scan,
)
from tracer.model import EXPONENTS, exponent

__all__ = ["Shape", "Staged", "finish", "is_plain", "lines_at", "stage"]

CHUNK = 131_072  # lines of one table of postings; several are made at once
_BLOCK = 8_192  # lines hashed together: their texts stay in the processor's cache
#: White space other than the space: a line that has any goes the slow way, where str.strip knows all of it.
_BLANKS = "[" + "".join(rf"\x{{{c:04X}}}" for c in range(0x3001) if chr(c).isspace() and c != 0x20) + "]"
_TEXTS = {
    "type_code": "type_code",
    "owner_reference": "reference_owner",
    "bank_reference": "reference_bank",
    "end_to_end_id": "reference_end_to_end",
    "uetr": "reference_uetr",
    "counterparty": "counterparty_name",
    "counterparty_account": "counterparty_account",
    "counterparty_agent": "counterparty_bank",
    "rate": "original_rate",
    "time": "time",
    "account": "account",
}
_PRINTED = ("booked", "value_date", "amount", "debit", "credit", "balance", "flag", "currency", "status", "reversal")
_QUIET = ("original_amount", "original_currency", "balances")

#: One line becomes typed columns; `ok` says whether every guard held. Values come as parameters only (safety.md S9).
_STAGE = """
SELECT account, type_code, owner_reference, bank_reference, end_to_end_id, uetr, counterparty, counterparty_account,
    counterparty_agent, rate, time, details, printed, code, booked_day, value_day, amount_value, balance_value,
    debit <> '' AS is_debit, amount_value IS NOT NULL AND booked_day >= DATE '0001-01-01' AND code IS NOT NULL AND booked_fits AND value_fits
    AND amount_fits AND (balance = '' OR regexp_full_match(balance, $signed)) AND quiet = ''
    AND NOT list_contains($footer_letters, substr(lower(first_cell), 1, 1))
    AND regexp_full_match(substr(first_cell, 1, 1), '[!-~]')
    AND ($account_fixed <> '' OR account <> '') AND strlen(details) < 20000 AND strlen(counterparty) < 20000
    AND CASE WHEN NOT $has_controls AND strlen(texts) = length(texts) THEN true ELSE NOT regexp_matches(texts, $blanks) END
    AND CASE WHEN account > '9~' OR NOT (account LIKE '%0' OR contains(lower(account), 'e')) THEN true
        ELSE NOT regexp_full_match(account, $damage) END
    AND CASE WHEN counterparty_account > '9~' OR NOT (counterparty_account LIKE '%0'
        OR contains(lower(counterparty_account), 'e')) THEN true
        ELSE NOT regexp_full_match(counterparty_account, $damage) END
    AND CASE WHEN owner_reference > '9~' OR NOT (owner_reference LIKE '%0' OR contains(lower(owner_reference), 'e')) THEN true
        ELSE NOT regexp_full_match(owner_reference, $damage) END
    AND CASE WHEN bank_reference > '9~' OR NOT (bank_reference LIKE '%0' OR contains(lower(bank_reference), 'e')) THEN true
        ELSE NOT regexp_full_match(bank_reference, $damage) END
    AND (NOT $has_status OR list_contains($status_booked, lower(trim(status))))
    AND NOT (reversal <> '' AND list_contains($reversal_yes, lower(trim(reversal)))) AS ok
FROM (
    SELECT *,
        concat(account, type_code, owner_reference, bank_reference, end_to_end_id, uetr, counterparty, counterparty_account,
            counterparty_agent, rate, time, details) AS texts,
        CASE WHEN currency = $code THEN $code ELSE $codes[list_position($words, currency)] END AS code,
        regexp_full_match(booked, $booked_form) AS booked_fits,
        try_cast(substr(booked, $booked_y, 4) || '-' || substr(booked, $booked_m, 2) || '-' || substr(booked, $booked_d, 2)
            AS DATE) AS booked_day,
        value_date = '' OR (regexp_full_match(value_date, $value_form) AND try_cast(substr(value_date, $value_y, 4)
            || '-' || substr(value_date, $value_m, 2) || '-' || substr(value_date, $value_d, 2) AS DATE) >= DATE '0001-01-01')
            AS value_fits,
        try_cast(substr(value_date, $value_y, 4) || '-' || substr(value_date, $value_m, 2) || '-'
            || substr(value_date, $value_d, 2) AS DATE) AS value_day,
        CASE $mode
            WHEN 'debit_credit' THEN (debit = '') <> (credit = '') AND regexp_full_match(debit || credit, $unsigned)
            WHEN 'amount_flag' THEN regexp_full_match(amount, $signed)
                AND list_contains($credit_words, lower(trim(flag))) <> list_contains($debit_words, lower(trim(flag)))
            ELSE regexp_full_match(amount, $signed) END AS amount_fits,
        CASE $mode WHEN 'debit_credit' THEN debit || credit ELSE amount END AS printed,
        try_cast(replace(replace(printed, $thousands, ''), $decimal, '') AS BIGINT)
            * CASE WHEN contains(printed, $decimal) THEN 1 ELSE $scale END
            * CASE WHEN $mode = 'debit_credit' THEN CASE WHEN debit = '' THEN 1 ELSE -1 END
                WHEN $mode = 'spend_positive' THEN -1
                WHEN $mode = 'amount_flag' AND list_contains($debit_words, lower(trim(flag))) THEN -1
                ELSE 1 END AS amount_value,
        try_cast(replace(replace(balance, $thousands, ''), $decimal, '') AS BIGINT)
            * CASE WHEN contains(balance, $decimal) THEN 1 ELSE $scale END AS balance_value
    FROM raw_rows
)
"""


@dataclass(frozen=True, slots=True)
class Staged:
    """Typed columns of the lines after the header, in file order; `ok` marks those that took the fast way."""

    table: pa.Table
    first_row: int
    ok: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Shape:
    """Physical lines of a plain file, and whether any control character that Python counts as white space is in it."""

    lines: int
    controls: bool


def is_plain(path: Path, delimiter: str, quote: str) -> Shape | None:
    """Return the shape of a file, or None for one that the fast way does not promise to see as it is."""
    if len(delimiter) != 1 or path.stat().st_size == 0:
        return None
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if any(data.find(mark) >= 0 for mark in (b'="', b"\n\n", b"\n\r\n", b"\x00")):
            return None
        head = data[:65_536]
        marked = head.startswith((b"\xef\xbb\xbf", b"\xff", b"\xfe"))
        if marked or b"\n" not in head or (b"\r" in head and b"\r\n" not in head):
            return None
        lines = at = 0
        while at < len(data):
            lines += data[at : at + 16_777_216].count(b"\n")
            at += 16_777_216
        controls = any(
            data.find(bytes([c])) >= 0 for c in (9, 11, 12, 28, 29, 30, 31) if bytes([c]) != delimiter.encode()
        )
        # A carriage return inside a line is rare enough for the careful test of every line.
        controls |= b"\r" in head
        return Shape(lines + (data[len(data) - 1 :] != b"\n"), controls)


def stage(reader: Reader, path: Path, shape: Shape) -> Staged | None:
    """Read the file once into typed columns; None when DuckDB sees another number of rows than there are lines."""
    bound, profile = reader.bound, reader.bound.profile
    form, value_form = _fixed(reader.booked), _fixed(reader.value)
    code = reader.currency or _first_currency(reader)
    if form is None or not code or ("value_date" in bound.at and value_form is None):
        return None
    y, m, d, pattern = form
    vy, vm, vd, value_pattern = value_form or form
    digits = exponent(code)
    separators = [s for s in reader.numbers.separators() if s.strip()]
    thousands = separators[0] if separators else "\x01"
    mark = _escaped(reader.numbers.decimal)
    body = f"(?:[0-9]{{1,13}}|[0-9]{{1,3}}(?:{_escaped(thousands)}[0-9]{{3}}){{1,4}})"
    body += f"(?:{mark}[0-9]{{{digits}}})?" if digits else ""
    words, codes = _currencies(reader, digits)
    mode = profile.amount.mode
    parameters = {
        "signed": ("[-+]?" if "-" in reader.numbers.negative else "[+]?") + body,
        "unsigned": body,
        "footer_letters": sorted({word[:1] for word in profile.footer if word}) or ["\x01"],
        "account_fixed": reader.account,
        "damage": r"[0-9](?:[.,][0-9]{1,15})?[eE]\+?[0-9]{1,2}|[0-9]{15}0{1,25}|[0-9]{5,20}\.0",
        "blanks": _BLANKS,
        "has_controls": shape.controls,
        "has_status": "status" in bound.at,
        "status_booked": sorted(_listed(profile.status.groups, "booked")) or ["\x01"],
        "reversal_yes": sorted(_listed(profile.reversal.groups, "yes")) or ["\x01"],
        "code": code,
        "codes": codes,
        "words": words,
        "booked_form": pattern, "booked_y": y, "booked_m": m, "booked_d": d,
        "value_form": value_pattern, "value_y": vy, "value_m": vm, "value_d": vd,
        "mode": "amount_flag" if mode == "amount_sign" else mode,
        "credit_words": sorted(profile.amount.credit_words) or ["\x01"],
        "debit_words": sorted(profile.amount.debit_words) or ["\x01"],
        "thousands": thousands,
        "decimal": reader.numbers.decimal,
        "scale": 10**digits,
    }  # fmt: skip
    with bulk_reader() as db:
        try:
            rows = scan(db, path, len(bound.names) + 1, bound.sheet.delimiter, profile.quote, bound.header)
            _roles(reader, code, rows).create_view("raw_rows")
            table: Any = db.sql(_STAGE, params=parameters).to_arrow_table()
        except BulkError:
            return None
    if table.num_rows != shape.lines - bound.header:
        return None
    ok = table["ok"].combine_chunks().fill_null(False).to_numpy(zero_copy_only=False).astype(np.bool_)
    return Staged(table, bound.header + 1, ok)


def _roles(reader: Reader, code: str, rows: Any) -> Any:
    """Name the columns by role; a role the profile does not have is the empty text."""
    bound = reader.bound
    empty = ConstantExpression("")

    def cell(role: str) -> Any:
        place = bound.at.get(role)
        return empty if place is None else CoalesceOperator(ColumnExpression(f"c{place}"), empty)

    def text(role: str) -> Any:
        return FunctionExpression("trim", cell(role)) if role in bound.at else empty

    chosen = [cell(role).alias(role) for role in _PRINTED if role != "currency"]
    chosen.append(
        cell("currency").alias("currency") if "currency" in bound.at else ConstantExpression(code).alias("currency")
    )
    chosen += [text(role).alias(name) for name, role in _TEXTS.items()]
    kept = [FunctionExpression("nullif", text(f"details_{n}"), empty) for n in range(1, len(bound.profile.details) + 1)]
    chosen.append(
        (FunctionExpression("concat_ws", ConstantExpression(" | "), *kept) if kept else empty).alias("details")
    )
    quiet = [cell(role) for role in _QUIET if role in bound.at]
    quiet.append(ColumnExpression(f"c{len(bound.names)}"))  # a cell beyond the header
    chosen.append(FunctionExpression("concat", *quiet).alias("quiet"))
    # A booking date first in the line cannot begin a totals row; else the first cell is looked at.
    first = ConstantExpression("0") if bound.at["booked"] == 0 else CoalesceOperator(ColumnExpression("c0"), empty)
    chosen.append(first.alias("first_cell"))
    return rows.select(*chosen)


def _fixed(formats: Sequence[DayFormat]) -> tuple[int, int, int, str] | None:
    """Return where year, month and day stand in the first format, and its pattern; None without full width."""
    if not formats:
        return None
    at, pattern, place = {}, "", 1
    text = formats[0].text
    while text:
        if text[:2] in {"%Y", "%m", "%d"}:
            width = 4 if text[1] == "Y" else 2
            at[text[1]] = place
            pattern, place, text = pattern + f"[0-9]{{{width}}}", place + width, text[2:]
        elif text[0] == "%":
            return None
        else:
            pattern, place, text = pattern + _escaped(text[0]), place + 1, text[1:]
    return (at["Y"], at["m"], at["d"], pattern) if len(at) == 3 else None


def _escaped(letter: str) -> str:
    return f"[{letter}]" if letter not in "^]\\" else f"\\{letter}"


def _currencies(reader: Reader, digits: int) -> tuple[list[str], list[str]]:
    """Return the printed words the fast way knows and their codes, all of one exponent."""
    known = {code: code for code in EXPONENTS}
    known |= CURRENCY_NAMES | dict(reader.bound.profile.currency.map)
    # Words are compared as printed: another case or spacing takes the slow way.
    pairs = [(word, code) for word, code in sorted(known.items()) if EXPONENTS.get(code) == digits]
    return [word for word, _ in pairs], [code for _, code in pairs]


def _first_currency(reader: Reader) -> str:
    for row in reader.bound.sheet.rows[reader.bound.header :]:
        shown = reader.bound.cell(row, "currency").strip()
        if code := dict(reader.bound.profile.currency.map).get(shown.casefold()) or CURRENCY_NAMES.get(
            shown.casefold()
        ):
            return code
        if shown in EXPONENTS:
            return shown
    return ""


def _listed(groups: tuple[tuple[str, frozenset[str]], ...], name: str) -> frozenset[str]:
    return next((listed for group, listed in groups if group == name), frozenset())


def lines_at(path: Path, numbers: set[int], delimiter: str, quote: str) -> Iterator[Row]:
    """Yield the physical lines of these numbers, split as in a small file."""
    if numbers:
        with path.open("r", encoding="utf-8", newline="") as file:
            yield from rows_of_lines(file, numbers, delimiter, quote)


def finish(
    reader: Reader,
    staged: Staged,
    line: npt.NDArray[np.int64],
    sign: npt.NDArray[np.int64],
    of: npt.NDArray[np.int64],
    statements: Sequence[str],
    keys: Sequence[str],
) -> Iterator[pa.Table]:
    """Yield the fast lines as tables of postings: ids and row hashes as `batches.to_table` gives them.

    `of` numbers each line's statement; `statements` are their ids and `keys` the keys of their accounts.
    """
    import tracer.ingest.digests  # noqa: F401  # once, before the threads

    named, keyed = pa.array(statements, pa.string()), pa.array(keys, pa.string())

    def postings(start: int) -> pa.Table:
        mine = np.flatnonzero(staged.ok[start : start + CHUNK])
        part = staged.table.slice(start, CHUNK)
        part = part if len(mine) == part.num_rows else part.take(pa.array(mine))
        mine += start
        columns: dict[str, Any] = {name: part[name].combine_chunks() for name in _TEXTS if name != "account"}
        columns |= {
            "locator": pc.binary_join_element_wise("row=", pc.cast(pa.array(mine + staged.first_row), pa.string()), ""),
            "account": reader.account or part["account"].combine_chunks(),
            "currency": part["code"].combine_chunks(),
            "amount": pa.array(part["amount_value"].to_numpy() * sign[mine]),
            "line": pa.array(line[mine]),
            "statement": named.take(pa.array(of[mine])) if len(named) > 1 else statements[0],
            "account_key": keyed.take(pa.array(of[mine])) if len(keyed) > 1 else keys[0],
            "booked": part["booked_day"].combine_chunks(),
            "value_date": part["value_day"].combine_chunks(),
            "balance": part["balance_value"].combine_chunks(),
            "amount_printed": part["printed"].combine_chunks(),
            "details": part["details"].combine_chunks(),
        }
        return _hashed(reader, columns, len(mine))

    starts = [start for start in range(0, len(staged.ok), CHUNK) if staged.ok[start : start + CHUNK].any()]
    workers = os.cpu_count() or 1
    with ThreadPoolExecutor(workers) as pool:
        made: deque[Future[pa.Table]] = deque()
        for start in starts:
            made.append(pool.submit(postings, start))
            if len(made) > workers:  # the reader of the tables sets the pace, so that few are held at once
                yield made.popleft().result()
        while made:
            yield made.popleft().result()


def _hashed(reader: Reader, columns: dict[str, Any], rows: int) -> pa.Table:
    """Return a table of the schema: what is a text in `columns` is the same in every row; ids and hashes are added."""
    from tracer.ingest.digests import Messages, fixed_texts, room_of  # Numba, for large files only

    wanted, exhibit = schema("posting"), reader.source.exhibit.sha256
    columns |= {
        "exhibit": exhibit,
        "servicer": reader.bound.profile.account.servicer,
        "status": "booked",
        "reversal": False,
        "original_amount": None,
        "original_currency": "",
        "parts": "[]",
        "marks": '["spend-positive"]' if reader.bound.profile.amount.mode == "spend_positive" else "[]",
    }
    ids, hashes = np.empty(rows * 32, np.uint8), np.empty(rows * 64, np.uint8)
    for start in range(0, rows, _BLOCK):
        block = min(_BLOCK, rows - start)
        some = {n: c.slice(start, block) if isinstance(c, pa.Array) else c for n, c in columns.items()}
        named = Messages(np.full(block, len(exhibit) + 40, dtype=np.int64))
        named.same(f"posting\n{exhibit}\n")
        named.text(some["locator"], measured=False)
        ids[start * 32 : (start + block) * 32] = letters = named.digests(32)
        some["id"] = fixed_texts(letters, 32)
        whole = Messages(sum((room_of(some[name]) for name in wanted.names[:-1]), np.zeros(block, np.int64)))
        for name in wanted.names[:-1]:
            whole.column(some[name])
        hashes[start * 64 : (start + block) * 64] = whole.digests()
    columns |= {"id": fixed_texts(ids, 32), "row_hash": fixed_texts(hashes, 64)}
    return pa.table(
        [c if isinstance(c := columns[f.name], pa.Array) else pa.repeat(pa.scalar(c, f.type), rows) for f in wanted],
        schema=wanted,
    )

"""Cells of the plainest form, a column at a time in compiled code: amounts, days, texts of a large table.

Every function here only says which cells are plain and what they are worth. A cell it does not know is not refused: its
line is read by `movement.Reader` as in a small file. So a test may be stricter than the reader, and never laxer.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tracer.ingest.digests import Bytes, Places, compiled, layout

__all__ = ["ODD", "Texts", "amounts", "begin_with", "days", "first_bytes", "no_nulls", "sizes", "texts"]

Flags = NDArray[np.bool_]
Offsets = NDArray[np.int32]

#: Two days that no calendar has: an empty cell, and a cell that is not plain. Every real day is greater.
EMPTY, ODD = np.iinfo(np.int32).min, np.iinfo(np.int32).min + 1
_DAYS_BEFORE = np.array([0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365], dtype=np.int64)
#: White space other than the space, of which str.strip knows all: none is beyond U+3000.
_BLANK = np.array([chr(c).isspace() and c != 0x20 for c in range(0x3001)], dtype=np.bool_)


class Texts(NamedTuple):
    """What `texts` saw of each cell: plain or not; and whether any begins or ends with a space."""

    plain: Flags
    padded: bool


def no_nulls(cells: pa.Array) -> pa.Array:
    """Return the same cells with empty text for null, and without a copy where null takes no bytes."""
    if not cells.null_count:
        return cells
    if sizes(cells)[pc.is_null(cells).to_numpy(zero_copy_only=False)].any():
        return pc.fill_null(cells, "")
    return pa.StringArray.from_buffers(len(cells), cells.buffers()[1], cells.buffers()[2], None, 0, cells.offset)


def sizes(cells: pa.Array) -> NDArray[np.int32]:
    """Return how many bytes each cell has."""
    return np.diff(layout(cells)[0])


@compiled
def _starts(data: Bytes, at: int, end: int, mark: Bytes) -> bool:
    if len(mark) == 0 or at + len(mark) > end:
        return False
    same = True
    for n in range(len(mark)):
        same &= data[at + n] == mark[n]
    return same


@compiled
def _amount(data: Bytes, at: int, end: int, decimal: Bytes, thousands: Bytes, digits: int) -> int:
    """Return minor units, or -1: 1 to 13 digits, or groups of three with their mark; all the decimals or none."""
    value = group = groups = 0
    while at < end:
        if 48 <= data[at] <= 57:
            value, group, at = value * 10 + (data[at] - 48), group + 1, at + 1
            if group > 13:
                return -1
        elif _starts(data, at, end, thousands):
            if group == 0 or group > 3 or (groups > 0 and group != 3) or groups == 4:
                return -1
            group, groups, at = 0, groups + 1, at + len(thousands)
        else:
            break
    if group == 0 or (groups > 0 and group != 3):
        return -1
    scale = 1
    for _ in range(digits):
        scale *= 10
    if at == end:
        return value * scale
    if digits == 0 or not _starts(data, at, end, decimal):
        return -1
    at += len(decimal)
    if end - at != digits:
        return -1
    for n in range(at, end):
        if data[n] < 48 or data[n] > 57:
            return -1
        value = value * 10 + (data[n] - 48)
    return value


@compiled
def _amounts(
    offsets: Offsets, data: Bytes, decimal: Bytes, thousands: Bytes, digits: int, plus: bool, minus: bool, out: Places
) -> tuple[Flags, Flags]:
    rows = len(out)
    empty, plain = np.zeros(rows, np.bool_), np.zeros(rows, np.bool_)
    for row in range(rows):
        at, end = int(offsets[row]), int(offsets[row + 1])
        out[row] = 0
        if at == end:
            empty[row] = True
            continue
        sign = 1
        if minus and data[at] == 45:
            sign, at = -1, at + 1
        elif plus and data[at] == 43:
            at += 1
        value = _amount(data, at, end, decimal, thousands, digits)
        if value >= 0:
            plain[row], out[row] = True, sign * value
    return empty, plain


def amounts(
    cells: pa.Array, decimal: str, thousands: str, digits: int, *, plus: bool, minus: bool
) -> tuple[Places, Flags, Flags]:
    """Return (minor units, which cells are empty, which are plain amounts)."""
    offsets, data = layout(cells)
    out = np.empty(len(cells), np.int64)
    point, comma = (np.array(list(mark.encode()), dtype=np.uint8) for mark in (decimal, thousands))
    empty, plain = _amounts(offsets, data, point, comma, digits, plus, minus, out)
    return out, empty, plain


@compiled
def _number(data: Bytes, at: int, size: int) -> int:
    value = 0
    for n in range(size):
        value = value * 10 + (data[at + n] - 48)
    return value


@compiled
def _days(offsets: Offsets, data: Bytes, form: Bytes, y: int, m: int, d: int) -> NDArray[np.int32]:
    out = np.empty(len(offsets) - 1, np.int32)
    for row in range(len(out)):
        at, size = int(offsets[row]), offsets[row + 1] - offsets[row]
        out[row] = EMPTY if size == 0 else ODD
        if size != len(form):
            continue
        fits = True
        for n in range(size):
            byte = data[at + n]
            fits &= byte == form[n] or (form[n] == 0 and 48 <= byte <= 57)
        if not fits:
            continue
        year, month, day = _number(data, at + y, 4), _number(data, at + m, 2), _number(data, at + d, 2)
        leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        if year < 1 or year >= 2_400 or month < 1 or month > 12 or day < 1:  # years of another era are read one by one
            continue
        length = _DAYS_BEFORE[month + 1] - _DAYS_BEFORE[month] + (1 if leap and month == 2 else 0)
        if day > length:
            continue
        before = year - 1
        ordinal = 365 * before + before // 4 - before // 100 + before // 400 + _DAYS_BEFORE[month] + day
        out[row] = ordinal + (1 if leap and month > 2 else 0) - 719_163  # the ordinal of 1970-01-01
    return out


def days(cells: pa.Array, form: bytes, y: int, m: int, d: int) -> NDArray[np.int32]:
    """Return days since 1970-01-01, `EMPTY` or `ODD`; in `form` a zero byte stands for a digit."""
    return _days(*layout(cells), np.frombuffer(form, np.uint8), y, m, d)


@compiled
def _damaged(data: Bytes, at: int, end: int) -> bool:
    """A number that a spreadsheet may have rewritten (cells.py): with an exponent, 15 digits and zeros, or `.0`."""
    size = end - at
    if size < 3 or data[at] < 48 or data[at] > 57:
        return False
    if data[end - 1] == 48 and data[end - 2] == 46:
        return True
    other = rounded = False
    for n in range(at, end):
        if data[n] < 48 or data[n] > 57:
            # Digits and a sign follow an exponent; four letters are its longest form (E+11).
            rounded |= data[n] | 32 == 101 and n + 4 >= end and n + 1 < end
            other = True
    return rounded or (not other and size > 15 and data[end - 1] == 48)


@compiled
def _texts(offsets: Offsets, data: Bytes, most: int, number: bool, letters: bool, plain: Flags) -> bool:
    padded = False
    for row in range(len(plain)):
        at, end = int(offsets[row]), int(offsets[row + 1])
        if at == end:
            continue
        padded |= data[at] == 32 or data[end - 1] == 32
        odd = end - at >= most
        high = np.uint8(0)
        for n in range(at, at if letters else end):
            byte = data[n]
            high |= byte
            odd |= byte < 32
        if high > 127:
            n = at
            while n < end:
                byte, code = int(data[n]), 0
                if byte < 128:
                    n += 1
                    continue
                if byte < 0xE0 and n + 1 < end:
                    code, n = (byte & 31) << 6 | int(data[n + 1] & 63), n + 2
                elif byte < 0xF0 and n + 2 < end:
                    code, n = (byte & 15) << 12 | int(data[n + 1] & 63) << 6 | int(data[n + 2] & 63), n + 3
                else:
                    n += 4
                odd |= code < len(_BLANK) and _BLANK[code]
        plain[row] = not odd and not (number and _damaged(data, at, end))
    return padded


def texts(cells: pa.Array, *, most: int = 1 << 30, number: bool = False) -> Texts:
    """Look for white space other than spaces, and in a `number` for what a spreadsheet did to it."""
    plain = np.ones(len(cells), np.bool_)
    offsets, data = layout(cells)
    shown = data[offsets[0] : offsets[-1]]
    # Looked at as one text first: most columns hold nothing but visible ASCII.
    letters = not len(shown) or bool(shown.min() >= 0x20 and shown.max() < 0x80)
    return Texts(plain, bool(_texts(offsets, data, most, number, letters, plain)))


@compiled
def _first_bytes(offsets: Offsets, data: Bytes) -> Bytes:
    out = np.zeros(len(offsets) - 1, np.uint8)
    for row in range(len(out)):
        if offsets[row + 1] > offsets[row]:
            out[row] = data[offsets[row]]
    return out


def first_bytes(cells: pa.Array) -> Bytes:
    """Return the first byte of each cell, or 0."""
    return _first_bytes(*layout(cells))


@compiled
def _begin_with(offsets: Offsets, data: Bytes, initials: Flags, longest: int) -> Flags:
    out = np.zeros(len(offsets) - 1, np.bool_)
    for row in range(len(out)):
        at, end = int(offsets[row]), int(offsets[row + 1])
        if end - at > longest:
            continue
        while at < end and data[at] < 128 and not 97 <= data[at] | 32 <= 122:
            at += 1
        if at == end or not (data[at] > 127 or initials[data[at] | 32]):
            continue
        digits = False
        for n in range(at, end):
            digits |= 48 <= data[n] <= 57
        out[row] = not digits
    return out


def begin_with(cells: pa.Array, initials: Collection[str], longest: int) -> Flags:
    """Say of each cell whether its first letter may be one of these: it has no digit, and is not longer than so many bytes.

    A letter that is not ASCII may be any of them.
    """
    wanted = np.array([chr(n) in initials for n in range(256)])
    return _begin_with(*layout(cells), wanted, longest)

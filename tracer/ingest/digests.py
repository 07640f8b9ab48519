"""SHA-256 of very many short texts: ids and row hashes of ten million lines, 64 lines side by side.

Source:  FIPS 180-4, sections 4.1.2 (functions), 4.2.2 (constants), 5.1.1 (padding), 5.3.3 (first state), 6.2.2 (rounds).
Why:     a call of hashlib per line costs more than the hash; DuckDB's sha256 takes three times as long as this.
Proof:   equal to hashlib on every length around a block (tests/ingest/test_digests.py), and `Messages.digests` compares
         the first and the last text of every call with hashlib: a wrong digest is an error, never an id.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

import numba
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tracer.model import CheckFailed

__all__ = ["Messages", "compiled", "fixed_texts", "layout", "room_of"]

P = ParamSpec("P")
R = TypeVar("R")
Bytes = NDArray[np.uint8]
Pairs = NDArray[np.uint16]
Words = NDArray[np.uint32]
Places = NDArray[np.int64]

LANES = 64
#: FIPS 180-4, 4.2.2 and 5.3.3: the first 32 bits of the fractional parts of the cube and square roots of primes.
_PRIMES = [n for n in range(2, 312) if all(n % d for d in range(2, n))]


def _fraction(prime: int, power: int) -> int:
    """Return the first 32 bits of the fractional part of a root, by whole numbers only."""
    target, root = prime << 32 * power, 0
    for bit in reversed(range(40)):
        if (root | 1 << bit) ** power <= target:
            root |= 1 << bit
    return root & 0xFFFFFFFF


_K = np.array([_fraction(p, 3) for p in _PRIMES[:64]], dtype=np.uint32)
_FIRST = np.array([_fraction(p, 2) for p in _PRIMES[:8]], dtype=np.uint32)
#: The two hexadecimal letters of each byte, as they lie in memory.
_LETTERS = np.frombuffer(bytes(range(256)).hex().encode(), np.uint16)


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile at the first call, keep the code on disk, and let other threads run meanwhile."""
    made = numba.njit(cache=True, nogil=True, boundscheck=False, error_model="numpy")(function)
    return cast("Callable[P, R]", made)


_u = np.uint32


@compiled
def _turn(x: Any, n: int) -> Any:
    return _u((x >> _u(n)) | (x << _u(32 - n)))


@compiled
def _round(a: Any, b: Any, c: Any, d: Any, e: Any, f: Any, g: Any, h: Any, kw: Any) -> Any:
    """6.2.2 step 3: return the new e and the new a. Ch and Maj in the forms that take an operation less."""
    t = _u(h + kw + _u(_turn(e, 6) ^ _turn(e, 11) ^ _turn(e, 25)) + (g ^ (e & (f ^ g))))
    return _u(d + t), _u(t + _u(_turn(a, 2) ^ _turn(a, 13) ^ _turn(a, 22)) + ((a & b) | (c & (a | b))))


@compiled
def _word(x: Any, y: Any, z: Any, v: Any) -> Any:
    """6.2.2 step 1: W(t) from W(t-16), W(t-15), W(t-7), W(t-2)."""
    small = _u(_turn(y, 7) ^ _turn(y, 18) ^ (y >> _u(3)))
    return _u(x + small + z + _u(_turn(v, 17) ^ _turn(v, 19) ^ (v >> _u(10))))


@compiled
def _eight(s: Words, w: Words, half: int, at: int) -> None:
    """Eight rounds of every lane: after eight the letters stand where they stood. One loop without branches, so that
    LLVM computes eight lanes per instruction.
    """
    k0, k1, k2, k3 = _K[at], _K[at + 1], _K[at + 2], _K[at + 3]
    k4, k5, k6, k7 = _K[at + 4], _K[at + 5], _K[at + 6], _K[at + 7]
    for n in range(LANES):
        a, b, c, d = s[n], s[LANES + n], s[2 * LANES + n], s[3 * LANES + n]
        e, f, g, h = s[4 * LANES + n], s[5 * LANES + n], s[6 * LANES + n], s[7 * LANES + n]
        d, h = _round(a, b, c, d, e, f, g, h, _u(k0 + w[half + n]))
        c, g = _round(h, a, b, c, d, e, f, g, _u(k1 + w[half + LANES + n]))
        b, f = _round(g, h, a, b, c, d, e, f, _u(k2 + w[half + 2 * LANES + n]))
        a, e = _round(f, g, h, a, b, c, d, e, _u(k3 + w[half + 3 * LANES + n]))
        h, d = _round(e, f, g, h, a, b, c, d, _u(k4 + w[half + 4 * LANES + n]))
        g, c = _round(d, e, f, g, h, a, b, c, _u(k5 + w[half + 5 * LANES + n]))
        f, b = _round(c, d, e, f, g, h, a, b, _u(k6 + w[half + 6 * LANES + n]))
        e, a = _round(b, c, d, e, f, g, h, a, _u(k7 + w[half + 7 * LANES + n]))
        s[n], s[LANES + n], s[2 * LANES + n], s[3 * LANES + n] = a, b, c, d
        s[4 * LANES + n], s[5 * LANES + n], s[6 * LANES + n], s[7 * LANES + n] = e, f, g, h


@compiled
def _schedule(w: Words) -> None:
    """The next sixteen words of every lane, in place."""
    for n in range(LANES):
        x0, x1, x2, x3 = w[n], w[LANES + n], w[2 * LANES + n], w[3 * LANES + n]
        x4, x5, x6, x7 = w[4 * LANES + n], w[5 * LANES + n], w[6 * LANES + n], w[7 * LANES + n]
        x8, x9, x10, x11 = w[8 * LANES + n], w[9 * LANES + n], w[10 * LANES + n], w[11 * LANES + n]
        x12, x13, x14, x15 = w[12 * LANES + n], w[13 * LANES + n], w[14 * LANES + n], w[15 * LANES + n]
        x0 = _word(x0, x1, x9, x14)
        x1 = _word(x1, x2, x10, x15)
        x2 = _word(x2, x3, x11, x0)
        x3 = _word(x3, x4, x12, x1)
        x4 = _word(x4, x5, x13, x2)
        x5 = _word(x5, x6, x14, x3)
        x6 = _word(x6, x7, x15, x4)
        x7 = _word(x7, x8, x0, x5)
        x8 = _word(x8, x9, x1, x6)
        x9 = _word(x9, x10, x2, x7)
        x10 = _word(x10, x11, x3, x8)
        x11 = _word(x11, x12, x4, x9)
        x12 = _word(x12, x13, x5, x10)
        x13 = _word(x13, x14, x6, x11)
        x14 = _word(x14, x15, x7, x12)
        x15 = _word(x15, x0, x8, x13)
        w[n], w[LANES + n], w[2 * LANES + n], w[3 * LANES + n] = x0, x1, x2, x3
        w[4 * LANES + n], w[5 * LANES + n], w[6 * LANES + n], w[7 * LANES + n] = x4, x5, x6, x7
        w[8 * LANES + n], w[9 * LANES + n], w[10 * LANES + n], w[11 * LANES + n] = x8, x9, x10, x11
        w[12 * LANES + n], w[13 * LANES + n], w[14 * LANES + n], w[15 * LANES + n] = x12, x13, x14, x15


@compiled
def _hash(words: Words, start: Places, blocks: Places, order: Places, out: Pairs, width: int, room: Words) -> None:
    """Hash the padded messages and write `width` pairs of hexadecimal letters of each. `order` sorts by number of blocks, so that
    the lanes of one group end together.
    """
    s, kept, w = room[: 8 * LANES], room[8 * LANES : 16 * LANES], room[16 * LANES :]
    for group in range(0, len(order), LANES):
        used = min(LANES, len(order) - group)
        for i in range(8):
            for n in range(LANES):
                s[i * LANES + n] = _FIRST[i]
        for block in range(blocks[order[group + used - 1]]):
            for n in range(used):
                row = order[group + n]
                # A lane that has ended takes its last block again; its digest is written already.
                place = np.uint64(start[row] + 16 * min(block, blocks[row] - 1))
                for t in range(16):
                    w[np.uint64(t * LANES + n)] = words[place + np.uint64(t)]
            for i in range(16 * LANES):
                x = w[i]  # the standard reads the most significant byte first
                w[i] = _u((x >> _u(24)) | ((x >> _u(8)) & _u(0xFF00)) | ((x << _u(8)) & _u(0xFF0000)) | (x << _u(24)))
            for i in range(8 * LANES):
                kept[i] = s[i]
            for eight in range(8):
                if eight >= 2 and eight & 1 == 0:
                    _schedule(w)
                _eight(s, w, (eight & 1) * 8 * LANES, eight * 8)
            for i in range(8 * LANES):
                s[i] = _u(s[i] + kept[i])
            for n in range(used):
                row = order[group + n]
                if blocks[row] == block + 1:
                    for i in range(width):
                        byte = (s[(i >> 2) * LANES + n] >> _u(24 - 8 * (i & 3))) & _u(255)
                        out[np.uint64(row * width + i)] = _LETTERS[np.uint64(byte)]


@compiled
def _digits(buffer: Bytes, at: int, value: int) -> int:
    """Write a number that is not negative and return the place after it."""
    size, left = 1, value // 10
    while left > 0:
        size, left = size + 1, left // 10
    for n in range(size):
        buffer[at + size - 1 - n] = 48 + value % 10
        value //= 10
    return at + size


@compiled
def _put_text(buffer: Bytes, at: Places, offsets: NDArray[np.int32], data: Bytes, measured: bool) -> None:
    for row in range(len(at)):
        first, size = offsets[row], offsets[row + 1] - offsets[row]
        place = at[row]
        if measured:
            place = _digits(buffer, place, size)
            buffer[place] = 58  # a colon
            place += 1
        to, source = np.uint64(place), np.uint64(first)  # unsigned: Numba has no ends to look at, LLVM may copy wide
        for n in range(np.uint64(size)):
            buffer[to + n] = data[source + n]
        at[row] = place + size


@compiled
def _put_same(buffer: Bytes, at: Places, text: Bytes) -> None:
    for row in range(len(at)):
        to = np.uint64(at[row])
        for n in range(np.uint64(len(text))):
            buffer[to + n] = text[n]
        at[row] += len(text)


@compiled
def _put_number(buffer: Bytes, at: Places, values: Places, known: NDArray[np.bool_]) -> None:
    """`length:digits`, or `~` for null. A number of 18 digits and its sign have at most 19 letters."""
    for row in range(len(at)):
        place = at[row]
        if not known[row]:
            buffer[place] = 126
            at[row] = place + 1
            continue
        value = values[row]
        minus = 1 if value < 0 else 0
        size, left = 1 + minus, abs(value) // 10
        while left > 0:
            size, left = size + 1, left // 10
        place = _digits(buffer, place, size)
        buffer[place] = 58
        buffer[place + 1] = 45
        at[row] = _digits(buffer, place + 1 + minus, abs(value))


@compiled
def _put_day(buffer: Bytes, at: Places, days: Places, known: NDArray[np.bool_]) -> None:
    """`10:YYYY-MM-DD`, or `~` for null; days since 1970-01-01 in the proleptic Gregorian calendar (ISO 8601)."""
    written = -1  # the place of the row before, where that row has a day: the next mostly has the same
    for row in range(len(at)):
        place = at[row]
        if not known[row]:
            buffer[place] = 126
            at[row] = place + 1
            written = -1
            continue
        if written >= 0 and days[row] == days[row - 1]:
            for n in range(np.uint64(13)):
                buffer[np.uint64(place) + n] = buffer[np.uint64(written) + n]
            written, at[row] = place, place + 13
            continue
        # Years that begin in March end with the leap day: eras of 400 years have 146,097 days.
        shifted = days[row] + 719_468
        era, day = shifted // 146_097, shifted % 146_097
        year = (day - day // 1_460 + day // 36_524 - day // 146_096) // 365
        day -= 365 * year + year // 4 - year // 100
        month = (5 * day + 2) // 153
        day -= (153 * month + 2) // 5 - 1
        year += 400 * era
        month += 3
        if month > 12:
            month, year = month - 12, year + 1
        for n, letter in enumerate((49, 48, 58)):
            buffer[place + n] = letter
        for n in range(4):
            buffer[place + 6 - n] = 48 + year % 10
            year //= 10
        buffer[place + 7] = buffer[place + 10] = 45
        buffer[place + 8], buffer[place + 9] = 48 + month // 10, 48 + month % 10
        buffer[place + 11], buffer[place + 12] = 48 + day // 10, 48 + day % 10
        written, at[row] = place, place + 13


@compiled
def _pad(buffer: Bytes, at: Places, start: Places, blocks: Places) -> None:
    """5.1.1: a bit, zeros, and the length in bits as 64 bits, most significant byte first."""
    for row in range(len(at)):
        size = at[row] - start[row]
        blocks[row] = (size + 72) // 64
        end = start[row] + blocks[row] * 64
        buffer[at[row]] = 128
        for place in range(at[row] + 1, end - 8):
            buffer[place] = 0
        for n in range(8):
            buffer[end - 1 - n] = (size * 8 >> 8 * n) & 255


def layout(texts: pa.Array) -> tuple[NDArray[np.int32], Bytes]:
    """Return the offsets and the bytes of an Arrow string array without nulls, as they lie in memory."""
    buffers = texts.buffers()
    offsets = np.frombuffer(buffers[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return offsets, np.frombuffer(buffers[2] or b"\x00", np.uint8)


def fixed_texts(letters: Bytes, width: int) -> pa.Array:
    """Return an Arrow string array of texts that all have the same width in bytes."""
    offsets = np.arange(0, len(letters) + 1, width, dtype=np.int32)
    return pa.StringArray.from_buffers(len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(letters))


def room_of(values: Any) -> Any:
    """Return how many bytes each row of a column may take in `Messages.column`, at most."""
    if not isinstance(values, pa.Array):
        return len(_measured(values).encode())
    if pa.types.is_string(values.type):
        return np.diff(layout(values)[0]).astype(np.int64) + 11  # the length has ten digits at most
    return 13 if pa.types.is_date32(values.type) else 23  # "10:2024-01-31", "20:-9223372036854775808"


def _measured(value: object) -> str:
    if value is None:
        return "~"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"{len(text.encode())}:{text}"


class Messages:
    """Texts to be hashed, one per row, written piece by piece; `room` says how many bytes each may take.

    What is the same in every row waits until something else follows, so that neighbours are written at once.
    """

    def __init__(self, room: Places) -> None:
        whole = (room + 72) // 64 * 64
        ends = np.cumsum(whole)
        self._start = ends - whole
        self._at = self._start.copy()
        self._buffer = np.empty(int(ends[-1]) if len(ends) else 0, dtype=np.uint8)
        self._waits = ""

    def same(self, text: str) -> None:
        """Append one text to every row."""
        self._waits += text

    def _settle(self) -> None:
        if self._waits:
            _put_same(self._buffer, self._at, np.frombuffer(self._waits.encode(), np.uint8))
            self._waits = ""

    def text(self, texts: pa.Array, *, measured: bool = True) -> None:
        """Append each row's text, after its length in bytes and a colon (`batches.row_hash`)."""
        self._settle()
        _put_text(self._buffer, self._at, *layout(texts), measured)

    def column(self, values: Any) -> None:
        """Append a column as `batches.row_hash` does: an Arrow array, or one Python value for every row."""
        if not isinstance(values, pa.Array):
            self.same(_measured(values))
        elif pa.types.is_string(values.type):
            offsets, data = layout(values)
            if offsets[0] == offsets[-1]:
                self.same("0:")
            else:
                self._settle()
                _put_text(self._buffer, self._at, offsets, data, True)
        elif values.null_count == len(values):
            self.same("~")
        else:
            self._settle()
            days = pa.types.is_date32(values.type)
            whole, known = values.view(pa.int32() if days else pa.int64()), np.ones(len(values), np.bool_)
            if values.null_count:
                known, whole = pc.is_valid(values).to_numpy(zero_copy_only=False), pc.fill_null(whole, 0)
            (_put_day if days else _put_number)(
                self._buffer, self._at, whole.to_numpy().astype(np.int64, copy=False), known
            )

    def digests(self, width: int = 64) -> Bytes:
        """Return the first `width` hexadecimal letters of every row's SHA-256, one after the other.

        Raises: CheckFailed when hashlib says otherwise of the first or the last row.
        """
        self._settle()
        rows = len(self._at)
        blocks, out = np.empty(rows, np.int64), np.empty(rows * width, np.uint8)
        if not rows:
            return out
        shown = {
            row: hashlib.sha256(self._buffer[self._start[row] : self._at[row]].tobytes()).hexdigest()
            for row in (0, rows - 1)
        }
        _pad(self._buffer, self._at, self._start, blocks)
        order = np.argsort(blocks.astype(np.uint16) if blocks.max() < 65_536 else blocks, kind="stable")
        _hash(
            self._buffer.view(np.uint32),
            self._start // 4,
            blocks,
            order,
            out.view(np.uint16),
            width // 2,
            np.empty(32 * LANES, np.uint32),
        )
        for row, letters in shown.items():
            if bytes(out[row * width : (row + 1) * width]) != letters[:width].encode():
                raise CheckFailed(
                    "The compiled SHA-256 of a row is not the one that hashlib gives.",
                    where=f"tracer.ingest.digests, row {row} of {rows}",
                    meaning="Nothing of this file was recorded: an id or row hash may be wrong.",
                    next_call="tracer selftest",
                )
        return out

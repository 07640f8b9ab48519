"""The guard before any library opens an archive (zip, xlsx, xlsb, ods, docx).

Sizes are counted while inflating, because headers lie (safety.md S2; measured there: a 0.3 MB workbook drives a
spreadsheet reader to 615 MB without a complaint). Nothing is written and no member name becomes a path.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from tracer.model import UnreadableExhibit, excerpt

__all__ = ["MAX_MEMBERS", "MAX_NESTING", "MAX_RATIO", "MAX_TOTAL", "Member", "inflate", "is_archive", "survey"]

MAX_MEMBERS = 10_000  # safety.md S2, as the next three
MAX_TOTAL = 2_000_000_000
MAX_RATIO = 200
MAX_NESTING = 2
_FROM = 1_000_000  # bytes: below this size a high ratio harms nobody
_CHUNK = 65_536
_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"


@dataclass(frozen=True, slots=True)
class Member:
    """One member as the central directory names it; `size` is what inflating it really gave."""

    name: str
    size: int
    encrypted: bool = False
    offset: int = 0
    stored: int = 0
    method: int = 0


def is_archive(data: bytes) -> bool:
    return data[:4] in (_LOCAL, _END)


def survey(data: bytes, name: str) -> tuple[Member, ...]:
    """Inflate every member, keep nothing, and return what is in the archive.

    Raises: UnreadableExhibit for more than 10,000 members, more than 2 GB in all, a ratio above 200 in a member of
    more than 1 MB, archives nested more than twice, overlapping members, or a directory that is not readable.
    """
    return _survey(data, name, 1, [0, 0])


def _survey(data: bytes, name: str, depth: int, spent: list[int]) -> tuple[Member, ...]:
    found = []
    for member in tuple(_directory(data, name)):  # the whole directory first: overlaps are found before inflating
        spent[1] += 1
        if spent[1] > MAX_MEMBERS:
            raise _refused(name, f"holds more than {MAX_MEMBERS:,} members")
        size, nested = 0, bytearray()
        if not member.encrypted:
            for chunk in _inflated(data, member, name):
                size += len(chunk)
                spent[0] += len(chunk)
                if spent[0] > MAX_TOTAL:
                    raise _refused(name, "inflates to more than 2 GB")
                if size > _FROM and size > MAX_RATIO * max(member.stored, 1):
                    raise _refused(name, f"has a member that inflates more than {MAX_RATIO} times")
                if nested or (size == len(chunk) and chunk[:4] == _LOCAL):
                    nested += chunk
        if nested:
            if depth >= MAX_NESTING:
                raise _refused(name, f"nests archives more than {MAX_NESTING} deep")
            _survey(bytes(nested), name, depth + 1, spent)
        found.append(Member(member.name, size, member.encrypted, member.offset, member.stored, member.method))
    return tuple(found)


def inflate(data: bytes, member: Member, name: str) -> bytes:
    """Return one member of an archive that `survey` has passed."""
    return b"".join(_inflated(data, member, name))


def _directory(data: bytes, name: str) -> Iterator[Member]:
    """Walk the central directory: stdlib `zipfile` trusts its counts and accepts overlapping members."""
    end = data.rfind(_END, max(0, len(data) - 65_557))  # APPNOTE.TXT 4.3.16: 22 bytes and a comment of 65,535 at most
    if end < 0 or end + 22 > len(data):
        raise _refused(name, "has no readable directory; it may be cut off")
    _, _, _, total, length, start = struct.unpack("<HHHHII", data[end + 4 : end + 20])
    if total == 0xFFFF or 0xFFFFFFFF in (length, start):
        length, start = _zip64(data, end, name)
    # Bytes may stand before the archive: offsets are then relative to where it begins.
    shift = end - length - start
    if shift < 0 or data[end - 20 : end - 16] == b"PK\x06\x07":
        shift = 0
    at, stop = start + shift, start + shift + length
    taken: list[tuple[int, int]] = []
    count = 0
    while at + 46 <= stop and data[at : at + 4] == _CENTRAL:
        flags, method = struct.unpack("<HH", data[at + 8 : at + 12])
        stored, _size = struct.unpack("<II", data[at + 20 : at + 28])
        n, extra, comment = struct.unpack("<HHH", data[at + 28 : at + 34])
        (offset,) = struct.unpack("<I", data[at + 42 : at + 46])
        label = data[at + 46 : at + 46 + n]
        if 0xFFFFFFFF in (stored, _size, offset):
            stored, offset = _zip64_extra(data[at + 46 + n : at + 46 + n + extra], stored, _size, offset, name)
        count += 1
        if count > MAX_MEMBERS:
            raise _refused(name, f"holds more than {MAX_MEMBERS:,} members")
        offset += shift
        begin = _body(data, offset, name)
        taken.append((offset, begin + stored))
        text = label.decode("utf-8" if flags & 0x800 else "cp437", "backslashreplace")
        yield Member(text, 0, bool(flags & 0x1), begin, stored, method)
        at += 46 + n + extra + comment
    if at != stop:
        raise _refused(name, "has a damaged directory")
    taken.sort()
    for (_, before), (after, _) in pairwise(taken):
        if after < before:
            raise _refused(name, "has members that overlap")


def _body(data: bytes, offset: int, name: str) -> int:
    if data[offset : offset + 4] != _LOCAL or offset + 30 > len(data):
        raise _refused(name, "names a member that is not there")
    n, extra = struct.unpack("<HH", data[offset + 26 : offset + 30])
    return int(offset + 30 + n + extra)


def _zip64(data: bytes, end: int, name: str) -> tuple[int, int]:
    at = data.rfind(b"PK\x06\x06", 0, end)
    if at < 0 or at + 56 > len(data):
        raise _refused(name, "has a damaged directory")
    length, start = struct.unpack("<QQ", data[at + 40 : at + 56])
    return length, start


def _zip64_extra(extra: bytes, stored: int, size: int, offset: int, name: str) -> tuple[int, int]:
    at = 0
    while at + 4 <= len(extra):
        tag, length = struct.unpack("<HH", extra[at : at + 4])
        if tag == 1:
            body = extra[at + 4 : at + 4 + length]
            values = list(struct.unpack(f"<{len(body) // 8}Q", body[: len(body) // 8 * 8]))
            if size == 0xFFFFFFFF and values:
                values.pop(0)
            if stored == 0xFFFFFFFF and values:
                stored = values.pop(0)
            if offset == 0xFFFFFFFF and values:
                offset = values.pop(0)
            return stored, offset
        at += 4 + length
    raise _refused(name, "has a damaged directory")


def _inflated(data: bytes, member: Member, name: str) -> Iterator[bytes]:
    stored = memoryview(data)[member.offset : member.offset + member.stored]
    if member.method == 0:
        for at in range(0, len(stored), _CHUNK):
            yield bytes(stored[at : at + _CHUNK])
        return
    if member.method != 8:
        raise _refused(name, f"has a member packed by method {member.method}, which is not read")
    machine = zlib.decompressobj(-15)
    try:
        for at in range(0, len(stored), _CHUNK):
            rest = bytes(stored[at : at + _CHUNK])
            while rest and not machine.eof:
                chunk = machine.decompress(rest, 1_048_576)
                rest = machine.unconsumed_tail
                if chunk:
                    yield chunk
        if not machine.eof:
            while chunk := machine.decompress(b"", 1_048_576):
                yield chunk
    except zlib.error:
        raise _refused(name, f"has a damaged member {excerpt(member.name)!r}") from None


def _refused(name: str, why: str) -> UnreadableExhibit:
    return UnreadableExhibit(
        f"The archive {name} {why}.",
        where=name,
        meaning="It is not opened, so that it cannot exhaust this machine. Its hash stays in the custody log.",
        next_call="ask whoever produced it for the plain files it should contain",
    )

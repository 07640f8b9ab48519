"""JSON as evidence: arrays and JSON lines, record by record, numbers kept as printed, one bad record never loses the file.

Source: RFC 8259; JSON lines as published by registers (formats.md section 10). A record whose keys repeat, that holds NaN or
Infinity, or that nests too deep is told apart, never guessed: two readers of a repeated key keep different values.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tracer.ingest.source import MAX_TEXT, Source, decode
from tracer.model import UnreadableExhibit

__all__ = ["MAX_DEPTH", "BadJson", "Element", "Number", "count_elements", "elements", "head", "parse", "text"]

MAX_DEPTH = 100  # no register nests deeper than ten; the recursion of the parser ends near a thousand
_MAX_RATIO = 200  # safety.md S2
_GZIP = b"\x1f\x8b"
_STRUCTURE = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{},]|[^\s\[\]{},"]+', re.DOTALL)
_SPACE = re.compile(r"[ \t\r\n]*")


class Number(str):
    """A JSON number as printed: 0.1 stays 0.1, and 100,000 digits cost nothing."""


class BadJson(ValueError):
    """A text is not one JSON value. `code` is a stable slug."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Element:
    """One record of a file as text. `locator`: `line=3` of JSON lines, `item=3` of an array, `tail` after its end."""

    locator: str
    text: str


def text(source: Source) -> str:
    """Return the whole file as text; gzip is inflated under the guard of safety.md S2.

    Raises: UnreadableExhibit.
    """
    data = source.data()
    if not data.startswith(_GZIP):
        return source.text()[0]
    return decode(_inflate(data, source.exhibit.name), source.exhibit.name, source.answers.get("encoding", ""))[0]


def head(source: Source) -> str:
    """Return the beginning as text for a claim, of a gzip file too."""
    if not source.head.startswith(_GZIP):
        return source.head_text()
    try:
        return zlib.decompressobj(31).decompress(source.head, 65_536).decode("utf-8", "replace")
    except zlib.error:
        return ""


def _inflate(data: bytes, name: str) -> bytes:
    out = bytearray()
    limit = min(MAX_TEXT, max(1_000_000, len(data) * _MAX_RATIO))
    try:
        with gzip.GzipFile(fileobj=_reader(data)) as file:
            while chunk := file.read(1_048_576):
                out += chunk
                if len(out) > limit:
                    raise _refused(name, f"inflates more than {_MAX_RATIO} times or beyond 2 GB")
    except (OSError, EOFError, zlib.error):
        raise _refused(name, "is a damaged gzip file") from None
    return bytes(out)


def _reader(data: bytes) -> Any:
    import io

    return io.BytesIO(data)


def _refused(name: str, why: str) -> UnreadableExhibit:
    return UnreadableExhibit(
        f"{name} {why}.",
        where=name,
        meaning="Nothing of it is loaded. Its hash stays in the custody log.",
        next_call="ask whoever produced it for the plain file",
    )


def parse(value: str) -> Any:
    """Return one JSON value; numbers as `Number`.

    Raises: BadJson.
    """
    depth = 0
    for token in _STRUCTURE.finditer(value):
        if token[0] in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise BadJson("json-too-deep", f"nests more than {MAX_DEPTH} levels deep")
        elif token[0] in "]}":
            depth -= 1
    try:
        return json.loads(
            value,
            parse_float=Number,
            parse_int=Number,
            parse_constant=_constant,
            object_pairs_hook=_object,
        )
    except json.JSONDecodeError as error:
        raise BadJson("json-not-valid", f"{error.msg} at character {error.pos + 1}") from None


def _constant(name: str) -> Any:
    raise BadJson("json-not-a-number", f"{name} is no JSON number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        raise BadJson("json-key-repeated", f"the key {twice[0][:40]!r} stands more than once in one object")
    return found


def _is_array(value: str) -> bool:
    return value[: _first(value) + 1].endswith("[")


def _first(value: str) -> int:
    found = _SPACE.match(value, 1 if value.startswith("\ufeff") else 0)
    return found.end() if found else 0


def _is_lines(value: str) -> bool:
    """Whether every line that is not blank begins an object of its own."""
    lines = [line for line in value.split("\n", 50)[:50] if line.strip()]
    return len(lines) > 1 and all(line.lstrip("\ufeff \t").startswith("{") for line in lines[:2])


def elements(value: str) -> Iterator[Element]:
    """Yield the records of an array (from 1), of JSON lines (by line number), or the one value that the text is."""
    if _is_array(value):
        yield from _items(value)
    elif _is_lines(value) or "\n" not in value.strip():
        for number, line in enumerate(value.split("\n"), 1):
            if line.strip("\ufeff \t\r"):
                yield Element(f"line={number}", line.strip("\ufeff \t\r"))
    else:
        yield Element("item=1", value.strip("\ufeff \t\r\n"))


def _items(value: str) -> Iterator[Element]:
    number, at = 0, _first(value) + 1
    decoder = json.JSONDecoder()
    while True:
        space = _SPACE.match(value, at)
        at = space.end() if space else at
        if at >= len(value):
            return
        if value[at] == "]":
            rest = value[at + 1 :].strip("\ufeff \t\r\n\x00\x1a")
            if rest:
                yield Element("tail", rest)
            return
        if value[at] == ",":
            at += 1
            continue
        try:
            _, end = decoder.raw_decode(value, at)
        except (json.JSONDecodeError, RecursionError, ValueError):
            end = _skip(value, at)
        else:
            space = _SPACE.match(value, end)
            after = space.end() if space else end
            if after < len(value) and value[after] not in ",]":
                end = _skip(value, at)
        number += 1
        yield Element(f"item={number}", value[at:end].strip())
        at = end


def _skip(value: str, at: int) -> int:
    """Return where a broken element ends: at the next comma or bracket of the array itself."""
    depth = 0
    for token in _STRUCTURE.finditer(value, at):
        mark = token[0]
        if depth == 0 and mark in (",", "]"):
            return token.start()
        if mark in ("[", "{"):
            depth += 1
        elif mark in ("]", "}"):
            depth = max(0, depth - 1)
    return len(value)


def count_elements(value: str) -> int:
    """Count records without the parser: commas of the outer array between values, or lines that are not blank."""
    if not _is_array(value):
        if _is_lines(value) or "\n" not in value.strip():
            return sum(1 for line in value.split("\n") if line.strip("\ufeff \t\r"))
        return 1
    count, depth, filled, start = 0, 0, False, _first(value)
    for token in _STRUCTURE.finditer(value, start):
        mark = token[0]
        if depth == 0 and token.start() > start:
            return count + (1 if value[token.start() :].strip("\ufeff \t\r\n\x00\x1a") else 0)
        if depth == 1 and mark in (",", "]"):
            count += filled
            filled = False
        elif depth >= 1:
            filled = True
        if mark in ("[", "{"):
            depth += 1
        elif mark in ("]", "}") and not (mark == "}" and depth == 1):
            depth -= 1
    return count + (1 if filled else 0)

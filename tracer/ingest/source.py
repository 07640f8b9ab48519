"""A taken-in file as a connector sees it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from tracer.ingest.charset import (
    CONTRADICTED,
    GUESSED,
    TAKEN,
    WEIGHED,
    contradiction,
    eastern,
    is_same_charset,
    latin,
    rivals,
    ruled_out,
    utf16,
)
from tracer.model import Cite, Exhibit, Message, Statement, UnreadableExhibit, excerpt

_Item = TypeVar("_Item")

__all__ = ["HEAD", "MAX_TEXT", "Source", "decode", "marked"]

HEAD = 65_536
MAX_TEXT = 2_000_000_000  # bytes; safety.md S1
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

#: Charsets of several bytes to a character, as Python and charset_normalizer name them.
_WIDE_CHARSETS = re.compile(r"gb18030|big5(hkscs)?|cp9(50|49|32)|euc_\w+|johab|shift_jis\w*")


def decode(data: bytes, name: str, declared: str = "") -> tuple[str, str]:
    """Return (text, encoding): BOM, zero bytes, else declared, else strict UTF-8, else detection over the whole file.

    Nothing is ignored or replaced (formats.md 1.5). `declared` comes from the file or from a person's answer.

    Raises: UnreadableExhibit when no encoding decodes every byte.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            try:
                return data.decode(encoding), encoding
            except UnicodeDecodeError as error:
                hidden = len(bom) if encoding == "utf-8-sig" else 0  # the one codec that counts from behind its mark
                raise _undecodable(name, encoding, hidden + error.start) from None
    if wide := utf16(data):
        try:
            return data.decode(wide), wide
        except UnicodeDecodeError as error:
            raise _undecodable(name, wide, error.start) from None
    for encoding in (declared, "utf-8"):
        if encoding:
            try:
                return data.decode(encoding), encoding
            except (UnicodeDecodeError, LookupError):
                continue
    wide_guess = [found] if (found := eastern(data)) else []
    from charset_normalizer import from_bytes

    best = None if wide_guess else from_bytes(data).best()
    fits = {} if wide_guess else latin(data)
    if len(fits) == 1 and (best is None or best.encoding not in fits):
        only = next(iter(fits))
        try:
            return data.decode(only), only
        except UnicodeDecodeError:
            pass  # what is weighed is the beginning of a large file
    # The library's own name for the superset is kept: GB2312 text decodes as GB18030.
    guesses = wide_guess + ([best.encoding] if best else []) + ["gb18030", "cp1252"]
    for encoding in guesses:
        wide = "gb18030" if encoding in {"gb2312", "gbk", "hz"} else encoding
        try:
            return data.decode(wide), wide
        except (UnicodeDecodeError, LookupError):
            continue
    raise _undecodable(name, "any encoding tried", 0)


def _undecodable(name: str, encoding: str, at: int) -> UnreadableExhibit:
    return UnreadableExhibit(
        f"{name} cannot be decoded as {encoding}.",
        where=f"{name}: byte {at}",
        meaning="Nothing of it is loaded, so that no name or amount is read wrong. Its hash stays in the custody log.",
        next_call=f"tracer load {name} --answer encoding=gb18030   (or the encoding that the bank states)",
    )


def marked(items: Iterator[_Item], marks: tuple[str, ...]) -> Iterator[_Item]:
    """Yield the items, messages and statements with these marks behind their own."""
    if not marks:
        yield from items
        return
    for item in items:
        if isinstance(item, Message | Statement):
            yield replace(item, marks=(*item.marks, *marks))
        else:
            yield item


@dataclass(frozen=True, slots=True)
class Source:
    """An exhibit with its bytes. The name is for messages only: a file is claimed by what it holds."""

    exhibit: Exhibit
    path: Path
    head: bytes
    answers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def open(cls, exhibit: Exhibit, path: Path, answers: dict[str, str] | None = None) -> Source:
        with path.open("rb") as file:
            return cls(exhibit, path, file.read(HEAD), dict(answers or {}))

    def data(self) -> bytes:
        """Return the whole file."""
        if self.path.stat().st_size > MAX_TEXT:
            raise UnreadableExhibit(
                f"{self.exhibit.name} is larger than 2 GB.",
                where=self.exhibit.name,
                meaning="It is kept as an exhibit; nothing of it is loaded.",
                next_call="ask for the production in parts, or split it and take in the parts with a note",
            )
        return self.path.read_bytes()

    def text(self, declared: str = "") -> tuple[str, str]:
        """Return (text, encoding); a person's answer `encoding` wins over `declared`."""
        return decode(self.data(), self.exhibit.name, self.answers.get("encoding", declared))

    def declared(self, encodings: Sequence[str]) -> str:
        """Return the first of the charsets a profile names that decodes the whole file; else the first, else ""."""
        data = self.data() if len(encodings) > 1 else b""
        for name in encodings if data else ():
            try:
                data.decode(name)
            except (UnicodeDecodeError, LookupError):
                continue
            return name
        return encodings[0] if encodings else ""

    def guessed(self, used: str) -> tuple[str, ...]:
        """Return the mark of a text that was read in a charset of several bytes that neither file nor person names."""
        is_named = is_same_charset(used, self.answers.get("encoding", ""))
        return () if is_named or not _WIDE_CHARSETS.fullmatch(used) else (f"{GUESSED}{used}",)

    def doubted(
        self, used: str, named: Sequence[str] = (), headings: Sequence[str] = (), country: str = ""
    ) -> tuple[str, ...]:
        """Return the mark of a text of one byte to a letter that may be another: nobody names its charset, and two make words.

        `named`: the charsets that the profile names; they are doubted only where the bytes contradict them. `headings` are
        words of the profile that stand in the file, and `country` is that of its account (ISO 3166): each may settle it.
        """
        if used.lower() in {"", "utf-8", "utf-8-sig", "ascii"} or is_same_charset(
            used, self.answers.get("encoding", "")
        ):
            return ()
        if named and not any(is_same_charset(used, name) for name in named):
            return (f"{CONTRADICTED}it is no text of {' or '.join(named)}, as the profile says, and is read as {used}",)
        if named:
            if (odd := _contradiction(self.path, self.exhibit.sha256, used)) is None:
                return ()
            name, word, other = odd
            return (
                f"{CONTRADICTED}{used} is what the profile says; {excerpt(word, 30)} is {excerpt(other, 30)} as {name}",
            )
        settled = ""
        for name, word, other in _rivals(self.path, self.exhibit.sha256, used):
            told = f"{excerpt(word, 30)} may be {excerpt(other, 30)} ({name})"
            why = ruled_out(name, used, headings, country)
            if not why:
                return (f"{GUESSED}{used}; {told}",)
            settled = settled or f"{TAKEN}{used} by {why}; {told}"
        return (settled,) if settled else ()

    def head_text(self) -> str:
        """Return the head as text for a claim: undecodable bytes are harmless here, nothing is loaded from it."""
        for bom, encoding in _BOMS:
            if self.head.startswith(bom):
                return self.head[: len(self.head) // 4 * 4].decode(encoding, "replace")
        if wide := utf16(self.head):
            return self.head[: len(self.head) // 2 * 2].decode(wide, "replace")
        return self.head.decode("utf-8", "replace")

    def cite(self, locator: str) -> Cite:
        return Cite(self.exhibit.sha256, locator)


# A file of a thousand accounts has a thousand statements, and is weighed once.
@lru_cache(maxsize=8)
def _rivals(path: Path, sha256: str, used: str) -> tuple[tuple[str, str, str], ...]:
    return rivals(_beginning(path), used)


@lru_cache(maxsize=8)
def _contradiction(path: Path, sha256: str, used: str) -> tuple[str, str, str] | None:
    return contradiction(_beginning(path), used)


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(WEIGHED)

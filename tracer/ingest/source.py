"""A taken-in file as a connector sees it."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field
from pathlib import Path

from tracer.model import Cite, Exhibit, UnreadableExhibit

__all__ = ["HEAD", "MAX_TEXT", "Source", "decode"]

HEAD = 65_536
MAX_TEXT = 2_000_000_000  # bytes; safety.md S1
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode(data: bytes, name: str, declared: str = "") -> tuple[str, str]:
    """Return (text, encoding): BOM, else declared, else strict UTF-8, else detection over the whole file.

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
    for encoding in (declared, "utf-8"):
        if encoding:
            try:
                return data.decode(encoding), encoding
            except (UnicodeDecodeError, LookupError):
                continue
    from charset_normalizer import from_bytes

    best = from_bytes(data).best()
    # The library's own name for the superset is kept: GB2312 text decodes as GB18030.
    guesses = ([best.encoding] if best else []) + ["gb18030", "cp1252"]
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

    def head_text(self) -> str:
        """Return the head as text for a claim: undecodable bytes are harmless here, nothing is loaded from it."""
        for bom, encoding in _BOMS:
            if self.head.startswith(bom):
                return self.head[: len(self.head) // 4 * 4].decode(encoding, "replace")
        return self.head.decode("utf-8", "replace")

    def cite(self, locator: str) -> Cite:
        return Cite(self.exhibit.sha256, locator)

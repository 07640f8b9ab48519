"""Text that cannot deceive: every string passes here before a chart, a table or a terminal shows it (charts.md W3).

What a reader cannot see is shown as an ASCII mark, because neither DejaVu nor Noto CJK has the U+2400 pictures; the
stored text stays as it is. Marks: `[0B]` controls, `[D800]` surrogates and noncharacters, `[RLO]` bidi, `[ZWSP]` zero
width, `[TAG 41]` tag characters. More than four combining marks on one letter are counted, not drawn.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

__all__ = ["LABEL", "PANEL", "badge", "clip", "label", "visible"]

#: charts.md W3: characters of one value in a label, and in the panel or a table cell.
LABEL, PANEL = 80, 2000

#: Marks drawn on one letter; Vietnamese needs 2, pointed Hebrew 3 (charts.md W3).
_MARKS = 4

_NAMED = {
    0x00AD: "SHY",
    0x034F: "CGJ",
    0x061C: "ALM",
    0x180E: "MVS",
    0x200B: "ZWSP",
    0x200C: "ZWNJ",
    0x200D: "ZWJ",
    0x200E: "LRM",
    0x200F: "RLM",
    0x202A: "LRE",
    0x202B: "RLE",
    0x202C: "PDF",
    0x202D: "LRO",
    0x202E: "RLO",
    0x2060: "WJ",
    0x2066: "LRI",
    0x2067: "RLI",
    0x2068: "FSI",
    0x2069: "PDI",
    0xFEFF: "BOM",
}
#: Blank but not of category C or Z: Hangul fillers and the blank Braille cell pass for an empty or a joined name.
_BLANK = frozenset({0x115F, 0x1160, 0x2800, 0x3164, 0xFFA0})

#: Alphabets that have letters of the same shape; a word made of two of them is not a word of any language.
_ALIKE = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU")

#: Cyrillic and Greek letters drawn like a Latin one (Unicode confusables, the single-letter rows in ordinary use).
_LOOK_LATIN = frozenset("АВЕЅІЈКМНОРСТУХаеѕіјорсухһԁԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧοα")


def _mark(char: str) -> str:
    """Return the mark of one invisible character, or the character itself."""
    code = ord(char)
    if code in _NAMED:
        return f"[{_NAMED[code]}]"
    if 0xE0000 <= code <= 0xE007F:
        return f"[TAG {code - 0xE0000:02X}]"
    if code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF or code in _BLANK:
        return f"[{code:04X}]"
    category = unicodedata.category(char)
    if category == "Co":
        return char  # private use: a font may have it, and MissingGlyphs names it when none has
    if category in {"Cc", "Cf", "Cs", "Zl", "Zp"} or 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF:
        return f"[{code:02X}]"
    return " " if category == "Zs" else char


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """Yield (characters of the source used, what is shown): a letter with its marks is one piece."""
    at, size = 0, len(text)
    while at < size:
        end = at + 1
        while end < size and unicodedata.category(text[end]) in {"Mn", "Me"} and ord(text[end]) not in _NAMED:
            end += 1
        marks = text[at + 1 : end]
        shown = _mark(text[at]) + "".join(_mark(mark) for mark in marks[:_MARKS])
        yield end - at, shown + (f"[+{len(marks) - _MARKS} marks]" if len(marks) > _MARKS else "")
        at = end


def visible(text: str) -> str:
    """Return the whole text with a mark for everything that cannot be seen."""
    return "".join(shown for _, shown in _pieces(text))


def clip(text: str, limit: int) -> str:
    """Return the visible text, at most about `limit` characters, with the count of the characters left out.

    Reads no further than it shows, so that a text of a million characters costs nothing.
    """
    used, length = 0, 0
    parts: list[str] = []
    for taken, shown in _pieces(text):
        if length + len(shown) > limit and parts:
            break
        parts.append(shown)
        used, length = used + taken, length + len(shown)
    return "".join(parts) + (f"… (+{len(text) - used:,})" if used < len(text) else "")


def _alphabet(char: str) -> str:
    word = unicodedata.name(char, "").split(" ")[0]
    return word if word in _ALIKE and char.isalpha() else ""


def badge(text: str) -> str:
    """Return the warning that a text mixes alphabets, or ""."""
    words = text[:PANEL].split()
    seen = [{a for a in map(_alphabet, word) if a} for word in words]
    if any(len(alphabets) > 1 for alphabets in seen):
        return "[mixed scripts]"
    latin = any(alphabets == {"LATIN"} for alphabets in seen)
    for word, alphabets in zip(words, seen, strict=True):
        letters = [c for c in word if c.isalpha()]
        if latin and len(letters) > 1 and alphabets and "LATIN" not in alphabets and set(letters) <= _LOOK_LATIN:
            return f"[look-alike: {min(alphabets).title()}]"
    return ""


def label(text: str, limit: int = LABEL) -> str:
    """Return the text of one value as a label shows it: marked, cut with its count, warned about."""
    warning = badge(text)
    return clip(text, limit) + (f" {warning}" if warning else "")

"""Charsets that no mark and no declaration names: UTF-16 by its zero bytes, Chinese and Korean by their common characters.

Source: GB 2312-80 (level 1 is rows B0 to D7), Big5 (level 1 is A4 to C6), KS X 1001 (Hangul is B0 to C8); RFC 2781 for UTF-16.
The pairs of bytes of GB 2312 and of KS X 1001 overlap: a text of few characters may be either, and what is taken is told.
"""

from __future__ import annotations

import codecs
import re

__all__ = ["GUESSED", "eastern", "is_same_charset", "utf16"]

#: What begins the mark of a record whose names were read in a charset that nothing names.
GUESSED = "charset guessed: "

_SEEN = 4096  # bytes looked at for UTF-16
_WEIGHED = 4_194_304  # bytes looked at for common characters
_ENOUGH = 0.8
_TELLING = 6  # as many different characters of Chinese nearly always hold one beyond the rows of Hangul
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")


def utf16(data: bytes) -> str:
    """Return utf-16-le or utf-16-be where every second byte of a text without a byte order mark is zero, else ""."""
    seen = data[: min(_SEEN, len(data) // 2 * 2)]
    if len(seen) < 8:
        return ""
    first, second = seen[::2].count(0), seen[1::2].count(0)
    most, least = max(first, second), min(first, second)
    # Names in Chinese have few zeros; a tag, a date and an amount have one in each pair.
    if most < len(seen) // 8 or least * 20 > most:
        return ""
    return "utf-16-be" if first > second else "utf-16-le"


def eastern(data: bytes) -> str:
    """Return gb18030, big5 or cp949 where nearly every wide character is a common one of it, else ""."""
    shares: dict[str, float] = {}
    seen = 0
    for encoding in ("gb18030", "cp949", "big5"):
        try:
            text = codecs.getincrementaldecoder(encoding)().decode(data[:_WEIGHED], len(data) <= _WEIGHED)
        except UnicodeDecodeError:
            continue
        wide = {char for char in text if char > "\x7f"}
        if not wide or any(map(_KANA.match, wide)):
            continue
        shares[encoding] = sum(_is_common(char, encoding) for char in wide) / len(wide)
        seen = max(seen, len(wide))
    chinese, korean = shares.get("gb18030", 0), shares.get("cp949", 0)
    if korean >= _ENOUGH and korean >= chinese and seen >= _TELLING:
        return "cp949"
    if chinese >= _ENOUGH:
        return "gb18030"
    return "big5" if shares.get("big5", 0) >= _ENOUGH else ""


def _is_common(char: str, encoding: str) -> bool:
    if "\u3000" <= char <= "\u303f" or "\uff00" <= char <= "\uffef":
        return True
    printed = char.encode(encoding)
    if len(printed) != 2:
        return False
    if encoding == "big5":
        return 0xA1 <= printed[0] <= 0xC6
    rows = (0xB0, 0xD7) if encoding == "gb18030" else (0xB0, 0xC8)
    return rows[0] <= printed[0] <= rows[1] and printed[1] >= 0xA1


def is_same_charset(one: str, other: str) -> bool:
    """Whether two names are one charset; a name that does not exist is none."""
    try:
        return codecs.lookup(one).name == codecs.lookup(other).name
    except LookupError:
        return False

"""How wide a visible text is, and where it breaks: the same on every machine, from a table and not from the reader's fonts.

What cannot be seen is marked first (`tracer.visible`), so that what is measured here is what is drawn.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterator

from tracer.visible import LABEL, PANEL, badge, clip, label, visible

__all__ = ["LABEL", "PANEL", "badge", "clip", "ems", "label", "visible", "wrap"]

#: Advance widths of DejaVu Sans in em, rounded up; the base font of the exhibits and wider than the usual sans serif.
_EM = (
    dict.fromkeys("ijlI|!.,:;'[]()` ", 0.4)
    | dict.fromkeys('frt-/\\"*{}', 0.5)
    | dict.fromkeys("mwM@%WЖШЩЮЫжшщюы…—", 1.0)
    | dict.fromkeys("ABCDEFGHJKLNOPQRSTUVXYZ&", 0.76)
    | dict.fromkeys("+<=>~#", 0.84)
)


def ems(text: str) -> float:
    """Return an upper estimate of the width of a visible text in em, the same on every machine."""
    width = 0.0
    for char in text:
        if char in _EM:
            width += _EM[char]
        elif unicodedata.category(char) in {"Mn", "Me"}:
            continue
        elif unicodedata.east_asian_width(char) in {"W", "F"}:
            width += 1.0
        else:
            width += 0.64 if char.isascii() else 0.78
    return width


@functools.lru_cache(maxsize=4096)
def wrap(text: str, width: float) -> tuple[str, ...]:
    """Break a visible text into lines of at most `width` em, at spaces where there are any and in Han anywhere."""
    lines: list[str] = []
    line = ""
    for word in _words(text):
        if line and ems(line + word) > width:
            lines.append(line.rstrip())
            line = ""
        while ems(word) > width:
            fits = next(n for n in range(len(word), 0, -1) if n == 1 or ems(word[:n]) <= width)
            while fits < len(word) and unicodedata.category(word[fits]) in {"Mn", "Me"}:
                fits += 1
            lines.append(word[:fits])
            word = word[fits:]
        line += word.lstrip() if not line else word
    if line.strip():
        lines.append(line.rstrip())
    return tuple(lines)


#: Marks that no line of Chinese begins with (GB/T 15834-2011, 5.1.9).
_CLOSING = frozenset("，。、；：？！）》〉」』】”’…")


def _words(text: str) -> Iterator[str]:
    """Yield the pieces between which a line may break; their join is the text."""
    word = ""
    for char in text:
        is_wide = unicodedata.east_asian_width(char) in {"W", "F"} or char == " "
        if word and char in _CLOSING and word != " ":
            word += char
            continue
        if word and (is_wide or word[-1] == " " or unicodedata.east_asian_width(word[-1]) in {"W", "F"}):
            yield word
            word = ""
        word += char
    if word:
        yield word

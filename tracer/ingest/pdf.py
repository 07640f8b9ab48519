"""A PDF as its pages of words, read by a child process with limits; and why a PDF is refused, in sentences.

No picture is read: a scan has no words, and what a program guesses from a picture (OCR) is no record of a bank. The text
behind a scan that somebody else's program put there is refused for the same reason.
"""

from __future__ import annotations

import json
import subprocess
import sys
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tracer.ingest.source import Source
from tracer.model import UnreadableExhibit, excerpt

__all__ = [
    "MAGIC",
    "Document",
    "Hidden",
    "Line",
    "Page",
    "TextLine",
    "Word",
    "is_pdf",
    "lines_of",
    "place_of",
    "read_pdf",
]

MAGIC = b"%PDF-"
MAX_BYTES = 64_000_000
WAIT = 300.0  # seconds by the clock; the child's own limit of processor time ends it before
_ROWS = 100_000  # more lines than a page has
_READER = Path(__file__).with_name("pdf_words.py")


@dataclass(frozen=True, slots=True)
class Word:
    """A word as printed; places in points from the upper left corner of the page as it is shown."""

    text: str
    x0: float
    top: float
    x1: float
    bottom: float
    base: float
    size: float

    @property
    def middle(self) -> float:
        return (self.x0 + self.x1) / 2


@dataclass(frozen=True, slots=True)
class Hidden:
    """A word that the file holds and nobody sees on the page; `why` says what hides it."""

    text: str
    x0: float
    top: float
    x1: float
    bottom: float
    why: str


@dataclass(frozen=True, slots=True)
class Line:
    """The words of one page on one baseline, from left to right. `row` counts the lines of the page from 1."""

    page: int
    row: int
    words: tuple[Word, ...]

    @property
    def top(self) -> float:
        return min(word.top for word in self.words)

    @property
    def bottom(self) -> float:
        return max(word.bottom for word in self.words)

    @property
    def base(self) -> float:
        return self.words[0].base

    @property
    def size(self) -> float:
        return max(word.size for word in self.words)

    @property
    def text(self) -> str:
        return joined(self.words)

    @property
    def key(self) -> int:
        """The number by which rows name the line; `place_of` turns it into a place."""
        return self.page * _ROWS + self.row

    @property
    def locator(self) -> str:
        """Page, row and box (left, top, right, bottom in points): the place a person finds on the printed page."""
        box = (min(w.x0 for w in self.words), self.top, max(w.x1 for w in self.words), self.bottom)
        return f"page={self.page}/row={self.row}/box={','.join(f'{edge:.1f}' for edge in box)}"

    @property
    def place(self) -> str:
        """A short name of the line, to be typed: p2.r14."""
        return f"p{self.page}.r{self.row}"


def place_of(key: int, *, is_text: bool) -> str:
    """Return the place of a line by its key: the line of a text, or page and row of a PDF."""
    return f"line={key}" if is_text else f"page={key // _ROWS}/row={key % _ROWS}"


@dataclass(frozen=True, slots=True)
class TextLine(Line):
    """A line of a text in columns of characters. `number`: its line in the file, from 1."""

    number: int = 0

    @property
    def key(self) -> int:
        return self.number

    @property
    def locator(self) -> str:
        """Line and columns, from 1, first and last included."""
        first, last = min(word.x0 for word in self.words), max(word.x1 for word in self.words)
        return f"line={self.number}/columns={int(first) + 1}-{int(last)}"

    @property
    def place(self) -> str:
        return f"l{self.number}"


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its lines from above, and what is on it besides words that are seen."""

    number: int
    width: float
    height: float
    lines: tuple[Line, ...]
    hidden: tuple[Hidden, ...] = ()
    turned: int = 0
    annotations: int = 0
    undrawn: int = 0


@dataclass(frozen=True, slots=True)
class Document:
    """The pages of a PDF, and what the file says about how it was made. `saved`: how often it was written to."""

    pages: tuple[Page, ...]
    facts: tuple[tuple[str, str], ...] = ()
    saved: int = 1
    warnings: tuple[str, ...] = ()


def wide(text: str) -> int:
    """Return how many columns of characters a text takes; a Chinese, Japanese or Korean one takes two, a mark over a letter none."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def joined(words: tuple[Word, ...] | list[Word]) -> str:
    """Return the text of words that stand beside one another; a wide gap is two spaces, none between Chinese characters."""
    shown = ""
    for before, word in zip([None, *words], words, strict=False):
        if before is not None:
            gap = word.x0 - before.x1
            tight = gap < 0.35 * word.size and ord(before.text[-1]) > 0x2E7F and ord(word.text[0]) > 0x2E7F
            # Digits apart are no thousands: two spaces make a reader of amounts refuse them.
            shown += "" if tight else "  " if gap > 0.6 * word.size else " "
        shown += word.text
    return shown


def lines_of(number: int, words: list[Word]) -> tuple[Line, ...]:
    """Put words on baselines: half a millimetre, or a fifth of the print, is the same line."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda w: (w.base, w.x0)):
        if rows and word.base - rows[-1][0].base <= max(1.5, 0.2 * word.size):
            rows[-1].append(word)
        else:
            rows.append([word])
    return tuple(Line(number, at, tuple(sorted(row, key=lambda w: w.x0))) for at, row in enumerate(rows, 1))


def is_pdf(source: Source) -> bool:
    """Whether the bytes are a PDF; its header may stand behind up to 1,024 bytes (ISO 32000-1, Annex H, note 13)."""
    head = source.head[:1_024]
    return head.lstrip().startswith(MAGIC) or (MAGIC in head and b" obj" in source.head)


_held: dict[str, Document] = {}


def read_pdf(source: Source) -> Document:
    """Return the pages of the file.

    Raises: UnreadableExhibit, with what to do, for a PDF that is encrypted, damaged, scanned, too large, or whose words
    are not what a reader of the page sees.
    """
    if source.exhibit.sha256 not in _held:
        _held.clear()
        _held[source.exhibit.sha256] = _document(source, _ask(source))
    return _held[source.exhibit.sha256]


def _ask(source: Source) -> dict[str, Any]:
    if source.path.stat().st_size > MAX_BYTES:
        raise _refused(source, "too-large")
    try:  # by its path and without the folder it is called from: nothing beside an exhibit is ever imported
        done = subprocess.run(
            [sys.executable, "-P", str(_READER)], input=source.data(), capture_output=True, timeout=WAIT, check=False
        )
    except subprocess.TimeoutExpired:
        raise _refused(source, "too-slow") from None
    if done.returncode:
        # A signal is the limit of time or memory; an exception of the library is a file that breaks the format.
        raise _refused(source, "too-slow" if done.returncode < 0 else "damaged")
    found: dict[str, Any] = json.loads(done.stdout)
    if "refused" in found:
        raise _refused(source, found["refused"])
    return found


def _document(source: Source, found: dict[str, Any]) -> Document:
    pages = []
    seen = hidden = mapped = false = 0
    scanned = []
    for page in found["pages"]:
        lines = lines_of(page["number"], [Word(*word) for word in page["words"]])
        unseen = tuple(Hidden(*word) for word in page["hidden"])
        pages.append(
            Page(
                page["number"],
                page["width"],
                page["height"],
                lines,
                unseen,
                page["turned"],
                page["annotations"],
                page["undrawn"],
            )
        )
        if not page["words"] and (page["image"] > 0.3 or unseen):
            scanned.append(page["number"])
        seen += len(page["words"])
        hidden += len(unseen)
        mapped += page["unmapped"]
        false += page["false"]
    if false:
        raise _refused(source, "false-map", f"{false:,} characters")
    if not seen:
        raise _refused(source, "text-behind-a-scan" if hidden else "scanned")
    if scanned:
        raise _refused(source, "scanned", "page " + ", ".join(map(str, scanned[:10])))
    if hidden > seen:
        raise _refused(source, "text-behind-a-scan")
    glyphs = sum(page["glyphs"] for page in found["pages"])
    if mapped * 50 > glyphs:
        raise _refused(source, "no-map", f"{mapped:,} of {glyphs:,} characters")
    facts = tuple((key, value) for key, value in found["facts"].items() if value)
    return Document(tuple(pages), facts, found["saved"], tuple(found["warnings"]))


_KEPT = "It is kept as an exhibit with its hash; nothing of it is loaded."
_ASK_TEXT = "ask the bank for the statement as data (CSV, camt.053, MT940), or as a PDF made by its own system"
_WHY = {
    "scanned": (
        "is a picture of paper: no word can be read on {where}.",
        "A program that guesses figures from a picture (OCR) may read a 1 as a 7, and nothing of that is done here.",
        _ASK_TEXT + "; or have a person type the lines into a CSV, take that in too, and say so in --obtained",
    ),
    "text-behind-a-scan": (
        "shows a picture, and its text is hidden behind it: somebody's program guessed it, or put it there.",
        "What stands in the file is not what a reader of the page sees, so no figure of it is evidence.",
        _ASK_TEXT,
    ),
    "no-map": (
        "holds text whose characters are not named: {where} have no Unicode value.",
        "Its fonts print digits and do not say which: any reading of an amount would be a guess.",
        _ASK_TEXT,
    ),
    "false-map": (
        "names other digits than it prints: {where} contradict their own font.",
        "Text that is copied or read from it differs from what the page shows. This does not happen by accident.",
        "report it as an alteration, and " + _ASK_TEXT,
    ),
    "encrypted": (
        "is locked by a password.",
        _KEPT + " A password would have to stand in the log of the case, where no secret belongs.",
        "ask whoever produced it for a copy without a password; or open it, save it unlocked, and take in that copy too, saying so in --obtained",
    ),
    "damaged": (
        "is damaged: it does not follow the PDF format where its pages are listed or drawn.",
        _KEPT + " A page may be missing, so that no sum of it could be trusted.",
        "ask whoever produced it to send it again, and compare the hash with theirs",
    ),
    "too-many-pages": ("has more than 1,000 pages.", _KEPT, "ask for one file per account and year, or split it and take in the parts"),
    "too-many-words": ("has more than 1,000,000 words.", _KEPT, "ask for one file per account and year, or split it and take in the parts"),
    "too-large": (
        "needs more memory than any statement does: it is larger than 64 MB, or unfolds to 2 GB.",
        _KEPT + " It may have been made to stop the program that reads it.",
        "ask for the statement in parts, or as data",
    ),
    "too-slow": (
        "takes longer to read than two minutes.",
        _KEPT + " It may have been made to stop the program that reads it.",
        "ask for the statement in parts, or as data",
    ),
}  # fmt: skip


def _refused(source: Source, why: str, where: str = "any page") -> UnreadableExhibit:
    what, meaning, next_call = _WHY[why]
    return UnreadableExhibit(
        f"{excerpt(source.exhibit.name)} {what.format(where=where)}",
        where=source.exhibit.name,
        meaning=meaning,
        next_call=next_call,
    )

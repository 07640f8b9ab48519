"""Text in columns of characters, as mainframes print statements: its lines as words with their places, page by page.

Columns are counted as the printer counted them: two for a Chinese, Japanese or Korean character, which takes two bytes in the
charsets of those machines; a tab goes to the next of every eight. A page ends at a form feed; without any, where the lines
that stand above the header are printed again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from tracer.ingest.fixed_proposal import bare_columns
from tracer.ingest.pdf import Document, Page, TextLine, Word, wide
from tracer.ingest.pdf_proposal import find_head, is_line
from tracer.ingest.profile import words
from tracer.ingest.source import Source
from tracer.ingest.tabular import head_texts
from tracer.ingest.workbook import is_workbook
from tracer.model import UnreadableExhibit, excerpt

__all__ = ["document_of", "header_of", "looks_fixed", "read_fixed"]

MAX_BYTES = 16_000_000  # 200,000 lines of a page's width; each word of them is held with its place
_LINE = 2.0  # height of a line in the units of a page: what stands one column apart is one text, two columns are two
_LOOKED = 400  # lines of a head
_WORD = re.compile("[^ ]+")


def read_fixed(source: Source, header: Sequence[str], declared: str = "") -> tuple[Document, str]:
    """Return the lines of a text as pages of words, and the encoding used. `header`: the words above its lines.

    Raises: UnreadableExhibit.
    """
    if source.path.stat().st_size > MAX_BYTES:
        raise UnreadableExhibit(
            f"{excerpt(source.exhibit.name)} is larger than {MAX_BYTES // 1_000_000} MB.",
            where=source.exhibit.name,
            meaning="A text in columns is held whole, each word with its place. Nothing of it is loaded.",
            next_call="ask for the production account by account, or split it where a statement ends and take in the parts",
        )
    text, encoding = source.text(declared)
    return document_of(text, header), encoding


def document_of(text: str, header: Sequence[str]) -> Document:
    """Return the pages of a text, each line with its number in the file."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    starts = {0}
    for number, line in enumerate(lines):
        if "\f" in line:
            # What stands before a form feed is on the page before; nearly always nothing does.
            starts.add(number if not line.partition("\f")[0].strip() else number + 1)
    if len(starts) == 1 and header:
        starts |= set(_repeated(lines, header))
    edges = [*sorted(starts), len(lines)]
    pages = []
    for page, (first, last) in enumerate(pairwise(edges), 1):
        made = [
            TextLine(page, row, held, first + row)
            for row, line in enumerate(lines[first:last], 1)
            if (held := tuple(_words(line, row)))
        ]
        width = max((word.x1 for line in made for word in line.words), default=0.0)
        pages.append(Page(page, width, _LINE * (last - first), tuple(made)))
    return Document(tuple(pages))


def _words(line: str, row: int) -> Iterator[Word]:
    column, base = 0, _LINE * row
    if line.isascii() and line.isprintable():  # nothing in it is wider than a column, and no tab
        for found in _WORD.finditer(line):
            yield Word(found[0], float(found.start()), base - _LINE, float(found.end()), base, base, _LINE)
        return
    start, held = 0, ""
    for char in f"{line.removeprefix(chr(0xFEFF))} ":
        if char.isspace():
            if held:
                yield Word(held, float(start), base - _LINE, float(column), base, base, _LINE)
            held = ""
            # A form feed takes no column: the line begins behind it.
            column = 0 if char == "\f" else (column // 8 + 1) * 8 if char == "\t" else column + wide(char)
        else:
            start = start if held else column
            held += char
            column += wide(char)


def _squeezed(text: str) -> str:
    return words(text).replace(" ", "")


def _repeated(lines: Sequence[str], header: Sequence[str]) -> Iterator[int]:
    """Yield where pages begin that no form feed parts: above a header, at the lines that stood above the first one, too."""
    wanted = [_squeezed(word) for word in header]
    found = [at for at, line in enumerate(lines) if all(word in _squeezed(line) for word in wanted)]
    bare = [re.sub("[0-9]+", "#", _squeezed(line)) for line in lines]
    for before, at in pairwise(found):
        above = 0
        while above < min(found[0], at - before - 1) and bare[at - above - 1] == bare[found[0] - above - 1]:
            above += 1
        yield at - above


def _heads(source: Source) -> Iterator[Document]:
    """Yield the head of a file as a text in columns, under every encoding; nothing where marks part its cells."""
    head = source.head
    if head.count(b"   ") < 3 or b"\x00" in head or is_workbook(head) or head.lstrip()[:1] in (b"<", b"{", b"["):
        return
    for text, _ in head_texts(source):
        lines = text.split("\n")[:_LOOKED]
        document = document_of("\n".join(lines), ())
        marked = {number for number, line in enumerate(lines, 1) if any(mark in line.lstrip() for mark in ";|\t")}
        dated = [line.key for page in document.pages for line in page.lines if is_line(line)]
        # A table of tabs or semicolons may be padded for the eye; a text has them in a reference here and there.
        if len(dated) > 1 and 2 * len(marked.intersection(dated)) < len(dated):
            yield document


def header_of(source: Source) -> tuple[str, ...]:
    """Return the headings of a day and money that stand in the head of a text over two such lines at least, or none."""
    for document in _heads(source):
        found = find_head(document, is_text=True)
        if found is not None and len(found.cells) > 2:
            return tuple(text for text, _, _ in found.cells)
    return ()


def looks_fixed(source: Source) -> bool:
    """Whether a text shows the header of an account over lines in columns, or columns without one that balances prove."""
    return bool(header_of(source)) or any(bare_columns(document) is not None for document in _heads(source))

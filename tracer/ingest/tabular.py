"""Tables: from bytes to rows of text cells, each with the place where it stands.

The bytes decide, not the name (formats.md 1.7): a `.xls` may be a workbook, text with tabs, an HTML table or
SpreadsheetML; a `.csv` may be UTF-16 or GB18030. Every cell is text until a profile says otherwise. A row that cannot
be split is kept whole, with the reason in `broken`, and the next row is read (formats.md 1.4).

Rows are numbered as a spreadsheet shows them: the first is 1, blank rows count, a line break inside quotes does not
start a new row. `lines` is the number of physical lines a row takes, so the lines of all rows add up to the file.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import duckdb
from duckdb import CoalesceOperator, ColumnExpression, ConstantExpression, FunctionExpression
from duckdb import Error as BulkError
from lxml import etree

from tracer.ingest.charset import latin, utf16
from tracer.ingest.source import Source
from tracer.ingest.workbook import MAX_COLUMNS, Inside, cell_text, inspect, is_workbook, open_sheets
from tracer.ingest.xml import guarded_parse
from tracer.model import UnreadableExhibit

__all__ = [
    "HEAD_ROWS",
    "MAX_FIELD",
    "MAX_LINE",
    "BulkError",
    "CoalesceOperator",
    "ColumnExpression",
    "ConstantExpression",
    "FunctionExpression",
    "Row",
    "Sheet",
    "bulk_reader",
    "head_sheets",
    "head_texts",
    "is_shut_workbook",
    "looks_tabular",
    "rows_of_lines",
    "scan",
    "sheets",
    "split_text",
]

HEAD_ROWS = 40  # formats.md section 8: banners of 1 to 30 lines stand before a header
MAX_LINE = 1_000_000  # characters; safety.md S11, as the next
MAX_FIELD = 100_000
_DELIMITERS = (";", "\t", ",", "|")
_JOINED = 200  # physical lines one quoted cell may span before the quote counts as stray
#: What the bytes of a head may be when they are neither UTF-8 nor marked; the whole file decides (formats.md 1.5).
_ONE_BYTE = ("cp1252", "cp1250", "iso8859_2", "cp1254", "cp1251", "cp1257")
_HEAD_ENCODINGS = ("utf-8", "gb18030", "cp949", *_ONE_BYTE, "big5", "shift_jis")


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `kinds` has one letter per cell of a workbook (`workbook.cell_text`) and is "" for text."""

    number: int
    cells: tuple[str, ...]
    raw: str
    kinds: tuple[str, ...] = ()
    broken: str = ""
    lines: int = 1

    @property
    def blank(self) -> bool:
        return not self.broken and not any(cell.strip() for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table of a file. `form`: text, workbook, html, spreadsheetml. `index` counts work sheets from 1.

    `merged`: cells that span others, as (first row, first column, last row, last column), rows from 1, columns from 0.
    """

    form: str
    rows: tuple[Row, ...]
    index: int = 1
    name: str = ""
    encoding: str = ""
    delimiter: str = ""
    inside: Inside | None = None
    hidden: bool = False
    merged: tuple[tuple[int, int, int, int], ...] = ()

    def locator(self, row: Row) -> str:
        """A text file has rows only; a workbook has sheets that have rows."""
        return f"row={row.number}" if self.form == "text" else f"sheet={self.index}/row={row.number}"


def sheets(source: Source, *, encoding: str = "", delimiter: str = "", quote: str = '"') -> tuple[Sheet, ...]:
    """Read the whole file.

    Raises: UnreadableExhibit.
    """
    data = source.data()
    if is_workbook(data):
        return _workbook(data, source.exhibit.name)
    text, used = source.text(encoding)
    found = _marked_up(text, source.exhibit.name)
    if found is not None:
        return found
    delimiter = delimiter or guess_delimiter(text[: 4 * 65_536])
    return (Sheet("text", tuple(split_text(text, delimiter, quote)), encoding=used, delimiter=delimiter),)


def head_sheets(source: Source) -> Iterator[Sheet]:
    """Yield the first rows under every encoding and delimiter that the head allows: a profile picks by its header."""
    if is_workbook(source.head):
        try:
            found = _workbook(source.data(), source.exhibit.name)
        except UnreadableExhibit:
            return  # a claim never fails; reading says what is wrong
        for sheet in found:
            yield replace(sheet, rows=sheet.rows[:HEAD_ROWS], hidden=False)
        return
    for text, encoding in head_texts(source):
        whole = len(source.head) >= source.path.stat().st_size
        marked = _marked_up(text, source.exhibit.name) if "<" in text[:2_000] else None
        if marked is not None:
            for sheet in marked:
                yield replace(sheet, rows=sheet.rows[:HEAD_ROWS], encoding=encoding)
            continue
        for delimiter in _ranked(text):
            rows = []
            for row in split_text(text, delimiter, '"'):
                rows.append(row)
                if len(rows) > HEAD_ROWS:
                    break
            # The last row of a cut head may be half a row.
            kept = rows[:HEAD_ROWS] if whole or len(rows) > HEAD_ROWS else rows[:-1]
            yield Sheet("text", tuple(kept), encoding=encoding, delimiter=delimiter)


def is_shut_workbook(source: Source) -> bool:
    """Whether the bytes are a workbook that cannot be opened: locked, damaged or a bomb. Reading it says which."""
    if not is_workbook(source.head):
        return False
    data = source.data()
    if not any(mark in data for mark in _BOOK):
        return False
    try:
        _workbook(data, source.exhibit.name)
    except UnreadableExhibit:
        return True
    return False


#: What only a workbook holds: the stream of BIFF, the package of a workbook with a password, the parts of OOXML.
_BOOK = ("Workbook".encode("utf-16-le"), "EncryptedPackage".encode("utf-16-le"), b"xl/workbook.")


def looks_tabular(source: Source, rows: int = 2) -> bool:
    """True when some reading of the head has `rows` rows of the same width, more than one."""
    for sheet in head_sheets(source):
        widths = Counter(len(row.cells) for row in sheet.rows if not row.blank)
        if any(width > 1 and count >= rows for width, count in widths.items()):
            return True
    return False


def head_texts(source: Source) -> Iterator[tuple[str, str]]:
    """Yield the head of a text under every encoding that it allows, with the encoding."""
    head = source.head
    if head[:3] == b"\xef\xbb\xbf" or head[:2] in (b"\xff\xfe", b"\xfe\xff") or utf16(head):
        yield source.head_text(), ""
        return
    if b"\x00" in head[:1_000]:
        return
    answered = source.answers.get("encoding", "")
    # Of the charsets of one byte those come first under which the letters are of one language.
    tried = (
        sorted(_HEAD_ENCODINGS, key=lambda name: name in _ONE_BYTE and name not in fits)
        if (fits := latin(head))
        else _HEAD_ENCODINGS
    )
    for encoding in (answered,) if answered else tried:
        for cut in range(4):  # the head may end inside a character
            try:
                text = head[: len(head) - cut].decode(encoding)
            except (UnicodeDecodeError, LookupError):
                continue
            if encoding == answered or not _is_torn(text):
                yield text, encoding
            break
        else:
            continue
        if encoding == "utf-8":
            return


def _is_torn(text: str) -> bool:
    """Whether wide characters stand alone among letters, as `Möwe` does when its ö and w are read as one character.

    GB18030, Big5 and Shift JIS decode nearly any Latin text; who writes Chinese or Japanese writes more than one of it.
    """
    wide = _WIDE.findall(text)
    if _SIGN_IN_WORD.search(text):
        return True  # `OP£ATA`: a letter of another alphabet is read as a sign
    return bool(wide) and 2 * sum(1 for before, run, after in wide if len(run) == 1 and before + after) > len(wide)


_SIGN_IN_WORD = re.compile("[A-Za-z][¥£³¹¿¼¾¯¡¦±][A-Za-z]")
#: A run of wide characters with the Latin letters that touch it. Linear: no quantifier stands within another.
_WIDE = re.compile(r"([A-Za-z]?)([\u3000-\u9fff\uac00-\ud7ff\uf900-\uffef]{1,80})([A-Za-z]?)")


def _ranked(text: str) -> tuple[str, ...]:
    best = guess_delimiter(text[:65_536])
    return (best, *(d for d in _DELIMITERS if d != best and d in text))


def guess_delimiter(text: str) -> str:
    """Return the delimiter that cuts most lines into the same number of cells, more than one."""
    lines = [line for line in io.StringIO(text[:65_536], newline="") if line.strip()][:200]
    best, score = ",", (0.0, 0)
    for delimiter in _DELIMITERS:
        widths = Counter(len(_cells(line.rstrip("\r\n"), delimiter, '"')) for line in lines)
        if wide := [(count, width) for width, count in widths.items() if width > 1]:
            count, width = max(wide)
            if (found := (count / len(lines) * min(width, 4), width)) > score:
                best, score = delimiter, found
    return best


def split_text(text: str, delimiter: str, quote: str = '"') -> Iterator[Row]:
    """Split text into rows: RFC 4180, with stray quotes, `="…"` cells and ragged rows as real exports have them.

    A quote that is never closed costs its own line, not the file.
    """
    number = 0
    lines = _lines(text)
    waiting: list[str] = []
    while waiting or (waiting := list(_take(lines))):
        line = waiting.pop(0)
        number += 1
        body = line.rstrip("\r\n")
        if len(body) > MAX_LINE:
            yield Row(number, (), body[:MAX_FIELD], broken="line-too-long")
            continue
        cells = _complete(body, delimiter, quote)
        spanned = 1
        if cells is None:
            joined = line
            while cells is None and spanned < _JOINED and len(joined) < MAX_FIELD:
                if spanned > len(waiting):
                    more = list(_take(lines))
                    if not more:
                        break
                    waiting += more
                joined += waiting[spanned - 1]
                spanned += 1
                if quote in waiting[spanned - 2]:
                    cells = _complete(joined.rstrip("\r\n"), delimiter, quote)
            if cells is None:
                yield Row(number, _cells(body, delimiter, quote), body, broken="quote-not-closed")
                continue
            del waiting[: spanned - 1]
            body = joined.rstrip("\r\n")
        if len(cells) > MAX_COLUMNS:
            yield Row(number, (), body[:MAX_FIELD], broken="too-many-columns", lines=spanned)
        elif len(body) > MAX_FIELD and any(len(cell) > MAX_FIELD for cell in cells):
            yield Row(number, (), body[:MAX_FIELD], broken="field-too-long", lines=spanned)
        else:
            yield Row(number, tuple(map(_unwrap, cells) if '="' in body else cells), body, lines=spanned)


def rows_of_lines(lines: Iterable[str], numbers: set[int], delimiter: str, quote: str) -> Iterator[Row]:
    """Yield some physical lines of a file in which every row is one line."""
    last = max(numbers)
    for number, line in enumerate(lines, 1):
        if number in numbers:
            # A text loses the byte order mark it begins with; this line is no text, and keeps one that it prints.
            for row in split_text(f"\ufeff{line}", delimiter, quote):
                yield replace(row, number=number)
        if number >= last:
            return


def _lines(text: str) -> Iterator[str]:
    # Line ends are CR, LF or CRLF only; str.splitlines would also cut at U+2028 and form feeds inside a name.
    return iter(io.StringIO(text.removeprefix("\ufeff"), newline=""))


def _take(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        yield line
        return


def _complete(body: str, delimiter: str, quote: str) -> list[str] | None:
    """Return the cells, or None when a quoted cell is still open at the end."""
    if not quote or quote not in body:
        return body.split(delimiter)
    try:
        return next(csv.reader([body], delimiter=delimiter, quotechar=quote, strict=True), [""])
    except csv.Error as error:
        if "unexpected end" in str(error):
            return None
        if "limit" in str(error):
            return [body]
    try:
        return next(csv.reader([body], delimiter=delimiter, quotechar=quote), [""])
    except csv.Error:
        return [body]


def _cells(body: str, delimiter: str, quote: str) -> tuple[str, ...]:
    return tuple(_complete(body, delimiter, quote) or body.split(delimiter))


def _unwrap(cell: str) -> str:
    """Strip the wrapper that keeps a spreadsheet from guessing: ="0012" is the text 0012."""
    shown = cell.strip()
    return shown[2:-1] if len(shown) > 2 and shown.startswith('="') and shown.endswith('"') else cell


def _workbook(data: bytes, name: str) -> tuple[Sheet, ...]:
    inside = inspect(data, name)
    made = []
    for index, (title, grid, is_hidden, merged) in enumerate(open_sheets(data, name), 1):
        rows = []
        for number, values in enumerate(grid, 1):
            pairs = [cell_text(value) for value in values]
            cells, kinds = tuple(p[0] for p in pairs), tuple(p[1] for p in pairs)
            rows.append(Row(number, cells, "\t".join(cells).rstrip("\t"), kinds))
        made.append(Sheet("workbook", tuple(rows), index, title, inside=inside, hidden=is_hidden, merged=merged))
    return tuple(made)


def _marked_up(text: str, name: str) -> tuple[Sheet, ...] | None:
    """Read an HTML table or SpreadsheetML that calls itself .xls; None for anything else."""
    start = text[:4_000].lstrip("\ufeff \t\r\n").lower()
    if not start.startswith("<"):
        return None
    if "urn:schemas-microsoft-com:office:spreadsheet" in start:
        return _spreadsheetml(text, name)
    if not re.search(r"<(?:html|table|body|!doctype html)\b", start):
        return None
    grid = _Tables()
    grid.feed(text)
    grid.close()
    filled = [(rows, merged) for rows, merged in zip(grid.tables, grid.merged, strict=True) if rows]
    return tuple(
        Sheet(
            "html",
            tuple(Row(n, tuple(r), "\t".join(r).rstrip("\t")) for n, r in enumerate(rows, 1)),
            index,
            merged=tuple(merged),
        )
        for index, (rows, merged) in enumerate(filled, 1)
    )


class _Tables(HTMLParser):
    """Collects the cells of tables; a nested table's rows stand in the outer one, in reading order.

    A cell that spans columns or rows (HTML 4.9.11) is the first of its places, the others are empty: left out, every figure
    to its right would stand under another heading.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[str]]] = []
        self.merged: list[list[tuple[int, int, int, int]]] = []
        self._span = (1, 1)
        self._covered: set[int] = set()  # columns of this row that a cell above covers
        self._below: dict[int, int] = {}  # column -> rows below this one that a cell covers
        self._cell: list[str] | None = None
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._depth += 1
            if self._depth == 1:
                self.tables.append([])
                self.merged.append([])
                self._covered, self._below = set(), {}
        elif self.tables and tag == "tr":
            self._close()
            self.tables[-1].append([])
            self._covered = set(self._below) if self._depth == 1 else set()
            self._below = {at: rows - 1 for at, rows in self._below.items() if rows > 1}
        elif self.tables and tag in {"td", "th"}:
            self._close()
            if not self.tables[-1]:
                self.tables[-1].append([])
            self._cell = []
            said = dict(attrs)
            self._span = _spanned(said.get("colspan"), MAX_COLUMNS), _spanned(said.get("rowspan"), 65_534)
        elif tag == "br" and self._cell is not None:
            self._cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th", "tr", "table"}:
            self._close()
        if tag == "table":
            self._depth = max(0, self._depth - 1)

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def _close(self) -> None:
        if self._cell is not None and len(self.tables[-1][-1]) < MAX_COLUMNS:
            row, (across, down) = self.tables[-1][-1], self._span
            while len(row) in self._covered:
                row.append("")
            first = len(row)
            row.append("".join(self._cell).strip()[:MAX_FIELD])
            row += [""] * min(across - 1, MAX_COLUMNS - len(row))
            if self._depth == 1 and (across > 1 or down > 1):
                number = len(self.tables[-1])
                self.merged[-1].append((number, first, number + down - 1, len(row) - 1))
                self._below |= dict.fromkeys(range(first, len(row)), down - 1) if down > 1 else {}
        self._cell = None


def _spanned(text: str | None, most: int) -> int:
    shown = (text or "").strip()
    return max(1, min(int(shown[:6]), most)) if shown.isdecimal() else 1


def _spreadsheetml(text: str, name: str) -> tuple[Sheet, ...]:
    root = guarded_parse(text, name)
    made = []
    for index, sheet in enumerate(root.iter("{*}Worksheet"), 1):
        rows: list[Row] = []
        merged = []
        for row in sheet.iter("{*}Row"):
            while len(rows) + 1 < min(_placed(row, len(rows) + 1), 1_048_576):
                rows.append(Row(len(rows) + 1, (), ""))
            cells: list[str] = []
            for cell in row.iter("{*}Cell"):
                cells += [""] * (min(_placed(cell, len(cells) + 1), MAX_COLUMNS) - len(cells) - 1)
                cells.append("".join(str(part) for part in cell.itertext()).strip()[:MAX_FIELD])
                across, down = (_placed(cell, 0, key) for key in ("MergeAcross", "MergeDown"))
                if across or down:
                    merged.append((len(rows) + 1, len(cells) - 1, len(rows) + 1 + down, len(cells) - 1 + across))
                cells += [""] * min(across, MAX_COLUMNS - len(cells))
            rows.append(Row(len(rows) + 1, tuple(cells), "\t".join(cells)))
        made.append(Sheet("spreadsheetml", tuple(rows), index, merged=tuple(merged)))
    return tuple(made)


def _placed(element: etree._Element, default: int, key: str = "Index") -> int:
    printed = next((str(v) for k, v in element.attrib.items() if str(k).endswith("}" + key)), "")
    return int(printed[:7]) if printed[:7].isdecimal() else default


def bulk_reader() -> duckdb.DuckDBPyConnection:
    """Return an in-memory DuckDB that downloads nothing and can no longer be told to (safety.md S12)."""
    db = duckdb.connect()
    for setting in (
        "SET autoinstall_known_extensions = false",
        "SET autoload_known_extensions = false",
        "SET allow_community_extensions = false",
        "SET preserve_insertion_order = true",
        "SET lock_configuration = true",
    ):
        db.execute(setting)
    return db


def scan(db: duckdb.DuckDBPyConnection, path: Path, columns: int, delimiter: str, quote: str, skip: int) -> Any:
    """Return DuckDB's view of a UTF-8 text table: columns c0, c1, … as printed, rows in file order.

    No inference of types, delimiter or header: what is not said here is not guessed.
    """
    return db.read_csv(
        str(path),
        header=False,
        sep=delimiter,
        quotechar=quote,
        escapechar=quote,
        skiprows=skip,
        columns={f"c{i}": "VARCHAR" for i in range(columns)},
        auto_detect=False,
        null_padding=True,
        encoding="utf-8",
        max_line_size=MAX_LINE,
    )

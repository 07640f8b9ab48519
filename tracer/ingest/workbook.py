"""Workbooks: XLSX, XLSB, ODS and true BIFF .xls as rows of text, and what such a file carries besides cells.

Read with python-calamine, which executes nothing and shows stored values only; formulas, external links, macros and
the date system are read from the guarded parts by lxml (safety.md S1-S3). A cell becomes text here, before anything
interprets it: formats.md section 2, no type inference anywhere.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from lxml import etree

from tracer.ingest.archive import Member, inflate, is_archive, survey
from tracer.ingest.xml import guarded_parse
from tracer.model import UnreadableExhibit

__all__ = ["MAX_CELLS", "MAX_COLUMNS", "Inside", "cell_text", "inspect", "is_workbook", "open_sheets"]

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: A password: the package of an OOXML file inside OLE ([MS-OFFCRYPTO] 2.3), or FILEPASS behind BOF ([MS-XLS] 2.4.117).
_LOCKED = re.compile("EncryptedPackage".encode("utf-16-le") + rb"|\x09\x08\x10\x00[\x00-\xff]{16}\x2f\x00")
MAX_COLUMNS = 1_000  # that hold something; safety.md S11
_WIDEST = 16_384  # columns of a sheet, most of them blank where a whole row was formatted (ECMA-376 part 1, 18.3.1.13)
MAX_CELLS = 30_000_000
_MAX_FORMULAS = 100_000
_DIGITS = 15  # what a binary double holds and what Excel shows; the rest of a longer number is noise


@dataclass(frozen=True, slots=True)
class Inside:
    """What a workbook carries besides its cells. `formulas` maps (sheet index, A1 cell) to the formula text."""

    formulas: dict[tuple[int, str], str]
    uncached: frozenset[tuple[int, str]]
    links: tuple[str, ...]
    macros: bool
    epoch_1904: bool

    def marks(self) -> tuple[str, ...]:
        found = []
        if self.formulas:
            found.append(f"formulas:{len(self.formulas)}")
        if self.uncached:
            found.append(f"formulas-without-value:{len(self.uncached)}")
        if self.macros:
            found.append("macros-present")
        if self.epoch_1904:
            found.append("dates-1904")
        return (*found, *(f"external-link:{link}" for link in self.links))


def is_workbook(data: bytes) -> bool:
    return data[:8] == _OLE or is_archive(data)


def open_sheets(
    data: bytes, name: str
) -> list[tuple[str, list[list[Any]], bool, tuple[tuple[int, int, int, int], ...]]]:
    """Return (sheet name, rows of typed cells, is it hidden, merged cells) for every work sheet, from row 1 and column A.

    A merged cell is (first row, first column, last row, last column), rows from 1, columns from 0.

    Raises: UnreadableExhibit for a bomb, an encrypted or a damaged file.
    """
    from python_calamine import (
        CalamineError,
        CalamineWorkbook,
        PasswordError,
        SheetTypeEnum,
        SheetVisibleEnum,
        WorksheetNotFound,
        XmlError,
        ZipError,
    )

    if is_archive(data):
        members = survey(data, name)
        locked = [member.name for member in members if member.encrypted]
        if locked:
            raise _unreadable(name, f"has {len(locked)} encrypted members")
        _area_is_sane(data, members, name)
    elif _LOCKED.search(data):
        raise _unreadable(name, "is protected by a password")
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            wanted = [m for m in book.sheets_metadata if m.typ == SheetTypeEnum.WorkSheet]
            return [
                (
                    one.name,
                    _filled(sheet.to_python(skip_empty_area=False), name),
                    one.visible != SheetVisibleEnum.Visible,
                    tuple(sorted((a + 1, b, c + 1, d) for (a, b), (c, d) in sheet.merged_cell_ranges or ())),
                )
                for one in wanted
                for sheet in [book.get_sheet_by_name(one.name)]
            ]
    except PasswordError:
        raise _unreadable(name, "is protected by a password") from None
    except (CalamineError, WorksheetNotFound, XmlError, ZipError, OSError, ValueError) as error:
        raise _unreadable(name, f"is not readable as a workbook ({str(error)[:60]})") from None


def _filled(grid: list[list[Any]], name: str) -> list[list[Any]]:
    """Leave off the columns right of the last cell that holds something: a program that formats a row writes 1,024 of them."""
    width = max((next((n for n in range(len(row), 0, -1) if row[n - 1] != ""), 0) for row in grid), default=0)
    if width > MAX_COLUMNS:
        raise _unreadable(name, f"spans {len(grid):,} rows by {width:,} columns in one sheet")
    return [row[:width] for row in grid]


def _area_is_sane(data: bytes, members: tuple[Member, ...], name: str) -> None:
    """Refuse a sheet whose corners span more cells than it holds: the reader would allocate every one of them."""
    for member in members:
        path = member.name.lower()
        if path.startswith("xl/worksheets/") and path.endswith(".xml"):
            rows, columns = _cornerguarded_parse(inflate(data, member, name))
        elif path.startswith("xl/worksheets/") and path.endswith(".bin"):
            rows, columns = _corner_binary(inflate(data, member, name))
        elif path == "content.xml":
            rows, columns = _corner_ods(inflate(data, member, name), name)
        else:
            continue
        if rows * columns > MAX_CELLS or columns > _WIDEST:
            raise _unreadable(name, f"spans {rows:,} rows by {columns:,} columns in one sheet")


def _cornerguarded_parse(text: bytes) -> tuple[int, int]:
    if text[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = text.decode("utf-16", "replace").encode("ascii", "replace")
    rows = max(
        (int(row) for row in set(re.findall(rb"\br\s{0,9}=\s{0,9}[\"'][A-Z]{0,3}([0-9]{1,9})[\"']", text))), default=0
    )
    letters = set(re.findall(rb"\br\s{0,9}=\s{0,9}[\"']([A-Z]{1,3})[0-9]", text))
    return rows, max((_column(label) for label in letters), default=0)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _corner_binary(text: bytes) -> tuple[int, int]:
    """Walk the records of an XLSB sheet ([MS-XLSB] 2.1.4): type 0 is a row, types 1 to 11 are cells."""
    at = rows = columns = 0
    while at < len(text):
        kind, at = text[at], at + 1
        if kind & 0x80 and at < len(text):
            kind, at = (kind & 0x7F) | (text[at] << 7), at + 1
        size = shift = 0
        for _ in range(4):
            if at >= len(text):
                return rows, columns
            byte, at = text[at], at + 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        if kind == 0:
            rows = max(rows, int.from_bytes(text[at : at + 4], "little") + 1)
        elif 1 <= kind <= 11:
            columns = max(columns, int.from_bytes(text[at : at + 4], "little") + 1)
        at += size
    return rows, columns


def _corner_ods(text: bytes, name: str) -> tuple[int, int]:
    """Follow the repeat counts up to the last cell that holds something (OpenDocument 1.3 part 3, 19.675 and 19.678)."""
    rows = columns = 0
    for table in guarded_parse(text, name).iter("{*}table"):
        row_at = 0
        for row in table.iter("{*}table-row"):
            row_at += _repeat(row, "number-rows-repeated")
            column_at = 0
            for cell in row.iter("{*}table-cell", "{*}covered-table-cell"):
                column_at += _repeat(cell, "number-columns-repeated")
                if len(cell):
                    rows, columns = max(rows, row_at), max(columns, column_at)
    return rows, columns


def _repeat(element: etree._Element, key: str) -> int:
    printed = next((str(v) for k, v in element.attrib.items() if str(k).endswith("}" + key)), "1")
    return int(printed[:9]) if printed[:9].isdecimal() else 1


def cell_text(value: Any) -> tuple[str, str]:
    """Return (text, kind): `t` text, `n` number, `d` date, `h` time of day, `b` truth value, `` empty.

    A double is written with the 15 digits that it holds; `1234.5599999999999` is the 1234.56 that was typed.
    """
    if isinstance(value, str):
        return value, "t" if value else ""
    if isinstance(value, bool):
        return ("TRUE" if value else "FALSE"), "b"
    if isinstance(value, int):
        return str(value), "n"
    if isinstance(value, float):
        if value.is_integer() and abs(value) < 10**_DIGITS:
            return str(int(value)), "n"
        return _plain(f"{value:.{_DIGITS}g}"), "n"
    if isinstance(value, datetime):
        return (value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")), "d"
    if isinstance(value, date):
        return value.isoformat(), "d"
    if isinstance(value, time):
        return value.isoformat(), "h"
    if isinstance(value, timedelta):
        return str(value), "h"
    return "", ""


def _plain(text: str) -> str:
    return text.replace("e+", "E+").replace("e-", "E-")


def inspect(data: bytes, name: str) -> Inside:
    """Read formulas, external links, macros and the date system from the parts of an OOXML file.

    Of XLSB and BIFF only macros by member name are known; calamine shows no formula of them.
    """
    empty = Inside({}, frozenset(), (), False, False)
    if not is_archive(data):
        return Inside({}, frozenset(), (), b"V\x00B\x00A\x00" in data, False)
    members = {member.name: member for member in survey(data, name)}
    macros = any(m.lower().endswith("vbaproject.bin") for m in members)
    if "xl/workbook.xml" not in members:
        return Inside({}, frozenset(), (), macros, False) if macros else empty
    book = _part(data, members["xl/workbook.xml"], name)
    properties = book.find(".//{*}workbookPr")
    epoch = properties is not None and properties.get("date1904") in {"1", "true"}
    formulas: dict[tuple[int, str], str] = {}
    uncached: set[tuple[int, str]] = set()
    for index, part in enumerate(_sheet_parts(data, book, members, name)):
        if part is not None:
            _formulas(data, part, name, index, formulas, uncached)
    links = _links(data, members, name)
    return Inside(formulas, frozenset(uncached), links, macros, bool(epoch))


def _sheet_parts(data: bytes, book: etree._Element, members: dict[str, Member], name: str) -> list[Member | None]:
    relations = members.get("xl/_rels/workbook.xml.rels")
    if relations is None:
        return []
    target = {r.get("Id", ""): r.get("Target", "") for r in _part(data, relations, name).iter("{*}Relationship")}
    parts = []
    for sheet in book.iter("{*}sheet"):
        key = next((v for k, v in sheet.attrib.items() if str(k).endswith("}id")), "")
        path = target.get(str(key), "")
        if "/worksheets/" not in f"/{path}":
            continue
        parts.append(members.get(path.lstrip("/") if path.startswith("/") else f"xl/{path}"))
    return parts


def _formulas(
    data: bytes,
    part: Member,
    name: str,
    index: int,
    formulas: dict[tuple[int, str], str],
    uncached: set[tuple[int, str]],
) -> None:
    text = inflate(data, part, name)
    if b"<f" not in text and b":f" not in text and not text.startswith((b"\xff\xfe", b"\xfe\xff")):
        return
    for cell in guarded_parse(text, name).iter("{*}c"):
        formula = cell.find("{*}f")
        if formula is None or len(formulas) >= _MAX_FORMULAS:
            continue
        place = (index, cell.get("r", ""))
        formulas[place] = "=" + (formula.text or f"shared {formula.get('si', '')}")
        value = cell.find("{*}v")
        if value is None or not value.text:
            uncached.add(place)


def _links(data: bytes, members: dict[str, Member], name: str) -> tuple[str, ...]:
    found = []
    for path, member in members.items():
        if path.startswith("xl/externalLinks/_rels/"):
            for relation in _part(data, member, name).iter("{*}Relationship"):
                if relation.get("TargetMode") == "External":
                    found.append(relation.get("Target", "")[:200])
    return tuple(sorted(found))


def _part(data: bytes, member: Member, name: str) -> etree._Element:
    return guarded_parse(inflate(data, member, name), name)


def _unreadable(name: str, why: str) -> UnreadableExhibit:
    return UnreadableExhibit(
        f"{name} {why}.",
        where=name,
        meaning="Nothing of it is loaded. It stays an exhibit with its hash in the custody log.",
        next_call="ask whoever produced it for an open copy, as CSV with the bank's certification if possible",
    )

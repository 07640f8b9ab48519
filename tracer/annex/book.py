"""The workbook as data, and the one guarded way into a file.

A `Sheet` holds columns with both headings and rows of values; a `Formula` carries its text together with the engine's value,
which is stored beside it, so that previewers show it and a recalculation can be compared with it (annex.md sections 1, 2).
Saving rewrites the zip with fixed times and sorted members: the same dossier gives the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from tracer.model import exponent

__all__ = ["FIRST", "Column", "Formula", "Sheet", "content_digest", "money", "save", "stable_zip"]

FIRST = 7  # data begin in row 7 (annex.md 1.1)
_LIMIT = 32_000  # characters of a cell; Excel cuts silently above 32,767
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_GREY = PatternFill("solid", fgColor="E8EDF3")


@dataclass(frozen=True, slots=True)
class Formula:
    """A live formula without its `=`, and the engine's value of it (None only for text "")."""

    text: str
    value: Decimal | int | str


@dataclass(frozen=True, slots=True)
class Column:
    """One column: key in English, heading in Chinese, kind T text, D date, M money, N number, F formula; width in characters."""

    key: str
    zh: str
    kind: str = "T"
    width: int = 14


@dataclass(slots=True)
class Sheet:
    """One sheet. `totals` stand in row 4, above the data, so that length never moves them."""

    tab: str
    en: str
    zh: str
    purpose: str
    status: str
    columns: tuple[Column, ...]
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    totals: list[Any] = field(default_factory=list)

    def letter(self, key: str) -> str:
        """Return the column letter of a key."""
        return get_column_letter([c.key for c in self.columns].index(key) + 1)

    def span(self, key: str) -> str:
        """Return the bounded range of a column's data."""
        letter = self.letter(key)
        return f"{letter}${FIRST}:{letter}${max(FIRST, FIRST + len(self.rows) - 1)}"

    def there(self, key: str) -> str:
        """Return the range as other sheets write it."""
        return f"'{self.tab}'!{self.span(key)}"


def money(minor: int | None, currency: str) -> Decimal | None:
    """Return minor units in major units, exactly."""
    return None if minor is None else Decimal(minor).scaleb(-exponent(currency))


def _text(value: str) -> str:
    marked = _ILLEGAL.sub(lambda m: f"[U+{ord(m[0]):04X}]", value)
    marked = "".join(f"[U+{ord(c):04X}]" if 0xD800 <= ord(c) <= 0xDFFF else c for c in marked)
    # _xHHHH_ is read back by spreadsheets as the character it names.
    marked = _ESCAPE.sub(lambda m: f"_x005F_x{m[1]}_", marked)
    return marked if len(marked) <= _LIMIT else marked[:_LIMIT] + " [continued in the exhibit]"


def put(cell: Any, value: Any, values: dict[tuple[str, str], Any], digits: int = 2) -> None:
    """Write one value; nothing else may touch a cell. Text never becomes a formula."""
    if value is None or value == "":
        return
    if isinstance(value, Formula):
        cell.value = "=" + value.text
        values[(cell.parent.title, cell.coordinate)] = value.value
        if isinstance(value.value, Decimal):
            cell.number_format = "#,##0" + ("." + "0" * digits if digits else "")
    elif isinstance(value, Decimal):
        cell.value = value
        cell.number_format = "#,##0" + (
            "." + "0" * -int(value.as_tuple().exponent) if int(value.as_tuple().exponent) else ""
        )
    elif isinstance(value, date):
        cell.value = value
        cell.number_format = "yyyy-mm-dd"
    elif isinstance(value, int):
        cell.value = value
    else:
        text = _text(str(value))
        cell.value = text
        cell.data_type = "s"
        if text[:1] in {"=", "+", "-", "@", "\t"}:
            cell.quotePrefix = True


def _lay_out(sheet: Worksheet, made: Sheet, values: dict[tuple[str, str], Any], footer: str) -> None:
    head = (made.en, made.zh, f"{made.purpose} · {made.status}")
    for row, text in enumerate(head, 1):
        put(sheet.cell(row, 1), text, values)
        sheet.cell(row, 1).font = Font(bold=row < 3, size=13 if row < 3 else 10)
    put(sheet.cell(4, 1), f"rows 行数: {len(made.rows)}", values)
    for place, value in enumerate(made.totals, 2):
        put(sheet.cell(4, place), value, values)
    for place, column in enumerate(made.columns, 1):
        for row, text in ((5, column.key), (6, column.zh)):
            cell = sheet.cell(row, place)
            put(cell, text, values)
            cell.font, cell.fill = Font(bold=True), _GREY
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.column_dimensions[get_column_letter(place)].width = column.width
    for number, row_values in enumerate(made.rows, FIRST):
        for place, value in enumerate(row_values, 1):
            cell = sheet.cell(number, place)
            put(cell, value, values)
            if made.columns[place - 1].width > 20:
                cell.alignment = Alignment(wrap_text=True, vertical="top")
    if not made.rows:
        put(sheet.cell(FIRST, 1), "0 rows 无记录", values)
    last = get_column_letter(len(made.columns))
    sheet.freeze_panes = f"A{FIRST}"
    sheet.auto_filter.ref = f"A6:{last}{max(FIRST, FIRST + len(made.rows) - 1)}"
    sheet.print_title_rows = "1:6"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True  # type: ignore[union-attr]
    foot: Any = sheet.oddFooter
    foot.left.text = footer.replace("&", "&&")
    foot.right.text = "&P / &N"


def save(sheets: Iterable[Sheet], *, footer: str, as_of: date) -> bytes:
    """Return the bytes of the workbook, values filled in beside every formula."""
    book = Workbook()
    del book["Sheet"]
    values: dict[tuple[str, str], Any] = {}
    for made in sheets:
        _lay_out(book.create_sheet(made.tab), made, values, f"{footer} · {made.tab}")
    book.calculation.fullCalcOnLoad = True
    buffer = io.BytesIO()
    book.save(buffer)
    names = {f"xl/worksheets/sheet{n}.xml": title for n, title in enumerate(book.sheetnames, 1)}
    return stable_zip(
        buffer.getvalue(),
        as_of,
        {path: {c: v for (t, c), v in values.items() if t == title} for path, title in names.items()},
    )


_CELL = re.compile(rb'<c r="([A-Z]+[0-9]+)"([^>]*)><f>(.*?)</f><v\s*/?>(?:</v>)?</c>', re.DOTALL)


def _fill(data: bytes, values: dict[str, Any]) -> bytes:
    def one(found: re.Match[bytes]) -> bytes:
        value = values[found[1].decode()]
        attributes = re.sub(rb'\s+t="[a-z]*"', b"", found[2])
        kind = b' t="str"' if isinstance(value, str) else b""
        shown = str(value).replace("&", "&amp;").replace("<", "&lt;")
        return (
            b'<c r="'
            + found[1]
            + b'"'
            + attributes
            + kind
            + b"><f>"
            + found[3]
            + b"</f><v>"
            + shown.encode()
            + b"</v></c>"
        )

    return _CELL.sub(one, data)


def stable_zip(data: bytes, as_of: date, values: dict[str, dict[str, Any]] | None = None) -> bytes:
    """Rewrite an Office zip: sorted members, fixed times, fixed creator, engine values beside formulas."""
    out = io.BytesIO()
    stamp = f"{as_of.isoformat()}T00:00:00Z"
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as new,
    ):
        for name in sorted(old.namelist(), key=lambda n: (n != "[Content_Types].xml", n)):
            content = old.read(name)
            if name in (values or {}):
                content = _fill(content, (values or {})[name])
            if name == "docProps/core.xml":
                content = re.sub(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*", rb"\g<1>" + stamp.encode(), content)
                content = re.sub(rb"(<dc:creator>)[^<]*", rb"\g<1>tracer", content)
                content = re.sub(rb"<cp:lastModifiedBy>[^<]*</cp:lastModifiedBy>", b"", content)
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.external_attr, info.create_system, info.compress_type = 0o600 << 16, 3, zipfile.ZIP_DEFLATED
            new.writestr(info, content)
    return out.getvalue()


def content_digest(data: bytes) -> str:
    """Return SHA-256 over each member's name and uncompressed bytes: the same on any machine, whatever its zlib."""
    digest = hashlib.sha256()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            digest.update(name.encode() + b"\0" + archive.read(name))
    return digest.hexdigest()


ZLIB = zlib.ZLIB_RUNTIME_VERSION

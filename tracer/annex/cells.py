"""One guarded way into a cell: nothing else may touch one (annex.md section 2, safety.md S5).

Observed with openpyxl 3.1.5 and LibreOffice 7.4: text that starts with `=` becomes a live formula; a literal `_x000D_` is
read back as a line break; control characters, surrogates and U+FFFE fail at save and lose the whole export; text beyond
32,767 characters is cut without a word. Evidence is never altered: no apostrophe is added, and what cannot stand in a file
at all is replaced by a visible ASCII mark that sheet 16 counts.
"""

from __future__ import annotations

import re
from copy import copy
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal
from weakref import WeakKeyDictionary

from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.hyperlink import Hyperlink

from tracer.annex.formulas import serial
from tracer.model import CheckFailed, exponent

__all__ = [
    "LONGEST",
    "Formula",
    "Kind",
    "Link",
    "Look",
    "Raw",
    "escaped",
    "length",
    "marked",
    "money",
    "plain_number",
    "put",
]

Kind = Literal["text", "money", "date", "number", "percent", "formula", "link"]
Look = Literal["title", "heading", "data", "inferred", "note", "purpose", "warning", "list"]

LONGEST = 32_767  # characters of one cell, counted as UTF-16 units; annex.md section 2


@dataclass(frozen=True, slots=True)
class Formula:
    """A live formula with how its result looks: `kind` of the result, minor digits of money."""

    text: str
    kind: Literal["text", "money", "date", "number", "percent"] = "money"
    digits: int = 2


@dataclass(frozen=True, slots=True)
class Link:
    """Text that leads to a cell of this workbook; never to anything outside."""

    text: str
    sheet: str
    row: int


Raw = str | int | Decimal | date | Formula | Link | None

# C0 without tab and line feed, DEL, C1, surrogates, the two noncharacters: none of them can stand in a cell as it is
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


def marked(text: str) -> tuple[str, int]:
    """Return text with `[U+000B]` for what cannot be stored, and how many marks were set."""
    return _UNFIT.subn(lambda found: f"[U+{ord(found[0]):04X}]", text)


def escaped(text: str) -> str:
    """Return text so that a literal `_x000D_` is read back as these seven characters (ECMA-376, ST_Xstring)."""
    return _LOOKS_ESCAPED.sub("_x005F_", text)


def length(text: str) -> int:
    """Return the length a spreadsheet counts: UTF-16 units."""
    return len(text) + sum(c > "\uffff" for c in text)


def money(minor: int | None, currency: str) -> Decimal | None:
    """Return minor units as an exact number with the currency's own digits."""
    return None if minor is None else Decimal(minor).scaleb(-exponent(currency))


def plain_number(value: Raw) -> int | Decimal | str | None:
    """Return what a formula reads from a cell that holds no formula."""
    if isinstance(value, Link):
        return value.text
    if isinstance(value, date):
        return serial(value)
    if isinstance(value, Formula):
        raise CheckFailed("A formula was read as a value.", where=value.text)
    return value


_FONTS = {
    "title": Font(name="Arial", size=14, bold=True),
    "heading": Font(name="Arial", size=9, bold=True),
    "note": Font(name="Arial", size=9),
    "purpose": Font(name="Arial", size=9),
    "warning": Font(name="Arial", size=12, bold=True, color="FF9C0006"),
    "data": Font(name="Arial", size=9),
    "inferred": Font(name="Arial", size=9, italic=True),
    "list": Font(name="Arial", size=8, color="FF595959"),
    "link": Font(name="Arial", size=9, underline="single", color="FF1F3864"),
}
_FILLS = {
    "heading": PatternFill("solid", fgColor="FFD9E1F2"),
    "inferred": PatternFill("solid", fgColor="FFEDEDED"),
}
_LINE = Border(bottom=Side(style="hair", color="FF7F7F7F"))
_UNDER = Border(bottom=Side(style="thin", color="FF1F3864"))
_WRAP = Alignment(vertical="top", wrap_text=True)
_TOP = Alignment(vertical="top")
_RIGHT = Alignment(vertical="top", horizontal="right")


def _number_format(kind: str, digits: int) -> str:
    if kind == "money":
        return "#,##0." + "0" * digits if digits else "#,##0"
    return {"date": "yyyy-mm-dd", "percent": "0.0000%", "number": "0"}.get(kind, "General")


#: The styles that a workbook has so far, by what was asked: openpyxl would hash font, fill, border and alignment of every
#: cell anew, which took a quarter of the time of a workbook.
_STYLES: WeakKeyDictionary[Any, dict[tuple[str, Look, str, bool], Any]] = WeakKeyDictionary()


def _dress(cell: Any, kind: Kind, look: Look, number_format: str = "", *, right: bool = False) -> None:
    """Give a cell the style of its look, kind and number format."""
    font = "link" if kind == "link" and look != "heading" else look
    made = _STYLES.setdefault(cell.parent.parent, {})
    asked = (font, look, number_format, right)
    if asked not in made:
        cell.font = _FONTS[font]
        if look in _FILLS:
            cell.fill = _FILLS[look]
        if look in {"data", "inferred"}:
            cell.border = _LINE
        elif look == "heading":
            cell.border = _UNDER
        cell.alignment = _TOP if look in {"title", "note", "warning"} else _WRAP
        if number_format:
            cell.number_format = number_format
        if right:
            cell.alignment = _RIGHT
        made[asked] = cell._style
    cell._style = copy(made[asked])


def put(cell: Any, value: Raw, kind: Kind, look: Look = "data") -> None:
    """Write one value into one openpyxl cell.

    text      kept exactly, always string-typed; `quotePrefix` where a spreadsheet might take it for a formula
    money     an exact decimal, with as many digits as its currency has
    date      a calendar day, without time or zone
    number, percent, formula, link: as they say; a link stays inside the workbook

    Raises: CheckFailed for a value that does not fit its kind.
    """
    if value is None:
        _dress(cell, kind, look)
    elif kind == "text" and isinstance(value, str):
        _dress(cell, kind, look)
        _text(cell, value)
    elif kind == "link" and isinstance(value, Link):
        _dress(cell, kind, look)
        _text(cell, value.text)
        cell.hyperlink = Hyperlink(ref="A1", location=f"'{value.sheet}'!A{value.row}")
    elif kind == "formula" and isinstance(value, Formula):
        _dress(cell, kind, look, _number_format(value.kind, value.digits), right=value.kind != "text")
        cell.value = value.text
    elif kind == "money" and isinstance(value, Decimal):
        sign, _, places = value.as_tuple()
        del sign
        _dress(cell, kind, look, _number_format("money", max(0, -int(places))), right=True)
        cell.value = value
    elif kind == "date" and type(value) is date:
        _dress(cell, kind, look, _number_format("date", 0))
        cell.value = value
    elif kind in {"number", "percent"} and isinstance(value, int | Decimal):
        _dress(cell, kind, look, _number_format(kind, 0), right=True)
        cell.value = value
    else:
        raise CheckFailed(
            f"A cell of kind {kind} was given a {type(value).__name__}.",
            where="annex.cells.put",
            meaning="The annex is not written: a value of the wrong kind could be read as another figure.",
            next_call="report it: the writer of this sheet is at fault, not the case",
        )


def _text(cell: Any, text: str) -> None:
    if length(text) > LONGEST:
        raise CheckFailed(
            f"A text of {length(text)} characters was not cut into notes.",
            where="annex.cells.put",
            meaning="A spreadsheet would cut it without a word.",
            next_call="report it: texts reach a cell only through the plan of the workbook",
        )
    clean, _ = marked(text)
    cell.value = None
    # the value is set past openpyxl's own typing, which would make a formula of "=..." and an error of "#N/A"
    cell._value = escaped(clean)
    cell.data_type = "s"
    if clean[:1] in {"=", "+", "-", "@", "\t"}:
        cell.quotePrefix = True

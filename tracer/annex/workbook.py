"""From the plan to the bytes of the workbook: lay out, evaluate, check, write, fill.

Everything is known before a cell is written: the value of every formula comes from the exact evaluator, and a check that
fails, or a difference between engine and sheet, stops here.
"""

from __future__ import annotations

import io
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from openpyxl import Workbook as File
from openpyxl.cell import WriteOnlyCell
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties

from tracer.annex.cells import Formula, Kind, Link, Look, Raw, marked, plain_number, put
from tracer.annex.emptiness import untraced, why
from tracer.annex.formulas import Book, Place, Value, column_letter
from tracer.annex.plan import FIRST, Block, Column, Plan, Sheet
from tracer.annex.sheets import (
    s01_cover,
    s02_checks,
    s03_request,
    s04_parties,
    s05_accounts,
    s06_offences,
    s07_events,
    s08_transactions,
    s09_wires,
    s10_trace,
    s11_flow,
    s12_assets,
    s13_owners,
    s14_nexus,
    s15_methods,
    s16_gaps,
    s17_exhibits,
    s18_timeline,
    s19_wealth,
    s20_orders,
    s21_audit,
    s22_glossary,
    s23_sensitivity,
    s24_run,
    s25_explained,
)
from tracer.annex.texts import fit
from tracer.annex.zipped import filled, stable
from tracer.model import CheckFailed, Dossier, Requirement

__all__ = ["Workbook", "planned", "rendered", "workbook"]

_PAGE_CHARACTERS = 210  # of nine points on the width of a landscape A4 page, still legible
_INLINE_LIST = 255  # characters of a list that a validation can hold by itself


@dataclass(slots=True)
class Workbook:
    """A finished workbook: its bytes, and the value of every formula by sheet and cell."""

    data: bytes
    values: dict[str, dict[str, Value]] = field(default_factory=dict)


def planned(
    dossier: Dossier, requirements: Sequence[Requirement], route: str, override: tuple[str, str] | None = None
) -> Plan:
    """Return the plan of all sheets. Raises `CheckFailed` if anything of class INT has come this far."""
    if any(e.evidence_class == "INT" for e in dossier.exhibits):
        raise CheckFailed(
            "An exhibit of class INT is in the dossier.",
            where="annex.write",
            meaning="Intelligence never leaves the case; nothing is written.",
            next_call="build the dossier through the export gate",
        )
    plan = Plan(dossier, requirements, route)
    for n, key in enumerate(plan.txn_order):
        plan.txn_rows[key] = (
            FIRST + n
        )  # one row per posting, in this order: sheet 08 is planned after those that link to it
    s04_parties.build(plan)
    s05_accounts.build(plan)
    s06_offences.build(plan)
    s07_events.build(plan)
    s08_transactions.build(plan)
    s09_wires.build(plan)
    traced = s10_trace.build(plan)
    if not traced:
        untraced(plan)
    s11_flow.build(plan, traced)
    s12_assets.build(plan)
    s13_owners.build(plan)
    s14_nexus.build(plan)
    s15_methods.build(plan, traced)
    s17_exhibits.build(plan)
    s05_accounts.differences(plan)
    s17_exhibits.differences(plan)
    gaps = s16_gaps.build(plan)
    for late in (s18_timeline, s19_wealth, s20_orders):
        late.build(plan)
    s21_audit.build(plan, override)
    s22_glossary.build(plan)
    for tested in (s23_sensitivity, s24_run, s25_explained):
        tested.build(plan)
    s03_request.build(plan)
    fit(plan, [t for s in plan.sheets.values() for t in s.tables()])
    s16_gaps.found(plan, gaps)
    s16_gaps.notes(plan, gaps)
    known = len(plan.notes)
    checks = s02_checks.build(plan, traced)
    cover = s01_cover.build(plan, override)
    fit(plan, [checks, cover])
    s16_gaps.more_notes(plan, gaps, known)
    return plan


def workbook(
    dossier: Dossier, requirements: Sequence[Requirement], *, route: str = "R4", override: tuple[str, str] | None = None
) -> Workbook:
    """Return the workbook of a dossier.

    Raises: CheckFailed where a check on sheet 02 fails; `override` = (who, reason) writes it all the same, and says so on
    sheets 01 and 21.
    """
    return rendered(planned(dossier, requirements, route, override), override)


def rendered(plan: Plan, override: tuple[str, str] | None = None) -> Workbook:
    """Return the workbook of a plan: laid out, evaluated, checked, written, filled."""
    sheets = sorted(plan.sheets.values(), key=lambda s: s.tab)
    laid = {sheet.tab: _Laid(plan, sheet) for sheet in sheets}
    values = _evaluate(laid)
    if override is None:
        _refuse_failures(plan, values)
    return Workbook(_written(plan, sheets, laid, values), values)


@dataclass(slots=True)
class _Cell:
    value: Raw
    kind: Kind
    look: Look = "data"


class _Laid:
    """The cells of one sheet, row by row; what the evaluator reads and what the writer writes are the same."""

    def __init__(self, plan: Plan, sheet: Sheet) -> None:
        self.sheet = sheet
        self.rows: dict[int, dict[int, _Cell]] = {}
        self._head(plan)
        for n, block in enumerate(sheet.tables()):
            self._block(block, why(plan, sheet.tab) if n == 0 else None)
        self.lists = self._lists()

    def at(self, row: int, column: int, value: Raw, kind: Kind = "text", look: Look = "data") -> None:
        self.rows.setdefault(row, {})[column] = _Cell(value, kind, look)

    def _head(self, plan: Plan) -> None:
        sheet = self.sheet
        draft = "DRAFT 草案 · " if plan.is_draft else ""
        self.at(1, 1, _short(draft + sheet.title_en), "text", "title")
        self.at(2, 1, _short(draft + sheet.title_zh), "text", "title")
        self.at(3, 1, f"Status 性质: {sheet.status} · {sheet.purpose[0]} · {sheet.purpose[1]}", "text", "purpose")
        self.at(4, 1, "rows 行数", "text", "note")
        key = "row_id" if sheet.meta else sheet.columns[0].key
        if sheet.rows:
            self.at(4, 2, Formula(f'=COUNTIFS({sheet.span(key)},"<>")', "number"), "formula", "note")
        else:
            self.at(4, 2, 0, "number", "note")  # the line that says why stands where a row would be counted
        totals = list(sheet.totals)
        if sheet.meta:
            for word, zh in (("documented", "有据"), ("inferred", "推断"), ("assumed", "假设")):
                totals.append((f"{word} {zh}", Formula(f'=COUNTIFS({sheet.span("confidence")},"{word}")', "number")))
        for n, (label, value) in enumerate(totals):
            self.at(4, 3 + 2 * n, label, "text", "note")
            self.at(4, 4 + 2 * n, value, "formula" if isinstance(value, Formula) else "number", "note")

    def _block(self, block: Block, reason: tuple[str, str] | None) -> None:
        """Lay one table; `reason`, of the main table, says why it may be empty."""
        if reason is None:
            self.at(block.top - 3, 1, f"{block.title[0]} · {block.title[1]}", "text", "note")
        for n, column in enumerate(block.columns, 1):
            self.at(block.top - 2, n, column.en, "text", "heading")
            self.at(block.top - 1, n, column.zh, "text", "heading")
        confidence = block.places.get("confidence")
        for number, row in enumerate(block.rows, block.top):
            shaded = confidence is not None and row[confidence] in {"inferred", "assumed"}
            for n, (value, column) in enumerate(zip(row, block.columns, strict=True), 1):
                self.at(number, n, value, _kind(value, column), "inferred" if shaded else "data")
        if not block.rows:
            told = f": {reason[0]} · {reason[1]}" if reason else ""
            self.at(block.top, 1, f"0 rows 无记录{told}", "text", "note" if told else "data")

    def _lists(self) -> dict[str, str]:
        """Print each closed list on the right edge; return column key -> range of its list."""
        found: dict[str, str] = {}
        columns = [c for c in self.sheet.columns if c.kind == "E" and c.choices]
        for n, column in enumerate(columns):
            place = len(self.sheet.columns) + 2 + n
            self.at(5, place, f"list: {column.en}", "text", "list")
            self.at(6, place, f"列表：{column.zh}", "text", "list")
            for k, choice in enumerate(column.choices):
                self.at(FIRST + k, place, choice, "text", "list")
            letter = column_letter(place)
            found[column.key] = f"${letter}${FIRST}:${letter}${FIRST + len(column.choices) - 1}"
        return found

    def formulas(self) -> Iterator[tuple[int, int, Formula]]:
        """Yield every formula, data rows before the head, so that most of what a total needs is known."""
        for row in sorted(self.rows, key=lambda r: (r < FIRST, r)):
            for column, cell in sorted(self.rows[row].items()):
                if isinstance(cell.value, Formula):
                    yield row, column, cell.value


def _kind(value: Raw, column: Column) -> Kind:
    if isinstance(value, Formula):
        return "formula"
    if isinstance(value, Link):
        return "link"
    if value is None or isinstance(value, str):
        return "text"
    if isinstance(value, Decimal):
        return "percent" if column.kind == "P" else "money"
    return "number" if isinstance(value, int) else "date"


class _Cells:
    """All laid sheets as the evaluator reads them."""

    def __init__(self, laid: dict[str, _Laid]) -> None:
        self._laid = laid

    def _cell(self, place: Place) -> _Cell | None:
        return self._laid[place.sheet].rows.get(place.row, {}).get(place.column)

    def formula(self, place: Place) -> str | None:
        cell = self._cell(place)
        return cell.value.text if cell is not None and isinstance(cell.value, Formula) else None

    def plain(self, place: Place) -> Value:
        cell = self._cell(place)
        value = plain_number(cell.value) if cell is not None else None
        if isinstance(value, Decimal):
            exact = Fraction(value)
            return exact.numerator if exact.denominator == 1 else exact
        return value


def _evaluate(laid: dict[str, _Laid]) -> dict[str, dict[str, Value]]:
    """Return sheet -> cell -> value of every formula; tracing sheets first, checks and cover last."""
    book = Book(_Cells(laid))
    order = sorted(laid, key=lambda tab: (tab in {"01_COVER", "02_CHECKS"}, not tab.startswith("10_"), tab))
    values: dict[str, dict[str, Value]] = {tab: {} for tab in laid}
    for tab in order:
        for row, column, _ in laid[tab].formulas():
            values[tab][f"{column_letter(column)}{row}"] = book.value(Place(tab, row, column))
    return values


def _refuse_failures(plan: Plan, values: dict[str, dict[str, Value]]) -> None:
    checks = plan.sheets["02_CHECKS"]
    failed = [
        f"{checks.get('check_id', n)} ({checks.get('statement_en', n)})"
        for n in range(checks.top, checks.next_row)
        if values["02_CHECKS"][checks.at("result", n)] not in {"PASS", "NOT RECONCILED"}
    ]
    if failed:
        raise CheckFailed(
            f"{len(failed)} checks fail: {'; '.join(failed[:3])}.",
            where="02_CHECKS",
            meaning="The annex contradicts itself and is not written.",
            next_call="annex.write(..., override=(who, reason)) writes it with the failure on its cover, or correct the input",
        )


def _written(plan: Plan, sheets: Sequence[Sheet], laid: dict[str, _Laid], values: dict[str, dict[str, Value]]) -> bytes:
    file = File(write_only=True)
    file.calculation.fullCalcOnLoad = True
    file.properties.creator = "tracer"
    for sheet in sheets:
        _write(plan, file, laid[sheet.tab])
    buffer = io.BytesIO()
    file.save(buffer)
    return _with_values(buffer.getvalue(), plan, sheets, values)


def _with_values(data: bytes, plan: Plan, sheets: Sequence[Sheet], values: dict[str, dict[str, Value]]) -> bytes:
    parts: dict[str, bytes] = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for n, sheet in enumerate(sheets, 1):
            name = f"xl/worksheets/sheet{n}.xml"
            parts[name] = filled(archive.read(name), values[sheet.tab], sheet.tab)
    return stable(data, plan.case.as_of, parts)


def _write(plan: Plan, file: Any, laid: _Laid) -> None:
    sheet = laid.sheet
    page = file.create_sheet(sheet.tab)
    for n, column in enumerate(sheet.columns, 1):
        page.column_dimensions[column_letter(n)].width = column.width
    for n in range(len(laid.lists)):
        page.column_dimensions[column_letter(len(sheet.columns) + 2 + n)].width = 14
    _page_setup(plan, page, sheet)
    last = column_letter(len(sheet.columns))
    page.auto_filter.ref = f"A6:{last}{sheet.last}"
    for key, area in laid.lists.items():
        page.data_validations.append(_validation(area, f"{sheet.at(key, sheet.top)}:{sheet.at(key, sheet.last)}"))
    for block in sheet.blocks:
        for column in block.columns:
            inline = '"' + ",".join(column.choices) + '"'
            if column.choices and len(inline) <= _INLINE_LIST:
                page.data_validations.append(
                    _validation(inline, f"{block.at(column.key, block.top)}:{block.at(column.key, block.last)}")
                )
    across, room = _first_page(sheet)
    if across > 1:  # one long line would be cut at the edge of the page; rows of data are never merged
        page.merged_cells.add(f"A3:{column_letter(across)}3")
    for row in range(1, max(laid.rows) + 1):
        cells = laid.rows.get(row, {})
        page.row_dimensions[row].height = _height(cells, sheet.columns, room)
        page.append([_cell(page, cells.get(n)) for n in range(1, max(cells, default=0) + 1)])


def _cell(page: Any, cell: _Cell | None) -> Any:
    made = WriteOnlyCell(page)
    if cell is not None:
        put(made, cell.value, cell.kind, cell.look)
    return made


def _short(text: str, most: int = 200) -> str:
    """Return a title or footer of bounded length; the whole text stands in a row of the cover (a footer holds 255)."""
    clean = marked(text)[0]
    return clean if len(clean) <= most else clean[: most - 1] + "…"


def _first_page(sheet: Sheet) -> tuple[int, int]:
    """Return how many columns surely stand on the first page in print, and their width in characters."""
    total = sum(c.width for c in sheet.columns)
    most = total * 97 // 100 // max(1, -(-total // _PAGE_CHARACTERS))  # a page holds at least its share of the width
    across, room = 1, sheet.columns[0].width
    for column in sheet.columns[1:]:
        if room + column.width > most:
            break
        across, room = across + 1, room + column.width
    return across, room


def _height(cells: Mapping[int, _Cell], columns: Sequence[Column], purpose: int) -> float:
    """Return the height of a row that shows every wrapped line: a file that states none is opened one line high."""
    lines = 1
    for n, cell in cells.items():
        if cell.look == "title":
            return 20.0
        text = cell.value.text if isinstance(cell.value, Link) else cell.value
        if cell.look == "purpose" and isinstance(text, str):
            lines = max(lines, -(-_width(text) // max(4, purpose)))
        if cell.look in {"data", "inferred", "heading"} and isinstance(text, str) and n <= len(columns):
            room = max(4, int(columns[n - 1].width * (1.0 if cell.look == "heading" else 1.1)) - 1)
            lines = max(lines, sum(-(-_width(line) // room) or 1 for line in text.split("\n")))
    return min(409.0, 12.0 * lines + 3.0)  # 409 points is the most a row can have


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _validation(source: str, cells: str) -> DataValidation:
    made = DataValidation(type="list", formula1=source, allow_blank=True, showErrorMessage=True)
    made.add(cells)
    return made


def _page_setup(plan: Plan, page: Any, sheet: Sheet) -> None:
    page.freeze_panes = f"A{FIRST}"
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", 9
    total = sum(c.width for c in sheet.columns)
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = max(1, -(-total // _PAGE_CHARACTERS)), 0
    page.print_title_rows = "1:6"
    if page.page_setup.fitToWidth > 1:
        page.print_title_cols = "A:A"
    page.page_margins.left = page.page_margins.right = 0.4
    page.page_margins.top = page.page_margins.bottom = 0.8
    page.page_margins.header = page.page_margins.footer = 0.3
    case = plan.case
    quiet = f"{_short(case.id, 60)} · v{case.version:02d}".replace("&", "&&")
    draft = "DRAFT 草案 · " if plan.is_draft else ""
    page.oddHeader.center.text = f"{draft}{_short(case.classification, 60).replace('&', '&&')}"
    page.oddFooter.center.text = f"{quiet} · &A · page &P of &N · Bates [P]"

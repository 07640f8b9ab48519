"""Bytes to rows of text: what a table is called never decides what it is."""

import io
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest

from tests.connectors.tables import source
from tracer.ingest.cells import (
    BadCell,
    DayFormat,
    Numbers,
    excel_damage,
    infer_decimal,
    read_amount,
    read_day,
    settle_formats,
)
from tracer.ingest.tabular import guess_delimiter, sheets, split_text
from tracer.ingest.workbook import cell_text, inspect


def cells(text: str, delimiter: str = ";") -> list[tuple[str, ...]]:
    return [row.cells for row in split_text(text, delimiter)]


def test_rows_are_numbered_as_a_spreadsheet_shows_them() -> None:
    rows = list(split_text('a;b\n\n"two\nlines";c\r\nlast', ";"))
    assert [(r.number, r.cells, r.lines) for r in rows] == [
        (1, ("a", "b"), 1),
        (2, ("",), 1),
        (3, ("two\nlines", "c"), 2),
        (4, ("last",), 1),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('5" pipe;x', [('5" pipe', "x")], id="an inch sign is no quote"),
        pytest.param('"he said ""no""";x', [('he said "no"', "x")], id="doubled quotes"),
        pytest.param('="0012";x', [("0012", "x")], id="text wrapper of a spreadsheet"),
        pytest.param("a;b\rc;d", [("a", "b"), ("c", "d")], id="carriage returns alone end lines"),
        pytest.param("a\u2028b;c", [("a\u2028b", "c")], id="U+2028 ends no line"),
        pytest.param("=1+1;@x", [("=1+1", "@x")], id="what looks like a formula is text"),
        pytest.param("\ufeffa;b", [("a", "b")], id="byte order mark"),
    ],
)
def test_cells(text: str, expected: list[tuple[str, ...]]) -> None:
    assert cells(text) == expected


def test_a_quote_that_is_never_closed_costs_its_own_line() -> None:
    rows = list(split_text('a;b\n"open;b\n' + "c;d\n" * 500, ";"))
    assert [r.broken for r in rows[:3]] == ["", "quote-not-closed", ""]
    assert len(rows) == 502
    assert rows[1].raw == '"open;b'


def test_lines_add_up_to_the_file() -> None:
    text = 'a\n"b\nc"\n\n"x\n' + "d\n" * 300
    assert sum(row.lines for row in split_text(text, ";")) == text.count("\n")


def test_a_million_columns_and_a_long_field_cost_their_own_line() -> None:
    text = "a;b\n" + ";" * 999_000 + "\n" + "x" * 100_001 + ";y\n" + "z" * 1_000_001 + "\nc;d\n"
    rows = list(split_text(text, ";"))
    assert [r.broken for r in rows] == ["", "too-many-columns", "field-too-long", "line-too-long", ""]
    assert max(len(r.raw) for r in rows) <= 100_000


@pytest.mark.parametrize("delimiter", [";", "\t", ",", "|"])
def test_the_delimiter_is_the_one_that_cuts_evenly(delimiter: str) -> None:
    rest = [mark for mark in ";,|" if mark != delimiter]
    text = "\n".join(
        delimiter.join(["2024-01-01", "12", "t" + rest[0] * (n % 3) + rest[1] * (n % 2)]) for n in range(9)
    )
    assert guess_delimiter(text) == delimiter


@pytest.mark.parametrize(
    ("name", "data"),
    [
        pytest.param("x.csv", "日期,金额\n20240101,1.00\n".encode("gb18030"), id="GB18030"),
        pytest.param("x.csv", "日期,金额\n20240101,1.00\n".encode("utf-16"), id="UTF-16 with mark"),
        pytest.param(
            "x.xls", '="日期"\t="金额"\n="20240101"\t="1.00"\n'.encode("gbk"), id=".xls that is text with tabs"
        ),
        pytest.param(
            "x.xls",
            "<html><table><tr><th>日期<th>金额</tr><tr><td>20240101</td><td>1.00</td></tr></table></html>".encode(),
            id=".xls that is HTML",
        ),
        pytest.param(
            "x.xls",
            (
                '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet><Table>'
                "<Row><Cell><Data>日期</Data></Cell><Cell><Data>金额</Data></Cell></Row>"
                "<Row><Cell><Data>20240101</Data></Cell><Cell><Data>1.00</Data></Cell></Row></Table></Worksheet></Workbook>"
            ).encode(),
            id=".xls that is SpreadsheetML",
        ),
    ],
)
def test_disguised_files_are_told_by_their_bytes(tmp_path: Path, name: str, data: bytes) -> None:
    answers = {"encoding": "gb18030"} if b"\xc8\xd5" in data else {}  # two short lines give detection nothing to go by
    (sheet,) = sheets(source(tmp_path, name, data, **answers))
    assert [row.cells for row in sheet.rows] == [("日期", "金额"), ("20240101", "1.00")]


def workbook(sheet: str, extra: dict[str, str] | None = None, properties: str = "") -> bytes:
    out = io.BytesIO()
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
        "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">{properties}<sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{sheet}</sheetData></worksheet>',
        **(extra or {}),
    }
    with zipfile.ZipFile(out, "w") as made:
        for name, text in parts.items():
            made.writestr(name, text)
    return out.getvalue()


def test_a_workbook_tells_of_formulas_links_macros_and_its_date_system(tmp_path: Path) -> None:
    data = workbook(
        '<row r="1"><c r="A1"><f>SUM(B1:B9)</f><v>12.5</v></c><c r="B1"><f>C1</f></c></row>',
        {
            "xl/externalLinks/_rels/externalLink1.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="x" Target="file:///other.xlsx" TargetMode="External"/></Relationships>',
            "xl/vbaProject.bin": "x",
        },
        '<workbookPr date1904="1"/>',
    )
    inside = inspect(data, "x.xlsm")
    assert inside.formulas == {(0, "A1"): "=SUM(B1:B9)", (0, "B1"): "=C1"}
    assert inside.marks() == (
        "formulas:2",
        "formulas-without-value:1",
        "macros-present",
        "dates-1904",
        "external-link:file:///other.xlsx",
    )
    (sheet,) = sheets(source(tmp_path, "x.xlsm", data))
    assert sheet.rows[0].cells[0] == "12.5"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1234.5599999999999, ("1234.56", "n")),
        (20240119.0, ("20240119", "n")),
        (0.1 + 0.2, ("0.3", "n")),
        (1.23e20, ("1.23E+20", "n")),
        (True, ("TRUE", "b")),
        (datetime(2024, 1, 19), ("2024-01-19", "d")),
        (date(2024, 1, 19), ("2024-01-19", "d")),
        ("  text ", ("  text ", "t")),
        ("", ("", "")),
    ],
)
def test_a_cell_becomes_text_before_anything_reads_it(value: object, expected: tuple[str, str]) -> None:
    assert cell_text(value) == expected


POINT, COMMA = Numbers(".", (","), ("$",), ("-", "()", "trailing-", "DR")), Numbers(",", (".",))


@pytest.mark.parametrize(
    ("text", "numbers", "minor"),
    [
        ("+500.00", POINT, 50000),
        ("(1,234.56)", POINT, -123456),
        ("1.234,56-", COMMA, -123456),
        ("USD 12.50", POINT, 1250),
        ("USD12.50", POINT, 1250),
        ("-USD", POINT, "amount-not-a-number"),
        ("-5.00(US)", POINT, -500),
        ("１，２３４．５６", POINT, 123456),
        ("－５．００", POINT, -500),
        ("−5.00", POINT, -500),
        ("$12.00", POINT, 1200),
        ("100.00 DR", POINT, -10000),
        ("100.00 CR", POINT, 10000),
        ("-100.00 DR", POINT, "amount-sign"),  # said twice, or undone: the file does not tell which
        ("-100.00 CR", POINT, "amount-sign"),
        ("100.00- DR", POINT, "amount-sign"),
        ("(100.00 CR)", POINT, "amount-sign"),
        ("8.850", POINT, 885),
        ("8.851", POINT, "amount-too-precise"),
        ("-2.5e+05", POINT, -25000000),
        ("1,23,456.78", POINT, 12345678),
        ("1,23", POINT, "amount-not-decimal-point"),
        ("1.204,50", POINT, "amount-not-decimal-point"),
        ("1,204.50", COMMA, "amount-not-decimal-comma"),
        ("5,", COMMA, 500),
        (",", COMMA, "amount-not-a-number"),
        (".", POINT, "amount-not-a-number"),
        ("--", POINT, None),
        ("xx.xx", POINT, None),
        ("****", POINT, None),
        ("", POINT, None),
        ("EUR 5.00", POINT, "currency-in-cell"),
        ("=1+1", POINT, "amount-not-a-number"),
        ("12.3.4", POINT, "amount-not-decimal-point"),
        ("9" * 40, POINT, "amount-not-a-number"),
        ("1e999999", POINT, "amount-not-a-number"),
    ],
)
def test_amounts(text: str, numbers: Numbers, minor: int | str | None) -> None:
    if isinstance(minor, str):
        with pytest.raises(BadCell) as error:
            read_amount(text, numbers, "USD")
        assert error.value.code == minor
    else:
        assert read_amount(text, numbers, "USD")[0] == minor


@pytest.mark.parametrize(
    ("currency", "text", "minor"), [("JPY", "1,200", 1200), ("KWD", "1.250", 1250), ("CLF", "1.2345", 12345)]
)
def test_the_exponent_is_the_currency_s(currency: str, text: str, minor: int) -> None:
    assert read_amount(text, POINT, currency)[0] == minor


@pytest.mark.parametrize(
    ("texts", "mark"),
    [
        (["1.234,50"], ","),
        (["1,234.50", "3"], "."),
        (["1.204", "2.500"], ""),
        (["12", "5"], "."),
        (["1.234.567"], ","),
        (["0.125"], "."),
    ],
)
def test_the_decimal_mark_is_inferred_only_from_proof(texts: list[str], mark: str) -> None:
    assert infer_decimal(texts) == mark


def days(*texts: str) -> tuple[DayFormat, ...]:
    return tuple(map(DayFormat, texts))


@pytest.mark.parametrize(
    ("text", "formats", "kind", "expected"),
    [
        ("31/11/2024", ("%d/%m/%Y",), "", (None, "", ("date-not-real",))),
        ("00000000", ("%Y%m%d",), "", (None, "", ("date-not-real",))),
        ("30 Feb 2024", ("%d %b %Y",), "", (None, "", ("date-not-real",))),
        ("20240119.0", ("%Y%m%d",), "", (date(2024, 1, 19), "", ("date-as-float",))),
        ("45310", ("%Y-%m-%d",), "n", (date(2024, 1, 19), "", ("date-serial",))),
        ("2024-01-19", ("%d/%m/%Y",), "d", (date(2024, 1, 19), "", ())),
        ("２０２４年１月９日", ("%Y年%m月%d日",), "", (date(2024, 1, 9), "", ())),
        ("19-Jan-24 13:05", ("%d-%b-%y %H:%M",), "", (date(2024, 1, 19), "13:05", ())),
        ("", ("%d/%m/%Y",), "", (None, "", ())),
    ],
)
def test_days(text: str, formats: tuple[str, ...], kind: str, expected: object) -> None:
    assert read_day(text, days(*formats), kind=kind) == expected


def test_the_1904_system_is_1462_days_later() -> None:
    assert read_day("43848", days("%Y-%m-%d"), kind="n", epoch_1904=True)[0] == date(2024, 1, 19)


def test_one_date_settles_the_order_of_a_file_and_none_leaves_it_open() -> None:
    both = days("%d/%m/%Y", "%m/%d/%Y")
    assert settle_formats(["01/02/2024", "13/02/2024"], both) == both[:1]
    assert settle_formats(["01/02/2024", "02/13/2024"], both) == both[1:]
    assert settle_formats(["01/02/2024"], both) is None
    assert settle_formats(["13/02/2024", "02/13/2024"], both) is None, "a file with both orders proves neither"
    assert settle_formats(["05/05/2024"], both) == both, "the same day either way"


@pytest.mark.parametrize(
    ("text", "kind", "mark"),
    [
        ("1.23E+15", "", "number-as-float"),
        ("1234567890123450000", "", "digits-after-15-are-zero"),
        ("123456789012345", "n", "number-beyond-15-digits"),
        ("1234", "n", "leading-zeros-may-be-lost"),
        ("6217990001234567890", "", ""),
        ("447882001838", "", ""),
    ],
)
def test_what_a_spreadsheet_did_to_a_number_is_seen(text: str, kind: str, mark: str) -> None:
    assert excel_damage(text, kind) == ((mark,) if mark else ())

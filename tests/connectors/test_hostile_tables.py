"""Hostile tables through the connector: read exactly, asked about, marked, or refused with a sentence; never guessed."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from connectors import table
from tests.connectors.tables import source
from tests.ingest.test_tabular import workbook
from tracer.ingest.reading import read_exhibit
from tracer.model import Posting, Reject, Statement, TracerError

PROFILE = """profile: made_up/1
match: {header: ["Date", "Amount"]}
account: {scope: file, value: "4711"}
currency: {scope: file, value: EUR}
dates: {booked: {column: Date, formats: ["%d/%m/%Y"]}}
amount: {mode: signed, column: Amount}
balance: {column: Balance}
details: [Text]
"""
PER_ROW = PROFILE.replace('{scope: file, value: "4711"}', "{scope: row, column: Account}")
COMMA = PROFILE + 'numbers: {decimal: ",", thousands: "."}\n'


def read(folder: Path, data: str | bytes, profile: str = PROFILE, name: str = "x.csv", **answers: str) -> Any:
    """Read, prove that no row is lost, and return (statements, postings, rejects)."""
    made = source(folder, name, data, profile, **answers)
    reading = read_exhibit(made, table.CONNECTOR)
    assert reading.raw == reading.tally.records == len(reading.rejects) + reading.counts.get("posting", 0)
    items = list(table.CONNECTOR.read(made))
    return tuple([one for one in items if isinstance(one, kind)] for kind in (Statement, Posting, Reject))


def csv(*rows: str, head: str = "Date,Text,Amount,Balance") -> str:
    return "\n".join((head, *rows)) + "\n"


# -- amounts


@pytest.mark.parametrize(
    ("printed", "profile", "minor"),
    [
        ('"1,234.50"', PROFILE, 123450),
        ("1234.50-", PROFILE, -123450),
        ('"(1,234.50)"', PROFILE, -123450),
        ("+500.00", PROFILE, 50000),
        ("1.234.567", COMMA, 123456700),
        ('"1.234,50"', COMMA, 123450),
        ('"1 234,50"', COMMA.replace('thousands: "."', 'thousands: " "'), 123450),
        ('"1\u00a0234,50"', COMMA.replace('thousands: "."', 'thousands: " "'), 123450),
        ('"1\u202f234,50"', COMMA.replace('thousands: "."', 'thousands: " "'), 123450),
        ("１２．５０", PROFILE, 1250),
        ("-2.5e+05", PROFILE, -25000000),
    ],
)
def test_an_amount_is_read_as_the_profile_says(tmp_path: Path, printed: str, profile: str, minor: int) -> None:
    _, (one,), rejects = read(tmp_path, csv(f"13/03/2024,a,{printed}"), profile)
    assert (one.amount, rejects) == (minor, [])


@pytest.mark.parametrize(
    ("printed", "profile"),
    [
        ('"1.234,50"', PROFILE),
        ("1.234.567", PROFILE),
        ('"1,23,45"', COMMA),
        ("12.50", COMMA),
        ('"12,50"', PROFILE),
        ("12.505", PROFILE),
        ("1e400", PROFILE),
        ("1E-9", PROFILE),
        ("NaN", PROFILE),
        ("Infinity", PROFILE),
        ("0x10", PROFILE),
        ("1_000", PROFILE),
        ("--5", PROFILE),
        ("-5-", PROFILE),
        ('"(-5.00)"', PROFILE),
        ("=1+1", PROFILE),
        ("#REF!", PROFILE),
        ("99999999999999999999.00", PROFILE),
    ],
)
def test_an_amount_in_another_style_is_set_aside_and_never_bent(tmp_path: Path, printed: str, profile: str) -> None:
    _, postings, (aside,) = read(tmp_path, csv(f"13/03/2024,a,{printed}", "14/03/2024,b,1"), profile)
    assert [one.amount for one in postings] == [100]
    assert aside.cite.locator == "row=2"
    assert aside.field == "Amount"


def test_credit_and_debit_words_decide_the_sign(tmp_path: Path) -> None:
    profile = PROFILE.replace(
        "{mode: signed, column: Amount}",
        "{mode: amount_flag, column: Amount, flag: Side, credit: [CR, 贷], debit: [DR, 借]}",
    )
    rows = ["13/03/2024,a,5.00,1,CR", "13/03/2024,b,5.00,1,DR", "13/03/2024,c,5.00,1,XX", "13/03/2024,d,5.00,1,"]
    _, postings, rejects = read(tmp_path, csv(*rows, head="Date,Text,Amount,Balance,Side"), profile)
    assert [one.amount for one in postings] == [500, -500]
    assert [one.cite.locator for one in rejects] == ["row=4", "row=5"]


# -- days


def test_day_and_month_that_no_row_settles_are_asked(tmp_path: Path) -> None:
    asking = PROFILE.replace('formats: ["%d/%m/%Y"]', 'formats: ["%d/%m/%Y", "%m/%d/%Y"]')
    with pytest.raises(TracerError, match="day|month") as question:
        read(tmp_path, csv("03/04/2024,a,1.00", "05/06/2024,b,1.00"), asking)
    assert "--answer date_order=" in question.value.next_call
    for order, month in (("dmy", 4), ("mdy", 3)):
        _, postings, _ = read(tmp_path, csv("03/04/2024,a,1.00"), asking, date_order=order)
        assert postings[0].booked.month == month


def test_one_row_settles_the_order_and_the_rest_follow(tmp_path: Path) -> None:
    asking = PROFILE.replace('formats: ["%d/%m/%Y"]', 'formats: ["%d/%m/%Y", "%m/%d/%Y"]')
    _, postings, _ = read(tmp_path, csv("03/04/2024,a,1.00", "04/25/2024,b,1.00"), asking)
    assert [one.booked.isoformat() for one in postings] == ["2024-03-04", "2024-04-25"]


@pytest.mark.parametrize(("properties", "day"), [("", "2024-03-01"), ('<workbookPr date1904="1"/>', "2028-03-02")])
def test_serial_days_follow_the_workbook_s_own_system(tmp_path: Path, properties: str, day: str) -> None:
    """45352 is 1 March 2024 counted from 1900, and 1462 days later counted from 1904."""
    data = sheet(row(2, '<c r="A2"><v>45352</v></c>', text("B2", "a"), '<c r="C2"><v>5</v></c>'), properties=properties)
    _, (one,), _ = read(tmp_path, data, name="x.xlsx")
    assert one.booked.isoformat() == day
    assert "date-serial:booked" in one.marks


# -- encodings and shapes


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "cp1252"])
def test_a_name_survives_its_encoding(tmp_path: Path, encoding: str) -> None:
    name = "Zürich Straße café" if encoding == "cp1252" else "苏黎世贸易有限公司"
    data = csv(*(f"{day:02}/03/2024,{name},1.00,{day}.00" for day in range(1, 28))).encode(encoding)
    answers = {"encoding": encoding} if encoding in {"gb18030", "cp1252"} else {}
    _, postings, rejects = read(tmp_path, data, **answers)
    assert {one.details for one in postings} == {name}
    assert (len(postings), rejects) == (27, [])


@pytest.mark.parametrize("way", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_read_by_answer_and_else_never_loaded_wrong(tmp_path: Path, way: str) -> None:
    data = csv("13/03/2024,苏黎世,1.00").encode(way)
    _, (one,), _ = read(tmp_path, data, encoding=way)
    assert one.details == "苏黎世"


def test_a_wrong_delimiter_is_refused_and_not_read_as_one_column(tmp_path: Path) -> None:
    with pytest.raises(TracerError) as refusal:
        read(tmp_path, csv("13/03/2024,a,1.00"), PROFILE + 'file: {delimiter: ";"}\n')
    assert len(refusal.value.lines()) == 5


def test_a_header_repeated_in_the_middle_is_no_line(tmp_path: Path) -> None:
    (whole,), postings, rejects = read(
        tmp_path, csv("13/03/2024,a,1.00", "Date,Text,Amount,Balance", "14/03/2024,b,2.00")
    )
    assert [one.amount for one in postings] == [100, 200]
    assert rejects == []
    assert any("row=3" in mark for mark in whole.marks)


def test_words_that_yaml_would_turn_stay_words(tmp_path: Path) -> None:
    _, postings, _ = read(tmp_path, csv(*(f"13/03/2024,{word},1.00" for word in ("NO", "YES", "off", "null", "1e3"))))
    assert [one.details for one in postings] == ["NO", "YES", "off", "null", "1e3"]


# -- account numbers that a spreadsheet damaged


def test_an_account_of_eighteen_digits_keeps_every_digit(tmp_path: Path) -> None:
    _, (one,), _ = read(
        tmp_path, csv("13/03/2024,a,1.00,,622202123456789018", head="Date,Text,Amount,Balance,Account"), PER_ROW
    )
    assert one.account == "622202123456789018"
    assert one.account_key.endswith("622202123456789018")
    assert one.marks == ()


def test_an_account_that_may_have_lost_digits_is_marked_on_every_line(tmp_path: Path) -> None:
    printed, mark = "622202123456789000", "digits-after-15-are-zero"
    rows = [f"13/03/2024,a,1.00,,{printed}", f"14/03/2024,b,1.00,,{printed}"]
    _, postings, rejects = read(tmp_path, csv(*rows, head="Date,Text,Amount,Balance,Account"), PER_ROW)
    assert (len(postings), len(rejects)) == (2, 0)
    assert all(f"{mark}:account" in one.marks for one in postings)


def test_lines_of_accounts_that_a_spreadsheet_made_alike_are_not_one_account(tmp_path: Path) -> None:
    """Two accounts of eighteen digits print as 6.22202E+17 both: which line is whose is not in the file."""
    rows = ["13/03/2024,a,1.00,,6.22202E+17", "14/03/2024,b,2.00,,6.22202E+17", "15/03/2024,c,3.00,,622202123456789018"]
    _, postings, rejects = read(tmp_path, csv(*rows, head="Date,Text,Amount,Balance,Account"), PER_ROW)
    assert [one.account for one in postings] == ["622202123456789018"]
    assert [(one.code, "6.22202E+17" in one.raw) for one in rejects] == [("account-lost-digits", True)] * 2


# -- workbooks


def text(place: str, shown: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{shown}</t></is></c>'


def row(number: int, *cells: str, more: str = "") -> str:
    return f'<row r="{number}"{more}>{"".join(cells)}</row>'


HEAD = row(1, text("A1", "Date"), text("B1", "Text"), text("C1", "Amount"), text("D1", "Balance"))


def sheet(*rows: str, extra: dict[str, str] | None = None, properties: str = "") -> bytes:
    return workbook(HEAD + "".join(rows), extra, properties)


def plain(number: int, amount: str = "5.00", **more: str) -> str:
    place = str(number)
    return row(number, text("A" + place, "13/03/2024"), text("B" + place, "a"), text("C" + place, amount), **more)


def test_hidden_rows_are_read_like_any_other(tmp_path: Path) -> None:
    _, postings, _ = read(tmp_path, sheet(plain(2), plain(3, "7.00", more=' hidden="1"')), name="x.xlsx")
    assert [one.amount for one in postings] == [500, 700]


def test_a_formula_without_a_cached_value_is_no_amount(tmp_path: Path) -> None:
    broken = row(2, text("A2", "13/03/2024"), text("B2", "a"), '<c r="C2"><f>2+3</f></c>')
    _, postings, (aside,) = read(tmp_path, sheet(broken, plain(3)), name="x.xlsx")
    assert [one.amount for one in postings] == [500]
    assert aside.cite.locator == "sheet=1/row=2"


def test_a_formula_is_read_by_its_cached_value_and_shown(tmp_path: Path) -> None:
    made = row(2, text("A2", "13/03/2024"), text("B2", "a"), '<c r="C2"><f>SUM(C3:C9)</f><v>5</v></c>')
    _, (one,), _ = read(tmp_path, sheet(made), name="x.xlsx")
    assert (one.amount, one.marks) == (500, ("formula:C2:=SUM(C3:C9)",))


def test_a_row_under_a_merged_date_is_set_aside_and_not_given_the_date_above(tmp_path: Path) -> None:
    lower = row(3, text("B3", "b"), text("C3", "7.00"))
    _, postings, rejects = read(tmp_path, sheet(plain(2), lower), name="x.xlsx")
    assert [one.amount for one in postings] == [500]
    assert [one.cite.locator for one in rejects] == ["sheet=1/row=3"]


@pytest.mark.parametrize(
    "part",
    [
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><worksheet>&x;<f/></worksheet>',
        '<!DOCTYPE a [<!ENTITY a "b">]><worksheet><f/></worksheet>',
    ],
)
def test_entities_within_a_workbook_are_refused(tmp_path: Path, part: str) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(sheet(plain(2)))) as honest, zipfile.ZipFile(out, "w") as made:
        for name in honest.namelist():
            made.writestr(name, part if name.endswith("sheet1.xml") else honest.read(name))
    with pytest.raises(TracerError) as refusal:
        read(tmp_path, out.getvalue(), name="x.xlsx")
    assert "root:" not in "\n".join(refusal.value.lines())


def test_empty_rows_before_the_last_are_no_lines(tmp_path: Path) -> None:
    far = row(50_000, text("A50000", "14/03/2024"), text("B50000", "z"), text("C50000", "7.00"))
    _, postings, rejects = read(tmp_path, sheet(plain(2), far), name="x.xlsx")
    assert ([one.amount for one in postings], rejects) == ([500, 700], [])
    assert postings[-1].cite.locator == "sheet=1/row=50000"


def test_blank_lines_without_end_are_no_lines(tmp_path: Path) -> None:
    _, postings, _ = read(tmp_path, csv("13/03/2024,a,1.00", "\n" * 50_000 + "14/03/2024,b,2.00"))
    assert [one.amount for one in postings] == [100, 200]


@pytest.mark.parametrize("stored", ["6222021234567890", "6222021234567890123", "6000000000000000", "1.5E+15"])
def test_a_numeric_account_of_more_than_fifteen_digits_is_set_aside(tmp_path: Path, stored: str) -> None:
    """Excel keeps 15 digits of a number: the account that was typed is not in the file, and its lines are nobody's."""
    head = HEAD.replace("</row>", text("E1", "Account") + "</row>")
    lines = (
        row(
            2, text("A2", "13/03/2024"), text("B2", "a"), '<c r="C2"><v>5.00</v></c>', f'<c r="E2"><v>{stored}</v></c>'
        ),
        row(
            3,
            text("A3", "14/03/2024"),
            text("B3", "b"),
            '<c r="C3"><v>6.00</v></c>',
            '<c r="E3"><v>44788200183</v></c>',
        ),
    )
    _, postings, rejects = read(tmp_path, workbook(head + "".join(lines)), PER_ROW, "x.xlsx")
    assert [(one.code, one.field) for one in rejects] == [("account-lost-digits", "Account")]
    assert "a spreadsheet shortened" in rejects[0].message
    assert "13/03/2024" in rejects[0].raw
    assert [one.account for one in postings] == ["44788200183"]


def test_an_account_above_the_table_that_a_spreadsheet_shortened_is_asked(tmp_path: Path) -> None:
    above = PROFILE.replace('value: "4711"', 'from: {preamble: "Account,(.+)"}')
    data = "Account,6.22202E+17\n" + csv("13/03/2024,a,1.00,")
    with pytest.raises(TracerError, match="a spreadsheet shortened the number"):
        read(tmp_path, data, above)
    _, postings, _ = read(tmp_path, data, above, account="622202123456789018")
    assert [one.account for one in postings] == ["622202123456789018"]

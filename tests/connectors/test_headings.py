"""Headings of two and three rows: groups, merged cells, units, two languages; every name and number here is invented."""

import io
from pathlib import Path

import openpyxl
import pytest

from connectors import table
from tests.connectors.tables import asked, source
from tracer.ingest.proposal import propose
from tracer.ingest.reading import read_exhibit
from tracer.model import Posting, Reject, Statement, UnreadableExhibit

ROWS = (["2025-01-02", "rent", 5.0, None, 95.0], ["2025-01-03", "wages", None, 7.0, 102.0])
MOVED = [(-500, 9_500), (700, 10_200)]


def book(merged: list[str], head: list[list[str | None]]) -> bytes:
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    for row in (["Account 47110815", None, None, None, None], *head, *ROWS):
        sheet.append(row)
    for area in merged:
        sheet.merge_cells(area)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


LINES = "2025-01-02,rent,5.00,,95.00\n2025-01-03,wages,,7.00,102.00\n"
HTML = (
    "<table><tr><td colspan=5>Account 47110815</td></tr>"
    "<tr><th rowspan=2>Date</th><th rowspan=2>Text</th><th colspan=2>Amount</th><th rowspan=2>Balance</th></tr>"
    "<tr><th>Debit</th><th>Credit</th></tr>"
    "<tr><td>2025-01-02</td><td>rent</td><td>5.00</td><td></td><td>95.00</td></tr>"
    "<tr><td colspan=3>2025-01-02</td><td>3.00</td><td>98.00</td></tr>"
    "<tr><td>2025-01-03</td><td>wages</td><td></td><td>7.00</td><td>105.00</td></tr></table>"
)
SPREADSHEETML = (
    '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="S"><Table>'
    '<Row><Cell><Data>Account 47110815</Data></Cell></Row><Row><Cell ss:MergeDown="1"><Data>Date</Data></Cell><Cell ss:MergeDown="1"><Data>Text</Data></Cell>'
    '<Cell ss:MergeAcross="1"><Data>Amount</Data></Cell><Cell ss:MergeDown="1"><Data>Balance</Data></Cell></Row>'
    '<Row><Cell ss:Index="3"><Data>Debit</Data></Cell><Cell><Data>Credit</Data></Cell></Row>'
    "<Row><Cell><Data>2025-01-02</Data></Cell><Cell><Data>rent</Data></Cell><Cell><Data>5.00</Data></Cell><Cell/><Cell><Data>95.00</Data></Cell></Row>"
    "<Row><Cell><Data>2025-01-03</Data></Cell><Cell><Data>wages</Data></Cell><Cell/><Cell><Data>7.00</Data></Cell><Cell><Data>102.00</Data></Cell></Row>"
    "</Table></Worksheet></Workbook>"
)


@pytest.mark.parametrize(
    ("data", "named", "moved"),
    [
        pytest.param(book(["A2:A3", "B2:B3", "C2:D2", "E2:E3"], [["Date", "Text", "Amount", None, "Balance"], [None, None, "Debit", "Credit", None]]),
                     ["Amount Debit", "Amount Credit"], MOVED, id="merged cells of a workbook"),
        pytest.param(("Account 47110815\nDate,Text,Amount,,Balance\n,,Debit,Credit,\n" + LINES).encode(), ["Amount Debit"], MOVED, id="a group in plain text"),
        pytest.param(("Account 47110815\nBooking,,Money out,Money in,Balance\nDate,Text,Amount,Amount,\n" + LINES).encode(),
                     ["Money out Amount", "Money in Amount", "Booking Date"], MOVED, id="only the group tells the side"),
        pytest.param(("Account 47110815\nDate,Text,Debit,Credit,Balance\n(YYYY-MM-DD),,(USD),(USD),(USD)\n" + LINES).encode(),
                     ["Debit (USD)", "Date (YYYY-MM-DD)"], MOVED, id="a row of units"),
        pytest.param(("账号: 47110815\n交易日期,摘要,借方,贷方,余额\nTransaction Date,Remark,Debit,Credit,Balance\n" + LINES).encode("gb18030"),
                     ["借方 Debit", "余额 Balance"], MOVED, id="two languages"),
        pytest.param(("Account 47110815\nDate,Text,Amount,,Balance\n,,Debit,Credit,\n,,USD,USD,USD\n" + LINES).encode(),
                     ["Amount Debit USD", "Balance USD"], MOVED, id="three rows"),
        pytest.param(HTML.encode(), ["Amount Debit"], [(-500, 9_500), (300, 9_800), (700, 10_500)], id="cells of HTML that span others"),
        pytest.param(SPREADSHEETML.encode(), ["Amount Debit"], MOVED, id="merged cells of SpreadsheetML"),
    ],
)  # fmt: skip
def test_rows_of_a_heading_are_joined_and_the_figures_stand_under_their_own(
    tmp_path: Path, data: bytes, named: list[str], moved: list[tuple[int, int]]
) -> None:
    proposal = propose(source(tmp_path, "a", data))
    assert all(f'"{name}"' in proposal.profile_yaml for name in named), proposal.profile_yaml
    made = source(tmp_path, "a", data, proposal.profile_yaml, **asked(proposal))
    read = read_exhibit(made, table.CONNECTOR)
    assert (read.tally.records, read.tally.set_aside, read.status) == (len(moved), 0, "loaded-and-reconciled")
    statement, *lines = table.CONNECTOR.read(made)
    assert isinstance(statement, Statement)
    assert statement.account == "47110815"
    assert [(p.amount, p.balance) for p in lines if isinstance(p, Posting)] == moved


def test_below_a_group_of_the_other_side_an_account_is_not_the_holders_own(tmp_path: Path) -> None:
    text = (
        "Date,Beneficiary,,Amount,Balance\n,Name,Account,,\n"
        "2025-01-02,Palm Ltd,DE02120300000000202051,-5.00,95.00\n2025-01-03,Reed Ltd,DE02500105170137075030,7.00,102.00\n"
    )
    proposal = propose(source(tmp_path, "a.csv", text))
    made = source(tmp_path, "a.csv", text, proposal.profile_yaml, **asked(proposal))
    statement, *lines = table.CONNECTOR.read(made)
    assert isinstance(statement, Statement)
    assert statement.account == "A1"
    assert [(p.counterparty, p.counterparty_account) for p in lines if isinstance(p, Posting)] == [
        ("Palm Ltd", "DE02120300000000202051"),
        ("Reed Ltd", "DE02500105170137075030"),
    ]


@pytest.mark.parametrize(
    "second",
    ["2025-01-01,opened,,100.00,100.00", ",carried,,,100.00", "Value,in advance,1.00,,100.00", "2025,,,,"],
)
def test_a_row_with_a_figure_is_never_a_heading(tmp_path: Path, second: str) -> None:
    text = f"Date,Text,Debit,Credit,Balance\n{second}\n{LINES}"
    proposal = propose(source(tmp_path, "a.csv", text))
    assert "header_rows" not in proposal.profile_yaml
    rigged = proposal.profile_yaml.replace('"header_row":', '"header_rows": 2, "header_row":')
    with pytest.raises(UnreadableExhibit, match="No row of the first 40 holds the header"):
        list(table.CONNECTOR.read(source(tmp_path, "a.csv", text, rigged, account="1", currency="USD")))


def test_a_heading_repeated_on_every_page_is_no_line_and_one_that_moves_stops_the_reading(tmp_path: Path) -> None:
    head = "Date,Text,Amount,,Balance\n,,Debit,Credit,\n"
    turned = "Date,Text,Amount,,Balance\n,,Credit,Debit,\n"
    text = head + LINES + head + "2025-01-04,more,1.00,,101.00\n" + turned + "2025-01-05,less,2.00,,99.00\n"
    proposal = propose(source(tmp_path, "a.csv", head + LINES))
    made = source(tmp_path, "a.csv", text, proposal.profile_yaml, account="1", currency="USD")
    found = list(table.CONNECTOR.read(made))
    assert [p.amount for p in found if isinstance(p, Posting)] == [-500, 700, -100]
    assert [(r.code, r.cite.locator) for r in found if isinstance(r, Reject)] == [("columns-moved", "row=10")]
    assert table.CONNECTOR.count(made) == 4


def test_a_line_above_the_heading_stays_above_it(tmp_path: Path) -> None:
    text = f"Currency,USD,,,\nDate,Text,Debit,Credit,Balance\n{LINES}"
    proposal = propose(source(tmp_path, "a.csv", text))
    assert "header_rows" not in proposal.profile_yaml
    assert not any("Which currency" in question for question in proposal.questions)

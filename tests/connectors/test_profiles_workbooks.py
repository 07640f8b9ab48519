"""Workbooks of Excel 97 (BIFF), and what calls itself .xls and is not: read, or refused with the right sentence.

The two .xls of fixtures/workbooks were made with LibreOffice from invented lines; nothing of them is a bank's.
"""

import shutil
from pathlib import Path

import pytest

import tracer
from connectors import table
from tests.connectors.goldens import FIXTURES, opened
from tests.connectors.tables import source
from tests.ingest.test_tabular import workbook
from tracer.case import Case
from tracer.ingest.reading import read_exhibit
from tracer.model import Posting, Reject, Statement

BOOKS = FIXTURES / "workbooks"
PROFILE = """profile: book/1
match: {header: ["Date", "Amount", "Balance"]}
account: {scope: row, column: Account}
currency: {scope: row, column: Ccy}
dates: {booked: {column: Date, formats: ["%d/%m/%Y"]}}
amount: {mode: signed, column: Amount}
numbers: {decimal: ",", thousands: ["."]}
balance: {column: Balance}
details: [Text]
"""


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return tracer.new(tmp_path / "case", id="X-1", title="Test", as_of="2026-01-01", by="A. Officer")


def test_a_true_biff_workbook_loads_through_a_shipped_profile() -> None:
    made = opened(BOOKS / "activity.xls")
    assert made.head.startswith(b"\xd0\xcf\x11\xe0")
    reading = read_exhibit(made, table.CONNECTOR)
    assert {c.check for c in reading.checks if c.outcome == "off"} == {"marks"}, (
        "a numeric account may have lost its zeros"
    )
    statement, *lines = table.CONNECTOR.read(made)
    assert isinstance(statement, Statement)
    assert {"profile:nl_abn_amro/1", "balance-proof:2/2"} <= set(statement.marks)
    assert [(str(p.booked), p.amount, p.balance, p.cite.locator) for p in lines] == [
        ("2024-03-01", 91_055, 91_055, "sheet=1/row=2"),
        ("2024-03-12", -5_025, 86_030, "sheet=1/row=3"),
        ("2024-03-20", -85_000, 1_030, "sheet=1/row=4"),
    ]
    assert lines[0].details.startswith("SEPA Overboeking Möwe Schiffahrt 东澜")


def test_a_number_of_a_workbook_has_no_decimal_mark_of_a_country(tmp_path: Path) -> None:
    """The profile says comma, as the same bank's CSV has it; the cell holds 5.005, which is not five thousand and five."""
    profile = tmp_path / "p.yaml"
    profile.write_text(PROFILE, "utf-8")
    made = opened(BOOKS / "damaged.xls", profile=str(profile))
    lines = [i for i in table.CONNECTOR.read(made) if isinstance(i, Posting)]
    assert [(p.amount, p.balance) for p in lines] == [(100, 10_600)]
    cell = '<row r="1"><c r="A1" t="inlineStr"><is><t>Date</t></is></c><c r="B1" t="inlineStr"><is><t>Amount</t></is></c><c r="C1" t="inlineStr"><is><t>Balance</t></is></c><c r="D1" t="inlineStr"><is><t>Ccy</t></is></c><c r="E1" t="inlineStr"><is><t>Account</t></is></c></row>'  # fmt: skip
    row = '<row r="2"><c r="A2" t="inlineStr"><is><t>01/03/2024</t></is></c><c r="B2"><v>5.005</v></c><c r="C2" t="inlineStr"><is><t>1.234,500</t></is></c><c r="D2" t="inlineStr"><is><t>KWD</t></is></c><c r="E2" t="inlineStr"><is><t>4711</t></is></c></row>'  # fmt: skip
    (line,) = (i for i in table.CONNECTOR.read(source(tmp_path, "k.xlsx", workbook(cell + row), PROFILE.replace("details: [Text]\n", ""))) if isinstance(i, Posting))  # fmt: skip
    assert (line.amount, line.balance) == (5_005, 1_234_500)


def test_an_account_that_excel_shortened_is_set_aside_and_one_without_its_zeros_is_marked(tmp_path: Path) -> None:
    profile = tmp_path / "p.yaml"
    profile.write_text(PROFILE, "utf-8")
    items = list(table.CONNECTOR.read(opened(BOOKS / "damaged.xls", profile=str(profile))))
    (reject,) = (i for i in items if isinstance(i, Reject))
    assert (reject.code, reject.field) == ("account-lost-digits", "Account")
    (line,) = (i for i in items if isinstance(i, Posting))
    assert (line.account, line.marks) == ("912345678", ("leading-zeros-may-be-lost:account",))


def test_a_protected_or_damaged_biff_is_refused_with_its_reason(case: Case, tmp_path: Path) -> None:
    data = (BOOKS / "activity.xls").read_bytes()
    assert data.count(b"\xe1\x00\x02\x00") == 1
    locked = tmp_path / "locked.xls"
    locked.write_bytes(data.replace(b"\xe1\x00\x02\x00", b"\x2f\x00\x02\x00"))  # FILEPASS, [MS-XLS] 2.4.117
    cut = tmp_path / "cut.xls"
    cut.write_bytes(data[:1_000])
    good = tmp_path / "good.xls"
    shutil.copy(BOOKS / "activity.xls", good)
    view = case.load(locked, cut, good)
    assert [row["outcome"] for row in view] == ["refused", "refused", "loaded-and-flagged"]
    told = view.explain()
    assert "locked.xls is protected by a password." in told
    assert "No connector claims cut.xls." in told


@pytest.mark.parametrize(
    ("name", "data"),
    [
        pytest.param("text.xls", "交易日期\t收入\t支出\t余额\t币种\n20240105\t100.00\t\t150.00\t人民币\n20240106\t\t30.00\t120.00\t人民币\n".encode("gb18030"), id="text with tabs, GBK"),
        pytest.param("html.xls", "<html><body><table><tr><td>交易日期</td><td>收入</td><td>支出</td><td>余额</td><td>币种</td></tr><tr><td>20240105</td><td>100.00</td><td></td><td>150.00</td><td>人民币</td></tr><tr><td>20240106</td><td></td><td>30.00</td><td>120.00</td><td>人民币</td></tr></table></body></html>".encode(), id="HTML"),
        pytest.param("utf16.csv", "交易日期,收入,支出,余额,币种\n20240105,100.00,,150.00,CNY\n20240106,,30.00,120.00,CNY\n".encode("utf-16"), id="UTF-16"),
        pytest.param("multi.csv", '交易日期,收入,支出,余额,摘要,币种\n20240105,100.00,,150.00,"first\nsecond",CNY\n20240106,,30.00,120.00,x,CNY\n合计,100.00,30.00,,,\n'.encode(), id="cells over two lines, a footer"),
    ],
)  # fmt: skip
def test_the_same_lines_in_every_disguise(case: Case, tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    (row,) = view = case.load(path, answers={"account": "6217990001234567890"})
    assert (row["outcome"], row["raw"], row["set_aside"]) == ("loaded-and-reconciled", 2, 0), view.explain()
    held = sorted((p["amount"], p["balance"]) for p in case.ledger.scan("posting").to_pylist())
    assert held == [(-3_000, 12_000), (10_000, 15_000)]

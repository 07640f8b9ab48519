"""Days of tables in forms of their own: years of the Republic of China, and instants as OFX writes them."""

from pathlib import Path
from typing import Any

from tests.connectors.test_guessed_plausibly import aside, guessed
from tracer.ingest.cells import DayFormat, read_day
from tracer.ingest.marks import kind_of
from tracer.model import Posting

ROWS = "113/05/01,a,,250.00,1250.00\n113/02/29,b,200.50,,1049.50\n112/02/29,c,,1.00,1050.50\n"


def days(items: list[Any]) -> list[str]:
    return sorted(str(one.booked) for one in items if isinstance(one, Posting))


def test_years_of_the_republic_are_proposed_under_taiwanese_headings_and_asked_about(tmp_path: Path) -> None:
    asked, items = guessed(tmp_path, f"交易日期,說明,支出,存入,餘額\n{ROWS}", account="4711", currency="TWD")
    assert days(items) == ["2024-02-29", "2024-05-01", "None"]  # no 29 February in the year 112, which is 2023
    assert "Are the years those of the Republic of China?" in asked
    assert "republic-era:113:booked" in {mark for one in items if isinstance(one, Posting) for mark in one.marks}
    assert kind_of("republic-era:113:booked").touches == "reading"


def test_under_other_headings_they_are_asked_and_nothing_is_read(tmp_path: Path) -> None:
    asked, items = guessed(tmp_path, f"Date,Text,Debit,Credit,Balance\n{ROWS}", account="4711", currency="USD")
    assert days(items) == []
    assert {code for _, code in aside(items)} == {"date-unreadable"}
    assert "years of the Republic of China: formats: ['%Ey/%m/%d']" in asked


def test_a_year_that_says_its_era_is_read() -> None:
    form = DayFormat("民國%Ey年%m月%d日")
    assert str(read_day("民國113年5月1日", [form])[0]) == "2024-05-01"
    assert str(read_day("民國99年12月31日", [form])[0]) == "2010-12-31"
    assert read_day("民國00年12月31日", [form])[0] is None
    assert DayFormat("%Ey/%m/%d").order == "ymd"


def test_an_instant_as_ofx_writes_it_is_its_printed_day(tmp_path: Path) -> None:
    table = "Date,Text,Amount,Balance\n20091224120000[0:GMT],a,-5.00,95.00\n20091225000000.000[-5:EST],b,20.00,115.00\n"
    _, items = guessed(tmp_path, table, account="4711", currency="USD")
    assert days(items) == ["2009-12-24", "2009-12-25"]
    assert [one.time for one in items if isinstance(one, Posting)] == ["12:00:00", "00:00:00"]

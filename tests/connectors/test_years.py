"""Days printed without a year: what states it, over a year's turn, and what is asked where nothing does."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from connectors import pdf_statement, table
from tests.connectors.goldens import opened
from tests.connectors.pdf_pages import draw, english
from tests.connectors.tables import asked, source
from tracer.ingest import NeedsAnswer
from tracer.ingest.proposal import propose
from tracer.ingest.reading import read_exhibit
from tracer.ingest.years import days_in, span_of
from tracer.model import Fact, Posting, Reject, Statement, UnreadableExhibit

HEAD = "Account 47110815\n"
COLUMNS = "Date,Text,Amount,Balance\n"
LINES = "12/30,shop,-5.00,95.00\n01/02,wages,7.00,102.00\n"
TURN = [date(2024, 12, 30), date(2025, 1, 2)]


def read(folder: Path, text: str, **answers: str) -> list[Fact | Reject]:
    proposal = propose(source(folder, "a.csv", text))
    made = source(folder, "a.csv", text, proposal.profile_yaml, **{**asked(proposal), **answers})
    assert read_exhibit(made, table.CONNECTOR).tally.records == table.CONNECTOR.count(made)
    return list(table.CONNECTOR.read(made))


def days(found: list[Fact | Reject]) -> list[date | None]:
    return [one.booked for one in found if isinstance(one, Posting)]


@pytest.mark.parametrize(
    ("stated", "columns", "lines", "told"),
    [
        ("Statement period 12/15/2024 - 01/14/2025", COLUMNS, LINES, "row=2"),
        ("Statement period: December 15, 2024 through January 14, 2025", COLUMNS, LINES.replace("12/30", "Dec 30").replace("01/02", "Jan 2"), "row=2"),
        ("Billing cycle 12/15 - 01/14/2025", COLUMNS, LINES, "row=2"),
        ("Statement date: 14 January 2025", COLUMNS, LINES, "row=2"),
        ("Zeitraum;15.12.2024;bis;14.01.2025", "Datum;Text;Betrag;Saldo\n", "30.12.;shop;-5,00;95,00\n02.01.;wages;7,00;102,00\n", "row=2"),
        ("起止日期：2024年12月15日 - 2025年01月14日", "交易日期,摘要,发生额,余额\n", LINES.replace("12/30", "12月30日").replace("01/02", "01月02日"), "row=2"),
        ("从 20241215 到 20250114", "交易日期,摘要,发生额,余额\n", LINES.replace("/", "-"), "row=2"),
        ("Période du 15/12/2024 au 14/01/2025", "Date;Libellé;Montant;Solde\n", "30/12;a;-5,00;95,00\n02/01;b;7,00;102,00\n", "row=2"),
    ],
)  # fmt: skip
def test_the_period_that_the_file_prints_gives_the_year_over_its_turn(
    tmp_path: Path, stated: str, columns: str, lines: str, told: str
) -> None:
    statement, *found = read(tmp_path, f"{HEAD}{stated}\n{columns}{lines}")
    assert days(found) == TURN
    assert isinstance(statement, Statement)
    (mark,) = [mark for mark in statement.marks if mark.startswith("year-by:")]
    assert f":{told}:" in mark
    assert all(f"year-stated:{told}:booked" in p.marks for p in found if isinstance(p, Posting))


def test_the_period_may_stand_below_the_lines_and_the_newest_line_first(tmp_path: Path) -> None:
    turned = "01/02,wages,7.00,102.00\n12/30,shop,-5.00,95.00\n"
    _, *found = read(tmp_path, f"{HEAD}{COLUMNS}{turned}\nPeriod from 12/15/2024 to 01/14/2025\n")
    assert days(found) == TURN


def test_lines_that_head_a_year_or_a_month_hold_for_the_lines_below_them(tmp_path: Path) -> None:
    text = (
        f"{HEAD}{COLUMNS}2024\n12/30,shop,-5.00,95.00\nJanuary 2025\n01/02,wages,7.00,102.00\n02/03,late,1.00,103.00\n"
    )
    found = read(tmp_path, text)
    assert days(found) == TURN
    assert [(r.code, r.cite.locator) for r in found if isinstance(r, Reject)] == [("day-outside-period", "row=7")]
    marks = [mark for p in found if isinstance(p, Posting) for mark in p.marks]
    assert marks == ["year-stated:row=3:booked", "year-stated:row=5:booked"]


@pytest.mark.parametrize(
    ("lines", "answers"),
    [
        (LINES, {}),
        (LINES, {"year": "2024"}),  # from December to January under one year: a turn, or two quiet half years
        (LINES, {"year": "24"}),
        (LINES, {"year": "2025-01-14/2024-12-15"}),
        ("2024\n" + LINES, {}),
        ("12/28,early,-1.00,100.00\n2024\n" + LINES, {}),
        ("Period 12/15/2024 - 01/14/2025\nPeriod 11/15/2024 - 12/14/2024\n" + COLUMNS + LINES, {}),
    ],
)
def test_where_nothing_states_the_year_it_is_asked_and_nothing_is_read(
    tmp_path: Path, lines: str, answers: dict[str, str]
) -> None:
    with pytest.raises(NeedsAnswer) as question:
        read(tmp_path, HEAD + (lines if lines.startswith("Period") else COLUMNS + lines), **answers)
    assert question.value.key == "year"


def test_an_answered_interval_gives_the_year_and_one_that_contradicts_the_file_is_refused(tmp_path: Path) -> None:
    statement, *found = read(tmp_path, HEAD + COLUMNS + LINES, year="2024-12-15/2025-01-14")
    assert days(found) == TURN
    assert isinstance(statement, Statement)
    assert any(mark.startswith("year-by:answer:2024-12-15/2025-01-14") for mark in statement.marks)
    stated = f"{HEAD}Statement period 12/15/2024 - 01/14/2025\n{COLUMNS}{LINES}"
    for wrong in ("2023", "2024", "2023-12-15/2024-01-14"):
        with pytest.raises(UnreadableExhibit, match="2024-12-15 to 2025-01-14"):
            read(tmp_path, stated, year=wrong)
    assert days(read(tmp_path, stated, year="2024-12-01/2025-01-31")) == TURN


@pytest.mark.parametrize(
    ("period", "day", "booked", "code"),
    [
        ("02/15/2024 - 03/14/2024", "02/29", date(2024, 2, 29), ""),
        ("02/15/2025 - 03/14/2025", "02/29", None, "day-outside-period"),
        ("12/15/2024 - 01/14/2025", "06/01", None, "day-outside-period"),
        ("12/15/2024 - 01/14/2025", "01/20", None, "day-outside-period"),
        ("01/01/2023 - 12/31/2024", "03/14", None, "day-in-two-years"),
    ],
)
def test_a_day_that_is_no_one_day_of_the_period_is_set_aside(
    tmp_path: Path, period: str, day: str, booked: date | None, code: str
) -> None:
    lines = f"{period[:5]},first,-5.00,95.00\n{day},shop,-5.00,90.00\n"
    found = read(tmp_path, f"{HEAD}Statement period {period}\n{COLUMNS}{lines}", date_order="mdy")
    aside = {r.cite.locator: r.code for r in found if isinstance(r, Reject)}
    assert aside.get("row=5", "") == code
    assert booked is None or booked in days(found)


def test_a_day_that_no_year_has_stays_with_a_mark_and_a_value_date_lies_near_its_booking(tmp_path: Path) -> None:
    columns = "Date,Value date,Text,Amount,Balance\n"
    lines = "12/31,01/02,shop,-5.00,95.00\n02/30,02/28,odd,-1.00,94.00\n"
    found = read(tmp_path, f"{HEAD}Statement period 12/15/2024 - 03/14/2025\n{columns}{lines}")
    first, second = (p for p in found if isinstance(p, Posting))
    assert (first.booked, first.value_date) == (date(2024, 12, 31), date(2025, 1, 2))
    assert "year-by-booking:value_date" in first.marks
    assert (second.booked, "date-not-real:booked" in second.marks) == (None, True)


def test_the_order_of_figures_is_told_by_the_period_or_asked(tmp_path: Path) -> None:
    few = "01/02,shop,-5.00,95.00\n01/03,wages,7.00,102.00\n"
    assert days(read(tmp_path, f"{HEAD}Statement period 12/15/2024 - 01/14/2025\n{COLUMNS}{few}"))[0] == date(
        2025, 1, 2
    )
    proposal = propose(source(tmp_path, "a.csv", f"{HEAD}{COLUMNS}{few}"))
    assert any("day or the month printed first" in question for question in proposal.questions)


def test_days_are_found_in_the_words_of_a_statement() -> None:
    assert days_in("du 15 décembre 2024 au 14 janvier 2025", "") == [(2024, 12, 15), (2025, 1, 14)]
    assert days_in("from Dec 15 to Jan 14, 2025; page 12 of 30", "") == [(0, 12, 15), (2025, 1, 14)]
    assert days_in("account 4711-08-15-22, 32/13/2024, 1.234,56", "dmy") == []
    assert span_of("14/01/2025 - 15/12/2024", "dmy") is None


PAGED = [
    ("12/16", "Balance brought forward", "", "", "1,000.00"),
    ("12/16", "TO OSPREY", "250.00", "", "750.00"),
    ("12/30", "WIRE IN", "", "9,000.00", "9,750.00"),
    ("12/31", "Closing balance", "", "", "9,750.00"),
    ("01/02", "Balance brought forward", "", "", "9,750.00"),
    ("01/02", "CARD", "50.25", "", "9,699.75"),
    ("01/09", "FEE", "9.75", "", "9,690.00"),
    ("01/09", "Closing balance", "", "", "9,690.00"),
]


def test_pages_without_years_take_them_from_their_own_statement(tmp_path: Path) -> None:
    """Two statements in one PDF, each with its period; then one statement over two pages, and one that states none."""
    both = ("Statement no. 1 period 12/01/2024 - 12/31/2024", "Statement no. 2 period 01/01/2025 - 01/31/2025")
    for above, lines in (
        (lambda page, of: ("Account 4711081", both[page - 1]), PAGED),
        (lambda page, of: ("Account 4711081", "Statement date 14 January 2025"), PAGED[:3] + PAGED[5:]),
        (lambda page, of: ("Account 4711081", "Thank you"), PAGED[:3] + PAGED[5:]),
    ):
        data = draw(replace(english(rows=4), above=above), lines)  # type: ignore[arg-type]
        (tmp_path / "a.pdf").write_bytes(data)
        proposal = pdf_statement.look(opened(tmp_path / "a.pdf"))
        profile = tmp_path / "drawn.yaml"
        profile.write_text(proposal.profile_yaml.replace('confirmed_by: ""', 'confirmed_by: "A. Officer"'), "utf-8")
        answers = {"profile": str(profile), "currency": "USD"}
        if above(1, 1)[1] == "Thank you":
            with pytest.raises(NeedsAnswer) as question:
                list(pdf_statement.CONNECTOR.read(opened(tmp_path / "a.pdf", **answers)))
            assert question.value.key == "year"
            answers["year"] = "2024-12-15/2025-01-14"
        found = list(pdf_statement.CONNECTOR.read(opened(tmp_path / "a.pdf", **answers)))
        assert days(found) == [date(2024, 12, 16), date(2024, 12, 30), date(2025, 1, 2), date(2025, 1, 9)]


def test_of_several_periods_in_one_table_a_person_says_which_days_it_covers(tmp_path: Path) -> None:
    text = "Statement period 12/15/2024 - 12/31/2024\nStatement period 01/01/2025 - 01/14/2025\n" + COLUMNS + LINES
    with pytest.raises(NeedsAnswer, match="it states"):
        read(tmp_path, text)
    assert days(read(tmp_path, text, year="2024-12-15/2025-01-14")) == TURN
    with pytest.raises(UnreadableExhibit, match="itself states"):
        read(tmp_path, text, year="2024-12-15/2024-12-31")

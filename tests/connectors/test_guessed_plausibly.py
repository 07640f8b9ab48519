"""Tables whose plausible reading is a wrong one: the guesser asks, the reader sets aside, and no line is bent.

Each of these was loaded with a wrong side, currency, day or account, or with a payment that was refused, and nothing said so.
"""

import io
import re
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from connectors import table
from tests.connectors.tables import source
from tracer.ingest import NeedsAnswer
from tracer.ingest.marks import kind_of
from tracer.ingest.proposal import propose
from tracer.ingest.reading import read_exhibit
from tracer.model import Posting, Reject, Statement, UnreadableExhibit

TOLD = {"account": "4711", "currency": "USD"}


def guessed(folder: Path, data: str | bytes, name: str = "x.csv", **answers: str) -> tuple[str, list[Any]]:
    """Propose a profile, read with it as it stands; return (questions, everything read)."""
    proposal = propose(source(folder, name, data))
    made = source(folder, name, data, proposal.profile_yaml, **answers)
    reading = read_exhibit(made, table.CONNECTOR)
    assert reading.raw == reading.tally.records
    return "\n".join(proposal.questions), list(table.CONNECTOR.read(made))


def lines(items: list[Any]) -> list[tuple[str, int]]:
    return [(one.currency, one.amount) for one in items if isinstance(one, Posting)]


def aside(items: list[Any]) -> list[tuple[str, str]]:
    return [(one.cite.locator, one.code) for one in items if isinstance(one, Reject)]


HEADINGS = "Date,Text,Debit,Credit"


@pytest.mark.parametrize(
    ("second", "after", "moved"),
    [
        ("Date,Text,Credit,Debit", "14/03/2024,c,,30.00", True),
        ("Text,Date,Withdrawals,Deposits", "c,14/03/2024,30.00,", True),
        ("Date,Text,Debit,Credit", "14/03/2024,c,,30.00", False),
        ("Date,Narrative,Paid out,Paid in", "14/03/2024,c,,30.00", False),
    ],
)
def test_below_headings_that_stand_over_other_columns_nothing_is_read(
    tmp_path: Path, second: str, after: str, moved: bool
) -> None:
    rows = (HEADINGS, "13/03/2024,a,100.00,", second, after, HEADINGS, "15/03/2024,d,,5.00")
    _, items = guessed(tmp_path, "\n".join(rows) + "\n", **TOLD)
    read = [("USD", -10000), ("USD", 3000), ("USD", 500)]
    assert lines(items) == ([read[0], read[2]] if moved else read)
    assert ("row=4", "columns-moved") in aside(items) if moved else "columns-moved" not in str(aside(items))


def test_headings_of_one_name_that_are_repeated_are_no_line(tmp_path: Path) -> None:
    head = "Date,Amount,Amount,Text"
    _, items = guessed(
        tmp_path, f"{head}\n13/03/2024,1.00,2.00,a\n{head}\n14/03/2024,3.00,4.00,b", **TOLD, direction="as_read"
    )
    assert (lines(items), aside(items)) == ([("USD", 100), ("USD", 300)], [])


@pytest.mark.parametrize(
    "said",
    ["(in thousands)", "Amounts (USD '000)", "Figures in millions of USD", "(USD '000)", "单位：万元", "Alle Werte in TEUR", "en milliers d'euros"],
)  # fmt: skip
def test_figures_that_are_not_printed_in_full_are_asked_about(tmp_path: Path, said: str) -> None:
    text = f"{said},,\nDate,Text,Amount\n13/03/2024,a,-10.50\n14/03/2024,b,5.25\n"
    with pytest.raises(NeedsAnswer, match="proves no amount") as asked:
        guessed(tmp_path, text, **TOLD)
    assert asked.value.key == "unit"
    questions, items = guessed(tmp_path, text, **TOLD, unit="1")
    assert ("unit=1" in questions, lines(items)) == (True, [("USD", -1050), ("USD", 525)])


def test_an_account_above_the_table_that_ends_in_zeros_is_no_unit(tmp_path: Path) -> None:
    text = "Account: 10001000 Branch (000)\n\nDate,Text,Amount\n13/03/2024,a,-10.50\n14/03/2024,b,5.25\n"
    _, items = guessed(tmp_path, text, currency="USD")
    assert lines(items) == [("USD", -1050), ("USD", 525)]


def test_a_line_in_an_unknown_currency_does_not_give_the_others_the_one_that_a_person_answers(tmp_path: Path) -> None:
    rows = ["13/03/2024,a,-500,JPY", "14/03/2024,b,1.234,KWD", "15/03/2024,c,10.50,ZZZ", "15/03/2024,c,10.50,"]
    questions, items = guessed(tmp_path, "\n".join(("Date,Text,Amount,Currency", *rows)), **TOLD)
    assert lines(items) == [("JPY", -500), ("KWD", 1234)]
    assert aside(items) == [("row=4", "currency-unknown"), ("row=5", "currency-unknown")]
    assert "2 of 4 lines print no known currency" in questions


def test_beside_an_amount_in_the_currency_of_the_account_a_plain_currency_is_that_of_the_other_amount(
    tmp_path: Path,
) -> None:
    text = "Date,Text,Amount,Currency,Amount in account currency\n13/03/2024,a,-100.00,USD,-92.50\n"
    questions, items = guessed(tmp_path, text, account="4711", currency="EUR")
    (one,) = [item for item in items if isinstance(item, Posting)]
    assert (one.currency, one.amount, one.original_currency, one.original_amount) == ("EUR", -9250, "USD", -10000)
    assert "Which currency is it?" in questions


def test_a_word_under_type_says_the_side_of_an_amount_without_a_sign(tmp_path: Path) -> None:
    text = "Date,Type,Text,Amount\n13/03/2024,Debit,a,10.00\n14/03/2024,Credit,b,20.00\n"
    questions, items = guessed(tmp_path, text, **TOLD)
    assert lines(items) == [("USD", -1000), ("USD", 2000)]
    assert "is that money in and money out?" in questions


def test_a_word_that_says_the_other_side_than_the_sign_is_asked_about(tmp_path: Path) -> None:
    text = "Date,Type,Text,Amount\n13/03/2024,Debit,a,10.00\n14/03/2024,Credit,b,20.00\n15/03/2024,Debit,c,-5.00\n"
    questions, items = guessed(tmp_path, text, **TOLD)
    assert "1 lines say one side and their sign the other (Debit beside 10.00)" in questions
    assert [one.type_code for one in items if isinstance(one, Posting)] == ["Debit", "Credit", "Debit"]


def test_a_payment_that_was_refused_is_set_aside_until_a_person_says_what_its_status_means(tmp_path: Path) -> None:
    head = "Date,Time,Name,Status,Currency,Gross,Fee,Net,Balance"
    rows = [
        "13/03/2024,10:11:12,a,Completed,USD,100.00,-3.20,96.80,96.80",
        "14/03/2024,10:11:12,b,Completed,USD,-50.00,0.00,-50.00,46.80",
        "15/03/2024,10:11:12,c,Denied,USD,-50.00,0.00,-50.00,46.80",
    ]
    questions, items = guessed(tmp_path, "\n".join((head, *rows)), account="4711")
    assert (lines(items), aside(items)) == ([("USD", 9680), ("USD", -5000)], [("row=4", "status-unknown")])
    assert "Lines that say Denied are set aside" in questions
    times = {(one.time, one.value_date) for one in items if isinstance(one, Posting)}
    assert times == {("10:11:12", None)}  # 10 November 2012 is no reading of it


@pytest.mark.parametrize(
    ("printed", "day", "time"),
    [
        ("2024-03-13 00:00:00.0", "2024-03-13", "00:00:00"),
        ("2024-03-13T10:00:00.123Z", "2024-03-13", "10:00:00"),
        ("03/13/2024 9:05", "2024-03-13", "9:05"),
        ("Mar 13 2024", "2024-03-13", ""),
    ],
)
def test_a_day_with_its_time_is_a_day(tmp_path: Path, printed: str, day: str, time: str) -> None:
    _, items = guessed(tmp_path, f"Date,Text,Amount\n{printed},a,-1.00\n", **TOLD)
    (one,) = [item for item in items if isinstance(item, Posting)]
    assert (str(one.booked), one.time.lstrip("0") or one.time) == (day, time.lstrip("0") or time)


def test_the_post_date_is_the_booking_day_and_the_effective_one_the_value_date(tmp_path: Path) -> None:
    text = "Post Date,Effective Date,Text,Amount\n3/14/2024,3/13/2024,a,-1.00\n"
    _, items = guessed(tmp_path, text, **TOLD)
    (one,) = [item for item in items if isinstance(item, Posting)]
    assert (str(one.booked), str(one.value_date)) == ("2024-03-14", "2024-03-13")


def test_sheets_of_several_accounts_are_answered_one_by_one_and_a_hidden_one_says_so(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "One"
    for sheet in (book["One"], book.create_sheet("Two")):
        sheet.sheet_state = "visible" if sheet.title == "One" else "veryHidden"
        for row in (["Date", "Text", "Amount"], ["13/03/2024", "a", -1]):
            sheet.append(row)
    held = io.BytesIO()
    book.save(held)
    data = held.getvalue()
    questions, items = guessed(tmp_path, data, "x.xlsx", currency="USD", account="11", **{"account:Two": "22"})
    assert "2 sheets hold lines (One, Two): are all of one account?" in questions
    assert [one.account for one in items if isinstance(one, Statement)] == ["11", "22"]
    hidden = ["hidden-sheet:Two" in one.marks for one in items if isinstance(one, Statement)]
    assert (hidden, kind_of("hidden-sheet:Two").is_doubt) == ([False, True], True)
    with pytest.raises(NeedsAnswer, match="account:One=… answers for the sheet 'One' alone"):
        guessed(tmp_path, data, "x.xlsx", currency="USD")


@pytest.mark.parametrize(
    ("rows", "amounts"),
    [
        (["45.10,", ",-500.00", ",-5.00"], [-4510, 50000, 500]),  # as cards print it: every credit, and no debit
        (["45.10,", ",-500.00", ",5.00"], [-4510, -50000, 500]),  # a credit taken back
        (["-45.10,", ",-500.00"], [-4510, -50000]),
    ],
)
def test_a_credit_with_a_minus_is_read_by_the_other_lines_and_is_always_in_doubt(
    tmp_path: Path, rows: list[str], amounts: list[int]
) -> None:
    text = "\n".join(("Date,Text,Debit,Credit", *(f"1{n}/03/2024,a,{row}" for n, row in enumerate(rows, 3))))
    _, items = guessed(tmp_path, text, **TOLD)
    held = [one for one in items if isinstance(one, Posting)]
    assert [one.amount for one in held] == amounts
    assert ["credit-negative" in one.marks for one in held] == [",-" in row for row in rows]
    assert kind_of("credit-negative").is_doubt


def test_a_sign_that_no_balance_proves_is_asked_about(tmp_path: Path) -> None:
    text = "Date,Description,Amount\n13/03/2024,SHOP,45.10\n14/03/2024,PAYMENT - THANK YOU,-500.00\n"
    questions, _ = guessed(tmp_path, text, **TOLD)
    assert "is an amount with a minus money out?" in questions
    questions, _ = guessed(
        tmp_path, "Date,Text,Amount,Balance\n13/03/2024,a,-1.00,9.00\n14/03/2024,a,2.00,11.00", **TOLD
    )
    assert "is an amount with a minus money out?" not in questions


def test_columns_headed_by_a_currency_are_amounts_in_it_and_not_money_in_and_out(tmp_path: Path) -> None:
    text = "Account Number,Date,Text,CAD$,USD$\n111-22,13/03/2024,a,-45.10,\n111-22,14/03/2024,b,,70.00\n"
    questions, items = guessed(tmp_path, text)
    assert (lines(items), aside(items)) == ([("CAD", -4510)], [("row=3", "amount-missing")])
    assert "Column 'USD$' holds numbers and is kept as text" in questions


def test_a_column_called_valuta_is_what_its_cells_say(tmp_path: Path) -> None:
    text = (
        "Bokföringsdag;Belopp;Namn;Saldo;Valuta\n2024/02/14;-45,10;SHOP;454,90;SEK\n2024/02/13;500,00;PAY;500,00;SEK\n"
    )
    _, items = guessed(tmp_path, text, account="4711")
    assert lines(items) == [("SEK", 50000), ("SEK", -4510)]
    german = "Buchungstag;Valuta;Text;Betrag;Saldo\n14.02.2024;15.02.2024;a;-45,10;454,90\n15.02.2024;15.02.2024;a;-4,90;450,00\n"
    _, items = guessed(tmp_path, german, **TOLD)
    assert {str(one.value_date) for one in items if isinstance(one, Posting)} == {"2024-02-15"}


def test_an_original_currency_alone_is_not_the_one_of_the_account(tmp_path: Path) -> None:
    text = (
        "Date (UTC),Text,Amount,Status,Original Currency\n13/03/2024,a,-1.00,Sent,EUR\n14/03/2024,b,5.00,Failed,EUR\n"
    )
    questions, items = guessed(tmp_path, text, **TOLD)
    assert (lines(items), aside(items)) == ([("USD", -100)], [("row=3", "status-unknown")])
    assert "Which currency is it?" in questions


@pytest.mark.parametrize(
    ("head", "rows", "amounts"),
    [
        ("Date\tNarration\tWithdrawal Amt.\tDeposit Amt.\tClosing Balance", ["13/02/24\ta\t45.10\t\t454.90", "14/02/24\tb\t\t5.00\t459.90"], [-4510, 500]),
        ("거래일시\t적요\t출금액(원)\t입금액(원)\t잔액(원)", ["2024.02.13 10:00:00\ta\t4,510\t0\t45,490", "2024.02.14 10:00:00\tb\t0\t500\t45,990"], [-4510, 500]),
        ("日付\t摘要\t支払い金額\t預かり金額\t差引残高", ["2024/2/13\ta\t4,510\t\t45,490", "2024/2/14\tb\t\t500\t45,990"], [-451000, 50000]),
    ],
)  # fmt: skip
def test_money_out_and_in_under_headings_of_more_banks(
    tmp_path: Path, head: str, rows: list[str], amounts: list[int]
) -> None:
    told = {"account": "4711"} if "원" in head else TOLD
    _, items = guessed(tmp_path, "\n".join((head, *rows)), **told, decimal=".")
    assert [one.amount for one in items if isinstance(one, Posting)] == amounts


def _statement(items: list[Any]) -> Statement:
    return next(one for one in items if isinstance(one, Statement))


@pytest.mark.parametrize(("answer", "amounts"), [("as_read", [4510, -50000]), ("turned", [-4510, 50000])])
def test_a_card_whose_direction_nobody_answered_is_flagged_and_an_answer_reads_it(
    tmp_path: Path, answer: str, amounts: list[int]
) -> None:
    text = "Date,Description,Amount\n13/03/2024,SHOP,45.10\n14/03/2024,PAYMENT - THANK YOU,-500.00\n"
    proposal = propose(source(tmp_path, "x.csv", text))
    silent = source(tmp_path, "x.csv", text, proposal.profile_yaml, **TOLD)
    reading = read_exhibit(silent, table.CONNECTOR)
    assert reading.status == "loaded-and-flagged"
    assert any(check.outcome == "off" and "direction-not-answered" in check.note for check in reading.checks)
    told = source(tmp_path, "x.csv", text, proposal.profile_yaml, **TOLD, direction=answer)
    reading = read_exhibit(told, table.CONNECTOR)
    items = list(table.CONNECTOR.read(told))
    assert (reading.status, [one.amount for one in items if isinstance(one, Posting)]) == (
        "loaded-and-reconciled",
        amounts,
    )
    assert f"direction-stated:{answer}" in _statement(items).marks


@pytest.mark.parametrize(
    "text",
    [
        "Date,Description,Amount\n13/03/2024,SHOP,45.10\n14/03/2024,SHOP,5.00\n",
        "13/03/2024,SHOP,45.10,\n14/03/2024,SALARY,,500.00\n15/03/2024,SHOP,1.00,\n",
    ],
)
def test_where_no_sign_and_no_balance_says_which_side_is_money_out_the_file_waits(tmp_path: Path, text: str) -> None:
    with pytest.raises(NeedsAnswer, match="money out") as waits:
        guessed(tmp_path, text, **TOLD)
    assert (waits.value.key, waits.value.choices) == ("direction", ("as_read", "turned"))
    _, read = guessed(tmp_path, text, **TOLD, direction="as_read")
    _, turned = guessed(tmp_path, text, **TOLD, direction="turned")
    assert [("USD", -amount) for _, amount in lines(read)] == lines(turned) != []


def test_balances_that_follow_prove_the_direction_and_masked_ones_do_not(tmp_path: Path) -> None:
    for held, is_open in (("9.00,11.00", False), ("xx.xx,xx.xx", True)):
        first, second = held.split(",")
        text = f"Date,Text,Amount,Balance\n13/03/2024,a,-1.00,{first}\n14/03/2024,b,2.00,{second}\n"
        _, items = guessed(tmp_path, text, **TOLD)
        assert ("direction-not-answered" in _statement(items).marks) is is_open


@pytest.mark.parametrize(
    ("above", "key", "answer", "both"),
    [("Currency: EUR\n", "currency", "USD", ("USD", "EUR")), ("", "decimal", ",", (",", "."))],
)
def test_an_answer_that_contradicts_the_file_is_refused_with_both(
    tmp_path: Path, above: str, key: str, answer: str, both: tuple[str, str]
) -> None:
    text = f"{above}Date,Text,Amount,Balance\n13/03/2024,a,-1.25,9.00\n14/03/2024,b,2.00,11.00\n"
    told = {"account": "4711", **({} if above else {"currency": "USD"}), key: answer}
    with pytest.raises(UnreadableExhibit, match=f"{key}={both[0]}.*says {re.escape(both[1])}"):
        guessed(tmp_path, text, **told)


def test_a_currency_that_a_person_answers_for_lines_that_print_another_flags_the_statement(tmp_path: Path) -> None:
    text = "Date,Text,Amount,Currency\n13/03/2024,a,-1.00,EUR\n14/03/2024,b,2.00,USD\n"
    _, items = guessed(tmp_path, text, **TOLD, direction="as_read")
    marks = {one.currency: one.marks for one in items if isinstance(one, Statement)}
    assert "currency-answered:USD beside EUR" in marks["EUR"]
    assert kind_of("currency-answered:USD beside EUR").touches == "currency"
    assert not any(mark.startswith("currency-answered") for mark in marks["USD"])


@pytest.mark.parametrize(("second", "is_mixed"), [("13/02/2024", True), (date(2024, 2, 13), False)])
def test_a_column_half_of_dates_and_half_of_text_is_in_doubt(tmp_path: Path, second: object, is_mixed: bool) -> None:
    book = openpyxl.Workbook()
    for row in (["Date", "Text", "Amount"], [date(2024, 5, 2), "a", -1], [second, "b", -2], ["", "", ""]):
        book.active.append(row)
    held = io.BytesIO()
    book.save(held)
    _, items = guessed(tmp_path, held.getvalue(), "x.xlsx", **TOLD)
    (made,) = [one for one in items if isinstance(one, Statement)]
    assert ("dates-mixed:1 of 2 are text" in made.marks) is is_mixed
    assert kind_of("dates-mixed:1 of 2 are text").touches == "date"


def test_an_amount_with_the_sign_of_another_currency_is_set_aside(tmp_path: Path) -> None:
    text = "Date,Text,Amount\n13/03/2024,a,-£10.00\n14/03/2024,b,€20.00\n15/03/2024,c,5.00\n16/03/2024,d,\u200e-£2.00\u202c\n"
    _, items = guessed(tmp_path, text, account="4711", currency="GBP")
    assert (lines(items), aside(items)) == (
        [("GBP", -1000), ("GBP", 500), ("GBP", -200)],
        [("row=3", "currency-in-cell")],
    )


def test_lines_of_short_account_names_never_become_one_account(tmp_path: Path) -> None:
    text = "Account,Date,Text,Amount\n111,13/03/2024,a,-1.00\n222,14/03/2024,b,2.00\n,15/03/2024,c,3.00\n"
    questions, items = guessed(tmp_path, text, currency="USD")
    assert [one.account for one in items if isinstance(one, Statement)] == ["111", "222"]
    assert ("the whole account number?" in questions, aside(items)) == (True, [("row=4", "account-missing")])


SPENT = ["13/03/2024,SHOP,-10.00", "14/03/2024,RENT,-20.50", "15/03/2024,SALARY,100.00"]


@pytest.mark.parametrize(
    ("word", "amount", "aside"),
    [
        ("Total", "69.50", "total-line"),  # net
        ("TOTAL:", "-30.50", "total-line"),  # money out
        ("Gesamtsumme", "130.50", "total-line"),  # turnover
        ("合计", "100.00", "total-line"),  # money in
        ("小计", "30.50", "total-line"),
        ("Итого", "69.50", "total-line"),
        ("Total", "-45.10", ""),  # a filling station, perhaps
        ("总计", "45.10", ""),
        ("TOTAL 4512 PARIS", "69.50", ""),
    ],
)
def test_a_dated_line_that_says_total_is_set_aside_where_it_is_the_sum_and_is_never_posted_in_silence(
    tmp_path: Path, word: str, amount: str, aside: str
) -> None:
    text = "\n".join(("Date,Text,Amount", *SPENT, f"15/03/2024,{word},{amount}", "16/03/2024,SHOP,-1.00"))
    _, items = guessed(tmp_path, text, **TOLD, direction="as_read")
    posted = [one for one in items if isinstance(one, Posting)]
    assert [one.code for one in items if isinstance(one, Reject)] == ([aside] if aside else [])
    assert len(posted) == (4 if aside else 5)
    is_word = not aside and "PARIS" not in word
    assert [one.details for one in posted if "total-or-payment" in one.marks] == ([word] if is_word else [])
    assert kind_of("total-or-payment").is_doubt


@pytest.mark.parametrize("backwards", [False, True])
def test_a_balance_tells_a_total_from_a_payment_to_a_company_of_that_name(tmp_path: Path, backwards: bool) -> None:
    rows = [
        "13/03/2024,SHOP,-10.00,90.00",
        "14/03/2024,Total,-10.00,80.00",  # a payment, though it is the sum so far as well
        "15/03/2024,RENT,-20.00,60.00",
        "15/03/2024,Total,-40.00,60.00",
        "16/03/2024,SHOP,-40.00,20.00",
    ]
    text = "\n".join(("Date,Text,Amount,Balance", *(rows[::-1] if backwards else rows)))
    _, items = guessed(tmp_path, text, **TOLD)
    posted = [one for one in items if isinstance(one, Posting)]
    assert [(one.details, one.amount) for one in posted] == [
        ("SHOP", -1000), ("Total", -1000), ("RENT", -2000), ("SHOP", -4000),
    ]  # fmt: skip
    assert not any("total-or-payment" in one.marks for one in posted)
    assert aside(items) == [("row=3" if backwards else "row=5", "total-line")]


@pytest.mark.parametrize(
    ("payee", "aside"),
    [("Summer House", ""), ("Totally Ltd", ""), ("TOTAL 4512", "total-or-payment"), ("Total", "total-or-payment")],
)
def test_a_payee_in_the_first_column_whose_name_begins_as_a_total_is_not_left_out(
    tmp_path: Path, payee: str, aside: str
) -> None:
    text = (
        f"Payee,Date,Amount\nShop,13/03/2024,-10.00\n{payee},14/03/2024,-7.00\nShop,15/03/2024,-2.00\nTotal,,-12.00\n"
    )
    _, items = guessed(tmp_path, text, **TOLD, direction="as_read")
    assert [one.code for one in items if isinstance(one, Reject)] == ([aside] if aside else [])
    assert sum(isinstance(one, Posting) for one in items) == (2 if aside else 3)


def test_a_currency_sign_in_place_of_the_decimal_mark_makes_no_hundredfold(tmp_path: Path) -> None:
    text = "Date;Text;Montant\n13/03/2024;a;-1€50\n14/03/2024;b;€20,00\n15/03/2024;c;-3,50€\n"
    _, items = guessed(tmp_path, text, account="4711", direction="as_read")
    assert (lines(items), aside(items)) == ([("EUR", 2000), ("EUR", -350)], [("row=2", "amount-not-a-number")])

"""Layouts of public sample files that nobody here wrote, told again with invented parties: each was proposed or read wrong.

A side that two words say and a third does not, a line taken for a heading, a balance under a bare currency, an account cut
out of a user's name: each figure was plausible, and none of it was said.
"""

import io
from pathlib import Path

import openpyxl
import pyarrow as pa
import pytest

from connectors import table as table_connector
from connectors import text_statement
from tests.connectors.tables import source
from tests.connectors.test_guessed_plausibly import TOLD, aside, guessed, lines
from tracer.ingest import plain_cells
from tracer.ingest.cells import BadCell, Numbers, read_amount
from tracer.ingest.fixed import looks_fixed
from tracer.ingest.marks import kind_of
from tracer.ingest.pdf_proof import Unproven
from tracer.ingest.proposal import propose
from tracer.ingest.proposal_columns import looks_day
from tracer.ingest.tabular import sheets
from tracer.model import Posting, UnreadableExhibit

PURSE = """导出信息：
商城账号名：jd_55370d18x

交易时间,商户名称,金额,收/支,交易状态,备注
2024-12-30 17:16:02\t,示例物流,10.20,支出,交易成功,
2024-12-29 13:27:56\t,示例商户,131.77(已退款89.84),支出,交易成功,
2024-12-28 13:28:32\t,自有账户,89.84,不计收支,交易成功,
"""


def test_a_word_that_says_neither_side_sets_its_line_aside_and_turns_no_other(tmp_path: Path) -> None:
    asked, items = guessed(tmp_path, PURSE, account="4711", currency="CNY")
    assert lines(items) == [("CNY", -1020)]  # it was money in, as every line was, where a person answered `as_read`
    assert aside(items) == [("row=6", "amount-not-decimal-point"), ("row=7", "direction-not-stated")]
    assert "Lines that say 不计收支" in asked
    assert "Which account is it?" in asked  # and not 55370, the middle of a user's name


def test_words_of_both_sides_make_others_neutral_and_words_of_one_side_alone_do_not(tmp_path: Path) -> None:
    rows = "Date,Text,Amount,Transaction Type\n14/03/2024,a,5.00,Deposit\n15/03/2024,b,7.00,{}\n16/03/2024,c,9.00,Fee\n"
    asked, items = guessed(tmp_path, rows.format("Withdrawal"), **TOLD)
    assert (lines(items), aside(items)) == ([("USD", 500), ("USD", -700)], [("row=4", "direction-not-stated")])
    asked, _ = guessed(tmp_path, rows.format("Deposit"), direction="as_read", **TOLD)
    assert "No amount has a sign" in asked


def test_signs_that_words_beside_them_confirm_are_not_asked_about(tmp_path: Path) -> None:
    table = "Post date,Text,Billing amount,Credit / Debit\n14/03/2024,a,-5.00,DEBIT\n15/03/2024,b,7.00,CREDIT\n"
    asked, items = guessed(tmp_path, table, **TOLD)
    assert lines(items) == [("USD", -500), ("USD", 700)]
    assert "headings stand over" not in asked
    assert "direction=" not in asked
    headless = (
        "2024/03/14,2024/03/13,DEBIT,a,5.00\n2024/03/15,2024/03/14,DEBIT,b,6.10\n2024/03/16,2024/03/16,CREDIT,c,-7.00\n"
    )
    asked, _ = guessed(tmp_path, headless, direction="turned", **TOLD)
    assert "3 lines say one side and their sign the other (DEBIT beside 5.00)" in asked


def test_a_line_whose_day_cannot_be_read_is_set_aside_and_is_no_heading(tmp_path: Path) -> None:
    table = "9-Nov-9,-123.12,,RENT,0.00\n09-Nov-10,123.12,,PAY,432.12\n4-Nov-9,88.00,,BACK,1.00\n28-Oct-10,-5.12,,FEE,0.00\n"
    _, items = guessed(tmp_path, table, date_order="dmy", direction="as_read", **TOLD)
    assert sorted(lines(items)) == [("USD", -512), ("USD", 12312)]
    assert aside(items) == [("row=1", "date-unreadable"), ("row=3", "date-unreadable")]


def test_of_two_columns_without_headings_the_one_with_minuses_is_money_out(tmp_path: Path) -> None:
    table = '4/1/2008,Check,-$76.00,"",t\n3/28/2008,Blarg,"",+$327.49,t\n3/27/2008,Check,-$800.00,"",t\n'
    asked, items = guessed(tmp_path, table, **TOLD)
    assert sorted(lines(items)) == [("USD", -80000), ("USD", -7600), ("USD", 32749)]
    assert "which is money in" not in asked


def test_the_number_of_a_bank_is_no_day() -> None:
    assert [looks_day(text) for text in ("20240229", "20230229", "50040000")] == [True, False, False]


@pytest.mark.parametrize(
    ("text", "currency", "read"),
    [
        ("2980円", "JPY", 2980),
        ("-1.500,50 TL", "TRY", -150050),
        ("'579,68", "EUR", 57968),
        ("12,50 원", "USD", None),
        ("$5,00", "EUR", None),
    ],
)
def test_a_sign_behind_a_figure_is_read_and_another_currency_refuses_it(
    text: str, currency: str, read: int | None
) -> None:
    numbers = Numbers(decimal=",", strip=("円", "TL", "원", "$"))
    if read is None:
        with pytest.raises(BadCell, match="is printed in"):
            read_amount(text, numbers, currency)
    else:
        assert read_amount(text, numbers, currency) == (read, ())


def test_a_card_of_another_alphabet_loads_with_its_first_line(tmp_path: Path) -> None:
    table = "ご利用日,ご利用店名,ご利用金額\n2026年09月03日,架空商店,2980円\n2026/09/05,返品 架空商店,-980円\n"
    _, items = guessed(tmp_path, table, account="4711", direction="turned")
    assert lines(items) == [("JPY", -2980), ("JPY", 980)]  # the first line had been taken for the heading


def test_only_money_in_is_marked(tmp_path: Path) -> None:
    table = "Post date,Text,Amount (SGD)\n05/09/2024,Coffee,12.50\n17/09/2024,Refund,60.00CR\n"
    asked, items = guessed(tmp_path, table, account="4711")
    assert lines(items) == [("SGD", -1250), ("SGD", 6000)]  # both had been money in
    assert "Only money in is marked" in asked
    profile = propose(source(tmp_path, "y.csv", table)).profile_yaml
    made = source(tmp_path, "y.csv", table.replace("12.50", "-12.50"), profile, account="4711")
    assert aside(list(table_connector.CONNECTOR.read(made))) == [("row=2", "amount-sign")]


def test_a_currency_that_differs_where_an_amount_abroad_is_printed_is_that_of_the_amount(tmp_path: Path) -> None:
    table = "Datum;Specifikation;Valuta;Utl.belopp;Belopp\n2026-03-10;Lada;SEK;;-650,00\n2026-03-12;Shop;GBP;12,34;-150,00\n"
    asked, items = guessed(tmp_path, table, account="4711", currency="SEK")
    assert lines(items) == [("SEK", -65000), ("SEK", -15000)]
    assert [(one.original_currency, one.original_amount) for one in items if isinstance(one, Posting)][1] == (
        "GBP",
        1234,
    )
    assert "what is the currency of the account?" in asked


def test_a_balance_under_a_bare_currency_is_not_taken_for_what_moved(tmp_path: Path) -> None:
    table = (
        "Date;Booking text;Debit CHF;Credit CHF;Value date;CHF\n14.03.2024;a;;75.00;14.03.2024;500.00\n"
        "13.03.2024;b;12.00;;13.03.2024;425.00\n12.03.2024;c;;48.50;12.03.2024;437.00\n11.03.2024;d;250.00;;11.03.2024;388.50\n"
    )
    _, items = guessed(tmp_path, table, account="4711")
    assert sorted(lines(items)) == [("CHF", -25000), ("CHF", -1200), ("CHF", 4850), ("CHF", 7500)]


def test_the_day_of_booking_is_taken_by_its_name(tmp_path: Path) -> None:
    for table in (
        "交易日,银行记账日,交易描述,人民币金额\n2024-12-13,2024-12-14,a,-50.00\n2024-12-15,2024-12-16,b,0.59\n",
        "Data operacji,Data księgowania,Opis,Kwota w walucie rachunku,Waluta\n2024-12-13,2024-12-14,a,-50.00,CNY\n2024-12-15,2024-12-16,b,0.59,CNY\n",
    ):
        _, items = guessed(tmp_path, table, account="4711", direction="as_read")
        assert lines(items) == [("CNY", -5000), ("CNY", 59)]
        assert [one.booked.day for one in items if isinstance(one, Posting)] == [14, 16]


def test_blank_columns_to_the_right_make_no_sheet_too_wide(tmp_path: Path) -> None:
    for filled in (False, True):
        book = openpyxl.Workbook()
        sheet = book.active
        for row in (
            ["Date", "Text", "Debit", "Credit"],
            ["2024-03-14", "a", "'579,68 USD", None],
            ["2024-03-15", "b", None, "'1.084,00 USD"],
        ):
            sheet.append(row)
        sheet.cell(2, 1_024).number_format = "0.00"
        if filled:
            sheet.cell(3, 1_024).value = 1
        kept = io.BytesIO()
        book.save(kept)
        if filled:
            with pytest.raises(UnreadableExhibit, match="1,024 columns"):
                sheets(source(tmp_path, "x.xlsx", kept.getvalue()))
        else:
            _, items = guessed(tmp_path, kept.getvalue(), "x.xlsx", account="4711")
            assert lines(items) == [("USD", -57968), ("USD", 108400)]


LABELS = "".join(
    f"datum zaúčtování:  {day}.3.2024\nčástka:            -{day}4.50\nměna:              CZK\nzůstatek:          19{day}48.87\n\n"
    for day in range(2, 9)
)
TWO_ROWS = """
       Transaction      Value
       Date             Date             Description                 Withdrawal          Deposit            Balance

                                         BALANCE B/F                                                      10,000.00
       03 SEP 2024      03 SEP 2024      FAST PAYMENT                     12.50                            9,987.50
       05 SEP 2024      05 SEP 2024      SALARY                                         3,500.00          13,487.50
       08 SEP 2024      08 SEP 2024      BILL                            250.00                           13,237.50
                                         BALANCE C/F                                                      13,237.50
"""


def test_labels_with_what_they_name_behind_them_are_no_columns(tmp_path: Path) -> None:
    assert not looks_fixed(source(tmp_path, "x.txt", LABELS))


def test_a_text_whose_upper_heading_row_says_little_alone_is_read_as_proposed(tmp_path: Path) -> None:
    asked = text_statement.CONNECTOR.look(source(tmp_path, "x.txt", TWO_ROWS))
    profile = asked.profile_yaml.replace('confirmed_by: ""', 'confirmed_by: "A. Reader"')
    items = list(
        text_statement.CONNECTOR.read(source(tmp_path, "x.txt", TWO_ROWS, profile, account="4711", currency="SGD"))
    )
    assert lines(items) == [("SGD", -1250), ("SGD", 350000), ("SGD", -25000)]


CENTRED = """
      TARIKH MASUK                        BUTIR URUSNIAGA                        JUMLAH             BAKI
       ENTRY DATE                     TRANSACTION DESCRIPTION              TRANSACTION AMOUNT   STATEMENT BALANCE

                         BEGINNING BALANCE                                                         500.00
         01/08/23        CASH WITHDRAWAL                                          120.00-          380.00
         03/08/23        IBK FUND TFR TO A/C                                      300.00+          680.00
         25/08/23        SALE DEBIT                                                45.50-          634.50
"""


def test_below_a_centred_heading_the_day_ends_where_days_end(tmp_path: Path) -> None:
    profile = text_statement.CONNECTOR.look(source(tmp_path, "x.txt", CENTRED)).profile_yaml
    profile = profile.replace('confirmed_by: ""', 'confirmed_by: "A. Reader"')
    items = list(
        text_statement.CONNECTOR.read(source(tmp_path, "x.txt", CENTRED, profile, account="4711", currency="MYR"))
    )
    assert lines(items) == [("MYR", -12000), ("MYR", 30000), ("MYR", -4550)]


def test_a_closing_day_beside_the_day_on_which_to_pay_is_no_period(tmp_path: Path) -> None:
    table = "Statement date,Pay by,Limit\n01-09-2023,22-09-2023,15000\n\nDate,Text,Amount\n{}\n"
    rows = "\n".join(f"{day}/08,a,-{day}.00" for day in (15, 16, 17))
    asked, items = guessed(tmp_path, table.format(rows), direction="as_read", year="2023", **TOLD)
    assert "nothing states it" in asked  # the lines of August were no day of 1 to 22 September, and set aside
    assert len(lines(items)) == 3


THAI = """Statement
วันที่,รายการ,ถอน,ฝาก,คงเหลือ
15/01/2568,โอน,,250.00,"1,250.00"
29/02/2567,บิล,"1,200.50",,49.50
31/01/68,ถอน,80.00,,-30.50
"""


def test_a_year_of_another_era_is_read_as_that_and_said(tmp_path: Path) -> None:
    _, items = guessed(tmp_path, THAI, account="4711", currency="THB", date_order="dmy")
    posted = [one for one in items if isinstance(one, Posting)]
    assert [(one.booked.isoformat(), one.amount) for one in posted][:2] == [
        ("2025-01-15", 25000),
        ("2024-02-29", -120050),
    ]
    assert [one.marks for one in posted][:2] == [("buddhist-era:2568:booked",), ("buddhist-era:2567:booked",)]
    assert kind_of("buddhist-era:2568:booked").touches == "reading"
    # in bulk such a day is no plain one, and is read by the same rule
    printed = pa.array(["15/01/2568", "15/01/2025"])
    assert plain_cells.days(printed, b"\0\0/\0\0/\0\0\0\0", 6, 3, 0).tolist() == [plain_cells.ODD, 20103]


@pytest.mark.parametrize(
    "headings",
    [
        "التاريخ,البيان,مدين,دائن,الرصيد", "תאריך,תיאור,בחובה,בזכות,יתרה", "Ημερομηνία,Αιτιολογία,Χρέωση,Πίστωση,Υπόλοιπο",
        "Ngày,Mô tả,Ghi nợ,Ghi có,Số dư", "交易日期,說明,支出,存入,餘額", "x1,x2,x3,x4,x5",
    ],
)  # fmt: skip
def test_money_out_stands_before_money_in_whatever_the_letters(tmp_path: Path, headings: str) -> None:
    rows = '14/09/2026,a,"1,000.00",,"9,000.00"\n15/09/2026,b,,"12,000.00","21,000.00"\n'
    _, items = guessed(tmp_path, f"{headings}\n{rows}", direction="as_read", **TOLD)
    assert lines(items) == [("USD", -100000), ("USD", 1200000)]


def test_the_currency_in_a_heading_that_no_word_list_has_is_that_of_the_account(tmp_path: Path) -> None:
    table = "Datum;Zweck;Xyz betrag (UAH);Waehrung\n15.08.2026;a;-125.50;UAH\n14.08.2026;b;-250.00;USD\n"
    _, items = guessed(tmp_path, table, account="4711", direction="as_read")
    assert sorted(lines(items)) == [("UAH", -25000), ("UAH", -12550)]  # 250.00 had been dollars
    table = "Fecha;Concepto;Tipo;Importe\n18/10/2026;a;Crédito;7.700,00\n19/10/2026;b;Débito;20.000,00\n"
    _, items = guessed(tmp_path, table, **TOLD)
    assert lines(items) == [("USD", 770000), ("USD", -2000000)]


def test_the_balance_of_last_month_is_no_movement(tmp_path: Path) -> None:
    table = "date,description,amount\n02/07/2024,LAST MONTH'S BALANCE,-500.00\n13/07/2024,PAYMENT,500.00\n14/07/2024,COFFEE,-10.00\n"
    _, items = guessed(tmp_path, table, direction="as_read", **TOLD)
    assert lines(items) == [("USD", 50000), ("USD", -1000)]


NO_WORD_ALONE = """
  Statement Date 28 FEB 2025

  Post        Trans       Description of Transaction                 Transaction Amount
  Date        Date                                                                  SGD

  01 FEB      30 JAN      COFFEE ROASTERS                                         18.50
  03 FEB      01 FEB      GROCER                                                  62.30
  07 FEB      06 FEB      REFUND                                                20.00 CR
"""


def test_a_heading_of_which_no_row_says_a_column_alone_is_found_as_proposed(tmp_path: Path) -> None:
    profile = text_statement.CONNECTOR.look(source(tmp_path, "x.txt", NO_WORD_ALONE)).profile_yaml
    profile = profile.replace('confirmed_by: ""', 'confirmed_by: "A. Reader"')
    made = source(tmp_path, "x.txt", NO_WORD_ALONE, profile, account="4711")
    with pytest.raises(Unproven) as asked:
        list(text_statement.CONNECTOR.read(made))
    signed = {one.key: "L. Chen: held against the print of the bank" for one in asked.value.breaks}
    items = list(
        text_statement.CONNECTOR.read(source(tmp_path, "x.txt", NO_WORD_ALONE, profile, account="4711", **signed))
    )
    assert lines(items) == [("SGD", -1850), ("SGD", -6230), ("SGD", 2000)]

"""Statements through a profile: what each line becomes, what is proved, what is set aside."""

from pathlib import Path

import pytest

from connectors import table
from tests.connectors.tables import source
from tests.ingest.test_tabular import workbook
from tracer.ingest import NeedsAnswer
from tracer.ingest.reading import read_exhibit
from tracer.model import Posting, Reject, Statement, UnreadableExhibit

HEAD = """profile: made_up/1
match: {header: ["Date", "Amount"]}
account: {scope: file, value: "4711"}
currency: {scope: file, value: EUR}
dates: {booked: {column: Date, formats: ["%d/%m/%Y"]}}
"""
SIGNED = HEAD + "amount: {mode: signed, column: Amount}\nbalance: {column: Balance}\ndetails: [Text]\n"


def read(folder: Path, text: str | bytes, profile: str = SIGNED, name: str = "x.csv", **answers: str):
    made = source(folder, name, text, profile, **answers)
    items = list(table.CONNECTOR.read(made))
    assert table.CONNECTOR.count(made) == sum(isinstance(i, Posting | Reject) for i in items)
    pick = lambda kind: [i for i in items if isinstance(i, kind)]  # noqa: E731
    return pick(Statement), pick(Posting), pick(Reject)


OLDEST = "Date,Text,Amount,Balance\n01/03/2024,a,5.00,105.00\n02/03/2024,b,-3.00,102.00\n02/03/2024,c,10.00,112.00\n"


def upside_down(text: str) -> str:
    head, *lines = text.strip().split("\n")
    return "\n".join([head, *reversed(lines)]) + "\n"


@pytest.mark.parametrize("turned", [False, True])
def test_lines_are_in_the_bank_s_order_and_cite_their_physical_row(tmp_path: Path, turned: bool) -> None:
    (statement,), postings, _ = read(tmp_path, upside_down(OLDEST) if turned else OLDEST)
    assert [(p.line, p.details, p.amount) for p in postings] == [(1, "a", 500), (2, "b", -300), (3, "c", 1000)]
    assert [p.cite.locator for p in postings] == (
        ["row=4", "row=3", "row=2"] if turned else ["row=2", "row=3", "row=4"]
    )
    assert (statement.opening, statement.closing) == (10000, 11200)
    assert {"opening-derived", "balance-proof:2/2", "printed:" + ("newest_first" if turned else "oldest_first")} <= set(
        statement.marks
    )


def test_a_sign_that_the_balances_contradict_is_inverted_and_marked(tmp_path: Path) -> None:
    text = "Date,Text,Amount,Balance\n01/03/2024,a,-5.00,105.00\n02/03/2024,b,3.00,102.00\n03/03/2024,c,-10.00,112.00\n"
    (statement,), postings, _ = read(tmp_path, text)
    assert [p.amount for p in postings] == [500, -300, 1000]
    assert "sign-inverted-by-balances" in statement.marks


def test_a_balance_that_does_not_tie_flags_and_does_not_refuse(tmp_path: Path) -> None:
    (statement,), postings, rejects = read(tmp_path, OLDEST.replace("102.00", "101.00"))
    assert len(postings) == 3
    assert not rejects
    assert "balance-proof:0/2" in statement.marks


def test_without_balances_nothing_is_proved_and_that_is_said(tmp_path: Path) -> None:
    (statement,), _, _ = read(tmp_path, "Date,Text,Amount\n01/03/2024,a,5.00\n", SIGNED)
    assert "unproven" in statement.marks
    assert statement.opening is None


def test_a_masked_balance_is_null_and_not_zero(tmp_path: Path) -> None:
    _, postings, _ = read(tmp_path, OLDEST.replace("102.00", "xx.xx"))
    assert [p.balance for p in postings] == [10500, None, 11200]
    assert postings[1].marks == ("amount-masked:balance",)


def test_two_identical_lines_are_two_postings(tmp_path: Path) -> None:
    _, postings, _ = read(tmp_path, "Date,Text,Amount\n01/03/2024,a,5.00\n01/03/2024,a,5.00\n")
    assert [p.cite.locator for p in postings] == ["row=2", "row=3"]


@pytest.mark.parametrize(
    ("line", "field", "code"),
    [
        ('01/03/2024,x,"1.204,50"', "Amount", "amount-not-decimal-point"),
        ("01/03/2024,x,1.005", "Amount", "amount-too-precise"),
        ("01/03/2024,x,abc", "Amount", "amount-not-a-number"),
        ("01/03/2024,x,", "Amount", "amount-missing"),
        (",x,5.00", "Date", "date-missing"),
        ("soon,x,5.00", "Date", "date-unreadable"),
        ('01/03/2024,"x,5.00', "row", "quote-not-closed"),
        ("," * 2000, "row", "too-many-columns"),
    ],
)
def test_a_bad_line_is_set_aside_and_the_rest_loads(tmp_path: Path, line: str, field: str, code: str) -> None:
    _, postings, rejects = read(tmp_path, OLDEST + line + "\n")
    assert len(postings) >= 3
    assert [(r.field, r.code, r.raw, r.cite.locator) for r in rejects] == ([(field, code, line, "row=5")])


def test_a_day_that_no_calendar_has_leaves_the_line_with_a_mark(tmp_path: Path) -> None:
    _, postings, _ = read(tmp_path, OLDEST + "31/11/2024,x,1.00,113.00\n")
    assert postings[-1].booked is None
    assert postings[-1].marks == ("date-not-real:booked",)


def test_what_looks_like_a_formula_stays_text(tmp_path: Path) -> None:
    _, (posting,), _ = read(tmp_path, 'Date,Text,Amount\n01/03/2024,"=HYPERLINK(""x"")",5.00\n')
    assert posting.details == '=HYPERLINK("x")'


def test_totals_rows_are_compared_and_never_posted(tmp_path: Path) -> None:
    profile = HEAD.replace("match:", 'file: {footer: ["合计"]}\nmatch:').replace(
        '["Date", "Amount"]', '["Date", "Out", "In"]'
    )
    profile += "amount: {mode: debit_credit, debit: Out, credit: In}\n"
    text = "Bank of Nowhere\n\nDate,Out,In\n01/03/2024,1.00,\n\n02/03/2024,,5.00\n合计,1.00,6.00\n"
    (statement,), postings, _ = read(tmp_path, text, profile)
    assert [p.amount for p in postings] == [-100, 500]
    assert (statement.total_debit, statement.total_credit) == (100, 600)
    assert "preamble:row=1:Bank of Nowhere" in statement.marks
    made = read_exhibit(source(tmp_path, "x.csv", text, profile), table.CONNECTOR)
    assert [c.difference for c in made.checks if c.check == "control_total"] == [100, 0]


def test_text_that_continues_a_line_joins_it_and_a_repeated_header_is_listed(tmp_path: Path) -> None:
    text = "Date,Text,Amount\n01/03/2024,first,5.00\n,and more,\nDate,Text,Amount\n02/03/2024,second,1.00\n"
    (statement,), postings, _ = read(tmp_path, text)
    assert [p.details for p in postings] == ["first | and more", "second"]
    assert postings[0].marks == ("continued:row=3",)
    assert any(mark.startswith("leftovers:row=4") for mark in statement.marks)


@pytest.mark.parametrize(
    ("amount", "row", "minor"),
    [
        ("mode: amount_flag, column: Amount, flag: DC, credit: [C, 贷], debit: [D, 借]", "1.00,贷", 100),
        ("mode: amount_flag, column: Amount, flag: DC, credit: [C, 贷], debit: [D, 借]", "1.00,借", -100),
        ("mode: amount_flag, column: Amount, flag: DC, credit: [C], debit: [D]", "1.00,?", None),
        ("mode: amount_flag, column: Amount, flag: DC, credit: [C], debit: [D]", "-1.00,D", None),  # twice, or undone?
        ("mode: amount_flag, column: Amount, flag: DC, credit: [C], debit: [D]", "-1.00,C", None),
        ("mode: amount_sign, column: Amount, sign: DC", "1.00,-", -100),
        ("mode: spend_positive, column: Amount", "1.00,", -100),
        ("mode: spend_positive, column: Amount", "-1.00,", 100),
    ],
)
def test_modes_of_amount(tmp_path: Path, amount: str, row: str, minor: int | None) -> None:
    tail = "" if "DC" in amount else "ignore: [DC]\n"
    _, postings, rejects = read(tmp_path, f"Date,Amount,DC\n01/03/2024,{row}\n", f"{HEAD}amount: {{{amount}}}\n{tail}")
    assert [p.amount for p in postings] == ([] if minor is None else [minor])
    expected = "amount-sign" if row.startswith("-") else "flag-unknown"
    assert [r.code for r in rejects] == ([expected] if minor is None else [])


def test_debits_printed_negative_in_their_own_column_are_debits(tmp_path: Path) -> None:
    profile = (
        HEAD.replace('["Date", "Amount"]', '["Date", "Out", "In"]')
        + "amount: {mode: debit_credit, debit: Out, credit: In}\n"
    )
    _, postings, rejects = read(
        tmp_path, "Date,Out,In\n01/03/2024,-3.40,\n02/03/2024,,5.00\n03/03/2024,1.00,2.00\n", profile
    )
    assert postings[0].amount == 340, "beside a positive debit a negative one is its reversal"
    assert [r.code for r in rejects] == ["two-amounts"]
    _, postings, _ = read(tmp_path, "Date,Out,In\n01/03/2024,-3.40,\n02/03/2024,,5.00\n", profile)
    assert postings[0].amount == -340


def test_pending_lines_are_listed_and_do_not_break_the_proof(tmp_path: Path) -> None:
    profile = SIGNED + "status: {column: State, booked: [Posted], pending: [Pending]}\n"
    text = "Date,Text,Amount,Balance,State\n01/03/2024,a,5.00,105.00,Posted\n01/03/2024,b,9.00,,Pending\n02/03/2024,c,1.00,106.00,Posted\n02/03/2024,d,1.00,,Odd\n"
    (statement,), postings, rejects = read(tmp_path, text, profile)
    assert [p.status for p in postings] == ["booked", "pending", "booked"]
    assert "balance-proof:1/1" in statement.marks
    assert rejects[0].code == "status-unknown"


def test_each_account_and_currency_of_a_table_is_a_statement_of_its_own(tmp_path: Path) -> None:
    profile = SIGNED.replace('{scope: file, value: "4711"}', "{scope: row, column: Acct}").replace(
        "{scope: file, value: EUR}", '{scope: row, column: Ccy, map: {"人民币": CNY}}'
    )
    text = "Date,Text,Amount,Balance,Acct,Ccy\n01/03/2024,a,5.00,5.00,1,EUR\n01/03/2024,b,7,7,2,JPY\n02/03/2024,c,1.00,6.00,1,EUR\n03/03/2024,d,2.00,,1,人民币\n03/03/2024,e,1.00,,1,XQX\n"
    statements, postings, rejects = read(tmp_path, text, profile)
    assert [(s.account, s.currency, s.closing) for s in statements] == [
        ("1", "EUR", 600),
        ("2", "JPY", 7),
        ("1", "CNY", None),
    ]
    assert [(p.account, p.line) for p in postings] == [("1", 1), ("1", 2), ("2", 1), ("1", 1)]
    assert len({p.statement for p in postings}) == 3
    assert rejects[0].code == "currency-unknown"


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (('"%d/%m/%Y"', '"%d/%m/%Y", "%m/%d/%Y"'), "date_order"),
        (('{scope: file, value: "4711"}', "{scope: ask}"), "account"),
        (("{scope: file, value: EUR}", "{scope: ask}"), "currency"),
        (("details:", "numbers: {decimal: ask}\ndetails:"), "decimal"),
    ],
)
def test_what_only_a_person_can_tell_is_asked_and_the_answer_is_used(
    tmp_path: Path, change: tuple[str, str], key: str
) -> None:
    amounts = "1.000,2.000" if key in {"currency", "decimal"} else "1.00,2.00"
    text = f"Date,Text,Amount,Balance\n01/03/2024,a,{amounts}\n"
    profile = SIGNED.replace(*change)
    with pytest.raises(NeedsAnswer) as error:
        read(tmp_path, text, profile)
    assert error.value.key == key
    answer = {"date_order": "mdy", "account": "99", "currency": "KWD", "decimal": ","}[key]
    (statement,), (posting,), _ = read(tmp_path, text, profile, **{key: answer})
    found = {
        "date_order": str(posting.booked),
        "account": statement.account,
        "currency": statement.currency,
        "decimal": str(posting.amount),
    }
    assert found[key] == {"date_order": "2024-01-03", "account": "99", "currency": "KWD", "decimal": "100000"}[key]


def test_an_unknown_currency_of_the_whole_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableExhibit, match="not a currency"):
        read(tmp_path, OLDEST, SIGNED.replace("value: EUR", "value: XQX"))


def test_the_booked_amount_is_the_posting_and_the_other_is_kept(tmp_path: Path) -> None:
    profile = SIGNED + "original: {amount: Orig, currency: Occy, rate: Rate}\n"
    _, (posting,), _ = read(tmp_path, "Date,Text,Amount,Orig,Occy,Rate\n01/03/2024,a,-5.00,-800,JPY,160\n", profile)
    assert (posting.amount, posting.original_amount, posting.original_currency, posting.rate) == (
        -500,
        -800,
        "JPY",
        "160",
    )


def test_a_workbook_cites_sheet_and_row_and_shows_its_formulas(tmp_path: Path) -> None:
    def row(number: int, *cells: str) -> str:
        return f'<row r="{number}">' + "".join(cells) + "</row>"

    def text(place: str, shown: str) -> str:
        return f'<c r="{place}" t="inlineStr"><is><t>{shown}</t></is></c>'

    data = workbook(
        row(1, text("A1", "Date"), text("B1", "Text"), text("C1", "Amount"), text("D1", "Balance"))
        + row(
            2,
            '<c r="A2"><v>45352</v></c>',
            text("B2", "a"),
            '<c r="C2"><f>2+3</f><v>5</v></c>',
            '<c r="D2"><v>19.989999999999998</v></c>',
        )
    )
    (statement,), (posting,), _ = read(tmp_path, data, name="x.xlsx")
    assert posting.cite.locator == "sheet=1/row=2"
    assert (posting.amount, posting.balance, str(posting.booked)) == (500, 1999, "2024-03-01")
    assert posting.marks == ("date-serial:booked", "formula:C2:=2+3")
    assert "formulas:1" in statement.marks


def test_a_shipped_profile_reads_a_chinese_export_that_nobody_described(tmp_path: Path) -> None:
    text = "东澜银行明细\n账号：6217990001234567890\n交易日期,摘要,收入,支出,余额,币种\n20240105,工资,100.00,,150.00,人民币\n20240106,消费,,30.00,120.00,人民币\n合计,,100.00,30.00,,\n"
    made = source(tmp_path, "x.xls", text.encode("gb18030"))
    assert table.CONNECTOR.claims(made)
    statement, *postings = table.CONNECTOR.read(made)
    assert (statement.account, statement.currency, statement.opening) == ("6217990001234567890", "CNY", 5000)
    assert [p.amount for p in postings] == [10000, -3000]


def test_two_reads_are_equal(tmp_path: Path) -> None:
    made = source(tmp_path, "x.csv", OLDEST, SIGNED)
    assert list(table.CONNECTOR.read(made)) == list(table.CONNECTOR.read(made))

"""The bulk way and the careful way give the same tables, ids and row hashes included."""

import random
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from connectors import table
from tests.connectors.tables import source
from tracer.batches import kind_of, to_table
from tracer.ingest import bulk, reading
from tracer.ingest.totals import TOTALS

SIGNED = """
profile: made_up/1
match: {header: ["Date", "Value", "Text", "Amount", "Balance", "Ref"]}
file: {delimiter: ";", footer: ["Total"]}
account: {scope: file, from: {preamble: "Account: ([0-9]+)"}}
currency: {scope: file, value: EUR}
dates: {booked: {column: Date, formats: ["%Y-%m-%d"]}, value: {column: Value, formats: ["%Y-%m-%d"]}}
amount: {mode: signed, column: Amount}
numbers: {decimal: ",", thousands: ["."], negative: ["-", "trailing-"]}
balance: {column: Balance}
references: {bank: Ref}
details: [Text]
"""
TWO_ACCOUNTS = """
profile: made_up/2
match: {header: ["Acct", "Date", "Payee", "In", "Out", "Bal", "Ccy"]}
account: {scope: row, column: Acct}
currency: {scope: row, column: Ccy, map: {"euros": EUR}}
dates: {booked: {column: Date, formats: ["%d/%m/%Y"]}}
amount: {mode: debit_credit, debit: Out, credit: In}
balance: {column: Bal, order: newest_first}
counterparty: {name: Payee}
"""


def signed(rows: int, seed: int) -> str:
    rng = random.Random(seed)
    lines, balance = ["Account: 12345678", "Date;Value;Text;Amount;Balance;Ref"], 0
    odd = {
        10: "2024-02-30;2024-01-05;no such day;5,00;;R",
        11: "2024-01-07;x;value date unreadable;5,00;**.**;R",
        12: ";;only text that continues;;;",
        13: "2024-01-07;2024-01-07;trailing;7,00-;;R",
        14: '2024-01-07;2024-01-07;"quoted; text";1.234,50;;1.5E+11',
        15: "2024-01-07;2024-01-07;bad amount;12.3.4;;R",
        16: "2024-01-07;;＝１＋１;-5,001;;R",
        17: "2024-01-07; 2024-01-07 ;padded ; 5,00 ;;\tR\t",
        18: "2024-01-07;2024-01-07;short",
        19: "Total;;;99,00;;",
        20: "2024-01-07;2024-01-07;no decimals;5;;1234567890123450000",
        21: "not a date;;;5,00;;",
        22: "2024-01-07;2024-01-07;one cell too many;5,00;;R;extra",
    }
    for n in range(rows):
        if n in odd:
            lines.append(odd[n])
            continue
        amount = rng.randrange(-500000, 500000)
        balance += amount
        day = f"2024-{1 + n * 11 // rows:02d}-{1 + n % 28:02d}"
        shown = f"{abs(amount) // 100:,}".replace(",", ".") + f",{abs(amount) % 100:02d}"
        lines.append(f"{day};{day};payment {n} é中;{'-' if amount < 0 else ''}{shown};;R{n}")
    return "\n".join(lines) + "\n"


def two_accounts(rows: int) -> str:
    rng = random.Random(5)
    balances, made = {"111": 0, "222": 0}, []
    for n in range(rows):
        account = rng.choice(["111", "222"])
        amount = rng.randrange(1, 99999)
        sign = rng.choice([1, -1])
        balances[account] += sign * amount
        cell, bal = f"{amount // 100}.{amount % 100:02d}", balances[account]
        printed = f"{'-' if bal < 0 else ''}{abs(bal) // 100}.{abs(bal) % 100:02d}"
        money = f"{cell}," if sign > 0 else f",{cell}"
        made.append(
            f"{account},{1 + n % 28:02d}/03/2024,Payee {n},{money},{printed},{'euros' if n % 7 == 0 else 'EUR'}"
        )
    made[40] += ""
    made.insert(50, "111,05/03/2024,Both,1.00,2.00,,EUR")
    made.insert(60, "222,05/03/2024,Odd currency,1.00,,,XQX")
    made.insert(70, ",05/03/2024,No account,1.00,,,EUR")
    return "Acct,Date,Payee,In,Out,Bal,Ccy\n" + "\n".join(reversed(made)) + "\n"


def both(made: object) -> tuple[dict[str, pa.Table], dict[str, pa.Table]]:
    careful: dict[str, list[object]] = {}
    for item in table.CONNECTOR.read(made):  # type: ignore[arg-type]
        careful.setdefault(kind_of(item), []).append(item)
    fast: dict[str, list[pa.Table]] = {}
    for kind, found in table.batches(made):  # type: ignore[arg-type]
        fast.setdefault(kind, []).append(found)
    return (
        {kind: to_table(kind, nouns).sort_by("id") for kind, nouns in careful.items()},
        {kind: pa.concat_tables(tables).combine_chunks().sort_by("id") for kind, tables in fast.items()},
    )


def with_totals() -> str:
    """Lines that say they are totals: one states the sum so far, of one nobody can tell."""
    lines = signed(60, 4).split("\n")
    told = [line.split(";") for line in lines[2:11]]
    cents = abs(sum(int(cells[3].replace(".", "").replace(",", "")) for cells in told))
    lines.insert(11, f"2024-01-09;2024-01-09;Total;{cents // 100},{cents % 100:02d};;R")
    lines.insert(14, "2024-01-09;2024-01-09; TOTAL: ;45,10;;R")
    return "\n".join(line for line in lines if line) + "\n"


@pytest.mark.parametrize(
    ("text", "profile"),
    [
        pytest.param(with_totals(), SIGNED, id="dated lines that say they are totals"),
        pytest.param(signed(400, 1), SIGNED, id="signed, with every odd line"),
        pytest.param(two_accounts(300), TWO_ACCOUNTS, id="two accounts, newest first, mapped currency"),
        pytest.param(signed(8, 2), SIGNED, id="nothing odd"),
    ],
)
def test_bulk_equals_careful(tmp_path: Path, text: str, profile: str) -> None:
    made = source(tmp_path, "big.csv", text, profile)
    large = table._large(made)
    assert large is not None
    assert large.staged.ok.sum() > len(large.staged.ok) * 0.7, "the fast way is taken by most lines"
    careful, fast = both(made)
    assert sorted(careful) == sorted(fast)
    for kind in careful:
        assert careful[kind].schema == fast[kind].schema
        assert careful[kind].to_pylist() == fast[kind].to_pylist()
    assert fast["posting"].num_rows > 7


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda t: t.replace("payment 30", '"a\nb"'), id="line break in quotes"),
        pytest.param(lambda t: t.replace("payment 30", '="30"'), id="a spreadsheet's text wrapper"),
        pytest.param(lambda t: t + "2024-01-30;2024-01-30;x;5,00;;R;;;more\n", id="a row that is far too long"),
        pytest.param(lambda t: t.replace("\n2024-01-03", "\n\n2024-01-03", 1), id="blank line"),
        pytest.param(lambda t: "\ufeff" + t, id="byte order mark"),
    ],
)
def test_a_shape_that_is_not_plain_takes_the_careful_way(tmp_path: Path, change: object) -> None:
    made = source(tmp_path, "big.csv", change(signed(60, 3)), SIGNED)  # type: ignore[operator]
    assert table._large(made) is None
    careful, fast = both(made)
    assert {k: t.to_pylist() for k, t in careful.items()} == {k: t.to_pylist() for k, t in fast.items()}


GOOD = "2024-01-09;2024-01-09;payment;5,00;;R1"
CELLS = {
    "amount": [
        *("-0,00", "0,00", "+5,00", "-5,00", "--5,00", "+-5,00", "5,00-", "5", "-5", "5,", ",50", "5,0", "5,005", "-", "+"),
        *("1.234,50", "1.234.567,89", "12.34,00", "1234.567,00", "1.2345,00", ".123,00", "1..234,00", "1.234.,00"),
        *("9999999999999,99", "99999999999999,99", "1.234.567.890.123,00", "1.234.567.890.123.456,00"),
        *("1e5", "1E5,00", "0x10", "٣,00", "５,00", "5，00", "5 000,00", "5\u00a0000,00", "1,234.50", " 5,00", "5,00 ", '"5,00"'),
        *("(5,00)", "EUR 5,00", "5,00 EUR", "5,00 CR", "∞", "nan", "0005,00", "\u22125,00", ""),
    ],
    "date": [
        *("2024-02-29", "2023-02-29", "1900-02-29", "2000-02-29", "2024-04-31", "2024-13-01", "2024-00-10", "2024-01-00"),
        *("0000-01-01", "0001-01-01", "9999-12-31", "24-01-05", "2024-1-5", "2024/01/05", "2024-01-05 ", " 2024-01-05"),
        *("2024-01-05T10:00", "２０２４-01-05", "20240105", '"2024-01-05"', "2024-01-0a", "", "\t2024-01-05", "-2024-01-05"),
    ],
    "text": [
        *(" padded ", "\u00a0hard space", "ends\u3000", "mid\u2028line", "a\u0085b", "tab\tin", "form\x0cfeed", "\x1c", "\x7f", "\x01"),
        *('"quoted"', '"a;b"', '"say ""x"" now"', 'lone " quote', '"a"b', '"', '""', '"""', "'single'", " ", "emoji 😀", "é" * 30),
        *('"open', 'x"', '" lead"', "\\", "\\;", "nul\x00in", "y" * 20_001, "中" * 7_000, "NULL", "null", "\u200b", "\ufeff", "(null)"),
    ],
    "reference": [
        *("1.5E+11", "1E11", "1e5", "12e", "9e123", "1,5e+1", "12345678901234500", "123456789012345", "1234567890123456"),
        *("12345.0", "123.0", "3f8e0000-0000-4000-8000-000000000000", "000000000000000000", "0", "10", "1.0", "é0", "R10"),
    ],
}  # fmt: skip
LINES = [
    "", " ", ";;;;;", ";", "Total;;;5,00;;", "total;;;5,00;;", "TOTALS;;;5,00;;", "Balance;;;;5,00;", ";;more text;;;", "x",
    GOOD + ";", GOOD + ";;", GOOD + ";extra", "2024-01-09;2024-01-09;short", "2024-01-09;2024-01-09;no balance;5,00",
    GOOD.replace(";;", ";1,00;"), GOOD.replace(";;", ";-1,0;"), GOOD.replace(";;", "; ;"), '"' + GOOD.replace(";", '";"') + '"',
    "2024-01-09;;no value date;5,00;;R", ";2024-01-09;no date;5,00;;R", "Account: 999", "Date;Value;Text;Amount;Balance;Ref",
]  # fmt: skip


def placed(kind: str, cell: str) -> str:
    cells = GOOD.split(";")
    cells[{"date": 0, "text": 2, "amount": 3, "reference": 5}[kind]] = cell
    return ";".join(cells)


ODD = [placed(kind, cell) for kind, cells in CELLS.items() for cell in cells] + LINES


def same(made: object) -> tuple[dict[str, pa.Table], dict[str, pa.Table]]:
    careful, fast = both(made)
    assert {k: t.to_pylist() for k, t in careful.items()} == {k: t.to_pylist() for k, t in fast.items()}
    return careful, fast


@pytest.mark.parametrize("line", ODD, ids=lambda line: repr(line[:60]))
def test_one_odd_line_among_good_ones(tmp_path: Path, line: str) -> None:
    lines = signed(8, 7).splitlines()
    same(source(tmp_path, "big.csv", "\n".join([*lines[:6], line, *lines[6:]]) + "\n", SIGNED))


def test_all_odd_lines_that_keep_to_themselves_at_once(tmp_path: Path) -> None:
    # A quote that stays open, a blank line or a NUL takes the whole file the careful way: they are tried one by one.
    tame = [line for line in ODD if line.strip() and line.count('"') != 1 and '"""' not in line and "\x00" not in line]
    lines = signed(8, 7).splitlines() * 1
    for odd in tame:
        lines += [odd, GOOD]
    made = source(tmp_path, "big.csv", "\n".join(lines) + "\n", SIGNED)
    same(made)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda t: t.replace(b"\n", b"\r\n"), id="CRLF"),
        pytest.param(lambda t: t.replace(b"\n", b"\r\n", 30), id="CRLF above, LF below"),
        pytest.param(lambda t: t[:-600] + t[-600:].replace(b"\n", b"\r\n"), id="LF above, CRLF below"),
        pytest.param(lambda t: t.replace(b"\n", b"\r"), id="CR alone"),
        pytest.param(lambda t: t.replace(b"payment 50", b"pay\rment"), id="a lone CR inside a cell"),
        pytest.param(lambda t: t.replace(b"\n", b"\r\n").replace(b"payment 50", b"pay\rment"), id="a lone CR among CRLF"),
        pytest.param(lambda t: t.replace(b"R50\n", b"R50\r"), id="one line ends in CR alone"),
        pytest.param(lambda t: t.replace(b"R50\n", b"R50\r\r\n"), id="two CR before an LF"),
        pytest.param(lambda t: t.rstrip(b"\n"), id="no line end at the end"),
        pytest.param(lambda t: t + b"\n", id="a blank line at the end"),
        pytest.param(lambda t: b"\n" + t, id="a blank line at the start"),
        pytest.param(lambda t: b"\r\n" + t.replace(b"\n", b"\r\n"), id="a blank line at the start, CRLF"),
        pytest.param(lambda t: t.rstrip(b"\n") + b"\r", id="a CR at the end"),
        pytest.param(lambda t: t + b"   ", id="spaces after the last line"),
        pytest.param(lambda t: t.replace(b"\n2024-02", b"\n\n2024-02", 1), id="a blank line in the middle"),
        pytest.param(lambda t: t.replace(b"payment 50", b"pay\xffment"), id="a byte that is not UTF-8"),
        pytest.param(lambda t: t.replace(b"payment 50", b"pay\xe4ment"), id="a Latin letter"),
        pytest.param(lambda t: t.replace(b"payment 50", b"pay\xed\xa0\x80"), id="half of a surrogate pair"),
        pytest.param(lambda t: t.replace(b"payment 50", b"pay\x00ment"), id="NUL"),
        pytest.param(lambda t: t.replace(b"payment 50", b'"a\nb\nc"'), id="two line ends in quotes"),
        pytest.param(lambda t: t.replace(b"payment 50", b'"a\nb').replace(b"payment 60", b'c"'), id="quotes over ten lines"),
        pytest.param(lambda t: t + b'2024-01-09;2024-01-09;"open;5,00;;R', id="a quote open at the end"),
        pytest.param(lambda t: t.replace(b"payment ", b" payment  "), id="every text padded"),
        pytest.param(lambda t: t.decode().replace("payment", "\u3000支付").encode(), id="every text with a blank that is no space"),
        pytest.param(lambda t: re.sub(rb";R(?=[0-9])", b";1.5E+1", t), id="every reference damaged"),
        pytest.param(lambda t: t.replace(b"2024-", b"2O24-"), id="no line is plain"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("controls", [False, True], ids=["", "with a tab"])
def test_a_change_of_the_whole_file(
    tmp_path: Path, change: Callable[[bytes], bytes], controls: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "_PIECE", 101)  # the file is looked through in pieces that cut its lines
    text = signed(100, 9).replace("payment 7 ", "payment\t7 " if controls else "payment 7 ")
    same(source(tmp_path, "big.csv", change(text.encode()), SIGNED))


def test_a_table_is_made_of_several_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "CHUNK", 37)
    monkeypatch.setattr(bulk, "_BLOCK", 5)
    for text, profile in ((signed(400, 1), SIGNED), (two_accounts(300), TWO_ACCOUNTS)):
        made = source(tmp_path, "big.csv", text, profile)
        assert sum(1 for kind, _ in table.batches(made) if kind == "posting") > 5
        same(made)


def test_count_of_a_large_file_is_its_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = source(tmp_path, "big.csv", signed(400, 1), SIGNED)
    small = table.count(made)
    monkeypatch.setattr(table, "BULK", 0)
    assert table.count(made) == small == 398  # the continuation and the totals row are no records


def test_lines_without_any_text_in_two_columns_of_text(tmp_path: Path) -> None:
    """Arrow's join leaves a row out whose parts are all null: such a line is kept, with an empty text."""
    lines = [f"2024-01-{1 + n % 28:02d};{n},00;{'' if n % 3 else 'rent'};{'' if n % 4 else 'May'}" for n in range(40)]
    profile = """
profile: made_up/3
match: {header: ["Date", "Amount", "Text", "More"]}
account: {scope: file, value: "12345678"}
currency: {scope: file, value: EUR}
dates: {booked: {column: Date, formats: ["%Y-%m-%d"]}}
amount: {mode: signed, column: Amount}
numbers: {decimal: ",", thousands: ["."]}
details: [Text, More]
"""
    made = source(tmp_path, "big.csv", "Date;Amount;Text;More\n" + "\n".join(lines) + "\n", profile)
    assert table._large(made) is not None
    _, fast = same(made)
    assert sorted(set(fast["posting"]["details"].to_pylist())) == ["", "May", "rent", "rent | May"]


CHECKED = """
profile: made_up/4
match: {header: ["Acct", "Date", "Amount", "Balance", "State", "Text"]}
file: {footer: [Total]}
account: {scope: row, column: Acct}
currency: {scope: file, value: EUR}
dates: {booked: {column: Date, formats: ["%Y-%m-%d"]}}
amount: {mode: signed, column: Amount}
balance: {column: Balance, order: oldest_first}
status: {column: State, booked: [b], pending: [p]}
details: [Text]
"""
HEAD = "Acct,Date,Amount,Balance,State,Text\n"


def printed(rows: int, accounts: int) -> str:
    balances = dict.fromkeys(range(accounts), 10_000)
    lines = []
    for n in range(rows):
        account = n * n % accounts
        amount = (n * 7919) % 20_001 - 10_000
        balances[account] += amount if n % 9 else 0
        shown = "" if n % 9 == 0 or n % 5 == 0 else f"{balances[account] / 100:.2f}"
        lines.append(f"{account},2024-03-{1 + n % 28:02d},{amount / 100:.2f},{shown},{'b' if n % 9 else 'p'},t{n}")
    return HEAD + "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("text", "off"),
    [
        pytest.param(HEAD + "1,2024-01-01,10.00,110.00,b,\n1,2024-01-02,5.00,,p,\n1,2024-01-03,-10.00,100.00,b,\n", [],
                     id="a pending line moves no balance"),
        pytest.param(HEAD + "1,2024-01-01,10.00,110.00,b,\n1,2024-01-02,5.00,999.00,b,\n1,2024-01-03,-10.00,105.00,b,\n",
                     ["running_balance"], id="the ends tie, a balance between them does not"),
        pytest.param(HEAD + "1,2024-01-01,10.00,110.00,b,\n1,2024-12-30,5.00,115.00,b,\n", ["dates"], id="a day after the exhibit"),
        pytest.param(HEAD + "1,2024-01-01,10.00,110.00,b,\n1,2024-01-02,x,115.00,b,\n1,2024-01-03,5.00,120.00,b,\n",
                     ["running_balance", "sum"], id="a line set aside"),
        pytest.param(HEAD + "1,2024-01-01,10.00,,b,\n1,2024-01-02,5.00,,b,\nTotal,,15.00,,,\n", [], id="no balance"),
        pytest.param(printed(120, 1), [], id="one account"),
        pytest.param(printed(200, 7), [], id="accounts mixed"),
        pytest.param(printed(200, 7).replace("t33\n", "t33\n0,2024-03-01,1.00,,b,\n"), ["marks", "sum"], id="a line too many, without a balance"),
    ],
)  # fmt: skip
def test_checks_of_a_large_file_are_those_of_a_small_one(
    tmp_path: Path, text: str, off: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = source(tmp_path, "big.csv", text, CHECKED)
    made = replace(made, exhibit=replace(made.exhibit, received_at="2024-06-01T00:00:00Z"))
    careful = reading.read_exhibit(made, table.CONNECTOR)
    monkeypatch.setattr(table, "BULK", 0)
    monkeypatch.setattr(reading, "BULK", 0)
    large = reading.read_exhibit(made, table.CONNECTOR)
    assert large.checks == careful.checks
    assert large.status == careful.status
    assert sorted({check.check for check in careful.checks if check.outcome == "off"}) == off


def test_a_byte_order_mark_inside_a_file_stays_in_its_line(tmp_path: Path) -> None:
    _, fast = same(source(tmp_path, "big.csv", signed(40, 3) + "\ufeff2024-01-30;;x;5,00;;R\n", SIGNED))
    assert any("\ufeff" in raw for raw in fast["reject"]["raw"].to_pylist())


def test_an_account_of_which_no_line_is_left_has_its_statement(tmp_path: Path) -> None:
    lines = "1,2024-01-01,10.00,,b,a\nTotal,2024-01-03,10.00,,b,x\n2,2024-01-02,5.00,,b,b\n"
    made = source(tmp_path, "big.csv", HEAD + lines, CHECKED)
    assert table._large(made) is not None
    _, fast = same(made)
    assert sorted(zip(*fast["statement"].select(["account", "count"]).to_pydict().values(), strict=True)) == [
        ("1", 1),
        ("2", 1),
        ("Total", 0),
    ]


def test_no_word_for_a_sum_takes_the_fast_way() -> None:
    told = [f"{before}{word}{after}" for word in TOTALS for before in ("", " (", "–") for after in ("", ": ", ")")]
    assert bulk._says_total(pa.array([*told, *map(str.upper, told)])).all()
    assert not bulk._says_total(pa.array(["", "Totally", "Total 3", "-", "x" * 61])).any()

"""The bulk way and the careful way give the same tables, ids and row hashes included."""

import random
from pathlib import Path

import pyarrow as pa
import pytest

from connectors import table
from tests.connectors.tables import source
from tracer.batches import kind_of, to_table

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


@pytest.mark.parametrize(
    ("text", "profile"),
    [
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


def test_count_of_a_large_file_is_its_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = source(tmp_path, "big.csv", signed(400, 1), SIGNED)
    small = table.count(made)
    monkeypatch.setattr(table, "BULK", 0)
    assert table.count(made) == small == 398  # the continuation and the totals row are no records

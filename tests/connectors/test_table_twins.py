"""Generated tables through both ways of reading: the same facts, the same lines set aside with the same codes, the same checks."""

import random
from dataclasses import replace
from pathlib import Path

import pytest

from connectors import table
from tests.connectors.tables import source
from tracer.ingest import bulk, reading
from tracer.ingest.tabular import MAX_FIELD

COLUMNS = (
    "Acct",
    "Date",
    "Value",
    "Amount",
    "Balance",
    "Ref",
    "Own",
    "Type",
    "Payee",
    "Payee account",
    "Text",
    "Unused",
)
PROFILE = """
profile: made_up/9
match: {{header: [Acct, Date, Amount, Type]}}
file: {{delimiter: "{delimiter}", footer: [Total, Summe]}}
account: {account}
currency: {{scope: file, value: EUR}}
dates: {{booked: {{column: Date, formats: ["%d.%m.%Y"]}}, value: {{column: Value, formats: ["%d.%m.%Y"]}}}}
amount: {{mode: signed, column: Amount}}
numbers: {{decimal: "{decimal}", thousands: ["{thousands}"]}}
balance: {{column: Balance}}
references: {{bank: Ref, owner: Own}}
counterparty: {{name: Payee, account: "Payee account"}}
type: Type
details: [Text]
ignore: [{ignored}]
"""
ACCOUNTS = ("4711", "4712", "DE 03")
#: Column -> what may stand there instead of the plain cell; `huge` is longer than a cell may be.
ODD = {
    "Acct": ["", "6.22202E+17", "6222021234560000", "12345678.0", " 4711 "],
    "Date": ["31.02.2025", "00.00.0000", "soon", "", "45000", "20240119.0", "1.2.2025"],
    "Value": ["30.02.2025", "later", "", "45001"],
    "Amount": ["", "1e3", "12.3.4", "--5", "(5{d}00)", "5{d}005", "**.**", "n/k", "99999999999999999999"],
    "Balance": ["", "xx{d}xx", "1e2", "n/k"],
    "Ref": ["1.5E+11", "1234567890123450000", "\tR", "HUGE"],
    "Own": ["HUGE", "123456789012345678.0"],
    "Type": ["HUGE", "HUGE+1", "a b", ""],
    "Payee": ["HUGE", "中" * 40, '"quoted ""name"""', "é" * 20, "LIMIT"],
    "Payee account": ["4.9E+15", "HUGE", "DE02"],
    "Text": ['"two{n}lines"', '"a{s}b"', 'lone " quote', "HUGE", "LIMIT", ""],
    "Unused": ["HUGE", "HUGE+1", "x", "LIMIT"],
}


def printed(rng: random.Random, delimiter: str, decimal: str, thousands: str, *, wild: bool, accounts: bool) -> str:
    ends = rng.choice(["\n", "\r\n"])
    lines = [delimiter.join(COLUMNS)]
    balances = dict.fromkeys(ACCOUNTS, rng.randrange(0, 10**6))
    sizes = {"HUGE": MAX_FIELD + rng.randrange(1, 50), "HUGE+1": MAX_FIELD + 1, "LIMIT": MAX_FIELD}
    huge_left = 6
    for n in range(rng.randrange(20, 70)):
        amount = rng.randrange(-(10**7), 10**7)
        account = rng.choice(ACCOUNTS) if accounts else ACCOUNTS[0]
        balance = balances[account] = balances[account] + amount

        def money(value: int) -> str:
            return (
                f"{'-' if value < 0 else ''}{abs(value) // 100:,}".replace(",", thousands)
                + f"{decimal}{abs(value) % 100:02d}"
            )

        day = f"{1 + n % 28:02d}.03.2025"
        cells = [
            account,
            day,
            day,
            money(amount),
            money(balance),
            f"R{n}",
            f"O{n}",
            "TRF",
            "Payee é中",
            "DE01",
            f"text {n}",
            "",
        ]
        if rng.random() < 0.3:
            place = rng.randrange(len(COLUMNS))
            odd = rng.choice(ODD[COLUMNS[place]])
            if odd in sizes:
                odd = rng.choice(["y", "中"]) * sizes[odd] if huge_left else "y"
                huge_left -= 1
            if "{n}" in odd and not wild:
                odd = "one line"
            cells[place] = odd.replace("{d}", decimal).replace("{n}", ends).replace("{s}", delimiter)
        if rng.random() < 0.02:
            cells = cells[: rng.randrange(1, len(cells))]
        lines.append(delimiter.join(cells))
    if rng.random() < 0.6:
        total = ["" for _ in COLUMNS]
        total[0], total[3] = rng.choice(["Total", "Summe"]), rng.choice([money(balance), "n/k", ""])
        lines.append(delimiter.join(total))
    return ends.join(lines) + (ends if rng.random() < 0.8 else "")


def as_rows(read: reading.Reading) -> dict[str, list[dict[str, object]]]:
    return {kind: found.sort_by("id").to_pylist() for kind, found in read.tables.items()}


@pytest.mark.parametrize("seed", range(40))
def test_both_ways_of_reading_agree(tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(seed)
    delimiter, decimal, thousands = rng.choice([(";", ",", "."), (",", ".", "'"), ("\\t", ",", " "), ("|", ".", ",")])
    shown = "\t" if delimiter == "\\t" else delimiter
    wild, per_row = seed % 5 == 4, seed % 3 > 0
    ignored = "Unused" if per_row else "Unused, Acct"
    account = "{scope: row, column: Acct}" if per_row else '{scope: file, value: "4711"}'
    profile = PROFILE.format(
        delimiter=delimiter, decimal=decimal, thousands=thousands, account=account, ignored=ignored
    )
    text = printed(rng, shown, decimal, thousands, wild=wild, accounts=per_row)
    encoding = rng.choice(["utf-8"] * 5 + ["utf-8-sig", "utf-16", "gb18030"])
    made = source(tmp_path, "t.csv", text.encode(encoding), profile, encoding=encoding.replace("utf-8-sig", "utf-8"))
    made = replace(made, exhibit=replace(made.exhibit, received_at="2026-01-01T00:00:00Z"))
    careful = reading.read_exhibit(made, table.CONNECTOR)
    monkeypatch.setattr(table, "BULK", 0)
    monkeypatch.setattr(reading, "BULK", 0)
    monkeypatch.setattr(bulk, "CHUNK", rng.choice([7, 131_072]))
    large = reading.read_exhibit(made, table.CONNECTOR)
    assert as_rows(large) == as_rows(careful)
    assert (large.raw, large.status, large.checks) == (careful.raw, careful.status, careful.checks)
    assert sorted(r.code for r in large.rejects) == sorted(r.code for r in careful.rejects)


@pytest.mark.parametrize("column", ["Type", "Ref", "Own", "Payee", "Payee account", "Text", "Unused"])
@pytest.mark.parametrize(("size", "aside"), [(MAX_FIELD, 0), (MAX_FIELD + 1, 1)])
def test_a_cell_of_more_than_a_hundred_thousand_characters_is_set_aside_by_both(
    tmp_path: Path, column: str, size: int, aside: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = ["4711", "05.03.2025", "05.03.2025", "5,00", "", "R", "O", "TRF", "P", "DE01", "t", ""]
    long = [("y" * size if name == column else cell) for name, cell in zip(COLUMNS, plain, strict=True)]
    lines = [";".join(COLUMNS), *[";".join(plain)] * 9, ";".join(long), ";".join(plain)]
    profile = PROFILE.format(
        delimiter=";", decimal=",", thousands=".", account="{scope: row, column: Acct}", ignored="Unused"
    )
    made = source(tmp_path, "t.csv", "\n".join(lines) + "\n", profile)
    careful = reading.read_exhibit(made, table.CONNECTOR)
    assert [r.code for r in careful.rejects] == ["field-too-long"] * aside
    monkeypatch.setattr(table, "BULK", 0)
    monkeypatch.setattr(reading, "BULK", 0)
    assert table._large(made) is not None, "the fast way is the one that is tested"
    assert as_rows(reading.read_exhibit(made, table.CONNECTOR)) == as_rows(careful)

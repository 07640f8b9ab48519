"""A table that prints its days newest first, and the lines of each day in the order in which they were booked."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from connectors import table
from tests.connectors.tables import source
from tests.connectors.test_guessed_plausibly import guessed
from tests.connectors.test_table_bulk import both
from tracer.ingest.reading import read_exhibit
from tracer.model import Posting, Statement

PROFILE = """
profile: made_up/9
match: {header: ["Date", "Text", "Amount", "Balance"]}
file: {delimiter: ";"}
account: {scope: file, value: "4711"}
currency: {scope: file, value: EUR}
dates: {booked: {column: Date, formats: ["%d/%m/%Y"]}}
amount: {mode: signed, column: Amount}
numbers: {decimal: ",", thousands: ["."], negative: ["-"]}
balance: {column: Balance}
details: [Text]
"""
HEADER = "Date;Text;Amount;Balance\n"
ROWS = [
    "02/09/2026;c;1500,00;2470,00",
    "02/09/2026;d;-30,00;2440,00",
    "01/09/2026;a;-20,00;980,00",
    "01/09/2026;b;-10,00;970,00",
]


def read(folder: Path, rows: list[str]) -> tuple[Statement, list[Posting], list[str]]:
    made = source(folder, "x.csv", HEADER + "\n".join(rows) + "\n", PROFILE)
    items: list[Any] = list(table.CONNECTOR.read(made))
    checks = [c.check for c in read_exhibit(made, table.CONNECTOR).checks if c.outcome == "off"]
    statement = next(one for one in items if isinstance(one, Statement))
    return statement, [one for one in items if isinstance(one, Posting)], checks


def test_days_newest_first_with_their_lines_oldest_first_open_and_close_where_the_balances_say(tmp_path: Path) -> None:
    statement, postings, off = read(tmp_path, ROWS)
    assert (statement.opening, statement.closing) == (100000, 244000)
    assert [(p.line, p.details, p.cite.locator) for p in postings] == [
        (1, "a", "row=4"), (2, "b", "row=5"), (3, "c", "row=2"), (4, "d", "row=3"),
    ]  # fmt: skip
    assert {"printed:newest_day_first", "balance-proof:3/3"} <= set(statement.marks)
    assert off == []


@pytest.mark.parametrize(
    "rows",
    [
        [ROWS[1], ROWS[0], ROWS[3], ROWS[2]],  # newest first throughout
        [*ROWS[:3], ROWS[3].replace("-10", "-11")],  # one step that does not tie proves nothing
        [ROWS[2], ROWS[3], ROWS[0], ROWS[1]],  # oldest first
    ],
)
def test_the_order_is_taken_only_where_every_step_proves_it(tmp_path: Path, rows: list[str]) -> None:
    statement, _, _ = read(tmp_path, rows)
    assert "printed:newest_day_first" not in statement.marks


def test_a_guessed_profile_reads_them_alike(tmp_path: Path) -> None:
    _, items = guessed(tmp_path, HEADER + "\n".join(ROWS) + "\n", account="4711", currency="EUR", date_order="dmy")
    assert [one.closing for one in items if isinstance(one, Statement)] == [244000]


def test_in_bulk_the_order_is_the_same(tmp_path: Path) -> None:
    balance, days = 0, list[list[str]]()
    for n in range(60):
        day, lines = date.fromordinal(date(2026, 1, 1).toordinal() + n), []
        for k in range(1 + n % 4):
            balance += (amount := (n * 7919 + k * 104729) % 5000 * (1 if (n + k) % 3 else -1))
            shown = [f"{'-' if v < 0 else ''}{abs(v) // 100},{abs(v) % 100:02d}" for v in (amount, balance)]
            odd = "-" if (n, k) == (30, 1) else ""  # a line that is read one by one
            lines.append(f"{day:%d/%m/%Y};{odd} payment {n};{shown[0]};{shown[1]}")
        days.append(lines)
    text = HEADER + "\n".join(line for lines in reversed(days) for line in lines) + "\n"
    made = source(tmp_path, "x.csv", text, PROFILE)
    large = table._staged(made)
    assert large is not None
    assert large.staged.ok.sum() > 100
    careful, fast = both(made)
    assert fast == careful
    assert "printed:newest_day_first" in careful["statement"]["marks"][0].as_py()

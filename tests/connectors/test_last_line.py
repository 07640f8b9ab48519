"""A table whose last line has no line end: whole, as many banks write it, or cut in the middle of a figure."""

from pathlib import Path

import pytest

from connectors import table
from tests.connectors.tables import source
from tracer.ingest import reading
from tracer.model import Posting

PROFILE = """
profile: made_up/2
match: {header: [Date, Text, Amount]}
account: {scope: file, value: "4711"}
currency: {scope: file, value: EUR}
dates: {booked: {column: Date, formats: ["%Y-%m-%d"]}}
amount: {mode: signed, column: Amount, direction: ask}
numbers: {decimal: "."}
details: [Text]
"""
BALANCED = PROFILE.replace("details:", "balance: {column: Balance}\ndetails:")
LAST = "Date,Text,Amount\n2025-03-01,a,-7.10\n2025-03-02,b,-5.00\n2025-03-03,c,"
MIDDLE = "Date,Amount,Text\n2025-03-01,-7.10,a\n2025-03-02,-5.00,b\n"
BEHIND = "Date,Text,Balance,Amount\n2025-03-01,a,100.00,-7.10\n2025-03-02,b,95.00,-5.00\n"


def is_doubted(read: reading.Reading) -> bool:
    return any(one.check == "complete" and "no end" in one.note for one in read.checks)


@pytest.mark.parametrize(
    ("text", "profile", "doubted"),
    [
        (LAST + "-12", PROFILE, True),
        (LAST + "-12.", PROFILE, True),
        (LAST + "-12.3", PROFILE, True),
        (LAST + "-12.34", PROFILE, False),
        (LAST + "-12\n", PROFILE, False),
        (LAST + "-12\r\n", PROFILE, False),
        (LAST + '"-12"', PROFILE, False),
        (LAST.replace("7.10", "7.10-").replace("--", "-").replace("-7", "7") + "12.34", PROFILE, True),
        (MIDDLE + "2025-03-03,-12.34,c", PROFILE, False),
        (MIDDLE + "2025-03-03,-12", PROFILE, True),
        (MIDDLE + "2025-03-03,-12.34", PROFILE, True),
        (BEHIND + "2025-03-03,c,83.00,-12", BALANCED, False),
        (BEHIND + "2025-03-03,c,82.66,-12", BALANCED, True),
    ],
)
def test_only_a_last_line_that_nothing_proves_is_in_doubt(
    tmp_path: Path, text: str, profile: str, doubted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = source(tmp_path, "a.csv", text, profile)
    careful = reading.read_exhibit(made, table.CONNECTOR)
    assert (is_doubted(careful), careful.tally.records) == (doubted, 3)
    if doubted:
        assert careful.status == "loaded-and-flagged"
    monkeypatch.setattr(table, "BULK", 0)
    monkeypatch.setattr(reading, "BULK", 0)
    assert reading.read_exhibit(made, table.CONNECTOR).checks == careful.checks


@pytest.mark.parametrize(
    ("printed", "currency", "amount"),
    [
        ("1.200", "EUR", None),
        ("-1.000", "JPY", None),
        ("1.200 ", "EUR", None),
        ("1.200", "KWD", 1200),
        ("0.200", "EUR", 20),
        ("1200.500", "EUR", 120050),
        ("1,200.500", "EUR", 120050),
        ("1.20", "EUR", 120),
    ],
)
def test_a_mark_with_three_digits_behind_it_is_no_amount_of_two(
    tmp_path: Path, printed: str, currency: str, amount: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = PROFILE.replace("value: EUR", f"value: {currency}").replace(", direction: ask", "")
    profile = profile.replace('numbers: {decimal: "."}\n', "")  # nobody states the mark
    made = source(tmp_path, "a.csv", f'Date,Text,Amount\n2025-03-01,a,"{printed}"\n2025-03-01,a,-7\n', profile)
    for _ in range(2):
        read = reading.read_exhibit(made, table.CONNECTOR)
        amounts = [one.amount for one in table.CONNECTOR.read(made) if isinstance(one, Posting)]
        assert (amounts[:-1], len(read.rejects)) == (([] if amount is None else [amount]), int(amount is None))
        monkeypatch.setattr(table, "BULK", 0)
        monkeypatch.setattr(reading, "BULK", 0)


@pytest.mark.parametrize("stated", ["profile", "answer"])
def test_a_profile_or_a_person_may_state_that_the_mark_is_the_decimal_one(tmp_path: Path, stated: str) -> None:
    profile = PROFILE.replace(", direction: ask", "")
    if stated == "answer":
        profile = profile.replace('numbers: {decimal: "."}\n', "")
    answers = {"decimal": "."} if stated == "answer" else {}
    made = source(tmp_path, "a.csv", "Date,Text,Amount\n2025-03-01,a,8.850\n", profile, **answers)
    assert [one.amount for one in table.CONNECTOR.read(made) if isinstance(one, Posting)] == [885]

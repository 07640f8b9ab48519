"""An export that prints no opening balance, beside a statement of the same days that does: the account opens with what is printed."""

from datetime import date

import pytest

from tracer.model import Cite, Claim, Posting, Statement, Transfer
from tracer.trace import CaseEntries, bounds, entries_of
from tracer.trace.bounds import build

MOVES = [(2, 100_000, "claim"), (5, -50_000, "house")]


def read(begins: int, *, holes: bool) -> CaseEntries:
    """Own money 100, proceeds 1,000, a house of 500: every line stands in both, and counts in the export."""
    shared = {"account": "111222333", "currency": "EUR"}
    statements = {
        "export": Statement(
            Cite("a" * 64, "table"), **shared, kind="table", period_from=date(2024, 3, 1), period_to=date(2024, 3, 31)
        ),
        "bank": Statement(
            Cite("b" * 64, "statement=1"), **shared, opening=10_000, opening_date=date(2024, 3, begins), closing=60_000,
            closing_date=date(2024, 3, 31),
        ),
    }  # fmt: skip
    postings = {
        f"{name}{place}": Posting(
            Cite(exhibit * 64, f"line={day}"), **shared, amount=amount, line=day, statement=place, booked=date(2024, 3, day)
        )
        for place, exhibit in (("export", "a"), ("bank", "b"))
        for day, amount, name in MOVES
    }  # fmt: skip
    transfers = [
        Transfer(name, (f"{name}bank", f"{name}export"), (), *((f"{name}export", "") if amount < 0 else ("", f"{name}export")),
                 "", "", None, "", None, "", None, None)
        for _, amount, name in MOVES
    ]  # fmt: skip
    claims = [Claim("C-E1", "E1", "E1", "claimexport", 100_000, "EUR")]
    return entries_of(postings, statements, transfers, claims, {"houseexport": "sink:ASSET:H"}, holes_open=holes)


def test_the_account_opens_with_what_the_statement_beside_prints() -> None:
    made = read(1, holes=False)
    assert [gap.kind for gap in made.gaps if gap.kind in {"overlap", "break", "unknown_origin"}] == []
    assert int(made.entries.amount[0]) == 10_000
    # the house is of proceeds but for the 100 of own money: 400, unseen or not
    for holes in (False, True):
        assert bounds(build(read(1, holes=holes).entries), ["sink:ASSET:H"], ["E1"]).floor == 40_000


@pytest.mark.parametrize("begins", [3, 6])
def test_a_statement_that_begins_behind_the_first_line_does_not_open_the_account(begins: int) -> None:
    assert "unknown_origin" in {gap.kind for gap in read(begins, holes=False).gaps}

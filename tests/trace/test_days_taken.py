"""The order taken on a day that no record orders: as printed where the bank could have allowed it."""

from datetime import date
from typing import Literal

import pytest

from tracer.model import Cite, Claim, Posting, Statement, Transfer
from tracer.trace import CaseEntries, bounds, entries_of, result, trace_all
from tracer.trace.bounds import build

ACCOUNT = "111222333"
Line = tuple[int, str]


def table(
    opening: int,
    *days: list[Line],
    closing: int | None = None,
    facility: int = -1,
    order: str = "bank_sequence",
    holes: bool = False,
    printed: tuple[str, ...] = (),
    balance: int | None = None,
    kind: Literal["table", "statement"] = "table",
) -> CaseEntries:
    """Return one table whose days carry no time, number or balance; `claim` is 100 of proceeds, `house` the asset.

    printed   the names in the order in which the table prints its lines; by days where not given
    """
    end = opening + sum(amount for day in days for amount, _ in day) if closing is None else closing
    statement = Statement(
        cite=Cite("x" * 64, "table"),
        account=ACCOUNT,
        currency="USD",
        kind=kind,
        opening=opening,
        opening_date=date(2024, 3, 1),
        closing=end,
        closing_date=date(2024, 3, 31),
    )
    postings = {
        name: Posting(
            cite=Cite("x" * 64, f"row={n}/{name}"),
            account=ACCOUNT,
            currency="USD",
            amount=amount,
            line=printed.index(name) if printed else 10 * n + k,
            statement="s",
            balance=balance,
            booked=date(2024, 3, n),
            counterparty=name,
        )
        for n, day in enumerate(days, 1)
        for k, (amount, name) in enumerate(day)
    }
    transfers = [
        Transfer(key, (key,), (), *((key, "") if p.amount < 0 else ("", key)), "", "", None, "", None, "", None, None)
        for key, p in postings.items()
    ]
    claims = [Claim("C-E1", "E1", "E1", "claim", 100, "USD")]
    return entries_of(
        postings, {"s": statement}, transfers, claims, {"house": "sink:ASSET:H"},
        facilities={ACCOUNT: facility} if facility >= 0 else None, same_day_order=order, holes_open=holes,
    )  # fmt: skip


def taken(read: CaseEntries) -> list[str]:
    return [name for *_, name in read.days]


NEWEST_FIRST = [(-80, "house"), (100, "claim")]


@pytest.mark.parametrize(
    ("facility", "order", "expected"),
    [
        pytest.param(-1, "bank_sequence", "credits_first", id="printed newest first, it would overdraw by 50"),
        pytest.param(0, "debits_first", "credits_first", id="no overdraft was allowed"),
        pytest.param(49, "bank_sequence", "credits_first", id="a cent too little"),
        pytest.param(50, "bank_sequence", "printed", id="the bank allowed it"),
        pytest.param(50, "credits_first", "credits_first", id="as elected"),
    ],
)
def test_an_order_is_taken_that_the_bank_could_have_allowed(facility: int, order: str, expected: str) -> None:
    read = table(30, NEWEST_FIRST, facility=facility, order=order)
    assert taken(read) == [expected]
    low = 30 - 80 if expected == "printed" else 30
    assert int(read.entries.balances().min()) == low
    assert set(read.entries.block.tolist()) == {-1, 0}


def test_the_figures_of_a_table_printed_newest_first_stay_between_floor_and_ceiling() -> None:
    """30 there, +100 of proceeds, -80: floor 80 - 30 = 50, LIBR 50; in the printed order the bank would have paid 50 of it."""
    entries = table(30, NEWEST_FIRST).entries
    (house,) = [
        t for t in result(entries, trace_all(entries, ["libr", "lifo"]), (), "h", {}).targets if "ASSET" in t.target
    ]
    assert (house.bounds.floor, house.by_rule, house.bounds.ceiling) == (50, {"libr": 50, "lifo": 80}, 80)


def test_an_unordered_day_of_a_table_that_does_not_sum_has_a_floor_of_nothing() -> None:
    """30 + 100 - 80 - 20 = 30, printed 10: the whole table is not seen, on its days without order as well."""
    days = [(100, "claim"), (-80, "house"), (-20, "rent")]
    carried, opened = table(30, days, closing=10), table(30, days, closing=10, holes=True)
    assert [gap.kind for gap in carried.gaps] == ["break"]
    assert bounds(build(carried.entries), ["sink:ASSET:H"], ["E1"]).floor == 50
    assert bounds(build(opened.entries), ["sink:ASSET:H"], ["E1"]).floor == 0


def test_one_line_a_day_is_in_order() -> None:
    assert taken(table(30, [(100, "claim")], [(-80, "house")])) == []


@pytest.mark.parametrize(
    ("printed", "order", "expected"),
    [
        (("rent", "claim", "wages", "house"), "bank_sequence", ["printed", "printed"]),
        (("claim", "house", "rent", "wages"), "credits_first", ["credits_first", "credits_first"]),
        # the 30 of the opening pay no house of 80
        (("house", "wages", "claim", "rent"), "debits_first", ["debits_first", "credits_first"]),
    ],
)
def test_a_list_whose_days_go_up_and_down_goes_by_its_days_and_takes_each_line_once(
    printed: tuple[str, ...], order: str, expected: list[str]
) -> None:
    """An export may print all credits before all debits: the rent of the 1st was no money of the claim of the 2nd."""
    days = [(-10, "rent"), (10, "wages")], [(100, "claim"), (-80, "house")]
    read = table(30, *days, printed=printed, order=order)
    lines = [name for name in read.entries.source or () if name in {"rent", "wages", "claim", "house"}]
    assert [sorted(lines[:2]), sorted(lines[2:])] == [["rent", "wages"], ["claim", "house"]]
    assert taken(read) == expected
    assert int(read.entries.balances()[-1]) == 50


def test_balances_after_each_line_prove_the_order_that_a_list_prints() -> None:
    printed = ("claim", "rent", "wages", "house")
    read = table(30, [(-10, "rent"), (10, "wages")], [(100, "claim"), (-80, "house")], printed=printed, balance=1)
    assert [name for name in read.entries.source or () if name in printed] == list(printed)


def test_a_statement_that_goes_back_among_its_booking_days_goes_by_them() -> None:
    """Credits before debits: the bank kept no order that a debit of the 1st could have come behind a credit of the 2nd."""
    days, printed = (
        ([(-10, "rent"), (10, "wages")], [(100, "claim"), (-80, "house")]),
        ("claim", "wages", "house", "rent"),
    )
    read = table(30, *days, printed=printed, kind="statement")
    lines = [name for name in read.entries.source or () if name in printed]
    assert [sorted(lines[:2]), sorted(lines[2:])] == [["rent", "wages"], ["claim", "house"]]
    assert taken(read) == ["printed", "printed"]
    assert taken(table(30, *days, kind="statement")) == []  # in the order of its days it is the bank's own

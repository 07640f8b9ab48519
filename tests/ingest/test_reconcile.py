"""What each check says of every sort of break: figures in minor units, expected - found = difference."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.connectors.tables import source
from tracer.ingest.reconcile import LEFTOVERS, Tally, reconcile, tally
from tracer.model import Cite, Posting, Reconciliation, Reject, Statement, fact_id

EXHIBIT = "e" * 64


def statement(number: int = 1, **more: Any) -> Statement:
    plain = Statement(
        Cite(EXHIBIT, f"statement={number}"),
        "A1",
        "EUR",
        account_key="::A1",
        number=str(number),
        opening=1000,
        opening_date=date(2024, 3, 1),
        closing=1350,
        closing_date=date(2024, 3, 31),
        count=3,
    )
    return replace(plain, **more)


def line(number: int, amount: int, of: Statement, **more: Any) -> Posting:
    plain = Posting(
        Cite(EXHIBIT, f"{of.cite.locator}/line={number}"),
        of.account,
        "EUR",
        amount,
        number,
        statement=fact_id("statement", of.cite),
        booked=date(2024, 3, number),
    )
    return replace(plain, **more)


def checks(folder: Path, *items: Any, raw: int | None = None) -> list[Reconciliation]:
    given = source(folder, "a.txt", "x")
    counted = tally(items).records if raw is None else raw
    return list(reconcile(given, "test", counted, items))


def one(found: list[Reconciliation], name: str, at: str = "") -> Reconciliation:
    (check,) = [c for c in found if c.check == name and c.cite.locator.endswith(at)]
    return check


def figures(check: Reconciliation) -> tuple[str, int | None, int | None, int | None]:
    return check.outcome, check.expected, check.found, check.difference


# -- opening + postings = closing: 1000 + 500 - 200 + 50 = 1350


@pytest.mark.parametrize(
    ("amounts", "outcome", "found"),
    [
        pytest.param([500, -200, 50], "ok", 1350, id="all there"),
        pytest.param([500, 50], "off", 1550, id="a line is missing: 1000 + 500 + 50 = 1550, 200 too much"),
        pytest.param([500, -200, -200, 50], "off", 1150, id="a line twice: 1350 - 200 = 1150"),
        pytest.param([500, 200, 50], "off", 1750, id="a wrong sign is off by twice the amount: 1350 + 400"),
        pytest.param([500, -200, 51], "off", 1351, id="one cent"),
        pytest.param([], "off", 1000, id="no line at all"),
    ],
)
def test_the_sum_says_what_is_missing_to_the_cent(tmp_path: Path, amounts: list[int], outcome: str, found: int) -> None:
    whole = statement()
    check = one(checks(tmp_path, whole, *(line(n, a, whole) for n, a in enumerate(amounts, 1))), "sum")
    assert figures(check) == (outcome, 1350, found, 1350 - found)
    assert (check.account, check.currency, check.note) == ("A1", "EUR", "opening + booked postings = closing")


def test_a_line_in_another_currency_is_never_added(tmp_path: Path) -> None:
    whole = statement()
    lines = [line(1, 500, whole), line(2, -200, whole), line(3, 50, whole, currency="USD")]
    found = checks(tmp_path, whole, *lines)
    assert figures(one(found, "sum")) == ("off", 1350, 1300, 50)
    assert figures(one(found, "currency")) == ("off", 0, 1, -1)
    assert one(found, "currency").note == "in another currency: line 3: USD"


@pytest.mark.parametrize("status", ["pending", "info"])
def test_only_booked_lines_move_the_balance(tmp_path: Path, status: str) -> None:
    whole = statement(closing=1500)
    found = checks(tmp_path, whole, line(1, 500, whole), line(2, 77, whole, status=status))
    assert figures(one(found, "sum")) == ("ok", 1500, 1500, 0)


def test_a_break_beside_rejects_says_so(tmp_path: Path) -> None:
    whole = statement()
    reject = Reject(Cite(EXHIBIT, "statement=1/line=2"), "raw", "61", "statement-line", "no amount.")
    check = one(checks(tmp_path, whole, line(1, 500, whole), reject), "sum")
    assert check.note == "opening + booked postings = closing; 1 records of this exhibit were set aside"


def test_figures_beyond_64_bits_are_said_and_not_wrapped(tmp_path: Path) -> None:
    whole = statement(closing=2**62)
    huge = [line(n, 2**62, whole) for n in (1, 2)]
    check = one(checks(tmp_path, whole, *huge), "sum")
    assert (check.outcome, check.found) == ("off", None)
    assert check.note.endswith("the sum is beyond 64 bits")


def test_each_line_belongs_to_the_statement_that_it_names(tmp_path: Path) -> None:
    first, second = statement(1, closing=1100), statement(2, opening=1100, closing=1400)
    found = checks(tmp_path, first, second, line(1, 100, first), line(2, 300, second))
    assert [c.outcome for c in found if c.check == "sum"] == ["ok", "ok"]


# -- totals and counts


@pytest.mark.parametrize(
    ("stated", "at", "expected"),
    [
        ({"total_credit": 550}, "#credit-total", ("ok", 550, 550, 0)),
        ({"total_credit": 600}, "#credit-total", ("off", 600, 550, 50)),
        ({"total_debit": 200}, "#debit-total", ("ok", 200, 200, 0)),
        ({"total_debit": 0}, "#debit-total", ("off", 0, 200, -200)),
        ({"count_credit": 2}, "#credit-count", ("ok", 2, 2, 0)),
        ({"count_credit": 3}, "#credit-count", ("off", 3, 2, 1)),
        ({"count_debit": 1}, "#debit-count", ("ok", 1, 1, 0)),
    ],
)
def test_control_totals_are_compared_side_by_side(
    tmp_path: Path, stated: dict[str, int], at: str, expected: tuple[str, int, int, int]
) -> None:
    whole = statement(**stated)
    found = checks(tmp_path, whole, *(line(n, a, whole) for n, a in enumerate([500, -200, 50], 1)))
    check = one(found, "control_total", at)
    assert figures(check) == expected
    assert check.currency == ("" if "count" in at else "EUR"), "a number of lines has no currency"
    assert len([c for c in found if c.check == "control_total"]) == 1, "what is not stated is not checked"


def test_a_total_may_count_pending_lines_and_says_so(tmp_path: Path) -> None:
    whole = statement(closing=1500, total_credit=577)
    found = checks(tmp_path, whole, line(1, 500, whole), line(2, 77, whole, status="pending"))
    check = one(found, "control_total")
    assert figures(check) == ("ok", 577, 577, 0)
    assert check.note == "total of credit entries as printed, pending entries included"


def test_a_balance_report_without_lines_is_proved_by_its_totals(tmp_path: Path) -> None:
    whole = statement(total_credit=550, total_debit=200, count=0)
    found = checks(tmp_path, whole)
    assert figures(one(found, "sum")) == ("ok", 1350, 1350, 0)
    assert not [c for c in found if c.check == "control_total"]


# -- the chain of statements


@pytest.mark.parametrize(
    ("after", "expected", "note"),
    [
        pytest.param({}, ("ok", 1350, 1350, 0), "statement 1 to 2", id="ties"),
        pytest.param({"opening": 1340}, ("off", 1350, 1340, 10), "statement 1 to 2", id="ten cents lost between"),
        pytest.param(
            {"number": "4"}, ("off", 1350, 1350, 0), "statement 1 to 4: 2 numbers between them are not held", id="hole"
        ),
        pytest.param(
            {"number": "3", "opening": 900},
            ("off", 1350, 900, 450),
            "statement 1 to 3: 1 numbers between them are not held",
            id="hole and jump",
        ),
        pytest.param({"opening": None}, ("not_stated", None, None, None), "statement 1 to 2", id="no opening"),
        pytest.param({"number": ""}, ("ok", 1350, 1350, 0), "statement 1 to ?", id="no number"),
        pytest.param({"number": "1"}, ("ok", 1350, 1350, 0), "statement 1 to 1", id="numbered anew"),
    ],
)
def test_closing_of_one_is_opening_of_the_next(
    tmp_path: Path, after: dict[str, Any], expected: tuple[str, int, int, int], note: str
) -> None:
    later = {"opening": 1350, "closing": 1350, "opening_date": date(2024, 4, 1), "closing_date": date(2024, 4, 30)}
    first, second = statement(1), replace(statement(2), **(later | after))
    for order in ((first, second), (second, first)):  # some exports print the newest first
        check = one(checks(tmp_path, *order), "chain")
        assert (figures(check), check.note) == (expected, note)
        assert check.cite == second.cite


@pytest.mark.parametrize(
    "apart",
    [{"account": "B1", "account_key": "::B1"}, {"currency": "USD"}, {"kind": "interim"}, {"account_key": "HK:QX:A1"}],
)
def test_statements_of_different_accounts_are_no_chain(tmp_path: Path, apart: dict[str, Any]) -> None:
    assert not [c for c in checks(tmp_path, statement(1), statement(2, **apart)) if c.check == "chain"]


def test_an_overlap_breaks_the_chain_and_is_not_netted(tmp_path: Path) -> None:
    """The second statement begins before the first ends: its opening is not the closing before it, by what overlaps."""
    first = statement(1)
    second = statement(2, opening_date=date(2024, 3, 15), closing_date=date(2024, 4, 15), opening=1500, closing=1500)
    assert figures(one(checks(tmp_path, first, second), "chain")) == ("off", 1350, 1500, -150)


# -- dates, running balances, leftovers


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"booked": date(2024, 2, 29)}, "line 1: 2024-02-29 is outside the period"),
        ({"booked": date(2024, 4, 1)}, "line 1: 2024-04-01 is outside the period"),
        (
            {"booked": None, "marks": ("booking date 240231 does not exist",)},
            "line 1: what is printed is no day of any calendar; the day is left empty (booking date 240231 does not exist)",
        ),
    ],
)
def test_a_day_outside_the_period_or_the_calendar_is_marked_and_the_line_stays(
    tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    whole = statement(closing=1500)
    found = checks(tmp_path, whole, line(1, 500, whole, **change))
    assert (one(found, "dates").outcome, one(found, "dates").note) == ("off", words)
    assert one(found, "sum").outcome == "ok"


def test_a_period_that_runs_backwards_is_said(tmp_path: Path) -> None:
    whole = statement(opening_date=date(2024, 4, 1))
    assert "the period runs backwards" in one(checks(tmp_path, whole), "dates").note


def test_of_many_odd_lines_five_are_named_and_the_rest_counted(tmp_path: Path) -> None:
    whole = statement()
    lines = [line(n, 1, whole, booked=date(2023, 1, n)) for n in range(1, 9)]
    check = one(checks(tmp_path, whole, *lines), "dates")
    assert figures(check) == ("off", 0, 8, -8)
    assert check.note.endswith("; and 3 more")


@pytest.mark.parametrize(
    ("balances", "order", "expected"),
    [
        pytest.param([1500, 1300, 1350], "oldest_first", ("ok", 3, 3, 0), id="every step"),
        pytest.param([1500, 1301, 1350], "oldest_first", ("off", 3, 1, 2), id="one balance wrong breaks two steps"),
        pytest.param([1500, None, 1350], "oldest_first", ("ok", 1, 1, 0), id="a masked balance is null, not zero"),
        pytest.param([None, None, None], "oldest_first", None, id="none printed"),
    ],
)
def test_the_running_balance_is_proved_step_by_step(
    tmp_path: Path, balances: list[int | None], order: str, expected: Any
) -> None:
    whole = statement()
    lines = [
        line(n, a, whole, balance=b) for n, (a, b) in enumerate(zip([500, -200, 50], balances, strict=True), start=1)
    ]
    found = [c for c in checks(tmp_path, whole, *lines) if c.check == "running_balance"]
    assert [figures(c) for c in found] == ([expected] if expected else [])


def test_newest_first_is_proved_from_the_end(tmp_path: Path) -> None:
    whole = statement(order="newest_first")
    lines = [line(1, 50, whole, balance=1350), line(2, -200, whole, balance=1300), line(3, 500, whole, balance=1500)]
    assert figures(one(checks(tmp_path, whole, *lines), "running_balance")) == ("ok", 3, 3, 0)


def test_leftovers_are_listed_and_no_failure(tmp_path: Path) -> None:
    check = one(checks(tmp_path, statement(marks=("leftovers banner: X", "other"))), LEFTOVERS)
    assert (check.outcome, check.found, check.note) == ("ok", 1, "leftovers banner: X")


# -- the count


@pytest.mark.parametrize(("raw", "outcome", "difference"), [(2, "ok", 0), (3, "off", 1), (1, "off", -1)])
def test_the_count_ties_or_is_off(tmp_path: Path, raw: int, outcome: str, difference: int) -> None:
    whole = statement()
    found = one(checks(tmp_path, whole, line(1, 500, whole), line(2, 500, whole), raw=raw), "count")
    assert (found.outcome, found.expected, found.found, found.difference) == (outcome, raw, 2, difference)


def test_records_and_parts_are_counted_apart() -> None:
    """Two lines load, one of them without a field; one line is set aside for two reasons; a balance and a text between
    are no records: 3 records = 2 loaded + 1 set aside, and 3 parts."""
    whole = statement()

    def reject(place: str, field: str = "61") -> Reject:
        return Reject(Cite(EXHIBIT, place), "raw", field, "code", "why.")

    items = [
        whole,
        line(1, 500, whole),
        line(2, 50, whole),
        reject("statement=1/line=2#71F"),
        reject("statement=1/line=3"),
        reject("statement=1/line=3#32A"),
        reject("statement=1#62F", "62F"),
        reject("message=2", LEFTOVERS),
    ]
    assert tally(items) == Tally(records=3, set_aside=1, parts=3)
    assert [one.is_part for one in items if isinstance(one, Reject)] == [True, False, True, True, True]


def test_nothing_is_nothing() -> None:
    assert tally([]) == Tally(0, 0, 0)

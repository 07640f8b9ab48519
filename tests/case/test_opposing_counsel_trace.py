"""What opposing counsel attacked in a trace, as small cases with their arithmetic."""

from collections.abc import Sequence
from datetime import date

from tracer.model import Cite, Claim, Posting, Statement, Transfer
from tracer.trace import CaseEntries, bounds, entries_of
from tracer.trace.bounds import build

ACCOUNT = "111222333"
#: (number, opening day, opening, [(day, amount, name)], closing day, closing): whole dollars
Page = tuple[str, str, int, Sequence[tuple[str, int, str]], str, int]


def _day(text: str) -> date:
    return date.fromisoformat(f"2024-{text}")


def _read(*pages: Page, holes_open: bool = False, currency: str = "USD") -> CaseEntries:
    """Return the entries of one account; `claim` is 10,000 of proceeds and `house` the asset."""
    statements, postings = {}, {}
    for place, (number, opened, opening, lines, closed, closing) in enumerate(pages):
        key = f"s{place}"
        statements[key] = Statement(
            cite=Cite("x" * 64, f"statement={place}"),
            account=ACCOUNT,
            currency=currency,
            number=number,
            opening=opening * 100,
            opening_date=_day(opened),
            closing=closing * 100,
            closing_date=_day(closed),
        )
        for line, (day, amount, name) in enumerate(lines, 1):
            postings[name] = Posting(
                cite=Cite("x" * 64, f"statement={place}/line={line}"),
                account=ACCOUNT,
                currency=currency,
                amount=amount * 100,
                line=line,
                statement=key,
                booked=_day(day),
                counterparty=name,
            )
    transfers = [
        Transfer(
            id=key,
            postings=(key,),
            messages=(),
            debit=key if p.amount < 0 else "",
            credit=key if p.amount > 0 else "",
            debit_account="",
            credit_account="",
            amount_out=None,
            currency_out="",
            amount_in=None,
            currency_in="",
            date_out=None,
            date_in=None,
        )
        for key, p in postings.items()
    ]
    claims = [Claim("C-E1", "E1", "E1", "claim", 1_000_000, currency)]
    return entries_of(postings, statements, transfers, claims, {"house": "sink:ASSET:H"}, holes_open=holes_open)


def _floor(read: CaseEntries) -> int:
    return bounds(build(read.entries), ["sink:ASSET:H"], ["E1"]).floor // 100


def test_a_statement_that_does_not_sum_proves_no_floor() -> None:
    """1,000 + 10,000 - 1,500 = 9,500, printed closing 500: 9,000 left unseen, and any part of it may be an exchange."""
    march: Page = ("1", "03-01", 1_000, [("03-05", 10_000, "claim"), ("03-20", -1_500, "house")], "03-31", 500)
    carried, opened = _read(march), _read(march, holes_open=True)
    assert [(g.kind, g.amount) for g in carried.gaps] == [("break", 900_000)]
    assert carried.entries.balances()[-1] == 50_000
    assert opened.entries.balances()[-1] == 50_000
    assert _floor(opened) == 0


def test_statement_nine_comes_before_ten() -> None:
    """Other money before the house: 1,000 - 0 + 500 = 1,500 at most, so 2,000 - 1,500 = 500 is proceeds on any rule."""
    read = _read(
        ("10", "03-05", 11_000, [("03-05", -9_000, "car"), ("03-05", 500, "clean")], "03-05", 2_500),
        ("9", "03-05", 1_000, [("03-05", 10_000, "claim")], "03-05", 11_000),
        ("11", "03-06", 2_500, [("03-20", -2_000, "house")], "03-31", 500),
    )
    assert read.gaps == ()
    assert _floor(read) == 500


def test_a_number_that_jumps_is_a_hole_although_the_balances_agree() -> None:
    """Statement 2 is missing: its 10,100 may have been exchanged in full."""
    pages: list[Page] = [
        ("1", "03-01", 100, [("03-05", 10_000, "claim")], "03-05", 10_100),
        ("3", "03-20", 10_100, [("03-25", -10_000, "house")], "03-31", 100),
    ]
    assert [g.kind for g in _read(*pages).gaps] == ["missing_statement"]
    assert _floor(_read(*pages, holes_open=True)) == 0


def test_consecutive_numbers_and_a_weekend_are_no_hole() -> None:
    """1 March 2024 is a Friday, 4 March the Monday after it: the floor is 10,000 less the 100 of other money."""
    for numbers in (("1", "2"), ("", "")):
        read = _read(
            (numbers[0], "03-01", 100, [("03-01", 10_000, "claim")], "03-01", 10_100),
            (numbers[1], "03-04", 10_100, [("03-04", -10_000, "house")], "03-04", 100),
            holes_open=True,
        )
        assert read.gaps == ()
        assert _floor(read) == 9_900

"""Own money first by the day, over several accounts: in one account the figures of the one-account arithmetic."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.trace.test_elections import credit, move, pay, told
from tracer.model import Cite, Posting, RuleError
from tracer.trace.day_orders import in_variant
from tracer.trace.entries import Entries
from tracer.trace.events import Book, Event, Holding, enter
from tracer.trace.replay import replay
from tracer.trace.theories.daily import by_day

FIRST = date(2024, 3, 1)


def printed(entries: Entries, valued: dict[str, date] | None = None) -> dict[str, Posting]:
    """Return a posting for every entry; `valued`: those whose value date is another day than the one they were booked."""
    found = {}
    for row, key in enumerate(entries.source or ()):
        day = FIRST + timedelta(days=int(entries.day[row]) - int(entries.day[entries.day >= 0][0]))
        valued_on = (valued or {}).get(key, day)
        found[key] = Posting(Cite("e", f"row={row}"), "A", "USD", 1, row, booked=day, value_date=valued_on)
    return found


def left(entries: Entries, account: str = "A") -> int:
    return replay(entries, "libr").targets[f"bal:{account}"].get("T", 0)


days = st.lists(
    st.tuples(st.integers(0, 4), st.sampled_from("TCD"), st.integers(1, 9)), min_size=1, max_size=12
).map(lambda each: sorted(each, key=lambda one: one[0]))  # fmt: skip


@given(opening=st.integers(-9, 9), each=days)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_one_account_is_as_the_day_by_itself(opening: int, each: list[tuple[int, str, int]]) -> None:
    """The order of the variant and the closed form of each day (R4) give the same; the worst is never above the best."""
    assume(any(kind == "T" for _, kind, _ in each))
    events = [
        Event(
            f"e{n}", "debit" if kind == "D" else "credit", "A", amount, day=FIRST + timedelta(days=day),
            **({"sink": f"s{n}"} if kind == "D" else {"labels": ((kind, amount),)}),
        )
        for n, (day, kind, amount) in enumerate(each)
    ]  # fmt: skip
    holding = Holding("A", opening=(("U", opening),) if opening > 0 else (), debt=max(0, -opening))
    book = Book((holding,), tuple(events), ("T",))
    entries = enter(book)
    found = {}
    for name in ("close", "worst", "best"):
        found[name] = left(in_variant(entries, f"LIBR-D-{name}", printed(entries))[0])
        assert found[name] == by_day(book, name)["bal:A"]["T"], name
    assert found["worst"] <= left(entries) <= found["best"] == found["close"]


def test_what_one_account_keeps_by_the_day_it_does_not_send_on() -> None:
    """A: 50 own, 100 of proceeds; on one day 60 go to B and 30 of other money come, as printed. Worst, as printed: 50 own and 10
    of proceeds move; best: 80 own cover the 60, and nothing of the proceeds reaches B."""
    day = {"day": FIRST + timedelta(days=1)}
    book = told(
        credit("t", 100, "T", day=FIRST), move("m", 60, "A", "B", **day), credit("c", 30, "C", **day),
        accounts=(Holding("A", opening=(("U", 50),)), Holding("B")),
    )  # fmt: skip
    entries = enter(book)
    posted = printed(entries)
    assert left(in_variant(entries, "LIBR-D-worst", posted)[0], "B") == 10
    best, moved = in_variant(entries, "LIBR-D-best", posted)
    assert (left(best, "B"), moved > 0) == (0, True)
    assert in_variant(entries, "LIBR-T", posted) == (entries, 0)


def test_a_circle_of_one_day_has_no_order_with_all_credits_first() -> None:
    day = {"day": FIRST}
    book = told(
        move("out", 5, "A", "B", **day), move("back", 5, "B", "A", **day), pay("x", 5, **day),
        accounts=(Holding("A", opening=(("U", 9),)), Holding("B")),
    )  # fmt: skip
    entries = enter(book)
    with pytest.raises(RuleError, match="round in a circle") as refused:
        in_variant(entries, "LIBR-D-best", printed(entries))
    assert "LIBR-D-worst" in refused.value.next_call
    in_variant(entries, "LIBR-D-worst", printed(entries))


def test_a_hold_ends_before_the_other_entries_of_its_day() -> None:
    """100 other, booked on the 1st and valued on the 3rd: the payment of the 2nd takes proceeds, that of the 3rd other money."""
    book = told(
        credit("c", 100, "C", day=FIRST), credit("t", 100, "T", day=FIRST),
        pay("p", 40, day=FIRST + timedelta(days=1)), pay("q", 70, day=FIRST + timedelta(days=2)),
    )  # fmt: skip
    entries = enter(book)
    held, moved = in_variant(entries, "LIBR-A", printed(entries, {"c": FIRST + timedelta(days=2)}))
    found = replay(held, "libr").targets
    assert (found["sink:p"]["T"], found["sink:q"]["T"], found["bal:A"]["T"], moved) == (40, 0, 60, 3)
    assert in_variant(entries, "LIBR-A", printed(entries))[1] == 0

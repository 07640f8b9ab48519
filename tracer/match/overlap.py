"""Two statements of one account that print the same days: which of them overlap, and which lines are then one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from tracer.match.comparing import folded
from tracer.model import Posting, Statement
from tracer.model.accounts import bare
from tracer.model.order import calm_days
from tracer.model.payments import usable

__all__ = ["Span", "agree", "is_calm_day_of", "overlapping", "spans"]


@dataclass(frozen=True, slots=True)
class Span:
    """The days that one statement covers, those of its first and last line, and what tells it from the one before.

    calm   its lines of days that a statement of one day closes at the balance at which it opened
    """

    start: date
    end: date
    first: date
    last: date
    opening: int | None
    closing: int | None
    number: str
    sums: bool
    calm: dict[date, list[Posting]] = field(default_factory=dict)


def spans(postings: Mapping[str, Posting], statements: Mapping[str, Statement]) -> dict[str, Span]:
    """Return statement -> the days it covers: as printed, else from its first line to its last."""
    days: dict[str, list[date]] = defaultdict(list)
    moved: dict[str, int] = defaultdict(int)
    for posting in postings.values():
        if posting.status == "booked":
            moved[posting.statement] += posting.amount
        if posting.booked is not None and posting.statement in statements:
            days[posting.statement].append(posting.booked)
    found = {}
    for key, held in days.items():
        s = statements[key]
        start = min(filter(None, (s.period_from or s.opening_date, *held)))
        end = max(filter(None, (s.period_to or s.closing_date, *held)))
        sums = s.opening is not None and s.closing is not None and s.closing - s.opening == moved[key]
        found[key] = Span(start, end, min(held), max(held), s.opening, s.closing, s.number, sums)
    for (key, day), lines in calm_days(postings, statements).items():
        if key in found:
            found[key].calm[day] = [p for name in lines if (p := postings[name]).status == "booked"]
    return found


def overlapping(one: Span | None, other: Span | None, day: date | None) -> bool:
    """Say whether two statements both cover a day.

    A statement opens on the day on which the one before it closed (:60F: repeats :62F:), so that two which only touch are
    consecutive and print two true lines, unless number and both balances say that they are one statement. A statement of a
    single day touches nothing that covers the days on both sides of it; at the first or the last day of a longer one the
    balances say whether it is that day of it, or the page before or behind it; its lines, where it closes as it opened.
    """
    if one is None or other is None or day is None:
        return False
    start, end = max(one.start, other.start), min(one.end, other.end)
    if start < end:
        return start <= day <= end
    if start == end == day:
        if one.start < day < one.end or other.start < day < other.end:
            return True
        if one.start < one.end or other.start < other.end:
            return _is_day_of(one, other, day) or _is_day_of(other, one, day)
    is_one = (one.start, one.end) == (other.start, other.end) and one.opening is not None and one.closing is not None
    balances_agree = (one.opening, one.closing) == (other.opening, other.closing)
    return is_one and balances_agree and (one.opening != one.closing or one.number == other.number) and day == start


def _is_day_of(daily: Span, longer: Span, day: date) -> bool:
    """Say whether the balances, or of a day that changes none the lines, make a statement of one day a day of a longer one."""
    if not daily.first == daily.last == day:
        return False
    if daily.opening == daily.closing:
        return is_calm_day_of(daily, longer, day)
    starts = day == longer.start and daily.opening is not None and daily.opening == longer.opening
    return starts or (day == longer.end and daily.closing is not None and daily.closing == longer.closing)


def is_calm_day_of(daily: Span, longer: Span, day: date) -> bool:
    """Say whether a statement of one day that closes where it opened is the first or last day of a longer one, by its lines."""
    if not daily.first == daily.last == day or daily.opening != daily.closing or longer.start == longer.end:
        return False
    return day in {longer.start, longer.end} and _prints(daily.calm.get(day, []), longer.calm.get(day, []))


def _prints(lines: Sequence[Posting], others: Sequence[Posting]) -> bool:
    """Say whether two statements print the same lines of a day, each line of one with its own of the other."""
    left = list(others)
    for p in lines:
        twin = next((q for q in left if q.amount == p.amount and agree(p, q, told_alike=False)), None)
        if twin is None:
            return False
        left.remove(twin)
    return bool(lines) and not left


def agree(one: Posting, other: Posting, *, told_alike: bool = True) -> bool:
    """Say whether two lines in an overlap are printed alike: text, and no field that both print with another content.

    `told_alike` False leaves out the text: two banks' systems, or two years, word one line in two ways.
    """
    mine, yours = ((p.bank_reference, p.owner_reference, p.end_to_end_id) for p in (one, other))
    if any(usable(x) and usable(y) and usable(x) != usable(y) for x, y in zip(mine, yours, strict=True)):
        return False
    if one.value_date and other.value_date and one.value_date != other.value_date:
        return False
    if one.balance is not None and other.balance is not None and one.balance != other.balance:
        return False
    accounts = bare(one.counterparty_account), bare(other.counterparty_account)
    if accounts[0] != accounts[1] and all(accounts):
        return False
    return not told_alike or folded(one.details) == folded(other.details)

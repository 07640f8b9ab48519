"""The bank's own order: statement after statement, line after line.

Statements are ordered by the day they open and then by their number, read as numbers: 9 comes before 10 (MT940 field 28C
is digits, so its order as text is not its order). Where several statements of one account open on one day, the balances
decide: a statement follows the one at whose closing balance it opens.

Two statements may print the same days. What is left of both, once each line counts once, has no order of statements: it
goes by the day that each statement had reached at that line, and each statement's own lines stay in their order.

An export that promises no order (OFX, QIF, a CSV without balances, documents of 1C) may print all credits before all debits, and
the lines of a month in the order of their references. Its lines go by their days; within a day they have no order. So do the lines of
a statement that goes back among the booking days that it prints, without a balance after each.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import pairwise

from tracer.model.evidence import Posting, Statement

__all__ = ["UNORDERED", "Place", "bank_order", "calm_days", "consecutive", "is_list", "natural"]

#: Mark of a statement in a format that promises no order of its lines.
UNORDERED = "unordered"

#: First day and rank of the statement, or of the first of those that overlap with it; day reached; own rank; statement, line.
Place = tuple[date, int, date, int, str, int, str]
_Days = tuple[date, date]
_TOLD = {"statement", "table"}  # an interim report is no statement of its own

_NUMBER = re.compile(r"\d+|\D+")
_SEQUENCE = 99_999  # 28C has five digits: what is longer is a date or an id


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key that reads the digits in a text as numbers."""
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in _NUMBER.findall(text))


def bank_order(
    postings: Mapping[str, Posting], statements: Mapping[str, Statement]
) -> tuple[dict[str, tuple[date, int, date, int]], dict[str, Place]]:
    """Return statement id -> its place among all, and posting id -> sort key, both in the bank's order."""
    found: dict[tuple[str, str, date], list[str]] = defaultdict(list)
    closes: dict[tuple[str, str], list[tuple[date, int]]] = defaultdict(list)
    for key, s in statements.items():
        account = (s.account_key or s.account, s.currency)
        found[(*account, _start(s) or date.max)].append(key)
        end = _end(s)
        if end is not None and s.closing is not None:
            closes[account].append((end, s.closing))
    rank: dict[str, int] = {}
    for number, currency, day in sorted(found):
        group = sorted(
            found[number, currency, day],
            key=lambda key: (
                natural(statements[key].number),
                natural(statements[key].page),
                _end(statements[key]) or date.max,
                key,
            ),
        )
        before = {closing for end, closing in closes[number, currency] if end < day}
        for key in _chained(group, statements, before):
            rank[key] = len(rank)
    days = _days(postings)
    heads = _heads(rank, statements, postings, days, calm_days(postings, statements, days))
    reached = _reached(postings, heads) | _by_days(postings, statements)
    keys: dict[str, Place] = {}
    for key, posting in postings.items():
        mine = statements.get(posting.statement)
        first = (_start(mine) if mine else None) or posting.booked or posting.value_date or date.max
        own = rank.get(posting.statement, -1)
        head = heads.get(posting.statement, (first, own))
        keys[key] = (*head, reached.get(key, first), own, posting.statement, posting.line, key)
    places = {}
    for key, own in rank.items():
        first = _start(statements[key]) or date.max
        places[key] = (*heads.get(key, (first, own)), first, own)
    return places, keys


def is_list(statement: Statement) -> bool:
    """Say whether the lines of a statement are a list: nothing promises that its bank wrote them down in this order."""
    return statement.kind == "table" or UNORDERED in statement.marks


def _start(statement: Statement) -> date | None:
    return statement.opening_date or statement.period_from


def _end(statement: Statement) -> date | None:
    return statement.closing_date or statement.period_to


def _heads(
    rank: Mapping[str, int],
    statements: Mapping[str, Statement],
    postings: Mapping[str, Posting],
    days: Mapping[str, _Days],
    calm: Mapping[tuple[str, date], list[str]],
) -> dict[str, tuple[date, int]]:
    """Return, for each statement that overlaps with another of its account, the place of the first of them.

    A statement that begins on the day on which the one before ended only touches it, unless the balances, or of a day that
    changes none the lines, make one of them a day of the other. One that opens at the closing balance of the one before follows it, whatever days are printed; but behind
    one that overlaps it lies within the days of the first, and of a statement that closes where it opened a copy opens there
    too: its lines begin before those of the other end.
    """

    def is_day_of(daily: str, longer: str) -> bool:
        mine = days.get(daily)
        if mine is None or mine[0] != mine[1] or daily == longer:
            return False
        one, other, day = statements[daily], statements[longer], mine[0]
        if one.opening == one.closing:  # nothing tells it from the page before or behind, but its lines
            amounts = [sorted(postings[key].amount for key in calm.get((name, day), ())) for name in (daily, longer)]
            return day in {_start(other), _end(other)} and bool(amounts[0]) and amounts[0] == amounts[1]
        starts = day == _start(other) and one.opening is not None and one.opening == other.opening
        return starts or (day == _end(other) and one.closing is not None and one.closing == other.closing)

    found: dict[str, tuple[date, int]] = {}
    latest: dict[tuple[str, str], tuple[str, date, str]] = {}  # the last one, the day reached, the one that reached it
    head: dict[tuple[str, str], str] = {}
    for key in sorted(rank, key=lambda key: (_start(statements[key]) or date.max, rank[key])):
        s = statements[key]
        start, end = _start(s), _end(s)
        if s.kind not in _TOLD or start is None or end is None:
            continue
        account = (s.account_key or s.account, s.currency)
        before, reach, far = latest.get(account, ("", date.min, ""))
        one = statements.get(before)
        if one is not None and (
            (start < reach and (before in found or not _is_next(one, s, days.get(before), days.get(key))))
            or (start == reach and (is_day_of(before, key) or is_day_of(key, far)))
        ):
            first = head[account]
            place = (_start(statements[first]) or date.max, rank[first])
            found[first] = found[key] = place
        else:
            head[account] = key
        latest[account] = (key, max(reach, end), key if end >= reach else far)
    return found


def _is_next(one: Statement, other: Statement, mine: _Days | None, yours: _Days | None) -> bool:
    """Say whether a statement is the next page of another, though its days begin before those of the other end."""
    ends = _end(one), _end(other)
    if other.opening is None or one.closing != other.opening or (ends[0] and ends[1] and ends[1] < ends[0]):
        return False
    is_flat = one.opening == one.closing or other.opening == other.closing
    if not is_flat or mine is None or yours is None:
        return True
    is_whole = (_start(one), ends[0]) == (_start(other), ends[1])  # pages that print the days of the whole statement
    return mine[1] <= yours[0] and is_whole


def calm_days(
    postings: Mapping[str, Posting], statements: Mapping[str, Statement], days: Mapping[str, _Days] | None = None
) -> dict[tuple[str, date], list[str]]:
    """Return (statement, day) -> its lines, of days that a statement of that day alone closes at the balance at which it opened.

    Such balances do not tell whether it is that day of a longer statement, or the page before or behind it: its lines do.
    """
    told = days if days is not None else _days(postings)
    wanted = {
        (s.account_key or s.account, s.currency, told[key][0])
        for key, s in statements.items()
        if s.opening is not None and s.opening == s.closing and key in told and told[key][0] == told[key][1]
    }
    found: dict[tuple[str, date], list[str]] = defaultdict(list)
    for key, p in postings.items() if wanted else ():
        day = p.booked or p.value_date
        if day is not None and (p.account_key or p.account, p.currency, day) in wanted:
            found[p.statement, day].append(key)
    return found


def _days(postings: Mapping[str, Posting]) -> dict[str, _Days]:
    """Return statement -> the days of its first and its last line."""
    found: dict[str, _Days] = {}
    for p in postings.values():
        day = p.booked or p.value_date
        if day is not None:
            first, last = found.get(p.statement, (day, day))
            found[p.statement] = min(first, day), max(last, day)
    return found


def _reached(postings: Mapping[str, Posting], heads: Mapping[str, tuple[date, int]]) -> dict[str, date]:
    """Return, for each line of overlapping statements, the latest day that its statement has printed up to it."""
    lines: dict[str, list[str]] = defaultdict(list)
    for key, posting in postings.items():
        if posting.statement in heads:
            lines[posting.statement].append(key)
    found: dict[str, date] = {}
    for mine in lines.values():
        day = date.min
        for key in sorted(mine, key=lambda key: (postings[key].line, key)):
            day = max(day, postings[key].booked or postings[key].value_date or day)
            found[key] = day
    return found


def _by_days(postings: Mapping[str, Posting], statements: Mapping[str, Statement]) -> dict[str, date]:
    """Return the day of each line of a list whose days go up and down, and whose lines print no balance that proves its order.

    A line without a day stays behind the one above it. A statement that prints a booking day on every line, and goes back among
    them, is such a list, too: what was booked on the 8th drew on nothing that was booked on the 10th.
    """
    lines: dict[str, list[str]] = defaultdict(list)
    for key, posting in postings.items():
        if posting.statement in statements:
            lines[posting.statement].append(key)
    found: dict[str, date] = {}
    for name, mine in lines.items():
        mine.sort(key=lambda key: (postings[key].line, key))
        days: list[date] = []
        for key in mine:
            p = postings[key]
            days.append(p.booked or p.value_date or (days[-1] if days else date.min))
        if all(a <= b for a, b in pairwise(days)) or all(postings[key].balance is not None for key in mine):
            continue
        if is_list(statements[name]) or all(postings[key].booked for key in mine):
            found |= dict(zip(mine, days, strict=True))
    return found


def _chained(group: list[str], statements: Mapping[str, Statement], before: Iterable[int]) -> list[str]:
    """Return the statements of one day so that each opens where another closed, if such an order exists."""
    if len(group) < 2 or _links(group, statements) == len(group) - 1:
        return group
    best, known = group, set(before)
    closings = {statements[key].closing for key in group}
    starts = [k for k in group if statements[k].opening in known or statements[k].opening not in closings]
    for first in [*starts, *group][:50]:
        rest, chain = [key for key in group if key != first], [first]
        while rest:
            at = statements[chain[-1]].closing
            chain.append(next((key for key in rest if statements[key].opening == at), rest[0]))
            rest.remove(chain[-1])
        if _links(chain, statements) > _links(best, statements):
            best = chain
    return best


def _links(keys: list[str], statements: Mapping[str, Statement]) -> int:
    return sum(
        statements[a].closing is not None and statements[a].closing == statements[b].opening for a, b in pairwise(keys)
    )


def consecutive(before: Statement, after: Statement) -> bool | None:
    """Say whether the numbers of two statements follow on each other; None where they prove nothing.

    A number may begin again with each year. Numbers that advance as the days do are days, not a sequence.
    """
    if not (before.number.isdecimal() and after.number.isdecimal()):
        return None
    one, two = int(before.number), int(after.number)
    if max(one, two) > _SEQUENCE:
        return None
    if one == two:
        pages = before.page.isdecimal() and after.page.isdecimal()
        return int(after.page) == int(before.page) + 1 if pages and before.page != after.page else None
    if two == one + 1:
        return True
    end, last = before.closing_date or before.period_to, after.closing_date or after.period_to
    if end is not None and last is not None:
        if two < one:
            return two == 1 if last.year > end.year else None
        if two - one == (last - end).days:
            return None
    return False if two > one else None

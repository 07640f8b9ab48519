"""The bank's own order: statement after statement, line after line.

Statements are ordered by the day they open and then by their number, read as numbers: 9 comes before 10 (MT940 field 28C
is digits, so its order as text is not its order). Where several statements of one account open on one day, the balances
decide: a statement follows the one at whose closing balance it opens.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import pairwise

from tracer.model.evidence import Posting, Statement

__all__ = ["bank_order", "consecutive", "natural"]

_NUMBER = re.compile(r"\d+|\D+")
_SEQUENCE = 99_999  # 28C has five digits: what is longer is a date or an id


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key that reads the digits in a text as numbers."""
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in _NUMBER.findall(text))


def bank_order(
    postings: Mapping[str, Posting], statements: Mapping[str, Statement]
) -> tuple[dict[str, int], dict[str, tuple[date, int, str, int, str]]]:
    """Return statement id -> its place among all, and posting id -> sort key, both in the bank's order."""
    found: dict[tuple[str, str, date], list[str]] = defaultdict(list)
    closes: dict[tuple[str, str], list[tuple[date, int]]] = defaultdict(list)
    for key, s in statements.items():
        account = (s.account_key or s.account, s.currency)
        found[(*account, s.opening_date or s.period_from or date.max)].append(key)
        end = s.closing_date or s.period_to
        if end is not None and s.closing is not None:
            closes[account].append((end, s.closing))
    rank: dict[str, int] = {}
    for number, currency, day in sorted(found):
        group = sorted(
            found[number, currency, day],
            key=lambda key: (natural(statements[key].number), natural(statements[key].page), key),
        )
        before = {closing for end, closing in closes[number, currency] if end < day}
        for key in _chained(group, statements, before):
            rank[key] = len(rank)
    keys = {}
    for key, posting in postings.items():
        mine = statements.get(posting.statement)
        start = (mine.opening_date or mine.period_from) if mine else None
        first = start or posting.booked or posting.value_date or date.max
        keys[key] = (first, rank.get(posting.statement, -1), posting.statement, posting.line, key)
    return rank, keys


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

"""Reconcile what a connector read against what the exhibit prints (formats.md section 1).

Per file: the count. Per statement: sum, chain, control totals, currency, dates, running balance, marks, leftovers. A sum that
does not tie flags and never refuses; public bank samples do not always sum. All differences are `expected - found`.
What a reader marked as doubtful (`marks`) is a check that is off: `dates` for days, `marks` for the rest, per statement, and
per file for records that no statement holds.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Protocol

from tracer.ingest.marks import kind_of, told
from tracer.ingest.source import Source
from tracer.model import Cite, Fact, Posting, Reconciliation, Reject, Statement, fact_id

__all__ = [
    "LEFTOVERS",
    "Side",
    "Tally",
    "chain",
    "count_check",
    "currency_check",
    "dates_check",
    "day_of",
    "marks_check",
    "net_check",
    "odd_apart",
    "odd_marks",
    "period",
    "printed_checks",
    "reconcile",
    "running_check",
    "sum_check",
    "tally",
    "told_apart",
    "total_checks",
]

#: What begins a statement's mark, or names a Reject's field, for text that no field took.
LEFTOVERS = "leftovers"

#: What begins a statement's mark for a control figure: `control-total:NAME:printed:found`.
CONTROL = "control-total:"

_OTHER_CURRENCY = re.compile(r" is in [A-Z]{3}, the (?:account|statement) in ")
_SHOWN = 5  # lines named in a note


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of an exhibit's records: `records` = loaded + `set_aside`.

    A record is what the connector's `count` counts, and it is set aside where nothing of it was loaded. `parts` are the
    texts set aside that are no record: a balance or a total in the heading of a statement, a field of a record that loaded,
    text between records. They are listed one by one, and never counted among the records.
    """

    records: int
    set_aside: int
    parts: int


def tally(items: Iterable[Fact | Reject]) -> Tally:
    """Return how many records facts and rejects account for. What stands inside a record has its locator, then `#`."""
    held = tuple(items)
    headers = {item.cite.locator for item in held if isinstance(item, Statement)}
    loaded: set[str] = set()
    rejected: list[str] = []
    parts = 0
    for item in held:
        base, inside, _ = item.cite.locator.partition("#")
        if isinstance(item, Reject) and (item.field == LEFTOVERS or (inside and base in headers)):
            parts += 1
        elif isinstance(item, Reject):
            rejected.append(base)
        elif not isinstance(item, Statement) and not (inside and base in headers):
            loaded.add(base)
    aside = set(rejected) - loaded
    return Tally(len(loaded | aside), len(aside), parts + sum(base in loaded for base in rejected))


def reconcile(
    source: Source, connector_name: str, raw_count: int, items: Iterable[Fact | Reject]
) -> tuple[Reconciliation, ...]:
    """Return every check of one exhibit. `raw_count` was counted without the parser.

    A posting belongs to the statement whose fact id it carries. Only booked postings move a balance.
    """
    items = tuple(items)
    statements = [item for item in items if isinstance(item, Statement)]
    rejects = [item for item in items if isinstance(item, Reject)]
    postings: dict[str, list[Posting]] = defaultdict(list)
    for item in items:
        if isinstance(item, Posting):
            postings[item.statement].append(item)
    checks = [count_check(source, connector_name, raw_count, tally(items).records)]
    for statement in statements:
        mine = sorted(postings.pop(fact_id("statement", statement.cite), ()), key=lambda one: one.line)
        booked = [one for one in mine if one.status == "booked"]
        checks.append(_sum(statement, booked, rejects))
        checks.extend(_totals(statement, mine, booked))
        checks.append(_currency(statement, mine))
        checks.append(_dates(statement, mine, source.exhibit.received_at))
        running = tuple(_running(statement.cite, statement.order, statement.opening, booked))
        checks.extend(running)
        checks.extend(net_check(statement, sum(one.amount for one in mine)))
        doubts = [(one.line, mark) for one in mine for mark in one.marks]
        checks.extend(marks_check(statement, doubts, breaks=any(one.outcome == "off" for one in running)))
        checks.extend(printed_checks(statement))
    checks.extend(chain(statements))
    checks.extend(doubts_apart(source, items))
    for mine in postings.values():
        accounts: dict[tuple[str, str], list[Posting]] = defaultdict(list)
        for one in mine:
            accounts[one.account, one.currency].append(one)
        for group in accounts.values():
            checks.extend(_running(group[0].cite, "oldest_first", None, group))
    return tuple(checks)


def count_check(source: Source, connector: str, raw: int, found: int) -> Reconciliation:
    """Return whether the records counted apart from the reader are those it accounts for."""
    return Reconciliation(
        source.cite("file"),
        "count",
        "ok" if raw == found else "off",
        expected=raw,
        found=found,
        difference=raw - found,
        note=f"raw records counted apart from the reader {connector}",
    )


def printed_checks(statement: Statement) -> Iterator[Reconciliation]:
    """Yield what the statement itself tells, whatever its lines are: text no field took, an end inside a block."""
    yield from _leftovers(statement)
    yield from _cut_short(statement)
    yield from _stated_controls(statement)


def _stated_controls(statement: Statement) -> Iterator[Reconciliation]:
    """Yield how each control figure that the file prints beside its totals compares with what was found (BAI2 49, 98, 99)."""
    for mark in statement.marks:
        if not mark.startswith(CONTROL):
            continue
        name, stated, found = (*mark.removeprefix(CONTROL).split(":"), "")[:3]
        cite = Cite(statement.cite.exhibit, f"{statement.cite.locator}#control-{name}")
        note = f"control figure {name} as printed"
        if found.lstrip("-").isdigit():
            currency = statement.currency if name.startswith("49-amounts") else ""
            yield _made(cite, "control_total", statement, int(stated), int(found), note, currency)
        elif stated == "not printed":
            yield Reconciliation(cite, "control_total", "not_stated", statement.account, note=f"{name} is not printed")
        else:
            yield Reconciliation(cite, "control_total", "off", statement.account, note=f"{note}: {told(mark)}")


def _cut_short(statement: Statement) -> Iterator[Reconciliation]:
    """Pages that are not held, or a text that ends inside its block: how many lines are missing, no count can tell."""
    notes = [told(mark) for mark in statement.marks if kind_of(mark).touches == "completeness"]
    if statement.closing is None and "block 4 is not closed" in statement.marks:
        notes.append(
            "the text ends inside block 4 and no closing balance is printed: the file is cut short, lines may be missing"
        )
    if notes:
        note = "; ".join(notes)
        yield Reconciliation(statement.cite, "complete", "off", statement.account, statement.currency, note=note)


def _made(
    cite: Cite, check: str, statement: Statement, expected: int, found: int, note: str = "", currency: str | None = None
) -> Reconciliation:
    if max(abs(expected), abs(found), abs(expected - found)) >= 2**63:
        return Reconciliation(cite, check, "off", statement.account, note=f"{note}; the sum is beyond 64 bits")
    return Reconciliation(
        cite,
        check,
        "ok" if expected == found else "off",
        statement.account,
        statement.currency if currency is None else currency,
        expected,
        found,
        expected - found,
        note,
    )


def _sum(statement: Statement, booked: Sequence[Posting], rejects: Sequence[Reject]) -> Reconciliation:
    moved = sum(one.amount for one in booked if one.currency == statement.currency)
    return sum_check(statement, moved, len(booked), len(rejects))


def sum_check(statement: Statement, moved: int, booked: int, rejects: int) -> Reconciliation:
    """Return whether opening + `moved` = closing; `booked` and `rejects` say how many lines were booked and set aside."""
    if statement.opening is None or statement.closing is None:
        missing = [
            name for name, value in (("opening", statement.opening), ("closing", statement.closing)) if value is None
        ]
        return Reconciliation(
            statement.cite,
            "sum",
            "not_stated",
            statement.account,
            statement.currency,
            note="no " + " and no ".join(missing) + " balance is printed",
        )
    note = "opening + booked postings = closing"
    if not booked and statement.total_credit is not None and statement.total_debit is not None:
        # A balance report (MT941) prints totals in place of lines.
        moved = statement.total_credit - statement.total_debit
        note = "opening - total of debits + total of credits = closing; the report prints no lines"
    found = statement.opening + moved
    if found != statement.closing and rejects:
        note += f"; {rejects} records of this exhibit were set aside"
    return _made(statement.cite, "sum", statement, statement.closing, found, note)


def _totals(statement: Statement, mine: Sequence[Posting], booked: Sequence[Posting]) -> Iterator[Reconciliation]:
    def side(sign: int, what: str, *, pending: bool) -> int:
        return _side(mine if pending else booked, sign, what, statement.currency)

    yield from total_checks(statement, len(mine), side)


class Side(Protocol):
    """The sum or the count of the lines of one sign."""

    def __call__(self, sign: int, what: str, *, pending: bool) -> int: ...


def total_checks(statement: Statement, mine: int, side_of: Side) -> Iterator[Reconciliation]:
    """Yield whether printed totals and counts are those of the `mine` lines."""
    if not mine and statement.opening is not None and statement.closing is not None:
        return  # the totals of a balance report are proved by its balances
    for side, sign, total, count in (
        ("credit", 1, statement.total_credit, statement.count_credit),
        ("debit", -1, statement.total_debit, statement.count_debit),
    ):
        for what, stated in (("total", total), ("count", count)):
            if stated is None:
                continue
            found = side_of(sign, what, pending=False)
            note = f"{what} of {side} entries as printed"
            if found != stated and side_of(sign, what, pending=True) == stated:
                found, note = stated, note + ", pending entries included"
            yield _made(
                Cite(statement.cite.exhibit, f"{statement.cite.locator}#{side}-{what}"),
                "control_total",
                statement,
                stated,
                found,
                note,
                statement.currency if what == "total" else "",
            )


def _side(postings: Sequence[Posting], sign: int, what: str, currency: str) -> int:
    amounts = [one.amount * sign for one in postings if one.amount * sign > 0 and one.currency == currency]
    return sum(amounts) if what == "total" else len(amounts)


def _currency(statement: Statement, mine: Sequence[Posting]) -> Reconciliation:
    foreign = [(one.line, one.currency) for one in mine if one.currency != statement.currency]
    return currency_check(statement, foreign)


def currency_check(statement: Statement, foreign: Sequence[tuple[int, str]]) -> Reconciliation:
    """Return whether every line and balance is in the statement's currency."""
    balances = [mark for mark in statement.marks if _OTHER_CURRENCY.search(mark)]
    lines = _lines("in another currency", foreign) if foreign else ""
    note = "; ".join(filter(None, (lines, *balances)))
    return _made(statement.cite, "currency", statement, 0, len(foreign) + len(balances), note, "")


def _dates(statement: Statement, mine: Sequence[Posting], received: str) -> Reconciliation:
    first, last = period(statement)
    limit = day_of(received)
    odd = odd_marks(0, statement.marks)
    for one in mine:
        odd += odd_marks(one.line, one.marks)
        if one.booked is None or one.status != "booked":
            continue
        if (first and one.booked < first) or (last and one.booked > last):
            odd.append((one.line, f"{one.booked} is outside the period"))
        elif limit and one.booked > limit:
            odd.append((one.line, f"{one.booked} is later than the exhibit"))
    return dates_check(statement, odd)


def odd_marks(line: int, marks: Iterable[str]) -> list[tuple[int, str]]:
    """Return (line, sentence) of the marks that put a day in doubt; line 0 is the statement itself."""
    return [(line, told(mark)) for mark in marks if kind_of(mark).touches == "date"]


#: Doubts that another check of the statement tells: days, a balance's currency, missing pages, a printed net.
_TOLD_APART = frozenset({"date", "completeness"})
_TOLD_BY = frozenset({"other-currency", "net-off", "control-off"})


def _is_open(mark: str, *, breaks: bool = False) -> bool:
    kind = kind_of(mark)
    if not kind.is_doubt or kind.touches in _TOLD_APART or kind.name in _TOLD_BY:
        return False
    return not (breaks and kind.name == "proof-some")  # the running balance names the steps


def marks_check(statement: Statement, lines: Iterable[tuple[int, str]], *, breaks: bool) -> Iterator[Reconciliation]:
    """Yield what readers marked as doubtful on the statement and its `lines` (line, mark), where anything is.

    `breaks`: the running balance is off, so that a proof by balances need not be told again.
    """
    found = [(0, mark) for mark in statement.marks] + list(lines)
    odd = [(line, told(mark)) for line, mark in found if _is_open(mark, breaks=breaks)]
    if odd:
        yield _made(statement.cite, "marks", statement, 0, len(odd), _lines("", odd), "")


def net_check(statement: Statement, net: int) -> Iterator[Reconciliation]:
    """Yield whether the net that a table's last totals row prints is the sum of its lines, where one is printed."""
    stated = [mark.split(":")[1:] for mark in statement.marks if mark.startswith("footer-net:")]
    for outcome, *difference in stated[-1:]:
        printed = net + int(difference[0]) if outcome == "off" else net
        yield _made(
            Cite(statement.cite.exhibit, f"{statement.cite.locator}#net-total"),
            "control_total",
            statement,
            printed,
            net,
            "net of all lines as the totals row prints it",
        )


def doubts_apart(source: Source, items: Iterable[Fact | Reject]) -> Iterator[Reconciliation]:
    """Yield the doubts about records that no statement holds: messages, parties, accounts, interests, assets."""
    yield from told_apart(source, [odd for item in items for odd in odd_apart(item)])


def odd_apart(item: Fact | Reject) -> Iterator[tuple[str, str]]:
    """Yield (place, mark) of what is doubtful about a record that no statement holds."""
    if not isinstance(item, Posting | Statement | Reject):
        yield from ((item.cite.locator, mark) for mark in item.marks if kind_of(mark).is_doubt)


def told_apart(source: Source, odd: Sequence[tuple[str, str]]) -> Iterator[Reconciliation]:
    """Yield the one check of what `odd_apart` found in a file, where anything is."""
    if odd:
        note = "; ".join(f"{place}: {told(mark)}" for place, mark in odd[:_SHOWN])
        more = f"; and {len(odd) - _SHOWN} more" if len(odd) > _SHOWN else ""
        yield Reconciliation(
            source.cite("file"), "marks", "off", expected=0, found=len(odd), difference=-len(odd), note=note + more
        )


def period(statement: Statement) -> tuple[date | None, date | None]:
    """Return the first and the last day that the statement prints."""
    return statement.period_from or statement.opening_date, statement.period_to or statement.closing_date


def dates_check(statement: Statement, odd: list[tuple[int, str]]) -> Reconciliation:
    """Return whether the lines' days are real and in the period; `odd` are those that are not, by line."""
    first, last = period(statement)
    if first and last and first > last:
        odd.append((0, f"the period runs backwards, {first} to {last}"))
    return _made(statement.cite, "dates", statement, 0, len(odd), _lines("", odd) if odd else "", "")


def day_of(instant: str) -> date | None:
    """Return the day of an instant, None where none is known."""
    try:
        return date.fromisoformat(instant[:10])
    except ValueError:
        return None


def _lines(what: str, found: Sequence[tuple[int, str]]) -> str:
    shown = "; ".join(f"line {line}: {text}" if line else text for line, text in found[:_SHOWN])
    more = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return (f"{what}: " if what else "") + shown + more


def _running(cite: Cite, order: str, opening: int | None, booked: Sequence[Posting]) -> Iterator[Reconciliation]:
    """Yield balance(n) = balance(n-1) + amount(n), counted over the steps whose balances are printed."""
    if not any(one.balance is not None for one in booked):
        return
    lines = list(reversed(booked)) if order == "newest_first" else list(booked)
    steps = [(opening, lines[0]), *((before.balance, after) for before, after in pairwise(lines))]
    known = [(before, after) for before, after in steps if before is not None and after.balance is not None]
    broken = [after.line for before, after in known if before + after.amount != after.balance]
    yield running_check(cite, lines[0].account, len(known), broken)


def running_check(cite: Cite, account: str, known: int, broken: Sequence[int]) -> Reconciliation:
    """Return how many of the `known` steps from balance to balance hold; `broken` are the lines that do not."""
    return Reconciliation(
        Cite(cite.exhibit, f"{cite.locator}#running"),
        "running_balance",
        "off" if broken else "ok" if known else "not_stated",
        account,
        "",
        known,
        known - len(broken),
        len(broken),
        "steps of the running balance" + (f"; {_lines('', [(line, 'breaks') for line in broken])}" if broken else ""),
    )


def _leftovers(statement: Statement) -> Iterator[Reconciliation]:
    texts = [mark for mark in statement.marks if mark.startswith(LEFTOVERS)]
    if texts:
        # Listed as text, not a failure: a banner above a statement is no money.
        yield Reconciliation(
            statement.cite, LEFTOVERS, "ok", statement.account, found=len(texts), note="; ".join(texts)
        )


def chain(statements: Sequence[Statement]) -> Iterator[Reconciliation]:
    """Yield closing of n = opening of n+1 for each account, and whether the numbers have a hole."""
    accounts: dict[tuple[str, str, str], list[Statement]] = defaultdict(list)
    for statement in statements:
        if statement.kind in {"statement", "table"}:
            key = statement.account_key or statement.account
            accounts[key, statement.currency, statement.kind].append(statement)
    for mine in accounts.values():
        days = [one.closing_date or one.period_to for one in mine]
        if all(days):
            # Some exports print the newest statement first.
            mine = [one for _, one in sorted(zip(days, mine, strict=True), key=lambda pair: str(pair[0]))]
        for before, after in pairwise(mine):
            yield _link(before, after)


def _number(statement: Statement) -> int:
    number = statement.number
    return int(number) if number.isascii() and number.isdigit() and len(number) <= 18 else 0


def _link(before: Statement, after: Statement) -> Reconciliation:
    left, right = _number(before), _number(after)
    hole = left > 0 and right > left + 1
    note = f"statement {before.number or '?'} to {after.number or '?'}"
    if hole:
        note += f": {right - left - 1} numbers between them are not held"
    if before.closing is None or after.opening is None:
        return Reconciliation(
            after.cite, "chain", "off" if hole else "not_stated", after.account, after.currency, note=note
        )
    difference = before.closing - after.opening
    return Reconciliation(
        after.cite,
        "chain",
        "off" if difference or hole else "ok",
        after.account,
        after.currency,
        before.closing,
        after.opening,
        difference,
        note,
    )

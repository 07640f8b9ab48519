"""Which records may be one payment in parts: one line of several messages, several lines of one message, or of one other line.

Only proposed, never joined: currencies equal, days near, the parts sum to the whole to the minor unit (or to the charges that a
message states), and each part is tied to the whole by a reference or by an account that one of the two prints. A part that prints
another account is none. Where several choices of parts sum to the whole they are ties, and only a person can tell which it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import chain, combinations
from operator import attrgetter

import numpy as np

from tracer.match.columns import Columns, tail_of
from tracer.match.comparing import day_of, is_account, near
from tracer.match.conclude import conclude
from tracer.match.listed import by_list
from tracer.match.nearby import Numbers, Rows, as_held
from tracer.match.part_sets import judged_sets, set_id, sum_of
from tracer.match.tied import Tied
from tracer.model import Charge, Judgement, Message, Posting, Transfer, major
from tracer.model.accounts import parts_of
from tracer.model.payments import is_event, usable
from tracer.model.uncollected import uncollected

__all__ = ["WEIGHTS", "InParts", "in_parts"]

#: Points per feature, of 100, as for candidates of two records; the sum is never a proof.
WEIGHTS = {"amount": 40, "day": 15, "account": 20, "reference": 25}
_ASKED = 24  # records tied to one whole within its days; of more, only all of them together are tried
_TRIED = 12  # records of which every choice is summed before they are looked at
_SIZE = 4  # parts of a choice among them; all together may be more
_TIES = 3  # choices that are shown of one whole
_LISTED = 40  # payments of a list told one by one: the words are kept with each pair of the set
_REF = "ref "
#: What a record prints as its references: UETR, end-to-end id, and those of owner and bank, or 20 and 21.
_OF_LINE = tuple(map(attrgetter, ("uetr", "end_to_end_id", "owner_reference", "bank_reference")))
_OF_MESSAGE = tuple(map(attrgetter, ("uetr", "end_to_end_id", "reference", "related_reference")))
_OUT, _INTO = frozenset({-1}), frozenset({1})
_SIDE = {"debtor": "-", "creditor": "+"}


@dataclass(frozen=True, slots=True)
class InParts:
    """A record and the others that may make it up; `features` are (name, points, why). `is_tied`: another choice sums as well."""

    id: str
    whole: str
    parts: tuple[str, ...]
    score: int
    features: tuple[tuple[str, int, str], ...]
    is_tied: bool = False


@dataclass(slots=True)
class _Open:
    """What may still be a whole or a part: lines without another side, and messages without a line on a side, by name and day.

    `sides` of a record: -1 where it is, or may book, what left; 1 where what arrived. A message has up to two. `references` of
    those that share one.
    """

    lines: dict[str, Posting]
    messages: dict[str, Message]
    sides: dict[str, frozenset[int]]
    references: dict[str, tuple[str, ...]]
    tied: Tied


@uncollected()
def in_parts(
    postings: Mapping[str, Posting],
    judgements: Iterable[Judgement],
    messages: Mapping[str, Message] | None = None,
    *,
    transfers: Sequence[Transfer] | None = None,
    columns: Columns | None = None,
) -> tuple[InParts, ...]:
    """Return the open payments in parts, best first. A set that was judged, in any way, is not proposed again.

    transfers, columns   what `conclude` makes of these judgements, and the columns of these postings, where they are at hand
    """
    listed, texts = list(judgements), messages or {}
    if transfers is None:
        transfers = conclude(postings, texts, listed)
    held = _held(postings, texts, transfers, columns or Columns(postings))
    judged, found = set(judged_sets(listed)), []
    for whole, side in held.tied.wholes():
        choices = [parts for parts in _choices(whole, side, held) if set_id(whole, parts) not in judged]
        for parts in choices[:_TIES]:
            shown = tuple(_features(whole, parts, held))
            score = sum(points for _, points, _ in shown)
            found.append(InParts(set_id(whole, parts), whole, parts, score, shown, len(choices) > 1))
    found += [one for one in _with_charges(transfers, postings, texts, held) if one.id not in judged]
    found += [one for one in _of_lists(held) if one.id not in judged]
    once: dict[str, InParts] = {}
    for one in found:
        if one.id not in once or once[one.id].score < one.score:
            once[one.id] = one
    return tuple(sorted(once.values(), key=lambda one: (-one.score, one.is_tied, one.whole, one.parts)))


# -- what is open


def _held(
    postings: Mapping[str, Posting],
    messages: Mapping[str, Message],
    transfers: Sequence[Transfer],
    columns: Columns,
) -> _Open:
    sides: dict[str, frozenset[int]] = {}
    for t in as_held(transfers):
        if (t.debit and t.credit) or t.reversed_by or t.in_parts:
            continue
        if t.debit or t.credit:
            sides[t.debit or t.credit] = _OUT if t.debit else _INTO
        for name in t.messages:
            m = messages[name]
            if m.settled and m.accepted is not False and not is_event(m):
                sides[name] = _INTO if t.debit else _OUT if t.credit else _OUT | _INTO
    is_held = np.array([key in sides for key in columns.keys], np.bool_) & columns.is_open
    lines = {columns.keys[n]: columns.lines[n] for n in np.flatnonzero(is_held).tolist()}
    texts = {key: m for key, m in messages.items() if key in sides}
    rows = np.flatnonzero(is_held & (columns.day != 0))
    dated = {key: m for key, m in texts.items() if m.settled_date}
    references = _references(columns, rows, dated)
    return _Open(lines, texts, sides, references, Tied(columns, rows, dated, sides, references))


def _references(columns: Columns, rows: Rows, messages: Mapping[str, Message]) -> dict[str, tuple[str, ...]]:
    """Return, of the records that print one, the references that at least a whole and two parts bear: no other tells of parts."""
    keys = [*map(columns.keys.__getitem__, rows.tolist()), *messages]
    lines, texts = [columns.lines[n] for n in rows.tolist()], list(messages.values())
    raw = Numbers()
    # a field at a time, as a million lines want it
    fields = [
        [raw[text] for text in chain(map(mine, lines), map(yours, texts))]
        for mine, yours in zip(_OF_LINE, _OF_MESSAGE, strict=True)
    ]
    codes, same = np.array(fields, np.int64).reshape(len(fields), -1), Numbers()
    folded = np.array([same[text] for text in map(str.upper, map(str.strip, raw))], np.int64)
    times = np.bincount(folded[codes.ravel()], minlength=len(same))[folded]
    printed = list(raw)
    shared = {
        n: f"{_REF}{name.removesuffix('+')}" for n in np.flatnonzero(times > 2).tolist() if (name := usable(printed[n]))
    }
    is_shared = np.zeros(len(printed), np.bool_)
    is_shared[list(shared)] = True
    found: dict[str, tuple[str, ...]] = {}
    for row in np.flatnonzero(is_shared[codes].any(axis=0)).tolist():
        found[keys[row]] = tuple(dict.fromkeys(shared[n] for n in codes[:, row].tolist() if n in shared))
    return found


def _found_under(key: str, lines: Mapping[str, Posting], messages: Mapping[str, Message]) -> Iterator[str]:
    """Yield the tails of the accounts under which a part is found: that of a line, with its side, and those that it prints."""
    p = lines.get(key)
    if p is None:
        m = messages[key]
        yield from {
            f"order {_SIDE[party.role]} {tail_of(party.account)}"
            for party in (*m.parties, *m.underlying)
            if party.account and party.role in _SIDE
        }
        return
    yield f"prints {tail_of(p.counterparty_account)}"
    sign = "-" if p.amount < 0 else "+"
    yield from (f"own {sign} {tail}" for tail in _own(p))


def _asked_under(key: str, side: int, held: _Open) -> Iterator[str]:
    """Yield the names under which the parts of a whole stand, on one side of it."""
    yield from held.references.get(key, ())
    sign = "-" if side < 0 else "+"
    p = held.lines.get(key)
    if p is None:
        m = held.messages[key]
        for party in (*m.parties, *m.underlying):
            if party.account and _SIDE.get(party.role) == sign:
                yield f"own {sign} {tail_of(party.account)}"
        return
    for tail in _own(p):
        yield f"prints {tail}"
        yield f"order {sign} {tail}"
    if p.counterparty_account:
        yield f"own {'+' if side < 0 else '-'} {tail_of(p.counterparty_account)}"


def _own(p: Posting) -> tuple[str, ...]:
    return _tails(p.account, p.account_key or p.account)


@lru_cache(maxsize=65_536)
def _tails(account: str, key: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((tail_of(account), tail_of(parts_of(key)[2]))))


# -- charges booked apart


def _with_charges(
    transfers: Iterable[Transfer], postings: Mapping[str, Posting], messages: Mapping[str, Message], held: _Open
) -> Iterator[InParts]:
    """Yield a message with the line that books it and the line, alone of its amount near that day, of the charges it states."""
    asked: dict[tuple[str, str, int], list[tuple[str, str]]] = defaultdict(list)
    for t in transfers:
        for line in (t.debit, t.credit) if t.messages and not t.in_parts and not t.reversed_by else ():
            for name in t.messages if line else ():
                p, m = postings[line], messages[name]
                charges = sum(c.amount for c in m.charges if c.currency == m.settled_currency)
                if charges and m.settled == abs(p.amount) and m.accepted is not False and not is_event(m):
                    signed = -charges if p.amount < 0 else charges
                    asked[p.account_key or p.account, p.currency, signed].append((name, line))
    lines: dict[tuple[str, str, int], list[str]] = defaultdict(list)
    for key, p in held.lines.items() if asked else ():
        if (named := (p.account_key or p.account, p.currency, p.amount)) in asked:
            lines[named].append(key)
    for named, listed in sorted(asked.items()):
        for message, line in listed:
            day = day_of(postings[line])
            fits = [key for key in lines[named] if near(day, day_of(postings[key]))]
            for key in sorted(fits)[:_TIES]:
                parts = tuple(sorted((line, key)))
                said = sum_of(messages[message], [postings[k] for k in parts])
                days = abs((day - other).days) if day and (other := day_of(postings[key])) else 0
                shown = (
                    ("amount", WEIGHTS["amount"], said),
                    ("day", max(0, WEIGHTS["day"] - 5 * days), f"{days} days apart" if days else "equal"),
                    ("account", WEIGHTS["account"], "both lines stand on one account"),
                )
                score = sum(points for _, points, _ in shown)
                is_tied = len(fits) > 1 or len(listed) > 1
                yield InParts(set_id(message, parts), message, parts, score, shown, is_tied)


# -- batches that list their payments


def _of_lists(held: _Open) -> Iterator[InParts]:
    """Yield an entry that lists payments with the records that are these, one for each."""
    if not any(len(p.parts) > 1 for p in held.lines.values()):
        return

    def fits(whole: str, key: str) -> bool:
        return key != whole and _fits(whole, key, -1 if held.lines[whole].amount < 0 else 1, held)

    lines = {key: p for key, p in held.lines.items() if day_of(p)}
    messages = {key: m for key, m in held.messages.items() if m.settled_date}
    for whole, parts, is_tied, told in by_list(lines, messages, fits):
        said = _sums(whole, parts, held)
        if said:
            days = max(abs(held.tied.day(key) - held.tied.day(whole)) for key in parts)
            currency = held.lines[whole].currency
            by = "; ".join(f"{major(amount, currency, group=True)} by {mark}" for amount, mark in told[:_LISTED])
            more = f"; and {len(told) - _LISTED} more, each by reference or account" if len(told) > _LISTED else ""
            shown = (
                ("amount", WEIGHTS["amount"], said),
                ("day", max(0, WEIGHTS["day"] - 5 * days), f"{days} days apart" if days else "equal"),
                ("reference", WEIGHTS["reference"], f"the entry lists all {len(parts)}: {by}{more}"),
            )
            score = sum(points for _, points, _ in shown)
            yield InParts(set_id(whole, parts), whole, parts, score, shown, is_tied)


# -- one whole


def _choices(whole: str, side: int, held: _Open) -> list[tuple[str, ...]]:
    """Return the choices of parts that sum to a whole, each sorted: all that are tied to it by one name first, then few of them."""
    found: dict[tuple[str, ...], None] = {}
    around: dict[str, None] = {}
    for less in _less(whole, side, held):
        tied = [key for key in less if _fits(whole, key, side, held)]
        for same in (tied, [key for key in tied if held.tied.day(key) == held.tied.day(whole)]):
            for group in _alike(whole, same, held):
                if len(group) > 1 and _sums(whole, group, held):
                    found[tuple(sorted(group))] = None
        around |= dict.fromkeys(tied)
    for group in _alike(whole, list(around), held):
        if len(group) <= _ASKED:
            for size in range(2, min(_SIZE, len(group)) + 1):
                for chosen in combinations(sorted(group), size):
                    if _sums(whole, chosen, held):
                        found[chosen] = None
    return list(found)


def _less(whole: str, side: int, held: _Open) -> list[list[str]]:
    """Return what stands near a whole under each name that it asks for, and is less; nothing where no choice of it all sums to it.

    Of a hundred thousand lines hardly one has such neighbours: what ties them, field by field, is asked of these only.
    """
    amount, found = held.tied.amount(whole), held.tied.near(whole, side)
    keys = {key for less in found for key in less}
    if len(keys) < 2:
        return []
    charges = [m.charges for key in (whole, *keys) if (m := held.messages.get(key))]
    amounts = [held.tied.amount(key) for key in keys]
    total = sum(amounts)
    if any(charges) or len(keys) > _TRIED:
        return found if total + _stated(charges) >= amount else []
    sums = {0}
    for part in amounts if total >= amount else ():
        sums |= {one + part for one in sums if one + part <= amount}
    return found if amount in sums else []


def _stated(charges: Iterable[Sequence[Charge]]) -> int:
    return sum(one.amount for listed in charges for one in listed)


def _sums(whole: str, parts: Sequence[str], held: _Open) -> str:
    return sum_of(_record(whole, held), [_record(key, held) for key in parts])


def _record(key: str, held: _Open) -> Posting | Message:
    return held.lines[key] if key in held.lines else held.messages[key]


def _alike(whole: str, keys: Sequence[str], held: _Open) -> Iterator[list[str]]:
    """Yield the records that may be parts together: all lines or all messages; of a message, lines of one account."""
    groups: dict[object, list[str]] = defaultdict(list)
    for key in keys:
        line = held.lines.get(key)
        on = (line.account_key or line.account) if line and whole in held.messages else ""
        groups[line is None, on].append(key)
    yield from groups.values()


def _fits(whole: str, key: str, side: int, held: _Open) -> bool:
    """Say whether a record may be a part of a whole on this side of it: less, near, and tied to it by what neither refutes."""
    a, b = _record(whole, held), _record(key, held)
    money = [r.currency if isinstance(r, Posting) else r.settled_currency for r in (a, b)]
    if money[0] != money[1] or not near(date.fromordinal(held.tied.day(whole)), date.fromordinal(held.tied.day(key))):
        return False
    if isinstance(a, Posting) and isinstance(b, Posting):
        return (a.amount < 0) != (b.amount < 0) and _are_two_sides(a, b)
    if isinstance(a, Posting) and isinstance(b, Message):
        return side in held.sides[key] and _is_of(b, a)
    if isinstance(a, Message) and isinstance(b, Posting):
        return (b.amount < 0) == (side < 0) and _is_of(a, b)
    return False


def _are_two_sides(a: Posting, b: Posting) -> bool:
    """Say whether two lines may be sides of one payment: two accounts, and no line prints a third."""
    if (a.account_key or a.account) == (b.account_key or b.account):
        return False
    return all(
        not line.counterparty_account or is_account(line.counterparty_account, other, line.counterparty_agent)
        for line, other in ((a, b), (b, a))
    )


def _is_of(m: Message, line: Posting) -> bool:
    """Say whether a line may book a message: on the account that the message prints for that side, if it prints one."""
    role = "debtor" if line.amount < 0 else "creditor"
    printed = [p.account for p in (*m.parties, *m.underlying) if p.role == role and p.account]
    return not printed or any(is_account(account, line) for account in printed)


def _features(whole: str, parts: Sequence[str], held: _Open) -> Iterator[tuple[str, int, str]]:
    yield "amount", WEIGHTS["amount"], _sums(whole, parts, held)
    days = max(abs(held.tied.day(key) - held.tied.day(whole)) for key in parts)
    yield "day", max(0, WEIGHTS["day"] - 5 * days), f"{days} days apart" if days else "equal"
    asked = {name for side in held.sides[whole] for name in _asked_under(whole, side, held)}
    agree = sum(1 for key in parts if asked & set(_found_under(key, held.lines, held.messages)))
    if agree:
        yield (
            "account",
            WEIGHTS["account"] * agree // len(parts),
            f"an account ties {agree} of {len(parts)} parts to it",
        )
    shared = [names for key in parts if (names := asked & set(held.references.get(key, ())))]
    if shared:
        said = ", ".join(sorted({min(names).removeprefix(_REF) for names in shared})[:3])
        points = WEIGHTS["reference"] * len(shared) // len(parts)
        yield "reference", points, f"{len(shared)} of {len(parts)} parts print {said}, as it does"

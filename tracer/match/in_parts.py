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

import numpy as np

from tracer.match.candidates import Open, open_records
from tracer.match.columns import Columns, tail_of
from tracer.match.comparing import day_of, is_account, near
from tracer.match.listed import by_list
from tracer.match.nearby import Rows
from tracer.match.part_sets import judged_sets, set_id, sum_of
from tracer.match.tied import Tied
from tracer.model import Charge, Judgement, Message, Posting, Transfer, major
from tracer.model.accounts import parts_of
from tracer.model.payments import FEE_MAJOR, is_event, usable
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
class _Held:
    """What may still be a whole or a part: lines without another side, and messages without a line on a side.

    columns, rows   all lines, and the rows of those that may
    lines, messages all records by id
    sides           of each message that may: -1 where it may book what left; 1 where what arrived
    """

    columns: Columns
    rows: Rows
    lines: Mapping[str, Posting]
    messages: Mapping[str, Message]
    sides: dict[str, frozenset[int]]
    tied: Tied

    def sides_of(self, key: str) -> frozenset[int]:
        """Return the sides of a record."""
        line = self.lines.get(key)
        return self.sides[key] if line is None else _OUT if line.amount < 0 else _INTO


@uncollected()
def in_parts(
    postings: Mapping[str, Posting],
    judgements: Iterable[Judgement],
    messages: Mapping[str, Message] | None = None,
    *,
    transfers: Sequence[Transfer] | None = None,
    asked: Open | None = None,
) -> tuple[InParts, ...]:
    """Return the open payments in parts, best first. A set that was judged, in any way, is not proposed again.

    transfers, asked   what `conclude` makes of these judgements, and what is open by them, where they are at hand
    """
    listed, texts = list(judgements), messages or {}
    if asked is None:
        asked = open_records(postings, listed, texts, {}, transfers=transfers, fees=FEE_MAJOR)
    held = _held(postings, texts, asked)
    judged, found = set(judged_sets(listed)), []
    for whole, side in held.tied.wholes():
        choices = [parts for parts in _choices(whole, side, held) if set_id(whole, parts) not in judged]
        for parts in choices[:_TIES]:
            shown = tuple(_features(whole, parts, held))
            score = sum(points for _, points, _ in shown)
            found.append(InParts(set_id(whole, parts), whole, parts, score, shown, len(choices) > 1))
    found += [one for one in _with_charges(asked.transfers, postings, texts, held) if one.id not in judged]
    found += [one for one in _of_lists(held) if one.id not in judged]
    once: dict[str, InParts] = {}
    for one in found:
        if one.id not in once or once[one.id].score < one.score:
            once[one.id] = one
    return tuple(sorted(once.values(), key=lambda one: (-one.score, one.is_tied, one.whole, one.parts)))


# -- what is open


def _held(postings: Mapping[str, Posting], messages: Mapping[str, Message], asked: Open) -> _Held:
    columns, has_debit, has_credit = asked.columns, *asked.sides
    rows = asked.ends[~asked.settled[asked.movement[asked.ends]]]
    names = sorted(chain.from_iterable(asked.messages.values()))
    movement = np.array([asked.of[key] for key in names], np.int64)
    is_held = ~(has_debit & has_credit | asked.settled)[movement]
    sides = {
        names[n]: _INTO if has_debit[movement[n]] else _OUT if has_credit[movement[n]] else _OUT | _INTO
        for n in np.flatnonzero(is_held).tolist()
    }
    dated = {key: m for key in sides if (m := messages[key]).settled_date}
    days = rows[columns.day[rows] != 0]
    return _Held(
        columns, rows, postings, messages, sides, Tied(columns, days, dated, sides, _references(columns, days, dated))
    )


def _references(columns: Columns, rows: Rows, messages: Iterable[str]) -> dict[int, tuple[str, ...]]:
    """Return, of the records that print one, the references that at least a whole and two parts bear: no other tells of parts.

    By the place of the record: that of the row among these rows, then that of the message among these.
    """
    places = np.array([columns.places[key] for key in messages], np.int64)
    codes, texts = columns.folded.code[:, np.r_[rows, places]], columns.folded.texts
    often = np.flatnonzero(np.bincount(codes.ravel(), minlength=len(texts)) > 2)
    shared = {n: f"{_REF}{name.removesuffix('+')}" for n in often.tolist() if (name := usable(texts[n]))}
    is_shared = np.zeros(len(texts), np.bool_)
    is_shared[list(shared)] = True
    return {
        place: tuple(dict.fromkeys(shared[n] for n in codes[:, place].tolist() if n in shared))
        for place in np.flatnonzero(is_shared[codes].any(axis=0)).tolist()
    }


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


def _asked_under(key: str, side: int, held: _Held) -> Iterator[str]:
    """Yield the names under which the parts of a whole stand, on one side of it."""
    yield from held.tied.references(key)
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
    transfers: Iterable[Transfer], postings: Mapping[str, Posting], messages: Mapping[str, Message], held: _Held
) -> Iterator[InParts]:
    """Yield a message with the line that books it and the line, alone of its amount near that day, of the charges it states."""
    if not any(m.charges for m in messages.values()):
        return
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
    for row in held.rows.tolist() if asked else ():
        key, p = held.columns.keys[row], held.columns.lines[row]
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


def _of_lists(held: _Held) -> Iterator[InParts]:
    """Yield an entry that lists payments with the records that are these, one for each."""
    rows = held.rows.tolist()
    if not held.columns.is_listing[held.rows].any():
        return

    def fits(whole: str, key: str) -> bool:
        return key != whole and _fits(whole, key, -1 if held.lines[whole].amount < 0 else 1, held)

    lines = {held.columns.keys[row]: p for row in rows if day_of(p := held.columns.lines[row])}
    messages = {key: m for key in held.sides if (m := held.messages[key]).settled_date}
    for whole, parts, is_tied, told in by_list(lines, messages, fits):
        said = _sums(whole, parts, held)
        if said:
            days = max(_days_apart(whole, key, held) for key in parts)
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


def _choices(whole: str, side: int, held: _Held) -> list[tuple[str, ...]]:
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


def _less(whole: str, side: int, held: _Held) -> list[list[str]]:
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


def _sums(whole: str, parts: Sequence[str], held: _Held) -> str:
    return sum_of(_record(whole, held), [_record(key, held) for key in parts])


def _record(key: str, held: _Held) -> Posting | Message:
    line = held.lines.get(key)
    return held.messages[key] if line is None else line


def _day(record: Posting | Message) -> date | None:
    return day_of(record) if isinstance(record, Posting) else record.settled_date


def _days_apart(one: str, other: str, held: _Held) -> int:
    a, b = _day(_record(one, held)), _day(_record(other, held))
    return abs((a - b).days) if a and b else 0


def _alike(whole: str, keys: Sequence[str], held: _Held) -> Iterator[list[str]]:
    """Yield the records that may be parts together: all lines or all messages; of a message, lines of one account."""
    groups: dict[object, list[str]] = defaultdict(list)
    for key in keys:
        line = held.lines.get(key)
        on = (line.account_key or line.account) if line and whole in held.messages else ""
        groups[line is None, on].append(key)
    yield from groups.values()


def _fits(whole: str, key: str, side: int, held: _Held) -> bool:
    """Say whether a record may be a part of a whole on this side of it: less, near, and tied to it by what neither refutes."""
    a, b = _record(whole, held), _record(key, held)
    money = [r.currency if isinstance(r, Posting) else r.settled_currency for r in (a, b)]
    if money[0] != money[1] or not near(_day(a), _day(b)):
        return False
    if isinstance(a, Posting) and isinstance(b, Posting):
        return (a.amount < 0) != (b.amount < 0) and _are_two_sides(a, b)
    if isinstance(a, Posting) and isinstance(b, Message):
        return side in held.sides_of(key) and _is_of(b, a)
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


def _features(whole: str, parts: Sequence[str], held: _Held) -> Iterator[tuple[str, int, str]]:
    yield "amount", WEIGHTS["amount"], _sums(whole, parts, held)
    days = max(_days_apart(whole, key, held) for key in parts)
    yield "day", max(0, WEIGHTS["day"] - 5 * days), f"{days} days apart" if days else "equal"
    asked = {name for side in held.sides_of(whole) for name in _asked_under(whole, side, held)}
    agree = sum(1 for key in parts if asked & set(_found_under(key, held.lines, held.messages)))
    if agree:
        yield (
            "account",
            WEIGHTS["account"] * agree // len(parts),
            f"an account ties {agree} of {len(parts)} parts to it",
        )
    shared = [names for key in parts if (names := asked & set(held.tied.references(key)))]
    if shared:
        said = ", ".join(sorted({min(names).removeprefix(_REF) for names in shared})[:3])
        points = WEIGHTS["reference"] * len(shared) // len(parts)
        yield "reference", points, f"{len(shared)} of {len(parts)} parts print {said}, as it does"

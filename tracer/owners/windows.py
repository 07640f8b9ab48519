"""Which interests stand on a day, as known on another day (ownership.md 4.13).

A register files statements; each shows the record as it is then. What an interest was before is read forward from the
statements in their order: the latest statement read backwards is the classic error.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from tracer.model import Interest

__all__ = ["CLOSED", "Standing", "end_window", "standing"]

#: Mark of an interest that a closing statement shows (BODS recordStatus closed).
CLOSED = "RECORD_CLOSED"

_Key = tuple[str, str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Standing:
    """One interest in force. `ids`: it and its copies in other exhibits. `faded`: it may have ended before the day."""

    interest: Interest
    ids: tuple[str, ...]
    faded: bool = False
    flags: tuple[str, ...] = ()


def standing(interests: Mapping[str, Interest], as_of: date, as_known: date | None = None) -> tuple[Standing, ...]:
    """Return the interests in force on `as_of` as known on `as_known` (None: every filing)."""
    found: list[Standing] = []
    for rows in _records(interests, as_known):
        found.extend(_in_force(rows, as_of))
    return tuple(sorted(found, key=lambda s: s.ids))


def end_window(interests: Mapping[str, Interest], record: str) -> tuple[date, date] | None:
    """Return (after, not after) between which a record closed without an end date ended, or None."""
    days = sorted({i.known_from for i in interests.values() if i.record == record and i.known_from})
    closing = [
        i.known_from
        for i in interests.values()
        if i.record == record and CLOSED in i.marks and i.valid_to is None and i.known_from
    ]
    before = [day for day in days if closing and day < min(closing)]
    return (before[-1], min(closing)) if before else None


def _key(interest: Interest, fact: str) -> _Key:
    return (
        interest.record or fact,
        interest.owner,
        interest.subject,
        interest.kind,
        interest.directness,
        interest.capacity,
    )


def _records(
    interests: Mapping[str, Interest], as_known: date | None
) -> Iterable[list[tuple[date | None, list[tuple[Interest, tuple[str, ...]]]]]]:
    """Group by record and kind: per statement date what it shows. A line that no filing dates stands by itself."""
    groups: dict[_Key, dict[date, list[tuple[str, Interest]]]] = defaultdict(lambda: defaultdict(list))
    undated: list[tuple[str, Interest]] = []
    seen: dict[str, set[date]] = defaultdict(set)  # every statement date of a record, whatever it shows
    for fact, interest in sorted(interests.items()):
        if as_known is not None and interest.known_from is not None and interest.known_from > as_known:
            continue
        if interest.known_from is not None and interest.known_from == interest.known_to:
            continue  # replaced by another statement of the same day
        if interest.record and interest.known_from:
            seen[interest.record].add(interest.known_from)
        if interest.known_from is None:
            undated.append((fact, interest))
        else:
            groups[_key(interest, fact)][interest.known_from].append((fact, interest))
    for shown in _copies(undated, by_record=True):
        yield [(None, [shown])]
    for key, by_day in groups.items():
        days = sorted(by_day.keys() | {day for day in seen[key[0]] if day > min(by_day)})
        yield [(day, _copies(by_day.get(day, []))) for day in days]


def _copies(rows: list[tuple[str, Interest]], *, by_record: bool = False) -> list[tuple[Interest, tuple[str, ...]]]:
    """Join what two exhibits both print; two lines of one statement stay two holdings."""
    if len(rows) < 2:
        return [(interest, (fact,)) for fact, interest in rows]
    per_exhibit: dict[str, list[tuple[str, Interest]]] = defaultdict(list)
    for fact, interest in rows:
        per_exhibit[interest.cite.exhibit].append((fact, interest))
    counted: dict[tuple[object, ...], list[tuple[Interest, tuple[str, ...]]]] = {}
    for listed in per_exhibit.values():
        places: dict[tuple[object, ...], int] = defaultdict(int)
        for fact, interest in listed:
            content = (*_content(interest), *(_key(interest, fact) if by_record else ()))
            place = places[content]
            places[content] += 1
            known = counted.setdefault(content, [])
            if place < len(known):
                known[place] = (known[place][0], (*known[place][1], fact))
            else:
                known.append((interest, (fact,)))
    return [item for items in counted.values() for item in items]


def _content(interest: Interest) -> tuple[object, ...]:
    return (
        interest.lo,
        interest.hi,
        interest.lo_open,
        interest.hi_open,
        interest.valid_from,
        interest.valid_to,
        CLOSED in interest.marks,
        interest.code,
    )


def _share(interest: Interest) -> tuple[object, ...]:
    return (interest.lo, interest.hi, interest.lo_open, interest.hi_open)


def _in_force(
    statements: list[tuple[date | None, list[tuple[Interest, tuple[str, ...]]]]], as_of: date
) -> Iterable[Standing]:
    for place, (day, shown) in enumerate(statements):
        later = statements[place + 1] if place + 1 < len(statements) else None
        first = min((d for d, items in statements if d is not None and items), default=None)
        for interest, ids in shown:
            if later is not None:
                yield from _until(interest, ids, day, later, first, as_of, statements[:place])
            elif CLOSED in interest.marks:
                # The closing statement itself: what it closes is told by the statement before it.
                yield from _closed_alone(interest, ids, place, as_of)
            else:
                start, flags = _start(interest, first, statements[:place])
                if _within(start, interest.valid_to, as_of):
                    yield Standing(interest, ids, flags=flags)


def _start(
    interest: Interest,
    first: date | None,
    before: list[tuple[date | None, list[tuple[Interest, tuple[str, ...]]]]],
) -> tuple[date | None, tuple[str, ...]]:
    """Return the day an interest begins. A new share with the old start begins at the statement that first shows it."""
    shown_on = interest.known_from
    for day, items in reversed(before):
        same_start = [former for former, _ in items if former.valid_from == interest.valid_from]
        if any(_share(former) == _share(interest) for former in same_start):
            shown_on = day
            continue
        if same_start and shown_on is not None:
            return shown_on, ()
        break
    if interest.valid_from is not None:
        return interest.valid_from, ()
    return first, ("NO_START",)


def _until(
    interest: Interest,
    ids: tuple[str, ...],
    day: date | None,
    later: tuple[date | None, list[tuple[Interest, tuple[str, ...]]]],
    first: date | None,
    as_of: date,
    before: list[tuple[date | None, list[tuple[Interest, tuple[str, ...]]]]],
) -> Iterable[Standing]:
    """Yield an interest that a later statement of its record ends, changes, repeats or leaves out."""
    start, flags = _start(interest, first, before)
    next_day, next_shown = later
    followers = [f for f, _ in next_shown]
    alive = [f for f in followers if CLOSED not in f.marks]
    closing = [f for f in followers if CLOSED in f.marks]
    if interest.valid_to is not None:
        end: date | None = interest.valid_to
        if any(_share(f) == _share(interest) and f.valid_from == interest.valid_from for f in alive):
            return  # repeated: told once, by the later statement
    elif alive:
        if any(_share(f) == _share(interest) and f.valid_from == interest.valid_from for f in alive):
            return
        moved = [f.valid_from for f in alive if f.valid_from and f.valid_from != interest.valid_from]
        end = min(moved) if moved else next_day
    elif closing and closing[0].valid_to is not None:
        end = closing[0].valid_to
    else:
        # Closed without an end date, or no longer shown: it ended in (day, next_day].
        if _within(start, next_day, as_of):
            faded = day is not None and as_of > day
            yield Standing(interest, ids, faded=faded, flags=(*flags, *(("NO_END",) if faded else ())))
        return
    if _within(start, end, as_of):
        yield Standing(interest, ids, flags=flags)


def _closed_alone(interest: Interest, ids: tuple[str, ...], place: int, as_of: date) -> Iterable[Standing]:
    """Yield what only its closing statement shows, for the time it states itself."""
    if place == 0 and interest.valid_from is not None:
        end = interest.valid_to or interest.known_from
        if _within(interest.valid_from, end, as_of):
            stated = interest.valid_to is not None
            yield Standing(
                replace(interest, marks=tuple(m for m in interest.marks if m != CLOSED)),
                ids,
                faded=not stated,
                flags=() if stated else ("NO_END",),
            )


def _within(start: date | None, end: date | None, day: date) -> bool:
    return (start is None or start <= day) and (end is None or day < end)

"""Rung 4: pairs that only a person may join, scored feature by feature (formats.md section 12).

Currency equal; amount equal, or less a stated charge, a fee quoted in free text, or the fee tolerance; days near; and at least
one thing more that agrees: an account in normal form, a bank, a name, a text. Equal amounts on near days alone are chance as
often as not, and are not proposed. Conversions, whose currencies differ, are scored by `conversions.py`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from operator import attrgetter
from typing import cast

import numpy as np

from tracer.match.assignment import assigned
from tracer.match.columns import Columns, Mask
from tracer.match.conclude import conclude
from tracer.match.conversions import conversions_among
from tracer.match.exchange import stated_on
from tracer.match.features import WEIGHTS, Kind, features
from tracer.match.instructed import instructed_pairs
from tracer.match.likely import likely_pairs
from tracer.match.nearby import Rows, places_held
from tracer.match.records import Record, Records, records
from tracer.match.rungs import came_back, is_rival
from tracer.model import Judgement, Message, Posting, Statement, Transfer
from tracer.model.beside import LARGE, beside
from tracer.model.judging import PART, relation_of, standing
from tracer.model.payments import FEE_MAJOR, is_event
from tracer.model.quick import quickly_made
from tracer.model.uncollected import uncollected

__all__ = [
    "WEIGHTS",
    "Candidate",
    "Open",
    "Shown",
    "candidates",
    "of_one_currency",
    "of_two_currencies",
    "open_records",
    "ranked",
]

_Features = tuple[tuple[str, int, str], ...]
_Shown = tuple[Kind, _Features]
#: A pair, what it would be, and why: plain values, which a second process hands over.
Shown = tuple[str, str, Kind, Sequence[tuple[str, int, str]]]
_ENDS = attrgetter("left", "right")
_NEAREST = (
    3  # conversions of one leg that nothing but their size, or a word, tells; the next follow once these are judged
)


@quickly_made
@dataclass(frozen=True, slots=True)
class Candidate:
    """Two records that may be one movement; of two sides, the debit is on the left.

    `features` are (name, points, why). `margin` is the lead over the second best pair of either record, `second` the record
    that would stand there ("" where none would). `is_best`: the pair stands in every best one-to-one assignment of all pairs.
    `is_tied`: it stands in one of several that are equally good, and only a person can tell which.
    """

    left: str
    right: str
    kind: Kind
    score: int
    margin: int
    second: str
    is_best: bool
    features: tuple[tuple[str, int, str], ...]
    is_tied: bool = False


@uncollected()
def candidates(
    postings: Mapping[str, Posting],
    judgements: Iterable[Judgement],
    messages: Mapping[str, Message] | None = None,
    statements: Mapping[str, Statement] | None = None,
    *,
    transfers: Sequence[Transfer] | None = None,
    fees: Mapping[str, int] = FEE_MAJOR,
) -> tuple[Candidate, ...]:
    """Return the open pairs, best first. A pair that was judged, in any way, is not proposed again.

    transfers   what `conclude` makes of these judgements, where it is at hand
    Of conversions that only their size tells, or a name or reference that more than 200 open credits print, the three nearest of
    each leg: the next ones follow when these are judged.
    """
    asked = open_records(postings, judgements, messages or {}, statements or {}, transfers=transfers, fees=fees)
    found, exchanged = beside(
        lambda: of_one_currency(asked), lambda: of_two_currencies(asked), is_large=len(asked.rows) > LARGE
    )
    return ranked((*found, *exchanged), asked)


@dataclass(slots=True)
class Open:
    """What may still be joined, the movement in which each record stands, and what was judged.

    columns, rows  all lines, and the rows of those that may still be joined; messages: by currency, those that may
    ends           of these rows, those at the one end of their movement that is held, in the order of their ids: a line of a bank
                   on the way is none
    movement, of   the place of the movement of each row of the columns, and of each record
    sides          whether each movement has a debit, and whether it has a credit
    settled        whether each movement is undone, or judged to be a payment in parts or one of them
    """

    columns: Columns
    rows: Rows
    ends: Rows
    messages: dict[str, dict[str, Message]]
    statements: Mapping[str, Statement]
    held: Records
    transfers: Sequence[Transfer]
    movement: Rows
    of: dict[str, int]
    sides: tuple[Mask, Mask]
    settled: Mask
    judged: set[tuple[str, str]]
    fees: Mapping[str, int]


def open_records(
    postings: Mapping[str, Posting],
    judgements: Iterable[Judgement],
    messages: Mapping[str, Message],
    statements: Mapping[str, Statement],
    *,
    transfers: Sequence[Transfer] | None,
    fees: Mapping[str, int],
    columns: Columns | None = None,
) -> Open:
    """Return what `of_one_currency` and `of_two_currencies` look at."""
    listed = list(judgements)
    if transfers is None:
        transfers = conclude(postings, messages, listed)
    of: dict[str, int] = {}
    taken, passed, settled = set[str](), set[str](), list[int]()
    places = places_held(transfers)
    moved = [transfers[n] for n in places]
    for n, t in zip(places, moved, strict=True):
        for key in t.postings:
            of[key] = n
        for key in t.messages:
            of[key] = n
        if t.reversed_by:
            taken |= {t.debit, t.credit, t.reversed_by}
        if t.reversed_by or t.in_parts:
            settled.append(n)
        if t.between:
            passed.update(t.between)
        # a line that copies another is proposed for nothing
        if len(t.postings) > bool(t.debit) + bool(t.credit) + len(t.between):
            taken.update(key for key in t.postings if key not in _counted(t))
    columns = Columns.of(columns, postings, messages)
    rows = np.flatnonzero(columns.is_open & columns.is_booked & ~_among(columns, taken))
    movement = np.array([of.get(key, -1) for key in columns.keys], np.int64)
    sides = _has(places, [t.debit for t in moved]), _has(places, [t.credit for t in moved])
    is_end = ~_among(columns, passed) & ~(sides[0] & sides[1])[movement]
    ends = rows[is_end[rows]].tolist()
    ends.sort(key=columns.keys.__getitem__)
    is_settled = np.zeros(len(moved), np.bool_)
    is_settled[settled] = True
    by_currency: dict[str, dict[str, Message]] = defaultdict(dict)
    for key, m in messages.items():
        if m.settled and m.accepted is not False and not is_event(m):
            by_currency[m.settled_currency][key] = m
    return Open(
        columns=columns,
        rows=rows,
        ends=np.array(ends, np.int64),
        messages=by_currency,
        statements=statements,
        held=records(postings, messages, statements),
        transfers=transfers,
        movement=movement,
        of=of,
        sides=sides,
        settled=is_settled,
        judged=_pairs_of([j for j in standing(listed) if j.rung >= 0 or relation_of(j) != PART]),
        fees=fees,
    )


def _among(columns: Columns, keys: AbstractSet[str]) -> Mask:
    """Say which rows are of these lines."""
    return np.array([key in keys for key in columns.keys] if keys else [False] * len(columns.keys), np.bool_)


def _pairs_of(judgements: Sequence[Judgement]) -> set[tuple[str, str]]:
    """Return `pair_of` of each; of a copy, whose line that counts is on the left, the pair as it stands, too."""
    pairs = set(map(_ENDS, judgements))
    pairs.update([(right, left) for left, right in pairs if left > right])
    return pairs


def _has(places: Sequence[int], keys: Sequence[str]) -> Mask:
    found = np.zeros(len(places), np.bool_)
    found[places] = [bool(key) for key in keys]
    return found


def of_one_currency(asked: Open, currencies: Collection[str] | None = None) -> list[Shown]:
    """Return the pairs of one currency that agree in more than amount and day, with what they would be and why.

    currencies   only pairs of these; None for all
    """
    found: list[Shown] = []
    columns, rows = asked.columns, asked.rows
    if currencies is not None:
        number = [n for n, currency in enumerate(columns.money) if currency in currencies]
        rows = rows[np.isin(columns.currency[rows], number)]
    messages = {
        key: m
        for currency, listed in asked.messages.items()
        if currencies is None or currency in currencies
        for key, m in listed.items()
    }

    movements, of = (asked.movement, asked.of), _movements(asked)
    for pair in likely_pairs(columns, rows, messages, asked.statements, movements, asked.sides, asked.fees):
        if pair in asked.judged:
            continue
        a, b = (asked.held[key] for key in pair)
        kind = _kind(a, b, of)
        shown = features(a, b, kind) if kind else ()
        if kind and _is_enough(shown):
            found.append((*pair, kind, shown))
    return found


def _is_enough(shown: _Features) -> bool:
    """Say whether more than amount and day agrees."""
    return sum(points for name, points, _ in shown if name not in {"amount", "day"}) >= WEIGHTS["text"]


def of_two_currencies(asked: Open) -> list[Shown]:
    """Return the conversions, the debit first, and the debits that messages in another currency state, with why."""
    has_debit, has_credit = (side[asked.movement[asked.ends]] for side in asked.sides)
    debited, credited = asked.ends[has_debit], asked.ends[has_credit]
    found = conversions_among(asked.columns, debited, credited, asked.statements, apart=asked.judged, most=_NEAREST)
    return [*((one.debit, one.credit, "conversion", one.features) for one in found), *_instructed(asked)]


def _instructed(asked: Open) -> Iterator[Shown]:
    messages, of = {key: m for listed in asked.messages.values() for key, m in listed.items()}, _movements(asked)
    for line, message in instructed_pairs(asked.columns, asked.rows, messages):
        pair = (line, message) if line < message else (message, line)
        a, b = asked.held[line], asked.held[message]
        kind = None if pair in asked.judged else _kind(a, b, of)
        said = stated_on(a.posting, b.message) if kind and a.posting and b.message else ""
        if kind and said:
            others = [one for one in features(a, b, kind) if one[0] != "amount"]
            shown = (("amount", WEIGHTS["amount"], said), *others)
            if _is_enough(shown):
                yield (*pair, kind, shown)


def ranked(found: Iterable[Shown], asked: Open) -> tuple[Candidate, ...]:
    """Return the candidates of all these pairs, best first; a conversion stands before what the pair would be otherwise."""
    once: dict[tuple[str, str], _Shown] = {}
    for left, right, kind, features_of in sorted(found, key=lambda one: one[2] == "conversion"):
        shown = tuple(map(tuple, features_of))  # lists, as a second process hands them over
        once[(left, right) if left < right else (right, left)] = kind, cast("_Features", shown)
    return _ranked(once, asked.held)


def _counted(transfer: Transfer) -> tuple[str, ...]:
    return (transfer.debit, transfer.credit, *transfer.between)


def _movements(asked: Open) -> Callable[[Record], Transfer]:
    return lambda record: asked.transfers[asked.of[record.key]]


def _kind(a: Record, b: Record, of: Callable[[Record], Transfer]) -> Kind | None:
    """Return what a pair would be, None where it can be nothing: what each side has already leaves no room for the other."""
    if a.uetr and b.uetr and a.uetr != b.uetr:
        return None

    p, q = a.posting, b.posting
    if p is not None and q is not None:
        if a.account == b.account:
            is_one_line = p.amount == q.amount and p.booked == q.booked and p.cite.exhibit != q.cite.exhibit
            return "copy" if is_one_line else None
        out, into = (a, b) if p.amount < 0 else (b, a)
        is_open = (p.amount < 0) != (q.amount < 0) and not of(out).credit and not of(into).debit
        return "two sides" if is_open else None
    if p is None and q is None:
        return None if is_rival(a, b) or a.kind[:5] == b.kind[:5] else "legs"
    line, message = (a, b) if p is not None else (b, a)
    posting = line.posting
    if (
        posting is None
        or (posting.amount < 0 and of(message).debit)
        or (posting.amount > 0 and of(message).credit)
        or came_back(message, line)
    ):
        return None
    return "booking"


# -- ranking


def _slots(left: str, right: str, kind: Kind, held: Records) -> tuple[str, str]:
    """Return the place that a pair takes on each side.

    A line has one other side, in its currency or another; a message has one line on each side, and one leg of each other kind;
    a line has one copy in each other exhibit.
    """
    p, q = held.line(left), held.line(right)
    if p is not None and q is not None:
        if kind == "copy":
            (one, first), (other, second) = sorted(((p.cite.exhibit, left), (q.cite.exhibit, right)))
            return f"copy {one} {other} {first}", f"copy {one} {other} {second}"
        # as they are: hardly any pair is another, and the places of the others begin with a word
        return (left, right) if p.amount < 0 else (right, left)
    if p is None and q is None:
        a, b = sorted((held[left], held[right]), key=lambda record: record.kind[:5])
        shared = f"legs {a.kind[:5]} {b.kind[:5]}"
        return f"{shared} {a.key}", f"{shared} {b.key}"
    line, key, message = (p, left, right) if p is not None else (q, right, left)
    side = "debit" if line is not None and line.amount < 0 else "credit"
    return f"booking {side} {key}", f"booking {side} {message}"


def _ranked(found: Mapping[tuple[str, str], _Shown], held: Records) -> tuple[Candidate, ...]:
    score = {pair: max(0, sum([points for _, points, _ in features])) for pair, (_, features) in found.items()}
    slots = {pair: _slots(*pair, kind, held) for pair, (kind, _) in found.items()}
    certain, tied = assigned(slots, score)
    pairs = sorted(found)
    best = _rivals([slots[pair] for pair in pairs], np.array([score[pair] for pair in pairs], np.int64))
    made = []
    for pair, rival in zip(pairs, best, strict=True):
        kind, shown = found[pair]
        left, right = pair
        second, margin = "", score[pair]
        if rival >= 0:
            other = pairs[rival]
            second = other[0] if other[0] not in pair else other[1] if other[1] not in pair else ""
            margin -= score[other]
        line = held.line(right)
        if kind in {"two sides", "conversion"} and line is not None and line.amount < 0:
            left, right = right, left
        made.append(Candidate(left, right, kind, score[pair], margin, second, pair in certain, shown, pair in tied))
    # of equal scores the larger amount first: it decides more
    made.sort(key=lambda c: (-c.score, not c.is_best, -held.amount(c.left), c.left, c.right))
    return tuple(made)


def _rivals(slots: Sequence[tuple[str, str]], points: Rows) -> list[int]:
    """Return for each pair, in the order of the pairs, the best other pair on either of its places, -1 where it is alone.

    On one place the first of equal pairs is its best; of the best of two places that are equal, the last.
    """
    ranked = np.lexsort((np.arange(len(points)), -points))
    best = np.full(len(points), -1, np.int64)
    for side in (0, 1):
        number: dict[str, int] = {}
        taken = np.array([number.setdefault(ends[side], len(number)) for ends in slots], np.int64)[ranked]
        order = np.argsort(taken, kind="stable")
        place, pair = taken[order], ranked[order]
        starts = np.flatnonzero(np.r_[True, place[1:] != place[:-1]][: len(place)])
        first = np.repeat(pair[starts], np.diff(np.r_[starts, len(place)]))
        ahead = np.where(np.r_[place[1:] == place[:-1], False][: len(place)], np.r_[pair[1:], -1][: len(place)], -1)
        # the second stands right behind the first of its place
        rival = np.where(pair == first, ahead, first)
        mine = best[pair]
        is_better = (mine < 0) | (
            (rival >= 0) & ((points[rival] > points[mine]) | ((points[rival] == points[mine]) & (rival > mine)))
        )
        best[pair] = np.where(is_better, rival, mine)
    return [int(rival) for rival in best.tolist()]

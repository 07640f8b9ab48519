"""The ladder: every rung that fires between any two records, and where several records fit one, none of them.

Rungs 0 to 3 join without a person, each by a judgement with the fields that fired; rung 4 only proposes (`candidates.py`).
Pairs are taken in the order of their ids and every condition is symmetric: the order of loading changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np

from tracer.match.conclude import conclude
from tracer.match.copies import copies, reversals
from tracer.match.judged import is_copy, movement
from tracer.match.records import Record, Records, records
from tracer.match.rungs import Fired, contradicts, fired
from tracer.model import Judgement, Message, Posting, Statement, Transfer
from tracer.model.judging import PART, in_force, pair_of, relation_of, united
from tracer.model.payments import FEE_MAJOR, is_event, tolerance
from tracer.model.uncollected import uncollected

__all__ = ["matched", "propose"]

#: A reference on more records than this is compared only within days and amounts that could be one movement.
_MANY = 50
_WINDOW = 10  # calendar days that three business days can span, with the longest week end and a holiday


@uncollected()
def propose(
    postings: Mapping[str, Posting],
    messages: Mapping[str, Message],
    statements: Mapping[str, Statement],
    *,
    decided: Iterable[Judgement] = (),
    fees: Mapping[str, int] = FEE_MAJOR,
) -> tuple[Judgement, ...]:
    """Return the judgements of rungs 0 to 3, one for every rung that fired, sorted by pair and rung.

    A line that is a copy of another joins nothing by itself: the line that it copies does. `decided`: what persons decided.
    A pair that a person judged is theirs, and no rung is proposed on it, so that it raises no doubt about another either.
    """
    persons = {pair_of(j): j for j in in_force(decided) if j.rung < 0 and relation_of(j) != PART}
    found = [j for j in copies(postings, statements) if pair_of(j) not in persons]
    twins = {j.right for j in (*found, *persons.values()) if is_copy(j, postings)}
    once = {key: p for key, p in postings.items() if key not in twins}
    # Without the copies: a reversal of which two productions hold the original has one original, not two that fit.
    found += [j for j in reversals(once) if pair_of(j) not in persons]
    lines = {key: p for key, p in once.items() if p.status == "booked"}
    pairs = _pairs(seen := records(lines, messages, statements))
    held = {key: seen[key] for key in {key for pair in pairs for key in pair}}
    made = [one for a, b in pairs if (a, b) not in persons for one in fired(held[a], held[b], fees)]
    one_by_word = {pair for pair, j in persons.items() if j.decision == "same"}
    about = {one for one in made if one.rung and (_tells(held[one.left]) or _tells(held[one.right]))}
    found += [_judged(one) for one in _certain([one for one in made if one not in about], held, one_by_word)]
    found += [
        _judged(one) for one in _attached(sorted(about, key=lambda one: (one.left, one.right, one.rung)), found, held)
    ]
    return tuple(sorted(found, key=lambda j: (*pair_of(j), j.rung, j.id)))


def matched(
    postings: Mapping[str, Posting], messages: Mapping[str, Message], statements: Mapping[str, Statement]
) -> tuple[tuple[Judgement, ...], tuple[Transfer, ...]]:
    """Return the judgements in force and the transfers of records on which no person has decided anything."""
    judgements = propose(postings, messages, statements)
    return in_force(judgements), conclude(postings, messages, judgements)


def _judged(one: Fired) -> Judgement:
    return movement(one.left, one.right, rung=one.rung, features=one.features)


def _pairs(held: Records) -> list[tuple[str, str]]:
    """Return the pairs of records that share a name: a reference, an id printed anywhere, or the whole content."""
    keys = list(held)
    first: dict[str, int] = {}
    shared: dict[str, list[int]] = {}
    for n, key in enumerate(keys):
        for name in held.names(key):
            one = first.setdefault(name, n)
            if one == n:
                continue
            places = shared.get(name)
            if places is None:
                shared[name] = [one, n]
            elif places[-1] != n:
                places.append(n)
    groups: list[Sequence[int]] = [*shared.values(), *_cut(first, shared)]
    found: list[int] = []
    width, place = len(keys), dict[str, int]()
    for group in groups:
        if len(group) == 2:  # hardly any has more
            found.append(group[0] * width + group[1])
        elif len(group) <= _MANY:
            found.extend(one * width + other for one, other in combinations(group, 2))
        else:
            place = place or {key: n for n, key in enumerate(keys)}
            within = _within([keys[n] for n in group], held)
            found.extend(place[one] * width + place[other] for one, other in within)
    return [(keys[n // width], keys[n % width]) for n in np.unique(np.array(found, np.int64)).tolist()]


def _cut(first: Mapping[str, int], shared: Mapping[str, Sequence[int]]) -> Iterator[list[int]]:
    """Yield the records of every reference that a `+` cuts: those that print it cut there, and those of all that it may begin."""
    cut: dict[str, set[int]] = defaultdict(set)
    for name in first:
        if name.endswith("+"):
            cut[name.removesuffix("+")].update(shared.get(name, (first[name],)))
    lengths = sorted({len(stem) for stem in cut})
    begun: dict[str, set[int]] = defaultdict(set)
    for name in first if lengths else ():
        for length in lengths:
            if len(name) > length and name[:length] in cut:
                begun[name[:length]].update(shared.get(name, (first[name],)))
    for stem, places in begun.items():
        yield sorted(places | cut[stem])


def _within(keys: list[str], held: Mapping[str, Record]) -> Iterator[tuple[str, str]]:
    """Yield the pairs of a reference that many records bear, by currency, day and amount.

    Lines of one account that are alike in sign, amount and day cannot be told apart by this reference: none of them joins
    by it, so that none of their pairs is made.
    """
    alike: dict[tuple[object, ...], list[str]] = defaultdict(list)
    for key in keys:
        r = held[key]
        sign = r.posting.amount < 0 if r.posting else key
        alike[(r.account, sign, r.currency, r.amount, r.day)].append(key)
    by_currency: dict[str, list[str]] = defaultdict(list)
    for group in alike.values():
        if len(group) == 1:
            by_currency[held[group[0]].currency].append(group[0])
    for group in by_currency.values():
        dated = sorted((day.toordinal(), key) for key in group if (day := held[key].day) is not None)
        for n, (first, one) in enumerate(dated):
            for later, other in dated[n + 1 :]:
                if later - first > _WINDOW:
                    break
                if _could(held[one], held[other]):
                    yield (one, other) if one < other else (other, one)
        for one in (key for key in group if held[key].day is None):
            yield from ((min(one, other), max(one, other)) for other in group if other != one)


def _could(a: Record, b: Record) -> bool:
    return a.amount is None or b.amount is None or abs(a.amount - b.amount) <= tolerance(a.currency)


def _certain(found: list[Fired], held: Mapping[str, Record], by_word: set[tuple[str, str]]) -> Iterator[Fired]:
    """Yield what is certain: where one record fits several payments and they cannot be told apart, none is joined.

    Two candidates that themselves fire a rung (copies, one UETR, legs of one chain), or that a person judged one, are one
    payment and no doubt. A record that only the UETR of two orders fits is a leg of neither; its reference may tell of which.
    """
    linked = {(one.left, one.right) for one in found} | by_word
    gap_of = {(one.left, one.right): one.gap for one in found}
    by_reference = {(one.left, one.right) for one in found if one.rung > 1}
    by_key: dict[str, set[str]] = defaultdict(set)
    for one in found:
        by_key[one.left].add(one.right)
        by_key[one.right].add(one.left)

    def doubtful(one: Fired, moved: str, fixed: str) -> bool:
        if len(by_key[fixed]) < 2:
            return False
        mine = (one.left, one.right)
        rivals = [
            (rival, (min(rival, fixed), max(rival, fixed)))
            for rival in by_key[fixed]
            if rival != moved and (min(moved, rival), max(moved, rival)) not in linked
        ]
        return any(
            (_doubles(held[moved], held[fixed], held[rival], one.rung) and not gap_of[mine] == 0 < gap_of[theirs])
            or (_are_two_orders(held[moved], held[rival]) and not (mine in by_reference and theirs not in by_reference))
            for rival, theirs in rivals
        )

    for one in found:
        is_alone = len(by_key[one.left]) < 2 and len(by_key[one.right]) < 2
        if is_alone or one.rung == 0 or not (doubtful(one, one.left, one.right) or doubtful(one, one.right, one.left)):
            yield one


def _are_two_orders(one: Record, other: Record) -> bool:
    return bool(one.uetr) and one.uetr == other.uetr and contradicts(one, other)


def _attached(found: list[Fired], made: list[Judgement], held: Mapping[str, Record]) -> Iterator[Fired]:
    """Yield the statuses, returns and texts whose originals are one payment; a reused id that fits two attaches to none."""
    asked = {key for one in found for key in (one.left, one.right)}
    asked |= {key for one in made for key in (one.left, one.right)} if found else set()
    root, _ = united(asked, made)
    originals: dict[str, set[str]] = defaultdict(set)
    pairs = [(one, one.left, one.right) if _tells(held[one.left]) else (one, one.right, one.left) for one in found]
    for _, event, other in pairs:
        if not _tells(held[other]):
            originals[event].add(root[other])
    for one, event, other in pairs:
        if len(originals[event]) == 1 or not (originals[event] or originals[other]):
            yield one


def _tells(record: Record) -> bool:
    return record.message is not None and is_event(record.message)


def _doubles(one: Record, fixed: Record, rival: Record, rung: int) -> bool:
    """Say whether `rival` could stand in the place of `one` beside `fixed`: the same sort of record, on the same side."""
    p, q = one.posting, rival.posting
    if p is not None and q is not None:
        return (p.amount > 0) == (q.amount > 0) and (fixed.posting is not None or one.account == rival.account)
    m, n = one.message, rival.message
    if rung == 1 or m is None or n is None or one.kind[:5] != rival.kind[:5] or n.accepted is False:
        return False
    before, after = fixed.sender, fixed.receiver
    is_chain = (one.receiver == before and rival.sender == after) or (one.sender == after and rival.receiver == before)
    return not (is_chain and before and after)

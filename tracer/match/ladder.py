"""The ladder: every rung that fires between any two records, and where several records fit one, none of them.

Rungs 0 to 3 join without a person, each by a judgement with the fields that fired; rung 4 only proposes (`candidates.py`).
Pairs are taken in the order of their ids and every condition is symmetric: the order of loading changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations

from tracer.match.conclude import conclude
from tracer.match.copies import copies, reversals
from tracer.match.judged import is_copy, movement
from tracer.match.records import Record, of_line, of_message
from tracer.match.rungs import Fired, contradicts, fired
from tracer.model import Judgement, Message, Posting, Statement, Transfer
from tracer.model.judging import in_force, pair_of, united
from tracer.model.payments import FEE_MAJOR, is_event, tolerance
from tracer.model.uncollected import uncollected

__all__ = ["matched", "propose", "records"]

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
    persons = {pair_of(j): j for j in in_force(decided) if j.rung < 0}
    found = [j for j in (*copies(postings, statements), *reversals(postings)) if pair_of(j) not in persons]
    twins = {j.right for j in (*found, *persons.values()) if is_copy(j, postings)}
    lines = {key: p for key, p in postings.items() if key not in twins and p.status == "booked"}
    held = records(lines, messages, statements)
    made = [one for a, b in _pairs(held) if (a, b) not in persons for one in fired(held[a], held[b], fees)]
    one_by_word = {pair for pair, j in persons.items() if j.decision == "same"}
    about = {one for one in made if one.rung and (_tells(held[one.left]) or _tells(held[one.right]))}
    found += [_judged(one) for one in _certain([one for one in made if one not in about], held, one_by_word)]
    found += [
        _judged(one) for one in _attached(sorted(about, key=lambda one: (one.left, one.right, one.rung)), found, held)
    ]
    return tuple(sorted(found, key=lambda j: (min(j.left, j.right), max(j.left, j.right), j.rung, j.id)))


def matched(
    postings: Mapping[str, Posting], messages: Mapping[str, Message], statements: Mapping[str, Statement]
) -> tuple[tuple[Judgement, ...], tuple[Transfer, ...]]:
    """Return the judgements in force and the transfers of records on which no person has decided anything."""
    judgements = propose(postings, messages, statements)
    return in_force(judgements), conclude(postings, messages, judgements)


def _judged(one: Fired) -> Judgement:
    return movement(one.left, one.right, rung=one.rung, features=one.features)


def records(
    postings: Mapping[str, Posting], messages: Mapping[str, Message], statements: Mapping[str, Statement]
) -> dict[str, Record]:
    """Return what is compared of every message and line, by id."""
    found = {key: of_message(key, m) for key, m in messages.items()}
    found |= {key: of_line(key, p, statements.get(p.statement)) for key, p in postings.items()}
    return dict(sorted(found.items()))


def _pairs(held: Mapping[str, Record]) -> list[tuple[str, str]]:
    """Return the pairs of records that share a name: a reference, an id printed anywhere, or the whole content."""
    index: dict[str, set[str]] = defaultdict(set)
    cut: dict[str, set[str]] = defaultdict(set)
    for key, record in held.items():
        for name in record.references:
            index[name].add(key)
            if name.endswith("+"):
                cut[name.removesuffix("+")].add(key)
        if record.content:
            index[f"content {record.content}"].add(key)
    lengths = sorted({len(name) for name in cut})
    for name in list(index) if lengths else ():
        for length in lengths:
            for other in cut.get(name[:length], ()) if len(name) > length else ():
                index[f"cut {name[:length]}"] |= {other, *index[name]}
    found: set[tuple[str, str]] = set()
    for keys in index.values():
        found.update(_within(sorted(keys), held) if len(keys) > _MANY else combinations(sorted(keys), 2))
    return sorted(found)


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
        if one.rung == 0 or not (doubtful(one, one.left, one.right) or doubtful(one, one.right, one.left)):
            yield one


def _are_two_orders(one: Record, other: Record) -> bool:
    return bool(one.uetr) and one.uetr == other.uetr and contradicts(one, other)


def _attached(found: list[Fired], made: list[Judgement], held: Mapping[str, Record]) -> Iterator[Fired]:
    """Yield the statuses, returns and texts whose originals are one payment; a reused id that fits two attaches to none."""
    root, _ = united(held, made) if found else ({}, ())
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

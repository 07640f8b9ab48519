"""The ladder: every rung that fires between any two records, and where several records fit one, none of them.

Rungs 0 to 3 join without a person, each by a judgement with the fields that fired; rung 4 only proposes (`candidates.py`).
Pairs are taken in the order of their ids and every condition is symmetric: the order of loading changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import chain

import numpy as np

from tracer.match.columns import Columns
from tracer.match.conclude import conclude
from tracer.match.copies import copies, reversals
from tracer.match.judged import is_copy, movement, proposed
from tracer.match.nearby import Rows, pairs
from tracer.match.records import Record, Records, records
from tracer.match.returned import is_marked, returned_lines
from tracer.match.rungs import Fired, booked_back, came_back, contradicts, fired
from tracer.model import Judgement, Message, Posting, Statement, Transfer
from tracer.model.beside import LARGE, beside
from tracer.model.judging import PART, in_force, in_order, pair_of, relation_of, united
from tracer.model.payments import FEE_MAJOR, is_event, tolerance
from tracer.model.uncollected import uncollected

__all__ = ["matched", "propose"]

#: A reference on more records than this is compared only within days and amounts that could be one movement.
_MANY = 50
_MINE = 0.55  # of the pairs, where a second process climbs the others
_WINDOW = 10  # calendar days that three business days can span, with the longest week end and a holiday


@uncollected()
def propose(
    postings: Mapping[str, Posting],
    messages: Mapping[str, Message],
    statements: Mapping[str, Statement],
    *,
    decided: Iterable[Judgement] = (),
    fees: Mapping[str, int] = FEE_MAJOR,
    columns: Columns | None = None,
) -> tuple[Judgement, ...]:
    """Return the judgements of rungs 0 to 3, one for every rung that fired, sorted by pair and rung.

    decided   what persons decided; columns: of these lines and messages, where they are kept for `undecided`
    A line that is a copy of another joins nothing by itself: the line that it copies does.
    A pair that a person judged is theirs, and no rung is proposed on it, so that it raises no doubt about another either.
    """
    persons = {pair_of(j): j for j in in_force(decided) if j.rung < 0 and relation_of(j) != PART}
    found = [j for j in copies(postings, statements) if pair_of(j) not in persons]
    twins = {j.right for j in (*found, *persons.values()) if is_copy(j, postings)}
    once = {key: p for key, p in postings.items() if key not in twins} if twins else postings
    # Without the copies: a reversal of which two productions hold the original has one original, not two that fit.
    found += [j for j in (*reversals(once), *returned_lines(once)) if pair_of(j) not in persons]
    undone = set(_undone((*found, *persons.values()), postings))
    is_booked = all(p.status == "booked" for p in once.values())
    lines = once if is_booked else {key: p for key, p in once.items() if p.status == "booked"}
    held = records(lines, messages, statements)
    is_large = len(lines) > LARGE
    one_by_word = {pair for pair, j in persons.items() if j.decision == "same"}
    events = {key for key, m in messages.items() if is_event(m)}

    def climbed(asked: Iterable[tuple[str, str]]) -> list[Judgement]:
        sure, about = list[Fired](), list[Fired]()
        for a, b in asked:
            for one in fired(held[a], held[b], fees) if (a, b) not in persons else ():
                is_event_of = one.rung and (one.left in events or one.right in events)
                (about if is_event_of and one.features[0] != "relation=booking" else sure).append(one)
        made = [_judged(one) for one in _certain(sure, held, one_by_word, undone)]
        told = sorted(set(about), key=lambda one: (one.left, one.right, one.rung))
        made += [_judged(one) for one in _attached(told, [*found, *made], events, held)]
        return in_order(made)  # two lists in order are soon one

    keys, one, other = _paired(held, Columns.of(columns, postings, messages))
    some, others = _halves(keys, one, other, found) if is_large else (_named(keys, one, other), [])
    # as places, since the ids are at hand on the other side, and are not made again there
    ends = list(dict.fromkeys(chain.from_iterable(others)))

    def climbed_there() -> list[tuple[str, int, int, int, Sequence[str]]]:
        place = {key: n for n, key in enumerate(ends)}
        return [(j.id, place[j.left], place[j.right], j.rung, j.features) for j in climbed(others)]

    mine, theirs = beside(lambda: climbed(some), climbed_there, is_large=is_large)
    found += mine
    found += [proposed(name, ends[n], ends[m], rung, tuple(fields)) for name, n, m, rung, fields in theirs]
    return tuple(in_order(found))


def matched(
    postings: Mapping[str, Posting], messages: Mapping[str, Message], statements: Mapping[str, Statement]
) -> tuple[tuple[Judgement, ...], tuple[Transfer, ...]]:
    """Return the judgements in force and the transfers of records on which no person has decided anything."""
    judgements = propose(postings, messages, statements)
    return in_force(judgements), conclude(postings, messages, judgements)


def _judged(one: Fired) -> Judgement:
    return movement(one.left, one.right, rung=one.rung, features=one.features)


def _pairs(held: Records) -> list[tuple[str, str]]:
    """Return `_paired` as ids, the smaller first."""
    keys, one, other = _paired(held)
    return _named(keys, one, other)


def _named(keys: Sequence[str], one: Rows, other: Rows) -> list[tuple[str, str]]:
    ends = zip(one.tolist(), other.tolist(), strict=True)
    return [(keys[n], keys[m]) if keys[n] < keys[m] else (keys[m], keys[n]) for n, m in ends]


def _halves(
    keys: Sequence[str], one: Rows, other: Rows, made: Iterable[Judgement]
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return the pairs in two lists that take about as long, so that nothing of the one has to do with anything of the other.

    The second is shorter: another process copies the memory that it touches, and hands over what it finds.
    made    the judgements there are: they tie records, too
    """
    from scipy.sparse import coo_matrix  # a terminal that only lists its commands waits for no solver
    from scipy.sparse.csgraph import connected_components

    tied = [(j.left, j.right) for j in made]
    asked = {key for ends in tied for key in ends}
    place = {key: n for n, key in enumerate(keys) if key in asked}
    more = np.array([(place[a], place[b]) for a, b in tied if a in place and b in place], np.int64).reshape(-1, 2)
    n, m = np.r_[one, more[:, 0]], np.r_[other, more[:, 1]]
    graph = coo_matrix((np.ones(len(n), np.int8), (n, m)), shape=(len(keys), len(keys)))
    part = connected_components(graph, directed=False)[1][one]
    ends = np.cumsum(np.bincount(part)) if len(part) else np.zeros(1, np.int64)
    is_first = ends[part] <= len(part) * _MINE
    return _named(keys, one[is_first], other[is_first]), _named(keys, one[~is_first], other[~is_first])


def _paired(held: Records, columns: Columns | None = None) -> tuple[list[str], Rows, Rows]:
    """Return (ids, places of one, places of the other) of the records that share a name.

    A name is a reference, an id printed anywhere, or the whole content. Each pair once, in the order in which the first of the
    two is held.
    """
    keys, names, code, row = held.named(columns)
    width = len(keys)
    once = np.unique(code * width + row)  # a record may print a name twice
    code, row = once // max(width, 1), once % max(width, 1)
    starts = np.flatnonzero(np.r_[True, code[1:] != code[:-1]][: len(code)])
    sizes = np.diff(np.r_[starts, len(code)])
    found = [np.zeros((0, 2), np.int64)]
    for size in np.unique(sizes[(sizes > 1) & (sizes <= _MANY)]).tolist():
        table = row[starts[sizes == size][:, None] + np.arange(size)]
        one, other = np.triu_indices(size, 1)
        found.append(np.stack([table[:, one].ravel(), table[:, other].ravel()], axis=1))
    groups = [row[start : start + size] for start, size in zip(starts, sizes, strict=True) if size > _MANY]
    for cut in _cut(names):
        first, end = np.searchsorted(code, cut, "left"), np.searchsorted(code, cut, "right")
        group = np.unique(np.concatenate([row[a:b] for a, b in zip(first, end, strict=True)]))
        if len(group) > _MANY:
            groups.append(group)
        else:
            found.append(group[np.stack(np.triu_indices(len(group), 1), axis=1)])
    for group in groups:
        found.append(_within(group, keys, held))
    both = np.concatenate(found)
    at = np.unique(both[:, 0] * width + both[:, 1])
    return keys, at // max(width, 1), at % max(width, 1)


def _cut(names: Sequence[str]) -> Iterator[list[int]]:
    """Yield the numbers of the names of every reference that a `+` cuts: as it is cut there, and all that it may begin."""
    cut: dict[str, list[int]] = defaultdict(list)
    for n, name in enumerate(names):
        if name.endswith("+"):
            cut[name.removesuffix("+")].append(n)
    lengths = sorted({len(stem) for stem in cut})
    begun: dict[str, list[int]] = defaultdict(list)
    for n, name in enumerate(names if lengths else ()):
        for length in lengths:
            if len(name) > length and name[:length] in cut:
                begun[name[:length]].append(n)
    for stem, listed in begun.items():
        yield [*listed, *cut[stem]]


def _within(rows: Rows, keys: Sequence[str], held: Mapping[str, Record]) -> Rows:
    """Return the pairs of rows of a reference that many records bear, by currency, day and amount.

    Lines of one account that are alike in sign, amount and day cannot be told apart by this reference: none of them joins
    by it, so that none of their pairs is made.
    """
    alike: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for n in rows.tolist():
        r = held[keys[n]]
        sign = r.posting.amount < 0 if r.posting else n
        alike[(r.account, sign, r.currency, r.amount, r.day)].append(n)
    by_currency: dict[str, list[int]] = defaultdict(list)
    for listed in alike.values():
        if len(listed) == 1:
            by_currency[held[keys[listed[0]]].currency].append(listed[0])
    found = [np.zeros((0, 2), np.int64)]
    for currency, group in by_currency.items():
        dated = [(n, r.day.toordinal(), r.amount) for n in group if (r := held[keys[n]]).day is not None]
        told = np.array([one for one in dated if one[2] is not None], np.int64).reshape(-1, 3)
        row, day, amount = told[:, 0], told[:, 1], told[:, 2]
        room = tolerance(currency)
        near = pairs((day, amount), (day, amount), (amount - room, amount + room), span=_WINDOW, near=_any_day)
        found += [np.stack([row[one], row[other]], axis=1)[row[one] < row[other]] for one, other in near]
        # what prints no amount, or no day, is refuted by none
        no_amount = [(n, at) for n, at, amount in dated if amount is None]
        loose = [(n, m) for n, at in no_amount for m, other, _ in dated if abs(at - other) <= _WINDOW]
        loose += [(n, m) for n in group if held[keys[n]].day is None for m in group]
        found.append(np.array([(min(n, m), max(n, m)) for n, m in loose if n != m], np.int64).reshape(-1, 2))
    return np.concatenate(found)


def _any_day(_one: int, _other: int) -> bool:
    return True


def _undone(judgements: Iterable[Judgement], postings: Mapping[str, Posting]) -> Iterator[str]:
    """Yield the lines that a reversal, or a line printed as a returned payment, undoes on their own account."""
    for j in judgements:
        if j.decision == "same" and relation_of(j) in {"reversal", "return"} and {j.left, j.right} <= postings.keys():
            yield min(j.left, j.right, key=lambda key: postings[key].reversal or is_marked(postings[key]))


def _certain(
    found: list[Fired], held: Mapping[str, Record], by_word: set[tuple[str, str]], undone: set[str]
) -> Iterator[Fired]:
    """Yield what is certain: where one record fits several payments and they cannot be told apart, none is joined.

    Two candidates that themselves fire a rung (copies, one UETR, legs of one chain), or that a person judged one, are one
    payment and no doubt. A record that only the UETR of two orders fits is a leg of neither; its reference may tell of which.
    A payment that was undone and sent again is told from the first by what both accounts show alike: a line that was undone is no
    rival of one that was not, while both show as many of each; a line of another value date is none of two of one date, while
    both show the same dates. What one account alone shows tells nothing.
    """
    gap_of = {(one.left, one.right): one.gap for one in found}
    linked = gap_of.keys() | by_word if by_word else gap_of.keys()
    by_reference = {(one.left, one.right) for one in found if one.rung > 1}
    by_key: dict[str, set[str]] = defaultdict(set)
    for left, right in gap_of:
        by_key[left].add(right)
        by_key[right].add(left)

    sides: dict[tuple[str, str], list[list[tuple[bool, date]]]] = {}

    def told(key: str) -> tuple[bool, date]:
        return key in undone, held[key].day or date.min

    def is_other_try(rival: str, moved: str, fixed: str) -> bool:
        one, other, third = told(moved), told(fixed), told(rival)
        if third in {one, other} or any(held[key].posting is None for key in (moved, fixed, rival)):
            return False
        if (moved, fixed) not in sides:
            ends = [{key for near in by_key[end] for key in by_key[near]} for end in (moved, fixed)]
            sides[moved, fixed] = [sorted(told(key) for key in keys if held[key].posting) for keys in ends]
        mine, yours = sides[moved, fixed]
        backs = [[is_back for is_back, _ in lines] for lines in (mine, yours)]
        if one[0] is other[0] is not third[0] and backs[0] == backs[1]:
            return True
        # in an endless series of equal payments the dates may agree by a lag: they tell only one that was undone and sent again
        if one[1] != other[1] or third[1] == one[1] or not any(map(any, backs)):
            return False
        days = [sorted(day for _, day in lines) for lines in (mine, yours)]
        return mine == yours or (days[0] == days[1] and not all(map(any, backs)))

    def doubtful(one: Fired, moved: str, fixed: str) -> bool:
        if len(by_key[fixed]) < 2:
            return False
        mine = (one.left, one.right)
        for rival in by_key[fixed]:
            if rival == moved or ((moved, rival) if moved < rival else (rival, moved)) in linked:
                continue
            theirs = (rival, fixed) if rival < fixed else (fixed, rival)
            a, b = held[moved], held[rival]
            if mine in by_reference and theirs not in by_reference:
                continue  # the rival is there by the UETR alone
            if undone and is_other_try(rival, moved, fixed):
                continue
            if _doubles(a, held[fixed], b, one.rung) and not gap_of[mine] == 0 < gap_of[theirs]:
                return True
            if _are_two_orders(a, b):
                return True
        return False

    for one in found:
        is_alone = len(by_key[one.left]) < 2 and len(by_key[one.right]) < 2
        if is_alone or one.rung == 0 or not (doubtful(one, one.left, one.right) or doubtful(one, one.right, one.left)):
            yield one


def _are_two_orders(one: Record, other: Record) -> bool:
    return bool(one.uetr) and one.uetr == other.uetr and contradicts(one, other)


def _attached(
    found: list[Fired], made: list[Judgement], events: set[str], held: Mapping[str, Record]
) -> Iterator[Fired]:
    """Yield the statuses, returns and texts whose originals are one payment; a reused id that fits two attaches to none.

    The line that books a return is no original of it: where the payment shows that it is the only one, it is its booking.
    """
    if not found:
        return
    asked = {key for one in found for key in (one.left, one.right)}
    asked |= {key for one in made for key in (one.left, one.right)}
    root, _ = united(asked, made)
    originals: dict[str, set[str]] = defaultdict(set)
    ends = [(one, one.left, one.right) if one.left in events else (one, one.right, one.left) for one in found]
    paid: dict[str, list[Record]] = defaultdict(list)
    for _, event, other in ends:
        if other not in events and held[other].message is not None:
            paid[event].append(held[other])
    # the debit that a return names stands for its payment only where no message of it is held
    ends = [
        e for e in ends if e[0].features[0] != "relation=return" or held[e[2]].message is not None or not paid[e[1]]
    ]
    for _, event, other in ends:
        if other not in events and not any(came_back(payment, held[other]) for payment in paid[event]):
            originals[event].add(root[other])
    came: dict[tuple[str, bool], set[str]] = defaultdict(set)
    for _, event, other in ends:
        line = held[other].posting
        if line is not None and any(came_back(payment, held[other]) for payment in paid[event]):
            came[event, line.amount < 0].add(other)
    for one, event, other in ends:
        if len(originals[event]) == 1 or not (originals[event] or originals[other]):
            line = held[other].posting
            is_booked = line is not None and came[event, line.amount < 0] == {other}
            yield booked_back(one, held[event]) if is_booked else one


def _doubles(one: Record, fixed: Record, rival: Record, rung: int) -> bool:
    """Say whether `rival` could stand in the place of `one` beside `fixed`: the same sort of record, on the same side."""
    p, q = one.posting, rival.posting
    if p is not None and q is not None:
        if (p.amount > 0) != (q.amount > 0) or fixed.posting is not None:
            return (p.amount > 0) == (q.amount > 0)
        if p.currency != fixed.currency:
            # the instructed amount stands for the payment only where no line of the settled amount could, or the account is named
            is_named = bool(fixed.named.get("debtor" if p.amount < 0 else "creditor"))
            return p.currency == q.currency or one.account == rival.account or not is_named
        return one.account == rival.account and q.currency == fixed.currency
    m, n = one.message, rival.message
    if rung == 1 or m is None or n is None or one.kind[:5] != rival.kind[:5] or n.accepted is False:
        return False
    before, after = fixed.sender, fixed.receiver
    is_chain = (one.receiver == before and rival.sender == after) or (one.sender == after and rival.receiver == before)
    return not (is_chain and before and after)

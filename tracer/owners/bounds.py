"""The least and the greatest integrated share that bands and unknown owners allow (ownership.md 4.9).

Read each column as one step from a company up to its owners, with interval probabilities that sum to 1: the share of p is
the probability of absorption at p. Columns are independent, so both ends are attained by choosing each column greedily.
The corner inverse D_hi (I - A_hi)^-1 is wrong: it can exceed 1 or diverge.
Method: policy iteration in rationals inside each strong component (Howard 1960, "Dynamic Programming and Markov
Processes"; for least fixpoints, Baier and Katoen 2008, "Principles of Model Checking", section 10.6).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction

from tracer.model import Share
from tracer.owners.matrix import Matrix
from tracer.owners.ranges import ONE, ZERO
from tracer.owners.shares import solve

__all__ = ["bounds"]


@dataclass(frozen=True, slots=True)
class _Item:
    """One owner of a column (or its undocumented residual): a constant value, or a company whose value is sought."""

    company: str
    value: Fraction
    lo: Fraction
    hi: Fraction
    lo_open: bool = False
    hi_open: bool = False

    def worth(self, x: Mapping[str, Fraction]) -> Fraction:
        return x[self.company] if self.company else self.value


def bounds(
    matrix: Matrix,
    holders: Collection[str],
    target: str,
    *,
    unknown: Collection[str] = (),
    may_be_p: bool = False,
) -> Share:
    """Return the range of the integrated share of `holders` (one person, or a group as one) in `target`.

    `unknown` are owners whom no source names. Under `may_be_p` they and every undocumented residual may be the
    holder; otherwise they are third parties. The columns above `target` must not be oversubscribed.
    """
    group = set(holders)
    companies = matrix.above(target, stop=group)
    lo, lo_attained = _extreme(matrix, group, target, companies, unknown, highest=False, may_be_p=may_be_p)
    hi, hi_attained = _extreme(matrix, group, target, companies, unknown, highest=True, may_be_p=may_be_p)
    return Share(lo, hi, not lo_attained and lo < hi, not hi_attained and lo < hi)


def _extreme(
    matrix: Matrix,
    holders: set[str],
    target: str,
    companies: Collection[str],
    unknown: Collection[str],
    *,
    highest: bool,
    may_be_p: bool,
) -> tuple[Fraction, bool]:
    inside = set(companies)
    stranger = ONE if highest and may_be_p else ZERO
    items = {c: _column(matrix, c, holders, inside, unknown, stranger) for c in companies}
    x: dict[str, Fraction] = {}
    for part in matrix.components(companies):
        if len(part) == 1 and all(item.company != part[0] for item in items[part[0]]):
            x[part[0]] = _value(_greedy(items[part[0]], x, highest=highest), items[part[0]], x)
        else:
            x.update(_component(part, items, x, highest=highest))
    return x[target], _attained(target, items, x, highest=highest)


def _column(
    matrix: Matrix,
    company: str,
    holders: set[str],
    inside: set[str],
    unknown: Collection[str],
    stranger: Fraction,
) -> list[_Item]:
    out = []
    low = high = ZERO
    for owner, cell in sorted(matrix.columns.get(company, {}).items()):
        share = cell.share
        low, high = low + share.lo, high + share.hi
        if owner in holders:
            place, value = "", ONE
        elif owner in inside:
            place, value = owner, ZERO
        else:
            place, value = "", stranger if owner in unknown else ZERO
        out.append(_Item(place, value, share.lo, share.hi, share.lo_open, share.hi_open))
    out.append(_Item("", stranger, max(ZERO, ONE - high), ONE - low))
    return out


def _greedy(items: list[_Item], x: Mapping[str, Fraction], *, highest: bool) -> list[Fraction]:
    """Give every owner its lower end, then hand out the slack to the best (or worst) values first."""
    weights = [item.lo for item in items]
    slack = ONE - sum(weights, ZERO)
    order = sorted(range(len(items)), key=lambda n: items[n].worth(x), reverse=highest)
    for n in order:
        given = min(slack, items[n].hi - items[n].lo)
        weights[n] += given
        slack -= given
    return weights


def _value(weights: list[Fraction], items: list[_Item], x: Mapping[str, Fraction]) -> Fraction:
    return sum((weight * item.worth(x) for weight, item in zip(weights, items, strict=True) if weight), ZERO)


def _component(
    part: tuple[str, ...], items: Mapping[str, list[_Item]], known: Mapping[str, Fraction], *, highest: bool
) -> dict[str, Fraction]:
    """Return the least fixpoint inside one strong component by policy iteration."""
    x = {**known, **dict.fromkeys(part, ZERO)}
    # A least minimum may be kept at 0 by staying in a set for ever, which no single improvement would find.
    free = list(part) if highest else [c for c in part if c not in _can_stay_at_zero(part, items, known)]
    policy = {c: _greedy(items[c], x, highest=highest) for c in free}
    while True:
        x.update(_evaluate(free, policy, items, x, part))
        improved = False
        for company in free:
            weights = _greedy(items[company], x, highest=highest)
            found = _value(weights, items[company], x)
            if found > x[company] if highest else found < x[company]:
                policy[company] = weights
                improved = True
        if not improved:
            return {c: x[c] for c in part}


def _can_stay_at_zero(
    part: tuple[str, ...], items: Mapping[str, list[_Item]], known: Mapping[str, Fraction]
) -> set[str]:
    """Return companies that can put their whole column on owners worth 0 for ever: the greatest such set."""
    staying = set(part)
    changed = True
    while changed:
        changed = False
        for company in sorted(staying):
            room = ZERO
            forced = False
            for item in items[company]:
                zero = item.company in staying or (not item.company and not item.value)
                zero = zero or (item.company in known and not known[item.company])
                if zero:
                    room += item.hi
                elif item.lo:
                    forced = True
            if forced or room < ONE:
                staying.discard(company)
                changed = True
    return staying


def _evaluate(
    free: list[str],
    policy: Mapping[str, list[Fraction]],
    items: Mapping[str, list[_Item]],
    x: Mapping[str, Fraction],
    part: tuple[str, ...],
) -> dict[str, Fraction]:
    """Return the least solution under one policy: companies that cannot reach any value stay at 0."""
    inner = set(free)
    worth: dict[str, Fraction] = {}
    steps: dict[str, dict[str, Fraction]] = {}
    for company in free:
        constant = ZERO
        row: dict[str, Fraction] = {}
        for weight, item in zip(policy[company], items[company], strict=True):
            if not weight:
                continue
            if item.company in inner:
                row[item.company] = row.get(item.company, ZERO) + weight
            elif item.company not in part:
                constant += weight * item.worth(x)
        worth[company], steps[company] = constant, row
    live = {company for company in free if worth[company]}
    grown = True
    while grown:
        more = {company for company in free if company not in live and any(to in live for to in steps[company])}
        live |= more
        grown = bool(more)
    order = sorted(live)
    place = {company: n for n, company in enumerate(order)}
    solved: list[Fraction] = []
    if order:
        rows = [{place[to]: w for to, w in steps[c].items() if to in place} for c in order]
        solved = solve(rows, [worth[c] for c in order])
    return dict.fromkeys(free, ZERO) | dict(zip(order, solved, strict=True))


def _attained(target: str, items: Mapping[str, list[_Item]], x: Mapping[str, Fraction], *, highest: bool) -> bool:
    """Whether the extreme is reached without standing on an open end of any band."""
    if not any(item.lo_open or item.hi_open for column in items.values() for item in column):
        return True
    good = set(items)
    changed = True
    while changed:
        changed = False
        for company in sorted(good):
            if not _reaches(items[company], x, good, highest=highest):
                good.discard(company)
                changed = True
    return target in good


def _reaches(items: list[_Item], x: Mapping[str, Fraction], good: set[str], *, highest: bool) -> bool:
    """Whether some choice of this column has the extreme value and stands on closed ends and attained owners only."""
    slack = ONE - sum((item.lo for item in items), ZERO)
    for value in sorted({item.worth(x) for item in items}, reverse=highest):
        tied = [item for item in items if item.worth(x) == value]
        room = sum((item.hi - item.lo for item in tied), ZERO)
        taken = min(slack, room)
        if not _class_is_reached(tied, taken, room, good):
            return False
        slack -= taken
    return True


def _class_is_reached(tied: list[_Item], taken: Fraction, room: Fraction, good: set[str]) -> bool:
    bad = [item for item in tied if item.company and item.company not in good]
    if any(item.lo or item.lo_open for item in bad):
        return False
    fine = [item for item in tied if item not in bad]
    room = room - sum((item.hi - item.lo for item in bad), ZERO)
    if taken > room:
        return False
    stretch = [item for item in fine if item.lo < item.hi]
    if taken == ZERO and any(item.lo_open for item in stretch):
        return False
    return not (taken == room and any(item.hi_open for item in stretch))

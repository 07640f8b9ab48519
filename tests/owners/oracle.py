"""A slow second opinion on shares: elimination over fractions, and every corner of every column."""

from fractions import Fraction
from itertools import product


def absorbed(cols, holders, target, stranger=0):
    """Least solution of x_j = sum of w_ij x_i by Gauss over fractions; cols[j] = {owner: weight}, rest to strangers."""
    companies = sorted(cols)

    def constant(j):
        column = cols[j]
        direct = sum((w for o, w in column.items() if o in holders), Fraction(0))
        return direct + stranger * (1 - sum(column.values(), Fraction(0)))

    live = {j for j in companies if constant(j)}
    while True:
        more = {j for j in companies if j not in live and any(w and o in live for o, w in cols[j].items())}
        if not more:
            break
        live |= more
    order = sorted(live)
    rows = [
        [Fraction(int(i == j)) - (cols[j].get(i, Fraction(0)) if i not in holders else 0) for i in order]
        + [constant(j)]
        for j in order
    ]
    n = len(order)
    for k in range(n):
        pivot = next(r for r in range(k, n) if rows[r][k])
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [v / rows[k][k] for v in rows[k]]
        for r in range(n):
            if r != k and rows[r][k]:
                rows[r] = [a - rows[r][k] * b for a, b in zip(rows[r], rows[k], strict=True)]
    found = {j: rows[k][n] for k, j in enumerate(order)}
    return found.get(target, Fraction(0))


def corners(column):
    """Every vertex of {lo <= w <= hi, sum + residual = 1}: all but one variable at an end."""
    names = list(column)
    low = sum((lo for lo, _ in column.values()), Fraction(0))
    high = sum((hi for _, hi in column.values()), Fraction(0))
    bands = [*column.values(), (max(Fraction(0), 1 - high), 1 - low)]
    seen = set()
    for free in range(len(bands)):
        for ends in product(*[(b,) if k == free else tuple(dict.fromkeys(b)) for k, b in enumerate(bands)]):
            weights = [e if k != free else None for k, e in enumerate(ends)]
            rest = 1 - sum((w for w in weights if w is not None), Fraction(0))
            if bands[free][0] <= rest <= bands[free][1]:
                weights[free] = rest
                seen.add(tuple(weights[:-1]))
    return [dict(zip(names, w, strict=True)) for w in sorted(seen)]


def extremes(cols, holders, target, may_be_p):
    """Least and greatest share over every combination of corners."""
    companies = sorted(cols)
    lows, highs = [], []
    for chosen in product(*(corners(cols[c]) for c in companies)):
        point = dict(zip(companies, chosen, strict=True))
        lows.append(absorbed(point, holders, target))
        highs.append(absorbed(point, holders, target, stranger=int(may_be_p)))
    return min(lows), max(highs)


def majority(cols, seed, threshold, strict):
    """Closure by repeating until nothing changes; votes leave out what a company holds of itself when strict."""
    members = set()
    while True:
        more = set()
        for company, column in cols.items():
            if company in members or company in seed:
                continue
            own = column.get(company, Fraction(0)) if strict else Fraction(0)
            held = sum((w for o, w in column.items() if o in members | set(seed) and o != company), Fraction(0))
            share = held / (1 - own) if own < 1 else Fraction(0)
            if share > threshold or (share == threshold and not strict):
                more.add(company)
        if not more:
            return members
        members |= more

"""The best one-to-one assignment of scored pairs, over all of them and not pair by pair, and which of it is certain.

The largest sum of scores with each place taken at most once, solved exactly for each connected part (scipy's shortest augmenting
paths, after Crouse, "On implementing 2D rectangular assignment algorithms", 2016). Where several assignments have the same
largest sum, the pairs in which they differ are ties: no order of ids decides between them, a person does.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

import numpy as np

__all__ = ["assigned"]

_DENSE = 4_000_000  # cells of a table; a larger part is solved on its pairs alone
_Pair = tuple[int, int, int]  # row, column, score
_Pairs = TypeVar("_Pairs", bound=Hashable)


def assigned(places: Mapping[_Pairs, tuple[str, str]], score: Mapping[_Pairs, int]) -> tuple[set[_Pairs], set[_Pairs]]:
    """Return (pairs that stand in every best assignment, pairs that stand in some and not in all).

    places  pair -> the two places that it takes, one of each side: no place stands on both sides
    score   pair -> points, not negative; of two pairs on the same two places the larger counts

    >>> assigned({"ab": ("a", "b"), "cb": ("c", "b")}, {"ab": 9, "cb": 8})
    ({'ab'}, set())
    >>> sorted(assigned({"ab": ("a", "b"), "cb": ("c", "b")}, {"ab": 9, "cb": 9})[1])
    ['ab', 'cb']
    """
    from scipy.sparse import coo_matrix  # a terminal that only lists its commands waits for no solver
    from scipy.sparse.csgraph import connected_components

    best: dict[tuple[str, str], _Pairs] = {}
    for pair, ends in places.items():
        if ends not in best or score[pair] > score[best[ends]]:
            best[ends] = pair
    lefts = {place: n for n, place in enumerate(sorted({left for left, _ in best}))}
    rights = {place: n for n, place in enumerate(sorted({right for _, right in best}))}
    ordered = sorted(best)
    if not ordered:
        return set(), set()
    rows = np.array([lefts[left] for left, _ in ordered])
    columns = np.array([rights[right] for _, right in ordered])
    size = len(lefts) + len(rights)
    graph = coo_matrix((np.ones(len(ordered), np.int8), (rows, len(lefts) + columns)), shape=(size, size))
    part = connected_components(graph, directed=False)[1][rows]
    parts: dict[int, list[int]] = defaultdict(list)
    for n, of in enumerate(part.tolist()):
        parts[of].append(n)
    certain: set[_Pairs] = set()
    tied: set[_Pairs] = set()
    for members in parts.values():
        if len(members) == 1:  # most pairs have no rival
            pair = best[ordered[members[0]]]
            (certain if score[pair] else tied).add(pair)
            continue
        listed = [(int(rows[n]), int(columns[n]), score[best[ordered[n]]]) for n in members]
        if len({row for row, _, _ in listed}) == 1 or len({column for _, column, _ in listed}) == 1:
            taken, loose = _of_one_place(listed)
        else:
            taken = _best(listed)
            loose = _loose(listed, taken)
        certain.update(best[ordered[members[k]]] for k in taken - loose)
        tied.update(best[ordered[members[k]]] for k in loose)
    return certain, tied


def _of_one_place(listed: Sequence[_Pair]) -> tuple[set[int], set[int]]:
    """Return (the pairs of one best assignment, those that stand in some and not in all) where all pairs share a place."""
    most = max(points for _, _, points in listed)
    first = {n for n, (_, _, points) in enumerate(listed) if points == most}
    return (first if most else set()), (first if len(first) > 1 or not most else set())


def _best(listed: Sequence[_Pair]) -> set[int]:
    """Return the places in the list of the pairs of one best assignment."""
    if len(listed) == 1:
        return {0} if listed[0][2] else set()
    from scipy.optimize import linear_sum_assignment
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    rows = {row: n for n, row in enumerate(sorted({row for row, _, _ in listed}))}
    columns = {column: n for n, column in enumerate(sorted({column for _, column, _ in listed}))}
    at = {(rows[row], columns[column]): n for n, (row, column, _) in enumerate(listed)}
    if len(rows) * len(columns) <= _DENSE:
        table = np.zeros((len(rows), len(columns)), np.int64)
        for (row, column), n in at.items():
            table[row, column] = listed[n][2]
        found = zip(*linear_sum_assignment(table, maximize=True), strict=True)
    else:
        # every row may also stay alone, in a column of its own that costs what a pair without points costs
        most = max(points for _, _, points in listed) + 1
        cells = [(row, column, most - listed[n][2]) for (row, column), n in at.items()]
        cells += [(row, len(columns) + row, most) for row in range(len(rows))]
        i, j, cost = (np.array(ends) for ends in zip(*cells, strict=True))
        found = zip(*min_weight_full_bipartite_matching(coo_matrix((cost, (i, j))).tocsr()), strict=True)
    return {n for row, column in found if (n := at.get((int(row), int(column)), -1)) >= 0 and listed[n][2]}


def _loose(listed: Sequence[_Pair], taken: set[int]) -> set[int]:
    """Return the pairs that stand in some best assignment and not in all.

    What may be changed without loss is a cycle of no cost among the changes that the assignment leaves open: take a pair, give
    one up, leave a place empty. With potentials (least cost from the empty place) such a cycle is made of tight changes only.
    """
    if len(listed) == 1:
        return set() if listed[0][2] else {0}
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    empty: tuple[str, int] = ("", 0)
    costs: dict[tuple[str, int], list[tuple[tuple[str, int], int, int]]] = defaultdict(list)
    full_rows, full_columns = {listed[n][0] for n in taken}, {listed[n][1] for n in taken}
    for n, (row, column, points) in enumerate(listed):
        one, other = ("row", row), ("column", column)
        if n in taken:
            costs[other].append((one, points, n))
        else:
            costs[one].append((other, -points, n))
    for row in {row for row, _, _ in listed}:
        one = ("row", row)
        (costs[one] if row in full_rows else costs[empty]).append((empty if row in full_rows else one, 0, -1))
    for column in {column for _, column, _ in listed}:
        other = ("column", column)
        (costs[empty] if column in full_columns else costs[other]).append(
            (other if column in full_columns else empty, 0, -1)
        )
    least = {empty: 0}
    todo, waiting = deque([empty]), {empty}
    while todo:
        at = todo.popleft()
        waiting.discard(at)
        for to, cost, _ in costs[at]:
            if to not in least or least[at] + cost < least[to]:
                least[to] = least[at] + cost
                if to not in waiting:
                    waiting.add(to)
                    todo.append(to)
    number = {place: n for n, place in enumerate(least)}
    tight = [(number[at], number[to], n) for at in least for to, cost, n in costs[at] if least[at] + cost == least[to]]
    i, j, _ = (np.array(ends) for ends in zip(*tight, strict=True))
    graph = coo_matrix((np.ones(len(tight), np.int8), (i, j)), shape=(len(number), len(number)))
    group = connected_components(graph, directed=True, connection="strong")[1]
    return {n for a, b, n in tight if n >= 0 and group[a] == group[b]}

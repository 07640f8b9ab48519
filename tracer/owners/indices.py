"""Voting power: analytics beside the laws, never a legal verdict (ownership.md 4.7).

Sources: Banzhaf, "Weighted Voting Doesn't Work" (1965); Shapley and Shubik, "A Method for Evaluating the Distribution of
Power in a Committee System" (1954). Both are counted by generating functions over integer weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import factorial

__all__ = ["banzhaf", "relative_control", "shapley", "swings"]


def _winning(weights: Sequence[int], quota: Fraction) -> int:
    """Return the least integer weight that is more than `quota` of the total."""
    return int(Fraction(sum(weights)) * quota) + 1


def swings(weights: Sequence[int], quota: Fraction = Fraction(1, 2)) -> tuple[int, ...]:
    """Return per holder the number of coalitions that win with it and lose without it; a win is more than `quota`."""
    need, out = _winning(weights, quota), []
    for n, own in enumerate(weights):
        ways = [1, *([0] * sum(weights))]
        for weight in (*weights[:n], *weights[n + 1 :]):
            for total in range(len(ways) - 1, weight - 1, -1):
                ways[total] += ways[total - weight]
        out.append(sum(ways[max(need - own, 0) : need]))
    return tuple(out)


def banzhaf(weights: Sequence[int], quota: Fraction = Fraction(1, 2)) -> tuple[Fraction, ...]:
    """Return each holder's part of all swings."""
    counted = swings(weights, quota)
    return tuple(Fraction(n, sum(counted)) if sum(counted) else Fraction(0) for n in counted)


def shapley(weights: Sequence[int], quota: Fraction = Fraction(1, 2)) -> tuple[Fraction, ...]:
    """Return each holder's part of all orders in which it is the one that turns a loss into a win."""
    need, count, out = _winning(weights, quota), len(weights), []
    for n, own in enumerate(weights):
        rest = (*weights[:n], *weights[n + 1 :])
        ways = [[0] * (sum(weights) + 1) for _ in range(count)]
        ways[0][0] = 1
        for weight in rest:
            for size in range(count - 1, 0, -1):
                for total in range(sum(weights), weight - 1, -1):
                    ways[size][total] += ways[size - 1][total - weight]
        turning = sum(
            sum(ways[size][max(need - own, 0) : need]) * factorial(size) * factorial(count - size - 1)
            for size in range(count)
        )
        out.append(Fraction(turning, factorial(count)))
    return tuple(out)


def relative_control(holdings: Sequence[Fraction | int]) -> tuple[Fraction, ...]:
    """Return R_i = W_i^2 / sum of W_l^2 over all holders of one company."""
    squares = [Fraction(one) ** 2 for one in holdings]
    total = sum(squares, Fraction(0))
    return tuple(square / total if total else Fraction(0) for square in squares)

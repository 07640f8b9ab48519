"""Whole cents: exact multiply-divide, half up, and the largest remainder (tracing.md 1.2 step 8).

The product of two amounts overflows 64 bits (30 million dollars squared, in cents, does), so it is taken in 128.
Parts always sum to what is divided; ties go to the earlier label.
"""

from __future__ import annotations

import numpy as np

from tracer.trace.compiled import compiled
from tracer.trace.entries import Cents

__all__ = ["half_up", "largest_remainder", "muldiv", "take_part"]

_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_ONE = np.uint64(1)
_TOP = np.uint64(63)
_ZERO = np.uint64(0)


@compiled
def _muldiv_wide(x: int, y: int, total: int) -> tuple[int, int]:
    """Return quotient and remainder of `x * y / total` by long division of the 128-bit product."""
    a, b, d = np.uint64(x), np.uint64(y), np.uint64(total)
    a0, a1, b0, b1 = a & _LOW, a >> _HALF, b & _LOW, b >> _HALF
    low = a0 * b0
    cross = a1 * b0 + (low >> _HALF)
    middle = a0 * b1 + (cross & _LOW)
    high = a1 * b1 + (cross >> _HALF) + (middle >> _HALF)
    low = (middle << _HALF) | (low & _LOW)
    rest, quotient = high % d, _ZERO
    for _ in range(64):
        rest = (rest << _ONE) | (low >> _TOP)
        low = low << _ONE
        quotient = quotient << _ONE
        if rest >= d:
            rest = rest - d
            quotient = quotient | _ONE
    return np.int64(quotient), np.int64(rest)  # type: ignore[return-value]  # compiled: int is int64


@compiled
def muldiv(x: int, y: int, total: int) -> tuple[int, int]:
    """Return quotient and remainder of `x * y / total`, exactly; 0 <= x, y and 0 < total < 2**62, x*y/total < 2**63."""
    if x < 2147483648 and y < 2147483648:
        product = x * y
        if product < 9007199254740992:  # 2**53: the quotient of two doubles is right to a unit, and faster than idiv
            quotient = int(product / total)
            rest = product - quotient * total
            if rest < 0:
                return quotient - 1, rest + total
            return quotient, rest
        quotient = product // total
        return quotient, product - quotient * total
    return _muldiv_wide(x, y, total)


@compiled
def half_up(x: int, part: int, whole: int) -> int:
    """Return `x * part / whole` to the nearest unit, a half going up."""
    if x < 2147483648 and part < 2147483648:
        product = x * part
        if product < 9007199254740992:  # 2**53, as in muldiv; written out here, because ten million calls are felt
            quotient = int(product / whole)
            rest = product - quotient * whole
            return quotient + (rest >= whole - rest)
    quotient, rest = muldiv(x, part, whole)
    return quotient + (rest >= whole - rest)


@compiled
def largest_remainder(x: int, weights: Cents, lo: int, hi: int, total: int, out: Cents) -> None:
    """Spread `x` over `weights[lo:hi]` (which sum to `total` > 0) into `out[lo:hi]`: floors, then a unit each.

    The spare units go to the largest fractional parts, ties to the earlier place.
    """
    rests = np.empty(hi - lo, np.int64)
    left = x
    for k in range(lo, hi):
        quotient, rest = muldiv(x, weights[k], total)
        out[k] = quotient
        rests[k - lo] = rest
        left -= quotient
    while left > 0:
        best = 0
        for k in range(1, hi - lo):
            if rests[k] > rests[best]:
                best = k
        out[lo + best] += 1
        rests[best] = -1
        left -= 1


@compiled
def take_part(x: int, held: Cents, lo: int, hi: int, total: int, out: Cents) -> None:
    """Take `x` of the class `held[lo:hi]`, which sums to `total`, by label into `out[lo:hi]`."""
    if x == total:
        for k in range(lo, hi):
            out[k] = held[k]
    elif x == 0:
        for k in range(lo, hi):
            out[k] = 0
    elif hi - lo == 1:
        out[lo] = x
    else:
        largest_remainder(x, held, lo, hi, total, out)

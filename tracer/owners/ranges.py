"""Exact shares and ranges of shares, and how a range meets a threshold (ownership.md sections 1.3 and 4.9)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from tracer.model import Interest, Share

__all__ = ["NO", "ONE", "UNDETERMINED", "YES", "ZERO", "Cell", "add", "answer", "any_of", "fraction", "possibly"]
__all__ += ["stated_share", "surely"]

ZERO, ONE = Fraction(0), Fraction(1)
YES, NO, UNDETERMINED = "YES", "NO", "UNDETERMINED"

# Bounded lengths: Fraction("1e999999999") would fill the memory of this machine.
_RATIO = re.compile(r"([0-9]{1,60})/([0-9]{1,60})")
_DECIMAL = re.compile(r"[0-9]{1,60}(?:\.[0-9]{0,60})?(?:[eE][+-]?[0-9]{1,2})?")


def fraction(text: str) -> Fraction:
    """Return `"1/4"` or `"0.25"` as an exact fraction between 0 and 1.

    Raises: ValueError for anything else; a percent sign is refused, because 25 could be meant as 0.25 or as 25.
    """
    ratio = _RATIO.fullmatch(text)
    if ratio and int(ratio[2]):
        value = Fraction(int(ratio[1]), int(ratio[2]))
    elif _DECIMAL.fullmatch(text):
        value = Fraction(text)
    else:
        raise ValueError(f"{text[:40]!r} is not an exact share")
    if not ZERO <= value <= ONE:
        raise ValueError(f"{text[:40]!r} is not between 0 and 1")
    return value


def stated_share(interest: Interest) -> Share | None:
    """Return the share an interest states, or None where it states none. A missing end is 0 or 1.

    Raises: ValueError when an end is no share, the ends cross, or nothing lies between them.
    """
    if interest.lo is None and interest.hi is None:
        return None
    lo = ZERO if interest.lo is None else fraction(interest.lo)
    hi = ONE if interest.hi is None else fraction(interest.hi)
    if lo > hi or (lo == hi and (interest.lo_open or interest.hi_open)):
        raise ValueError(f"nothing lies between {interest.lo} and {interest.hi}")
    return Share(lo, hi, interest.lo_open, interest.hi_open)


@dataclass(frozen=True, slots=True)
class Cell:
    """What one owner holds directly in one company, with the ids of the interests that say so."""

    share: Share
    ids: tuple[str, ...]


def add(shares: Iterable[Share]) -> Share:
    """Return the sum of holdings of one owner; nobody holds more than all of a company."""
    parts = tuple(shares)
    lo = sum((part.lo for part in parts), ZERO)
    hi = sum((part.hi for part in parts), ZERO)
    lo_open = any(part.lo_open for part in parts)
    hi_open = any(part.hi_open for part in parts)
    if hi > ONE:
        hi, hi_open = max(ONE, lo), False
    return Share(lo, hi, lo_open and lo < hi, hi_open and lo < hi)


def surely(share: Share, threshold: Fraction, *, strict: bool) -> bool:
    """Whether every value of the range passes `> threshold` (strict) or `>= threshold`.

    (25 %, 50 %] surely passes `> 25 %`: its lower end is open.
    """
    return share.lo > threshold or (share.lo == threshold and (share.lo_open or not strict))


def possibly(share: Share, threshold: Fraction, *, strict: bool) -> bool:
    """Whether some value of the range passes."""
    return share.hi > threshold or (share.hi == threshold and not strict and not share.hi_open)


def answer(share: Share, threshold: Fraction, *, strict: bool) -> str:
    """Return YES, NO or UNDETERMINED for a range against a threshold."""
    if surely(share, threshold, strict=strict):
        return YES
    return UNDETERMINED if possibly(share, threshold, strict=strict) else NO


def any_of(answers: Iterable[str]) -> str:
    """Return the answer of limbs joined by OR."""
    found = set(answers)
    return YES if YES in found else UNDETERMINED if UNDETERMINED in found else NO

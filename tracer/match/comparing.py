"""When two references, two days, two accounts or two prints of a party are one."""

from __future__ import annotations

import re
from datetime import date, timedelta

from tracer.model import Posting

__all__ = ["DAYS", "bare", "day_of", "equal", "folded", "is_account", "near"]

DAYS = 3  # business days, nexus.md section 5 and formats.md section 12
_CUT = 8  # a reference cut by a `+` is compared on what is left of it, which must be at least this long
_MARKS = re.compile(r"[^A-Z0-9]+")


def equal(one: str, other: str) -> bool:
    """Say whether two usable references are one; a text cut for an MT ends in `+` and is compared as a prefix.

    An MT field holds 16 or 35 characters, an ISO id 35: what did not fit ends in `+` (formats.md section 3).
    """
    if not one or not other:
        return False
    a, b = one.removesuffix("+"), other.removesuffix("+")
    if a == b:
        return True
    short, long = (one, other) if len(a) < len(b) else (other, one)
    return short.endswith("+") and len(short) > _CUT and long.startswith(short.removesuffix("+"))


def near(one: date | None, other: date | None) -> bool:
    """Say whether two days are within three business days; an unknown day refutes nothing.

    Business days are Monday to Friday: the holidays of a place are not known here.
    """
    if one is None or other is None:
        return True
    start, end = min(one, other), max(one, other)
    if (end - start).days > 2 * DAYS + 4:
        return False
    return sum((start + timedelta(n)).weekday() < 5 for n in range(1, (end - start).days + 1)) <= DAYS


def day_of(posting: Posting) -> date | None:
    """Return the day on which a line is compared: its value date, else the day it was booked."""
    return posting.value_date or posting.booked


def folded(text: str) -> str:
    """Return the letters and digits of a text in upper case."""
    return _MARKS.sub("", text.upper())


def bare(account: str) -> str:
    """Return an account's letters and digits, upper case, without leading zeros: two prints of one account agree."""
    return "".join(c for c in account.upper() if c.isalnum()).lstrip("0")


def is_account(printed: str, posting: Posting) -> bool:
    """Say whether a printed account is that of a line: equal in normal form, or an IBAN that ends in its number."""
    text = bare(printed)
    own = posting.account_key.rsplit(":", 1)[-1] if posting.account_key else ""
    return bool(text) and (text == bare(posting.account) or (len(own) >= 6 and text.endswith(own)))

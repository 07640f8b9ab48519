"""When two references, two days, two accounts or two prints of a party are one."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache

from rapidfuzz import fuzz

from tracer.model import Posting
from tracer.model.accounts import bare, parts_of

__all__ = ["DAYS", "MANY", "are_apart", "day_of", "equal", "folded", "is_account", "is_one_name", "near"]

DAYS = 3  # business days, nexus.md section 5 and formats.md section 12
MANY = 200  # records that print one reference or one name: a word of the house, not of a payment
_CUT = 8  # a reference cut by a `+` is compared on what is left of it, which must be at least this long
_MARKS = re.compile(r"[^A-Z0-9]+")
_ONE_NAME = 90  # of 100 (rapidfuzz token_set_ratio): two prints of one name
_LONG = 6  # a shorter number is the end of many others
_BIC8 = re.compile(r"[A-Z]{6}[A-Z0-9]{2}\Z")
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?\Z")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}\Z")
_MASK = re.compile(r"[*#?•…]|X{3}", re.IGNORECASE)  # digits that a printer left out
_SORT_CODE = re.compile(r"[0-9]{6}\Z")


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


@lru_cache(maxsize=262_144)
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


@lru_cache(maxsize=65_536)
def _is_short(name: str) -> bool:
    return len(folded(name)) < 4  # one name stands on many lines


def is_one_name(one: str, other: str) -> bool:
    """Say whether two prints may be of one name; a short one must be the other."""
    if _is_short(one) or _is_short(other):
        return bool(one.strip()) and one.strip() == other.strip()
    return fuzz.token_set_ratio(one.casefold(), other.casefold(), score_cutoff=_ONE_NAME) >= _ONE_NAME


def is_account(printed: str, posting: Posting, agent: str = "") -> bool:
    """Say whether a printed account is that of a line: the same number, or an IBAN or domestic number that holds it.

    A longer number that only ends in it is another account: what stands before must be the line's own bank and branch, or,
    where these are not known, the head of an IBAN whose check digits hold, or a sort code. `agent`: the bank printed beside
    it; of two BICs whose institution or country differ, the number is one of two banks' that give out the same.
    """
    text = bare(printed)
    country, bank, own = parts_of(posting.account_key or posting.account)
    own = bare(own)
    if not text or (agent and _is_elsewhere(agent, posting.servicer or bank)):
        return False
    if text in {bare(posting.account), own}:
        return True
    if len(own) < _LONG or not text.endswith(own):
        return False
    front = text[: -len(own)]
    if _is_iban(text):
        held = front[4:].rstrip("0")
        is_bank = not bank or bool(_BIC8.match(bank)) or held.startswith(bank.rstrip("0"))
        return (not country or front[:2] == country) and is_bank
    front = front.rstrip("0")
    is_branch = _SORT_CODE.match(text[: -len(own)]) and (bank.isalpha() and len(bank) == 4)
    return bool(front) and (front == bare(bank).rstrip("0") or bool(is_branch))


def are_apart(one: str, other: str) -> bool:
    """Say whether two printed accounts are two for certain: both in full, and neither number stands in the other.

    A domestic number stands in its IBAN, with or without its bank and branch. A masked or short number refutes nothing.
    """
    a, b = bare(one), bare(other)
    is_full = all(sum(c.isdigit() for c in bare(text)) >= _LONG and not _MASK.search(text) for text in (one, other))
    return is_full and a not in b and b not in a


def _is_iban(text: str) -> bool:
    """Say whether a text has the form of an IBAN and check digits that hold (ISO 13616: modulo 97 = 1)."""
    if not _IBAN.match(text):
        return False
    return int("".join(str(int(c, 36)) for c in text[4:] + text[:4])) % 97 == 1


def _is_elsewhere(agent: str, servicer: str) -> bool:
    """Say whether two BICs name two institutions; one bank's branches and its head office share the first six letters."""
    one, other = agent.strip().upper(), servicer.strip().upper()
    return bool(_BIC.match(one) and _BIC.match(other)) and one[:6] != other[:6]

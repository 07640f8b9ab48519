"""Amounts, balances and statement lines (field 61) as SWIFT category 9 prints them.

Source: SWIFT Standards MT, category 9, fields 60a 61 62a 90a (formats.md 3.2). In MT the comma is always the decimal mark; a
point is a departure and marked. What could be two amounts is refused, never guessed (formats.md 1.2).
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache

from tracer.ingest.accounts import present
from tracer.model import EXPONENTS, exponent, minor_units

__all__ = ["Line", "amount", "balance", "day", "entry_day", "is_whole", "read_line", "totals"]

_GROUPED = re.compile(r"[0-9]{1,3}(?:[.][0-9]{3})+|[0-9]{1,3}(?:,[0-9]{3})+")
_LINE = re.compile(
    r"[ \t]*([0-9]{6})"
    r"([0-9]{4}|[ ]{1,4})?"
    r"(R[CD]|E[CD]|[CD])([A-Z])?[ ]?"
    r"([0-9.,]{1,40})[ ]?"
    r"([A-Z][A-Z0-9 ]{3})?"
    r"(.*)"
)
_LOWER = re.compile(_LINE.pattern, re.IGNORECASE)
# The same line as the standard has it, which nearly every line is: nothing in it is to be told apart twice.
_STANDARD = re.compile(r"([0-9]{6}(?:[0-9]{4})?R?[CD][A-Z]?)(([0-9]{1,15}),([0-9]{0,4}))([SNF][A-Z0-9]{3})(.*)\Z")
_FRONT = re.compile(r"([0-9]{6})([0-9]{4})?(R?[CD])([A-Z])?")
_BALANCE = re.compile(r"([CDcd])[ ]?([0-9]{6})?[ ]?([A-Z]{3})?[ ]?([0-9.,]{1,40})\s*\Z")
_TOTALS = re.compile(r"([0-9]{1,9})[ ]?([A-Z]{3})[ ]?([0-9.,]{1,40})\s*\Z")
_LIKE_THOUSANDS = re.compile(r"[1-9][0-9]{0,2},[0-9]{3}")
_LAST_FIGURE = re.compile(r"([A-Z]{3})[ ]?[0-9.]{1,40},([0-9]{0,9})\Z")
_CREDITS = frozenset({"C", "RD", "EC"})
_REFERENCE = 16  # 16x, the length of sub-fields 7 and 8


def amount(printed: str, currency: str) -> tuple[int, tuple[str, ...]]:
    """Return (minor units, marks) of an amount as printed.

    >>> amount("5000,", "EUR"), amount("250,5", "EUR")[0], amount("1.204,50", "EUR")[1]
    ((500000, ()), 25050, ('thousands points in 1.204,50',))

    Raises: ValueError for text that is no amount, or could be two.
    """
    commas, points = printed.count(","), printed.count(".")
    marks: tuple[str, ...] = ()
    if commas == 1 and not points:
        # As the standard has it; the same result as below, without the detour over decimals.
        whole, _, fraction = printed.partition(",")
        digits = exponent(currency)
        if whole.isdigit() and len(whole) <= 15 and len(fraction) <= digits:
            return int(whole + fraction.ljust(digits, "0")), ()
    plain = printed
    if commas and points:
        decimal = max(printed.rfind(","), printed.rfind("."))
        whole, fraction = printed[:decimal], printed[decimal + 1 :]
        if not _GROUPED.fullmatch(whole) or printed[decimal] in whole:
            raise ValueError(f"{printed!r} has two separators that do not group thousands")
        name = "points" if printed[decimal] == "," else "commas"
        marks = (f"thousands {name} in {printed}",)
        plain = whole.replace(",", "").replace(".", "") + "." + fraction
    elif commas == 1:
        plain = printed.replace(",", ".")
        if _LIKE_THOUSANDS.fullmatch(printed) and exponent(currency) < 3:
            marks = (
                f"three digits behind the comma in {printed}",
            )  # decimal by the standard; a thousand as others print it
        if plain.startswith("."):
            marks, plain = (f"no digit before the comma in {printed}",), "0" + plain
    elif points == 1:
        fraction = printed.partition(".")[2]
        if len(fraction) == 3 and exponent(currency) != 3:
            raise ValueError(f"{printed!r} could be thousands or decimals")
        marks = (f"decimal point in {printed}",)
        plain = printed if not printed.startswith(".") else "0" + printed
    elif points:
        if not _GROUPED.fullmatch(printed):
            raise ValueError(f"{printed!r} has points that do not group thousands")
        marks, plain = (f"thousands points in {printed}",), printed.replace(".", "")
    elif commas:
        raise ValueError(f"{printed!r} has more than one comma")
    else:
        marks = (f"no decimal comma in {printed}",)
    return minor_units(plain, currency), marks


def is_whole(printed: str) -> bool:
    """Whether a field that ends in a currency and an amount prints every decimal: where the file ends, nothing more can follow.

    >>> (
    ...     is_whole("240313USD12345,67"),
    ...     is_whole("240313USD12345,6"),
    ...     is_whole("240313JPY12345,"),
    ...     is_whole("240313JPY12345"),
    ... )
    (True, False, True, False)
    """
    found = _LAST_FIGURE.search(printed.strip())
    return found is not None and len(found[2]) >= EXPONENTS.get(found[1], 9)


@lru_cache(maxsize=4096)
def day(printed: str) -> date | None:
    """Return YYMMDD as a day, None where it does not exist. 80 to 99 are the last century."""
    year = int(printed[:2])
    try:
        return date(year + (1900 if year >= 80 else 2000), int(printed[2:4]), int(printed[4:6]))
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def entry_day(printed: str, near: date | None) -> date | None:
    """Return MMDD in the year that puts it nearest to `near`, both ways across New Year.

    >>> entry_day("1231", date(2024, 1, 2)), entry_day("0102", date(2023, 12, 30))
    (datetime.date(2023, 12, 31), datetime.date(2024, 1, 2))
    """
    if near is None:
        return None
    found = []
    for year in (near.year, near.year - 1, near.year + 1):
        try:
            found.append(date(year, int(printed[:2]), int(printed[2:4])))
        except ValueError:
            continue
    nearest = min(found, key=lambda one: abs(one - near), default=None)
    # 29 February of another year is no reading of the day that is printed.
    return nearest if nearest and abs(nearest - near) <= timedelta(days=366) else None


def _days(valued: str, entry: str | None, near: date | None) -> tuple[date | None, date | None, tuple[str, ...]]:
    """Return (value date, entry date, marks) of field 61."""
    value = day(valued)
    # A day that no month has still prints its year and its month: 30 February is near the end of February.
    booked = entry_day(entry, value or day(f"{valued[:4]}28") or near) if entry else None
    marks = []
    if value is None:
        marks.append(f"value date {valued} does not exist")
    if entry and booked is None:
        marks.append(f"entry date {entry} does not exist")
    return value, booked, tuple(marks)


_Front = tuple[date | None, date | None, bool, bool, bool, tuple[str, ...], int]


def _front(valued: str, entry: str | None, mark: str, funds: str | None, currency: str, near: date | None) -> _Front:
    """Return (value date, entry date, whether credit, reversal, expected, marks) of what stands before the amount.

    The last is the number of minor digits of the currency, -1 for none that ISO 4217 lists.
    """
    value, booked, marks = _days(valued, entry, near)
    if funds and funds != currency[2:]:
        marks += (f"funds code {funds} is not the third letter of {currency}",)
    return value, booked, mark in _CREDITS, mark[0] == "R", mark[0] == "E", marks, EXPONENTS.get(currency, -1)


@lru_cache(maxsize=4096)
def _standard_front(printed: str, currency: str, near: date | None) -> _Front:
    """Return `_front` of a standard line: one statement prints few days and sides, again and again."""
    found = _FRONT.fullmatch(printed)
    if found is None:
        raise ValueError("not laid out as value date, entry date, mark")
    valued, entry, mark, funds = found.groups()
    return _front(valued, entry, mark, funds, currency, near)


def balance(printed: str, currency: str) -> tuple[int, str, date | None, tuple[str, ...]]:
    """Return (signed minor units, currency, day, marks) of field 60a, 62a, 64 or 65.

    Raises: ValueError.
    """
    match = _BALANCE.match(printed.strip())
    if not match:
        raise ValueError(f"{printed.strip()[:40]!r} is not a balance")
    side, on, printed_currency, figure = match.groups()
    marks: list[str] = []
    if not printed_currency:
        marks.append("balance without a currency")
    value, odd = amount(figure, printed_currency or currency)
    when = day(on) if on else None
    if when is None:
        marks.append(f"balance date {on} does not exist" if on else "balance without a date")
    if side.islower():
        marks.append(f"letters of the balance in lower case: {side}")
    return (-value if side in "Dd" else value), printed_currency or currency, when, (*marks, *odd)


def totals(printed: str) -> tuple[int, str, int]:
    """Return (number, currency, minor units) of field 90C or 90D. Raises: ValueError."""
    match = _TOTALS.match(printed.strip())
    if not match:
        raise ValueError(f"{printed.strip()[:40]!r} is not a number and sum of entries")
    return int(match[1]), match[2], amount(match[3], match[2])[0]


#: Field 61 taken apart: value date, entry date, signed amount (RC, the reversal of a credit, is a debit, RD a credit), amount as
#: printed, whether reversal, whether expected, type code, owner reference, bank reference, text behind it, marks. A plain tuple,
#: since one with names takes as long to make as two of its sub-fields to read.
Line = tuple[date | None, date | None, int, str, bool, bool, str, str, str, str, tuple[str, ...]]


def read_line(printed: str, currency: str, near: date | None) -> Line:
    """Read the first line of field 61.

    Sub-fields are told apart by place: in `CR5,00` R is the funds code of a credit, in `RCR204,88` of a reversal. `near` dates
    an entry day whose value date does not exist. Raises: ValueError.
    """
    standard = _STANDARD.match(printed)
    if standard:
        front, figure, whole, fraction, code, rest = standard.groups()
        value, booked, is_credit, is_reversal, is_expected, marks, digits = _standard_front(front, currency, near)
        if len(fraction) == digits:
            minor = int(whole + fraction)
        else:
            minor, odd = amount(figure, currency)
            marks = odd + marks
    else:
        match = _LINE.fullmatch(printed) or _LOWER.fullmatch(printed)
        if not match:
            raise ValueError("not laid out as value date, entry date, mark, amount, type")
        valued, entry, mark, funds, figure, code, rest = match.groups()
        minor, marks = amount(figure, currency)
        if not mark.isupper():
            marks += (f"letters of the line in lower case: {mark}",)
            mark, funds, code = mark.upper(), (funds or "").upper(), (code or "").upper()
        code = (code or "").rstrip()
        value, booked, is_credit, is_reversal, is_expected, odd, _ = _front(
            valued, (entry or "").strip(), mark, funds, currency, near
        )
        marks += odd
    if code == "NONR" and rest.startswith("EF"):
        code, rest = "", rest[2:]  # some banks print no type, and the absent reference right behind the amount
    if not code:
        marks += ("no type code",)
    elif code[0] not in "SNF":
        marks += (f"type code {code} does not begin with S, N or F",)
    owner, _, bank = rest.partition("//")
    extra = ""
    if len(owner) > _REFERENCE:
        if owner[_REFERENCE - 1] == " " or "  " in owner.strip():
            # Rabobank before IBAN printed the other side's name behind the padded reference.
            owner, extra = owner[:_REFERENCE], owner[_REFERENCE:].strip()
        if len(owner.strip()) > _REFERENCE:
            marks += ("owner reference beyond 16 characters",)
    return (
        value,
        booked,
        minor if is_credit else -minor,
        figure,
        is_reversal,
        is_expected,
        code,
        present(owner),
        present(bank) if bank else "",
        extra,
        marks,
    )

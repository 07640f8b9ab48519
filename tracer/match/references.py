"""When a reference may join two records, and when two days or amounts agree."""

from __future__ import annotations

from datetime import date, timedelta

from tracer.model import Message, Posting

__all__ = ["PLACEHOLDERS", "bare", "compatible", "message_references", "near", "posting_references", "usable"]

#: Texts that stand where a reference should: they never join (formats.md sections 0, 11 and 12).
PLACEHOLDERS = frozenset(
    {"NONREF", "NOTPROVIDED", "NOTAVAILABLE", "NOREF", "NONE", "NULL", "N/A", "UNKNOWN", "-", "RENT"}
)
#: Downward drift that hops may deduct, in major units of the currency (nexus.md section 0); printed with a match.
FEE_TOLERANCE_MAJOR = 80


def usable(reference: str) -> str:
    """Return the reference in normal form, or "" where it may not join anything."""
    text = reference.strip().upper().removesuffix("+")
    if len(text) < 4 or text in PLACEHOLDERS or len(set(text)) == 1:
        return ""
    return text


def posting_references(posting: Posting) -> tuple[tuple[str, str], ...]:
    """Return (field, reference) pairs of a statement line that may join."""
    fields = (
        ("uetr", posting.uetr.lower()),
        ("end_to_end_id", usable(posting.end_to_end_id)),
        ("owner_reference", usable(posting.owner_reference)),
        ("bank_reference", usable(posting.bank_reference)),
    )
    return tuple((name, value) for name, value in fields if value)


def message_references(message: Message) -> tuple[tuple[str, str], ...]:
    """Return (field, reference) pairs of a payment message that a statement line may print."""
    fields = (
        ("uetr", message.uetr.lower()),
        ("end_to_end_id", usable(message.end_to_end_id)),
        ("reference", usable(message.reference)),
        ("related_reference", usable(message.related_reference)),
        ("imad", message.imad),
        ("omad", message.omad),
    )
    return tuple((name, value) for name, value in fields if value)


def _business_days(start: date, end: date) -> int:
    """Return the business days from start to end (Monday to Friday; holidays of a place are not known here)."""
    count, day = 0, start
    while day < end:
        day += timedelta(1)
        count += day.weekday() < 5
    return count


def near(one: date | None, other: date | None, days: int = 3) -> bool:
    """Say whether two days lie within `days` business days; an unknown day agrees with nothing."""
    if one is None or other is None or abs((one - other).days) > 2 * days + 4:
        return False
    return _business_days(min(one, other), max(one, other)) <= days


def compatible(sent: int, arrived: int, currency_digits: int) -> bool:
    """Say whether `arrived` is `sent` less at most the fee tolerance."""
    return 0 <= sent - arrived <= FEE_TOLERANCE_MAJOR * int(10**currency_digits)


def bare(account: str) -> str:
    """Return an account's letters and digits, upper case, without leading zeros: two prints of one account agree."""
    return "".join(c for c in account.upper() if c.isalnum()).lstrip("0")

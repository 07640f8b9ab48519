"""What speaks for two records being one movement, feature by feature, each with its points and why (formats.md section 12)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from rapidfuzz import fuzz

from tracer.match.comparing import is_account
from tracer.match.records import Record
from tracer.model import EXPONENTS, Posting, major

__all__ = ["ALIKE", "WEIGHTS", "Kind", "features"]

#: Points per feature, of 100; printed with every candidate, so that nobody has to trust the sum. Those of a conversion are
#: `conversions.WEIGHTS`.
WEIGHTS = {"amount": 40, "day": 15, "account": 20, "bank": 10, "name": 10, "text": 5}
ALIKE = 60  # of 100: below this a likeness of names or texts is noise (rapidfuzz token_set_ratio)
_FEE = re.compile(r"/FEE/\s*([A-Z]{3})\s*([0-9][0-9 ]*(?:[.,][0-9 ]{1,4})?)")
Kind = Literal["two sides", "booking", "legs", "copy", "conversion"]


def features(a: Record, b: Record, kind: Kind) -> tuple[tuple[str, int, str], ...]:
    """Return (name, points, why) of each feature that says something; amount and day always do."""
    found = [_amount(a, b), _day(a, b)]
    for feature in (_account(a, b, kind), _bank(a, b), _name(a, b), _text(a, b)):
        if feature is not None:
            found.append(feature)
    return tuple(found)


def _amount(a: Record, b: Record) -> tuple[str, int, str]:
    high, low = max(a.amount or 0, b.amount or 0), min(a.amount or 0, b.amount or 0)
    gap, full = high - low, WEIGHTS["amount"]
    shown = f"{major(gap, a.currency, group=True)} {a.currency}" if a.currency in EXPONENTS else f"{gap} minor units"
    if not gap:
        return "amount", full, "equal"
    if gap in {a.charges, b.charges}:
        return "amount", full - 5, f"{shown} less, as a message states its charges"
    if gap in {*_quoted(a), *_quoted(b)}:
        return "amount", full - 5, f"{shown} less, as a text quotes a fee"
    return "amount", full - 15, f"{shown} less, within the fee tolerance and not explained"


def _quoted(record: Record) -> Iterator[int]:
    """Yield fees quoted in free text (`/FEE/USD5,00`, sometimes with a stray space inside the number)."""
    text = record.message.narrative + "\n" + record.message.remittance if record.message else _details(record)
    for currency, number in _FEE.findall(text):
        whole, _, part = number.replace(" ", "").replace(".", ",").partition(",")
        digits = EXPONENTS.get(currency, 2)
        if currency == record.currency and len(part) <= digits:
            yield int(whole + part.ljust(digits, "0"))


def _details(record: Record) -> str:
    return record.posting.details if record.posting else ""


def _day(a: Record, b: Record) -> tuple[str, int, str]:
    days = abs((a.day - b.day).days) if a.day and b.day else 0
    return "day", max(0, WEIGHTS["day"] - 5 * days), f"{days} days apart" if days else "equal"


def _account(a: Record, b: Record, kind: Kind) -> tuple[str, int, str] | None:
    full = WEIGHTS["account"]
    if kind == "copy":
        return "account", full, "one account, two exhibits"
    asked = [
        (printed, line.posting)
        for line, other in ((a, b), (b, a))
        if line.posting
        for printed in ([other.posting.counterparty_account] if other.posting else _printed(other, line.posting))
        if printed
    ]
    agree = sum(1 for printed, line in asked if is_account(printed, line))
    if not asked:
        return None
    if not agree:
        return "account", -full, "the account printed for it is another one"
    return "account", full * agree // len(asked), f"{agree} of {len(asked)} printed accounts agree"


def _printed(message: Record, line: Posting) -> Sequence[str]:
    """Return the customer account that a message prints for the side of a line."""
    return message.named.get("debtor" if line.amount < 0 else "creditor", ())


def _bank(a: Record, b: Record) -> tuple[str, int, str] | None:
    shared = sorted(a.banks & b.banks)
    return ("bank", WEIGHTS["bank"], f"both name {', '.join(shared)}") if shared else None


def _name(a: Record, b: Record) -> tuple[str, int, str] | None:
    """Compare names of the counterparty. Of two sides the names are those of two parties, and say little either way."""
    if a.message and b.message:
        shared = sorted(a.parties & b.parties)
        return ("name", WEIGHTS["name"], f"both name {shared[0]}") if shared else None
    likeness = max(
        (int(fuzz.token_set_ratio(one.casefold(), other.casefold())) for one in _names(a, b) for other in _names(b, a)),
        default=0,
    )
    if likeness <= ALIKE:
        return None
    return "name", likeness * WEIGHTS["name"] // 100, f"names {likeness} of 100 alike"


def _names(record: Record, beside: Record) -> list[str]:
    """Return the counterparty of a line, or the customers of a message on the other side of the line beside it."""
    if record.posting:
        return [record.posting.counterparty] if record.posting.counterparty else []
    if record.message is None or beside.posting is None:
        return []
    role = "creditor" if beside.posting.amount < 0 else "debtor"
    return [p.name for p in (*record.message.parties, *record.message.underlying) if p.role == role and p.name]


def _text(a: Record, b: Record) -> tuple[str, int, str] | None:
    """Compare the purpose; of two that print one reference, that is a text which agrees, and the surer one."""
    if shared := (_references(a) & _references(b)) - {""}:
        return "text", WEIGHTS["text"], f"both print {min(shared)}"
    one, other = (r.message.remittance if r.message else _details(r) for r in (a, b))
    likeness = int(fuzz.token_set_ratio(one.casefold(), other.casefold())) if one.strip() and other.strip() else 0
    return ("text", likeness * WEIGHTS["text"] // 100, f"texts {likeness} of 100 alike") if likeness > ALIKE else None


def _references(record: Record) -> set[str]:
    return {record.uetr, record.end_to_end, record.own, record.bank, record.related}

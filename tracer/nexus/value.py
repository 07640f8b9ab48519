"""What a wire is worth, once, whatever the number of its messages; and what came back (nexus.md section 1).

Units: minor units of the settlement currency. A difference between legs is unexplained unless a message states the charge. A
field 71F says that one more bank deducted; it never says which.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from tracer.model import Message, Posting
from tracer.model.payments import is_of_customer, tolerance
from tracer.nexus.mentions import is_fedwire, is_payment, is_report

__all__ = ["Returned", "Value", "first_leg", "returned", "value"]


@dataclass(frozen=True, slots=True)
class Value:
    """Smallest and largest amount on any outward leg, what was ordered, and the gap that no message explains."""

    currency: str
    day: date | None
    instructed: int | None
    settled_min: int | None
    settled_max: int | None
    unexplained: int = 0
    instructed_original: tuple[int, str] | None = None


@dataclass(frozen=True, slots=True)
class Returned:
    """A return beside its original: it neither adds to the total nor erases it. `net_delivered` None is a question."""

    gross_through: int
    returned: int
    charges: int
    net_delivered: int | None
    unexplained: int


def first_leg(messages: Mapping[str, Message], position: Mapping[str, int]) -> list[tuple[str, Message]]:
    """Return messages from the first leg on: customer payments before bank transfers, records and confirmations last."""

    def rank(item: tuple[str, Message]) -> tuple[int, int, str]:
        key, m = item
        kind = 3 if is_report(m) else 2 if is_fedwire(m) else 0 if is_of_customer(m) else 1
        return kind, position.get(m.sender[:8], len(position)), key

    return sorted(messages.items(), key=rank)


def value(outward: Sequence[tuple[str, Message]], lines: Iterable[Posting]) -> Value:
    """Return the value of the outward documents, given in the order of `first_leg`."""
    held = tuple(lines)
    settled = [(m.settled, m) for _, m in outward if m.settled is not None]
    currency = settled[0][1].settled_currency if settled else next((p.currency for p in held), "")
    if not settled and not currency:
        currency = next((m.instructed_currency for _, m in outward if m.instructed is not None), "")
    days = [m.settled_date for _, m in outward if m.settled_date] or [
        day for p in held if (day := p.value_date or p.booked)
    ]
    legs: list[tuple[int, int | None]] = [
        (amount, sum(c.amount for c in m.charges if c.currency == currency))
        for amount, m in settled
        if m.settled_currency == currency
    ]
    legs += [(abs(p.amount), None) for p in held if p.currency == currency and not p.reversal]
    low, high = min((a for a, _ in legs), default=None), max((a for a, _ in legs), default=None)
    ordered = [m for _, m in outward if m.instructed is not None and is_payment(m)]
    instructed = next((m.instructed for m in ordered if m.instructed_currency == currency), None)
    other = next(
        ((m.instructed, m.instructed_currency) for m in ordered if m.instructed_currency not in {"", currency}), None
    )
    if instructed is None:
        instructed = settled[0][0] if settled else high
    gap = 0
    if low is not None and high is not None and low < high:
        stated = [c for a, c in legs if a == low and c is not None]
        before = [c for a, c in legs if a == high and c is not None]
        # charges accumulate along the chain: what the last leg states beyond what the first one had already deducted
        gap = max(0, high - low - max(0, max(stated, default=0) - min(before, default=0)))
    return Value(
        currency,
        min(days) if days else None,
        instructed,
        low,
        high,
        gap,
        (other[0], other[1]) if other and other[0] is not None else None,
    )


def returned(gross: int, currency: str, backs: Sequence[Message], fees: Mapping[str, int]) -> Returned:
    """Return what came back. A return that is not marked partial is a return of the whole payment.

    Several returns of one payment are added only where they are marked partial; otherwise they are legs of one return.
    """
    amounts = [m.settled or 0 for m in backs if m.settled_currency == currency]
    charges = [sum(c.amount for c in m.charges if c.currency == currency) for m in backs]
    partial = [m for m in backs if m.return_partial]
    if partial:
        by_reference = {(m.reference, m.settled_date): m.settled or 0 for m in partial}
        total = min(sum(by_reference.values()), gross)
        stated = sum(charges)
        return Returned(gross, total, stated, max(0, gross - total - stated), 0)
    total, stated = max(amounts, default=0), max(charges, default=0)
    gap = gross - total - stated
    if gap <= 0:
        return Returned(gross, total, stated, 0, 0)
    if gap <= tolerance(currency, fees):
        return Returned(gross, total, stated, 0, gap)
    return Returned(gross, total, stated, None, gap)

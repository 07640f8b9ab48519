"""Executed rates against the reference rates of the European Central Bank: a check, never an allocation.

The fraction that is proceeds passes at the rate the bank executed (tracing.md 1.3, FX); a reference rate only shows whether a
conversion was dear, cheap or wrongly read (attack 11: a warning above 2%). The rate is that of the day, or of the last day
before it for which the ECB published one, at most seven days back; it is exact, in fractions.

Source:  ECB euro foreign exchange reference rates, as the package `currencyconverter` holds them; nothing is fetched. The
         ECB publishes them "for information purposes only", about 16:00 CET: no bank is bound to them.
Units:   minor units; `off` is (executed - reference) / reference, as a fraction of what was bought.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from typing import Any

from tracer.model import NotCovered, exponent

__all__ = ["WARNING", "Reference", "reference"]

#: Above this difference a conversion is named (tracing.md section 6, attack 11).
WARNING = Fraction(2, 100)
#: Days back to the last published rate: a weekend, or the holidays about Easter and the turn of the year.
_BACK = 7


@dataclass(frozen=True, slots=True)
class Reference:
    """What a conversion would have brought at the reference rate of `day`, and how far the bank's is off."""

    day: date
    expected: int
    off: Fraction

    @property
    def is_far(self) -> bool:
        return abs(self.off) > WARNING


@cache
def _published() -> Any:
    from currency_converter import CurrencyConverter

    return CurrencyConverter(decimal=True)


def _rate(currency: str, day: date) -> tuple[Fraction, date]:
    """Return units of a currency for one euro on the last day published, and that day. Raises: NotCovered."""
    if currency == "EUR":
        return Fraction(1), day
    from currency_converter import RateNotFoundError

    rates = _published()
    for back in range(_BACK + 1):
        on = day - timedelta(days=back)
        try:
            return Fraction(rates.convert(1, "EUR", currency, date=on)), on
        except (RateNotFoundError, ValueError):  # no rate of that day; a currency that the ECB does not quote
            continue
    raise NotCovered(
        f"A reference rate of {currency} on {day}.",
        where="reference rates",
        meaning="The European Central Bank published none in the week before; the executed rate stands without a comparison.",
        next_call="compare with the central bank of the currency, and state rate, source and date beside the conversion",
    )


def reference(sent: int, sold: str, got: int, bought: str, day: date) -> Reference:
    """Compare what a bank gave with what the reference rate of the day gives. Raises: NotCovered where there is no rate."""
    given, on = _rate(sold, day)
    taken, other = _rate(bought, day)
    # one day for both: the earlier of two, where one currency had a holiday
    if on != other and "EUR" not in (sold, bought):
        on = min(on, other)
        (given, _), (taken, _) = _rate(sold, on), _rate(bought, on)
    on = other if sold == "EUR" else on
    exact = Fraction(sent, 10 ** exponent(sold)) / given * taken * 10 ** exponent(bought)
    return Reference(on, round(exact), Fraction(got) / exact - 1)

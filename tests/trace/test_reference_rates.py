"""Executed rates against the reference rates that are shipped: their days, and the arithmetic by hand from the rate named."""

from datetime import date
from fractions import Fraction

import pytest

from tracer.model import NotCovered
from tracer.trace.reference_rates import reference


def test_dollars_for_euro_on_a_day_with_a_rate() -> None:
    """18 March 2024: EUR 1 = USD 1.0892. USD 650,000.00 / 1.0892 = EUR 596,768.27; the bank gave 590,000.00, 1.13% less."""
    found = reference(65000000, "USD", 59000000, "EUR", date(2024, 3, 18))
    assert (found.day, found.expected) == (date(2024, 3, 18), 59676827)
    assert not found.is_far
    assert round(float(found.off), 4) == -0.0113


def test_a_weekend_takes_the_friday_before() -> None:
    """Saturday 16 March 2024: the rate of Friday the 15th, EUR 1 = USD 1.0892."""
    assert reference(10892, "USD", 10000, "EUR", date(2024, 3, 16)).day == date(2024, 3, 15)


def test_minor_units_of_each_currency() -> None:
    """Yen have no minor unit: 18 March 2024 EUR 1 = JPY 162.51; EUR 100.00 is JPY 16,251."""
    found = reference(10000, "EUR", 16251, "JPY", date(2024, 3, 18))
    assert (found.expected, found.off) == (16251, Fraction(0))


def test_two_percent_is_not_far_and_more_is() -> None:
    # EUR 100.00 is USD 108.92 on that day; 2% more is 111.0984
    assert not reference(10000, "EUR", 11109, "USD", date(2024, 3, 18)).is_far
    assert reference(10000, "EUR", 11110, "USD", date(2024, 3, 18)).is_far


@pytest.mark.parametrize(
    ("currency", "day"), [("AED", date(2024, 3, 18)), ("USD", date(1998, 12, 31)), ("RUB", date(2024, 3, 18))]
)
def test_without_a_published_rate_nothing_is_compared(currency: str, day: date) -> None:
    """The ECB quotes no dirham, began in 1999, and stopped quoting the rouble on 1 March 2022."""
    with pytest.raises(NotCovered, match=currency):
        reference(100, currency, 100, "EUR", day)

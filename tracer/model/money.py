"""Money: integer minor units with a currency, never a float.

Source: ISO 4217 list one (active codes and exponents) and list three (historic codes); formats.md 1.2.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from tracer.model.errors import CurrencyMismatch

__all__ = ["EXPONENTS", "Money", "exponent", "major", "minor_units"]

_TWO = """AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF
CHE CHF CHW CNH CNY COP COU CRC CUC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD
HNL HRK HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR
MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP
SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR
ZMW ZWG ZWL ATS BEF DEM EEK ESP FIM FRF GRD IEP ITL LTL LUF LVL MTL NLG PTE ROL RUR SIT SKK CYP TRL YUM CSD ZWD AZM
BYR GHC MZM SDD VEB VEF ZMK MRO STD AFA AOR BGL TMM"""
_ZERO = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE = "BHD IQD JOD KWD LYD OMR TND"

#: Minor digits per currency. ITL, BEF, ESP and other withdrawn codes keep the digits of list three.
EXPONENTS: dict[str, int] = (
    dict.fromkeys(_TWO.split(), 2)
    | dict.fromkeys(_ZERO.split(), 0)
    | dict.fromkeys(_THREE.split(), 3)
    | {"CLF": 4, "UYW": 4, "XXX": 0, "BYR": 0}
)


def exponent(currency: str) -> int:
    """Return the number of minor digits of `currency`; `ValueError` for a code ISO 4217 does not list."""
    try:
        return EXPONENTS[currency]
    except KeyError:
        raise ValueError(f"{currency!r} is not an ISO 4217 currency with minor units") from None


# As nearly every amount is printed: at most 18 digits with those of any currency, which is below 2**62.
_USUAL = re.compile(r"[0-9]{1,14}(?:\.[0-9]{0,4})?")
_PLAIN = re.compile(r"[+-]?[0-9]{1,30}(?:\.[0-9]{0,30})?(?:[eE][+-]?[0-9]{1,2})?")


def minor_units(text: str, currency: str) -> int:
    """Return an exact decimal text (point as mark) in minor units.

    Trailing zeros beyond the exponent are fine; a non-zero digit there is refused, never rounded
    (formats.md 1.2). Scientific notation is read exactly.

    Raises: ValueError.
    """
    if _USUAL.fullmatch(text) and currency in EXPONENTS:
        whole, _, fraction = text.partition(".")
        digits = EXPONENTS[currency]
        if len(fraction) <= digits:
            return int(whole + fraction.ljust(digits, "0"))
    if not _PLAIN.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is not a number with a decimal point")
    try:
        scaled = Decimal(text).scaleb(exponent(currency))
    except InvalidOperation:
        raise ValueError(f"{text[:40]!r} is not a number") from None
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{text[:40]!r} has more decimals than {currency} has ({exponent(currency)})")
    value = int(scaled)
    if abs(value) >= 2**62:
        raise ValueError(f"{text[:40]!r} {currency} is beyond 2**62 minor units")
    return value


def major(minor: int, currency: str, *, group: bool = False) -> str:
    """Return minor units as a decimal text in major units with the currency's own digits."""
    digits = exponent(currency)
    sign, body = ("-" if minor < 0 else ""), str(abs(minor)).rjust(digits + 1, "0")
    whole, cents = (body[:-digits], "." + body[-digits:]) if digits else (body, "")
    return sign + (f"{int(whole):,}" if group else whole) + cents


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount of one currency in integer minor units. Adding two currencies raises `CurrencyMismatch`."""

    minor: int
    currency: str

    @classmethod
    def of(cls, text: str, currency: str) -> Money:
        """Read `Money.of("1204.50", "USD")`; a float is refused."""
        if not isinstance(text, str):
            raise TypeError("an amount is given as text, for example '1204.50', never as a float")
        return cls(minor_units(text.replace(",", ""), currency), currency)

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(
                f"{self.currency} and {other.currency} cannot be added.",
                meaning="A total over two currencies would depend on a rate that no record shows.",
                next_call="total each currency apart, or convert with a dated, sourced rate",
            )

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        self._same(other)
        return self.minor < other.minor

    def __str__(self) -> str:
        return f"{self.currency} {major(self.minor, self.currency, group=True)}"

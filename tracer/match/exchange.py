"""What a line prints of an exchange, whether two lines prove one, and whether two sums could be one.

Source: formats.md section 12 (a leg is a conversion by its printed original amount and rate); tracing.md 1.3, FX.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache

from tracer.model import EXPONENTS, Message, Posting, major
from tracer.model.payments import is_uetr, usable

__all__ = [
    "APART",
    "NOTHING",
    "PER_DOLLAR",
    "Leg",
    "executed",
    "in_dollars",
    "is_charge",
    "is_exchange_code",
    "is_plausible",
    "money",
    "names_of",
    "printed_value",
    "shape_of",
    "stated_by",
    "stated_on",
    "tells",
]

#: About so many units bought one US dollar in 2010 to 2025. It only tells a conversion from two unrelated sums (a factor of
#: `_APART` either way), and no figure is ever computed with it; a currency that is not listed, or moved further, refutes nothing.
PER_DOLLAR = {
    "USD": Fraction(1),
    "EUR": Fraction(87, 100),
    "GBP": Fraction(74, 100),
    "CHF": Fraction(93, 100),
    "CAD": Fraction(127, 100),
    "AUD": Fraction(134, 100),
    "NZD": Fraction(144, 100),
    "SGD": Fraction(135, 100),
    "HKD": Fraction(78, 10),
    "CNY": Fraction(67, 10),
    "AED": Fraction(367, 100),
    "SAR": Fraction(375, 100),
    "JPY": Fraction(115),
    "SEK": Fraction(9),
    "NOK": Fraction(85, 10),
    "DKK": Fraction(65, 10),
    "PLN": Fraction(38, 10),
    "CZK": Fraction(22),
    "INR": Fraction(68),
    "THB": Fraction(33),
}
_APART = Fraction(3, 2)
#: The logarithm of that factor, with room for the rounding of floats: what it leaves out, `is_plausible` refutes.
APART = math.log(1.5) + 1e-9
_DIGITS = 4  # significant digits below which a printed rate fits too much to prove anything
_RATE = re.compile(r"[0-9]+(?:[.,][0-9]+)?")
_OCMT = re.compile(r"/OCMT/\s*([A-Z]{3})\s*([0-9]{1,15})(?:[.,]([0-9]{0,4}))?(?![0-9])")
_EXCH = re.compile(r"(?:/EXCH/|\bKURS\b|\bRATE\b|汇率)[\s:]*([0-9]+(?:[.,][0-9]+)?)", re.IGNORECASE)
_WORD = re.compile(
    r"\b(?:FX|FOREX|EXCH|EXCHANGE|EXCHANGED|CONVERSION|CONVERT|CONVERTED|DEVISEN\w*|W[AÄ]HRUNG\w*|CAMBIO|CHANGE DE DEVISES?)\b"
    r"|换汇|兑换|结汇|购汇|售汇|外汇",
    re.IGNORECASE,
)
_CODE = re.compile(r"(?:^|[A-Z])FEX$|^FORX|-FORX")
_CHARGED = re.compile(
    r"\b(?:FEE|CHARGES?|COMMISSION|CASH|ATM|ENTGELT|GEB[UÜ]HR|INTEREST|ZINS\w*)\b|手续费|取现|利息", re.IGNORECASE
)
_CHARGES = frozenset({"CHG", "COM", "FEE", "INT"})
_ONE_DIGIT = str.maketrans("123456789", "000000000")


@dataclass(frozen=True, slots=True)
class _Exchange:
    """What a line prints of an exchange: minor units of the other currency, and the rate; 0 and "" where not printed."""

    amount: int = 0
    currency: str = ""
    rate: str = ""


NOTHING = _Exchange()


def _exchange(line: Posting) -> _Exchange:
    """Read the amount and the rate of a line, in its own fields or under the code words of its text (MT 940, field 86)."""
    amount = abs(line.original_amount) if line.original_amount is not None else 0
    currency, rate, text = line.original_currency, line.rate, _text(line)
    if not amount and "/OCMT/" in text:
        found = _OCMT.search(text)
        digits = EXPONENTS.get(found[1], -1) if found else -1
        if found and 0 <= len(found[3] or "") <= digits:
            amount, currency = int(found[2] + (found[3] or "").ljust(digits, "0")), found[1]
    if not rate:
        told = _EXCH.search(text)
        rate = told[1].rstrip(",.") if told else ""
    is_other = amount and currency not in {"", line.currency}
    return _Exchange(amount if is_other else 0, currency if is_other else "", rate)


def _text(line: Posting) -> str:
    return "\n".join((line.details, *line.parts)) if line.parts else line.details


def printed_value(p: Posting, q: Posting) -> str:
    """Say how two lines of two currencies are one value by what they print; "" where that is not proven.

    An original amount in the other line's currency must be its amount. A rate alone must make one amount of the other within
    half a unit of its last digit, and a unit of the amount for the bank's own rounding.
    Field 86 of a line may print them under its code words where field 61 does not (`/OCMT/EUR6000,/EXCH/1,0833/`).
    """
    return _proof(_exchange(p), p, _exchange(q), q)


def _proof(mine: _Exchange, p: Posting, yours: _Exchange, q: Posting) -> str:
    told = ((mine, q), (yours, p))
    if any(one.amount and (one.amount, one.currency) != (abs(line.amount), line.currency) for one, line in told):
        return ""
    for one, _ in told:
        if one.amount:
            return f"original amount {money(one.amount, one.currency)}, executed {one.rate or 'rate not printed'}"
    for one, _ in told:
        if one.rate and _agrees(one.rate, p, q):
            return f"printed rate {one.rate} agrees within its rounding"
    return ""


def stated_on(line: Posting, m: Message) -> str:
    """Say how a line in another currency is of the value of a message by an amount that one of the two prints; "" where not.

    Of a debit the message's instructed amount (33B, InstdAmt), which is what the payer gives; or the original amount of the line. What the line prints as its original
    amount in a currency of the message must be the amount of the message in that currency.
    """
    printed, stated = _exchange(line), {(m.instructed, m.instructed_currency), (m.settled, m.settled_currency)}
    original = printed.amount, printed.currency
    if printed.amount and original not in stated and printed.currency in {m.instructed_currency, m.settled_currency}:
        return ""
    rate = m.rate or printed.rate or "not printed"
    if line.amount < 0 and (m.instructed, m.instructed_currency) == (-line.amount, line.currency):
        return f"instructed amount {money(line.amount, line.currency)}, rate {rate}"
    return f"original amount {money(*original)} of the line, rate {rate}" if original in stated else ""


def stated_by(m: Message, n: Message) -> str:
    """Say how two messages that settle in two currencies are of one value by what was instructed; "" where not.

    Of one sender they are two orders: a chain changes its currency at the next bank.
    """
    if m.sender and m.sender[:8] == n.sender[:8]:
        return ""
    for one, other in ((m, n), (n, m)):
        if one.instructed is not None and (one.instructed, one.instructed_currency) in {
            (other.settled, other.settled_currency),
            (other.instructed, other.instructed_currency),
        }:
            rate = one.rate or other.rate or "not printed"
            return f"instructed amount {money(one.instructed, one.instructed_currency)}, rate {rate}"
    return ""


def _agrees(rate: str, p: Posting, q: Posting) -> bool:
    found = _RATE.search(rate)
    if found is None:
        return False
    text = found[0].replace(",", ".")
    whole, _, part = text.partition(".")
    if len((whole + part).lstrip("0")) < _DIGITS:
        return False
    stated, half = Fraction(text), Fraction(1, 2 * 10 ** len(part))
    return any(
        abs(_major(b) - stated * _major(a)) <= half * _major(a) + Fraction(1, 10 ** EXPONENTS.get(b.currency, 2))
        for a, b in ((p, q), (q, p))
    )


def _major(posting: Posting) -> Fraction:
    return Fraction(abs(posting.amount), 10 ** EXPONENTS.get(posting.currency, 2))


def executed(p: Posting, q: Posting) -> str:
    """Return the rate at which one sum would be the other."""
    # a quotient of two integers is rounded once, as that of two fractions is
    top, bottom = abs(p.amount) * 10 ** EXPONENTS.get(q.currency, 2), abs(q.amount) * 10 ** EXPONENTS.get(p.currency, 2)
    return f"{top / bottom:.4f} {p.currency} for 1 {q.currency}"


def is_plausible(p: Posting, q: Posting) -> bool:
    """Say whether two sums could be one conversion by their size: within a factor of 1.5 of the usual rate."""
    if not p.amount or not q.amount:
        return False
    left, arrived = _units(p.currency), _units(q.currency)
    if left is None or arrived is None:
        return True
    # (|p| / units) / (|q| / units) as one fraction of integers
    top, bottom = abs(p.amount) * left[1] * arrived[0], abs(q.amount) * arrived[1] * left[0]
    return (
        bottom * _APART.denominator <= top * _APART.numerator and top * _APART.denominator <= bottom * _APART.numerator
    )


@lru_cache(maxsize=256)
def _units(currency: str) -> tuple[int, int] | None:
    """Return minor units of a currency for one dollar, as numerator and denominator."""
    rate = PER_DOLLAR.get(currency)
    if rate is None:
        return None
    whole = rate * 10 ** EXPONENTS.get(currency, 2)
    return whole.numerator, whole.denominator


def money(minor: int, currency: str) -> str:
    """Return an amount in words, without its sign."""
    return f"{major(abs(minor), currency, group=True)} {currency}"


class Leg:
    """An open leg, and what it prints of an exchange, read once.

    `word`: by which word or code it tells of an exchange.
    """

    __slots__ = (
        "_names",
        "day",
        "is_charge",
        "is_explained",
        "key",
        "posting",
        "printed",
        "text",
        "word",
    )

    def __init__(self, key: str, posting: Posting, day: date) -> None:
        self.posting, self.key, self.day = posting, key, day
        self.text = text = _text(posting)
        shape = text.translate(_ONE_DIGIT)
        has_word, has_rate, _, has_amount = _shape(shape)
        is_told = has_rate or has_amount or posting.original_amount is not None or posting.rate
        self.printed = _exchange(posting) if is_told else NOTHING
        self.word = self._word(has_word=has_word)
        # a line that names somebody is explained by the payment to, or by, that person
        self.is_explained = bool(posting.counterparty.strip() or posting.counterparty_account.strip())
        self.is_charge = is_charge(shape, posting.type_code)
        self._names: tuple[str, str, str, str] | None = None

    def _word(self, *, has_word: bool) -> str:
        code = self.posting.type_code
        if is_exchange_code(code):
            return f"code {code}"
        found = _WORD.search(self.text) if has_word else None
        return found[0] if found else ""

    @property
    def names(self) -> tuple[str, str, str, str]:
        """Return UETR and references, as `Record` has them: uetr, end-to-end id, owner's and bank's; "" where not usable."""
        if self._names is None:
            self._names = names_of(self.posting)
        return self._names

    def proves(self, other: Leg) -> str:
        """Return `printed_value` of two legs."""
        if self.printed is NOTHING and other.printed is NOTHING:
            return ""  # as of hardly any leg
        return _proof(self.printed, self.posting, other.printed, other.posting)


def names_of(p: Posting) -> tuple[str, str, str, str]:
    """Return UETR and references of a line, as `Record` has them: uetr, end-to-end id, owner's and bank's; "" where not usable."""
    uetr = p.uetr.strip().lower()
    known = uetr if uetr and is_uetr(uetr) else ""
    return known, usable(p.end_to_end_id), usable(p.owner_reference), usable(p.bank_reference)


def shape_of(line: Posting) -> str:
    """Return the text of a line with a 0 for each digit, which many lines have in common."""
    return (line.details if not line.parts else _text(line)).translate(_ONE_DIGIT)


def tells(shape: str) -> bool:
    """Say whether a text, each digit of which is a 0, may print a word, a rate or an amount of an exchange."""
    has_word, has_rate, _, has_amount = _shape(shape)
    return has_word or has_rate or has_amount


def is_charge(shape: str, type_code: str) -> bool:
    """Say whether a line of this text and kind is printed as a charge, as interest or as cash."""
    return _shape(shape)[2] or type_code[-3:].upper() in _CHARGES


def in_dollars(currency: str) -> float:
    """Return the factor that makes minor units about dollars, to find by size; 0 where it is not known."""
    units = _units(currency)
    return units[1] / units[0] if units else 0.0


@lru_cache(maxsize=1024)
def is_exchange_code(code: str) -> bool:
    """Say whether a code of a kind of booking tells of an exchange."""
    return bool(code and _CODE.search(code.upper()))


@lru_cache(maxsize=65_536)
def _shape(text: str) -> tuple[bool, bool, bool, bool]:
    """Say whether a text, each digit of which is a 0, has a word of exchange, a rate, a word of a charge, an original amount.

    No pattern asks which digit stands where, so that the texts of a million lines are a few thousand shapes.
    """
    return bool(_WORD.search(text)), bool(_EXCH.search(text)), bool(_CHARGED.search(text)), "/OCMT/" in text

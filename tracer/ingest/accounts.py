"""The normal form of an account, and the literals that stand for "nothing".

One account is printed as IBAN, as full domestic number, and as bare account number, sometimes in one file. The normal form
`COUNTRY:BANK:ACCOUNT` keeps the account part by the IBAN's own structure: check digits, bank and branch code are taken off,
leading zeros too (formats.md section 11). An empty part is not known, which is not the same as different. Two equal normal
forms are evidence that two accounts are one, recorded as a judgement, never a merge.
Source: IBAN registry (ISO 13616) as carried by schwifty.
"""

from __future__ import annotations

import re
from functools import lru_cache

from schwifty import IBAN
from schwifty.exceptions import SchwiftyException

from tracer.model import EXPONENTS

__all__ = ["ABSENT", "account_key", "iban_of", "present"]

#: Printed words that mean "no value" (formats.md section 11).
ABSENT = frozenset({"", "-", "--", "NULL", "UNKNOWN", "N/A", "NA", "NONE", "NONREF", "NOTPROVIDED", "NOT PROVIDED"})

_SEPARATORS = re.compile(r"[\s.\-]")
_SUFFIX = re.compile(r"(?<=[0-9])[ /]?([A-Z]{3})\Z")
_IBAN_SHAPE = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}\Z")
_BIC = re.compile(r"[A-Z]{4}([A-Z]{2})[A-Z0-9]{2}(?:[A-Z0-9]{3}){0,2}\Z")
_GERMAN_BANK = re.compile(r"[1-9][0-9]{7}\Z")


def present(printed: str) -> str:
    """Return the stripped text, or "" where it is a literal for an absent value (NONREF, NOTPROVIDED, -)."""
    value = printed.strip()
    return "" if len(value) <= 12 and value.upper() in ABSENT else value


@lru_cache(maxsize=65_536)
def iban_of(printed: str) -> str:
    """Return the electronic form of an IBAN whose check digits (mod 97) and structure hold, else ""."""
    plain = _SEPARATORS.sub("", printed).upper()
    if not _IBAN_SHAPE.match(plain):
        return ""
    try:
        return str(IBAN(plain))
    except SchwiftyException:
        return ""


@lru_cache(maxsize=65_536)
def account_key(printed: str, bic_or_country: str = "") -> str:
    """Return the normal form `COUNTRY:BANK:ACCOUNT` of a printed account, "" for what is no account.

    `bic_or_country` is the servicer's BIC or a country code; it fills in what the printed text does not say. An IBAN whose
    check digits are wrong keeps its whole text as account part: a mistyped IBAN is not the account it resembles.

    >>> account_key("DE89 3704 0044 0532 0130 00"), account_key("37040044/532013000")
    ('DE:37040044:532013000', 'DE:37040044:532013000')
    >>> account_key("NL91ABNA0417164300"), account_key("0417164300EUR", "ABNANL2A")
    ('NL:ABNA:417164300', 'NL::417164300')
    >>> account_key("6222******1234"), account_key("NONREF")
    ('', '')
    """
    text = present(printed).upper()
    if not text or "*" in text:
        return ""
    country = bic_or_country.strip().upper()
    country = country[4:6] if len(country) >= 8 else country[:2]
    bank = ""
    suffix = _SUFFIX.search(text)
    if suffix and suffix[1] in EXPONENTS and not iban_of(text):
        text = text[: suffix.start()]
    front, slash, back = text.partition("/")
    front, back = _SEPARATORS.sub("", front), _SEPARATORS.sub("", back)
    if slash and back and front:
        servicer = _BIC.match(front)
        if servicer:
            country = servicer[1]
        elif _GERMAN_BANK.match(front) and country in {"", "DE"} and back.isdigit() and len(back) <= 10:
            country, bank = "DE", front
        text = back if servicer or bank else front + "/" + back
    else:
        text = front or back
    number = iban_of(text)
    if not number and country and not bank:
        number = _domestic(text, country)
    if number:
        known = IBAN(number, allow_invalid=True)
        return _form(str(known.country_code), str(known.bank_code), str(known.account_code))
    if sum(c.isdigit() for c in text) < 3:
        return ""
    return _form(country, bank, text)


def _domestic(text: str, country: str) -> str:
    """Return the IBAN of a complete domestic number: with its own check digits (Poland's NRB) or without."""
    number = iban_of(country + text)
    if number:
        return number
    try:
        return str(IBAN.from_bban(country, text))
    except (SchwiftyException, ValueError, KeyError):
        return ""


def _form(country: str, bank: str, account: str) -> str:
    return f"{country}:{bank}:{account.lstrip('0') or '0'}"

"""The normal form of an account, and the literals that stand for "nothing".

One account is printed as IBAN, as full domestic number, and as bare account number, sometimes in one file. The normal form
`COUNTRY:BANK:ACCOUNT` keeps the account part by the IBAN's own structure (formats.md section 11). BANK is the IBAN's bank and
branch code; of a number printed without them it is the servicer's BIC: its four letters where the country's IBANs begin with
these, else eight characters. One number is given out by every bank and, where there are sort codes, by every branch: keys
that differ in BANK are two accounts, and an empty BANK is not known, which joins nothing. Leading zeros are padding where
the country fixes the length, part of the number elsewhere.

Accounts have names, too (Hauptkonto-12/345): a word is no bank. A BIC beside a number is printed as `BIC/NUMBER` (SWIFT MT
field 25), in capitals, alone before the one stroke, with a country of ISO 3166; what could be taken for one keeps every
character in the key, so that two printed texts have one key only where letters and digits agree or an IBAN's structure
proves it. What an IBAN says beside bank, branch, account and check digits (kind of account, currency, holder) is of its number.
Source: IBAN registry (ISO 13616) as carried by schwifty.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from schwifty import BIC, IBAN, registry
from schwifty.domain import Component
from schwifty.exceptions import InvalidCountryCode, SchwiftyException

from tracer.model import EXPONENTS

__all__ = ["ABSENT", "account_key", "bic_before", "iban_of", "present"]

#: Printed words that mean "no value" (formats.md section 11).
ABSENT = frozenset({"", "-", "--", "NULL", "UNKNOWN", "N/A", "NA", "NONE", "NONREF", "NOTPROVIDED", "NOT PROVIDED"})

_DASHES = "-–—_"
#: How a text begins that may be one of them: with any other character it is none.
_BEGINS_ABSENT = "".join(sorted({word[:1] for word in ABSENT} | {word[:1].lower() for word in ABSENT})) + _DASHES
_SEPARATORS = re.compile(r"[\s.\-]")
_SUFFIX = re.compile(r"(?<=[0-9])[ /]?([A-Z]{3})\Z")
_IBAN_SHAPE = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}\Z")
#: A BIC, or the 12 characters of a logical terminal; the country is characters 5 and 6 and nothing else.
_BIC = re.compile(r"([A-Z]{4}([A-Z]{2})[A-Z0-9]{2})(?:[A-Z0-9]{3}|[A-Z0-9]{4})?\Z")
#: A BIC as it stands before a number: without the character of a terminal.
_BIC_BEFORE = re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?\Z")
_GERMAN_BANK = re.compile(r"[1-9][0-9]{7}\Z")


def present(printed: str) -> str:
    """Return the stripped text, or "" where it is a literal for an absent value (NONREF, NOTPROVIDED, -)."""
    value = printed.strip()
    if value[:1] not in _BEGINS_ABSENT:  # of "", this is not true
        return value
    is_absent = len(value) <= 12 and value.upper() in ABSENT
    return "" if is_absent or not value.strip(_DASHES) else value


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
    >>> account_key("NL91ABNA0417164300"), account_key("0417164300EUR", "ABNANL2A"), account_key("0417164300")
    ('NL:ABNA:417164300', 'NL:ABNA:417164300', '::0417164300')
    >>> (
    ...     account_key("GB03QXUK20998812345678"),
    ...     account_key("20-99-88 12345678", "QXUKGB2L"),
    ...     account_key("12345678", "QXUKGB2L"),
    ... )
    ('GB:QXUK209988:12345678', 'GB:QXUK209988:12345678', 'GB:QXUK:12345678')
    >>> account_key("6222******1234"), account_key("NONREF")
    ('', '')
    """
    stated = present(printed).strip("'")  # the mark that keeps a spreadsheet from reading a number
    text = stated.upper()
    if not text or "*" in text:
        return ""
    country, bank = _servicer(bic_or_country)
    suffix = _SUFFIX.search(text)
    if suffix and suffix[1] in EXPONENTS and not iban_of(text):
        text = text[: suffix.start()]
    front, slash, back = text.partition("/")
    front, back = _SEPARATORS.sub("", front), _SEPARATORS.sub("", back)
    is_sorted = False  # the text itself names the bank by its national code
    if slash and back and front:
        if bic := bic_before(stated):
            (country, bank), text = _beside(bic, bic_or_country), back
        elif _GERMAN_BANK.match(front) and country in {"", "DE"} and back.isdigit() and len(back) <= 10:
            country, bank, text, is_sorted = "DE", front, back, True
        else:
            text = front + "/" + back
    else:
        text = front or back
    number = iban_of(text)
    if not number and country and not is_sorted:
        number = _domestic(text, country, bank)
    if number:
        known = IBAN(number, allow_invalid=True)
        own = "".join(str(known.bban)[at] for at in _own(str(known.country_code)))
        return _form(str(known.country_code), f"{known.bank_code}{known.branch_code}", own, len(own))
    if sum(c.isdigit() for c in text) < 3:
        return ""
    return _form(country, bank, text, _shape(country).length)


def bic_before(printed: str) -> str:
    """Return the BIC of `BIC/NUMBER` (SWIFT MT field 25), else "": a word, or a text of more parts, names no bank.

    >>> (
    ...     bic_before("QXDEDEFF/532013000"),
    ...     bic_before("Hauptkonto-12/345"),
    ...     bic_before("HAUPTKONTO12/345"),
    ...     bic_before("ACCOUNTS/345"),
    ... )
    ('QXDEDEFF', '', '', '')
    """
    front, _, back = (part.strip() for part in printed.partition("/"))
    is_beside = back and _SUFFIX.sub("", back).isascii() and "/" not in _SUFFIX.sub("", back)
    return front if is_beside and _BIC_BEFORE.match(front) and _is_country(front[4:6]) else ""


@lru_cache(maxsize=1024)
def _is_country(code: str) -> bool:
    """Say whether two letters are a country of ISO 3166, or Kosovo's, which BICs use without it."""
    return code == "XK" or BIC(f"AAAA{code}AA", allow_invalid=True).country is not None


def _beside(bic: str, bic_or_country: str) -> tuple[str, str]:
    """Return (country, bank) of a BIC printed before a number.

    It may be a word of the same shape (PREMIER1/12345678). What the normal form leaves out, place and branch, is left out
    only of the servicer's own BIC, and the place of one that with the number makes the whole of an IBAN.
    """
    servicer = _SEPARATORS.sub("", bic_or_country).upper()
    if servicer == bic or (servicer[:8] == bic[:8] and bic[8:] in {"", "XXX"}):
        return _servicer(bic)
    country = bic[4:6]
    shape = _shape(country)
    if shape.is_lettered and not shape.is_branched:
        return country, bic[:4]
    return country, bic.removesuffix("XXX") if len(bic) == 11 else bic


class _Shape(NamedTuple):
    """What a country's IBANs fix: characters of the account part (0: no IBAN), and what names the bank.

    is_lettered   they begin with the BIC's letters
    is_branched   they name the branch
    """

    length: int
    is_lettered: bool
    is_branched: bool = False


@lru_cache(maxsize=512)
def _own(country: str) -> tuple[int, ...]:
    """Return the places of a BBAN that are the account: all that is not bank, branch or the country's own check digits.

    The registry names no parts for some countries (Angola, Iran, Mozambique): there the whole is the account.
    """
    spec = registry.get_iban_spec(country)
    parts = [spec.positions[part] for part in (Component.BANK_CODE, Component.BRANCH_CODE)]
    if spec.positions[Component.ACCOUNT_CODE].end:
        parts.append(spec.positions[Component.NATIONAL_CHECKSUM_DIGITS])
    return tuple(at for at in range(spec.bban_length) if not any(part.start <= at < part.end for part in parts))


@lru_cache(maxsize=512)
def _shape(country: str) -> _Shape:
    try:
        spec = registry.get_iban_spec(country)
    except InvalidCountryCode:
        return _Shape(0, is_lettered=False)
    part = spec.positions[Component.ACCOUNT_CODE]
    is_branched = spec.positions[Component.BRANCH_CODE].end > 0
    return _Shape(part.end - part.start, spec.bban_spec.startswith("4!a"), is_branched)


def _servicer(stated: str) -> tuple[str, str]:
    """Return (country, bank) of a BIC, of a country code, or of another number of a bank."""
    text = _SEPARATORS.sub("", stated).upper()
    found = _BIC.match(text)
    if found:
        bic, country = found[1], found[2]
        return country, bic[:4] if _shape(country).is_lettered else bic
    if len(text) == 2:
        return text, ""
    return "", text if len(text) >= 8 else ""


def _domestic(text: str, country: str, bank: str) -> str:
    """Return the IBAN of a complete domestic number: with its own check digits (Poland's NRB), without, or without the bank."""
    number = iban_of(country + text)
    if number:
        return number
    lettered = [bank[:4] + text] if _shape(country).is_lettered and bank else []
    for complete in (text, *lettered):
        try:
            return str(IBAN.from_bban(country, complete))
        except (SchwiftyException, ValueError, KeyError):
            continue
    return ""


def _form(country: str, bank: str, account: str, length: int) -> str:
    """Return the normal form; `length` of an account part that is padded with zeros, 0 where no rule says so."""
    is_padded = len(account) <= length
    return f"{country}:{bank}:{(account.lstrip('0') or '0') if is_padded else account}"

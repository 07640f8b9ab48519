"""Identifiers of institutions and payments, and their traps (nexus.md section 3).

The country of a BIC is characters 5 and 6 and nothing else: USQXDEFF is German, QXUSGB2L is British. A valid shape is not an
existing institution or record. What stands inside an IMAD or OMAD, in a name or in an address is no BIC, whatever its shape.
Source: ISO 9362 (BIC), ISO 17442 is not used; ABA check 3-7-1; UETR: UUID version 4 in lower case.
"""

from __future__ import annotations

import re

from tracer.model.payments import is_imad, is_omad, is_uetr, printed_ids

__all__ = [
    "TERRITORIES",
    "bic_id",
    "bic_key",
    "bic_place",
    "carries_bic",
    "is_aba",
    "is_bic",
    "is_imad",
    "is_omad",
    "is_passive",
    "is_test",
    "is_uetr",
    "place_of",
    "printed_bics",
    "printed_ids",
]

#: 18 USC 5 and 31 CFR 1010.100: a bucket of their own; counsel decides (confirm with counsel).
TERRITORIES = frozenset({"PR", "GU", "VI", "AS", "MP", "UM"})
_BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
#: First two digits of an ABA number: 00-12, 21-32, 61-72, 80 KNOWN; 15 in two Treasury rows of the directory of 2018.
_PREFIXES = frozenset({*range(13), *range(21, 33), *range(61, 73), 80, 15})
_BIC_TEXT = re.compile(r"(?<![A-Z0-9])([A-Z]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?)(?![A-Z0-9])")
_LABEL = re.compile(r"(?:BIC|SWIFT|INS/)[ :.\-]{0,3}(?:CODE[ :.\-]{0,3})?\Z")
#: Places that never carry a BIC: endpoint ids, free text, names and addresses (expected.json, `is_bic`).
_NO_BIC = re.compile(
    r"imad|omad|endpoint|free text|narrative|name|address|\b(?:50|59|70|72|77|79)|5[2-8]D", re.IGNORECASE
)


def is_bic(text: str) -> bool:
    """Say whether a text has the shape of a BIC (ISO 9362)."""
    return _BIC.fullmatch(text) is not None


def carries_bic(place: str) -> bool:
    """Say whether a named place of a record carries a BIC at all."""
    return _NO_BIC.search(place) is None


def bic_place(bic: str) -> str:
    """Return the country of a BIC, "" for another text."""
    return bic[4:6] if is_bic(bic) else ""


def bic_key(bic: str) -> str:
    """Return the 8 characters on which BICs are compared; XXX is the head office."""
    return bic[:8]


def bic_id(bic: str) -> str:
    """Return BIC8, with the branch where it is not the head office."""
    return bic[:8] if bic[8:] in {"", "XXX"} else bic


def is_test(bic: str) -> bool:
    """Say whether the eighth character is 0: a test BIC is no evidence."""
    return is_bic(bic) and bic[7] == "0"


def is_passive(bic: str) -> bool:
    """Say whether the eighth character is 1: a passive participant sends and receives nothing itself."""
    return is_bic(bic) and bic[7] == "1"


def is_aba(text: str) -> bool:
    """Say whether a text is a valid ABA number: 3-7-1 check, an allocated prefix, and not 000000000.

    A valid number is not an existing one: that takes a directory row valid on the date.
    """
    if not re.fullmatch(r"[0-9]{9}", text) or text == "000000000" or int(text[:2]) not in _PREFIXES:
        return False
    d = [int(c) for c in text]
    return (3 * (d[0] + d[3] + d[6]) + 7 * (d[1] + d[4] + d[7]) + d[2] + d[5] + d[8]) % 10 == 0


def place_of(scheme: str, identifier: str) -> str:
    """Return the country of an institution by its identifier alone, "" where the identifier does not say it."""
    if scheme == "BIC":
        return bic_place(identifier)
    if scheme == "ABA":
        return "US" if is_aba(identifier) else ""
    return "US" if scheme in {"CHIPS", "CHIPS_UID"} and identifier else ""


def printed_bics(text: str, known: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Return BICs of the US or a territory in free text.

    CONFUSED and EXHAUSTS have the letters of a US BIC. A word counts only with a digit in its location code, behind the
    label BIC or SWIFT, or where the case's own list (`known`, BIC8) names it.
    """
    found: dict[str, None] = {}
    for match in _BIC_TEXT.finditer(text):
        word = match[1]
        if bic_place(word) not in TERRITORIES | {"US"}:
            continue
        labelled = _LABEL.search(text[max(0, match.start() - 16) : match.start()].upper())
        if any(c.isdigit() for c in word[6:8]) or labelled or bic_key(word) in known:
            found.setdefault(bic_id(word))
    return tuple(found)

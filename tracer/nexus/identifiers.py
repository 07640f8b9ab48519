"""Identifiers of institutions and payments, and their traps (nexus.md section 3).

The country of a BIC is characters 5 and 6 and nothing else: USQXDEFF is German, QXUSGB2L is British. A valid shape is not an
existing institution or record.
"""

from __future__ import annotations

import re
from datetime import date

__all__ = [
    "TERRITORIES",
    "bic_key",
    "bic_place",
    "is_aba",
    "is_bic",
    "is_imad",
    "is_omad",
    "is_passive",
    "is_test",
    "is_uetr",
]

#: 18 USC 5 and 31 CFR 1010.100: a bucket of their own; counsel decides (confirm with counsel).
TERRITORIES = frozenset({"PR", "GU", "VI", "AS", "MP", "UM"})
_BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_IMAD = re.compile(r"([0-9]{8})[A-Z0-9]{8}[0-9]{6}")
_OMAD = re.compile(r"([0-9]{8})[A-Z0-9]{8}[0-9]{6}[0-9]{4}[0-9]{4}[A-Z0-9]{4}")
_UETR = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_PREFIXES = {*range(13), *range(21, 33), *range(61, 73), 80, 15}


def is_bic(text: str) -> bool:
    """Say whether a text has the shape of a BIC (ISO 9362)."""
    return _BIC.fullmatch(text) is not None


def bic_place(bic: str) -> str:
    """Return the country of a BIC, "" for another text."""
    return bic[4:6] if is_bic(bic) else ""


def bic_key(bic: str) -> str:
    """Return the 8 characters on which BICs are compared; XXX is the head office."""
    return bic[:8]


def is_test(bic: str) -> bool:
    """Say whether the eighth character is 0: a test BIC is no evidence."""
    return is_bic(bic) and bic[7] == "0"


def is_passive(bic: str) -> bool:
    """Say whether the eighth character is 1: a passive participant sends and receives nothing itself."""
    return is_bic(bic) and bic[7] == "1"


def is_aba(text: str) -> bool:
    """Say whether a text is a valid ABA number: 3-7-1 check, an allocated prefix, and not 000000000."""
    if not re.fullmatch(r"[0-9]{9}", text) or text == "000000000" or int(text[:2]) not in _PREFIXES:
        return False
    d = [int(c) for c in text]
    return (3 * (d[0] + d[3] + d[6]) + 7 * (d[1] + d[4] + d[7]) + d[2] + d[5] + d[8]) % 10 == 0


def _dated(found: re.Match[str] | None) -> bool:
    if found is None:
        return False
    try:
        date(int(found[1][:4]), int(found[1][4:6]), int(found[1][6:]))
    except ValueError:
        return False
    return True


def is_imad(text: str) -> bool:
    """Say whether a text has the shape of an IMAD: date, source, sequence, 22 characters."""
    return _dated(_IMAD.fullmatch(text))


def is_omad(text: str) -> bool:
    """Say whether a text has the shape of an OMAD: 34 characters."""
    return _dated(_OMAD.fullmatch(text))


def is_uetr(text: str) -> bool:
    """Say whether a text is a UUID of version 4 in lower case."""
    return _UETR.fullmatch(text) is not None

"""What matching and nexus both ask of a payment message: what sort it is, which identifiers it prints, which may join.

A valid shape is not an existing record. Source: nexus.md sections 0, 3 and 5; formats.md section 12.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from tracer.model.evidence import Message
from tracer.model.money import EXPONENTS

__all__ = [
    "FEE_MAJOR",
    "is_between_banks",
    "is_event",
    "is_free_format",
    "is_imad",
    "is_of_customer",
    "is_omad",
    "is_order",
    "is_report",
    "is_return",
    "is_status",
    "is_uetr",
    "printed_ids",
    "tolerance",
    "usable",
]

#: 0 to 80 major units of drift downwards, set per currency (nexus.md section 0). Currencies whose major unit is small get the
#: same number of units, which is the stricter reading.
FEE_MAJOR: dict[str, int] = {"": 80}
#: Texts that stand where a reference should (formats.md sections 0, 11 and 12). "RENT" is a customer's word, repeated monthly.
_ABSENT = frozenset(
    ["NONREF", "NOREF", "NOTPROVIDED", "NOT PROVIDED", "NOTAVAILABLE", "NONE", "NULL", "UNKNOWN", "RENT"]
)
_IMAD_LENGTH = 22
_IMAD = re.compile(r"([0-9]{8})[A-Z0-9]{8}[0-9]{6}")
_OMAD = re.compile(r"([0-9]{8})[A-Z0-9]{8}[0-9]{6}[0-9]{4}[0-9]{4}[A-Z0-9]{4}")
_FREE = re.compile(
    r"MT(?:11[0-2]|[129]9[0-9]|99[0-9])|camt\.0(?:2[6-9]|3[01]|5[5-8]|60|87)|camt\.1(?:0[5-9]|1[01])|pacs\.028"
)
_STATUS = ("pacs.002", "pain.002", "pain.014")
_ORDER = ("MT101", "pain.001", "pain.008", "pain.013")
_UETR = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_UETR_TEXT = re.compile(r"(?<![0-9a-fA-F-])[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?![0-9a-fA-F-])")
_STAMP_TEXT = re.compile(r"(?<![A-Z0-9])[0-9]{8}[A-Z0-9]{8}[0-9]{6}(?:[0-9]{8}[A-Z0-9]{4})?(?![A-Z0-9])")


def is_report(message: Message) -> bool:
    """Say whether a message is the servicer's own confirmation of an entry."""
    return message.kind.startswith(("MT900", "MT910", "MT94", "MT95", "camt.052", "camt.053", "camt.054"))


@lru_cache(maxsize=1024)
def _is_about(kind: str) -> bool:
    """Say whether messages of a kind are about a payment, whatever they print: a status, an order, a free-format text."""
    return kind.startswith((*_STATUS, *_ORDER)) or _FREE.match(kind) is not None


def is_status(message: Message) -> bool:
    """Say whether a message only tells the fate of another."""
    return message.kind.startswith(_STATUS)


def is_order(message: Message) -> bool:
    """Say whether a message orders or asks for a payment: it moves no money itself.

    MT101, pain.001; the creditor's side asks by a drawdown request (pain.013) or a direct debit (pain.008, MT104 with RFDD).
    """
    return message.kind.startswith(("MT101", "MT104RFDD", "MT107RFDD", "pain.001", "pain.008", "pain.013"))


def is_of_customer(message: Message) -> bool:
    """Say whether a message moves a customer's money by its kind: MT1xx, pacs.008; a direct debit, pacs.003."""
    return message.kind.startswith(("MT1", "pacs.008", "pacs.003"))


def is_between_banks(message: Message) -> bool:
    """Say whether a message moves money between institutions by its kind: MT20x, pacs.009; a direct debit, MT204, pacs.010."""
    return message.kind.startswith(("MT20", "pacs.009", "pacs.010"))


def is_free_format(message: Message) -> bool:
    """Say whether a message is text about a payment: it carries references and never money.

    19x, 29x, 99x; a notice of a cheque, its stop and the answer (110 to 112); a recall by a bank (camt.056) or a customer (camt.055) and its answer (camt.029); inquiries, claims,
    corrections and notices about a payment (camt.026 to 031, 057 to 060, 087, 105 to 111); a request for its status (pacs.028).
    """
    return _FREE.match(message.kind) is not None


def is_return(message: Message) -> bool:
    """Say whether a message gives money back: pacs.004, /RETN/ in 72, or a Fedwire reversal."""
    return bool(message.return_of or message.return_reason) and not _is_about(message.kind)


def is_event(message: Message) -> bool:
    """Say whether a message is about another payment: a status, an order, a return, a rejection, a free-format text."""
    return _is_about(message.kind) or bool(message.return_of or message.return_reason)


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
    """Say whether a text has the shape of an OMAD: date, destination, sequence, date, time, application, 34 characters."""
    return _dated(_OMAD.fullmatch(text))


def is_uetr(text: str) -> bool:
    """Say whether a text is a UUID of version 4 in lower case."""
    return _UETR.fullmatch(text) is not None


def printed_ids(text: str) -> frozenset[str]:
    """Return UETRs (in lower case), IMADs and OMADs printed anywhere in a text."""
    if not text:
        return frozenset()
    uetrs = {u.lower() for u in _UETR_TEXT.findall(text)} if text.count("-") >= 4 else set()
    stamps = {s for s in _STAMP_TEXT.findall(text) if is_imad(s) or is_omad(s)} if len(text) >= _IMAD_LENGTH else set()
    return frozenset({u for u in uetrs if is_uetr(u)} | stamps)


def tolerance(currency: str, fees: Mapping[str, int] = FEE_MAJOR) -> int:
    """Return the fee tolerance of a currency in minor units."""
    return int(fees.get(currency, fees.get("", 80)) * 10 ** EXPONENTS.get(currency, 2))


@lru_cache(maxsize=262_144)
def usable(reference: str) -> str:
    """Return a reference fit for joining, "" for one of fewer than 4 characters or a placeholder; a cut `+` is a prefix."""
    text = reference.strip().upper()
    bare = text.removesuffix("+").strip()
    return "" if bare in _ABSENT or len(bare) < 4 or bare.count(bare[0]) == len(bare) else text

"""The text of a statement line (field 86): who stood on the other side, and for what.

Three families, told apart by what is printed: the German and Polish form, a three-digit code and sub-fields `?20` or `~20`
(DFÜ-Abkommen Annex 3, chapter 8: 00 text, 10 primanota, 20-29 and 60-63 purpose, 30 bank, 31 account, 32-33 name, 38 IBAN);
code words between slashes, `/EREF/.../NAME/...` (SWIFT MT940 usage, Dutch banks); SEPA words with a plus, `EREF+...SVWZ+...`.
Anything else is text. The whole of field 86 stays with the posting as printed.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

from tracer.ingest.accounts import iban_of, present

__all__ = ["Narrative", "narrative", "rewrapped", "said_in"]

_SUBFIELDS = re.compile(r"\A\s*(?:[0-9]{3})?([?~<>|^@])(?=[0-9]{2})")
_NUMBERED = {mark: re.compile(re.escape(mark) + "([0-9]{2})") for mark in "?~<>|^@"}
_PURPOSE = frozenset([*map(str, range(20, 30)), "60", "61", "62", "63"])
# The sub-fields in the order of the standard, which nearly every field has; what the narrative does not hold is passed over.
_ORDERED = {
    mark: re.compile(
        r"(#*+)(?:\?00(#*+))?+(?:\?10#*+)?+((?:\?2[0-9]#*+)*+)(?:\?30(#*+))?+(?:\?31(#*+))?+(?:\?32(#*+))?+(?:\?33(#*+))?+"
        r"(?:\?3[4-7]#*+)*+(?:\?38(#*+))?+((?:\?6[0-3]#*+)*+)(?:\?[7-9][0-9]#*+)*+\Z".replace(
            "#", f"[^{mark}]"
        ).replace(r"\?", re.escape(mark))
    )
    for mark in _NUMBERED
}
_SEPA = frozenset(
    (  # and BIC, the only one of three letters
        *("EREF", "KREF", "MREF", "CRED", "DEBT", "SVWZ", "ABWA", "ABWE", "IBAN"),
        *("OAMT", "COAM", "CHGS", "PURP", "RREF", "RTRN", "ANAM", "BREF", "NAME"),
    )
)
_SAID = {f"{word}+": word for word in _SEPA}
_BEGINS = re.compile(f"[0-9]{{2}}(?:{'|'.join(sorted(_SEPA))}|BIC)[+]")
_CAPITALS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_SLASH = re.compile(
    r"/(EREF|PREF|KREF|MREF|MARF|IREF|RREF|TRTP|IBAN|BIC|NAME|REMI|ISDT|CSID|ORDP|BENM|OBNM|CNTP|ADDR|RTRN|ULTC|ULTD|ULTB"
    r"|ULDB|PURP|SVCL|ORIG|ACCW|UETR|OCMT|EXCH|CHGS|OAMT)/"
)
_PARTY = frozenset({"ORDP", "BENM", "OBNM", "CNTP"})
_BREAKS = re.compile(r"[ \t]*\r?\n")
#: Characters from which a line of field 86 is full (6*65x, and four of them for the tag in some files): the text goes on in the
#: middle of a word. A shorter line was broken by hand, and its break divides words.
_FULL_LINE = 61
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?\Z")
_LONGEST = 34  # characters of an account, 34x
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\Z")
_SPACES = re.compile(r"[ \t]{2,}")


class Narrative(NamedTuple):
    """What field 86 says. `details` is the purpose, or the whole text where it has no structure."""

    details: str = ""
    counterparty: str = ""
    account: str = ""
    agent: str = ""
    end_to_end_id: str = ""
    uetr: str = ""
    code: str = ""
    customer_reference: str = ""


#: A `Narrative` in its order, without names: a line of a statement is read in less time than it takes to make one.
Said = tuple[str, str, str, str, str, str, str, str]


def narrative(printed: str) -> Narrative:
    """Read the text of field 86.

    >>> narrative("166?00GUTSCHRIFT?20EREF+A-1?21SVWZ+Rent May?30QXDEDE33?31DE02?32Ada Lake").end_to_end_id
    'A-1'
    >>> narrative("/EREF/A-1//IBAN/NL02/BIC/QXNLNL2A/NAME/A. LAKE/REMI/RENT").counterparty
    'A. LAKE'
    """
    return Narrative._make(said_in(printed))


def said_in(printed: str) -> Said:
    """Return what `narrative` does, as a plain tuple."""
    start = _SUBFIELDS.match(printed)
    if start:
        return _subfields(_unbroken(printed) if "\n" in printed else printed, start[1])
    if _SLASH.search(printed):
        return _slashes(rewrapped(printed))
    if "+" in printed and len(_sepa_values(printed)) > 1:
        return _sepa(" ".join(line.strip() for line in printed.splitlines()))
    return _text(printed), "", "", "", "", "", "", ""


def _unbroken(printed: str) -> str:
    """Return the text without line breaks and the blanks before them."""
    if "\r" in printed or "\t" in printed or " \n" in printed:
        return _BREAKS.sub("", printed)
    return printed.replace("\n", "")


def rewrapped(printed: str) -> str:
    """Return the text without the breaks of full lines; those behind shorter lines become blanks, unless a code word follows."""
    if "\n" not in printed:
        return printed
    lines = [line.rstrip() for line in printed.splitlines()]
    gaps = ["" if len(line) >= _FULL_LINE or after.startswith("/") else " " for line, after in pairwise(lines)]
    return "".join(line + gap for line, gap in zip(lines, [*gaps, ""], strict=True))


def _text(printed: str) -> str:
    if "  " not in printed and "\n" not in printed and "\r" not in printed and "\t" not in printed:
        return printed.strip()
    text = " ".join([line.strip() for line in printed.splitlines()])
    return (_SPACES.sub(" ", text) if "  " in text or "\t" in text else text).strip()


def _subfields(text: str, mark: str) -> Said:
    ordered = _ORDERED[mark].match(text)
    if ordered:
        code, start, says, bank, account, name, name_on, iban, more = ordered.groups("")
        purpose = (says + more).split(mark)[1:]
    else:
        (code, start, bank, account, name, name_on, iban), purpose = _sorted(text, mark)
    take = (values := _spoken(purpose, text.count("+"))).get
    head = values[""]
    if name_on:
        name = f"{name.rstrip()} {name_on.strip()}"
    reference, customer = take("EREF"), take("KREF")
    return (
        (_purpose(head, take("SVWZ", "")) if head else _text(take("SVWZ", ""))) or _text(start),
        (name and present(name)) or present(take("ANAM") or take("NAME", "")),
        present(iban or account) or present(take("IBAN", "")),
        (bank and present(bank)) or present(take("BIC", "")),
        present(reference) if reference else "",
        "",
        code.strip(),
        present(customer) if customer else "",
    )


def _sorted(text: str, mark: str) -> tuple[list[str], list[str]]:
    """Return what `_ORDERED` finds in a field of another order, and the purpose; parts of one sub-field are put together."""
    code, *pieces = _NUMBERED[mark].split(text)
    values: dict[str, str] = {}
    purpose = []
    for number, value in zip(pieces[::2], pieces[1::2], strict=True):
        if number in _PURPOSE:
            purpose.append(number + value)
        values[number] = values.get(number, "") + value
    return [code, *(values.get(number, "") for number in ("00", "30", "31", "32", "33", "38"))], purpose


def _spoken(pieces: list[str], signs: int) -> dict[str, str]:
    """Return code word -> value of the purpose, whose pieces begin with their number; `signs` are the `+` of the field.

    A word begins a sub-field, stands in one, or runs over its end. Where each `+` is that of a word which begins one, as
    banks mostly print it, nothing is left to search for.
    """
    values = {"": ""}
    word = ""
    for piece in pieces:
        name = _SAID.get(piece[2:7])
        if name and name not in values:
            word = name
            values[word] = piece[7:]
        else:
            values[word] += piece[2:]
    if len(values) - 1 == signs:
        return values
    # The blank keeps `ABC` and `SVWZ+` of two sub-fields apart; around a value it does not count.
    return _sepa_values("".join([f" {one[2:]}" if _BEGINS.match(one) else one[2:] for one in pieces]))


def _sepa_values(text: str) -> dict[str, str]:
    """Return code word -> value; the text before the first word stands under "", always, and first."""
    values: dict[str, str] = {}
    word, value = "", ""
    *pieces, last = text.split("+")
    for piece in pieces:
        name = piece[-4:]
        if name not in _SEPA:
            name = piece[-3:]
        if (name in _SEPA or name == "BIC") and piece[-len(name) - 1 : -len(name)] not in _CAPITALS:
            values.setdefault(word, value + piece[: -len(name)])
            word, value = name, ""
        else:
            value += piece + "+"
    values.setdefault(word, value + last)
    return values


def _purpose(head: str, purpose: str) -> str:
    purpose = purpose.strip()
    return _text(f"{head} {purpose}") if head and purpose else _text(head or purpose)


def _sepa(text: str) -> Said:
    take = _sepa_values(text).get
    return (
        _purpose(take("", ""), take("SVWZ", "")),
        present(take("ANAM") or take("NAME", "")),
        present(take("IBAN", "")),
        present(take("BIC", "")),
        present(_uncut(take("EREF", ""))),
        "",
        "",
        present(_uncut(take("KREF", ""))),
    )


def _uncut(value: str) -> str:
    """Return a reference without the `+` that some banks print between code words; at 16 or 35 characters it says that text was cut."""
    value = value.strip()
    return value if len(value) in {16, 35} else value.removesuffix("+")


def _slashes(text: str) -> Said:
    head, *pieces = _SLASH.split(text)
    values: dict[str, str] = {}
    party = ""
    for word, piece in zip(pieces[::2], pieces[1::2], strict=True):
        value = piece.strip().strip("/ ")
        if word not in _PARTY:
            values.setdefault(word, value)
            continue
        # ING prints /CNTP/account/BIC/name/town/; the others print the name, or leave it to /NAME/.
        elements = [one.strip() for one in value.split("/")]
        if word == "CNTP":
            for key, element in zip(("IBAN", "BIC", "NAME"), elements, strict=False):
                values.setdefault(key, element)
        elif value and not party:
            party, account = _named(elements)
            if account:
                values.setdefault("IBAN", account)
    head, take = head.strip(), values.get
    said = _remittance(take("REMI", ""))
    return (
        _text(f"{head} {said}" if head and said else head or said),
        present(take("NAME", "")) or present(party),
        present(take("IBAN", "")),
        present(take("BIC", "")),
        present(take("EREF", "")),
        _uetr(values["UETR"]) if "UETR" in values else "",
        "",
        present(take("KREF") or take("PREF", "")),
    )


def _named(elements: list[str]) -> tuple[str, str]:
    """Return (name, account) of a party that is printed as elements: banks put account, tax number or bank before or behind it.

    The name is the first element with a letter that is neither an IBAN nor, beside another one, shaped as a BIC; the account
    an IBAN, or the only number of ten digits and more.
    """
    held = [one for one in elements if one]
    numbers = [one for one in held if iban_of(one) or (one.isdigit() and 10 <= len(one) <= _LONGEST)]
    spoken = [one for one in held if one not in numbers and any(char.isalpha() for char in one)]
    named = [one for one in spoken if not _BIC.match(one)] or spoken
    return (named or held)[0], numbers[0] if len(numbers) == 1 else ""


def _remittance(value: str) -> str:
    return value.removeprefix("USTD/").removeprefix("/") if value.startswith("USTD/") else value


def _uetr(value: str) -> str:
    return value.lower() if _UUID.match(value.lower()) else ""

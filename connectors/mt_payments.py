"""SWIFT payment messages: MT103 (STP, REMIT), 200, 202, 202 COV, 205, 205 COV, 900, 910, and 19x, 29x, 999 as references.

Source:  SWIFT Standards MT, categories 1, 2 and 9; formats.md 3.1, 3.3, 3.4 and 5.
Record:  one message, which is one Message or one Reject. Every tag is kept as printed in `fields`.
Cover:   sequence B of a 202 COV repeats tag names of sequence A; it begins at the first 50a after 58a or 72.
Amounts: 32A and 33B in minor units, the comma is the decimal mark. Dates: the printed day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from tracer.ingest.fin import FIELD_CAP, Field, FinMessage, messages
from tracer.ingest.registry import connector
from tracer.ingest.source import Source
from tracer.model import Agent, Charge, Message, PaymentParty, Reject, minor_units

_TYPES = re.compile(r"\{2:\s*[IO](1(?:01|03|9[0-9])|2(?:0[0-5]|9[0-9])|900|910|999)")
_STATEMENTS = re.compile(r"\{2:\s*[IO](94[0-9]|950)")
_BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?\Z")
_CLEARING = {"FW": "ABA", "CP": "CHIPS", "CH": "CHIPS_UID"}
_MONEY = re.compile(r"([A-Z]{3})([0-9][0-9.,]{0,30})\Z")
#: Field -> ISO 20022 role of the agent that it names (formats.md section 5).
_AGENTS = {
    "51": "instructing_agent_named",
    "52": "debtor_agent",
    "53": "instructing_reimbursement_agent",
    "54": "instructed_reimbursement_agent",
    "55": "third_reimbursement_agent",
    "56": "intermediary_agent_1",
    "57": "creditor_agent",
    "58": "creditor_institution",
}


def claims(source: Source) -> bool:
    """Whether the head holds the block 2 of a payment message, and of no statement."""
    head = source.head_text()
    return bool(_TYPES.search(head)) and not _STATEMENTS.search(head)


def count(source: Source) -> int:
    """Count block 2 headers by a regular expression."""
    text, _ = source.text()
    return len(re.findall(r"\{2:\s*[IO][0-9]{3}", text))


@connector("mt_payments", title="SWIFT payments MT103, 202 COV, 900, 910 and their kin", claims=claims, count=count)
def read(source: Source) -> Iterator[Message | Reject]:
    """Yield one Message or Reject per message."""
    text, _ = source.text()
    for fin in messages(text):
        if not fin.block2:
            if not fin.is_ack and (fin.fields or fin.leading.strip()):
                yield Reject(
                    source.cite(f"message={fin.index}#no-header"),
                    fin.raw[:FIELD_CAP],
                    "block 2",
                    "no-header",
                    "This part of the file has no application header: the type of the message is not known.",
                )
            continue
        yield message(source, fin)


CONNECTOR = read


def message(source: Source, fin: FinMessage) -> Message | Reject:
    """Return the message as its fields say."""
    cite = source.cite(f"message={fin.index}")
    first, second = _sequences(fin)
    marks = list(fin.marks)
    try:
        settled = _dated(first, "32")
        instructed = _amount(first, "33")
        charges = tuple(_charges(first))
    except ValueError as error:
        return Reject(cite, fin.raw[:FIELD_CAP], "32A", "amount-not-read", str(error))
    narrative = "\n".join(f.value for f in first if f.tag in {"72", "77", "79"})
    cover = fin.service == "COV" or bool(second)
    kind = f"MT{fin.mt}" + ("COV" if cover and fin.mt in {"202", "205"} else "STP" if fin.service == "STP" else "")
    returned = re.search(r"/(?:RETN|REJT)/([0-9A-Z]*)", narrative)
    original = re.search(r"/MREF/([^\s/]+)", narrative)
    remittance = _value(first, "70")
    end_to_end = re.search(r"/ROC/([^\s/]+)", remittance)
    party_line, _ = _party_line(_field(first, "53"))
    truncated = tuple(f.name for f in fin.fields if f.tag in {"20", "21", "70"} and f.value.rstrip().endswith("+"))
    return Message(
        cite=cite,
        kind=kind,
        sender=fin.sender,
        receiver=fin.receiver,
        direction=fin.direction,
        reference=_value(first, "20"),
        related_reference=_value(first, "21"),
        end_to_end_id=end_to_end[1] if end_to_end else "",
        uetr=fin.uetr,
        message_id=fin.block3.get("108", ""),
        settled=settled[2] if settled else None,
        settled_currency=settled[1] if settled else "",
        settled_date=settled[0] if settled else None,
        instructed=instructed[1] if instructed else None,
        instructed_currency=instructed[0] if instructed else "",
        rate=_value(first, "36"),
        charge_bearer=_value(first, "71A"),
        charges=charges,
        settlement_account=re.sub(r"^/(?:[CD]/)?", "", party_line)
        if _name(first, "53") == "53B" and party_line[:2] != "//"
        else "",
        account=_value(first, "25").split("\n")[0].lstrip("/"),
        remittance=remittance,
        agents=tuple(_agents(first)),
        parties=tuple(_parties(first)),
        underlying=tuple(_parties(second)),
        narrative=narrative,
        return_of=original[1] if original and returned else "",
        return_reason=returned[0] if returned else "",
        status="NAK" if fin.accepted is False else "ACK" if fin.accepted else "",
        possible_duplicate=fin.possible_duplicate,
        accepted=fin.accepted,
        content_hash=fin.content_hash,
        truncated=truncated,
        fields=tuple((f.name, f.value.replace("\r", "").rstrip("\n")) for f in fin.fields),
        marks=tuple(marks),
    )


def _sequences(fin: FinMessage) -> tuple[list[Field], list[Field]]:
    """Split a cover at the first 50a after 58a or 72."""
    if fin.mt not in {"202", "205"}:
        return list(fin.fields), []
    for place, one in enumerate(fin.fields):
        if one.tag == "50" and any(f.tag in {"58", "72"} for f in fin.fields[:place]):
            return list(fin.fields[:place]), list(fin.fields[place:])
    return list(fin.fields), []


def _field(fields: Sequence[Field], name: str) -> Field | None:
    for one in fields:
        if name in (one.name, one.tag):
            return one
    return None


def _name(fields: Sequence[Field], tag: str) -> str:
    found = _field(fields, tag)
    return found.name if found else ""


def _value(fields: Sequence[Field], name: str) -> str:
    found = _field(fields, name)
    return "\n".join(line.strip() for line in found.lines).strip() if found else ""


def _number(text: str, currency: str) -> int:
    """Read an amount of 15d: the comma is the decimal mark and may be last; a lone point is a departure."""
    plain = text.replace(".", "").replace(",", ".") if "," in text else text
    return minor_units(plain, currency)


def _dated(fields: Sequence[Field], tag: str) -> tuple[date | None, str, int] | None:
    text = _value(fields, tag)
    found = re.match(r"([0-9]{6})([A-Z]{3})([0-9][0-9.,]{0,30})\s*\Z", text)
    if not found:
        if not text:
            return None
        raise ValueError(f"field {tag} {text[:40]!r} is no date, currency and amount")
    return _day(found[1]), found[2], _number(found[3], found[2])


def _day(text: str) -> date | None:
    try:
        return date(2000 + int(text[:2]), int(text[2:4]), int(text[4:6]))
    except ValueError:
        return None


def _amount(fields: Sequence[Field], tag: str) -> tuple[str, int] | None:
    found = _MONEY.match(_value(fields, tag).replace(" ", ""))
    return (found[1], _number(found[2], found[1])) if found else None


def _charges(fields: Sequence[Field]) -> Iterator[Charge]:
    for one in fields:
        if one.name in {"71F", "71G"}:
            found = _MONEY.match(one.value.strip().replace(" ", ""))
            if found:
                yield Charge(_number(found[2], found[1]), found[1], one.name)


def _party_line(field: Field | None) -> tuple[str, list[str]]:
    """Return (party line without its slashes, the other lines)."""
    if field is None:
        return "", []
    lines = [line.strip() for line in field.lines if line.strip()]
    if lines and lines[0].startswith("/"):
        return lines[0], lines[1:]
    return "", lines


def _agents(fields: Sequence[Field]) -> Iterator[Agent]:
    seen: set[str] = set()
    for one in fields:
        role = _AGENTS.get(one.tag)
        if role is None or one.tag in seen:
            continue
        seen.add(one.tag)
        line, rest = _party_line(one)
        clearing, account = "", line.lstrip("/")
        found = re.match(r"//([A-Z]{2})([0-9A-Z]*)", line)
        if found:
            clearing, account = f"{found[1]}{found[2]}", ""
        elif re.match(r"/[CD]/", line):
            account = line[3:].lstrip("/")
        bic = rest[0] if rest and _BIC.match(rest[0]) and one.option in {"A", ""} else ""
        if bic:
            yield Agent(role, bic, "BIC", one.name, account=account, clearing=clearing)
        elif clearing and found and _CLEARING.get(found[1]) and found[2]:
            yield Agent(role, found[2], _CLEARING[found[1]], one.name, name=" ".join(rest), clearing=clearing)
        else:
            name = " ".join(rest)
            yield Agent(role, "", "NAME", one.name, name=name, account=account, clearing=clearing)
    yield from _previous(fields)


def _previous(fields: Sequence[Field]) -> Iterator[Agent]:
    """Read /INS/ of field 72: a bank already passed, by BIC or by name over two lines."""
    number = 0
    for one in fields:
        if one.tag != "72":
            continue
        text = "\n".join(line.strip() for line in one.lines).replace("\n//", " ")
        for found in re.finditer(r"/INS/([^\n/]+)", text):
            number += 1
            printed = found[1].strip()
            word = printed.split(" ")[0]
            if _BIC.match(word):
                yield Agent(f"previous_instructing_agent_{number}", word, "BIC", "72/INS/")
            else:
                yield Agent(f"previous_instructing_agent_{number}", "", "NAME", "72/INS/", name=printed)


def _parties(fields: Sequence[Field]) -> Iterator[PaymentParty]:
    for one in fields:
        role = {"50": "debtor", "59": "creditor"}.get(one.tag)
        if role is None or one.name in {"50C", "50L"}:
            continue
        line, rest = _party_line(one)
        if one.option == "F":
            numbered = [re.sub(r"^[0-9]/", "", text) for text in rest if re.match(r"[12]/", text)]
            identifiers = tuple(text for text in rest if re.match(r"[4-8]/", text))
            name = numbered[0] if numbered else " ".join(rest)
            address = " ".join(re.sub(r"^[0-9]/", "", text) for text in rest if re.match(r"[23]/", text))
            yield PaymentParty(role, name, one.name, line.lstrip("/"), address, identifiers)
        elif one.option == "A":
            yield PaymentParty(role, rest[0] if rest else "", one.name, line.lstrip("/"))
        else:
            yield PaymentParty(role, rest[0] if rest else "", one.name, line.lstrip("/"), " ".join(rest[1:]))

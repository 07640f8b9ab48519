"""Fedwire Funds Service, FAIM tag format, used until 13 July 2025.

Source:  Fedwire Funds Service FAIM format; formats.md section 6, nexus.md section 2.
Record:  one message, which begins at {1520} or {1500}; with or without line ends; which is one Message or one Reject.
Amounts: {2000} is 12 digits of cents without a point; {3710} and others carry currency and a decimal comma.
Trap:    the source of an IMAD and the destination of an OMAD look like BICs; they are endpoint ids and name no institution.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import date

from tracer.ingest.registry import connector
from tracer.ingest.source import Source
from tracer.model import Agent, Charge, Message, PaymentParty, Reject, minor_units

_TAG = re.compile(r"\{([0-9]{4})\}")
_CLAIM = re.compile(r"\{(?:1500|1510|1520)\}[\s\S]{0,400}\{(?:1510|1520|2000)\}")
#: Identification code -> scheme of the id behind it.
_SCHEMES = {"B": "BIC", "T": "BIC", "F": "ABA", "C": "CHIPS", "U": "CHIPS_UID"}


def claims(source: Source) -> bool:
    """Whether the head holds the opening tags of a FAIM record."""
    return bool(_CLAIM.search(source.head_text()))


def _records(text: str) -> list[list[tuple[str, str]]]:
    """Return the records of a file as (tag, text) pairs; a tag of the opening group after the body begins a new one."""
    marks = list(_TAG.finditer(text))
    pairs = [
        (found[1], text[found.end() : marks[n + 1].start() if n + 1 < len(marks) else len(text)].rstrip("\r\n"))
        for n, found in enumerate(marks)
    ]
    records: list[list[tuple[str, str]]] = []
    for tag, value in pairs:
        names = {name for name, _ in records[-1]} if records else set()
        opens = tag in {"1500", "1510", "1520"}
        if not records or (opens and (tag in names or "2000" in names)) or (tag == "2000" and "2000" in names):
            records.append([])
        records[-1].append((tag, value))
    return records


def count(source: Source) -> int:
    """Count {2000}, which each record carries once; a record without it is counted by its {1520}."""
    text, _ = source.text()
    amounts, ids = text.count("{2000}"), text.count("{1520}")
    return max(amounts, ids, text.count("{1510}"))


@connector("faim", title="Fedwire FAIM", claims=claims, count=count)
def read(source: Source) -> Iterator[Message | Reject]:
    """Yield one Message or Reject per record."""
    text, _ = source.text()
    for number, record in enumerate(_records(text), 1):
        cite = source.cite(f"record={number}")
        try:
            yield _message(source, number, record)
        except ValueError as error:
            raw = "".join(f"{{{tag}}}{value}" for tag, value in record)
            yield Reject(cite, raw[:100_000], "{2000}", "amount-not-read", str(error))


CONNECTOR = read


def _elements(value: str) -> list[str]:
    return [part.strip() for part in value.replace("\r", "").replace("\n", "*").split("*") if part.strip()]


def _party(tag: str, value: str) -> tuple[str, str, str, list[str]]:
    """Return (id code, id, name, address lines)."""
    parts = _elements(value)
    if not parts:
        return "", "", "", []
    code, known = parts[0][:1], parts[0][1:].strip()
    if tag in {"4000", "4100", "4200", "5000", "5100", "5200"} and code in "BCDFTU123459" and known:
        return code, known, parts[1] if len(parts) > 1 else "", parts[2:]
    return "", "", parts[0], parts[1:]


def _routing(value: str) -> tuple[str, str]:
    flat = value.replace("\n", "").replace("\r", "")
    return flat[:9], flat[9:].strip().rstrip("*").strip()


def _comma(text: str) -> tuple[str, int] | None:
    found = re.match(r"([A-Z]{3})([0-9]{1,18}),([0-9]{0,4})", text.strip())
    return (found[1], minor_units(f"{found[2]}.{found[3] or '0'}", found[1])) if found else None


def _message(source: Source, number: int, record: list[tuple[str, str]]) -> Message:
    tags = dict(reversed(record))
    value = tags.get("2000", "").strip().rstrip("*")
    if not re.fullmatch(r"[0-9]{12}", value):
        raise ValueError(f"{{2000}} {value[:40]!r} is not 12 digits of cents")
    imad = tags.get("1520", "").strip().rstrip("*")
    omad = "".join(tags.get("1120", "").split()).rstrip("*")
    kind, subtype = tags.get("1510", "").strip()[:2], tags.get("1510", "").strip()[2:4]
    agents: list[Agent] = []
    parties: list[PaymentParty] = []
    for tag, role in (
        ("5100", "debtor_agent"),
        ("3100", "instructing_agent"),
        ("3400", "instructed_agent"),
        ("4000", "intermediary_agent_1"),
        ("4100", "creditor_agent"),
        ("5200", "previous_instructing_agent_1"),
    ):
        if tag not in tags:
            continue
        if tag in {"3100", "3400"}:
            aba, name = _routing(tags[tag])
            agents.append(Agent(role, aba, "ABA", f"{{{tag}}}", name=name))
            continue
        code, known, name, _ = _party(tag, tags[tag])
        scheme = _SCHEMES.get(code, "NAME")
        bic, _, account = known.partition("/") if code == "T" else (known, "", "")
        agents.append(
            Agent(
                role,
                bic if scheme != "NAME" else "",
                scheme,
                f"{{{tag}}}",
                name=name,
                account=account or (known if scheme == "NAME" else ""),
            )
        )
    for tag, role, institution in (
        ("5000", "debtor", "debtor_institution"),
        ("4200", "creditor", "creditor_institution"),
    ):
        if tag not in tags:
            continue
        code, known, name, address = _party(tag, tags[tag])
        if code in _SCHEMES:
            agents.append(Agent(institution, known.split("/")[0], _SCHEMES[code], f"{{{tag}}}", name=name))
        else:
            parties.append(PaymentParty(role, name, f"{{{tag}}}", known, " ".join(address), (code,) if code else ()))
    underlying = tuple(
        PaymentParty(role, name, f"{{{tag}}}", known, " ".join(address))
        for tag, role in (("7050", "debtor"), ("7059", "creditor"))
        if tag in tags
        for known, name, address in [_underlying(tags[tag])]
    )
    instructed = _comma(tags.get("3710", ""))
    charges = [found for part in re.findall(r"[A-Z]{3}[0-9]+,[0-9]*", tags.get("3700", "")) if (found := _comma(part))]
    previous = tags.get("3500", "").strip().rstrip("*")
    returned = subtype in {"02", "08"} and bool(previous)
    fields = tuple((f"{{{tag}}}", text) for tag, text in record)
    return Message(
        cite=source.cite(f"record={number}"),
        kind="FAIM",
        sender=_routing(tags.get("3100", ""))[0],
        receiver=_routing(tags.get("3400", ""))[0],
        reference=tags.get("3320", "").strip().rstrip("*"),
        related_reference=tags.get("4320", "").strip().rstrip("*"),
        imad=imad,
        omad=omad,
        previous_imad=previous,
        settled=int(value),
        settled_currency="USD",
        settled_date=_day(imad[:8]),
        instructed=instructed[1] if instructed else None,
        instructed_currency=instructed[0] if instructed else "",
        rate=tags.get("3720", "").strip().rstrip("*"),
        charge_bearer=tags.get("3700", "").strip()[:1],
        charges=tuple(Charge(amount, currency, "{3700}") for currency, amount in charges),
        clearing_system="FDW",
        message_id=tags.get("3600", "").strip().rstrip("*"),
        remittance="\n".join(_elements(tags.get("6000", ""))),
        agents=tuple(agents),
        parties=tuple(parties),
        underlying=underlying,
        narrative="\n".join(
            text for tag, text in record if tag in {"6100", "6200", "6210", "6300", "6400", "6410", "6500"}
        ),
        return_of=previous if returned else "",
        return_reason=f"{{1510}}{kind}{subtype}" if returned else "",
        content_hash=hashlib.sha256(
            "\x1f".join(tag + "".join(text.split()) for tag, text in record).encode("utf-8", "surrogatepass")
        ).hexdigest(),
        fields=fields,
        marks=tuple(f"missing:{{{tag}}}" for tag in ("1510", "1520", "3100", "3400", "3600") if tag not in tags),
    )


def _underlying(value: str) -> tuple[str, str, list[str]]:
    lines = _elements(value)[1:] if len(_elements(value)) > 1 else _elements(value)
    account = lines[0].lstrip("/") if lines and lines[0].startswith("/") else ""
    rest = lines[1:] if account else lines
    return account, rest[0] if rest else "", rest[1:]


def _day(text: str) -> date | None:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None

r"""Fedwire Funds Service, FAIM tag format (until 13 July 2025).

Source:  formats.md section 6; nexus.md section 2; the tag table of the FAIM format as public samples print it.
Record:  one message = one Message, from its {1500} to the next, or from the tags that the Fed appended where these stand
         first. A tag is `{NNNN}` and its text up to the next tag, with or without line ends.
Elements: variable form ends each element in `*`; fixed form pads it (identifier 34, name and address lines 35 characters).
Amounts: {2000} is 12 digits of cents, always USD; {3710}, {3700}, {7033} carry currency and decimal comma.
Dates:   the cycle date is the first 8 digits of the IMAD {1520}, else of the OMAD {1120}.
Value:   {1510} subtypes 00, 02, 08 and 32 move money. Requests, refusals and service messages do not: their amount is kept
         as `instructed` and they carry the mark `no-value`.
Trap:    source and destination inside IMAD and OMAD look like BICs and are endpoint ids: no agent is made of them.
`fields` keeps every tag as printed, named `{1500}`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from tracer.ingest.reconcile import LEFTOVERS
from tracer.ingest.registry import connector
from tracer.ingest.source import Source, marked
from tracer.model import Agent, Charge, Message, PaymentParty, Reject, minor_units

_TAG = re.compile(r"\{([0-9]{4})\}")
_INTERFACE = re.compile(r"^(?:FTI[0-9]{4} )?[XY]FT[0-9]{3}[ \t]*(?=\{)", re.MULTILINE)  # header of an interface
_AT_LINE_START = re.compile(r"^(?:(?:FTI[0-9]{4} )?[XY]FT[0-9]{3}[ \t]*)?\{[1-9][0-9]{3}\}", re.MULTILINE)
_CORE = re.compile(r"\{(?:1510|1520|2000|3100|3400|3600)\}")
_ONLY_ONCE = frozenset({"1500", "1510", "1520", "2000", "3100", "3400"})
_UNDERLYING = frozenset({"7033", "7050", "7052", "7056", "7057", "7059"})
_ENDED = " *\r\n\x03"  # padding, an end mark or a line end: the last element of a file is whole
_APPENDED = frozenset({"1100", "1110", "1120", "1130"})
_MONEY = re.compile(r"([A-Z]{3})?\s*([0-9]{1,18},[0-9]{0,4})")
_ENDPOINT = re.compile(r"([0-9]{8})")
_CAP = 100_000  # characters of one tag; safety.md S11

#: FAIM identification codes that name an institution -> scheme of the agent (formats.md section 6).
_SCHEMES = {"B": "BIC", "T": "BIC", "F": "ABA", "C": "CHIPS", "U": "CHIPS_UID"}
#: {1510} subtypes that move value: basic transfer, reversals, drawdown honoured [K].
_VALUE = frozenset({"00", "02", "08", "32"})
_REVERSALS = frozenset({"02", "08"})
_NARRATIVE = ("6100", "6200", "6210", "6300", "6310", "6400", "6410", "6420", "6500", "7070", "7072", "9000")


def claims(source: Source) -> bool:
    """Whether a line starts with a four-digit tag in braces and the tags of a funds transfer are there."""
    head = source.head_text()
    return bool(_AT_LINE_START.search(head)) and "{1:F" not in head and len(set(_CORE.findall(head))) >= 2


def count(source: Source) -> int:
    """Count {1500}, by text alone; a file without it counts {1520}, else it is one record."""
    text, _ = source.text()
    return text.count("{1500}") or text.count("{1520}") or (1 if _TAG.search(text) else 0)


@dataclass(frozen=True, slots=True)
class _Record:
    """The tags of one message, as printed, in order. `ends_open`: the tag in which the file ends, without a mark or a line end."""

    tags: tuple[tuple[str, str], ...]
    ends_open: str = ""

    def raw(self, tag: str) -> str:
        return next((value.strip("\r\n") for name, value in self.tags if name == tag), "")

    def value(self, tag: str) -> str:
        """Return the text without the end mark of a single element."""
        return self.raw(tag).rstrip().removesuffix("*").rstrip()

    def has(self, tag: str) -> bool:
        return any(name == tag for name, _ in self.tags)

    def lines(self, tag: str, head: int = 0, width: int = 35) -> tuple[str, list[str]]:
        """Return (the first `head` characters, the elements after them) of a tag in either form."""
        raw = self.raw(tag)
        front, rest = raw[:head], raw[head:]
        if "*" in rest:
            return front, [part.strip() for part in rest.split("*")][: 12 if rest.rstrip().endswith("*") else None]
        return front, [rest[at : at + width].strip() for at in range(0, len(rest.rstrip()), width)]


def _split(text: str) -> tuple[str, list[_Record]]:
    """Return (text before the first tag, records)."""
    marks = list(_TAG.finditer(text))
    if not marks:
        return text, []
    pairs = [
        (mark[1], text[mark.end() : marks[n + 1].start() if n + 1 < len(marks) else len(text)])
        for n, mark in enumerate(marks)
    ]
    lead = "1500" if any(name == "1500" for name, _ in pairs) else "1520"
    trailing_stamps = pairs[0][0] not in _APPENDED
    records: list[list[tuple[str, str]]] = [[]]
    has_lead = False
    for name, value in pairs:
        opens = has_lead and (
            name == lead or (not trailing_stamps and name in _APPENDED and records[-1][-1][0] not in _APPENDED)
        )
        if opens:
            records.append([])
            has_lead = False
        has_lead = has_lead or name == lead
        records[-1].append((name, value))
    if len(records) > 1 and not has_lead:  # stamps of the last record that stand behind it
        records[-2].extend(records.pop())
    name, value = pairs[-1]
    is_open = (name < "6000" or name in _UNDERLYING) and name not in _APPENDED and text[-1:] not in _ENDED
    last = len(records) - 1
    made = [_Record(tuple(record), name if is_open and n == last else "") for n, record in enumerate(records)]
    return text[: marks[0].start()], made


@connector("faim", title="Fedwire FAIM messages", claims=claims, count=count)
def read(source: Source) -> Iterator[Message | Reject]:
    """Yield one Message per Fedwire message, and a Reject for every part of it that cannot be read."""
    text, used = source.text()
    yield from marked(_read(source, text), source.guessed(used))


CONNECTOR = read


def _read(source: Source, text: str) -> Iterator[Message | Reject]:
    before, records = _split(_INTERFACE.sub("", text))
    if before.strip("\ufeff \t\r\n"):
        yield Reject(
            source.cite(f"record=1#{LEFTOVERS}"),
            before[:_CAP],
            LEFTOVERS,
            "text-outside-tags",
            "Text before the first tag belongs to no field.",
        )
    for number, record in enumerate(records, start=1):
        yield from _message(source, record, f"record={number}")


def _message(source: Source, record: _Record, locator: str) -> Iterator[Message | Reject]:
    marks: list[str] = []
    rejects: list[Reject] = []

    def set_aside(tag: str, code: str, message: str) -> None:
        rejects.append(Reject(source.cite(f"{locator}#{{{tag}}}"), record.raw(tag)[:_CAP], f"{{{tag}}}", code, message))

    if record.ends_open:
        marks.append(f"the file ends before the end of {{{record.ends_open}}}")
    names = [name for name, _ in record.tags]
    for tag in sorted(_ONLY_ONCE):
        if names.count(tag) > 1:
            marks.append(f"repeated {{{tag}}}")
        elif tag not in names:
            marks.append(f"missing {{{tag}}}")

    amount: int | None = None
    printed = re.sub(r"\s", "", record.value("2000"))
    if len({value.strip().removesuffix("*") for name, value in record.tags if name == "2000"}) > 1:
        set_aside("2000", "amount-twice", "Two different amounts stand in {2000}; neither is taken.")
    elif re.fullmatch(r"[0-9]{12}", printed):
        amount = int(printed)
    elif record.has("2000"):
        set_aside("2000", "amount-not-12-digits", "The amount of a Fedwire message is 12 digits of cents.")

    kind_code, subtype = record.value("1510")[:2], record.value("1510")[2:4]
    business = record.value("3600")[:3]
    moves = subtype in _VALUE and business != "SVC" if subtype else True
    if not moves:
        marks.append("no-value")
    if record.value("1500")[10:11] == "T":
        marks.append("test-message")
    instructed, currency = _money(record, "3710", set_aside)
    if not moves:
        instructed, currency, amount = (amount, "USD", None) if amount is not None else (instructed, currency, None)

    disposition = record.raw("1100").rstrip()
    status = disposition[4:5]
    accepted = {"2": True, "7": True, "N": True, "S": True, "3": False}.get(status)
    if record.value("1130").startswith("E"):
        accepted = False
    duplicate = record.raw("1500")[11:12] == "P" or disposition[3:4] in {"P", "R"}

    agents = tuple(_agents(record, business, marks))
    reversal = subtype in _REVERSALS
    sender, receiver = record.value("3100")[:9], record.value("3400")[:9]
    remittance = [line for line in record.lines("6000")[1] if line]
    yield Message(
        cite=source.cite(locator),
        kind="FAIM",
        sender=sender if sender.isdigit() else "",
        receiver=receiver if receiver.isdigit() else "",
        reference=record.value("3320").strip(),
        related_reference=record.value("4320").strip(),
        end_to_end_id=_end_to_end(record),
        imad=record.value("1520").replace(" ", ""),
        omad=record.value("1120").replace(" ", ""),
        previous_imad=record.value("3500").strip(),
        settled=amount,
        settled_currency="USD",
        settled_date=_day(record, marks),
        instructed=instructed,
        instructed_currency=currency,
        rate=record.value("3720").strip(),
        charge_bearer=record.value("3700")[:1],
        charges=tuple(_charges(record)),
        settlement_method="CLRG",
        clearing_system="FDW",
        account=_account(record, "4200"),
        remittance="\n".join(remittance),
        agents=agents,
        parties=tuple(_parties(record, business)),
        underlying=tuple(_underlying(record)),
        narrative="\n".join(filter(None, (_flat(record, tag) for tag in _NARRATIVE))),
        return_of=record.value("3500").strip() if reversal else "",
        return_reason=kind_code + subtype if reversal else "",
        status="RJCT" if accepted is False else "",
        possible_duplicate=duplicate,
        accepted=accepted,
        content_hash=_hash(record),
        fields=tuple((f"{{{name}}}", value.strip("\r\n")[:_CAP]) for name, value in record.tags),
        marks=tuple(marks),
    )
    yield from rejects


def _hash(record: _Record) -> str:
    """Return a hash that the sender's and the receiver's copy share: without the stamps of the Fed and {1500}."""
    kept = [f"{name}{value.strip()}" for name, value in record.tags if name not in _APPENDED | {"1500"}]
    return hashlib.sha256("\x1f".join(kept).encode("utf-8", "surrogatepass")).hexdigest()


def _flat(record: _Record, tag: str) -> str:
    return " ".join(part.strip() for part in re.split(r"\*|\s{2,}|\r?\n", record.raw(tag)) if part.strip())


def _day(record: _Record, marks: list[str]) -> date | None:
    for tag in ("1520", "1120"):
        found = _ENDPOINT.match(record.value(tag))
        if found:
            try:
                return date(int(found[1][:4]), int(found[1][4:6]), int(found[1][6:]))
            except ValueError:
                marks.append(f"no such day in {{{tag}}}")
    return None


def _money(record: _Record, tag: str, set_aside: object) -> tuple[int | None, str]:
    """Return (minor units, currency) of an amount with a decimal comma."""
    printed = record.value(tag).replace(" ", "").replace("*", "")
    if not printed:
        return None, ""
    found = _MONEY.search(printed)
    if record.ends_open == tag:
        reason = f"the file ends behind {printed[:40]!r}: digits of the amount may be missing"
    elif found and found[1]:
        try:
            return minor_units(found[2].replace(",", "."), found[1]), found[1]
        except ValueError as error:
            reason = str(error)
    else:
        reason = f"{printed[:40]!r} has no currency and decimal comma"
    assert callable(set_aside)
    set_aside(tag, "amount-unreadable", reason)
    return None, ""


def _charges(record: _Record) -> Iterator[Charge]:
    for currency, number in _MONEY.findall(record.value("3700").replace(" ", "")[1:]):
        try:
            yield Charge(minor_units(number.replace(",", "."), currency or "USD"), currency or "USD", "{3700}")
        except ValueError:
            # the printed text stays in `fields`; a charge only ever explains a difference and moves nothing
            continue


def _end_to_end(record: _Record) -> str:
    """Return element 07 of {3620}: the end-to-end identification, behind six contact elements."""
    raw = record.raw("3620")
    if "*" in raw:
        parts = raw[1:].split("*")
        return parts[6].strip() if len(parts) > 6 else ""
    return raw[2294:2329].strip()  # 1 + 2048 + 140 + 35 + 35 + 35 characters stand before it


@dataclass(frozen=True, slots=True)
class _Who:
    """A party tag: one character that says what the identifier is, identifier, name, address."""

    code: str
    identifier: str
    name: str
    rest: str


def _who(record: _Record, tag: str) -> _Who | None:
    if not record.has(tag):
        return None
    raw = record.raw(tag).rstrip()
    if "*" in raw:
        if raw.startswith("*"):
            code, parts = "", ["", *raw[1:].split("*")]
        else:
            code, parts = raw[:1], raw[1:].split("*")
    else:
        code, body = raw[:1], raw[1:]
        parts = [body[:34], *(body[at : at + 35] for at in range(34, len(body), 35))]
    parts = [part.strip() for part in parts]
    identifier = parts[0] if parts else ""
    name = parts[1] if len(parts) > 1 else ""
    return _Who(code.strip(), identifier, name, ", ".join(part for part in parts[2:] if part))


def _agents(record: _Record, business: str, marks: list[str]) -> Iterator[Agent]:
    for tag, role in (("3100", "instructing_agent"), ("3400", "instructed_agent")):
        value = record.value(tag)
        if re.match(r"[0-9]{9}", value):
            yield Agent(role, value[:9], "ABA", f"{{{tag}}}", name=value[9:].strip(" *"))
        elif record.has(tag):
            marks.append(f"{{{tag}}} without an ABA number")
    for tag, role in (
        ("5000", "debtor_institution"),
        ("5100", "debtor_agent"),
        ("5200", "previous_instructing_agent_1"),
        ("4000", "intermediary_agent_1"),
        ("4100", "creditor_agent"),
        ("4200", "creditor_institution"),
    ):
        who = _who(record, tag)
        if who is None:
            continue
        is_customer = tag in {"5000", "4200"} and not _is_institution(who, business)
        if is_customer:
            continue
        yield _agent(who, role, f"{{{tag}}}")


def _is_institution(who: _Who, business: str) -> bool:
    # A CHIPS UID is also given to customers of banks, so in a customer transfer it does not make an institution.
    return who.code in {"B", "C", "F", "T"} or (who.code == "U" and business == "BTR")


def _agent(who: _Who, role: str, field: str) -> Agent:
    text = ", ".join(filter(None, (who.name, who.rest)))
    scheme = _SCHEMES.get(who.code, "NAME")
    if scheme == "NAME":
        account = who.identifier if who.code == "D" else ""
        return Agent(role, who.name, "NAME", field, name=text, account=account)
    identifier, account = who.identifier.upper(), ""
    if who.code == "T":  # BIC, then the account number
        found = re.match(r"([A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?)[/ ]+(.+)", identifier)
        if found:
            identifier, account = found[1], found[2].strip()
    return Agent(role, identifier, scheme, field, name=text, account=account)


def _account(record: _Record, tag: str) -> str:
    who = _who(record, tag)
    return who.identifier if who and who.code == "D" else ""


def _parties(record: _Record, business: str) -> Iterator[PaymentParty]:
    for tag, role in (("5000", "debtor"), ("4200", "creditor")):
        who = _who(record, tag)
        if who is None or _is_institution(who, business):
            continue
        identifiers = (f"{who.code}:{who.identifier}",) if who.identifier and who.code not in {"", "D"} else ()
        yield PaymentParty(
            role,
            who.name,
            f"{{{tag}}}",
            account=who.identifier if who.code == "D" else "",
            address=who.rest,
            identifiers=identifiers,
        )
    if record.has("5010"):
        _, parts = record.lines("5010")
        numbered = [part for part in parts[1:] if part]
        name = next((part[2:] for part in numbered if part.startswith("1/")), parts[0] if parts else "")
        rest = ", ".join(part[2:] if part[1:2] == "/" else part for part in numbered if not part.startswith("1/"))
        head = parts[0] if parts else ""
        yield PaymentParty(
            "debtor",
            name,
            "{5010}",
            account=head.removeprefix("/") if head.startswith("/") else "",
            address=rest,
            identifiers=(head,) if head and not head.startswith("/") else (),
        )


def _underlying(record: _Record) -> Iterator[PaymentParty]:
    """Yield the customer parties of a cover ({7050} is field 50a, {7059} is field 59a of the payment it covers)."""
    for tag, role in (("7050", "debtor"), ("7059", "creditor")):
        if not record.has(tag):
            continue
        raw = record.raw(tag)
        parts = raw.split("*")[1:] if "*" in raw else record.lines(tag, head=5)[1]
        parts = [part.strip() for part in parts if part.strip()]
        account = ""
        if parts and parts[0].startswith("/"):
            account, parts = parts[0].lstrip("/"), parts[1:]
        if parts or account:
            yield PaymentParty(
                role, parts[0] if parts else "", f"{{{tag}}}", account=account, address=", ".join(parts[1:])
            )

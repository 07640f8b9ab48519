"""What the fields of an MT payment name: agents, parties, and what field 72 and its kin say in code words.

Source: SWIFT Standards MT, categories 1 and 2, fields 50a to 59a, 72 and 77a; formats.md 3.1, 3.4 and 5; nexus.md section 2.
Option A carries the BIC on the line behind the party line; B may hold only an account; C an account or clearing code; D is
free text, an institution only by name; F numbers its lines. `//FW //CP //CH` name US clearing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tracer.ingest.fin import Field, FinMessage
from tracer.ingest.statement_line import amount
from tracer.model import Agent, Charge, PaymentParty

__all__ = [
    "AGENTS",
    "DEBIT_AGENTS",
    "DEBIT_PARTIES",
    "MARKET_DEBIT_AGENTS",
    "PARTIES",
    "REPORTS",
    "UNDERLYING",
    "CodeWords",
    "MtSequence",
    "account_of",
    "agents_of",
    "ends_of",
    "initiating_of",
    "main_account",
    "parties_of",
    "party_line",
]

REPORTS = ("900", "910")
_ACCOUNT = re.compile(r"(?:[0-9]{5,34}|[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30})\Z")
_MONEY = re.compile(r"([A-Z]{3})\s?([0-9.,]{1,40})\Z")
_BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?\Z")
_CLEARING = re.compile(r"//([A-Z]{2})([0-9A-Z]*)\Z")
_CODE_WORD = re.compile(r"^/([A-Z0-9]{2,8})/", re.MULTILINE)
#: Clearing code of a party line -> scheme of the institution that it names.
_SCHEMES = {"FW": "ABA", "CP": "CHIPS", "CH": "CHIPS_UID"}
#: Field -> ISO 20022 role of the agent that it names (formats.md section 5).
AGENTS = {
    "51": "instructing_agent_named",
    "52": "debtor_agent",
    "53": "instructing_reimbursement_agent",
    "54": "instructed_reimbursement_agent",
    "55": "third_reimbursement_agent",
    "56": "intermediary_agent_1",
    "57": "creditor_agent",
    "58": "creditor_institution",
}
#: The same fields of a direct debit: the one who orders is paid.
DEBIT_AGENTS = AGENTS | {"52": "creditor_agent", "57": "debtor_agent"}
MARKET_DEBIT_AGENTS = {"53": "debtor_institution", "57": "creditor_agent", "58": "creditor_institution"}
PARTIES = {"50": "debtor", "59": "creditor"}
DEBIT_PARTIES = {"50": "creditor", "59": "debtor"}
UNDERLYING = {
    "52": "underlying_debtor_agent",
    "56": "underlying_intermediary_agent_1",
    "57": "underlying_creditor_agent",
}


@dataclass(frozen=True, slots=True)
class MtSequence:
    """Fields of one sequence of a message; `prefix` is what their names begin with in `Message.fields`: `A.`, `B.`, `C.` or none."""

    fields: tuple[Field, ...]
    prefix: str = ""

    def field(self, *names: str) -> Field | None:
        return next((one for one in self.fields if one.name in names or one.tag in names), None)

    def value(self, *names: str) -> str:
        found = self.field(*names)
        return "\n".join(line.strip() for line in found.lines).strip() if found else ""

    def every(self, *names: str) -> list[Field]:
        return [one for one in self.fields if one.name in names or one.tag in names]


def party_line(found: Field) -> tuple[str, list[str]]:
    """Return (party line as printed, the other lines)."""
    lines = [line.strip() for line in found.lines if line.strip()]
    return (lines[0], lines[1:]) if lines and lines[0].startswith("/") else ("", lines)


def account_of(line: str) -> str:
    """Return the account of a party line: `/C/` and `/D/` say the side, two slashes a clearing code.

    >>> account_of("/04112233"), account_of("/D/04112233"), account_of("//CP0999")
    ('04112233', '04112233', '')
    """
    if not line.startswith("/") or line.startswith("//"):
        return ""
    side = re.match(r"/[CD]/(.+)", line)
    return (side[1] if side else line[1:]).strip()


def ends_of(fin: FinMessage, mt: str) -> Iterator[Agent]:
    """Yield sender and receiver; of a confirmation the sender keeps the account and the receiver owns it."""
    roles = ("account_servicer", "account_owner") if mt in REPORTS else ("instructing_agent", "instructed_agent")
    blocks = ("{2}", "{1}") if fin.direction == "O" else ("{1}", "{2}")
    for role, identifier, block in zip(roles, (fin.sender, fin.receiver), blocks, strict=True):
        if _BIC.match(identifier):
            yield Agent(role, identifier, "BIC", block)


def agents_of(fields: MtSequence, roles: dict[str, str], marks: list[str]) -> Iterator[Agent]:
    seen: set[str] = set()
    for one in fields.fields:
        role = roles.get(one.tag)
        if role is None:
            continue
        if role in seen:
            marks.append(f"field {one.tag}a stands twice")
            continue
        seen.add(role)
        made = _agent(one, role, fields.prefix, marks)
        if made is not None:
            yield made


def _agent(one: Field, role: str, prefix: str, marks: list[str]) -> Agent | None:
    line, rest = party_line(one)
    found = _CLEARING.match(line)
    clearing = found[1] + found[2] if found else ""
    account, name = account_of(line), prefix + one.name
    text = ", ".join(rest)
    if rest and _BIC.match(rest[0]) and one.option in {"A", ""}:
        return Agent(role, rest[0], "BIC", name, name=", ".join(rest[1:]), account=account, clearing=clearing)
    if one.option == "A":
        marks.append(f"{one.name} without a BIC")
    if found and found[1] in _SCHEMES and found[2]:
        return Agent(role, found[2], _SCHEMES[found[1]], name, name=text, account=account, clearing=clearing)
    if one.option == "B" or not rest:
        # an account or a branch of the sender, not an institution; the account is in settlement_account or in `fields`
        return Agent(role, "", "NAME", name, account=account, clearing=clearing) if clearing else None
    return Agent(role, rest[0], "NAME", name, name=text, account=account, clearing=clearing)


@dataclass(frozen=True, slots=True)
class CodeWords:
    """Narrative of fields 72, 77 and 79, with its code words; `//` at the start of a line continues the word above."""

    text: str
    words: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, fields: Sequence[Field]) -> CodeWords:
        text = "\n".join("\n".join(line.strip() for line in one.lines) for one in fields)
        joined = text.replace("\n//", " ")
        starts = list(_CODE_WORD.finditer(joined))
        words = [
            (found[1], joined[found.end() : starts[n + 1].start() if n + 1 < len(starts) else len(joined)].strip())
            for n, found in enumerate(starts)
        ]
        return cls(text, tuple(words))

    def word(self, name: str) -> str:
        return next((value for word, value in self.words if word == name), "")

    @property
    def reason(self) -> str:
        """Return RETN or REJT with what follows it, and the reason lines between it and /MREF/."""
        for place, (word, value) in enumerate(self.words):
            if word in {"RETN", "REJT"}:
                after = self.words[place + 1 : place + 2]
                given = (
                    f"{after[0][0]} {after[0][1]}" if after and re.fullmatch(r"[A-Z]{2}[0-9]{2}", after[0][0]) else ""
                )
                return " ".join(filter(None, (word, value.replace("\n", " "), given)))
        return ""

    @property
    def is_partial(self) -> bool:
        return bool(re.match(r"PART(?:IAL)?\b", self.word("TEXT")))

    def original(self) -> str:
        """Return the reference of the payment that is given back: /MREF/, else /TREF/."""
        return (self.word("MREF") or self.word("TREF")).split("\n")[0].split(" ")[0]

    def charges(self) -> Iterator[Charge]:
        for word, value in self.words:
            found = _MONEY.match(value.split("\n")[0].split("/")[0].strip()) if word == "CHGS" else None
            if found:
                try:
                    yield Charge(amount(found[2], found[1])[0], found[1], "72/CHGS/")
                except ValueError:
                    # the text stays in `narrative`; a charge only explains a difference and moves nothing
                    continue

    def previous(self) -> Iterator[Agent]:
        """Yield banks already passed (/INS/): by BIC, or by name over two lines."""
        number = 0
        for word, value in self.words:
            if word != "INS" or not value:
                continue
            number += 1
            role, first = f"previous_instructing_agent_{number}", value.split()[0]
            if _BIC.match(first):
                yield Agent(role, first, "BIC", "72/INS/")
            else:
                yield Agent(role, value.split("\n")[0], "NAME", "72/INS/", name=value.replace("\n", ", "))


def main_account(first: MtSequence, mt: str, parties: Sequence[PaymentParty], agents: Sequence[Agent]) -> str:
    """Return 25 of a confirmation, 59a of a customer payment, 58a of a bank transfer."""
    if mt in REPORTS:
        return first.value("25").split("\n")[0].lstrip("/")
    customer = next((p.account for p in parties if p.role == "creditor"), "")
    return customer or next((a.account for a in agents if a.role == "creditor_institution"), "")


def parties_of(fields: MtSequence, roles: dict[str, str] = PARTIES) -> Iterator[PaymentParty]:
    for one in fields.fields:
        role = roles.get(one.tag)
        if role is None or one.option in {"C", "L"}:
            continue
        line, rest = party_line(one)
        if not line and len(rest) > 1 and one.option != "F" and _ACCOUNT.match(rest[0]):
            line, rest = f"/{rest[0]}", rest[1:]  # an account printed without its slash: no name is a number
        if line and rest:
            rest = [rest[0].removeprefix("//"), *rest[1:]]
        name, account = fields.prefix + one.name, account_of(line)
        if one.option == "F":
            yield _structured(role, name, one, line, rest)
        elif one.option in {"A", "G"} and rest and _BIC.match(rest[0]):
            yield PaymentParty(role, ", ".join(rest[1:]) or rest[0], name, account, identifiers=(f"BIC:{rest[0]}",))
        else:
            yield PaymentParty(role, rest[0] if rest else "", name, account, ", ".join(rest[1:]))


def _structured(role: str, name: str, one: Field, line: str, rest: Sequence[str]) -> PaymentParty:
    """Read option F: 1 name, 2 address, 3 country and town, 4 to 8 birth and identity; a number may repeat."""
    lines = [text.strip() for text in one.lines if text.strip()]
    account = account_of(line)
    numbered = list(rest)
    identifiers: list[str] = []
    if not line and lines and not re.match(r"[1-8]/", lines[0]):
        identifiers.append(lines[0])  # a code such as CCPT/US/12345 in place of the account
        numbered = numbered[1:]
    parts: dict[str, list[str]] = {}
    last = ""
    for text in numbered:
        match = re.match(r"([1-8])/(.*)", text)
        last, value = (match[1], match[2]) if match else (last or "1", text)
        parts.setdefault(last, []).append(value)
    identifiers += [f"{number}/{value}" for number in "45678" for value in parts.get(number, [])]
    address = ", ".join(value for number in "23" for value in parts.get(number, []))
    return PaymentParty(role, " ".join(parts.get("1", [])), name, account, address, tuple(identifiers))


def initiating_of(fields: MtSequence) -> Iterator[PaymentParty]:
    """Yield the instructing party of an MT101: 50C names it by BIC, 50L by a code of its own."""
    for one in fields.every("50C", "50L"):
        text = ", ".join(line.strip() for line in one.lines if line.strip())
        known = (f"BIC:{text}",) if _BIC.match(text) else ()
        yield PaymentParty("initiating_party", text, fields.prefix + one.name, identifiers=known)

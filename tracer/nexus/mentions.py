"""Which institutions a document names, in which role, and what kind of place that is (nexus.md section 2)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from tracer.model import Agent, Message, Posting, Statement
from tracer.model.payments import is_event, is_free_format, is_order, is_report, is_return, is_status
from tracer.nexus.identifiers import TERRITORIES, bic_id, bic_key, is_aba, is_bic, is_test, place_of, printed_bics
from tracer.nexus.institutions import Institution, linked, named

__all__ = [
    "Mention",
    "is_event",
    "is_fedwire",
    "is_free_format",
    "is_order",
    "is_payment",
    "is_report",
    "is_return",
    "is_status",
    "line_ends",
    "mention_of",
    "mentions",
    "mentions_of_line",
]

#: Role of an agent (ISO 20022 in snake_case) -> role of the institution if it is in the US.
ROLES = {
    "instructing_agent": "INSTRUCTING",
    "instructing_agent_named": "INSTRUCTING",
    "instructed_agent": "INSTRUCTED",
    "debtor_agent": "ORIGINATOR_BANK",
    "debtor_institution": "ORIGINATOR_BANK",
    "instructing_reimbursement_agent": "SENDER_REIMBURSEMENT",
    "instructed_reimbursement_agent": "RECEIVER_REIMBURSEMENT",
    "third_reimbursement_agent": "THIRD_REIMBURSEMENT",
    "creditor_agent": "BENEFICIARY_BANK",
    "creditor_institution": "BENEFICIARY_BANK",
    "account_servicer": "ACCOUNT_SERVICER",
    "account_owner": "ACCOUNT_OWNER",
    "underlying_debtor_agent": "ORIGINATOR_BANK",
    "underlying_creditor_agent": "BENEFICIARY_BANK",
    "underlying_intermediary_agent_1": "INTERMEDIARY",
}
_CLEARING = re.compile(r"(FW|CP|CH|USABA|USPID)([0-9]+)")
_SCHEME = {"FW": "ABA", "USABA": "ABA", "CP": "CHIPS", "USPID": "CHIPS", "CH": "CHIPS_UID"}


@dataclass(frozen=True, slots=True)
class Mention:
    """One institution as one field names it: `id` is BIC8 with branch, ABA or CHIPS number, or a name.

    `where`: end (sender or receiver), agent (52 to 58 and their kin), name (free text of option D), text (narrative), owner
    (account owner of a report). `aba`, `chips`, `chips_uid` are numbers printed beside a US BIC in the same field.
    """

    id: str
    scheme: str
    role: str
    field: str
    where: Literal["end", "agent", "name", "text", "owner"] = "agent"
    place: str = ""
    name: str = ""
    account: str = ""
    aba: str = ""
    chips: str = ""
    chips_uid: str = ""

    @property
    def key(self) -> str:
        """Return what two mentions of one institution share without any list: BIC8, or the number."""
        return bic_key(self.id) if self.scheme == "BIC" else f"{self.scheme}:{self.id}"

    @property
    def is_american(self) -> bool:
        return self.place == "US" or self.place in TERRITORIES


def is_payment(message: Message) -> bool:
    """Say whether a message orders or shows the outward payment itself."""
    return not is_event(message) and not is_report(message)


def is_fedwire(message: Message) -> bool:
    """Say whether a message is a Fedwire record, in FAIM or in ISO 20022 (from 14 July 2025)."""
    if message.kind == "FAIM":
        return True
    ends = [a for a in message.agents if a.role in {"instructing_agent", "instructed_agent"}]
    by_aba = [a for a in ends if a.scheme == "ABA" or a.clearing.startswith(("USABA", "FW"))]
    return (
        message.settlement_method == "CLRG"
        and message.clearing_system == "FDW"
        and len({a.role for a in by_aba}) == 2  # both ends hold an account at a Federal Reserve Bank
    )


def mention_of(
    agent: Agent,
    on: date | None,
    rows: Sequence[Institution],
    where: Literal["end", "agent", "name", "text", "owner"] = "agent",
) -> tuple[Mention, ...]:
    """Return what an agent field names: its BIC, a clearing number that no US BIC of the field explains, or a graded name."""
    role = ROLES.get(agent.role, "INTERMEDIARY")
    found = _CLEARING.fullmatch(agent.clearing)
    scheme, number = (_SCHEME[found[1]], found[2]) if found else ("", "")
    if scheme == "ABA" and not is_aba(number):
        scheme = ""
    made: list[Mention] = []
    explained = False
    if agent.scheme == "BIC" and is_bic(agent.id):
        place = place_of("BIC", agent.id)
        explained = (place == "US" or place in TERRITORIES) and not is_test(agent.id)
        made.append(
            Mention(
                bic_id(agent.id),
                "BIC",
                role,
                agent.field,
                where,
                place,
                agent.name,
                agent.account,
                aba=number if explained and scheme == "ABA" else "",
                chips=number if explained and scheme == "CHIPS" else "",
                chips_uid=number if explained and scheme == "CHIPS_UID" else "",
            )
        )
    elif agent.scheme in {"ABA", "CHIPS", "CHIPS_UID"}:
        scheme, number = (agent.scheme, agent.id) if place_of(agent.scheme, agent.id) else ("", "")
    if scheme and number and not explained:
        made.append(_numbered(scheme, number, role, agent, where, on, rows))
    if not made and agent.scheme == "NAME":
        row = named(f"{agent.name or agent.id}", on, rows)
        if row is not None and (row.bic8 or row.aba):
            identifier, kind = (row.bic8, "BIC") if row.bic8 else (row.aba, "ABA")
            place = row.country or place_of(kind, identifier)
            made.append(Mention(identifier, kind, role, agent.field, "name", place, row.name, agent.account))
    return tuple(made)


def _numbered(
    scheme: str,
    number: str,
    role: str,
    agent: Agent,
    where: Literal["end", "agent", "name", "text", "owner"],
    on: date | None,
    rows: Sequence[Institution],
) -> Mention:
    row = linked(number, scheme, on, rows)
    # an ABA number of a bank in Puerto Rico is a US_TERRITORY only by a row that says so
    place = row.country if row and row.country else place_of(scheme, number)
    return Mention(number, scheme, role, agent.field, where, place, agent.name, agent.account)


def _end(identifier: str, role: str, message: Message, on: date | None, rows: Sequence[Institution]) -> list[Mention]:
    scheme = "BIC" if is_bic(identifier) else "ABA" if is_aba(identifier) else ""
    if not scheme:
        return []
    where: Literal["end", "owner"] = "owner" if role == "account_owner" else "end"
    field = "header"
    return list(mention_of(Agent(role, identifier, scheme, field, account=message.account), on, rows, where))


def mentions(message: Message, rows: Sequence[Institution], known: frozenset[str]) -> tuple[Mention, ...]:
    """Return every institution that a message names: its ends, then agents in field order, then free text."""
    on = message.settled_date
    report = is_report(message)
    first, second = ("account_servicer", "account_owner") if report else ("instructing_agent", "instructed_agent")
    found: list[Mention] = []
    ends = {"instructing_agent", "instructed_agent", "account_servicer", "account_owner"}
    named_ends = [a for a in message.agents if a.role in ends]
    for role, identifier in ((first, message.sender), (second, message.receiver)):
        agents = [a for a in named_ends if a.role == role]
        if agents:
            for agent in agents:
                found += mention_of(agent, on, rows, "owner" if role == "account_owner" else "end")
        else:
            found += _end(identifier, role, message, on, rows)
    sender = {m.key for m in found if m.role in {"INSTRUCTING", "ACCOUNT_SERVICER"}}
    for agent in message.agents:
        if agent.role in ends or agent.role == "charging_agent":
            continue  # a charge names who deducted; it is never a bank of the path (nexus.md section 2)
        for one in mention_of(agent, on, rows):
            if one.role == "ORIGINATOR_BANK" and one.key in sender:
                continue  # the ordering institution counts where it is not the sender
            found.append(one)
    shown = {m.key for m in found}
    for bic in printed_bics(f"{message.remittance}\n{message.narrative}", known):
        if bic_key(bic) not in shown:
            found.append(Mention(bic, "BIC", "NARRATIVE", "narrative", "text", place_of("BIC", bic)))
    if is_free_format(message) or is_order(message):
        found = [
            Mention(m.id, m.scheme, "NARRATIVE", m.field, "text", m.place, m.name) for m in found if m.where != "name"
        ]
    return tuple(found)


def line_ends(
    posting: Posting, statement: Statement | None, rows: Sequence[Institution]
) -> tuple[Mention | None, Mention | None]:
    """Return (servicer, owner) of the account of a statement line, as far as they are institutions."""
    on = posting.value_date or posting.booked
    servicer = posting.servicer or (statement.servicer if statement else "")
    owner = (statement.owner if statement else "").strip().upper()

    def made(identifier: str, role: str, where: Literal["end", "owner"]) -> Mention | None:
        scheme = "BIC" if is_bic(identifier) else "ABA" if is_aba(identifier) else ""
        if not scheme:
            return None
        return mention_of(Agent(role, identifier, scheme, "statement", account=posting.account), on, rows, where)[0]

    return made(servicer.strip().upper(), "account_servicer", "end"), made(owner, "account_owner", "owner")


def mentions_of_line(
    posting: Posting, statement: Statement | None, rows: Sequence[Institution], known: frozenset[str]
) -> Iterator[Mention]:
    """Yield every institution that a statement line names."""
    servicer, owner = line_ends(posting, statement, rows)
    shown = set()
    for one in (servicer, owner):
        if one is not None:
            shown.add(one.key)
            yield one
    agent = posting.counterparty_agent.strip().upper()
    texts = [posting.details, posting.owner_reference, posting.bank_reference]
    if is_bic(agent) or is_aba(agent):
        scheme = "BIC" if is_bic(agent) else "ABA"
        for one in mention_of(
            Agent("intermediary_agent_1", agent, scheme, "statement"), posting.value_date, rows, "agent"
        ):
            if one.key not in shown:
                shown.add(one.key)
                yield one
    for bic in printed_bics("\n".join(texts), known):
        if bic_key(bic) not in shown:
            yield Mention(bic, "BIC", "NARRATIVE", "statement", "text", place_of("BIC", bic))

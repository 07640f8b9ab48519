"""What every ISO 20022 payment message prints: agents, parties, charges, transactions in their blocks, and each field by path.

Source: ISO 20022 message definitions, components CreditTransferTransaction, PartyIdentification,
BranchAndFinancialInstitutionIdentification; formats.md 4.1, 4.3 and 5. All spellings of all versions are read alike.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from lxml import etree

from tracer.ingest.xml import Document, all_at, amount_at, first, local, text
from tracer.model import Agent, Charge, PaymentParty

__all__ = [
    "BLOCKS",
    "REMITTANCE",
    "account_at",
    "agent_at",
    "agents_of",
    "bic_of",
    "charges_of",
    "fields_of",
    "hashed",
    "header_bic",
    "instructions_of",
    "only_amount",
    "own_fields",
    "parties_of",
    "units_of",
]

Element = etree._Element

#: Elements that hold transactions of an order, a direct debit or an answer, at any depth below the body.
BLOCKS = frozenset({"PmtInf", "CdtInstr", "OrgnlPmtInfAndSts", "OrgnlPmtInfAndCxl", "Undrlyg", "CxlDtls"})
REMITTANCE = "RmtInf/Ustrd|RmtInf/Strd/RfrdDocInf/Nb|RmtInf/Strd/CdtrRefInf/Ref|RmtInf/Strd/CdtrRefInf/CdtrRef|RmtInf/Strd/AddtlRmtInf"
#: Element -> role of the agent that it names.
_AGENTS = (
    ("InstgAgt", "instructing_agent"),
    ("InstdAgt", "instructed_agent"),
    ("DbtrAgt", "debtor_agent"),
    ("PrvsInstgAgt1|PrvsInstgAgt", "previous_instructing_agent_1"),
    ("PrvsInstgAgt2", "previous_instructing_agent_2"),
    ("PrvsInstgAgt3", "previous_instructing_agent_3"),
    ("IntrmyAgt1", "intermediary_agent_1"),
    ("IntrmyAgt2", "intermediary_agent_2"),
    ("IntrmyAgt3", "intermediary_agent_3"),
    ("CdtrAgt", "creditor_agent"),
)
_SETTLEMENT = (
    ("InstgRmbrsmntAgt", "instructing_reimbursement_agent"),
    ("InstdRmbrsmntAgt", "instructed_reimbursement_agent"),
    ("ThrdRmbrsmntAgt", "third_reimbursement_agent"),
)


def only_amount(transaction: Element, path: str) -> tuple[int | None, str]:
    """Return (minor units, currency) of the one amount at a path.

    Raises: ValueError for two amounts, of which either could be meant, and for one below zero: ISO 20022 signs no amount.
    """
    if len(all_at(transaction, path)) > 1:
        raise ValueError(f"{path.partition('|')[0]} stands twice: neither amount is taken")
    value, currency, printed = amount_at(transaction, path)
    if value is not None and value < 0:
        raise ValueError(
            f"{printed[:40]!r} is below zero: no amount of the standard is, so which way it moves is not sure"
        )
    return value, currency


def agent_at(element: Element | None, role: str, field: str, account: str = "") -> Agent | None:
    """Return the institution that an element names, by BIC, else by its number in a clearing system, else by name; None without one."""
    if element is None:
        return None
    institution = first(element, "FinInstnId")
    if institution is None:
        return None
    name = text(institution, "Nm|CmbndId/Nm|NmAndAdr/Nm")
    bic = text(institution, "BICFI|BIC|AnyBIC|BICOrBEI|CmbndId/BIC")
    clearing = text(institution, "ClrSysMmbId/MmbId")
    system = text(institution, "ClrSysMmbId/ClrSysId/Cd|ClrSysMmbId/ClrSysId/Prtry")
    shown = f"{system}{clearing}" if clearing else ""
    if bic:
        return Agent(role, bic, "BIC", field, name=name, account=account, clearing=shown)
    scheme = {"USABA": "ABA", "USPID": "CHIPS"}.get(system, "NAME")
    return Agent(role, clearing if scheme != "NAME" else "", scheme, field, name=name, account=account, clearing=shown)


def account_at(element: Element | None, path: str) -> str:
    """Return the number of the account at a path, "" where there is none."""
    return text(first(element, path), "Id/IBAN|Id/Othr/Id|Id/PrtryAcct/Id|Id/BBAN|Id/UPIC|IBAN|Othr/Id")


def agents_of(group: Element | None, transaction: Element, block: Element | None = None) -> Iterator[Agent]:
    """Yield the agents of a transaction; what it does not name stands in its block, or in the group header."""
    for path, role in _AGENTS:
        field = path.split("|")[0]
        holders = [one for one in (transaction, block, group) if one is not None]
        holder = next((one for one in holders if first(one, path) is not None), transaction)
        own = holder if holder is block else transaction
        made = agent_at(first(holder, path), role, field, account_at(own, f"{field}Acct"))
        if made:
            yield made
    settlement = (
        first(transaction, "SttlmInf") if first(transaction, "SttlmInf") is not None else first(group, "SttlmInf")
    )
    for field, role in _SETTLEMENT:
        made = agent_at(first(settlement, field), role, field, account_at(settlement, f"{field}Acct"))
        if made:
            yield made


def _party(element: Element | None, role: str, field: str, account: str = "") -> PaymentParty | None:
    if element is None:
        return None
    body = first(element, "Pty") if first(element, "Pty") is not None else element
    address = first(body, "PstlAdr")
    lines = [text(line) for line in all_at(address, "AdrLine|StrtNm|BldgNb|PstCd|TwnNm|Ctry")]
    identifiers = tuple(
        text(one) for one in all_at(body, "Id/OrgId/Othr/Id|Id/PrvtId/Othr/Id|Id/OrgId/LEI|Id/OrgId/AnyBIC")
    )
    return PaymentParty(role, text(body, "Nm"), field, account, " ".join(filter(None, lines)), identifiers)


def parties_of(element: Element | None) -> Iterator[PaymentParty]:
    """Yield the customers that an element names; an institution in the place of one is an agent, and no party."""
    for field, role in (
        ("Dbtr", "debtor"),
        ("Cdtr", "creditor"),
        ("UltmtDbtr", "ultimate_debtor"),
        ("UltmtCdtr", "ultimate_creditor"),
        ("InitgPty", "initiating_party"),
    ):
        found = first(element, field)
        if found is not None and first(found, "FinInstnId|Agt") is None:
            made = _party(found, role, field, account_at(element, f"{field}Acct"))
            if made:
                yield made


def charges_of(transaction: Element, settled: int | None, unread: list[str]) -> Iterator[Charge]:
    """Yield each charge; one that cannot be read is told in `unread` where the payment itself is certain.

    Raises: ValueError for a charge that cannot be read where no amount is settled.
    """
    for one in all_at(transaction, "ChrgsInf"):
        try:
            value, currency, _ = amount_at(one, "Amt")
        except ValueError as error:
            if settled is None:
                raise
            unread.append(f"ChrgsInf/Amt: {str(error)[:120]}")
            continue
        if value is not None:
            agent = agent_at(first(one, "Agt|Pty"), "charging_agent", "ChrgsInf")
            yield Charge(value, currency, "ChrgsInf", agent.id if agent else "")


def bic_of(agents: tuple[Agent, ...], role: str) -> str:
    """Return the identifier of the agent in a role, "" where there is none."""
    return next((a.id for a in agents if a.role == role), "")


def header_bic(document: Document, way: str) -> str:
    """Return the identifier of the sender (`Fr`) or receiver (`To`) in the application header, "" without one."""
    return text(
        document.header,
        f"{way}/FIId/FinInstnId/BICFI|{way}/FIId/FinInstnId/BIC|{way}/FIId/FinInstnId/ClrSysMmbId/MmbId",
    )


def instructions_of(transaction: Element) -> str:
    """Return the instructions for the next agent and for the creditor's agent, a line each."""
    return "\n".join(text(one) for one in all_at(transaction, "InstrForNxtAgt/InstrInf|InstrForCdtrAgt/InstrInf"))


def fields_of(element: Element, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield (path, text) of every element that holds no other; an amount's path ends in its currency, `@USD`."""
    for child in element:
        name = local(child)
        if not name:
            continue
        if len(child) == 0:
            currency = child.get("Ccy")
            yield f"{prefix}{name}" + (f"@{currency}" if currency else ""), (child.text or "").strip()
        else:
            yield from fields_of(child, f"{prefix}{name}/")


def units_of(element: Element, name: str, block: Element | None = None) -> Iterator[tuple[Element | None, Element]]:
    """Yield (block, transaction) in printed order; a block in which nothing stands is yielded as its own transaction."""
    for child in element:
        if local(child) == name:
            yield block, child
        elif local(child) in BLOCKS:
            inner = list(units_of(child, name, child))
            yield from inner or [(child, child)]


def own_fields(child: Element, prefix: str) -> Iterator[tuple[str, str]]:
    """Yield the fields of one child of a block, other than its transactions."""
    if local(child) in {"CdtTrfTxInf", "CdtTrfTx", "DrctDbtTxInf", "TxInf", "TxInfAndSts", ""} | BLOCKS:
        return
    if len(child):
        yield from fields_of(child, f"{prefix}{local(child)}/")
    else:
        yield f"{prefix}{local(child)}", text(child)


def hashed(fields: tuple[tuple[str, str], ...]) -> str:
    """Return a hash of fields that two copies of one message share."""
    return hashlib.sha256("\x1f".join(f"{k}={v}" for k, v in fields).encode("utf-8", "surrogatepass")).hexdigest()

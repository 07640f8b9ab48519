"""ISO 20022 payments and what is said of them: pacs.008, pacs.009 (core, COV, ADV), pacs.003, pacs.010, pacs.004, pacs.002,
pacs.028, pain.001, 002, 008, 013, 014, camt.055, 056, 029 and the inquiries, claims and notices about a payment, any version.

Source:  ISO 20022 message definitions (payments clearing and settlement); CBPR+ and Fedwire usage; formats.md 4.1, 4.3, 5.
Record:  one transaction (CdtTrfTxInf, DrctDbtTxInf, TxInf, TxInfAndSts), which is one Message or one Reject; agents of the group header
         apply where the transaction has none. Namespace, prefix and envelope do not matter.
         A payment block or an underlying group that names no single transaction is one record of its own.
Debits:  a direct debit (pacs.003 of a customer, pacs.010 of a bank) comes from the creditor's side, and the money moves against
         the message: the debtor pays. What a pacs.010 prints for a whole credit instruction (CdtInstr) holds for each debit in it.
Orders:  pain.001, pain.008 and pain.013 order or ask: nothing is settled, `instructed` is what is ordered. In a direct debit
         (pain.008) the debtor pays although the creditor's side sends. A recall (camt.055, 056), its answer (camt.029), a request
         for a status (pacs.028) and every inquiry carry references and no money; money comes back only by a pacs.004.
Inquiry: camt.026 to 028, 030, 031, 057, 058, 060, 087, 105 to 111: one record each, with the first reference of each
         kind that stands in it; sums that it names stay in `fields`. A charge request is settled by a payment of its own.
CHIPS:   the same messages with ClrSys CHI; participants by USPID, the system sequence number in ClrSysRef stays in `fields`.
Amounts: minor units of the attribute `Ccy`. Dates: the printed day, no zone applied.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal, InvalidOperation

from lxml import etree

from tracer.ingest.registry import connector
from tracer.ingest.source import Source
from tracer.ingest.xml import Document, all_at, amount_at, date_at, documents, first, head_of, local, parse_file, text
from tracer.model import Agent, Charge, Message, PaymentParty, Reject

Element = etree._Element

#: Local name of the first child of Document -> (message, local name of its transactions).
_KINDS = {
    "FIToFICstmrCdtTrf": ("pacs.008", "CdtTrfTxInf"),
    "FIToFICustomerCreditTransfer": ("pacs.008", "CdtTrfTxInf"),
    "FICdtTrf": ("pacs.009", "CdtTrfTxInf"),
    "FinInstnCdtTrf": ("pacs.009", "CdtTrfTxInf"),
    "FIToFICstmrDrctDbt": ("pacs.003", "DrctDbtTxInf"),
    "FIDrctDbt": ("pacs.010", "DrctDbtTxInf"),
    "PmtRtr": ("pacs.004", "TxInf"),
    "FIToFIPmtStsRpt": ("pacs.002", "TxInfAndSts"),
    "FIToFIPmtStsReq": ("pacs.028", "TxInf"),
    "CstmrCdtTrfInitn": ("pain.001", "CdtTrfTxInf"),
    "CstmrDrctDbtInitn": ("pain.008", "DrctDbtTxInf"),
    "CdtrPmtActvtnReq": ("pain.013", "CdtTrfTx"),
    "CstmrPmtStsRpt": ("pain.002", "TxInfAndSts"),
    "CdtrPmtActvtnReqStsRpt": ("pain.014", "TxInfAndSts"),
    "CstmrPmtCxlReq": ("camt.055", "TxInf"),
    "FIToFIPmtCxlReq": ("camt.056", "TxInf"),
    "RsltnOfInvstgtn": ("camt.029", "TxInfAndSts"),
}
#: Messages about a payment that hold no transaction of their own: local name -> message.
_INQUIRIES = {
    "UblToApply": "camt.026",
    "ClmNonRct": "camt.027",
    "AddtlPmtInf": "camt.028",
    "NtfctnOfCaseAssgnmt": "camt.030",
    "RjctInvstgtn": "camt.031",
    "NtfctnToRcv": "camt.057",
    "NtfctnToRcvCxlAdvc": "camt.058",
    "AcctRptgReq": "camt.060",
    "ReqToModfyPmt": "camt.087",
    "ChrgsPmtNtfctn": "camt.105",
    "ChrgsPmtReq": "camt.106",
    "ChqPresntmntNtfctn": "camt.107",
    "ChqCxlOrStopReq": "camt.108",
    "ChqCxlOrStopRpt": "camt.109",
    "InvstgtnReq": "camt.110",
    "InvstgtnRspn": "camt.111",
}
_KINDS |= {name: (message, "") for name, message in _INQUIRIES.items()}
_ORDERS = frozenset({"pain.001", "pain.008", "pain.013"})
_RECALLS = frozenset({"camt.055", "camt.056", "camt.029"})
_ANSWERS = frozenset({"pain.002", "pain.014", "pacs.028", *_RECALLS, *_INQUIRIES.values()})
_DEBITS = frozenset({"pacs.003", "pacs.010"})
#: Elements that hold transactions of an order, a direct debit or an answer, at any depth below the body.
_BLOCKS = frozenset({"PmtInf", "CdtInstr", "OrgnlPmtInfAndSts", "OrgnlPmtInfAndCxl", "Undrlyg", "CxlDtls"})
_ORDERED = "Amt/InstdAmt|Amt/EqvtAmt/Amt|InstdAmt"
_REMITTANCE = "RmtInf/Ustrd|RmtInf/Strd/RfrdDocInf/Nb|RmtInf/Strd/CdtrRefInf/Ref|RmtInf/Strd/CdtrRefInf/CdtrRef|RmtInf/Strd/AddtlRmtInf"
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


def claims(source: Source) -> bool:
    """Whether the head names one of the messages as the child of a Document."""
    head = head_of(source)
    return ("Document" in head and any(re.search(rf"<(?:[\w.-]+:)?{kind}[\s>/]", head) for kind in _KINDS)) or bool(
        re.search(r"&lt;(?:[\w.-]+:)?(?:{})".format("|".join(_KINDS)), head)
    )


def count(source: Source) -> int:
    """Count transaction elements of each document, by name alone; a document without any counts as one record.

    A rejection may quote the payment that it rejects: what stands in its text is no record.
    """
    found = 0
    names = {"CdtTrfTxInf", "TxInf", "TxInfAndSts", "CdtTrfTx", "DrctDbtTxInf"}
    for document in documents(parse_file(source), source.exhibit.name):
        if document.kind not in _KINDS or document.kind in _INQUIRIES:
            found += 1
        elif _KINDS[document.kind][0] in _ORDERS | _ANSWERS | _DEBITS:
            found += _counted(document.body, names) or 1
        else:
            found += sum(1 for one in document.body if local(one) in names - {"CdtTrfTx", "DrctDbtTxInf"}) or 1
    return found


def _counted(body: Element, names: set[str]) -> int:
    """Count transactions that stand below blocks alone, and blocks in which none stands."""
    found = 0
    for one in body.iter():
        above = one.getparent()
        while above is not None and above is not body and local(above) in _BLOCKS:
            above = above.getparent()
        if above is not body:
            continue
        inside = any(local(child) in names | _BLOCKS for child in one)
        found += local(one) in names or (local(one) in _BLOCKS and not inside)
    return found


@connector(
    "pacs",
    title="ISO 20022 payments pacs.008, 009, 003, 010, 004, 002, orders pain.001, 008, 013, answers pain.002, 014, recalls, inquiries",
    claims=claims,
    count=count,
)
def read(source: Source) -> Iterator[Message | Reject]:
    """Yield one Message or Reject per transaction."""
    number = 0
    for document in documents(parse_file(source), source.exhibit.name):
        if document.kind not in _KINDS:
            number += 1
            yield Reject(
                source.cite(f"document={document.index}/line={document.line}"),
                etree.tostring(document.body, encoding="unicode")[:100_000],
                document.kind,
                "type-not-read",
                f"{document.kind} is neither a payment, an order nor an answer to one that is read; its text is kept.",
            )
            continue
        kind, name = _KINDS[document.kind]
        if document.kind in _INQUIRIES:
            number += 1
            yield _inquiry(source, document, kind, number)
            continue
        if kind in _ORDERS | _ANSWERS:
            for found in _ordered(source, document, kind, name, number):
                number += "#" not in found.cite.locator
                yield found
            continue
        transactions = list(_units(document.body, name)) if kind in _DEBITS else _alone(document.body, name)
        group = first(document.body, "GrpHdr")
        odd = tuple(_group_control(document, group)) if kind != "pacs.002" else ()
        if not transactions:
            number += 1
            if kind == "pacs.002":
                yield _status(source, document, document.body, number)
            else:
                yield Reject(
                    source.cite(f"document={document.index}/line={document.line}"),
                    etree.tostring(document.body, encoding="unicode")[:100_000],
                    name,
                    "no-transaction",
                    f"The {kind} names no single transaction; a return of a whole group is for a person to read.",
                )
        for block, transaction in transactions:
            number += 1
            locator = f"document={document.index}/{name}={number}/line={transaction.sourceline}"
            if block is transaction:
                raw = etree.tostring(block, encoding="unicode")[:100_000]
                yield Reject(
                    source.cite(locator), raw, name, "no-transaction", f"This part of the {kind} debits nobody."
                )
                continue
            try:
                if kind == "pacs.002":
                    yield _status(source, document, transaction, number)
                else:
                    yield _message(source, document, group, transaction, kind, locator, block, odd)
                    odd = ()  # told once
            except ValueError as error:
                raw = etree.tostring(transaction, encoding="unicode")[:100_000]
                yield Reject(source.cite(locator), raw, "amount", "amount-not-read", str(error))


CONNECTOR = read


def _only(transaction: Element, path: str) -> tuple[int | None, str]:
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


def _alone(body: Element, name: str) -> list[tuple[Element | None, Element]]:
    return [(None, one) for one in all_at(body, name)]


def _agent(element: Element | None, role: str, field: str, account: str = "") -> Agent | None:
    if element is None:
        return None
    institution = first(element, "FinInstnId")
    if institution is None:
        return None
    name = text(institution, "Nm|CmbndId/Nm")
    bic = text(institution, "BICFI|BIC|AnyBIC|BICOrBEI|CmbndId/BIC")
    clearing = text(institution, "ClrSysMmbId/MmbId")
    system = text(institution, "ClrSysMmbId/ClrSysId/Cd|ClrSysMmbId/ClrSysId/Prtry")
    shown = f"{system}{clearing}" if clearing else ""
    if bic:
        return Agent(role, bic, "BIC", field, name=name, account=account, clearing=shown)
    scheme = {"USABA": "ABA", "USPID": "CHIPS"}.get(system, "NAME")
    return Agent(role, clearing if scheme != "NAME" else "", scheme, field, name=name, account=account, clearing=shown)


def _account(element: Element | None, path: str) -> str:
    return text(first(element, path), "Id/IBAN|Id/Othr/Id|IBAN|Othr/Id")


def _agents(group: Element | None, transaction: Element, block: Element | None = None) -> Iterator[Agent]:
    for path, role in _AGENTS:
        field = path.split("|")[0]
        holders = [one for one in (transaction, block, group) if one is not None]
        holder = next((one for one in holders if first(one, path) is not None), transaction)
        own = holder if holder is block else transaction
        made = _agent(first(holder, path), role, field, _account(own, f"{field}Acct"))
        if made:
            yield made
    settlement = (
        first(transaction, "SttlmInf") if first(transaction, "SttlmInf") is not None else first(group, "SttlmInf")
    )
    for field, role in _SETTLEMENT:
        made = _agent(first(settlement, field), role, field, _account(settlement, f"{field}Acct"))
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


def _parties(element: Element | None) -> Iterator[PaymentParty]:
    for field, role in (
        ("Dbtr", "debtor"),
        ("Cdtr", "creditor"),
        ("UltmtDbtr", "ultimate_debtor"),
        ("UltmtCdtr", "ultimate_creditor"),
        ("InitgPty", "initiating_party"),
    ):
        found = first(element, field)
        if found is not None and first(found, "FinInstnId") is None:
            made = _party(found, role, field, _account(element, f"{field}Acct"))
            if made:
                yield made


def _charges(transaction: Element, settled: int | None, unread: list[str]) -> Iterator[Charge]:
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
            agent = _agent(first(one, "Agt|Pty"), "charging_agent", "ChrgsInf")
            yield Charge(value, currency, "ChrgsInf", agent.id if agent else "")


def _bic(agents: tuple[Agent, ...], role: str) -> str:
    return next((a.id for a in agents if a.role == role), "")


def _header_bic(document: Document, way: str) -> str:
    return text(
        document.header,
        f"{way}/FIId/FinInstnId/BICFI|{way}/FIId/FinInstnId/BIC|{way}/FIId/FinInstnId/ClrSysMmbId/MmbId",
    )


def _narrative(transaction: Element) -> str:
    return "\n".join(text(one) for one in all_at(transaction, "InstrForNxtAgt/InstrInf|InstrForCdtrAgt/InstrInf"))


def _fields(element: Element, prefix: str = "") -> Iterator[tuple[str, str]]:
    for child in element:
        name = local(child)
        if not name:
            continue
        if len(child) == 0:
            currency = child.get("Ccy")
            yield f"{prefix}{name}" + (f"@{currency}" if currency else ""), (child.text or "").strip()
        else:
            yield from _fields(child, f"{prefix}{name}/")


def _kind(document: Document, kind: str, transaction: Element) -> str:
    version = document.message or kind
    if kind == "pacs.009":
        services = [text(document.header, name).lower() for name in ("MsgDefIdr", "BizSvc")]
        if first(transaction, "UndrlygCstmrCdtTrf") is not None:
            return f"{version} COV"
        if any(".cov" in service for service in services):
            return f"{version} COV"
        if any("adv" in service for service in services):
            return f"{version} ADV"
    return version


def _message(
    source: Source,
    document: Document,
    group: Element | None,
    transaction: Element,
    kind: str,
    locator: str,
    block: Element | None = None,
    odd: tuple[str, ...] = (),
) -> Message:
    """Return one payment, return or direct debit; `block` is the credit instruction around a debit of a pacs.010.

    `odd` are the printed totals of the whole message that its transactions do not give.
    """
    identity = first(transaction, "PmtId")
    returned = kind == "pacs.004"
    settled, currency = _only(transaction, "RtrdIntrBkSttlmAmt" if returned else "IntrBkSttlmAmt")
    instructed, instructed_currency = _only(transaction, "RtrdInstdAmt" if returned else "InstdAmt")
    day, printed = date_at(transaction, "IntrBkSttlmDt")
    for holder in (block, group):
        if not printed:
            day, printed = date_at(holder, "IntrBkSttlmDt")
    agents = list(_agents(group, transaction, block))
    for field, role in (("Dbtr", "debtor_institution"), ("Cdtr", "creditor_institution")):
        if kind in {"pacs.009", "pacs.010"}:
            holder = block if block is not None and field == "Cdtr" else transaction
            made = _agent(first(holder, field), role, field, _account(holder, f"{field}Acct"))
            if made:
                agents.append(made)
    settlement = first(group, "SttlmInf")
    method = text(settlement, "SttlmMtd") or text(transaction, "SttlmInf/SttlmMtd")
    whole = tuple(agents)
    body = (
        *(_fields(group, "GrpHdr/") if group is not None else ()),
        *(pair for child in (block if block is not None else ()) for pair in _own(child, "CdtInstr/")),
        *_fields(transaction),
    )
    fields = (*(_fields(document.header, "AppHdr/") if document.header is not None else ()), *body)
    reasons = [text(one) for one in all_at(transaction, "RtrRsnInf/Rsn/Cd|RtrRsnInf/Rsn/Prtry")]
    added = [text(one) for one in all_at(transaction, "RtrRsnInf/AddtlInf")]
    system = text(settlement, "ClrSys/Cd|ClrSys/Prtry")
    reference = text(group, "MsgId")
    stamps = (reference, text(document.header, "BizMsgIdr"), text(identity, "ClrSysRef"))
    unread: list[str] = []
    charges = tuple(_charges(transaction, settled, unread))
    imad = next((s for s in stamps if system == "FDW" and re.fullmatch(r"[0-9]{8}[A-Z0-9]{8}[0-9]{6}", s)), "")
    return Message(
        cite=source.cite(locator),
        kind=_kind(document, kind, transaction),
        sender=_bic(whole, "instructing_agent") or _header_bic(document, "Fr"),
        receiver=_bic(whole, "instructed_agent") or _header_bic(document, "To"),
        reference=text(transaction, "RtrId") if returned else text(identity, "InstrId"),
        related_reference=(text(transaction, "OrgnlInstrId") or _original_message(document, transaction))
        if returned
        else text(block, "CdtId"),
        end_to_end_id=text(identity, "EndToEndId") or text(transaction, "OrgnlEndToEndId"),
        uetr=(text(identity, "UETR") or text(transaction, "OrgnlUETR")).lower(),
        message_id=reference,
        imad=imad,
        settled=settled,
        settled_currency=currency,
        settled_date=day,
        instructed=instructed,
        instructed_currency=instructed_currency,
        rate=text(transaction, "XchgRate"),
        charge_bearer=text(transaction, "ChrgBr"),
        charges=charges,
        settlement_method=method,
        settlement_account=_account(settlement, "SttlmAcct"),
        clearing_system=system,
        account=_account(transaction, "CdtrAcct") or _account(block, "CdtrAcct"),
        remittance="\n".join(text(one) for one in all_at(transaction, _REMITTANCE)),
        agents=whole,
        parties=(*_parties(transaction), *_parties(block)),
        underlying=tuple(_parties(first(transaction, "UndrlygCstmrCdtTrf"))),
        narrative=_narrative(transaction),
        return_of=(text(transaction, "OrgnlUETR|OrgnlEndToEndId|OrgnlInstrId|OrgnlTxId") or "unknown")
        if returned
        else "",
        return_reason="; ".join([*reasons, *added]),
        return_partial="PART" in added,
        possible_duplicate=text(document.header, "PssblDplct").lower() == "true",
        content_hash=hashlib.sha256(
            "\x1f".join(f"{k}={v}" for k, v in body).encode("utf-8", "surrogatepass")
        ).hexdigest(),
        truncated=tuple(name for name, value in body if value.endswith("+") and len(value) in {16, 35}),
        fields=fields,
        marks=(*odd, *_marks(document, block, printed if not day else ""), *_odd_tags(transaction), *unread),
    )


def _original_message(document: Document, transaction: Element) -> str:
    return text(transaction, "OrgnlGrpInf/OrgnlMsgId") or text(document.body, "OrgnlGrpInf/OrgnlMsgId")


def _group_control(document: Document, group: Element | None) -> Iterator[str]:
    """Yield where the count or a sum in the heading of a message is not what its transactions give, whatever their currency."""
    name = _KINDS[document.kind][1]
    held = all_at(document.body, f"{name}|CdtInstr/{name}")
    stated = text(group, "NbOfTxs")
    if stated and stated != str(len(held)):
        yield f"NbOfTxs {stated[:15]}, found {len(held)}"
    for total in ("CtrlSum", "TtlIntrBkSttlmAmt", "TtlRtrdIntrBkSttlmAmt"):
        if not (printed := text(group, total)):
            continue
        try:
            found = sum(Decimal(text(one, "IntrBkSttlmAmt|RtrdIntrBkSttlmAmt") or "0") for one in held)
            is_off = Decimal(printed) != found
        except InvalidOperation:
            yield f"CtrlSum {printed[:25]} of {total}, found an amount that is none"
            continue
        if is_off:
            yield f"CtrlSum {printed[:25]} of {total}, found {found}"


#: Tags that a transaction has once: of two, the first is read, and it is not sure that they are one payment.
_ONCE = frozenset({
    "PmtId", "IntrBkSttlmDt", "Dbtr", "DbtrAcct", "DbtrAgt", "Cdtr", "CdtrAcct", "CdtrAgt", "UltmtDbtr", "UltmtCdtr", "InstgAgt", "InstdAgt",
    "UndrlygCstmrCdtTrf", "OrgnlEndToEndId", "OrgnlUETR",
})  # fmt: skip


def _odd_tags(transaction: Element) -> Iterator[str]:
    """Yield a tag that stands twice although the standard has one, no settled amount, and one printed as a power of ten."""
    seen: set[str] = set()
    if first(transaction, "IntrBkSttlmAmt|RtrdIntrBkSttlmAmt") is None:
        yield "no amount is settled"
    for child in transaction:
        name = local(child)
        if name in _ONCE and name in seen:
            yield f"{name} is repeated: the first is read"
        seen.add(name)
        if name in {"IntrBkSttlmAmt", "RtrdIntrBkSttlmAmt", "InstdAmt"} and "e" in text(child).casefold():
            yield f"scientific notation {text(child)[:40]}"
    back, paid = (
        _printed(transaction, "RtrdIntrBkSttlmAmt"),
        _printed(transaction, "OrgnlIntrBkSttlmAmt|OrgnlTxRef/IntrBkSttlmAmt"),
    )
    if back and paid and back[1] == paid[1] and back[0] > paid[0]:
        yield f"more is returned than was paid: {back[0]} of {paid[0]} {paid[1]}"


def _printed(transaction: Element, path: str) -> tuple[Decimal, str] | None:
    """Return (amount, currency) as printed, None where nothing there is a plain number."""
    found = first(transaction, path)
    if found is None or not re.fullmatch(r"[0-9]{1,18}(?:\.[0-9]{1,5})?", text(found)):
        return None
    return Decimal(text(found)), found.get("Ccy") or ""


def _marks(document: Document, block: Element | None, unreal_day: str) -> Iterator[str]:
    """Yield a date that does not exist, and a total of a credit instruction that its debits do not give."""
    if unreal_day:
        yield f"date-does-not-exist:{unreal_day[:20]}"
    name = _KINDS[document.kind][1]
    if block is None or not (printed := text(block, "TtlIntrBkSttlmAmt")):
        return
    try:
        total = sum(Decimal(text(one) or "0") for one in all_at(block, f"{name}/IntrBkSttlmAmt"))
        is_off = Decimal(printed) != total
    except InvalidOperation:
        yield f"CtrlSum {printed[:25]} of CdtInstr {text(block, 'CdtId')[:35]}, found an amount that is none"
        return
    if is_off:
        yield f"CtrlSum {printed[:25]} of CdtInstr {text(block, 'CdtId')[:35]}, found {total}"


def _status(source: Source, document: Document, element: Element, number: int) -> Message:
    group = first(document.body, "OrgnlGrpInfAndSts")
    return Message(
        cite=source.cite(f"document={document.index}/status={number}/line={element.sourceline}"),
        kind=document.message or _KINDS[document.kind][0],
        sender=_header_bic(document, "Fr"),
        receiver=_header_bic(document, "To"),
        reference=text(element, "OrgnlInstrId"),
        end_to_end_id=text(element, "OrgnlEndToEndId"),
        uetr=text(element, "OrgnlUETR").lower(),
        message_id=text(document.body, "GrpHdr/MsgId"),
        status=text(element, "TxSts") or text(group, "GrpSts"),
        return_of="",
        return_reason="; ".join(text(one) for one in all_at(element, "StsRsnInf/Rsn/Cd|StsRsnInf/Rsn/Prtry")),
        related_reference=text(group, "OrgnlMsgId"),
        fields=tuple(_fields(element)),
    )


def _inquiry(source: Source, document: Document, kind: str, number: int) -> Message:
    """Return an inquiry, a claim or a notice about a payment: the references it names, and no money."""
    body = document.body
    named: dict[str, str] = {}
    for one in body.iter():
        if len(one) == 0 and (shown := text(one)):
            named.setdefault(local(one), shown)

    def of(*names: str) -> str:
        return next((named[name] for name in names if name in named), "")

    ends = (("Assgnr", "instructing_agent"), ("Assgne", "instructed_agent"))
    agents = [made for way, role in ends if (made := _agent(first(body, f"Assgnmt/{way}/Agt"), role, way)) is not None]
    fields = (
        *(_fields(document.header, "AppHdr/") if document.header is not None else ()),
        *_fields(body),
    )
    case = text(body, "Case/Id")
    return Message(
        cite=source.cite(f"document={document.index}/{document.kind}={number}/line={body.sourceline}"),
        kind=document.message or kind,
        sender=_bic(tuple(agents), "instructing_agent") or _header_bic(document, "Fr"),
        receiver=_bic(tuple(agents), "instructed_agent") or _header_bic(document, "To"),
        reference=text(body, "Assgnmt/Id|GrpHdr/MsgId|InvstgtnReq/MsgId|InvstgtnRspn/MsgId|Ntfctn/Id"),
        related_reference=of("OrgnlInstrId", "OrgnlMsgId", "OrgnlTxId", "InstrId"),
        end_to_end_id=of("OrgnlEndToEndId", "EndToEndId"),
        uetr=of("OrgnlUETR", "UETR").lower(),
        message_id=case or text(body, "GrpHdr/MsgId"),
        agents=tuple(agents),
        status=of("Conf", "InvstgtnSts"),
        content_hash=_hashed(fields),
        fields=fields,
    )


def _units(element: Element, name: str, block: Element | None = None) -> Iterator[tuple[Element | None, Element]]:
    """Yield (block, transaction) in printed order; a block in which nothing stands is yielded as its own transaction."""
    for child in element:
        if local(child) == name:
            yield block, child
        elif local(child) in _BLOCKS:
            inner = list(_units(child, name, child))
            yield from inner or [(child, child)]


def _ordered(source: Source, document: Document, kind: str, name: str, number: int) -> Iterator[Message | Reject]:
    """Yield one Message or Reject per order or answer of a document; `number` records of the file came before it."""
    units = list(_units(document.body, name))
    marks = list(_control(document, units, name)) if kind in _ORDERS else []
    if not units:
        units = [(None, document.body)]
    for place, (block, element) in enumerate(units, 1):
        locator = f"document={document.index}/{name}={number + place}/line={element.sourceline}"
        raw = etree.tostring(element, encoding="unicode")[:100_000]
        if kind in _ANSWERS:
            yield _answer(source, document, block, element, locator, kind)
        elif local(element) != name:
            yield Reject(
                source.cite(locator), raw, name, "no-transaction", f"This part of the {kind} orders no payment."
            )
        else:
            try:
                made = _order(source, document, block, element, locator, place)
            except ValueError as error:
                yield Reject(source.cite(locator), raw, "amount", "amount-not-read", str(error))
                continue
            yield replace(made, marks=(*marks, *made.marks))
            marks = []


def _order(
    source: Source, document: Document, block: Element | None, transaction: Element, locator: str, place: int
) -> Message:
    """Return one ordered payment: nothing of it is settled. Raises: ValueError for an amount that is none."""
    group = first(document.body, "GrpHdr")
    identity = first(transaction, "PmtId")
    ordered, currency = _only(transaction, _ORDERED)
    day, printed = date_at(block, "ReqdExctnDt/Dt|ReqdExctnDt/DtTm|ReqdExctnDt|ReqdColltnDt")
    marks = [f"date-does-not-exist:{printed[:20]}"] if printed and day is None else []
    if ordered is None:
        marks.append("no amount is ordered")
    if wanted := text(transaction, "Amt/EqvtAmt/CcyOfTrf"):
        marks.append(f"ordered as the equivalent in {wanted[:3]}")
    agents: dict[str, Agent] = {}
    for some in (transaction, block):
        for agent in _agents(None, some) if some is not None else ():
            agents.setdefault(agent.role, agent)
    parties: dict[str, PaymentParty] = {}
    for one in (transaction, block, group):
        for party in _parties(one):
            parties.setdefault(party.role, party)
    body = (
        *(_fields(group, "GrpHdr/") if group is not None else ()),
        *(pair for child in (block if block is not None else ()) for pair in _own(child, "PmtInf/")),
        *_fields(transaction),
    )
    header = (*(_fields(document.header, "AppHdr/") if document.header is not None else ()),)
    return Message(
        cite=source.cite(locator),
        kind=document.message or _KINDS[document.kind][0],
        sender=_header_bic(document, "Fr"),
        receiver=_header_bic(document, "To"),
        reference=text(identity, "InstrId"),
        related_reference=text(block, "PmtInfId"),
        end_to_end_id=text(identity, "EndToEndId"),
        uetr=text(identity, "UETR").lower(),
        message_id=text(group, "MsgId"),
        instructed=ordered,
        instructed_currency=currency,
        rate=text(transaction, "XchgRateInf/XchgRate"),
        charge_bearer=text(transaction, "ChrgBr") or text(block, "ChrgBr"),
        account=_account(transaction, "CdtrAcct") or _account(block, "CdtrAcct"),
        remittance="\n".join(text(one) for one in all_at(transaction, _REMITTANCE)),
        agents=tuple(agents.values()),
        parties=tuple(parties.values()),
        narrative=_narrative(transaction),
        possible_duplicate=text(document.header, "PssblDplct").lower() == "true",
        content_hash=_hashed((*body, ("place", str(place)))),
        truncated=tuple(name for name, value in body if value.endswith("+") and len(value) in {16, 35}),
        fields=(*header, *body),
        marks=tuple(marks),
    )


def _own(child: Element, prefix: str) -> Iterator[tuple[str, str]]:
    """Yield the fields of one child of a block, other than its transactions."""
    if local(child) in {"CdtTrfTxInf", "CdtTrfTx", "DrctDbtTxInf", "TxInf", "TxInfAndSts", ""} | _BLOCKS:
        return
    if len(child):
        yield from _fields(child, f"{prefix}{local(child)}/")
    else:
        yield f"{prefix}{local(child)}", text(child)


def _hashed(fields: tuple[tuple[str, str], ...]) -> str:
    return hashlib.sha256("\x1f".join(f"{k}={v}" for k, v in fields).encode("utf-8", "surrogatepass")).hexdigest()


def _control(document: Document, units: list[tuple[Element | None, Element]], name: str) -> Iterator[str]:
    """Yield where NbOfTxs or CtrlSum, of the message or of a payment block, is not what its orders give."""
    blocks = [(first(document.body, "GrpHdr"), "", units)]
    for block in all_at(document.body, "PmtInf"):
        shown = f" of PmtInf {text(block, 'PmtInfId')[:35]}"
        blocks.append((block, shown, [unit for unit in units if unit[0] is block]))
    for stating, of, inside in blocks:
        held = [element for _, element in inside if local(element) == name]
        stated = text(stating, "NbOfTxs")
        if stated and stated != str(len(held)):
            yield f"NbOfTxs {stated[:15]}{of}, found {len(held)}"
        printed = text(stating, "CtrlSum")
        if not printed:
            continue
        try:
            # a sum over currencies, as the standard has it: no amount of money
            total = sum(Decimal(text(one, _ORDERED) or "0") for one in held)
            is_off = Decimal(printed) != total
        except InvalidOperation:
            yield f"CtrlSum {printed[:25]}{of}, found an amount that is none"
            continue
        if is_off:
            yield f"CtrlSum {printed[:25]}{of}, found {total}"


def _answer(
    source: Source, document: Document, block: Element | None, element: Element, locator: str, kind: str
) -> Message:
    """Return a status of an order, a recall or its answer: references, a code, and no money."""
    body = document.body
    is_single = local(element) in {"TxInf", "TxInfAndSts"}
    group = first(body, "OrgnlGrpInfAndSts")
    inside = [one for one in (element, block, body) if one is not None]
    case = next(filter(None, (text(one, "Case/Id|RslvdCase/Id") for one in inside)), "")
    of_block = text(block, "OrgnlPmtInfId")
    of_group = next(
        filter(None, (text(one, "OrgnlGrpInf/OrgnlMsgId|OrgnlGrpInfAndCxl/OrgnlMsgId") for one in inside)),
        text(group, "OrgnlMsgId") or text(block, "OrgnlGrpInfAndSts/OrgnlMsgId"),
    )
    is_recall = kind in _RECALLS
    original = text(element, "OrgnlInstrId") if is_single else ""
    codes = "StsRsnInf|CxlRsnInf|CxlStsRsnInf"
    reasons = [r for one in (element, *(() if is_single else (group,))) for r in all_at(one, codes)]
    ends = (("Assgnr", "instructing_agent"), ("Assgne", "instructed_agent"))
    agents = [
        made
        for way, role in ends
        for made in [_agent(first(body, f"Assgnmt/{way}/Agt"), role, way)]
        if made is not None
    ]
    status = text(element, "TxSts|PmtInfSts|TxCxlSts|PmtInfCxlSts") or text(group, "GrpSts")
    if kind == "camt.029":
        status = status or text(block, "OrgnlGrpInfAndSts/GrpCxlSts") or text(body, "Sts/Conf")
    fields = (
        *(_fields(document.header, "AppHdr/") if document.header is not None else ()),
        *(pair for child in body if local(child) not in _BLOCKS for pair in _own(child, "")),
        *(pair for child in (block if block is not None and block is not element else ()) for pair in _own(child, "")),
        *(_fields(element) if element is not body else ()),
    )
    return Message(
        cite=source.cite(locator),
        kind=document.message or kind,
        sender=_bic(tuple(agents), "instructing_agent") or _header_bic(document, "Fr"),
        receiver=_bic(tuple(agents), "instructed_agent") or _header_bic(document, "To"),
        reference=text(element, "CxlId|CxlStsId") if is_recall and is_single else original,
        related_reference=(original or of_block or of_group) if is_recall else (of_block or of_group),
        end_to_end_id=text(element, "OrgnlEndToEndId") if is_single else "",
        uetr=text(element, "OrgnlUETR").lower() if is_single else "",
        message_id=(case if kind != "camt.029" and is_recall else "") or text(body, "GrpHdr/MsgId|Assgnmt/Id"),
        agents=tuple(agents),
        narrative="\n".join(text(one) for r in reasons for one in all_at(r, "AddtlInf")),
        return_of=case if kind == "camt.029" else "",
        return_reason="; ".join(text(one) for r in reasons for one in all_at(r, "Rsn/Cd|Rsn/Prtry")),
        status=status,
        content_hash=_hashed((*fields, ("locator", locator.rpartition("/")[0]))),
        fields=fields,
    )

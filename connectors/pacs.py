"""ISO 20022 payments and what is said of them: pacs.008, pacs.009 (core, COV, ADV), pacs.003, pacs.010, pacs.004, 007, 002, 028, pain.001, 002, 008, 013, 014, camt.055, 056, 029 and the inquiries, claims and notices about a payment, any version.

Source:  ISO 20022 message definitions (payments clearing and settlement); CBPR+ and Fedwire usage; formats.md 4.1, 4.3, 5.
Record:  one transaction (CdtTrfTxInf, DrctDbtTxInf, TxInf, TxInfAndSts), which is one Message or one Reject; agents of the group header
         apply where the transaction has none. Namespace, prefix and envelope do not matter.
         A payment block or an underlying group that names no single transaction is one record of its own. A message that
         stands without its Document is read like one in it.
Debits:  a direct debit (pacs.003 of a customer, pacs.010 of a bank) comes from the creditor's side, and the money moves against
         the message: the debtor pays. What a pacs.010 prints for a whole credit instruction (CdtInstr) holds for each debit in it.
Returns: pacs.004, and the reversal of a debit (pacs.007). RtrChain names the debtor and creditor of the return itself, who are
         the creditor and debtor of what it gives back.
Orders:  pain.001, pain.008 and pain.013 order or ask: nothing is settled, `instructed` is what is ordered. In a direct debit
         (pain.008) the debtor pays although the creditor's side sends. A recall (camt.055, 056), its answer (camt.029), a request
         for a status (pacs.028) and every inquiry carry references and no money; money comes back only by a pacs.004.
Inquiry: camt.026 to 028, 030, 031, 057, 058, 060, 087, 105 to 111: one record each, with the first reference of each
         kind that stands in it; sums that it names stay in `fields`. A charge request is settled by a payment of its own.
CHIPS:   the same messages with ClrSys CHI; participants by USPID, the system sequence number in ClrSysRef stays in `fields`.
Amounts: minor units of the attribute `Ccy`. Dates: the printed day, no zone applied.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from lxml import etree

from tracer.ingest.iso_fields import (
    BLOCKS,
    REMITTANCE,
    account_at,
    agent_at,
    agents_of,
    bic_of,
    charges_of,
    fields_of,
    hashed,
    header_bic,
    instructions_of,
    only_amount,
    own_fields,
    parties_of,
    units_of,
)
from tracer.ingest.iso_orders import ANSWERS, INQUIRIES, ORDERS, inquiry, ordered_or_answered
from tracer.ingest.registry import connector
from tracer.ingest.source import Source
from tracer.ingest.xml import Document, all_at, date_at, documents, first, head_of, local, parse_file, text
from tracer.model import Message, Reject

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
    "FIToFIPmtRvsl": ("pacs.007", "TxInf"),
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
_KINDS |= {name: (message, "") for name, message in INQUIRIES.items()}
_DEBITS = frozenset({"pacs.003", "pacs.010"})
_RETURNS = frozenset({"pacs.004", "pacs.007"})
_RETURNED = "RtrdIntrBkSttlmAmt|RvsdIntrBkSttlmAmt"
_REASONS = ("RtrRsnInf", "RvslRsnInf")


def claims(source: Source) -> bool:
    """Whether the head names one of the messages as an element, in a Document or alone."""
    head = head_of(source)
    return bool(re.search(r"(?:<|&lt;)(?:[\w.-]+:)?(?:{})(?:[\s>/]|&gt;)".format("|".join(_KINDS)), head))


def count(source: Source) -> int:
    """Count transaction elements of each document, by name alone; a document without any counts as one record.

    A rejection may quote the payment that it rejects: what stands in its text is no record.
    """
    found = 0
    names = {"CdtTrfTxInf", "TxInf", "TxInfAndSts", "CdtTrfTx", "DrctDbtTxInf"}
    for document in documents(parse_file(source), source.exhibit.name, frozenset(_KINDS)):
        if document.kind not in _KINDS or document.kind in INQUIRIES:
            found += 1
        elif _KINDS[document.kind][0] in ORDERS | ANSWERS | _DEBITS:
            found += _counted(document.body, names) or 1
        else:
            found += sum(1 for one in document.body if local(one) in names - {"CdtTrfTx", "DrctDbtTxInf"}) or 1
    return found


def _counted(body: Element, names: set[str]) -> int:
    """Count transactions that stand below blocks alone, and blocks in which none stands."""
    found = 0
    for one in body.iter():
        above = one.getparent()
        while above is not None and above is not body and local(above) in BLOCKS:
            above = above.getparent()
        if above is not body:
            continue
        inside = any(local(child) in names | BLOCKS for child in one)
        found += local(one) in names or (local(one) in BLOCKS and not inside)
    return found


@connector(
    "pacs",
    title="ISO 20022 payments pacs.008, 009, 003, 010, 004, 007, 002, orders pain.001, 008, 013, answers pain.002, 014, recalls, inquiries",
    claims=claims,
    count=count,
)
def read(source: Source) -> Iterator[Message | Reject]:
    """Yield one Message or Reject per transaction."""
    number = 0
    for document in documents(parse_file(source), source.exhibit.name, frozenset(_KINDS)):
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
        if document.kind in INQUIRIES:
            number += 1
            yield inquiry(source, document, kind, number)
            continue
        if kind in ORDERS | ANSWERS:
            for found in ordered_or_answered(source, document, kind, name, number):
                number += "#" not in found.cite.locator
                yield found
            continue
        transactions = list(units_of(document.body, name)) if kind in _DEBITS else _alone(document.body, name)
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


def _alone(body: Element, name: str) -> list[tuple[Element | None, Element]]:
    return [(None, one) for one in all_at(body, name)]


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
    returned = kind in _RETURNS
    settled, currency = only_amount(transaction, _RETURNED if returned else "IntrBkSttlmAmt")
    instructed, instructed_currency = only_amount(transaction, "RtrdInstdAmt|RvsdInstdAmt" if returned else "InstdAmt")
    day, printed = date_at(transaction, "IntrBkSttlmDt")
    for holder in (block, group):
        if not printed:
            day, printed = date_at(holder, "IntrBkSttlmDt")
    agents = list(agents_of(group, transaction, block))
    chain = first(transaction, "RtrChain")
    if chain is not None:
        held = {agent.role for agent in agents}
        agents += [agent for agent in agents_of(None, chain) if agent.role not in held]
    for field, role in (("Dbtr", "debtor_institution"), ("Cdtr", "creditor_institution")):
        made = agent_at(first(chain, f"{field}/Agt"), role, field, account_at(chain, f"{field}Acct"))
        if made:
            agents.append(made)
        if kind in {"pacs.009", "pacs.010"}:
            holder = block if block is not None and field == "Cdtr" else transaction
            made = agent_at(first(holder, field), role, field, account_at(holder, f"{field}Acct"))
            if made:
                agents.append(made)
    settlement = first(group, "SttlmInf")
    method = text(settlement, "SttlmMtd") or text(transaction, "SttlmInf/SttlmMtd")
    whole = tuple(agents)
    body = (
        *(fields_of(group, "GrpHdr/") if group is not None else ()),
        *(pair for child in (block if block is not None else ()) for pair in own_fields(child, "CdtInstr/")),
        *fields_of(transaction),
    )
    fields = (*(fields_of(document.header, "AppHdr/") if document.header is not None else ()), *body)
    reasons = [text(one) for way in _REASONS for one in all_at(transaction, f"{way}/Rsn/Cd|{way}/Rsn/Prtry")]
    added = [text(one) for way in _REASONS for one in all_at(transaction, f"{way}/AddtlInf")]
    system = text(settlement, "ClrSys/Cd|ClrSys/Prtry")
    reference = text(group, "MsgId")
    stamps = (reference, text(document.header, "BizMsgIdr"), text(identity, "ClrSysRef"))
    unread: list[str] = []
    charges = tuple(charges_of(transaction, settled, unread))
    imad = next((s for s in stamps if system == "FDW" and re.fullmatch(r"[0-9]{8}[A-Z0-9]{8}[0-9]{6}", s)), "")
    return Message(
        cite=source.cite(locator),
        kind=_kind(document, kind, transaction),
        sender=bic_of(whole, "instructing_agent") or header_bic(document, "Fr"),
        receiver=bic_of(whole, "instructed_agent") or header_bic(document, "To"),
        reference=text(transaction, "RtrId|RvslId") if returned else text(identity, "InstrId"),
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
        settlement_account=account_at(settlement, "SttlmAcct"),
        clearing_system=system,
        account=account_at(transaction, "CdtrAcct") or account_at(block, "CdtrAcct") or account_at(chain, "CdtrAcct"),
        remittance="\n".join(text(one) for one in all_at(transaction, REMITTANCE)),
        agents=whole,
        parties=(*parties_of(transaction), *parties_of(block), *parties_of(chain)),
        underlying=tuple(parties_of(first(transaction, "UndrlygCstmrCdtTrf"))),
        narrative=instructions_of(transaction),
        return_of=(text(transaction, "OrgnlUETR|OrgnlEndToEndId|OrgnlInstrId|OrgnlTxId") or "unknown")
        if returned
        else "",
        return_reason="; ".join([*reasons, *added]),
        return_partial="PART" in added,
        possible_duplicate=text(document.header, "PssblDplct").lower() == "true",
        content_hash=hashed(body),
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
    for total in ("CtrlSum", "TtlIntrBkSttlmAmt", "TtlRtrdIntrBkSttlmAmt", "TtlRvsdIntrBkSttlmAmt"):
        if not (printed := text(group, total)):
            continue
        try:
            found = sum(Decimal(text(one, f"IntrBkSttlmAmt|{_RETURNED}") or "0") for one in held)
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
    if first(transaction, f"IntrBkSttlmAmt|{_RETURNED}") is None:
        yield "no amount is settled"
    for child in transaction:
        name = local(child)
        if name in _ONCE and name in seen:
            yield f"{name} is repeated: the first is read"
        seen.add(name)
        if name in {"IntrBkSttlmAmt", "InstdAmt", *_RETURNED.split("|")} and "e" in text(child).casefold():
            yield f"scientific notation {text(child)[:40]}"
    back, paid = (
        _printed(transaction, _RETURNED),
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
        sender=header_bic(document, "Fr"),
        receiver=header_bic(document, "To"),
        reference=text(element, "OrgnlInstrId"),
        end_to_end_id=text(element, "OrgnlEndToEndId"),
        uetr=text(element, "OrgnlUETR").lower(),
        message_id=text(document.body, "GrpHdr/MsgId"),
        status=text(element, "TxSts") or text(group, "GrpSts"),
        return_of="",
        return_reason="; ".join(text(one) for one in all_at(element, "StsRsnInf/Rsn/Cd|StsRsnInf/Rsn/Prtry")),
        related_reference=text(group, "OrgnlMsgId"),
        fields=tuple(fields_of(element)),
    )

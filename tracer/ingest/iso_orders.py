"""ISO 20022 orders and what is said of a payment: pain.001, 008, 013, their answers, recalls, inquiries, claims and notices.

Source: ISO 20022 message definitions, payments initiation and exceptions and investigations; formats.md 4.3.
An order settles nothing: `instructed` is what is ordered. An answer, a recall or an inquiry carries references and no money.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal, InvalidOperation

from lxml import etree

from tracer.ingest.iso_fields import (
    BLOCKS,
    REMITTANCE,
    account_at,
    agent_at,
    agents_of,
    bic_of,
    fields_of,
    hashed,
    header_bic,
    instructions_of,
    only_amount,
    own_fields,
    parties_of,
    units_of,
)
from tracer.ingest.source import Source
from tracer.ingest.xml import Document, all_at, date_at, first, local, text
from tracer.model import Agent, Message, PaymentParty, Reject

__all__ = ["ANSWERS", "INQUIRIES", "ORDERS", "inquiry", "ordered_or_answered"]

Element = etree._Element

#: Messages about a payment that hold no transaction of their own: local name -> message.
INQUIRIES = {
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
ORDERS = frozenset({"pain.001", "pain.008", "pain.013"})
_RECALLS = frozenset({"camt.055", "camt.056", "camt.029"})
ANSWERS = frozenset({"pain.002", "pain.014", "pacs.028", *_RECALLS, *INQUIRIES.values()})
_ORDERED = "Amt/InstdAmt|Amt/EqvtAmt/Amt|InstdAmt"


def inquiry(source: Source, document: Document, kind: str, number: int) -> Message:
    """Return an inquiry, a claim or a notice about a payment: the references it names, and no money."""
    body = document.body
    named: dict[str, str] = {}
    for one in body.iter():
        if len(one) == 0 and (shown := text(one)):
            named.setdefault(local(one), shown)

    def of(*names: str) -> str:
        return next((named[name] for name in names if name in named), "")

    ends = (("Assgnr", "instructing_agent"), ("Assgne", "instructed_agent"))
    agents = [
        made for way, role in ends if (made := agent_at(first(body, f"Assgnmt/{way}/Agt"), role, way)) is not None
    ]
    fields = (
        *(fields_of(document.header, "AppHdr/") if document.header is not None else ()),
        *fields_of(body),
    )
    case = text(body, "Case/Id")
    return Message(
        cite=source.cite(f"document={document.index}/{document.kind}={number}/line={body.sourceline}"),
        kind=document.message or kind,
        sender=bic_of(tuple(agents), "instructing_agent") or header_bic(document, "Fr"),
        receiver=bic_of(tuple(agents), "instructed_agent") or header_bic(document, "To"),
        reference=text(body, "Assgnmt/Id|GrpHdr/MsgId|InvstgtnReq/MsgId|InvstgtnRspn/MsgId|Ntfctn/Id"),
        related_reference=of("OrgnlInstrId", "OrgnlMsgId", "OrgnlTxId", "InstrId"),
        end_to_end_id=of("OrgnlEndToEndId", "EndToEndId"),
        uetr=of("OrgnlUETR", "UETR").lower(),
        message_id=case or text(body, "GrpHdr/MsgId"),
        agents=tuple(agents),
        status=of("Conf", "InvstgtnSts"),
        content_hash=hashed(fields),
        fields=fields,
    )


def ordered_or_answered(
    source: Source, document: Document, kind: str, name: str, number: int
) -> Iterator[Message | Reject]:
    """Yield one Message or Reject per order or answer of a document; `number` records of the file came before it."""
    units = list(units_of(document.body, name))
    marks = list(_control(document, units, name)) if kind in ORDERS else []
    if not units:
        units = [(None, document.body)]
    for place, (block, element) in enumerate(units, 1):
        locator = f"document={document.index}/{name}={number + place}/line={element.sourceline}"
        raw = etree.tostring(element, encoding="unicode")[:100_000]
        if kind in ANSWERS:
            yield _answer(source, document, block, element, locator, kind)
        elif local(element) != name:
            yield Reject(
                source.cite(locator), raw, name, "no-transaction", f"This part of the {kind} orders no payment."
            )
        else:
            try:
                made = _order(source, document, kind, block, element, locator, place)
            except ValueError as error:
                yield Reject(source.cite(locator), raw, "amount", "amount-not-read", str(error))
                continue
            yield replace(made, marks=(*marks, *made.marks))
            marks = []


def _order(
    source: Source,
    document: Document,
    kind: str,
    block: Element | None,
    transaction: Element,
    locator: str,
    place: int,
) -> Message:
    """Return one ordered payment: nothing of it is settled. Raises: ValueError for an amount that is none."""
    group = first(document.body, "GrpHdr")
    identity = first(transaction, "PmtId")
    ordered, currency = only_amount(transaction, _ORDERED)
    day, printed = date_at(block, "ReqdExctnDt/Dt|ReqdExctnDt/DtTm|ReqdExctnDt|ReqdColltnDt")
    marks = [f"date-does-not-exist:{printed[:20]}"] if printed and day is None else []
    if ordered is None:
        marks.append("no amount is ordered")
    if wanted := text(transaction, "Amt/EqvtAmt/CcyOfTrf"):
        marks.append(f"ordered as the equivalent in {wanted[:3]}")
    agents: dict[str, Agent] = {}
    for some in (transaction, block):
        for agent in agents_of(None, some) if some is not None else ():
            agents.setdefault(agent.role, agent)
    parties: dict[str, PaymentParty] = {}
    for one in (transaction, block, group):
        for party in parties_of(one):
            parties.setdefault(party.role, party)
    body = (
        *(fields_of(group, "GrpHdr/") if group is not None else ()),
        *(pair for child in (block if block is not None else ()) for pair in own_fields(child, "PmtInf/")),
        *fields_of(transaction),
    )
    header = (*(fields_of(document.header, "AppHdr/") if document.header is not None else ()),)
    return Message(
        cite=source.cite(locator),
        kind=document.message or kind,
        sender=header_bic(document, "Fr"),
        receiver=header_bic(document, "To"),
        reference=text(identity, "InstrId"),
        related_reference=text(block, "PmtInfId"),
        end_to_end_id=text(identity, "EndToEndId"),
        uetr=text(identity, "UETR").lower(),
        message_id=text(group, "MsgId"),
        instructed=ordered,
        instructed_currency=currency,
        rate=text(transaction, "XchgRateInf/XchgRate"),
        charge_bearer=text(transaction, "ChrgBr") or text(block, "ChrgBr"),
        account=account_at(transaction, "CdtrAcct") or account_at(block, "CdtrAcct"),
        remittance="\n".join(text(one) for one in all_at(transaction, REMITTANCE)),
        agents=tuple(agents.values()),
        parties=tuple(parties.values()),
        narrative=instructions_of(transaction),
        possible_duplicate=text(document.header, "PssblDplct").lower() == "true",
        content_hash=hashed((*body, ("place", str(place)))),
        truncated=tuple(name for name, value in body if value.endswith("+") and len(value) in {16, 35}),
        fields=(*header, *body),
        marks=tuple(marks),
    )


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
        for made in [agent_at(first(body, f"Assgnmt/{way}/Agt"), role, way)]
        if made is not None
    ]
    status = text(element, "TxSts|PmtInfSts|TxCxlSts|PmtInfCxlSts") or text(group, "GrpSts")
    if kind == "camt.029":
        status = status or text(block, "OrgnlGrpInfAndSts/GrpCxlSts") or text(body, "Sts/Conf")
    fields = (
        *(fields_of(document.header, "AppHdr/") if document.header is not None else ()),
        *(pair for child in body if local(child) not in BLOCKS for pair in own_fields(child, "")),
        *(
            pair
            for child in (block if block is not None and block is not element else ())
            for pair in own_fields(child, "")
        ),
        *(fields_of(element) if element is not body else ()),
    )
    return Message(
        cite=source.cite(locator),
        kind=document.message or kind,
        sender=bic_of(tuple(agents), "instructing_agent") or header_bic(document, "Fr"),
        receiver=bic_of(tuple(agents), "instructed_agent") or header_bic(document, "To"),
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
        content_hash=hashed((*fields, ("locator", locator.rpartition("/")[0]))),
        fields=fields,
    )

"""Orders and inquiries of ISO 20022 that move nothing, and the envelopes in which payments come: each is really read."""

import pytest

from connectors import camt, pacs
from tests.connectors.tables import source
from tests.connectors.test_pacs import ENDS, UETR, bank, credit, document
from tracer.ingest.reading import read_exhibit
from tracer.model import Message, Reject
from tracer.model.payments import is_free_format, is_order, is_report, is_return, is_status

CONNECTOR = pacs.CONNECTOR


def read(tmp_path, text):
    made = source(tmp_path, "a.xml", text)
    assert CONNECTOR.claims(made)
    reading = read_exhibit(made, CONNECTOR)
    items = list(CONNECTOR.read(made))
    assert reading.raw == len(items)
    return items


def direct_debit(number: int, amount: str) -> str:
    return (
        f"<DrctDbtTxInf><PmtId><InstrId>D{number}</InstrId><EndToEndId>DD-{number}</EndToEndId></PmtId>"
        f'<InstdAmt Ccy="EUR">{amount}</InstdAmt><DrctDbtTx><MndtRltdInf><MndtId>M-{number}</MndtId></MndtRltdInf></DrctDbtTx>'
        f"{bank('DbtrAgt', 'QXDEDEFF')}<Dbtr><Nm>PAYER {number}</Nm></Dbtr><DbtrAcct><Id><IBAN>DE0{number}</IBAN></Id></DbtrAcct></DrctDbtTxInf>"
    )


COLLECTION = document(
    "pain.008.001.02",
    "<CstmrDrctDbtInitn><GrpHdr><MsgId>COL1</MsgId><NbOfTxs>2</NbOfTxs><CtrlSum>150.75</CtrlSum></GrpHdr>"
    "<PmtInf><PmtInfId>B1</PmtInfId><NbOfTxs>2</NbOfTxs><ReqdColltnDt>2024-03-18</ReqdColltnDt><Cdtr><Nm>KESTREL LTD</Nm></Cdtr>"
    f"<CdtrAcct><Id><IBAN>GB99</IBAN></Id></CdtrAcct>{bank('CdtrAgt', 'QXGBGB2L')}"
    + direct_debit(1, "100.50")
    + direct_debit(2, "50.25")
    + "</PmtInf></CstmrDrctDbtInitn>",
)


def test_a_direct_debit_order_says_who_pays_and_moves_nothing(tmp_path):
    first, second = read(tmp_path, COLLECTION)
    assert [(m.kind, m.settled, m.instructed, m.instructed_currency) for m in (first, second)] == [
        ("pain.008.001.02", None, 10_050, "EUR"),
        ("pain.008.001.02", None, 5_025, "EUR"),
    ]
    assert (first.end_to_end_id, first.related_reference, first.account, first.marks) == ("DD-1", "B1", "GB99", ())
    assert {(p.role, p.name, p.account) for p in first.parties} == {
        ("debtor", "PAYER 1", "DE01"),
        ("creditor", "KESTREL LTD", "GB99"),
    }
    assert ("DrctDbtTx/MndtRltdInf/MndtId", "M-1") in first.fields
    assert ("PmtInf/ReqdColltnDt", "2024-03-18") in first.fields
    assert is_order(first)
    assert not is_report(first)
    assert not is_return(first)


def test_a_sum_that_the_collections_do_not_give_is_marked(tmp_path):
    first, _ = read(tmp_path, COLLECTION.replace("150.75", "150.76"))
    assert first.marks == ("CtrlSum 150.76, found 150.75",)


def test_a_collection_whose_amount_is_none_is_set_aside(tmp_path):
    first, second = read(tmp_path, COLLECTION.replace("50.25", "much"))
    assert isinstance(first, Message)
    assert isinstance(second, Reject)
    assert second.code == "amount-not-read"


def test_a_customer_s_recall_names_the_order_it_recalls(tmp_path):
    text = document(
        "camt.055.001.08",
        "<CstmrPmtCxlReq><Assgnmt><Id>A9</Id></Assgnmt><Case><Id>CASE9</Id></Case><Undrlyg><OrgnlPmtInfAndCxl>"
        "<OrgnlPmtInfId>B1</OrgnlPmtInfId><TxInf><CxlId>C1</CxlId><OrgnlInstrId>I1</OrgnlInstrId><OrgnlEndToEndId>E2E-1</OrgnlEndToEndId>"
        f'<OrgnlUETR>{UETR}</OrgnlUETR><OrgnlInstdAmt Ccy="EUR">100</OrgnlInstdAmt><CxlRsnInf><Rsn><Cd>DUPL</Cd></Rsn></CxlRsnInf>'
        "</TxInf></OrgnlPmtInfAndCxl></Undrlyg></CstmrPmtCxlReq>",
    )
    (m,) = read(tmp_path, text)
    assert (m.reference, m.message_id, m.related_reference, m.end_to_end_id) == ("C1", "CASE9", "I1", "E2E-1")
    assert (m.uetr, m.return_reason, m.settled, m.instructed) == (UETR, "DUPL", None, None)
    assert is_free_format(m)
    assert not is_return(m)
    assert not is_report(m)


def test_a_request_for_a_status_carries_references_alone(tmp_path):
    text = document(
        "pacs.028.001.03",
        "<FIToFIPmtStsReq><GrpHdr><MsgId>Q1</MsgId></GrpHdr><TxInf><StsReqId>S1</StsReqId><OrgnlGrpInf><OrgnlMsgId>M1</OrgnlMsgId>"
        f"</OrgnlGrpInf><OrgnlInstrId>REF1</OrgnlInstrId><OrgnlEndToEndId>INV1</OrgnlEndToEndId><OrgnlUETR>{UETR}</OrgnlUETR></TxInf>"
        "</FIToFIPmtStsReq>",
    )
    (m,) = read(tmp_path, text)
    assert (m.reference, m.related_reference, m.end_to_end_id, m.uetr, m.settled) == ("REF1", "M1", "INV1", UETR, None)
    assert is_free_format(m)
    assert not is_status(m)


@pytest.mark.parametrize(
    ("name", "kind", "inside"),
    [
        ("UblToApply", "camt.026.001.07", "<Case><Id>K1</Id></Case><Undrlyg><IntrBk><OrgnlInstrId>REF1</OrgnlInstrId></IntrBk></Undrlyg>"),
        ("ClmNonRct", "camt.027.001.07", "<Case><Id>K1</Id></Case><Undrlyg><IntrBk><OrgnlInstrId>REF1</OrgnlInstrId></IntrBk></Undrlyg>"),
        ("ChrgsPmtReq", "camt.106.001.02", '<GrpHdr><MsgId>K1</MsgId></GrpHdr><Chrgs><PerTx><Rcrd><UndrlygTx><InstrId>REF1</InstrId></UndrlygTx><TtlChrgsPerRcrd><TtlChrgsAmt Ccy="USD">25</TtlChrgsAmt></TtlChrgsPerRcrd></Rcrd></PerTx></Chrgs>'),
        ("NtfctnToRcv", "camt.057.001.06", '<GrpHdr><MsgId>K1</MsgId></GrpHdr><Ntfctn><Itm><OrgnlInstrId>REF1</OrgnlInstrId><Amt Ccy="USD">5000</Amt></Itm></Ntfctn>'),
        ("InvstgtnReq", "camt.110.001.01", "<GrpHdr><MsgId>K1</MsgId></GrpHdr><InvstgtnReq><Undrlyg><OrgnlInstrId>REF1</OrgnlInstrId></Undrlyg></InvstgtnReq>"),
    ],
)  # fmt: skip
def test_an_inquiry_is_one_record_with_its_references_and_no_money(tmp_path, name, kind, inside):
    (m,) = read(tmp_path, document(kind, f"<{name}>{inside}</{name}>"))
    assert (m.kind, m.message_id, m.related_reference) == (kind, "K1", "REF1")
    assert (m.settled, m.instructed, m.settled_currency) == (None, None, "")
    assert is_free_format(m)
    assert not is_report(m)


PAYMENT = credit(body=ENDS)
INNER = PAYMENT.partition("<Document")[1] + PAYMENT.partition("<Document")[2].partition("</Envelope>")[0]
HEADER = "<AppHdr><Fr><FIId><FinInstnId><BICFI>QXSGSGSGXXX</BICFI></FinInstnId></FIId></Fr><BizMsgIdr>M1</BizMsgIdr></AppHdr>"
CDATA = f"<Message><Payload><![CDATA[<RequestPayload>{HEADER}{INNER}</RequestPayload>]]></Payload></Message>"
ENVELOPES = {
    "bare": INNER,
    "CBPR+ RequestPayload": f"<RequestPayload>{HEADER}{INNER}</RequestPayload>",
    "business message of the H2 header": f'<BizMsg xmlns="urn:x">{HEADER}{INNER}</BizMsg>',
    "Fedwire envelope with prefixes": (
        '<fw:FedwireFundsOutgoing xmlns:fw="urn:fedwirefunds:outgoing:v001"><fw:FedwireFundsOutgoingMessage><fw:FedwireFundsCustomerCreditTransfer>'
        f"{HEADER}{INNER}</fw:FedwireFundsCustomerCreditTransfer></fw:FedwireFundsOutgoingMessage></fw:FedwireFundsOutgoing>"
    ),
    "CDATA payload": CDATA,
    "escaped payload": f"<Message><Payload>{INNER.replace('&', '&amp;').replace('<', '&lt;')}</Payload></Message>",
    "no namespace at all": INNER.replace(' xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08"', ""),
    "an answer to an authority (auth.002)": (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:auth.002.001.01"><InfReqRspn><RspnId>R1</RspnId><RtrInd><RspnPrd/>'
        f"<InvstgtnRslt>{INNER}</InvstgtnRslt></RtrInd></InfReqRspn></Document>"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(ENVELOPES))
def test_a_payment_is_the_same_in_every_envelope(tmp_path, name):
    found = [i for i in read(tmp_path, ENVELOPES[name]) if isinstance(i, Message) and i.settled]
    (m,) = found
    assert (m.settled, m.settled_currency, str(m.settled_date)) == (48_000_000, "USD", "2024-05-06")
    assert (m.sender, m.receiver, m.reference, m.end_to_end_id) == ("QXSGSGSGXXX", "QXNBUS33", "REF1", "INV1")


def test_the_wrapper_of_an_authority_s_answer_is_kept_and_no_payment(tmp_path):
    items = read(tmp_path, ENVELOPES["an answer to an authority (auth.002)"])
    assert [type(i).__name__ for i in items] == ["Reject", "Message"]
    assert items[0].code == "type-not-read"
    assert "<RspnId>R1</RspnId>" in items[0].raw


STATEMENT = (
    '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>S</MsgId></GrpHdr><Stmt><Id>1</Id>'
    "<Acct><Id><Othr><Id>9000001</Id></Othr></Id><Ccy>USD</Ccy></Acct>"
    '<Ntry><Amt Ccy="USD">5.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2024-03-01</Dt></BookgDt></Ntry>'
    "</Stmt></BkToCstmrStmt></Document>"
)


@pytest.mark.parametrize(
    "text",
    [
        STATEMENT,
        f"<RequestPayload>{HEADER}{STATEMENT}</RequestPayload>",
        f"<Message><Payload><![CDATA[{STATEMENT}]]></Payload></Message>",
        STATEMENT.replace(' xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"', ""),
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:auth.002.001.01"><InfReqRspn><InvstgtnRslt>'
        + STATEMENT
        + "</InvstgtnRslt></InfReqRspn></Document>",
    ],
    ids=["bare", "RequestPayload", "CDATA", "no namespace", "auth.002"],
)
def test_a_statement_is_the_same_in_every_envelope(tmp_path, text):
    made = source(tmp_path, "s.xml", text)
    assert camt.CONNECTOR.claims(made)
    reading = read_exhibit(made, camt.CONNECTOR)
    assert (reading.raw, reading.counts["posting"]) == (1, 1)
    (line,) = (i for i in camt.CONNECTOR.read(made) if type(i).__name__ == "Posting")
    assert (line.account, line.amount, str(line.booked)) == ("9000001", 500, "2024-03-01")

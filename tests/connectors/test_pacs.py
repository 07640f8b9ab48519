"""ISO 20022 payments: any version, prefix and envelope; what a rejection quotes is no payment."""

import hashlib
import random
from pathlib import Path

import pytest

from connectors import camt, pacs
from tracer.ingest import Source
from tracer.ingest.marks import kind_of
from tracer.ingest.reading import read_exhibit
from tracer.match.returned import is_repeated, roles_of
from tracer.model import Exhibit, Message, Reject, UnreadableExhibit

CONNECTOR = pacs.CONNECTOR


def opened(path: Path) -> Source:
    data = path.read_bytes()
    return Source.open(
        Exhibit(hashlib.sha256(data).hexdigest(), "-", path.name, len(data), "EV", "", "", "", "", ""), path
    )


def source(path: Path, text: str) -> Source:
    path.write_text(text, "utf-8")
    return opened(path)


def ties(taken: Source) -> list[object]:
    items = list(CONNECTOR.read(taken))
    assert len({item.cite.locator.partition("#")[0] for item in items}) == CONNECTOR.count(taken)
    return items


def bank(tag: str, identifier: str) -> str:
    inner = (
        f"<BICFI>{identifier}</BICFI>"
        if identifier.isalpha() or not identifier.isdigit()
        else (
            f"<ClrSysMmbId><ClrSysId><Cd>{'USABA' if len(identifier) == 9 else 'USPID'}</Cd></ClrSysId><MmbId>{identifier}</MmbId></ClrSysMmbId>"
        )
    )
    return f"<{tag}><FinInstnId>{inner}</FinInstnId></{tag}>"


def credit(
    version: str = "08",
    service: str = "",
    ns: bool = True,
    body: str = "",
    settlement: str = "<SttlmMtd>INDA</SttlmMtd>",
    kind: str = "pacs.008",
    name: str = "FIToFICstmrCdtTrf",
    msg_id: str = "M1",
) -> str:
    space = f' xmlns="urn:iso:std:iso:20022:tech:xsd:{kind}.001.{version}"' if ns else ""
    header = f"<AppHdr><BizMsgIdr>{msg_id}</BizMsgIdr><BizSvc>{service}</BizSvc></AppHdr>"
    return (
        f"<Envelope>{header}<Document{space}><{name}><GrpHdr><MsgId>{msg_id}</MsgId><NbOfTxs>1</NbOfTxs><SttlmInf>{settlement}</SttlmInf></GrpHdr>"
        f'<CdtTrfTxInf><PmtId><InstrId>REF1</InstrId><EndToEndId>INV1</EndToEndId></PmtId><IntrBkSttlmAmt Ccy="USD">480000</IntrBkSttlmAmt>'
        f"<IntrBkSttlmDt>2024-05-06</IntrBkSttlmDt>{body}</CdtTrfTxInf></{name}></Document></Envelope>"
    )


ENDS = bank("InstgAgt", "QXSGSGSGXXX") + bank("InstdAgt", "QXNBUS33")


@pytest.mark.parametrize("version", ["02", "07", "08", "99"])
def test_any_version_prefix_and_no_namespace_give_the_same_payment(tmp_path, version):
    plain = credit(version, body=ENDS)
    prefixed = plain.replace("<Document xmlns=", "<d:Document xmlns:d=").replace("</Document>", "</d:Document>")
    for text in (plain, credit(ns=False, body=ENDS), prefixed):
        (m,) = ties(source(tmp_path / "a.xml", text))
        assert (m.settled, m.settled_currency, str(m.settled_date), m.sender) == (
            48_000_000,
            "USD",
            "2024-05-06",
            "QXSGSGSGXXX",
        )
        assert (m.reference, m.end_to_end_id, m.settlement_method) == ("REF1", "INV1", "INDA")


def test_cover_and_advice_are_told_apart(tmp_path):
    for service, kind in (
        ("swift.cbprplus.cov.02", "COV"),
        ("swift.cbprplus.adv.02", "ADV"),
        ("swift.cbprplus.02", ""),
    ):
        text = credit(kind="pacs.009", name="FICdtTrf", service=service, body=ENDS)
        (m,) = ties(source(tmp_path / "a.xml", text))
        assert m.kind == f"pacs.009.001.08 {kind}".strip()


def test_a_fedwire_message_names_banks_by_number_and_carries_its_imad(tmp_path):
    body = bank("InstgAgt", "026099998") + bank("InstdAgt", "021099906") + bank("IntrmyAgt1", "0999")
    settlement = "<SttlmMtd>CLRG</SttlmMtd><ClrSys><Cd>FDW</Cd></ClrSys>"
    (m,) = ties(source(tmp_path / "a.xml", credit(body=body, settlement=settlement, msg_id="20250801QXNBUS3C000123")))
    assert m.imad == "20250801QXNBUS3C000123"
    assert [(a.id, a.scheme) for a in m.agents] == [("026099998", "ABA"), ("021099906", "ABA"), ("0999", "CHIPS")]


def test_a_return_has_a_reference_of_its_own_and_may_be_partial(tmp_path):
    text = (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.004.001.09"><PmtRtr><GrpHdr><MsgId>R</MsgId></GrpHdr><TxInf><RtrId>RET1</RtrId>'
        "<OrgnlInstrId>REF1</OrgnlInstrId><OrgnlUETR>11111111-2222-4333-8444-555555555555</OrgnlUETR>"
        '<RtrdIntrBkSttlmAmt Ccy="USD">100.50</RtrdIntrBkSttlmAmt><IntrBkSttlmDt>2024-05-08</IntrBkSttlmDt>'
        "<RtrRsnInf><Rsn><Cd>AC04</Cd></Rsn><AddtlInf>PART</AddtlInf></RtrRsnInf></TxInf></PmtRtr></Document>"
    )
    (m,) = ties(source(tmp_path / "a.xml", text))
    assert (m.reference, m.related_reference, m.settled, m.return_partial) == ("RET1", "REF1", 10_050, True)
    assert m.uetr.startswith("11111111")


_CHAIN = (
    "<RtrChain><Dbtr><Pty><Nm>Beta</Nm></Pty></Dbtr><DbtrAcct><Id><IBAN>ES2</IBAN></Id></DbtrAcct>"
    f"{bank('DbtrAgt', 'QXNBESMM')}{bank('IntrmyAgt1', '021099906')}{bank('CdtrAgt', 'QXNBGB2L')}"
    "<Cdtr><Agt><FinInstnId><BICFI>QXMBGB2S</BICFI></FinInstnId></Agt></Cdtr>"
    "<CdtrAcct><Id><PrtryAcct><Id>4711</Id></PrtryAcct></Id></CdtrAcct></RtrChain>"
)


def test_the_chain_of_a_return_is_the_way_of_the_return(tmp_path):
    """Its agents and parties were in `fields` alone, where no question about a US bank looked."""
    text = (
        "<PmtRtr><GrpHdr><MsgId>R</MsgId></GrpHdr><TxInf><RtrId>RET1</RtrId><OrgnlEndToEndId>E1</OrgnlEndToEndId>"
        '<RtrdIntrBkSttlmAmt Ccy="EUR">100.50</RtrdIntrBkSttlmAmt><IntrBkSttlmDt>2024-05-08</IntrBkSttlmDt>'
        f"{bank('InstgAgt', 'QXNBESMM')}{_CHAIN}</TxInf></PmtRtr>"
    )
    (m,) = ties(source(tmp_path / "a.xml", f'<Document xmlns="urn:x:pacs.004.001.09">{text}</Document>'))
    assert [(p.role, p.name, p.account) for p in m.parties] == [("debtor", "Beta", "ES2")]
    assert m.account == "4711"
    assert [(a.role, a.id, a.account) for a in m.agents] == [
        ("instructing_agent", "QXNBESMM", ""),
        ("debtor_agent", "QXNBESMM", ""),
        ("intermediary_agent_1", "021099906", ""),
        ("creditor_agent", "QXNBGB2L", ""),
        ("creditor_institution", "QXMBGB2S", "4711"),
    ]
    assert is_repeated(m) is False
    assert roles_of([m]) == {"debtor": "ES2"}


def test_a_message_without_its_document_is_read_like_one_in_it(tmp_path):
    text = (
        "<FIToFIPmtRvsl><GrpHdr><MsgId>V</MsgId></GrpHdr><TxInf><RvslId>REV1</RvslId><OrgnlEndToEndId>E1</OrgnlEndToEndId>"
        '<RvsdIntrBkSttlmAmt Ccy="USD">1025</RvsdIntrBkSttlmAmt><RvslRsnInf><Rsn><Cd>AM05</Cd></Rsn></RvslRsnInf></TxInf></FIToFIPmtRvsl>'
    )
    for whole in (
        text,
        f'<Document xmlns="urn:x:pacs.007.001.09">{text}</Document>',
        f"<Envelope><AppHdr/>{text}</Envelope>",
    ):
        made = source(tmp_path / "a.xml", whole)
        assert CONNECTOR.claims(made)
        (m,) = ties(made)
        assert (m.reference, m.settled, m.return_of, m.return_reason) == ("REV1", 102_500, "E1", "AM05")


def test_an_amount_of_no_currency_is_set_aside(tmp_path):
    (reject,) = ties(source(tmp_path / "a.xml", credit(body=ENDS).replace('Ccy="USD"', 'Ccy="QQQ"')))
    assert isinstance(reject, Reject)


def test_six_spellings_of_one_rejection_give_one_record(corpora):
    folder = corpora / "prowide-iso20022"
    found = set()
    for path in sorted(folder.glob("pacs.002-CDATA*.xml")):
        (m,) = [i for i in ties(opened(path)) if isinstance(i, Message)]
        found.add((m.status, m.settled, m.message_id))
    assert found == {("RJCT", None, "0c070cd114934bf398e6a16d81b2d129")}


def test_the_public_corpus_ties(corpora):
    total = 0
    for path in sorted(p for p in (corpora / "prowide-iso20022").rglob("*") if p.is_file()):
        taken = opened(path)
        if CONNECTOR.claims(taken):
            assert not camt.CONNECTOR.claims(taken), path.name
            total += sum(i.settled or 0 for i in ties(taken) if isinstance(i, Message))
    print(f"{total} minor units")
    assert total == 2_742_300


def document(message: str, inner: str) -> str:
    return f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{message}">{inner}</Document>'


def ordered(number: int, amount: str, currency: str = "EUR") -> str:
    return (
        f"<CdtTrfTxInf><PmtId><InstrId>I{number}</InstrId><EndToEndId>E2E-{number}</EndToEndId></PmtId>"
        f'<Amt><InstdAmt Ccy="{currency}">{amount}</InstdAmt></Amt>{bank("CdtrAgt", "QXMBUS3N")}'
        f"<Cdtr><Nm>BETA FZE</Nm></Cdtr><CdtrAcct><Id><IBAN>AE07{number}</IBAN></Id></CdtrAcct></CdtTrfTxInf>"
    )


def initiation(number: str = "3", total: str = "360.5", second: str = "", empty: str = "") -> str:
    def block(name: str, day: str, inside: str) -> str:
        return (
            f"<PmtInf><PmtInfId>{name}</PmtInfId><ReqdExctnDt>{day}</ReqdExctnDt><Dbtr><Nm>ALPHA LTD</Nm></Dbtr>"
            f"<DbtrAcct><Id><Othr><Id>77</Id></Othr></Id></DbtrAcct>{bank('DbtrAgt', 'QXSGSGSG')}<ChrgBr>SHAR</ChrgBr>{inside}</PmtInf>"
        )

    return document(
        "pain.001.001.09",
        f"<CstmrCdtTrfInitn><GrpHdr><MsgId>ORD1</MsgId><NbOfTxs>{number}</NbOfTxs><CtrlSum>{total}</CtrlSum>"
        "<InitgPty><Nm>ALPHA GROUP</Nm></InitgPty></GrpHdr>"
        + block("B1", "2024-03-18", ordered(1, "100") + ordered(2, "250.5"))
        + block("B2", "<Dt>2024-03-19</Dt>", second or ordered(3, "10"))
        + (block("B3", "2024-03-20", "") if empty else "")
        + "</CstmrCdtTrfInitn>",
    )


def test_each_payment_of_an_order_is_a_message_that_settles_nothing(tmp_path):
    items = ties(source(tmp_path / "a.xml", initiation()))
    assert [(m.kind, m.message_id, m.related_reference, m.reference, m.end_to_end_id) for m in items] == [
        ("pain.001.001.09", "ORD1", "B1", "I1", "E2E-1"),
        ("pain.001.001.09", "ORD1", "B1", "I2", "E2E-2"),
        ("pain.001.001.09", "ORD1", "B2", "I3", "E2E-3"),
    ]
    assert [(m.settled, m.settled_date, m.instructed, m.instructed_currency) for m in items] == [
        (None, None, 10_000, "EUR"),
        (None, None, 25_050, "EUR"),
        (None, None, 1_000, "EUR"),
    ]
    last = items[2]
    assert [(a.role, a.id) for a in last.agents] == [("creditor_agent", "QXMBUS3N"), ("debtor_agent", "QXSGSGSG")]
    assert [(p.role, p.name, p.account) for p in last.parties] == [
        ("creditor", "BETA FZE", "AE073"),
        ("debtor", "ALPHA LTD", "77"),
        ("initiating_party", "ALPHA GROUP", ""),
    ]
    assert ("PmtInf/ReqdExctnDt/Dt", "2024-03-19") in last.fields
    assert all(m.marks == () for m in items)


@pytest.mark.parametrize(
    ("changed", "mark"),
    [
        ({"number": "4"}, "NbOfTxs 4, found 3"),
        ({"total": "360.51"}, "CtrlSum 360.51, found 360.5"),
        ({"total": "many"}, "CtrlSum many, found an amount that is none"),
    ],
)
def test_a_count_or_sum_that_the_orders_do_not_give_is_marked_once(tmp_path, changed, mark):
    items = ties(source(tmp_path / "a.xml", initiation(**changed)))
    assert [m.marks for m in items] == [(mark,), (), ()]
    assert kind_of(mark).touches == "total"


def test_an_order_that_cannot_be_read_or_orders_nothing_is_set_aside(tmp_path):
    items = ties(source(tmp_path / "a.xml", initiation(second=ordered(3, "ten"), empty="yes", number="9")))
    assert [type(one).__name__ for one in items] == ["Message", "Message", "Reject", "Reject"]
    assert [one.code for one in items[2:]] == ["amount-not-read", "no-transaction"]


@pytest.mark.parametrize(
    ("amount", "why"),
    [
        ("<IntrBkSttlmAmt Ccy='USD'>480000</IntrBkSttlmAmt><IntrBkSttlmAmt Ccy='USD'>48</IntrBkSttlmAmt>", "stands twice"),
        ("<IntrBkSttlmAmt Ccy='USD'>-480000</IntrBkSttlmAmt>", "below zero"),
        ("<IntrBkSttlmAmt Ccy='USD'>480000</IntrBkSttlmAmt><InstdAmt Ccy='EUR'>-1.00</InstdAmt>", "below zero"),
    ],
)  # fmt: skip
def test_two_amounts_or_one_below_zero_are_no_payment(tmp_path, amount, why):
    text = credit(body=ENDS).replace('<IntrBkSttlmAmt Ccy="USD">480000</IntrBkSttlmAmt>', amount)
    (reject,) = ties(source(tmp_path / "a.xml", text))
    assert (reject.code, why in reject.message) == ("amount-not-read", True)


def test_an_order_below_zero_is_set_aside(tmp_path):
    (*orders, reject) = ties(source(tmp_path / "a.xml", initiation(second=ordered(3, "-10"), total="340.5")))
    assert [(m.instructed, m.marks) for m in orders] == [(10_000, ()), (25_050, ())]
    assert reject.code == "amount-not-read"


@pytest.mark.parametrize(
    ("stated", "marks"),
    [
        ("<TtlIntrBkSttlmAmt Ccy='USD'>480000.00</TtlIntrBkSttlmAmt>", ()),
        ("<TtlIntrBkSttlmAmt Ccy='USD'>480001</TtlIntrBkSttlmAmt>", ("CtrlSum 480001 of TtlIntrBkSttlmAmt, found 480000",)),
        ("<CtrlSum>48</CtrlSum>", ("CtrlSum 48 of CtrlSum, found 480000",)),
        ("<CtrlSum>x</CtrlSum>", ("CtrlSum x of CtrlSum, found an amount that is none",)),
    ],
)  # fmt: skip
def test_a_sum_that_the_payments_of_a_message_do_not_give_is_marked(tmp_path, stated, marks):
    text = credit(body=ENDS).replace("<NbOfTxs>1</NbOfTxs>", "<NbOfTxs>1</NbOfTxs>" + stated)
    (message,) = ties(source(tmp_path / "a.xml", text))
    assert message.marks == marks
    assert all(kind_of(mark).touches == "total" for mark in marks)


def test_a_drawdown_is_asked_for_and_answered(tmp_path):
    asked = document(
        "pain.013.001.07",
        "<CdtrPmtActvtnReq><GrpHdr><MsgId>DD1</MsgId></GrpHdr><PmtInf><PmtInfId>P1</PmtInfId><Dbtr><Nm>ALPHA LTD</Nm></Dbtr>"
        + bank("DbtrAgt", "021099906")
        + ordered(1, "5000", "USD").replace("CdtTrfTxInf", "CdtTrfTx")
        + "</PmtInf></CdtrPmtActvtnReq>",
    )
    (m,) = ties(source(tmp_path / "a.xml", asked))
    assert (m.kind, m.settled, m.instructed, m.end_to_end_id) == ("pain.013.001.07", None, 500_000, "E2E-1")
    answered = document(
        "pain.014.001.07",
        "<CdtrPmtActvtnReqStsRpt><GrpHdr><MsgId>S1</MsgId></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>DD1</OrgnlMsgId></OrgnlGrpInfAndSts>"
        "<OrgnlPmtInfAndSts><OrgnlPmtInfId>P1</OrgnlPmtInfId><TxInfAndSts><OrgnlEndToEndId>E2E-1</OrgnlEndToEndId><TxSts>RJCT</TxSts>"
        "<StsRsnInf><Rsn><Cd>AM04</Cd></Rsn></StsRsnInf></TxInfAndSts></OrgnlPmtInfAndSts></CdtrPmtActvtnReqStsRpt>",
    )
    (s,) = ties(source(tmp_path / "b.xml", answered))
    assert (s.status, s.return_reason, s.end_to_end_id, s.related_reference) == ("RJCT", "AM04", "E2E-1", "P1")


UETR = "11111111-2222-4333-8444-555555555555"
RECALL = document(
    "camt.056.001.08",
    f"<FIToFIPmtCxlReq><Assgnmt><Id>A1</Id><Assgnr><Agt><FinInstnId><BICFI>QXSGSGSG</BICFI></FinInstnId></Agt></Assgnr>"
    "<Assgne><Agt><FinInstnId><BICFI>QXNBUS33</BICFI></FinInstnId></Agt></Assgne></Assgnmt><Case><Id>CASE7</Id></Case>"
    "<Undrlyg><TxInf><CxlId>CXL1</CxlId><OrgnlGrpInf><OrgnlMsgId>M1</OrgnlMsgId></OrgnlGrpInf><OrgnlInstrId>REF1</OrgnlInstrId>"
    f'<OrgnlEndToEndId>INV1</OrgnlEndToEndId><OrgnlUETR>{UETR}</OrgnlUETR><OrgnlIntrBkSttlmAmt Ccy="USD">480000</OrgnlIntrBkSttlmAmt>'
    "<CxlRsnInf><Rsn><Cd>FRAD</Cd></Rsn><AddtlInf>REJT OR RETURN</AddtlInf></CxlRsnInf></TxInf></Undrlyg></FIToFIPmtCxlReq>",
)
ANSWER = document(
    "camt.029.001.09",
    "<RsltnOfInvstgtn><Assgnmt><Id>A2</Id></Assgnmt><RslvdCase><Id>CASE7</Id></RslvdCase><Sts><Conf>RJCR</Conf></Sts>"
    "<CxlDtls><TxInfAndSts><CxlStsId>CS1</CxlStsId><OrgnlInstrId>REF1</OrgnlInstrId><CxlStsRsnInf><Rsn><Cd>CUST</Cd></Rsn>"
    "</CxlStsRsnInf></TxInfAndSts></CxlDtls></RsltnOfInvstgtn>",
)


def test_a_recall_and_its_answer_carry_references_and_no_money(tmp_path):
    (recall,) = ties(source(tmp_path / "a.xml", RECALL))
    (answer,) = ties(source(tmp_path / "b.xml", ANSWER))
    assert (recall.settled, recall.instructed, answer.settled, answer.instructed) == (None, None, None, None)
    assert (recall.reference, recall.message_id, recall.related_reference, recall.uetr) == (
        "CXL1",
        "CASE7",
        "REF1",
        UETR,
    )
    assert (recall.sender, recall.receiver, recall.return_reason) == ("QXSGSGSG", "QXNBUS33", "FRAD")
    assert (answer.status, answer.return_reason, answer.return_of, answer.related_reference) == (
        "RJCR",
        "CUST",
        "CASE7",
        "REF1",
    )


def test_a_recall_of_a_whole_group_is_one_record(tmp_path):
    group = "<Undrlyg><OrgnlGrpInfAndCxl><OrgnlMsgId>M9</OrgnlMsgId><GrpCxl>true</GrpCxl></OrgnlGrpInfAndCxl></Undrlyg>"
    whole = document("camt.056.001.08", f"<FIToFIPmtCxlReq><Assgnmt><Id>A1</Id></Assgnmt>{group}</FIToFIPmtCxlReq>")
    (m,) = ties(source(tmp_path / "a.xml", whole))
    assert (m.related_reference, m.message_id) == ("M9", "A1")


@pytest.mark.parametrize("text", [initiation(), RECALL, ANSWER], ids=["order", "recall", "answer"])
def test_a_damaged_file_loses_no_record_and_never_crashes(tmp_path, text):
    rng = random.Random(text)
    read = 0
    for _ in range(150):
        tags = text.split("<")
        at = rng.randrange(1, len(tags))
        tags[at] = rng.choice([tags[rng.randrange(1, len(tags))], tags[at].replace("1", "x"), tags[at] + "&amp;"])
        try:
            reading = read_exhibit(source(tmp_path / "a.xml", "<".join(tags)), CONNECTOR)
        except UnreadableExhibit:
            continue
        read += 1
        assert reading.checks[0].outcome == "ok"
    assert read


def test_orders_and_their_answers_of_a_public_corpus_tie(corpora):
    found = {}
    for path in sorted((corpora / "iso20022js-bank-samples").rglob("pain_*.xml")):
        taken = opened(path)
        assert CONNECTOR.claims(taken), path.name
        items = ties(taken)
        assert all(isinstance(one, Message) and one.settled is None for one in items)
        found[f"{path.parent.name}/{path.name}"] = len(items)
    assert (len(found), sum(found.values())) == (14, 19)

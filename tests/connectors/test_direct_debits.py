"""Direct debits: the creditor's side sends and the debtor pays, so that every role stands the other way round."""

from datetime import date
from pathlib import Path

import pytest

from connectors import mt_payments, pacs
from tests.connectors.tables import source
from tests.connectors.test_pacs import UETR, bank, document
from tracer.ingest.marks import kind_of
from tracer.ingest.reading import read_exhibit
from tracer.model import Message, Reject
from tracer.model.payments import is_event, is_order

HEAD = "{1:F01QXGBGB2LXXXX0000000000}{2:I104QXDEDEFFXXXXN}"
MT104 = (
    HEAD + "{4:\r\n:20:COL-1\r\n:21R:RUN-7\r\n:30:240318\r\n:50K:/GB01\r\nKESTREL LTD\r\n:52A:QXGBGB2L\r\n:71A:SHA\r\n"
    ":21:D1\r\n:21C:M-1\r\n:32B:EUR100,50\r\n:57A:QXDEDEFF\r\n:59:/DE01\r\nPAYER ONE\r\n:70:/INV/1\r\n"
    ":21:D2\r\n:21C:M-2\r\n:32B:EUR50,25\r\n:50K:/GB02\r\nMERLIN LTD\r\n:59:/DE02\r\nPAYER TWO\r\n"
    ":32B:EUR150,75\r\n:53B:/04112233\r\n-}"
)
DEBIT = (
    "<DrctDbtTxInf><PmtId><InstrId>{ref}</InstrId><EndToEndId>E-{ref}</EndToEndId><UETR>" + UETR + "</UETR></PmtId>"
    '<IntrBkSttlmAmt Ccy="EUR">{amount}</IntrBkSttlmAmt>{more}<ChrgBr>SLEV</ChrgBr>'
    "<DrctDbtTx><MndtRltdInf><MndtId>M-{ref}</MndtId></MndtRltdInf></DrctDbtTx>"
)
CUSTOMER = document(
    "pacs.003.001.08",
    "<FIToFICstmrDrctDbt><GrpHdr><MsgId>P3</MsgId><NbOfTxs>2</NbOfTxs><IntrBkSttlmDt>2024-03-18</IntrBkSttlmDt>"
    "<SttlmInf><SttlmMtd>CLRG</SttlmMtd></SttlmInf></GrpHdr>"
    + "".join(
        DEBIT.format(ref=ref, amount=amount, more="")
        + "<Cdtr><Nm>KESTREL LTD</Nm></Cdtr><CdtrAcct><Id><IBAN>GB01</IBAN></Id></CdtrAcct>"
        + bank("CdtrAgt", "QXGBGB2L")
        + bank("InstgAgt", "QXGBGB2L")
        + bank("InstdAgt", "QXDEDEFF")
        + f"<Dbtr><Nm>PAYER {ref}</Nm></Dbtr><DbtrAcct><Id><IBAN>DE-{ref}</IBAN></Id></DbtrAcct>"
        + bank("DbtrAgt", "QXDEDEFF")
        + "<RmtInf><Ustrd>march</Ustrd></RmtInf></DrctDbtTxInf>"
        for ref, amount in (("D1", "100.50"), ("D2", "50.25"))
    )
    + "</FIToFICstmrDrctDbt>",
)
BETWEEN_BANKS = document(
    "pacs.010.001.03",
    "<FIDrctDbt><GrpHdr><MsgId>P10</MsgId><NbOfTxs>2</NbOfTxs></GrpHdr>"
    '<CdtInstr><CdtId>CI-1</CdtId><TtlIntrBkSttlmAmt Ccy="EUR">150.75</TtlIntrBkSttlmAmt><IntrBkSttlmDt>2024-03-18</IntrBkSttlmDt>'
    + bank("InstgAgt", "QXGBGB2L")
    + bank("InstdAgt", "QXDEDEFF")
    + bank("CdtrAgt", "QXUSUS33")
    + bank("Cdtr", "QXGBGB2L")
    + "<CdtrAcct><Id><Othr><Id>04112233</Id></Othr></Id></CdtrAcct>"
    + "".join(
        DEBIT.format(ref=ref, amount=amount, more="").replace("<ChrgBr>SLEV</ChrgBr>", "").partition("<DrctDbtTx>")[0]
        + bank("Dbtr", "QXDEDEFF")
        + "<DbtrAcct><Id><Othr><Id>778899</Id></Othr></Id></DbtrAcct></DrctDbtTxInf>"
        for ref, amount in (("D1", "100.50"), ("D2", "50.25"))
    )
    + "</CdtInstr></FIDrctDbt>",
)


def read(path: Path, text: str, connector=pacs.CONNECTOR):
    made = source(path, "a.txt", text)
    assert connector.claims(made)
    reading = read_exhibit(made, connector)
    items = list(connector.read(made))
    assert reading.raw == len({item.cite.locator.partition("#")[0] for item in items})
    for item in items:
        assert isinstance(item, Reject) or all(kind_of(mark).name != "unknown" for mark in item.marks)
    return items


def people(message: Message) -> set[tuple[str, str, str]]:
    return {(p.role, p.name, p.account) for p in message.parties}


def banks(message: Message) -> dict[str, str]:
    return {agent.role: agent.id for agent in message.agents}


def test_who_orders_an_mt104_is_paid(tmp_path: Path) -> None:
    first, second = read(tmp_path, MT104, mt_payments.CONNECTOR)
    assert [(m.kind, m.settled, m.settled_currency, m.settled_date, m.marks) for m in (first, second)] == [
        ("MT104", 10_050, "EUR", date(2024, 3, 18), ()),
        ("MT104", 5_025, "EUR", date(2024, 3, 18), ()),
    ]
    assert people(first) == {("creditor", "KESTREL LTD", "GB01"), ("debtor", "PAYER ONE", "DE01")}
    assert people(second) == {("creditor", "MERLIN LTD", "GB02"), ("debtor", "PAYER TWO", "DE02")}, "its own 50a wins"
    assert (first.account, second.account) == ("GB01", "GB02")
    assert banks(first) == {
        "instructing_agent": "QXGBGB2L",
        "instructed_agent": "QXDEDEFF",
        "debtor_agent": "QXDEDEFF",
        "creditor_agent": "QXGBGB2L",
    }
    assert (first.reference, first.related_reference, first.message_id, first.remittance) == (
        "D1",
        "RUN-7",
        "COL-1",
        "/INV/1",
    )
    assert ("B.21C", "M-1") in first.fields
    assert ("C.32B", "EUR150,75") in first.fields
    assert not is_event(first)


@pytest.mark.parametrize(
    ("change", "into", "mark"),
    [
        (":32B:EUR150,75", ":32B:EUR150,76", "field 19 or 32A: 32B states 15076, found 15075"),
        (":32B:EUR150,75\r\n", ":32B:EUR151,75\r\n:19:150,75\r\n:71F:EUR1,\r\n", ""),
        (":32B:EUR150,75\r\n", ":32B:EUR151,75\r\n:19:150,74\r\n:71F:EUR1,\r\n", "field 19 or 32A: 19 states 15074, found 15075"),
        (":30:240318", ":30:240231", "the value date 240231 does not exist"),
    ],
)  # fmt: skip
def test_the_sum_and_the_day_of_an_mt104_are_checked(tmp_path: Path, change: str, into: str, mark: str) -> None:
    first, second = read(tmp_path, MT104.replace(change, into), mt_payments.CONNECTOR)
    assert mark in (*first.marks, "")
    assert bool(first.marks) == bool(mark)
    assert (first.settled, second.settled) == (10_050, 5_025), "the settlement amount is no payment of its own"


def test_a_request_for_a_debit_moves_nothing(tmp_path: Path) -> None:
    text = MT104.replace(":21R:RUN-7\r\n", ":21R:RUN-7\r\n:23E:RFDD\r\n").replace(
        ":32B:EUR150,75\r\n:53B:/04112233\r\n", ""
    )
    for m in read(tmp_path, text, mt_payments.CONNECTOR):
        assert (m.kind, m.settled, m.settled_date, m.instructed_currency) == ("MT104RFDD", None, None, "EUR")
        assert is_order(m)
    (m,) = [m for m in read(tmp_path, text, mt_payments.CONNECTOR) if m.reference == "D2"]
    assert (m.instructed, people(m)) == (5_025, {("creditor", "MERLIN LTD", "GB02"), ("debtor", "PAYER TWO", "DE02")})


def test_an_mt104_without_an_envelope_is_known_by_its_fields(tmp_path: Path) -> None:
    bare = MT104.partition("{4:\r\n")[2].replace("-}", "")
    assert [m.kind for m in read(tmp_path, bare, mt_payments.CONNECTOR)] == ["MT104", "MT104"]


def test_an_mt107_is_read_alike(tmp_path: Path) -> None:
    first, _ = read(tmp_path, MT104.replace("{2:I104", "{2:I107"), mt_payments.CONNECTOR)
    assert (first.kind, first.settled, people(first)) == (
        "MT107",
        10_050,
        {("creditor", "KESTREL LTD", "GB01"), ("debtor", "PAYER ONE", "DE01")},
    )


def test_a_customers_debit_settles_from_the_debtor(tmp_path: Path) -> None:
    first, second = read(tmp_path, CUSTOMER)
    assert [(m.kind, m.settled, m.settled_currency, m.settled_date, m.marks) for m in (first, second)] == [
        ("pacs.003.001.08", 10_050, "EUR", date(2024, 3, 18), ()),
        ("pacs.003.001.08", 5_025, "EUR", date(2024, 3, 18), ()),
    ]
    assert people(first) == {("creditor", "KESTREL LTD", "GB01"), ("debtor", "PAYER D1", "DE-D1")}
    assert banks(first)["debtor_agent"] == first.receiver == "QXDEDEFF"
    assert banks(first)["creditor_agent"] == first.sender == "QXGBGB2L"
    assert (first.reference, first.end_to_end_id, first.uetr, first.account) == ("D1", "E-D1", UETR, "GB01")
    assert (first.charge_bearer, first.settlement_method, first.remittance) == ("SLEV", "CLRG", "march")
    assert ("DrctDbtTx/MndtRltdInf/MndtId", "M-D1") in first.fields
    assert not is_event(first)


def test_a_banks_debit_takes_the_creditor_from_its_instruction(tmp_path: Path) -> None:
    first, second = read(tmp_path, BETWEEN_BANKS)
    assert [(m.kind, m.settled, m.settled_date, m.related_reference, m.marks) for m in (first, second)] == [
        ("pacs.010.001.03", 10_050, date(2024, 3, 18), "CI-1", ()),
        ("pacs.010.001.03", 5_025, date(2024, 3, 18), "CI-1", ()),
    ]
    ends = {a.role: (a.id, a.account) for a in first.agents if a.role.endswith("_institution")}
    assert ends == {"debtor_institution": ("QXDEDEFF", "778899"), "creditor_institution": ("QXGBGB2L", "04112233")}
    assert banks(first)["creditor_agent"] == "QXUSUS33"
    assert (first.sender, first.receiver, first.account, first.parties) == ("QXGBGB2L", "QXDEDEFF", "04112233", ())
    assert ("CdtInstr/TtlIntrBkSttlmAmt", "150.75") in first.fields


def test_totals_of_debits_are_compared(tmp_path: Path) -> None:
    first, _ = read(tmp_path, BETWEEN_BANKS.replace(">150.75<", ">150.76<").replace("<NbOfTxs>2", "<NbOfTxs>3"))
    assert first.marks == ("NbOfTxs 3, found 2", "CtrlSum 150.76 of CdtInstr CI-1, found 150.75")


def test_an_instruction_that_debits_nobody_and_an_amount_that_is_none_are_set_aside(tmp_path: Path) -> None:
    empty = BETWEEN_BANKS.replace("</FIDrctDbt>", "<CdtInstr><CdtId>CI-2</CdtId></CdtInstr></FIDrctDbt>")
    *_, aside = read(tmp_path, empty)
    assert isinstance(aside, Reject)
    assert aside.code == "no-transaction"
    first, aside = read(tmp_path, CUSTOMER.replace(">50.25<", ">much<"))
    assert isinstance(first, Message)
    assert isinstance(aside, Reject)
    assert aside.code == "amount-not-read"


MT204 = (
    HEAD.replace("I104", "I204")
    + "{4:\r\n:20:FM-1\r\n:19:150,75\r\n:30:240318\r\n:57A:QXUSUS33\r\n:58A:/GB01\r\nQXGBGB2L\r\n"
    ":20:D1\r\n:21:MARGIN\r\n:32B:EUR100,50\r\n:53A:/DE01\r\nQXDEDEFF\r\n:20:D2\r\n:32B:EUR50,25\r\n:53A:QXFRFRPP\r\n-}"
)


def test_an_mt204_debits_the_institution_of_each_sequence(tmp_path: Path) -> None:
    first, second = read(tmp_path, MT204, mt_payments.CONNECTOR)
    assert [(m.kind, m.message_id, m.reference, m.related_reference, m.settled, m.settled_date, m.marks) for m in (first, second)] == [
        ("MT204", "FM-1", "D1", "MARGIN", 10_050, date(2024, 3, 18), ()),
        ("MT204", "FM-1", "D2", "", 5_025, date(2024, 3, 18), ()),
    ]  # fmt: skip
    assert banks(first)["debtor_institution"] == "QXDEDEFF"
    assert banks(second)["debtor_institution"] == "QXFRFRPP"
    assert (banks(first)["creditor_institution"], banks(first)["creditor_agent"], first.account) == (
        "QXGBGB2L",
        "QXUSUS33",
        "GB01",
    )
    first, _ = read(tmp_path, MT204.replace(":19:150,75", ":19:150,70"), mt_payments.CONNECTOR)
    assert first.marks == ("field 19 or 32A: 19 states 15070, found 15075",)
    (aside,) = read(tmp_path, MT204.partition(":20:D1")[0] + "-}", mt_payments.CONNECTOR)
    assert isinstance(aside, Reject)

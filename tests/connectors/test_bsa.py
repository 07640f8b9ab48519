"""Reports to FinCEN: nothing of them is lost, nothing of them is money of an account, and nothing of them leaves the case."""

from pathlib import Path

import pytest
from lxml import etree

import tracer
from connectors import bsa
from tests.connectors.goldens import opened
from tests.connectors.tables import source
from tracer.ingest.marks import kind_of
from tracer.ingest.reading import read_exhibit
from tracer.model import Account, Aggregate, Message, Party, Posting, Statement

SAR = """<?xml version="1.0" encoding="UTF-8"?>
<fc2:EFilingBatchXML xmlns:fc2="www.fincen.gov/base" TotalAmount="125000" PartyCount="1" ActivityCount="1">
<fc2:FormTypeCode>SARX</fc2:FormTypeCode>
<fc2:Activity SeqNum="1"><fc2:EFilingPriorDocumentNumber>31000099000001</fc2:EFilingPriorDocumentNumber><fc2:FilingDateText>20240611</fc2:FilingDateText>
<fc2:Party SeqNum="2"><fc2:ActivityPartyTypeCode>30</fc2:ActivityPartyTypeCode>
<fc2:PartyName SeqNum="3"><fc2:PartyNameTypeCode>L</fc2:PartyNameTypeCode><fc2:RawPartyFullName>Quillhaven Bank N.A.</fc2:RawPartyFullName></fc2:PartyName></fc2:Party>
<fc2:Party SeqNum="4"><fc2:ActivityPartyTypeCode>33</fc2:ActivityPartyTypeCode><fc2:IndividualBirthDateText>19710400</fc2:IndividualBirthDateText>
<fc2:PartyName SeqNum="5"><fc2:PartyNameTypeCode>L</fc2:PartyNameTypeCode><fc2:RawEntityIndividualLastName>Orvell</fc2:RawEntityIndividualLastName><fc2:RawIndividualFirstName>Tamsin</fc2:RawIndividualFirstName></fc2:PartyName>
<fc2:PartyName SeqNum="6"><fc2:PartyNameTypeCode>AKA</fc2:PartyNameTypeCode><fc2:RawPartyFullName>T. Orvel</fc2:RawPartyFullName></fc2:PartyName>
<fc2:PartyIdentification SeqNum="7"><fc2:PartyIdentificationNumberText>X0000001</fc2:PartyIdentificationNumberText><fc2:PartyIdentificationTypeCode>6</fc2:PartyIdentificationTypeCode><fc2:OtherIssuerCountryText>ZZ</fc2:OtherIssuerCountryText></fc2:PartyIdentification>
<fc2:PartyAccountAssociation SeqNum="8"><fc2:Party SeqNum="9"><fc2:ActivityPartyTypeCode>41</fc2:ActivityPartyTypeCode>
<fc2:Account SeqNum="10"><fc2:AccountNumberText>000912345678</fc2:AccountNumberText></fc2:Account></fc2:Party></fc2:PartyAccountAssociation></fc2:Party>
<fc2:SuspiciousActivity SeqNum="11"><fc2:SuspiciousActivityFromDateText>20240102</fc2:SuspiciousActivityFromDateText><fc2:SuspiciousActivityToDateText>20240531</fc2:SuspiciousActivityToDateText><fc2:TotalSuspiciousAmountText>125000</fc2:TotalSuspiciousAmountText></fc2:SuspiciousActivity>
<fc2:ActivityNarrativeInformation SeqNum="12"><fc2:ActivityNarrativeSequenceNumber>1</fc2:ActivityNarrativeSequenceNumber><fc2:ActivityNarrativeText>Wires to a shell, </fc2:ActivityNarrativeText></fc2:ActivityNarrativeInformation>
<fc2:ActivityNarrativeInformation SeqNum="13"><fc2:ActivityNarrativeSequenceNumber>2</fc2:ActivityNarrativeSequenceNumber><fc2:ActivityNarrativeText>no purpose stated.</fc2:ActivityNarrativeText></fc2:ActivityNarrativeInformation>
<fc2:OfNoSchema Odd="1">kept as it stands</fc2:OfNoSchema></fc2:Activity></fc2:EFilingBatchXML>
"""
CTR = """<EFilingBatchXML ActivityCount="1" TotalAmount="30000"><Activity SeqNum="1"><FilingDateText>20240230</FilingDateText>
<Party><ActivityPartyTypeCode>30</ActivityPartyTypeCode><PartyName><RawPartyFullName>Quillhaven Bank N.A.</RawPartyFullName></PartyName></Party>
<Party><ActivityPartyTypeCode>50</ActivityPartyTypeCode><PartyName><RawPartyFullName>Perrin Cask Ltd</RawPartyFullName></PartyName><Account><AccountNumberText>77001</AccountNumberText></Account></Party>
<CurrencyTransactionActivity><TotalCashInReceiveAmountText>24000</TotalCashInReceiveAmountText><TotalCashOutAmountText>a few</TotalCashOutAmountText><TransactionDateText>20240229</TransactionDateText>
<CurrencyTransactionActivityDetail><DetailTransactionAmountText>24000</DetailTransactionAmountText></CurrencyTransactionActivityDetail></CurrencyTransactionActivity>
</Activity><FormTypeCode>CTRX</FormTypeCode></EFilingBatchXML>"""


def texts(root: etree._Element) -> list[str]:
    """Every text and attribute of a tree, by lxml's own walk."""
    found = [str(part).strip() for part in root.itertext()]
    return sorted(part for part in found if part) + sorted(v for e in root.iter() for v in e.attrib.values())


def kept(message: Message) -> list[str]:
    plain = sorted(v for path, v in message.fields if "@" not in path and v)
    return plain + sorted(v for path, v in message.fields if "@" in path)


def test_a_suspicious_activity_report_is_typed_and_its_sum_is_an_aggregate(tmp_path: Path) -> None:
    made = source(tmp_path, "x.xml", SAR)
    assert bsa.CONNECTOR.claims(made)
    items = list(bsa.CONNECTOR.read(made))
    assert not [i for i in items if isinstance(i, Posting | Statement | Account)]
    filer, subject = (i for i in items if isinstance(i, Party))
    assert (filer.names[0].text, filer.kind) == ("Quillhaven Bank N.A.", "entity")
    assert [(n.text, n.kind) for n in subject.names] == [("Tamsin Orvell", "legal"), ("T. Orvel", "alias")]
    assert (subject.kind, subject.born, str(subject.identifiers[0].scheme)) == ("person", "1971-04", "passport")
    (total,) = (i for i in items if isinstance(i, Aggregate))
    assert (total.amount, total.currency, total.payer, str(total.first), str(total.last)) == (
        12_500_000, "USD", "Tamsin Orvell", "2024-01-02", "2024-05-31",
    )  # fmt: skip
    (message,) = (i for i in items if isinstance(i, Message))
    assert (message.kind, message.sender, message.account) == ("FinCEN SARX", "Quillhaven Bank N.A.", "000912345678")
    assert (message.settled, message.instructed) == (None, None)
    assert message.narrative == "Wires to a shell,\nno purpose stated."
    assert message.related_reference == "31000099000001"
    assert [(p.role, p.account) for p in message.parties][1:] == [
        ("subject", "000912345678"), ("institution_of_account", "000912345678"),
    ]  # fmt: skip
    assert all(not kind_of(mark).is_doubt for mark in message.marks)
    assert kept(message) == texts(etree.fromstring(SAR.encode()))


def test_a_currency_transaction_report_says_which_way_the_cash_went(tmp_path: Path) -> None:
    reading = read_exhibit(source(tmp_path, "x.xml", CTR), bsa.CONNECTOR)
    assert (reading.raw, reading.status) == (1, "loaded-and-flagged")
    items = list(bsa.CONNECTOR.read(source(tmp_path, "x.xml", CTR)))
    (cash,) = (i for i in items if isinstance(i, Aggregate))
    assert (cash.payer, cash.payee, cash.amount, str(cash.last)) == (
        "Perrin Cask Ltd", "Quillhaven Bank N.A.", 2_400_000, "2024-02-29",
    )  # fmt: skip
    (message,) = (i for i in items if isinstance(i, Message))
    assert set(message.marks) == {
        "control-total:ActivityCount:1:1",
        "control-total:TotalAmount:30000:24000",
        "date-does-not-exist:20240230",
        "amount-not-a-number:sum:a few",
    }
    assert all(kind_of(mark).name != "unknown" for mark in message.marks)
    assert kept(message) == texts(etree.fromstring(CTR))


def test_a_sum_that_stands_twice_is_two_sums_and_one_below_zero_is_none(tmp_path: Path) -> None:
    again = "<CurrencyTransactionActivity><TotalCashInReceiveAmountText>1000</TotalCashInReceiveAmountText><TotalCashOutAmountText>-5</TotalCashOutAmountText></CurrencyTransactionActivity></Activity>"
    made = source(tmp_path, "ctr.xml", CTR.replace("</Activity>", again))
    items = list(bsa.CONNECTOR.read(made))
    sums = [one for one in items if isinstance(one, Aggregate)]
    assert [(one.amount, one.cite.locator) for one in sums] == [
        (2_400_000, "activity=1#sum=3"),
        (100_000, "activity=1#sum=3.2"),
    ]
    assert len({one.record for one in sums}) == 2
    (report,) = [one for one in items if isinstance(one, Message)]
    assert "amount-not-a-number:sum:-5" in report.marks


def test_a_batch_without_a_report_is_set_aside_and_a_bomb_is_refused(tmp_path: Path) -> None:
    reading = read_exhibit(source(tmp_path, "x.xml", "<EFilingBatchXML><FormTypeCode>SARX</FormTypeCode></EFilingBatchXML>"), bsa.CONNECTOR)  # fmt: skip
    assert [r.code for r in reading.rejects] == ["no-record"]
    bomb = SAR.replace("<fc2:EFiling", '<!DOCTYPE a [<!ENTITY b "c">]><fc2:EFiling', 1)
    with pytest.raises(tracer.model.UnreadableExhibit, match="DTD"):
        list(bsa.CONNECTOR.read(source(tmp_path, "y.xml", bomb)))


def test_the_public_samples_keep_every_text(corpora: Path) -> None:
    """SOURCE.md: 5 batches of one activity, 5 acknowledgements; sar_batch names 10 names, ctr_batch sums 47000."""
    raw = 0
    for path in sorted((corpora / "moov-fincen-bsa" / "samples").glob("*.xml")):
        reading = read_exhibit(opened(path), bsa.CONNECTOR)
        assert not reading.rejects
        raw += reading.raw
        root = etree.parse(path).getroot()
        messages = [i for i in bsa.CONNECTOR.read(opened(path)) if isinstance(i, Message)]
        words = [value for message in messages for _, value in message.fields]
        assert set(texts(root)) <= set(words), path.name
    assert raw == 5 + 15
    (total,) = (i for i in bsa.CONNECTOR.read(opened(corpora / "moov-fincen-bsa/samples/ctr_batch.xml")) if isinstance(i, Aggregate))  # fmt: skip
    assert total.amount == 4_700_000


def test_a_report_is_intelligence_without_being_told_and_is_in_no_graph(tmp_path: Path) -> None:
    file = tmp_path / "report.xml"
    file.write_text(SAR, "utf-8")
    case = tracer.new(tmp_path / "case", id="X-1", title="Test", as_of="2026-01-01", by="A. Officer")
    (row,) = case.load(file)
    assert row["outcome"] == "loaded-and-reconciled"
    (exhibit,) = case.exhibits.all()
    assert exhibit.evidence_class == "INT"
    assert case.ledger.counts()["party"] == 2, "it is held, in the case only"
    assert exhibit.sha256 in case.gate.withheld
    dossier = case.dossier()
    assert not dossier.exhibits
    assert "Orvell" not in repr(dossier)
    assert case.embedded().search("Orvell").num_rows == 0


@pytest.mark.parametrize("stated", ["EV", "EV-P"])
def test_a_report_that_somebody_calls_evidence_is_refused(tmp_path: Path, stated: str) -> None:
    """EV-P is also what an unstated file is; stated by a person it is a statement, and a wrong one."""
    file = tmp_path / "report.xml"
    file.write_text(SAR, "utf-8")
    case = tracer.new(tmp_path / "case", id="X-1", title="Test", as_of="2026-01-01", by="A. Officer")
    view = case.load(file, evidence_class=stated)
    assert [row["outcome"] for row in view] == ["refused"]
    assert f"class INT, but it was taken in as {stated}" in view.explain()
    assert "message" not in case.ledger.counts()

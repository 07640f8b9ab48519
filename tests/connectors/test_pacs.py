"""ISO 20022 payments: any version, prefix and envelope; what a rejection quotes is no payment."""

import hashlib
from pathlib import Path

import pytest

from connectors import camt, pacs
from tracer.ingest import Source
from tracer.model import Exhibit, Message, Reject

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

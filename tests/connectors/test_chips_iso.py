"""CHIPS since April 2024: the messages of ISO 20022 with participants by number; extracts before it through a profile."""

from pathlib import Path

from connectors import pacs, table
from tests.connectors.goldens import FIXTURES, opened
from tests.connectors.tables import source
from tests.connectors.test_pacs import UETR, bank, credit
from tracer.ingest.reading import read_exhibit
from tracer.model import Message, Posting

SETTLEMENT = "<SttlmMtd>CLRG</SttlmMtd><ClrSys><Cd>CHI</Cd></ClrSys>"
BODY = (
    bank("InstgAgt", "0991")
    + bank("InstdAgt", "0992")
    + bank("DbtrAgt", "QXSGSGSG")
    + bank("CdtrAgt", "QXHKHKHH")
    + "<Dbtr><Nm>MERIDIAN DREDGING</Nm></Dbtr><Cdtr><Nm>BRIGHTWATER TRADING</Nm></Cdtr>"
)


def payment(**more: str) -> str:
    text = credit(body=BODY, settlement=SETTLEMENT, service="chips.pacs.008", **more)
    identity = f"<UETR>{UETR}</UETR><ClrSysRef>0090001</ClrSysRef></PmtId>"
    return text.replace("</PmtId>", identity)


def test_participants_by_number_and_the_sequence_number_are_kept(tmp_path: Path) -> None:
    made = source(tmp_path, "a.xml", payment())
    assert pacs.CONNECTOR.claims(made)
    (m,) = pacs.CONNECTOR.read(made)
    assert isinstance(m, Message)
    assert (m.clearing_system, m.settlement_method, m.uetr, m.imad) == ("CHI", "CLRG", UETR, "")
    assert [(a.role, a.id, a.scheme, a.clearing) for a in m.agents][:2] == [
        ("instructing_agent", "0991", "CHIPS", "USPID0991"),
        ("instructed_agent", "0992", "CHIPS", "USPID0992"),
    ]
    assert (m.sender, m.receiver) == ("0991", "0992")
    assert ("PmtId/ClrSysRef", "0090001") in m.fields
    assert (m.settled, str(m.settled_date)) == (48_000_000, "2024-05-06")


def test_a_cover_through_chips_is_told_from_a_bank_s_own_payment(tmp_path: Path) -> None:
    inside = "<UndrlygCstmrCdtTrf><Dbtr><Nm>MERIDIAN DREDGING</Nm></Dbtr><Cdtr><Nm>BRIGHTWATER</Nm></Cdtr></UndrlygCstmrCdtTrf>"
    for body, kind in (
        (BODY.partition("<Dbtr>")[0] + inside, "pacs.009.001.08 COV"),
        (BODY.partition("<Dbtr>")[0], "pacs.009.001.08"),
    ):
        text = credit(kind="pacs.009", name="FICdtTrf", body=body, settlement=SETTLEMENT)
        (m,) = pacs.CONNECTOR.read(source(tmp_path, "a.xml", text))
        assert m.kind == kind
        assert [p.name for p in m.underlying] == (["MERIDIAN DREDGING", "BRIGHTWATER"] if "COV" in kind else [])


def test_an_older_extract_is_read_through_its_profile_and_says_that_none_was_seen() -> None:
    """No layout of such extracts is public (formats.md section 13): what is read is marked, and balances prove it."""
    made = opened(FIXTURES / "profiles" / "chips_extract.csv")
    reading = read_exhibit(made, table.CONNECTOR)
    assert reading.status == "loaded-and-reconciled"
    statement, *lines = table.CONNECTOR.read(made)
    assert any(mark.startswith("layout-not-seen:") for mark in statement.marks)
    assert "footer-net:ok" in statement.marks, "the sum below the lines is their turnover"
    assert [(p.amount, p.bank_reference, p.owner_reference) for p in lines if isinstance(p, Posting)] == [
        (120_000_000, "0090001", "000017"),
        (-64_000_000, "0090077", "000420"),
    ]

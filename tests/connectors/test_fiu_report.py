from pathlib import Path

from connectors.fiu_report import CONNECTOR
from tests.connectors.tables import source
from tracer.ingest.reading import read_exhibit
from tracer.model import Account, Message, Party, Posting, Reject

REPORT = """FIU-REPORT/1
reference: LEAD-1
received: 2024-11-20
subject: Ann Example
account: 123
text: a further account may hold
  USD 5.00 for her
"""


def test_a_lead_is_intelligence_and_never_money(tmp_path: Path) -> None:
    made = source(tmp_path, "x.txt", REPORT)
    assert CONNECTOR.claims(made)
    assert CONNECTOR.evidence_class == "INT"
    items = list(CONNECTOR.read(made))
    assert not [i for i in items if isinstance(i, Posting | Account)]
    (message,) = [i for i in items if isinstance(i, Message)]
    assert (message.kind, message.reference, message.account) == ("FIU", "LEAD-1", "123")
    assert message.narrative == "a further account may hold\nUSD 5.00 for her"
    assert message.settled is None
    (party,) = [i for i in items if isinstance(i, Party)]
    assert party.names[0].text == "Ann Example"


def test_lines_that_are_not_understood_are_kept(tmp_path: Path) -> None:
    text = REPORT + "reference: LEAD-2\nmood: bad\nno colon\nsender:\n"
    rejects = [i for i in CONNECTOR.read(source(tmp_path, "x.txt", text)) if isinstance(i, Reject)]
    assert [(r.code, r.raw) for r in rejects] == [
        ("key-repeated", "reference: LEAD-2"),
        ("key-unknown", "mood: bad"),
        ("key-unknown", "no colon"),
        ("value-missing", "sender:"),
    ]


def test_two_reports_in_one_file_are_two_records(tmp_path: Path) -> None:
    text = REPORT + REPORT.replace("LEAD-1", "LEAD-2") + "FIU-REPORT/1\ntext: nameless\n"
    reading = read_exhibit(source(tmp_path, "x.txt", text), CONNECTOR)
    assert reading.raw == 3
    assert [r.code for r in reading.rejects] == ["reference-missing"]


def test_another_text_is_not_claimed(tmp_path: Path) -> None:
    assert not CONNECTOR.claims(source(tmp_path, "x.txt", "Dear FIU-REPORT/1\n"))

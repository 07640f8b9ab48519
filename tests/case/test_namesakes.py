"""A name that two companies bear names neither: the verb asks which, and answers for the record."""

import json
from pathlib import Path

import pytest

import tracer
from tracer.model import CaseError


def _party(record: str, kind: str, name: str) -> dict[str, object]:
    details = (
        {"entityType": {"type": "registeredEntity"}, "name": name}
        if kind == "entity"
        else {"personType": "knownPerson", "names": [{"type": "legal", "fullName": name}]}
    )
    return _statement(record, record, kind, details)


def _holding(record: str, subject: str, owner: str, percent: int) -> dict[str, object]:
    interest = {
        "type": "shareholding",
        "directOrIndirect": "direct",
        "share": {"exact": percent},
        "startDate": "2020-01-01",
    }
    return _statement(
        record, subject, "relationship", {"subject": subject, "interestedParty": owner, "interests": [interest]}
    )


def _statement(record: str, subject: str, kind: str, details: dict[str, object]) -> dict[str, object]:
    return {
        "statementId": f"{record}-{'x' * 32}",
        "declarationSubject": subject,
        "statementDate": "2024-01-01",
        "recordId": record,
        "recordType": kind,
        "recordStatus": "new",
        "recordDetails": {"isComponent": False, **details},
    }


def test_a_name_of_two_companies_is_asked_back(tmp_path: Path) -> None:
    tracer.new(tmp_path / "case", id="X-1", title="Test", as_of="2025-06-30", by="A. Officer")
    case = tracer.open(tmp_path / "case", by="A. Officer")
    register = [
        *(_party(record, "entity", "Target Ltd") for record in ("T1", "T2")),
        _party("P", "person", "Ana Reed"),
        _party("Q", "person", "Bo Lin"),
        _holding("R1", "T1", "P", 60),
        _holding("R2", "T2", "Q", 70),
    ]
    (tmp_path / "register.json").write_text(json.dumps(register), "utf-8")
    case.load(tmp_path / "register.json")
    with pytest.raises(CaseError, match="2 parties are called 'target ltd'") as asked:
        case.owners("target ltd", as_of="2024-03-25")
    assert "T1, T2" in str(asked.value)
    assert {row[1] for row in case.owners("T2", as_of="2024-03-25").rows} == {"Bo Lin"}

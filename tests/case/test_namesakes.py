"""A name that two companies bear names neither: the verb asks which, and answers for the record."""

import json
from pathlib import Path

import pytest

import tracer
from tracer.case import Case
from tracer.model import CaseError


def _party(record: str, kind: str, name: str) -> dict[str, object]:
    details = (
        {"entityType": {"type": "registeredEntity"}, "name": name}
        if kind == "entity"
        else {"personType": "knownPerson", "names": [{"type": "legal", "fullName": name}]}
    )
    return _statement(record, record, kind, details)


def _holding(record: str, subject: str, owner: str, percent: int, **dates: str) -> dict[str, object]:
    interest = {
        "type": "shareholding",
        "directOrIndirect": "direct",
        "share": {"exact": percent},
        "startDate": "2020-01-01",
        **dates,
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


def _case(folder: Path, *register: dict[str, object]) -> Case:
    tracer.new(folder / "case", id="X-1", title="Test", as_of="2025-06-30", by="A. Officer")
    case = tracer.open(folder / "case", by="A. Officer")
    (folder / "register.json").write_text(json.dumps(register), "utf-8")
    case.load(folder / "register.json")
    return case


def test_a_name_of_two_companies_is_asked_back(tmp_path: Path) -> None:
    case = _case(
        tmp_path,
        *(_party(record, "entity", "Target Ltd") for record in ("T1", "T2")),
        _party("P", "person", "Ana Reed"),
        _party("Q", "person", "Bo Lin"),
        _holding("R1", "T1", "P", 60),
        _holding("R2", "T2", "Q", 70),
    )
    with pytest.raises(CaseError, match="2 parties are called 'target ltd'") as asked:
        case.owners("target ltd", as_of="2024-03-25")
    assert "T1, T2" in str(asked.value)
    assert {row[1] for row in case.owners("T2", as_of="2024-03-25").rows} == {"Bo Lin"}
    assert {row[0] for row in case.owners("T2", as_of="2024-03-25").rows} == {"Target Ltd (T2)"}


def test_two_persons_of_one_name_are_told_apart_by_their_records(tmp_path: Path) -> None:
    case = _case(
        tmp_path,
        _party("T", "entity", "Target Ltd"),
        _party("P", "person", "Ana Reed"),
        _party("Q", "person", "ANA REED"),
        _party("B", "person", "Bo Lin"),
        *(_holding(f"R{n}", "T", owner, 15) for n, owner in enumerate("PQB")),
    )
    view = case.owners("T", as_of="2024-03-25")
    assert {row["person"] for row in view} == {"Ana Reed (P)", "ANA REED (Q)", "Bo Lin"}
    assert "Target Ltd / Ana Reed (P) / us_cdd" in view.explain()
    assert view.check() == ()
    case.judge("P", "Q", "same", reason="one passport number")
    assert {row["person"] for row in case.owners("T", as_of="2024-03-25")} & {"Ana Reed", "ANA REED"}


TARGET = _party("T", "entity", "Target Ltd")
ANA = _party("P", "person", "Ana Reed")


@pytest.mark.parametrize(
    ("register", "part", "why"),
    [
        pytest.param(
            [ANA, _holding("R1", "T", "P", 60, endDate="2024-03-24")],
            "100%",
            "an interest of Ana Reed ended on 2024-03-24",
            id="ended the day before",
        ),
        pytest.param(
            [ANA, _holding("R1", "T", "P", 60, startDate="2024-03-26")],
            "100%",
            "an interest of Ana Reed begins on 2024-03-26",
            id="begins the day after",
        ),
        pytest.param(
            [_holding("R1", "T", "NOBODY", 60)],
            "100%",
            "an interest names NOBODY, which no record describes",
            id="a party that is missing",
        ),
        pytest.param([ANA], "100%", "no source states an interest in it", id="nothing stated"),
        pytest.param(
            [_party("H", "entity", "Holdco"), _holding("R1", "T", "H", 60)],
            "40%",
            "no interest in it leads to a person on that day",
            id="a holder behind whom nobody is",
        ),
    ],
)
def test_nobody_behind_an_entity_is_said_and_no_empty_table(
    tmp_path: Path, register: list[dict[str, object]], part: str, why: str
) -> None:
    view = _case(tmp_path, TARGET, *register).owners("Target Ltd", as_of="2024-03-25")
    said = f"nobody is documented behind Target Ltd on 2024-03-25: {part} undocumented"
    (row,) = view
    assert (row["person"], row["law"], row["verdict"]) == ("nobody documented", None, None)
    assert (row["figures"], row["assumptions"]) == (f"undocumented {part}", why)
    assert said in str(view).splitlines()[-1]
    assert view.check() == (said,)
    assert f"{said} ({why})" in view.explain()


def test_a_day_on_which_the_interest_stands_has_its_verdicts(tmp_path: Path) -> None:
    case = _case(tmp_path, TARGET, ANA, _holding("R1", "T", "P", 60, endDate="2024-03-24"))
    view = case.owners("T", as_of="2024-03-23")
    assert {row["person"] for row in view} == {"Ana Reed"}
    assert "nobody" not in str(view)

"""BODS 0.4 as published and as it goes wrong: shares, dates, silence, components, statements that follow each other."""

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.bods import CONNECTOR, UNSPECIFIED_REASONS
from tests.connectors.tables import source
from tracer.ingest import Source
from tracer.ingest.reading import read_exhibit
from tracer.model import Exhibit, Interest, Party, Reject, UnreadableExhibit

KESTREL = Path(__file__).parent / "fixtures" / "bods" / "kestrel.json"


def read(made: Source) -> tuple[list[Party], list[Interest], list[Reject]]:
    """Read, and prove that count = records told or set aside on the way."""
    assert CONNECTOR.claims(made)
    read_exhibit(made, CONNECTOR)  # CheckFailed when a record is lost or doubled
    items = list(CONNECTOR.read(made))
    return (
        [i for i in items if isinstance(i, Party)],
        [i for i in items if isinstance(i, Interest)],
        [i for i in items if isinstance(i, Reject)],
    )


def statement(record: str, kind: str, details: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "statementId": f"{record:0>32}"[:32],
        "declarationSubject": "s",
        "statementDate": "2024-01-01",
        "recordId": record,
        "recordType": kind,
        "recordStatus": "new",
        "recordDetails": {"isComponent": False, **details},
    } | more


def relation(*interests: Any, record: str = "rel", owner: Any = "ana", **more: Any) -> dict[str, Any]:
    return statement(
        record, "relationship", {"subject": "acme", "interestedParty": owner, "interests": list(interests)}, **more
    )


def share(**ends: Any) -> dict[str, Any]:
    return {"type": "shareholding", "directOrIndirect": "direct", "share": ends}


def one(tmp_path: Path, *statements: Any) -> tuple[list[Party], list[Interest], list[Reject]]:
    return read(source(tmp_path, "b.json", json.dumps(list(statements))))


def test_kestrel_says_what_its_file_prints() -> None:
    """Figures and days read off the fixture by hand: percent as fractions, the window between two statements of a record."""
    data = KESTREL.read_bytes()
    exhibit = Exhibit(hashlib.sha256(data).hexdigest(), "EX-0001", "kestrel.json", len(data), "EV", "", "", "", "", "")
    parties, interests, rejects = read(Source.open(exhibit, KESTREL))
    assert [(p.record, p.kind, p.status, p.reason) for p in parties] == [
        ("kestrel", "entity", "known", ""),
        ("heron", "entity", "known", ""),
        ("pool", "joint_holding", "known", ""),
        ("ministry", "state", "known", ""),
        ("ana", "person", "known", ""),
        ("minor", "person", "anonymous", "interestedPartyExemptFromDisclosure"),
        ("r4/interestedParty", "unknown", "unknown", "subjectUnableToConfirmOrIdentifyBeneficialOwner"),
    ]
    assert [(n.text, n.kind, n.script) for p in parties[:5:4] for n in p.names] == [
        ("Kestrel Freight Ltd", "legal", "Latn"),
        ("红隼货运", "alias", "Hani"),
        ("Ana Vale", "legal", "Latn"),
        ("Анна Вейл", "transliteration", "Cyrl"),
    ]
    assert [
        (i.record, i.owner, i.kind, i.lo, i.hi, i.lo_open, i.hi_open, i.directness, i.is_assertion) for i in interests
    ] == [
        ("r1", "heron", "shareholding", "499/1000", "499/1000", False, False, "direct", False),
        ("r2", "ana", "", None, None, False, False, "unknown", False),
        ("r3", "ana", "shareholding", "499/1000", "499/1000", False, False, "indirect", True),
        ("r3", "ana", "shareholding", "1/4", "1/2", True, False, "direct", False),
        ("r3", "ana", "votingRights", "3/4", "1", False, True, "direct", False),
        ("r4", "r4/interestedParty", "", None, None, False, False, "unknown", False),
        ("r5", "pool", "shareholding", "1/1000", "1/1000", False, False, "direct", False),
        ("r5", "pool", "shareholding", "1/500", "1/500", False, False, "direct", False),
        ("r5", "pool", "shareholding", "1/500", "1/500", False, False, "direct", False),
        ("r6", "minor", "shareholding", None, None, False, False, "direct", False),
        ("r6", "minor", "goldenShare", "1/100", "1/100", False, False, "direct", False),
    ]
    assert [(str(i.known_from), str(i.known_to)) for i in interests if i.record == "r5"] == [
        ("2023-04-01", "2023-10-01"),
        ("2023-10-01", "2024-02-01"),
        ("2024-02-01", "None"),
    ]
    assert ["RECORD_CLOSED" in i.marks for i in interests if i.record == "r5"] == [False, False, True]
    assert [i.components for i in interests if i.record == "r3"] == [("heron", "r2", "r1")] * 3
    assert "START_DATE_NOT_A_DAY:2023-02-30" in interests[-1].marks
    assert [(r.cite.locator, r.code) for r in rejects] == [
        ("item=14#interest=1/share", "share-out-of-range"),
        ("item=14#interest=3", "interest-not-an-object"),
    ]


@pytest.mark.parametrize(
    ("ends", "lo", "hi", "lo_open", "hi_open"),
    [
        pytest.param({"exact": 33.3}, "333/1000", "333/1000", False, False, id="exact, never a float"),
        pytest.param({"exact": 1e2}, "1", "1", False, False, id="all of it"),
        pytest.param({"minimum": 25, "maximum": 50}, "1/4", "1/2", False, False, id="both ends closed"),
        pytest.param({"exclusiveMinimum": 25, "maximum": 50}, "1/4", "1/2", True, False, id="more than 25"),
        pytest.param({"minimum": 75, "exclusiveMaximum": 100}, "3/4", "1", False, True, id="less than 100"),
        pytest.param({"minimum": 10}, "1/10", None, False, False, id="no upper end"),
        pytest.param({"exclusiveMaximum": 5}, None, "1/20", False, True, id="no lower end"),
        pytest.param({"minimum": 20, "exclusiveMinimum": 25}, "1/4", None, True, False, id="the tighter end counts"),
        pytest.param({"minimum": 25, "exclusiveMinimum": 25}, "1/4", None, True, False, id="at one figure: the open"),
        pytest.param({"maximum": 50, "exclusiveMaximum": 50}, None, "1/2", False, True, id="the same above"),
        pytest.param({}, None, None, False, False, id="a share without ends stays without"),
    ],
)
def test_a_share_keeps_its_ends_and_whether_they_are_open(
    tmp_path: Path, ends: dict[str, float], lo: str | None, hi: str | None, lo_open: bool, hi_open: bool
) -> None:
    _, (interest,), rejects = one(tmp_path, relation(share(**ends)))
    assert (interest.lo, interest.hi, interest.lo_open, interest.hi_open) == (lo, hi, lo_open, hi_open)
    assert not rejects


@pytest.mark.parametrize(
    ("ends", "code"),
    [
        ({"exact": 100.01}, "share-out-of-range"),
        ({"exact": -1}, "share-not-a-number"),
        ({"exact": "25"}, "share-not-a-number"),
        ({"exact": True}, "share-not-a-number"),
        ({"minimum": 50, "maximum": 25}, "share-ends-cross"),
        ({"exclusiveMinimum": 25, "maximum": 25}, "share-ends-cross"),
    ],
)
def test_a_share_that_cannot_be_read_costs_the_share_and_not_the_interest(
    tmp_path: Path, ends: dict[str, Any], code: str
) -> None:
    _, (interest,), (reject,) = one(tmp_path, relation(share(**ends)))
    assert (interest.owner, interest.lo, interest.hi, reject.code) == ("ana", None, None, code)
    assert "SHARE_NOT_READ" in interest.marks
    assert '"share"' in reject.raw


def test_exact_beside_a_range_is_read_as_exact_and_said(tmp_path: Path) -> None:
    _, (interest,), _ = one(tmp_path, relation(share(exact=30, minimum=25, maximum=50)))
    assert (interest.lo, interest.hi) == ("3/10", "3/10")
    assert "SHARE_EXACT_AND_RANGE" in interest.marks


@pytest.mark.parametrize("reason", sorted(UNSPECIFIED_REASONS))
@pytest.mark.parametrize("end", ["interestedParty", "subject"])
def test_silence_becomes_an_unknown_party_with_the_reason_of_the_source(tmp_path: Path, end: str, reason: str) -> None:
    made = relation(share(exact=40))
    made["recordDetails"][end] = {"reason": reason, "description": "as declared"}
    (party,), (interest,), _ = one(tmp_path, made)
    assert (party.kind, party.status, party.reason) == ("unknown", "unknown", reason)
    assert party.record in {interest.owner, interest.subject}
    assert interest.lo == "2/5"


@pytest.mark.parametrize("owner", [None, 7, "", [], ["ana"]])
def test_an_owner_that_is_neither_named_nor_unspecified_is_set_aside(tmp_path: Path, owner: Any) -> None:
    parties, interests, (reject,) = one(tmp_path, relation(share(exact=40), owner=owner))
    assert (parties, interests, reject.code) == ([], [], "interestedparty-missing")


def test_statements_of_one_record_replace_each_other_by_date_whatever_their_order(tmp_path: Path) -> None:
    second = relation(share(exact=20), statementDate="2024-06-01", recordStatus="updated")
    closed = relation(share(exact=20), statementDate="2025-01-01", recordStatus="closed")
    for order in ([0, 1, 2], [2, 0, 1], [1, 2, 0]):
        all_three = [relation(share(exact=10)), second, closed]
        _, interests, _ = one(tmp_path, *(all_three[n] for n in order))
        found = sorted((str(i.known_from), str(i.known_to), i.lo, "RECORD_CLOSED" in i.marks) for i in interests)
        assert found == [
            ("2024-01-01", "2024-06-01", "1/10", False),
            ("2024-06-01", "2025-01-01", "1/5", False),
            ("2025-01-01", "None", "1/5", True),
        ]


def test_a_record_of_another_kind_with_the_same_id_does_not_end_it(tmp_path: Path) -> None:
    later = statement("rel", "entity", {"entityType": {"type": "registeredEntity"}}, statementDate="2024-09-01")
    _, (interest,), _ = one(tmp_path, relation(share(exact=10)), later)
    assert interest.known_to is None


@pytest.mark.parametrize("kind", ["nominee", "nominator", "settlor", "boardChair"])
def test_an_interest_that_is_no_share_stays_without_one(tmp_path: Path, kind: str) -> None:
    _, (interest,), rejects = one(tmp_path, relation({"type": kind, "directOrIndirect": "direct"}))
    assert (interest.kind, interest.lo, interest.hi, rejects) == (kind, None, None, [])


def test_what_is_indirect_is_an_assertion_and_components_are_named(tmp_path: Path) -> None:
    made = relation({**share(exact=30), "directOrIndirect": "indirect"})
    made["recordDetails"]["componentRecords"] = ["a", "b"]
    _, (interest,), _ = one(tmp_path, made)
    assert (interest.is_assertion, interest.components) == (True, ("a", "b"))


@pytest.mark.parametrize(
    "envelope",
    [
        {"statementID": "x" * 32, "statementType": "ownershipOrControlStatement", "interests": []},
        {"statementID": "x" * 32, "statementType": "personStatement", "replacesStatements": ["y" * 32]},
    ],
)
def test_earlier_versions_are_refused_by_name_and_nothing_of_them_stands(
    tmp_path: Path, envelope: dict[str, Any]
) -> None:
    made = source(tmp_path, "old.json", json.dumps([envelope]))
    assert CONNECTOR.claims(made)
    with pytest.raises(UnreadableExhibit, match=r"0\.1 to 0\.3") as told:
        list(CONNECTOR.read(made))
    assert len(told.value.lines()) == 5


def test_array_lines_and_gzip_tell_the_same(tmp_path: Path) -> None:
    rows = [statement("ana", "person", {"personType": "knownPerson"}), relation(share(exact=10))]
    forms = [
        json.dumps(rows).encode(),
        "\n".join(map(json.dumps, rows)).encode(),
        gzip.compress(json.dumps(rows).encode()),
        b"\xef\xbb\xbf" + json.dumps(rows, indent=1).encode(),
    ]
    for number, form in enumerate(forms):
        (party,), (interest,), rejects = read(source(tmp_path, f"f{number}", form))
        assert (party.record, interest.owner, interest.lo, rejects) == ("ana", "ana", "1/10", [])


def test_one_bad_line_does_not_lose_the_others(tmp_path: Path) -> None:
    good = json.dumps(relation(share(exact=10)))
    bad = ['{"statementId": "1", ', '{"recordId": 1, "recordId": 2}', "[1]", good.replace("10}", "NaN}")]
    made = source(tmp_path, "l", "\n".join([good, *bad, good.replace('"rel"', '"rel2"')]))
    _, interests, rejects = read(made)
    assert [i.record for i in interests] == ["rel", "rel2"]
    assert [r.cite.locator for r in rejects] == ["line=2", "line=3", "line=4", "line=5"]
    assert all(r.raw for r in rejects)


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-200, 200), st.text("a1-.:T", max_size=10), st.just([]), st.just({"x": [1]})
)
KEYS = ("recordId", "recordType", "recordStatus", "recordDetails", "statementDate", "source", "publicationDetails")
INSIDE = ("subject", "interestedParty", "interests", "componentRecords", "isComponent")


@settings(max_examples=80, deadline=None)
@given(key=st.sampled_from(KEYS + INSIDE), value=VALUES, cut=st.integers(0, 400), put=st.text('{}[],":1', max_size=4))
def test_damage_never_crashes_and_never_loses_count(
    tmp_path_factory: pytest.TempPathFactory, key: str, value: Any, cut: int, put: str
) -> None:
    made = relation(share(exact=10))
    (made["recordDetails"] if key in INSIDE else made)[key] = value
    text = json.dumps([relation(share(exact=1), record="first"), made])
    folder = tmp_path_factory.mktemp("f")
    for number, data in enumerate((text, text[:cut] + put + text[cut:])):
        read_exhibit(source(folder, f"x{number}", data), CONNECTOR)

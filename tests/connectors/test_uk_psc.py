"""UK persons with significant control: every line of the fixture by hand, every nature of control, and what goes wrong."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.uk_psc import CONNECTOR, nature
from tests.connectors.tables import source
from tracer.ingest import Source
from tracer.ingest.reading import read_exhibit
from tracer.model import Exhibit, Interest, Party, Reject

SNAPSHOT = Path(__file__).parent / "fixtures" / "uk_psc" / "snapshot.jsonl"


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


def line(number: str = "09990301", kind: str = "individual-person-with-significant-control", **data: Any) -> str:
    body = {
        "kind": kind,
        "name": "Ms Ana Vale",
        "natures_of_control": ["ownership-of-shares-25-to-50-percent"],
        "notified_on": "2021-03-04",
        "links": {"self": f"/company/{number}/persons-with-significant-control/individual/a1"},
    } | data
    return json.dumps({"company_number": number, "data": {k: v for k, v in body.items() if v is not None}})


def test_the_snapshot_says_what_its_lines_print() -> None:
    data = SNAPSHOT.read_bytes()
    exhibit = Exhibit(hashlib.sha256(data).hexdigest(), "EX-0001", "x", len(data), "EV", "", "", "", "", "")
    parties, interests, rejects = read(Source.open(exhibit, SNAPSHOT))
    holders = [p for p in parties if "#company" not in p.cite.locator]
    assert [(p.cite.locator, p.kind, p.status, p.born) for p in holders] == [
        ("line=1", "person", "known", "1981-07"),
        ("line=2", "entity", "known", ""),
        ("line=3", "person", "anonymous", ""),
        ("line=4", "unknown", "unknown", ""),
        ("line=6", "unknown", "unknown", ""),
        ("line=7", "entity", "known", ""),
        ("line=8", "unknown", "unknown", ""),
    ]
    companies = [p.record for p in parties if "#company" in p.cite.locator]
    assert companies == ["09990201", "SC990202", "09990203", "09990204", "OE990205", "09990206"]
    assert [(i.cite.locator.split("#")[0], i.kind, i.lo, i.hi, i.lo_open, i.capacity) for i in interests] == [
        ("line=1", "shareholding", "1/4", "1/2", True, "own"),
        ("line=1", "votingRights", "1/2", "3/4", True, "as_firm"),
        ("line=2", "shareholding", "3/4", "1", False, "own"),
        ("line=3", "unknownInterest", None, None, False, "own"),
        ("line=4", "unknownInterest", None, None, False, "own"),
        ("line=6", "unknownInterest", None, None, False, "own"),
        ("line=7", "shareholding", "1/4", "1", True, "own"),
        ("line=8", "unknownInterest", None, None, False, "own"),
    ]
    assert all(i.is_assertion and i.directness == "unknown" for i in interests), "a band is no direct edge"
    assert (str(interests[2].valid_from), str(interests[2].valid_to)) == ("2021-03-04", "2022-03-04")
    assert "SELF_PSC" in interests[2].marks  # its own number with spaces and in small letters
    assert "EXACTLY_75" in interests[2].marks
    assert "CEASED_UNDATED" in interests[3].marks
    assert "NOTIFIED_ON_NOT_A_DAY:2023-02-30" in interests[6].marks
    assert interests[6].valid_from is None
    assert (rejects[0].cite.locator, rejects[0].code) == ("line=5", "json-not-valid")
    # Printed: 6 persons, 1 statement, 1 exemption. Read: lines 1, 2, 3, 7, 8; line 5 cannot be read.
    assert [(r.code, r.message) for r in rejects[1:]] == [
        (
            "control-total-off",
            "persons_of_significant_control_count: the register printed 6, the file holds 5",
        )
    ]


@pytest.mark.parametrize(
    ("code", "kind", "lo", "hi", "lo_open", "capacity"),
    [
        ("ownership-of-shares-25-to-50-percent", "shareholding", "1/4", "1/2", True, "own"),
        ("ownership-of-shares-50-to-75-percent-as-trust", "shareholding", "1/2", "3/4", True, "as_trust"),
        ("ownership-of-shares-75-to-100-percent-as-firm", "shareholding", "3/4", "1", False, "as_firm"),
        ("voting-rights-75-to-100-percent-limited-liability-partnership", "votingRights", "3/4", "1", False, "own"),
        (
            "voting-rights-more-than-25-percent-as-control-over-trust-registered-overseas-entity",
            "votingRights", "1/4", "1", True, "as_trust",
        ),
        (
            "right-to-share-surplus-assets-25-to-50-percent-limited-liability-partnership",
            "rightsToSurplusAssetsOnDissolution", "1/4", "1/2", True, "own",
        ),
        ("right-to-appoint-and-remove-directors-as-firm", "appointmentOfBoard", None, None, False, "as_firm"),
        ("significant-influence-or-control-as-trust", "otherInfluenceOrControl", None, None, False, "as_trust"),
    ],
)  # fmt: skip
def test_a_nature_is_a_band_with_its_ends_and_a_capacity(
    code: str, kind: str, lo: str | None, hi: str | None, lo_open: bool, capacity: str
) -> None:
    found = nature(code)
    assert found is not None
    assert (found.kind, found.lo, found.hi, found.lo_open, found.capacity) == (kind, lo, hi, lo_open, capacity)
    assert ("EXACTLY_75" in found.marks) == ("75" in code)


@pytest.mark.parametrize("code", ["ownership-of-shares", "significant-influence-or-control-25-to-50-percent", "x", ""])
def test_a_code_that_does_not_follow_the_spelling_is_none(code: str) -> None:
    assert nature(code) is None


def test_all_natures_of_the_register_are_read(corpora: Path) -> None:
    """SOURCE.md: 86 codes, 15 of each band of shares up to 100, 10 of more than 25, 31 without a percentage."""
    text = (corpora / "uk-ch-enumerations" / "psc_descriptions.yml").read_text("utf-8")
    block = re.search(r"^short_description:\s*\n((?:[ \t]+.*\n|\s*\n)+)", text, re.MULTILINE)
    assert block is not None
    codes = re.findall(r"^\s+['\"]?([a-z0-9-]+)['\"]?\s*:", block[1], re.MULTILINE)
    assert len(codes) == 86
    found = [nature(code) for code in codes]
    assert None not in found
    bands = [(n.lo, n.hi) for n in found if n is not None]
    assert [bands.count(b) for b in (("1/4", "1/2"), ("1/2", "3/4"), ("3/4", "1"), ("1/4", "1"), (None, None))] == [
        15, 15, 15, 10, 31,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("statement", "owner"),
    [
        ("no-individual-or-entity-with-signficant-control", True),
        ("psc-exists-but-not-identified", True),
        ("steps-to-find-psc-not-yet-completed-partnership", True),
        ("restrictions-notice-issued-to-psc", True),
        ("all-beneficial-owners-identified", False),
    ],
)
def test_a_statement_leaves_an_open_place_only_where_it_says_so(tmp_path: Path, statement: str, owner: bool) -> None:
    text = line(
        kind="persons-with-significant-control-statement", statement=statement, name=None, natures_of_control=None
    )
    parties, interests, rejects = read(source(tmp_path, "s", text))
    assert [(p.kind, p.reason) for p in parties if p.kind == "unknown"] == ([("unknown", statement)] if owner else [])
    assert [(i.kind, i.lo, i.hi, i.code) for i in interests] == (
        [("unknownInterest", None, None, statement)] if owner else []
    )
    assert not rejects
    assert any(f"STATEMENT:{statement}" in p.marks for p in parties)


def test_a_super_secure_person_exists_and_nothing_else_is_known(tmp_path: Path) -> None:
    kind = "super-secure-person-with-significant-control"
    parties, (interest,), _ = read(source(tmp_path, "s", line(kind=kind, name=None, natures_of_control=None)))
    assert [(p.kind, p.status, p.names) for p in parties][-1] == ("person", "anonymous", ())
    assert (interest.kind, interest.lo, interest.hi) == ("unknownInterest", None, None)


def test_ceased_ends_and_its_absence_is_not_current(tmp_path: Path) -> None:
    text = "\n".join([line(ceased_on="2022-01-01"), line(notified_on=None), line(ceased_on="2020-01-01")])
    _, interests, _ = read(source(tmp_path, "s", text))
    assert [(str(i.valid_from), str(i.valid_to)) for i in interests] == [
        ("2021-03-04", "2022-01-01"),
        ("None", "None"),
        ("2021-03-04", "2020-01-01"),
    ]
    assert ["NO_START" in i.marks for i in interests] == [False, True, False]
    assert ["DATES_CROSS" in i.marks for i in interests] == [False, False, True]


def test_an_overseas_corporate_owner_without_a_number_is_marked(tmp_path: Path) -> None:
    kind = "corporate-entity-person-with-significant-control"
    text = line(kind=kind, name="Heron SA", identification={"country_registered": "Panama"})
    parties, _, _ = read(source(tmp_path, "s", text))
    holder = parties[-1]
    assert (holder.kind, holder.identifiers, holder.jurisdiction) == ("entity", (), "Panama")
    assert {"OVERSEAS", "NO_REGISTRATION_NUMBER"} <= set(holder.marks)


def test_prefixes_and_zeros_of_a_number_are_kept_and_a_lost_zero_is_said(tmp_path: Path) -> None:
    text = "\n".join([line("SC000001"), line("00000007"), line("OC1").replace('"OC1"', "7", 1)])
    parties, _, _ = read(source(tmp_path, "s", text))
    assert [p.record for p in parties if "#company" in p.cite.locator] == ["SC000001", "00000007", "7"]
    assert "COMPANY_NUMBER_UNQUOTED" in parties[-1].marks


def test_a_line_that_names_no_company_is_told_and_its_person_kept(tmp_path: Path) -> None:
    text = line() + "\n" + line("", links={})
    parties, interests, (reject,) = read(source(tmp_path, "s", text))
    assert (reject.code, len(interests)) == ("psc-no-company", 1)
    assert parties[-1].names[0].text == "Ms Ana Vale"


@settings(max_examples=80, deadline=None)
@given(cut=st.integers(0, 900), put=st.text('{}[],":1-\n', max_size=5))
def test_damage_never_crashes_and_never_loses_count(
    tmp_path_factory: pytest.TempPathFactory, cut: int, put: str
) -> None:
    text = SNAPSHOT.read_text("utf-8")
    at = cut * len(text) // 900
    read_exhibit(source(tmp_path_factory.mktemp("f"), "x", text[:at] + put + text[at:]), CONNECTOR)

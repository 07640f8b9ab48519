"""An identifier names a party however its scheme and number are joined; a register without a name is told by its number."""

from dataclasses import replace

import pytest

from tests.annex.dossiers import dossier, planted
from tracer.annex.workbook import planned
from tracer.model import Asset, Cite, Identifier, Name, Party
from tracer.model.naming import identified, record_of
from tracer.printed import Printed


def company(record, *numbers, **more):
    return Party(Cite("e" * 64, f"line={record}"), record, "entity", identifiers=tuple(numbers), **more)


KNOWN = identified(
    [
        company("09990033", Identifier("GB-COH", "09990033")),
        company("other", Identifier("GB-COH", "SC123456")),
        company("twin-1", Identifier("XI-GG", "77")),
        company("twin-2", Identifier("XI-GG", "77")),
    ]
)


@pytest.mark.parametrize(
    ("stated", "record"),
    [
        ("GB-COH-09990033", "09990033"),  # org-id.guide: scheme, hyphen, number
        ("GB-COH 09990033", "09990033"),
        ("gb-coh:09990033", "09990033"),
        ("GB-COH-SC123456", "other"),
        ("09990033", "09990033"),  # a record of its own
        ("GB-COH-9990033", "GB-COH-9990033"),  # leading zeros are part of the number
        ("US-DE-09990033", "US-DE-09990033"),  # the same number in another register
        ("SC123456", "SC123456"),  # a number without its scheme names nobody
        ("XI-GG-77", "XI-GG-77"),  # two records carry it
        ("", ""),
    ],
)
def test_an_identifier_is_its_scheme_and_its_number(stated, record):
    assert record_of(stated, KNOWN) == record


@pytest.fixture(scope="module")
def plan():
    made = dossier(*planted())
    nameless = company("09990033", Identifier("GB-COH", "09990033"))
    hidden = company("hidden", status="anonymous", reason="interestedPartyExemptFromDisclosure")
    villa = next(a for a in made.assets.values() if a.record == "VILLA")
    assets = made.assets | {"villa": replace(villa, titleholder="GB-COH-09990033")}
    assets = {key: a for key, a in assets.items() if a.record != "VILLA" or key == "villa"}
    assert all(isinstance(a, Asset) for a in assets.values())
    parties = made.parties | {"x": nameless, "y": hidden}
    ids = made.party_ids | {"09990033": "PTY-3", "hidden": "PTY-4"}
    return planned(replace(made, parties=parties, assets=assets, party_ids=ids), (), "R4")


def test_the_titleholder_of_an_asset_is_joined_to_the_party_that_carries_the_identifier(plan):
    sheet = plan.sheets["12_ASSETS"]
    (row,) = [n for n in range(sheet.top, sheet.next_row) if sheet.get("asset_id", n) == "A1"]
    assert sheet.get("titleholder", row) == "PTY-3 GB-COH 09990033"


def test_a_party_without_a_name_is_told_by_its_number_or_by_the_reason(plan):
    sheet = plan.sheets["04_PARTIES"]
    told = {sheet.get("party_id", n): sheet.get("name_orig", n) for n in range(sheet.top, sheet.next_row)}
    assert told["PTY-3"] == "[no name in the source 来源未载名称: GB-COH 09990033]"
    assert told["PTY-4"] == "[anonymous: interestedPartyExemptFromDisclosure]"
    assert not [name for name in told.values() if str(name).endswith(": ]")]


def test_a_party_whose_first_name_is_blank_is_called_by_the_next_and_one_without_any_by_its_identifier():
    blank = company("b", Identifier("GB-COH", "09990034"), names=(Name(" "), Name("Alpha Ltd")))
    mute = company("m", Identifier("GB-COH", "09990035"), names=(Name(""),))
    made = replace(dossier(*planted()), parties={"b": blank, "m": mute}, party_ids={"b": "PTY-1", "m": "PTY-2"})
    plan = planned(made, (), "R4")
    assert (plan.party("b"), plan.party("m")) == ("PTY-1 Alpha Ltd", "PTY-2 GB-COH 09990035")
    assert Printed(made).people == {"b": "Alpha Ltd"}

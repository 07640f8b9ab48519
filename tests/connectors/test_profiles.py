"""Each shipped profile of a bank reads an invented export in that bank's layout, and the printed balances prove it.

python -m tests.connectors.test_profiles     (writes the goldens anew; the difference is for a person to review)

The layouts are those that public importers print; no file of a bank was seen, which every statement says in a mark. The
parties, accounts and figures are invented, and the balances were set by hand beside the amounts, not computed by a reader.
"""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from connectors import table
from tests.connectors.goldens import FIXTURES, opened
from tracer.ingest import NeedsAnswer, Source
from tracer.ingest.bound import candidates, shipped
from tracer.ingest.marks import kind_of
from tracer.ingest.reading import read_exhibit
from tracer.ingest.registry import claimants, installed
from tracer.model import Posting, Reject, Statement

FOLDER = FIXTURES / "profiles"
FILES = {path.stem: path for path in sorted(FOLDER.iterdir()) if path.suffix != ".json"}
BANKS = {profile.name.partition("/")[0]: profile for profile in shipped() if profile.source}
#: Steps from balance to balance that the export prints; a file that is not named here prints no balance after each line.
PROVED = {
    "ae_emirates_nbd": 2, "ch_ubs": 2, "chips_extract": 1, "cn_abc": 2, "cn_boc": 2, "cn_bocom": 2, "cn_ccb": 2,
    "cn_cmb_app": 2, "cn_cmb_online": 2, "cn_icbc": 2, "de_ing": 1, "de_volksbank": 2, "fr_credit_mutuel": 2, "gb_lloyds": 2,
    "gb_natwest": 2, "gb_starling": 2, "hk_hsbc_personal": 2, "hsbcnet": 2, "in_hdfc": 2, "nl_abn_amro": 2, "nl_ing": 2,
    "nl_rabobank": 2, "revolut": 2, "us_bank_of_america": 2, "us_chase_checking": 2, "wise": 1,
}  # fmt: skip
#: What a file does not say, as a person answers it.
ASKED = {"account": "9000001"}


def of(name: str) -> Source:
    """The file of a bank, with the account where the bank does not print it, and the profile where no header tells it."""
    answers = {"profile": name} if BANKS[name].header_at == "none" else {}
    if BANKS[name].account.scope == "ask":
        answers |= ASKED
    return opened(FILES[name], **answers)


def records(name: str) -> list[dict[str, Any]]:
    found = []
    for item in table.CONNECTOR.read(of(name)):
        record = {"record": type(item).__name__, "at": item.cite.locator}
        for field in dataclasses.fields(item):
            value = getattr(item, field.name)
            if field.name in {"cite", "statement"} or value == field.default:
                continue
            kept = [m for m in value if not m.startswith("profile-sha256:")] if field.name == "marks" else value
            record[field.name] = list(kept) if isinstance(kept, tuple) else kept
        found.append(json.loads(json.dumps(record, default=str)))
    return found


def test_there_are_more_than_twenty_banks_of_several_countries() -> None:
    assert sorted(BANKS) == sorted(FILES)
    banks = set(BANKS) - {"chips_extract"}
    assert len(banks) > 20
    assert {name[:2] for name in banks} >= {"us", "gb", "de", "nl", "fr", "ch", "cn", "hk", "sg", "ae", "in"}


@pytest.mark.parametrize("name", sorted(FILES))
def test_the_export_is_read_as_it_was_written(name: str) -> None:
    made = of(name)
    assert [one.name for one in claimants(made, installed())] == ["table"]
    reading = read_exhibit(made, table.CONNECTOR)
    items = list(table.CONNECTOR.read(made))
    assert reading.raw == sum(isinstance(i, Posting | Reject) for i in items)
    statements = [i for i in items if isinstance(i, Statement)]
    for statement in statements:
        assert f"profile:{name}/1" in statement.marks
        assert f"layout-not-seen:{BANKS[name].source}" in statement.marks
        assert all(kind_of(mark).name != "unknown" for mark in statement.marks)
    proof = next((m for m in statements[0].marks if m.startswith("balance-proof:")), "")
    assert proof == (f"balance-proof:{PROVED[name]}/{PROVED[name]}" if name in PROVED else "")
    assert not [c for c in reading.checks if c.outcome == "off"]
    assert records(name) == json.loads(FILES[name].with_suffix(".json").read_text("utf-8"))


@pytest.mark.parametrize("name", sorted(n for n in FILES if BANKS[n].header_at != "none"))
def test_a_file_fits_its_own_profile_and_no_other(name: str) -> None:
    fitting = [profile.name for profile, _ in candidates(of(name), "statement")]
    assert fitting == [f"{name}/1"]


def test_two_profiles_that_know_the_same_header_are_two_readings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    twin = dataclasses.replace(BANKS["gb_barclays"], name="gb_of_another_bank/1")
    monkeypatch.setattr("tracer.ingest.bound.shipped", lambda: (*shipped(), twin))
    with pytest.raises(NeedsAnswer, match="2 profiles read") as asked:
        list(table.CONNECTOR.read(opened(FILES["gb_barclays"])))
    assert asked.value.choices == ("gb_barclays/1", "gb_of_another_bank/1")
    chosen = opened(FILES["gb_barclays"], profile="gb_barclays")
    assert any(isinstance(i, Posting) for i in table.CONNECTOR.read(chosen))


def test_a_profile_that_knows_more_headings_of_the_file_is_preferred(tmp_path: Path) -> None:
    """The export of China Merchants Bank holds the four headings of the generic Chinese profile, and three more."""
    generic = {"交易日期", "收入", "支出", "余额"}
    assert generic < set(BANKS["cn_cmb_online"].header)
    statement = next(i for i in table.CONNECTOR.read(of("cn_cmb_online")) if isinstance(i, Statement))
    assert "profile:cn_cmb_online/1" in statement.marks


def test_a_fee_beside_the_amount_stands_in_the_same_step_of_the_balance() -> None:
    lines = [i for i in table.CONNECTOR.read(of("revolut")) if isinstance(i, Posting)]
    assert [(p.amount, p.amount_printed, p.marks) for p in lines][1] == (-120_350, "-1200.00", ("fee-beside:3.50",))
    assert lines[1].balance == lines[0].balance + lines[1].amount


@pytest.mark.parametrize("name", ["cn_alipay", "cn_wechat"])
def test_a_line_that_does_not_say_which_way_money_went_is_set_aside(name: str) -> None:
    (reject,) = (i for i in table.CONNECTOR.read(of(name)) if isinstance(i, Reject))
    assert reject.code == "direction-not-stated"


def test_latin_letters_are_not_read_as_chinese_and_chinese_is() -> None:
    """In GB18030 the ö and w of Möwe are one Chinese character; both decode without an error."""
    german = [i.counterparty for i in table.CONNECTOR.read(of("de_sparkasse_camt")) if isinstance(i, Posting)]
    chinese = [i.counterparty for i in table.CONNECTOR.read(of("cn_icbc")) if isinstance(i, Posting)]
    assert "Möwe Schiffahrt GmbH" in german
    assert "东澜贸易有限公司" in chinese


def main() -> None:
    for name, path in FILES.items():
        text = json.dumps(records(name), ensure_ascii=False, indent=1)
        path.with_suffix(".json").write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()

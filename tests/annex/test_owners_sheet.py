"""Sheet 13: the product through a nominee, what nobody documents, and what cannot be true."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from tests.annex.dossiers import dossier, planted
from tracer.annex.sheets.s13_owners import WORDS
from tracer.annex.workbook import planned, rendered
from tracer.model import Chain, Cite, Interest, Residual, Share

DAY = date(2024, 3, 25)


def share(lo, hi=None, **ends):
    return Share(Fraction(lo), Fraction(hi or lo), **ends)


@pytest.fixture(scope="module")
def made():
    base = dossier(*planted())
    at = next(iter(base.interests.values())).cite

    def stated(n, owner, kind, part):
        return Interest(Cite(at.exhibit, f"line={n}"), f"r{n}", owner, "holdco", kind, part, part)

    interests = {
        "t": stated(50, "owner", "shareholding", "1/4"),
        "n": stated(51, "owner", "nominee", None),
        "m": stated(52, "principal", "nominator", None),
        "b": stated(53, "principal", "appointmentOfBoard", None),
    }
    chains = (
        Chain("title", ("t",), "owner", "holdco", share("1/4")),
        Chain("behind", ("m", "t"), "principal", "holdco", share("1/4")),
        Chain("board", ("b",), "principal", "holdco", None),
    )
    return replace(
        base,
        interests=interests,
        chains=chains,
        hygiene=(("CLOSED_LOOP", ("holdco", "owner")), ("NOMINEE", ("holdco",))),
        residuals=(
            Residual("holdco", "holdco", DAY, share("1/2", "3/4", hi_open=True), "PERSONS"),
            Residual("owner", "holdco", DAY, share("0"), "CLOSED_LOOP"),
        ),
    )


def cells(made):
    plan = planned(made, (), "R4")
    return plan, rendered(plan).values["13_BO"]


def test_the_product_runs_through_a_nomination_which_has_no_share_of_its_own(made):
    plan, values = cells(made)
    sheet = plan.sheets["13_BO"]
    rows = {(sheet.get("chain_id", n), sheet.get("level", n)): n for n in range(sheet.top, sheet.next_row)}
    title, first, second = rows["CH-001", 1], rows["CH-002", 1], rows["CH-002", 2]
    assert values[sheet.at("eff_from", title)] == Fraction(1, 4)
    assert sheet.get("eff_from", first) is None  # the product of nothing is no figure
    assert values[sheet.at("eff_from", second)] == values[sheet.at("eff_to", second)] == Fraction(1, 4)
    assert sheet.get("eff_from", rows["CH-003", 1]) is None


def test_the_nominees_title_carries_the_statement_that_it_is_one(made):
    sheet = cells(made)[0].sheets["13_BO"]
    told = [str(sheet.get("conflict", n) or "") for n in range(sheet.top, sheet.next_row)]
    assert [("@line=51" in t, "@line=52" in t) for t in told] == [
        (True, True),
        (False, False),
        (True, True),
        (False,) * 2,
    ]


def test_what_no_source_documents_is_a_row_of_its_own(made):
    plan, _ = cells(made)
    block = plan.sheets["13_BO"].blocks[1]
    rows = [
        [str(block.get(k, n)) for k in ("entity", "status", "lo", "hi", "open")]
        for n in range(block.top, block.next_row)
    ]
    assert rows[0] == [plan.party("holdco"), "PERSONS", "0.5", "0.75", "to"]
    assert rows[1][:4] == [plan.party("owner"), "CLOSED_LOOP", "0", "0"]
    assert "no natural person is reached" in str(block.get("meaning", block.top + 1))


def test_a_loop_is_listed_with_its_members_and_its_meaning_in_both_languages(made):
    plan, _ = cells(made)
    block = plan.sheets["13_BO"].blocks[2]
    assert [block.get("code", n) for n in range(block.top, block.next_row)] == ["CLOSED_LOOP", "NOMINEE"]
    assert block.get("members", block.top) == f"{plan.party('holdco')}; {plan.party('owner')}"
    assert "公司互相全资持有" in str(block.get("meaning_zh", block.top))


def test_every_code_of_the_owners_has_words():
    import re
    from pathlib import Path

    from tracer import owners

    folder = Path(owners.__file__).parent
    texts = [path.read_text("utf-8") for path in folder.glob("*.py")]
    codes = {code for text in texts for code in re.findall(r'Defect\(\s*"([A-Z_0-9]+)"', text)}
    codes |= set(re.findall(r'Silence\("([A-Z_]+)"', (folder / "silence.py").read_text("utf-8")))
    assert {"CLOSED_LOOP", "NOMINEE", "NO_DATA"} <= codes
    assert codes <= set(WORDS)

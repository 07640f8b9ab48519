"""A statement that does not sum: the check says so, names the gap, and every figure that rests on it carries it."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.case.test_opposing_counsel_accounts import CLAIM, FEE, HOUSE, case, loaded, statement  # noqa: F401 - a fixture
from tracer import routes
from tracer.annex.plan import Plan
from tracer.annex.request_draft import paragraphs
from tracer.annex.workbook import planned, rendered, workbook
from tracer.case import Case
from tracer.model import CheckFailed, Dossier, GapEffect


def checks(made: Dossier) -> dict[str, tuple[object, object, object, str]]:
    """Return check -> (result, difference, difference listed on 16, explained in)."""
    plan = planned(made, routes.evaluate("R4", made), "R4")
    values, sheet = rendered(plan).values["02_CHECKS"], plan.sheets["02_CHECKS"]
    return {
        str(sheet.get("check_id", n)): (
            values[sheet.at("result", n)],
            values[sheet.at("difference", n)],
            values.get(sheet.at("listed", n)),
            str(sheet.get("explained_by", n)),
        )
        for n in range(sheet.top, sheet.next_row)
    }


def column(plan: Plan, tab: str, key: str) -> list[object]:
    sheet = plan.sheets[tab]
    return [sheet.get(key, n) for n in range(sheet.top, sheet.next_row)]


@pytest.fixture
def broken(case: Case, tmp_path: Path) -> Dossier:  # noqa: F811 - the fixture
    """1,000 + 10,000 - 5,000 = 6,000, printed closing 1,500: the lines make 4,500 more than the bank prints."""
    loaded(case, tmp_path, a_sta=statement("123456789", CLAIM + HOUSE, "1000,00", "1500,00"))
    return case.dossier()


def test_the_checks_of_a_broken_statement_are_not_passed(broken: Dossier) -> None:
    found = checks(broken)
    account, exhibit = found["C01 AC-01"], next(v for k, v in found.items() if k.startswith("C04"))
    assert account == ("NOT RECONCILED", 4500, 4500, "not reconciled 未核平: difference 4500.00 USD in G001")
    assert exhibit[:3] == ("NOT RECONCILED", 4500, 4500)
    assert exhibit[3].startswith("not reconciled 未核平: difference 4500.00 USD in F-")
    assert {result for result, *_ in found.values()} == {"PASS", "NOT RECONCILED"}


def test_a_difference_that_no_gap_lists_fails_and_nothing_is_written(broken: Dossier) -> None:
    """The gap is lost on the way to sheet 16: the difference stands alone, and the annex contradicts itself."""
    lost = replace(broken, gaps=())
    with pytest.raises(CheckFailed, match="C01 AC-01"):
        workbook(lost, routes.evaluate("R4", lost))


def test_every_figure_on_it_says_so_and_gives_its_range(broken: Dossier) -> None:
    (house,) = [t for t in broken.trace.targets if t.target == "sink:PAID:SELLER"]
    assert house.rests_on == ("G001",)
    assert any("not reconciled" in said and "4,500.00 USD" in said for said in house.holds_under)
    assert (house.bounds.floor, house.by_rule["libr"]) == (0, 400_000)
    (gap,) = [g for g in broken.gaps if g.kind == "break"]
    assert {e for e in gap.effects if e.target == house.target and e.figure in {"floor", "libr", "lifo"}} == {
        GapEffect("sink:PAID:SELLER", "USD", "floor", 0, 400_000),
        GapEffect("sink:PAID:SELLER", "USD", "libr", 0, 400_000),
        GapEffect("sink:PAID:SELLER", "USD", "lifo", 0, 500_000),
    }
    plan = planned(broken, routes.evaluate("R4", broken), "R4")
    assert set(column(plan, "15_METHODS", "rests_on")) == {"G001"}
    assert all("not reconciled" in str(said) for said in column(plan, "15_METHODS", "holds_under"))
    assert "floor L 0.00 to 4000.00 USD" in str(column(plan, "16_GAPS", "effect")[0])


def test_no_sentence_says_that_the_difference_left_on_a_day(case: Case, tmp_path: Path) -> None:  # noqa: F811
    """1,000 + 10,000 - 5,000 = 6,000, printed 1,500: that 4,500 left on some day is carried, and no record shows it."""
    loaded(case, tmp_path, a_sta=statement("123456789", CLAIM + HOUSE, "1000,00", "1500,00"))
    made = case.dossier()
    plan = planned(made, routes.evaluate("R4", made), "R4")
    told = [(p.en, p.zh) for p in paragraphs(plan) if p.id.startswith("3.")]
    assert not [en for en, _ in told if "4,500.00 USD left" in en or "MISSING R4.5 cite" in en]
    assert [en for en, _ in told if "closes 4,500.00 USD below" in en and en.endswith("[16:G001].")]
    ((house, house_zh),) = [p for p in told if "the traced amount of SELLER is" in p[0]]
    assert "LIBR 0.00 to 4,000.00 USD" in house
    assert "only the floor holds" in house
    assert "LIBR 0.00 至 4,000.00 USD" in house_zh
    shown = str(column(plan, "10_T_AC-01", "text"))
    assert "difference of a statement that does not sum" in shown
    assert "break:HK" not in shown


def test_a_whole_statement_passes_and_nothing_rests_on_a_gap(case: Case, tmp_path: Path) -> None:  # noqa: F811
    loaded(case, tmp_path, a_sta=statement("123456789", CLAIM + FEE + HOUSE, "1000,00", "5990,00"))
    made = case.dossier()
    assert {result for result, *_ in checks(made).values()} == {"PASS"}
    assert {t.rests_on for t in made.trace.targets} == {()}
    assert made.trace.parameters["same_day_order"].startswith("bank_sequence: every entry has its place")


def test_a_credit_that_the_bank_reversed_is_told_as_reversed(case: Case, tmp_path: Path) -> None:  # noqa: F811
    back = ":61:2403120312RC10000,00NTRFCLAIM-0001\r\n:86:/IBAN/888/NAME/PAYER/REMI/return\r\n"
    loaded(case, tmp_path, a_sta=statement("123456789", CLAIM + back, "1000,00", "1000,00"))
    made = case.dossier()
    draft = paragraphs(planned(made, routes.evaluate("R4", made), "R4"))
    asked = [p.en for p in draft if p.id.startswith("4.") and not p.own]
    assert not [text for text in asked if "statement" in text.lower()], "the statement that shows the credit is at hand"
    assert [g.ask_en for g in made.gaps if "reversed the credit" in g.description_en] == [""]
    told = [p.en for p in draft if p.id.startswith("3.")]
    assert told[0].startswith("On 2024-03-05, 10,000.00 USD was transferred from P to Q [EX-0001@")
    assert told[1].startswith("The bank of AC-01 reversed that credit of 10,000.00 USD on 2024-03-12;")

"""Sheets 23 to 25 on the sample: the 22 checks, two engines, the sentences of each figure, in both languages."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from tracer import defence, routes
from tracer.annex.cells import Formula, Link
from tracer.annex.plan import Plan, Sheet
from tracer.annex.request_draft import paragraphs
from tracer.annex.workbook import planned, rendered
from tracer.case import Case
from tracer.model import Dossier

RESULTS = {"holds", "less", "falls"}


@pytest.fixture(scope="module")
def case(harbour_copy: Callable[[Path], Case], tmp_path_factory: pytest.TempPathFactory) -> Case:
    return harbour_copy(tmp_path_factory.mktemp("tested") / "case")


@pytest.fixture(scope="module")
def made(case: Case) -> Dossier:
    return defence.tested(case.asked(), case.ways())


def plan_of(made: Dossier) -> Plan:
    return planned(made, routes.evaluate("R4", made), "R4")


@pytest.fixture(scope="module")
def plan(made: Dossier) -> Plan:
    return plan_of(made)


@pytest.fixture(scope="module")
def values(plan: Plan) -> dict[str, dict[str, object]]:
    return rendered(plan).values


def rows(sheet: Sheet) -> range:
    return range(sheet.top, sheet.next_row)


def test_every_target_has_a_row_for_each_of_the_22_checks(plan: Plan) -> None:
    sheet = plan.sheets["23_SENSITIVITY"]
    found: dict[object, set[object]] = {}
    for n in rows(sheet):
        found.setdefault(sheet.get("target", n), set()).add(sheet.get("check", n))
    assert {"A1", "A2", "A3", "JOINT-USD", "JOINT-EUR", "JOINT-CNY"} == set(found)
    assert all(checks == set(range(23)) for checks in found.values()), "0 is the trace as it stands"


def test_what_was_not_run_says_why_in_both_languages(plan: Plan) -> None:
    sheet = plan.sheets["23_SENSITIVITY"]
    silent = [n for n in rows(sheet) if sheet.get("status", n) in {"nothing to vary", "not run"}]
    assert silent
    for n in silent:
        assert sheet.get("changed", n)
        assert sheet.get("changed_zh", n)
        assert sheet.get("result", n) is None
    block = sheet.blocks[0]
    told = {block.get("target", n): str(block.get("not_run", n)) for n in range(block.top, block.next_row)}
    for n in silent:
        if sheet.get("status", n) == "not run":
            assert f"{sheet.get('check', n)}: {sheet.get('changed', n)}" in told[sheet.get("target", n)]


def test_the_figures_that_stand_are_those_of_sheet_15(plan: Plan, values: dict[str, dict[str, object]]) -> None:
    sheet, methods = plan.sheets["23_SENSITIVITY"], plan.sheets["15_METHODS"]
    at = {methods.get("target", n): n for n in rows(methods)}
    stands = [n for n in rows(sheet) if sheet.get("status", n) == "stands" and sheet.get("target", n) in at]
    assert len(stands) == 3
    for n in stands:
        there = at[sheet.get("target", n)]
        assert sheet.get("floor_least", n) == Formula(f"={methods.there('floor_L', there)}", "money", 2)
        floor = methods.get("floor_L", there)
        assert values[sheet.tab][sheet.at("floor_least", n)] == floor
        assert values[sheet.tab][sheet.at("libr_most", n)] == values[methods.tab][methods.at("libr", there)]


def test_the_live_word_is_the_engines_and_follows_the_figures(made: Dossier) -> None:
    """A figure of a row is lowered by hand: its word falls with it, and check C21 fails."""
    plan = plan_of(made)
    sheet = plan.sheets["23_SENSITIVITY"]
    held = [n for n in rows(sheet) if sheet.get("result_engine", n) == "holds" and sheet.get("target", n) == "A1"]
    less, gone = held[:2]
    before = rendered(plan, ("A. Officer", "test")).values[sheet.tab]
    assert {before[sheet.at("result", n)] for n in held} == {"holds"}
    assert {str(before[sheet.at("result", n)]) for n in rows(sheet) if sheet.get("result_engine", n)} == RESULTS
    sheet.set("libr_least", less, sheet.get("libr_least", less) - Decimal("0.01"))  # type: ignore[operator]
    sheet.set("floor_least", gone, Decimal("0.00"))
    after = rendered(plan, ("A. Officer", "test")).values
    assert (after[sheet.tab][sheet.at("result", less)], after[sheet.tab][sheet.at("result", gone)]) == ("less", "falls")
    checks = plan.sheets["02_CHECKS"]
    (row,) = [n for n in rows(checks) if checks.get("check_id", n) == "C21"]
    assert (after["02_CHECKS"][checks.at("result", row)], after["02_CHECKS"][checks.at("difference", row)]) == (
        "FAIL",
        -2,
    )


def test_two_engines_stand_beside_each_other_for_each_event(plan: Plan, values: dict[str, dict[str, object]]) -> None:
    sheet = plan.sheets["24_RUN"]
    house = {
        str(sheet.get("events", n)): (sheet.get("floor_again", n), sheet.get("ceiling_again", n))
        for n in rows(sheet)
        if sheet.get("targets", n) == "A1"
    }
    # E1 alone can be in the house (its payment left the account that E1 entered, before E2 came)
    assert house["E1, E2"] == house["E1"] == (Decimal("210000.00"), Decimal("640000.00"))
    assert house["E2"] == (Decimal("0.00"), Decimal("0.00"))
    assert {values[sheet.tab][sheet.at(key, n)] for n in rows(sheet) for key in ("floor_diff", "ceiling_diff")} == {0}
    block = sheet.blocks[0]
    told = {block.get("item", n): str(block.get("value", n)) for n in range(block.top, block.next_row)}
    assert told["second engine"].startswith("agrees; 30 figures; size ")
    assert told["same day order"] == plan.trace.parameters["same_day_order"]
    told_zh = {block.get("item", n): str(block.get("value_zh", n)) for n in range(block.top, block.next_row)}
    assert told_zh["second engine"].startswith("一致；30 个数字；规模 ")
    assert told_zh["checks"].startswith("已运行")


def test_each_asset_is_told_in_sentences_whose_lines_add_up(plan: Plan, values: dict[str, dict[str, object]]) -> None:
    sheet, assets = plan.sheets["25_EXPLAINED"], plan.sheets["12_ASSETS"]
    assert all(sheet.get("text", n) and sheet.get("text_zh", n) for n in rows(sheet))
    numbered = [n for n in rows(sheet) if sheet.get("n", n) and sheet.get("confidence", n) == "documented"]
    assert all(isinstance(sheet.get("cite", n), Link) for n in numbered)
    block = sheet.blocks[0]
    sums = {block.get("asset_id", n): values[sheet.tab][block.at("sum", n)] for n in range(block.top, block.next_row)}
    assert sums == {"A1": 510_000, "A2": 66_200, "A3": 700_000}
    assert {values[sheet.tab][block.at("difference", n)] for n in range(block.top, block.next_row)} == {0}
    links = [assets.get("explained", n) for n in rows(assets)]
    assert all(isinstance(link, Link) and sheet.get("asset_id", link.row) == link.text[3:] for link in links)


def test_the_draft_tells_each_claimed_figure_in_the_sentences_of_explain(plan: Plan, case: Case) -> None:
    told = [p for p in paragraphs(plan) if p.id.startswith("7.")]
    assert [p.en for p in paragraphs(plan) if p.id == "7"] == ["7. How each figure comes about"]
    by_record = {a.record: plan.asset_ids[a.record] for a in plan.case.assets}
    for language in ("en", "zh"):
        said = [getattr(p, language) for p in told]
        for record in by_record:
            sentences = list(case.explain(record, language=language).explained)
            begin = said.index(sentences[0])
            assert said[begin : begin + len(sentences)] == sentences
            assert by_record[record] in said[begin - 1]
            assert "25_EXPLAINED:" in said[begin - 1]


def test_a_case_above_the_size_says_what_was_not_run(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(defence, "CHECKED", 10)
    made = defence.tested(case.asked(), case.ways())
    assert made.tested is not None
    assert made.tested.sensitivity == ()
    entries = len(case.asked().standing.books.carried)
    assert made.tested.parameters["checks"].startswith(f"not run: size ({entries} entries, run up to 10)")
    plan = plan_of(made)
    rendered(plan)
    assert plan.sheets["23_SENSITIVITY"].rows == []


def test_a_workbook_without_the_tests_says_so(made: Dossier) -> None:
    plan = plan_of(replace(made, tested=None))
    rendered(plan)
    assert not any(plan.sheets[tab].rows for tab in ("23_SENSITIVITY", "24_RUN", "25_EXPLAINED"))


def test_the_log_records_whether_the_engines_agree(case: Case) -> None:
    (line,) = [line for line in case.log if line["verb"] == "annex"]
    assert line["parameters"]["second_engine"].startswith("agrees; 30 figures; size ")

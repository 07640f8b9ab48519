"""Where nothing is traced no verb says that a result holds, and where one event of several is not, every verb names it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.case.test_input_that_misleads import CAR, ONE, OTHER, case_of, event
from tracer import defence
from tracer.cli import app


@pytest.mark.parametrize("is_event_stated", [True, False])
def test_no_verb_says_of_nothing_that_it_holds(tmp_path: Path, is_event_stated: bool) -> None:
    case = case_of(tmp_path, [event("E1", "10000.00", entry="CLAIM-9999")] if is_event_stated else [], ONE, OTHER)
    (tmp_path / "assets.csv").write_text(CAR, "utf-8")
    case.load(tmp_path / "assets.csv")
    title = case.trace().title
    for view, missing, missing_zh in (
        (case.what_if("nothing"), "no result yet that could hold", "尚无结论"),
        (case.sensitivity(), "None of the 22 checks was run", "22项检验均未运行"),
    ):
        assert title in view.title
        assert not len(view)
        assert view.is_unanswered
        assert "holds" not in view.explain()
        assert missing in view.explain()
        assert missing_zh in view.explain()
    possible = case.what_if("opening", "proceeds")
    assert {row["finding"] for row in possible} == {""}
    assert "holds" not in possible.explain()
    for words in (["trace"], ["trace", "CAR-5"], ["explain", "CAR-5"], ["what-if", "nothing"], ["sensitivity"]):
        ended = CliRunner().invoke(app, [*words, "--case", str(case.folder)])
        assert (words, ended.exit_code, title in ended.output) == (words, 1, True)
    tested = defence.tested(case.asked(), case.ways()).tested
    assert tested is not None
    assert (tested.sensitivity, tested.explanations) == ((), ())
    assert title in tested.not_run[0]
    assert "未作任何追踪" in tested.not_run[1]


def test_an_event_that_is_not_followed_is_named_beside_the_figures_of_the_others(tmp_path: Path) -> None:
    case = case_of(tmp_path, [event("E1", "6000.00"), event("E2", "500.00", entry="CLAIM-9999")], ONE, OTHER)
    (tmp_path / "assets.csv").write_text(CAR, "utf-8")
    case.load(tmp_path / "assets.csv")
    assert "not traced: E2" in case.trace().foot
    for language, alone, why, call in (
        (
            "en",
            "proceeds of E1 alone: E2 is not traced",
            "no credit carries its reference 'CLAIM-9999'",
            "Next, E2: correct",
        ),
        ("zh", "仅涉及 E1 的所得：E2 未予追踪", "没有任何贷记载有其参考号“CLAIM-9999”", "下一步，E2：请更正"),
    ):
        for back in (False, True):
            told_of = case.explain("CAR-5", language=language, back=back)
            assert "not traced: E2" in told_of.foot
            assert [said in told_of.explain() for said in (alone, why, call)] == [True] * 3
        for view in (case.trace(), case.what_if("nothing"), case.sensitivity()):
            assert [said in view.explain() for said in (alone, why)] == [True] * 2
    tested = defence.tested(case.asked(), case.ways()).tested
    assert tested is not None
    (of_car,) = tested.explanations
    assert any("E2 is not traced" in said for said in of_car.sentences("en"))
    assert any("E2 未予追踪" in said for said in of_car.sentences("zh"))
    both = case_of(tmp_path / "both", [event("E1", "6000.00"), event("E2", "4000.00")], ONE)
    assert "not traced" not in both.trace().foot
    assert "alone" not in both.trace().explain()

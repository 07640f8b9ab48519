"""What is kept of a case goes with its dossier: after a judgement the question, its books and its words are those of now."""

from pathlib import Path

from tests.case.test_opposing_counsel_accounts import CLAIM, FEE, HOUSE, case, loaded, statement  # noqa: F401 - a fixture
from tracer.case import Case


def test_after_a_judgement_nothing_is_asked_of_the_trace_before_it(case: Case, tmp_path: Path) -> None:  # noqa: F811
    loaded(case, tmp_path, a_sta=statement("123456789", CLAIM + FEE + HOUSE, "1000,00", "5990,00"))
    before = case.asked()
    assert case.asked() is before
    assert (case.ways().made, case.reading().books) == (before.made, before.standing.books)
    left, right = sorted(case.dossier().postings)[:2]
    case.judge(left, right, "different", reason="two payments to two people")
    after = case.asked()
    assert after.made is case.dossier()
    assert case.ways().made is after.made
    assert [j.reason for j in after.question.judgements] == ["two payments to two people"]
    assert before.made.trace.run == after.made.trace.run, "the run alone does not tell them apart"

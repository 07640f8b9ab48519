"""What is asked of others is not asked before the candidates are judged that may be the record, which lies in the case."""

from pathlib import Path

from tests.case.test_parts_traced import CLAIM, PAYEE, PAYER, case, loaded, statement
from tracer.case import Case

__all__ = ["case"]  # the fixture


def test_a_gap_and_a_request_name_the_candidates_that_may_answer_them_until_they_are_judged(
    case: Case, tmp_path: Path
) -> None:
    """8,000 left to an account whose statement is held and shows 8,000 a day later, under another reference."""
    out = statement(PAYER, 5500, CLAIM, "240308 D8000,00NTRFOUT-0001")
    out = out.replace(b"OUT-0001\r\n", f"OUT-0001\r\n:86:/BENM/{PAYEE}/NAME/QUAY LTD\r\n".encode())
    ids = loaded(case, tmp_path, "", out, statement(PAYEE, 2000, "240309 C8000,00NTRFIN-0001"))
    (one,) = case.candidates()
    said, said_zh = f"judge 1 candidate first: tracer match ({one.id})", f"请先判定 1 个候选：tracer match（{one.id}）"
    (gap,) = case.problems().where(kind="unmatched_leg")
    assert gap["next"].startswith(f"{said}; if none is it: Statement of account {PAYEE}")
    assert said in case.problems().foot
    assert said_zh in case.problems().explain()
    asked = case.next_requests()
    assert said in asked.foot
    assert {row["gap"]: row["request"].startswith(said) for row in asked} == {"-": True, "G001": True}
    assert asked.explain().count(said_zh) == 2
    case.judge(ids["OUT-0001"], ids["IN-0001"], "different", reason="the payee's bank says so")
    (gap,) = case.problems().where(kind="unmatched_leg")
    assert gap["next"].startswith(f"Statement of account {PAYEE}")
    assert "tracer match" not in case.problems().foot + case.next_requests().foot + case.next_requests().explain()

"""Every acceptance case of ownership passes; what is not built is named, never passed over."""

import json
from pathlib import Path

import pytest

from tracer.owners.cases import run_case

CASES = json.loads(
    (Path(__file__).parents[2] / "tracer" / "selftest_cases" / "ownership_cases.json").read_text(encoding="utf-8")
)
#: Laws that no file of tracer/owners/laws computes.
NOT_BUILT = {"eu_sanctions", "uk_ofsi", "other_regimes", "absent_interests_array_is_legal"}


@pytest.mark.parametrize("case", [*CASES["cases"], *CASES["random"]], ids=lambda case: case["id"])
def test_case(case):
    found = run_case(case)
    wrong = [f"{d.path}: {d.computed} is not {d.expected}" for d in found.details if not d.ok]
    assert found.outcome == "passed", "\n".join(wrong)
    assert set(found.missing) <= NOT_BUILT


def test_a_changed_figure_fails():
    case = json.loads(json.dumps(next(c for c in CASES["cases"] if c["id"] == "T08")))
    case["expected"]["pairs"][0]["own"]["value"] = "3/5"
    found = run_case(case)
    assert found.outcome == "failed"
    assert [d.path for d in found.details if not d.ok] == ["pairs[0] P>A.own"]


def test_a_key_that_is_not_known_is_named_and_alone_makes_the_case_not_covered():
    case = {"id": "X", "nodes": [], "edges": [], "expected": {"golden_visa": "YES"}}
    found = run_case(case)
    assert (found.outcome, found.missing) == ("not_covered", ("golden_visa",))

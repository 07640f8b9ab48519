"""Every case of tracing_cases.json: everything it states is compared, and what is not covered is named."""

import copy
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tracer.trace import run_case

FILE = Path(__file__).resolve().parents[2] / "tracer" / "selftest_cases" / "tracing_cases.json"
CASES = {case["id"]: case for case in json.loads(FILE.read_text("utf-8"))["cases"]}


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    outcome = run_case(CASES[name], CASES.__getitem__)
    assert [line for line in outcome.details if not line[3]] == []
    if outcome.status == "not_covered":
        assert outcome.missing
    else:
        assert outcome.status == "passed"
        assert outcome.details


def test_count(tell: Callable[[str], None]) -> None:
    outcomes = [run_case(case, CASES.__getitem__) for case in CASES.values()]
    passed = sum(o.status == "passed" for o in outcomes)
    gone = {o.id: o.missing for o in outcomes if o.status == "not_covered"}
    tell(f"tracing cases: {passed} passed of {len(CASES)}; not covered: {gone or 'none'}")
    assert passed >= 60
    assert passed + len(gone) == len(CASES)


def figures(value, path=()):
    """Yield the path of every figure that a case states."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in ("options", "words", "wrong", "arcs", "after", "rule", "commenced", "threshold", "never"):
                yield from figures(inner, (*path, key))
    elif isinstance(value, list):
        for k, inner in enumerate(value):
            yield from figures(inner, (*path, k))
    elif isinstance(value, bool | int) or (isinstance(value, str) and value.replace("/", "").isdigit()):
        yield path


def changed(case, path):
    """Return the case with one figure off by one."""
    other = copy.deepcopy(case)
    at = other["expected"]
    for key in path[:-1]:
        at = at[key]
    was = at[path[-1]]
    if isinstance(was, bool):
        at[path[-1]] = not was
    elif isinstance(was, int):
        at[path[-1]] = was + 1
    else:
        at[path[-1]] = "/".join([str(int(was.split("/")[0]) + 1), *was.split("/")[1:]])
    return other


#: One case per kind of statement: a changed figure must be noticed wherever it stands.
PROBES = ("A8", "A13", "E3", "E20", "G1", "R2", "N4", "N5", "N12", "A6", "A7", "A16", "E16", "E17", "E21", "E22", "E2b")


@pytest.mark.parametrize("name", PROBES)
def test_a_changed_figure_is_noticed(name: str) -> None:
    case = CASES[name]
    unnoticed = []
    for path in figures(case["expected"]):
        target_in_cents = path[0] == "runs" and path[2] == "rules" and overruled(case, path)
        # fractions among the other money and the claimants are for the exact twin (about, exactness)
        fraction = "/" in str(at(case["expected"], path))
        if target_in_cents or (fraction and path[0] in ("claimants", "facts") or (fraction and "other" in path)):
            continue
        if run_case(changed(case, path), CASES.__getitem__).status != "failed":
            unnoticed.append(path)
    assert unnoticed == []


def at(value, path):
    for key in path:
        value = value[key]
    return value


def overruled(case, path):
    """Say whether the exact figure has a whole-cent figure beside it, which is the one compared."""
    _, k, _, rule, target, *_ = path
    return target in case["expected"]["runs"][k].get("cents", {}).get(rule, {})

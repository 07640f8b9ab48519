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


def day_of(accounts, events, orders, figures, bounds, recorded):
    """A case of one day without order: sink:X under own money first for each order, and floor and ceiling of sink:X."""
    runs = [
        {"options": {"order": list(order)}, "rules": {"libr": {"sink:X": {"T": figure}}}, "overdraws": overdraws}
        for (order, overdraws), figure in zip(orders, figures, strict=True)
    ]
    expected = {"runs": runs, "recorded": recorded, "bounds": [[["sink:X"], ["T"], *bounds]]}
    return {
        "id": "day",
        "kind": "unordered_day",
        "accounts": accounts,
        "events": events,
        "proceeds": ["T"],
        "expected": expected,
    }


def entry(name, kind, amount, **more):
    return {"id": name, "type": kind, "amount": amount, "date": "2024-05-02", **more}


def test_an_order_within_a_known_facility_is_one_of_the_range_and_outside_floor_and_ceiling() -> None:
    """A: C 30; T 40 comes and X 50 goes. Money first: 20 of X is T. X first, 20 lent: no T; no overdraft: X is 20 to 40 T."""
    events = [
        entry("e1", "debit", 50, account="A", sink="X", block="d"),
        entry("e2", "credit", 40, account="A", labels={"T": 40}, block="d"),
    ]
    accounts = {"A": {"opening": [["C", 30]], "facility": 20}}
    orders = [(("e2", "e1"), False), (("e1", "e2"), True)]
    case = day_of(accounts, events, orders, ("20", "0"), (20, 40), {"sink:X": 50, "bal:A": 20})
    case["expected"]["runs"][0]["rules"]["libr"]["bal:A"] = {"T": "20"}
    case["expected"]["runs"][1]["rules"]["libr"] |= {"bal:A": {"T": "20"}, "sink:OVERDRAFT": {"T": "20"}}
    outcome = run_case(case)
    assert [line for line in outcome.details if not line[3]] == []
    assert outcome.status == "passed"


def test_a_transfer_in_a_day_without_order_has_its_place_in_each_account() -> None:
    """A: T 10. 10 move to B, which has C 5 and pays X 5 the same day: first or last, own money pays it."""
    events = [
        entry("e1", "transfer", 10, **{"from": "A", "to": "B"}, block="d"),
        entry("e2", "debit", 5, account="B", sink="X", block="d"),
    ]
    accounts = {"A": {"opening": [["T", 10]]}, "B": {"opening": [["C", 5]]}}
    orders = [(("e1", "e2"), False), (("e2", "e1"), False)]
    case = day_of(accounts, events, orders, ("0", "0"), (0, 5), {"sink:X": 5, "bal:A": 0, "bal:B": 10})
    for run in case["expected"]["runs"]:
        run["rules"]["libr"]["bal:B"] = {"T": "10"}
    outcome = run_case(case)
    assert [line for line in outcome.details if not line[3]] == []
    assert outcome.status == "passed"

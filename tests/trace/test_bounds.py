"""The bounds of every acceptance case, their certificates, and what they refuse."""

import json
from pathlib import Path

import pytest
from bounds_ledgers import case_entries

from tracer.trace.bounds import bounds, build, certificates

CASES = json.loads(
    (Path(__file__).parents[2] / "tracer" / "selftest_cases" / "tracing_cases.json").read_text(encoding="utf-8")
)["cases"]
BY_ID = {case["id"]: case for case in CASES}
LEDGERS = [c for c in CASES if c["kind"] != "gap" and c["expected"].get("bounds") and c.get("events")]


@pytest.mark.parametrize("case", LEDGERS, ids=[c["id"] for c in LEDGERS])
def test_floor_and_ceiling_of_every_case(case):
    graph = build(case_entries(case))
    for targets, labels, floor, ceiling in case["expected"]["bounds"]:
        found = bounds(graph, targets, labels)
        assert (found.floor, found.ceiling) == (floor, ceiling), (targets, labels)
        recorded = case["expected"]["recorded"]
        assert found.recorded == sum(max(0, recorded[t]) for t in targets if t in recorded)


ORDERS = [
    pytest.param(case, run, id=f"{case['id']}-{'-'.join(run['options']['order'])}")
    for case in CASES
    for run in case["expected"].get("runs", [])
    if run.get("bounds") and run.get("options", {}).get("order")
]


@pytest.mark.parametrize(("case", "run"), ORDERS)
def test_each_order_of_an_unordered_day_has_its_own_bounds(case, run):
    graph = build(case_entries(case, order=run["options"]["order"]))
    for targets, labels, floor, ceiling in run["bounds"]:
        found = bounds(graph, targets, labels)
        assert (found.floor, found.ceiling) == (floor, ceiling), (targets, labels)


CUTS = [
    pytest.param(case, stated, id=f"{case['id']}-{'+'.join(stated['targets'])}-{stated['side']}")
    for case in CASES
    for stated in case["expected"].get("certificates", [])
]


@pytest.mark.parametrize(("case", "stated"), CUTS)
def test_certificates_add_up_to_the_stated_cut(case, stated):
    floor, ceiling = certificates(case_entries(case), stated["targets"])
    found = floor if stated["side"] == "floor" else ceiling
    assert found.cut == stated["cut"]
    assert sum(arc.worth for arc in found.arcs) == stated["cut"]
    assert len(found.arcs) <= len(stated["arcs"])

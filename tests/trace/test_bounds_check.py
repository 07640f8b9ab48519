"""Every rule's replay lies in the polytope; a changed figure does not."""

import numpy as np
import pytest
from bounds_ledgers import case_entries
from hypothesis import HealthCheck, given, settings
from test_bounds import BY_ID, LEDGERS
from test_bounds_second_engine import stories

from tracer.model import CheckFailed
from tracer.trace.bounds import assert_admissible, bounds, build
from tracer.trace.replay import replay

RULES = ("fifo", "lifo", "pro_rata", "libr", "proceeds_first")


def check(entries, run, **changed):
    columns = {"moved": run.moved, "held": run.held, "absorbed": run.absorbed} | changed
    assert_admissible(entries, columns["moved"], columns["held"], columns["absorbed"])


@pytest.mark.parametrize("case", LEDGERS, ids=[c["id"] for c in LEDGERS])
def test_every_rule_on_every_case_is_admissible(case):
    order = case["expected"]["runs"][0]["options"].get("order") if case["kind"] == "unordered_day" else None
    entries = case_entries(case, order=order)
    for name in RULES:
        for bundle in ("ordered", "blended"):
            check(entries, replay(entries, name, bundle=bundle))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(stories())
def test_no_rule_leaves_floor_and_ceiling(entries):
    graph = build(entries)
    labels = [name for name, flag in zip(entries.labels, entries.proceeds, strict=True) if flag]
    limits = {name: bounds(graph, [name]) for name in graph.targets}
    for name in RULES:
        run = replay(entries, name)
        check(entries, run)
        for target, amounts in run.targets.items():
            assert limits[target].floor <= sum(amounts[k] for k in labels) <= limits[target].ceiling


@pytest.mark.parametrize(
    ("column", "row", "label", "by", "what"),
    [
        pytest.param("moved", 0, "C", -1, "do not add up", id="a cent vanished"),
        pytest.param("held", 1, "T", 1, "posted balance", id="a lot larger than the balance"),
        pytest.param("absorbed", 0, "C", 1, "repaid", id="a repayment where no debt was"),
        pytest.param("moved", 3, "T", -9000, "negative amount", id="a negative label"),
    ],
)
def test_a_changed_cent_is_found(column, row, label, by, what):
    entries = case_entries(BY_ID["R2"])
    run = replay(entries, "libr")
    changed = getattr(run, column).copy()
    changed[row, entries.labels.index(label)] += by
    with pytest.raises(CheckFailed, match=what):
        check(entries, run, **{column: changed})


def swapped(columns, entries, row, one="T", other="C", by=100):
    changed = columns.copy()
    changed[row, entries.labels.index(one)] += by
    changed[row, entries.labels.index(other)] -= by
    return changed


def from_row_on(run, entries, row, by):
    """Relabel in what the account of `row` held, from that entry on."""
    held = run.held
    for later in np.flatnonzero(entries.account == entries.account[row]):
        if later >= row:
            held = swapped(held, entries, later, by=by)
    return held


def test_money_relabelled_on_its_way_in_out_or_across_is_found():
    entries = case_entries(BY_ID["N6"])
    run = replay(entries, "pro_rata")
    transfer = int(np.flatnonzero(entries.credit & (entries.partner >= 0))[0])
    entered = {"moved": swapped(run.moved, entries, 1, by=-100)}
    with pytest.raises(CheckFailed, match="held, plus what came"):
        check(entries, run, **entered)
    entered["held"] = from_row_on(run, entries, 1, -100)
    with pytest.raises(CheckFailed, match="own labels"):
        check(entries, run, **entered)
    arrived = {"moved": swapped(run.moved, entries, transfer), "held": from_row_on(run, entries, transfer, 100)}
    with pytest.raises(CheckFailed, match="more of a label than was sent"):
        check(entries, run, **arrived)


def test_a_label_made_by_a_conversion_is_found():
    entries = case_entries(BY_ID["E6"])
    run = replay(entries, "fifo")
    row = int(np.flatnonzero(entries.credit & (entries.partner >= 0))[0])
    arrived = {"moved": swapped(run.moved, entries, row, by=5000), "held": from_row_on(run, entries, row, 5000)}
    with pytest.raises(CheckFailed, match="executed rate"):
        check(entries, run, **arrived)

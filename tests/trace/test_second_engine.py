"""The second engine: what an attribution is, stated as one linear program, against the maximum flows of the first."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_bounds_second_engine import exchanged, stories

from tests.trace.test_what_if import CLAIMS, TWO, told
from tracer.model import Bounds, CheckFailed
from tracer.trace import agreement as agreement_of
from tracer.trace import stand
from tracer.trace.bounds import bounds, build
from tracer.trace.case_books import Networks
from tracer.trace.second_engine import LIMIT, Program, size_of

CALM = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))


@CALM
@given(stories())
def test_the_attributions_of_all_events_at_once_give_the_floor_and_ceiling_of_each(entries):
    if not len(entries):
        return
    graph = build(entries)
    program = Program.of(graph)
    for targets in [*[(name,) for name in graph.targets], graph.targets]:
        for labels in (("T",), ("w",), ("T", "w")):
            found = bounds(graph, targets, labels, words=False)
            assert program.bounds(targets, labels) == (found.floor, found.ceiling), (targets, labels)


@CALM
@given(exchanged())
def test_conversions_differ_by_one_unit_at_most(entries):
    graph = build(entries)
    program = Program.of(graph)
    for name in graph.targets:
        found = bounds(graph, [name], ["T"], words=False)
        low, high = program.bounds([name], ["T"])
        assert abs(low - found.floor) <= 1
        assert abs(high - found.ceiling) <= 1


@CALM
@given(stories(), st.integers(0, 4), st.integers(2, 5), st.booleans())
def test_on_days_without_order_the_first_engine_is_never_narrower(entries, start, length, lends):
    """Where the bank may have lent within the day the first engine may be wider, which is the safe side; else they are equal."""
    block, number = np.full(len(entries), -1, np.int32), 0
    for account in range(len(entries.accounts)):
        day = np.flatnonzero((entries.account == account) & ~entries.opening)[start : start + length]
        if len(day) > 1:
            block[day], number = number, number + 1
    lent = np.full(len(entries.accounts), 10 if lends else -1, np.int64)
    graph = build(entries.changed(block=block, facility=lent))
    program = Program.of(graph)
    is_open = bool((graph.recorded != graph.capacity).any())
    for targets in [*[(name,) for name in graph.targets], graph.targets]:
        found = bounds(graph, targets, words=False)
        low, high = program.bounds(targets, found.labels)
        assert found.floor <= low <= high <= found.ceiling
        assert is_open or (low, high) == (found.floor, found.ceiling)


def test_every_asset_each_offence_and_each_event_is_derived_again():
    found = agreement_of(stand(told(TWO, claims=CLAIMS)), {"E1": "O1", "E2": "O2"})
    assert found.outcome == "agrees"
    assert {row.outcome for row in found.rows} == {"equal"}
    house = {row.offence: (row.floor, row.ceiling) for row in found.rows if row.targets == ("sink:ASSET:H",)}
    # 350 leaves A, of 100 other money, 300 of E1, 200 of E2; B adds 50 and pays 380: at most 150 of it is other money
    assert house == {"": (230, 350), "O1": (30, 300), "O2": (0, 200)}
    joint = {row.offence: (row.floor, row.ceiling) for row in found.rows if len(row.targets) > 1}
    assert joint == {"": (500, 500), "O1": (300, 300), "O2": (200, 200)}


def test_events_of_one_offence_stand_beside_their_offence():
    found = agreement_of(stand(told(TWO, claims=CLAIMS)), {"E1": "O1", "E2": "O1"})
    assert {(row.offence, row.labels) for row in found.rows} == {("", ("E1", "E2")), ("O1", ("E1",)), ("O1", ("E2",))}


def test_a_case_above_the_size_says_so_and_keeps_its_figures():
    standing = stand(told(TWO, claims=CLAIMS))
    size = size_of(standing.networks.carried())
    found = agreement_of(standing, {}, limit=size - 1)
    assert found.outcome == "not run: size"
    assert found.words == f"not run: size; 0 figures; size {size}, run up to {size - 1} (arcs times kinds of money)"
    assert all(row.again_floor is None and row.outcome == "not run" for row in found.rows)
    assert agreement_of(standing, {}, limit=size).outcome == "agrees"
    assert size < LIMIT


def test_two_engines_that_differ_stop_the_run(monkeypatch):
    standing = stand(told(TWO, claims=CLAIMS))
    right = Networks.bound

    def wrong(self, targets, labels, **how):
        found = right(self, targets, labels, **how)
        stated: Bounds = found.stated
        return replace(found, stated=replace(stated, floor=stated.floor - 1)) if "by" not in how else found

    monkeypatch.setattr(Networks, "bound", wrong)
    with pytest.raises(CheckFailed, match="Two engines differ on sink:ASSET:H"):
        agreement_of(standing, {})

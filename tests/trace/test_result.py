"""No figure leaves the room that no conserving rule can give."""

from dataclasses import replace

import numpy as np
import pytest

from tracer.model import Bounds, CheckFailed
from tracer.trace import Entries, result, trace_all


def entries() -> Entries:
    """100.00 other money, 50.00 proceeds, then 120.00 for a car."""
    n = 3
    return Entries(
        account=np.zeros(n, np.int32),
        amount=np.array([10_000, 5_000, 12_000], np.int64),
        credit=np.array([True, True, False]),
        partner=np.full(n, -1, np.int64),
        sink=np.array([-1, -1, 0], np.int32),
        origin=np.array([[0, 0, 0, 10_000], [0, 5_000, 0, 0], [0, 0, 0, 0]], np.int64)[:, [0, 2, 1, 3]],
        opening=np.zeros(n, np.bool_),
        day=np.array([1, 2, 3], np.int32),
        block=np.full(n, -1, np.int32),
        debt=np.zeros(1, np.int64),
        accounts=("A",),
        currencies=("USD",),
        sinks=("sink:car",),
        labels=("C", "K", "T", "U"),
        proceeds=np.array([False, False, True, False]),
        source=("p1", "p2", "p3"),
    )


def test_floor_rule_and_ceiling_of_a_story_told_by_hand() -> None:
    told = entries()
    found = result(told, trace_all(told, ("libr", "proceeds_first")), (), "h", {})
    (car,) = [t for t in found.targets if t.target == "sink:car"]
    # own money first: 100.00 other, 20.00 proceeds; proceeds first: all 50.00; no rule can give less or more
    assert (car.by_rule["libr"], car.by_rule["proceeds_first"]) == (2_000, 5_000)
    assert (car.bounds.floor, car.bounds.ceiling) == (2_000, 5_000)


def test_a_replay_with_a_changed_cent_stops_the_run() -> None:
    told = entries()
    replays = trace_all(told, ("libr",))
    moved = replays["libr"].moved.copy()
    moved[2, 2] += 1
    with pytest.raises(CheckFailed):
        result(told, {"libr": replace(replays["libr"], moved=moved)}, (), "h", {})


def test_a_figure_outside_the_bounds_stops_the_run() -> None:
    told = entries()

    def wrong(names: object, labels: object) -> Bounds:
        return Bounds(tuple(names), tuple(labels), "USD", 12_000, 0, 1_999)  # type: ignore[arg-type, call-overload]

    with pytest.raises(CheckFailed, match="outside 0 to 1999"):
        result(told, trace_all(told, ("libr",)), (), "h", {}, bounds_of=wrong)

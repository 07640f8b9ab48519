"""A small ledger is read by Python itself, a large one by compiled kernels: the same figures to the cent, and when which."""

import sys
from typing import Any

import pytest

from tests.long.laws import entered
from tests.long.stories import story
from tracer.trace import compiled
from tracer.trace.by_class import replay_by_class
from tracer.trace.replay import replay
from tracer.trace.rules import RULES

ROOM: Any = sys.modules["tracer.trace.compiled"]


@pytest.mark.parametrize("theme", ["pure", "pair", "labels", "fx", "charges", "interest", "fees", "large", "subrule"])
def test_both_ways_give_the_same_arrays(monkeypatch: pytest.MonkeyPatch, theme: str) -> None:
    for seed in range(8):
        case, options = story(seed, length=30, theme=theme)
        entries = entered(case, options)
        elected = {k: x for k, x in options.items() if k in ("bundle", "mixed_repay", "proceeds_subrule")}
        for rule in RULES:
            for record in (True, False):
                each = []
                for most in (0, 10**9):
                    monkeypatch.setattr(ROOM, "_MOST", most)
                    each.append(replay(entries, rule, record=record, **elected))
                machine, python = each
                assert machine.targets == python.targets
                assert machine.moved.tolist() == python.moved.tolist()
                assert machine.held.tolist() == python.held.tolist()
                assert machine.absorbed.tolist() == python.absorbed.tolist()


def test_little_is_read_by_python_and_much_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ROOM, "_read_so_far", [0])
    ways = [compiled.at_hand(replay_by_class, ROOM._EACH) for _ in range(ROOM._MOST // ROOM._EACH)]
    assert replay_by_class not in ways
    assert len(set(ways)) == 1
    assert compiled.at_hand(replay_by_class, 1) is replay_by_class  # enough was read: it is compiled from now on
    monkeypatch.setattr(ROOM, "_read_so_far", [0])
    assert compiled.at_hand(replay_by_class, ROOM._EACH + 1) is replay_by_class
    monkeypatch.setattr(ROOM, "_read_so_far", [0])
    compiled.compile_from_now_on()  # as the known answers do
    assert compiled.at_hand(replay_by_class, 1) is replay_by_class

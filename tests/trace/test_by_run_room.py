"""The fast way of FIFO and LIFO keeps its lots in a room that may be too small: it asks for more, and no figure changes."""

from importlib import import_module

import pytest

from tests.long.engine import trace
from tests.long.laws import thin
from tests.long.stories import rings
from tracer.trace import replay
from tracer.trace.cases import book_of
from tracer.trace.elected import Elections, elect
from tracer.trace.events import enter

#: The module; `tracer.trace.replay` is the function.
REPLAY = import_module("tracer.trace.replay")


@pytest.mark.parametrize("rule", ["fifo", "lifo"])
@pytest.mark.parametrize("seed", range(3))
def test_however_small_the_room_the_figures_are_the_same(rule: str, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rooms of each size a little above the smallest: one of them ends exactly where the money under way does."""
    case, options = rings(seed, length=110)
    entries = enter(elect(book_of(case), Elections.of(options)))
    expected = trace(case, rule, options)
    smallest = 32 * len(entries.accounts)
    for room in (1, *range(smallest, smallest + 48, 3), 1000):
        monkeypatch.setattr(REPLAY, "ROOM", room)
        assert thin(replay(entries, rule, record=False, validate=False, **options).targets) == expected, room

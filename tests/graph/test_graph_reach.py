"""Both graphs reach the same accounts, by the same number of hops, on the same earliest day."""

import random
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from tracer.batches import to_table, transfer_table
from tracer.graph import Embedded
from tracer.graph.neo4j import Neo4jGraph
from tracer.model import Cite, Posting, Transfer

FIRST = date(2024, 1, 1)

#: Lines that transfers are shown by, one in five of them a reversal.
LINES = to_table(
    "posting",
    [
        Posting(Cite("c" * 64, f"line={n}"), "A", "USD", n % 3 - 1, n, account_key="A", reversal=n % 5 == 0)
        for n in range(30)
    ],
)


def movements(seed: int) -> list[Transfer]:
    """Return transfers among few accounts: circles, parallel, reversed and reversing ones, days missing on a side or both."""
    draw = random.Random(seed)
    names = ["", *"ABCDEFGHIJ"]
    made = []
    for n in range(60):
        out = FIRST + timedelta(days=draw.randrange(40))
        days = draw.choice([(out, out), (out, out + timedelta(days=2)), (out, None), (None, out), (None, None)])
        ends = draw.choice(names), draw.choice(names)
        undone = draw.choice(["", "", "", "t0"])
        shown = draw.choice([(), (), tuple(draw.sample(LINES["id"].to_pylist(), 2))])
        made.append(Transfer(f"t{n:02}", shown, (), "", "", *ends, 1, "USD", 1, "USD", *days, reversed_by=undone))
    return made


@pytest.mark.parametrize("seed", range(6))
def test_both_graphs_reach_the_same(seed: int, scoped: Callable[..., Neo4jGraph]) -> None:
    graph, embedded = scoped(batch=25), Embedded()
    table = transfer_table(movements(seed))
    for one in (graph, embedded):
        one.append("posting", LINES, head="h")
        one.append("transfer", table, head="h")
    assert graph.transfers().equals(embedded.transfers())
    assert graph.totals().equals(embedded.totals())
    assert graph.accounts().equals(embedded.accounts())
    within = {"since": FIRST + timedelta(days=5), "until": FIRST + timedelta(days=20)}
    assert graph.transfers(**within).equals(embedded.transfers(**within))
    for starts, hops in ((["A"], 1), (["A"], 2), (["A", "B", "A"], 4), (["C", "nowhere", ""], 9), (["D"], 0)):
        for since in (FIRST, FIRST + timedelta(days=15)):
            assert graph.reach(starts, since=since, hops=hops).equals(embedded.reach(starts, since=since, hops=hops))

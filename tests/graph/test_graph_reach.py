"""Both graphs reach the same accounts, by the same number of hops, on the same earliest day."""

import random
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from tracer.batches import transfer_table
from tracer.graph import Embedded
from tracer.graph.neo4j import Neo4jGraph
from tracer.model import Transfer

FIRST = date(2024, 1, 1)


def movements(seed: int) -> list[Transfer]:
    """Return transfers among few accounts: circles, parallel and reversed ones, days missing on one side or both."""
    draw = random.Random(seed)
    names = ["", *"ABCDEFGHIJ"]
    made = []
    for n in range(60):
        out = FIRST + timedelta(days=draw.randrange(40))
        days = draw.choice([(out, out), (out, out + timedelta(days=2)), (out, None), (None, out), (None, None)])
        ends = draw.choice(names), draw.choice(names)
        undone = draw.choice(["", "", "", "t0"])
        made.append(Transfer(f"t{n:02}", (), (), "", "", *ends, 1, "USD", 1, "USD", *days, reversed_by=undone))
    return made


@pytest.mark.parametrize("seed", range(6))
def test_both_graphs_reach_the_same(seed: int, scoped: Callable[..., Neo4jGraph]) -> None:
    graph, embedded = scoped(batch=25), Embedded()
    table = transfer_table(movements(seed))
    for one in (graph, embedded):
        one.append("transfer", table, head="h")
    assert graph.transfers().equals(embedded.transfers())
    assert graph.totals().equals(embedded.totals())
    within = {"since": FIRST + timedelta(days=5), "until": FIRST + timedelta(days=20)}
    assert graph.transfers(**within).equals(embedded.transfers(**within))
    for starts, hops in ((["A"], 1), (["A"], 2), (["A", "B", "A"], 4), (["C", "nowhere", ""], 9), (["D"], 0)):
        for since in (FIRST, FIRST + timedelta(days=15)):
            assert graph.reach(starts, since=since, hops=hops).equals(embedded.reach(starts, since=since, hops=hops))

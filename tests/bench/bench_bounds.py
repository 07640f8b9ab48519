"""What the network and the words cost beside the two bare solves of the same network.

Run: python tests/bench/bench_bounds.py [entries]. Prints seconds of CPU time, best of three with both sides in turn, and the
ratio with its limit (spec of issue 5: floor and ceiling of a joint target within 1.5 times the two bare solves).
The ledger is synthetic: 2,000 accounts, a third credits, a third payments, a third transfers, 2% of it overdrawn.
"""

import sys
from time import process_time

import numpy as np
from ortools.graph.python.max_flow import SimpleMaxFlow

from tracer.trace.bounds import bounds, build
from tracer.trace.entries import Entries

LIMIT = 1.5
ROUNDS = 3
LABELS = ("C", "K", "T", "U")


def ledger(rows: int, accounts: int = 2_000, seed: int = 7) -> Entries:
    """Make `rows` entries: money of four labels enters, moves between accounts and leaves to 20 targets."""
    draw = np.random.default_rng(seed)
    sort = draw.integers(0, 3, rows)
    transfer = np.flatnonzero(sort == 2)
    transfer = transfer[transfer + 1 < rows]
    transfer = transfer[np.append(True, np.diff(transfer) > 1)]
    account = draw.integers(0, accounts, rows).astype(np.int32)
    amount = draw.integers(100, 500_000, rows)
    credit = sort == 0
    credit[transfer], credit[transfer + 1] = False, True
    amount[transfer + 1] = amount[transfer]
    partner = np.full(rows, -1, np.int64)
    partner[transfer], partner[transfer + 1] = transfer + 1, transfer
    sink = np.where(~credit & (partner < 0), draw.integers(0, 20, rows), -1).astype(np.int32)
    origin = np.zeros((rows, len(LABELS)), np.int64)
    outside = np.flatnonzero(credit & (partner < 0))
    origin[outside, draw.choice([0, 2, 3], len(outside), p=[0.6, 0.3, 0.1])] = amount[outside]
    return Entries(
        account=account,
        amount=amount,
        credit=credit,
        partner=partner,
        sink=sink,
        origin=origin,
        opening=np.zeros(rows, np.bool_),
        day=(np.arange(rows) // 1000).astype(np.int32),
        block=np.full(rows, -1, np.int32),
        debt=np.zeros(accounts, np.int64),
        accounts=tuple(f"A{i:04}" for i in range(accounts)),
        currencies=("USD",) * accounts,
        sinks=tuple(f"sink:S{i:02}" for i in range(20)),
        labels=LABELS,
        proceeds=np.array([False, False, True, False]),
    )


def bare(entries: Entries, targets: tuple[str, ...]) -> float:
    """Return the seconds of the two solves alone: arrays in, flow out, no pruning, no cut, no words."""
    graph = build(entries)
    wanted = graph.codes(targets)
    inner = graph.head >= 0
    keep = np.flatnonzero(inner | wanted[np.maximum(graph.target, 0)])
    spent = 0.0
    for counted in (True, False):
        sources = np.flatnonzero((graph.source_label == LABELS.index("T")) == counted)
        start, end = graph.nodes, graph.nodes + 1
        tail = np.append(np.full(len(sources), start), graph.tail[keep]).astype(np.int32)
        head = np.append(graph.source_node[sources], np.where(inner[keep], graph.head[keep], end)).astype(np.int32)
        capacity = np.append(graph.source_amount[sources], graph.capacity[keep])
        begun = process_time()
        flow = SimpleMaxFlow()
        flow.add_arcs_with_capacity(tail, head, capacity)
        assert flow.solve(start, end) == flow.OPTIMAL
        spent += process_time() - begun
    return spent


def main() -> None:
    """Measure both and print the ratio to the limit."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    targets = ("sink:S00", "sink:S01", "bal:A0000")
    bounds(ledger(1_000), targets)  # compile
    entries = ledger(rows)
    built = whole = solves = float("inf")
    for _ in range(ROUNDS):
        begun = process_time()
        build(entries)
        built = min(built, process_time() - begun)
        begun = process_time()
        found = bounds(entries, targets)
        whole = min(whole, process_time() - begun)
        solves = min(solves, bare(entries, targets))
    print(f"{rows} entries: floor {found.floor}, ceiling {found.ceiling} of {found.recorded}")
    print(f"network {built:.2f} s; bounds with network and words {whole:.2f} s; two bare solves {solves:.2f} s")
    ratio = whole / solves
    print(f"ratio {ratio:.2f}, limit {LIMIT}: {'kept' if ratio <= LIMIT else 'BROKEN'}")
    sys.exit(ratio > LIMIT)


if __name__ == "__main__":
    main()

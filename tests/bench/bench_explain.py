"""How long one figure takes to be explained, once its rule is replayed.

    python tests/bench/bench_explain.py [--entries 1000000] [--accounts 100000]

Synthetic entries, two labels, two in five of them legs of transfers: money reaches the target from everywhere, which is the
hardest case. The replay is recorded and not counted; the target is the one of fifty with most entries. Best of three, CPU
time of this process, for the arithmetic (`explain`, with its sentences in both languages and all its checks) and for the way
back (`back`). Limit: 1 s for the arithmetic of one figure on 1,000,000 entries (spec of issue 5). Exit code 1 if it is passed.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

import numpy as np
from bench_replay import entries

from tracer.trace import back, explain, replay

LIMIT = 1.0
RULES = ("libr", "pro_rata", "proceeds_first", "fifo", "lifo")
ROUNDS = 3


def clock(call: Callable[[], object]) -> float:
    """Return the least CPU time of several runs."""
    best = float("inf")
    for _ in range(ROUNDS):
        begun = time.process_time()
        call()
        best = min(best, time.process_time() - begun)
    return best


def main() -> int:
    """Print one line per rule; return 1 if a limit is passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--accounts", type=int, default=100_000)
    given = parser.parse_args()
    small, book = entries(1000, 10), entries(given.entries, given.accounts)
    counts = np.bincount(book.sink[book.sink >= 0])
    target = book.sinks[int(np.argmax(counts))]
    passed = True
    print(f"{given.entries:,} entries, {given.accounts:,} accounts, {int(counts.max()):,} payments into {target}")
    for rule in RULES:
        first = replay(small, rule)
        explain(small, first, small.sinks[0])  # compiled before the clock starts
        back(small, first, small.sinks[0])
        run = replay(book, rule)
        told = clock(lambda run=run: explain(book, run, target))  # type: ignore[misc]
        lines = len(explain(book, run, target).lines)
        way = clock(lambda run=run: back(book, run, target))  # type: ignore[misc]
        passed &= told <= LIMIT
        print(f"{rule:14s} explain {told:6.3f} s   limit {LIMIT:.1f} s   ({lines} lines)   back {way:6.3f} s")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())

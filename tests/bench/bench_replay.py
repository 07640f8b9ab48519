"""How much slower each rule is than a bare loop that only updates balances.

    python tests/bench/bench_replay.py [--entries 10000000] [--accounts 100000]

Synthetic entries, two labels, one third of them legs of transfers, totals per target, draws not stored. Both sides
run compiled code over the same arrays in the same process, best of five in CPU time, in turn; what is printed is the ratio and its limit
(LIBR, pro rata, proceeds first 10; FIFO, LIFO 25). Exit code 1 if a limit is passed.
"""

from __future__ import annotations

import argparse
import sys
import time

import numba
import numpy as np

from tracer.trace import Entries
from tracer.trace.replay import replay

LIMITS = {"libr": 10, "pro_rata": 10, "proceeds_first": 10, "fifo": 25, "lifo": 25}
ROUNDS = 5


@numba.njit
def bare(account, amount, credit, balance):
    for i in range(len(amount)):
        if credit[i]:
            balance[account[i]] += amount[i]
        else:
            balance[account[i]] -= amount[i]


@numba.njit
def synthetic(n, accounts, seed):
    """Credits from outside, transfers and payments in turn; nobody spends more than the account holds."""
    np.random.seed(seed)
    account = np.empty(n, np.int32)
    amount = np.empty(n, np.int64)
    credit = np.zeros(n, np.bool_)
    partner = np.full(n, -1, np.int64)
    sink = np.full(n, -1, np.int32)
    origin = np.zeros((n, 2), np.int64)
    balance = np.zeros(accounts, np.int64)
    i = 0
    while i < n:
        a = np.random.randint(accounts)
        kind = np.random.randint(5)
        if kind < 2 or balance[a] < 100 or i == n - 1:
            w = 1 + np.random.randint(1_000_000)
            account[i], amount[i], credit[i] = a, w, True
            origin[i, np.random.randint(2)] = w
            balance[a] += w
            i += 1
            continue
        w = 1 + np.random.randint(balance[a])
        account[i], amount[i] = a, w
        balance[a] -= w
        if kind == 2:
            b = np.random.randint(accounts)
            account[i + 1], amount[i + 1], credit[i + 1] = b, w, True
            partner[i], partner[i + 1] = i + 1, i
            balance[b] += w
            i += 2
        else:
            sink[i] = np.random.randint(50)
            i += 1
    return account, amount, credit, partner, sink, origin


def entries(n: int, accounts: int) -> Entries:
    account, amount, credit, partner, sink, origin = synthetic(n, accounts, 7)
    return Entries(
        account=account,
        amount=amount,
        credit=credit,
        partner=partner,
        sink=sink,
        origin=origin,
        opening=np.zeros(n, np.bool_),
        day=np.full(n, -1, np.int32),
        block=np.full(n, -1, np.int32),
        debt=np.zeros(accounts, np.int64),
        accounts=tuple(f"A{k}" for k in range(accounts)),
        currencies=("USD",) * accounts,
        sinks=tuple(f"sink:S{k}" for k in range(50)),
        labels=("C", "T"),
        proceeds=np.array([False, True]),
    )


def clock(call) -> float:
    begun = time.thread_time()
    call()
    return time.thread_time() - begun


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=10_000_000)
    parser.add_argument("--accounts", type=int, default=100_000)
    given = parser.parse_args()
    book = entries(given.entries, given.accounts)
    transfers = float((book.partner >= 0).mean())
    small = entries(1000, 10)
    balance = np.zeros(given.accounts, np.int64)
    bare(book.account[:10], book.amount[:10], book.credit[:10], balance)
    for name in LIMITS:
        replay(small, name, record=False)  # compiled before the clock starts
    base, kernels, wholes = float("inf"), dict.fromkeys(LIMITS, float("inf")), dict.fromkeys(LIMITS, float("inf"))
    for _ in range(ROUNDS):
        # in turn, so that a busy neighbour slows both sides
        base = min(base, clock(lambda: bare(book.account, book.amount, book.credit, balance)))
        for name in LIMITS:
            begun = time.thread_time()
            result = replay(book, name, record=False)
            wholes[name] = min(wholes[name], time.thread_time() - begun)
            kernels[name] = min(kernels[name], result.seconds)
    print(f"{given.entries:,} entries, {given.accounts:,} accounts, {transfers:.0%} legs of transfers")
    print(f"bare loop      {base:8.3f} s")
    passed = True
    for name, limit in LIMITS.items():
        ratio = kernels[name] / base
        passed &= ratio <= limit
        print(
            f"{name:14s} {kernels[name]:8.3f} s   ratio {ratio:5.1f}   limit {limit}"
            f"   (with validation and audit {wholes[name]:.2f} s)"
        )
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())

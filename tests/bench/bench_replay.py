"""How much slower each rule is than a bare loop that only updates balances.

    python tests/bench/bench_replay.py [--entries 10000000] [--accounts 100000]

Synthetic entries, two labels, one third of them legs of transfers, totals per target, draws not stored. Both sides
run compiled code over the same arrays in the same process, best of five in CPU time, in turn; what is printed is the ratio and its limit
(LIBR, pro rata, proceeds first 8; FIFO, LIFO 20).

Then the most memory that a run took, validation and audit included, less what the process held before it, in bytes an entry,
beside the columns of the entries themselves (Linux; limit 100 for both together). And ping-pong: 100,000 lots of one account
sent there and back 100 times; what comes out is compared with what went in. Exit code 1 if a limit is passed.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from pathlib import Path

import numba
import numpy as np

from tracer.trace import Entries
from tracer.trace.compiled import compile_from_now_on
from tracer.trace.replay import replay

LIMITS = {"libr": 8, "pro_rata": 8, "proceeds_first": 8, "fifo": 20, "lifo": 20}
BYTES = 100
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


def memory(field: str) -> int:
    """Return a line of /proc/self/status in bytes; 0 where there is none."""
    status = Path("/proc/self/status")
    for line in status.read_text("utf-8").splitlines() if status.exists() else ():
        if line.startswith(field):
            return 1024 * int(line.split()[1])
    return 0


def taken(call) -> int:
    """Return the most memory that a call took above what was held before it."""
    peak = Path("/proc/self/clear_refs")
    if not peak.exists():
        return 0
    gc.collect()
    peak.write_text("5", "utf-8")  # proc(5): the peak begins again from here
    before = memory("VmRSS")
    call()
    return memory("VmHWM") - before


def columns(book: Entries) -> int:
    """Return the bytes of the columns of the entries."""
    return sum(x.nbytes for name in Entries.__slots__ if isinstance(x := getattr(book, name), np.ndarray))


def ping_pong(lots: int, times: int) -> Entries:
    """So many lots of alternating label in one account; all of it goes to another account and back, again and again."""
    n = lots + 2 * times + 1
    account, amount = np.zeros(n, np.int32), np.empty(n, np.int64)
    credit, origin = np.zeros(n, np.bool_), np.zeros((n, 2), np.int64)
    partner, sink = np.full(n, -1, np.int64), np.full(n, -1, np.int32)
    amount[:lots] = 1 + np.arange(lots) % 97
    credit[:lots] = True
    origin[np.arange(lots), np.arange(lots) % 2] = amount[:lots]
    legs = np.arange(lots, n - 1)
    amount[legs] = amount[:lots].sum()
    account[legs] = ((legs - lots + 1) // 2) % 2
    credit[legs] = (legs - lots) % 2
    partner[legs] = np.where(credit[legs], legs - 1, legs + 1)
    account[n - 1], amount[n - 1], sink[n - 1] = account[n - 2], amount[:lots].sum() // 2, 0
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
        debt=np.zeros(2, np.int64),
        accounts=("A", "B"),
        currencies=("USD", "USD"),
        sinks=("sink:S",),
        labels=("C", "T"),
        proceeds=np.array([False, True]),
    )


def to_and_fro(lots: int, times: int) -> bool:
    """Run ping-pong under FIFO and LIFO, by the fast way and by the general one; all lots arrive, none is made or lost."""
    book, good = ping_pong(lots, times), True
    half = int(book.amount[-1])
    size, label = book.amount[:lots], np.arange(lots) % 2
    for name in ("fifo", "lifo"):
        # an even number of ways turns no queue: what is paid is the front of it, or its end
        order = slice(None) if name == "fifo" else slice(None, None, -1)
        sizes, labels = size[order], label[order]
        before = np.r_[0, np.cumsum(sizes)[:-1]]
        paid = np.clip(half - before, 0, sizes)
        expected = int(paid[labels == 1].sum())
        for bundle in ("ordered", "blended"):
            begun = time.thread_time()
            found = replay(book, name, bundle=bundle, record=False)
            spent = time.thread_time() - begun
            got = found.targets["sink:S"]["T"]
            if bundle == "blended":  # one lot after the first way: what is paid is its fraction
                whole, dirty = int(size.sum()), int(size[label == 1].sum())
                expected = (2 * half * dirty + whole) // (2 * whole)
            good &= got == expected
            print(
                f"ping-pong {name:5s} {bundle:8s} {lots:,} lots x {2 * times} ways: {spent:.2f} s, {got} of {half} proceeds"
            )
            if got != expected:
                print(f"WRONG: {expected} expected")
    return good


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
    compile_from_now_on()
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
    own, small_run = columns(book) / given.entries, 0.0
    for name in LIMITS:
        extra = taken(lambda name=name: replay(book, name, record=False)) / given.entries
        small_run = max(small_run, own + extra)
        print(
            f"{name:14s} {own + extra:6.1f} bytes an entry ({own:.1f} the columns, {extra:.1f} the run)   limit {BYTES}"
        )
    passed &= small_run < BYTES
    passed &= to_and_fro(100_000, 50)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())

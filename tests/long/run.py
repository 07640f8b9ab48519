"""The long run: every law over at least 100,000 generated cases, and the second engine over long ones.

    python -m tests.long.run [--cases 100000] [--long 60] [--from 1000000]

All cores; prints how far it is, and the smallest case of each failure. The same seed is the same case: what failed once is
told again by `--from SEED --cases 1 --long 0`. Exit code 1 where a law is broken.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from tests.long.laws import broken, differs, report, unlike_without_a_record
from tests.long.stories import story

CHUNK = 250
#: Elections are worked off event by event, which is slow on long cases; the mechanics of long ledgers need none of them.
LONG = (
    "plain",
    "pure",
    "pair",
    "overdraft",
    "labels",
    "fx",
    "charges",
    "circle",
    "large",
    "transit",
    "subrule",
    "fees",
)


def chunk(first: int, count: int) -> list[str]:
    return [report(seed) for seed in range(first, first + count) if broken(seed)]


def long(seed: int) -> list[str]:
    """One case of up to some thousand events: hundreds of lots in an account, hundreds of transfers under way."""
    case, options = story(seed, length=(400, 900, 1_800)[seed % 3], theme=LONG[seed % len(LONG)])
    said = differs(case, options) or unlike_without_a_record(case, options)
    return [f"seed {seed}, long, {case['id']}: {said[:2000]}"] if said else []


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--long", type=int, default=60)
    parser.add_argument("--from", dest="first", type=int, default=1_000_000)
    given = parser.parse_args()
    begun, wrong, done = time.monotonic(), [], 0
    cores = len(os.sched_getaffinity(0))
    chunk(0, 2)  # the kernels are compiled once, here
    with ProcessPoolExecutor(cores) as pool:
        work = [pool.submit(long, given.first + k) for k in range(given.long)]
        work += [pool.submit(chunk, given.first + k, min(CHUNK, given.cases - k)) for k in range(0, given.cases, CHUNK)]
        for number, one in enumerate(work):
            found = one.result()
            wrong += found
            for said in found:
                print(said, flush=True)
            done += min(CHUNK, given.cases - done) if number >= given.long else 0
            if number % 10 == 9 or number + 1 == len(work):
                spent = time.monotonic() - begun
                print(f"{done:,} of {given.cases:,} cases, {len(wrong)} broken, {spent:.0f} s", flush=True)
            if len(wrong) > 20:
                pool.shutdown(cancel_futures=True)
                print("Too many to go on; the first are above.")
                break
    print(f"{given.cases:,} cases and {given.long} long ones, five rules each: {len(wrong)} broken")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

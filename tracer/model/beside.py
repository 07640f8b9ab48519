"""Do two things at once on two cores: a second process of the same memory does the one, and hands its result back.

Nothing is handed over at the start: the child is a copy of this process (fork), so that a million nouns are not written down to be
read again. Only the result comes back, as JSON through a pipe. Where that cannot be (one core, a system without fork, or
whose libraries do not bear it, another thread of Python at work, as in a notebook), the two are done one after the other, with
the same result. A child that fails, whatever the reason, costs time only: what it should have done is then done here.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar, cast

__all__ = ["LARGE", "beside"]

LARGE = 100_000  # records from which a second process is worth its start

_Here = TypeVar("_Here")
_There = TypeVar("_There")


def beside(here: Callable[[], _Here], there: Callable[[], _There], *, is_large: bool = True) -> tuple[_Here, _There]:
    """Return (what `here` returns, what `there` returns); `there` runs in a second process where it is worth one.

    there     changes nothing that anybody else sees: what it did to its copy of the memory is gone. Its result is made of lists,
              texts, whole numbers, truths and None; a tuple may come back as a list
    is_large  False: the work is over before a process has started
    Raises: what either raises; of both, that of `here`.

    >>> beside(lambda: 1, lambda: "2")
    (1, '2')
    """
    if not is_large or not _can_fork():
        return here(), there()
    source, sink = os.pipe()
    with warnings.catch_warnings():
        # of threads that libraries keep waiting for work; the child calls none of these libraries
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if not child:
        _answer(there, source, sink)
    os.close(sink)
    try:
        mine = here()
        with os.fdopen(source, "rb", closefd=False) as answer, suppress(json.JSONDecodeError):
            return mine, cast("_There", json.loads(answer.read())[0])
    finally:
        os.close(source)
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return mine, there()


def _can_fork() -> bool:
    """Say whether a second process may be made of this one: of macOS, system libraries do not bear it."""
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else 1
    return cores > 1 and threading.active_count() == 1


def _answer(there: Callable[[], object], source: int, sink: int) -> None:
    """Write the result into the pipe and end, without a word and without what an end of Python does to files of the parent."""
    try:
        os.close(source)
        with os.fdopen(sink, "wb") as answer:
            answer.write(json.dumps([there()]).encode())
    finally:
        os._exit(0)

"""Make many nouns without Python's cyclic collector, which would walk all of them again and again: nouns hold no cycles."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["uncollected"]


@contextmanager
def uncollected() -> Iterator[None]:
    """Switch the collector off, and on again at the end if it was on. Also as a decorator; never across a `yield`.

    What was made meanwhile is taken to be old: the young ones are walked as soon as the collector is on, and these are millions.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            if not gc.get_freeze_count():  # what somebody else froze stays so
                gc.freeze()  # moves all to a generation of its own, without a walk, and the next line that to the oldest
                gc.unfreeze()
            gc.enable()

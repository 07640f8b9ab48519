"""Make many nouns without Python's cyclic collector, which would walk all of them again and again: nouns hold no cycles."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["uncollected"]


@contextmanager
def uncollected() -> Iterator[None]:
    """Switch the collector off, and on again at the end if it was on. Also as a decorator; never across a `yield`."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()

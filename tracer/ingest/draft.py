"""Nouns made in one step, for readers that make one per printed line.

A frozen dataclass sets each field through `object.__setattr__`; with the 28 fields of a Posting that is most of the time of
reading a line. A draft has the same slots and an ordinary `__init__`, and becomes the noun as its last act: Python lets an
object change to a class of the same layout. What comes out is the noun, frozen, and equal to one made the slow way.
"""

from __future__ import annotations

import dataclasses
from typing import Any, TypeVar, cast

__all__ = ["drafted"]

T = TypeVar("T")


def drafted(noun: type[T]) -> type[T]:
    """Return a maker of `noun` with the noun's own signature; call it with places, since names cost more than the making.

    >>> from tracer.model import Cite
    >>> drafted(Cite)("00", "line=1") == Cite("00", "line=1"), type(drafted(Cite)("00", "line=1")) is Cite
    (True, True)
    """
    spec: list[Any] = []
    for one in dataclasses.fields(cast("Any", noun)):
        spec.append((one.name, one.type, dataclasses.field(default=one.default)))

    def become(draft: Any) -> None:
        draft.__class__ = noun

    made = dataclasses.make_dataclass(f"{noun.__name__}Draft", spec, slots=True, namespace={"__post_init__": become})
    return cast("type[T]", made)

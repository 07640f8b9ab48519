"""Nouns made in one step, for readers that make one per printed line.

A frozen dataclass sets each field through `object.__setattr__`; with the 28 fields of a Posting that is most of the time of
reading a line. A draft has the same slots, which are assigned in one function, and becomes the noun as its last act: Python
lets an object change to a class of the same layout. What comes out is the noun, frozen, and equal to one made the slow way.
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
    fields = dataclasses.fields(cast("Any", noun))
    spec = [(one.name, one.type, dataclasses.field(default=one.default)) for one in fields]
    scope: dict[str, Any] = {f"default_{one.name}": one.default for one in fields}
    scope |= {"draft_of": dataclasses.make_dataclass(f"{noun.__name__}Draft", spec, slots=True), "noun": noun}
    given = [one.name if one.default is dataclasses.MISSING else f"{one.name}=default_{one.name}" for one in fields]
    body = [f"made.{one.name} = {one.name}" for one in fields]
    lines = [f"def make({', '.join(given)}):", "made = new(draft_of)", *body, "made.__class__ = noun", "return made"]
    # As `dataclasses` writes `__init__`: names of fields are all that goes into the text.
    exec("\n    ".join(lines), scope | {"new": object.__new__}, scope)  # noqa: S102
    return cast("type[T]", scope["make"])

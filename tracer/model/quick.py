"""Make frozen nouns in less than half the time, for those of which a case holds millions.

A frozen dataclass sets each of its fields by a call, since assigning is what it refuses: a line of thirty fields takes 6
microseconds, of which the fields take 4. Here a noun is of an open class of the same fields while they are assigned, and
then of its own class, in which it is as frozen as before. What it is made of, its equality, hash, copy and pickle are those
of the dataclass.

Source: data model of Python, `__class__` may be assigned where both classes have the same slots.
"""

from __future__ import annotations

import dataclasses
from functools import wraps
from typing import Any, TypeVar, cast

__all__ = ["quickly_made"]

_Noun = TypeVar("_Noun")


def quickly_made(noun: type[_Noun]) -> type[_Noun]:
    """Return a frozen dataclass of slots with a quicker `__init__` of the same signature; a decorator above `@dataclass`.

    Raises: TypeError where a field is not given by its position, or is made by a factory, or `__post_init__` would run.
    """
    fields = dataclasses.fields(noun)  # type: ignore[arg-type]
    is_plain = all(f.init and not f.kw_only and f.default_factory is dataclasses.MISSING for f in fields)
    has_slots = getattr(noun, "__slots__", None) == tuple(f.name for f in fields)
    if not has_slots or not is_plain or hasattr(noun, "__post_init__"):
        raise TypeError(f"{noun.__name__} is no plain dataclass of slots, and is not made quickly.")
    asked = [(f.name, f.type, dataclasses.field(default=f.default)) for f in fields]
    opened = dataclasses.make_dataclass(noun.__name__, asked, slots=True)
    become, assign = object.__setattr__, cast("Any", opened).__init__

    @wraps(noun.__init__)
    def made(self: Any, *given: object, **named: object) -> None:
        own = self.__class__
        become(self, "__class__", opened)
        try:
            assign(self, *given, **named)
        finally:
            self.__class__ = own

    noun.__init__ = cast("Any", made)  # type: ignore[method-assign]
    return noun

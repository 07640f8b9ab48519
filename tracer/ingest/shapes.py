"""Elements of one shape, read by what was learnt of the first: a file of a million entries prints a few dozen shapes.

The shape of an element is its tags with their attributes, in printed order, without the texts between them. It decides at
which path each text stands, and so where a reader finds each of its fields: that is worked out once for a shape, as a form,
and of the next element of the shape only the texts are taken. An element that is large, or prints what a serialised text does
not tell apart, is walked through; what comes out is the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from operator import itemgetter
from typing import Any, Generic, NamedTuple, TypeVar

from lxml import etree

from tracer.ingest.xml import local

__all__ = ["Leaf", "Shapes", "Told"]

Element = etree._Element
F = TypeVar("F")

#: Path of a text by local names below the element, and its attribute `Ccy` where the name ends in `Amt`.
Leaf = tuple[str, str]

_TEXT = re.compile(r">([^<]*)<")
#: Children of an element or of one of its children: a batch, whose parts are of one shape and the batch of none.
_MANY = 24
_SHAPES = 2_000  # held at a time
_LONGEST = 20_000  # characters of a shape that is held


class Told(NamedTuple, Generic[F]):
    """A form and the stripped texts that it gives places in; text n is that of leaf n, level by level."""

    form: F
    texts: list[str]


class _Shape(NamedTuple, Generic[F]):
    """Where the texts of each part stand among the pieces of a serialised element, and the form of that part."""

    whole: tuple[Callable[[list[str]], Any], F]
    parts: tuple[tuple[Callable[[list[str]], Any], F], ...]


class Shapes(Generic[F]):
    """Reads elements by their shapes. `form` makes what is known of leaves; elements named `apart` are parts of their own."""

    def __init__(self, form: Callable[[tuple[Leaf, ...]], F], apart: str = "") -> None:
        self._form = lru_cache(maxsize=_SHAPES)(form)
        self._apart = apart
        self._of_parts = Shapes(form) if apart else self
        self._known: dict[str, _Shape[F]] = {}

    def read(self, element: Element) -> tuple[Told[F], list[Told[F]]]:
        """Return what an element tells outside its parts, and what each of the parts tells."""
        if len(element) > _MANY or max(map(len, element), default=0) > _MANY:
            return self._walked(element)
        printed = etree.tostring(element, encoding="unicode", with_tail=False)
        if "<?" in printed or "<!" in printed or "&#" in printed:
            return self._walked(element)
        pieces: list[str] = _TEXT.split(printed)
        key = "><".join(pieces[::2])
        shape = self._known.get(key)
        if shape is None:
            shape = self._learnt(element, pieces[::2])
            if len(key) <= _LONGEST:
                if len(self._known) >= _SHAPES:
                    self._known.clear()
                self._known[key] = shape
        pieces.append("")  # the text of a tag that closes itself
        if "&" in printed:
            pieces = [_plain(one) for one in pieces]
        take, form = shape.whole
        strip = str.strip
        return Told(form, list(map(strip, take(pieces)))), [
            Told(of_part, list(map(strip, take_part(pieces)))) for take_part, of_part in shape.parts
        ]

    def _walked(self, element: Element) -> tuple[Told[F], list[Told[F]]]:
        leaves, at, held = _leaves(element, self._apart)
        told = Told(self._form(tuple(leaves)), [(one.text or "").strip() for one in at])
        return told, [self._of_parts.read(one)[0] for one in held]

    def _learnt(self, element: Element, tags: list[str]) -> _Shape[F]:
        starts = [place for place, tag in enumerate(tags) if not tag.startswith("/")]
        # The text of tag n is piece 2n + 1; the last piece of all is "".
        place = {
            one: -1 if tags[start].endswith("/") else 2 * start + 1
            for one, start in zip(element.iter(), starts, strict=True)
        }
        leaves, at, held = _leaves(element, self._apart)
        parts = [_leaves(one)[:2] for one in held]
        whole, *others = (
            (_taking([place[one] for one in ends]), self._form(tuple(found))) for found, ends in [(leaves, at), *parts]
        )
        return _Shape(whole, tuple(others))


def _taking(places: list[int]) -> Callable[[list[str]], Any]:
    """Return what takes these places of a list, as a sequence."""
    return itemgetter(*places) if len(places) > 1 else lambda pieces: [pieces[place] for place in places]


def _plain(piece: str) -> str:
    """Return a serialised text without its references: of characters, these four stand in UTF-8, `&#13;` apart."""
    if "&" not in piece:
        return piece
    return piece.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")


def _leaves(element: Element, apart: str = "") -> tuple[list[Leaf], list[Element], list[Element]]:
    """Return the leaves of an element and the elements that print them, level by level; and those named `apart`, unread."""
    leaves: list[Leaf] = []
    at: list[Element] = []
    held: list[Element] = []
    level = [(element, "")]
    for holder, prefix in level:  # grows while it is walked: siblings keep their printed order
        for child in holder:
            name = local(child)
            if name == apart and name:
                held.append(child)
            elif len(child):
                level.append((child, f"{prefix}{name}/"))
            elif name:
                leaves.append((prefix + name, child.get("Ccy", "") if name[-3:] == "Amt" else ""))
                at.append(child)
    return leaves, at, held

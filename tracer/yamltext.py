"""YAML as text: nothing is guessed, nothing is followed.

Every scalar stays the text that is written (`NO` is two letters, an 18-digit account number keeps its digits); only a
plain empty, `~` or `null` is None. Anchors, aliases and explicit tags are refused (safety.md S10).
"""

from __future__ import annotations

from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from tracer.model import CaseError

__all__ = ["Scalar", "load_yaml"]

_LIMIT = 1_000_000  # bytes; safety.md S10
_DEPTH = 50


class Scalar(str):
    """A text scalar that knows its line (from 1), so that an error can name it."""

    line: int

    def __new__(cls, text: str, line: int) -> Scalar:
        self = super().__new__(cls, text)
        self.line = line
        return self


def load_yaml(text: str, where: str) -> Any:
    """Return mappings, lists, `Scalar` and None.

    Raises: CaseError for bad syntax, anchors, aliases, tags, a repeated key, or more than 1 MB.
    """

    def refuse(what: str, line: int) -> CaseError:
        return CaseError(
            what,
            where=f"{where}:{line}",
            meaning="The file is not read further, so that nothing in it is guessed.",
            next_call="write the value out as plain text, in quotes if in doubt, and run the command again",
        )

    if len(text.encode()) > _LIMIT:
        raise refuse("A YAML file of more than 1 MB is not read.", 1)
    stack: list[Any] = []
    keys: list[Any] = []
    root: list[Any] = []

    def put(value: Any, line: int) -> None:
        if not stack:
            root.append(value)
        elif isinstance(stack[-1], list):
            stack[-1].append(value)
        elif keys[-1] is None:
            if not isinstance(value, str):
                raise refuse("A key is not plain text.", line)
            if value in stack[-1]:
                raise refuse(f"The key {value[:40]!r} stands twice.", line)
            keys[-1] = value
        else:
            stack[-1][keys[-1]] = value
            keys[-1] = None

    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            line = event.start_mark.line + 1 if event.start_mark else 1
            if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
                raise refuse("Anchors and aliases are not allowed.", line)
            if getattr(event, "tag", None) or (getattr(event, "ctag", None) and str(event.ctag)):
                raise refuse("Explicit tags are not allowed.", line)
            if isinstance(event, ScalarEvent):
                plain = event.style in (None, "")
                put(None if plain and event.value in ("", "~", "null") else Scalar(event.value, line), line)
            elif isinstance(event, MappingStartEvent | SequenceStartEvent):
                if len(stack) >= _DEPTH:
                    raise refuse("Nested deeper than 50 levels.", line)
                stack.append({} if isinstance(event, MappingStartEvent) else [])
                keys.append(None)
            elif isinstance(event, MappingEndEvent | SequenceEndEvent):
                done = stack.pop()
                keys.pop()
                put(done, line)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise refuse(
            f"Not readable as YAML: {getattr(error, 'problem', None) or 'bad syntax'}.", (mark.line + 1) if mark else 1
        ) from None
    return root[0] if root else None

"""Connectors: what they promise, how they are found, and which one claims a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any, Protocol

from tracer.ingest.source import HEAD, Source
from tracer.model import Fact, Reject, TracerError, UnclaimedExhibit

__all__ = ["Connector", "NeedsAnswer", "claimants", "connector", "find", "installed"]

Read = Callable[[Source], Iterator[Fact | Reject]]


class Batches(Protocol):
    """A bulk reader: yields (kind, Arrow table in the schema of `tracer.batches`)."""

    def __call__(self, source: Source) -> Iterator[tuple[str, Any]]: ...


@dataclass(frozen=True, slots=True)
class Connector:
    """One source of records.

    `claims(source)`: True when the bytes are of this format; it looks at content, never at the name alone.
    `count(source)`: raw records, counted without the parser. `read(source)`: facts and rejects; every raw record
    yields at least one of them. What stands inside one record has the record's locator, then `#` and a tail, so that
    count = number of different locators before `#` (statements are headers and do not count).
    `batches(source)`, where given, reads the same file in bulk. `look(source)`, where given, is what `preview` shows: a
    proposal with rows and open questions, for a format that needs a person before it is read.
    """

    name: str
    title: str
    claims: Callable[[Source], bool]
    count: Callable[[Source], int]
    read: Read
    version: str = "1"
    batches: Batches | None = None
    evidence_class: str = ""
    look: Callable[[Source], Any] | None = None


class NeedsAnswer(TracerError):
    """A question that the data cannot answer (day or month first, the account, the currency)."""

    def __init__(self, key: str, question: str, choices: tuple[str, ...], where: str, example: str = "") -> None:
        self.key, self.question, self.choices = key, question, choices
        shown = example or (choices[0] if choices else "…")
        super().__init__(
            question,
            where=where,
            meaning="The file is kept as an exhibit; nothing of it is loaded until this is answered.",
            next_call=f"tracer load {where} --answer {key}={shown}"
            + (f"   (one of {', '.join(choices)})" if choices else ""),
        )


def connector(
    name: str,
    *,
    title: str,
    claims: Callable[[Source], bool],
    count: Callable[[Source], int],
    version: str = "1",
    batches: Batches | None = None,
    evidence_class: str = "",
    look: Callable[[Source], Any] | None = None,
) -> Callable[[Read], Connector]:
    """Turn a reader into a connector.

    A connector module assigns exactly one of these to `CONNECTOR` and names itself in the entry points
    `tracer.connectors`.
    """

    def make(read: Read) -> Connector:
        return Connector(name, title, claims, count, read, version, batches, evidence_class, look)

    return make


def installed() -> tuple[Connector, ...]:
    """Return every connector found by entry point, sorted by name."""
    found = [point.load().CONNECTOR for point in entry_points(group="tracer.connectors")]
    return tuple(sorted(found, key=lambda c: c.name))


def _is_wide(head: bytes) -> bool:
    """Whether all that is seen of a file is the first line of a table, with more cells than any statement has."""
    is_one_line = len(head) == HEAD and not set(head) & {0, 10, 13} and head[:1] not in (b"{", b"[", b"<")
    return is_one_line and max(head.count(mark) for mark in (b",", b";", b"\t", b"|")) > 1_000


def claimants(source: Source, connectors: Iterable[Connector]) -> tuple[Connector, ...]:
    """Return the connectors that claim the file."""
    return tuple(c for c in connectors if c.claims(source))


def find(source: Source, connectors: Iterable[Connector], name: str = "") -> Connector:
    """Return the one connector that claims the file, or the named one if it claims it.

    Raises: UnclaimedExhibit, naming what was tried or which ones claim it.
    """
    tried = tuple(connectors)
    claimed = claimants(source, tried)
    if name:
        claimed = tuple(c for c in claimed if c.name == name)
    if len(claimed) == 1:
        return claimed[0]
    shown = source.exhibit.name
    if not source.head:
        raise UnclaimedExhibit(
            f"{shown} is empty.",
            where=shown,
            meaning="Its hash is logged; there is nothing to load.",
            next_call="ask whoever produced it for the file again",
        )
    if not claimed and _is_wide(source.head):
        raise UnclaimedExhibit(
            f"No connector claims {shown}: its first line is longer than {HEAD:,} bytes.",
            where=f"{shown}:1",
            meaning="It is kept as an exhibit with its hash; nothing of it is loaded. No table of payments has so many columns.",
            next_call="ask for the export with one payment per line and at most 1,000 columns, and take that in as well",
        )
    if not claimed:
        raise UnclaimedExhibit(
            f"No connector claims {shown}" + (f" as {name}." if name else "."),
            where=shown,
            meaning="It is kept as an exhibit with its hash; nothing of it is loaded. Tried: "
            + ", ".join(f"{c.name} ({c.title})" for c in tried)
            + ".",
            next_call=f"tracer preview {shown}   (a table needs a mapping profile: --answer profile=FILE.yaml)",
        )
    raise UnclaimedExhibit(
        f"{len(claimed)} connectors claim {shown}: {', '.join(c.name for c in claimed)}.",
        where=shown,
        meaning="Two readings of one file are two different sets of figures: a person chooses.",
        next_call=f"tracer load {shown} --connector {claimed[0].name}",
    )

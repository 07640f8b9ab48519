"""Rows read out of somebody's graph database, as a file: an exhibit like any other, read by an ordinary connector.

One Parquet file. Each row is one node or relationship as the server gave it, with every property and the neighbours that the
profile names; nothing is interpreted, so what a reader of today gets wrong a better one reads again. The schema's metadata
says who was asked, when, with which queries, and the profile: which label is an account, which property an amount.

A profile (YAML), every line a name of *their* graph::

    format: tracer-graph-profile/1
    parties:                         # accounts, transactions, parties, holdings, aggregates
      - label: Entity                # nodes with this label; or `type: TRANSFER` for relationships
        record: id                   # our field: their property
        name: name
        kind: =entity                # =TEXT is a constant
        jurisdiction: COUNTRY>iso    # TYPE>property of the neighbour the relationship leads to, TYPE<property of the one it
                                     # comes from; start>property and end>property for the ends of a relationship
    aggregates:
      - label: Filing
        amounts: major               # major or minor units: always stated, never guessed
        days: "%b %d, %Y"            # only where days are texts of another form than 2015-03-25
        ...

`aggregates` are sums of several payments. A record that is one goes there and nowhere else: it is never traced as a payment.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from tracer.model import CaseError

__all__ = ["FIELDS", "FORMAT", "META", "ROWS", "Field", "Section", "profile_of", "sections_of"]

#: Format of the file and of its profile.
FORMAT = "tracer-graph-export/1"
PROFILE = "tracer-graph-profile/1"
META = b"tracer"
#: `record` is the place of a row, from 1; properties and neighbours are JSON with each value as [type, text].
ROWS = pa.schema(
    [
        pa.field("record", pa.int64(), nullable=False),
        pa.field("section", pa.string(), nullable=False),
        pa.field("part", pa.int64(), nullable=False),
        pa.field("source_id", pa.string(), nullable=False),
        pa.field("labels", pa.string(), nullable=False),
        pa.field("properties", pa.string(), nullable=False),
        pa.field("neighbours", pa.string(), nullable=False),
    ]
)
#: Section -> its fields, those that must be mapped first.
FIELDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "parties": (("record", "name"), ("kind", "jurisdiction", "address", "born")),
    "accounts": (
        ("number", "currency"),
        ("bank", "bic", "country", "title", "holder", "opened", "closed", "beneficial_owner"),
    ),
    "transactions": (
        ("record", "amount", "currency", "day", "payer_account", "payee_account"),
        ("payer", "payee", "details", "value_date"),
    ),
    "holdings": (("owner", "subject"), ("record", "kind", "share", "from_day", "until_day")),
    "aggregates": (
        ("record", "amount", "currency", "payer", "payee"),
        ("number", "first", "last", "payer_record", "payee_record", "reporter", "reference"),
    ),
}
_OF_MONEY = frozenset({"transactions", "aggregates"})
_SOURCE = re.compile(r"(?:(?P<link>[^<>=]+)(?P<way>[<>]))?(?P<property>[^<>=]+)")


@dataclass(frozen=True, slots=True)
class Field:
    """Where one of our fields comes from: a constant, a property, or a property of a neighbour over a relationship."""

    constant: str | None = None
    property: str = ""
    link: str = ""
    outgoing: bool = True

    @classmethod
    def read(cls, text: str) -> Field | None:
        """Read `property`, `TYPE>property`, `TYPE<property` or `=constant`; None when it is none of these."""
        if text.startswith("="):
            return cls(constant=text[1:])
        found = _SOURCE.fullmatch(text)
        if found is None:
            return None
        return cls(None, found["property"].strip(), (found["link"] or "").strip(), found["way"] != "<")


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of record in their graph: nodes of a label, or relationships of a type, and where our fields are in it."""

    section: str
    part: int
    label: str
    type: str
    amounts: str
    days: str
    fields: dict[str, Field]

    @property
    def links(self) -> list[str]:
        """The relationship types whose neighbours are read along."""
        return sorted({f.link for f in self.fields.values() if f.link} - {"start", "end"})

    def as_dict(self) -> dict[str, Any]:
        """Return the section as the profile writes it."""
        said = {"label": self.label, "type": self.type, "amounts": self.amounts, "days": self.days}
        sources = {
            name: f"={f.constant}"
            if f.constant is not None
            else f"{f.link}{'>' if f.outgoing else '<'}{f.property}"
            if f.link
            else f.property
            for name, f in self.fields.items()
        }
        return {name: text for name, text in said.items() if text} | sources


def sections_of(profile: Any, where: str) -> list[Section]:
    """Return the sections of a profile.

    Raises: CaseError for a section, field or source that is none, or a field that must be mapped and is not.
    """

    def wrong(what: str) -> CaseError:
        return CaseError(
            what,
            where=where,
            meaning="Nobody was asked and nothing was read: a field that is guessed is a figure that is guessed.",
            next_call="sections are " + ", ".join(FIELDS) + "; see tracer/exported.py for a profile",
        )

    if not isinstance(profile, Mapping) or profile.get("format") != PROFILE:
        raise wrong(f"The profile does not begin with format: {PROFILE}.")
    found = []
    for name, parts in profile.items():
        if name == "format":
            continue
        if name not in FIELDS or not isinstance(parts, Sequence) or isinstance(parts, str):
            raise wrong(f"{str(name)[:40]!r} is no section, or is not a list.")
        for part, stated in enumerate(parts, 1):
            if not isinstance(stated, Mapping):
                raise wrong(f"Part {part} of {name} is no list of fields.")
            found.append(_section(str(name), part, {str(k): str(v) for k, v in stated.items() if v is not None}, wrong))
    if not found:
        raise wrong("The profile names no section.")
    return found


def _section(name: str, part: int, stated: dict[str, str], wrong: Any) -> Section:
    needed, more = FIELDS[name]
    said = {key: stated.pop(key, "") for key in ("label", "type", "amounts", "days")}
    place = f"part {part} of {name}"
    if bool(said["label"]) == bool(said["type"]):
        raise wrong(f"{place} names neither or both of label and type.")
    if name in _OF_MONEY and said["amounts"] not in {"major", "minor"}:
        raise wrong(f"{place} does not say amounts: major or amounts: minor.")
    unknown = sorted(stated.keys() - {*needed, *more})
    missing = [field for field in needed if field not in stated]
    if unknown or missing:
        raise wrong(f"{place} has no field {unknown[0][:40]!r}." if unknown else f"{place} does not map {missing[0]}.")
    fields = {}
    for field, text in stated.items():
        read = Field.read(text)
        if read is None or (read.link in {"start", "end"} and not said["type"]):
            raise wrong(f"{place}: {field}: {text[:60]!r} is no source.")
        fields[field] = read
    return Section(name, part, said["label"], said["type"], said["amounts"], said["days"], fields)


def profile_of(sections: Sequence[Section]) -> dict[str, Any]:
    """Return a profile as plain values, as it is kept in the file."""
    made: dict[str, Any] = {"format": PROFILE}
    for section in sections:
        made.setdefault(section.section, []).append(section.as_dict())
    return made


def metadata(table: pa.Schema) -> dict[str, Any] | None:
    """Return what a file says of itself, or None when it is no export of a graph."""
    raw = (table.metadata or {}).get(META)
    if raw is None:
        return None
    try:
        said = json.loads(raw)
    except ValueError:
        return None
    return said if isinstance(said, dict) and said.get("format") == FORMAT else None

"""The acceptance cases of ownership as told in `ownership_cases.json`: nodes and edges become nouns, comparisons are kept.

The schema is told in the `readme` of that file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from tracer.model import Cite, Interest, Name, Party, Share
from tracer.owners.table import Group, Table, build
from tracer.owners.windows import CLOSED

__all__ = ["CaseOutcome", "Detail", "Nouns", "Run", "day_of", "ends_of", "nouns_of", "share_of"]

_PROSE = frozenset(
    [
        "title",
        "source",
        "note",
        "why",
        "print",
        "must_not",
        "reason",
        "regimes",
        "trap",
        "change",
        "counted",
        "bods_pattern",
    ]
)
_KINDS = {"state_body": "state", "person": "person", "entity": "entity", "state": "state", "unknown": "unknown"}
_LATER = date(2026, 1, 1)  # a day for cases without dates


@dataclass(frozen=True, slots=True)
class Detail:
    """One comparison."""

    path: str
    computed: object
    expected: object
    ok: bool


@dataclass(frozen=True, slots=True)
class CaseOutcome:
    """`outcome`: passed, failed, or not_covered when nothing in the case could be checked. `missing`: keys not built."""

    id: str
    outcome: str
    details: tuple[Detail, ...]
    missing: tuple[str, ...]


@dataclass
class Run:
    """Comparisons as they are made."""

    details: list[Detail] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def equal(self, path: str, computed: object, expected: object) -> None:
        self.details.append(Detail(path, computed, expected, computed == expected))

    def share(self, path: str, computed: Share | None, expected: Any) -> None:
        if isinstance(expected, str):
            expected = {"value": expected}
        want = share_of(expected)
        ok = computed is not None and ends_of(computed) == ends_of(want)
        self.details.append(Detail(path, str(computed), str(want), ok))

    def unknown(self, path: str, key: str) -> None:
        # Keys that are sentences are prose (readme); every other key is named.
        if key not in _PROSE and " " not in key:
            self.missing.append(f"{path}.{key}" if path else key)


def share_of(stated: Mapping[str, Any]) -> Share:
    if "value" in stated:
        value = Fraction(stated["value"])
        return Share(value, value)
    ends = Fraction(stated["lo"]), Fraction(stated["hi"])
    return Share(*ends, bool(stated.get("lo_open")), bool(stated.get("hi_open")))


def ends_of(share: Share) -> tuple[Fraction, Fraction, bool, bool]:
    return share.lo, share.hi, share.lo_open, share.hi_open


def day_of(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _party(case: str, node: Mapping[str, Any]) -> Party:
    kind: Any = _KINDS.get(node["type"], "arrangement")
    if node["type"] == "arrangement" and node.get("subtype") == "joint_holding":
        kind = "joint_holding"
    return Party(
        Cite(case, f"node={node['id']}"),
        record=node["id"],
        kind=kind,
        names=(Name(node.get("name", node["id"])),),
        status=node.get("status", "unknown" if kind == "unknown" else "known"),
        reason=node.get("reason") or "",
    )


def _interest(case: str, edge: Mapping[str, Any], number: int = 0) -> Interest:
    lo, hi = (edge["exact"], edge["exact"]) if edge.get("exact") is not None else (edge.get("lo"), edge.get("hi"))
    return Interest(
        Cite(case, f"edge={edge.get('id', number)}"),
        record=edge.get("record") or edge.get("id", f"edge-{number}"),
        owner=edge["owner"],
        subject=edge["subject"],
        kind=edge.get("kind", "shareholding") or "",
        lo=lo,
        hi=hi,
        lo_open=bool(edge.get("lo_open")),
        hi_open=bool(edge.get("hi_open")),
        directness=edge.get("directness") or "direct",
        capacity=edge.get("capacity") or "own",
        is_assertion=bool(edge.get("is_assertion")),
        components=tuple(edge.get("component_ids") or ()),
        valid_from=day_of(edge.get("valid_from") or edge.get("start")),
        valid_to=day_of(edge.get("valid_to") or edge.get("end")),
        known_from=day_of(edge.get("known_from") or edge.get("statement_date")),
        known_to=day_of(edge.get("known_to")),
        code=edge.get("code") or "",
        marks=(*edge.get("marks", ()), *((CLOSED,) if edge.get("status") == "closed" else ())),
    )


@dataclass(frozen=True)
class Nouns:
    parties: dict[str, Party]
    interests: dict[str, Interest]
    groups: tuple[Group, ...]
    as_of: date

    def table(self, **given: Any) -> Table:
        day = given.pop("as_of", None) or self.as_of
        return build(self.parties, self.interests, as_of=day, groups=self.groups, **given)


def nouns_of(case: Mapping[str, Any]) -> Nouns:
    name = str(case["id"])
    edges = case.get("edges", case.get("statements", ()))
    interests = {str(e.get("id", f"{name}-{n}")): _interest(name, e, n) for n, e in enumerate(edges)}
    days = [d for i in interests.values() for d in (i.valid_from, i.known_from) if d]
    return Nouns(
        {node["id"]: _party(name, node) for node in case.get("nodes", ())},
        interests,
        tuple(
            Group(a["id"], a["kind"], tuple(a["members"]), a.get("in") or "")
            for a in case.get("arrangements", ())
            if a["kind"] in {"joint_arrangement", "concert", "family"}
        ),
        max([*days, _LATER]),
    )

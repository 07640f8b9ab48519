"""The graph that a query answered: its nodes and relationships, as they came; a picture of an answer, not of the ledger.

A Transaction with the account that performs it and the one that it benefits is one arrow with its amount; SENT is one arrow
with its total. Every other relationship is an arrow with its type.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tracer.charts.kinds.naming import NothingToDraw
from tracer.charts.picture import Arrow, Box, BoxKind, Details, Picture, Role, tally
from tracer.model import EXPONENTS, Money

__all__ = ["Linked", "linked"]

#: Label -> shape and role of a box (charts.md section 5); the style sheet of Neo4j Browser is made from the same.
SHOWN: dict[str, tuple[BoxKind, Role]] = {
    "Person": ("person", ""),
    "Organization": ("organization", ""),
    "Arrangement": ("arrangement", ""),
    "Account": ("account", ""),
    "Institution": ("institution", ""),
    "Asset": ("asset", "A"),
}
_HIDDEN = frozenset({"case", "noun", "id", "row_hash", "searched", "nulls", "key_list", "message_list"})


@dataclass(frozen=True, slots=True)
class Linked:
    """One node of an answer: id, labels, the name it bears, its properties."""

    id: str
    labels: tuple[str, ...]
    title: str
    properties: Mapping[str, Any]


def linked(
    nodes: Sequence[Linked],
    links: Sequence[tuple[str, str, str, str, Mapping[str, Any]]],
    as_of: date,
    scope: str,
) -> Picture:
    """Return the picture of nodes and links (id, type, start, end, properties).

    Raises: NothingToDraw when there is no link.
    """
    if not links:
        raise NothingToDraw(
            "The answer has no relationship.",
            where="cypher chart",
            meaning="Nothing was drawn.",
            next_call="return relationships or paths: MATCH p = (:Account)-[:SENT]->(:Account) RETURN p",
        )
    known = {node.id: node for node in nodes}
    moved = _moved(known, links)
    gone = {link for ends in moved.values() for link in ends[2]}
    arrows = [_transfer(known[key], start, end) for key, (start, end, _) in moved.items()]
    arrows += [_arrow(*link) for link in links if link[0] not in gone]
    boxes = tuple(_box(node) for node in nodes if node.id not in moved)
    return Picture(
        kind="graph",
        title_en="What the query found",
        title_zh="查询结果",
        as_of=as_of,
        boxes=boxes,
        arrows=tuple(arrows),
        source=tally(arrows),
        footer=(f"A question to the graph, not a finding: {scope}. 对图的查询，并非结论。",),
        legend=(),
    )


def _moved(
    known: Mapping[str, Linked], links: Sequence[tuple[str, str, str, str, Mapping[str, Any]]]
) -> dict[str, tuple[str, str, tuple[str, str]]]:
    """Return transaction -> (payer, payee, its two links), where the answer has both ends and nothing else of it."""
    out: dict[str, list[tuple[str, str]]] = {}
    into: dict[str, list[tuple[str, str]]] = {}
    touched: dict[str, int] = {}
    for key, type_, start, end, _ in links:
        for node in (start, end):
            touched[node] = touched.get(node, 0) + 1
        if type_ == "PERFORMS":
            out.setdefault(end, []).append((start, key))
        if type_ == "BENEFITS_TO":
            into.setdefault(start, []).append((end, key))
    return {
        key: (out[key][0][0], into[key][0][0], (out[key][0][1], into[key][0][1]))
        for key, node in known.items()
        if "Transaction" in node.labels and len(out.get(key, ())) == len(into.get(key, ())) == 1 and touched[key] == 2
    }


def _money(amount: Any, currency: Any) -> Money | None:
    return Money(amount, currency) if isinstance(amount, int) and currency in EXPONENTS else None


def _details(properties: Mapping[str, Any]) -> Details:
    return tuple((name, str(value)) for name, value in sorted(properties.items()) if name not in _HIDDEN)


def _transfer(node: Linked, start: str, end: str) -> Arrow:
    p = node.properties
    amount = _money(p.get("amount_out"), p.get("currency_out"))
    day = str(p.get("day", ""))
    return Arrow(
        id=node.id,
        start=start,
        end=end,
        amount=amount,
        lines=tuple(line for line in (str(amount or "amount not stated"), day) if line),
        detail=_details(p),
        on=day,
        cite=str(p.get("id", ""))[:12],
    )


def _arrow(key: str, type_: str, start: str, end: str, properties: Mapping[str, Any]) -> Arrow:
    amount = _money(properties.get("total"), properties.get("currency")) if type_ == "SENT" else None
    lines = (type_,) if amount is None else (f"{properties.get('count')} transfers", str(amount))
    return Arrow(id=key, start=start, end=end, amount=amount, lines=lines, detail=_details(properties))


def _box(node: Linked) -> Box:
    kind, role = next((SHOWN[label] for label in node.labels if label in SHOWN), ("unknown", ""))
    named = "" if kind != "unknown" else ":".join(node.labels)
    lines = tuple(line for line in (named, node.title) if line)
    return Box(node.id, kind, role, lines or ("?",), _details(node.properties))

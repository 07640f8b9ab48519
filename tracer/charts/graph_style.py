"""The look of the graph in Neo4j's own tools, from the colour table and the shapes of our charts.

`grass` is a style sheet of Neo4j Browser (drop the file onto Browser, or `:style` and the address of it); `bloom` a
perspective of Neo4j Bloom (import it under Perspectives). Both hold no text of any case: labels, types and property names
come from the lists here. A colour tells what a node is; the roles of a chart ([S] subject, [C] conduit) are judgements of a
case, which a style sheet cannot make. Captions of money are the printed amount, never the minor units beside it.

Sources, and how far each goes:

- Neo4j Browser manual, "Browser styling" (GraSS). The sheet was dropped onto Browser 5.24 and looked at.
- Neo4j Bloom user guide, "Perspectives", "Search phrases": what a perspective holds, that it is exported and imported as a JSON
  file, that a phrase names its parameters with a dollar. The layout of the file is documented nowhere. Its keys were compared
  with three perspectives that Neo4j publishes (github.com/neo4j-graph-examples: bloom, fraud-detection, pole; layout 1.4):
  categories with labels, colour, icon, size and properties, relationship types, palette, templates whose parameters bear the
  dollar in their name, and what is hidden are the same here.
- `captions`, `textSize`, `textAlign`, `styleRules`, `labels`, `metadata`, and colours of relationships are of the later layout
  2.21, known only from files that others made for Bloom: not confirmed by Neo4j.
- Bloom is no part of a Community server: that it takes the file was not tried.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any, Literal

from tracer.charts.marks import FILL, INK, RED

__all__ = ["bloom", "grass"]

Size = Literal[1, 2]


@dataclass(frozen=True, slots=True)
class _Look:
    label: str
    fill: str
    caption: str
    size: Size
    properties: tuple[tuple[str, str], ...]


def _texts(*names: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, "string") for name in names)


_DAY = (("day", "Date"),)
#: The more telling label of a node with several first: Bloom takes the first that fits. Browser lays every rule that fits
#: over the one before, so the style sheet has them the other way round.
_NODES = (
    _Look("Person", FILL["V"], "name", 2, _texts("name", "record")),
    _Look("Organization", FILL["V"], "name", 2, _texts("name", "record")),
    _Look("Arrangement", FILL["V"], "name", 2, _texts("name", "record")),
    _Look("Party", FILL["?"], "name", 2, _texts("name", "record")),
    _Look("Account", FILL["C"], "key", 2, _texts("key", "name")),
    _Look("Institution", FILL["B"], "key", 2, _texts("key", "name", "scheme")),
    _Look("Asset", FILL["A"], "name", 2, _texts("name", "record", "asset_class")),
    _Look("Transaction", FILL["L"], "name", 1, (*_texts("name", "id"), *_DAY)),
    _Look("Result", FILL["S"], "name", 1, _texts("name", "kind", "run")),
    _Look("Run", FILL["S"], "name", 2, _texts("name", "id", "rules", "by", "written")),
    _Look("Offence", FILL["S"], "name", 2, _texts("name", "statute")),
    _Look("Event", FILL["S"], "name", 2, (*_texts("name", "id"), *_DAY)),
    _Look("Interest", FILL[""], "kind", 1, _texts("kind", "lo", "hi", "record")),
    _Look("Judgement", FILL[""], "decision", 1, _texts("decision", "by", "on", "reason")),
    _Look("Posting", FILL[""], "details", 1, _texts("details", "counterparty", "locator")),
    _Look("Message", FILL[""], "kind", 1, _texts("kind", "reference", "locator")),
    _Look("Statement", FILL[""], "number", 1, _texts("number", "account", "locator")),
    _Look("Exhibit", FILL["?"], "number", 1, _texts("number", "name", "sha256")),
)
#: Type -> colour, width in pixels, caption; "" gives the type itself. A US leg is red in a chart; here every VIA may be one.
_LINKS = {
    "SENT": (INK, 3, "printed"),
    "PERFORMS": (INK, 2, ""),
    "BENEFITS_TO": (INK, 2, ""),
    "VIA": (RED, 2, "grade"),
    "HAS_ACCOUNT": (INK, 1, "role"),
    "HOLDS": (INK, 1, ""),
    "IN": (INK, 1, ""),
    "SHOWN_BY": ("#767676", 1, ""),
    "PRINTED_IN": ("#767676", 1, "locator"),
    "BOUGHT_WITH": (INK, 2, ""),
    "GENERATED": (INK, 1, ""),
    "ENTERED_AT": (INK, 1, ""),
    "JUDGES": ("#767676", 1, ""),
    "FOUND": ("#767676", 1, ""),
    "ABOUT": ("#767676", 1, ""),
    "RESTS_ON": ("#767676", 1, ""),
}
_SENTENCES = {
    "Account $account and whom it paid": (
        "MATCH p = (:Account {key: $account})-[:SENT]-(:Account) RETURN p LIMIT 200",
        ("account", "Account", "key"),
    ),
    "Evidence of transfer $transfer": (
        "MATCH p = (:Transaction {id: $transfer})-[:SHOWN_BY]->()-[:PRINTED_IN]->(:Exhibit) RETURN p",
        ("transfer", "Transaction", "id"),
    ),
    "Who holds $entity": (
        "MATCH p = (:Party {name: $entity})<-[:IN]-(:Interest)<-[:HOLDS]-(:Party) RETURN p LIMIT 200",
        ("entity", "Party", "name"),
    ),
}


def grass() -> str:
    """Return the style sheet of Neo4j Browser."""
    blocks = [
        _block(
            "node",
            {
                "diameter": "65px",
                "color": FILL["?"],
                "border-color": INK,
                "border-width": "2px",
                "text-color-internal": INK,
                "font-size": "10px",
            },
        ),
        _block(
            "relationship",
            {
                "color": INK,
                "shaft-width": "1px",
                "font-size": "8px",
                "padding": "3px",
                "text-color-external": INK,
                "text-color-internal": FILL["?"],
                "caption": '"<type>"',
            },
        ),
    ]
    for look in reversed(_NODES):
        blocks.append(
            _block(
                f"node.{look.label}",
                {
                    "diameter": "80px" if look.size == 2 else "65px",
                    "color": look.fill,
                    "border-color": INK,
                    "text-color-internal": INK,
                    "defaultCaption": '"<id>"',
                    "caption": f'"{{{look.caption}}}"',
                },
            )
        )
    for type_, (color, width, caption) in _LINKS.items():
        said = f'"{{{caption}}}"' if caption else '"<type>"'
        blocks.append(_block(f"relationship.{type_}", {"color": color, "shaft-width": f"{width}px", "caption": said}))
    return "\n".join(blocks)


def _block(selector: str, values: dict[str, str]) -> str:
    return f"{selector} {{\n" + "".join(f"  {name}: {value};\n" for name, value in values.items()) + "}\n"


def bloom() -> str:
    """Return a perspective of Neo4j Bloom as JSON: categories, relationship types and three search phrases."""
    made: dict[str, Any] = {
        "name": "tracer",
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, "tracer/perspective/1")),
        "version": "2.21.0",
        "createdAt": 0,
        "lastEditedAt": 0,
        "type": "STANDARD_PERSPECTIVE",
        "isAuto": False,
        "history": [],
        "parentPerspectiveId": None,
        "hideUncategorisedData": False,
        "maxLimitToastMsgEnabled": False,
        "hiddenCategories": [],
        "hiddenRelationshipTypes": [],
        "sceneActions": [],
        "palette": {"colors": list(dict.fromkeys(FILL.values())), "currentIndex": 0},
        "categories": [_category(n, look) for n, look in enumerate(_NODES, 1)],
        "labels": {
            look.label: [{"propertyKey": name, "type": look.label, "dataType": kind} for name, kind in look.properties]
            for look in _NODES
        },
        "relationshipTypes": [
            {
                "id": type_,
                "name": type_,
                "color": color,
                "size": 2 if width > 1 else 1,
                "textSize": 1,
                "textAlign": "top",
                "properties": [{"propertyKey": caption, "type": type_, "dataType": "string"}] if caption else [],
                "captions": [_caption(caption or type_, "property" if caption else "relationship")],
                "captionKeys": [],
                "styleRules": [],
            }
            for type_, (color, width, caption) in _LINKS.items()
        ],
        "templates": [
            {
                "id": f"tmpl:{n}",
                "name": text.split(" $")[0],
                "createdAt": 0,
                "text": text,
                "cypher": cypher,
                "isUpdateQuery": None,
                "hasCypherErrors": False,
                "params": [
                    {
                        "name": f"${name}",
                        "dataType": "String",
                        "collapsed": False,
                        "suggestionLabel": label,
                        "suggestionProp": key,
                        "suggestionBoolean": False,
                        "cypher": None,
                    }
                ],
            }
            for n, (text, (cypher, (name, label, key))) in enumerate(_SENTENCES.items(), 1)
        ],
        "metadata": {
            "pathSegments": [],
            "indexes": [
                {"label": look.label, "type": "native", "propertyKeys": [{"key": "name", "metadataProp": False}]}
                for look in _NODES
                if look.label in {"Party", "Account", "Institution", "Asset"}
            ],
        },
    }
    return json.dumps(made, ensure_ascii=False, indent=1) + "\n"


def _caption(key: str, kind: str) -> dict[str, Any]:
    return {"key": key, "type": kind, "isCaption": True, "inTooltip": True, "styles": [], "isGdsData": False}


def _category(number: int, look: _Look) -> dict[str, Any]:
    return {
        "id": number,
        "name": look.label,
        "labels": [look.label],
        "createdAt": 0,
        "lastEditedAt": 0,
        "color": look.fill,
        "icon": "no-icon",
        "size": look.size,
        "textSize": 1,
        "textAlign": "top",
        "properties": [{"name": name, "exclude": False, "dataType": kind} for name, kind in look.properties],
        "captions": [_caption(look.caption, "property")],
        "captionKeys": [],
        "styleRules": [],
    }

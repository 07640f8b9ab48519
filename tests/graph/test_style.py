"""The look in Browser and Bloom: of labels that are there, in the colours of the charts, and without a text of a case."""

import csv
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from tracer.batches import to_table
from tracer.case import Case
from tracer.charts import bloom, grass
from tracer.charts.kinds.naming import Names
from tracer.charts.marks import FILL, INK, RED
from tracer.graph import neo4j_results
from tracer.graph.neo4j import Neo4jGraph
from tracer.graph.neo4j_bulk import write_tables
from tracer.graph.neo4j_cypher import Node
from tracer.graph.neo4j_schema import LABELS, MORE_LABELS, TYPES
from tracer.model import Asset, Cite, Interest, Name, Party

KNOWN = {*LABELS.values(), *MORE_LABELS, *neo4j_results.LABELS.values()}
LINKS = {*TYPES, *neo4j_results.TYPES}
RULE = re.compile(r"(node|relationship)(?:\.(\w+))? \{\n((?:  [\w-]+: [^;\n]+;\n)+)\}\n")


def rules() -> dict[tuple[str, str], dict[str, str]]:
    return {
        (kind, name): dict(re.findall(r"  ([\w-]+): ([^;\n]+);", body)) for kind, name, body in RULE.findall(grass())
    }


def test_the_sheet_is_rules_and_nothing_else() -> None:
    assert RULE.sub("", grass()).strip() == ""
    assert ("node", "") in rules()
    assert ("relationship", "") in rules()


def test_every_label_and_type_of_the_sheet_is_one_of_the_graph() -> None:
    named = rules().keys() - {("node", ""), ("relationship", "")}
    assert {name for kind, name in named if kind == "node"} <= KNOWN
    assert {name for kind, name in named if kind == "relationship"} <= LINKS
    assert {"Account", "Transaction", "Institution", "Asset", "Result"} <= {name for _, name in named}


def test_the_more_telling_label_of_a_party_is_the_one_that_shows() -> None:
    """Browser lays each rule that fits over those before it; Bloom takes the first category that fits."""
    order = [name for kind, name in rules() if kind == "node" and name]
    categories = [category["name"] for category in json.loads(bloom())["categories"]]
    for label in ("Person", "Organization", "Arrangement"):
        assert order.index("Party") < order.index(label)
        assert categories.index(label) < categories.index("Party")


@pytest.mark.parametrize("color", sorted({c for rule in rules().values() for n, c in rule.items() if n == "color"}))
def test_colours_are_the_charts_and_can_be_read(color: str) -> None:
    assert color in {*FILL.values(), INK, RED, "#767676"}
    if color in FILL.values():
        assert contrast(color, INK) >= 4.5


def test_no_caption_is_an_amount_in_minor_units() -> None:
    shown = {rule["caption"] for rule in rules().values() if "caption" in rule}
    assert not {name for name in shown if re.search(r"amount|total|libr|floor|ceiling|recorded", name)}


def test_the_perspective_says_the_same_as_the_sheet() -> None:
    made = json.loads(bloom())
    of_sheet = {
        name: (rule["color"], rule["caption"].strip('"{}'))
        for (kind, name), rule in rules().items()
        if kind == "node" and name
    }
    assert {c["name"]: (c["color"], c["captions"][0]["key"]) for c in made["categories"]} == of_sheet
    assert {r["name"] for r in made["relationshipTypes"]} <= LINKS
    for template in made["templates"]:
        assert set(re.findall(r"\$\w+", template["cypher"])) == {p["name"] for p in template["params"]}
        assert set(re.findall(r"\$\w+", template["text"])) == {p["name"] for p in template["params"]}
        assert not re.search(r"\b(CREATE|MERGE|SET|DELETE)\b", template["cypher"])
    assert bloom() == bloom()


#: The keys of the perspectives that Neo4j publishes (neo4j-graph-examples: bloom, fraud-detection, pole), layout 1.4.
PUBLISHED = {
    "": "name id categories relationshipTypes palette createdAt lastEditedAt templates hiddenRelationshipTypes "
    "hiddenCategories hideUncategorisedData parentPerspectiveId version",
    "categories": "id name color size icon labels properties createdAt lastEditedAt",
    "relationshipTypes": "properties name id",
    "templates": "name id createdAt text cypher params hasCypherErrors",
}


def test_the_perspective_has_the_keys_of_those_that_neo4j_publishes() -> None:
    made = json.loads(bloom())
    for part, keys in PUBLISHED.items():
        for one in made[part] if part else [made]:
            assert set(keys.split()) <= set(one), part
    for category in made["categories"]:
        assert {"name", "exclude", "dataType"} <= set(category["properties"][0])
        assert category["captions"][0]["key"] in {p["name"] for p in category["properties"]}
    for template in made["templates"]:
        assert set(template["params"][0]) >= {"dataType", "name", "suggestionLabel", "suggestionProp", "cypher"}
    assert {c["labels"][0] for c in made["categories"]} == set(made["labels"])


#: Records whose names say nothing: none, empty, blank; and one that only an interest names.
UNNAMED: dict[str, tuple[Name, ...]] = {"no-name": (), "empty": (Name(""),), "blank": (Name("  "),)}


def nameless() -> dict[str, pa.Table]:
    made = [Party(Cite("a" * 64, f"p={n}"), record, "entity", UNNAMED[record]) for n, record in enumerate(UNNAMED)]
    made.append(Party(Cite("a" * 64, "p=9"), "second", "entity", (Name(" "), Name("Second Name Ltd"))))
    held = Interest(Cite("a" * 64, "i=1"), "i1", "owner-only", "empty", "shareholding")
    bare = Asset(Cite("a" * 64, "a=1"), "HOUSE", "real estate", "")
    return {
        "party": to_table("party", made),
        "interest": to_table("interest", [held]),
        "asset": to_table("asset", [bare]),
    }


CAPTIONS = {
    "no-name": "no-name",
    "empty": "empty",
    "blank": "blank",
    "second": "Second Name Ltd",
    "owner-only": "owner-only",
}


def test_what_has_no_name_bears_its_id_either_way_into_the_graph(
    scoped: Callable[..., Neo4jGraph], tmp_path: Path
) -> None:
    graph = scoped()
    graph.ensure_schema()
    for kind in ("interest", "party", "asset"):  # whatever is loaded first
        graph.append(kind, nameless()[kind], head="h")
    assert dict(graph._read("MATCH (p:Party) WHERE p.case = $case RETURN p.record, p.name")) == CAPTIONS
    assert graph._read("MATCH (a:Asset) WHERE a.case = $case RETURN a.name") == [["HOUSE"]]
    written = write_tables(tmp_path, graph.case, nameless().items())
    (file,) = (path for labels, path in written.nodes if labels == "Tracer:Party")
    with file.open(encoding="utf-8", newline="") as lines:
        assert {row["record"]: row["name"] for row in csv.DictReader(lines)} == CAPTIONS


def test_what_has_no_name_bears_its_id_in_charts_and_answers(served: Callable[..., Case]) -> None:
    made = served("embedded").dossier()
    key, party = next((key, party) for key, party in made.parties.items() if party.names)
    for names in UNNAMED.values():
        names_of = Names(replace(made, parties=made.parties | {key: replace(party, names=names)}))
        assert names_of.party_name(party.record) == party.record
    assert Node("4:x:1", ("Party",), {"name": " ", "record": "r1"}).title == "r1"


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, "contrast ratio"."""

    def light(color: str) -> float:
        parts = [int(color[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)

"""The look in Browser and Bloom: of labels that are there, in the colours of the charts, and without a text of a case."""

import json
import re

import pytest

from tracer.charts import bloom, grass
from tracer.charts.marks import FILL, INK, RED
from tracer.graph import neo4j_results
from tracer.graph.neo4j_schema import LABELS, MORE_LABELS, TYPES

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
        assert set(re.findall(r"\$(\w+)", template["cypher"])) == {p["name"] for p in template["params"]}
        assert not re.search(r"\b(CREATE|MERGE|SET|DELETE)\b", template["cypher"])
    assert bloom() == bloom()


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, "contrast ratio"."""

    def light(color: str) -> float:
        parts = [int(color[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)

"""Every string of the corpus in every text of every kind: it comes back letter by letter, and no statement becomes another."""

import dataclasses
import json
import logging
import types
import typing
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tracer.batches import KINDS, TRANSFERS, to_table
from tracer.graph import Embedded, neo4j_schema
from tracer.graph.neo4j import Neo4jGraph
from tracer.model import Cite, GraphError, Posting

CORPUS = json.loads((Path(__file__).parents[1] / "fixtures" / "injection_corpus.json").read_text("utf-8"))
SHA = "e" * 64
LONG = 40_000


def text_of(entry: dict[str, Any]) -> str:
    def build(part: Any) -> str:
        if isinstance(part, str):
            return part
        if "repeat" in part:
            return build(part["repeat"][0]) * part["repeat"][1]
        return "".join(map(build, part["concat"]))

    return entry["value"] if "value" in entry else build(entry["build"])


TEXTS = {entry["id"]: text_of(entry) for entry in CORPUS["strings"]}


def whole(text: str) -> str:
    """Return a text as the ledger holds it: half a letter of two halves cannot be written down."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def filled(hint: Any, text: str, number: int) -> Any:
    """Return a value of a type with the text in every text of it, and the largest numbers."""
    args = [one for one in typing.get_args(hint) if one is not type(None)]
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        return filled(args[0], text, number)
    if typing.get_origin(hint) is tuple:
        return tuple(filled(one, text, number) for one in args if one is not Ellipsis)
    if dataclasses.is_dataclass(hint):
        hints = typing.get_type_hints(hint)
        names = [field.name for field in dataclasses.fields(hint)]
        made = {
            name: Cite(SHA, f"{text}/{number}") if hints[name] is Cite else filled(hints[name], text, number)
            for name in names
        }
        return hint(**made)  # type: ignore[operator]
    return {int: (2**63 - 1) * (-1) ** number, bool: number % 2 == 0, date: date(1 + number * 97, 2, 28)}.get(
        hint, text
    )


def tables() -> dict[str, pa.Table]:
    texts = [whole(text[:LONG]) for text in TEXTS.values()]
    made = {
        kind: to_table(kind, [filled(noun, text, number) for number, text in enumerate(texts)])
        for kind, noun in KINDS.items()
    }
    rows = []
    for number, text in enumerate(texts):
        row: dict[str, Any] = dict.fromkeys(TRANSFERS.names, text)
        row |= {"id": f"{number:03}{text[:100]}", "postings": json.dumps([text]), "messages": "[]"}
        row |= {"amount_out": number, "amount_in": None, "date_out": None, "date_in": date(2024, 1, 1)}
        row |= {name: number % 3 == n for n, name in enumerate(("elsewhere", "elsewhere_out", "sole"))}
        row["elsewhere_in"] = number % 5 == 0
        rows.append(row | {"reversed_by": None if number % 2 else ""})
    return made | {"transfer": pa.Table.from_pylist(rows, schema=TRANSFERS)}


def test_every_string_in_every_text_comes_back(scoped: Callable[..., Neo4jGraph]) -> None:
    graph, bystander = scoped(case=f"{TEXTS['Q02']} {TEXTS['Q06']}"), scoped()
    bystander.ensure_schema()
    bystander.append("posting", to_table("posting", [Posting(Cite(SHA, "1"), "A", "USD", 1, 1)]), head="b")
    before = [bystander.rows(kind) for kind in KINDS], bystander.head(), graph._read(neo4j_schema.SHOW_CONSTRAINTS)
    made = tables()
    for kind, table in made.items():
        counts = graph.append(kind, table, head=kind)
        assert counts == {"new": len(TEXTS), "duplicate": 0, "conflict": 0}, kind
    for kind, table in made.items():
        assert graph.rows(kind).equals(table.sort_by("id")), kind
        assert graph.append(kind, table, head=kind)["duplicate"] == len(TEXTS), kind
    assert before == (
        [bystander.rows(kind) for kind in KINDS],
        bystander.head(),
        graph._read(neo4j_schema.SHOW_CONSTRAINTS),
    )
    labels = {label for (some,) in graph._read("MATCH (n:Tracer) WHERE n.case = $case RETURN DISTINCT labels(n)") for label in some}  # fmt: skip
    assert labels <= {*neo4j_schema.LABELS.values(), *neo4j_schema.MORE_LABELS}
    kinds = {kind for (kind,) in graph._read("MATCH (n:Tracer)-[x]->() WHERE n.case = $case RETURN DISTINCT type(x)")}
    assert kinds <= set(neo4j_schema.TYPES)


@pytest.mark.parametrize("name", ["Q01", "Q02", "Q04", "Q06", "U03", "U12", "X01", "C04", "H01"])
def test_a_hostile_question_finds_what_the_embedded_graph_finds(name: str, scoped: Callable[..., Neo4jGraph]) -> None:
    text = TEXTS[name]
    nouns = [
        Posting(Cite(SHA, f"{n}"), "A", "USD", 1, n, account_key="A", details=said)
        for n, said in enumerate([text, f"x{text.upper()}y", "nothing", text[1:], "ΟΔΟΣΑ ΟΔΟΣ"])
    ]
    graph, embedded = scoped(), Embedded()
    for one in (graph, embedded):
        one.append("posting", to_table("posting", nouns), head="h")
    for asked in (text, text.lower(), "ΟΔΟΣ", ""):
        assert graph.search(asked).equals(embedded.search(asked)), asked
        assert graph.search(asked, limit=1).equals(embedded.search(asked, limit=1))
    assert graph.accounts().equals(embedded.accounts())


def test_a_text_of_a_million_letters_comes_back(scoped: Callable[..., Neo4jGraph]) -> None:
    graph = scoped()
    table = to_table("posting", [Posting(Cite(SHA, "1"), TEXTS["L02"], "USD", 1, 1, details=TEXTS["L02"])])
    graph.append("posting", table, head="h")
    assert graph.rows("posting").equals(table)


def test_no_value_reaches_a_log(
    scoped: Callable[..., Neo4jGraph], caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """The driver logs queries with their values at DEBUG, and the server would echo them in notifications."""
    graph = scoped(case="SECRET-CASE")
    graph.ensure_schema()
    with caplog.at_level(logging.DEBUG):
        table = to_table("posting", [Posting(Cite(SHA, "1"), "SECRET-ACCOUNT", "USD", 1, 1, details="SECRET-DETAILS")])
        graph.append("posting", table, head="SECRET-HEAD")
        graph.search("SECRET-DETAILS")
        graph._read("MATCH (n:NoSuchLabel {no_such_property: $text}) WHERE n.case = $case RETURN n", text="SECRET-TEXT")
        with pytest.raises(GraphError) as told:
            graph._read("RETURN date($text)", text="SECRET-TEXT")
        with pytest.raises(GraphError) as refused:  # the server's own sentence would quote the row
            graph._write(lambda tx: tx.run("CREATE (n:Tracer {case: $case, noun: 'posting', id: $id})", case=graph.case, id=table["id"][0].as_py()).consume())  # fmt: skip
    said = capfd.readouterr()
    for text in (caplog.text, said.out, said.err, str(told.value), str(refused.value), repr(graph)):
        assert "SECRET" not in text
        assert table["id"][0].as_py() not in text

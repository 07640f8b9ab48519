"""Every string of the corpus through the questions, Cypher and SQL: it finds its own row alone, and no statement becomes another."""

import logging
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tests.graph.test_hostile_values import LONG, TEXTS, whole
from tracer.asking import needle
from tracer.batches import to_table, transfer_table
from tracer.case import Case
from tracer.graph import Embedded, neo4j_cypher, neo4j_schema
from tracer.graph.neo4j import Neo4jGraph
from tracer.graph.neo4j_rows import hub
from tracer.model import Agent, Cite, Interest, Message, Money, Name, Party, Posting, Transfer
from tracer.queries import Question, bound, question, questions

SHA = "b" * 64
STRINGS = list(dict.fromkeys(whole(text[:LONG]) for text in TEXTS.values()))
OF_TEXT = {"text", "account", "party"}


def held() -> dict[str, Any]:
    """Facts in which each string is an account that pays, a party that holds, an institution that is named."""
    cites = [Cite(SHA, f"row={n}") for n in range(len(STRINGS))]
    day = date(2024, 1, 5)
    nouns: dict[str, list[Any]] = {
        "posting": [
            Posting(c, s, "USD", -n - 1, n, account_key=s, booked=day, details=s)
            for n, (c, s) in enumerate(zip(cites, STRINGS, strict=True))
        ],
        "party": [Party(c, s, "entity", (Name(s),)) for c, s in zip(cites, STRINGS, strict=True)],
        "interest": [
            Interest(c, f"i{n}", s, "S", "shareholding", "1/2", "1/2")
            for n, (c, s) in enumerate(zip(cites, STRINGS, strict=True))
        ],
        "message": [
            Message(c, "MT103", reference=s, settled=n + 1, settled_currency="USD", agents=(Agent("creditor_agent", s, "BIC", "57A"),))
            for n, (c, s) in enumerate(zip(cites, STRINGS, strict=True))
        ],
    }  # fmt: skip
    made = {kind: to_table(kind, some) for kind, some in nouns.items()}
    lines = made["posting"].sort_by([("amount", "descending")])["id"].to_pylist()
    moved = [
        Transfer(
            f"{n:03}", (line,), (), line, "", s, "K", n + 1, "USD", n + 1, "USD", date(2024, 1, 5), date(2024, 1, 5)
        )
        for n, (line, s) in enumerate(zip(lines, STRINGS, strict=True))
    ]
    return made | {"transfer": transfer_table(moved)}


def asked(one: Question, there: Neo4jGraph, here: Embedded, given: dict[str, str]) -> list[dict[str, Any]]:
    """Return the rows of a question, the same from both graphs where both can answer."""
    values = bound(one, given)
    types = {p.name: p.type for p in one.parameters}
    more = {
        f"{name}_id": hub(types[name].title(), s) for name, s in given.items() if types[name] in {"account", "party"}
    }
    more |= {f"{name}_folded": needle(s) for name, s in given.items() if types[name] == "text"}
    rows = one.rows(neo4j_cypher.ask(there, one.cypher, {"run": "none"} | values | more))
    if one.sql and not one.of_run:
        assert rows == one.rows(here.ask(one.sql, values, {})), (one.name, given)
    return [dict(zip((c.name for c in one.columns), row, strict=True)) for row in rows]


def test_every_string_finds_its_own_row_and_changes_nothing(
    scoped: Callable[..., Neo4jGraph], caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    there, here = scoped(), Embedded()
    there.ensure_schema()
    for kind, table in held().items():
        assert there.append(kind, table, head="h") == here.append(kind, table, head="h")
    everything = "MATCH (n) WHERE n.case = $case OPTIONAL MATCH (n)-[x]->() RETURN count(DISTINCT n), count(x)"
    before = there._read(everything), there._read(neo4j_schema.SHOW_CONSTRAINTS), there.head()
    with caplog.at_level(logging.DEBUG):
        for n, text in enumerate(STRINGS):
            (paid,) = asked(question("payees_of"), there, here, {"account": text})
            assert (paid["payee"], paid["payments"], paid["total"]) == ("K", 1, Money(n + 1, "USD"))
            (held_,) = asked(question("holdings_of"), there, here, {"party": text})
            assert (held_["entity"], held_["locator"]) == ("S", f"row={n}")
            assert text in {row["record"] for row in asked(question("find_party"), there, here, {"text": text})}
            named = asked(question("messages_naming"), there, here, {"institution": text})
            assert text in {row["institution"] for row in named}
            assert all(row["institution"].startswith(text) for row in named)
        others = [q for q in questions().values() if any(p.type in OF_TEXT and p.default is None for p in q.parameters)]
        for number, one in enumerate(others):
            needed = [p for p in one.parameters if p.default is None]
            for n in range(number, len(STRINGS), 23):
                usual = {"day": "2024-01-01", "currency": "USD"}
                asked(one, there, here, {p.name: usual.get(p.type, STRINGS[n]) for p in needed})
    assert before == (there._read(everything), there._read(neo4j_schema.SHOW_CONSTRAINTS), there.head())
    said = capfd.readouterr()
    for text in STRINGS:
        if len(text) > 12:
            assert text not in caplog.text
            assert text not in said.out + said.err


@pytest.mark.parametrize("graph", ["", "embedded"])
def test_half_a_letter_is_asked_for_as_the_ledger_holds_it(graph: str, served: Callable[..., Case]) -> None:
    ask = served(graph).ask
    assert ask.find_party(text=TEXTS["U07"]) == ask.find_party(text=whole(TEXTS["U07"]))

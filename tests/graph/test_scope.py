"""Several cases in one database: none sees, counts, reaches or clears what is another's."""

import ast
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from tracer.batches import KINDS, to_table, transfer_table
from tracer.graph import neo4j_results, neo4j_schema
from tracer.graph.neo4j import Neo4jGraph
from tracer.graph.neo4j_rows import columns_of
from tracer.model import Cite, Interest, LedgerError, Name, Party, Posting, Transfer

SHA = "c" * 64
DAY = date(2024, 1, 5)
#: Schema, and what only counts: these look at no property of a node of any case.
UNSCOPED = {"CONSTRAINT", "SHOW_CONSTRAINTS", "SHOW_INDEXES", "AWAIT", "SERVER", "COUNT_ALL", "COUNT_OURS", "USED_LABELS", "COUNT_CASES", "HOME"}  # fmt: skip


def queries() -> dict[str, str]:
    found = {
        name: value
        for name, value in vars(neo4j_schema).items()
        if name.isupper() and isinstance(value, str) and " " in value
    }
    found |= {f"INSERT {kind}": query for kind, query in neo4j_schema.INSERT.items()}
    found |= {f"HUBS {noun}": query for noun, query in neo4j_schema.HUBS.items()}
    found |= {f"STATED {name}": query for name, query in neo4j_schema.STATED}
    return found | {
        f"results {name}": value
        for name, value in vars(neo4j_results).items()
        if name.startswith("_") and name.isupper() and isinstance(value, str) and " " in value
    }


@pytest.mark.parametrize("name", sorted(set(queries()) - UNSCOPED))
def test_every_query_names_the_case(name: str) -> None:
    query = queries()[name]
    assert "$case" in query
    found = [part for part in query.split("MATCH")[1:] if "(n:Tracer)" in part or ":Transaction)" in part[:40]]
    assert all("$case" in part for part in found), query


def test_every_query_is_a_constant() -> None:
    """safety.md S9: what `run` is given is a name or a constant, and no constant of the schema is put together from parts."""
    folder = Path(neo4j_schema.__file__).parent
    for name in ("neo4j.py", "neo4j_connect.py", "neo4j_schema.py", "neo4j_results.py"):
        path = folder / name
        tree = ast.parse(path.read_text("utf-8"))
        if name == "neo4j_schema.py":
            assert not [n for n in ast.walk(tree) if isinstance(n, ast.JoinedStr | ast.BinOp | ast.Mod)], path
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in {"run", "_read"}
            ):
                given = node.args[0]
                while isinstance(given, ast.Subscript | ast.Attribute):
                    given = given.value
                assert isinstance(given, ast.Name), f"{path.name}:{node.lineno}"


def filled(graph: Neo4jGraph, amount: int, to: str) -> None:
    """Give a graph the very ids that another has, with its own content."""
    postings = [Posting(Cite(SHA, "line=1"), "A", "USD", amount, 1, account_key="A", booked=DAY, details=f"for {to}")]
    moved = [
        Transfer("t1", (), (), "", "", "A", "B", amount, "USD", amount, "USD", DAY, DAY),
        Transfer(f"t {to}", (), (), "", "", "B", to, amount, "USD", amount, "USD", DAY, DAY),
    ]
    graph.append("posting", to_table("posting", postings), head=to)
    graph.append("party", to_table("party", [Party(Cite(SHA, "p=1"), "P", "person", (Name(f"Nobody {to}"),))]), head=to)
    graph.append("interest", to_table("interest", [Interest(Cite(SHA, "i=1"), to, "P", "X", "shareholding")]), head=to)
    graph.append("transfer", transfer_table(moved), head=to)


def seen(graph: Neo4jGraph) -> dict[str, object]:
    """Everything a graph answers."""
    ids = [*graph.hashes("posting"), "t1", "t C", "t D"]
    return {
        "head": graph.head(),
        "accounts": graph.accounts().to_pylist(),
        "totals": graph.totals().to_pylist(),
        "transfers": graph.transfers().to_pylist(),
        "between": graph.transfers(since=DAY).to_pylist(),
        "interests": graph.interests().to_pylist(),
        "lookup": [graph.lookup(kind, ids).to_pylist() for kind in ("posting", "transfer")],
        "search": graph.search("nobody").to_pylist() + graph.search("for").to_pylist(),
        "reach": graph.reach(["A"], since=DAY, hops=5).to_pylist(),
        "hashes": [graph.hashes(kind) for kind in KINDS],
        "links": [graph.links(kind) for kind in (*KINDS, "transfer")],
        "rows": [graph.rows(kind).to_pylist() for kind in (*KINDS, "transfer", "judgement")],
    }


def test_two_cases_with_the_same_ids_do_not_meet(scoped: Callable[..., Neo4jGraph]) -> None:
    one, other, alone = scoped(), scoped(), scoped()
    one.ensure_schema()
    filled(one, 100, "C")
    before = seen(one)
    filled(other, 7, "D")
    filled(alone, 7, "D")
    assert seen(one) == before
    assert seen(other) == seen(alone)
    assert "'D'" not in str(before)
    assert "'C'" not in str(seen(other))
    assert one.append("transfer", other.rows("transfer").slice(1, 1), head="C") == {
        "new": 0,
        "duplicate": 0,
        "conflict": 1,
    }
    other.clear()
    other.retire("transfer", ["t1", "t C"], filling="")
    assert seen(one) == before
    assert seen(other)["totals"] == []
    with pytest.raises(LedgerError, match="not a kind"):
        one.retire("posting", list(one.hashes("posting")), filling="")


def test_no_column_of_a_noun_is_a_property_of_the_scope() -> None:
    own = {"case", "noun", "nulls", "searched"}
    for kind in (*KINDS, "transfer", "judgement"):
        more = {"day", "arrived"} if kind == "transfer" else {"row_hash"} if kind == "judgement" else set()
        assert not (own | more) & set(columns_of(kind).names), kind

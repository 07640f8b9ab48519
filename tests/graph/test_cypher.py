"""A person's own Cypher: it reads, it never writes, it says how far it reaches; and one network from either graph."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import networkx as nx
import pytest
from typer.testing import CliRunner

from tracer import projection
from tracer.case import Case
from tracer.cli import app
from tracer.graph.neo4j import Neo4jGraph
from tracer.model import CaseError, GraphError, Money
from tracer.tables import View


@pytest.fixture
def graph(served: Callable[..., Case]) -> Iterator[Neo4jGraph]:
    with projection.opened(served()) as graph:
        yield graph


def everything(graph: Neo4jGraph) -> list[list[Any]]:
    return graph._read("MATCH (n) WHERE n.case = $case OPTIONAL MATCH (n)-[x]->() RETURN count(DISTINCT n), count(x)")


WRITES = [
    "CREATE (n:Account {key: 'X'})",
    "MATCH (n:Account) SET n.key = 'X'",
    "MATCH (n) DETACH DELETE n",
    "MATCH (n:Account) REMOVE n.key RETURN n",
    "MERGE (n:Account {key: 'X'}) RETURN n",
    "MATCH (n:Account) CALL (n) { SET n.x = 1 } RETURN n",
    "UNWIND [1] AS x CALL (x) { CREATE (:Y {x: x}) } IN TRANSACTIONS RETURN 1",
    "FOREACH (x IN [1] | CREATE (:Q))",
    "CREATE INDEX foo FOR (n:Account) ON (n.key)",
    "DROP CONSTRAINT tracer_id IF EXISTS",
    "CREATE USER eve SET PASSWORD 'long enough 1'",
    "ALTER CURRENT USER SET PASSWORD FROM 'a' TO 'b'",
    "CALL db.createLabel('Z')",
    "CALL db.clearQueryCaches()",
    "CALL dbms.killConnection('x') YIELD message RETURN message",
    "CALL tx.setMetaData({a: 1})",
    "TERMINATE TRANSACTIONS 'neo4j-transaction-1'",
    "LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line",
    "LOAD CSV FROM 'http://127.0.0.1:9/x.csv' AS line RETURN line",
    "MATCH (a:Account) CALL { LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line } RETURN a, line",
    "/* RETURN 1 */ CREATE (n:\\u0041ccount)",
    "CYPHER runtime=slotted CREATE (n:X)",
]

# The tests of test_fetch.py, beside these on the one server, make and drop an index of this ending.
INDEXES = "SHOW INDEXES YIELD name WHERE NOT name ENDS WITH '_of_a_test' RETURN name ORDER BY name"


@pytest.mark.parametrize("text", WRITES)
def test_what_writes_or_reaches_outside_is_refused_in_a_sentence(
    text: str, served: Callable[..., Case], graph: Neo4jGraph
) -> None:
    before = everything(graph), graph._read(INDEXES)
    with pytest.raises(GraphError) as refused:
        served().cypher(text)
    assert "is not run" in refused.value.what
    assert "only reads" in refused.value.meaning
    assert (everything(graph), graph._read(INDEXES)) == before


@pytest.mark.parametrize(
    "text",
    [
        "MATC (n) RETURN n",
        "MATCH (n) RETURN n; CREATE (m)",
        "PROFILE MATCH (n) RETURN n",
        "RETURN $missing",
        "",
        "  ",
        "RETURN 1 / 0",
        "MATCH (n) RETURN toInteger({})",
    ],
)
def test_what_the_server_does_not_understand_is_told_without_a_value(text: str, served: Callable[..., Case]) -> None:
    with pytest.raises(GraphError) as told:
        served().cypher(text, secret="Brightwater")
    assert "Brightwater" not in str(told.value)
    assert told.value.next_call


READS = [
    "CREATE",  # a word in a text is no clause
    "MATCH (n) SET",
    "'; DROP DATABASE neo4j; //",
]


@pytest.mark.parametrize("value", READS)
def test_a_value_is_only_a_value(value: str, served: Callable[..., Case]) -> None:
    told = served().cypher("RETURN $text AS text, size($text) AS n", text=value)
    assert told.rows == ((value, len(value)),)


def test_a_table_like_every_other(served: Callable[..., Case]) -> None:
    told = served().cypher(
        "MATCH (t:Transaction) WHERE t.case = $case AND t.amount_out >= $least RETURN t.day AS day, t.amount_out AS amount, "
        "t.currency_out AS currency ORDER BY amount DESC, day",
        least=Money.of("100000.00", "USD"),
    )
    assert isinstance(told, View)
    wanted = sorted(
        (t.amount_out for t in served().dossier().transfers if (t.amount_out or 0) >= 10_000_000), reverse=True
    )
    assert [row["amount"] for row in told] == wanted
    assert all(isinstance(row["day"], date) for row in told)
    assert list(told.df["amount"]) == wanted
    assert "minor units" in told.foot
    assert "<script" not in told._repr_html_()
    with pytest.raises(CaseError, match="cannot be drawn"):
        told.chart()


def test_it_says_how_far_it_reaches(
    served: Callable[..., Case], scoped: Callable[..., Neo4jGraph], graph: Neo4jGraph
) -> None:
    case = served()
    assert "limited by $case" in case.cypher("MATCH (a:Account) WHERE a.case = $case RETURN count(a)").foot
    scoped().ensure_schema()
    from tracer.batches import to_table
    from tracer.model import Cite, Party

    scoped().append("party", to_table("party", [Party(Cite("e" * 64, "row=1"), "x", "entity")]), head="h")
    for text in (
        "MATCH (p:Party) RETURN count(p)",
        "MATCH (p:Party) RETURN count(p), '$case'",
        "MATCH (p:Party) /* $case */ RETURN count(p)",
        "MATCH (p:Party) // $case\nRETURN count(p)",
        "MATCH (p:Party) RETURN count(p) AS `$case`",
    ):
        told = case.cypher(text)
        assert "not limited to this case" in told.foot, text
        assert "of tracer" in told.foot
    all_of_them = case.cypher("MATCH (p:Party) RETURN count(p) AS n").rows[0][0]
    assert all_of_them > case.cypher("MATCH (p:Party) WHERE p.case = $case RETURN count(p) AS n").rows[0][0]


def test_nodes_links_and_paths_are_drawn_by_the_charts(served: Callable[..., Case]) -> None:
    case = served()
    told = case.cypher(
        "MATCH p = (a:Account)-[:PERFORMS]->(t:Transaction)-[:BENEFITS_TO]->(b:Account) WHERE a.case = $case AND t.amount_out >= 50000000 RETURN p"
    )
    large = [
        t
        for t in case.dossier().transfers
        if (t.amount_out or 0) >= 50_000_000 and t.debit_account and t.credit_account
    ]
    assert len(told) == len(large)
    chart = told.chart()
    assert sorted(str(arrow.amount) for arrow in chart.picture.arrows) == sorted(
        str(Money(t.amount_out or 0, t.currency_out)) for t in large
    )
    assert {box.kind for box in chart.picture.boxes} == {"account"}
    chart.picture.check()
    assert "= ledger" not in repr(chart)
    saved = chart.save("found.svg")
    assert b"not a finding" in saved.read_bytes() or saved.stat().st_size > 1000
    assert "A question to the graph" in chart.save("found.html").read_text("utf-8")


def test_relationships_keep_their_type_and_hidden_keys_are_not_shown(served: Callable[..., Case]) -> None:
    told = served().cypher(
        "MATCH (o:Party)-[h:HOLDS]->(i:Interest)-[n:IN]->(e:Party) WHERE o.case = $case RETURN o, h, i, n, e"
    )
    picture = told.chart().picture
    assert {arrow.lines for arrow in picture.arrows} == {("HOLDS",), ("IN",)}
    assert not [name for box in picture.boxes for name, _ in box.detail if name in {"case", "row_hash", "searched"}]
    assert str(told.rows[0][0]).startswith("(:")


def test_the_terminal_reads_and_refuses(served: Callable[..., Case]) -> None:
    case = served()
    place = ["--graph", case.graph_choice, "--case", str(case.folder)]
    done = CliRunner().invoke(app, ["cypher", "MATCH (a:Account) WHERE a.case = $case RETURN count(a) AS n", *place])
    assert done.exit_code == 0, done.output
    assert "limited by $case" in done.output
    refused = CliRunner().invoke(app, ["cypher", "CREATE (n)", *place])
    assert isinstance(refused.exception, GraphError)


def test_without_a_server_it_says_so(served: Callable[..., Case]) -> None:
    with pytest.raises(GraphError, match="has no graph server"):
        served("embedded").cypher("RETURN 1")


# the network -----------------------------------------------------------------------------------------------------------

HUB = "HK:QXHKHKHH:447882001838"


@pytest.mark.parametrize(
    "selection",
    [
        {},
        {"since": "2024-03-01", "until": "2024-04-30"},
        {"accounts": [HUB]},
        {"accounts": ["447882001838"], "hops": 2, "since": "2024-03-01", "until": date(2024, 8, 1)},
        {"accounts": [HUB], "hops": 0},
    ],
)
def test_the_network_is_equal_from_both_graphs(selection: dict[str, Any], served: Callable[..., Case]) -> None:
    there, here = served().graph(**selection), served("embedded").graph(**selection)
    assert isinstance(there, nx.MultiDiGraph)
    assert sorted(there.nodes(data=True)) == sorted(here.nodes(data=True))
    assert sorted(there.edges(keys=True, data=True), key=lambda e: e[2]) == sorted(
        here.edges(keys=True, data=True), key=lambda e: e[2]
    )


def test_every_transfer_is_an_edge_and_parallel_ones_stay_apart(served: Callable[..., Case]) -> None:
    case = served("embedded")
    made = case.graph()
    transfers = {t.id: t for t in case.dossier().transfers}
    assert {key for *_, key in made.edges(keys=True)} == set(transfers)
    assert max(made.number_of_edges(a, b) for a, b in made.edges()) > 1
    for start, end, key, data in made.edges(keys=True, data=True):
        assert (start, end) == (transfers[key].debit_account, transfers[key].credit_account)
        assert data["amount_out"] == transfers[key].amount_out


def test_a_selection_follows_transfers_and_not_the_unknown(served: Callable[..., Case]) -> None:
    case = served("embedded")
    near, whole = case.graph(accounts=[HUB]), case.graph()
    wanted = {key for start, end, key in whole.edges(keys=True) if HUB in {start, end}}
    assert {key for *_, key in near.edges(keys=True)} == wanted
    with pytest.raises(CaseError, match="names no account"):
        case.graph(accounts=["nobody"])

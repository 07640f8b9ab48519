"""What a case concludes, in Neo4j under a run id: equal to the dossier, tied to its facts, forgotten run by run."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from typer.testing import CliRunner

import tracer
from tracer import projection
from tracer.case import Case
from tracer.cli import app
from tracer.graph import neo4j_results
from tracer.graph.neo4j import Neo4jGraph
from tracer.graph.results import RESULTS, results_of
from tracer.model import CaseError, GraphError, Money


@pytest.fixture
def graph(served: Callable[..., Case]) -> Iterator[Neo4jGraph]:
    with projection.opened(served()) as graph:
        yield graph


def count(graph: Neo4jGraph, query: Any, **given: Any) -> Any:
    return graph._read(query, **given)[0][0]


def facts_of(graph: Neo4jGraph) -> tuple[int, int]:
    """Nodes and relationships of a case that are no results."""
    kept = "n.case = $case AND NOT n.noun IN ['Run', 'Result', 'Case']"
    nodes = count(graph, f"MATCH (n:Tracer) WHERE {kept} RETURN count(n)")
    links = count(
        graph, f"MATCH (n:Tracer)-[x]->(m:Tracer) WHERE {kept} AND NOT m.noun IN ['Run', 'Result'] RETURN count(x)"
    )
    return nodes, links


# results ---------------------------------------------------------------------------------------------------------------


def test_the_graph_holds_every_row_as_it_was_concluded(served: Callable[..., Case], graph: Neo4jGraph) -> None:
    found = results_of(served().dossier())
    there = neo4j_results.read_run(graph, found.id)
    for kind in RESULTS:
        wanted = found.tables[kind].sort_by("id")
        assert there[kind].num_rows == wanted.num_rows
        assert there[kind].sort_by("id").to_pylist() == wanted.to_pylist(), kind
    assert count(graph, "MATCH (r:Run {case: $case})-[:FOUND]->(n:Result) RETURN count(n)") == found.count()


def test_the_figures_are_the_traces_own(served: Callable[..., Case]) -> None:
    made = served().dossier()
    rows = {row["target"]: row for row in results_of(made).tables["target"].to_pylist()}
    assert set(rows) == {t.target for t in made.trace.targets}
    for target in made.trace.targets:
        row = rows[target.target]
        assert (row["floor"], row["ceiling"], row["recorded"]) == (
            target.bounds.floor,
            target.bounds.ceiling,
            target.recorded,
        )
        assert {rule: row[rule] for rule in made.trace.rules} == target.by_rule
    held = {(r["account_key"], r["figure"]): r for r in results_of(made).tables["passed"].to_pylist()}
    for account in made.trace.accounts:
        for rule, amount in account.rows[-1].held.items():
            assert held.get((account.account, "held"), {}).get(rule, 0) == amount


def test_what_goes_out_of_one_account_comes_into_the_next(served: Callable[..., Case]) -> None:
    """Both legs of a transfer between held accounts carry the same traced amount where its currency is one."""
    made = served().dossier()
    one_currency = {t.id for t in made.transfers if t.debit and t.credit and t.amount_out == t.amount_in}
    sides: dict[str, dict[str, Any]] = {}
    for row in results_of(made).tables["traced"].to_pylist():
        if row["transfer"] in one_currency:
            sides.setdefault(row["transfer"], {})[row["side"]] = row
    pairs = [both for both in sides.values() if len(both) == 2]
    assert pairs
    for both in pairs:
        absorbed = {rule: both["out"][rule] - both["in"][rule] for rule in made.trace.rules}
        assert all(amount >= 0 for amount in absorbed.values()), absorbed


def test_a_result_is_tied_to_what_it_is_about(served: Callable[..., Case], graph: Neo4jGraph) -> None:
    made = served().dossier()
    found = results_of(made)
    tied = dict(
        graph._read(
            "MATCH (n:Result {case: $case, run: $run})-[:ABOUT]->(f) WITH n.kind AS kind, f.noun AS noun, count(*) AS n "
            "RETURN kind + ' ' + noun, n",
            run=found.id,
        )
    )
    assert tied["traced transfer"] == sum(1 for r in found.tables["traced"].to_pylist() if r["transfer"])
    assert tied["traced Account"] == found.tables["traced"].num_rows
    assert tied["target asset"] == len(made.assets)
    assert tied["verdict Party"] == sum(len({v.target, *v.person.split("+")}) for v in made.verdicts)
    assert tied["effect Result"] == found.tables["effect"].num_rows
    loose = "MATCH (n:Result {case: $case, run: $run}) WHERE n.kind IN ['traced', 'passed', 'verdict'] AND NOT (n)-[:ABOUT]->() RETURN count(n)"
    assert count(graph, loose, run=found.id) == 0


def test_a_grade_stands_on_the_arrow_to_the_institution(served: Callable[..., Case], graph: Neo4jGraph) -> None:
    made = served().dossier()
    graded = graph._read(
        "MATCH (t:Transaction {case: $case})-[v:VIA]->(i:Institution) WHERE v.grade IS NOT NULL RETURN t.id, i.key, v.grade, v.grade_run"
    )
    assert graded
    allowed = {(w.transfer, us.id, us.grade) for w in made.wires for us in w.us}
    for transfer, key, grade, run in graded:
        assert run == results_of(made).id
        assert (transfer, key, grade) in allowed or (transfer, key.removesuffix("XXX"), grade) in allowed
    assert {(transfer, grade) for transfer, _, grade, _ in graded} == {(t, grade) for t, _, grade in allowed}


# runs ------------------------------------------------------------------------------------------------------------------


def test_writing_again_writes_nothing(served: Callable[..., Case], graph: Neo4jGraph) -> None:
    before = facts_of(graph), count(graph, "MATCH (n:Result {case: $case}) RETURN count(n)")
    told = served().graph_results(write=True)
    assert "nothing was written" in told.foot
    assert (facts_of(graph), count(graph, "MATCH (n:Result {case: $case}) RETURN count(n)")) == before
    assert [row["state"] for row in served().graph_runs()] == ["as it stands"]


def test_forgetting_a_run_takes_out_exactly_it_and_the_grade_of_the_other_comes_back(
    served: Callable[..., Case], graph: Neo4jGraph
) -> None:
    case = served()
    facts, whole = facts_of(graph), results_of(case.dossier())
    other = results_of(case.dossier(("libr",)))
    assert other.id != whole.id
    stands = projection._wanted(case)
    assert neo4j_results.write(graph, other, stands=stands, by="B", at="2025-07-02T00:00:00Z") == other.count()
    grades = "MATCH (:Transaction {case: $case})-[v:VIA]->() WHERE v.grade IS NOT NULL RETURN DISTINCT v.grade_run"
    assert graph._read(grades) == [[other.id]]
    told = case.graph_forget(other.id[:8])
    assert [(row["run"], row["results"]) for row in told] == [(other.id, other.count())]
    assert count(graph, "MATCH (n:Result {case: $case, run: $run}) RETURN count(n)", run=other.id) == 0
    assert graph._read(grades) == [[whole.id]]
    assert facts_of(graph) == facts
    assert {row["run"]: row["results"] for row in case.graph_runs()} == {whole.id: whole.count()}
    assert case.graph_check().check() == ()


def test_forgetting_everything_leaves_the_facts_and_it_can_be_written_again(
    served: Callable[..., Case], graph: Neo4jGraph
) -> None:
    case = served()
    facts, found = facts_of(graph), results_of(case.dossier())
    case.graph_forget(found.id)
    assert facts_of(graph) == facts
    assert count(graph, "MATCH ()-[v:VIA]->() WHERE v.grade_run = $run RETURN count(v)", run=found.id) == 0
    with pytest.raises(GraphError, match="holds no run"):
        case.graph_results()
    case.graph_results(write=True)
    assert neo4j_results.read_run(graph, found.id)["target"].num_rows == found.tables["target"].num_rows


def test_a_run_that_was_stopped_half_way_is_told_and_written_again(
    served: Callable[..., Case], graph: Neo4jGraph
) -> None:
    case = served()
    found = results_of(case.dossier())
    neo4j_results._run(graph, "MATCH (r:Run {case: $case, id: $run}) SET r.whole = false", run=found.id)
    neo4j_results._run(graph, "MATCH (n:Result {case: $case, run: $run}) WITH n LIMIT 40 DETACH DELETE n", run=found.id)
    assert "half-written" in case.graph_runs().check()[0]
    assert f"{found.count():,} new" in case.graph_results(write=True).foot
    assert case.graph_runs().check() == ()


def test_results_are_not_written_beside_other_facts(served: Callable[..., Case], graph: Neo4jGraph) -> None:
    stands = projection._wanted(served()) | {"head": "0" * 64}
    with pytest.raises(GraphError, match="does not stand where the ledger does"):
        neo4j_results.write(graph, results_of(served().dossier()), stands=stands, by="B", at="")


@pytest.mark.parametrize("begun", ["zzz", ""])
def test_a_run_that_is_none_is_told(begun: str, served: Callable[..., Case]) -> None:
    with pytest.raises((GraphError, CaseError), match=r"No run"):
        served().graph_forget(begun)


# the display layer -----------------------------------------------------------------------------------------------------


def test_sent_is_the_sum_of_the_transfers_per_pair_and_currency(served: Callable[..., Case], graph: Neo4jGraph) -> None:
    wanted: dict[tuple[str, str, str], list[Any]] = {}
    for t in served().dossier().transfers:
        undoes = any(served().dossier().postings[line].reversal for line in t.postings)
        if t.debit_account and t.credit_account and not t.reversed_by and not undoes:
            currency = t.currency_out if t.amount_out is not None else t.currency_in or t.currency_out
            wanted.setdefault((t.debit_account, t.credit_account, currency), []).append(t)
    there = {(row["payer"], row["payee"], row["currency"]): row for row in neo4j_results.sent(graph)}
    assert set(there) == set(wanted)
    for key, some in wanted.items():
        amounts = [t.amount_out if t.amount_out is not None else t.amount_in for t in some]
        days = [t.date_out or t.date_in for t in some]
        assert there[key]["total"] == sum(a for a in amounts if a is not None)
        assert (there[key]["count"], there[key]["unstated"]) == (len(some), amounts.count(None))
        assert (there[key]["first"], there[key]["last"]) == (min(days), max(days))
    printed = graph._read("MATCH (a:Account {case: $case})-[s:SENT]->() RETURN s.printed, s.total, s.currency")
    assert all(str(Money(total, currency)) == said for said, total, currency in printed)


def test_sent_follows_the_graph_when_it_is_made_anew_and_when_a_transfer_goes(
    harbour_copy: Callable[..., Case], served: Callable[..., Case], tmp_path: Any
) -> None:
    copy = harbour_copy(tmp_path / "case").folder
    text = (copy / "case.yaml").read_text("utf-8")
    (copy / "case.yaml").write_text(text.replace("HARBOUR-2025-001", f"SENT-{tmp_path.name}-{id(copy)}"), "utf-8")
    case = tracer.open(copy, by="A. Officer", graph=served().graph_choice)
    case.graph_sync()
    with projection.opened(case) as graph:
        try:
            first = neo4j_results.sent(graph)
            assert first
            case.graph_sync()
            assert neo4j_results.sent(graph) == first
            case.graph_rebuild()
            assert neo4j_results.sent(graph) == first
            joined = next(t for t in case.dossier().transfers if t.debit and t.credit and t.judgements)
            case.judge(joined.debit, joined.credit, "different", reason="to take one transfer apart")
            case.graph_sync()
            made = case.dossier()
            moved = [
                t
                for t in made.transfers
                if t.debit_account
                and t.credit_account
                and not t.reversed_by
                and not any(made.postings[line].reversal for line in t.postings)
            ]
            now = neo4j_results.sent(graph)
            assert sum(row["count"] for row in now) == len(moved) > sum(row["count"] for row in first)
        finally:
            graph.clear()


# the terminal, the style -----------------------------------------------------------------------------------------------


def test_runs_results_and_forget_at_the_terminal(served: Callable[..., Case]) -> None:
    case = served()
    place = ["--graph", case.graph_choice, "--case", str(case.folder)]
    run = results_of(case.dossier()).id
    for words, said in ((["runs"], run), (["results", run[:6]], "target"), (["forget", run[:6]], run), (["results", "--write"], "new in")):  # fmt: skip
        done = CliRunner().invoke(app, ["graph", *words, *place])
        assert done.exit_code == 0, done.output
        assert said in done.output


def test_without_a_server_nothing_is_written_and_the_sentence_says_why(served: Callable[..., Case]) -> None:
    with pytest.raises(GraphError, match="has no graph server"):
        served("embedded").graph_results(write=True)

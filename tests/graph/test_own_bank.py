"""Two accounts of one bank whose lines name each other by the bare number, as many banks print it: what a question may say."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest

import tracer
from tests.graph.test_step import with_graph
from tracer import asking, projection
from tracer.batches import to_table, transfer_table
from tracer.case import Case
from tracer.graph import Embedded, neo4j_cypher
from tracer.graph.neo4j import Neo4jGraph
from tracer.graph.neo4j_rows import hub
from tracer.model import CaseError, Cite, Posting, Transfer, fact_id
from tracer.queries import bound, question

ALPHA, BETA, EURO = "447000000001", "447000000002", "777000000007"
HEADER = "Date,Description,Amount,Currency,Balance,Reference,Party,PartyAccount,OAmt,OCur"
LINES = {
    ALPHA: (
        "2024-03-01,IN,50000.00,USD,50000.00,P1,Payer Ltd,999000000009,,",
        f"2024-03-04,OUT,-20000.00,USD,30000.00,T1,Beta Ltd,{BETA},,",
        f"2024-03-04,IN,5000.00,USD,35000.00,T2,Beta Ltd,{BETA},,",
        f"2024-03-15,OUT,-3333.33,USD,31666.67,G1,Euro Sarl,{EURO},3000.00,EUR",
    ),
    BETA: (
        f"2024-03-04,IN,20000.00,USD,20000.00,T1,Alpha Ltd,{ALPHA},,",
        f"2024-03-04,OUT,-5000.00,USD,15000.00,T2,Alpha Ltd,{ALPHA},,",
    ),
}
PROFILE = """profile: own_bank/1
match: {header: ["Date","Description","Amount","Currency","Balance","Reference"], sheet: 0}
file: {encoding: utf-8, delimiter: ",", quote: '"', skip_rows: auto, header_row: find, blank_rows: skip}
account: {scope: file, from: {preamble: "Account ([0-9]{12})"}}
currency: {scope: row, column: "Currency"}
dates: {booked: {column: "Date", formats: ["%Y-%m-%d"]}, time: null}
amount: {mode: signed, column: "Amount"}
numbers: {decimal: ".", thousands: ",", negative: ["-"]}
balance: {column: "Balance", order: oldest_first}
references: {owner: "Reference"}
counterparty: {name: "Party", account: "PartyAccount"}
original: {amount: "OAmt", currency: "OCur"}
details: ["Description"]
"""


@pytest.fixture(scope="module")
def own(neo4j: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Case]]:
    """`own(graph)`: the case as the server answers ("") or without it ("embedded")."""
    folder = tmp_path_factory.mktemp("own")
    profile = folder / "profile.yaml"
    profile.write_text(PROFILE, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRACER_NEO4J_USER", neo4j.user)
        patch.setenv("TRACER_NEO4J_PASSWORD", neo4j.password)
        case = tracer.new(folder / "case", id="OWN-1", as_of="2026-01-01", by="A. Officer")
        for account, lines in LINES.items():
            path = folder / f"{account}.csv"
            path.write_text("\n".join((f"Account {account}", HEADER, *lines, "")), "utf-8")
            case.load(path, answers={"profile": str(profile)})
        with_graph(case, neo4j.uri)
        case.graph_sync()
        yield lambda graph: tracer.open(case.folder, by="A. Officer", graph=graph)
        with projection.opened(case) as graph:
            graph.clear()


GRAPHS = pytest.mark.parametrize("graph", ["", "embedded"])


@GRAPHS
def test_a_number_of_two_accounts_is_refused_with_both_and_each_can_be_asked_for(
    graph: str, own: Callable[[str], Case]
) -> None:
    ask = own(graph).ask
    for given in (ALPHA, "447 000000 001", f"0{ALPHA}"):
        with pytest.raises(CaseError, match="names more than one account") as told:
            ask.payers_of(account=given)
        assert told.value.next_call == f"one of ::{ALPHA} (its own lines are in the case), ={ALPHA}"
    assert len(ask.account_lines(account=f"::{ALPHA}")) == len(LINES[ALPHA])
    assert len(ask.account_lines(account=f"={ALPHA}")) == 0
    assert [row["payer"] for row in ask.payers_of(account=f"={ALPHA}")] == [f"::{BETA}"]
    assert len(ask.payers_of(account=EURO)) == 1, "a number that only one account has needs no sign"
    with pytest.raises(CaseError, match="names no account"):
        ask.payers_of(account=f"={ALPHA[:-1]}")


@GRAPHS
def test_what_the_statement_prints_first_did_not_follow(graph: str, own: Callable[[str], Case]) -> None:
    """20,000 left and 5,000 came back on one day: both statements print them so, whatever the ids of the transfers."""
    ask = own(graph).ask
    backs = [(str(r["amount"]), str(r["returned"]), r["told_by"]) for r in ask.there_and_back()]
    assert set(backs) == {("USD 20,000.00", "USD 5,000.00", "statement")}
    between = ask.payments_between(one=f"::{ALPHA}", other=f"={BETA}")
    assert [(str(row["amount"]), row["told_by"]) for row in between] == [
        ("USD 20,000.00", "statement"),
        ("USD 5,000.00", "statement"),
    ]
    assert {(str(r["went_out"]), r["told_by"]) for r in ask.onward(account=f"::{ALPHA}")} == {
        ("USD 5,000.00", "statement")
    }
    assert [r["told_by"] for r in ask.passed_on(percent=60) if r["account"] == f"::{ALPHA}"] == []


@GRAPHS
def test_an_answer_that_lists_payments_says_how_many_candidates_are_open(
    graph: str, own: Callable[[str], Case]
) -> None:
    case = own(graph)
    many = len(case.candidates())
    assert many
    said = f"{many} candidate{'s' if many > 1 else ''} of one payment not answered"
    assert said in case.ask.largest_transfers(currency="USD").foot
    assert said in case.ask.payers_of(account=EURO).foot
    assert "candidate" not in case.ask.account_lines(account=f"::{ALPHA}").foot


@GRAPHS
def test_what_nobody_shows_is_not_said_to_have_arrived(graph: str, own: Callable[[str], Case]) -> None:
    """The line of the payer prints USD 3,333.33 and the original EUR 3,000.00; no record of the payee is there."""
    ask = own(graph).ask
    (paid,) = ask.payers_of(account=EURO)
    assert str(paid["total"]) == "EUR 3,000.00"
    less = [(str(r["left_as"]), str(r["arrived_as"]), r["payee"]) for r in ask.less_arrived()]
    assert ("USD 3,333.33", "EUR 3,000.00", EURO) in less
    assert {str(r["total"]) for r in ask.payees_of(account=f"::{ALPHA}")} == {"USD 20,000.00", "USD 3,333.33"}
    (paid,) = ask.payments_between(one=f"::{ALPHA}", other=EURO)
    assert (str(paid["amount"]), str(paid["arrived"])) == ("USD 3,333.33", "EUR 3,000.00")


def test_an_iban_is_the_account_whose_key_it_gives_and_a_sort_code_is_none() -> None:
    iban, key = "DE89370400440532013000", "DE:37040044:532013000"
    known = [{"key": key, "names": "", "held": True}, {"key": "GB:NWBK601613:31926819", "names": ""}]
    assert (
        asking._meant("account", iban, known) == asking._meant("account", "DE89 3704 0044 0532 0130 00", known) == key
    )
    printed = [*known, {"key": iban, "names": ""}]  # another side prints it, and no record says that the two are one
    with pytest.raises(CaseError, match="more than one account") as told:
        asking._meant("account", iban, printed)
    assert told.value.next_call == f"one of {key} (its own lines are in the case), ={iban}"
    assert asking._meant("account", f"={iban}", printed) == iban
    with pytest.raises(CaseError, match="names no account"):
        asking._meant("account", "601613", known)


DAY = date(2024, 1, 5)


def moved(name: str, payer: str, payee: str, lines: tuple[str, ...] = ()) -> Transfer:
    return Transfer(name, lines, (), "", "", payer, payee, 100, "USD", 100, "USD", DAY, DAY)


@pytest.fixture
def one_day(scoped: Callable[..., Neo4jGraph]) -> Callable[..., list[dict[str, Any]]]:
    """Both graphs of payments of one day: A and B by two statements that differ, C and D by none, E, F, G in a ring by one."""
    printed = {"s1": ("to B", "to A"), "s2": ("to A", "to B"), "s3": ("E F", "F G")}
    lines = {
        (statement, name): Posting(Cite("e" * 64, f"{statement} {name}"), statement, "USD", 100, n, statement)
        for statement, names in printed.items()
        for n, name in enumerate(names, 1)
    }
    ids = {name: tuple(fact_id("posting", p.cite) for (_, one), p in lines.items() if one == name) for _, name in lines}
    transfers = [
        moved("t1", "A", "B", ids["to B"]),
        moved("t2", "B", "A", ids["to A"]),
        moved("t3", "C", "D"),
        moved("t4", "D", "C"),
        moved("t5", "E", "F", ids["E F"]),
        moved("t6", "F", "G", ids["F G"]),
        moved("t7", "G", "E"),
    ]
    there, here = scoped(), Embedded()
    there.ensure_schema()
    for kind, table in (("posting", to_table("posting", [*lines.values()])), ("transfer", transfer_table(transfers))):
        there.append(kind, table, head="h")
        here.append(kind, table, head="h")

    def answers(name: str, **values: str) -> list[dict[str, Any]]:
        one = question(name)
        given = bound(one, values)
        ids = {f"{p.name}_id": hub("Account", given[p.name]) for p in one.parameters if p.type == "account"}
        rows = one.rows(neo4j_cypher.ask(there, one.cypher, given | ids))
        assert rows == one.rows(here.ask(one.sql, given, {}))
        return [dict(zip((c.name for c in one.columns), row, strict=True)) for row in rows]

    return answers


def test_where_no_record_orders_two_payments_of_a_day_the_row_says_so(
    one_day: Callable[..., list[dict[str, Any]]],
) -> None:
    unknown = "same day; the records do not order the two"
    assert {(r["transfer"], r["back_transfer"], r["told_by"]) for r in one_day("there_and_back")} == {
        (first, second, unknown) for first, second in (("t1", "t2"), ("t2", "t1"), ("t3", "t4"), ("t4", "t3"))
    }
    assert [r["told_by"] for r in one_day("payments_between", one="C", other="D")] == [
        "same day; the records do not order them"
    ] * 2
    assert [(r["transfer"], r["told_by"]) for r in one_day("onward", account="E")] == [("t6", "statement")]
    rings = {r["start"]: (r["ways"], r["unordered"]) for r in one_day("round_trips")}
    assert rings == {"E": (1, 1), "F": (1, 1), "G": (1, 1)}

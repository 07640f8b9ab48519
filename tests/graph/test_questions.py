"""Thirty questions and more: each in two languages, read-only, limited to one case, and answered alike by both graphs."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from typer.testing import CliRunner

import tracer
from tracer.batches import to_table, transfer_table
from tracer.case import Case
from tracer.cli import app
from tracer.graph import Embedded, neo4j_cypher
from tracer.graph.neo4j import Neo4jGraph
from tracer.graph.neo4j_rows import hub
from tracer.model import (
    Aggregate,
    CaseError,
    Cite,
    GraphError,
    Interest,
    Message,
    Money,
    Party,
    Posting,
    Reconciliation,
    Reject,
    Transfer,
)
from tracer.queries import bound, question, questions

#: What the sample case is asked where a question needs a value.
GIVEN = {
    "account": "447882001838",
    "one": "HK:QXHKHKHH:447882001838",
    "other": "AE:099:447120016",
    "payer": "447882001838",
    "payee": "DE:50099900:532013000",
    "currency": "USD",
    "since": "2024-03-01",
    "until": "2024-06-30",
    "text": "lin",
    "transfer": "0030bbac",
    "institution": "QXM",
}
PARTY = {"accounts_of": "brightwater", "holdings_of": "lin-meiyao", "behind": "09990033"}


def given(name: str) -> dict[str, Any]:
    needed = [p.name for p in question(name).parameters if p.default is None]
    return {n: PARTY.get(name, "09990033") if n == "party" else GIVEN[n] for n in needed}


@pytest.mark.parametrize("name", sorted(questions()))
def test_a_question_is_a_sentence_in_two_languages_and_is_limited_to_one_case(name: str) -> None:
    one = question(name)
    assert re.fullmatch(r"[A-Z].*[.?)]", one.en)
    assert re.search(r"[\u4e00-\u9fff].*[？。）]$", one.zh)
    assert "$case" in one.cypher or "$run" in one.cypher
    assert not re.search(r"\b(CREATE|MERGE|SET|DELETE|REMOVE|LOAD|DROP|INSERT|UPDATE)\b", one.cypher + one.sql)
    for parameter in one.parameters:
        assert parameter.words
        assert re.search(rf"\${parameter.name}(_id|_currency|_folded)?\b", one.cypher), parameter.name


def test_there_are_thirty_and_more_and_most_need_no_server() -> None:
    assert len(questions()) >= 30
    assert sum(1 for q in questions().values() if q.sql) >= 30


@pytest.mark.parametrize("name", [n for n, q in sorted(questions().items()) if q.sql])
def test_both_graphs_answer_alike(name: str, served: Callable[..., Case]) -> None:
    there, here = served().ask(name, **given(name)), served("embedded").ask(name, **given(name))
    assert there.rows == here.rows
    assert there.columns == here.columns
    assert there.check() == ()


#: Questions to which the sample case answers nothing: they are asked of rows made for them below.
EMPTY = {"same_address", "set_aside", "unreconciled", "messages_alone", "stated_sums"}


@pytest.mark.parametrize("name", sorted(questions().keys() - EMPTY))
def test_the_sample_case_has_an_answer(name: str, served: Callable[..., Case]) -> None:
    assert len(served().ask(name, **given(name)))


@pytest.mark.parametrize("name", [n for n, q in sorted(questions().items()) if not q.sql])
def test_what_only_neo4j_can_answer_says_so(name: str, served: Callable[..., Case]) -> None:
    with pytest.raises(GraphError, match="needs Neo4j"):
        served("embedded").ask(name, **given(name))


# figures that are known without asking ---------------------------------------------------------------------------------


def test_the_property_of_the_graph_is_the_property_of_the_trace(served: Callable[..., Case]) -> None:
    case = served()
    told = {row["target"]: row for row in case.ask("property")}
    for target in case.dossier().trace.targets:
        if target.bounds.ceiling:
            row = told[target.name]
            assert row["floor"] == Money(target.bounds.floor, target.currency)
            assert row["ceiling"] == Money(target.bounds.ceiling, target.currency)
            assert {rule: row[rule].minor for rule in target.by_rule} == target.by_rule
    house = next(row for name, row in told.items() if "Lantern Cove" in name)
    assert (str(house["floor"]), str(house["libr"]), str(house["ceiling"])) == (
        "USD 210,000.00",
        "USD 510,000.00",
        "USD 640,000.00",
    )


def test_the_money_that_went_there_and_back_is_found(served: Callable[..., Case]) -> None:
    rows = list(served().ask("there_and_back", days=30))
    assert ("HK:QXHKHKHH:447882001838", "AE:099:447120016") in {(row["payer"], row["payee"]) for row in rows}
    assert all(row["back"] >= row["paid"] for row in rows)


def test_reach_in_three_transfers_is_what_the_graph_itself_reaches(served: Callable[..., Case]) -> None:
    key = "HK:QXHKHKHH:447882001838"
    for graph in ("", "embedded"):
        case = served(graph)
        opened = case.projected()
        reached = opened.reach([key], since=date(2024, 3, 1), hops=3).to_pylist()
        wanted = {row["account_key"]: (row["hop"], row["earliest"]) for row in reached}
        asked = case.ask("reachable", account=key, since="2024-03-01")
        assert {r["account"]: (r["hops"], r["earliest"]) for r in asked} | {key: (0, date(2024, 3, 1))} == wanted
        if isinstance(opened, Neo4jGraph):
            opened.close()


@pytest.mark.parametrize("graph", ["", "embedded"])
def test_the_accounts_of_the_graph_are_those_of_the_question(graph: str, served: Callable[..., Case]) -> None:
    case = served(graph)
    opened = case.projected()
    asked = {(row["account"], row["currency"]): row for row in case.ask.accounts()}
    for held in opened.accounts().to_pylist():
        row = asked.pop((held["account_key"], held["currency"]))
        assert (row["lines"], row["first"], row["last"]) == (held["postings"], held["first"], held["last"])
        assert (row["came_in"].minor, row["went_out"].minor) == (held["credits"], held["debits"])
    assert not asked
    if isinstance(opened, Neo4jGraph):
        opened.close()


# rows made for what the sample case does not show ----------------------------------------------------------------------

SHA = "d" * 64


def _both(scoped: Callable[..., Neo4jGraph]) -> tuple[Neo4jGraph, Embedded]:
    nouns: dict[str, list[Any]] = {
        "party": [
            Party(Cite(SHA, f"row={n}"), name, "entity", address="1 Quay", jurisdiction="XX")
            for n, name in enumerate(("a", "b", "c"))
        ]
        + [Party(Cite(SHA, "row=9"), "d", "entity")],
        "interest": [
            Interest(Cite(SHA, "i=1"), "i1", "a", "b", "shareholding", "1/2", "1/2"),
            Interest(Cite(SHA, "i=2"), "i2", "b", "c", "shareholding"),
            Interest(Cite(SHA, "i=3"), "i3", "c", "a", "shareholding"),
        ],
        "posting": [
            Posting(Cite(SHA, "l=1"), "A", "USD", -100, 1, account_key="A", booked=date(2024, 1, 5)),
            Posting(Cite(SHA, "l=2"), "B", "USD", 100, 1, account_key="B"),
            Posting(Cite(SHA, "l=3"), "A", "USD", -100, 1, account_key="A", booked=date(2024, 1, 6)),
            Posting(Cite(SHA, "l=4"), "A", "USD", 9, 2, account_key="A", booked=date(2024, 1, 8), reversal=True),
        ],
        "message": [
            Message(Cite(SHA, "m=1"), "MT103", reference="R1", settled=5, settled_currency="USD"),
            Message(Cite(SHA, "m=2"), "MT103", reference="R2", settled=6, settled_currency="JPY"),
        ],
        "aggregate": [
            Aggregate(
                Cite(SHA, "row=1"), "s1", "A", "B", 500, "USD", 2, date(2024, 1, 1), date(2024, 2, 1), reporter="R"
            ),
            Aggregate(Cite(SHA, "row=2"), "s2", "A", "B"),
        ],
        "reject": [Reject(Cite(SHA, "l=7#amount"), "x", "amount", "amount-unreadable", "no number")],
        "reconciliation": [
            Reconciliation(Cite(SHA, "s=1"), "sum", "off", "A", "USD", 10, 7, -3),
            Reconciliation(Cite(SHA, "s=2"), "sum", "ok", "A", "USD", 10, 10, 0),
        ],
    }
    tables = {kind: to_table(kind, some) for kind, some in nouns.items()}
    lines, sent = tables["posting"]["id"].to_pylist(), tables["message"]["id"].to_pylist()
    plain = Transfer(
        "t1", (lines[0], lines[2]), (sent[0],), lines[0], "", "A", "B", 100, "USD", None, "", date(2024, 1, 5), None
    )
    moved = [
        plain,
        replace(plain, id="t2", postings=(), messages=(sent[1],), debit="", debit_account="", credit_account="B"),
        replace(plain, id="t3", postings=(), messages=(), reversed_by="t1", date_out=None, date_in=date(2024, 1, 6)),
        replace(
            plain, id="t4", postings=(), amount_out=None, currency_out="", amount_in=7, currency_in="USD", messages=()
        ),
        replace(
            plain, id="t5", postings=(), debit_account="B", credit_account="A", date_out=date(2024, 1, 9), messages=()
        ),
        replace(
            plain,
            id="t6",
            postings=(lines[3],),
            debit="",
            credit=lines[3],
            debit_account="B",
            credit_account="A",
            amount_in=9,
            currency_in="USD",
            messages=(),
        ),
    ]
    there, here = scoped(), Embedded()
    there.ensure_schema()
    for kind, table in (*tables.items(), ("transfer", transfer_table(moved))):
        assert there.append(kind, table, head="h") == here.append(kind, table, head="h")
    return there, here


@pytest.mark.parametrize(
    "name", [n for n, q in sorted(questions().items()) if q.sql and not q.of_run and n != "judgements"]
)
def test_both_graphs_answer_alike_where_amounts_days_and_ends_are_missing(
    name: str, scoped: Callable[..., Neo4jGraph]
) -> None:
    there, here = _both(scoped)
    one = question(name)
    values = bound(
        one,
        {
            p.name: {"account": "A", "party": "a", "text": "t", "currency": "USD", "day": "2024-01-01"}[p.type]
            if p.name not in {"other", "payee", "until"}
            else {"other": "B", "payee": "B", "until": "2024-12-31"}[p.name]
            for p in one.parameters
            if p.default is None
        }
        | {p.name: {"least": "USD 0.01", "unit": "USD 0.10"}[p.name] for p in one.parameters if p.type == "money"},
    )
    ids = {
        f"{p.name}_id": hub(p.type.title(), values[p.name]) for p in one.parameters if p.type in {"account", "party"}
    }
    folded = {f"{p.name}_folded": values[p.name] for p in one.parameters if p.type == "text"}
    rows = one.rows(neo4j_cypher.ask(there, one.cypher, values | ids | folded))
    assert rows == one.rows(here.ask(one.sql, values, {}))
    if name in EMPTY:
        assert rows


def test_an_amount_that_no_record_states_adds_nothing_and_is_not_zero(scoped: Callable[..., Neo4jGraph]) -> None:
    there, _ = _both(scoped)
    one = question("payments_on")
    rows = one.rows(neo4j_cypher.ask(there, one.cypher, bound(one, {"since": "2024-01-01", "until": "2024-12-31"})))
    assert [row[3] for row in rows if row[4] == "t4"] == [None]


def _answers(name: str, scoped: Callable[..., Neo4jGraph], **values: str) -> list[dict[str, Any]]:
    """Return the answer of both graphs to a question, which is one, by column."""
    there, here = _both(scoped)
    one = question(name)
    given = bound(one, values)
    ids = {f"{p.name}_id": hub(p.type.title(), given[p.name]) for p in one.parameters if p.type in {"account", "party"}}
    folded = {f"{p.name}_folded": given[p.name].lower() for p in one.parameters if p.type == "text"}
    rows = one.rows(neo4j_cypher.ask(there, one.cypher, given | ids | folded))
    assert rows == one.rows(here.ask(one.sql, given, {}))
    return [dict(zip((c.name for c in one.columns), row, strict=True)) for row in rows]


def test_a_line_that_two_records_print_counts_once(scoped: Callable[..., Neo4jGraph]) -> None:
    held = next(row for row in _answers("accounts", scoped) if row["account"] == "A")
    assert (held["lines"], held["came_in"], held["went_out"]) == (2, Money(9, "USD"), Money(100, "USD"))


def test_a_reversal_is_no_payment_and_lists_say_which_it_is(scoped: Callable[..., Neo4jGraph]) -> None:
    assert {row["total"] for row in _answers("payers_of", scoped, account="A")} == {None}
    told = _answers("payments_on", scoped, since="2024-01-01", until="2024-12-31")
    assert {row["transfer"]: row["note"] for row in told} == {
        "t1": "", "t2": "", "t3": "reversed", "t4": "", "t5": "", "t6": "reversal"
    }  # fmt: skip


def test_the_sample_counts_no_reversal_as_a_payment(served: Callable[..., Case]) -> None:
    """The bank booked 50,000 back on 5 April: nobody paid it, and nobody was paid it on 2 April."""
    for graph in ("", "embedded"):
        ask = served(graph).ask
        payers = {row["payer"]: row["total"] for row in ask.payers_of(account="HK:QXHKHKHH:447882001838")}
        payees = {row["payee"]: row["total"] for row in ask.payees_of(account="HK:QXHKHKHH:447882001838")}
        assert "GB86QXUK20998855779911" not in payers
        assert "GB86QXUK20998855779911" not in payees
        notes = {row["note"] for row in ask.payments_on(since="2024-04-01", until="2024-04-05")}
        assert {"reversed", "reversal"} <= notes


def test_a_difference_of_money_is_printed_as_money_and_a_count_as_a_number(scoped: Callable[..., Neo4jGraph]) -> None:
    (row,) = _answers("unreconciled", scoped)
    assert [str(row[name]) for name in ("expected", "found", "difference")] == ["USD 0.10", "USD 0.07", "USD -0.03"]
    one = question("unreconciled")
    (count,) = one.rows([{c.name: 3 if c.type == "figure" else "" for c in one.columns} | {"currency": ""}])
    assert count[2:5] == (3, 3, 3)


# asking ----------------------------------------------------------------------------------------------------------------


def test_names_complete_and_a_wrong_one_is_told(served: Callable[..., Case]) -> None:
    ask = served("embedded").ask
    assert {"payers_of", "property", "there_and_back"} <= set(dir(ask))
    answer = ask.payers_of(account="447882001838")
    assert answer == ask("payers_of", account="447882001838")
    assert "account 447882001838: HK:QXHKHKHH:447882001838" in answer.foot  # which account was taken for the number
    assert "Who paid into this account" in ask.payers_of.__doc__
    with pytest.raises(CaseError, match="'payer_of' is no question") as wrong:
        ask("payer_of")
    assert "payers_of" in wrong.value.next_call
    with pytest.raises(AttributeError):
        _ = ask.payer_of


@pytest.mark.parametrize(
    ("name", "parameters", "said"),
    [
        ("payers_of", {}, "payers_of needs account"),
        ("payers_of", {"acount": "1"}, "no parameter 'acount'"),
        ("largest_transfers", {"currency": "USD", "limit": "many"}, "limit of largest_transfers is a whole number"),
        ("largest_transfers", {"currency": "USD", "limit": 2.5}, "whole number"),
        ("largest_transfers", {"currency": "USD", "limit": -1}, "whole number from 0"),
        ("onward", {"account": "447882001838", "days": 10**12}, "whole number from 0"),
        ("largest_transfers", {"currency": "dollars"}, "a currency of ISO 4217"),
        ("round_amounts", {"unit": "XXQ 5"}, "an amount"),
        ("payments_on", {"since": "03/01/2024", "until": "2024-06-30"}, "a day, 2024-07-01"),
        ("round_amounts", {"unit": "10000"}, "an amount, USD 10000.00"),
        ("round_amounts", {"unit": 10000.0}, "an amount"),
        ("payers_of", {"account": "99999999999"}, "names no account"),
        ("payers_of", {"account": "7"}, "names more than one account"),
        ("behind", {"party": "Nobody At All"}, "names no party"),
    ],
)
@pytest.mark.parametrize("graph", ["", "embedded"])
def test_a_wrong_value_is_told_and_nothing_is_asked(
    name: str, parameters: dict[str, Any], said: str, graph: str, served: Callable[..., Case]
) -> None:
    with pytest.raises(CaseError, match=said):
        served(graph).ask(name, **parameters)


def test_a_currency_is_meant_in_small_letters_too(served: Callable[..., Case]) -> None:
    ask = served("embedded").ask
    assert ask.largest_transfers(currency="usd") == ask.largest_transfers(currency="USD")
    assert len(ask.largest_transfers(currency="usd"))


def test_a_name_is_found_by_what_is_printed_and_not_by_how_it_is_kept(served: Callable[..., Case]) -> None:
    assert not len(served("embedded").ask.find_party(text='"text"'))
    assert not len(served("embedded").ask.find_party(text="script"))


def test_a_party_is_meant_by_its_name(served: Callable[..., Case]) -> None:
    for graph in ("", "embedded"):
        case = served(graph)
        assert case.ask("behind", party="Harborline Residences LLC") == case.ask("behind", party="harborline")


def test_an_answer_of_a_graph_that_is_behind_says_so(
    harbour_copy: Callable[..., Case], served: Callable[..., Case], tmp_path: Any
) -> None:
    copy = harbour_copy(tmp_path / "case").folder
    (copy / "case.yaml").write_bytes((served().folder / "case.yaml").read_bytes())
    case = tracer.open(copy, by="A. Officer", graph=served().graph_choice)
    assert case.ask("accounts").check() == ()
    embedded = tracer.open(copy, by="A. Officer", graph="embedded")
    parties = sorted(embedded.dossier().parties)
    embedded.judge(parties[0], parties[1], "unsure", reason="to move the head of the decisions")
    told = case.ask("accounts")
    assert told.check()
    assert "behind the ledger" in told.foot
    with pytest.raises(GraphError, match="no results of the case as it stands"):
        case.ask("property")


def test_the_terminal_lists_and_asks(served: Callable[..., Case]) -> None:
    case = served()
    listed = CliRunner().invoke(app, ["ask", "--case", str(case.folder)])
    assert listed.exit_code == 0
    assert "payers_of" in listed.output
    words = ["ask", "payers_of", "-p", "account=447882001838", "--graph", case.graph_choice, "--case", str(case.folder)]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0
    assert "USD 1,200,000.00" in done.output
    assert case.graph_choice in done.output

"""One contract for every graph: a second implementation is one more entry of GRAPHS."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from tracer.batches import to_table, transfer_table
from tracer.graph import Embedded, Graph
from tracer.model import Cite, Interest, LedgerError, Name, Party, Posting, Transfer

SHA = "c" * 64
GRAPHS: dict[str, Callable[[pytest.FixtureRequest], Graph]] = {
    "embedded": lambda _request: Embedded(),
    "neo4j": lambda request: request.getfixturevalue("scoped")(),
}


@pytest.fixture(params=sorted(GRAPHS))
def graph(request: pytest.FixtureRequest) -> Graph:
    made = GRAPHS[request.param](request)
    made.ensure_schema()
    made.ensure_schema()
    return made


def posting(n: int, account: str, amount: int, day: int, **more: object) -> Posting:
    return Posting(
        Cite(SHA, f"line={n}"), account, "USD", amount, n, account_key=account, booked=date(2024, 1, day), **more
    )  # type: ignore[arg-type]


def transfer(name: str, start: str, end: str, day: int, amount: int = 100) -> Transfer:
    on = date(2024, 1, day)
    return Transfer(name, (), (), "", "", start, end, amount, "USD", amount, "USD", on, on)


def test_rows_are_inserted_once_and_never_overwritten(graph: Graph) -> None:
    rows = to_table("posting", [posting(1, "A", 100, 1), posting(2, "A", -40, 2)])
    assert graph.append("posting", rows, head="h1") == {"new": 2, "duplicate": 0, "conflict": 0}
    assert graph.append("posting", rows, head="h2") == {"new": 0, "duplicate": 2, "conflict": 0}
    other = to_table("posting", [posting(1, "A", 999, 1)])
    assert graph.append("posting", other, head="h3") == {"new": 0, "duplicate": 0, "conflict": 1}
    assert sorted(graph.lookup("posting", rows["id"].to_pylist())["amount"].to_pylist()) == [-40, 100]
    assert graph.head() == "h3"


def test_accounts_and_totals(graph: Graph) -> None:
    graph.append(
        "posting",
        to_table("posting", [posting(1, "A", 100, 3), posting(2, "A", -40, 9), posting(3, "B", 7, 1)]),
        head="h",
    )
    first, second = graph.accounts().to_pylist()
    assert (first["account_key"], first["credits"], first["debits"], first["postings"]) == ("A", 100, 40, 2)
    assert (first["first"], first["last"]) == (date(2024, 1, 3), date(2024, 1, 9))
    assert second["account_key"] == "B"
    assert {"kind": "posting", "currency": "USD", "rows": 3, "amount": 67} in graph.totals().to_pylist()


def test_a_line_that_several_records_print_counts_once(graph: Graph) -> None:
    lines = to_table(
        "posting", [posting(1, "A", 100, 3), posting(2, "A", 100, 4), posting(3, "A", 100, 5), posting(4, "A", -40, 9)]
    )
    graph.append("posting", lines, head="h")
    copies = [row["id"] for row in lines.to_pylist() if row["booked"] in {date(2024, 1, 3), date(2024, 1, 4)}]
    moved = Transfer("t", tuple(copies), (), "", copies[0], "", "A", 100, "USD", 100, "USD", date(2024, 1, 3), None)
    graph.append("transfer", transfer_table([moved]), head="h")
    (held,) = graph.accounts().to_pylist()
    assert (held["postings"], held["credits"], held["debits"]) == (3, 200, 40)
    assert (held["first"], held["last"]) == (date(2024, 1, 3), date(2024, 1, 9))


def test_an_entry_that_was_taken_back_moves_no_money(graph: Graph) -> None:
    lines = to_table("posting", [posting(1, "B", 50, 6, reversal=True), posting(2, "B", -50, 6)])
    graph.append("posting", lines, head="h")
    (undo,) = (row["id"] for row in lines.to_pylist() if row["reversal"])
    moved = [
        transfer("1", "A", "B", 5),
        replace(transfer("2", "B", "C", 6), postings=(undo,)),
        replace(transfer("3", "B", "D", 6), reversed_by="2"),
        transfer("4", "B", "E", 7),
    ]
    graph.append("transfer", transfer_table(moved), head="h")
    reached = graph.reach(["A"], since=date(2024, 1, 1), hops=3).to_pylist()
    assert [row["account_key"] for row in reached] == ["A", "B", "E"]


def test_money_cannot_arrive_before_it_left(graph: Graph) -> None:
    graph.append(
        "transfer",
        transfer_table(
            [
                transfer("1", "A", "B", 5),
                transfer("2", "B", "C", 4),
                transfer("3", "B", "D", 6),
                transfer("4", "D", "A", 9),
            ]
        ),
        head="h",
    )
    reached = {
        row["account_key"]: (row["hop"], row["earliest"])
        for row in graph.reach(["A"], since=date(2024, 1, 1), hops=9).to_pylist()
    }
    assert reached == {"A": (0, date(2024, 1, 1)), "B": (1, date(2024, 1, 5)), "D": (2, date(2024, 1, 6))}
    assert graph.reach(["A"], since=date(2024, 1, 1), hops=1).num_rows == 2


def test_transfers_between_days(graph: Graph) -> None:
    graph.append("transfer", transfer_table([transfer(str(n), "A", "B", n) for n in range(1, 6)]), head="h")
    assert graph.transfers(since=date(2024, 1, 2), until=date(2024, 1, 4))["id"].to_pylist() == ["2", "3", "4"]


def test_interests_on_a_date_as_known_on_a_date(graph: Graph) -> None:
    def held(n: int, **dates: date) -> Interest:
        return Interest(Cite(SHA, f"i={n}"), f"i{n}", "P", "X", "shareholding", **dates)  # type: ignore[arg-type]

    graph.append(
        "interest",
        to_table(
            "interest",
            [
                held(1, valid_from=date(2020, 1, 1), valid_to=date(2022, 1, 1)),
                held(2, valid_from=date(2022, 1, 1), known_from=date(2023, 1, 1)),
            ],
        ),
        head="h",
    )
    ask = lambda **when: graph.interests(**when)["record"].to_pylist()  # noqa: E731
    assert ask(as_of=date(2021, 12, 31)) == ["i1"]
    assert ask(as_of=date(2022, 1, 1)) == ["i2"]
    assert ask(as_of=date(2022, 1, 1), as_known=date(2022, 6, 1)) == []


@pytest.mark.parametrize("text", ["林浩", "' OR 1=1 --", "%", "\\", "DROP"])
def test_search_takes_text_as_text(graph: Graph, text: str) -> None:
    party = Party(Cite(SHA, "p=1"), "p", "person", (Name(f"x {text} y"),))
    graph.append(
        "party", to_table("party", [party, Party(Cite(SHA, "p=2"), "q", "person", (Name("nobody"),))]), head="h"
    )
    assert [row["kind"] for row in graph.search(text).to_pylist()] == ["party"]


def test_an_unknown_kind_is_told(graph: Graph) -> None:
    with pytest.raises(LedgerError, match="not a kind of fact"):
        graph.lookup("nodes; DROP", ["x"])

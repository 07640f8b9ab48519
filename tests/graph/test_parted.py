"""A payment in several records in the graph's questions: counted once on each side, by the whole or by its parts, in both graphs."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from tracer.batches import to_table, transfer_table
from tracer.graph import neo4j_cypher, neo4j_results
from tracer.graph.embedded import Embedded
from tracer.graph.neo4j import Neo4jGraph
from tracer.graph.neo4j_rows import hub
from tracer.match import conclude, movement, propose, together
from tracer.model import Charge, Cite, Message, PaymentParty, Posting, Transfer, fact_id
from tracer.parted import standings
from tracer.queries import bound, question

DAY = date(2024, 3, 18)
PAYER, ONE, OTHER = "447882001838", "990011223344", "810022334455"
Rows = dict[str, Posting | Message]


def line(place: int, account: str, amount: int, printed: str = "", **more: Any) -> Posting:
    return Posting(
        Cite(account[:1] * 64, f"line={place}"),
        account,
        "USD",
        amount,
        place,
        account_key=account,
        booked=more.pop("booked", DAY),
        value_date=DAY,
        counterparty_account=printed,
        **more,
    )


def order(number: int, amount: int, payee: str, **more: Any) -> Message:
    parties = (PaymentParty("debtor", "TERN LTD", "50K", PAYER), PaymentParty("creditor", "PAYEE", "59", payee))
    return Message(
        Cite("d" * 64, f"message={number}"),
        "MT103",
        "QXUKGB2L",
        "QXHKHKHH",
        reference=f"REF{number}",
        settled=amount,
        settled_currency="USD",
        settled_date=DAY,
        parties=parties,
        **more,
    )


#: What a person judged: the whole, then its parts. Whole dollars; the sum left the payer once in each of them.
BULK = [
    line(1, PAYER, -100_000),
    order(1, 30_000, ONE),
    order(2, 70_000, OTHER),
    line(2, ONE, 30_000, owner_reference="REF1"),
    line(3, OTHER, 70_000, owner_reference="REF2"),
]
ONE_SIDED = BULK[:3]
SPLIT = [line(1, PAYER, -100_000, ONE), line(2, ONE, 30_000, PAYER), line(3, ONE, 70_000, PAYER)]
UNNAMED = [line(1, ONE, 100_000), line(2, PAYER, -60_000), line(3, PAYER, -40_000)]
LINES = [
    order(1, 100_000, ONE),
    line(2, PAYER, -60_000),
    line(3, PAYER, -40_000),
    line(4, ONE, 100_000, owner_reference="REF1"),
]
CHARGED = [
    order(1, 100_000, ONE, charges=(Charge(2_500, "USD", "71G"),)),
    line(1, PAYER, -100_000, owner_reference="REF1"),
    line(2, PAYER, -2_500, details="CHARGES"),
]


@pytest.fixture
def graphs(scoped: Callable[..., Neo4jGraph]) -> Callable[[Sequence[Posting | Message]], tuple[Neo4jGraph, Embedded]]:
    def made(records: Sequence[Posting | Message]) -> tuple[Neo4jGraph, Embedded]:
        ids = [fact_id("posting" if isinstance(one, Posting) else "message", one.cite) for one in records]
        postings = {key: one for key, one in zip(ids, records, strict=True) if isinstance(one, Posting)}
        messages = {key: one for key, one in zip(ids, records, strict=True) if isinstance(one, Message)}
        said = together(
            ids[0], ids[1:3], decision="same", features=("decided_at=1",), by="A. Officer", on="2026-01-01", reason="r"
        )
        moved = conclude(postings, messages, (*propose(postings, messages, {}), *said))
        assert {t.in_parts for t in moved} - {""}
        return both(scoped, [*postings.values()], [*messages.values()], moved)

    return made


def both(
    scoped: Callable[..., Neo4jGraph], postings: list[Posting], messages: list[Message], moved: Sequence[Transfer]
) -> tuple[Neo4jGraph, Embedded]:
    there, here = scoped(), Embedded()
    there.ensure_schema()
    tables = {"posting": to_table("posting", postings), "message": to_table("message", messages)}
    listed = transfer_table(moved, {fact_id("message", m.cite): m for m in messages})
    for kind, table in (*tables.items(), ("transfer", listed)):
        assert there.append(kind, table, head="h") == here.append(kind, table, head="h")
    assert there.rows("transfer").equals(listed)
    return there, here


def answer(graphs: tuple[Neo4jGraph, Embedded], name: str, **values: Any) -> list[dict[str, Any]]:
    there, here = graphs
    one = question(name)
    given = bound(one, values)
    ids = {f"{p.name}_id": hub("Account", given[p.name]) for p in one.parameters if p.type == "account"}
    rows = neo4j_cypher.ask(there, one.cypher, given | ids)
    if one.sql:
        assert one.rows(rows) == one.rows(here.ask(one.sql, given, {}))
    return rows


def of(rows: list[dict[str, Any]], *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in columns) for row in rows]


@pytest.mark.parametrize(
    ("records", "paid", "received", "largest"),
    [
        pytest.param(
            BULK,
            [(OTHER, 1, 70_000), (ONE, 1, 30_000)],
            [(PAYER, 1, 30_000)],
            [(70_000, PAYER, OTHER), (30_000, PAYER, ONE)],
            id="a bulk line names nobody, its messages do",
        ),
        pytest.param(
            SPLIT,
            [(ONE, 1, 100_000)],
            [(PAYER, 2, 100_000)],
            [(100_000, PAYER, ONE)],
            id="one debit of its account, two credits of theirs",
        ),
        pytest.param(
            UNNAMED,
            [(ONE, 2, 100_000)],
            [(PAYER, 1, 100_000)],
            [(100_000, PAYER, ONE)],
            id="no line names the other side, the judgement does",
        ),
        pytest.param(
            LINES,
            [(ONE, 2, 100_000)],
            [(PAYER, 1, 100_000)],
            [(60_000, PAYER, ONE), (40_000, PAYER, ONE)],
            id="two debits of one message, and its credit",
        ),
        pytest.param(
            CHARGED,
            [(ONE, 1, 100_000), ("", 1, 2_500)],
            [(PAYER, 1, 100_000)],
            [(100_000, PAYER, ONE), (2_500, PAYER, "")],
            id="a charge booked apart was not paid to the payee",
        ),
    ],
)
def test_it_is_counted_once_on_the_side_that_is_asked_for(
    graphs: Any, records: Any, paid: Any, received: Any, largest: Any
) -> None:
    made = graphs(records)
    assert of(answer(made, "payees_of", account=PAYER), "payee", "payments", "total") == paid
    assert of(answer(made, "payers_of", account=ONE), "payer", "payments", "total") == received
    assert of(answer(made, "largest_transfers", currency="USD"), "amount", "payer", "payee") == largest
    assert of(answer(made, "round_amounts", unit="USD 25.00"), "amount") != []
    neo4j_results.refresh_sent(made[0], always=True)
    (drawn,) = [row for row in neo4j_results.sent(made[0]) if (row["payer"], row["payee"]) == (PAYER, ONE)]
    assert drawn["total"] == sum(amount for amount, _, payee in largest if payee == ONE)
    many = of(answer(made, "pays_many"), "account", "payees", "payments")
    assert many == [(PAYER, len({p for p, _, _ in paid if p}), sum(n for p, n, _ in paid if p))]
    assert (ONE, 1, received[0][1]) in of(answer(made, "paid_by_many"), "account", "payers", "payments")
    assert ONE in {row["account"] for row in answer(made, "reachable", account=PAYER)}


def test_a_number_that_a_part_prints_is_the_account_of_the_sets_own_line(graphs: Any) -> None:
    """Lines stand under keys with their bank, orders print numbers: one payer and one payee each, not two of each."""

    def keyed(record: Posting | Message) -> Posting | Message:
        return replace(record, account_key=f"HK:QXHKHKHH:{record.account}") if isinstance(record, Posting) else record

    payer, one, other = (f"HK:QXHKHKHH:{number}" for number in (PAYER, ONE, OTHER))
    made = graphs([keyed(record) for record in BULK])
    assert of(answer(made, "payees_of", account=payer), "payee", "total") == [(other, 70_000), (one, 30_000)]
    assert of(answer(made, "pays_many"), "account", "payees") == [(payer, 2)]
    assert of(answer(made, "payments_between", one=payer, other=one), "amount", "note") == [(30_000, "part")]
    assert {row["account"] for row in answer(made, "reachable", account=payer)} == {one, other}


def test_parts_on_several_accounts_are_what_each_of_them_received(graphs: Any) -> None:
    """The debit of 1,000.00 prints the first payee only; 300.00 and 700.00 arrived on two accounts."""
    made = graphs([line(1, PAYER, -100_000, ONE), line(2, ONE, 30_000, PAYER), line(3, OTHER, 70_000, PAYER)])
    assert of(answer(made, "payers_of", account=ONE), "total") == [(30_000,)]
    assert of(answer(made, "payers_of", account=OTHER), "total") == [(70_000,)]
    assert of(answer(made, "payees_of", account=PAYER), "payee", "total") == [(ONE, 100_000)]


def test_orders_of_a_bulk_line_that_was_reversed_paid_nobody() -> None:
    whole = Transfer(
        "w", ("d",), (), "d", "", PAYER, "", 100, "USD", 100, "USD", DAY, DAY, reversed_by="r", in_parts="s"
    )
    order_ = replace(
        whole, id="p1", postings=(), messages=("m1",), debit="", credit_account=ONE, amount_out=40, amount_in=40, reversed_by="", within="w"
    )  # fmt: skip
    found = standings([whole, order_, replace(order_, id="p2", messages=("m2",), amount_out=60, amount_in=60)])
    assert [(found[key].elsewhere, found[key].elsewhere_out, found[key].elsewhere_in) for key in ("p1", "p2")] == [
        (True,) * 3
    ] * 2
    told = standings(
        [whole, order_, replace(order_, id="p2", postings=("c",), credit="c", amount_out=60, amount_in=60)]
    )
    assert not told["p2"].elsewhere_in  # a line shows that this part arrived all the same


def test_no_payment_follows_itself_and_nobody_pays_through_itself(scoped: Any) -> None:
    """1,000.00 USD became 900.00 EUR on one number, and the euros were paid on."""
    out = line(1, PAYER, -100_000)
    into = replace(line(2, PAYER, 90_000), currency="EUR")
    on = replace(line(3, PAYER, -90_000, OTHER), currency="EUR", booked=date(2024, 3, 19))
    postings = {fact_id("posting", p.cite): p for p in (out, into, on)}
    first, second, _ = postings
    joined = movement(first, second, rung=-1, features=(), by="A. Officer", reason="r")
    made = both(scoped, [*postings.values()], [], conclude(postings, {}, (joined,)))
    assert of(answer(made, "onward", account=PAYER), "went_out", "payee") == [(90_000, OTHER)]
    assert of(answer(made, "passed_on"), "account", "came_in", "went_out") == [(PAYER, 90_000, 90_000)]
    assert answer(made, "between", payer=PAYER, payee=OTHER) == []


def test_a_statement_whose_order_no_balance_proves_orders_nothing(scoped: Any) -> None:
    """1,000.00 left before 1,000.00 came, as printed; whether it was so no balance says."""
    for marks, told in (((), []), (("unproven",), ["same day; the records do not order the two"])):
        out = replace(line(1, ONE, -100_000, OTHER), statement="s", marks=marks)
        into = replace(line(2, ONE, 100_000, PAYER), statement="s", marks=marks)
        postings = {fact_id("posting", p.cite): p for p in (out, into)}
        made = both(scoped, [*postings.values()], [], conclude(postings, {}, ()))
        assert [row["told_by"] for row in answer(made, "passed_on")] == told
        assert [row["told_by"] for row in answer(made, "onward", account=PAYER)] == told


def test_lists_show_all_of_it_and_say_which_is_which(graphs: Any) -> None:
    made = graphs(SPLIT)
    listed = answer(made, "payments_on", since="2024-03-01", until="2024-03-31")
    assert sorted(of(listed, "amount", "note")) == [(30_000, "part"), (70_000, "part"), (100_000, "whole")]
    between = answer(made, "payments_between", one=PAYER, other=ONE)
    assert sorted(of(between, "amount", "note")) == [(30_000, "part"), (70_000, "part"), (100_000, "whole")]
    assert {row["note"] for row in answer(graphs(CHARGED), "payments_on", since="2024-03-01", until="2024-03-31")} == {
        ""
    }


def test_a_side_that_a_line_of_the_set_shows_is_not_asked_for(graphs: Any) -> None:
    for records in (BULK, SPLIT, UNNAMED, LINES):
        assert answer(graphs(records), "seen_once", least="USD 1.00") == []
        assert answer(graphs(records), "messages_alone") == []
    made = graphs(ONE_SIDED)  # nobody shows that it arrived: the bulk line is what the payees' banks are asked by
    assert of(answer(made, "seen_once", least="USD 1.00"), "amount", "side") == [(100_000, "payer")]
    assert answer(made, "messages_alone") == []


def test_the_money_is_followed_by_the_lines_of_the_account_it_passed(scoped: Any, graphs: Any) -> None:
    """1,000.00 arrived as 300.00 and 700.00; the 700.00 was passed on."""
    later = replace(line(5, ONE, -70_000, OTHER), booked=date(2024, 3, 19))
    made = graphs([*SPLIT, later])
    onward = of(answer(made, "onward", account=PAYER), "came_in", "went_out", "payee")
    assert sorted(onward) == [(30_000, 70_000, OTHER), (70_000, 70_000, OTHER)]
    assert of(answer(made, "passed_on"), "account", "came_in", "went_out") == [(ONE, 70_000, 70_000)]
    through = of(answer(made, "between", payer=PAYER, payee=OTHER), "through", "came_in", "went_out")
    assert sorted(through) == [(ONE, 30_000, 70_000), (ONE, 70_000, 70_000)]


def test_what_a_side_that_nobody_shows_received_is_what_the_other_sides_line_prints(scoped: Any) -> None:
    """1,000.00 USD left as 900.00 EUR by the payer's line; the payee's own account is not held, and paid 890.00 EUR on.

    That is known by the receiver's line of 1,068.00 CAD, which prints it. Of it 850.00 EUR by 1,020.00 CAD came back.
    """
    sent = replace(line(1, PAYER, -100_000, ONE), original_amount=90_000, original_currency="EUR")
    on = replace(line(1, OTHER, 106_800, ONE), currency="CAD", original_amount=89_000, original_currency="EUR")
    back = replace(line(2, PAYER, 94_000, ONE), original_amount=85_000, original_currency="EUR")
    lines = [sent, replace(on, booked=date(2024, 3, 19)), replace(back, booked=date(2024, 3, 20))]
    postings = {fact_id("posting", p.cite): p for p in lines}
    made = both(scoped, lines, [], conclude(postings, {}, ()))
    onward = answer(made, "onward", account=PAYER, days=3)
    columns = ("came_in", "currency_in", "went_out", "currency", "payee")
    assert of(onward, *columns) == [(90_000, "EUR", 89_000, "EUR", OTHER), (90_000, "EUR", 85_000, "EUR", PAYER)]
    passed = answer(made, "passed_on", percent=98)
    assert of(passed, "account", "came_in", "went_out", "currency") == [(ONE, 90_000, 89_000, "EUR")]
    through = answer(made, "between", payer=PAYER, payee=OTHER)
    assert of(through, "came_in", "currency_in", "went_out", "currency") == [(90_000, "EUR", 89_000, "EUR")]
    returned = answer(made, "there_and_back")
    columns = ("payer", "amount", "currency", "returned", "back_currency")
    assert of(returned, *columns) == [(PAYER, 100_000, "USD", 85_000, "EUR")]


def test_a_confirmation_of_the_line_tells_nothing_of_the_other_side(scoped: Any) -> None:
    """USD 1,000.00 left as EUR 900.00, and the payer's bank confirms its debit by an MT900; nobody shows what arrived."""
    sent = replace(
        line(1, PAYER, -100_000, ONE, owner_reference="REF7"), original_amount=90_000, original_currency="EUR"
    )
    said = Message(
        Cite("e" * 64, "message=1"), "MT900", related_reference="REF7", settled=100_000, settled_currency="USD", settled_date=DAY
    )  # fmt: skip
    key, name = fact_id("posting", sent.cite), fact_id("message", said.cite)
    tied = movement(key, name, rung=3, features=("relation=booking",))
    moved = conclude({key: sent}, {name: said}, (tied,))
    assert [t.messages for t in moved] == [(name,)]
    made = both(scoped, [sent], [said], moved)
    assert of(answer(made, "payers_of", account=ONE), "payer", "total", "currency") == [(PAYER, 90_000, "EUR")]
    assert of(answer(made, "less_arrived"), "left_as", "arrived_as", "currency_in") == [(100_000, 90_000, "EUR")]

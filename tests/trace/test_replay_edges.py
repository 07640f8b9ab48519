"""Books at an edge, by hand: no entry, one entry, rings that wrap or lie at the very end of their room, orders near 64 bits."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.trace.bounds_ledgers import told
from tests.trace.ledgers import Ledger, Opening, Row
from tests.trace.test_twin import shown
from tracer.trace import over_orders, replay, result, trace_all

#: The module; the package has the function under this name.
REPLAY: Any = sys.modules["tracer.trace.replay"]
EVERY = ("fifo", "lifo", "pro_rata", "libr", "proceeds_first")


@contextmanager
def roomed(words: int) -> Iterator[None]:
    """Give the fast way of FIFO and LIFO so many words at first."""
    before, REPLAY.ROOM = REPLAY.ROOM, words
    try:
        yield
    finally:
        REPLAY.ROOM = before


@pytest.mark.parametrize("rule", EVERY)
def test_books_without_an_entry_hold_nothing_and_owe_what_they_owed(rule: str) -> None:
    entries = Ledger(accounts={"A": Opening(), "B": Opening([], 50)}, rows=[]).entries()
    for record in (True, False):
        found = replay(entries, rule, record=record)
        assert found.targets == {f"bal:{name}": dict.fromkeys(("C", "K", "T", "U"), 0) for name in "AB"}
        assert found.debt_at_end.tolist() == [0, 50]


@pytest.mark.parametrize("rule", EVERY)
def test_a_single_entry_is_recorded(rule: str) -> None:
    entries = Ledger(accounts={"A": Opening()}, rows=[Row("credit", "A", 7, {"T": 7})]).entries()
    found = replay(entries, rule)
    assert found.recorded
    assert (found.moved.tolist(), found.held.tolist()) == ([[0, 0, 7, 0]], [[0, 0, 7, 0]])
    assert not replay(entries, rule, record=False).recorded


@pytest.mark.parametrize("rule", EVERY)
def test_one_lot_is_paid_away_in_many_parts(rule: str) -> None:
    """More payments than the room for lots has places: a part that is paid needs none."""
    rows = [Row("credit", "A", 10, {"T": 10}), *(Row("pay", "A", 1, sink="sink:S") for _ in range(9))]
    for record in (True, False):
        found = replay(Ledger(accounts={"A": Opening()}, rows=rows).entries(), rule, record=record)
        assert shown(found.targets) == {"sink:S": {"T": 9}, "bal:A": {"T": 1}}


@pytest.mark.parametrize("rule", EVERY)
def test_a_ring_that_wraps_comes_home_whole(rule: str) -> None:
    """Lots of 1 to 17, odd ones T and even ones U; seven at a time are held, then three, the last of them past the end."""
    rows = [Row("credit", "A", k, {"TU"[k % 2 == 0]: k}) for k in range(1, 8)]
    for k in range(1, 11):
        rows += [Row("credit", "A", k + 7, {"TU"[k % 2]: k + 7}), Row("pay", "A", k, sink="sink:S")]
    rows += [Row("pay", "A", k, sink="sink:S") for k in range(11, 15)]
    rows += [Row("pay", "A", 15, sink="sink:X"), Row("pay", "A", 16, sink="sink:Y")]
    found = shown(replay(Ledger(accounts={"A": Opening()}, rows=rows).entries(), rule, record=False).targets)
    if rule == "fifo":  # each payment is the oldest lot
        assert found == {"sink:S": {"T": 49, "U": 56}, "sink:X": {"T": 15}, "sink:Y": {"U": 16}, "bal:A": {"T": 17}}
    assert {n: sum(labels.get(n, 0) for labels in found.values()) for n in "TU"} == {"T": 81, "U": 72}


@pytest.mark.parametrize("returned", [False, True])
@pytest.mark.parametrize(
    ("rule", "first", "rest"), [("fifo", {"T": 1, "U": 1}, {"T": 31, "U": 63}), ("lifo", {"U": 2}, {"T": 32, "U": 62})]
)
def test_a_ring_to_the_last_word_of_its_room_is_left_alone(
    rule: str, first: dict[str, int], rest: dict[str, int], *, returned: bool
) -> None:
    """A fills the room behind two accounts with 64 lots, of 1 T and 2 U in turn; then B moves to where A had been before.

    16, 32 and 64 words follow one another, 112 in all; or 128, where B was there before A, came home, and returns. Where the
    accounts begin depends on the memory that is given: one of four rooms ends with the last lot of A, the others ask for more.
    """
    filled = [Row("credit", "A", 1 + k % 2, {"TU"[k % 2]: 1 + k % 2}) for k in range(64)]
    moved = [Row("credit", "B", 3 + 2 * (k % 2), {"TU"[k % 2]: 3 + 2 * (k % 2)}) for k in range(7)]
    if returned:  # four lots go, four come
        rows = [*moved, *filled, Row("pay", "B", 16, sink="sink:B"), *moved[1:5]]
    else:
        rows = [*filled, *moved]
    rows += [Row("pay", "A", 2, sink="sink:F"), Row("pay", "A", 94, sink="sink:R")]
    entries = Ledger(accounts={"A": Opening(), "B": Opening()}, rows=rows).entries()
    wanted = {"sink:F": first, "sink:R": rest, "bal:B": {"T": 12, "U": 15}}
    for room in (1, *range(104, 128, 2)):
        with roomed(room):
            found = shown(replay(entries, rule, record=False).targets)
        assert found == wanted | ({"sink:B": {"T": 6, "U": 10}} if returned else {})


@pytest.mark.parametrize("rule", EVERY)
@pytest.mark.parametrize("again", [False, True])
def test_money_under_way_to_the_last_word_of_its_room_is_left_alone(rule: str, *, again: bool) -> None:
    """31 payments of one lot each and one of two are under way at once: 65 words, in rooms from 64. Or again, after another."""
    rows = [Row("credit", "A", 9, {"U": 9}), Row("send", "A", 7, id="t"), Row("pay", "A", 2, sink="sink:S")]
    rows = [*rows, Row("arrival", "B", 7, of="t"), Row("pay", "B", 7, sink="sink:S")] if again else []
    rows += [Row("credit", "A", 7, {"T": 7}), Row("send", "A", 7, id="t0")]
    for k in range(1, 31):
        rows += [Row("credit", "A", 1, {"U": 1}), Row("send", "A", 1, id=f"t{k}")]
    rows += [Row("credit", "A", 2, {"T": 2}), Row("credit", "A", 3, {"U": 3}), Row("send", "A", 5, id="t31")]
    rows += [Row("arrival", "B", {0: 7, 31: 5}.get(k, 1), of=f"t{k}") for k in range(32)]
    entries = Ledger(accounts={"A": Opening(), "B": Opening()}, rows=rows).entries()
    for room in range(64, 68):
        with roomed(room):
            found = shown(replay(entries, rule, record=False).targets)
        assert found == {"bal:B": {"T": 9, "U": 33}} | ({"sink:S": {"U": 9}} if again else {})


@pytest.mark.parametrize("rule", EVERY)
@pytest.mark.parametrize(
    ("debt", "came"), [(10, [2**57]), (0, [2**56, 2**56]), (1, [2**57 - 1, 1, 1]), (0, [2**57 - 1])]
)
def test_an_amount_at_the_edge_of_a_word_is_taken_whole(rule: str, debt: int, came: list[int]) -> None:
    """An amount of 2**57 and its label do not share a word of 64 bits; what is owed makes the balance smaller than that."""
    rows = [Row("credit", "A", amount, {"T": amount}) for amount in came]
    rows += [Row("pay", "A", sum(came) - debt - 3, sink="sink:S")]
    for record in (True, False):
        entries = Ledger(accounts={"A": Opening([], debt)}, rows=rows).entries()
        found = shown(replay(entries, rule, record=record).targets)
        repaid = {"sink:OVERDRAFT": {"T": debt}} if debt else {}
        assert found == {"sink:S": {"T": sum(came) - debt - 3}, "bal:A": {"T": 3}} | repaid


@pytest.mark.parametrize("labels", [61, 62])
@pytest.mark.parametrize(
    ("rule", "repaid", "held", "paid"),
    [
        ("fifo", {"P29": 30, "P30": 20}, {"P30": 11}, {"P31": 32, "P32": 33, "P33": 34, "P34": 1}),
        ("lifo", {"P60": 50}, {"P60": 11}, {"P59": 60, "P58": 40}),
    ],
)
def test_as_many_labels_as_share_a_word_with_an_amount_and_one_more(
    labels: int, rule: str, repaid: dict[str, int], held: dict[str, int], paid: dict[str, int]
) -> None:
    """With C, K and U 64 labels, or 65: lots of 30 to 61 of the last of them; 61 go to B, which owes 50; 100 are paid."""
    rows = [Row("credit", "A", k + 1, {f"P{k:02}": k + 1}) for k in range(29, 61)]
    rows += [Row("send", "A", 61, id="t"), Row("arrival", "B", 61, of="t"), Row("pay", "A", 100, sink="sink:S")]
    ledger = Ledger({"A": Opening(), "B": Opening([], 50)}, rows, tuple(f"P{k:02}" for k in range(labels)))
    for record in (True, False):
        found = shown(replay(ledger.entries(), rule, record=record).targets)
        assert (found["sink:OVERDRAFT"], found["bal:B"], found["sink:S"]) == (repaid, held, paid)


def test_the_orders_of_a_day_are_replayed_together_though_their_amounts_add_up_beyond_the_limit() -> None:
    """2**59 of T; on one day as much of C comes and as much is paid, in either order; then as much for X.

    Paid first, the day's payment is T, and X is C under every rule. Else F is T (oldest or proceeds first), C (newest or own
    money first), or half of each; X is the other half.
    """
    some = 2**59
    rows: list[dict[str, Any]] = [
        {"account": "A", "amount": some, "credit": True, "origin": {"T": some}},
        {"account": "A", "amount": some, "credit": True, "origin": {"C": some}, "block": 0},
        {"account": "A", "amount": some, "credit": False, "sink": "sink:F", "block": 0},
        {"account": "A", "amount": some, "credit": False, "sink": "sink:X"},
    ]
    entries = told(rows, {"A": {}}, ("T",))
    found = over_orders(result(entries, trace_all(entries, EVERY), (), "head", {}), entries)
    assert next(t.by_order for t in found.targets if t.target == "sink:X") == {
        "fifo": (0, 0),
        "lifo": (0, some),
        "pro_rata": (0, some // 2),
        "libr": (0, some),
        "proceeds_first": (0, 0),
    }

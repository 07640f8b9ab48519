"""A broken kernel is caught: each wrong draw is made inside the run, and no figure leaves the room."""

import sys
from typing import Any

import pytest

from tests.trace.ledgers import Ledger, Opening, Row
from tracer.model import CheckFailed
from tracer.trace import replay
from tracer.trace.by_class import replay_by_class
from tracer.trace.by_lot import replay_by_lot
from tracer.trace.by_pair import replay_by_pair
from tracer.trace.by_run import replay_by_run

# X: entries 0, 1 open it; 2 a mixed credit, 3 a payment, 4 a transfer out. Y is in debt: 5 arrives and repays 50.
LEDGER = Ledger(
    accounts={"X": Opening([{"C": 700}, {"T": 300}]), "Y": Opening([], 50)},
    rows=[
        Row("credit", "X", 600, {"A": 200, "U": 400}),
        Row("pay", "X", 500, sink="sink:S"),
        Row("send", "X", 900, id="t"),
        Row("arrival", "Y", 880, of="t"),
        Row("pay", "Y", 1000, sink="sink:R"),
        Row("credit", "Y", 400, {"T": 400}),
    ],
    proceeds=("A", "T"),
)
X, Y, PAID, SENT, CAME = 0, 1, 3, 4, 5
OTHER, DIRTY = 0, -1  # the first column is other money, the last one proceeds


def a_cent_made(books: Any, record: Any) -> None:
    """The payment takes a cent more than the account loses."""
    record.moved[PAID, DIRTY] += 1
    books.sinks[0, DIRTY] += 1


def a_cent_lost(books: Any, record: Any) -> None:
    books.sinks[0][books.sinks[0] > 0] -= 1


def another_label_drawn(books: Any, record: Any) -> None:
    """Every total is right and the labels balance: the payment took proceeds, the account lost other money."""
    books.sinks[0, DIRTY] += 1
    books.sinks[0, OTHER] -= 1
    record.moved[PAID, DIRTY] += 1
    record.moved[PAID, OTHER] -= 1


def labels_swapped_between_targets(books: Any, record: Any) -> None:
    """Totals per label and per target are kept: what the one had too much, the other lacks."""
    books.sinks[0, DIRTY] += 1
    books.sinks[0, OTHER] -= 1
    books.sinks[1, DIRTY] -= 1
    books.sinks[1, OTHER] += 1


def relabelled_on_the_way(books: Any, record: Any) -> None:
    record.moved[CAME, DIRTY] += 1
    record.moved[CAME, OTHER] -= 1


def relabelled_while_held(books: Any, record: Any) -> None:
    record.held[PAID, DIRTY] += 1
    record.held[PAID, OTHER] -= 1


def drawn_below_nothing(books: Any, record: Any) -> None:
    record.held[PAID, DIRTY] -= 10_000
    record.held[PAID, OTHER] += 10_000


def the_bank_repaid_with_other_money(books: Any, record: Any) -> None:
    record.absorbed[CAME, OTHER] += 1
    record.absorbed[CAME, DIRTY] -= 1


def the_bank_not_repaid(books: Any, record: Any) -> None:
    books.debt[Y] += 1


def held_at_the_end_by_another_account(books: Any, record: Any) -> None:
    at = int(books.held[X].argmax())
    books.held[X, at] -= 1
    books.held[Y, at] += 1


def drawn_from_the_bank_twice(books: Any, record: Any) -> None:
    books.drawn[Y] += 1


WRONG = [
    a_cent_made,
    a_cent_lost,
    another_label_drawn,
    labels_swapped_between_targets,
    relabelled_on_the_way,
    relabelled_while_held,
    drawn_below_nothing,
    the_bank_repaid_with_other_money,
    the_bank_not_repaid,
    held_at_the_end_by_another_account,
    drawn_from_the_bank_twice,
]
#: The package exports the function `replay` under the name of its module.
ROOM = sys.modules["tracer.trace.replay"]
KERNELS = {"replay_by_lot": replay_by_lot, "replay_by_class": replay_by_class}


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.__name__)
@pytest.mark.parametrize(
    ("rule", "kernel"),
    [
        ("fifo", "replay_by_lot"),
        ("lifo", "replay_by_lot"),
        ("pro_rata", "replay_by_class"),
        ("libr", "replay_by_class"),
        ("proceeds_first", "replay_by_class"),
    ],
)
def test_a_wrong_draw_stops_the_run(monkeypatch: pytest.MonkeyPatch, rule: str, kernel: str, wrong: Any) -> None:
    def broken(columns: Any, books: Any, record: Any, options: Any) -> None:
        KERNELS[kernel](columns, books, record, options)
        wrong(books, record)

    assert replay(LEDGER.entries(), rule).recorded  # whole, it passes
    monkeypatch.setattr(ROOM, kernel, broken)
    with pytest.raises(CheckFailed) as caught:
        replay(LEDGER.entries(), rule)
    assert "nothing is written" in str(caught.value).lower()


PURE = Ledger(
    accounts={"X": Opening([{"K": 700}]), "Y": Opening([], 50)},
    rows=[
        Row("credit", "X", 600, {"T": 600}),
        Row("pay", "X", 900, sink="sink:S"),
        Row("send", "X", 300, id="t"),
        Row("arrival", "Y", 300, of="t"),
        Row("pay", "Y", 400, sink="sink:R"),
    ],
)


def paid_too_much(books: Any) -> None:
    books.sinks[0, 0] += 1


def held_too_much(books: Any) -> None:
    books.held[0, 1] += 1


def label_changed_in_a_total(books: Any) -> None:
    books.sinks[0, 0] += 1
    books.sinks[0, 1] -= 1


def debt_forgotten(books: Any) -> None:
    books.debt[1] = 0


@pytest.mark.parametrize("wrong", [paid_too_much, held_too_much, label_changed_in_a_total, debt_forgotten])
@pytest.mark.parametrize("rule", ["fifo", "lifo", "pro_rata", "libr", "proceeds_first"])
def test_a_wrong_total_of_a_fast_way_stops_the_run(monkeypatch: pytest.MonkeyPatch, rule: str, wrong: Any) -> None:
    whole = {"replay_by_run": replay_by_run, "replay_by_pair": replay_by_pair}
    ran = []

    def breaking(name: str) -> Any:
        def broken(columns: Any, books: Any, *rest: Any) -> int:
            done = whole[name](columns, books, *rest)
            ran.append(done)
            wrong(books)
            return done

        return broken

    entries = PURE.entries()
    kept = [entries.labels.index("K"), entries.labels.index("T")]
    two = entries.changed(labels=("K", "T"), proceeds=entries.proceeds[kept], origin=entries.origin[:, kept].copy())
    for name in whole:
        monkeypatch.setattr(ROOM, name, breaking(name))
    with pytest.raises(CheckFailed):
        replay(two, rule, record=False)
    assert ran == [0]  # the fast way was taken

"""What the fast ways of a replay know nothing of goes the general way: interest that follows the account, a fee from other money."""

from typing import Any

import pytest

from tests.long.laws import entered
from tests.trace.test_twin import shown
from tracer.trace import replay
from tracer.trace.entries import Entries

ENTERED: list[dict[str, Any]] = [
    {"id": "e1", "type": "credit", "account": "A", "amount": 100, "labels": {"T": 100}},
    {"id": "e2", "type": "credit", "account": "A", "amount": 50, "labels": {"K": 50}},
]
PAID: dict[str, Any] = {"id": "e4", "type": "debit", "account": "A", "amount": 85, "sink": "S"}


def of_two_labels(*events: dict[str, Any], **options: str) -> Entries:
    """The quickest way takes entries of two labels; the events name no others."""
    made = entered({"accounts": {"A": {}}, "events": list(events), "proceeds": ["T"]}, options)
    kept = [made.labels.index("K"), made.labels.index("T")]
    return made.changed(labels=("K", "T"), proceeds=made.proceeds[kept], origin=made.origin[:, kept])


@pytest.mark.parametrize(
    ("rule", "paid"),
    [
        ("fifo", {"T": 85}),
        ("lifo", {"K": 5, "T": 80}),
        ("pro_rata", {"K": 4, "T": 81}),  # 85 x 100 / 105 = 80.95
        ("libr", {"K": 5, "T": 80}),
        ("proceeds_first", {"T": 85}),
    ],
)
def test_a_fee_from_other_money_first_leaves_five_of_it(rule: str, paid: dict[str, int]) -> None:
    fee = {"id": "e3", "type": "debit", "account": "A", "amount": 45, "sink": "F", "sink_type": "FEE"}
    entries = of_two_labels(*ENTERED, fee, PAID, fee="clean_first")
    for record in (True, False):
        found = shown(replay(entries, rule, record=record).targets)
        assert (found["sink:F"], found["sink:S"]) == ({"K": 45}, paid)


@pytest.mark.parametrize(
    ("rule", "paid"),
    [
        ("fifo", {"T": 85}),
        ("lifo", {"K": 60, "T": 25}),  # of the interest 10 and 20, then the 50 of K, then 5 of the 100 of T
        ("pro_rata", {"K": 28, "T": 57}),  # 85 x 120 / 180 = 56.67
        ("libr", {"K": 60, "T": 25}),
        ("proceeds_first", {"T": 85}),
    ],
)
def test_interest_of_thirty_is_twenty_of_t_and_ten_of_k(rule: str, paid: dict[str, int]) -> None:
    interest = {"id": "e3", "type": "interest", "account": "A", "amount": 30}
    entries = entered({"accounts": {"A": {}}, "events": [*ENTERED, interest, PAID], "proceeds": ["T"]}, {})
    for record in (True, False):
        found = shown(replay(entries, rule, record=record).targets)
        assert found["sink:S"] == paid
        assert {n: found["sink:S"].get(n, 0) + found["bal:A"].get(n, 0) for n in "KT"} == {"K": 60, "T": 120}

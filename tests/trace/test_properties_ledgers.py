"""Two thousand generated cases: a second engine agrees on every cent, and the laws of tests/long/laws.py hold.

`make test-long` goes on to a hundred thousand. A failure prints the seed and the smallest case that still breaks the law.
"""

import pytest

from tests.long.engine import OTHER, RULES, trace
from tests.long.laws import broken, report
from tests.long.stories import THEMES, story
from tracer.model import CurrencyMismatch, RuleError
from tracer.trace.cases import book_of
from tracer.trace.elected import Elections, run_elected

CASES, EACH = 2_000, 100


@pytest.mark.parametrize("first", range(0, CASES, EACH))
def test_every_law_holds(first: int) -> None:
    wrong = next((seed for seed in range(first, first + EACH) if broken(seed)), None)
    assert wrong is None, report(wrong)


def test_the_generator_reaches_what_it_is_for() -> None:
    """Every theme and every election, debts, mixed credits, circles on one day, and amounts near int64."""
    seen: set[str] = set()
    for seed in range(CASES):
        case, options = story(seed)
        seen |= {case["id"].removeprefix("S-"), *options, *(e["type"] for e in case["events"])}
        seen |= {"mixed" for e in case["events"] if len(e.get("labels", {})) > 1}
        seen |= {"near int64" for e in case["events"] if e.get("amount", 0) > 2**55}
        seen |= {"conversion" for e in case["events"] if "credited_currency" in e}
        if "sink:OVERDRAFT" in trace(case, "libr", options):
            seen.add("repaid the bank")
        moves = [(e["date"], e["from"], e["to"]) for e in case["events"] if e["type"] == "transfer"]
        seen |= {"circle" for day, one, two in moves if (day, two, one) in moves}
    elections = {*Elections.__slots__} - {"order"}  # over orders: tests/trace/test_orders.py
    wanted = {*THEMES, *elections, "mixed", "near int64", "conversion", "repaid the bank", "arrival", "returned"}
    assert not wanted - seen


@pytest.mark.parametrize(
    ("event", "error"),
    [
        (
            {"type": "credit", "account": "A", "amount": 100, "labels": {"T": 101}},
            RuleError,
        ),  # a claim above its credit
        ({"type": "credit", "account": "A", "amount": 100, "labels": {"T": 60}}, RuleError),  # a part without origin
        ({"type": "credit", "account": "A", "amount": 100, "labels": {"T": 150, "C": -50}}, RuleError),
        ({"type": "credit", "account": "A", "amount": -100, "labels": {"T": -100}}, RuleError),
        ({"type": "debit", "account": "A", "amount": 0, "sink": "S"}, RuleError),
        ({"type": "debit", "account": "Z", "amount": 5, "sink": "S"}, RuleError),  # an account that is not held
        ({"type": "transfer", "from": "A", "to": "B", "amount": 5, "credited": 6}, RuleError),  # cents out of nothing
        ({"type": "credit", "account": "A", "amount": 2**62, "labels": {"T": 2**62}}, RuleError),
        ({"type": "arrival", "account": "A", "of": "e1"}, RuleError),  # nothing is under way
        ({"type": "debit", "account": "E", "amount": 5, "sink": "S"}, CurrencyMismatch),  # one target, two currencies
    ],
)
def test_what_no_bank_could_have_posted_is_refused(event: dict, error: type) -> None:
    case = {
        "accounts": {"A": {"currency": "USD"}, "B": {"currency": "USD"}, "E": {"currency": "EUR"}},
        "events": [
            {"id": "e1", "type": "credit", "account": "A", "amount": 10, "labels": {"T": 10}},
            {"id": "e2", "type": "debit", "account": "A", "amount": 5, "sink": "S"},
            {"id": "e3", **event},
        ],
        "proceeds": ["T"],
    }
    for rule in RULES:
        with pytest.raises(error):
            run_elected(book_of(case), rule, Elections())


@pytest.mark.parametrize("rule", RULES)
def test_an_account_with_one_entry_and_a_case_with_none(rule: str) -> None:
    alone = {"accounts": {"A": {}}, "events": [], "proceeds": ["T"]}
    assert trace(alone, rule) == {}
    assert not any(
        x for labels in run_elected(book_of(alone), rule, Elections()).targets.values() for x in labels.values()
    )
    alone["events"] = [{"id": "e1", "type": "debit", "account": "A", "amount": 7, "sink": "S"}]
    found = run_elected(book_of(alone), rule, Elections()).targets["sink:S"]
    assert {n: x for n, x in found.items() if x} == trace(alone, rule)["sink:S"] == {"K": 7}
    assert set(trace(alone, rule)["sink:S"]) <= set(OTHER)


def test_a_fee_that_comes_back_in_part_brings_the_money_that_paid_it() -> None:
    """Other money paid 50 of the fee of 60, proceeds 10; half of each comes back, at the tail."""
    case = {
        "accounts": {"A": {}},
        "events": [
            {"id": "e1", "type": "credit", "account": "A", "amount": 100, "labels": {"T": 100}},
            {"id": "e2", "type": "credit", "account": "A", "amount": 50, "labels": {"C": 50}},
            {"id": "e3", "type": "debit", "account": "A", "amount": 60, "sink": "F", "sink_type": "FEE"},
            {"id": "e4", "type": "reversal", "account": "A", "amount": 30, "of": "e3"},
        ],
        "proceeds": ["T"],
    }
    options = {"fee": "clean_first", "reversal": "new_credit_tail"}
    for rule in ("fifo", "lifo"):
        found = run_elected(book_of(case), rule, Elections.of(options)).targets
        shown = {t: {n: x for n, x in labels.items() if x} for t, labels in found.items()}
        assert {t: labels for t, labels in shown.items() if labels} == trace(case, rule, options)
        assert shown == {"sink:F": {"C": 25, "T": 5}, "bal:A": {"C": 25, "T": 95}}

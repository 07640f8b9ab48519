"""case.yaml: text stays text, and what is wrong is told with its line."""

from datetime import date

import pytest

from tracer.casefile import parse_case_file, template
from tracer.model import CaseError

HEAD = 'case: {id: X-1, title: {en: A, zh: ""}, as_of: "2026-01-01"}\n'
OFFENCE = "offences: [{id: O1, title: {en: bribery}}]\n"


def event(**change: str) -> str:
    stated = {
        "id": "E1",
        "offence": "O1",
        "date": '"2024-02-29"',
        "amount": '"480000.00"',
        "currency": "USD",
        "payer": "a",
        "payee": "b",
        "account": '"001234567890123456"',
        "proceeds_txn": "REF1",
    } | change
    return HEAD + OFFENCE + "predicate_events:\n  - {" + ", ".join(f"{k}: {v}" for k, v in stated.items()) + "}\n"


def test_the_template_loads() -> None:
    assert parse_case_file(template("X-1", 'A "quoted" title', date(2026, 1, 1)), "t").title_en == 'A "quoted" title'


@pytest.mark.parametrize(
    "written", ["NO", "no", "off", "123456789012345678", "0123", "1_000", "2024-01-01", "1e5", "0x10"]
)
def test_scalars_stay_as_written(written: str) -> None:
    stated = parse_case_file(HEAD + f"requesting: {{state: {written}}}\n", "t")
    assert stated.requesting_state == written


def test_an_event_keeps_an_18_digit_account_and_reads_money_exactly() -> None:
    (made,) = parse_case_file(event(), "t").events
    assert (made.account, made.amount, made.proceeds, made.on) == (
        "001234567890123456",
        48_000_000,
        48_000_000,
        date(2024, 2, 29),
    )


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        (event(amount='"480000.001"'), 4, "more decimals"),
        (event(currency="UDS"), 4, "not an ISO 4217 currency"),
        (event(date='"2023-02-29"'), 4, "day is out of range"),
        (event(offence="O9"), 4, "does not state"),
        (HEAD + "colour: red\n", 2, "colour: is not a key"),
        (HEAD + "tracing: {methods: [lifo, best]}\n", 2, "is no rule"),
        (HEAD + "tracing: {bundle: mixed}\n", 2, "neither ordered nor blended"),
        (HEAD + "a: &x 1\nb: *x\n", 2, "Anchors"),
        (HEAD + "a: !!python/object:os.system 1\n", 2, "tags"),
        (HEAD + "case: {}\n", 2, "stands twice"),
        ("case: {id: X, title: {en: A}, as_of: null}\n", 1, "clock"),
        ("- a\n", 1, "no keys"),
        (HEAD + "tracing: {same_day_order: best_for_us}\n", 2, "same_day_order"),
        (HEAD + 'tracing: {min_match_score: "90"}\n', 2, "no share of the 100 points"),
        (HEAD + "tracing: {interest: ours}\n", 2, "none of prorata_posting, clean, unknown"),
        (HEAD + 'orders:\n  - {id: ORD1, kind: restraint, date: "May"}\n', 3, "is not a date"),
        (HEAD + "orders:\n  - {id: ORD1, kind: restraint, covers: A1}\n", 3, "orders.0.covers"),
        (HEAD + "orders:\n  - {id: ORD1, kind: gift}\n", 3, "none of restraint"),
        (HEAD + "orders:\n  - {id: ORD1, kind: restraint, judge: X}\n", 3, "orders.0.judge: is not a key"),
        (HEAD + 'orders:\n  - {id: ORD1, kind: restraint, max_amount: "5.00"}\n', 3, "its currency is not"),
        (HEAD + 'orders:\n  - {id: ORD1, kind: restraint, max_amount: "5.001", currency: USD}\n', 3, "max_amount"),
        (HEAD + "assets:\n  - {id: A1, valuation: {amount: x, currency: USD}}\n", 3, "assets.0.valuation.amount"),
        (HEAD + "assets:\n  - {id: A1, valuation: {worth: 1}}\n", 3, "no key of a valuation"),
        (HEAD + "offences: [{id: O1, title: {en: A, fr: B}}]\n", 2, "offences.0.title.fr: is not a key"),
        (HEAD + "offences: [{id: O1, title: {en: A}, statute: {fr: B}}]\n", 2, "offences.0.statute.fr: is not a key"),
        ("[" * 60 + "]" * 60, 1, "deeper"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, line: int, what: str) -> None:
    with pytest.raises(CaseError, match=what) as told:
        parse_case_file(text, "case.yaml")
    assert told.value.where == f"case.yaml:{line}"
    assert told.value.meaning
    assert told.value.next_call


def test_the_address_of_a_graph_is_in_no_hash_and_no_export() -> None:
    plain = parse_case_file(HEAD + "graph: null\n", "t")
    elsewhere = parse_case_file(HEAD + "graph: neo4j://10.0.0.1:7687\n", "t")
    assert plain == elsewhere

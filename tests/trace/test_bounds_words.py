"""The certificate in words: exact sentences, and one Chinese twin of every form."""

from string import Formatter

import pytest
from bounds_ledgers import case_entries
from test_bounds import BY_ID

from tracer.trace.bounds import bounds
from tracer.trace.cut_words import FORMS


@pytest.mark.parametrize("form", FORMS)
def test_both_languages_tell_the_same_facts(form):
    english, chinese = ({name for _, name, _, _ in Formatter().parse(text) if name} for text in FORMS[form])
    assert english == chinese


def in_dollars(case):
    return case_entries(case | {"accounts": {k: v | {"currency": "USD"} for k, v in case["accounts"].items()}})


def test_the_floor_of_a_tight_balance_in_words():
    """R2 as the specification tells it: 1000 remained after the rent, so 7000 of the car is proceeds."""
    found = bounds(in_dollars(BY_ID["R2"]), ["sink:car"])
    assert found.words_floor == (
        (
            "After the debit of USD 990.00 from account A to rent on 2024-01-03 (posting e2), only USD 10.00 remained "
            "in account A, whatever its origin."
        ),
        (
            "Other money that could have reached car had to pass here, USD 10.00 in all; so at least USD 80.00 - USD 10.00 "
            "= USD 70.00 of car is proceeds (T) on any method."
        ),
    )
    assert found.words_floor_zh == (
        "2024-01-03账户A向rent借记USD 990.00（记录e2）之后，账户A仅余USD 10.00，不论其来源。",
        (
            "能够到达car的其他资金必须经过上述各处，合计USD 10.00；因此在任何方法下，car中至少"
            "USD 80.00 - USD 10.00 = USD 70.00为涉案资金（T）。"
        ),
    )


def test_a_floor_of_nothing_is_said_as_such():
    found = bounds(in_dollars(BY_ID["R2"]), ["sink:rent"])
    assert "no part of it is proceeds (T) on every method" in found.words_floor[-1]
    assert found.words_ceiling == (
        "No proceeds (T) could reach rent: none of the USD 990.00 recorded there is proceeds on any method.",
    )


def test_a_place_before_a_conversion_is_told_in_both_currencies():
    """E6 with less to convert: the EUR account is fed by USD 4,000.00 of other money worth EUR 3,680.00."""
    case = BY_ID["E6"]
    events = [e for e in case["events"] if e["id"] != "e3"]
    spent = [e | {"amount": 460000} if e["id"] == "e5" else e for e in events]
    found = bounds(case_entries(case | {"events": spent}), ["sink:X"])
    assert (found.floor, found.ceiling, found.currency) == (460000 - 368000, 460000, "EUR")
    assert "No more than USD 4,000.00 (worth EUR 3,680.00 at the executed rate) of other money" in found.words_floor[0]

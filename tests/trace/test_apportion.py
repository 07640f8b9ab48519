"""Whole cents at the edge of 64 bits: the compiled arithmetic against Python's own integers, which have no edge."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.trace.ledgers import Ledger, Opening, Row
from tests.trace.test_twin import shown
from tests.trace.twin import RULES, Twin
from tracer.model import RuleError
from tracer.trace import replay
from tracer.trace.apportion import half_up, largest_remainder, muldiv

MANY = settings(max_examples=400, deadline=None, derandomize=True)
EDGE = 2**62 - 1
THIRTY_MILLION = 3_000_000_000  # USD in cents; its square needs 63 bits, and tenfold of it more than 64


@st.composite
def quotients(draw):
    """x * y / total that fits, with many values near the powers of two where a word or a double ends."""
    near = st.sampled_from([2**31, 2**32, 2**53, 2**61, EDGE]).flatmap(lambda e: st.integers(e - 3, min(e + 3, EDGE)))
    total = draw(st.one_of(st.integers(1, EDGE), near, st.integers(1, 1000)))
    part = draw(st.one_of(st.integers(0, total), near.map(lambda y: min(y, total))))
    x = draw(st.one_of(st.integers(0, EDGE), near, st.integers(0, 1000)))
    return x, part, total


@MANY
@given(quotients())
@example((THIRTY_MILLION, THIRTY_MILLION, THIRTY_MILLION))
@example((10 * THIRTY_MILLION, 10 * THIRTY_MILLION, 10 * THIRTY_MILLION + 1))
@example((EDGE, EDGE, EDGE))
@example((EDGE, EDGE - 1, EDGE))
@example((2**31 - 1, 2**31 - 1, 2**31 - 1))
@example((2**31, 2**31 - 1, 2**31))
@example((94906267, 94906265, 94906266))  # products on both sides of 2**53
def test_the_product_of_two_amounts_is_exact(case: tuple[int, int, int]) -> None:
    x, part, total = case
    assert muldiv(x, part, total) == divmod(x * part, total)
    assert half_up(x, part, total) == (2 * x * part + total) // (2 * total)


@MANY
@given(st.lists(st.integers(0, EDGE // 8), min_size=1, max_size=8).filter(any), st.data())
def test_parts_always_sum_and_lie_within_a_unit_of_their_quota(weights: list[int], data: st.DataObject) -> None:
    total = sum(weights)
    x = data.draw(st.integers(0, total))
    out = np.zeros(len(weights), np.int64)
    largest_remainder(x, np.array(weights, np.int64), 0, len(weights), total, out)
    assert sum(out.tolist()) == x
    for part, weight in zip(out.tolist(), weights, strict=True):
        assert abs(part - Fraction(x * weight, total)) < 1
        assert 0 <= part <= weight


def test_ties_go_to_the_earlier_label() -> None:
    out = np.zeros(3, np.int64)
    largest_remainder(100, np.array([1, 1, 1], np.int64), 0, 3, 3, out)
    assert out.tolist() == [34, 33, 33]


def large(unit: int) -> Ledger:
    """Mixed credits, a transfer, an overdraft; all amounts together are just under 23 units."""
    return Ledger(
        accounts={"X": Opening([{"C": 2 * unit}, {"T": unit + 1}]), "Y": Opening([], unit // 4)},
        rows=[
            Row("credit", "X", 4 * unit - 1, {"A": unit, "U": 2 * unit - 2, "T": unit + 1}),
            Row("pay", "X", 2 * unit + unit // 7, sink="sink:S"),
            Row("send", "X", 4 * unit + 3, id="t"),
            Row("arrival", "Y", 4 * unit - 5, of="t"),
            Row("pay", "Y", 5 * unit, sink="sink:S"),
            Row("credit", "Y", unit // 2, {"T": unit // 2}),
        ],
        proceeds=("A", "T"),
    )


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("unit", [THIRTY_MILLION, 2**31, 2**53 + 1, 2**62 // 25])
def test_every_rule_stays_exact_up_to_the_limit(rule: str, unit: int) -> None:
    told = large(unit)
    entries = told.entries()
    expected = Twin(rule, exact=False).run(told)
    assert shown(replay(entries, rule).targets) == expected
    assert shown(replay(entries, rule, record=False).targets) == expected


@pytest.mark.parametrize("rule", RULES)
def test_the_fast_ways_stay_exact_up_to_the_limit(rule: str) -> None:
    """Two labels, pure lots, whole transfers: what the fast kernels take, above and below the size of a run."""
    for unit in (2**50, 2**57 - 1, 2**57, 2**58):
        told = Ledger(
            accounts={"X": Opening([{"K": unit}]), "Y": Opening([], unit // 3)},
            rows=[
                Row("credit", "X", unit - 1, {"T": unit - 1}),
                Row("send", "X", unit + unit // 2, id="t"),
                Row("arrival", "Y", unit + unit // 2, of="t"),
                Row("pay", "Y", 2 * unit, sink="sink:S"),
            ],
        )
        entries = told.entries()
        kept = [entries.labels.index("K"), entries.labels.index("T")]
        two = entries.changed(labels=("K", "T"), proceeds=entries.proceeds[kept], origin=entries.origin[:, kept].copy())
        assert shown(replay(two, rule, record=False).targets) == Twin(rule, exact=False).run(told)


@pytest.mark.parametrize("rule", RULES)
def test_what_could_wrap_around_is_refused_with_a_sentence(rule: str) -> None:
    with pytest.raises(RuleError, match="near the limit of 64 bits") as refused:
        replay(large(2**62 // 22).entries(), rule)
    assert "wrap around" in str(refused.value)

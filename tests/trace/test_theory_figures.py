"""Theories at their edges, by hand: a claimant paid more than he paid in, and two withdrawals into one place."""

from dataclasses import replace
from fractions import Fraction

from tests.trace.test_elections import credit, pay, run, told
from tracer.trace.theories.once_off import share_fund
from tracer.trace.theories.section_1957 import modes


def test_who_was_paid_more_than_he_paid_in_shares_in_nothing() -> None:
    """p paid 100 in and had 150 back; q paid 200 in and r 100. Of 300 in and 150 out, 150 are left: q 100, r 50."""
    book = told(
        credit("e1", 100, "p"), credit("e2", 200, "q"), credit("e3", 100, "r"), pay("x", 100),
        pay("back", 150, claimant="p"), proceeds=("p", "q", "r"),
    )  # fmt: skip
    shared = share_fund(book)
    assert (shared.fund, shared.net_claims) == (150, {"p": -50, "q": 200, "r": 100})
    assert shared.exact_b == {"p": 0, "q": 100, "r": 50}
    assert shared.cents_b == {"q": 100, "r": 50}
    assert shared.caps == {"p": 0, "q": 150, "r": 100}  # taken alone, q's 200 were cut to the 150 left
    assert shared.exact_c == {"p": 0, "q": Fraction(150 * 150, 250), "r": Fraction(150 * 100, 250)}


def test_a_small_withdrawal_does_not_hide_a_large_one_into_the_same_place() -> None:
    """T 13,000.00: 12,000.00 go to X and then 500.00 more. The first is above the threshold in every mode."""
    book = told(credit("e1", 1_300_000, "T"), pay("w1", 1_200_000), pay("w2", 50_000))
    one = book.with_events([replace(e, sink="X") if e.kind == "debit" else e for e in book.events])
    made = run(one, "proceeds_first")
    found = modes(one, {"proceeds_first": (made.entries, made.replay)})
    assert {mode: met["X"] for mode, met in found.items()} == dict.fromkeys(found, True)
    assert set(found) == {"per_rule.proceeds_first", "presume", "trace_all", "aggregate"}

"""Credits that may be traced money come back, by hand: how much of each is in doubt, what rests on it, what it moves."""

import numpy as np
import pytest
from bounds_ledgers import told

from tracer.model import AssetTrace, Bounds, GapEffect, TraceResult
from tracer.trace import bounds, replay
from tracer.trace.bounds_graph import DOUBTFUL, build
from tracer.trace.effects import ALONE
from tracer.trace.order_reach import Reach
from tracer.trace.origins import doubted, joined_effects, net_floor, not_paid, refund_effects, resting_on

MONEY = {"A": "USD", "B": "EUR", "D": "GBP"}
ACCOUNTS = {name: {"currency": currency} for name, currency in MONEY.items()}


def came(account, **labels):
    return {"account": account, "amount": sum(labels.values()), "credit": True, "origin": labels}


def paid(account, amount, name):
    return {"account": account, "amount": amount, "credit": False, "sink": f"sink:{name}"}


def in_doubt(rows, exchanged, paid_back=None, accounts=ACCOUNTS):
    return doubted(build(told(rows, accounts, ("T",))), exchanged, paid_back or {})


def sources(graph, row):
    """Return label -> amount of the sources of one entry, DOUBTFUL by its code."""
    mine = np.flatnonzero(graph.source_row == row).tolist()
    named = {-2: DOUBTFUL} | dict(enumerate(graph.entries.labels))
    return {named[int(graph.source_label[i])]: int(graph.source_amount[i]) for i in mine}


# how much is in doubt --------------------------------------------------------------------------------------------------


def chain(links):
    """So many conversions in a row, each of all that was held, at two to one; half of what begins it is proceeds."""
    accounts = {f"A{k}": {"currency": ("USD", "EUR")[k % 2]} for k in range(links + 1)}
    rows = [came("A0", T=2**12, U=2**12)]
    for k in range(links):
        rows += [paid(f"A{k}", 2 ** (13 - k), f"X{k}"), came(f"A{k + 1}", U=2 ** (12 - k))]
    return in_doubt(rows, {2 + 2 * k: [1 + 2 * k] for k in range(links)}, accounts=accounts)


@pytest.mark.parametrize("links", [1, 2, 5, 6])
def test_the_fraction_passes_from_conversion_to_conversion(links):
    found = chain(links)
    assert found.amounts == {2 + 2 * k: 2 ** (11 - k) for k in range(links)}
    assert bounds(found.graph, [f"bal:A{links}"], ["T"]).ceiling == 2 ** (12 - links)


@pytest.mark.parametrize("links", [7, 8, 9, 12])
def test_of_a_longer_chain_every_credit_is_in_doubt_to_its_end(links):
    """No credit of it is left out: a person may decide that all of them are conversions."""
    found = chain(links)
    assert found.amounts == {2 + 2 * k: 2 ** (12 - k) for k in range(links)}
    assert found.debits == {2 + 2 * k: (1 + 2 * k,) for k in range(links)}
    assert bounds(found.graph, [f"bal:A{links}"], ["T"]).ceiling == 2 ** (13 - links)


@pytest.mark.parametrize(("debits", "doubt"), [(40, 1), (41, 8)])
def test_of_more_debits_than_are_computed_the_whole_credit_is_in_doubt(debits, doubt):
    """Every payment of 10 holds 1 of proceeds; what no proceeds can have reached stays out of it, however many are asked."""
    rows = [came("D", U=10), paid("D", 10, "GBP")]
    for k in range(debits):
        rows += [came("A", T=1, U=9), paid("A", 10, f"S{k}"), came("B", U=8)]
    exchanged = {4 + 3 * k: [3 + 3 * k] for k in range(debits)}
    exchanged[4] = [3, 1]
    rows.append(came("B", U=5))
    exchanged[len(rows) - 1] = [1]
    found = in_doubt(rows, exchanged)
    assert found.amounts == {4 + 3 * k: doubt for k in range(debits)}
    assert found.debits == {4 + 3 * k: (3 + 3 * k,) for k in range(debits)}


def test_only_what_is_not_proceeds_already_can_be_in_doubt():
    rows = [came("A", T=10), paid("A", 10, "X"), came("B", C=3, T=2, U=4)]
    found = in_doubt(rows, {2: [1]})
    assert found.amounts == {2: 7}
    assert sources(found.graph, 2) == {"T": 2, DOUBTFUL: 7}
    assert sources(found.graph, 0) == {"T": 10}


def test_other_money_is_doubted_in_the_order_of_its_labels():
    """4 of 8 left as proceeds, so 9 come with at most 5 in doubt: the 3 of C, then 2 of the 4 of U."""
    rows = [came("A", T=4, U=4), paid("A", 8, "X"), came("B", C=3, T=2, U=4), came("B", C=6, U=1)]
    found = in_doubt(rows, {2: [1], 3: [1]})
    assert found.amounts == {2: 5, 3: 4}
    assert sources(found.graph, 2) == {"T": 2, "U": 2, DOUBTFUL: 5}
    assert sources(found.graph, 3) == {"C": 2, "U": 1, DOUBTFUL: 4}
    assert bounds(found.graph, ["bal:B"], ["T"]).ceiling == 11
    assert bounds(found.graph, ["bal:B"], ["T"]).floor == 2
    assert int(found.graph.source_node[-1]) == int(found.graph.node_of[3])


def test_the_best_of_several_debits_counts_and_several_returns_together():
    rows = [
        came("A", T=6, U=34),
        paid("A", 20, "X"),  # up to 6 of proceeds
        paid("A", 10, "Y"),  # up to 6 as well
        came("B", U=10),  # bought with either: 6 x 10 / 20, or 6 x 10 / 10
        came("A", U=9),  # both payees give back: 6 and 6 at most, 9 in all
        came("A", U=5),  # 5 and 5, of 5
        came("D", U=7),  # in another currency no rate says
    ]
    found = in_doubt(rows, {3: [1, 2]}, {4: [1, 2], 5: [2], 6: [1]})
    assert found.amounts == {3: 6, 4: 9, 5: 5, 6: 7}
    assert found.debits == {3: (1, 2), 4: (1, 2), 5: (2,), 6: (1,)}
    found = in_doubt(rows, {3: [1]}, {4: [1]})
    assert found.amounts == {3: 3, 4: 6}
    found = in_doubt(rows, {3: [1], 6: [1]}, {3: [2]})  # a conversion or a return: whatever is more
    assert found.amounts == {3: 10, 6: 3}
    assert found.debits == {3: (1, 2), 6: (1,)}


def test_a_leg_of_a_transfer_and_a_payment_are_never_in_doubt():
    rows = [came("A", T=10), paid("A", 4, "X"), {"account": "A", "amount": 6, "credit": False, "partner": 3}]
    rows += [{"account": "B", "amount": 5, "credit": True, "partner": 2}, paid("B", 5, "Y"), came("B", U=1)]
    found = in_doubt(rows, {3: [1], 4: [1]}, {3: [1], 4: [1]})
    assert found.amounts == {}
    assert found.debits == {}


# what rests on it ------------------------------------------------------------------------------------------------------


def spread():
    """Proceeds are paid to X; euros come that may be theirs, and are spent on Y; B is empty again before Z is paid."""
    rows = [came("A", T=10), paid("A", 10, "X"), came("B", U=8), paid("B", 8, "Y"), came("B", U=3), paid("B", 3, "Z")]
    return rows, in_doubt(rows, {2: [1]})


def test_what_the_credit_reached_and_what_its_debit_paid_for_rest_on_the_gap():
    rows, made = spread()
    entries = told(rows, ACCOUNTS, ("T",))
    known = Reach({"sink:X": frozenset({"old"}), "bal:D": frozenset({"old"})}, frozenset({"live"}))
    found = resting_on(known, entries, made, {2: ["g", "h"]})
    assert found.targets == {
        "sink:X": frozenset({"old", "g", "h"}),
        "sink:Y": frozenset({"g", "h"}),
        "bal:D": frozenset({"old"}),
    }
    assert found.live == frozenset({"live"})


def test_without_a_gap_nothing_more_rests_on_anything():
    rows, made = spread()
    known = Reach({"sink:X": frozenset({"old"})}, frozenset())
    assert resting_on(known, told(rows, ACCOUNTS, ("T",)), made, {}) is known
    assert resting_on(known, told(rows, ACCOUNTS, ("T",)), made, {4: ["g"]}) is known


# what it moves ---------------------------------------------------------------------------------------------------------


def target(name, figures, currency, floor=0):
    told_of = Bounds((name,), ("T",), currency, 100, floor, 100)
    return AssetTrace(name, "SINK", name, currency, 100, figures, {}, told_of)


def result(*targets, rules=("fifo",)):
    return TraceResult("run", "head", rules, {}, ("T",), (), (), targets, (), ())


def spending():
    """A pays 10 of proceeds for X and 20 of other money for W; 8 and 6 euros come and are paid for Y and Z."""
    return [
        came("A", T=10),
        paid("A", 10, "X"),
        came("A", U=20),
        paid("A", 20, "W"),
        came("B", U=8),
        paid("B", 8, "Y"),
        came("B", U=6),
        paid("B", 6, "Z"),
    ]


def joined(pairs):
    rows = [dict(row) for row in spending()]
    for debit, credit in ((int(d), int(c)) for d, c in pairs):
        rows[debit]["partner"], rows[credit]["partner"] = credit, debit
        del rows[debit]["sink"], rows[credit]["origin"]
    return told(rows, ACCOUNTS, ("T",))


def asked(targets, pairs, *, reached=None, rules=("fifo",), bundle="ordered"):
    everything = frozenset(pairs) if reached is None else reached
    reach = Reach({t.target: everything for t in targets}, frozenset())
    return joined_effects(result(*targets, rules=rules), reach, pairs, joined, bundle=bundle)


def test_the_effect_of_a_pair_is_the_figure_with_it_and_without():
    x, y = target("sink:X", {"fifo": 10}, "USD"), target("sink:Y", {"fifo": 0}, "EUR")
    found = asked((x, y), {"g": [("1", "4")]})
    assert found == {"g": (GapEffect("sink:X", "USD", "fifo", 0, 10), GapEffect("sink:Y", "EUR", "fifo", 0, 8))}


def test_of_several_pairs_the_effect_is_the_least_and_the_most():
    y, z = target("sink:Y", {"fifo": 0}, "EUR"), target("sink:Z", {"fifo": 3}, "EUR")
    found = asked((y, z), {"g": [("3", "4"), ("1", "6"), ("3", "6")]})
    assert found == {"g": (GapEffect("sink:Z", "EUR", "fifo", 0, 6),)}
    # the third is looked at
    found = asked((y, z), {"g": [("3", "4"), ("3", "6"), ("1", "6")]})
    assert found == {"g": (GapEffect("sink:Z", "EUR", "fifo", 0, 6),)}
    # the fourth pair is not
    found = asked((y, z), {"g": [("3", "4"), ("3", "4"), ("3", "6"), ("1", "4")]})
    assert found == {"g": (GapEffect("sink:Z", "EUR", "fifo", 0, 3),)}


def test_each_gap_moves_only_what_rests_on_it_and_every_rule_is_told():
    y = target("sink:Y", {"fifo": 0, "libr": 1}, "EUR")
    assert asked((y,), {"g": [("1", "4")]}, reached=frozenset({"h"})) == {"g": ()}
    found = asked((y,), {"g": [("1", "4")], "h": [("1", "6")]}, rules=("fifo", "libr"))
    assert found == {
        "g": (GapEffect("sink:Y", "EUR", "fifo", 0, 8), GapEffect("sink:Y", "EUR", "libr", 1, 8)),
        "h": (GapEffect("sink:Y", "EUR", "libr", 0, 1),),
    }


def test_a_target_that_the_joined_books_do_not_name_holds_nothing_there():
    gone = target("sink:X", {"fifo": 10}, "USD")
    named = target("sink:OVERDRAFT:EUR", {"fifo": 0}, "EUR")
    found = asked((gone, named), {"g": [("1", "4")]})
    assert found == {"g": (GapEffect("sink:X", "USD", "fifo", 0, 10),)}


def test_a_target_paid_in_one_currency_is_found_by_its_short_name():
    found = asked((target("sink:Y:EUR", {"fifo": 0}, "EUR"),), {"g": [("1", "4")]})
    assert found == {"g": (GapEffect("sink:Y:EUR", "EUR", "fifo", 0, 8),)}


def test_a_total_of_one_currency_among_several_keeps_its_whole_name():
    """B owes its bank 5; the 8 euros that came repay that first, and with the 10 of proceeds joined, 5 of them are proceeds."""
    accounts = {"A": {"currency": "USD"}, "B": {"currency": "EUR", "debt": 5}}
    rows = [came("A", T=10), paid("A", 10, "X"), came("B", U=8)]

    def together(pairs):
        made = [dict(row) for row in rows]
        for debit, credit in ((int(d), int(c)) for d, c in pairs):
            made[debit]["partner"], made[credit]["partner"] = credit, debit
            del made[debit]["sink"], made[credit]["origin"]
        return told(made, accounts, ("T",))

    repaid = target("sink:OVERDRAFT:EUR", {"fifo": 0}, "EUR")
    reach = Reach({"sink:OVERDRAFT:EUR": frozenset({"g"})}, frozenset())
    found = joined_effects(result(repaid), reach, {"g": [("1", "2")]}, together, bundle="ordered")
    assert found == {"g": (GapEffect("sink:OVERDRAFT:EUR", "EUR", "fifo", 0, 5),)}


@pytest.mark.parametrize("gaps", [ALONE, ALONE + 1])
def test_of_many_gaps_the_best_pairs_are_joined_together_each_line_once(gaps):
    """Alone, each gap moves one of the two; together, both move, and both effects are told of every gap."""
    y, z = target("sink:Y", {"fifo": 0}, "EUR"), target("sink:Z", {"fifo": 0}, "EUR")
    pairs = {f"g{k}": [("1", "4")] for k in range(gaps - 1)} | {
        "last": [("1", "4"), ("1", "6"), ("3", "4"), ("3", "6")]
    }
    found = asked((y, z), pairs)
    assert set(found) == set(pairs)
    if gaps <= ALONE:
        assert found["g0"] == (GapEffect("sink:Y", "EUR", "fifo", 0, 8),)
        assert found["last"] == (GapEffect("sink:Y", "EUR", "fifo", 0, 8), GapEffect("sink:Z", "EUR", "fifo", 0, 6))
    else:  # ("1", "4") and ("3", "6") are joined once: Z comes of other money
        assert set(found.values()) == {(GapEffect("sink:Y", "EUR", "fifo", 0, 8),)}


def test_the_bundle_elected_is_that_of_the_effect():
    """A mixed lot and a pure one are sent in one payment, and pay a debt of B first: under `ordered` with the first drawn."""
    rows = [came("A", T=10), came("A", U=10), paid("A", 20, "X"), came("B", U=20), paid("B", 10, "Y")]

    def both(pairs):
        made = [dict(row) for row in rows]
        made[2]["partner"], made[3]["partner"] = 3, 2
        del made[2]["sink"], made[3]["origin"]
        assert list(pairs) == [("2", "3")]
        return told(made, {"A": {"currency": "USD"}, "B": {"currency": "EUR"}}, ("T",))

    y = target("sink:Y", {"fifo": 0}, "EUR")
    reach = Reach({"sink:Y": frozenset({"g"})}, frozenset())
    for bundle, most in (("ordered", 10), ("blended", 5)):
        found = joined_effects(result(y), reach, {"g": [("2", "3")]}, both, bundle=bundle)
        assert found == {"g": (GapEffect("sink:Y", "EUR", "fifo", 0, most),)}


def test_a_refund_lowers_every_figure_of_its_asset_by_no_more_than_there_is():
    x = target("sink:X", {"fifo": 10, "libr": 0, "lifo": 3}, "USD", floor=6)
    y = target("sink:Y", {"fifo": 9}, "EUR")
    found = refund_effects(result(x, y), {"sink:X": [("g", 4), ("h", 20), ("none", 0)]}, {"sink:X": 8})
    assert found == {
        "g": (
            GapEffect("sink:X", "USD", "floor", 4, 8),
            GapEffect("sink:X", "USD", "fifo", 6, 10),
            GapEffect("sink:X", "USD", "lifo", 0, 3),
        ),
        "h": (
            GapEffect("sink:X", "USD", "floor", 0, 8),
            GapEffect("sink:X", "USD", "fifo", 0, 10),
            GapEffect("sink:X", "USD", "lifo", 0, 3),
        ),
        "none": (),
    }
    assert refund_effects(result(x), {"sink:X": [("g", 4)]}, {})["g"][0] == GapEffect("sink:X", "USD", "floor", 2, 6)


def test_what_may_have_bought_a_currency_was_paid_to_nobody_and_is_counted_once():
    rows = [came("A", T=20), paid("A", 10, "X"), paid("A", 4, "X"), paid("A", 6, "Y"), came("B", U=8), came("B", U=5)]
    rows.append(came("A", U=6))
    found = in_doubt(rows, {4: [1, 2], 5: [1]}, {6: [3]})
    assert not_paid(found, {4: [1, 2], 5: [1]}) == {"sink:X": 14}
    assert not_paid(found, {}) == {}


@pytest.mark.parametrize(
    ("refunds", "unpaid", "floor", "sentences"),
    [
        ({}, None, 50, 0),
        ({"sink:Z": [("g", 9)]}, {"sink:Z": 9}, 50, 0),
        ({"sink:X": [("g", 9), ("h", 1)], "sink:Y": [("i", 5)]}, None, 35, 2),
        ({}, {"sink:X": 7, "sink:Y": 1}, 42, 2),
        ({"sink:X": [("g", 9)]}, {"sink:Y": 1}, 40, 3),
        ({"sink:X": [("g", 45)]}, {"sink:Y": 30}, 0, 3),
    ],
)
def test_the_floor_less_what_came_back_and_what_was_never_paid(refunds, unpaid, floor, sentences):
    told_of = Bounds(("sink:X", "sink:Y"), ("T",), "USD", 100, 50, 90, ("why",), (), ("因",), ())
    found = net_floor(told_of, refunds, unpaid)
    assert (found.floor, found.ceiling, found.recorded) == (floor, 90, 100)
    assert (len(found.words_floor), len(found.words_floor_zh)) == (1 + sentences, 1 + sentences)
    assert found.words_floor[0] == "why"
    if sentences:
        assert f"the floor keeps USD 0.{floor:02d}" in found.words_floor[-1]
    nothing = Bounds(("sink:X",), ("T",), "USD", 100, 0, 90)
    assert net_floor(nothing, refunds, unpaid) is nothing


def test_the_replay_of_the_joined_books_is_what_the_effects_are_made_of():
    assert replay(joined([("1", "4")]), "fifo").targets["sink:Y"]["T"] == 8

"""Money on its way, by hand, where two things that are rare alone come together: a charge and a debt, the bank's money and a charge."""

import numpy as np
import pytest

from tests.trace.ledgers import Ledger, Opening, Row
from tests.trace.test_twin import shown
from tracer.trace import replay

EVERY = ("fifo", "lifo", "pro_rata", "libr", "proceeds_first")


def figures(ledger: Ledger, rule: str, **elected) -> dict:
    """Return the figures of a run with a record; without one they are the same."""
    entries = ledger.entries()
    found = shown(replay(entries, rule, **elected).targets)
    assert shown(replay(entries, rule, record=False, **elected).targets) == found
    return found


@pytest.mark.parametrize("rule", EVERY)
@pytest.mark.parametrize(
    ("bundle", "held", "repaid", "charged"),
    [
        # 9 of T come first and pay the debt of 6; the 9 of the bank are the last sub-lot (1.2 steps 4 and 5)
        ("ordered", {"T": 3, "K": 9}, {"T": 6}, {"T": 1, "K": 1}),
        # one lot of 9 and 9: half of what repays the bank is T
        ("blended", {"T": 6, "K": 6}, {"T": 3, "K": 3}, {"T": 1, "K": 1}),
    ],
)
def test_a_charge_on_money_that_the_bank_lent_in_part_and_a_debt_at_its_end(rule, bundle, held, repaid, charged):
    """10 of T are held, 20 sent, 18 arrive in an account that is 6 in debt."""
    ledger = Ledger(
        accounts={"A": Opening([{"T": 10}]), "B": Opening([], 6)},
        rows=[Row("send", "A", 20, id="t"), Row("arrival", "B", 18, of="t")],
    )
    assert figures(ledger, rule, bundle=bundle) == {
        "bal:B": held,
        "sink:OVERDRAFT": repaid,
        "sink:TRANSIT_FEE": charged,
    }


@pytest.mark.parametrize("rule", EVERY)
@pytest.mark.parametrize("between", [0, 1, 2])
def test_a_transfer_may_be_the_very_first_entry(rule, between):
    """What it sends is the bank's; so many payments lie between the two legs of it."""
    rows = [Row("send", "A", 7, id="t")]
    rows += [Row("pay", "A", 1, sink="sink:S") for _ in range(between)]
    rows += [Row("arrival", "B", 7, of="t"), Row("pay", "B", 3, sink="sink:S")]
    found = figures(Ledger(accounts={"A": Opening(), "B": Opening()}, rows=rows), rule)
    assert found == {"bal:B": {"K": 4}, "sink:S": {"K": 3 + between}}


@pytest.mark.parametrize("rule", EVERY)
def test_two_legs_under_way_at_once_are_not_taken_for_each_other(rule):
    """The later one arrives first, and each brings what it took: A sent T, B sent C, then B sent what it had left of U."""
    ledger = Ledger(
        accounts={"A": Opening([{"T": 5}]), "B": Opening([{"C": 4}]), "D": Opening([], 2), "E": Opening()},
        rows=[
            Row("send", "A", 5, id="a"),
            Row("send", "B", 4, id="b"),
            Row("credit", "B", 3, {"U": 3}),
            Row("send", "B", 3, id="u"),
            Row("arrival", "D", 4, of="b"),
            Row("arrival", "E", 3, of="u"),
            Row("arrival", "E", 5, of="a"),
            Row("pay", "D", 1, sink="sink:S"),
        ],
    )
    assert figures(ledger, rule) == {
        "bal:D": {"C": 1},
        "bal:E": {"U": 3, "T": 5},
        "sink:OVERDRAFT": {"C": 2},
        "sink:S": {"C": 1},
    }


def two_labels(ledger: Ledger, one: str, two: str):
    """Return the entries with these two labels and no other, as the fast ways of pro_rata, libr and proceeds_first want them."""
    entries = ledger.entries()
    kept = [entries.labels.index(one), entries.labels.index(two)]
    return entries.changed(labels=(one, two), proceeds=entries.proceeds[kept], origin=entries.origin[:, kept].copy())


@pytest.mark.parametrize("rule", ["pro_rata", "libr", "proceeds_first"])
@pytest.mark.parametrize(
    ("one", "two", "paid", "held"),
    [
        ("A", "T", {"A": 2, "T": 2}, {"A": 4, "T": 4}),  # two offences: neither is drawn before the other
        ("C", "U", {"C": 2, "U": 2}, {"C": 4, "U": 4}),  # no offence at all
    ],
)
def test_two_labels_of_one_class_are_drawn_alike(rule, one, two, paid, held):
    ledger = Ledger(
        accounts={"X": Opening()},
        rows=[Row("credit", "X", 12, {one: 6, two: 6}), Row("pay", "X", 4, sink="sink:S")],
        proceeds=("A", "T"),
    )
    entries = two_labels(ledger, one, two)
    for record in (True, False):
        found = shown(replay(entries, rule, record=record).targets)
        assert found == {"sink:S": paid, "bal:X": held}


@pytest.mark.parametrize("rule", EVERY)
def test_a_charge_is_told_whether_the_way_is_fast_or_not(rule):
    """Two labels only, totals only: what did not arrive is a charge in transit, of the money that was sent."""
    ledger = Ledger(
        accounts={"X": Opening(), "Y": Opening()},
        rows=[
            Row("credit", "X", 10, {"T": 10}),
            Row("send", "X", 10, id="t"),
            Row("arrival", "Y", 8, of="t"),
        ],
    )
    entries = two_labels(ledger, "K", "T")
    for record in (True, False):
        found = shown(replay(entries, rule, record=record).targets)
        assert found == {"bal:Y": {"T": 8}, "sink:TRANSIT_FEE": {"T": 2}}


@pytest.mark.parametrize("rule", EVERY)
@pytest.mark.parametrize("offences", [60, 61, 62, 63])
def test_more_labels_than_fit_a_word_are_told_apart(rule, offences):
    """With C, K and U they are 63 to 66; the money of the last one is spent, and that of the first one kept."""
    names = [f"w{k:02d}" for k in range(offences)]
    ledger = Ledger(
        accounts={"X": Opening()},
        rows=[
            Row("credit", "X", 5, {names[-1]: 5}),
            Row("pay", "X", 5, sink="sink:S"),
            Row("credit", "X", 3, {names[0]: 3}),
            Row("credit", "X", 2, {names[-2]: 2}),
        ],
        proceeds=tuple(names),
    )
    assert figures(ledger, rule) == {"sink:S": {names[-1]: 5}, "bal:X": {names[0]: 3, names[-2]: 2}}


@pytest.mark.parametrize("rule", ["fifo", "lifo"])
def test_money_that_no_bank_can_have_lent_travels_by_the_fast_way_too(rule):
    """No label K: what is sent has no last sub-lot of the bank, not even an empty one."""
    ledger = Ledger(
        accounts={"X": Opening(), "Y": Opening()},
        rows=[
            Row("credit", "X", 6, {"U": 6}),
            Row("send", "X", 4, id="t"),
            Row("pay", "X", 1, sink="sink:S"),
            Row("arrival", "Y", 4, of="t"),
            Row("credit", "Y", 2, {"C": 2}),
            Row("pay", "Y", 5, sink="sink:S"),
        ],
    )
    entries = two_labels(ledger, "C", "U")
    for record in (True, False):
        found = shown(replay(entries, rule, record=record).targets)
        kept = {"C": 1} if rule == "fifo" else {"U": 1}
        assert found == {
            "sink:S": {"C": 2 - kept.get("C", 0), "U": 5 - kept.get("U", 0)},
            "bal:X": {"U": 1},
            "bal:Y": kept,
        }


@pytest.mark.parametrize("rule", ["pro_rata", "libr", "proceeds_first"])
@pytest.mark.parametrize(
    ("bundle", "held", "repaid"), [("ordered", {"T": 2, "K": 1}, {"T": 3}), ("blended", {"T": 3}, {"T": 2, "K": 1})]
)
def test_one_cent_of_the_bank_is_a_sub_lot_as_any_other(rule, bundle, held, repaid):
    """5 of T are held, 6 sent, to an account that is 3 in debt: of the 3 that stay, 2.5 are T if blended, rounded up."""
    ledger = Ledger(
        accounts={"A": Opening([{"T": 5}]), "B": Opening([], 3)},
        rows=[Row("send", "A", 6, id="t"), Row("arrival", "B", 6, of="t")],
    )
    assert figures(ledger, rule, bundle=bundle) == {"bal:B": held, "sink:OVERDRAFT": repaid}


@pytest.mark.parametrize("rule", ["libr", "proceeds_first"])
def test_every_account_has_its_own_queue_of_deposits(rule):
    """Seven accounts, four or five labels; the oldest deposit of the account is drawn first, across labels."""
    names = "ABDEFGH"
    rows = [Row("credit", a, 4, {"b": 4}) for a in names] + [Row("credit", a, 6, {"T": 6}) for a in names]
    rows += [Row("pay", a, 2 + k, sink=f"sink:{a}") for k, a in enumerate(names)]
    ledger = Ledger(accounts={a: Opening() for a in names}, rows=rows, proceeds=("T", "b"))
    found = figures(ledger, rule, proceeds_subrule="fifo")
    for k, a in enumerate(names):
        paid = {"b": min(4, 2 + k), "T": max(0, k - 2)}
        assert found[f"sink:{a}"] == {n: x for n, x in paid.items() if x}
        assert found[f"bal:{a}"] == {n: x for n, x in {"b": 4 - paid["b"], "T": 6 - paid["T"]}.items() if x}


@pytest.mark.parametrize("rule", EVERY)
def test_interest_may_be_the_only_entry(rule):
    """Nothing is held that it could follow: it is clean."""
    entries = Ledger(accounts={"A": Opening()}, rows=[Row("credit", "A", 7, {"C": 7})]).entries()
    alone = entries.changed(origin=np.zeros_like(entries.origin), follows=np.array([True]))
    for record in (True, False):
        assert shown(replay(alone, rule, record=record).targets) == {"bal:A": {"C": 7}}


def fees(ledger: Ledger, *which: int):
    entries = ledger.entries()
    clean_first = np.zeros(len(entries), np.bool_)
    clean_first[list(which)] = True
    return entries.changed(clean_first=clean_first)


@pytest.mark.parametrize(("fee", "paid"), [(1, {"C": 1}), (2, {"C": 2}), (3, {"C": 3}), (8, {"C": 7, "T": 1})])
def test_a_fee_of_one_cent_is_paid_by_other_money_too(fee, paid):
    """Oldest first: the lots are T 5, C 2, T 4, C 5."""
    lots = ({"T": 5}, {"C": 2}, {"T": 4}, {"C": 5})
    rows = [Row("credit", "A", sum(lot.values()), lot) for lot in lots] + [Row("pay", "A", fee, sink="sink:F")]
    found = shown(replay(fees(Ledger(accounts={"A": Opening()}, rows=rows), 4), "fifo").targets)
    assert found["sink:F"] == paid


@pytest.mark.parametrize("rule", ["fifo", "lifo"])
def test_a_fee_that_comes_back_in_part_was_paid_by_one_lot_of_many(rule):
    """One of twelve lots covers it: the eleven others stay as they are, and none of them travels."""
    rows = [Row("credit", "A", 2, {"C": 2}) for _ in range(12)]
    rows += [Row("send", "A", 2, sink="sink:F", id="t"), Row("arrival", "A", 1, of="t")]
    found = shown(replay(fees(Ledger(accounts={"A": Opening()}, rows=rows), 12), rule).targets)
    assert found == {"sink:F": {"C": 1}, "bal:A": {"C": 23}}


@pytest.mark.parametrize("rule", ["fifo", "lifo"])
def test_a_sub_lot_of_which_nothing_arrives_leaves_no_trace_in_the_list(rule):
    """Of 100 and 1 half arrives: 50 of the one and nothing of the other. What comes to another account next is not in it."""
    ledger = Ledger(
        accounts={"X": Opening(), "Y": Opening([{"w": 9}]), "Z": Opening()},
        rows=[
            Row("credit", "X", 100, {"T": 100}),
            Row("credit", "X", 1, {"C": 1}),
            Row("send", "X", 101, id="t"),
            Row("arrival", "Y", 50, of="t"),
            Row("credit", "Z", 7, {"U": 7}),
            Row("pay", "Y", 20, sink="sink:S"),
        ],
        proceeds=("T", "w"),
    )
    held, paid = ({"T": 39}, {"w": 9, "T": 11}) if rule == "fifo" else ({"w": 9, "T": 30}, {"T": 20})
    assert figures(ledger, rule) == {
        "bal:Y": held,
        "bal:Z": {"U": 7},
        "sink:S": paid,
        "sink:TRANSIT_FEE": {"T": 50, "C": 1},
    }


@pytest.mark.parametrize("rule", EVERY)
@pytest.mark.parametrize("unit", [2**57 - 1, 2**57, 2**57 + 1])
@pytest.mark.parametrize("parts", [1, 2])
def test_an_amount_and_its_label_share_a_word_only_where_they_fit(rule, unit, parts):
    """At once, or in two credits: the last amount that fits, and the first two that do not."""
    each = [unit] if parts == 1 else [unit // 2, unit - unit // 2]
    rows = [Row("credit", "X", x, {"T": x}) for x in each]
    rows += [
        Row("pay", "X", 5, sink="sink:S"),
        Row("send", "X", unit - 5, id="t"),
        Row("arrival", "Y", unit - 5, of="t"),
    ]
    ledger = Ledger(accounts={"X": Opening(), "Y": Opening([], 1)}, rows=rows)
    assert figures(ledger, rule) == {"sink:S": {"T": 5}, "bal:Y": {"T": unit - 6}, "sink:OVERDRAFT": {"T": 1}}


@pytest.mark.parametrize("rule", ["fifo", "lifo"])
def test_many_fees_out_of_one_lot_need_no_lots_of_their_own(rule):
    rows = [Row("credit", "A", 9, {"C": 9}), *(Row("pay", "A", 1, sink="sink:F") for _ in range(6))]
    found = shown(replay(fees(Ledger(accounts={"A": Opening()}, rows=rows), *range(1, 7)), rule).targets)
    assert found == {"sink:F": {"C": 6}, "bal:A": {"C": 3}}


@pytest.mark.parametrize("rule", ["pro_rata", "libr", "proceeds_first"])
@pytest.mark.parametrize(
    ("labels", "paid"),
    [
        (("C",), {"C": 6}),
        (("T",), {"T": 6}),
        # of 3 of C, 4 of T and 5 of b: the class first, then its labels
        (
            ("C", "T", "b"),
            {
                "pro_rata": {"C": 1, "T": 2, "b": 3},
                "libr": {"C": 3, "T": 1, "b": 2},
                "proceeds_first": {"T": 3, "b": 3},
            },
        ),
    ],
)
def test_one_label_and_three_are_told_as_two_are(rule, labels, paid):
    came = dict(zip(labels, (3, 4, 5) if len(labels) == 3 else (12,), strict=True))
    ledger = Ledger(
        accounts={"X": Opening()},
        rows=[Row("credit", "X", 12, came), Row("pay", "X", 6, sink="sink:S")],
        proceeds=("T", "b"),
    )
    entries = ledger.entries()
    kept = [entries.labels.index(name) for name in labels]
    few = entries.changed(labels=labels, proceeds=entries.proceeds[kept], origin=entries.origin[:, kept].copy())
    for record in (True, False):
        assert shown(replay(few, rule, record=record).targets)["sink:S"] == paid.get(rule, paid)


@pytest.mark.parametrize("rule", EVERY)
def test_a_blended_bundle_may_end_with_the_very_first_lot(rule):
    """Newest first, the bundle is C and then T, the first lot of all; blended, half of what pays the debt is of each."""
    ledger = Ledger(
        accounts={"A": Opening(), "B": Opening([], 4)},
        rows=[
            Row("credit", "A", 5, {"T": 5}),
            Row("credit", "A", 5, {"C": 5}),
            Row("send", "A", 10, id="t"),
            Row("arrival", "B", 10, of="t"),
        ],
    )
    blended = figures(ledger, rule, bundle="blended")
    assert blended == {"bal:B": {"T": 3, "C": 3}, "sink:OVERDRAFT": {"T": 2, "C": 2}}


@pytest.mark.parametrize("rule", EVERY)
@pytest.mark.parametrize(
    ("came", "debt", "held", "repaid"),
    [
        ({"K": 5, "T": 1}, 3, {"K": 2, "T": 1}, {"K": 3}),  # half a cent of T stays: rounded up
        ({"K": 1, "T": 5}, 3, {"T": 3}, {"K": 1, "T": 2}),  # two and a half of T stay: three
    ],
)
def test_one_cent_of_a_class_repays_its_part(rule, came, debt, held, repaid):
    rows = [Row("credit", "B", sum(came.values()), came)]
    entries = two_labels(Ledger(accounts={"B": Opening([], debt)}, rows=rows), "K", "T")
    for record in (True, False):
        assert shown(replay(entries, rule, record=record).targets) == {"bal:B": held, "sink:OVERDRAFT": repaid}


@pytest.mark.parametrize("rule", EVERY)
@pytest.mark.parametrize(
    ("bundle", "held", "repaid"),
    [("ordered", {"T": 2, "K": 1}, {"T": 3}), ("blended", {"T": 3}, {"T": 2, "K": 1})],
)
def test_the_money_of_the_bank_is_blended_by_the_fast_way_too(rule, bundle, held, repaid):
    ledger = Ledger(
        accounts={"A": Opening([{"T": 5}]), "B": Opening([], 3)},
        rows=[Row("send", "A", 6, id="t"), Row("arrival", "B", 6, of="t")],
    )
    for record in (True, False):
        found = shown(replay(two_labels(ledger, "K", "T"), rule, bundle=bundle, record=record).targets)
        assert found == {"bal:B": held, "sink:OVERDRAFT": repaid}


@pytest.mark.parametrize("rule", EVERY)
def test_a_place_that_is_free_again_is_not_that_of_money_still_under_way(rule):
    """a and b leave, a arrives, c leaves while b is still under way."""
    rows = [
        Row("credit", "A", 5, {"T": 5}),
        Row("send", "A", 5, id="a"),
        Row("credit", "A", 4, {"K": 4}),
        Row("send", "A", 4, id="b"),
        Row("arrival", "B", 5, of="a"),
        Row("credit", "A", 3, {"T": 3}),
        Row("send", "A", 3, id="c"),
        Row("arrival", "D", 4, of="b"),
        Row("arrival", "E", 3, of="c"),
    ]
    ledger = Ledger(accounts={name: Opening() for name in "ABDE"}, rows=rows)
    for record in (True, False):
        found = shown(replay(two_labels(ledger, "K", "T"), rule, record=record).targets)
        assert found == {"bal:B": {"T": 5}, "bal:D": {"K": 4}, "bal:E": {"T": 3}}

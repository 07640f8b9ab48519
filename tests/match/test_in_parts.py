"""One payment in several records: proposed with all its parts, judged as one, undone as one, its sum checked, counted once."""

import random
from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracer.match import (
    check,
    conclude,
    count_once,
    doubts,
    in_parts,
    movement,
    part_sets,
    together,
    unmatched,
    withdrawal,
)
from tracer.match.comparing import near
from tracer.model import Charge, CheckFailed, Cite, Message, PaymentParty, Posting
from tracer.model.judging import in_force

DAY = date(2024, 3, 18)
PAYER, ONE, OTHER = "447882001838", "990011223344", "810022334455"


def line(name, account, amount, exhibit="a", **more):
    stated = {"booked": DAY, "value_date": DAY, "account_key": account, "currency": "USD"} | more
    return Posting(Cite(exhibit * 64, f"line={name}"), account, amount=amount, line=1, **stated)


def order(name, amount, payee, **more):
    parties = (PaymentParty("debtor", "TERN LTD", "50K", PAYER), PaymentParty("creditor", "PAYEE", "59", payee))
    stated = {
        "settled": amount,
        "settled_currency": "USD",
        "settled_date": DAY,
        "parties": parties,
        "reference": f"REF{name}",
    }
    return Message(Cite("d" * 64, f"message={name}"), "MT103", "QXUKGB2L", "QXHKHKHH", **(stated | more))


def said(whole, parts, decision="same", at="1"):
    return together(
        whole, parts, decision=decision, features=(f"decided_at={at}",), by="A. Officer", on="2026-01-01", reason="r"
    )


BULK = {
    "d": line("1", PAYER, -100_000),
    "c1": line("2", ONE, 30_000, "b", owner_reference="REFm1"),
    "c2": line("3", OTHER, 70_000, "c", owner_reference="REFm2"),
}
ORDERS = {"m1": order("m1", 30_000, ONE), "m2": order("m2", 70_000, OTHER)}
SPLIT = {
    "d": line("1", PAYER, -100_000, counterparty_account=ONE),
    "c1": line("2", ONE, 30_000, "b", counterparty_account=PAYER),
    "c2": line("3", ONE, 70_000, "b", counterparty_account=PAYER),
}


def test_one_line_of_several_messages_is_proposed_with_all_of_them():
    (found,) = in_parts(BULK, (), ORDERS)
    assert (found.whole, found.parts, found.is_tied) == ("d", ("m1", "m2"), False)
    assert ("amount", 40, "2 parts sum to 1,000.00 USD") in found.features
    assert {name for name, _, _ in found.features} == {"amount", "day", "account"}


def test_a_bulk_booking_is_counted_at_its_line_and_its_payees_once():
    """1,000.00 left in one line, 300.00 and 700.00 arrived on two held accounts: 2,000.00 printed, 1,000.00 once."""
    from tracer.match import propose

    ladder = propose(BULK, ORDERS, {})
    before = conclude(BULK, ORDERS, ladder)
    assert count_once(before, BULK) == {"USD": (200_000, 200_000)}
    judged = (*ladder, *said("d", ("m1", "m2")))
    after = conclude(BULK, ORDERS, judged)
    assert count_once(after, BULK) == {"USD": (100_000, 200_000)}
    rows = {row.account: row for row in check(after, BULK, judged)}
    assert [(rows[a].printed, rows[a].once) for a in (PAYER, ONE, OTHER)] == [
        (100_000, 100_000),
        (30_000, 0),
        (70_000, 0),
    ]
    assert [[(p.why, p.amount) for p in rows[a].joined] for a in (ONE, OTHER)] == [
        [("part", 30_000)],
        [("part", 70_000)],
    ]
    assert [(t.messages, t.postings) for t in after] == [
        (t.messages, t.postings) for t in before
    ]  # wires stay what they are


def test_a_payment_in_parts_is_counted_once_whichever_side_is_the_whole():
    (found,) = in_parts(SPLIT, ())
    assert (found.whole, found.parts) == ("d", ("c1", "c2"))
    after = conclude(SPLIT, {}, said("d", ("c1", "c2")))
    assert count_once(after, SPLIT) == {"USD": (100_000, 200_000)}
    turned = {key: replace(p, amount=-p.amount) for key, p in SPLIT.items()}
    (back,) = in_parts(turned, ())
    assert (back.whole, back.parts) == ("d", ("c1", "c2"))
    assert count_once(conclude(turned, {}, said("d", ("c1", "c2"))), turned) == {"USD": (100_000, 200_000)}


def test_several_lines_of_one_message_are_its_parts_and_the_other_side_is_counted_with_them():
    lines = {
        "d1": line("1", PAYER, -60_000),
        "d2": line("2", PAYER, -40_000),
        "c": line("3", ONE, 100_000, "b", owner_reference="REFm"),
    }
    messages = {"m": order("m", 100_000, ONE)}
    ladder = (movement("m", "c", rung=3, features=("relation=booking", "owner reference of the line = 20")),)
    proposed = {(one.whole, one.parts) for one in in_parts(lines, ladder, messages)}
    assert ("m", ("d1", "d2")) in proposed
    after = conclude(lines, messages, (*ladder, *said("m", ("d1", "d2"))))
    assert count_once(after, lines) == {"USD": (100_000, 200_000)}
    assert in_parts(lines, (*ladder, *said("m", ("d1", "d2"))), messages) == ()


def test_charges_booked_apart_are_proposed_with_the_line_they_belong_to():
    """1,000.00 and, as a line of its own, the 25.00 that the message states: both stay money that left, and both are told of."""
    lines = {"d": line("1", PAYER, -100_000, owner_reference="REFm"), "f": line("2", PAYER, -2_500, details="CHARGES")}
    messages = {"m": order("m", 100_000, ONE, charges=(Charge(2_500, "USD", "71G"),))}
    ladder = (movement("d", "m", rung=3, features=("relation=booking", "owner reference of the line = 20")),)
    (found,) = in_parts(lines, ladder, messages)
    assert (found.whole, found.parts) == ("m", ("d", "f"))
    judged = (*ladder, *said("m", ("d", "f")))
    after = conclude(lines, messages, judged)
    assert sorted(t.postings for t in after) == [("d",), ("f",)]
    assert [t.messages for t in after if t.debit == "d"] == [("m",)]
    assert count_once(after, lines) == {"USD": (102_500, 102_500)}
    assert doubts(lines, messages, judged) == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(
            {"c2": {"amount": 69_999}}, "they sum to 999.99 USD, the whole is 1,000.00 USD", id="a cent is missing"
        ),
        pytest.param({"c2": {"currency": "EUR"}}, "the currencies differ", id="another currency"),
        pytest.param({"c2": {"amount": -70_000}}, "the other side of a debit is credits", id="two debits"),
        pytest.param({"c2": {"account_key": PAYER}}, "stand on two accounts", id="on the same account"),
        pytest.param({"c2": {"status": "pending"}}, "not booked", id="not booked"),
    ],
)
def test_what_does_not_sum_is_refused(change, words):
    lines = {key: replace(p, **change.get(key, {})) for key, p in SPLIT.items()}
    with pytest.raises(CheckFailed, match=words):
        conclude(lines, {}, said("d", ("c1", "c2")))
    assert in_parts(lines, ()) == ()


def test_a_record_is_a_part_once_and_a_side_is_shown_once():
    lines = SPLIT | {"e": line("9", "810099887766", -100_000, "e", counterparty_account=ONE)}
    with pytest.raises(CheckFailed, match="another set"):
        conclude(lines, {}, (*said("d", ("c1", "c2")), *said("e", ("c1", "c2"))))
    joined = movement("e", "c1", rung=-1, features=(), by="A. Officer", reason="r")
    with pytest.raises(CheckFailed, match="other side already"):
        conclude(lines, {}, (joined, *said("d", ("c1", "c2"))))


def test_two_choices_that_sum_are_ties_and_neither_is_best():
    lines = SPLIT | {"c3": line("4", ONE, 70_000, "b", counterparty_account=PAYER)}
    assert [(one.parts, one.is_tied) for one in in_parts(lines, ())] == [(("c1", "c2"), True), (("c1", "c3"), True)]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"c2": {"counterparty_account": OTHER}}, id="a part that prints another account"),
        pytest.param({"d": {"counterparty_account": OTHER}}, id="a whole that prints another account"),
        pytest.param({"c2": {"booked": DAY + timedelta(9), "value_date": DAY + timedelta(9)}}, id="nine days later"),
        pytest.param({key: {"counterparty_account": ""} for key in SPLIT}, id="nothing ties them but the sum"),
    ],
)
def test_a_sum_alone_is_chance(change):
    assert in_parts({key: replace(p, **change.get(key, {})) for key, p in SPLIT.items()}, ()) == ()


def test_it_is_undone_as_one_whichever_of_its_judgements_is_taken_back():
    judged = said("d", ("c1", "c2"))
    before = conclude(SPLIT, {}, ())
    for one in judged:
        back = withdrawal(one, by="A. Officer", at="2", reason="two invoices")
        assert part_sets((*judged, back)) == ()
        assert conclude(SPLIT, {}, (*judged, back)) == before
    again = (*judged, *(withdrawal(one, by="A. Officer", at="2", reason="r") for one in judged))
    assert [one.parts for one in in_parts(SPLIT, again)] == [("c1", "c2")]


@pytest.mark.parametrize("word", ["different", "unsure"])
def test_a_set_that_was_answered_is_not_asked_again_and_its_pairs_stay_open(word):
    judged = said("d", ("c1", "c2"), word)
    assert in_parts(SPLIT, judged) == ()
    assert conclude(SPLIT, {}, judged) == conclude(SPLIT, {}, ())
    pair = movement("c1", "d", rung=3, features=("relation=two_sided",))
    assert pair in in_force((*judged, pair))


def test_how_the_parts_share_is_said_in_both_languages_and_no_leg_is_called_missing():
    assert len(unmatched(conclude(SPLIT, {}, ()), SPLIT)) == 3
    judged = said("d", ("c1", "c2"))
    assert unmatched(conclude(SPLIT, {}, judged), SPLIT) == ()
    (gap,) = doubts(SPLIT, {}, judged)
    assert (gap.kind, gap.amount, len(gap.cites)) == ("assumption", 100_000, 3)
    assert "each part carry the same share" in gap.description_en
    assert "Against this" in gap.description_en
    assert "仅计算一次" in gap.description_zh


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 50_000), min_size=2, max_size=5), st.randoms(use_true_random=False), st.booleans())
def test_value_is_counted_once_and_order_changes_nothing(amounts, chance, is_turned):
    sign = -1 if is_turned else 1
    lines = {"w": line("w", PAYER, -sign * sum(amounts), counterparty_account=ONE)}
    lines |= {f"p{n}": line(f"p{n}", ONE, sign * a, "b", counterparty_account=PAYER) for n, a in enumerate(amounts)}
    parts = tuple(key for key in lines if key != "w")
    keys = list(lines)
    chance.shuffle(keys)
    shuffled = {key: lines[key] for key in keys}
    found = in_parts(shuffled, ())
    assert ("w", parts) in {(one.whole, one.parts) for one in found}
    assert found == in_parts(lines, ())
    judged = list(said("w", parts))
    chance.shuffle(judged)
    after = conclude(shuffled, {}, judged)
    assert after == conclude(lines, {}, said("w", parts))
    assert count_once(after, lines) == {"USD": (sum(amounts), 2 * sum(amounts))}
    rows = check(after, lines, judged)
    assert all(row.printed == row.once + sum(part.amount for part in row.joined) for row in rows)
    assert sum(row.once for row in rows) == sum(amounts)


@pytest.mark.parametrize("seed", range(12))
def test_what_is_proposed_is_what_trying_every_choice_finds(seed):
    """Few accounts, amounts and days: of each whole every choice of two to four lines that it, or they, name, and that sums to it."""
    chance = random.Random(seed)
    lines = {}
    for n in range(26):
        account, day = chance.choice((PAYER, ONE, OTHER)), DAY + timedelta(chance.randrange(6))
        lines[f"k{n:02}"] = line(
            str(n), account, chance.choice((-1, 1)) * chance.choice((1_000, 2_000, 3_500, 4_500, 8_000)), "abc"[n % 3],
            booked=day, value_date=day, counterparty_account=chance.choice(("", PAYER, ONE, OTHER)),
            currency=chance.choice(("USD", "USD", "EUR")),
        )  # fmt: skip
    expected = {}
    for name, whole in lines.items():
        fits = [
            key
            for key, p in lines.items()
            if p.currency == whole.currency
            and p.amount * whole.amount < 0
            and abs(p.amount) < abs(whole.amount)
            and near(p.booked, whole.booked)
            and p.account != whole.account
            and p.counterparty_account in {"", whole.account}
            and whole.counterparty_account in {"", p.account}
            and (p.counterparty_account or whole.counterparty_account)
        ]
        choices = {
            chosen
            for size in (2, 3, 4)
            for chosen in combinations(sorted(fits), size)
            if sum(lines[key].amount for key in chosen) == -whole.amount
        }
        if choices:
            expected[name] = choices
    found = {}
    for one in in_parts(lines, ()):
        found.setdefault(one.whole, {})[one.parts] = one.is_tied
    assert found.keys() == expected.keys()
    for whole, choices in found.items():
        small = {parts for parts in choices if len(parts) <= 4}
        assert small <= expected[whole]
        assert len(choices) >= min(3, len(expected[whole]))
        assert set(choices.values()) == {len(expected[whole] | set(choices)) > 1}


def test_a_set_follows_a_line_to_the_one_that_counts_when_another_production_is_read():
    sides = set(SPLIT) - {"d"}
    said_so = said("d", sides)
    again = replace(SPLIT["c1"], cite=Cite("9" * 64, "line=2"))
    for copied, copy in (("b0", "c1"), ("c1", "z9")):  # whichever of the two the ladder takes for the copy
        lines = {k: p for k, p in SPLIT.items() if k != "c1"} | {copied: SPLIT["c1"], copy: again}
        judged = said("d", {copied if key == "c1" and copy != "c1" else key for key in sides})
        is_one = movement(copied, copy, rung=0, features=("relation=copy",), is_ordered=True)
        moved = conclude(lines, {}, (is_one, *judged))
        assert count_once(moved, lines) == {"USD": (100_000, 230_000)}
        assert len({t.in_parts for t in moved}) == 1
    assert count_once(conclude(SPLIT, {}, said_so), SPLIT) == {"USD": (100_000, 200_000)}


def test_a_set_that_what_is_read_later_does_not_bear_out_is_told_and_stops_nothing():
    lines = SPLIT | {"e": line("9", OTHER, -30_000, "e", counterparty_account=ONE)}
    judged = said("d", {"c1", "c2"})
    other = movement("e", "c1", rung=3, features=("relation=two_sided", "uetr=x"))
    with pytest.raises(CheckFailed, match="has its other side already"):
        conclude(lines, {}, (other, *judged))
    moved = conclude(lines, {}, (other, *judged), must=())
    assert not any(t.in_parts for t in moved)
    (gap,) = [g for g in doubts(lines, {}, (other, *judged)) if g.kind == "conflict"]
    assert "one of them has its other side already" in gap.description_en
    assert f"--withdraw {judged[0].id[:12]}" in gap.description_en
    assert "其中一项已有其对方记账" in gap.description_zh
    assert "side already" not in gap.description_zh
    less = replace(lines["c1"], amount=lines["c1"].amount - 1)
    (gap,) = [g for g in doubts(SPLIT | {"c1": less}, {}, judged) if g.kind == "conflict"]
    for told in (gap.description_en, gap.description_zh):  # both say how much, of what, and how to take it back
        assert [figure in told for figure in ("999.99 USD", "1,000.00 USD", "0.01 USD", '--reason "…"')] == [True] * 4
    back = withdrawal(judged[0], by="A. Officer", at="2026-01-02T00:00:00Z", reason="r")
    assert conclude(lines, {}, (other, *judged, back))


def test_debits_of_one_day_whose_order_nothing_records_are_told():
    lines = {
        "c": line("1", PAYER, 100_000),
        "d1": line("2", ONE, -30_000, "b", counterparty_account=PAYER),
        "d2": line("3", OTHER, -70_000, "c", counterparty_account=PAYER),
    }
    (gap,) = doubts(lines, {}, said("c", {"d1", "d2"}))
    assert "No record says which of its debits of one day left first" in gap.description_en
    assert "同一日各借记的先后无记录载明" in gap.description_zh
    one_bank = lines | {"d2": replace(lines["d2"], account=ONE, account_key=ONE)}
    (gap,) = doubts(one_bank, {}, said("c", {"d1", "d2"}))
    assert "left first" not in gap.description_en  # its own bank put them in order
    later = lines | {"d2": replace(lines["d2"], booked=DAY - timedelta(1))}
    (gap,) = doubts(later, {}, said("c", {"d1", "d2"}))
    assert "left first" not in gap.description_en

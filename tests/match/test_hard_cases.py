"""Records that look like one payment and are not, or are one and look like several: each as the spec names it."""

from dataclasses import replace
from datetime import date

from tracer.match import candidates, check, conclude, count_once, doubts, matched, propose
from tracer.model import Cite, Message, PaymentParty, Posting

DAY = date(2024, 3, 18)
UETR = "11111111-2222-4333-8444-555555555555"


def line(name: str, account: str, amount: int, exhibit: str = "a", **more: object) -> Posting:
    stated = {"booked": DAY, "value_date": DAY, "account_key": account, "servicer": "QXHKHKHH"} | more
    return Posting(Cite(exhibit * 64, f"line={name}"), account, "USD", amount, int(name), **stated)  # type: ignore[arg-type]


def text(name: str, kind: str, sender: str, receiver: str, amount: int = 50_000, **more: object) -> Message:
    stated = {"settled": amount, "settled_currency": "USD", "settled_date": DAY} | more
    return Message(Cite("d" * 64, f"message={name}"), kind, sender=sender, receiver=receiver, **stated)  # type: ignore[arg-type]


def test_equal_amounts_by_chance_on_one_day_are_ties_that_only_a_person_breaks() -> None:
    """Two payments of 500.00 at one bank on one day: 2 x 2 ways to pair them, two assignments of one sum, nothing joined."""
    held = {
        "d1": line("1", "111111111", -50_000),
        "d2": line("2", "222222222", -50_000, "b"),
        "c1": line("3", "333333333", 50_000, "c"),
        "c2": line("4", "444444444", 50_000, "e"),
    }
    assert propose(held, {}, {}) == ()
    found = candidates(held, ())
    assert {(c.left, c.right) for c in found} == {("d1", "c1"), ("d1", "c2"), ("d2", "c1"), ("d2", "c2")}
    assert {(c.is_best, c.is_tied, c.margin) for c in found} == {(False, True, 0)}
    # one text that tells them apart, and the other pair follows from it
    told = held | {"d1": replace(held["d1"], details="PO 77"), "c2": replace(held["c2"], details="PO 77")}
    best = {(c.left, c.right) for c in candidates(told, ()) if c.is_best}
    assert best == {("d1", "c2"), ("d2", "c1")}


def test_two_orders_under_one_uetr_are_told_by_the_references_of_their_lines() -> None:
    """One bank sends 500.00 twice on a day under one UETR, to two payees; each line bears the reference of its own order."""
    payees = ("222222222", "AUKLET INC"), ("333333333", "ZEBRA GMBH")
    held = {key: line(key, "111111111", -50_000, uetr=UETR, owner_reference=f"REF000{key}") for key in "12"}
    sent = {
        f"m{n}": text(
            str(n), "MT103", "QXHKHKHH", "QXUKGB2L", uetr=UETR, reference=f"REF000{n}",
            parties=(PaymentParty("debtor", "TERN LTD", "50K", "111111111"), PaymentParty("creditor", name, "59", account)),
        )
        for n, (account, name) in enumerate(payees, 1)
    }  # fmt: skip
    judgements, transfers = matched(held, sent, {})
    assert {t.postings + t.messages: t.credit_account for t in transfers} == {
        ("1", "m1"): "222222222",
        ("2", "m2"): "333333333",
    }
    assert [gap.id for gap in doubts(held, sent, judgements)] == [f"uetr/{UETR}"]
    blank = {key: replace(p, owner_reference="") for key, p in held.items()}
    assert len(matched(blank, sent, {})[1]) == 4


def test_half_of_a_uetr_chain_keeps_its_line_and_says_nothing_of_the_rest() -> None:
    held = {"d": line("1", "111111111", -50_000, uetr=UETR)}
    sent = {"m": text("1", "MT103", "QXHKHKHH", "QXUKGB2L", uetr=UETR)}
    judgements, (moved,) = matched(held, sent, {})
    assert [j.rung for j in judgements] == [1]
    assert (moved.debit, moved.credit, moved.messages) == ("d", "", ("m",))
    assert doubts(held, sent, judgements) == ()


def test_a_cover_with_its_announcement_and_both_lines_is_counted_once() -> None:
    """500.00 left, 490.00 arrived, and no message states the 10.00: it is said; value is counted at the debit."""
    held = {
        "d": line("1", "111111111", -50_000, uetr=UETR),
        "c": line("2", "222222222", 49_000, "b", uetr=UETR, servicer="QXUKGB2L"),
    }
    sent = {
        "m": text("1", "MT103", "QXHKHKHH", "QXUKGB2L", uetr=UETR, reference="REF0001"),
        "n": text("2", "MT202COV", "QXHKHKHH", "QXNBUS33", uetr=UETR, related_reference="REF0001"),
    }
    judgements, (moved,) = matched(held, sent, {})
    assert (moved.debit, moved.credit) == ("d", "c")
    assert (moved.amount_out, moved.amount_in) == (50_000, 49_000)
    assert "unexplained_difference=1000" in {f for j in judgements for f in j.features}
    payer, payee = check((moved,), held, judgements)
    assert (payer.printed, payer.once, payee.printed, payee.once) == (50_000, 50_000, 49_000, 0)
    assert [(p.why, p.rungs, p.lines, p.amount) for p in payee.joined] == [("other side", (1,), 1, 49_000)]


def test_what_is_counted_and_its_parts_are_what_is_printed_whatever_is_joined() -> None:
    held = {
        "d": line("1", "111111111", -50_000, owner_reference="REF0001", counterparty_account="222222222"),
        "e": line("1", "111111111", -50_000, "b", owner_reference="REF0001", counterparty_account="222222222"),
        "c": line("1", "222222222", 50_000, "c", owner_reference="REF0001", counterparty_account="111111111"),
        "x": line("2", "222222222", 7_000, "c"),
    }
    judgements = propose(held, {}, {})
    transfers = conclude(held, {}, judgements)
    rows = check(transfers, held, judgements)
    assert [(r.printed, r.once, [(p.why, p.rungs) for p in r.joined]) for r in rows] == [
        (100_000, 50_000, [("copy", (0,))]),
        (57_000, 7_000, [("other side", (3,))]),
    ]
    assert all(r.printed == r.once + sum(p.amount for p in r.joined) for r in rows)
    assert sum(r.once for r in rows) == count_once(transfers, held)["USD"][0]


def test_a_credit_confirmation_names_the_end_to_end_id_that_a_camt_line_prints() -> None:
    """Field 21 of the MT910 is the payer's reference; the camt of the same account prints it as EndToEndId, and no other of it."""
    held = {
        "d": line("1", "111111111", -50_000, owner_reference="PAY-0001", servicer="QXUKGB2L"),
        "c": line("2", "222222222", 50_000, "b", end_to_end_id="PAY-0001", bank_reference="HB778899"),
    }
    sent = {"n": text("1", "MT910", "QXHKHKHH", "QXCUSTHK", reference="CONF-910", related_reference="PAY-0001")}
    judgements, (moved,) = matched(held, sent, {})
    assert (moved.debit, moved.credit) == ("d", "c")
    assert {j.features[1] for j in judgements} == {
        "owner reference of the line = 21",
        "end-to-end id of the line = 21",
    }
    assert len(matched({**held, "c": replace(held["c"], amount=49_000)}, sent, {})[1]) == 2


def test_a_debit_valued_before_the_month_end_books_the_payment_that_settled_after_it() -> None:
    """Valued on 15 March, booked and settled on 18 March: the message states the day of the booking; of a third day it is no leg."""
    held = {
        "d": line("1", "111111111", -50_000, owner_reference="PAY-0001", value_date=date(2024, 3, 15)),
        "c": line("2", "222222222", 50_000, "b", owner_reference="PAY-0001", servicer="QXUKGB2L"),
    }
    sent = {"m": text("1", "MT103", "QXHKHKHH", "QXUKGB2L", reference="PAY-0001")}
    (moved,) = matched(held, sent, {})[1]
    assert (moved.debit, moved.credit) == ("d", "c")
    held["d"] = replace(held["d"], booked=date(2024, 3, 19))
    assert len(matched(held, sent, {})[1]) == 2


def test_two_lines_that_print_one_reference_are_shown_to_a_person_though_no_account_is_printed() -> None:
    """Two banks print one end-to-end id, and neither an account nor a name: nothing joins them, and a person is asked."""
    held = {
        "d": line("1", "111111111", -50_000, end_to_end_id="E2E-7788", servicer="QXUKGB2L"),
        "c": line("2", "222222222", 50_000, "b", owner_reference="E2E-7788"),
    }
    assert propose(held, {}, {}) == ()
    (found,) = candidates(held, ())
    assert (found.left, found.right, found.kind, found.score) == ("d", "c", "two sides", 60)
    assert ("text", 5, "both print E2E-7788") in found.features
    assert candidates({**held, "c": replace(held["c"], owner_reference="NONREF")}, ()) == ()
    # a word that many lines print, with one sum on one day, tells of none which other it is
    many = {f"d{n}": replace(held["d"], line=n, cite=Cite("a" * 64, f"line={n}")) for n in range(60)}
    assert candidates({**many, "c": held["c"]}, ()) == ()

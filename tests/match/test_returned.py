"""What comes back without its original is a gap of its own, in both languages, and is set against no payment in silence."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from tracer.match import between, candidates, check, conclude, count_once, doubts, matched, movement
from tracer.model import Cite, Message, PaymentParty, Posting
from tracer.model.judging import relation_of

DAY = date(2024, 3, 18)
UETR = "11111111-2222-4333-8444-555555555555"


def line(name, amount, **more):
    stated = {"booked": DAY, "value_date": DAY, "account_key": "447882001838", "owner_reference": "REF8841"} | more
    return Posting(Cite("a" * 64, f"line={name}"), "447882001838", "USD", amount, 1, **stated)


def text(name, kind, amount=50_000, exhibit="d", **more):
    stated = {"settled": amount, "settled_currency": "USD", "settled_date": DAY} | more
    return Message(Cite(exhibit * 64, f"message={name}"), kind, sender="QXHKHKHH", receiver="QXUKGB2L", **stated)


PAID = text("1", "MT103", uetr=UETR, reference="REF8841")
BACK = text("2", "pacs.004.001.09", 49_000, uetr=UETR, return_of=UETR, return_reason="AC04")
TEXT_BACK = text("3", "MT103", return_of="REF8841", return_reason="RETN AC04")


@pytest.mark.parametrize(("back", "named"), [(BACK, UETR), (TEXT_BACK, "REF8841")])
def test_a_return_by_message_without_its_payment_is_a_gap(back, named):
    judgements, transfers = matched({}, {"r": back}, {})
    assert judgements == ()
    assert [t.amount_out for t in transfers] == [back.settled]
    (gap,) = doubts({}, {"r": back}, judgements)
    assert (gap.id, gap.kind, gap.amount, gap.cites) == ("return/r", "unmatched_leg", back.settled, (back.cite,))
    assert named in gap.description_en
    assert "set against no payment" in gap.description_en
    assert named in gap.description_zh
    assert "未与任何付款相抵" in gap.description_zh
    assert named in gap.ask_en
    assert named in gap.ask_zh


@pytest.mark.parametrize(
    ("held", "told"),
    [
        pytest.param({"m": PAID, "r": BACK}, [], id="its payment is held"),
        pytest.param({"m": PAID, "r": replace(BACK, settled=50_001)}, ["return/r"], id="more comes back than was paid"),
        pytest.param({"m": PAID, "r": replace(BACK, settled_currency="EUR")}, ["return/r"], id="another currency"),
        pytest.param(
            {"m": PAID, "r": replace(BACK, accepted=False)}, [], id="a return that was refused returned nothing"
        ),
        pytest.param(
            {
                "r": replace(BACK, content_hash="c" * 64),
                "s": replace(BACK, content_hash="c" * 64, cite=Cite("e" * 64, "message=1")),
            },
            ["return/r"],
            id="two copies of one return are told once",
        ),
        pytest.param(
            {"r": BACK, "x": text("9", "pacs.002.001.10", None, uetr=UETR, status="RJCT")},
            ["return/r"],
            id="a status is no payment",
        ),
    ],
)
def test_only_a_return_whose_payment_is_not_held_is_told(held, told):
    judgements, _ = matched({}, held, {})
    assert [gap.id for gap in doubts({}, held, judgements) if gap.id.startswith("return/")] == told


def test_a_return_that_two_payments_fit_is_told_and_tied_to_neither():
    held = {
        "m": PAID,
        "n": replace(PAID, cite=Cite("e" * 64, "message=7"), sender="QXAEAEAD", settled=70_000),
        "r": BACK,
    }
    judgements, transfers = matched({}, held, {})
    assert not any(relation_of(j) == "return" for j in judgements)
    assert "return/r" in {gap.id for gap in doubts({}, held, judgements)}
    assert len(transfers) == 3


def test_a_persons_word_ties_a_return_to_its_payment_and_makes_no_one_movement_of_them():
    """Without it 500.00 out and 490.00 back would be one movement of 500.00, and what came back would be gone."""
    held = {"m": replace(PAID, uetr=""), "r": replace(BACK, uetr="", return_of="unknown")}
    assert between(held["m"], held["r"]) == between(held["r"], held["m"]) == "return"
    word = movement("m", "r", rung=-1, features=("relation=return",), by="A. Officer", reason="the bank's letter")
    assert sorted(t.amount_out for t in conclude({}, held, [word])) == [49_000, 50_000]
    assert doubts({}, held, [word]) == ()


def test_a_persons_word_ties_a_reversal_where_several_bookings_fit():
    lines = {"d": line("1", -500), "e": line("2", -500), "v": line("3", 500, reversal=True)}
    judgements, _ = matched(lines, {}, {})
    assert [gap.id for gap in doubts(lines, {}, judgements)] == ["reversal/v"]
    assert between(lines["d"], lines["v"]) == "reversal"
    assert between(lines["d"], lines["e"]) == ""
    word = movement("d", "v", rung=-1, features=("relation=reversal",), by="A. Officer", reason="page 3")
    transfers = conclude(lines, {}, (*judgements, word))
    assert {t.debit: t.reversed_by for t in transfers if t.debit} == {"d": "v", "e": ""}
    assert doubts(lines, {}, (*judgements, word)) == ()


@pytest.mark.parametrize(
    ("paid", "told"),
    [
        pytest.param({}, False, id="the payment stands before it"),
        pytest.param({"amount": -49_999}, True, id="less was paid than came back"),
        pytest.param({"amount": 50_000}, True, id="that is money in, too"),
        pytest.param({"owner_reference": "OTHER77"}, True, id="another reference"),
        pytest.param({"booked": DAY + timedelta(1)}, True, id="paid after it came back"),
        pytest.param({"account_key": "GB::447882001838"}, True, id="on another account"),
        pytest.param({"amount": -60_000}, False, id="a part of it came back"),
    ],
)
@pytest.mark.parametrize(
    "mark", [{"parts": ("NtryRef: 7", "RtrInf: AC04")}, {"type_code": "NRTI"}, {"type_code": "PMNT/RCDT/RRTN"}]
)
def test_a_returned_line_without_its_payment_is_a_gap_and_no_income(paid, told, mark):
    lines = {"b": line("2", 50_000, **mark), "p": replace(line("1", -50_000), **paid)}
    judgements, transfers = matched(lines, {}, {})
    gaps = [gap for gap in doubts(lines, {}, judgements) if gap.id == "returned/b"]
    assert bool(gaps) is told
    assert [(j.left, j.right, relation_of(j)) for j in judgements] == ([] if told else [("b", "p", "return")])
    assert all(t.reversed_by == "" and len(t.postings) == 1 for t in transfers)
    for gap in gaps:
        assert "no proof of income" in gap.description_en
        assert "不能作为收入的证明" in gap.description_zh
    assert count_once(transfers, lines)["USD"][0] == 50_000 + abs(lines["p"].amount)


@pytest.mark.parametrize(
    ("other", "is_one"),
    [
        pytest.param({}, True, id="one reference on both, and both marked"),
        pytest.param({"owner_reference": "OTHER77"}, False, id="equal amounts alone"),
        pytest.param({"parts": ()}, False, id="the other side is no returned item"),
        pytest.param({"amount": -49_000}, False, id="another amount"),
        pytest.param({"counterparty_account": "81002233"}, False, id="it names another account"),
    ],
)
def test_the_two_bookings_of_a_return_are_one_movement_where_both_say_so(other, is_one):
    """500.00 leaves the payee's account and comes to the payer's, no message held: 500.00 once, from payee to payer."""
    mark = {"parts": ("RtrInf: AC04",), "servicer": "QXUKGB2L"}
    payees = {"account": "61200455", "account_key": "61200455", "servicer": "QXHKHKHH"}
    debit = replace(line("2", -50_000, **mark), **payees, **other)
    lines = {"k": line("1", 50_000, **mark), "d": debit}
    _, transfers = matched(lines, {}, {})
    ends = [(t.debit_account, t.credit_account) for t in transfers]
    assert (ends == [("61200455", "447882001838")]) is is_one
    assert len(transfers) == 2 - is_one


def test_two_returns_of_one_payment_are_two_and_two_hops_of_one_return_are_one():
    """Of 500.00 come back 200.00 twice, each by its own bank message; or 200.00 once, over a bank in the middle."""
    part = replace(BACK, settled=20_000, sender="QXUKGB2L", receiver="QXHKHKHH", reference="RET0001")
    again = replace(part, cite=Cite("e" * 64, "message=2"), reference="RET0002")
    _, transfers = matched({}, {"m": PAID, "r": part, "s": again}, {})
    assert sorted(t.amount_out for t in transfers) == [20_000, 20_000, 50_000]
    onward = replace(again, sender="QXHKHKHH", receiver="QXNBUS33")
    _, transfers = matched({}, {"m": PAID, "r": part, "s": onward}, {})
    assert sorted(t.amount_out for t in transfers) == [20_000, 50_000]


NAMED = replace(
    PAID,
    parties=(PaymentParty("debtor", "QX ALPHA LTD", "50K", "447882001838"), PaymentParty("creditor", "QX BETA LTD", "59", "61200455")),
)  # fmt: skip


@pytest.mark.parametrize("days", [0, 1, 9])
@pytest.mark.parametrize("came", [49_000, 50_000])
@pytest.mark.parametrize("payment", [NAMED, replace(NAMED, parties=NAMED.parties[:1])])
def test_what_comes_back_to_the_payers_account_is_no_other_side_of_the_payment(days, came, payment):
    """500.00 left for another bank and 490.00, or all of it, came back under the same UETR: paid to nobody it went to itself."""
    later = DAY + timedelta(days)
    lines = {"d": line("1", -50_000, uetr=UETR), "k": line("2", came, uetr=UETR, booked=later, value_date=later)}
    returned = replace(BACK, settled=came, settled_date=later)
    judgements, transfers = matched(lines, {"m": payment, "r": returned}, {})
    assert sorted((t.postings, t.messages) for t in transfers) == [(("d",), ("m",)), (("k",), ("r",))]
    (paid,) = (t for t in transfers if t.debit)
    (back,) = (t for t in transfers if t.credit)
    assert (back.debit_account, back.credit_account) == (paid.credit_account, paid.debit_account)
    assert (paid.debit_account, paid.credit_account, paid.credit) == (
        "447882001838", "61200455" if payment is NAMED else "", "",
    )  # fmt: skip
    tied = {(j.left, j.right): relation_of(j) for j in judgements}
    assert tied["m", "r"] == "return"
    assert tied["k", "r"] == "booking"
    assert doubts(lines, {"m": payment, "r": returned}, judgements) == ()
    judgements, transfers = matched(lines, {"m": payment}, {})
    assert sorted((t.postings, t.messages) for t in transfers) == [(("d",), ("m",)), (("k",), ())]
    assert [gap.id for gap in doubts(lines, {"m": payment}, judgements)] == [f"uetr/{UETR}"]
    assert candidates(lines, judgements, {"m": payment}) == ()


def test_what_a_bank_received_and_sent_on_went_from_no_account_to_itself():
    """A bank's own account at another receives 500.00 and sends 499.90 on next day, one UETR: the account of neither customer."""
    sent = replace(
        NAMED, kind="MT202COV", cite=Cite("e" * 64, "message=9"), settled=49_990, settled_date=DAY + timedelta(1)
    )
    later = DAY + timedelta(1)
    came, left = line("1", 50_000, uetr=UETR), line("2", -49_990, uetr=UETR, booked=later, value_date=later)
    lines = {key: replace(p, account="90000001", account_key="90000001") for key, p in (("c", came), ("d", left))}
    messages = {"m": replace(NAMED, kind="MT202COV"), "n": sent}
    joined = [
        movement("m", "n", rung=2, features=("relation=same_payment",)),
        movement("c", "m", rung=3, features=("relation=booking",)),
        movement("d", "n", rung=3, features=("relation=booking",)),
    ]
    (moved,) = conclude(lines, messages, joined)
    assert (moved.debit, moved.credit, set(moved.between)) == ("", "", {"c", "d"})
    assert (moved.debit_account, moved.credit_account) == ("447882001838", "61200455")
    assert count_once((moved,), lines) == {"USD": (50_000, 99_990)}
    (row,) = check((moved,), lines, joined)
    assert (row.printed, row.once, [(part.why, part.amount) for part in row.joined]) == (
        99_990,
        50_000,
        [("between", 49_990)],
    )
    turned = {"c": replace(lines["c"], booked=later), "d": replace(lines["d"], booked=DAY)}
    (back,) = conclude(turned, messages, joined)  # it left first and came after: what came back, as before
    assert (back.debit, back.credit) == ("d", "c")

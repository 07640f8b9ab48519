"""What must hold for any records: an id alone joins nothing, value is counted once, no line stands in two transfers."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tracer.match import candidates, conclude, count_once, doubts, matched, movement, propose, withdrawal
from tracer.match.comparing import equal
from tracer.model import Charge, Cite, Message, PaymentParty, Posting
from tracer.model.judging import in_force, relation_of

DAY = date(2024, 3, 18)
UETR = "11111111-2222-4333-8444-555555555555"
BANKS = {"A": "QXHKHKHH", "B": "QXAEAEAD", "C": "QXUKGB2L", "D": "QXNBUS33"}


def line(name, account, amount, exhibit="1", **more):
    stated = {"booked": DAY, "value_date": DAY, "currency": "USD", "account_key": f"{account}000111222"} | more
    return Posting(Cite(exhibit * 64, f"line={name}"), account=f"{account}000111222", amount=amount, line=1, **stated)


def text(name, kind="MT103", sender="A", receiver="B", exhibit="d", **more):
    stated = {"settled": 50_000, "settled_currency": "USD", "settled_date": DAY} | more
    return Message(
        Cite(exhibit * 64, f"message={name}"), kind, sender=BANKS[sender], receiver=BANKS[receiver], **stated
    )


# -- the UETR alone never merges


@given(
    currency=st.sampled_from(["USD", "EUR"]),
    drift=st.integers(0, 20_000),
    days=st.integers(0, 40),
    ends=st.sampled_from([("A", "B"), ("B", "C"), ("C", "D")]),
)
def test_a_shared_uetr_joins_exactly_where_everything_else_fits(currency, drift, days, ends):
    """Monday 18 March 2024: three business days later is Thursday 21 March; 80.00 is the most that hops may deduct."""
    one = text("1", uetr=UETR)
    other = text(
        "2",
        "MT202COV",
        *ends,
        uetr=UETR,
        settled=50_000 - drift,
        settled_currency=currency,
        settled_date=DAY + timedelta(days),
    )
    judgements, transfers = matched({}, {"m": one, "n": other}, {})
    fits = currency == "USD" and drift <= 8_000 and days <= 3 and ends != ("C", "D")
    assert len(transfers) == (1 if fits else 2)
    assert bool(judgements) is fits
    told = doubts({}, {"m": one, "n": other}, judgements)
    assert [gap.id for gap in told] == ([] if fits else [f"uetr/{UETR}"])
    assert all(len(gap.cites) == 2 and UETR in gap.description_en and UETR in gap.description_zh for gap in told)


def test_a_status_or_a_return_of_a_reused_uetr_is_tied_to_neither_payment():
    one, other = text("1", uetr=UETR), text("2", uetr=UETR, sender="C", receiver="D", settled_currency="EUR")
    status = Message(Cite("e" * 64, "s"), "pacs.002.001.10", uetr=UETR, status="ACSC")
    judgements, transfers = matched({}, {"m": one, "n": other, "s": status}, {})
    assert judgements == ()
    assert len(transfers) == 3
    alone, _ = matched({}, {"m": one, "s": status}, {})
    assert [relation_of(j) for j in alone] == ["status"]


def test_a_return_is_tied_to_its_payment_and_is_no_part_of_the_movement():
    back = text("2", "pacs.004.001.09", "B", "A", uetr=UETR, return_of=UETR, settled=49_000)
    judgements, transfers = matched({}, {"m": text("1", uetr=UETR), "r": back}, {})
    assert [(j.rung, relation_of(j)) for j in judgements] == [(1, "return")]
    assert sorted(t.amount_out for t in transfers) == [49_000, 50_000]
    assert doubts({}, {"m": text("1", uetr=UETR), "r": back}, judgements) == ()


def test_a_charge_with_the_uetr_of_its_payment_stays_apart_without_a_doubt():
    lines = {"d": line("1", "A", -50_000, uetr=UETR), "f": line("2", "A", -2_500, uetr=UETR)}
    message = {"m": text("1", uetr=UETR)}
    judgements, transfers = matched(lines, message, {})
    assert sorted(t.postings for t in transfers) == [("d",), ("f",)]
    assert [t.messages for t in transfers if t.postings == ("d",)] == [("m",)]
    assert doubts(lines, message, judgements) == ()


# -- copies and cut references


@given(st.permutations(["s", "r", "x"]))
def test_the_senders_and_the_receivers_copy_are_one_message(order):
    held = {
        "s": text("1", content_hash="c" * 64, direction="I"),
        "r": text("2", content_hash="c" * 64, direction="O", exhibit="e"),
        "x": text("3", content_hash="d" * 64, direction="I"),
    }
    judgements, transfers = matched({}, {key: held[key] for key in order}, {})
    assert [(j.left, j.right, j.rung) for j in judgements] == [("r", "s", 0)]
    assert sorted(t.messages for t in transfers) == [("r", "s"), ("x",)]


@pytest.mark.parametrize(
    ("change", "copies"),
    [
        ({}, True),
        ({"settled": 50_001}, False),
        ({"end_to_end_id": "INV7791"}, False),
        ({"receiver": BANKS["C"]}, False),
        ({"message_id": "MSG2"}, False),
    ],
)
def test_one_message_id_is_a_copy_only_with_all_that_it_orders(change, copies):
    one = text("1", "pacs.008.001.08", message_id="MSG1", end_to_end_id="INV7790", reference="TX01")
    other = replace(one, cite=Cite("e" * 64, "message=1"), **change)
    rungs = {j.rung for j in propose({}, {"m": one, "n": other}, {})}
    assert (0 in rungs) is copies


REFERENCE = st.text("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", min_size=17, max_size=35)


@given(REFERENCE, st.sampled_from([16, 35]))
def test_a_reference_cut_for_an_mt_joins_what_it_was_cut_from(reference, size):
    """The 16-character field of an MT holds 15 of the reference and the `+` (formats.md, "MX cut into MT")."""
    assume(len(set(reference[:15])) > 1)  # one character repeated is a placeholder
    cut = f"{reference[: size - 1]}+" if len(reference) >= size else reference
    announced = text("1", "pacs.008.001.08", reference=reference)
    cover = text("2", "MT202COV", "A", "D", related_reference=cut)
    judgements, transfers = matched({}, {"m": announced, "n": cover}, {})
    assert [j.rung for j in judgements] == [2]
    assert len(transfers) == 1


@given(REFERENCE, REFERENCE)
def test_a_cut_reference_joins_nothing_else(one, other):
    assert equal(f"{one[:15]}+", other) is other.startswith(one[:15])
    assert not equal(one[:15], other)  # nothing says that it was cut
    assert not equal(f"{one[:7]}+", one)  # too short to tell


# -- lines


def pair(reference="REF8841", **more):
    return {
        "d": line("1", "A", -50_000, owner_reference=reference, counterparty_account="B000111222", **more),
        "c": line("2", "B", 50_000, exhibit="2", bank_reference=reference, counterparty_account="A000111222", **more),
    }


def test_a_reference_may_stand_in_another_field_on_the_other_side():
    judgements, (whole,) = matched(pair(), {}, {})
    assert [(j.rung, relation_of(j)) for j in judgements] == [(3, "two_sided")]
    assert (whole.debit, whole.credit) == ("d", "c")


def test_one_bank_that_keeps_both_accounts_is_believed_without_printed_counterparties():
    lines = {
        k: replace(p, counterparty_account="", bank_reference="BK0001", servicer="QXNBUS33") for k, p in pair().items()
    }
    assert len(matched(lines, {}, {})[1]) == 1
    lines["c"] = replace(lines["c"], servicer="QXUKGB2L")
    assert len(matched(lines, {}, {})[1]) == 2


def test_banks_in_between_show_the_same_movement_on_accounts_of_their_own():
    """Payer's and payee's accounts, and two accounts of banks at the correspondent: four lines, one movement of 500.00."""
    message = {
        "m": text("1", uetr=UETR, agents=(), parties=()),
    }
    lines = {
        "d": line("1", "A", -50_000, uetr=UETR, servicer=BANKS["A"]),
        "n": line("2", "C", -50_000, uetr=UETR, servicer=BANKS["D"], counterparty_agent=BANKS["A"]),
        "o": line("3", "D", 49_500, uetr=UETR, servicer=BANKS["D"], counterparty_agent=BANKS["B"]),
        "c": line("4", "B", 49_500, uetr=UETR, servicer=BANKS["B"]),
    }
    _, (whole,) = matched(lines, message, {})
    assert set(whole.postings) == set(lines)
    assert len(whole.between) == 2
    assert count_once([whole], lines) == {"USD": (50_000, 199_000)}


def test_a_persons_word_on_one_pair_settles_what_was_in_doubt():
    """Two credits fit one debit, so that neither joins; once one is judged different the other is certain."""
    lines = pair() | {"e": replace(pair()["c"], cite=Cite("2" * 64, "line=3"))}
    assert len(matched(lines, {}, {})[1]) == 3
    no = movement(
        "d",
        "e",
        rung=-1,
        features=("decided_at=1",),
        by="A. Officer",
        reason="the second is a rebate",
        decision="different",
    )
    after = (*propose(lines, {}, {}, decided=[no]), no)
    assert [(t.debit, t.credit) for t in conclude(lines, {}, after) if t.debit] == [("d", "c")]
    back = (no, withdrawal(no, by="A. Officer", at="2", reason="mistaken"))
    assert conclude(lines, {}, (*propose(lines, {}, {}, decided=back), *back)) == matched(lines, {}, {})[1]


def test_different_holds_through_a_third_record_and_is_told():
    """The message fits both lines; a person said that the lines are two payments."""
    lines = pair()
    message = {"m": text("1", reference="REF8841")}
    no = movement(
        "d", "c", rung=-1, features=("decided_at=1",), by="A. Officer", reason="two invoices", decision="different"
    )
    judgements = (*propose(lines, message, {}, decided=[no]), no)
    transfers = conclude(lines, message, judgements)
    assert all(not {"d", "c"} <= set(t.postings) for t in transfers)
    assert [gap.kind for gap in doubts(lines, message, judgements)] == ["conflict"]


def test_a_person_may_judge_one_line_in_two_exhibits_a_copy():
    lines = {"x": line("1", "A", -50_000), "y": line("1", "A", -50_000, exhibit="2")}
    (found,) = candidates(lines, propose(lines, {}, {}))
    assert found.kind == "copy"
    said = movement("x", "y", rung=-1, features=(), by="A. Officer", reason="one page, produced twice")
    assert count_once(conclude(lines, {}, [said]), lines) == {"USD": (50_000, 100_000)}


# -- any records at all

REFERENCES = st.sampled_from(["", "REF8841", "REF8842", "NONREF", "RENT"])
LINES = st.builds(
    lambda account, other, amount, reference, exhibit, uetr, days: {
        "account": account,
        "amount": amount,
        "exhibit": exhibit,
        "owner_reference": reference,
        "counterparty_account": f"{other}000111222" if other else "",
        "uetr": uetr,
        "booked": DAY + timedelta(days),
        "value_date": DAY + timedelta(days),
    },
    st.sampled_from("ABC"),
    st.sampled_from(["", "A", "B", "C"]),
    st.sampled_from([-50_000, -49_900, 49_900, 50_000]),
    REFERENCES,
    st.sampled_from("12"),
    st.sampled_from(["", UETR]),
    st.integers(0, 2),
)
MESSAGES = st.builds(
    lambda kind, ends, amount, reference, related, uetr, accepted, charge: {
        "kind": kind,
        "sender": ends[0],
        "receiver": ends[1],
        "settled": amount,
        "reference": reference,
        "related_reference": related,
        "uetr": uetr,
        "accepted": accepted,
        "charges": (Charge(100, "USD", "71F"),) if charge else (),
    },
    st.sampled_from(["MT103", "MT202COV", "MT910"]),
    st.sampled_from([("A", "B"), ("A", "D"), ("D", "B")]),
    st.sampled_from([49_900, 50_000]),
    REFERENCES,
    REFERENCES,
    st.sampled_from(["", UETR]),
    st.sampled_from([None, True, False]),
    st.booleans(),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(LINES, max_size=6), st.lists(MESSAGES, max_size=4), st.randoms(use_true_random=False))
def test_every_line_stands_in_one_transfer_value_once_in_any_order(raw, said, chance):
    lines = {f"p{n}": line(str(n), **stated) for n, stated in enumerate(raw)}
    texts = {f"m{n}": text(str(n), **stated) for n, stated in enumerate(said)}
    judgements, transfers = matched(lines, texts, {})
    held = Counter(key for t in transfers for key in (*t.postings, *t.messages))
    assert held == dict.fromkeys([*lines, *texts], 1)
    for t in transfers:
        own = [k for k in (t.debit, t.credit, *t.between) if k]
        sides = Counter((lines[k].account, lines[k].amount < 0) for k in own)
        assert not sides or max(sides.values()) == 1
        copies = set(t.postings) - set(own)
        assert all(any(relation_of(j) == "copy" and j.right == k for j in judgements) for k in copies)
    once, printed = count_once(transfers, lines).get("USD", (0, 0))
    passed = {t.id: max((abs(lines[k].amount) for k in t.between), default=0) for t in transfers}
    ends = {t.id: t.debit or t.credit for t in transfers}
    assert once == sum(abs(lines[ends[t.id]].amount) if ends[t.id] else passed[t.id] for t in transfers)
    assert printed == sum(abs(p.amount) for p in lines.values())
    assert once <= printed
    keys = [*lines, *texts]
    chance.shuffle(keys)
    again = matched({k: lines[k] for k in keys if k in lines}, {k: texts[k] for k in keys if k in texts}, {})
    assert again == (judgements, transfers)


@settings(max_examples=60, deadline=None)
@given(st.lists(LINES, min_size=2, max_size=6), st.lists(MESSAGES, max_size=2), st.data())
def test_any_answer_can_be_taken_back_exactly(raw, said, data):
    lines = {f"p{n}": line(str(n), **stated) for n, stated in enumerate(raw)}
    texts = {f"m{n}": text(str(n), **stated) for n, stated in enumerate(said)}
    before = matched(lines, texts, {})
    found = candidates(lines, before[0], texts)
    if not found:
        return
    chosen = data.draw(st.sampled_from(found))
    word = data.draw(st.sampled_from(["same", "different", "unsure"]))
    answer = movement(chosen.left, chosen.right, rung=-1, features=("decided_at=1",), by="A", reason="r", decision=word)
    decided = [answer]
    after = (*propose(lines, texts, {}, decided=decided), *decided)
    concluded = conclude(lines, texts, after)
    together = any({chosen.left, chosen.right} <= {*t.postings, *t.messages} for t in concluded)
    assert together or word != "same"
    assert not together or word != "different"
    assert (chosen.left, chosen.right) not in {(c.left, c.right) for c in candidates(lines, after, texts)}
    decided.append(withdrawal(answer, by="A", at="2", reason="r"))
    restored = (*propose(lines, texts, {}, decided=decided), *decided)
    assert (in_force(restored), conclude(lines, texts, restored)) == before


def test_a_reference_on_thousands_of_lines_is_compared_in_windows():
    """A monthly reference on 3,000 lines of two accounts: every pair that cannot be told apart stays open."""
    lines = {}
    for n in range(1500):
        day = DAY + timedelta(n)
        amount = 50_000 + n if n % 100 == 0 else 50_000
        lines[f"d{n}"] = line(
            f"d{n}",
            "A",
            -amount,
            owner_reference="HIRE2024",
            counterparty_account="B000111222",
            booked=day,
            value_date=day,
        )
        lines[f"c{n}"] = line(
            f"c{n}",
            "B",
            amount,
            owner_reference="HIRE2024",
            counterparty_account="A000111222",
            exhibit="2",
            booked=day,
            value_date=day,
        )
    _, transfers = matched(lines, {}, {})
    joined = [t for t in transfers if t.debit and t.credit]
    assert {t.amount_out for t in joined} == {50_000 + n for n in range(100, 1500, 100)}
    assert all(t.debit[1:] == t.credit[1:] for t in joined)


# -- one UETR on two orders


PAID = (PaymentParty("creditor", "BRIGHT LTD", "59", "447882001838"),)
OTHER_PAID = (PaymentParty("creditor", "CEDAR OPTICS", "59", "999888777"),)


@pytest.mark.parametrize("references", [("R1", "R9"), ("R1", "R1"), ("", ""), ("REF0001", "REF0001"), ("REF0001", "")])
def test_a_uetr_reused_for_another_beneficiary_stays_two_wires_whatever_the_references(references):
    """Same amount, day and ordering customer; other accounts and names: references of two characters decide nothing."""
    first, second = references
    messages = {
        "m": text("1", uetr=UETR, reference=first, parties=PAID),
        "n": text("2", uetr=UETR, reference=second, parties=OTHER_PAID, sender="C"),
    }
    judgements, transfers = matched({}, messages, {})
    assert judgements == ()
    assert len(transfers) == 2
    assert [gap.id for gap in doubts({}, messages, judgements)] == [f"uetr/{UETR}"]


@pytest.mark.parametrize(
    ("account", "name"),
    [
        pytest.param("447882001838", "CEDAR OPTICS", id="the account is one"),
        pytest.param("021-447-882001838", "CEDAR OPTICS", id="the account with its branch"),
        pytest.param("GB02447882001838", "CEDAR OPTICS", id="the account in an IBAN"),
        pytest.param("****7777", "CEDAR OPTICS", id="a masked account refutes nothing"),
        pytest.param("XXXXXX999888777", "CEDAR OPTICS", id="nor one masked by letters"),
        pytest.param("7777", "CEDAR OPTICS", id="nor the end of one"),
        pytest.param("999888777", "BRIGHT LTD", id="the name is one"),
        pytest.param("999888777", "BRIGHT", id="the name is cut"),
        pytest.param("999888777", "明亮有限公司", id="a name in another script may be the same"),
        pytest.param("999888777", "", id="no name printed"),
    ],
)
def test_a_leg_that_prints_its_beneficiary_in_another_form_is_still_a_leg(account, name):
    other = (PaymentParty("creditor", name, "59", account),)
    messages = {
        "m": text("1", uetr=UETR, reference="R1", parties=PAID),
        "n": text("2", uetr=UETR, reference="R9", parties=other, sender="C"),
    }
    assert len(matched({}, messages, {})[1]) == 1


def test_what_only_the_uetr_of_two_orders_fits_joins_neither_and_its_reference_tells_of_which():
    """A record between them would make one payment of the two."""
    one = text("1", uetr=UETR, reference="DEREF0001", parties=PAID)
    other = text("2", uetr=UETR, reference="SGREF0009", parties=OTHER_PAID)
    bare_line = line("3", "A", -50_000, uetr=UETR, servicer=BANKS["A"])
    assert len(matched({"p": bare_line}, {"m": one, "n": other}, {})[1]) == 3
    told = replace(bare_line, owner_reference="DEREF0001")
    transfers = matched({"p": told}, {"m": one, "n": other}, {})[1]
    assert sorted((t.postings, t.messages) for t in transfers) == [((), ("n",)), (("p",), ("m",))]


def test_one_end_to_end_id_on_orders_for_two_beneficiaries_is_a_customers_word():
    messages = {
        "m": text("1", end_to_end_id="INVOICE 77", parties=PAID),
        "n": text("2", end_to_end_id="INVOICE 77", parties=OTHER_PAID, sender="C"),
    }
    assert len(matched({}, messages, {})[1]) == 2
    assert len(matched({}, messages | {"n": replace(messages["n"], parties=PAID)}, {})[1]) == 1


# -- a second production changes nothing


@st.composite
def produced(draw):
    """Lines of two accounts, some reversed, and the names of those that a second production prints again."""
    lines = {}
    for n in range(draw(st.integers(1, 6))):
        amount, account = draw(st.sampled_from([-50_000, -7_000, 7_000])), draw(st.sampled_from("AB"))
        name = f"p{n}"
        lines[name] = line(name, account, amount, owner_reference=f"REF-{draw(st.integers(1, 4))}000")
        if draw(st.booleans()):
            undone = replace(lines[name], cite=Cite("1" * 64, f"line=r{n}"), amount=-amount, reversal=True)
            lines[f"r{n}"] = replace(undone, booked=DAY + timedelta(draw(st.integers(0, 2))), value_date=None)
    return lines, draw(st.sets(st.sampled_from(sorted(lines)))), draw(st.sampled_from(["a/", "z/"]))


@given(produced())
def test_lines_held_twice_are_judged_as_if_they_were_held_once(case):
    """Of a reversal whose original two productions hold, one original fits, not two (tracing.md 1.3, "Reversal")."""
    lines, again, before = case

    def said(judgements, transfers):
        own = {j.right: j.left for j in judgements if relation_of(j) == "copy"}
        places = {key: key.removeprefix(before) for key in {*lines, *(before + name for name in again)}}
        ties = sorted(
            (*sorted(places[own.get(k, k)] for k in (j.left, j.right)), relation_of(j))
            for j in judgements
            if relation_of(j) != "copy"
        )
        return ties, sorted((t.amount_out, *sorted({places[own.get(k, k)] for k in t.postings})) for t in transfers)

    both = lines | {before + name: replace(lines[name], cite=Cite("2" * 64, f"line={name}")) for name in again}
    once, twice = matched(lines, {}, {}), matched(both, {}, {})
    assert sum(relation_of(j) == "copy" for j in twice[0]) == len(again)
    assert said(*twice) == said(*once)

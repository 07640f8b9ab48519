"""Rules of the nexus told on small documents: what joins, what never joins, what a return leaves, which sentence is possible."""

import itertools
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracer.match import conclude, movement, propose
from tracer.match.comparing import equal
from tracer.model import Agent, Charge, Cite, Message, Posting, Statement
from tracer.model.judging import in_force
from tracer.model.payments import usable
from tracer.nexus import PROVISIONS, Institution, Instruction, explain, minimum_totals, totals, wires
from tracer.nexus import grades as forms
from tracer.nexus.grades import ORDER
from tracer.nexus.identifiers import is_aba, printed_bics
from tracer.nexus.paths import Stop, legs, merge

DAY = date(2024, 3, 18)
UETR = "11111111-2222-4333-8444-555555555555"
OTHER = "aaaaaaaa-2222-4333-8444-555555555555"


def msg(name, kind="MT103", sender="QXSGSGSG", receiver="QXNBUS33", *agents, **more):
    stated = {"settled": 48_000_000, "settled_currency": "USD", "settled_date": DAY, "reference": f"REF{name}"} | more
    return Message(Cite("e" * 64, f"message={name}"), kind, sender=sender, receiver=receiver, agents=agents, **stated)


def agent(role, bic, field, account=""):
    return Agent(role, bic, "BIC", field, account=account)


def line(name, amount, **more):
    stated = {"account": "04112233", "currency": "USD", "amount": amount, "line": 1, "value_date": DAY} | more
    return Posting(Cite("f" * 64, f"line={name}"), **stated)


def made(messages, postings=None, statements=None, *, decided=(), **more):
    """Return the wires of documents as the rim makes them: matching first, then the nexus."""
    postings, statements = postings or {}, statements or {}
    judgements = (*propose(postings, messages, statements, decided=decided), *decided)
    return wires(
        messages,
        postings,
        statements,
        producers=more.pop("producers", {}),
        transfers=conclude(postings, messages, judgements),
        judgements=in_force(judgements),
        **more,
    )


# -- what joins, and what never does


def test_a_reused_uetr_does_not_join_unrelated_payments():
    one = msg("AAA", uetr=UETR)
    for other in (
        msg("BBB", sender="QXDEDEFF", receiver="QXFRFRPP", uetr=UETR),
        msg("BBB", settled_currency="EUR", uetr=UETR),
        msg("BBB", settled=4_800_000, uetr=UETR),
        msg("BBB", settled_date=date(2024, 6, 1), uetr=UETR),
    ):
        found = made({"a": one, "b": other})
        assert len(found) == 2
        assert len({w.wire_id for w in found}) == 2
        assert all(any(note.startswith("ID_REUSED") for note in w.notes) for w in found)


def test_different_uetrs_are_different_wires_unless_a_person_says_otherwise():
    one, other = msg("AAA", uetr=UETR, end_to_end_id="INV7790"), msg("BBB", uetr=OTHER, end_to_end_id="INV7790")
    assert len(made({"a": one, "b": other})) == 2
    said = movement("a", "b", rung=-1, features=(), by="A. Officer", reason="the bank re-issued the UETR")
    (wire,) = made({"a": one, "b": other}, decided=[said])
    assert (wire.settled_max, wire.documents) == (48_000_000, ("a", "b"))
    assert wire.joined_by == ((("a", "b"), -1),)


@pytest.mark.parametrize("reference", ["", "AB1", "NONREF", "NOTPROVIDED", "notprovided "])
def test_placeholders_and_short_references_join_nothing(reference):
    assert usable(reference) == ""
    a = msg("AAA", end_to_end_id=reference)
    b = msg("BBB", sender="QXNBUS33", receiver="QXAEAEAD", end_to_end_id=reference)
    assert len(made({"a": a, "b": b})) == 2


def test_a_cut_reference_is_compared_as_a_prefix():
    assert equal("INV2024000000778+", "INV2024000000778123")
    assert not equal("INV2024000000778", "INV2024000000778123")


def test_legs_of_one_payment_join_by_the_customers_reference():
    a = msg("AAA", end_to_end_id="INV7790")
    b = msg("BBB", sender="QXNBUS33", receiver="QXAEAEAD", end_to_end_id="INV7790")
    (wire,) = made({"a": a, "b": b})
    assert wire.legs == (("SG", "US"), ("US", "AE"))
    assert wire.settled_max == 48_000_000
    assert wire.joined_by == ((("a", "b"), 2),)


def test_two_payments_with_one_rent_reference_are_not_joined():
    a = msg("AAA", end_to_end_id="RENT")
    b = msg("BBB", end_to_end_id="RENT")
    onward = msg("CCC", sender="QXNBUS33", receiver="QXAEAEAD", end_to_end_id="RENT")
    assert len(made({"a": a, "b": b, "c": onward})) == 3


def test_a_confirmation_joins_across_a_fee_and_the_gap_is_printed():
    paid = msg("AAA", receiver="QXHKHKHH")
    credit = msg("BBB", "MT910", "QXNBUS33", "QXHKHKHH", related_reference="REFAAA", settled=47_998_500, account="0099")
    (wire,) = made({"a": paid, "b": credit})
    assert (wire.settled_min, wire.settled_max, wire.grade) == (47_998_500, 48_000_000, "G1")
    assert wire.extra["unexplained"] == "15.00"
    stated = replace(credit, charges=(Charge(1_500, "USD", "72/CHGS/"),))
    (explained,) = made({"a": paid, "b": stated})
    assert "unexplained" not in explained.extra


def test_beyond_the_tolerance_nothing_joins():
    credit = msg("BBB", "MT910", "QXNBUS33", "QXHKHKHH", related_reference="REFAAA", settled=48_000_000 - 8_001)
    assert len(made({"a": msg("AAA", receiver="QXHKHKHH"), "b": credit})) == 2


def test_one_confirmation_that_fits_two_payments_joins_neither():
    a, b = msg("SAME", sender="QXSGSGSG"), msg("SAME", sender="QXMYMYKL")
    credit = msg("CCC", "MT900", "QXNBUS33", "QXHKHKHH", related_reference="REFSAME")
    assert len(made({"a": a, "b": b, "c": credit})) == 3


def test_a_statement_line_of_a_us_servicer_is_its_own_record():
    statement = Statement(Cite("f" * 64, "message=1"), "04112233", "USD", servicer="QXNBUS33", owner="QXSGSGSG")
    entry = line("1", -48_000_000, statement="s", owner_reference="REFAAA", servicer="QXNBUS33")
    (wire,) = made({"a": msg("AAA")}, {"p": entry}, {"s": statement})
    assert (wire.grade, wire.settled_max) == ("G1", 48_000_000)
    assert "show a debit of USD 480,000.00" in wire.us[0].sentence_en
    assert wire.accounts[0]["holder"] == "QXSGSGSG"
    assert wire.hooks["981k_lead"] == ["QXSGSGSG"]
    table = replace(statement, kind="table")
    (copied,) = made({}, {"p": entry}, {"s": table})
    assert copied.grade == "G3"
    (own,) = made({}, {"p": entry}, {"s": table}, producers={"p": ("us", "QXNBUS33")})
    assert own.grade == "G1"


def test_a_banks_own_reference_needs_the_equal_amount():
    entry = line("1", -48_000_000 + 1_000, bank_reference="REFAAA", servicer="QXNBUS33")
    assert len(made({"a": msg("AAA")}, {"p": entry})) == 2
    (joined,) = made({"a": msg("AAA")}, {"p": replace(entry, amount=-48_000_000)})
    assert len(joined.documents) == 2


def test_the_senders_books_raise_an_instruction():
    entry = line("1", -48_000_000, owner_reference="REFAAA", servicer="QXSGSGSG")
    (wire,) = made({"a": msg("AAA")}, {"p": entry})
    assert wire.grade == "G2a+"
    assert "The sender's books show the matching entry." in wire.us[0].sentence_en


# -- paths


def test_a_reimbursement_bank_of_the_senders_group_announces_nothing():
    document = msg("AAA", "MT103", "QXSGSGSG", "QXAEAEAD", agent("instructing_reimbursement_agent", "QXSGUS33", "53A"))
    document = replace(
        document, agents=(agent("instructing_reimbursement_agent", "QXSGUS33", "53A"),), sender="QXSGSGSG"
    )
    (wire,) = made({"a": document})
    assert wire.legs == (("SG", "US"), ("US", "AE"))
    assert wire.announcement is None or wire.announcement == ("SG", "AE")


def test_only_a_third_bank_requires_a_cover():
    third = msg("AAA", "MT103", "AAAASGSG", "CCCCAEAD", agent("instructing_reimbursement_agent", "BBBBUS33", "53A"))
    related = msg("AAA", "MT103", "AAAASGSG", "CCCCAEAD", agent("instructing_reimbursement_agent", "CCCCUS33", "53A"))
    alone = msg("AAA", "MT103", "AAAASGSG", "CCCCAEAD", agent("instructed_reimbursement_agent", "BBBBUS33", "54A"))
    for document, cover in ((third, True), (related, False), (alone, False)):
        (wire,) = made({"a": document})
        assert wire.legs == (("SG", "US"), ("US", "AE"))
        assert ("COVER_REQUIRED" in wire.notes) is cover
        assert (wire.announcement is not None) is cover


def test_banks_already_passed_stand_before_the_sender():
    document = msg(
        "AAA",
        "MT103",
        "BBBBUS33",
        "CCCCAEAD",
        agent("debtor_agent", "AAAASGSG", "52A"),
        agent("previous_instructing_agent_1", "DDDDHKHH", "72/INS/"),
    )
    (wire,) = made({"a": document})
    assert wire.legs == (("SG", "HK"), ("HK", "US"), ("US", "AE"))


def test_a_test_address_makes_no_leg_and_a_territory_is_its_own_bucket():
    (wire,) = made({"a": msg("AAA", "MT103", "AAAASGSG", "CCCCAEAD", agent("intermediary_agent_1", "BBBBUS30", "56A"))})
    assert (wire.legs, wire.us, wire.excluded, wire.grade) == ((("SG", "AE"),), (), (("BBBBUS30", "TEST_BIC"),), "G0")
    (wire,) = made({"a": msg("AAA", receiver="QXPRPRSJ")})
    assert (wire.bucket, wire.crossings, wire.hooks) == ("US_TERRITORY", {"into_us": 0, "out_of_us": 0}, {})
    assert wire.extra["crossings_incl_territories"] == {"into_us": 1, "out_of_us": 0}
    assert "an institution in PR, a US territory" in wire.us_territory[0].sentence_en


STOPS = st.lists(st.sampled_from(["AAAASGSG", "BBBBUS33", "CCCCUS33", "DDDDAEAD"]), min_size=1, max_size=4, unique=True)


@given(st.lists(STOPS, min_size=1, max_size=4))
def test_a_merged_path_does_not_depend_on_order_or_on_copies(listed):
    paths = [tuple(Stop(key, key[4:6], is_bic=True) for key in path) for path in listed]
    whole = legs(merge(paths))
    assert legs(merge(paths[::-1])) == whole
    assert legs(merge([*paths, *paths])) == whole


# -- identifiers and the case's list


def test_option_d_text_is_an_institution_only_by_the_cases_list():
    row = Institution("QXMBUS3N", "021099906", "QXM BK NYC", "New York", "US", date(2020, 1, 1), None, "IL-1 row 2")
    named = Agent("creditor_agent", "QXM BK NYC", "NAME", "57D", name="QXM BK NYC, 1 STREET, NEW YORK")
    document = msg("AAA", "MT103", "AAAASGSG", "CCCCAEAD", named)
    assert made({"a": document})[0].us == ()
    (wire,) = made({"a": document}, institutions=(row,))
    assert (wire.us[0].id, wire.us[0].grade, wire.us[0].city) == ("QXMBUS3N", "G3", "New York")
    expired = replace(row, valid_to=date(2023, 1, 1))
    assert made({"a": document}, institutions=(expired,))[0].us == ()


@pytest.mark.parametrize(
    ("number", "valid"), [("026099998", True), ("000000000", False), ("130000000", False), ("02609999", False)]
)
def test_aba(number, valid):
    assert is_aba(number) is valid


@pytest.mark.parametrize("text", ["CONFUSED", "EXHAUSTS ALL", "20240318QXNBUS3C000123"])
def test_words_and_endpoint_ids_are_no_banks(text):
    assert printed_bics(text) == ()


def test_a_published_list_is_a_lead_of_its_own_grade():
    row = Instruction("QXSGSGSG", "USD", "QXNBUS33", date(2020, 1, 1), None, "list of 2024")
    (wire,) = made({"a": msg("AAA", receiver="QYHKHKHH")}, instructions=(row,))
    assert (wire.grade, wire.us, wire.hooks, wire.bucket) == ("G4", (), {}, "NONE")


# -- returns, rejections, totals


def test_an_mt_return_stands_apart():
    back = msg("BBB", "MT103", "QXNBUS33", "QXSGSGSG", return_of="REFAAA", return_reason="RETN 99", settled=47_997_500)
    (wire,) = made({"a": msg("AAA"), "b": back})
    assert wire.crossings == {"into_us": 1, "out_of_us": 0}
    assert wire.extra["return_legs"] == (("US", "SG"),)
    assert wire.extra["return_crossings"] == {"into_us": 0, "out_of_us": 1}
    assert (wire.extra["net_delivered"], wire.extra["unexplained"], wire.settled_max) == ("0.00", "25.00", 48_000_000)


def test_a_return_without_its_original_is_a_gap():
    back = msg("BBB", "MT103", "QXNBUS33", "QXSGSGSG", return_of="REFAAA", return_reason="RETN 99")
    (wire,) = made({"b": back})
    assert wire.settled_max is None
    assert any(note.startswith("RETURN_WITHOUT_ORIGINAL") for note in wire.notes)


def test_what_the_network_refused_has_no_value():
    (wire,) = made({"a": msg("AAA", accepted=False)})
    assert (wire.settled_max, wire.grade, wire.bucket, wire.legs, wire.hooks) == (None, "G0", "NONE", (), {})
    assert wire.excluded == (("a", "NAK"),)


def test_totals_print_the_smallest_amount_beside_the_largest():
    credit = msg("BBB", "MT910", "QXNBUS33", "QXHKHKHH", related_reference="REFAAA", settled=47_998_500)
    found = made({"a": msg("AAA", receiver="QXHKHKHH"), "b": credit})
    assert totals(found)["us_by_grade"] == {"USD": {"G1": 48_000_000}}
    assert minimum_totals(found)["us_by_grade"] == {"USD": {"G1": 47_998_500}}


# -- sentences


def test_a_grade_belongs_to_its_type_and_cannot_be_passed_in():
    shown = [getattr(forms, name) for name in forms.__all__ if isinstance(getattr(forms, name), type)]
    graded = [form for form in shown if form is not forms.Evidence]
    assert {form.grade for form in graded} == set(ORDER)
    with pytest.raises(TypeError):
        forms.Designated("QXNBUS33", "US", "MT103 R", "INTERMEDIARY", grade="G1")
    with pytest.raises((AttributeError, TypeError)):  # 3.11 refuses a class attribute of a slotted class by TypeError
        forms.Designated("QXNBUS33", "US", "MT103 R", "INTERMEDIARY").grade = "G1"


@pytest.mark.parametrize(
    "document",
    [
        msg("AAA"),
        msg("AAA", accepted=True),
        msg("AAA", sender="QXNBUS33", receiver="QXSGSGSG"),
        msg("AAA", "MT910", "QXNBUS33"),
    ],
)
def test_every_sentence_names_its_document_and_says_nothing_of_ownership(document):
    (wire,) = made({"a": document})
    for us in wire.us:
        assert "REFAAA" in us.sentence_en
        assert "REFAAA" in us.sentence_zh
        assert not any(word in us.sentence_en.lower() for word in ("launder", "proceeds", "owner", "knew"))
    assert "confirm with counsel" in explain(wire)


def test_every_provision_has_authority_contrary_and_mark():
    assert all(p.authority and p.against and p.mark in {"FOUND", "KNOWN"} for p in PROVISIONS)


# -- what must hold for any documents (nexus.md section 9)

POOL = {
    "a": msg(
        "AAA", "MT103", "AAAASGSG", "CCCCAEAD", agent("instructing_reimbursement_agent", "BBBBUS33", "53A"), uetr=UETR
    ),
    "b": msg(
        "BBB",
        "MT202COV",
        "AAAASGSG",
        "BBBBUS33",
        agent("creditor_institution", "CCCCAEAD", "58A"),
        uetr=UETR,
        related_reference="REFAAA",
    ),
    "c": msg("CCC", "MT910", "BBBBUS33", "CCCCAEAD", related_reference="REFAAA", settled=47_999_000),
    "d": msg("DDD", "MT103", "AAAASGSG", "CCCCAEAD", narrative="/REC/SETTLED VIA USD CHATS"),
    "e": msg("EEE", "MT103", "AAAASGSG", "BBBBUS30", uetr=UETR),
    "f": msg(
        "FFF",
        "pacs.004.001.09",
        "CCCCAEAD",
        "AAAASGSG",
        uetr=UETR,
        return_of=UETR,
        return_reason="AC04",
        settled=47_999_000,
    ),
}


@settings(max_examples=60, deadline=None)
@given(st.permutations(sorted(POOL)), st.sets(st.sampled_from(sorted(POOL)), min_size=1))
def test_order_and_copies_change_nothing(order, held):
    plain = made({key: POOL[key] for key in sorted(held)})
    again = made({key: POOL[key] for key in order if key in held})
    assert plain == again


@settings(max_examples=80, deadline=None)
@given(st.sets(st.sampled_from(sorted(POOL)), min_size=1), st.sampled_from(sorted(POOL)))
def test_another_document_never_lowers_a_grade(held, more):
    before = made({key: POOL[key] for key in held})
    after = made({key: POOL[key] for key in {*held, more}})
    for wire in before:
        bigger = next(w for w in after if set(wire.documents) <= set(w.documents))
        assert ORDER.index(bigger.grade) <= ORDER.index(wire.grade)
        for us in wire.us:
            grown = next(u for u in bigger.us if u.id == us.id)
            assert ORDER.index(grown.grade) <= ORDER.index(us.grade)
            assert set(us.roles) <= set(grown.roles)


@given(st.sets(st.sampled_from(sorted(POOL)), min_size=1))
def test_value_is_at_most_the_largest_leg_and_no_us_means_no_hooks(held):
    for wire in made({key: POOL[key] for key in held}):
        assert (wire.settled_max or 0) <= 48_000_000
        if not wire.us:
            assert wire.hooks == {}


def test_crossings_depend_on_the_path_only():
    for n in range(1, 4):
        for held in itertools.combinations("abc", n):
            if "a" in held:
                (wire,) = made({key: POOL[key] for key in held})
                assert wire.crossings == {"into_us": 1, "out_of_us": 1}


# -- what a sentence rests on, and what is printed against a hook


def test_a_sentence_rests_on_the_one_field_that_proves_it_not_on_every_document_that_names_the_bank():
    """The announcement names QXNBUS33 in 53A only; that it was instructed is shown by the receiver of the cover alone."""
    announced = msg("A", "MT103", "QXSGSGSG", "QXAEAEAD", agent("instructing_reimbursement_agent", "QXNBUS33", "53A"))
    announced = replace(announced, uetr=UETR, reference="REF1")
    cover = msg("B", "MT202COV", "QXSGSGSG", "QXNBUS33", agent("instructed_agent", "QXNBUS33", "{2}"))
    cover = replace(cover, uetr=UETR, reference="COV1", related_reference="REF1")
    (wire,) = made({"a": announced, "b": cover})
    (bank,) = wire.us
    assert set(bank.documents) == {"a", "b"}
    assert bank.grade == "G2a"
    assert bank.proof == (("b", "{2}"),)


def test_the_matching_entry_in_the_senders_books_is_part_of_the_proof():
    sent = msg("A", "MT103", "QXSGSGSG", "QXNBUS33", agent("instructed_agent", "QXNBUS33", "{2}"), uetr=UETR)
    booked = line("1", -48_000_000, servicer="QXSGSGSG", uetr=UETR)
    other = line("2", 48_000_000, account="99", servicer="QXHKHKHH", uetr=UETR)
    (wire,) = made({"a": sent}, {"p": booked, "q": other})
    (bank,) = wire.us
    assert bank.grade == "G2a+"
    assert bank.proof == (("a", "{2}"), ("p", ""))


def test_what_stands_against_a_hook_travels_with_the_wire_in_both_languages():
    (wire,) = made({"a": msg("A")})
    assert wire.hooks
    assert len(wire.counterpoints) >= 6
    for english, chinese in wire.counterpoints:
        assert english.isascii()
        assert any("\u4e00" <= c <= "\u9fff" for c in chinese)
    assert all(f"counterpoint: {english}" in explain(wire) for english, _ in wire.counterpoints)
    (bare,) = made({"a": msg("A", receiver="QXHKHKHH")})
    assert not bare.hooks
    assert bare.counterpoints == ()

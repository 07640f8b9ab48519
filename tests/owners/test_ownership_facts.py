"""From facts to a table: nominees, joint blocks, trusts, declared totals, silences, chains."""

from dataclasses import replace
from fractions import Fraction

import pytest

from tests.owners.tables import DAY, interest, party, table, told
from tracer.model import Name, Share
from tracer.owners import build, chains, hygiene, residuals, silence, verdicts
from tracer.owners.question import Question
from tracer.owners.ranges import fraction


def own(found, person, target, policy="is_not_p"):
    return Question(found, frozenset((person,)), target, policy).own()


def exactly(text):
    return Share(Fraction(text), Fraction(text))


def nominee_case(*extra):
    parties, interests = told("n>T 1/4, q>T 3/4")
    parties["p"] = party("p", "person")
    interests["n1"] = interest("n1", "n", "T", kind="nominee")
    for number, owner in enumerate(extra):
        parties[owner] = party(owner, "person")
        interests[f"m{number}"] = interest(f"m{number}", owner, "T", kind="nominator", directness="indirect")
    return parties, interests


def test_what_a_nominee_holds_is_the_nominators_and_the_title_stays_in_the_chain():
    parties, interests = nominee_case("p")
    found = build(parties, interests, as_of=DAY)
    assert own(found, "p", "T") == exactly("1/4")
    assert own(found, "n", "T") == exactly("0")
    (flag,) = [f for f in found.flags if f.code == "NOMINEE"]
    assert flag.ids == ("e0", "n1", "m0")
    told_ = {(c.owner, c.interests): c.share for c in chains(parties, interests, "T", DAY)}
    assert told_["n", ("e0",)] == told_["p", ("m0", "e0")] == exactly("1/4")


@pytest.mark.parametrize("nominators", [(), ("p", "r")])
def test_a_nominee_for_nobody_or_for_two_holds_for_an_unknown_owner(nominators):
    parties, interests = nominee_case(*nominators)
    found = build(parties, interests, as_of=DAY)
    assert own(found, "p", "T") == exactly("0")
    assert own(found, "p", "T", "may_be_p") == Share(Fraction(0), Fraction(1, 4))
    assert "NOMINEE_OPEN" in {f.code for f in found.flags}


def test_a_company_with_a_nominee_in_it_is_no_nomination():
    parties, interests = nominee_case("p")
    parties["L"] = party("L")
    interests["l"] = interest("l", "T", "L", "1")
    assert own(build(parties, interests, as_of=DAY), "p", "L") == exactly("1/4")


def joint(share_p="", share_q=""):
    parties = {k: party(k, "person") for k in "pq"} | {"J": party("J", "joint_holding"), "T": party("T")}
    interests = {
        "j": interest("j", "J", "T", "13/50"),
        "a": interest("a", "p", "J", share_p),
        "b": interest("b", "q", "J", share_q),
    }
    return parties, interests


def test_joint_holders_hold_the_whole_block_each_in_the_uk_and_are_one_elsewhere():
    parties, interests = joint()
    said = {(v.law, v.person): v for v in verdicts(parties, interests, "T", as_of=DAY)}
    assert said["uk_psc", "p"].figures["shares"] == said["uk_psc", "q"].figures["shares"] == exactly("13/50")
    assert said["uk_psc", "p"].chains == ("a", "b", "j")
    assert said["eu_amlr", "J"].verdict == "YES"
    assert said["eu_amlr", "p"].verdict == "UNDETERMINED"
    assert said["eu_amlr", "p"].figures["shares"] == Share(Fraction(0), Fraction(13, 50))


def test_published_fractions_of_a_joint_block_give_two_figures():
    parties, interests = joint("1/2", "1/2")
    found = build(parties, interests, as_of=DAY)
    assert own(found, "p", "T") == exactly("13/100")
    uk = next(v for v in verdicts(parties, interests, "T", as_of=DAY, laws=("uk_psc",)) if v.person == "p")
    assert uk.figures["shares"] == exactly("13/50")


def test_parties_of_a_trust_are_owners_by_role_and_the_trustee_stands_for_it():
    parties = {k: party(k, "person") for k in "pqr"} | {"J": party("J", "arrangement"), "T": party("T")}
    interests = {
        "t": interest("t", "J", "T", "3/10"),
        "a": interest("a", "p", "J", kind="trustee"),
        "b": interest("b", "q", "J", kind="settlor"),
        "c": interest("c", "r", "J", kind="beneficiaryOfLegalArrangement"),
    }
    said = {(v.law, v.person): v for v in verdicts(parties, interests, "T", as_of=DAY)}
    for person, role in (("p", "trustee"), ("q", "settlor"), ("r", "beneficiaryOfLegalArrangement")):
        assert said["eu_amlr", person].verdict == "YES"
        assert role in said["eu_amlr", person].basis
        assert said["eu_amlr", person].figures["shares"] == exactly("0")
    assert said["us_cdd", "p"].verdict == "YES"
    assert said["us_cdd", "q"].verdict == "NO"
    assert said["uk_psc", "p"].verdict == "YES"
    assert said["uk_psc", "q"].verdict == "UNDETERMINED"
    assert said["ofac", "p"].verdict == "NO"


def test_a_capacity_is_no_own_holding():
    parties, interests = told("p>T 3/5")
    interests["e0"] = replace(interests["e0"], capacity="as_trust")
    found = build(parties, interests, as_of=DAY)
    assert own(found, "p", "T") == exactly("0")
    (uk,) = verdicts(parties, interests, "T", as_of=DAY, laws=("uk_psc",))
    assert (uk.verdict, uk.basis) == ("YES", ("as_trust",))


def test_an_indirect_total_is_compared_and_a_contradiction_is_a_finding():
    parties, interests = told("p>A 3/5, A>T 1/2, q>T 1/2, q>A 2/5")
    total = interest("d", "p", "T", "9/10", directness="indirect", is_assertion=True)
    assert own(build(parties, interests | {"d": total}, as_of=DAY), "p", "T") == exactly("3/10")
    assert "ASSERTION_CONTRADICTS" in {d.code for d in hygiene(parties, interests | {"d": total}, as_of=DAY)}
    agrees = replace(total, lo="3/10", hi="3/10")
    assert "ASSERTION_CONTRADICTS" not in {d.code for d in hygiene(parties, interests | {"d": agrees}, as_of=DAY)}


def test_one_unknown_component_is_solved_and_two_are_not():
    parties, interests = told("A>T 1/2, p>A, q>B, B>A 1/4")
    blank = replace(interests["e1"], kind="", directness="unknown")
    total = interest("d", "p", "T", "1/4", directness="indirect", is_assertion=True, components=("A", "r0", "r1"))
    found = build(parties, {"e0": interests["e0"], "e1": blank, "d": total}, as_of=DAY)
    assert own(found, "p", "T") == exactly("1/4")
    (flag,) = [f for f in found.flags if f.code == "DERIVED_EDGE"]
    assert (flag.note, flag.total, flag.ids) == ("p > A", Fraction(1, 2), ("d", "e1"))
    silent = replace(interests["e0"], lo=None, hi=None)
    two = build(parties, {"e0": silent, "e1": blank, "d": total}, as_of=DAY)
    assert "DERIVED_EDGE" not in {f.code for f in two.flags}


def test_judgements_join_records_of_one_party():
    parties, interests = told("p>A 3/10, q>A 3/10")
    found = build(parties, interests, as_of=DAY, same={"q": "p"})
    assert own(found, "p", "A") == exactly("3/5")
    (uk,) = verdicts(parties, interests, "A", as_of=DAY, laws=("uk_psc",), same={"q": "p"})
    assert (uk.person, uk.chains) == ("p", ("e0", "e1"))


def test_a_company_that_names_itself_as_its_controller_is_a_data_error_and_no_treasury_share():
    parties, interests = told("T>T 3/5, p>T 2/5")
    interests["e0"] = replace(interests["e0"], code="ownership-of-shares-50-to-75-percent")
    found = build(parties, interests, as_of=DAY)
    assert own(found, "p", "T") == exactly("2/5")
    assert "SELF_PSC" in {f.code for f in found.defects()}


def test_a_name_that_says_trust_is_looked_through():
    parties, interests = told("H>T 1")
    parties["H"] = replace(parties["H"], names=(Name("Larkspur Family Trust"),))
    assert [f.members for f in hygiene(parties, interests, as_of=DAY) if f.code == "LOOK_THROUGH"] == [("H",)]


def test_a_record_that_nobody_describes_is_an_unknown_owner():
    parties, interests = told("p>T 1/5, X>T 2/5")
    del parties["X"]
    found = build(parties, interests, as_of=DAY)
    assert "NO_PARTY" in {f.code for f in found.flags}
    assert own(found, "p", "T", "may_be_p").hi == Fraction(1)


def test_a_shareholding_without_a_share_is_something_between_nothing_and_all():
    found = table("p>T, q>T 2/5")
    assert own(found, "p", "T") == Share(Fraction(0), Fraction(3, 5), lo_open=True)
    assert "NO_SHARE" in {f.code for f in found.flags}


@pytest.mark.parametrize("text", ["1/0", "-1/4", "5/4", "25%", "0,25", "1e999999999", "", "nan", "1" * 400])
def test_what_is_no_share_is_refused_and_flagged(text):
    with pytest.raises(ValueError, match="is not"):
        fraction(text)
    parties, interests = told("p>T 1/4")
    interests["e0"] = replace(interests["e0"], lo=text, hi=text)
    assert [f.code for f in build(parties, interests, as_of=DAY).flags if f.code == "INVALID_SHARE"]


@pytest.mark.parametrize(
    ("kind", "reason", "status"),
    [
        ("unknown", "subjectExemptFromDisclosure", "EXEMPT"),
        ("unknown", "psc-exempt-as-trading-on-regulated-market", "EXEMPT"),
        ("unknown", "noBeneficialOwners", "DECLARED_NONE"),
        ("unknown", "no-individual-or-entity-with-signficant-control", "DECLARED_NONE"),
        ("unknown", "restrictions-notice-issued-to-psc", "DECLARED_UNKNOWN"),
        ("unknown", "interestedPartyHasNotProvidedInformation", "DECLARED_UNKNOWN"),
        ("state", "", "STATE"),
    ],
)
def test_silences_differ(kind, reason, status):
    parties = {"T": party("T"), "u": party("u", kind, status="unknown", reason=reason)}
    interests = {"e": interest("e", "u", "T", kind="", directness="unknown")}
    assert silence(build(parties, interests, as_of=DAY), "T").status == status
    assert silence(build({"T": party("T")}, {}, as_of=DAY), "T").status == "NO_DATA"


def test_chains_keep_to_shares_or_to_votes_and_leave_loops():
    parties, interests = told("p>A 3/5, B>A 2/5, A>B 1/2, A>T 1/2")
    interests["v"] = interest("v", "p", "A", "9/10", kind="votingRights")
    interests["w"] = interest("w", "A", "T", "9/10", kind="votingRights")
    found = {c.interests: c.share for c in chains(parties, interests, "T", DAY)}
    assert found == {("e0", "e3"): exactly("3/10"), ("v", "w"): exactly("81/100")}


# -- what nobody documents


def undocumented(story, target="T", extra=()):
    parties, interests = told(story)
    for record in extra:
        parties[record] = party(record)
    return {r.entity: (r.share, r.status) for r in residuals(parties, interests, target, as_of=DAY)}


def test_what_no_source_documents_of_an_entity_is_a_figure_of_its_own():
    """p holds 60 % of A, nobody is said to hold the other 40 %; A holds T wholly, so T itself has none."""
    assert undocumented("p>A 3/5, A>T 1") == {"A": (exactly("2/5"), "PERSONS")}
    assert undocumented("p>A 1, A>T 1") == {}


def test_a_band_leaves_a_range_and_its_open_ends_change_sides():
    found = undocumented("p>T (1/4..1/2]")
    assert found == {"T": (Share(Fraction(1, 2), Fraction(3, 4), hi_open=True), "PERSONS")}


def test_an_unknown_owner_documents_nobody():
    assert undocumented("p>T 1/4, ?x>T 3/4") == {"T": (exactly("3/4"), "PERSONS")}
    assert undocumented("A>T 1") == {"A": (exactly("1"), "NO_DATA")}


def test_a_closed_loop_is_named_although_nothing_is_left_over():
    assert undocumented("A>B 1, B>A 1, B>T 1") == {
        "A": (exactly("0"), "CLOSED_LOOP"),
        "B": (exactly("0"), "CLOSED_LOOP"),
    }


def test_more_than_the_whole_is_named_and_leaves_nothing():
    assert undocumented("p>T 3/5, q>T 3/5") == {"T": (exactly("0"), "OVERSUBSCRIBED")}


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        pytest.param(("1/5", "1/5"), Share(Fraction(1, 5), Fraction(2, 5)), id="the same figure"),
        pytest.param(("3/5", "3/5"), Share(Fraction(3, 5), Fraction(1)), id="more than the whole if both"),
        pytest.param(("(1/4..1/2]", "2/5"), Share(Fraction(2, 5), Fraction(9, 10)), id="a band beside a figure"),
    ],
)
def test_a_holding_that_two_exhibits_state_is_one_or_two(shares, expected):
    # two registers number the record in their own way: the holding of 20 % may be the same 20 %, or 40 % together
    parties = {"p": party("p", "person"), "T": party("T")}
    rows = [interest(n, "p", "T", share) for n, share in enumerate(shares)]
    other = replace(rows[1], cite=replace(rows[1].cite, exhibit="y" * 64))
    made = build(parties, {"a": rows[0], "b": other}, as_of=DAY)
    assert own(made, "p", "T") == expected
    assert [d.ids for d in made.defects() if d.code == "DOUBLE_ENTRY"] == [("a", "b")]
    in_one = build(parties, {"a": rows[0], "b": interest(1, "p", "T", shares[1])}, as_of=DAY)
    assert not [d for d in in_one.defects() if d.code == "DOUBLE_ENTRY"]

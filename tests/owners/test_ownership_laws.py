"""Each law on tables of its own: first the source's own figures, then the edges."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from tests.owners.tables import DAY, interest, party, table, told
from tracer.model import NotCovered, Share
from tracer.owners import Group, build, verdicts
from tracer.owners.answers import LAWS, verdict
from tracer.owners.ranges import answer


def ask(found, law, target, person="p", policy="is_not_p"):
    return verdict(found, LAWS[law], person, frozenset((person,)), target, policy)


@pytest.mark.parametrize(
    ("story", "law", "target", "said"),
    [
        pytest.param("p>A 3/5, A>T 1/2", "us_cdd", "T", "YES", id="FinCEN FAQ: 60 x 50 = 30"),
        pytest.param("p>A 3/5, A>T 3/10", "us_cdd", "T", "NO", id="FinCEN FAQ: 60 x 30 = 18"),
        pytest.param("p>A 1/2, A>T 1/2", "ofac", "T", "YES", id="OFAC FAQ 401: 50 of 50"),
        pytest.param("p>A 499/1000, A>T 1", "ofac", "T", "NO", id="one in a thousand short of 50"),
        pytest.param("p>A 1/4, p>B 1/4, A>T 1/2, B>T 1/2", "ofac", "T", "NO", id="OFAC: owns 25, nothing is blocked"),
        pytest.param("p>T 1/4", "uk_psc", "T", "NO", id="UK: exactly 25 is not more than 25"),
        pytest.param("p>T 2501/10000", "uk_psc", "T", "YES", id="UK: one in ten thousand more"),
        pytest.param("p>A 51/100, A>T 26/100", "uk_psc", "T", "YES", id="UK: the whole block behind a majority"),
        pytest.param("p>A 1/2, A>T 1", "uk_psc", "T", "NO", id="UK: half is no majority"),
        pytest.param("p>T 1/4", "eu_amlr", "T", "YES", id="AMLR 52: 25 is reached"),
        pytest.param("p>T 1/4", "eu_4amld", "T", "NO", id="4AMLD: more than 25"),
        pytest.param("p>A 1/5, p>B 3/5, B>A 1/5, A>T 1", "eu_4amld", "T", "NO", id="4AMLD: no control, no limb"),
        pytest.param("p>T (1/4..1/2]", "uk_psc", "T", "YES", id="an open lower end at the threshold passes surely"),
        pytest.param("p>T 1/5..1/4]", "eu_amlr", "T", "UNDETERMINED", id="a closed upper end can be reached"),
        pytest.param("p>T 1/5..1/4)", "eu_amlr", "T", "NO", id="an open one cannot"),
        pytest.param("p>T 1/5, ?u>T 1/10", "eu_amlr", "T", "NO", id="undocumented shares are third parties'"),
    ],
)
def test_verdicts(story, law, target, said):
    assert ask(table(story), law, target).verdict == said


def test_the_same_table_under_may_be_p_is_open():
    found = ask(table("p>T 1/5, ?u>T 1/10"), "eu_amlr", "T", policy="may_be_p")
    assert found.verdict == "UNDETERMINED"
    assert found.figures["shares"] == Share(Fraction(1, 5), Fraction(1))
    assert any("may be this holder" in said for said in found.assumptions)


@pytest.mark.parametrize(
    ("share", "strict", "said"),
    [
        (Share(Fraction(1, 4), Fraction(1, 2), lo_open=True), True, "YES"),
        (Share(Fraction(1, 4), Fraction(1, 2)), True, "UNDETERMINED"),
        (Share(Fraction(1, 4), Fraction(1, 2)), False, "YES"),
        (Share(Fraction(0), Fraction(1, 4), hi_open=True), False, "NO"),
        (Share(Fraction(0), Fraction(1, 4)), True, "NO"),
    ],
)
def test_a_range_against_a_quarter(share, strict, said):
    assert answer(share, Fraction(1, 4), strict=strict) == said


def test_every_law_names_its_authority_its_contrary_and_a_dated_version():
    for law in LAWS.values():
        assert law.authority
        assert law.against
        assert law.mark in {"FOUND", "KNOWN"}
        assert all(version.id == f"{law.id}/{version.since.isoformat()}" for version in law.versions)
        module = __import__(f"tracer.owners.laws.{law.id}", fromlist=["x"])
        assert "Authority:" in module.__doc__
        assert "Against:" in module.__doc__
        if "KNOWN" in module.__doc__:
            assert "confirm with counsel" in module.__doc__


def test_known_law_is_printed_with_counsel_and_law_to_come_says_so():
    found = table("p>T 1/2")
    assert any("confirm with counsel" in said for said in ask(found, "eu_4amld", "T").assumptions)
    assert any("applies from 2027-07-10" in said for said in ask(found, "eu_amlr", "T").assumptions)
    after = replace(found, as_of=date(2028, 1, 1))
    assert not any("applies from" in said for said in ask(after, "eu_amlr", "T").assumptions)
    assert any("applied until" in said for said in ask(after, "eu_4amld", "T").assumptions)


def test_a_board_right_is_a_majority_stake_and_control_by_other_means():
    parties, interests = told("q>H 1, H>T 3/10")
    parties["p"] = party("p", "person")
    interests["b"] = interest("b", "p", "H", kind="appointmentOfBoard")
    found = build(parties, interests, as_of=DAY)
    uk = ask(found, "uk_psc", "T")
    assert (uk.verdict, uk.basis) == ("YES", ("shares>25", "votes>25"))
    assert "b" in uk.chains
    assert ask(found, "uk_psc", "H").tests["board"] == "YES"
    assert ask(found, "eu_amlr", "H").tests["53_other"] == "YES"


def test_stated_influence_is_no_verdict_of_control():
    parties, interests = told("q>H 1, H>T 3/10")
    parties["p"] = party("p", "person")
    interests["i"] = interest("i", "p", "H", kind="rightsGrantedByContract")
    found = build(parties, interests, as_of=DAY)
    assert ask(found, "uk_psc", "T").verdict == "UNDETERMINED"
    amlr = ask(found, "eu_amlr", "H")
    assert (amlr.verdict, amlr.tests["53"], amlr.tests["53_other"]) == ("UNDETERMINED", "NO", "UNDETERMINED")


def test_stakes_of_a_chain_added_together_are_an_interpretation():
    found = table("p>A 3/5, p>B 3/10, A>B 3/10, B>T 1")
    uk = ask(found, "uk_psc", "T")
    assert (uk.verdict, uk.figures["shares"].hi) == ("NO", 0)
    assert "INTERPRETATION" in uk.flags
    assert uk.figures["interpretation_shares"] == Share(Fraction(1), Fraction(1))
    assert uk.chains == ("e0", "e1", "e2", "e3")


def test_persons_who_act_together_are_answered_as_a_group_and_never_added_to_a_member():
    parties, interests = told("p>T 3/10, q>T 3/10")
    pact = Group("g", "concert", ("p", "q"), "T")
    said = {
        (v.law, v.person): v for v in verdicts(parties, interests, "T", as_of=DAY, groups=(pact,), laws=("eu_amlr",))
    }
    assert said["eu_amlr", "p"].tests["53"] == "NO"
    assert said["eu_amlr", "p"].tests["53_concert"] == "YES"
    assert "GROUP:p+q" in said["eu_amlr", "p"].flags
    assert said["eu_amlr", "p+q"].tests["53"] == "YES"
    assert said["eu_amlr", "p"].figures["shares"] == Share(Fraction(3, 10), Fraction(3, 10))
    family = Group("f", "family", ("p", "q"))
    lead = {v.person: v for v in verdicts(parties, interests, "T", as_of=DAY, groups=(family,), laws=("eu_amlr",))}
    assert "53_concert" not in lead["p"].tests
    assert "LEAD_FAMILY:f" in lead["p"].flags


def test_ofac_takes_listed_parties_together_and_says_when_none_is_listed():
    parties, interests = told("p>T 1/4, q>T 1/4")
    (both,) = verdicts(parties, interests, "T", as_of=DAY, laws=("ofac",), sanctioned=("p", "q"))
    assert (both.person, both.verdict, both.chains) == ("p+q", "YES", ("e0", "e1"))
    alone = verdicts(parties, interests, "T", as_of=DAY, laws=("ofac",))
    assert [v.verdict for v in alone] == ["NO", "NO"]
    assert all(any(said.startswith("as if listed") for said in v.assumptions) for v in alone)


def test_a_table_that_cannot_be_true_gets_no_figure_and_its_errors_follow_downwards():
    parties, interests = told("p>A 3/5, q>A 3/5, A>B 1, p>C 1")
    for target, said in (("A", "UNDETERMINED"), ("B", "UNDETERMINED"), ("C", "YES")):
        for one in verdicts(parties, interests, target, as_of=DAY, laws=("uk_psc", "eu_amlr", "eu_4amld", "us_cdd")):
            if one.person == "p":
                assert one.verdict == said
                assert ("OVERSUBSCRIBED:A" in one.flags) == (target != "C")
                assert target == "C" or not one.figures


def test_a_register_band_is_compared_and_never_added():
    parties, interests = told("q>T 1/2")
    parties["p"] = party("p", "person")
    interests["r"] = interest(
        "r",
        "p",
        "T",
        "(1/4..1/2]",
        directness="unknown",
        is_assertion=True,
        code="ownership-of-shares-25-to-50-percent",
    )
    found = build(parties, interests, as_of=DAY)
    uk = ask(found, "uk_psc", "T")
    assert (uk.verdict, uk.basis) == ("YES", ("registered: ownership-of-shares-25-to-50-percent",))
    assert uk.figures["shares"] == Share(Fraction(0), Fraction(0))
    amlr = ask(found, "eu_amlr", "T")
    assert (amlr.verdict, amlr.figures["declared_shareholding"].lo_open) == ("UNDETERMINED", True)
    full = interests | {"e9": interest("e9", "q", "T", "1/2")}
    against = ask(build(parties, full, as_of=DAY), "uk_psc", "T")
    assert (against.verdict, against.flags[0]) == ("UNDETERMINED", "ASSERTION_CONTRADICTS")


def test_a_law_that_tracer_does_not_know_is_named():
    with pytest.raises(NotCovered, match="fatf"):
        verdicts({}, {}, "T", as_of=DAY, laws=("fatf",))

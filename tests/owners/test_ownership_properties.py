"""Properties of ownership.md section 10 on generated tables, against a slow second opinion."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.owners.oracle import absorbed, corners, extremes, majority
from tests.owners.tables import DAY, PERSONS, built, columns, nouns, table
from tracer.owners import build
from tracer.owners.answers import LAWS, verdict
from tracer.owners.bounds import bounds
from tracer.owners.control import closure
from tracer.owners.laws import ofac, uk_psc
from tracer.owners.question import HALF, Question
from tracer.owners.ranges import YES
from tracer.owners.shares import company_ownership, path_sum, self_ownership, walks

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
COMPANIES = ("A", "B", "C")
POLICIES = ("is_not_p", "may_be_p")


def point(cols):
    return {c: {o: lo for o, (lo, _) in column.items()} for c, column in cols.items()}


def own(found, holder, target, policy="is_not_p"):
    return Question(found, frozenset((holder,)), target, policy).own()


@QUICK
@given(columns())
def test_integrated_ownership_is_what_elimination_says(cols):
    found = built(cols)
    for target in COMPANIES:
        if target in found.loops:
            continue
        reached = walks(found.shares, target, found.loops)
        for person in PERSONS:
            assert reached.get(person, 0) == absorbed(point(cols), {person}, target)
            assert 0 <= reached.get(person, 0) <= 1


@QUICK
@given(columns())
def test_columns_of_d_n_sum_to_one_on_complete_tables(cols):
    full = {
        c: col
        | {"q": tuple(e + 1 - sum(lo for lo, _ in col.values()) for e in col.get("q", (Fraction(0), Fraction(0))))}
        for c, col in cols.items()
    }
    found = built({c: {o: s for o, s in col.items() if s[1]} for c, col in full.items()})
    for target in COMPANIES:
        if target not in found.loops and not any(loop in found.shares.above(target) for loop in found.loops):
            reached = walks(found.shares, target)
            assert sum(reached.get(person, Fraction(0)) for person in PERSONS) == 1


@QUICK
@given(columns())
def test_between_companies_walks_that_pass_an_end_again_count_once(cols):
    found = built(cols)
    for owner in COMPANIES:
        for target in COMPANIES:
            if owner == target or {owner, target} & found.loops:
                continue
            share = company_ownership(found.shares, owner, target, found.loops)
            assert share == absorbed(point(cols), {owner}, target)
        if owner not in found.loops:
            assert 0 <= self_ownership(found.shares, owner, found.loops) < 1


@settings(QUICK, max_examples=40)
@given(columns(bands=True, companies=("A", "B"), most=3), st.sampled_from(POLICIES))
def test_bounds_are_the_extremes_over_every_corner(cols, policy):
    found = built(cols)
    for target in ("A", "B"):
        for person in PERSONS:
            range_ = bounds(found.shares, {person}, target, may_be_p=policy == "may_be_p")
            assert (range_.lo, range_.hi) == extremes(cols, {person}, target, policy == "may_be_p")


@settings(QUICK, max_examples=25)
@given(columns(bands=True, most=2), st.sampled_from(POLICIES))
def test_bounds_of_three_companies_are_the_extremes_over_every_corner(cols, policy):
    found = built(cols)
    range_ = bounds(found.shares, {"p"}, "A", may_be_p=policy == "may_be_p")
    assert (range_.lo, range_.hi) == extremes(cols, {"p"}, "A", policy == "may_be_p")


@QUICK
@given(columns())
def test_without_bands_the_bounds_collapse_and_the_policies_are_nested(cols):
    found = built(cols)
    for target in COMPANIES:
        if target in found.loops:
            continue
        for person in PERSONS:
            narrow = bounds(found.shares, {person}, target)
            wide = bounds(found.shares, {person}, target, may_be_p=True)
            assert narrow.lo == narrow.hi == walks(found.shares, target, found.loops).get(person, 0)
            assert wide.lo == narrow.lo <= narrow.hi <= wide.hi


@QUICK
@given(columns(bands=True), st.data())
def test_every_point_inside_the_bands_lies_inside_the_bounds_and_the_sets(cols, data):
    chosen = {}
    for company, column in cols.items():
        chosen[company] = data.draw(st.sampled_from(corners(column))) if column else {}
    sampled = {c: {o: (w, w) for o, w in col.items() if w} for c, col in chosen.items()}
    banded, exact = built(cols), built(sampled)
    for person in PERSONS:
        for target in COMPANIES:
            range_ = bounds(banded.shares, {person}, target)
            assert range_.lo <= absorbed(chosen, {person}, target) <= range_.hi
        asked = Question(banded, frozenset((person,)), "A")
        mine = Question(exact, frozenset((person,)), "A").certain.members
        assert asked.certain.members <= mine <= asked.possible.members
        sure, may = ofac.blocked(banded, frozenset((person,)))
        now, _ = ofac.blocked(exact, frozenset((person,)))
        assert sure.members <= now.members <= may.members


@QUICK
@given(columns())
def test_closures_are_what_repetition_says(cols):
    found = built(cols)
    for person in PERSONS:
        control = Question(found, frozenset((person,)), "A").certain.members
        assert control == majority(point(cols), {person}, HALF, strict=True)
        sure, may = ofac.blocked(found, frozenset((person,)))
        assert sure.members == may.members == majority(point(cols), {person}, HALF, strict=False)


@QUICK
@given(columns())
def test_a_uk_figure_is_a_sum_of_direct_blocks_behind_single_majorities(cols):
    found = built(cols)
    w = point(cols)
    for target in COMPANIES:
        chain = {"p"}
        while True:
            more = {
                c
                for c in cols
                if c not in chain and c != target
                for i in chain
                if w[c].get(i, 0) > HALF * (1 - w[c].get(c, 0)) and i != c
            }
            if not more:
                break
            chain |= more
        asked = Question(found, frozenset("p"), target)
        assert uk_psc.attributed(asked, votes=False).lo == sum(w[target].get(i, Fraction(0)) for i in chain)


@QUICK
@given(columns())
def test_ofac_of_two_contains_ofac_of_one(cols):
    found = built(cols)
    one, _ = ofac.blocked(found, frozenset(("p",)))
    both, _ = ofac.blocked(found, frozenset(PERSONS))
    assert one.members <= both.all


@QUICK
@given(columns(), st.sampled_from(COMPANIES), st.sampled_from(PERSONS))
def test_raising_a_lower_end_shrinks_no_set(cols, company, person):
    column = cols[company]
    left = 1 - sum((lo for lo, _ in column.values()), Fraction(0))
    assume(left > 0)
    before = column.get(person, (Fraction(0), Fraction(0)))[0]
    raised = cols | {company: column | {person: (before + left, before + left)}}
    first, second = built(cols), built(raised)
    for target in COMPANIES:
        a, b = (Question(t, frozenset((person,)), target) for t in (first, second))
        assert a.certain.members <= b.certain.members
        assert uk_psc.attributed(a, votes=False).lo <= uk_psc.attributed(b, votes=False).lo
        assert (
            ofac.blocked(first, frozenset((person,)))[0].members
            <= ofac.blocked(second, frozenset((person,)))[0].members
        )


@QUICK
@given(columns(), st.randoms(use_true_random=False))
def test_names_and_order_change_nothing(cols, random):
    parties, interests = nouns(cols)
    names = dict(zip((*COMPANIES, *PERSONS), random.sample(["n1", "n2", "n3", "n4", "n5"], 5), strict=True))
    other_parties = {k: replace(v, record=names[v.record]) for k, v in parties.items()}
    shuffled = random.sample(list(interests.items()), len(interests))
    renamed = {k: replace(v, owner=names[v.owner], subject=names[v.subject]) for k, v in shuffled}
    first = build(parties, interests, as_of=DAY)
    second = build(other_parties, renamed, as_of=DAY)
    for target in COMPANIES:
        for law in LAWS.values():
            a = verdict(first, law, "p", frozenset("p"), target, "is_not_p")
            b = verdict(second, law, "p", frozenset((names["p"],)), names[target], "is_not_p")
            assert (a.verdict, a.tests, a.figures, a.chains) == (b.verdict, b.tests, b.figures, b.chains)


@QUICK
@given(columns(), st.sampled_from(POLICIES))
def test_keeping_only_the_chains_of_a_yes_reproduces_the_yes(cols, policy):
    parties, interests = nouns(cols)
    found = build(parties, interests, as_of=DAY)
    for target in COMPANIES:
        for law in LAWS.values():
            said = verdict(found, law, "p", frozenset("p"), target, policy)
            if said.verdict == YES:
                kept = {k: v for k, v in interests.items() if k in said.chains}
                again = verdict(build(parties, kept, as_of=DAY), law, "p", frozenset("p"), target, policy)
                assert again.verdict == YES, (law.id, target, said)


@QUICK
@given(columns(bands=True), st.sampled_from(POLICIES))
def test_a_yes_with_bands_is_reproduced_by_its_chains(cols, policy):
    parties, interests = nouns(cols)
    found = build(parties, interests, as_of=DAY)
    for law in LAWS.values():
        said = verdict(found, law, "p", frozenset("p"), "A", policy)
        if said.verdict == YES:
            kept = {k: v for k, v in interests.items() if k in said.chains}
            again = verdict(build(parties, kept, as_of=DAY), law, "p", frozenset("p"), "A", policy)
            assert again.verdict == YES, (law.id, said)


@QUICK
@given(columns(bands=True), st.sampled_from(COMPANIES))
def test_narrowing_a_band_widens_no_bound(cols, company):
    assume(cols[company])
    owner = min(cols[company])
    lo, hi = cols[company][owner]
    narrow = cols | {company: cols[company] | {owner: (lo, (lo + hi) / 2)}}
    assume((lo + hi) / 2 > 0)
    for policy in (False, True):
        wide = bounds(built(cols).shares, {"p"}, "A", may_be_p=policy)
        less = bounds(built(narrow).shares, {"p"}, "A", may_be_p=policy)
        assert wide.lo <= less.lo
        assert less.hi <= wide.hi


def test_splitting_a_holding_or_inserting_a_wholly_owned_company_changes_no_share():
    plain = table("p>A 3/5, A>B 1/2")
    split = table("p>A 2/5, p>A 1/5, A>B 1/2")
    longer = table("p>M 1, M>A 3/5, A>B 1/2")
    assert own(plain, "p", "B") == own(split, "p", "B") == own(longer, "p", "B")


@pytest.mark.parametrize(
    ("story", "sums"),
    [
        pytest.param("p>A 3/5, A>B 1/2, p>B 1/10", "2/5", id="acyclic: own is the sum over paths"),
        pytest.param("p>A 3/5, B>A 2/5, A>B 1/2", "3/10", id="a cycle adds walks, not paths"),
    ],
)
def test_sums_over_simple_paths(story, sums):
    assert path_sum(table(story).shares, "p", "B") == (Fraction(sums), False)


def test_a_sum_over_too_many_paths_says_that_it_was_cut():
    layers = "".join(f", A{n}>A{n + 1} 1/2, A{n}>B{n + 1} 1/2, B{n}>A{n + 1} 1/2, B{n}>B{n + 1} 1/2" for n in range(12))
    found = table("p>A0 1, p>B0 1" + layers)
    total, cut = path_sum(found.shares, "p", "A12", most=500)
    assert cut
    assert total < own(found, "p", "A12").lo == 1


def test_a_closure_counts_a_member_once_however_many_ways_lead_to_it():
    found = table("p>A 3/5, A>B 3/5, A>C 3/5, B>D 3/10, C>D 1/5, p>D 1/20")
    reached = closure(found.votes, ["p"], threshold=HALF, strict=True, certain=True, votes=True)
    assert reached.members == {"A", "B", "C", "D"}
    assert reached.why["D"] == ("B", "C", "p")

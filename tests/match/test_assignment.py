"""The assignment against every assignment there is, candidates against every pair there is: no pair is lost to a short cut."""

import importlib
import random
from datetime import date, timedelta
from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer.match import (
    Columns,
    assignment,
    candidates,
    conclude,
    conversions,
    in_parts,
    ladder,
    open_legs,
    propose,
    records,
    undecided,
)
from tracer.match.candidates import _kind, _rivals
from tracer.match.comparing import near
from tracer.match.conversions import _features
from tracer.match.exchange import Leg
from tracer.match.features import WEIGHTS, features
from tracer.match.judged import movement
from tracer.match.ladder import _pairs
from tracer.match.rungs import is_legless
from tracer.model import Agent, Cite, Message, PaymentParty, Posting, Statement, beside
from tracer.model.payments import tolerance


def every_best(score: dict[tuple[str, str], int]) -> list[set[tuple[str, str]]]:
    """Return every assignment with the largest sum, by trying all; pairs without points left out."""
    lefts, rights = (sorted({pair[n] for pair in score}) for n in (0, 1))
    padded = [*rights, *([""] * len(lefts))]
    tried = {
        frozenset(pair for pair in zip(lefts, chosen, strict=True) if score.get(pair, 0))
        for chosen in set(permutations(padded, len(lefts)))
    }
    most = max(sum(score[pair] for pair in one) for one in tried)
    return [set(one) for one in tried if sum(score[pair] for pair in one) == most]


@given(
    st.dictionaries(
        st.tuples(st.sampled_from("abcd"), st.sampled_from("wxyz")), st.integers(0, 6), min_size=1, max_size=10
    ),
    st.booleans(),
)
def test_the_assignment_is_the_best_of_all_and_a_tie_is_decided_by_nobody(score, is_large):
    limit = assignment._DENSE
    assignment._DENSE = 0 if is_large else limit  # the way of large parts gives the same
    try:
        certain, tied = assignment.assigned({pair: pair for pair in score}, score)
    finally:
        assignment._DENSE = limit
    best = every_best(score)
    assert certain == set.intersection(*best)
    assert tied - {pair for pair in score if not score[pair]} == set.union(*best) - certain


def test_the_greedy_choice_is_not_the_best():
    """Taking 90 first leaves 10, in all 100; the other way is 80 + 85 = 165."""
    score = {("a", "x"): 90, ("a", "y"): 80, ("b", "x"): 85, ("b", "y"): 10}
    assert assignment.assigned({pair: pair for pair in score}, score) == ({("a", "y"), ("b", "x")}, set())


def case(seed, lines, texts):
    """A crowded case: few accounts, days, amounts and names, so that most fits by chance and some is printed wrong."""
    chance = random.Random(seed)
    accounts = [f"{n}000111222" for n in range(1, 5)] + ["DE89370400440532013000"]
    held = {}
    for n in range(lines):
        day, own = date(2024, 3, 1) + timedelta(chance.randrange(20)), chance.choice(accounts)
        held[f"{chance.randrange(16**8):08x}"] = Posting(
            Cite(chance.choice("ab") * 64, f"line={n}"), own, chance.choice(("USD", "USD", "EUR", "XTS")),
            chance.choice((-1, 1)) * chance.choice((0, 1_000, 50_000, 49_000, 45_000, 87_000, 1_234_500)), n,
            account_key=own, statement=f"s{own[0]}", servicer=chance.choice(("", "QXHKHKHH", "QXUKGB2L")), booked=day, value_date=day,
            counterparty=chance.choice(("", "", "ALPHA TRADING", "ALPHA TRADING LTD", "QX HOLDER")),
            counterparty_account=chance.choice(("", "", "", "0532013000", *accounts)),
            counterparty_agent=chance.choice(("", "QXHKHKHHXXX")),
            details=chance.choice(("", "INVOICE 77", "INVOICE 78", "FX DEAL", "CASH", "SOLD EUR 870,00", "KURS 1,1494", "/OCMT/EUR870,/")),
            owner_reference=chance.choice(("", "REF0001", "REF0002", "LONGREFER+", "LONGREFERENCE")),
            type_code=chance.choice(("", "NCHG", "NFEX")), uetr=chance.choice(("", "", "11111111-2222-4333-8444-555555555555")),
        )  # fmt: skip
    told = {}
    for n in range(texts):
        ends = chance.sample(("QXHKHKHH", "QXUKGB2L", "QXAEAEAD"), 2)
        told[f"m{chance.randrange(16**8):08x}"] = Message(
            Cite("d" * 64, f"message={n}"), chance.choice(("MT103", "MT202COV", "MT910")), *ends, settled=chance.choice((1_000, 50_000, 49_000)),
            settled_currency=chance.choice(("USD", "EUR")), settled_date=date(2024, 3, 1) + timedelta(chance.randrange(20)),
            reference=f"OWN{n:04d}", agents=(Agent("instructed_agent", ends[1], "BIC", "2"),), remittance=chance.choice(("", "INVOICE 77")),
            parties=(PaymentParty("debtor", chance.choice(("", "ALPHA TRADING")), "50", chance.choice(("", *accounts))),
                     PaymentParty("creditor", "QX HOLDER", "59", chance.choice(accounts))),
        )  # fmt: skip
    stated = {f"s{own[0]}": Statement(Cite("a" * 64, own), own, "USD", "statement", owner=owner) for own, owner in zip(accounts, ("QX HOLDER", "", "", "", ""), strict=True)}  # fmt: skip
    return held, told, stated


@pytest.mark.parametrize("seed", range(25))
def test_candidates_are_those_of_trying_every_pair(seed):
    held, told, stated = case(seed, 50, 12)
    judgements = propose(held, told, stated)
    transfers = conclude(held, told, judgements)
    seen = records({key: p for key, p in held.items() if p.status == "booked"}, told, stated)
    of = {key: t for t in transfers for key in (*t.postings, *t.messages)}
    twins = {key for t in transfers for key in t.postings} - {
        key for t in transfers for key in (t.debit, t.credit, *t.between)
    }
    joined = {tuple(sorted((j.left, j.right))) for j in judgements}
    expected = {}
    for a, b in combinations([r for key, r in seen.items() if key not in twins and r.amount and not is_legless(r)], 2):
        gap, least = abs(a.amount - b.amount), min(a.amount, b.amount)
        if a.currency != b.currency or not near(a.day, b.day) or gap > min(tolerance(a.currency), least):
            continue
        kind = _kind(a, b, lambda record: of[record.key])
        if kind is None or of[a.key] is of[b.key] or (a.key, b.key) in joined:
            continue
        shown = features(a, b, kind)
        if sum(points for name, points, _ in shown if name not in {"amount", "day"}) >= WEIGHTS["text"]:
            expected[a.key, b.key] = (kind, shown)
    found = {
        tuple(sorted((c.left, c.right))): (c.kind, c.features)
        for c in candidates(held, judgements, told, stated)
        if c.kind != "conversion"
    }
    assert found == expected


@pytest.mark.parametrize("seed", range(25))
def test_conversions_are_those_of_trying_every_pair(seed):
    held, _, stated = case(seed, 60, 0)
    transfers = conclude(held, {}, propose(held, {}, stated))
    seen = records(held, {}, stated)
    legs = [Leg(t.debit or t.credit, held[t.debit or t.credit], seen[t.debit or t.credit].day) for t in transfers if bool(t.debit) is not bool(t.credit) and held[t.debit or t.credit].amount]  # fmt: skip
    expected = {}
    for out in (leg for leg in legs if leg.posting.amount < 0):
        for into in (leg for leg in legs if leg.posting.amount > 0 and leg.posting.currency != out.posting.currency):
            days = abs((out.day - into.day).days)
            if near(out.day, into.day) or (out.word and into.word and days <= 31):
                shown = tuple(_features(out, into, stated))
                if shown:
                    expected[out.key, into.key] = shown
    found = {(c.debit, c.credit): c.features for c in conversions(held, transfers, stated)}
    assert found == expected
    nearest = {(c.debit, c.credit): c.features for c in conversions(held, transfers, stated, most=3)}
    assert nearest.items() <= expected.items()
    assert bool(nearest) is bool(expected)


@pytest.mark.parametrize("seed", range(10))
def test_of_a_reference_or_a_name_of_the_house_only_the_nearest_conversions_are_proposed(seed, monkeypatch):
    """What many credits print ("RENT 2024-03") ties none of them; for a ceiling each pair still counts."""
    held, _, stated = case(seed, 60, 0)
    transfers = conclude(held, {}, propose(held, {}, stated))
    every = conversions(held, transfers, stated)
    monkeypatch.setattr(open_legs, "MANY", 3)
    assert conversions(held, transfers, stated) == every
    weak = {
        (c.debit, c.credit)
        for c in every
        if not {"account"} & {name for name, _, _ in c.features} and c.features[0][1] == 10
    }
    shown = {(c.debit, c.credit) for c in conversions(held, transfers, stated, most=1)}
    strong = {(c.debit, c.credit) for c in every if "account" in {name for name, _, _ in c.features}}
    assert strong <= shown <= {(c.debit, c.credit) for c in every}
    assert len(shown & weak) < len(weak)


@pytest.mark.parametrize("seed", range(12))
def test_a_large_case_is_matched_the_same_in_two_processes(seed, monkeypatch):
    held, told, stated = case(seed, 90, 40)
    decided = [movement(*sorted(held)[:2], rung=-1, features=(), by="R. Analyst", decision="different")]

    def matched():
        judgements = (*propose(held, told, stated, decided=decided), *decided)
        transfers = conclude(held, told, judgements)
        return judgements, transfers, *undecided(held, judgements, told, stated, transfers=transfers)

    alone = matched()
    assert len(alone[0]) > 1
    assert alone[2] == candidates(held, judgements := alone[0], told, stated)
    assert alone[2]
    assert alone[3] == in_parts(held, judgements, told)
    for module in ("ladder", "candidates", "undecided"):
        monkeypatch.setattr(importlib.import_module(f"tracer.match.{module}"), "LARGE", 0)
    monkeypatch.setattr(beside, "_can_fork", lambda: True)
    assert matched() == alone


@pytest.mark.parametrize("seed", range(20))
def test_the_halves_of_a_case_hold_all_pairs_and_share_no_record(seed):
    held, told, stated = case(seed, 60, 30)
    seen = records(held, told, stated)
    tied = [list(seen)[n] for n in (0, 5, 9, 40)]
    made = [movement(tied[0], other, rung=0, features=("relation=copy",)) for other in tied[1:]]
    both = ladder._halves(*ladder._paired(seen), made)
    assert sorted(both[0] + both[1]) == sorted(_pairs(seen))
    some, others = ({key for pair in half for key in pair} for half in both)
    assert not some & others
    assert not some & set(tied) or not others & set(tied)


@pytest.mark.parametrize("seed", range(10))
def test_the_pairs_of_the_ladder_are_all_that_share_a_name_or_what_a_cut_one_begins(seed):
    seen = records(*case(seed, 40, 10))
    names = {key: {*r.references, *([f"content {r.content}"] if r.content else ())} for key, r in seen.items()}
    listed = set().union(*names.values())
    groups = [{key for key, own in names.items() if name in own} for name in listed]
    for stem in {name.removesuffix("+") for name in listed if name.endswith("+")}:
        groups.append({key for key, own in names.items() if any(n.startswith(stem) and n != stem for n in own)})
    assert max(map(len, groups)) <= ladder._MANY
    assert sorted(_pairs(seen)) == sorted({pair for group in groups for pair in combinations(sorted(group), 2)})


@pytest.mark.parametrize("seed", range(10))
def test_of_a_reference_on_many_records_the_pairs_are_those_within_days_and_amounts(seed, monkeypatch):
    """What is alike to another in account, sign, currency, amount and day is in no pair; what is not printed refutes nothing."""
    seen = records(*case(seed, 40, 10))
    names = {key: {*r.references, *([f"content {r.content}"] if r.content else ())} for key, r in seen.items()}
    expected = set()
    for name in set().union(*names.values()):
        group = {key: seen[key] for key, own in names.items() if name in own}
        like = {key: (r.account, r.posting.amount < 0 if r.posting else key, r.currency, r.amount, r.day) for key, r in group.items()}  # fmt: skip
        if len(group) > 2:
            group = {key: r for key, r in group.items() if list(like.values()).count(like[key]) == 1}
        for one, other in combinations(sorted(group), 2):
            a, b = seen[one], seen[other]
            is_loose = a.day is None or b.day is None or a.amount is None or b.amount is None
            days = abs((a.day - b.day).days) if a.day and b.day else 0
            is_near = a.currency == b.currency and days <= 10
            if len(like) == 2 or (is_near and (is_loose or abs(a.amount - b.amount) <= tolerance(a.currency))):
                expected.add((one, other))
    monkeypatch.setattr(ladder, "_MANY", 2)
    monkeypatch.setattr(ladder, "_cut", lambda _: iter(()))
    assert sorted(_pairs(seen)) == sorted(expected)


@given(
    st.dictionaries(st.tuples(st.sampled_from("abcd"), st.sampled_from("wxyz")), st.integers(0, 3), max_size=12),
)
def test_the_second_best_is_the_best_other_pair_on_either_place(score):
    slots = sorted(score)
    points = [score[pair] for pair in slots]
    expected = []
    for n, pair in enumerate(slots):
        sides = [
            min((m for m, other in enumerate(slots) if m != n and other[side] == pair[side]), key=lambda m: (-points[m], m), default=-1)
            for side in (0, 1)
        ]  # fmt: skip
        expected.append(max((m for m in sides if m >= 0), key=lambda m: (points[m], m), default=-1))
    assert _rivals(slots, np.array(points, np.int64)) == expected


@pytest.mark.parametrize("seed", range(5))
def test_columns_that_are_kept_change_nothing_and_those_of_other_records_are_not_used(seed):
    held, told, stated = case(seed, 40, 10)
    judgements = propose(held, told, stated)
    moved = conclude(held, told, judgements)
    wanted = undecided(held, judgements, told, stated, transfers=moved)
    other = Columns(*case(seed + 100, 40, 10)[:2])
    for columns in (Columns(held, told), other, Columns({**held}, told)):
        assert propose(held, told, stated, columns=columns) == judgements
        assert undecided(held, judgements, told, stated, transfers=moved, columns=columns) == wanted

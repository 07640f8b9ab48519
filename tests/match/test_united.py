"""What is united at once is what is united one judgement after the other; and new nouns are not walked by the collector."""

import gc
import random
from collections import defaultdict
from dataclasses import replace

import pytest

from tracer.match.judged import movement
from tracer.model.judging import _step_by_step, in_order, united
from tracer.model.uncollected import uncollected


def _made(seed):
    chance = random.Random(seed)
    keys = [f"k{n:02d}" for n in range(30)]
    listed = [
        movement(*chance.sample(keys, 2), rung=chance.choice((-1, 0, 1, 2, 3)), features=(f"n={n}",),
                 decision="different" if chance.random() < 0.08 else "same")
        for n in range(chance.randrange(5, 40))
    ]  # fmt: skip
    return keys, listed


@pytest.mark.parametrize("seed", range(60))
def test_what_is_linked_without_doubt_is_united_as_one_after_the_other(seed):
    keys, listed = _made(seed)
    apart = defaultdict(set)
    for j in listed:
        if j.decision == "different":
            apart[j.left].add(j.right)
            apart[j.right].add(j.left)

    def fits(members):
        return len({key[-1] for key in members}) == len(members)

    for rule in (None, fits):
        root = {key: key for key in keys}
        refused = _step_by_step(root, [j for j in listed if j.decision == "same"], apart, rule)
        assert united(keys, listed, fits=rule) == (root, refused)


@pytest.mark.parametrize("seed", range(10))
def test_judgements_stand_by_pair_rung_and_id_whatever_their_order(seed):
    _, listed = _made(seed)
    told = sorted(listed, key=lambda j: (j.left, j.right, j.rung, j.id))
    assert in_order(listed) == in_order(told) == told
    # of a copy, the line that counts is on the left, whatever its id
    turned = [replace(j, left=j.right, right=j.left) if n % 3 else j for n, j in enumerate(told)]
    assert in_order(random.Random(seed).sample(turned, len(turned))) == turned


def test_what_was_made_uncollected_is_not_walked_when_the_collector_is_on_again():
    assert gc.isenabled()
    with uncollected():
        made = [[n] for n in range(20_000)]
        assert not gc.isenabled()
    assert gc.isenabled()
    # a walk of the young would have moved it to the middle generation
    assert any(one is made[-1] for one in gc.get_objects(generation=2))
    assert not gc.get_freeze_count()

"""All that is left for a person to decide: the pairs of rung 4, and the payments in parts. Neither asks for the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple
from functools import partial
from typing import NamedTuple

import numpy as np

from tracer.match.candidates import Candidate, Open, Shown, of_one_currency, of_two_currencies, open_records, ranked
from tracer.match.columns import Columns
from tracer.match.in_parts import InParts, in_parts
from tracer.model import Judgement, Message, Posting, Statement, Transfer
from tracer.model.beside import LARGE, beside
from tracer.model.payments import FEE_MAJOR
from tracer.model.uncollected import uncollected

__all__ = ["undecided"]

#: What one line costs, in time: of looking for its conversions, for payments in parts, and for pairs of its currency, which are the
#: more the more of the lines are of it.
_CONVERTED, _IN_PARTS, _OF_ONE = 9, 6, 12
_Parts = tuple[str, str, Sequence[str], int, Sequence[tuple[str, int, str]], bool]


class _Found(NamedTuple):
    """Pairs, and payments in parts, as plain values, which a second process hands over."""

    pairs: list[Shown]
    sets: list[_Parts]


@uncollected()
def undecided(
    postings: Mapping[str, Posting],
    judgements: Iterable[Judgement],
    messages: Mapping[str, Message] | None = None,
    statements: Mapping[str, Statement] | None = None,
    *,
    transfers: Sequence[Transfer] | None = None,
    fees: Mapping[str, int] = FEE_MAJOR,
    columns: Columns | None = None,
) -> tuple[tuple[Candidate, ...], tuple[InParts, ...]]:
    """Return (`candidates`, `in_parts`) of the same records, each best first; of a large case on two cores.

    transfers, columns   what `conclude` makes of these judgements, and the columns of these records, where they are at hand
    """
    listed, texts = list(judgements), messages or {}
    asked = open_records(postings, listed, texts, statements or {}, transfers=transfers, fees=fees, columns=columns)

    def parted() -> list[_Parts]:
        return [astuple(one) for one in in_parts(postings, listed, texts, transfers=asked.transfers, asked=asked)]

    asked.columns.read_shared()
    mine, yours = _shared_out(asked, parted)
    here, there = beside(partial(_all_of, mine), partial(_all_of, yours), is_large=len(asked.rows) > LARGE)
    pairs = ranked([*here[0], *there[0]], asked)
    return pairs, tuple(_restored(one) for one in (*here[1], *there[1]))


def _restored(one: _Parts) -> InParts:
    name, whole, parts, score, why, is_tied = one
    return InParts(name, whole, tuple(parts), score, tuple((what, points, said) for what, points, said in why), is_tied)


def _all_of(tasks: Iterable[Callable[[], _Found]]) -> _Found:
    found = _Found([], [])
    for task in tasks:
        pairs, sets = task()
        found.pairs.extend(pairs)
        found.sets.extend(sets)
    return found


def _shared_out(
    asked: Open, parted: Callable[[], list[_Parts]]
) -> tuple[list[Callable[[], _Found]], list[Callable[[], _Found]]]:
    """Return what is to be found in two lists that take about as long: pairs of one currency have to do with no other."""
    columns = asked.columns
    numbers = np.bincount(columns.currency[asked.rows], minlength=len(columns.money)).tolist()
    lines = Counter({money: n for money, n in zip(columns.money, numbers, strict=True) if n})
    lines.update(dict.fromkeys(asked.messages, 0))
    total = lines.total()
    tasks: list[tuple[int, Callable[[], _Found]]] = [
        (_CONVERTED * total * (len(lines) > 1), lambda: _Found(of_two_currencies(asked), [])),
        (_IN_PARTS * total, lambda: _Found([], parted())),
        *(
            (_OF_ONE * n * (total + n) // max(total, 1), partial(_pairs_of, asked, money))
            for money, n in lines.most_common()
        ),
    ]
    sides: tuple[list[Callable[[], _Found]], list[Callable[[], _Found]]] = ([], [])
    taken = [0, 0]
    for cost, task in sorted(tasks, key=lambda one: -one[0]):
        side = int(taken[1] < taken[0])
        sides[side].append(task)
        taken[side] += cost
    return sides


def _pairs_of(asked: Open, money: str) -> _Found:
    return _Found(of_one_currency(asked, {money}), [])

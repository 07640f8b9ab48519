"""All that is left for a person to decide: the pairs of rung 4, and the payments in parts. Neither asks for the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tracer.match.candidates import Candidate, candidates
from tracer.match.conclude import conclude
from tracer.match.in_parts import InParts, in_parts
from tracer.model import Judgement, Message, Posting, Statement, Transfer
from tracer.model.beside import LARGE, beside
from tracer.model.payments import FEE_MAJOR

__all__ = ["undecided"]


def undecided(
    postings: Mapping[str, Posting],
    judgements: Iterable[Judgement],
    messages: Mapping[str, Message] | None = None,
    statements: Mapping[str, Statement] | None = None,
    *,
    transfers: Sequence[Transfer] | None = None,
    fees: Mapping[str, int] = FEE_MAJOR,
) -> tuple[tuple[Candidate, ...], tuple[InParts, ...]]:
    """Return (`candidates`, `in_parts`) of the same records, each best first; of a large case on two cores.

    transfers   what `conclude` makes of these judgements, where it is at hand
    """
    listed = list(judgements)
    made = transfers if transfers is not None else conclude(postings, messages or {}, listed)
    pairs, sets = beside(
        lambda: candidates(postings, listed, messages, statements, transfers=made, fees=fees),
        lambda: [
            (one.id, one.whole, one.parts, one.score, one.features, one.is_tied)
            for one in in_parts(postings, listed, messages, transfers=made)
        ],
        is_large=len(postings) > LARGE,
    )
    return pairs, tuple(
        InParts(name, whole, tuple(parts), score, tuple((by, points, why) for by, points, why in shown), is_tied)
        for name, whole, parts, score, shown, is_tied in sets
    )

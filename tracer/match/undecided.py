"""All that is left for a person to decide: the pairs of rung 4, and the payments in parts. Neither asks for the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tracer.match.candidates import Candidate, of_one_currency, of_two_currencies, open_records, ranked
from tracer.match.in_parts import InParts, in_parts
from tracer.model import Judgement, Message, Posting, Statement, Transfer
from tracer.model.beside import LARGE, beside
from tracer.model.payments import FEE_MAJOR
from tracer.model.uncollected import uncollected

__all__ = ["undecided"]


@uncollected()
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
    listed, texts = list(judgements), messages or {}
    asked = open_records(postings, listed, texts, statements or {}, transfers=transfers, fees=fees)
    (found, sets), exchanged = beside(
        lambda: (of_one_currency(asked), in_parts(postings, listed, texts, transfers=asked.transfers)),
        lambda: of_two_currencies(asked),
        is_large=len(asked.lines) > LARGE,
    )
    return ranked(found, exchanged, asked), sets

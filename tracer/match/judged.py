"""One judgement on two records: how it is written down, and how it is taken back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Literal

from tracer.model import Judgement, Posting
from tracer.model.judging import WITHDRAWS, relation_of

__all__ = ["Decision", "is_copy", "movement", "proposed", "withdrawal"]

Decision = Literal["same", "different", "unsure", "withdrawn"]


def movement(
    left: str,
    right: str,
    *,
    rung: int,
    features: Iterable[str],
    by: str = "tracer",
    on: str = "",
    reason: str = "",
    decision: Decision = "same",
    score: str = "",
    subject: Literal["movement", "party"] = "movement",
    is_ordered: bool = False,
) -> Judgement:
    """Return a judgement on two records; its id depends on the pair, the rung and who decided.

    The pair stands in the order of its ids, unless it is ordered: of a copy, the line that counts is on the left.
    """
    first, second = (left, right) if left <= right else (right, left)
    listed = tuple(features)
    text = "\n".join((subject, first, second, decision, by, str(rung), *listed))
    return Judgement(
        hashlib.sha256(text.encode()).hexdigest()[:32],
        subject,
        left if is_ordered else first,
        right if is_ordered else second,
        decision,
        by,
        on,
        reason or _reason(rung, listed),
        rung,
        listed,
        score,
    )


def _reason(rung: int, features: tuple[str, ...]) -> str:
    return f"rung {rung}: " + ", ".join(features)


def proposed(name: str, left: str, right: str, rung: int, features: tuple[str, ...]) -> Judgement:
    """Return the judgement of the ladder that `movement` made elsewhere, under the id that it has there."""
    return Judgement(name, "movement", left, right, "same", "tracer", "", _reason(rung, features), rung, features)


def withdrawal(of: Judgement, *, by: str, at: str, reason: str) -> Judgement:
    """Return the judgement that takes back another; what stood before it stands again."""
    return movement(
        of.left,
        of.right,
        rung=-1,
        features=(f"decided_at={at}", f"{WITHDRAWS}{of.id}"),
        by=by,
        on=at[:10],
        reason=reason,
        decision="withdrawn",
        subject=of.subject,
    )


def is_copy(judgement: Judgement, postings: Mapping[str, Posting]) -> bool:
    """Say whether two lines are judged to be one line printed twice: by the ladder, or by a person of two exhibits."""
    left, right = postings.get(judgement.left), postings.get(judgement.right)
    if left is None or right is None or judgement.decision != "same":
        return False
    relation = relation_of(judgement)
    if relation or judgement.rung >= 0:
        return relation == "copy"
    mine, yours = ((line.account_key or line.account, line.currency, line.amount) for line in (left, right))
    return mine == yours and left.cite.exhibit != right.cite.exhibit

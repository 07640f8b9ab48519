"""Rung 4: pairs that only a person may join, scored feature by feature."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from rapidfuzz import fuzz

from tracer.match.conclude import standing
from tracer.match.references import bare, compatible, near
from tracer.model import EXPONENTS, Judgement, Posting

__all__ = ["Candidate", "candidates"]

#: Points per feature, of 100; printed with every candidate, so that nobody has to trust the sum.
WEIGHTS = {"amount": 40, "day": 15, "account": 25, "name": 10, "text": 10}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A debit and a credit that may be one movement; `features` are (name, points, why); `margin` to the second best."""

    debit: str
    credit: str
    score: int
    margin: int
    features: tuple[tuple[str, int, str], ...]


def candidates(postings: Mapping[str, Posting], judgements: Iterable[Judgement]) -> tuple[Candidate, ...]:
    """Return the open pairs, best first. A pair that was judged, in any way, is not proposed again."""
    judged = standing(judgements)
    pairs = {(j.left, j.right) for j in judged} | {(j.right, j.left) for j in judged}
    taken = {
        key
        for j in judged
        if j.decision == "same" and "relation=booking" not in j.features
        for key in (j.left, j.right)
    }
    free = {k: p for k, p in postings.items() if k not in taken and p.status == "booked" and not p.reversal}
    by_amount: dict[tuple[str, int], list[str]] = defaultdict(list)
    for key, p in free.items():
        if p.amount > 0:
            by_amount[(p.currency, p.amount)].append(key)
    found: dict[tuple[str, str], tuple[tuple[str, int, str], ...]] = {}
    for key in sorted(free):
        out = free[key]
        if out.amount >= 0:
            continue
        for credit in _partners(out, by_amount, free):
            into = free[credit]
            if (key, credit) in pairs or (into.account_key or into.account) == (out.account_key or out.account):
                continue
            features = _features(out, into)
            # Equal amounts on near days are chance as often as not: an account, a name or a text must agree too.
            if sum(points for name, points, _ in features if name in {"account", "name", "text"}) >= 10:
                found[(key, credit)] = features
    scores = {pair: sum(points for _, points, _ in features) for pair, features in found.items()}
    result = []
    for (debit, credit), features in found.items():
        score = scores[(debit, credit)]
        rivals = [
            s for pair, s in scores.items() if pair != (debit, credit) and (pair[0] == debit or pair[1] == credit)
        ]
        result.append(Candidate(debit, credit, score, score - max(rivals, default=0), features))
    return tuple(sorted(result, key=lambda c: (-c.score, c.debit, c.credit)))


def _partners(out: Posting, by_amount: Mapping[tuple[str, int], list[str]], free: Mapping[str, Posting]) -> list[str]:
    exact = [key for key in by_amount.get((out.currency, -out.amount), ()) if _close(out, free[key])]
    if exact:
        return exact
    digits = EXPONENTS.get(out.currency, 2)
    return [
        key
        for (currency, amount), keys in by_amount.items()
        if currency == out.currency and compatible(-out.amount, amount, digits)
        for key in keys
        if _close(out, free[key])
    ]


def _close(one: Posting, other: Posting) -> bool:
    return near(_day(one), _day(other))


def _day(posting: Posting) -> date | None:
    return posting.value_date or posting.booked


def _features(out: Posting, into: Posting) -> tuple[tuple[str, int, str], ...]:
    difference = -out.amount - into.amount
    features = [("amount", WEIGHTS["amount"] - (10 if difference else 0), f"difference {difference} minor units")]
    days = abs(((_day(out) or date.min) - (_day(into) or date.min)).days)
    features.append(("day", max(0, WEIGHTS["day"] - 5 * days), f"{days} days apart"))
    named = [
        (line.counterparty_account, other.account)
        for line, other in ((out, into), (into, out))
        if line.counterparty_account
    ]
    agree = sum(1 for printed, own in named if bare(printed) == bare(own))
    if named and not agree:
        features.append(("account", -WEIGHTS["account"], "the printed counterparty account is another one"))
    elif agree:
        features.append(
            ("account", WEIGHTS["account"] * agree // len(named), f"{agree} of {len(named)} printed accounts agree")
        )
    if out.counterparty and into.counterparty:
        likeness = int(fuzz.token_set_ratio(out.counterparty.casefold(), into.counterparty.casefold()))
        if likeness > 60:
            features.append(("name", likeness * WEIGHTS["name"] // 100, f"names {likeness} of 100 alike"))
    if out.details and into.details:
        likeness = int(fuzz.token_set_ratio(out.details.casefold(), into.details.casefold()))
        if likeness > 60:
            features.append(("text", likeness * WEIGHTS["text"] // 100, f"texts {likeness} of 100 alike"))
    return tuple(features)

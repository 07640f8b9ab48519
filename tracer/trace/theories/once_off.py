"""Once-off pari passu (R3b) and the same capped by each claimant's own lowest balance (R3c).

Both distribute a fund at one date; neither can say which asset holds proceeds. The fund is what LIBR leaves of the
claimants' class; a claim is paid in less paid out; a payment back to a claimant is netted here and nowhere else. Who was
paid back more than he paid in has no claim: his net contribution is printed below zero, and shares in nothing.

Authority: R3b: Barlow Clowes v Vaughan [1992] 4 All ER 22 (result) [F]; US v Durham, 86 F.3d 70 [F cited]; Charity
           Commission v Framjee [2014] EWHC 2507 (Ch) [K, verify before filing]. R3c: attributed to Re French Caledonia
           (2003) 59 NSWLR 361, discussed in Caron v Jahani (No 2) [2020] NSWCA 117 [K: the exact formula is
           uncertain, confirm with counsel].
Against:   Greymac (1986) 55 OR (2d) 673 and Boughner v Greyhawk 2012 ONSC 3185: on the basis of tracing (R3d) [F].
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from tracer.trace.elections import not_covered, spread
from tracer.trace.events import Book, enter
from tracer.trace.replay import replay

__all__ = ["SharedFund", "share_fund"]


@dataclass(frozen=True, slots=True)
class SharedFund:
    """The fund and each claimant's part, exactly and in cents (largest remainder, ties to the earlier claimant)."""

    fund: int
    net_claims: dict[str, int]
    caps: dict[str, int]
    exact_b: dict[str, Fraction]
    exact_c: dict[str, Fraction]
    cents_b: dict[str, int]
    cents_c: dict[str, int]


def share_fund(book: Book) -> SharedFund:
    """Share what the one account of `book` still holds of the claimants' money."""
    if len(book.holdings) != 1:
        raise not_covered("a once-off distribution over several accounts")
    target = f"bal:{book.holdings[0].name}"
    left = replay(enter(book), "libr").targets[target]
    fund = sum(left[label] for label in book.proceeds)
    claims = {label: _paid_in(book, label) - _paid_back(book, label) for label in book.proceeds}
    owed = {label: max(0, claim) for label, claim in claims.items()}
    caps = {label: min(claim, _alone(book, label, target)) for label, claim in owed.items()}
    return SharedFund(
        fund, claims, caps, _exact(fund, owed), _exact(fund, caps), spread(fund, owed), spread(fund, caps)
    )


def _paid_in(book: Book, label: str) -> int:
    opened = sum(amount for holding in book.holdings for part, amount in holding.opening if part == label)
    return opened + sum(amount for event in book.events for part, amount in event.labels if part == label)


def _paid_back(book: Book, label: str) -> int:
    return sum(event.amount for event in book.events if event.kind == "debit" and event.claimant == label)


def _alone(book: Book, label: str, target: str) -> int:
    """Return LIBR of one claimant's deposits taken alone, everything else as other money."""
    others = {name: "C" for name in book.proceeds if name != label}

    def relabel(parts: tuple[tuple[str, int], ...]) -> tuple[tuple[str, int], ...]:
        total: dict[str, int] = {}
        for name, amount in parts:
            total[others.get(name, name)] = total.get(others.get(name, name), 0) + amount
        return tuple(total.items())

    alone = replace(
        book,
        holdings=tuple(replace(h, opening=tuple((others.get(n, n), x) for n, x in h.opening)) for h in book.holdings),
        events=tuple(replace(event, labels=relabel(event.labels)) for event in book.events),
        proceeds=(label,),
    )
    return replay(enter(alone), "libr").targets[target][label]


def _exact(fund: int, weights: dict[str, int]) -> dict[str, Fraction]:
    total = sum(weights.values())
    return {name: Fraction(fund * weight, total) if total else Fraction(0) for name, weight in weights.items()}

"""Share or lien: what a claimant takes in an asset bought partly with traced money; never both for the same cents.

share  the traced fraction of the price, of today's value       lien  the traced amount, limited to the value

Authority: Foskett v McKeown [2001] 1 AC 102 [F].
Against:   where the asset has fallen the lien is better, where it has risen the share; the election is the claimant's
           and is printed.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

__all__ = ["Policy", "worth"]


def worth(traced: int, price: int, value_now: int) -> tuple[Fraction, int]:
    """Return (share, lien) of an asset bought for `price`, `traced` of it proceeds, worth `value_now`."""
    return Fraction(traced * value_now, price), min(traced, value_now)


@dataclass(frozen=True, slots=True)
class Policy:
    """An insurance policy by its premiums, minor units; `trust` numbers those paid with trust money, from 1."""

    premiums: tuple[int, ...]
    trust: frozenset[int]
    value_now: int

    @property
    def lien(self) -> int:
        return sum(self.premiums[number - 1] for number in self.trust)

    @property
    def share(self) -> Fraction:
        return Fraction(self.lien, sum(self.premiums))

    @property
    def share_value(self) -> Fraction:
        return self.share * self.value_now

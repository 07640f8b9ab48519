"""Rolling pro rata (R3a): a debit takes of every label in proportion to what the account holds.

Authority: Barlow Clowes v Vaughan [1992] 4 All ER 22 ("North American rolling charge", Woolf LJ's blend or
           cocktail) [F]; United States v Banco Cafetero Panama, 797 F.2d 1154 (2d Cir. 1986), option (c),
           averaging [K, verify before filing].
Against:   averages are nobody's actual dollars and never shrink (tracing.md 5.8); the once-off distribution of
           Barlow Clowes (R3b) and the capped one (R3c) are different rules and never share this name.
"""

from __future__ import annotations

from tracer.trace.apportion import half_up
from tracer.trace.compiled import compiled

__all__ = ["CODE", "proceeds_drawn"]

CODE = 2


@compiled
def proceeds_drawn(use: int, proceeds: int, other: int) -> int:
    """Return how much of `use` is proceeds: the share they have of the account, half a cent going to proceeds."""
    if other == 0:
        return use
    if proceeds == 0:
        return 0
    return half_up(use, proceeds, proceeds + other)

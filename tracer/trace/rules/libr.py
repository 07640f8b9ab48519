"""LIBR, own money first: the lowest intermediate balance rule (R4).

A claim survives up to the lowest balance shown since it entered; later deposits of other money never refill it.

Authority: Re Hallett's Estate (1880) 13 Ch D 696 (own money first) [F]; James Roscoe (Bolton) Ltd v Winder [1915]
           1 Ch 62 (no refill) [F]; Re Dameron, 155 F.3d 718, 724 (4th Cir. 1998) [F]; Cunningham v Brown,
           265 US 1, and Schuyler v Littlefield, 232 US 707 [K, verify before filing].
Against:   Re Oatway [1903] 2 Ch 356 (the claimant may look to the asset first) [K, verify before filing]; US v
           Dillon (D. Idaho, 10 Jun 2022) preferred proceeds first [F]; United States v Voigt, 89 F.3d 1050 (3d Cir.
           1996): mixed funds are not traced [K, verify before filing].
"""

from __future__ import annotations

from tracer.trace.compiled import compiled

__all__ = ["CODE", "proceeds_drawn"]

CODE = 3


@compiled
def proceeds_drawn(use: int, proceeds: int, other: int) -> int:
    """Return how much of `use` is proceeds: only what the other money does not cover."""
    return use - other if use > other else 0

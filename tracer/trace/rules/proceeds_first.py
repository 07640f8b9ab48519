"""DIFO, proceeds spent first, strictly (R5): every debit takes the proceeds before anything else.

Authority: Re Oatway [1903] 2 Ch 356 [K, verify before filing]; US v Banco Cafetero Panama, 797 F.2d 1154 (2d Cir.
           1986), option (b), drugs-in first-out [existence F, options K: verify before filing]; US v Dillon
           (D. Idaho, 10 Jun 2022) [F].
Against:   Turner v Jacob [2006] EWHC 1317 (Ch): where enough is left in the account there is no pick [F]; Re Hallett
           (1880) 13 Ch D 696 presumes the opposite order [F].
"""

from __future__ import annotations

from tracer.trace.compiled import compiled

__all__ = ["CODE", "proceeds_drawn"]

CODE = 4


@compiled
def proceeds_drawn(use: int, proceeds: int, other: int) -> int:
    """Return how much of `use` is proceeds: all of it while they last."""
    return min(use, proceeds)

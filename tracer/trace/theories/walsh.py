"""Proceeds of one sale paid out of a mixed award: capped by what is traceable, or averaged (case A16).

Authority: US v Walsh, 712 F.3d 119 (2d Cir. 2013) [F]: $12.5m award, $6m of it traceable, $3.7m from the house.
Against:   the options are alternatives, US v Banco Cafetero Panama, 797 F.2d 1154 (2d Cir. 1986) [K, verify before
           filing]; both for the same cents would be double counting.
"""

from __future__ import annotations

from fractions import Fraction

__all__ = ["cap_or_share"]


def cap_or_share(award: int, traceable: int, house_proceeds: int) -> tuple[int, Fraction]:
    """Return (proceeds-first cap, pro rata share) of the house proceeds."""
    return min(traceable, house_proceeds), Fraction(house_proceeds * traceable, award)

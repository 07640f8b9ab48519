"""Misposted money: what a bank credited by an encoding error is not the account holder's at all.

Authority: In re JD Services, 284 B.R. 292 (Bankr. D. Utah 2002) [F].
Against:   none found; the part is shown as its own label, neither proceeds nor clean.
"""

from __future__ import annotations

__all__ = ["not_owned"]


def not_owned(true_deposit: int, posted: int) -> int:
    """Return the part of a posting that the depositor never paid in."""
    return posted - true_deposit

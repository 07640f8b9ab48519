"""FIFO, "oldest money spent first": a debit takes the oldest lot.

A credit that comes into an account goes to the end of the queue; so does money that only went round and came back
(the danger of this rule, case N4).

Authority: Clayton's Case, Devaynes v Noble (1816) 1 Mer 529, 572 [F]; Re Diplock [1948] Ch 465 (between innocent
           claimants in an active account) [K, verify before filing].
Against:   Barlow Clowes v Vaughan [1992] 4 All ER 22 (displaced if impracticable, unjust or contrary to
           intention) [F]; Re Hallett (1880) 13 Ch D 696 (not for a wrongdoer in his own favour) [F]; In re Schmidt,
           298 F. 314, and Ruddle v Moore, 411 F.2d 718 (rejected) [F].
Words:     older US cases speak of "inverse order of deposit" and mean this rule (tracing.md R2).
"""

from __future__ import annotations

from tracer.trace.compiled import compiled

__all__ = ["CODE", "enters_on_top"]

CODE = 0


@compiled
def enters_on_top() -> bool:
    """Say where a new lot is put: behind all others, so that it is drawn last."""
    return False

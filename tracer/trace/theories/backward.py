"""Backward tracing on aggregates, where only totals were found (tracing.md R7, case A7).

Authority: Federal Republic of Brazil v Durant International Corp [2015] UKPC 35 [F]: coordination between the
           depletion and the acquisition, looking at the whole transaction, must be pleaded and shown.
Against:   Bishopsgate v Homan [1995] Ch 211 [K, verify before filing]: no tracing into what was bought before.
Doubt:     whether the forum accepts it for criminal proceeds rather than a trust: confirm with counsel.
"""

from __future__ import annotations

__all__ = ["on_aggregates"]


def on_aggregates(before_last_payment: int, after: int, paid_out: int) -> tuple[int, int]:
    """Return (forward ceiling, ceiling with coordination links): what was paid out, never more than proceeds came in."""
    return before_last_payment, min(paid_out, before_last_payment + after)

"""18 USC 981(k): a deposit at a foreign bank with a US interbank account is deemed made in that account.

Authority: 981(k)(2), text [F]; Union Bank for Savings & Investment (Jordan) v US (1st Cir. 18 May 2007) [F]; US v Sum
           of $70,990,605 (D.D.C. 2015) [F]. No tracing and no section 984 is needed; the customer is the claimant.
Against:   the bank counts as owner to the extent it had already discharged its obligation, (k)(4) [K, verify before
           filing].
"""

from __future__ import annotations

__all__ = ["seizable"]


def seizable(deposited_abroad: int, paid_out_before: int, interbank_balance: int) -> tuple[int, int, int]:
    """Return (seizable up to, the bank's claim, net)."""
    up_to = min(deposited_abroad, interbank_balance)
    claim = min(paid_out_before, up_to)
    return up_to, claim, up_to - claim

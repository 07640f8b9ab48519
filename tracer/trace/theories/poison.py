"""Poison: every output of a reached account counts in full. A screen for where to look, never a figure.

It does not conserve. Many experts do not regard it as forensic accounting [F]; civil-law partners know it as total
contamination [K, verify before filing; cite local law].
"""

from __future__ import annotations

import numpy as np

from tracer.trace.entries import Entries

__all__ = ["poison"]


def poison(entries: Entries) -> dict[str, dict[str, int]]:
    """Return target -> label -> all that was recorded into it since the label could reach it."""
    labels = np.flatnonzero(entries.proceeds)
    balances = entries.balances()
    reached = np.zeros((len(entries.accounts), len(labels)), np.bool_)
    carried: dict[int, np.ndarray[tuple[int], np.dtype[np.bool_]]] = {}
    totals: dict[str, dict[str, int]] = {}
    for row in range(len(entries)):
        account, amount, partner = int(entries.account[row]), int(entries.amount[row]), int(entries.partner[row])
        if entries.credit[row]:
            if partner >= 0:
                reached[account] |= carried[partner]
            else:
                reached[account] |= entries.origin[row, labels] > 0
        else:
            carried[row] = reached[account].copy()
            if entries.sink[row] >= 0:
                at = totals.setdefault(entries.sinks[int(entries.sink[row])], {})
                for name in _names(entries, labels[reached[account]]):
                    at[name] = at.get(name, 0) + amount
        if balances[row] <= 0:
            reached[account] = False
    for account, name in enumerate(entries.accounts):
        own = np.flatnonzero(entries.account == account)
        held = max(0, int(balances[own[-1]])) if len(own) else 0
        totals[f"bal:{name}"] = dict.fromkeys(_names(entries, labels[reached[account]]), held)
    return totals


def _names(entries: Entries, codes: np.ndarray[tuple[int], np.dtype[np.int64]]) -> list[str]:
    return [entries.labels[int(code)] for code in codes]

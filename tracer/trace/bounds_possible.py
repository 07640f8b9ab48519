"""The possible ceiling: what left the held accounts may have come back by later credits of unknown origin (tracing.md 5.6).

`U_possible` lets unmatched debits reach unmatched credits. All that lies outside the records is taken as one account per
currency, which begins with enough money of unknown origin to have paid every such credit, and takes in every payment to a
payee whose own account is not held. The ceiling of a target in that ledger is at least its ceiling in the books.

Limits:   what bought an asset or paid a fee does not come back; a conversion outside the records is not followed; within one
          day only what the books list earlier can reach what they list later.
Use:      for restraint, never for a final figure: an open point for counsel (tracing.md, section 8).
Against:  a payment and a later credit are two facts; that the one was the other's source is what no record shows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracer.trace.entries import Bools, Entries

__all__ = ["OUTSIDE", "may_return"]

#: The account that stands for all that the records do not show, with its currency.
OUTSIDE = "OUTSIDE"

_KEEPS = ("sink:ASSET:", "sink:FEE", "sink:OUTSIDE")


def may_return(e: Entries) -> Entries | None:
    """Return the entries with unmatched legs as transfers to and from what lies outside; None where nothing could come back."""
    out, into = _unmatched(e)
    if not out.any() or not into.any() or int(np.flatnonzero(into)[-1]) < int(np.flatnonzero(out)[0]):
        return None
    money = list(dict.fromkeys(e.currencies))
    of_row = np.array([money.index(c) for c in e.currencies], np.int64)[e.account]
    begins = np.array([int(e.amount[into & (of_row == k)].sum()) for k in range(len(money))], np.int64)
    paid = np.flatnonzero(begins)
    legs = np.flatnonzero(out | into)
    # every leg has its other side: after a payment, before a credit; the openings stand before all
    before = np.cumsum(out | into) - (out | into) + np.where(into, 1, 0)
    place = np.arange(len(e)) + len(paid) + before
    other = np.where(out[legs], place[legs] + 1, place[legs] - 1)
    size = len(e) + len(paid) + len(legs)
    rows = np.r_[np.arange(len(paid)), other]
    codes = len(e.accounts) + np.r_[paid, of_row[legs]]

    def put(column: NDArray[Any], values: NDArray[Any], kind: type[np.generic]) -> NDArray[Any]:
        made = np.zeros(size, kind)
        made[place], made[rows] = column, values
        return made

    partner = np.full(size, -1, np.int64)
    linked = np.flatnonzero(e.partner >= 0)
    partner[place[linked]] = place[e.partner[linked]]
    partner[place[legs]], partner[other] = other, place[legs]
    sink = put(e.sink, np.full(len(rows), -1), np.int32)
    sink[place[legs]] = -1
    origin = np.zeros((size, len(e.labels)), np.int64)
    origin[place] = e.origin
    origin[place[legs]] = 0
    origin[np.arange(len(paid)), e.labels.index("U")] = begins[paid]
    none = np.zeros(len(rows), np.bool_)
    return e.changed(
        account=put(e.account, codes, np.int32),
        amount=put(e.amount, np.r_[begins[paid], e.amount[legs]], np.int64),
        credit=put(e.credit, np.r_[np.ones(len(paid), np.bool_), out[legs]], np.bool_),
        partner=partner,
        sink=sink,
        origin=origin,
        opening=put(e.opening, np.r_[np.ones(len(paid), np.bool_), np.zeros(len(legs), np.bool_)], np.bool_),
        day=put(e.day, np.r_[np.full(len(paid), -1), e.day[legs]], np.int32),
        block=put(e.block, np.full(len(rows), -1), np.int32),
        debt=np.r_[e.debt, np.zeros(len(money), np.int64)],
        accounts=(*e.accounts, *(f"{OUTSIDE} {currency}" for currency in money)),
        currencies=(*e.currencies, *money),
        source=None,
        facility=None,
        follows=None if e.follows is None else put(e.follows, none, np.bool_),
        clean_first=None if e.clean_first is None else put(e.clean_first, none, np.bool_),
    )


def _unmatched(e: Entries) -> tuple[Bools, Bools]:
    """Return the payments to accounts that are not held, and the credits of unknown origin alone."""
    keeps = np.array([name.startswith(_KEEPS) for name in e.sinks] or [False], np.bool_)
    out = ~e.credit & (e.partner < 0) & (e.sink >= 0) & ~keeps[np.maximum(e.sink, 0)]
    follows = e.follows if e.follows is not None else np.zeros(len(e), np.bool_)
    unknown = e.origin[:, e.labels.index("U")] == e.amount
    return out, e.credit & (e.partner < 0) & ~e.opening & ~follows & unknown

"""The audit after every run: cents are neither made nor lost (tracing.md 1.1, I1 to I5).

It reads the entries again and never trusts the running totals of a kernel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import numpy as np

from tracer.model import CheckFailed
from tracer.trace.bounds_check import assert_admissible
from tracer.trace.entries import Cents, Entries

if TYPE_CHECKING:
    from tracer.trace.replay import Replay

__all__ = ["check", "conservation"]


def _fail(invariant: str, replay: Replay, where: str) -> NoReturn:
    raise CheckFailed(
        f"{invariant} does not hold under {replay.rule} ({replay.bundle}).",
        where=where,
        meaning="The result contradicts the ledger; nothing is written.",
        next_call="report it with the output of `tracer doctor`; no figure of this run may be used",
    )


def check(entries: Entries, replay: Replay) -> None:
    """Assert I1 to I5. Raises `CheckFailed`."""
    ends = _ends(entries)
    for name, amounts in (("held", replay.held_at_end), ("sinks", replay.sinks), ("charges", replay.charged)):
        if (amounts < 0).any():
            _fail("I2 (no lot is negative)", replay, name)
    if (replay.held_at_end.sum(axis=1) != np.maximum(ends, 0)).any():
        account = int(np.argmax(replay.held_at_end.sum(axis=1) != np.maximum(ends, 0)))
        _fail("I1 (lots sum to the balance)", replay, f"account {entries.accounts[account]}")
    if (replay.debt_at_end != np.maximum(-ends, 0)).any():
        _fail("I1 (debt is what the balance lacks)", replay, "closing balances")
    recorded = _recorded(entries)
    if (replay.sinks.sum(axis=1) != recorded).any():
        target = entries.sinks[int(np.argmax(replay.sinks.sum(axis=1) != recorded))]
        _fail("I5 (what a target holds is what was recorded into it)", replay, target)
    if replay.recorded:
        _check_rows(entries, replay)
        assert_admissible(entries, replay.moved, replay.held, replay.absorbed)
        _check_totals(entries, replay)
    for label, currency, introduced, accounted in conservation(entries, replay):
        if introduced != accounted:
            _fail(f"I4 ({introduced} introduced, {accounted} accounted for)", replay, f"{label} in {currency}")


def _check_totals(entries: Entries, replay: Replay) -> None:
    """Assert that every total is, label by label, the sum of the entries it is made of.

    I1 to I5 hold as well where two targets have exchanged their labels, cent for cent; the entries do not.
    """
    sinks = np.zeros(replay.sinks.shape, np.int64)
    leaves = np.flatnonzero(entries.sink >= 0)
    np.add.at(sinks, entries.sink[leaves], replay.moved[leaves])
    returned = leaves[entries.partner[leaves] >= 0]
    np.subtract.at(sinks, entries.sink[returned], replay.moved[entries.partner[returned]])
    repaid, held = np.zeros(replay.repaid.shape, np.int64), np.zeros(replay.held_at_end.shape, np.int64)
    np.add.at(repaid, entries.account, replay.absorbed)
    last = np.full(len(entries.accounts), -1, np.int64)
    np.maximum.at(last, entries.account, np.arange(len(entries)))
    held[last >= 0] = replay.held[last[last >= 0]]
    for total, summed, names in (
        (replay.sinks, sinks, entries.sinks),
        (replay.held_at_end, held, entries.accounts),
        (replay.repaid, repaid, entries.accounts),
    ):
        bad = (total != summed).any(axis=1)
        if bad.any():
            _fail("That a total is the sum of its entries, label by label,", replay, names[int(np.argmax(bad))])


def _ends(entries: Entries) -> Cents:
    """Return the closing posted balance of every account."""
    ends = -entries.debt.astype(np.int64)
    for side, sign in ((entries.credit, 1), (~entries.credit, -1)):
        np.add.at(ends, entries.account[side], sign * entries.amount[side])
    return ends


def _recorded(entries: Entries) -> Cents:
    """Return what was recorded into every sink; of a partial return, what did not come back."""
    recorded = np.zeros(len(entries.sinks), np.int64)
    leaves = entries.sink >= 0
    amounts = entries.amount.copy()
    returned = leaves & (entries.partner >= 0)
    amounts[returned] -= entries.amount[entries.partner[returned]]
    np.add.at(recorded, entries.sink[leaves], amounts[leaves])
    return recorded


def _check_rows(entries: Entries, replay: Replay) -> None:
    """Assert the invariants after every entry, not only at the end."""
    for name, columns in (("moved", replay.moved), ("held", replay.held), ("absorbed", replay.absorbed)):
        if (columns < 0).any():
            _fail(
                "I2 (no lot is negative)", replay, f"{name}, {entries.where(int(np.argmax((columns < 0).any(axis=1))))}"
            )
    bad = replay.held.sum(axis=1) != np.maximum(entries.balances(), 0)
    if bad.any():
        _fail("I1 (lots sum to the balance)", replay, entries.where(int(np.argmax(bad))))
    bad = replay.moved.sum(axis=1) != entries.amount
    if bad.any():
        _fail("I5 (an entry moves its own amount)", replay, entries.where(int(np.argmax(bad))))
    arrives = np.flatnonzero(entries.credit & (entries.partner >= 0))
    leaves = entries.partner[arrives]
    money = np.array([entries.currencies.index(c) for c in entries.currencies], np.int64)
    same = money[entries.account[arrives]] == money[entries.account[leaves]]
    less = (replay.moved[arrives] > replay.moved[leaves]).any(axis=1) & same
    if less.any():
        row = int(arrives[np.argmax(less)])
        _fail("I3 (a transfer credits what was debited, less charges)", replay, entries.where(row))
    whole = (entries.amount[arrives] == entries.amount[leaves]) & same
    if (replay.moved[arrives[whole]] != replay.moved[leaves[whole]]).any():
        _fail("I3 (a transfer credits exactly what was debited)", replay, "transfers between held accounts")


def conservation(entries: Entries, replay: Replay) -> tuple[tuple[str, str, int, int], ...]:
    """Return (label, currency, introduced, accounted for) for every label and currency: the audit table of I4.

    Introduced: credits from outside, openings, interest, K drawn, and what entered by conversion. Accounted for:
    held, in sinks and in transit, absorbed by overdrafts, charged on the way, and what left by conversion.
    """
    currencies = tuple(dict.fromkeys(entries.currencies))
    code = np.array([currencies.index(currency) for currency in entries.currencies], np.int64)
    shape = (len(currencies), len(entries.labels))
    introduced, accounted = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    outside = np.flatnonzero(entries.credit & (entries.partner < 0))
    for c in range(len(currencies)):
        introduced[c] = entries.origin[outside[code[entries.account[outside]] == c]].sum(axis=0)
    if "K" in entries.labels:
        np.add.at(introduced[:, entries.labels.index("K")], code, replay.drawn)
    for columns in (replay.followed, replay.entered):
        np.add.at(introduced, code, columns)
    for columns in (replay.held_at_end, replay.repaid, replay.charged, replay.left):
        np.add.at(accounted, code, columns)
    leaves = np.flatnonzero(entries.sink >= 0)
    home = np.full(len(entries.sinks), -1, np.int64)
    home[entries.sink[leaves]] = code[entries.account[leaves]]
    reached = home >= 0
    np.add.at(accounted, home[reached], replay.sinks[reached])
    return tuple(
        (label, currency, int(introduced[c, k]), int(accounted[c, k]))
        for c, currency in enumerate(currencies)
        for k, label in enumerate(entries.labels)
    )

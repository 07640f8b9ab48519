"""One pass that shows an attribution to be one of the polytope's points (tracing.md 5.3).

For every label apart: what leaves an account was in it, what a transfer brings was sent, what enters from outside bears
its own label, and together the labels are the recorded money. Such a point lies between floor and ceiling for every
target set at once, so a rule that passes can contradict no bounds.

Not in the polytope, by design: `restoration` and accepted R7 links. Their entries carry the changed labels
(`Entries.changed`), and it is against those that they are checked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

import numpy as np

from tracer.model import CheckFailed
from tracer.trace.entries import Bools, Cents, Entries

__all__ = ["assert_admissible"]


def assert_admissible(
    entries: Entries, moved: Cents, held: Cents, absorbed: Cents, labels: Sequence[str] | None = None
) -> None:
    """Check one replay: moved, held and absorbed are (n, L), columns as `entries.labels`.

    labels: the labels whose flows are checked one by one (default: all); the totals always are.

    Across a conversion, whole cents are spread by largest remainder, which may leave the polytope by one unit per cell
    of the bundle (tracing.md 1.2 step 8); there each label is held to the executed rate within that many units.

    Raises: CheckFailed, naming the first entry at fault.
    """
    e, n = entries, len(entries)
    width = (n, len(e.labels))
    if {moved.shape, held.shape, absorbed.shape} != {width}:
        _fail(
            "The attribution does not have one row per entry and one column per label.",
            f"{moved.shape} against {width}",
        )
    if not n:
        return
    kept = [e.labels.index(name) for name in (e.labels if labels is None else labels)]
    before, balance_before = _before(e, held)
    debt, lots = np.maximum(-balance_before, 0), np.maximum(balance_before, 0)
    repaid = np.where(e.credit & ~e.opening, np.minimum(debt, e.amount), 0)
    drawn = np.where(e.credit, 0, np.maximum(e.amount - lots, 0))

    _rows(e, np.hstack([moved, held, absorbed]).min(axis=1) < 0, "A label has a negative amount")
    _rows(e, moved.sum(1) != e.amount, "The labels of an entry do not add up to its amount")
    _rows(e, held.sum(1) != np.maximum(e.balances(), 0), "The labels held do not add up to the posted balance")
    _rows(e, absorbed.sum(1) != repaid, "The labels that repaid the bank do not add up to what was repaid")

    lent = np.zeros(width, np.int64)
    if "K" in e.labels:
        lent[:, e.labels.index("K")] = drawn
    after = np.where(e.credit[:, None], before + moved - absorbed, before + lent - moved)
    _rows(
        e, (after != held)[:, kept].any(1), "What an account holds is not what it held, plus what came, less what left"
    )

    follows = e.follows if e.follows is not None else np.zeros(n, np.bool_)
    outside = e.credit & (e.partner < 0) & ~follows
    _rows(e, outside & (moved != e.origin)[:, kept].any(1), "A credit from outside does not bear its own labels")
    _transfers(e, moved, kept)


def _before(e: Entries, held: Cents) -> tuple[Cents, Cents]:
    """Return what each account held, and its posted balance, just before each entry."""
    order = np.argsort(e.account, kind="stable")
    account, after = e.account[order], e.balances()[order]
    first = np.r_[True, account[1:] != account[:-1]]
    balance, lots = np.empty(len(e), np.int64), np.zeros(held.shape, np.int64)
    balance[order] = np.where(first, -e.debt[account], np.roll(after, 1))
    lots[order[1:]] = held[order[:-1]]
    lots[order[first]] = 0
    return lots, balance


def _transfers(e: Entries, moved: Cents, kept: list[int]) -> None:
    got = np.flatnonzero(e.credit & (e.partner >= 0))
    sent = e.partner[got]
    money = np.array([e.currencies.index(c) for c in e.currencies], np.int64)
    same = money[e.account[got]] == money[e.account[sent]]
    bad = np.zeros(len(e), np.bool_)
    bad[got[same]] = (moved[got] > moved[sent])[same][:, kept].any(1)
    _rows(e, bad, "A transfer brings more of a label than was sent")
    for arrival, departure in zip(got[~same].tolist(), sent[~same].tolist(), strict=True):
        gave, took = int(e.amount[departure]), int(e.amount[arrival])
        # a debit splits one lot at most, so no bundle has more cells than entries so far times labels
        slack = (departure + 1) * len(e.labels)
        for k in kept:
            came, went = int(moved[arrival, k]), int(moved[departure, k])
            bad[arrival] |= abs(came * gave - went * took) > slack * gave or (went == 0 and came > 0)
    _rows(e, bad, "A conversion does not pass a label at the executed rate")


def _rows(e: Entries, bad: Bools, what: str) -> None:
    if bad.any():
        _fail(f"{what}.", e.where(int(np.argmax(bad))))


def _fail(what: str, where: str) -> NoReturn:
    raise CheckFailed(
        what,
        where=where,
        meaning="The attribution is none that the recorded money allows: it could leave floor and ceiling. "
        "Nothing is written.",
        next_call="report it with the output of `tracer doctor`; no figure of this run may be used",
    )

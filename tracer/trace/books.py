"""What a replay reads and writes, as flat arrays that compiled code can take.

Label columns are permuted on the way in: other money first, then proceeds, each in code-point order, so that a class
is a range. `Options.order` lists the columns in code-point order again, for the cells of a charge or a conversion.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tracer.trace.apportion import half_up, largest_remainder, take_part
from tracer.trace.compiled import compiled
from tracer.trace.entries import Bools, Cents, Codes

__all__ = ["Books", "Columns", "Options", "Record", "compose", "keep", "pass_on"]


class Columns(NamedTuple):
    """The entries. `follows` and `clean_first` may be empty; `money` is the currency of each account as a code.

    `between`: of each account, whether it is the one between the parts of a payment (`Entries.between`).
    """

    account: Codes
    amount: Cents
    credit: Bools
    partner: Cents
    sink: Codes
    origin: Cents
    opening: Bools
    follows: Bools
    clean_first: Bools
    money: Codes
    between: NDArray[np.int8]


class Books(NamedTuple):
    """The accounts as they stand: held (A, L), debt (A,), sinks (S, L) and, per account and label, the totals.

    absorbed  repaid the bank             charged  charges in transit, by the account that paid
    drawn     K drawn from the bank (A,)  followed interest as composed
    left, entered: what went out of, and came into, an account by conversion
    """

    held: Cents
    debt: Cents
    sinks: Cents
    absorbed: Cents
    charged: Cents
    drawn: Cents
    followed: Cents
    left: Cents
    entered: Cents


class Record(NamedTuple):
    """Per entry and label: what it moved (gross), what its account held after it, what of it repaid the bank.

    All three have no rows when nothing is recorded.
    """

    moved: Cents
    held: Cents
    absorbed: Cents


class Options(NamedTuple):
    """One run, in numbers. `bank` and `clean` are the columns of K and C, -1 where there is none."""

    code: int
    first_proceeds: int
    bank: int
    clean: int
    ordered: bool
    clean_repays: bool
    by_lot: bool
    recorded: bool
    order: Cents
    in_flight: int
    nodes: int


@compiled
def keep(came: Cents, size: int, repaid: int, first: int, clean_repays: bool, kept: Cents) -> None:
    """Say which part of a credit stays when `repaid` of it goes to the bank: what stays is apportioned.

    Authority: Bishopsgate v Homan [1995] Ch 211 and Re Goldcorp [1995] 1 AC 74 [K]: no tracing through an overdrawn
    account, so a mixed credit is split pro rata. Against: `clean_repays`, best for the claimant (tracing.md 1.3).
    """
    labels = len(came)
    proceeds = 0
    for k in range(first, labels):
        proceeds += came[k]
    other = size - proceeds
    stays = size - repaid
    if clean_repays:
        stays_proceeds = proceeds - max(0, repaid - other)
    elif proceeds == 0 or other == 0:
        stays_proceeds = stays if other == 0 else 0
    else:
        stays_proceeds = half_up(stays, proceeds, size)
    take_part(stays_proceeds, came, first, labels, proceeds, kept)
    take_part(stays - stays_proceeds, came, 0, first, other, kept)


@compiled
def compose(amount: int, held: Cents, first: int, clean: int, came: Cents) -> None:
    """Give interest the composition of the account at posting; clean where there are no lots (tracing.md 1.3)."""
    labels = len(held)
    proceeds, other = 0, 0
    for k in range(labels):
        came[k] = 0
        if k < first:
            other += held[k]
        else:
            proceeds += held[k]
    if proceeds + other == 0:
        came[clean] = amount
        return
    share = half_up(amount, proceeds, proceeds + other)
    if share > 0:
        largest_remainder(share, held, first, labels, proceeds, came)
    if amount > share:
        largest_remainder(amount - share, held, 0, first, other, came)


@compiled
def pass_on(cells: Cents, total: int, credited: int) -> Cents:
    """Spread what was credited over the cells of a bundle, in the order drawn: a charge in transit, a conversion."""
    out = np.zeros(len(cells), np.int64)
    largest_remainder(credited, cells, 0, len(cells), total, out)
    return out

"""What is compared of a million lines, a field at a time, in arrays: read once, for all that look for pairs among them.

The rows are the lines in the order in which they are held, which is that of the memory. A column is made when it is first asked
for; what a second process needs, too, is asked for before it starts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from tracer.match.nearby import Numbers, Rows
from tracer.model import Posting
from tracer.model.accounts import bare, parts_of

__all__ = ["Columns", "Mask", "Tails", "tail_of"]

Mask = npt.NDArray[np.bool_]
_TAIL = 6  # digits under which accounts are looked up
_bare = bare.__wrapped__  # of a million accounts hardly one is found in a cache


def tail_of(account: str) -> str:
    """Return the characters that two prints of one account share at their end."""
    return bare(account)[-_TAIL:]


class Tails(dict[str, int]):
    """Numbers for the tails of accounts, worked out once for each print of an account; 0 where it prints none."""

    def __init__(self) -> None:
        super().__init__()
        self.codes = {"": 0}

    def __missing__(self, account: str) -> int:
        self[account] = code = self.codes.setdefault(_bare(account)[-_TAIL:], len(self.codes))
        return code


class Columns:
    """Lines as columns.

    keys, lines   ids and lines, by row
    tails, money  the numbers of the tails of accounts, and of currencies, to which those of messages may be added
    """

    def __init__(self, postings: Mapping[str, Posting]) -> None:
        self.keys, self.lines = list(postings), list(postings.values())
        self.tails, self.money = Tails(), Numbers()

    @cached_property
    def signed(self) -> Rows:
        """Return the amounts, in minor units; a debit is below 0."""
        return _rows([p.amount for p in self.lines])

    @cached_property
    def amount(self) -> Rows:
        """Return the amounts without their signs."""
        return np.abs(self.signed)

    @cached_property
    def sign(self) -> Rows:
        """Return -1 for a debit, else 1."""
        return np.where(self.signed < 0, -1, 1)

    @cached_property
    def day(self) -> Rows:
        """Return the days on which lines are compared (`day_of`), as ordinals; 0 for none."""
        return _rows([day.toordinal() if (day := p.value_date or p.booked) else 0 for p in self.lines])

    @cached_property
    def currency(self) -> Rows:
        """Return the numbers of the currencies."""
        money = self.money
        return _rows([money[p.currency] for p in self.lines])

    @cached_property
    def _accounts(self) -> tuple[Rows, list[str]]:
        number = Numbers()
        return _rows([number[p.account_key or p.account] for p in self.lines]), list(number)

    @property
    def account(self) -> Rows:
        """Return numbers of the keys of the accounts."""
        return self._accounts[0]

    @cached_property
    def own(self) -> tuple[Rows, Rows]:
        """Return the tails of the accounts as they are printed, and of the numbers of their keys."""
        tails, (account, keys) = self.tails, self._accounts
        of_keys = _rows([tails[parts_of(key)[2]] for key in keys])
        return _rows([tails[p.account] for p in self.lines]), of_keys[account]

    @cached_property
    def printed(self) -> Rows:
        """Return the tails of the accounts that lines print of the other side."""
        tails = self.tails
        return _rows([tails[p.counterparty_account] for p in self.lines])

    @cached_property
    def is_open(self) -> Mask:
        """Say which lines move an amount and are no reversal."""
        found: Mask = (self.signed != 0) & ~np.array([p.reversal for p in self.lines], np.bool_)
        return found

    @cached_property
    def is_booked(self) -> Mask:
        """Say which lines are booked."""
        return np.array([p.status == "booked" for p in self.lines], np.bool_)


def _rows(numbers: Sequence[int]) -> Rows:
    return np.array(numbers, np.int64)

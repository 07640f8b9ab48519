"""What is compared of a million lines, a field at a time, in arrays: read once, for all that look for pairs among them.

The rows are the lines in the order in which they are held, which is that of the memory. A column is made when it is first asked
for; what two searches ask for, before there is a second process: who reads a noun writes to its memory, of which there are then
two copies, page by page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import chain
from operator import attrgetter
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tracer.match.exchange import shape_of
from tracer.match.nearby import Numbers, Rows
from tracer.model import Message, Posting
from tracer.model.accounts import bare, parts_of

__all__ = ["Coded", "Columns", "Mask", "Tails", "tail_of"]

Mask = npt.NDArray[np.bool_]
_TAIL = 6  # digits under which accounts are looked up
_REFERENCES = tuple(map(attrgetter, ("uetr", "end_to_end_id", "owner_reference", "bank_reference")))
_REFERENCES_TOLD = tuple(map(attrgetter, ("uetr", "end_to_end_id", "reference", "related_reference")))
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


class Coded(NamedTuple):
    """Texts as numbers of them: one for each row, and what the numbers stand for."""

    code: Rows
    texts: list[str]
    numbers: Numbers


class Columns:
    """Lines as columns, and what messages print of references. The nouns are those of the mappings, which do not change.

    keys, lines   ids and lines, by row
    told          messages by id
    tails, money  the numbers of the tails of accounts, and of currencies, to which those of messages may be added
    """

    def __init__(self, postings: Mapping[str, Posting], messages: Mapping[str, Message] | None = None) -> None:
        self._postings, self.told = postings, messages or {}
        self.keys, self.lines = list(postings), list(postings.values())
        self.tails, self.money = Tails(), Numbers()

    @classmethod
    def of(cls, columns: Columns | None, postings: Mapping[str, Posting], messages: Mapping[str, Message]) -> Columns:
        """Return these columns if they are of these very nouns, else new ones."""
        if columns is not None and columns._postings is postings and columns.told is messages:
            return columns
        return cls(postings, messages)

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
    def account(self) -> Coded:
        """Return the keys of the accounts."""
        return _coded([p.account_key or p.account for p in self.lines])

    @cached_property
    def references(self) -> Coded:
        """Return UETR, end-to-end id, and the references of owner and bank, or 20 and 21, as printed: each of these for all.

        Those of the lines stand before those of the messages.
        """
        number, told = Numbers(), self.told.values()
        found = [
            [number[text] for text in chain(map(of_line, self.lines), map(of_message, told))]
            for of_line, of_message in zip(_REFERENCES, _REFERENCES_TOLD, strict=True)
        ]
        return Coded(_rows(found).reshape(len(_REFERENCES), -1), list(number), number)

    @cached_property
    def folded(self) -> Coded:
        """Return the references in one form: what is alike but for its spaces and letters is one text."""
        raw, number = self.references, Numbers()
        of_raw = _rows([number[text] for text in map(str.upper, map(str.strip, raw.texts))])
        return Coded(of_raw[raw.code], list(number), number)

    @cached_property
    def places(self) -> dict[str, int]:
        """Return message -> its place among the references."""
        return {key: n for n, key in enumerate(self.told, len(self.keys))}

    @cached_property
    def counterparty(self) -> Coded:
        """Return the names of the other side."""
        return _coded([p.counterparty for p in self.lines])

    @cached_property
    def agent(self) -> Coded:
        """Return the banks of the other side."""
        return _coded([p.counterparty_agent for p in self.lines])

    @cached_property
    def servicer(self) -> Coded:
        """Return the banks that keep the accounts, as lines print them."""
        return _coded([p.servicer for p in self.lines])

    @cached_property
    def type_code(self) -> Coded:
        """Return the codes of the kinds of booking."""
        return _coded([p.type_code for p in self.lines])

    @cached_property
    def shape(self) -> Coded:
        """Return the texts with a 0 for each digit."""
        return _coded(list(map(shape_of, self.lines)))

    @cached_property
    def is_exchanged(self) -> Mask:
        """Say which lines print an original amount or a rate in fields of their own."""
        return np.array([p.original_amount is not None or bool(p.rate) for p in self.lines], np.bool_)

    @cached_property
    def is_listing(self) -> Mask:
        """Say which lines have a text of several parts."""
        return np.array([len(p.parts) > 1 for p in self.lines], np.bool_)

    @cached_property
    def names_an_account(self) -> Mask:
        """Say which lines print an account of the other side."""
        return np.array([bool(p.counterparty_account.strip()) for p in self.lines], np.bool_)

    def read_shared(self) -> None:
        """Read what more than one search asks for, before there is a second process."""
        _ = self.sign, self.day, self.currency, self.account, self.own, self.printed, self.folded, self.places

    @cached_property
    def own(self) -> tuple[Rows, Rows]:
        """Return the tails of the accounts as they are printed, and of the numbers of their keys."""
        tails, account = self.tails, self.account
        of_keys = _rows([tails[parts_of(key)[2]] for key in account.texts])
        return _rows([tails[p.account] for p in self.lines]), of_keys[account.code]

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


def _rows(numbers: Sequence[int] | Sequence[Sequence[int]]) -> Rows:
    return np.array(numbers, np.int64)


def _coded(texts: Sequence[str]) -> Coded:
    number = Numbers()
    code = _rows([number[text] for text in texts])
    return Coded(code, list(number), number)

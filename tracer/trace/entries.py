"""The entries of all held accounts in posting order, as columns.

One row per debit or credit; the order of the rows is the order of posting over all accounts (tracing.md 1.1).
The event list is immutable: rules, elections and theories are separate passes over it and never change it.

Units:  minor units of the account's own currency, always positive; `credit` gives the direction.
Lots:   a credit is one lot, even when mixed; each opening row is its own lot (tracing.md 1.2 steps 1 and 2).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from tracer.model import CurrencyMismatch, RuleError
from tracer.model.parted import is_hub, splits

__all__ = ["OF_PARTS", "OTHER", "TO_PARTS", "Bools", "Cents", "Codes", "Entries", "target_names"]

Codes = NDArray[np.int32]
Cents = NDArray[np.int64]
Bools = NDArray[np.bool_]

#: Proven clean, unknown origin, bank credit drawn by overdraft: together "other money" (tracing.md, head).
OTHER = ("C", "U", "K")

#: Codes of `Entries.between`.
OF_PARTS, TO_PARTS = 1, 2

#: Totals are kept below this, so that the sum of any two of them fits in 64 bits.
LIMIT = 2**62


@dataclass(frozen=True, slots=True, eq=False)
class Entries:
    """All entries, columnar; rows in posting order over all accounts.

    account   (n,) code into `accounts`
    amount    (n,) minor units, > 0
    credit    (n,) True for money in
    partner   (n,) row of the other leg of a transfer, else -1. The credit is later than its debit; in between the
              money is IN_TRANSIT. A smaller credit in the same currency is a charge in transit; a credit in another
              currency is a conversion.
    sink      (n,) code into `sinks` of the target of a debit that leaves the held accounts, else -1. On a debit that
              also has a partner: where the part that did not arrive stays (a partial return), instead of TRANSIT_FEE.
    origin    (n, L) composition of a credit from outside, sums to `amount`; zeros otherwise
    opening   (n,) an opening lot: appended as a lot of its own, repays nothing
    day       (n,) days since 1970-01-01, -1 unknown
    block     (n,) number of the block of entries whose order is not known, -1 where it is
    debt      (A,) opening overdraft
    follows   (n,) or None: a credit without an origin whose composition is that of the account at that moment
              (interest under `prorata_posting`); for floor and ceiling its label is in doubt (tracing.md 5.6)
    clean_first (n,) or None: a debit (a fee) that lots wholly of other money pay first (tracing.md 1.3)
    source    ids of the postings, the way back to noun and cite
    facility  (A,) overdraft the bank allowed, -1 where it is not known; None: known for no account
    """

    account: Codes
    amount: Cents
    credit: Bools
    partner: Cents
    sink: Codes
    origin: Cents
    opening: Bools
    day: Codes
    block: Codes
    debt: Cents
    accounts: tuple[str, ...]
    currencies: tuple[str, ...]
    sinks: tuple[str, ...]
    labels: tuple[str, ...]
    proceeds: Bools
    source: tuple[str, ...] | None = None
    facility: Cents | None = None
    follows: Bools | None = None
    clean_first: Bools | None = None

    def __len__(self) -> int:
        return len(self.amount)

    @property
    def several_currencies(self) -> bool:
        """Say whether totals must name their currency (`sink:OVERDRAFT:USD`)."""
        return len(set(self.currencies)) > 1

    @property
    def between(self) -> NDArray[np.int8]:
        """Return of each account whether it is the one between the parts of a payment: OF_PARTS, TO_PARTS; 0: a bank's account.

        Which lots leave it is a matter of the payment, not of a rule (tracer/model/parted.py).
        """
        kinds = (TO_PARTS if splits(name) else OF_PARTS if is_hub(name) else 0 for name in self.accounts)
        return np.fromiter(kinds, np.int8, len(self.accounts))

    def total(self, name: str, account: int) -> str:
        """Return the target that collects `name` (OVERDRAFT, TRANSIT_FEE) for one account."""
        return f"sink:{name}:{self.currencies[account]}" if self.several_currencies else f"sink:{name}"

    def by_account(self) -> Cents:
        """Return the rows account by account, each account's in posting order."""
        # a stable sort of 16-bit keys is a radix sort, several times as fast (numpy.sort, Notes)
        few = len(self.accounts) <= 2**16 and bool((self.account >= 0).all())
        return np.argsort(self.account.astype(np.uint16) if few else self.account, kind="stable")

    def balances(self) -> Cents:
        """Return the posted balance of its account after each row; negative = overdrawn."""
        signed = np.where(self.credit, self.amount, -self.amount)
        if not len(signed):
            return signed
        order = self.by_account()
        run, codes = signed[order], self.account[order]
        first = np.flatnonzero(np.r_[True, codes[1:] != codes[:-1]])
        opening = -self.debt[codes[first]]
        closing = np.add.reduceat(run, first) + opening
        # one running sum over all accounts, which begins anew where an account does: no second column is needed
        run[first] += opening
        run[first[1:]] -= closing[:-1]
        np.cumsum(run, out=run)
        signed[order] = run
        return signed

    def validate(self) -> None:
        """Refuse every input that no bank could have posted, naming the first row at fault. Raises `RuleError`."""
        _shapes(self)
        _rows(self)
        _transfers(self)
        _totals(self)

    def where(self, row: int) -> str:
        """Return how a person finds row `row` again."""
        posting = f", posting {self.source[row]}" if self.source is not None else ""
        return f"entry {row} of account {self.accounts[int(self.account[row])]}{posting}"

    def changed(self, **columns: Any) -> Entries:
        """Return the entries with other columns, for an election that is a pass of its own."""
        return replace(self, **columns)

    def upto(self, rows: int) -> Entries:
        """Return the first `rows` entries; a transfer under way is left in flight in `transit:`."""
        partner = self.partner[:rows].copy()
        sink = self.sink[:rows].copy()
        cut = partner >= rows
        partner[cut] = -1
        sinks = list(self.sinks)
        for row in np.flatnonzero(cut):
            sinks.append(f"transit:{self.source[row] if self.source is not None else row}")
            sink[row] = len(sinks) - 1
        return replace(
            self,
            account=self.account[:rows],
            amount=self.amount[:rows],
            credit=self.credit[:rows],
            partner=partner,
            sink=sink,
            origin=self.origin[:rows],
            opening=self.opening[:rows],
            day=self.day[:rows],
            block=self.block[:rows],
            sinks=tuple(sinks),
            source=self.source[:rows] if self.source is not None else None,
            follows=self.follows[:rows] if self.follows is not None else None,
            clean_first=self.clean_first[:rows] if self.clean_first is not None else None,
        )


def target_names(entries: Entries) -> tuple[str, ...]:
    """Return every target of a run: sinks, closing balances, what repaid banks, what was charged on the way."""
    collected = [entries.total(name, a) for name in ("OVERDRAFT", "TRANSIT_FEE") for a in range(len(entries.accounts))]
    balances = [f"bal:{name}" for name in entries.accounts]
    return tuple(dict.fromkeys([*entries.sinks, *balances, *collected]))


def _refuse(what: str, where: str, meaning: str) -> NoReturn:
    raise RuleError(
        what,
        where=where,
        meaning=meaning,
        next_call="case.problems() shows the postings and the matches that made this entry",
    )


def _first(rows: Bools) -> int:
    return int(np.argmax(rows))


def _shapes(e: Entries) -> None:
    n, width = len(e.amount), len(e.labels)
    columns = ("account", "credit", "partner", "sink", "opening", "day", "block")
    for name in columns:
        if getattr(e, name).shape != (n,):
            _refuse(f"Column {name} does not have one value per entry.", name, "No figure can be computed.")
    for name, column in (("follows", e.follows), ("clean_first", e.clean_first)):
        if column is not None and column.shape != (n,):
            _refuse(f"Column {name} does not have one value per entry.", name, "No figure can be computed.")
    if e.origin.shape != (n, width) or e.proceeds.shape != (width,):
        _refuse("The origin of the credits does not have one column per label.", "origin", "Labels would be mixed up.")
    if e.debt.shape != (len(e.accounts),) or len(e.currencies) != len(e.accounts):
        _refuse("An account lacks its currency or its opening debt.", "accounts", "No balance can be computed.")
    if e.source is not None and len(e.source) != n:
        _refuse("There is not one posting id per entry.", "source", "A figure would have no cite.")
    if tuple(sorted(set(e.labels))) != e.labels or not width:
        _refuse("Labels are not distinct and in code-point order.", "labels", "Ties would go to a different label.")
    if any(flag and name in OTHER for flag, name in zip(e.proceeds.tolist(), e.labels, strict=True)):
        _refuse("C, U or K is marked as proceeds.", "labels", "Other money is never proceeds (tracing.md, head).")


def _rows(e: Entries) -> None:
    if not len(e):
        return
    checks: tuple[tuple[Any, str, str], ...] = (
        (e.amount <= 0, "An entry has no positive amount.", "Direction is stated by `credit`, never by a sign."),
        ((e.account < 0) | (e.account >= len(e.accounts)), "An entry names no account.", "It cannot be replayed."),
        ((e.sink < -1) | (e.sink >= len(e.sinks)), "A debit names no known target.", "Money would leave the books."),
        (e.credit & (e.sink >= 0), "A credit names a target.", "Only a debit leaves the held accounts."),
        (e.opening & ~e.credit, "An opening lot is marked as a debit.", "An opening debt belongs in `debt`."),
        (~e.credit & (e.sink < 0) & (e.partner < 0), "A debit has neither target nor partner.", "Money would be lost."),
        ((e.origin < 0).any(axis=1), "The origin of a credit has a negative part.", "No lot can be negative (I2)."),
    )
    for bad, what, meaning in checks:
        if bad.any():
            _refuse(what, e.where(_first(bad)), meaning)
    follows = e.follows if e.follows is not None else np.zeros(len(e), np.bool_)
    stated = e.credit & (e.partner < 0) & ~follows
    off = np.where(stated, e.origin.sum(axis=1) != e.amount, (e.origin != 0).any(axis=1))
    if off.any():
        row = _first(off)
        over = bool(e.origin[row].sum() > e.amount[row]) and bool(stated[row])
        what = "A claim is larger than the credit it enters by." if over else "The origin of an entry does not sum up."
        _refuse(what, e.where(row), "Cents would be created or lost; the labels of a credit sum to its amount.")
    if (follows & (~e.credit | (e.partner >= 0) | e.opening)).any():
        row = _first(follows & (~e.credit | (e.partner >= 0) | e.opening))
        _refuse("An entry that is not interest follows a composition.", e.where(row), "Only a plain credit can.")
    if (e.debt < 0).any():
        _refuse("An opening debt is negative.", e.accounts[_first(e.debt < 0)], "An opening credit is a lot.")
    begun = np.full(len(e.accounts), len(e), np.int64)
    np.minimum.at(begun, e.account[~e.opening], np.flatnonzero(~e.opening))
    late = e.opening & (np.arange(len(e)) > begun[e.account])
    if late.any():
        _refuse("An opening lot comes after other entries.", e.where(_first(late)), "A balance opens an account once.")
    if follows.any() and "C" not in e.labels:
        _refuse("Interest follows the account, and label C is not among the labels.", "labels", "Nothing held: clean.")
    held = np.zeros(len(e.accounts), np.bool_)
    held[e.account[e.opening]] = True
    if (held & (e.debt > 0)).any():
        name = e.accounts[_first(held & (e.debt > 0))]
        _refuse("An account opens with lots and with debt.", name, "A negative opening has no lots (tracing.md 1.2).")


def _transfers(e: Entries) -> None:
    rows = np.arange(len(e))
    paired = e.partner >= 0
    bad = (e.partner < -1) | (e.partner >= len(e))
    if bad.any():
        _refuse("A transfer names a leg that does not exist.", e.where(_first(bad)), "Its money would vanish.")
    other = np.where(paired, e.partner, rows)
    bad = paired & ((e.partner[other] != rows) | (e.credit[other] == e.credit))
    if bad.any():
        _refuse("The legs of a transfer do not name each other.", e.where(_first(bad)), "A match is one to one.")
    bad = paired & e.credit & (other > rows)
    if bad.any():
        _refuse("A transfer arrives before it left.", e.where(_first(bad)), "Correct the order of the two accounts.")
    bad = paired & (e.opening | e.opening[other])
    if bad.any():
        _refuse("An opening balance is one leg of a transfer.", e.where(_first(bad)), "An opening is not a payment.")
    money = np.array([e.currencies.index(c) for c in e.currencies], np.int64)
    same = paired & e.credit & (money[e.account] == money[e.account[other]])
    bad = same & (e.amount > e.amount[other])
    if bad.any():
        row = _first(bad)
        _refuse(
            "A transfer arrives with more than was sent, in one currency.",
            e.where(row),
            "Cents would be created: only a conversion can credit another amount.",
        )
    bad = paired & ~e.credit & (e.sink >= 0) & (money[e.account] != money[e.account[other]])
    if bad.any():
        _refuse("A conversion also names a target.", e.where(_first(bad)), "A partial return is in one currency.")


def _totals(e: Entries) -> None:
    if float(np.abs(e.amount.astype(np.float64)).sum() + e.debt.astype(np.float64).sum()) >= LIMIT:
        _refuse(
            "The amounts of all entries together come near the limit of 64 bits.",
            f"{len(e)} entries",
            "A total could wrap around silently; nothing is computed.",
        )
    code = {currency: place for place, currency in enumerate(dict.fromkeys(e.currencies))}
    leaves = np.flatnonzero(e.sink >= 0)
    money = np.array([code[currency] for currency in e.currencies], np.int64)[e.account[leaves]]
    first = np.full(len(e.sinks), -1, np.int64)
    first[e.sink[leaves[::-1]]] = money[::-1]
    mixed = first[e.sink[leaves]] != money
    if mixed.any():
        row = int(leaves[np.argmax(mixed)])
        raise CurrencyMismatch(
            f"Target {e.sinks[int(e.sink[row])]} is paid in two currencies.",
            where=e.where(row),
            meaning="Its total would depend on a rate that no record shows.",
            next_call="name the target once per currency",
        )
    if "K" not in e.labels and len(e) and bool((e.balances() < 0).any()):
        _refuse(
            "An account is overdrawn, and label K (bank credit) is not among the labels.",
            e.where(_first(e.balances() < 0)),
            "What is paid beyond the balance is the bank's money and must be shown as such.",
        )

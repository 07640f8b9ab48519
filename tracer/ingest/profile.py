"""Mapping profiles: how the columns of one bank's table become postings (formats.md section 8).

A profile is YAML, read strictly: an unknown key is an error with its line. Its hash stands on every statement it made,
and the person who confirmed it is named in `confirmed_by`. Every column of a file is taken or ignored; one that is
neither is an error that names it, so that no figure is forgotten. A column is named by its header cell; a second
column of the same name is `Name#2`, one without a name is `column 7` (from 1); a list means the first that is there.
Where headings take two or three rows (`file.header_rows: 2`), a column is named by all that stands over it, from above:
`Amount Debit`, `Balance (USD)` (tracer.ingest.headings). `file.encoding` is `auto`, the charset of the bank or a list of
those it has used, of which the first is taken that decodes the whole file; where the bytes contradict it, that is told.

Keys: `profile kind confirmed_by match file account currency dates amount numbers balance references counterparty
original details type status reversal balances ignore layout pdf text` (`pdf`, `text`: tracer.ingest.pdf_bands); for registers
`kind: assets | accounts`, `fields` in place of
the keys from `account` to `balances`.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field, replace

from tracer.ingest.cells import DayFormat, Numbers
from tracer.ingest.pdf_bands import Bands

__all__ = ["DIRECTIONS", "Amount", "Balance", "Columns", "Day", "Profile", "Scope", "WordList", "Year", "words"]

#: What answers `amount.direction: ask`.
DIRECTIONS = ("as_read", "turned")

Columns = tuple[str, ...]
_AS_PRINTED = Numbers()


@dataclass(frozen=True, slots=True)
class Scope:
    """Where the account or the currency of a line stands. `scope`: file, row, ask."""

    scope: str
    column: Columns = ()
    value: str = ""
    preamble: str = ""
    sheet_name: bool = False
    map: tuple[tuple[str, str], ...] = ()
    servicer: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    column: Columns
    formats: tuple[DayFormat, ...]


@dataclass(frozen=True, slots=True)
class Year:
    """What states the year of days printed without one, beside lines that head a year (tracer.ingest.years).

    `period`: a pattern whose group holds the first and the last day; `until`: one whose group holds the day up to which the
    lines run; `value`: a year, or FIRST/LAST as two ISO days, for a profile of one statement.
    """

    period: str = ""
    until: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Amount:
    """`mode`: signed, debit_credit, amount_flag, amount_sign, spend_positive, credit_marked (only money in has a word, `60.00CR`).

    `neutral`: words beside the amount with which the file does not say which way money moved. `fee`: a column, unsigned, that
    is taken from the account beside a signed amount and stands in the same balance step. `direction`: "ask" where
    nothing but a balance or a person tells which side is money out; then what the person answered, as_read or turned.
    """

    mode: str
    column: Columns = ()
    debit: Columns = ()
    credit: Columns = ()
    flag: Columns = ()
    credit_words: frozenset[str] = frozenset()
    debit_words: frozenset[str] = frozenset()
    neutral_words: frozenset[str] = frozenset()
    fee: Columns = ()
    direction: str = ""

    def answered(self, answer: str) -> Amount:
        """Return the amount as a person's answer has it: as the profile reads it, or with both sides turned."""
        if self.direction != "ask" or answer not in DIRECTIONS:
            return self
        if answer == "turned" and self.mode == "debit_credit":
            return replace(self, debit=self.credit, credit=self.debit, direction=answer)
        turned = {"signed": "spend_positive", "spend_positive": "signed"}
        return replace(self, mode=turned[self.mode] if answer == "turned" else self.mode, direction=answer)


@dataclass(frozen=True, slots=True)
class Balance:
    """`order`: oldest_first, newest_first, none (nothing is said; the balances or the dates decide)."""

    column: Columns = ()
    order: str = "none"
    opening: str = ""
    closing: str = ""


@dataclass(frozen=True, slots=True)
class WordList:
    """A column whose words sort rows: `groups` maps a meaning to the words, normal form; `word*` is how a cell begins."""

    column: Columns = ()
    groups: tuple[tuple[str, frozenset[str]], ...] = ()

    def group(self, text: str) -> str | None:
        shown = words(text)
        found = next((name for name, listed in self.groups if shown in listed), None)
        if found is None and shown:
            found = next(
                (g for g, ws in self.groups if any(w[-1:] == "*" and shown.startswith(w[:-1]) for w in ws)), None
            )
        return found


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile as written. `columns` names positions where the file has no header."""

    name: str
    where: str
    sha256: str
    kind: str
    header: tuple[str, ...]
    sheet: str = ""
    confirmed_by: str = ""
    encodings: tuple[str, ...] = ()
    delimiter: str = ""
    quote: str = '"'
    skip_rows: int | None = None
    header_at: str = "find"
    header_rows: int = 1
    columns: tuple[str, ...] = ()
    footer: tuple[str, ...] = ()
    blank_rows: str = "skip"
    account: Scope = Scope("ask")
    currency: Scope = Scope("ask")
    booked: Day = Day((), ())
    value: Day = Day((), ())
    year: Year = Year()
    time: Columns = ()
    amount: Amount = Amount("signed")
    numbers: Numbers = _AS_PRINTED
    balance: Balance = Balance()
    references: tuple[tuple[str, Columns], ...] = ()
    counterparty: tuple[tuple[str, Columns], ...] = ()
    original: tuple[tuple[str, Columns], ...] = ()
    details: tuple[str, ...] = ()
    type: Columns = ()
    status: WordList = WordList()
    reversal: WordList = WordList()
    balances: WordList = WordList()
    ignore: tuple[str, ...] = ()
    fields: tuple[tuple[str, Scope], ...] = ()
    formats: tuple[DayFormat, ...] = ()
    bands: Bands | None = None
    source: str = ""
    is_seen: bool = True
    keys: tuple[str, ...] = field(default=())

    def wanted(self) -> tuple[tuple[str, Columns], ...]:
        """Return (role, column names) for every column the profile takes."""
        roles: list[tuple[str, Columns]] = [
            ("account", self.account.column),
            ("currency", self.currency.column),
            ("booked", self.booked.column),
            ("value_date", self.value.column),
            ("time", self.time),
            ("amount", self.amount.column),
            ("debit", self.amount.debit),
            ("credit", self.amount.credit),
            ("flag", self.amount.flag),
            ("fee", self.amount.fee),
            ("balance", self.balance.column),
            ("type_code", self.type),
            ("status", self.status.column),
            ("reversal", self.reversal.column),
            ("balances", self.balances.column),
            *((f"reference_{key}", column) for key, column in self.references),
            *((f"counterparty_{key}", column) for key, column in self.counterparty),
            *((f"original_{key}", column) for key, column in self.original),
            *((f"details_{n}", (column,)) for n, column in enumerate(self.details, 1)),
            *((key, scope.column) for key, scope in self.fields),
        ]
        return tuple((role, column) for role, column in roles if column)

    def names(self, heading: str) -> bool:
        """Whether a heading is one that the profile takes, knows the table by, or ignores."""
        listed = (*self.header, *self.ignore, *(name for _, names in self.wanted() for name in names))
        return words(heading) in set(map(words, listed))


def words(text: str) -> str:
    """Return the normal form in which header cells and list words are compared."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())

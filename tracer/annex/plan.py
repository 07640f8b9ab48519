"""The workbook as planned: sheets, tables and cells, before any file exists.

A `Sheet` has its fixed head (rows 1 to 7, annex.md 1.1), one main table and further blocks below it. Rows are appended and
never moved, so that a formula can name the row it stands in. The `Plan` knows how the dossier's ids are displayed: internal
ids that were given after the export gate, never account numbers.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from tracer.annex.cells import Formula, Link, Raw
from tracer.annex.formulas import column_letter
from tracer.annex.reach import ends_of
from tracer.model import Bounds, Cite, Dossier, Posting, Requirement, Statement
from tracer.model.judging import CONFIDENCE
from tracer.model.naming import identified, record_of
from tracer.model.order import Place, bank_order
from tracer.model.targets import asset_of

__all__ = [
    "ADMINISTRATIVE",
    "AID",
    "CONFIDENCE",
    "EVIDENCE_CLASSES",
    "FIRST",
    "MISSING",
    "SUMMARY",
    "Block",
    "Column",
    "Plan",
    "Sheet",
    "bare",
    "broken_statement",
    "col",
]

FIRST = 7  # data begin in row 7
LINKS = 60_000  # rows with a link per sheet; a spreadsheet stops at 65,530
SUMMARY = "FRE 1006 summary 汇总证据"
AID = "FRE 107 illustrative aid 示意图"
ADMINISTRATIVE = "administrative 事务性"
_NAME = re.compile(r"[A-Za-z0-9:._-]+")  # ids of postings, accounts and targets, in sentences of either language
EVIDENCE_CLASSES = ("EV", "EV-P", "SP", "OS", "AN")
MISSING = "[MISSING P]"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `kind` as in annex.md 1.2: T D M N P E F X L. `choices` are the closed list of an E column."""

    key: str
    en: str
    zh: str
    kind: str
    width: int = 12
    choices: tuple[str, ...] = ()


def col(key: str, en: str, zh: str, kind: str, width: int = 12, choices: tuple[str, ...] = ()) -> Column:
    """Return a column; a short name, because a sheet is a long list of them."""
    return Column(key, en, zh, kind, width, choices)


META = (
    col("row_id", "Row id", "行号", "T", 11),
    col("ev_class", "Evidence class", "证据类别", "E", 9, EVIDENCE_CLASSES),
    col("confidence", "Confidence", "依据程度", "E", 12, CONFIDENCE),
    col("analyst", "Analyst", "分析人", "T", 14),
    col("cite", "Cite", "证物引注", "X", 26),
)


def bare(account: str) -> str:
    """Return an account number without spaces, marks and leading zeros, to find it in a register."""
    return "".join(c for c in account.upper() if c.isalnum()).lstrip("0")


@dataclass(slots=True)
class Block:
    """A table on a sheet: its columns from A on, its first data row, its rows."""

    tab: str
    columns: tuple[Column, ...]
    top: int
    title: tuple[str, str] = ("", "")
    rows: list[list[Raw]] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.places = {column.key: n for n, column in enumerate(self.columns)}

    @property
    def next_row(self) -> int:
        """The row number the next row will have."""
        return self.top + len(self.rows)

    @property
    def last(self) -> int:
        """The last data row; the first one where the table is empty, so that a range is never upside down."""
        return max(self.top, self.next_row - 1)

    def add(self, values: Mapping[str, Raw]) -> int:
        """Append a row and return its number. Raises KeyError for a key that is no column."""
        row: list[Raw] = [None] * len(self.columns)
        for key, value in values.items():
            row[self.places[key]] = value if value != "" else None
        self.rows.append(row)
        return self.next_row - 1

    def set(self, key: str, row: int, value: Raw) -> None:
        """Put a value into a row that is there."""
        self.rows[row - self.top][self.places[key]] = value

    def get(self, key: str, row: int) -> Raw:
        """Return the raw value of a cell."""
        return self.rows[row - self.top][self.places[key]]

    def letter(self, key: str) -> str:
        """Return the letters of a column."""
        return column_letter(self.places[key] + 1)

    def at(self, key: str, row: int) -> str:
        """Return the address of a cell, as its own sheet writes it."""
        return f"{self.letter(key)}{row}"

    def there(self, key: str, row: int) -> str:
        """Return the address of a cell, as another sheet writes it."""
        return f"'{self.tab}'!{self.at(key, row)}"

    def span(self, key: str) -> str:
        """Return the bounded range of a column, as another sheet (or its own) writes it."""
        letter = self.letter(key)
        return f"'{self.tab}'!${letter}${self.top}:${letter}${self.last}"


class Sheet(Block):
    """One tab: head, main table, blocks. `meta` adds the five columns every data row has (annex.md 1.3)."""

    __slots__ = ("blocks", "meta", "purpose", "status", "title_en", "title_zh", "totals")

    def __init__(
        self,
        tab: str,
        titles: tuple[str, str],
        purpose: tuple[str, str],
        status: str,
        columns: Iterable[Column],
        *,
        meta: bool = True,
    ) -> None:
        super().__init__(tab, (*columns, *META) if meta else tuple(columns), FIRST)
        self.title_en, self.title_zh = titles
        self.purpose, self.status, self.meta = purpose, status, meta
        self.totals: list[tuple[str, Raw]] = []
        self.blocks: list[Block] = []

    @property
    def code(self) -> str:
        """The number of the sheet, with which its row ids begin."""
        return self.tab.split("_")[0]

    def block(self, title: tuple[str, str], columns: Iterable[Column], *, meta: bool = True) -> Block:
        """Begin a further table below what is there; the tables above it are complete."""
        above = self.blocks[-1] if self.blocks else self
        made = Block(self.tab, (*columns, *META) if meta else tuple(columns), above.last + 5, title)
        self.blocks.append(made)
        return made

    def total(self, label: str, value: Raw) -> None:
        """Add a labelled figure to row 4, above the data, so that length never moves it."""
        self.totals.append((label, value))

    def total_at(self, n: int) -> str:
        """Return the address of the n-th figure of row 4, from 0, as another sheet writes it."""
        return f"'{self.tab}'!{column_letter(4 + 2 * n)}4"

    def tables(self) -> Iterator[Block]:
        """Yield the main table and the blocks."""
        yield self
        yield from self.blocks


class Plan:
    """The workbook of one dossier while it is planned."""

    def __init__(self, dossier: Dossier, requirements: Sequence[Requirement], route: str = "R4") -> None:
        self.dossier, self.requirements, self.route = dossier, tuple(requirements), route
        self.case, self.trace = dossier.case, dossier.trace
        self.transfers = {t.id: t for t in dossier.transfers}
        self.movements = [j for j in dossier.judgements if j.subject == "movement" and j.decision == "same"]
        self.sheets: dict[str, Sheet] = {}
        self.rules: tuple[str, ...] = tuple(
            r for r in ("libr", "fifo", "lifo", "pro_rata", "proceeds_first") if r in dossier.trace.rules
        )
        exhibits = sorted(dossier.exhibits, key=lambda e: e.number)
        self.exhibit_rows = {e.sha256: FIRST + n for n, e in enumerate(exhibits)}
        self.exhibits = {e.sha256: e for e in exhibits}
        self.known = identified(dossier.parties.values())
        self.identifiers = {
            p.record: f"{i.scheme} {i.value}" for p in dossier.parties.values() for i in p.identifiers[:1]
        }
        self.names = {p.record: p.called for p in dossier.parties.values() if p.called}
        self.txn_order = _bank_order(dossier.postings, dossier.statements, dossier.account_ids)
        self.txn = {key: f"TXN-{n:06d}" for n, key in enumerate(self.txn_order, 1)}
        self.copies = _copies(dossier)
        self.txn_rows: dict[str, int] = {}
        self.event_cells: dict[str, str] = {}
        self.trace_cells: dict[tuple[str, int], tuple[str, int]] = {}
        self.wire_rows: dict[str, int] = {}
        self.flow_rows: dict[tuple[str, int], int] = {}
        self.unresolved = 0
        self.marks = 0
        self.notes: list[tuple[str, str]] = []
        self.listed: list[dict[str, Raw]] = []
        """Differences found while planning, each a row of sheet 16: nothing is repaired in silence."""

    def open(self, sheet: Sheet) -> Sheet:
        """Add a sheet under its tab."""
        self.sheets[sheet.tab] = sheet
        return sheet

    @property
    def is_draft(self) -> bool:
        """Whether a ★ of the route is open."""
        return any(r.stop == "★" and r.status not in {"complete", "n/a"} for r in self.requirements)

    @property
    def config_hash(self) -> str:
        """SHA-256 of case.yaml without its `graph` line, which is left out of every hash and export (design.md 3)."""
        kept = [line for line in self.case.raw.splitlines() if not line.startswith("graph:")]
        return hashlib.sha256("\n".join(kept).encode()).hexdigest()

    @property
    def analyst(self) -> str:
        """Who signs as analyst, else who last worked on the case."""
        named = next((name for role, name, _ in self.case.signoffs if role == "analyst" and name), "")
        found = named or (self.dossier.log[-1].user if self.dossier.log else "")
        return found[:200]  # it stands in every row; the log on sheet 21 has it whole

    def txn_place(self, posting: str) -> tuple[str, int]:
        """Return where a posting stands on sheet 08 (or on its further part)."""
        return "08_TXN", self.txn_rows.get(posting, FIRST)

    def proceeds_cell(self, event: str) -> str:
        """Return the cell of sheet 07 that states the proceeds of an event."""
        return self.event_cells[event]

    # ids as displayed

    def number(self, sha256: str) -> str:
        """Return the exhibit number; an exhibit that is not in the dossier is counted, and check C10 fails."""
        if sha256 in self.exhibits:
            return self.exhibits[sha256].number
        self.unresolved += 1
        return ""

    def cite(self, *cites: Cite | None) -> Raw:
        """Return an X cell: exhibit and locator, several joined, leading to the first exhibit on sheet 17."""
        shown: dict[str, int] = {}
        for cite in cites:
            if cite is not None and (number := self.number(cite.exhibit)):
                shown.setdefault(f"{number}@{cite.locator}", self.exhibit_rows[cite.exhibit])
        return self._linked(shown)

    def exhibit(self, *names: str) -> Raw:
        """Return an X cell for exhibits stated by number or file name."""
        rows = {
            e.number: self.exhibit_rows[e.sha256]
            for e in self.exhibits.values()
            for n in names
            if n in {e.number, e.name}
        }
        return self._linked(rows)

    def _linked(self, rows: Mapping[str, int]) -> Raw:
        text = "; ".join(rows)
        if not text or len(self.dossier.postings) > LINKS:
            return text or None
        return Link(text, "17_EXHIBITS", next(iter(rows.values())))

    def evidence_class(self, *cites: Cite | None) -> str:
        """Return the weakest class of what is cited; a statement of the case file itself is an inference (AN)."""
        found = {self.exhibits[c.exhibit].evidence_class for c in cites if c and c.exhibit in self.exhibits}
        return max(found, key=EVIDENCE_CLASSES.index) if found else "AN"

    def meta(
        self, block: Block, *cites: Cite | None, confidence: str = "documented", by: str = "", shown: Raw = None
    ) -> dict[str, Raw]:
        """Return the five columns of a row that is about to be added to `block`."""
        code = block.tab.split("_")[0]
        return {
            "row_id": f"{code}-{block.next_row:06d}",
            "ev_class": self.evidence_class(*cites),
            "confidence": confidence,
            "analyst": by or self.analyst,
            "cite": shown if shown is not None else self.cite(*cites),
        }

    def party(self, stated: str) -> str:
        """Return a party as printed: internal id and name, else its identifier; `stated` is a record or an identifier of it."""
        record = record_of(stated, self.known)
        number = self.dossier.party_ids.get(record, "")
        name = self.names.get(record) or self.identifiers.get(record) or record
        return f"{number} {name}" if number else name

    def account(self, name: str) -> str:
        """Return the display id of an account as a trace names it (`KEY` or `KEY CUR`)."""
        ids = self.dossier.account_ids
        if name in ids:
            return ids[name]
        key, _, currency = name.rpartition(" ")
        return f"{ids[key]}-{currency}" if key in ids else name

    def account_of(self, posting: Posting) -> str:
        """Return the display id of the account of a posting."""
        key = posting.account_key or posting.account
        several = f"{key} {posting.currency}" in self.traced_names
        return self.account(f"{key} {posting.currency}" if several else key)

    @property
    def traced_names(self) -> frozenset[str]:
        """The names under which the trace knows its accounts."""
        return frozenset(a.account for a in self.trace.accounts)

    def target(self, target: str) -> str:
        """Return a target as printed: an asset id, a display account, or its words."""
        if target.startswith("sink:ASSET:"):
            record, currency = asset_of(target, self.asset_ids)
            return self.asset_ids.get(record, target) + (f" ({currency})" if currency else "")
        if target.startswith("bal:"):
            return self.account(target.removeprefix("bal:"))
        if target.startswith("sink:GAP:"):
            return f"GAP {self.account(target.removeprefix('sink:GAP:'))}"
        return target.removeprefix("sink:").removeprefix("PAID:")

    def told(self, words: Iterable[str]) -> str:
        """Return sentences of a trace with what the annex prints for a posting (sheet 08), an account and a target."""
        shown = {f"ASSET:{record}": number for record, number in self.asset_ids.items()} | self.dossier.account_ids

        def known(found: re.Match[str]) -> str:
            name = found[0].rstrip(".:")
            return (shown.get(name) or self.txn.get(name) or name) + found[0][len(name) :]

        text = _NAME.sub(known, " ".join(words))
        return text.replace("PAID:", "").replace("GAP:", "GAP ")

    def printed(self, sentence: str) -> str:
        """Return a sentence of a gap with each account by the number that a bank prints and its display id."""
        return _NAME.sub(self._numbered, sentence)

    def _numbered(self, found: re.Match[str]) -> str:
        key = found[0].rstrip(".:")
        if key not in self.dossier.account_ids:
            return found[0]
        number = self._numbers.get(key) or key.rpartition(":")[2]
        return f"{number} ({self.dossier.account_ids[key]}){found[0][len(key) :]}"

    @cached_property
    def _numbers(self) -> dict[str, str]:
        """Account key -> number as its opening file prints it, else its statement."""
        stated = {a.account_key: a.number for a in self.dossier.accounts.values() if a.account_key}
        return {s.account_key: s.account for s in self.dossier.statements.values() if s.account_key} | stated

    @cached_property
    def _ends(self) -> dict[str, frozenset[str]]:
        return ends_of(self.trace)

    def reaching(self, targets: Iterable[str]) -> list[str]:
        """Return the events of the run that the records let reach any of these targets, whatever rule is adopted."""
        wanted = set(targets)
        return [label for label in sorted(self.trace.labels) if wanted & self._ends[label]]

    @property
    def jointly(self) -> list[Bounds]:
        """The bounds of several targets taken together; of one alone they stand in its own row."""
        return [bounds for bounds in self.trace.joint if len(bounds.targets) > 1]

    @property
    def asset_ids(self) -> dict[str, str]:
        """Register record -> id: the stated one, else a running number."""
        stated = {a.record: a.id for a in self.case.assets}
        rest = sorted({a.record for a in self.dossier.assets.values()} - set(stated))
        return stated | {record: f"AS-{n}" for n, record in enumerate(rest, 1)}

    def say(self, **values: Raw) -> None:
        """Put a row on sheet 16: a difference, a break, a text that went on a note."""
        self.listed.append(dict(values))

    def counts(self, posting_id: str) -> int:
        """Return 1 for a posting that counts in a balance, 0 for a copy, a pending or an advised line."""
        posting = self.dossier.postings[posting_id]
        statement = self.dossier.statements.get(posting.statement)
        own = statement is None or statement.kind in {"statement", "table"}
        return int(own and posting.status == "booked" and posting_id not in self.copies)


def _copies(dossier: Dossier) -> frozenset[str]:
    """Return the postings judged to be copies of one that counts."""
    legs = {leg for t in dossier.transfers for leg in (t.debit, t.credit, *t.between) if leg}
    joined = {p for t in dossier.transfers for p in t.postings}
    return frozenset(joined - legs)


def broken_statement(plan: Plan, place: str) -> Statement:
    """Return the statement of the entry `break:ACCOUNT:STATEMENT` of a trace; "+" after it says: with those that overlap."""
    return plan.dossier.statements[place.rpartition(":")[2].removesuffix("+")]


def _bank_order(
    postings: Mapping[str, Posting], statements: Mapping[str, Statement], ids: Mapping[str, str]
) -> list[str]:
    """Return the postings account by account, in the bank's own order: statement after statement, line after line."""
    _, places = bank_order(postings, statements)

    def place(key: str) -> tuple[str, str, Place]:
        posting = postings[key]
        account = posting.account_key or posting.account
        return ids.get(account, account), posting.currency, places[key]

    return sorted(postings, key=place)


def zero(digits: int) -> Decimal:
    """Return nothing, printed with the digits of its currency."""
    return Decimal(0).scaleb(-digits)


def live(text: str, digits: int = 2) -> Formula:
    """Return a formula whose result is money."""
    return Formula(f"={text}", "money", digits)


def count(text: str) -> Formula:
    """Return a formula whose result is a whole number."""
    return Formula(f"={text}", "number", 0)

"""Mapping profiles: how the columns of one bank's table become postings (formats.md section 8).

A profile is YAML, read strictly: an unknown key is an error with its line. Its hash stands on every statement it made,
and the person who confirmed it is named in `confirmed_by`. Every column of a file is taken or ignored; one that is
neither is an error that names it, so that no figure is forgotten. A column is named by its header cell; a second
column of the same name is `Name#2`, one without a name is `column 7` (from 1); a list means the first that is there.

Keys: `profile kind confirmed_by match file account currency dates amount numbers balance references counterparty
original details type status reversal balances ignore layout pdf` (`pdf`: tracer.ingest.pdf_bands); for registers
`kind: assets | accounts`, `fields` in place of
the keys from `account` to `balances`.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tracer.ingest.cells import DayFormat, Numbers
from tracer.ingest.pdf_bands import Bands, bands_of
from tracer.ingest.source import Source
from tracer.ingest.tabular import HEAD_ROWS, Row, Sheet, head_sheets, sheets
from tracer.model import CaseError, TracerError, UnreadableExhibit, excerpt
from tracer.yamltext import Scalar, load_yaml

__all__ = [
    "DIRECTIONS",
    "Bound",
    "Columns",
    "Profile",
    "Scope",
    "answered",
    "bind",
    "bound_sheets",
    "candidates",
    "column_names",
    "header_row",
    "parse",
    "shipped",
    "words",
]

_MAX_PATTERN = 200
#: `formats: ask`: the day or the month may come first; a person says which.
_ASK = ("%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%Y", "%m.%d.%Y", "%d/%m/%y", "%m/%d/%y", "%Y-%m-%d")

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
class Amount:
    """`mode`: signed, debit_credit, amount_flag, amount_sign, spend_positive.

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
    encoding: str = ""
    delimiter: str = ""
    quote: str = '"'
    skip_rows: int | None = None
    header_at: str = "find"
    columns: tuple[str, ...] = ()
    footer: tuple[str, ...] = ()
    blank_rows: str = "skip"
    account: Scope = Scope("ask")
    currency: Scope = Scope("ask")
    booked: Day = Day((), ())
    value: Day = Day((), ())
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
    pdf: Bands | None = None
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


def words(text: str) -> str:
    """Return the normal form in which header cells and list words are compared."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


# --- reading the YAML -------------------------------------------------------------------------------------------


class _Page:
    """One mapping of the YAML: every key is taken once, and what is left over is an error."""

    def __init__(self, node: Any, where: str, name: str) -> None:
        self.where, self.name = where, name
        if node is None:
            node = {}
        if not isinstance(node, dict):
            raise _bad(f"{name or 'The profile'} is not a list of `key: value`.", where, getattr(node, "line", 1))
        self.node: dict[str, Any] = dict(node)
        self.line = min((getattr(key, "line", 1) for key in node), default=1)

    def has(self, key: str) -> bool:
        return self.node.get(key) is not None

    def page(self, key: str) -> _Page:
        return _Page(self.node.pop(key, None), self.where, key)

    def text(self, key: str, default: str = "", choices: tuple[str, ...] = ()) -> str:
        value = self.node.pop(key, None)
        if value is None:
            return default
        if not isinstance(value, Scalar):
            raise self.bad(f"{self._path(key)} is one text, not a list.", value)
        if choices and value not in choices:
            raise self.bad(f"{self._path(key)} is {excerpt(value)!r}; it is one of {', '.join(choices)}.", value)
        return str(value)

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.node.pop(key, None)
        if value is None:
            return ()
        listed = value if isinstance(value, list) else [value]
        if not all(isinstance(item, Scalar) for item in listed):
            raise self.bad(f"{self._path(key)} is a text or a list of texts.", value)
        return tuple(str(item) for item in listed)

    def pairs(self, key: str) -> tuple[tuple[str, str], ...]:
        value = self.node.pop(key, None)
        if value is None:
            return ()
        if not isinstance(value, dict) or not all(isinstance(v, Scalar) for v in value.values()):
            raise self.bad(f"{self._path(key)} maps texts to texts.", value)
        return tuple((str(k), str(v)) for k, v in value.items())

    def pattern(self, key: str) -> str:
        """Return a regular expression that RE2 takes: linear in the text, whatever a profile says (safety.md S11)."""
        value = self.node.get(key)
        text = self.text(key)
        if not text:
            return ""
        if len(text) > _MAX_PATTERN:
            raise self.bad(f"{self._path(key)} is longer than {_MAX_PATTERN} characters.", value)
        try:
            pc.extract_regex(pa.array([""]), _named(text))
        except pa.ArrowInvalid:
            raise self.bad(
                f"{self._path(key)} is not a pattern with one group that RE2 reads: {excerpt(text)!r}.", value
            ) from None
        return text

    def done(self) -> None:
        if self.node:
            key = next(iter(self.node))
            raise self.bad(f"{self._path(key)} is not a key of a profile.", key)

    def bad(self, what: str, value: Any = None) -> CaseError:
        if isinstance(value, list | dict):
            value = next(iter(value), None)
        return _bad(what, self.where, getattr(value, "line", self.line))

    def _path(self, key: str) -> str:
        return f"`{self.name}.{key}`" if self.name else f"`{key}`"


def _bad(what: str, where: str, line: int) -> CaseError:
    return CaseError(
        what,
        where=f"{where}:{line}",
        meaning="The profile is not used, so that no column is read as something it is not.",
        next_call="correct the line; the keys stand in tracer.ingest.profile and in the profiles shipped beside it",
    )


def parse(text: str, where: str) -> Profile:
    """Read one profile.

    Raises: CaseError with file and line.
    """
    top = _Page(load_yaml(text, where), where, "")
    name = top.text("profile")
    if not re.fullmatch(r"[\w.-]{1,80}/[0-9]{1,6}", name):
        raise top.bad("`profile` is a name and a version, such as bank_xy_current/2.")
    kind = top.text("kind", "statement", ("statement", "assets", "accounts"))
    confirmed_by = top.text("confirmed_by")
    match, file = top.page("match"), top.page("file")
    header, sheet = match.texts("header"), match.text("sheet")
    match.done()
    skip = file.text("skip_rows", "auto")
    header_at = file.text("header_row", "find")
    for key, value, allowed in (("skip_rows", skip, ("auto",)), ("header_row", header_at, ("find", "none"))):
        if value not in allowed and not (value.isdecimal() and len(value) < 7):
            raise file.bad(f"`file.{key}` is {excerpt(value)!r}; it is a number or one of {', '.join(allowed)}.")
    encoding = file.text("encoding", "auto")
    made: dict[str, Any] = {
        "encoding": "" if encoding == "auto" else encoding,
        "delimiter": _one(file, "delimiter", ""),
        "quote": _one(file, "quote", '"'),
        "skip_rows": None if skip == "auto" else int(skip),
        "header_at": header_at,
        "columns": file.texts("columns"),
        "footer": tuple(words(word) for word in file.texts("footer")),
        "blank_rows": file.text("blank_rows", "skip", ("skip", "end")),
    }
    file.done()
    if header_at == "none" and not made["columns"]:
        raise file.bad("`file.columns` names the columns where the file has no header row.")
    if header_at != "none" and not header:
        raise match.bad("`match.header` lists header cells by which the table is known.")
    numbers = top.page("numbers")
    is_stated = numbers.has("decimal")
    made["numbers"] = Numbers(
        numbers.text("decimal", ".", (".", ",", "ask", "auto")),
        tuple(mark for mark in numbers.texts("thousands") if mark),  # "" states none, as leaving it out does
        numbers.texts("strip"),
        _negative(numbers),
        refuses_thousandths=not is_stated,
    )
    numbers.done()
    made |= _statement(top) if kind == "statement" else _register(top)
    made["pdf"] = bands_of(top.page("pdf"))
    made["ignore"] = top.texts("ignore")
    layout = top.page("layout")
    made |= {"source": layout.text("source"), "is_seen": layout.text("seen", "yes", ("yes", "no")) == "yes"}
    layout.done()
    top.done()
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return Profile(name, where, digest, kind, header, sheet, confirmed_by, **made)


def _one(page: _Page, key: str, default: str) -> str:
    value = page.text(key, default).replace("\\t", "\t")
    if len(value) > 1 or value in {"\r", "\n"}:
        raise page.bad(f"`file.{key}` is one character.")
    return value


def _negative(page: _Page) -> tuple[str, ...]:
    listed = page.texts("negative") or Numbers().negative
    for item in listed:
        if item not in {"-", "()", "trailing-", "DR"}:
            raise page.bad(f"`numbers.negative` holds {excerpt(item)!r}; it knows -, (), trailing- and DR.")
    return listed


def _statement(top: _Page) -> dict[str, Any]:
    dates, amount, balance = top.page("dates"), top.page("amount"), top.page("balance")
    made: dict[str, Any] = {
        "account": _scope(top.page("account")),
        "currency": _scope(top.page("currency")),
        "booked": _day(dates.page("booked")),
        "value": _day(dates.page("value")),
        "time": _time(dates),
        "amount": _amount(amount),
        "balance": Balance(
            balance.texts("column"),
            balance.text("order", "none", ("oldest_first", "newest_first", "none")),
            balance.pattern("opening"),
            balance.pattern("closing"),
        ),
        "references": _named_columns(top.page("references"), ("owner", "bank", "end_to_end", "uetr")),
        "counterparty": _named_columns(top.page("counterparty"), ("name", "account", "bank")),
        "original": _named_columns(top.page("original"), ("amount", "currency", "rate")),
        "details": top.texts("details"),
        "type": top.texts("type"),
        "status": _word_list(top.page("status"), ("booked", "pending", "info")),
        "reversal": _word_list(top.page("reversal"), ("yes",)),
        "balances": _word_list(top.page("balances"), ("opening", "closing", "other")),
    }
    for page in (dates, amount, balance):
        page.done()
    if not made["booked"].column:
        raise dates.bad("`dates.booked.column` is missing: a line without a booking date has no place in an account.")
    return made


def _register(top: _Page) -> dict[str, Any]:
    fields = top.page("fields")
    found = tuple((key, _field(fields, key)) for key in tuple(fields.node))
    return {"fields": found, "formats": _formats(top, top.texts("formats") or ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y"))}


def _field(fields: _Page, key: str) -> Scope:
    if isinstance(fields.node[key], Scalar | list):
        return Scope("row", fields.texts(key))
    page = fields.page(key)
    made = Scope("row", page.texts("column"), page.text("value"), map=page.pairs("map"))
    page.done()
    return made


def _scope(page: _Page) -> Scope:
    found = page.page("from")
    made = Scope(
        page.text("scope", "ask", ("file", "row", "ask")),
        page.texts("column"),
        page.text("value"),
        found.pattern("preamble"),
        found.text("sheet_name", "no", ("no", "yes")) == "yes",
        tuple((words(k), v) for k, v in page.pairs("map")),
        page.text("servicer"),
        page.text("owner"),
    )
    found.done()
    page.done()
    if made.scope == "row" and not made.column:
        raise page.bad(f"`{page.name}.column` is missing although the scope is `row`.")
    return made


def _day(page: _Page) -> Day:
    column = page.texts("column")
    if page.node.get("formats") == "ask":
        page.text("formats")
        listed: tuple[str, ...] = _ASK
    else:
        listed = page.texts("formats")
    made = Day(column, _formats(page, listed))
    page.done()
    if column and not made.formats:
        raise page.bad(f"`dates.{page.name}.formats` is missing: a date is never guessed.")
    return made


def _formats(page: _Page, listed: Sequence[str]) -> tuple[DayFormat, ...]:
    try:
        return tuple(DayFormat(item) for item in listed)
    except ValueError as error:
        raise page.bad(f"{error}.") from None


def _time(dates: _Page) -> Columns:
    if isinstance(dates.node.get("time"), dict):
        page = dates.page("time")
        column = page.texts("column")
        page.done()
        return column
    return dates.texts("time")


def _amount(page: _Page) -> Amount:
    mode = page.text("mode", "signed", ("signed", "debit_credit", "amount_flag", "amount_sign", "spend_positive"))
    is_flagged = mode in {"amount_flag", "amount_sign"}
    asks = "" if is_flagged else page.text("direction", "", ("", "ask"))
    if mode == "debit_credit":
        made = Amount(mode, debit=page.texts("debit"), credit=page.texts("credit"), direction=asks)
        complete = bool(made.debit and made.credit)
    elif is_flagged:
        flag = page.texts("flag") or page.texts("sign")
        sides = [frozenset(words(w) for w in page.texts(side)) for side in ("credit", "debit")]
        if mode == "amount_sign":
            sides = [sides[0] or frozenset({"+"}), sides[1] or frozenset({"-"})]
        neutral = frozenset(words(w) for w in page.texts("neutral")) - sides[0] - sides[1]
        made = Amount(mode, page.texts("column"), (), (), flag, sides[0], sides[1], neutral)
        complete = bool(made.column and flag and sides[0] and sides[1]) and not (sides[0] & sides[1])
    else:
        made = Amount(mode, page.texts("column"), fee=page.texts("fee") if mode == "signed" else (), direction=asks)
        complete = bool(made.column) and not (made.fee and asks)
    if not complete:
        raise page.bad(f"`amount` of mode {mode} does not name all its columns, or one word on both sides.")
    return made


def _named_columns(page: _Page, keys: tuple[str, ...]) -> tuple[tuple[str, Columns], ...]:
    found = tuple((key, page.texts(key)) for key in keys)
    page.done()
    return tuple((key, column) for key, column in found if column)


def _word_list(page: _Page, groups: tuple[str, ...]) -> WordList:
    column = page.texts("column")
    made = WordList(column, tuple((g, frozenset(words(w) for w in page.texts(g))) for g in groups))
    page.done()
    return made if column else WordList()


# --- meeting a table --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bound:
    """A profile on one table: `header` is the row number of the header (0 without one), `at` maps role to column."""

    profile: Profile
    sheet: Sheet
    header: int
    names: tuple[str, ...]
    at: dict[str, int]
    absent: tuple[str, ...]

    @property
    def prefix(self) -> str:
        return "" if self.sheet.form == "text" else f"sheet={self.sheet.index}/"

    def cell(self, row: Row, role: str) -> str:
        place = self.at.get(role)
        return row.cells[place] if place is not None and place < len(row.cells) else ""

    def kind(self, row: Row, role: str) -> str:
        place = self.at.get(role)
        return row.kinds[place] if place is not None and place < len(row.kinds) else ""

    def preamble(self) -> tuple[Row, ...]:
        return tuple(row for row in self.sheet.rows[: max(self.header - 1, 0)] if not row.blank)

    def find(self, pattern: str) -> str:
        """Return what the group of a profile's pattern finds before the header, first row first."""
        if not pattern:
            return ""
        for row in self.preamble()[:200]:
            filled = [cell.strip() for cell in row.cells if cell.strip()]
            texts = [t[:2_000] for t in (*filled, " ".join(filled), row.raw)]
            for value in pc.extract_regex(pa.array(texts), _named(pattern)).to_pylist():
                if value is not None and value["value"].strip():
                    return str(value["value"]).strip()
        return ""


def _named(pattern: str) -> str:
    """Name the first plain group `value`, as Arrow's RE2 wants it."""
    escaped = in_class = False
    for at, letter in enumerate(pattern):
        if escaped:
            escaped = False
        elif letter == "\\":
            escaped = True
        elif letter == "[":
            in_class = True
        elif letter == "]":
            in_class = False
        elif letter == "(" and not in_class and pattern[at + 1 : at + 2] != "?":
            return f"{pattern[: at + 1]}?P<value>{pattern[at + 1 :]}"
    return f"(?P<value>{pattern})"


def column_names(cells: Sequence[str]) -> tuple[str, ...]:
    """Return a name for every column: the header cell, `Name#2` for its repetition, `column 7` where it is empty."""
    seen: dict[str, int] = {}
    names = []
    for place, cell in enumerate(cells, 1):
        name = cell.strip().lstrip("\ufeff") or f"column {place}"
        key = words(name)
        seen[key] = seen.get(key, 0) + 1
        names.append(name if seen[key] == 1 else f"{name}#{seen[key]}")
    return tuple(names)


def header_row(profile: Profile, sheet: Sheet) -> Row | None:
    """Return the row among the first 40 that holds every header cell of the profile."""
    if profile.sheet and sheet.form != "text" and profile.sheet not in {str(sheet.index - 1), sheet.name}:
        return None
    wanted = {words(cell) for cell in profile.header}
    for row in sheet.rows[:HEAD_ROWS]:
        if profile.skip_rows is not None and row.number <= profile.skip_rows:
            continue
        if profile.header_at.isdecimal() and row.number != int(profile.header_at):
            continue
        if not row.broken and wanted <= {words(cell) for cell in row.cells}:
            return row
    return None


def bind(profile: Profile, sheet: Sheet, where: str) -> Bound | None:
    """Put a profile on a table; None when its header is not there.

    Raises: CaseError when a column is neither taken nor ignored, or a column that must be there is not.
    """
    if profile.header_at == "none":
        names, header = profile.columns, 0
        if profile.skip_rows:
            header = profile.skip_rows
        widest = max((len(row.cells) for row in sheet.rows[:HEAD_ROWS]), default=0)
        names = (*names, *(f"column {n}" for n in range(len(names) + 1, widest + 1)))
    else:
        row = header_row(profile, sheet)
        if row is None:
            return None
        named = [name for _, listed in profile.wanted() for name in listed] + list(profile.ignore)
        numbered = [int(m[1]) for name in named if (m := re.fullmatch(r"column ([0-9]{1,4})", name))]
        beyond = max(numbered, default=0) - len(row.cells)  # a header may be shorter than its lines
        names, header = column_names((*row.cells, *[""] * beyond)), row.number
    places: dict[str, int] = {}
    for place, name in enumerate(names):
        places.setdefault(words(name), place)
    at: dict[str, int] = {}
    absent = []
    for role, listed in profile.wanted():
        found = next((places[words(name)] for name in listed if words(name) in places), None)
        if found is None:
            absent.append((role, listed))
        else:
            at[role] = found
    must = [
        c for role, c in absent if role in {"booked", "amount", "debit", "credit", "flag"} or role in _must(profile)
    ]
    if must:
        raise CaseError(
            f"The table has no column {' or '.join(repr(name) for name in must[0])}, which {profile.name} needs.",
            where=f"{where}: row {header}",
            meaning="The bank may have changed its format, or this is another format. Nothing of the file is loaded.",
            next_call="tracer preview the file and correct the profile, or name another: --answer profile=FILE.yaml",
        )
    taken = set(at.values()) | {places[words(name)] for name in profile.ignore if words(name) in places}
    for place, name in enumerate(names):
        if place not in taken and not (name == f"column {place + 1}" and _empty(sheet, header, place)):
            raise CaseError(
                f"The column {excerpt(name)!r} is neither taken nor ignored by {profile.name}.",
                where=f"{where}: row {header}, column {place + 1}",
                meaning="A column that is forgotten may hold money. Nothing of the file is loaded until it has a place.",
                next_call=f"add it to the profile where it belongs, or to `ignore:`, in {profile.where}",
            )
    # A list of names is an offer; a single name that is missing may be a changed format and is marked.
    missing = tuple(listed[0] for _, listed in absent if len(listed) == 1)
    return Bound(profile, sheet, header, names, at, missing)


def _must(profile: Profile) -> set[str]:
    scoped = {role for role in ("account", "currency") if getattr(profile, role).scope == "row"}
    return scoped if profile.kind == "statement" else {"record", "number"}


def _empty(sheet: Sheet, header: int, place: int) -> bool:
    return not any(len(row.cells) > place and row.cells[place].strip() for row in sheet.rows if row.number > header)


# --- which profile ----------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def shipped() -> tuple[Profile, ...]:
    """Return the profiles that come with tracer, sorted by file name."""
    folder = resources.files("tracer.ingest") / "profiles"
    found = sorted((item.name, item.read_text("utf-8")) for item in folder.iterdir() if item.name.endswith(".yaml"))
    return tuple(parse(text, name) for name, text in found)


def answered(source: Source) -> Profile | None:
    """Return the profile a person named by `--answer profile=`, if any.

    Raises: CaseError.
    """
    named = source.answers.get("profile", "")
    if not named:
        return None
    direction = source.answers.get("direction", "")
    # No shipped profile is named like a file, and reading them all takes longer than a small table.
    for profile in () if named.endswith((".yaml", ".yml")) else shipped():
        if named in {profile.name, profile.name.partition("/")[0]}:
            return replace(profile, amount=profile.amount.answered(direction))
    path = Path(named)
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise CaseError(
            f"The profile {excerpt(named)!r} is not a readable file and no profile that comes with tracer.",
            where=source.exhibit.name,
            meaning="Nothing of the exhibit is loaded.",
            next_call="--answer profile=FILE.yaml, or one of " + ", ".join(p.name for p in shipped()),
        ) from None
    made = parse(text, path.name)
    return replace(made, amount=made.amount.answered(direction))


def candidates(source: Source, kind: str) -> tuple[tuple[Profile, Sheet], ...]:
    """Return the profiles of one kind whose header stands in the head of the file, best fit first.

    A shipped profile must have a place for every column; one that a person named is taken at its word.
    """
    named = answered(source)
    found: list[tuple[int, Profile, Sheet]] = []
    for sheet in head_sheets(source):
        for profile in (named,) if named else shipped():
            if profile.kind != kind or profile.header_at == "none":
                continue
            row = header_row(profile, sheet)
            if row is None:
                continue
            if named is None:
                try:
                    bind(profile, sheet, "")
                except TracerError:
                    continue
            if not any(p.name == profile.name for _, p, _ in found):
                found.append((len(set(map(words, profile.header))), profile, sheet))
    found.sort(key=lambda item: (-item[0], item[1].name))
    return tuple((profile, sheet) for _, profile, sheet in found)


def bound_sheets(
    source: Source, profile: Profile, sheet: Sheet | None, accept: Callable[[Sheet], bool] = lambda _: True
) -> Iterable[Bound]:
    """Read the whole file and yield every table of it that the profile fits.

    Raises: UnreadableExhibit when none does; CaseError from `bind`.
    """
    whole = sheets(
        source,
        encoding=profile.encoding or (sheet.encoding if sheet else ""),
        delimiter=profile.delimiter or (sheet.delimiter if sheet else ""),
        quote=profile.quote,
    )
    found = [b for s in whole if accept(s) and (b := bind(profile, s, source.exhibit.name)) is not None]
    if not found:
        cells = {words(c) for s in whole for row in s.rows[:HEAD_ROWS] for c in row.cells}
        missing = [c for c in profile.header if words(c) not in cells]
        raise UnreadableExhibit(
            f"No row of the first {HEAD_ROWS} holds the header of {profile.name}"
            + (f": {', '.join(repr(excerpt(c)) for c in missing[:5])} not found." if missing else "."),
            where=source.exhibit.name,
            meaning="The bank may have changed its format, or this is another format. Nothing of the file is loaded.",
            next_call=f"tracer preview {source.exhibit.name}",
        )
    return found

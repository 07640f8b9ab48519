"""Reading a mapping profile: YAML, strictly. An unknown key is an error with its file and line.

What the keys mean stands in `tracer.ingest.profile`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tracer.ingest.cells import DayFormat, Numbers
from tracer.ingest.pdf_bands import bands_of
from tracer.ingest.profile import Amount, Balance, Columns, Day, Profile, Scope, WordList, Year, words
from tracer.model import CaseError, excerpt
from tracer.yamltext import Scalar, load_yaml

__all__ = ["named_group", "parse"]

_MAX_PATTERN = 200
#: `formats: ask`: the day or the month may come first; a person says which.
_ASK = ("%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%Y", "%m.%d.%Y", "%d/%m/%y", "%m/%d/%y", "%Y-%m-%d")


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
            pc.extract_regex(pa.array([""]), named_group(text))
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
    made: dict[str, Any] = {
        "encodings": tuple(name for name in file.texts("encoding") if name != "auto"),
        "delimiter": _one(file, "delimiter", ""),
        "quote": _one(file, "quote", '"'),
        "skip_rows": None if skip == "auto" else int(skip),
        "header_at": header_at,
        "header_rows": int(file.text("header_rows", "1", ("1", "2", "3"))),
        "columns": file.texts("columns"),
        "footer": tuple(words(word) for word in file.texts("footer")),
        "blank_rows": file.text("blank_rows", "skip", ("skip", "end")),
    }
    file.done()
    if header_at == "none" and not made["columns"]:
        raise file.bad("`file.columns` names the columns where the file has no header row.")
    if header_at != "none" and not header and not _is_headless(top):
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
    drawn, columns = top.page("pdf"), top.page("text")
    if drawn.node and columns.node:
        raise top.bad(
            "A profile draws bands on the pages of a PDF (`pdf`) or in the columns of a text (`text`), not both."
        )
    made["bands"] = bands_of(columns if columns.node else drawn)
    made["ignore"] = top.texts("ignore")
    layout = top.page("layout")
    made |= {"source": layout.text("source"), "is_seen": layout.text("seen", "yes", ("yes", "no")) == "yes"}
    layout.done()
    top.done()
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return Profile(name, where, digest, kind, header, sheet, confirmed_by, **made)


def _is_headless(top: _Page) -> bool:
    text = top.node.get("text")
    return isinstance(text, dict) and text.get("header") == "none"


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
        "year": _year(dates.page("year")),
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
    forms = _formats(top, top.texts("formats") or ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y"))
    if bare := next((form.text for form in forms if not form.has_year), ""):
        raise top.bad(f"{bare!r} names no year, and a register states no period that could.")
    return {"fields": found, "formats": forms}


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


def _year(page: _Page) -> Year:
    made = Year(page.pattern("period"), page.pattern("until"), page.text("value"))
    page.done()
    return made


def _time(dates: _Page) -> Columns:
    if isinstance(dates.node.get("time"), dict):
        page = dates.page("time")
        column = page.texts("column")
        page.done()
        return column
    return dates.texts("time")


def _amount(page: _Page) -> Amount:
    modes = ("signed", "debit_credit", "amount_flag", "amount_sign", "spend_positive", "credit_marked")
    mode = page.text("mode", "signed", modes)
    is_flagged = mode in {"amount_flag", "amount_sign"}
    asks = "" if is_flagged or mode == "credit_marked" else page.text("direction", "", ("", "ask"))
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


def named_group(pattern: str) -> str:
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

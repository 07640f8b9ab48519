"""QIF, the Quicken Interchange Format: lists of bank, cash, card, asset and liability accounts.

Source:  Intuit, "Quicken Interchange Format (QIF) files"; formats.md section 7.
Record:  the lines up to `^`, which are one Posting or one Reject. Investment lists, memorized payments and lists of a type that
         is not known are records, and set aside with the reason; lists of names (categories, classes, securities) hold no money.
Evidence: QIF is a bookkeeping program's own text. It prints no currency, often no account number, and no balance but an
         opening one: what it says of the account is marked, and the currency is a person's statement.
Lists:   an `!Account` block with one entry names the account of the lists below it; one with several (between `!Option:AutoSwitch`
         and `!Clear:AutoSwitch`) is a list of accounts and names none.
Asked:   day or month first, unless a field above 12 tells; the century of two-digit years, always; point or comma, unless an
         amount tells; the currency, always; the account, where no `!Account` names it, list by list
         where lists of several types have no name; the encoding, where it is not UTF-8, since
         the format states none and a short file is guessed wrong. Nothing of this is guessed.
Amounts: T, signed from the point of view of the account; a $ is read where the stated currency is a dollar or peso; U repeats T, and a U that differs sets the record aside. Splits
         (S, E, $) explain the amount, are kept in `parts`, and are no lines of their own.
Opening: a first record with the payee "Opening Balance", or a transfer to the account itself, is the opening balance: it stays
         as information and moves nothing.
Why no `quiffen` (4.0.1, run on records of our own): it reads `1.234,56` as 1.23456, loads a last record that is cut, takes U
         where T differs, reads 31/12 as a day although month-first was asked, and one letter it does not know loses the file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal, NamedTuple

from tracer.ingest.accounts import account_key, present
from tracer.ingest.cells import DOLLARS, BadCell, Numbers, infer_decimal, read_amount
from tracer.ingest.day_order import numbered
from tracer.ingest.fin import FIELD_CAP
from tracer.ingest.reconcile import LEFTOVERS
from tracer.ingest.registry import NeedsAnswer, connector
from tracer.ingest.source import Source
from tracer.model import EXPONENTS, Posting, Reject, Statement, UnreadableExhibit, excerpt, fact_id, major

_MONEY = frozenset({"bank", "cash", "ccard", "oth a", "oth l"})
_LISTS = frozenset({"cat", "class", "tag", "security", "prices", "budget", "account"})
_ASIDE = {
    **dict.fromkeys(
        ("invst", "port"),
        (
            "investment",
            "It moves securities; what it moves in cash is asked for with the cash account's own statement.",
        ),
    ),
    "memorized": ("memorized", "A memorized payment is a pattern for payments to come: nothing of it was booked."),
    "untyped": (
        "type-not-stated",
        "No !Type says of what these lines are, which stand below an !Account: ask for the export with it.",
    ),
}
#: The amount of a line; the T of an account in a list of accounts is its kind, a word.
_MOVED = re.compile(r"[TU]\s{0,9}[-+(]?\s?[$£€]?\s?[-+]?[.,]?[0-9]", re.IGNORECASE)
_UNKNOWN = ("unknown-list", "The type of this list is not known to hold lines of an account.")
_HEAD = re.compile(
    r"(?:#[^\r\n]{0,200}[\r\n]+\s{0,20}){0,20}\s*!(?:Type\s*:|Account\s*$|Option\s*:|Clear\s*:)",
    re.IGNORECASE | re.MULTILINE,
)
_TRANSFER = re.compile(r"\[([^\[\]]{1,200})\]")
_OPENING = re.compile(r"opening balance", re.IGNORECASE)
_NUMERIC = re.compile(r"([0-9]{1,4})[/.-]([0-9]{1,2})[/.'-]([0-9]{4}|[0-9]{1,2})")
_Order = Literal["dmy", "mdy", "ymd"]
_ORDERS: tuple[_Order, ...] = ("dmy", "mdy", "ymd")
_CENTURIES = ("2000s", "1900s", "apostrophe", "split-1969")
_ONCE = "DTUPN"
_LINE_CAP = 1_000_000  # lines of one record: a billion empty splits are no record


def claims(source: Source) -> bool:
    """Whether the first line that is neither blank nor a comment (`#`) is a QIF header."""
    head = source.head_text().lstrip("\ufeff \t\r\n")
    return _HEAD.match(head) is not None


def count(source: Source) -> int:
    """Count blocks of lines that `^`, a header or the end of the file ends, in lists that may hold lines of an account."""
    text, _ = source.text()
    found, kind, is_open = 0, "", False  # a line of an account below !Account is in no list of accounts
    for line in re.split(r"[\r\n]+", text):
        shown = line.strip(" \t\ufeff\x1a\x00")
        if not shown:
            continue
        if shown[0] in "!^":
            found, is_open = found + (is_open and kind not in _LISTS), False
            if shown[0] == "!" and not re.match(r"!(?:option|clear)", shown, re.IGNORECASE):
                kind = re.sub(r"^!(?:type\s*:)?", "", shown, flags=re.IGNORECASE).strip().casefold()
        else:
            is_open = True
            kind = "untyped" if kind == "account" and _MOVED.match(shown) else kind
    return found + (is_open and kind not in _LISTS)


# --- the text ---------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Record:
    """The lines of one record: (letter, text), as printed. `closed`: whether `^` ends it."""

    number: int
    line: int
    rows: list[tuple[str, str]] = field(default_factory=list)
    closed: bool = False

    @property
    def locator(self) -> str:
        return f"record={self.number}/line={self.line}"

    def get(self, letter: str) -> str:
        return next((text for one, text in self.rows if one == letter and text), "")

    def raw(self) -> str:
        return "\n".join(letter + text for letter, text in self.rows)[:FIELD_CAP]

    def amounts(self) -> list[str]:
        return [text for letter, text in self.rows if letter in "TU$" and text]


@dataclass(slots=True)
class _Section:
    """One list under one `!Type:` header; `account` is the `!Account` record above it."""

    kind: str
    line: int
    account: _Record | None = None
    records: list[_Record] = field(default_factory=list)


def _sections(text: str) -> list[_Section]:
    found: list[_Section] = []
    account: _Record | None = None
    section = _Section("", 1)
    listed = 0
    record: _Record | None = None
    number = 0

    def begin(kind: str, at: int) -> None:
        nonlocal section
        section = _Section(kind, at, None if kind == "account" else account)
        found.append(section)

    def close(*, closed: bool) -> None:
        nonlocal record, account, number, listed
        if record is None:
            return
        record.closed = closed
        if section.kind == "account" and any(_MOVED.match(letter + text) for letter, text in record.rows):
            begin("untyped", record.line)
        if section.kind == "account":
            listed += 1
            account = record if listed == 1 else None  # a list of accounts does not say of which the next lines are
        elif section.kind not in _LISTS:
            number += 1
            record.number = number
        section.records.append(record)
        record = None

    for at, line in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        shown = line.strip(" \t\ufeff\x1a\x00")
        if not shown:
            continue
        if shown[0] == "^":
            close(closed=True)
        elif shown[0] == "!":
            close(closed=False)
            if re.match(r"!(?:option|clear)", shown, re.IGNORECASE):
                continue
            kind = re.sub(r"^!(?:type\s*:)?", "", shown, flags=re.IGNORECASE).strip().casefold()
            listed = 0
            begin(kind, at)
        else:
            if record is None:
                record = _Record(0, at)
                if not found:
                    found.append(section)
            if len(record.rows) < _LINE_CAP:
                record.rows.append((shown[0].upper(), shown[1:].strip()))
    close(closed=False)
    return found


# --- what is asked ----------------------------------------------------------------------------------------------


class _Date(NamedTuple):
    """The three numbers of a date as printed. `apostrophe`: one stands before the year, `1/ 2' 7`."""

    first: str
    second: str
    third: str
    apostrophe: bool
    hyphens: bool


def _parts(shown: str) -> _Date | None:
    plain = shown.replace(" ", "")
    found = _NUMERIC.fullmatch(plain)
    return _Date(found[1], found[2], found[3], "'" in plain, plain.count("-") == 2) if found else None


def _read(parts: _Date, order: _Order, century: str) -> tuple[int, int, int] | None:
    """Return (year, month, day) in this order, None where the numbers cannot stand so."""
    first, second, third, is_new, _ = parts
    if len(first) > 2:
        return (int(first), int(second), int(third)) if len(first) == 4 and len(third) <= 2 else None
    if order == "ymd":
        if len(third) > 2 or is_new:
            return None
        year, month, day = first, second, third
    elif order == "mdy":
        month, day, year = first, second, third
    else:
        day, month, year = first, second, third
    whole = int(year)
    if len(year) <= 2:
        is_old = {"1900s": True, "apostrophe": not is_new, "split-1969": whole >= 69}.get(century, False)
        whole += 1900 if is_old else 2000
    return whole, int(month), int(day)


def _is_day(read: tuple[int, int, int] | None) -> bool:
    if read is None:
        return False
    try:
        date(*read)
    except ValueError:
        return False
    return True


def _century(source: Source, dates: list[_Date]) -> str:
    """Return how two-digit years are read, "" where there are none.

    Raises: NeedsAnswer.
    """
    if not any(len(one.first) <= 2 and len(one.third) <= 2 for one in dates):
        return ""
    answer = source.answers.get("century", "")
    if answer in _CENTURIES:
        return answer
    raise NeedsAnswer(
        "century",
        f"{source.exhibit.name} prints years with two digits: which century are they of? 2000s: all 20xx; 1900s: all 19xx;"
        " apostrophe: 20xx after an apostrophe, else 19xx, as Quicken writes; split-1969: 69 to 99 are 19xx, the rest 20xx.",
        _CENTURIES,
        source.exhibit.name,
    )


def _order(source: Source, dates: list[_Date], century: str) -> _Order:
    """Return the order of day, month and year that the dates prove, else the one a person stated.

    Raises: NeedsAnswer where several orders are left, or none, which differ in some day.
    """
    answer = source.answers.get("date_order", "")
    for order in _ORDERS:
        if answer == order:
            return order
    open_dates = [one for one in dates if len(one.first) <= 2]
    # With hyphens the year may stand first in two digits, too (24-05-17); slashes and points put it last.
    orders = _ORDERS if any(one.hyphens and len(one.third) <= 2 for one in open_dates) else _ORDERS[:2]
    left = [order for order in orders if all(_is_day(_read(one, order, century)) for one in open_dates)]
    readings = {tuple(_read(one, order, century) for one in open_dates) for order in left}
    if left and (len(left) == 1 or len(readings) == 1):
        return left[0]
    raise NeedsAnswer(
        "date_order",
        f"Does {source.exhibit.name} print the day first or the month first? Its dates do not tell.",
        ("dmy", "mdy", "ymd"),
        source.exhibit.name,
    )


def _decimal(source: Source, amounts: Iterable[str]) -> str:
    answer = source.answers.get("decimal", "")
    found = answer if answer in {".", ","} else infer_decimal(amounts)
    if not found:
        raise NeedsAnswer(
            "decimal",
            f"Is the decimal mark of {source.exhibit.name} a point or a comma? No amount in it tells.",
            (".", ","),
            source.exhibit.name,
        )
    return found


def _account(source: Source, section: _Section, kinds: frozenset[str], *, is_only: bool) -> tuple[str, str]:
    """Return (account, name as printed). A person's answer names the only account of a file, or the one without a name.

    `kinds` are those of the lists that no `!Account` names: a bank's list and a card's are two accounts, so each is asked about.
    """
    name = section.account.get("N") if section.account else ""
    if not name and len(kinds) > 1:
        key = f"account:{section.kind.replace(' ', '-')}"
        if answer := source.answers.get(key, "").strip():
            return answer, name
        raise NeedsAnswer(
            key,
            f"{source.exhibit.name} holds lists of {', '.join(sorted(kinds))} and no !Account names them: which account is the"
            f" list !Type:{section.kind}?",
            (),
            source.exhibit.name,
            "THE-ACCOUNT-NUMBER",
        )
    answer = (
        source.answers.get(f"account:{name}", "") or source.answers.get("account", "") if is_only or not name else ""
    )
    answer = answer or source.answers.get(f"account:{name}", "")
    if not name and not answer:
        raise NeedsAnswer(
            "account",
            f"Which account is {source.exhibit.name} about? No !Account names it.",
            (),
            source.exhibit.name,
            "THE-ACCOUNT-NUMBER",
        )
    return answer.strip() or name, name


def _currency(source: Source, name: str) -> str:
    for key in (f"currency:{name}", "currency"):
        code = source.answers.get(key, "").strip().upper()
        if code in EXPONENTS:
            return code
    raise NeedsAnswer(
        "currency",
        f"Which currency is {source.exhibit.name} in? QIF prints none. Where accounts differ: currency:NAME=…",
        (),
        source.exhibit.name,
        "USD",
    )


def _text(source: Source) -> tuple[str, str]:
    """Return (text, encoding).

    Raises: NeedsAnswer where the bytes are neither UTF-8 nor marked, and nobody stated what they are.
    """
    text, encoding = source.text()
    if encoding.startswith("utf") or "encoding" in source.answers:
        return text, encoding
    raise NeedsAnswer(
        "encoding",
        f"In which encoding is {source.exhibit.name}? It is no UTF-8, and QIF states none.",
        ("cp1252", "cp850", "cp437", "gb18030"),
        source.exhibit.name,
    )


# --- reading ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Asked:
    """Every question of the file, answered by it or by a person."""

    order: _Order
    century: str
    decimal: str


@connector("qif", title="QIF lists of accounts", claims=claims, count=count)
def read(source: Source) -> Iterator[Statement | Posting | Reject]:
    """Yield each account's Statement, its Postings, and the Rejects, in printed order.

    Raises: NeedsAnswer for the encoding, the order of dates, the century, the decimal mark, the account and the currency;
    UnreadableExhibit for a file without a record.
    """
    text, encoding = _text(source)
    sections = _sections(text)
    if not any(section.records for section in sections if section.kind not in _LISTS):
        raise UnreadableExhibit(
            f"{source.exhibit.name} is QIF without a record.",
            where=source.exhibit.name,
            meaning="It is kept as an exhibit; there is nothing to load.",
            next_call="ask whoever produced it for the lists of the accounts (bank, cash, card)",
        )
    held = [section for section in sections if section.kind in _MONEY]
    records = [record for section in held for record in section.records]
    dates = [found for record in records if (found := _parts(record.get("D")))]
    asked = _Asked("dmy", "", ".")
    if records:
        century = _century(source, dates)
        amounts = (amount for record in records for amount in record.amounts())
        asked = _Asked(_order(source, dates, century), century, _decimal(source, amounts))
    names = {section.account.get("N") if section.account else "" for section in held}
    unnamed = frozenset(section.kind for section in held if not (section.account and section.account.get("N")))
    common = _common(asked, encoding, sections)
    for number, section in enumerate(sections, 1):
        if section.kind in _LISTS:
            continue
        if section.kind in _MONEY:
            yield from _statement(source, section, number, asked, common, unnamed, is_only=len(names) == 1)
            continue
        code, why = _ASIDE.get(section.kind, _UNKNOWN)
        for record in section.records:
            yield Reject(source.cite(record.locator), record.raw(), f"!Type:{excerpt(section.kind, 40)}", code, why)


CONNECTOR = read


def _common(asked: _Asked, encoding: str, sections: list[_Section]) -> list[str]:
    marks = [f"field dates: read as {asked.order}" + (f", two-digit years as {asked.century}" if asked.century else "")]
    if not encoding.startswith("utf"):
        marks.append(f"field encoding: {encoding} as a person stated")
    for section in sections:
        if section.kind in _LISTS - {"account"} and section.records:
            marks.append(f"{LEFTOVERS} line {section.line}: {len(section.records)} entries of the list {section.kind}")
    return marks


def _statement(
    source: Source,
    section: _Section,
    number: int,
    asked: _Asked,
    common: list[str],
    unnamed: frozenset[str],
    *,
    is_only: bool,
) -> Iterator[Statement | Posting | Reject]:
    account, name = _account(source, section, unnamed, is_only=is_only)
    currency = _currency(source, name)
    key = account_key(account[:100])
    marks = [*common, f"field currency: {currency} as a person stated; QIF prints none", f"field type: {section.kind}"]
    if account != name:
        marks.append(
            f"field account: {excerpt(account, 60)} as a person stated" + (f" for {excerpt(name, 60)}" if name else "")
        )
    elif not key:
        marks.append(f"account by its name only: {excerpt(name, 60)}")
    if section.account is not None:
        marks += [
            f"field account: {letter} {excerpt(text, 80)}" for letter, text in section.account.rows if letter != "N"
        ]
    place = source.cite(f"section={number}/line={section.line}")
    made_id = fact_id("statement", place)
    postings: list[Posting] = []
    rejects: list[Reject] = []
    opening: Posting | None = None
    for record in section.records:
        try:
            one = _posting(source, record, account, key, currency, made_id, asked)
        except BadCell as error:
            rejects.append(Reject(source.cite(record.locator), record.raw(), "T", error.code, f"{error}."))
            continue
        is_first = record is section.records[0]
        if _is_opening(record, name, is_first=is_first) and opening is None:
            one = replace(one, status="info", marks=(*one.marks, "field P: the opening balance, no movement"))
            opening = one
        elif _OPENING.fullmatch(record.get("P")):
            one = replace(
                one,
                marks=(*one.marks, "an opening balance below other lines, or of another account, is read as a line"),
            )
        postings.append(one)
    lines, ordered = numbered(postings)
    days = [one.booked for one in postings if one.booked is not None]
    yield Statement(
        place,
        account,
        currency,
        "table",  # a list: no standard promises its order, so the lines of one day have none
        account_key=key,
        opening=opening.amount if opening else None,
        opening_date=opening.booked if opening else None,
        period_from=min(days, default=None),
        period_to=max(days, default=None),
        count=len(section.records),
        marks=tuple(dict.fromkeys((*marks, *ordered))),
    )
    yield from rejects
    yield from lines


def _is_opening(record: _Record, name: str, *, is_first: bool) -> bool:
    """Say whether a first record opens the account: as a transfer from the account to itself, else by its payee."""
    to = _TRANSFER.match(record.get("L"))
    if to is not None and name:
        return is_first and to[1].casefold() == name.casefold()
    return is_first and _OPENING.fullmatch(record.get("P")) is not None


def _posting(
    source: Source, record: _Record, account: str, key: str, currency: str, made_id: str, asked: _Asked
) -> Posting:
    """Return the Posting of a record.

    Raises: BadCell for what leaves no sure amount.
    """
    if not record.closed:
        raise BadCell("not-closed", "no ^ ends this record: it may be cut, so that no amount of it is sure")
    if sum(len(text) + 2 for _, text in record.rows) > FIELD_CAP or len(record.rows) >= _LINE_CAP:
        raise BadCell("too-long", f"the record is longer than {FIELD_CAP} characters")
    held = Counter(letter for letter, _ in record.rows)
    if twice := next((letter for letter in _ONCE if held[letter] > 1), ""):
        raise BadCell("field-twice", f"{twice} stands twice: two records may have run into one")
    numbers = _numbers(asked.decimal, currency)
    shown = record.get("T") or record.get("U")
    amount, found = read_amount(shown, numbers, currency)
    marks = list(found)
    if amount is None:
        raise BadCell("amount-missing", "the record prints no amount, or a masked one")
    if record.get("T") and record.get("U") and read_amount(record.get("U"), numbers, currency)[0] != amount:
        raise BadCell("amounts-differ", f"T prints {excerpt(shown, 40)}, U {excerpt(record.get('U'), 40)}")
    booked, found = _day(record.get("D"), asked)
    marks += found
    parts, odd = _splits(record, amount, numbers, currency)
    marks += odd
    to = _TRANSFER.match(record.get("L"))
    memo = [text for letter, text in record.rows if letter == "M" and text]
    return Posting(
        source.cite(record.locator),
        account,
        currency,
        amount,
        0,
        statement=made_id,
        account_key=key,
        booked=booked,
        amount_printed=shown,
        owner_reference=present(record.get("N")),
        counterparty=record.get("P"),
        counterparty_account=to[1] if to else "",
        details="\n".join(memo),
        parts=parts,
        marks=tuple(dict.fromkeys(marks)),
    )


def _numbers(decimal: str, currency: str) -> Numbers:
    """Return how amounts are read: Quicken and GnuCash write a $ before or behind the sign of an amount, where it is its currency."""
    return Numbers(decimal=decimal, strip=("$",) if currency in DOLLARS else ())


def _day(shown: str, asked: _Asked) -> tuple[date | None, tuple[str, ...]]:
    parts = _parts(shown)
    if parts is None:
        return None, (f"date-unreadable:booked:{excerpt(shown, 40) or 'none is printed'}",)
    read = _read(parts, asked.order, asked.century)
    if read is None or not _is_day(read):
        return None, ("date-not-real:booked",)
    return date(*read), ()


def _splits(record: _Record, amount: int, numbers: Numbers, currency: str) -> tuple[tuple[str, ...], list[str]]:
    """Return what no field took, letter by letter in printed order, and the marks on the sum of the splits."""
    parts = [f"{letter}: {text}" for letter, text in record.rows if letter not in "TNPM"]
    marks: list[str] = []
    total: int | None = None
    for text in (text for letter, text in record.rows if letter == "$"):
        try:
            value, found = read_amount(text, numbers, currency)
        except BadCell as error:
            return tuple(parts), [*marks, f"{error.code}:split:{excerpt(text, 40)}"]
        marks += found
        total = (total or 0) + (value or 0)
    if total is not None and total != amount:
        marks.append(f"parts sum to {major(total, currency)}, the line is {major(amount, currency)}")
    return tuple(parts), marks

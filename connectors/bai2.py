"""BAI2 cash management balance reports: groups, accounts, details and their control records.

Source:  Cash Management Balance Reporting Specifications, Version 2 (BAI, later X9.121), records 01 02 03 16 88 49 98 99;
         formats.md section 7.
Record:  one line 16, with the lines 88 that continue it: one Posting or one Reject. Each line 03 is one Statement.
Amounts: minor units of the currency (03, else 02, else USD), no decimal mark; a 16 is signed by its type code: 100 to 399
         credit, 400 to 699 debit. 7xx, 9xx and 890 state no side: set aside. A status amount (03) may be signed.
Dates:   the as-of day of the group; a funds type V prints the value date of its line.
Control: 49, 98 and 99 print the signed sum of every amount below them, and how many records and units; each is compared. A 49
         that is their sum without signs proves them as well, and says so.
Lines:   a slash ends a field with its line. Without one, digits that a line 88 begins with may belong to the figure above: such
         an amount is set aside. Commas behind the last status of a line are no status. A comma that ends a line 16 before its
         references leaves open whether the next field is empty or stands in the line 88: what follows is text, and marked.
Unread:  availability (0, 1, 2, S, D) and status types other than 010, 015, 100 and 400: kept as text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from tracer.ingest.accounts import account_key, present
from tracer.ingest.fin import FIELD_CAP
from tracer.ingest.reconcile import LEFTOVERS
from tracer.ingest.registry import connector
from tracer.ingest.source import Source
from tracer.ingest.statement_line import day
from tracer.model import EXPONENTS, Posting, Reject, Statement, fact_id

_LINE = re.compile(r"[ \t\ufeff]*(01|02|03|16|49|88|98|99)[ \t]*(?:,|/|$)")
_DETAIL = re.compile(r"^[ \t\ufeff]*16[ \t]*(?:,|/|$)", re.MULTILINE)
#: A file header of version 2; or of none, where a group header follows it. Fields may be padded.
_CLAIMED = re.compile(
    r"[ \t\r\n\ufeff]{0,200}01[ \t]*,[^,\n]{0,40},[^,\n]{0,40},[ \t]*[0-9]{6}(?:[0-9]{2})?[ \t]*,[ \t]*[0-9:]{0,8}[ \t]*,[^,\n]{0,40},[ 0-9]*,[ 0-9]*,"
    r"(?:[ \t]*2[ \t]*(?:[/\r\n]|\Z)|[ \t]*/[ \t]*[\r\n]+02[ \t]*,)"
)
_AMOUNT = re.compile(r"([+-]?)([0-9]{1,18})\Z")
_COUNT = re.compile(r"[0-9]{1,9}\Z")
_BOUND = 2**63
_DEFAULT_CURRENCY = "USD"  # specification, record 02 field 7: "default is USD"
#: As-of date modifier -> whether the report is of a day still open, or may still change (record 02, field 8).
_INTERIM = frozenset({"1", "3"})
#: Group status of record 02 that books nothing (field 4): 1 update, 3 correction.
_NOT_BOOKED = {"2": "deletion", "4": "test only"}
_OPENING, _CLOSING, _CREDITS, _DEBITS = "010", "015", "100", "400"


def claims(source: Source) -> bool:
    """Whether the text begins with a file header (01) of version 2, or of no version before a group header (02)."""
    return bool(_CLAIMED.match(source.head_text()))


def count(source: Source) -> int:
    """Count lines that begin with 16, by one regular expression over the text."""
    return len(_DETAIL.findall(_unfolded(source)))


def _unfolded(source: Source) -> str:
    text, _ = source.text()
    return text.replace("\r\n", "\n").replace("\r", "\n")


class _Unreadable(ValueError):
    """A record is not laid out as the specification has it; `code` names how."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code


@dataclass(slots=True)
class _Record:
    """One record with the lines that continue it. `pieces` are what each line prints behind its code."""

    code: str
    line: int
    printed: list[str]
    pieces: list[str]

    @property
    def raw(self) -> str:
        return "\n".join(self.printed)

    def cursor(self) -> _Cursor:
        return _Cursor(list(self.pieces))


@dataclass(slots=True)
class _Cursor:
    """Fields in order over continuation lines: a line that ends in `/` ends its last field, also inside a triple."""

    pieces: list[str]
    is_cut: bool = False

    @property
    def is_over(self) -> bool:
        return not self.pieces

    def take(self) -> str:
        """Return the next field, "" behind the last one.

        `is_cut`: it ended with its line, no slash ended it, and the next line begins with a digit, which may be its own.
        """
        if not self.pieces:
            self.is_cut = False
            return ""
        piece = self.pieces[0]
        value, comma, rest = self._closed(piece).partition(",")
        if comma:
            self.pieces[0] = rest + ("/" if piece.endswith("/") else "")
        else:
            del self.pieces[0]
        goes_on = bool(self.pieces) and self.pieces[0].lstrip()[:1].isdigit()
        self.is_cut = goes_on and not comma and not piece.endswith("/") and bool(value.strip())
        return value.strip()

    @property
    def hangs(self) -> bool:
        """Whether a comma ends the line and no slash: the field behind it may be empty, or stand in the next line."""
        return len(self.pieces) > 1 and not self.pieces[0].strip()

    def figure(self, *, may_be_cut: bool = False) -> str:
        """Return the next field, which is an amount.

        `may_be_cut`: nothing stands behind the record in its report. Raises: _Unreadable where digits may go on in the next line,
        or be missing because the report ends behind them.
        """
        printed = self.take()
        if may_be_cut and self.is_over:
            raise _Unreadable(
                "amount-cut", f"The report ends behind {printed[:40]!r}: digits of the amount may be missing"
            )
        if self.is_cut:
            raise _Unreadable(
                "amount-cut",
                f"{printed[:40]!r} ends with its line and without a slash, and the next line begins with digits that may be its own",
            )
        return printed

    def skip_loose_end(self) -> None:
        """Pass over commas that end a line behind its last field: many banks print them."""
        while self.pieces and not self._closed(self.pieces[0]).strip(", \t"):
            del self.pieces[0]

    def text(self) -> str:
        """Return what is left as text: commas and slashes in it are text, one closing slash ends the record."""
        lines = [self._closed(piece).strip() for piece in self.pieces]
        self.pieces = []
        return "\n".join(line for line in lines if line)

    @staticmethod
    def _closed(piece: str) -> str:
        return piece.removesuffix("/")


@dataclass(frozen=True, slots=True)
class _Funds:
    """Funds type with its extra fields as printed; `on` is the value date of type V."""

    printed: str = ""
    on: date | None = None
    marks: tuple[str, ...] = ()


@dataclass(slots=True)
class _Account:
    """One line 03 and what belongs to it, up to its 49."""

    record: _Record
    details: list[_Record] = field(default_factory=list)
    control: _Record | None = None
    records: int = 1
    marks: list[str] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    total: int | None = 0
    unsigned: int = 0

    def add(self, amount: int | None) -> None:
        self.total = None if self.total is None or amount is None else self.total + amount
        self.unsigned += abs(amount or 0)


@dataclass(slots=True)
class _Group:
    """One line 02 and its accounts, up to its 98."""

    record: _Record
    accounts: list[_Account] = field(default_factory=list)
    control: _Record | None = None
    records: int = 1


@dataclass(slots=True)
class _File:
    """The groups between a line 01 and its 99."""

    groups: list[_Group] = field(default_factory=list)
    control: _Record | None = None
    records: int = 0


@connector("bai2", title="BAI2 balance and transaction reports", claims=claims, count=count)
def read(source: Source) -> Iterator[Statement | Posting | Reject]:
    """Yield each account's statement followed by its lines, in printed order."""
    loose: list[Reject] = []
    files = _files(source, loose)
    place = 0
    for one in files:
        held = [group for group in one.groups if group.accounts]
        for group in one.groups:
            place += 1
            if not group.accounts:
                loose.append(_loose(source, group.record, "A group without an account."))
            for at, account in enumerate(group.accounts, 1):
                statement, lines = _read(source, group, account, place, at)
                marks = [*account.marks, *_account_control(account)]
                if account is group.accounts[-1]:
                    marks += _group_control(group)
                    if group is held[-1]:
                        marks += _file_control(one)
                yield replace(statement, marks=tuple(dict.fromkeys(marks)))
                yield from account.rejects
                yield from lines
    yield from loose


CONNECTOR = read


def _files(source: Source, loose: list[Reject]) -> list[_File]:
    """Return the records as files, groups and accounts; daily files glued into one exhibit are several files."""
    files = [_File()]
    for record in _records(source, loose):
        one = files[-1]
        if record.code == "01" and one.records:
            one = _File()
            files.append(one)
        one.records += len(record.printed)
        group = one.groups[-1] if one.groups else None
        account = group.accounts[-1] if group and group.accounts else None
        if record.code == "02":
            one.groups.append(_Group(record, records=len(record.printed)))
        elif record.code == "99":
            one.control = _first(one.control, record, source, loose)
        elif group is not None:
            group.records += len(record.printed)
            if record.code == "98":
                group.control = _first(group.control, record, source, loose)
            elif group.control is not None:
                loose.append(_loose(source, record, "The record stands behind the end of its group."))
            elif record.code == "03":
                group.accounts.append(_Account(record, records=len(record.printed)))
            elif account is None or account.control is not None:
                loose.append(_loose(source, record, "The record stands outside an account."))
            else:
                account.records += len(record.printed)
                if record.code == "49":
                    account.control = record
                else:
                    account.details.append(record)
        elif record.code != "01":
            loose.append(_loose(source, record, "The record stands before any group, so its bank and day are unknown."))
    return files


def _first(held: _Record | None, record: _Record, source: Source, loose: list[Reject]) -> _Record:
    if held is not None:
        loose.append(_loose(source, record, f"A second control record {record.code}."))
    return held or record


def _records(source: Source, loose: list[Reject]) -> Iterator[_Record]:
    """Yield records with their continuations; a line with no code is text that no record took."""
    open_record: _Record | None = None
    for number, line in enumerate(_unfolded(source).split("\n"), 1):
        if not line.strip(" \t\ufeff\x1a\x00"):
            continue
        found = _LINE.match(line)
        piece = line[found.end() :].rstrip() if found else ""
        if found and found[0].endswith("/"):
            piece = "/" + piece
        if found is None or (found[1] == "88" and open_record is None):
            place = source.cite(f"line={number}#{LEFTOVERS}")
            why = "The line begins with no record code." if found is None else "A continuation continues nothing."
            loose.append(Reject(place, line[:FIELD_CAP], LEFTOVERS, "text-outside-records", why))
        elif found[1] == "88" and open_record is not None:
            open_record.printed.append(line)
            open_record.pieces.append(piece)
        else:
            if open_record is not None:
                yield open_record
            open_record = _Record(found[1], number, [line], [piece])
    if open_record is not None:
        yield open_record


def _loose(source: Source, record: _Record, why: str) -> Reject:
    """Set a record aside that stands where it belongs to nothing; only a line 16 counts as a record of its own."""
    place, raw = f"line={record.line}", record.raw[:FIELD_CAP]
    if record.code == "16":
        return Reject(source.cite(place), raw, "16", "record-out-of-place", why)
    return Reject(source.cite(f"{place}#{LEFTOVERS}"), raw, LEFTOVERS, "record-out-of-place", why)


def _read(
    source: Source, group: _Group, account: _Account, place: int, at: int
) -> tuple[Statement, list[Posting | Reject]]:
    """Return the statement of an account without its marks, which stay with the account, and its lines."""
    head = group.record.cursor()
    _, originator, status, printed_day, time, group_currency, modifier = (head.take() for _ in range(7))
    fields = account.record.cursor()
    number, own_currency = fields.take(), fields.take()
    currency = (own_currency or group_currency or _DEFAULT_CURRENCY).upper()
    locator = f"group={place}/account={at}/line={account.record.line}"
    marks = account.marks
    on = day(printed_day) if re.fullmatch("[0-9]{6}", printed_day) else None
    if on is None:
        marks.append(f"date-does-not-exist:{printed_day[:20]}" if printed_day else "no as-of date")
    if not own_currency and not group_currency:
        marks.append(f"no currency is printed: {_DEFAULT_CURRENCY} by the standard")
    if not number:
        marks.append("no account is printed")
    if status in _NOT_BOOKED:
        marks.append(f"group status {status}: {_NOT_BOOKED[status]}, its lines are listed and not booked")
    elif status == "3":
        marks.append("group status 3: a correction of an earlier report")
    elif status != "1":
        marks.append(f"group status {status[:10] or '(empty)'} is not of the standard")
    if time:
        marks.append(f"as-of-time:{time[:10]}")
    held = _statuses(source, locator, account, fields)
    is_known = currency in EXPONENTS

    def balance(code: str) -> int | None:
        return held[code][0] if code in held and is_known else None

    def counted(code: str) -> int | None:
        return held[code][1] if code in held else None

    opening, closing = balance(_OPENING), balance(_CLOSING)
    statement = Statement(
        source.cite(locator),
        account=number,
        currency=currency,
        kind="interim" if modifier in _INTERIM else "statement",
        account_key=account_key(number[:100], originator),
        servicer=originator,
        opening=opening,
        closing=closing,
        closing_date=on if closing is not None else None,
        period_from=on,
        period_to=on,
        count=len(account.details),
        total_credit=balance(_CREDITS),
        total_debit=balance(_DEBITS),
        count_credit=counted(_CREDITS),
        count_debit=counted(_DEBITS),
    )
    lines = _lines(source, statement, account, on, is_booked=status not in _NOT_BOOKED)
    return statement, list(lines)


def _statuses(source: Source, locator: str, account: _Account, fields: _Cursor) -> dict[str, tuple[int, int | None]]:
    """Return type -> (amount, number of items) of the triples of a line 03; the rest becomes text of the statement."""
    held: dict[str, tuple[int, int | None]] = {}
    fields.skip_loose_end()
    while not fields.is_over:
        code = fields.take()
        try:
            printed = fields.figure()
            items = fields.take()
            funds = _funds(fields)
            amount = _amount(printed) if printed else None
        except _Unreadable as error:
            account.add(None)
            place = source.cite(f"{locator}#status-{len(account.rejects) + 1}")
            raw = account.record.raw[:FIELD_CAP]
            account.rejects.append(Reject(place, raw, f"03 type {code[:20]}", error.code, f"{error}."))
            # a field count that is wrong moves all that follow: nothing behind it can be told apart
            if error.code in {"funds-unreadable", "amount-cut"}:
                break
            fields.skip_loose_end()
            continue
        fields.skip_loose_end()
        account.marks += funds.marks
        if not code and (printed or items):
            place = source.cite(f"{locator}#status-{len(account.rejects) + 1}")
            why = f"{printed[:40]!r} stands where no type code says what it is: fields of the line have moved."
            account.rejects.append(Reject(place, account.record.raw[:FIELD_CAP], "03 type", "type-missing", why))
            account.add(None)
            break
        if not code:
            continue
        if amount is not None:
            account.add(amount)
        shown = f"{code},{printed},{items},{funds.printed}".rstrip(",")
        if amount is not None and code in {_OPENING, _CLOSING, _CREDITS, _DEBITS}:
            if code in held and held[code][0] != amount:
                account.marks.append(
                    f"a second closing balance {shown}" if code == _CLOSING else f"status {code} stands twice: {shown}"
                )
                continue
            held[code] = (amount, int(items) if _COUNT.match(items) else None)
        elif code and (amount is not None or items):
            account.marks.append(f"field 03: {shown}")
    return held


def _amount(printed: str) -> int:
    match = _AMOUNT.match(printed)
    if match is None or int(match[2]) >= _BOUND:
        raise _Unreadable(
            "amount-unreadable", f"{printed[:40]!r} is not an amount in minor units without a decimal mark"
        )
    return -int(match[2]) if match[1] == "-" else int(match[2])


def _funds(fields: _Cursor) -> _Funds:
    """Take the funds type and the fields that it brings. Raises: _Unreadable."""
    kind = fields.take().upper()
    if kind in {"", "0", "1", "2", "Z"}:
        return _Funds(kind)
    if kind == "V":
        printed, time = fields.take(), fields.take()
        on = day(printed) if re.fullmatch("[0-9]{6}", printed) else None
        marks = (f"date-does-not-exist:{printed[:20]}",) if printed and on is None else ()
        return _Funds(",".join(filter(None, (kind, printed, time))), on, marks)
    if kind == "S":
        return _Funds(",".join((kind, *(fields.take() for _ in range(3)))))
    if kind == "D":
        number = fields.take()
        if not _COUNT.match(number) or int(number) > 100:
            raise _Unreadable("funds-unreadable", f"funds type D states {number[:20]!r} pairs of days and amounts")
        return _Funds(",".join((kind, number, *(fields.take() for _ in range(2 * int(number))))))
    raise _Unreadable("funds-unreadable", f"{kind[:20]!r} is no funds type: what follows it cannot be told apart")


def _signed(code: str, amount: int | None, currency: str) -> int:
    """Return the amount with the account's sign. Raises: _Unreadable where type code or currency leave it open."""
    if amount is None:
        raise _Unreadable("no-amount", f"Type {code[:20]} prints no amount: it moves no money")
    if not re.fullmatch("[0-9]{3}", code):
        raise _Unreadable("type-unreadable", f"{code[:20]!r} is not a type code of three digits")
    if currency not in EXPONENTS:
        raise _Unreadable("currency-unknown", f"{currency[:10]!r} is no currency, so its minor unit is unknown")
    if amount < 0:
        raise _Unreadable("sign-contradicts", f"A detail is signed by its type code {code}, and its amount is negative")
    if "100" <= code <= "399":
        return amount
    if "400" <= code <= "699":
        return -amount
    raise _Unreadable("side-not-stated", f"Type code {code} states neither credit nor debit")


def _lines(
    source: Source, made: Statement, account: _Account, on: date | None, *, is_booked: bool
) -> Iterator[Posting | Reject]:
    made_id = fact_id("statement", made.cite)
    for place, record in enumerate(account.details, 1):
        cite = source.cite(f"line={record.line}")
        if len(record.raw) > FIELD_CAP:
            account.add(None)
            raw = f"{record.raw[:FIELD_CAP]}… ({len(record.raw)} characters)"
            yield Reject(cite, raw, "16", "too-long", f"The record is longer than {FIELD_CAP} characters.")
            continue
        fields = record.cursor()
        code = fields.take()
        try:
            ends = account.control is None and record is account.details[-1] and record.raw[-1:] != "/"
            printed = fields.figure(may_be_cut=ends)
            amount = _amount(printed) if printed else None
        except _Unreadable as error:
            account.add(None)
            yield Reject(cite, record.raw, "16", error.code, f"{error}.")
            continue
        account.add(amount or 0)
        try:
            value = _signed(code, amount, made.currency)
            hangs = fields.hangs
            funds = _Funds() if hangs else _funds(fields)
        except _Unreadable as error:
            yield Reject(cite, record.raw, "16", error.code, f"{error}.")
            continue
        references = ["", ""]
        for at in range(2):
            hangs = hangs or fields.hangs
            references[at] = "" if hangs else fields.take()
        bank_reference, customer_reference = references
        text = fields.text()
        yield Posting(
            cite,
            account=made.account,
            currency=made.currency,
            amount=value,
            line=place,
            statement=made_id,
            account_key=made.account_key,
            servicer=made.servicer,
            booked=on,
            value_date=funds.on,
            amount_printed=printed,
            status="booked" if is_booked else "info",
            type_code=code,
            owner_reference=present(customer_reference),
            bank_reference=present(bank_reference),
            details=text.replace("\n", " "),
            parts=tuple(filter(None, (f"16: {record.raw}", funds.printed and f"funds type {funds.printed}"))),
            marks=(*funds.marks, *(("references not told apart: a comma ends a line before them",) if hangs else ())),
        )


def _control(name: str, stated: str, found: int | None) -> Iterator[str]:
    """Yield how a printed control figure compares with what was found, as the reconciliation reads it."""
    if not stated:
        yield f"control-total:{name}:not printed"
    elif not _AMOUNT.match(stated):
        yield f"control-total:{name}:{stated[:40]} is not a figure"
    elif found is None:
        yield f"control-total:{name}:{int(stated)}:an amount below it is unread"
    else:
        yield f"control-total:{name}:{int(stated)}:{found}"


def _account_control(account: _Account) -> Iterator[str]:
    if account.control is None:
        yield "no control record 49: the account may be cut short"
        return
    fields = account.control.cursor()
    stated, found = fields.take(), account.total
    is_unsigned = _AMOUNT.match(stated) is not None and int(stated) == account.unsigned
    if found is not None and is_unsigned and found != account.unsigned:
        yield "field 49: the figure sums the amounts without their signs"
        found = account.unsigned
    yield from _control("49-amounts", stated, found)
    yield from _control("49-records", fields.take(), account.records)


def _stated(record: _Record | None, computed: int | None) -> int | None:
    """Return the total that a control record prints, which is what the next level sums; else what was found."""
    printed = record.cursor().take() if record else ""
    return int(printed) if _AMOUNT.match(printed) else computed


def _sum(totals: list[int | None]) -> int | None:
    return None if None in totals else sum(one for one in totals if one is not None)


def _group_control(group: _Group) -> Iterator[str]:
    if group.control is None:
        yield "no control record 98: the group may be cut short"
        return
    fields = group.control.cursor()
    yield from _control("98-amounts", fields.take(), _sum([_stated(a.control, a.total) for a in group.accounts]))
    yield from _control("98-accounts", fields.take(), len(group.accounts))
    yield from _control("98-records", fields.take(), group.records)


def _file_control(one: _File) -> Iterator[str]:
    if one.control is None:
        yield "no control record 99: the file may be cut short"
        return
    fields = one.control.cursor()
    totals = [_stated(g.control, _sum([_stated(a.control, a.total) for a in g.accounts])) for g in one.groups]
    yield from _control("99-amounts", fields.take(), _sum(totals))
    yield from _control("99-groups", fields.take(), len(one.groups))
    yield from _control("99-records", fields.take(), one.records)

"""From the rows of a bound table to postings: what each row is, the questions, the reading.

The order of the lines and its proof are apart (tracer.ingest.order_proof).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from tracer.ingest.bound import Bound
from tracer.ingest.cells import (
    BadCell,
    DayFormat,
    Numbers,
    excel_damage,
    infer_decimal,
    is_shortened,
    read_amount,
    read_day,
    settle_formats,
)
from tracer.ingest.profile import DIRECTIONS, Scope, words
from tracer.ingest.registry import NeedsAnswer
from tracer.ingest.source import Source
from tracer.ingest.tabular import HEAD_ROWS, MAX_FIELD, Row
from tracer.ingest.years import Years, nearest, years_of
from tracer.model import EXPONENTS, Reject, UnreadableExhibit, excerpt

__all__ = [
    "CURRENCY_NAMES",
    "Reader",
    "currency_code",
    "minuses",
    "rounded",
    "settle",
    "waits_for_direction",
]

#: Names of currencies as Chinese and some European exports print them; ISO 4217 codes are read as they stand.
CURRENCY_NAMES = {
    "人民币": "CNY", "人民币元": "CNY", "rmb": "CNY", "cnh": "CNH", "美元": "USD", "欧元": "EUR", "港币": "HKD", "港元": "HKD",
    "英镑": "GBP", "日元": "JPY", "瑞士法郎": "CHF", "澳大利亚元": "AUD", "加拿大元": "CAD", "新加坡元": "SGD",
    "euro": "EUR", "€": "EUR", "£": "GBP", "us dollar": "USD",
}  # fmt: skip


_NO_YEARS = Years()


@dataclass(frozen=True, slots=True)
class Reader:
    """A bound profile with every question answered: it reads one row at a time."""

    source: Source
    bound: Bound
    numbers: Numbers
    booked: tuple[DayFormat, ...]
    value: tuple[DayFormat, ...]
    account: str
    currency: str
    debits_negative: bool
    epoch_1904: bool
    credits_negative: bool = False
    years: Years = _NO_YEARS

    def read(self, row: Row, more: Sequence[Row] = ()) -> dict[str, Any] | Reject:
        """Return the fields of a Posting without `line` and `statement`, or the Reject of the row."""
        bound, profile = self.bound, self.bound.profile
        here = bound.prefix + f"row={row.number}"
        if row.broken:
            return self._reject(row, "row", row.broken, _BROKEN[row.broken])
        role = "account"
        try:
            account = self._account(row)
            role = "currency"
            currency = self._currency(row)
            status, unknown = self._status(row)
            role = "booked"
            booked, clock, marks = self._booking_day(row, may_wait=status in {"pending", "info"})
            role = "amount"
            amount, printed, found = self._amount(row, currency)
        except BadCell as error:
            return self._reject(row, self._column(role), error.code, str(error))
        notes = list(marks) + list(found)
        value_date, late, marks = self._lenient_day(row, booked)
        notes += marks
        balance, marks = self._lenient_amount(row, "balance", currency)
        notes += marks
        if status is None:
            return self._reject(
                row, self._column("status"), "status-unknown", f"{excerpt(unknown[0])!r} is not in the profile"
            )
        original_currency = self._code(bound.cell(row, "original_currency"), profile.currency.map) or ""
        original, marks = (
            self._lenient_amount(row, "original_amount", original_currency)
            if original_currency
            else (None, self._kept(row, "original_amount"))
        )
        notes += marks
        texts = {name: bound.cell(row, role).strip() for role, name in _TEXTS if role in bound.at}
        for role in _NUMBERED:
            if role in bound.at:
                notes += [f"{mark}:{role}" for mark in excel_damage(bound.cell(row, role), bound.kind(row, role))]
        details = [bound.cell(row, f"details_{n}").strip() for n in range(1, len(profile.details) + 1)]
        for other in more:
            details += [cell.strip() for cell in other.cells if cell.strip()]
            notes.append(f"continued:row={other.number}")
        for place in range(len(bound.names), len(row.cells)):
            if row.cells[place].strip():
                notes.append(f"extra-cell:{place + 1}:{excerpt(row.cells[place].strip())}")
        notes += self._formulas(row)
        return {
            "cite": self.source.cite(here),
            "account": account,
            "currency": currency,
            "amount": amount,
            "servicer": profile.account.servicer,
            "booked": booked,
            "value_date": value_date,
            "time": bound.cell(row, "time").strip() or clock or late,
            "balance": balance,
            "amount_printed": printed,
            "status": status,
            "reversal": profile.reversal.group(bound.cell(row, "reversal")) == "yes",
            "details": " | ".join(part for part in details if part),
            "original_amount": original,
            "original_currency": original_currency,
            "marks": tuple(notes),
            **texts,
        }

    def set_aside(self, row: Row, role: str, code: str, message: str) -> Reject:
        """Return the Reject of a row for what stands in the column of a role."""
        return self._reject(row, self._column(role), code, message)

    def _reject(self, row: Row, column: str, code: str, message: str) -> Reject:
        raw = row.raw if len(row.raw) <= MAX_FIELD else row.raw[:MAX_FIELD]
        return Reject(self.source.cite(f"{self.bound.prefix}row={row.number}"), raw, column, code, message)

    def _column(self, role: str) -> str:
        if role == "amount" and role not in self.bound.at:
            role = "debit"
        return self.bound.names[self.bound.at[role]] if role in self.bound.at else role

    def _account(self, row: Row) -> str:
        if "account" not in self.bound.at:
            return self.account
        shown = self.bound.cell(row, "account").strip()
        if not shown:
            raise BadCell("account-missing", "the line names no account")
        if is_shortened(
            shown, self.bound.kind(row, "account")
        ):  # two accounts may print alike: their lines must not become one account
            raise BadCell(
                "account-lost-digits", f"{excerpt(shown)!r} is an account number that a spreadsheet shortened"
            )
        return shown

    def _currency(self, row: Row) -> str:
        if "currency" not in self.bound.at:
            return self.currency
        shown = self.bound.cell(row, "currency")
        code = self._code(shown, self.bound.profile.currency.map)
        if code is None:
            raise BadCell(
                "currency-unknown", f"{excerpt(shown)!r} is not a currency of ISO 4217 and not in the profile"
            )
        return code

    def _code(self, text: str, mapped: tuple[tuple[str, str], ...]) -> str | None:
        return currency_code(text, mapped)

    def _day(
        self, row: Row, role: str, formats: Sequence[DayFormat], beside: date | None = None
    ) -> tuple[date | None, str, tuple[str, ...]]:
        def dated(month: int, day: int) -> tuple[date, tuple[str, ...]]:
            # A value date lies near the booking, across the turn of a year too; the booking lies within what is stated.
            return nearest(month, day, beside) if beside else self.years.day(row.number, month, day)

        day, clock, marks = read_day(
            self.bound.cell(row, role),
            formats,
            kind=self.bound.kind(row, role),
            epoch_1904=self.epoch_1904,
            dated=dated,
        )
        return day, clock, tuple(f"{mark}:{role}" for mark in marks)

    def _booking_day(self, row: Row, *, may_wait: bool) -> tuple[date | None, str, tuple[str, ...]]:
        booked, clock, marks = self._day(row, "booked", self.booked)
        if booked is None and not marks and not may_wait:  # what is not booked yet has no booking day
            raise BadCell("date-missing", "the line has no booking date")
        return booked, clock, marks

    def _lenient_day(self, row: Row, booked: date | None) -> tuple[date | None, str, tuple[str, ...]]:
        """A value date that cannot be read is null with a mark: the booking date carries the line (formats.md 1.3)."""
        if "value_date" not in self.bound.at:
            return None, "", ()
        try:
            return self._day(row, "value_date", self.value, booked)
        except BadCell as error:
            return None, "", (f"{error.code}:value_date:{excerpt(self.bound.cell(row, 'value_date').strip(), 40)}",)

    def figure(self, row: Row, role: str, currency: str) -> tuple[int | None, tuple[str, ...]]:
        """Read one amount. A cell that a workbook holds as a number has no decimal mark of a country: it is read as stored.

        Raises: BadCell.
        """
        numbers = _STORED if self.bound.kind(row, role) == "n" else self.numbers
        return read_amount(self.bound.cell(row, role), numbers, currency)

    def _lenient_amount(self, row: Row, role: str, currency: str) -> tuple[int | None, tuple[str, ...]]:
        """A balance that cannot be read is null, not zero, and is marked with its text."""
        if role not in self.bound.at:
            return None, ()
        try:
            value, marks = self.figure(row, role, currency)
        except BadCell as error:
            return None, (f"{error.code}:{role}:{excerpt(self.bound.cell(row, role).strip(), 40)}",)
        return value, tuple(f"{mark}:{role}" for mark in marks)

    def _kept(self, row: Row, role: str) -> tuple[str, ...]:
        shown = self.bound.cell(row, role).strip()
        return (f"no-currency:{role}:{excerpt(shown, 40)}",) if shown else ()

    def _amount(self, row: Row, currency: str) -> tuple[int, str, tuple[str, ...]]:
        mode = self.bound.profile.amount
        if mode.mode == "debit_credit":
            return self._two_columns(row, currency)
        printed = self.bound.cell(row, "amount")
        value, marks = self.figure(row, "amount", currency)
        if value is None:
            raise BadCell(marks[0] if marks else "amount-missing", "the line has no amount that can be read")
        if mode.mode == "spend_positive":
            return -value, printed.strip(), (*marks, "spend-positive")
        if mode.mode == "credit_marked":
            if value < 0:
                raise BadCell("amount-sign", f"{printed.strip()[:40]!r} has a minus where only money in is marked")
            is_in = printed.strip().casefold().rstrip(")").endswith(("cr", "c"))
            return (value, printed.strip(), marks) if is_in else (-value, printed.strip(), (*marks, "spend-positive"))
        fee = self.bound.cell(row, "fee").strip()
        taken, _ = self.figure(row, "fee", currency) if fee else (None, ())
        if taken:
            return value - abs(taken), printed.strip(), (*marks, f"fee-beside:{fee[:40]}")
        if mode.mode in {"amount_flag", "amount_sign"}:
            if value < 0:  # said twice, or a reversal: the file does not tell which, and minus times minus is a credit
                raise BadCell("amount-sign", f"{printed.strip()[:40]!r} has a minus beside a debit or credit word")
            flag = words(self.bound.cell(row, "flag"))
            if flag in mode.neutral_words:
                raise BadCell(
                    "direction-not-stated",
                    f"{excerpt(flag)!r} does not say which way money moved, nor whose it was before",
                )
            if flag in mode.debit_words:
                return -value, printed.strip(), marks
            if flag not in mode.credit_words:
                raise BadCell("flag-unknown", f"{excerpt(flag)!r} is neither a credit nor a debit word of the profile")
        return value, printed.strip(), marks

    def _two_columns(self, row: Row, currency: str) -> tuple[int, str, tuple[str, ...]]:
        out, credit = self.bound.cell(row, "debit").strip(), self.bound.cell(row, "credit").strip()
        debit_value, marks = self.figure(row, "debit", currency)
        credit_value, more = self.figure(row, "credit", currency)
        if debit_value and credit_value:
            raise BadCell("two-amounts", f"the line has both a debit {out[:40]!r} and a credit {credit[:40]!r}")
        if debit_value is None and credit_value is None:
            raise BadCell((*marks, *more, "amount-missing")[0], "the line has neither a debit nor a credit")
        if credit_value and credit_value < 0:
            # where every credit has a minus and no debit has, it says no more than the heading; else it takes money back
            return -credit_value if self.credits_negative else credit_value, credit, (*more, "credit-negative")
        if credit_value:
            return credit_value, credit, more
        if debit_value and debit_value < 0 and self.debits_negative:
            return debit_value, out, marks
        if debit_value:
            return -debit_value, out, (*marks, *(("debit-negative",) if debit_value < 0 else ()))
        return 0, out or credit, (*marks, *more)

    def _status(self, row: Row) -> tuple[str | None, tuple[str, ...]]:
        if "status" not in self.bound.at:
            return "booked", ()
        shown = self.bound.cell(row, "status")
        group = self.bound.profile.status.group(shown)
        return group, ((shown.strip(),) if group is None else ())

    def _formulas(self, row: Row) -> list[str]:
        inside = self.bound.sheet.inside
        if inside is None or not inside.formulas:
            return []
        found = []
        for place in range(len(row.cells)):
            key = (self.bound.sheet.index - 1, f"{_letters(place)}{row.number}")
            if key in inside.formulas:
                found.append(f"formula:{key[1]}:{excerpt(inside.formulas[key])}")
                if key in inside.uncached:
                    found.append(f"formula-without-value:{key[1]}")
        return found


_STORED = Numbers(".", (), (), ("-",))
_BROKEN = {
    "line-too-long": "the line is longer than 1,000,000 characters; its beginning is kept here",
    "too-many-columns": "the line has more than 1,000 columns; its beginning is kept here",
    "field-too-long": "a cell is longer than 100,000 characters; the line's beginning is kept here",
    "quote-not-closed": "a quotation mark is opened and never closed",
    "columns-moved": "headings above this line stand over other columns than those of the table: load that part with a profile of its own",
}
#: What says above a table that its figures are not printed in full.
_ROUNDED = re.compile(
    r"\b(?:in|amounts|figures)\s+(?:in\s+)?(?:thousands|millions|000s|mln|mio|tsd)\b|[(]\s*(?:(?:[$€£¥]|[A-Z]{3})?\s?['’]000s?|000s|(?:[$€£¥]|[A-Z]{3})\s?000|thousands|millions)\s*[)]"
    r"|\bT(?:EUR|USD|CHF|GBP|€)\b|\bin tausend\b|\ben milliers\b|\ben miles de\b|\bтыс\.|\bмлн\b"
    r"|单位\s*[:：]\s*(?:人民币)?(?:千|万|百万|亿)|[(（](?:人民币)?(?:千|万|百万|亿)元[)）]",
    re.IGNORECASE,
)
_TEXTS = (
    ("type_code", "type_code"),
    ("reference_owner", "owner_reference"),
    ("reference_bank", "bank_reference"),
    ("reference_end_to_end", "end_to_end_id"),
    ("reference_uetr", "uetr"),
    ("counterparty_name", "counterparty"),
    ("counterparty_account", "counterparty_account"),
    ("counterparty_bank", "counterparty_agent"),
    ("original_rate", "rate"),
)
_NUMBERED = ("account", "counterparty_account", "reference_owner", "reference_bank")


def _letters(place: int) -> str:
    name, place = "", place + 1
    while place:
        place, rest = divmod(place - 1, 26)
        name = chr(65 + rest) + name
    return name


def currency_code(text: str, mapped: tuple[tuple[str, str], ...]) -> str | None:
    """Return the ISO 4217 code of a printed currency, or None."""
    shown = words(text)
    code = dict(mapped).get(shown) or CURRENCY_NAMES.get(shown) or shown.upper()
    return code if code in EXPONENTS else None


def settle(source: Source, bound: Bound, records: Iterable[Row]) -> Reader:
    """Answer what the whole table tells about itself, and ask a person for the rest.

    Raises: NeedsAnswer for the date order, the decimal mark, the account or the currency.
    """
    rows = [row for row in records if not row.broken]
    profile = bound.profile
    above = " ".join(row.raw[:2_000] for row in bound.preamble()[:HEAD_ROWS])
    if (said := rounded(above, " ; ".join(bound.names))) and source.answers.get("unit", "") != "1":
        raise NeedsAnswer(
            "unit",
            f"{source.exhibit.name} says {said!r} above its lines, and a figure in thousands proves no amount. Is every figure"
            " printed in full all the same (unit=1)? If not, ask the bank for the lines in full.",
            ("1",),
            source.exhibit.name,
        )
    money = ("amount", "debit", "credit", "balance")
    numbers = profile.numbers
    if numbers.decimal in {"ask", "auto"}:
        answer = source.answers.get("decimal", "")
        texts = (bound.cell(row, role) for row in rows for role in money if role in bound.at)
        found = answer if answer in {".", ","} else infer_decimal(texts)
        if not found:
            raise NeedsAnswer(
                "decimal",
                f"Is the decimal mark of {source.exhibit.name} a point or a comma? No amount in it tells.",
                (".", ","),
                source.exhibit.name,
            )
        numbers = replace(numbers, decimal=found, refuses_thousandths=True)
    elif (answer := source.answers.get("decimal", numbers.decimal)) != numbers.decimal:
        raise _differs(source, bound, "decimal", answer, numbers.decimal)
    if "decimal" in source.answers:
        numbers = replace(numbers, refuses_thousandths=False)
    booked, value = _formats(source, bound, rows)
    debits, credits_ = minuses(bound, rows, "debit"), minuses(bound, rows, "credit")
    account = "" if "account" in bound.at else _one(source, bound, "account", profile.account)
    currency = "" if "currency" in bound.at else _file_currency(source, bound)
    _direction(source, bound, rows)
    years = years_of(source, bound, rows, booked)
    return Reader(
        source,
        bound,
        numbers,
        booked,
        value,
        account,
        currency,
        debits == {True},
        bool(bound.sheet.inside and bound.sheet.inside.epoch_1904),
        credits_ == {True} and debits == {False},
        years,
    )


def waits_for_direction(bound: Bound) -> bool:
    """Whether the profile asks which side is money out and the table has no place for a balance that could tell."""
    profile = bound.profile
    has_balances = (profile.balance.opening and profile.balance.closing) or profile.balances.column
    return profile.amount.direction == "ask" and not has_balances and "balance" not in bound.at


def _direction(source: Source, bound: Bound, rows: Sequence[Row]) -> None:
    """Ask which side is money out where neither a sign, nor a balance, nor a heading of the file tells.

    Amounts with a minus are read as printed, and the statement says that nobody answered (`direction-not-answered`).
    Raises: NeedsAnswer.
    """
    amount = bound.profile.amount
    if not waits_for_direction(bound) or not rows or True in minuses(bound, rows, "amount"):
        return
    told = "a figure is money in, none money out"
    if amount.mode == "debit_credit":
        told = f"{bound.names[bound.at['debit']]!r} is money out, {bound.names[bound.at['credit']]!r} money in"
    elif amount.mode == "spend_positive":
        told = "a figure is money out"
    raise NeedsAnswer(
        "direction",
        f"Which lines of {source.exhibit.name} are money out? No balance tells. As the profile reads it, {told} (as_read);"
        " or the other way round (turned).",
        DIRECTIONS,
        source.exhibit.name,
    )


def _differs(source: Source, bound: Bound, key: str, answer: str, stated: str) -> UnreadableExhibit:
    return UnreadableExhibit(
        f"The answer says {key}={excerpt(answer, 40)}, and {bound.profile.name} or {source.exhibit.name} itself says {excerpt(stated, 40)}.",
        where=source.exhibit.name,
        meaning="One of the two is wrong, and every amount rests on it. Nothing of the file is loaded.",
        next_call=f"leave the answer {key}= out, or correct the profile ({bound.profile.where}) where it is wrong",
    )


def minuses(bound: Bound, rows: Sequence[Row], role: str) -> set[bool]:
    """Return whether the amounts of a column have a minus: {True} where all have one, {True, False} where some have."""
    texts = [bound.cell(row, role).strip() for row in rows] if role in bound.at else []
    return {text.startswith(("-", "(", "−")) or text.endswith("-") for text in texts if text.strip(" -0.,")}


def rounded(*texts: str) -> str:
    """Return the words that say, above the lines or in a heading, that figures are in thousands or the like; else ""."""
    return next((found[0] for text in texts if (found := _ROUNDED.search(text[:100_000]))), "")


def _formats(source: Source, bound: Bound, rows: Sequence[Row]) -> tuple[tuple[DayFormat, ...], tuple[DayFormat, ...]]:
    settled = []
    answer = source.answers.get("date_order", "")
    for role, day in (("booked", bound.profile.booked), ("value_date", bound.profile.value)):
        formats: tuple[DayFormat, ...] | None = day.formats
        if role in bound.at and formats:
            if answer in {"dmy", "mdy"} and {"dmy", "mdy"} <= {f.order for f in day.formats}:
                formats = tuple(f for f in day.formats if f.order not in {"dmy", "mdy"} - {answer})
            else:
                both = [bound.cell(row, r) for row in rows for r in ("booked", "value_date") if r in bound.at]
                formats = settle_formats(both, day.formats)
        if formats is None:
            raise NeedsAnswer(
                "date_order",
                f"Does {source.exhibit.name} print the day first or the month first? Its dates do not tell.",
                ("dmy", "mdy"),
                source.exhibit.name,
            )
        settled.append(formats)
    return settled[0], settled[1]


def _one(source: Source, bound: Bound, key: str, scope: Scope) -> str:
    sheet = "" if bound.sheet.form == "text" else bound.sheet.name
    answer = (source.answers.get(f"{key}:{sheet}", "") if sheet else "") or source.answers.get(key, "")
    stated = scope.value or bound.find(scope.preamble)
    found = answer or stated
    if key == "currency" and stated and currency_code(stated, scope.map) != currency_code(found, scope.map):
        raise _differs(source, bound, key, answer, stated)
    if not found and scope.sheet_name:
        found = bound.sheet.name
    if key == "account" and is_shortened(found) and not answer:
        raise NeedsAnswer(
            key,
            f"{source.exhibit.name} prints the account as {excerpt(found)!r}: a spreadsheet shortened the number. Which is it?",
            (),
            source.exhibit.name,
            "THE-ACCOUNT-NUMBER",
        )
    if not found:
        raise NeedsAnswer(
            key,
            f"Which {key} is {source.exhibit.name} about? The file does not say so where {bound.profile.name} looks."
            + (f" ({key}:{sheet}=… answers for the sheet {excerpt(sheet, 40)!r} alone)" if sheet else ""),
            (),
            source.exhibit.name,
            "USD" if key == "currency" else "THE-ACCOUNT-NUMBER",
        )
    return found


def _file_currency(source: Source, bound: Bound) -> str:
    shown = _one(source, bound, "currency", bound.profile.currency)
    code = currency_code(shown, bound.profile.currency.map)
    if code is None:
        raise UnreadableExhibit(
            f"{excerpt(shown)!r} is not a currency of ISO 4217.",
            where=source.exhibit.name,
            meaning="Without the currency no amount has a size. Nothing of the file is loaded.",
            next_call=f"tracer load {source.exhibit.name} --answer currency=USD, or map the word in the profile",
        )
    return code

"""Bank statements as 1C:Enterprise exchanges them with a client's bank program (`1CClientBankExchange`, `kl_to_1c.txt`).

Source:  1C, "Standard of exchange with client-bank systems", formats 1.01 to 1.03: header, sections of balances
         (СекцияРасчСчет), documents (СекцияДокумент).
Record:  one document on one account that the file states: paid (ПлательщикСчет, on ДатаСписано) or received
         (ПолучательСчет, on ДатаПоступило). One between two such accounts is a line of both. A document without that day is an
         order that nothing says was carried out, and is set aside; a file of such orders alone is no statement.
Amounts: major units with a decimal point, without a sign; held as signed minor units. A comma or a dash before the kopecks
         (1234-56, as payment orders are written) is read and marked.
Dates:   the bank's calendar days, dd.mm.yyyy.
Currency: digits 6 to 8 of an account of 20 digits (Bank of Russia 579-P: 810 and 643 are the rouble); of others it is asked.
Order:   none is promised: banks print payments before receipts, or by number. Lines go by their days, and those of one day are
         in no order (tracer/model/order.py).
Control: НачальныйОстаток, КонечныйОстаток, ВсегоПоступило and ВсегоСписано of each section.
Charset: the one of UTF-8, cp1251 and cp866 in which the keys are words, whatever Кодировка says.
Cut:     what a file without КонецФайла ends in (a document, a section of balances) may be cut short: it is set aside.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from tracer.ingest.accounts import account_key
from tracer.ingest.fin import FIELD_CAP
from tracer.ingest.reconcile import LEFTOVERS
from tracer.ingest.registry import NeedsAnswer, connector
from tracer.ingest.source import Source
from tracer.model import EXPONENTS, Posting, Reject, Statement, UnreadableExhibit, excerpt, fact_id, minor_units
from tracer.model.order import UNORDERED

_FIRST = "1CClientBankExchange"
_WORDS = ("ВерсияФормата", "СекцияДокумент", "СекцияРасчСчет", "КонецФайла")
_CHARSETS = {"windows": "cp1251", "dos": "cp866", "utf-8": "utf-8"}
_KEY = re.compile(r"[ \t]*([А-Яа-яЁёA-Za-z][А-Яа-яЁёA-Za-z0-9]{0,59})[ \t]*=(.*)")
_AMOUNT = re.compile(r"([0-9]{1,15})(?:([.,-])([0-9]{1,6}))?")
_DAY = re.compile(r"([0-9]{2})\.([0-9]{2})\.([0-9]{4})")
_TAX_NUMBER = re.compile(r"\s*ИНН[ :]*[0-9]{5,12}[ ,;]*")
#: ISO 4217 numeric codes of currencies in which accounts in Russia are kept; 810 is the rouble before 1998, still in account numbers.
_NUMERIC = {
    "810": "RUB", "643": "RUB", "840": "USD", "978": "EUR", "826": "GBP", "756": "CHF", "392": "JPY", "156": "CNY", "344": "HKD",
    "784": "AED", "949": "TRY", "356": "INR", "398": "KZT", "933": "BYN", "051": "AMD", "944": "AZN", "417": "KGS", "972": "TJS",
    "860": "UZS", "752": "SEK", "578": "NOK", "208": "DKK", "124": "CAD", "036": "AUD", "702": "SGD", "985": "PLN", "203": "CZK",
}  # fmt: skip
#: Side -> (how its keys begin, the key of its day, how the keys of the other side begin, sign).
_SIDES = (("Плательщик", "ДатаСписано", "Получатель", -1), ("Получатель", "ДатаПоступило", "Плательщик", 1))
_OF_HEADER = frozenset(
    {"Кодировка", "РасчСчет", "ДатаНачала", "ДатаКонца"}
)  # taken apart from the other keys above the sections
_PURPOSE = "НазначениеПлатежа"


def claims(source: Source) -> bool:
    """Whether the text begins with the word by which every such file is known."""
    return source.head_text().lstrip("\ufeff \t\r\n").startswith(_FIRST)


def count(source: Source) -> int:
    """Count documents, and those twice that are on two accounts of the file, by regular expressions over the text."""
    text = _text(source)[0].replace("\r\n", "\n").replace("\r", "\n")
    head, *documents = re.split(r"(?m)^[ \t]*СекцияДокумент[ \t]*=", text)
    outside = head + "".join(re.split(r"(?m)^[ \t]*КонецДокумента", one, maxsplit=1)[-1] for one in documents)
    own = set(re.findall(r"(?m)^[ \t]*РасчСчет[ \t]*=[ \t]*(\S+)", outside))
    found = 0
    for one in documents:
        body = re.split(r"(?m)^[ \t]*КонецДокумента", one, maxsplit=1)[0]
        sides = 0
        for side, day, _, _ in _SIDES:
            numbers = re.findall(rf"(?m)^[ \t]*{side}(?:Расч)?[Сс]чет[ \t]*=[ \t]*(\S+)", body)
            sides += bool(own.intersection(numbers)) and bool(re.search(rf"(?m)^[ \t]*{day}[ \t]*=[ \t]*[^\s]", body))
        found += max(1, sides)
    return found


def _text(source: Source) -> tuple[str, str]:
    """Return (text, charset). Raises: UnreadableExhibit where the keys are words under none."""
    if "encoding" in source.answers or source.head[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\x00" in source.head[:100]:
        return source.text()
    data = source.data()
    for charset in ("utf-8-sig", "cp1251", "cp866"):
        try:
            text = data.decode(charset)
        except UnicodeDecodeError:
            continue
        if any(word in text for word in _WORDS):
            return text, charset.removesuffix("-sig")
    raise UnreadableExhibit(
        f"{excerpt(source.exhibit.name)} begins as an exchange file of 1C, and its keys are words under no charset of the standard.",
        where=source.exhibit.name,
        meaning="It is cut behind its first line, or damaged. It is kept as an exhibit; nothing of it is loaded.",
        next_call=f"tracer load {source.exhibit.name} --answer encoding=NAME   (or ask for the file again)",
    )


# --- the text ---------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Section:
    """A section, or the header. `rows`: (key, value) as printed, without those that are empty; `closed`: an end stands below."""

    kind: str
    line: int
    title: str = ""
    rows: list[tuple[str, str]] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)
    closed: bool = False

    def get(self, *keys: str) -> str:
        return next((value for wanted in keys for key, value in self.rows if key == wanted), "")

    def every(self, *keys: str) -> list[str]:
        return [value for key, value in self.rows if key in keys]

    @property
    def printed(self) -> str:
        return "\n".join(self.raw)[:FIELD_CAP]

    def take(self, key: str, value: str) -> None:
        if value:
            self.rows.append((key, value))

    def go_on(self, text: str) -> None:
        """A line without a key continues the value above it: banks break a purpose where their screen does."""
        if text and self.rows:
            key, value = self.rows[-1]
            self.rows[-1] = key, f"{value}\n{text}"


@dataclass(slots=True)
class _File:
    """The header, the sections of balances, the documents; `ended`: КонецФайла stands at its end."""

    header: _Section = field(default_factory=lambda: _Section("", 1))
    accounts: list[_Section] = field(default_factory=list)
    documents: list[_Section] = field(default_factory=list)
    loose: list[tuple[int, str]] = field(default_factory=list)
    ended: bool = False


def _parsed(text: str) -> _File:
    file = _File()
    section = file.header
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        shown = line.strip(" \t\ufeff\x1a\x00")
        found = _KEY.fullmatch(shown)
        word = (found[1] if found else shown).casefold()
        if word in {"секциярасчсчет", "секциядокумент"}:
            section = _Section(word, number, found[2].strip() if found else "")
            (file.accounts if word == "секциярасчсчет" else file.documents).append(section)
        elif word in {"конецрасчсчет", "конецдокумента"} and not found:
            section.closed, section = True, _Section("between", number)
        elif word == "конецфайла" and not found:
            file.ended = True
        elif section.kind == "between" and shown:
            file.loose.append((number, shown))
        elif found:
            section.take(found[1], found[2].strip())
        elif number > 1:
            section.go_on(shown)
        section.raw.append(line)
    return file


# --- figures ----------------------------------------------------------------------------------------------------


class _Unreadable(ValueError):
    """A document cannot be a line of the account; `code` names why."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code


def _figure(printed: str, currency: str) -> tuple[int, tuple[str, ...]]:
    """Return (minor units, marks). Raises: _Unreadable."""
    found = _AMOUNT.fullmatch(printed)
    if found is None:
        if printed.startswith("-") and _AMOUNT.fullmatch(printed[1:]):
            raise _Unreadable("sign-contradicts", f"{printed[:40]!r} has a sign, and a document is signed by its side")
        raise _Unreadable("amount-unreadable", f"{printed[:40]!r} is not an amount in major units with a decimal point")
    whole, mark, rest = found.groups()
    if mark in {",", "-"} and len(rest) != EXPONENTS[currency]:
        raise _Unreadable("amount-unreadable", f"{printed[:40]!r} may be read in two ways")
    try:
        value = minor_units(f"{whole}.{rest or 0}", currency)
    except ValueError as error:
        raise _Unreadable("amount-unreadable", str(error)) from None
    return value, ((f"amount departs from the standard: {printed}",) if mark in {",", "-"} else ())


def _day(printed: str) -> tuple[date | None, tuple[str, ...]]:
    if not printed:
        return None, ()
    found = _DAY.fullmatch(printed)
    if found is None:
        return None, (f"date-unreadable:{excerpt(printed, 40)}",)
    try:
        return date(int(found[3]), int(found[2]), int(found[1])), ()
    except ValueError:
        return None, (f"date-does-not-exist:{printed}",)


# --- accounts and their sections --------------------------------------------------------------------------------


@dataclass(slots=True)
class _Account:
    """One section of balances, or an account that only the header names (`section` is then the header)."""

    number: str
    currency: str
    section: _Section
    locator: str
    first: date | None
    last: date | None
    postings: list[Posting] = field(default_factory=list)
    owner: str = ""
    servicer: str = ""

    def holds(self, on: date | None) -> bool:
        return on is not None and self.first is not None and self.last is not None and self.first <= on <= self.last


def _currency(source: Source, number: str) -> str:
    """Raises: NeedsAnswer where the number does not say it; UnreadableExhibit where an answer contradicts it."""
    told = _NUMERIC.get(number[5:8], "") if re.fullmatch("[0-9]{20}", number) else ""
    answer = source.answers.get("currency", "").upper()
    if answer and answer not in EXPONENTS:
        answer = ""
    if told and answer not in {"", told}:
        raise UnreadableExhibit(
            f"The currency is answered as {answer}, and account {excerpt(number, 40)} is in {told} by its digits 6 to 8.",
            where=source.exhibit.name,
            meaning="One of the two is wrong. Nothing of the file is loaded.",
            next_call="leave the answer currency= out",
        )
    if not told and not answer:
        raise NeedsAnswer(
            "currency",
            f"In which currency is account {excerpt(number, 40)} of {excerpt(source.exhibit.name)}? Its number does not say, and the format prints none.",
            (),
            source.exhibit.name,
            "RUB",
        )
    return told or answer


def _accounts(source: Source, file: _File) -> list[_Account]:
    made = []
    listed = list(dict.fromkeys(file.header.every("РасчСчет")))
    for section in file.accounts:
        if not section.closed and section is file.accounts[-1] and not (file.ended or file.documents):
            section.rows = section.rows[:-1]  # what the file ends in may be cut
        if number := section.get("РасчСчет") or (listed[0] if len(listed) == 1 else ""):
            first, last = (_day(section.get(key))[0] for key in ("ДатаНачала", "ДатаКонца"))
            made.append(
                _Account(number, _currency(source, number), section, f"line={section.line}", first, last or first)
            )
    held = {one.number for one in made}
    first, last = (_day(file.header.get(key))[0] for key in ("ДатаНачала", "ДатаКонца"))
    for place, number in enumerate(listed, 1):
        if number not in held:
            made.append(
                _Account(number, _currency(source, number), file.header, f"header/account={place}", first, last)
            )
    return made


def _owned(document: _Section, side: str, accounts: Sequence[_Account]) -> list[_Account]:
    numbers = document.every(f"{side}Счет", f"{side}РасчСчет")
    return [one for one in accounts if one.number in numbers]


# --- documents --------------------------------------------------------------------------------------------------


def _documents(source: Source, file: _File, accounts: Sequence[_Account]) -> Iterator[Reject]:
    """Put each document on its accounts; yield what is set aside."""
    for document in file.documents:
        sides = [
            (side, on, mine)
            for side, on, *_ in _SIDES
            if (mine := _owned(document, side, accounts)) and document.get(on)
        ]
        if not sides:
            yield _aside(source, document, "", _idle(document, accounts))
        is_cut = not document.closed and document is file.documents[-1] and not file.ended
        for side, on, mine in sides:
            if is_cut:
                why = "the file ends within the document: a figure of it may be cut"
                yield _aside(source, document, side, _Unreadable("document-cut", why))
                continue
            try:
                _line(source, document, side, on, mine)
            except _Unreadable as error:
                yield _aside(source, document, side, error)


def _idle(document: _Section, accounts: Sequence[_Account]) -> _Unreadable:
    if any(_owned(document, side, accounts) for side, *_ in _SIDES):
        return _Unreadable(
            "not-carried-out",
            "neither ДатаСписано nor ДатаПоступило of its account is printed: nothing says that the order was carried out",
        )
    return _Unreadable("account-not-stated", "neither of its accounts is one of which the file is a statement")


def _aside(source: Source, document: _Section, side: str, error: _Unreadable) -> Reject:
    place = f"line={document.line}" + (f"/{_ENGLISH[side]}" if side else "")
    return Reject(source.cite(place), document.printed, "СекцияДокумент", error.code, f"{error}.")


_ENGLISH = {"Плательщик": "payer", "Получатель": "payee"}


def _line(source: Source, document: _Section, side: str, on: str, mine: Sequence[_Account]) -> None:
    """Put a document on the section of its account in whose days it lies. Raises: _Unreadable."""
    other, sign = next((other, sign) for one, _, other, sign in _SIDES if one == side)
    booked, marks = _day(document.get(on))
    # Banks print one section a day, or one for all days; a day outside all of them is told by the dates of the statement.
    account = next((one for one in mine if one.holds(booked)), mine[-1])
    printed = set(document.every("Сумма"))
    if len(printed) != 1:
        shown = " and ".join(map(repr, sorted(printed)))
        raise _Unreadable("amount-missing" if not printed else "amount-twice", f"Сумма is {shown or 'not printed'}")
    amount, more = _figure(printed.pop(), account.currency)
    keys = [key for key, _ in document.rows]
    marks += more + tuple(f"{key} is repeated: the first is read" for key in dict.fromkeys(keys) if keys.count(key) > 1)
    account.owner = account.owner or _name(document, side)
    account.servicer = account.servicer or document.get(f"{side}БИК")
    bank = filter(None, (document.get(f"{other}БИК"), document.get(f"{other}Банк1")))
    account.postings.append(
        Posting(
            cite=source.cite(f"line={document.line}/{_ENGLISH[side]}"),
            account=account.number,
            currency=account.currency,
            amount=sign * amount,
            line=len(account.postings) + 1,
            statement=fact_id("statement", source.cite(account.locator)),
            account_key=account_key(account.number),
            booked=booked,
            amount_printed=document.get("Сумма"),
            type_code=document.title,
            owner_reference=document.get("Номер"),
            counterparty=_name(document, other),
            counterparty_account=document.get(f"{other}Счет", f"{other}РасчСчет"),
            counterparty_agent=" ".join(bank),
            details=_details(document, side, other, on, account.number)[:FIELD_CAP],
            marks=marks,
        )
    )


def _details(document: _Section, side: str, other: str, on: str, number: str) -> str:
    """Return the purpose, and every key that stands nowhere else in the posting."""
    whole = " ".join(document.every(_PURPOSE))
    parts = " ".join(document.every(*(f"{_PURPOSE}{n}" for n in range(1, 7))))
    # The standard prints a purpose whole, or in parts, or both.
    said = [whole, parts] if re.sub(r"\W", "", parts) not in re.sub(r"\W", "", whole) else [whole]
    taken = {"Номер", "Сумма", on, f"{side}БИК", *(f"{other}{key}" for key in ("1", "Счет", "БИК", "Банк1"))}
    same = {number, *(_name(document, one) for one in (side, other))}
    for key, value in document.rows:
        if (
            key not in taken
            and not key.startswith(_PURPOSE)
            and _TAX_NUMBER.sub("", value, count=1).strip() not in same
        ):
            said.append(f"{key}={value}")
    return " | ".join(filter(None, said))


def _name(document: _Section, side: str) -> str:
    """Return the name of a party: of its own field, else what stands behind the tax number."""
    return document.get(f"{side}1") or _TAX_NUMBER.sub("", document.get(side), count=1).strip()


def _statement(source: Source, account: _Account, marks: Sequence[str]) -> Statement:
    section, told = account.section, list(marks)
    figures: dict[str, int | None] = {}
    is_section = section.kind != ""
    for key in ("НачальныйОстаток", "КонечныйОстаток", "ВсегоПоступило", "ВсегоСписано"):
        printed = section.get(key) if is_section else ""
        sign = -1 if printed.startswith("-") and key.endswith("Остаток") else 1
        try:
            value, more = _figure(printed[1:] if sign < 0 else printed, account.currency) if printed else (None, ())
        except _Unreadable as error:
            value, more = None, (f"{error.code}:{key}:{excerpt(printed, 40)}",)
        figures[key] = None if value is None else sign * value
        told += more
    opening, closing, credits_, debits = figures.values()
    return Statement(
        cite=source.cite(account.locator),
        account=account.number,
        currency=account.currency,
        account_key=account_key(account.number),
        servicer=account.servicer,
        owner=account.owner,
        opening=opening,
        opening_date=account.first,
        closing=closing,
        closing_date=account.last,
        period_from=account.first,
        period_to=account.last,
        count=len(account.postings),
        total_credit=credits_,
        total_debit=debits,
        marks=tuple(told),
    )


def read(source: Source) -> Iterator[Posting | Statement | Reject]:
    """Yield each statement with its lines in printed order, and what is set aside.

    Raises: UnreadableExhibit for a file of orders; NeedsAnswer where a number does not tell its currency.
    """
    text, charset = _text(source)
    file = _parsed(text)
    accounts = _accounts(source, file)
    rejects = list(_documents(source, file, accounts))
    is_stated = bool(file.accounts) or any(one.postings for one in accounts)
    if not is_stated:
        raise UnreadableExhibit(
            f"{excerpt(source.exhibit.name)} is a list of {len(file.documents)} orders to a bank, not a statement: it has no section of balances (СекцияРасчСчет), and no document says that it was carried out.",
            where=source.exhibit.name,
            meaning="An order is no movement of money. The file is kept as an exhibit; nothing of it is loaded.",
            next_call="ask the bank for the statement of the account (выписка) in the same format, and take that in as well",
        )
    declared = file.header.get("Кодировка")
    marks = [] if _CHARSETS.get(declared.casefold()) == charset else [f"declared charset {declared}, read as {charset}"]
    marks += [] if file.ended else ["the file ends before КонецФайла"]
    marks += [f"field {key}: {value}" for key, value in file.header.rows if key not in _OF_HEADER]
    marks += [f"{LEFTOVERS}:line {number}: {line[:FIELD_CAP]}" for number, line in file.loose]
    if any(not section.get("РасчСчет") for section in file.accounts):
        marks.append("no account is printed")
    for account in accounts:
        if account.section.kind or account.postings:
            yield _statement(source, account, [*marks, UNORDERED] if len(account.postings) > 1 else marks)
            yield from account.postings
    yield from rejects


CONNECTOR = connector(
    "onec",
    title="bank statement of the 1C exchange format (1CClientBankExchange)",
    claims=claims,
    count=count,
)(read)

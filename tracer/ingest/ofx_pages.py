"""OFX text as records and statements: the tags of SGML 1.x and XML 2.x, and what stands in which.

Source: Open Financial Exchange 1.6 and 2.3, section 2.3 (tags, references) and the aggregates of chapters 11 and 13.
One tokenizer for both forms: end tags of values may be missing, `&` may stand bare, `<` before a space is text. Nothing is
interpreted here: every value stands under its path as printed, and what stands nowhere is `loose`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from tracer.ingest.reconcile import LEFTOVERS
from tracer.model import excerpt

__all__ = [
    "ASIDE",
    "CLOSERS",
    "LINES",
    "OF_STATEMENT",
    "RECORDS",
    "TAKEN",
    "OfxFile",
    "OfxPage",
    "OfxRecord",
    "read_pages",
    "told_value",
]

LINES = frozenset({"STMTTRN", "STMTTRNP"})
_SECURITY = "It moves securities, and what it moves in cash is not a line of a cash account: ask for the cash account's statement."
_ORDER = "It orders or reports a payment; what was booked is in the statement of the account."
#: Records that are no cash posting, with the code and the reason of their Reject.
ASIDE: dict[str, tuple[str, str]] = {
    **dict.fromkeys(
        (
            "BUYDEBT", "BUYMF", "BUYOPT", "BUYOTHER", "BUYSTOCK", "SELLDEBT", "SELLMF", "SELLOPT", "SELLOTHER", "SELLSTOCK",
            "CLOSUREOPT", "INCOME", "INVEXPENSE", "JRNLFUND", "JRNLSEC", "MARGININTEREST", "REINVEST", "RETOFCAP", "SPLIT",
            "TRANSFER",
        ),
        ("investment", _SECURITY),
    ),
    **dict.fromkeys(("INTRARS", "INTERRS", "WIRERS", "PMTRS", "RECINTRARS", "RECINTERRS", "RECPMTRS"), ("payment-order", _ORDER)),
    "LOANSTMTTRN": ("loan", "It is a line of a loan, split into principal and interest: ask for the statement of the account that paid."),
    "CLOSING": ("closing-statement", "A closing statement repeats totals of a period; it prints no line of its own."),
}  # fmt: skip
RECORDS = LINES | set(ASIDE)
_STATEMENTS = frozenset({"STMTRS", "CCSTMTRS", "INVSTMTRS"})
_ACCOUNTS = frozenset({"BANKACCTFROM", "CCACCTFROM", "INVACCTFROM"})
#: Aggregates whose values are told apart, and which values they may hold; any other value ends them.
_INSIDE: dict[str, frozenset[str]] = {
    "PAYEE": frozenset({"NAME", "ADDR1", "ADDR2", "ADDR3", "CITY", "STATE", "POSTALCODE", "COUNTRY", "PHONE"}),
    **dict.fromkeys(("BANKACCTTO", *_ACCOUNTS), frozenset({"BANKID", "BRANCHID", "ACCTID", "ACCTTYPE", "ACCTKEY", "BROKERID"})),
    "CCACCTTO": frozenset({"ACCTID", "ACCTKEY"}),
    **dict.fromkeys(("CURRENCY", "ORIGCURRENCY"), frozenset({"CURRATE", "CURSYM"})),
    **dict.fromkeys(("LEDGERBAL", "AVAILBAL"), frozenset({"BALAMT", "DTASOF"})),
    "STATUS": frozenset({"CODE", "SEVERITY", "MESSAGE"}),
}  # fmt: skip
_IN_RECORD = frozenset({"PAYEE", "BANKACCTTO", "CCACCTTO", "CURRENCY", "ORIGCURRENCY"})
#: What begins or ends between the records of a statement: a record that is open here was not closed.
_SECTIONS = _STATEMENTS | _ACCOUNTS | {"BANKTRANLIST", "BANKTRANLISTP", "INVTRANLIST", "INVBANKTRAN", "LEDGERBAL", "AVAILBAL",
    "BALLIST", "INVBAL", "INVPOSLIST", "INVOOLIST", "STMTTRNRS", "CCSTMTTRNRS", "INVSTMTTRNRS", "OFX",
    "INV401K", "INV401KBAL", "YEARTODATE", "INCEPTODATE", "PERIODTODATE"}  # fmt: skip
#: Sections of a statement whose values are told with its name: none of them is the period, or the balance, of the lines.
_APART = frozenset({"BALLIST", "INVBAL", "INV401K", "INV401KBAL", "YEARTODATE", "INCEPTODATE", "PERIODTODATE"})
_KNOWN = RECORDS | _SECTIONS | set(_INSIDE)
_ONCE = ("TRNAMT", "DTPOSTED", "DTTRAN", "FITID", "TRNTYPE")
_LISTS = frozenset({"BANKTRANLIST", "BANKTRANLISTP", "INVTRANLIST", "INVBANKTRAN"})
OF_STATEMENT = frozenset({
    "CURDEF", "ACCTID", "BANKID", "BROKERID", "DTSTART", "DTEND", "LEDGERBAL/BALAMT", "LEDGERBAL/DTASOF",
})  # fmt: skip
TAKEN = frozenset({
    "TRNTYPE", "TRNAMT", "CHECKNUM", "REFNUM", "NAME", "MEMO", "PAYEE/NAME", "CURRENCY/CURSYM", "CURRENCY/CURRATE",
    "ORIGCURRENCY/CURSYM", "ORIGCURRENCY/CURRATE",
})  # fmt: skip
_TAG = re.compile(
    r"<(/?)(?:[A-Za-z][\w-]{0,40}:)?([A-Za-z][A-Za-z0-9_.-]{0,63})(?:\s[^<>]{0,500})?(/?)>|<!--|<!\[CDATA\[|<\?"
)
CLOSERS = {"<!--": "-->", "<![CDATA[": "]]>", "<?": "?>"}
_ENDS = re.compile(r"</(?:[A-Za-z][\w-]{0,40}:)?(?:STMTTRNP?|TRNAMT)\s{0,9}>", re.IGNORECASE)
_ENTITY = re.compile(r"&(amp|lt|gt|quot|apos|nbsp|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'", "nbsp": " "}


def told_value(path: str, value: str) -> str:
    """Return the mark of a value that no field of a statement takes."""
    return f"field {re.sub('[^A-Z0-9]+', '_', path)}: {excerpt(value)}"


# --- the tokenizer ----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Token:
    """`kind` open, close or empty; `value` is the text up to the next tag, references resolved. `at`, `end` are offsets.

    `is_last`: the text ends behind the value, in the middle of a line: what is printed may be the beginning of it.
    """

    kind: Literal["open", "close", "empty"]
    name: str
    value: str
    at: int
    end: int
    is_last: bool = False


def _tokens(text: str) -> Iterator[_Token]:
    """Yield every tag with the text behind it. Comments are left out; CDATA is text; an unclosed one is text, too."""
    held: tuple[Literal["open", "close", "empty"], str, int, int] | None = None
    pieces: list[str] = []
    at = 0
    gone: set[str] = set()
    for mark in _TAG.finditer(text):
        if mark.start() < at:
            continue
        name = mark[2]
        if name is None:
            closer = CLOSERS[mark[0]]
            end = -1 if closer in gone else text.find(closer, mark.end())
            if end < 0:
                gone.add(closer)
                continue
            pieces.append(_resolved(text[at : mark.start()]))
            if mark[0] == "<![CDATA[":
                pieces.append(text[mark.end() : end])
            at = end + len(closer)
            continue
        if held is not None:
            yield _Token(held[0], held[1], _joined(pieces, text, at, mark.start()), held[2], held[3])
        pieces = []
        at = mark.end()
        held = ("close" if mark[1] else "empty" if mark[3] else "open", name.upper(), mark.start(), mark.end())
    if held is not None:
        is_last = text[-1:] not in "\r\n"
        yield _Token(held[0], held[1], _joined(pieces, text, at, len(text)), held[2], held[3], is_last)


def _joined(pieces: list[str], text: str, at: int, end: int) -> str:
    rest = _resolved(text[at:end])
    return ("".join((*pieces, rest)) if pieces else rest).strip()


def _resolved(text: str) -> str:
    return _ENTITY.sub(_character, text) if "&" in text else text


def _character(found: re.Match[str]) -> str:
    name = found[1]
    if name[0] != "#":
        return _NAMED[name]
    number = int(name[2:] if name[1] in "xX" else name[1:], 16 if name[1] in "xX" else 10)
    is_text = 32 <= number < 0xD800 or 0xE000 <= number < 0x110000
    return chr(number) if is_text or number in {9, 10, 13} else found[0]


# --- records and statements -------------------------------------------------------------------------------------


@dataclass(slots=True)
class OfxRecord:
    """One record: its values as printed, by path, in printed order."""

    name: str
    number: int
    line: int
    at: int
    end: int = 0
    closed: bool = False
    section: str = ""
    values: list[tuple[str, str]] = field(default_factory=list)

    @property
    def locator(self) -> str:
        return f"record={self.number}/line={self.line}"

    def get(self, *names: str) -> str:
        for name in names:
            for path, value in self.values:
                if path == name and value:
                    return value
        return ""

    def twice(self) -> str:
        if len(dict(self.values)) == len(self.values):
            return ""
        held = Counter(path for path, _ in self.values)
        return next((name for name in _ONCE if held[name] > 1), "")


@dataclass(slots=True)
class OfxPage:
    """One statement as printed: the account's values, the balances', the records."""

    number: int
    line: int
    kind: str
    values: dict[str, str] = field(default_factory=dict)
    records: list[OfxRecord] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)

    @property
    def locator(self) -> str:
        return f"statement={self.number}/line={self.line}"

    def get(self, *names: str) -> str:
        return next((self.values[name] for name in names if self.values.get(name)), "")


@dataclass(slots=True)
class OfxFile:
    """What a file holds; `loose` is text that stands where none should: (line, path, text). `marks` hold for every page."""

    pages: list[OfxPage] = field(default_factory=list)
    loose: list[tuple[int, str, str]] = field(default_factory=list)
    signed_on: list[str] = field(default_factory=list)
    ended: bool = False
    marks: list[str] = field(default_factory=list)


class _Assembly:
    """Puts tokens together. Which record, which statement and which aggregate is open is all that has to be known."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.file = OfxFile()
        self.page: OfxPage | None = None
        self.record: OfxRecord | None = None
        self.inside = ""
        self.section = ""
        self.numbers = 0
        self.line, self.counted = 1, 0
        self.pending: dict[str, str] = {}
        self.is_listing = False  # inside ACCTINFORS: a list of accounts, no statement
        self.never_ends = _ENDS.search(text) is None  # some banks print no end tag below their lists

    def run(self) -> OfxFile:
        for token in _tokens(self.text):
            self.line += self.text.count("\n", self.counted, token.at)
            self.counted = token.at
            if self.record is not None and self.record.name in ASIDE:
                self._aside(token)
            elif token.kind == "close":
                self._close(token)
            else:
                self._open(token)
        if self.record is not None:
            self.record.end = len(self.text)  # the text ends in it: nobody knows whether it is whole
        return self.file

    def _aside(self, token: _Token) -> None:
        """Inside a record that is set aside nothing is read; it ends at its own end tag, a record or a statement."""
        assert self.record is not None
        if token.kind == "close" and token.name == self.record.name:
            self._end(token)
        elif token.name in RECORDS | _STATEMENTS | {"INVTRANLIST", "BANKTRANLIST", "OFX"}:
            if token.kind == "close":
                self._close(token)
            else:
                self._open(token)

    def _end(self, token: _Token) -> None:
        """Close the open record at its own end tag."""
        assert self.record is not None
        self.record.closed = True
        self._leave(token.end)
        self._stray(token)

    def _leave(self, at: int) -> None:
        if self.record is not None:
            self.record.end = at
            if self.never_ends and self.record.name in LINES and not self.record.closed:
                self.record.closed = True
                self.file.marks = ["no record of the file has an end tag: each is taken to end where the next begins"]
        self.record, self.inside = None, ""

    def _stray(self, token: _Token) -> None:
        if token.value:
            self.file.loose.append((self.line, f"after {token.name}", token.value))

    def _close(self, token: _Token) -> None:
        name = token.name
        if self.record is not None and name == self.record.name:
            self._end(token)
            return
        if name == "ACCTINFORS":
            self.is_listing = False
        if name in _SECTIONS or name in RECORDS:
            self._leave(token.at)
            self.section = ""
            if name in _STATEMENTS:
                self.page = None
            elif name == "OFX":
                self.page, self.file.ended = None, True
        if name in _INSIDE:
            self.inside = ""
        self._stray(token)

    def _open(self, token: _Token) -> None:
        name = token.name
        if name in RECORDS:
            self._begin(token)
            return
        if name in _SECTIONS:
            self._leave(token.at)
            self.section = name
            if name in _STATEMENTS:
                self.page, self.is_listing = self._new_page(name), False
            elif (
                name in _ACCOUNTS
                and not self.is_listing
                and (self.page is None or self.page.get("ACCTID") or self.page.records)
            ):
                is_implied = self.page is not None or self.file.pages
                self.page = self._new_page("STMTRS")
                if is_implied:
                    self.page.marks.append(f"account taken from {name} without a statement around it")
        if name in _INSIDE:
            is_foreign = self.record is not None and name not in _IN_RECORD
            self.inside = "" if is_foreign else name
            if token.value:
                self._stray(token)
        elif name in _KNOWN:
            self.inside = ""
            self._stray(token)
        elif token.value and token.is_last and self.record is None:
            self.file.loose.append((self.line, name, f"{token.value}: the file ends in this value, which may be cut"))
        elif token.value:
            self._value(token)
        elif name == "ACCTINFORS":
            self.is_listing = True

    def _begin(self, token: _Token) -> None:
        self._leave(token.at)
        if self.page is None and token.name in LINES:
            self.page = self._new_page("STMTRS")
        self.numbers += 1
        record = OfxRecord(token.name, self.numbers, self.line, token.at, token.end, section=self.section)
        page = self.page or self._outside()
        page.records.append(record)
        if token.kind == "empty":
            record.closed = True
            self._stray(token)
            return
        self.record = record
        if token.value:
            self._stray(token)

    def _outside(self) -> OfxPage:
        """Return where records outside of every statement are kept: a page that no statement is made of."""
        if not self.file.pages or self.file.pages[-1].kind != "":
            self.file.pages.append(OfxPage(0, self.line, ""))
        return self.file.pages[-1]

    def _new_page(self, kind: str) -> OfxPage:
        number = sum(page.kind != "" for page in self.file.pages) + 1
        page = OfxPage(number, self.line, kind)
        if "CURDEF" in self.pending:
            page.values["CURDEF"] = self.pending.pop("CURDEF")
        self.file.pages.append(page)
        return page

    def _value(self, token: _Token) -> None:
        name, value = token.name, token.value
        if self.inside and name not in _INSIDE[self.inside]:
            self.inside = ""
        path = f"{self.inside}/{name}" if self.inside else name
        if self.inside == "STATUS":
            if name == "SEVERITY" and value.upper() != "INFO":
                self.file.loose.append((self.line, "STATUS", f"the server answered {value}"))
            return
        if self.record is not None:
            self.record.values.append((path, value))
        elif name == "SUBACCTFUND" and self.page is not None and self.page.records:
            self.page.records[-1].values.append((name, value))
        elif self.page is None:
            if name == "CURDEF":
                self.pending["CURDEF"] = value
            elif name in TAKEN or name in _ONCE:
                self.file.loose.append((self.line, name, value))
            elif name in {"ORG", "FID", "INTU.BID"}:
                self.file.signed_on.append(f"{name} {value}")
        else:
            self._of_statement(self.page, path, value)

    def _of_statement(self, page: OfxPage, path: str, value: str) -> None:
        aggregate, _, name = path.rpartition("/")
        if name in _ONCE or (name in TAKEN and self.section in _LISTS):
            self.file.loose.append((self.line, path, value))  # the value of a line whose record was not read as one
            return
        if aggregate in _ACCOUNTS:
            path = name
        if self.section in {"INVPOSLIST", "INVOOLIST"}:
            if name == "UNIQUEID":
                page.marks.append(f"{LEFTOVERS} {self.section}: {value}")
        elif self.section in _APART:
            page.marks.append(told_value(f"{self.section}/{name}", value))
        elif page.values.setdefault(path, value) != value:
            is_figure = path in OF_STATEMENT
            page.marks.append(
                f"{path} stands twice: {excerpt(page.values[path], 60)} and {excerpt(value, 60)}"
                if is_figure
                else told_value(path, value)
            )


def read_pages(text: str) -> OfxFile:
    """Return what the text of a file holds. Never raises: what stands nowhere is `loose`, what is not closed is marked so."""
    return _Assembly(text).run()

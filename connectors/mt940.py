"""SWIFT statements: MT940, MT941, MT942 and MT950.

Source:  SWIFT Standards MT, category 9; formats.md 3.1 and 3.2.
Record:  one field 61, which is one Posting or one Reject; a message of another type in the same file is one Reject.
Pages:   60M and 62M are page breaks. Pages of one account and one 28C number become one Statement; a new 20, 25, 28C or 60F
         is a new statement, and two are never merged.
Amounts: the sign is the account's: C +, D -, RC (reversal of a credit) -, RD +; EC and ED are expected, not booked.
Dates:   the bank's days. A day that does not exist is empty and marked; the line stays.
Unread:  64 and 65 (available balances), 21, 13D beyond its day, 34F beyond its currency: in the exhibit only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

from tracer.ingest.accounts import account_key, bic_before, iban_of, present
from tracer.ingest.charset import utf16
from tracer.ingest.draft import drafted
from tracer.ingest.fin import FIELD_CAP, Field, FinMessage, messages
from tracer.ingest.narrative import Narrative, rewrapped, said_in
from tracer.ingest.reconcile import LEFTOVERS
from tracer.ingest.registry import connector
from tracer.ingest.source import Source, marked
from tracer.ingest.statement_line import amount, balance, day, is_whole, read_line, totals
from tracer.model import EXPONENTS, Cite, Posting, Reject, Statement, fact_id

_cite, _noun = drafted(Cite), drafted(Posting)

_TYPES = frozenset({"940", "941", "942", "950"})
_TAGS = frozenset({"13", "20", "21", "25", "28", "34", "60", "61", "62", "64", "65", "72", "86", "90", "NS"})
_BODY = frozenset({"60F", "60M", "61", "62F", "62M", "34F"})
_MAIN = frozenset({"20", "25", "28", "60"})

_ACCOUNT_LENGTH = 35  # 35x
_STATED = re.compile(r"[IO]([0-9]{3})")
_BANNER = re.compile(r":?9[0-9]{2}:?\Z|[A-Z]{6}[A-Z0-9]{2,6}\Z|ä4:\Z")  # `:940:` and BIC lines above statements
_HEADER = re.compile(r"\{2:\s*[IO]([0-9]{3})")
_BARE = re.compile(r"(?:^|\\n|@@|\{4:)[\x01\x03]?:(?:6[02][FM]|61|34F):", re.MULTILINE)
_REAL_TAG = re.compile(r"\n[\x01\x03]?:(?:[0-9]{2}|NS)[A-Z]?:")
_RAW_LINE = re.compile(r"(?:^|\{4:)[\x01\x03]?:61:", re.MULTILINE)
_POINTERS = frozenset({"KREF", "EREF", "PREF", "MARF", "MREF"})
_QUOTED = re.compile(r"\{4:\s{0,5}\{1:")
_END = re.compile(r"-[ \r\n]*\}")
_CODE_WORD = re.compile(r"/(OCMT|EXCH|CHGS)/([^/]{1,40})")
_MONEY = re.compile(r"([A-Z]{3}) ?([0-9.,]{1,40})\Z")
#: A figure, and not one that goes on behind a blank.
_FIGURE = re.compile(r"(?:[A-Z]{3} ?)?[0-9][0-9.,]*(?![0-9.,]|\s+[0-9])")
_ING_TOTALS = re.compile(r"D([0-9]{6})C([0-9]{6})D([0-9.,]{1,20})C([0-9.,]{1,20})\s*\Z")
_CURRENCY_SUFFIX = re.compile(r"[0-9][ /]?([A-Z]{3})\Z")


_FEW = 16  # NULs in the first 512 bytes: damage; more of them are another encoding, or no text


def claims(source: Source) -> bool:
    """Whether the head holds a statement message, or the tags of one without an envelope."""
    is_marked = source.head[:2] in (b"\xff\xfe", b"\xfe\xff") or utf16(source.head)
    if source.head[:512].count(b"\x00") > _FEW and not is_marked:
        return False
    head = source.head_text()
    types = set(_HEADER.findall(head))
    if types:
        return bool(types & _TYPES)
    return bool(_BARE.search(head.replace("\r", "\n")))


def count(source: Source) -> int:
    """Count lines that begin with `:61:`, and messages of other types, by regular expressions over the text."""
    text, _ = source.text()
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not _REAL_TAG.search(text):
        text = text.replace("\\r\\n", "\n").replace("\\n", "\n").replace("@@:", "\n:")
    others = sum(kind not in _TYPES for kind in _HEADER.findall(text))
    at = 0
    while quoted := _QUOTED.search(text, at):
        end = _END.search(text, quoted.end())
        at = end.end() if end else len(text)
        others -= sum(kind not in _TYPES for kind in _HEADER.findall(text, quoted.end(), at))
    return others + len(_RAW_LINE.findall(text))


#: One field 61 and what belongs to it, fields 86, 72 and NS, in printed order.
_Entry = list[Field]


def _says(entry: _Entry) -> tuple[str, str]:
    """Return the text of fields 86 and 72, and that of fields NS."""
    texts = "\n".join(one.value for one in entry[1:] if one.tag != "NS")
    return texts, "\n".join(one.value for one in entry[1:] if one.tag == "NS")


def _raw(entry: _Entry) -> str:
    return "\n".join(one.value for one in (entry[0], *sorted(entry[1:], key=lambda one: one.tag == "NS")))


@dataclass(slots=True)
class _Page:
    """The fields of one statement, page or report, in printed order."""

    message: FinMessage
    line: int
    seen: dict[str, Field] = field(default_factory=dict)
    entries: list[_Entry] = field(default_factory=list)
    odd: dict[int, tuple[str, ...]] = field(default_factory=dict)  # number of an entry -> its marks
    texts: list[Field] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    in_lines: bool = False

    def mark(self, text: str) -> None:
        """Mark the last entry."""
        before = self.odd.get(len(self.entries), ())
        if text not in before:
            self.odd[len(self.entries)] = (*before, text)

    @property
    def locator(self) -> str:
        return f"message={self.message.index}/line={self.line}"

    def get(self, *names: str) -> Field | None:
        seen = self.seen
        for name in names:
            if name in seen:
                return seen[name]
        return None

    def value(self, *names: str) -> str:
        found = self.get(*names)
        return found.value.strip() if found else ""

    @property
    def account(self) -> str:
        lines = self.value("25", "25P").splitlines()
        return lines[0].strip() if lines else ""

    @property
    def number(self) -> tuple[str, str]:
        number, _, page = self.value("28C", "28").partition("/")
        return number.strip(), page.strip()

    @property
    def opening(self) -> Field | None:
        return self.get("60F", "60M")

    @property
    def closing(self) -> Field | None:
        return self.get("62F", "62M")

    def currency(self, answer: str) -> str:
        """Return the currency that the balances, limits or totals print; else of field 25; else a person's answer."""
        for name in ("60F", "60M", "62F", "62M", "34F", "90C", "90D", "64", "65"):
            found = re.search(r"(?<![A-Z])([A-Z]{3})[CD]?[ ]?[0-9.,]", self.value(name)[1 if name[0] == "6" else 0 :])
            if found and found[1] in EXPONENTS:
                return found[1]
        suffix = _CURRENCY_SUFFIX.search(self.account)
        if suffix and suffix[1] in EXPONENTS and not iban_of(self.account):
            return suffix[1]
        return answer


@connector("mt940", title="SWIFT statements MT940, 941, 942, 950", claims=claims, count=count)
def read(source: Source) -> Iterator[Statement | Posting | Reject]:
    """Yield each statement followed by its lines, in printed order."""
    text, used = source.text()
    pages: list[_Page] = []
    for message in messages(text):
        stated = _STATED.match(message.block2)
        if stated and stated[1] not in _TYPES:
            yield from _other(source, message)
        elif message.fields and (stated or _is_statement(message)):
            pages.extend(_pages(message))
        elif message.fields or message.leading:
            yield Reject(
                source.cite(f"message={message.index}#{LEFTOVERS}"),
                message.raw[:FIELD_CAP],
                LEFTOVERS,
                "no-statement",
                "This part of the file holds no tag of a statement.",
            )
    odd = source.guessed(used)
    for group in _chained(pages):
        yield from marked(_statement(source, group), odd) if odd else _statement(source, group)


CONNECTOR = read


def _is_statement(message: FinMessage) -> bool:
    if any(one.name in _BODY for one in message.fields):
        return True
    return {"25", "28C"} <= {one.name for one in message.fields}


def _other(source: Source, message: FinMessage) -> Iterator[Reject]:
    """Set a message of another type aside; a line 61 in it would count as a record, so it is set aside too."""
    name = "answer of the network" if message.is_ack else f"MT{message.mt}"
    yield Reject(
        source.cite(f"message={message.index}"),
        message.raw[:FIELD_CAP],
        "message",
        "not-a-statement",
        f"{name} stands among statements: load the exhibit with the connector for payment messages as well.",
    )
    for one in message.fields:
        if one.name == "61":
            yield Reject(
                source.cite(f"message={message.index}/line={one.line}"),
                one.value[:FIELD_CAP],
                "61",
                "not-a-statement",
                f"A statement line inside {name} is not read.",
            )


def _pages(message: FinMessage) -> Iterator[_Page]:
    page: _Page | None = None
    open_entry: _Entry | None = None
    for one in message.fields:
        tag = one.tag
        if tag == "86" and open_entry is not None:
            open_entry.append(one)
            continue
        if tag == "61" and page is not None:
            open_entry = [one]
            page.entries.append(open_entry)
            page.in_lines = True
            continue
        if page is not None and page.in_lines and one.name == "25" and len(one.value) > _ACCOUNT_LENGTH:
            page.entries[-1].append(one)
            page.mark("field 25 is longer than an account: taken as text")
            continue
        if page is None or (one.tag in _MAIN and _is_over(page, one)):
            above = page
            if page is not None:
                yield page
            page = _Page(message, one.line)
            if above is not None and one.tag == "60" and above.get("25", "25P"):
                page.seen["25"] = above.get("25", "25P") or one
                if one.option == "M" and above.closing is not None and above.closing.option == "M":
                    # the next page of the same statement, headed by its balance alone
                    page.seen["28C"] = Field("28", "C", above.number[0], one.line)
                else:
                    page.marks.append("account taken from the statement above in the same message")
        _place(page, one)
        open_entry = page.entries[-1] if page.in_lines else None
    if page is not None:
        yield page


def _is_over(page: _Page, one: Field) -> bool:
    if page.closing is not None or any(name[:2] == one.tag for name in page.seen):
        return True
    return one.tag != "60" and bool(page.entries)


def _place(page: _Page, one: Field) -> None:
    """Put one field where it belongs on its page."""
    tag = one.tag
    if tag == "61":
        page.entries.append([one])
        page.in_lines = True
    elif tag in {"86", "72", "NS"}:
        (page.entries[-1] if page.in_lines else page.texts).append(one)
    elif tag not in _TAGS:
        # A time of day at a line start (`:12:11`) looks like a tag: it is text of the field above.
        text = Field("86", "", f":{one.name}:{one.value}", one.line)
        if page.in_lines:
            page.entries[-1].append(text)
            page.mark(f"tag {one.name} taken as text")
        else:
            page.texts.append(text)
            page.marks.append(f"tag {one.name} taken as text")
    else:
        if tag in {"62", "64", "65", "90"}:
            page.in_lines = False
        if tag == "62" and page.closing is not None:
            page.marks.append(f"a second closing balance {one.name} {one.value.strip()[:40]}")
        elif one.name == "20" and ":25:" in one.value:
            reference, _, account = one.value.partition(":25:")
            page.seen["20"] = Field("20", "", reference, one.line)
            page.seen["25"] = Field("25", "", account, one.line)
            page.marks.append("field 25 stands on the line of field 20")
        else:
            page.seen.setdefault(one.name, one)


def _chained(pages: list[_Page]) -> list[list[_Page]]:
    """Return pages grouped into statements: a page that opens with 60M goes on one that closed with 62M."""
    groups: list[list[_Page]] = []
    waiting: dict[tuple[str, str], list[_Page]] = {}
    for page in pages:
        key = (page.account, page.number[0].lstrip("0"))
        opened = page.opening
        group = waiting.pop(key, None) if opened is not None and opened.option == "M" else None
        if group is None:
            group = []
            groups.append(group)
        group.append(page)
        if page.closing is not None and page.closing.option == "M":
            waiting[key] = group
    return groups


def _statement(source: Source, pages: list[_Page]) -> Iterator[Statement | Posting | Reject]:
    first, last = pages[0], pages[-1]
    answer = source.answers.get("currency", "").strip().upper()
    currency = next((found for page in pages if (found := page.currency(""))), answer)
    account = first.account or source.answers.get("account", "").strip()
    message = first.message
    servicer = message.sender or bic_before(account)
    marks = [mark for page in pages for mark in (*page.marks, *_odd(page.message))]
    rejects: list[Reject] = []

    def read_balance(page: _Page, one: Field | None) -> tuple[int | None, date | None]:
        if one is None:
            return None, None
        if page.message.ends_inside(one) and not is_whole(one.value):
            why = "The file ends in this balance: digits of it may be missing"
            rejects.append(_reject(source, _inside(first, page, one.name), one, "balance-cut", why))
            return None, None
        try:
            value, printed, on, odd = balance(one.value, currency)
        except ValueError as error:
            rejects.append(_reject(source, _inside(first, page, one.name), one, "balance", str(error)))
            return None, None
        marks.extend(f"{one.name}: {mark}" for mark in odd)
        if printed != currency:
            marks.append(f"{one.name} is in {printed}, the statement in {currency}")
            return None, on
        return value, on

    opening, opened_on = read_balance(first, first.opening)
    closing, closed_on = read_balance(last, last.closing)
    for before, after in pairwise(pages):
        left, right = read_balance(before, before.closing)[0], read_balance(after, after.opening)[0]
        if left != right:
            marks.append(f"page {after.number[1] or '?'} opens at another balance than the page before closed")
        if (
            before.number[1].isdigit()
            and after.number[1].isdigit()
            and int(after.number[1]) - int(before.number[1]) != 1
        ):
            marks.append(f"pages go from {before.number[1]} to {after.number[1]}")
    if first.opening is not None and first.opening.option == "M":
        marks.append("opens at an intermediate balance (60M): earlier pages are not held")
    if last.closing is not None and last.closing.option == "M":
        marks.append("ends at an intermediate balance (62M): later pages are not held")
    number = first.number[0]
    if not number.strip("0"):
        marks.append("no statement number")
    if not account:
        marks.append("no account is printed")
    if last.closing is None and last.message.is_cut:
        marks.append(
            f"the file ends before the end of field {last.message.fields[-1].name}, and no closing balance is printed"
        )
    stated = _control(source, pages, currency, rejects, marks)
    for page in pages:
        for one in page.texts:
            marks.append(f"field {one.name}: {one.value.strip()[:FIELD_CAP]}")
    made = Statement(
        source.cite(first.locator),
        account=account,
        currency=currency,
        kind="interim" if _is_interim(pages) else "statement",
        account_key=account_key(account[:100], servicer),
        servicer=servicer,
        owner=first.value("25P").partition("\n")[2].strip(),
        number=number,
        page="-".join(filter(None, dict.fromkeys((first.number[1], last.number[1])))),
        opening=opening,
        opening_date=opened_on,
        closing=closing,
        closing_date=closed_on,
        period_to=_report_day(last),
        count=sum(len(page.entries) for page in pages),
        total_credit=stated["C"][1],
        total_debit=stated["D"][1],
        count_credit=stated["C"][0],
        count_debit=stated["D"][0],
        marks=tuple(dict.fromkeys(marks)),
    )
    yield made
    yield from rejects
    near, place = closed_on or opened_on or made.period_to, 1
    for page in pages:
        yield from _postings(made, page, place, near)
        place += len(page.entries)


def _inside(first: _Page, page: _Page, name: str) -> str:
    """Return the place of a field that is no record: inside its statement, whose locator is that of the first page."""
    return f"{first.locator}#{name}" if page is first else f"{first.locator}#{page.locator}#{name}"


def _reject(source: Source, locator: str, one: Field, code: str, message: str) -> Reject:
    return Reject(source.cite(locator), one.value[:FIELD_CAP], one.name, code, f"{message}.")


def _odd(message: FinMessage) -> Iterator[str]:
    """Yield what is odd about the message around a page."""
    yield from (mark for mark in message.marks if mark not in {"no envelope", "text before the first tag"})
    if message.accepted is False:
        yield "NAK: the network rejected this message, it was never sent on"
    if message.possible_duplicate:
        yield "possible duplicate (PDE or PDM)"
    for name, text in (("before", message.leading), ("after", message.trailing)):
        rest = " ".join(line.strip() for line in text.splitlines() if not _BANNER.match(line.strip()))
        if rest:
            yield f"{LEFTOVERS} {name} message {message.index}: {rest[:FIELD_CAP]}"


def _is_interim(pages: list[_Page]) -> bool:
    stated = pages[0].message.mt
    if stated in _TYPES:
        return stated in {"941", "942"}
    return pages[0].get("34F", "13D") is not None and pages[0].opening is None


def _report_day(page: _Page) -> date | None:
    printed = page.value("13D")[:6]
    return day(printed) if len(printed) == 6 and printed.isascii() and printed.isdigit() else None


def _control(
    source: Source, pages: list[_Page], currency: str, rejects: list[Reject], marks: list[str]
) -> dict[str, tuple[int | None, int | None]]:
    """Return side -> (number, sum) of the entries as field 90, or ING's last field 86, prints them."""
    found: dict[str, tuple[int | None, int | None]] = {"C": (None, None), "D": (None, None)}
    for page in pages:
        for side in ("C", "D"):
            one = page.get(f"90{side}")
            if one is None:
                continue
            try:
                number, printed, total = totals(one.value)
            except ValueError as error:
                rejects.append(_reject(source, _inside(pages[0], page, one.name), one, "control-total", str(error)))
                continue
            if printed != currency:
                marks.append(f"{one.name} is in {printed}, the statement in {currency}")
            else:
                found[side] = (number, total)
        for one in page.texts:
            sums = _ING_TOTALS.match(one.value.strip())
            if not sums:
                continue
            try:
                found["D"] = (int(sums[1]), amount(sums[3], currency)[0])
                found["C"] = (int(sums[2]), amount(sums[4], currency)[0])
            except ValueError as error:
                rejects.append(_reject(source, _inside(pages[0], page, "86"), one, "control-total", str(error)))
    return found


def _postings(made: Statement, page: _Page, start: int, near: date | None) -> Iterator[Posting | Reject]:
    """Yield one Posting or one Reject for every entry of a page.

    `start` is the place of the first in the statement; `near` dates an entry day whose value date does not exist.
    """
    exhibit, made_id = made.cite.exhibit, fact_id("statement", made.cite)
    account, currency, key, servicer = made.account, made.currency, made.account_key, made.servicer
    message = f"message={page.message.index}"
    for place, entry in enumerate(page.entries, start):
        _, _, field_61, at = line = entry[0]
        locator = f"{message}/line={at}"
        texts, notes = (entry[1].value, "") if len(entry) == 2 and entry[1].tag != "NS" else _says(entry)
        if (length := len(field_61) + len(texts) + len(notes)) > FIELD_CAP:
            raw = f"{_raw(entry)[:FIELD_CAP]}… ({length} characters)"
            why = f"The line is longer than {FIELD_CAP} characters."
            yield Reject(_cite(exhibit, locator), raw, "61", "too-long", why)
            continue
        if not currency:
            yield Reject(
                _cite(exhibit, locator),
                _raw(entry),
                "61",
                "currency-not-stated",
                "No balance, limit or total states a currency: answer currency=… to load this line.",
            )
            continue
        printed, _, supplement = field_61.partition("\n") if "\n" in field_61 else (field_61, "", "")
        try:
            # In the order of Line.
            value_date, booked, units, figure, is_reversal, is_expected, code, owner, bank_reference, extra, marks = (
                read_line(printed.rstrip(), currency, near)
            )
        except ValueError as error:
            yield Reject(_cite(exhibit, locator), _raw(entry), "61", "statement-line", f"{error}.")
            continue
        if not code and page.message.fields[-1] is line:
            why = "The text ends behind the amount of this line, before its type code: digits of the amount may be missing."
            yield Reject(_cite(exhibit, locator), _raw(entry), "61", "line-cut", why)
            continue
        # In the order of Narrative; the code of field 86 stands in `parts`.
        details, party, party_account, agent, end_to_end_id, uetr, _, customer_reference = (
            _notes(notes) if notes and not texts else said_in(texts)
        )
        if page.odd:
            marks += page.odd.get(place - start + 1, ())
        original, original_currency, rate, charges, loose = None, "", "", "", ""
        if supplement:
            supplement = supplement.strip()
            if "/" in supplement:
                original, original_currency, rate, charges, unread = _supplement(supplement.replace("\n", ""))
                marks += unread
            loose = "" if _CODE_WORD.search(supplement) else " ".join(supplement.split())
        if "/" in texts and not (original_currency or rate) and ("/OCMT/" in texts or "/EXCH/" in texts):
            original, original_currency, rate, in_text, unread = _supplement(rewrapped(texts))
            charges, marks = charges or in_text, marks + unread
        if owner[:4] in _POINTERS and owner.rstrip("+") in _POINTERS:
            # The reference is too long for 16 characters and stands in field 86 under this word.
            owner = customer_reference if owner.startswith("KREF") else ""
        if loose or extra:
            details = "; ".join(filter(None, (loose, extra, details)))
        parts: tuple[str, ...] = (f"86: {texts}",) if texts else ()
        if supplement or notes:
            printed_with = (charges, supplement and f"61: {supplement}", *parts, notes and f"NS: {notes}")
            parts = tuple(filter(None, printed_with))
        yield _noun(
            _cite(exhibit, locator),
            account,
            currency,
            units,
            place,
            made_id,
            key,
            servicer,
            booked,
            value_date,
            "",  # time
            None,  # balance
            figure,
            "pending" if is_expected else "booked",
            is_reversal,
            code,
            owner,
            bank_reference,
            end_to_end_id,
            uetr,
            party,
            party_account or (loose and iban_of(loose[:40])) or (len(owner) > 14 and iban_of(owner[:40])) or "",
            agent,
            details,
            original,
            original_currency,
            rate,
            parts,
            tuple(dict.fromkeys(marks)) if marks else (),
        )


def _supplement(text: str) -> tuple[int | None, str, str, str, tuple[str, ...]]:
    """Return (original amount, its currency, rate, charges, marks) of /OCMT/, /EXCH/ and /CHGS/."""
    words = {word: value.strip() for word, value in _CODE_WORD.findall(text)}
    words |= {word: found[0] for word, value in words.items() if (found := _FIGURE.match(value))}
    if not words:
        return None, "", "", "", ()
    charges = f"CHGS {words['CHGS']}" if "CHGS" in words else ""
    money = _MONEY.match(words.get("OCMT", ""))
    if money:
        try:
            return amount(money[2], money[1])[0], money[1], words.get("EXCH", ""), charges, ()
        except ValueError as error:
            return None, "", words.get("EXCH", ""), charges, (f"OCMT: {error}",)
    return None, "", words.get("EXCH", ""), charges, ()


def _notes(printed: str) -> Narrative:
    """Read the non-SWIFT field NS: two digits, then text; 01 to 14 purpose, 15 and 16 name, 17 kind, 33 bank, 34 account."""
    values: dict[str, str] = {}
    for line in printed.splitlines():
        if line[:2].isdigit():
            values[line[:2]] = line[2:].strip()
    purpose = [value for key, value in values.items() if "01" <= key <= "14"]
    return Narrative(
        details=" ".join(filter(None, (*purpose, values.get("17", "")))),
        counterparty=" ".join(filter(None, (values.get("15", ""), values.get("16", "")))),
        account=present(values.get("34", "")),
        agent=present(values.get("33", "")),
    )

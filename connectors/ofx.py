"""OFX and QFX: bank, credit card and investment statements, OFX 1.x (SGML) and 2.x (XML).

Source:  Open Financial Exchange 1.6 and 2.3, chapters 3 (dates, amounts), 11 (banking), 13 (investments); formats.md section 7.
Record:  one `STMTTRN` (or `STMTTRNP`, pending), which is one Posting or one Reject. What moves securities, or orders a transfer
         and is no booked line, is a record too, and is set aside with its reason.
Reading: one tokenizer for both: end tags of values may be missing, `&` may stand bare, `<` before a space is text. A record
         that its own end tag does not close, or that holds its amount, day or FITID twice, is set aside: two lines ran into one.
         Where the whole file prints no end tag of a record, each ends at the next one, and the file is in doubt. A value in which
         the file ends is not taken.
Amounts: TRNAMT is signed from the point of view of the account; TRNTYPE never turns a sign, but a contradiction is marked. A
         lone comma or point is the decimal mark (3.2.9); where other amounts of the file say otherwise, the line is set aside.
         Under CURRENCY the amount is in CURSYM; under ORIGCURRENCY it was converted from CURSYM. No rate is ever applied.
         Without CURDEF, a currency that every line prints for itself is the statement's; a balance then has none.
Dates:   the day as printed; no zone moves it. The printed text, with time and zone, stays in `parts`.
Balance: LEDGERBAL closes, unless lines stand behind its day: then it is a note. AVAILBAL counts limits and holds, and no
         balance opens: neither is a balance of the book, so that the sum proves nothing by itself.
FITID:   unique per account only (11.4.3), so it joins nothing across accounts: it stays in `parts`, never a bank reference.
         A line that CORRECTFITID withdraws stays, as information that moves no balance.
Unread:  what an investment account holds (INVPOSLIST), open orders, lists of securities and of accounts: in the exhibit only.
Order:   the standard promises none; lines are numbered in the order of their days where days are printed newest first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from tracer.ingest.accounts import account_key, present
from tracer.ingest.cells import DOLLARS, BadCell, Numbers, infer_decimal, read_amount
from tracer.ingest.day_order import numbered
from tracer.ingest.draft import drafted
from tracer.ingest.fin import FIELD_CAP
from tracer.ingest.ofx_pages import (
    ASIDE,
    CLOSERS,
    LINES,
    OF_STATEMENT,
    RECORDS,
    TAKEN,
    OfxPage,
    OfxRecord,
    read_pages,
    told_value,
)
from tracer.ingest.reconcile import LEFTOVERS
from tracer.ingest.registry import connector
from tracer.ingest.source import Source
from tracer.model import EXPONENTS, Cite, Posting, Reject, Statement, UnreadableExhibit, excerpt, fact_id, major

_cite, _noun = drafted(Cite), drafted(Posting)

_TYPES = frozenset({
    "CREDIT", "DEBIT", "INT", "DIV", "FEE", "SRVCHG", "DEP", "ATM", "POS", "XFER", "CHECK", "PAYMENT", "CASH", "DIRECTDEP",
    "DIRECTDEBIT", "REPEATPMT", "HOLD", "OTHER",
})  # fmt: skip
_RECORD = re.compile(
    r"<(?:[A-Za-z][\w-]{0,40}:)?(?:" + "|".join(sorted(RECORDS)) + r")(?:\s[^<>]{0,500})?/?>", re.IGNORECASE
)
_NOT_MARKUP = re.compile(r"<!--|<!\[CDATA\[|<\?")
_ROOT = re.compile(r"<(?:[A-Za-z][\w-]{0,40}:)?OFX(?:\s[^<>]{0,500})?>", re.IGNORECASE)
_PROLOG = re.compile(r"<\?[^<>]{0,2000}\?>|<!--.{0,2000}?-->", re.DOTALL)
_DTD = re.compile(r"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_HEADER_LINE = re.compile(r"\s*[A-Za-z][\w-]{1,40}\s*:.*")
_PLAIN = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]*)?|[+-]?[.,][0-9]+")
_LONE = re.compile(r"[+-]?([0-9]{1,3})([.,])[0-9]{3}")
#: YYYYMMDD and what may follow it (3.2.8); hyphens, colons, T and Z are a departure that leaves no doubt about the day.
_DATE = re.compile(
    r"([0-9]{4})(-?)([0-9]{2})\2([0-9]{2})"
    r"(?:[T ]?[0-9]{2}(?::?[0-9]{2}(?::?[0-9]{2}(?:[.,][0-9]{1,6})?)?)?)?Z?(?:\s*\[[^\[\]]{0,40}\])?"
)
_FIRST_YEAR = 1900  # an earlier one lost its century, or fills an empty field
_CHARSETS = {
    "1252": "cp1252",
    "1250": "cp1250",
    "1251": "cp1251",
    "8859-1": "latin-1",
    "ISO-8859-1": "latin-1",
    "NONE": "",
}
_MAX_LEFTOVERS = 50


def claims(source: Source) -> bool:
    """Whether the head is an OFX header and a root element, or a root element with an OFX element below it."""
    head = source.head_text().lstrip("\ufeff \t\r\n")
    if re.match(r"OFXHEADER\s*[:=]|<\?OFX\s", head, re.IGNORECASE):
        return True
    root = _ROOT.search(head)
    if root is None or not re.match(r"\s*(?:<!--.{0,2000}?-->\s*)*<[A-Za-z]", head[root.end() :], re.DOTALL):
        return False
    prolog = _PROLOG.sub(" ", head[: root.start()])
    if _DTD.search(prolog):
        return True  # claimed, so that it is refused with its reason
    return all(_HEADER_LINE.fullmatch(line) for line in prolog.splitlines() if line.strip())


def _text(source: Source) -> tuple[str, str]:
    """Return (text, mark). A header that names a one-byte charset over bytes that are UTF-8 is wrong, and is marked."""
    head = source.head.decode("latin-1")
    stated = re.search(r"\bCHARSET\s*:\s*([\w-]{1,20})", head)
    encoding = re.search(r"\bENCODING\s*:\s*([\w-]{1,20})|<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.-]{1,40})", head)
    named = (encoding[1] or encoding[2] or "") if encoding else ""
    declared = "utf-8" if named.upper() in {"UTF-8", "UNICODE"} else named if encoding and encoding[2] else ""
    if not declared and stated:
        declared = _CHARSETS.get(stated[1].upper(), stated[1])
    data = source.data()
    if (
        declared.lower().replace("_", "-") not in {"", "utf-8", "utf8"}
        and not data.isascii()
        and "encoding" not in source.answers
    ):
        try:
            return data.decode("utf-8"), f"declared charset {declared}, read as utf-8: no other text has these bytes"
        except UnicodeDecodeError:
            pass
    text, used = source.text(declared)
    is_told = used.startswith("utf") or used == declared
    return text, "" if is_told else f"declared charset {declared or 'none'}, read as {used}"


def count(source: Source) -> int:
    """Count the tags that open a record, by a regular expression over the text without comments and CDATA."""
    text, _ = _text(source)
    found = at = 0
    gone: set[str] = set()
    for mark in _NOT_MARKUP.finditer(text):
        closer = CLOSERS[mark[0]]
        if mark.start() < at or closer in gone:
            continue
        end = text.find(closer, mark.end())
        if end < 0:
            gone.add(closer)
            continue
        found += sum(1 for _ in _RECORD.finditer(text, at, mark.start()))
        at = end + len(closer)
    return found + sum(1 for _ in _RECORD.finditer(text, at))


@connector("ofx", title="OFX and QFX statements", claims=claims, count=count)
def read(source: Source) -> Iterator[Statement | Posting | Reject]:
    """Yield each statement followed by its lines, in printed order.

    Raises: UnreadableExhibit for a document type before the root element, and for a file without statement or record.
    """
    text, encoding = _text(source)
    root = _ROOT.search(text)
    if _DTD.search(text, 0, root.start() if root else 65_536):
        raise UnreadableExhibit(
            f"{source.exhibit.name} declares a document type (DTD), which can hide or inflate text.",
            where=source.exhibit.name,
            meaning="Nothing of it is loaded. Its hash stays in the custody log.",
            next_call="ask whoever produced it for a plain OFX export without document type, and take that in as well",
        )
    held = read_pages(text)
    if not held.pages:
        raise UnreadableExhibit(
            f"{source.exhibit.name} is OFX without a statement and without a record.",
            where=source.exhibit.name,
            meaning="It is kept as an exhibit; there is nothing to load."
            + "".join(f" Line {line}: {words}." for line, _, words in held.loose[:3]),
            next_call="ask whoever produced it for the statements of the account and the period",
        )
    for number, (line, path, words) in enumerate(held.loose[:_MAX_LEFTOVERS], 1):
        yield Reject(
            source.cite(f"{LEFTOVERS}={number}/line={line}"),
            words[:FIELD_CAP],
            LEFTOVERS,
            "outside-a-record",
            f"{path}: text that stands in no record, or says that the server did not answer as asked.",
        )
    if len(held.loose) > _MAX_LEFTOVERS:
        yield Reject(
            source.cite(f"{LEFTOVERS}={_MAX_LEFTOVERS + 1}/line={held.loose[_MAX_LEFTOVERS][0]}"),
            "",
            LEFTOVERS,
            "outside-a-record",
            f"and {len(held.loose) - _MAX_LEFTOVERS} more texts that stand in no record.",
        )
    amounts = (one.get("TRNAMT") for page in held.pages for one in page.records)
    mark = source.answers.get("decimal", "")
    decimal = mark if mark in {".", ","} else _proved(amounts)
    common = [*([encoding] if encoding else []), *held.marks]
    if held.signed_on:
        common.append(f"field FI: {', '.join(held.signed_on)}")
    if not held.ended:
        common.append("the file ends before </OFX>: it is cut short, or its end is damaged")
    for page in held.pages:
        yield from _statement(source, text, page, decimal, answered=mark == decimal, common=common)


CONNECTOR = read


def _proved(amounts: Iterator[str]) -> str:
    """Return the decimal mark that some amount of the file proves, "" where none does or they disagree."""
    held = [one for one in amounts if re.search(r"[.,]", one)]
    return infer_decimal(held) if held else ""


def _statement(
    source: Source, text: str, page: OfxPage, decimal: str, *, answered: bool, common: list[str]
) -> Iterator[Statement | Posting | Reject]:
    if page.kind == "":
        for record in page.records:
            yield _set_aside(source, text, record)
        return
    answer = source.answers
    printed = page.get("CURDEF").upper()
    currency = printed if printed in EXPONENTS else answer.get("currency", "").strip().upper()
    account = page.get("ACCTID") or answer.get("account", "").strip()
    servicer = page.get("BANKID", "BROKERID")
    key = account_key(account[:100], servicer)
    marks = [*page.marks, *common]
    if not page.get("ACCTID"):
        marks.append("no account is printed")
    if printed and printed not in EXPONENTS:
        marks.append(f"CURDEF {excerpt(printed, 40)} is no currency")
    stated = currency or _of_every_line(page)
    if stated != currency:
        marks.append(f"field CURDEF: none is printed; {stated} is what every line prints for itself")
    rejects: list[Reject] = []

    def balance(name: str) -> tuple[int | None, date | None]:
        shown = page.get(f"{name}/BALAMT")
        day, found = _day(page.get(f"{name}/DTASOF"))
        marks.extend(f"{one}:{name}" for one in found)
        if not shown:
            return None, day
        try:
            value, odd = _amount(shown, currency, decimal, answered=answered)
        except BadCell as error:
            place = source.cite(f"{page.locator}#{name}")
            rejects.append(Reject(place, shown[:FIELD_CAP], f"{name}/BALAMT", error.code, f"{error}."))
            return None, day
        marks.extend(f"{one}:{name}" for one in odd)
        if value is not None and day is None:
            marks.append("balance without a date")
        return value, day

    closing, closed_on = balance("LEDGERBAL")
    available, available_on = balance("AVAILBAL")
    if available is not None:
        marks.append(
            f"field AVAILBAL: {major(available, currency)} as of {available_on or 'no day'}, limits and holds included"
        )
    days: dict[str, date | None] = {}
    for name in ("DTSTART", "DTEND"):
        days[name], found = _day(page.get(name))
        marks.extend(f"{one}:{name}" for one in found)
    if closed_on and days["DTEND"] and closed_on > days["DTEND"]:
        marks.append(f"LEDGERBAL is of {closed_on}, the lines end {days['DTEND']}")
    for path, value in page.values.items():
        if path not in OF_STATEMENT and not path.startswith("AVAILBAL/"):
            marks.append(told_value(path, value))
    postings: list[Posting] = []
    made = _Made(fact_id("statement", source.cite(page.locator)), account, key, servicer, currency, decimal, answered)
    for record in page.records:
        if record.name in ASIDE or not record.closed:
            rejects.append(_set_aside(source, text, record))
            continue
        try:
            postings.append(_posting(source, record, made))
        except BadCell as error:
            raw = text[record.at : record.end][:FIELD_CAP]
            rejects.append(Reject(source.cite(record.locator), raw, "TRNAMT", error.code, f"{error}."))
    last = max((one.booked for one in postings if one.booked is not None and one.status == "booked"), default=None)
    if closing is not None and closed_on is not None and last is not None and closed_on < last:
        shown = major(closing, currency)
        marks.append(
            f"LEDGERBAL {shown} is of {closed_on}, before the last line of {last}: it closes no line behind it"
        )
        closing = closed_on = None
    postings = _corrected(postings, page)
    lines, ordered = numbered(postings)
    yield Statement(
        source.cite(page.locator),
        account,
        stated,
        "table",  # an export: the standard promises no order, so the lines of one day have none
        account_key=key,
        servicer=servicer,
        closing=closing,
        closing_date=closed_on,
        period_from=days["DTSTART"],
        period_to=days["DTEND"],
        count=len(page.records),
        marks=tuple(dict.fromkeys((*marks, *ordered))),
    )
    yield from rejects
    yield from lines


def _of_every_line(page: OfxPage) -> str:
    """Return the currency that each line of a statement prints for itself, "" where one has none or they differ."""
    held = {one.get("CURRENCY/CURSYM").upper() for one in page.records if one.name in LINES}
    found = held.pop() if len(held) == 1 else ""
    return found if found in EXPONENTS else ""


def _set_aside(source: Source, text: str, record: OfxRecord) -> Reject:
    code, why = ASIDE.get(record.name, ("not-closed", ""))
    if record.name in LINES:
        why = f"No </{record.name}> ends this record: it may be cut, or have run into the next one, so that no amount of it is sure."
    return Reject(source.cite(record.locator), text[record.at : record.end][:FIELD_CAP], record.name, code, why)


def _amount(shown: str, currency: str, decimal: str, *, answered: bool) -> tuple[int | None, tuple[str, ...]]:
    """Return (minor units, marks) of a printed amount; `decimal` is what other amounts of the file prove, or a person said.

    Raises: BadCell.
    """
    if currency not in EXPONENTS:
        raise BadCell(
            "currency-not-stated", "no CURDEF states the currency of this amount: answer currency=… to read it"
        )
    plain = shown.strip()
    seen = [one for one in (".", ",") if one in plain]
    mark = max(seen, key=plain.rfind) if seen else "."
    lone = _LONE.fullmatch(plain.replace(" ", ""))
    if answered and decimal:
        mark = decimal
    elif lone and EXPONENTS[currency] != 3 and lone[1] != "0" and (decimal != mark or not EXPONENTS[currency]):
        raise BadCell(
            "amount-ambiguous",
            f"{plain[:40]!r} is a thousand times more or less by what its {mark!r} means, and nothing else in the file"
            " says so: compare it with the bank's statement, then answer decimal=. or decimal=,",
        )
    value, found = read_amount(plain, Numbers(decimal=mark, strip=("$",) if currency in DOLLARS else ()), currency)
    if _PLAIN.fullmatch(plain):
        return value, found
    return value, (*found, f"amount departs from the standard: {excerpt(plain, 40)}")


@lru_cache(maxsize=4096)
def _day(shown: str) -> tuple[date | None, tuple[str, ...]]:
    """Return (day as printed, marks). No zone moves it: a local midnight in UTC would be cut to the day before."""
    if not shown:
        return None, ()
    found = _DATE.fullmatch(shown.strip())
    if found is None:
        return None, (f"date-unreadable:{excerpt(shown, 40)}",)
    try:
        on = date(int(found[1]), int(found[3]), int(found[4]))
    except ValueError:
        return None, ("date-not-real",)
    return (on, ()) if on.year >= _FIRST_YEAR else (None, ("date-not-real",))


@dataclass(frozen=True, slots=True)
class _Made:
    """What every line of one statement shares; `decimal` is proved by the file, or a person's answer."""

    id: str
    account: str
    key: str
    servicer: str
    currency: str
    decimal: str
    answered: bool


def _posting(source: Source, record: OfxRecord, made: _Made) -> Posting:
    """Return the Posting of a record.

    Raises: BadCell for what leaves no sure amount.
    """
    if record.end - record.at > FIELD_CAP:
        raise BadCell("too-long", f"the record is longer than {FIELD_CAP} characters")
    if twice := record.twice():
        raise BadCell("field-twice", f"{twice} stands twice: two lines may have run into one")
    marks: list[str] = []
    own = record.get("CURRENCY/CURSYM").upper()
    mine = own or made.currency
    if mine not in EXPONENTS:
        code = "currency-unknown" if mine else "currency-not-stated"
        raise BadCell(code, f"{mine[:20]!r} is no currency: answer currency=… if the file states none" if mine else
                      "no CURDEF states a currency: answer currency=… to load this line")  # fmt: skip
    shown = record.get("TRNAMT")
    amount, found = _amount(shown, mine, made.decimal, answered=made.answered)
    if amount is None:
        raise BadCell("amount-missing", "the record prints no amount, or a masked one")
    marks.extend(found)
    posted = record.get("DTPOSTED", "DTTRAN")
    booked, found = _day(posted)
    marks.extend(f"{one}:booked" for one in found)
    if not posted:
        marks.append("date-unreadable:booked: none is printed")
    value_date, found = _day(record.get("DTAVAIL"))
    marks.extend(f"{one}:value_date" for one in found)
    kind = record.get("TRNTYPE").upper()
    if kind not in _TYPES:
        marks.append(f"type code {excerpt(kind, 40)} is not of the standard" if kind else "no type code")
    if (kind == "DEBIT" and amount > 0) or (kind == "CREDIT" and amount < 0):
        marks.append(f"TRNTYPE {kind} with the amount {excerpt(shown, 40)}")
    if not record.get("FITID") and record.name == "STMTTRN":
        marks.append("no FITID")
    fund = record.get("SUBACCTFUND").upper()
    if fund not in {"", "CASH"}:
        marks.append(f"SUBACCTFUND {excerpt(fund, 20)}: not of the cash account")
    original = record.get("ORIGCURRENCY/CURSYM").upper()
    to = "BANKACCTTO" if record.get("BANKACCTTO/ACCTID") else "CCACCTTO"
    return _noun(
        _cite(source.exhibit.sha256, record.locator),
        made.account,
        mine,
        amount,
        0,
        statement=made.id,
        account_key=made.key,
        servicer=made.servicer,
        booked=booked,
        value_date=value_date,
        amount_printed=shown,
        status="pending" if record.name == "STMTTRNP" else "booked",
        type_code=kind if kind in _TYPES else "",
        owner_reference=present(record.get("CHECKNUM")),
        bank_reference=present(record.get("REFNUM")),
        counterparty=record.get("PAYEE/NAME", "NAME"),
        counterparty_account=present(record.get(f"{to}/ACCTID")),
        counterparty_agent=present(record.get("BANKACCTTO/BANKID")),
        details=record.get("MEMO"),
        original_currency=original if original in EXPONENTS else "",
        rate=record.get("CURRENCY/CURRATE", "ORIGCURRENCY/CURRATE"),
        parts=tuple(f"{path}: {value}" for path, value in record.values if _is_part(record, path, value)),
        marks=tuple(dict.fromkeys(marks)),
    )


def _is_part(record: OfxRecord, path: str, value: str) -> bool:
    """Say whether a value has no field of its own, or is not the one its field holds."""
    if path == "NAME":
        return value != record.get("PAYEE/NAME", "NAME")
    return path not in TAKEN or value != record.get(path)


def _corrected(postings: list[Posting], page: OfxPage) -> list[Posting]:
    """Return the lines with what CORRECTFITID withdraws as information, and FITIDs that stand twice marked.

    A line is withdrawn only where one line, above or no correction itself, has the FITID: corrections in a ring withdraw none.
    """
    records = {record.locator: record for record in page.records}
    lines = list(postings)
    by_id: dict[str, list[int]] = {}
    for place, one in enumerate(lines):
        if ident := records[one.cite.locator].get("FITID"):
            by_id.setdefault(ident, []).append(place)
    correcting = {
        p: records[one.cite.locator] for p, one in enumerate(lines) if records[one.cite.locator].get("CORRECTFITID")
    }
    for ident, places in by_id.items():
        if len([place for place in places if place not in correcting]) > 1:
            for place in places:
                lines[place] = _marked(lines[place], f"FITID stands twice: {excerpt(ident, 60)}")
    for place, record in correcting.items():
        ident, action = record.get("CORRECTFITID"), record.get("CORRECTACTION").upper()
        targets = [one for one in by_id.get(ident, ()) if one != place and (one < place or one not in correcting)]
        shown = f"CORRECTFITID {excerpt(ident, 60)} {excerpt(action, 20)}".strip()
        if action not in {"REPLACE", "DELETE"}:
            lines[place] = _marked(lines[place], f"{shown}: no action of the standard, nothing is withdrawn")
            continue
        if action == "DELETE":
            lines[place] = replace(lines[place], status="info")
        if len(targets) != 1:
            said = "not held in this statement" if not targets else f"{len(targets)} lines have it"
            lines[place] = _marked(lines[place], f"{shown}: {said}, nothing is withdrawn")
            continue
        lines[place] = _marked(lines[place], f"{shown}: the line it corrects moves no balance")
        lines[targets[0]] = _marked(replace(lines[targets[0]], status="info"), f"withdrawn by the bank: {shown}")
    return lines


def _marked(one: Posting, mark: str) -> Posting:
    return replace(one, marks=tuple(dict.fromkeys((*one.marks, mark))))

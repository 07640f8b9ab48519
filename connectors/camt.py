"""ISO 20022 account reports: camt.052 (interim), camt.053 (statement) and camt.054 (advice), any version.

Source:  ISO 20022 message definitions, bank-to-customer cash management; formats.md 4.1 and 4.2.
Record:  one `Ntry`, which is one Posting or one Reject. The entry is the money; its details explain it and stay in `parts`.
Amounts: signed by CdtDbtInd. By the standard a reversal (RvslInd) already carries the booked direction, but some banks keep
         the original's: where the balances prove it, all reversals of the statement are turned, and each says so.
Status:  only BOOK moves the balance; PDNG, FUTR and INFO are kept and marked by their status.
Pages:   a `Stmt` that states the next page of the one before continues it.
Rest:    what an entry prints and no field takes (an intermediary, an address, an element of the bank's own) stays in `parts`
         under its path; what a statement prints so is a leftover of the statement.
Memory:  flat; every entry is cleared when it is read. One record may hold 10 million tags, and reversals wait for the end of
         their statement, since its balances decide their sign.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_LE, getincrementaldecoder
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import chain
from typing import Any, Literal

from lxml import etree

from tracer.ingest.accounts import account_key
from tracer.ingest.camt_entry import ACCOUNT, AGENT, RAW, OpenStatement, entry_posting, set_aside
from tracer.ingest.draft import drafted
from tracer.ingest.reconcile import LEFTOVERS
from tracer.ingest.registry import connector
from tracer.ingest.source import Source
from tracer.ingest.xml import (
    all_at,
    amount_at,
    date_at,
    documents,
    first,
    head_of,
    iterparse,
    local,
    parse_file,
    stated_encoding,
    text,
    within_size,
)
from tracer.model import Cite, Posting, Reject, Statement, UnreadableExhibit, fact_id, major, minor_units

Element = etree._Element

_cite = drafted(Cite)

_KINDS: dict[str, Literal["statement", "interim", "advice"]] = {
    "Stmt": "statement",
    "Rpt": "interim",
    "Ntfctn": "advice",
}
_WATCHED = ("Document", "GrpHdr", "Stmt", "Rpt", "Ntfctn", "Ntry")
_CLAIM = re.compile(
    r"(?:<|&lt;)(?:[\w.-]{1,40}:)?BkToCstmr(?:Stmt|AcctRpt|DbtCdtNtfctn)|xmlns(?::[\w.-]{1,40})?=[\"'][^\"'<>]{0,80}camt\.05[234]\."
)
_SCHEMA = re.compile(r"<(?:[\w.-]{1,40}:)?schema[\s>]")  # an XSD of the messages names their namespace and holds none
_ENTRY = re.compile(rb"<(?:[\w.-]{1,40}:)?Ntry[\s/>]")
_STATEMENT = re.compile(rb"<(?:[\w.-]{1,40}:)?(?:Stmt|Rpt|Ntfctn)[\s/>]")
_ESCAPED_ENTRY = re.compile(rb"(?:<|&lt;)(?:[\w.-]{1,40}:)?Ntry(?:[\s/>]|&gt;)")

_TAG = 64  # bytes; the longest tag of an entry or a statement, with its prefix, is shorter
_BLOCK = 1 << 22  # bytes read at a time

_BIC = "Svcr/FinInstnId/BICFI|Svcr/FinInstnId/BIC|Svcr/FinInstnId/CmbndId/BIC"
_OF_STATEMENT = frozenset(
    (
        *("Id", "ElctrncSeqNb", "LglSeqNb", "CreDtTm", "FrToDt", "CpyDplctInd", "Acct", "Bal", "TxsSummry", "Ntry"),
        *("StmtPgntn", "RptPgntn", "NtfctnPgntn", "AddtlStmtInf", "AddtlRptInf", "AddtlNtfctnInf"),
    )
)
_OF_BALANCE = ("OPBD", "PRCD", "CLBD", "ITBD")


def claims(source: Source) -> bool:
    """Whether the head holds an account report element, or a namespace of camt.052 to camt.054."""
    head = head_of(source).lstrip("\ufeff \t\r\n")
    return head.startswith("<") and bool(_CLAIM.search(head)) and not _SCHEMA.search(head[:4096])


def count(source: Source) -> int:
    """Count start tags of `Ntry` in the bytes, outside comments; inside CDATA only where nothing stands outside.

    The file is read a block at a time, so that a large one is never held.
    """
    within_size(source.path, source.exhibit.name)
    outside, inside = _Tags(), _Tags(is_inside=True)
    held, end = b"", b""  # what may be a half mark, and the mark that ends the comment or section that is open
    for block in chain(_blocks(source), (b"",)):
        held, at = held + block, 0
        while True:
            mark = end or b"<!"
            found = held.find(mark, at)
            if found < 0 or (not end and block and found + 9 > len(held)):
                # A mark may go on in the next block: as much of the end as it could be is kept.
                stop = (max(at, len(held) - len(mark) + 1) if found < 0 else found) if block else len(held)
                if end != b"-->":
                    (inside if end else outside).take(held[at:stop])
                held = held[stop:]
                break
            if end:
                if end == b"]]>":
                    inside.take(held[at:found])
                    inside.cut()
                at, end = found + len(end), b""
                continue
            outside.take(held[at:found])
            outside.cut()
            comment, section = held.startswith(b"<!--", found), held.startswith(b"<![CDATA[", found)
            at, end = found + (4 if comment else 9 if section else 2), b"-->" if comment else b"]]>" if section else b""
    return outside.entries if outside.has_statement else outside.escaped + inside.escaped


class _Tags:
    """How many tags of entries stand in text that comes in pieces; a tag may go on from one piece to the next."""

    def __init__(self, *, is_inside: bool = False) -> None:
        self.is_inside = is_inside
        self.entries = self.escaped = 0
        self.has_statement = False
        self._rest = b""

    def take(self, piece: bytes) -> None:
        text = self._rest + piece
        ends = [0]
        for found in () if self.is_inside else _ENTRY.finditer(text):
            self.entries += 1
            ends.append(found.end())
        if not self.has_statement:
            for found in _ESCAPED_ENTRY.finditer(text):
                self.escaped += 1
                ends.append(found.end())
            self.has_statement = not self.is_inside and _STATEMENT.search(text) is not None
        self._rest = text[max(*ends, len(text) - _TAG) :]

    def cut(self) -> None:
        """Here the text ends: what follows is no part of it."""
        self._rest = b""


def _blocks(source: Source) -> Iterator[bytes]:
    """Yield the bytes, UTF-16 and UTF-32 as UTF-8."""
    head, decoder = source.head, None
    if head[:2] == b"<\x00":
        decoder = getincrementaldecoder("utf-16-le")("replace")
    elif head[:2] == b"\x00<":
        decoder = getincrementaldecoder("utf-16-be")("replace")
    elif head[:2] in (BOM_UTF16_LE, BOM_UTF16_BE) and head[:4] != BOM_UTF32_LE:
        decoder = getincrementaldecoder("utf-16")("strict")
    elif head[:2] in (BOM_UTF16_LE, BOM_UTF16_BE) or b"\x00" in head[:4]:
        yield source.text()[0].encode("utf-8", "surrogatepass")
        return
    with source.path.open("rb") as file:
        while block := file.read(_BLOCK):
            try:
                yield block if decoder is None else decoder.decode(block).encode("utf-8", "surrogatepass")
            except UnicodeDecodeError:
                source.text()  # says at which byte, and raises
                raise


def _events(source: Source) -> Iterator[tuple[str, Element]]:
    """Yield (event, element) of the file itself, or of documents that it carries as text."""
    name = source.exhibit.name
    found = False
    encoding = stated_encoding(source)
    for event, element in iterparse(source.path, name, _WATCHED, ("start", "end"), encoding):
        found = found or local(element) in _KINDS
        yield event, element
    if not found:
        for document in documents(parse_file(source), name):
            if document.carried:
                walk: Any = etree.iterwalk(
                    document.element, events=("start", "end"), tag=[f"{{*}}{one}" for one in _WATCHED]
                )
                yield from walk


@connector("camt", title="ISO 20022 statements camt.052, 053, 054", claims=claims, count=count)
def read(source: Source) -> Iterator[Statement | Posting | Reject]:
    """Yield postings as they stand, and each statement after its last entry.

    Raises: UnreadableExhibit for a DTD, broken XML, or a file without any statement.
    """
    documents_seen = statements = entries = strays = 0
    found = False
    page = ("", True)  # of the message: before version 3 pages are counted there
    inside: Element | None = None
    current: OpenStatement | None = None
    is_headed = False
    for event, element in _events(source):
        name = local(element)
        parent = element.getparent()
        if event == "start":
            if name == "Document":
                documents_seen, statements, page = documents_seen + 1, 0, ("", True)
            elif name in _KINDS and parent is not None and local(parent).startswith("BkToCstmr"):
                inside, is_headed, found = element, False, True
                statements, entries = statements + 1, 0
            continue
        where = f"document={documents_seen or 1}/statement={statements}"
        if name == "Ntry" and (inside is None or parent is not inside):
            strays += 1
            yield set_aside(
                source.cite(f"document={documents_seen or 1}/stray={strays}"), element, "Ntry", "no-statement"
            )
        elif name == "Ntry" and inside is not None and (is_headed or first(inside, "Acct") is not None):
            # Without an Acct before it, which the standard forbids, an entry waits for the end of the statement.
            if not is_headed:
                done, current = current, _headed(source, inside, where, page, current)
                is_headed = True
                if done is not None and done is not current:
                    yield from _finished(done)
            entries += 1
            if (one := _entry(source, current, element, f"{where}/entry={entries}")) is not None:
                yield one
            _forget(element)
        elif element is inside:
            if not is_headed:
                done, current = current, _headed(source, inside, where, page, current)
                if done is not None and done is not current:
                    yield from _finished(done)
                for late in all_at(inside, "Ntry"):
                    entries += 1
                    if (one := _entry(source, current, late, f"{where}/entry={entries}")) is not None:
                        yield one
            if current is not None:
                _close_page(source, current, inside, where)
            inside.clear()
            inside = None
        elif name == "GrpHdr":
            page = (text(element, "MsgPgntn/PgNb"), text(element, "MsgPgntn/LastPgInd") != "false")
        elif name == "Document":
            element.clear()
    if current is not None:
        yield from _finished(current)
    if not found and not strays:
        raise UnreadableExhibit(
            f"{source.exhibit.name} holds no statement, report or advice.",
            where=source.exhibit.name,
            meaning="It is kept as an exhibit with its hash; there is nothing to load.",
            next_call="ask the bank whether the production is complete",
        )


CONNECTOR = read


def _forget(element: Element) -> None:
    """Free an entry that was read. The element itself stays until the next one, which the parser still hangs behind it."""
    element.clear()
    parent = element.getparent()
    # Between entries there may be comments, and of these as many as entries.
    while parent is not None and (before := element.getprevious()) is not None and local(before) in {"Ntry", ""}:
        parent.remove(before)


def _headed(
    source: Source, element: Element, where: str, page: tuple[str, bool], before: OpenStatement | None
) -> OpenStatement:
    """Return the statement that an element opens, or the one before where it is the next page of it."""
    account = first(element, "Acct")
    printed = text(account, ACCOUNT) or source.answers.get("account", "").strip()
    servicer = text(account, _BIC)
    country = text(account, "Svcr/FinInstnId/PstlAdr/Ctry|Svcr/FinInstnId/NmAndAdr/PstlAdr/Ctry")
    number = text(element, "ElctrncSeqNb|LglSeqNb")
    identity = text(element, "Id")
    if first(element, "StmtPgntn|RptPgntn|NtfctnPgntn") is not None:
        page = (
            text(element, "StmtPgntn/PgNb|RptPgntn/PgNb|NtfctnPgntn/PgNb"),
            text(element, "StmtPgntn/LastPgInd|RptPgntn/LastPgInd|NtfctnPgntn/LastPgInd") != "false",
        )
    made = OpenStatement(
        source.cite(where),
        fact_id("statement", source.cite(where)),
        _KINDS[local(element)],
        account=printed,
        currency=_currency(source, element, account),
        servicer=servicer or text(account, f"Svcr/{AGENT.replace('|', '|Svcr/')}"),
        key=account_key(printed[:100], servicer or country),
        owner=text(account, "Ownr/Nm|Ownr/Pty/Nm"),
        identity=identity,
        number=number,
        pages=[page[0]],
        is_last=page[1],
    )
    if not printed:
        made.marks.append("no account is printed")
    copy = text(element, "CpyDplctInd")
    if copy:
        made.marks.append(f"copy or duplicate: {copy}")
    if before is not None and _continues(before, made):
        before.pages.append(page[0])
        before.is_last = page[1]
        return before
    return made


def _continues(before: OpenStatement, made: OpenStatement) -> bool:
    left, right = before.pages[-1], made.pages[0]
    if before.is_last or not (left.isdigit() and right.isdigit() and len(left + right) < 18):
        return False
    same = (before.kind, before.account, before.currency) == (made.kind, made.account, made.currency)
    named = (before.identity and before.identity == made.identity) or (before.number and before.number == made.number)
    return same and bool(named) and int(right) == int(left) + 1


def _currency(source: Source, element: Element, account: Element | None) -> str:
    stated = text(account, "Ccy")
    if stated:
        return stated
    for found in all_at(element, "Bal/Amt|Ntry/Amt"):
        if found.get("Ccy"):
            return str(found.get("Ccy"))
    return source.answers.get("currency", "").strip().upper()


def _close_page(source: Source, made: OpenStatement, element: Element, where: str) -> None:
    """Read balances, period and totals when the whole page is there, in whatever order the bank prints them."""
    found: dict[str, list[tuple[int, date | None]]] = {}
    for number, one in enumerate(all_at(element, "Bal"), start=1):
        code = text(one, "Tp/CdOrPrtry/Cd|Tp/Cd|Tp/CdOrPrtry/Prtry|Tp/Prtry")
        cite = source.cite(f"{where}#Bal-{number}")
        on, printed = date_at(one, "Dt")
        try:
            value, currency, _ = amount_at(one, "Amt", made.currency)
        except ValueError as error:
            made.rejects.append(set_aside(cite, one, f"Bal {code}", "balance", f"{error}."))
            continue
        side = text(one, "CdtDbtInd")
        if value is None or side not in {"CRDT", "DBIT"}:
            made.rejects.append(set_aside(cite, one, f"Bal {code}", "balance", "A balance without amount or side."))
            continue
        if currency != made.currency:
            made.marks.append(f"balance {code} is in {currency}, the account in {made.currency}")
            continue
        if printed and on is None:
            made.marks.append(f"balance date {printed} does not exist")
        if code not in _OF_BALANCE:
            made.marks.append(
                f"{LEFTOVERS} Bal {code}: {major(-value if side == 'DBIT' else value, currency)} {printed}"
            )
        found.setdefault(code, []).append((-value if side == "DBIT" else value, on))
    made.marks.extend(_disagreeing(found, made.currency))
    between = found.get("ITBD", [])
    if made.opening is None:
        opening = _by_day(found.get("OPBD") or found.get("PRCD") or [])
        if not opening and len(made.pages) == 1 and _page(made.pages[0]) > 1 and between:
            opening = between[:1]
            made.marks.append("opens at an intermediate balance (ITBD): earlier pages are not held")
        made.opening = opening[0] if opening else None
    closing = _by_day(found.get("CLBD", []))
    if closing:
        made.closing = closing[-1]
    elif not made.is_last and between:
        made.closing = between[-1]
    start, printed_start = date_at(element, "FrToDt/FrDtTm|FrToDt/FrDt")
    end, printed_end = date_at(element, "FrToDt/ToDtTm|FrToDt/ToDt")
    made.marks.extend(
        f"period date {printed} does not exist"
        for day, printed in ((start, printed_start), (end, printed_end))
        if printed and day is None
    )
    made.period = [made.period[0] or start, end or made.period[1]]
    for side in ("Cdt", "Dbt"):
        stated = first(element, f"TxsSummry/Ttl{side}Ntries")
        if stated is None:
            continue
        number_of, total = text(stated, "NbOfNtries"), text(stated, "Sum")
        try:
            made.totals[side] = (
                int(number_of) if number_of.isdigit() and len(number_of) < 16 else None,
                minor_units(total, made.currency) if total else None,
            )
        except ValueError as error:
            made.marks.append(f"Ttl{side}Ntries: {error}")
    whole = text(element, "TxsSummry/TtlNtries/NbOfNtries")
    if whole.isdigit() and len(whole) < 16:
        made.stated = (made.stated or 0) + int(whole)
    for path, held in (("Sum", made.sums), ("TtlNetNtry/Amt|TtlNetNtryAmt", made.nets)):
        try:
            value = amount_at(first(element, "TxsSummry/TtlNtries"), path, made.currency)[0]
        except ValueError as error:
            made.marks.append(f"TtlNtries: {str(error)[:200]}")
            continue
        side = text(element, "TxsSummry/TtlNtries/TtlNetNtry/CdtDbtInd|TxsSummry/TtlNtries/CdtDbtInd")
        if value is not None:
            held.append(-value if path != "Sum" and side == "DBIT" else value)
    for path in ("AddtlStmtInf", "AddtlRptInf", "AddtlNtfctnInf"):
        if note := text(element, path):
            made.marks.append(f"{path}: {note[:RAW]}")
    for child in element:
        if local(child) and local(child) not in _OF_STATEMENT and (note := " ".join(text(child).split())):
            made.marks.append(f"{LEFTOVERS} {local(child)}: {note[:RAW]}")


def _by_day(found: list[tuple[int, date | None]]) -> list[tuple[int, date | None]]:
    """Return the balances of one kind by their days, where each has one: a statement of several days may print the last day first."""
    days = [on for _, on in found if on is not None]
    return sorted(found, key=lambda one: str(one[1])) if len(set(days)) == len(found) else found


def _disagreeing(found: dict[str, list[tuple[int, date | None]]], currency: str) -> Iterator[str]:
    """Yield where two balances of one kind and one day differ."""
    for code in _OF_BALANCE:
        held: dict[date | None, int] = {}
        for value, on in found.get(code, ()):
            if code != "ITBD" and held.setdefault(on, value) != value:
                yield f"{code} stands twice: {major(held[on], currency)} and {major(value, currency)}"


def _page(printed: str) -> int:
    return int(printed) if printed.isdigit() and len(printed) < 10 else 0


def _finished(made: OpenStatement) -> Iterator[Statement | Posting | Reject]:
    """Yield the reversals, whose sign the balances decide, then the statement."""
    marks = list(made.marks)
    turned = sum(one.amount for one in made.reversals if one.status == "booked" and one.currency == made.currency)
    basis = "reversal: signed by CdtDbtInd, which is the booked side by the standard"
    sign = 1
    if made.opening is not None and made.closing is not None and turned:
        gap = made.closing[0] - made.opening[0] - made.booked
        if gap == turned:
            basis += "; the balances prove it"
        elif gap == -turned:
            sign = -1
            basis = "reversal: CdtDbtInd is the side of the original; the balances prove that the entry was booked against it"
            marks.append("reversals are turned: only so do the balances tie")
    for one in made.reversals:
        yield replace(one, amount=sign * one.amount, marks=(*one.marks, basis))
    if made.stated is not None and made.stated != made.entries:
        marks.append(f"TtlNtries states {made.stated} entries, {made.entries} are printed")
    back = [sum(one.amount for one in made.reversals if every or one.status == "booked") for every in (False, True)]
    nets = [net + sign * part for net, part in zip(made.net, back, strict=True)]
    for name, printed, held in (("TtlNtries", made.sums, made.gross), ("the net of TtlNtries", made.nets, nets)):
        # pages state their own part or the whole, and some banks count what is pending
        if printed and made.is_whole and not {printed[-1], sum(printed)} & set(held):
            marks.append(
                f"CtrlSum {major(printed[-1], made.currency)} of {name}, found {major(held[0], made.currency)}"
            )
    if not made.is_last:
        marks.append("the last page is not held")
    opening, opening_date = made.opening or (None, None)
    closing, closing_date = made.closing or (None, None)
    credits_, debits = made.totals.get("Cdt", (None, None)), made.totals.get("Dbt", (None, None))
    pages = [page for page in made.pages if page]
    yield from made.rejects
    yield Statement(
        made.cite,
        account=made.account,
        currency=made.currency,
        kind=made.kind,
        account_key=made.key,
        servicer=made.servicer,
        owner=made.owner,
        number=made.number or (f"Id {made.identity}" if made.identity else ""),
        page=pages[0] if len(pages) == 1 else f"{pages[0]}-{pages[-1]}" if pages else "",
        opening=opening,
        opening_date=opening_date,
        closing=closing,
        closing_date=closing_date,
        period_from=made.period[0],
        period_to=made.period[1],
        count=made.entries,
        total_credit=credits_[1],
        total_debit=debits[1],
        count_credit=credits_[0],
        count_debit=debits[0],
        marks=tuple(dict.fromkeys(marks)),
    )


def _entry(source: Source, made: OpenStatement | None, entry: Element, locator: str) -> Posting | Reject | None:
    """Count an entry in its statement and return it, None for a reversal, which waits there."""
    if made is None:
        return None
    made.entries += 1
    read_as = entry_posting(_cite(source.exhibit.sha256, locator), made, entry)
    if not isinstance(read_as, Posting):
        made.is_whole = False
        return read_as
    amount, is_booked = read_as.amount, read_as.status == "booked"
    if read_as.currency == made.currency:
        for place in (0, 1) if is_booked else (1,):
            made.gross[place] += abs(amount)
            made.net[place] += 0 if read_as.reversal else amount
    else:
        made.is_whole = False
    if read_as.reversal:
        made.reversals.append(read_as)
        return None
    if is_booked and read_as.currency == made.currency:
        made.booked += amount
    return read_as

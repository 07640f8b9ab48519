"""SWIFT payments: MT100 (the 103 before 2003), 101, 102, 103 (STP, REMIT), 104, 107, 200, 202, 203, 204, 205, 202 COV, 205 COV, 900, 910; 110 to 112, 19x, 29x, 99x as references.

Source:  SWIFT Standards MT, categories 1, 2 and 9; formats.md 3.1, 3.3, 3.4 and 5; nexus.md section 2.
Record:  one message, which is one Message or one Reject. Messages of other types in the file are set aside with their text.
Batches: each sequence B of an MT101 or 102, which begins at its field 21, is one Message inside that record, with sequence A
         (and C of a 102) around it. An MT101 is an order: nothing settled, 32B is what is ordered. A 102 settles 32B each.
Debits:  an MT104 or 107 comes from the creditor's side, and the money moves against it: 50a is the creditor, 59a the debtor, 52a
         the creditor's bank, 57a the debtor's. Sequence C begins at the 32B behind the last sequence B. With 23E RFDD in
         sequence A it only asks for the debit (kind `MT104RFDD`), and nothing is settled. In an MT204 between institutions 58a
         is paid and 53a of each sequence B, which begins at its own field 20, is debited; 19 of sequence A is their sum.
Cheques: an MT110 advises cheques, from each field 21 to the next; an MT111 asks to stop one, an MT112 answers. Each cheque is one
         Message: 21 its number, 32a its sum in `instructed`, 50a the drawer, 52a the drawer's bank, 59a the payee. It settles
         nothing: the money moves when the cheque is presented. 30 and the value date of 32A stay in `fields`.
Cover:   sequence B of a 202 COV repeats tag names of sequence A; it begins at the first 50a. Its tags are named `B.50K`.
Amounts: 32A is what settled on this leg, 33B what was ordered; minor units, the comma is the decimal mark.
Dates:   the printed day; 80 to 99 are the last century.
Agents:  option A carries the BIC on the line behind the party line; B may hold only an account (kept as `settlement_account`);
         C an account or clearing code; D is free text, an institution only by name. `//FW //CP //CH` name US clearing.
Returns: 72 /RETN/ with /MREF/, /TEXT/ and /CHGS/; /REJT/ is a rejection. 900 and 910: the sender keeps account 25.
`fields` keeps every tag as printed, in order, the header fields as `{1}`, `{2}`, `{3:121}`, `{5:PDE}`, `{451}`.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from tracer.ingest.accounts import present
from tracer.ingest.charset import utf16
from tracer.ingest.fin import FIELD_CAP, Field, FinMessage, messages
from tracer.ingest.mt_parties import (
    AGENTS,
    DEBIT_AGENTS,
    DEBIT_PARTIES,
    MARKET_DEBIT_AGENTS,
    PARTIES,
    REPORTS,
    UNDERLYING,
    CodeWords,
    MtSequence,
    account_of,
    agents_of,
    ends_of,
    initiating_of,
    main_account,
    parties_of,
    party_line,
)
from tracer.ingest.reconcile import LEFTOVERS
from tracer.ingest.registry import connector
from tracer.ingest.source import Source, marked
from tracer.ingest.statement_line import amount, day, is_whole
from tracer.model import Charge, Message, PaymentParty, Reject

_PAYMENTS = ("100", "103", "200", "202", "203", "205")
_BATCHES = ("101", "102", "104", "107", "204")
_DEBITS = ("104", "107")
_CHEQUES = ("110", "111", "112")
_TEXTS = re.compile(r"[129]9[0-9]")
_STATEMENTS = frozenset({"940", "941", "942", "950"})
_HEADER = re.compile(r"\{2:\s*[IO]([0-9]{3})")
_QUOTED = re.compile(r"\{4:\s{0,5}\{1:")
_QUOTE_END = re.compile(r"-[ \r\n]*\}")
_BARE_TAG = re.compile(r"^[\x01\x03]?:([0-9]{2}[A-Z]?):", re.MULTILINE)
_BARE_START = re.compile(r"^[\x01\x03]?:20:", re.MULTILINE)
_DATED = re.compile(r"([0-9]{6})\s?([A-Z]{3})\s?([0-9.,]{1,40})\Z")
_MONEY = re.compile(r"([A-Z]{3})\s?([0-9.,]{1,40})\Z")
_NAMING = frozenset({"20", "21", "25", "32", "33", "50", "51", "52", "53", "54", "55", "56", "57", "58", "59"})
#: Tags that one payment has once in a sequence: twice they say that two payments ran into one. Agents are told by `agents_of`.
_ONCE = ("20", "21", "50", "59", "B.50", "B.59")


def _is_ours(mt: str) -> bool:
    return mt in _PAYMENTS or mt in REPORTS or mt in _BATCHES or mt in _CHEQUES or bool(_TEXTS.fullmatch(mt))


def _unfolded(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not _BARE_TAG.search(text.lstrip("@")):
        text = text.replace("\\r\\n", "\n").replace("\\n", "\n").replace("@@:", "\n:")
    return text


def _is_bare(text: str) -> bool:
    """Whether tags without an envelope are those of a payment or a confirmation."""
    tags = set(_BARE_TAG.findall(text))
    names = {tag[:2] for tag in tags}
    if {"20", "28D", "32B"} <= tags or ({"20", "30", "32B"} <= tags and "59" in names):
        return True
    return (
        bool({"20", "32A"} <= tags)
        and not names & {"60", "61", "62", "28"}
        and bool(names & {"50", "58", "59"} or {"21", "25"} <= names)
    )


_FEW = 16  # NULs in the first 512 bytes: damage; more of them are another encoding, or no text


def claims(source: Source) -> bool:
    """Whether the head holds the header of a payment message and of no statement, or the tags of a payment without one."""
    is_marked = source.head[:2] in (b"\xff\xfe", b"\xfe\xff") or utf16(source.head)
    if source.head[:512].count(b"\x00") > _FEW and not is_marked:
        return False
    head = source.head_text()
    types = set(_HEADER.findall(head))
    if types:
        return any(_is_ours(mt) for mt in types) and not types & _STATEMENTS
    return "{2:" not in head and _is_bare(_unfolded(head))


def count(source: Source) -> int:
    """Count headers of block 2 that no other message quotes; without any header, lines that begin with `:20:`."""
    text, _ = source.text()
    found = len(_HEADER.findall(text))
    if not found:
        return len(_BARE_START.findall(_unfolded(text)))
    at = 0
    while quoted := _QUOTED.search(text, at):
        end = _QUOTE_END.search(text, quoted.end())
        at = end.end() if end else len(text)
        found -= len(_HEADER.findall(text, quoted.end(), at))
    return found


@connector(
    "mt_payments", title="SWIFT payments MT101, 102, 103, 202 COV, 900, 910 and their kin", claims=claims, count=count
)
def read(source: Source) -> Iterator[Message | Reject]:
    """Yield one Message or Reject per message, and a Reject for every part of it that cannot be read."""
    text, used = source.text()
    yield from marked(_read(source, text), source.guessed(used))


CONNECTOR = read


def _read(source: Source, text: str) -> Iterator[Message | Reject]:
    has_headers = bool(_HEADER.search(text))
    for fin in messages(text):
        locator = f"message={fin.index}"
        for which, outside in (("leading", fin.leading), ("trailing", fin.trailing)):
            if outside.strip() and (fin.block2 or fin.fields):
                yield _leftover(source, f"{locator}#{which}", outside, "Text between messages belongs to no field.")
        stated = re.match(r"[IO]([0-9]{3})", fin.block2)
        if stated is None:
            if has_headers or fin.first("20") is None:
                what = "An answer of the network without its message." if fin.is_ack else "No header says what this is."
                yield _leftover(source, f"{locator}#{LEFTOVERS}", fin.raw, what)
            else:
                yield from _message(source, fin, _bare_type(fin), locator)
        elif not _is_ours(stated[1]):
            yield Reject(
                source.cite(locator),
                fin.raw[:FIELD_CAP],
                f"MT{stated[1]}",
                "type-not-read",
                f"An MT{stated[1]} is not a payment between banks that this connector reads; its text is kept.",
            )
        elif not fin.fields:
            yield Reject(
                source.cite(locator), fin.raw[:FIELD_CAP], "4", "no-fields", "The message has no field in its block 4."
            )
        else:
            yield from _message(source, fin, stated[1], locator)


def _leftover(source: Source, locator: str, raw: str, message: str) -> Reject:
    return Reject(source.cite(locator), raw[:FIELD_CAP], LEFTOVERS, "text-outside-messages", message)


def _bare_type(fin: FinMessage) -> str:
    if fin.first("28D"):
        return "101"
    names = {one.tag for one in fin.fields}
    order = [one.name for one in fin.fields]
    if "59" in names and "30" in order and "21" in order[: order.index("30")]:
        # the date of issue stands behind the number of its cheque; 30 of a direct debit stands above every 21
        return "111" if "75" in names else "112" if "76" in names else "110"
    if fin.first("30") and fin.first("32B") and "59" in names:
        return "104"
    if "25" in names and "59" not in names:
        return "910" if names & {"50", "52"} else "900"
    return "103" if "59" in names and "58" not in names else "202"


def _cut_short(fin: FinMessage) -> Iterator[str]:
    """Yield that the file ends in the middle of the last field, where an account, a name or an amount may have lost its end.

    Without an envelope, a text at the end (70, 71A, 72) and an amount with all its decimals are as banks print them.
    """
    if fin.is_cut and (last := fin.fields[-1]) and (fin.block2 or (last.tag in _NAMING and not is_whole(last.value))):
        yield f"the file ends before the end of field {last.name}"


def _sequences(fin: FinMessage, mt: str) -> tuple[MtSequence, MtSequence]:
    """Split a cover at the first 50a: sequence A of a bank transfer has none. Only A has 58a, wherever it is printed."""
    if mt in {"202", "205"}:
        for place, one in enumerate(fin.fields):
            if one.tag == "50":
                first, second = fin.fields[:place], fin.fields[place:]
                payee = tuple(late for late in second if late.tag == "58")
                if payee and not any(early.tag == "58" for early in first):
                    first, second = first + payee, tuple(late for late in second if late.tag != "58")
                return MtSequence(first), MtSequence(second, "B.")
    return MtSequence(fin.fields), MtSequence((), "B.")


def _kind(fin: FinMessage, mt: str, second: MtSequence) -> str:
    if mt in {"202", "205"} and (fin.service == "COV" or second.fields):
        return f"MT{mt}COV"
    return f"MT{mt}{fin.service}" if mt == "103" and fin.service in {"STP", "REMIT"} else f"MT{mt}"


class _SetAside:
    """Collects the Rejects of the fields of one message; a field that is too long is one from the beginning."""

    def __init__(self, source: Source, fin: FinMessage, locator: str) -> None:
        self._source, self._locator, self._fin = source, locator, fin
        self.rejects: list[Reject] = []
        for one in fin.fields:
            if len(one.value) > FIELD_CAP:
                self(one, "field-too-long", f"The field is longer than {FIELD_CAP} characters and is cut in `fields`.")

    def is_cut(self, one: Field) -> bool:
        """Say whether the file ends in this field; if so, set it aside."""
        if not self._fin.ends_inside(one) or (not self._fin.block2 and is_whole(one.value)):
            return False  # bare tags often end without a line end
        self(one, "amount-cut", f"The file ends in field {one.name}: digits of the amount may be missing.")
        return True

    def __call__(self, one: Field, code: str, why: str) -> None:
        place = self._source.cite(f"{self._locator}#{one.name}/line={one.line}")
        self.rejects.append(Reject(place, one.value[:FIELD_CAP], one.name, code, why))


def _batch(source: Source, fin: FinMessage, mt: str, locator: str) -> Iterator[Message | Reject]:
    """Yield one Message per sequence B of an MT101, 102, 104, 107 or 204, and a Reject for each amount that cannot be read."""
    begins = "20" if mt == "204" else "21"
    starts = [place for place, one in enumerate(fin.fields) if one.name == begins][mt == "204" :]
    if not starts:
        why = f"The MT{mt} has no {'second ' if mt == '204' else ''}field {begins}, so no sequence B begins: it names no single payment."
        yield Reject(source.cite(locator), fin.raw[:FIELD_CAP], begins, "no-transaction", why)
        return
    end = len(fin.fields)
    if mt == "102":
        end = next((n for n, one in enumerate(fin.fields) if n > starts[0] and one.name in {"32A", "19"}), end)
        starts = [place for place in starts if place < end]
    elif mt in _DEBITS:
        # A sequence B has one 32B; the next one behind the last of them is the settlement amount, which opens sequence C.
        sums = [n for n, one in enumerate(fin.fields) if n > starts[-1] and one.name == "32B"]
        end = sums[1] if len(sums) > 1 else end
    head, tail = MtSequence(fin.fields[: starts[0]], "A."), MtSequence(fin.fields[end:], "C.")
    set_aside = _SetAside(source, fin, locator)
    shared: list[str] = [*fin.marks, *_cut_short(fin)]
    on, currency, settled = _of_batch(head, fin.fields[starts[0] : end], tail, mt, shared, set_aside)
    made: list[Message] = []
    for number, start in enumerate(starts, 1):
        own = MtSequence(fin.fields[start : starts[number] if number < len(starts) else end], "B.")
        place = f"{locator}#order={number}/line={own.fields[0].line}"
        made.append(_ordered(source, fin, mt, place, (head, own, tail), list(shared), set_aside, on))
    if mt != "101":
        odd = _sum_of_batch(head if mt == "204" else tail, currency, settled, made, set_aside)
        made[0] = replace(made[0], marks=(*made[0].marks, *odd))
    yield from made
    yield from set_aside.rejects


def _of_batch(
    head: MtSequence, own: Sequence[Field], tail: MtSequence, mt: str, marks: list[str], set_aside: _SetAside
) -> tuple[date | None, str, int | None]:
    """Return value date, currency and amount of a whole batch: 32A of a 102; 30 and sequence C of a direct debit."""
    if mt == "102":
        return _settled(tail, mt, marks, set_aside)
    if mt == "101":
        return None, "", None
    currency, settled = _sum(tail.field("32B"), marks, set_aside)
    if mt == "204" and (first := next((one for one in own if one.name == "32B"), None)) is not None:
        currency = first.value.strip()[:3]  # 19 of sequence A prints the sum without its currency
    if tail.every("71F", "71G"):
        settled = None  # the settlement amount then counts charges too; field 19 prints the sum of the debits
    printed = head.value("30")
    on = day(printed) if re.fullmatch("[0-9]{6}", printed) else None
    if printed and on is None:
        marks.append(f"the value date {printed[:20]} does not exist")
    return on, currency, settled


def _ordered(
    source: Source,
    fin: FinMessage,
    mt: str,
    place: str,
    sequences: tuple[MtSequence, MtSequence, MtSequence],
    marks: list[str],
    set_aside: _SetAside,
    on: date | None,
) -> Message:
    """Return the payment of one sequence B; what it does not print itself stands in sequence A, or in C."""
    head, own, tail = sequences
    is_debit = mt in _DEBITS
    agent_roles, party_roles = (DEBIT_AGENTS, DEBIT_PARTIES) if is_debit else (AGENTS, PARTIES)
    agent_roles = MARKET_DEBIT_AGENTS if mt == "204" else agent_roles
    asks = is_debit and head.value("23E").startswith("RFDD")
    ordered = _only(own, "32B", marks, set_aside)
    if ordered is None:
        marks.append("no field 32B")
    currency, value = _sum(ordered, marks, set_aside)
    before, original = _sum(_only(own, "33B", marks, set_aside), marks, set_aside)
    charges = [
        Charge(units, code, one.name)
        for one in own.every("71F", "71G")
        for code, units in [_sum(one, marks, set_aside)]
        if units is not None
    ]
    agents = list(ends_of(fin, mt))
    for some in (own, head, tail):
        seen = {agent.role for agent in agents}
        agents += [agent for agent in agents_of(some, agent_roles, marks) if agent.role not in seen]
    parties: list[PaymentParty] = []
    for some in (own, head):
        roles = {party.role for party in parties}
        parties += [
            party for party in (*parties_of(some, party_roles), *initiating_of(some)) if party.role not in roles
        ]
    texts = CodeWords.of([*own.every("72", "77B", "77T"), *head.every("72", "77B"), *tail.every("72")])
    end_to_end = re.search(r"/ROC/([^\s/]+)", own.value("70"))
    is_order = mt == "101" or asks
    return Message(
        cite=source.cite(place),
        kind=f"MT{mt}STP" if fin.service == "STP" else f"MT{mt}RFDD" if asks else f"MT{mt}",
        sender=fin.sender,
        receiver=fin.receiver,
        direction=fin.direction,
        reference=own.value("20") or own.value("21"),
        related_reference=head.value("21R") or (own.value("21") if mt == "204" else ""),
        end_to_end_id=present(end_to_end[1]) if end_to_end else "",
        uetr=own.value("121").lower() or fin.uetr,
        message_id=head.value("20"),
        settled=None if is_order else value,
        settled_currency="" if is_order else currency,
        settled_date=None if is_order else on,
        instructed=value if is_order else original,
        instructed_currency=currency if is_order else before,
        rate=own.value("36") or head.value("36"),
        charge_bearer=own.value("71A") or head.value("71A"),
        charges=tuple(charges),
        account=main_account(own, mt, parties, agents),
        remittance=own.value("70"),
        agents=tuple(agents),
        parties=tuple(parties),
        narrative=texts.text,
        possible_duplicate=fin.possible_duplicate,
        accepted=fin.accepted,
        content_hash=hashlib.sha256(
            f"{fin.content_hash} {place.rpartition('#')[2].partition('/')[0]}".encode()
        ).hexdigest(),
        truncated=tuple(one.name for one in (*head.fields, *own.fields, *tail.fields) if _is_cut(one)),
        fields=(*_outside(fin), *(pair for some in sequences for pair in _printed(some))),
        marks=tuple(dict.fromkeys(marks)),
    )


def _cheques(source: Source, fin: FinMessage, mt: str, locator: str) -> Iterator[Message | Reject]:
    """Yield one Message per cheque of an MT110, 111 or 112, which tells of it and moves nothing."""
    starts = [place for place, one in enumerate(fin.fields) if one.name == "21"]
    if not starts:
        why = f"The MT{mt} has no field 21, so it names no cheque."
        yield Reject(source.cite(locator), fin.raw[:FIELD_CAP], "21", "no-transaction", why)
        return
    head = MtSequence(fin.fields[: starts[0]])
    set_aside = _SetAside(source, fin, locator)
    for number, start in enumerate(starts, 1):
        own = MtSequence(fin.fields[start : starts[number] if number < len(starts) else len(fin.fields)])
        marks = list(fin.marks)
        issued = own.value("30")
        if issued and not (re.fullmatch("[0-9]{6}", issued) and day(issued)):
            marks.append(f"30: issue date {issued[:20]} does not exist")
        if own.field("32A") is not None:
            _, currency, value = _settled(own, mt, marks, set_aside)
        else:
            found = _only(own, "32B", marks, set_aside)
            currency, value = _sum(found, marks, set_aside)
            if found is None:
                marks.append("no field 32B")
        parties = [party for some in (own, head) for party in parties_of(some)]
        texts = CodeWords.of([*head.every("72"), *own.every("72", "75", "76")])
        place = f"{locator}#cheque={number}/line={own.fields[0].line}"
        yield Message(
            cite=source.cite(place),
            kind=f"MT{mt}",
            sender=fin.sender,
            receiver=fin.receiver,
            direction=fin.direction,
            reference=head.value("20"),
            related_reference=own.value("21"),
            uetr=fin.uetr,
            message_id=fin.block3.get("108", "").strip(),
            instructed=value,
            instructed_currency=currency,
            account=next((party.account for party in parties if party.role == "creditor"), ""),
            agents=(*ends_of(fin, mt), *agents_of(head, AGENTS, marks), *agents_of(own, AGENTS, marks)),
            parties=tuple(parties),
            narrative=texts.text,
            possible_duplicate=fin.possible_duplicate,
            accepted=fin.accepted,
            content_hash=hashlib.sha256(f"{fin.content_hash} cheque={number}".encode()).hexdigest(),
            truncated=tuple(one.name for one in (*head.fields, *own.fields) if _is_cut(one)),
            fields=(*_outside(fin), *_printed(head), *_printed(own)),
            marks=tuple(dict.fromkeys(marks)),
        )
    yield from set_aside.rejects


def _sum_of_batch(
    tail: MtSequence, currency: str, settled: int | None, made: Sequence[Message], set_aside: _SetAside
) -> Iterator[str]:
    """Yield a mark where the payments of a batch are not the sum that it prints: 19, else 32a, which then is that sum."""
    name, total, found = "32A" if tail.field("32A") else "32B", settled, tail.field("19")
    if found is not None and currency:
        try:
            name, total = "19", amount(found.value.strip(), currency)[0]
        except ValueError as error:
            set_aside(found, "amount-unreadable", str(error))
            return
    held = sum(one.settled or 0 for one in made)
    if total is not None and total != held:
        yield f"field 19 or 32A: {name} states {total}, found {held}"


def _message(source: Source, fin: FinMessage, mt: str, locator: str) -> Iterator[Message | Reject]:
    if mt in _BATCHES:
        yield from _batch(source, fin, mt, locator)
        return
    if mt in _CHEQUES:
        yield from _cheques(source, fin, mt, locator)
        return
    first, second = _sequences(fin, mt)
    marks = [*fin.marks, *_cut_short(fin)]
    set_aside = _SetAside(source, fin, locator)
    on, currency, settled = _settled(first, mt, marks, set_aside)
    # a 192 or 292 quotes fields of the payment that it is about: what is quoted is no money of its own
    is_text = bool(_TEXTS.fullmatch(mt))
    instructed_currency, instructed = (
        ("", None) if is_text else _sum(_only(first, "33B", marks, set_aside), marks, set_aside)
    )
    if not is_text:
        held = Counter(name for some in (first, second) for name in (f"{some.prefix}{one.tag}" for one in some.fields))
        marks += [f"{name.replace('.', '_')} is repeated: the first is read" for name in _ONCE if held[name] > 1]
    charges = [
        Charge(value, code, one.name)
        for one in ([] if is_text else first.every("71F", "71G"))
        for code, value in [_sum(one, marks, set_aside)]
        if value is not None
    ]
    texts = CodeWords.of([*first.every("72", "77B", "77T", "79", "76", "75"), *second.every("72")])
    charges += texts.charges()
    remittance = "\n".join(filter(None, (first.value("70"), second.value("70"))))
    end_to_end = re.search(r"/ROC/([^\s/]+)", remittance)
    agents = [
        *ends_of(fin, mt),
        *agents_of(first, AGENTS, marks),
        *texts.previous(),
        *agents_of(second, UNDERLYING, marks),
    ]
    parties = tuple(parties_of(first))
    reimbursed = first.field("53")
    line = party_line(reimbursed)[0] if reimbursed and reimbursed.option in {"B", ""} else ""
    kind = _kind(fin, mt, second)
    if kind.endswith("COV") and fin.service != "COV":
        marks.append("sequence B without {119:COV}")
    if fin.uetr and not re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", fin.uetr):
        marks.append("121 is no UUID of version 4")
    yield Message(
        cite=source.cite(locator),
        kind=kind,
        sender=fin.sender,
        receiver=fin.receiver,
        direction=fin.direction,
        reference=first.value("20"),
        related_reference=first.value("21"),
        end_to_end_id=present(end_to_end[1]) if end_to_end else "",
        uetr=fin.uetr,
        message_id=fin.block3.get("108", "").strip(),
        settled=settled,
        settled_currency=currency,
        settled_date=on,
        instructed=instructed,
        instructed_currency=instructed_currency,
        rate=first.value("36"),
        charge_bearer=first.value("71A"),
        charges=tuple(charges),
        settlement_account=account_of(line),
        account=main_account(first, mt, parties, agents),
        remittance=remittance,
        agents=tuple(agents),
        parties=parties,
        underlying=tuple(parties_of(second)),
        narrative=texts.text,
        return_of=texts.original() if texts.reason else "",
        return_reason=texts.reason,
        return_partial=texts.is_partial,
        status="RJCT" if texts.reason.startswith("REJT") else "",
        possible_duplicate=fin.possible_duplicate,
        accepted=fin.accepted,
        content_hash=fin.content_hash,
        truncated=tuple(one.name for one in fin.fields if _is_cut(one)),
        fields=(*_outside(fin), *_printed(first), *_printed(second)),
        marks=tuple(dict.fromkeys(marks)),
    )
    yield from set_aside.rejects


def _outside(fin: FinMessage) -> Iterator[tuple[str, str]]:
    """Yield what stands outside block 4."""
    for name, value in (("{1}", fin.block1), ("{2}", fin.block2)):
        if value:
            yield name, value
    for name, value in fin.ack.items():
        yield f"{{{name}}}", value
    for block, pairs in (("3", fin.block3), ("5", fin.block5)):
        for name, value in pairs.items():
            yield f"{{{block}:{name}}}", value


def _printed(fields: MtSequence) -> Iterator[tuple[str, str]]:
    for one in fields.fields:
        yield fields.prefix + one.name, one.value.replace("\r", "")[:FIELD_CAP]


def _is_cut(one: Field) -> bool:
    """Whether a translator from ISO 20022 cut the text: it ends in `+` at the full length of its line (16 or 35)."""
    return any(line.rstrip().endswith("+") and len(line.rstrip()) in {16, 35} for line in one.lines)


def _settled(first: MtSequence, mt: str, marks: list[str], set_aside: _SetAside) -> tuple[date | None, str, int | None]:
    """Return value date, currency and amount of 32A; a free-format message moves no money."""
    if _TEXTS.fullmatch(mt):
        return None, "", None
    found = _only(first, "32A", marks, set_aside)
    if found is None:
        marks.append("no field 32A")
        return None, "", None
    if set_aside.is_cut(found):
        return None, "", None
    match = _DATED.match(found.value.strip())
    if match is None:
        set_aside(found, "amount-unreadable", "Field 32A is a date, a currency and an amount.")
        return None, "", None
    on = day(match[1])
    if on is None:
        marks.append(f"the value date {match[1]} does not exist")
    try:
        value, odd = amount(match[3], match[2])
    except ValueError as error:
        set_aside(found, "amount-unreadable", str(error))
        return on, match[2], None
    marks += odd
    return on, match[2], value


def _only(fields: MtSequence, name: str, marks: list[str], set_aside: _SetAside) -> Field | None:
    """Return the one amount of this name, None where several differ: either of two payments that ran into one could be meant."""
    found = fields.every(name)
    if len({one.value.strip() for one in found}) > 1:
        for one in found:
            set_aside(one, "amount-twice", f"Field {name} stands {len(found)} times and not the same; none is taken.")
        return None
    if len(found) > 1:
        marks.append(f"{name} is repeated: the first is read")
    return found[0] if found else None


def _sum(found: Field | None, marks: list[str], set_aside: _SetAside) -> tuple[str, int | None]:
    """Return (currency, minor units) of 33B, 71F or 71G."""
    if found is None or set_aside.is_cut(found):
        return "", None
    match = _MONEY.match(found.value.strip())
    if match is None:
        set_aside(found, "amount-unreadable", f"Field {found.name} is a currency and an amount.")
        return "", None
    try:
        value, odd = amount(match[2], match[1])
    except ValueError as error:
        set_aside(found, "amount-unreadable", str(error))
        return match[1], None
    marks += odd
    return match[1], value

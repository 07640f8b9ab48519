"""SWIFT payments: MT101, 102, 103 (STP, REMIT), 104, 107, 200, 202, 203, 204, 205, 202 COV, 205 COV, 900, 910; 110 to 112, 19x, 29x, 99x as references.

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
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from tracer.ingest.accounts import present
from tracer.ingest.charset import utf16
from tracer.ingest.fin import FIELD_CAP, Field, FinMessage, messages
from tracer.ingest.reconcile import LEFTOVERS
from tracer.ingest.registry import connector
from tracer.ingest.source import Source, marked
from tracer.ingest.statement_line import amount, day
from tracer.model import Agent, Charge, Message, PaymentParty, Reject

_PAYMENTS = ("103", "200", "202", "203", "205")
_REPORTS = ("900", "910")
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
_BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?\Z")
_DATED = re.compile(r"([0-9]{6})\s?([A-Z]{3})\s?([0-9.,]{1,40})\Z")
_MONEY = re.compile(r"([A-Z]{3})\s?([0-9.,]{1,40})\Z")
_CLEARING = re.compile(r"//([A-Z]{2})([0-9A-Z]*)\Z")
_CODE_WORD = re.compile(r"^/([A-Z0-9]{2,8})/", re.MULTILINE)
#: Clearing code of a party line -> scheme of the institution that it names.
_SCHEMES = {"FW": "ABA", "CP": "CHIPS", "CH": "CHIPS_UID"}
#: Field -> ISO 20022 role of the agent that it names (formats.md section 5).
_AGENTS = {
    "51": "instructing_agent_named",
    "52": "debtor_agent",
    "53": "instructing_reimbursement_agent",
    "54": "instructed_reimbursement_agent",
    "55": "third_reimbursement_agent",
    "56": "intermediary_agent_1",
    "57": "creditor_agent",
    "58": "creditor_institution",
}
#: The same fields of a direct debit: the one who orders is paid.
_DEBIT_AGENTS = _AGENTS | {"52": "creditor_agent", "57": "debtor_agent"}
_MARKET_DEBIT_AGENTS = {"53": "debtor_institution", "57": "creditor_agent", "58": "creditor_institution"}
_PARTIES = {"50": "debtor", "59": "creditor"}
_DEBIT_PARTIES = {"50": "creditor", "59": "debtor"}
_UNDERLYING = {
    "52": "underlying_debtor_agent",
    "56": "underlying_intermediary_agent_1",
    "57": "underlying_creditor_agent",
}


def _is_ours(mt: str) -> bool:
    return mt in _PAYMENTS or mt in _REPORTS or mt in _BATCHES or mt in _CHEQUES or bool(_TEXTS.fullmatch(mt))


def _unfolded(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not _BARE_TAG.search(text):
        text = text.replace("\\r\\n", "\n").replace("\\n", "\n")
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


@dataclass(frozen=True, slots=True)
class _Sequence:
    """Fields of one sequence."""

    fields: tuple[Field, ...]
    prefix: str = ""

    def field(self, *names: str) -> Field | None:
        return next((one for one in self.fields if one.name in names or one.tag in names), None)

    def value(self, *names: str) -> str:
        found = self.field(*names)
        return "\n".join(line.strip() for line in found.lines).strip() if found else ""

    def every(self, *names: str) -> list[Field]:
        return [one for one in self.fields if one.name in names or one.tag in names]


def _sequences(fin: FinMessage, mt: str) -> tuple[_Sequence, _Sequence]:
    """Split a cover at the first 50a: sequence A of a bank transfer has none."""
    if mt in {"202", "205"}:
        for place, one in enumerate(fin.fields):
            if one.tag == "50":
                return _Sequence(fin.fields[:place]), _Sequence(fin.fields[place:], "B.")
    return _Sequence(fin.fields), _Sequence((), "B.")


def _kind(fin: FinMessage, mt: str, second: _Sequence) -> str:
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
        if not self._fin.ends_inside(one):
            return False
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
    head, tail = _Sequence(fin.fields[: starts[0]], "A."), _Sequence(fin.fields[end:], "C.")
    set_aside = _SetAside(source, fin, locator)
    shared: list[str] = list(fin.marks)
    on, currency, settled = _of_batch(head, fin.fields[starts[0] : end], tail, mt, shared, set_aside)
    made: list[Message] = []
    for number, start in enumerate(starts, 1):
        own = _Sequence(fin.fields[start : starts[number] if number < len(starts) else end], "B.")
        place = f"{locator}#order={number}/line={own.fields[0].line}"
        made.append(_ordered(source, fin, mt, place, (head, own, tail), list(shared), set_aside, on))
    if mt != "101":
        odd = _sum_of_batch(head if mt == "204" else tail, currency, settled, made, set_aside)
        made[0] = replace(made[0], marks=(*made[0].marks, *odd))
    yield from made
    yield from set_aside.rejects


def _of_batch(
    head: _Sequence, own: Sequence[Field], tail: _Sequence, mt: str, marks: list[str], set_aside: _SetAside
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
    sequences: tuple[_Sequence, _Sequence, _Sequence],
    marks: list[str],
    set_aside: _SetAside,
    on: date | None,
) -> Message:
    """Return the payment of one sequence B; what it does not print itself stands in sequence A, or in C."""
    head, own, tail = sequences
    is_debit = mt in _DEBITS
    agents_of, parties_of = (_DEBIT_AGENTS, _DEBIT_PARTIES) if is_debit else (_AGENTS, _PARTIES)
    agents_of = _MARKET_DEBIT_AGENTS if mt == "204" else agents_of
    asks = is_debit and head.value("23E").startswith("RFDD")
    if own.field("32B") is None:
        marks.append("no field 32B")
    currency, value = _sum(own.field("32B"), marks, set_aside)
    before, original = _sum(own.field("33B"), marks, set_aside)
    charges = [
        Charge(units, code, one.name)
        for one in own.every("71F", "71G")
        for code, units in [_sum(one, marks, set_aside)]
        if units is not None
    ]
    agents = list(_ends(fin, mt))
    for some in (own, head, tail):
        seen = {agent.role for agent in agents}
        agents += [agent for agent in _agents(some, agents_of, marks) if agent.role not in seen]
    parties: list[PaymentParty] = []
    for some in (own, head):
        roles = {party.role for party in parties}
        parties += [party for party in (*_parties(some, parties_of), *_initiating(some)) if party.role not in roles]
    texts = _Texts.of([*own.every("72", "77B", "77T"), *head.every("72", "77B"), *tail.every("72")])
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
        account=_main_account(own, mt, parties, agents),
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
    head = _Sequence(fin.fields[: starts[0]])
    set_aside = _SetAside(source, fin, locator)
    for number, start in enumerate(starts, 1):
        own = _Sequence(fin.fields[start : starts[number] if number < len(starts) else len(fin.fields)])
        marks = list(fin.marks)
        issued = own.value("30")
        if issued and not (re.fullmatch("[0-9]{6}", issued) and day(issued)):
            marks.append(f"30: issue date {issued[:20]} does not exist")
        if own.field("32A") is not None:
            _, currency, value = _settled(own, mt, marks, set_aside)
        else:
            currency, value = _sum(own.field("32B"), marks, set_aside)
            if own.field("32B") is None:
                marks.append("no field 32B")
        parties = [party for some in (own, head) for party in _parties(some)]
        texts = _Texts.of([*head.every("72"), *own.every("72", "75", "76")])
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
            agents=(*_ends(fin, mt), *_agents(head, _AGENTS, marks), *_agents(own, _AGENTS, marks)),
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


def _initiating(fields: _Sequence) -> Iterator[PaymentParty]:
    """Yield the instructing party of an MT101: 50C names it by BIC, 50L by a code of its own."""
    for one in fields.every("50C", "50L"):
        text = ", ".join(line.strip() for line in one.lines if line.strip())
        known = (f"BIC:{text}",) if _BIC.match(text) else ()
        yield PaymentParty("initiating_party", text, fields.prefix + one.name, identifiers=known)


def _sum_of_batch(
    tail: _Sequence, currency: str, settled: int | None, made: Sequence[Message], set_aside: _SetAside
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
    marks = list(fin.marks)
    set_aside = _SetAside(source, fin, locator)
    on, currency, settled = _settled(first, mt, marks, set_aside)
    # a 192 or 292 quotes fields of the payment that it is about: what is quoted is no money of its own
    is_text = bool(_TEXTS.fullmatch(mt))
    instructed_currency, instructed = ("", None) if is_text else _sum(first.field("33B"), marks, set_aside)
    charges = [
        Charge(value, code, one.name)
        for one in ([] if is_text else first.every("71F", "71G"))
        for code, value in [_sum(one, marks, set_aside)]
        if value is not None
    ]
    texts = _Texts.of([*first.every("72", "77B", "77T", "79", "76", "75"), *second.every("72")])
    charges += texts.charges()
    remittance = "\n".join(filter(None, (first.value("70"), second.value("70"))))
    end_to_end = re.search(r"/ROC/([^\s/]+)", remittance)
    agents = [*_ends(fin, mt), *_agents(first, _AGENTS, marks), *texts.previous(), *_agents(second, _UNDERLYING, marks)]
    parties = tuple(_parties(first))
    reimbursed = first.field("53")
    line = _party_line(reimbursed)[0] if reimbursed and reimbursed.option in {"B", ""} else ""
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
        settlement_account=_account(line),
        account=_main_account(first, mt, parties, agents),
        remittance=remittance,
        agents=tuple(agents),
        parties=parties,
        underlying=tuple(_parties(second)),
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


def _printed(fields: _Sequence) -> Iterator[tuple[str, str]]:
    for one in fields.fields:
        yield fields.prefix + one.name, one.value.replace("\r", "")[:FIELD_CAP]


def _is_cut(one: Field) -> bool:
    """Whether a translator from ISO 20022 cut the text: it ends in `+` at the full length of its line (16 or 35)."""
    return any(line.rstrip().endswith("+") and len(line.rstrip()) in {16, 35} for line in one.lines)


def _settled(first: _Sequence, mt: str, marks: list[str], set_aside: _SetAside) -> tuple[date | None, str, int | None]:
    """Return value date, currency and amount of 32A; a free-format message moves no money."""
    if _TEXTS.fullmatch(mt):
        return None, "", None
    found = first.field("32A")
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


def _party_line(found: Field) -> tuple[str, list[str]]:
    """Return (party line as printed, the other lines)."""
    lines = [line.strip() for line in found.lines if line.strip()]
    return (lines[0], lines[1:]) if lines and lines[0].startswith("/") else ("", lines)


def _account(line: str) -> str:
    """Return the account of a party line: `/C/` and `/D/` say the side, two slashes a clearing code.

    >>> _account("/04112233"), _account("/D/04112233"), _account("//CP0999")
    ('04112233', '04112233', '')
    """
    if not line.startswith("/") or line.startswith("//"):
        return ""
    side = re.match(r"/[CD]/(.+)", line)
    return (side[1] if side else line[1:]).strip()


def _ends(fin: FinMessage, mt: str) -> Iterator[Agent]:
    """Yield sender and receiver; of a confirmation the sender keeps the account and the receiver owns it."""
    roles = ("account_servicer", "account_owner") if mt in _REPORTS else ("instructing_agent", "instructed_agent")
    blocks = ("{2}", "{1}") if fin.direction == "O" else ("{1}", "{2}")
    for role, identifier, block in zip(roles, (fin.sender, fin.receiver), blocks, strict=True):
        if _BIC.match(identifier):
            yield Agent(role, identifier, "BIC", block)


def _agents(fields: _Sequence, roles: dict[str, str], marks: list[str]) -> Iterator[Agent]:
    seen: set[str] = set()
    for one in fields.fields:
        role = roles.get(one.tag)
        if role is None:
            continue
        if role in seen:
            marks.append(f"field {one.tag}a stands twice")
            continue
        seen.add(role)
        made = _agent(one, role, fields.prefix, marks)
        if made is not None:
            yield made


def _agent(one: Field, role: str, prefix: str, marks: list[str]) -> Agent | None:
    line, rest = _party_line(one)
    found = _CLEARING.match(line)
    clearing = found[1] + found[2] if found else ""
    account, name = _account(line), prefix + one.name
    text = ", ".join(rest)
    if rest and _BIC.match(rest[0]) and one.option in {"A", ""}:
        return Agent(role, rest[0], "BIC", name, name=", ".join(rest[1:]), account=account, clearing=clearing)
    if one.option == "A":
        marks.append(f"{one.name} without a BIC")
    if found and found[1] in _SCHEMES and found[2]:
        return Agent(role, found[2], _SCHEMES[found[1]], name, name=text, account=account, clearing=clearing)
    if one.option == "B" or not rest:
        # an account or a branch of the sender, not an institution; the account is in settlement_account or in `fields`
        return Agent(role, "", "NAME", name, account=account, clearing=clearing) if clearing else None
    return Agent(role, rest[0], "NAME", name, name=text, account=account, clearing=clearing)


@dataclass(frozen=True, slots=True)
class _Texts:
    """Narrative of fields 72, 77 and 79, with its code words; `//` at the start of a line continues the word above."""

    text: str
    words: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, fields: Sequence[Field]) -> _Texts:
        text = "\n".join("\n".join(line.strip() for line in one.lines) for one in fields)
        joined = text.replace("\n//", " ")
        starts = list(_CODE_WORD.finditer(joined))
        words = [
            (found[1], joined[found.end() : starts[n + 1].start() if n + 1 < len(starts) else len(joined)].strip())
            for n, found in enumerate(starts)
        ]
        return cls(text, tuple(words))

    def word(self, name: str) -> str:
        return next((value for word, value in self.words if word == name), "")

    @property
    def reason(self) -> str:
        """Return RETN or REJT with what follows it, and the reason lines between it and /MREF/."""
        for place, (word, value) in enumerate(self.words):
            if word in {"RETN", "REJT"}:
                after = self.words[place + 1 : place + 2]
                given = (
                    f"{after[0][0]} {after[0][1]}" if after and re.fullmatch(r"[A-Z]{2}[0-9]{2}", after[0][0]) else ""
                )
                return " ".join(filter(None, (word, value.replace("\n", " "), given)))
        return ""

    @property
    def is_partial(self) -> bool:
        return bool(re.match(r"PART(?:IAL)?\b", self.word("TEXT")))

    def original(self) -> str:
        """Return the reference of the payment that is given back: /MREF/, else /TREF/."""
        return (self.word("MREF") or self.word("TREF")).split("\n")[0].split(" ")[0]

    def charges(self) -> Iterator[Charge]:
        for word, value in self.words:
            found = _MONEY.match(value.split("\n")[0].split("/")[0].strip()) if word == "CHGS" else None
            if found:
                try:
                    yield Charge(amount(found[2], found[1])[0], found[1], "72/CHGS/")
                except ValueError:
                    # the text stays in `narrative`; a charge only explains a difference and moves nothing
                    continue

    def previous(self) -> Iterator[Agent]:
        """Yield banks already passed (/INS/): by BIC, or by name over two lines."""
        number = 0
        for word, value in self.words:
            if word != "INS" or not value:
                continue
            number += 1
            role, first = f"previous_instructing_agent_{number}", value.split()[0]
            if _BIC.match(first):
                yield Agent(role, first, "BIC", "72/INS/")
            else:
                yield Agent(role, value.split("\n")[0], "NAME", "72/INS/", name=value.replace("\n", ", "))


def _main_account(first: _Sequence, mt: str, parties: Sequence[PaymentParty], agents: Sequence[Agent]) -> str:
    """Return 25 of a confirmation, 59a of a customer payment, 58a of a bank transfer."""
    if mt in _REPORTS:
        return first.value("25").split("\n")[0].lstrip("/")
    customer = next((p.account for p in parties if p.role == "creditor"), "")
    return customer or next((a.account for a in agents if a.role == "creditor_institution"), "")


def _parties(fields: _Sequence, roles: dict[str, str] = _PARTIES) -> Iterator[PaymentParty]:
    for one in fields.fields:
        role = roles.get(one.tag)
        if role is None or one.option in {"C", "L"}:
            continue
        line, rest = _party_line(one)
        name, account = fields.prefix + one.name, _account(line)
        if one.option == "F":
            yield _structured(role, name, one, line, rest)
        elif one.option in {"A", "G"} and rest and _BIC.match(rest[0]):
            yield PaymentParty(role, ", ".join(rest[1:]) or rest[0], name, account, identifiers=(f"BIC:{rest[0]}",))
        else:
            yield PaymentParty(role, rest[0] if rest else "", name, account, ", ".join(rest[1:]))


def _structured(role: str, name: str, one: Field, line: str, rest: Sequence[str]) -> PaymentParty:
    """Read option F: 1 name, 2 address, 3 country and town, 4 to 8 birth and identity; a number may repeat."""
    lines = [text.strip() for text in one.lines if text.strip()]
    account = _account(line)
    numbered = list(rest)
    identifiers: list[str] = []
    if not line and lines and not re.match(r"[1-8]/", lines[0]):
        identifiers.append(lines[0])  # a code such as CCPT/US/12345 in place of the account
        numbered = numbered[1:]
    parts: dict[str, list[str]] = {}
    last = ""
    for text in numbered:
        match = re.match(r"([1-8])/(.*)", text)
        last, value = (match[1], match[2]) if match else (last or "1", text)
        parts.setdefault(last, []).append(value)
    identifiers += [f"{number}/{value}" for number in "45678" for value in parts.get(number, [])]
    address = ", ".join(value for number in "23" for value in parts.get(number, []))
    return PaymentParty(role, " ".join(parts.get("1", [])), name, account, address, tuple(identifiers))

"""Which records are one wire (nexus.md sections 0 and 5): every rung that fires is kept with its fields, nothing is summed.

Rungs 0 to 3 join without a person; rung 4 only proposes (`proposals`). Where several records fit one reference and cannot be
told apart, none is joined. Different UETRs are different wires unless a person says otherwise. The order of loading changes
nothing, since pairs are taken in the order of their ids and every condition is symmetric.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import combinations

from tracer.model import EXPONENTS, Message, Posting
from tracer.nexus.identifiers import is_imad, is_omad, is_uetr, printed_ids
from tracer.nexus.mentions import is_free_format, is_report, is_return, is_status

__all__ = ["FEE_MAJOR", "Joined", "Proposal", "join", "proposals", "tolerance"]

#: 0 to 80 major units of drift downwards, set per currency (nexus.md section 0). Currencies whose major unit is small get the
#: same number of units, which is the stricter reading.
FEE_MAJOR: dict[str, int] = {"": 80}
_ABSENT = frozenset({"", "NONREF", "NOTPROVIDED", "NOT PROVIDED", "NONE", "UNKNOWN"})
_DAYS = 3  # business days, nexus.md section 5


@dataclass(frozen=True, slots=True)
class Joined:
    """One rung that fired between two records, with the fields that fired and the gap that no message explains."""

    left: str
    right: str
    rung: int
    on: str
    gap: int = 0


@dataclass(frozen=True, slots=True)
class Proposal:
    """Rung 4: two records that may be one movement. A person confirms it, and the judgement is logged."""

    left: str
    right: str
    score: int
    features: tuple[str, ...]


def tolerance(currency: str, fees: Mapping[str, int] = FEE_MAJOR) -> int:
    """Return the fee tolerance of a currency in minor units."""
    return int(fees.get(currency, fees.get("", 80)) * 10 ** EXPONENTS.get(currency, 2))


def usable(reference: str) -> str:
    """Return a reference fit for joining, "" for one of fewer than 4 characters or a placeholder; a cut `+` is a prefix."""
    text = reference.strip().upper()
    bare = text.removesuffix("+").strip()
    return "" if bare in _ABSENT or len(bare) < 4 else text


def equal(one: str, other: str) -> bool:
    """Say whether two usable references are one; a text cut for an MT ends in `+` and is compared as a prefix."""
    if not one or not other:
        return False
    if one.endswith("+") or other.endswith("+"):
        a, b = one.removesuffix("+"), other.removesuffix("+")
        short, long = (a, b) if len(a) <= len(b) else (b, a)
        is_cut = (one if a == short else other).endswith("+")
        return a == b or (is_cut and len(short) >= 8 and long.startswith(short))
    return one == other


def near(one: date | None, other: date | None) -> bool:
    """Say whether two value dates are within three business days; an unknown date refutes nothing."""
    if one is None or other is None:
        return True
    start, end = min(one, other), max(one, other)
    if (end - start).days > 10:
        return False
    day, count = start, 0
    while day < end:
        day += timedelta(1)
        count += day.weekday() < 5
    return count <= _DAYS


@dataclass(slots=True)
class _Record:
    """What the ladder compares, of a message or a statement line."""

    key: str
    kind: str
    amount: int | None
    currency: str
    day: date | None
    uetr: str = ""
    end_to_end: str = ""
    own: str = ""
    related: str = ""
    bank: str = ""
    stamps: frozenset[str] = frozenset()
    printed: frozenset[str] = frozenset()
    sender: str = ""
    receiver: str = ""
    banks: frozenset[str] = frozenset()
    parties: frozenset[str] = frozenset()
    charges: int = 0
    content: str = ""
    message: Message | None = None
    posting: Posting | None = None
    extra_refs: frozenset[str] = field(default_factory=frozenset)

    @property
    def references(self) -> Iterator[str]:
        for text in (self.uetr, self.end_to_end, self.own, self.related, self.bank):
            if text:
                yield text.removesuffix("+")[:8] if text.endswith("+") else text
        yield from self.stamps
        yield from self.printed
        yield from self.extra_refs


_NAME = re.compile(r"[^A-Z0-9]+")


def _folded(text: str) -> str:
    return _NAME.sub("", text.upper())


def _message(key: str, m: Message) -> _Record:
    sender, receiver = (
        m.sender[: 9 if m.sender[:1].isdigit() else 8],
        m.receiver[: 9 if m.receiver[:1].isdigit() else 8],
    )
    banks = {a.id[:8] if a.scheme == "BIC" else a.id for a in m.agents if a.id and a.scheme != "NAME"}
    banks |= {a.clearing[-9:] for a in m.agents if re.fullmatch(r"(?:FW|USABA)[0-9]{9}", a.clearing)}
    people = {_folded(p.account) for p in (*m.parties, *m.underlying)} | {
        _folded(p.name) for p in (*m.parties, *m.underlying)
    }
    uetr = m.uetr.strip().lower()
    stamps = {s for s in (m.imad, m.omad) if is_imad(s) or is_omad(s)}
    previous = {m.previous_imad} if is_imad(m.previous_imad) else set()
    returned = {usable(m.return_of), m.return_of.strip().lower(), *previous} - {""}
    return _Record(
        key,
        m.kind,
        m.settled,
        m.settled_currency,
        m.settled_date,
        uetr if is_uetr(uetr) else "",
        usable(m.end_to_end_id),
        usable(m.reference),
        usable(m.related_reference),
        "",
        frozenset(stamps),
        printed_ids(f"{m.narrative}\n{m.remittance}") - {uetr},
        sender,
        receiver,
        frozenset((banks | {sender, receiver}) - {""}),
        frozenset(p for p in people if len(p) >= 4),
        sum(c.amount for c in m.charges if c.currency == m.settled_currency),
        m.content_hash,
        message=m,
        extra_refs=frozenset(returned | ({usable(m.message_id)} - {""})),
    )


def _posting(key: str, p: Posting, servicer: str) -> _Record:
    uetr = p.uetr.strip().lower()
    texts = f"{p.details}\n{p.owner_reference}\n{p.bank_reference}"
    agent = p.counterparty_agent[:8]
    return _Record(
        key,
        "line",
        abs(p.amount),
        p.currency,
        p.value_date or p.booked,
        uetr if is_uetr(uetr) else "",
        usable(p.end_to_end_id),
        usable(p.owner_reference),
        "",
        usable(p.bank_reference),
        frozenset(),
        printed_ids(texts) - {uetr},
        banks=frozenset({servicer[:8], agent} - {""}),
        parties=frozenset(t for t in (_folded(p.counterparty), _folded(p.counterparty_account)) if len(t) >= 4),
        posting=p,
    )


def join(
    messages: Mapping[str, Message],
    postings: Mapping[str, Posting],
    servicers: Mapping[str, str],
    *,
    different: Iterable[tuple[str, str]] = (),
    fees: Mapping[str, int] = FEE_MAJOR,
) -> tuple[Joined, ...]:
    """Return every pair that rungs 0 to 3 join, once per rung that fired.

    `servicers`: posting id -> BIC of the bank that keeps the account. `different`: pairs that a person judged to be two.
    """
    records = {key: _message(key, m) for key, m in sorted(messages.items())}
    index: dict[str, set[str]] = defaultdict(set)
    for key, record in records.items():
        for name in {*record.references, *([record.content] if record.content else [])}:
            index[name].add(key)
    wanted = set(index)
    lines: dict[str, set[str]] = defaultdict(set)
    for key in sorted(postings):
        made = _posting(key, postings[key], servicers.get(key, ""))
        names = set(made.references)
        shared = {name for name in names if name in wanted or name in {made.uetr, made.end_to_end, made.bank}}
        if shared:
            records[key] = made
            for name in shared:
                lines[name].add(key)
    for name, held in lines.items():
        if name in wanted or len(held) > 1:
            index[name] |= held
    apart = {frozenset(pair) for pair in different}
    found: list[Joined] = []
    seen: set[tuple[str, str]] = set()
    for name in sorted(index):
        keys = sorted(index[name])
        for a, b in _pairs(keys, records):
            if (a, b) in seen or frozenset((a, b)) in apart:
                continue
            seen.add((a, b))
            found += _fired(records[a], records[b], fees)
    return tuple(sorted(_certain(found, records), key=lambda j: (j.left, j.right, j.rung, j.on)))


def _pairs(keys: list[str], records: Mapping[str, _Record]) -> Iterator[tuple[str, str]]:
    """Yield pairs of records that share a reference; of many, only those of one amount and day can be one movement."""
    if len(keys) <= 50:
        yield from combinations(keys, 2)
        return
    by_currency: dict[str, list[str]] = defaultdict(list)
    for key in keys:
        by_currency[records[key].currency].append(key)
    for group in by_currency.values():
        ordered = sorted(group, key=lambda key: (records[key].amount or 0, key))
        for n, one in enumerate(ordered):
            limit = (records[one].amount or 0) + tolerance(records[one].currency)
            for other in ordered[n + 1 :]:
                if (records[other].amount or 0) > limit:
                    break
                yield (one, other) if one < other else (other, one)


def _fired(a: _Record, b: _Record, fees: Mapping[str, int]) -> list[Joined]:
    if a.content and a.content == b.content:
        return [Joined(a.key, b.key, 0, "same message")]
    if a.uetr and b.uetr and a.uetr != b.uetr:
        return []
    if a.message and b.message and (_tells(a.message) or _tells(b.message)):
        return _attached(a, b)
    if a.currency != b.currency or a.amount is None or b.amount is None or not near(a.day, b.day):
        return []
    gap = abs(a.amount - b.amount)
    stated = gap == 0 or gap <= max(a.charges, b.charges)
    within = gap <= max(tolerance(a.currency, fees), a.charges, b.charges)
    shown = 0 if stated else gap
    made: list[Joined] = []

    def add(rung: int, on: str) -> None:
        made.append(Joined(a.key, b.key, rung, on, shown))

    if a.uetr and a.uetr == b.uetr and within and _meet(a, b):
        add(1, "UETR, currency, amount, date")
    if stated and not _rivals(a, b):
        if _covers(a, b) or _covers(b, a):
            add(2, "21 = 20")
        if equal(a.end_to_end, b.end_to_end) and _meet(a, b):
            add(2, "EndToEndId")
    same_day = a.day == b.day or a.day is None or b.day is None
    on = _leg(a, b) or _leg(b, a)
    if on and within and same_day and (gap == 0 or not on.startswith("bank reference")):
        add(3, on)
    printed = (a.stamps | a.printed | {a.uetr}) & (b.stamps | b.printed | {b.uetr}) - {""}
    if within and printed and not (a.uetr and a.uetr == b.uetr):
        add(3, f"{min(printed)} printed in both")
    if a.posting and b.posting and gap == 0 and _two_sides(a.posting, b.posting) and a.bank and a.bank == b.bank:
        add(3, "bank reference on both statements, opposite sign")
    return made


def _tells(message: Message) -> bool:
    return is_status(message) or is_free_format(message) or is_return(message)


def _meet(a: _Record, b: _Record) -> bool:
    """Legs of one payment share an institution or a party; a reused id with disjoint parties is another payment."""
    if a.banks & b.banks or a.parties & b.parties:
        return True
    comparable = bool(_letters(a.banks) and _letters(b.banks)) or bool(_digits(a.banks) and _digits(b.banks))
    return not comparable and not (a.parties and b.parties)


def _letters(banks: frozenset[str]) -> bool:
    return any(not bank.isdigit() for bank in banks)


def _digits(banks: frozenset[str]) -> bool:
    return any(bank.isdigit() for bank in banks)


def _rivals(a: _Record, b: _Record) -> bool:
    """Two messages between the same two banks with references of their own are two payments."""
    return bool(
        a.message
        and b.message
        and a.sender
        and a.receiver
        and (a.sender, a.receiver) == (b.sender, b.receiver)
        and a.kind[:5] == b.kind[:5]
        and a.own
        and b.own
        and a.own != b.own
    )


def _is_cover(record: _Record) -> bool:
    return record.message is not None and (
        "COV" in record.kind or record.kind in {"MT202", "MT205"} or record.kind.startswith("pacs.009")
    )


def _covers(announced: _Record, cover: _Record) -> bool:
    """Field 21 of the cover (EndToEndId in ISO) is field 20 of its announcement, sent by the same bank."""
    m = announced.message
    if m is None or not _is_cover(cover) or _is_cover(announced) or is_report(m) or m.kind == "FAIM":
        return False
    same_sender = not announced.sender or not cover.sender or announced.sender == cover.sender
    references = (cover.related, cover.end_to_end)
    return same_sender and any(equal(announced.own, reference) for reference in references)


def _leg(one: _Record, other: _Record) -> str:
    """Return the leg reference by which `other` (confirmation, Fedwire record, statement line) shows the leg of `one`."""
    m, n = one.message, other.message
    if n is not None and m is not None:
        if is_report(n) and not is_report(m) and other.related:
            if equal(other.related, one.own):
                return f"21 of {n.kind} = 20"
            if equal(other.related, one.related) and not m.kind.startswith("MT103"):
                return f"21 of {n.kind} = 21"
        if n.kind == "FAIM" and m.kind != "FAIM" and not is_report(m) and equal(other.own, one.own):
            return "{3320} = 20"
        if is_report(n) and is_report(m) and other.related and equal(other.related, one.related):
            return "21 of both confirmations"
        return ""
    if m is not None and other.posting is not None:
        references = (one.own, one.related) if is_report(m) or m.kind[:3] in {"MT2", "FAI"} else (one.own,)
        if other.own and any(equal(other.own, r) for r in references):
            return "owner reference of the line = 20"
        if other.end_to_end and equal(other.end_to_end, one.end_to_end):
            return "end-to-end id of the line"
        if other.bank and any(equal(other.bank, r) for r in (one.own, one.related)):
            return "bank reference of the line = 20"
    return ""


def _two_sides(a: Posting, b: Posting) -> bool:
    if (a.amount > 0) == (b.amount > 0) or a.account == b.account:
        return False
    return all(
        not _folded(one.counterparty_account)
        or not _folded(other.account)
        or _folded(other.account) in _folded(one.counterparty_account)
        or _folded(one.counterparty_account) in _folded(other.account)
        for one, other in ((a, b), (b, a))
    )


def _attached(a: _Record, b: _Record) -> list[Joined]:
    """Attach a status, a return or a text to the payment that it names; a return is at most what was paid."""
    if a.message is None or b.message is None:
        return []
    for event, original in ((a, b), (b, a)):
        n, m = event.message, original.message
        if n is None or m is None or not _tells(n) or _tells(m):
            continue
        if is_return(n) and (
            event.currency != original.currency
            or event.amount is None
            or original.amount is None
            or event.amount > original.amount
            or (event.day is not None and original.day is not None and event.day < original.day)
        ):
            return []
        if event.uetr and event.uetr == original.uetr:
            return [Joined(a.key, b.key, 1, "UETR of the original")]
        named = {usable(n.return_of), usable(n.related_reference), event.end_to_end, event.own if is_status(n) else ""}
        own = {original.own, original.end_to_end, usable(m.message_id)}
        stamps = {n.return_of, n.previous_imad, *event.printed} & (original.stamps | {original.uetr})
        if stamps - {""}:
            return [Joined(a.key, b.key, 3, "IMAD of the original")]
        if any(equal(x, y) for x in named for y in own) and _meet(event, original):
            return [Joined(a.key, b.key, 2, "reference of the original")]
    both_tell = _tells(a.message) and _tells(b.message)
    return [Joined(a.key, b.key, 1, "UETR of the original")] if both_tell and a.uetr and a.uetr == b.uetr else []


def _certain(found: list[Joined], records: Mapping[str, _Record]) -> Iterator[Joined]:
    """Yield what is certain: where one record fits several payments by reference alone, none is joined.

    Two candidates that themselves fire a rung (copies, one UETR, legs of one chain) are one payment and no doubt.
    """
    linked = {frozenset((j.left, j.right)) for j in found}
    by_key: dict[str, set[str]] = defaultdict(set)
    for j in found:
        by_key[j.left].add(j.right)
        by_key[j.right].add(j.left)
    for joined in found:
        if joined.rung <= 1 or not any(
            _doubles(records[one], records[fixed], records[rival])
            for one, fixed in ((joined.left, joined.right), (joined.right, joined.left))
            for rival in by_key[fixed]
            if rival != one and frozenset((one, rival)) not in linked
        ):
            yield joined


def _doubles(one: _Record, fixed: _Record, rival: _Record) -> bool:
    """Say whether `rival` could stand in the place of `one` beside `fixed`: the same sort of record, on the same side."""
    if one.posting is not None and rival.posting is not None:
        return (one.posting.amount > 0) == (rival.posting.amount > 0) and one.posting.account == rival.posting.account
    if one.message is None or rival.message is None or one.kind[:5] != rival.kind[:5]:
        return False
    if _tells(one.message) or _tells(rival.message):
        return False
    before, after = fixed.sender, fixed.receiver
    is_chain = (one.receiver == before and rival.sender == after) or (one.sender == after and rival.receiver == before)
    return not (is_chain and before and after)


def proposals(
    messages: Mapping[str, Message], postings: Mapping[str, Posting], *, fees: Mapping[str, int] = FEE_MAJOR
) -> tuple[Proposal, ...]:
    """Return rung 4 between messages and statement lines: currency, amount within the tolerance, days, and one thing more."""
    by_currency: dict[str, list[_Record]] = defaultdict(list)
    for key in sorted(postings):
        by_currency[postings[key].currency].append(_posting(key, postings[key], postings[key].servicer))
    made = []
    for key in sorted(messages):
        m = messages[key]
        if m.settled is None or _tells(m):
            continue
        one = _message(key, m)
        for other in by_currency.get(m.settled_currency, ()):
            gap = abs(m.settled - (other.amount or 0))
            if gap > tolerance(m.settled_currency, fees) or not near(one.day, other.day):
                continue
            if one.uetr and other.uetr and one.uetr != other.uetr:
                continue
            features = [f"amount {'equal' if gap == 0 else f'differs by {gap}'}"]
            features += ["value date equal"] if one.day == other.day else []
            features += ["institution"] if one.banks & other.banks else []
            features += ["party"] if one.parties & other.parties else []
            if len(features) > 1:
                score = 40 * (gap == 0) + 20 * (one.day == other.day) + 20 * bool(one.banks & other.banks)
                made.append(Proposal(key, other.key, score + 20 * bool(one.parties & other.parties), tuple(features)))
    return tuple(sorted(made, key=lambda p: (-p.score, p.left, p.right)))

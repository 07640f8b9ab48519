"""Rung 4: pairs that only a person may join, scored feature by feature (formats.md section 12).

Currency equal; amount equal, or less a stated charge, a fee quoted in free text, or the fee tolerance; days near; and at least
one thing more that agrees: an account in normal form, a bank, a name, a text. Equal amounts on near days alone are chance as
often as not, and are not proposed. Conversions, whose currencies differ, are scored by `conversions.py`.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from rapidfuzz import fuzz

from tracer.match.comparing import is_account, near
from tracer.match.conclude import conclude
from tracer.match.conversions import conversions
from tracer.match.ladder import records
from tracer.match.records import Record
from tracer.match.rungs import is_legless, is_rival
from tracer.model import EXPONENTS, Judgement, Message, Posting, Statement, Transfer, major
from tracer.model.judging import in_force, pair_of
from tracer.model.payments import FEE_MAJOR, tolerance

__all__ = ["WEIGHTS", "Candidate", "candidates"]

#: Points per feature, of 100; printed with every candidate, so that nobody has to trust the sum. Those of a conversion are
#: `conversions.WEIGHTS`.
WEIGHTS = {"amount": 40, "day": 15, "account": 20, "bank": 10, "name": 10, "text": 5}
_ALIKE = 60  # of 100: below this a likeness of names or texts is noise (rapidfuzz token_set_ratio)
_FEE = re.compile(r"/FEE/\s*([A-Z]{3})\s*([0-9][0-9 ]*(?:[.,][0-9 ]{1,4})?)")
Kind = Literal["two sides", "booking", "legs", "copy", "conversion"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """Two records that may be one movement; of two sides, the debit is on the left.

    `features` are (name, points, why). `margin` is the lead over the second best pair of either record, `second` the record
    that would stand there ("" where none would). `is_best`: the pair belongs to the best one-to-one assignment of all.
    """

    left: str
    right: str
    kind: Kind
    score: int
    margin: int
    second: str
    is_best: bool
    features: tuple[tuple[str, int, str], ...]


def candidates(
    postings: Mapping[str, Posting],
    judgements: Iterable[Judgement],
    messages: Mapping[str, Message] | None = None,
    statements: Mapping[str, Statement] | None = None,
    *,
    fees: Mapping[str, int] = FEE_MAJOR,
) -> tuple[Candidate, ...]:
    """Return the open pairs, best first. A pair that was judged, in any way, is not proposed again."""
    listed, texts = list(judgements), messages or {}
    lines = {k: p for k, p in postings.items() if p.status == "booked" and not p.reversal}
    held = records(lines, texts, statements or {})
    transfers = conclude(postings, texts, listed)
    of = {key: t for t in transfers for key in (*t.postings, *t.messages)}
    reversed_lines = {key for t in transfers if t.reversed_by for key in (t.debit, t.credit, t.reversed_by)}
    twins = {key for t in transfers for key in t.postings} - {
        key for t in transfers for key in (t.debit, t.credit, *t.between)
    }
    free = {k: r for k, r in held.items() if k not in twins | reversed_lines and r.amount and not is_legless(r)}
    judged = {pair_of(j) for j in in_force(listed)}
    found: dict[tuple[str, str], tuple[Kind, tuple[tuple[str, int, str], ...]]] = {}
    for a, b in _near(free, fees):
        if (a.key, b.key) in judged or of[a.key] is of[b.key]:
            continue
        kind = _kind(a, b, of)
        features = _features(a, b, kind) if kind else ()
        if kind and sum(p for name, p, _ in features if name not in {"amount", "day"}) >= WEIGHTS["text"]:
            found[a.key, b.key] = (kind, features)
    apart = [pair_of(j) for j in in_force(listed) if j.subject == "movement"]
    for one in conversions({k: r for k, r in free.items() if r.posting}, transfers, statements or {}, apart=apart):
        found[min(one.debit, one.credit), max(one.debit, one.credit)] = ("conversion", one.features)
    return _ranked(found, held)


def _near(free: Mapping[str, Record], fees: Mapping[str, int]) -> Iterator[tuple[Record, Record]]:
    """Yield pairs of one currency with near days: of equal amounts, and where a record has none such, within the tolerance."""
    by_currency: dict[str, list[Record]] = defaultdict(list)
    for record in free.values():
        if record.day is not None:
            by_currency[record.currency].append(record)
    for currency, group in by_currency.items():
        ordered = sorted(group, key=lambda r: (r.amount or 0, r.key))
        amounts = [r.amount or 0 for r in ordered]
        limit = tolerance(currency, fees)
        for n, one in enumerate(ordered):
            end = bisect_left(amounts, amounts[n] + limit + 1)
            for other in ordered[n + 1 : end]:
                gap = (other.amount or 0) - amounts[n]
                # what is lost on the way is a fee only while more arrives than is lost
                if near(one.day, other.day) and gap <= amounts[n]:
                    yield (one, other) if one.key < other.key else (other, one)


def _kind(a: Record, b: Record, of: Mapping[str, Transfer]) -> Kind | None:
    """Return what a pair would be, None where it can be nothing: what each side has already leaves no room for the other."""
    if a.uetr and b.uetr and a.uetr != b.uetr:
        return None
    p, q = a.posting, b.posting
    if p is not None and q is not None:
        if a.account == b.account:
            is_one_line = p.amount == q.amount and p.booked == q.booked and p.cite.exhibit != q.cite.exhibit
            return "copy" if is_one_line else None
        out, into = (a, b) if p.amount < 0 else (b, a)
        is_open = (p.amount < 0) != (q.amount < 0) and not of[out.key].credit and not of[into.key].debit
        return "two sides" if is_open else None
    if p is None and q is None:
        return None if is_rival(a, b) or a.kind[:5] == b.kind[:5] else "legs"
    line, message = (a, b) if p is not None else (b, a)
    posting = line.posting
    if (
        posting is None
        or (posting.amount < 0 and of[message.key].debit)
        or (posting.amount > 0 and of[message.key].credit)
    ):
        return None
    return "booking"


# -- features


def _features(a: Record, b: Record, kind: Kind) -> tuple[tuple[str, int, str], ...]:
    found = [_amount(a, b), _day(a, b)]
    for feature in (_account(a, b, kind), _bank(a, b), _name(a, b), _text(a, b)):
        if feature is not None:
            found.append(feature)
    return tuple(found)


def _amount(a: Record, b: Record) -> tuple[str, int, str]:
    high, low = max(a.amount or 0, b.amount or 0), min(a.amount or 0, b.amount or 0)
    gap, full = high - low, WEIGHTS["amount"]
    shown = f"{major(gap, a.currency, group=True)} {a.currency}" if a.currency in EXPONENTS else f"{gap} minor units"
    if not gap:
        return "amount", full, "equal"
    if gap in {a.charges, b.charges}:
        return "amount", full - 5, f"{shown} less, as a message states its charges"
    if gap in {*_quoted(a), *_quoted(b)}:
        return "amount", full - 5, f"{shown} less, as a text quotes a fee"
    return "amount", full - 15, f"{shown} less, within the fee tolerance and not explained"


def _quoted(record: Record) -> Iterator[int]:
    """Yield fees quoted in free text (`/FEE/USD5,00`, sometimes with a stray space inside the number)."""
    text = record.message.narrative + "\n" + record.message.remittance if record.message else _details(record)
    for currency, number in _FEE.findall(text):
        whole, _, part = number.replace(" ", "").replace(".", ",").partition(",")
        digits = EXPONENTS.get(currency, 2)
        if currency == record.currency and len(part) <= digits:
            yield int(whole + part.ljust(digits, "0"))


def _details(record: Record) -> str:
    return record.posting.details if record.posting else ""


def _day(a: Record, b: Record) -> tuple[str, int, str]:
    days = abs((a.day - b.day).days) if a.day and b.day else 0
    return "day", max(0, WEIGHTS["day"] - 5 * days), f"{days} days apart" if days else "equal"


def _account(a: Record, b: Record, kind: Kind) -> tuple[str, int, str] | None:
    full = WEIGHTS["account"]
    if kind == "copy":
        return "account", full, "one account, two exhibits"
    asked = [
        (printed, line.posting)
        for line, other in ((a, b), (b, a))
        if line.posting
        for printed in ([other.posting.counterparty_account] if other.posting else _printed(other, line.posting))
        if printed
    ]
    agree = sum(1 for printed, line in asked if is_account(printed, line))
    if not asked:
        return None
    if not agree:
        return "account", -full, "the account printed for it is another one"
    return "account", full * agree // len(asked), f"{agree} of {len(asked)} printed accounts agree"


def _printed(message: Record, line: Posting) -> Sequence[str]:
    """Return the customer account that a message prints for the side of a line."""
    return message.named.get("debtor" if line.amount < 0 else "creditor", ())


def _bank(a: Record, b: Record) -> tuple[str, int, str] | None:
    shared = sorted(a.banks & b.banks)
    return ("bank", WEIGHTS["bank"], f"both name {', '.join(shared)}") if shared else None


def _name(a: Record, b: Record) -> tuple[str, int, str] | None:
    """Compare names of the counterparty. Of two sides the names are those of two parties, and say little either way."""
    if a.message and b.message:
        shared = sorted(a.parties & b.parties)
        return ("name", WEIGHTS["name"], f"both name {shared[0]}") if shared else None
    likeness = max(
        (int(fuzz.token_set_ratio(one.casefold(), other.casefold())) for one in _names(a, b) for other in _names(b, a)),
        default=0,
    )
    if likeness <= _ALIKE:
        return None
    return "name", likeness * WEIGHTS["name"] // 100, f"names {likeness} of 100 alike"


def _names(record: Record, beside: Record) -> list[str]:
    """Return the counterparty of a line, or the customers of a message on the other side of the line beside it."""
    if record.posting:
        return [record.posting.counterparty] if record.posting.counterparty else []
    if record.message is None or beside.posting is None:
        return []
    role = "creditor" if beside.posting.amount < 0 else "debtor"
    return [p.name for p in (*record.message.parties, *record.message.underlying) if p.role == role and p.name]


def _text(a: Record, b: Record) -> tuple[str, int, str] | None:
    one, other = (r.message.remittance if r.message else _details(r) for r in (a, b))
    likeness = int(fuzz.token_set_ratio(one.casefold(), other.casefold())) if one.strip() and other.strip() else 0
    return ("text", likeness * WEIGHTS["text"] // 100, f"texts {likeness} of 100 alike") if likeness > _ALIKE else None


# -- ranking


def _slots(left: str, right: str, kind: Kind, held: Mapping[str, Record]) -> tuple[str, str]:
    """Return what a pair takes up: a message has room for one line on each side, everything else for one partner."""
    if kind != "booking":
        return f"{kind} {left}", f"{kind} {right}"
    line = held[left].posting or held[right].posting
    side = "debit" if line is not None and line.amount < 0 else "credit"
    return f"booking {side} {left}", f"booking {side} {right}"


def _ranked(
    found: Mapping[tuple[str, str], tuple[Kind, tuple[tuple[str, int, str], ...]]], held: Mapping[str, Record]
) -> tuple[Candidate, ...]:
    score = {pair: max(0, sum(points for _, points, _ in features)) for pair, (_, features) in found.items()}
    slots = {pair: _slots(*pair, kind, held) for pair, (kind, _) in found.items()}
    by_slot: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for pair in sorted(found, key=lambda pair: (-score[pair], pair)):
        for slot in slots[pair]:
            by_slot[slot].append(pair)
    chosen = _assigned(slots, score)
    made = []
    for pair, (kind, features) in found.items():
        rivals = [next((other for other in by_slot[slot][:2] if other != pair), None) for slot in slots[pair]]
        best = max((r for r in rivals if r), key=lambda r: (score[r], r), default=None)
        second = next((key for key in best if key not in pair), "") if best else ""
        margin = score[pair] - (score[best] if best else 0)
        one = Candidate(*pair, kind, score[pair], margin, second, pair in chosen, features)
        right = held[pair[1]].posting
        is_turned = kind in {"two sides", "conversion"} and right is not None and right.amount < 0
        made.append(replace(one, left=pair[1], right=pair[0]) if is_turned else one)
    # of equal scores the larger amount first: it decides more
    return tuple(sorted(made, key=lambda c: (-c.score, not c.is_best, -(held[c.left].amount or 0), c.left, c.right)))


def _assigned(
    slots: Mapping[tuple[str, str], tuple[str, str]], score: Mapping[tuple[str, str], int]
) -> set[tuple[str, str]]:
    """Return the pairs of the best one-to-one assignment: the largest sum of scores, each slot taken once."""
    import networkx as nx

    graph: nx.Graph[str] = nx.Graph()
    for pair in sorted(slots):
        graph.add_edge(*slots[pair], weight=score[pair], pair=pair)
    taken: set[tuple[str, str]] = set()
    for part in nx.connected_components(graph):
        taken |= {graph.edges[edge]["pair"] for edge in nx.max_weight_matching(graph.subgraph(part))}
    return taken

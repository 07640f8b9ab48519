"""Which payment messages are one wire (nexus.md section 5): every rung that fires is kept, none is summed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from tracer.model import EXPONENTS, Message

__all__ = ["Joined", "join"]

#: (document, document, rung)
Joined = tuple[str, str, int]
_NONE = frozenset({"", "NONREF", "NOTPROVIDED"})
_FEE_MAJOR = 80  # nexus.md section 0: 0 to 80 major units of drift downwards


def _usable(reference: str) -> str:
    text = reference.strip().upper()
    return "" if text in _NONE or len(text) < 4 else text.removesuffix("+")


def _near(one: date | None, other: date | None) -> bool:
    return one is None or other is None or abs((one - other).days) <= 5


def join(messages: Mapping[str, Message]) -> tuple[Joined, ...]:
    """Return every pair that rungs 0 to 3 join, with the rung; one pair may fire several."""
    keys = sorted(messages)
    index: dict[str, set[str]] = {}
    for key in keys:
        m = messages[key]
        names = (
            m.content_hash,
            m.uetr.lower(),
            _usable(m.reference),
            _usable(m.related_reference),
            _usable(m.end_to_end_id),
            m.imad,
            m.omad,
            m.previous_imad,
            _usable(m.return_of),
            m.return_of.lower(),
        )
        for name in names:
            if name:
                index.setdefault(name, set()).add(key)
    pairs = {(a, b) for group in index.values() if len(group) < 300 for a in group for b in group if a < b}
    found: list[Joined] = []
    for a, b in sorted(pairs):
        found += [(a, b, rung) for rung in _rungs(messages[a], messages[b])]
    return tuple(found)


def _rungs(a: Message, b: Message) -> list[int]:
    if a.content_hash and a.content_hash == b.content_hash:
        return [0]
    if a.uetr and b.uetr and a.uetr.lower() != b.uetr.lower():
        return []
    events = [m for m in (a, b) if m.settled is None or m.return_of]
    if events:
        return _attached(a, b)
    if a.settled_currency != b.settled_currency or not _near(a.settled_date, b.settled_date):
        return []
    drift = abs((a.settled or 0) - (b.settled or 0))
    allowed = _FEE_MAJOR * int(10 ** EXPONENTS.get(a.settled_currency, 2))
    rungs = []
    if a.uetr and a.uetr.lower() == b.uetr.lower() and drift <= allowed and _meet(a, b):
        rungs.append(1)
    if drift == 0 and _related(a, b):
        rungs.append(2)
    if _leg(a, b) and drift <= allowed:
        rungs.append(3)
    return rungs


def _meet(a: Message, b: Message) -> bool:
    """Legs of one payment share an institution; an id reused by unrelated payments does not."""

    def banks(m: Message) -> set[str]:
        return {x[:8] for x in (m.sender, m.receiver, *(agent.id for agent in m.agents)) if x}

    return bool(banks(a) & banks(b)) or not banks(a) or not banks(b)


def _related(a: Message, b: Message) -> bool:
    for one, other in ((a, b), (b, a)):
        cover = "COV" in other.kind or other.kind in {"MT202", "MT205"}
        if (
            cover
            and not one.kind.startswith("MT2")
            and _usable(one.reference)
            and _usable(one.reference) == _usable(other.related_reference)
        ):
            return True
    return bool(_usable(a.end_to_end_id)) and _usable(a.end_to_end_id) == _usable(b.end_to_end_id)


def _leg(a: Message, b: Message) -> bool:
    for one, other in ((a, b), (b, a)):
        if (
            other.kind in {"MT900", "MT910"}
            and _usable(other.related_reference)
            and _usable(other.related_reference) in {_usable(one.reference), _usable(one.related_reference)}
        ):
            return True
        if (
            other.kind == "FAIM"
            and one.kind != "FAIM"
            and _usable(other.reference)
            and _usable(other.reference) == _usable(one.reference)
        ):
            return True
    shared = {x for x in (a.imad, a.omad) if x} & {x for x in (b.imad, b.omad) if x}
    return bool(shared)


def _attached(a: Message, b: Message) -> list[int]:
    """A status or a return and its original."""
    if a.uetr and a.uetr.lower() == b.uetr.lower():
        return [1]
    for event, original in ((a, b), (b, a)):
        if event.settled is not None and not event.return_of:
            continue
        named = {
            x for x in (event.return_of, event.reference, event.end_to_end_id, event.related_reference) if _usable(x)
        }
        own = {
            x for x in (original.reference, original.end_to_end_id, original.message_id, original.imad) if _usable(x)
        }
        if named & own:
            return [2]
    return []

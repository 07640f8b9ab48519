"""What is told of wires: totals per grade, the words of one wire, and the result in the form of nexus.md section 7."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tracer.model import UsInstitution, Wire, major
from tracer.nexus.hooks import provisions_of

__all__ = ["as_result", "explain", "minimum_totals", "totals"]

_LINES = ("us_by_grade", "us_incl_territories_by_grade")


def _sums(found: Iterable[Wire], *, smallest: bool) -> dict[str, dict[str, dict[str, int]]]:
    lines: dict[str, dict[str, dict[str, int]]] = {name: {} for name in _LINES}
    for wire in found:
        amount = wire.settled_min if smallest else wire.settled_max
        if not amount:
            continue
        for name, counts in zip(_LINES, (wire.bucket == "US", wire.bucket != "NONE"), strict=True):
            if counts:
                row = lines[name].setdefault(wire.currency, {})
                row[wire.grade] = row.get(wire.grade, 0) + amount
    return lines


def totals(found: Iterable[Wire]) -> dict[str, dict[str, dict[str, int]]]:
    """Return sums of settled_max per currency and grade, each wire once, never across grades: US first, then with territories."""
    return _sums(found, smallest=False)


def minimum_totals(found: Iterable[Wire]) -> dict[str, dict[str, dict[str, int]]]:
    """Return the sums of settled_min, which are printed beside `totals` where the two differ."""
    return _sums(found, smallest=True)


def explain(wire: Wire) -> str:
    """Return legs, institutions with field and grade, notes, provisions with authority and contrary, line by line."""
    pairs = ", ".join(f"{a}-{b}" for a, b in wire.legs) or "no legs"
    lines = [f"{wire.wire_id}: {pairs}; grade {wire.grade}"]
    if wire.currency:
        held = [major(v, wire.currency) for v in (wire.settled_min, wire.settled_max) if v is not None]
        shown = " to ".join(dict.fromkeys(held)) or "no amount settled"
        lines.append(
            f"value: {wire.currency} {shown} on {wire.value_date}, counted once for {len(wire.documents)} documents"
        )
    if wire.announcement:
        lines.append(f"announcement, no money leg: {'-'.join(wire.announcement)}")
    for us in (*wire.us, *wire.us_territory):
        number = f" ABA {us.aba}" if us.aba and us.aba != us.id else ""
        lines.append(
            f"{us.id}{number} ({us.place}): {', '.join(us.roles)} in {', '.join(us.fields)}; {us.grade}: {us.sentence_en}"
        )
    if not wire.us and not wire.us_territory and wire.extra:
        lines.append(f"{wire.grade}: {wire.extra.get('sentence_en', '')}")
    lines += [f"excluded: {name} ({reason})" for name, reason in wire.excluded]
    lines += [f"joined: {' and '.join(d[:12] for d in docs)} by rung {rung}" for docs, rung in wire.joined_by]
    lines += [f"account: {a['number']} of {a['holder']} at {a['servicer']} ({a['basis']})" for a in wire.accounts]
    lines += [f"note: {note}" for note in wire.notes]
    for one in provisions_of(wire.hooks):
        lines.append(
            f"{one.id} needs {one.needs}; from this wire: {one.from_wire}. {one.authority}. Against: {one.against} [{one.mark}: {one.caution}]"
        )
    lines += [f"counterpoint: {text}" for text, _ in wire.counterpoints]
    lines.append("never said: " + ", ".join(wire.never))
    return "\n".join(lines)


def _institution(us: UsInstitution) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": us.id,
        "scheme": us.scheme,
        "place": us.place,
        "city": us.city,
        "roles": list(us.roles),
        "grade": us.grade,
        "docs": list(us.documents),
        "sentence_en": us.sentence_en,
        "sentence_zh": us.sentence_zh,
    }
    return made | {
        name: text
        for name, text in (("aba", us.aba), ("name", us.name), ("chips_participant", us.chips_participant))
        if text
    }


def as_result(wire: Wire) -> dict[str, Any]:
    """Return the JSON of one wire: amounts as decimal strings, dates as YYYY-MM-DD."""

    def amount(value: int | None) -> str | None:
        return None if value is None or not wire.currency else major(value, wire.currency)

    extra = dict(wire.extra or {})
    made: dict[str, Any] = {
        "wire_id": wire.wire_id,
        "other_ids": list(wire.other_ids),
        "docs": list(wire.documents),
        "ccy": wire.currency,
        "value_date": str(wire.value_date) if wire.value_date else None,
        "value": {
            "instructed": amount(wire.instructed),
            "settled_min": amount(wire.settled_min),
            "settled_max": amount(wire.settled_max),
        },
        "bucket": wire.bucket,
        "us": [_institution(u) for u in wire.us],
        "us_territory": [_institution(u) for u in wire.us_territory],
        "excluded": [{"id": name, "reason": reason} for name, reason in wire.excluded],
        "wire_grade": wire.grade,
        "sentence": wire.sentence,
        "legs": [list(pair) for pair in wire.legs],
        "announcement": list(wire.announcement) if wire.announcement else None,
        "crossings": dict(wire.crossings),
        "hooks": dict(wire.hooks),
        "accounts": [dict(a) for a in wire.accounts],
        "joined_by": [{"docs": list(docs), "rung": rung} for docs, rung in wire.joined_by],
        "notes": list(wire.notes),
        "never": list(wire.never),
        "retention_until": str(wire.retention_until) if wire.retention_until else None,
        "requests": [dict(r) for r in wire.requests],
    }
    back = extra.get("return_legs")
    if isinstance(back, tuple):
        extra["return_legs"] = [list(pair) for pair in back]
    return made | extra

"""The acceptance cases of `nexus_messages/`: one case per key of `parsed`, `wires`, `checks` and `totals`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tracer.model import Message, Wire, major
from tracer.nexus.identifiers import bic_place, is_aba, is_imad, is_omad
from tracer.nexus.institutions import Institution, read_institutions
from tracer.nexus.paths import mentions
from tracer.nexus.wires import totals, wires

__all__ = ["CaseOutcome", "run_folder"]

Read = Callable[[Path], list[Any]]


@dataclass(slots=True)
class CaseOutcome:
    """Passed when every compared figure agrees; what tracer does not know is named in `missing`."""

    details: list[tuple[str, Any, Any, bool]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def compare(self, path: str, computed: Any, expected: Any, *, ok: bool | None = None) -> None:
        self.details.append((path, computed, expected, computed == expected if ok is None else ok))

    @property
    def status(self) -> str:
        if any(not ok for _, _, _, ok in self.details):
            return "failed"
        return "passed" if self.details else "not covered"


def run_folder(folder: Path, read: Read) -> Iterator[tuple[str, CaseOutcome]]:
    """Yield (case name, outcome). `read(path)` returns the facts of a file, as `load` would read it."""
    expected = json.loads((folder / "expected.json").read_text("utf-8"))
    inputs = {name: folder / stated["file"] for name, stated in expected.get("inputs", {}).items()}
    read_once: dict[str, list[Message]] = {}

    def messages(name: str) -> list[Message]:
        if name not in read_once:
            read_once[name] = [m for m in read(inputs[name]) if isinstance(m, Message)]
        return read_once[name]

    for name, stated in expected.get("parsed", {}).items():
        outcome = CaseOutcome()
        found = messages(name)
        outcome.compare("messages", len(found), 1)
        if found:
            _parsed(found[0], stated, outcome)
        yield f"parsed {name}", outcome
    for name, stated in expected.get("wires", {}).items():
        outcome = CaseOutcome()
        rows = _rows(folder, stated.get("institutions"))
        made = _wires({doc: m for doc in stated["docs"] for m in messages(doc)}, stated.get("producers", {}), rows)
        outcome.compare("wires", len(made), 1)
        if made:
            _wire(made[0], stated, outcome)
        yield f"wire {name}", outcome
    for number, check in enumerate(expected.get("checks", []), 1):
        yield f"check {number}", _check(check)
    if "totals" in expected:
        yield from _totals(expected["totals"], messages)


def _rows(folder: Path, name: str | None) -> tuple[Institution, ...]:
    return read_institutions((folder / name).read_text("utf-8")) if name else ()


def _wires(
    documents: Mapping[str, Message], producers: Mapping[str, Any], rows: tuple[Institution, ...]
) -> tuple[Wire, ...]:
    made = {name: (str(stated["kind"]), str(stated.get("institution", ""))) for name, stated in producers.items()}
    return wires(documents, {}, {}, producers=made, institutions=rows)


def _field_value(message: Message, name: str) -> str | None:
    for tag, value in message.fields:
        if tag.strip("{}") == name or tag == name or tag.rsplit("/", 1)[-1] == name:
            return value
    return None


def _parsed(m: Message, stated: Mapping[str, Any], outcome: CaseOutcome) -> None:
    agents = {a.field: a for a in m.agents}
    parties = {p.field: p for p in (*m.parties, *m.underlying)}
    plain: dict[str, Any] = {
        "type": "MT202COV" if m.kind == "MT202COV" else m.kind,
        "io": m.direction,
        "sender": m.sender,
        "receiver": m.receiver,
        "uetr": m.uetr or None,
        "imad": m.imad,
        "omad": m.omad,
        "sttlm_mtd": m.settlement_method,
        "sttlm_acct": m.settlement_account,
        "instg": m.sender,
        "instd": m.receiver,
        "amount": major(m.settled, m.settled_currency) if m.settled is not None else None,
    }
    for key, value in stated.items():
        if key in {"sender_aba", "receiver_aba", "sender_name", "receiver_name"}:
            agent = agents.get("{3100}" if key.startswith("sender") else "{3400}")
            outcome.compare(key, (agent.id if key.endswith("aba") else agent.name) if agent else None, value)
        elif key in {"instg", "instd"}:
            outcome.compare(key, plain[key][:8], str(value)[:8])
        elif key in plain:
            outcome.compare(key, plain[key], value)
        elif key == "32A":
            found = {"date": str(m.settled_date), "ccy": m.settled_currency, "amount": plain["amount"]}
            outcome.compare(key, {k: found.get(k) for k in value}, value)
        elif key == "absent":
            tags = {re.match(r"[0-9]*", tag)[0] for tag, _ in m.fields}  # type: ignore[index]
            outcome.compare(key, sorted(set(value) - tags), sorted(value))
        elif key == "sequence_b":
            outcome.compare(key, {tag: parties[tag].name for tag in value if tag in parties}, value)
        elif isinstance(value, dict):
            outcome.compare(key, _agent_view(m, key, value), value)
        else:
            agent = agents.get(key)
            outcome.compare(
                key, agent.id if agent else _field_value(m, key) and str(_field_value(m, key)).rstrip("*"), value
            )


def _agent_view(m: Message, key: str, stated: Mapping[str, Any]) -> dict[str, Any]:
    agent = next((a for a in m.agents if a.field.strip("{}") == key), None)
    party = next((p for p in m.parties if p.field.strip("{}") == key), None)
    raw = _field_value(m, key) or ""
    found: dict[str, Any] = {}
    for name in stated:
        if name == "party_id":
            found[name] = agent.account or agent.clearing if agent else None
        elif name == "bic":
            found[name] = agent.id if agent and agent.scheme == "BIC" else None
        elif name == "chips_participant":
            found[name] = agent.clearing.removeprefix("CP") if agent else None
        elif name == "id_code":
            found[name] = raw[:1]
        elif name == "id":
            found[name] = agent.id if agent else party.account if party else None
        elif name == "name":
            found[name] = agent.name if agent else party.name if party else None
    return found


_LISTS = frozenset({"docs", "roles", "notes", "never"})


def _amount(value: int | None, currency: str) -> str | None:
    return None if value is None else major(value, currency)


def _wire(wire: Wire, stated: Mapping[str, Any], outcome: CaseOutcome) -> None:
    extra = wire.extra or {}
    simple: dict[str, Any] = {
        "wire_id": wire.wire_id,
        "ccy": wire.currency,
        "value_date": str(wire.value_date) if wire.value_date else None,
        "bucket": wire.bucket,
        "wire_grade": wire.grade,
        "sentence": wire.sentence,
        "crossings": wire.crossings,
        "retention_until": str(wire.retention_until) if wire.retention_until else None,
        "legs": [list(pair) for pair in wire.legs],
        "announcement": list(wire.announcement) if wire.announcement else None,
        "value": {
            "instructed": _amount(wire.instructed, wire.currency),
            "settled_min": _amount(wire.settled_min, wire.currency),
            "settled_max": _amount(wire.settled_max, wire.currency),
        },
        **{
            key: extra.get(key)
            for key in (
                "imad",
                "omad",
                "crossings_incl_territories",
                "gross_through",
                "returned",
                "net_delivered",
                "unexplained",
                "return_crossings",
                "instructed_original",
            )
        },
        "return_legs": [list(pair) for pair in extra.get("return_legs", ())],  # type: ignore[attr-defined]
    }
    for key, value in stated.items():
        if key in {"institutions", "producers", "claims", "value_status", "basis", "on"}:
            continue
        if key == "value":
            outcome.compare(key, {k: simple["value"].get(k) for k in value}, value)
        elif key in simple:
            outcome.compare(key, simple[key], value)
        elif key in {"us", "us_territory"}:
            _institutions(key, getattr(wire, key), value, outcome)
        elif key in {"hooks", "hooks_incl_territories"}:
            found = wire.hooks if key == "hooks" else extra.get(key, {})
            _hooks(key, found, value, outcome)  # type: ignore[arg-type]
        elif key == "docs":
            outcome.compare(key, sorted(wire.documents), sorted(value))
        elif key == "notes":
            held = {note.split(":")[0] for note in wire.notes}
            wanted = {note.split(":")[0] for note in value}
            outcome.compare(key, list(wire.notes), value, ok=wanted <= held)
        elif key == "never":
            outcome.compare(key, sorted(wire.never), sorted(value))
        elif key == "excluded":
            found_out = [{"id": a, "reason": b} for a, b in wire.excluded]
            outcome.compare(key, found_out, value, ok=_excluded(wire, value))
        elif key == "requests":
            _requests(wire, value, outcome)
        elif key == "accounts":
            shown = [{k: a.get(k) for k in ("number", "holder", "servicer")} for a in wire.accounts]
            wanted_accounts = [{k: a.get(k) for k in ("number", "holder", "servicer")} for a in value]
            outcome.compare(
                key, shown, wanted_accounts, ok=sorted(map(str, shown)) == sorted(map(str, wanted_accounts))
            )
        elif key == "joined_by":
            pairs = {(tuple(sorted(docs)), rung) for docs, rung in wire.joined_by}
            outcome.compare(
                key, sorted(pairs), value, ok=all((tuple(sorted(j["docs"])), j["rung"]) in pairs for j in value)
            )
        elif key == "bug_value":
            outcome.compare(
                "value is not bug_value",
                simple["value"]["settled_max"],
                f"not {value}",
                ok=simple["value"]["settled_max"] != value,
            )
        else:
            outcome.missing.append(f"expected key {key}")


def _excluded(wire: Wire, stated: list[Any]) -> bool:
    reasons = sorted(str(e.get("reason", "")) if isinstance(e, dict) else str(e) for e in stated)
    ids = sorted(str(e.get("id", e.get("doc", ""))) for e in stated if isinstance(e, dict))
    return reasons == sorted(reason for _, reason in wire.excluded) and all(
        not i or i[:8] in {a[:8] for a, _ in wire.excluded} or i in {a for a, _ in wire.excluded} for i in ids
    )


def _institutions(key: str, found: Any, stated: list[dict[str, Any]], outcome: CaseOutcome) -> None:
    held = {us.id: us for us in found}
    outcome.compare(f"{key}: ids", sorted(held), sorted(s["id"] for s in stated))
    for one in stated:
        us = held.get(one["id"])
        if us is None:
            continue
        for name, value in one.items():
            computed: Any = us.documents if name == "docs" else getattr(us, name, None)
            if name in {"roles", "docs"}:
                outcome.compare(f"{key} {us.id} {name}", sorted(computed), sorted(value))
            else:
                outcome.compare(f"{key} {us.id} {name}", computed, value)


def _hooks(key: str, found: Mapping[str, Any], stated: Mapping[str, Any], outcome: CaseOutcome) -> None:
    if not stated:
        outcome.compare(key, dict(found), {}, ok=not any(found.values()))
    names = {*stated, *found} if stated else set(stated)
    for name in sorted(names):
        computed, value = found.get(name), stated.get(name)
        if isinstance(value, list) or isinstance(computed, list):
            outcome.compare(f"{key} {name}", sorted(computed or []), sorted(value or []))
        else:
            outcome.compare(f"{key} {name}", bool(computed), bool(value))


def _requests(wire: Wire, stated: list[dict[str, Any]], outcome: CaseOutcome) -> None:
    found = {str(r["to"]): r for r in wire.requests}
    outcome.compare("requests: to", sorted(found), sorted(r["to"] for r in stated))
    for one in stated:
        made = found.get(one["to"])
        if made is None:
            continue
        outcome.compare(f"request {one['to']} account", made["account"], one["account"])
        quoted: Any = made["quote"]
        outcome.compare(f"request {one['to']} quote", quoted, one["quote"], ok=set(one["quote"]) <= set(quoted))


def _check(check: Mapping[str, Any]) -> CaseOutcome:
    outcome = CaseOutcome()
    what, value = check["what"], check["value"]
    if what == "IMAD":
        outcome.compare(what, is_imad(value), check["valid"])
    elif what == "OMAD":
        outcome.compare(what, is_omad(value), check["valid"])
    elif what == "ABA":
        outcome.compare(what, is_aba(value), check["valid"])
    elif what == "BIC place":
        outcome.compare(what, bic_place(value), check["place"])
    elif "IMAD" in what and "is_bic" in check:
        from tracer.model import Cite

        carrier = Message(
            Cite("0" * 64, "check"), "FAIM", imad=f"20240318{value}000123", omad=f"20240318{value}00004503181511FT01"
        )
        outcome.compare(what, any(m.id.startswith(value) for m in mentions(carrier)), check["is_bic"])
    else:
        outcome.missing.append(f"check of {what}")
    return outcome


def _totals(stated: Mapping[str, Any], messages: Callable[[str], list[Message]]) -> Iterator[tuple[str, CaseOutcome]]:
    kinds = {"fed": "produced by the Fed or either bank", "foreign": "produced by a foreign bank"}
    for name, value in stated.items():
        if not isinstance(value, dict) or name == "leads":
            continue
        names = list(stated["input"])
        if "M1_ack" in name:
            names.append("M1_ack")
        kind = next((k for k, words in kinds.items() if words in name), "foreign")
        documents = {doc: m for doc in names for m in messages(doc)}
        made = _wires(documents, {"M5": {"kind": kind}}, ())
        twice = _wires(
            {**documents, **{f"{k} again": m for k, m in documents.items()}},
            {"M5": {"kind": kind}, "M5 again": {"kind": kind}},
            (),
        )
        outcome = CaseOutcome()
        found = {
            line: {c: {g: major(a, c) for g, a in grades.items()} for c, grades in per.items()}
            for line, per in totals(made).items()
        }
        again = {
            line: {c: {g: major(a, c) for g, a in grades.items()} for c, grades in per.items()}
            for line, per in totals(twice).items()
        }
        for line, per in value.items():
            outcome.compare(line, found[line], per)
            outcome.compare(f"{line}, every document twice", again[line], per)
        if "wires" in stated:
            outcome.compare("wires", len(made), stated["wires"])
        for grade, docs in stated.get("leads", {}).items():
            leads = sorted(doc for wire in made if wire.grade == grade for doc in wire.documents)
            outcome.compare(f"leads {grade}", leads, sorted(docs))
        yield f"totals {name}", outcome

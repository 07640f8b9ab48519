"""The acceptance cases of the nexus, run from a folder with `expected.json` (schema nexus-expected/1).

One case is each key of `parsed`, `wires`, `checks` and `totals`. Only the keys that are listed are compared; lists are sets,
legs are ordered; notes and joined_by are "at least"; an absent hook is false or []. The reader and matching are injected,
since a room imports no connector and no other room. A key that nothing here knows is not covered, by name, and never passed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tracer.model import Cite, Judgement, Message, Posting, Statement, Transfer, Wire, fact_id, major
from tracer.nexus.identifiers import (
    bic_place,
    carries_bic,
    is_aba,
    is_bic,
    is_imad,
    is_omad,
    is_passive,
    is_test,
    is_uetr,
)
from tracer.nexus.institutions import Institution, read_institutions
from tracer.nexus.mentions import mentions
from tracer.nexus.told import as_result, totals
from tracer.nexus.wires import wires

__all__ = ["CaseOutcome", "run_folder"]

Read = Callable[[Path], Iterable[Any]]
#: (postings, messages, statements) -> (judgements in force, transfers): matching, injected like the reader.
Match = Callable[
    [Mapping[str, Posting], Mapping[str, Message], Mapping[str, Statement]],
    tuple[tuple[Judgement, ...], tuple[Transfer, ...]],
]
Detail = tuple[str, Any, Any, bool]
_SETS = frozenset({"docs", "roles", "never", "981k_lead", "1355_venue", "1956a2"})
_INPUTS = frozenset({"institutions", "producers", "claims", "value_status", "basis", "on", "pool"})
_AT_LEAST = frozenset({"joined_by", "notes"})


@dataclass(slots=True)
class CaseOutcome:
    """What one case gave: every figure with what was computed and expected, and the names that are not covered."""

    details: list[Detail] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    @property
    def status(self) -> str:
        """passed, failed, or not_covered where nothing failed and a name is missing."""
        if any(not ok for _, _, _, ok in self.details):
            return "failed"
        return "not_covered" if self.missing else "passed"

    def compare(self, path: str, computed: Any, expected: Any, *, ok: bool | None = None) -> None:
        self.details.append((path, computed, expected, computed == expected if ok is None else ok))


class _Folder:
    """The documents of a folder, each read once, under the names that the cases use."""

    def __init__(self, place: Path, read: Read, match: Match) -> None:
        self.place, self.read, self.match = place, read, match
        self.expected: dict[str, Any] = json.loads((place / "expected.json").read_text("utf-8"))
        self.inputs: dict[str, Any] = self.expected.get("inputs", {})
        self._facts: dict[str, list[Any]] = {}
        self.last: tuple[Wire, ...] = ()

    def facts(self, name: str) -> list[Any]:
        key = name if name in self.inputs else name.rsplit("/", 1)[-1]
        if key not in self._facts:
            self._facts[key] = list(self.read(self.place / self.inputs[key]["file"]))
        return self._facts[key]

    def rows(self, name: str | None) -> tuple[Institution, ...]:
        return read_institutions((self.place / name).read_text("utf-8")) if name else ()

    def producers(self, names: Iterable[str], stated: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
        """Return who produced each document: the case says it, else the list of inputs in words."""
        found = {}
        for name in names:
            words = str(self.inputs.get(name.rsplit("/", 1)[-1], {}).get("producer", ""))
            bank = words.split(" ", maxsplit=1)[0] if is_bic(words.split(" ", maxsplit=1)[0]) else ""
            kind = (
                "fed"
                if "Fed" in words
                else "us"
                if "US" in words.rsplit("(", maxsplit=1)[-1] or bank[4:6] == "US"
                else "foreign"
            )
            one = stated.get(name)
            found[name] = (str(one["kind"]), str(one.get("institution", "") or "")) if one else (kind, bank)
        return found

    def wires(
        self, names: Iterable[str], producers: Mapping[str, Any], rows: tuple[Institution, ...], *, twice: bool = False
    ) -> list[dict[str, Any]]:
        """Return the results of the wires of these documents, with documents under their own names."""
        listed = list(names)
        messages: dict[str, Message] = {}
        postings: dict[str, Posting] = {}
        statements: dict[str, Statement] = {}
        for name in listed:
            facts = [f for f in self.facts(name) if isinstance(f, Message | Posting)]
            for copy in ("", "again:") if twice else ("",):
                for number, fact in enumerate(facts):
                    key = f"{copy}{name}" if len(facts) == 1 else f"{copy}{name}#{number}"
                    if isinstance(fact, Message):
                        messages[key] = fact
                    elif not copy:
                        postings[key] = fact
            for fact in self.facts(name):
                if isinstance(fact, Statement):
                    statements[fact_id("statement", fact.cite)] = fact
        made = self.producers(listed, producers)
        made |= {f"again:{name}": one for name, one in made.items()}
        judgements, transfers = self.match(postings, messages, statements)
        found = wires(
            messages,
            postings,
            statements,
            producers=made,
            institutions=rows,
            transfers=transfers,
            judgements=judgements,
        )
        self.last = found
        return [_named(as_result(wire)) for wire in found]


def _named(result: dict[str, Any]) -> dict[str, Any]:
    def name(key: str) -> str:
        return key.removeprefix("again:").partition("#")[0]

    def names(keys: Iterable[str]) -> list[str]:
        return list(dict.fromkeys(name(key) for key in keys))

    result["docs"] = names(result["docs"])
    for us in (*result["us"], *result["us_territory"]):
        us["docs"] = names(us["docs"])
    result["joined_by"] = [{"docs": names(j["docs"]), "rung": j["rung"]} for j in result["joined_by"]]
    result["excluded"] = [{**one, "id": name(one["id"])} for one in result["excluded"]]
    return result


def run_folder(folder: Path, read: Read, match: Match) -> Iterator[tuple[str, CaseOutcome]]:
    """Yield (name, outcome) of every case of a folder. `read(path)` returns the facts and rejects of one file."""
    held = _Folder(folder, read, match)
    for name, stated in held.expected.get("parsed", {}).items():
        outcome = CaseOutcome()
        facts = [f for f in held.facts(name) if isinstance(f, Message)]
        if facts:
            _parsed(facts[0], stated, outcome)
        else:
            outcome.missing.append(f"{name} holds no payment message")
        yield f"parsed {name}", outcome
    for name, stated in held.expected.get("wires", {}).items():
        yield f"wire {name}", _wire_case(held, name, stated)
    for number, check in enumerate(held.expected.get("checks", []), 1):
        yield f"check {number}", _check(check)
    yield from _totals(held)


# -- parsed


def _value(message: Message, name: str) -> str | None:
    """Return the text of a tag or element: MT `57A`, FAIM `3320`, ISO by the last steps of its path."""
    for tag, text in message.fields:
        plain = tag.strip("{}").partition("@")[0]
        if plain == name or plain.endswith(f"/{name}"):
            return text
    return None


def _same_bic(computed: object, expected: object) -> bool:
    """XXX is the head office: QXNBUS33 and QXNBUS33XXX are one address."""
    if not isinstance(computed, str) or not isinstance(expected, str):
        return computed == expected
    return computed.removesuffix("XXX") == expected.removesuffix("XXX")


def _parsed(m: Message, stated: Mapping[str, Any], outcome: CaseOutcome) -> None:
    parties = {p.field.removeprefix("B."): p for p in m.underlying}
    amount = major(m.settled, m.settled_currency) if m.settled is not None else None
    plain: dict[str, Any] = {
        "type": m.kind,
        "io": m.direction or None,
        "uetr": m.uetr or None,
        "imad": m.imad or None,
        "omad": m.omad or None,
        "sttlm_mtd": m.settlement_method or None,
        "sttlm_acct": m.settlement_account or None,
        "amount": amount,
        "ccy": m.settled_currency or None,
        "value_date": str(m.settled_date) if m.settled_date else None,
        "accepted": m.accepted,
        "possible_duplicate": m.possible_duplicate,
        "status": m.status or None,
        "return_of": m.return_of or None,
    }
    by_field = {a.field.strip("{}"): a for a in reversed(m.agents)}
    for key, value in stated.items():
        if key in {"sender", "receiver", "instg", "instd"}:
            end = m.sender if key in {"sender", "instg"} else m.receiver
            ok = _same_bic(end, value) or (isinstance(value, str) and len(value) == 8 and end[:8] == value)
            outcome.compare(key, end, value, ok=ok)
        elif key in {"sender_aba", "receiver_aba", "sender_name", "receiver_name"}:
            agent = by_field.get("3100" if key.startswith("sender") else "3400")
            outcome.compare(key, (agent.id if key.endswith("aba") else agent.name) if agent else None, value)
        elif key == "type":
            outcome.compare(key, m.kind, value, ok=m.kind.replace(" ", "") == str(value).replace(" ", ""))
        elif key in plain:
            outcome.compare(key, plain[key], value)
        elif key == "32A":
            found = {"date": str(m.settled_date), "ccy": m.settled_currency, "amount": amount}
            outcome.compare(key, {k: found.get(k) for k in value}, value)
        elif key == "absent":
            tags = {(re.match(r"[0-9]*", tag.strip("{}").removeprefix("B.")) or [""])[0] for tag, _ in m.fields}
            outcome.compare(key, sorted(set(value) - tags), sorted(value))
        elif key == "sequence_b":
            outcome.compare(key, {tag: parties[tag].name for tag in value if tag in parties}, value)
        elif isinstance(value, dict):
            _agent_view(m, key, value, outcome)
        else:
            agent = by_field.get(key)
            text = agent.id if agent and agent.scheme != "NAME" else (_value(m, key) or "").strip().rstrip("*") or None
            outcome.compare(key, text, value, ok=_same_bic(text, value))


def _agent_view(m: Message, key: str, stated: Mapping[str, Any], outcome: CaseOutcome) -> None:
    agent = next((a for a in m.agents if a.field.strip("{}") == key), None)
    party = next((p for p in m.parties if p.field.strip("{}") == key), None)
    raw = _value(m, key)
    if raw is None and agent is None:
        outcome.compare(key, None, dict(stated))
        return
    first = (raw or "").splitlines()[0].strip() if raw else ""
    number = re.match(r"/(?:[CD]/)?([^/].*)", first)
    clearing = re.fullmatch(r"(?:CP|CH|FW|USPID|USABA)([0-9]+)", agent.clearing) if agent else None
    for name, value in stated.items():
        found: Any = None
        if name == "party_id":
            found = agent.account if agent and agent.account else (number[1].strip() if number else None)
        elif name == "bic":
            found = agent.id if agent and agent.scheme == "BIC" else None
        elif name in {"chips_participant", "aba", "chips_uid"}:
            codes = {"chips_participant": ("CP", "USPID"), "aba": ("FW", "USABA"), "chips_uid": ("CH",)}[name]
            found = clearing[1] if clearing and agent and agent.clearing.startswith(codes) else None
        elif name == "id_code":
            found = (raw or "")[:1]
        elif name == "id":
            found = agent.id if agent else party.account if party else None
        elif name == "name":
            found = (agent.name.split(",")[0] if agent else party.name if party else None) or None
        elif name == "account":
            found = (agent.account if agent else party.account if party else None) or None
        else:
            outcome.missing.append(f"{key}/{name}")
            continue
        outcome.compare(f"{key}/{name}", found, value, ok=_same_bic(found, value))


# -- wires


def _wire_case(held: _Folder, name: str, stated: Mapping[str, Any]) -> CaseOutcome:
    outcome = CaseOutcome()
    documents = list(stated.get("docs") or re.sub(r" \(.*| produced .*", "", name).split("+"))
    pool = list(stated.get("pool") or documents)
    unknown = [d for d in pool if d not in held.inputs and d.rsplit("/", 1)[-1] not in held.inputs]
    if unknown:
        outcome.missing += [f"input {d}" for d in unknown]
        return outcome
    rows = held.rows(stated.get("institutions"))
    made = held.wires(pool, stated.get("producers") or {}, rows)
    fits = [w for w in made if set(w["docs"]) == set(documents)]
    outcome.compare("wires with exactly these documents", [w["docs"] for w in made], [documents], ok=len(fits) == 1)
    if len(fits) == 1:
        _wire(fits[0], stated, outcome)
    return outcome


def _wire(found: Mapping[str, Any], stated: Mapping[str, Any], outcome: CaseOutcome) -> None:
    for key, value in stated.items():
        if key in _INPUTS:
            continue
        if key in {"us", "us_territory"}:
            _institutions(key, found[key], value, outcome)
        elif key in {"hooks", "hooks_incl_territories"}:
            _hooks(key, found.get(key) or {}, value, outcome)
        elif key == "notes":
            held = {str(note).partition(":")[0] for note in found["notes"]}
            wanted = {str(note).partition(":")[0] for note in value}
            outcome.compare(key, found["notes"], value, ok=wanted <= held)
        elif key == "excluded":
            outcome.compare(key, found[key], value, ok=_excluded(found[key], value))
        elif key == "requests":
            _requests(found[key], value, outcome)
        elif key == "accounts":
            names = ("number", "holder", "servicer")
            shown = sorted(tuple(str(a.get(n)) for n in names) for a in found[key])
            outcome.compare(key, shown, sorted(tuple(str(a.get(n)) for n in names) for a in value))
        elif key == "joined_by":
            pairs = {(tuple(sorted(j["docs"])), j["rung"]) for j in found[key]}
            ok = all((tuple(sorted(j["docs"])), j["rung"]) in pairs for j in value)
            outcome.compare(key, sorted(pairs), value, ok=ok)
        elif key == "bug_value":
            largest = found["value"]["settled_max"]
            outcome.compare("value is not the sum of messages", largest, f"not {value}", ok=largest != value)
        elif key == "value":
            amounts = value or {"instructed": None, "settled_min": None, "settled_max": None}
            outcome.compare(key, {k: found[key].get(k) for k in amounts}, amounts)
        elif key in _SETS:
            outcome.compare(key, sorted(found[key]), sorted(value))
        elif key == "crossings_incl_territories":
            outcome.compare(key, found.get(key, found["crossings"]), value)
        elif key == "return_legs":
            outcome.compare(key, found.get(key) or [], value or [])
        elif key in found or key in _KNOWN:
            outcome.compare(key, found.get(key), value)
        else:
            outcome.missing.append(f"expected key {key}")


#: Keys that a result carries only where they apply.
_KNOWN = frozenset(
    [
        "imad",
        "omad",
        "gross_through",
        "returned",
        "net_delivered",
        "unexplained",
        "return_crossings",
        "instructed_original",
        "return_crossings_incl_territories",
        "announcement",
    ]
)


def _excluded(found: list[dict[str, str]], stated: Iterable[Any]) -> bool:
    """Compare reasons, and the address or document where the case states it; nothing else may be excluded."""
    left = list(found)
    for one in stated:
        texts = [str(v) for v in one.values()] if isinstance(one, dict) else re.split(r"[:, ]+", str(one))
        match = next(
            (
                f
                for f in left
                if f["reason"] in texts
                and all(_same_bic(f["id"], t) or t == f["reason"] or not (is_bic(t) and is_test(t)) for t in texts)
            ),
            None,
        )
        if match is None:
            return False
        left.remove(match)
    return not left


def _institutions(key: str, found: list[dict[str, Any]], stated: list[dict[str, Any]], outcome: CaseOutcome) -> None:
    held = {us["id"]: us for us in found}
    outcome.compare(f"{key}: ids", sorted(held), sorted(s["id"] for s in stated))
    for one in stated:
        us = held.get(one["id"])
        if us is None:
            continue
        for name, value in one.items():
            computed = us.get(name)
            path = f"{key} {us['id']} {name}"
            if name in {"roles", "docs"}:
                outcome.compare(path, sorted(computed or []), sorted(value))
            else:
                outcome.compare(path, computed, value)


def _hooks(key: str, found: Mapping[str, Any], stated: Mapping[str, Any], outcome: CaseOutcome) -> None:
    for name in sorted({*stated, *found}):
        computed, value = found.get(name), stated.get(name)
        if isinstance(value, list) or isinstance(computed, list):
            outcome.compare(f"{key} {name}", sorted(computed or []), sorted(value or []))
        else:
            outcome.compare(f"{key} {name}", bool(computed), bool(value))
    if not stated and not found:
        outcome.compare(key, {}, {})


def _requests(found: list[dict[str, Any]], stated: list[dict[str, Any]], outcome: CaseOutcome) -> None:
    held = {str(r["to"]): r for r in found}
    outcome.compare("requests: to", sorted(held), sorted(r["to"] for r in stated))
    for one in stated:
        made = held.get(one["to"])
        if made is None:
            continue
        outcome.compare(f"request {one['to']} account", made["account"], one.get("account"))
        quoted = made["quote"]
        outcome.compare(f"request {one['to']} quote", quoted, one["quote"], ok=set(one["quote"]) <= set(quoted))


# -- checks


def _check(check: Mapping[str, Any]) -> CaseOutcome:
    outcome = CaseOutcome()
    what, value = str(check["what"]), str(check["value"])
    valid = {"IMAD": is_imad, "OMAD": is_omad, "ABA": is_aba, "UETR": is_uetr, "BIC": is_bic}.get(what)
    if "valid" in check and valid is not None:
        outcome.compare(what, valid(value), check["valid"])
    for key, computed in (
        ("place", lambda: bic_place(value)),
        ("length", lambda: len(value)),
        ("is_bic", lambda: _is_bic_there(what, value)),
        ("test", lambda: is_test(value)),
        ("passive", lambda: is_passive(value)),
    ):
        if key in check:
            outcome.compare(f"{what} {key}", computed(), check[key])
    if not outcome.details:
        outcome.missing.append(f"check of {what}")
    return outcome


def _is_bic_there(what: str, value: str) -> bool:
    """Say whether a value in that place makes an institution: asked of the reader itself where the place is an endpoint id."""
    if "IMAD" in what or "OMAD" in what:
        carrier = Message(
            Cite("0" * 64, "check"), "FAIM", imad=f"20240318{value}000123", omad=f"20240318{value}00004503181511FT01"
        )
        return any(m.id.startswith(value) for m in mentions(carrier, (), frozenset()))
    return is_bic(value) and carries_bic(what)


# -- totals


def _totals(held: _Folder) -> Iterator[tuple[str, CaseOutcome]]:
    stated: dict[str, Any] = held.expected.get("totals", {})
    names = list(stated.get("input", []))
    for key, value in stated.items():
        if key in {"input", "institutions"}:
            continue
        outcome = CaseOutcome()
        if key == "wires":
            outcome.compare(key, len(held.wires(names, {}, ())), value)
        elif key == "leads":
            made = held.wires(names, {}, ())
            for grade, documents in value.items():
                found = sorted(d for w in made if w["wire_grade"] == grade for d in w["docs"])
                outcome.compare(f"leads {grade}", found, sorted(documents))
        elif key == "duplicates":
            outcome.compare(key, _lines(held, names, {}, twice=True), _lines(held, names, {}))
        elif isinstance(value, dict):
            added = re.match(r"with (\S+)", key)
            listed = [*names, *([added[1]] if added else [])]
            kind = "fed" if "Fed" in key else "us" if "US" in key else "foreign"
            subject = re.search(r"(\S+) produced by", key)
            producers = {subject[1].lstrip("("): {"kind": kind}} if subject else {}
            for twice in (False, True):
                lines = _lines(held, listed, producers, twice=twice)
                for line, per in value.items():
                    label = f"{line}, every document twice" if twice else line
                    outcome.compare(label, lines.get(line), per)
        else:
            outcome.missing.append(f"totals {key}")
        yield f"totals {key}", outcome


def _lines(
    held: _Folder, names: list[str], producers: Mapping[str, Any], *, twice: bool = False
) -> dict[str, dict[str, dict[str, str]]]:
    held.wires(names, producers, (), twice=twice)
    return {
        line: {
            currency: {grade: major(amount, currency) for grade, amount in grades.items()}
            for currency, grades in per.items()
        }
        for line, per in totals(held.last).items()
    }

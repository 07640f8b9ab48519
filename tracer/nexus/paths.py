"""The places that a payment passes, per document and for several documents together (nexus.md sections 0 and 2)."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tracer.model import Agent, Message
from tracer.nexus.identifiers import TERRITORIES, bic_key, bic_place, is_aba, is_bic, is_test

__all__ = ["Mention", "Stop", "announcement", "crossings", "legs", "mentions", "merge", "path", "third_bank"]

_ROLES = {
    "debtor_agent": "ORIGINATOR_BANK",
    "debtor_institution": "ORIGINATOR_BANK",
    "instructing_agent": "INSTRUCTING",
    "instructed_agent": "INSTRUCTED",
    "instructing_reimbursement_agent": "SENDER_REIMBURSEMENT",
    "instructed_reimbursement_agent": "RECEIVER_REIMBURSEMENT",
    "third_reimbursement_agent": "THIRD_REIMBURSEMENT",
    "creditor_agent": "BENEFICIARY_BANK",
    "creditor_institution": "BENEFICIARY_BANK",
    "charging_agent": "INTERMEDIARY",
    "instructing_agent_named": "INSTRUCTING",
}
# Words such as EXHAUSTS have the letters of a US BIC: in free text one of the last characters must be a digit.
_FREE = re.compile(r"\b([A-Z]{4}(?:US|PR|GU|VI|AS|MP|UM)(?=[A-Z0-9]*[0-9])[A-Z0-9]{2}(?:[A-Z0-9]{3})?)\b")
_REPORTS = ("MT900", "MT910", "MT94", "MT95", "camt.05")


@dataclass(frozen=True, slots=True)
class Stop:
    """One place on the path: `key` is BIC8, ABA or CHIPS number; `country` of a US identifier is US."""

    key: str
    scheme: str
    country: str


@dataclass(frozen=True, slots=True)
class Mention:
    """One institution as one document names it: id as printed (XXX dropped), role, field, and whether it is an end of the leg."""

    id: str
    scheme: str
    role: str
    field: str
    end: bool = False
    name: str = ""
    account: str = ""
    clearing: str = ""

    @property
    def key(self) -> str:
        return bic_key(self.id) if self.scheme == "BIC" else self.id

    @property
    def place(self) -> str:
        if self.scheme == "BIC":
            return bic_place(self.id)
        return "US" if self.scheme in {"ABA", "CHIPS", "CHIPS_UID"} else ""


def _id(bic: str) -> str:
    return bic[:8] if bic[8:] == "XXX" else bic


def _role(role: str) -> str:
    return (
        "INTERMEDIARY"
        if role.startswith(("intermediary_agent", "previous_instructing"))
        else _ROLES.get(role, "INTERMEDIARY")
    )


def is_report(message: Message) -> bool:
    """Say whether a message is the servicer's own confirmation or report."""
    return message.kind.startswith(_REPORTS)


def mentions(message: Message) -> tuple[Mention, ...]:
    """Return every institution that a document names, ends first, then agents in field order, then free text."""
    found: list[Mention] = []
    report = is_report(message)
    if message.kind != "FAIM":
        for bic, role in (
            (message.sender, "ACCOUNT_SERVICER" if report else "INSTRUCTING"),
            (message.receiver, "INSTRUCTED"),
        ):
            if is_bic(bic) and not (report and role == "INSTRUCTED"):
                found.append(
                    Mention(_id(bic), "BIC", role, "header", end=True, account=message.account if report else "")
                )
            elif is_aba(bic):
                found.append(Mention(bic, "ABA", role, "header", end=True))
    for agent in message.agents:
        made = _mention(agent, end=message.kind == "FAIM" and agent.field in {"{3100}", "{3400}"})
        if made and not (
            agent.role in {"instructing_agent", "instructed_agent"} and any(m.key == made.key and m.end for m in found)
        ):
            found.append(made)
    text = f"{message.remittance}\n{message.narrative}"
    known = {m.key for m in found}
    for bic in dict.fromkeys(_FREE.findall(text)):
        if bic_key(bic) not in known:
            found.append(Mention(_id(bic), "BIC", "NARRATIVE", "narrative"))
    return tuple(found)


def _mention(agent: Agent, *, end: bool) -> Mention | None:
    chips = re.fullmatch(r"(?:CP|USPID)([0-9]{4})", agent.clearing)
    routing = re.fullmatch(r"(?:FW|USABA)([0-9]{9})", agent.clearing)
    role = _role(agent.role)
    if agent.scheme == "BIC" and is_bic(agent.id):
        return Mention(
            _id(agent.id), "BIC", role, agent.field, end, agent.name, agent.account, chips[1] if chips else ""
        )
    if routing and is_aba(routing[1]):
        return Mention(routing[1], "ABA", role, agent.field, end, agent.name, agent.account)
    if agent.scheme == "ABA" and is_aba(agent.id):
        return Mention(agent.id, "ABA", role, agent.field, end, agent.name, agent.account)
    if agent.scheme in {"CHIPS", "CHIPS_UID"} and agent.id:
        return Mention(agent.id, agent.scheme, role, agent.field, end, agent.name, agent.account)
    return None


def _agent(message: Message, role: str) -> Mention | None:
    for agent in message.agents:
        if agent.role == role:
            return _mention(agent, end=False)
    return None


def _end(text: str) -> Mention | None:
    if is_bic(text):
        return Mention(_id(text), "BIC", "", "header", end=True)
    return Mention(text, "ABA", "", "header", end=True) if is_aba(text) else None


def third_bank(message: Message) -> bool:
    """Say whether 53a names a third bank: BIC4 differs from sender and receiver. Then a cover must follow."""
    found = _agent(message, "instructing_reimbursement_agent")
    return (
        found is not None and found.scheme == "BIC" and found.id[:4] not in {message.sender[:4], message.receiver[:4]}
    )


def _covers(message: Message) -> bool:
    return message.settlement_method == "COVE" or (message.kind.startswith("MT10") and third_bank(message))


def path(message: Message) -> tuple[Stop, ...]:
    """Return the places of one document in order of the money; unknown ones are left out."""
    if message.kind == "FAIM":
        order = (
            "debtor_institution",
            "debtor_agent",
            "instructing_agent",
            "instructed_agent",
            "intermediary_agent_1",
            "creditor_agent",
            "creditor_institution",
        )
        return _stops([_agent(message, role) for role in order])
    sender, receiver = _end(message.sender), _end(message.receiver)
    before = [_agent(message, f"previous_instructing_agent_{n}") for n in (1, 2, 3)]
    after = [_agent(message, f"intermediary_agent_{n}") for n in (1, 2, 3)] + [_agent(message, "creditor_agent")]
    if message.kind.startswith("MT910"):
        return _stops([_agent(message, "debtor_agent"), _agent(message, "intermediary_agent_1"), sender, receiver])
    if message.kind.startswith("MT900"):
        return _stops([receiver, sender])
    start = [_agent(message, "debtor_agent") or _agent(message, "debtor_institution"), *before, sender]
    reimbursed = [
        _agent(message, role)
        for role in ("instructing_reimbursement_agent", "third_reimbursement_agent", "instructed_reimbursement_agent")
    ]
    if message.kind.startswith(("MT2", "pacs.009")):
        after.append(_agent(message, "creditor_institution"))
    if _covers(message):
        return _stops([*start, *reimbursed, receiver, *after])
    return _stops(
        [
            *start,
            *[m for m in reimbursed if m and m.key not in {s.key for s in (sender, receiver) if s}],
            receiver,
            *after,
        ]
    )


def _stops(found: Iterable[Mention | None]) -> tuple[Stop, ...]:
    stops: list[Stop] = []
    for mention in found:
        if mention is None or is_test(mention.id) or not mention.place:
            continue
        stop = Stop(mention.key, mention.scheme, mention.place)
        if not stops or stops[-1].key != stop.key:
            stops.append(stop)
    return tuple(stops)


def announcement(message: Message) -> tuple[str, str] | None:
    """Return the ends of an announcement, which is no money leg; None for a serial payment."""
    if not _covers(message):
        return None
    return bic_place(message.sender), bic_place(message.receiver)


def merge(paths: Sequence[tuple[Stop, ...]]) -> tuple[Stop, ...]:
    """Return one path: the longest first, other stops between their nearest common neighbours.

    An unlinked ABA and BIC in one position are one stop.
    """
    ordered = sorted({p for p in paths if p}, key=lambda p: (-len(p), [s.key for s in p]))
    if not ordered:
        return ()
    base = list(ordered[0])
    for other in ordered[1:]:
        keys = [s.key for s in base]
        n = 0
        while n < len(other):
            if other[n].key in keys:
                n += 1
                continue
            end = n
            while end < len(other) and other[end].key not in keys:
                end += 1
            low = keys.index(other[n - 1].key) if n else -1
            high = keys.index(other[end].key) if end < len(other) else len(base)
            between = base[low + 1 : high] if low < high else []
            run = list(other[n:end])
            same = len(between) == len(run) and all(
                {a.scheme == "BIC", b.scheme == "BIC"} == {True, False} and a.country == b.country
                for a, b in zip(between, run, strict=True)
            )
            if not same and low < high:
                fresh = [s for s in run if not any(t.scheme != s.scheme and t.country == s.country for t in between)]
                place = high if n == 0 or end < len(other) else low + 1 + len(between)
                base[place:place] = fresh
                keys = [s.key for s in base]
            n = end
    kept: list[Stop] = []
    for stop in base:
        if not kept or kept[-1].key != stop.key:
            kept.append(stop)
    return tuple(kept)


def legs(stops: Sequence[Stop]) -> tuple[tuple[str, str], ...]:
    """Return the pairs of places along the path."""
    return tuple((a.country, b.country) for a, b in itertools.pairwise(stops))


def crossings(pairs: Iterable[tuple[str, str]], *, territories: bool = False) -> dict[str, int]:
    """Return how many legs lead into and out of the US; a US-to-US leg is no crossing."""
    inside = {"US", *TERRITORIES} if territories else {"US"}
    listed = list(pairs)
    return {
        "into_us": sum(1 for a, b in listed if a not in inside and b in inside),
        "out_of_us": sum(1 for a, b in listed if a in inside and b not in inside),
    }

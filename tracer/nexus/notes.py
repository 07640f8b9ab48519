"""Notes that a wire raises: what is missing, what only looks like a US nexus, what a person has to decide (nexus.md section 4)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from tracer.model import Message, UsInstitution, major
from tracer.nexus.mentions import is_report, is_status
from tracer.nexus.paths import Path, is_announcement
from tracer.nexus.value import Value

__all__ = ["clearing_named", "is_rejection", "notes_of", "offshore", "on_us"]

#: USD clearing outside the US by name (nexus.md section 3): Hong Kong CHATS and Manila PDDTS FOUND, the others KNOWN.
_OFFSHORE = (
    (re.compile(r"\bCHATS\b"), "USD CHATS"),
    (re.compile(r"\bPDDTS\b"), "PDDTS"),
    (re.compile(r"\bBUNA\b"), "Buna"),
    (re.compile(r"\bCFXPS\b|\bCDFCPS\b"), "China domestic FX payment system"),
    (re.compile(r"\bTOKYO (?:USD|DOLLAR) CLEARING\b"), "Tokyo dollar clearing"),
)
_US_CLEARING = re.compile(r"FW\Z|FDW\Z|CHI\Z")


def offshore(message: Message) -> str:
    """Return the offshore clearing that a message names, "" where it names none."""
    text = f"{message.narrative}\n{message.remittance}\n{message.clearing_system}".upper()
    return next((name for pattern, name in _OFFSHORE if pattern.search(text)), "")


def clearing_named(message: Message) -> bool:
    """Say whether US clearing is named without an institution: //FW without digits, FDW or CHI."""
    return bool(_US_CLEARING.match(message.clearing_system)) or any(
        _US_CLEARING.match(agent.clearing) for agent in message.agents
    )


def is_rejection(message: Message) -> bool:
    """Say whether a message tells that a payment was rejected: pacs.002 RJCT, or /REJT/."""
    return (is_status(message) and message.status == "RJCT") or (
        "REJT" in message.return_reason and not is_status(message)
    )


def on_us(parts: Sequence[Path]) -> bool:
    """Say whether every bank of the path is of one group (equal BIC4)."""
    stops = [stop for part in parts for stop in part]
    return len(stops) > 1 and all(stop.is_bic for stop in stops) and len({stop.key[:4] for stop in stops}) == 1


def notes_of(
    *,
    outward: Mapping[str, Message],
    us: Sequence[UsInstitution],
    parts: Sequence[Path],
    worth: Value,
    rejected: bool,
    booked: bool,
    not_sent: Mapping[str, str],
    bare: bool,
    is_lead: bool,
) -> list[str]:
    """Return the notes, each a code, or a code and words after a colon."""
    texts = [m for _, m in sorted(outward.items())]
    notes: list[str] = []
    announced = [m for m in texts if is_announcement(m) and not m.kind.startswith(("MT2", "pacs.009"))]
    orphan = [m for m in texts if is_announcement(m)]
    held = [m for m in texts if m.kind.startswith(("MT202", "MT205", "pacs.009")) and not is_announcement(m)]
    if orphan and not held:
        notes.append("COVER_REQUIRED")
    if any(m.kind.startswith(("MT103", "MT202", "MT205")) and not _has_53(m) for m in texts):
        notes.append("DIRECT_ACCOUNT_IMPLIED")
    if on_us(parts):
        notes.append("ON_US: equal BIC4")
    for name in sorted({offshore(m) for m in texts} - {""}):
        notes.append(f"OFFSHORE_CLEARING: {name}")
    codes, numbers = [u for u in us if u.scheme == "BIC"], [u for u in us if u.scheme != "BIC"]
    if codes and numbers:
        notes.append(f"BIC_ABA_NOT_LINKED: {max(len(codes), len(numbers))} to {len(us)} US institutions")
    if any(m.kind in {"MT202", "MT205"} for m in texts):
        notes.append("PLAIN_202: customers are not shown" + ("; it covers the announcement" if announced else ""))
    if bare and any(clearing_named(m) for m in texts):
        notes.append("US_CLEARING_NAMED: the institution is not named")
    if rejected:
        notes.append("REJECTED")
    if booked:
        notes.append("CONFLICT: a rejection, and a bank's own entry; ask both banks")
    for reason in sorted(set(not_sent.values())):
        notes.append(f"NOT_SENT: {reason}")
    if any("no-value" in m.marks for m in texts):
        notes.append("NO_VALUE: a request or service message moves no money")
    if worth.unexplained:
        notes.append(
            f"UNEXPLAINED: {major(worth.unexplained, worth.currency)} {worth.currency} between legs; no message states it"
        )
    return notes


def _has_53(message: Message) -> bool:
    return (
        bool(message.settlement_account)
        or any(agent.role == "instructing_reimbursement_agent" for agent in message.agents)
        or any(tag.startswith("53") for tag, _ in message.fields)
        or is_report(message)
    )

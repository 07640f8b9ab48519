"""What it means that a target has no person behind it: four kinds of silence that differ (ownership.md section 5)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from tracer.owners.answers import people_above
from tracer.owners.control import held
from tracer.owners.ranges import ONE
from tracer.owners.table import Table

__all__ = ["REASONS", "Silence", "largest_unidentified", "silence", "status_of"]

#: BODS 0.4 codelist unspecifiedReason -> status (ownership.md section 7).
REASONS: dict[str, str] = {
    "noBeneficialOwners": "DECLARED_NONE",
    "subjectExemptFromDisclosure": "EXEMPT",
    "interestedPartyExemptFromDisclosure": "EXEMPT",
    "subjectUnableToConfirmOrIdentifyBeneficialOwner": "DECLARED_UNKNOWN",
    "interestedPartyHasNotProvidedInformation": "DECLARED_UNKNOWN",
    "unknown": "DECLARED_UNKNOWN",
    "informationUnknownToPublisher": "DECLARED_UNKNOWN",
    "no-individual-or-entity-with-signficant-control": "DECLARED_NONE",  # the register's own spelling
    "no-individual-or-entity-with-signficant-control-partnership": "DECLARED_NONE",
    "disclosure-transparency-rules-chapter-five-applies": "EXEMPT",
}


def status_of(reason: str) -> str:
    """Return the status a reason code stands for; a restrictions notice, like any other code, is DECLARED_UNKNOWN."""
    return "EXEMPT" if reason.startswith("psc-exempt-") else REASONS.get(reason, "DECLARED_UNKNOWN")


@dataclass(frozen=True, slots=True)
class Silence:
    """Status of a target. `residual`: the largest part that no known owner is shown to hold."""

    status: str
    reason: str
    residual: Fraction
    unknown: tuple[str, ...]
    flags: tuple[str, ...] = ()


def silence(table: Table, target: str) -> Silence:
    """Return PERSONS, STATE, DECLARED_UNKNOWN, DECLARED_NONE, EXEMPT or NO_DATA with the source's reason code."""
    above = table.above(target)
    known = [p for p in people_above(table, target) if table.parties[p].status == "known"]
    strangers = tuple(sorted(r for r in above if table.kind(r) == "unknown"))
    residual = table.shares.residual(target, table.unknown)
    direct = {d.owner for d in table.declared if d.subject == target} | set(table.shares.columns.get(target, {}))
    direct |= {right.owner for right in table.rights if right.subject == target}
    reasons = sorted(
        {table.parties[r].reason for r in direct | above if r in table.parties and table.parties[r].reason}
    )
    if known:
        return Silence("PERSONS", "", residual, strangers)
    if any(table.kind(record) == "state" for record in above):
        return Silence("STATE", "state body, no natural person", residual, strangers)
    statuses = {status_of(reason): reason for reason in reversed(reasons)}
    for status in ("DECLARED_UNKNOWN", "EXEMPT", "DECLARED_NONE"):
        if status in statuses:
            return Silence(status, statuses[status], residual, strangers)
    if above:
        return Silence("NO_PERSON", "", residual, strangers)
    return Silence("NO_DATA", "", ONE, strangers)


def largest_unidentified(table: Table, target: str) -> Fraction:
    """Return the largest share that any single unidentified person could hold directly in the target.

    "Nobody above 25 %" of a register would cap it, as a named assumption only (ownership.md 4.10).
    """
    return held(table.shares, table.unknown, target, absorbs=True, unknown=table.unknown).hi

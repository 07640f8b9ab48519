"""One file per law: a computable rule with its threshold, operator, authority, contrary and dated versions.

Each regime is computed on its own; nothing blends them into one percentage (ownership.md section 1). Nothing here is legal
advice. Marks: FOUND = read in a published text of the source or a commentary on it; KNOWN = professional knowledge, printed
with "confirm with counsel".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from tracer.model import Share
from tracer.owners.question import Question
from tracer.owners.ranges import UNDETERMINED

__all__ = ["COUNSEL", "Answer", "Law", "Version", "merged", "refusal"]

COUNSEL = "confirm with counsel 请律师确认"


@dataclass(frozen=True, slots=True)
class Version:
    """A rule as it stands from a day: its threshold and whether it must be exceeded (`strict`) or only reached."""

    id: str
    since: date
    threshold: Fraction
    strict: bool

    @property
    def operator(self) -> str:
        return f"{'>' if self.strict else '>='} {self.threshold}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a law says: `interpretation` holds shares, votes and verdict of a variant that differs."""

    verdict: str
    basis: tuple[str, ...] = ()
    tests: dict[str, str] = field(default_factory=dict)
    figures: dict[str, Share] = field(default_factory=dict)
    chains: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    interpretation: tuple[Share, Share, str] | None = None


@dataclass(frozen=True, slots=True)
class Law:
    """One jurisdiction's test. `versions` are in order of time; `until` is the last day it applies, if known."""

    id: str
    title: str
    text: str
    authority: str
    against: str
    mark: str
    versions: tuple[Version, ...]
    test: Callable[[Question, Version], Answer]
    until: date | None = None

    def version(self, as_of: date) -> Version:
        """Return the version in force; before the first one, the first (the verdict says so)."""
        fitting = [version for version in self.versions if version.since <= as_of]
        return fitting[-1] if fitting else self.versions[0]

    def timing(self, as_of: date) -> tuple[str, ...]:
        """Return what must be said when the rule does not apply on the day asked about."""
        if as_of < self.versions[0].since:
            return (f"{self.id} applies from {self.versions[0].since.isoformat()}: computed as if in force",)
        if self.until is not None and as_of > self.until:
            return (f"{self.id} applied until {self.until.isoformat()}: computed as if in force",)
        return ()


def refusal(question: Question) -> Answer | None:
    """Return UNDETERMINED with the error's name where the table above the target cannot be true."""
    if question.blocked_by:
        flags = tuple(f"OVERSUBSCRIBED:{company}" for company in question.blocked_by)
        said = "the register shows more than 100 % of a company: no share is computed until that is corrected"
        return Answer(UNDETERMINED, flags=flags, assumptions=(said,))
    if question.in_loop:
        said = "the companies own each other wholly: no natural person is reachable"
        return Answer(UNDETERMINED, flags=(f"CLOSED_LOOP:{question.target}",), assumptions=(said,))
    return None


def merged(*groups: tuple[str, ...]) -> tuple[str, ...]:
    """Return texts once each, in the order first met."""
    return tuple(dict.fromkeys(text for group in groups for text in group))

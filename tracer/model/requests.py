"""Nouns of a request: what a route demands, and how the case stands against it (requests.md sections 3 and 5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Requirement"]


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing a route demands, as a case meets it.

    `stop`: ★ document hard stop, ☆ data hard stop, ◆ export gate, "" none. `mark`: F wording found in a text, K known
    from practice. `who`: G the product generates it, C it checks, P a person must supply, decide or sign.
    `evidence` names where the answer stands; `note` says what is open, and why an n/a does not apply.
    """

    req_id: str
    stop: Literal["★", "☆", "◆", ""]
    text_en: str
    text_zh: str
    source: str
    statute: str
    mark: Literal["F", "K"]
    who: str
    status: Literal["complete", "partial", "missing", "n/a"]
    evidence: str = ""
    note: str = ""
    note_zh: str = ""

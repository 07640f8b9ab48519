"""Tracer: from raw bank records to an evidentiary annex.

    import tracer
    case = tracer.open("my_case", by="A. Officer")

A case is a folder. `new` makes one, `open` opens one; every verb is a method of the case and a command of the same name.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracer import server as neo4j
    from tracer.case import Case, demo, new, open  # noqa: A004 - the verb is `open` (design.md section 5)
    from tracer.known_answers import selftest
    from tracer.model import (
        Bounds,
        CaseError,
        Cite,
        Claim,
        Exhibit,
        Gap,
        Interest,
        Judgement,
        Message,
        Money,
        Party,
        Posting,
        Reject,
        Share,
        TracerError,
        Transfer,
        Verdict,
        Wire,
    )
    from tracer.tables import View

__version__ = "0.1.0"

_HOMES = {
    "Case": "tracer.case",
    "demo": "tracer.case",
    "new": "tracer.case",
    "open": "tracer.case",
    "View": "tracer.tables",
    "selftest": "tracer.known_answers",
} | dict.fromkeys(
    (
        "Bounds",
        "CaseError",
        "Cite",
        "Claim",
        "Exhibit",
        "Gap",
        "Interest",
        "Judgement",
        "Message",
        "Money",
        "Party",
        "Posting",
        "Reject",
        "Share",
        "TracerError",
        "Transfer",
        "Verdict",
        "Wire",
    ),
    "tracer.model",
)

__all__ = [
    "Bounds",
    "Case",
    "CaseError",
    "Cite",
    "Claim",
    "Exhibit",
    "Gap",
    "Interest",
    "Judgement",
    "Message",
    "Money",
    "Party",
    "Posting",
    "Reject",
    "Share",
    "TracerError",
    "Transfer",
    "Verdict",
    "View",
    "Wire",
    "demo",
    "neo4j",
    "new",
    "open",
    "selftest",
]


def __getattr__(name: str) -> object:
    """Import a name when it is first used: `import tracer` alone loads nothing heavy (notebook.md E5)."""
    if name == "neo4j":  # the room is named for what it holds, the command for what a person asks for
        return import_module("tracer.server")
    if name not in _HOMES:
        raise AttributeError(f"module 'tracer' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])

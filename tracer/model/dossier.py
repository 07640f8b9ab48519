"""The dossier: everything an annex or a chart may print, already exportable.

It is built once at the rim from the exportable set (INT never enters it). `annex/` and `charts/` have no
other source, so a table, a chart and the annex read the same field (notebook.md A5).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from tracer.model.casefile import CaseFile
from tracer.model.conclusions import Chain, Gap, Judgement, Share, TraceResult, Transfer, Verdict, Wire
from tracer.model.evidence import (
    Account,
    Aggregate,
    Asset,
    Exhibit,
    Interest,
    Message,
    Party,
    Posting,
    Reconciliation,
    Reject,
    Statement,
)
from tracer.model.tested import Tested

__all__ = ["Coverage", "Dossier", "LogLine", "Residual"]


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of log.jsonl up to the last load or judgement."""

    n: int
    utc: str
    user: str
    action: str
    object: str
    reason: str
    before: str
    after: str
    software: str
    input_hash: str
    prev_hash: str
    this_hash: str


@dataclass(frozen=True, slots=True)
class Residual:
    """The part of an entity above `target` that no source says who holds, on one day.

    `status`: which silence it is (PERSONS where other owners are known), or CLOSED_LOOP, OVERSUBSCRIBED; `reason` is the
    source's own code.
    """

    entity: str
    target: str
    as_of: date
    share: Share
    status: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Months of statements expected and held for one account ("2021-03"), with the missing ones."""

    account: str
    expected: tuple[str, ...]
    held: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dossier:
    """All facts and conclusions of one exportable case.

    Facts are (fact id -> noun), sorted by id unless said otherwise. `account_ids` maps an account key to its internal
    display id (AC-01...), `party_ids` a party record to PTY-1... : display ids are given after the export gate.
    """

    case: CaseFile
    head: str
    chain_head: str
    log_head: str
    version: str
    exhibits: tuple[Exhibit, ...]
    statements: dict[str, Statement]
    postings: dict[str, Posting]
    messages: dict[str, Message]
    parties: dict[str, Party]
    accounts: dict[str, Account]
    interests: dict[str, Interest]
    assets: dict[str, Asset]
    rejects: tuple[Reject, ...]
    reconciliations: tuple[Reconciliation, ...]
    judgements: tuple[Judgement, ...]
    transfers: tuple[Transfer, ...]
    trace: TraceResult
    verdicts: tuple[Verdict, ...]
    chains: tuple[Chain, ...]
    hygiene: tuple[tuple[str, tuple[str, ...]], ...]
    wires: tuple[Wire, ...]
    gaps: tuple[Gap, ...]
    coverage: tuple[Coverage, ...]
    log: tuple[LogLine, ...]
    account_ids: dict[str, str]
    party_ids: dict[str, str]
    withheld: int = 0
    same_parties: dict[str, str] = field(default_factory=dict)
    """Party record -> the record under which it is one party, by the judgements in force; its `party_ids` are equal."""
    aggregates: dict[str, Aggregate] = field(default_factory=dict)
    """Sums of several payments as sources state them: listed, counted nowhere, traced nowhere."""
    residuals: tuple[Residual, ...] = ()
    tested: Tested | None = None
    """What was done to the trace before it leaves the case; None until an annex is written."""

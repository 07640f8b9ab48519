"""How proceeds reached a place: every hop with its cite and how it is known (annex.md sheets 9, 11 and 12; quality item Q6).

An event enters an account at hop 0; what leaves that account is hop 1. Several records are one movement by the rungs of the
ladder that join them (formats.md section 12): a movement is known as well as the worst rung without which it would fall apart,
so that a shared UETR is not made worse by a shared amount beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tracer.annex.plan import Plan
from tracer.model import Cite, TraceRow
from tracer.model.judging import how_known
from tracer.model.parted import is_hub, leg_of

__all__ = ["Hop", "depths", "known", "labels", "leading_to", "shown"]

Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Hop:
    """One movement on the way: from and to as displayed, the place where it leaves (or enters), its cites, its grade."""

    place: Place
    source: str
    target: str
    day: date | None
    cites: tuple[Cite, ...]
    confidence: str


def known(plan: Plan, row: TraceRow) -> str:
    """Return how a debit of a trace is known: assumed for a period nobody has seen, else by its records."""
    if row.target.startswith("sink:GAP:"):
        return "assumed"
    if leg_of(row.posting) != row.posting or (row.partner is not None and is_hub(row.partner[0])):
        return "inferred"  # a person's word joins the parts of a payment
    transfer = plan.transfers.get(row.transfer)
    return how_known(transfer, plan.movements) if transfer else "documented"


def depths(plan: Plan) -> dict[Place, int]:
    """Return (account, row) -> the least number of movements between an entry of proceeds and this row.

    Counted per event: money of a later event that enters an account where an earlier one passed begins at 0 again.
    """
    rows = {(a.account, r.row): r for a in plan.trace.accounts for r in a.rows}
    ordered = [(a.account, r.row) for a in plan.trace.accounts for r in a.rows]
    arrived: dict[tuple[str, str], list[tuple[int, int]]] = {}
    found: dict[Place, int] = {}
    moved = True
    while moved:
        moved = False
        for place in ordered:
            account, at = place
            row = rows[place]
            if row.kind == "debit":
                behind = [
                    hop + 1
                    for label in labels(plan, row)
                    for first, hop in arrived.get((account, label), ())
                    if first < at
                ]
            elif row.partner is not None and row.partner in rows:
                behind = [found[row.partner]] if row.partner in found else []
            else:
                behind = [0]
            if not behind or found.get(place, 10**9) <= min(behind):
                continue
            found[place], moved = min(behind), True
            if row.kind != "debit":
                for label in labels(plan, row):
                    earlier = arrived.setdefault((account, label), [])
                    if not any(first <= at and hop <= found[place] for first, hop in earlier):  # keeps the list short
                        earlier.append((at, found[place]))
    return found


def labels(plan: Plan, row: TraceRow) -> set[str]:
    """Return the events whose proceeds a row moves under any rule."""
    return {k for parts in row.by_label.values() for k, v in parts.items() if v and k in plan.trace.labels}


def leading_to(plan: Plan, target: str) -> tuple[Hop, ...]:
    """Return every hop on a way from an event to `target`, under any rule, earliest first.

    Walks back from each payment: what a debit paid came from credits before it that carry the same events, and not from
    before a moment at which no rule held any proceeds.
    """
    accounts = {a.account: {r.row: r for r in a.rows} for a in plan.trace.accounts}
    queue = [
        (a.account, r.row)
        for a in plan.trace.accounts
        for r in a.rows
        if r.kind == "debit" and r.target == target and labels(plan, r)
    ]
    found: dict[Place, Hop] = {}
    while queue:
        account, at = queue.pop()
        if (account, at) in found:
            continue
        row = accounts[account][at]
        partner = accounts.get(row.partner[0], {}).get(row.partner[1]) if row.partner else None
        to = plan.account(row.partner[0]) if partner and row.partner else plan.target(row.target)
        cites = tuple(c for c in (row.cite, partner.cite if partner else None) if c)
        found[account, at] = Hop((account, at), plan.account(account), to, row.day, cites, known(plan, row))
        for credit in _feeding(plan, accounts[account], row):
            sent = credit.partner
            if sent and sent[1] in accounts.get(sent[0], {}):
                queue.append(sent)
                continue
            source = ", ".join(c.event for c in plan.trace.claims if c.posting == credit.posting)
            found[account, credit.row] = Hop(
                (account, credit.row),
                source or "opening 期初",
                plan.account(account),
                credit.day,
                (credit.cite,) if credit.cite else (),
                "documented",
            )
    hops = depths(plan)
    return tuple(sorted(found.values(), key=lambda h: (h.day or date.min, hops.get(h.place, 0), h.place)))


def _feeding(plan: Plan, rows: dict[int, TraceRow], debit: TraceRow) -> list[TraceRow]:
    """Return the credits of an account from which a debit may have drawn proceeds."""
    wanted, found = labels(plan, debit), []
    for n in sorted((n for n in rows if n < debit.row), reverse=True):
        row = rows[n]
        if not any(row.held.values()):
            break
        if row.kind != "debit" and labels(plan, row) & wanted:
            found.append(row)
    return found


def shown(plan: Plan, hops: Sequence[Hop]) -> str:
    """Return a path as one text: `E1 > AC-01 2024-03-12 (11:7, EX-0006@line=165, documented); ...`."""
    told = []
    for hop in hops:
        line = plan.flow_rows.get(hop.place)
        cited = "; ".join(f"{plan.number(c.exhibit)}@{c.locator}" for c in hop.cites)
        place = ", ".join(p for p in (f"11:{line}" if line else "", cited, hop.confidence) if p)
        told.append(f"{hop.source} > {hop.target} {hop.day or ''} ({place})")
    return "; ".join(told)

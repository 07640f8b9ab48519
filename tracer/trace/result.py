"""From entries and replays to the noun a finding cites: rows per account, one line per target, the audit table.

Every figure is the kernel's own; nothing is added up twice, nothing is rounded. Row 0 of an account is its opening.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date

import numpy as np

from tracer.model import (
    RULE_NAMES,
    AccountTrace,
    AssetTrace,
    Bounds,
    CheckFailed,
    Claim,
    Posting,
    TraceResult,
    TraceRow,
)
from tracer.trace.bounds import assert_admissible, bounds, build
from tracer.trace.conservation import conservation
from tracer.trace.entries import Cents, Entries
from tracer.trace.replay import Replay

__all__ = ["BoundsOf", "result"]

#: How floor and ceiling of a set of targets are found: (targets, proceeds labels) -> Bounds.
BoundsOf = Callable[[Sequence[str], Sequence[str]], Bounds]

_EPOCH = date(1970, 1, 1).toordinal()


def result(
    entries: Entries,
    replays: Mapping[str, Replay],
    claims: Sequence[Claim],
    head: str,
    parameters: Mapping[str, str],
    *,
    bounds_of: BoundsOf | None = None,
    postings: Mapping[str, Posting] | None = None,
    transfer_of: Mapping[str, str] | None = None,
    assets: Mapping[str, str] | None = None,
    joint: Sequence[Sequence[str]] | None = None,
) -> TraceResult:
    """Return one run over all accounts as a noun.

    replays      rule -> its recorded replay, all over these entries
    postings     posting id -> posting, for cite, printed balance and text; transfer_of: posting id -> transfer id
    Every replay is checked to be an admissible attribution first, in one pass (tracing.md 5.3). Raises: CheckFailed.

    assets       target -> name of the asset it is; such targets are of kind "asset"
    joint        sets of targets to be bounded together; by default all assets and balances, per currency, because
                 ceilings do not add (tracing.md 5.4)
    """
    for rule in replays.values():
        assert_admissible(entries, rule.moved, rule.held, rule.absorbed)
    solve = bounds_of or _solver(entries)
    labels = tuple(name for name, flag in zip(entries.labels, entries.proceeds.tolist(), strict=True) if flag)
    bought = dict(assets or {})
    targets = _targets(entries, replays, solve, labels, bought)
    _inside(targets, int(_conversions(entries)))
    sets = joint if joint is not None else _property(targets)
    stated = dict(sorted(parameters.items()))
    return TraceResult(
        run=_run(head, replays, stated),
        head=head,
        rules=tuple(replays),
        parameters=stated,
        labels=labels,
        claims=tuple(claims),
        accounts=_accounts(entries, replays, postings or {}, transfer_of or {}),
        targets=targets,
        joint=tuple(solve(names, labels) for names in sets),
        conservation=tuple(
            (rule, label, currency, introduced, accounted)
            for rule, replay in replays.items()
            for label, currency, introduced, accounted in conservation(entries, replay)
            if introduced
        ),
        blocks=_blocks(entries),
    )


def _solver(entries: Entries) -> BoundsOf:
    graph = build(entries)

    def solve(names: Sequence[str], labels: Sequence[str]) -> Bounds:
        return bounds(graph, names, labels)

    return solve


def _conversions(entries: Entries) -> int:
    """Return the number of transfers that change currency: each may move a rule's figure by one unit (tracing.md 1.2)."""
    codes = np.array([entries.currencies.index(c) for c in entries.currencies], np.int64)
    rows = np.flatnonzero(entries.credit & (entries.partner >= 0))
    return int((codes[entries.account[rows]] != codes[entries.account[entries.partner[rows]]]).sum())


def _inside(targets: Sequence[AssetTrace], slack: int) -> None:
    """Stop the run where a rule's figure lies outside floor and ceiling: no such figure may leave (tracing.md 5.3)."""
    for target in targets:
        for rule, amount in target.by_rule.items():
            if not target.bounds.floor - slack <= amount <= target.bounds.ceiling + slack:
                raise CheckFailed(
                    f"{rule} gives {amount} for {target.target}, outside {target.bounds.floor} to {target.bounds.ceiling}.",
                    where=target.target,
                    meaning="A figure that no conserving rule can give would be printed: the run stops. This is a bug of tracer.",
                    next_call="report the run and this line; the other verbs work",
                )


def _run(head: str, replays: Mapping[str, Replay], parameters: Mapping[str, str]) -> str:
    """Return the id of the run: the same ledger, rules and parameters give the same id."""
    told = json.dumps([head, list(replays), dict(parameters)], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _named(labels: Sequence[str], amounts: Cents) -> dict[str, int]:
    return {label: amount for label, amount in zip(labels, amounts.tolist(), strict=True) if amount}


def _accounts(
    entries: Entries, replays: Mapping[str, Replay], postings: Mapping[str, Posting], transfer_of: Mapping[str, str]
) -> tuple[AccountTrace, ...]:
    balances = entries.balances()
    own = [np.flatnonzero((entries.account == code) & ~entries.opening) for code in range(len(entries.accounts))]
    place = np.zeros(len(entries), np.int64)
    for rows in own:
        place[rows] = np.arange(1, len(rows) + 1)
    # sums over the proceeds labels, once per rule: (moved, held, absorbed) per row
    sums = {
        rule: tuple(column[:, entries.proceeds].sum(axis=1) for column in (r.moved, r.held, r.absorbed))
        for rule, r in replays.items()
    }
    traces = []
    for code, name in enumerate(entries.accounts):
        opened = np.flatnonzero((entries.account == code) & entries.opening)
        told = [_opening(entries, replays, code, opened)]
        for row in own[code].tolist():
            posting = postings.get(entries.source[row]) if entries.source else None
            partner = int(entries.partner[row])
            credit = bool(entries.credit[row])
            told.append(
                TraceRow(
                    row=int(place[row]),
                    posting=entries.source[row] if entries.source else str(row),
                    cite=posting.cite if posting else None,
                    day=_day(int(entries.day[row])),
                    kind="credit" if credit else "debit",
                    amount=int(entries.amount[row]),
                    balance=int(balances[row]),
                    printed_balance=posting.balance if posting else None,
                    traced_in={r: int(m[row] - a[row]) if credit else 0 for r, (m, _, a) in sums.items()},
                    traced_out={r: 0 if credit else int(m[row]) for r, (m, _, _) in sums.items()},
                    held={r: int(h[row]) for r, (_, h, _) in sums.items()},
                    absorbed={r: int(a[row]) for r, (_, _, a) in sums.items()},
                    by_label={r: _named(entries.labels, replay.moved[row]) for r, replay in replays.items()},
                    partner=(entries.accounts[int(entries.account[partner])], int(place[partner]))
                    if partner >= 0
                    else None,
                    target=entries.sinks[int(entries.sink[row])] if entries.sink[row] >= 0 else "",
                    block=int(entries.block[row]),
                    transfer=transfer_of.get(entries.source[row], "") if entries.source else "",
                    text=posting.details if posting else "",
                )
            )
        traces.append(AccountTrace(name, entries.currencies[code], tuple(told), _commingled(entries, replays, code)))
    return tuple(traces)


def _opening(entries: Entries, replays: Mapping[str, Replay], code: int, opened: Cents) -> TraceRow:
    """Return row 0: what the account opened with, or its debt."""
    lots = entries.origin[opened].sum(axis=0)
    traced = int(lots[entries.proceeds].sum())
    amount = int(lots.sum()) - int(entries.debt[code])
    return TraceRow(
        row=0,
        posting=entries.source[int(opened[0])] if entries.source and len(opened) else "",
        cite=None,
        day=_day(int(entries.day[opened[0]])) if len(opened) else None,
        kind="opening",
        amount=amount,
        balance=amount,
        printed_balance=None,
        traced_in=dict.fromkeys(replays, traced),
        traced_out=dict.fromkeys(replays, 0),
        held=dict.fromkeys(replays, traced),
        absorbed=dict.fromkeys(replays, 0),
        by_label={rule: _named(entries.labels, lots) for rule in replays},
    )


def _commingled(entries: Entries, replays: Mapping[str, Replay], code: int) -> bool:
    """Say whether the account held proceeds and other money at once under any rule."""
    rows = entries.account == code
    return any(
        bool((r.held[rows][:, entries.proceeds].any(axis=1) & r.held[rows][:, ~entries.proceeds].any(axis=1)).any())
        for r in replays.values()
    )


def _day(days: int) -> date | None:
    return date.fromordinal(days + _EPOCH) if days >= 0 else None


def _kind(target: str, assets: Mapping[str, str]) -> tuple[str, str]:
    """Return the kind of a target and its name without the prefix."""
    if target in assets:
        return "asset", assets[target]
    prefix, _, name = target.partition(":")
    if name.split(":")[0] in ("OVERDRAFT", "TRANSIT_FEE"):
        return ("overdraft" if name.startswith("OVERDRAFT") else "charge"), name
    return {"bal": "balance", "transit": "transit"}.get(prefix, "sink"), name


def _targets(
    entries: Entries,
    replays: Mapping[str, Replay],
    solve: BoundsOf,
    labels: tuple[str, ...],
    assets: Mapping[str, str],
) -> tuple[AssetTrace, ...]:
    first = next(iter(replays.values()))
    paid: dict[str, list[str]] = {}
    for row in np.flatnonzero(entries.sink >= 0).tolist():
        posting = entries.source[row] if entries.source else str(row)
        paid.setdefault(entries.sinks[int(entries.sink[row])], []).append(posting)
    traces = []
    for target in first.targets:
        by_label = {rule: {k: x for k, x in r.targets[target].items() if x} for rule, r in replays.items()}
        by_rule = {rule: sum(x for k, x in parts.items() if k in labels) for rule, parts in by_label.items()}
        kind, name = _kind(target, assets)
        found = solve((target,), labels)
        traces.append(
            AssetTrace(
                target=target,
                kind=kind,
                name=name,
                currency=found.currency,
                recorded=found.recorded,
                by_rule=by_rule,
                by_label=by_label,
                bounds=found,
                postings=tuple(paid.get(target, ())),
                holds_under=_holds(found, by_rule),
            )
        )
    return tuple(traces)


def _holds(found: Bounds, by_rule: Mapping[str, int]) -> tuple[str, ...]:
    """Return the sentences that say on which rules a figure rests; none where it rests on all of them."""
    if found.floor or not any(by_rule.values()):
        return ()
    reached = [RULE_NAMES[rule][0] for rule, amount in by_rule.items() if amount]
    return (f"holds under {', '.join(reached)} only",) if len(reached) < len(by_rule) else ()


def _property(targets: Sequence[AssetTrace]) -> list[tuple[str, ...]]:
    """Return all assets and held balances, per currency: the property that could be claimed."""
    sets: dict[str, list[str]] = {}
    for each in targets:
        if each.kind in ("asset", "balance"):
            sets.setdefault(each.currency, []).append(each.target)
    return [tuple(names) for names in sets.values()]


def _blocks(entries: Entries) -> tuple[tuple[str, date, int], ...]:
    """Return (account, day, entries) of the same-day postings whose order no record gives."""
    counted: Counter[tuple[int, int, int]] = Counter()
    for row in np.flatnonzero(entries.block >= 0).tolist():
        counted[int(entries.block[row]), int(entries.account[row]), int(entries.day[row])] += 1
    return tuple(
        (entries.accounts[account], day, count)
        for (_, account, days), count in sorted(counted.items())
        if (day := _day(days)) is not None
    )

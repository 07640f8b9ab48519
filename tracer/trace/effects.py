"""What each gap could do to each figure: with it and without it, computed, never estimated (annex.md sheet 16).

An unordered day: the least and the most of a rule over the orders of that day alone, every other day as taken.
A missing period, a statement that does not sum: the figure with the balance carried through, and with everything that was
there exchanged for money of unknown origin in what nobody has seen; the floor and each rule, both ways.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from tracer.model import AssetTrace, Bounds, Gap, GapEffect, TraceResult, major
from tracer.trace.bounds import bounds
from tracer.trace.bounds_graph import build
from tracer.trace.entries import Entries, target_names
from tracer.trace.order_reach import Reach, blocks_of
from tracer.trace.orders import figures_over_orders
from tracer.trace.replay import replay

__all__ = ["ALONE", "day_effects", "hole_effects", "lowered", "resting"]

#: So many holes are opened one by one; with more of them, all are opened together, and each effect is that of all.
ALONE = 25
_EPOCH = date(1970, 1, 1).toordinal()


def lowered(upper: Bounds, lower: Bounds | None) -> int:
    """Return the floor with holes open: what more was recorded there than in the carried books proves nothing."""
    return min(upper.floor, max(0, lower.floor - max(0, lower.recorded - upper.recorded))) if lower else 0


def day_of(entries: Entries, rows: Sequence[int]) -> str:
    """Return the id of the gap of one unordered day."""
    day = date.fromordinal(int(entries.day[rows[0]]) + _EPOCH) if entries.day[rows[0]] >= 0 else None
    return f"order/{entries.accounts[int(entries.account[rows[0]])]}/{day}"


def day_effects(
    result: TraceResult, entries: Entries, found: Reach, *, bundle: str
) -> dict[str, tuple[GapEffect, ...]]:
    """Return, by gap id, how far the order of each unordered day alone moves each rule's figure of each target."""
    effects: dict[str, tuple[GapEffect, ...]] = {}
    for number, rows in blocks_of(entries).items():
        mark = f"day:{number}"
        here = [t for t in result.targets if mark in found.targets.get(t.target, ()) and t.days]
        if mark not in found.live or not here:
            continue
        names = [t.target for t in here]
        several = any(t.days > 1 for t in here)
        listed = figures_over_orders(entries, [rows], names, result.rules, bundle=bundle) if several else None
        told = []
        for k, target in enumerate(here):
            for rule in result.rules:
                alone = listed[0][rule][:, k] if listed is not None and target.days > 1 else None
                least, most = (int(alone.min()), int(alone.max())) if alone is not None else target.by_order[rule]
                if least < most:
                    told.append(GapEffect(target.target, target.currency, rule, least, most))
        effects[day_of(entries, rows)] = (*effects.get(day_of(entries, rows), ()), *told)
    return effects


def hole_effects(
    result: TraceResult,
    found: Reach,
    gaps: Sequence[Gap],
    opened: Callable[[tuple[str, ...]], Entries],
    carried: Mapping[str, Bounds],
    *,
    bundle: str,
) -> dict[str, tuple[GapEffect, ...]]:
    """Return, by gap id, the floor and each rule's figure with the hole open and with the balance carried through.

    opened(ids)  the entries with these holes open, the others carried; carried  target -> its bounds with none open
    """
    reached = {
        gap.id: [t for t in result.targets if gap.id in found.targets.get(t.target, ())]
        for gap in gaps
        if gap.kind in {"missing_statement", "break", "overlap"}
    }
    asked = [gap for gap, targets in reached.items() if targets]
    sets = [tuple(asked)] if len(asked) > ALONE else [(gap,) for gap in asked]
    effects: dict[str, tuple[GapEffect, ...]] = {}
    for ids in sets:
        entries = opened(ids)
        graph, known = build(entries), set(target_names(entries))
        runs = {rule: replay(entries, rule, bundle=bundle, record=False).targets for rule in result.rules}
        for gap in ids:
            told: list[GapEffect] = []
            for target in reached[gap]:
                name, upper = target.target, carried[target.target]
                lower = bounds(graph, [name], result.labels) if name in known and upper.floor else None
                pairs = [("floor", lowered(upper, lower), upper.floor)]
                for rule in result.rules:
                    open_figure = sum(runs[rule].get(name, {}).get(label, 0) for label in result.labels)
                    both = (open_figure, target.by_rule[rule])
                    pairs.append((rule, min(both), max(both)))
                told += [GapEffect(name, target.currency, *pair) for pair in pairs if pair[1] < pair[2]]
            effects[gap] = tuple(told)
    return effects


def resting(result: TraceResult, gaps: Sequence[Gap], found: Reach, entries: Entries) -> TraceResult:
    """Return the result with the gaps that each target's figures rest on, and what is said where a sum does not add up."""
    days = {f"day:{number}": day_of(entries, rows) for number, rows in blocks_of(entries).items()}
    return replace(result, targets=tuple(_rests(target, gaps, found, days) for target in result.targets))


def _rests(target: AssetTrace, gaps: Sequence[Gap], found: Reach, days: Mapping[str, str]) -> AssetTrace:
    marks = found.targets.get(target.target, frozenset())
    names = {days.get(mark, mark) for mark in marks if not mark.startswith("day:") or mark in found.live}
    here = [gap for gap in gaps if gap.id in names]
    said = tuple(_not_reconciled(gap) for gap in here if gap.kind in {"break", "overlap"} and gap.amount)
    return replace(target, rests_on=tuple(gap.id for gap in here), holds_under=(*target.holds_under, *said))


def _not_reconciled(gap: Gap) -> str:
    start, end = gap.period or (None, None)
    what = "statement" if gap.kind == "break" else "statements that overlap"
    how = "does not sum" if gap.kind == "break" else "differ"
    return (
        f"not reconciled: rests on account {gap.affects[0]}, whose {what} {start} to {end} {how} by "
        f"{major(gap.amount or 0, gap.currency, group=True)} {gap.currency}; only the floor holds whatever explains it"
    )

"""Credits of unknown origin that may be traced money come back: what a conversion bought, what a seller paid back.

No record joins the two lines, so that no rule carries proceeds from one to the other, and a person may yet decide that they
are one movement. A ceiling must hold whatever is decided: the source of such a credit is in doubt, and "a source whose label
is in doubt counts as proceeds for the ceiling and as other money for the floor" (tracing.md 5.6, doubtful labels; an
optional link only widens the interval, ibid.). How much of it is in doubt is bounded as well. No rule can have put more
proceeds into the debit than its own ceiling U; "the fraction that is proceeds passes to the bought currency" (1.3, FX), so a
conversion brings at most U x credited / debited, rounded up. A seller pays back at most what was paid of proceeds.

Sound for every decision: joining a debit and the credit gives an attribution whose flow out of the credit is at most that
amount, and it leaves every other source and arc of the network as it was, or takes from it. So each such attribution is one
of the network in which the doubt is a source, and its maximum flow is a ceiling for all of them. The floor counts the whole
credit as other money, which is the least favourable answer. Legs of one currency are not opened in this way: the proven
ceiling never passes money between unmatched legs (5.6, U_proven).

Units: minor units of the credit's account.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count

import numpy as np

from tracer.model import Bounds, GapEffect, TraceResult, major
from tracer.trace.bounds import leaving
from tracer.trace.bounds_graph import DOUBTFUL, FlowGraph, flows_from
from tracer.trace.effects import ALONE
from tracer.trace.entries import Entries, target_names
from tracer.trace.order_reach import Reach, reach
from tracer.trace.replay import replay

__all__ = ["Doubted", "doubted", "joined_effects", "net_floor", "not_paid", "refund_effects", "resting_on"]

_ROUNDS = 6  # conversions one after another; in a longer chain every credit is in doubt as a whole, to its very end
_FLOWS = 40  # debits whose own ceiling is computed; of more, the whole credit is in doubt


@dataclass(frozen=True, slots=True)
class Doubted:
    """The network with the doubts in it; credit row -> the most of it that may be proceeds, and the debits it may be of."""

    graph: FlowGraph
    amounts: dict[int, int]
    debits: dict[int, tuple[int, ...]]


def doubted(
    graph: FlowGraph, exchanged: Mapping[int, Sequence[int]], paid_back: Mapping[int, Sequence[int]]
) -> Doubted:
    """Return the network in which the credits may be traced money; those that no proceeds can have reached stay as they are.

    exchanged  credit row -> debit rows, of which one may have bought it; paid_back: credit row -> payments it may return
    """
    e = graph.entries
    room = {
        row: int(e.origin[row, ~e.proceeds].sum())
        for row in (*exchanged, *paid_back)
        if e.credit[row] and e.partner[row] < 0
    }
    amounts: dict[int, int] = {}
    debits: dict[int, tuple[int, ...]] = {}
    made = graph
    for step in count():
        found: dict[int, int] = {}
        begin = np.isin(made.source_label, [*np.flatnonzero(e.proceeds).tolist(), DOUBTFUL])
        live = flows_from(made, begin)
        asked = sorted(
            {d for pairs in (exchanged, paid_back) for ds in pairs.values() for d in ds if live[made.node_of[d]]}
        )
        # from then on only the debits that are asked can still grow in number, so it comes to an end
        if step > _ROUNDS or len(asked) > _FLOWS:
            most = {d: int(e.amount[d]) for d in asked}
        else:
            most = {d: u for d in asked if (u := leaving(made, d))}
        for row, whole in room.items():
            bought = [d for d in exchanged.get(row, ()) if d in most]
            returned = [d for d in paid_back.get(row, ()) if d in most]
            parts = [-(-most[d] * int(e.amount[row]) // int(e.amount[d])) for d in bought]
            parts.append(sum(_returned(e, row, d, most[d]) for d in returned))
            part = min(whole, max(parts))
            if part:
                found[row], debits[row] = part, tuple(dict.fromkeys((*bought, *returned)))
        if found == amounts:
            break
        amounts, made = found, _with(graph, found)
    return Doubted(made, amounts, {row: debits[row] for row in amounts})


def _returned(e: Entries, credit: int, debit: int, most: int) -> int:
    """Return how much of a payment's proceeds a credit may give back; in another currency no rate says, and it is all."""
    one = e.currencies[int(e.account[credit])] == e.currencies[int(e.account[debit])]
    return min(int(e.amount[credit]), most) if one else int(e.amount[credit])


def _with(graph: FlowGraph, amounts: Mapping[int, int]) -> FlowGraph:
    e = graph.entries
    left = dict(amounts)
    size = graph.source_amount.copy()
    for i in np.flatnonzero(np.isin(graph.source_row, list(amounts))).tolist():
        code, row = int(graph.source_label[i]), int(graph.source_row[i])
        if code >= 0 and not e.proceeds[code]:
            taken = min(int(size[i]), left[row])
            size[i] -= taken
            left[row] -= taken
    keep = size > 0
    rows = np.array(sorted(amounts), np.int64)
    new = np.array([amounts[row] for row in rows.tolist()], np.int64)
    return replace(
        graph,
        source_node=np.append(graph.source_node[keep], graph.node_of[rows]).astype(np.int32),
        source_label=np.append(graph.source_label[keep], np.full(len(rows), DOUBTFUL)).astype(np.int32),
        source_amount=np.append(size[keep], new),
        source_row=np.append(graph.source_row[keep], rows),
    )


def resting_on(found: Reach, entries: Entries, made: Doubted, gap_of: Mapping[int, Sequence[str]]) -> Reach:
    """Return what each target rests on, these gaps included; gap_of: credit row -> ids of the gaps that tell it.

    All that the credit may have reached rests on the gap, and so does what its debit paid for.
    """
    marks = [(gap, int(entries.account[row]), row) for row in made.amounts for gap in gap_of.get(row, ())]
    if not marks:
        return found
    more = reach(entries, marks, brings=frozenset(made.amounts)).targets
    targets = {
        name: found.targets.get(name, frozenset()) | more.get(name, frozenset()) for name in {*found.targets, *more}
    }
    for row in made.amounts:
        for debit in made.debits[row]:
            name = entries.sinks[int(entries.sink[debit])]
            targets[name] = targets.get(name, frozenset()) | frozenset(gap_of.get(row, ()))
    return Reach(targets, found.live)


def joined_effects(
    result: TraceResult,
    found: Reach,
    pairs: Mapping[str, Sequence[tuple[str, str]]],
    joined: Callable[[Sequence[tuple[str, str]]], Entries],
    *,
    bundle: str,
) -> dict[str, tuple[GapEffect, ...]]:
    """Return, by gap id, each rule's figure with a pair of it joined and with none: least and most over the pairs.

    pairs: gap id -> (debit, credit) postings, best first; joined(pairs) -> the entries with these pairs as one movement.
    With more than `ALONE` gaps the best pairs are joined together, each line once, and each effect is that of all.
    """
    runs: list[tuple[tuple[str, ...], list[tuple[str, str]]]] = []
    if len(pairs) > ALONE:
        taken: dict[str, tuple[str, str]] = {}
        for listed in pairs.values():
            free = next((pair for pair in listed if not taken.keys() & {*pair}), None)
            if free:
                taken |= dict.fromkeys(free, free)
        runs.append((tuple(pairs), list(dict.fromkeys(taken.values()))))
    else:
        runs += [((gap,), [pair]) for gap, listed in pairs.items() for pair in listed[:3]]
    spans: dict[str, dict[tuple[str, str], tuple[int, int]]] = {gap: {} for gap in pairs}
    for gaps, together in runs:
        entries = joined(together)
        known = set(target_names(entries))
        figures = {rule: replay(entries, rule, bundle=bundle, record=False).targets for rule in result.rules}
        for gap in gaps:
            for target in result.targets:
                if gap not in found.targets.get(target.target, ()):
                    continue
                name = _named(target.target, target.currency, known)
                for rule in result.rules:
                    other = sum(figures[rule].get(name, {}).get(label, 0) for label in result.labels)
                    now = target.by_rule[rule]
                    least, most = spans[gap].get((target.target, rule), (now, now))
                    spans[gap][target.target, rule] = min(least, other), max(most, other)
    currency = {t.target: t.currency for t in result.targets}
    return {
        gap: tuple(
            GapEffect(name, currency[name], rule, least, most)
            for (name, rule), (least, most) in span.items()
            if least < most
        )
        for gap, span in spans.items()
    }


def _named(name: str, currency: str, known: set[str]) -> str:
    """Return the name of a target among `known`: one that is paid in a single currency there does not name it."""
    return name if name in known else name.removesuffix(f":{currency}")


def refund_effects(
    result: TraceResult, refunds: Mapping[str, Sequence[tuple[str, int]]], gross: Mapping[str, int]
) -> dict[str, tuple[GapEffect, ...]]:
    """Return, by gap id, each figure of an asset less what the refund may have given back of it, and gross.

    refunds: target -> (gap id, amount); gross: target -> its floor before any refund.
    """
    effects: dict[str, tuple[GapEffect, ...]] = {}
    for target in result.targets:
        for gap, amount in refunds.get(target.target, ()):
            figures = {"floor": gross.get(target.target, target.bounds.floor), **target.by_rule}
            effects[gap] = tuple(
                GapEffect(target.target, target.currency, name, max(0, figure - amount), figure)
                for name, figure in figures.items()
                if figure and amount
            )
    return effects


def not_paid(made: Doubted, exchanged: Mapping[int, Sequence[int]]) -> dict[str, int]:
    """Return target -> what was recorded into it by debits that may have bought a currency: paid to nobody, then."""
    e = made.graph.entries
    rows = {d for row, debits in made.debits.items() for d in debits if d in exchanged.get(row, ())}
    found: dict[str, int] = {}
    for row in sorted(rows):
        name = e.sinks[int(e.sink[row])]
        found[name] = found.get(name, 0) + int(e.amount[row])
    return found


def net_floor(
    bounds: Bounds, refunds: Mapping[str, Sequence[tuple[str, int]]], unpaid: Mapping[str, int] | None = None
) -> Bounds:
    """Return the bounds with the floor less what sellers may have paid back, and less what may not have been paid at all.

    All of either may have been proceeds. Sound for a set: relabel what came back, or was bought, as other money, and the
    attribution is one of the books as they stand, with that much more in the target. So the floor of the books, less that, is
    one whatever is decided. unpaid: as `not_paid` gives it.
    """
    back = sum(amount for target in bounds.targets for _, amount in refunds.get(target, ()))
    never = sum((unpaid or {}).get(target, 0) for target in bounds.targets)
    if not (back or never) or not bounds.floor:
        return bounds
    floor = max(0, bounds.floor - back - never)

    def money(minor: int) -> str:
        return f"{bounds.currency} {major(minor, bounds.currency, group=True)}"

    said = []
    if back:
        said.append(
            (
                f"Its payees credited {money(back)} later, which may be part of the price.",
                f"其收款方其后贷记{money(back)}，可能为退还的价款。",
            )
        )
    if never:
        said.append(
            (
                f"Of what was recorded into it {money(never)} may have bought another currency instead.",
                f"所记录的款项中有{money(never)}可能用于兑换另一币种。",
            )
        )
    said.append(
        (
            f"All of that may have been proceeds: of {money(bounds.floor)} the floor keeps {money(floor)}.",
            f"上述款项可能全部为涉案资金：下限由{money(bounds.floor)}减为{money(floor)}。",
        )
    )
    return replace(
        bounds,
        floor=floor,
        words_floor=(*bounds.words_floor, *(en for en, _ in said)),
        words_floor_zh=(*bounds.words_floor_zh, *(zh for _, zh in said)),
    )

"""18 USC 1957: a monetary transaction in criminally derived property above 10,000 dollars, strictly.

per_rule   each rule's own figure        presume    the strict proceeds-first figure
trace_all  the floor of the withdrawal   aggregate  withdrawals to date, this one included, exceed all clean funds to
                                                    date, and this one itself exceeds the threshold

Authority: presume: US v Silver, 948 F.3d 538 (2d Cir. 2020), US v Moore, 27 F.3d 969 (4th Cir. 1994) [K, verify before
           filing]; US v Erker (6th Cir. 3 Mar 2025) [F]. aggregate: US v Davis, 226 F.3d 346 (5th Cir. 2000) [K, verify
           before filing], US v Evans (5th Cir. 2018) [F]. trace_all: US v Rutgard, 116 F.3d 1270 (9th Cir. 1997) [K,
           verify before filing]. The circuits are split [F]: all modes are printed.
Doubt:     the project's reading of the modes: confirm with counsel.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tracer.trace.bounds import bounds
from tracer.trace.entries import Entries
from tracer.trace.events import Book, Event, enter, rows_of
from tracer.trace.replay import Replay

__all__ = ["THRESHOLD", "exceeds", "modes"]

#: 18 USC 1957(a): "of a value greater than $10,000", in cents.
THRESHOLD = 1_000_000


def exceeds(amount: int) -> bool:
    """Say whether an amount in cents is above the threshold: 10,000.00 is not, 10,000.01 is."""
    return amount > THRESHOLD


def modes(book: Book, runs: dict[str, tuple[Entries, Replay]]) -> dict[str, dict[str, bool]]:
    """Return mode -> sink -> whether a withdrawal into it meets it. `runs`: rule -> entries and replay, recorded.

    The threshold is of one monetary transaction: two withdrawals into one sink are not added up, and neither hides the other.
    """
    payments = [event for event in book.events if event.kind == "debit"]
    found: dict[str, dict[str, bool]] = {}
    for rule, (entries, result) in runs.items():
        traced = {e.id: int(result.moved[rows_of(entries, e.id)][:, entries.proceeds].sum()) for e in payments}
        found[f"per_rule.{rule}"] = _any(payments, {name: exceeds(amount) for name, amount in traced.items()})
    found["presume"] = found["per_rule.proceeds_first"]
    # one target per withdrawal: a sink may have received several
    apart = enter(book.with_events([replace(e, sink=e.id) if e.kind == "debit" else e for e in book.events]))
    found["trace_all"] = _any(payments, {e.id: exceeds(bounds(apart, [f"sink:{e.id}"]).floor) for e in payments})
    met: dict[str, bool] = {}
    clean = {h.name: sum(x for label, x in h.opening if label in ("C", "U")) for h in book.holdings}
    out = dict.fromkeys(clean, 0)
    for event in book.events:
        if event.kind == "credit":
            clean[event.account] += sum(x for label, x in event.labels if label in ("C", "U"))
        elif event.kind == "debit":
            out[event.account] += event.amount
            met[event.id] = exceeds(event.amount) and out[event.account] > clean[event.account]
    found["aggregate"] = _any(payments, met)
    return found


def _any(payments: Sequence[Event], met: Mapping[str, bool]) -> dict[str, bool]:
    """Return sink -> whether one of the payments into it meets the threshold."""
    return {
        sink: any(met[e.id] for e in payments if e.sink == sink) for sink in dict.fromkeys(e.sink for e in payments)
    }

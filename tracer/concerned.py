"""Which lines of the books a check that is off puts in doubt, so that the figures they touch say that they rest on it.

A mark on a line concerns that line. A check of a whole statement (its printed total, its days, its currency, whether it is
complete) and a mark on the statement itself concern every line of it: nobody can say which one is wrong. A marked message
concerns the payment that it shows; a line that is a copy, the line of the same movement that counts. A marked asset
concerns its own figures. Parties, accounts and interests bear no amount of a trace.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tracer.facts import Facts
from tracer.model import Cite, Gap

__all__ = ["Concerned", "concerned"]


@dataclass(frozen=True, slots=True)
class Concerned:
    """A check that is off, as a gap, with the postings and the targets of assets that it puts in doubt."""

    gap: Gap
    postings: frozenset[str]
    targets: frozenset[str] = frozenset()


def concerned(gaps: Iterable[Gap], facts: Facts) -> tuple[Concerned, ...]:
    """Return what each check that is off puts in doubt; gaps of other kinds are passed over."""
    off = [gap for gap in gaps if gap.kind == "check_off"]
    if not off:
        return ()
    places = {
        kind: {noun.cite: key for key, noun in facts[kind].items()} for kind in ("posting", "message", "statement")
    }
    assets = {asset.cite: f"sink:ASSET:{asset.record}" for asset in facts["asset"].values()}
    lines: dict[str, set[str]] = defaultdict(set)
    for key, posting in facts["posting"].items():
        lines[posting.statement].add(key)
    legs: dict[str, set[str]] = defaultdict(set)
    for transfer in facts.transfers:
        counted = {leg for leg in (transfer.debit, transfer.credit, *transfer.between) if leg}
        for key in (*transfer.postings, *transfer.messages):
            legs[key] |= counted

    def of(gap: Gap) -> Concerned:
        marked = {places["posting"][c] for c in gap.cites if c in places["posting"]}
        shown = {places["message"][c] for c in gap.cites if c in places["message"]}
        whole: set[str] = set()
        if not gap.id.startswith("check/marks/") or not (marked or shown):
            whole = {key for c in gap.cites for key in lines[_statement(c, places["statement"])]}
        found = marked | whole
        found |= {leg for key in (*found, *shown) for leg in legs[key]}
        return Concerned(gap, frozenset(found), frozenset(assets[c] for c in gap.cites if c in assets))

    return tuple(of(gap) for gap in off)


def _statement(cite: Cite, known: Mapping[Cite, str]) -> str:
    """Return the statement that a check stands at, "" for none; a check of a part of it names the part after `#`."""
    base = Cite(cite.exhibit, cite.locator.partition("#")[0])
    return known.get(cite) or known.get(base) or ""

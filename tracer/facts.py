"""The facts of a case that may leave it, with what the ladder and persons concluded from exactly these."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tracer import match
from tracer.batches import KINDS, to_nouns
from tracer.model import CheckFailed, Cite, Judgement, Party, Transfer
from tracer.model.judging import in_force, united

__all__ = ["Facts", "concluded", "concluded_around", "facts_of", "returns_of", "same_parties"]


@dataclass(frozen=True, slots=True)
class Facts:
    """Nouns by ledger kind and fact id, without the withheld exhibits; judgements and transfers on exactly these."""

    by_kind: dict[str, dict[str, Any]]
    judgements: tuple[Judgement, ...]
    transfers: tuple[Transfer, ...]
    columns: match.Columns | None = (
        None  # of the lines and messages, read by the ladder, and kept for what it leaves open
    )

    def __getitem__(self, kind: str) -> dict[str, Any]:
        return self.by_kind[kind]


def facts_of(scan: Callable[[str], Any], decided: Sequence[Judgement], must: Collection[str] = ()) -> Facts:
    """Read the facts, run the ladder on them, and conclude transfers.

    `scan(kind)` gives the Arrow rows that may leave. A recorded judgement counts only while both of its records are among
    them, and a judgement of the ladder only while the ladder still proposes it on them: matches are re-run, not filtered.
    """
    return concluded({kind: dict(to_nouns(kind, scan(kind))) for kind in KINDS}, decided, must)


def concluded(by_kind: dict[str, dict[str, Any]], decided: Sequence[Judgement], must: Collection[str] = ()) -> Facts:
    """Run the ladder on facts that are read already, and conclude transfers.

    must   the sets of parts that must fit the records, as `match.conclude` has them: those that a person is about to judge, and
           those that fitted before
    """
    recorded = {j.id: j for j in decided}
    known = {*by_kind["posting"], *by_kind["message"], *by_kind["party"]}
    persons = [j for j in decided if j.rung < 0 and {j.left, j.right} <= known]
    columns = match.Columns(by_kind["posting"], by_kind["message"])
    asked = (by_kind["posting"], by_kind["message"], by_kind["statement"])
    proposed = match.propose(*asked, decided=persons, columns=columns)
    back = match.undone_on_both(by_kind["posting"], by_kind["message"], (*proposed, *persons))
    judgements = (*(recorded.get(j.id, j) for j in (*proposed, *back)), *persons)
    transfers = match.conclude(by_kind["posting"], by_kind["message"], judgements, must=must)
    same_parties(by_kind["party"], judgements)  # refuses a contradiction of persons before it is recorded
    return Facts(by_kind, judgements, transfers, columns)


def concluded_around(facts: Facts, more: Judgement) -> tuple[Transfer, ...]:
    """Return the transfers as `match.conclude` gives them with one more judgement; those it cannot touch are kept as they are.

    What a judgement can touch is what judgements `same` tie to its two records, near or far: a movement is made of no others.
    """
    beside: dict[str, set[str]] = defaultdict(set)
    for judgement in facts.judgements:
        if judgement.subject == "movement" and judgement.decision == "same":
            beside[judgement.left].add(judgement.right)
            beside[judgement.right].add(judgement.left)
    keys, new = {more.left, more.right}, [more.left, more.right]
    while new:
        found = beside[new.pop()] - keys
        keys |= found
        new += found
    # a copy of a line, or a reversal, stands in the movement of another: its records come along
    touched = [t for t in facts.transfers if keys & {*t.postings, *t.messages, t.reversed_by}]
    keys |= {key for t in touched for key in (*t.postings, *t.messages)}
    asked = [j for j in (*facts.judgements, more) if {j.left, j.right} & keys]
    again = match.conclude(
        {key: p for key, p in facts["posting"].items() if key in keys},
        {key: m for key, m in facts["message"].items() if key in keys},
        asked,
        must=(),
    )
    gone = {t.id for t in touched}
    return tuple(sorted((*again, *(t for t in facts.transfers if t.id not in gone)), key=lambda t: t.id))


def returns_of(facts: Facts) -> dict[str, tuple[str, Cite, Cite | None]]:
    """Return what `match.returns` finds in these facts."""
    return match.returns(facts.transfers, facts["posting"], facts["message"], facts.judgements)


def same_parties(parties: Mapping[str, Party], judgements: Iterable[Judgement]) -> dict[str, str]:
    """Return party record -> the record under which persons judged it to be one with others; only what differs.

    Raises: CheckFailed where judgements make one party of two that a person judged different.
    """
    named = [
        replace(j, left=parties[j.left].record, right=parties[j.right].record)
        for j in in_force(judgements)
        if j.subject == "party" and {j.left, j.right} <= {*parties}
    ]
    root, refused = united(sorted({p.record for p in parties.values()}), named)
    if refused:
        raise CheckFailed(
            "Judgements make one party of two records that a person judged different.",
            where=f"{refused[0].left} and {refused[0].right}",
            meaning="Nothing was recorded: shares would be added that a person keeps apart.",
            next_call="tracer match   (lists what persons decided; judge --withdraw takes one back)",
        )
    return {record: one for record, one in root.items() if record != one}

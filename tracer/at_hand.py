"""What is at hand before anybody is asked: an open candidate may be the very record that a gap or a request asks for.

The other side of a payment is often held already, and only a person's answer is missing. Whoever is asked for a statement that
lies in the case learns that it was not read; so the candidates are named first, and the record is asked for if none of them is it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from tracer.model import Cite, Dossier
from tracer.review import Pair, Parts

__all__ = ["Open", "first", "open_at", "together"]

#: Kinds of gap that the record of another side closes, which may be held.
_CLOSED_BY_A_RECORD = {"unmatched_leg", "unknown_origin"}

#: Cite of a record -> the ids of the open candidates in which it stands.
Open = Mapping[Cite, frozenset[str]]


def open_at(made: Dossier, candidates: Callable[[], Sequence[Pair | Parts]], *, always: bool = False) -> Open:
    """Return the open candidates by the records in them; they are looked for where a gap may want them, or `always`."""
    if not always and not any(gap.kind in _CLOSED_BY_A_RECORD and gap.ask_en for gap in made.gaps):
        return {}
    found: dict[Cite, set[str]] = {}
    for one in candidates():
        keys = (
            (one.candidate.left, one.candidate.right)
            if isinstance(one, Pair)
            else (one.candidate.whole, *one.candidate.parts)
        )
        for key in keys:
            record = made.postings.get(key) or made.messages.get(key)
            if record is not None:
                found.setdefault(record.cite, set()).add(one.id)
    return {cite: frozenset(ids) for cite, ids in found.items()}


def together(cites: Iterable[Cite], kind: str, at: Open) -> frozenset[str]:
    """Return the candidates that may answer what a gap, or a request, of this kind asks for by these records."""
    if kind not in _CLOSED_BY_A_RECORD and kind != "onward":
        return frozenset()
    return frozenset(name for cite in cites for name in at.get(cite, ()))


def first(ids: frozenset[str]) -> tuple[str, str]:
    """Return what a person does before asking anybody, in English and in Chinese."""
    n = len(ids)
    return (
        f"judge {n} candidate{'s' if n > 1 else ''} first: tracer match ({', '.join(sorted(ids)[:4])}{', …' if n > 4 else ''})",
        f"请先判定 {n} 个候选：tracer match（{'、'.join(sorted(ids)[:4])}{'……' if n > 4 else ''}）",
    )

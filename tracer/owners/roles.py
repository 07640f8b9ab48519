"""Owners by role: parties of arrangements, nominators, and control by other means (ownership.md 4.12).

No role is multiplied by a percentage; an anonymous beneficiary is an owner by role as well.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from fractions import Fraction

from tracer.owners.question import Question
from tracer.owners.ranges import NO, UNDETERMINED, YES, answer, any_of
from tracer.owners.table import INFLUENCE, ROLES

__all__ = ["declared_bases", "other_means", "principal_of", "role_answers"]

_QUARTER = Fraction(1, 4)


def role_answers(question: Question, kinds: Collection[str] = ROLES) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return role -> (answer, ids) of the holder in the target, or in an arrangement that owns or controls it.

    In the target itself the role is enough. Through an arrangement it counts when the arrangement reaches a quarter
    of the target or controls it.
    """
    out: dict[str, tuple[str, tuple[str, ...]]] = {}
    for right in question.table.rights:
        if right.owner not in question.holders or right.kind not in kinds:
            continue
        if right.subject == question.target:
            found, ids = YES, right.ids
        else:
            found, ids = _of_arrangement(question, right.subject)
            ids = (*right.ids, *ids)
        if found != NO:
            before = out.get(right.kind, (NO, ()))
            out[right.kind] = (any_of((before[0], found)), tuple(sorted({*before[1], *ids})))
    return out


def _of_arrangement(question: Question, arrangement: str) -> tuple[str, tuple[str, ...]]:
    if arrangement not in question.table.shares.owners_above(question.target) | question.table.votes.owners_above(
        question.target
    ):
        return NO, ()
    theirs = replace(question, holders=frozenset((arrangement,)), policy="is_not_p")
    owned = [answer(theirs.own(m), _QUARTER, strict=False) for m in (question.table.shares, question.table.votes)]
    if question.target in theirs.certain.members:
        owned.append(YES)
    ids = (*theirs.edges_between(question.table.shares), *theirs.edges_between(question.table.votes))
    return any_of(owned), ids


def principal_of(question: Question) -> dict[str, tuple[str, ...]]:
    """Return {"nominator": ids} when the holder instructs a nominee in the target or in a nomination above it."""
    above = question.table.above(question.target)
    ids = tuple(
        sorted(
            {
                one
                for right in question.table.rights
                if right.kind == "nominator"
                and right.owner in question.holders
                and (right.subject == question.target or right.subject in above or _held_for(question, right.subject))
                for one in right.ids
            }
        )
    )
    return {"nominator": ids} if ids else {}


def _held_for(question: Question, nomination: str) -> bool:
    """Whether what a nomination held in the target was re-pointed to the holder."""
    marks = {f"{nomination} for {holder}" for holder in question.holders}
    return any(
        flag.code == "NOMINEE" and flag.note in marks and question.target in flag.members
        for flag in question.table.flags
    )


def other_means(question: Question) -> tuple[str, tuple[str, ...]]:
    """Return control by other means than votes: a board right is one, stated influence may be.

    The holder's own direct rights count, and those of entities the holder surely controls.
    """
    mine = question.certain.all
    found = NO
    ids: set[str] = set()
    for right in question.table.rights:
        if right.subject != question.target or right.owner not in mine or right.capacity != "own":
            continue
        if right.kind == "appointmentOfBoard":
            found = YES
            ids.update(right.ids)
        elif right.kind in INFLUENCE:
            found = any_of((found, UNDETERMINED))
            ids.update(right.ids)
    return found, tuple(sorted(ids))


def declared_bases(question: Question) -> dict[str, tuple[str, ...]]:
    """Return "declared KIND" -> ids for control that a source asserts of the holder in the target.

    Evidence only: it is printed beside a verdict and never decides one.
    """
    out: dict[str, tuple[str, ...]] = {}
    for item in question.table.declared:
        if item.owner in question.holders and item.subject == question.target and item.kind in INFLUENCE:
            name = f"declared {item.kind}"
            out[name] = (*out.get(name, ()), *item.ids)
    return out

"""The algebra of judgements: which are in force, and which records they make one. Pure functions of what was recorded.

Nothing is merged, only judged: a judgement is undone by another, and what stood before it stands again, exactly.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from operator import attrgetter, eq, gt, le

from tracer.model.conclusions import Judgement, Transfer

__all__ = [
    "CONFIDENCE",
    "PART",
    "WITHDRAWS",
    "confidence",
    "grouped",
    "how_known",
    "in_force",
    "in_order",
    "joined_by",
    "pair_of",
    "relation_of",
    "set_of",
    "standing",
    "united",
    "withdrawn",
    "worst",
]

#: How a movement is known, the best first (annex.md section 6).
CONFIDENCE = ("documented", "inferred", "assumed")

#: Rungs 0 to 3 join by what the records themselves print (formats.md section 12; nexus.md section 5): documented. A score
#: (rung 4) and a person's own word (no rung) are inferred, in the annex, on the chart and in an explanation.
DOCUMENTED = range(4)

#: The feature of a judgement that takes back another: `withdraws=<id>`. Taking back a withdrawal puts the first in force again.
WITHDRAWS = "withdraws="

#: The relation of a judgement that one record is a part of another, and the feature that names the set of all its parts and
#: how many they are: `set=<id>/<n>`. A set stands while all of its judgements stand, and is taken back by all of them.
PART = "part"
_SET = "set="
_LEFT, _RIGHT = attrgetter("left"), attrgetter("right")
_PLACE = attrgetter("left", "right", "rung", "id")


def pair_of(judgement: Judgement) -> tuple[str, str]:
    """Return the two records in the order of their ids."""
    one, other = judgement.left, judgement.right
    return (one, other) if one <= other else (other, one)


def relation_of(judgement: Judgement) -> str:
    """Return copy, leg, booking, two_sided, reversal, return, status, text, not_sent or part; "" for a person's own words."""
    for feature in judgement.features:
        if feature.startswith("relation="):
            return feature[9:]
    return ""


def set_of(judgement: Judgement) -> tuple[str, int]:
    """Return (id of the set of parts that a judgement belongs to, how many parts it has); ("", 0) for a pair."""
    for feature in judgement.features:
        if feature.startswith(_SET):
            name, _, size = feature.removeprefix(_SET).partition("/")
            return name, int(size) if size.isdecimal() else 0
    return "", 0


def _takes_back(judgement: Judgement) -> str:
    if judgement.decision != "withdrawn":
        return ""
    return next((f.removeprefix(WITHDRAWS) for f in judgement.features if f.startswith(WITHDRAWS)), "")


def withdrawn(judgements: Sequence[Judgement]) -> dict[str, str]:
    """Return id -> id of the judgement that takes it back. `judgements` in the order in which they were recorded.

    Read from the last to the first: a withdrawal counts unless a later one takes it back, and a decision that is
    recorded again after its withdrawal stands.
    """
    if all(judgement.decision != "withdrawn" for judgement in judgements):
        return {}
    back: dict[str, str] = {}
    seen: set[str] = set()
    for judgement in reversed(judgements):
        target = _takes_back(judgement)
        if target and judgement.id not in back and target not in seen:
            back.setdefault(target, judgement.id)
        seen.add(judgement.id)
    return back


def in_force(judgements: Iterable[Judgement]) -> tuple[Judgement, ...]:
    """Return `standing` sorted by pair, rung and id, whatever the order of the ladder."""
    return tuple(in_order(standing(judgements)))


def standing(judgements: Iterable[Judgement]) -> list[Judgement]:
    """Return what stands of each pair: a person's last decision before the ladder's, else every rung that fired.

    A withdrawal is no decision: it only takes one back. What a person decided of a set of parts is no decision on its pairs:
    it stands beside, once for each set.
    """
    listed = list(judgements)
    if all(j.rung >= 0 and j.decision != "withdrawn" for j in listed):  # the ladder alone takes nothing back
        return list({j.id: j for j in listed}.values())
    back = withdrawn(listed)
    of_person: dict[tuple[str, str], Judgement] = {}
    of_set: dict[tuple[str, str, str], Judgement] = {}
    of_ladder: dict[str, Judgement] = {}
    for judgement in listed:
        if judgement.id in back or _takes_back(judgement):
            continue
        if judgement.rung >= 0:
            of_ladder[judgement.id] = judgement
        elif relation_of(judgement) == PART:
            of_set[*pair_of(judgement), set_of(judgement)[0]] = judgement
        else:
            of_person[pair_of(judgement)] = judgement
    found = [j for j in of_ladder.values() if not of_person or pair_of(j) not in of_person]
    found += of_person.values()
    found += of_set.values()
    return found


def in_order(judgements: Iterable[Judgement]) -> list[Judgement]:
    """Return judgements by pair, smaller id first, then by rung and id."""
    listed = list(judgements)
    lefts = list(map(_LEFT, listed))
    if not all(map(le, lefts, map(_RIGHT, listed))):  # as of some copies
        return sorted(listed, key=_place)
    # what the ladder returned is in order, and is asked for again at each step
    if any(map(gt, lefts, islice(lefts, 1, None))):
        listed.sort(key=_LEFT)
        lefts = list(map(_LEFT, listed))
    is_same = [*map(eq, lefts, islice(lefts, 1, None)), False]
    end = 0
    with suppress(ValueError):  # until no two more begin with one record
        while True:
            start = is_same.index(True, end)
            end = is_same.index(False, start) + 1
            listed[start:end] = sorted(listed[start:end], key=_PLACE)
    return listed


def _place(judgement: Judgement) -> tuple[str, str, int, str]:
    one, other = judgement.left, judgement.right
    return (one, other, judgement.rung, judgement.id) if one <= other else (other, one, judgement.rung, judgement.id)


def united(
    keys: Iterable[str],
    judgements: Iterable[Judgement],
    *,
    fits: Callable[[Sequence[str]], bool] | None = None,
) -> tuple[dict[str, str], tuple[Judgement, ...]]:
    """Return (record -> first record of its group, judgements `same` that could not be followed).

    `judgements` are those in force. Persons first, then the ladder from its surest rung: a union that would bring
    together two records judged different, or that `fits` refuses for the members it would have, is not made and is
    returned. A pair that a person judged different is thereby apart also where a third record fits both.

    fits  of some records, whether they may be one; of records that may, any fewer may
    """
    root = {key: key for key in keys}
    groups, refused = grouped([j for j in judgements if j.left in root and j.right in root], fits=fits)
    for group in groups:
        first = min(group)
        for key in group:
            root[key] = first
    return root, refused


def grouped(
    judgements: Sequence[Judgement], *, fits: Callable[[Sequence[str]], bool] | None = None
) -> tuple[list[list[str]], tuple[Judgement, ...]]:
    """Return the records that `united` makes one as lists in no order, and what could not be followed.

    A record that no judgement `same` names stands in no list; one that is left alone of those linked to it, in a list of one.
    """
    apart: dict[str, set[str]] = defaultdict(set)
    followed = [j for j in judgements if j.decision == "same"]
    for judgement in judgements if len(followed) < len(judgements) else ():
        if judgement.decision == "different":
            apart[judgement.left].add(judgement.right)
            apart[judgement.right].add(judgement.left)
    doubtful, found = set[str](), list[list[str]]()
    for group in _linked(followed):
        is_barred = apart and any(not apart[key].isdisjoint(group) for key in group if key in apart)
        if is_barred or (fits and not fits(group)):
            doubtful.update(group)
        else:
            found.append(group)
    if not doubtful:
        return found, ()
    root = {key: key for key in doubtful}
    refused = _step_by_step(root, [j for j in followed if j.left in doubtful], apart, fits)
    groups: dict[str, list[str]] = defaultdict(list)
    for key, first in root.items():
        groups[first].append(key)
    return [*found, *groups.values()], refused


def _linked(judgements: Iterable[Judgement]) -> list[list[str]]:
    """Return the records that judgements link, directly or by others, in lists."""
    held: dict[str, list[str]] = {}
    for judgement in judgements:
        one, other = judgement.left, judgement.right
        mine, yours = held.get(one), held.get(other)
        if one == other:
            continue
        if mine is None:
            if yours is None:
                held[one] = held[other] = [one, other]
            else:
                yours.append(one)
                held[one] = yours
        elif yours is None:
            mine.append(other)
            held[other] = mine
        elif mine is not yours:
            if len(mine) < len(yours):
                mine, yours = yours, mine
            mine += yours
            for key in yours:
                held[key] = mine
    return list({id(group): group for group in held.values()}.values())


def _step_by_step(
    root: dict[str, str],
    followed: Iterable[Judgement],
    apart: Mapping[str, set[str]],
    fits: Callable[[Sequence[str]], bool] | None,
) -> tuple[Judgement, ...]:
    """Unite in `root`, one judgement after the other, what cannot all be one; return those that were not followed."""
    members: dict[str, list[str]] = {}  # of what is united
    refused = []
    # a person's rung is -1; stable: within a rung by pair and id
    for judgement in sorted(in_order(followed), key=attrgetter("rung")):
        one, other = root[judgement.left], root[judgement.right]
        if one == other:
            continue
        if other < one:
            one, other = other, one
        mine, theirs = members.get(one) or [one], members.get(other) or [other]
        both = [*mine, *theirs]
        is_barred = apart and any(apart[key] & set(theirs) for key in mine if key in apart)
        if is_barred or (fits and not fits(both)):
            refused.append(judgement)
            continue
        members[one] = both
        members.pop(other, None)
        for key in theirs:
            root[key] = one
    return tuple(refused)


def joined_by(records: Iterable[str], edges: Iterable[tuple[str, str, int]]) -> int | None:
    """Return the worst rung without which these records would not be one; None where the edges do not join them all.

    >>> joined_by("abc", [("a", "b", 1), ("a", "b", 3), ("b", "c", 2)])
    2
    """
    part = {record: {record} for record in records}
    found: int | None = None
    for left, right, rung in sorted(edges, key=lambda edge: (edge[2] not in DOCUMENTED, edge[2])):
        if left in part and right in part and part[left] is not part[right]:
            part[left] |= part[right]
            for record in part[right]:
                part[record] = part[left]
            found = rung
    return found if len({id(group) for group in part.values()}) == 1 else None


def confidence(rung: int | None) -> str:
    """Return how a movement is known that is joined at this rung; one record stands for itself."""
    return "documented" if rung is None or rung in DOCUMENTED else "inferred"


def worst(found: Iterable[str]) -> str:
    """Return the weakest of several; nothing found is documented by nothing, and is told elsewhere."""
    return max(found, key=CONFIDENCE.index, default="documented")


def how_known(transfer: Transfer, movements: Iterable[Judgement]) -> str:
    """Return how a transfer is known, by the judgements in force that make movements one."""
    records = {*transfer.postings, *transfer.messages}
    edges = [(j.left, j.right, j.rung) for j in movements if j.left in records and j.right in records]
    rung = joined_by(records, edges)
    return worst(map(confidence, transfer.rungs)) if rung is None else confidence(rung)

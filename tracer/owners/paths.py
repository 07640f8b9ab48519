"""The chains of interests down to a target, one interest per level: what an ownership chart and annex sheet 13 draw."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from datetime import date

from tracer.model import Chain, Interest, Party, Share
from tracer.owners.ranges import ONE, stated_share
from tracer.owners.table import Table, build
from tracer.owners.windows import standing

__all__ = ["MOST", "chains"]

#: Simple paths grow exponentially; beyond this number the list is cut, shortest first.
MOST = 1_000

_EVIDENCE = frozenset(("unknownInterest", "unpublishedInterest", "consolidation", ""))


def chains(
    parties: Mapping[str, Party],
    interests: Mapping[str, Interest],
    target: str,
    as_of: date,
    *,
    as_known: date | None = None,
    same: Mapping[str, str] | None = None,
) -> tuple[Chain, ...]:
    """Return every simple path of direct interests from an ultimate owner down to `target`.

    Level 1 is next to the owner. `share` is the product of the levels, None where a level carries no share (a role,
    influence, a board right). Votes are told apart from shares: a path keeps to one of them. A path through a nominee
    is told twice: as legal title, and for the nominator. Products of cycles are not in it: it is no integrated share.
    """
    canon = dict(same or {})
    where = canon.get(target, target)
    table = build(parties, interests, as_of=as_of, as_known=as_known, same=canon)
    into = _edges(table, interests, canon, as_of, as_known)
    found: list[Chain] = []
    queue: list[tuple[str, tuple[str, ...], Share | None, str, frozenset[str]]] = [
        (where, (), Share(ONE, ONE), "", frozenset((where,)))
    ]
    while queue and len(found) < MOST:
        at, levels, product, family, passed = queue.pop(0)
        fitting = [edge for edge in into.get(at, ()) if edge[2] in _fitting(family)]
        ups = [edge for edge in fitting if edge[0] not in passed]
        for owner, ids, kind, share in ups:
            down = _times(product, share)
            queue.append((owner, (*ids, *levels), down, kind if kind != "right" else family, passed | {owner}))
        if levels and (not fitting or table.kind(at) == "person"):
            name = hashlib.sha256("\n".join((where, at, *levels)).encode()).hexdigest()[:16]
            found.append(Chain(name, levels, at, where, product))
    return tuple(sorted(found, key=lambda c: (c.owner, len(c.interests), c.interests)))


def _fitting(family: str) -> tuple[str, ...]:
    return ("shares", "votes", "right") if not family else (family, "right")


def _times(product: Share | None, share: Share | None) -> Share | None:
    if product is None or share is None:
        return None
    lo, hi = product.lo * share.lo, product.hi * share.hi
    lo_open = (product.lo_open or share.lo_open) and lo < hi
    return Share(lo, hi, lo_open, (product.hi_open or share.hi_open) and lo < hi)


def _edges(
    table: Table,
    interests: Mapping[str, Interest],
    canon: Mapping[str, str],
    as_of: date,
    as_known: date | None,
) -> dict[str, list[tuple[str, tuple[str, ...], str, Share | None]]]:
    """Return subject -> (owner, ids of the level, family, share), one per interest in force."""
    into: dict[str, list[tuple[str, tuple[str, ...], str, Share | None]]] = defaultdict(list)
    for row in standing(interests, as_of, as_known):
        interest = row.interest
        if interest.is_assertion or interest.directness != "direct" or interest.kind in _EVIDENCE:
            continue
        owner = canon.get(interest.owner, interest.owner)
        subject = canon.get(interest.subject, interest.subject)
        if owner == subject:
            continue
        family = {"shareholding": "shares", "votingRights": "votes"}.get(interest.kind, "right")
        try:
            share = stated_share(interest) if family != "right" else None
        except ValueError:
            continue  # flagged INVALID_SHARE by the table
        into[subject].append((owner, (row.ids[0],), family, share))
        for flag in table.flags:
            if flag.code == "NOMINEE" and family != "right" and set(row.ids) & set(flag.ids):
                principal = flag.note.rpartition(" for ")[2]
                told = tuple(
                    one
                    for one in flag.ids
                    if one in interests and interests[one].kind == "nominator" and one not in row.ids
                )
                into[subject].append((principal, (*told[:1], row.ids[0]), family, share))
    return into

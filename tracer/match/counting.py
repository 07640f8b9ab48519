"""Value counted once against everything printed, account by account: which lines were not counted again, and what joined them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tracer.match.conclude import counted_line
from tracer.model import Judgement, Posting, Transfer
from tracer.model.judging import in_force

__all__ = ["Counted", "Joined", "check"]


@dataclass(frozen=True, slots=True)
class Joined:
    """Lines of one account that no sum counts, since their movement is counted at another line.

    `why`: copy (the line is printed elsewhere too), other side (the movement is counted where it left), between (a bank in the
    middle shows it again), part (of a payment that is counted at another line, or at others). `rungs`: of the judgements on these lines, -1 for a person. `amount` minor units, without signs.
    """

    why: str
    rungs: tuple[int, ...]
    lines: int
    amount: int
    judgements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """One account in one currency: booked lines and their sum without signs, the sum counted once, and the difference in parts.

    printed = once + the sum of the parts, always: a line is counted, or stands in exactly one part.
    """

    account: str
    currency: str
    lines: int
    printed: int
    once: int
    joined: tuple[Joined, ...]


def check(
    transfers: Iterable[Transfer], postings: Mapping[str, Posting], judgements: Iterable[Judgement]
) -> tuple[Counted, ...]:
    """Return every account and currency, sorted: what is printed on it, what is counted on it, and by which judgements they differ.

    A movement is counted at the line by which it left, else at that by which it arrived or passed (`count_once`).
    """
    on: dict[str, list[Judgement]] = defaultdict(list)
    for judgement in in_force(judgements):
        if judgement.decision == "same" and judgement.subject == "movement":
            on[judgement.left].append(judgement)
            on[judgement.right].append(judgement)
    why: dict[str, str] = {}
    for transfer in transfers:
        counted = counted_line(transfer, postings)
        for key in transfer.postings:
            if key != counted:
                why[key] = "other side" if key == transfer.credit else "between" if key in transfer.between else "copy"
            elif transfer.within:
                why[key] = "part"
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for key, posting in postings.items():
        if posting.status == "booked":
            groups[posting.account_key or posting.account, posting.currency].append(key)
    found = []
    for (account, currency), keys in sorted(groups.items()):
        parts: dict[tuple[str, tuple[int, ...]], list[str]] = defaultdict(list)
        for key in keys:
            if key in why:
                parts[why[key], tuple(sorted({j.rung for j in on[key]}))].append(key)
        joined = tuple(
            Joined(
                reason,
                rungs,
                len(listed),
                sum(abs(postings[key].amount) for key in listed),
                tuple(sorted({j.id for key in listed for j in on[key]})),
            )
            for (reason, rungs), listed in sorted(parts.items())
        )
        printed = sum(abs(postings[key].amount) for key in keys)
        found.append(
            Counted(account, currency, len(keys), printed, printed - sum(part.amount for part in joined), joined)
        )
    return tuple(found)

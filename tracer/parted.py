"""Payments in several records, as the graph's questions count them: each once, on the side that is asked for.

A bulk booking is one line of several messages; a payment in parts is several lines of one record (tracer/match/part_sets.py).
Whole and parts stay movements of their own, so that a question that sums or ranks must take one or the other. Which, depends on
what is asked: a bulk debit names no payee, and its messages do; one credit that arrived for three debits is one credit of its
account. What is left out is left out of that question only, and lists show both and say which is which.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from tracer.model import Transfer
from tracer.model.accounts import may_be_one

__all__ = ["Standing", "standings"]

Part = Literal["", "whole", "part"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a movement stands among those of one payment.

    part           whole or part; "" where no one movement is the whole (a charge booked apart from its payment)
    sides          which sides of the payment lines show: both, payer, payee, or none; "" for a movement of no set
    elsewhere_out  of what its payer's account paid, others of the set are counted instead
    elsewhere_in   likewise of what its payee's account received
    elsewhere      likewise where payments are ranked or summed whichever side is meant
    debit_account, credit_account  those of the movement; where it names none and the set does, that of the set
    """

    part: Part = ""
    sides: str = ""
    elsewhere_out: bool = False
    elsewhere_in: bool = False
    elsewhere: bool = False
    debit_account: str = ""
    credit_account: str = ""


def standings(transfers: Iterable[Transfer]) -> dict[str, Standing]:
    """Return id -> standing of each movement that a person judged a record of a payment in several."""
    listed: dict[str, list[Transfer]] = defaultdict(list)
    for transfer in transfers:
        if transfer.in_parts:
            listed[transfer.in_parts].append(transfer)
    found: dict[str, Standing] = {}
    for members in listed.values():
        found |= _of_set(members)
    return found


def _of_set(members: Sequence[Transfer]) -> dict[str, Standing]:
    sides = _shown(members)
    members = [_keyed(t, members) for t in members]
    whole = _whole(members)
    if whole is None:
        return {t.id: Standing("", sides, False, False, False, t.debit_account, t.credit_account) for t in members}
    parts = [t for t in members if t is not whole]
    if _is_exact(whole, parts):
        whole, parts = _named(whole, parts)
    counts_out = _counted(whole, parts, "debit_account", "credit_account", "debit")
    counts_in = _counted(whole, parts, "credit_account", "debit_account", "credit")
    counts = _ranked(whole, parts)
    if whole.reversed_by:  # an order whose bulk booking was undone paid nobody; a part with a line of its own did
        is_undone = {t.id for t in parts if not t.postings}
    else:
        is_undone = set()
    made = {whole.id: _standing("whole", whole, sides, counts_out, counts_in, counts)}
    for t in parts:
        out = counts_out if t.debit_account == whole.debit_account else "part"
        into = counts_in if t.credit_account == whole.credit_account else "part"
        made[t.id] = _standing("part", t, sides, out, into, counts)
        if t.id in is_undone:
            made[t.id] = replace(made[t.id], elsewhere=True, elsewhere_out=True, elsewhere_in=True)
    return made


def _keyed(t: Transfer, members: Sequence[Transfer]) -> Transfer:
    """Return a movement with the account of the set's own lines where it prints that account: a number, and a key with its bank."""
    for side, line in (("debit_account", "debit"), ("credit_account", "credit")):
        printed, held = getattr(t, side), {getattr(m, side) for m in members if getattr(m, line)}
        same = [key for key in held if printed and may_be_one(printed, key)]
        if not getattr(t, line) and len(same) == 1:
            t = replace(t, **{side: same[0]})
    return t


def _standing(part: Part, t: Transfer, sides: str, out: Part, in_: Part, ranked: Part) -> Standing:
    return Standing(
        part,
        sides,
        bool(out) and out != part,
        bool(in_) and in_ != part,
        ranked != part,
        t.debit_account,
        t.credit_account,
    )


def _whole(members: Sequence[Transfer]) -> Transfer | None:
    """Return the movement of the whole; None where the whole is one movement with a part of it, and nothing stands twice."""
    within = [t for t in members if t.within]
    if not within:
        lineless = [t for t in members if not t.postings]
        return lineless[0] if len(lineless) == 1 and len(members) > 2 else None
    if len(within) == 1 and len(members) > 2:
        return within[0]
    rest = [t for t in members if not t.within]
    return rest[0] if len(rest) == 1 else None


def _shown(members: Sequence[Transfer]) -> str:
    is_out, is_in = any(t.debit for t in members), any(t.credit for t in members)
    return "both" if is_out and is_in else "payer" if is_out else "payee" if is_in else "none"


def _is_exact(whole: Transfer, parts: Sequence[Transfer]) -> bool:
    """Whether the parts sum to the whole: where a charge makes the difference, a part may be one, and has another payee."""
    of_whole = whole.amount_out if whole.amount_out is not None else whole.amount_in
    amounts = [t.amount_out if t.amount_out is not None else t.amount_in for t in parts]
    return of_whole is not None and None not in amounts and sum(a or 0 for a in amounts) == of_whole


def _named(whole: Transfer, parts: Sequence[Transfer]) -> tuple[Transfer, list[Transfer]]:
    """Return them with the accounts that the judgement tells: the payer of a whole is that of its parts, and so is the payee."""
    for side in ("debit_account", "credit_account"):
        of_parts = {str(getattr(t, side)) for t in parts}
        of_whole = str(getattr(whole, side))
        if of_whole:
            parts = [t if getattr(t, side) else replace(t, **{side: of_whole}) for t in parts]  # type: ignore[arg-type]
        elif len(of_parts) == 1:
            whole = replace(whole, **{side: of_parts.pop()})  # type: ignore[arg-type]
    return whole, list(parts)


def _counted(whole: Transfer, parts: Sequence[Transfer], own: str, other: str, line: str) -> Part:
    """Return which of the two are counted on the account of one side; "" where the two stand on no account in common.

    First whichever names who was paid or who paid; where both do or none does, whichever is the lines of that account. Of
    parts on several accounts, those that are lines of their own say better than the whole whose money it was.
    """
    account = getattr(whole, own)
    if not account or any(getattr(t, own) != account for t in parts):
        is_on_both = bool(account) and any(getattr(t, own) == account for t in parts)
        return "" if not is_on_both else "part" if all(getattr(t, line) for t in parts) else "whole"
    is_whole_named, are_parts_named = bool(getattr(whole, other)), all(getattr(t, other) for t in parts)
    if is_whole_named is not are_parts_named:
        return "whole" if is_whole_named else "part"
    return "whole" if getattr(whole, line) and not all(getattr(t, line) for t in parts) else "part"


def _ranked(whole: Transfer, parts: Sequence[Transfer]) -> Part:
    """Return which of the two stand for the payment: whichever names more of its sides, else where value is counted."""

    def sides(t: Transfer) -> int:
        return bool(t.debit_account) + bool(t.credit_account)

    of_whole, of_parts = sides(whole), min(sides(t) for t in parts)
    if of_whole != of_parts:
        return "whole" if of_whole > of_parts else "part"
    return "whole" if any(t.within for t in parts) else "part"

"""Which line of an account undoes which: the legs of a reversed payment, each with the line of its own account that took it back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tracer.model.conclusions import Transfer
from tracer.model.evidence import Posting

__all__ = ["undone_by"]


def undone_by(transfers: Iterable[Transfer], postings: Mapping[str, Posting]) -> dict[str, str]:
    """Return leg of a reversed payment -> the line that undoes it on its own account; both are void (tracing.md 1.3, reversal).

    The leg on the other account is undone where its reversal is held too and gives back what it brought, to the cent. Where it
    is not, the lines of that account stand as its bank printed them: without its credit the account would show an overdraft
    that it never had.
    """
    moved = list(transfers)
    undone = {t.reversed_by: t for t in moved if t.reversed_by}
    found: dict[str, str] = {}
    for back in moved if undone else ():
        for leg, other in ((back.debit, back.credit), (back.credit, back.debit)):
            paid = undone.get(leg) if leg else None
            if paid is None:
                continue
            own, far = (paid.debit, paid.credit) if leg == back.credit else (paid.credit, paid.debit)
            if own:
                found[own] = leg
            if other and far and _undoes(postings[other], postings[far]):
                found[far] = other
    return found


def _undoes(back: Posting, line: Posting) -> bool:
    mine, yours = ((p.account_key or p.account, p.currency) for p in (back, line))
    return mine == yours and back.amount == -line.amount

"""A payment of which both sides are held, undone on both: the two lines that undo it are one payment back, counted once.

Each is marked as a reversal, or as a returned payment, of a line of its own account. Nothing that they print need tie the one to
the other: what ties them is that they undo the two sides of one joined payment, which can be undone once. Where the payment is no longer one (a judgement is taken
back, or says different), nothing of this is proposed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from tracer.match.comparing import day_of
from tracer.match.conclude import conclude
from tracer.match.judged import is_copy, movement
from tracer.match.returned import is_marked
from tracer.model import Judgement, Message, Posting, Transfer
from tracer.model.judging import PART, pair_of, relation_of, standing

__all__ = ["undone_on_both"]

#: Calendar days that three business days can span, with the longest week end and a holiday: two reversals further apart are one
#: only where each names its original.
_DAYS = 10
_Place = tuple[str, str, int]


def undone_on_both(
    postings: Mapping[str, Posting], messages: Mapping[str, Message], judgements: Iterable[Judgement]
) -> tuple[Judgement, ...]:
    """Return the judgements of rung 3 by which what undoes both sides of a joined payment is one movement.

    Each undoes its side whole, or both give back the same amount, and each side is undone by one line. A reversal that names no
    original is taken for that of a side where account, currency and amount agree, it could mean no other line of the account,
    no other could mean this one, and the other side was undone within ten days.
    """
    marked = {key for key, p in postings.items() if (p.reversal and p.status == "booked") or is_marked(p)}
    if len(marked) < 2:
        return ()
    marked = {key for key in marked if postings[key].reversal}
    return tuple(_Undone(postings, messages, standing(judgements), marked).found())


@dataclass(slots=True, init=False)
class _Undone:
    """The lines that could be meant: reversals tied to an original, those that are not, and the lines they may undo."""

    postings: Mapping[str, Posting]
    messages: Mapping[str, Message]
    made: Sequence[Judgement]
    tied: dict[str, list[str]]
    loose: dict[_Place, list[str]]
    meant: dict[_Place, list[str]]
    judged: set[tuple[str, str]]

    def __init__(
        self,
        postings: Mapping[str, Posting],
        messages: Mapping[str, Message],
        made: Sequence[Judgement],
        marked: set[str],
    ) -> None:
        self.postings, self.messages = postings, messages
        self.made = made = [j for j in made if j.subject == "movement"]
        self.judged = {pair_of(j) for j in made if j.rung < 0 and relation_of(j) != PART}
        copied = {j.right for j in made if is_copy(j, postings)}
        self.tied = defaultdict(list)
        for j in made:
            if (
                j.decision == "same"
                and relation_of(j) in {"reversal", "return"}
                and {j.left, j.right} <= postings.keys()
            ):
                first, second = sorted((j.left, j.right), key=lambda key: _is_back(postings[key]))
                self.tied[first].append(second)
        known = {key for listed in self.tied.values() for key in listed}
        self.loose, self.meant = defaultdict(list), defaultdict(list)
        for key in sorted(marked - known - copied):
            self.loose[_undoes(postings[key])].append(key)
        for key, p in postings.items() if self.loose else ():
            if _place(p) in self.loose and not p.reversal and p.status == "booked" and key not in copied:
                self.meant[_place(p)].append(key)

    def found(self) -> Iterator[Judgement]:
        """Yield the reversals that name no original, tied to it, and each two lines that undo one payment."""
        moved = list(self._payments())
        of = {key: t.id for t in moved for key in t.postings}
        for t in moved:
            if not (t.debit and t.credit):
                continue
            out, into = self._back_of(t.debit), self._back_of(t.credit)
            if not (out and into) or _both(out, into) in self.judged or (out in of and of[out] == of.get(into)):
                continue
            p, q = self.postings[out], self.postings[into]
            is_whole = all(self.postings[one].amount == -b.amount for one, b in ((t.debit, p), (t.credit, q)))
            if not is_whole and (p.amount, p.currency) != (-q.amount, q.currency):
                continue
            ends = ((t.debit, out), (t.credit, into))
            loose = [end for end in ends if end[0] not in self.tied]
            apart = _apart(self.postings[out], self.postings[into])
            if loose and (apart is None or apart > _DAYS):
                continue
            days = "days not printed in both" if apart is None else f"{apart} days apart" if apart else "one day"
            for original, back in loose:
                yield movement(
                    original,
                    back,
                    rung=3,
                    features=(
                        "relation=reversal",
                        "the other side of the payment is reversed",
                        "account, amount equal",
                        days,
                    ),
                )
            yield movement(out, into, rung=3, features=("relation=two_sided", "both undo one payment", days))

    def _payments(self) -> Iterator[Transfer]:
        """Yield the movements near a line that is, or may be, undone, as `conclude` makes them; no others are looked at."""
        beside: dict[str, list[Judgement]] = defaultdict(list)
        for j in self.made:
            beside[j.left].append(j)
            beside[j.right].append(j)
        new = [*self.tied, *(key for listed in self.meant.values() for key in listed)]
        keys, asked = set(new), dict[str, Judgement]()
        while new:
            for j in beside[new.pop()]:
                asked[j.id] = j
                for key in {j.left, j.right} - keys if j.decision == "same" else ():
                    keys.add(key)
                    new.append(key)
        near = {key: p for key in keys if (p := self.postings.get(key))}
        texts = {key: m for key in keys if (m := self.messages.get(key))}
        yield from conclude(near, texts, [j for j in asked.values() if relation_of(j) != PART])

    def _back_of(self, original: str) -> str:
        """Return what undoes a line: the only one tied to it, else the only reversal that may mean it and no other; "" for none."""
        if known := self.tied.get(original):
            return known[0] if len(known) == 1 else ""
        p = self.postings[original]
        fits = [key for key in self.loose.get(_place(p), ()) if _is_before(p, self.postings[key])]
        if len(fits) != 1:
            return ""
        others = [
            key
            for key in self.meant[_place(p)]
            if key != original and key not in self.tied and _is_before(self.postings[key], self.postings[fits[0]])
        ]
        return "" if others else fits[0]


def _both(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one <= other else (other, one)


def _is_back(p: Posting) -> bool:
    return p.reversal or is_marked(p)


def _place(p: Posting) -> _Place:
    return p.account_key or p.account, p.currency, p.amount


def _undoes(p: Posting) -> _Place:
    return p.account_key or p.account, p.currency, -p.amount


def _day(p: Posting) -> date | None:
    return p.booked or day_of(p)


def _is_before(one: Posting, other: Posting) -> bool:
    paid, came = _day(one), _day(other)
    return paid is None or came is None or paid <= came


def _apart(one: Posting, other: Posting) -> int | None:
    first, second = _day(one), _day(other)
    return abs((first - second).days) if first and second else None

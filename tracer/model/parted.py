"""A payment that a person judged to be in parts, as the books carry it: from one line to several, or from several to one.

Between the lines that left and those that arrived the money stands in an account of its own, the in-transit node of
tracing.md 1.2 step 6; it opens with nothing and closes with nothing.

From one line to several: what enters is one mixed lot, and what leaves it leaves in proportion, whatever the rule. A debit is
one mixed sub-lot (step 4), and nothing printed says which of its parts has which cents.
From several lines to one: the credit brings what all of them took, one after another, each in the order drawn.
Which of several accounts was debited first on one day nothing records: a day without order (tracer/trace/hub_days.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tracer.model.conclusions import Transfer
from tracer.model.evidence import Posting
from tracer.model.reversals import undone_by

__all__ = ["Parted", "entry_of", "is_hub", "leg_of", "legs_in_parts", "parted", "sent_by", "splits"]

#: What the account between the parts is called, before the id of their set; no bank's key begins so.
_TO_PARTS, _OF_PARTS = "TO_PARTS:", "OF_PARTS:"
_HUBS = (_TO_PARTS, _OF_PARTS)
_ENTRY = "part:"


@dataclass(frozen=True, slots=True)
class Parted:
    """One payment in parts that the books can carry: the lines that left and those that arrived; one side is a single line."""

    set: str
    debits: tuple[str, ...]
    credits: tuple[str, ...]

    @property
    def hub(self) -> str:
        """Return what the account between the parts is called."""
        return f"{_TO_PARTS if len(self.credits) > 1 else _OF_PARTS}{self.set}"


def is_hub(account: str) -> bool:
    """Say whether an account of the books is the one between the parts of a payment, which no bank keeps."""
    return account.startswith(_HUBS)


def splits(account: str) -> bool:
    """Say whether an account is the one from which several parts of one debit arrive."""
    return account.startswith(_TO_PARTS)


def entry_of(name: str, posting: str) -> str:
    """Return what the entry between the parts of a set is called whose other end is this line."""
    return f"{_ENTRY}{name}#{posting}"


def sent_by(transfer: Transfer) -> str:
    """Return the debit that sends a transfer: its own, or the part that leaves the account between the parts for its credit."""
    return transfer.debit or (entry_of(transfer.in_parts, transfer.credit) if transfer.in_parts else "")


def leg_of(source: str) -> str:
    """Return the posting whose money an entry moves: of an entry between the parts, the line at its other end."""
    return source.rpartition("#")[2] if source.startswith(_ENTRY) else source


def legs_in_parts(transfers: Iterable[Transfer]) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """Yield (set, lines that left, lines that arrived) of every payment in parts of which both are held, and none has a partner."""
    found: dict[str, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
    for t in transfers:
        if t.in_parts and not (t.debit and t.credit):
            found[t.in_parts][0].add(t.debit)
            found[t.in_parts][1].add(t.credit)
    for name, sides in sorted(found.items()):
        debits, credited = (tuple(sorted(side - {""})) for side in sides)
        if debits and credited:
            yield name, debits, credited


def parted(transfers: Iterable[Transfer], postings: Mapping[str, Posting]) -> tuple[Parted, ...]:
    """Return the payments in parts that the books carry from one side to the other, by set.

    All that left must have arrived, to the cent, in one currency: with a part missing, a charge between them or a line taken
    back, nobody knows which part is less. Such a set is told as a gap, and its credits are of unknown origin.
    """
    moved = list(transfers)
    listed = list(legs_in_parts(moved))
    if not listed:
        return ()
    undone = undone_by(moved, postings)
    void = {*undone, *undone.values()}
    joined = {t.in_parts for t in moved if t.in_parts and t.debit and t.credit}
    found = []
    for name, debits, credited in listed:
        lines = [postings[key] for key in (*debits, *credited)]
        is_whole = not sum(line.amount for line in lines) and len({line.currency for line in lines}) == 1
        if is_whole and 1 in (len(debits), len(credited)) and name not in joined and not void & {*debits, *credited}:
            found.append(Parted(name, debits, credited))
    return tuple(found)

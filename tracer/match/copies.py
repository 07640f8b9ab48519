"""The same line printed twice, and a booking that was reversed (formats.md section 0, "Bookings")."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from tracer.match.comparing import day_of
from tracer.match.judged import movement
from tracer.model import Judgement, Posting, Statement
from tracer.model.payments import usable

__all__ = ["copies", "reversals"]

#: Kinds of statement that announce what a later statement books: their line is the copy, whoever came first.
_ADVANCE = ("interim", "advice")


def copies(postings: Mapping[str, Posting], statements: Mapping[str, Statement]) -> Iterator[Judgement]:
    """Yield the same line in two exhibits, or in an interim report and a statement: paired one to one by occurrence.

    Account, currency, amount, both days, the mark of reversal and every reference agree, and there is a reference. Without
    one, two exhibits may print two true payments: that pair is a candidate. The copy stands on the right.
    """
    groups: dict[tuple[object, ...], dict[tuple[bool, str], list[str]]] = defaultdict(lambda: defaultdict(list))
    for key, p in postings.items():
        statement = statements.get(p.statement)
        early = statement is not None and statement.kind in _ADVANCE
        references = (usable(p.bank_reference), usable(p.owner_reference), usable(p.end_to_end_id))
        same: tuple[object, ...] = (
            p.account_key or p.account,
            p.currency,
            p.amount,
            p.booked,
            p.value_date,
            p.reversal,
            *references,
        )
        if any(references):
            groups[same][(early, p.cite.exhibit)].append(key)
    for same in sorted(groups, key=repr):
        kept: list[str] = []
        for origin in sorted(groups[same]):
            twins = sorted(groups[same][origin], key=lambda key: (postings[key].line, key))
            for first, second in zip(kept, twins, strict=False):
                yield movement(
                    first,
                    second,
                    rung=0,
                    features=("relation=copy", "account, amount, days and references agree"),
                    is_ordered=True,
                )
            kept += twins[len(kept) :]


def reversals(postings: Mapping[str, Posting]) -> Iterator[Judgement]:
    """Yield a reversal and its original: one account, equal amount, opposite sign, the same reference, the later one marked."""
    groups: dict[tuple[str, str, int, str], list[str]] = defaultdict(list)
    for key, p in postings.items():
        references = (p.uetr.lower(), usable(p.end_to_end_id), usable(p.owner_reference), usable(p.bank_reference))
        for reference in dict.fromkeys(filter(None, references)):
            groups[(p.account_key or p.account, p.currency, abs(p.amount), reference)].append(key)
    voided: set[str] = set()
    for group in sorted(groups):
        for key in sorted(k for k in groups[group] if postings[k].reversal and k not in voided):
            marked = postings[key]
            fits = [
                k
                for k in groups[group]
                if not postings[k].reversal
                and k not in voided
                and postings[k].amount == -marked.amount
                and _before(postings[k], marked)
            ]
            if len(fits) == 1:
                voided |= {key, fits[0]}
                yield movement(fits[0], key, rung=3, features=("relation=reversal", f"reference={group[3]}"))


def _before(one: Posting, other: Posting) -> bool:
    a, b = one.booked or day_of(one), other.booked or day_of(other)
    return a is None or b is None or a <= b

"""The same line printed twice, and a booking that was reversed (formats.md section 0, "Bookings")."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from tracer.match.comparing import day_of
from tracer.match.judged import movement
from tracer.match.overlap import Span, agree, is_calm_day_of, overlapping, spans
from tracer.model import Judgement, Posting, Statement
from tracer.model.payments import usable

__all__ = ["copies", "reversals"]

#: Kinds of statement that announce what a later statement books: their line is the copy, whoever came first.
_ADVANCE = ("interim", "advice")
_ALIKE = ("relation=copy", "account, amount, day and text agree where two statements overlap")
_WHOLE = (
    "relation=copy",
    "account, amount, day agree and no field but the words differs; both statements sum: each lists all lines of these days",
)
_ENTRY = ("relation=copy", "account, amount, days and reference of the entry agree, and no field differs")


def copies(postings: Mapping[str, Posting], statements: Mapping[str, Statement]) -> Iterator[Judgement]:
    """Yield the same line in two exhibits, or in an interim report and a statement: paired one to one by occurrence.

    Account, currency, amount, both days, the mark of reversal and every reference agree, and there is a reference. Without
    one, or with one in another field, the day must be in both statements and the text agree, or both statements sum: two
    statements that both cover a day print the same lines of it, while two exhibits of different days may print two true
    payments. What is left is a candidate. The copy stands on the right.
    """
    twins = _twins(postings)
    if not twins:
        return
    by_reference = list(_by_reference(twins, statements))
    yield from by_reference
    if not _in_several(twins):
        return
    covered = spans(postings, statements)
    alike = list(_in_overlap(twins, statements, covered, by_reference, told_alike=True))
    yield from alike
    whole = list(_in_overlap(twins, statements, covered, [*by_reference, *alike], told_alike=False))
    yield from whole
    yield from _in_overlap(twins, statements, {}, [*by_reference, *alike, *whole], told_alike=False)


def _twins(postings: Mapping[str, Posting]) -> dict[str, Posting]:
    """Return the lines that agree with another in account, amount and day: no other line has a copy."""
    first: dict[tuple[object, ...], str] = {}
    several: dict[tuple[object, ...], list[str]] = defaultdict(list)
    for key, p in postings.items():
        alike = (p.account_key or p.account, p.amount, p.booked, p.currency)
        if first.setdefault(alike, key) is not key:
            several[alike].append(key)
    return {key: postings[key] for alike, others in several.items() for key in (first[alike], *others)}


def _in_several(postings: Mapping[str, Posting]) -> set[tuple[str, str]]:
    """Return the accounts, each with its currency, whose lines stand in several exhibits: no other has an overlap."""
    shown: dict[tuple[str, str], str] = {}
    several = set[tuple[str, str]]()
    for p in postings.values():
        name, exhibit = (p.account_key or p.account, p.currency), p.cite.exhibit
        if shown.setdefault(name, exhibit) != exhibit:
            several.add(name)
    return several


def _by_reference(postings: Mapping[str, Posting], statements: Mapping[str, Statement]) -> Iterator[Judgement]:
    groups: dict[tuple[object, ...], dict[tuple[bool, str], list[str]]] = defaultdict(lambda: defaultdict(list))
    for key, p in postings.items():
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
            groups[same][_origin(p, statements)].append(key)
    for same in sorted((same for same, origins in groups.items() if len(origins) > 1), key=repr):
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


def _origin(posting: Posting, statements: Mapping[str, Statement]) -> tuple[bool, str]:
    statement = statements.get(posting.statement)
    return statement is not None and statement.kind in _ADVANCE, posting.cite.exhibit


def _in_overlap(
    postings: Mapping[str, Posting],
    statements: Mapping[str, Statement],
    covered: Mapping[str, Span],
    found: Iterable[Judgement],
    *,
    told_alike: bool,
) -> Iterator[Judgement]:
    """Yield the lines that two statements of one account print alike within the days that both cover, k-th with k-th.

    `told_alike` False: in other words, where both statements sum; without `covered`, whatever days, by a reference of the entry.
    """
    several = _in_several(postings)
    copied = {j.right for j in found}
    matched: dict[str, set[tuple[bool, str]]] = defaultdict(set)  # line -> the exhibits in which its copy is found
    for j in found:
        matched[j.left].add(_origin(postings[j.right], statements))
    groups: dict[tuple[object, ...], dict[tuple[bool, str], list[str]]] = defaultdict(lambda: defaultdict(list))
    for key, p in postings.items():
        name = (p.account_key or p.account, p.currency)
        if name in several and p.booked is not None and p.status == "booked" and key not in copied:
            groups[(*name, p.amount, p.booked, p.reversal)][_origin(p, statements)].append(key)
    for same in sorted((same for same, origins in groups.items() if len(origins) > 1), key=repr):
        kept: list[str] = []
        for origin in sorted(groups[same]):
            free = [key for key in kept if origin not in matched[key]]
            for twin in sorted(groups[same][origin], key=lambda key: (postings[key].line, key)):
                line = postings[twin]
                first = next(
                    (
                        key
                        for key in free
                        if _origin(postings[key], statements) not in matched[twin]
                        and agree(postings[key], line, told_alike=told_alike)
                        and (
                            overlapping(covered.get(postings[key].statement), covered.get(line.statement), line.booked)
                            and (told_alike or _both_sum(covered, postings[key], line))
                            if covered
                            else _is_one_entry(postings[key], line, origin[0] or _origin(postings[key], statements)[0])
                        )
                    ),
                    None,
                )
                if first is None:
                    kept.append(twin)
                    continue
                free.remove(first)
                matched[first].add(origin)
                why = _ALIKE if told_alike else _WHOLE if covered else _ENTRY
                yield movement(first, twin, rung=0, features=why, is_ordered=True)


def _is_one_entry(one: Posting, other: Posting, is_advice: bool) -> bool:
    """Say whether two lines of one account, amount and day bear one reference of their entry; a customer's own says so of an advice."""
    mine, yours = usable(one.bank_reference), usable(other.bank_reference)
    if mine and mine == yours:
        return True
    first, second = ({usable(t) for t in (p.owner_reference, p.end_to_end_id)} - {""} for p in (one, other))
    return is_advice and not first.isdisjoint(second)


def _both_sum(covered: Mapping[str, Span], first: Posting, second: Posting) -> bool:
    """Say whether each statement is whole by itself; one that opens where the other closed is its next page.

    Equal balances may be chance: a page begins and ends no earlier than the one before it, and where one of the two closes
    where it opened, as a copy of it does too, its lines begin when those of the other end, and so do its days, or both print
    the days of the whole. A day that changes no balance is told by its lines.
    """
    one, other = covered[first.statement], covered[second.statement]
    if not (one.sums and other.sums):
        return False
    if second.booked and (is_calm_day_of(one, other, second.booked) or is_calm_day_of(other, one, second.booked)):
        return True
    is_flat = one.opening == one.closing or other.opening == other.closing
    return not any(
        a.closing == b.opening
        and a.start <= b.start
        and a.end <= b.end
        and (not is_flat or (a.last <= b.first and (a.end <= b.start or (a.start, a.end) == (b.start, b.end))))
        for a, b in ((one, other), (other, one))
    )


def reversals(postings: Mapping[str, Posting]) -> Iterator[Judgement]:
    """Yield a reversal and its original: one account, equal amount, opposite sign, the same reference, the later one marked."""
    groups: dict[tuple[str, str, int, str], list[str]] = defaultdict(list)
    sums = {(p.account_key or p.account, p.currency, abs(p.amount)) for p in postings.values() if p.reversal}
    for key, p in postings.items() if sums else ():
        if (p.account_key or p.account, p.currency, abs(p.amount)) not in sums:
            continue
        references = (p.uetr.lower(), usable(p.end_to_end_id), usable(p.owner_reference), usable(p.bank_reference))
        for reference in dict.fromkeys(filter(None, references)):
            groups[(p.account_key or p.account, p.currency, abs(p.amount), reference)].append(key)
    voided: set[str] = set()
    for group in sorted(groups):
        marks = [k for k in groups[group] if postings[k].reversal and k not in voided]
        # the earlier first: it can mean fewer bookings, and what it undid the later one cannot mean
        for key in sorted(marks, key=lambda k: (str(_day(postings[k]) or ""), k)):
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


def _day(posting: Posting) -> date | None:
    return posting.booked or day_of(posting)


def _before(one: Posting, other: Posting) -> bool:
    a, b = _day(one), _day(other)
    return a is None or b is None or a <= b

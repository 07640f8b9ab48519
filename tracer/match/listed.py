"""What a batch entry lists (camt: `TxDtls` of one `Ntry`) are payments: the records that may be these, one for each.

The entry is one posting, and its list stands in `parts` as text. A record may be a listed payment if it is of that amount and
currency, and the list prints a reference of it or the account on which it stands. All that is listed must be found: a set of
parts sums to its whole. Source: formats.md section 12 (a bulk booking is judged by a person as one set).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from tracer.match.comparing import equal, is_account
from tracer.model import Message, Posting
from tracer.model.money import minor_units
from tracer.model.payments import usable

__all__ = ["Detail", "Listed", "by_list", "details_of"]

_DETAIL = re.compile(r"\d+: (?:(DBIT|CRDT) )?(?:([A-Z]{3}) )?(\d+(?:\.\d+)?)(?: |$)")
_REFERENCE = re.compile(r"\b(?:AcctSvcrRef|InstrId|EndToEndId|UETR|TxId|MndtId|ChqNb|ClrSysRef) ([^;]+);")


class Detail(NamedTuple):
    """One payment of a list: minor units without a sign, currency, references, and the words of its text."""

    amount: int
    currency: str
    references: frozenset[str]
    words: frozenset[str]


class Listed(NamedTuple):
    """An entry and the records that it lists (sorted); `told`: of each listed payment (minor units, what tells its record).

    Others fit as well where `is_tied`.
    """

    whole: str
    parts: tuple[str, ...]
    is_tied: bool
    told: tuple[tuple[int, str], ...]


def details_of(line: Posting) -> tuple[Detail, ...]:
    """Return the payments that an entry lists; none where it lists fewer than two, or where one cannot be read or goes the other way."""
    found = []
    for text in line.parts if len(line.parts) > 1 else ():
        told = _DETAIL.match(text)
        if told is None:
            if re.match(r"\d+: ", text):
                return ()
            continue
        if told[1] and (told[1] == "DBIT") is not (line.amount < 0):
            return ()
        currency = told[2] or line.currency
        try:
            amount = minor_units(told[3], currency)
        except ValueError:
            return ()
        references = {usable(one) for one in _REFERENCE.findall(text)} - {""}
        words = frozenset(word.rstrip(";") for word in text[told.end() :].split())
        found.append(Detail(amount, currency, frozenset(references), words))
    return tuple(found) if len(found) > 1 else ()


def by_list(
    lines: Mapping[str, Posting],
    messages: Mapping[str, Message],
    fits: Callable[[str, str], bool],
) -> Iterator[Listed]:
    """Yield entries, each with one record for each payment that it lists, lines before messages.

    lines, messages   what is open
    fits              whether the second record may be a part of the first by side, day and account
    """
    lists = {key: details for key, p in lines.items() if len(p.parts) > 1 and (details := details_of(p))}
    asked = {(one.currency, one.amount) for details in lists.values() for one in details}
    if not asked:
        return
    at: dict[tuple[str, int, bool], list[str]] = defaultdict(list)
    for key, p in lines.items():
        if (p.currency, abs(p.amount)) in asked:
            at[p.currency, abs(p.amount), True].append(key)
    for key, m in messages.items():
        if m.settled is not None and (m.settled_currency, m.settled) in asked:
            at[m.settled_currency, m.settled, False].append(key)
    for whole, details in sorted(lists.items()):
        for is_line in (True, False):
            taken: dict[str, tuple[int, str]] = {}
            is_tied = False
            for one in details:
                near = [key for key in at.get((one.currency, one.amount, is_line), ()) if fits(whole, key)]
                named = [
                    (key, by)
                    for key in sorted(near)
                    if key not in taken and (by := _told_by(one, lines[key] if is_line else messages[key]))
                ]
                if not named:
                    break
                is_tied = is_tied or len(named) > 1
                key, by = named[0]
                taken[key] = one.amount, by
            if len(taken) == len(details):
                yield Listed(whole, tuple(sorted(taken)), is_tied, tuple(taken.values()))
                break


def _told_by(detail: Detail, record: Posting | Message) -> str:
    """Return the reference of a record that a list prints, or the account on which a line stands or that a message prints; else ""."""
    if isinstance(record, Posting):
        printed = (record.uetr, record.end_to_end_id, record.owner_reference, record.bank_reference)
        accounts = [word for word in detail.words if is_account(word, record)]
    else:
        printed = (record.uetr, record.end_to_end_id, record.reference, record.related_reference)
        accounts = [p.account for p in (*record.parties, *record.underlying) if p.account in detail.words]
    references = [text for one in printed if (text := usable(one))]
    listed = sorted(other for other in detail.references if any(equal(text, other) for text in references))
    return listed[0] if listed else f"account {min(filter(None, accounts))}" if any(accounts) else ""

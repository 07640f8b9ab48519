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

__all__ = ["Detail", "by_list", "details_of"]

_DETAIL = re.compile(r"\d+: (?:(DBIT|CRDT) )?(?:([A-Z]{3}) )?(\d+(?:\.\d+)?)(?: |$)")
_REFERENCE = re.compile(r"\b(?:AcctSvcrRef|InstrId|EndToEndId|UETR|TxId|MndtId|ChqNb|ClrSysRef) ([^;]+);")


class Detail(NamedTuple):
    """One payment of a list: minor units without a sign, currency, references, and the words of its text."""

    amount: int
    currency: str
    references: frozenset[str]
    words: frozenset[str]


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
) -> Iterator[tuple[str, tuple[str, ...], bool]]:
    """Yield (entry, one record for each payment that it lists, whether others fit as well), lines before messages.

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
            taken: list[str] = []
            is_tied = False
            for one in details:
                near = [key for key in at.get((one.currency, one.amount, is_line), ()) if fits(whole, key)]
                named = [
                    key
                    for key in sorted(near)
                    if key not in taken and _is_told(one, lines[key] if is_line else messages[key])
                ]
                if not named:
                    break
                is_tied = is_tied or len(named) > 1
                taken.append(named[0])
            if len(taken) == len(details):
                yield whole, tuple(sorted(taken)), is_tied
                break


def _is_told(detail: Detail, record: Posting | Message) -> bool:
    """Say whether a list prints a reference of a record, or the account on which a line stands or that a message prints."""
    if isinstance(record, Posting):
        printed = (record.uetr, record.end_to_end_id, record.owner_reference, record.bank_reference)
        accounts = any(is_account(word, record) for word in detail.words)
    else:
        printed = (record.uetr, record.end_to_end_id, record.reference, record.related_reference)
        accounts = any(p.account and p.account in detail.words for p in (*record.parties, *record.underlying))
    references = [text for one in printed if (text := usable(one))]
    return accounts or any(equal(text, other) for text in references for other in detail.references)

"""What a batch entry lists (camt: `TxDtls` of one `Ntry`) are payments: the records that may be these, one for each.

The entry is one posting, and its list stands in `parts` as text. A record may be a listed payment if it is of that amount and
currency, and the list prints a reference of it or the account on which it stands. All that is listed must be found: a set of
parts sums to its whole. Source: formats.md section 12 (a bulk booking is judged by a person as one set).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
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
    found: list[Listed] = []
    for whole, details in sorted(lists.items()):
        for is_line in (True, False):
            fitting: list[dict[str, str]] = []
            for one in details:
                near = [key for key in at.get((one.currency, one.amount, is_line), ()) if fits(whole, key)]
                told = {
                    key: _told_by(one, lines[key] if is_line else messages[key], lines[whole]) for key in sorted(near)
                }
                fitting.append({key: by for key, by in told.items() if by})
            taken = _one_each(fitting)
            if taken:
                others = {key for named in fitting for key in named} - {*taken}
                by_what = tuple(
                    (one.amount, named[key]) for one, named, key in zip(details, fitting, taken, strict=True)
                )
                found.append(Listed(whole, tuple(sorted(taken)), bool(others), by_what))
                break
    shown = Counter(key for one in found for key in one.parts)
    yield from (one._replace(is_tied=one.is_tied or any(shown[key] > 1 for key in one.parts)) for one in found)


def _one_each(fitting: Sequence[Mapping[str, str]]) -> list[str]:
    """Return one record for each payment, each record once; nothing where that cannot be."""
    keys = sorted({key for named in fitting for key in named})
    if not all(fitting) or len(keys) < len(fitting):
        return []
    from scipy.sparse import coo_matrix  # a terminal that only lists its commands waits for no solver
    from scipy.sparse.csgraph import maximum_bipartite_matching

    place = {key: n for n, key in enumerate(keys)}
    pairs = [(n, place[key]) for n, named in enumerate(fitting) for key in named]
    rows, columns = zip(*pairs, strict=True)
    graph = coo_matrix(([1] * len(pairs), (rows, columns)), shape=(len(fitting), len(keys))).tocsr()
    taken = maximum_bipartite_matching(graph, perm_type="column").tolist()
    return [keys[n] for n in taken] if min(taken) >= 0 else []


def _told_by(detail: Detail, record: Posting | Message, whole: Posting) -> str:
    """Return the reference of a record that a list prints, or the account on which a line stands, or that a message prints for the
    side beyond the entry; else "". The entry's own account, which stands on every payment of it, tells none of them.
    """
    if isinstance(record, Posting):
        printed = (record.uetr, record.end_to_end_id, record.owner_reference, record.bank_reference)
        accounts = [word for word in detail.words if is_account(word, record)]
    else:
        printed = (record.uetr, record.end_to_end_id, record.reference, record.related_reference)
        role = "creditor" if whole.amount < 0 else "debtor"
        parties = [p for p in (*record.parties, *record.underlying) if p.role == role and p.account]
        accounts = [p.account for p in parties if p.account in detail.words and not is_account(p.account, whole)]
    references = [text for one in printed if (text := usable(one))]
    listed = sorted(other for other in detail.references if any(equal(text, other) for text in references))
    return listed[0] if listed else f"account {min(accounts)}" if accounts else ""

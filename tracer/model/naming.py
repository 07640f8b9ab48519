"""Which record an identifier names: `GB-COH-09990033`, `GB-COH 09990033` and (`GB-COH`, `09990033`) are one.

Source:  BODS 0.4, object Identifier: `scheme` is a code of org-id.guide ("GB-COH"), `id` the number in that register; the
         org-id.guide writes both as one string, scheme, hyphen, number.
Against: two registers may give one number: a number without its scheme names nobody here. Leading zeros belong to the number
         (Companies House prints eight places), so they are not dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from tracer.model.evidence import Party

__all__ = ["identified", "record_of"]

_MARKS = re.compile(r"[\s:/.\-]+")


def _key(text: str) -> str:
    return _MARKS.sub("", text).upper()


def identified(parties: Iterable[Party]) -> dict[str, str]:
    """Return every record, and every identifier bare of marks -> record; an identifier that two records carry names neither.

    >>> identified([])
    {}
    """
    found: dict[str, set[str]] = {}
    records: dict[str, str] = {}
    for party in parties:
        records[party.record] = party.record
        for one in party.identifiers:
            if one.scheme and one.value:
                found.setdefault(_key(one.scheme + one.value), set()).add(party.record)
    return {key: next(iter(named)) for key, named in found.items() if len(named) == 1} | records


def record_of(stated: str, known: Mapping[str, str]) -> str:
    """Return the record that `stated` names: itself where it is one, else the one that carries it as an identifier."""
    return known.get(stated) or known.get(_key(stated), stated)

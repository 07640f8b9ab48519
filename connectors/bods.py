"""Beneficial Ownership Data Standard 0.4: entity, person and relationship statements (JSON array, JSON lines, gzip).

Source:  BODS 0.4 schema "urn:statement", "urn:entity", "urn:person", "urn:relationship" and its codelists (Open Ownership);
         traps in spec/ownership.md section 7 and spec/formats.md section 10.
Shares:  `interests[].share`, percent as printed, held as exact fractions; `exclusiveMinimum` and `exclusiveMaximum` are open
         ends. Minimum 75 with exclusiveMaximum 100 excludes 100.
Direct:  decided per interest, never per record. What is not direct is an assertion about its components, never an edge.
Dates:   `startDate` and `endDate` bound the interest; `statementDate` is when the source said so (known_from), ended by the
         next statement of the same `recordId` in the file (known_to). A closing statement carries the mark RECORD_CLOSED.
Silence: an unspecified `interestedParty` or `subject` becomes a party of kind unknown with the source's reason code.
Earlier: 0.1 to 0.3 have another envelope (`statementType`, `replacesStatements`); such a file is refused by name.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Any, Literal

from tracer.ingest import Source, connector
from tracer.ingest.jsontext import BadJson, Element, Number, count_elements, elements, head, parse, text
from tracer.model import Fact, Identifier, Interest, Name, Party, Reject, UnreadableExhibit

__all__ = ["CONNECTOR", "INTEREST_TYPES", "UNSPECIFIED_REASONS"]

#: BODS 0.4 codelist interestType.csv, 23 codes.
INTEREST_TYPES = frozenset(
    [
        "shareholding",
        "votingRights",
        "appointmentOfBoard",
        "otherInfluenceOrControl",
        "seniorManagingOfficial",
        "settlor",
        "trustee",
        "protector",
        "beneficiaryOfLegalArrangement",
        "rightsToSurplusAssetsOnDissolution",
        "rightsToProfitOrIncome",
        "rightsGrantedByContract",
        "conditionalRightsGrantedByContract",
        "controlViaCompanyRulesOrArticles",
        "controlByLegalFramework",
        "boardMember",
        "boardChair",
        "unknownInterest",
        "unpublishedInterest",
        "enjoymentAndUseOfAssets",
        "rightToProfitOrIncomeFromAssets",
        "nominee",
        "nominator",
    ]
)
#: BODS 0.4 codelist unspecifiedReason.csv.
UNSPECIFIED_REASONS = frozenset(
    [
        "noBeneficialOwners",
        "subjectUnableToConfirmOrIdentifyBeneficialOwner",
        "interestedPartyHasNotProvidedInformation",
        "subjectExemptFromDisclosure",
        "interestedPartyExemptFromDisclosure",
        "unknown",
        "informationUnknownToPublisher",
    ]
)
_PartyKind = Literal["person", "entity", "arrangement", "joint_holding", "state", "unknown"]
#: BODS 0.4 codelist entityType.csv -> kind and status. An anonymous entity is identified, only its details are withheld.
_ENTITY_TYPES: dict[str, tuple[_PartyKind, str]] = {
    "registeredEntity": ("entity", "known"),
    "legalEntity": ("entity", "known"),
    "arrangement": ("arrangement", "known"),
    "anonymousEntity": ("entity", "anonymous"),
    "unknownEntity": ("unknown", "unknown"),
    "state": ("state", "known"),
    "stateBody": ("state", "known"),
}
_PERSON_TYPES = {"knownPerson": "known", "anonymousPerson": "anonymous", "unknownPerson": "unknown"}
_NAME_TYPES = {"legal": "legal", "alternative": "alias", "translation": "translation"}
_NAME_TYPES |= {"transliteration": "transliteration", "former": "former", "birth": "birth"}
_DIRECTNESS: dict[str, Literal["direct", "indirect", "unknown"]] = {
    "direct": "direct",
    "indirect": "indirect",
    "unknown": "unknown",
}
_KEYS = (
    "statementId",
    "recordId",
    "recordType",
    "recordStatus",
    "recordDetails",
    "declarationSubject",
    "statementDate",
)
_EARLIER = ("statementID", "statementType")
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:T.*)?")
_NUMBER = re.compile(r"[0-9]{1,30}(?:\.[0-9]{1,60})?(?:[eE][+-]?[0-9]{1,2})?")
_JOINT = re.compile(r"\bjoint", re.IGNORECASE)
_RAW = 100_000  # characters of a record that a Reject keeps
_MAX_TEXT = 10_000  # characters of one field


@dataclass(frozen=True, slots=True)
class _Record:
    """One statement taken apart; `until` is the date of the next statement of its record."""

    element: Element
    kind: str
    record: str
    details: dict[str, Any]
    said: date | None
    until: date | None
    marks: tuple[str, ...]


class _Odd(ValueError):
    """A record or part of it cannot be read; `field` says where and `code` how."""

    def __init__(self, field: str, code: str, message: str) -> None:
        self.field, self.code = field, code
        super().__init__(message)


def _claims(source: Source) -> bool:
    shown = head(source)
    if not re.match(r"\ufeff?\s*[\[{]", shown):
        return False
    here = sum(f'"{key}"' in shown for key in _KEYS)
    return here >= 3 or all(f'"{key}"' in shown for key in _EARLIER)


def _count(source: Source) -> int:
    return count_elements(text(source))


@connector(
    "bods", title="Beneficial Ownership Data Standard 0.4 (JSON, JSON lines, gzip)", claims=_claims, count=_count
)
def read(source: Source) -> Iterator[Fact | Reject]:
    """Yield a Party for every entity and person statement, and an Interest for every interest of a relationship."""
    records, rejects = _records(source)
    yield from rejects
    kinds = {record.record: record.kind for record in records}
    for record in records:
        made: list[Fact | Reject] = []
        try:
            if record.kind == "relationship":
                made.extend(_relationship(source, record, kinds))
            elif record.kind == "person":
                made.extend(_person(source, record))
            else:
                made.extend(_entity(source, record))
        except _Odd as odd:
            made = [_reject(source, record.element, odd)]
        yield from made


CONNECTOR = read


def _records(source: Source) -> tuple[list[_Record], list[Reject]]:
    """Return the statements in printed order with the window in which each was the latest, and what is none."""
    found: list[_Record] = []
    rejects: list[Reject] = []
    for element in elements(text(source)):
        try:
            found.append(_statement(element, parse(element.text)))
        except BadJson as bad:
            rejects.append(_reject(source, element, _Odd("record", bad.code, str(bad))))
        except _Odd as odd:
            if odd.code == "bods-earlier-version":
                raise _earlier(source) from None
            rejects.append(_reject(source, element, odd))
    by_record: dict[tuple[str, str], list[int]] = defaultdict(list)
    for n, record in enumerate(found):
        by_record[record.kind, record.record].append(n)
    for places in by_record.values():
        # Statements count in the order of their dates; on one day, in printed order.
        ordered = sorted((n for n in places if found[n].said is not None), key=lambda n: (str(found[n].said), n))
        for n, following in pairwise(ordered):
            found[n] = replace(found[n], until=found[following].said)
    return found, rejects


def _earlier(source: Source) -> UnreadableExhibit:
    return UnreadableExhibit(
        f"{source.exhibit.name} holds statements of BODS 0.1 to 0.3 (statementType, statementID).",
        where=source.exhibit.name,
        meaning="Their records replace each other by another rule; nothing is loaded, so that no old share stands as current.",
        next_call="ask the publisher for BODS 0.4, or convert the file and take in both with a note",
    )


def _statement(element: Element, value: Any) -> _Record:
    if not isinstance(value, dict):
        raise _Odd("record", "not-a-statement", "the record is not an object")
    if "statementType" in value and "recordType" not in value:
        raise _Odd("statementType", "bods-earlier-version", "a statement of BODS 0.1 to 0.3")
    kind, record, details = value.get("recordType"), value.get("recordId"), value.get("recordDetails")
    if kind not in ("entity", "person", "relationship"):
        raise _Odd("recordType", "record-type-unknown", f"{_shown(kind)} is not entity, person or relationship")
    if not isinstance(record, str) or isinstance(record, Number) or not record:
        raise _Odd("recordId", "record-id-missing", "the statement names no recordId, so nothing can refer to it")
    if not isinstance(details, dict):
        raise _Odd("recordDetails", "record-details-missing", "the statement has no recordDetails object")
    marks: list[str] = []
    said = _day(value.get("statementDate"), "STATEMENT_DATE", marks)
    if said is None:
        said = _day(_of(value.get("publicationDetails"), "publicationDate"), "PUBLICATION_DATE", marks)
    status = value.get("recordStatus")
    if status == "closed":
        marks.append("RECORD_CLOSED")
    elif status not in ("new", "updated"):
        marks.append(f"RECORD_STATUS:{_shown(status)}")
    if details.get("isComponent") is True:
        marks.append("COMPONENT")
    for kind_of_source in _list(_of(value.get("source"), "type")):
        marks.append(f"SOURCE:{_shown(kind_of_source)}")
    statement = value.get("statementId")
    if isinstance(statement, str):
        marks.append(f"STATEMENT:{statement[:80]}")
    known = {*_KEYS, "source", "publicationDetails", "annotations", "declaration"}
    marks += [f"LEFTOVER:{key[:40]}" for key in value if key not in known]
    if value.get("annotations"):
        marks.append("ANNOTATED")
    return _Record(element, kind, record[:_MAX_TEXT], details, said, None, tuple(marks))


def _entity(source: Source, record: _Record) -> Iterator[Fact | Reject]:
    details, marks = record.details, list(record.marks)
    stated = _of(details.get("entityType"), "type")
    subtype = _of(details.get("entityType"), "subtype")
    kind: _PartyKind
    if isinstance(stated, str) and stated in _ENTITY_TYPES:
        kind, status = _ENTITY_TYPES[stated]
        marks.append(f"ENTITY_TYPE:{stated}")
    else:
        kind, status = "entity", "known"
        marks.append(f"UNKNOWN_KIND:{_shown(stated)}")
    if subtype is not None:
        marks.append(f"SUBTYPE:{_shown(subtype)}")
    words = " ".join(_texts(details.get("name"), _of(details.get("entityType"), "details")))
    if kind == "arrangement" and subtype not in ("trust", "nomination") and _JOINT.search(words):
        kind = "joint_holding"  # BODS has no code for it: its own example "Joint shareholding" says it by name
        marks.append("JOINT_BY_NAME")
    names = [Name(name, "legal", _script(name)) for name in _texts(details.get("name"))]
    names += [Name(name, "alias", _script(name)) for name in _texts(*_list(details.get("alternateNames")))]
    unspecified = details.get("unspecifiedEntityDetails")
    reason = _of(unspecified, "reason")
    marks += _reason_marks(reason)
    for key in ("foundingDate", "dissolutionDate"):
        marks += [f"{key}:{value}" for value in _texts(details.get(key))]
    known = {"isComponent", "entityType", "name", "alternateNames", "identifiers", "addresses", "jurisdiction", "uri"}
    known |= {"unspecifiedEntityDetails", "foundingDate", "dissolutionDate", "publicListing", "formedByStatute"}
    marks += [f"LEFTOVER:{key[:40]}" for key in details if key not in known]
    identifiers = _identifiers(details, marks)
    if _of(details.get("publicListing"), "hasPublicListing") is True:
        marks.append("LISTED")
    yield Party(
        source.cite(record.element.locator),
        record.record,
        kind,
        tuple(names),
        identifiers,
        jurisdiction=_place(details.get("jurisdiction")),
        address=_addresses(details),
        status=status,
        reason=reason if isinstance(reason, str) else "",
        known_from=record.said,
        known_to=record.until,
        marks=tuple(marks),
    )


def _person(source: Source, record: _Record) -> Iterator[Fact | Reject]:
    details, marks = record.details, list(record.marks)
    stated = details.get("personType")
    status = _PERSON_TYPES.get(stated) if isinstance(stated, str) else None
    if status is None:
        marks.append(f"UNKNOWN_KIND:{_shown(stated)}")
    names = []
    for name in _list(details.get("names")):
        for full in _texts(_of(name, "fullName")):
            names.append(Name(full, _NAME_TYPES.get(str(_of(name, "type") or "legal"), "alias"), _script(full)))
        if not _texts(_of(name, "fullName")):
            parts = " ".join(_texts(*(_of(name, key) for key in ("givenName", "patronymicName", "familyName"))))
            names += [Name(parts, "legal", _script(parts))] if parts else []
    unspecified = details.get("unspecifiedPersonDetails")
    reason = _of(unspecified, "reason")
    marks += _reason_marks(reason)
    exposed = _of(details.get("politicalExposure"), "status")
    marks += [f"PEP:{_shown(exposed)}"] if exposed is not None else []
    marks += [f"deathDate:{value}" for value in _texts(details.get("deathDate"))]
    known = {
        "isComponent",
        "personType",
        "names",
        "identifiers",
        "nationalities",
        "birthDate",
        "deathDate",
        "addresses",
    }
    known |= {"unspecifiedPersonDetails", "politicalExposure", "placeOfBirth", "taxResidencies"}
    marks += [f"LEFTOVER:{key[:40]}" for key in details if key not in known]
    born = _texts(details.get("birthDate"))
    if born and not re.fullmatch(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?", born[0]):
        marks.append("BIRTH_DATE_FORM")
    yield Party(
        source.cite(record.element.locator),
        record.record,
        "person",
        tuple(names),
        _identifiers(details, marks),
        born=born[0] if born else "",
        nationalities=tuple(p for p in map(_place, _list(details.get("nationalities"))) if p),
        address=_addresses(details),
        status=status or "known",
        reason=reason if isinstance(reason, str) else "",
        known_from=record.said,
        known_to=record.until,
        marks=tuple(marks),
    )


def _relationship(source: Source, record: _Record, kinds: dict[str, str]) -> Iterator[Fact | Reject]:
    details = record.details
    owner, strangers = _end(source, record, "interestedParty")
    subject, more = _end(source, record, "subject")
    yield from (*strangers, *more)
    marks = list(record.marks)
    components = details.get("componentRecords")
    named = tuple(_texts(*_list(components)))
    if components is not None and (not isinstance(components, list) or len(named) < len(components)):
        marks.append("COMPONENTS_NOT_READ")
    if named and details.get("isComponent") is True:
        marks.append("COMPONENT_WITH_COMPONENTS")  # the standard: a component has an empty list
    known = {"isComponent", "componentRecords", "subject", "interestedParty", "interests"}
    marks += [f"LEFTOVER:{key[:40]}" for key in details if key not in known]
    interests = details.get("interests")
    if interests is not None and not isinstance(interests, list):
        where = Element(f"{record.element.locator}#interests", record.element.text)
        yield _reject(source, where, _Odd("interests", "interests-not-an-array", "interests is not an array"))
        interests = []
    blank = Interest(
        source.cite(record.element.locator),
        record.record,
        owner,
        subject,
        "",
        directness="unknown",
        components=named,
        is_assertion=bool(named),
        known_from=record.said,
        known_to=record.until,
    )
    if not interests:
        yield replace(blank, marks=(*marks, "NO_INTERESTS"))
    for number, interest in enumerate(interests or (), 1):
        yield from _interest(source, record, blank, interest, number, tuple(marks), kinds.get(owner, ""))


def _end(source: Source, record: _Record, key: str) -> tuple[str, tuple[Party, ...]]:
    """Return the record id of one end, and the unknown party where the source says only why it names none."""
    value = record.details.get(key)
    if isinstance(value, str) and not isinstance(value, Number) and value:
        return value[:_MAX_TEXT], ()
    if not isinstance(value, dict):
        raise _Odd(key, f"{key.lower()}-missing", f"{key} is neither a record id nor an unspecified record")
    reason = value.get("reason")
    marks = [*record.marks, *_reason_marks(reason, required=True)]
    marks += [f"DESCRIPTION:{one}" for one in _texts(value.get("description"))]
    name = f"{record.record}/{key}"
    party = Party(
        source.cite(f"{record.element.locator}#{key}"),
        name,
        "unknown",
        status="unknown",
        reason=reason if isinstance(reason, str) else "",
        known_from=record.said,
        known_to=record.until,
        marks=tuple(marks),
    )
    return name, (party,)


def _interest(
    source: Source,
    record: _Record,
    blank: Interest,
    value: Any,
    number: int,
    marks: tuple[str, ...],
    owner_kind: str,
) -> Iterator[Fact | Reject]:
    locator = f"{record.element.locator}#interest={number}"
    if not isinstance(value, dict):
        where = Element(locator, record.element.text)
        yield _reject(source, where, _Odd("interests", "interest-not-an-object", "an interest is not an object"))
        return
    found = list(marks)
    kind = value.get("type")
    if kind is not None and (not isinstance(kind, str) or kind not in INTEREST_TYPES):
        found.append(f"UNKNOWN_KIND:{_shown(kind)}")
    stated = value.get("directOrIndirect")
    directness = _DIRECTNESS.get(stated, "unknown") if isinstance(stated, str) else "unknown"
    if not isinstance(stated, str) or stated not in _DIRECTNESS:
        found.append(f"DIRECTNESS:{_shown(stated)}")
    if value.get("beneficialOwnershipOrControl") is True:
        found.append("BO")
        if owner_kind != "person":
            found.append("BO_NOT_A_PERSON")  # the standard: true only for natural persons
    found += [f"DETAILS:{one}" for one in _texts(value.get("details"))]
    begins = _day(value.get("startDate"), "START_DATE", found)
    ends = _day(value.get("endDate"), "END_DATE", found)
    if begins and ends and ends < begins:
        found.append("DATES_CROSS")
    if begins and record.said and begins > record.said:
        found.append("STARTS_AFTER_STATEMENT")
    known = {"type", "directOrIndirect", "beneficialOwnershipOrControl", "details", "startDate", "endDate", "share"}
    found += [f"LEFTOVER:{key[:40]}" for key in value if key not in known]
    made = replace(
        blank,
        cite=source.cite(locator),
        kind=kind[:200] if isinstance(kind, str) else "",
        directness=directness,
        is_assertion=directness == "indirect" or (directness == "unknown" and blank.is_assertion),
        valid_from=begins,
        valid_to=ends,
    )
    if value.get("share") is not None:
        try:
            made = _with_share(made, value["share"], found)
        except _Odd as odd:
            found.append("SHARE_NOT_READ")
            yield _reject(source, Element(f"{locator}/share", record.element.text), odd)
    yield replace(made, marks=tuple(found))


def _with_share(interest: Interest, share: Any, marks: list[str]) -> Interest:
    """Read a share: exact, or the tighter of inclusive and exclusive ends. Percent becomes an exact fraction."""
    if not isinstance(share, dict):
        raise _Odd("share", "share-not-an-object", "the share is not an object")
    ends = {key: _percent(key, share[key]) for key in _SHARE_KEYS if share.get(key) is not None}
    marks += [f"LEFTOVER:share.{key[:40]}" for key in share if key not in _SHARE_KEYS]
    if "exact" in ends:
        if any(key != "exact" for key in ends):
            marks.append("SHARE_EXACT_AND_RANGE")
        return replace(interest, lo=str(ends["exact"]), hi=str(ends["exact"]))
    lows = [(ends[key], key == "exclusiveMinimum") for key in ("minimum", "exclusiveMinimum") if key in ends]
    highs = [(-ends[key], key == "exclusiveMaximum") for key in ("maximum", "exclusiveMaximum") if key in ends]
    lo, lo_open = max(lows) if lows else (None, False)
    turned, hi_open = max(highs) if highs else (None, False)
    hi = -turned if turned is not None else None
    if lo is not None and hi is not None and (lo > hi or (lo == hi and (lo_open or hi_open))):
        raise _Odd("share", "share-ends-cross", f"nothing lies between {lo} and {hi}")
    return replace(
        interest,
        lo=None if lo is None else str(lo),
        hi=None if hi is None else str(hi),
        lo_open=lo_open,
        hi_open=hi_open,
    )


_SHARE_KEYS = ("exact", "minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum")


def _percent(key: str, value: Any) -> Fraction:
    if not isinstance(value, Number) or not _NUMBER.fullmatch(value):
        raise _Odd(f"share.{key}", "share-not-a-number", f"{_shown(value)} is not a number between 0 and 100")
    found = Fraction(value) / 100
    if found > 1:
        raise _Odd(f"share.{key}", "share-out-of-range", f"{_shown(value)} is not between 0 and 100")
    return found


def _day(value: Any, name: str, marks: list[str]) -> date | None:
    """Return a calendar day; a text that is none becomes a mark with the text (formats.md 1.3)."""
    if value is None:
        if name == "STATEMENT_DATE":
            marks.append("NO_STATEMENT_DATE")
        return None
    found = _DAY.fullmatch(value) if isinstance(value, str) else None
    try:
        if found:
            return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        pass
    marks.append(f"{name}_NOT_A_DAY:{_shown(value)}")
    return None


def _identifiers(details: dict[str, Any], marks: list[str]) -> tuple[Identifier, ...]:
    out = []
    stated = details.get("identifiers")
    if stated is not None and not isinstance(stated, list):
        marks.append("IDENTIFIERS_NOT_READ")
    for one in _list(stated):
        scheme = _texts(_of(one, "scheme")) or _texts(_of(one, "schemeName"))
        value = _of(one, "id")
        if isinstance(value, str) and value:
            issuer = _texts(_of(one, "schemeName")) if _texts(_of(one, "scheme")) else []
            out.append(Identifier(scheme[0] if scheme else "", str(value)[:_MAX_TEXT], issuer[0] if issuer else ""))
        elif _texts(_of(one, "uri")):
            out.append(Identifier("URI", _texts(_of(one, "uri"))[0]))
        else:
            marks.append("IDENTIFIERS_NOT_READ")
    return tuple(out)


def _addresses(details: dict[str, Any]) -> str:
    shown = []
    for one in _list(details.get("addresses")):
        parts = _texts(_of(one, "address"), _of(one, "postCode")) + [p for p in [_place(_of(one, "country"))] if p]
        if parts:
            shown.append(", ".join(parts))
    return " | ".join(shown)


def _place(value: Any) -> str:
    """Return the code of a jurisdiction or country, else its name."""
    found = _texts(_of(value, "code")) or _texts(_of(value, "name"))
    return found[0] if found else ""


def _reason_marks(reason: Any, *, required: bool = False) -> list[str]:
    if reason is None:
        return ["NO_REASON"] if required else []
    return [] if isinstance(reason, str) and reason in UNSPECIFIED_REASONS else [f"UNKNOWN_KIND:{_shown(reason)}"]


def _of(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, dict) else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _texts(*values: Any) -> list[str]:
    return [v[:_MAX_TEXT] for v in values if isinstance(v, str) and not isinstance(v, Number) and v.strip()]


def _shown(value: Any) -> str:
    return str(value)[:60] if isinstance(value, str) else type(value).__name__ if value is not None else "none"


def _script(name: str) -> str:
    """Return the ISO 15924 code of the first letter, for the scripts whose names are matched apart."""
    first = next((c for c in name if c.isalpha()), "")
    block = unicodedata.name(first, "") if first else ""
    scripts = {"CJK": "Hani", "ARABIC": "Arab", "CYRILLIC": "Cyrl", "LATIN": "Latn", "GREEK": "Grek", "HEBREW": "Hebr"}
    return next((code for word, code in scripts.items() if block.startswith(word)), "")


def _reject(source: Source, element: Element, odd: _Odd) -> Reject:
    return Reject(source.cite(element.locator), element.text[:_RAW], odd.field, odd.code, str(odd))

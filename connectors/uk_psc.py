"""UK Companies House, persons with significant control: JSON lines of the snapshot or of the API.

Source:  formats.md section 10 and ownership.md section 7; the 86 natures of control of the public enumerations, read by the
         rule of their spelling (`NATURE`), so that no table can miss one.
Shares:  bands, direct or indirect: an attributed holding, never a direct edge. 25-50 = (25, 50], 50-75 = (50, 75],
         75-100 = [75, 100], more than 25 = (25, 100]. The register contradicts itself at exactly 75 %: its long wording says
         "not more than 75" and "more than 75", its short one "less than 75" and "75 or more": the mark EXACTLY_75.
Dates:   `notified_on` begins, `ceased_on` ends; an absent `ceased_on` is not "current", an absent `notified_on` is never
         filled with the day of the snapshot.
Records: a PSC is `links.self` (ids of persons are per company); the company is its number as printed, leading zeros and
         prefixes (SC, NI, OC, OE) included.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from tracer.ingest import Source, connector
from tracer.ingest.jsontext import BadJson, Element, Number, head, parse, text
from tracer.model import Fact, Identifier, Interest, Name, Party, Reject

__all__ = ["CONNECTOR", "NATURE", "Nature", "nature"]

_Capacity = Literal["own", "as_trust", "as_firm"]

#: A nature of control: what, how much, in which capacity, of which sort of entity.
NATURE = re.compile(
    r"(?:part-)?(?P<what>ownership-of-shares|voting-rights|right-to-share-surplus-assets"
    r"|right-to-appoint-and-remove-(?:directors|members|person)|significant-influence-or-control"
    r"|registered-owner-as-nominee-(?:person|another-entity)-(?:england-wales|scotland|northern-ireland))"
    r"(?:-(?P<band>25-to-50|50-to-75|75-to-100|more-than-25)-percent)?"
    r"(?P<capacity>-as-trust|-as-firm|-as-control-over-trust|-as-control-over-firm)?"
    r"(?P<sort>-limited-liability-partnership|-registered-overseas-entity)?"
)
_KINDS = {
    "ownership-of-shares": "shareholding",
    "voting-rights": "votingRights",
    "right-to-share-surplus-assets": "rightsToSurplusAssetsOnDissolution",
    "right-to-appoint-and-remove": "appointmentOfBoard",
    "significant-influence-or-control": "otherInfluenceOrControl",
    "registered-owner-as-nominee": "nominator",  # the entity holds land as nominee for this person
}
#: Band -> (lower end, upper end, lower end open).
_BANDS = {
    "25-to-50": ("1/4", "1/2", True),
    "50-to-75": ("1/2", "3/4", True),
    "75-to-100": ("3/4", "1", False),
    "more-than-25": ("1/4", "1", True),
}
_CAPACITIES: dict[str, _Capacity] = {
    "": "own",
    "-as-trust": "as_trust",
    "-as-firm": "as_firm",
    "-as-control-over-trust": "as_trust",
    "-as-control-over-firm": "as_firm",
}
_SUFFIXES = ("person-with-significant-control", "beneficial-owner")
#: Statements that say an owner exists, may exist, or does not: each leaves a place that no named person fills.
_OPEN_STATEMENTS = frozenset(
    [
        "no-individual-or-entity-with-signficant-control",
        "psc-exists-but-not-identified",
        "psc-details-not-confirmed",
        "steps-to-find-psc-not-yet-completed",
        "psc-contacted-but-no-response",
        "restrictions-notice-issued-to-psc",
        "no-beneficial-owner-identified",
        "at-least-one-beneficial-owner-unidentified",
        "information-not-provided-for-at-least-one-beneficial-owner",
        "awaiting-confirmation-from-psc",
        "at-least-one-beneficial-owner-unidentified-and-information-not-provided-for-at-least-one-beneficial-owner",
    ]
)
#: The other statements: about a person on the register, an update, or that all are named.
_OTHER_STATEMENTS = frozenset(
    [
        "psc-has-failed-to-confirm-changed-details",
        "all-beneficial-owners-identified",
        "nobody-has-become-or-ceased-to-be-a-beneficial-owner",
        "somebody-has-become-or-ceased-to-be-a-beneficial-owner",
        "no-change-beneficial-owner-relevant-period",
        "change-beneficial-owner-relevant-period",
        "no-trust-involved-relevant-period",
        "trust-involved-relevant-period",
        "no-change-beneficiary-relevant-period",
        "change-beneficiary-relevant-period",
    ]
)
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:T.*)?")
_TOTALS = re.compile(r'"kind"\s*:\s*"totals#')
_LINK = re.compile(r"/company/([A-Za-z0-9]{1,20})/")
_CLAIM = re.compile(
    r'"kind"\s*:\s*"(?:totals#persons-of-significant-control|exemptions"'
    r"|[a-z-]*(?:persons?-with-significant-control|beneficial-owner)[a-z-]*\")"
)
_UK = re.compile(
    r"\b(england|wales|scotland|northern ireland|united kingdom|great britain|gb|uk|companies house)\b", re.IGNORECASE
)
_RAW = 100_000
_MAX_TEXT = 10_000


@dataclass(frozen=True, slots=True)
class Nature:
    """One nature of control: BODS kind, band and capacity; `marks` tell what the code says besides."""

    kind: str
    lo: str | None
    hi: str | None
    lo_open: bool
    capacity: _Capacity
    marks: tuple[str, ...] = ()


def nature(code: str) -> Nature | None:
    """Return what a nature of control says, or None for a code that does not follow the spelling.

    >>> nature("voting-rights-50-to-75-percent-as-firm").capacity
    'as_firm'
    """
    found = NATURE.fullmatch(code)
    if not found:
        return None
    kind = next(kind for prefix, kind in _KINDS.items() if found["what"].startswith(prefix))
    band, capacity = found["band"] or "", found["capacity"] or ""
    if bool(band) != (kind in {"shareholding", "votingRights", "rightsToSurplusAssetsOnDissolution"}):
        return None
    lo, hi, lo_open = _BANDS.get(band, (None, None, False))
    marks = ["EXACTLY_75"] if band in {"50-to-75", "75-to-100"} else []
    marks += ["CONTROL_OVER"] if "control-over" in capacity else []
    marks += [f"SORT:{found['sort'][1:]}"] if found["sort"] else []
    return Nature(kind, lo, hi, lo_open, _CAPACITIES[capacity], tuple(marks))


def _claims(source: Source) -> bool:
    shown = head(source)
    return bool(re.match(r"\ufeff?\s*\{", shown) and '"data"' in shown and _CLAIM.search(shown))


def _lines(value: str) -> Iterator[Element]:
    for number, line in enumerate(value.split("\n"), 1):
        if line.strip("\ufeff \t\r"):
            yield Element(f"line={number}", line.strip("\ufeff \t\r"))


def _count(source: Source) -> int:
    """Count printed lines; the line of totals is a control total and no record."""
    return sum(1 for line in text(source).split("\n") if line.strip("\ufeff \t\r") and not _TOTALS.search(line))


@connector(
    "uk-psc", title="UK persons with significant control (Companies House, JSON lines)", claims=_claims, count=_count
)
def read(source: Source) -> Iterator[Fact | Reject]:
    """Yield per line a Party and an Interest per nature of control; the company itself where a line first names it."""
    told: set[str] = set()
    counts = {"persons_of_significant_control_count": 0, "statements_count": 0, "exemptions_count": 0}
    for element in _lines(text(source)):
        totals = bool(_TOTALS.search(element.text))
        try:
            value = parse(element.text)
            data = value.get("data") if isinstance(value, dict) else None
            if not isinstance(data, dict):
                raise BadJson("psc-no-data", "the line holds no data object")  # noqa: TRY301  # one way to set a line aside
        except BadJson as bad:
            # Totals that cannot be read are no record: they do not enter the count.
            yield _reject(source, element, "leftovers" if totals else "line", bad.code, str(bad))
            continue
        if totals:
            yield from _control_total(source, element, data, counts)
            continue
        kind = data.get("kind")
        place = _COUNTED.get(kind if isinstance(kind, str) else "", "persons_of_significant_control_count")
        counts[place] += 1
        yield from _record(source, element, value, data, told)


CONNECTOR = read

_STATEMENT, _EXEMPTIONS = "persons-with-significant-control-statement", "exemptions"
_COUNTED = {_STATEMENT: "statements_count", _EXEMPTIONS: "exemptions_count"}


def _record(
    source: Source, element: Element, value: dict[str, Any], data: dict[str, Any], told: set[str]
) -> Iterator[Fact | Reject]:
    kind = data.get("kind")
    link = _text(_of(data.get("links"), "self"))
    number, marks = _company(value, link)
    if number and number not in told:
        told.add(number)
        yield Party(
            source.cite(f"{element.locator}#company"),
            number,
            "entity",
            identifiers=(Identifier("GB-COH", number, "Companies House"),),
            jurisdiction="GB",
            marks=("NUMBER_ONLY",),
        )
    if not number:
        yield _reject(
            source,
            Element(f"{element.locator}#company", element.text),
            "company_number",
            "psc-no-company",
            "the line names no company, so that its interests hang in the air",
        )
    record = link or f"{number}/{element.locator}"
    known = {"company_number", "data"}
    marks += [f"LEFTOVER:{key[:40]}" for key in value if key not in known]
    if kind == _STATEMENT:
        yield from _statement(source, element, data, number, record, marks)
    elif kind == _EXEMPTIONS:
        yield from _exemptions(source, element, data, number, record, marks)
    else:
        yield from _holder(source, element, data, number, record, marks)


def _company(value: dict[str, Any], link: str) -> tuple[str, list[str]]:
    """Return the company number as printed; a number printed without quotes has lost its zeros, which is marked."""
    stated = value.get("company_number")
    if isinstance(stated, Number):
        return str(stated)[:20], ["COMPANY_NUMBER_UNQUOTED"]
    if _text(stated):
        return _text(stated).strip(), []
    found = _LINK.search(link)
    return (found[1], ["COMPANY_FROM_LINK"]) if found else ("", ["NO_COMPANY_NUMBER"])


def _holder(
    source: Source, element: Element, data: dict[str, Any], number: str, record: str, marks: list[str]
) -> Iterator[Fact | Reject]:
    kind = _text(data.get("kind"))
    party_kind: Literal["person", "entity", "unknown"]
    status, reason = "known", ""
    if kind.startswith("super-secure-"):
        party_kind, status, reason = "person", "anonymous", kind
    elif kind.startswith("individual-") and kind.endswith(_SUFFIXES):
        party_kind = "person"
    elif kind.startswith(("corporate-entity-", "legal-person-")) and kind.endswith(_SUFFIXES):
        party_kind = "entity"
    else:
        party_kind, status, reason = "unknown", "unknown", f"kind {kind[:80] or 'not stated'}"
        marks = [*marks, f"UNKNOWN_KIND:{kind[:80]}"]
    marks = [*marks, f"PSC_KIND:{kind[:80]}"]
    identifiers, own = _identification(data, number, marks, entity=party_kind == "entity")
    names = [Name(name) for name in [_text(data.get("name")).strip()] if name]
    elements = data.get("name_elements")
    if not names and isinstance(elements, dict):
        joined = " ".join(_text(elements.get(part)).strip() for part in ("forename", "middle_name", "surname"))
        names = [Name(" ".join(joined.split()))] if joined.strip() else []
    if not names and status == "known":
        marks.append("NO_NAME")
    residence = _text(data.get("country_of_residence"))
    marks += [f"RESIDENCE:{residence}"] if residence else []
    marks += [f"DESCRIPTION:{d}" for d in [_text(data.get("description"))] if d]
    marks += [f"LEFTOVER:{key[:40]}" for key in data if key not in _READ]
    yield Party(
        source.cite(element.locator),
        record,
        party_kind,
        tuple(names),
        identifiers,
        born=_born(data.get("date_of_birth"), marks),
        jurisdiction=_text(_of(data.get("identification"), "country_registered")),
        nationalities=tuple(n for n in [_text(data.get("nationality"))] if n),
        address=_address(data.get("address") or data.get("principal_office_address")),
        status=status,
        reason=reason,
        marks=tuple(marks),
    )
    if number:
        yield from _natures(source, element, data, number, record, own=own)


_READ = frozenset(
    [
        "kind",
        "name",
        "name_elements",
        "date_of_birth",
        "nationality",
        "country_of_residence",
        "address",
        "identification",
        "natures_of_control",
        "notified_on",
        "ceased_on",
        "ceased",
        "etag",
        "links",
        "description",
        "is_sanctioned",
        "principal_office_address",
        "identity_verification_details",
    ]
)


def _natures(
    source: Source, element: Element, data: dict[str, Any], number: str, record: str, *, own: bool
) -> Iterator[Fact | Reject]:
    marks: list[str] = ["SELF_PSC"] if own else []
    begins = _day(data.get("notified_on"), "NOTIFIED_ON", marks)
    ends = _day(data.get("ceased_on"), "CEASED_ON", marks)
    if begins is None:
        marks.append("NO_START")
    if ends is None and data.get("ceased") is True:
        marks.append("CEASED_UNDATED")
    if begins and ends and ends < begins:
        marks.append("DATES_CROSS")
    stated = data.get("natures_of_control")
    codes = [code for code in stated if isinstance(code, str)] if isinstance(stated, list) else []
    if not isinstance(stated, list | None) or len(codes) < len(stated or ()):
        where = Element(f"{element.locator}#natures", element.text)
        yield _reject(source, where, "natures_of_control", "psc-natures-not-read", "natures of control are not texts")
    for place, code in enumerate(codes or [""], 1):
        found = nature(code)
        unread = (f"UNKNOWN_KIND:{code[:120]}",) if code else ("NO_NATURE",)
        made = found or Nature("unknownInterest", None, None, lo_open=False, capacity="own", marks=unread)
        yield Interest(
            source.cite(f"{element.locator}#nature={place}"),
            record,
            record,
            number,
            made.kind,
            made.lo,
            made.hi,
            lo_open=made.lo_open,
            directness="unknown",
            capacity=made.capacity,
            is_assertion=True,
            valid_from=begins,
            valid_to=ends,
            code=code[:_MAX_TEXT],
            marks=(*marks, *made.marks),
        )


def _statement(
    source: Source, element: Element, data: dict[str, Any], number: str, record: str, marks: list[str]
) -> Iterator[Fact | Reject]:
    """A statement instead of a person: where it leaves a place open, an unknown owner with the register's own code."""
    code = _text(data.get("statement"))
    marks = [*marks, f"STATEMENT:{code}"]
    base = code.removesuffix("-partnership")
    if base not in _OPEN_STATEMENTS | _OTHER_STATEMENTS:
        marks.append(f"UNKNOWN_KIND:{code[:120]}")
    marks += [f"LINKED_PSC:{name}" for name in [_text(data.get("linked_psc_name"))] if name]
    known = _READ | {"statement", "linked_psc_name", "restrictions_notice_withdrawal_reason"}
    marks += [f"LEFTOVER:{key[:40]}" for key in data if key not in known]
    begins = _day(data.get("notified_on"), "NOTIFIED_ON", marks)
    ends = _day(data.get("ceased_on"), "CEASED_ON", marks)
    if base in _OTHER_STATEMENTS or not number:
        yield _remark(source, element, number, marks)
        return
    yield from _unnamed(source, element, number, record, code, begins, ends, marks)


def _exemptions(
    source: Source, element: Element, data: dict[str, Any], number: str, record: str, marks: list[str]
) -> Iterator[Fact | Reject]:
    """Exemptions from the register, one unknown owner per kind of exemption and period."""
    found = data.get("exemptions")
    marks = [*marks, *(f"LEFTOVER:{key[:40]}" for key in data if key not in _READ | {"exemptions"})]
    items = []
    for name, exemption in found.items() if isinstance(found, dict) else ():
        code = _text(_of(exemption, "exemption_type")) or name.replace("_", "-")
        periods = _of(exemption, "items")
        for period in periods if isinstance(periods, list) and periods else [{}]:
            items.append((code, period))
    if not items or not number:
        yield _remark(source, element, number, [*marks, "EXEMPTION:not stated"])
        return
    for place, (code, period) in enumerate(items, 1):
        own_marks = [*marks, f"EXEMPTION:{code}"]
        begins = _day(_of(period, "exempt_from"), "EXEMPT_FROM", own_marks)
        ends = _day(_of(period, "exempt_to"), "EXEMPT_TO", own_marks)
        tail = "" if place == 1 else f"#exemption={place}"
        where = Element(f"{element.locator}{tail}", element.text)
        yield from _unnamed(source, where, number, f"{record}/{place}", code, begins, ends, own_marks)


def _remark(source: Source, element: Element, number: str, marks: list[str]) -> Party:
    """A line about the company itself: told as what the register says of it, with no owner."""
    return Party(
        source.cite(element.locator),
        number or element.locator,
        "entity",
        identifiers=(Identifier("GB-COH", number, "Companies House"),) if number else (),
        jurisdiction="GB",
        marks=tuple(marks),
    )


def _unnamed(
    source: Source,
    element: Element,
    number: str,
    record: str,
    code: str,
    begins: date | None,
    ends: date | None,
    marks: list[str],
) -> Iterator[Fact | Reject]:
    yield Party(source.cite(element.locator), record, "unknown", status="unknown", reason=code, marks=tuple(marks))
    yield Interest(
        source.cite(element.locator),
        record,
        record,
        number,
        "unknownInterest",
        directness="unknown",
        is_assertion=True,
        valid_from=begins,
        valid_to=ends,
        code=code,
        marks=tuple(m for m in marks if m.startswith("UNKNOWN_KIND")),
    )


def _control_total(
    source: Source, element: Element, data: dict[str, Any], counts: dict[str, int]
) -> Iterator[Fact | Reject]:
    """Compare the register's own totals with what was read; a difference is told beside both figures."""
    for key, found in counts.items():
        stated = data.get(key)
        if not isinstance(stated, Number) or not re.fullmatch(r"[0-9]{1,12}", stated):
            continue
        if int(stated) != found:
            yield _reject(
                source,
                Element(f"{element.locator}#{key}", element.text),
                "leftovers",  # beside the records, so that it enters no count
                "control-total-off",
                f"{key}: the register printed {stated}, the file holds {found}",
            )


def _identification(
    data: dict[str, Any], company: str, marks: list[str], *, entity: bool
) -> tuple[tuple[Identifier, ...], bool]:
    """Return the identifiers as typed, and whether the holder is the company itself (a data error, not treasury)."""
    stated = data.get("identification")
    typed = _of(stated, "registration_number")
    typed = _text(str(typed) if isinstance(typed, Number) else typed)
    place, country = _text(_of(stated, "place_registered")), _text(_of(stated, "country_registered"))
    for key in ("legal_form", "legal_authority"):
        marks += [f"{key}:{value}" for value in [_text(_of(stated, key))] if value]
    if not entity:
        return (), False
    british = bool(_UK.search(place) or _UK.search(country))
    if not british:
        marks.append("OVERSEAS")  # unless listed, no relevant legal entity: persons behind it are registrable
    if not typed.strip():
        marks.append("NO_REGISTRATION_NUMBER")
        return (), False
    # As typed by the filer: compared after stripping zeros and spaces only as a candidate, never here.
    scheme = "GB-COH" if british else "registration_number"
    own = british and bool(company) and _plain(typed) == _plain(company)
    return (Identifier(scheme, typed, place or country),), own


def _plain(number: str) -> str:
    return re.sub(r"[\s./-]", "", number).upper().lstrip("0")


def _born(value: Any, marks: list[str]) -> str:
    """Return year and month: the register keeps the day to itself."""
    year, month = _of(value, "year"), _of(value, "month")
    if value is None:
        return ""
    if isinstance(year, Number) and re.fullmatch(r"[0-9]{4}", year):
        if isinstance(month, Number) and re.fullmatch(r"0?[1-9]|1[0-2]", month):
            return f"{year}-{int(month):02d}"
        marks.append("BIRTH_MONTH_NOT_READ")
        return str(year)
    marks.append("BIRTH_DATE_NOT_READ")
    return ""


def _address(value: Any) -> str:
    keys = ("care_of", "po_box", "premises", "address_line_1", "address_line_2", "locality", "region", "postal_code")
    return ", ".join(part for part in (_text(_of(value, key)) for key in (*keys, "country")) if part)


def _day(value: Any, name: str, marks: list[str]) -> date | None:
    if value is None:
        return None
    found = _DAY.fullmatch(value) if isinstance(value, str) else None
    try:
        if found:
            return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        pass
    marks.append(f"{name}_NOT_A_DAY:{str(value)[:40]}")
    return None


def _of(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, dict) else None


def _text(value: Any) -> str:
    return value[:_MAX_TEXT] if isinstance(value, str) and not isinstance(value, Number) else ""


def _reject(source: Source, element: Element, field: str, code: str, message: str) -> Reject:
    return Reject(source.cite(element.locator), element.text[:_RAW], field, code, message)

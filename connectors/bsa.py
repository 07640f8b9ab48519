"""FinCEN reports as filed: SAR, CTR, 8300, FBAR and exemption batches of BSA E-Filing, and their acknowledgements.

Source:  FinCEN XML Schema 2.0, EFL_SARX, EFL_CTRX, EFL_8300X, EFL_FBARX and EFL_DOEPX batch schemas with their user guides.
         Read by local name, with or without namespace; public samples do not validate, so the schema is no gate.
Class:   INT, forced (formats.md 1.8, safety.md S15): a report to a financial intelligence unit is a lead. It is kept out of
         everything that is computed for export, and 31 USC 5318(g)(2) forbids to disclose that a SAR exists.
Record:  one `Activity` of a batch, or one `EFilingActivityXML` of an acknowledgement: one Message or Reject. What it names
         stands inside it: a Party for each `Party`, an Aggregate for each sum. No Posting and no Account.
Amounts: whole US dollars as the guides have it; a sum is an Aggregate, which is never traced. A detail of a CTR in
         another currency stays in `fields`, since the form names its country and not its currency.
Dates:   YYYYMMDD. A birth date may have 00 for a day or month that is not known (schema 1.2): it is kept as far as it goes.
Rest:    `fields` holds every text and every attribute under its path, in order: nothing of a report is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from lxml import etree

from tracer.ingest.registry import connector
from tracer.ingest.source import Source
from tracer.ingest.xml import all_at, head_of, local, parse_file, text
from tracer.model import Aggregate, Identifier, Message, Name, Party, PaymentParty, Reject, minor_units

Element = etree._Element

_CLAIM = re.compile(r"<(?:[\w.-]{1,40}:)?EFilingBatchXML[\s/>]")
_RECORD = re.compile(r"<(?:[\w.-]{1,40}:)?(?:Activity|EFilingActivityXML)(?=[\s/>])")
_COMMENT = re.compile(r"<!--.*?-->|<!\[CDATA\[.*?\]\]>", re.DOTALL)
_RAW = 100_000
#: ActivityPartyTypeCode, as the batch schemas annotate it.
_ROLES = {
    "35": "transmitter", "37": "transmitter_contact", "30": "reporting_institution", "33": "subject",
    "34": "transaction_location", "46": "transaction_branch", "8": "contact_for_assistance",
    "18": "law_enforcement_contact", "19": "person_contacted", "41": "institution_of_account",
    "50": "conductor_for_self", "17": "conductor_for_another", "23": "on_whose_behalf", "58": "common_carrier",
}  # fmt: skip
#: Parties that a report is about, and not those that file or transmit it.
_NAMED = frozenset({"subject", "conductor_for_self", "conductor_for_another", "on_whose_behalf", "common_carrier"})
#: PartyIdentificationTypeCode, as the batch schemas annotate it.
_SCHEMES = {
    "1": "US-SSN-ITIN", "2": "US-EIN", "4": "US-TIN", "5": "driving-licence", "6": "passport", "7": "alien-registration",
    "9": "foreign", "10": "CRD", "11": "IARD", "12": "NFA", "13": "SEC", "14": "RSSD", "28": "FinCEN-TCC",
    "29": "internal-control", "32": "NAIC", "33": "NMLS", "999": "other",
}  # fmt: skip
_NAMES = {"L": "legal", "DBA": "trading", "AKA": "alias"}
_FULL = (
    "RawIndividualFirstName",
    "RawIndividualMiddleName",
    "RawEntityIndividualLastName",
    "RawIndividualNameSuffixText",
)
_ADDRESS = "RawStreetAddress1Text|RawCityText|RawStateCodeText|RawZIPCode|RawCountryCodeText"


def claims(source: Source) -> bool:
    """Whether the root is a BSA E-Filing batch or the answer to one."""
    return bool(_CLAIM.search(head_of(source)[:4096]))


def count(source: Source) -> int:
    """Count start tags of Activity and EFilingActivityXML outside comments; an empty batch counts as one record."""
    return len(_RECORD.findall(_COMMENT.sub("", source.text()[0]))) or 1


@connector(
    "bsa",
    title="a report to FinCEN (SAR, CTR, 8300, FBAR, exemption) or its acknowledgement",
    claims=claims,
    count=count,
    evidence_class="INT",
)
def read(source: Source) -> Iterator[Message | Party | Aggregate | Reject]:
    """Yield each report as a Message, and beside it the parties and the sums that it states."""
    root = parse_file(source)
    records = [one for one in root.iter() if local(one) in {"Activity", "EFilingActivityXML"}]
    around = tuple(_texts(root, skip=("Activity", "EFilingActivityXML")))
    form = text(root, "FormTypeCode")
    marks = tuple(_control(root, form))
    if not records:
        raw = etree.tostring(root, encoding="unicode")[:_RAW]
        yield Reject(source.cite("batch"), raw, "Activity", "no-record", "The batch holds no report; its text is kept.")
    for number, element in enumerate(records, 1):
        if local(element) == "Activity":
            yield from _report(source, element, f"activity={number}", form, around, marks)
        else:
            yield _answer(source, element, f"answer={number}", around)
        marks = ()


CONNECTOR = read


def _report(
    source: Source,
    activity: Element,
    place: str,
    form: str,
    around: tuple[tuple[str, str], ...],
    marks: tuple[str, ...],
) -> Iterator[Message | Party | Aggregate]:
    reference = text(activity, "EFilingPriorDocumentNumber").strip("0")
    record = f"FinCEN {form} {source.exhibit.sha256[:8]}/{place}"
    named: list[PaymentParty] = []
    own = [one for one in activity.iter() if local(one) == "Party"]
    for number, element in enumerate(own, 1):
        party = _party(source, element, place, f"{record}/party/{number}", number)
        role = _role(element)
        if party.names or party.identifiers:
            yield party
        held = ", ".join(dict.fromkeys(text(one) for one in _under(element, "AccountNumberText")))
        shown = party.called
        ids = tuple(f"{one.scheme}:{one.value}" for one in party.identifiers)
        # An institution that holds an account stands inside its subject: the account is told with both.
        named.append(PaymentParty(role, shown, f"Party {number}", held, party.address, ids))
    _, odd = _day(text(activity, "FilingDateText"))
    found: list[str] = [*marks, *([f"date-does-not-exist:{odd}"] if odd else [])]
    people = "; ".join(one.name for one in named if one.role in _NAMED and one.name)
    filer = next((one.name for one in named if one.role == "reporting_institution" and one.name), "")
    sums: list[Aggregate] = []
    blocks = [one for one in activity if local(one) in {"SuspiciousActivity", "CurrencyTransactionActivity"}]
    for at, (path, payer, payee) in enumerate(_sums(people, filer), 1):
        printed_sums = [(block, shown) for block in blocks for one in all_at(block, path) if (shown := text(one))]
        for number, (block, printed) in enumerate(printed_sums):
            # a sum that stands twice is two sums: one place for both would be one fact
            more = f".{number + 1}" if number else ""
            where, name = f"{place}#sum={at}{more}", f"{record}/{path}{more}"
            made, mark = _sum(source, block, printed, where, name, payer, payee, filer)
            found += [mark] if mark else []
            sums += [made] if made else []
    yield from sums
    narrative = [text(one) for one in all_at(activity, "ActivityNarrativeInformation/ActivityNarrativeText")]
    accounts = dict.fromkeys(text(one) for one in activity.iter() if local(one) == "AccountNumberText" and text(one))
    yield Message(
        source.cite(place),
        f"FinCEN {form}".strip(),
        sender=filer,
        reference=record,
        related_reference=reference,
        message_id=text(activity, "BSAID"),
        account="; ".join(accounts),
        narrative="\n".join(narrative),
        parties=tuple(named),
        fields=(*around, *_texts(activity)),
        marks=tuple(found),
    )


def _sums(people: str, filer: str) -> tuple[tuple[str, str, str], ...]:
    """Return (element, payer, payee): cash in goes from the persons named to the institution, cash out the other way."""
    return (
        ("TotalSuspiciousAmountText", people, ""),
        ("CumulativeTotalViolationAmountText", people, ""),
        ("TotalCashInReceiveAmountText", people, filer),
        ("TotalCashOutAmountText", filer, people),
    )


def _sum(
    source: Source, block: Element, printed: str, locator: str, record: str, payer: str, payee: str, filer: str
) -> tuple[Aggregate | None, str]:
    try:
        amount = minor_units(printed, "USD")
    except ValueError:
        amount = -1
    if amount < 0:
        return None, f"amount-not-a-number:sum:{printed[:40]}"
    days = [
        _day(text(block, f"{p}DateText"))[0] for p in ("SuspiciousActivityFrom", "SuspiciousActivityTo", "Transaction")
    ]
    first_day, last = days[0] or days[2], days[1] or days[0] or days[2]
    return Aggregate(
        source.cite(locator), record, payer, payee, amount, "USD", None, first_day, last, reporter=filer, amount_printed=printed
    ), ""  # fmt: skip


def _role(element: Element) -> str:
    code = text(element, "ActivityPartyTypeCode")
    return _ROLES.get(code, f"party_type_{code}" if code else "party")


def _party(source: Source, element: Element, place: str, record: str, number: int) -> Party:
    names = []
    for one in all_at(element, "PartyName"):
        whole = text(one, "RawPartyFullName") or " ".join(filter(None, (text(one, part) for part in _FULL)))
        if whole:
            names.append(Name(whole, _NAMES.get(text(one, "PartyNameTypeCode"), "legal")))
    identifiers = []
    for one in all_at(element, "PartyIdentification"):
        code, value = text(one, "PartyIdentificationTypeCode"), text(one, "PartyIdentificationNumberText")
        if value:
            scheme = text(one, "OtherPartyIdentificationTypeText") if code == "999" else ""
            issuer = " ".join(filter(None, (text(one, f"OtherIssuer{w}Text") for w in ("Country", "State"))))
            identifiers.append(Identifier(scheme or _SCHEMES.get(code, f"FinCEN-{code}"), value, issuer))
    is_person = bool(text(element, "IndividualBirthDateText") or text(element, "PartyName/RawIndividualFirstName"))
    is_entity = text(element, "PartyAsEntityOrganizationIndicator") == "Y" or _role(element) not in _NAMED
    return Party(
        source.cite(f"{place}#party={number}"),
        record,
        "person" if is_person else "entity" if is_entity else "unknown",
        tuple(names),
        tuple(identifiers),
        born=_born(text(element, "IndividualBirthDateText")),
        address="; ".join(_address(one) for one in all_at(element, "Address") if _address(one)),
        reason=f"{_role(element).replace('_', ' ')} in a report to FinCEN",
    )


def _address(element: Element) -> str:
    return ", ".join(filter(None, (text(element, part) for part in _ADDRESS.split("|"))))


def _born(printed: str) -> str:
    """Return YYYY-MM-DD, YYYY-MM or YYYY: as far as the form knows it; another text as printed."""
    if not re.fullmatch(r"[0-9]{8}", printed):
        return printed
    parts = [printed[:4], printed[4:6], printed[6:]]
    while len(parts) > 1 and parts[-1] == "00":
        parts.pop()
    return "-".join(parts)


def _under(element: Element, name: str) -> Iterator[Element]:
    return (one for one in element.iter() if local(one) == name and text(one))


def _day(printed: str) -> tuple[date | None, str]:
    """Return (day, "") or, for text that is no day, (None, the text)."""
    if not printed:
        return None, ""
    if re.fullmatch(r"[0-9]{8}", printed):
        try:
            return date(int(printed[:4]), int(printed[4:6]), int(printed[6:])), ""
        except ValueError:
            pass
    return None, printed[:20]


def _answer(source: Source, element: Element, place: str, around: tuple[tuple[str, str], ...]) -> Message:
    """Return what FinCEN answered to one report: its BSA identifier, and what it found wrong with it."""
    errors = all_at(element, "EFilingActivityErrorXML")
    return Message(
        source.cite(place),
        "FinCEN acknowledgement",
        sender="FinCEN",
        reference=text(element, "BSAID"),
        narrative="\n".join(filter(None, (text(one, "ErrorText") for one in errors))),
        status=next((value for path, value in around if path.endswith("EFilingSubmissionXML@StatusCode")), ""),
        fields=(*around, *_texts(element)),
    )


def _texts(element: Element, prefix: str = "", skip: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Yield (path, text) of every element that holds text and of every attribute, in order. Elements may repeat."""
    path = f"{prefix}{local(element)}"
    for key, value in element.attrib.items():
        yield f"{path}@{etree.QName(str(key)).localname}", str(value)
    if (shown := (element.text or "").strip()) or not (len(element) or element.attrib):
        yield path, shown
    for child in element:
        if local(child) and local(child) not in skip:
            yield from _texts(child, f"{path}/", skip)
        if tail := (child.tail or "").strip():
            yield path, tail


def _control(root: Element, form: str) -> Iterator[str]:
    """Compare the counts and the sum that a batch states with what it holds, as the user guides define them."""
    activities = [one for one in root if local(one) == "Activity"]
    if not activities:
        return
    found = {"ActivityCount": len(activities)}
    if form == "SARX":
        found["PartyCount"] = sum(_role(one) == "subject" for a in activities for one in all_at(a, "Party"))
        amounts = [text(one) for a in activities for one in all_at(a, "SuspiciousActivity/TotalSuspiciousAmountText")]
    else:
        amounts = [text(one) for one in root.iter() if local(one) == "DetailTransactionAmountText"]
    if form in {"SARX", "CTRX", "8300X"} and all(re.fullmatch(r"[0-9]{0,15}", one) for one in amounts):
        found["TotalAmount"] = sum(int(one or 0) for one in amounts)
    for name, held in found.items():
        stated = root.get(name)
        if stated is not None:
            shown = str(int(stated)) if stated.isdecimal() and len(stated) < 16 else stated[:20]
            yield f"control-total:{name}:{shown}:{held}"

"""A financial intelligence unit's report as text: a lead, never evidence.

Source:  tracer's own exchange form. First line `FIU-REPORT/1`, then `key: value` lines; a line that begins with a
         space continues the value above. Keys: reference, received, sender, subject (repeats), account (repeats), text.
Class:   INT, forced, whatever the custody line says (requests.md section 7; formats.md 1.8). It is kept out of
         everything that is computed for export.
Yields:  a Party for each subject and one Message of kind FIU with the whole text. No Posting and no Account: an
         amount in a lead is a rumour, not a line of a bank.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from tracer.ingest import Source, connector
from tracer.ingest.cells import BadCell, DayFormat, read_day
from tracer.model import Fact, Message, Name, Party, PaymentParty, Reject

HEADER = "FIU-REPORT/1"
_KNOWN = ("reference", "received", "sender", "subject", "account", "text")
_ONE = ("reference", "received", "sender")
_DAYS = (DayFormat("%Y-%m-%d"),)


@dataclass(frozen=True, slots=True)
class Entry:
    """One `key: value` with the line it begins on (from 1)."""

    line: int
    key: str
    value: str
    raw: str


def claims(source: Source) -> bool:
    return source.head_text().lstrip("\ufeff").split("\n", 1)[0].strip() == HEADER


def reports(source: Source) -> list[list[Entry]]:
    """Return the entries of each report of the file; a continuation joins the value above."""
    text, _ = source.text()
    found: list[list[Entry]] = []
    for number, line in enumerate(text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        if line.strip() == HEADER:
            found.append([])
        elif not line.strip() or not found:
            continue
        elif line[0] in " \t" and found[-1]:
            last = found[-1][-1]
            joined = f"{last.value}\n{line.strip()}".strip()
            found[-1][-1] = Entry(last.line, last.key, joined, f"{last.raw}\n{line}")
        else:
            key, colon, value = line.partition(":")
            entry = Entry(number, key.strip().lower(), value.strip(), line) if colon else Entry(number, "", line, line)
            found[-1].append(entry)
    return found


def count(source: Source) -> int:
    """Count header lines: one report is one record."""
    data = source.text()[0].removeprefix("\ufeff")
    return sum(1 for line in data.replace("\r", "\n").split("\n") if line.strip() == HEADER)


def read_reports(source: Source) -> Iterator[Fact | Reject]:
    """Yield the subjects, the report as a Message, and a Reject for every line that is not understood."""
    for number, found in enumerate(reports(source), 1):
        yield from _report(source, f"report={number}", found)


def _report(source: Source, place: str, found: list[Entry]) -> Iterator[Fact | Reject]:
    taken: dict[str, list[Entry]] = {key: [] for key in _KNOWN}
    for entry in found:
        code, message = "", ""
        if entry.key not in taken:
            code, message = "key-unknown", "the line is not one of " + ", ".join(_KNOWN)
        elif not entry.value:
            code, message = "value-missing", "the line states nothing"
        elif entry.key in _ONE and taken[entry.key]:
            code, message = "key-repeated", "the report states this twice; the first is kept"
        if code:
            yield Reject(source.cite(f"{place}#line={entry.line}"), entry.raw, entry.key or "line", code, message)
        else:
            taken[entry.key].append(entry)
    if not taken["reference"]:
        # A report that cannot be named cannot be kept apart from another: it is set aside whole.
        raw = "\n".join(entry.raw for entry in found)
        yield Reject(source.cite(place), raw, "reference", "reference-missing", "the report has no reference")
        return
    reference = taken["reference"][0].value
    received: date | None = None
    marks: tuple[str, ...] = ()
    for entry in taken["received"]:
        try:
            received, _, marks = read_day(entry.value, _DAYS)
        except BadCell as error:
            marks = (f"{error.code}:received",)
    for number, entry in enumerate(taken["subject"], 1):
        yield Party(
            source.cite(f"{place}#line={entry.line}"),
            f"{reference}/subject/{number}",
            "unknown",
            (Name(entry.value),),
            reason="named in a report of a financial intelligence unit",
            known_from=received,
        )
    yield Message(
        source.cite(place),
        "FIU",
        sender=taken["sender"][0].value if taken["sender"] else "",
        reference=reference,
        account="; ".join(entry.value for entry in taken["account"]),
        narrative="\n".join(entry.value for entry in taken["text"]),
        parties=tuple(PaymentParty("subject", e.value, f"line {e.line}") for e in taken["subject"]),
        fields=tuple((entry.key, entry.value) for entry in found),
        marks=marks,
    )


CONNECTOR = connector(
    "fiu_report",
    title="a report of a financial intelligence unit",
    claims=claims,
    count=count,
    evidence_class="INT",
)(read_reports)

"""A file that `tracer fetch-graph` wrote: nodes and relationships of somebody's Neo4j graph, one a row, with its profile.

Source:  tracer/exported.py, format tracer-graph-export/1 (Parquet). The profile in the file says what is what; another one
         may be given with --answer profile=FILE.yaml, and reads the same rows another way.
Amounts: exact texts and integers as they are; a 64-bit float by the shortest decimal that is this float and no other, with the
         mark `amount-held-as-float`. More decimals than the currency has: set aside, never rounded.
Yields:  Party, Account, Interest and Aggregate as the profile maps them. A transaction is a payment that somebody's graph
         states: a Message of kind GRAPH with its two ends, not a line of a bank, so no account is held because of it.
         An aggregate is a sum of several payments and never one of them.
"""

import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tracer.exported import ROWS, Section, metadata, sections_of
from tracer.ingest import Source, connector
from tracer.ingest.cells import BadCell, DayFormat, read_day
from tracer.model import (
    EXPONENTS,
    Account,
    Aggregate,
    Cite,
    Fact,
    Interest,
    Message,
    Name,
    Party,
    PaymentParty,
    Reject,
    UnreadableExhibit,
    minor_units,
)
from tracer.yamltext import load_yaml

_ISO = (DayFormat("%Y-%m-%d"),)
_KINDS = ("person", "entity", "arrangement", "joint_holding", "state", "unknown")


def claims(source: Source) -> bool:
    """Parquet keeps what it says of itself at the end of the file, so its first bytes alone are not enough."""
    if source.head[:4] != b"PAR1":
        return False
    try:
        return metadata(pq.read_schema(source.path)) is not None
    except (pa.ArrowInvalid, OSError):
        return False


def _rows(source: Source) -> list[dict[str, Any]]:
    try:
        table = pq.read_table(source.path)
    except (pa.ArrowInvalid, OSError):
        raise UnreadableExhibit(
            f"{source.exhibit.name} is a damaged Parquet file.",
            where=source.exhibit.name,
            meaning="It is kept as an exhibit; nothing of it is loaded.",
            next_call="tracer fetch-graph again, or ask for the file again and compare the SHA-256",
        ) from None
    if table.schema.remove_metadata() != ROWS:
        raise UnreadableExhibit(
            f"{source.exhibit.name} does not have the columns of its format.",
            where=source.exhibit.name,
            meaning="It is kept as an exhibit; nothing of it is loaded.",
            next_call="tracer fetch-graph again with this version of tracer",
        )
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def count(source: Source) -> int:
    """Count rows: one node or relationship is one record."""
    return int(pq.read_metadata(source.path).num_rows)


def _sections(source: Source) -> dict[tuple[str, int], Section]:
    told = metadata(pq.read_schema(source.path)) or {}
    given, where = told.get("profile"), source.exhibit.name
    if "profile" in source.answers:
        where = source.answers["profile"]
        given = load_yaml(Path(where).read_text("utf-8"), where)
    return {(s.section, s.part): s for s in sections_of(given, where)}


class Row:
    """One record and where its fields are: every value as text, with the type that the server gave it."""

    def __init__(self, row: dict[str, Any], section: Section, cite: Cite) -> None:
        self.section, self.cite, self.source_id = section, cite, row["source_id"]
        self._properties = json.loads(row["properties"])
        self._neighbours = json.loads(row["neighbours"])
        self._marks: list[str] = []

    def value(self, name: str) -> tuple[str, str]:
        """Return (type, text) of a field; ("", "") where it is not mapped or not there.

        Raises: BadCell where several neighbours give different values: none of them is chosen.
        """
        field = self.section.fields.get(name)
        if field is None:
            return "", ""
        if field.constant is not None:
            return "text", field.constant
        if not field.link:
            return _plain(self._properties.get(field.property))
        found = {
            _plain(n["properties"].get(field.property))
            for n in self._neighbours
            if n["type"] == field.link and n["way"] == (">" if field.outgoing else "<")
        } - {("", "")}
        if len(found) > 1:
            raise BadCell("several-neighbours", f"{name}: {len(found)} different values over {field.link[:40]}")
        return found.pop() if found else ("", "")

    def text(self, name: str) -> str:
        return self.value(name)[1].strip()

    def need(self, name: str) -> str:
        if not (text := self.text(name)):
            raise BadCell(f"{name.replace('_', '-')}-missing", f"{name} is empty or not there")
        return text

    def currency(self) -> str:
        code = self.need("currency")
        if code not in EXPONENTS:
            raise BadCell("currency-unknown", f"{code[:20]!r} is no currency of ISO 4217")
        return code

    def amount(self, name: str, currency: str) -> int:
        """Return minor units, exactly.

        Raises: BadCell.
        """
        kind, text = self.value(name)
        text = text.strip()
        if not text:
            raise BadCell("amount-missing", f"{name} is empty or not there")
        if kind == "float":
            self._marks.append("amount-held-as-float")
        if self.section.amounts == "minor":
            if not re.fullmatch(r"[+-]?[0-9]{1,19}(?:\.0)?", text):
                raise BadCell("amount-not-minor-units", f"{text[:40]!r} is no whole number of minor units")
            return self._positive(int(text.removesuffix(".0")))
        try:
            found = minor_units(text, currency)
        except ValueError as error:
            raise BadCell("amount-unreadable", str(error)) from None
        return self._positive(found)

    @staticmethod
    def _positive(amount: int) -> int:
        if amount <= 0:
            raise BadCell("amount-not-positive", "an amount of a payment between two ends is more than nothing")
        return amount

    def number(self, name: str) -> int | None:
        text = self.text(name)
        if not text:
            return None
        if not re.fullmatch(r"[0-9]{1,18}(?:\.0)?", text):
            raise BadCell("number-unreadable", f"{name}: {text[:40]!r} is no whole number")
        return int(text.removesuffix(".0"))

    def day(self, name: str) -> date | None:
        kind, text = self.value(name)
        if kind in {"int", "float"}:
            raise BadCell("date-unreadable", f"{name} is a number, not a date: {text[:40]}")
        day, _, marks = read_day(text[:10] if kind in {"date", "datetime"} else text, _formats(self.section.days))
        self._marks += [f"{mark}:{name}" for mark in marks]
        return day

    def marks(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self._marks))


@lru_cache(maxsize=64)
def _formats(days: str) -> tuple[DayFormat, ...]:
    try:
        return (DayFormat(days), *_ISO) if days else _ISO
    except ValueError:
        raise UnreadableExhibit(
            f"{days[:40]!r} is no form of a day.",
            where="the profile of the export",
            meaning="Nothing of the file is loaded.",
            next_call='give a profile with days: "%b %d, %Y" (--answer profile=FILE.yaml)',
        ) from None


def _plain(value: list[Any] | None) -> tuple[str, str]:
    if value is None:
        return "", ""
    kind, text = value
    return kind, "; ".join(_plain(one)[1] for one in text) if kind == "list" else str(text)


def _party(row: Row) -> Party:
    kind: Any = row.text("kind") or "unknown"
    if kind not in _KINDS:
        raise BadCell("kind-unknown", f"{kind[:40]!r} is none of {', '.join(_KINDS)}")
    return Party(
        row.cite,
        row.need("record"),
        kind,
        (Name(row.need("name")),),
        born=row.text("born"),
        jurisdiction=row.text("jurisdiction"),
        address=row.text("address"),
    )


def _account(row: Row) -> Account:
    return Account(
        row.cite,
        row.need("number"),
        row.currency(),
        bank=row.text("bank"),
        bic=row.text("bic"),
        country=row.text("country"),
        title=row.text("title"),
        holder=row.text("holder"),
        beneficial_owner=row.text("beneficial_owner"),
        opened=row.day("opened"),
        closed=row.day("closed"),
        marks=row.marks(),
    )


def _transaction(row: Row) -> Message:
    currency = row.currency()
    amount, day = row.amount("amount", currency), row.day("day")
    if day is None:
        raise BadCell("day-missing", "day is empty or not there")
    payer, payee = row.need("payer_account"), row.need("payee_account")
    return Message(
        row.cite,
        "GRAPH",
        reference=row.need("record"),
        settled=amount,
        settled_currency=currency,
        settled_date=row.day("value_date") or day,
        remittance=row.text("details"),
        parties=(
            PaymentParty("debtor", row.text("payer"), "payer_account", payer),
            PaymentParty("creditor", row.text("payee"), "payee_account", payee),
        ),
        marks=(*row.marks(), "stated-by-a-graph"),
    )


def _holding(row: Row) -> Interest:
    owner, subject = row.need("owner"), row.need("subject")
    share: str | None = row.text("share") or None
    if share is not None:
        try:
            read = Fraction(share.removesuffix("%").strip()) / (100 if share.endswith("%") else 1)
        except (ValueError, ZeroDivisionError):
            raise BadCell("share-unreadable", f"{share[:40]!r} is no share") from None
        if not 0 <= read <= 1:
            raise BadCell("share-outside", f"{share[:40]!r} is more than all, or less than nothing: write 25% or 0.25")
        share = str(read)
    return Interest(
        row.cite,
        row.text("record") or row.source_id,
        owner,
        subject,
        row.text("kind") or "unknownInterest",
        share,
        share,
        valid_from=row.day("from_day"),
        valid_to=row.day("until_day"),
        marks=row.marks(),
    )


def _aggregate(row: Row) -> Aggregate:
    currency = row.currency()
    amount, first, last = row.amount("amount", currency), row.day("first"), row.day("last")
    crossed = ("DATES_CROSS",) if first and last and last < first else ()
    return Aggregate(
        row.cite,
        row.need("record"),
        row.need("payer"),
        row.need("payee"),
        amount,
        currency,
        row.number("number"),
        first,
        last,
        row.text("payer_record"),
        row.text("payee_record"),
        row.text("reporter"),
        row.text("reference"),
        row.value("amount")[1],
        (*row.marks(), *crossed),
    )


_MAKE: dict[str, Callable[[Row], Fact]] = {
    "parties": _party,
    "accounts": _account,
    "transactions": _transaction,
    "holdings": _holding,
    "aggregates": _aggregate,
}


def read(source: Source) -> Iterator[Fact | Reject]:
    """Yield one fact, or one Reject with the raw properties, for every row."""
    sections = _sections(source)
    for stated in _rows(source):
        cite = source.cite(f"row={stated['record']}")
        section = sections.get((stated["section"], stated["part"]))
        if section is None:
            yield Reject(cite, stated["properties"], "section", "section-not-mapped", "the profile has no such part")
            continue
        try:
            yield _MAKE[section.section](Row(stated, section, cite))
        except BadCell as bad:
            yield Reject(cite, stated["properties"], section.section, bad.code, str(bad))


CONNECTOR = connector(
    "graph_export",
    title="an export of somebody's Neo4j graph",
    claims=claims,
    count=count,
)(read)

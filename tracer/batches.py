"""Arrow schemas of the nouns: the one place where a noun becomes columns and comes back.

A column per field, in the field's order, after `id`, `exhibit`, `locator` and before `row_hash`. Amounts are int64 minor
units, days are date32, tuples and nested nouns are canonical JSON text. `row_hash` is SHA-256 over
every column of the row, so that the same id with other content is a conflict and never an overwrite.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any

import pyarrow as pa

from tracer import model
from tracer.model import Cite, fact_id
from tracer.parted import Standing, standings

__all__ = ["KINDS", "TRANSFERS", "kind_of", "row_hash", "schema", "to_nouns", "to_table", "transfer_table"]

#: Ledger kind -> noun. The order is the order of loading a graph: what is named comes before what names it.
KINDS: dict[str, type] = {
    "party": model.Party,
    "account": model.Account,
    "interest": model.Interest,
    "asset": model.Asset,
    "statement": model.Statement,
    "posting": model.Posting,
    "message": model.Message,
    "aggregate": model.Aggregate,
    "reject": model.Reject,
    "reconciliation": model.Reconciliation,
}
_BY_TYPE = {noun: kind for kind, noun in KINDS.items()}
_FIXED = ("id", "exhibit", "locator")


def kind_of(noun: object) -> str:
    """Return the ledger kind of a noun."""
    return _BY_TYPE[type(noun)]


def _arrow(annotation: Any) -> pa.DataType:
    args = [a for a in typing.get_args(annotation) if a is not type(None)]
    if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union:
        annotation = args[0]
    if annotation is int:
        return pa.int64()
    if annotation is bool:
        return pa.bool_()
    if annotation is date:
        return pa.date32()
    return pa.string()


@cache
def _columns(noun: type) -> tuple[tuple[str, pa.DataType, bool], ...]:
    hints = typing.get_type_hints(noun)
    columns = []
    for field in dataclasses.fields(noun):
        if field.name == "cite":
            continue
        hint = hints[field.name]
        nested = typing.get_origin(hint) is tuple
        columns.append((field.name, pa.string() if nested else _arrow(hint), nested))
    return tuple(columns)


@cache
def schema(kind: str) -> pa.Schema:
    """Return the Arrow schema of one ledger kind."""
    fields = [pa.field(name, pa.string(), nullable=False) for name in _FIXED]
    fields += [pa.field(name, arrow) for name, arrow, _ in _columns(KINDS[kind])]
    return pa.schema([*fields, pa.field("row_hash", pa.string(), nullable=False)])


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return value


def _json(value: Any) -> str:
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def row_hash(row: dict[str, Any]) -> str:
    """Return SHA-256 over every column of a row but itself, in the order of the schema.

    Each column is its length in bytes, a colon and its text; null is `~`. Lengths make two rows with other borders
    between columns differ, whatever the texts hold, and SQL can compute the same (tracer/ingest/bulk.py).
    """
    made = []
    for name, value in row.items():
        if name == "row_hash":
            continue
        if value is None:
            made.append(b"~")
            continue
        text = str(value).lower() if isinstance(value, bool) else str(value)  # a date prints as ISO 8601
        data = text.encode("utf-8", "surrogatepass")
        made.append(b"%d:%s" % (len(data), data))
    return hashlib.sha256(b"".join(made)).hexdigest()


def _id(kind: str, noun: Any) -> str:
    # A reconciliation or reject shares its place with the record it speaks of: the check or field keeps them apart.
    tail = getattr(noun, "check", "") or (f"{noun.field}/{noun.code}" if kind == "reject" else "")
    return fact_id(f"{kind}:{tail}" if tail else kind, noun.cite)


def to_table(kind: str, nouns: Iterable[Any]) -> pa.Table:
    """Return the Arrow table of nouns of one kind."""
    columns = _columns(KINDS[kind])
    rows: list[dict[str, Any]] = []
    for noun in nouns:
        row: dict[str, Any] = {"id": _id(kind, noun), "exhibit": noun.cite.exhibit, "locator": noun.cite.locator}
        for name, _, nested in columns:
            value = getattr(noun, name)
            if isinstance(value, str):
                value = str(value).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            row[name] = _json(value) if nested else value
        row["row_hash"] = row_hash(row)
        rows.append(row)
    return pa.Table.from_pylist(rows, schema=schema(kind))


def _restore(hint: Any, value: Any) -> Any:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is tuple and value is not None:
        if len(args) == 2 and args[1] is Ellipsis:
            return tuple(_restore(args[0], item) for item in value)
        return tuple(_restore(a, item) for a, item in zip(args, value, strict=True))
    if dataclasses.is_dataclass(hint) and isinstance(value, dict) and isinstance(hint, type):
        hints = typing.get_type_hints(hint)
        return hint(**{k: _restore(hints[k], v) for k, v in value.items()})
    if hint is date or date in args:
        return date.fromisoformat(value) if isinstance(value, str) else value
    return value


def to_nouns(kind: str, table: pa.Table) -> Iterator[tuple[str, Any]]:
    """Yield (fact id, noun) for each row."""
    noun = KINDS[kind]
    hints = typing.get_type_hints(noun)
    nested = {name for name, _, is_nested in _columns(noun) if is_nested}
    names = [name for name, _, _ in _columns(noun)]
    for row in table.to_pylist():
        values = {
            name: _restore(hints[name], json.loads(row[name]))
            if name in nested and row[name] is not None
            else row[name]
            for name in names
        }
        yield row["id"], noun(cite=Cite(row["exhibit"], row["locator"]), **values)


#: Transfers are conclusions: they have no cite of their own and are recomputed, never stored as facts.
TRANSFERS = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("debit_account", pa.string()),
        pa.field("credit_account", pa.string()),
        pa.field("amount_out", pa.int64()),
        pa.field("currency_out", pa.string()),
        pa.field("amount_in", pa.int64()),
        pa.field("currency_in", pa.string()),
        pa.field("date_out", pa.date32()),
        pa.field("date_in", pa.date32()),
        pa.field("debit", pa.string()),
        pa.field("credit", pa.string()),
        pa.field("postings", pa.string()),
        pa.field("messages", pa.string()),
        pa.field("reversed_by", pa.string()),
        pa.field("in_parts", pa.string()),
        pa.field("part", pa.string()),
        pa.field("sides", pa.string()),
        pa.field("elsewhere", pa.bool_()),
        pa.field("elsewhere_out", pa.bool_()),
        pa.field("elsewhere_in", pa.bool_()),
        pa.field("sole", pa.bool_()),
        pa.field("returns", pa.string()),
    ]
)


_REPORTS = {"debit": "MT900", "credit": "MT910"}
_AMONG = ("part", "sides", "elsewhere", "elsewhere_out", "elsewhere_in")
_PLAIN = [name for name in TRANSFERS.names if name not in {"postings", "messages", "sole", "returns", *_AMONG}]


def transfer_table(
    transfers: Iterable[model.Transfer],
    messages: Mapping[str, model.Message] | None = None,
    returns: Mapping[str, tuple[str, Cite, Cite | None]] | None = None,
) -> pa.Table:
    """Return transfers as an Arrow table sorted by id; lists of ids are canonical JSON.

    The columns from `part` on, and the accounts of a movement that names none, are as `tracer.parted.standings` tells. `sole`: one
    side's line alone tells of the payment, since no message does, or only its bank's confirmation of that line (MT900, MT910); of
    `messages` that are not given each is taken to tell of it. `returns`: what `match.returns` finds; the column names the payment
    that came back and where both are printed.
    """
    reports = {
        side: {k for k, m in (messages or {}).items() if m.kind.startswith(kind)} for side, kind in _REPORTS.items()
    }
    moved = list(transfers)
    among, alone = standings(moved), Standing()
    rows = [
        {name: getattr(t, name) for name in _PLAIN}
        | {name: _json(getattr(t, name)) for name in ("postings", "messages")}
        | {name: getattr(among.get(t.id, alone), name) for name in _AMONG}
        | {name: getattr(among.get(t.id, t), name) for name in ("debit_account", "credit_account")}
        | {"sole": bool(t.debit) != bool(t.credit) and reports["debit" if t.debit else "credit"].issuperset(t.messages)}
        | {"returns": _return(*returns[t.id]) if returns and t.id in returns else ""}
        for t in moved
    ]
    return pa.Table.from_pylist(sorted(rows, key=lambda row: str(row["id"])), schema=TRANSFERS)


def _return(paid: str, back: Cite, of: Cite | None) -> str:
    """Say which payment came back, and where the return and the payment are printed: exhibit (12 digits) @ locator of each."""
    mine, theirs = (f"{c.exhibit[:12]}@{c.locator}" if c else "" for c in (back, of))
    return f"{paid[:12]}: {mine} returns {theirs}" if paid else f"payment not found 未找到原付款: {mine}"

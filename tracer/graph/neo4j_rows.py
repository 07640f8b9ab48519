"""Rows of the ledger as properties of Neo4j's nodes, and back, without loss.

A node keeps every column of its row under the column's name. What a column has when its source prints nothing ("" for a
text, [] for a list, false) is left out, which halves a node; a null in such a column is told in the property `nulls`, so that
a row read back equals the row written, value by value. Days are Neo4j dates, money is its 64-bit integer.
"""

from __future__ import annotations

import hashlib
import json
import re
import typing
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cache, lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tracer.batches import KINDS, TRANSFERS, schema
from tracer.model import EXPONENTS, Judgement, Money, Transfer

__all__ = [
    "JUDGEMENTS",
    "TOTALLED",
    "called",
    "columns_of",
    "hubs_of",
    "judgement_table",
    "links_of",
    "nodes_of",
    "properties_of",
    "row_hashes",
    "table_of",
]

#: Judgements are decided, not printed: they have no cite of their own.
JUDGEMENTS = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        *(pa.field(name, pa.string()) for name in ("subject", "left", "right", "decision", "by", "on", "reason")),
        pa.field("rung", pa.int64()),
        pa.field("features", pa.string()),
        pa.field("score", pa.string()),
    ]
)
#: Kinds that `totals` counts: column of the currency, column of the amount, "" for none.
TOTALLED = (
    ("account", "currency", ""),
    ("asset", "currency", "price"),
    ("interest", "", ""),
    ("message", "settled_currency", "settled"),
    ("party", "", ""),
    ("posting", "currency", "amount"),
    ("statement", "currency", ""),
    ("transfer", "currency_out", "amount_out"),
)
#: The texts that `search` looks through, as the embedded graph does.
SEARCHED = {
    "party": ("names",),
    "account": ("number", "iban", "title", "holder", "bank"),
    "asset": ("record", "description", "titleholder"),
    "posting": ("account", "counterparty", "counterparty_account", "details", "owner_reference", "bank_reference"),
    "message": ("reference", "uetr", "parties", "agents"),
}
#: The shape of a BIC (ISO 9362:2022): party prefix, country, party suffix, branch.
_BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_HASHED = 20_000  # rows hashed together: their texts joined are one Arrow array, which holds 2 GB
_NOUNS: dict[str, type] = KINDS | {"transfer": Transfer, "judgement": Judgement}


def columns_of(kind: str) -> pa.Schema:
    """Return the columns of a kind of fact, of `transfer` or of `judgement`."""
    return TRANSFERS if kind == "transfer" else JUDGEMENTS if kind == "judgement" else schema(kind)


def judgement_table(judgements: Iterable[Judgement]) -> pa.Table:
    """Return judgements as rows of `JUDGEMENTS`, sorted by id; features are canonical JSON."""
    rows = [
        {name: getattr(j, name) for name in JUDGEMENTS.names}
        | {"features": json.dumps(j.features, ensure_ascii=False, separators=(",", ":"))}
        for j in judgements
    ]
    return pa.Table.from_pylist(sorted(rows, key=lambda row: str(row["id"])), schema=JUDGEMENTS)


@cache
def _unsaid(kind: str) -> dict[str, Any]:
    """Return column -> the value that is left out on a node; None for a column that may be null."""
    hints = typing.get_type_hints(_NOUNS[kind])
    found: dict[str, Any] = {}
    for field in columns_of(kind):
        hint = hints.get(field.name, str)
        if type(None) in typing.get_args(hint) or pa.types.is_int64(field.type) or pa.types.is_date(field.type):
            found[field.name] = None
        elif pa.types.is_boolean(field.type):
            found[field.name] = False
        else:
            found[field.name] = "[]" if typing.get_origin(hint) is tuple else ""
    return found


def _searched(kind: str, table: pa.Table) -> Any:
    texts = [table[name] for name in SEARCHED[kind]]
    return pc.binary_join_element_wise(*texts, " ", null_handling="skip") if len(texts) > 1 else texts[0]


def searched(kind: str, table: pa.Table) -> list[str | None]:
    """Return the text of each row that `search` looks through, or nothing where nothing is printed."""
    made: list[str | None] = _searched(kind, table).to_pylist()
    return made


def folded(texts: Sequence[str | None]) -> list[str | None]:
    """Return texts in lower case, letter by letter: Java's own lower case changes a Greek word by its last letter."""
    made: list[str | None] = pc.utf8_lower(pa.array(texts, pa.string())).to_pylist()
    return made


def row_hashes(table: pa.Table) -> list[str]:
    """Return `tracer.batches.row_hash` of every row, made a column at a time."""
    hashed: list[str] = []
    for part in in_parts(table, _HASHED):
        made = []
        for column in part.itercolumns():
            text = column if pa.types.is_string(column.type) else pc.cast(column, pa.string())
            length = pc.cast(pc.binary_length(text), pa.string())
            made.append(pc.fill_null(pc.binary_join_element_wise(length, text, ":"), "~"))
        rows = pc.binary_join_element_wise(*made, "").to_pylist()
        hashed += [hashlib.sha256(row.encode("utf-8")).hexdigest() for row in rows]
    return hashed


def properties_of(kind: str, table: pa.Table) -> pa.Table:
    """Return what the nodes of rows hold besides `case` and `noun`, a column each, null where a node is without.

    The columns of the kind, `row_hash`, `nulls` (a list of names), and what queries need besides. Both ways into Neo4j,
    the driver's and the offline import, write these.
    """
    unsaid = _unsaid(kind)
    made: dict[str, Any] = {}
    lost = []
    for name, values in zip(table.schema.names, table.itercolumns(), strict=True):
        absent = unsaid[name]
        if absent is None:
            made[name] = values
            continue
        if values.null_count:
            lost.append(name)
        made[name] = pc.if_else(pc.equal(values, absent), pa.scalar(None, values.type), values)
    if lost:
        missing = zip(*(table[name].is_null().to_pylist() for name in lost), strict=True)
        nulls = [[name for name, is_null in zip(lost, row, strict=True) if is_null] or None for row in missing]
        made["nulls"] = pa.array(nulls, pa.list_(pa.string()))
    if "row_hash" not in made:
        made["row_hash"] = pa.array(row_hashes(table), pa.string())
    if kind == "transfer":
        made["day"] = pc.coalesce(table["date_out"], table["date_in"])
        made["arrived"] = pc.coalesce(table["date_in"], table["date_out"])
        stated = zip(table["amount_out"].to_pylist(), table["currency_out"].to_pylist(), strict=True)
        names = [
            str(Money(amount, currency)) if amount is not None and currency in EXPONENTS else "amount not stated"
            for amount, currency in stated
        ]
        made["name"] = pa.array(names, pa.string())
    if kind == "asset":
        made["name"] = pc.coalesce(made["description"], made["record"], made["id"])
    if kind in SEARCHED:
        made["searched"] = pc.utf8_lower(_searched(kind, table))
    return pa.table(made)


def nodes_of(kind: str, table: pa.Table, case: str) -> list[dict[str, Any]]:
    """Return the properties of one node per row: `case`, `noun`, and those of `properties_of` that the node has."""
    scope = {"case": case, "noun": kind}
    rows = properties_of(kind, table).to_pylist()
    return [{name: value for name, value in row.items() if value is not None} | scope for row in rows]


def table_of(kind: str, rows: Iterable[Sequence[Any]]) -> pa.Table:
    """Return the rows of nodes as the Arrow table they were: each row has the columns of the kind, then `nulls`."""
    wanted, unsaid = columns_of(kind), _unsaid(kind)
    columns: list[Any] = list(zip(*rows, strict=True)) or [()] * (len(wanted) + 1)
    nulls = columns.pop()
    marked = {name for some in nulls if some for name in some}
    arrays = []
    for field, values in zip(wanted, columns, strict=True):
        absent = unsaid[field.name]
        if pa.types.is_date(field.type):
            values = [None if value is None else value.to_native() for value in values]
        elif absent is not None:
            values = [absent if value is None else value for value in values]
        if field.name in marked:
            values = [None if some and field.name in some else value for value, some in zip(values, nulls, strict=True)]
        arrays.append(pa.array(values, field.type))
    return pa.Table.from_arrays(arrays, schema=wanted)


# What a row names --------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1 << 17)
def hub(noun: str, key: str) -> str:
    """Return the id of what several records name; "" for nothing. A key of any length is one short id."""
    return hashlib.sha256(f"{noun}\n{key}".encode("utf-8", "surrogatepass")).hexdigest()[:32] if key else ""


def _institution(scheme: str, key: str) -> str:
    return hub("Institution", f"{scheme}\n{key}") if key else ""


def bank_of(row: dict[str, Any]) -> tuple[str, str]:
    """Return scheme and id of the bank that keeps an account."""
    if row.get("bic"):
        return "BIC", row["bic"]
    if servicer := row.get("servicer"):
        return "BIC" if _BIC.fullmatch(servicer) else "NAME", servicer
    return "NAME", row.get("bank", "")


def _account(row: dict[str, Any]) -> str:
    key: str = row.get("account_key") or row.get("account") or row.get("number") or ""
    return key


def agents_of(row: dict[str, Any]) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = json.loads(row.get("agents", "[]"))
    return [agent for agent in made if agent["id"]]


def hubs_of(kind: str, rows: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Return noun -> what the rows name of it, each once; a party has the name of the record with the lowest id."""
    exhibits: dict[str, dict[str, Any]] = {}
    accounts: dict[str, dict[str, Any]] = {}
    banks: dict[tuple[str, str], dict[str, Any]] = {}
    parties: dict[str, dict[str, Any]] = {}
    for row in rows:
        if "exhibit" in row:
            exhibits[row["exhibit"]] = {"id": row["exhibit"]}
        if kind in {"account", "statement", "posting"} and (key := _account(row)):
            accounts[key] = {"id": hub("Account", key), "key": key}
        if kind in {"account", "statement"}:
            scheme, key = bank_of(row)
            banks[scheme, key] = {"scheme": scheme, "key": key}
        if kind == "message":
            for agent in agents_of(row):
                banks[agent["scheme"], agent["id"]] = {"scheme": agent["scheme"], "key": agent["id"]}
        if kind == "transfer":
            for key in filter(None, (row.get("debit_account"), row.get("credit_account"))):
                accounts[key] = {"id": hub("Account", key), "key": key}
        if kind == "interest":
            for record in filter(None, (row.get("owner"), row.get("subject"))):
                parties.setdefault(record, _party(record, "", record, []))
        if kind == "party" and (record := row.get("record", "")):
            seen = parties.get(record)
            kinds = [*(seen["kinds"] if seen else ()), row.get("kind", "")]
            if seen is None or seen["first"] > row["id"]:
                seen = parties[record] = _party(record, row["id"], called(row.get("names"), record), kinds)
            seen["kinds"] = kinds
    return {
        "Exhibit": list(exhibits.values()),
        "Account": list(accounts.values()),
        "Institution": [
            {"id": _institution(bank["scheme"], bank["key"])} | bank for bank in banks.values() if bank["key"]
        ],
        "Party": list(parties.values()),
    }


def called(names: str | None, record: str) -> str:
    """Return the first name of a party that says something, else its record id: a caption of nothing shows nothing."""
    return next((name["text"] for name in json.loads(names or "[]") if name["text"].strip()), record)


def _party(record: str, first: str, name: str, kinds: list[str]) -> dict[str, Any]:
    return {"id": hub("Party", record), "key": record, "first": first, "name": name, "kinds": kinds}


def links_of(kind: str, row: dict[str, Any]) -> dict[str, Any]:
    """Return what one row is linked to: `e` exhibit, `a` and `b` by id, `shown` (noun, id), `named` agents; `p` itself."""
    made: dict[str, Any] = {"p": row, "e": row.get("exhibit", "")}
    if kind in {"account", "statement", "posting"}:
        made["a"] = hub("Account", _account(row))
    if kind in {"account", "statement"}:
        made["b"] = _institution(*bank_of(row))
    if kind == "posting":
        made["b"] = row.get("statement", "")
    if kind == "party":
        made["a"] = hub("Party", row.get("record", ""))
    if kind == "interest":
        made["a"], made["b"] = hub("Party", row.get("owner", "")), hub("Party", row.get("subject", ""))
    if kind == "message":
        made["named"] = [
            {"id": _institution(agent["scheme"], agent["id"]), "seq": seq, "role": agent["role"]}
            for seq, agent in enumerate(agents_of(row), 1)
        ]
    if kind == "transfer":
        made["a"] = hub("Account", row.get("debit_account", ""))
        made["b"] = hub("Account", row.get("credit_account", ""))
        made["shown"] = [
            *(["posting", one] for one in json.loads(row.get("postings", "[]"))),
            *(["message", one] for one in json.loads(row.get("messages", "[]"))),
        ]
    if kind == "judgement":
        nouns = ("party",) if row.get("subject") == "party" else ("posting", "message")
        ends = [end for end in (row.get("left"), row.get("right")) if end]
        made["shown"] = [[noun, end] for noun in nouns for end in ends]
    return made


def in_parts(table: pa.Table, size: int) -> Iterator[pa.Table]:
    """Yield a table in parts of at most `size` rows; an empty table is one empty part."""
    for start in range(0, max(table.num_rows, 1), size):
        yield table.slice(start, size)


def as_day(value: Any) -> date | None:
    """Return the driver's date as Python's."""
    return None if value is None else value.to_native()

"""The embedded graph: DuckDB over the ledger's segments, in memory, no server, no file of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tracer.batches import KINDS, TRANSFERS, schema
from tracer.graph.protocol import ACCOUNTS, FOUND, REACHED, TOTALS
from tracer.model import LedgerError

__all__ = ["Embedded"]

# A line that several records print is one movement and counts once, as in the question `accounts`.
_ACCOUNTS = """
WITH shown AS (SELECT id AS transfer, unnest(json_extract_string(postings, '$[*]')) AS line FROM transfer),
counted AS (
    SELECT coalesce(s.transfer, p.id) AS movement, p.account_key, p.currency, p.amount,
           min(coalesce(p.booked, p.value_date)) AS day, list(DISTINCT p.account) AS printed
    FROM posting p LEFT JOIN shown s ON s.line = p.id WHERE p.status = 'booked' GROUP BY ALL
)
SELECT account_key, currency, array_to_string(list_sort(list_distinct(flatten(list(printed)))), ' | ') AS printed,
       count(*) AS postings, min(day) AS first, max(day) AS last,
       coalesce(sum(amount) FILTER (amount > 0), 0)::BIGINT AS credits,
       coalesce(-sum(amount) FILTER (amount < 0), 0)::BIGINT AS debits
FROM counted GROUP BY account_key, currency ORDER BY account_key, currency
"""
_UNDOING = """
SELECT DISTINCT id FROM (SELECT id, unnest(json_extract_string(postings, '$[*]')) AS line FROM transfer)
WHERE line IN (SELECT unnest($lines::VARCHAR[])) ORDER BY id
"""
_SEARCH = """
SELECT kind, id, text FROM (
    SELECT 'party' AS kind, id, names AS text FROM party
    UNION ALL SELECT 'account', id, concat_ws(' ', number, iban, title, holder, bank) FROM account
    UNION ALL SELECT 'asset', id, concat_ws(' ', record, description, titleholder) FROM asset
    UNION ALL SELECT 'posting', id, concat_ws(' ', account, counterparty, counterparty_account, details,
                                              owner_reference, bank_reference) FROM posting
    UNION ALL SELECT 'message', id, concat_ws(' ', reference, uetr, parties, agents) FROM message
) WHERE contains(lower(text), lower($text)) ORDER BY kind, id LIMIT $limit
"""
# The earliest day is what makes a path possible: a transfer leaves an account no earlier than money could be there.
_REACH = """
WITH RECURSIVE walk(account_key, hop, earliest) AS (
    SELECT unnest($accounts::VARCHAR[]), 0::BIGINT, $since::DATE
    UNION
    SELECT t.credit_account, w.hop + 1, coalesce(t.date_in, t.date_out)
    FROM walk w JOIN transfer t ON t.debit_account = w.account_key AND w.account_key <> ''
    WHERE w.hop < $hops AND coalesce(t.date_out, t.date_in) >= w.earliest AND t.credit_account <> ''
      AND coalesce(t.reversed_by, '') = '' AND NOT list_contains($undoing::VARCHAR[], t.id)
)
SELECT account_key, min(hop)::BIGINT AS hop, min(earliest) AS earliest FROM walk GROUP BY account_key ORDER BY account_key
"""
_TOTALS = """
SELECT 'posting' AS kind, currency, count(*) AS rows, coalesce(sum(amount), 0)::BIGINT AS amount FROM posting GROUP BY currency
UNION ALL SELECT 'message', settled_currency, count(*), coalesce(sum(settled), 0)::BIGINT FROM message GROUP BY settled_currency
UNION ALL SELECT 'transfer', currency_out, count(*), coalesce(sum(amount_out), 0)::BIGINT FROM transfer GROUP BY currency_out
UNION ALL SELECT 'statement', currency, count(*), 0 FROM statement GROUP BY currency
UNION ALL SELECT 'party', '', count(*), 0 FROM party HAVING count(*) > 0
UNION ALL SELECT 'account', currency, count(*), 0 FROM account GROUP BY currency
UNION ALL SELECT 'interest', '', count(*), 0 FROM interest HAVING count(*) > 0
UNION ALL SELECT 'asset', currency, count(*), coalesce(sum(price), 0)::BIGINT FROM asset GROUP BY currency
ORDER BY kind, currency
"""


_IDS = pa.schema([pa.field("id", pa.string(), nullable=False)])
_WORD = re.compile(r"\$?\w+")


def _database() -> duckdb.DuckDBPyConnection:
    """Return a DuckDB in memory that loads and fetches nothing (safety.md S12: the defaults are on)."""
    return duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "enable_external_access": "false",
            "lock_configuration": "true",
        },
    )


class Embedded:
    """`Embedded(paths, head)`: `paths(kind)` gives the ledger's live segments, `head()` its chain head.

    What is appended here (transfers, or facts when there is no ledger behind it) lives in memory only.
    `without` names exhibits (SHA-256) that this projection leaves out.
    """

    def __init__(
        self,
        paths: Callable[[str], list[Path]] = lambda _kind: [],
        head: Callable[[], str] = lambda: "",
        *,
        without: Sequence[str] = (),
    ) -> None:
        self._paths, self._ledger_head, self._without = paths, head, sorted(without)
        self._added: dict[str, pa.Table] = {}
        self._mark = ""

    def ensure_schema(self) -> None:
        """Nothing to make: the views are built per question over immutable segments."""

    def append(self, kind: str, table: pa.Table, *, head: str) -> dict[str, int]:
        wanted = TRANSFERS if kind == "transfer" else schema(kind)
        if not table.schema.equals(wanted):
            raise LedgerError(
                f"Rows of kind {kind} do not have the columns of {kind}.",
                meaning="Nothing was appended.",
                next_call="build batches with tracer.batches.to_table or transfer_table",
            )
        held = self._rows(kind)
        compared = [name for name in wanted.names if name != "id"] if kind == "transfer" else ["row_hash"]
        known = {row["id"]: row for row in held.select(["id", *compared]).to_pylist()}
        counts = {"new": 0, "duplicate": 0, "conflict": 0}
        keep: list[bool] = []
        for row in table.select(["id", *compared]).to_pylist():
            state = "new" if row["id"] not in known else "duplicate" if known[row["id"]] == row else "conflict"
            known.setdefault(row["id"], row)
            counts[state] += 1
            keep.append(state == "new")
        fresh = table.filter(pa.array(keep, pa.bool_()))
        self._added[kind] = pa.concat_tables([self._added[kind], fresh]) if kind in self._added else fresh
        self._mark = head
        return counts

    def head(self) -> str:
        return self._mark or self._ledger_head()

    def _rows(self, kind: str, columns: Sequence[str] = ()) -> pa.Table:
        """Return all rows of a kind; of a kind of fact, only some columns of them."""
        wanted = TRANSFERS if kind == "transfer" else schema(kind)
        if columns:
            wanted = pa.schema([wanted.field(name) for name in columns])
        tables = [] if kind == "transfer" else [pq.read_table(p, columns=wanted.names) for p in self._paths(kind)]
        tables += [self._added[kind].select(wanted.names)] if kind in self._added else []
        if not tables:
            return wanted.empty_table()
        found = pa.concat_tables([table.cast(wanted) for table in tables])
        if self._without and kind != "transfer":
            found = found.filter(pc.invert(pc.is_in(found["exhibit"], pa.array(self._without, pa.string()))))
        return found

    def _ask(self, query: str, parameters: dict[str, object], columns: pa.Schema, *kinds: str) -> pa.Table:
        with _database() as db:
            for kind in kinds:
                db.register(kind, self._rows(kind))
            answer = db.sql(query, params=parameters) if parameters else db.sql(query)
            table: pa.Table = answer.to_arrow_table().cast(columns)
            return table

    def ask(self, query: str, parameters: Mapping[str, object], tables: Mapping[str, pa.Table]) -> list[dict[str, Any]]:
        """Answer one SQL question of `tracer/queries/` over the kinds of fact, `transfer`, and `tables` beside them.

        Only what the query names is read. Returns rows of plain values, in its order.
        """
        words = set(_WORD.findall(query))
        given = {name: value for name, value in parameters.items() if f"${name}" in words}
        with _database() as db:
            for kind in sorted({*KINDS, "transfer", *tables} & words):
                db.register(kind, tables[kind] if kind in tables else self._rows(kind))
            answer = db.sql(query, params=given) if given else db.sql(query)
            rows: list[dict[str, Any]] = answer.to_arrow_table().to_pylist()
            return rows

    def accounts(self) -> pa.Table:
        return self._ask(_ACCOUNTS, {}, ACCOUNTS, "posting", "transfer")

    def transfers(self, *, since: date | None = None, until: date | None = None) -> pa.Table:
        rows = self._rows("transfer").sort_by("id")
        day = pc.coalesce(rows["date_out"], rows["date_in"])
        keep = pa.array([True] * rows.num_rows, pa.bool_())
        if since:
            keep = pc.and_(keep, pc.fill_null(pc.greater_equal(day, since), fill_value=False))
        if until:
            keep = pc.and_(keep, pc.fill_null(pc.less_equal(day, until), fill_value=False))
        return rows.filter(keep)

    def interests(self, *, as_of: date | None = None, as_known: date | None = None) -> pa.Table:
        rows = self._rows("interest").sort_by("id")
        for day, start, end in ((as_of, "valid_from", "valid_to"), (as_known, "known_from", "known_to")):
            if day is not None:
                begun = pc.fill_null(pc.less_equal(rows[start], day), fill_value=True)
                going = pc.fill_null(pc.greater(rows[end], day), fill_value=True)
                rows = rows.filter(pc.and_(begun, going))
        return rows

    def lookup(self, kind: str, ids: Sequence[str]) -> pa.Table:
        if kind not in {*KINDS, "transfer"}:
            raise LedgerError(
                f"{kind!r} is not a kind of fact.",
                meaning="Nothing was looked up.",
                next_call="one of " + ", ".join([*KINDS, "transfer"]),
            )
        rows = self._rows(kind)
        return rows.filter(pc.is_in(rows["id"], pa.array(list(ids), pa.string()))).sort_by("id")

    def search(self, text: str, *, limit: int = 50) -> pa.Table:
        return self._ask(
            _SEARCH, {"text": text, "limit": limit}, FOUND, "party", "account", "asset", "posting", "message"
        )

    def reach(self, accounts: Sequence[str], *, since: date, hops: int) -> pa.Table:
        asked = {"accounts": list(accounts), "since": since, "hops": hops, "undoing": self._undoing()}
        return self._ask(_REACH, asked, REACHED, "transfer")

    def _undoing(self) -> list[str]:
        """Return the transfers by which a bank took an entry back."""
        lines = self._rows("posting", ("id", "exhibit", "reversal"))
        lines = lines.filter(pc.fill_null(lines["reversal"], fill_value=False))
        if not lines.num_rows:
            return []
        found: list[str] = self._ask(_UNDOING, {"lines": lines["id"].to_pylist()}, _IDS, "transfer")["id"].to_pylist()
        return found

    def totals(self) -> pa.Table:
        return self._ask(
            _TOTALS, {}, TOTALS, "posting", "message", "transfer", "statement", "party", "account", "interest", "asset"
        )

"""What a graph answers, and the columns of each answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

import pyarrow as pa

__all__ = ["ACCOUNTS", "FOUND", "REACHED", "TOTALS", "Graph"]

#: One row per account and currency: key, numbers as printed, booked lines, first and last day, sums in minor units. A line that
#: several records print counts once; an entry that was reversed and its reversal are two lines of the account.
ACCOUNTS = pa.schema(
    [
        pa.field("account_key", pa.string(), nullable=False),
        pa.field("currency", pa.string(), nullable=False),
        pa.field("printed", pa.string()),
        pa.field("postings", pa.int64()),
        pa.field("first", pa.date32()),
        pa.field("last", pa.date32()),
        pa.field("credits", pa.int64()),
        pa.field("debits", pa.int64()),
    ]
)
#: What a search found: kind, fact id, the text that matched.
FOUND = pa.schema([pa.field(name, pa.string(), nullable=False) for name in ("kind", "id", "text")])
#: Accounts reached from a start: hops and the earliest day on which money could be there.
REACHED = pa.schema(
    [
        pa.field("account_key", pa.string(), nullable=False),
        pa.field("hop", pa.int64(), nullable=False),
        pa.field("earliest", pa.date32(), nullable=False),
    ]
)
#: Counts and sums per kind and currency, to be compared with the ledger.
TOTALS = pa.schema(
    [
        pa.field("kind", pa.string(), nullable=False),
        pa.field("currency", pa.string(), nullable=False),
        pa.field("rows", pa.int64(), nullable=False),
        pa.field("amount", pa.int64(), nullable=False),
    ]
)


class Graph(Protocol):
    """A projection of one ledger. Every method returns Arrow, sorted, without side effect but `append`."""

    def ensure_schema(self) -> None:
        """Make constraints, indexes or views; calling it twice changes nothing."""

    def append(self, kind: str, table: pa.Table, *, head: str) -> dict[str, int]:
        """Insert rows that are absent by id; return counts of new, duplicate and conflict. Never overwrites.

        `kind` is a ledger kind or `transfer`; `head` is the watermark that moves together with the rows.
        """

    def head(self) -> str:
        """Return the watermark: the chain head of the ledger this graph has been given, "" for none."""

    def accounts(self) -> pa.Table:
        """Return `ACCOUNTS`, sorted by key and currency."""

    def transfers(self, *, since: date | None = None, until: date | None = None) -> pa.Table:
        """Return `tracer.batches.TRANSFERS` with a day in [since, until], sorted by id."""

    def interests(self, *, as_of: date | None = None, as_known: date | None = None) -> pa.Table:
        """Return the interests valid on `as_of` and known on `as_known` (half-open periods), sorted by id."""

    def lookup(self, kind: str, ids: Sequence[str]) -> pa.Table:
        """Return the rows of a kind with these fact ids, sorted by id."""

    def search(self, text: str, *, limit: int = 50) -> pa.Table:
        """Return `FOUND`: parties, accounts and counterparties whose printed text holds `text`, case folded."""

    def reach(self, accounts: Sequence[str], *, since: date, hops: int) -> pa.Table:
        """Return `REACHED`: where money of these accounts could be, by transfers in order of time.

        A transfer that was reversed moves nothing, and neither does the entry that reverses it.
        """

    def totals(self) -> pa.Table:
        """Return `TOTALS`, sorted by kind and currency."""

"""What does the care of a load into Neo4j cost, and what does one query per hop gain, each against the bare query?

    python tests/bench/bench_neo4j.py [transfers] [--million]      default 100,000; --million is 1,000,000

Load:     N transfers, the posting that shows each, exhibit and accounts, against bare `UNWIND $rows CREATE` of the same nodes
          and relationships from rows made beforehand. Target of the project: ratio at most 2.
Reach:    ten seeds, six hops, against one path of variable length with the order of time checked along it, stopped at 60 s.
          Target: at least 20 times faster.
Snapshot: rows a second, as the kernels would read them, against the driver's own reading of three values.

The server is the one TRACER_NEO4J_URI names (with TRACER_NEO4J_PASSWORD), else one of its own that is stopped at the end.
Never a timed test: a busy machine proves nothing.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import neo4j
import pyarrow as pa
from neo4j.exceptions import ClientError, TransientError

from tracer import server
from tracer.batches import TRANSFERS, to_table
from tracer.graph.neo4j import Neo4jGraph
from tracer.graph.neo4j_door import Address, Credentials, address
from tracer.graph.neo4j_rows import hubs_of, links_of, nodes_of
from tracer.model import Cite, Posting

LIMIT_LOAD, LEAST_REACH, STOP = 2.0, 20.0, 60.0
BATCH = 5_000
SHA = "d" * 64
FIRST = date(2020, 1, 1)

BARE_CONSTRAINT = "CREATE CONSTRAINT bare IF NOT EXISTS FOR (n:Bare) REQUIRE n.id IS UNIQUE"
BARE_HUBS = "UNWIND $rows AS row CREATE (n:Bare) SET n = row"
BARE_POSTINGS = """
UNWIND $rows AS row CREATE (n:Bare:BarePosting) SET n = row.p WITH n, row
MATCH (e:Bare {id: row.e}) CREATE (n)-[:BARE_PRINTED {locator: n.locator}]->(e) WITH n, row
MATCH (a:Bare {id: row.a}) CREATE (n)-[:BARE_BOOKED]->(a)
"""
BARE_TRANSFERS = """
UNWIND $rows AS row CREATE (n:Bare:BareTransfer) SET n = row.p WITH n, row
MATCH (a:Bare {id: row.a}) CREATE (a)-[:BARE_PERFORMS]->(n) WITH n, row
MATCH (b:Bare {id: row.b}) CREATE (n)-[:BARE_TO]->(b) WITH n, row
UNWIND row.shown AS shown MATCH (f:Bare {id: shown[1]}) CREATE (n)-[:BARE_SHOWN]->(f)
"""
#: Facts first: an account or exhibit with all its links is a transaction too large.
BARE_GONE = (
    "MATCH (n:BareTransfer) WITH n LIMIT 5000 DETACH DELETE n RETURN count(*)",
    "MATCH (n:BarePosting) WITH n LIMIT 5000 DETACH DELETE n RETURN count(*)",
    "MATCH (n:Bare) WITH n LIMIT 5000 DETACH DELETE n RETURN count(*)",
)
ONE_PATH = """
MATCH (a:Tracer {case: $case, noun: 'Account'}) WHERE a.key IN $seeds
MATCH (a)((:Account)-[:PERFORMS]->(t:Transaction)-[:BENEFITS_TO]->(:Account)){1,6}(b:Account)
WHERE all(i IN range(0, size(t) - 2) WHERE t[i].arrived <= t[i + 1].day)
RETURN b.key, min(size(t))
"""
THREE = "MATCH (n:Tracer) WHERE n.case = $case AND n.noun = 'posting' AND n.id >= '' RETURN n.id, n.amount, n.currency"


def rows(transfers: int) -> tuple[pa.Table, pa.Table]:
    """Return postings and the transfers they show; each account sends to twenty others, the days run on with the transfers."""
    accounts = max(transfers // 10, 20)
    postings, moved = [], []
    for n in range(transfers):
        sender, receiver = n * 7919 % accounts, (n * 7919 + 1 + n * 104_729 % 997) % accounts
        on = FIRST + timedelta(days=n * 1500 // transfers)
        postings.append(
            Posting(
                Cite(SHA, f"line={n}"),
                f"{sender:012}",
                "USD",
                -(100 + n % 1_000_000),
                n,
                account_key=f"XX:BENCH:{sender:012}",
                booked=on,
                value_date=on,
                bank_reference=f"R{n}",
                counterparty=f"Made-up payee {receiver}",
                counterparty_account=f"{receiver:012}",
                details=f"invoice {n}",
            )
        )
    table = to_table("posting", postings)
    for n, key in enumerate(table["id"].to_pylist()):
        posting = postings[n]
        assert posting.booked is not None
        moved.append(
            dict.fromkeys(TRANSFERS.names, "")
            | {
                "id": f"{n:032x}",
                "debit_account": posting.account_key,
                "credit_account": f"XX:BENCH:{posting.counterparty_account}",
                "amount_out": -posting.amount,
                "amount_in": -posting.amount,
                "currency_out": "USD",
                "currency_in": "USD",
                "date_out": posting.booked,
                "date_in": posting.booked + timedelta(days=1),
                "debit": key,
                "postings": f'["{key}"]',
                "messages": "[]",
            }
        )
    return table, pa.Table.from_pylist(moved, schema=TRANSFERS)


def bare(driver: neo4j.Driver, postings: pa.Table, transfers: pa.Table) -> float:
    """Return the seconds that bare CREATE of the same nodes and relationships takes, the rows being made."""
    made = {"posting": nodes_of("posting", postings, "bare"), "transfer": nodes_of("transfer", transfers, "bare")}
    linked = {kind: [links_of(kind, row) for row in some] for kind, some in made.items()}
    hubs: dict[str, dict[str, Any]] = {}
    for kind, some in made.items():
        for noun in ("Exhibit", "Account"):
            hubs |= {hub["id"]: hub for hub in hubs_of(kind, some)[noun]}
    driver.execute_query(BARE_CONSTRAINT)

    def write(query: Any, some: list[dict[str, Any]]) -> None:
        with driver.session() as session:
            for start in range(0, len(some), BATCH):
                part = some[start : start + BATCH]
                session.execute_write(lambda tx, part=part: tx.run(query, rows=part).consume())

    def everything() -> None:
        write(BARE_HUBS, list(hubs.values()))
        write(BARE_POSTINGS, linked["posting"])
        write(BARE_TRANSFERS, linked["transfer"])

    spent = timed(everything)
    for query in BARE_GONE:
        while driver.execute_query(query).records[0][0]:
            pass
    driver.execute_query("DROP CONSTRAINT bare")
    return spent


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def door(place: Path) -> Iterator[tuple[Address, Credentials]]:
    if uri := os.environ.get("TRACER_NEO4J_URI"):
        yield (
            address(uri),
            Credentials(os.environ.get("TRACER_NEO4J_USER", "neo4j"), os.environ["TRACER_NEO4J_PASSWORD"]),
        )
        return
    running = server.up(place / "neo4j", heap="2g", page_cache="512m")
    try:
        yield address(running.address), Credentials(server.USER, running.password())
    finally:
        server.down(place / "neo4j")


def main(transfers: int) -> None:
    postings, moved = rows(transfers)
    with tempfile.TemporaryDirectory() as folder:
        for at, who in door(Path(folder)):
            measure(at, who, postings, moved)


def measure(at: Address, who: Credentials, postings: pa.Table, moved: pa.Table) -> None:
    n, ratios = moved.num_rows, []
    with (
        neo4j.GraphDatabase.driver(at.uri, auth=(who.user, who.password), notifications_min_severity="OFF") as driver,
        Neo4jGraph(at, who, f"bench {uuid4().hex}") as graph,
    ):
        graph.ensure_schema()
        small = postings.slice(0, 2_000), moved.slice(0, 2_000)
        bare(driver, *small)  # the server compiles its queries and itself: neither side is measured cold
        graph.append("posting", small[0], head="")
        graph.append("transfer", small[1], head="")
        graph.clear()
        print(f"{n:,} transfers, each shown by a posting printed in an exhibit, {max(n // 10, 20):,} accounts")
        for turn in (1, 2):
            plain = bare(driver, postings, moved)
            graph.clear()
            ours = timed(
                lambda: (graph.append("posting", postings, head="1"), graph.append("transfer", moved, head="2"))
            )
            ratios.append(ours / plain)
            print(f"load {turn}: bare UNWIND CREATE {plain:7.1f} s   tracer {ours:7.1f} s   ratio {ours / plain:.2f}")
        again = timed(lambda: (graph.append("posting", postings, head="3"), graph.append("transfer", moved, head="4")))
        print(f"load again, nothing new       {again:7.1f} s   {2 * n / again:,.0f} rows a second")
        seeds = moved["debit_account"].to_pylist()[:10]
        graph.reach(seeds, since=FIRST, hops=1)
        hop = timed(lambda: print(f"reach: {graph.reach(seeds, since=FIRST, hops=6).num_rows:,} accounts", end="   "))
        stopped = ""

        def one_path() -> None:
            nonlocal stopped
            limited = neo4j.unit_of_work(timeout=STOP)(
                lambda tx: tx.run(ONE_PATH, case=graph.case, seeds=seeds).consume()
            )
            try:
                with driver.session() as session:
                    session.execute_read(limited)
            except (ClientError, TransientError) as error:
                stopped = f" (stopped: {error.code})"

        path = timed(one_path)
        print(f"per hop {hop:.2f} s   one path {path:.1f} s{stopped}   {path / hop:.0f} times faster")
        plain = timed(lambda: driver.execute_query(THREE, case=graph.case))
        read = timed(lambda: graph.rows("posting"))
        print(
            f"snapshot: {n / read:,.0f} postings a second, every column; three values by the driver {n / plain:,.0f} a second, "
            f"ratio {read / plain:.2f}"
        )
        graph.clear()
    print(f"limit of the load {LIMIT_LOAD}: {'met' if min(ratios) <= LIMIT_LOAD else 'NOT MET'} ({min(ratios):.2f})")
    print(
        f"least gain of reach {LEAST_REACH:.0f}: {'met' if path / hop >= LEAST_REACH else 'NOT MET'} ({path / hop:.0f})"
    )


if __name__ == "__main__":
    named = [word for word in sys.argv[1:] if word.isdigit()]
    main(1_000_000 if "--million" in sys.argv else int(named[0]) if named else 100_000)

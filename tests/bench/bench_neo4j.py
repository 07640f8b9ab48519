"""What does the care of a load into Neo4j cost, what does the offline import gain, and one query per hop, each in one run?

    python tests/bench/bench_neo4j.py [transfers] [--million] [--turns N] [--without load]

default: 100,000 transfers, two turns; --million is 1,000,000; --without load leaves out the driver's load (and the ratios to
it), for a machine with no hour to spare: the graph that is asked is then the imported one.

Load:     N transfers, the posting that shows each, exhibit and accounts, against bare `UNWIND $rows CREATE` of the same nodes
          and relationships from rows made beforehand. Target of the project: ratio at most 2.
Bulk:     the same rows by the offline import: tables, import, the server stopped and started again, constraint, indexes.
          Target: at least 5 times faster than the driver's load, and the same totals.
Reach:    ten seeds, six hops, against one path of variable length with the order of time checked along it, stopped at 60 s.
          Target: at least 20 times faster, and equal to the reach of the embedded graph.
Snapshot: transfers to arrays, as the kernels would read them, against the driver's own reading of three values.

The server is one of its own, stopped at the end: the offline import stops it and replaces its database.
Never a timed test: a busy machine proves nothing but the ratios of one run.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import neo4j
import pyarrow as pa
from neo4j.exceptions import ClientError, TransientError

from tracer import server
from tracer.batches import TRANSFERS, to_table
from tracer.graph import Embedded
from tracer.graph.neo4j import Mark, Neo4jGraph
from tracer.graph.neo4j_bulk import SETTINGS, write_tables
from tracer.graph.neo4j_door import Credentials, address
from tracer.graph.neo4j_rows import hubs_of, links_of, nodes_of
from tracer.model import Cite, Posting

LIMIT_LOAD, LEAST_BULK, LEAST_REACH, STOP = 2.0, 5.0, 20.0, 60.0
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
THREE = "MATCH (n:Tracer) WHERE n.case = $case AND n.noun = 'transfer' AND n.id >= '' RETURN n.id, n.amount_out, n.day"


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


def main(transfers: int, turns: int, *, loads: bool) -> None:
    postings, moved = rows(transfers)
    accounts = max(transfers // 10, 20)
    print(f"{transfers:,} transfers, each shown by a posting printed in an exhibit, {accounts:,} accounts", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "neo4j"
        running = server.up(home, heap="2g", page_cache="2g")
        try:
            measure(running, postings, moved, turns if loads else 0)
        finally:
            server.down(home)


def measure(running: server.Server, postings: pa.Table, moved: pa.Table, turns: int) -> None:
    at, who = address(running.address), Credentials(server.USER, running.password())
    case, met = f"bench {uuid4().hex}", []

    def reached() -> neo4j.Driver:
        return neo4j.GraphDatabase.driver(at.uri, auth=(who.user, who.password), notifications_min_severity="OFF")

    with reached() as driver, Neo4jGraph(at, who, case) as graph:
        graph.ensure_schema()
        loaded = load(driver, graph, postings, moved, turns) if turns else []
    imported, made = bulk(running, case, postings, moved)
    print(f"bulk: {imported:.1f} s   {made[0]:,} nodes and {made[1]:,} relationships", flush=True)
    with reached() as driver, Neo4jGraph(at, who, case) as graph:
        totals = {row["kind"]: (row["rows"], row["amount"]) for row in graph.totals().to_pylist()}
        assert totals["transfer"] == (moved.num_rows, sum(moved["amount_out"].to_pylist())), totals
        if loaded:
            plain, ours = min(loaded, key=lambda one: one[1] / one[0])
            met.append(("ratio of the load, at most", LIMIT_LOAD, ours / plain, ours / plain <= LIMIT_LOAD))
            faster = min(one for _, one in loaded) / imported
            met.append(("gain of the bulk way, at least", LEAST_BULK, faster, faster >= LEAST_BULK))
        gain = reach(driver, graph, moved)
        met.append(("gain of reach, at least", LEAST_REACH, gain, gain >= LEAST_REACH))
        snapshot(driver, graph, moved)
    for name, limit, found, good in met:
        print(f"{name} {limit:.0f}: {found:.2f}, {'met' if good else 'NOT MET'}")


def load(
    driver: neo4j.Driver, graph: Neo4jGraph, postings: pa.Table, moved: pa.Table, turns: int
) -> list[tuple[float, float]]:
    """Return (bare, tracer) seconds of each turn."""
    small = postings.slice(0, 2_000), moved.slice(0, 2_000)
    bare(driver, *small)  # the server compiles its queries and itself: neither side is measured cold
    graph.append("posting", small[0], head="")
    graph.append("transfer", small[1], head="")
    found = []
    for turn in range(1, turns + 1):
        graph.clear()
        plain = bare(driver, postings, moved)
        ours = timed(lambda: (graph.append("posting", postings, head="1"), graph.append("transfer", moved, head="2")))
        found.append((plain, ours))
        print(
            f"load {turn}: bare UNWIND CREATE {plain:.1f} s   tracer {ours:.1f} s   ratio {ours / plain:.2f}",
            flush=True,
        )
    again = timed(lambda: (graph.append("posting", postings, head="3"), graph.append("transfer", moved, head="4")))
    print(f"load again, nothing new: {again:.1f} s   {2 * moved.num_rows / again:,.0f} rows a second", flush=True)
    return found


def bulk(running: server.Server, case: str, postings: pa.Table, moved: pa.Table) -> tuple[float, tuple[int, int]]:
    """Return the seconds from the rows to a graph that answers, and what was made."""
    counts = (0, 0)

    def everything() -> None:
        nonlocal counts
        steps = [time.perf_counter()]
        with server.importing(running.home) as work:
            made = write_tables(work.tables, case, [("posting", postings), ("transfer", moved)])
            counts = made.node_count, made.relationship_count
            steps.append(time.perf_counter())
            work.run(made.nodes, made.relationships, SETTINGS, counts=counts, longest=made.longest)
            steps.append(time.perf_counter())
            work.place(work.seen())
        steps.append(time.perf_counter())
        with Neo4jGraph(address(running.address), Credentials(server.USER, running.password()), case) as graph:
            graph.ensure_schema()
            graph.finish(Mark(head="1"), {})
        steps.append(time.perf_counter())
        spent = [f"{after - before:.1f} s" for before, after in pairwise(steps)]
        print("bulk: tables {}, import {}, stop and start {}, constraint and indexes {}".format(*spent))

    return timed(everything), counts


def reach(driver: neo4j.Driver, graph: Neo4jGraph, moved: pa.Table) -> float:
    """Return how many times faster one query per hop is than one path of variable length."""
    seeds, found = moved["debit_account"].to_pylist()[:10], []
    graph.reach(seeds, since=FIRST, hops=1)
    # The first reads the pages of the files, the second finds them in memory, as the path after it does.
    cold = timed(lambda: found.append(graph.reach(seeds, since=FIRST, hops=6)))
    hop = timed(lambda: found.append(graph.reach(seeds, since=FIRST, hops=6)))
    embedded = Embedded()
    embedded.append("transfer", moved, head="1")
    own = timed(lambda: found.append(embedded.reach(seeds, since=FIRST, hops=6)))
    assert all(one.equals(found[0]) for one in found), "the two graphs reach other accounts"
    stopped = ""

    def one_path() -> None:
        nonlocal stopped
        limited = neo4j.unit_of_work(timeout=STOP)(lambda tx: tx.run(ONE_PATH, case=graph.case, seeds=seeds).consume())
        try:
            with driver.session() as session:
                session.execute_read(limited)
        except (ClientError, TransientError) as error:
            stopped = f" (stopped: {error.code})"

    path = timed(one_path)
    print(
        f"reach: {found[0].num_rows:,} accounts, equal in both graphs; per hop {hop:.2f} s (cold {cold:.2f} s, embedded {own:.2f} s)   "
        f"one path {path:.1f} s{stopped}   {path / hop:.0f} times faster",
        flush=True,
    )
    return path / hop


def snapshot(driver: neo4j.Driver, graph: Neo4jGraph, moved: pa.Table) -> None:
    n = moved.num_rows
    plain = timed(lambda: driver.execute_query(THREE, case=graph.case))
    found: list[pa.Table] = []
    read = timed(lambda: found.append(graph.rows("transfer")))
    assert found[0].equals(moved.sort_by("id")), "the snapshot is not what was written"
    print(
        f"snapshot: {n:,} transfers in {read:.1f} s, every column, {n / read:,.0f} a second; three values by the driver "
        f"{n / plain:,.0f} a second, ratio {read / plain:.2f}",
        flush=True,
    )


if __name__ == "__main__":
    asked = argparse.ArgumentParser()
    asked.add_argument("transfers", nargs="?", type=int, default=100_000)
    asked.add_argument("--million", action="store_true")
    asked.add_argument("--turns", type=int, default=2)
    asked.add_argument("--without", choices=["load"], default="")
    told = asked.parse_args()
    main(1_000_000 if told.million else told.transfers, told.turns, loads=told.without != "load")

"""Somebody else's Neo4j as an exhibit: read by a profile, loaded by an ordinary connector; a sum of payments is no payment."""

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import tracer
from connectors.graph_export import CONNECTOR
from tracer.annex.workbook import planned
from tracer.batches import KINDS
from tracer.case import Case
from tracer.cli import app
from tracer.exported import META, metadata, sections_of
from tracer.graph.neo4j_connect import open_driver
from tracer.graph.neo4j_door import Credentials, address
from tracer.ingest import Source
from tracer.model import Account, Aggregate, CaseError, Exhibit, GraphError, Interest, Message, Money, Party, Reject

PROFILE = """
format: tracer-graph-profile/1
parties:
  - {label: Company, record: nr, name: title, kind: =entity, jurisdiction: REGISTERED_IN>iso}
  - {label: Human, record: id, name: name, kind: =person, born: born}
accounts:
  - {label: Konto, number: iban, currency: ccy, bank: bank, holder: OWNS<nr, opened: since}
transactions:
  - {type: PAID, amounts: major, days: "%d/%m/%Y", record: ref, amount: amount, currency: ccy, day: on, payer_account: start>iban, payee_account: end>iban, details: memo}
holdings:
  - {type: HOLDS_SHARES, owner: start>id, subject: end>nr, share: pct, kind: =shareholding, from_day: since}
"""
MADE = [
    "CREATE (c:Country {iso: 'CY'}) CREATE (:Company {nr: 'C1', title: 'Alder Ltd'})-[:REGISTERED_IN]->(c)",
    "CREATE (:Company {nr: 'C2', title: 'Birch \\u0026 Co'}) CREATE (:Human {id: 'H1', name: 'Ann Example', born: date('1970-01-02')})",
    "MATCH (c:Company {nr: 'C1'}) CREATE (c)-[:OWNS]->(:Konto {iban: 'CY1', ccy: 'EUR', bank: 'First', since: date('2020-05-01')})",
    "CREATE (:Konto {iban: 'CY2', ccy: 'EUR'})",
    (
        "MATCH (a:Konto {iban: 'CY1'}) MATCH (b:Konto {iban: 'CY2'}) UNWIND [['P1', 1200.5, '05/03/2024'], ['P2', '1200.50', '06/03/2024'], "
        "['P3', 7, '07/03/2024'], ['P4', 0.1 + 0.2, '07/03/2024'], ['P5', -3, '08/03/2024'], ['P6', 5, '31/02/2024'], ['P7', 5, '2024.3.7'], "
        "['P8', 5, 20240307]] AS p CREATE (a)-[:PAID {ref: p[0], amount: p[1], ccy: 'EUR', on: p[2], memo: 'memo ' + p[0]}]->(b)"
    ),
    "MATCH (h:Human {id: 'H1'}) MATCH (c:Company) CREATE (h)-[:HOLDS_SHARES {pct: CASE c.nr WHEN 'C1' THEN '25%' ELSE 30 END, since: datetime('2021-01-01T10:00:00Z')}]->(c)",
]


@pytest.fixture
def emptied(neo4j_alone: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A way to write into the server as somebody else would; what was written is taken out again."""
    monkeypatch.setenv("TRACER_NEO4J_USER", neo4j_alone.user)
    monkeypatch.setenv("TRACER_NEO4J_PASSWORD", neo4j_alone.password)
    driver = open_driver(address(neo4j_alone.uri), Credentials(neo4j_alone.user, neo4j_alone.password))
    labels = "n:Company OR n:Human OR n:Konto OR n:Country OR n:Entity OR n:Filing"

    def run(query: Any, **given: Any) -> None:
        with driver.session() as session:
            session.run(query, given).consume()

    run.uri = neo4j_alone.uri  # type: ignore[attr-defined]
    yield run
    run(f"MATCH (n) WHERE {labels} CALL (n) {{ DETACH DELETE n }} IN TRANSACTIONS OF 5000 ROWS")
    run("DROP INDEX entity_of_a_test IF EXISTS")
    driver.close()


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return tracer.new(tmp_path / "case", id="FETCH", as_of="2025-01-01", by="A. Officer")


def profile(folder: Path, text: str = PROFILE) -> Path:
    place = folder / "profile.yaml"
    place.write_text(text, "utf-8")
    return place


def source(path: Path, **answers: str) -> Source:
    exhibit = Exhibit("f" * 64, "EX-0001", path.name, path.stat().st_size, "OS", "", "", "", "", "")
    return Source.open(exhibit, path, answers)


# a small graph with all that can be odd --------------------------------------------------------------------------------


@pytest.fixture
def file(emptied: Any, case: Case, tmp_path: Path) -> Path:
    for statement in MADE:
        emptied(statement)
    told = case.fetch_graph(emptied.uri, profile(tmp_path))
    assert {(row["section"], row["part"]): row["rows"] for row in told} == {
        ("parties", 1): 2,
        ("parties", 2): 1,
        ("accounts", 1): 2,
        ("transactions", 1): 8,
        ("holdings", 1): 2,
    }
    return case.folder / "out" / "graph_export.parquet"


def test_the_file_says_who_was_asked_what_and_when(file: Path, emptied: Any) -> None:
    said = metadata(pq.read_schema(file))
    assert said is not None
    assert said["server"] == emptied.uri
    assert said["version"].startswith("Neo4j Kernel 5.") or said["version"].startswith("Neo4j Kernel 20")
    assert said["begun"] <= said["ended"]
    assert [q["rows"] for q in said["queries"]] == [2, 1, 2, 8, 2]
    assert all(q["query"].startswith("MATCH (") and "Company" not in q["query"] for q in said["queries"])
    assert said["queries"][0]["parameters"] == {"label": "Company", "links": ["REGISTERED_IN"]}
    assert len(sections_of(said["profile"], "file")) == 5
    assert "password" not in json.dumps(said).lower()


def test_every_property_is_in_the_file_mapped_or_not(file: Path) -> None:
    rows = pq.read_table(file).to_pylist()
    paid = [json.loads(row["properties"]) for row in rows if row["section"] == "transactions"]
    assert {p["ref"][1]: p["amount"] for p in paid} == {
        "P1": ["float", "1200.5"],
        "P2": ["text", "1200.50"],
        "P3": ["int", "7"],
        "P4": ["float", "0.30000000000000004"],
        "P5": ["int", "-3"],
        "P6": ["int", "5"],
        "P7": ["int", "5"],
        "P8": ["int", "5"],
    }
    assert [row["record"] for row in rows] == list(range(1, len(rows) + 1))


def test_what_is_exact_is_read_and_the_rest_is_set_aside(file: Path) -> None:
    found = list(CONNECTOR.read(source(file)))
    assert CONNECTOR.claims(source(file))
    assert CONNECTOR.count(source(file)) == len(found)
    payments = {m.reference: m for m in found if isinstance(m, Message)}
    assert {ref: (m.settled, m.settled_currency, m.settled_date) for ref, m in payments.items()} == {
        "P1": (120050, "EUR", date(2024, 3, 5)),
        "P2": (120050, "EUR", date(2024, 3, 6)),
        "P3": (700, "EUR", date(2024, 3, 7)),
    }
    assert payments["P1"].kind == "GRAPH"
    assert [p.account for p in payments["P1"].parties] == ["CY1", "CY2"]
    assert "amount-held-as-float" in payments["P1"].marks
    assert "amount-held-as-float" not in payments["P2"].marks
    refused = {json.loads(r.raw).get("ref", ["", ""])[1] or r.field: r.code for r in found if isinstance(r, Reject)}
    assert refused == {
        "P4": "amount-unreadable",
        "P5": "amount-not-positive",
        "P6": "day-missing",
        "P7": "date-unreadable",
        "P8": "date-unreadable",
        "holdings": "share-outside",
    }


def test_parties_accounts_and_holdings(file: Path) -> None:
    found = list(CONNECTOR.read(source(file)))
    parties = {p.record: p for p in found if isinstance(p, Party)}
    assert {r: (p.kind, p.names[0].text, p.jurisdiction, p.born) for r, p in parties.items()} == {
        "C1": ("entity", "Alder Ltd", "CY", ""),
        "C2": ("entity", "Birch & Co", "", ""),
        "H1": ("person", "Ann Example", "", "1970-01-02"),
    }
    accounts = {a.number: a for a in found if isinstance(a, Account)}
    assert (accounts["CY1"].holder, accounts["CY1"].opened) == ("C1", date(2020, 5, 1))
    assert accounts["CY2"].holder == ""
    (held,) = [i for i in found if isinstance(i, Interest)]
    assert (held.owner, held.subject, held.lo, held.hi, held.valid_from) == ("H1", "C1", "1/4", "1/4", date(2021, 1, 1))


def test_it_is_loaded_like_any_other_file(file: Path, case: Case) -> None:
    told = case.load(file, evidence_class="OS", received_from="an association of journalists")
    assert [row["outcome"] for row in told] == ["loaded with rejects"] or "loaded" in [row["outcome"] for row in told][
        0
    ]
    assert (told.rows[0][4], told.rows[0][6]) == (15, 6)
    assert case.ledger.counts()["message"] == 3
    assert case.verify().check() == ()
    before = case.ledger.content_head()
    case.rebuild()
    assert case.ledger.content_head() == before


def test_another_profile_reads_the_same_rows_another_way(file: Path, tmp_path: Path) -> None:
    other = profile(tmp_path, PROFILE.replace("amounts: major", "amounts: minor"))
    found = list(CONNECTOR.read(source(file, profile=str(other))))
    assert {m.reference: m.settled for m in found if isinstance(m, Message)} == {"P3": 7}


def test_two_neighbours_that_differ_are_not_chosen_from(emptied: Any, case: Case, tmp_path: Path) -> None:
    emptied(
        "CREATE (k:Konto {iban: 'X', ccy: 'EUR'}) CREATE (:Company {nr: 'A'})-[:OWNS]->(k) CREATE (:Company {nr: 'B'})-[:OWNS]->(k)"
    )
    only = (
        "format: tracer-graph-profile/1\naccounts:\n  - {label: Konto, number: iban, currency: ccy, holder: OWNS<nr}\n"
    )
    case.fetch_graph(emptied.uri, profile(tmp_path, only), to="two.parquet")
    (reject,) = CONNECTOR.read(source(case.folder / "out" / "two.parquet"))
    assert isinstance(reject, Reject)
    assert reject.code == "several-neighbours"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("parties: []", "does not begin with format"),
        ("format: tracer-graph-profile/1", "names no section"),
        ("format: tracer-graph-profile/1\npersons: []", "is no section"),
        ("format: tracer-graph-profile/1\nparties: [{label: A, name: n}]", "does not map record"),
        ("format: tracer-graph-profile/1\nparties: [{label: A, record: r, name: n, shoe: s}]", "has no field 'shoe'"),
        ("format: tracer-graph-profile/1\nparties: [{label: A, type: B, record: r, name: n}]", "neither or both"),
        ("format: tracer-graph-profile/1\nparties: [{label: A, record: start>r, name: n}]", "is no source"),
        (
            "format: tracer-graph-profile/1\naggregates: [{label: A, record: r, amount: a, currency: c, payer: p, payee: q}]",
            "amounts: major or amounts: minor",
        ),
    ],
)
def test_a_profile_that_guesses_is_refused_before_anybody_is_asked(
    text: str, said: str, case: Case, tmp_path: Path
) -> None:
    with pytest.raises(CaseError, match=said):
        case.fetch_graph("neo4j://127.0.0.1:1", profile(tmp_path, text))


def test_a_label_that_is_not_there_writes_no_file(emptied: Any, case: Case, tmp_path: Path) -> None:
    with pytest.raises(GraphError, match="no node with the label 'Company'"):
        case.fetch_graph(emptied.uri, profile(tmp_path))
    assert list((case.folder / "out").iterdir()) == []


def test_other_parquet_files_are_not_claimed_and_damaged_ones_are_told(tmp_path: Path, file: Path) -> None:
    other = tmp_path / "other.parquet"
    pq.write_table(pa.table({"a": [1]}), other)
    assert not CONNECTOR.claims(source(other))
    cut = tmp_path / "cut.parquet"
    cut.write_bytes(file.read_bytes()[:-20])
    assert not CONNECTOR.claims(source(cut))
    swapped = tmp_path / "swapped.parquet"
    kept = pq.read_schema(file).metadata[META]
    pq.write_table(pa.table({"a": [1]}).replace_schema_metadata({META: kept}), swapped)
    with pytest.raises(tracer.TracerError, match="does not have the columns"):
        list(CONNECTOR.read(source(swapped)))


def test_the_terminal_fetches(emptied: Any, case: Case, tmp_path: Path) -> None:
    for statement in MADE:
        emptied(statement)
    words = [
        "fetch-graph",
        emptied.uri,
        "--profile",
        str(profile(tmp_path)),
        "--to",
        "theirs.parquet",
        "--case",
        str(case.folder),
    ]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert (case.folder / "out" / "theirs.parquet").is_file()
    assert "tracer load" in done.output


# the FinCEN sample graph: sums of payments, as banks reported them ------------------------------------------------------

FINCEN = """
format: tracer-graph-profile/1
parties:
  - {label: Entity, record: id, name: name, kind: =entity}
aggregates:
  - label: Filing
    amounts: major
    days: "%b %d, %Y"
    record: id
    amount: amount
    currency: =USD
    number: number
    first: begin
    last: end
    payer: ORIGINATOR>name
    payer_record: ORIGINATOR>id
    payee: BENEFITS>name
    payee_record: BENEFITS>id
    reporter: FILED<name
    reference: sar_id
"""
#: As the sample graph of Neo4j builds it from the download of the International Consortium of Investigative Journalists.
BUILT = """
UNWIND $rows AS r
MERGE (o:Entity {id: r.originator_bank_id}) ON CREATE SET o.name = r.originator_bank
MERGE (b:Entity {id: r.beneficiary_bank_id}) ON CREATE SET b.name = r.beneficiary_bank
MERGE (f:Entity {id: r.filer_org_name_id}) ON CREATE SET f.name = r.filer_org_name
CREATE (x:Filing {sar_id: r.icij_sar_id, id: r.id, begin: r.begin_date, end: r.end_date, amount: toFloat(r.amount_transactions),
                  number: toInteger(r.number_transactions)})
CREATE (x)-[:ORIGINATOR]->(o) CREATE (x)-[:BENEFITS]->(b) CREATE (f)-[:FILED]->(x)
"""


@pytest.fixture
def fincen(corpora: Path) -> list[dict[str, str]]:
    with (corpora / "fincen-files" / "download_transactions_map.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_the_fincen_graph_is_sums_and_no_payments(
    fincen: list[dict[str, str]], emptied: Any, case: Case, tmp_path: Path, tell: Callable[[str], None]
) -> None:
    emptied("CREATE INDEX entity_of_a_test IF NOT EXISTS FOR (n:Entity) ON (n.id)")
    emptied("CALL db.awaitIndexes(60)")
    for start in range(0, len(fincen), 1000):
        emptied(BUILT, rows=fincen[start : start + 1000])
    case.fetch_graph(emptied.uri, profile(tmp_path, FINCEN), to="fincen.parquet")
    told = case.load(case.folder / "out" / "fincen.parquet", evidence_class="OS")
    banks = {r[k] for r in fincen for k in ("originator_bank_id", "beneficiary_bank_id", "filer_org_name_id")}
    assert told.rows[0][4:7] == (len(fincen) + len(banks), len(fincen) + len(banks), 0)
    counts = case.ledger.counts()
    assert counts["aggregate"] == len(fincen) == 4507
    assert "posting" not in counts
    assert "message" not in counts
    held = case.ledger.scan("aggregate").to_pylist()
    assert sum(row["amount"] for row in held) == sum(Decimal(r["amount_transactions"]) for r in fincen) * 100
    by_id = {row["record"]: row for row in held}
    for line in fincen:
        row = by_id[line["id"]]
        assert row["amount"] == Decimal(line["amount_transactions"]) * 100
        assert (row["payer_record"], row["payee_record"]) == (line["originator_bank_id"], line["beneficiary_bank_id"])
        assert row["number"] == (int(line["number_transactions"]) if line["number_transactions"] else None)
        assert (row["first"] is None) == (line["begin_date"] == "")
    crossed = {row["record"] for row in held if "DATES_CROSS" in row["marks"]}
    assert crossed == {row["record"] for row in held if row["first"] and row["first"] > row["last"]}
    assert len(crossed) == 15  # as the download prints them: kept, and told
    made = case.dossier()
    assert made.transfers == ()
    assert made.postings == {}
    assert made.wires == ()
    assert made.trace.accounts == ()
    assert not [gap for gap in made.gaps if gap.kind == "unmatched_leg"]
    assert case.embedded().totals().filter(pa.compute.field("kind") == "posting").num_rows == 0
    assert case.graph().number_of_edges() == 0
    shown = {row["what"]: row["value"] for row in case.status()}
    assert shown["sums of payments"] == "4,507 stated by 1 exhibit; none of them is a payment"
    kinds = Counter(row["kind"] for row in case.problems())
    assert (kinds["sum of payments"], kinds["marked: date"]) == (1, 15)
    plan = planned(made, (), "R4")
    assert len(plan.sheets["09_WIRES"].blocks[0].rows) == 4507
    assert not plan.sheets["09_WIRES"].rows
    tell(
        f"FinCEN sample graph: {len(fincen):,} sums of payments, {Money(sum(r['amount'] for r in held), 'USD')}, none of them a payment"
    )


def test_an_aggregate_is_a_kind_of_its_own() -> None:
    assert KINDS["aggregate"] is Aggregate

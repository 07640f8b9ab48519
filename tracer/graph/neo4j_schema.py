"""What stands in the Neo4j database: labels, relationship types, constraint, indexes, and every query as a constant.

::

    (:Party:Person|Organization|Arrangement)-[:HAS_ACCOUNT {role, from, to}]->(:Account)-[:IS_HOSTED]->(:Institution)
    (:Account)-[:PERFORMS]->(:Transaction)-[:BENEFITS_TO]->(:Account)      (:Transaction)-[:VIA {seq, role}]->(:Institution)
    (:Transaction)-[:SHOWN_BY]->(:Posting|:Message)-[:PRINTED_IN {locator}]->(:Exhibit)
    (:Party)-[:HOLDS]->(:Interest)-[:IN]->(:Party)                         (:Asset)-[:BOUGHT_WITH]->(:Transaction)
    (:Offence)-[:GENERATED]->(:Event)-[:ENTERED_AT]->(:Posting)            (:Judgement)-[:JUDGES]->(:Posting|:Message|:PartyRecord)
    (:Party)-[:SHOWN_BY]->(:PartyRecord)   (:Account)-[:SHOWN_BY]->(:AccountRecord)   (:Posting)-[:BOOKED_ON]->(:Account)
    (:Posting)-[:PART_OF]->(:Statement)    (:Message)-[:NAMES {seq, role}]->(:Institution)

Names:   Neo4j's "Transaction and Account Data Model" where it has one. A Party or Account is what several records name by
         one record id or account key; the records themselves, which a source prints, stand beside it: nothing is merged.
Scope:   every node of tracer has the label `Tracer` and the properties `case`, `noun`, `id`, unique together. Every query that
         touches a node names `$case`, so that several cases share the one database of the Community edition, and a graph
         of somebody else in it is neither read nor changed. An edition with more than one database gives a case one of its own
         by the home database of the user who asks (Operations Manual, "ALTER USER"): no session names a database. Not tried.
Values:  only as parameters; no query is put together from parts (safety.md S9).
Edition: uniqueness constraint, range and full-text index, managed transactions: what Community 5.26 and later has.
"""

from __future__ import annotations

from typing import Final, LiteralString

__all__ = ["CONSTRAINT", "INDEXES", "INSERT", "LABELS", "TYPES"]

#: Noun -> its label. Facts and conclusions first, then what several of them name.
LABELS: Final[dict[str, str]] = {
    "party": "PartyRecord",
    "account": "AccountRecord",
    "interest": "Interest",
    "asset": "Asset",
    "statement": "Statement",
    "posting": "Posting",
    "message": "Message",
    "aggregate": "Aggregate",
    "reject": "Reject",
    "reconciliation": "Reconciliation",
    "transfer": "Transaction",
    "judgement": "Judgement",
    "Party": "Party",
    "Account": "Account",
    "Institution": "Institution",
    "Exhibit": "Exhibit",
    "Offence": "Offence",
    "Event": "Event",
    "Case": "Case",
}
#: Labels that a node may have besides `Tracer` and its noun's.
MORE_LABELS: Final = ("Tracer", "Person", "Organization", "Arrangement", "Run", "Result")
TYPES: Final = (
    "HAS_ACCOUNT",
    "IS_HOSTED",
    "PERFORMS",
    "BENEFITS_TO",
    "VIA",
    "SHOWN_BY",
    "PRINTED_IN",
    "HOLDS",
    "IN",
    "BOUGHT_WITH",
    "GENERATED",
    "ENTERED_AT",
    "JUDGES",
    "BOOKED_ON",
    "PART_OF",
    "NAMES",
)

CONSTRAINT: Final[LiteralString] = (
    "CREATE CONSTRAINT tracer_id IF NOT EXISTS FOR (n:Tracer) REQUIRE (n.case, n.noun, n.id) IS UNIQUE"
)
SHOW_CONSTRAINTS: Final[LiteralString] = (
    "SHOW CONSTRAINTS YIELD name, type, labelsOrTypes, properties RETURN name, type, labelsOrTypes, properties"
)
SHOW_INDEXES: Final[LiteralString] = (
    "SHOW INDEXES YIELD name, type, state, labelsOrTypes, properties RETURN name, type, state, labelsOrTypes, properties"
)
#: Kind of index as SHOW INDEXES tells it, labels, properties, statement, what is missed without it.
INDEXES: Final[tuple[tuple[str, tuple[str, ...], tuple[str, ...], LiteralString, str], ...]] = (
    (
        "RANGE",
        ("Transaction",),
        ("case", "day"),
        "CREATE INDEX tracer_day IF NOT EXISTS FOR (n:Transaction) ON (n.case, n.day)",
        "transfers between two days are found by reading all of the case",
    ),
    (
        "RANGE",
        ("Posting",),
        ("case", "reversal"),
        "CREATE INDEX tracer_reversal IF NOT EXISTS FOR (n:Posting) ON (n.case, n.reversal)",
        "entries that reverse another are found by reading every posting of the database",
    ),
    (
        "FULLTEXT",
        ("Party", "Account", "Institution", "Asset"),
        ("name",),
        (
            "CREATE FULLTEXT INDEX tracer_name IF NOT EXISTS FOR (n:Party|Account|Institution|Asset) ON EACH [n.name] "
            "OPTIONS {indexConfig: {`fulltext.analyzer`: 'cjk'}}"
        ),
        "Browser and Bloom cannot look a name up by its words; `search` of tracer does not need it",
    ),
)
AWAIT: Final[LiteralString] = "CALL db.awaitIndexes(120)"
SERVER: Final[LiteralString] = "CALL dbms.components() YIELD name, versions, edition RETURN name, versions, edition"
COUNT_ALL: Final[LiteralString] = "MATCH (n) RETURN count(n)"
COUNT_OURS: Final[LiteralString] = "MATCH (n:Tracer) RETURN count(n)"
USED_LABELS: Final[LiteralString] = "CALL db.labels() YIELD label RETURN label ORDER BY label"
COUNT_CASES: Final[LiteralString] = "MATCH (c:Case) WHERE c:Tracer AND c.noun = 'Case' RETURN count(c)"
#: Where the files of the server are, as it says itself.
HOME: Final[LiteralString] = "SHOW SETTINGS YIELD name, value WHERE name = 'server.directories.neo4j_home' RETURN value"
#: What an offline import would replace besides this case: case of tracer or "", labels, how many.
BESIDES: Final[LiteralString] = """
MATCH (n) WHERE NOT (n:Tracer AND coalesce(n.case, '') = $case)
RETURN CASE WHEN n:Tracer THEN coalesce(n.case, '') ELSE '' END AS of, [l IN labels(n) WHERE l <> 'Tracer'] AS labels, count(*)
ORDER BY of, labels
"""
#: Nodes that an offline import has made and whose constraint is not there yet bear the watermark of that import.
COUNT_IMPORTED: Final[LiteralString] = """
MATCH (c:Tracer:Case) WHERE c.case = $case AND c.noun = 'Case' AND c.filling = 'imported' RETURN count(c)
"""

# The watermark ---------------------------------------------------------------------------------------------------------

#: First in every writing transaction: it locks the node, so that two writers of one case follow each other.
MARK: Final[LiteralString] = """
MERGE (c:Tracer:Case {case: $case, noun: 'Case', id: ''})
ON CREATE SET c.head = '', c.name = $case
SET c.head = coalesce($head, c.head), c.filling = $filling
"""
READ_MARK: Final[LiteralString] = """
MATCH (c:Tracer {case: $case, noun: 'Case', id: ''})
RETURN c.head AS head, coalesce(c.filling, '') AS filling, coalesce(c.decided, '') AS decided,
       coalesce(c.withheld, '') AS withheld, coalesce(c.stated, '') AS stated
"""
FINISH: Final[LiteralString] = """
MATCH (c:Tracer {case: $case, noun: 'Case', id: ''})
SET c.head = $head, c.filling = '', c.decided = $decided, c.withheld = $withheld, c.stated = $stated
"""
FORGET_MARK: Final[LiteralString] = "MATCH (c:Tracer {case: $case, noun: 'Case', id: ''}) DETACH DELETE c"
#: Nouns of facts and conclusions begin with a small letter and are above this one; what many of them are joined to is below,
#: and is cleared when nothing hangs on it any more: an exhibit with a million links is no transaction.
FACTS_ABOVE: Final = "Z"
CLEAR: Final[LiteralString] = """
MATCH (n:Tracer) WHERE n.case = $case AND n.noun > $above AND n.id >= '' AND n.noun <> 'Case'
WITH n LIMIT $limit DETACH DELETE n RETURN count(*)
"""
RETIRE: Final[LiteralString] = """
UNWIND $ids AS id MATCH (n:Tracer {case: $case, noun: $noun, id: id}) DETACH DELETE n
"""

# Rows in -----------------------------------------------------------------------------------------------------------------

KNOWN: Final[LiteralString] = """
UNWIND $ids AS id MATCH (n:Tracer {case: $case, noun: $noun, id: id}) RETURN n.id, n.row_hash
"""
#: What several facts name, made before them. A party has the name of its record with the lowest id, else its record id, and a
#: label for every kind its records say, so that it is the same whatever was loaded first.
HUBS: Final[dict[str, LiteralString]] = {
    "Exhibit": """
UNWIND $rows AS row MERGE (n:Tracer:Exhibit {case: $case, noun: 'Exhibit', id: row.id}) ON CREATE SET n.sha256 = row.id
""",
    "Account": """
UNWIND $rows AS row MERGE (n:Tracer:Account {case: $case, noun: 'Account', id: row.id})
ON CREATE SET n.key = row.key, n.name = row.key
""",
    "Institution": """
UNWIND $rows AS row MERGE (n:Tracer:Institution {case: $case, noun: 'Institution', id: row.id})
ON CREATE SET n.scheme = row.scheme, n.key = row.key, n.name = row.key
""",
    "Party": """
UNWIND $rows AS row MERGE (n:Tracer:Party {case: $case, noun: 'Party', id: row.id})
ON CREATE SET n.record = row.key, n.name = row.name
WITH n, row WHERE row.first <> ''
FOREACH (_ IN CASE WHEN coalesce(n.first, '~') > row.first THEN [1] ELSE [] END |
    SET n.first = row.first, n.name = row.name)
FOREACH (_ IN [kind IN row.kinds WHERE kind = 'person'] | SET n:Person)
FOREACH (_ IN [kind IN row.kinds WHERE kind IN ['entity', 'state']] | SET n:Organization)
FOREACH (_ IN [kind IN row.kinds WHERE kind IN ['arrangement', 'joint_holding']] | SET n:Arrangement)
""",
}
#: `row.p` are the properties; `row.e` the exhibit; `row.a`, `row.b` what else the row names, "" for nothing.
INSERT: Final[dict[str, LiteralString]] = {
    "party": """
UNWIND $rows AS row CREATE (n:Tracer:PartyRecord) SET n = row.p WITH n, row
MATCH (e:Tracer {case: $case, noun: 'Exhibit', id: row.e}) CREATE (n)-[:PRINTED_IN {locator: n.locator}]->(e) WITH n, row
MATCH (p:Tracer {case: $case, noun: 'Party', id: row.a}) CREATE (p)-[:SHOWN_BY]->(n)
""",
    "account": """
UNWIND $rows AS row CREATE (n:Tracer:AccountRecord) SET n = row.p WITH n, row
MATCH (e:Tracer {case: $case, noun: 'Exhibit', id: row.e}) CREATE (n)-[:PRINTED_IN {locator: n.locator}]->(e) WITH n, row
MATCH (a:Tracer {case: $case, noun: 'Account', id: row.a}) CREATE (a)-[:SHOWN_BY]->(n) WITH a, row
MATCH (i:Tracer {case: $case, noun: 'Institution', id: row.b}) MERGE (a)-[:IS_HOSTED]->(i)
""",
    "interest": """
UNWIND $rows AS row CREATE (n:Tracer:Interest) SET n = row.p WITH n, row
MATCH (e:Tracer {case: $case, noun: 'Exhibit', id: row.e}) CREATE (n)-[:PRINTED_IN {locator: n.locator}]->(e) WITH n, row
MATCH (o:Tracer {case: $case, noun: 'Party', id: row.a}) MATCH (s:Tracer {case: $case, noun: 'Party', id: row.b})
CREATE (o)-[:HOLDS]->(n) CREATE (n)-[:IN]->(s)
""",
    "asset": """
UNWIND $rows AS row CREATE (n:Tracer:Asset) SET n = row.p WITH n, row
MATCH (e:Tracer {case: $case, noun: 'Exhibit', id: row.e}) CREATE (n)-[:PRINTED_IN {locator: n.locator}]->(e)
""",
    "statement": """
UNWIND $rows AS row CREATE (n:Tracer:Statement) SET n = row.p WITH n, row
MATCH (e:Tracer {case: $case, noun: 'Exhibit', id: row.e}) CREATE (n)-[:PRINTED_IN {locator: n.locator}]->(e) WITH n, row
MATCH (a:Tracer {case: $case, noun: 'Account', id: row.a}) CREATE (n)-[:BOOKED_ON]->(a) WITH a, row
MATCH (i:Tracer {case: $case, noun: 'Institution', id: row.b}) MERGE (a)-[:IS_HOSTED]->(i)
""",
    "posting": """
UNWIND $rows AS row CREATE (n:Tracer:Posting) SET n = row.p WITH n, row
MATCH (e:Tracer {case: $case, noun: 'Exhibit', id: row.e}) CREATE (n)-[:PRINTED_IN {locator: n.locator}]->(e) WITH n, row
OPTIONAL MATCH (a:Tracer {case: $case, noun: 'Account', id: row.a})
FOREACH (x IN CASE WHEN a IS NULL THEN [] ELSE [a] END | CREATE (n)-[:BOOKED_ON]->(x)) WITH n, row WHERE row.b <> ''
MATCH (s:Tracer {case: $case, noun: 'statement', id: row.b}) CREATE (n)-[:PART_OF]->(s)
""",
    "message": """
UNWIND $rows AS row CREATE (n:Tracer:Message) SET n = row.p WITH n, row
MATCH (e:Tracer {case: $case, noun: 'Exhibit', id: row.e}) CREATE (n)-[:PRINTED_IN {locator: n.locator}]->(e) WITH n, row
UNWIND row.named AS agent
MATCH (i:Tracer {case: $case, noun: 'Institution', id: agent.id}) CREATE (n)-[:NAMES {seq: agent.seq, role: agent.role}]->(i)
""",
    "aggregate": """
UNWIND $rows AS row CREATE (n:Tracer:Aggregate) SET n = row.p WITH n, row
MATCH (e:Tracer {case: $case, noun: 'Exhibit', id: row.e}) CREATE (n)-[:PRINTED_IN {locator: n.locator}]->(e)
""",
    "reject": """
UNWIND $rows AS row CREATE (n:Tracer:Reject) SET n = row.p WITH n, row
MATCH (e:Tracer {case: $case, noun: 'Exhibit', id: row.e}) CREATE (n)-[:PRINTED_IN {locator: n.locator}]->(e)
""",
    "reconciliation": """
UNWIND $rows AS row CREATE (n:Tracer:Reconciliation) SET n = row.p WITH n, row
MATCH (e:Tracer {case: $case, noun: 'Exhibit', id: row.e}) CREATE (n)-[:PRINTED_IN {locator: n.locator}]->(e)
""",
    "transfer": """
UNWIND $rows AS row CREATE (n:Tracer:Transaction) SET n = row.p WITH n, row
OPTIONAL MATCH (a:Tracer {case: $case, noun: 'Account', id: row.a})
FOREACH (x IN CASE WHEN a IS NULL THEN [] ELSE [a] END | CREATE (x)-[:PERFORMS]->(n)) WITH n, row
OPTIONAL MATCH (b:Tracer {case: $case, noun: 'Account', id: row.b})
FOREACH (x IN CASE WHEN b IS NULL THEN [] ELSE [b] END | CREATE (n)-[:BENEFITS_TO]->(x)) WITH n, row
UNWIND row.shown AS shown
MATCH (f:Tracer {case: $case, noun: shown[0], id: shown[1]}) CREATE (n)-[:SHOWN_BY]->(f)
""",
    "judgement": """
UNWIND $rows AS row CREATE (n:Tracer:Judgement) SET n = row.p WITH n, row
UNWIND row.shown AS shown
MATCH (f:Tracer {case: $case, noun: shown[0], id: shown[1]}) CREATE (n)-[:JUDGES]->(f)
""",
}
#: After transfers: the institutions that their messages name, in the order of each message.
VIA: Final[LiteralString] = """
UNWIND $ids AS id
MATCH (n:Tracer {case: $case, noun: 'transfer', id: id})-[:SHOWN_BY]->(m:Message)-[x:NAMES]->(i:Institution)
WHERE i.case = $case
CREATE (n)-[:VIA {seq: x.seq, role: x.role, message: m.id}]->(i)
"""

# What is made anew at the end of each sync -------------------------------------------------------------------------------

FORGET_STATED: Final[LiteralString] = """
UNWIND ['Offence', 'Event'] AS noun MATCH (n:Tracer {case: $case, noun: noun}) WHERE n.id > '' DETACH DELETE n
"""
FORGET_HOLDINGS: Final[LiteralString] = """
MATCH (a:Tracer {case: $case, noun: 'Account'}) WHERE a.id > '' MATCH (a)<-[x:HAS_ACCOUNT]-() DELETE x
"""
FORGET_BOUGHT: Final[LiteralString] = """
MATCH (a:Tracer {case: $case, noun: 'asset'}) WHERE a.id > '' MATCH (a)-[x:BOUGHT_WITH]->() DELETE x
"""
STATED: Final[tuple[tuple[str, LiteralString], ...]] = (
    (
        "exhibits",
        """
UNWIND $rows AS row MERGE (n:Tracer:Exhibit {case: $case, noun: 'Exhibit', id: row.id})
SET n.sha256 = row.id, n.number = row.number, n.name = row.name, n.evidence_class = row.evidence_class
""",
    ),
    ("offences", "UNWIND $rows AS row CREATE (n:Tracer:Offence) SET n = row, n.case = $case, n.noun = 'Offence'"),
    (
        "events",
        """
UNWIND $rows AS row CREATE (n:Tracer:Event) SET n = row.p, n.case = $case, n.noun = 'Event' WITH n, row
MATCH (o:Tracer {case: $case, noun: 'Offence', id: row.offence}) CREATE (o)-[:GENERATED]->(n) WITH n, row
MATCH (p:Tracer {case: $case, noun: 'posting', id: row.posting}) CREATE (n)-[:ENTERED_AT]->(p)
""",
    ),
    (
        "bought",
        """
UNWIND $rows AS row MATCH (a:Tracer {case: $case, noun: 'asset', id: row[0]})
MATCH (t:Tracer {case: $case, noun: 'transfer', id: row[1]}) CREATE (a)-[:BOUGHT_WITH]->(t)
""",
    ),
    (
        "holdings",
        """
UNWIND $rows AS row MATCH (a:Tracer {case: $case, noun: 'Account', id: row.account})
MERGE (p:Tracer:Party {case: $case, noun: 'Party', id: row.party}) ON CREATE SET p.name = row.name
CREATE (p)-[x:HAS_ACCOUNT]->(a) SET x = row.x
""",
    ),
)

# Rows out ----------------------------------------------------------------------------------------------------------------

ROWS: Final[LiteralString] = """
MATCH (n:Tracer) WHERE n.case = $case AND n.noun = $noun AND n.id > $after
WITH n ORDER BY n.id LIMIT $limit
RETURN [key IN $columns | n[key]]
"""
HASHES: Final[LiteralString] = """
MATCH (n:Tracer) WHERE n.case = $case AND n.noun = $noun AND n.id >= '' RETURN n.id, n.row_hash
"""
#: An exhibit stands there from its first row on, in the same transaction.
HELD: Final[LiteralString] = """
UNWIND $ids AS id MATCH (e:Tracer {case: $case, noun: 'Exhibit', id: id}) RETURN e.id
"""
LOOKUP: Final[LiteralString] = """
UNWIND $ids AS id MATCH (n:Tracer {case: $case, noun: $noun, id: id}) RETURN [key IN $columns | n[key]]
"""
TRANSFERS_BETWEEN: Final[LiteralString] = """
MATCH (n:Transaction) WHERE n.case = $case AND n.noun = 'transfer' AND n.day >= $since AND n.day <= $until
RETURN [key IN $columns | n[key]]
"""
INTERESTS: Final[LiteralString] = """
MATCH (n:Tracer) WHERE n.case = $case AND n.noun = 'interest' AND n.id >= ''
AND ($as_of IS NULL OR ((n.valid_from IS NULL OR n.valid_from <= $as_of) AND (n.valid_to IS NULL OR n.valid_to > $as_of)))
AND ($as_known IS NULL
     OR ((n.known_from IS NULL OR n.known_from <= $as_known) AND (n.known_to IS NULL OR n.known_to > $as_known)))
RETURN [key IN $columns | n[key]]
"""
#: A line that several records print is one movement and counts once, as in the question `accounts`.
ACCOUNTS: Final[LiteralString] = """
MATCH (n:Tracer) WHERE n.case = $case AND n.noun = 'posting' AND n.id >= '' AND n.status = 'booked'
OPTIONAL MATCH (t:Transaction)-[:SHOWN_BY]->(n) WHERE t.case = $case
WITH coalesce(t.id, n.id) AS movement, coalesce(n.account_key, '') AS key, coalesce(n.currency, '') AS currency,
     n.amount AS amount, min(coalesce(n.booked, n.value_date)) AS day, collect(DISTINCT coalesce(n.account, '')) AS printed
RETURN key, currency, collect(DISTINCT printed), count(*), min(day), max(day),
       sum(CASE WHEN amount > 0 THEN amount ELSE 0 END), sum(CASE WHEN amount < 0 THEN -amount ELSE 0 END)
"""
TOTALS: Final[LiteralString] = """
MATCH (n:Tracer) WHERE n.case = $case AND n.noun = $noun AND n.id >= ''
RETURN coalesce(n[$currency], ''), count(*), sum(coalesce(n[$amount], 0))
"""
SEARCH: Final[LiteralString] = """
MATCH (n:Tracer) WHERE n.case = $case AND n.noun = $noun AND n.id >= '' AND n.searched CONTAINS $text
WITH n ORDER BY n.id LIMIT $limit RETURN n.id, [key IN $columns | n[key]]
"""
#: Transfers by which a bank took an entry back: they move no money on.
UNDOING: Final[LiteralString] = """
MATCH (p:Posting) WHERE p.case = $case AND p.reversal = true
MATCH (t:Transaction)-[:SHOWN_BY]->(p) WHERE t.case = $case RETURN DISTINCT t.id
"""
#: One hop; the frontier is a parameter, and each answer is the next frontier (spec/neo4j.md section 3). Both by day: the
#: driver spends longer on a day than the server on a transfer.
HOP: Final[LiteralString] = """
UNWIND $frontier AS reached UNWIND reached[1] AS id
MATCH (a:Tracer {case: $case, noun: 'Account', id: id})-[:PERFORMS]->(t:Transaction)-[:BENEFITS_TO]->(b:Account)
WHERE t.day >= reached[0] AND t.case = $case AND t.reversed_by IS NULL
  AND (size($undoing) = 0 OR NOT t.id IN $undoing)
WITH b, min(t.arrived) AS arrived
RETURN arrived, collect(b.key)
"""
LINKS: Final[LiteralString] = """
MATCH (n:Tracer) WHERE n.case = $case AND n.noun = $noun AND n.id >= ''
MATCH (n)-[x]->() RETURN type(x), count(*)
"""

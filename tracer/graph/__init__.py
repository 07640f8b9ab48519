"""The graph as the rooms see it: a projection of the ledger that can be walked, Arrow in and out.

`Graph` is the protocol, `embedded.py` answers it by DuckDB over the ledger's own segments, with no server. The graph finds
what is reachable; it never computes an amount of a finding (design.md section 1, rule 3). `neo4j.py` answers it in a Neo4j
server, for those who name one in case.yaml; it is imported only then, since it needs the driver. Both stand in the fixture
of `tests/graph/test_contract.py` and give the same answers.
"""

from tracer.graph.embedded import Embedded
from tracer.graph.protocol import ACCOUNTS, FOUND, REACHED, TOTALS, Graph

__all__ = ["ACCOUNTS", "FOUND", "REACHED", "TOTALS", "Embedded", "Graph"]

"""Projecting a whole ledger into a Neo4j server by its offline import, for a first projection of millions of rows.

`tracer graph rebuild --bulk`. Not another graph: the nodes, relationships, properties, row hashes, constraint, indexes and
watermark are those of `projection.rebuild`. Stopped anywhere, the old database is what there is, or the new one with a
watermark that says that it is not finished; `tracer graph status` tells which, and `tracer graph sync` goes on.
"""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tracer.model import GraphError
from tracer.progress import say
from tracer.projection import Synced, _wanted, conclusions, kept_facts, opened, stated_rows
from tracer.server import assert_room, importing, managed

if TYPE_CHECKING:
    from tracer.case import Case
    from tracer.graph.neo4j import Neo4jGraph

__all__ = ["bulk"]

#: Tables and second database together, for each row of the ledger: 1,400 measured with short texts; looked at again, by the size
#: of the tables, when those are written.
BYTES_PER_ROW: Final = 2_000


def bulk(case: Case, graph: Neo4jGraph) -> Synced:
    """Project the ledger anew by the server's own import tool: the same graph as `rebuild` makes, several times faster.

    The tool makes a new database beside the server's own; the server is stopped while that one takes the place of the old,
    and started again. Constraint, indexes, what a person states and the watermark follow by the driver, the watermark last.

    The case's lock is held, so no other program of tracer writes this case meanwhile; and what anybody else writes to the
    database, up to the stop of its server, is noticed in its log, and the old database then stays.

    Raises: GraphError where the server is not one that `tracer neo4j up` started on this machine, or its database holds
    anything but this case; ServerError when the disk has no room, the import fails or somebody wrote meanwhile. The graph is
    then as it was.
    """
    from tracer.graph.neo4j import Mark
    from tracer.graph.neo4j_bulk import SETTINGS, write_tables
    from tracer.graph.neo4j_results import refresh_sent

    home, wanted = _own_home(graph), _wanted(case)
    _alone(graph)
    assert_room(home, BYTES_PER_ROW * sum(case.ledger.counts().values()))
    facts = case.facts()
    with importing(home) as work:
        say("graph: writing the tables of the import")
        made = write_tables(work.tables, graph.case, chain(kept_facts(case), conclusions(facts)))
        work.run(
            made.nodes,
            made.relationships,
            SETTINGS,
            counts=(made.node_count, made.relationship_count),
            longest=made.longest,
            said=lambda percent: say(f"graph: importing {made.node_count:,} nodes, {percent}% of the step"),
        )
        seen = work.seen()
        _alone(graph)
        say("graph: stopping the server, putting the new database in place, starting it again")
        work.place(seen)
    done = Synced(new=made.rows)
    with opened(case, graph.at) as fresh:
        say("graph: constraint and indexes")
        fresh.ensure_schema()
        done.notes += fresh.missing
        say("graph: exhibits, offences, events, holders")
        fresh.finish(Mark(**{**wanted, "filling": ""}), stated_rows(case, facts))
        refresh_sent(fresh, always=True)
    return done


def _own_home(graph: Neo4jGraph) -> Path:
    """Return the home of the server, if it is one of tracer's own on this machine."""
    home = managed(graph.home(), graph.at.port) if graph.at.is_loopback else None
    if home is None:
        raise GraphError(
            "The offline import needs a server that `tracer neo4j up` started on this machine; this one is somebody else's.",
            where=graph.at.uri,
            meaning="Nothing was changed: the import stops the server and replaces its database.",
            next_call="tracer graph rebuild   (the driver's way, for any server), or tracer neo4j up and --graph with its address",
        )
    return home


def _alone(graph: Neo4jGraph) -> None:
    """Refuse where the database holds anything that is not of this case, and name it."""
    if held := graph.besides():
        more = f"; and {len(held) - 8:,} more" if len(held) > 8 else ""
        raise GraphError(
            f"The database holds more than this case: {'; '.join(held[:8])}{more}.",
            where=graph.at.uri,
            meaning="Nothing was changed: the offline import replaces the whole database, and that would be lost.",
            next_call="tracer graph rebuild (takes out and projects this case only), or a server of its own: tracer neo4j up --home FOLDER",
        )

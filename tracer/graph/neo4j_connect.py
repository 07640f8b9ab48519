"""The driver: how a server is reached, and what the driver's errors mean for a case.

No text of the driver or the server reaches an error, since it may quote values of the case; the driver's own log is silent.

Source: Neo4j Python Driver Manual 6 and 5.28, "Connection", "Errors"; Neo4j Status Codes 5.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import neo4j
from neo4j import exceptions as told

from tracer.graph.neo4j_door import Address, Credentials
from tracer.model import GraphError

__all__ = ["TooLarge", "is_memory", "open_driver", "translated"]

_OLDEST = (5, 7)  # the release whose relationship and composite constraints this room relies on
#: Bolt 4.4 to 5.x in one handshake: Bolt Protocol, "Handshake specification".
_HELLO = b"\x60\x60\xb0\x17" + b"\x00\x08\x08\x05" + b"\x00\x02\x04\x04" + b"\x00\x00\x00\x00" * 2
_MEMORY = (
    "Neo.TransientError.General.MemoryPoolOutOfMemoryError",
    "Neo.TransientError.General.OutOfMemoryError",
    "Neo.ClientError.General.TransactionOutOfMemoryError",
    "Neo.TransientError.General.TransactionMemoryLimit",
    "Neo.TransientError.Transaction.MaximumTransactionMemoryReached",
)
_SYNC = "tracer graph sync   (catches up; the ledger needs nothing done)"

# The driver logs queries with their values at DEBUG, and connection trouble at WARNING: case data reaches no log (S14).
logging.getLogger("neo4j").addHandler(logging.NullHandler())
logging.getLogger("neo4j").setLevel(logging.CRITICAL)


class TooLarge(Exception):
    """A transaction is larger than the server's memory allows; its rows are sent again in halves."""


def is_memory(error: told.Neo4jError) -> bool:
    """Say whether the server refused for want of memory."""
    return error.code in _MEMORY


def open_driver(at: Address, who: Credentials) -> neo4j.Driver:
    """Return a driver that has reached the server.

    Raises: GraphError when it is down, is no Neo4j, is too old, or refuses the credentials.
    """
    with translated(at):
        driver = neo4j.GraphDatabase.driver(
            at.uri,
            auth=(who.user, who.password),
            notifications_min_severity="OFF",  # the server echoes whole queries in its notifications
            telemetry_disabled=True,
            user_agent="tracer",
            connection_timeout=10.0,
            connection_acquisition_timeout=30.0,
            max_transaction_retry_time=15.0,
            fetch_size=5_000,
        )
        with ExitStack() as unless_connected:
            unless_connected.callback(driver.close)
            driver.verify_connectivity()
            agent = driver.get_server_info().agent
            unless_connected.pop_all()
    try:
        name, _, version = agent.partition("/")
        release = tuple(int(part) for part in version.split(".")[:2])
    except ValueError:
        name, release = agent, (0, 0)
    if name != "Neo4j" or release < _OLDEST:
        driver.close()
        raise GraphError(
            f"The server calls itself {agent[:40]!r}: tracer needs Neo4j 5.26 or later.",
            where=at.uri,
            meaning="Nothing was written there; the ledger is not affected.",
            next_call="use a Neo4j 5.26 LTS or 2025/2026 server (tracer neo4j up starts one), or graph: null",
        )
    return driver


def _answers(at: Address) -> str:
    """Return what listens at an address: `nobody`, `bolt`, or `other`. Only asked after the driver has failed."""
    try:
        with socket.create_connection((at.host, at.port), timeout=5) as connection:
            connection.sendall(_HELLO)
            answer = connection.recv(4)
    except TimeoutError:
        return "nobody"
    except (ConnectionRefusedError, socket.gaierror):
        return "nobody"
    except OSError:
        return "other"
    return "bolt" if len(answer) == 4 and answer[:2] == b"\x00\x00" and answer[3] in {4, 5, 6} else "other"


@contextmanager
def translated(at: Address) -> Iterator[None]:
    """Turn what the driver raises into a sentence of the house."""
    try:
        yield
    except told.AuthError as error:
        if error.code == "Neo.ClientError.Security.Unauthorized":
            raise GraphError(
                "The Neo4j server refuses the user or the password.",
                where=at.uri,
                meaning="Nothing was read or written there; the ledger is not affected.",
                next_call="set TRACER_NEO4J_USER and TRACER_NEO4J_PASSWORD to the right ones, then: " + _SYNC,
            ) from None
        raise _told(at, error) from None
    except told.ForbiddenOnReadOnlyDatabase:
        raise _read_only(at) from None
    except told.Forbidden as error:
        raise (_read_only(at) if "ReadOnly" in (error.code or "") else _told(at, error)) from None
    except told.Neo4jError as error:
        raise _told(at, error) from None
    except (told.ServiceUnavailable, told.UnsupportedServerProduct, told.SessionExpired, OSError):
        raise _unreachable(at, _answers(at)) from None
    except told.DriverError as error:
        raise GraphError(
            f"The Neo4j driver stopped with {type(error).__name__}.",
            where=at.uri,
            meaning="Nothing half-written stays: each transaction is whole or absent. The ledger is not affected.",
            next_call=_SYNC,
        ) from None


def _read_only(at: Address) -> GraphError:
    return GraphError(
        "The Neo4j database is read-only, or the user may not write to it.",
        where=at.uri,
        meaning="Nothing was written there; the ledger is not affected, and what the graph held it holds.",
        next_call="have the database opened for writing (server.databases.default_to_read_only, or the user's role), then: tracer graph sync",
    )


def _unreachable(at: Address, who: str) -> GraphError:
    what = {
        "nobody": f"Nobody answers at {at.host}:{at.port}: the Neo4j server is down, or the address is another.",
        "other": f"What answers at {at.host}:{at.port} is no Neo4j server (it does not speak Bolt"
        + (", or not with TLS)." if at.is_encrypted else ")."),
        "bolt": f"The Neo4j server at {at.host}:{at.port} broke off"
        + (", or does not offer TLS." if at.is_encrypted else "."),
    }[who]
    return GraphError(
        what,
        where=at.uri,
        meaning="Each transaction there is whole or absent; the ledger is not affected, the graph may be behind it.",
        next_call="start the server (tracer neo4j up) or correct `graph` in case.yaml (Bolt listens on 7687, not 7474), then: tracer graph sync",
    )


def _told(at: Address, error: told.Neo4jError) -> GraphError:
    code = error.code or "an unnamed error"
    if "ReadOnly" in code:
        return _read_only(at)
    if code.endswith("AuthenticationRateLimit"):
        what, call = (
            "The Neo4j server lets nobody in for some seconds after wrong passwords.",
            "wait a minute, then: " + _SYNC,
        )
    elif code.endswith("CredentialsExpired"):
        what, call = (
            "The Neo4j server wants this user's first password changed.",
            "change it in Neo4j Browser, then: " + _SYNC,
        )
    elif "DatabaseUnavailable" in code or "DatabaseNotFound" in code:
        what, call = (
            "The Neo4j server has no database open for this user.",
            "look at the server's own log, then: " + _SYNC,
        )
    elif code in _MEMORY:
        what, call = (
            "The Neo4j server has too little memory even for a transaction of one row.",
            "raise server.memory.heap.max_size or db.memory.transaction.max, then: " + _SYNC,
        )
    elif code.endswith(("TransactionTimedOut", "TransactionTimedOutClientConfiguration")):
        what, call = "The question to Neo4j took longer than it may.", "ask for fewer hops or days"
    else:
        what, call = f"The Neo4j server refused with {code}.", "look at the server's own log, then: " + _SYNC
    return GraphError(
        what,
        where=at.uri,
        meaning="The transaction was undone as a whole; the ledger is not affected.",
        next_call=call,
    )

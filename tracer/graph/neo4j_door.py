"""The door of a Neo4j server: its address, and who asks. No server is reached here, and the driver is not needed.

Credentials come from TRACER_NEO4J_USER and TRACER_NEO4J_PASSWORD, from a netrc file that only its owner can read
(TRACER_NEO4J_NETRC, else ~/.config/tracer/neo4j.netrc: `machine HOST login USER password PASSWORD`), or from a prompt at a
terminal. They are never in case.yaml, in an address, in a log, an error or a repr.
"""

from __future__ import annotations

import getpass
import netrc
import os
import stat
import sys
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from tracer.model import GraphError

__all__ = ["Address", "Credentials", "address", "credentials"]

SCHEMES = ("neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is: the URI as written, without credentials, and its host and port."""

    uri: str
    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        return self.host in {"localhost", "::1"} or self.host.startswith("127.")

    @property
    def is_encrypted(self) -> bool:
        return self.uri.split(":", 1)[0].endswith(("+s", "+ssc"))


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who asks. The password is in no repr."""

    user: str
    password: str = field(repr=False)


def address(text: str, where: str = "graph") -> Address:
    """Read the address of a server, `neo4j://host:7687`.

    Raises: GraphError for another scheme, a user or password in it, a path or a query.
    """
    try:
        parts = urlsplit(text)
        port = parts.port or 7687
    except ValueError:
        raise _refused("The address of the graph cannot be read.", where) from None
    if "@" in parts.netloc or parts.username is not None:
        raise GraphError(
            "The address of the graph holds a user or a password.",
            where=where,
            meaning="Nobody was asked, nothing was sent. case.yaml is copied and printed: a password does not belong there.",
            next_call="write neo4j://host:7687 and set TRACER_NEO4J_USER and TRACER_NEO4J_PASSWORD; change that password if the file was shared",
        )
    if parts.scheme not in SCHEMES:
        raise _refused(
            f"The address of the graph begins with none of {', '.join(scheme + '://' for scheme in SCHEMES)}.", where
        )
    if not parts.hostname or parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise _refused("The address of the graph is more than a host and a port.", where)
    return Address(f"{parts.scheme}://{parts.netloc}", parts.hostname, port)


def _refused(what: str, where: str) -> GraphError:
    return GraphError(
        what,
        where=where,
        meaning="No server was asked; the ledger is not affected.",
        next_call="write it as neo4j://host:7687 (neo4j+s:// for TLS), or null for the embedded graph",
    )


def credentials(at: Address) -> Credentials:
    """Return who asks at a server: environment, netrc file, or a prompt at a terminal.

    Raises: GraphError when there are none, or others can read the file.
    """
    user, password = os.environ.get("TRACER_NEO4J_USER", ""), os.environ.get("TRACER_NEO4J_PASSWORD", "")
    if password:
        return Credentials(user or "neo4j", password)
    file = Path(os.environ.get("TRACER_NEO4J_NETRC") or Path.home() / ".config" / "tracer" / "neo4j.netrc")
    if file.is_file():
        if stat.S_IMODE(file.stat().st_mode) & 0o077:
            raise GraphError(
                "The file of Neo4j credentials can be read by others on this machine.",
                where=str(file),
                meaning="It was not read, and no server was asked.",
                next_call=f"chmod 600 {file}   (and change the password, if others use this machine)",
            )
        try:
            read = netrc.netrc(file)
        except netrc.NetrcParseError as error:
            raise GraphError(
                "The file of Neo4j credentials cannot be read.",
                where=f"{file}:{error.lineno or 1}",
                meaning="No server was asked.",
                next_call="write one line: machine HOST login USER password PASSWORD",
            ) from None
        found = read.authenticators(f"{at.host}:{at.port}") or read.authenticators(at.host)
        if found and found[2]:
            return Credentials(found[0] or "neo4j", found[2])
    if sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty():
        asked = user or input(f"User at {at.host}:{at.port} [neo4j]: ").strip() or "neo4j"
        return Credentials(asked, getpass.getpass(f"Password of {asked}: "))
    raise GraphError(
        f"There is no password for the Neo4j server at {at.host}:{at.port}.",
        where="TRACER_NEO4J_PASSWORD",
        meaning="No server was asked; the ledger is not affected.",
        next_call=f"export TRACER_NEO4J_USER=neo4j TRACER_NEO4J_PASSWORD=...   (or a line in {file}, mode 600)",
    )

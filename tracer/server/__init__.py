"""A Neo4j Community server of one's own, on this machine, for those without Docker and without a server to connect to.

    tracer neo4j up            or   tracer.neo4j.up()
    tracer neo4j status        or   tracer.neo4j.status()
    tracer neo4j down          or   tracer.neo4j.down()

Nobody needs this room to use a server that is already there: its address goes into case.yaml, and that is all. The room
knows no case and no graph; it makes a program run. What it does:

1. **Find Java** (`java.py`): 17 or 21 for 5.26, the long-term release; 21 or 25 for the calendar release 2026.02. Without
   one that fits it says which were found, and what to install.
2. **Assemble** (`assembly.py`): the server as its makers publish it to Maven Central, with Neo4j Browser, fetched once by
   the locally installed Maven into the user's cache folder: about 140 MB, the only download tracer ever makes, and it says
   so. Maven checks what it fetches (`-C`); then every jar is compared with the SHA-256 that ships with tracer, and again
   at every start. The folder gets its name when it is whole.
3. **Start** (`running.py`): on the loopback address only, with authentication, usage reporting, client telemetry and the
   query log off, under a password made by chance. Waits until the database answers a query, not until a port is open.
4. **Import** (`offline_import.py`, `placing.py`), for a graph of millions of rows: a database is made from tables by the import
   tool that comes with the server, beside the one that is there, and put in its place while the server is stopped.

A *home* is the folder of one server: settings, data, logs, password, all for the owner alone (0700, 0600). The community
edition has one database for the user, so a second case beside the first wants a home of its own (`--home`). What is in it
is a projection of the ledger: with the server stopped the folder may be deleted, and is filled again by loading.

Sources: Neo4j Operations Manual 5, "Configuration settings", "Set an initial password", "System requirements: Java";
the recipe was run on both releases (5.26.30 with Java 17, 2026.02.2 with Java 25).
"""

from tracer.server.assembly import RELEASES, Release, assemble
from tracer.server.errors import (
    DamagedAssembly,
    FolderTaken,
    ImportRunning,
    JavaMissing,
    MavenFailed,
    MavenMissing,
    NoRoom,
    NotImported,
    NotStarted,
    OtherRelease,
    PortTaken,
    ServerError,
    SettingUnknown,
    SystemUnsupported,
    WrittenMeanwhile,
)
from tracer.server.java import Java, found, java_for
from tracer.server.offline_import import Import, assert_room, importing, managed
from tracer.server.process import birth
from tracer.server.running import DRIVER, USER, Server, default_home, down, elsewhere, status, up

__all__ = [
    "DRIVER",
    "RELEASES",
    "USER",
    "DamagedAssembly",
    "FolderTaken",
    "Import",
    "ImportRunning",
    "Java",
    "JavaMissing",
    "MavenFailed",
    "MavenMissing",
    "NoRoom",
    "NotImported",
    "NotStarted",
    "OtherRelease",
    "PortTaken",
    "Release",
    "Server",
    "ServerError",
    "SettingUnknown",
    "SystemUnsupported",
    "WrittenMeanwhile",
    "assemble",
    "assert_room",
    "birth",
    "default_home",
    "down",
    "elsewhere",
    "found",
    "importing",
    "java_for",
    "managed",
    "status",
    "up",
]

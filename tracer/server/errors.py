"""What can keep a server from running, one class per condition; each says how to go on.

ServerError
├── SystemUnsupported   this operating system has no POSIX processes and locks
├── SettingUnknown      a release or a size of memory that there is none of
├── JavaMissing         no Java of a version that the release runs on
├── MavenMissing        the server is not assembled yet and there is no mvn
├── MavenFailed         mvn could not fetch it
├── DamagedAssembly     a jar is not the one that was pinned
├── FolderTaken         the home is a folder with something else in it
├── OtherRelease        the home was made by, or runs, another release or other ports
├── PortTaken           somebody listens on the port that was asked for
├── NotStarted          the program ended, or does not answer
├── ImportRunning       an offline import into the same home has not ended
├── NoRoom              the disk has too little space for a second database
├── WrittenMeanwhile    somebody wrote to the database that an import was to replace
└── NotImported         the offline import failed, or made another number of nodes
"""

from tracer.model import TracerError


class ServerError(TracerError):
    """The local Neo4j server cannot do what was asked; the case itself is untouched."""


class SystemUnsupported(ServerError):
    """The operating system has no POSIX processes and locks."""


class SettingUnknown(ServerError):
    """A release or a size of memory that there is none of."""


class JavaMissing(ServerError):
    """No Java of a version that the release runs on."""


class MavenMissing(ServerError):
    """The server is not assembled yet, and Maven, which fetches it, is not installed."""


class MavenFailed(ServerError):
    """Maven could not fetch the server."""


class DamagedAssembly(ServerError):
    """A jar is missing, is one too many, or is not the one whose SHA-256 ships with tracer."""


class FolderTaken(ServerError):
    """The home is a folder with something else in it."""


class OtherRelease(ServerError):
    """The home belongs to another release, or the server in it runs with other ports than asked for."""


class PortTaken(ServerError):
    """Somebody listens on the port that was asked for."""


class NotStarted(ServerError):
    """The program ended while starting, or does not answer."""


class ImportRunning(ServerError):
    """An offline import into the same home has not ended."""


class NoRoom(ServerError):
    """The disk has too little space for the tables of an import and a second database."""


class WrittenMeanwhile(ServerError):
    """Somebody wrote to the database between the last look at it and the stop of its server."""


class NotImported(ServerError):
    """The offline import failed, or made another number of nodes or relationships than it was given."""

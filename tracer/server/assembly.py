"""The server put together from what its makers publish, once, in the user's cache folder.

One pom per release pins three artifacts; Maven finds what they need. The SHA-256 of every jar ships beside the pom, so
what is run is what was tried, whichever mirror it came from. The folder is filled under another name and renamed
when it is whole: a run that was stopped half-way leaves nothing that a later one would take for a server.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from tracer.server.errors import DamagedAssembly, MavenFailed, MavenMissing, SettingUnknown
from tracer.server.java import Java, found, java_for

#: Copies the jars of a pom into one folder (Apache Maven Dependency Plugin 3.8.1, goal copy-dependencies).
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"


@dataclass(frozen=True, slots=True)
class Release:
    """A release of Neo4j Community: its version, the Javas it runs on, the class that starts it."""

    version: str
    java: tuple[int, ...]
    entry: str


#: Operations Manual, "System requirements", Java; the long-term release first, which is taken where its Java is there.
RELEASES = {
    one.version: one
    for one in (
        Release("5.26.30", (17, 21), "org.neo4j.server.CommunityEntryPoint"),
        Release("2026.02.2", (21, 25), "org.neo4j.server.Neo4jCommunity"),
    )
}


def chosen(version: str = "") -> tuple[Release, Java]:
    """Return the release asked for, or the first that a Java of this machine runs, and that Java.

    Raises JavaMissing; SettingUnknown for a version that is not in RELEASES.
    """
    if version:
        if version not in RELEASES:
            raise SettingUnknown(
                f"There is no release {version[:40]!r} here.",
                where="--release",
                meaning="No server was started.",
                next_call=f"one of {', '.join(RELEASES)}, or none, and the first that your Java runs is taken",
            )
        release = RELEASES[version]
        return release, java_for(release.java, release=version)
    features = {java.feature for java in found()}
    release = next((one for one in RELEASES.values() if features & set(one.java)), next(iter(RELEASES.values())))
    return release, java_for(release.java, release=release.version)


def cache() -> Path:
    """Return the folder of assembled servers (XDG Base Directory Specification 0.8, XDG_CACHE_HOME)."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".cache") / "tracer" / "neo4j"


def pinned(release: Release) -> dict[str, str]:
    """Return the SHA-256 of every jar of a release, by file name."""
    lines = resources.files("tracer.server").joinpath(f"community-{release.version}.sha256").read_text("utf-8")
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines.splitlines())}


def differences(lib: Path, release: Release) -> list[str]:
    """Return what in a folder of jars is not as pinned, a phrase each; nothing when it is whole."""
    wanted = pinned(release)
    there = {path.name: path for path in lib.iterdir()} if lib.is_dir() else {}
    said = [f"{name} is missing" for name in sorted(wanted.keys() - there.keys())]
    said += [f"{name} does not belong there" for name in sorted(there.keys() - wanted.keys())]
    for name in sorted(wanted.keys() & there.keys()):
        with there[name].open("rb") as jar:
            if hashlib.file_digest(jar, "sha256").hexdigest() != wanted[name]:
                said.append(f"{name} is another file than the one pinned")
    return said


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock that ends with this process, however it ends, so none is ever stale."""
    with path.open("w") as lock:
        path.chmod(0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def assemble(version: str = "", *, say: Callable[[str], None] = print) -> Path:
    """Return the folder of jars of a release, fetched by Maven if it is not there yet, every jar checked.

    `say` is told before anything is downloaded. Raises JavaMissing, MavenMissing, MavenFailed, DamagedAssembly.
    """
    release, java = chosen(version)
    place = cache()
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    whole = place / release.version
    with locked(place / "lock"):
        if not whole.is_dir():
            _fetch(release, java, whole, say)
    if wrong := differences(whole, release):
        raise DamagedAssembly(
            f"The Neo4j server in the cache is not the one that was assembled: {_few(wrong)}.",
            where=str(whole),
            meaning="Not started: a changed jar runs with your rights and would see the case.",
            next_call=f"find out who changed it; then delete the folder and run tracer neo4j up, which fetches it again: rm -r {whole}",
        )
    return whole


def _few(said: list[str]) -> str:
    return "; ".join(said[:3]) + (f"; and {len(said) - 3} more" if len(said) > 3 else "")


def _fetch(release: Release, java: Java, whole: Path, say: Callable[[str], None]) -> None:
    maven = shutil.which("mvn")
    if not maven:
        raise MavenMissing(
            f"Neo4j {release.version} is not assembled yet, and Maven (mvn), which fetches it, is not on the PATH.",
            where=str(whole),
            meaning="No server was started. The case needs none: the embedded graph gives the same findings.",
            next_call="install Maven (Debian, Ubuntu: apt-get install maven; macOS: brew install maven) and run tracer neo4j up;"
            " or use the compose.yaml with Docker; or name a server of your own in case.yaml",
        )
    say(
        f"Downloading Neo4j Community {release.version} by Maven, {len(pinned(release))} jars, about 140 MB, once, into {whole}"
    )
    with tempfile.TemporaryDirectory(prefix=f".{release.version}-", dir=whole.parent) as scratch:
        pom, lib = Path(scratch) / "pom.xml", Path(scratch) / "lib"
        pom.write_bytes(resources.files("tracer.server").joinpath(f"community-{release.version}.xml").read_bytes())
        command = [maven, "-B", "-q", "-ntp", "-C", "-f", str(pom), COPY, f"-DoutputDirectory={lib}"]
        done = subprocess.run(
            [*command, "-DincludeScope=runtime"],
            env={**os.environ, "JAVA_HOME": str(java.home)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        if done.returncode:
            last = [line.strip() for line in done.stdout.splitlines() if "ERROR" in line][:1]
            raise MavenFailed(
                f"Maven could not fetch Neo4j {release.version} (exit code {done.returncode}): {' '.join(last)[:500]}",
                where=f"{maven} with the settings of this machine",
                meaning="Nothing was kept of the attempt, and no server was started.",
                next_call="check that this machine reaches Maven Central, or a mirror named in ~/.m2/settings.xml; then tracer neo4j up",
            )
        if wrong := differences(lib, release):
            raise DamagedAssembly(
                f"What Maven fetched is not Neo4j {release.version} as it was pinned: {_few(wrong)}.",
                where=f"{lib}, compared with community-{release.version}.sha256",
                meaning="Nothing was kept of it, and no server was started.",
                next_call="check where ~/.m2/settings.xml fetches from; delete ~/.m2/repository/org/neo4j and run tracer neo4j up",
            )
        lib.rename(whole)

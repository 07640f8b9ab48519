"""Finding a Java that a release of Neo4j runs on.

Looked at, in this order: `TRACER_JAVA` (a java program), `JAVA_HOME`, `java` on the PATH, and the places where Debian,
Fedora, macOS, Homebrew, SDKMAN and Adoptium put their own. A runtime is enough: no compiler is needed.
The version is read from the `release` file of the JDK (JEP 223 gives its form), else the program is asked.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tracer.server.errors import JavaMissing

#: Where installers put JDKs; each match is the home of one.
PLACES = (
    "/usr/lib/jvm/*",
    "/usr/java/*",
    "/opt/java/*",
    "/opt/jdk*",
    "/Library/Java/JavaVirtualMachines/*/Contents/Home",
    "/opt/homebrew/opt/openjdk*",
    "/usr/local/opt/openjdk*",
    "~/.sdkman/candidates/java/*",
    "~/.jdks/*",
)


@dataclass(frozen=True, slots=True)
class Java:
    """A java program, its home, and the feature number of its version (17, 21, 25; 0 when it would not say)."""

    program: Path
    home: Path
    feature: int


def _feature(version: str) -> int:
    """Return 17 for 17.0.15 and 8 for 1.8.0_402 (JEP 223 dropped the leading 1)."""
    numbers = re.match(r"(?:1\.)?(\d+)", version)
    return int(numbers[1]) if numbers else 0


def _asked(program: Path) -> int:
    try:
        done = subprocess.run(
            [str(program), "-XshowSettings:properties", "-version"],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return 0
    said = re.search(r"java\.specification\.version = (\S+)", done.stderr)
    return _feature(said[1]) if said else 0


def _java(program: Path) -> Java | None:
    if not (program.is_file() and os.access(program, os.X_OK)):
        return None
    real = program.resolve()
    home = real.parent.parent
    release = home / "release"
    said = (
        re.search(r'^JAVA_VERSION="([^"]+)"', release.read_text("utf-8"), re.MULTILINE) if release.is_file() else None
    )
    return Java(real, home, _feature(said[1]) if said else _asked(real))


def _candidates() -> Iterator[Path]:
    if named := os.environ.get("TRACER_JAVA"):
        yield Path(named)
    if named := os.environ.get("JAVA_HOME"):
        yield Path(named) / "bin" / "java"
    if on_path := shutil.which("java"):
        yield Path(on_path)
    for place in PLACES:
        pattern = Path(place).expanduser()
        yield from (home / "bin" / "java" for home in sorted(Path(pattern.anchor).glob(str(pattern)[1:])))


def found() -> tuple[Java, ...]:
    """Return every Java of this machine, each once, the one a person chose first."""
    each = (java for program in _candidates() if (java := _java(program)))
    return tuple({java.program: java for java in each}.values())


def java_for(features: tuple[int, ...], *, release: str) -> Java:
    """Return the first Java whose feature number is one of `features`.

    Raises JavaMissing with what was found instead.
    """
    there = found()
    for java in there:
        if java.feature in features:
            return java
    wanted = " or ".join(map(str, features))
    seen = ", ".join(f"{java.feature or 'unknown version'} ({java.program})" for java in there) or "none"
    raise JavaMissing(
        f"Neo4j {release} runs on Java {wanted}; found: {seen}.",
        where="looked at TRACER_JAVA, JAVA_HOME, the PATH and the usual folders of JDKs",
        meaning="No server was started. The case needs none: the embedded graph gives the same findings.",
        next_call=f"install Java {features[-1]} or {features[0]} (Debian, Ubuntu: apt-get install openjdk-{features[0]}-jre-headless;"
        f" macOS: brew install openjdk@{features[-1]}), or set TRACER_JAVA to a java program; then tracer neo4j up",
    )

"""The test command: lint, types, import contracts, known answers, the sample annex twice, tests and notebooks. Says what it could not check.

The short checks go side by side, one for each core, each told in one piece when it ends; then the tests have all cores
(tests/conftest.py says how they are dealt out), and beside them the types are checked and the other release of Neo4j is asked:
where the ones wait for a server, the others go on. Ctrl-C stops it all.
With CI=true a missing Chromium, LibreOffice, Java or Maven is installed (Debian) or fails the run; otherwise it is named at the end.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.closed import closed

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
CI = os.environ.get("CI") == "true"
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
PROGRAMS = {
    "chromium": ("chromium", "charts in a real browser"),
    "soffice": ("libreoffice-calc libreoffice-writer", "forced recalculation of the annex"),
    "java": ("default-jre-headless", "a real Neo4j server"),
    "mvn": ("maven", "a real Neo4j server, which Maven assembles"),
    "pdftotext": ("poppler-utils", "the text of exhibits in PDF"),
}
#: Two builds that must be the same bytes: time zone, locale, hash seed, and whether it has a network.
ELSEWHERE = (("UTC", "C.UTF-8", "1", True), ("Asia/Shanghai", "C", "77", False))
#: Fetched once for a machine, into the cache of its user; the tests start it.
ASSEMBLE = (sys.executable, "-c", "import sys; from tracer import server; print(server.assemble(sys.argv[1]))")
#: What is asked of the release of Neo4j that the other tests do not start: the contract, faults, the import, Browser.
OTHER_RELEASE = (
    "tests/graph/test_contract.py",
    "tests/graph/test_faults.py",
    "tests/graph/test_bulk.py::test_the_sample_case_is_the_same_graph_either_way",
    "tests/server/test_server.py::test_the_browser_is_served",
)
RUNNING: list[subprocess.Popen[str]] = []
PRINTING = threading.Lock()


def run(title: str, *command: str, env: dict[str, str] | None = None) -> bool:
    """Run a command that prints as it goes."""
    print(f"\n== {title}", flush=True)
    began = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **(env or {})}, check=False)
    print(f"-- {title}: {'ok' if done.returncode == 0 else 'FAILED'} in {time.monotonic() - began:.0f} s", flush=True)
    return done.returncode == 0


def check(title: str, *command: str, env: dict[str, str] | None = None, into: Path | None = None) -> bool:
    """Run a command beside others; print what it said when it has ended, or write it into a file if all was good."""
    began = time.monotonic()
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        text=True,
        encoding="utf-8",
        errors="replace",
        stdout=subprocess.PIPE,
        stderr=None if into else subprocess.STDOUT,
    ) as process:
        RUNNING.append(process)
        said, _ = process.communicate()
    good = process.returncode == 0
    if good and into:
        into.write_text(said, "utf-8")
    with PRINTING:
        print(f"\n== {title}" + ("" if good and into else f"\n{said.rstrip()}"), flush=True)
        print(f"-- {title}: {'ok' if good else 'FAILED'} in {time.monotonic() - began:.0f} s", flush=True)
    return good


def programs() -> list[str]:
    """Install what is missing where that is possible; return what could not be had."""
    missing = [name for name in PROGRAMS if not shutil.which(name)]
    if missing and shutil.which("apt-get") and os.geteuid() == 0:
        packages = [p for name in missing for p in PROGRAMS[name][0].split()]
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        if run("install " + " ".join(packages), "apt-get", "update", "-qq", env=quiet):
            run("install", "apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages, env=quiet)
    return [name for name in PROGRAMS if not shutil.which(name)]


def sample(place: Path, zone: str, locale: str, seed: str, networked: bool) -> bool:
    """Build the sample annex with a time zone, a locale and a hash seed, with a network or none, and keep its screen."""
    place.mkdir()
    command = (str(BIN / "tracer"), "demo", str(place / "case"), "--sample", "sample_data/harbour")
    env = {"TZ": zone, "LC_ALL": locale, "PYTHONHASHSEED": seed} | ({} if networked else closed(place / "closed"))
    title = f"the sample annex in {zone}, {locale}" + ("" if networked else ", no network")
    return check(title, *command, env=env, into=place / "screen.txt")


def same_bytes(places: list[Path]) -> bool:
    """Compare every file of two annexes."""
    digests = [
        {
            str(p.relative_to(place / "case" / "out")): hashlib.sha256(p.read_bytes()).hexdigest()
            for p in sorted((place / "case" / "out").rglob("*"))
            if p.is_file()
        }
        for place in places
    ]
    differ = [name for name in {**digests[0], **digests[1]} if digests[0].get(name) != digests[1].get(name)]
    print("\n== the sample annex twice", flush=True)
    print(f"-- {len(digests[0])} files, {len(differ)} differ" + "".join(f"\n   {name}" for name in differ), flush=True)
    return not differ and bool(digests[0])


def assembled(missing: list[str], version: str = "") -> bool:
    """Put the Neo4j server together before the tests start it; without it they are skipped with the reason, but not with CI=true."""
    title = f"the Neo4j server{f' {version}' if version else ''}, assembled"
    return bool({"java", "mvn"} & set(missing)) or check(title, *ASSEMBLE, version) or not CI


def releases() -> tuple[list[str], list[str]]:
    """Return the releases of Neo4j, beside the one that the tests start, that a Java of this machine runs; and the others, with why."""
    from tracer import server

    there = {java.feature for java in server.found()}
    runs = [one for one in server.RELEASES.values() if there & set(one.java)]
    lacking = [one for one in server.RELEASES.values() if one not in runs]
    return [one.version for one in runs[1:]], [
        f"Neo4j {one.version} - it runs on Java {' or '.join(map(str, one.java))}, and none is installed"
        for one in lacking
    ]


def on_release(version: str, missing: list[str], demonstrated: dict[str, str]) -> bool:
    """Ask the other release what can differ between the two."""
    if {"java", "mvn"} & set(missing):
        return True
    if not assembled(missing, version):
        return False
    env = {"TRACER_NEO4J_RELEASE": version, **demonstrated}
    return check(f"Neo4j {version}", str(BIN / "pytest"), "-ra", *OTHER_RELEASE, env=env)


def all_tests(missing: list[str], others: list[str], demonstrated: dict[str, str]) -> list[bool]:
    """The tests on all cores, and beside them the types and what is asked of the other releases."""
    spread = ("-n", str(CORES), "--dist", "loadfile", "--no-loadscope-reorder") if CORES > 1 else ()
    with ThreadPoolExecutor(1 + len(others)) as beside:
        begun = [
            beside.submit(check, "types", str(BIN / "mypy")),
            *(beside.submit(on_release, version, missing, demonstrated) for version in others),
        ]
        try:
            tests = run("tests", str(BIN / "pytest"), "-ra", "--durations=12", *spread, env=demonstrated)
            return [tests, *(one.result() for one in begun)]
        except KeyboardInterrupt:
            for process in RUNNING:
                process.terminate()
            raise


def short_checks(places: list[Path], missing: list[str]) -> list[bool]:
    """What the tests stand on and what is quickly told, the longest first."""
    with ThreadPoolExecutor(CORES) as pool:
        begun = [
            *(pool.submit(sample, place, *where) for place, where in zip(places, ELSEWHERE, strict=True)),
            pool.submit(assembled, missing),
            pool.submit(check, "known answers", str(BIN / "tracer"), "selftest"),
            pool.submit(check, "import contracts", str(BIN / "lint-imports")),
            pool.submit(check, "lint", str(BIN / "ruff"), "check", "."),
            pool.submit(check, "format", str(BIN / "ruff"), "format", "--check", "."),
        ]
        try:
            return [*(one.result() for one in begun), same_bytes(places)]
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in RUNNING:
                process.terminate()
            raise


def main() -> int:
    began = time.monotonic()
    missing = programs()
    with tempfile.TemporaryDirectory() as scratch:
        places = [Path(scratch) / f"sample{number}" for number in range(len(ELSEWHERE))]
        steps = short_checks(places, missing)
        # The tests look at the sample that was just built and compared; they build their own where that failed.
        demonstrated = {"TRACER_DEMONSTRATED": str(places[0]), "TRACER_DEMONSTRATED_CLOSED": str(places[1])}
        others, unchecked = releases()
        steps += all_tests(missing, others, demonstrated)
    for why in unchecked:
        print(f"Not checked: {why}.")
    for name in missing:
        print(
            f"Not checked: {PROGRAMS[name][1]} - {name} is not installed (Debian: apt-get install {PROGRAMS[name][0]})."
        )
    if missing and CI:
        print("With CI=true nothing is skipped: the missing programs above fail the run.")
        steps.append(False)
    print(f"\nThe whole run took {(time.monotonic() - began) / 60:.1f} minutes: {'ok' if all(steps) else 'FAILED'}")
    return 0 if all(steps) else 1


if __name__ == "__main__":
    try:
        raise SystemExit(main())
    except KeyboardInterrupt:
        print("\nStopped by Ctrl-C: nothing is known of what had not ended.", flush=True)
        raise SystemExit(130) from None

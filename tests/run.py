"""The test command: lint, types, import contracts, tests, notebooks, the sample annex twice. Says what it could not check.

With CI=true a missing Chromium or LibreOffice is installed (Debian) or fails the run; otherwise it is named at the end.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
CI = os.environ.get("CI") == "true"
PROGRAMS = {
    "chromium": ("chromium", "charts in a real browser"),
    "soffice": ("libreoffice-calc libreoffice-writer", "forced recalculation of the annex"),
    "pdftotext": ("poppler-utils", "the text of exhibits in PDF"),
}


def run(title: str, *command: str, env: dict[str, str] | None = None) -> bool:
    print(f"\n== {title}", flush=True)
    began = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **(env or {})}, check=False)
    print(f"-- {title}: {'ok' if done.returncode == 0 else 'FAILED'} in {time.monotonic() - began:.0f} s", flush=True)
    return done.returncode == 0


def programs() -> list[str]:
    """Install what is missing where that is possible; return what could not be had."""
    missing = [name for name in PROGRAMS if not shutil.which(name)]
    if missing and shutil.which("apt-get") and os.geteuid() == 0:
        packages = [p for name in missing for p in PROGRAMS[name][0].split()]
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        if run("install " + " ".join(packages), "apt-get", "update", "-qq", env=quiet):
            run("install", "apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages, env=quiet)
    return [name for name in PROGRAMS if not shutil.which(name)]


def sample_twice() -> bool:
    """Build the sample annex twice, in two folders, time zones, locales and hash seeds, and compare every file."""
    print("\n== the sample annex twice", flush=True)
    digests = []
    with tempfile.TemporaryDirectory() as scratch:
        for number, (zone, locale, seed) in enumerate((("UTC", "C.UTF-8", "1"), ("Asia/Shanghai", "C", "77"))):
            place = Path(scratch) / f"case{number}"
            env = {**os.environ, "TZ": zone, "LC_ALL": locale, "PYTHONHASHSEED": seed}
            done = subprocess.run(
                [str(BIN / "tracer"), "demo", str(place), "--sample", "sample_data/harbour"],
                cwd=ROOT,
                env=env,
                check=False,
                stdout=subprocess.DEVNULL,
            )
            if done.returncode:
                print("-- the sample annex: FAILED", flush=True)
                return False
            out = place / "out"
            digests.append(
                {
                    str(p.relative_to(out)): hashlib.sha256(p.read_bytes()).hexdigest()
                    for p in sorted(out.rglob("*"))
                    if p.is_file()
                }
            )
    differ = [name for name in {**digests[0], **digests[1]} if digests[0].get(name) != digests[1].get(name)]
    print(f"-- {len(digests[0])} files, {len(differ)} differ" + "".join(f"\n   {name}" for name in differ), flush=True)
    return not differ and bool(digests[0])


def main() -> int:
    began = time.monotonic()
    missing = programs()
    steps = [
        run("lint", str(BIN / "ruff"), "check", "."),
        run("format", str(BIN / "ruff"), "format", "--check", "."),
        run("types", str(BIN / "mypy")),
        run("import contracts", str(BIN / "lint-imports")),
        sample_twice(),
        run("known answers", str(BIN / "tracer"), "selftest"),
        run("tests", str(BIN / "pytest"), "-ra"),
    ]
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
    raise SystemExit(main())

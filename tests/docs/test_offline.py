"""The demo opens no socket: with every way out closed it gives the same bytes (safety.md S12)."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.closed import closed

ROOT = Path(__file__).resolve().parents[2]


def hashes(out: Path) -> dict[str, str]:
    return {str(p.relative_to(out)): hashlib.sha256(p.read_bytes()).hexdigest() for p in out.rglob("*") if p.is_file()}


def ran(tmp_path: Path, *command: str) -> subprocess.CompletedProcess[str]:
    env = closed(tmp_path / "closed")
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def test_control_a_way_out_is_closed(tmp_path: Path) -> None:
    done = ran(tmp_path, sys.executable, "-c", "import socket; socket.getaddrinfo('localhost', 80)")
    assert "a way out was tried" in done.stderr


def test_the_demo_without_a_network_gives_the_same_files(tmp_path: Path, demonstrated: Any) -> None:
    """`make test` builds the sample case twice, the second time without a network, and hands over both."""
    place = Path(os.environ.get("TRACER_DEMONSTRATED_CLOSED", tmp_path)) / "case"
    if "TRACER_DEMONSTRATED_CLOSED" not in os.environ:
        done = ran(tmp_path, sys.executable, "-m", "tracer.cli", "demo", str(place), "--sample", "sample_data/harbour")
        assert done.returncode == 0, done.stderr
    found = hashes(place / "out")
    assert len(found) > 20
    assert found == hashes(demonstrated.folder / "out")

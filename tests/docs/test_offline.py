"""The demo opens no socket: with every way out closed it gives the same bytes (safety.md S12)."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

#: Read by Python at start, in this process and in every one that it starts.
CLOSED = """
import socket
def no(*given, **named):
    raise AssertionError(f"a way out was tried: {given}")
socket.socket.connect = socket.socket.connect_ex = socket.socket.sendto = no
socket.getaddrinfo = socket.gethostbyname = socket.create_connection = no
"""


def hashes(out: Path) -> dict[str, str]:
    return {str(p.relative_to(out)): hashlib.sha256(p.read_bytes()).hexdigest() for p in out.rglob("*") if p.is_file()}


def closed(tmp_path: Path, *command: str) -> subprocess.CompletedProcess[str]:
    (tmp_path / "closed").mkdir(exist_ok=True)
    (tmp_path / "closed" / "sitecustomize.py").write_text(CLOSED)
    env = {**os.environ, "PYTHONPATH": str(tmp_path / "closed")}
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def test_control_a_way_out_is_closed(tmp_path: Path) -> None:
    done = closed(tmp_path, sys.executable, "-c", "import socket; socket.getaddrinfo('localhost', 80)")
    assert "a way out was tried" in done.stderr


def test_the_demo_without_a_network_gives_the_same_files(tmp_path: Path, demonstrated: Any) -> None:
    place = tmp_path / "case"
    done = closed(tmp_path, sys.executable, "-m", "tracer.cli", "demo", str(place), "--sample", "sample_data/harbour")
    assert done.returncode == 0, done.stderr
    assert hashes(place / "out") == hashes(demonstrated.folder / "out")

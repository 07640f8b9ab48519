"""A Python with every way out closed: it reads this at its start, and so does every Python that it starts."""

import os
from pathlib import Path

CLOSED = """
import socket
def no(*given, **named):
    raise AssertionError(f"a way out was tried: {given}")
socket.socket.connect = socket.socket.connect_ex = socket.socket.sendto = no
socket.getaddrinfo = socket.gethostbyname = socket.create_connection = no
"""


def closed(folder: Path) -> dict[str, str]:
    """Return the environment of a program without a network; `folder` is made for what it reads."""
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(CLOSED)
    return {**os.environ, "PYTHONPATH": str(folder)}

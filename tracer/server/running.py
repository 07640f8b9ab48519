"""Starting, stopping and looking at one server in its home.

`server.json` (0600) says which process it is: the number *and* when it began, so a later process that got the same number
is never taken for the server, and never stopped. `password` (0600) holds the password and nothing else does: it is made
by chance, given to neo4j-admin in a file (an argument could be read by everybody in the list of processes), and sent
only to the loopback address.
"""

from __future__ import annotations

import base64
import contextlib
import http
import http.client
import importlib.util
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from tracer.server.errors import FolderTaken, NotStarted, OtherRelease, PortTaken, SettingUnknown, SystemUnsupported
from tracer.server.java import Java
from tracer.server.placing import settle
from tracer.server.process import birth, lives, read_record, stop, write_whole

if sys.platform != "win32":
    from tracer.server.assembly import Release, assemble, chosen, locked

HOST: Final = "127.0.0.1"
USER: Final = "neo4j"
#: The ports Neo4j is known by; others are taken where these are in use.
BOLT, HTTP = 7687, 7474
#: Measured: an answer 4 s after the start, 6 s with the first start of a home; a machine with five
#: busy programs for each core took 60 s. One that ends is noticed at once.
START_SECONDS, STOP_SECONDS = 240.0, 60.0
#: Without a folder `web` 2026.02 serves no Browser; with an empty one it takes Browser from its jars, as 5.26 does.
FOLDERS = ("data", "logs", "conf", "plugins", "import", "run", "lib", "licenses", "certificates", "web")
#: The kernel reaches into these; 5.26 and 2026.02 start with them alike (spec: neo4j.conf, server.jvm.additional).
OPENS = tuple(f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in ("java.nio", "java.io", "sun.nio.ch"))
ADMIN = "org.neo4j.server.startup.Neo4jAdminCommand"
#: What installs the driver, which `make` in a clone does by itself.
DRIVER: Final = (
    "python -m pip install 'tracer-workbench[neo4j]'   (with the Python of tracer; in a clone: .venv/bin/python)"
)
State = Literal["running", "not answering", "dead", "stopped"]


@dataclass(frozen=True, slots=True)
class Server:
    """One server and how it is. `size` is in bytes on disk; ports are 0 and pid is 0 where it does not run.

    `state`: running; not answering (the process is there, the database does not answer); dead (it was started and is gone
    without having been stopped); stopped.
    """

    state: State
    home: Path
    version: str = ""
    edition: str = ""
    bolt: int = 0
    http: int = 0
    pid: int = 0
    size: int = 0
    note: str = ""

    @property
    def data(self) -> Path:
        """The folder of the database."""
        return self.home / "data"

    @property
    def password_file(self) -> Path:
        """The file that holds the password of the user neo4j, for the owner alone."""
        return self.home / "password"

    @property
    def address(self) -> str:
        """What case.yaml names: neo4j://127.0.0.1:PORT."""
        return f"neo4j://{HOST}:{self.bolt}"

    @property
    def browser(self) -> str:
        """Where Neo4j Browser is."""
        return f"http://{HOST}:{self.http}/browser/"

    def password(self) -> str:
        """Read the password."""
        return self.password_file.read_text("ascii").strip()

    def as_text(self) -> str:
        """What a person reads at the terminal; never the password."""
        lines = [f"Neo4j {self.version} {self.edition}".rstrip() + f": {self.state}"]
        if self.note:
            lines.append(self.note)
        if self.state == "running":
            lines += [
                f"Browser:   {self.browser}   user {USER}, the password is in {self.password_file}",
                f'Password:  export TRACER_NEO4J_PASSWORD="$(cat {_quoted(self.password_file)})"',
                f"case.yaml: graph: {self.address}",
                f"Process:   {self.pid}, on {HOST} only",
            ]
            if importlib.util.find_spec("neo4j") is None:
                lines.append(f"Driver:    not installed, and no case can be kept there without it: {DRIVER}")
        if self.size:
            lines.append(
                f"Data:      {self.data}, {self.size / 1e6:.1f} MB (may be deleted when stopped: loading fills it again)"
            )
        return "\n".join(lines)


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "'\\''") + "'"


def default_home() -> Path:
    """Return TRACER_NEO4J_HOME, else tracer/neo4j in the user's data folder (XDG Base Directory Specification 0.8)."""
    if named := os.environ.get("TRACER_NEO4J_HOME"):
        return Path(named).expanduser().absolute()
    base = os.environ.get("XDG_DATA_HOME", "")
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".local" / "share") / "tracer" / "neo4j"


def _place(home: Path | str | None) -> Path:
    return Path(home).expanduser().absolute() if home else default_home()


# What answers ----------------------------------------------------------------------------------------------------------


def _speaks_bolt(port: int) -> bool:
    """Shake hands (Bolt Protocol, "Handshake specification") offering 5.8 down to 5.0, and 4.4 down to 4.2."""
    try:
        with socket.create_connection((HOST, port), timeout=2) as line:
            line.sendall(b"\x60\x60\xb0\x17" + b"\x00\x08\x08\x05" + b"\x00\x02\x04\x04" + bytes(8))
            return line.recv(4) not in {b"", bytes(4)}
    except OSError:
        return False


def _asked(port: int, method: str, path: str, password: str = "", body: str = "") -> tuple[int, Any]:
    """Ask the HTTP interface; (0, None) where nothing answers in JSON."""
    line = http.client.HTTPConnection(HOST, port, timeout=5)
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    if password:
        headers["Authorization"] = "Basic " + base64.b64encode(f"{USER}:{password}".encode()).decode()
    try:
        line.request(method, path, body or None, headers)
        answer = line.getresponse()
        return answer.status, json.loads(answer.read())
    except (OSError, http.client.HTTPException, ValueError):
        return 0, None
    finally:
        line.close()


def _answers(record: dict[str, Any], password: str) -> dict[str, str]:
    """Return version and edition once Bolt shakes hands and the database `neo4j` answers a query; else nothing."""
    if not _speaks_bolt(record["bolt"]):
        return {}
    done, _ = _asked(record["http"], "POST", "/db/neo4j/query/v2", password, '{"statement": "RETURN 1"}')
    if done != 202:  # Query API, "Query the database": 202 Accepted is its answer to a query that ran
        return {}
    _, said = _asked(record["http"], "GET", "/")
    return {"version": str(said["neo4j_version"]), "edition": str(said["neo4j_edition"])} if said else {}


def _free(port: int) -> bool:
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            line.bind((HOST, port))
        except OSError:
            return False
        return True


def _port(asked: int, before: int, usual: int, flag: str, others: set[int]) -> int:
    """Return the port asked for; else the one this home had, else the usual one, else any that is free."""
    if asked:
        if not _free(asked):
            raise PortTaken(
                f"Somebody already listens on {HOST}:{asked}.",
                where=f"{flag} {asked}",
                meaning="No server was started, and the one that listens there was left alone.",
                next_call=f"leave {flag} out, and a free port is taken; or stop the other program",
            )
        return asked
    for port in (before, usual):
        if port and port not in others and _free(port):
            return port
    while True:
        with socket.socket() as line:
            line.bind((HOST, 0))
            port = int(line.getsockname()[1])
        if port not in others:
            return port


# The verbs -------------------------------------------------------------------------------------------------------------


def _settings(record: dict[str, Any], heap: str, page_cache: str) -> str:
    """Return neo4j.conf (Operations Manual, "Configuration settings"); the server refuses to start on a name it does not know."""
    return "\n".join(
        [
            "# Written by `tracer neo4j up` at every start: what is changed here is lost. A server with settings of your",
            "# own is a server of your own; name its address in case.yaml.",
            f"server.default_listen_address={HOST}",
            f"server.default_advertised_address={HOST}",
            f"server.bolt.listen_address={HOST}:{record['bolt']}",
            f"server.bolt.advertised_address={HOST}:{record['bolt']}",
            f"server.http.listen_address={HOST}:{record['http']}",
            f"server.http.advertised_address={HOST}:{record['http']}",
            "server.https.enabled=false",
            "dbms.security.auth_enabled=true",
            f"server.memory.heap.initial_size={heap}",
            f"server.memory.heap.max_size={heap}",
            f"server.memory.pagecache.size={page_cache}",
            "dbms.usage_report.enabled=false",
            "server.bolt.telemetry.enabled=false",
            "client.allow_telemetry=false",
            "browser.remote_content_hostname_whitelist=localhost",
            "# Browser's page asks an analytics, a feedback and a font host even so; the policy it is served with lets it ask",
            "# this server only (the makers' own policy less their hosts).",
            (
                "dbms.security.http_static_content_security_policy_header=default-src 'self'; script-src 'self'; "
                "img-src 'self' data:; style-src 'self' 'unsafe-inline'; font-src 'self'; base-uri 'none'; object-src 'none'; "
                f"frame-ancestors 'none'; connect-src 'self' ws://{HOST}:{record['bolt']} ws://localhost:{record['bolt']}"
            ),
            "# Queries and their parameters are case data: they reach no log (spec/safety.md S13, S14).",
            "db.logs.query.enabled=OFF",
            "dbms.security.allow_csv_import_from_file_urls=false",
            "server.directories.import=import",
            "# Two logs of 256 MB each would be reserved before anything is stored.",
            "db.tx_log.preallocate=false",
            "# When the databases are closed each of Bolt's pools of threads would wait 5 s (5.26: one, 2026.02: three) for",
            "# connections that nobody can open any more.",
            "internal.dbms.bolt.netty_server_shutdown_quiet_period=0",
            "",
        ]
    )


def _prepare(home: Path) -> None:
    """Make the folders of a home, for the owner alone; refuse a folder with something else in it."""
    ours = ("server.json", "lock", "password")
    if home.exists() and (not home.is_dir() or (any(home.iterdir()) and not any((home / n).exists() for n in ours))):
        raise FolderTaken(
            "The home of the server is a folder with something else in it, or a file.",
            where=str(home),
            meaning="Nothing was written there.",
            next_call="name a new folder: tracer neo4j up --home FOLDER",
        )
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    home.chmod(0o700)


def _set_password(home: Path, java: Java, jars: Path) -> None:
    """Give a new home its first password (Operations Manual, "Set an initial password").

    The command takes it as an argument, and arguments can be read by everybody (proc(5), cmdline): it is handed over in
    an argument file, which picocli, the library of the command, reads in its place.
    """
    password = secrets.token_hex(24)
    with tempfile.TemporaryDirectory(dir=home, prefix=".first-") as scratch:
        argument = Path(scratch) / "argument"
        write_whole(argument, password + "\n")
        done = subprocess.run(
            [str(java.program), "-cp", f"{jars}/*", ADMIN, "dbms", "set-initial-password", f"@{argument}"],
            env={**os.environ, "NEO4J_HOME": str(home), "NEO4J_CONF": str(home / "conf")},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            umask=0o077,
            check=False,
        )
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip()).replace(password, "*")
        raise NotStarted(
            f"neo4j-admin could not set the first password (exit code {done.returncode}): {said[-400:]}",
            where=str(home),
            meaning="No server was started.",
            next_call="give it a new folder: tracer neo4j up --home FOLDER",
        )
    write_whole(home / "password", password + "\n")


def _launch(home: Path, java: Java, jars: Path, release: Release, heap: str) -> int:
    """Start the program in a session of its own, so that no Ctrl-C meant for another reaches it; return its number.

    The shell between ends at once: the server is nobody's child, and no zombie is left of it.
    """
    command = [str(java.program), f"-Xms{heap}", f"-Xmx{heap}", "-Dfile.encoding=UTF-8", *OPENS]
    if java.feature >= 21:  # JEP 472 announces that native access will be refused unless allowed; netty has some
        command.append("--enable-native-access=ALL-UNNAMED")
    command += ["-cp", f"{jars}/*", release.entry, f"--home-dir={home}", f"--config-dir={home / 'conf'}"]
    started = subprocess.run(
        ["/bin/sh", "-c", '"$@" >"$0" 2>&1 </dev/null & echo $!', str(home / "logs" / "console.log"), *command],
        env={k: v for k, v in os.environ.items() if k != "TRACER_NEO4J_PASSWORD"},
        cwd=home,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        umask=0o077,
        check=True,
    )
    return int(started.stdout)


def _silent(home: Path, record: dict[str, Any], password: str) -> str:
    """Say of a process that is there why its database answers no query: another password, or not yet."""
    done, _ = _asked(record["http"], "POST", "/db/neo4j/query/v2", password, '{"statement": "RETURN 1"}')
    if done in {http.HTTPStatus.UNAUTHORIZED, http.HTTPStatus.TOO_MANY_REQUESTS}:  # the latter after three wrong ones
        return (
            f"Process {record['pid']} is there and refuses the password in {home / 'password'}: it has another one now."
        )
    return f"Still starting: process {record['pid']} is there, and no database answers yet on {HOST}:{record['bolt']}."


def _wait(home: Path, record: dict[str, Any], password: str) -> dict[str, str]:
    """Wait until the database answers; raise NotStarted when the program ends first or the time is over."""
    until = time.monotonic() + START_SECONDS
    while True:
        is_over = time.monotonic() >= until  # looked at before asking: on a busy machine one question takes seconds
        if answer := _answers(record, password):
            return answer
        if not lives(record):
            said = (home / "logs" / "console.log").read_text("utf-8", "replace").strip().splitlines()
            raise NotStarted(
                f"Neo4j ended while starting: {said[0][:400] if said else 'it said nothing'}",
                where=f"{home / 'logs'}: console.log, neo4j.log",
                meaning="No server runs. The case needs none: the embedded graph gives the same findings.",
                next_call="read the two logs; with too little memory: tracer neo4j up --heap 256m --page-cache 64m",
            )
        if is_over:
            break
        time.sleep(0.1)
    raise NotStarted(
        f"Neo4j was started (process {record['pid']}) and answers no query after {START_SECONDS:.0f} s.",
        where=f"{HOST}:{record['bolt']} and {HOST}:{record['http']}; {home / 'logs' / 'neo4j.log'}",
        meaning=_silent(home, record, password) + " It was left running. The case needs none: the embedded graph gives "
        "the same findings.",
        next_call="tracer neo4j up, which waits for it again; or tracer neo4j status; to give up: tracer neo4j down",
    )


def _supported() -> None:
    if sys.platform == "win32":
        raise SystemUnsupported(
            "tracer starts a Neo4j server on Linux and macOS only.",
            where=sys.platform,
            meaning="The case needs none: the embedded graph gives the same findings.",
            next_call="use the compose.yaml with Docker, Neo4j Desktop, or WSL, and name the address in case.yaml",
        )


def up(
    home: Path | str | None = None,
    *,
    version: str = "",
    bolt_port: int = 0,
    http_port: int = 0,
    heap: str = "512m",
    page_cache: str = "128m",
    say: Callable[[str], None] = print,
) -> Server:
    """Start the server of a home, assembling it first if need be, and return it when its database answers.

    Where it already runs nothing is done. `heap` and `page_cache` are sizes as 512m or 2g; a port of 0 means the usual
    one or, where that is taken, a free one. Raises one of the ServerErrors.
    """
    _supported()
    for size in (heap, page_cache):
        if not re.fullmatch(r"[1-9][0-9]{0,5}[kmg]", size):
            raise SettingUnknown(
                f"{size[:40]!r} is no size of memory.",
                where="--heap, --page-cache",
                meaning="No server was started.",
                next_call="write 512m or 2g",
            )
    place = _place(home)
    _prepare(place)
    with locked(place / "lock"):
        before = read_record(place)
        _same(place, before, version, bolt_port, http_port)
        if lives(before):
            _wait(place, before, Server("running", place).password())
            return _look(place, "It was already running.")
        release, java = chosen(version or before.get("version", ""))
        jars = assemble(release.version, say=say)
        # A port is free until the program that was given it listens, seconds later: one start at a time for each user.
        with locked(jars.parent / "ports.lock"):
            bolt = _port(bolt_port, before.get("bolt", 0), BOLT, "--bolt-port", {http_port})
            web = _port(http_port, before.get("http", 0), HTTP, "--http-port", {bolt})
            record = {"version": release.version, "bolt": bolt, "http": web, "pid": 0, "birth": ""}
            settle(place)
            for name in FOLDERS:
                (place / name).mkdir(mode=0o700, exist_ok=True)
            write_whole(place / "conf" / "neo4j.conf", _settings(record, heap, page_cache))
            write_whole(place / "server.json", json.dumps(record) + "\n")
            if not (place / "password").exists():
                _set_password(place, java, jars)
            pid = _launch(place, java, jars, release, heap)
            record |= {"pid": pid, "birth": birth(pid)}
            write_whole(place / "server.json", json.dumps(record) + "\n")
            try:
                _wait(place, record, Server("running", place).password())
            except KeyboardInterrupt:
                stop(record, STOP_SECONDS)
                raise
        was = before.get("pid", 0)
        gone = f"The server that ran before (process {was}) had ended without being stopped: started again."
        return _look(place, gone if was else "")


def _same(home: Path, before: dict[str, Any], version: str, bolt_port: int, http_port: int) -> None:
    """Refuse to open a home with another release, or to change the ports of a server that runs."""
    if version and before and version != before["version"]:
        raise OtherRelease(
            f"The server in this home is Neo4j {before['version']}, not {version}.",
            where=str(home),
            meaning="Its files were left alone: a later release would rewrite them, an earlier one cannot read them.",
            next_call=f"tracer neo4j up --release {version} --home OTHER_FOLDER, and load the case into it",
        )
    if lives(before) and {bolt_port, http_port} - {0, before["bolt"], before["http"]}:
        raise OtherRelease(
            f"The server already runs, on ports {before['bolt']} (Bolt) and {before['http']} (Browser).",
            where=str(home),
            meaning="It was left running as it is.",
            next_call="tracer neo4j down, then up with the ports you want",
        )


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):  # a running server rotates its files
            total += path.stat().st_blocks * 512 if path.is_file() else 0
    return total


def _look(home: Path, note: str = "") -> Server:
    record = read_record(home)
    version, size = record.get("version", ""), _size(home / "data")
    if lives(record):
        password = Server("running", home).password()
        answer = _answers(record, password)
        return Server(
            "running" if answer else "not answering",
            home,
            answer.get("version", version),
            answer.get("edition", ""),
            record["bolt"],
            record["http"],
            record["pid"],
            size,
            note if answer else _silent(home, record, password),
        )
    if record.get("pid"):
        gone = f"Process {record['pid']} ended without being stopped. Next: tracer neo4j up, which starts it again; nothing committed is lost."
        return Server("dead", home, version, size=size, note=note or gone)
    return Server("stopped", home, version, size=size, note=note)


def status(home: Path | str | None = None) -> Server:
    """Return how the server of a home is; nothing is changed."""
    _supported()
    return _look(_place(home))


def elsewhere(port: int) -> str:
    """Return the address of the server of the default home where it runs and another Bolt port than this one is its own, else ""."""
    if sys.platform == "win32":
        return ""
    record = read_record(default_home())
    return f"neo4j://{HOST}:{record['bolt']}" if lives(record) and record["bolt"] != port else ""


def down(home: Path | str | None = None, *, seconds: float = STOP_SECONDS) -> Server:
    """Stop the server of a home and return it; where none runs nothing is done.

    It is asked to end and given `seconds`; only then is it ended by force, which the returned note says.
    """
    _supported()
    place = _place(home)
    if not (place / "server.json").exists():
        return Server("stopped", place, note="No server was ever started here.")
    with locked(place / "lock"):
        record = read_record(place)
        if lives(record):
            forced = stop(record, seconds)
            note = (
                f"It did not end within {seconds:.0f} s and was ended by force; at the next start it recovers what was committed."
                if forced
                else "Stopped."
            )
        elif record.get("pid"):
            note = f"Process {record['pid']} had already ended; a process that has its number now was left alone."
        else:
            note = "It was not running."
        write_whole(place / "server.json", json.dumps(record | {"pid": 0, "birth": ""}) + "\n")
        return _look(place, note)

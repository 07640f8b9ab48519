"""`tracer neo4j`: a real Community server is assembled, started, looked at, killed, started again and stopped.

Every test of the first part uses one home, in the order of the file: up is the slow step, so each start serves several.
"""

import http.client
import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import neo4j as driver
import pytest
from typer.testing import CliRunner, Result

import tracer
from tests.conftest import RELEASE
from tracer import server
from tracer.cli import app
from tracer.model import GraphError
from tracer.server import assembly, java, running

ROOT = Path(__file__).resolve().parents[2]


def ran(*words: str, **env: str) -> Result:
    return CliRunner().invoke(app, ["neo4j", *words], env=env)


def no_server(why: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(f"{why}; with CI=true nothing is skipped")
    pytest.skip(why)


@pytest.fixture(scope="module", autouse=True)
def _assembled() -> None:
    """The jars are fetched once for a machine, into the cache of its user."""
    try:
        server.assemble()
    except (server.JavaMissing, server.MavenMissing, server.MavenFailed) as missing:
        no_server(str(missing))


@pytest.fixture(scope="module")
def arguments_seen() -> set[str]:
    """The arguments of every process while the server was started the first time."""
    return set()


@pytest.fixture(scope="module")
def started(
    tmp_path_factory: pytest.TempPathFactory,
    arguments_seen: set[str],
    stopped_with_the_run: Callable[[Path], None],
) -> Iterator[server.Server]:
    home = tmp_path_factory.mktemp("own") / "home"
    stopped_with_the_run(home)
    before = os.umask(0)
    up = "import sys; from tracer import server; server.up(sys.argv[1], version=sys.argv[2])"
    command = [sys.executable, "-c", up, str(home), RELEASE]
    try:
        with subprocess.Popen(command, cwd=ROOT) as process:
            while process.poll() is None:
                for place in Path("/proc").glob("[0-9]*/cmdline"):
                    try:
                        arguments_seen.add(place.read_bytes().decode("utf-8", "replace"))
                    except (FileNotFoundError, ProcessLookupError):
                        continue
                time.sleep(0.02)
    finally:
        os.umask(before)
    assert process.returncode == 0
    yield server.status(home)
    server.down(home)


def process_of(home: Path) -> int:
    return int(json.loads((home / "server.json").read_text("utf-8"))["pid"])


# One home, from its first start to its last stop ----------------------------------------------------------------------


def test_the_driver_reaches_what_status_says(started: server.Server) -> None:
    assert (started.state, started.version, started.edition) == ("running", "5.26.30", "community") or (
        started.state,
        started.version,
        started.edition,
    ) == ("running", "2026.02.2", "community")
    with driver.GraphDatabase.driver(started.address, auth=(server.USER, started.password())) as line:
        found = line.execute_query(
            "CALL dbms.components() YIELD versions, edition RETURN versions[0] AS v, edition AS e"
        )
        assert (found.records[0]["v"], found.records[0]["e"]) == (started.version, started.edition)
        asked = line.execute_query(
            "SHOW SETTINGS YIELD name, value WHERE name IN $names RETURN name, value",
            names=[
                "dbms.usage_report.enabled",
                "server.bolt.telemetry.enabled",
                "client.allow_telemetry",
                "db.logs.query.enabled",
                "dbms.security.allow_csv_import_from_file_urls",
                "dbms.security.auth_enabled",
            ],
        )
    assert {row["name"]: row["value"].lower() for row in asked.records} == {
        "dbms.usage_report.enabled": "false",
        "server.bolt.telemetry.enabled": "false",
        "client.allow_telemetry": "false",
        "db.logs.query.enabled": "off",
        "dbms.security.allow_csv_import_from_file_urls": "false",
        "dbms.security.auth_enabled": "true",
    }


def test_another_password_opens_nothing(started: server.Server) -> None:
    line = driver.GraphDatabase.driver(started.address, auth=(server.USER, "another-password"))
    with line, pytest.raises(driver.exceptions.AuthError):
        line.verify_connectivity()


def test_the_browser_is_served(started: server.Server) -> None:
    line = http.client.HTTPConnection("127.0.0.1", started.http, timeout=10)
    line.request("GET", "/browser/")
    answer = line.getresponse()
    assert (answer.status, b"<title>Neo4j Browser</title>" in answer.read()) == (200, True)
    policy = answer.headers["Content-Security-Policy"]
    hosts = {word for word in policy.replace(";", " ").split() if "." in word or ":" in word}
    assert hosts == {"data:", f"ws://127.0.0.1:{started.bolt}", f"ws://localhost:{started.bolt}"}  # and nobody else
    line.close()


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="the table of sockets is Linux's")
def test_it_listens_on_the_loopback_address_only(started: server.Server) -> None:
    inodes = set()
    for number in Path(f"/proc/{started.pid}/fd").iterdir():
        try:
            inodes.update(re.findall(r"socket:\[(\d+)\]", str(number.readlink())))
        except FileNotFoundError:
            continue
    listens = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                address, port = fields[1].split(":")
                listens.add((address, int(port, 16)))
    assert {port for _, port in listens} == {started.bolt, started.http}
    # 127.0.0.1 in the byte order of the table, as IPv4 and as IPv6 tells IPv4
    assert {address for address, _ in listens} <= {"0100007F", "0000000000000000FFFF00000100007F"}


def test_all_in_the_home_is_for_its_owner_alone_whatever_the_umask(started: server.Server) -> None:
    assert stat.S_IMODE(started.password_file.stat().st_mode) == 0o600
    assert stat.S_IMODE((started.home / "server.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(started.home.stat().st_mode) == 0o700
    assert not [p for p in started.home.rglob("*") if p.stat().st_mode & 0o077 and p.parent == started.home]
    assert not [p for p in (started.home / "data").rglob("*") if p.stat().st_mode & 0o077]


def test_the_password_is_in_its_file_and_nowhere_else(started: server.Server, arguments_seen: set[str]) -> None:
    password = started.password()
    assert len(password) == 48
    assert any("set-initial-password" in one for one in arguments_seen), "the first password was set while we watched"
    assert not [one for one in arguments_seen if password in one]
    holders = [p for p in started.home.rglob("*") if p.is_file() and password.encode() in p.read_bytes()]
    assert holders == [started.password_file]
    assert password not in repr(started) + started.as_text() + ran("status", "--home", str(started.home)).output


def test_up_again_changes_nothing(started: server.Server) -> None:
    again = ran("up", "--home", str(started.home))
    assert again.exit_code == 0, again.output
    assert "already running" in again.output
    assert f"graph: neo4j://127.0.0.1:{started.bolt}" in again.output
    assert "Driver:" not in again.output
    assert process_of(started.home) == started.pid


def test_a_server_that_runs_keeps_its_ports_and_its_release(started: server.Server) -> None:
    with pytest.raises(server.OtherRelease, match=f"on ports {started.bolt}"):
        server.up(started.home, bolt_port=1)
    other = next(version for version in server.RELEASES if version != started.version)
    with pytest.raises(server.OtherRelease, match=re.escape(f"is Neo4j {started.version}, not {other}")):
        server.up(started.home, version=other)
    assert server.status(started.home).pid == started.pid


def test_a_killed_server_is_reported_dead_and_started_again_with_what_was_committed(started: server.Server) -> None:
    with driver.GraphDatabase.driver(started.address, auth=(server.USER, started.password())) as line:
        line.execute_query("CREATE (:Kept {n: 7})")
    os.kill(started.pid, signal.SIGKILL)
    while server.birth(started.pid):
        time.sleep(0.02)
    told = ran("status", "--home", str(started.home))
    assert told.exit_code == 1
    assert f"dead\nProcess {started.pid} ended without being stopped. Next: tracer neo4j up" in told.output
    again = server.up(started.home)
    assert f"process {started.pid}) had ended without being stopped: started again" in again.note
    assert (again.state, again.bolt, again.http) == ("running", started.bolt, started.http)
    assert again.pid != started.pid
    with driver.GraphDatabase.driver(again.address, auth=(server.USER, again.password())) as line:
        assert [row["n"] for row in line.execute_query("MATCH (k:Kept) RETURN k.n AS n").records] == [7]


def test_a_password_that_it_no_longer_has_is_told_as_such(started: server.Server) -> None:
    right = started.password_file.read_text("ascii")
    started.password_file.write_text("another-password\n")
    try:
        told = ran("status", "--home", str(started.home))
    finally:
        started.password_file.write_text(right)
    assert told.exit_code == 1
    assert "not answering" in told.output
    assert f"refuses the password in {started.password_file}" in told.output
    assert server.status(started.home).state == "running"


def test_up_that_gives_up_says_what_to_call(started: server.Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "START_SECONDS", 0.0)
    assert server.up(started.home).note == "It was already running.", "it is asked once more before up gives up"
    os.kill(process_of(started.home), signal.SIGKILL)
    while server.birth(process_of(started.home)):
        time.sleep(0.02)
    with pytest.raises(server.NotStarted) as told:
        server.up(started.home)
    pid = process_of(started.home)
    assert f"Still starting: process {pid} is there" in told.value.meaning
    assert "password" not in str(told.value)
    assert told.value.next_call.startswith("tracer neo4j up, which waits for it again; or tracer neo4j status")
    shown = ran("status", "--home", str(started.home))
    assert (shown.exit_code, "not answering\nStill starting: process" in shown.output) == (1, True)


def test_a_case_that_names_another_port_is_told_the_one_of_the_server(
    started: server.Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TRACER_NEO4J_HOME", str(started.home))
    monkeypatch.setenv("TRACER_NEO4J_USER", server.USER)
    monkeypatch.setenv("TRACER_NEO4J_PASSWORD", started.password())
    with socket.create_server(("127.0.0.1", 0)) as gone:
        at = f"neo4j://127.0.0.1:{gone.getsockname()[1]}"
    tracer.new(tmp_path / "case", id="X-1", title="Test", as_of="2025-06-30", by="A. Officer")
    with pytest.raises(GraphError, match="Nobody answers") as told:
        tracer.open(tmp_path / "case", by="A. Officer", graph=at).graph_sync()
    assert told.value.next_call.startswith(f"{started.address} is where `tracer neo4j up` has its server")
    with pytest.raises(GraphError, match="its graph is the embedded one") as none:
        tracer.open(tmp_path / "case", by="A. Officer").graph_sync()
    assert f"write graph: {started.address} into case.yaml" in none.value.next_call


def test_where_the_driver_is_missing_that_is_said_with_the_line(started: server.Server, tmp_path: Path) -> None:
    for installed in Path(sysconfig.get_path("purelib")).iterdir():
        if not installed.name.startswith("neo4j"):
            (tmp_path / installed.name).symlink_to(installed)
    program = (
        "import sys; sys.path += sys.argv[1:3]; from tracer.cli import app; app(['neo4j', 'up', '--home', sys.argv[3]])"
    )
    command = [sys.executable, "-S", "-c", program, str(ROOT), str(tmp_path), str(started.home)]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert "It was already running." in told.stdout, "up waits for what the test before left starting"
    assert "Driver:    not installed" in told.stdout
    assert "python -m pip install 'tracer-workbench[neo4j]'" in told.stdout


def test_down_twice(started: server.Server) -> None:
    pid = process_of(started.home)
    assert server.birth(pid)
    assert ran("down", "--home", str(started.home)).output.splitlines()[:2] == [
        f"Neo4j {started.version}: stopped",
        "Stopped.",
    ]
    assert not server.birth(pid)
    assert "It was not running." in ran("down", "--home", str(started.home)).output
    told = ran("status", "--home", str(started.home))
    assert told.exit_code == 1
    assert "stopped" in told.output
    assert re.search(r"Data: +\S+/data, \d+\.\d MB", told.output)


def test_a_number_that_another_process_has_now_is_left_alone(started: server.Server) -> None:
    record = json.loads((started.home / "server.json").read_text("utf-8"))
    with subprocess.Popen(["/bin/sleep", "60"]) as other:
        stale = record | {"pid": other.pid, "birth": "began some other time"}
        (started.home / "server.json").write_text(json.dumps(stale))
        assert server.status(started.home).state == "dead"
        assert "was left alone" in server.down(started.home).note
        assert other.poll() is None
        other.kill()


# What is missing is named ---------------------------------------------------------------------------------------------


@pytest.fixture
def no_java(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], Path]:
    """`no_java("11")`: the only Java of this machine is said to be of that version."""

    def only(version: str) -> Path:
        home = tmp_path / "jdk"
        (home / "bin").mkdir(parents=True)
        (home / "bin" / "java").write_text("#!/bin/sh\nexit 1\n")
        (home / "bin" / "java").chmod(0o755)
        (home / "release").write_text(f'IMPLEMENTOR="Nobody"\nJAVA_VERSION="{version}"\n')
        monkeypatch.setattr(java, "PLACES", ())
        monkeypatch.setenv("PATH", "")
        monkeypatch.delenv("JAVA_HOME", raising=False)
        monkeypatch.setenv("TRACER_JAVA", str(home / "bin" / "java"))
        return home / "bin" / "java"

    return only


@pytest.mark.parametrize(
    ("version", "release", "named"),
    [
        ("11.0.22", "5.26.30", "runs on Java 17 or 21; found: 11 "),
        ("1.8.0_402", "5.26.30", "runs on Java 17 or 21; found: 8 "),
        ("17.0.15", "2026.02.2", "runs on Java 21 or 25; found: 17 "),
        ("25", "5.26.30", "runs on Java 17 or 21; found: 25 "),
    ],
)
def test_a_java_that_does_not_fit_is_named(
    no_java: Callable[[str], Path], tmp_path: Path, version: str, release: str, named: str
) -> None:
    program = no_java(version)
    with pytest.raises(server.JavaMissing) as told:
        server.up(tmp_path / "home", version=release)
    assert named + f"({program})" in told.value.what
    assert "apt-get install openjdk-" in told.value.next_call


def test_the_release_is_the_first_that_the_java_runs(no_java: Callable[[str], Path]) -> None:
    no_java("25.0.1")
    release, found = assembly.chosen()
    assert (release.version, found.feature) == ("2026.02.2", 25)


def test_without_java_and_maven_both_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", "")
    with pytest.raises(server.MavenMissing, match=r"Maven \(mvn\), which fetches it, is not on the PATH") as told:
        server.up(tmp_path / "home")
    assert "apt-get install maven" in told.value.next_call
    assert "compose.yaml" in told.value.next_call
    monkeypatch.setattr(java, "PLACES", ())
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.delenv("TRACER_JAVA", raising=False)
    with pytest.raises(server.JavaMissing, match="found: none"):
        server.up(tmp_path / "home")


def test_a_maven_that_fails_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "mvn").write_text('#!/bin/sh\necho "[ERROR] Could not transfer artifact"\nexit 1\n')
    (tmp_path / "bin" / "mvn").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    said: list[str] = []
    with pytest.raises(server.MavenFailed, match="Could not transfer artifact"):
        server.assemble(say=said.append)
    assert said[0].startswith("Downloading Neo4j Community ")
    assert [p.name for p in (tmp_path / "cache" / "tracer" / "neo4j").iterdir()] == ["lock"]


def test_a_changed_jar_is_not_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    whole = server.assemble()
    release = server.RELEASES[whole.name]
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    copy = tmp_path / "cache" / "tracer" / "neo4j" / whole.name
    copy.mkdir(parents=True)
    for jar in whole.iterdir():
        (copy / jar.name).hardlink_to(jar) if jar.stat().st_dev == copy.stat().st_dev else (
            copy / jar.name
        ).write_bytes(jar.read_bytes())
    assert not assembly.differences(copy, release)
    first, second = sorted(copy.iterdir())[:2]
    changed = bytearray(first.read_bytes())
    changed[len(changed) // 2] ^= 1
    first.unlink()
    first.write_bytes(changed)
    second.unlink()
    (copy / "another.jar").write_bytes(b"")
    with pytest.raises(server.DamagedAssembly) as told:
        server.up(tmp_path / "home", version=release.version)
    assert f"{second.name} is missing" in told.value.what
    assert "another.jar does not belong there" in told.value.what
    assert f"{first.name} is another file than the one pinned" in told.value.what


def test_a_port_that_is_taken_is_named_when_asked_for_and_passed_by_when_not(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(server.PortTaken, match=f"listens on 127.0.0.1:{port}"):
            server.up(tmp_path / "home", bolt_port=port)
        assert running._port(0, port, port, "--bolt-port", set()) not in {0, port}
    assert running._port(0, port, 7687, "--bolt-port", set()) == port


def test_a_folder_with_something_else_in_it_is_no_home(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    before = stat.S_IMODE(tmp_path.stat().st_mode)
    with pytest.raises(server.FolderTaken):
        server.up(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["letter.txt"]
    assert stat.S_IMODE(tmp_path.stat().st_mode) == before


@pytest.mark.parametrize(
    "words", [("--heap", "much"), ("--page-cache", "0m"), ("--heap", "1m\nx=y"), ("--release", "4.4")]
)
def test_what_is_no_setting_is_told(tmp_path: Path, words: tuple[str, str]) -> None:
    done = ran("up", "--home", str(tmp_path / "home"), *words)
    assert isinstance(done.exception, server.SettingUnknown)


def test_nothing_was_ever_started_here(tmp_path: Path) -> None:
    done = ran("status", TRACER_NEO4J_HOME=str(tmp_path / "none"))
    assert (done.exit_code, done.output) == (1, "Neo4j: stopped\n")
    assert ran("down", TRACER_NEO4J_HOME=str(tmp_path / "none")).exit_code == 0
    assert not (tmp_path / "none").exists()


# For those with Docker ------------------------------------------------------------------------------------------------


def test_compose_publishes_on_the_loopback_address_only_and_reports_nothing() -> None:
    from ruamel.yaml import YAML

    told = YAML(typ="safe").load(ROOT / "compose.yaml")
    one = told["services"]["neo4j"]
    assert one["image"] in {f"neo4j:{version}-community" for version in server.RELEASES}
    assert all(re.fullmatch(r"127\.0\.0\.1:(\d+):\1", port) for port in one["ports"])
    assert one["environment"]["NEO4J_dbms_usage__report_enabled"] == "false"
    assert one["volumes"] == ["neo4j-data:/data"]
    assert "NEO4J_AUTH" not in one["environment"]
    assert "neo4j_auth.txt" in (ROOT / ".gitignore").read_text("utf-8")


def test_compose_and_up_make_the_same_settings() -> None:
    from ruamel.yaml import YAML

    given = YAML(typ="safe").load(ROOT / "compose.yaml")["services"]["neo4j"]["environment"]
    compose = {
        name.removeprefix("NEO4J_").replace("__", "\0").replace("_", ".").replace("\0", "_"): value
        for name, value in given.items()
        if name != "NEO4J_AUTH_FILE"
    }
    written = running._settings({"bolt": 7687, "http": 7474}, "512m", "128m")
    ours = dict(line.split("=", 1) for line in written.splitlines() if line and not line.startswith("#"))
    assert not {name: value for name, value in compose.items() if ours.get(name) != value}

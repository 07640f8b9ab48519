"""Ctrl-C and kill -9 at any moment leave a consistent case, and the same command goes on from there (notebook.md E3)."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import tracer
from tracer.case import Case
from tracer.ledger import WriterLock
from tracer.progress import Progress, Stopped, say

STATEMENT = (
    "{1:F01QXHKHKHHAXXX0000000000}{2:I940QXUKGB2LXXXXN}{4:\r\n:20:S1\r\n:25:ACCOUNT\r\n:28C:00001/001\r\n"
    ":60F:C240101USD1000,00\r\nLINES:62F:C240131USDCLOSING,00\r\n-}"
)
LINE = ":61:2401020102C1,00NTRFREF0001\r\n:86:A\r\n"


def statement(account: str, lines: int) -> str:
    return STATEMENT.replace("ACCOUNT", account).replace("LINES", LINE * lines).replace("CLOSING", str(1000 + lines))


def new(folder: Path) -> Case:
    return tracer.new(folder, id="X-1", as_of="2026-01-01", by="A. Officer")


#: The command line, with each step of the running verb printed as it begins.
TELLING = """
import sys
from tracer import cli, progress
step = progress.Progress.step
def told(self, doing, done, total):
    if doing != self.doing:
        print(f"{self.name}: {doing}", flush=True)
    step(self, doing, done, total)
progress.Progress.step = told
cli.main()
"""


def start(*arguments: object) -> subprocess.Popen[str]:
    """Start a verb at a terminal, where Ctrl-C reaches it as at any terminal."""
    return subprocess.Popen(
        [sys.executable, "-c", TELLING, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509 - a runner in the background ignores SIGINT
    )


def stop_when(victim: subprocess.Popen[str], seen: Callable[[], bool], pause: float = 0) -> str:
    """Send Ctrl-C once something is seen and a pause is over; return what the victim said of it."""
    until = time.monotonic() + 120
    while not seen() and victim.poll() is None and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(pause)
    assert victim.poll() is None, f"it ended before it could be stopped: {victim.communicate()}"
    victim.send_signal(signal.SIGINT)
    _, told = victim.communicate(timeout=120)
    assert victim.returncode == 130, told
    return told


def until_it_says(victim: subprocess.Popen[str], step: str) -> None:
    """Wait for a step: how many seconds a verb needs to come so far depends on what else the machine does."""
    assert victim.stdout is not None
    assert any(line.startswith(step) for line in victim.stdout), victim.communicate()


def in_house_form(told: str, verb: str) -> None:
    assert "Traceback" not in told
    what, where, meaning, next_call, name = told.strip().splitlines()[-5:]
    assert what.startswith(f"{verb} was stopped by Ctrl-C")
    assert where
    assert meaning.endswith("the rest is as if never begun.")
    assert next_call == "Next: run the same command again; it goes on from there"
    assert name == "[Stopped]"


def clean(case: Case) -> None:
    assert case.verify().check() == ()
    assert [p for p in case.folder.rglob("*") if p.name.endswith(".tmp") or p.name.startswith(".incoming")] == []


def logged(case: Case) -> int:
    return sum(1 for _ in case.exhibits.log)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Path], str]:
    """Forty statements, and the head of a case that loaded them without being stopped."""
    place = tmp_path_factory.mktemp("many")
    files = []
    for n in range(40):
        files.append(place / f"s{n:02d}.sta")
        files[-1].write_text(statement(f"44788200{n:04d}", 3), "utf-8", newline="")
    whole = new(place / "whole")
    whole.load(*files)
    return files, whole.ledger.content_head()


@pytest.mark.parametrize("after", [1, 9])
def test_a_stopped_load_of_many_files_goes_on_from_there(
    tmp_path: Path, many: tuple[list[Path], str], after: int
) -> None:
    files, whole = many
    case = new(tmp_path / "case")
    told = stop_when(start("load", *files, "--case", case.folder), lambda: logged(case) >= after)
    in_house_form(told, "load")
    assert "of 40 files are taken in and loaded" in told
    clean(case)
    view = case.load(*files)
    assert {row["outcome"] for row in view} <= {"loaded-and-reconciled", "twin"}
    assert case.ledger.content_head() == whole
    clean(case)


@pytest.mark.parametrize("pause", [0.0, 0.7])
def test_a_stopped_load_of_one_large_file_loads_nothing_of_it(tmp_path: Path, pause: float) -> None:
    large = tmp_path / "large.sta"
    large.write_text(statement("447882001838", 30_000), "utf-8", newline="")
    case = new(tmp_path / "case")
    told = stop_when(start("load", large, "--case", case.folder), lambda: logged(case) >= 1, pause)
    in_house_form(told, "load")
    assert "0 of 1 files" in told
    assert case.ledger.counts() == {}
    clean(case)
    (row,) = case.load(large)
    assert (row["outcome"], row["new"]) == ("loaded-and-reconciled", 30_001)
    clean(case)


@pytest.fixture
def loaded(harbour_copy: Callable[[Path], Case], tmp_path: Path) -> Case:
    """The sample case, loaded and matched, with nothing in `out/`."""
    case = harbour_copy(tmp_path / "case")
    shutil.rmtree(case.folder / "out")
    (case.folder / "out").mkdir(mode=0o700)
    return case


def test_a_stopped_trace_changes_nothing(loaded: Case) -> None:
    head = loaded.ledger.head()
    opened = sum(1 for _ in loaded.log)
    victim = start("trace", "--case", loaded.folder)
    until_it_says(victim, "trace: replaying")
    told = stop_when(victim, lambda: True)
    in_house_form(told, "trace")
    assert (loaded.ledger.head(), sum(1 for _ in loaded.log)) == (head, opened)
    clean(loaded)


@pytest.mark.parametrize("moment", ["drawing", "writing"])
def test_a_stopped_annex_leaves_no_half_written_file(loaded: Case, moment: str) -> None:
    out = loaded.folder / "out"
    victim = start("annex", "--case", loaded.folder)
    until_it_says(victim, f"annex: {moment}")
    until = time.monotonic() + 200
    while moment == "writing" and not any(out.rglob(".*.tmp")) and not any(out.rglob("*.xlsx")):
        assert time.monotonic() < until
        if victim.poll() is not None:
            break
        time.sleep(0.001)
    victim.send_signal(signal.SIGINT)
    _, told = victim.communicate(timeout=120)
    if moment == "drawing":
        assert victim.returncode == 130
        in_house_form(told, "annex")
        assert [p for p in out.rglob("*") if p.is_file()] == []
    clean(loaded)
    for path in out.rglob("*.xlsx"):
        assert zipfile.ZipFile(path).testzip() is None


def test_a_ctrl_c_that_a_library_renames_is_still_a_ctrl_c(tmp_path: Path) -> None:
    with pytest.raises(Stopped, match=r"load was stopped by Ctrl-C \(reading\)"), Progress("load", tmp_path):  # noqa: PT012
        say("reading")
        try:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(1)
        except KeyboardInterrupt:
            raise RuntimeError("Query interrupted") from None  # what DuckDB makes of it
    assert Progress.running is None
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_ctrl_c_that_a_library_swallows_is_seen_at_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(Stopped), Progress("load", tmp_path):  # noqa: PT012
        try:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(1)
        except KeyboardInterrupt:
            pass
        say("the next file")
        pytest.fail("the next step must not begin")


def test_nothing_is_said_under_two_seconds_then_count_rate_and_time_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Progress("load", tmp_path):
        say("reading", 10, 100)
    assert capsys.readouterr().err == ""
    work = Progress("load", tmp_path)
    work.step("reading", 400, 1000)
    assert work.line(work._step_began + 4) == "load: reading, 400 of 1,000, 100 a second, about 6 s left"


KILLED = """
    import os, signal, sys
    from pathlib import Path
    import tracer
    case = tracer.open({folder!r})
    left = {step}
    real = os.rename, os.replace
    def counting(action):
        def call(*a, **k):
            global left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return action(*a, **k)
        return call
    os.rename, os.replace = counting(os.rename), counting(os.replace)
    case.{verb}
"""


@pytest.mark.parametrize("step", [1, 2, 3, 4])
@pytest.mark.parametrize("verb", ["load", "rebuild"])
def test_killed_before_any_rename_of_a_commit_it_converges(tmp_path: Path, verb: str, step: int) -> None:
    """The renames are the only moments at which anything becomes visible: the copy, each segment, the manifest."""
    path = tmp_path / "a.sta"
    path.write_text(statement("447882001838", 3), "utf-8", newline="")
    whole, case = new(tmp_path / "whole"), new(tmp_path / "case")
    whole.load(path)
    if verb == "rebuild":
        case.load(path)
    call = f"load({str(path)!r})" if verb == "load" else "rebuild()"
    script = textwrap.dedent(KILLED).format(folder=str(case.folder), step=step, verb=call)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert case.verify().check() == ()
    assert case.ledger.counts().get("posting", 0) == (0 if verb == "load" else 3)
    if verb == "load":
        case.load(path)
    else:
        assert "unchanged" in case.rebuild().foot
    assert case.ledger.content_head() == whole.ledger.content_head()
    clean(case)


def test_a_second_writer_gets_host_and_process_and_a_reader_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "a.sta"
    path.write_text(statement("447882001838", 3), "utf-8", newline="")
    case = new(tmp_path / "case")
    case.load(path)
    with WriterLock(case.folder, by="B. Other"):
        told = subprocess.run(
            [sys.executable, "-m", "tracer.cli", "load", str(path), "--case", str(case.folder)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert told.returncode == 1
        assert f"B. Other (process {os.getpid()} on " in told.stderr
        assert "Next: wait" in told.stderr
        assert len(tracer.open(case.folder).ledger.scan("posting")) == 3
    (row,) = case.load("EX-0001")
    assert (row["new"], row["duplicate"]) == (0, 4)  # the lock was let go


#: A load of a large file that stands still at a moment: a step and how much of it is done.
LARGE = """
import sys, time, tracer
from tracer import loading, progress, spooled
from tracer.ingest import reading
import connectors.table
reading.BULK = connectors.table.BULK = reading.STREAMED = 200_000
spooled._HELD, spooled.PART = 1_000, 2_000
folder, path, moment, after, *profile = sys.argv[1:]
def standing_still(act):
    def acts(*given):
        act(*given)
        now = progress.Progress.running
        if moment in now.doing and now.done >= int(after):
            print("here", flush=True)
            time.sleep(60)
    return acts
progress.Progress.step = standing_still(progress.Progress.step)
progress.add = loading.add = standing_still(progress.add)
tracer.open(folder).load(path, answers={"profile": profile[0]} if profile else None)
"""
LARGE_PROFILE = """
profile: large/1
match: {header: [Account, Date, Amount, Ref]}
account: {scope: row, column: Account}
currency: {scope: file, value: USD}
dates: {booked: {column: Date, formats: ["%Y-%m-%d"]}}
amount: {mode: signed, column: Amount}
references: {bank: Ref}
"""


def killed_when(folder: Path, path: object, moment: str, after: int, *profile: object) -> None:
    """Kill a load that stands still at a moment; one that never comes to it is no kill, and the test says so."""
    call = [sys.executable, "-c", LARGE, str(folder), str(path), moment, str(after), *map(str, profile)]
    with subprocess.Popen(call, stdout=subprocess.PIPE, text=True) as victim:
        assert victim.stdout is not None
        assert victim.stdout.readline() == "here\n", f"it never came to {moment!r}"
        victim.send_signal(signal.SIGKILL)
        victim.stdout.read()
        assert victim.wait(60) == -signal.SIGKILL, "it ended before it could be killed"
    again = tracer.open(folder)
    assert again.verify().check() == ()
    assert again.ledger.counts() == {}, "nothing half-written is seen"
    assert [e.status.startswith("loaded") for e in again.exhibits.all()] == [False]


def test_killed_in_the_middle_of_the_bulk_load_of_a_large_table_it_converges(tmp_path: Path) -> None:
    lines = [f"47110{n % 7},2024-03-{1 + n % 28:02d},{n % 997}.{n % 100:02d},R{n}" for n in range(12_000)]
    lines[6_000] = "471101,2024-02-31,5.00,R"
    large, profile = tmp_path / "large.csv", tmp_path / "large.yaml"
    large.write_text("Account,Date,Amount,Ref\n" + "\n".join(lines) + "\n", "utf-8")
    profile.write_text(LARGE_PROFILE, "utf-8")
    assert large.stat().st_size > 200_000
    answers = {"profile": str(profile)}
    whole, case = new(tmp_path / "whole"), new(tmp_path / "case")
    whole.load(large, answers=answers)  # read line by line: what a kill leaves must come to the same
    for number, (moment, after) in enumerate((("reading", 1), ("sorting", 6_000), ("writing", 0))):
        killed_when(case.folder, "EX-0001" if number else large, moment, after, profile)
    (row,) = case.load("EX-0001", answers=answers)
    assert (row["outcome"], row["raw"], row["new"]) == ("loaded-and-flagged", 12_000, 12_007)
    assert case.ledger.content_head() == whole.ledger.content_head()
    clean(case)


def test_killed_in_the_middle_of_a_large_statement_it_converges(tmp_path: Path) -> None:
    """Rows of a large file wait on the disk and are written in parts: of none of them anything is left."""
    large = tmp_path / "large.sta"
    large.write_text(statement("447882001838", 5_400), "utf-8", newline="")
    assert large.stat().st_size > 200_000
    whole, case = new(tmp_path / "whole"), new(tmp_path / "case")
    whole.load(large)  # in memory: what a kill leaves must come to the same
    for number, (moment, after) in enumerate((("reading", 4_000), ("sorting", 3_000))):
        killed_when(case.folder, "EX-0001" if number else large, moment, after)
        assert not list(case.ledger.segments.glob("*.parquet"))
    (row,) = case.load("EX-0001")
    assert (row["outcome"], row["new"]) == ("loaded-and-reconciled", 5_401)
    assert case.ledger.content_head() == whole.ledger.content_head()
    clean(case)

"""Real permissions: what a person without them is told, what stays, and that tracer's own files are private (safety.md S13).

Root may do anything, so for root the commands run without the two capabilities by which it may (capabilities(7),
CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH): the owner's own bits then count. A user who is not root runs them as he is.
"""

import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import tracer

ROOT = Path(__file__).resolve().parents[2]
GOOD = (
    "{1:F01QXUKGB2LAXXX0001000001}{2:O9400800240131QXUKGB2LAXXX00010001232401310801N}{4:\r\n:20:S1\r\n:25:12345678\r\n:28C:1\r\n"
    ":60F:C240101USD1000,00\r\n:61:2401020102C500,00NTRFREF0001\r\n:86:A\r\n:62F:C240131USD1500,00\r\n-}"
)

#: Gives up the rights of root over files for good (prctl PR_CAPBSET_DROP = 24), then becomes the command.
ORDINARY = """
import ctypes, os, sys
if os.geteuid() == 0:
    for capability in (1, 2):
        assert ctypes.CDLL(None, use_errno=True).prctl(24, capability, 0, 0, 0) == 0, "the rights of root cannot be given up"
os.execv(sys.executable, [sys.executable, "-m", "tracer.cli", *sys.argv[1:]])
"""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "good.sta").write_bytes(GOOD.encode())
    (tmp_path / "later.sta").write_bytes(GOOD.replace(":20:S1", ":20:S2").replace("12345678", "87654321").encode())
    tracer.new(tmp_path / "case", id="X-1", as_of="2025-06-30", by="A. Officer").load(tmp_path / "good.sta")
    yield tmp_path
    for folder in [tmp_path, *(p for p in tmp_path.rglob("*") if p.is_dir())]:
        folder.chmod(0o700)


def run(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", ORDINARY, *arguments]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TRACER_CASE": "case"}
    return subprocess.run(command, cwd=place, env=env, capture_output=True, text=True, check=False)


def content(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def in_house_form(done: subprocess.CompletedProcess[str]) -> str:
    told = [line for line in done.stderr.splitlines() if not re.match(r"\w+: .* (so far|left)$", line)]  # progress
    assert done.returncode == 1, (done.returncode, done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    assert told[-1].startswith("["), done.stderr
    assert told[-2].startswith("Next: ")
    assert 4 <= len(told) <= 5
    return told[0]


CLOSED = {
    "case.yaml": ("case.yaml", 0o000, ("status",)),
    "the log": ("log.jsonl", 0o000, ("status",)),
    "the decisions": ("decisions.jsonl", 0o000, ("match",)),
    "the exhibits": ("exhibits", 0o500, ("load", "later.sta")),
    "the segments": ("ledger/segments", 0o500, ("load", "later.sta")),
    "the segments, shut": ("ledger/segments", 0o000, ("status",)),
    "the manifest": ("ledger/manifest.jsonl", 0o000, ("status",)),
    "out": ("out", 0o500, ("annex", "R4")),
}


@pytest.mark.parametrize("name", list(CLOSED))
def test_what_is_closed_is_a_sentence_and_nothing_is_lost(place: Path, name: str) -> None:
    path, mode, call = CLOSED[name]
    case = place / "case"
    there = case / path
    if not there.exists():
        there.touch(0o600)
    before, was = content(case), there.stat().st_mode
    there.chmod(mode)
    done = run(place, *call)
    there.chmod(stat.S_IMODE(was))
    assert re.search("ermission|cannot be read", in_house_form(done))
    after = content(case)
    for file, data in before.items():
        assert after[file].startswith(data), f"{file} lost something"
    opened = tracer.open(case)
    assert opened.verify().check() == ()
    if call[0] == "load":  # the same call again, or the call that a twin is told, and everything is there
        opened.load(place / "later.sta")
        opened.load("EX-0002")
        assert {p.account for p in opened.facts()["posting"].values()} == {"12345678", "87654321"}


def test_a_case_folder_that_is_read_only_can_be_read_and_a_load_is_whole_or_told(place: Path) -> None:
    case = place / "case"
    case.chmod(0o500)
    assert run(place, "status").returncode == 0
    done = run(place, "load", "later.sta")
    case.chmod(0o700)
    if done.returncode:
        in_house_form(done)
    else:
        assert len(tracer.open(case).facts()["posting"]) == 2
    assert tracer.open(case).verify().check() == ()


def test_a_file_that_may_not_be_read_is_refused_and_the_others_are_loaded(place: Path) -> None:
    (place / "shut.sta").write_bytes(GOOD.replace("12345678", "11112222").encode())
    (place / "shut.sta").chmod(0o000)
    done = run(place, "load", "shut.sta", "later.sta")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "Permission denied" in done.stdout
    assert "1 loaded" in done.stdout
    assert "1 refused" in done.stdout
    numbers = {p.account for p in tracer.open(place / "case").facts()["posting"].values()}
    assert numbers == {"12345678", "87654321"}


def test_a_preview_of_a_file_that_may_not_be_read_is_a_sentence(place: Path) -> None:
    (place / "good.sta").chmod(0o000)
    assert "cannot be read" in in_house_form(run(place, "preview", "good.sta"))


def test_a_folder_in_which_no_case_can_be_made_is_a_sentence(place: Path) -> None:
    (place / "closed").mkdir()
    (place / "closed").chmod(0o500)
    done = run(place, "new", "closed/case", "--id", "X-2")
    assert in_house_form(done)
    assert list((place / "closed").iterdir()) == []


def test_whatever_tracer_makes_is_closed_to_others(place: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    code = (
        "import os; os.umask(0); import tracer; from pathlib import Path\n"
        "c = tracer.open('case', by='A'); c.load('later.sta'); c.match(); c.annex('R4')\n"
        "c.reconcile().save('one/two/three.csv'); c.rebuild()\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=place, env=environment, check=True)
    made = [place / "case", *(place / "case").rglob("*")]
    assert any(p.name == "three.csv" for p in made)
    for path in made:
        mode = stat.S_IMODE(path.stat().st_mode)
        wanted = 0o700 if path.is_dir() else 0o600 & mode
        assert mode == wanted, f"{path}: {mode:o}"

"""`python -m pip install .` gives the `tracer` command with everything that it ships, and it answers from any folder."""

import os
import shutil
import subprocess
import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: What a program cannot do without, beside its modules.
DATA = (
    "tracer/annex/glossary.tsv",
    "tracer/selftest_cases/tracing_cases.json",
    "tracer/selftest_cases/ownership_cases.json",
)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with tracer from a copy of the tree; the libraries are those of this one, so nothing is fetched."""
    if find_spec("hatchling") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("hatchling is not installed; with CI=true nothing is skipped")
        pytest.skip("hatchling, which builds the package, is not installed (uv sync --all-groups)")
    place = tmp_path_factory.mktemp("installed")
    for name in ("tracer", "connectors"):
        shutil.copytree(ROOT / name, place / "tree" / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, place / "tree" / name)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place / "env")], check=True)
    site = next((place / "env").glob("lib/python*/site-packages"))
    (site / "beside.pth").write_text(sysconfig.get_path("purelib") + "\n")
    pip = [sys.executable, "-m", "pip", "--python", str(place / "env" / "bin" / "python"), "install", "--no-index"]
    done = subprocess.run(
        [*pip, "--no-deps", "--no-build-isolation", "."],
        cwd=place / "tree",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return place / "env"


def run(installed: Path, elsewhere: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the installed command from another folder, without the kernels' compiler: the known answers are small."""
    env = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "TRACER_CASE"}} | {"NUMBA_DISABLE_JIT": "1"}
    program = str(installed / "bin" / "tracer")
    return subprocess.run([program, *arguments], cwd=elsewhere, env=env, capture_output=True, text=True, check=False)


def test_everything_that_the_tree_ships_is_installed(installed: Path) -> None:
    site = next(installed.glob("lib/python*/site-packages"))
    shipped = {
        p.relative_to(ROOT)
        for name in ("tracer", "connectors")
        for p in (ROOT / name).rglob("*")
        if p.is_file() and "__pycache__" not in p.parts
    }
    assert {Path(name) for name in DATA} <= shipped
    assert not [p for p in shipped if not (site / p).is_file()]
    assert not [p for p in shipped if (site / p).read_bytes() != (ROOT / p).read_bytes()]


def test_the_command_of_the_installation_is_the_installed_one(installed: Path, tmp_path: Path) -> None:
    python = installed / "bin" / "python"
    code = (
        "import tracer, connectors, tracer.ingest as i; print(tracer.__file__); print(connectors.__path__[0]);"
        "print(*sorted(c.name for c in i.installed()))"
    )
    done = subprocess.run([str(python), "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    where, beside, names = done.stdout.splitlines()
    assert Path(where).is_relative_to(installed)
    assert Path(beside).is_relative_to(installed)
    assert len(names.split()) == len(set((ROOT / "connectors").glob("[a-z]*.py")))


def test_the_help_of_the_installed_command(installed: Path, tmp_path: Path) -> None:
    done = run(installed, tmp_path, "--help")
    assert done.returncode == 0, done.stderr
    assert "selftest" in done.stdout


def test_the_installed_command_knows_the_known_answers(installed: Path, tmp_path: Path) -> None:
    done = run(installed, tmp_path, "selftest")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    closing = done.stdout.splitlines()[-1]
    assert " passed, 0 failed, " in closing
    assert int(closing.split()[0]) > 100


def test_a_case_is_made_and_drafts_are_built_from_any_folder(installed: Path, tmp_path: Path) -> None:
    """The annex needs the glossary, the authorities, the texts of the routes and the fonts: all come with the package."""
    made = run(installed, tmp_path, "new", "one", "--id", "ONE-1", "--as-of", "2025-01-01", "--by", "A. Officer")
    assert made.returncode == 0, made.stderr
    written = run(installed, tmp_path, "annex", "R4", "--case", "one")
    assert written.returncode == 0, written.stderr
    assert {p.suffix for p in (tmp_path / "one" / "out").iterdir()} >= {".xlsx", ".docx", ".json"}

"""What the README promises is there; the public surface is what `__all__` says; nothing names a place it must not."""

import ast
import dataclasses
import json
import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

import tracer
from tracer import model

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")
SOURCES = [*(ROOT / "tracer").rglob("*.py"), *(ROOT / "connectors").rglob("*.py")]


def test_every_connector_is_in_the_readme() -> None:
    for point in entry_points(group="tracer.connectors"):
        assert re.search(rf"\b{point.name}\b", README), point.name


def test_every_rule_is_in_the_readme() -> None:
    for rule in model.RULE_NAMES:
        assert f"`{rule}`" in README, rule


def test_every_noun_is_in_the_glossary() -> None:
    glossary = model.__doc__ or ""
    for name in model.__all__:
        noun = getattr(model, name)
        if dataclasses.is_dataclass(noun):
            assert re.search(rf"^{name}\s", glossary, re.MULTILINE), name


def test_the_model_is_standard_library_only() -> None:
    for path in (ROOT / "tracer" / "model").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom):
                top = (node.module or "").split(".")[0]
                assert top in {"tracer", *sys.stdlib_module_names}, f"{path.name}: {top}"


def test_all_public_names_exist() -> None:
    for name in tracer.__all__:
        assert getattr(tracer, name) is not None


def test_importing_tracer_loads_nothing_heavy() -> None:
    heavy = (
        "pandas",
        "matplotlib",
        "pyvis",
        "IPython",
        "openpyxl",
        "neo4j",
        "duckdb",
        "numba",
        "numpy",
        "pyarrow",
        "lxml",
    )
    code = f"import sys, tracer; print([m for m in {heavy!r} if m in sys.modules])"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )


@pytest.mark.parametrize(
    "verb",
    [
        "new",
        "load",
        "status",
        "problems",
        "reconcile",
        "match",
        "judge",
        "trace",
        "owners",
        "nexus",
        "chart",
        "annex",
        "verify",
        "rebuild",
    ],
)
def test_every_verb_is_a_command_and_a_method(verb: str) -> None:
    from typer.main import get_command

    from tracer.case import Case
    from tracer.cli import app

    assert verb in get_command(app).commands  # type: ignore[attr-defined]
    assert verb == "new" or callable(getattr(Case, verb))


def test_no_verb_deletes_or_sends() -> None:
    from typer.main import get_command

    from tracer.cli import app

    names = {*tracer.__all__, *get_command(app).commands}  # type: ignore[attr-defined]
    assert not [name for name in names if re.search(r"delete|remove|send|upload|mail", name)]


def test_no_dangerous_calls() -> None:
    banned = {"eval", "exec", "__import__"}
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in banned, f"{path}:{node.lineno}"
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [a.name for a in node.names] + [getattr(node, "module", "") or ""]
                assert not {"pickle", "marshal", "shelve", "jsonpickle", "socket_server"} & set(names), (
                    f"{path}:{node.lineno}"
                )
            if isinstance(node, ast.ExceptHandler):
                assert node.type is not None, f"{path}:{node.lineno}: a bare except"
                assert not (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"}), (
                    f"{path}:{node.lineno}"
                )


def test_queries_are_constants() -> None:
    """safety.md S9: values only as parameters, so every query text is a constant."""
    for path in [*(ROOT / "tracer" / "graph").glob("*.py"), *(ROOT / "tracer" / "ledger").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in {"execute", "sql"}
            ):
                assert isinstance(node.args[0], ast.Constant | ast.Name | ast.BinOp), f"{path}:{node.lineno}"
                assert not any(isinstance(part, ast.JoinedStr) for part in ast.walk(node.args[0])), (
                    f"{path}:{node.lineno}"
                )


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda p: p.name)
def test_notebooks_hold_no_outputs_and_define_nothing(path: Path) -> None:
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None
            tree = ast.parse("".join(cell["source"]))
            assert not [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.ClassDef)]


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda p: p.name)
def test_notebooks_run_from_top_to_bottom(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--nbmake", "-q", "-p", "no:cacheprovider", "--nbmake-timeout=300", str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]


def test_no_two_test_modules_bear_one_name() -> None:
    """Two of one name cannot be collected in one run, though each passes in a run of its own."""
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))

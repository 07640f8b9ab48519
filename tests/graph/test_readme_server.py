"""The README's section "With Neo4j", word for word, on a real server."""

import ast
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import tracer
from tracer.case import Case
from tracer.cli import app
from tracer.queries import questions

SECTION = (Path(__file__).resolve().parents[2] / "README.md").read_text("utf-8").partition("## With Neo4j\n")[2]
ADDRESS = "neo4j://127.0.0.1:7687"
COMMANDS = [line for line in re.search(r"```\n(tracer .*?)```", SECTION, re.DOTALL)[1].splitlines() if line.strip()]
NOTEBOOK = re.search(r"```python\n(.*?)```", SECTION, re.DOTALL)[1]


def words_of(line: str, case: Case) -> list[str]:
    said = shlex.split(line, comments=True)
    return [{"demo_case": str(case.folder), ADDRESS: case.graph_choice}.get(word, word) for word in said[1:]]


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_of_the_section_does_what_it_says(line: str, served: Callable[..., Case]) -> None:
    done = CliRunner().invoke(app, words_of(line, served()))
    assert done.exit_code == 0, done.output
    assert done.output.strip()


def test_the_lines_of_the_notebook_run_and_show_what_they_say(served: Callable[..., Case], monkeypatch: Any) -> None:
    case = served()
    monkeypatch.chdir(case.folder.parent)
    text = NOTEBOOK.replace('"demo_case"', repr(case.folder.name)).replace(ADDRESS, case.graph_choice)
    names: dict[str, Any] = {"tracer": tracer}
    found: list[Any] = []
    for statement in ast.parse(text).body:
        if isinstance(statement, ast.Expr):
            found.append(eval(compile(ast.Expression(statement.value), "README.md", "eval"), names))
        else:
            exec(compile(ast.Module([statement], []), "README.md", "exec"), names)
    traced = {row["target"]: row for row in case.trace()}
    shown, through, saved, network = found
    assert {"floor", "ceiling", "libr", "fifo"} <= set(shown.columns)
    for row in shown:
        same = [t for name, t in traced.items() if row["target"].split(",")[0] in name]
        if row["kind"] == "asset":
            assert [(t["floor"], t["ceiling"]) for t in same] == [(row["floor"], row["ceiling"])]
    assert len(through)
    assert {row["grade"][:1] for row in through} == {"G"}
    assert saved.name == "sent.svg"
    assert network.number_of_edges() > 1


def test_the_numbers_of_the_section_are_those_of_the_questions() -> None:
    assert f"There are {len(questions())} questions" in SECTION
    assert f"answers {sum(1 for q in questions().values() if q.sql)} of them alike" in SECTION


def test_a_group_of_the_section_is_a_group_of_the_terminal() -> None:
    for call in re.findall(r"`tracer ([^`]*)`", SECTION):
        done = CliRunner().invoke(app, [*re.match(r"([a-z0-9-]+(?: [a-z]+)?)", call)[1].split(), "--help"])
        assert done.exit_code == 0, call

"""Tab completes the names of questions and of their parameters, in a notebook and in a shell."""

import inspect
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell

from tracer.case import Case
from tracer.queries import questions

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def shell(harbour_copy: Callable[[Path], Case], tmp_path_factory: pytest.TempPathFactory) -> InteractiveShell:
    """The completer of a notebook, with a case in it."""
    made = InteractiveShell.instance()
    made.user_ns["case"] = harbour_copy(tmp_path_factory.mktemp("completion") / "case")
    return made


def offered(shell: InteractiveShell, line: str) -> set[str]:
    with provisionalcompleter():  # what the kernel of a notebook asks
        return {one.text.rpartition(".")[2] for one in shell.Completer.completions(line, len(line))}


@pytest.mark.parametrize("jedi", [True, False])
def test_a_notebook_completes_the_names_of_questions_and_of_their_parameters(
    shell: InteractiveShell, jedi: bool
) -> None:
    shell.Completer.use_jedi = jedi
    assert {name for name in questions() if name.startswith("pay")} <= offered(shell, "case.ask.pay")
    assert "account=" in offered(shell, "case.ask.payers_of(acc")


def test_a_question_has_the_signature_of_its_parameters(shell: InteractiveShell) -> None:
    ask = shell.user_ns["case"].ask
    assert str(inspect.signature(ask.passed_on)) == "(*, days='3', percent='95')"
    assert str(inspect.signature(ask.behind)) == "(*, party, run='')"


def typed(*words: str) -> list[str]:
    """Return what bash is offered when the last of these words is being typed."""
    line = " ".join(words)
    said = subprocess.run(
        [str(Path(sys.executable).parent / "tracer")],
        env={
            **os.environ,
            "_TRACER_COMPLETE": "complete_bash",
            "COMP_WORDS": line,
            "COMP_CWORD": str(len(words) - 1),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return said.stdout.split()


def test_a_shell_completes_questions_and_parameters() -> None:
    assert typed("tracer", "ask", "paye") == ["payees_of", "payers_of"]
    assert typed("tracer", "ask", "payments_on", "--param", "un") == ["until="]
    assert typed("tracer", "ask", "payments_on", "--param", "since=2024-01-01", "--param", "x") == []

"""The verbs: the same at the terminal and in Python, each with its help, and exit codes that say what happened."""

import inspect
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner, Result

import tracer
from tracer.case import Case
from tracer.cli import app
from tracer.model import CaseError

COMMANDS = get_command(app).commands  # type: ignore[attr-defined]
#: Issue 3, room 8.
VERBS = ("new", "load", "status", "problems", "reconcile", "match", "judge", "trace", "owners", "nexus", "chart", "annex", "verify", "rebuild", "selftest")  # fmt: skip


def ran(*words: str) -> Result:
    return CliRunner().invoke(app, [*words])


@pytest.fixture(scope="module")
def case(harbour_copy: Callable[[Path], Case], tmp_path_factory: pytest.TempPathFactory) -> Case:
    return harbour_copy(tmp_path_factory.mktemp("verbs") / "case")


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_of_the_design_is_there_on_both_sides(verb: str) -> None:
    assert verb in COMMANDS
    assert callable(getattr(Case, verb, None) or getattr(tracer, verb))


@pytest.mark.parametrize("verb", sorted(COMMANDS))
def test_every_command_has_its_help_and_its_twin_in_python(verb: str) -> None:
    done = ran(verb, "--help")
    assert done.exit_code == 0
    assert done.output.startswith("Usage: ")
    first = COMMANDS[verb].get_short_help_str(200)
    assert first.endswith(".")
    twin = getattr(Case, verb.replace("-", "_"), None) or getattr(tracer, verb)
    assert inspect.getdoc(twin)


def test_the_help_is_a_table_of_contents_of_all_verbs() -> None:
    done = ran("--help")
    assert done.exit_code == 0
    listed = re.findall(r"^  ([a-z0-9][a-z0-9-]*)  ", done.output, re.MULTILINE)
    assert listed == list(COMMANDS)
    assert "selftest" in listed
    assert re.findall(r"^(\d)\. \w+:$", done.output, re.MULTILINE) == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize(
    ("words", "code"),
    [(("no-such-verb",), 2), (("trace", "--no-such-option"), 2), (("new",), 2), (("load", "-a", "no-equals-sign"), 2)],
)
def test_a_call_that_is_none_is_2(words: tuple[str, ...], code: int) -> None:
    assert ran(*words).exit_code == code


def test_what_verifies_is_0_and_what_does_not_is_1(case: Case) -> None:
    assert ran("verify", "--case", str(case.folder)).exit_code == 0
    log = case.folder / "log.jsonl"
    whole = log.read_bytes()
    log.write_bytes(whole.replace(b'"verb":"load"', b'"verb":"lead"', 1))
    assert ran("verify", "--case", str(case.folder)).exit_code == 1
    log.write_bytes(whole)


def test_the_public_rendering_is_reached_on_both_sides(case: Case) -> None:
    full, public = case.chart("flow", "HOUSE"), case.chart("flow", "HOUSE", rendering="public")
    assert (full.picture.rendering, public.picture.rendering) == ("full", "public")
    number = "447882001838"
    assert number in full.save("full.html").read_text("utf-8")
    assert number not in public.save("public.html").read_text("utf-8")
    assert case.trace().chart("HOUSE", rendering="public").picture == public.picture
    done = ran("chart", "flow", "HOUSE", "--rendering", "public", "--to", "cli.html", "--case", str(case.folder))
    assert done.exit_code == 0, done.output
    assert (case.folder / "out" / "cli.html").read_bytes() == (case.folder / "out" / "public.html").read_bytes()
    with pytest.raises(CaseError, match="no rendering"):
        case.chart("flow", "HOUSE", rendering="secret")


def test_a_trace_at_the_terminal_names_what_the_exhibits_name(case: Case) -> None:
    done = ran("trace", "--explain", "--case", str(case.folder))
    assert done.exit_code == 0
    for target in ("Lantern Cove", "Pelican", "Lisbon"):
        done_one = ran("trace", target, "--explain", "--case", str(case.folder))
        assert done_one.exit_code == 0
        assert re.search(r"EX-\d{4}@", done_one.output)
        assert not re.search(r"\b[0-9a-f]{32}\b|sink:|bal:|ASSET:|\b[A-Z]{2}:QX", done.output + done_one.output)
    assert "balance of account" in done.output

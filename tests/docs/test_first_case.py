"""The README's section "A first case of your own", line by line as it stands there, on the files of the sample.

Its annex alone is not written again here: that takes half of the time, and the ten lines of notebook write one.
"""

import re
import shlex
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tracer import cli

ROOT = Path(__file__).resolve().parents[2]
SECTION = (ROOT / "README.md").read_text("utf-8").partition("## A first case of your own\n")[2].partition("\n## ")[0]
BEFORE, AFTER = (block.splitlines() for block in re.findall(r"```\n(tracer .*?)```", SECTION, re.DOTALL))
STATED = re.search(r"```yaml\n(.*?)```", SECTION, re.DOTALL)[1]


def typed(lines: list[str]) -> dict[str, str]:
    """Type the lines one after another; verb -> what it printed last. Each must succeed."""
    found = {}
    for line in lines:
        words = shlex.split(line, comments=True)
        if words[0] == "export" or words[1] == "annex":
            continue
        done = CliRunner().invoke(cli.app, words[1:])
        assert (line, done.exit_code) == (line, 0), done.output
        found[words[1]] = done.output
    return found


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("first")
    (folder / "sample_data").symlink_to(ROOT / "sample_data")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        (export,) = [line.split()[1] for line in BEFORE if line.startswith("export ")]
        patch.setenv(*export.split("="))
        patch.setattr("tracer.cli._open", cache(cli._open))  # opened once, as in a notebook: what is made once is kept
        found = typed(BEFORE)
        stated = folder / "first_case" / "case.yaml"
        lines = [line for line in stated.read_text("utf-8").splitlines(keepends=True) if not _is_given(line)]
        stated.write_text("".join(lines) + STATED, "utf-8")
        return found | typed(AFTER)


def _is_given(line: str) -> bool:
    return line.partition(":")[0] in {part.partition(":")[0] for part in STATED.splitlines() if part[:1] != " "}


def test_the_section_is_a_short_walk_from_new_to_verify(said: dict[str, str]) -> None:
    assert len(SECTION.strip().splitlines()) < 40
    verbs = ["new", "load", "preview", "match", "problems", "trace", "explain", "what-if", "verify"]
    assert list(said) == verbs
    assert "tracer annex R4 " in "\n".join(AFTER)


def test_the_house_of_the_walk_is_traced_as_in_the_sample(said: dict[str, str]) -> None:
    """The figures of the picture: only E2, which the walk does not state, never reached the house."""
    house = next(line for line in said["trace"].splitlines() if "Lantern Cove" in line)
    for amount in ("720,000.00", "510,000.00", "570,000.00", "433,694.12", "640,000.00", "210,000.00"):
        assert amount in house
    assert "USD 510,000.00 of the USD 720,000.00" in said["explain"]
    assert "refused" not in said["load"]
    assert "agree with their hashes" in said["verify"]

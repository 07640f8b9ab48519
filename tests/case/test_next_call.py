"""The next call that a load or a preview prints is the call that was made, and can be typed as it stands."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

import tracer
from tracer.cli import app

TABLE = "Buchungstag;Betrag;Text\n13.03.2024;-10,50;Miete\n14.03.2024;5,25;Lohn\n"
PROFILE = """profile: waldtal/1
confirmed_by: ""
match: {header: [Buchungstag, Betrag]}
file: {encoding: auto, delimiter: ";"}
numbers: {decimal: ","}
account: {scope: ask}
currency: {scope: ask}
dates: {booked: {column: Buchungstag, formats: ["%d.%m.%Y"]}}
amount: {mode: signed, column: Betrag}
details: [Text]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    tracer.new(tmp_path / "my case", id="T-1", as_of="2024-12-31")
    given = tmp_path / "given to us"
    given.mkdir()
    (given / "c.csv").write_text(TABLE, "utf-8")
    (given / "c.yaml").write_text(PROFILE, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRACER_CASE", raising=False)
    return tmp_path


def typed(call: str) -> tuple[int, str]:
    """Type a call of tracer as a shell would read it; return the exit code and the next call that it prints, if any."""
    words = shlex.split(call.partition("   (")[0])
    assert words[0] == "tracer"
    done = CliRunner().invoke(app, words[1:])
    found = re.search("^Next: (.*)$", done.output, re.MULTILINE)
    return done.exit_code, found[1] if found else ""


def answered(call: str, key: str, value: str) -> str:
    assert f" --answer {key}=" in call
    return re.sub(rf"--answer {key}=\S+", f"--answer {key}={value}", call)


@pytest.mark.parametrize("verb", ["load", "preview"])
def test_each_question_is_answered_behind_the_call_that_was_made(folder: Path, verb: str) -> None:
    made = f"tracer {verb} 'given to us/c.csv' --profile 'given to us/c.yaml'"
    _, asks = typed(f"{made} --case 'my case'")
    assert asks.startswith(made)
    assert "--case 'my case'" in asks
    _, more = typed(answered(asks, "account", "4711"))
    assert more.startswith(f"{made} --answer account=4711")
    code, rest = typed(answered(more, "currency", "EUR"))
    assert (code, rest) == (0, "")


def test_a_load_keeps_custody_and_name_and_an_answer_is_given_once(folder: Path) -> None:
    made = (
        "tracer load 'given to us/c.csv' --profile 'given to us/c.yaml' --from 'First Bank' --class EV --by 'A. Lake'"
    )
    _, asks = typed(f"{made} --case 'my case'")
    for part in ("--from 'First Bank'", "--class EV", "--by 'A. Lake'"):
        assert part in asks
    code, _ = typed(answered(answered(asks, "account", "4711") + " --answer currency=EUR", "account", "4711"))
    exhibit = tracer.open(folder / "my case").exhibits.all()[0]
    assert (code, exhibit.received_from, exhibit.evidence_class) == (0, "First Bank", "EV")


def test_in_the_folder_of_the_case_no_case_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder / "my case")
    made = "tracer load '../given to us/c.csv' --profile '../given to us/c.yaml'"
    _, asks = typed(made)
    assert asks == f"{made} --answer account=THE-ACCOUNT-NUMBER"
    monkeypatch.chdir(folder)
    monkeypatch.setenv("TRACER_CASE", str(folder / "my case"))
    _, asks = typed(made.replace("../", ""))
    assert asks == f"{made.replace('../', '')} --answer account=THE-ACCOUNT-NUMBER"


def test_a_file_that_nothing_claims_is_previewed_where_it_is(folder: Path) -> None:
    (folder / "given to us" / "waldtal.csv").write_text("a;b\n1;2\n", "utf-8")
    _, asks = typed("tracer load 'given to us/waldtal.csv' --case 'my case'")
    assert asks.partition("   (")[0] == "tracer preview 'given to us/waldtal.csv' --case 'my case'"
    assert typed(asks)[0] == 0


def test_an_exhibit_that_is_read_again_keeps_the_profile_it_was_read_by(folder: Path) -> None:
    case = tracer.open(folder / "my case")
    file, profile = folder / "given to us" / "c.csv", folder / "given to us" / "c.yaml"
    case.load(file, answers={"profile": str(profile), "account": "4711", "currency": "EUR"})
    _, twin = typed(f"tracer load {shlex.quote(str(file))} --case 'my case'")
    assert twin.partition("   (")[0] == "tracer load EX-0001 --case 'my case'"
    assert typed(twin) == (0, "")
    _, asks = typed(f"tracer load EX-0001 --profile {shlex.quote(str(profile))} --answer currency=EUR --case 'my case'")
    assert asks.startswith(f"tracer load EX-0001 --profile {shlex.quote(str(profile))} --answer currency=EUR")
    assert typed(answered(asks, "account", "4711")) == (0, "")

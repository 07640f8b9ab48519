"""The README is true word for word: its ten lines run, its picture shows figures of the case, what it names exists."""

import ast
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

import tracer
from tracer.case import Case
from tracer.model import RULE_NAMES, Dossier, Money

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")
NOTEBOOK = re.search(r"```python\n(.*?)```", README, re.DOTALL)[1]
PICTURE = re.search(r"```\n( Meridian.*?)```", README, re.DOTALL)[1]
COMMANDS = re.search(r"```\n(make demo.*?)```", README, re.DOTALL)[1]
COVERED = dict(re.findall(r"^\| (\w+) \| (.*) \|$", README, re.MULTILINE))


@pytest.fixture(scope="module")
def place(harbour_copy: Callable[[Path], Case], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as a reader has it after `make demo`: the case is in ./demo_case."""
    place = tmp_path_factory.mktemp("reader")
    harbour_copy(place / "demo_case")
    return place


@pytest.fixture(scope="module")
def shown(place: Path) -> dict[str, Any]:
    """Run the notebook's lines one after another; line -> what it shows, `name` -> the value it is given."""
    lines, names, found = NOTEBOOK.splitlines(), {}, {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        for statement in ast.parse(NOTEBOOK).body:
            line = lines[statement.lineno - 1].partition("  #")[0]
            if isinstance(statement, ast.Expr):
                found[line] = eval(compile(ast.Expression(statement.value), "README.md", "eval"), names)
            else:
                exec(compile(ast.Module([statement], []), "README.md", "exec"), names)
    return found | names


@pytest.fixture(scope="module")
def made(shown: dict[str, Any]) -> Dossier:
    return shown["case"].dossier()


# -- the ten lines


def test_they_are_ten_lines() -> None:
    assert len([line for line in NOTEBOOK.splitlines() if line.strip()]) == 10


def test_the_card_shows_exhibits_what_ties_gaps_and_the_next_call(shown: dict[str, Any]) -> None:
    card = repr(shown["case"])
    for said in ("exhibits", "statements that tie", "gaps", "next", "case."):
        assert said in card


def test_the_problems_are_told_each_with_what_to_ask_for(shown: dict[str, Any]) -> None:
    listed = shown["case.problems()"]
    assert {"lines set aside", "sums that are off", "gaps"} <= set(re.split(r",\s*", _comment("case.problems()")))
    assert len(listed)
    assert all(row["next"] for row in listed)


def test_the_trace_gives_assets_by_rule_floor_and_ceiling_and_what_holds(shown: dict[str, Any]) -> None:
    t = shown["t"]
    assert {*(code for code, _, _ in RULE_NAMES.values()), "floor", "ceiling", "holds"} <= set(t.columns)
    assert [row["target"] for row in t][:3] == [
        part for part in t.parts if "Pelican" in part or "Lantern" in part or "Farol" in part
    ]


def test_the_trace_is_printed_as_the_table_it_is(shown: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    """`t = ...` alone shows nothing: the line prints the plain text, and so does print(t)."""
    t = shown["t"]
    assert "t = case.trace().show()" in NOTEBOOK
    assert t.show() is t
    print(t)
    once, twice = capsys.readouterr().out.split(f"{t.title}\n")[1:]
    assert once == twice
    assert repr(t) == str(t) == f"{t.title}\n{once}".rstrip("\n")
    assert not re.search(r"Traced\(|<function|PosixPath|at 0x", str(t))


def test_the_floor_and_the_ceiling_are_told_in_words_arc_by_arc(
    shown: dict[str, Any], made: Dossier, capsys: pytest.CaptureFixture[str]
) -> None:
    told = shown["t"]["Lantern Cove"].explain()
    (house,) = [t for t in made.trace.targets if t.target == "sink:ASSET:HOUSE-12LC"]
    assert told.count("\n") == len(house.bounds.words_floor) + len(house.bounds.words_ceiling) + 1
    for amount in re.findall(r"USD [\d,]+\.\d\d", " ".join((*house.bounds.words_floor, *house.bounds.words_ceiling))):
        assert amount in told
    assert not re.search(r"[0-9a-f]{32}|sink:|bal:|ASSET:|HK:QX", told), (
        "keys are not what a reader finds in the exhibits"
    )


def test_each_law_gives_its_own_verdict(shown: dict[str, Any]) -> None:
    rows = list(shown['case.owners("Harborline Residences LLC")'])
    assert {row["entity"] for row in rows} == {"Harborline Residences LLC"}
    assert {"uk_psc", "eu_amlr", "eu_4amld", "us_cdd", "ofac"} >= {row["law"] for row in rows} >= {"eu_amlr", "us_cdd"}


def test_the_nexus_names_the_institution_the_proof_and_the_sentence(shown: dict[str, Any]) -> None:
    for row in shown["case.nexus()"]:
        assert row["institution"]
        assert re.fullmatch(r"G[1-5][ab]?\+?", row["grade"])
        assert row["may_be_said"]


def test_the_same_picture_is_an_exhibit_and_a_page(shown: dict[str, Any], place: Path) -> None:
    """The line says `house.svg`, or .html to click: both, and both show the same transfers."""
    saved = next(value for line, value in shown.items() if line.startswith("t.chart("))
    assert saved == place.resolve() / "demo_case" / "out" / "house.svg"
    assert str(saved.relative_to(place.resolve())) in _comment("t.chart("), "the README says where it lands"
    assert b"<svg" in saved.read_bytes()[:400]
    chart = shown["t"].chart("HOUSE", "libr")
    page = chart.save("house.html").read_text("utf-8")
    assert all(arrow.cite.split("@")[0] in page for arrow in chart.picture.arrows)


def test_the_annex_says_what_the_request_still_misses(shown: dict[str, Any], place: Path) -> None:
    missing = shown['case.annex("R4").check()']
    assert missing
    assert all(line.startswith("R4") for line in missing)
    assert {p.suffix for p in (place / "demo_case" / "out").iterdir()} >= {".xlsx", ".docx", ".json"}


def _comment(line: str) -> str:
    return next(whole.partition("  # ")[2] for whole in NOTEBOOK.splitlines() if whole.startswith(line))


# -- the picture


def test_every_amount_of_the_picture_is_a_figure_of_the_case(made: Dossier) -> None:
    known = {abs(p.amount) for p in made.postings.values()} | {m.settled for m in made.messages.values() if m.settled}
    words = ""
    for target in made.trace.targets:
        known |= {target.bounds.floor, target.bounds.ceiling, target.recorded, *target.by_rule.values()}
        words += " ".join((*target.bounds.words_floor, *target.bounds.words_ceiling))
    known |= {_minor(amount) for amount in re.findall(r"[A-Z]{3} ([\d,]+\.\d\d)", words)}
    drawn = re.findall(r"\d{1,3}(?:,\d{3})+(?:\.\d\d)?", PICTURE)
    assert len(drawn) > 12
    assert [amount for amount in drawn if _minor(amount) not in known] == []


def test_the_figures_beside_the_house_are_the_house_s(made: Dossier) -> None:
    (house,) = [t for t in made.trace.targets if t.target == "sink:ASSET:HOUSE-12LC"]
    for code, amount in re.findall(r"\b([A-Z]{4,8}) ([\d,]+\.\d\d)", PICTURE):
        rule = next(rule for rule, names in RULE_NAMES.items() if names[0] == code)
        assert house.by_rule[rule] == _minor(amount), code
    assert f"at least {Money(house.bounds.floor, 'USD')} is E1".replace("USD ", "") in PICTURE
    assert f"at most {Money(house.bounds.ceiling, 'USD')}".replace("USD ", "") in PICTURE


def test_the_grades_of_the_picture_are_the_wires_(made: Dossier) -> None:
    graded = {(us.grade, us.id[:8]) for wire in made.wires for us in wire.us}
    drawn = re.findall(r"\b(G\d[ab]?\+?) (\w{8})\b", PICTURE)
    assert len(drawn) == 3
    assert set(drawn) <= graded


def test_the_names_of_the_picture_are_names_of_the_case(made: Dossier) -> None:
    said = " ".join(
        [a.title for a in made.accounts.values()]
        + [n.text for p in made.parties.values() for n in p.names]
        + [a.description for a in made.assets.values()]
        + [p.counterparty for p in made.postings.values()]
        + [event.text_en if hasattr(event, "text_en") else str(event) for event in made.case.events]
    )
    for name in ("Brightwater", "Calder & Rowe", "12 Lantern Cove", "Northquay", "Pelican", "Lin Meiyao", "Lisbon"):
        assert name in PICTURE
        assert name in said
    assert "MERIDIAN DREDGING" in said.upper()


def _minor(printed: str) -> int:
    whole, _, part = printed.replace(",", "").partition(".")
    return int(whole) * 100 + int(part or 0)


# -- what it names


def test_the_two_commands_are_targets_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for line in COMMANDS.strip().splitlines():
        assert re.search(rf"^{shlex.split(line, comments=True)[1]}:", makefile, re.MULTILINE)
    assert re.search(r"^OUT \?= demo_case$", makefile, re.MULTILINE)
    assert "python -m pip install ." in README
    assert "uv sync --quiet --frozen --active --compile-bytecode --no-default-groups --extra neo4j" in makefile, (
        "the README says that the driver is there after make demo"
    )


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`([\w.-]+/[\w./-]*)`", README)) | {"notebooks/harbour.ipynb"}))
def test_every_path_it_names_exists(path: str) -> None:
    assert (ROOT / path).exists(), path


@pytest.mark.parametrize("call", sorted(set(re.findall(r"`tracer (\S[^`]*)`", README))))
def test_every_command_it_names_is_understood(call: str) -> None:
    from typer.main import get_command

    from tracer.cli import app

    words = shlex.split(call)
    verb = whole = get_command(app)
    while words and words[0] in getattr(verb, "commands", {}):
        verb = verb.commands[words.pop(0)]  # type: ignore[attr-defined]
    if words != ["--help"]:
        assert verb is not whole, call
        options = {option for parameter in verb.params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= options


def test_the_connectors_it_lists_are_the_connectors_there_are() -> None:
    listed = re.search(r"^Connectors: `([^`]*)`", README, re.MULTILINE)[1].split()
    assert sorted(listed) == sorted(point.name for point in entry_points(group="tracer.connectors"))
    assert sorted(listed) == sorted(p.stem for p in (ROOT / "connectors").glob("[a-z]*.py"))


def test_the_rules_the_laws_and_the_grades_it_lists_are_those_there_are(made: Dossier) -> None:
    from tracer import owners

    assert set(re.findall(r"`(\w+)`", COVERED["Tracing"])) == set(RULE_NAMES)
    for rule, (_, words, _) in RULE_NAMES.items():
        assert re.search(rf"`{rule}`", COVERED["Tracing"]), words
    laws = {"UK PSC": "uk_psc", "EU AMLR": "eu_amlr", "EU 4AMLD": "eu_4amld", "US 25 %": "us_cdd", "OFAC": "ofac"}
    assert all(said in COVERED["Owners"] for said in laws)
    there = {p.stem for p in (Path(owners.__file__).parent / "laws").glob("[a-z]*.py")}
    assert set(laws.values()) == {name for name in there if not name.startswith("_")}
    assert "G1 to G5" in COVERED["Nexus"]
    assert all(re.match("G[1-5]", wire.grade) for wire in made.wires)


def test_python_3_11_is_what_the_package_asks_for() -> None:
    assert "Python 3.11 or later" in README
    assert 'requires-python = ">=3.11"' in (ROOT / "pyproject.toml").read_text("utf-8")


def test_decisions_are_dated_and_short() -> None:
    decisions = README.partition("## Decisions\n")[2].partition("\n## ")[0].strip().split("\n\n")
    assert decisions
    for one in decisions:
        assert re.match(r"20\d\d-\d\d-\d\d · \*[^*]+\.\* ", one), one


def test_selftest_runs_a_file_in_the_same_format(tmp_path: Path) -> None:
    one = ROOT / "tracer" / "selftest_cases" / "ownership_cases.json"
    report = tracer.selftest([one])
    assert report.failed == 0
    assert report.closing().split()[0] != "0"


def test_nothing_in_tracer_runs_but_what_the_readme_tells(tmp_path: Path) -> None:
    """No server, no browser, no office suite: the demo needs no program beside Python."""
    code = (
        "import subprocess, sys\n"
        "def no(*a, **k): raise AssertionError(f'a program was started: {a}')\n"
        "subprocess.Popen.__init__ = no\n"
        "import tracer; c = tracer.new(sys.argv[1], id='X', as_of='2025-01-01'); c.annex('R4')\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code, str(tmp_path / "case")], check=True)

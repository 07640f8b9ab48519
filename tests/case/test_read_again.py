"""An exhibit that is read again under a corrected profile: the earlier reading counts until `rebuild`, and `load` says so."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

import tracer
from tracer.cli import app

TABLE = "Buchungstag;Betrag;Text;Brutto\n13.03.2024;-10,50;Miete;-99,00\n14.03.2024;5,25;Lohn;7,00\n"
PROFILE = """profile: waldtal/1
confirmed_by: ""
match: {{header: [Buchungstag, Betrag]}}
file: {{encoding: auto, delimiter: ";"}}
numbers: {{decimal: ","}}
account: {{scope: ask}}
currency: {{scope: ask}}
dates: {{booked: {{column: Buchungstag, formats: ["%d.%m.%Y"]}}}}
amount: {{mode: signed, column: {amount}}}
details: [Text]
ignore: [{ignored}]
"""
ANSWERS = ["--answer", "account=4711", "--answer", "currency=EUR"]


def typed(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, [*words, "--case", "case"])
    return done.exit_code, done.output


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A case whose table was first read by the wrong column of amounts."""
    (tmp_path / "table.csv").write_text(TABLE, "utf-8")
    (tmp_path / "wrong.yaml").write_text(PROFILE.format(amount="Brutto", ignored="Betrag"), "utf-8")
    (tmp_path / "right.yaml").write_text(PROFILE.format(amount="Betrag", ignored="Brutto"), "utf-8")
    (tmp_path / "broken.yaml").write_text(PROFILE.format(amount="Netto", ignored="Brutto"), "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRACER_CASE", raising=False)
    tracer.new(tmp_path / "case", id="T-1", as_of="2024-12-31")
    assert typed("load", "table.csv", "--profile", "wrong.yaml", *ANSWERS)[0] == 0
    return tmp_path


def booked(folder: Path) -> list[int]:
    return sorted(p.amount for p in tracer.open(folder / "case").facts()["posting"].values())


def test_a_load_under_a_corrected_profile_says_that_the_earlier_reading_counts_and_how_to_replace_it(
    folder: Path,
) -> None:
    log = (folder / "case" / "exhibits.jsonl").read_text("utf-8")
    for _ in range(2):  # said as often as it is true
        code, said = typed("load", "EX-0001", "--profile", "right.yaml", *ANSWERS)
        assert code == 0
        assert "! EX-0001: 3 facts of the earlier reading still count" in said
        assert "! EX-0001：此前读取的 3 项事实仍然计入" in said
        assert booked(folder) == [-9900, 700]
    assert "the earlier reading counts; tracer rebuild" in str(tracer.open(folder / "case").problems().rows)
    (call,) = set(re.findall("count instead: (.*?)   ", said))
    assert call == "tracer rebuild --case case"
    assert CliRunner().invoke(app, shlex.split(call)[1:]).exit_code == 0
    assert booked(folder) == [-1050, 525]
    assert (folder / "case" / "exhibits.jsonl").read_text("utf-8").startswith(log)
    assert "earlier reading" not in typed("load", "EX-0001", "--profile", "right.yaml", *ANSWERS)[1]
    assert not tracer.open(folder / "case").verify().check()


@pytest.mark.parametrize("again", [["--profile", "broken.yaml", *ANSWERS], ["--profile", "right.yaml"]])
def test_a_reading_that_is_refused_or_asks_takes_nothing_away(folder: Path, again: list[str]) -> None:
    """The facts of the first reading count, and `rebuild` makes the ledger of them, not of nothing."""
    code, said = typed("load", "EX-0001", *again)
    assert (code, "What was read of it before stands" in said) == (1, True)
    assert typed("rebuild")[0] == 0
    assert booked(folder) == [-9900, 700]


def test_an_exhibit_that_is_kept_unread_after_it_was_read_counts_until_a_rebuild(folder: Path) -> None:
    _, said = typed("load", "EX-0001", "--connector", "none")
    assert "3 facts of the earlier reading still count" in said
    assert booked(folder) == [-9900, 700]
    assert typed("rebuild")[0] == 0
    assert booked(folder) == []

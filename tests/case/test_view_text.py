"""A view prints as its table, whatever class carries it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from typer.testing import CliRunner

import tracer
from tests.case.test_parts_traced import CLAIM, statement
from tracer import explaining, review
from tracer.cli import app
from tracer.model import Money
from tracer.tables import ROWS_SHOWN, View


def below(kind: type[View]) -> Iterator[type[View]]:
    for one in kind.__subclasses__():
        yield one
        yield from below(one)


@dataclass(frozen=True, eq=False)
class Careless(View):
    """A dataclass made without repr=False: its repr lists its fields."""


TABLE = ("A table", ("name", "paid"), (("Ana Reed", Money(1_00, "USD")),))
TEXT = "A table\nname          paid\n--------  --------\nAna Reed  USD 1.00\nshowing 1 of 1"


def test_every_kind_of_view_prints_its_plain_text() -> None:
    kinds = [kind for kind in below(View) if kind is not Careless]
    assert {explaining.Traced, review.Matches} <= set(kinds)
    for kind in (View, *kinds):
        assert str(kind(*TABLE)) == repr(kind(*TABLE)) == TEXT, kind
    careless = Careless(*TABLE)
    assert str(careless) == careless._repr_mimebundle_()["text/plain"] == TEXT
    assert "showing 1 of 1" in careless._repr_html_()


def test_what_is_not_shown_is_counted_and_shown_in_full_by_the_option_that_says_so(tmp_path: Path) -> None:
    case = tracer.new(tmp_path / "case", id="X-1", as_of="2025-06-30", by="A. Officer")
    for number in range(6):
        (tmp_path / f"{number}.sta").write_bytes(statement(f"12345678{number}", 5500, CLAIM))
    case.load(*(tmp_path / f"{number}.sta" for number in range(6)))
    checks = len(case.reconcile())

    def typed(*words: str) -> list[str]:
        done = CliRunner().invoke(app, [*words, "--case", str(case.folder)])
        assert done.exit_code == 0
        return done.output.splitlines()

    assert checks > ROWS_SHOWN
    assert typed("reconcile")[-1] == f"{checks - ROWS_SHOWN} more rows: the same command with --all"
    *_, last, wrote = typed("reconcile", "--all", "--to", "checks.csv")
    assert last.startswith(f"showing {checks} of {checks}")
    assert wrote.endswith("checks.csv")
    assert len((case.folder / "out" / "checks.csv").read_text("utf-8").splitlines()) == checks + 2
    assert len(typed("reconcile", "--all")) == checks + 4  # title, heading, rule, last line
    assert "--all" not in "".join(typed("problems"))

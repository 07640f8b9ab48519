"""A view prints as its table, whatever class carries it."""

from collections.abc import Iterator
from dataclasses import dataclass

from tracer import explaining, review
from tracer.model import Money
from tracer.tables import View


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

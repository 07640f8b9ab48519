from fractions import Fraction

import pytest

from tracer.annex.formulas import Book, Place, stored
from tracer.model import CheckFailed


class Grid:
    def __init__(self, **cells):
        self.cells = cells

    def _at(self, place):
        return self.cells.get(f"{'ABCDEFG'[place.column - 1]}{place.row}")

    def formula(self, place):
        value = self._at(place)
        return value if isinstance(value, str) and value.startswith("=") else None

    def plain(self, place):
        return self._at(place)


def value(formula: str, **cells):
    return Book(Grid(A9=formula, **cells)).value(Place("s", 9, 1))


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        pytest.param("=ROUND(2.345,2)", Fraction(235, 100), id="half away from zero"),
        pytest.param("=ROUND(-2.345,2)", Fraction(-235, 100), id="also below zero"),
        pytest.param("=ROUND(1.005,2)", Fraction(101, 100), id="no float noise at the half"),
        pytest.param("=MAX(0,B1-B2)+MIN(B1,B2)", 7, id="arithmetic"),
        pytest.param('=SUMIFS(B1:B3,C1:C3,"x")', 16, id="sumifs"),
        pytest.param('=COUNTIFS(C1:C3,"<>")', 2, id="countifs counts what is not blank"),
        pytest.param("=MATCH(8,B1:B3,1)", 2, id="match finds the last that is not above"),
        pytest.param("=IF(D1=0,0,B1/D1)", 0, id="the other branch is not evaluated"),
        pytest.param("=PRODUCT(D1:D3)", 0, id="a product of blanks is 0, as LibreOffice has it"),
        pytest.param("=EDATE(45351,12)", 45716, id="29 February plus a year is 28 February"),
    ],
)
def test_a_formula_is_evaluated_exactly(formula, expected):
    assert value_of(formula) == expected


def value_of(formula):
    return value(formula, B1=7, B2=7, B3=9, C1="x", C2="", C3="X")


@pytest.mark.parametrize(
    "formula", ["=XLOOKUP(B1,B1:B3,C1:C3)", "=NOW()", "=[1]x!A1", "=1/0", "=A9+1", "=INDIRECT(B1)"]
)
def test_what_the_annex_may_not_use_is_refused(formula):
    with pytest.raises(CheckFailed):
        value_of(formula)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (Fraction(1, 100), "0.01"),
        (Fraction(-250, 1), "-250"),
        (Fraction(1, 4), "0.25"),
        (0, "0"),
        (10**20, "1" + "0" * 20),
    ],
)
def test_a_stored_value_is_exact_where_it_ends(number, text):
    assert stored(number) == text

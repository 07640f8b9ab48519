"""LibreOffice recomputes the annex: every formula cell must come out as the engine says (annex.md 2.2, section 4)."""

import pytest

from tests.annex.dossiers import dossier, drawn, fx, planted
from tracer import routes
from tracer.annex.recalc import check, compare, corrupted, read_cells
from tracer.annex.workbook import workbook
from tracer.model import CheckFailed

pytestmark = pytest.mark.office


def built(made, path):
    path.write_bytes(workbook(made, routes.evaluate("R4", made)).data)
    return path


@pytest.mark.parametrize("bundle", ["blended", "ordered"])
def test_the_planted_accounts_recalculate_to_the_cent(bundle, tmp_path, soffice):
    result = check(built(dossier(*planted(), bundle=bundle), tmp_path / "annex.xlsx"), soffice=soffice)
    assert result.agrees
    assert result.cells > 1000


def test_a_conversion_recalculates(tmp_path, soffice):
    assert check(built(fx(), tmp_path / "annex.xlsx"), soffice=soffice).agrees


@pytest.mark.parametrize(("seed", "bundle"), [(101, "ordered"), (102, "blended")])
def test_long_random_pairs_of_linked_accounts_recalculate(seed, bundle, tmp_path, soffice):
    """Few big workbooks rather than many: overdrafts, mixed credits, transfers both ways, charges on the way."""
    made = dossier(*drawn(seed, 120), bundle=bundle)
    assert check(built(made, tmp_path / "annex.xlsx"), soffice=soffice).agrees


def test_a_wrong_formula_is_noticed(tmp_path, soffice):
    """The check itself is tested: a stored value that no formula gives, without LibreOffice having recomputed it, differs."""
    path = built(dossier(*planted()), tmp_path / "annex.xlsx")
    wrong = tmp_path / "wrong.xlsx"
    wrong.write_bytes(corrupted(path.read_bytes())[0])
    cells, differences = compare(read_cells(path), read_cells(wrong))
    assert len(differences) == 1
    assert cells > 1000


def test_without_libreoffice_the_check_says_so(tmp_path):
    with pytest.raises(CheckFailed, match="did not finish|LibreOffice"):
        check(built(fx(), tmp_path / "annex.xlsx"), soffice=__import__("pathlib").Path("/bin/false"))

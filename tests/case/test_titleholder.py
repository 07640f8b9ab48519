"""The titleholder of the sample's flat: named by scheme and number in one register, by its bare number in another (GUIDE.md)."""

import contextlib
import io
import json
from fractions import Fraction
from pathlib import Path

import pytest

import tracer
from tracer.case import Case
from tracer.model import Dossier

SAMPLE = Path(__file__).resolve().parents[2] / "sample_data" / "harbour"
TRUTH = json.loads((SAMPLE / "expected.json").read_text("utf-8"))["owners_of_the_flat"]


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    made = tracer.new(tmp_path_factory.mktemp("flat") / "case", id="FLAT-1")
    with contextlib.redirect_stdout(io.StringIO()):
        for name in ("psc_lantern_quay.jsonl", "assets.csv"):
            made.load(SAMPLE / "raw" / name)
    return made


@pytest.fixture(scope="module")
def dossier(case: Case) -> Dossier:
    return case.dossier()


@pytest.mark.parametrize("law", ["uk_psc", "eu_amlr"])
def test_each_law_answers_for_the_company_that_holds_the_flat(dossier: Dossier, law: str) -> None:
    names = {p.record: p.names[0].text for p in dossier.parties.values() if p.names}
    assert TRUTH["titleholder"] in {a.titleholder for a in dossier.assets.values()}
    found = {
        names[v.person]: v.verdict
        for v in dossier.verdicts
        if v.law == law and v.target == TRUTH["target"] and str(v.as_of) == TRUTH["as_of"]
    }
    assert found == TRUTH[law]


def test_what_no_source_documents_of_it_is_the_whole(dossier: Dossier) -> None:
    (residual,) = [r for r in dossier.residuals if r.entity == TRUTH["target"]]
    assert residual.share.lo == residual.share.hi == Fraction(TRUTH["not_documented"])


def test_the_terminal_tells_it_beside_the_answers(case: Case) -> None:
    view = case.owners()
    assert "not documented" in view.foot
    assert "09990033: 100% not documented by any source" in view.explain()

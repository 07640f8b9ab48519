"""Engine against sheet without a spreadsheet: the formulas, evaluated exactly, equal the trace on many random pairs."""

import pytest

from tests.annex.dossiers import dossier, drawn, fx, planted
from tracer import routes
from tracer.annex.workbook import planned, rendered, workbook
from tracer.model import CheckFailed

FIGURES = ("_out_diff", "_held_diff", "balance_diff")


@pytest.mark.parametrize("bundle", ["blended", "ordered"])
@pytest.mark.parametrize("seed", range(8))
def test_the_row_formulas_equal_the_trace(seed, bundle):
    made = dossier(*drawn(seed, 40), bundle=bundle)
    plan = planned(made, routes.evaluate("R4", made), "R4")
    values = rendered(plan).values
    compared = 0
    for tab, sheet in plan.sheets.items():
        for key in sheet.places:
            if key.endswith(FIGURES):
                for row in range(sheet.top, sheet.next_row):
                    if sheet.get(key, row) is not None:
                        compared += 1
                        assert values[tab][sheet.at(key, row)] == 0, (tab, key, row)
    assert compared > 100


def test_every_check_passes_and_none_is_blank():
    made = dossier(*planted())
    plan = planned(made, routes.evaluate("R4", made), "R4")
    values = rendered(plan).values["02_CHECKS"]
    sheet = plan.sheets["02_CHECKS"]
    results = [values[sheet.at("result", n)] for n in range(sheet.top, sheet.next_row)]
    assert set(results) == {"PASS"}
    wanted = {f"C{n:02d}" for n in range(1, 21)}
    assert {str(sheet.get("check_id", n)).split()[0] for n in range(sheet.top, sheet.next_row)} == wanted


def test_a_trace_that_contradicts_its_rows_is_refused():
    made = dossier(*planted())
    account = made.trace.accounts[0]
    from dataclasses import replace

    wrong = replace(
        account.rows[2], traced_out={**account.rows[2].traced_out, "libr": account.rows[2].traced_out["libr"] + 1}
    )
    rows = (*account.rows[:2], wrong, *account.rows[3:])
    trace = replace(made.trace, accounts=(replace(account, rows=rows), *made.trace.accounts[1:]))
    with pytest.raises(CheckFailed, match="C07"):
        workbook(replace(made, trace=trace), ())


def test_an_override_is_printed_on_the_cover_and_heads_the_audit():
    made = dossier(*planted())
    plan = planned(made, (), "R4", ("A. Officer", "known slip"))
    cover = [row for row in plan.sheets["01_COVER"].rows if row[0] == "OVERRIDE"]
    assert "known slip" in str(cover[0])
    assert plan.sheets["21_AUDIT"].rows[0][3] == "override"


def test_intelligence_is_refused_before_anything_is_computed():
    from dataclasses import replace

    made = fx()
    leaked = replace(made.exhibits[0], evidence_class="INT")
    with pytest.raises(CheckFailed, match="INT"):
        workbook(replace(made, exhibits=(leaked, *made.exhibits[1:])), ())

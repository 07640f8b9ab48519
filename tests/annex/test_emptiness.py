"""A case of wires alone, or of registers alone, has an annex; what cannot be there says why."""

import io
from dataclasses import replace

import openpyxl
import pytest

from tests.annex.dossiers import dossier, planted
from tracer import routes
from tracer.annex.request_draft import paragraphs
from tracer.annex.workbook import planned, workbook


def without_statements(**more):
    made = dossier(*planted())
    nothing = replace(
        made.trace, claims=(), accounts=(), targets=(), joint=(), conservation=(), blocks=(), parameters={}
    )
    bare = {"statements": {}, "postings": {}, "transfers": (), "coverage": (), "gaps": (), "account_ids": {}}
    wires = tuple(replace(w, transfer="", documents=("m1",)) for w in made.wires)
    return replace(made, trace=nothing, wires=wires, **bare, **more)


CASES = {
    "wires and registers": {},
    "registers": {"wires": (), "messages": {}},
    "wires": {"parties": {}, "interests": {}, "chains": (), "verdicts": (), "accounts": {}, "assets": {}},
}


@pytest.fixture(scope="module", params=sorted(CASES))
def made(request):
    more = dict(CASES[request.param])
    if "wires" in more:
        return replace(without_statements(), **more)
    return without_statements(**more)


def test_the_annex_is_built_and_every_check_passes(made):
    book = openpyxl.load_workbook(io.BytesIO(workbook(made, routes.evaluate("R4", made)).data), data_only=True)
    results = [row[7].value for row in book["02_CHECKS"].iter_rows(min_row=7)]
    assert results
    assert set(results) == {"PASS"}


def test_the_tracing_sheets_say_0_rows_and_why(made):
    book = openpyxl.load_workbook(io.BytesIO(workbook(made, routes.evaluate("R4", made)).data), data_only=True)
    for tab in ("08_TXN", "10_T", "11_FLOW", "15_METHODS"):
        sheet = book[tab]
        assert sheet["B4"].value == 0, tab
        assert sheet["A7"].value.startswith("0 rows 无记录: no statement of account is held"), tab
        assert "未取得账户对账单" in sheet["A7"].value
        assert sheet.max_row >= 7


def test_an_empty_sheet_always_gives_a_reason_in_both_languages(made):
    book = openpyxl.load_workbook(io.BytesIO(workbook(made, routes.evaluate("R4", made)).data), data_only=True)
    empty = [s for s in book if str(s["A7"].value).startswith("0 rows")]
    assert empty
    for sheet in empty:
        english, _, chinese = str(sheet["A7"].value).removeprefix("0 rows 无记录: ").partition(" · ")
        assert len(english) > 10, sheet.title
        assert any("\u4e00" <= c <= "\u9fff" for c in chinese), sheet.title
        assert sheet["B4"].value == 0, sheet.title


def test_the_draft_is_written_too(made):
    told = paragraphs(planned(made, routes.evaluate("R4", made), "R4"))
    assert [p for p in told if p.level == 2]
    assert not [p for p in told if "printed rules" in p.en]


def test_without_an_event_the_reason_is_the_event():
    made = dossier(*planted())
    case = replace(made.case, events=())
    nothing = replace(made.trace, claims=(), accounts=(), targets=(), joint=(), conservation=(), blocks=())
    plan = planned(replace(made, case=case, trace=nothing), (), "R4")
    assert "10_T" in plan.sheets
    from tracer.annex.emptiness import why

    assert why(plan, "11_FLOW")[0] == "no predicate event is stated: no event, no trace"

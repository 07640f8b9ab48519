"""Sums of several payments in the annex: listed with their cites below the wires, in no row, total or trace above."""

from dataclasses import replace
from datetime import date

from tests.annex.dossiers import dossier, planted
from tracer.annex.sheets.s22_glossary import preferred
from tracer.annex.workbook import planned
from tracer.model import Aggregate, Cite


def test_a_sum_is_listed_with_its_cite_and_changes_nothing_else():
    made = dossier(*planted())
    exhibit = made.exhibits[0].sha256
    stated = [
        Aggregate(
            Cite(exhibit, "row=2"), "B2", "Bank One", "Bank Two", 150_000_05, "USD", 3, date(2024, 1, 2), date(2024, 3, 1),
            "one", "two", "Reporter", "S-1", "150000.05", ("amount-held-as-float",),
        ),
        Aggregate(Cite(exhibit, "row=1"), "A1", "甲银行", "乙银行", 7, "JPY"),
    ]  # fmt: skip
    without = planned(made, (), "R4")
    plan = planned(replace(made, aggregates={str(n): one for n, one in enumerate(stated)}), (), "R4")
    sheet = plan.sheets["09_WIRES"]
    (block,) = sheet.blocks
    rows = [{key: block.get(key, block.top + n) for key in block.places} for n in range(len(block.rows))]
    assert [(r["sum_id"], r["record"], str(r["amount"]), r["ccy"], r["number"]) for r in rows] == [
        ("SUM-0001", "A1", "7", "JPY", None),
        ("SUM-0002", "B2", "150000.05", "USD", 3),
    ]
    assert [r["cite"].text for r in rows] == [f"{made.exhibits[0].number}@row={n}" for n in (1, 2)]
    assert rows[1]["marks"] == "amount-held-as-float"
    for title in block.title:
        assert "payments" in title or "付款" in title
    assert sheet.rows == without.sheets["09_WIRES"].rows
    assert not without.sheets["09_WIRES"].blocks
    for tab in ("08_TXN", "11_FLOW", "16_GAPS"):
        assert plan.sheets[tab].rows == without.sheets[tab].rows, tab


def test_the_word_stands_in_the_glossary_in_both_languages():
    (found,) = [row for row in preferred() if row[0] == "sum of payments"]
    assert found[1] == "汇总金额"
    assert "never traced" in found[2]

"""Exhibits behind a withheld one have other numbers in an export; what case.yaml says of a number of intake follows its exhibit."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import tracer
from tracer.gate import open_gate, restricted
from tracer.model import Exhibit, Restriction


def exhibit(number: int, evidence_class: str = "OS") -> Exhibit:
    return Exhibit(f"{number}" * 64, f"EX-000{number}", f"{number}.sta", 9, evidence_class, "", "", "", "", "")


def test_a_restriction_is_printed_on_the_exhibit_that_it_frees(tmp_path: Path) -> None:
    tracer.new(tmp_path / "case", id="X-1", title="Test", as_of="2025-06-30", by="A. Officer")
    stated = tracer.open(tmp_path / "case", by="A. Officer").stated
    limits = (
        Restriction(("EX-0001",), "A", "p"),
        Restriction(("EX-0002", "3.sta"), "B", "p", "free", date(2026, 1, 1)),
    )
    case = replace(stated, restrictions=limits)
    gate = open_gate([exhibit(1, "INT"), exhibit(2, "SP"), exhibit(3, "SP"), exhibit(4, "SP")], case)
    assert [(e.number, e.name) for e in gate.exhibits] == [("EX-0001", "2.sta"), ("EX-0002", "3.sta")]
    assert [r.exhibits for r in restricted(case, gate).restrictions] == [(), ("EX-0001", "3.sta")]

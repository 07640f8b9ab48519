"""Three layouts that nobody described, loaded as a newcomer would: preview, the proposal saved as it stands, its questions answered.

Invented banks and parties. What stumbled when this was first tried is under test here: a Polish text read in the wrong
alphabet, headings in Portuguese with the currency behind them, the short names of a core system, a file without headings.
"""

import re
from pathlib import Path

import pytest

import tracer
from tracer.case import Case

POLISH = """Wyciąg z rachunku;;;;;
Numer rachunku:;PL61109010140000071219812874;;;;
;;;;;
Data księgowania;Data waluty;Opis operacji;Kwota;Saldo po operacji;Waluta
15-03-2024;15-03-2024;"PRZELEW WYCHODZĄCY
OSPREY HOLDINGS";-12 500,00;1 250,40;PLN
08-03-2024;07-03-2024;OPŁATA;-15,00;13 750,40;PLN
01-03-2024;01-03-2024;PRZELEW MERIDIAN;13 765,40;13 765,40;PLN
"""
PORTUGUESE = """Extrato Conta Corrente
Conta: 12345-6
Data Lançamento;Histórico;Docto.;Crédito (R$);Débito (R$);Saldo (R$)
01/03/2024;SALDO ANTERIOR;;;;100,00
04/03/2024;TED RECEBIDA MERIDIAN;000123;2.500,00;;2.600,00
11/03/2024;PIX ENVIADO OSPREY;000124;;2.450,00;150,00
Total;;;2.500,00;2.450,00;
"""
CORE = """ACCT|TXN_DT|VAL_DT|DRCR|TXN_AMT|CCY|RUN_BAL|NARR|REF
TR330006100519786457841326|20240301|20240301|CR|1500.00|USD|1500.00|INCOMING SWIFT MERIDIAN|FT24061
TR330006100519786457841326|20240305|20240305|DR|20.00|USD|1480.00|SWIFT CHARGE|FT24065
TR330006100519786457841326|20240320|20240320|DR|1400.00|USD|80.00|OUTGOING OSPREY|FT24080
"""
LINES = {
    "pl.csv": [(1_376_540, 1_376_540), (-1_500, 1_375_040), (-1_250_000, 125_040)],
    "br.csv": [(250_000, 260_000), (-245_000, 15_000)],
    "core.txt": [(150_000, 150_000), (-2_000, 148_000), (-140_000, 8_000)],
    "bare.txt": [(150_000, 150_000), (-2_000, 148_000), (-140_000, 8_000)],
}
FILES = {
    "pl.csv": POLISH.encode("cp1250"),
    "br.csv": PORTUGUESE.encode(),
    "core.txt": CORE.encode(),
    "bare.txt": CORE.partition("\n")[2].encode(),
}
#: What the newcomer is asked, and answers: the day of 04/03/2024 is known from the paper, and nothing else is open.
ANSWERS = {"br.csv": {"date_order": "dmy"}}


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_layout_is_loaded_through_the_proposal_alone(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(FILES[name])
    case: Case = tracer.new(tmp_path / "case", id="X-1", title="Test", as_of="2026-01-01", by="A. Officer")
    shown = case.preview(path)
    told = shown.explain()
    proposal = told.partition("--answer profile=FILE.yaml:\n")[2]
    profile = tmp_path / "proposed.yaml"
    profile.write_text("\n".join(line for line in proposal.split("\n") if re.match(r"[a-z_]+: ", line)), "utf-8")
    asked = " ".join(shown.check())
    assert ("date_order" in asked) == (name in ANSWERS)
    (row,) = view = case.load(path, answers={"profile": str(profile), **ANSWERS.get(name, {})})
    assert (row["outcome"], row["set_aside"]) == ("loaded-and-reconciled", 0), view.explain()
    held = sorted(case.ledger.scan("posting").to_pylist(), key=lambda one: one["line"])
    assert [(one["amount"], one["balance"]) for one in held] == LINES[name]
    if name == "pl.csv":
        assert held[-1]["details"] == "PRZELEW WYCHODZĄCY\nOSPREY HOLDINGS"
        assert "are the names right?" in asked
    assert {one["account"] for one in held} == {
        {"pl.csv": "PL61109010140000071219812874", "br.csv": "12345-6"}.get(name, "TR330006100519786457841326")
    }

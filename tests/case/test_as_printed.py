"""An account is told as its statement prints it: a key leaves out spaces and marks, and no reader knows it."""

from pathlib import Path

import tracer
from tests.case.test_next_call import PROFILE as SIGNED
from tests.case.test_parts_traced import PAPER
from tracer.case import Case

TABLE = "Buchungstag;Betrag;Text;Saldo\n13.03.2024;-10,50;Miete;89,50\n14.04.2024;1000,00;Bonus;1189,50\n"
PROFILE = SIGNED.replace("details:", "balance: {column: Saldo}\ndetails:")
NAME = "Main account 12 345"


def named(tmp_path: Path) -> Case:
    tracer.new(tmp_path / "case", id="X-1", as_of="2025-06-30", by="A. Officer")
    paper = tmp_path / "case" / "case.yaml"
    stated = {
        key: text.replace("123456789", NAME).replace("CLAIM-0001", "EX-0001@row=3").replace("2500.00", "1000.00")
        for key, text in PAPER.items()
    }
    stated = {key: text.replace("currency: USD", "currency: EUR") for key, text in stated.items()}
    lines = paper.read_text("utf-8").splitlines(keepends=True)
    paper.write_text("".join(stated.get(line.split(":")[0], line) for line in lines), "utf-8")
    (tmp_path / "table.csv").write_text(TABLE, "utf-8")
    (tmp_path / "table.yaml").write_text(PROFILE, "utf-8")
    case = tracer.open(tmp_path / "case", by="A. Officer")
    case.load(
        tmp_path / "table.csv",
        answers={"profile": str(tmp_path / "table.yaml"), "account": NAME, "currency": "EUR"},
    )
    return case


def test_every_verb_tells_an_account_as_it_is_printed(tmp_path: Path) -> None:
    case = named(tmp_path)
    (row,) = case.match_check()
    assert (row["account"], row["as_printed"]) == ("::MAINACCOUNT12345", f"{NAME} (AC-01)")
    told = case.explain(NAME)
    assert told.title.endswith(
        f"balance of account {NAME} (AC-01) under LIBR (own money first, lowest intermediate balance)"
    )
    (gap,) = case.problems().where(kind="break")
    assert gap["next"].startswith(f"The original statement of account {NAME} (AC-01) from ")
    for said in (
        told.title,
        told.explain(),
        case.explain("AC-01", language="zh").explain(),
        str(gap),
        str(case.trace()),
        case.sensitivity().explain(),
    ):
        assert f"{NAME} (AC-01)" in said
        assert "MAINACCOUNT12345" not in said

"""One account's month as a table through a profile beside MT940 and camt.053 of it: aligned, counted once, differences told."""

from pathlib import Path

import tracer
from tests.case.test_overlapping_statements import (
    ASSETS,
    CEILING,
    CLAIM,
    FEE,
    HOUSE,
    LIBR,
    MONTH,
    PAPER,
    camt,
    figures,
    statement,
    told,
)
from tracer.case import Case

IBAN = "GB03QXUK20998812345678"
PROFILE = f"""profile: made_up/1
confirmed_by: "A. Officer"
match: {{header: [Date, Text, Amount, Balance]}}
account: {{scope: file, value: {IBAN}}}
currency: {{scope: file, value: USD}}
dates: {{booked: {{column: Date, formats: ["%Y-%m-%d"]}}}}
amount: {{mode: signed, column: Amount}}
numbers: {{decimal: "."}}
balance: {{column: Balance}}
details: [Text]
"""
LINES = ["2024-03-05,in,10000.00,11000.00\n", "2024-03-06,fee,-10.00,10990.00\n", "2024-03-20,house,-5000.00,5990.00\n"]


def opened(folder: Path) -> Case:
    tracer.new(folder / "case", id="X-1", title="Test", as_of="2025-06-30", by="A. Officer")
    paper = folder / "case" / "case.yaml"
    lines = paper.read_text("utf-8").splitlines(keepends=True)
    text = "".join(PAPER.get(line.split(":")[0], line) for line in lines)
    paper.write_text(text.replace("123456789", IBAN), "utf-8")
    (folder / "assets.csv").write_text(ASSETS.replace("123456789", IBAN), "utf-8")
    (folder / "profile.yaml").write_text(PROFILE, "utf-8")
    made = tracer.open(folder / "case", by="A. Officer")
    made.load(folder / "assets.csv")
    return made


def loaded(case: Case, folder: Path, lines: list[str]) -> None:
    (folder / "month.csv").write_text("Date,Text,Amount,Balance\n" + "".join(lines), "utf-8")
    case.load(folder / "month.csv", answers={"profile": str(folder / "profile.yaml")})


def test_a_month_in_three_forms_counts_once_and_a_line_that_one_lacks_is_told(tmp_path: Path) -> None:
    """The table, newest line first, lacks the fee of 10.00 and sums as well: somebody paid them, or they went unseen."""
    case = opened(tmp_path)
    loaded(case, tmp_path, [LINES[2].replace("5990", "6000"), LINES[0]])
    files = (
        statement(told("first", CLAIM, FEE, HOUSE), "5990,00", end="240331").replace(b"123456789", IBAN.encode()),
        camt(MONTH, "1000.00", "5990.00", start="2024-03-01", end="2024-03-31").replace(
            b"<Othr><Id>123456789</Id></Othr>", f"<IBAN>{IBAN}</IBAN>".encode()
        ),
    )
    floor, rules, ceiling = figures(case, tmp_path, *files)
    assert (floor, rules["libr"], ceiling) == (0, LIBR, CEILING)
    dossier = case.dossier()
    assert len(dossier.transfers) == 3  # in, fee, house: of eight printed lines
    (gap,) = [gap for gap in dossier.gaps if gap.kind in {"overlap", "missing_statement", "conflict"}]
    assert (gap.kind, gap.amount, gap.currency, len(gap.cites)) == ("overlap", 1_000, "USD", 3)
    assert "3 statements print the same days, each sums, and their lines differ" in gap.description_en

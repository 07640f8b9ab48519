"""A payment in parts in the annex and on the chart: a sheet of its own that recomputes, and sentences that say what it is."""

from pathlib import Path

import pytest

import tracer
from tests.case.test_parts_traced import ASSETS, CLAIM, OTHER, PAPER, PAYEE, PAYER, statement
from tracer import routes
from tracer.annex.cells import Formula
from tracer.annex.recalc import check
from tracer.annex.request_facts import facts
from tracer.annex.workbook import planned, workbook
from tracer.charts.kinds.flow import flow
from tracer.model.parted import is_hub, splits

LAST = "121212121212"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory):
    """8,001 with 2,500 of proceeds reach two accounts by one debit, and one account from both of them by two."""
    folder = tmp_path_factory.mktemp("parts")
    tracer.new(folder / "case", id="X-1", title="Test", as_of="2025-06-30", by="A. Officer")
    paper = folder / "case" / "case.yaml"
    lines = paper.read_text("utf-8").splitlines(keepends=True)
    paper.write_text("".join(PAPER.get(line.split(":")[0], line) for line in lines), "utf-8")
    case = tracer.open(folder / "case", by="A. Officer")
    files = {
        "assets.csv": (ASSETS + f"HOUSE,real_estate,House,US,X,2024-03-20,3000.00,USD,{LAST},HOUSE-0001\n").encode(),
        "1.sta": statement(PAYER, 5501, CLAIM, "240308 D8001,00NTRFONE-OUT"),
        "2.sta": statement(PAYEE, 1000, "240308 C3000,00NTRFONE-IN1", "240309 D1700,00NTRFTWO-OUT1"),
        "3.sta": statement(
            OTHER, 0, "240307 D700,00NTRFRENT-0001", "240308 C5001,00NTRFONE-IN2", "240309 D4800,00NTRFTWO-OUT2"
        ),
        "4.sta": statement(LAST, 10, "240309 C6500,00NTRFTWO-IN", "240320 D3000,00NTRFHOUSE-0001"),
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
        case.load(folder / name)
    ids = {p.owner_reference: key for key, p in case.facts()["posting"].items()}
    case.judge(ids["ONE-OUT"], f"{ids['ONE-IN1']},{ids['ONE-IN2']}", "same", reason="the order names both")
    case.judge(ids["TWO-IN"], f"{ids['TWO-OUT1']},{ids['TWO-OUT2']}", "same", reason="the payee's receipt")
    return case.dossier()


def test_what_a_part_carries_is_a_formula_and_equals_the_engine(made) -> None:
    plan = planned(made, routes.evaluate("R4", made), "R4")
    hubs = {a.account: plan.account(a.account) for a in made.trace.accounts if is_hub(a.account)}
    assert sorted(hubs.values()) == ["PT-01", "PT-02"]
    assert sorted(map(splits, hubs)) == [False, True]
    for shown in hubs.values():
        sheet = plan.sheets[f"10_T_{shown}"]
        for n in range(sheet.top + 1, sheet.next_row):  # behind the opening
            for rule in plan.rules:
                if sheet.get("kind", n) == "debit":
                    assert isinstance(sheet.get(f"{rule}_out", n), Formula), (shown, n, rule)
                elif sheet.get("credit", n):
                    assert isinstance(sheet.get(f"{rule}_in", n), Formula), (shown, n, rule)
    held = plan.sheets["05_ACCOUNTS"]
    assert [held.get("account_id", held.top + n) for n in range(len(held.rows))] == [f"AC-{n:02d}" for n in range(1, 5)]
    told = " ".join(english for english, *_ in facts(plan))
    assert all(f"by a payment in parts, {shown}" in told for shown in hubs.values())


def test_the_order_of_debits_on_two_accounts_is_said_of_their_payment_and_of_no_account(made) -> None:
    """1,700 and 4,800 left two banks on one day; the rent of one of them stands in its own bank's order."""
    plan = planned(made, routes.evaluate("R4", made), "R4")
    (gap,) = [g for g in made.gaps if g.kind == "unordered_day"]
    accounts = [plan.account(a) for a in gap.affects]
    told = [(en, zh) for en, zh, *_ in facts(plan) if f"[16:{gap.id}]" in en and "effect of their order" in en]
    named = ", ".join(accounts[:2])
    assert told
    for en, zh in told:
        assert f"which of the debits of {named} on 2024-03-09 that make up one payment left first" in en
        assert f"{named} 2024-03-09构成同一笔付款的各借记的先后" in zh
    noted = [name for name, sheet in plan.sheets.items() if f"Without order: 2024-03-09 ({gap.id})" in sheet.purpose[0]]
    assert noted == [f"10_T_{accounts[2]}"]


@pytest.mark.office
def test_it_recalculates_to_the_cent(made, tmp_path: Path, soffice) -> None:
    path = tmp_path / "annex.xlsx"
    path.write_bytes(workbook(made, routes.evaluate("R4", made)).data)
    assert check(path, soffice=soffice).agrees


def test_the_chart_draws_it_as_what_it_is_and_its_arrows_as_inferred(made) -> None:
    drawn = flow(made, "sink:ASSET:HOUSE", "pro_rata")
    boxes = {box.id: box for box in drawn.boxes if "one payment in parts" in box.lines[0]}
    assert len(boxes) == 2
    arrows = [a for a in drawn.arrows if {a.start, a.end} & {*boxes}]
    assert len(arrows) == 6
    assert {a.grade for a in arrows} == {"inferred"}
    assert "holder not stated" not in str([box.lines for box in boxes.values()])

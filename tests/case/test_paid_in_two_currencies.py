"""An asset paid for in dollars and in euros: each currency has its floor, its total and its place in the annex, by hand.

In dollars: 1,000 own + 10,000 proceeds - 5,000 for the house, 1,500 back from its seller. LIBR: 4,000 of the 5,000, and as
much as came back less is certain: 2,500. In euros: 500 of 700 of other money. The price of the house is in dollars.
"""

from pathlib import Path

import pytest

from tests.case.test_paid_back import CLAIM, HOUSE, opened, statement
from tracer import routes
from tracer.annex.workbook import planned, rendered
from tracer.model import Dossier

BACK = ("240410 C1500,00NTRFNONREF", "/NAME/LAKESIDE HOMES LTD/REMI/REPAYMENT")
REST = ("240321 D500,00NTRFHOUSE-0002", "/NAME/LAKESIDE HOMES LTD/REMI/X")
DOLLARS, EUROS = "sink:ASSET:HOUSE", "sink:ASSET:HOUSE:EUR"


@pytest.fixture(scope="module")
def dossier(tmp_path_factory: pytest.TempPathFactory) -> Dossier:
    folder: Path = tmp_path_factory.mktemp("two")
    case = opened(
        folder,
        statement("123456789", "1000,00", "7500,00", CLAIM, HOUSE, BACK),
        statement("987654321", "700,00", "200,00", REST, currency="EUR"),
        accounts="123456789;987654321",
        references="HOUSE-0001;HOUSE-0002",
    )
    return case.dossier()


def test_what_came_back_takes_the_floor_of_its_currency_down(dossier: Dossier) -> None:
    found = {t.target: t for t in dossier.trace.targets if t.kind == "asset"}
    assert {name: (t.name, t.currency, t.recorded) for name, t in found.items()} == {
        DOLLARS: ("House", "USD", 500_000),
        EUROS: ("House (EUR)", "EUR", 50_000),
    }
    assert (found[DOLLARS].by_rule["libr"], found[DOLLARS].bounds.floor, found[DOLLARS].bounds.ceiling) == (
        400_000,
        250_000,
        500_000,
    )
    assert (found[EUROS].by_rule["libr"], found[EUROS].bounds.ceiling) == (0, 0)
    effects = {(e.target, e.figure): (e.least, e.most) for g in dossier.gaps for e in g.effects}
    assert effects[DOLLARS, "floor"] == effects[DOLLARS, "libr"] == (250_000, 400_000)
    assert not [key for key in effects if key[0] == EUROS]


def test_the_property_of_a_currency_is_what_was_paid_in_it_and_what_is_held(dossier: Dossier) -> None:
    joint = {b.currency: (b.targets, b.floor) for b in dossier.trace.joint}
    # 10,000 of proceeds entered; none was paid to anybody else, and the 1,500 that came back may be proceeds or not
    assert joint["USD"] == ((DOLLARS, "bal:HK:QXHKHKHH:123456789"), 850_000)
    assert joint["EUR"] == ((EUROS, "bal:HK:QXHKHKHH:987654321"), 0)


def rows(dossier: Dossier, *keys: str) -> list[tuple[object, ...]]:
    """Return what sheet 12 prints of each asset. Raises: CheckFailed where the sheets contradict each other (C08, C14)."""
    plan = planned(dossier, routes.evaluate("R4", dossier), "R4")
    rendered(plan, None)
    sheet = plan.sheets["12_ASSETS"]
    return [tuple(sheet.get(key, n) for key in keys) for n in range(sheet.top, sheet.next_row)]


def test_each_currency_has_its_row_in_the_annex(dossier: Dossier) -> None:
    assert rows(dossier, "asset_id", "ccy", "price", "path", "description") == [
        ("AS-1", "USD", 5_000, "Y", "House"),
        ("AS-1 (EUR)", "EUR", None, "N", "House (price 价款 5,000.00 USD)"),
    ]


@pytest.mark.parametrize("euros", [False, True])
def test_a_price_in_another_currency_than_the_traced_payment_is_no_whole_of_it(tmp_path: Path, *, euros: bool) -> None:
    """4,500 euros are the price; 5,000 dollars are paid, of which 4,000 are traced: of dollars, and no share of the price."""
    files = [statement("123456789", "1000,00", "6000,00", CLAIM, HOUSE)]
    if euros:
        files.append(statement("987654321", "700,00", "200,00", REST, currency="EUR"))
    references = "HOUSE-0001" + (";HOUSE-0002" if euros else "")
    case = opened(tmp_path, *files, accounts="123456789;987654321", references=references, price="4500.00,EUR")
    made = case.dossier()
    assert made.trace is not None
    (found,) = [t for t in made.trace.targets if t.kind == "asset" and t.currency == "USD"]
    assert (found.target, found.by_rule["libr"]) == (DOLLARS + (":USD" if euros else ""), 400_000)
    printed = rows(made, "asset_id", "ccy", "price", "path", "description", "pct")
    traced = ("AS-1 (USD)" if euros else "AS-1", "USD", None, "Y", "House (price 价款 4,500.00 EUR)", None)
    assert traced in printed
    if euros:
        assert [row[:5] for row in printed if row != traced] == [("AS-1", "EUR", 4_500, "N", "House")]
    else:  # 4,000 of the 5,000 that were paid
        told = [" ".join(map(str, row)) for row in case.sensitivity("House").rows]
        assert ["LIBR 80.00%" in row for row in told if "valuation" in row.casefold()] == [True]

"""Sheet 20: an order is printed as it is stated, and what nobody stated stays empty."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from tests.annex.dossiers import dossier, planted
from tracer import routes
from tracer.annex.workbook import planned, rendered
from tracer.casefile import parse_case_file

STATED = """case: {id: C-1, title: {en: A case}, as_of: "2024-12-31"}
orders:
  - {id: ORD1, kind: confiscation, court: "Court of Avalon", date: "2024-05-02", final: true, covers: [A1, A2], max_amount: "100000.00",
     restrained_to_date: "2500.50", collected_to_date: "0.00", currency: USD, certified_copy: a.csv,
     notice: [{to: P1, date: "2024-05-03", means: by post}, {to: P2}]}
  - {id: ORD2, kind: restraint, covers_all_of_defendant: true, max_amount: "7.00", currency: EUR, ex_parte: true}
"""


def test_orders_stand_as_stated_with_the_balance_where_all_is_stated() -> None:
    made = dossier(*planted())
    stated = parse_case_file(STATED, "case.yaml")
    made = replace(made, case=replace(made.case, orders=stated.orders))
    plan = planned(made, routes.evaluate("R4", made), "R4")
    computed = rendered(plan).values["20_ORDERS"]
    sheet = plan.sheets["20_ORDERS"]
    assert len(sheet.rows) == 2
    first, second = ({key: sheet.get(key, row) for key in sheet.places} for row in (sheet.top, sheet.top + 1))
    assert (first["kind"], first["date"], first["final"], first["covers"]) == (
        "confiscation",
        date(2024, 5, 2),
        "Y",
        "A1, A2",
    )
    assert computed[sheet.at("balance", sheet.top)] == Decimal("97499.50")
    assert (first["notice_on"], first["notice_how"]) == ("2024-05-03; -", "by post; -")
    assert str(second["covers"]).startswith("all that the defendant has")
    assert (second["max_amount"], second["restrained"], second["balance"], second["ex_parte"]) == (
        Decimal("7.00"),
        None,
        None,
        "Y",
    )

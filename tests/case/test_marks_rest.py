"""A figure that marked lines may have moved says that it rests on the check of them, and no other figure does."""

from pathlib import Path

import pytest

from tests.case.test_not_reconciled import column
from tests.case.test_opposing_counsel_accounts import CLAIM, FEE, HOUSE, case, loaded, statement  # noqa: F401 - a fixture
from tracer import routes
from tracer.annex.workbook import planned
from tracer.case import Case

#: 1,000 + 10,000 - 10 - 5,000 = 5,990.
WHOLE = CLAIM + FEE + HOUSE


def rests(case: Case) -> dict[str, str]:  # noqa: F811
    """Return target -> kind of the gaps it rests on."""
    made = case.dossier()
    kinds = {gap.id: gap.kind for gap in made.gaps}
    return {t.target: " ".join(kinds[gap] for gap in t.rests_on) for t in made.trace.targets}


@pytest.mark.parametrize(
    ("lines", "closing", "resting"),
    [
        pytest.param(WHOLE, "5990,00", set(), id="nothing is marked"),
        pytest.param(
            WHOLE.replace("D5000,00", "D5000.00"), "5990,00", {"sink:PAID:SELLER", "bal"}, id="the payment itself"
        ),
        pytest.param(
            WHOLE.replace("D10,00", "D10.00"),
            "5990,00",
            {"sink:FEE", "sink:PAID:SELLER", "bal"},
            id="an earlier payment: what was left for the later ones hangs on it",
        ),
        pytest.param(WHOLE, "5990.00", {"sink:FEE", "sink:PAID:SELLER", "bal"}, id="the statement itself"),
    ],
)
def test_what_a_marked_line_may_have_moved_rests_on_its_check(
    case: Case,  # noqa: F811
    tmp_path: Path,
    lines: str,
    closing: str,
    resting: set[str],
) -> None:
    loaded(case, tmp_path, a_sta=statement("123456789", lines, "1000,00", closing))
    found = rests(case)
    assert {"bal" if t.startswith("bal:") else t for t, kinds in found.items() if kinds == "check_off"} == resting
    assert {*found.values()} <= {"", "check_off"}


def test_the_gap_stands_beside_the_figure_in_the_annex(case: Case, tmp_path: Path) -> None:  # noqa: F811
    loaded(case, tmp_path, a_sta=statement("123456789", WHOLE.replace("D5000,00", "D5000.00"), "1000,00", "5990,00"))
    made = case.dossier()
    (gap,) = [g.id for g in made.gaps if g.kind == "check_off"]
    plan = planned(made, routes.evaluate("R4", made), "R4")
    assert gap in column(plan, "15_METHODS", "rests_on")

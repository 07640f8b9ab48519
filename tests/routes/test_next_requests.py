"""What to ask for next: the rank follows the money that a record decides; the line names bank, account, period, record, why."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.annex.dossiers import dossier, planted
from tests.trace.test_what_if import told
from tracer import routes
from tracer.case import Case
from tracer.model import Dossier, Gap, GapEffect, NextRequest
from tracer.trace import possible_effects, stand


@pytest.fixture(scope="module")
def made() -> Dossier:
    return dossier(*planted())


def gap(number: int, *effects: GapEffect, kind: str = "missing_statement", ask: str = "ask", **more: object) -> Gap:
    period = (date(2024, 2, 1), date(2024, 3, 1))
    stated = {"affects": ("QX01:ALPHA",), "amount": 500, "currency": "USD", "period": period} | more
    return Gap(f"G{number:03d}", kind, "d", "d", ask_en=ask, ask_zh=ask and "请", effects=effects, **stated)  # type: ignore[arg-type]


def moves(
    least: int, most: int, figure: str = "floor", target: str = "sink:ASSET:VILLA", currency: str = "USD"
) -> GapEffect:
    return GapEffect(target, currency, figure, least, most)


def asked(made: Dossier, *gaps: Gap, more: dict[str, tuple[GapEffect, ...]] | None = None) -> list[NextRequest]:
    found = routes.next_requests(replace(made, gaps=gaps), more)
    assert [one.rank for one in found] == list(range(1, len(found) + 1))
    return [one for one in found if one.gap.startswith("G")]


def test_the_record_that_decides_most_is_asked_for_first(made: Dossier) -> None:
    """Of G002 the largest single span is 300: effects on several figures of one asset are one and the same money."""
    found = asked(
        made,
        gap(1, moves(0, 100)),
        gap(2, moves(50, 350), moves(0, 200, "libr")),
        gap(3, amount=9_000),
        gap(4, amount=1_000),
    )
    assert [(one.gap, one.decides) for one in found] == [
        ("G002", {"USD": 300}),
        ("G001", {"USD": 100}),
        ("G003", {}),
        ("G004", {}),
    ]


def test_two_currencies_are_compared_by_their_share_of_the_property(made: Dossier) -> None:
    """100 of 1,000 in USD is a tenth; 50 of 100 in EUR is half: no rate is needed to see which decides more."""
    (joint,) = made.trace.joint
    property_ = (replace(joint, recorded=1_000), replace(joint, currency="EUR", recorded=100))
    both = replace(made, trace=replace(made.trace, joint=property_))
    found = asked(
        both, gap(1, moves(0, 100)), gap(2, moves(0, 50, currency="EUR", target="sink:ASSET:YACHT"), currency="EUR")
    )
    assert [one.gap for one in found] == ["G002", "G001"]


def test_what_a_changed_trace_adds_counts(made: Dossier) -> None:
    more = {"G001": (moves(0, 900, "ceiling"),)}
    found = asked(made, gap(1, kind="unmatched_leg"), gap(2, moves(0, 100)), more=more)
    assert [(one.gap, one.decides) for one in found] == [("G001", {"USD": 900}), ("G002", {"USD": 100})]
    assert "9.00 USD for the ceiling of" in found[0].line_en


def test_what_is_at_hand_is_not_asked_for(made: Dossier) -> None:
    assert asked(made, gap(1, moves(0, 100), ask="")) == []
    assert asked(made, gap(1, moves(0, 100), kind="assumption")) == []


def test_the_line_says_bank_account_period_record_and_why_in_both_languages(made: Dossier) -> None:
    (one,) = asked(made, gap(1, moves(10_000, 35_000)))
    villa = made.assets[next(k for k, a in made.assets.items() if a.record == "VILLA")].description
    assert one.account in one.line_en
    assert one.bank in one.line_en
    for text in ("2024-02-01 to 2024-03-01", "statements with all entries", "Why:", "100.00 USD and 350.00 USD", villa):
        assert text in one.line_en
    for text in ("2024-02-01 至 2024-03-01", "对账单", "理由", "100.00 USD 与 350.00 USD", "下限", one.account):
        assert text in one.line_zh
    assert "sink:" not in one.line_en + one.line_zh
    assert "bal:" not in one.line_en + one.line_zh


def test_a_gap_that_moves_nothing_known_says_so(made: Dossier) -> None:
    (one,) = asked(made, gap(1))
    assert "5.00 USD is at stake; no figure of a trace is known to move" in one.line_en
    assert one.decides == {}


def test_a_payee_that_proceeds_may_have_reached_is_asked_about(made: Dossier) -> None:
    """What was paid to the supplier and drawn in cash decides at most its ceiling; what no proceeds reached is not asked for."""
    found = {one.gap: one for one in routes.next_requests(replace(made, gaps=()))}
    reached = {
        t.target: t.bounds.ceiling for t in made.trace.targets if t.target in ("sink:PAID:Supplier", "sink:CASH")
    }
    assert {f"onward/{t.removeprefix('sink:')}" for t, ceiling in reached.items() if ceiling} == set(found)
    for target, ceiling in reached.items():
        one = found[f"onward/{target.removeprefix('sink:')}"]
        assert one.decides == {"USD": ceiling}
        assert one.cites
    assert found["onward/CASH"].record_en.startswith("cash withdrawal slips")


def test_the_requirement_names_what_decides_most(made: Dossier) -> None:
    stated = replace(made, gaps=(gap(1, moves(0, 9_999_999_99)),))
    note = next(r for r in routes.evaluate("R4", stated) if r.req_id == "R4.8")
    assert "decides most:" in note.note
    assert "影响最大者：" in note.note_zh
    assert "2024-02-01 to 2024-03-01" in note.note


def test_were_a_credit_of_unknown_origin_proceeds_by_hand() -> None:
    """100 of E1 and 100 of nobody knows; the house takes 150: LIBR 50, floor 50, ceiling 100; were both proceeds: 150."""
    question = told({"A": (0, [(1, "e1", 100), (2, "x", 100), (3, "house", -150)])}, claims={"E1": ("e1", 100)})
    (effects,) = possible_effects(question, stand(question), ["A/x", "A/house"]).values()
    said = {e.figure: (e.least, e.most) for e in effects if e.target == "sink:ASSET:H"}
    assert (said["libr"], said["floor"], said["ceiling"]) == ((50, 150), (50, 150), (100, 150))


@pytest.fixture(scope="module")
def case(harbour_copy: Callable[[Path], Case], tmp_path_factory: pytest.TempPathFactory) -> Case:
    return harbour_copy(tmp_path_factory.mktemp("next") / "case")


def test_the_sample_case_asks_for_its_missing_month_and_its_unordered_day(case: Case) -> None:
    shown = case.next_requests()
    gaps = {row["gap"]: row for row in shown if row["gap"] != "-"}
    assert "USD 100,000.00" in gaps["G002"]["decides"]
    assert gaps["G001"]["period"] == "2024-07-30 to 2024-09-16"
    assert "对账单" in shown.explain()
    assert shown.sources()


def test_the_same_ranks_at_the_terminal(case: Case) -> None:
    from typer.testing import CliRunner

    from tracer.cli import app

    done = CliRunner().invoke(app, ["next-requests", "--case", str(case.folder)])
    assert done.exit_code == 0, done.output
    assert repr(case.next_requests()).strip() in done.stdout

"""The 22 checks: each has a row for every target, each variant its paper arithmetic, and none is passed in silence."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings

from tests.trace.ledgers import ledgers
from tests.trace.test_what_if import CLAIMS, DAY, RULES, TWO, told
from tracer import trace
from tracer.case import Case
from tracer.model import (
    Asset,
    CaseError,
    CaseFile,
    Cite,
    Event,
    LawfulIncome,
    Offence,
    SensitivityRow,
    StatedAsset,
    StatedOrder,
    TraceResult,
)
from tracer.trace.checking import Checking
from tracer.trace.exact import exact_pro_rata
from tracer.trace.orders import over_orders
from tracer.trace.replay import replay
from tracer.trace.sensitivity import CHECKS, Material, sensitivity, under
from tracer.trace.translation import translated

CASE = CaseFile("C", "case", "案", date(2025, 3, 1), offences=(Offence("O1", "x", "x", "s", limitation_years=20),))


def checked(
    question: trace.Question, *, case: CaseFile = CASE, asset: Asset | None = None
) -> tuple[SensitivityRow, ...]:
    read = question.entries()
    replays = trace.trace_all(read.entries, RULES)
    result: TraceResult = over_orders(
        trace.result(read.entries, replays, question.claims, "h", {}, assets={"sink:ASSET:H": "house"}), read.entries
    )
    return sensitivity(question, Material(result, case, assets={"sink:ASSET:H": asset} if asset else {}))


def of(rows: tuple[SensitivityRow, ...], check: int, target: str = "sink:ASSET:H") -> list[SensitivityRow]:
    return [r for r in rows if r.check == check and r.target == target]


@pytest.fixture(scope="module")
def two() -> tuple[SensitivityRow, ...]:
    return checked(told(TWO, claims=CLAIMS))


def test_every_check_speaks_for_every_target_and_says_why_where_it_varies_nothing(
    two: tuple[SensitivityRow, ...],
) -> None:
    assert sorted(CHECKS) == list(range(1, 23))
    for target in ("sink:ASSET:H", "joint:USD"):
        assert [*dict.fromkeys(r.check for r in two if r.target == target)] == sorted(CHECKS)
    for row in two:
        assert row.changed_en, row
        assert row.changed_zh, row
        assert (row.verdict != "") == (row.status == "varied")
        if row.status in ("nothing", "not_covered"):
            assert row.figures == {}


def test_what_holds_is_told_check_by_check(two: tuple[SensitivityRow, ...]) -> None:
    """Without the link or without the only offence nothing is left; the opening balances and the methods leave it as it is."""
    said = under(two)["sink:ASSET:H"]
    assert {7, 16} <= set(said["falls"])
    assert {2, 20} <= set(said["holds"])
    assert {1, 6, 8, 10, 11, 12, 15, 19, 22} <= {*said["nothing"]}
    assert "not_covered" not in said


def test_one_link_left_out(two: tuple[SensitivityRow, ...]) -> None:
    """The one transfer carries all that reaches the house: LIBR 230, ceiling 350, then nothing; it is the critical link."""
    whole, critical = of(two, 7)
    assert whole.figures["libr"] == critical.figures["libr"] == (0, 0)
    assert whole.figures["ceiling"] == (0, 0)
    assert "Tmove" in critical.changed_en
    assert len(critical.cites) == 2


def test_each_event_left_out(two: tuple[SensitivityRow, ...]) -> None:
    """Without E1 200 of proceeds come in: 400 other in A; LIBR moves no proceeds, floor 380 - 450 < 0; without E2: LIBR 30."""
    by_words = {r.changed_en.split()[0]: r for r in of(two, 13)}
    assert by_words["E2"].figures["libr"] == (30, 30)
    assert (by_words["E2"].verdict, by_words["E1"].verdict) == ("less", "falls")
    assert by_words["E1"].figures["libr"] == by_words["E1"].figures["floor"] == (0, 0)


def test_undocumented_money_that_would_take_the_floor_away(two: tuple[SensitivityRow, ...]) -> None:
    """The floor is 230: so much other money, entering A before the transfer or B before the house, would fill the house."""
    (row,) = of(two, 14)
    assert row.figures["breakdown"] == (230, 230)


def test_each_asset_under_its_own_best_rule_is_an_alarm() -> None:
    """100 of proceeds, 100 other, two assets of 100: one takes all of the proceeds under DIFO, the other under LIBR; jointly 100."""
    question = told({"A": (100, [(1, "e1", 100), (2, "house", -100), (3, "boat", -100)])}, claims={"E1": ("e1", 100)})
    rows = checked(replace(question, paid={"A/house": "sink:ASSET:H", "A/boat": "sink:ASSET:B"}))
    (joint,) = of(rows, 5, "joint:USD")
    assert joint.figures == {"best": (200, 200), "ceiling": (100, 100)}
    assert "ALARM" in joint.changed_en
    assert "警示" in joint.changed_zh


def test_a_round_trip_kept_and_netted() -> None:
    """FIFO, 50 other then 100 of proceeds: 60 go to B (50 other, 10) and come back behind the 90; the house of 90 takes these.

    Netted the 60 never left: the house takes 50 other and 40 of proceeds.
    """
    lines = {
        "A": (50, [(1, "e1", 100), (2, "out", -60), (3, "back", 60), (4, "house", -90)]),
        "B": (0, [(2, "out", 60), (3, "back", -60)]),
    }
    question = told(lines, claims={"E1": ("e1", 100)})
    assert trace.stand(question).figures["sink:ASSET:H"].by_rule["fifo"] == 90
    (row,) = of(checked(question), 6)
    assert row.figures["fifo"] == (40, 40)
    assert row.verdict == "less"


def test_every_order_of_a_day_and_value_dates() -> None:
    """The house first or after the fuel: LIBR 0 to 20 over the orders that the bank could have allowed."""
    orders, valued = of(checked(told(DAY, claims={"E1": ("e1", 100)}, table="A")), 3)
    assert orders.figures["libr"] == (0, 20)
    assert orders.figures["proceeds_first"] == (0, 80)
    assert orders.verdict == "falls"  # DIFO 80 as printed, 0 where the house was paid before the proceeds came
    assert valued.verdict == "holds"


def test_the_same_from_the_records_and_by_a_second_engine(two: tuple[SensitivityRow, ...]) -> None:
    for target in ("sink:ASSET:H", "joint:USD"):
        (row,) = of(two, 20, target)
        assert row.verdict == "holds"
        assert "identical" in row.changed_en
        assert "second engine: the same" in row.changed_en
        assert "INT" in row.note_en


def test_an_overdraft_swallows_and_clean_money_may_repay_it() -> None:
    """80 in debt; a credit of 100 of which 60 is E1 repays 80: pro rata 48 of E1 are gone, 12 stay; clean first 20 stay.

    The house of 15: LIBR takes 8 of 8 other and 7 of E1; clean first no other money is left, and 15 of E1 pay.
    """
    question = told({"A": (-80, [(1, "e1", 100), (2, "house", -15)])}, claims={"E1": ("e1", 60)})
    assert trace.stand(question).figures["sink:ASSET:H"].by_rule["libr"] == 7
    (row,) = of(checked(question), 8)
    assert row.figures["libr"] == (15, 15)
    assert "R7 elected, beside this: none" in row.note_en


def test_a_balance_that_later_money_filled_again() -> None:
    """100 of proceeds, 90 spent on the house: 10 are left; 80 come later. The closing 90 would count 80 too much."""
    lines = {"A": (0, [(1, "e1", 100), (2, "house", -90), (3, "wages", 80)])}
    (row,) = of(checked(told(lines, claims={"E1": ("e1", 100)})), 9, "joint:USD")
    assert row.figures == {"naive": (90, 90), "libr": (10, 10)}


def test_a_credit_held_for_the_payment_that_passed_it_on() -> None:
    """50 other, 100 of E1, the house takes 100 the next day: FIFO 50, matched to the credit it is all 100."""
    lines = {"A": (50, [(1, "e1", 100), (2, "house", -100)])}
    (row,) = of(checked(told(lines, claims={"E1": ("e1", 100)})), 15)
    assert row.figures["fifo"] == (100, 100)
    assert (row.figures["floor"], row.figures["ceiling"]) == ((50, 50), (100, 100))
    assert "shuffled dates" in row.note_en


def test_the_value_at_seizure_as_the_case_states_it() -> None:
    """Of 380 the register says 760; the case says 800 of 10 January, and the order is of the 20th."""
    asset = Asset(Cite("c" * 64, "row=1"), "H", "house", "house", price=380, currency="USD", value_now=760)
    stated = StatedAsset("A1", "H", "proceeds-C", "restrain", 800, "USD", date(2025, 1, 10), "EX-0009")
    order = StatedOrder("ORD1", "restraint", date(2025, 1, 20), covers_all=True)
    later = StatedOrder("ORD2", "seizure", date(2025, 2, 1), ("A1",))
    rows = checked(told(TWO, claims=CLAIMS), case=replace(CASE, assets=(stated,), orders=(later, order)), asset=asset)
    (row,) = of(rows, 21)
    assert (
        "value 8.00 USD of 2025-01-10, EX-0009; seized 2025-01-20 (ORD1); the value is 10 days from it"
        in row.changed_en
    )
    assert "扣押日 2025-01-20（ORD1）；估值日相距 10 天" in row.changed_zh
    assert row.figures["libr"] == (230, 230 * 800 // 380)


def test_what_the_case_states_stands_in_the_rows() -> None:
    asset = Asset(
        Cite("c" * 64, "row=1"), "H", "house", "house", price=380, currency="USD", value_now=760, encumbrance=660
    )
    event = Event("E1", "O1", date(2024, 3, 1), 300, "USD", "p", "q", "act", "e1", "A", 300)
    income = LawfulIncome("p", 2024, "salary", 1_000, "USD")
    case = replace(CASE, events=(event,), lawful_income=(income,))
    rows = checked(told(TWO, claims=CLAIMS), case=case, asset=asset)
    (valued,) = of(rows, 21)
    assert valued.figures["libr"] == (230, 460)  # lien 230, share 230/380 of 760
    assert "60.53%" in valued.changed_en
    (third,) = of(rows, 19)
    assert third.figures["libr"] == (100, 100)  # 760 - 660
    assert "10.00 USD" in of(rows, 14)[0].changed_en
    assert "E1 until 2025-03-01" in of(rows, 18)[0].changed_en  # the anniversary itself is in time


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ledgers(conversions=False))
def test_whole_cents_drift_from_exact_fractions_by_no_more_than_a_unit_per_step(ledger) -> None:
    e = ledger.entries()
    for bundle in ("ordered", "blended"):
        exact, cents = exact_pro_rata(e, bundle), replay(e, "pro_rata", bundle=bundle).targets
        for target, labels in cents.items():
            whole = sum(amount for label, amount in labels.items() if label in ledger.proceeds)
            assert abs(exact.get(target, Fraction(0)) - whole) <= 2 * len(e), target
        assert sum(exact.values()) == sum(a for t in cents.values() for k, a in t.items() if k in ledger.proceeds)


# -- the sample case


@pytest.fixture(scope="module")
def case(harbour_copy: Callable[..., Case], tmp_path_factory: pytest.TempPathFactory) -> Case:
    return harbour_copy(tmp_path_factory.mktemp("sensitivity") / "case")


def test_the_sample_case_by_its_own_truth(case: Case) -> None:
    """GUIDE.md: a missing month, a day without order, a round trip, a conversion, an overdraft: each moves what it can reach."""
    shown = case.sensitivity()
    said = shown.explain()
    assert (
        "Pelican Securities plc, client LMY-2207, cash and fund units: falls under 13; less under 3, 6, 7, 16" in said
    )
    orders = [r for r in shown if r["check"] == 3 and "Pelican" in r["target"]]
    assert orders[0]["LIBR"] == "USD 600,000.00 to USD 700,000.00"
    assert {r["check"] for r in shown} == set(CHECKS)
    assert any("European Central Bank" in r["changed"] and r["check"] == 11 for r in shown)


def test_a_figure_is_translated_at_the_payment_and_at_the_seizure_beside_it(case: Case) -> None:
    """The flat is bought in euro with dollars: 1 EUR = 1.0797 USD on 28 March 2025 (ECB); no figure of the trace moves."""
    made, ask = case.dossier(), case.asked()
    stated = replace(made.case, orders=(StatedOrder("ORD1", "restraint", date(2025, 3, 28), ("A2",)),))
    checking = Checking(ask.question, ask.standing, Material(made.trace, stated))
    flat, house = "sink:ASSET:FLAT-RF7", "sink:ASSET:HOUSE-12LC"
    en, zh = translated(checking, flat)
    floor = ask.standing.figures[flat].ceiling
    assert f"ceiling {floor * 1.0797 / 100:,.2f} USD" in en.partition("at the seizure")[2]
    assert "at the payment" in en
    assert "day of seizure 2025-03-28 (ORD1)" in en
    assert "扣押日 2025-03-28（ORD1）" in zh
    assert (
        translated(checking, house)[0] == "Translation: entered and traced in one currency; no day of seizure is stated"
    )


def test_a_target_by_every_name_that_explain_takes(case: Case) -> None:
    """Record, target and description: one figure, the same table. A name that means nothing lists what there is."""
    names = ("HOUSE-12LC", "sink:ASSET:HOUSE-12LC", "Lantern")
    assert {case.ways().target(name).target for name in names} == {"sink:ASSET:HOUSE-12LC"}
    assert len({repr(case.sensitivity(name)) for name in names}) == 1
    assert case.sensitivity("USD together").rows
    with pytest.raises(CaseError, match="no part"):
        case.sensitivity("PALACE")


def test_the_same_rows_at_the_terminal(case: Case) -> None:
    from typer.testing import CliRunner

    from tracer.cli import app

    done = CliRunner().invoke(app, ["sensitivity", "Lantern", "--explain", "--case", str(case.folder)])
    assert done.exit_code == 0, done.output
    assert repr(case.sensitivity("Lantern")).strip() in done.stdout

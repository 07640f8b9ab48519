"""Variants of own money first, reversals and screens, as case.yaml states them: each figure by hand.

USD account 123456789 opens with 1,000.00 of other money; 10,000.00 of proceeds come on 5 March. On 10 March the bank prints a
credit of 3,000.00 (valued on the 15th) and then the car, 4,000.00; on the 12th a payment of 2,000.00, and then a credit of
2,000.00. It closes with 10,000.00.
"""

from pathlib import Path

import pytest

from tests.case.test_conversions import statement
from tests.case.test_elections_stated import amounts, elect, made, of, theories
from tests.case.test_not_reconciled import checks
from tracer import defence
from tracer.annex.workbook import planned
from tracer.case import Case
from tracer.model import CaseError, Elected

DAYS = statement(
    "123456789", "USD", "1000,00", "10000,00",
    "240305 C10000,00NTRFCLAIM-0001",
    "240310 C3000,00NTRFOWN-00001", "240310 D4000,00NTRFCAR-0001",
    "240312 D2000,00NTRFOUT-00001", "240312 C2000,00NTRFOWN-00002",
).replace(b":61:2403100310C3000", b":61:2403150310C3000")  # fmt: skip

NAMES = ("LIBR-T", "LIBR-D-close", "LIBR-D-worst", "LIBR-D-best", "LIBR-A")


def stated(*elections: str) -> str:
    return f", elections: [{', '.join(f'{{{one}}}' for one in elections)}]"


@pytest.fixture(scope="module")
def variants(tmp_path_factory: pytest.TempPathFactory) -> tuple[Case, dict[str, Elected]]:
    each = [f'id: {name}, kind: parameter, name: libr, option: {name}, reason: "asked by counsel"' for name in NAMES]
    case = made(tmp_path_factory.mktemp("variants"), stated(*each), files=(DAYS,))
    return case, {"+".join(e.ids): e for e in case.dossier().trace.elections}


def away(one: Elected) -> dict[str, tuple[int, int]]:
    """Return the figures of what was paid to nobody that a record names."""
    return of(
        one, next((d.target for d in one.figures if d.target.startswith("sink:") and "ASSET" not in d.target), "")
    )


def held(one: Elected) -> dict[str, tuple[int, int]]:
    return of(one, next(d.target for d in one.figures if d.target.startswith("bal:")))


def test_the_day_and_the_available_balance_by_name(variants: tuple[Case, dict[str, Elected]]) -> None:
    """Printed order: the car takes 4,000 of other money, the payment out 2,000 of proceeds, 8,000 stay. Best, and at the close: both
    days take their credits first, and no proceeds leave. Worst: the car takes 1,000 own and 3,000 of proceeds, the payment
    2,000 of the 3,000 that came after it; 7,000 stay. Available: the 3,000 come on the 15th, so that the car takes 3,000 of
    proceeds and the payment out 2,000; 5,000 stay."""
    _, found = variants
    assert not found["LIBR-T"].figures
    for name in ("LIBR-D-close", "LIBR-D-best"):
        assert held(found[name])["libr"] == (800000, 1000000)
        assert away(found[name])["libr"] == (200000, 0)
    assert held(found["LIBR-D-worst"])["libr"] == (800000, 700000)
    assert of(found["LIBR-D-worst"], "sink:ASSET:CAR")["libr"] == (0, 300000)
    assert away(found["LIBR-D-worst"])["libr"] == (200000, 0)
    assert held(found["LIBR-A"])["libr"] == (800000, 500000)
    assert of(found["LIBR-A"], "sink:ASSET:CAR")["libr"] == (0, 300000)
    # one rule, the one that has variants; the floor and the ceiling are those of the order taken
    assert {d.figure for e in found.values() for d in e.figures} <= {"libr", "floor", "ceiling"}


def test_a_variant_is_disclosed_with_its_authority_and_never_two_at_once(
    variants: tuple[Case, dict[str, Elected]],
) -> None:
    case, found = variants
    assert "end-of-day against intraday" in found["LIBR-D-worst"].contrary
    assert (found["LIBR-A"].note_en, found["LIBR-A"].note_zh) == (
        "LIBR alone; 4 entries stand in another place than in the trace",
        "仅计算 LIBR；4 笔记账的位置与追踪所采次序不同",
    )
    together = found["+".join(NAMES)]
    assert (together.status, together.note_en.startswith("libr is elected in several ways")) == ("refused", True)
    (car,) = [t for t in case.dossier().trace.targets if t.target == "sink:ASSET:CAR"]
    assert car.by_rule["libr"] == 0, "the trace stands as it was"


def test_choices_are_printed_in_both_languages(variants: tuple[Case, dict[str, Elected]]) -> None:
    made_ = variants[0].dossier()
    assert made_.trace.parameters.keys() == made_.trace.parameters_zh.keys()
    assert made_.trace.parameters["elections"] == made_.trace.parameters_zh["elections"] == ", ".join(NAMES)
    block = planned(made_, (), "R4").sheets["24_RUN"].blocks[0]
    rows = range(block.top, block.next_row)
    for n in rows:
        item, zh = block.get("item", n), str(block.get("value_zh", n))
        assert block.get("item_zh", n)
        if item not in {"run", "content head", "software", "elections"}:
            assert any("\u4e00" <= c <= "\u9fff" for c in zh), (item, zh)


BACK = statement(
    "123456789", "USD", "1000,00", "1000,00",
    "240305 C10000,00NTRFCLAIM-0001", "240307 D1500,00NTRFPAY-00001", "240310 D4000,00NTRFCAR-0001",
    "240311 RD1500,00NTRFPAY-00001", "240312 D6000,00NTRFOUT-00001",
)  # fmt: skip


def test_a_payment_that_came_back_is_void_or_comes_back_at_the_tail(tmp_path: Path) -> None:
    """Oldest first, void: the car takes 1,000 own and 3,000 of proceeds, the payment out 6,000 of proceeds. At the tail: the payment
    took 1,000 own and 500 of proceeds, the car 4,000 of proceeds; the payment out the other 5,500, and 500 of the own money."""
    each = [
        f'id: V{n}, kind: parameter, name: reversal, option: {option}, reason: "x"'
        for n, option in enumerate(("void", "new_credit_tail"))
    ]
    case = made(tmp_path, stated(*each), files=(BACK,))
    found = {"+".join(e.ids): e for e in case.dossier().trace.elections}
    assert not found["V0"].figures
    assert of(found["V1"], "sink:ASSET:CAR")["fifo"] == (300000, 400000)
    assert away(found["V1"])["fifo"] == (600000, 550000)
    assert "never a fresh clean lot" in found["V1"].authority


def test_a_reversal_is_not_elected_where_nothing_came_back(tmp_path: Path) -> None:
    _, found = elect(tmp_path, 'id: V1, kind: parameter, name: reversal, option: new_credit_tail, reason: "x"')
    assert (found["V1"].status, "No payment of the case was reversed" in found["V1"].note_en) == ("refused", True)


SCREENED = (
    ', theories: [{id: S1, kind: poison, reason: "where to look"}, {id: S2, kind: tiho, reason: "where to look"}, '
    '{id: S3, kind: family_expense, debit: CAR-0001, evidence: [EX-0002], reason: "household"}, '
    '{id: S4, kind: family_expense, debit: BOAT-0001, evidence: [EX-0002], reason: "household"}]'
)


def test_screens_are_told_apart_and_enter_no_figure(tmp_path: Path) -> None:
    """Poison: both accounts are reached, and the car, the yacht and both balances count in full; the payment out was bought before.
    TIHO: of 10,000 the largest that could be reached are the balance (5,500, of which proceeds can be 1,000 at most), the yacht
    (5,000), then the car (4,000). Family expense: the car takes all own money there is and is as it was under own money first;
    under proceeds first it takes the 1,000 of other money there."""
    plain, case = made(tmp_path / "plain"), made(tmp_path / "screened", SCREENED)
    one, other = plain.dossier().trace, case.dossier().trace
    assert [(t.by_rule, t.bounds) for t in one.targets] == [(t.by_rule, t.bounds) for t in other.targets]
    assert (one.joint, one.conservation) == (other.joint, other.conservation)
    assert (one.parameters["screens"], other.parameters["screens"]) == ("none", "S1, S2, S3, S4")
    found = theories(case)
    screens = {name: t for name, t in found.items() if t.status == "screen"}
    assert {name: amounts(t)["reached by E1, in full"] for name, t in screens.items() if t.kind == "poison"} == {
        "S1/CAR": 400000, "S1/YACHT": 500000, **BALANCES
    }  # fmt: skip
    tiho = {name: amounts(t)["E1, largest first"] for name, t in screens.items() if t.kind == "tiho"}
    assert (tiho["S2/YACHT"], tiho["S2/CAR"], sum(tiho.values())) == (500000, 400000, 1000000)
    spent = amounts(screens["S3/CAR"])
    assert (spent["libr"], spent["proceeds_first"]) == (400000, 300000)
    assert found["S4"].status == "refused", "no proceeds were there yet: nothing differs"
    assert all("never a figure" in t.words_en and "绝非金额认定" in t.words_zh for t in screens.values())
    sheet = planned(case.dossier(), (), "R4").sheets["15_METHODS"]
    block = next(b for b in sheet.blocks if "screens" in b.title[0])
    states = [block.get("state", n) for n in range(block.top, block.next_row)]
    assert states.count("screen") >= len(screens)


def test_a_theory_on_an_exhibit_that_may_not_leave_is_refused_and_names_it_nowhere(tmp_path: Path) -> None:
    stated = '{id: S3, kind: family_expense, debit: CAR-0001, evidence: [EX-0002, lead.txt], reason: "household"}'
    case = made(tmp_path, f", theories: [{stated}]")
    found = [t for t in case.dossier().trace.theories if t.kind == "family_expense"]
    assert [t.status for t in found] == ["refused"]
    assert "no exhibit that may leave" in found[0].words_en
    assert "lead.txt" not in str(case.dossier().trace)


def test_what_is_elected_with_the_call_is_of_that_run_alone(tmp_path: Path) -> None:
    case = made(tmp_path, files=(DAYS,))
    stood = case.trace()
    worst = "{id: V1, kind: parameter, name: libr, option: LIBR-D-worst, reason: asked}"
    asked = case.trace(elect=f"{worst}, {{id: S1, kind: poison, reason: where to look}}")
    assert asked.run != stood.run
    assert [line["outcome"] for line in case.log if line["verb"] == "trace"] == [stood.run, asked.run]
    assert "LIBR-D-worst" in asked["elections"].explain()
    assert "a screen, never a figure" in str(asked["theories"])
    assert "nothing is elected" in case.trace()["elections"].foot
    for text, words in (
        ("worst", "no election"), ("{id: V1, kind: wish}", "none of"), ("{id: V1}", "Field required"),
        (f"{worst}, {worst}", "stated twice"), ("{id: V1, kind: poison}", "does not state reason"),
    ):  # fmt: skip
        with pytest.raises(CaseError, match=words):
            case.trace(elect=text)


BALANCES = {"S1/123456789": 550000, "S1/555666777": 150000}


EARNED = statement(
    "123456789", "USD", "1000,00", "7110,00",
    "240305 C10000,00NTRFCLAIM-0001", "240309 C110,00NTRFINT-00001||INTEREST PAID", "240310 D4000,00NTRFCAR-0001",
)  # fmt: skip


def test_interest_takes_the_composition_of_its_account_unless_stated_otherwise(tmp_path: Path) -> None:
    """110.00 on 1,000 of other money and 10,000 of proceeds: 10.00 and 100.00. Own money first, the car takes 1,010 of other
    money and 2,990 of proceeds; with clean interest 1,110 and 2,890. The floor counts the interest as other money, the ceiling
    as proceeds, whatever the policy of the rules."""
    case = made(tmp_path / "default", files=(EARNED,))
    dossier = defence.tested(case.asked(), case.ways())
    (car,) = [t for t in dossier.trace.targets if t.target == "sink:ASSET:CAR"]
    assert (car.by_rule["libr"], car.bounds.floor, car.bounds.ceiling) == (299000, 289000, 400000)
    assert dossier.trace.parameters["interest"].startswith("prorata_posting: ")
    assert "1 credits are interest" in dossier.trace.parameters["interest"]
    assert dossier.tested.second.outcome == "agrees"
    assert "it takes the composition of the account" in " ".join(dossier.tested.explanations[0].sentences("en"))
    assert {result for result, *_ in checks(dossier).values()} == {"PASS"}
    found = {
        d["figure"]: str(d["after"]) for d in case.what_if("parameter", "interest", "clean") if d["target"] == "Car"
    }
    assert found["LIBR"] == "USD 2,890.00"
    assert "floor" not in found
    strict = made(tmp_path / "strict", ", interest: clean", files=(EARNED,)).dossier()
    (car,) = [t for t in strict.trace.targets if t.target == "sink:ASSET:CAR"]
    assert (car.by_rule["libr"], car.bounds.floor) == (289000, 289000)
    with pytest.raises(CaseError, match="none of prorata_posting, clean, unknown"):
        made(tmp_path / "wrong", ", interest: proceeds", files=(EARNED,))


def test_what_another_account_paid_is_no_interest_of_the_bank(tmp_path: Path) -> None:
    paid = EARNED.replace(b"INTEREST PAID", b"/IBAN/888/NAME/BORROWER/REMI/LOAN INTEREST")
    dossier = made(tmp_path, files=(paid,)).dossier()
    assert "0 credits are interest" in dossier.trace.parameters["interest"]

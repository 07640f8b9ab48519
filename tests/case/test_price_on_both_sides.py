"""The price of an asset whose payment is held on both sides: it is traced into the asset, and not into its payee as well.

The payer has 5,500 of its own and 2,500 of proceeds, and all 8,000 pay for the house: 2,500 of it are proceeds, whatever the
rule. The payee has 2,000 of its own, and what it received counts as of unknown origin: the same cents stand in one place.
"""

from pathlib import Path

import pytest

from tests.case.test_parts_traced import CLAIM, PAYEE, PAYER, case, loaded, of_assets, statement
from tracer.case import Case

__all__ = ["case"]  # the fixture

HOUSE = f"HOUSE,real_estate,House,US,X,2024-03-20,8000.00,USD,{PAYER},{{}}\n"


@pytest.mark.parametrize(
    ("out", "into"),
    [
        (["8000,00NTRFBULK-0001"], ["8000,00NTRFIN-0001"]),
        (["8000,00NTRFBULK-0001"], ["3000,00NTRFIN-0001", "5000,00NTRFIN-0002"]),
        (["3000,00NTRFBULK-0001", "5000,00NTRFBULK-0002"], ["8000,00NTRFIN-0001"]),
    ],
    ids=["a pair", "one debit, two credits", "two debits, one credit"],
)
def test_an_asset_stays_a_target_when_the_payee_s_side_is_judged_to_be_its_payment(
    case: Case, tmp_path: Path, out: list[str], into: list[str]
) -> None:
    names = [line.partition("NTRF")[2] for line in (*out, *into)]
    ids = loaded(
        case,
        tmp_path,
        HOUSE.format(";".join(names[: len(out)])),
        statement(PAYER, 5500, CLAIM, *(f"240308 D{line}" for line in out)),
        statement(PAYEE, 2000, *(f"240308 C{line}" for line in into)),
    )
    (before,) = of_assets(case).values()
    whole, *parts = names if len(out) == 1 else names[::-1]
    case.judge(ids[whole], ",".join(ids[name] for name in parts), "same", reason="the deed names the payee's account")
    (house,) = of_assets(case).values()
    assert (house.recorded, house.by_rule, house.bounds.floor, house.bounds.ceiling) == (
        800_000,
        dict.fromkeys(before.by_rule, 250_000),
        250_000,
        250_000,
    )
    made = case.dossier()
    # the payee's balance would hold the same 2,500 a second time
    assert [t.bounds.ceiling for t in made.trace.targets if t.target.endswith(PAYEE)] == [0]
    assert {b.ceiling for b in made.trace.joint} <= {250_000}
    prices = [gap for gap in made.gaps if "as the price of HOUSE" in gap.description_en]
    assert sum(gap.amount or 0 for gap in prices) == 800_000
    assert all("leave the payment out of the register" in gap.description_en for gap in prices)
    assert all("系资产 HOUSE 的价款" in gap.description_zh for gap in prices)
    assert {gap.id for gap in prices} == {*next(t for t in made.trace.targets if t.kind == "asset").rests_on}
    assert not [gap for gap in made.gaps if gap.kind == "unknown_origin"]  # no refund, no exchange: its price
    links = case.match_check()["links"].explain()
    assert ("not followed in the trace" in links, "追踪未沿此关联进行" in links) == ((len(names) == 2),) * 2
    assert "2,500.00 (line" in case.explain("HOUSE").explain()


def test_what_the_register_does_not_name_of_a_payment_is_told_by_its_payee(case: Case, tmp_path: Path) -> None:
    """Of 3,000 and 5,000 that arrive as 8,000 the register names the 3,000: the house has those, and the gap the 5,000."""
    ids = loaded(
        case,
        tmp_path,
        HOUSE.format("BULK-0001"),
        statement(PAYER, 5500, CLAIM, "240308 D3000,00NTRFBULK-0001", "240308 D5000,00NTRFBULK-0002"),
        statement(PAYEE, 2000, "240308 C8000,00NTRFIN-0001"),
    )
    case.judge(ids["IN-0001"], f"{ids['BULK-0001']},{ids['BULK-0002']}", "same", reason="the deed")
    (house,) = of_assets(case).values()
    assert house.recorded == 300_000
    (gap,) = [gap for gap in case.dossier().gaps if "as the price of HOUSE" in gap.description_en]
    assert "5,000.00 USD left by lines that the register does not name" in gap.description_en
    assert "5,000.00 USD 由登记资料未载明的记账转出" in gap.description_zh


def test_a_payment_that_the_bank_undid_is_told_of_its_asset(case: Case, tmp_path: Path) -> None:
    """RD: the bank took back the debit of the day before, so that nothing was paid for the house."""
    lines = statement(PAYER, 5500, CLAIM, "240308 D8000,00NTRFBULK-0001", "240309 C8000,00NTRFBULK-0001")
    loaded(case, tmp_path, HOUSE.format("BULK-0001"), lines.replace(b"0309C8000", b"0309RD8000"))
    assert of_assets(case) == {}
    (gap,) = [gap for gap in case.dossier().gaps if gap.description_en.startswith("Asset HOUSE")]
    assert "8,000.00 USD on 2024-03-08 that the asset register names is not traced into it" in gap.description_en
    assert "8,000.00 USD 的付款未追踪至该资产" in gap.description_zh

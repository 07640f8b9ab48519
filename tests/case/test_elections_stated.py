"""What a lawyer elects in case.yaml, and the statutory theories, through the public verbs: each figure by hand.

USD account 123456789 opens with 1,000.00 of other money. 10,000.00 of proceeds come (5 March), 6,000.00 go on to 555666777
(8 March), 4,000.00 pay for the car (10 March), 4,500.00 of other money come (20 March). 555666777 opens with 2,000.00 and had
paid 1,500.00 for the boat on 3 March; on 12 March it pays 5,000.00 for the yacht.
"""

from pathlib import Path

import pytest

import tracer
from tests.case.test_conversions import PAPER, statement
from tracer.annex.workbook import planned
from tracer.case import Case
from tracer.model import CaseError, Elected, TheoryFigure

ASSETS = (
    "record,class,description,country,titleholder,acquired,price,currency,paid_account,paid_reference\n"
    "CAR,vehicle,Car,MT,X,2024-03-10,4000.00,USD,123456789,CAR-0001\n"
    "BOAT,vessel,Boat,MT,X,2024-03-03,1500.00,USD,555666777,BOAT-0001\n"
    "YACHT,vessel,Yacht,MT,X,2024-03-12,5000.00,USD,555666777,YACHT-0001\n"
)
FIRST = statement(
    "123456789", "USD", "1000,00", "5500,00",
    "240305 C10000,00NTRFCLAIM-0001", "240308 D6000,00NTRFMOVE-0001//MOVE-0001", "240310 D4000,00NTRFCAR-0001", "240320 C4500,00NTRFBACK-0001",
)  # fmt: skip
SECOND = statement(
    "555666777", "USD", "2000,00", "1500,00",
    "240303 D1500,00NTRFBOAT-0001", "240308 C6000,00NTRFMOVE-0001//MOVE-0001", "240312 D5000,00NTRFYACHT-0001",
)  # fmt: skip


def made(
    tmp_path: Path, chosen: str = "", *, files: tuple[bytes, ...] = (FIRST, SECOND), amount: str = "10000.00"
) -> Case:
    tracer.new(tmp_path / "case", id="X-1", title="Test", as_of="2025-02-01", by="A. Officer")
    paper = tmp_path / "case" / "case.yaml"
    lines = paper.read_text("utf-8").splitlines(keepends=True)
    text = "".join(PAPER.get(line.split(":")[0], line) for line in lines)
    text = text.replace('amount: "10000.00"', f'amount: "{amount}"')
    paper.write_text(text.replace("opening_balance: unknown}", f"opening_balance: unknown{chosen}}}"), "utf-8")
    (tmp_path / "assets.csv").write_text(ASSETS, "utf-8")
    case = tracer.open(tmp_path / "case", by="A. Officer")
    case.load(tmp_path / "assets.csv")
    for number, data in enumerate(files):
        path = tmp_path / f"{number}.sta"
        path.write_bytes(data)
        case.load(path)
    return case


def elect(tmp_path: Path, *stated: str) -> tuple[Case, dict[str, Elected]]:
    case = made(tmp_path, f", elections: [{', '.join(f'{{{one}}}' for one in stated)}]")
    return case, {"+".join(e.ids): e for e in case.dossier().trace.elections}


def of(one: Elected, target: str) -> dict[str, tuple[int, int]]:
    return {d.figure: (d.before, d.after) for d in one.figures if d.target == target}


MATCHED = (
    'id: L1, kind: specific_identification, credit: CLAIM-0001, debit: MOVE-0001, reason: "passed on within three days"'
)
PASSED_ON = (
    'id: L2, kind: specific_identification, credit: MOVE-0001, debit: YACHT-0001, reason: "passed on within four days"'
)
RESTORED = (
    'id: L3, kind: restoration, credit: BACK-0001, evidence: [EX-0002], reason: "letter of 19 March: I put it back"'
)
LINKED = 'id: L4, kind: backward_link, credit: MOVE-0001, debit: BOAT-0001, evidence: ["0.sta"], reason: "one plan"'
GROUPED = 'id: L5, kind: account_group, accounts: ["123456789", "555666777"], evidence: [EX-0002], reason: "zero-balance sweep"'


def test_a_match_moves_the_proceeds_along(tmp_path: Path) -> None:
    """Own money first: 1,000 own and 5,000 of proceeds move; 500 were in the other account, so that 4,000 pay for the yacht
    after 1,500 own. Matched: 6,000 of proceeds move, and the car takes 1,000 own and 3,000 of proceeds; the yacht 500 own."""
    case, found = elect(tmp_path, MATCHED)
    one = found["L1"]
    assert one.status == "elected"
    assert of(one, "sink:ASSET:YACHT")["libr"] == (350000, 450000)
    assert of(one, "sink:ASSET:CAR")["libr"] == (400000, 300000)
    assert one.moved["libr"] == 600000
    assert "3 days apart, 0 other debits" in one.note_en
    # the trace itself is as it was
    (car,) = [t for t in case.dossier().trace.targets if t.target == "sink:ASSET:CAR"]
    assert car.by_rule["libr"] == 400000


def test_a_transfer_is_matched_on_and_all_together(tmp_path: Path) -> None:
    """The second match alone holds what arrived under own money first, 5,000 of proceeds and 1,000 other, for the yacht: 5,000
    of it, pro rata 4,166.67 of proceeds. Both: 6,000 of proceeds arrive, and the yacht takes 5,000 of them."""
    _, found = elect(tmp_path, MATCHED, PASSED_ON)
    assert of(found["L2"], "sink:ASSET:YACHT")["libr"] == (350000, 416667)
    both = found["L1+L2"]
    assert of(both, "sink:ASSET:YACHT")["libr"] == (350000, 500000)
    assert both.words_en.startswith("together: ")


def test_a_later_credit_restores(tmp_path: Path) -> None:
    """1,000 of proceeds are left of 10,000; 4,500 of other money come back with intent: 5,500 are then held."""
    _, found = elect(tmp_path, RESTORED)
    one = found["L3"]
    balance = next(d.target for d in one.figures)
    assert of(one, balance)["libr"] == (100000, 550000)
    assert one.moved["libr"] == 450000
    assert of(one, balance)["ceiling"] == (100000, 550000)
    assert one.evidence == ("EX-0002",)


def test_a_transfer_pays_for_what_was_bought_before_it(tmp_path: Path) -> None:
    """Own money first: 5,000 of proceeds arrive, the boat had cost 1,500 of other money: all of the boat is linked. The yacht
    then takes the 1,500 of replacement money and the other money first: 500 + 1,500 + 1,000, and 2,000 of proceeds."""
    _, found = elect(tmp_path, LINKED)
    one = found["L4"]
    assert of(one, "sink:ASSET:BOAT")["libr"] == (0, 150000)
    assert of(one, "sink:ASSET:YACHT")["libr"] == (350000, 200000)
    assert "Brazil v Durant" in one.authority
    assert "confirm with counsel" in one.contrary


def test_accounts_of_one_sweep_are_one(tmp_path: Path) -> None:
    """Together they open with 3,000; 1,500 buy the boat, 10,000 come: 1,500 of other money are left, which the car takes
    first (2,500 of proceeds); the yacht is then all proceeds, 5,000; 2,500 of them stay, and 4,500 other."""
    _, found = elect(tmp_path, GROUPED)
    one = found["L5"]
    assert of(one, "sink:ASSET:CAR")["libr"] == (400000, 250000)
    assert of(one, "sink:ASSET:YACHT")["libr"] == (350000, 500000)
    assert "libr" not in of(one, "bal:L5")  # 1,000 + 1,500 of proceeds in the two, 2,500 in the one


def test_claims_under_two_options_are_refused_beyond_the_joint_ceiling(tmp_path: Path) -> None:
    """(b) the ceilings of yacht and car, 5,000 and 4,000; (a) the balance, 1,000: 10,000 in all, and that many are there. With
    the other balance, 1,500 under (a), no attribution gives 11,500."""
    fits = 'id: B1, kind: banco_cafetero, option: b, targets: [YACHT, CAR], reason: "assets"'
    rest = 'id: B2, kind: banco_cafetero, option: a, targets: ["123456789"], reason: "balance"'
    more = 'id: B3, kind: banco_cafetero, option: a, targets: ["555666777"], reason: "balance"'
    twice = 'id: B4, kind: banco_cafetero, option: c, targets: [YACHT], reason: "averaging"'
    _, good = elect(tmp_path / "1", fits, rest)
    assert {e.status for e in good.values()} == {"elected"}
    assert of(good["B1"], "sink:ASSET:CAR")["option_b"] == (300000, 400000)
    case, bad = elect(tmp_path / "2", fits, rest, more)
    assert {e.status for e in bad.values()} == {"refused"}
    assert "no attribution gives more than 10,000.00" in bad["B3"].note_en
    assert "B3" in str(case.problems())
    _, both = elect(tmp_path / "3", fits, twice)
    assert both["B4"].status == "refused"
    assert "One target is claimed under two options" in both["B4"].note_en


def test_oatway_narrow_and_wide(tmp_path: Path) -> None:
    """10,000 are claimed. Narrow: own money first leaves 1,000 and 1,500 in the accounts; 7,500 may be looked for. 6,000 at most
    came to the yacht's account, of which 1,500 are kept: the yacht bears 4,500, the car 3,000. Wide: 5,000 and 4,000."""
    _, found = elect(
        tmp_path,
        'id: O1, kind: oatway, option: narrow, targets: [YACHT, CAR], reason: "assets risen"',
        'id: O2, kind: oatway, option: wide, targets: [YACHT, CAR], reason: "assets risen"',
    )
    given = {name: {d.target: d.after for d in found[name].figures} for name in found}
    assert given["O1"] == {"sink:ASSET:YACHT": 450000, "sink:ASSET:CAR": 300000}
    assert given["O2"] == {"sink:ASSET:YACHT": 500000, "sink:ASSET:CAR": 400000}


REFUSED = [
    ('id: L1, kind: restoration, credit: NOWHERE, evidence: [EX-0002], reason: "x"', "No credit of the books carries 'NOWHERE'"),
    ('id: L1, kind: restoration, credit: CAR-0001, evidence: [EX-0002], reason: "x"', "No credit of the books carries"),
    ('id: L1, kind: restoration, credit: BACK-0001, evidence: [EX-0099], reason: "x"', "'EX-0099' is no exhibit"),
    ('id: L1, kind: backward_link, credit: CLAIM-0001, debit: CAR-0001, evidence: [EX-0002], reason: "x"', "which is later"),
    ('id: L1, kind: specific_identification, credit: BACK-0001, debit: CAR-0001, reason: "x"', "earlier, or in another account"),
    ('id: L1, kind: account_group, accounts: ["123456789", "999"], evidence: [EX-0002], reason: "x"', "'999' is no account"),
    ('id: L1, kind: account_group, accounts: ["123456789"], evidence: [EX-0002], reason: "x"', "names 1 account"),
    ('id: L1, kind: parameter, name: interest, option: clean, reason: "x"', "No credit of the case is interest"),
    ('id: L1, kind: parameter, name: reversal, option: void, reason: "x"', "No payment of the case was reversed"),
    ('id: L1, kind: parameter, name: libr, option: LIBR, reason: "x"', "cannot be elected"),
    ('id: L1, kind: parameter, name: fee, option: last, reason: "x"', "cannot be elected"),
    ('id: L1, kind: banco_cafetero, option: d, targets: [CAR], reason: "x"', "none of a, b, c"),
    ('id: L1, kind: banco_cafetero, option: b, targets: [PALACE], reason: "x"', "'PALACE' is no account"),
    ('id: L1, kind: oatway, option: wide, targets: [CAR], amount: "10000.01", currency: USD, reason: "x"', "were entered"),
    ('id: L1, kind: cash_redeposit, credit: BACK-0001, debit: CAR-0001, evidence: [EX-0002], reason: "x"', "4500.00 USD were paid in, and 4000.00 drawn"),
]  # fmt: skip


@pytest.mark.parametrize(("stated", "words"), REFUSED, ids=[words for _, words in REFUSED])
def test_what_cannot_be_elected_is_told_and_stops_nothing_else(tmp_path: Path, stated: str, words: str) -> None:
    case, found = elect(tmp_path, stated)
    one = found["L1"]
    assert (one.status, one.figures) == ("refused", ())
    assert words in one.note_en
    assert "L1: " in str(case.problems())
    assert case.dossier().trace.targets


WRONG = [
    ("id: L1, kind: wish, reason: x", "'wish' is none of"),
    ("id: L1, kind: restoration, credit: A", "does not state evidence, reason"),
    ("id: L1, kind: restoration, credit: A, wish: B", "is not a key of case.yaml"),
    ("id: L1, kind: parameter, name: fee, option: rule, reason: x}, {id: L1, kind: parameter, name: fee, option: rule, reason: x", "stated twice"),
]  # fmt: skip


@pytest.mark.parametrize(("stated", "words"), WRONG, ids=[words for _, words in WRONG])
def test_a_line_of_case_yaml_that_is_not_understood_is_refused_with_its_place(
    tmp_path: Path, stated: str, words: str
) -> None:
    with pytest.raises(CaseError, match=words) as refused:
        made(tmp_path, f", elections: [{{{stated}}}]")
    assert "case.yaml:" in refused.value.where


def test_cash_drawn_and_paid_in_again(tmp_path: Path) -> None:
    """4,000 drawn (the car's debit stands for cash here), 4,000 paid in: by an accepted inference the same money."""
    _, found = elect(
        tmp_path,
        'id: L1, kind: cash_redeposit, credit: BACK-0001, debit: "CAR-0001; YACHT-0001", evidence: [EX-0002], reason: "envelope"',
    )
    one = found["L1"]
    assert one.status == "elected"
    # drawn: car 4,000 of proceeds, yacht 3,500 of proceeds and 1,500 other; own money first in the place of cash, too:
    # 4,500 come back: 1,500 other and 3,000 of proceeds, beside the 1,000 held
    held = next(
        target for target in (d.target for d in one.figures) if target.startswith("bal:") and "CASH" not in target
    )
    assert of(one, held)["libr"] == (100000, 400000)


# -- statutory theories


def theories(case: Case) -> dict[str, TheoryFigure]:
    return {t.id: t for t in case.dossier().trace.theories}


def amounts(one: TheoryFigure) -> dict[str, int]:
    return {en: amount for en, _, amount in one.figures}


def test_theories_that_need_no_statement(tmp_path: Path) -> None:
    found = theories(made(tmp_path))
    assert amounts(found["proceeds/E1"]) == {"gross": 1000000}
    (f984,) = [t for t in found.values() if t.kind == "section_984"]
    # 5 March 2024 to 1 February 2025: within a year; the balance found is 5,500.00
    assert amounts(f984)["984"] == 550000
    assert amounts(found["value/USD"])["benefit"] == 1000000
    poca = amounts(found["poca/USD"])
    assert poca["floor"] <= poca["libr"] <= poca["ceiling"] == 1000000
    # no withdrawal is above 10,000.00
    assert not [t for t in found.values() if t.kind == "section_1957"]


STATED = (
    ', theories: [{id: T1, kind: section_984, account: "123456789", commenced: "2025-03-06"}, '
    '{id: T2, kind: involved_in, debit: CAR-0001, evidence: [EX-0002], reason: "the account was opened for it"}, '
    '{id: T3, kind: interbank, account: "US-CORR-1", credit: [CLAIM-0001], amount: "7000.00", paid_out: "2000.00", currency: USD}, '
    '{id: T4, kind: direct_costs, event: E1, amount: "2500.00", currency: USD, evidence: [EX-0002], reason: "licence fees"}, '
    '{id: T5, kind: loan_repaid, event: E1, amount: "10000.01", currency: USD, evidence: [EX-0002], reason: "x"}, '
    '{id: T6, kind: involved_in, debit: NOWHERE, evidence: [EX-0002], reason: "x"}, '
    '{id: T7, kind: interbank, account: "US-CORR-1", credit: [CLAIM-0001], amount: "7000.00", currency: EUR}]'
)  # fmt: skip


def test_theories_as_stated(tmp_path: Path) -> None:
    """One day after the anniversary nothing is in time. Before the car 5,000 were there; 11,000 - 6,000, of which at most 1,000
    were other money: at least 3,000 of the 4,000 are proceeds. 981(k): 7,000 of 10,000, the bank 2,000, net 5,000."""
    case = made(tmp_path, STATED)
    found = theories(case)
    assert amounts(found["T1"]) == {"offence amounts in time": 0, "expired": 1000000, "balance found": 550000, "984": 0}
    assert amounts(found["T2"]) == {
        "proceeds at least": 300000, "transaction amount": 400000, "commingled balance before it": 500000
    }  # fmt: skip
    assert found["T2"].evidence == ("EX-0002",)
    assert (amounts(found["T3"])["seizable up to"], amounts(found["T3"])["net"]) == (700000, 500000)
    assert amounts(found["T4"]) == {"gross": 1000000, "direct costs": 250000, "net": 750000}
    assert {name for name, t in found.items() if t.status == "refused"} == {"T5", "T6", "T7"}
    assert "T7" in str(case.problems())
    told = case.trace()["theories"].explain()
    assert "T2" in told
    assert "Voigt" in told


def test_both_stand_in_the_annex_beside_the_methods(tmp_path: Path) -> None:
    case = made(tmp_path, f", elections: [{{{MATCHED}}}, {{{RESTORED}}}]{STATED}")
    plan = planned(case.dossier(), (), "R4")
    sheet = plan.sheets["15_METHODS"]
    titles = [block.title[0] for block in sheet.blocks]
    assert any("Elections of case.yaml" in t for t in titles)
    assert any("Statutory theories" in t for t in titles)
    cover = plan.sheets["01_COVER"]
    told = " ".join(str(cover.get("note", n)) for n in range(cover.top, cover.next_row))
    for parameter in (
        "interest:",
        "fee:",
        "account_group:",
        "elections: L1, L3",
        "mode: integer",
        "cash:",
        "conversions:",
    ):
        assert parameter in told
    view = case.trace()
    assert "2 elections: tracer trace elections" in view.foot
    assert "L1" in str(view["elections"])
    assert "McKinley" in view["elections"].explain()


def test_the_trace_says_how_to_elect_where_nothing_is(tmp_path: Path) -> None:
    assert "kinds: specific_identification" in made(tmp_path).trace()["elections"].foot


@pytest.mark.parametrize("withdrawn", ["10000,00", "10000,01"])
def test_section_1957_is_strict_and_every_mode_is_told(tmp_path: Path, withdrawn: str) -> None:
    """1,000.00 own and 30,000.00 of proceeds; 10,000.00 is no more than the threshold, 10,000.01 is."""
    cents = int(withdrawn.replace(",", ""))
    closing = f"{(3100000 - cents) // 100},{(3100000 - cents) % 100:02d}"
    one = statement(
        "123456789", "USD", "1000,00", closing, "240305 C30000,00NTRFCLAIM-0001", f"240310 D{withdrawn}NTRFCAR-0001"
    )
    found = [t for t in theories(made(tmp_path, files=(one,), amount="30000.00")).values() if t.kind == "section_1957"]
    assert len(found) == (cents > 1000000)
    if found:
        # own money first: 1,000.00 own, so 9,000.01 traced; proceeds first: all of it; at least 9,000.01
        assert found[0].met["per_rule.libr"] is False
        assert (found[0].met["presume"], found[0].met["trace_all"]) == (True, False)
        assert found[0].met["aggregate"] is True  # 10,000.01 withdrawn, 1,000.00 clean
        assert amounts(found[0])["floor of the withdrawal"] == 900001

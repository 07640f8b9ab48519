"""Money that leaves in one currency and arrives in another: joined where proven, else told, and the ceiling holds both ways.

USD account: 1,000 own + 10,000 proceeds (claim). 6,500 leaves, 4,500 stays. EUR account: opens with 500 of other money, 6,000
arrives, 6,200 buys the yacht, 300 stays. Of the 6,500 at most all is proceeds, at least 6,500 - 1,000 = 5,500.
Joined: at most all 6,000 EUR are proceeds, and the yacht took them; at least 6,000 x 5,500 / 6,500 = 5,076.92 are, so that
923.08 + 500 of other money were there for it: 6,200 - 1,423.08 = 4,776.92.
"""

from pathlib import Path

import pytest

import tracer
from tracer import routes
from tracer.annex.workbook import planned
from tracer.case import Case

PAPER = {
    "predicate_events": 'predicate_events: [{id: E1, offence: O1, date: "2024-03-05", amount: "10000.00", currency: USD, payer: P, '
    'payee: Q, act: "a", account: "123456789", proceeds_txn: "CLAIM-0001", exhibits: []}]\n',
    "offences": 'offences: [{id: O1, title: {en: "b", zh: "受"}, statute: "s", conduct_period: {from: "2024-01-01", to: '
    '"2024-12-31"}}]\n',
}
ASSETS = "record,class,description,country,titleholder,acquired,price,currency,paid_account,paid_reference\nYACHT,vessel,Yacht,MT,X,2024-03-20,6200.00,EUR,987654321,YACHT-0001\n"  # fmt: skip
YACHT = "sink:ASSET:YACHT"


def statement(
    account: str, currency: str, opening: str, closing: str, *lines: str, bank: str = "QXHKHKHHAXXX"
) -> bytes:
    """Lines are `YYMMDD C10000,00NTRFREF` and, behind a bar, a supplement of field 61 and a field 86."""
    told = ""
    for line in lines:
        entry, supplement, text = [*line.split("|"), "", ""][:3]
        told += f":61:{entry[:6]}{entry[2:6]}{entry[7:]}\r\n"
        told += f"{supplement}\r\n" if supplement else ""
        told += f":86:{text}\r\n" if text else ""
    return (
        f"{{1:F01QXUKGB2LAXXX0001000001}}{{2:O9400800240331{bank}00010001232310310801N}}{{4:\r\n:20:ST1\r\n"
        f":25:{account}\r\n:28C:1\r\n:60F:C240301{currency}{opening}\r\n{told}:62F:C240331{currency}{closing}\r\n-}}"
    ).encode()


def usd(debit: str) -> bytes:
    return statement("123456789", "USD", "1000,00", "4500,00", "240305 C10000,00NTRFCLAIM-0001", debit)


def eur(credit: str, account: str = "987654321", bank: str = "QXHKHKHHAXXX") -> bytes:
    return statement(
        account, "EUR", "500,00", "300,00", credit, "240320 D6200,00NTRFYACHT-0001||Yachts of Malta", bank=bank
    )


@pytest.fixture
def case(tmp_path: Path) -> Case:
    tracer.new(tmp_path / "case", id="X-1", title="Test", as_of="2025-06-30", by="A. Officer")
    paper = tmp_path / "case" / "case.yaml"
    lines = paper.read_text("utf-8").splitlines(keepends=True)
    paper.write_text("".join(PAPER.get(line.split(":")[0], line) for line in lines), "utf-8")
    (tmp_path / "assets.csv").write_text(ASSETS, "utf-8")
    made = tracer.open(tmp_path / "case", by="A. Officer")
    made.load(tmp_path / "assets.csv")
    return made


def load(case: Case, tmp_path: Path, *files: bytes) -> None:
    for number, data in enumerate(files):
        path = tmp_path / f"{number}.sta"
        path.write_bytes(data)
        case.load(path)


def figures(case: Case) -> tuple[int, dict[str, int], int]:
    """Floor, each rule and ceiling of the yacht, in cents."""
    dossier = case.dossier()
    assert dossier.trace is not None
    (yacht,) = [target for target in dossier.trace.targets if target.target == YACHT]
    return yacht.bounds.floor, yacht.by_rule, yacht.bounds.ceiling


#: LIBR: 6,500 takes the 1,000 own first, 5,500 proceeds: 5,076.92 EUR; the yacht takes 500 + 923.08 other first: 4,776.92.
JOINED = (477_692, 477_692, 600_000)

PROVEN = [
    pytest.param(
        "240310 D6500,00NTRFFX-0001|/OCMT/EUR6000,/EXCH/1,0833/|x",
        "240310 C6000,00NTRFFX-0001",
        id="field 61, own words",
    ),
    pytest.param(
        "240310 D6500,00NTRFFX-0001||/OCMT/EUR6000,/EXCH/1,0833/",
        "240311 C6000,00NTRFFX-0001",
        id="field 86, a day later",
    ),
    pytest.param(
        "240310 D6500,00NTRFFX-0001", "240310 C6000,00NTRFFX-0001||/EXCH/1,0833/", id="a rate within its rounding"
    ),
    pytest.param(
        "240310 D6500,00NTRFFX-0001||/EXCH/0,92308/", "240310 C6000,00NTRFFX-0001", id="the rate the other way"
    ),
]


@pytest.mark.parametrize(("debit", "credit"), PROVEN)
def test_a_proven_conversion_is_one_transfer(case: Case, tmp_path: Path, debit: str, credit: str) -> None:
    load(case, tmp_path, usd(debit), eur(credit))
    floor, rules, ceiling = figures(case)
    assert (floor, rules["libr"], ceiling) == JOINED
    (moved,) = [t for t in case.dossier().transfers if t.debit and t.credit]
    assert (moved.amount_out, moved.currency_out, moved.amount_in, moved.currency_in) == (
        650_000,
        "USD",
        600_000,
        "EUR",
    )
    assert not [g for g in case.dossier().gaps if g.kind == "unmatched_leg"]


def test_a_conversion_inside_an_account_of_several_currencies(case: Case, tmp_path: Path) -> None:
    load(
        case,
        tmp_path,
        usd("240310 D6500,00NTRFFX-0001|/OCMT/EUR6000,/EXCH/1,0833/"),
        eur("240310 C6000,00NTRFFX-0001", account="123456789").replace(b"YACHT-0001", b"YACHT-0009"),
    )
    dossier = case.dossier()
    assert dossier.trace is not None
    (paid,) = [t for t in dossier.trace.targets if t.currency == "EUR" and t.recorded == 620_000]
    assert (paid.bounds.floor, paid.by_rule["libr"], paid.bounds.ceiling) == JOINED


LIKELY = [
    pytest.param("240310 D6500,00NTRFFX-0001", "240310 C6000,00NTRFFX-0001", id="one reference, nothing printed"),
    pytest.param(
        "240310 D6500,00NTRFNONREF|/OCMT/EUR6000,/EXCH/1,0833/", "240311 C6000,00NTRFNONREF", id="no reference"
    ),
    pytest.param("240310 D6500,00NFEXNONREF", "240312 C6000,00NTRFNONREF||CREDIT", id="a code of exchange"),
    pytest.param(
        "240310 D6500,00NTRFNONREF||EXCHANGE, CHARGES PAID BY US", "240310 C6000,00NTRFNONREF", id="words of both"
    ),
    pytest.param("240310 D6500,00NTRFNONREF", "240312 C6000,00NTRFNONREF", id="nothing explains either line"),
    pytest.param("240312 D6500,00NTRFNONREF||FX DEAL", "240311 C6000,00NTRFNONREF", id="the credit is booked first"),
]


@pytest.mark.parametrize(("debit", "credit"), LIKELY)
def test_the_ceiling_of_a_likely_one_holds_whatever_a_person_decides(
    case: Case, tmp_path: Path, debit: str, credit: str
) -> None:
    load(case, tmp_path, usd(debit), eur(credit))
    floor, rules, ceiling = figures(case)
    assert (floor, rules["libr"], ceiling) == (0, 0, 600_000)
    dossier = case.dossier()
    assert dossier.trace is not None
    (gap,) = [g for g in dossier.gaps if g.kind == "unmatched_leg"]
    assert (gap.amount, gap.currency) == (600_000, "EUR")
    assert {posting.account_key or posting.account for posting in dossier.postings.values()} == set(gap.affects)
    assert len(gap.cites) == 2
    assert "one conversion?" in gap.description_en
    assert "兑换" in gap.description_zh
    for target in dossier.trace.targets:
        if target.target in {YACHT, f"bal:{gap.affects[0]}"}:
            assert gap.id in target.rests_on
        if (
            target.target == "sink:UNKNOWN"
        ):  # 5,500 of the 6,500 are proceeds on any rule, if they were paid to somebody
            assert (target.by_rule["libr"], target.bounds.floor) == (550_000, 0)
            assert gap.id in target.rests_on
    (libr,) = [e for e in gap.effects if (e.target, e.figure) == (YACHT, "libr")]
    assert (libr.least, libr.most) == (0, JOINED[1])
    planned(dossier, routes.evaluate("R4", dossier), "R4")

    (pair,) = case.match().candidates()
    assert pair.candidate.kind == "conversion"
    case.judge(pair.candidate.left, pair.candidate.right, "same", reason="the bank's confirmation")
    floor, rules, ceiling = figures(case)
    assert (floor, rules["libr"], ceiling) == JOINED
    assert not [g for g in case.dossier().gaps if g.kind == "unmatched_leg"]


def test_a_pair_judged_different_leaves_the_ceiling_where_it_was(case: Case, tmp_path: Path) -> None:
    load(case, tmp_path, usd("240310 D6500,00NTRFFX-0001"), eur("240310 C6000,00NTRFFX-0001"))
    (pair,) = case.match().candidates()
    case.judge(pair.candidate.left, pair.candidate.right, "unsure", reason="no confirmation yet")
    assert figures(case)[2] == 600_000
    case.judge(pair.candidate.left, pair.candidate.right, "different", reason="a loan, as its contract shows")
    assert figures(case)[2] == 0
    assert not [g for g in case.dossier().gaps if g.kind == "unmatched_leg"]


def test_only_what_may_have_been_proceeds_is_in_doubt(case: Case, tmp_path: Path) -> None:
    # 11,000 - 10,500 leaves 500, whatever they are; 6,000 of other money come, 6,500 leave: at most 500 of them are proceeds,
    # 500 x 6,000 / 6,500 = 461.54 EUR, rounded up
    dollars = statement(
        "123456789", "USD", "1000,00", "0,00",
        "240305 C10000,00NTRFCLAIM-0001", "240306 D10500,00NTRFRENT-0001||/NAME/LANDLORD LTD/REMI/RENT",
        "240307 C6000,00NTRFWAGE-0001||/NAME/EMPLOYER LTD/REMI/WAGES", "240310 D6500,00NFEXNONREF",
    )  # fmt: skip
    load(case, tmp_path, dollars, eur("240310 C6000,00NTRFNONREF"))
    assert figures(case)[2] == 46_154


@pytest.mark.parametrize(
    ("debit", "credit"),
    [
        pytest.param("240310 D6500,00NTRFNONREF", "240310 C900,00NTRFNONREF", id="no such rate"),
        pytest.param("240310 D6500,00NTRFNONREF", "240319 C6000,00NTRFNONREF", id="nine days"),
        pytest.param(
            "240310 D6500,00NTRFNONREF||/NAME/CAR DEALER LTD/REMI/CAR",
            "240310 C6000,00NTRFNONREF||/NAME/EMPLOYER LTD/REMI/SALARY",
            id="both lines name somebody else",
        ),
        pytest.param("240310 D6500,00NTRFNONREF|/OCMT/CHF6000,/EXCH/1,0833/", "240310 C6000,00NTRFNONREF", id="francs"),
        pytest.param("240310 D6500,00NTRFNONREF|/OCMT/EUR5000,/EXCH/1,3000/", "240310 C6000,00NTRFNONREF", id="5,000"),
    ],
)
def test_what_another_explanation_fits_is_no_candidate(case: Case, tmp_path: Path, debit: str, credit: str) -> None:
    load(case, tmp_path, usd(debit), eur(credit))
    assert case.match().candidates() == ()
    assert figures(case)[2] == 0


def test_a_chain_of_two_conversions_keeps_the_ceiling(case: Case, tmp_path: Path) -> None:
    # 6,500 USD -> 5,000 GBP -> 6,000 EUR: the euros may be proceeds in full
    pounds = statement(
        "555666777",
        "GBP",
        "0,00",
        "0,00",
        "240310 C5000,00NTRFFX-0001",
        "240311 D5000,00NTRFFX-0002",
        bank="QXUKGB2LAXXX",
    )
    load(case, tmp_path, usd("240310 D6500,00NTRFFX-0001"), pounds, eur("240312 C6000,00NTRFFX-0002"))
    assert figures(case)[2] == 600_000
    gaps = [g for g in case.dossier().gaps if g.kind == "unmatched_leg"]
    assert {(g.amount, g.currency) for g in gaps} == {(500_000, "GBP"), (600_000, "EUR")}


def test_two_lines_that_may_have_bought_one_credit_are_told_and_the_ceiling_holds(case: Case, tmp_path: Path) -> None:
    # 2 x 3,250 USD sold, 6,000 EUR bought: no pair makes a rate, together 1.0833 USD for 1 EUR. All 6,500 may be proceeds.
    sold = "240310 D3250,00NTRFNONREF||FX SALE"
    files = (
        statement("123456789", "USD", "1000,00", "4500,00", "240305 C10000,00NTRFCLAIM-0001", sold, sold),
        eur("240310 C6000,00NTRFNONREF||FX PURCHASE"),
    )
    for number, data in enumerate(files):
        (tmp_path / f"{number}.sta").write_bytes(data)
        case.load(tmp_path / f"{number}.sta")
    dossier = case.dossier()
    assert dossier.trace is not None
    (yacht,) = [t for t in dossier.trace.targets if t.target == YACHT]
    assert (yacht.bounds.floor, yacht.bounds.ceiling) == (0, 600_000)
    (gap,) = [g for g in dossier.gaps if g.kind == "unmatched_leg"]
    assert "is no rate of these currencies" in gap.description_en
    assert len(gap.cites) == 3
    assert gap.id in yacht.rests_on


def test_legs_that_tell_of_an_exchange_days_apart_are_told_and_the_ceiling_holds(case: Case, tmp_path: Path) -> None:
    load(case, tmp_path, usd("240306 D6500,00NTRFNONREF||FX SALE"), eur("240318 C6000,00NTRFNONREF||FX PURCHASE"))
    dossier = case.dossier()
    assert dossier.trace is not None
    assert figures(case)[2] == 600_000
    assert [g.kind for g in dossier.gaps] == ["unmatched_leg"]
    assert "within 31 days where both tell of an exchange" in dossier.trace.parameters["unmatched_conversions"]

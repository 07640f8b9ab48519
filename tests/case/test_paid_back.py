"""What the seller of an asset pays back is told and takes the floor down; a register may name several accounts of payment.

One account: 1,000 own + 10,000 proceeds (claim) - 5,000 house. LIBR: 5,000 - 1,000 = 4,000; floor 4,000, ceiling 5,000.
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
CLAIM = ("240305 C10000,00NTRFCLAIM-0001",)
HOUSE = ("240320 D5000,00NTRFHOUSE-0001", "/NAME/LAKESIDE HOMES LTD/IBAN/GB33BUKB20201555555555/REMI/HOUSE")
TARGET = "sink:ASSET:HOUSE"
FLOOR, LIBR, CEILING = 400_000, 400_000, 500_000


def statement(account: str, opening: str, closing: str, *lines: tuple[str, ...], currency: str = "USD") -> bytes:
    told = "".join(
        f":61:{line[:6]}{line[2:6]}{line[7:]}\r\n" + "".join(f":86:{text}\r\n" for text in more)
        for line, *more in lines
    )
    return (
        f"{{1:F01QXUKGB2LAXXX0001000001}}{{2:O9400800240630QXHKHKHHAXXX00010001232310310801N}}{{4:\r\n:20:ST1\r\n"
        f":25:{account}\r\n:28C:1\r\n:60F:C240301{currency}{opening}\r\n{told}:62F:C240630{currency}{closing}\r\n-}}"
    ).encode()


def opened(
    tmp_path: Path,
    *files: bytes,
    accounts: str = "123456789",
    references: str = "HOUSE-0001",
    price: str = "5000.00,USD",
) -> Case:
    tracer.new(tmp_path / "case", id="X-1", title="Test", as_of="2025-06-30", by="A. Officer")
    paper = tmp_path / "case" / "case.yaml"
    lines = paper.read_text("utf-8").splitlines(keepends=True)
    paper.write_text("".join(PAPER.get(line.split(":")[0], line) for line in lines), "utf-8")
    (tmp_path / "assets.csv").write_text(
        "record,class,description,country,titleholder,acquired,price,currency,paid_account,paid_reference\n"
        f"HOUSE,real_estate,House,GB,X,2024-03-20,{price},{accounts},{references}\n",
        "utf-8",
    )
    case = tracer.open(tmp_path / "case", by="A. Officer")
    case.load(tmp_path / "assets.csv")
    for number, data in enumerate(files):
        path = tmp_path / f"{number}.sta"
        path.write_bytes(data)
        case.load(path)
    return case


REFUNDS = [
    pytest.param("/NAME/LAKESIDE HOMES LTD/REMI/REPAYMENT", "NONREF", id="the payee's name"),
    pytest.param("/NAME/L.H./IBAN/GB33BUKB20201555555555/REMI/REPAYMENT", "NONREF", id="the payee's account"),
    pytest.param("REPAYMENT", "HOUSE-0001", id="the reference of the payment"),
]


@pytest.mark.parametrize(("text", "reference"), REFUNDS)
def test_a_credit_from_the_payee_is_told_and_the_floor_gives_way(tmp_path: Path, text: str, reference: str) -> None:
    back = (f"240410 C1500,00NTRF{reference}", text)
    case = opened(tmp_path, statement("123456789", "1000,00", "7500,00", CLAIM, HOUSE, back))
    dossier = case.dossier()
    assert dossier.trace is not None
    (house,) = [t for t in dossier.trace.targets if t.target == TARGET]
    assert (house.by_rule["libr"], house.bounds.ceiling) == (LIBR, CEILING)
    # all of the 1,500 may have been proceeds: 4,000 - 1,500
    assert house.bounds.floor == 250_000
    assert "250" in house.bounds.words_floor[-1].replace(",", "")
    (gap,) = [g for g in dossier.gaps if g.kind == "unknown_origin"]
    assert (gap.amount, gap.currency, gap.affects[-1]) == (150_000, "USD", "HOUSE")
    assert "may have been paid back in part" in gap.description_en
    assert "退还" in gap.description_zh
    assert gap.ask_en
    assert gap.ask_zh
    assert gap.id in house.rests_on
    effects = {e.figure: (e.least, e.most) for e in gap.effects if e.target == TARGET}
    assert effects["floor"] == (250_000, 400_000)
    assert effects["libr"] == (250_000, 400_000)
    assert effects["proceeds_first"] == (350_000, 500_000)
    # what came back may be proceeds: 5,000 of them stay in the account at most, and 1,500 come back
    (balance,) = [t for t in dossier.trace.targets if t.kind == "balance"]
    assert balance.bounds.ceiling == 750_000
    assert balance.by_rule["libr"] == 600_000
    assert gap.id in balance.rests_on
    (joint,) = [b for b in dossier.trace.joint if b.currency == "USD"]
    assert joint.floor == 850_000
    planned(dossier, routes.evaluate("R4", dossier), "R4")


def test_a_refund_larger_than_what_was_traced_leaves_nothing_certain(tmp_path: Path) -> None:
    back = ("240410 C4800,00NTRFNONREF", "/NAME/LAKESIDE HOMES LTD/REMI/CANCELLED")
    case = opened(tmp_path, statement("123456789", "1000,00", "10800,00", CLAIM, HOUSE, back))
    (house,) = [t for t in case.dossier().trace.targets if t.target == TARGET]
    assert house.bounds.floor == 0
    (gap,) = [g for g in case.dossier().gaps if g.kind == "unknown_origin"]
    assert {(e.least, e.most) for e in gap.effects if e.figure == "libr"} == {(0, LIBR)}


def test_no_ceiling_exceeds_what_was_entered(tmp_path: Path) -> None:
    # 5,000 stay of the claim at most and 5,000 come back, own 1,000 beside them: 11,000 are in the account, 10,000 were claimed
    back = ("240410 C5000,00NTRFNONREF", "/NAME/LAKESIDE HOMES LTD/REMI/CANCELLED")
    case = opened(tmp_path, statement("123456789", "1000,00", "11000,00", CLAIM, HOUSE, back))
    trace = case.dossier().trace
    assert trace is not None
    (balance,) = [t for t in trace.targets if t.kind == "balance"]
    assert balance.bounds.ceiling == 1_000_000
    assert balance.bounds.words_ceiling == (
        "Proceeds of USD 10,000.00 were entered in all: no more than that can be there.",
    )
    assert {b.ceiling for b in trace.joint} == {1_000_000}


def test_a_refund_in_another_currency_leaves_no_floor(tmp_path: Path) -> None:
    euros = statement(
        "987654321", "0,00", "900,00", ("240410 C900,00NTRFNONREF", "/NAME/LAKESIDE HOMES LTD/REMI/X"), currency="EUR"
    )
    case = opened(tmp_path, statement("123456789", "1000,00", "6000,00", CLAIM, HOUSE), euros)
    (house,) = [t for t in case.dossier().trace.targets if t.target == TARGET]
    assert house.bounds.floor == 0
    (balance,) = [t for t in case.dossier().trace.targets if t.currency == "EUR" and t.kind == "balance"]
    assert balance.bounds.ceiling == 90_000


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(("240310 C1500,00NTRFNONREF", "/NAME/LAKESIDE HOMES LTD/REMI/DEPOSIT"), id="before the purchase"),
        pytest.param(("240410 C1500,00NTRFNONREF", "/NAME/EMPLOYER LTD/REMI/WAGES"), id="from somebody else"),
    ],
)
def test_another_credit_is_no_refund(tmp_path: Path, line: tuple[str, ...]) -> None:
    lines = sorted([CLAIM, HOUSE, line], key=lambda one: one[0][:6])
    case = opened(tmp_path, statement("123456789", "1000,00", "7500,00", *lines))
    assert not [g for g in case.dossier().gaps if g.kind == "unknown_origin"]


@pytest.mark.parametrize("accounts", ["123456789;987654321", " 987654321 ; 123456789 ", "123456789; 987654321;"])
def test_a_register_may_name_several_accounts_of_payment(tmp_path: Path, accounts: str) -> None:
    second = statement(
        "987654321", "700,00", "200,00", ("240321 D500,00NTRFHOUSE-0002", "/NAME/LAKESIDE HOMES LTD/REMI/X")
    )
    case = opened(
        tmp_path,
        statement("123456789", "1000,00", "6000,00", CLAIM, HOUSE),
        second,
        accounts=accounts,
        references="HOUSE-0001;HOUSE-0002",
    )
    dossier = case.dossier()
    assert not [g for g in dossier.gaps if g.id and "payments carry" in g.description_en]
    (house,) = [t for t in dossier.trace.targets if t.target == TARGET]
    assert (house.recorded, house.by_rule["libr"], house.bounds.floor) == (550_000, LIBR, FLOOR)


def test_an_account_that_is_not_named_pays_for_nothing(tmp_path: Path) -> None:
    case = opened(tmp_path, statement("123456789", "1000,00", "6000,00", CLAIM, HOUSE), accounts="555555555;987654321;")
    assert [g for g in case.dossier().gaps if "0 payments carry the reference 'HOUSE-0001'" in g.description_en]

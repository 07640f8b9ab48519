"""A payment in parts on a traced case: every method carries its money to the parts, and no ceiling counts a cent twice.

The payer has 5,500 of its own and 2,500 of proceeds, and all 8,000 leave for the payee in parts of 3,000 and 5,000, whichever
side prints them: what arrives holds 2,500 of proceeds, no more and no less, however the parts share it. The payee has 2,000 of
its own, and 10,000 with what arrives.
"""

from pathlib import Path

import pytest

import tracer
from tracer import asking
from tracer.case import Case
from tracer.model import AssetTrace

PAYER, PAYEE, OTHER = "123456789", "990011223344", "810022334455"
PAPER = {
    "predicate_events": 'predicate_events: [{id: E1, offence: O1, date: "2024-03-05", amount: "2500.00", currency: USD, payer: P, '
    f'payee: Q, act: "a", account: "{PAYER}", proceeds_txn: "CLAIM-0001", exhibits: []}}]\n',
    "offences": 'offences: [{id: O1, title: {en: "b", zh: "受"}, statute: "s", conduct_period: {from: "2024-01-01", to: '
    '"2024-12-31"}}]\n',
}
ASSETS = "record,class,description,country,titleholder,acquired,price,currency,paid_account,paid_reference\n"
CLAIM = "240305 C2500,00NTRFCLAIM-0001"


def statement(account: str, opening: int, *lines: str) -> bytes:
    """A month of an account, in whole dollars."""
    signed = [(1 if line[7] == "C" else -1) * int(line[8:].partition(",")[0]) for line in lines]
    told = "".join(f":61:{line[:6]}{line[2:6]}{line[7:]}\r\n" for line in lines)
    return (
        "{1:F01QXUKGB2LAXXX0001000001}{2:O9400800240331QXHKHKHHAXXX00010001232310310801N}{4:\r\n:20:ST1\r\n"
        f":25:{account}\r\n:28C:1\r\n:60F:C240301USD{opening},00\r\n{told}:62F:C240331USD{opening + sum(signed)},00\r\n-}}"
    ).encode()


def order(number: int, amount: int, payee: str) -> bytes:
    return (
        f"{{1:F01QXUKGB2LAXXX000100000{number}}}{{2:I103QXHKHKHHXXXXN}}{{4:\r\n:20:ORDER-{number}\r\n:23B:CRED\r\n"
        f":32A:240308USD{amount},00\r\n:50K:/{PAYER}\r\nTERN LTD\r\n:59:/{payee}\r\nPAYEE\r\n:71A:OUR\r\n-}}"
    ).encode()


@pytest.fixture
def case(tmp_path: Path) -> Case:
    tracer.new(tmp_path / "case", id="X-1", title="Test", as_of="2025-06-30", by="A. Officer")
    paper = tmp_path / "case" / "case.yaml"
    lines = paper.read_text("utf-8").splitlines(keepends=True)
    paper.write_text("".join(PAPER.get(line.split(":")[0], line) for line in lines), "utf-8")
    return tracer.open(tmp_path / "case", by="A. Officer")


def loaded(case: Case, tmp_path: Path, assets: str, *files: bytes) -> dict[str, str]:
    """Owner reference of a line, or reference of a message -> its id."""
    (tmp_path / "assets.csv").write_text(ASSETS + assets, "utf-8")
    case.load(tmp_path / "assets.csv")
    for number, data in enumerate(files):
        (tmp_path / f"{number}.sta").write_bytes(data)
        case.load(tmp_path / f"{number}.sta")
    facts = case.facts()
    found = {p.owner_reference: key for key, p in facts["posting"].items()}
    return found | {f"message {m.reference}": key for key, m in facts["message"].items()}


def of_assets(case: Case) -> dict[str, AssetTrace]:
    made = case.dossier().trace
    assert made is not None
    return {target.target: target for target in made.targets if target.kind == "asset"}


HOUSE = f"HOUSE,real_estate,House,US,X,2024-03-20,{{}}.00,USD,{PAYEE},HOUSE-0001\n"
IN_PARTS = [("BULK-0001", "PART-0001,PART-0002")]


@pytest.mark.parametrize(
    ("side", "fifo", "lifo"),
    [
        # the debit is 5,500 and then 2,500 of proceeds; each part has 5/16 of it: 2,000 own, 3,000 and 1,000 of 5,000 are spent,
        # or, newest first, 5,000 and 1,000 of 3,000
        ("one debit, two credits", 93_750 + 31_250, 156_250 + 31_250),
        # oldest first the proceeds leave last, by the second debit, and stand at the tail; newest first they leave first, by the
        # first debit, and its own 500 behind them: of what arrives the second debit, 500 and 500 of the proceeds are spent
        ("two debits, one credit", 0, 50_000),
    ],
)
def test_the_parts_hold_the_proceeds_of_the_whole_once(
    case: Case, tmp_path: Path, side: str, fifo: int, lifo: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, parts = "8000,00NTRFBULK-0001", ("3000,00NTRFPART-0001", "5000,00NTRFPART-0002")
    out, into = ([whole], parts) if side.startswith("one") else (parts, [whole])
    ids = loaded(
        case,
        tmp_path,
        HOUSE.format(6000),
        statement(PAYER, 5500, CLAIM, *(f"240308 D{line}" for line in out)),
        statement(PAYEE, 2000, *(f"240308 C{line}" for line in into), "240320 D6000,00NTRFHOUSE-0001"),
    )
    (house,) = of_assets(case).values()
    assert (house.bounds.floor, house.bounds.ceiling, set(house.by_rule.values())) == (0, 0, {0})
    case.judge(ids["BULK-0001"], f"{ids['PART-0001']},{ids['PART-0002']}", "same", reason="the order names both")
    (house,) = of_assets(case).values()
    # 6,000 of 10,000 in the account, of which 2,500 are proceeds, all in the house at the most; each part alone could hold all
    assert (house.bounds.floor, house.bounds.ceiling) == (0, 250_000)
    shares = {"libr": 0, "proceeds_first": 250_000, "pro_rata": 150_000, "fifo": fifo, "lifo": lifo}
    assert house.by_rule == shares
    (gap,) = [gap for gap in case.dossier().gaps if "one payment in 2 parts" in gap.description_en]
    assert gap.amount == 800_000
    if side.startswith("one"):  # 3,000 of 8,000 left out: 937.50 of 2,500 less, and no figure of the rest is nothing
        links = list(case.match_check()["links"])
        of_house = {row["finding"] for row in links if row["target"] == "House" and "3,000" in str(row["amount"])}
        assert of_house == {"less, and above zero"}
        whole = [row for row in links if "said to be of the payment in parts PT-01" in row["target"]]
        assert {(row["目标"], row["finding"], row["结论"]) for row in whole} == {
            ("已转出，据称属于分部分付款 PT-01", "more", "增加")
        }
    assert gap.id in house.rests_on
    assert "1 payment in several records" in case.ask.largest_transfers(currency="USD").foot
    with monkeypatch.context() as large:
        large.setattr(asking, "LOOKED", 4)
        assert "not looked for among 5 records" in case.ask.largest_transfers(currency="USD").foot
    case.judge(withdraw=case.judgements[-1].id, reason="it does not")
    (house,) = of_assets(case).values()
    assert (house.bounds.floor, house.bounds.ceiling) == (0, 0)
    assert "several records" not in case.ask.largest_transfers(currency="USD").foot


def test_two_assets_of_one_bulk_line_share_its_proceeds(case: Case, tmp_path: Path) -> None:
    """8,000 left in one line of two orders; 3,000 and 5,000 arrive on two empty accounts, and each buys a house with all of it."""
    ids = loaded(
        case,
        tmp_path,
        f"ONE,real_estate,One,US,X,2024-03-20,3000.00,USD,{PAYEE},HOUSE-0001\n"
        f"TWO,real_estate,Two,US,X,2024-03-20,5000.00,USD,{OTHER},HOUSE-0002\n",
        statement(PAYER, 5500, CLAIM, "240308 D8000,00NTRFBULK-0001"),
        statement(PAYEE, 0, "240308 C3000,00NTRFORDER-1", "240320 D3000,00NTRFHOUSE-0001"),
        statement(OTHER, 0, "240308 C5000,00NTRFORDER-2", "240320 D5000,00NTRFHOUSE-0002"),
        order(1, 3000, PAYEE),
        order(2, 5000, OTHER),
    )
    case.judge(
        ids["BULK-0001"],
        f"{ids['message ORDER-1']},{ids['message ORDER-2']}",
        "same",
        reason="the payment file lists both",
    )
    houses = of_assets(case)
    # 2,500 of 8,000 are proceeds: all of them in the one or in the other; a method gives each the same share of them
    assert {(t.bounds.floor, t.bounds.ceiling) for t in houses.values()} == {(0, 250_000)}
    one, two = (houses[f"sink:ASSET:{name}"] for name in ("ONE", "TWO"))
    assert (set(one.by_rule.values()), set(two.by_rule.values())) == ({93_750}, {156_250})
    made = case.dossier().trace
    assert made is not None
    (both,) = [b for b in made.joint if set(houses) <= set(b.targets)]
    assert (both.floor, both.ceiling) == (250_000, 250_000)


def test_a_part_that_an_event_claims_is_proceeds_by_itself_and_the_payment_is_not_followed(
    case: Case, tmp_path: Path
) -> None:
    ids = loaded(
        case,
        tmp_path,
        HOUSE.format(6000),
        statement(PAYER, 8000, "240305 D8000,00NTRFBULK-0001"),
        statement(PAYEE, 2000, "240305 C5500,00NTRFPART-0001"),
        statement(OTHER, 0, CLAIM.replace("CLAIM-0001", "PART-0002")),
    )
    paper = tmp_path / "case" / "case.yaml"
    paper.write_text(
        paper.read_text("utf-8").replace(
            f'account: "{PAYER}", proceeds_txn: "CLAIM-0001"', f'account: "{OTHER}", proceeds_txn: "PART-0002"'
        ),
        "utf-8",
    )
    case = tracer.open(tmp_path / "case", by="A. Officer")
    case.judge(ids["BULK-0001"], f"{ids['PART-0001']},{ids['PART-0002']}", "same", reason="the order names both")
    made = case.dossier()
    held = {t.target.rpartition(":")[2]: set(t.by_rule.values()) for t in made.trace.targets if t.kind == "balance"}
    assert held == {PAYER: {0}, PAYEE: {0}, OTHER: {250_000}}
    assert sum("the methods do not follow" in gap.description_en for gap in made.gaps) == 2


@pytest.mark.parametrize(
    ("payer", "sent", "orders"),
    [("123456789", ["1000"], 2), ("923456789", ["1000"], 2), ("123456789", ["400", "600"], 3)],
)
def test_debits_of_one_day_of_two_banks_are_a_day_without_order(
    case: Case, tmp_path: Path, payer: str, sent: list[str], orders: int
) -> None:
    """1,000 of proceeds and 1,000 of other money leave two banks on one day and arrive as 2,000, of which 1,000 buy the house.

    Whichever left first is spent first: 1,000 or nothing, and the country of a bank decides neither. Of two debits of one
    account its own bank recorded which was first: three orders of three debits, not six.
    """
    paper = tmp_path / "case" / "case.yaml"
    stated = paper.read_text("utf-8").replace(f'account: "{PAYER}"', f'account: "{payer}"').replace("2500", "1000")
    paper.write_text(stated, "utf-8")
    case = tracer.open(tmp_path / "case", by="A. Officer")
    other = statement(OTHER, 1000, "240308 D1000,00NTRFPART-0002").replace(b"QXHKHKHH", b"QXGBGB2L")
    ids = loaded(
        case,
        tmp_path,
        HOUSE.format(1000),
        statement(
            payer,
            0,
            "240305 C1000,00NTRFCLAIM-0001",
            *(f"240308 D{amount},00NTRFPART-100{n}" for n, amount in enumerate(sent)),
        ),
        other,
        statement(PAYEE, 0, "240308 C2000,00NTRFBULK-0001", "240320 D1000,00NTRFHOUSE-0001"),
    )
    parts = [ids[f"PART-100{n}"] for n in range(len(sent))]
    case.judge(ids["BULK-0001"], ",".join([*parts, ids["PART-0002"]]), "same", reason="the order names all")
    (house,) = of_assets(case).values()
    assert (house.bounds.floor, house.bounds.ceiling, house.days, house.orders) == (0, 100_000, 1, orders)
    assert house.by_order == {
        "libr": (0, 0),
        "fifo": (0, 100_000),
        "lifo": (0, 100_000),
        "pro_rata": (50_000, 50_000),
        "proceeds_first": (100_000, 100_000),
    }
    (gap,) = [gap for gap in case.dossier().gaps if gap.kind == "unordered_day"]
    assert f"no record says which of its {len(sent) + 1} debits of 2024-03-08 left first" in gap.description_en
    assert f"{len(sent) + 1} 笔借记的先后无记录可证" in gap.description_zh
    assert gap.id in house.rests_on
    assert len(gap.cites) == len(sent) + 1
    assert {(e.figure, e.least, e.most) for e in gap.effects if "HOUSE" in e.target} == {
        ("fifo", 0, 100_000),
        ("lifo", 0, 100_000),
    }
    assert "not LIBR; FIFO, LIFO do" in str(case.trace())
    made = case.dossier().trace
    assert made is not None
    assert "on 1 days debits of several accounts make up one credit" in made.parameters["same_day_order"]
    assert "另有 1 天由多个账户的借记构成同一笔贷记" in made.parameters_zh["same_day_order"]
    turned = case.what_if("order", "PT-01", "2024-03-08", "reversed")
    assert (len(sent) > 1) or {row["figure"] for row in turned if row["target"] == "House"} == {"FIFO", "LIFO"}

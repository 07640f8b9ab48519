"""What opposing counsel attacked in accounts, copies and wires: two are not one, and one is not two."""

from pathlib import Path

import pytest

import tracer
from tracer.case import Case
from tracer.ingest.accounts import account_key

UETR = "3b1f6a52-7c1e-4f0a-9a35-1d2c7e90ab41"
CLAIM = ":61:2403050305C10000,00NTRFCLAIM-0001\r\n:86:/IBAN/888/NAME/PAYER/REMI/x\r\n"
FEE = ":61:2403060306D10,00NCHGNONREF\r\n:86:/REMI/CHARGE\r\n"
HOUSE = ":61:2403200320D5000,00NTRFHOUSE-0001\r\n:86:/IBAN/777/NAME/SELLER/REMI/house\r\n"


def statement(
    account: str, lines: str, opening: str, closing: str, *, bic: str = "QXHKHKHH", end: str = "240331"
) -> str:
    return (
        f"{{1:F01QXUKGB2LAXXX0001000001}}{{2:O9400800{end}{bic}AXXX00010001232310310801N}}{{4:\r\n:20:ST1\r\n"
        f":25:{account}\r\n:28C:1\r\n:60F:C240301USD{opening}\r\n{lines}:62F:C{end}USD{closing}\r\n-}}"
    )


@pytest.fixture
def case(tmp_path: Path) -> Case:
    tracer.new(tmp_path / "case", id="X-1", title="Test", as_of="2025-06-30", by="A. Officer")
    paper = tmp_path / "case" / "case.yaml"
    text = paper.read_text("utf-8").splitlines(keepends=True)
    event = (
        'predicate_events: [{id: E1, offence: O1, date: "2024-03-05", amount: "10000.00", currency: USD, payer: P, payee: Q, '
        'act: "a", account: "123456789", proceeds_txn: "CLAIM-0001", exhibits: []}]\n'
    )
    offence = (
        'offences: [{id: O1, title: {en: "b", zh: "受"}, statute: "s", conduct_period: {from: "2024-01-01", to: '
        '"2024-12-31"}}]\n'
    )
    lines = [
        event if line.startswith("predicate_events:") else offence if line.startswith("offences:") else line
        for line in text
    ]
    paper.write_text("".join(lines), "utf-8")
    return tracer.open(tmp_path / "case", by="A. Officer")


def loaded(case: Case, tmp_path: Path, **files: str) -> None:
    for name, data in files.items():
        path = tmp_path / name.replace("_", ".")
        path.write_bytes(data.encode())
        case.load(path)


def test_one_number_at_two_banks_is_two_accounts(case: Case, tmp_path: Path) -> None:
    loaded(
        case,
        tmp_path,
        a_sta=statement("123456789", CLAIM, "1000,00", "11000,00"),
        b_sta=statement("123456789", FEE, "50000,00", "49990,00", bic="QYHKHKHH"),
    )
    dossier = case.dossier()
    assert sorted(dossier.account_ids) == ["HK:QXHKHKHH:123456789", "HK:QYHKHKHH:123456789"]
    assert not [gap for gap in dossier.gaps if "may be one account" in gap.description_en]


def test_one_number_under_two_sort_codes_is_two_accounts() -> None:
    keys = [account_key("GB03QXUK20998812345678"), account_key("GB16QXUK30112212345678")]
    assert keys == ["GB:QXUK209988:12345678", "GB:QXUK301122:12345678"]


def test_leading_zeros_count_where_no_country_fixes_the_length() -> None:
    assert account_key("00123456", "QXHKHKHH") != account_key("123456", "QXHKHKHH")
    assert account_key("0532013000", "QXDEDEFF") == account_key("532013000", "QXDEDEFF")


def test_a_number_without_its_branch_may_be_one_and_is_told(case: Case, tmp_path: Path) -> None:
    loaded(
        case,
        tmp_path,
        a_sta=statement("GB03QXUK20998812345678", CLAIM, "1000,00", "11000,00", bic="QXUKGB2L"),
        b_sta=statement("12345678", HOUSE, "9000,00", "4000,00", bic="QXUKGB2L"),
    )
    dossier = case.dossier()
    assert len(dossier.account_ids) == 2
    told = [set(gap.affects) for gap in dossier.gaps if "may be one account" in gap.description_en]
    assert told == [{"GB:QXUK:12345678", "GB:QXUK209988:12345678"}]


def test_statements_that_overlap_count_a_line_once_and_the_claim_is_traced(case: Case, tmp_path: Path) -> None:
    # printed twice: claim 10,000 and fee 10; once: house 5,000. Once counted 15,010; 1,000 + 10,000 - 10 - 5,000 = 5,990
    loaded(
        case,
        tmp_path,
        a_sta=statement("123456789", CLAIM + FEE, "1000,00", "10990,00", end="240315"),
        b_sta=statement("123456789", CLAIM + FEE + HOUSE, "1000,00", "5990,00"),
    )
    dossier = case.dossier()
    counted = [dossier.postings[t.debit or t.credit].amount for t in dossier.transfers]
    assert sorted(counted) == [-500_000, -1_000, 1_000_000]
    assert [j.rung for j in dossier.judgements] == [0, 0]
    assert dossier.trace is not None
    assert [(claim.event, claim.amount) for claim in dossier.trace.claims] == [("E1", 1_000_000)]


def test_statements_that_only_touch_print_two_true_fees(case: Case, tmp_path: Path) -> None:
    later = statement("123456789", FEE, "10990,00", "10980,00").replace("C240301", "C240306")
    loaded(case, tmp_path, a_sta=statement("123456789", CLAIM + FEE, "1000,00", "10990,00", end="240306"), b_sta=later)
    assert len(case.dossier().transfers) == 3


def test_one_uetr_on_two_orders_to_two_beneficiaries_is_two_wires(case: Case, tmp_path: Path) -> None:
    def order(reference: str, account: str) -> str:
        return (
            f"{{1:F01QXDEDEFFAXXX0000000000}}{{2:I103QXNBUS33XXXXN}}{{3:{{121:{UETR}}}}}{{4:\r\n:20:{reference}\r\n:23B:CRED\r\n"
            f":32A:240305USD10000,00\r\n:50K:/DE79500999000771200451\r\nPAYER\r\n:59:/{account}\r\nBEN\r\n:71A:OUR\r\n-}}"
        )

    loaded(case, tmp_path, m1_fin=order("CLAIM-0001", "123456789"), m2_fin=order("OTHER-0002", "999888777"))
    dossier = case.dossier()
    assert len(dossier.transfers) == len(dossier.wires) == 2
    assert [gap.id for gap in dossier.gaps if UETR in gap.description_en and "2 payments" in gap.description_en]

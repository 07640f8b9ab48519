"""Files that end in the middle of an amount, and tags that stand twice: what is read must not be a smaller or another payment."""

from pathlib import Path

import pytest

from connectors import bai2, camt, faim, mt940, mt_payments, pacs
from tests.connectors.tables import source
from tests.connectors.test_pacs import credit
from tracer.ingest.marks import kind_of
from tracer.ingest.reading import read_exhibit
from tracer.model import Message, Posting, Reject, Statement

STATEMENT = ":20:S1\n:25:4711\n:28C:1/1\n:60F:C240301EUR100,00\n:61:2403130313D12345,67NTRFR1"
REPORT = "01,QXNBUS33,QXSGSGSG,240318,0700,1,80,,2/\n02,QXSGSGSG,026099998,1,240315,2400,,2/\n03,7001,USD,010,1000,,,015,1000,,/\n16,195,1234567"
ORDER = "{1:F01QXAAUS33AXXX0000000000}{2:I202QXBBDEFFXXXXN}{4:\n:20:R1\n:21:R0\n:32A:240313USD12345,67"


@pytest.mark.parametrize("missing", range(6, 14))
def test_a_statement_cut_in_an_amount_posts_no_smaller_one(tmp_path: Path, missing: int) -> None:
    made = source(tmp_path, "a.sta", STATEMENT[:-missing])
    reading = read_exhibit(made, mt940.CONNECTOR)
    items = list(mt940.CONNECTOR.read(made))
    assert [one for one in items if isinstance(one, Posting)] == []
    assert (reading.raw, reading.tally.set_aside, reading.status) == (1, 1, "loaded-and-flagged")


@pytest.mark.parametrize("missing", range(5))
def test_a_report_cut_in_an_amount_posts_no_smaller_one(tmp_path: Path, missing: int) -> None:
    made = source(tmp_path, "a.bai", REPORT[: len(REPORT) - missing])
    items = list(bai2.CONNECTOR.read(made))
    assert [one for one in items if isinstance(one, Posting)] == []
    assert [one.code for one in items if isinstance(one, Reject)] == ["amount-cut"]


@pytest.mark.parametrize("missing", range(7))
def test_an_order_cut_in_its_amount_settles_no_smaller_one(tmp_path: Path, missing: int) -> None:
    made = source(tmp_path, "a.fin", ORDER[: len(ORDER) - missing])
    items = list(mt_payments.CONNECTOR.read(made))
    assert [one.settled for one in items if isinstance(one, Message)] == [None]
    assert [one.code for one in items if isinstance(one, Reject)] == ["amount-cut"]


@pytest.mark.parametrize("end", ["\n", "\n-}", "\n-", "\n:58A:QXHKHKHH"])
def test_an_order_whose_amount_is_whole_settles_it(tmp_path: Path, end: str) -> None:
    (one,) = mt_payments.CONNECTOR.read(source(tmp_path, "a.fin", ORDER + end))
    assert isinstance(one, Message)
    assert one.settled == 1234567


def test_a_nul_in_a_text_costs_no_statement(tmp_path: Path) -> None:
    made = source(tmp_path, "a.sta", STATEMENT + "\n:86:A\x00B\n:62F:D240331EUR12245,67\n-")
    assert mt940.CONNECTOR.claims(made)
    assert [one.amount for one in mt940.CONNECTOR.read(made) if isinstance(one, Posting)] == [-1234567]


@pytest.mark.parametrize(
    ("old", "new", "mark"),
    [
        ("</CdtTrfTxInf>", "<Cdtr><Nm>X</Nm></Cdtr><Cdtr><Nm>Y</Nm></Cdtr></CdtTrfTxInf>", "Cdtr is repeated: the first is read"),
        (">480000</IntrBk", ">4.8E5</IntrBk", "scientific notation 4.8E5"),
    ],
)  # fmt: skip
def test_a_payment_with_a_tag_twice_or_a_power_of_ten_is_in_doubt(
    tmp_path: Path, old: str, new: str, mark: str
) -> None:
    text = credit()
    assert old in text
    (one,) = pacs.CONNECTOR.read(source(tmp_path, "a.xml", text.replace(old, new)))
    assert isinstance(one, Message)
    assert (one.settled, mark in one.marks) == (48_000_000, True)
    assert kind_of(mark).is_doubt


def test_a_year_before_banks_had_files_is_no_day(tmp_path: Path) -> None:
    entry = '<Ntry><Amt Ccy="EUR">1.50</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>0024-03-13</Dt></BookgDt></Ntry>'
    text = f"<Document><BkToCstmrStmt><Stmt><Id>S</Id><Acct><Id><Othr><Id>4711</Id></Othr></Id></Acct>{entry}</Stmt></BkToCstmrStmt></Document>"
    (one,) = [item for item in camt.CONNECTOR.read(source(tmp_path, "a.xml", text)) if isinstance(item, Posting)]
    assert (one.booked, one.amount) == (None, -150)
    assert "booking date 0024-03-13 does not exist" in one.marks


@pytest.mark.parametrize(
    ("back", "paid", "is_odd"),
    [("5800.00", "4800.00", True), ("4800.00", "4800", False), ("10.00", "4800.00", False)],
)
def test_a_return_of_more_than_was_paid_is_in_doubt(tmp_path: Path, back: str, paid: str, is_odd: bool) -> None:
    amounts = f'<OrgnlIntrBkSttlmAmt Ccy="USD">{paid}</OrgnlIntrBkSttlmAmt><RtrdIntrBkSttlmAmt Ccy="USD">{back}</RtrdIntrBkSttlmAmt>'
    text = f"<Document><PmtRtr><GrpHdr><MsgId>R</MsgId></GrpHdr><TxInf><RtrId>R1</RtrId><OrgnlEndToEndId>E</OrgnlEndToEndId>{amounts}</TxInf></PmtRtr></Document>"
    (one,) = pacs.CONNECTOR.read(source(tmp_path, "a.xml", text))
    assert isinstance(one, Message)
    mark = f"more is returned than was paid: {back} of {paid} USD"
    assert (mark in one.marks) is is_odd
    assert kind_of(mark).is_doubt


@pytest.mark.parametrize("amount", ["12,50", "1.234", "", "12.50"])
def test_a_charge_that_cannot_be_read_costs_no_payment(tmp_path: Path, amount: str) -> None:
    body = f'<ChrgsInf><Amt Ccy="USD">{amount}</Amt></ChrgsInf><ChrgsInf><Amt Ccy="USD">3.00</Amt></ChrgsInf>'
    (one,) = pacs.CONNECTOR.read(source(tmp_path, "a.xml", credit(body=body)))
    assert isinstance(one, Message)
    assert one.settled == 48_000_000
    is_read = amount == "12.50"
    assert [charge.amount for charge in one.charges] == ([1250, 300] if is_read else [300])
    told = [mark for mark in one.marks if mark.startswith("ChrgsInf/Amt: ")]
    assert (len(told), all(kind_of(mark).is_doubt for mark in told)) == (0 if is_read else 1, True)


def test_a_charge_that_cannot_be_read_beside_no_settled_amount_is_set_aside(tmp_path: Path) -> None:
    text = credit(body='<ChrgsInf><Amt Ccy="USD">12,50</Amt></ChrgsInf>')
    amount = '<IntrBkSttlmAmt Ccy="USD">480000</IntrBkSttlmAmt>'
    (one,) = pacs.CONNECTOR.read(source(tmp_path, "a.xml", text.replace(amount, "")))
    assert isinstance(one, Reject)


CUSTOMER = ":20:A\n:23B:CRED\n:32A:240305USD5,00\n:50K:/DE12345678\nX\n:59:/AE0703312345678"
HEAD = "{1:F01QXDEDEFFAXXX0000000000}{2:I103QXBBUS33XXXXN}{4:\n"
FEDWIRE = "{1500}30        P {1510}1000{1520}20240305QXMBUS33000123{2000}000001234567{3100}026099998SENDER*{3400}021000089RECEIVER*{3600}CTR"


@pytest.mark.parametrize(
    ("text", "account", "is_cut"),
    [
        (HEAD + CUSTOMER[:-3], "AE0703312345", True),
        (HEAD + CUSTOMER, "AE0703312345678", True),
        (HEAD + CUSTOMER + "\nY\n-}", "AE0703312345678", False),
        (CUSTOMER[:-3], "AE0703312345", True),
        (CUSTOMER + "\n", "AE0703312345678", False),
        (CUSTOMER + "\nY\n:71A:SHA", "AE0703312345678", False),
        (CUSTOMER + "\nY\n-\n" + CUSTOMER[:-3], "AE0703312345", True),
    ],
)
def test_a_payee_whose_account_the_file_may_have_cut_is_in_doubt(
    tmp_path: Path, text: str, account: str, is_cut: bool
) -> None:
    made = source(tmp_path, "a.fin", text)
    *_, one = (item for item in mt_payments.CONNECTOR.read(made) if isinstance(item, Message))
    assert (one.account, "the file ends before the end of field 59" in one.marks) == (account, is_cut)
    assert read_exhibit(made, mt_payments.CONNECTOR).status == (
        "loaded-and-flagged" if is_cut else "loaded-and-reconciled"
    )


@pytest.mark.parametrize(
    ("end", "settled", "codes"),
    [("5,6", None, ["amount-cut"]), ("5", None, ["amount-cut"]), ("5,67", 567, []), ("5\n", 500, [])],
)
def test_bare_tags_that_end_in_their_amount(tmp_path: Path, end: str, settled: int | None, codes: list[str]) -> None:
    made = source(tmp_path, "a.fin", f":20:C1\n:21:R1\n:25:123456\n:32A:240305USD{end}")
    items = list(mt_payments.CONNECTOR.read(made))
    assert [one.settled for one in items if isinstance(one, Message)] == [settled]
    assert [one.code for one in items if isinstance(one, Reject)] == codes


@pytest.mark.parametrize("missing", [1, 3, 10, 20])
def test_a_closing_balance_in_which_the_file_ends_closes_nothing(tmp_path: Path, missing: int) -> None:
    text = STATEMENT + "\n:62F:D240331EUR12245,67"
    reading = read_exhibit(source(tmp_path, "a.sta", text[:-missing]), mt940.CONNECTOR)
    (made,) = [
        one for one in mt940.CONNECTOR.read(source(tmp_path, "a.sta", text[:-missing])) if isinstance(one, Statement)
    ]
    assert (made.closing, reading.status) == (None, "loaded-and-flagged")
    assert read_exhibit(source(tmp_path, "a.sta", text), mt940.CONNECTOR).status == "loaded-and-reconciled"


@pytest.mark.parametrize(
    ("more", "account", "instructed", "is_cut"),
    [
        ("{4200}D1234", "1234", None, True),
        ("{4200}D123456*X LLC*", "123456", None, False),
        ("{4200}D123456*X LLC*{6000}INV 12", "123456", None, False),
        ("{3710}EUR110,5", "", None, True),
        ("{3710}EUR110,55*", "", 11055, False),
    ],
)
def test_a_wire_that_ends_in_an_account_or_a_sum_is_in_doubt(
    tmp_path: Path, more: str, account: str, instructed: int | None, is_cut: bool
) -> None:
    made = source(tmp_path, "a.txt", FEDWIRE + more)
    (one,) = [item for item in faim.CONNECTOR.read(made) if isinstance(item, Message)]
    assert (one.settled, one.account, one.instructed) == (1234567, account, instructed)
    assert (read_exhibit(made, faim.CONNECTOR).status == "loaded-and-flagged") is is_cut


@pytest.mark.parametrize("printed", [" 000001234567 ", "000001234\n567"])
def test_twelve_digits_may_be_padded_or_broken(tmp_path: Path, printed: str) -> None:
    (one,) = faim.CONNECTOR.read(source(tmp_path, "a.txt", FEDWIRE.replace("000001234567", printed) + "{6000}X*"))
    assert isinstance(one, Message)
    assert one.settled == 1234567

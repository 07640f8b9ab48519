"""ISO 20022 files against what they print of themselves: totals, batches, balances of several days, amounts that are missing."""

from pathlib import Path

import pytest

from connectors import camt, pacs
from tests.connectors.tables import source
from tests.connectors.test_pacs import credit
from tracer.ingest.marks import kind_of
from tracer.ingest.reading import read_exhibit
from tracer.model import Message, Posting, Statement


def balance(code: str, amount: str, day: str) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='EUR'>{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>"
        f"<Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def entry(amount: str, side: str = "DBIT", details: str = "", status: str = "BOOK") -> str:
    return (
        f"<Ntry><Amt Ccy='EUR'>{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd><Sts>{status}</Sts><BookgDt><Dt>2024-03-05</Dt></BookgDt>"
        f"{details and f'<NtryDtls>{details}</NtryDtls>'}</Ntry>"
    )


OPENING, CLOSING = balance("OPBD", "100.00", "2024-03-05"), balance("CLBD", "70.00", "2024-03-06")


def document(body: str, balances: str = OPENING + CLOSING) -> str:
    account = "<Acct><Id><Othr><Id>4711</Id></Othr></Id><Ccy>EUR</Ccy></Acct>"
    return f"<Document><BkToCstmrStmt><Stmt><Id>S</Id>{account}{balances}{body}</Stmt></BkToCstmrStmt></Document>"


def read(folder: Path, text: str) -> tuple[Statement, list[Posting], str]:
    made = source(folder, "a.xml", text)
    items = list(camt.CONNECTOR.read(made))
    (held,) = [one for one in items if isinstance(one, Statement)]
    return held, [one for one in items if isinstance(one, Posting)], read_exhibit(made, camt.CONNECTOR).status


@pytest.mark.parametrize(
    ("total", "mark"),
    [
        ("<NbOfNtries>2</NbOfNtries><Sum>50.00</Sum>", ""),
        ("<Sum>60.00</Sum>", "CtrlSum 60.00 of TtlNtries, found 50.00"),
        ("<Sum>57</Sum>", ""),
        ("<TtlNetNtry><Amt>30.00</Amt><CdtDbtInd>DBIT</CdtDbtInd></TtlNetNtry>", ""),
        ("<TtlNetNtryAmt>30.00</TtlNetNtryAmt><CdtDbtInd>DBIT</CdtDbtInd>", ""),
        (
            "<TtlNetNtryAmt>30.00</TtlNetNtryAmt><CdtDbtInd>CRDT</CdtDbtInd>",
            "CtrlSum 30.00 of the net of TtlNtries, found -30.00",
        ),
        ("<Sum>5,0</Sum>", "TtlNtries: '5,0' is not a number with a decimal point"),
    ],
)
def test_the_sum_of_all_entries_is_compared(tmp_path: Path, total: str, mark: str) -> None:
    summary = f"<TxsSummry><TtlNtries>{total}</TtlNtries></TxsSummry>"
    held, _, status = read(
        tmp_path, document(summary + entry("40.00") + entry("10.00", "CRDT") + entry("7", status="PDNG"))
    )
    if "<NbOfNtries>" in total:
        assert held.marks == ("TtlNtries states 2 entries, 3 are printed",)
        return
    assert held.marks == ((mark,) if mark else ())
    assert status == ("loaded-and-flagged" if mark else "loaded-and-reconciled")


def test_a_sum_is_not_compared_where_an_entry_was_not_read(tmp_path: Path) -> None:
    summary = "<TxsSummry><TtlNtries><Sum>60.00</Sum></TtlNtries></TxsSummry>"
    held, _, status = read(tmp_path, document(summary + entry("30.00") + entry("3O.00")))
    assert (held.marks, status) == ((), "loaded-and-flagged")


PART = "<TxDtls><Amt Ccy='EUR'>15.00</Amt></TxDtls>"


@pytest.mark.parametrize(
    ("batch", "parts", "marks"),
    [
        ("<NbOfTxs>2</NbOfTxs><TtlAmt Ccy='EUR'>30.00</TtlAmt>", 2, ()),
        ("<NbOfTxs>200</NbOfTxs>", 0, ()),
        ("<NbOfTxs>1</NbOfTxs>", 2, ("NbOfTxs 1 of Btch, found 2",)),
        ("<TtlAmt Ccy='EUR'>31.00</TtlAmt>", 2, ("CtrlSum 31.00 of Btch, found 30.00",)),
        ("<TtlAmt Ccy='USD'>31.00</TtlAmt>", 2, ()),
        ("<TtlAmt Ccy='EUR'>3l.00</TtlAmt>", 2, ("part: '3l.00' is not a number with a decimal point",)),
    ],
)
def test_a_batch_is_compared_with_its_parts(tmp_path: Path, batch: str, parts: int, marks: tuple[str, ...]) -> None:
    _, (one,), status = read(tmp_path, document(entry("30.00", details=f"<Btch>{batch}</Btch>{PART * parts}")))
    assert (one.amount, one.marks) == (-3000, marks)
    assert status == ("loaded-and-flagged" if marks else "loaded-and-reconciled")


def test_a_batch_that_leaves_details_out_says_so(tmp_path: Path) -> None:
    details = "<Btch><NbOfTxs>20</NbOfTxs></Btch><TxDtls><Refs><EndToEndId>A</EndToEndId></Refs></TxDtls>"
    _, (one,), status = read(tmp_path, document(entry("30.00", details=details)))
    assert one.marks == ("only 1 of 20 payments of the batch are detailed",)
    assert (kind_of(one.marks[0]).touches, status) == ("note", "loaded-and-reconciled")


@pytest.mark.parametrize("order", [1, -1])
def test_balances_of_several_days_open_with_the_first_and_close_with_the_last(tmp_path: Path, order: int) -> None:
    days = [OPENING, balance("CLBD", "90.00", "2024-03-05"), balance("OPBD", "90.00", "2024-03-06"), CLOSING]
    held, _, status = read(tmp_path, document(entry("30.00"), "".join(days[::order])))
    assert (held.opening, held.closing, status) == (10_000, 7_000, "loaded-and-reconciled")


def test_two_balances_of_one_day_that_differ_are_in_doubt(tmp_path: Path) -> None:
    held, _, status = read(tmp_path, document(entry("30.00"), OPENING + OPENING.replace("100", "500") + CLOSING))
    assert (held.marks, status) == (("OPBD stands twice: 100.00 and 500.00",), "loaded-and-flagged")


@pytest.mark.parametrize(
    ("printed", "amount"),
    [(".50", -50), ("+.5", -50), ("3<!-- x -->0.00", -3000), ("<!-- x -->30.00", -3000), (".", None)],
)
def test_an_amount_is_what_the_schema_lets_it_be(tmp_path: Path, printed: str, amount: int | None) -> None:
    _, postings, _ = read(tmp_path, document(entry(printed)))
    assert [one.amount for one in postings] == ([] if amount is None else [amount])


def test_a_payment_without_a_settled_amount_says_so(tmp_path: Path) -> None:
    amount = '<IntrBkSttlmAmt Ccy="USD">480000</IntrBkSttlmAmt>'
    text = credit()
    assert amount in text
    made = source(tmp_path, "a.xml", text.replace(amount, ""))
    (one,) = pacs.CONNECTOR.read(made)
    assert isinstance(one, Message)
    assert (one.settled, one.marks) == (None, ("no amount is settled",))
    assert read_exhibit(made, pacs.CONNECTOR).status == "loaded-and-flagged"


def test_a_structured_purpose_is_a_purpose(tmp_path: Path) -> None:
    structured = (
        "<RmtInf><Strd><RfrdDocInf><Nb>INV-9</Nb></RfrdDocInf><CdtrRefInf><Ref>RF18</Ref></CdtrRefInf></Strd></RmtInf>"
    )
    text = credit(body=structured)
    (one,) = pacs.CONNECTOR.read(source(tmp_path, "a.xml", text))
    assert isinstance(one, Message)
    assert one.remittance.endswith("INV-9\nRF18")

"""The list 'Bad input' of formats.md and issue 6, item by item, through the verbs that a person uses."""

import os
import subprocess
import sys
import textwrap
from datetime import date
from pathlib import Path

import pytest

import tracer
from connectors import camt, pacs
from tests.connectors.test_pacs import ENDS, UETR, bank, credit, document
from tracer.case import Case
from tracer.ingest import Source
from tracer.model import Exhibit, UnreadableExhibit

PROFILE = """profile: bad_input/1
match: {header: ["Date", "Amount", "Balance"]}
account: {scope: file, value: "4711"}
currency: {scope: row, column: Ccy}
dates: {booked: {column: Date, formats: ["%d/%m/%Y"]}}
amount: {mode: signed, column: Amount}
balance: {column: Balance}
details: [Text]
"""


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return tracer.new(tmp_path / "case", id="X-1", title="Test", as_of="2026-01-01", by="A. Officer")


def put(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def csv(folder: Path, text: str, name: str = "x.csv") -> dict[str, str]:
    put(folder, name, text)
    return {"profile": str(put(folder, "profile.yaml", PROFILE))}


def swift(
    account: str, *lines: str, number: str = "1/1", opening: str = "C240101USD1000,00", closing: str = "C240131USD1000,00",
    bank_bic: str = "QXHKHKHHAXXX", reference: str = "S1",
) -> str:  # fmt: skip
    booked = "".join(f":61:{line}\r\n:86:text\r\n" for line in lines)
    return (
        f"{{1:F01{bank_bic}0000000000}}{{2:O9401200240131{bank_bic}00000000002401311200N}}{{4:\r\n:20:{reference}\r\n:25:{account}\r\n"
        f":28C:{number}\r\n:60F:{opening}\r\n{booked}:62F:{closing}\r\n-}}"
    )


def stmt(*entries: str, currency: str = "USD", balances: tuple[str, str] = ("100.00", "105.00")) -> str:
    def balance(code: str, amount: str) -> str:
        return (
            f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='{currency}'>{amount}</Amt>"
            "<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2024-01-31</Dt></Dt></Bal>"
        )

    return document(
        "camt.053.001.08",
        "<BkToCstmrStmt><GrpHdr><MsgId>S</MsgId></GrpHdr><Stmt><Id>1</Id><Acct><Id><Othr><Id>9000001</Id></Othr></Id>"
        f"<Ccy>{currency}</Ccy></Acct>{balance('OPBD', balances[0])}{balance('CLBD', balances[1])}{''.join(entries)}</Stmt></BkToCstmrStmt>",
    )


def entry(
    day: str = "2024-01-02", amount: str = "5.00", currency: str = "USD", more: str = "", side: str = "CRDT"
) -> str:
    return (
        f"<Ntry><Amt Ccy='{currency}'>{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>{more}<Sts><Cd>BOOK</Cd></Sts>"
        f"<BookgDt><Dt>{day}</Dt></BookgDt></Ntry>"
    )


def kinds(case: Case) -> set[str]:
    return {row["kind"] for row in case.problems()}


def told(case: Case) -> str:
    return "\n".join(str(row["what"]) for row in case.problems())


# --- days that no calendar has --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("a.xml", stmt(entry(day="2024-11-31")), id="camt, 31 November"),
        pytest.param("a.xml", stmt(entry(day="0000-01-02")), id="camt, year 00"),
        pytest.param("a.xml", credit(body=ENDS).replace("2024-05-06", "2024-11-31"), id="pacs, 31 November"),
        pytest.param("a.xml", credit(body=ENDS).replace("2024-05-06", "0000-05-06"), id="pacs, year 00"),
        pytest.param("a.sta", swift("4711", "2411311201C5,00NTRFREF1", closing="C240131USD1005,00"), id="MT940, 31 November"),
        pytest.param("x.csv", "Date,Amount,Balance,Ccy,Text\n31/11/2024,5.00,105.00,USD,a\n", id="CSV, 31 November"),
        pytest.param("x.csv", "Date,Amount,Balance,Ccy,Text\n01/01/0000,5.00,105.00,USD,a\n", id="CSV, year 00"),
    ],
)  # fmt: skip
def test_a_day_that_does_not_exist_leaves_the_line_without_one(
    case: Case, tmp_path: Path, name: str, text: str
) -> None:
    answers = csv(tmp_path, text) if name == "x.csv" else {}
    (row,) = case.load(put(tmp_path, name, text), answers=answers)
    assert (row["raw"], row["parsed"], row["set_aside"]) == (1, 1, 0)
    assert row["outcome"] == "loaded-and-flagged"
    held = case.ledger.scan("message" if "pacs" in text else "posting").to_pylist()
    days = [held[0].get(key) for key in ("booked", "settled_date") if key in held[0]]
    assert days in ([None], [date(2023, 12, 1)], [date(2024, 12, 1)]), "the entry day of the MT940 stands"
    assert "no day of any calendar" in told(case)


# --- decimal marks --------------------------------------------------------------------------------------------------


def test_comma_and_point_in_one_table_are_never_both_the_decimal_mark(case: Case, tmp_path: Path) -> None:
    text = 'Date,Amount,Balance,Ccy,Text\n01/03/2024,"1,234.56","1,234.56",USD,a\n02/03/2024,"1.234,56",2469.12,USD,b\n'
    (row,) = case.load(put(tmp_path, "x.csv", text), answers=csv(tmp_path, text))
    assert (row["raw"], row["parsed"], row["set_aside"]) == (2, 1, 1)
    (reject,) = case.ledger.scan("reject").to_pylist()
    assert reject["code"] == "amount-not-decimal-point"
    assert [p["amount"] for p in case.ledger.scan("posting").to_pylist()] == [123_456]


def test_comma_and_point_in_one_mt940_are_read_where_only_one_reading_exists(case: Case, tmp_path: Path) -> None:
    lines = ("2401020102C1234,56NTRFREF1", "2401030103C1.234,56NTRFREF2", "2401040104C1.234NTRFREF3")
    (row,) = case.load(put(tmp_path, "a.sta", swift("4711", *lines, closing="C240131USD3469,12")))
    assert (row["raw"], row["parsed"], row["set_aside"]) == (3, 2, 1), "1.234 could be thousands or decimals"
    assert [p["amount"] for p in case.ledger.scan("posting").to_pylist()] == [123_456, 123_456]


# --- two currencies -------------------------------------------------------------------------------------------------


def test_a_table_in_two_currencies_is_two_statements_and_adds_neither(case: Case, tmp_path: Path) -> None:
    text = "Date,Amount,Balance,Ccy,Text\n01/03/2024,5.00,105.00,USD,a\n01/03/2024,7.00,7.00,EUR,b\n02/03/2024,1.00,106.00,USD,c\n"
    case.load(put(tmp_path, "x.csv", text), answers=csv(tmp_path, text))
    found = [(s["currency"], s["opening"], s["closing"]) for s in case.ledger.scan("statement").to_pylist()]
    assert sorted(found) == [("EUR", 0, 700), ("USD", 10_000, 10_600)]


def test_a_camt_entry_in_another_currency_than_its_account_is_no_line_of_it(case: Case, tmp_path: Path) -> None:
    (row,) = case.load(put(tmp_path, "a.xml", stmt(entry(), entry(currency="EUR", amount="9.00"))))
    assert row["raw"] == 2
    assert row["outcome"] == "loaded-and-flagged"
    amounts = {(p["currency"], p["amount"]) for p in case.ledger.scan("posting").to_pylist()}
    assert ("USD", 900) not in amounts
    assert "EUR" in told(case)


def test_an_mt940_that_opens_in_one_currency_and_closes_in_another_says_so(case: Case, tmp_path: Path) -> None:
    (row,) = case.load(put(tmp_path, "a.sta", swift("4711", "2401020102C5,00NTRFREF1", closing="C240131EUR1005,00")))
    assert row["outcome"] == "loaded-and-flagged"
    assert "EUR" in told(case)


# --- what is missing ------------------------------------------------------------------------------------------------


def test_a_return_whose_original_is_not_held_is_no_income(case: Case, tmp_path: Path) -> None:
    text = document(
        "pacs.004.001.09",
        "<PmtRtr><GrpHdr><MsgId>R</MsgId></GrpHdr><TxInf><RtrId>RET1</RtrId><OrgnlInstrId>NEVERHELD</OrgnlInstrId>"
        f"<OrgnlUETR>{UETR}</OrgnlUETR><RtrdIntrBkSttlmAmt Ccy='USD'>100.50</RtrdIntrBkSttlmAmt><IntrBkSttlmDt>2024-05-08</IntrBkSttlmDt>"
        f"{bank('InstgAgt', 'QXSGSGSG')}{bank('InstdAgt', 'QXNBUS33')}<RtrRsnInf><Rsn><Cd>AC04</Cd></Rsn></RtrRsnInf></TxInf></PmtRtr>",
    )
    case.load(put(tmp_path, "r.xml", text))
    case.match()
    assert not [t for t in case.facts().transfers if t.debit or t.credit], "it is no line of any account, and no income"
    (held,) = case.ledger.scan("message").to_pylist()
    assert (held["return_of"], held["related_reference"], held["settled"]) == (UETR, "NEVERHELD", 10_050)


def test_a_reversal_without_its_original_is_a_line_and_marked(case: Case, tmp_path: Path) -> None:
    text = stmt(entry(more="<RvslInd>true</RvslInd>", side="DBIT"), balances=("100.00", "95.00"))
    (row,) = case.load(put(tmp_path, "a.xml", text))
    (line,) = case.ledger.scan("posting").to_pylist()
    assert (row["parsed"], line["amount"], line["reversal"]) == (1, -500, True)


def test_statement_numbers_that_jump_are_a_missing_statement(case: Case, tmp_path: Path) -> None:
    first = swift("4711", "2401020102C500,00NTRFREF1", number="1/1", closing="C240131USD1500,00")
    third = swift("4711", "2403050305D200,00NTRFREF2", number="3/1", opening="C240301USD1700,00", closing="C240331USD1500,00", reference="S3")  # fmt: skip
    case.load(put(tmp_path, "1.sta", first), put(tmp_path, "3.sta", third))
    assert kinds(case) == {"missing_statement"}
    assert "it opens 200.00 USD higher than it closed" in told(case)
    both = put(tmp_path, "both.sta", first.replace(":20:S1", ":20:SA") + "\r\n" + third)
    case.load(both)
    chain = [row for row in case.reconcile() if row["check"] == "chain"]
    assert [(row["outcome"], row["note"]) for row in chain if "3" in row["note"]][0][0] == "off"


def test_half_of_a_chain_is_one_payment_with_an_open_end(case: Case, tmp_path: Path) -> None:
    text = credit(body=ENDS + bank("CdtrAgt", "QXHKHKHH")).replace("</PmtId>", f"<UETR>{UETR}</UETR></PmtId>")
    case.load(put(tmp_path, "a.xml", text))
    case.match()
    (one,) = case.facts().transfers
    assert (one.debit, one.credit) == ("", "")


# --- what looks alike -----------------------------------------------------------------------------------------------


def test_one_uetr_on_unrelated_payments_joins_nothing(case: Case, tmp_path: Path) -> None:
    first = credit(body=ENDS).replace("</PmtId>", f"<UETR>{UETR}</UETR></PmtId>")
    other = (
        first.replace("M1", "M2")
        .replace('Ccy="USD">480000', 'Ccy="EUR">77')
        .replace("REF1", "REF2")
        .replace("INV1", "INV2")
    )
    case.load(put(tmp_path, "a.xml", first), put(tmp_path, "b.xml", other))
    case.match()
    assert len(case.facts().transfers) == 2
    assert f"UETR {UETR} stands on 2 payments that differ" in told(case)


def test_equal_amounts_of_one_day_are_not_joined_by_chance(case: Case, tmp_path: Path) -> None:
    out = swift("447882001838", "2401020102D500,00NTRFOUT1", "2401020102D500,00NTRFOUT2", closing="C240131USD0,00")
    into = swift("990011223344", "2401020102C500,00NTRFINN1", "2401020102C500,00NTRFINN2", closing="C240131USD2000,00", bank_bic="QXGBGB2LAXXX")  # fmt: skip
    case.load(put(tmp_path, "out.sta", out), put(tmp_path, "in.sta", into))
    case.match()
    assert not [t for t in case.facts().transfers if t.debit and t.credit]
    assert len(case.facts().transfers) == 4


def test_one_number_at_two_banks_is_two_accounts(case: Case, tmp_path: Path) -> None:
    here = swift("12345678", "2401020102C500,00NTRFREF1", closing="C240131USD1500,00", bank_bic="QXHKHKHHAXXX")
    there = swift("12345678", "2401020102C70,00NTRFREF2", closing="C240131USD1070,00", bank_bic="QXSGSGSGAXXX")
    case.load(put(tmp_path, "a.sta", here), put(tmp_path, "b.sta", there))
    accounts = {p["account_key"] for p in case.ledger.scan("posting").to_pylist()}
    assert len(accounts) == 2
    assert len({row["account_key"] for row in case.embedded().accounts().to_pylist()}) == 2


# --- files beyond measure -------------------------------------------------------------------------------------------


def test_a_row_of_a_million_columns_costs_itself(case: Case, tmp_path: Path) -> None:
    text = (
        "Date,Amount,Balance,Ccy,Text\n01/03/2024,5.00,105.00,USD,a\n"
        + "," * 1_000_000
        + "\n02/03/2024,1.00,106.00,USD,b\n"
    )
    (row,) = case.load(put(tmp_path, "x.csv", text), answers=csv(tmp_path, text))
    assert (row["raw"], row["parsed"], row["set_aside"]) == (3, 2, 1)
    (reject,) = case.ledger.scan("reject").to_pylist()
    assert reject["code"] in {"too-many-columns", "line-too-long"}


def test_a_header_of_a_million_columns_is_a_sentence(case: Case, tmp_path: Path) -> None:
    text = ",".join(f"c{n}" for n in range(1_000_000)) + "\n" + "," * 999_999 + "\n"
    view = case.load(put(tmp_path, "wide.csv", text))
    assert [row["outcome"] for row in view] == ["refused"]
    assert "[UnclaimedExhibit]" in view.explain()


def test_xml_of_more_than_two_gigabytes_in_one_line_is_a_sentence(tmp_path: Path) -> None:
    """A file with a hole, so that no disk is filled and nothing is hashed: the size is asked before anything is parsed."""
    path = put(tmp_path, "huge.xml", stmt()[: -len("</Stmt></BkToCstmrStmt></Document>")])
    os.truncate(path, 2_000_000_001)
    exhibit = Exhibit("0" * 64, "EX-0001", path.name, 2_000_000_001, "EV", "", "", "", "", "")
    for connector in (camt.CONNECTOR, pacs.CONNECTOR):
        source = Source.open(exhibit, path, {})
        with pytest.raises(UnreadableExhibit, match="larger than 2 GB") as refusal:
            list(connector.read(source))
        assert refusal.value.next_call.startswith("ask for the production in parts")


def test_a_long_single_line_is_read_in_flat_memory(tmp_path: Path) -> None:
    """Eight times the entries take the memory of one time: each is cleared when it is read."""
    script = textwrap.dedent(
        r"""
        import re, sys
        from pathlib import Path
        from connectors import camt
        from tracer.ingest import Source
        from tracer.model import Exhibit
        path = Path(sys.argv[1])
        exhibit = Exhibit("0" * 64, "-", path.name, path.stat().st_size, "EV", "", "", "", "", "")
        lines = sum(1 for _ in camt.CONNECTOR.read(Source.open(exhibit, path, {})))
        # VmHWM: the peak of this program, and not of the one that it was started from.
        print(lines, re.search(r"VmHWM:\s+([0-9]+)", Path("/proc/self/status").read_text())[1])
        """
    )
    peaks = []
    for times in (1, 8):
        path = put(
            tmp_path,
            f"{times}.xml",
            stmt(entry(more="<AddtlNtryInf>" + "x" * 900 + "</AddtlNtryInf>") * (4_000 * times)),
        )
        ran = subprocess.run(
            [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True, timeout=120,
            cwd=Path(__file__).resolve().parents[2],
        )  # fmt: skip
        lines, peak = map(int, ran.stdout.split())
        assert lines == 4_000 * times + 1
        peaks.append(peak)
    assert peaks[1] - peaks[0] < 5_000, "kilobytes; the file itself is 33,000 larger"

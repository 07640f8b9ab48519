"""camt.052, 053, 054: every version and wrapping, what each kind may claim, and damage that loses no entry in silence."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from connectors import camt
from tests.connectors.goldens import opened
from tracer.ingest.reading import Reading, read_exhibit
from tracer.model import Cite, Posting, Reject, Statement, TracerError

ACCOUNT = "<Acct><Id><IBAN>NL91ABNA0417164300</IBAN></Id><Ccy>{ccy}</Ccy></Acct>"
CONTAINERS = {
    "053": ("BkToCstmrStmt", "Stmt"),
    "052": ("BkToCstmrAcctRpt", "Rpt"),
    "054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
}


def amount(value: str, ccy: str) -> str:
    return f'<Amt Ccy="{ccy}">{value}</Amt>'


def entry(value: str = "10.00", side: str = "CRDT", *, ccy: str = "EUR", more: str = "", status: str = "BOOK") -> str:
    indicator = f"<CdtDbtInd>{side}</CdtDbtInd>" if side else ""
    return (
        f"<Ntry>{amount(value, ccy)}{indicator}<Sts>{status}</Sts>"
        f"<BookgDt><Dt>2024-03-05</Dt></BookgDt><ValDt><Dt>2024-03-05</Dt></ValDt>{more}</Ntry>"
    )


def balance(code: str, value: str, ccy: str = "EUR", side: str = "CRDT") -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{amount(value, ccy)}<CdtDbtInd>{side}</CdtDbtInd>"
        f"<Dt><Dt>2024-03-{31 if code[:2] == 'CL' else 1:02}</Dt></Dt></Bal>"
    )


def statement(*inside: str, kind: str = "053", ccy: str = "EUR", head: str = "<Id>S1</Id>") -> str:
    name = CONTAINERS[kind][1]
    return f"<{name}>{head}{ACCOUNT.format(ccy=ccy)}{''.join(inside)}</{name}>"


def message(*statements: str, kind: str = "053", version: str = "08", container: str = "") -> str:
    name = container or CONTAINERS[kind][0]
    space = f' xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{kind}.001.{version}"' if version else ""
    return f"<Document{space}><{name}><GrpHdr><MsgId>M</MsgId></GrpHdr>{''.join(statements)}</{name}></Document>"


def details(*parts: str) -> str:
    return "<NtryDtls>" + "".join(f"<TxDtls>{part}</TxDtls>" for part in parts) + "</NtryDtls>"


def read(folder: Path, text: str | bytes, **answers: str) -> Reading:
    path = folder / "a.xml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    source = opened(path, **answers)
    assert camt.CONNECTOR.claims(source)
    return read_exhibit(source, camt.CONNECTOR)


def items(folder: Path, text: str | bytes, **answers: str) -> list[Any]:
    """Read, and prove the count on the way."""
    reading = read(folder, text, **answers)
    assert reading.raw == reading.tally.records
    return list(camt.CONNECTOR.read(opened(folder / "a.xml", **answers)))


def postings(folder: Path, text: str | bytes, **answers: str) -> list[Posting]:
    return [one for one in items(folder, text, **answers) if isinstance(one, Posting)]


def statements(folder: Path, text: str | bytes) -> list[Statement]:
    return [one for one in items(folder, text) if isinstance(one, Statement)]


def check(reading: Reading, name: str) -> Any:
    (found,) = [one for one in reading.checks if one.check == name]
    return found


# -- versions and wrappings

TIED = statement(balance("OPBD", "100.00"), entry("10.00"), entry("4.00", "DBIT"), balance("CLBD", "106.00"))


@pytest.mark.parametrize("version", [*(f"{n:02}" for n in range(1, 14)), "99", ""])
@pytest.mark.parametrize("kind", ["052", "053", "054"])
def test_every_version_and_none_reads_alike(tmp_path: Path, kind: str, version: str) -> None:
    text = message(statement(entry("10.00"), entry("4.00", "DBIT"), kind=kind), kind=kind, version=version)
    (first, second) = postings(tmp_path, text)
    assert (first.amount, second.amount, first.account_key) == (1000, -400, second.account_key)
    (told,) = statements(tmp_path, text)
    assert told.kind == {"053": "statement", "052": "interim", "054": "advice"}[kind]


def prefixed(text: str) -> str:
    root = etree.fromstring(text.encode())
    space = etree.QName(root).namespace
    out = etree.Element(root.tag, nsmap={"ns2": space})
    out.extend(root)
    etree.cleanup_namespaces(out)
    return etree.tostring(out, encoding="unicode")


BAH = '<AppHdr xmlns="urn:iso:std:iso:20022:tech:xsd:head.001.001.02"><BizMsgIdr>B1</BizMsgIdr></AppHdr>'
SOAP = '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header/><s:Body>{}</s:Body></s:Envelope>'


@pytest.mark.parametrize(
    "wrapped",
    [
        pytest.param(lambda text: text, id="bare"),
        pytest.param(prefixed, id="prefix"),
        pytest.param(lambda text: f'<?xml version="1.0" encoding="UTF-8"?>\n{text}', id="declaration"),
        pytest.param(lambda text: f"<Envelope>{BAH}{text}</Envelope>", id="business header"),
        pytest.param(lambda text: SOAP.format(f"<get>{text}</get>"), id="soap"),
        pytest.param(lambda text: SOAP.format(prefixed(text)), id="soap and prefix"),
        pytest.param(lambda text: f"<Payload><![CDATA[{text}]]></Payload>", id="CDATA"),
        pytest.param(
            lambda text: "<Payload>" + text.replace("&", "&amp;").replace("<", "&lt;") + "</Payload>", id="escaped"
        ),
        pytest.param(lambda text: ("\ufeff" + text).encode("utf-16-le"), id="UTF-16"),
        pytest.param(lambda text: "\ufeff" + text, id="byte order mark"),
    ],
)
def test_every_wrapping_holds_the_same_records(tmp_path: Path, wrapped: Any) -> None:
    def told(text: str | bytes) -> list[tuple[int, str, str]]:
        return [(one.amount, one.account, one.cite.locator) for one in postings(tmp_path, text)]

    plain = [
        (1000, "NL91ABNA0417164300", "document=1/statement=1/entry=1"),
        (-400, "NL91ABNA0417164300", "document=1/statement=1/entry=2"),
    ]
    assert told(wrapped(message(TIED))) == plain


def test_the_old_container_names_read_too(tmp_path: Path) -> None:
    text = message(TIED, version="01", container="BkToCstmrStmtV01")
    assert [one.amount for one in postings(tmp_path, text)] == [1000, -400]


@pytest.mark.parametrize(
    "text",
    [
        '<?xml version="1.0"?><xs:schema xmlns:xs="x" targetNamespace="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"/>',
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08"><FIToFICstmrCdtTrf/></Document>',
        "Stmt;Ntry;BkToCstmrStmt",
    ],
)
def test_what_is_no_account_report_is_not_claimed(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.xml").write_text(text)
    assert not camt.CONNECTOR.claims(opened(tmp_path / "a.xml"))


# -- what each kind may claim


@pytest.mark.parametrize(("kind", "sums"), [("053", "ok"), ("052", "not_stated"), ("054", "not_stated")])
def test_only_a_statement_states_both_balances(tmp_path: Path, kind: str, sums: str) -> None:
    """An interim report opens and has no closing; an advice has neither, and says so without being wrong (trap 11)."""
    inside = {
        "053": (balance("OPBD", "100.00"), entry(), balance("CLBD", "110.00")),
        "052": (balance("OPBD", "100.00"), entry(), balance("ITAV", "110.00")),
        "054": (entry(),),
    }[kind]
    reading = read(tmp_path, message(statement(*inside, kind=kind), kind=kind))
    assert check(reading, "sum").outcome == sums
    assert reading.status == "loaded-and-reconciled"


@pytest.mark.parametrize(
    ("inside", "note"),
    [
        ((balance("OPBD", "1.00"), entry()), "no closing balance is printed"),
        ((entry(), balance("CLBD", "1.00")), "no opening balance is printed"),
        ((entry(),), "no opening and no closing balance is printed"),
    ],
)
def test_a_missing_balance_is_said_and_never_assumed(tmp_path: Path, inside: tuple[str, ...], note: str) -> None:
    found = check(read(tmp_path, message(statement(*inside))), "sum")
    assert (found.outcome, found.note, found.expected) == ("not_stated", note, None)


@pytest.mark.parametrize("version", ["02", "08"])
def test_the_opening_is_the_previous_closing_where_none_is_printed(tmp_path: Path, version: str) -> None:
    text = message(statement(balance("PRCD", "5.00"), entry(), balance("CLBD", "15.00")), version=version)
    assert check(read(tmp_path, text), "sum").outcome == "ok"


def test_a_debit_balance_is_below_zero(tmp_path: Path) -> None:
    text = message(statement(balance("OPBD", "5.00", side="DBIT"), entry(), balance("CLBD", "5.00")))
    (told,) = statements(tmp_path, text)
    assert (told.opening, told.closing) == (-500, 500)


def test_other_balances_are_kept_as_leftovers(tmp_path: Path) -> None:
    (told,) = statements(tmp_path, message(statement(balance("CLAV", "7.00"), entry())))
    assert told.marks == ("leftovers Bal CLAV: 7.00 2024-03-31",)


def test_several_statements_stay_apart(tmp_path: Path) -> None:
    second = TIED.replace("NL91ABNA0417164300", "NL20INGB0001234567").replace("S1", "S2")
    text = message(TIED, second)
    told = statements(tmp_path, text)
    assert [(one.account, one.number, one.count) for one in told] == [
        ("NL91ABNA0417164300", "Id S1", 2),
        ("NL20INGB0001234567", "Id S2", 2),
    ]
    places = [(one.account, one.line, one.cite.locator) for one in postings(tmp_path, text)]
    assert places == [
        (account, line, f"document=1/statement={number}/entry={line}")
        for number, account in ((1, "NL91ABNA0417164300"), (2, "NL20INGB0001234567"))
        for line in (1, 2)
    ]


def test_documents_of_one_file_are_told_apart_by_their_place(tmp_path: Path) -> None:
    text = f"<Batch>{message(TIED)}{message(TIED)}</Batch>"
    assert [one.cite.locator for one in postings(tmp_path, text)] == [
        f"document={document}/statement=1/entry={line}" for document in (1, 2) for line in (1, 2)
    ]


@pytest.mark.parametrize(
    ("status", "read_as", "marked"),
    [
        ("BOOK", "booked", ""),
        ("<Cd>BOOK</Cd>", "booked", ""),
        ("PDNG", "pending", ""),
        ("<Cd>FUTR</Cd>", "pending", ""),
        ("INFO", "info", ""),
        ("ZZZZ", "info", "status ZZZZ is not of the standard"),
        ("", "booked", "no status: taken as booked"),
    ],
)
def test_only_a_booked_entry_moves_the_balance(tmp_path: Path, status: str, read_as: str, marked: str) -> None:
    closing = "110.00" if read_as == "booked" else "100.00"
    text = message(statement(balance("OPBD", "100.00"), entry(status=status), balance("CLBD", closing)))
    (one,) = postings(tmp_path, text)
    assert (one.status, one.marks) == (read_as, (marked,) if marked else ())
    assert check(read(tmp_path, text), "sum").outcome == "ok"


# -- reversals


@pytest.mark.parametrize(
    ("side", "closing", "amount_read", "words"),
    [
        ("CRDT", "110.00", 1000, "the balances prove it"),
        ("DBIT", "110.00", 1000, "the entry was booked against it"),
        ("CRDT", "90.00", -1000, "the entry was booked against it"),
        ("CRDT", "", 1000, "which is the booked side by the standard"),
        ("CRDT", "123.45", 1000, "which is the booked side by the standard"),
    ],
)
def test_the_sign_of_a_reversal_is_what_the_balances_prove(
    tmp_path: Path, side: str, closing: str, amount_read: int, words: str
) -> None:
    """100.00 and a reversal of 10.00: 110.00 only as a credit, 90.00 only as a debit, whatever side is printed."""
    inside = [balance("OPBD", "100.00"), entry("10.00", side, more="<RvslInd>true</RvslInd>")]
    text = message(statement(*inside, *([balance("CLBD", closing)] if closing else [])))
    (one,) = postings(tmp_path, text)
    assert (one.amount, one.reversal) == (amount_read, True)
    assert one.marks[-1].endswith(words)
    outcome = check(read(tmp_path, text), "sum").outcome
    assert outcome == {"": "not_stated", "123.45": "off"}.get(closing, "ok")


# -- the entry is the money


@pytest.mark.parametrize(
    ("parts", "mark"),
    [
        (("60.00", "40.00"), ()),
        (("60.00", "30.00"), ("parts sum to 90.00, the entry is 100.00",)),
        (("100.00", "100.00"), ("parts sum to 200.00, the entry is 100.00",)),
        (("60.00", "4O.00"), ("part: '4O.00' is not a number",)),
    ],
)
def test_a_batch_is_one_posting_and_its_parts_are_text(tmp_path: Path, parts: tuple[str, ...], mark: Any) -> None:
    told = details(*(f"<Refs><EndToEndId>E{n}</EndToEndId></Refs>{amount(p, 'EUR')}" for n, p in enumerate(parts)))
    (one,) = postings(tmp_path, message(statement(entry("100.00", more=told))))
    assert one.amount == 10000
    assert [part.split(":")[0] for part in one.parts] == ["1", "2"]
    assert all(f"EUR {value}" in part for value, part in zip(parts, one.parts, strict=True))
    assert len(one.marks) == len(mark)
    assert all(found.startswith(stated) for found, stated in zip(one.marks, mark, strict=True))
    assert one.end_to_end_id == "", "a batch has no reference of its own"


def test_parts_are_signed_by_their_own_side(tmp_path: Path) -> None:
    told = details(
        amount("120.00", "EUR") + "<CdtDbtInd>CRDT</CdtDbtInd>", amount("20.00", "EUR") + "<CdtDbtInd>DBIT</CdtDbtInd>"
    )
    (one,) = postings(tmp_path, message(statement(entry("100.00", more=told))))
    assert (one.amount, one.marks) == (10000, ())


def test_a_single_detail_of_the_other_side_is_said(tmp_path: Path) -> None:
    told = details(amount("10.00", "EUR") + "<CdtDbtInd>DBIT</CdtDbtInd>")
    (one,) = postings(tmp_path, message(statement(entry("10.00", more=told))))
    assert (one.amount, one.marks) == (1000, ("parts sum to -10.00, the entry is 10.00",))


def test_charges_are_told_and_never_added(tmp_path: Path) -> None:
    """Included or not, the booked amount is the entry's; a charge of its own is an entry of its own (trap 9)."""
    charge = (
        '<Chrgs><TtlChrgsAndTaxAmt Ccy="EUR">2.00</TtlChrgsAndTaxAmt><Rcrd><Amt Ccy="EUR">2.00</Amt>'
        "<CdtDbtInd>DBIT</CdtDbtInd><ChrgInclInd>{}</ChrgInclInd></Rcrd></Chrgs>"
    )
    included, apart = entry("98.00", more=charge.format("true")), entry("100.00", more=charge.format("false"))
    text = message(
        statement(balance("OPBD", "0.00"), included, apart, entry("2.00", "DBIT"), balance("CLBD", "196.00"))
    )
    found = postings(tmp_path, text)
    assert [one.amount for one in found] == [9800, 10000, -200]
    assert [one.parts[0] for one in found[:2]] == ["Chrgs: EUR 2.00"] * 2
    assert [[p for p in one.parts if "ChrgInclInd" in p] for one in found[:2]] == [
        ["Chrgs/Rcrd/ChrgInclInd: true"],
        ["Chrgs/Rcrd/ChrgInclInd: false"],
    ]
    assert check(read(tmp_path, text), "sum").outcome == "ok"


def test_equal_entries_with_one_reference_are_two(tmp_path: Path) -> None:
    """Real files carry two true entries with the same reference, amount and date: the balance needs both."""
    twice = entry("7.00", more="<NtryRef>R1</NtryRef><AcctSvcrRef>B1</AcctSvcrRef>")
    text = message(statement(balance("OPBD", "0.00"), twice, twice, balance("CLBD", "14.00")))
    one, other = postings(tmp_path, text)
    assert replace(one, cite=other.cite, line=other.line) == other
    assert check(read(tmp_path, text), "sum").outcome == "ok"


def test_what_no_field_takes_stays_under_its_path(tmp_path: Path) -> None:
    """An intermediary in the United States, an address, an element of the bank's own: none may be lost."""
    told = details(
        "<RltdAgts><IntrmyAgt1><FinInstnId><BICFI>QXUSUS33</BICFI></FinInstnId></IntrmyAgt1></RltdAgts>"
        "<RltdPties><Dbtr><Pty><Nm>QX ALPHA</Nm><PstlAdr><Ctry>CY</Ctry></PstlAdr></Pty></Dbtr></RltdPties>"
        "<Mine><Own>7</Own></Mine>"
    )
    text = message(statement(entry(more=told + "<Extra>e</Extra>"), "<House><Rate>3</Rate><Note>n</Note></House>"))
    (one,) = postings(tmp_path, text)
    assert one.counterparty == "QX ALPHA"
    assert one.parts == (
        "Extra: e",
        "Mine/Own: 7",
        "RltdAgts/IntrmyAgt1/FinInstnId/BICFI: QXUSUS33",
        "RltdPties/Dbtr/Pty/PstlAdr/Ctry: CY",
    )
    (whole,) = statements(tmp_path, text)
    assert whole.marks == ("leftovers House: 3n",)


# -- what cannot be read


@pytest.mark.parametrize(
    ("line", "field", "words"),
    [
        (entry("1.005"), "Amt", "'1.005' has more decimals than EUR has (2)"),
        (entry("10.5", ccy="JPY"), "Amt", "'10.5' has more decimals than JPY has (0)"),
        (entry("1.0005", ccy="BHD"), "Amt", "'1.0005' has more decimals than BHD has (3)"),
        (entry("10.00", ccy="QQQ"), "Amt", "'QQQ' is not an ISO 4217 currency"),
        (entry("ten"), "Amt", "'ten' is not a number"),
        (entry(""), "Amt", "'' is not a number"),
        (entry("-10.00"), "Amt", "can be read in two ways"),
        (entry(side="BOTH"), "CdtDbtInd", "neither CRDT nor DBIT"),
        (entry(side="CRDTDBIT"), "CdtDbtInd", "neither CRDT nor DBIT"),
        (entry(side=""), "CdtDbtInd", "neither CRDT nor DBIT"),
        (entry().replace(amount("10.00", "EUR"), ""), "Amt", "prints no amount"),
    ],
)
def test_an_entry_that_cannot_be_read_is_set_aside_and_the_rest_loads(
    tmp_path: Path, line: str, field: str, words: str
) -> None:
    text = message(statement(entry("3.00"), line, entry("4.00")))
    found = items(tmp_path, text)
    assert [one.amount for one in found if isinstance(one, Posting)] == [300, 400]
    (aside,) = [one for one in found if isinstance(one, Reject)]
    assert (aside.field, aside.cite.locator) == (field, "document=1/statement=1/entry=2")
    assert words in aside.message
    assert "Ntry" in aside.raw
    assert read(tmp_path, text).tally.set_aside == 1


@pytest.mark.parametrize(
    ("twice", "code"),
    [("<CdtDbtInd>DBIT</CdtDbtInd>", "side"), (amount("9.00", "EUR"), "amount"), (amount("10.00", "USD"), "amount")],
)
def test_two_sides_or_amounts_in_one_entry_are_not_chosen_between(tmp_path: Path, twice: str, code: str) -> None:
    line = entry().replace("<Sts>", f"{twice}<Sts>")
    (aside,) = [one for one in items(tmp_path, message(statement(line))) if isinstance(one, Reject)]
    assert aside.code == code


@pytest.mark.parametrize(
    ("printed", "ccy", "minor"),
    [("8.850", "EUR", 885), ("10", "JPY", 10), ("10.00", "JPY", 10), ("1.005", "BHD", 1005), ("1E+2", "EUR", 10000)],
)
def test_an_amount_is_exact_in_the_currency_it_prints(tmp_path: Path, printed: str, ccy: str, minor: int) -> None:
    (one,) = postings(tmp_path, message(statement(entry(printed, ccy=ccy), ccy=ccy)))
    assert (one.amount, one.amount_printed) == (minor, printed)
    assert one.marks == ((f"scientific notation {printed}",) if "E" in printed else ())


def test_an_entry_in_another_currency_is_flagged_and_never_added(tmp_path: Path) -> None:
    text = message(statement(balance("OPBD", "0.00"), entry("5.00", ccy="USD"), entry("1.00"), balance("CLBD", "1.00")))
    reading = read(tmp_path, text)
    assert check(reading, "sum").outcome == "ok"
    assert (check(reading, "currency").outcome, reading.status) == ("off", "loaded-and-flagged")


@pytest.mark.parametrize("printed", ["2024-02-30", "2023-11-31", "0000-00-00", "2024-13-01", "soon"])
def test_a_date_that_does_not_exist_is_null_and_the_line_stays(tmp_path: Path, printed: str) -> None:
    (one,) = postings(tmp_path, message(statement(entry().replace("2024-03-05", printed))))
    assert (one.booked, one.value_date, one.amount) == (None, None, 1000)
    assert one.marks == (f"booking date {printed} does not exist", f"value date {printed} does not exist")


def test_a_balance_that_cannot_be_read_is_a_part_and_its_entries_load(tmp_path: Path) -> None:
    text = message(statement(balance("OPBD", "1O.00"), entry(), entry(), balance("CLBD", "30.00")))
    tally = read(tmp_path, text).tally
    assert (tally.records, tally.set_aside, tally.parts) == (2, 0, 1)
    (aside,) = [one for one in items(tmp_path, text) if isinstance(one, Reject)]
    assert (aside.field, aside.cite.locator) == ("Bal OPBD", "document=1/statement=1#Bal-1")


def test_an_entry_outside_any_statement_is_set_aside(tmp_path: Path) -> None:
    text = message(TIED).replace("</BkToCstmrStmt>", f"{entry('9.00')}</BkToCstmrStmt>")
    tally = read(tmp_path, text).tally
    assert (tally.records, tally.set_aside) == (3, 1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('<!DOCTYPE Document [<!ENTITY a "b">]>' + message(TIED), "document type"),
        ('<!DOCTYPE Document SYSTEM "http://example.org/x.dtd">' + message(TIED), "document type"),
        (message(TIED)[:-40], "not well-formed"),
        (message(TIED) + "<Document/>", "not well-formed"),
        (message(), "holds no statement"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_refused_whole(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(TracerError, match=words) as refusal:
        read(tmp_path, text)
    assert len(refusal.value.lines()) == 5


# -- pages


def page(number: int, *inside: str, last: bool, way: str = "StmtPgntn") -> str:
    paging = f"<{way}><PgNb>{number}</PgNb><LastPgInd>{str(last).lower()}</LastPgInd></{way}>"
    return statement(*inside, head=f"<Id>S1</Id>{paging}<LglSeqNb>0007</LglSeqNb>")


FIRST = page(1, balance("OPBD", "0.00"), entry("1.00"), balance("ITBD", "1.00"), last=False)
LAST = page(2, balance("ITBD", "1.00"), entry("2.00"), balance("CLBD", "3.00"), last=True)


def test_pages_are_one_statement(tmp_path: Path) -> None:
    text = message(FIRST, LAST)
    (told,) = statements(tmp_path, text)
    assert (told.opening, told.closing, told.count, told.number, told.page) == (0, 300, 2, "0007", "1-2")
    assert [(one.line, one.statement) for one in postings(tmp_path, text)] == [
        (n, postings(tmp_path, text)[0].statement) for n in (1, 2)
    ]
    assert check(read(tmp_path, text), "sum").outcome == "ok"


def test_pages_over_several_messages_of_one_file_are_one_statement(tmp_path: Path) -> None:
    assert len(statements(tmp_path, f"<Batch>{message(FIRST)}{message(LAST)}</Batch>")) == 1


@pytest.mark.parametrize(
    ("text", "count", "mark"),
    [
        (message(FIRST), 1, "the last page is not held"),
        (message(LAST), 1, "opens at an intermediate balance (ITBD): earlier pages are not held"),
        (message(FIRST, page(3, balance("ITBD", "2.00"), entry(), last=True)), 2, "the last page is not held"),
        (message(FIRST, LAST.replace("NL91ABNA0417164300", "X1")), 2, "the last page is not held"),
    ],
)
def test_a_page_that_is_not_held_is_said(tmp_path: Path, text: str, count: int, mark: str) -> None:
    told = statements(tmp_path, text)
    assert len(told) == count
    assert any(mark in one.marks for one in told)


def test_control_totals_are_checked_side_by_side(tmp_path: Path) -> None:
    totals = (
        "<TxsSummry><TtlNtries><NbOfNtries>3</NbOfNtries></TtlNtries><TtlCdtNtries><NbOfNtries>2</NbOfNtries>"
        "<Sum>11.00</Sum></TtlCdtNtries><TtlDbtNtries><NbOfNtries>1</NbOfNtries><Sum>4.00</Sum></TtlDbtNtries></TxsSummry>"
    )
    text = message(statement(totals, entry("10.00"), entry("4.00", "DBIT")))
    found = {
        one.cite.locator.partition("#")[2]: (one.outcome, one.expected, one.found, one.difference)
        for one in read(tmp_path, text).checks
        if one.check == "control_total"
    }
    assert found == {
        "credit-total": ("off", 1100, 1000, 100),
        "credit-count": ("off", 2, 1, 1),
        "debit-total": ("ok", 400, 400, 0),
        "debit-count": ("ok", 1, 1, 0),
    }
    (told,) = statements(tmp_path, text)
    assert told.marks == ("TtlNtries states 3 entries, 2 are printed",)


# -- damage

WHOLE = message(
    statement(
        balance("OPBD", "100.00"),
        entry("10.00", more="<NtryRef>1</NtryRef>" + details("<Refs><EndToEndId>E1</EndToEndId></Refs>")),
        entry("4.00", "DBIT", more=details(amount("3.00", "EUR"), amount("1.00", "EUR"))),
        entry("2.00", more="<RvslInd>true</RvslInd>"),
        balance("CLBD", "108.00"),
    ),
    statement(entry("5.00", ccy="JPY"), entry("5.00", ccy="USD", status="PDNG"), ccy="USD", head="<Id>S2</Id>"),
)


def accounted(folder: Path, text: bytes) -> None:
    """A refusal, or records that are all loaded or set aside. Anything else fails as it is raised, CheckFailed above all."""
    path = folder / "damaged.xml"
    path.write_bytes(text)
    with contextlib.suppress(TracerError):
        source = opened(path)
        if not camt.CONNECTOR.claims(source):
            return
        held = list(camt.CONNECTOR.read(source))
        places = [one.cite for one in held if not isinstance(one, Statement) and "#" not in one.cite.locator]
        assert len(set(places)) == len(places) == camt.CONNECTOR.count(source), text
        assert all(isinstance(place, Cite) for place in places)


@pytest.mark.parametrize("way", ["deleted", "emptied", "renamed", "doubled", "garbled", "moved to the end"])
def test_damage_to_any_element_loses_no_entry(tmp_path: Path, way: str) -> None:
    size = sum(1 for _ in etree.fromstring(WHOLE.encode()).iter())
    for number in range(1, size):
        root = etree.fromstring(WHOLE.encode())
        element = list(root.iter())[number]
        parent = element.getparent()
        assert parent is not None
        if way == "deleted":
            parent.remove(element)
        elif way == "emptied":
            element.clear()
        elif way == "renamed":
            element.tag = "{urn:other}Whatever"
        elif way == "doubled":
            parent.append(etree.fromstring(etree.tostring(element)))
        elif way == "garbled":
            element.text = (element.text or "") + "\u00a0x"
        else:
            root.append(element)
        accounted(tmp_path, etree.tostring(root))


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
@given(
    at=st.integers(0, len(WHOLE) - 1),
    length=st.integers(0, 60),
    put=st.sampled_from([b"", b"<", b"</Ntry>", b"<Ntry>", b"<!--", b"]]>", b"\x00", b"&x;", b"<Stmt>", b"9"]),
)
def test_damage_to_any_bytes_loses_no_entry(tmp_path: Path, at: int, length: int, put: bytes) -> None:
    data = WHOLE.encode()
    accounted(tmp_path, data[:at] + put + data[at + length :])

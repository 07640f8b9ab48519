"""OFX and QFX: goldens, traps of the format, damage, and whatever bytes come."""

import contextlib
import json
import random
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors import ofx
from tests.connectors.goldens import files_of, opened, records
from tracer.ingest.fin import FIELD_CAP
from tracer.ingest.reading import Reading, read_exhibit
from tracer.model import Posting, Reject, Statement, TracerError, UnreadableExhibit, major

READER = ofx.CONNECTOR
HEAD = "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nENCODING:USASCII\nCHARSET:1252\n\n"
ACCOUNT = "<BANKACCTFROM><BANKID>999900011<ACCTID>4478820018<ACCTTYPE>CHECKING</BANKACCTFROM>"
LINE = "<STMTTRN><TRNTYPE>{kind}<DTPOSTED>{day}<TRNAMT>{amount}<FITID>{fitid}<NAME>QX</STMTTRN>\n"
FILES = files_of("ofx")


def line(amount: str = "-5.00", fitid: str = "F1", kind: str = "OTHER", day: str = "20240102") -> str:
    return LINE.format(kind=kind, day=day, amount=amount, fitid=fitid)


def statement(body: str, currency: str = "USD", after: str = "") -> str:
    listed = f"<BANKTRANLIST><DTSTART>20240101<DTEND>20240131\n{body}</BANKTRANLIST>"
    return f"{HEAD}<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>{currency}{ACCOUNT}{listed}{after}</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>"


def put(folder: Path, text: str | bytes) -> Path:
    path = folder / "a.ofx"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def load(folder: Path, text: str | bytes, **answers: str) -> tuple[Reading, list[Posting], list[Reject]]:
    source = opened(put(folder, text), **answers)
    assert READER.claims(source)
    items = list(READER.read(source))
    reading = read_exhibit(source, READER)
    assert reading.raw == reading.tally.records
    return (
        reading,
        [one for one in items if isinstance(one, Posting)],
        [one for one in items if isinstance(one, Reject)],
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_records_are_the_golden_ones(path: Path) -> None:
    assert records(path) == json.loads(path.with_suffix(".json").read_text("utf-8"))
    assert {p.with_suffix(".json") for p in FILES} == set(path.parent.glob("*.json"))


@pytest.mark.parametrize(
    ("printed", "currency", "units"),
    [
        ("-5", "USD", -500),
        ("12.5", "USD", 1250),
        ("12,50", "EUR", 1250),
        ("+.75", "USD", 75),
        (",75", "EUR", 75),
        ("8.850", "USD", "amount-ambiguous"),
        ("0.850", "USD", 85),
        ("1,234.56", "USD", 123456),
        ("1.234,56", "EUR", 123456),
        ("1,500", "USD", "amount-ambiguous"),
        ("1.500", "JPY", "amount-ambiguous"),
        ("1500", "JPY", 1500),
        ("1.500", "KWD", 1500),
        ("12.345", "USD", "amount-ambiguous"),
        ("1234.567", "USD", "amount-too-precise"),
        ("1e3", "USD", 100000),
        ("- 12.50", "USD", -1250),
        ("--5", "USD", "amount-sign"),
        ("12.50 EUR", "USD", "currency-in-cell"),
        ("****", "USD", "amount-missing"),
        ("NaN", "USD", "amount-missing"),
        ("99999999999999999999", "USD", "amount-not-a-number"),
    ],
)
def test_an_amount_is_read_exactly_or_set_aside(tmp_path: Path, printed: str, currency: str, units: int | str) -> None:
    reading, lines, aside = load(tmp_path, statement(line(printed), currency))
    assert [one.amount for one in lines] + [one.code for one in aside] == [units]
    assert reading.raw == 1


def test_what_other_amounts_prove_decides_a_lone_group_of_three_digits(tmp_path: Path) -> None:
    _, lines, aside = load(tmp_path, statement(line("1,500") + line("12,50", "F2"), "EUR"))
    assert ([one.amount for one in lines], aside) == ([150, 1250], [])
    _, lines, aside = load(tmp_path, statement(line("1,500") + line("12.50", "F2")))
    assert ([one.amount for one in lines], [one.code for one in aside]) == ([1250], ["amount-ambiguous"])
    _, lines, aside = load(tmp_path, statement(line("1,500") + line("12.50", "F2")), decimal=".")
    assert ([one.amount for one in lines], aside) == ([150000, 1250], [])


@pytest.mark.parametrize(
    ("printed", "day", "marks"),
    [
        ("20240115", date(2024, 1, 15), ()),
        ("20240115233000.000[0:GMT]", date(2024, 1, 15), ()),
        ("20240115003000[-5:EST]", date(2024, 1, 15), ()),
        ("20240115120000.123[+5.30:IST]", date(2024, 1, 15), ()),
        ("20240230", None, ("date-not-real:booked",)),
        ("00000000", None, ("date-not-real:booked",)),
        ("15/01/2024", None, ("date-unreadable:15/01/2024:booked",)),
    ],
)
def test_no_zone_moves_a_day_and_a_day_that_is_none_is_empty(
    tmp_path: Path, printed: str, day: date | None, marks: tuple[str, ...]
) -> None:
    reading, (one,), _ = load(tmp_path, statement(line(day=printed)))
    assert (one.booked, one.marks, one.time) == (day, marks, "")
    assert f"DTPOSTED: {printed}" in one.parts
    assert [check.outcome for check in reading.checks if check.check == "dates"] == ["off" if marks else "ok"]


def test_no_opening_balance_is_printed_and_the_report_says_so(tmp_path: Path) -> None:
    after = "<LEDGERBAL><BALAMT>100.00<DTASOF>20240131</LEDGERBAL><AVAILBAL><BALAMT>900.00<DTASOF>20240131</AVAILBAL>"
    reading, _, _ = load(tmp_path, statement(line(), after=after))
    (total,) = [check for check in reading.checks if check.check == "sum"]
    assert (total.outcome, total.note) == ("not_stated", "no opening balance is printed")
    (made,) = [one for one in READER.read(opened(tmp_path / "a.ofx")) if isinstance(one, Statement)]
    assert (made.opening, made.closing, made.closing_date) == (None, 10000, date(2024, 1, 31))
    assert any("900.00" in mark for mark in made.marks), "what is available is told, and is no closing balance"


def test_an_available_balance_never_closes_a_statement(tmp_path: Path) -> None:
    load(tmp_path, statement(line(), after="<AVAILBAL><BALAMT>900.00<DTASOF>20240131</AVAILBAL>"))
    (made,) = [one for one in READER.read(opened(tmp_path / "a.ofx")) if isinstance(one, Statement)]
    assert made.closing is None


def test_a_closing_balance_of_a_later_day_than_the_lines_says_so(tmp_path: Path) -> None:
    load(tmp_path, statement(line(), after="<LEDGERBAL><BALAMT>1.00<DTASOF>20240205</LEDGERBAL>"))
    (made,) = [one for one in READER.read(opened(tmp_path / "a.ofx")) if isinstance(one, Statement)]
    assert (made.closing_date, made.period_to) == (date(2024, 2, 5), date(2024, 1, 31))
    assert "LEDGERBAL is of 2024-02-05, the lines end 2024-01-31" in made.marks


def test_lines_of_one_day_are_in_no_known_order_and_the_newest_first_are_turned(tmp_path: Path) -> None:
    _, lines, _ = load(tmp_path, statement(line("1", "A", day="20240105") + line("2", "B", day="20240103")))
    assert [(one.line, one.amount) for one in lines] == [(1, 200), (2, 100)]
    (made,) = [one for one in READER.read(opened(tmp_path / "a.ofx")) if isinstance(one, Statement)]
    assert (made.kind, made.marks[-2:]) == ("table", ("order-by-days", "unproven"))


def test_an_amount_against_its_type_keeps_its_sign_and_is_in_doubt(tmp_path: Path) -> None:
    reading, lines, _ = load(tmp_path, statement(line("5.00", kind="DEBIT") + line("-5.00", "F2", kind="CREDIT")))
    assert [one.amount for one in lines] == [500, -500]
    assert all(one.marks for one in lines)
    assert reading.status == "loaded-and-flagged"


def test_a_fitid_is_no_bank_reference_and_one_that_stands_twice_is_in_doubt(tmp_path: Path) -> None:
    reading, lines, _ = load(tmp_path, statement(line(fitid="77001") + line("-6.00", fitid="77001")))
    assert [one.bank_reference for one in lines] == ["", ""]
    assert [one.amount for one in lines] == [-500, -600], "both are kept"
    assert all("FITID stands twice: 77001" in one.marks for one in lines)
    assert reading.status == "loaded-and-flagged"


def test_one_fitid_in_two_accounts_is_no_doubt(tmp_path: Path) -> None:
    two = statement(line()).replace("</STMTTRNRS>", "</STMTTRNRS>" + "<STMTTRNRS><STMTRS><CURDEF>USD"
        + ACCOUNT.replace("18<", "26<") + f"<BANKTRANLIST>{line()}</BANKTRANLIST></STMTRS></STMTTRNRS>", 1)  # fmt: skip
    reading, lines, _ = load(tmp_path, two)
    assert [(one.account, one.marks) for one in lines] == [("4478820018", ()), ("4478820026", ())]
    assert reading.counts["statement"] == 2


def correction(action: str, of: str, fitid: str, amount: str = "-3.00") -> str:
    more = f"<CORRECTFITID>{of}<CORRECTACTION>{action}</STMTTRN>"
    return line(amount, fitid).replace("</STMTTRN>", more)


@pytest.mark.parametrize(
    ("body", "statuses"),
    [
        pytest.param(line() + correction("REPLACE", "F1", "F2"), ["info", "booked"], id="replaced"),
        pytest.param(line() + correction("DELETE", "F1", "F2"), ["info", "info"], id="deleted"),
        pytest.param(correction("REPLACE", "F1", "F2") + line(), ["booked", "info"], id="printed newest first"),
        pytest.param(correction("REPLACE", "F9", "F2"), ["booked"], id="the original is not held"),
        pytest.param(correction("DELETE", "F9", "F2"), ["info"], id="the deleted one is not held"),
        pytest.param(line() + correction("SOON", "F1", "F2"), ["booked", "booked"], id="no such action"),
        pytest.param(line() + line() + correction("REPLACE", "F1", "F2"), ["booked"] * 3, id="two lines have the FITID"),
        pytest.param(line() + correction("REPLACE", "F1", "F2") + correction("REPLACE", "F2", "F3"),
                     ["info", "info", "booked"], id="corrected twice"),
        pytest.param(correction("REPLACE", "F2", "F1") + correction("REPLACE", "F1", "F2"),
                     ["info", "booked"], id="a ring never withdraws all"),
    ],
)  # fmt: skip
def test_a_correction_withdraws_the_one_line_it_names_and_is_told(
    tmp_path: Path, body: str, statuses: list[str]
) -> None:
    reading, lines, _ = load(tmp_path, statement(body))
    assert [one.status for one in lines] == statuses
    assert reading.status == "loaded-and-flagged"
    assert len(lines) == reading.raw


def test_the_amount_is_in_the_line_s_own_currency_under_currency_only(tmp_path: Path) -> None:
    own = line().replace("</STMTTRN>", "<CURRENCY><CURRATE>1.27<CURSYM>GBP</CURRENCY></STMTTRN>")
    was = line("-6.00", "F2").replace("</STMTTRN>", "<ORIGCURRENCY><CURRATE>1.1<CURSYM>EUR</ORIGCURRENCY></STMTTRN>")
    reading, lines, _ = load(tmp_path, statement(own + was))
    assert [(one.currency, one.amount, one.original_currency, one.original_amount, one.rate) for one in lines] == [
        ("GBP", -500, "", None, "1.27"),
        ("USD", -600, "EUR", None, "1.1"),
    ]
    (check,) = [check for check in reading.checks if check.check == "currency"]
    assert check.outcome == "off"


def test_a_missing_currency_is_answered_never_assumed(tmp_path: Path) -> None:
    text = statement(line()).replace("<CURDEF>USD", "")
    _, lines, aside = load(tmp_path, text)
    assert (lines, [one.code for one in aside]) == ([], ["currency-not-stated"])
    _, lines, _ = load(tmp_path, text, currency="CHF")
    assert [(one.currency, one.amount) for one in lines] == [("CHF", -500)]


def test_without_a_currency_of_the_statement_each_line_s_own_is_enough_but_not_for_a_balance(tmp_path: Path) -> None:
    own = [
        line("-5.00", f"F{n}").replace("</STMTTRN>", f"<CURRENCY><CURRATE>1<CURSYM>{code}</CURRENCY></STMTTRN>")
        for n, code in enumerate(("GBP", "GBP", "EUR"))
    ]
    reading, lines, aside = load(tmp_path, statement("".join(own[:2]), currency=""))
    (made,) = reading.tables["statement"].to_pylist()
    assert (reading.status, made["currency"], [one.currency for one in lines]) == (
        "loaded-and-reconciled",
        "GBP",
        ["GBP"] * 2,
    )
    _, lines, _ = load(tmp_path, statement("".join(own), currency=""))
    assert [one.currency for one in lines] == ["GBP", "GBP", "EUR"]
    closing = "<LEDGERBAL><BALAMT>50.00<DTASOF>20240131</LEDGERBAL>"
    reading, lines, aside = load(tmp_path, statement("".join(own[:2]), currency="", after=closing))
    assert ([one.code for one in aside], len(lines)) == (["currency-not-stated"], 2)
    reading, _, aside = load(tmp_path, statement("".join(own[:2]), currency="", after=closing), currency="GBP")
    assert (aside, reading.tables["statement"].to_pylist()[0]["closing"]) == ([], 5000)


def test_a_pending_line_moves_no_balance(tmp_path: Path) -> None:
    pending = line().replace("STMTTRN>", "STMTTRNP>").replace("DTPOSTED", "DTTRAN")
    _, (one,), _ = load(tmp_path, statement("", after=f"<BANKTRANLISTP>{pending}</BANKTRANLISTP>"))
    assert (one.status, one.booked) == ("pending", date(2024, 1, 2))


@pytest.mark.parametrize("end", ["", "<BANKTRANLIST>", "<STMTTRN>"])
def test_a_record_cut_inside_its_amount_is_set_aside(tmp_path: Path, end: str) -> None:
    whole = statement(line("-10.00") + line("-1200.00", "F2"))
    cut = whole[: whole.index("-1200.00") + 3] + end
    reading, lines, aside = load(tmp_path, cut)
    assert [one.amount for one in lines] == [-1000], "minus twelve is no amount of this file"
    assert {one.code for one in aside} == {"not-closed"}
    assert [check.outcome for check in reading.checks if check.check == "complete"] == ["off"]


def test_two_lines_run_into_one_are_set_aside_and_the_rest_loads(tmp_path: Path) -> None:
    run = (line("-1.00", "A") + line("-2.00", "B")).replace("</STMTTRN>\n<STMTTRN>", "")
    _, lines, aside = load(tmp_path, statement(run + line("-3.00", "C")))
    assert ([one.amount for one in lines], [one.code for one in aside]) == ([-300], ["field-twice"])


def test_values_without_a_record_around_them_are_told(tmp_path: Path) -> None:
    loose = line("-1.00", "A") + line("-2.00", "B").replace("<STMTTRN>", "<STMTTRN")
    reading, lines, aside = load(tmp_path, statement(loose))
    assert [one.amount for one in lines] == [-100]
    assert {"-2.00", "B", "QX"} <= {one.raw for one in aside}
    assert reading.status == "loaded-and-flagged"


def test_an_account_that_begins_inside_another_s_statement_is_not_merged_with_it(tmp_path: Path) -> None:
    other = ACCOUNT.replace("18<", "26<") + f"<BANKTRANLIST>{line('-9.00')}"
    _, lines, aside = load(tmp_path, statement(line() + other))
    assert [(one.account, one.amount) for one in lines] == [("4478820018", -500)]
    assert [one.code for one in aside] == ["currency-not-stated"], "the currency of the other account is not its own"
    reading, lines, _ = load(tmp_path, statement(line() + other), currency="USD")
    assert [(one.account, one.amount) for one in lines] == [("4478820018", -500), ("4478820026", -900)]
    assert reading.status == "loaded-and-flagged"


def test_markup_that_is_text_stays_text(tmp_path: Path) -> None:
    memo = "<MEMO>A&B &amp;lt; a < b & <3 &#8364; &#1; &copy= <![CDATA[<STMTTRN>]]><!-- <STMTTRN> --></STMTTRN>"
    reading, (one,), aside = load(tmp_path, statement(line().replace("</STMTTRN>", memo)))
    assert one.details == "A&B &lt; a < b & <3 € &#1; &copy= <STMTTRN>"
    assert (reading.raw, aside) == (1, [])


def test_unknown_and_empty_elements_cost_nothing(tmp_path: Path) -> None:
    odd = line().replace("<NAME>", "<X.NEW>kept<MEMO>\n<SIC></SIC><NAME>").lower()
    _, (one,), _ = load(tmp_path, statement(odd))
    assert (one.counterparty, one.amount, one.details) == ("qx", -500, "")
    assert "X.NEW: kept" in one.parts


@pytest.mark.parametrize(
    "name", ["BUYSTOCK", "INCOME", "JRNLFUND", "SPLIT", "TRANSFER", "PMTRS", "CLOSING", "LOANSTMTTRN"]
)
def test_what_is_no_cash_posting_is_set_aside_with_its_reason(tmp_path: Path, name: str) -> None:
    body = f"<{name}><INVTRAN><FITID>1<DTTRADE>20240101</INVTRAN><TOTAL>-9.00<TRNAMT>-9.00</{name}>"
    reading, lines, aside = load(tmp_path, statement(body + line()))
    assert [one.amount for one in lines] == [-500]
    assert [(one.raw, one.message[-1]) for one in aside] == [(body, ".")]
    assert (reading.raw, reading.tally.set_aside) == (2, 1)


def test_a_server_s_refusal_is_told(tmp_path: Path) -> None:
    status = "<STATUS><CODE>2003<SEVERITY>ERROR<MESSAGE>Account not found</STATUS>"
    with pytest.raises(UnreadableExhibit, match="without a statement") as refused:
        list(READER.read(opened(put(tmp_path, f"{HEAD}<OFX><BANKMSGSRSV1><STMTTRNRS>{status}</OFX>"))))
    assert "the server answered ERROR" in str(refused.value)


@pytest.mark.parametrize(
    ("declared", "written", "name"),
    [
        ("CHARSET:1252", "cp1252", "Müller"),
        ("CHARSET:1252", "utf-8", "Müller"),
        ("CHARSET:1251", "cp1251", "Дом"),
        ("CHARSET:ISO-8859-1", "latin-1", "Müller"),
        ("CHARSET:NONE", "utf-8", "北码头"),
        ("CHARSET:NONE", "utf-16", "北码头"),
    ],
)
def test_the_charset_of_the_header_is_used_unless_the_bytes_are_utf_8(
    tmp_path: Path, declared: str, written: str, name: str
) -> None:
    text = statement(line().replace("QX", name)).replace("CHARSET:1252", declared)
    _, (one,), _ = load(tmp_path, text.encode(written))
    assert one.counterparty == name


@pytest.mark.parametrize(
    "inside",
    ['<!DOCTYPE OFX [<!ENTITY b "9999">]>', '<!doctype OFX SYSTEM "file:///x">', '<!ENTITY % a SYSTEM "http://x">'],
)
def test_a_document_type_is_refused(tmp_path: Path, inside: str) -> None:
    source = opened(put(tmp_path, f'<?xml version="1.0"?>\n{inside}\n' + statement(line("&b;"))[len(HEAD) :]))
    assert READER.claims(source)
    with pytest.raises(UnreadableExhibit, match="document type"):
        list(READER.read(source))


def test_an_entity_nobody_declared_is_never_resolved(tmp_path: Path) -> None:
    _, lines, aside = load(tmp_path, statement(line("&b;") + line(fitid="&lol9;")))
    assert ([one.amount for one in lines], [one.code for one in aside]) == ([-500], ["amount-not-a-number"])
    assert "FITID: &lol9;" in lines[0].parts


def test_a_huge_record_on_one_line_is_set_aside_and_the_rest_loads(tmp_path: Path) -> None:
    huge = line(fitid="F0").replace("</STMTTRN>", "<MEMO>" + "x" * (FIELD_CAP + 1) + "</STMTTRN>")
    text = statement(huge + line()).replace("\n", " ").replace("OFXHEADER:100 ", "OFXHEADER:100\n")
    _, lines, aside = load(tmp_path, text)
    assert ([one.amount for one in lines], [one.code for one in aside]) == ([-500], ["too-long"])
    assert len(aside[0].raw) == FIELD_CAP


@pytest.mark.parametrize(
    "piece", ["<!--", "<![CDATA[", "<?", "<STMTTRN ", "<A", "&", "</STMTTRN>", "<STMTTRN>", "<a b "]
)
def test_a_megabyte_of_openings_is_read_at_once(tmp_path: Path, piece: str) -> None:
    text = statement(line()).replace("</BANKTRANLIST>", piece * (300_000 // len(piece)))
    source = opened(put(tmp_path, text))
    assert read_exhibit(source, READER).checks[0].outcome == "ok"


def test_a_file_beyond_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = put(tmp_path, statement(line()))
    source = opened(path)
    with path.open("r+b") as file:
        file.truncate(2_000_000_001)  # sparse: nothing is written
    with pytest.raises(UnreadableExhibit, match="2 GB"):
        READER.count(source)


@pytest.mark.parametrize(
    ("text", "is_ours"),
    [
        ("OFXHEADER:100\nDATA:OFXSGML\n\n<OFX>", True),
        ('<?xml version="1.0"?><?OFX OFXHEADER="200"?><OFX><A>', True),
        ("DATA:OFXSGML\nENCODING:UTF-8\n<OFX>\n <SIGNONMSGSRSV1>", True),
        ("\ufeff<ofx>\n<signonmsgsrsv1>", True),
        ("Read the <OFX> files with care", False),
        ("Use this\n<OFX><A> as sample", False),
        ("<Document><OFX2><A>", False),
        ("!Type:Bank\n", False),
        ("", False),
    ],
)
def test_a_file_is_claimed_by_what_it_holds(tmp_path: Path, text: str, is_ours: bool) -> None:
    assert READER.claims(opened(put(tmp_path, text))) == is_ours


# --- written and read back, damaged, and whatever bytes come ------------------------------------------------------

words = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp", "Zs"]), min_size=1, max_size=20
)
lines_written = st.lists(
    st.tuples(st.integers(-(10**12), 10**12), st.dates(date(1990, 1, 1), date(2030, 1, 1)), words, words), max_size=8
)


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written=lines_written, xml=st.booleans(), comma=st.booleans())
def test_what_is_written_is_read_back(tmp_path: Path, written: list[Any], xml: bool, comma: bool) -> None:
    def leaf(name: str, value: str) -> str:
        return f"<{name}>{value}</{name}>" if xml else f"<{name}>{value}\n"

    def shown(units: int) -> str:
        return major(units, "EUR").replace(".", "," if comma else ".")

    body = "".join(
        "<STMTTRN>" + leaf("TRNTYPE", "OTHER") + leaf("DTPOSTED", f"{day:%Y%m%d}") + leaf("TRNAMT", shown(units))
        + leaf("FITID", str(n)) + leaf("NAME", escaped(name)) + leaf("MEMO", escaped(memo)) + "</STMTTRN>"
        for n, (units, day, name, memo) in enumerate(written)
    )  # fmt: skip
    text = statement(body, "EUR").replace("CHARSET:1252", "CHARSET:NONE")
    _, lines, aside = load(tmp_path, ('<?xml version="1.0" encoding="UTF-8"?>' + text[len(HEAD) :]) if xml else text)
    assert aside == []
    found = sorted((one.cite.locator, one.amount, one.booked, one.counterparty, one.details) for one in lines)
    expected = [(units, day, name, memo) for units, day, name, memo in written]
    assert sorted(one[1:] for one in found) == sorted(expected)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_damaged_files_lose_no_record_and_never_crash(path: Path, tmp_path: Path) -> None:
    rng, data = random.Random(path.name), path.read_bytes()
    for _ in range(200):
        broken = bytearray(data)
        for _ in range(rng.randrange(1, 5)):
            at = rng.randrange(len(broken))
            way = rng.randrange(3)
            if way == 0:
                broken[at] = rng.randrange(256)
            elif way == 1:
                del broken[at : at + rng.randrange(1, 90)]
            else:
                broken[at:at] = broken[at : at + rng.randrange(1, 200)]
        if rng.random() < 0.3:
            del broken[rng.randrange(len(broken)) :]
        # CheckFailed (a record lost or doubled) fails the test as it is raised.
        with contextlib.suppress(UnreadableExhibit):
            assert read_exhibit(opened(put(tmp_path, bytes(broken))), READER).checks[0].outcome == "ok"


PIECES = st.sampled_from(
    ["<STMTTRN>", "</STMTTRN>", "<TRNAMT>", "-5.00", "<DTPOSTED>20240101", "<FITID>1", "<STMTRS>", "</STMTRS>", "<CURDEF>USD",
     "<BANKACCTFROM>", "<ACCTID>1", "<BUYSTOCK>", "</BUYSTOCK>", "<PAYEE>", "<NAME>x", "<!--", "-->", "<![CDATA[", "]]>", "<?", "?>",
     "&amp;", "&#x0;", "<OFX>", "</OFX>", "<INTRARS>", "</INTRARS>", "<LEDGERBAL>", "<BALAMT>1", "<CORRECTFITID>1",
     "<CORRECTACTION>DELETE", "<ACCTINFORS>", "<STMTTRN/>", "\n", "<", ">", "/"]
)  # fmt: skip


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.lists(st.one_of(PIECES, st.text(max_size=4)), max_size=60))
def test_whatever_stands_in_the_body_is_accounted_for(tmp_path: Path, body: list[str]) -> None:
    source = opened(put(tmp_path, (HEAD + "<OFX>" + "".join(body)).encode("utf-8", "surrogatepass")))
    with contextlib.suppress(UnreadableExhibit):
        reading = read_exhibit(source, READER)
        assert reading.raw == reading.tally.records
        assert len({one.cite.locator for one in READER.read(source)}) == sum(1 for _ in READER.read(source))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=400))
def test_any_bytes_end_in_a_reading_or_a_sentence(tmp_path: Path, data: bytes) -> None:
    with contextlib.suppress(TracerError):
        read_exhibit(opened(put(tmp_path, HEAD.encode() + b"<OFX>" + data)), READER)


@pytest.mark.parametrize("missing", range(1, 9))
def test_a_file_that_ends_in_its_balance_has_none(tmp_path: Path, missing: int) -> None:
    text = statement(line("12.00"), after="<LEDGERBAL><DTASOF>20240131<BALAMT>12000.50")
    whole = text[: text.index("12000.50") + 8]
    source = opened(put(tmp_path, whole[:-missing]))
    reading = read_exhibit(source, READER)
    held = [one for one in READER.read(source) if isinstance(one, Statement)]
    assert [(one.closing, reading.status) for one in held] == [(None, "loaded-and-flagged")]
    assert [one.amount for one in READER.read(source) if isinstance(one, Posting)] == [1200]


def test_a_file_without_any_end_tag_of_a_record_is_read_and_in_doubt(tmp_path: Path) -> None:
    lines = (line("10.00") + line("-2345.67", "F2")).replace("</STMTTRN>", "")
    reading, postings, rejects = load(tmp_path, statement(lines))
    assert ([one.amount for one in postings], rejects, reading.status) == ([1000, -234567], [], "loaded-and-flagged")
    cut = statement(lines).partition("-2345.6")
    _, postings, rejects = load(tmp_path, cut[0] + cut[1])
    assert ([one.amount for one in postings], [one.code for one in rejects]) == ([1000], ["not-closed"])


@pytest.mark.parametrize(
    ("shown", "on"),
    [
        ("20240105120000.000[-5:EST]", date(2024, 1, 5)),
        ("20240105235959.999[+5.30:IST]", date(2024, 1, 5)),
        ("2024010512", date(2024, 1, 5)),
        ("2024-01-05T23:59:59Z", date(2024, 1, 5)),
        ("20240105 12:00", date(2024, 1, 5)),
        ("05/01/2024", None),
        ("05012024", None),
        ("00240105", None),
        ("2024-0105", None),
    ],
)
def test_a_day_is_read_year_first_or_not_at_all(tmp_path: Path, shown: str, on: date | None) -> None:
    _, (one,), _ = load(tmp_path, statement(line(day=shown)))
    assert (one.booked, one.amount, bool(one.marks)) == (on, -500, on is None)


def test_a_balance_from_before_the_last_line_closes_nothing(tmp_path: Path) -> None:
    after = "<LEDGERBAL><BALAMT>100.00<DTASOF>20240103</LEDGERBAL>"
    for day, closing in (("20240104", None), ("20240103", 10_000)):
        source = opened(put(tmp_path, statement(line() + line("7.00", "F2", day=day), after=after)))
        (held,) = [one for one in READER.read(source) if isinstance(one, Statement)]
        assert held.closing == closing


@pytest.mark.parametrize(("currency", "amount"), [("USD", -123450), ("EUR", None)])
def test_a_dollar_sign_is_read_in_a_dollar_account_only(tmp_path: Path, currency: str, amount: int | None) -> None:
    _, postings, _ = load(tmp_path, statement(line("-$1,234.50"), currency))
    assert [one.amount for one in postings] == ([] if amount is None else [amount])


def test_the_periods_of_a_401k_are_not_the_period_of_its_lines(tmp_path: Path) -> None:
    """OFX section 13: INV401KSUMMARY sums contributions over periods of its own, each with DTSTART and DTEND."""
    sums = "".join(
        f"<{name}><DTSTART>{start}<DTEND>20240630<CONTRIBUTIONS><TOTAL>{total}</CONTRIBUTIONS></{name}>"
        for name, start, total in (
            ("YEARTODATE", "20240101", "600.00"),
            ("INCEPTODATE", "20190501", "9000.00"),
            ("PERIODTODATE", "20240401", "300.00"),
        )
    )
    account = "<INVACCTFROM><BROKERID>QX.EXAMPLE<ACCTID>K401-77</INVACCTFROM>"
    listed = (
        "<INVTRANLIST><DTSTART>20240401<DTEND>20240630<INVBANKTRAN>"
        + line(day="20240502")
        + "<SUBACCTFUND>CASH</INVBANKTRAN></INVTRANLIST>"
    )
    plan = f"<INV401K><EMPLOYERNAME>QX LTD<VESTINFO><VESTDATE>20250101</VESTINFO><INV401KSUMMARY>{sums}</INV401KSUMMARY></INV401K>"
    balance = "<INV401KBAL><CASHBAL>5.00<TOTAL>9005.00</INV401KBAL>"
    body = f"<INVSTMTRS><DTASOF>20240630<CURDEF>USD{account}{listed}{plan}{balance}</INVSTMTRS>"
    text = f"{HEAD}<OFX><INVSTMTMSGSRSV1><INVSTMTTRNRS>{body}</INVSTMTTRNRS></INVSTMTMSGSRSV1></OFX>"
    reading, (posting,), rejects = load(tmp_path, text)
    (kept,) = [one for one in READER.read(opened(tmp_path / "a.ofx")) if isinstance(one, Statement)]
    assert (kept.account, kept.period_from, kept.period_to) == ("K401-77", date(2024, 4, 1), date(2024, 6, 30))
    assert (posting.amount, rejects) == (-500, [])
    assert [mark for mark in kept.marks if "stands twice" in mark] == []
    for told in ("YEARTODATE_DTSTART: 20240101", "INCEPTODATE_DTSTART: 20190501", "INV401KBAL_TOTAL: 9005.00"):
        assert any(told in mark for mark in kept.marks), told
    assert reading.status == "loaded-and-reconciled"

"""BAI2: continuation inside a triple, funds types, sides by type code, and control figures at three levels."""

import contextlib
import hashlib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import bai2, mt940, pacs, table
from tests.connectors.goldens import FIXTURES
from tracer.ingest import Source
from tracer.ingest.reading import Reading, read_exhibit
from tracer.model import Exhibit, Posting, Reject, Statement, UnreadableExhibit

CONNECTOR = bai2.CONNECTOR
GOLDEN = FIXTURES / "bai2" / "two_groups.bai"


def opened(path: Path) -> Source:
    data = path.read_bytes()
    return Source.open(
        Exhibit(hashlib.sha256(data).hexdigest(), "-", path.name, len(data), "EV", "", "2026-01-01", "", "", ""), path
    )


def source(path: Path, text: str) -> Source:
    path.write_bytes(text.encode())
    return opened(path)


def report(*lines: str, status: str = "1", currency: str = "USD", head: str = "") -> str:
    """A file of one group and one account, with no control records, and these lines below its 03."""
    account = head or f"03,7001,{currency},010,1000,,,015,1000,,/"
    return "\n".join(
        [
            "01,QXNBUS33,QXSGSGSG,240318,0700,1,80,,2/",
            f"02,QXSGSGSG,026099998,{status},240315,2400,,2/",
            account,
            *lines,
        ]
    )


def items(path: Path, text: str) -> tuple[Statement, list[Posting], list[Reject]]:
    found = list(CONNECTOR.read(source(path, text)))
    (statement,) = [one for one in found if isinstance(one, Statement)]
    return (
        statement,
        [one for one in found if isinstance(one, Posting)],
        [one for one in found if isinstance(one, Reject)],
    )


def checked(reading: Reading) -> list[tuple[str, str, int | None, int | None]]:
    """Every control figure: name, outcome, printed, found."""
    return [
        (one.cite.locator.partition("#control-")[2], one.outcome, one.expected, one.found)
        for one in reading.checks
        if "#control-" in one.cite.locator
    ]


def outcomes(reading: Reading) -> set[str]:
    return {outcome for _, outcome, _, _ in checked(reading)}


def off(reading: Reading) -> set[str]:
    return {name for name, outcome, _, _ in checked(reading) if outcome == "off"}


def test_the_golden_file_ties_in_every_figure():
    reading = read_exhibit(opened(GOLDEN), CONNECTOR)
    assert (reading.raw, reading.tally.records, reading.tally.set_aside) == (8, 8, 1)
    assert {one.outcome for one in reading.checks if one.check == "sum"} == {"ok"}
    assert outcomes(reading) == {"ok"}


@pytest.mark.parametrize(
    ("code", "amount"),
    [("100", 5), ("195", 5), ("399", 5), ("400", -5), ("495", -5), ("699", -5)],
)
def test_the_type_code_says_the_side(tmp_path, code, amount):
    _, (posting,), _ = items(tmp_path / "a.bai", report(f"16,{code},5,Z,,,TEXT/"))
    assert (posting.amount, posting.type_code, posting.booked) == (amount, code, date(2024, 3, 15))


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("16,721,5,,,,LOAN/", "side-not-stated"),
        ("16,920,5,,,,THE BANK'S OWN CODE/", "side-not-stated"),
        ("16,890,,,,,A TEXT/", "no-amount"),
        ("16,040,5,,,,A STATUS/", "side-not-stated"),
        ("16,195,-5,,,,/", "sign-contradicts"),
        ("16,195,5.00,,,,/", "amount-unreadable"),
        ("16,195,9223372036854775808,,,,/", "amount-unreadable"),
        ("16,19,5,,,,/", "type-unreadable"),
        ("16,195,5,X,1,2,/", "funds-unreadable"),
        ("16,195,5,D,many,2,/", "funds-unreadable"),
    ],
)
def test_a_line_whose_figure_or_side_is_not_stated_is_set_aside_with_its_text(tmp_path, line, code):
    _, postings, (reject,) = items(tmp_path / "a.bai", report(line))
    assert (postings, reject.code, reject.raw, reject.field) == ([], code, line, "16")


@pytest.mark.parametrize(
    ("funds", "shown", "value_date"),
    [
        ("", "", None),
        ("0", "0", None),
        ("V,240318,1200", "V,240318,1200", date(2024, 3, 18)),
        ("V,240230,", "V,240230", None),
        ("S,1,2,3", "S,1,2,3", None),
        ("D,2,0,4,1,2", "D,2,0,4,1,2", None),
    ],
)
def test_a_funds_type_takes_the_fields_that_are_its_own(tmp_path, funds, shown, value_date):
    _, (posting,), _ = items(tmp_path / "a.bai", report(f"16,195,6,{funds},BANK1,CUST1,A, B/C, D/"))
    assert (posting.bank_reference, posting.owner_reference, posting.details) == ("BANK1", "CUST1", "A, B/C, D")
    assert posting.value_date == value_date
    assert [part for part in posting.parts if part.startswith("funds")] == ([f"funds type {shown}"] if shown else [])
    assert ("date-does-not-exist:240230" in posting.marks) == ("240230" in funds)


@settings(max_examples=100)
@given(st.data())
def test_a_line_may_be_cut_behind_any_field(tmp_path_factory, data):
    fields = ["195", "6", "D", "2", "0", "4", "1", "2", "BANK1", "CUST1"]
    cuts = data.draw(st.sets(st.integers(1, len(fields))))
    lines, held = [], []
    for place, value in enumerate(fields, 1):
        held.append(value)
        if place in cuts:
            lines.append(",".join(held) + "/")
            held = []
    lines.append(",".join([*held, "SOME, TEXT/HERE"]) + "/")
    text = "\n".join(("16," if not n else "88,") + line for n, line in enumerate(lines))
    path = tmp_path_factory.mktemp("b") / "a.bai"
    _, (posting,), rejects = items(path, report(text))
    assert (posting.amount, posting.bank_reference, posting.owner_reference) == (6, "BANK1", "CUST1")
    assert (posting.details, rejects) == ("SOME, TEXT/HERE", [])


@pytest.mark.parametrize("end", [",,,", ",,,/", ",,/", ",,"])
def test_commas_behind_the_last_status_of_a_line_are_no_status(tmp_path, end):
    head = f"03,7001,USD,010,1000{end}\n88,015,1600{end}\n88,100,600,1,/"
    statement, (posting,), rejects = items(tmp_path / "a.bai", report("16,195,600,,B,C,T/", head=head))
    assert (statement.opening, statement.closing, statement.total_credit, statement.count_credit) == (
        1000,
        1600,
        600,
        1,
    )
    assert (posting.amount, rejects) == (600, [])


def test_digits_that_a_continuation_may_go_on_with_are_no_figure(tmp_path):
    head = "03,7001,USD,010,100000,,,015,1600\n88,00,,/"
    lines = ["16,195,600", "88,00,0,B,C,T/", "16,195,600/", "88,,B,C,T/", "16,195,600", "88,,B,C,T/"]
    statement, postings, rejects = items(tmp_path / "a.bai", report(*lines, head=head))
    assert (statement.opening, statement.closing) == (100_000, None)  # 16.00 and 1,600.00 are both possible
    assert [one.amount for one in postings] == [600, 600]  # ended by a slash; or nothing follows that could be a digit
    assert [(one.code, one.field) for one in rejects] == [("amount-cut", "03 type 015"), ("amount-cut", "16")]


def test_a_control_sum_without_signs_proves_the_amounts_and_says_so(tmp_path):
    head = "03,7001,USD,010,-1000,,,015,-400,,/"
    ends = ["49,{},3/", "98,2000,1,5/", "99,2000,1,7/"]
    for printed, is_told in (("+00002000", True), ("-800", False)):
        path = tmp_path / "a.bai"
        text = report("16,195,600,,B,C,T/", *ends, head=head).format(printed)
        statement, _, _ = items(path, text)
        reading = read_exhibit(opened(path), CONNECTOR)
        assert off(reading) == (set() if is_told else {"98-amounts"})
        assert ("field 49: the figure sums the amounts without their signs" in statement.marks) is is_told


@pytest.mark.parametrize(
    ("account", "group", "currency"),
    [("JPY", "EUR", "JPY"), ("", "EUR", "EUR"), ("", "", "USD")],
)
def test_the_currency_is_the_accounts_else_the_groups_else_the_dollar(tmp_path, account, group, currency):
    text = report("16,195,500,,,,/", currency=account).replace("2400,,2", f"2400,{group},2")
    statement, (posting,), _ = items(tmp_path / "a.bai", text)
    # amounts are in the currency's own minor unit: 500 yen are 500, and 500 cents are 500
    assert (statement.currency, posting.currency, posting.amount, statement.opening) == (currency, currency, 500, 1000)
    assert any(mark.startswith("no currency") for mark in statement.marks) == (not account and not group)


def test_an_unknown_currency_gives_no_figure(tmp_path):
    statement, postings, (reject,) = items(tmp_path / "a.bai", report("16,195,500,,,,/", currency="QQQ"))
    assert (statement.opening, postings, reject.code) == (None, [], "currency-unknown")


@pytest.mark.parametrize(("status", "booked"), [("1", "booked"), ("2", "info"), ("3", "booked"), ("4", "info")])
def test_a_deletion_or_a_test_books_nothing(tmp_path, status, booked):
    statement, (posting,), _ = items(tmp_path / "a.bai", report("16,195,500,,,,/", status=status))
    assert posting.status == booked
    assert any(mark.startswith("group status") for mark in statement.marks) == (status != "1")


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("49,+2100000,8/", "49,2100001,8/", "49-amounts"),
        ("49,+2100000,8/", "49,2100000,9/", "49-records"),
        ("98,2107000,2,14/", "98,2107000,3,14/", "98-accounts"),
        ("99,2106995,2,23/", "99,2106995,3,23/", "99-groups"),
        ("99,2106995,2,23/", "99,2106995,2,22/", "99-records"),
        ("99,2106995,2,23/", "99,1,2,23/", "99-amounts"),
    ],
)
def test_a_control_figure_that_is_off_is_told_with_both_figures(tmp_path, old, new, name):
    text = GOLDEN.read_text("utf-8")
    assert old in text
    reading = read_exhibit(source(tmp_path / "a.bai", text.replace(old, new)), CONNECTOR)
    assert name in off(reading)
    # a total printed wrong at one level is what the next level sums, so only that next level may be off beside it
    assert off(reading) <= {name, "98-amounts"}
    assert reading.status == "loaded-and-flagged"


def test_a_line_lost_on_the_way_is_told_by_every_figure_above_it(tmp_path):
    lines = GOLDEN.read_text("utf-8").splitlines()
    lost = next(n for n, line in enumerate(lines) if line.startswith("16,195"))
    reading = read_exhibit(source(tmp_path / "a.bai", "\n".join(lines[:lost] + lines[lost + 1 :])), CONNECTOR)
    assert off(reading) == {"49-amounts", "49-records", "98-records", "99-records"}
    assert "off" in {one.outcome for one in reading.checks if one.check == "sum"}


@pytest.mark.parametrize(("cut", "missing"), [("49,", 3), ("98,", 2), ("99,", 1)])
def test_a_file_cut_short_says_which_control_records_are_missing(tmp_path, cut, missing):
    text = GOLDEN.read_text("utf-8")
    reading = read_exhibit(source(tmp_path / "a.bai", text[: text.rindex(f"\n{cut}") + 1]), CONNECTOR)
    (note,) = {one.note for one in reading.checks if one.check == "complete"}
    assert (note.count("no control record"), reading.status) == (missing, "loaded-and-flagged")


def test_daily_files_glued_together_are_each_checked_for_themselves(tmp_path):
    text = GOLDEN.read_text("utf-8")
    reading = read_exhibit(source(tmp_path / "a.bai", text + text.replace("240315", "240316")), CONNECTOR)
    assert (reading.raw, reading.counts["statement"], reading.counts["posting"]) == (16, 6, 14)
    assert outcomes(reading) == {"ok"}


def test_text_and_records_out_of_place_are_set_aside(tmp_path):
    text = "16,195,1,,,,BEFORE/\n" + report("16,195,1,,,,IN/", "49,2001,3/", "16,495,1,,,,BEHIND/", "PAGE 2 OF 3")
    taken = source(tmp_path / "a.bai", text)
    reading = read_exhibit(taken, CONNECTOR)
    assert (reading.raw, reading.tally.set_aside, reading.tally.parts) == (3, 2, 1)
    assert sorted(one.code for one in reading.rejects) == [
        "record-out-of-place",
        "record-out-of-place",
        "text-outside-records",
    ]


def test_a_bai_file_is_claimed_by_no_other_reader(tmp_path):
    taken = opened(GOLDEN)
    assert CONNECTOR.claims(taken)
    assert not any(other.CONNECTOR.claims(taken) for other in (mt940, pacs, table))
    assert not CONNECTOR.claims(source(tmp_path / "a.csv", "01,02,03\n1,2,3\n"))


DETAIL = st.tuples(
    st.sampled_from(["195", "115", "399", "400", "495", "699"]),
    st.integers(0, 2**53),
    st.text("ABC123", max_size=12),
    st.text("ABC /,.:-", max_size=30).map(str.strip),
)


def written(accounts: list[list[tuple[str, int, str, str]]]) -> str:
    """Write one group of accounts with balances and control records that tie."""
    lines, totals = [], []
    for number, details in enumerate(accounts):
        moved = sum(amount if code < "400" else -amount for code, amount, _, _ in details)
        lines.append(f"03,A{number},EUR,010,0,,,015,{moved},,/")
        lines += [f"16,{code},{amount},,{ref},,{text}/" for code, amount, ref, text in details]
        totals.append(moved + sum(amount for _, amount, _, _ in details))
        lines.append(f"49,{totals[-1]},{len(details) + 2}/")
    total = sum(totals)
    head = ["01,BANK,OWNER,240318,0700,1,,,2/", "02,OWNER,026099998,1,240315,,,2/"]
    return "\n".join(
        [*head, *lines, f"98,{total},{len(accounts)},{len(lines) + 2}/", f"99,{total},1,{len(lines) + 4}/"]
    )


@settings(max_examples=100)
@given(st.lists(st.lists(DETAIL, max_size=5), min_size=1, max_size=4))
def test_what_is_written_is_read_back_and_every_figure_ties(tmp_path_factory, accounts):
    path = tmp_path_factory.mktemp("b") / "a.bai"
    reading = read_exhibit(source(path, written(accounts)), CONNECTOR)
    postings = [one for one in CONNECTOR.read(opened(path)) if isinstance(one, Posting)]
    assert [(p.account, p.type_code, abs(p.amount), p.bank_reference) for p in postings] == [
        (f"A{n}", code, amount, ref) for n, details in enumerate(accounts) for code, amount, ref, _ in details
    ]
    assert all((p.amount < 0) == (p.type_code >= "400") for p in postings if p.amount)
    assert {one.outcome for one in reading.checks if one.check in {"sum", "control_total"}} == {"ok"}


@settings(max_examples=300)
@given(st.data())
def test_damage_never_crashes_and_never_loses_count(tmp_path_factory, data):
    whole = bytearray(GOLDEN.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(whole) - 1))
        cut = data.draw(st.integers(0, 30))
        whole[at : at + cut] = data.draw(st.text("0123456789,/-\r\n+SVDZ\x00é", max_size=8)).encode()
        whole = whole or bytearray(b"01,")
    path = tmp_path_factory.mktemp("b") / "a.bai"
    path.write_bytes(bytes(whole))
    with contextlib.suppress(UnreadableExhibit):
        reading = read_exhibit(opened(path), CONNECTOR)
        assert reading.checks[0].outcome == "ok"


def test_the_public_samples_tie_at_every_level(corpora):
    """moov-bai2/SOURCE.md: 17 details in 2 accounts, 4 in 5; file totals 1,280,000 and 345,450,000."""
    found = {}
    for name in ("sample1.txt", "sample2.txt"):
        reading = read_exhibit(opened(corpora / "moov-bai2" / name), CONNECTOR)
        controls = {figure: found for figure, _, _, found in checked(reading)}
        assert outcomes(reading) == {"ok"}
        found[name] = (reading.raw, reading.counts["statement"], controls["99-amounts"], controls["99-records"])
    assert found == {"sample1.txt": (17, 2, 1_280_000, 27), "sample2.txt": (4, 5, 345_450_000, 31)}


@pytest.mark.parametrize(
    "head",
    [
        "01,QXNBUS33,QXSGSGSG,240318,0700,FILE1,,,/",
        "01, QXNBUS33 ,QXSGSGSG, 240318, 0700,1, 80 ,, 2 /",
        "01,QXNBGB2L,9876543,100215,14:59:35,2215,,,2/",
        "01,QXNBUS33,QXSGSGSG,20240318,0700,1,,,2/",
    ],
)
def test_a_header_without_a_version_or_with_padded_fields_is_claimed(tmp_path: Path, head: str) -> None:
    text = report("16,495,1000,,REF1,,OUT/").replace("01,QXNBUS33,QXSGSGSG,240318,0700,1,80,,2/", head)
    taken = source(tmp_path / "a.bai", text.replace("03,7001,USD,010,", "03, 7001 , USD , 010, "))
    assert CONNECTOR.claims(taken)
    (statement, posting) = (one for one in CONNECTOR.read(taken) if not isinstance(one, Reject))
    assert isinstance(posting, Posting | Statement)
    assert {(one.account, one.currency) for one in (statement, posting)} == {("7001", "USD")}


def test_a_header_of_the_version_after_it_is_not_claimed(tmp_path: Path) -> None:
    assert not CONNECTOR.claims(source(tmp_path / "a.bai", report().replace(",80,,2/", ",80,,3/")))


@pytest.mark.parametrize(
    ("lines", "references", "text", "is_open"),
    [
        (("16,195,10000,0,BANK,CUST,PAYER", "88,MORE"), ("BANK", "CUST"), "PAYER MORE", False),
        (("16,195,10000,0,BANK,CUST,", "88,PAYER"), ("BANK", "CUST"), "PAYER", False),
        (("16,195,10000,0,BANK,CUST/", "88,PAYER"), ("BANK", "CUST"), "PAYER", False),
        (("16,195,10000,0,BANK,,", "88,PAYER"), ("BANK", ""), "PAYER", False),
        (("16,195,10000,0,BANK,/", "88,PAYER"), ("BANK", ""), "PAYER", False),
        (("16,195,10000,0,BANK/", "88,CUST,PAYER"), ("BANK", "CUST"), "PAYER", False),
        (("16,195,10000,0,BANK,", "88,CUST,PAYER"), ("BANK", ""), "CUST,PAYER", True),
        (("16,195,10000,0,", "88,BANK,CUST,PAYER"), ("", ""), "BANK,CUST,PAYER", True),
        (("16,195,10000,", "88,V,240317,,BANK,CUST,PAYER"), ("", ""), "V,240317,,BANK,CUST,PAYER", True),
    ],
)
def test_a_comma_that_ends_a_line_before_its_references_shifts_none(
    tmp_path: Path, lines: tuple[str, ...], references: tuple[str, str], text: str, is_open: bool
) -> None:
    _, (line,), rejects = items(tmp_path / "x.bai", report(*lines))
    assert rejects == []
    assert (line.amount, (line.bank_reference, line.owner_reference), line.details) == (10000, references, text)
    assert any(mark.startswith("references not told apart") for mark in line.marks) is is_open


def test_a_status_amount_without_a_type_is_told(tmp_path: Path) -> None:
    _, _, rejects = items(tmp_path / "x.bai", report("88,,,015,2000,,/", head="03,7001,USD,010,1000,"))
    assert [one.code for one in rejects] == ["type-missing"]

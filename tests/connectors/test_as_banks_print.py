"""Statements and payments as banks of several countries print them, each with what a person reads in it."""

from datetime import date
from pathlib import Path

import pytest

from connectors import mt940, mt_payments
from tests.connectors.tables import source
from tracer.ingest.narrative import narrative
from tracer.ingest.reading import read_exhibit
from tracer.model import Message, Posting, Reject, Statement

STATEMENT = ":20:S1\n:25:4711\n:28C:3/1\n:60F:C240301EUR1000,00\n{lines}\n:62F:C240331EUR{closing}\n-\n"


def postings(folder: Path, text: str) -> tuple[list[Posting], str]:
    made = source(folder, "a.sta", text)
    assert mt940.CONNECTOR.claims(made)
    reading = read_exhibit(made, mt940.CONNECTOR)
    return [one for one in mt940.CONNECTOR.read(made) if isinstance(one, Posting)], reading.status


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
@pytest.mark.parametrize("at", range(6))
def test_one_odd_line_end_loses_no_field(tmp_path: Path, at: int, end: str) -> None:
    lines = STATEMENT.format(lines=":61:2403050305D200,00NTRFA\n:86:x", closing="800,00").splitlines()
    text = "".join(one + ("\r" if n == at else end) for n, one in enumerate(lines))
    made = source(tmp_path, "a.sta", text)
    held = [one for one in mt940.CONNECTOR.read(made) if isinstance(one, Statement)]
    assert [(one.number, one.page, one.opening, one.closing) for one in held] == [("3", "1", 100_000, 80_000)]
    (one,), status = postings(tmp_path, text)
    assert (one.amount, one.details, status) == (-20_000, "x", "loaded-and-reconciled")


@pytest.mark.parametrize(
    ("line", "amount", "code", "owner"),
    [
        ("2403050305c200,00ntrfref", 20_000, "NTRF", "ref"),
        ("2403050305rdR200,00NTRFref", 20_000, "NTRF", "ref"),
        ("2403050305rc200,00NTRFref", -20_000, "NTRF", "ref"),
        ("240305D0,NCHGNONREF", 0, "NCHG", ""),
        ("2403050305D,50NCHGX", -50, "NCHG", "X"),
    ],
)
def test_marks_in_lower_case_are_the_same_marks(tmp_path: Path, line: str, amount: int, code: str, owner: str) -> None:
    (one,), _ = postings(tmp_path, STATEMENT.format(lines=f":61:{line}", closing="1000,00"))
    assert (one.amount, one.type_code, one.owner_reference) == (amount, code, owner)


def test_an_entry_day_beside_a_day_that_no_month_has_is_of_that_year(tmp_path: Path) -> None:
    text = STATEMENT.replace("240331", "250102").format(
        lines=":61:2402300301D1,00NTRFA\n:61:2412310102D1,00NTRFB", closing="998,00"
    )
    found, _ = postings(tmp_path, text)
    assert [(one.value_date, one.booked) for one in found] == [
        (None, date(2024, 3, 1)),
        (date(2024, 12, 31), date(2025, 1, 2)),
    ]


def test_pages_of_one_message_are_one_statement(tmp_path: Path) -> None:
    pages = ":61:2403050305D200,00NTRFA\n:62M:C240305EUR800,00\n:60M:C240305EUR800,00\n:61:2403060306D100,00NTRFB"
    text = STATEMENT.format(lines=pages, closing="700,00")
    held = [one for one in mt940.CONNECTOR.read(source(tmp_path, "a.sta", text)) if isinstance(one, Statement)]
    assert [(one.opening, one.closing, one.number, one.page, one.marks) for one in held] == [
        (100_000, 70_000, "3", "1", ())
    ]
    found, status = postings(tmp_path, text)
    assert ([one.amount for one in found], status) == ([-20_000, -10_000], "loaded-and-reconciled")


@pytest.mark.parametrize(
    ("printed", "original", "rate"),
    [
        ("OUTWARD TT /OCMT/USD54,45/EXCH/3,6730\nBENEFICIARY X LLC", (5445, "USD"), "3,6730"),
        ("/OCMT/USD 54,45/EXCH/3,67", (5445, "USD"), "3,67"),
        ("X /OCMT/USD54,\n45/EXCH/3,67", (None, ""), "3,67"),
        ("X /OCMT/USD54 45/EXCH/3,67", (None, ""), "3,67"),
        (f"{'X' * 54}/OCMT/USD54,\n45/EXCH/3,67", (5445, "USD"), "3,67"),
    ],
)
def test_what_was_ordered_may_stand_in_field_86(
    tmp_path: Path, printed: str, original: tuple[int | None, str], rate: str
) -> None:
    text = STATEMENT.format(lines=f":61:2403050305D200,00NTRFA\n:86:{printed}", closing="800,00")
    (one,), _ = postings(tmp_path, text)
    assert ((one.original_amount, one.original_currency), one.rate) == (original, rate)
    assert f"86: {printed}" in one.parts


@pytest.mark.parametrize(
    ("printed", "name", "account", "details"),
    [
        ("/BENM/'OOO ROMASHKA'/40702810500000012345/044525225\n/REMI/OPLATA PO\nDOGOVORU 5", "'OOO ROMASHKA'", "40702810500000012345", "OPLATA PO DOGOVORU 5"),
        ("/ORDP/40702810500000012345/OOO VASILEK\n/REMI/X", "OOO VASILEK", "40702810500000012345", "X"),
        ("/ORDP/QXDEDEFF/ADA LAKE/REMI/X", "ADA LAKE", "", "X"),
        ("/ORDP/DE89370400440532013000/QXDEDEFF/ADA LAKE/REMI/X", "ADA LAKE", "DE89370400440532013000", "X"),
        ("/BENM/MARKETER/REMI/X", "MARKETER", "", "X"),
        ("/BENM//NAME/J. LAKE/REMI/X", "J. LAKE", "", "X"),
        ("/EREF/A/NAME/ADA LAKE AND\nSONS/REMI/RENT OF\nMAY", "ADA LAKE AND SONS", "", "RENT OF MAY"),
        (f"/NAME/ADA LAKE/REMI/{'R' * 46}\nENT", "ADA LAKE", "", f"{'R' * 46}ENT"),
        ("/REMI/A\n/NAME/B", "B", "", "A"),
    ],
)  # fmt: skip
def test_who_stood_on_the_other_side_is_no_bank_code(printed: str, name: str, account: str, details: str) -> None:
    found = narrative(printed)
    assert (found.counterparty, found.account, found.details) == (name, account, details)


@pytest.mark.parametrize(
    ("printed", "end_to_end"),
    [
        ("KREF+NONREF+EREF+X1+SVWZ+Rent", "X1"),
        ("EREF+ABCDEFGHIJKLMNO+ SVWZ+Rent", "ABCDEFGHIJKLMNO+"),
        ("EREF+A+B SVWZ+Rent", "A+B"),
    ],
)
def test_a_plus_between_words_is_no_part_of_a_reference(printed: str, end_to_end: str) -> None:
    assert narrative(printed).end_to_end_id == end_to_end


def payment(mt: str, fields: str) -> str:
    return f"{{1:F01QXDEDEFFAXXX0000000000}}{{2:I{mt}QXBBUS33XXXXN}}{{4:\n{fields}\n-}}"


TRANSFER = ":20:A\n:23B:CRED\n:32A:240305USD5,00\n{more}:50K:X\n:59:/1\nY\n:71A:SHA"


@pytest.mark.parametrize(
    ("more", "settled", "codes", "marks"),
    [
        ("", 500, [], []),
        (":32A:240305USD500,00\n", None, ["amount-twice"] * 2, ["no field 32A"]),
        (":32A:240305USD5,00\n", 500, [], ["32A is repeated: the first is read"]),
        (":33B:USD5,00\n:33B:USD6,00\n", 500, ["amount-twice"] * 2, []),
        (":59:/2\nZ\n", 500, [], ["59 is repeated: the first is read"]),
        (":20:B\n", 500, [], ["20 is repeated: the first is read"]),
    ],
)
def test_two_payments_that_ran_into_one_are_in_doubt(
    tmp_path: Path, more: str, settled: int | None, codes: list[str], marks: list[str]
) -> None:
    made = source(tmp_path, "a.fin", payment("103", TRANSFER.format(more=more)))
    items = list(mt_payments.CONNECTOR.read(made))
    (one,) = [item for item in items if isinstance(item, Message)]
    assert (one.settled, list(one.marks)) == (settled, marks)
    assert [item.code for item in items if isinstance(item, Reject)] == codes
    assert read_exhibit(made, mt_payments.CONNECTOR).status == (
        "loaded-and-flagged" if codes or marks else "loaded-and-reconciled"
    )


def test_an_order_with_two_sums_orders_neither(tmp_path: Path) -> None:
    orders = ":20:B\n:28D:1/1\n:30:240305\n:21:T1\n:32B:USD100,00\n:32B:USD200,00\n:59:/1\nA\n:21:T2\n:32B:EUR7,00\n:59:/2\nB"
    made = source(tmp_path, "a.fin", payment("101", orders))
    items = list(mt_payments.CONNECTOR.read(made))
    assert [(one.reference, one.instructed) for one in items if isinstance(one, Message)] == [("T1", None), ("T2", 700)]
    assert [one.code for one in items if isinstance(one, Reject)] == ["amount-twice"] * 2


def test_a_lone_cr_costs_no_settled_amount(tmp_path: Path) -> None:
    text = payment("103", TRANSFER.format(more="")).replace("\n", "\r\n").replace("CRED\r\n", "CRED\r")
    (one,) = mt_payments.CONNECTOR.read(source(tmp_path, "a.fin", text))
    assert isinstance(one, Message)
    assert one.settled == 500


@pytest.mark.parametrize(
    ("printed", "settled", "is_odd"),
    [("EUR12,500", 1250, True), ("JPY1,000", 1, True), ("EUR12,50", 1250, False), ("KWD1,000", 1000, False), ("EUR0,500", 50, False)],
)  # fmt: skip
def test_a_comma_with_three_digits_is_decimal_and_in_doubt(
    tmp_path: Path, printed: str, settled: int, is_odd: bool
) -> None:
    made = source(tmp_path, "a.fin", payment("103", TRANSFER.format(more="").replace("USD5,00", printed)))
    (one,) = [item for item in mt_payments.CONNECTOR.read(made) if isinstance(item, Message)]
    assert (one.settled, one.marks) == (settled, (f"three digits behind the comma in {printed[3:]}",) if is_odd else ())
    assert (read_exhibit(made, mt_payments.CONNECTOR).status == "loaded-and-flagged") is is_odd


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("@@".join(["", *STATEMENT.splitlines()]), id="the at signs of FinTS for line ends"),
        pytest.param("ä4:\n" + STATEMENT.replace("\n-\n", "\n-å"), id="Swedish letters for the braces"),
        pytest.param(STATEMENT.replace("\n-\n", "\n -\n"), id="a blank before the dash"),
        pytest.param(
            STATEMENT.replace("\n-\n", "\n:86:D000001C000000D200,00C0,00\n-XXX\n0000 01FQXNL22AXXX00043\n940 00\n")
            + STATEMENT.replace("4711", "4712").replace("\n-\n", "\n-XXX\n"),
            id="dash XXX and a banner",
        ),
        pytest.param(STATEMENT.replace("\n:62F", "\nend of a text -\n-\n:62F"), id="a dash that ends a text"),
    ],
)
def test_a_closing_balance_is_held_whatever_ends_the_message(tmp_path: Path, text: str) -> None:
    """Each of these lost the closing balance, or the whole file, so that nothing proved the lines."""
    lines = "@@" if text.startswith("@@") else "\n"
    text = text.format(lines=lines.join((":61:2403050305D200,00NTRFA", ":86:x")), closing="800,00")
    made = source(tmp_path, "a.sta", text)
    held = [one for one in mt940.CONNECTOR.read(made) if isinstance(one, Statement)]
    assert {(one.opening, one.closing, one.number, one.page, one.count) for one in held} == {
        (100_000, 80_000, "3", "1", 1)
    }
    found, status = postings(tmp_path, text)
    assert ({(one.amount, one.details[:1]) for one in found}, status) == ({(-20_000, "x")}, "loaded-and-reconciled")
    assert len(found) == len(held) == text.count(":20:")


def test_the_bank_is_read_whole_where_the_header_prints_no_application(tmp_path: Path) -> None:
    text = STATEMENT.format(lines=":86:x", closing="1000,00").replace("\n-\n", "\n-}")
    text = "{1:01QXNBNL2AXXXX00001}\n{2:I940QXNBNL2AXXXN}\n{4:\n" + text
    (one,) = (one for one in mt940.CONNECTOR.read(source(tmp_path, "a.sta", text)) if isinstance(one, Statement))
    assert one.servicer == "QXNBNL2A"


def test_an_absent_reference_behind_the_amount_is_no_type(tmp_path: Path) -> None:
    (one,), _ = postings(tmp_path, STATEMENT.format(lines=":61:2403050305D20,00NONREF", closing="980,00"))
    assert (one.amount, one.type_code, one.owner_reference, one.marks) == (-2000, "", "", ("no type code",))


def test_an_mt100_is_the_103_before_2003(tmp_path: Path) -> None:
    """Polish banks take orders in it to this day, behind lines of their own."""
    text = (
        ":01:43216\n:02:945,34\n:05:Acme\n\nul. A 1\n{1:F0124900005xxxx0001000001}{2:I100QXNBPLPWxxxxN1}{4:\n:20:265765\n"
        ":32A:170706EUR234,34\n:50:Acme\n\nul. A 1\n:52D:17249000050000460086241234\nEUR234,34\n:57A:QXMBPLPW\n"
        ":59:/15249000050000400036691234\nBeta\n:70:a\n :71A:\n b\n:71A:BN1\n-}\n"
    )
    made = source(tmp_path, "a.pla", text)
    assert mt_payments.CONNECTOR.claims(made)
    assert read_exhibit(made, mt_payments.CONNECTOR).raw == 1
    (one,) = (one for one in mt_payments.CONNECTOR.read(made) if isinstance(one, Message))
    assert (one.kind, one.reference, one.settled, one.settled_currency, one.receiver) == (
        "MT100",
        "265765",
        23_434,
        "EUR",
        "QXNBPLPW",
    )
    assert [(party.role, party.name, party.account) for party in one.parties] == [
        ("debtor", "Acme", ""),
        ("creditor", "Beta", "15249000050000400036691234"),
    ]


def test_statements_of_one_block_have_the_dash_of_the_older_form_between_them(tmp_path: Path) -> None:
    """The dash was taken into field 62F, whose balance was then none."""
    one = STATEMENT.format(lines=":61:2403050305D200,00NTRFA\n:86:x", closing="800,00")
    text = "{1:F01QXNBNL2AXXXX0000000000}{2:I940QXNBNL2AXXXXN}{4:\n" + one + one.rstrip().replace("4711", "4712") + "}"
    found, status = postings(tmp_path, text)
    assert (len(found), status) == (2, "loaded-and-reconciled")
    held = [s for s in mt940.CONNECTOR.read(source(tmp_path, "a.sta", text)) if isinstance(s, Statement)]
    assert [(s.opening, s.closing) for s in held] == [(100_000, 80_000)] * 2


def test_a_party_is_named_by_its_name_where_the_slashes_stand_otherwise(tmp_path: Path) -> None:
    """An account without its slash was the name, and the name an address; `//` before a name was part of it."""
    text = (
        "{1:F01QXNBNL2AXXXX0000000000}{2:I103QXMBPLPWXXXXN}{4:\n:20:A\n:23B:CRED\n:32A:240305EUR20,\n"
        ":50K:/00030901\n//Acme\nAbidjan\n:59:723491524\nBeta\nDakar\n:71A:OUR\n-}"
    )
    (one,) = (m for m in mt_payments.CONNECTOR.read(source(tmp_path, "a.fin", text)) if isinstance(m, Message))
    assert [(party.name, party.account, party.address) for party in one.parties] == [
        ("Acme", "00030901", "Abidjan"),
        ("Beta", "723491524", "Dakar"),
    ]


def test_the_bank_that_is_paid_is_named_where_it_stands_behind_the_customers(tmp_path: Path) -> None:
    text = (
        "{1:F01QXNBNL2AXXXX0000000000}{2:I202QXMBPLPWXXXXN}{3:{119:COV}}{4:\n:20:A\n:21:B\n:32A:240305EUR20,\n:50K:/1\nAcme\n"
        ":52A:QXNBNL2A\n:59:/2\nBeta\n:58A:QXMBDEFF\n-}"
    )
    (one,) = (m for m in mt_payments.CONNECTOR.read(source(tmp_path, "a.fin", text)) if isinstance(m, Message))
    assert [(agent.role, agent.id) for agent in one.agents][2:] == [
        ("creditor_institution", "QXMBDEFF"),
        ("underlying_debtor_agent", "QXNBNL2A"),
    ]

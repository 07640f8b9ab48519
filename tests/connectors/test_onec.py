"""The exchange format of 1C: sections of balances, documents of two sides, orders that were not carried out, cut files."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import onec, table
from tests.connectors.goldens import FIXTURES, opened, records
from tests.connectors.tables import source
from tracer.ingest import NeedsAnswer
from tracer.ingest.marks import kind_of
from tracer.ingest.reading import Reading, read_exhibit
from tracer.model import Posting, Reject, Statement, UnreadableExhibit
from tracer.model.order import is_list

CONNECTOR = onec.CONNECTOR
GOLDEN = FIXTURES / "onec" / "two_accounts.txt"
TEXT = GOLDEN.read_bytes().decode("cp1251").replace("\r\n", "\n")
OWN, OTHER = "40702810900000000001", "40702810900000000002"


def document(
    amount: str = "61.50",
    paid: str = "29.01.2024",
    received: str = "",
    *,
    payee: str = "4070281050000000007",
    more: str = "",
) -> str:
    return f"СекцияДокумент=Платежное поручение\nНомер=1\nДата=29.01.2024\nСумма={amount}\nПлательщикСчет={OWN}\nДатаСписано={paid}\nПлательщик1=A\nПолучательСчет={payee}\nДатаПоступило={received}\nПолучатель1=B\n{more}НазначениеПлатежа=x\nКонецДокумента\n"  # fmt: skip


def section(number: str = OWN, opening: str = "100.00", closing: str = "38.50") -> str:
    return f"СекцияРасчСчет\nДатаНачала=29.01.2024\nДатаКонца=31.01.2024\nРасчСчет={number}\nНачальныйОстаток={opening}\nКонечныйОстаток={closing}\nКонецРасчСчет\n"


def file(*parts: str, charset: str = "Windows", end: str = "КонецФайла\n") -> str:
    return f"1CClientBankExchange\nВерсияФормата=1.03\nКодировка={charset}\nРасчСчет={OWN}\n{''.join(parts)}{end}"


def read(folder: Path, text: str, charset: str = "cp1251", **answers: str) -> tuple[list[Statement], list[Posting], list[Reject]]:  # fmt: skip
    items = list(CONNECTOR.read(source(folder, "kl_to_1c.txt", text.encode(charset), **answers)))
    return (
        [one for one in items if isinstance(one, Statement)],
        [one for one in items if isinstance(one, Posting)],
        [one for one in items if isinstance(one, Reject)],
    )


def reading(folder: Path, text: str) -> Reading:
    return read_exhibit(source(folder, "kl_to_1c.txt", text.encode("cp1251")), CONNECTOR)


def test_the_golden_is_read_as_it_was_written() -> None:
    made = opened(GOLDEN)
    assert CONNECTOR.claims(made)
    assert not table.CONNECTOR.claims(made)
    assert records(GOLDEN) == json.loads(GOLDEN.with_suffix(".json").read_text("utf-8"))
    read = read_exhibit(made, CONNECTOR)
    assert (read.status, read.tally.records, read.tally.set_aside) == ("loaded-and-flagged", 5, 1)  # one is set aside
    assert not [one for one in read.checks if one.outcome == "off"]
    for item in CONNECTOR.read(made):
        assert isinstance(item, Reject) or all(kind_of(mark).name != "unknown" for mark in item.marks)


def test_a_section_a_day_takes_the_documents_of_its_day(tmp_path: Path) -> None:
    statements, lines, aside = read(tmp_path, TEXT)
    assert [(one.account[-1], one.currency, one.opening, one.closing) for one in statements] == [
        ("1", "RUB", 10_000_000, 28_876_594),
        ("1", "RUB", 28_876_594, 28_861_594),
        ("2", "USD", 500_000, 379_990),
    ]
    assert [one.amount for one in lines] == [-6_123_456, 25_000_050, -15_000, -120_010]
    assert lines[0].details.startswith("Оплата по счету 5 от 20.01.2024\nза материалы. НДС 20% - 10205.76 | ")
    assert "ПолучательИНН=7800000020" in lines[0].details
    assert (lines[1].counterparty, lines[1].booked) == ("ИП Примеров П.П.", date(2024, 1, 30))
    assert [one.code for one in aside] == ["not-carried-out"]
    # no order is promised: of two documents of one statement nobody can say which was booked first
    assert [is_list(one) for one in statements] == [True, False, False]


@pytest.mark.parametrize(
    ("charset", "declared", "told"),
    [("cp1251", "Windows", False), ("cp866", "DOS", False), ("utf-8", "Windows", True), ("utf-8-sig", "UTF-8", False), ("cp866", "Windows", True), ("utf-16", "UTF-16", True)],
)  # fmt: skip
def test_the_keys_tell_the_charset_whatever_the_file_says(
    tmp_path: Path, charset: str, declared: str, *, told: bool
) -> None:
    text = file(section(), document(more="ПолучательБанк1=БАНК ПРИМЕР\n"), charset=declared)
    (statement,), (line,), _ = read(tmp_path, text, charset)
    assert line.counterparty_agent == "БАНК ПРИМЕР"
    assert any(mark.startswith("declared charset") for mark in statement.marks) == told
    assert CONNECTOR.claims(source(tmp_path, "a.txt", text.encode(charset)))


def test_a_payment_between_two_accounts_of_the_file_is_a_line_of_both(tmp_path: Path) -> None:
    text = file(
        section(), section(OTHER, "0", "61.50"), document(received="30.01.2024", payee=OTHER).replace("=A", "=Own")
    )
    made = reading(tmp_path, text)
    assert (made.status, made.raw) == ("loaded-and-reconciled", 2)
    _, lines, _ = read(tmp_path, text)
    assert [(one.account, one.amount, one.booked) for one in lines] == [
        (OWN, -6150, date(2024, 1, 29)),
        (OTHER, 6150, date(2024, 1, 30)),
    ]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (file(section(closing="100"), document(paid="")), ["not-carried-out"]),
        (file(section(closing="100"), document().replace(OWN, "1" * 20)), ["account-not-stated"]),
        (file(section(closing="100"), document("61.505")), ["amount-unreadable"]),
        (file(section(closing="100"), document("6 150.00")), ["amount-unreadable"]),
        (file(section(closing="100"), document("1,234")), ["amount-unreadable"]),
        (file(section(closing="100"), document("-61.50")), ["sign-contradicts"]),
        (file(section(closing="100"), document("")), ["amount-missing"]),
        (file(section(closing="100"), document(more="НазначениеПлатежа=за\nСумма=9.00\n")), ["amount-twice"]),
        (file(section(closing="100"), document()[:-15].rpartition("НазначениеПлатежа")[0], end=""), ["document-cut"]),
    ],
)  # fmt: skip
def test_what_cannot_be_a_line_is_set_aside_and_counted(tmp_path: Path, text: str, codes: list[str]) -> None:
    _, lines, aside = read(tmp_path, text)
    assert not lines
    assert [one.code for one in aside] == codes
    assert reading(tmp_path, text).raw == 1


@pytest.mark.parametrize(("printed", "amount"), [("61", -6100), ("61.5", -6150), ("61.50", -6150), ("61,50", -6150), ("61-50", -6150), ("61.500", -6150)])  # fmt: skip
def test_an_amount_is_read_exactly(tmp_path: Path, printed: str, amount: int) -> None:
    _, (line,), _ = read(tmp_path, file(section(), document(printed)))
    assert line.amount == amount
    assert bool(line.marks) == ("," in printed or "-" in printed)


def test_a_file_that_does_not_end_says_so_and_gives_no_balance_that_it_ends_in(tmp_path: Path) -> None:
    cut = file(section()).partition("КонецРасчСчет")[0]
    (statement,), lines, _ = read(tmp_path, cut)
    assert (statement.opening, statement.closing, lines) == (10000, None, [])
    assert reading(tmp_path, file(section(), document(), end="")).status == "loaded-and-flagged"
    assert reading(tmp_path, file(section(), document())).status == "loaded-and-reconciled"


def test_a_day_that_no_calendar_has_is_empty_and_told(tmp_path: Path) -> None:
    _, (line,), _ = read(tmp_path, file(section(), document(paid="31.11.2024")))
    assert (line.booked, line.marks) == (None, ("date-does-not-exist:31.11.2024",))
    outside = reading(tmp_path, file(section(), document(paid="01.03.2024")))
    assert any("outside the period" in one.note for one in outside.checks)


def test_orders_alone_are_no_statement(tmp_path: Path) -> None:
    with pytest.raises(UnreadableExhibit, match="list of 1 orders to a bank"):
        read(tmp_path, file(document(paid="")))
    (statement,), (line,), _ = read(tmp_path, file(document()))  # carried out, and no section of balances
    assert (statement.account, statement.opening, line.amount) == (OWN, None, -6150)


def test_a_number_of_another_country_does_not_tell_its_currency(tmp_path: Path) -> None:
    text = file(section(), document()).replace(OWN, "KZ86125KZT5004100100")
    with pytest.raises(NeedsAnswer, match="In which currency"):
        read(tmp_path, text)
    (statement,), (line,), _ = read(tmp_path, text, currency="KZT")
    assert (statement.currency, line.currency) == ("KZT", "KZT")
    with pytest.raises(UnreadableExhibit, match="answered as USD"):
        read(tmp_path, file(section(), document()), currency="USD")


def test_a_file_cut_behind_its_first_line_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UnreadableExhibit, match="its keys are words under no charset"):
        read(tmp_path, "1CClientBankExchange\n", "ascii")


@settings(max_examples=60, deadline=None)
@given(at=st.integers(0, len(TEXT) - 1), gone=st.integers(1, 300), put=st.sampled_from(["", "\n", "=", "Сумма=1\n", "КонецДокумента\n", "СекцияДокумент=\n", "\x00"]))  # fmt: skip
def test_whatever_is_cut_or_put_in_nothing_is_lost(
    tmp_path_factory: pytest.TempPathFactory, at: int, gone: int, put: str
) -> None:
    text = TEXT[:at] + put + TEXT[at + gone :]
    made = source(tmp_path_factory.getbasetemp(), "fuzzed.txt", text.encode("cp1251"))
    try:
        items = list(CONNECTOR.read(made))
    except (UnreadableExhibit, NeedsAnswer):
        return
    assert sum(isinstance(one, Posting | Reject) for one in items) == CONNECTOR.count(made)

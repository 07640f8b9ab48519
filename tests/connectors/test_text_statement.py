"""Statements as text in columns of characters: bands, pages, proof, and figures that a band would cut. Every name is invented."""

from datetime import date
from pathlib import Path

import pytest

import tracer
from connectors import table, text_statement
from tests.connectors.tables import asked, source
from tracer.ingest import NeedsAnswer, Source
from tracer.ingest.marks import kind_of
from tracer.ingest.pdf_proof import Unproven
from tracer.ingest.profile_keys import parse
from tracer.ingest.proposal import Proposal
from tracer.ingest.reading import read_exhibit
from tracer.ingest.registry import claimants, installed
from tracer.model import CaseError, Posting, Reject, Statement

HEAD = """                         HARBOUR POINT BANK                              PAGE    1
  ACCOUNT NO: 0047110815      STATEMENT PERIOD 12/15/24 - 01/14/25      CURRENCY: USD

  DATE   DESCRIPTION                          DEBITS        CREDITS         BALANCE
  -----  -----------------------------  ------------  -------------  --------------
"""
FIRST = """         BALANCE BROUGHT FORWARD                                           1,000.00
  12/16  TRANSFER TO OSPREY HOLDINGS          250.00                         750.00
         REF 2024-8815 INVOICE 77
  12/30  WIRE IN                                           9,000.00        9,750.00
         BALANCE CARRIED FORWARD                                           9,750.00
"""
SECOND = """         BALANCE BROUGHT FORWARD                                           9,750.00
  01/02  CARD PAYMENT                          50.25                       9,699.75
  01/09  FEE                                    9.75                       9,690.00
         CLOSING BALANCE                                                   9,690.00
"""
NEXT = HEAD.replace("PAGE    1", "PAGE    2")
TEXT = f"{HEAD}{FIRST}\n{NEXT}{SECOND}"
MOVED = [
    (date(2024, 12, 16), -25_000),
    (date(2024, 12, 30), 900_000),
    (date(2025, 1, 2), -5_025),
    (date(2025, 1, 9), -975),
]


def proposed(folder: Path, text: str | bytes) -> Proposal:
    made = source(folder, "a.txt", text)
    assert [one.name for one in claimants(made, installed())] == ["text-statement"]
    return text_statement.look(made)


def opened(folder: Path, text: str | bytes, profile: str, **answers: str) -> Source:
    return source(folder, "a.txt", text, profile.replace('confirmed_by: ""', 'confirmed_by: "A. Officer"'), **answers)


def moved(made: Source) -> list[tuple[date | None, int]]:
    return [(p.booked, p.amount) for p in text_statement.CONNECTOR.read(made) if isinstance(p, Posting)]


def test_a_statement_of_two_pages_loads_through_the_columns_that_tracer_proposes(tmp_path: Path) -> None:
    proposal = proposed(tmp_path, TEXT)
    assert '"DESCRIPTION": [9, ' in proposal.profile_yaml
    assert proposal.rows[3] == ("12/16", "TRANSFER TO OSPREY HOLDINGS", "250.00", "", "750.00")
    made = opened(tmp_path, TEXT, proposal.profile_yaml)
    read = read_exhibit(made, text_statement.CONNECTOR)
    assert (read.status, read.tally.records, read.tally.set_aside) == ("loaded-and-reconciled", 4, 0)
    statement, *lines = text_statement.CONNECTOR.read(made)
    assert isinstance(statement, Statement)
    assert (statement.account, statement.opening, statement.closing) == ("0047110815", 100_000, 969_000)
    assert moved(made) == MOVED
    first = lines[0]
    assert isinstance(first, Posting)
    assert first.cite.locator == "line=7/columns=3-83"
    assert first.details == "TRANSFER TO OSPREY HOLDINGS | REF 2024-8815 INVOICE 77"
    assert set(first.marks) == {"year-stated:line=2:booked", "continued:line=8"}
    assert not [m for m in statement.marks if kind_of(m).is_doubt or kind_of(m).name == "unknown"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (TEXT.replace("1,000.00", "1,100.00", 1), "printed is 750.00"),
        (TEXT.replace(FIRST.splitlines(keepends=True)[3], ""), "printed is 9750.00"),
        (f"{HEAD}{FIRST}\n{NEXT}{SECOND.replace('FORWARD     ', 'FORWARD ****')}".replace("9,750.00\n  01/02", "8,750.00\n  01/02"), "9750.00"),
    ],
)  # fmt: skip
def test_nothing_is_loaded_where_a_balance_is_not_reached(tmp_path: Path, text: str, told: str) -> None:
    profile = proposed(tmp_path, TEXT).profile_yaml
    with pytest.raises(Unproven, match=told):
        list(text_statement.CONNECTOR.read(opened(tmp_path, text, profile)))


def test_a_page_that_is_not_held_is_told(tmp_path: Path) -> None:
    paged = TEXT.replace("PAGE    1", "PAGE 1 OF 3").replace("PAGE    2", "PAGE 2 OF 3")
    made = opened(tmp_path, paged, proposed(tmp_path, paged).profile_yaml)
    statement = next(iter(text_statement.CONNECTOR.read(made)))
    assert isinstance(statement, Statement)
    assert "page 3 of 3 is not held" in statement.marks


def test_form_feeds_part_pages_and_a_foot_is_no_text_of_the_line_above_it(tmp_path: Path) -> None:
    foot = "  CONTINUED ON NEXT PAGE\n"
    text = f"{HEAD}{FIRST}{foot}\f{NEXT}{SECOND}{foot}"
    made = opened(tmp_path, text, proposed(tmp_path, text).profile_yaml)
    assert moved(made) == MOVED
    assert not [p for p in text_statement.CONNECTOR.read(made) if isinstance(p, Posting) and "CONTINUED" in p.details]


@pytest.mark.parametrize(
    ("figure", "shown"),
    [("12,345,678,950.25", "12,345"), ("1 234 567 950.25", "234 567"), ("-            50.25", "- 50.25")],
)
def test_a_figure_of_which_a_part_stands_beyond_its_band_is_never_posted(
    tmp_path: Path, figure: str, shown: str
) -> None:
    """The bands were drawn on a month of small amounts; the next month has a larger one."""
    profile = proposed(tmp_path, TEXT).profile_yaml
    line = next(one for one in TEXT.splitlines() if "01/02" in one)
    end = line.index("50.25") + 5
    wide = line[: end - len(figure)] + figure + line[end:]
    made = opened(tmp_path, TEXT.replace(line, wide), profile)
    with pytest.raises(Unproven) as refused:
        list(text_statement.CONNECTOR.read(made))
    assert shown in str(refused.value)
    keys = {one.key: "A. Officer: compared with the print by hand" for one in refused.value.breaks}
    signed = opened(tmp_path, TEXT.replace(line, wide), profile, **keys)
    found = list(text_statement.CONNECTOR.read(signed))
    aside = [(r.code, r.cite.locator.partition("/")[0]) for r in found if isinstance(r, Reject)]
    assert aside == [("band-cut", "line=18")]
    assert moved(signed) == [MOVED[0], MOVED[1], MOVED[3]]
    assert text_statement.CONNECTOR.count(signed) == 4


def test_columns_are_counted_as_the_printer_did(tmp_path: Path) -> None:
    """A Chinese character takes two columns, as it takes two bytes in GB18030."""
    rows = [("日期", "摘要", "借方发生额", "贷方发生额", "余额"), ("20250102", "转账东澜贸易", "250.00", "", "750.00"), ("20250103", "工资", "", "9,000.00", "9,750.00"), ("20250104", "手续费一笔", "9.75", "", "9,740.25")]  # fmt: skip

    def printed(cells: tuple[str, ...]) -> str:
        shown = ""
        for cell, width, right in zip(cells, (10, 24, 14, 14, 14), (False, False, True, True, True), strict=True):
            size = len(cell.encode("gb18030"))
            shown += " " * (width - size) + cell if right else cell + " " * (width - size)
        return shown + "\n"

    text = "账号: 6222000047110815   币种: CNY\n期初余额 1,000.00\n\n" + "".join(map(printed, rows))
    data = text.encode("gb18030")
    proposal = proposed(tmp_path, data)
    made = opened(
        tmp_path,
        data,
        proposal.profile_yaml.replace('balance: {"column"', 'balance: {"opening": "期初余额 ([0-9.,]+)", "column"'),
        **asked(proposal),
    )
    assert moved(made) == [(date(2025, 1, 2), -25_000), (date(2025, 1, 3), 900_000), (date(2025, 1, 4), -975)]


GERMAN = """NORDHAFEN BANK                                     Kontoauszug 12/2024
Konto-Nr. 4711081500   Währung EUR      Seite 1 von 1
Auszug vom 15.12.2024 bis 14.01.2025

Bu-Tag  Wert    Verwendungszweck                            Soll          Haben           Saldo
                ALTER SALDO                                                            1.000,00
30.12.  30.12.  ÜBERWEISUNG BEISPIEL GMBH                 250,00                         750,00
                RECHNUNG 2024-77
02.01.  02.01.  GUTSCHRIFT                                             9.000,00        9.750,00
                NEUER SALDO                                                            9.750,00
"""
SPANISH = """BANCO PUERTO                                   EXTRACTO DE CUENTA
CUENTA: ES9121000418450200051332     DIVISA: EUR
PERIODO: 15/12/2024 - 14/01/2025

FECHA   CONCEPTO                         IMPORTE         SALDO
        SALDO ANTERIOR                                1.000,00
30/12   TRANSFERENCIA EJEMPLO SL         -250,00        750,00
02/01   ABONO                           9.000,00      9.750,00
        SALDO FINAL                                   9.750,00
"""


@pytest.mark.parametrize("text", [GERMAN, SPANISH])
def test_layouts_of_other_countries_load_through_the_guesser_alone(tmp_path: Path, text: str) -> None:
    proposal = proposed(tmp_path, text.encode("cp1252"))
    made = opened(tmp_path, text.encode("cp1252"), proposal.profile_yaml, **asked(proposal))
    read = read_exhibit(made, text_statement.CONNECTOR)
    assert (read.status, read.tally.set_aside) == ("loaded-and-reconciled", 0)
    assert moved(made) == [(date(2024, 12, 30), -25_000), (date(2025, 1, 2), 900_000)]


def test_without_headings_the_blank_columns_part_the_others_where_balances_prove_it(tmp_path: Path) -> None:
    text = (
        "Account 47110815 in USD, opening balance 1,000.00\n\n"
        "12/30/2024  CHECK 1001 TO A FRIEND          250.00-      750.00\n"
        "01/02/2025  DEPOSIT                       9,000.00     9,750.00\n"
        "01/13/2025  FEE                               9.75-    9,740.25\n"
    )
    proposal = proposed(tmp_path, text)
    profile = proposal.profile_yaml.replace("balance: {", 'balance: {"opening": "opening balance ([0-9.,]+)", ')
    assert moved(opened(tmp_path, text, profile, **asked(proposal))) == [
        (date(2024, 12, 30), -25_000), (date(2025, 1, 2), 900_000), (date(2025, 1, 13), -975)
    ]  # fmt: skip
    deposit = "01/02/2025  DEPOSIT                       9,000.00 "
    wide = text.replace(deposit, "01/02/2025  DEPOSIT          12,345,678,009,000.00 ")
    assert len(wide) == len(text)
    with pytest.raises(Unproven):
        list(text_statement.CONNECTOR.read(opened(tmp_path, wide, profile, **asked(proposal))))
    assert not text_statement.CONNECTOR.claims(source(tmp_path, "b.txt", text.replace("9,750.00", "9,751.00")))


def test_a_table_of_tabs_whose_cells_are_padded_is_no_text_in_columns(tmp_path: Path) -> None:
    head = "Txn Date\tDescription\t        Debit\tCredit\tBalance\n"
    lines = "1 Apr 2024\tRENT--\t 5,000.00\t \t5,000.00\n2 Apr 2024\tNEFT*A--\t \t1,25,000.00\t1,30,000.00\n3 Apr 2024\tATM--\t 10,000.00\t \t1,20,000.00\n"
    assert not text_statement.CONNECTOR.claims(source(tmp_path, "a.txt", head + lines))
    assert not text_statement.CONNECTOR.claims(source(tmp_path, "b.txt", lines))


def test_words_beside_every_band_and_an_unconfirmed_profile_load_nothing(tmp_path: Path) -> None:
    profile = proposed(tmp_path, TEXT).profile_yaml
    with pytest.raises(NeedsAnswer, match="Nobody has confirmed"):
        list(text_statement.CONNECTOR.read(source(tmp_path, "a.txt", TEXT, profile)))
    beside = TEXT.replace("9,699.75\n", "9,699.75      11.00\n")
    with pytest.raises(CaseError, match="stands in no band"):
        list(text_statement.CONNECTOR.read(opened(tmp_path, beside, profile)))
    with pytest.raises(NeedsAnswer, match="In which columns"):
        list(text_statement.CONNECTOR.read(source(tmp_path, "a.txt", TEXT)))


@pytest.mark.parametrize(
    ("bands", "told"),
    [
        ('text: {bands: {"A": [0, 4], "B": [5, 9]}}', "from 1"),
        ('text: {bands: {"A": [1, 5], "B": [5, 9]}}', "overlap"),
        ('text: {bands: {"A": [1, 4.5], "B": [5, 9]}}', "from 1"),
        ('text: {bands: {"A": [1, 4], "B": [5, 9]}, top: 12}', "no upper edge"),
        ('text: {bands: {"A": [1, 4], "B": [5, 9]}}\npdf: {bands: {"A": [1, 4], "B": [5, 9]}}', "not both"),
    ],
)
def test_columns_that_no_text_has_are_refused_with_their_line(bands: str, told: str) -> None:
    base = "profile: x/1\nmatch: {header: [A, B]}\ndates: {booked: {column: A, formats: ['%Y-%m-%d']}}\namount: {column: B}\n"
    with pytest.raises(CaseError, match=told):
        parse(base + bands, "x.yaml")


def test_a_table_with_delimiters_is_no_text_in_columns(tmp_path: Path) -> None:
    text = "Date;   Text;   Amount;   Balance\n2025-01-02;   a;   -1.00;   9.00\n2025-01-03;   b;   -1.00;   8.00\n"
    assert not text_statement.CONNECTOR.claims(source(tmp_path, "a.csv", text))
    assert not table.CONNECTOR.claims(source(tmp_path, "a.txt", TEXT))


def test_a_person_previews_confirms_and_loads_it(tmp_path: Path) -> None:
    case = tracer.new(tmp_path / "case", id="X-1", title="Test", as_of="2026-01-01", by="A. Officer")
    file = tmp_path / "statement.txt"
    file.write_text(TEXT, "utf-8")
    shown = case.preview(file)
    profile = "\n".join(shown.explained[1:]).replace('confirmed_by: ""', 'confirmed_by: "A. Officer"')
    place = tmp_path / "harbour_point.yaml"
    place.write_text(profile, "utf-8")
    case.load(file, answers={"profile": str(place)})
    held = [(one["booked"], one["amount"]) for one in case.ledger.scan("posting").to_pylist()]
    assert sorted(held) == MOVED

"""Profiles: read strictly, bound so that no column is forgotten, proposed with the questions data cannot answer."""

from collections.abc import Callable
from pathlib import Path

import pytest

from connectors import table
from tests.connectors.tables import asked, source
from tracer.ingest import NeedsAnswer
from tracer.ingest.bound import bind, column_names, shipped
from tracer.ingest.profile_keys import parse
from tracer.ingest.proposal import propose
from tracer.ingest.tabular import sheets
from tracer.model import CaseError, Posting, Reject, Statement, TracerError

PROFILE = """profile: bank_xy_current/2
match: {header: ["Booked", "Details", "Out", "In"], sheet: 0}
file: {encoding: auto, delimiter: ";", quote: '"', skip_rows: auto, header_row: find, footer: ["Total", "合计"], blank_rows: skip}
account: {scope: file, from: {preamble: "Account:\\\\s*(\\\\S+)"}}
currency: {scope: row, column: "Ccy", map: {"人民币": CNY}}
dates: {booked: {column: "Booked", formats: ["%d/%m/%Y"]}, value: {column: "Value", formats: ["%d/%m/%Y"]}, time: null}
amount: {mode: debit_credit, debit: "Out", credit: "In"}
numbers: {decimal: ",", thousands: ".", strip: ["EUR", "CNY", "\\t", " "], negative: ["-", "()", "trailing-"]}
balance: {column: "Balance", order: newest_first}
references: {owner: "Ref", bank: "Bank ref"}
counterparty: {name: "Payee", account: "Payee account", bank: "Payee bank"}
original: {amount: "Orig amount", currency: "Orig ccy"}
details: ["Details"]
ignore: ["Teller"]
"""
FILE = "Account: 4711\nBooked;Value;Details;Out;In;Balance;Ccy;Teller\n14/03/2024;14/03/2024;x;1,00;;9,00;EUR;07\n"


def test_every_key_of_the_specification_is_read() -> None:
    made = parse(PROFILE, "p.yaml")
    assert made.name == "bank_xy_current/2"
    assert made.numbers.thousands == (".",)
    assert made.currency.map == (("人民币", "CNY"),)
    assert made.balance.order == "newest_first"
    assert len(made.sha256) == 64


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("ignore:", "ignored:", r"`ignored` is not a key"),
        ("delimiter:", "separator:", r"`file.separator` is not a key"),
        ("mode: debit_credit", "mode: guess", r"it is one of signed"),
        ("order: newest_first", "order: sideways", r"oldest_first"),
        ('"%d/%m/%Y"]}, value', '"%Q"]}, value', r"not a date format"),
        ('debit: "Out", ', "", r"does not name all its columns"),
        ("profile: bank_xy_current/2", "profile: nameless", r"a name and a version"),
        ('preamble: "Account:\\\\s*(\\\\S+)"', 'preamble: "(a+"', r"RE2"),
        ('preamble: "Account:\\\\s*(\\\\S+)"', 'preamble: "(?=x)(a)"', r"RE2"),
        ('decimal: ","', 'decimal: "x"', r"numbers.decimal"),
        ('scope: row, column: "Ccy"', "scope: row", r"`currency.column` is missing"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(old: str, new: str, said: str) -> None:
    assert old in PROFILE
    with pytest.raises(CaseError, match=said) as error:
        parse(PROFILE.replace(old, new), "p.yaml")
    place, _, line = error.value.where.rpartition(":")
    assert place == "p.yaml"
    assert PROFILE.replace(old, new).splitlines()[int(line) - 1].split(":")[0] in (
        *["profile", "file", "account", "currency", "dates", "amount", "numbers", "balance", "ignored"],
    )


def test_a_column_that_is_neither_taken_nor_ignored_is_named(tmp_path: Path) -> None:
    made = source(tmp_path, "x.csv", FILE.replace("Teller", "Fees"), PROFILE)
    with pytest.raises(CaseError, match="'Fees' is neither taken nor ignored"):
        list(table.CONNECTOR.read(made))


def test_a_column_that_must_be_there_and_is_not_is_named(tmp_path: Path) -> None:
    made = source(tmp_path, "x.csv", FILE.replace(";Ccy;", ";Curr;"), PROFILE)
    with pytest.raises(CaseError, match="no column 'Ccy'"):
        list(table.CONNECTOR.read(made))


def test_a_single_column_that_is_missing_is_marked_as_a_change_of_format(tmp_path: Path) -> None:
    statement = next(
        i for i in table.CONNECTOR.read(source(tmp_path, "x.csv", FILE, PROFILE)) if isinstance(i, Statement)
    )
    assert "column-absent:Payee" in statement.marks


def test_a_wrong_profile_is_answered_with_what_is_missing(tmp_path: Path) -> None:
    made = source(tmp_path, "x.csv", FILE.replace("Booked", "When"), PROFILE)
    assert table.CONNECTOR.claims(made)
    with pytest.raises(TracerError, match="'Booked' not found"):
        table.CONNECTOR.count(made)


def test_repeated_and_empty_headings_get_names() -> None:
    assert column_names(("A", "", "a", "B ")) == ("A", "column 2", "a#2", "B")


def test_the_shipped_profiles_parse_and_claim_different_headers() -> None:
    names = [profile.name for profile in shipped()]
    assert len(names) == len(set(names)) >= 9
    assert not any(name.endswith((".yaml", ".yml")) for name in names), "such a name is that of a file"
    headers = [(p.kind, frozenset(p.header)) for p in shipped()]
    assert len(headers) == len(set(headers))


def test_a_preamble_pattern_is_linear_in_the_text(tmp_path: Path) -> None:
    slow = PROFILE.replace('"Account:\\\\s*(\\\\S+)"', '"((?:a|aa|a*)*)b"')
    made = source(tmp_path, "x.csv", "a" * 90_000 + "\n" + FILE.split("\n", 1)[1], slow)
    (sheet,) = sheets(made, delimiter=";")
    bound = bind(parse(slow, "p.yaml"), sheet, "x.csv")
    assert bound is not None
    assert bound.find(bound.profile.account.preamble) == ""


@pytest.mark.parametrize(
    ("text", "question"),
    [
        pytest.param("Date,Text,Amount,Balance\n01/02/2024,x,-1.00,5.00\n", "day or the month", id="date order"),
        pytest.param("Date;Text;Betrag;Saldo\n2024-02-01;x;-1.204;5.000\n", "point or a comma", id="decimal mark"),
        pytest.param("Date,Text,Amount\n2024-02-01,x,1.00\n", "No amount has a sign", id="direction"),
        pytest.param("Date,Text,Amount,Balance\n2024-02-01,x,-1.00,5.00\n", "Which account", id="account"),
        pytest.param("Date,Text,Amount,Balance\n2024-02-01,x,-1.00,5.00\n", "Which currency", id="currency"),
    ],
)
def test_what_data_cannot_tell_is_asked(tmp_path: Path, text: str, question: str) -> None:
    proposal = propose(source(tmp_path, "x.csv", text))
    assert any(question in asked for asked in proposal.questions)
    assert proposal.rows[0][0] == "Date"


@pytest.mark.parametrize(
    ("heading", "row"),
    [
        ("Buchungstag;Verwendungszweck;Soll;Haben;Saldo;Währung", "13.02.2024;x;1,50;;8,50;EUR"),
        ("Date opération;Libellé;Débit;Crédit;Solde;Devise", "13/02/2024;x;1,50;;8,50;EUR"),
        ("Fecha operación;Concepto;Cargo;Abono;Saldo;Divisa", "13/02/2024;x;1,50;;8,50;EUR"),
        ("交易日期;摘要;支出;收入;余额;币种", "2024-02-13;x;1.50;;8.50;人民币"),
        ("Booking date;Text;Debit;Credit;Balance;Currency", "13-Feb-2024;x;1.50;;8.50;EUR"),
    ],
)
def test_a_proposal_in_five_languages_reads_its_own_file(tmp_path: Path, heading: str, row: str) -> None:
    text = f"{heading}\n{row}\n"
    proposal = propose(source(tmp_path, "x.csv", text))
    made = source(tmp_path, "x.csv", text, proposal.profile_yaml, account="1")
    (posting,) = [item for item in table.CONNECTOR.read(made) if isinstance(item, Posting)]
    assert (posting.amount, posting.balance, str(posting.booked)) == (-150, 850, "2024-02-13")


def _corpus(folder: Path) -> list[Path]:
    places = [folder / "bank2ynab-csv", folder / "csv2ofx" / "test"]
    return sorted(f for place in places for f in place.iterdir() if f.suffix.lower() in {".csv", ".dat", ".xls"})


def test_public_exports_are_loaded_asked_about_or_refused_in_one_sentence(
    corpora: Path, tmp_path: Path, tell: Callable[[str], None]
) -> None:
    raw = read = aside = refused = waiting = 0
    files = _corpus(corpora)
    for file in files:
        try:
            proposal = propose(source(tmp_path, "x.csv", file.read_bytes()))
        except TracerError as error:
            refused += len(error.lines()) == 5
            continue
        with_profile = source(tmp_path, "x.csv", file.read_bytes(), proposal.profile_yaml)
        try:
            list(table.CONNECTOR.read(with_profile))
        except NeedsAnswer:
            waiting += 1
        answers = asked(proposal)
        answered = source(tmp_path, "x.csv", file.read_bytes(), proposal.profile_yaml, **answers)
        items = list(table.CONNECTOR.read(answered))
        count = table.CONNECTOR.count(answered)
        postings = sum(isinstance(item, Posting) for item in items)
        rejects = sum(isinstance(item, Reject) for item in items)
        assert count == postings + rejects, file.name
        raw, read, aside = raw + count, read + postings, aside + rejects
    tell(
        f"bank exports, proposed profiles: {len(files)} files: {refused} refused, {waiting} asked; "
        f"{raw} rows = {read} postings + {aside} set aside"
    )
    assert raw == read + aside
    assert read > 700
    assert refused < 5


@pytest.mark.parametrize("case", ["case1", "case3", "case5"])
def test_the_running_balance_variants_tie_in_the_order_that_the_bank_printed(
    corpora: Path, tmp_path: Path, case: str
) -> None:
    data = (corpora / "csv2ofx" / "test" / f"schwab-checking-baltest-{case}.csv").read_bytes()
    items = list(table.CONNECTOR.read(source(tmp_path, "x.csv", data, account="1")))
    statement = next(i for i in items if isinstance(i, Statement))
    assert "balance-proof:3/3" in statement.marks
    postings = [i for i in items if isinstance(i, Posting)]
    assert [p.line for p in postings] == [1, 2, 3, 4]
    for before, after in zip(postings, postings[1:], strict=False):
        assert after.balance == (before.balance or 0) + after.amount


@pytest.mark.parametrize(
    ("header", "roles"),
    [
        ("Konto;Buchung;Valuta;Belastung;Gutschrift;Saldo", "account booked value_date debit credit balance"),
        ("Konto-Nr.;Abschlussdatum;Wert;Einzelbetrag;Whrg;Buchsaldo", "account booked value_date amount currency balance"),
        ("Compte;Date de transaction;Date de valeur;Débits;Crédits;Solde comptable", "account booked value_date debit credit balance"),
        ("Nº de cuenta;F. operación;F. valor;Cargo;Abono;Saldo contable", "account booked value_date debit credit balance"),
        ("账号;交易日;起息日;支取金额;存入金额;账面余额;币别", "account booked value_date debit credit balance currency"),
        ("A/C No.;Posting date;Value date;Dr;Cr;Ledger balance;Curr.", "account booked value_date debit credit balance currency"),
    ],
)  # fmt: skip
def test_the_guesser_knows_the_headings_of_common_exports(tmp_path: Path, header: str, roles: str) -> None:
    cells = {
        "account": "4711001", "booked": "2024-02-13", "value_date": "2024-02-14", "amount": "-5.00", "debit": "5.00",
        "credit": "", "balance": "90.00", "currency": "CHF",
    }  # fmt: skip
    line = ";".join(cells[role] for role in roles.split())
    other = line.replace(";5.00;;", ";;5.00;").replace("90.00", "95.00")
    text = propose(source(tmp_path, "x.csv", f"{header}\n{line}\n{other}\n")).profile_yaml
    names = dict(zip(roles.split(), header.split(";"), strict=True))
    for role, name in names.items():
        assert f'"{name}"' in text, f"{role} is not taken"
    assert "details: [" not in text or not any(name in text.split("details: ")[1] for name in names.values())

"""Whose account a column holds, and which reference goes from end to end; every bank, name and number here is invented."""

from pathlib import Path

import pytest

from connectors import table
from tests.connectors.tables import asked, source
from tracer.ingest.lexicon import role_of
from tracer.ingest.proposal import propose
from tracer.model import Posting

OWN, OTHER, THIRD = "DE02120300000000202051", "DE02500105170137075030", "DE02100500000054540402"


@pytest.mark.parametrize(
    "heading",
    ["IBAN Gegenkonto", "Gegenkonto IBAN", "Gegenkonto-IBAN", "Kontonummer Gegenkonto", "IBAN Empfänger", "IBAN des Empfängers", "Empfänger-IBAN",
     "Kontonummer Begünstigter", "IBAN Zahlungsempfänger", "Konto Auftraggeber/Empfänger", "IBAN Zahlungsbeteiligter", "Account number of counterparty",
     "Counterparty IBAN", "counterparty_iban", "CounterpartyIBAN", "Counter Party Account No.", "Payee's account number", "Payer/payee account", "Beneficiary A/C No",
     "Contra account", "IBAN contrepartie", "Compte de contrepartie", "IBAN du bénéficiaire", "N° de compte du bénéficiaire", "IBAN tegenpartij", "Tegenrekening IBAN",
     "Rekeningnummer begunstigde", "Tegenrekeningnummer", "IBAN contraparte", "Cuenta del beneficiario", "Número de cuenta del destinatario", "Numer rachunku kontrahenta",
     "Rachunek odbiorcy", "Rachunek nadawcy/odbiorcy", "IBAN odbiorcy", "对方账号", "对方银行账号", "交易对方账号", "对方IBAN", "收款人账号", "對方帳號"],
)  # fmt: skip
def test_a_heading_over_the_account_of_the_other_side(heading: str) -> None:
    assert role_of(heading) == ("counterparty_account", "")


@pytest.mark.parametrize(
    "heading",
    ["IBAN", "Kontonummer", "IBAN Kontoinhaber", "IBAN Auftraggeberkonto", "Auftragskonto", "IBAN Auftraggeber", "Sender account", "Konto/Gegenkonto", "Own account",
     "Compte", "Cuenta", "Rekening", "Nr rachunku", "本方账号", "Counterparty account currency", "Beneficiary account name", "Naam tegenrekening", "对方账户名称", "Bank account"],
)  # fmt: skip
def test_a_heading_over_any_other_account_or_over_something_else(heading: str) -> None:
    assert role_of(heading)[0] != "counterparty_account"


@pytest.mark.parametrize(
    "heading",
    ["Kundenreferenz (End-to-End)", "Kundenreferenz (End-to-End-Referenz)", "End-to-End-Referenz", "Ende-zu-Ende-Referenz", "End-to-end reference", "EndToEndId", "end_to_end_id",
     "E2E reference", "EREF", "Référence de bout en bout", "Identifiant de bout en bout", "End-to-end referentie", "Betalingskenmerk (end-to-end)", "Referencia de extremo a extremo",
     "Referencja end-to-end", "Identyfikator End To End", "端到端标识", "端到端参考号"],
)  # fmt: skip
def test_a_heading_over_the_reference_from_end_to_end(heading: str) -> None:
    assert role_of(heading) == ("reference_end_to_end", "")


@pytest.mark.parametrize(
    "heading", ["End-to-end status", "End-to-End Betrag", "Kundenreferenz", "Referenz", "Weekend to end"]
)
def test_a_heading_over_another_reference(heading: str) -> None:
    assert role_of(heading)[0] != "reference_end_to_end"


def read(folder: Path, text: str) -> tuple[str, str, list[tuple[str, str, str]]]:
    """Propose and read; return (questions, account of the statement, (name, account, end-to-end id) of every line)."""
    proposal = propose(source(folder, "a.csv", text))
    made = source(folder, "a.csv", text, proposal.profile_yaml, **asked(proposal))
    statement, *rest = table.CONNECTOR.read(made)
    lines = [
        (one.counterparty, one.counterparty_account, one.end_to_end_id) for one in rest if isinstance(one, Posting)
    ]
    return "\n".join(proposal.questions), getattr(statement, "account", ""), lines


@pytest.mark.parametrize(
    ("own", "other"),
    [("Auftragskonto", "Kontonummer/IBAN"), ("IBAN", "IBAN Gegenkonto"), ("IBAN Auftragskonto", "Gegenkonto IBAN"), ("Kontonummer", "IBAN Empfänger"), ("Kontonummer", "IBAN")],
)  # fmt: skip
def test_beside_the_accounts_own_number_the_other_one_is_the_other_sides(tmp_path: Path, own: str, other: str) -> None:
    text = (
        f"{own};Buchungstag;Betrag;Währung;Empfänger;{other};Kundenreferenz (End-to-End)\n"
        f"{OWN};13.03.2024;-10,50;EUR;Palm GmbH;{OTHER};E-1\n{OWN};14.03.2024;-5,25;EUR;Ried KG;{THIRD};E-2\n"
    )
    _, account, lines = read(tmp_path, text)
    assert (account, lines) == (OWN, [("Palm GmbH", OTHER, "E-1"), ("Ried KG", THIRD, "E-2")])


@pytest.mark.parametrize("heading", ["Kontonummer/IBAN", "IBAN"])
def test_one_account_behind_a_name_that_changes_from_line_to_line_is_not_the_statements(
    tmp_path: Path, heading: str
) -> None:
    text = f"Buchungstag;Betrag;Empfänger;{heading}\n13.03.2024;-10,50;Palm GmbH;{OTHER}\n14.03.2024;5,25;Ried KG;{THIRD}\n"
    questions, account, lines = read(tmp_path, text)
    assert (account, [line[1] for line in lines]) == ("A1", [OTHER, THIRD])
    assert "is it the account of the other side?" in questions


def test_lines_of_several_accounts_beside_the_names_of_their_holders_stay_those_of_several_accounts(
    tmp_path: Path,
) -> None:
    text = f"Name;IBAN;Buchungstag;Betrag\nPalm GmbH;{OWN};13.03.2024;-10,50\nRied KG;{OTHER};14.03.2024;5,25\n"
    _, account, lines = read(tmp_path, text)
    assert (account, {line[1] for line in lines}) == (OWN, {""})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(f"IBAN;Buchungstag;Betrag;IBAN Empfänger\n{OWN};13.03.2024;-10,50;{OTHER}\n{OWN};14.03.2024;5,25;{OWN}\n",
                     "this account's own number on 1 of 2 lines", id="its own on money in"),
        pytest.param(f"Konto {OWN}\nBuchungstag;Betrag;IBAN Empfänger\n13.03.2024;-10,50;{OTHER}\n14.03.2024;5,25;{OWN}\n",
                     "this account's own number on 1 of 2 lines", id="its own as stated above the table"),
        pytest.param(f"Buchungstag;Betrag;IBAN Auftraggeber;IBAN Empfänger\n13.03.2024;-10,50;{OWN};{OTHER}\n14.03.2024;5,25;{THIRD};{OWN}\n",
                     "depends on the line", id="who pays and who receives"),
        pytest.param(f"Buchungstag;Betrag;Beneficiary IBAN\n13.03.2024;7,50;{OWN}\n14.03.2024;5,25;{OWN}\n",
                     "is it the account of this statement?", id="the same on every line"),
    ],
)  # fmt: skip
def test_the_accounts_own_number_is_never_taken_for_the_other_sides(tmp_path: Path, text: str, told: str) -> None:
    questions, _, lines = read(tmp_path, text)
    assert {line[1] for line in lines} == {""}
    assert told in questions


def test_the_account_of_who_receives_is_asked_about_where_money_came_in(tmp_path: Path) -> None:
    text = f"Buchungstag;Betrag;IBAN Empfänger\n13.03.2024;-10,50;{OTHER}\n14.03.2024;5,25;{OWN}\n"
    questions, _, lines = read(tmp_path, text)
    assert "filled on 1 lines of money in: is it not this account's own there?" in questions
    assert lines[0][1] == OTHER

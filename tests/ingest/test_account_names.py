"""Two accounts are never one by their key: what a table prints for an account may be a word, and a word is no bank."""

import itertools
import random

import pytest
from schwifty import IBAN

from tracer.ingest.accounts import account_key

TWO = [
    ("Hauptkonto-12/345", "Hauptkonto-99/345"),  # HAUPTKON has the shape of a BIC of Tokelau
    ("HAUPTKONTO12/345", "HAUPTKONTO99/345"),
    ("Girokonto-EUR/12345", "Girokonto-USD/12345"),
    ("Accounts-1/2345", "Accounts-2/2345"),
    ("PREMIER1/12345678", "PREMIER2/12345678"),  # a BIC of Ireland by its shape, as it is printed
    ("BUSINESSONE/345", "BUSINESSTWO/345"),  # Niger
    ("Main account 12 345", "Main account 12 346"),
    ("Savings 2", "Savings 3"),
    ("活期账户 1001", "活期账户 1002"),
    ("QXDEDEFF/12/345", "QXDEDEFF/13/345"),
    ("QXDEDEFF 12/345", "QXDEDEFF 13/345"),
    # the registry names no parts of these countries' IBANs
    ("IR260120000000003333333333", "IR120170000000004444444444"),
    ("AO06000600000100037131174", "AO46004000000100037131199"),
    ("MZ59000100000011834194157", "MZ91000800000011834194188"),
    # two kinds of account, two currencies, under one number
    ("IS140159260076545510730339", "IS480159130076545510730339"),
    ("GT82TRAJ01020000001210029690", "GT79TRAJ02030000001210029690"),
]


@pytest.mark.parametrize(("one", "other"), TWO)
@pytest.mark.parametrize("servicer", ["", "QXDEDEFF", "QXUKGB2L", "NL"])
def test_two_accounts_have_two_keys(one: str, other: str, servicer: str) -> None:
    assert (account_key(one, servicer) or one) != (account_key(other, servicer) or other)


@pytest.mark.parametrize(
    ("printed", "servicer", "key"),
    [
        ("QXDEDEFF/532013000", "", "DE:QXDEDEFF:532013000"),
        ("QXDEDEFFXXX/0532013000 EUR", "", "DE:QXDEDEFF:532013000"),
        ("QXDEDEFF500/532013000", "QXDEDEFFXXX", "DE:QXDEDEFF500:532013000"),
        ("QXNLNL2A/417164300", "", "NL:QXNL:417164300"),
        ("QXUKGB2L/12345678", "QXUKGB2LXXX", "GB:QXUK:12345678"),
        ("QXUKGB2L/20998812345678", "", "GB:QXUK209988:12345678"),
        ("QXUKXKPR/1234567890", "", "XK:QXUKXKPR:1234567890"),  # Kosovo is not in ISO 3166
    ],
)
def test_a_bic_before_a_number_is_its_bank(printed: str, servicer: str, key: str) -> None:
    assert account_key(printed, servicer) == key


NAMES = ("Hauptkonto", "HAUPTKONTO", "CHECKING", "PREMIER", "BUSINESS", "Main account", "活期账户", "QXDEDEFF", "")
FIRST = ("", "1", "-1", " 12", "999")
SECOND = ("345", "1345", "12345", "345/7", "345 8", "3458")


@pytest.mark.parametrize("servicer", ["", "QXDEDEFF", "QXIEIE2D", "IE"])
def test_other_letters_or_digits_are_another_key(servicer: str) -> None:
    keys: dict[str, set[str]] = {}
    for name, first, mark, second in itertools.product(NAMES, FIRST, ("/", " ", "_"), SECOND):
        text = f"{name}{first}{mark}{second}"
        own = "".join(c for c in text.upper() if c.isalnum()).removeprefix(servicer)  # its own BIC may stand or not
        keys.setdefault(account_key(text, servicer), set()).add(own)
    assert {key: texts for key, texts in keys.items() if len(texts) > 1} == {}


@pytest.mark.parametrize(
    "country", ["AO", "BG", "BR", "DE", "FR", "GB", "GT", "IR", "IS", "MU", "NL", "PT", "SC", "TR"]
)
def test_each_character_of_an_iban_but_its_check_digits_is_in_the_key(country: str) -> None:
    whole = IBAN.random(country, random=random.Random(6))
    keys = {}
    for at, old in enumerate(whole.bban):
        new = str((int(old) + 1) % 10) if old.isdigit() else ("B" if old != "B" else "C")
        changed = str(whole.bban)[:at] + new + str(whole.bban)[at + 1 :]
        keys[at] = account_key(str(IBAN.from_bban(country, changed)))
    same = [at for at, key in keys.items() if key == account_key(str(whole))]
    assert len(same) <= len(str(whole.bban.national_checksum_digits))

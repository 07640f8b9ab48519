from pathlib import Path

from connectors.account_register import CONNECTOR
from tests.connectors.tables import source
from tracer.ingest.reading import read_exhibit
from tracer.model import Account, Reject

HEAD = "number,iban,bank,bic,country,currency,kind,title,holder,beneficial_owner,signatories,opened,closed,facility\n"


def test_an_account_is_read_with_its_overdraft_in_minor_units(tmp_path: Path) -> None:
    row = '"0012345",DE89370400440532013000,Bank,,DE,EUR,current,Title,holder,,a; b,2020-01-31,,"1,000.50"\n'
    made = source(tmp_path, "kyc.csv", HEAD + row)
    assert CONNECTOR.claims(made)
    (account,) = CONNECTOR.read(made)
    assert isinstance(account, Account)
    assert (account.number, account.facility, account.signatories) == ("0012345", 100050, ("a", "b"))
    assert account.account_key == "DE:37040044:532013000"
    assert str(account.opened) == "2020-01-31"


def test_what_an_account_needs_and_lacks_sets_the_row_aside(tmp_path: Path) -> None:
    text = (
        HEAD
        + ",,B,,DE,EUR,,,h,,,,,\n1,,B,,DE,XQX,,,h,,,,,\n2,,B,,DE,JPY,,,h,,,,,10.5\n3,DE00370400440532013000,B,,DE,EUR,,,h,,,2020-02-30,,\n"
    )
    items = list(CONNECTOR.read(source(tmp_path, "kyc.csv", text)))
    assert [(i.code, i.field) for i in items if isinstance(i, Reject)] == [
        ("number-missing", "number"),
        ("currency-unknown", "currency"),
        ("amount-too-precise", "facility"),
    ]
    (account,) = [i for i in items if isinstance(i, Account)]
    assert account.marks == ("iban-check-digits", "date-not-real:opened")


def test_every_row_is_accounted_for(tmp_path: Path) -> None:
    text = HEAD + "1,,B,,DE,EUR,,,h,,,,,\n\nx\n2,,B,,DE,EUR,,,h,,,,,\n"
    reading = read_exhibit(source(tmp_path, "kyc.csv", text), CONNECTOR)
    assert reading.raw == 3
    assert reading.counts == {"account": 2, "reject": 1}

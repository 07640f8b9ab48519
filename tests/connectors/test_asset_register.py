from pathlib import Path

from connectors.asset_register import CONNECTOR
from tests.connectors.tables import source
from tracer.ingest.reading import read_exhibit
from tracer.model import Asset, Interest, Party, Reject

HEAD = "record,class,description,country,titleholder,acquired,price,currency,paid_reference\n"
LAND = "Title Number,Tenure,Property Address,Price Paid,Proprietor Name (1),Company Registration No. (1),Country Incorporated (1),Proprietor Name (2),Company Registration No. (2),Date Proprietor Added\n"


def test_an_asset_is_read(tmp_path: Path) -> None:
    made = source(
        tmp_path, "a.csv", HEAD + 'H1,real_estate,"1 Made Up Road",GB,T Ltd,2024-03-25,"720,000.00",GBP,REF-1\n'
    )
    assert CONNECTOR.claims(made)
    (asset,) = CONNECTOR.read(made)
    assert isinstance(asset, Asset)
    assert (asset.record, asset.asset_class, asset.price, asset.paid_reference) == (
        "H1",
        "real_estate",
        72000000,
        "REF-1",
    )


def test_money_without_a_currency_is_set_aside(tmp_path: Path) -> None:
    (reject,) = CONNECTOR.read(source(tmp_path, "a.csv", HEAD + "H1,vessel,Ship,GB,T,,5.00,,\n"))
    assert isinstance(reject, Reject)
    assert reject.code == "currency-missing"


def test_proprietors_of_the_land_register_are_parties_with_an_interest_that_is_no_share(tmp_path: Path) -> None:
    text = (
        LAND
        + "AB123,Freehold,1 Made Up Road,500000,First Ltd,09990033,JERSEY,Second Ltd,OE000001,25-03-2024\nRow Count:,1\n"
    )
    reading = read_exhibit(source(tmp_path, "ocod.csv", text), CONNECTOR)
    assert reading.raw == 1
    items = list(CONNECTOR.read(source(tmp_path, "ocod.csv", text)))
    (asset,) = [i for i in items if isinstance(i, Asset)]
    assert (asset.price, asset.currency, asset.titleholder) == (50000000, "GBP", "First Ltd; Second Ltd")
    assert [p.names[0].text for p in items if isinstance(p, Party)] == ["First Ltd", "Second Ltd"]
    interests = [i for i in items if isinstance(i, Interest)]
    assert {(i.kind, i.code, i.lo, i.subject) for i in interests} == {
        ("unknownInterest", "registered-proprietor", None, "AB123")
    }


def test_a_row_count_that_differs_is_reported(tmp_path: Path) -> None:
    text = LAND + "AB123,Freehold,x,5,First Ltd,1,JERSEY,,,25-03-2024\nRow Count:,7\n"
    reading = read_exhibit(source(tmp_path, "ocod.csv", text), CONNECTOR)
    assert [r.code for r in reading.rejects] == ["row-count-differs"]

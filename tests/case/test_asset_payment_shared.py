"""Two assets of the register that name one payment: it is traced into neither, and the gap names both and the payment."""

from datetime import date

from tracer.claims import assets_paid
from tracer.model import Asset, Cite, Posting, major

LINE = Cite("a" * 64, "row=2")
PAYMENT = Posting(
    LINE, "123456789", "USD", -5000000, 1, booked=date(2024, 3, 6), owner_reference="REF-1", bank_reference="B-1"
)
OTHER = Posting(Cite("a" * 64, "row=3"), "123456789", "USD", -700, 2, booked=date(2024, 3, 7), owner_reference="REF-2")
POSTINGS = {"p1": PAYMENT, "p2": OTHER}


def asset(record: str, row: int, reference: str) -> Asset:
    return Asset(
        Cite("b" * 64, f"row={row}"),
        record,
        "real_estate",
        "House",
        price=5000000,
        currency="USD",
        paid_reference=reference,
    )


def test_one_payment_named_by_two_assets_is_in_the_target_of_none_and_told() -> None:
    house, ship = asset("H1", 2, "REF-1"), asset("S1", 3, "B-1; REF-2")
    paid, (gap,) = assets_paid({"h": house, "s": ship}, POSTINGS)
    assert paid == {"p2": "sink:ASSET:S1"}
    assert (gap.kind, gap.affects, gap.amount, gap.currency) == ("conflict", ("H1", "S1"), 5000000, "USD")
    assert set(gap.cites) == {LINE, house.cite, ship.cite}
    for told in (gap.description_en, gap.description_zh):
        assert all(part in told for part in ("H1", "S1", major(5000000, "USD", group=True), "2024-03-06"))


def test_the_order_of_the_register_does_not_matter() -> None:
    first, second = asset("H1", 2, "REF-1"), asset("S1", 3, "REF-1")
    assert (
        assets_paid({"a": first, "b": second}, POSTINGS)[0] == assets_paid({"b": second, "a": first}, POSTINGS)[0] == {}
    )


def test_two_prints_of_one_asset_and_two_references_of_one_payment_are_one() -> None:
    twice = {"a": asset("H1", 2, "REF-1; B-1"), "b": asset("H1", 9, "REF-1")}
    assert assets_paid(twice, POSTINGS) == ({"p1": "sink:ASSET:H1"}, ())

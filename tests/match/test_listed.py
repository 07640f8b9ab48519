"""A batch entry that lists its payments, and the records that are these: proposed as one set, counted once when judged."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tracer.match import check, conclude, doubts, in_parts, together
from tracer.match.listed import details_of
from tracer.model import Cite, Message, PaymentParty, Posting

DAY = date(2024, 3, 18)
PAYER, ONE, OTHER, THIRD = "447882001838", "990011223344", "810022334455", "770033445566"
#: As the camt reader writes the details of an entry (tests/connectors/test_camt.py).
PARTS = (
    "AddtlNtryInf: SALARIES MARCH",
    "1: DBIT USD 100.00 EndToEndId SAL-0001; Cdtr A PERSON;",
    "2: USD 120.00 EndToEndId SAL-0002; Cdtr B PERSON;",
    "3: DBIT USD 80.00 EndToEndId NOTPROVIDED; Cdtr C PERSON 770033445566 QXHKHKHH; March",
)


def line(name: str, account: str, amount: int, **more: object) -> Posting:
    stated = {"booked": DAY, "value_date": DAY, "account_key": account, "currency": "USD"} | more
    return Posting(Cite(name[0] * 64, f"line={name}"), account, amount=amount, line=1, **stated)  # type: ignore[arg-type]


def held() -> dict[str, Posting]:
    return {
        "batch": line("w", PAYER, -30_000, parts=PARTS),
        "a": line("a", ONE, 10_000, end_to_end_id="SAL-0001"),
        "b": line("b", OTHER, 12_000, owner_reference="SAL-0002"),
        "c": line("c", THIRD, 8_000),
        "x": line("x", OTHER, 8_000, owner_reference="QX-77112"),
    }


def test_the_payments_of_a_list_are_found_by_reference_or_by_account() -> None:
    (found,) = in_parts(held(), ())
    assert (found.whole, found.parts, found.is_tied) == ("batch", ("a", "b", "c"), False)
    assert found.features[0][2] == "3 parts sum to 300.00 USD"
    assert found.features[-1][2] == (
        "the entry lists all 3: 100.00 by SAL-0001; 120.00 by SAL-0002; 80.00 by account 770033445566"
    )
    said = together(
        "batch", found.parts, decision="same", features=("decided_at=1",), by="A. Officer", on="2026-01-01", reason="r"
    )
    assert sum(one.once for one in check(conclude(held(), {}, ()), held(), ())) == 60_000 + 8_000
    assert sum(one.once for one in check(conclude(held(), {}, said), held(), said)) == 30_000 + 8_000
    assert in_parts(held(), said) == ()
    (gap,) = [one for one in doubts(held(), {}, said) if one.kind == "assumption"]
    assert "The entry lists 3 payments of these amounts." in gap.description_en
    assert "列明3笔付款" in gap.description_zh
    assert gap.ask_en.startswith("The bank's confirmation that the 3 payments listed in its entry of 300.00 USD")
    assert gap.ask_zh.startswith("请银行确认")
    unlisted = held() | {"batch": replace(held()["batch"], parts=PARTS[:3])}
    (gap,) = [one for one in doubts(unlisted, {}, said) if one.kind == "assumption"]
    assert (
        gap.ask_en == "The bank's own breakdown of the payment of 300.00 USD: each part with its account and reference."
    )
    assert "lists" not in gap.description_en


@pytest.mark.parametrize(
    "changed",
    [
        {"a": {"amount": 10_001}},
        {"a": {"end_to_end_id": "SAL-0009"}},
        {"a": {"currency": "EUR"}},
        {"b": {"amount": -12_000}},
        {"b": {"value_date": date(2024, 3, 28)}},
        {"c": {"account": "770033445567", "account_key": "770033445567"}},
        {"batch": {"parts": (*PARTS[:3], "3: CRDT USD 80.00 Cdtr C PERSON 770033445566;")}},
        {"batch": {"parts": (*PARTS[:3], "3: amount not printed, Cdtr C PERSON 770033445566;")}},
    ],
)
def test_what_is_not_listed_so_is_not_proposed(changed: dict[str, dict[str, object]]) -> None:
    lines = held() | {key: replace(held()[key], **more) for key, more in changed.items()}
    assert [one for one in in_parts(lines, ()) if one.parts == ("a", "b", "c")] == []


def test_two_records_that_fit_one_payment_of_the_list_are_told() -> None:
    lines = held() | {"a2": line("q", THIRD, 10_000, end_to_end_id="SAL-0001")}
    assert [one.is_tied for one in in_parts(lines, ()) if one.whole == "batch"] == [True]


def test_orders_that_an_entry_lists_are_its_parts() -> None:
    def order(name: str, amount: int, reference: str) -> Message:
        parties = (PaymentParty("debtor", "TERN LTD", "50K", PAYER), PaymentParty("creditor", "P", "59", "5550001112"))
        return Message(
            Cite("d" * 64, f"message={name}"), "pacs.008.001.08", "QXUKGB2L", "QXHKHKHH", settled=amount, settled_currency="USD",
            settled_date=DAY, parties=parties, end_to_end_id=reference,
        )  # fmt: skip

    orders = {"m1": order("1", 10_000, "SAL-0001"), "m2": order("2", 12_000, "SAL-0002")}
    lines = {"batch": line("w", PAYER, -22_000, parts=PARTS[:3])}
    (found,) = in_parts(lines, (), orders)
    assert found.parts == ("m1", "m2")
    assert found.features[-1][2] == "the entry lists all 2: 100.00 by SAL-0001; 120.00 by SAL-0002"


def test_a_list_of_one_or_of_unread_amounts_is_none() -> None:
    assert details_of(line("w", PAYER, -1, parts=(PARTS[1],))) == ()
    assert [one.amount for one in details_of(held()["batch"])] == [10_000, 12_000, 8_000]
    assert details_of(line("w", PAYER, -1, parts=("1: JPY 100", "2: JPY 1.5"))) == ()


def test_the_account_of_the_entry_itself_tells_no_payment_of_its_list() -> None:
    parts = tuple(
        f"{n}: DBIT USD {amount} Dbtr TERN LTD {PAYER}; Cdtr P {payee};"
        for n, amount, payee in ((1, "100.00", ONE), (2, "120.00", OTHER))
    )
    lines = {"batch": line("w", PAYER, -22_000, parts=parts)}

    def order(name: str, amount: int, payee: str) -> Message:
        parties = (PaymentParty("debtor", "TERN LTD", "50K", PAYER), PaymentParty("creditor", "P", "59", payee))
        return Message(
            Cite("d" * 64, f"message={name}"), "MT103", "QXUKGB2L", "QXHKHKHH", settled=amount, settled_currency="USD",
            settled_date=DAY, parties=parties, reference=f"QX-{name}",
        )  # fmt: skip

    told = [
        one.features[-1][2]
        for one in in_parts(lines, (), {"m": order("1", 10_000, ONE), "n": order("2", 12_000, OTHER)})
    ]
    assert any(f"account {ONE}" in said for said in told)
    others = {"m": order("1", 10_000, "5550001112"), "n": order("2", 12_000, "9990001112")}
    assert not [one for one in in_parts(lines, (), others) if "lists" in one.features[-1][2]]


def test_each_payment_has_a_record_of_its_own_whichever_was_looked_at_first() -> None:
    parts = ("1: USD 100.00 EndToEndId SAL-0001; TxId QX-77112;", "2: USD 100.00 EndToEndId SAL-0001;")
    lines = {
        "batch": line("w", PAYER, -20_000, parts=parts),
        "a": line("a", ONE, 10_000, end_to_end_id="SAL-0001"),
        "b": line("b", OTHER, 10_000, owner_reference="QX-77112"),
    }
    (found,) = [one for one in in_parts(lines, ()) if one.whole == "batch"]
    assert (found.parts, found.is_tied) == (("a", "b"), False)
    twice = lines | {"z": replace(lines["batch"], cite=Cite("z" * 64, "line=1"), account=THIRD, account_key=THIRD)}
    assert [one.is_tied for one in in_parts(twice, ()) if one.parts == ("a", "b")] == [True, True]

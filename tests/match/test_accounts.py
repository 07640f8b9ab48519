"""Two accounts stay two, and one printed in several forms is one; a reversal without its original is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tracer.ingest.accounts import account_key
from tracer.match import conclude, is_account, matched, propose, unmatched
from tracer.match.conclude import doubts
from tracer.model import Account, Cite, Posting
from tracer.model.accounts import account_of, may_be_one

DAY = date(2024, 3, 18)


def line(name: str, account: str, bic: str, amount: int, **more: object) -> Posting:
    return Posting(
        Cite(f"{bic}{account}".ljust(64, "0"), f"line={name}"),
        account,
        "USD",
        amount,
        1,
        statement=f"{bic}{account}",
        account_key=account_key(account, bic),
        servicer=bic,
        booked=DAY,
        value_date=DAY,
        **more,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("printed", "account", "bic", "agent", "is_one"),
    [
        pytest.param("DE89370400440532013000", "532013000", "QXDEDEFF", "", True, id="IBAN, and number with its BIC"),
        pytest.param("DE89370400440532013000", "37040044/532013000", "QXDEDEFF", "", True, id="IBAN, and BBAN"),
        pytest.param("DE89 3704 0044 0532 0130 00", "DE89370400440532013000", "", "", True, id="IBAN in groups"),
        pytest.param("0532013000", "DE89370400440532013000", "", "", True, id="bare number, leading zero"),
        pytest.param("370400440532013000", "DE89370400440532013000", "", "", True, id="BBAN without marks"),
        pytest.param("20-99-88 12345678", "12345678", "QXUKGB2L", "", True, id="sort code before the number"),
        pytest.param("GB03QXUK20998812345678", "GB16QXUK30112212345678", "", "", False, id="another sort code"),
        pytest.param("GB03QXUK20998812345678", "12345678", "QYUKGB2L", "", False, id="another bank in the IBAN"),
        pytest.param("GB03QXUK20998812345678", "12345678", "QXUKGB2L", "", True, id="the bank in the IBAN"),
        pytest.param("DE89370400440532013000", "532013000", "QXATATWW", "", False, id="another country"),
        pytest.param("DE88370400440532013000", "532013000", "QXDEDEFF", "", False, id="an IBAN mistyped"),
        pytest.param("9912345678", "12345678", "QXHKHKHH", "", False, id="a longer number that ends in it"),
        pytest.param("700812345678", "12345678", "QXUKGB2L", "", False, id="a longer number where sort codes are"),
        pytest.param("2001838", "447882001838", "QXHKHKHH", "", False, id="the end of a longer number"),
        pytest.param("447882001838", "447882001838", "QXHKHKHH", "QXHKHKHHXXX", True, id="its own bank printed"),
        pytest.param("447882001838", "447882001838", "QXHKHKHH", "QXHKHKAA", True, id="a branch of its bank printed"),
        pytest.param("447882001838", "447882001838", "QXHKHKHH", "QYHKHKHH", False, id="another bank printed"),
        pytest.param(
            "447882001838", "447882001838", "QXHKHKHH", "021000089", True, id="a clearing number refutes none"
        ),
        pytest.param("", "447882001838", "QXHKHKHH", "", False, id="nothing printed"),
        pytest.param("345", "12345", "QXHKHKHH", "", False, id="short"),
    ],
)
def test_a_printed_account_is_a_lines_own_or_another(
    printed: str, account: str, bic: str, agent: str, *, is_one: bool
) -> None:
    assert is_account(printed, line("1", account, bic, 100), agent) is is_one


@pytest.mark.parametrize(
    ("one", "other", "may_be"),
    [
        ("HK:QXHKHKHH:123456789", "HK:QYHKHKHH:123456789", False),
        ("HK:QXHKHKHH:123456789", "::123456789", True),
        ("HK:QXHKHKHH:123456789", "123456789", True),
        ("GB:QXUK209988:12345678", "GB:QXUK301122:12345678", False),
        ("GB:QXUK209988:12345678", "GB:QXUK:12345678", True),
        ("DE:37040044:532013000", "DE:QXDEDEFF:532013000", True),
        ("DE:37040044:532013000", "AT:QXATATWW:532013000", False),
        ("HK:QXHKHKHH:0123456", "HK:QXHKHKHH:123456", True),
        ("HK:QXHKHKHH:123456", "HK:QXHKHKHH:1234567", False),
    ],
)
def test_two_keys_may_be_one_only_where_nothing_printed_differs(one: str, other: str, *, may_be: bool) -> None:
    assert may_be_one(one, other) is may_be_one(other, one) is may_be


def test_a_register_entry_is_of_its_own_account_or_of_none() -> None:
    cite = Cite("a" * 64, "row=1")
    first = Account(cite, "123456789", "USD", account_key="HK:QXHKHKHH:123456789", facility=100)
    second = replace(first, account_key="HK:QYHKHKHH:123456789", facility=200)
    unknown = replace(first, account_key="::123456789")
    assert account_of("HK:QYHKHKHH:123456789", [first, second]) == second
    assert account_of("HK:QZHKHKHH:123456789", [first, second]) is None
    assert account_of("::123456789", [first, second]) is None, "it may be either"
    assert account_of("HK:QZHKHKHH:123456789", [first, unknown]) == unknown


# -- two held accounts with one bare number at two banks

NUMBER = "447882001838"


def test_a_payment_between_accounts_of_one_number_is_not_to_itself() -> None:
    paid = line("1", NUMBER, "QXHKHKHH", -500, counterparty_account=NUMBER, counterparty_agent="QYHKHKHH")
    lines = {"a": paid, "b": line("2", NUMBER, "QYHKHKHH", 700)}
    (gap,) = unmatched(conclude(lines, {}, ()), lines)
    assert gap.affects == ("HK:QXHKHKHH:447882001838", "HK:QYHKHKHH:447882001838")
    assert gap.amount == 500


def test_where_the_bank_is_not_printed_every_account_it_may_be_is_named() -> None:
    paid = line("1", "111222333", "QZHKHKHH", -500, counterparty_account=NUMBER)
    lines = {"a": paid, "b": line("2", NUMBER, "QXHKHKHH", 700), "c": line("3", NUMBER, "QYHKHKHH", 700)}
    (gap,) = unmatched(conclude(lines, {}, ()), lines)
    assert gap.affects[1:] == ("HK:QXHKHKHH:447882001838", "HK:QYHKHKHH:447882001838")
    assert " or " in gap.description_en


def test_a_line_that_names_its_own_account_is_no_missing_leg() -> None:
    lines = {"a": line("1", NUMBER, "QXHKHKHH", -500, counterparty_account=NUMBER)}
    assert unmatched(conclude(lines, {}, ()), lines) == ()


def test_the_other_leg_is_asked_for_under_any_print_of_the_account() -> None:
    paid = line("1", "111222333", "QZHKHKHH", -500, counterparty_account="DE89370400440532013000")
    lines = {"a": paid, "b": line("2", "532013000", "QXDEDEFF", 700)}
    (gap,) = unmatched(conclude(lines, {}, ()), lines)
    assert gap.affects == ("111222333", "532013000")


def test_a_credit_at_the_other_bank_is_not_the_other_side() -> None:
    """The debit prints number and bank; the credit of equal amount and reference stands on that number at another bank."""
    lines = {
        "d": line(
            "1",
            "111222333",
            "QZHKHKHH",
            -500,
            owner_reference="REF8841",
            counterparty_account=NUMBER,
            counterparty_agent="QXHKHKHH",
        ),
        "c": line("2", NUMBER, "QYHKHKHH", 500, owner_reference="REF8841", counterparty_account="111222333"),
    }
    assert propose(lines, {}, {}) == ()
    lines["c"] = replace(lines["c"], servicer="QXHKHKHH", account_key=account_key(NUMBER, "QXHKHKHH"))
    assert [j.rung for j in propose(lines, {}, {})] == [3]


# -- reversals


def test_a_reversal_is_attached_to_what_it_reverses() -> None:
    lines = {
        "a": line("1", NUMBER, "QXHKHKHH", -500, owner_reference="REF8841"),
        "b": line("2", NUMBER, "QXHKHKHH", 500, owner_reference="REF8841", reversal=True),
    }
    judgements, transfers = matched(lines, {}, {})
    assert [(j.left, j.right, j.features[0]) for j in judgements] == [("a", "b", "relation=reversal")]
    assert {t.debit: t.reversed_by for t in transfers if t.debit} == {"a": "b"}
    assert doubts(lines, {}, judgements) == ()


@pytest.mark.parametrize(
    "others",
    [
        pytest.param([], id="nothing held"),
        pytest.param([{"amount": -400}], id="another amount"),
        pytest.param([{"owner_reference": "REF9999"}], id="another reference"),
        pytest.param([{"booked": date(2024, 4, 1), "value_date": date(2024, 4, 1)}], id="later than the reversal"),
        pytest.param([{}, {}], id="two that fit"),
    ],
)
def test_a_reversal_without_its_original_is_told(others: list[dict[str, object]]) -> None:
    first = line("1", NUMBER, "QXHKHKHH", -500, owner_reference="REF8841")
    lines = {
        f"o{n}": replace(first, cite=Cite("b" * 64, f"line={n}"), line=n, **change)  # type: ignore[arg-type]
        for n, change in enumerate(others, start=1)
    }
    lines["r"] = line("9", NUMBER, "QXHKHKHH", 500, owner_reference="REF8841", reversal=True)
    judgements, transfers = matched(lines, {}, {})
    (gap,) = doubts(lines, {}, judgements)
    assert (gap.id, gap.kind, gap.amount) == ("reversal/r", "unmatched_leg", 500)
    assert gap.cites == (lines["r"].cite,)
    assert not any(t.reversed_by for t in transfers)
    told = next(t for t in transfers if "r" in t.postings)
    assert (told.credit, told.debit) == ("r", "")


def test_a_pending_reversal_or_the_copy_of_one_is_not_told_again() -> None:
    lines = {
        "a": line("1", NUMBER, "QXHKHKHH", -500, owner_reference="REF8841"),
        "b": line("2", NUMBER, "QXHKHKHH", 500, owner_reference="REF8841", reversal=True),
        "p": line("3", NUMBER, "QXHKHKHH", 600, owner_reference="REF7", reversal=True, status="pending"),
    }
    lines["c"] = replace(lines["b"], cite=Cite("c" * 64, "line=2"))
    judgements, _ = matched(lines, {}, {})
    assert doubts(lines, {}, judgements) == ()

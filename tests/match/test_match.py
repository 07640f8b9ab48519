"""The ladder: what joins without a person, what only proposes, and value counted once."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer.match import candidates, conclude, count_once, movement, propose, unmatched
from tracer.model import Agent, CheckFailed, Cite, Message, PaymentParty, Posting, Statement

DAY = date(2024, 3, 18)
BANKS = {"A": "QXHKHKHH", "B": "QXAEAEAD", "C": "QXUKGB2L"}


def line(
    name: str, account: str, amount: int, reference: str = "", other: str = "", day: date = DAY, **more: object
) -> Posting:
    return Posting(
        Cite(more.pop("exhibit", account * 64), f"line={name}"),
        f"{account}000111222",
        "USD",
        amount,
        1,
        statement=f"s{account}",  # type: ignore[arg-type]
        account_key=f"{account}000111222",
        booked=day,
        value_date=day,
        owner_reference=reference,
        counterparty_account=f"{other}000111222" if other else "",
        **more,  # type: ignore[arg-type]
    )


def text(
    name: str, kind: str = "MT103", amount: int = 500, sender: str = "A", receiver: str = "B", **more: object
) -> Message:
    return Message(
        Cite("d" * 64, f"message={name}"),
        kind,
        sender=BANKS[sender],
        receiver=BANKS[receiver],
        settled=amount,
        settled_currency="USD",
        settled_date=DAY,
        **more,  # type: ignore[arg-type]
    )


def joined(postings: dict[str, Posting], messages: dict[str, Message] | None = None) -> set[tuple[str, str, int]]:
    return {(j.left, j.right, j.rung) for j in propose(postings, messages or {}, {})}


@pytest.mark.parametrize(
    ("change", "rung"),
    [
        pytest.param({}, {3}, id="same reference, each the other's counterparty"),
        pytest.param({"amount": 499}, set(), id="a cent less: a statement line needs the equal amount"),
        pytest.param({"currency": "EUR"}, set(), id="another currency"),
        pytest.param({"owner_reference": "NONREF"}, set(), id="a placeholder is no reference"),
        pytest.param({"counterparty_account": ""}, set(), id="no counterparty printed: only a candidate"),
        pytest.param({"counterparty_account": "C000111222"}, set(), id="somebody else's money"),
        pytest.param({"booked": date(2024, 4, 18), "value_date": date(2024, 4, 18)}, set(), id="a month later"),
        pytest.param({"amount": -500}, set(), id="two lines of the same sign are never a pair"),
    ],
)
def test_two_sided_lines(change: dict[str, object], rung: set[int]) -> None:
    lines = {"d": line("1", "A", -500, "REF8841", "B"), "c": replace(line("2", "B", 500, "REF8841", "A"), **change)}
    assert {r for _, _, r in joined(lines)} == rung


def test_several_lines_that_fit_are_none() -> None:
    lines = {
        "d": line("1", "A", -500, "REF8841", "B"),
        "c": line("2", "B", 500, "REF8841", "A"),
        "e": line("3", "B", 500, "REF8841", "A"),
    }
    assert joined(lines) == set()


def test_a_conversion_joins_by_the_original_amount() -> None:
    out = line("1", "A", -25_000_000, "NQS0722", "B")
    into = replace(
        line("2", "B", 23_000_000, "NQS0722", "A"),
        currency="EUR",
        original_amount=25_000_000,
        original_currency="USD",
        rate="0.92",
    )
    (judgement,) = propose({"d": out, "c": into}, {}, {})
    (transfer,) = conclude({"d": out, "c": into}, {}, [judgement])
    assert (transfer.amount_out, transfer.currency_out, transfer.amount_in, transfer.currency_in) == (
        25_000_000,
        "USD",
        23_000_000,
        "EUR",
    )


def test_the_same_line_in_two_exhibits_counts_once() -> None:
    once, again = line("1", "A", -500, "REF8841", exhibit="1" * 64), line("1", "A", -500, "REF8841", exhibit="2" * 64)
    lines = {"x": once, "y": again}
    judgements = propose(lines, {}, {})
    transfers = conclude(lines, {}, judgements)
    assert [j.rung for j in judgements] == [0]
    assert count_once(transfers, lines) == {"USD": (500, 1000)}


def test_two_true_twins_in_one_statement_are_two() -> None:
    lines = {"x": line("1", "A", -700, "REF8841"), "y": line("2", "A", -700, "REF8841")}
    assert propose(lines, {}, {}) == ()
    assert count_once(conclude(lines, {}, []), lines)["USD"] == (1400, 1400)


def test_an_interim_line_is_a_copy_of_the_booked_one() -> None:
    booked, interim = line("1", "A", -700, "REF8841"), replace(line("9", "A", -700, "REF8841"), statement="sI")
    statements = {
        "sA": Statement(booked.cite, "A", "USD"),
        "sI": Statement(interim.cite, "A", "USD", kind="interim"),
    }
    (judgement,) = propose({"b": booked, "i": interim}, {}, statements)
    assert (judgement.left, judgement.right) == ("b", "i")
    (transfer,) = conclude({"b": booked, "i": interim}, {}, [judgement])
    assert transfer.debit == "b"


def test_a_reversal_voids_its_original() -> None:
    lines = {"d": line("1", "A", -500, "REF8841", "B"), "r": line("2", "A", 500, "REF8841", "B", reversal=True)}
    (judgement,) = propose(lines, {}, {})
    assert {t.debit: t.reversed_by for t in conclude(lines, {}, [judgement]) if t.debit} == {"d": "r"}


UETR = "11111111-2222-4333-8444-555555555555"


@pytest.mark.parametrize(
    ("first", "second", "rung"),
    [
        pytest.param(text("1", uetr=UETR), text("2", "MT202COV", uetr=UETR), 1, id="announcement and cover by UETR"),
        pytest.param(
            text("1", uetr=UETR),
            text("2", "MT202COV", uetr=UETR, amount=9_999_999),
            0,
            id="UETR alone never merges: another amount",
        ),
        pytest.param(
            text("1", uetr=UETR),
            replace(text("2", uetr=UETR), settled_currency="EUR"),
            0,
            id="UETR alone never merges: another currency",
        ),
        pytest.param(
            text("1", uetr=UETR),
            text("2", uetr=UETR, sender="C", receiver="C"),
            0,
            id="UETR alone never merges: disjoint parties",
        ),
        pytest.param(
            text("1", reference="REF002"),
            text("2", "MT202COV", related_reference="REF002"),
            2,
            id="21 of the cover = 20 of the MT103",
        ),
        pytest.param(
            text("1", reference="REF002"), text("2", "MT910", related_reference="REF002"), 3, id="21 of the 910"
        ),
        pytest.param(
            text("1", reference="REF002", uetr=UETR),
            text("2", "MT202COV", related_reference="REF002", uetr=UETR.replace("1", "9")),
            0,
            id="different UETRs never join",
        ),
        pytest.param(
            text("1", end_to_end_id="NOTPROVIDED"), text("2", end_to_end_id="NOTPROVIDED"), 0, id="a placeholder"
        ),
        pytest.param(
            text("1", "pacs.008.001.08", uetr=UETR), text("2", "pacs.009.001.08 COV", uetr=UETR), 1, id="pacs pair"
        ),
    ],
)
def test_messages(first: Message, second: Message, rung: int) -> None:
    found = joined({}, {"m": first, "n": second})
    assert {r for _, _, r in found} == ({rung} if rung else set())


def test_a_rejected_message_moved_nothing() -> None:
    """It belongs to the wire, which lists it as not sent; it is no part of the movement (nexus.md section 0)."""
    messages = {
        "m": text("1", reference="REF002"),
        "n": text("2", "MT202COV", related_reference="REF002", accepted=False),
    }
    judgements = propose({}, messages, {})
    assert {j.features[0] for j in judgements} == {"relation=not_sent"}
    assert sorted(t.messages for t in conclude({}, messages, judgements)) == [("m",), ("n",)]


def test_a_message_books_on_the_account_it_names() -> None:
    message = text("1", reference="MDG240312", parties=(PaymentParty("creditor", "B LTD", "59", "B000111222"),))
    lines = {"right": line("1", "B", 500, "MDG240312"), "wrong": line("2", "C", 500, "MDG240312")}
    assert joined(lines, {"m": message}) == {("m", "right", 3)}


def test_a_payment_with_its_cover_confirmation_and_lines_has_one_value() -> None:
    messages = {
        "m1": text("1", reference="REF002", uetr=UETR),
        "m2": text("2", "MT202COV", related_reference="REF002", uetr=UETR),
        "m3": text(
            "3",
            "MT910",
            sender="B",
            receiver="C",
            related_reference="REF002",
            agents=(Agent("debtor_institution", "QXHKHKHH", "BIC", "52A"),),
        ),
    }
    lines = {"p1": line("1", "A", -500, "REF002", "B"), "p2": line("2", "B", 500, "REF002", "A")}
    transfers = conclude(lines, messages, propose(lines, messages, {}))
    (whole,) = transfers
    assert (set(whole.postings), set(whole.messages), whole.amount_out) == ({"p1", "p2"}, {"m1", "m2", "m3"}, 500)
    assert count_once(transfers, lines)["USD"] == (500, 1000)


def test_a_person_can_join_and_take_it_back() -> None:
    lines = {"d": line("1", "A", -500, "X", "B"), "c": line("2", "B", 500, "Y", "A")}
    (candidate,) = candidates(lines, ())
    assert {name for name, _, _ in candidate.features} >= {"amount", "day", "account"}
    same = movement("d", "c", rung=-1, features=("decided_at=1",), by="A. Officer", reason="invoice 7")
    assert [t.debit + t.credit for t in conclude(lines, {}, [same])] == ["dc"]
    assert candidates(lines, [same]) == ()
    undone = movement(
        "d", "c", rung=-1, features=("decided_at=2",), by="B. Officer", reason="two invoices", decision="different"
    )
    assert len(conclude(lines, {}, [same, undone])) == 2


def test_a_person_overrules_the_ladder_whatever_the_order() -> None:
    lines = {"d": line("1", "A", -500, "REF8841", "B"), "c": line("2", "B", 500, "REF8841", "A")}
    ladder = propose(lines, {}, {})
    no = movement("d", "c", rung=-1, features=(), by="A. Officer", reason="no", decision="different")
    assert len(conclude(lines, {}, [*ladder, no])) == len(conclude(lines, {}, [no, *ladder])) == 2


def test_two_debits_are_never_one_movement() -> None:
    lines = {"d": line("1", "A", -500), "e": line("2", "A", -500)}
    with pytest.raises(CheckFailed, match="2 debits"):
        conclude(lines, {}, [movement("d", "e", rung=-1, features=(), by="x", reason="y")])


def test_a_leg_without_its_other_leg_is_a_gap() -> None:
    lines = {"d": line("1", "A", -500, "REF8841", "B"), "c": line("2", "B", 77, "OTHER01", "C")}
    (gap,) = unmatched(conclude(lines, {}, []), lines)
    assert (gap.kind, gap.amount, gap.affects) == ("unmatched_leg", 500, ("A000111222", "B000111222"))


@given(st.permutations(["m1", "m2", "p1", "p2", "p3"]))
def test_loading_order_changes_nothing(order: list[str]) -> None:
    records = {
        "m1": text("1", reference="REF002", uetr=UETR),
        "m2": text("2", "MT202COV", related_reference="REF002", uetr=UETR),
        "p1": line("1", "A", -500, "REF002", "B"),
        "p2": line("2", "B", 500, "REF002", "A"),
        "p3": line("3", "C", 500, "ZZZZ9"),
    }
    postings = {k: v for k in order if isinstance(v := records[k], Posting)}
    messages = {k: v for k in order if isinstance(v := records[k], Message)}
    judgements = propose(postings, messages, {})
    assert [j.id for j in judgements] == [
        j.id for j in propose(dict(sorted(postings.items())), dict(sorted(messages.items())), {})
    ]
    assert len(conclude(postings, messages, judgements)) == 2


def test_two_lines_of_one_statement_are_not_made_copies_of_one_line() -> None:
    """Two equal lines stand in each of two productions: who answers that one line is both has lost the other."""
    a, b = ({"exhibit": mark * 64} for mark in "ef")
    lines = {
        "a1": line("a1", "A", -100, **a),
        "a2": line("a2", "A", -100, **a),
        "b1": replace(line("b1", "A", -100, **b), statement="other"),
        "b2": replace(line("b2", "A", -100, **b), statement="other"),
    }

    def same(left: str, right: str):
        return movement(left, right, rung=-1, features=(), by="A. Officer", reason="one line")

    pairs = [same("a1", "b1"), same("a2", "b2")]
    assert count_once(conclude(lines, {}, pairs), lines)["USD"][0] == 200
    with pytest.raises(CheckFailed, match="2 debits of different statement lines"):
        conclude(lines, {}, [*pairs, same("a1", "b2")])
    with pytest.raises(CheckFailed, match="2 debits of different statement lines"):
        conclude(lines, {}, [same("a1", "b1"), same("a1", "b2")])

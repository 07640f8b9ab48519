"""A payment between two held accounts that was undone on both is one payment back: counted once, and void on both accounts."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

import tracer
from tracer.match import check, conclude, doubts, movement, propose, undone_on_both, unmatched
from tracer.model import Cite, Posting
from tracer.model.judging import relation_of

PAYER, PAYEE = "447882001838", "990011223344"


def line(name: str, account: str, amount: int, day: int, **more: object) -> Posting:
    stated = {"booked": date(2024, 3, day), "value_date": date(2024, 3, day), "owner_reference": "PAY-88410"} | more
    return Posting(Cite("ab"[account == PAYER] * 64, name), account, "USD", amount, 1, account_key=account, **stated)  # type: ignore[arg-type]


PAID = {
    "out": line("out", PAYER, -50_000, 4, counterparty_account=PAYEE),
    "in": line("in", PAYEE, 50_000, 4, counterparty_account=PAYER),
}
BACK = {
    "back": line("back", PAYER, 50_000, 8, reversal=True),
    "undo": line("undo", PAYEE, -50_000, 8, reversal=True),
}


def judged(lines: dict[str, Posting], *words: object) -> tuple:
    found = propose(lines, {}, {}, decided=words)
    return (*found, *undone_on_both(lines, {}, (*found, *words)), *words)


def counted(lines: dict[str, Posting], judgements: tuple) -> int:
    return sum(one.once for one in check(conclude(lines, {}, judgements), lines, judgements))


@pytest.mark.parametrize(
    ("changed", "once"),
    [
        # 500 there and 500 back of the 2,000 that four lines print
        pytest.param({}, 100_000, id="each names its original"),
        pytest.param(
            {"undo": {"owner_reference": "NONREF"}}, 100_000, id="one names none and could mean no other line"
        ),
        pytest.param(
            {"undo": {"owner_reference": "", "booked": date(2024, 3, 19)}}, 150_000, id="and eleven days later"
        ),
        pytest.param(
            {"undo": {"reversal": False, "type_code": "NRTI"}}, 100_000, id="one is printed as a returned payment"
        ),
        pytest.param(
            {"undo": {"reversal": False, "owner_reference": "OTHER1"}}, 150_000, id="an unmarked debit undoes nothing"
        ),
        pytest.param({"undo": {"booked": date(2024, 3, 25)}}, 100_000, id="each names its original, three weeks apart"),
        pytest.param({"undo": {"amount": -49_000}}, 149_000, id="another amount"),
        pytest.param(
            {"more": line("more", PAYEE, 50_000, 5, owner_reference=""), "undo": {"owner_reference": ""}},
            200_000,
            id="it could mean another credit: 500 of that credit more, and no guess",
        ),
        pytest.param(
            {"in": {"owner_reference": "ELSE-77", "counterparty_account": ""}}, 200_000, id="the payment is not one"
        ),
    ],
)
def test_what_undoes_both_sides_is_one_payment_back(changed: dict, once: int) -> None:
    lines = {**PAID, **BACK}
    lines |= {key: replace(lines[key], **more) if isinstance(more, dict) else more for key, more in changed.items()}
    judgements = judged(lines)
    assert counted(lines, judgements) == once
    joined = [j for j in judgements if {j.left, j.right} == {"back", "undo"}]
    assert bool(joined) is (once == 100_000)
    for one in joined:
        assert (one.rung, relation_of(one), "both undo one payment" in one.reason) == (3, "two_sided", True)
        (back,) = [t for t in conclude(lines, {}, judgements) if t.debit == "undo"]
        assert (back.debit_account, back.credit_account, back.credit, back.amount_in) == (PAYEE, PAYER, "back", 50_000)
        assert not [gap for gap in doubts(lines, {}, judgements) if gap.id.startswith(("reversal", "returned"))]


@pytest.mark.parametrize(
    ("held", "told", "told_zh"),
    [
        (["back"], "the credit stands there, of unknown origin", "该贷记仍在账，来源按不明处理"),
        (["undo"], "the debit stands there, to nobody that the records show", "该借记仍在账，去向无记录"),
        (["back", "undo"], "", ""),
        ([], "", ""),
    ],
)
def test_a_payment_that_one_bank_undid_and_the_other_did_not_is_told(held: list[str], told: str, told_zh: str) -> None:
    lines = {**PAID, **{key: BACK[key] for key in held}}
    moved = conclude(lines, {}, judged(lines))
    found = [gap for gap in unmatched(moved, lines) if gap.id.startswith("one-sided/")]
    assert [told in gap.description_en and told_zh in gap.description_zh for gap in found] == [True] * bool(told)
    assert [gap.amount for gap in found] == [50_000] * bool(told)


def test_a_persons_word_takes_it_back_and_withdrawing_the_payment_does_too() -> None:
    lines = {**PAID, **BACK}
    apart = movement("back", "undo", rung=-1, features=(), by="A. Officer", reason="two", decision="different")
    assert counted(lines, judged(lines, apart)) == 150_000
    apart = movement("in", "out", rung=-1, features=(), by="A. Officer", reason="two", decision="different")
    assert counted(lines, judged(lines, apart)) == 200_000


def test_no_account_is_overdrawn_by_a_payment_that_was_undone(tmp_path: Path) -> None:
    """Payee: 1,000, 500 in and back out, 1,000 paid: never overdrawn. The void credit without its reversal made it -500."""
    case = tracer.new(tmp_path / "case", id="U-1", title="Undone", as_of="2025-06-30", by="A. Officer")
    told = {
        PAYER: (f"C1000,00\r\n:61:240304D500,00NTRFPAY-88410\r\n:86:/IBAN/{PAYEE}\r\n:61:240308RD500,00NTRFPAY-88410\r\n", "C1000,00"),
        PAYEE: (
            f"C1000,00\r\n:61:240304C500,00NTRFPAY-88410\r\n:86:/IBAN/{PAYER}\r\n:61:240308RC500,00NTRFPAY-88410\r\n:61:240311D1000,00NTRFSHOP-1\r\n",
            "C0,00",
        ),
    }  # fmt: skip
    for account, (lines, closing) in told.items():
        opening, _, rest = lines.partition("\r\n")
        (tmp_path / f"{account}.sta").write_text(
            f":20:S1\r\n:25:{account}\r\n:28C:1\r\n:60F:{opening[0]}240301USD{opening[1:]}\r\n{rest}:62F:{closing[0]}240331USD{closing[1:]}\r\n-",
            newline="",
        )
        case.load(tmp_path / f"{account}.sta")
    assert sum(1 for t in case.facts().transfers if t.debit and t.credit) == 2
    made = case.dossier().trace
    assert made is not None
    balances = {one.account.lstrip(":"): [(row.amount, row.balance) for row in one.rows] for one in made.accounts}
    assert balances == {PAYER: [(100_000, 100_000)], PAYEE: [(100_000, 100_000), (100_000, 0)]}
    (undo,) = [j for j in case.facts().judgements if "both undo one payment" in j.reason]
    case.judge(undo.left, undo.right, "different", reason="two decisions of two banks")
    made = case.dossier().trace
    assert made is not None
    # as each bank printed it: the payee's own lines stand, and its balance is never below nothing
    assert [row.balance for one in made.accounts for row in one.rows if one.account.endswith(PAYEE)] == [
        100_000,
        150_000,
        100_000,
        0,
    ]


AGAIN = {
    "out2": line("out2", PAYER, -50_000, 6, counterparty_account=PAYEE),
    "in2": line("in2", PAYEE, 50_000, 6, counterparty_account=PAYER),
}


#: The payee's bank books a day later: the dates alone tell nothing.
LATE = {"in": {"value_date": date(2024, 3, 5)}, "in2": {"value_date": date(2024, 3, 7)}}
EACH, TWICE = ("in", "out"), ("in2", "out2")


@pytest.mark.parametrize(
    ("changed", "once", "joined"),
    [
        # 500 there, 500 back and 500 there again of the 3,000 that six lines print
        pytest.param({}, 150_000, {EACH, TWICE, ("back", "undo")}, id="both accounts show it on the same days"),
        pytest.param(LATE, 150_000, {EACH, TWICE, ("back", "undo")}, id="both show it"),
        pytest.param(
            {**LATE, **{key: {"reversal": False, "type_code": "NRTI"} for key in BACK}},
            150_000,
            {EACH, TWICE, ("back", "undo")},
            id="both print it as returned",
        ),
        pytest.param(
            {**LATE, "undo": {"reversal": False, "owner_reference": "ELSE-1"}}, 300_000, set(), id="one account alone"
        ),
        pytest.param(
            {"undo": {"reversal": False, "owner_reference": "ELSE-1"}},
            200_000,
            {EACH, TWICE},
            id="one account alone, and both show the same days",
        ),
        pytest.param(
            {**LATE, "undo": {"owner_reference": ""}}, 300_000, set(), id="which was undone is a guess on one account"
        ),
        pytest.param({**LATE, "back": {"booked": date(2024, 3, 6)}}, 300_000, set(), id="the reversal may mean either"),
        pytest.param(
            {**LATE, "in3": line("in3", PAYEE, 50_000, 6, counterparty_account=PAYER)},
            350_000,
            set(),
            id="a credit more: two of three could be the one that stands",
        ),
        pytest.param(
            {
                "out3": line("out3", PAYER, -50_000, 6, counterparty_account=PAYEE),
                "in3": line("in3", PAYEE, 50_000, 6, counterparty_account=PAYER),
            },
            300_000,
            {EACH, ("back", "undo")},
            id="two true payments after it: which is which nobody can tell",
        ),
    ],
)
def test_a_payment_sent_again_after_it_was_undone_is_told_from_the_first(
    changed: dict, once: int, joined: set[tuple[str, str]]
) -> None:
    lines = {**PAID, **{key: replace(p, booked=date(2024, 3, 5)) for key, p in BACK.items()}, **AGAIN}
    lines |= {key: replace(lines[key], **more) if isinstance(more, dict) else more for key, more in changed.items()}
    judgements = judged(lines)
    assert {(j.left, j.right) for j in judgements if relation_of(j) == "two_sided"} == joined
    assert counted(lines, judgements) == once


def test_a_direct_debit_returned_twice_is_two_payments_there_and_two_back() -> None:
    """Collected on 4, returned on 5, collected again on 6, returned on 7, under one reference: 2,000 of the 4,000 printed."""
    lines = {}
    for day, sign, code in ((4, -1, "NDDT"), (5, 1, "NRTI"), (6, -1, "NDDT"), (7, 1, "NRTI")):
        stated = {"type_code": code, "owner_reference": "DD-00001"}
        lines[f"a{day}"] = line(f"a{day}", PAYER, sign * 50_000, day, counterparty_account=PAYEE, **stated)
        lines[f"b{day}"] = line(f"b{day}", PAYEE, -sign * 50_000, day, counterparty_account=PAYER, **stated)
    judgements = judged(lines)
    joined = {(j.left, j.right) for j in judgements if relation_of(j) == "two_sided"}
    assert joined == {(f"a{day}", f"b{day}") for day in (4, 5, 6, 7)}
    assert counted(lines, judgements) == 200_000


def test_payments_that_no_account_undid_are_not_told_by_their_days() -> None:
    """500 on 4 and on 6: where credits come days later, that of 6 may be the payment of 4."""
    lines = {f"out{day}": line(f"out{day}", PAYER, -50_000, day, counterparty_account=PAYEE) for day in (4, 6)}
    lines |= {f"in{day}": line(f"in{day}", PAYEE, 50_000, day, counterparty_account=PAYER) for day in (4, 6)}
    assert propose(lines, {}, {}) == ()


def test_of_two_reversals_the_earlier_is_tied_first_whatever_their_ids() -> None:
    """Paid on 4, undone on 8, paid on 9, undone on 11: the second reversal means the second payment, since the first is void."""
    lines = {
        "a1": line("a1", PAYER, -50_000, 4),
        "z1": line("z1", PAYER, 50_000, 8, reversal=True),
        "a2": line("a2", PAYER, -50_000, 9),
        "b2": line("b2", PAYER, 50_000, 11, reversal=True),
    }
    assert {(j.left, j.right) for j in propose(lines, {}, {})} == {("a1", "z1"), ("a2", "b2")}

"""The possible ceiling: what left may have come back by a later credit of unknown origin; never below the ceiling."""

from hypothesis import HealthCheck, given, settings

from tests.trace.ledgers import ledgers
from tests.trace.test_elections import credit, move, pay, told
from tracer.trace.bounds import bounds, build
from tracer.trace.bounds_possible import OUTSIDE, may_return
from tracer.trace.events import Book, Holding, enter
from tracer.trace.replay import replay


def ceilings(book: Book, target: str) -> tuple[int, int | None]:
    entries = enter(book)
    may = may_return(entries)
    return bounds(entries, [target]).ceiling, None if may is None else bounds(may, [target]).ceiling


def test_a_payment_that_may_have_come_back() -> None:
    """100 of proceeds, 60 go to a payee; 50 of unknown origin come: of the house of 80, 40 by the books, all of it possibly."""
    book = told(credit("t", 100, "T"), pay("x", 60), credit("u", 50, "U"), pay("ASSET:house", 80))
    assert ceilings(book, "sink:ASSET:house") == (40, 80)


def test_what_came_before_it_left_or_is_known_did_not_come_back() -> None:
    before = told(credit("u", 50, "U"), credit("t", 100, "T"), pay("x", 60), pay("ASSET:house", 80))
    assert ceilings(before, "sink:ASSET:house")[1] is None
    clean = told(credit("t", 100, "T"), pay("x", 60), credit("c", 50, "C"), pay("ASSET:house", 80))
    assert ceilings(clean, "sink:ASSET:house")[1] is None


def test_it_may_come_back_to_another_account_in_the_same_currency_alone() -> None:
    """B receives 50 in its own currency: in another one nothing is known to have been exchanged."""
    for currency, most in (("USD", 50), ("EUR", 0)):
        book = told(
            credit("t", 100, "T"), pay("x", 60), credit("u", 50, "U", account="B"), pay("ASSET:boat", 50, account="B"),
            accounts=(Holding("A", "USD"), Holding("B", currency)),
        )  # fmt: skip
        assert ceilings(book, "sink:ASSET:boat") == (0, most)


def test_a_transfer_between_held_accounts_stays_one() -> None:
    book = told(
        credit("t", 100, "T"), pay("x", 60), move("m", 40, "A", "B"), credit("u", 50, "U"), pay("ASSET:house", 40, account="B"),
        accounts=(Holding("A"), Holding("B")),
    )  # fmt: skip
    assert ceilings(book, "sink:ASSET:house") == (40, 40)


@given(ledger=ledgers())
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_it_is_a_ledger_and_never_below_the_ceiling_of_the_books(ledger) -> None:
    entries = ledger.entries()
    may = may_return(entries)
    if may is None:
        return
    may.validate()
    graph, whole = build(may), build(entries)
    for target in set(graph.targets) & set(whole.targets):
        if target.startswith(("bal:", "sink:ASSET:")):
            assert bounds(may, [target]).ceiling >= bounds(entries, [target]).ceiling, target
    own, other = (replay(e, "libr").targets for e in (entries, may))
    balances = {t for t in own if t.startswith("bal:")}
    assert {t: sum(own[t].values()) for t in balances} == {
        t: sum(x.values()) for t, x in other.items() if t.startswith("bal:") and OUTSIDE not in t
    }

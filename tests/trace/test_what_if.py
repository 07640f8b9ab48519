"""One assumption changed: stories with their paper arithmetic, and what must hold of every ledger."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from tests.case import test_conversions as conversions
from tests.trace.ledgers import ledgers
from tracer import match, trace
from tracer.case import Case
from tracer.findings import concluded_around
from tracer.model import Cite, Claim, NotCovered, Posting, RuleError, Statement, Transfer, WhatIf
from tracer.trace.assumptions import PARAMETERS, parse
from tracer.trace.case_books import Books
from tracer.trace.changes import listed, unclaimed, unlinked
from tracer.trace.changing import changed
from tracer.trace.events import enter
from tracer.trace.replay import replay
from tracer.trace.standing import measure, stand
from tracer.trace.what_if import what_if

RULES = ("libr", "fifo", "lifo", "pro_rata", "proceeds_first")
fx = conversions.case
Line = tuple[int, str, int]
"""(day of March, name, minor units); a name that two accounts share is a transfer."""


def told(
    accounts: dict[str, tuple[int, list[Line]]],
    *,
    claims: dict[str, tuple[str, int]],
    house: str = "house",
    table: str = "",
    gap: tuple[str, int] | None = None,
    value: dict[str, int] | None = None,
    returned: tuple[str, str] | None = None,
) -> trace.Question:
    """Return the question of a small case: claims event -> (line, amount), `gap` (account, first day of a second statement)."""
    postings, statements = {}, {}
    for account, (opening, lines) in accounts.items():
        balance = opening
        for n, (day, name, amount) in enumerate(lines):
            part = "2" if gap is not None and gap[0] == account and day >= gap[1] else ""
            key = f"S{account}{part}"
            known = statements.get(key)
            balance += amount
            first = date(2024, 5, day) if part else date(2024, 3, day)
            statements[key] = Statement(
                cite=Cite(account.lower() * 64, key), account=account, currency="USD",
                kind="table" if account == table else "statement", opening=known.opening if known else balance - amount,
                opening_date=known.opening_date if known else first, closing=balance, closing_date=first,
            )  # fmt: skip
            postings[f"{account}/{name}"] = Posting(
                cite=Cite(account.lower() * 64, f"row={n}"), account=account, currency="USD", amount=amount, line=n,
                statement=key, booked=first, value_date=date(2024, 3, (value or {}).get(name, day)), owner_reference=name,
                balance=None if account == table else balance,
            )  # fmt: skip
    legs: dict[str, list[str]] = {}
    for key in postings:
        legs.setdefault(key.partition("/")[2], []).append(key)
    transfers = []
    for name, keys in legs.items():
        debit = next((k for k in keys if postings[k].amount < 0), "")
        credit = next((k for k in keys if postings[k].amount >= 0), "")
        back = f"{keys[0].partition('/')[0]}/{returned[1]}" if returned and name == returned[0] else ""
        transfers.append(
            Transfer(
                f"T{name:0<8}", tuple(keys), (), debit, credit, "", "", None, "", None, "", None, None, reversed_by=back
            )
        )
    at = {
        name: next(k for k in keys if postings[k].amount >= 0)
        for name, keys in legs.items()
        if len(keys) == 1 and postings[keys[0]].amount >= 0
    }
    return trace.Question(
        postings=postings, statements=statements, transfers=tuple(transfers),
        claims=tuple(Claim(f"C-{e}", e, e, at[line], amount, "USD") for e, (line, amount) in claims.items()),
        paid={next(iter(legs[house])): "sink:ASSET:H"}, rules=RULES, selected="libr", facilities={},
        offences={event: f"O{event[1:]}" for event in claims}, exhibits={"a" * 64: "EX-1", "b" * 64: "EX-2"}, head="h",
    )  # fmt: skip


def ask(question: trace.Question, words: str) -> WhatIf:
    return what_if(question, parse(words.split()))


def of(found: WhatIf, target: str) -> dict[str, tuple[int, int]]:
    return {d.figure: (d.before, d.after) for d in found.differences if d.target == target}


#: 100 of other money; 300 of E1 and 200 of E2 come in; 350 goes on to B, where 50 was; B pays 380 for the house.
TWO = {
    "A": (100, [(1, "e1", 300), (2, "e2", 200), (3, "move", -350)]),
    "B": (50, [(3, "move", 350), (4, "house", -380)]),
}
CLAIMS = {"E1": ("e1", 300), "E2": ("e2", 200)}


def test_nothing_changed_is_no_difference() -> None:
    found = ask(told(TWO, claims=CLAIMS), "nothing")
    assert found.differences == ()
    assert found.run == found.base_run
    assert set(found.targets.values()) == {"holds"}


def test_the_story_as_it_stands_by_hand() -> None:
    """LIBR: 350 from A is 100 + 250 of proceeds; B: 50 + 100 first, 380 takes all other 150 and 230 of proceeds.

    Proceeds first: 350 of proceeds move, all 350 go into the house. Floor: other money that can reach the house is 100 from A
    and 50 in B: 380 - 150 = 230. Ceiling: 350.
    """
    figures = stand(told(TWO, claims=CLAIMS)).figures["sink:ASSET:H"]
    assert (figures.by_rule["libr"], figures.by_rule["proceeds_first"]) == (230, 350)
    assert (figures.floor, figures.ceiling, figures.recorded) == (230, 350, 380)


def test_an_event_left_out_is_other_money() -> None:
    """Without E2, 300 of proceeds and 300 other: LIBR moves 300 other and 50, B 350 other first, 30 of proceeds; ceiling 300.

    Floor: 300 + 50 of other money can reach the house: 380 - 350 = 30.
    """
    found = of(ask(told(TWO, claims=CLAIMS), "leave-out E2"), "sink:ASSET:H")
    assert (found["libr"], found["floor"], found["ceiling"]) == ((230, 30), (230, 30), (350, 300))
    assert found["proceeds_first"] == (350, 300)
    assert (
        ask(told(TWO, claims=CLAIMS), "unclaim e2").differences
        == ask(told(TWO, claims=CLAIMS), "leave-out O2").differences
    )


def test_every_offence_left_out_leaves_nothing() -> None:
    question = told(TWO, claims={"E1": ("e1", 300)})
    found = ask(question, "leave-out E1")
    assert found.targets["sink:ASSET:H"] == found.targets["joint:USD"] == "falls"
    assert {d.after for d in found.differences} == {0}
    assert found.exhibits_gone == ("a" * 64, "b" * 64)
    assert [str(cite) for cite in found.cites] == [str(question.postings["A/e1"].cite)]


def test_a_transfer_unlinked_takes_the_house_away() -> None:
    """B then has 50 + 350 of unknown origin and no proceeds; what left A reaches a target of its own: LIBR 250 of it."""
    found = ask(told(TWO, claims=CLAIMS), "unlink Tmove")
    house = of(found, "sink:ASSET:H")
    assert house["libr"] == (230, 0)
    assert house["ceiling"] == (350, 0)
    gone = of(found, "sink:UNLINKED:USD:B")
    assert (gone["libr"], gone["recorded"], gone["floor"], gone["ceiling"]) == ((0, 250), (0, 350), (0, 250), (0, 350))
    assert found.targets["sink:ASSET:H"] == "falls"
    assert found.exhibits_gone == ("b" * 64,)


@pytest.mark.parametrize(
    ("words", "libr", "floor", "ceiling"),
    [
        pytest.param("opening lawful", 230, 230, 350, id="other money is other money"),
        pytest.param("opening unknown", 230, 230, 350, id="as it stands"),
        # A 600 of proceeds, B 50: the house takes 380, of which at most 0 is other money
        pytest.param("opening proceeds", 380, 380, 380, id="all of both accounts is then proceeds"),
        # A has 100 more of proceeds, 350 of 600 move; B holds 50 other: 330 of proceeds
        pytest.param("opening proceeds A", 330, 330, 350, id="one account only"),
    ],
)
def test_three_opening_balances(words: str, libr: int, floor: int, ceiling: int) -> None:
    question = told(TWO, claims=CLAIMS)
    found = {k: v[1] for k, v in of(ask(question, words), "sink:ASSET:H").items()}
    stood = stand(question).figures["sink:ASSET:H"].all() | found
    assert (stood["libr"], stood["floor"], stood["ceiling"]) == (libr, floor, ceiling)


#: A table: on one day 100 of proceeds comes and 80 goes for the house; 30 was there.
DAY = {"A": (130, [(1, "rent", -20), (2, "e1", 100), (2, "house", -80), (2, "fuel", -50)])}


def test_another_order_of_a_day_moves_the_rules_and_never_the_bounds() -> None:
    """110 other; e1, house, fuel as printed. LIBR: the house takes 80 other. Fuel first: 60 other are left, 20 of proceeds.

    The house before e1: 80 of other money under every rule. The floor and the ceiling hold for each order.
    """
    question = told(DAY, claims={"E1": ("e1", 100)}, table="A")
    base = stand(question).figures["sink:ASSET:H"]
    assert (base.by_rule["libr"], base.floor, base.ceiling) == (0, 0, 80)
    found = ask(question, "order A 2024-03-02 A/fuel,A/e1,A/house")
    assert of(found, "sink:ASSET:H")["libr"] == (0, 20)
    assert not {"floor", "ceiling"} & {d.figure for d in found.differences}
    first = of(ask(question, "order A 2024-03-02 A/house,A/e1,A/fuel"), "sink:ASSET:H")
    assert first["proceeds_first"] == (80, 0)


def test_an_order_that_no_bank_allows_is_refused() -> None:
    question = told({"A": (30, [(2, "e1", 100), (2, "house", -80)])}, claims={"E1": ("e1", 100)}, table="A")
    with pytest.raises(RuleError, match="could not have allowed"):
        ask(question, "order A 2024-03-02 debits_first")
    with pytest.raises(RuleError, match="no day 2024-03-03"):
        ask(question, "order A 2024-03-03 reversed")


def test_value_dates_in_place_of_booking() -> None:
    """The house is valued before e1, though booked after it: it took 80 of 100 other money, no proceeds at all."""
    lines = {"A": (100, [(2, "e1", 100), (3, "house", -80)])}
    question = told(lines, claims={"E1": ("e1", 100)}, value={"house": 1, "e1": 2})
    found = of(ask(question, "value-dates"), "sink:ASSET:H")
    assert (found["proceeds_first"], found["ceiling"]) == ((80, 0), (80, 0))
    assert of(ask(told(lines, claims={"E1": ("e1", 100)}), "value-dates"), "sink:ASSET:H") == {}


def test_a_missing_period_carried_and_open() -> None:
    """50 other + 100 of proceeds, then nothing held for April; the house takes 120 of the 150 in May.

    Carried: floor 120 - 50 = 70, LIBR 70. Open: all may have been exchanged: floor 0. As it stands the floor is open.
    """
    lines = {"A": (50, [(1, "e1", 100), (6, "house", -120)])}
    question = told(lines, claims={"E1": ("e1", 100)}, gap=("A", 6))
    base = stand(question).figures["sink:ASSET:H"]
    assert (base.by_rule["libr"], base.floor, base.ceiling) == (70, 0, 100)
    assert of(ask(question, "holes carried"), "sink:ASSET:H") == {"floor": (0, 70)}
    found = of(ask(question, "holes open"), "sink:ASSET:H")
    assert (found["libr"], found["ceiling"]) == ((70, 0), (100, 0))


def test_a_reversed_payment_brings_back_what_it_took() -> None:
    """FIFO: 50 other, then 100 of proceeds; 60 was paid and came back: void, it never was. At the tail 50 other and 10 of

    proceeds come back behind the 90 that stayed; the house of 100 takes these 90 and 10 other money.
    """
    lines = {"A": (50, [(1, "e1", 100), (2, "pay", -60), (3, "back", 60), (4, "house", -100)])}
    question = told(lines, claims={"E1": ("e1", 100)}, returned=("pay", "back"))
    assert stand(question).figures["sink:ASSET:H"].by_rule["fifo"] == 50
    found = of(ask(question, "parameter reversal new_credit_tail"), "sink:ASSET:H")
    assert found["fifo"] == (50, 90)


def test_fees_that_clean_money_pays_first() -> None:
    """Proceeds first: the fee of 10 takes proceeds, and the house 90 of the rest; clean first: it takes 10 of the 50 other."""
    question = told({"A": (50, [(1, "e1", 100), (2, "fee", -10), (3, "house", -120)])}, claims={"E1": ("e1", 100)})
    question = replace(
        question, postings={k: replace(p, type_code="CHG") if k == "A/fee" else p for k, p in question.postings.items()}
    )
    assert of(ask(question, "parameter fee clean_first"), "sink:ASSET:H")["proceeds_first"] == (90, 100)


def test_interest_that_follows_the_account() -> None:
    """100 of proceeds and 100 other hold, interest of 20: 10 of it follow the proceeds. Pro rata the house of 220 takes all."""
    lines = {"A": (100, [(1, "e1", 100), (2, "interest", 20), (3, "house", -220)])}
    question = told(lines, claims={"E1": ("e1", 100)})
    question = replace(
        question, postings={k: replace(p, details="CREDIT INTEREST") if k == "A/interest" else p for k, p in question.postings.items()}
    )  # fmt: skip
    found = of(ask(question, "parameter interest prorata_posting"), "sink:ASSET:H")
    assert found["libr"] == (100, 110)
    assert found["ceiling"] == (100, 120)  # its label is in doubt: the ceiling takes all of it, the floor none
    assert "floor" not in found
    assert of(ask(question, "parameter interest proceeds"), "sink:ASSET:H")["floor"] == (100, 120)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("", "is not an assumption"),
        ("forget E1", "is not an assumption"),
        ("unlink", "is not an assumption"),
        ("unlink 9999", "no transfer"),
        ("unlink Thouse", "no link between two accounts"),
        ("leave-out O9", "no offence or event"),
        ("opening lawful C", "no account"),
        ("opening clean", "is not an assumption"),
        ("order A soon reversed", "not a day"),
        ("parameter bundle loose", "bundle is 'loose'"),
        ("parameter speed fast", "no parameter"),
        ("parameter reversal new_credit_tail", "was reversed"),
        ("parameter interest clean", "is interest"),
        ("parameter round_trips netted", "no round trip"),
        ("holes open", "no missing period"),
        ("withdraw 1234", "no judgement"),
        ("leave-out-exhibit EX-9", "no exhibit"),
    ],
)
def test_what_names_nothing_is_refused_and_says_what_there_is(words: str, says: str) -> None:
    with pytest.raises(RuleError, match=says) as refused:
        ask(told(TWO, claims=CLAIMS), words)
    assert refused.value.next_call


def test_what_tracer_cannot_change_yet_is_named() -> None:
    with pytest.raises(NotCovered, match="without the records of the case"):
        ask(told(TWO, claims=CLAIMS), "leave-out-exhibit EX-1")


# -- what must hold of every ledger


def standing(ledger, rules=RULES):
    e = ledger.entries()
    e = replace(e, source=tuple(f"p{k}" for k in range(len(e))))
    return measure(Books(e), rules, [])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ledgers())
def test_a_link_or_a_label_changed_gives_what_a_whole_new_run_gives(ledger) -> None:
    """The known flows of the trace as it stands never stand in for a figure that a new run would not give."""
    base = standing(ledger)
    e = base.books.carried
    debits = np.flatnonzero(~e.credit & (e.partner >= 0) & (e.sink < 0)).tolist()
    changes = [lambda x, label=label: unclaimed(x, [label]) for label in ledger.proceeds]
    changes += [lambda x, debit=debit: unlinked(x, [debit]) for debit in debits]
    changes += [lambda x: unlinked(x, debits)] if len(debits) > 1 else []
    for change in changes:
        made, rows = base.books.both(change)
        quick = measure(made, RULES, [], base=base, changed=rows)
        whole = measure(made, RULES, [])
        assert quick.figures == whole.figures
        assert quick.joint == whole.joint
        assert (quick.trail == whole.trail).all()


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ledgers())
def test_a_parameter_never_leaves_the_floor_and_ceiling_of_the_trace(ledger) -> None:
    base = standing(ledger)
    slack = len(base.books.carried) if base.books.carried.several_currencies else 0
    for name in ("bundle", "proceeds_subrule", "mixed_repay"):
        for value in PARAMETERS[name]:
            made = measure(replace(base.books, parameters={name: value}), RULES, [], base=base, changed=_none())
            for target, each in made.figures.items():
                known = base.figures[target]
                assert (each.floor, each.ceiling) == (known.floor, known.ceiling)
                for amount in each.by_rule.values():
                    assert known.floor - slack <= amount <= known.ceiling + slack


def _none():
    return np.zeros(0, np.int64), np.zeros(0, np.int64)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ledgers())
def test_entries_listed_as_events_are_the_same_entries(ledger) -> None:
    """An election starts from the list of events: entered again, every rule gives every target the same."""
    e = replace(ledger.entries(), source=tuple(f"p{k}" for k in range(len(ledger.entries()))))
    if any(name.startswith("transit:") for name in e.sinks) or (e.opening & ((e.origin > 0).sum(axis=1) > 1)).any():
        return  # what is under way at the end, and a mixed opening lot, have no event of their own
    again = enter(listed(e))
    for rule in RULES:
        assert replay(again, rule).targets == replay(e, rule).targets


def test_a_day_without_order_keeps_its_block_when_entries_are_listed() -> None:
    """Table A: on one day two payments, one of them to B, whose own day has its order: the block is A's alone."""
    lines = {
        "A": (100, [(1, "e1", 100), (2, "move", -50), (2, "house", -80)]),
        "B": (10, [(2, "rent", -5), (2, "move", 50), (2, "fuel", -20)]),
    }
    read = told(lines, claims={"E1": ("e1", 100)}, table="A").entries().entries
    again = enter(listed(read))

    def blocks(e: trace.Entries) -> dict[str, int]:
        unordered = [e.accounts[int(e.account[row])] for row in np.flatnonzero(e.block >= 0)]
        return {name: unordered.count(name) for name in unordered}

    assert blocks(again) == blocks(read) == {"A": 2}
    assert trace.all_bounds(again, ["sink:ASSET:H"])[0].ceiling == trace.all_bounds(read, ["sink:ASSET:H"])[0].ceiling


# -- the sample case


@pytest.fixture(scope="module")
def case(harbour_copy: Callable[[Path], Case], tmp_path_factory: pytest.TempPathFactory) -> Case:
    return harbour_copy(tmp_path_factory.mktemp("what_if") / "case")


def test_the_trace_as_it_stands_is_the_trace_that_is_printed(case: Case) -> None:
    same_as_printed(case)


def same_as_printed(case: Case) -> None:
    made, found = case.dossier().trace, case.asked().standing
    printed = {t.target: (t.by_rule, t.bounds.floor, t.bounds.ceiling, t.bounds.recorded) for t in made.targets}
    assert {t: (f.by_rule, f.floor, f.ceiling, f.recorded) for t, f in found.figures.items()} == printed
    for bounds in made.joint:
        joint = found.joint[f"joint:{bounds.currency}"]
        assert (joint.floor, joint.ceiling) == (bounds.floor, bounds.ceiling)


@pytest.mark.parametrize("lines", [p.values for p in conversions.LIKELY[:2]])
def test_a_conversion_in_doubt_stays_in_doubt_under_every_change(
    fx: Case, tmp_path: Path, lines: tuple[str, str]
) -> None:
    """The doubt is a source of the ceiling and takes the floor of its payee down, as it stands and after each change."""
    conversions.load(fx, tmp_path, conversions.usd(lines[0]), conversions.eur(lines[1]))
    same_as_printed(fx)
    question, base = fx.asked().question, fx.asked().standing
    assert len(base.books.in_doubt())
    for words in ("unclaim E1", "opening proceeds", "opening proceeds 987654321"):
        made = changed(parse(words.split()), question, base)
        quick = measure(made.books, RULES, question.paid.values(), base=base, changed=made.rows)
        whole = measure(made.books, RULES, question.paid.values())
        assert (quick.figures, quick.joint) == (whole.figures, whole.joint), words
    assert set(ask(question, "unclaim E1").targets.values()) <= {"holds", "falls"}


def test_the_planted_order_of_the_sample_case(case: Case) -> None:
    """Its GUIDE: on 5 August the payment before the credit leaves 100,000 less of proceeds for the brokerage under LIBR."""
    shown = case.what_if("order", "447120016", "2024-08-05", "reversed")
    (row,) = [r for r in shown if r["figure"] == "LIBR" and "Pelican" in r["target"]]
    assert (str(row["before"]), str(row["after"])) == ("USD 700,000.00", "USD 600,000.00")
    shown_id = next(i for key, i in case.dossier().account_ids.items() if "447120016" in key)
    for name in (shown_id, "AE:099:447120016", "bal:AE:099:447120016"):
        assert repr(case.what_if("order", name, "2024-08-05", "reversed")) == repr(shown), name
    assert case.what_if("nothing").rows == ()


def test_a_judgement_withdrawn_in_thought_is_one_judged_different_in_fact(
    harbour_copy: Callable[[Path], Case], tmp_path: Path
) -> None:
    case = harbour_copy(tmp_path / "case")
    judgement = next(j for j in case.dossier().judgements if j.rung == 3 and j.left.startswith("115f"))
    found = what_if(case.asked().question, parse(["withdraw", judgement.id]), base=case.asked().standing)
    before = {t.target: t for t in case.dossier().trace.targets}
    assert found.differences
    case.judge(judgement.left, judgement.right, "different", reason="to see what it decides")
    for target in case.dossier().trace.targets:
        said = {d.figure: d.after for d in found.differences if d.target == target.target}
        if target.target in before:
            then = before[target.target].by_rule | said
            assert {rule: then[rule] for rule in RULES} == target.by_rule, target.target


def test_a_persons_word_taken_back_gives_the_pair_to_the_ladder_again(
    harbour_copy: Callable[[Path], Case], tmp_path: Path
) -> None:
    """Judged different the transfer is gone; withdrawn in thought, every figure is that of the trace before the judgement."""
    case = harbour_copy(tmp_path / "case")
    stood = {t.target: t.by_rule for t in case.dossier().trace.targets}
    pair = next(j for j in case.dossier().judgements if j.rung == 3 and j.left.startswith("115f"))
    case.judge(pair.left, pair.right, "different", reason="to take it back")
    now = {t.target: t.by_rule for t in case.dossier().trace.targets}
    assert now != stood
    (mine,) = [j for j in case.judgements if j.decision == "different"]
    found = what_if(case.asked().question, parse(["withdraw", mine.id]), base=case.asked().standing)
    for target, by_rule in stood.items():
        said = {d.figure: d.after for d in found.differences if d.target == target}
        assert {rule: (now.get(target, {}) | said).get(rule, 0) for rule in RULES} == by_rule, target


def test_the_transfers_around_a_judgement_are_those_of_all_records(case: Case) -> None:
    """Only what judgements tie to its two records is concluded again; the whole conclusion is the same."""
    facts = case.facts()
    for judgement in facts.judgements:
        more = match.withdrawal(judgement, by="t", at="2025-01-01", reason="t")
        whole = match.conclude(facts["posting"], facts["message"], (*facts.judgements, more))
        assert concluded_around(facts, more) == whole


def test_the_same_words_at_the_terminal(case: Case) -> None:
    from typer.testing import CliRunner

    from tracer.cli import app

    view = case.what_if("leave-out", "E1")
    for more, text in (
        (["--all"], view.text(None)),
        ([], f"{view}\n{len(view) - 20} more rows: the same command with --all"),
    ):
        shown = CliRunner().invoke(app, ["what-if", "leave-out", "E1", *more, "--case", str(case.folder)])
        assert (shown.exit_code, shown.stdout.strip()) == (0, text.strip())
    assert CliRunner().invoke(app, ["what-if", "no", "such", "--case", str(case.folder)]).exit_code == 1

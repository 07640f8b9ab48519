"""Which events a sentence may name for an asset: those that the records let reach it, and no others."""

from dataclasses import replace

import pytest

from tests.annex.dossiers import Move, dossier, drawn, entries_of
from tracer import routes
from tracer.annex.reach import ends_of
from tracer.annex.request_draft import paragraphs
from tracer.annex.workbook import planned
from tracer.trace.bounds import bounds, build

ALPHA, BETA, GAMMA = "QX01:ALPHA", "QX02:BETA", "QX03:GAMMA"


@pytest.mark.parametrize("seed", range(40))
def test_an_event_reaches_exactly_where_its_own_ceiling_is_more_than_nothing(seed):
    """The oracle is the maximum flow of that event alone."""
    opening, moves = drawn(seed, 30)
    trace, graph = dossier(opening, moves).trace, build(entries_of(opening, moves))
    found = ends_of(trace)
    for target in (t for t in trace.targets if t.target not in {"sink:OVERDRAFT", "sink:TRANSIT_FEE"}):
        for label in trace.labels:
            ceiling = bounds(graph, (target.target,), (label,), words=False).ceiling
            assert (target.target in found[label]) == (ceiling > 0), (target.target, label)


def told(opening, moves):
    made = dossier(opening, moves)
    return [p for p in paragraphs(planned(made, routes.evaluate("R4", made), "R4")) if "conserving rule" in p.en]


LATER = [
    Move("in", ALPHA, 100_00, (("E1", 100_00),)),
    Move("out", ALPHA, 60_00, target="sink:ASSET:VILLA"),
    Move("in", ALPHA, 50_00, (("E2", 50_00),)),
    Move("out", ALPHA, 20_00, target="sink:ASSET:YACHT"),
]


def test_an_event_after_the_payment_is_not_named_for_the_asset():
    villa, yacht, joint = told({ALPHA: 0, BETA: 0}, LATER)
    assert "of it is traced to event E1 [" in villa.en
    assert "其中可追踪至事件E1的" in villa.zh
    assert "of it is traced to events E1, E2 [" in yacht.en
    assert "is traced to events E1, E2 whichever" in joint.en


def test_an_event_in_an_account_without_a_way_to_the_property_is_not_named():
    moves = [*LATER[:2], Move("in", GAMMA, 30_00, (("E3", 30_00),)), Move("out", GAMMA, 30_00, target="sink:CASH")]
    villa, joint = told({ALPHA: 0, GAMMA: 0}, moves)
    assert "E3" not in villa.en + villa.zh + joint.en + joint.zh
    assert joint.en.startswith("Of AC-01, AC-02 together")


def test_an_event_that_an_overdraft_took_whole_is_not_named():
    moves = [
        Move("in", ALPHA, 30_00, (("E1", 30_00),)),
        Move("in", ALPHA, 90_00, (("E2", 90_00),)),
        Move("out", ALPHA, 20_00, target="sink:ASSET:VILLA"),
    ]
    villa = told({ALPHA: -50_00, BETA: 0}, moves)[0]
    assert "of it is traced to event E2 [" in villa.en


def test_entries_of_an_unordered_day_may_stand_in_any_order():
    trace = dossier({ALPHA: 0, BETA: 0}, [LATER[0], LATER[2], LATER[1]]).trace
    account = next(a for a in trace.accounts if a.account == ALPHA)
    day = [account.rows[1], account.rows[3], account.rows[2]]  # the payment is printed between the two credits
    rows = (account.rows[0], *(replace(row, row=n, block=0) for n, row in enumerate(day, 1)))
    unordered = replace(trace, accounts=(replace(account, rows=rows),))
    ordered = replace(trace, accounts=(replace(account, rows=tuple(replace(row, block=-1) for row in rows)),))
    assert {label for label, ends in ends_of(unordered).items() if "sink:ASSET:VILLA" in ends} == {"E1", "E2"}
    assert {label for label, ends in ends_of(ordered).items() if "sink:ASSET:VILLA" in ends} == {"E1"}


def test_one_target_alone_is_nowhere_told_as_joint():
    """Two currencies, and one account alone in the second: its floor and ceiling stand in its own row."""
    opening = {ALPHA: 0, BETA: 0}
    moves = [LATER[0], Move("transfer", ALPHA, 40_00, to=BETA, credited=36_00)]
    made = dossier(opening, moves, currencies={BETA: "EUR"})
    plan = planned(made, (), "R4")
    assert [len(b.targets) for b in made.trace.joint] == [1, 1]
    assert plan.jointly == []
    assert plan.sheets["15_METHODS"].blocks == []
    assert not [p for p in paragraphs(plan) if "together" in p.en]

"""The whole way of proceeds into an asset: every hop, its cite, how it is known (annex.md sheet 12, Q6)."""

from dataclasses import replace

import pytest

from tests.annex.dossiers import Move, dossier
from tracer import routes
from tracer.annex.paths import leading_to, shown
from tracer.annex.workbook import planned
from tracer.model import Judgement
from tracer.model.judging import joined_by, worst

ALPHA, BETA = "QX01:ALPHA", "QX02:BETA"


def told(moves, *, rungs=(), opening=None):
    made = dossier(opening or {ALPHA: 0, BETA: 0}, moves)
    if rungs:
        moved = tuple(replace(t, rungs=rungs) if t.debit and t.credit else t for t in made.transfers)
        made = replace(made, transfers=moved)
    return planned(made, routes.evaluate("R4", made), "R4")


STRAIGHT = [
    Move("in", ALPHA, 100_00, (("E1", 100_00),)),
    Move("transfer", ALPHA, 80_00, to=BETA),
    Move("out", BETA, 60_00, target="sink:ASSET:VILLA"),
]


def test_each_hop_from_the_event_to_the_asset_is_shown_with_its_cites():
    plan = told(STRAIGHT)
    hops = leading_to(plan, "sink:ASSET:VILLA")
    assert [(h.source, h.target, h.confidence) for h in hops] == [
        ("E1", "AC-01", "documented"),
        ("AC-01", "AC-02", "documented"),
        ("AC-02", "A1", "documented"),
    ]
    assert [len(h.cites) for h in hops] == [1, 2, 1]  # both accounts' statements print the transfer
    row = plan.sheets["12_ASSETS"].top
    text = str(plan.sheets["12_ASSETS"].get("funding", row))
    assert text == shown(plan, hops)
    assert text.count("EX-") == 4
    flow = plan.sheets["11_FLOW"]
    for hop in hops:
        line = plan.flow_rows[hop.place]
        assert f"11:{line}," in text
        assert (flow.get("from", line), flow.get("to", line)) == (hop.source, hop.target)


@pytest.mark.parametrize("rungs", [(4,), (-1,), (1, 4)])
def test_an_inferred_hop_is_on_the_path_and_grades_it(rungs):
    """A score, and a person's own word, are inferred; what rungs 0 to 3 join stands in the records."""
    plan = told(STRAIGHT, rungs=rungs)
    assert [h.confidence for h in leading_to(plan, "sink:ASSET:VILLA")] == ["documented", "inferred", "documented"]
    sheet = plan.sheets["12_ASSETS"]
    assert sheet.get("path_grade", sheet.top) == "inferred"
    assert "inferred" in str(sheet.get("funding", sheet.top))


def test_money_that_went_round_is_shown_going_round():
    plan = told(
        [
            Move("in", ALPHA, 100_00, (("E1", 100_00),)),
            Move("transfer", ALPHA, 100_00, to=BETA),
            Move("transfer", BETA, 100_00, to=ALPHA),
            Move("out", ALPHA, 90_00, target="sink:ASSET:YACHT"),
        ]
    )
    hops = leading_to(plan, "sink:ASSET:YACHT")
    assert [(h.source, h.target) for h in hops] == [
        ("E1", "AC-01"),
        ("AC-01", "AC-02"),
        ("AC-02", "AC-01"),
        ("AC-01", "A2"),
    ]


def test_what_was_spent_before_is_not_on_the_path():
    """All of E1 had left the account when E2 came: the purchase with E2 has no hop of E1."""
    plan = told(
        [
            Move("in", ALPHA, 50_00, (("E1", 50_00),)),
            Move("out", ALPHA, 50_00, target="sink:CASH"),
            Move("in", ALPHA, 70_00, (("E2", 70_00),)),
            Move("out", ALPHA, 70_00, target="sink:ASSET:VILLA"),
        ]
    )
    assert [h.source for h in leading_to(plan, "sink:ASSET:VILLA")] == ["E2", "AC-01"]


def test_an_asset_without_a_payment_has_no_path():
    plan = told(STRAIGHT)
    assert leading_to(plan, "sink:ASSET:NOWHERE") == ()


@pytest.mark.parametrize(
    ("records", "edges", "rung"),
    [
        ("ab", [("a", "b", 3), ("a", "b", 1)], 1),  # a shared UETR is not made worse by a shared amount
        ("ab", [("a", "b", 3)], 3),
        ("abc", [("a", "b", 1), ("b", "c", 4)], 4),
        ("abc", [("a", "b", 1), ("b", "c", -1)], -1),  # a person's word is no better than a score
        ("abc", [("a", "b", 3), ("b", "c", 3), ("a", "c", -1)], 3),
        ("abc", [("a", "b", 1)], None),
        ("ab", [], None),
    ],
)
def test_records_are_one_by_the_worst_rung_they_need(records, edges, rung):
    assert joined_by(records, edges) == rung


def test_a_movement_of_several_records_is_known_by_its_judgements():
    plan = told(STRAIGHT, rungs=(1, 3))
    made = plan.dossier
    moved = next(t for t in made.transfers if t.debit and t.credit)
    judged = tuple(Judgement(f"j{n}", "movement", *moved.postings, "same", "ladder", "", "", n) for n in (1, 3))
    again = replace(made, judgements=(*made.judgements, *judged))
    assert [h.confidence for h in leading_to(planned(again, (), "R4"), "sink:ASSET:VILLA")] == ["documented"] * 3


def test_the_weakest_of_several_counts():
    assert worst(["documented", "assumed", "inferred"]) == "assumed"
    assert worst([]) == "documented"

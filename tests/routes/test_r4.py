from dataclasses import replace
from datetime import date

import pytest

from tests.annex.dossiers import dossier, planted
from tracer import routes
from tracer.model import CaseError, LegalBasis


@pytest.fixture(scope="module")
def made():
    return dossier(*planted())


def status(made, req_id):
    return next(r for r in routes.evaluate("R4", made) if r.req_id == req_id)


def changed(made, **case):
    return replace(made, case=replace(made.case, **case))


def test_the_eleven_requirements_stand_in_order(made):
    found = routes.evaluate("R4", made)
    assert [r.req_id for r in found] == [f"R4.{n}" for n in range(1, 12)]
    assert [r.req_id for r in found if r.stop == "★"] == ["R4.3", "R4.6"]
    assert [r.req_id for r in found if r.stop == "☆"] == ["R4.2"]


def test_without_a_treaty_the_request_is_a_draft(made):
    bare = changed(made, legal_basis=())
    assert status(bare, "R4.2").status == status(bare, "R4.3").status == "missing"
    assert routes.is_draft(routes.evaluate("R4", bare))


def test_a_treaty_not_known_to_be_in_force_is_partial(made):
    assert status(changed(made, legal_basis=(LegalBasis("UNTOC", ("18",), None),)), "R4.2").status == "partial"


def test_a_provision_needs_text_penalty_translator_and_limitation(made):
    assert status(made, "R4.6").status == "partial"
    whole = replace(made.case.offences[0], translator="T. Name", penalty_min="1 year", penalty_max="10 years")
    assert status(changed(made, offences=(whole,)), "R4.6").status == "complete"
    assert status(changed(made, offences=(replace(whole, in_force_from=date(2024, 2, 1)),)), "R4.6").status == "partial"
    assert status(changed(made, offences=()), "R4.6").status == "missing"


def test_a_person_needs_two_identifiers(made):
    assert status(made, "R4.7").status == "complete"
    unknown = replace(made.case.subjects[0], party="nobody", identifiers=("passport X1",))
    assert status(changed(made, subjects=(unknown,)), "R4.7").status == "partial"


def test_no_event_no_facts(made):
    assert status(changed(made, events=()), "R4.5").status == "missing"


def test_clearing_the_draft_is_a_persons_act(made):
    assert status(made, "R4.10").status == "missing"
    signed = changed(made, signoffs=(("central_authority", "N. Name", "2024-12-01"),))
    assert status(signed, "R4.10").status == "complete"


def test_own_law_applies_to_one_requesting_state_only(made):
    assert status(changed(made, requesting_state="DE"), "R4.11").status == "n/a"
    assert status(made, "R4.11").status == "partial"


def test_what_counsel_must_confirm_says_so(made):
    for requirement in routes.evaluate("R4", made):
        if requirement.mark == "K":
            assert "confirm with counsel" in requirement.note
            assert "请律师确认" in requirement.note_zh


def test_an_n_a_has_a_reason(made):
    assert all(r.note and r.note_zh for r in routes.evaluate("R4", made) if r.status == "n/a")


def test_readiness_leaves_out_what_does_not_apply(made):
    done, counted = routes.readiness(routes.evaluate("R4", made))
    assert 0 < done < counted <= 11


def test_a_route_that_is_not_there_names_those_that_are(made):
    with pytest.raises(CaseError, match="R4"):
        routes.evaluate("R99", made)


def test_every_authority_ships_unverified():
    rows = routes.authorities()
    assert all("UNVERIFIED 未核实" in a.mark(date(2026, 1, 1)) for a in rows.values())
    assert all(a.superseded_by in rows for a in rows.values() if a.superseded_by)


def test_an_ask_is_cited_where_it_stands(made):
    """The ask of a gap is a row of sheet 16; records of a wire are asked for in part 4 of the draft and nowhere else."""
    draft = "request_R4_en.docx and request_R4_zh.docx, part 4"
    wire = replace(made.wires[0], requests=({"to": "QXNBUS33", "account": "1", "quote": ["R1"]},) * 2)
    both = replace(made, wires=(wire,))
    alone = replace(made, wires=(wire,), gaps=())
    for req_id in ("R4.1", "R4.8"):
        assert status(made, req_id).evidence == f"16_GAPS: 1; {draft}: 1"
        assert status(both, req_id).evidence == f"16_GAPS: 1; {draft}: 3"
        assert status(alone, req_id).evidence == f"{draft}: 2"
    assert status(replace(made, gaps=()), "R4.8").status == "missing"


def test_a_note_in_chinese_has_chinese_marks(made):
    for requirement in routes.evaluate("R4", made):
        assert "; " not in requirement.note_zh, requirement.req_id


def test_an_authority_says_of_which_state_it_is():
    states = {"US": ("United States", "美国"), "CN": ("China", "中华人民共和国")}
    for one in routes.authorities().values():
        if one.state:
            assert states[one.state][0] in one.name_en, one.id
            assert states[one.state][1] in one.name_zh, one.id

"""What may not leave the case comes out through no question, in either graph: intelligence never, an exhibit once it is withheld.

The rule is the gate's (tracer/gate.py; spec/safety.md S15): class INT is left out before anything is projected or computed, and
there is no word by which a question asks for it. So every answer is what it is in the case that never had the exhibit.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

import tracer
from tests.connectors.test_bsa import CTR, SAR
from tests.graph.test_questions import given
from tests.graph.test_step import statement, with_graph
from tracer import projection
from tracer.case import Case
from tracer.model import CaseError, GraphError
from tracer.queries import questions

#: Words of the intelligence that the sample case has nowhere: persons, banks and accounts of the reports, the statement.
SECRET = ("Orvell", "Quillhaven", "Perrin Cask", "000912345678", "SECRET9", "payer 0", "31000099000001")


@pytest.fixture(scope="module")
def informed(
    harbour_copy: Callable[[Path], Case], neo4j: Any, tmp_path_factory: pytest.TempPathFactory, served: object
) -> Iterator[Callable[..., Case]]:
    """`informed(graph="")`: the sample case with two reports to FinCEN and two statements of class INT beside its exhibits."""
    place = tmp_path_factory.mktemp("informed")
    folder = harbour_copy(place / "case").folder
    stated = folder / "case.yaml"
    stated.write_text(stated.read_text("utf-8").replace("HARBOUR-2025-001", uuid4().hex[:12]), "utf-8")

    @cache
    def opened(graph: str = "") -> Case:
        return tracer.open(folder, by="A. Officer", clock=lambda: "2025-07-01T09:00:00Z", graph=graph or neo4j.uri)

    case = opened()
    case.graph_sync()
    case.graph_results(write=True)
    for name, text in (("sar.xml", SAR), ("ctr.xml", CTR)):
        (place / name).write_text(text, "utf-8")
        case.load(place / name)
    for account in ("SECRET9", "447882001838"):
        case.load(statement(place, account, 2), evidence_class="INT")
    assert "nothing was written" in case.graph_results(write=True).foot
    yield opened
    with projection.opened(case) as graph:
        graph.clear()


def test_the_intelligence_is_in_the_case_and_in_no_graph(
    informed: Callable[..., Case], served: Callable[..., Case]
) -> None:
    case = informed()
    intelligence = {exhibit.sha256 for exhibit in case.exhibits.all() if exhibit.evidence_class == "INT"}
    assert len(intelligence) == 5, "one that the sample itself has"
    assert intelligence <= set(case.gate.withheld)
    assert case.graph_check().check() == ()


@pytest.mark.parametrize("name", sorted(questions()))
@pytest.mark.parametrize("graph", ["", "embedded"])
def test_a_question_answers_as_if_the_intelligence_were_not_there(
    name: str, graph: str, informed: Callable[..., Case], served: Callable[..., Case]
) -> None:
    if graph and not questions()[name].sql:
        return
    told = informed(graph).ask(name, **given(name))
    assert told.rows == served().ask(name, **given(name)).rows
    assert not [word for word in SECRET if word in repr(told.rows)]


@pytest.mark.parametrize("graph", ["", "embedded"])
def test_it_cannot_be_asked_for_by_name(graph: str, informed: Callable[..., Case]) -> None:
    case = informed(graph)
    for word in SECRET:
        assert case.ask.find_party(text=word).rows == ()
        assert case.ask.messages_naming(institution=word).rows == () if not graph else True
        with pytest.raises(CaseError, match="names no account"):
            case.ask.payers_of(account=word)
        with pytest.raises(CaseError, match="names no party"):
            case.ask.holdings_of(party=word)
        with case.projected() if not graph else _same(case.projected()) as found:
            assert found.search(word).num_rows == 0


def _same(graph: Any) -> Any:
    from contextlib import nullcontext

    return nullcontext(graph)


def test_an_exhibit_that_is_withheld_later_is_asked_for_no_more(neo4j: Any, tmp_path: Path, served: object) -> None:
    """Between the line in case.yaml and the sync that takes it out, the server still holds it: it is not asked."""
    case = with_graph(tracer.new(tmp_path / "case", id="LATER-1", as_of="2026-01-01", by="A. Officer"), neo4j.uri)
    case.load(statement(tmp_path, "AAA111", 3))
    case.load(statement(tmp_path, "BBB222", 2), evidence_class="OS")
    own = tracer.open(case.folder, by="A. Officer", graph="embedded")
    stated = case.folder / "case.yaml"
    before = stated.read_text("utf-8")
    try:
        assert len(case.ask.accounts()) == len(own.ask.accounts()) == 2
        stated.write_text(before.replace("bundle: ordered", 'bundle: ordered, exclude_classes: ["OS"]'), "utf-8")
        for asked in (
            case.ask.accounts,
            lambda: case.cypher("MATCH (a:Account) RETURN a"),
            case.projected,
            case.graph,
        ):
            with pytest.raises(GraphError, match="holds 1 exhibit that may no longer leave") as told:
                asked()
            assert "tracer graph sync" in told.value.next_call
        assert [re.sub(r".*:", "", row["account"]) for row in own.ask.accounts()] == ["AAA111"]
        case.graph_sync()
        assert case.ask.accounts().rows == own.ask.accounts().rows
        assert case.graph_check().check() == ()
        stated.write_text(before, "utf-8")
        case.graph_sync()
        assert case.graph_check().check() == (), "what may leave again is projected again"
        assert len(case.ask.accounts()) == 2
    finally:
        with projection.opened(case) as graph:
            graph.clear()

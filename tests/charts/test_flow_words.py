"""What a flow chart says in words: gaps whole and short, only events that are drawn, every page written, nothing to choose among."""

import re
from dataclasses import replace
from datetime import date

import pytest

import tracer
from tracer.charts import NothingToDraw, flow, owners, sheet_count
from tracer.charts.measure import box_cells
from tracer.charts.visible import wrap
from tracer.model import CaseError, Dossier, GapEffect

HOUSE, BROKER, FLAT = "sink:ASSET:HOUSE-12LC", "sink:ASSET:BROK-2207", "sink:ASSET:FLAT-RF7"


@pytest.fixture(scope="module")
def made(harbour) -> Dossier:
    return harbour.dossier()


def gap_boxes(made: Dossier, target: str | None, rule: str = "libr") -> dict[str, tuple[str, ...]]:
    picture = flow(made, target, rule)
    return {box.lines[0].split()[2]: box.lines for box in picture.boxes if box.id.startswith("gap G")}


@pytest.mark.parametrize("target", [HOUSE, BROKER, FLAT, None])
def test_no_box_of_a_gap_is_cut(made: Dossier, target: str | None) -> None:
    cells = box_cells(flow(made, target, "libr"))
    shown = [line for name, cell in cells.items() if name.startswith("gap ") for line in cell.lines]
    assert shown
    assert not [line for line in shown if "…" in re.sub("…[0-9]{4}", "", line) or "(+" in line]


def test_a_gap_says_what_it_is_when_and_how_far_it_moves_the_target(made: Dossier) -> None:
    boxes = gap_boxes(made, BROKER)
    assert boxes["G002"][1:] == (
        "order of the day unknown",
        "同日次序不明",
        "2024-08-05",
        "LIBR USD 600,000.00",
        "to 至 USD 700,000.00",
    )
    assert boxes["G001"][1:] == (
        "no record",
        "无记录",
        "2024-07-30 to 2024-09-16",
        "EUR 7,600.00",
        "does not move the target",
        "不影响目标金额",
    )


def test_a_gap_that_lowers_the_floor_says_so(made: Dossier) -> None:
    gaps = tuple(
        replace(gap, effects=(*gap.effects, GapEffect(BROKER, "USD", "floor", 0, 260_000_00)))
        if gap.id == "G002"
        else gap
        for gap in made.gaps
    )
    boxes = gap_boxes(replace(made, gaps=gaps), BROKER)
    assert boxes["G002"][-2:] == ("floor 下限 USD 0.00", "to 至 USD 260,000.00")


def test_an_effect_that_nobody_computed_is_not_called_none(made: Dossier) -> None:
    gaps = tuple(replace(gap, kind="conflict", effects=()) for gap in made.gaps)
    box = gap_boxes(replace(made, gaps=gaps), BROKER)["G002"]
    assert "records conflict" in box
    assert box[-2:] == ("effect: see sheet 16", "影响见第16表")


def test_the_title_names_only_the_events_that_are_drawn_in_both_languages(made: Dossier) -> None:
    house, broker = flow(made, HOUSE, "libr"), flow(made, BROKER, "libr")
    assert house.title_en.startswith("Flow of funds by hop: C-E1 to 12 Lantern Cove")
    assert house.title_zh.startswith("资金流向（逐跳）：C-E1 至 12 Lantern Cove")
    assert "C-E1, C-E2 to Pelican" in broker.title_en
    assert "C-E1, C-E2 至 Pelican" in broker.title_zh


def test_no_line_of_chinese_begins_with_a_stop() -> None:
    text = "Sums of movements 各跳为资金变动合计；两次经过同一账户的资金计两次；各跳不相加。（见第16表）、其他"
    for width in range(5, 60):
        lines = wrap(text, width)
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
        assert not [line for line in lines if line[0] in "；，。、）"], width


def test_every_page_of_an_exhibit_is_written(harbour) -> None:
    """The second page holds half of the transfers, and the asset itself."""
    chart = harbour.trace().chart("BROK", "libr")
    pages = sheet_count(chart.picture)
    assert pages == 2
    for kind in ("svg", "png"):
        files = chart.pages(f"broker.{kind}")
        assert [f.name for f in files] == [f"broker.{kind}", f"broker_2.{kind}"]
        assert len({f.read_bytes() for f in files}) == 2
    assert len(chart.pages("broker.pdf")) == len(chart.pages("broker.html")) == 1
    annexed = {p.name for p in (harbour.folder / "out" / "charts").iterdir()}
    assert {"flow_BROK-2207.svg", "flow_BROK-2207_2.svg", "flow_BROK-2207.png", "flow_BROK-2207_2.png"} <= annexed
    assert "flow_HOUSE-12LC_2.svg" not in annexed


def test_a_word_means_the_asset_that_holds_it_before_a_payee_and_never_one_of_several(harbour, made: Dossier) -> None:
    """BROK stands in the name of a payee too: a chart of the wrong target looks like one of the right target."""
    assert [t.target for t in made.trace.targets if "BROK" in t.target] != [BROKER]
    for word in ("BROK", "brok-2207", "Pelican Securities"):
        assert "to Pelican Securities" in harbour.chart("flow", word).picture.title_en
    with pytest.raises(CaseError, match="names 3 targets") as stop:
        harbour.chart("flow", "ASSET")
    assert BROKER in said(stop)


# -- a case in which there is nothing to choose among


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory):
    return tracer.new(tmp_path_factory.mktemp("empty") / "case", id="X-1", as_of="2025-01-01")


def said(stop: pytest.ExceptionInfo[tracer.TracerError]) -> str:
    lines = stop.value.lines()
    assert not [line for line in lines if re.search(r"one of\s*$", line)]
    return "\n".join(lines)


def test_without_parties_the_owners_say_that_there_are_none_and_what_to_load(empty) -> None:
    with pytest.raises(CaseError) as stop:
        empty.owners("Nobody")
    assert "No record of the case names a party" in said(stop)
    assert "tracer load FILE" in said(stop)
    with pytest.raises(NothingToDraw) as drawn:
        owners(empty.dossier(), "nobody", date(2025, 1, 1))
    assert "No record of the case names a party" in said(drawn)
    assert "tracer load FILE" in said(drawn)


def test_without_targets_the_flow_says_what_is_missing(empty) -> None:
    for target, rule in (("sink:ASSET:HOUSE", "libr"), (None, "no-such-rule")):
        with pytest.raises(NothingToDraw) as stop:
            flow(empty.dossier(), target, rule)
        said(stop)
    with pytest.raises(NothingToDraw, match="sink:ASSET:HOUSE") as stop:
        flow(empty.dossier(), "sink:ASSET:HOUSE", "libr")
    assert "predicate_events in case.yaml" in said(stop)
    with pytest.raises(CaseError, match="Nothing is traced"):
        empty.chart("flow")
    with pytest.raises(CaseError) as part:
        empty.trace()["HOUSE"]
    assert "predicate_events" in said(part)


def test_a_trace_without_an_event_says_so_and_how_to_state_one(empty) -> None:
    view = empty.trace()
    assert view.title == "Nothing is traced: case.yaml states no predicate event"
    for key in ("predicate_events", "date", "amount", "account", "proceeds_txn", "tracer trace"):
        assert key in repr(view)
    assert view.check()


def test_the_card_names_the_call_that_helps(empty, made: Dossier, harbour) -> None:
    def next_of(case) -> str:
        return next(row["value"] for row in case.status() if row["what"] == "next")

    assert next_of(empty) == "case.load(FILE): no record is held yet"
    assert next_of(harbour) == "case.problems()"


def test_the_card_of_a_case_with_records_and_no_event_asks_for_the_event(tmp_path) -> None:
    case = tracer.new(tmp_path / "case", id="X-1", as_of="2025-01-01")
    note = tmp_path / "note.txt"
    note.write_text("a note\n")
    case.load(note, connector="none")
    card = next(row["value"] for row in case.status() if row["what"] == "next")
    assert card == "state a predicate event in case.yaml; case.trace() says how"

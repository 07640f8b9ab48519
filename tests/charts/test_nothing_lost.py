"""T3, T4, T12: every arrow of a picture is drawn, in the table, in the footer; none hides another. Both engines."""

import itertools
import math
import re
from dataclasses import replace

import pytest

from tracer.charts import ChartDoesNotFoot, Picture, Tally, grouped, lay_out, page
from tracer.charts.picture import foot, strokes
from tracer.charts.spots import crossings
from tracer.model import Money, minor_units

ENGINES = pytest.mark.parametrize("engine", ["graphviz", "layered"])

GEOMETRY = """() => ({
  edges: Object.values(network.body.edges).filter(e => e.connected).map(e => {
    const middle = e.edgeType.getPoint(0.5), size = e.labelModule.size;
    return {id: e.id, from: e.fromId, to: e.toId, x: middle.x, y: middle.y,
            left: size.left, top: size.top, width: size.width, height: size.height};
  }),
  boxes: Object.values(network.body.nodes).map(n => ({id: n.id, x: n.x, y: n.y, w: n.shape.width, h: n.shape.height})),
})"""


def between(build, pairs: list[tuple[str, str]], columns: dict[str, int]) -> Picture:
    boxes = [(name, "account", "C", column, f"Account {name}", "GB …0001") for name, column in columns.items()]
    transfers = [(f"T{n:03}", a, b, f"{1000 * n}.00", "EUR", n % 28 + 1) for n, (a, b) in enumerate(pairs, 1)]
    return build(boxes, transfers)


@pytest.fixture(scope="module")
def pictures(build, reference) -> dict[str, Picture]:
    ways = list(itertools.permutations("ABC", 2))
    return {
        "reference": reference,
        "5 parallel": between(build, [("A", "B")] * 5, {"A": 0, "B": 1}),
        "5 + 5 opposite": between(build, [("A", "B")] * 5 + [("B", "A")] * 5, {"A": 0, "B": 1}),
        "triangle, 3 each way": between(build, ways * 3, {"A": 0, "B": 1, "C": 2}),
    }


NAMES = ("reference", "5 parallel", "5 + 5 opposite", "triangle, 3 each way")


@pytest.mark.browser
@ENGINES
@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_lost_and_nothing_is_hidden(tab, pictures, name: str, engine: str) -> None:
    made = pictures[name]
    shown = tab.show(page(made, engine=engine))
    found = shown.evaluate(GEOMETRY)
    edges, boxes = found["edges"], found["boxes"]

    rows = shown.locator("table.tracer-arrows tbody tr")
    footer = re.search(r"Drawn (\d+) of (\d+) transfers", shown.locator("footer").inner_text())
    assert len(edges) == len(made.arrows) == rows.count() == int(footer[1]) == int(footer[2])
    sums: dict[str, int] = {}
    for text in rows.locator("td.figure").all_inner_texts():
        currency, figure = text.split()
        sums[currency] = sums.get(currency, 0) + minor_units(figure.replace(",", ""), currency)
    assert sums == {money.currency: money.minor for money in made.source.sums}
    for money in made.source.sums:
        assert str(money) in shown.locator("footer").inner_text()
    assert "= ledger" in shown.locator("footer").inner_text()

    for edge in edges:
        if (
            edge["from"] == edge["to"]
        ):  # getPoint knows no loops: vis-network puts the label on the loop's circle itself
            edge["x"], edge["y"] = edge["left"] + edge["width"] / 2, edge["top"] + edge["height"] / 2
    pairs = [(a, b) for a, b in itertools.combinations(edges, 2) if {a["from"], a["to"]} == {b["from"], b["to"]}]
    near = [(a["id"], b["id"]) for a, b in pairs if math.dist((a["x"], a["y"]), (b["x"], b["y"])) < 10]
    assert near == [], "midpoints of edges between the same two boxes are at least 10 apart"
    astray = [
        edge["id"]
        for edge in edges
        if edge["from"] != edge["to"]
        and math.dist((edge["x"], edge["y"]), (edge["left"] + edge["width"] / 2, edge["top"] + edge["height"] / 2)) > 2
    ]
    assert astray == [], "a label stands on the middle of its own edge"
    labels = [(e["id"], e["left"], e["top"], e["left"] + e["width"], e["top"] + e["height"]) for e in edges]
    nodes = [
        (b["id"], b["x"] - b["w"] / 2, b["y"] - b["h"] / 2, b["x"] + b["w"] / 2, b["y"] + b["h"] / 2) for b in boxes
    ]
    over = [(a[0], b[0]) for a, b in itertools.combinations(labels, 2) if covers(a, b)]
    over += [(a[0], b[0]) for a in labels for b in nodes if covers(a, b)]
    over += [(a[0], b[0]) for a, b in itertools.combinations(nodes, 2) if covers(a, b)]
    assert over == []


def covers(one, two, slack: float = 0.5) -> bool:
    return (
        one[1] < two[3] - slack and two[1] < one[3] - slack and one[2] < two[4] - slack and two[2] < one[4] - slack
    )  # fmt: skip


@ENGINES
@pytest.mark.parametrize("name", NAMES)
def test_the_layout_covers_nothing(pictures, name: str, engine: str) -> None:
    made = pictures[name]
    layout = lay_out(made, engine)
    assert crossings(layout, {s.id: (s.start, s.end) for s in strokes(made)}) == ()
    assert set(layout.routes) == {s.id for s in strokes(made)}
    assert set(layout.spots) == {box.id for box in made.boxes}


@ENGINES
def test_columns_run_from_left_to_right(reference: Picture, engine: str) -> None:
    layout = lay_out(reference, engine)
    by_column: dict[int, list[float]] = {}
    for box in reference.boxes:
        by_column.setdefault(box.column, []).append(layout.spots[box.id].x)
    places = [by_column[column] for column in sorted(by_column)]
    assert all(max(one) < min(two) for one, two in itertools.pairwise(places))


@pytest.mark.parametrize("change", ["a transfer dropped", "one twice", "a cent", "the currency"])
def test_a_picture_that_does_not_foot_is_not_drawn(reference: Picture, change: str) -> None:
    first, *rest = reference.arrows
    money = first.amount
    arrows = {
        "a transfer dropped": rest,
        "one twice": [first, replace(first, id="T9999"), *rest],
        "a cent": [replace(first, amount=Money(money.minor + 1, money.currency)), *rest],
        "the currency": [replace(first, amount=Money(money.minor, "USD")), *rest],
    }[change]
    with pytest.raises(ChartDoesNotFoot):
        page(replace(reference, arrows=tuple(arrows)))


def test_what_is_left_out_is_added_to_what_is_drawn(reference: Picture) -> None:
    first, *rest = reference.arrows
    made = replace(reference, arrows=tuple(rest), left_out=Tally(1, (first.amount,)))
    made.check()
    assert "Drawn 12 of 13 transfers" in foot(made)
    assert "= ledger" not in foot(made)


@pytest.mark.browser
def test_seven_parallel_transfers_are_one_arrow_and_seven_rows(tab, build) -> None:
    made = grouped(between(build, [("A", "B")] * 7, {"A": 0, "B": 1}))
    shown = tab.show(page(made))
    assert shown.evaluate("Object.values(network.body.edges).filter(e => e.connected).length") == 1
    assert "7 transfers," in shown.evaluate("Object.values(network.body.edges)[0].options.label")
    assert shown.locator("table.tracer-arrows tbody tr").count() == 7
    assert "Drawn 7 of 7 transfers · EUR 28,000.00" in shown.locator("footer").inner_text()


def test_five_parallel_transfers_stay_five_arrows(build) -> None:
    assert len(strokes(grouped(between(build, [("A", "B")] * 5, {"A": 0, "B": 1})))) == 5

"""T11, W12, W15: what is not drawn is counted and summed; what nobody could read is refused with another way offered."""

import re

import pytest

from tracer.charts import ChartTooLarge, Picture, capped, graphml, page
from tracer.charts.picture import foot, footing, strokes
from tracer.model import Money


def star(build, boxes: int, arrows: int) -> Picture:
    """One account that pays all the others, in turn, more from turn to turn; B1 is the asset."""
    names = [f"B{n}" for n in range(boxes)]
    made = [(name, "asset" if n == 1 else "account", "A" if n == 1 else "C", min(n, 1), name) for n, name in enumerate(names)]  # fmt: skip
    ends = names[1:]
    moves = [(f"T{n:05}", "B0", ends[n % len(ends)], f"{n + 1}.00", "EUR", 1) for n in range(arrows)]
    return build(made, moves)


def test_301_boxes(build) -> None:
    made = star(build, 301, 300)
    cut = capped(made)
    assert len(cut.boxes) == 300
    assert (cut.left_out.boxes, cut.left_out.transfers) == (1, 1)
    cut.check()
    assert {arrow.id for arrow in made.arrows} - {arrow.id for arrow in cut.arrows} == {"T00001"}, (
        "the smallest goes, but not the one that leads to the asset"
    )
    assert cut.left_out.sums == (Money(200, "EUR"),)
    html = page(made)
    words = "1 boxes and 1 transfers not drawn"
    outside = re.sub(r"<script>.*?</script>", "", html, flags=re.DOTALL)
    assert words in outside.split("<main>")[0], "title line"
    assert words in outside.split("<footer>")[1], "footer"
    assert words in outside.split("<tfoot>")[1].split("</tfoot>")[0], "table"
    assert "Drawn 299 of 300 transfers" in foot(cut)
    assert "= ledger" not in foot(cut)


def test_601_arrows(build) -> None:
    cut = capped(star(build, 101, 601))
    assert len(strokes(cut)) == 600
    assert (cut.left_out.boxes, cut.left_out.transfers) == (0, 1)
    cut.check()
    assert any("Not drawn" in line for line in footing(cut))


def test_5001_boxes_are_refused_with_advice(build) -> None:
    made = star(build, 5001, 5000)
    with pytest.raises(ChartTooLarge) as raised:
        page(made)
    told = " ".join(raised.value.lines())
    assert "5,001 boxes" in told
    assert "EUR 5,000.00" in told, "the largest are named"
    assert "graphml" in told
    text = graphml(made)
    assert text.count("<node ") == 5001
    assert text.count("<edge ") == 5000


def test_5000_boxes_are_drawn_in_part(build) -> None:
    cut = capped(star(build, 5000, 4999))
    assert (len(cut.boxes), cut.left_out.boxes) == (300, 4700)


@pytest.mark.browser
def test_300_boxes_and_600_arrows_fit_a_page_and_are_drawn(tab, build) -> None:
    names = [f"B{n}" for n in range(300)]
    boxes = [(name, "account", "C", n // 30, f"Account {n} Ltd", f"GB …{n:04}") for n, name in enumerate(names)]
    moves = [
        (f"T{n:04}", names[n % 270], names[(n % 270) // 30 * 30 + 30 + (n * 7) % 30], f"{n + 1}.00", "EUR", 1)
        for n in range(600)
    ]
    made = build(boxes, moves)
    html = page(made)
    assert len(html.encode()) <= 1_500_000
    shown = tab.show(html)
    assert shown.evaluate("Object.values(network.body.edges).filter(e => e.connected).length") == 600
    assert shown.locator("table.tracer-arrows tbody tr").count() == 600

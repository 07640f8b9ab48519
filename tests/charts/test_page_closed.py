"""T1, T5, W5 to W8: the page draws offline and asks nobody for anything, in a file, in a frame, and in print."""

import io
import re

import pytest
from PIL import Image

from tracer.charts import Picture, frame, page, script_hashes
from tracer.charts.page import PageNotClosed, demand_closed

pytestmark = pytest.mark.browser


def inked(png: bytes) -> float:
    """Return the share of pixels unlike the background, which is the commonest colour."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    colours = sorted(image.getcolors(image.width * image.height))
    return 1 - colours[-1][0] / (image.width * image.height)


def notebook(html: str) -> str:
    return f"<!doctype html><html><head><meta charset='utf-8'></head><body>{html}</body></html>"


def test_the_page_asks_nobody_and_is_drawn(tab, reference: Picture) -> None:
    shown = tab.show(page(reference))
    assert (tab.outside, tab.policy, tab.errors) == ([], [], [])
    assert inked(shown.locator("#mynetwork canvas").screenshot()) >= 0.005
    assert inked(shown.screenshot()) >= 0.005


def test_control_raw_pyvis_asks_twice(tab) -> None:
    from pyvis.network import Network

    net = Network(directed=True, cdn_resources="in_line", notebook=False)
    net.add_node("n0", label="x")
    tab.show(net.generate_html(), ready=False)
    tab.page.wait_for_timeout(200)
    assert len(tab.outside) == 2, tab.outside


def test_control_an_empty_chart_is_found_blank(tab) -> None:
    shown = tab.show("<!doctype html><body style='margin:0'><canvas width=900 height=500></canvas>", ready=False)
    assert inked(shown.locator("canvas").screenshot()) < 0.005


@pytest.mark.parametrize(("kind", "target"), [("flow", ""), ("owners", "harborline")])
def test_the_chart_of_the_sample_case_is_drawn_with_the_network_cut(tab, harbour, kind: str, target: str) -> None:
    saved = harbour.chart(kind, target).save(f"{kind}.html")
    tab.page.context.set_offline(True)
    try:
        shown = tab.open(saved)
    finally:
        tab.page.context.set_offline(False)
    assert (tab.outside, tab.policy, tab.errors) == ([], [], [])
    assert inked(shown.locator("#mynetwork canvas").screenshot()) >= 0.005
    drawn = shown.evaluate("Object.values(network.body.edges).filter(e => e.connected).length")
    assert drawn == len(harbour.chart(kind, target).picture.arrows) > 5
    assert shown.locator("table.tracer-arrows tbody tr").count() == drawn


def test_the_frame_in_a_trusted_notebook_and_in_print(tab, reference: Picture) -> None:
    shown = tab.show(notebook(frame(reference)), ready=False)
    (inner,) = shown.frames[1:]
    inner.wait_for_selector("body[data-ready='1']", timeout=20_000)
    assert (tab.outside, tab.policy, tab.errors) == ([], [], [])
    live, still = shown.locator(".tracer-chart > iframe"), shown.locator(".tracer-still")
    assert live.get_attribute("sandbox") == "allow-scripts"
    assert (live.is_visible(), still.is_visible()) == (True, False)
    assert inked(live.screenshot()) >= 0.005
    shown.emulate_media(media="print")
    assert (live.is_visible(), still.is_visible()) == (False, True)
    assert inked(still.screenshot()) >= 0.005
    shown.emulate_media(media="screen")


def test_the_frame_in_an_untrusted_notebook_shows_image_and_table(tab, reference: Picture) -> None:
    bare = re.sub(r"<iframe.*?</iframe>|<style>.*?</style>", "", frame(reference), flags=re.DOTALL)
    shown = tab.show(notebook(bare), ready=False)
    assert shown.locator("iframe").count() == 0
    image = shown.locator(".tracer-still img")
    assert image.is_visible()
    assert image.evaluate("i => i.naturalWidth") > 800
    assert "Drawn 13 of 13 transfers" in (image.get_attribute("alt") or "")
    assert shown.locator("table.tracer-arrows tbody tr").count() == 13
    assert tab.outside == []


def test_a_chart_in_a_hidden_tab_is_drawn_when_it_is_shown(tab, reference: Picture) -> None:
    hidden = frame(reference).replace(
        '<div class="tracer-chart">', '<div class="tracer-chart" style="display:none">', 1
    )
    shown = tab.show(notebook(hidden), ready=False)
    shown.wait_for_timeout(300)
    shown.locator(".tracer-chart").evaluate("e => { e.style.display = 'block'; }")
    (inner,) = shown.frames[1:]
    inner.wait_for_selector("body[data-ready='1']", timeout=20_000)
    shown.wait_for_timeout(300)
    assert inked(inner.locator("#mynetwork canvas").screenshot()) >= 0.005
    assert inner.evaluate("network.getScale()") > 0.3


def test_the_policy_names_every_script_and_nothing_else(reference: Picture) -> None:
    html = page(reference)
    first = re.search(r"<meta[^>]*>", html)
    assert first is not None
    assert "Content-Security-Policy" in first[0]
    policy = re.search(r'content="([^"]*)"', first[0])[1].replace("&#x27;", "'")
    (scripts,) = re.findall(r"script-src ([^;]*);", policy)
    assert scripts.split() == script_hashes(html)
    outside = re.sub(r"<script>.*?</script>", "<script></script>", html, flags=re.DOTALL)
    assert len(script_hashes(html)) == outside.count("<script") == 3
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in scripts
    assert html.startswith("<!doctype html>")
    assert '<meta name="referrer" content="no-referrer">' in html
    assert "node_modules" not in html
    assert "jsdelivr" not in html


@pytest.mark.parametrize(
    "tag",
    [
        '<link rel="stylesheet" href="x">',
        '<script src="x"></script>',
        "<img src=x>",
        '<a href="https://tracer-canary.invalid">',
        '<base href="/">',
        "<object data=x></object>",
        '<form action="x"></form>',
        '<div style="background:url(x)">',
        "<p style='@import x'>",
        "<svg><image HREF = 'x'/></svg>",
    ],
)
def test_a_tag_that_refers_outside_stops_the_page(reference: Picture, tag: str) -> None:
    html = page(reference)
    demand_closed(html)
    with pytest.raises(PageNotClosed):
        demand_closed(html.replace("</body>", f"{tag}</body>"))

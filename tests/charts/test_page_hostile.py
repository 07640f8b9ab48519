"""T2: no string of the injection corpus runs or calls out; and the harness sees those that do in unsafe templates."""

import html
import json
import re
from dataclasses import replace

import pytest

from tracer.charts import Arrow, Picture, frame, page
from tracer.charts.table import table
from tracer.charts.visible import LABEL

pytestmark = pytest.mark.browser


def _inner(value: str) -> str:
    text = json.dumps(value).replace("<", "\\u003c")
    return f"<div id=d></div><script>document.getElementById('d').innerHTML = {text};</script>"


UNSAFE = {
    "html": lambda v: f"<div>{v}</div>",
    "attr-double": lambda v: f'<div title="{v}">',
    "attr-single": lambda v: f"<div title='{v}'>",
    "attr-bare": lambda v: f"<div title={v}>",
    "script-double": lambda v: f'<script>var s="{v}";</script>',
    "script-single": lambda v: f"<script>var s='{v}';</script>",
    "script-template": lambda v: f"<script>var s=`{v}`;</script>",
    "script-json-naive": lambda v: f"<script>var s={json.dumps(v)}</script>",
    "title": lambda v: f"<title>{v}</title>",
    "textarea": lambda v: f"<textarea>{v}</textarea>",
    "style": lambda v: f"<style>/*{v}*/</style>",
    "comment": lambda v: f"<!-- {v} -->",
    "href": lambda v: f'<a href="{v}">link</a>',
    "frame-src": lambda v: f'<iframe src="{v}"></iframe>',
    "inner-html": _inner,
    "svg": lambda v: f"<svg><text>{v}</text></svg>",
    "cdata-svg": lambda v: f"<svg><desc><![CDATA[{v}]]></desc></svg>",
    "sandboxed-srcdoc": lambda v: f'<iframe sandbox="allow-scripts" srcdoc="{html.escape(v)}"></iframe>',
    "double-decode": lambda v: _inner(html.unescape(v)),
    "js-line-comment": lambda v: f"<script>//{v}\n</script>",
}


def wrapped(template: str, value: str) -> str:
    head = "<!doctype html><meta charset='utf-8'>"
    return f"{head}{UNSAFE[template](value)}"


def seen(tab, template: str, value: str, done) -> bool:
    """Show one string in one unsafe template and wait until `done`, five seconds at most: a busy machine is slow, and what ran is waited for only here."""
    tab.show(wrapped(template, value), ready=False)
    if template == "href" and not done():
        link = tab.page.locator("a")
        if link.count():
            link.first.evaluate("a => a.click()")
    for _ in range(250):
        if done():
            return True
        tab.page.wait_for_timeout(20)
    return done()


def test_control_every_pair_that_ran_in_chromium_runs_here(tab, corpus, hostile) -> None:
    silent = [
        (s["id"], template)
        for s in corpus
        for template in s.get("executes_in", ())
        if not seen(tab, template, hostile[s["id"]], lambda: tab.fired)
    ]
    assert silent == []


def test_control_every_pair_that_called_out_calls_out_here(watch, corpus, hostile) -> None:
    silent = []
    for string in corpus:
        for template in string.get("requests_in", ()):
            tab = watch()  # its own tab each: what leads away goes on leading away
            if not seen(
                tab, template, hostile[string["id"]], lambda t=tab: any("tracer-canary" in u for u in t.requests)
            ):
                silent.append((string["id"], template))
    assert silent == []


def test_control_raw_pyvis_runs_a_heading(tab, hostile) -> None:
    from pyvis.network import Network

    net = Network(directed=True, cdn_resources="in_line", notebook=False, heading=hostile["H02"])
    net.add_node("n0", label="x", title=hostile["H18"])
    tab.show(net.generate_html(), ready=False)
    tab.page.wait_for_timeout(300)
    assert tab.fired


@pytest.fixture(scope="module")
def attacked(build, hostile) -> Picture:
    """Every string as box, label, detail, ref, date, cite, footer, legend, source and head, all at once."""
    kinds = ("person", "organization", "arrangement", "account", "institution", "asset", "unknown")
    names = list(hostile)
    boxes = [(i, kinds[n % 7], "VSCBAL?"[n % 7], n % 8, hostile[i], i) for n, i in enumerate(names)]
    made = build(boxes, [(i, i, j, "1.00", "EUR", 1) for i, j in zip(names, names[1:], strict=False)])
    arrows = tuple(
        Arrow(a.id, a.start, a.end, a.amount, (hostile[a.id], str(a.amount)), ((hostile[a.id], hostile[a.id]),),
              on=hostile[a.id], cite=hostile[a.id])
        for a in made.arrows
    )  # fmt: skip
    every = tuple(hostile.values())
    return replace(
        made,
        boxes=tuple(replace(box, detail=((box.lines[0], box.lines[0]), ("id", box.id))) for box in made.boxes),
        arrows=arrows,
        footer=every,
        legend=every,
        sources=every,
        heads=every[:8],
    )


def test_no_string_runs_or_calls_out_and_each_box_is_clicked(tab, attacked: Picture, hostile) -> None:
    shown = tab.show(page(attacked))
    places = shown.evaluate(
        "Object.keys(boxes_of()).map(id => { const at = network.canvasToDOM(network.getPosition(id)); "
        "return [id, at.x, at.y]; })".replace("boxes_of()", "CHART.boxes")
    )
    assert len(places) == len(hostile)
    corner = shown.locator("#mynetwork").bounding_box()
    told = set()
    for _, x, y in places:
        shown.mouse.click(corner["x"] + x, corner["y"] + y)
        told.add(shown.locator("#panel dd").last.inner_text())
    assert told == set(hostile), "each click shows the box's own id in the panel"
    assert (tab.fired, tab.outside, tab.policy, tab.errors) == ([], [], [], [])
    assert shown.evaluate("document.querySelectorAll('img, a, form, link, object, embed, iframe, svg').length") == 0


def test_no_string_runs_in_the_frame(tab, attacked: Picture) -> None:
    small = replace(attacked, footer=(), legend=(), heads=(), sources=())
    shown = tab.show(f"<!doctype html><meta charset='utf-8'><body>{frame(small)}", ready=False)
    shown.frames[1].wait_for_selector("body[data-ready='1']", timeout=20_000)
    assert (tab.fired, tab.outside, tab.policy, tab.errors) == ([], [], [], [])


def test_no_string_runs_as_title_rule_run_or_head(tab, build, corpus, hostile) -> None:
    """The strings that run or call out somewhere, packed into the short fields of a few pages."""
    dangerous = [hostile[s["id"]] for s in corpus if "executes_in" in s or "requests_in" in s]
    plain = build([("a", "person", "S", 0, "a"), ("b", "account", "A", 1, "b")], [("T1", "a", "b", "1.00", "EUR", 1)])
    while dangerous:
        fields = {name: [] for name in ("title_en", "title_zh", "rule", "exhibit", "head")}
        for name, room in (("title_en", 190), ("title_zh", 190), ("rule", 150), ("exhibit", 0), ("head", 60)):
            while dangerous and (not fields[name] or len("".join((*fields[name], dangerous[0]))) < room):
                fields[name].append(dangerous.pop())
        tab.show(page(replace(plain, **{name: "".join(parts) for name, parts in fields.items()})))
        assert (tab.fired, tab.outside, tab.policy, tab.errors) == ([], [], [], []), fields
        assert tab.page.evaluate("document.querySelectorAll('img, a, form, svg, iframe').length") == 0


def test_the_reader_sees_the_string_letter_for_letter(tab, attacked: Picture, hostile) -> None:
    shown = tab.show(page(attacked))
    cells = shown.locator("table.tracer-arrows tbody tr td:nth-child(6)").all_inner_texts()
    for arrow, cell in zip(attacked.arrows, cells, strict=True):
        if arrow.id.startswith(("H0", "H1", "H2", "Q0")) and hostile[arrow.id].isprintable():
            assert cell == " ".join(hostile[arrow.id].split()), arrow.id


def test_amounts_stand_outside_a_right_to_left_run(tab, build, hostile) -> None:
    boxes = [("a", "person", "S", 0, hostile["U02"]), ("b", "account", "A", 1, "\u0634\u0631\u0643\u0629 \u202e")]
    made = build(boxes, [("T1", "a", "b", "1234567.89", "EUR", 1)])
    shown = tab.show(page(made))
    assert "EUR 1,234,567.89" in shown.locator("table.tracer-arrows").inner_text()
    assert "[RLI]" in table(made)
    ours = re.sub(r"<script>.*?</script>", "", page(made), count=1, flags=re.DOTALL)  # without vis-network's own text
    assert not set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b") & set(ours)


def test_long_texts_are_cut_with_the_count_left_out(build, hostile) -> None:
    made = build(
        [("a", "person", "S", 0, hostile["L02"]), ("b", "account", "A", 1, hostile["L01"])],
        [("T1", "a", "b", "1.00", "EUR", 1)],
    )
    html_ = page(replace(made, boxes=tuple(replace(b, detail=(("text", b.lines[0]),)) for b in made.boxes)))
    assert len(html_) < 1_000_000
    assert f"(+{len(hostile['L01']) - LABEL:,})" in html_
    assert f"(+{len(hostile['L01']) - 2000:,})" in html_

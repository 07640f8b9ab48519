"""The interactive page: pyvis behind a hardened wrapper (charts.md section 3).

pyvis 0.3.2 by default asks two CDNs for Bootstrap, writes headings unescaped, hides parallel transfers under each other
and needs minutes for 5,000 nodes (section 1). Here it only turns our own lists into vis-network's script; the document
around it is ours, its policy names the hash of every script, and it is refused if any tag refers to anything outside.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html import escape
from typing import Any

from tracer.charts.caps import capped
from tracer.charts.curves import Curve, curves, roomy
from tracer.charts.layout import Engine, column_heads, lay_out
from tracer.charts.loops import loops_of
from tracer.charts.marks import FILL, INK, legend, line_of, outline
from tracer.charts.measure import FONT, LEADING, box_cells, label_cells
from tracer.charts.picture import Picture, footing, panel, status_line, strokes, title_note
from tracer.charts.spots import Layout
from tracer.charts.table import table
from tracer.charts.visible import clip, label
from tracer.model import TracerError

__all__ = ["PageNotClosed", "page", "script_hashes"]

#: charts.md W15.
LIMIT = 1_500_000

_BOOTSTRAP = re.compile(
    r'<link\s[^>]*cdn\.jsdelivr[^>]*/>|<script\s[^>]*cdn\.jsdelivr[^>]*>\s*</script>|<!-- <link rel="stylesheet"'
    r' href="\.\./node_modules.*?-->',
    re.DOTALL,
)
_SCRIPT = re.compile(r"<script(?:\s[^>]*)?>(.*?)</script>", re.DOTALL)
_STYLE = re.compile(r"(<style(?:\s[^>]*)?>)(.*?)(</style>)", re.DOTALL)
_TAG = re.compile(r"<[a-zA-Z!/][^>]*>")
_OUTSIDE = re.compile(
    r"""(?:^|[\s"'/])(?:src|href|srcset|data|action|background|poster)\s*=|url\(|@import""", re.IGNORECASE
)
_REFERRING = re.compile(r"""^<(?:script|style)|[\s"'/]style\s*=""", re.IGNORECASE)
_FORBIDDEN = re.compile(r"<(?:link|base|object|form|embed|iframe|frame|applet)\b", re.IGNORECASE)

_FONTS = '"DejaVu Sans", Verdana, "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", sans-serif'
_OPTIONS = json.dumps(
    {
        "autoResize": True,
        "physics": {"enabled": False},
        "layout": {"improvedLayout": False, "randomSeed": 1},
        "interaction": {"keyboard": False, "dragNodes": False, "hover": False, "multiselect": False, "zoomView": True},
        "nodes": {"shape": "box", "chosen": False, "font": {"size": FONT, "face": _FONTS, "multi": False}},
        "edges": {
            "chosen": False,
            "arrows": {"to": {"enabled": True, "scaleFactor": 0.55}},
            "labelHighlightBold": False,
            "selectionWidth": 0,
            "font": {
                "align": "horizontal",
                "background": "#ffffff",
                "strokeWidth": 0,
                "size": FONT,
                "face": _FONTS,
                "multi": False,
                "vadjust": 0,
            },
        },
    }
)

_CSS = """
body{margin:0;font:13px/1.45 FONTS;color:#1a1a1a;background:#fff}
header,footer,main{padding:6px 14px}
h1{font-size:17px;margin:4px 0}
.status{float:right;border:1.5px solid #1a1a1a;padding:3px 10px;margin:4px 0 4px 14px;background:#fff}
.about,.legend,footer p{margin:2px 0}
.left-out{font-weight:bold}
.legend span{display:inline-block;margin-right:16px;white-space:nowrap}
.legend i{display:inline-block;width:30px;height:0;vertical-align:middle;margin-right:6px}
#stage{display:flex;gap:8px;align-items:stretch}
#mynetwork{flex:1 1 auto;min-width:0;height:HIGHpx;border:1px solid #8a8a8a;background:#fff;position:relative}
#panel{flex:0 0 290px;max-height:HIGHpx;overflow:auto;border:1px solid #8a8a8a;padding:6px 10px;box-sizing:border-box;overflow-wrap:anywhere}
#panel h2{font-size:13px;margin:2px 0 6px}
#panel dt{color:#555;margin-top:6px}
#panel dd{margin:0;white-space:pre-wrap}
table{border-collapse:collapse;width:100%;margin:8px 0}
caption{text-align:left;font-weight:bold}
th,td{border:1px solid #b5b5b5;padding:2px 6px;text-align:left;vertical-align:top;overflow-wrap:anywhere}
td.figure{text-align:right;white-space:nowrap}
.flow td:nth-child(2){white-space:nowrap}
@media (max-width:760px){#stage{display:block}#panel{max-height:220px}}
@media print{body{font-size:9pt}#panel{display:none}#stage{display:block}#mynetwork{height:150mm;border:0;break-inside:avoid}
tr{break-inside:avoid}thead{display:table-header-group}.status{border:1pt solid #000}@page{size:A4 landscape;margin:12mm}}
""".replace("FONTS", _FONTS)

# The page's own script: shapes from outlines, double lines, details by textContent. It holds no text of the case; the data
# stand before it as JSON.
_SHOW = """
(function () {
  "use strict";
  var boxes = CHART.boxes, arrows = CHART.arrows, above = CHART.heads.length ? 34 : 0, fit = function () {
    var box = document.getElementById("mynetwork");
    if (box.clientWidth > 0 && box.clientHeight > 0) {
      network.moveTo({position: {x: CHART.width / 2, y: (CHART.height - above) / 2}, scale: Math.min(1.6,
        (box.clientWidth - 24) / CHART.width, (box.clientHeight - 24) / (CHART.height + above))});
    }
  };
  network.on("beforeDrawing", function (ctx) {
    ctx.fillStyle = "#444444"; ctx.font = FONT + "px " + FACE; ctx.textAlign = "center"; ctx.textBaseline = "alphabetic";
    CHART.heads.forEach(function (head) { ctx.fillText(head[1], head[0], -20); });
  });
  function trace(ctx, points, x, y, closed) {
    ctx.beginPath();
    points.forEach(function (p, n) { if (n) { ctx.lineTo(x + p[0], y + p[1]); } else { ctx.moveTo(x + p[0], y + p[1]); } });
    if (closed) { ctx.closePath(); }
  }
  function render(arg) {
    var box = boxes[arg.id], ctx = arg.ctx, x = arg.x, y = arg.y;
    return {
      drawNode: function () {
        trace(ctx, box.border, x, y, true);
        ctx.fillStyle = box.fill; ctx.fill();
        ctx.strokeStyle = INK; ctx.lineWidth = arg.state.selected ? 2.4 : 1.1;
        ctx.setLineDash(box.dashed ? [4, 3] : []); ctx.stroke(); ctx.setLineDash([]);
        ctx.lineWidth = 1.1;
        box.inside.forEach(function (line) { trace(ctx, line, x, y, false); ctx.stroke(); });
        ctx.fillStyle = INK; ctx.font = FONT + "px " + FACE; ctx.textAlign = "center"; ctx.textBaseline = "alphabetic";
        ctx.direction = "ltr";
        var top = y + box.dy - box.lines.length * LEADING / 2;
        box.lines.forEach(function (line, n) { ctx.fillText(line, x + box.dx, top + n * LEADING + 0.8 * LEADING, box.w - 4); });
      },
      nodeDimensions: {width: box.w, height: box.h}
    };
  }
  nodes.update(Object.keys(boxes).map(function (id) { return {id: id, shape: "custom", size: 1, ctxRenderer: render}; }));
  Object.keys(boxes).forEach(function (id) {
    var shape = network.body.nodes[id].shape;
    shape.width = boxes[id].w; shape.height = boxes[id].h;
    shape.resize = function () { shape.width = boxes[id].w; shape.height = boxes[id].h; };
    shape.distanceToBorder = function (ctx, angle) { return border(boxes[id].border, Math.cos(angle), Math.sin(angle)); };
  });
  function border(points, ux, uy) {
    var best = 0;
    points.forEach(function (a, n) {
      var b = points[(n + 1) % points.length], ex = b[0] - a[0], ey = b[1] - a[1], under = ux * ey - uy * ex;
      if (Math.abs(under) < 1e-9) { return; }
      var t = (a[0] * ey - a[1] * ex) / under, u = (a[0] * uy - a[1] * ux) / under;
      if (t > best && u >= -1e-9 && u <= 1 + 1e-9) { best = t; }
    });
    return best;
  }
  // A double line is the broad line of vis-network with a white one inside, kept off boxes, labels and arrowheads.
  network.on("afterDrawing", function (ctx) {
    Object.keys(arrows).forEach(function (id) {
      var edge = network.body.edges[id];
      if (!arrows[id].double || !edge || edge.from === edge.to) { return; }
      var size = edge.labelModule.size, via = edge.edgeType.getViaNode(), down = false;
      ctx.save(); ctx.strokeStyle = "#ffffff"; ctx.lineWidth = 1.7; ctx.beginPath();
      for (var n = 0; n <= 200; n += 1) {
        var p = edge.edgeType.getPoint(n / 200, via);
        var clear = outside(edge.from, p, 1) && outside(edge.to, p, 22) &&
          (p.x < size.left - 1 || p.x > size.left + size.width + 1 || p.y < size.top - 1 || p.y > size.top + size.height + 1);
        if (clear && down) { ctx.lineTo(p.x, p.y); } else if (clear) { ctx.moveTo(p.x, p.y); }
        down = clear;
      }
      ctx.stroke(); ctx.restore();
    });
    // Once more on top: vis-network draws each label with its arrow, under the arrows that come later.
    Object.keys(arrows).forEach(function (id) {
      var edge = network.body.edges[id];
      if (edge) { edge.drawLabel(ctx, edge.edgeType.getViaNode()); }
    });
  });
  function outside(node, p, room) {
    var dx = p.x - node.x, dy = p.y - node.y, far = Math.sqrt(dx * dx + dy * dy);
    return far > 0 && far > border(boxes[node.id].border, dx / far, dy / far) + room;
  }
  function show(title, details) {
    var panel = document.getElementById("panel"), head = document.createElement("h2"), list = document.createElement("dl");
    head.textContent = title;
    details.forEach(function (pair) {
      var name = document.createElement("dt"), value = document.createElement("dd"), own = document.createElement("bdi");
      name.textContent = pair[0]; own.textContent = pair[1]; value.appendChild(own);
      list.appendChild(name); list.appendChild(value);
    });
    panel.replaceChildren(head, list);
  }
  network.on("click", function (event) {
    if (event.nodes.length) { show(boxes[event.nodes[0]].title, boxes[event.nodes[0]].detail); }
    else if (event.edges.length) { show(arrows[event.edges[0]].title, arrows[event.edges[0]].detail); }
  });
  network.on("resize", function () { window.setTimeout(fit, 0); });
  window.addEventListener("beforeprint", fit);
  network.once("afterDrawing", function () { fit(); document.body.dataset.ready = "1"; });
  network.redraw();
}());
"""


class PageNotClosed(TracerError):
    """A tag of the page refers to something outside the page: nothing is written."""


def page(picture: Picture, *, engine: Engine = "auto") -> str:
    """Return the chart as one HTML document that opens offline and asks nobody for anything.

    Raises: ChartDoesNotFoot, ChartTooLarge, PageNotClosed.
    """
    picture = capped(picture)
    picture.check()
    layout = roomy(picture, lay_out(picture, engine))
    style, scripts = _vis(picture, layout)
    scripts = [*scripts, _chart_data(picture, layout) + _SHOW]
    blocks = "\n".join(f"<script>{script}</script>" for script in scripts)
    # High enough for the type to stay near its size on a screen 1,100 points wide, low enough for a notebook's frame.
    high = round(max(400.0, min(760.0, 1100 * (layout.height + 60) / max(layout.width, 1.0))))
    html = _document(picture, style, blocks, _CSS.replace("HIGH", str(high)))
    demand_closed(html)
    if len(html.encode()) > LIMIT:
        raise PageNotClosed(
            f"The page has {len(html.encode()):,} bytes; the limit is {LIMIT:,}.",
            where=f"{len(picture.boxes)} boxes, {len(picture.arrows)} arrows",
            meaning="A notebook would not show it. Nothing was written.",
            next_call="draw one asset or one path at a time",
        )
    return html


def script_hashes(html: str) -> list[str]:
    """Return the policy's source expression of every script of a page."""
    digests = (hashlib.sha256(script.encode()).digest() for script in _SCRIPT.findall(html))
    return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]


def demand_closed(html: str) -> None:
    """Raise `PageNotClosed` if any tag outside script and style text refers to anything (W5)."""
    bare = _STYLE.sub(
        r"\1\3", _SCRIPT.sub(lambda found: found.group(0)[: found.group(0).index(">") + 1] + "</script>", html)
    )
    for tag in _TAG.findall(bare):
        # What stands in quotes is text of the case (a title, an `alt`), escaped; only a style can refer from there.
        values = tag if _REFERRING.search(tag) else re.sub(r'"[^"]*"', '""', tag)
        if _FORBIDDEN.match(tag) or _OUTSIDE.search(values) or re.search(r"""(?:src|href|srcset)\s*=""", values):
            raise PageNotClosed(
                "A tag of the chart page refers outside the page.",
                where=clip(tag, 80),
                meaning="Opening the chart could tell a third party that it is read. Nothing was written.",
                next_call="report this as a fault of tracer.charts.page with the version of pyvis",
            )


def _vis(picture: Picture, layout: Layout) -> tuple[str, list[str]]:
    """Return vis-network's style and the scripts pyvis makes: the library, and the drawing of our lists."""
    from pyvis.network import Network

    net = Network(directed=True, cdn_resources="in_line", notebook=False, height="560px", width="100%")
    names = {box.id: f"n{n}" for n, box in enumerate(picture.boxes)}
    for box in picture.boxes:
        spot = layout.spots[box.id]
        net.add_node(
            names[box.id],
            label=" ",  # our own renderer writes the lines; pyvis would put the id in place of an empty label
            shape="box",
            x=float(spot.x),
            y=float(spot.y),
            widthConstraint=float(spot.w),
            heightConstraint=float(spot.h),
            color=FILL[box.role],
        )
    chosen, labels, ways = curves(picture, layout), label_cells(picture), loops_of(picture)
    for stroke in strokes(picture):
        line = line_of(stroke)
        # Said for loops too: by default vis-network adds a hidden node to each.
        more: dict[str, Any] = {"smooth": _smooth(chosen.get(stroke.id))}
        if stroke.start == stroke.end:
            loops = ways[stroke.start]
            size = loops.sizes[[s.id for s in loops.strokes].index(stroke.id)]
            more |= {"selfReference": {"size": size, "angle": loops.angle, "renderBehindTheNode": False}}
        net.add_edge(
            names[stroke.start],
            names[stroke.end],
            id=stroke.id,
            label="\n".join(labels[stroke.id].lines),
            color=line.color,
            width=4.2 if line.double else 1.2,
            dashes=[float(d) for d in line.dashes] if line.dashes else False,
            **more,
        )
    net.set_options(_OPTIONS)
    html = _BOOTSTRAP.sub("", net.generate_html())
    library = [s for s in _SCRIPT.findall(html) if "vis-network" in s[:200]]
    drawing = [s for s in _SCRIPT.findall(html) if "function drawGraph()" in s]
    styles = [found[1] for found in _STYLE.findall(html) if ".vis-network" in found[1]]
    if len(library) != 1 or len(drawing) != 1 or len(styles) != 1:
        raise PageNotClosed(
            "pyvis wrote a page of another form than the one tracer knows (0.3.2).",
            where=f"{len(library)} libraries, {len(drawing)} drawings, {len(styles)} styles",
            meaning="What it contains is not known. Nothing was written.",
            next_call="pip install 'pyvis==0.3.2'",
        )
    return styles[0], [library[0], drawing[0]]


def _smooth(curve: Curve | None) -> dict[str, Any]:
    if curve is None or not curve.direction:
        return {"enabled": False, "type": "continuous", "roundness": 0.0}
    return {"enabled": True, "type": curve.direction, "roundness": curve.roundness}


def _chart_data(picture: Picture, layout: Layout) -> str:
    """Return the data of the page's own script, safe inside a script tag: `<`, `>`, `&` and line separators escaped."""
    cells = box_cells(picture)
    boxes = {}
    for n, box in enumerate(picture.boxes):
        spot = layout.spots[box.id]
        shape = outline(box.kind, spot.w, spot.h)
        boxes[f"n{n}"] = {
            "w": spot.w,
            "h": spot.h,
            "border": shape.border,
            "inside": shape.inside,
            "dashed": shape.dashed or box.grade == "inferred",
            "dx": shape.dx,
            "dy": shape.dy,
            "fill": FILL[box.role],
            "lines": cells[box.id].lines,
            "title": " ".join(label(line) for line in box.lines[:2]),
            "detail": panel(box.detail),
        }
    arrows = {
        stroke.id: {
            "double": line_of(stroke).double,
            "title": " ".join(label(line) for line in stroke.lines[:3]),
            "detail": [pair for arrow in stroke.members[:40] for pair in panel(arrow.detail)],
        }
        for stroke in strokes(picture)
    }
    heads = [(x, label(words)) for x, words in column_heads(picture, layout)]
    data = {"width": layout.width, "height": layout.height, "heads": heads, "boxes": boxes, "arrows": arrows}
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
    for char in "<>&":
        text = text.replace(char, f"\\u{ord(char):04x}")
    face = json.dumps(_FONTS)
    return f"var CHART={text},INK={json.dumps(INK)},FONT={FONT},LEADING={LEADING},FACE={face};"


def _document(picture: Picture, vis_style: str, blocks: str, css: str) -> str:
    title_en, title_zh = escape(label(picture.title_en, 200)), escape(label(picture.title_zh, 200))
    note = title_note(picture)
    about = [f"as of 截至 {picture.as_of.isoformat()}"]
    about += [f"rule 规则: {label(picture.rule, 160)}"] if picture.rule else []
    about += [f"exhibit 证物 {label(picture.exhibit, 20)}"] if picture.exhibit else []
    foot_lines = [*footing(picture), f"Sources 来源: {label(', '.join(picture.sources), 600) or 'none stated'}"]
    last = [f"ledger head {label(picture.head, 64) or 'not stated'}", f"rendering {picture.rendering}"]
    foot_lines.append(" · ".join([*last, *([f"version {label(picture.version, 24)}"] if picture.version else [])]))
    policy = (
        f"default-src 'none'; script-src {' '.join(script_hashes(blocks))}; style-src 'unsafe-inline'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    return f"""<!doctype html>
<html lang="en"><head><meta http-equiv="Content-Security-Policy" content="{escape(policy)}">
<meta charset="utf-8"><meta name="referrer" content="no-referrer"><meta name="viewport" content="width=device-width">
<title>{title_en}</title>
<style>{vis_style}</style>
<style>{css}</style>
</head><body>
<header><div class="status">{escape(status_line(picture))}</div>
<h1><bdi>{title_en}</bdi> &#183; <bdi lang="zh">{title_zh}</bdi></h1>
<p class="about">{"".join(f"<bdi>{escape(part)}</bdi> &#183; " for part in about)}{picture.source.transfers:,} {picture.counted} in the ledger</p>
{f'<p class="about left-out"><bdi>{escape(note)}</bdi></p>' if note else ""}</header>
<main class="{picture.kind}"><div id="stage"><div id="mynetwork" role="img" aria-label="{title_en}"></div>
<aside id="panel" aria-live="polite"><h2>Details 详情</h2><p>Click a box or an arrow. 点击方框或箭头。</p></aside></div>
<p class="legend">{_legend(picture)}</p>
{table(picture)}</main>
<footer>{"".join(f"<p><bdi>{escape(line)}</bdi></p>" for line in foot_lines)}</footer>
{blocks}
</body></html>
"""


def _legend(picture: Picture) -> str:
    parts = []
    for line, words in legend(picture):
        sample = ""
        if line:
            style = (
                "double"
                if line.double
                else {0: "solid"}.get(len(line.dashes), "dashed" if line.dashes[:1] > (2.0,) else "dotted")
            )
            width = 4 if line.double else 2
            look = f"border-top:{width}px {style} {line.color}"
            if len(line.dashes) == 4:
                stops = f"0 8px,#fff 8px 11px,{line.color} 11px 13px,#fff 13px 16px"
                look = f"height:2px;background:repeating-linear-gradient(90deg,{line.color} {stops})"
            sample = f'<i style="{look}"></i>'
        parts.append(f"<span>{sample}<bdi>{escape(label(words, 160))}</bdi></span>")
    return "".join(parts)

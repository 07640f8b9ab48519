"""T7 to T10: the exhibit is the same bytes everywhere, legible in print and in grey, searchable, and in real glyphs."""

import io
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import unicodedata
import warnings
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree
from PIL import Image

from tracer.charts import MissingGlyphs, Picture, manifest_line, page, sheet_count, still
from tracer.charts import fonts as fonts_of
from tracer.charts.marks import FILL, INK, LINE, RED
from tracer.charts.measure import box_cells, label_cells
from tracer.charts.picture import strokes
from tracer.charts.sheets import A4, sheets

SVG = "{http://www.w3.org/2000/svg}"


def poppler(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{program} is not installed; with CI=true nothing is skipped")
        pytest.skip(f"{program} is not installed (Debian: apt-get install poppler-utils)")
    return found


@pytest.fixture
def in_many_scripts(build, hostile) -> Picture:
    return build(
        [
            ("a", "person", "S", 0, hostile["U12"].split()[0], "王小明 Wang Xiaoming"),
            ("b", "organization", "C", 1, hostile["U12"].split()[1], "Baltic Trade OÜ", "Łódź Příbram"),
            ("c", "asset", "A", 2, "Парус ООО", "Οδός Ερμού 5"),
        ],
        [("T1", "a", "b", "1.00", "EUR", 1), ("T2", "b", "c", "2.00", "CNY", 2)],
    )


# T7 -------------------------------------------------------------------------------------------------------------------

_DRAW = """
import hashlib, json, runpy, sys
from tracer.charts import page, still
made = runpy.run_path(sys.argv[1])
reference = made["picture"](list(made["BOXES"]), list(made["TRANSFERS"]))
FORMATS = {"graphviz": (("svg", 72), ("pdf", 72), ("png", 72)), "layered": (("svg", 72),)}
digest = lambda data: hashlib.sha256(data).hexdigest()
print(json.dumps({
    engine: {
        **{kind: digest(still(reference, kind, engine=engine, dpi=dpi)) for kind, dpi in FORMATS[engine]},
        "page": digest(page(reference, engine=engine).encode()),
    }
    for engine in ("graphviz", "layered")
}))
"""


def test_same_bytes_in_two_processes(tmp_path: Path) -> None:
    ways = [
        {"PYTHONHASHSEED": "1", "TZ": "UTC", "LC_ALL": "C.UTF-8"},
        {"PYTHONHASHSEED": "77", "TZ": "Asia/Shanghai", "LC_ALL": "C", "SOURCE_DATE_EPOCH": "1577750400"},
    ]
    conftest = Path(__file__).with_name("conftest.py")
    running = []
    for n, way in enumerate(ways):
        folder = tmp_path / f"run{n}"
        folder.mkdir()
        command = [sys.executable, "-c", _DRAW, str(conftest)]
        running.append(
            subprocess.Popen(command, cwd=folder, env={**os.environ, **way}, stdout=subprocess.PIPE, text=True)
        )
    one, two = (json.loads(process.communicate(timeout=120)[0]) for process in running)
    assert one == two
    assert all(process.returncode == 0 for process in running)
    digests = [digest for engine in one.values() for digest in engine.values()]
    assert len(set(digests)) == len(digests) == 6, "other formats and other engines give other bytes"
    assert [*tmp_path.glob("run*/*")] == [], "nothing is left in the working folder"


def test_another_figure_gives_other_bytes(reference: Picture) -> None:
    first = reference.boxes[0]
    other = replace(reference, boxes=(replace(first, lines=("Ministry of Work",)), *reference.boxes[1:]))
    assert still(reference, "svg") != still(other, "svg")


# T8 -------------------------------------------------------------------------------------------------------------------


def luminance(pixel: tuple[int, ...]) -> float:
    """Return relative luminance (WCAG 2.2)."""
    linear = [c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in pixel]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(ink: str, ground: str, mode: str) -> float:
    shades = [Image.new("RGB", (1, 1), c).convert(mode).convert("RGB").getpixel((0, 0)) for c in (ink, ground)]
    low, high = sorted(luminance(shade) for shade in shades)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_text_has_contrast_in_colour_and_in_grey(mode: str) -> None:
    pairs = [(INK, fill) for fill in FILL.values()] + [(INK, "white"), (RED, "white"), ("#444444", "white")]
    assert {pair: c for pair in pairs if (c := contrast(*pair, mode)) < 4.5} == {}


def looks(svg: bytes) -> list[tuple[str, ...]]:
    """Return the style of every line that is drawn and not filled, without its colour."""
    styles = [e.get("style", "") for e in etree.fromstring(svg).iter(f"{SVG}path")]
    styles = [dict(part.strip().split(":", 1) for part in s.split(";") if ":" in part) for s in styles]
    kept = [s for s in styles if s.get("fill", "").strip() == "none"]
    return sorted(tuple(s.get(k, "") for k in ("stroke-dasharray", "stroke-width")) for s in kept)


def test_grade_and_us_leg_are_told_by_line_alone(build) -> None:
    made = build([("a", "account", "C", 0, "a"), ("b", "account", "C", 1, "b")], [("T1", "a", "b", "1.00", "EUR", 1)])
    seen = {}
    for grade, us in itertools.product(("documented", "inferred", "assumed", "nominee", "cycle"), (False, True)):
        arrows = (replace(made.arrows[0], grade=grade, us_leg=us),)
        if (grade, us) == ("cycle", True):
            continue  # an interest is no US leg
        seen[grade, us] = looks(still(replace(made, arrows=arrows), "svg"))
    assert len({str(look) for look in seen.values()}) == len(seen)
    assert len({(line.dashes, line.double, line.words) for line in LINE.values()}) == len(LINE)


def test_role_and_us_leg_are_told_by_tag(reference: Picture) -> None:
    svg = still(reference, "svg").decode()
    comments = [c.strip() for c in re.findall(r"<!--(.*?)-->", svg, re.DOTALL)]
    for box in reference.boxes:
        assert any(c.startswith(f"[{box.role}] {box.lines[0][:8]}") for c in comments), box.id
    assert comments.count("US leg 美国环节") == sum(arrow.us_leg for arrow in reference.arrows) == 4


# T9, E4, E5 -----------------------------------------------------------------------------------------------------------


def plain(text: str) -> str:
    """NFKC, without spaces and bidi marks."""
    kept = (c for c in unicodedata.normalize("NFKC", text) if not c.isspace() and unicodedata.category(c) != "Cf")
    return "".join(kept)


def text_of(pdf: bytes, folder: Path) -> str:
    file = folder / "exhibit.pdf"
    file.write_bytes(pdf)
    done = subprocess.run([poppler("pdftotext"), "-layout", str(file), "-"], capture_output=True, check=True)
    return done.stdout.decode()


@pytest.mark.parametrize("which", ["reference", "in_many_scripts"])
def test_every_label_is_found_in_the_pdf(request, tmp_path: Path, which: str) -> None:
    made = request.getfixturevalue(which)
    found = plain(text_of(still(made, "pdf"), tmp_path))
    lines = [line for cell in (*box_cells(made).values(), *label_cells(made).values()) for line in cell.lines]
    assert [line for line in lines if plain(line) not in found] == []
    for words in (
        made.title_en,
        made.title_zh,
        "Illustrative aid - not evidence 示意图，非证据",
        "as of 截至 2019-12-31",
    ):
        assert plain(words) in found
    assert plain(f"Drawn {len(made.arrows)} of {len(made.arrows)} transfers") in found
    assert plain("page 页 1 of 1") in found


@pytest.mark.parametrize("which", ["reference", "in_many_scripts"])
def test_every_font_is_embedded_and_no_type_is_under_8_points(request, tmp_path: Path, which: str) -> None:
    pdf = still(request.getfixturevalue(which), "pdf")
    (tmp_path / "exhibit.pdf").write_bytes(pdf)
    done = subprocess.run([poppler("pdffonts"), str(tmp_path / "exhibit.pdf")], capture_output=True, check=True)
    rows = [line.split() for line in done.stdout.decode().splitlines()[2:]]
    assert len(rows) >= 2
    assert {row[-5] for row in rows} == {"yes"}, done.stdout.decode()
    drawn = b"".join(
        zlib.decompress(found)
        for found in re.findall(rb"/FlateDecode.*?stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
        if found[:1] == b"\x78"
    )
    sizes = [float(size) for size in re.findall(rb"/F\S+ ([\d.]+) Tf", drawn)]
    assert len(sizes) > 20
    assert min(sizes) >= 8.0
    assert not re.search(rb"/JavaScript|/JS\b|/EmbeddedFile|/Author|/CreationDate|/URI\b", pdf)


@pytest.mark.parametrize("which", ["reference", "in_many_scripts"])
def test_the_svg_is_well_formed_and_refers_to_nothing(request, which: str) -> None:
    made = request.getfixturevalue(which)
    root = etree.fromstring(still(made, "svg"))
    assert root.find(f"{SVG}title").text == made.title_en
    assert "Drawn" in root.find(f"{SVG}desc").text
    assert not list(root.iter(f"{SVG}script", f"{SVG}image", f"{SVG}foreignObject"))
    links = [value for e in root.iter() if isinstance(e.tag, str) for key, value in e.attrib.items() if "href" in key]
    assert [link for link in links if not link.startswith("#")] == []
    assert not [key for e in root.iter() if isinstance(e.tag, str) for key in e.attrib if key.startswith("on")]


def test_hostile_strings_are_drawn_as_text(build, hostile) -> None:
    """Mathematics, CDATA, Graphviz's own language, controls: SVG stays XML, and the letters are there."""
    names = [i for i in hostile if i[0] in "HGUQ" and i != "U13"]
    for few in (names[n : n + 14] for n in range(0, len(names), 14)):
        boxes = [(i, "organization", "C", n % 3, hostile[i]) for n, i in enumerate(few)]
        made = build(boxes, [(i, i, j, "1.00", "EUR", 1) for i, j in zip(few, few[1:], strict=False)])
        for number in range(1, sheet_count(made) + 1):
            root = etree.fromstring(still(made, "svg", sheet=number))
            assert not list(root.iter(f"{SVG}script"))
    drawn = still(
        build([("a", "person", "S", 0, hostile["G01"]), ("b", "asset", "A", 1, "b")], [("T", "a", "b", "1", "JPY", 1)]),
        "svg",
    ).decode()
    assert "$\\frac{1}{0}$" in drawn


def test_a_large_picture_is_split_and_every_transfer_is_on_one_sheet(build) -> None:
    boxes = [("V", "organization", "V", 0, "Ministry"), *((f"B{n}", "account", "C", 1 + n % 4, f"Account {n}") for n in range(40))]  # fmt: skip
    moves = [(f"T{n:03}", "V" if n < 10 else f"B{n - 10}", f"B{n}", "10.00", "EUR", 1) for n in range(40)]
    made = replace(build(boxes, moves), exhibit="3")
    parts = sheets(made)
    assert len(parts) > 2
    assert sorted(a.id for p in parts for a in p.part.arrows) == sorted(a.id for a in made.arrows)
    assert all(len(p.part.boxes) <= 15 and len(strokes(p.part)) <= 40 and p.scale >= 0.8 for p in parts)
    assert "continued on 3" in str([box.lines for box in parts[0].part.boxes])
    assert {p.paper for p in parts} <= {A4, (1190.55, 841.89)}


def test_a_png_has_300_dots_an_inch(reference: Picture) -> None:
    image = Image.open(io.BytesIO(still(reference, "png")))
    assert tuple(round(d) for d in image.info["dpi"]) == (300, 300)
    assert "Software" not in image.info


def test_the_manifest_names_engine_fonts_and_hashes(reference: Picture) -> None:
    line = manifest_line("a.svg", b"x", reference)
    assert "graphviz dot" in line["layout"]
    assert fonts_of.CJK_SHA256 in line["fonts"]
    assert "layered" in manifest_line("a.svg", b"x", reference, engine="layered")["layout"]


# T10 ------------------------------------------------------------------------------------------------------------------


def named(build, name: str) -> Picture:
    return build([("a", "person", "S", 0, name), ("b", "asset", "A", 1, "b")], [("T1", "a", "b", "1.00", "EUR", 1)])


@pytest.mark.parametrize("kind", ["svg", "pdf", "png"])
def test_chinese_korean_arabic_and_hebrew_are_drawn_without_a_warning(build, hostile, kind: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert still(named(build, hostile["U12"]), kind, dpi=72)


@pytest.mark.parametrize("kind", ["svg", "pdf", "png"])
def test_a_character_no_font_has_is_named_and_nothing_is_drawn(build, hostile, kind: str) -> None:
    with pytest.raises(MissingGlyphs) as raised:
        still(named(build, hostile["U13"]), kind)
    told = " ".join(raised.value.lines())
    assert "U+E000" in told
    assert "U+13000" in told
    assert "fonts=[path]" in told
    assert "box a" in told


@pytest.mark.parametrize("kind", ["svg", "pdf", "png"])
def test_without_the_cjk_font_every_exhibit_stops(reference: Picture, monkeypatch, kind: str) -> None:
    monkeypatch.setattr(fonts_of, "_candidates", lambda: iter(()))
    with pytest.raises(MissingGlyphs) as raised:
        still(reference, kind)
    assert "noto-cjk-sans-otc" in " ".join(raised.value.lines())
    assert page(reference), "the interactive page uses the reader's fonts"


def test_another_font_in_place_of_the_tested_one_stops(reference: Picture, monkeypatch, tmp_path: Path) -> None:
    other = tmp_path / "NotoSansCJK-Regular.ttc"
    other.write_bytes(Path(fonts_of.find_fonts()[0].path).read_bytes())
    monkeypatch.setattr(fonts_of, "_candidates", lambda: iter((other,)))
    with pytest.raises(MissingGlyphs, match="not the file"):
        still(reference, "svg")


def test_the_simplified_chinese_face_is_used() -> None:
    assert fonts_of.find_fonts()[-1].name == "Noto Sans CJK SC"
    assert fonts_of.find_fonts()[-1].face != 0

"""Words with their places, from the bytes of a PDF: run as a process of its own, `python pdf_words.py < FILE > JSON`.

A PDF is a program made by somebody else: it may be a bomb, be damaged, or print one thing and say another. So it is read by a
child process that has limits of memory and time (ISO 32000-1 is the format; pdfplumber over pdfminer.six reads it), and
every glyph is looked for on a picture of the page drawn by another program (PDFium). A glyph that the picture does not show
is no evidence of what a reader of the page saw: it is kept apart in `hidden`, with the reason. This file imports nothing of
tracer, so that the child starts quickly.

Places are points (1/72 inch) from the upper left corner of the page as it is shown, rotation applied.
"""

from __future__ import annotations

import io
import json
import logging
import re
import sys
from typing import Any

import numpy as np
import pypdfium2
from pdfminer.pdfinterp import PDFPageInterpreter
from pdfminer.pdfpage import PDFPage
from pdfminer.pdftypes import stream_value
from pdfplumber.page import Page, PDFPageAggregatorWithMarkedContent
from pdfplumber.pdf import PDF
from pdfplumber.utils.exceptions import PdfminerException
from pdfplumber.utils.text import extract_words

__all__ = ["MAX_PAGES", "MAX_WORDS", "Refused", "read_words"]

MAX_PAGES = 1_000  # a statement of an account has tens of pages; a production of a whole bank is split by account
MAX_WORDS = 1_000_000
_MEMORY = 2_000_000_000  # bytes of address space
_SECONDS = 120  # of processor time: a page takes a tenth of one
_DRAWN = 20_000_000  # bytes of drawing operators on one page; a page full of print has a hundred thousand
_SCALE = 2.0  # pixels a point: a decimal point of 6 pt print is then more than one pixel
_CONTRAST = 24  # of 255: less than this is no print that an eye sees
_SMALLEST = 1.0  # points: print below this height is not read by anyone
_FONT_FILES = ("FontFile", "FontFile2", "FontFile3")
_CID = re.compile(r"\(cid:[0-9]+\)")
_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "ft", "ﬆ": "st"}


class Refused(Exception):
    """The file is not read; the only argument is one of the reasons that `tracer.ingest.pdf` puts into a sentence."""


class _Device(PDFPageAggregatorWithMarkedContent):
    """Collects glyphs, each with the text rendering mode under which it was painted (ISO 32000-1, 9.3.6)."""

    mode = 0

    def render_string(self, textstate: Any, seq: Any, ncs: Any, graphicstate: Any) -> None:
        self.mode = textstate.render
        super().render_string(textstate, seq, ncs, graphicstate)

    def render_char(self, *args: Any, **kwargs: Any) -> float:
        advance = float(super().render_char(*args, **kwargs))
        glyph, font = self.cur_item._objs[-1], args[1]
        glyph.mode = self.mode  # type: ignore[attr-defined]
        glyph.false = _is_false(font, args[5], glyph.get_text())  # type: ignore[attr-defined]
        glyph.embedded = any(key in font.descriptor for key in _FONT_FILES)  # type: ignore[attr-defined]
        return advance


def _is_false(font: Any, cid: int, text: str) -> bool:
    """Whether the font's own encoding names another digit than the map from which text is taken: a page shows the former."""
    table = getattr(font, "cid2unicode", None)
    named = table.get(cid) if table else None
    return bool(
        named and getattr(font, "unicode_map", None) and named != text and (named.isdecimal() or text.isdecimal())
    )


class _Page(Page):
    """A page whose glyphs carry their rendering mode."""

    @property
    def layout(self) -> Any:
        if not hasattr(self, "_layout"):
            device = _Device(self.pdf.rsrcmgr, pageno=self.page_number, laparams=None)
            PDFPageInterpreter(self.pdf.rsrcmgr, device).process_page(self.page_obj)
            self._layout = device.get_result()
        return self._layout

    def process_object(self, obj: Any) -> dict[str, Any]:
        made: dict[str, Any] = super().process_object(obj)
        for name in ("mode", "false", "embedded"):
            made[name] = getattr(obj, name, 0)
        return made


class _Warnings(logging.Handler):
    """Keeps the first things that the reader of the format complains about."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()[:120]
        if text not in self.said and len(self.said) < 20:
            self.said.append(text)


def read_words(data: bytes) -> dict[str, Any]:
    """Return the pages of a PDF: for each its size, its words, what is hidden, and what else is on it.

    A word is [text, x0, top, x1, bottom, baseline, size]; a hidden one has a reason in place of the last two.

    Raises: Refused for what is not read; whatever pdfminer.six raises on a damaged file.
    """
    heard = _Warnings()
    for name in ("pdfminer", "pdfplumber"):
        logging.getLogger(name).addHandler(heard)
        logging.getLogger(name).propagate = False
    try:
        document = PDF(io.BytesIO(data), raise_unicode_errors=False)
    except PdfminerException as error:
        inner = error.args[0] if error.args else error
        raise Refused("encrypted" if "Password" in type(inner).__name__ else "damaged") from None
    try:
        shown = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError:
        raise Refused("damaged") from None
    found = list(zip(range(1, MAX_PAGES + 2), PDFPage.create_pages(document.doc), strict=False))
    if len(found) > MAX_PAGES or len(shown) > MAX_PAGES:
        raise Refused("too-many-pages")
    if not found or len(found) != len(shown):
        raise Refused("damaged")
    pages, words = [], 0
    for number, each in found:
        page = _Page(document, each, number)
        pages.append(_read_page(page, shown[number - 1]))
        page.close()
        words += len(pages[-1]["words"]) + len(pages[-1]["hidden"])
        if words > MAX_WORDS:
            raise Refused("too-many-words")
    facts = {key: str(document.metadata.get(key, ""))[:80] for key in ("Producer", "CreationDate", "ModDate")}
    saved = len(re.findall(rb"startxref", data)) - (b"/Linearized" in data[:2_000])
    return {"pages": pages, "facts": facts, "saved": saved, "warnings": heard.said}


def _read_page(page: _Page, drawn: Any) -> dict[str, Any]:
    if sum(len(stream_value(content).get_data()) for content in page.page_obj.contents) > _DRAWN:
        raise Refused("too-large")
    picture = _Picture(page, drawn)
    seen: list[dict[str, Any]] = []
    hidden: list[dict[str, Any]] = []
    turned = 0
    places: dict[tuple[str, int, int], Any] = {}
    for glyph in page.chars:
        if glyph["text"].isspace():
            seen.append(glyph)  # a space shows nothing and parts words all the same
            continue
        glyph["why"] = picture.why_hidden(glyph)
        at = (glyph["text"], round(glyph["x0"]), round(glyph["top"]))
        if glyph["why"]:
            hidden.append(glyph)
        elif not glyph["upright"]:
            turned += 1
        elif any((glyph["text"], at[1] + x, at[2] + y) in places for x in (-1, 0, 1) for y in (-1, 0, 1)):
            continue  # bold by printing twice
        else:
            places[at] = glyph
            seen.append(glyph)
    seen, covered = _apart(seen)
    hidden += covered
    return {
        "number": page.page_number,
        "width": round(float(page.width), 2),
        "height": round(float(page.height), 2),
        "words": [_word(word, page) for word in _words(seen)],
        "hidden": [[*_word(word, page)[:5], word["chars"][0]["why"]] for word in _words(hidden, whole=True)],
        "turned": turned,
        "unmapped": sum(bool(_CID.fullmatch(g["text"])) or _is_private(g["text"]) for g in seen),
        "false": sum(g["false"] for g in seen),
        "undrawn": sum(bool(g.get("undrawn")) for g in seen),
        "glyphs": sum(not g["text"].isspace() for g in seen),
        "image": round(_share(page), 3),
        "annotations": sum(1 for note in page.annots if str(note["data"].get("Subtype")) != "/'Link'"),
    }


def _is_private(text: str) -> bool:
    return any("\ue000" <= letter <= "\uf8ff" or letter == "\ufffd" or letter < " " for letter in text)


def _share(page: _Page) -> float:
    """Return the share of the page that its largest picture covers: a scan covers it all."""
    areas = [image["width"] * image["height"] for image in page.images]
    return min(1.0, max(areas, default=0.0) / max(1.0, float(page.width * page.height)))


class _Picture:
    """The page as PDFium draws it, on which every glyph is looked for."""

    def __init__(self, page: _Page, drawn: Any) -> None:
        self.width, self.height = float(page.width), float(page.height)
        left, bottom, right, top = (float(v) for v in drawn.get_cropbox())
        x0, y0, x1, y1 = (float(v) for v in drawn.get_mediabox())
        # What of the media box is shown, in the places of the page as it is turned (8.3.2.3, Table 30 Rotate).
        edges = {
            0: (left - x0, y1 - top, right - x0, y1 - bottom),
            90: (bottom - y0, left - x0, top - y0, right - x0),
            180: (x1 - right, bottom - y0, x1 - left, top - y0),
            270: (y1 - top, x1 - right, y1 - bottom, x1 - left),
        }[page.rotation % 360 // 90 * 90]
        self.left, self.top = max(edges[0], 0.0), max(edges[1], 0.0)
        self.right, self.bottom = min(edges[2], self.width), min(edges[3], self.height)
        self.scale = min(_SCALE, 4_000 / max(self.width, self.height, 1.0))
        bitmap = drawn.render(scale=self.scale, grayscale=True, may_draw_forms=False, draw_annots=False)
        self.pixels = bitmap.to_numpy().reshape(bitmap.height, -1)[:, : bitmap.width].astype(np.int16)

    def why_hidden(self, glyph: dict[str, Any]) -> str:
        """Return why nobody sees this glyph, "" when it is seen."""
        x0, x1, top, bottom = (float(glyph[key]) for key in ("x0", "x1", "top", "bottom"))
        if glyph["mode"] in {3, 7}:
            return "rendering mode"
        if min(bottom - top, float(glyph["size"])) < _SMALLEST:
            return "size"
        if x1 <= self.left or x0 >= self.right or bottom <= self.top or top >= self.bottom:
            return "outside the page"
        columns = slice(self._at(x0 - self.left, 0), self._at(x1 - self.left, 1))
        rows = slice(self._at(top - self.top, 0), self._at(bottom - self.top, 1))
        box = self.pixels[rows, columns]
        if not box.size:
            return "outside the page"
        if int(box.max()) - int(box.min()) >= _CONTRAST:
            return ""
        # A font that is not in the file is drawn with what the machine has: for a script it has no font for, with nothing.
        glyph["undrawn"] = not glyph["embedded"] and not any(c.isdecimal() or c < "\u0250" for c in glyph["text"])
        return "" if glyph["undrawn"] else "no contrast"

    def _at(self, points: float, more: int) -> int:
        return max(0, int(points * self.scale) + more)


def _apart(glyphs: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Part glyphs that stand on top of one another: of what is printed over, no eye can tell what it says."""
    kept: list[dict[str, Any]] = []
    covered: list[dict[str, Any]] = []
    grid: dict[tuple[int, int], list[dict[str, Any]]] = {}
    for glyph in glyphs:
        if glyph["text"].isspace():
            kept.append(glyph)
            continue
        middle, base = (glyph["x0"] + glyph["x1"]) / 2, glyph["bottom"]
        cell = int(middle // 8), int(base // 8)
        near = [g for x in (-1, 0, 1) for y in (-1, 0, 1) for g in grid.get((cell[0] + x, cell[1] + y), ())]
        if any(_overlap(glyph, other) for other in near):
            glyph["why"] = "on top of other print"
            covered.append(glyph)
            continue
        grid.setdefault(cell, []).append(glyph)
        kept.append(glyph)
    return kept, covered


def _overlap(one: dict[str, Any], two: dict[str, Any]) -> bool:
    if not (one["text"][0].isalnum() and two["text"][0].isalnum()):
        return False  # an accent, an underscore or a stroke over a letter is part of it
    across = min(one["x1"], two["x1"]) - max(one["x0"], two["x0"])
    down = min(one["bottom"], two["bottom"]) - max(one["top"], two["top"])
    narrow = min(one["x1"] - one["x0"], two["x1"] - two["x0"])
    low = min(one["bottom"] - one["top"], two["bottom"] - two["top"])
    return bool(across > 0.4 * narrow and down > 0.6 * low)


def _words(glyphs: list[dict[str, Any]], *, whole: bool = False) -> list[dict[str, Any]]:
    found = extract_words(
        glyphs,
        x_tolerance=1.5,
        y_tolerance=2,
        x_tolerance_ratio=0.2,
        keep_blank_chars=False,
        extra_attrs=["why"] if whole else [],
        return_chars=True,
    )
    return [word for word in found if word["text"].strip()]


def _word(word: dict[str, Any], page: _Page) -> list[Any]:
    text = word["text"]
    for ligature, letters in _LIGATURES.items():
        text = text.replace(ligature, letters)
    first = word["chars"][0]
    base = float(page.height) - float(first["matrix"][5])
    place = [round(float(word[key]), 2) for key in ("x0", "top", "x1", "bottom")]
    return [text, *place, round(base, 2), round(float(first["size"]), 2)]


def _limited() -> None:
    """Give up memory and time that no statement needs; Windows has no such limits, there the parent's clock must do."""
    try:
        import resource
    except ImportError:
        return
    for kind, limit in ((resource.RLIMIT_AS, _MEMORY), (resource.RLIMIT_CPU, _SECONDS)):
        _, hard = resource.getrlimit(kind)
        bound = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(kind, (bound, hard))


def main() -> int:
    """Read a PDF from the standard input; write its words, or why it is refused, as JSON."""
    _limited()
    try:
        found = read_words(sys.stdin.buffer.read())
    except Refused as refusal:
        found = {"refused": str(refusal)}
    except MemoryError:
        found = {"refused": "too-large"}
    json.dump(found, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())

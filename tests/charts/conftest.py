"""The reference picture of charts.md section 10, the hostile strings, the sample case, and Chromium."""

import json
import os
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tracer.charts import Arrow, Box, Picture, Tally
from tracer.model import Money, minor_units

CHROMIUM = Path("/usr/bin/chromium")
CORPUS = Path(__file__).resolve().parent.parent / "fixtures" / "injection_corpus.json"

BOXES = (
    ("V", "organization", "V", 0, "Ministry of Works"),
    ("A", "account", "S", 1, "Sunrise Constr. Ltd", "CY …4411"),
    ("B", "account", "C", 2, "Baltic Trade OÜ", "EE …0092"),
    ("C", "account", "C", 2, "Harbor Holdings", "PA …7731"),
    ("U", "institution", "B", 3, "First Corr. Bank", "NY"),
    ("E", "unknown", "L", 3, "Cash withdrawal 现金"),
    ("D", "asset", "A", 4, "Lakeview RE LLC", "US …1200"),
    ("F", "account", "A", 4, "Aurelia Trust", "JE …5005"),
)
TRANSFERS = (
    ("T0001", "V", "A", "2400000", "EUR", 4),
    ("T0002", "A", "B", "900000", "EUR", 5),
    ("T0003", "A", "B", "600000", "EUR", 6),
    ("T0004", "A", "C", "850000", "EUR", 7),
    ("T0005", "B", "U", "1620000", "USD", 11),
    ("T0006", "C", "U", "700000", "USD", 12),
    ("T0007", "C", "E", "40000", "EUR", 12),
    ("T0008", "U", "D", "1500000", "USD", 13),
    ("T0009", "U", "F", "820000", "USD", 14),
    ("T0010", "A", "B", "100000", "EUR", 6),
    ("T0011", "B", "A", "25000", "EUR", 8),
    ("T0012", "A", "A", "10000", "EUR", 9),
    ("T0013", "A", "A", "11000", "EUR", 9),
)


def arrow(ref: str, start: str, end: str, amount: str, currency: str, day: int, **more: object) -> Arrow:
    money = Money(minor_units(amount, currency), currency)
    on = f"2019-03-{day:02}"
    return Arrow(ref, start, end, money, (str(money), f"{on} {ref}"), (("ref", ref),), on=on, cite="EX-0001", **more)


def picture(boxes: list[tuple], transfers: list[tuple], **more: object) -> Picture:
    arrows = tuple(arrow(*t, us_leg="U" in t[1:3]) for t in transfers)
    sums: dict[str, int] = {}
    for _, _, _, amount, currency, _ in transfers:
        sums[currency] = sums.get(currency, 0) + minor_units(amount, currency)
    source = Tally(len(transfers), tuple(Money(m, c) for c, m in sorted(sums.items())))
    made = tuple(Box(i, kind, role, tuple(lines), (("id", i),), column) for i, kind, role, column, *lines in boxes)
    values = {
        "kind": "flow",
        "title_en": "Flow of funds by hop: claim K1",
        "title_zh": "资金流向：K1",
        "as_of": date(2019, 12, 31),
        "source": source,
        "sources": ("EX-0001",),
        "run": "7f3a",
        "heads": tuple(f"Hop {n} 第{n}跳" for n in range(5)),
    }
    return Picture(boxes=made, arrows=arrows, **(values | more))


@pytest.fixture(scope="session")
def reference() -> Picture:
    return picture(list(BOXES), list(TRANSFERS))


@pytest.fixture(scope="session")
def build() -> Callable[..., Picture]:
    """`picture(boxes, transfers, **more)`: a picture from the short form of this file."""
    return picture


@pytest.fixture(scope="session")
def corpus() -> list[dict[str, Any]]:
    return json.loads(CORPUS.read_text(encoding="utf-8"))["strings"]


@pytest.fixture(scope="session")
def hostile(corpus: list[dict[str, Any]]) -> dict[str, str]:
    """id -> string of the whole injection corpus, the two long ones included."""

    def build(part: object) -> str:
        if isinstance(part, str):
            return part
        if "repeat" in part:
            return build(part["repeat"][0]) * part["repeat"][1]
        return "".join(build(p) for p in part["concat"])

    return {s["id"]: build(s["value"] if "value" in s else s["build"]) for s in corpus}


# The sample case ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def harbour(harbour_copy: Callable[[Path], Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The sample case, loaded and matched through the public verbs."""
    return harbour_copy(tmp_path_factory.mktemp("harbour") / "case")


# Chromium -------------------------------------------------------------------------------------------------------------

#: charts.md section 9.
ARGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)

#: A sandboxed frame ignores alert() without a dialog, so each frame says on the console that a script ran
#: (`how_to_use` of the injection corpus).
_TELL = """
for (const name of ["alert", "confirm", "prompt"]) {
  window[name] = (m) => { console.error("TRACER-FIRED " + m); };
}
"""


class Watched:
    """One tab of the real browser, with all it asked for, said and ran."""

    def __init__(self, page: Any, folder: Path) -> None:
        self.page, self.folder, self.shown = page, folder, 0
        self.requests: list[str] = []
        self.console: list[str] = []
        self.dialogs: list[str] = []
        self.errors: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.console.append(message.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("dialog", self._dismiss)

    def _dismiss(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def show(self, html: str, *, ready: bool = True) -> Any:
        """Open the document from a file, forget what the last one did, and wait until a chart says it is drawn."""
        self.shown += 1
        file = self.folder / f"shown{self.shown}.html"
        file.write_bytes(html.encode())
        return self.open(file, ready=ready)

    def open(self, file: Path, *, ready: bool = True) -> Any:
        for kept in (self.requests, self.console, self.dialogs, self.errors):
            kept.clear()
        self._leave_for(file.as_uri())
        if ready:
            self.page.wait_for_selector("body[data-ready='1']", timeout=20_000)
        return self.page

    def _leave_for(self, uri: str) -> None:
        """Go there, even if the unsafe page shown before is just then leading itself elsewhere."""
        from playwright.sync_api import Error

        for last in (*[False] * 9, True):
            try:
                self.page.goto(uri, wait_until="load")
            except Error as error:
                if last or "interrupted by another navigation" not in str(error):
                    raise
                self.page.wait_for_timeout(100)
            else:
                return

    @property
    def outside(self) -> list[str]:
        """Requests with a scheme other than file, data, blob, about (charts.md T1)."""
        return [url for url in self.requests if url.split(":", 1)[0] not in {"file", "data", "blob", "about"}]

    @property
    def policy(self) -> list[str]:
        return [text for text in self.console if "Content Security Policy" in text or "Content-Security-Policy" in text]

    @property
    def fired(self) -> list[str]:
        ran = [t for t in self.console if "TRACER-FIRED" in t or "Ignored call to 'alert()'" in t]
        return [*ran, *self.dialogs]


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One real browser for all tests; nothing is downloaded."""
    if not CHROMIUM.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{CHROMIUM} is not installed; with CI=true nothing is skipped")
        pytest.skip(f"{CHROMIUM} is not installed (Debian: apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        context = play.chromium.launch_persistent_context(
            str(tmp_path_factory.mktemp("chromium")),
            executable_path=str(CHROMIUM),
            headless=True,
            args=list(ARGS),
            viewport={"width": 1400, "height": 1000},
        )
        context.add_init_script(_TELL)
        yield context
        context.close()


@pytest.fixture
def watch(chromium: Any, tmp_path: Path) -> Iterator[Callable[[], Watched]]:
    """`watch()`: a new watched tab; all are closed when the test ends."""
    opened = []

    def open_tab() -> Watched:
        opened.append(chromium.new_page())
        return Watched(opened[-1], tmp_path)

    yield open_tab
    for page in opened:
        page.close()


@pytest.fixture
def tab(watch: Callable[[], Watched]) -> Watched:
    return watch()

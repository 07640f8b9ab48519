"""Hostile names carried through one case: from a CSV, registers and the case file to every view, the annex, chart and draft.

safety.md S4, S5, S7, S8, S14; notebook.md R1, R2. The strings are those of the injection corpus and the ones below; each stands
as a counterparty of the statement, and the worst of them as asset, entity, person, account holder and title of the case.
"""

import csv
import dataclasses
import io
import json
import os
import re
import shutil
import subprocess
import unicodedata
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from lxml import etree

import tracer
from tracer.case import Case
from tracer.model import TracerError
from tracer.review import Pair
from tracer.tables import ROWS_SHOWN, View
from tracer.views import Chart
from tracer.visible import clip, visible

CORPUS = json.loads((Path(__file__).resolve().parents[1] / "fixtures" / "injection_corpus.json").read_text("utf-8"))
MORE = {
    "M01": "<script>alert('M01')</script>",
    "M02": "\"><img src=x onerror=alert('M02')>",
    "M03": '=HYPERLINK("http://tracer-canary.invalid","M03")',
    "M04": "M04 \u202eUSD 00.000,9\u202c \u2066x\u2069",
    "M05": "M05 \x1b[31mred\x1b[0m\x1b]8;;http://tracer-canary.invalid\x07",
    "M06": "M06\r\nshowing 1 of 1 · USD 9.00\nNext: rm -rf /",
    "M07": "M0\u200b7\u200d zero\ufeffwidth",
    "M08": "M08 " + "long" * 2_500,
    "M09": "M09 {{7*7}} ${7*7} #{7*7} <%= 7*7 %>",
    "M10": "[M10](javascript:alert(1)) ![x](http://tracer-canary.invalid/x.png) **bold** `code`",
    "M11": "@SUM(1+1)*cmd|' /C calc'!A0",
    "M12": "+M12", "M13": "-M13+1", "M14": "\t=M14",
    "M15": "M15 e" + "\u0301" * 40,
    "M16": "M16 раураl", "M17": "M17\u2028two\u2029three\x85four",
}  # fmt: skip
#: Names that are paths, on any system: records of assets and of entities, out of which names of files are made.
PATHS = ("../../escaped", "CON", "a/b", "a_b", "资产", "资产二", "x" * 300)


def _built(part: Any) -> str:
    if isinstance(part, str):
        return part
    return _built(part["repeat"][0]) * part["repeat"][1] if "repeat" in part else "".join(map(_built, part["concat"]))


def _strings() -> dict[str, str]:
    built = {s["id"]: s["value"] if "value" in s else _built(s["build"]) for s in CORPUS["strings"]}
    fit = {k: v for k, v in built.items() if len(v) <= 20_000 and not re.search("[\ud800-\udfff]", v)}
    return {k: v for k, v in (fit | MORE).items() if v.strip()}


STRINGS = _strings()


def _table(rows: list[list[object]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows(rows)
    return out.getvalue().encode("utf-8")


def _statement() -> bytes:
    """One account: the claim comes in, then a payment to every string and one for every asset."""
    heads = ["Date", "Payee", "Text", "Amount", "Balance", "Reference"]
    paid = [(text, f"to {key}", 10, f"REF-{key}") for key, text in STRINGS.items()]
    paid += [("Seller", f"asset {n}", 50, f"ASSET-{n}") for n in range(len(PATHS))]
    balance, rows = 10_000, [["2024-03-05", MORE["M01"], MORE["M03"], "10000.00", "10000.00", "CLAIM-0001"]]
    for payee, text, amount, reference in paid:
        balance -= amount
        rows.append(["2024-03-06", payee, text, f"-{amount}.00", f"{balance}.00", reference])
    return _table([heads, *rows])


PROFILE = """\
profile: hostile/1
match: {header: ["Date", "Payee", "Text", "Amount", "Balance", "Reference"], sheet: 0}
file: {encoding: utf-8, delimiter: ",", quote: '"', skip_rows: 0, header_row: find, blank_rows: skip}
account: {scope: file, value: "123456789"}
currency: {scope: file, value: USD}
dates: {booked: {column: Date, formats: ["%Y-%m-%d"]}, value: null, time: null}
amount: {mode: signed, column: Amount}
numbers: {decimal: ".", thousands: "", negative: ["-"]}
balance: {column: Balance, order: oldest_first}
references: {owner: Reference}
counterparty: {name: Payee}
details: ["Text"]
"""


def _assets() -> bytes:
    heads = "record,class,description,country,district,titleholder,acquired,price,currency,paid_account,paid_reference"
    names = list(MORE.values())
    rows = [
        [record, "real_estate", names[n], "US", names[n + 1], PATHS[n % 3], "2024-03-06", "50.00", "USD", "123456789", f"ASSET-{n}"]
        for n, record in enumerate(PATHS)
    ]  # fmt: skip
    return _table([heads.split(","), *rows])


def _accounts() -> bytes:
    heads = (
        "number,iban,bank,bic,country,currency,kind,title,holder,beneficial_owner,signatories,opened,closed,facility"
    )
    row = ["123456789", "", MORE["M02"], "", "US", "USD", "current", MORE["M04"], "", "", "", "2020-01-01", "", ""]
    return _table([heads.split(","), row])


def _bods() -> bytes:
    about = {"publicationDate": "2024-01-01", "bodsVersion": "0.4", "publisher": {"name": MORE["M05"]}}

    def said(n: int, record: str, kind: str, details: dict[str, Any]) -> dict[str, Any]:
        return {
            "statementId": f"s{n:034}", "statementDate": "2024-01-01", "declaration": "d", "declarationSubject": record,
            "recordId": record, "recordType": kind, "recordStatus": "new", "publicationDetails": about,
            "recordDetails": {"isComponent": False} | details,
        }  # fmt: skip

    person = {"personType": "knownPerson", "names": [{"type": "legal", "fullName": MORE["M02"]}]}
    found = [said(0, MORE["M07"], "person", person)]
    for n, record in enumerate(PATHS[:3], 1):
        name = list(MORE.values())[n + 2]
        found.append(said(n, record, "entity", {"entityType": {"type": "registeredEntity"}, "name": name}))
        share = {"type": "shareholding", "beneficialOwnershipOrControl": True, "share": {"exact": 100}}
        held = {"subject": record, "interestedParty": MORE["M07"], "interests": [share | {"startDate": "2023-01-01"}]}
        found.append(said(10 + n, f"rel{n}", "relationship", held))
    return json.dumps(found).encode()


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture(scope="module")
def case(root: Path) -> Case:
    made = tracer.new(root / "deep" / "case", id="X-1", title=MORE["M02"], as_of="2025-06-30", by=MORE["M05"])
    paper = made.folder / "case.yaml"
    act = json.dumps(MORE["M01"])
    stated = {
        "predicate_events:": '[{id: E1, offence: O1, date: "2024-03-05", amount: "10000.00", currency: USD, payer: P, payee: Q, '
        f'act: {act}, account: "123456789", proceeds_txn: "CLAIM-0001", exhibits: []}}]\n',
        "offences:": f'[{{id: O1, title: {{en: {act}, zh: "受"}}, statute: {act}, conduct_period: {{from: "2024-01-01", to: "2024-12-31"}}}}]\n',
    }
    lines = paper.read_text("utf-8").splitlines(keepends=True)
    lines = [f"{key} {stated[key]}" if (key := line.split(" ")[0]) in stated else line for line in lines]
    paper.write_text("".join(lines), "utf-8")
    (root / "profile.yaml").write_text(PROFILE)
    files = {"=HYPERLINK(1).csv": _statement(), "<img src=x onerror=alert(1)>.csv": _assets(), "a\x1b[31m.csv": _accounts(), "o\u202eb.json": _bods()}  # fmt: skip
    for name, data in files.items():
        (root / name).write_bytes(data)
    first, *others = (root / name for name in files)
    case = tracer.open(made.folder, by=MORE["M05"])
    case.load(first, answers={"profile": str(root / "profile.yaml")}, received_from=MORE["M06"], authority=MORE["M03"])
    case.load(*others, received_from=MORE["M02"])
    case.match()
    return case


@pytest.fixture(scope="module")
def before(case: Case, root: Path) -> set[Path]:
    return set(root.rglob("*"))


@pytest.fixture(scope="module")
def annexed(case: Case, before: set[Path]) -> View:
    return case.annex("R4")


def test_every_line_was_taken_in_or_set_aside(case: Case) -> None:
    facts = case.facts()
    assert len(facts["posting"]) + len(facts["reject"]) == 1 + len(STRINGS) + len(PATHS)
    assert len(facts["posting"]) > 100
    assert {a.record for a in facts["asset"].values()} == set(PATHS)
    kept = {p.counterparty for p in facts["posting"].values()}
    lost = [key for key, text in STRINGS.items() if text not in kept and text.strip() not in kept]
    told = " ".join(r.raw for r in facts["reject"].values())
    assert [key for key in lost if f"REF-{key}" not in told] == []


# -- what a notebook and a terminal show


def _views(case: Case, root: Path, annexed: View) -> Iterator[tuple[str, Any]]:
    trace = case.trace()
    yield "case", case
    yield "preview", case.preview(root / "<img src=x onerror=alert(1)>.csv")
    yield "preview of what asks", case.preview(root / "=HYPERLINK(1).csv")
    yield "load", case.load("EX-0001", "EX-0002", "EX-0003", "EX-0004")
    yield "status", case.status()
    yield "problems", case.problems()
    yield "reconcile", case.reconcile()
    yield "match", case.match()
    yield "owners", case.owners()
    yield "nexus", case.nexus()
    yield "trace", trace
    yield "annex", annexed
    yield "verify", case.verify()
    yield "flow chart", trace.chart(PATHS[0])
    yield "owners chart", case.owners(PATHS[0]).chart()
    one, two = sorted(case.facts()["posting"])[-2:]
    yield "judge", case.judge(one, two, "different", reason=MORE["M06"])
    for name, part in trace.parts.items():
        yield f"trace[{name[:12]!r}]", part
    everything = [(name, text, (name, text), None) for name, text in STRINGS.items()]
    yield "a view of anything", View(MORE["M02"], ("id", MORE["M01"], MORE["M05"], "-"), tuple(everything), MORE["M06"])


@pytest.fixture(scope="module")
def views(case: Case, root: Path, annexed: View) -> dict[str, Any]:
    """Each view, and each further page of a long one."""
    found: dict[str, Any] = {}
    for name, view in _views(case, root, annexed):
        found[name] = view
        for page in range(ROWS_SHOWN, len(view.rows) if isinstance(view, View) else 0, ROWS_SHOWN):
            found[f"{name} from {page}"] = dataclasses.replace(view, rows=view.rows[page : page + ROWS_SHOWN])
    return found


def inert(text: str) -> bool:
    """Say whether nothing in a text moves a cursor, changes a colour, ends a line or turns the direction."""
    return not [c for c in text if c != "\n" and unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}]


class _Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


TABLE = {"table", "caption", "thead", "tbody", "tr", "th", "td", "bdi", "p"}
CHART = TABLE | {"div", "style", "iframe", "img", "tfoot"}


def test_the_html_of_every_view_holds_only_its_own_tags(views: dict[str, Any]) -> None:
    assert len(views) > 30
    for name, view in views.items():
        bundle = view._repr_mimebundle_()
        chart = isinstance(view, Chart)
        assert set(bundle) == {"text/plain", "text/html"} | ({"image/png"} if chart else set()), name
        for tag, given in _Tags(bundle["text/html"]).found:
            assert tag in (CHART if chart else TABLE), (name, tag)
            assert not [key for key in given if key.startswith("on")], (name, tag)
            if not chart:
                assert set(given) <= {"style"}, (name, tag, given)
            assert not re.search(r"javascript:|https?:", given.get("src") or ""), (name, tag)
            assert "href" not in given
        assert inert(bundle["text/html"].replace("\r", "")) or chart, name


def test_the_plain_text_of_every_view_moves_nothing_and_forges_no_line(views: dict[str, Any]) -> None:
    for name, view in views.items():
        text = repr(view)
        assert inert(text), name
        assert view._repr_mimebundle_()["text/plain"] == text
        if isinstance(view, View):
            assert text.count("\n") == 3 + min(len(view.rows), ROWS_SHOWN), name
            for said in (view.explain(), *view.sources(), *view.check()):
                assert inert(said), name
            assert not any("\n" in line for line in (*view.sources(), *view.check()))
            assert view.explain().count("\n") == max(0, len(view.explained) - 1)


def test_nothing_is_lost_each_string_is_found_in_its_marked_form(views: dict[str, Any]) -> None:
    shown = "\n".join(repr(view) for name, view in views.items() if name.startswith("a view of anything"))
    html = "\n".join(view._repr_html_() for name, view in views.items() if name.startswith("a view of anything"))
    import html as standard

    for key, text in STRINGS.items():
        assert clip(text, 60) in shown, key
        assert standard.escape(clip(text, 60), quote=True) in html, key
    traced = "\n".join(repr(view) for name, view in views.items() if name.startswith("trace"))
    for key, text in MORE.items():
        assert clip(text.strip(), 60)[:50] in traced, key


def test_each_rich_view_has_a_twin_with_the_same_figures(views: dict[str, Any]) -> None:
    for name, view in views.items():
        bundle = view._repr_mimebundle_()
        plain, rich = (set(re.findall(r"-?\d[\d,]*\.\d\d\b", bundle[kind])) for kind in ("text/plain", "text/html"))
        assert plain <= rich if isinstance(view, Chart) else plain == rich, name


def test_candidates_and_errors_are_inert(case: Case, root: Path) -> None:
    for pair in case.candidates():
        assert isinstance(pair, Pair)
        assert inert(str(pair))
    calls = [
        case.owners,
        lambda text: case.trace()[text],
        lambda text: case.chart("flow", text),
        case.chart,
        lambda text: case.preview(root / text[:40].replace("/", "_").replace("\0", "_")),
        lambda text: case.judge(text, text, "same", reason="r"),
        lambda text: case.trace().save("../" + text[:40].replace("\0", "_")),
        lambda text: tracer.open(root / text[:40].replace("/", "_").replace("\0", "_")),
    ]
    for call in calls:
        for text in (f"no {MORE[key]}" for key in ("M04", "M05", "M06")):
            with pytest.raises(TracerError) as told:
                call(text)
            assert inert(str(told.value))
            assert str(told.value).count("\n") <= 4
            assert told.value._render_traceback_() == list(told.value.lines())


def test_the_saved_tables_compute_nothing(views: dict[str, Any], case: Case) -> None:
    view = views["a view of anything"]
    file = view.save(str(case.folder / "x.csv"), outside_case=True)
    rows = list(csv.reader(io.StringIO(file.read_bytes().decode("utf-8"), newline=""), strict=True))
    assert {len(row) for row in rows} == {1, len(view.columns)}
    assert len(rows) == 2 + len(view.rows)
    assert not [cell for row in rows for cell in row if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} and cell != "-"]
    file.unlink()


# -- what leaves the case


def test_formula_like_names_are_text_in_the_workbook(case: Case, annexed: View, before: set[Path]) -> None:
    (workbook,) = (case.folder / "out").glob("*.xlsx")
    book = openpyxl.load_workbook(workbook)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    texts = {str(cell.value) for cell in cells if cell.data_type != "f"}
    formulas = [str(cell.value) for cell in cells if cell.data_type == "f"]
    assert formulas
    assert not [f for f in formulas if re.search(r"canary|cmd|1\+1|WEBSERVICE|DDE|IMPORT", f)]
    assert MORE["M03"] in texts or any(MORE["M03"] in text for text in texts)
    assert not [cell for cell in cells if cell.hyperlink and cell.hyperlink.target]
    with zipfile.ZipFile(workbook) as archive:
        assert not [name for name in archive.namelist() if "external" in name.casefold() or "macro" in name.casefold()]


def test_libreoffice_opens_the_workbook_and_computes_none_of_the_names(
    case: Case, annexed: View, tmp_path: Path
) -> None:
    soffice = shutil.which("soffice")
    if soffice is None:
        if os.environ.get("CI") == "true":
            pytest.fail("LibreOffice is not installed; with CI=true nothing is skipped")
        pytest.skip("LibreOffice is not installed (Debian: apt-get install libreoffice-calc)")
    (workbook,) = (case.folder / "out").glob("*.xlsx")
    profile = f"-env:UserInstallation=file://{tmp_path / 'profile'}"
    command = [soffice, profile, "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(tmp_path), str(workbook)]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=240, env={**os.environ, "HOME": str(tmp_path)})
    book = openpyxl.load_workbook(tmp_path / workbook.name, data_only=True)
    texts = {str(c.value) for sheet in book for row in sheet.iter_rows() for c in row if isinstance(c.value, str)}
    assert any("HYPERLINK(" in text and "canary" in text for text in texts), "the name is still a text"
    assert not [text for text in texts if text.startswith("#NAME") or text == "2"]
    checks = book["02_CHECKS"]
    results = [c.value for row in checks.iter_rows() for c in row if c.value in {"PASS", "FAIL"}]
    assert results
    assert "FAIL" not in results


def test_script_names_are_inert_in_the_pages_and_the_pictures(case: Case, annexed: View) -> None:
    pages = list((case.folder / "out" / "charts").glob("*.html"))
    assert len(pages) >= len(PATHS)
    for page in pages:
        text = page.read_text("utf-8")
        tags = _Tags(text).found
        assert [tag for tag, _ in tags].count("script") == 3, page.name  # vis-network, pyvis and our own
        for tag, given in tags:
            assert not [key for key in given if key.startswith("on")], (page.name, tag)
            assert not {"src", "href"} & set(given), (page.name, tag)
    for drawing in (case.folder / "out" / "charts").glob("*.svg"):
        tree = etree.fromstring(drawing.read_bytes())
        assert not [e for e in tree.iter() if isinstance(e.tag, str) and etree.QName(e).localname in {"script", "image", "foreignObject"}]  # fmt: skip


def test_the_drafts_hold_the_names_as_text(case: Case, annexed: View) -> None:
    drafts = list((case.folder / "out").glob("*.docx"))
    assert len(drafts) == 2
    for draft in drafts:
        with zipfile.ZipFile(draft) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        for name, data in parts.items():
            if name.endswith((".xml", ".rels")):
                tree = etree.fromstring(data)
                assert not tree.xpath(
                    "//*[local-name()='fldSimple' or local-name()='instrText'][contains(., 'canary')]"
                )
        assert b"tracer-canary" not in b"".join(d for n, d in parts.items() if n.endswith(".rels"))
        assert b'TargetMode="External"' not in b"".join(parts.values())


def test_path_like_names_leave_no_file_outside_and_share_none(
    case: Case, annexed: View, before: set[Path], root: Path
) -> None:
    out = case.folder / "out"
    new = {p for p in set(root.rglob("*")) - before if out not in p.parents and p != out}
    assert {p.relative_to(case.folder) for p in new if case.folder not in p.parents} == set()
    assert {p.relative_to(case.folder).parts[0] for p in new} <= {"cache", "log.jsonl", "decisions.jsonl"}
    assert not [p for p in root.parent.iterdir() if p.name.startswith(("escaped", "win.", "windows"))]
    names = [p.name for p in out.rglob("*") if p.is_file()]
    pages = {name.removesuffix(".html") for name in names if name.startswith("flow_") and name.endswith(".html")}
    assert len(pages) == len(PATHS), "every asset has a file of its own"
    # a name in letters that no font here has is not drawn as an empty box: the page shows it, and a note says why
    assert all(f"{page}.svg" in names or f"{page}_not_drawn.txt" in names for page in pages)
    assert len({name.casefold() for name in names}) == len(names)
    for name in names:
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}", name), name
        assert name.split(".")[0].casefold() not in {"con", "nul", "aux", "prn"}


def test_everything_that_was_written_is_private(case: Case, annexed: View) -> None:
    old = os.umask(0)
    try:
        saved = case.trace().save("one/two/three.csv")
        drawn = case.trace().chart(PATHS[0]).save("four/five/six.html")
    finally:
        os.umask(old)
    assert visible(str(saved)) == str(saved)
    for path in (saved, drawn, *saved.parents, *drawn.parents, *(case.folder / "out").rglob("*")):
        if path.is_relative_to(case.folder):
            mode = path.stat().st_mode & 0o777
            assert mode & 0o077 == 0, f"{path}: {mode:o}"

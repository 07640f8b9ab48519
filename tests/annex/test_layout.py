"""Layout, injection, determinism: what is in the file itself (annex.md 1.1 and 2; safety.md S5, S18)."""

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import openpyxl
import pytest

from tests.annex.dossiers import dossier, fx, planted
from tracer import routes
from tracer.annex.recalc import found_soffice, read_cells, recalculated
from tracer.annex.workbook import planned, rendered, workbook
from tracer.annex.writing import write
from tracer.model import CaseError

CORPUS = Path(__file__).parents[1] / "fixtures" / "injection_corpus.json"
ALLOWED = {
    "SUM",
    "SUMIFS",
    "COUNTIFS",
    "INDEX",
    "MATCH",
    "MIN",
    "MAX",
    "ROUND",
    "ABS",
    "IF",
    "AND",
    "PRODUCT",
    "SUMPRODUCT",
    "EDATE",
}


@pytest.fixture(scope="module")
def made():
    return dossier(*planted())


@pytest.fixture(scope="module")
def data(made):
    return workbook(made, routes.evaluate("R4", made)).data


def test_every_sheet_stands_in_order_with_its_head(data):
    book = openpyxl.load_workbook(io.BytesIO(data))
    numbers = [name.split("_")[0] for name in book.sheetnames]
    assert numbers == sorted(numbers)
    assert {f"{n:02d}" for n in range(1, 26)} == set(numbers)
    for sheet in book:
        assert sheet["A2"].value
        assert sheet["A3"].value.startswith("Status")
        assert sheet.freeze_panes == "A7"
        assert sheet.auto_filter.ref.startswith("A6:")
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.print_title_rows == "$1:$6"
        assert all(r.min_row == r.max_row == 3 for r in sheet.merged_cells.ranges), "only the line of the purpose"
        assert sheet.sheet_state == "visible"
        assert all(not d.hidden for d in (*sheet.column_dimensions.values(), *sheet.row_dimensions.values()))


def test_every_data_row_says_where_it_comes_from(made):
    plan = planned(made, routes.evaluate("R4", made), "R4")
    rendered(plan)
    for sheet in plan.sheets.values():
        if not sheet.meta:
            continue
        for row in range(sheet.top, sheet.next_row):
            for key in ("row_id", "ev_class", "confidence", "analyst"):
                assert sheet.get(key, row), (sheet.tab, row, key)


def test_only_allowed_functions_and_bounded_ranges(data):
    import re

    for sheet in openpyxl.load_workbook(io.BytesIO(data)):
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    assert set(re.findall(r"([A-Z]+)\(", cell.value)) <= ALLOWED
                    assert not re.search(r"\$?[A-Z]+:\$?[A-Z]+(?![0-9$])", cell.value)


def test_no_part_leads_out_of_the_workbook(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        assert not [n for n in names if "external" in n or "comment" in n or "vba" in n]
        assert all(i.date_time == (1980, 1, 1, 0, 0, 0) for i in archive.infolist())
        for name in names:
            if name.startswith("xl/worksheets/_rels"):
                assert b"External" not in archive.read(name)


def texts(ids: str) -> dict[str, str]:
    found = {}
    for entry in json.loads(CORPUS.read_text("utf-8"))["strings"]:
        if entry["id"][0] in ids and "annex" in entry["neutralise_at"]:
            build = entry.get("build")
            found[entry["id"]] = entry["value"] if build is None else _build(build)
    return found


def _build(build) -> str:
    if isinstance(build, str):
        return build
    if "repeat" in build:
        return _build(build["repeat"][0]) * build["repeat"][1]
    return "".join(_build(part) for part in build["concat"])


def shown(text: str) -> str:
    """What a cell may show of a hostile text: marks for what no file can hold, nothing else changed."""

    def unfit(c):
        return (
            ord(c) < 32
            and c not in "\t\n"
            or 0x7F <= ord(c) <= 0x9F
            or 0xD800 <= ord(c) <= 0xDFFF
            or c in "\ufffe\uffff"
        )

    return "".join(f"[U+{ord(c):04X}]" if unfit(c) else c for c in text)


@pytest.fixture(scope="module")
def hostile():
    words = texts("XCU")
    hostile_dossier = dossier(*planted(), words=tuple(words.values()))
    return words, workbook(hostile_dossier, routes.evaluate("R4", hostile_dossier)).data


def test_hostile_texts_are_read_back_as_they_are(hostile, tmp_path):
    words, data = hostile
    path = tmp_path / "hostile.xlsx"
    path.write_bytes(data)
    cells = {text for sheet in read_cells(path).values() for kind, text, _ in sheet.values() if kind == "inlineStr"}
    for name, word in words.items():
        assert any(shown(word) in cell for cell in cells), name
    live = [c for s in openpyxl.load_workbook(path) for row in s.iter_rows() for c in row if c.data_type == "f"]
    assert not any(word in c.value for c in live for word in ("HYPERLINK", "WEBSERVICE", "cmd|", "1+1"))


@pytest.mark.office
def test_libreoffice_shows_hostile_texts_and_computes_none(hostile, tmp_path, soffice):
    words, data = hostile
    path = tmp_path / "hostile.xlsx"
    path.write_bytes(data)
    after = read_cells(recalculated((path,), tmp_path, found_soffice() or soffice)[0])
    cells = {
        text for sheet in after.values() for kind, text, is_formula in sheet.values() if kind != "n" and not is_formula
    }
    for name, word in words.items():
        assert any(shown(word) in cell for cell in cells), name


def test_a_text_longer_than_a_cell_goes_on_in_a_note():
    long = "A" * 32_768
    plan = planned(dossier(*planted(), words=(long,)), (), "R4")
    rendered(plan)
    assert {"".join(part for n, part in plan.notes if n == name) for name, _ in plan.notes} >= {long}
    listed = [row for row in plan.sheets["16_GAPS"].rows if row[1] == "long text"]
    assert len(listed) >= 1


_BUILD = """
import hashlib, sys
from pathlib import Path
from tests.annex.dossiers import dossier, planted
from tracer import routes
from tracer.annex.writing import write
made = dossier(*planted())
for path in write(made, routes.evaluate("R4", made), Path(sys.argv[1]), name="annex"):
    print(path.name, hashlib.sha256(path.read_bytes()).hexdigest())
"""


def test_two_builds_are_the_same_bytes(tmp_path):
    root = Path(__file__).parents[2]
    outputs = []
    for n, (seed, zone, place) in enumerate((("1", "Asia/Shanghai", "C.UTF-8"), ("77", "America/New_York", "POSIX"))):
        environment = {
            **os.environ,
            "PYTHONHASHSEED": seed,
            "TZ": zone,
            "LC_ALL": place,
            "PYTHONPATH": str(root),
            "PYTHONUTF8": "1",
        }
        run = subprocess.run(
            [sys.executable, "-c", _BUILD, str(tmp_path / f"out{n}")],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            cwd=tmp_path,
        )
        outputs.append(run.stdout)
    assert outputs[0] == outputs[1]
    assert outputs[0].count("\n") == 4


def test_a_file_name_that_leads_out_is_refused(tmp_path):
    with pytest.raises(CaseError):
        write(fx(), (), tmp_path / "out", name="annex", extra={"../x.svg": b""})
    assert not list(tmp_path.iterdir())

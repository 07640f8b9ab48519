"""The annex of the sample case: LibreOffice, forced to recalculate, agrees with every stored engine value."""

import os
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from tests.annex.test_layout import ALLOWED
from tracer.case import Case

_PROFILE = (
    '<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry" '
    'xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
    '<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">'
    "<value>0</value></prop></item></oor:items>"
)


@pytest.fixture(scope="module")
def case(harbour_copy: Callable[[Path], Case], tmp_path_factory: pytest.TempPathFactory) -> Case:
    return harbour_copy(tmp_path_factory.mktemp("annex") / "case")


@pytest.fixture(scope="module")
def book(case: Case) -> Path:
    (found,) = (case.folder / "out").glob("*.xlsx")
    return found


@pytest.fixture(scope="module")
def formulas(book: Path) -> Workbook:
    """The workbook as read once; the tests look at it and change nothing."""
    return load_workbook(book)


@pytest.fixture(scope="module")
def harmed(book: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workbook with one stored PASS made FAIL."""
    path = tmp_path_factory.mktemp("harmed") / "harmed.xlsx"
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if b">PASS<" in data:
                data = data.replace(b">PASS<", b">FAIL<", 1)
            new.writestr(name, data)
    return path


@pytest.fixture(scope="module")
def recalculated(book: Path, harmed: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Path]:
    """Both workbooks as LibreOffice wrote them after a forced recalculation, in one run of it."""
    scratch = tmp_path_factory.mktemp("recalculated")
    program = shutil.which("soffice")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("LibreOffice is missing; with CI=true nothing is skipped")
        pytest.skip("LibreOffice is not installed: the forced recalculation is not checked")
    profile = scratch / "profile" / "user"
    profile.mkdir(parents=True)
    (profile / "registrymodifications.xcu").write_text(_PROFILE)
    subprocess.run(
        [
            program,
            "--headless",
            f"-env:UserInstallation=file://{scratch}/profile",
            "--convert-to",
            "xlsx",
            "--outdir",
            str(scratch / "out"),
            str(book),
            str(harmed),
        ],
        check=True,
        capture_output=True,
        timeout=300,
    )
    return {path: scratch / "out" / path.name for path in (book, harmed)}


@pytest.mark.office
def test_every_formula_recalculates_to_the_engine_value(
    book: Path, formulas: Workbook, recalculated: dict[Path, Path]
) -> None:
    stored = load_workbook(book, data_only=True)
    live = load_workbook(recalculated[book], data_only=True)
    count, wrong = 0, []
    for sheet in formulas:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type != "f":
                    continue
                count += 1
                mine, theirs = stored[sheet.title][cell.coordinate].value, live[sheet.title][cell.coordinate].value
                if isinstance(mine, int | float) and isinstance(theirs, int | float):
                    agree = abs(mine - theirs) < 0.005
                else:
                    agree = str(mine) == str(theirs)
                if not agree:
                    wrong.append((sheet.title, cell.coordinate, cell.value, mine, theirs))
    assert count > 5_000
    assert wrong[:5] == []
    checks = [(row[0].value, row[7].value, row[5].value) for row in live["02_CHECKS"].iter_rows(min_row=7)]
    assert len(checks) > 30
    assert [check for check in checks if check[1] != "PASS" or abs(check[2]) > 0] == []


@pytest.mark.office
def test_a_wrong_stored_value_comes_back_corrected(harmed: Path, recalculated: dict[Path, Path]) -> None:
    assert "FAIL" in {row[7].value for row in load_workbook(harmed, data_only=True)["02_CHECKS"].iter_rows(min_row=7)}
    live = load_workbook(recalculated[harmed], data_only=True)
    assert {row[7].value for row in live["02_CHECKS"].iter_rows(min_row=7)} == {"PASS"}


def test_layout(formulas: Workbook) -> None:
    names = formulas.sheetnames
    for tab in (
        "01_COVER",
        "02_CHECKS",
        "03_REQUEST",
        "04_PARTIES",
        "05_ACCOUNTS",
        "06_OFFENCES",
        "07_EVENTS",
        "08_TXN",
        "09_WIRES",
        "11_FLOW",
        "12_ASSETS",
        "13_BO",
        "14_NEXUS",
        "15_METHODS",
        "16_GAPS",
        "17_EXHIBITS",
        "18_TIMELINE",
        "19_WEALTH",
        "20_ORDERS",
        "21_AUDIT",
        "22_GLOSSARY",
        "23_SENSITIVITY",
        "24_RUN",
        "25_EXPLAINED",
    ):
        assert tab in names
    assert sum(name.startswith("10_T_") for name in names) >= 3
    for sheet in formulas:
        assert all(r.min_row == r.max_row == 3 for r in sheet.merged_cells.ranges), "only the line of the purpose"
        assert sheet.sheet_state == "visible"
        assert not [r for r, d in sheet.row_dimensions.items() if d.hidden]
        assert sheet.freeze_panes == "A7"
        assert any("\u4e00" <= c <= "\u9fff" for c in str(sheet["A2"].value))
        assert not [cell for row in sheet.iter_rows() for cell in row if cell.comment]


def test_every_transaction_row_cites_exhibit_and_place(formulas: Workbook) -> None:
    sheet = formulas["08_TXN"]
    heads = [cell.value for cell in sheet[5]]
    cites = [row[heads.index("Cite")].value for row in sheet.iter_rows(min_row=7)]
    assert len(cites) == 407
    assert all(cite.startswith("EX-") and "@" in cite for cite in cites)


def test_only_allowed_functions(formulas: Workbook) -> None:
    import re

    used = {
        name
        for sheet in formulas
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
        for name in re.findall(r"([A-Z]+)\(", re.sub(r'"[^"]*"', "", str(cell.value)))
    }
    assert used <= ALLOWED

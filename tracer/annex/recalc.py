"""Forced recalculation: LibreOffice computes every formula anew, and the result is compared (annex.md 2.2, safety.md S22).

LibreOffice trusts stored values on load, also with `fullCalcOnLoad` set; only a profile with `OOXMLRecalcMode = 0` makes it
recompute. Whether it really did is proved on every run: a second copy with one stored value corrupted must come back
corrected.

The program runs with an absolute path, list arguments, a private profile and home, a time limit, and only on files that
tracer wrote. Its output is for comparing; it is never shipped.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from lxml import etree

from tracer.model import CheckFailed

__all__ = ["Recalculation", "check", "compare", "corrupted", "found_soffice", "read_cells", "recalculated"]

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_SECONDS = 600
_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""
_STORED = re.compile(rb"(<c r=\"([A-Z]+[0-9]+)\"[^>]*><f>[^<]*</f><v>)(-?[0-9][0-9.]*)(</v></c>)")

Cells = dict[str, dict[str, tuple[str, str, bool]]]
"""Sheet -> cell -> (type, text of the value, whether it is a formula)."""


@dataclass(frozen=True, slots=True)
class Recalculation:
    """What a forced recalculation found: formula cells compared, and each difference or error in words."""

    cells: int
    differences: tuple[str, ...]
    corrected: bool

    @property
    def agrees(self) -> bool:
        return not self.differences and self.corrected and self.cells > 0


def found_soffice() -> Path | None:
    """Return the absolute path of LibreOffice, None where it is not installed."""
    for name in ("soffice", "libreoffice"):
        if found := shutil.which(name):
            return Path(found).resolve()
    return None


def check(workbook: Path, *, soffice: Path | None = None) -> Recalculation:
    """Recalculate `workbook` and a copy with one stored value corrupted; compare both with what the workbook stores.

    Raises: CheckFailed where LibreOffice is not there, does not finish, a cell differs or shows an error.
    """
    program = soffice or found_soffice()
    if program is None:
        raise CheckFailed(
            "LibreOffice is not installed, so the workbook cannot be recalculated.",
            where=workbook.name,
            meaning="The stored values are the engine's; no spreadsheet has confirmed them on this machine.",
            next_call="install libreoffice-calc and run the check again",
        )
    with tempfile.TemporaryDirectory(prefix="tracer-recalc-") as name:
        folder = Path(name)
        plain, wrong = folder / "plain.xlsx", folder / "corrupted.xlsx"
        data = workbook.read_bytes()
        plain.write_bytes(data)
        changed, sheet, cell = corrupted(data)
        wrong.write_bytes(changed)
        first, second = recalculated((plain, wrong), folder, program)
        stored = read_cells(plain)
        cells, differences = compare(stored, read_cells(first))
        _, after = compare(stored, read_cells(second))
        result = Recalculation(cells, differences, after == differences)
    if not result.agrees:
        raise CheckFailed(
            f"{len(differences)} of {cells} formula cells differ after recalculation"
            f"{'' if result.corrected else f'; the corrupted value of {sheet}!{cell} was not corrected'}.",
            where="; ".join(differences[:5]) or f"{sheet}!{cell}",
            meaning="The workbook does not show what its formulas give; it must not be sent.",
            next_call="report it: the writer of this sheet is at fault, not the case",
        )
    return result


def recalculated(files: tuple[Path, ...], folder: Path, soffice: Path) -> tuple[Path, ...]:
    """Convert files to xlsx with a forced recalculation, in a private profile under `folder`; return the results."""
    profile, out = folder / "profile", folder / "out"
    (profile / "user").mkdir(mode=0o700, parents=True)
    out.mkdir(mode=0o700)
    (profile / "user" / "registrymodifications.xcu").write_text(_PROFILE, encoding="utf-8")
    command = [
        str(soffice),
        f"-env:UserInstallation={profile.resolve().as_uri()}",
        "--headless",
        "--norestore",
        "--convert-to",
        "xlsx:Calc MS Excel 2007 XML",
        "--outdir",
        str(out),
        *(str(file) for file in files),
    ]
    environment = {"HOME": str(folder), "PATH": os.defpath, "LC_ALL": "C.UTF-8", "TMPDIR": str(folder)}
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=_SECONDS, env=environment, cwd=folder)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise CheckFailed(
            "LibreOffice did not finish the recalculation.",
            where=type(error).__name__,
            meaning="Nothing is known about the formulas of this workbook.",
            next_call="run the check again; if it fails again, look at the installation of LibreOffice",
        ) from None
    results = tuple(out / f"{file.stem}.xlsx" for file in files)
    if not all(result.is_file() for result in results):
        raise CheckFailed("LibreOffice wrote no file.", where=", ".join(f.name for f in files))
    return results


def corrupted(data: bytes) -> tuple[bytes, str, str]:
    """Return the workbook with one stored value of its first tracing sheet (else of any sheet) made wrong, and where."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
        names = _sheet_parts(archive)
    order = sorted(names, key=lambda sheet: (not sheet.startswith("10_T_"), sheet))
    for sheet in order:
        content = parts[names[sheet]]
        found = list(_STORED.finditer(content))
        if found:
            target = found[len(found) // 2]
            wrong = str(Decimal(target[3].decode()) + 12345).encode()
            parts[names[sheet]] = content[: target.start()] + target[1] + wrong + target[4] + content[target.end() :]
            return _packed(parts), sheet, target[2].decode()
    raise CheckFailed("The workbook holds no formula with a number, so nothing can be corrupted.", where="annex.recalc")


def _packed(parts: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def _sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return sheet name -> member of the archive."""
    book = etree.fromstring(archive.read("xl/workbook.xml"), _parser())
    relations = etree.fromstring(archive.read("xl/_rels/workbook.xml.rels"), _parser())
    targets = {r.get("Id"): str(r.get("Target")) for r in relations}
    found = {}
    for sheet in book.iter(f"{_MAIN}sheet"):
        target = targets[sheet.get(_RELATION)]
        found[str(sheet.get("name"))] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return found


def read_cells(file: Path) -> Cells:
    """Return every cell as the file states it, shared and inline strings resolved and unescaped."""
    with zipfile.ZipFile(file) as archive:
        shared: list[str] = []
        if "xl/sharedStrings.xml" in archive.namelist():
            root = etree.fromstring(archive.read("xl/sharedStrings.xml"), _parser())
            shared = ["".join(t.text or "" for t in item.iter(f"{_MAIN}t")) for item in root.iter(f"{_MAIN}si")]
        return {sheet: dict(_cells_of(archive.read(part), shared)) for sheet, part in _sheet_parts(archive).items()}


_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda m: chr(int(m[1], 16)), text)


def _cells_of(content: bytes, shared: list[str]) -> Iterator[tuple[str, tuple[str, str, bool]]]:
    for cell in etree.fromstring(content, _parser()).iter(f"{_MAIN}c"):
        kind, value = cell.get("t") or "n", cell.find(f"{_MAIN}v")
        text = (value.text or "") if value is not None else ""
        if kind == "s":
            text = shared[int(text)]
        elif kind == "inlineStr":
            text = "".join(t.text or "" for t in cell.iter(f"{_MAIN}t"))
        if kind in {"s", "inlineStr", "str"}:
            text = _unescaped(text)
        yield str(cell.get("r")), (kind, text, cell.find(f"{_MAIN}f") is not None)


def compare(stored: Cells, computed: Cells) -> tuple[int, tuple[str, ...]]:
    """Return how many formula cells were compared, and each that differs, shows an error or is gone."""
    count = 0
    wrong: list[str] = []
    for sheet, cells in stored.items():
        for name, (kind, text, is_formula) in cells.items():
            if not is_formula:
                continue
            count += 1
            other = computed.get(sheet, {}).get(name)
            if other is None:
                wrong.append(f"{sheet}!{name}: gone")
            elif other[0] == "e" or other[1].startswith(("#", "Err:")):
                wrong.append(f"{sheet}!{name}: {other[1]}")
            elif not _same(kind, text, other):
                wrong.append(f"{sheet}!{name}: stored {text!r}, recalculated {other[1]!r}")
    return count, tuple(wrong)


def _same(kind: str, text: str, other: tuple[str, str, bool]) -> bool:
    if kind == "str":
        return text == other[1]
    if other[0] != "n" or not text or not other[1]:
        return text == other[1]
    ours, theirs = Decimal(text), Decimal(other[1])
    # a sum of doubles carries noise far below the smallest unit of any currency; a wrong unit is at least 0.001
    return abs(ours - theirs) <= max(Decimal("1e-9"), abs(ours) * Decimal("1e-14"))

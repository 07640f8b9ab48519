"""Hostile and broken files through the public verbs: a clear error in the house form, the rest loaded, nothing lost."""

import io
import os
import signal
import stat
import subprocess
import sys
import textwrap
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import tracer
from tracer.case import Case
from tracer.model import CaseError, TracerError

GOOD = (
    "{1:F01QXHKHKHHAXXX0000000000}{2:I940QXUKGB2LXXXXN}{4:\r\n:20:S1\r\n:25:447882001838\r\n:28C:00001/001\r\n"
    ":60F:C240101USD1000,00\r\n:61:2401020102C500,00NTRFREF0001\r\n:86:A\r\n:61:2401030103D200,00NTRFREF0002\r\n:86:B\r\n"
    ":62F:C240131USD1300,00\r\n-}"
)
DTD = b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>&x;</BkToCstmrStmt></Document>'


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return tracer.new(tmp_path / "case", id="X-1", title="Test", as_of="2026-01-01", by="A. Officer")


def put(tmp_path: Path, name: str, data: bytes | str) -> Path:
    path = tmp_path / name
    path.write_bytes(data.encode("utf-8") if isinstance(data, str) else data)
    return path


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("[Content_Types].xml", "<Types/>")
        made.writestr("xl/workbook.xml", "<workbook/>")
        made.writestr("xl/worksheets/sheet1.xml", b"\0" * 300_000_000)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("empty.sta", b""),
        ("letter.docx.txt", b"Dear Sir,\n\nyours\n"),
        ("random.bin", bytes(range(256)) * 40),
        ("undecodable.csv", b"Date;Amount\r\n\x81\x8d\x8f\x90\x9d\xff\xfe\r\n"),
        ("entities.xml", DTD),
        ("entities16.xml", DTD.decode().encode("utf-16")),
        (
            "truncated.xml",
            b'<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt>',
        ),
        ("bomb.xlsx", bomb),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_file_is_refused_with_a_sentence_and_the_rest_loads(
    case: Case, tmp_path: Path, name: str, data: bytes | Callable[[], bytes]
) -> None:
    bad = put(tmp_path, name, data() if callable(data) else data)
    good = put(tmp_path, "good.sta", GOOD)
    view = case.load(bad, good)
    outcomes = {row["file"]: row["outcome"] for row in view}
    assert outcomes == {name: "refused", "good.sta": "loaded-and-reconciled"}
    told = view.explain()
    what, where, meaning, next_call, error = told.strip().splitlines()
    assert name in what + where
    assert meaning
    assert next_call.startswith("Next: ")
    assert error.startswith("[")
    kept = [e for e in case.exhibits.all() if e.name == name]
    assert len(kept) == 1, "its hash is still logged"
    assert "root:" not in told
    assert case.verify().check() == ()


def test_a_bad_line_among_good_ones_is_set_aside_with_its_text(case: Case, tmp_path: Path) -> None:
    broken = GOOD.replace(":61:2401030103D200,00NTRFREF0002", ":61:24O1O3D2OO,OONTRFREF0002")
    (row,) = case.load(put(tmp_path, "s.sta", broken))
    assert (row["raw"], row["parsed"], row["set_aside"]) == (2, 1, 1)
    (reject,) = case.ledger.scan("reject").to_pylist()
    assert "24O1O3D2OO" in reject["raw"]
    assert reject["message"]


def test_a_balance_that_cannot_be_read_is_a_part_and_no_record(case: Case, tmp_path: Path) -> None:
    """Two postings load, one balance does not: 2 records = 2 + 0, and apart from them one part set aside, never 1 + 1."""
    (row,) = view = case.load(put(tmp_path, "s.sta", GOOD.replace(":62F:C240131USD1300,00", ":62F:C240131USD13OO,00")))
    assert (row["raw"], row["parsed"], row["set_aside"], row["parts_aside"]) == (2, 2, 0, 1)
    assert row["outcome"] == "loaded-and-flagged"
    assert case.ledger.counts()["posting"] == 2
    assert any("62F" in line for line in view.check())
    assert "0 records, 1 parts of records or headings" in str(case.status())
    (place,) = [r["what"] for r in case.problems().parts["rejects"]]
    assert place


@pytest.mark.parametrize(
    ("old", "new", "loaded", "said"),
    [
        pytest.param("2401020102C500,00", "2411311131C500,00", 2, "value date 241131 does not exist", id="31 November"),
        pytest.param(
            "2401020102C500,00", "2401020102C500,005", 1, "'500.005' has more decimals than USD has (2)", id="decimals"
        ),
        pytest.param(
            "C240101USD1000,00", "C240101QQQ1000,00", 2, "'QQQ' is not an ISO 4217 currency", id="unknown currency"
        ),
        pytest.param("C240131USD1300,00", "C240131USD1399,00", 2, "difference USD 99.00", id="conflicting balance"),
        pytest.param(":62F:C240131USD1300,00\r\n-}", "", 2, "the file is cut short", id="truncated"),
    ],
)
def test_what_is_odd_is_said_and_no_record_is_lost(
    case: Case, tmp_path: Path, old: str, new: str, loaded: int, said: str
) -> None:
    assert old in GOOD
    view = case.load(put(tmp_path, "s.sta", GOOD.replace(old, new)))
    (row,) = view
    assert row["outcome"] == "loaded-and-flagged"
    assert row["raw"] == row["parsed"] + row["set_aside"] == 2
    assert case.ledger.counts()["posting"] == loaded
    assert any(said in line for line in view.check())


def test_a_balance_that_does_not_tie_flags_and_prints_the_difference(case: Case, tmp_path: Path) -> None:
    view = case.load(put(tmp_path, "s.sta", GOOD.replace("C240131USD1300,00", "C240131USD1399,00")))
    (row,) = view
    assert row["outcome"] == "loaded-and-flagged"
    assert any("99.00" in line for line in view.check())


def test_a_twin_is_refused_and_loads_nothing_twice(case: Case, tmp_path: Path) -> None:
    case.load(put(tmp_path, "a.sta", GOOD))
    (row,) = case.load(put(tmp_path, "b.sta", GOOD))
    assert row["outcome"] == "twin"
    assert case.ledger.counts()["posting"] == 2


def test_reading_again_adds_nothing(case: Case, tmp_path: Path) -> None:
    case.load(put(tmp_path, "a.sta", GOOD))
    head = case.ledger.head()
    (row,) = case.load("EX-0001")
    assert (row["new"], row["duplicate"]) == (0, 3)  # two lines and their statement
    assert case.ledger.head() == head


def test_overlapping_statements_count_each_line_once(case: Case, tmp_path: Path) -> None:
    longer = GOOD.replace(":20:S1", ":20:S2").replace(
        ":62F:C240131USD1300,00", ":61:2402010201C7,00NTRFREF0003\r\n:86:C\r\n:62F:C240201USD1307,00"
    )
    case.load(put(tmp_path, "a.sta", GOOD), put(tmp_path, "b.sta", longer))
    assert case.ledger.counts()["posting"] == 5
    facts = case.facts()
    assert len([t for t in facts.transfers if t.debit or t.credit]) == 3


@pytest.mark.parametrize("name", ["=HYPERLINK(1).sta", "<img src=x onerror=alert(1)>.sta", "a\u202eats.sta"])
def test_a_name_that_is_a_formula_or_a_script_is_only_a_name(case: Case, tmp_path: Path, name: str) -> None:
    safe = name.replace("/", "")
    view = case.load(put(tmp_path, safe, GOOD))
    page = view._repr_html_()
    assert "<img" not in page
    assert "\u202e" not in page
    assert {p.name for p in case.exhibits.folder.iterdir()} == {case.exhibits.all()[0].sha256}


def test_a_path_as_a_name_in_a_save_stays_in_the_case(case: Case, tmp_path: Path) -> None:
    view = case.load(put(tmp_path, "a.sta", GOOD))
    with pytest.raises(CaseError, match="outside the case"):
        view.save("../../evil.csv")
    assert not (tmp_path / "evil.csv").exists()
    assert stat.S_IMODE(view.save("loaded.csv").stat().st_mode) == 0o600


def test_folders_are_private_whatever_the_umask(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        made = tracer.new(tmp_path / "c", id="X", as_of="2026-01-01")
        made.load(put(tmp_path, "a.sta", GOOD))
    finally:
        os.umask(old)
    for path in [made.folder, *made.folder.rglob("*")]:
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode & 0o077 == 0, f"{path.name}: {mode:o}"


def test_no_permission_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = tracer.new(tmp_path / "c", id="X", as_of="2026-01-01")

    def denied(self: Path, *a: object, **k: object) -> str:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "read_text", denied)
    with pytest.raises(CaseError, match="No permission") as told:
        tracer.open(made.folder)
    assert "ls -ld" in told.value.next_call


def test_a_full_disk_in_the_middle_of_a_load_loses_nothing_committed(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case.load(put(tmp_path, "a.sta", GOOD))
    before = case.ledger.head()
    import pyarrow.parquet as pq

    real = pq.write_table

    def full(table: object, where: object, **k: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pq, "write_table", full)
    with pytest.raises(CaseError, match="No space left") as told:
        case.load(put(tmp_path, "b.sta", GOOD.replace("447882001838", "447882001839")))
    assert "EX-0002" in told.value.next_call
    assert case.ledger.head() == before
    assert case.verify().check() == ()
    monkeypatch.setattr(pq, "write_table", real)
    (row,) = case.load("EX-0002")
    assert row["new"] == 3
    assert not [p for p in case.ledger.segments.iterdir() if p.suffix == ".tmp"]


def test_killed_in_the_middle_of_a_load_it_converges(tmp_path: Path) -> None:
    files = [put(tmp_path, f"s{n}.sta", GOOD.replace("447882001838", f"44788200{n:04d}")) for n in range(40)]
    whole = tracer.new(tmp_path / "whole", id="X", as_of="2026-01-01")
    whole.load(*files)
    case = tracer.new(tmp_path / "case", id="X", as_of="2026-01-01")
    script = textwrap.dedent(f"""
        import tracer
        case = tracer.open({str(case.folder)!r})
        print("go", flush=True)
        case.load(*{[str(f) for f in files]!r})
    """)
    for pause in (0.15, 0.4):
        with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as victim:
            assert victim.stdout is not None
            victim.stdout.readline()
            with pytest.raises(subprocess.TimeoutExpired):
                victim.wait(pause)
            victim.send_signal(signal.SIGKILL)
        again = tracer.open(case.folder)
        assert again.verify().check() == ()
        assert again.ledger.counts().get("posting", 0) % 2 == 0
    again.load(*files)
    waiting = [e.number for e in again.exhibits.all() if not e.status.startswith("loaded")]
    if waiting:
        again.load(*waiting)
    assert again.ledger.content_head() == whole.ledger.content_head()
    assert again.verify().check() == ()


def test_a_reader_never_blocks_a_load(case: Case, tmp_path: Path) -> None:
    case.load(put(tmp_path, "a.sta", GOOD))
    reader = tracer.open(case.folder)
    held = reader.ledger.scan("posting")
    case.load(put(tmp_path, "b.sta", GOOD.replace("447882001838", "447882001839")))
    assert len(held) == 2
    assert len(reader.ledger.scan("posting")) == 4


def test_rebuild_gives_the_same_content(case: Case, tmp_path: Path) -> None:
    case.load(put(tmp_path, "a.sta", GOOD), put(tmp_path, "b.sta", GOOD.replace("447882001838", "447882001839")))
    head = case.ledger.content_head()
    assert "unchanged" in case.rebuild().foot
    assert case.ledger.content_head() == head
    assert case.verify().check() == ()


def test_the_order_of_loading_changes_no_content(tmp_path: Path) -> None:
    files = [put(tmp_path, f"s{n}.sta", GOOD.replace("447882001838", f"44788200{n:04d}")) for n in range(4)]
    heads = set()
    for number, order in enumerate((files, files[::-1])):
        made = tracer.new(tmp_path / f"c{number}", id="X", as_of="2026-01-01")
        made.load(*order)
        heads.add(made.ledger.content_head())
    assert len(heads) == 1


def test_every_error_has_the_house_form(case: Case, tmp_path: Path) -> None:
    with pytest.raises(TracerError) as told:
        case.judge("nothing", "else", "same", reason="x")
    lines = told.value.lines()
    assert lines[-1] == "[CaseError]"
    assert any(line.startswith("Next: ") for line in lines)
    for decision, reason in (("maybe", "x"), ("same", " ")):
        with pytest.raises(CaseError):
            case.judge("aaaa", "bbbb", decision, reason=reason)


def test_the_terminal_tells_a_mistake_without_a_stack_trace(tmp_path: Path) -> None:
    tool = Path(sys.executable).parent / "tracer"
    done = subprocess.run([str(tool), "status", "--case", str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "There is no case.yaml here." in done.stderr
    assert "Traceback" not in done.stderr
    call = done.stderr.split("Next: tracer ")[1].split("   (")[0].splitlines()[0]
    again = subprocess.run([str(tool), *call.split()], capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr  # the next call that the message names can be made as it stands

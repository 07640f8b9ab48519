"""Bombs are made here, never stored (safety.md section 4)."""

import io
import struct
import time
import zipfile
import zlib

import pytest

from tracer.ingest import archive
from tracer.ingest.archive import inflate, is_archive, survey
from tracer.ingest.workbook import open_sheets
from tracer.model import UnreadableExhibit


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as made:
        for name, data in members.items():
            made.writestr(name, data)
    return out.getvalue()


def refused(data: bytes) -> str:
    start = time.monotonic()
    with pytest.raises(UnreadableExhibit) as error:
        survey(data, "bomb.xlsx")
    assert time.monotonic() - start < 20
    assert len(error.value.lines()) == 5
    return error.value.what


def test_an_honest_archive_is_listed_with_the_sizes_it_really_has() -> None:
    data = zipped({"a.txt": b"x" * 5000, "b/c.bin": bytes(range(256))})
    members = survey(data, "a.zip")
    assert [(m.name, m.size, m.encrypted) for m in members] == [("a.txt", 5000, False), ("b/c.bin", 256, False)]
    assert inflate(data, members[1], "a.zip") == bytes(range(256))
    assert is_archive(data)


def test_bytes_before_the_archive_do_not_hide_it() -> None:
    assert [m.name for m in survey(b"MZ stub " + zipped({"a": b"1"}), "sfx")] == ["a"]


def test_a_high_ratio_is_refused() -> None:
    assert "200 times" in refused(zipped({"xl/worksheets/sheet1.xml": bytes(30_000_000)}))


def test_a_small_member_may_have_a_high_ratio() -> None:
    assert survey(zipped({"zeros": bytes(900_000)}), "z")[0].size == 900_000


def test_a_header_that_lies_about_the_size_does_not_help() -> None:
    data = bytearray(zipped({"m": bytes(30_000_000)}))
    at = data.rfind(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 10)  # the directory says ten bytes
    assert "200 times" in refused(bytes(data))


def test_too_many_members_are_refused() -> None:
    assert "10,000 members" in refused(zipped({f"f{n}": b"" for n in range(10_001)}, zipfile.ZIP_STORED))


def test_the_total_is_counted_over_all_members(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_TOTAL", 1_500_000)
    assert "2 GB" in refused(zipped({f"f{n}": bytes(800_000) for n in range(3)}))


def test_nesting_beyond_two_is_refused() -> None:
    two = zipped({"inner.zip": zipped({"a": b"1"})})
    assert survey(two, "two.zip")
    assert "more than 2 deep" in refused(zipped({"outer.zip": two}))


def test_members_that_overlap_are_refused() -> None:
    kernel = zlib.compress(bytes(1000))[2:-4]
    local = struct.pack("<4sHHHHHIIIHH", b"PK\x03\x04", 20, 0, 8, 0, 0, 0, len(kernel), 1000, 1, 0) + b"a" + kernel
    entry = struct.pack(
        "<4sHHHHHHIIIHHHHHII", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, 0, len(kernel), 1000, 1, 0, 0, 0, 0, 0, 0
    )
    directory = (entry + b"a") * 2
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 2, 2, len(directory), len(local), 0)
    assert "overlap" in refused(local + directory + end)


def test_an_encrypted_member_is_reported_and_a_workbook_with_one_is_not_read() -> None:
    data = bytearray(zipped({"[Content_Types].xml": b"<Types/>"}))
    at = data.rfind(b"PK\x01\x02")
    data[at + 8] |= 1
    assert survey(bytes(data), "locked.xlsx")[0].encrypted
    with pytest.raises(UnreadableExhibit, match="encrypted"):
        open_sheets(bytes(data), "locked.xlsx")


@pytest.mark.parametrize("cut", [4, 30, 60, 100])
def test_a_cut_archive_is_one_sentence(cut: int) -> None:
    assert "directory" in refused(zipped({"a.txt": b"hello" * 100})[:cut])


def test_two_cells_far_apart_are_refused_before_the_reader_allocates_what_is_between() -> None:
    sheet = b'<worksheet><sheetData><row r="1"><c r="A1"/></row><row r="1048576"><c r="XFD1048576"/></row></sheetData></worksheet>'
    with pytest.raises(UnreadableExhibit, match=r"1,048,576 rows by 16,384 columns"):
        open_sheets(zipped({"xl/worksheets/sheet1.xml": sheet}), "wide.xlsx")

"""Intake: hashed before parsed, read-only, custody chained, twins refused."""

import os
import stat
from pathlib import Path

import pytest

from tracer.chained import Chained
from tracer.ingest.intake import Custody, Exhibits
from tracer.model import CaseError, TwinExhibit, UnreadableExhibit

GIVEN = Custody(
    "2026-01-02T03:04:05Z", "A. Officer", received_from="Bank", obtained="MLA ref", authority="X-1", evidence_class="EV"
)


@pytest.fixture
def exhibits(tmp_path: Path) -> Exhibits:
    (tmp_path / "case").mkdir()
    return Exhibits(tmp_path / "case")


def test_a_file_is_kept_read_only_under_its_hash(exhibits: Exhibits, tmp_path: Path) -> None:
    path = tmp_path / "statement.txt"
    path.write_bytes(b"abc")
    made = exhibits.take_in(path, GIVEN)
    assert made.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    kept = exhibits.path(made.sha256)
    assert kept.read_bytes() == b"abc"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o400
    (line,) = exhibits.log
    assert (line["action"], line["received_by"], line["authority"], line["evidence_class"]) == (
        "taken in",
        "A. Officer",
        "X-1",
        "EV",
    )
    assert exhibits.verify() == []


def test_the_same_bytes_under_another_name_are_refused(exhibits: Exhibits, tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_bytes(b"abc")
    exhibits.take_in(tmp_path / "a.txt", GIVEN)
    with pytest.raises(TwinExhibit, match="same file as EX-0001") as told:
        exhibits.take_in(tmp_path / "b.txt", GIVEN)
    assert "counts twice" in told.value.meaning
    assert len(exhibits.all()) == 1
    assert [p for p in exhibits.folder.iterdir() if p.name.startswith(".")] == []


def test_links_folders_and_missing_files_are_refused(exhibits: Exhibits, tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"abc")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    for path in (tmp_path / "link", tmp_path, tmp_path / "none", Path("/dev/null")):
        with pytest.raises(UnreadableExhibit):
            exhibits.take_in(path, GIVEN)
    assert exhibits.all() == ()


@pytest.mark.parametrize(
    "name", ["..evil", "a b;rm -rf", "=cmd|x", "<script>alert(1)</script>", "con", "名称.csv", "x\u202egpj.exe"]
)
def test_a_name_never_becomes_a_path(exhibits: Exhibits, tmp_path: Path, name: str) -> None:
    safe = name.replace("/", "∕")
    (tmp_path / safe).write_bytes(name.encode())
    made = exhibits.take_in(tmp_path / safe, GIVEN)
    assert {p.name for p in exhibits.folder.iterdir()} == {made.sha256}
    assert made.name == safe


def test_a_changed_exhibit_is_named(exhibits: Exhibits, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    made = exhibits.take_in(tmp_path / "a", GIVEN)
    exhibits.path(made.sha256).chmod(0o600)
    exhibits.path(made.sha256).write_bytes(b"abd")
    assert exhibits.verify() == ["EX-0001 (a): the file was changed after intake."]


def test_an_unknown_class_is_never_guessed(exhibits: Exhibits, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    with pytest.raises(CaseError, match="not an evidence class"):
        exhibits.take_in(tmp_path / "a", Custody("t", "b", evidence_class="SECRET"))  # type: ignore[arg-type]


def test_a_full_disk_takes_nothing_in(exhibits: Exhibits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"abc")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CaseError, match="No space left") as told:
        exhibits.take_in(tmp_path / "a", GIVEN)
    assert "free space" in told.value.next_call
    assert exhibits.all() == ()
    assert list(exhibits.folder.iterdir()) == []


class TestChained:
    def made(self, tmp_path: Path) -> Chained:
        log = Chained(tmp_path / "log.jsonl")
        for n in range(4):
            log.append({"what": f"line {n}\r\n\u2028\x1b[31m"})
        return log

    def test_it_verifies(self, tmp_path: Path) -> None:
        log = self.made(tmp_path)
        assert log.verify() == []
        assert log.path.read_bytes().count(b"\n") == 4
        assert b"\x1b" not in log.path.read_bytes()

    @pytest.mark.parametrize("harm", ["change", "delete", "swap"])
    def test_the_first_bad_line_is_named(self, tmp_path: Path, harm: str) -> None:
        log = self.made(tmp_path)
        lines = log.path.read_text().splitlines(keepends=True)
        if harm == "change":
            lines[1] = lines[1].replace("line 1", "line 9")
        elif harm == "delete":
            del lines[1]
        else:
            lines[1], lines[2] = lines[2], lines[1]
        log.path.write_text("".join(lines))
        (first,) = log.verify()
        assert first.startswith("log.jsonl:2:")

    def test_a_torn_last_line_is_kept_beside_and_the_chain_goes_on(self, tmp_path: Path) -> None:
        log = self.made(tmp_path)
        with log.path.open("ab") as file:
            file.write(b'{"n":5,"what":"to')
        assert [line["n"] for line in log] == [1, 2, 3, 4]
        assert log.append({"what": "next"})["n"] == 5
        assert log.verify() == []
        assert [p.read_bytes() for p in tmp_path.glob("log.jsonl.torn-*")] == [b'{"n":5,"what":"to']

"""Idempotent, conflict-reporting, chained, and never half visible."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tracer import spooled
from tracer.batches import schema, to_nouns, to_table
from tracer.ledger import Ledger, WriterLock, store
from tracer.model import Agent, Charge, Cite, LedgerLocked, Message, Posting
from tracer.spooled import Spooled

SHA = "a" * 64


def line(n: int, **other: object) -> Posting:
    return Posting(Cite(SHA, f"line={n}"), "0012", "USD", 100 + n, n, booked=date(2024, 1, 1 + n % 28), **other)  # type: ignore[arg-type]


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    made = Ledger(tmp_path / "ledger")
    made.create()
    return made


def add(ledger: Ledger, *postings: Posting):
    writer = ledger.writer()
    found = writer.append("posting", to_table("posting", postings))
    writer.commit()
    return found


def test_a_second_load_of_the_same_rows_adds_nothing(ledger: Ledger) -> None:
    first = add(ledger, *map(line, range(10)))
    head, content = ledger.head(), ledger.content_head()
    again = add(ledger, *map(line, range(10)))
    assert (first.new["posting"], again.new["posting"], again.duplicate["posting"]) == (10, 0, 10)
    assert (ledger.head(), ledger.content_head()) == (head, content)


def test_another_reading_of_one_place_is_a_conflict_and_overwrites_nothing(ledger: Ledger) -> None:
    add(ledger, line(1))
    found = add(ledger, replace(line(1), amount=999))
    assert [(kind, locator) for kind, _, _, locator in found.conflicts] == [("posting", "line=1")]
    assert ledger.scan("posting")["amount"].to_pylist() == [101]
    (kept,) = ledger.scan("conflict").to_pylist()
    assert json.loads(kept["row"])["amount"] == 999


def test_two_readings_in_one_batch_are_a_conflict_too(ledger: Ledger) -> None:
    found = add(ledger, line(1), replace(line(1), amount=999), line(1))
    assert len(ledger.scan("posting")) == 1
    assert len(found.conflicts) == 1
    assert found.duplicate["posting"] == 1


def test_the_content_head_does_not_depend_on_the_order_of_loading(tmp_path: Path) -> None:
    heads = set()
    for number, order in enumerate((range(6), reversed(range(6)))):
        ledger = Ledger(tmp_path / str(number))
        ledger.create()
        for n in order:
            add(ledger, line(n))
        heads.add((ledger.content_head(), ledger.head().chain))
    assert len({content for content, _ in heads}) == 1
    assert len({chain for _, chain in heads}) == 2


@pytest.mark.parametrize("harm", ["change", "delete", "swap", "segment", "missing"])
def test_verify_names_the_first_thing_that_was_changed(ledger: Ledger, harm: str) -> None:
    for n in range(3):
        add(ledger, line(n))
    assert ledger.verify() == []
    lines = ledger.manifest_path.read_text().splitlines(keepends=True)
    if harm == "change":
        lines[1] = lines[1].replace('"rows":1', '"rows":2')
    elif harm == "delete":
        del lines[1]
    elif harm == "swap":
        lines[1], lines[2] = lines[2], lines[1]
    elif harm == "segment":
        path = ledger.paths("posting")[1]
        path.chmod(0o600)
        pq.write_table(pq.read_table(path).slice(0, 0), path)
    else:
        ledger.paths("posting")[1].unlink()
    ledger.manifest_path.write_text("".join(lines))
    (first, *_) = ledger.verify()
    assert first.startswith("manifest.jsonl:2")


def test_a_withheld_exhibit_leaves_no_mark_on_the_content_head(tmp_path: Path) -> None:
    with_it, without = Ledger(tmp_path / "a"), Ledger(tmp_path / "b")
    secret = replace(line(1), cite=Cite("b" * 64, "line=1"))
    for ledger, rows in ((with_it, [line(1), secret]), (without, [line(1)])):
        ledger.create()
        add(ledger, *rows)
    assert with_it.content_head(without=["b" * 64]) == without.content_head()
    assert len(with_it.scan("posting", without=["b" * 64])) == 1


def test_nouns_come_back_as_they_went_in(ledger: Ledger) -> None:
    message = Message(
        Cite(SHA, "message=1"),
        "MT103",
        settled=5,
        settled_currency="USD",
        settled_date=date(2024, 2, 29),
        agents=(Agent("creditor_agent", "QXAEAEAD", "BIC", "57A"),),
        charges=(Charge(1, "USD", "71F"),),
        fields=(("20", "=1+1\ud83d\x0b"), ("20", "REF")),
        accepted=None,
    )
    writer = ledger.writer()
    writer.append("message", to_table("message", [replace(message, fields=(("20", "=1+1\x0b"), ("20", "REF")))]))
    writer.commit()
    ((_, back),) = to_nouns("message", ledger.scan("message"))
    assert back == replace(message, fields=(("20", "=1+1\x0b"), ("20", "REF")))


def test_segments_are_folded_without_breaking_the_chain(ledger: Ledger) -> None:
    for n in range(70):
        add(ledger, line(n))
    assert len(ledger.paths("posting")) < 10
    assert len(ledger.scan("posting")) == 70
    assert ledger.verify() == []
    assert ledger.counts()["posting"] == 70


def test_a_second_writer_gets_the_owners_host_and_process(tmp_path: Path) -> None:
    script = textwrap.dedent(
        f"""
        import sys, time
        from pathlib import Path
        from tracer.ledger import WriterLock
        with WriterLock(Path({str(tmp_path)!r}), by="B. Other"):
            print("held", flush=True)
            time.sleep(60)
        """
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(LedgerLocked) as told, WriterLock(tmp_path, by="me"):
            pass
        assert "B. Other" in str(told.value)
        assert f"process {other.pid}" in str(told.value)
        other.send_signal(signal.SIGKILL)
        other.wait()
    with WriterLock(tmp_path, by="me") as taken:  # the owner is dead: its lock is explained and taken over
        assert "B. Other" in taken.taken_over


def test_a_writer_that_is_killed_leaves_nothing_half_visible(tmp_path: Path) -> None:
    script = textwrap.dedent(
        f"""
        import sys, threading, os, signal, time
        from pathlib import Path
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        from test_ledger import line
        from tracer.batches import to_table
        from tracer.ledger import Ledger
        ledger = Ledger(Path({str(tmp_path / "ledger")!r}))
        ledger.create()
        for round in range(200):
            writer = ledger.writer()
            writer.append("posting", to_table("posting", [line(n) for n in range(round * 50, round * 50 + 50)]))
            writer.commit()
            print(round, flush=True)
        """
    )
    for rounds in (1, 2, 4):
        with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as victim:
            assert victim.stdout is not None
            for _ in range(rounds):
                victim.stdout.readline()
            os.kill(victim.pid, signal.SIGKILL)
            victim.wait()
        ledger = Ledger(tmp_path / "ledger")
        assert ledger.verify() == []
        assert len(ledger.scan("posting")) % 50 == 0
    writer = ledger.writer()
    named = {entry["file"] for made in ledger.manifest() for entry in made["files"]}
    assert {path.name for path in ledger.segments.iterdir()} <= named
    writer.append("posting", to_table("posting", [line(n) for n in range(10_000)]))
    writer.commit()
    assert len(ledger.scan("posting")) == 10_000
    assert ledger.verify() == []


@pytest.fixture
def in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Spooled]:
    """Postings that wait on the disk and come back a few at a time."""
    monkeypatch.setattr(spooled, "_HELD", 10)
    monkeypatch.setattr(spooled, "PART", 15)

    def made(*postings: Posting) -> Spooled:
        rows = Spooled(schema("posting"), tmp_path)
        for start in range(0, len(postings), 7):
            rows.add(to_table("posting", postings[start : start + 7]))
        assert rows.whole() is rows
        return rows

    return made


def test_rows_that_come_in_parts_are_judged_as_those_that_come_together(
    tmp_path: Path, in_parts: Callable[..., Spooled]
) -> None:
    held = [line(n) for n in range(40)]
    offered = [line(n) for n in range(30, 90)] + [replace(line(3), amount=1), line(89), replace(line(60), amount=2)]
    found = []
    for way in ("together", "in parts"):
        ledger = Ledger(tmp_path / way)
        ledger.create()
        add(ledger, *held)
        writer = ledger.writer()
        appended = writer.append("posting", to_table("posting", offered) if way == "together" else in_parts(*offered))
        writer.commit()
        assert ledger.verify() == []
        rows = ledger.scan("posting").to_pylist(), ledger.scan("conflict").to_pylist()
        found.append((rows, appended.new, appended.duplicate, sorted(appended.conflicts), ledger.counts()))
    assert found[0] == found[1]
    assert found[1][1]["posting"] == 50
    assert len(found[1][3]) == 2


def test_rows_in_parts_that_are_discarded_leave_no_file(ledger: Ledger, in_parts: Callable[..., Spooled]) -> None:
    writer = ledger.writer()
    writer.append("posting", in_parts(*map(line, range(40))))
    assert ledger.counts() == {}
    writer.discard()
    assert not list(ledger.segments.iterdir())
    assert writer.commit().sequence == 0


def test_many_rows_are_folded_a_span_of_ids_at_a_time(
    ledger: Ledger, in_parts: Callable[..., Spooled], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_FOLDED_IN_MEMORY", 10)
    monkeypatch.setattr(store, "_COMPACT_ABOVE", 5)
    monkeypatch.setattr(store, "PART", 15)
    for n in range(5):
        add(ledger, *map(line, range(10 * n, 10 * n + 10)))
    writer = ledger.writer()
    writer.append("posting", in_parts(*map(line, range(45, 90))))
    writer.append("posting", to_table("posting", [line(n) for n in range(85, 100)]))
    writer.commit()
    (path,) = ledger.paths("posting")
    rows = pq.read_table(path)
    assert rows["id"].to_pylist() == sorted(to_table("posting", map(line, range(100)))["id"].to_pylist())
    assert rows.schema.equals(schema("posting"))
    assert (ledger.verify(), ledger.counts()["posting"]) == ([], 100)
    assert [one.suffix for one in ledger.segments.iterdir()] == [".parquet"] * 6

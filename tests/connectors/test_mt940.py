"""MT940 to 950: goldens, the fast making of nouns, and hostile input."""

import contextlib
import dataclasses
import json
import random

import pytest

from connectors import bai2, camt, mt940
from tests.connectors.goldens import FIXTURES, files, opened, records
from tracer.ingest.draft import drafted
from tracer.ingest.reading import read_exhibit
from tracer.ingest.registry import NeedsAnswer
from tracer.model import Cite, Posting, TracerError, UnreadableExhibit

READERS = {"mt940": mt940.CONNECTOR, "camt": camt.CONNECTOR, "bai2": bai2.CONNECTOR}


@pytest.mark.parametrize("path", files(), ids=lambda path: path.name)
def test_records_are_the_golden_ones(path):
    assert records(path) == json.loads(path.with_suffix(".json").read_text("utf-8"))
    reading = read_exhibit(opened(path), READERS[path.parent.name])
    assert reading.raw == reading.counts["posting"] + reading.counts.get("reject", 0)
    assert {one.outcome for one in reading.checks if one.check == "sum"} <= {"ok", "not_stated"}


def test_every_golden_has_its_file():
    assert {p.with_suffix(".json") for p in files()} == {p for n in READERS for p in (FIXTURES / n).glob("*.json")}


def test_a_drafted_posting_is_a_frozen_posting():
    cite = Cite("00", "line=1")
    made, slow = drafted(Posting)(cite, "A", "EUR", 5, 1), Posting(cite, "A", "EUR", 5, 1)
    assert (made, hash(made), type(made), repr(made)) == (slow, hash(slow), Posting, repr(slow))
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.amount = 6


@pytest.mark.parametrize(("line", "amount"), [("CR5,00", 500), ("RCR204,88", -20488), ("RDR1,", 100), ("DR7,5", -750)])
def test_the_funds_code_is_told_from_the_mark_by_place(tmp_path, line, amount):
    path = tmp_path / "a.sta"
    path.write_text(f":20:A\n:25:1\n:28C:1\n:60F:C240101EUR0,\n:61:2401010101{line}NTRFX\n:62F:C240101EUR0,\n")
    (posting,) = [one for one in mt940.CONNECTOR.read(opened(path)) if isinstance(one, Posting)]
    assert posting.amount == amount


@pytest.mark.parametrize("path", files(), ids=lambda path: path.name)
def test_damaged_files_lose_no_record_and_never_crash(path, tmp_path):
    rng, data, damaged = random.Random(path.name), path.read_bytes(), tmp_path / "damaged"
    reader = READERS[path.parent.name]
    for _ in range(150):
        broken = bytearray(data)
        for _ in range(rng.randrange(1, 4)):
            at = rng.randrange(len(broken))
            way = rng.randrange(3)
            if way == 0:
                broken[at] = rng.randrange(256)
            elif way == 1:
                del broken[at : at + rng.randrange(1, 60)]
            else:
                broken[at:at] = broken[at : at + rng.randrange(1, 80)]
        if rng.random() < 0.3:
            del broken[rng.randrange(len(broken)) :]
        damaged.write_bytes(bytes(broken))
        # Anything else, CheckFailed above all (a record lost or doubled), fails the test as it is raised.
        with contextlib.suppress(UnreadableExhibit, NeedsAnswer):
            assert read_exhibit(opened(damaged), reader).checks[0].outcome == "ok"


def test_an_unreadable_balance_of_a_later_page_is_no_record(tmp_path):
    path = tmp_path / "a.sta"
    page = ":20:A\n:25:1\n:28C:1/{}\n:60{}:{}\n:61:2401010101C1,NTRFX\n:62{}:C240101EUR1,\n-\n"
    path.write_text(page.format(1, "F", "C240101EUR0,", "M") + page.format(2, "M", "C00102RC40", "F"))
    reading = read_exhibit(opened(path), mt940.CONNECTOR)
    assert (reading.raw, reading.counts["posting"], [one.code for one in reading.rejects]) == (2, 2, ["balance"])


def test_a_huge_field_is_set_aside_and_the_rest_loads(tmp_path):
    path = tmp_path / "a.sta"
    head = ":20:A\n:25:1\n:28C:1\n:60F:C240101EUR0,\n"
    path.write_text(f"{head}:61:2401010101C1,NTRFX\n:86:{'x' * 200_000}\n:61:2401010101C1,NTRFY\n:62F:C240101EUR2,\n")
    reading = read_exhibit(opened(path), mt940.CONNECTOR)
    assert ([one.code for one in reading.rejects], reading.counts["posting"]) == (["too-long"], 1)


@pytest.mark.parametrize("inside", ['<!DOCTYPE a [<!ENTITY b "c">]>', '<!DOCTYPE a SYSTEM "file:///x">'])
def test_xml_with_a_document_type_is_refused(tmp_path, inside):
    path = tmp_path / "a.xml"
    path.write_text(inside + "<Document><BkToCstmrStmt><Stmt/></BkToCstmrStmt></Document>")
    with pytest.raises(TracerError, match="document type"):
        list(camt.CONNECTOR.read(opened(path)))


def test_xml_nested_beyond_depth_is_refused(tmp_path):
    path = tmp_path / "a.xml"
    path.write_text("<Document><BkToCstmrStmt>" + "<a>" * 5000 + "</a>" * 5000 + "</BkToCstmrStmt></Document>")
    with pytest.raises(TracerError):
        list(camt.CONNECTOR.read(opened(path)))

"""Fedwire FAIM: both forms of an element, value and requests, and a public corpus counted by others."""

import csv
import hashlib
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import faim
from tracer.ingest import Source
from tracer.model import Exhibit, Message, Reject

CONNECTOR = faim.CONNECTOR
RECORD = (
    "{1500}30QXBK0318P {1510}1000{1520}20240318QXNBUS3C000123{2000}000048000000{3100}026099998QXN BK NYC*"
    "{3400}021099906QXM BK NYC*{3600}CTR*{3320}COV002*{3710}EUR1000,5*{3700}BUSD0,99*USD2,*"
    "{4100}F021099906*QXM BK NYC*{4200}D12345*BETA FZE*DUBAI AE*{5000}BQXSGSGSGXXX*QX BANK SINGAPORE*"
)


def opened(path: Path) -> Source:
    data = path.read_bytes()
    return Source.open(
        Exhibit(hashlib.sha256(data).hexdigest(), "-", path.name, len(data), "EV", "", "", "", "", ""), path
    )


def source(path: Path, text: str) -> Source:
    path.write_text(text, "utf-8", newline="")
    return opened(path)


def ties(taken: Source) -> list[object]:
    items = list(CONNECTOR.read(taken))
    kept = [item for item in items if getattr(item, "field", "") != "leftovers"]
    assert len({item.cite.locator.partition("#")[0] for item in kept}) == CONNECTOR.count(taken)
    return items


def test_a_record_with_and_without_line_ends_is_one_record(tmp_path):
    (one,) = ties(source(tmp_path / "a", RECORD))
    (other,) = ties(source(tmp_path / "b", RECORD.replace("{", "\n{").lstrip()))
    assert one.content_hash == other.content_hash
    assert (one.settled, one.settled_currency, one.settled_date) == (48_000_000, "USD", date(2024, 3, 18))
    assert (one.instructed, one.instructed_currency) == (100_050, "EUR")
    assert [(c.amount, c.currency) for c in one.charges] == [(99, "USD"), (200, "USD")]
    agents = {a.field: (a.role, a.id, a.scheme) for a in one.agents}
    assert agents["{3100}"] == ("instructing_agent", "026099998", "ABA")
    assert agents["{5000}"] == ("debtor_institution", "QXSGSGSGXXX", "BIC")
    assert [(p.role, p.name, p.account) for p in one.parties] == [("creditor", "BETA FZE", "12345")]
    assert not any("QXNBUS3C" in a.id for a in one.agents), "an endpoint id is no bank"


@pytest.mark.parametrize("header", ["FTI0811 XFT811  ", "YFT811  "])
def test_the_header_of_the_interface_is_no_part_of_a_message(tmp_path, header):
    taken = source(tmp_path / "a", f"{header}{RECORD}\n{header}{RECORD.replace('000048000000', '000000000100')}")
    assert CONNECTOR.claims(taken)
    made = ties(taken)
    assert [m.settled for m in made] == [48_000_000, 100]
    assert not any(header.strip() in value for m in made for _, value in m.fields)


def test_requests_move_nothing_and_a_reversal_names_its_original(tmp_path):
    (asked,) = ties(source(tmp_path / "a", RECORD.replace("{1510}1000", "{1510}1031")))
    assert (asked.settled, asked.marks) == (None, ("no-value",))
    (back,) = ties(source(tmp_path / "b", RECORD.replace("{1510}1000", "{1510}1002") + "{3500}20240317QXNBUS3C000122"))
    assert (back.return_of, back.settled) == ("20240317QXNBUS3C000122", 48_000_000)


def test_stamps_before_or_behind_a_record_belong_to_it(tmp_path):
    first, second = "{1100}30P N{1110}03181511FT01", "{1120}20240318QXMBUS3C00004503181511FT01"
    for text in ((first + second + RECORD) * 2, (RECORD + first + second) * 2):
        found = ties(source(tmp_path / "a", text))
        assert [(m.omad[:8], m.accepted) for m in found] == [("20240318", True)] * 2


def test_an_amount_that_is_none_is_set_aside(tmp_path):
    items = ties(source(tmp_path / "a", RECORD.replace("000048000000", "480000.00")))
    assert [(i.code, i.field) for i in items if isinstance(i, Reject)] == [("amount-not-12-digits", "{2000}")]
    assert items[0].settled is None


def test_the_public_corpus_agrees_with_counts_that_others_made(corpora):
    folder, total = corpora / "moov-wire-faim", 0
    for row in csv.DictReader((folder / "counts.csv").read_text("utf-8").splitlines()):
        taken = opened(folder / row["file"])
        if row["tags"] == "0":
            assert not CONNECTOR.claims(taken)
            continue
        assert CONNECTOR.claims(taken), row["file"]
        (m,) = [i for i in ties(taken) if isinstance(i, Message)]
        assert len(m.fields) == int(row["tags"]), row["file"]
        amount = m.settled if m.settled is not None else m.instructed
        assert amount == int(Decimal(row["amount_2000"]) * 100), row["file"]
        assert (m.sender, m.receiver) == (row["sender_aba_3100"], row["receiver_aba_3400"])
        assert (m.imad, m.reference) == (row["imad_1520"], row["sender_ref_3320"])
        total += m.settled or 0
    print(f"{total} cents moved")


@settings(max_examples=150, deadline=None)
@given(cut=st.integers(0, len(RECORD)), put=st.text("{}0123456789*BDF \n", max_size=14))
def test_damage_never_crashes_and_never_loses_count(tmp_path_factory, cut, put):
    ties(source(tmp_path_factory.mktemp("f") / "x", RECORD[:cut] + put + RECORD[cut:]))

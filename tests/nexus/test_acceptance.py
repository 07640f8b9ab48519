"""Every acceptance case of the nexus, through the connectors that claim the files; and what must hold for any documents."""

import hashlib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import connectors.faim
import connectors.mt_payments
import connectors.pacs
from tracer.ingest import Source, find
from tracer.match import matched
from tracer.model import Agent, Cite, Exhibit, Message
from tracer.nexus import totals, wires
from tracer.nexus.cases import run_folder
from tracer.nexus.grades import ORDER

FOLDER = Path(__file__).resolve().parents[2] / "tracer" / "selftest_cases" / "nexus_messages"
CONNECTORS = (connectors.faim.CONNECTOR, connectors.mt_payments.CONNECTOR, connectors.pacs.CONNECTOR)


def read(path: Path) -> list[object]:
    data = path.read_bytes()
    source = Source.open(
        Exhibit(hashlib.sha256(data).hexdigest(), "-", path.name, len(data), "EV", "", "", "", "", ""), path
    )
    return list(find(source, CONNECTORS).read(source))


@pytest.mark.parametrize(("name", "outcome"), [pytest.param(n, o, id=n) for n, o in run_folder(FOLDER, read, matched)])
def test_acceptance(name: str, outcome: object) -> None:
    wrong = [detail for detail in outcome.details if not detail[3]]  # type: ignore[attr-defined]
    assert wrong == [], name
    assert outcome.status == "passed"  # type: ignore[attr-defined]


DAY = date(2024, 3, 18)


def message(name: str, kind: str, sender: str, receiver: str, *agents: Agent, **more: object) -> Message:
    stated = {
        "settled": 48_000_000,
        "settled_currency": "USD",
        "settled_date": DAY,
        "direction": "I",
        "reference": f"R{name}00",
    } | more
    return Message(Cite("e" * 64, f"message={name}"), kind, sender=sender, receiver=receiver, agents=agents, **stated)  # type: ignore[arg-type]


def joined(messages: dict[str, Message]):
    judgements, transfers = matched({}, messages, {})
    return wires(messages, {}, {}, producers={}, judgements=judgements, transfers=transfers)


def made(**messages: Message):
    return joined(messages)


@pytest.mark.parametrize(
    ("label", "document", "grade", "bucket"),
    [
        ("instructed", message("1", "MT103", "QXSGSGSG", "QXNBUS33"), "G2a", "US"),
        ("acknowledged", message("1", "MT103", "QXSGSGSG", "QXNBUS33", accepted=True), "G2a+", "US"),
        ("rejected by the network", message("1", "MT103", "QXSGSGSG", "QXNBUS33", accepted=False), "G0", "NONE"),
        ("sent by a US bank", message("1", "MT103", "QXNBUS33", "QXSGSGSG"), "G2a", "US"),
        ("confirmed by a US bank", message("1", "MT910", "QXNBUS33", "QXSGSGSG"), "G1", "US"),
        (
            "only designated",
            message("1", "MT103", "QXSGSGSG", "QXAEAEAD", Agent("intermediary_agent_1", "QXNBUS33", "BIC", "56A")),
            "G2b",
            "US",
        ),
        ("a test BIC is no evidence", message("1", "MT103", "QXSGSGSG", "QXNBUS30"), "G0", "NONE"),
        ("a passive BIC is a reference at most", message("1", "MT103", "QXSGSGSG", "QXNBUS31"), "G3", "US"),
        ("a narrative", message("1", "MT103", "QXSGSGSG", "QXAEAEAD", narrative="/REC/VIA QXNBUS33"), "G3", "US"),
        (
            "a word that looks like a BIC",
            message("1", "MT103", "QXSGSGSG", "QXAEAEAD", narrative="EXHAUSTS FUNDS"),
            "G5",
            "NONE",
        ),
        ("USD alone", message("1", "MT103", "QXSGSGSG", "QXHKHKHH"), "G5", "NONE"),
        ("EUR", message("1", "MT103", "QXSGSGSG", "QXHKHKHH", settled_currency="EUR"), "G0", "NONE"),
        ("on us", message("1", "MT103", "QXSGSGSG", "QXSGHKHH"), "G0", "NONE"),
        ("US in the wrong place", message("1", "MT103", "USQXDEFF", "QXUSGB2L"), "G5", "NONE"),
        ("a London branch of a US bank", message("1", "MT103", "QXSGSGSG", "QXNBGB2L"), "G5", "NONE"),
        (
            "a US bank by its ABA number",
            message(
                "1", "pacs.008.001.08", "QXSGSGSG", "QXAEAEAD", Agent("creditor_agent", "026099998", "ABA", "CdtrAgt")
            ),
            "G2b",
            "US",
        ),
        (
            "an invalid ABA number",
            message(
                "1", "pacs.008.001.08", "QXSGSGSG", "QXAEAEAD", Agent("creditor_agent", "026099999", "ABA", "CdtrAgt")
            ),
            "G5",
            "NONE",
        ),
        ("a territory", message("1", "MT103", "QXSGSGSG", "QXPRPRSJ"), "G2a", "US_TERRITORY"),
    ],
)
def test_grades(label: str, document: Message, grade: str, bucket: str) -> None:
    (wire,) = made(m1=document)
    assert (wire.grade, wire.bucket) == (grade, bucket), label
    if bucket != "US":
        assert wire.hooks == {}


@pytest.mark.parametrize(
    ("minor", "size", "crossing"),
    [(1_000_000, False, True), (1_000_001, True, True), (500_000, False, True), (499_999, False, False)],
)
def test_thresholds_are_strict_where_the_statute_says_over(minor: int, size: bool, crossing: bool) -> None:
    (wire,) = made(m1=message("1", "MT103", "QXSGSGSG", "QXNBUS33", settled=minor))
    assert (wire.hooks["1957_size"], wire.hooks["1956f_single"], wire.hooks["2314_size"]) == (size, size, crossing)


def test_a_rejected_payment_settled_nothing() -> None:
    uetr = "11111111-2222-4333-8444-555555555555"
    (wire,) = made(
        m1=message("1", "pacs.008.001.08", "QXSGSGSG", "QXNBUS33", uetr=uetr),
        m2=Message(Cite("e" * 64, "s"), "pacs.002.001.10", uetr=uetr, status="RJCT"),
    )
    assert (wire.settled_max, wire.legs, wire.hooks, wire.grade) == (0, (), {}, "G2a")
    assert "REJECTED" in wire.notes


@pytest.mark.parametrize(
    ("returned", "partial", "net", "unexplained"),
    [
        (48_000_000, False, "0.00", "0.00"),
        (47_997_500, False, "0.00", "25.00"),
        (10_000_000, True, "380000.00", "0.00"),
        (10_000_000, False, None, "0.00"),
    ],
)
def test_a_return_is_listed_apart_and_neither_adds_nor_erases(
    returned: int, partial: bool, net: str | None, unexplained: str
) -> None:
    uetr = "11111111-2222-4333-8444-555555555555"
    (wire,) = made(
        m1=message("1", "pacs.008.001.08", "QXSGSGSG", "QXNBUS33", uetr=uetr),
        m2=message(
            "2",
            "pacs.004.001.09",
            "QXNBUS33",
            "QXSGSGSG",
            uetr=uetr,
            settled=returned,
            return_of=uetr,
            return_partial=partial,
        ),
    )
    assert wire.settled_max == 48_000_000
    assert wire.extra is not None
    assert (wire.extra["gross_through"], wire.extra["net_delivered"]) == ("480000.00", net)
    if net is not None:
        assert wire.extra["unexplained"] == unexplained
    assert wire.crossings == {"into_us": 1, "out_of_us": 0}


def documents() -> dict[str, Message]:
    return {
        name: m
        for name in ("M1", "M2", "M3", "M5", "M8", "M9", "M12")
        for m in read(next(FOLDER.glob(f"{name}.*")))
        if isinstance(m, Message)
    }  # type: ignore[misc]


@given(st.permutations(["M1", "M2", "M3", "M5", "M8", "M9", "M12"]), st.sets(st.sampled_from(["M1", "M2", "M3", "M5"])))
def test_order_and_duplicates_change_nothing(order: list[str], twice: set[str]) -> None:
    held = documents()
    plain = joined(held)
    shuffled = {name: held[name] for name in order} | {f"{name} again": held[name] for name in twice}
    again = joined(shuffled)
    assert totals(plain) == totals(again)
    assert [(w.wire_id, w.grade, w.legs, w.hooks) for w in plain] == [
        (w.wire_id, w.grade, w.legs, w.hooks) for w in again
    ]


@given(st.sets(st.sampled_from(["M1", "M2", "M3", "M5"]), min_size=1), st.sampled_from(["M2", "M3", "M5"]))
def test_another_document_never_lowers_a_grade(held: set[str], more: str) -> None:
    every = documents()
    before = {u.id: u for w in joined({n: every[n] for n in held}) for u in w.us}
    after = {u.id: u for w in joined({n: every[n] for n in {*held, more}}) for u in w.us}
    for name, us in before.items():
        assert ORDER.index(after[name].grade) <= ORDER.index(us.grade)
        assert set(us.roles) <= set(after[name].roles)

"""What is ordered is not what was paid: an order alone moves nothing, and is tied to a payment of the very sum only."""

from dataclasses import replace
from datetime import date

import pytest

import tracer
from tests.connectors.test_pacs import ANSWER, RECALL, initiation
from tracer.match import candidates, conclude, propose
from tracer.model import Agent, Cite, Message, PaymentParty, Posting
from tracer.model.judging import relation_of
from tracer.model.payments import is_event, is_order, is_return
from tracer.nexus.wires import wires

DAY = date(2024, 3, 18)
BANKS = (
    Agent("instructing_agent", "QXSGSGSG", "BIC", "InstgAgt"),
    Agent("instructed_agent", "QXNBUS33", "BIC", "InstdAgt"),
)
ENDS = (PaymentParty("debtor", "ALPHA LTD", "Dbtr", "77"), PaymentParty("creditor", "BETA FZE", "Cdtr", "AE071"))


def order(kind: str = "pain.001.001.09", **changed: object) -> Message:
    made = Message(
        Cite("aa", f"order {sorted(changed)}"),
        kind,
        reference="ORDER-I1",
        end_to_end_id="INV7790",
        message_id="FILE1",
        related_reference="BLOCK1",
        instructed=480_000_00,
        instructed_currency="USD",
        agents=BANKS,
        parties=ENDS,
    )
    return replace(made, **changed)  # type: ignore[arg-type]


def payment(**changed: object) -> Message:
    made = Message(
        Cite("bb", f"payment {sorted(changed)}"),
        "pacs.008.001.08",
        sender="QXSGSGSG",
        receiver="QXNBUS33",
        reference="REF001",
        end_to_end_id="INV7790",
        settled=480_000_00,
        settled_currency="USD",
        settled_date=DAY,
        agents=BANKS,
        parties=ENDS,
    )
    return replace(made, **changed)  # type: ignore[arg-type]


def relations(**messages: Message) -> list[tuple[str, str, str, int]]:
    return [(j.left, j.right, relation_of(j), j.rung) for j in propose({}, messages, {})]


KINDS = ["pain.001.001.09", "pain.013.001.07", "MT101"]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_moves_by_an_order_alone(kind):
    alone = {"order": order(kind)}
    (transfer,) = conclude({}, alone, ())
    assert is_order(alone["order"])
    assert is_event(alone["order"])
    assert (transfer.amount_out, transfer.amount_in, transfer.debit, transfer.credit) == (None, None, "", "")
    assert (transfer.debit_account, transfer.credit_account) == ("", "")
    assert candidates({}, (), alone) == ()
    for wire in wires(alone, {}, {}, producers={}, transfers=(transfer,)):
        assert (wire.settled_min, wire.settled_max, wire.legs) == (None, None, ())
        # the document names the bank, and that is all it proves: the weakest grade
        assert {(one.grade, one.roles) for one in wire.us} == {("G3", ("NARRATIVE",))}


@pytest.mark.parametrize("kind", KINDS)
def test_an_order_puts_no_value_into_a_line_that_bears_its_reference(kind):
    line = Posting(Cite("cc", "line=1"), "77", "USD", -480_000_00, 1, booked=DAY, end_to_end_id="INV7790")
    found = propose({"line": line}, {"order": order(kind)}, {})
    assert found == ()
    with_order = conclude({"line": line}, {"order": order(kind)}, found)
    assert [t.amount_out for t in with_order if t.postings] == [480_000_00]
    assert [t.messages for t in with_order if t.postings] == [()]


@pytest.mark.parametrize("kind", KINDS)
def test_an_order_is_tied_to_the_payment_of_its_sum_and_adds_nothing_to_it(kind):
    assert relations(a=order(kind), b=payment()) == [("a", "b", "text", 2)]
    messages = {"a": order(kind), "b": payment()}
    moved = conclude({}, messages, propose({}, messages, {}))
    assert sorted((t.messages, t.amount_out) for t in moved) == [(("a",), None), (("b",), 480_000_00)]


@pytest.mark.parametrize(
    "changed",
    [{"settled": 479_999_99}, {"settled_currency": "EUR"}, {"end_to_end_id": "NOTPROVIDED"}],
    ids=["another sum", "another currency", "a placeholder"],
)
def test_a_reference_alone_ties_no_order_to_a_payment(changed):
    assert relations(a=order(), b=payment(**changed)) == []


def test_what_was_ordered_may_be_less_than_what_arrives_by_the_charges_where_the_payment_prints_it():
    sent = payment(settled=479_975_00, instructed=480_000_00, instructed_currency="USD")
    assert relations(a=order(), b=sent) == [("a", "b", "text", 2)]


def test_an_order_that_fits_two_payments_is_tied_to_neither():
    other = payment(cite=Cite("dd", "again"), reference="REF002")
    assert [one for one in relations(a=order(), b=payment(), c=other) if "a" in one[:2]] == []


def test_a_status_is_tied_to_the_order_that_it_names():
    status = Message(Cite("ee", "s"), "pain.002.001.03", end_to_end_id="INV7790", status="RJCT", message_id="S1")
    other = order(end_to_end_id="INV7791", reference="ORDER-I2", content_hash="2")
    assert relations(a=order(), b=other, s=status) == [("a", "s", "status", 2)]
    block = Message(Cite("ee", "t"), "pain.002.001.03", related_reference="BLOCK1", status="ACCP", message_id="S2")
    assert relations(a=order(), b=other, s=block) == [("a", "s", "status", 2), ("b", "s", "status", 2)]


def test_a_recall_is_tied_to_its_payment_and_takes_nothing_back():
    recall = Message(
        Cite("ff", "r"), "camt.056.001.08", reference="CXL1", message_id="CASE7", return_reason="FRAD", agents=BANKS,
        related_reference="REF001", sender="QXSGSGSG", receiver="QXNBUS33",
    )  # fmt: skip
    answer = Message(Cite("ff", "n"), "camt.029.001.09", return_of="CASE7", related_reference="CXL1", status="RJCR")
    assert not is_return(recall)
    assert not is_return(answer)
    assert relations(p=payment(), r=recall) == [("p", "r", "text", 2)]
    assert relations(n=answer, r=recall) == [("n", "r", "text", 2)]
    (moved,) = [t for t in conclude({}, {"p": payment(), "r": recall}, ()) if "p" in t.messages]
    assert moved.amount_out == 480_000_00


def test_a_case_that_holds_only_orders_and_recalls_traces_nothing(tmp_path):
    files = {
        "order.xml": initiation(),
        "recall.xml": RECALL,
        "answer.xml": ANSWER,
        "order.fin": "{1:F01QXSGSGSGAXXX0000000000}{2:I101QXNBUS33XXXXN}{4:\n:20:FILE1\n:28D:1/1\n:30:240318\n"
        ":21:T1\n:32B:USD12500,\n:50H:/77\nALPHA LTD\n:59:/88\nBETA FZE\n:71A:OUR\n-}",
    }
    paths = []
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
        paths.append(tmp_path / name)
    case = tracer.new(tmp_path / "case", id="ORDERS", title="Orders", as_of="2025-01-01", by="A. Officer")
    case.load(*paths)
    case.match()
    counts = case.ledger.counts()
    assert (counts["message"], counts.get("posting", 0), counts.get("reject", 0)) == (6, 0, 0)
    facts = case.facts()
    assert all(one.settled is None for one in facts["message"].values())
    assert [t.id for t in facts.transfers if t.amount_out is not None or t.amount_in is not None] == []

"""Sheet 09: the customer's payment, its cover and the bank's confirmation are three documents of one payment, told apart."""

from dataclasses import replace

import pytest

from tests.annex.dossiers import dossier, planted
from tracer.annex.workbook import planned
from tracer.model import Agent, Cite, Message, PaymentParty


def message(name, kind, sender, receiver, *agents, **more):
    named = tuple(Agent(role, bic, "BIC", field) for role, bic, field in agents)
    return Message(
        Cite("w" * 64, f"message={name}"), kind, sender=sender, receiver=receiver, reference=name, agents=named, **more
    )


ENDS = (PaymentParty("debtor", "Payer GmbH", "50K"), PaymentParty("creditor", "Payee FZE", "59"))
ANNOUNCED = message(
    "ANN",
    "MT103",
    "QXDEDEFF",
    "QXAEAEAD",
    ("instructing_reimbursement_agent", "QXNBUS33", "53A"),
    ("instructed_reimbursement_agent", "QXMBUS3N", "54A"),
    parties=ENDS,
)
COVER = message(
    "COV",
    "MT202COV",
    "QXDEDEFF",
    "QXNBUS33",
    ("instructing_agent", "QXDEDEFF", "{1}"),
    ("creditor_agent", "QXMBUS3N", "57A"),
    ("creditor_institution", "QXAEAEAD", "58A"),
    underlying=ENDS,
)
CONFIRMED = message(
    "CRD",
    "MT910",
    "QXMBUS3N",
    "QXAEAEAD",
    ("debtor_agent", "QXDEDEFF", "52A"),
    ("intermediary_agent_1", "QXNBUS33", "56A"),
    parties=(PaymentParty("debtor", "QXDEDEFF FRANKFURT", "50K"),),
)


def told(*messages):
    made = dossier(*planted())
    held = {f"m{n}": m for n, m in enumerate(messages, 1)}
    wire = replace(made.wires[0], documents=tuple(held), transfer="", joined_by=())
    plan = planned(replace(made, messages=held, wires=(wire,)), (), "R4")
    sheet = plan.sheets["09_WIRES"]
    return {key: sheet.get(key, sheet.top) for key in sheet.places}


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_the_ends_are_the_customers_whatever_the_order_of_the_documents(order):
    row = told(*[(ANNOUNCED, COVER, CONFIRMED)[n] for n in order])
    assert (row["ord_customer"], row["beneficiary"]) == ("Payer GmbH", "Payee FZE")
    assert (row["msg"], row["sender"], row["receiver"]) == ("MT103", "QXDEDEFF", "QXAEAEAD")
    assert (row["s_corr"], row["r_corr"]) == ("QXNBUS33", "QXMBUS3N")
    assert row["intermediary"] is row["ord_bank"] is row["acc_with"] is None  # the MT103 has no 52, 56, 57
    assert (row["cover"], row["cover_sender"], row["cover_receiver"]) == ("MT202COV", "QXDEDEFF", "QXNBUS33")
    assert row["cover_agents"] == "57A QXMBUS3N; 58A QXAEAEAD"
    assert row["confirmed"] == "MT910 CRD, QXMBUS3N, QXAEAEAD"
    assert row["route"] == "cover"


def test_a_cover_alone_names_its_underlying_customers_and_fills_no_field_of_a_payment_not_at_hand():
    row = told(COVER)
    assert (row["ord_customer"], row["beneficiary"]) == ("Payer GmbH", "Payee FZE")
    assert row["msg"] is row["sender"] is row["acc_with"] is row["ben_inst"] is None
    assert row["cover_agents"] == "57A QXMBUS3N; 58A QXAEAEAD"


def test_a_transfer_between_banks_that_covers_nothing_is_the_payment_itself():
    own = message("OWN", "MT202", "QXDEDEFF", "QXNBUS33", ("creditor_institution", "QXAEAEAD", "58A"))
    row = told(own)
    assert (row["msg"], row["ben_inst"], row["cover"]) == ("MT202", "QXAEAEAD", None)
    assert row["route"] == "serial"
    beside = told(ANNOUNCED, own)  # next to a customer's payment it is the cover that nobody called one
    assert (beside["msg"], beside["cover"]) == ("MT103", "MT202")


def test_a_confirmation_alone_tells_who_confirmed_and_no_payment():
    row = told(CONFIRMED)
    assert row["msg"] is row["sender"] is row["cover"] is None
    assert row["confirmed"] == "MT910 CRD, QXMBUS3N, QXAEAEAD"


def test_no_payment_message_tells_no_route():
    """Two statement lines, or a bank's confirmation, show that money moved and not whether a cover went beside it."""
    assert told()["route"] is None
    assert told(CONFIRMED)["route"] is None
    assert told(COVER)["route"] == "cover"
    assert told(replace(ANNOUNCED, agents=()))["route"] == "serial"


@pytest.mark.parametrize(("customers", "between"), [("pacs.003.001.08", "pacs.010.001.03"), ("MT104", "MT204")])
def test_a_direct_debit_between_banks_is_the_cover_of_a_customers_as_a_transfer_is(customers, between):
    row = told(replace(COVER, kind=between, underlying=()), replace(ANNOUNCED, kind=customers))
    assert (row["msg"], row["cover"]) == (customers, between)

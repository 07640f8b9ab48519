"""A payment debited in one currency and settled in another: the message's own instructed amount says that the two are one.

Field 33B of an MT103 and InstdAmt of a pacs.008 are what was ordered, in the payer's currency; the sums of these cases are EUR
100.00 at 1.1 to USD 110.00. A rate alone joins nothing here.
"""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

import tracer
from tracer.match import candidates, check, conclude, count_once, matched, movement
from tracer.model import Agent, Cite, Message, PaymentParty, Posting

DAY = date(2024, 3, 8)
UETR = "11111111-2222-4333-8444-555555555555"
PAYER, OWN, PAYEE = "111122223333", "777788889999", "444455556666"


def line(name: str, account: str, amount: int, currency: str, bank: str = "QXUKGB2L", **more: object) -> Posting:
    stated = {
        "booked": DAY,
        "value_date": DAY,
        "account_key": account,
        "servicer": bank,
        "owner_reference": "FX-0001",
    } | more
    return Posting(Cite(name[0] * 64, f"line={name}"), account, currency, amount, 1, **stated)  # type: ignore[arg-type]


DEBIT, CREDIT = line("d", PAYER, -10_000, "EUR"), line("c", PAYEE, 11_000, "USD", "QXHKHKHH")
SENT = Message(
    Cite("e" * 64, "message=1"),
    "MT103",
    sender="QXUKGB2L",
    receiver="QXHKHKHH",
    reference="FX-0001",
    settled=11_000,
    settled_currency="USD",
    settled_date=DAY,
    instructed=10_000,
    instructed_currency="EUR",
    rate="1,1",
    parties=(PaymentParty("debtor", "TERN LTD", "50K", PAYER), PaymentParty("creditor", "PAYEE CO", "59", PAYEE)),
)
UNNAMED = replace(SENT, parties=SENT.parties[1:])


@pytest.mark.parametrize(
    ("lines", "message", "once"),
    [
        pytest.param({}, SENT, {"EUR": 10_000, "USD": 0}, id="33B"),
        pytest.param({}, UNNAMED, {"EUR": 10_000, "USD": 0}, id="33B, and the payer's account is not printed"),
        pytest.param({"c": replace(CREDIT, amount=10_500)}, SENT, {"EUR": 10_000, "USD": 0}, id="less a charge there"),
        pytest.param({}, replace(SENT, instructed=10_100), {"EUR": 10_000, "USD": 11_000}, id="33B of another sum"),
        pytest.param(
            {}, replace(SENT, instructed=None, instructed_currency=""), {"EUR": 10_000, "USD": 11_000}, id="a rate alone"
        ),
        pytest.param(
            {"d": replace(DEBIT, owner_reference="ELSE-1")}, SENT, {"EUR": 10_000, "USD": 11_000}, id="no reference"
        ),
        pytest.param(
            {"d": replace(DEBIT, value_date=date(2024, 3, 11), booked=date(2024, 3, 11))}, SENT, {"EUR": 10_000, "USD": 11_000}, id="another day"
        ),
        pytest.param({"d2": line("d2", PAYER, -10_000, "EUR")}, SENT, {"EUR": 20_000, "USD": 11_000}, id="two fit"),
        pytest.param(
            {"d2": line("d2", OWN, -10_000, "EUR")}, UNNAMED, {"EUR": 20_000, "USD": 11_000}, id="two accounts fit"
        ),
        pytest.param({"d": replace(DEBIT, account=OWN, account_key=OWN)}, SENT, {"EUR": 10_000, "USD": 11_000}, id="not his"),
        pytest.param(
            {"d": replace(DEBIT, original_amount=11_000, original_currency="USD")},
            replace(SENT, instructed=None, instructed_currency=""),
            {"EUR": 10_000, "USD": 0},
            id="the line prints what was settled",
        ),
        pytest.param(
            {"d": replace(DEBIT, original_amount=12_000, original_currency="USD")},
            SENT,
            {"EUR": 10_000, "USD": 11_000},
            id="the line prints another",
        ),
        pytest.param(
            {"d": replace(DEBIT, owner_reference="", uetr=UETR)}, replace(SENT, uetr=UETR), {"EUR": 10_000, "USD": 0}, id="UETR"
        ),
        # the payer's bank pays out of its own dollars: that line is between; the customer's is the one that is counted
        pytest.param(
            {"n": line("n", "04112233", -11_000, "USD", "QXNBUS33")},
            replace(SENT, agents=(Agent("instructing_reimbursement_agent", "QXNBUS33", "BIC", "53A"),)),
            {"EUR": 10_000, "USD": 0},
            id="with the nostro of the payer's bank",
        ),
        # EUR into the own dollar account and out of it: the message names nobody, and its dollars are the debit of it
        pytest.param({"n": line("n", OWN, -11_000, "USD")}, UNNAMED, {"EUR": 10_000, "USD": 11_000}, id="or own dollars"),
    ],
)  # fmt: skip
def test_the_instructed_amount_is_the_payment_in_the_payers_currency(
    lines: dict[str, Posting], message: Message, once: dict[str, int]
) -> None:
    held = {"d": DEBIT, "c": CREDIT, **lines}
    judgements, transfers = matched(held, {"m": message}, {})
    assert {currency: counted for currency, (counted, _) in count_once(transfers, held).items()} == once
    assert sum(row.once for row in check(transfers, held, judgements)) == sum(once.values())
    whole = [t for t in transfers if (t.debit, t.credit) == ("d", "c")]
    assert bool(whole) is (once["USD"] == 0)
    for t in whole:
        assert (t.amount_out, t.currency_out, t.amount_in, t.currency_in) == (10_000, "EUR", held["c"].amount, "USD")
        (booked,) = [j for j in judgements if {j.left, j.right} == {"d", "m"}]
        assert booked.rung == 3
        assert any("rate 1,1" in f and f.startswith(("instructed amount", "original amount")) for f in booked.features)


BARE = replace(DEBIT, owner_reference="")


@pytest.mark.parametrize(
    ("debit", "message", "is_asked"),
    [
        pytest.param(BARE, SENT, True, id="the payer's account"),
        pytest.param(replace(BARE, counterparty="PAYEE CO."), UNNAMED, True, id="the payee's name"),
        pytest.param(BARE, UNNAMED, True, id="the payer's bank"),
        pytest.param(replace(BARE, servicer="QXNLNL2A"), UNNAMED, False, id="amount and day alone"),
        pytest.param(replace(BARE, account=OWN, account_key=OWN), SENT, False, id="another payer's account"),
        pytest.param(BARE, replace(SENT, instructed=10_100), False, id="33B of another sum"),
        pytest.param(replace(BARE, currency="GBP"), SENT, False, id="and in another currency"),
        pytest.param(replace(BARE, amount=10_000), SENT, False, id="a credit of that sum"),
        pytest.param(replace(BARE, booked=date(2024, 4, 8), value_date=None), SENT, False, id="a month later"),
    ],
)
def test_a_debit_without_a_reference_is_asked_about_where_it_is_what_was_instructed(
    debit: Posting, message: Message, is_asked: bool
) -> None:
    lines = {"d": debit, "c": CREDIT}
    judgements, _ = matched(lines, {"m": message}, {})
    found = [one for one in candidates(lines, judgements, {"m": message}) if (one.left, one.right) == ("d", "m")]
    assert bool(found) is is_asked
    for one in found:
        assert (one.kind, one.features[0]) == ("booking", ("amount", 40, "instructed amount 100.00 EUR, rate 1,1"))
        said = movement("d", "m", rung=-1, features=(), by="A. Officer", reason="one payment")
        whole = conclude(lines, {"m": message}, (*judgements, said))
        assert count_once(whole, lines) == {"EUR": (10_000, 10_000), "USD": (0, 11_000)}
        assert not candidates(lines, (*judgements, said), {"m": message})


def test_a_bank_in_the_middle_that_converts_sends_the_same_payment_on() -> None:
    """Sent in EUR 100.00, sent on in USD 110.00 with 33B EUR 100.00, under one UETR: two legs, one payment."""
    first = replace(
        SENT, cite=Cite("f" * 64, "1"), receiver="QXDEDEFF", settled=10_000, settled_currency="EUR", uetr=UETR, rate=""
    )
    second = replace(SENT, sender="QXDEDEFF", reference="ON-0002", uetr=UETR)
    lines = {"d": DEBIT, "c": replace(CREDIT, owner_reference="ON-0002")}
    judgements, (moved,) = matched(lines, {"a": first, "b": second}, {})
    assert (moved.debit, moved.credit, moved.messages) == ("d", "c", ("a", "b"))
    (leg,) = [j for j in judgements if {j.left, j.right} == {"a", "b"}]
    assert (leg.rung, leg.features) == (
        3,
        ("relation=leg", f"{UETR} printed in both", "instructed amount 100.00 EUR, rate 1,1", "value date equal"),
    )
    other = replace(second, instructed=9_900)
    assert len(matched(lines, {"a": first, "b": other}, {})[1]) == 2


def test_read_from_files_it_is_one_payment_in_both_currencies(tmp_path: Path) -> None:
    """MT103 and camt.053 as received: EUR 200.00 left, USD 220.00 arrived."""
    case = tracer.new(tmp_path / "case", id="FX-1", title="Instructed", as_of="2025-06-30", by="A. Officer")
    iban = "DE02100100100006820101"
    (tmp_path / "pay.fin").write_text(
        "{1:F01QXDEDEFFAXXX0001000001}{2:I103QXHKHKHHXXXXN}{4:\r\n:20:FX-0001\r\n:23B:CRED\r\n:32A:240308USD220,00\r\n"
        f":33B:EUR200,00\r\n:36:1,1\r\n:50K:/{iban}\r\nTERN LTD\r\n:59:/{PAYEE}\r\nPAYEE CO\r\n:71A:SHA\r\n-}}",
        newline="",
    )
    (tmp_path / "payee.sta").write_text(
        f"{{1:F01QXHKHKHHAXXX0001000001}}{{2:O9400800240331QXHKHKHHAXXX00010001232310310801N}}{{4:\r\n:20:S1\r\n:25:{PAYEE}\r\n"
        ":28C:1\r\n:60F:C240301USD0,00\r\n:61:2403080308C220,00NTRFFX-0001\r\n:62F:C240331USD220,00\r\n-}",
        newline="",
    )
    balances = "".join(
        f'<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{sum_}</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
        f"<Dt><Dt>{day}</Dt></Dt></Bal>"
        for kind, sum_, day in (("OPBD", "500.00", "2024-03-01"), ("CLBD", "300.00", "2024-03-31"))
    )
    (tmp_path / "payer.xml").write_text(
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>S1</MsgId><CreDtTm>'
        f"2024-03-31T10:00:00</CreDtTm></GrpHdr><Stmt><Id>S1</Id><Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>EUR</Ccy></Acct>{balances}"
        '<Ntry><Amt Ccy="EUR">200.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2024-03-08</Dt></BookgDt>'
        "<ValDt><Dt>2024-03-08</Dt></ValDt><NtryDtls><TxDtls><Refs><InstrId>FX-0001</InstrId></Refs></TxDtls></NtryDtls></Ntry>"
        "</Stmt></BkToCstmrStmt></Document>"
    )
    case.load(*(tmp_path / name for name in ("pay.fin", "payee.sta", "payer.xml")))
    facts = case.facts()
    (moved,) = facts.transfers
    assert (moved.amount_out, moved.currency_out, moved.amount_in, moved.currency_in) == (20_000, "EUR", 22_000, "USD")
    assert count_once(facts.transfers, facts["posting"]) == {"EUR": (20_000, 20_000), "USD": (0, 22_000)}


def test_a_credit_of_the_instructed_amount_is_not_what_was_settled() -> None:
    """Of 33B EUR 100.00 and 32A USD 110.00 the payee gets dollars."""
    lines = {"c": line("c", PAYEE, 10_000, "EUR", "QXHKHKHH")}
    _, transfers = matched(lines, {"m": SENT}, {})
    assert [t.messages for t in transfers if t.credit == "c"] == [()]


def test_one_sender_of_two_currencies_sent_two_orders() -> None:
    other = replace(
        SENT, cite=Cite("f" * 64, "message=1"), receiver="QXSGSGSG", settled=7_800, settled_currency="GBP",
        end_to_end_id="E2E-0001", rate="",
    )  # fmt: skip
    first = replace(
        SENT, end_to_end_id="E2E-0001", parties=(*SENT.parties[:1], PaymentParty("creditor", "PAYEE CO", "59", ""))
    )
    _, transfers = matched({}, {"m": first, "n": replace(other, parties=first.parties)}, {})
    assert sorted(t.messages for t in transfers) == [("m",), ("n",)]

"""Nouns a connector yields: what an exhibit prints, with the place where it prints it.

Dates are the bank's calendar days; amounts are signed integer minor units from the point of view of
the account whose statement it is (credit +, debit -). What could not be read is a `Reject`; what was
read but is odd carries a mark in `marks`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Literal

from tracer.model.quick import quickly_made

__all__ = [
    "Account",
    "Agent",
    "Aggregate",
    "Asset",
    "Charge",
    "Cite",
    "EvidenceClass",
    "Exhibit",
    "Fact",
    "Identifier",
    "Interest",
    "Message",
    "Name",
    "Party",
    "PaymentParty",
    "Posting",
    "Reconciliation",
    "Reject",
    "Statement",
    "fact_id",
]

#: requests.md section 7. INT never leaves the case and nothing exported may depend on it.
EvidenceClass = Literal["EV", "EV-P", "SP", "INT", "OS", "AN"]


@quickly_made
@dataclass(frozen=True, slots=True)
class Cite:
    """Exhibit (SHA-256, 64 hex digits) and a locator chain such as `message=3/line=17` or `sheet=1/row=20`."""

    exhibit: str
    locator: str

    def __str__(self) -> str:
        return f"{self.exhibit[:12]}@{self.locator}"


def fact_id(kind: str, cite: Cite) -> str:
    """Return the id of a fact: it depends on where it is printed, not on how it was parsed."""
    return hashlib.sha256(f"{kind}\n{cite.exhibit}\n{cite.locator}".encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A file as received, with custody. `number` is the case's own running number (EX-0001)."""

    sha256: str
    number: str
    name: str
    size: int
    evidence_class: EvidenceClass
    received_at: str
    received_by: str
    received_from: str
    obtained: str
    authority: str
    connector: str = ""
    certification: str = "none"
    custodian: str = ""
    language: str = ""
    title_en: str = ""
    title_zh: str = ""
    producer: str = ""
    status: str = "taken in"


@dataclass(frozen=True, slots=True)
class Reject:
    """A line, tag or element that could not be read, set aside with its raw text. `code` is a stable slug.

    Its locator says of what: without `#` it is a whole record; with one it is something inside a record that did load, or
    inside the heading of a statement (a balance), and no record is missing for it.
    """

    cite: Cite
    raw: str
    field: str
    code: str
    message: str

    @property
    def is_part(self) -> bool:
        """Whether it is a part (a balance, a field, text between records) and no record that was counted."""
        return "#" in self.cite.locator or self.field == "leftovers"


@quickly_made
@dataclass(frozen=True, slots=True)
class Statement:
    """One statement (or page, interim report, advice) of one account; balances in minor units, None = not printed.

    `count` is the number of raw records counted independently of the parser. `total_credit` and
    `total_debit` are printed control totals (positive), with `count_credit`, `count_debit`.
    """

    cite: Cite
    account: str
    currency: str
    kind: Literal["statement", "interim", "advice", "table"] = "statement"
    account_key: str = ""
    servicer: str = ""
    owner: str = ""
    number: str = ""
    page: str = ""
    opening: int | None = None
    opening_date: date | None = None
    closing: int | None = None
    closing_date: date | None = None
    period_from: date | None = None
    period_to: date | None = None
    count: int | None = None
    total_credit: int | None = None
    total_debit: int | None = None
    count_credit: int | None = None
    count_debit: int | None = None
    order: str = "oldest_first"
    marks: tuple[str, ...] = ()


@quickly_made
@dataclass(frozen=True, slots=True)
class Posting:
    """One printed line of one account. `line` is its place in the statement, from 1, in printed order."""

    cite: Cite
    account: str
    currency: str
    amount: int
    line: int
    statement: str = ""
    account_key: str = ""
    servicer: str = ""
    booked: date | None = None
    value_date: date | None = None
    time: str = ""
    balance: int | None = None
    amount_printed: str = ""
    status: Literal["booked", "pending", "info"] = "booked"
    reversal: bool = False
    type_code: str = ""
    owner_reference: str = ""
    bank_reference: str = ""
    end_to_end_id: str = ""
    uetr: str = ""
    counterparty: str = ""
    counterparty_account: str = ""
    counterparty_agent: str = ""
    details: str = ""
    original_amount: int | None = None
    original_currency: str = ""
    rate: str = ""
    parts: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()


@quickly_made
@dataclass(frozen=True, slots=True)
class Agent:
    """An institution as one field of one message names it.

    `role` is the ISO 20022 name in snake_case (instructing_agent, instructed_agent, debtor_agent,
    instructing_reimbursement_agent, instructed_reimbursement_agent, third_reimbursement_agent,
    intermediary_agent_1.., creditor_agent, previous_instructing_agent_1.., creditor_institution,
    account_servicer, account_owner, debtor_institution). `scheme` is BIC, ABA, CHIPS, CHIPS_UID or NAME.
    """

    role: str
    id: str
    scheme: str
    field: str
    name: str = ""
    account: str = ""
    clearing: str = ""


@quickly_made
@dataclass(frozen=True, slots=True)
class PaymentParty:
    """A customer as a message names it: role debtor, creditor, ultimate_debtor, ultimate_creditor, initiating_party."""

    role: str
    name: str
    field: str
    account: str = ""
    address: str = ""
    identifiers: tuple[str, ...] = ()


@quickly_made
@dataclass(frozen=True, slots=True)
class Charge:
    """One charge a message states (71F, 71G, ChrgsInf, /CHGS/), minor units."""

    amount: int
    currency: str
    field: str
    agent: str = ""


@quickly_made
@dataclass(frozen=True, slots=True)
class Message:
    """One payment message or record with its chain of agents.

    `kind`: MT103, MT103STP, MT202, MT202COV, MT205, MT900, MT910, pacs.008.001.08, pacs.009.001.08 COV,
    pacs.004..., FAIM, ... . `direction`: I (sender's copy), O (receiver's copy) or "". `accepted`: the network's
    answer, True for ACK, False for NAK, None when none is attached. Amounts in minor units of their currency.
    `fields` keeps every tag as printed, in order. `underlying` are the customer parties of a cover (sequence B).
    """

    cite: Cite
    kind: str
    sender: str = ""
    receiver: str = ""
    direction: str = ""
    reference: str = ""
    related_reference: str = ""
    end_to_end_id: str = ""
    uetr: str = ""
    message_id: str = ""
    imad: str = ""
    omad: str = ""
    previous_imad: str = ""
    settled: int | None = None
    settled_currency: str = ""
    settled_date: date | None = None
    instructed: int | None = None
    instructed_currency: str = ""
    rate: str = ""
    charge_bearer: str = ""
    charges: tuple[Charge, ...] = ()
    settlement_method: str = ""
    settlement_account: str = ""
    clearing_system: str = ""
    account: str = ""
    remittance: str = ""
    agents: tuple[Agent, ...] = ()
    parties: tuple[PaymentParty, ...] = ()
    underlying: tuple[PaymentParty, ...] = ()
    narrative: str = ""
    return_of: str = ""
    return_reason: str = ""
    return_partial: bool = False
    status: str = ""
    possible_duplicate: bool = False
    accepted: bool | None = None
    content_hash: str = ""
    truncated: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Name:
    """A name as printed. `kind`: legal, trading, alias, transliteration, translation. `script`: Latn, Hans, Arab, Cyrl."""

    text: str
    kind: str = "legal"
    script: str = ""


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier with its scheme (LEI, GB-COH, passport, USCC ...) and issuer."""

    scheme: str
    value: str
    issuer: str = ""


@quickly_made
@dataclass(frozen=True, slots=True)
class Party:
    """Person, legal entity, arrangement or state body as one source prints it.

    `record` is the source's own id (BODS recordId, company number), the key that interests name.
    `status`: known, anonymous, unknown; `reason` is the source's code for a missing party.
    """

    cite: Cite
    record: str
    kind: Literal["person", "entity", "arrangement", "joint_holding", "state", "unknown"]
    names: tuple[Name, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    born: str = ""
    jurisdiction: str = ""
    nationalities: tuple[str, ...] = ()
    address: str = ""
    status: str = "known"
    reason: str = ""
    members: tuple[str, ...] = ()
    known_from: date | None = None
    known_to: date | None = None
    marks: tuple[str, ...] = ()

    @property
    def called(self) -> str:
        """The first name that says something, as printed; "" where none does, and the record id must stand for it."""
        return next((name.text for name in self.names if name.text.strip()), "")


@dataclass(frozen=True, slots=True)
class Account:
    """An account as an opening file or register states it; `facility` is the agreed overdraft in minor units."""

    cite: Cite
    number: str
    currency: str
    account_key: str = ""
    iban: str = ""
    bank: str = ""
    bic: str = ""
    country: str = ""
    kind: str = ""
    title: str = ""
    holder: str = ""
    signatories: tuple[str, ...] = ()
    beneficial_owner: str = ""
    opened: date | None = None
    closed: date | None = None
    facility: int | None = None
    marks: tuple[str, ...] = ()


@quickly_made
@dataclass(frozen=True, slots=True)
class Interest:
    """Share or control of one party in another, possibly a range (ownership.md section 3).

    Shares are exact fractions as text ("1/4", "0.25" is read as 1/4); None ends are not stated. `record` is the
    source's own id. Dates are half-open: [valid_from, valid_to), [known_from, known_to).
    """

    cite: Cite
    record: str
    owner: str
    subject: str
    kind: str
    lo: str | None = None
    hi: str | None = None
    lo_open: bool = False
    hi_open: bool = False
    directness: Literal["direct", "indirect", "unknown"] = "direct"
    capacity: Literal["own", "as_trust", "as_firm", "nominee", "joint"] = "own"
    is_assertion: bool = False
    components: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    known_from: date | None = None
    known_to: date | None = None
    code: str = ""
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asset:
    """Property as a register prints it. Money in minor units of `currency`.

    `paid_reference` names the payment (bank reference, UETR, or end-to-end id) by which the price was paid.
    """

    cite: Cite
    record: str
    asset_class: str
    description: str
    country: str = ""
    district: str = ""
    titleholder: str = ""
    acquired: date | None = None
    price: int | None = None
    currency: str = ""
    paid_reference: str = ""
    paid_account: str = ""
    value_now: int | None = None
    value_date: date | None = None
    value_source: str = ""
    encumbrance: int | None = None
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A sum of several payments between two ends over a period, as one source prints it: no payment, and never one line.

    It stands beside the postings and is counted nowhere among them: nothing is matched with it, nothing is traced through it,
    no figure of a finding holds it. `number`: how many payments it sums, None where the source does not say. Amount in minor
    units; `payer_record`, `payee_record` the source's own ids of the ends.
    """

    cite: Cite
    record: str
    payer: str
    payee: str
    amount: int | None = None
    currency: str = ""
    number: int | None = None
    first: date | None = None
    last: date | None = None
    payer_record: str = ""
    payee_record: str = ""
    reporter: str = ""
    reference: str = ""
    amount_printed: str = ""
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """One check of one statement or file: count, sum, chain, control_total, currency, dates, leftovers.

    `expected`, `found`, `difference`: minor units of `currency` or plain numbers when it is "".
    `outcome`: ok, off, or not_stated (the exhibit prints nothing to check against).
    """

    cite: Cite
    check: str
    outcome: Literal["ok", "off", "not_stated"]
    account: str = ""
    currency: str = ""
    expected: int | None = None
    found: int | None = None
    difference: int | None = None
    note: str = ""


Fact = Statement | Posting | Message | Party | Account | Interest | Asset | Aggregate

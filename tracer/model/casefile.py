"""What a person states in case.yaml, as frozen nouns (requests.md section 6).

The loader at the rim (`tracer.casefile`) checks and builds these; rooms only read them. None = not known,
"" = not yet filled in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

__all__ = [
    "ORDERS",
    "CaseFile",
    "Election",
    "Event",
    "LawfulIncome",
    "LegalBasis",
    "Offence",
    "Restriction",
    "RouteChoice",
    "StatedAsset",
    "StatedOrder",
    "Subject",
    "Theory",
    "TracingChoice",
]


@dataclass(frozen=True, slots=True)
class Offence:
    """A predicate offence as stated: statute and its text in both languages, penalty, period, US analogue.

    `statute` is the name as stated where only one was; `statute_zh` its Chinese name, "" where none is stated.
    """

    id: str
    title_en: str
    title_zh: str
    statute: str
    text_en: str = ""
    text_zh: str = ""
    translator: str = ""
    penalty_min: str = ""
    penalty_max: str = ""
    conduct_from: date | None = None
    conduct_to: date | None = None
    limitation_years: int | None = None
    limitation_starts: str = ""
    uncac: tuple[int, ...] = ()
    sua: str = ""
    us_analogue: str = ""
    conduct_summary: str = ""
    dual_criminality: str = "unknown"
    forfeiture_authority: str = ""
    forfeiture_kind: str = ""
    in_force_from: date | None = None
    in_force_to: date | None = None
    statute_zh: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """A predicate event: the act by which proceeds arose. `amount` in minor units; `entry` names the posting.

    `entry` is a bank reference, end-to-end id or UETR of the credit by which the proceeds entered a held account, the id of its
    record, or its place as stated; `place` that place under the hash of its exhibit; `account` the number of that account. `exhibits` are exhibit numbers or file names that prove the event itself.
    """

    id: str
    offence: str
    on: date
    amount: int
    currency: str
    payer: str
    payee: str
    act: str
    entry: str
    account: str
    proceeds: int
    exhibits: tuple[str, ...] = ()
    status: str = "alleged"
    act_zh: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """A person or entity under investigation. `party` is the record id of the party in the exhibits or a stated one."""

    party: str
    role: str
    name: str = ""
    name_zh: str = ""
    office: str = ""
    family: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StatedAsset:
    """What a person states of an asset in the register: theory and measure. `record` is the register's id.

    `value`: what it was worth on `value_date` by `value_source`, minor units of `value_currency`; None: no value is stated.
    """

    id: str
    record: str
    theory: str
    measure: str
    value: int | None = None
    value_currency: str = ""
    value_date: date | None = None
    value_source: str = ""


#: What an order of a court does with property; the first three hold it, the last two take it.
ORDERS = ("restraint", "seizure", "freezing", "confiscation", "forfeiture")


@dataclass(frozen=True, slots=True)
class StatedOrder:
    """An order of a court as a person states it: `covers` ids of stated assets, or all that the defendant has.

    Amounts in minor units of `currency`; None = not stated, which is not nothing. `notices`: to whom, on which day, by which
    means. The statements and copies are exhibits, by number or file name.
    """

    id: str
    kind: str
    on: date | None
    covers: tuple[str, ...] = ()
    covers_all: bool = False
    court: str = ""
    final: bool | None = None
    not_appealable: bool | None = None
    currency: str = ""
    most: int | None = None
    restrained: int | None = None
    collected: int | None = None
    ex_parte: bool | None = None
    notices: tuple[tuple[str, date | None, str], ...] = ()
    hearing: str = ""
    appeal: str = ""
    jurisdiction_statement: str = ""
    no_fraud_statement: str = ""
    due_process_statement: str = ""
    copy: str = ""
    certified_copy: str = ""


@dataclass(frozen=True, slots=True)
class LegalBasis:
    """An instrument relied on."""

    instrument: str
    articles: tuple[str, ...] = ()
    both_in_force: bool | None = None


@dataclass(frozen=True, slots=True)
class RouteChoice:
    """A route asked for (R1..R11) and its forum."""

    code: str
    status: str = "draft"
    forum: str = ""


@dataclass(frozen=True, slots=True)
class LawfulIncome:
    """Lawful income that a record shows; it is printed, never netted against a trace."""

    party: str
    year: int
    kind: str
    amount: int
    currency: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Restriction:
    """A use restriction on exhibits (requests.md section 7)."""

    exhibits: tuple[str, ...]
    sender: str
    purpose: str
    onward: str = "consent"
    expires: date | None = None


@dataclass(frozen=True, slots=True)
class Election:
    """What a person elects beside the rules, with reason and evidence; the trace as it stands is never changed by it.

    `kind`: specific_identification (R0), restoration, backward_link (R7), account_group, cash_redeposit, parameter,
    banco_cafetero (R8), oatway. `credit`, `debit`: bank references, end-to-end ids, UETRs or record ids of the lines, on
    `account` where a reference is not unique; `accounts`: the numbers of a group; `targets`: asset records or account
    numbers, in the order elected; `option`: of the kind (a, b, c; narrow, wide; the value of a parameter);
    `name`: of the parameter (bundle, interest, fee, mixed_repay, proceeds_subrule, round_trips, reversal, libr); `amount`:
    what is claimed, minor units (None: all that was entered). `evidence`: exhibits.
    """

    id: str
    kind: str
    credit: str = ""
    debit: str = ""
    account: str = ""
    accounts: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    name: str = ""
    option: str = ""
    amount: int | None = None
    evidence: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Theory:
    """What a person states for a statutory theory (tracing.md section 3); theories without such facts need no statement.

    `kind`: involved_in (a `debit` charged as laundering, `evidence` that the rest facilitated it), section_984 (an
    `account`, the day an action `commenced`), interbank (981(k): `credit`s deposited abroad, the balance of the interbank
    account and what the bank had paid out before seizure), direct_costs (981(a)(2)(B): of an `event`), loan_repaid
    (981(a)(2)(C)); or a screen, which is never a figure (R9): poison, tiho, family_expense (`debit`: expenses, parted by
    `;`). Amounts in minor units of `currency`.
    """

    id: str
    kind: str
    account: str = ""
    debit: str = ""
    credit: tuple[str, ...] = ()
    event: str = ""
    commenced: date | None = None
    amount: int | None = None
    paid_out: int | None = None
    currency: str = ""
    evidence: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TracingChoice:
    """Parameters of a trace that a person chose; printed with every result.

    min_match_score   points of 100 below which a candidate of one movement is not shown to be judged; no figure depends on it
    """

    methods: tuple[str, ...] = ("libr", "fifo", "lifo", "pro_rata", "proceeds_first")
    selected: str = "libr"
    reason: str = ""
    bundle: str = "ordered"
    same_day_order: str = "bank_sequence"
    opening_balance: str = "unknown"
    interest: str = "prorata_posting"
    exclude_classes: tuple[str, ...] = ("INT",)
    elections: tuple[Election, ...] = ()
    theories: tuple[Theory, ...] = ()
    min_match_score: int = 0


@dataclass(frozen=True, slots=True)
class CaseFile:
    """The whole of case.yaml. `as_of` is the clock of every export."""

    id: str
    title_en: str
    title_zh: str
    as_of: date
    classification: str = ""
    handling: str = ""
    version: int = 1
    requesting_state: str = ""
    requested_state: str = ""
    authority_en: str = ""
    authority_zh: str = ""
    authority_function: str = ""
    official: str = ""
    official_title: str = ""
    contact: str = ""
    central_authority_ref: str = ""
    requested_authority_ref: str = ""
    legal_basis: tuple[LegalBasis, ...] = ()
    routes: tuple[RouteChoice, ...] = ()
    offences: tuple[Offence, ...] = ()
    subjects: tuple[Subject, ...] = ()
    events: tuple[Event, ...] = ()
    assets: tuple[StatedAsset, ...] = ()
    lawful_income: tuple[LawfulIncome, ...] = ()
    orders: tuple[StatedOrder, ...] = ()
    restrictions: tuple[Restriction, ...] = ()
    adverse_facts: tuple[tuple[str, str], ...] = ()
    special_confidentiality: str = ""
    special_urgency: str = ""
    translation_into: str = ""
    sanctioned: tuple[str, ...] = ()
    """Record ids of listed persons, the seed of the OFAC test."""
    tracing: TracingChoice = field(default_factory=TracingChoice)
    signoffs: tuple[tuple[str, str, str], ...] = ()
    raw: str = ""
    """case.yaml as text; the `graph` key is left out of every hash and export."""

"""The keys of case.yaml, as requests.md section 6 lists them: every key known, every scalar read as text first.

A key that stands here and becomes no noun is kept as stated; an unknown one is an error of `tracer.casefile`.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

__all__ = [
    "AssetStated",
    "File",
    "OrderStated",
    "Pair",
    "StatedElection",
    "StatedOffence",
    "StatedTheory",
    "day_of",
    "flag_of",
]


def day_of(value: object) -> object:
    if value is None or value == "":
        return None
    text = str(value)
    if len(text) != 10:
        raise ValueError(f"{text[:20]!r} is not a date written YYYY-MM-DD")
    return date.fromisoformat(text)


def flag_of(value: object) -> object:
    if value is None:
        return None
    if str(value) not in {"true", "false"}:
        raise ValueError(f"{str(value)[:20]!r} is neither true nor false")
    return str(value) == "true"


def _whole(value: object) -> object:
    if value is None or value == "":
        return None
    if not str(value).isascii() or not str(value).isdigit() or len(str(value)) > 9:
        raise ValueError(f"{str(value)[:20]!r} is not a whole number")
    return int(str(value))


def _text(value: object) -> object:
    return "" if value is None else str(value) if isinstance(value, str) else value


def _address(value: object) -> object:
    """Refuse a password where the file is copied and printed; the rest is read where a server is asked."""
    text = _text(value)
    if isinstance(text, str) and "@" in text:
        raise ValueError(
            "the address holds a user or a password; write neo4j://host:7687 and set TRACER_NEO4J_USER and "
            "TRACER_NEO4J_PASSWORD in the environment"
        )
    return text


Day = Annotated[date | None, BeforeValidator(day_of)]
Flag = Annotated[bool | None, BeforeValidator(flag_of)]
Whole = Annotated[int | None, BeforeValidator(_whole)]
Text = Annotated[str, BeforeValidator(_text)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(lambda v: () if v is None else v)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Pair(_Part):
    en: Text = ""
    zh: Text = ""
    translator: Text = ""


class _Case(_Part):
    id: Text
    title: Pair
    as_of: Day
    language: Texts = ()
    classification: Text = ""
    handling: Text = ""
    version: Whole = 1


class _Authority(_Part):
    name_en: Text = ""
    name_zh: Text = ""
    function: Text = ""
    official: Text = ""
    title: Text = ""
    contact: Text = ""


class _Ref(_Part):
    ref: Text = ""


class _Affiant(_Part):
    name: Text = ""
    rank: Text = ""
    personal_knowledge: Flag = None
    available_to_testify: Flag = None


class _Requesting(_Part):
    state: Text = ""
    authority: _Authority = _Authority()
    central_authority: _Ref = _Ref()
    affiant: _Affiant = _Affiant()


class _Contact(_Part):
    date: Text = ""
    with_: Text = ""
    channel: Text = ""
    summary: Text = ""


class _Requested(_Part):
    state: Text = ""
    central_authority: _Ref = _Ref()
    prior_contacts: tuple[dict[str, Text], ...] = ()


class _Basis(_Part):
    instrument: Text
    articles: Texts = ()
    both_parties_in_force: Flag = None
    reciprocity_undertaking: Flag = None
    other: Text = ""


class _Route(_Part):
    code: Text
    status: Text = "draft"
    forum: Text = ""
    role: Text = ""


class _Period(_Part):
    from_: Day = None
    to: Day = None
    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=lambda name: name.rstrip("_"))


class _Penalty(_Part):
    min: Text = ""
    max: Text = ""
    fine: Text = ""


class _Forfeiture(_Part):
    cite: Text = ""
    text: Text = ""
    kind: Text = ""
    conviction_required: Flag = None


class _Limitation(_Part):
    years: Whole = None
    starts: Text = ""
    tolling: Texts = ()
    expires: Day = None
    note: Text = ""


class _Us(_Part):
    sua: Text = ""
    analogue: Text = ""
    also: Texts = ()
    conduct_summary: Text = ""
    dual_criminality: Text = "unknown"
    dual_forfeitability: Text = "unknown"
    limitation: dict[str, Any] = {}


class StatedOffence(_Part):
    id: Text
    title: Pair
    statute: Pair | Text = ""
    text: Pair = Pair()
    in_force: _Period = _Period()
    penalty: _Penalty = _Penalty()
    forfeiture_authority: _Forfeiture = _Forfeiture()
    limitation: _Limitation = _Limitation()
    conduct_period: _Period = _Period()
    persons: Whole = None
    max_years: Whole = None
    uncac: tuple[Annotated[int, BeforeValidator(_whole)], ...] = ()
    us: _Us = _Us()


class _Subject(_Part):
    party: Text
    role: Text = ""
    name: Text = ""
    name_zh: Text = ""
    custody: Text = ""
    charged_with: Texts = ()
    public_office: tuple[dict[str, Text], ...] = ()
    family: Texts = ()
    travel: Texts = ()
    us_addresses: Texts = ()
    facilitators: Texts = ()
    identifiers: Texts = ()


class _Event(_Part):
    id: Text
    offence: Text
    date: Day
    amount: Text
    currency: Text
    payer: Text
    payee: Text
    act: Pair | Text = ""
    proceeds_txn: Text = ""
    account: Text = ""
    proceeds: Text = ""
    exhibits: Texts = ()
    status: Text = "alleged"


class AssetStated(_Part):
    id: Text
    record: Text = ""
    theory: Text = "proceeds-C"
    measure_sought: Text = "restrain"
    valuation: dict[str, Any] = {}
    title_proof: Text = ""


class _Notice(_Part):
    to: Text = ""
    date: Day = None
    means: Text = ""


class OrderStated(_Part):
    """An order of a court (requests.md section 6); amounts as texts, as everywhere in case.yaml."""

    id: Text = ""
    kind: Text = ""
    court: Text = ""
    date: Day = None
    final: Flag = None
    not_appealable: Flag = None
    covers: Texts = ()
    covers_all_of_defendant: Flag = None
    max_amount: Text = ""
    restrained_to_date: Text = ""
    collected_to_date: Text = ""
    currency: Text = ""
    ex_parte: Flag = None
    notice: tuple[_Notice, ...] = ()
    hearing: Text = ""
    appeal: Text = ""
    jurisdiction_statement: Text = ""
    no_fraud_statement: Text = ""
    due_process_statement: Text = ""
    copy_: Annotated[Text, Field(alias="copy")] = ""
    certified_copy: Text = ""


class _Income(_Part):
    party: Text
    year: Whole
    kind: Text
    amount: Text
    currency: Text
    source: Text = ""


class _Special(_Part):
    needed: Flag = None
    reason: Text = ""
    until: Day = None
    deadline: Day = None


class _Translation(_Part):
    into: Text = ""
    certified: Flag = None
    glossary: Text = ""


class _Requirements(_Part):
    confidentiality: _Special = _Special()
    urgency: _Special = _Special()
    form_of_evidence: Texts = ()
    presence_of_officials: Flag = None
    notice_delay: Text = ""
    costs: Text = ""
    translation: _Translation = _Translation()


class _Use(_Part):
    exhibits: Texts
    sender: Text = ""
    purpose: Text = ""
    onward: Text = "consent"
    expires: Day = None
    delete_by: Day = None
    consent_ref: Text = ""
    disclose_existence: Flag = None


class _Selected(_Part):
    default: Text = "libr"
    per_chain: dict[str, Text] = {}
    reason: Text = ""


class StatedElection(_Part):
    id: Text
    kind: Text
    credit: Text = ""
    debit: Text = ""
    account: Text = ""
    accounts: Texts = ()
    targets: Texts = ()
    name: Text = ""
    option: Text = ""
    amount: Text = ""
    currency: Text = ""
    evidence: Texts = ()
    reason: Text = ""


class StatedTheory(_Part):
    id: Text
    kind: Text
    account: Text = ""
    debit: Text = ""
    credit: Texts = ()
    event: Text = ""
    commenced: Day = None
    amount: Text = ""
    paid_out: Text = ""
    currency: Text = ""
    evidence: Texts = ()
    reason: Text = ""


class _Tracing(_Part):
    methods: Texts = ("libr", "fifo", "lifo", "pro_rata", "proceeds_first")
    selected: _Selected = _Selected()
    bundle: Text = "ordered"
    same_day_order: Text = "bank_sequence"
    opening_balance: Text = "unknown"
    interest: Text = "prorata_posting"
    min_match_score: Text = ""
    fx_source: Text = ""
    exclude_classes: Texts = ("INT",)
    elections: tuple[StatedElection, ...] = ()
    theories: tuple[StatedTheory, ...] = ()


class _SignOff(_Part):
    role: Text
    name: Text = ""
    date: Text = ""
    statement: Text = ""


class File(_Part):
    case: _Case
    requesting: _Requesting = _Requesting()
    requested: _Requested = _Requested()
    legal_basis: tuple[_Basis, ...] = ()
    routes: tuple[_Route, ...] = ()
    proceedings: tuple[dict[str, Any], ...] = ()
    offences: tuple[StatedOffence, ...] = ()
    subjects: tuple[_Subject, ...] = ()
    predicate_events: tuple[_Event, ...] = ()
    accounts: tuple[Any, ...] = ()
    assets: tuple[AssetStated, ...] = ()
    orders: tuple[OrderStated, ...] = ()
    third_parties: tuple[dict[str, Any], ...] = ()
    lawful_income: tuple[_Income, ...] = ()
    declarations: tuple[dict[str, Any], ...] = ()
    special_requirements: _Requirements = _Requirements()
    use_restrictions: tuple[_Use, ...] = ()
    adverse_facts: tuple[dict[str, Text], ...] = ()
    sanctioned: Texts = ()
    graph: Annotated[str, BeforeValidator(_address)] = ""
    tracing: _Tracing = _Tracing()
    signoff: tuple[_SignOff, ...] = ()
    stats: dict[str, Any] = {}

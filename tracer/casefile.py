"""case.yaml: what a person states, checked and turned into nouns (requests.md section 6).

Unknown keys are errors with file and line. Every scalar arrives as text; amounts, account numbers, dates and country codes
are read here and only here. `null` = not known, "" = not yet filled in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from tracer import model
from tracer.model import CaseError, CaseFile, minor_units
from tracer.yamltext import Scalar, load_yaml

__all__ = ["graph_address", "load_case_file", "parse_case_file", "template"]


def _day(value: object) -> object:
    if value is None or value == "":
        return None
    text = str(value)
    if len(text) != 10:
        raise ValueError(f"{text[:20]!r} is not a date written YYYY-MM-DD")
    return date.fromisoformat(text)


def _flag(value: object) -> object:
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


Day = Annotated[date | None, BeforeValidator(_day)]
Flag = Annotated[bool | None, BeforeValidator(_flag)]
Whole = Annotated[int | None, BeforeValidator(_whole)]
Text = Annotated[str, BeforeValidator(_text)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(lambda v: () if v is None else v)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Pair(_Part):
    en: Text = ""
    zh: Text = ""
    translator: Text = ""


class _Case(_Part):
    id: Text
    title: _Pair
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


class _Offence(_Part):
    id: Text
    title: _Pair
    statute: _Pair | Text = ""
    text: _Pair = _Pair()
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
    act: _Pair | Text = ""
    proceeds_txn: Text = ""
    account: Text = ""
    proceeds: Text = ""
    exhibits: Texts = ()
    status: Text = "alleged"


class _Asset(_Part):
    id: Text
    record: Text = ""
    theory: Text = "proceeds-C"
    measure_sought: Text = "restrain"
    valuation: dict[str, Any] = {}
    title_proof: Text = ""


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


class _Election(_Part):
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


class _Theory(_Part):
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
    min_match_score: Text = ""
    fx_source: Text = ""
    exclude_classes: Texts = ("INT",)
    elections: tuple[_Election, ...] = ()
    theories: tuple[_Theory, ...] = ()


#: What an election must state (tracing.md 1.3, R0, R7, R8), by kind.
_ELECTIONS = {
    "specific_identification": ("credit", "debit", "reason"),
    "restoration": ("credit", "evidence", "reason"),
    "backward_link": ("credit", "debit", "evidence", "reason"),
    "account_group": ("accounts", "evidence", "reason"),
    "cash_redeposit": ("credit", "debit", "evidence", "reason"),
    "parameter": ("name", "option", "reason"),
    "banco_cafetero": ("option", "targets", "reason"),
    "oatway": ("option", "targets", "reason"),
}
#: What a statutory theory must state (tracing.md section 3), by kind.
_THEORIES = {
    "involved_in": ("debit", "evidence"),
    "section_984": ("account", "commenced"),
    "interbank": ("credit", "account", "amount", "currency"),
    "direct_costs": ("event", "amount", "currency", "evidence"),
    "loan_repaid": ("event", "amount", "currency", "evidence"),
}

#: bank_sequence: as the bank printed them; the others only where no record orders a day (tracing.md 1.3).
_SAME_DAY = ("bank_sequence", "credits_first", "debits_first")


class _SignOff(_Part):
    role: Text
    name: Text = ""
    date: Text = ""
    statement: Text = ""


class _File(_Part):
    case: _Case
    requesting: _Requesting = _Requesting()
    requested: _Requested = _Requested()
    legal_basis: tuple[_Basis, ...] = ()
    routes: tuple[_Route, ...] = ()
    proceedings: tuple[dict[str, Any], ...] = ()
    offences: tuple[_Offence, ...] = ()
    subjects: tuple[_Subject, ...] = ()
    predicate_events: tuple[_Event, ...] = ()
    accounts: tuple[Any, ...] = ()
    assets: tuple[_Asset, ...] = ()
    orders: tuple[dict[str, Any], ...] = ()
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


def load_case_file(path: Path) -> CaseFile:
    """Read case.yaml.

    Raises: CaseError naming file, line and field.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise CaseError(
            "There is no case.yaml here.",
            where=str(path),
            meaning="Without it nobody has stated the authority, the offences or the events: no trace can start.",
            next_call=f"tracer new {path.parent} --id NUMBER   (or give the folder that holds the case with --case)",
        ) from None
    except PermissionError:
        raise CaseError(
            "No permission to read the case folder.",
            where=str(path),
            meaning="Nothing was read or changed.",
            next_call=f"ls -ld {path.parent}   (the folder belongs to the analyst who opened it, mode 0700)",
        ) from None
    except UnicodeDecodeError as error:
        raise CaseError(
            "case.yaml is not UTF-8.",
            where=f"{path}: byte {error.start}",
            meaning="Names could be read wrong: nothing was read.",
            next_call="save the file as UTF-8",
        ) from None
    return parse_case_file(text, str(path))


def _line(data: Any, location: tuple[Any, ...]) -> int:
    """Return the nearest line number at or above a location."""
    here, best = data, 1
    for step in location:
        if isinstance(here, dict):
            for key in here:
                if key == step and isinstance(key, Scalar):
                    best = key.line
        try:
            here = here[step]
        except (KeyError, IndexError, TypeError):
            break
        if isinstance(here, Scalar):
            best = here.line
    return best


def parse_case_file(text: str, where: str) -> CaseFile:
    """Read the text of a case.yaml; `where` is printed in errors."""
    data = load_yaml(text, where)
    if not isinstance(data, dict):
        raise CaseError(
            "case.yaml holds no keys.",
            where=f"{where}:1",
            meaning="Nothing was read.",
            next_call="tracer new FOLDER --id NUMBER",
        )
    try:
        stated = _File.model_validate(data)
        _one_line(data, text)
        return _nouns(stated, text)
    except ValidationError as error:
        first = error.errors()[0]
        location = tuple(part for part in first["loc"] if not str(part).startswith("_"))
        what = (
            "is not a key of case.yaml"
            if first["type"] == "extra_forbidden"
            else first["msg"].removeprefix("Value error, ")
        )
        raise CaseError(
            f"{'.'.join(str(part) for part in location)}: {what}.",
            where=f"{where}:{_line(data, location)}",
            meaning="case.yaml is not used while a line of it is not understood"
            + (f" ({error.error_count()} lines in all)." if error.error_count() > 1 else "."),
            next_call="correct the line and run the command again",
        ) from None
    except _Bad as bad:
        raise CaseError(
            bad.what,
            where=f"{where}:{_line(data, bad.location)}",
            meaning="case.yaml is not used while a line of it is not understood.",
            next_call="correct the line and run the command again",
        ) from None


def graph_address(path: Path) -> str:
    """Return the `graph` key of a case.yaml, "" for the embedded graph. It is in no noun, so in no hash and no export.

    Raises: CaseError as `load_case_file`.
    """
    load_case_file(path)
    stated = str(load_yaml(path.read_text("utf-8"), str(path)).get("graph") or "").strip()
    return "" if stated == "embedded" else stated


def _one_line(data: dict[Any, Any], text: str) -> None:
    """Refuse a `graph` that the raw text, which is hashed and exported without its line, would not be rid of."""
    if "graph" in data:
        lines = [line for line in text.splitlines() if line.startswith("graph:")]
        if len(lines) != 1 or str(data["graph"] or "") not in lines[0]:
            raise _Bad("graph: write it on a line of its own, as graph: neo4j://host:7687.", "graph")


class _Bad(Exception):
    def __init__(self, what: str, *location: str | int) -> None:
        self.what, self.location = what, location


def _amount(text: str, currency: str, *location: str | int) -> int:
    try:
        return minor_units(text, currency)
    except ValueError as error:
        raise _Bad(f"{'.'.join(map(str, location))}: {error}.", *location) from None


def _nouns(f: _File, text: str) -> CaseFile:
    ids = {o.id for o in f.offences}
    if f.case.as_of is None:
        raise _Bad("case.as_of: the clock of every export is missing.", "case", "as_of")
    events = []
    for n, e in enumerate(f.predicate_events):
        place = ("predicate_events", n)
        if e.offence not in ids:
            raise _Bad(f"Event {e.id} names offence {e.offence!r}, which case.yaml does not state.", *place, "offence")
        if e.date is None:
            raise _Bad(f"Event {e.id} has no date.", *place, "date")
        amount = _amount(e.amount, e.currency, *place, "amount")
        events.append(
            model.Event(
                id=e.id,
                offence=e.offence,
                on=e.date,
                amount=amount,
                currency=e.currency,
                payer=e.payer,
                payee=e.payee,
                act=e.act.en if isinstance(e.act, _Pair) else e.act,
                act_zh=e.act.zh if isinstance(e.act, _Pair) else "",
                entry=e.proceeds_txn,
                account=e.account,
                exhibits=e.exhibits,
                status=e.status,
                proceeds=_amount(e.proceeds, e.currency, *place, "proceeds") if e.proceeds else amount,
            )
        )
    for n, method in enumerate(f.tracing.methods):
        if method not in model.RULE_NAMES:
            raise _Bad(f"{method!r} is no rule; one of {', '.join(model.RULE_NAMES)}.", "tracing", "methods", n)
    if f.tracing.bundle not in {"ordered", "blended"}:
        raise _Bad(f"tracing.bundle: {f.tracing.bundle!r} is neither ordered nor blended.", "tracing", "bundle")
    if f.tracing.same_day_order not in _SAME_DAY:
        raise _Bad(
            f"tracing.same_day_order: {f.tracing.same_day_order!r} is none of {', '.join(_SAME_DAY)}.",
            "tracing",
            "same_day_order",
        )
    _complete("elections", f.tracing.elections, _ELECTIONS)
    _complete("theories", f.tracing.theories, _THEORIES)
    for n, t in enumerate(f.tracing.theories):
        if t.event and t.event not in {e.id for e in events}:
            raise _Bad(
                f"Theory {t.id} names event {t.event!r}, which case.yaml does not state.", "tracing", "theories", n
            )
    return CaseFile(
        id=f.case.id,
        title_en=f.case.title.en,
        title_zh=f.case.title.zh,
        as_of=f.case.as_of,
        classification=f.case.classification,
        handling=f.case.handling,
        version=f.case.version or 1,
        requesting_state=f.requesting.state,
        requested_state=f.requested.state,
        authority_en=f.requesting.authority.name_en,
        authority_zh=f.requesting.authority.name_zh,
        authority_function=f.requesting.authority.function,
        official=f.requesting.authority.official,
        official_title=f.requesting.authority.title,
        contact=f.requesting.authority.contact,
        central_authority_ref=f.requesting.central_authority.ref,
        requested_authority_ref=f.requested.central_authority.ref,
        legal_basis=tuple(model.LegalBasis(b.instrument, b.articles, b.both_parties_in_force) for b in f.legal_basis),
        routes=tuple(model.RouteChoice(r.code, r.status, r.forum) for r in f.routes),
        offences=tuple(_offence(o) for o in f.offences),
        subjects=tuple(
            model.Subject(
                s.party,
                s.role,
                s.name,
                s.name_zh,
                "; ".join(f"{o.get('title', '')} ({o.get('from', '')} - {o.get('to', '')})" for o in s.public_office),
                s.family,
                s.identifiers,
            )
            for s in f.subjects
        ),
        events=tuple(events),
        assets=tuple(model.StatedAsset(a.id, a.record, a.theory, a.measure_sought) for a in f.assets),
        lawful_income=tuple(
            model.LawfulIncome(
                i.party,
                i.year or 0,
                i.kind,
                _amount(i.amount, i.currency, "lawful_income", n, "amount"),
                i.currency,
                i.source,
            )
            for n, i in enumerate(f.lawful_income)
        ),
        restrictions=tuple(
            model.Restriction(u.exhibits, u.sender, u.purpose, u.onward, u.expires) for u in f.use_restrictions
        ),
        adverse_facts=tuple((a.get("fact", ""), a.get("disclosure_decision", "")) for a in f.adverse_facts),
        special_confidentiality=f.special_requirements.confidentiality.reason,
        special_urgency=f.special_requirements.urgency.reason,
        translation_into=f.special_requirements.translation.into,
        sanctioned=f.sanctioned,
        tracing=model.TracingChoice(
            methods=f.tracing.methods,
            selected=f.tracing.selected.default,
            reason=f.tracing.selected.reason,
            bundle=f.tracing.bundle,
            same_day_order=f.tracing.same_day_order,
            opening_balance=f.tracing.opening_balance,
            exclude_classes=f.tracing.exclude_classes,
            elections=tuple(
                model.Election(
                    id=e.id,
                    kind=e.kind,
                    credit=e.credit,
                    debit=e.debit,
                    account=e.account,
                    accounts=e.accounts,
                    targets=e.targets,
                    name=e.name,
                    option=e.option,
                    evidence=e.evidence,
                    reason=e.reason,
                    amount=_amount(e.amount, e.currency, "tracing", "elections", n, "amount") if e.amount else None,
                )
                for n, e in enumerate(f.tracing.elections)
            ),
            theories=tuple(
                model.Theory(
                    id=t.id,
                    kind=t.kind,
                    account=t.account,
                    debit=t.debit,
                    credit=t.credit,
                    event=t.event,
                    commenced=t.commenced,
                    currency=t.currency,
                    evidence=t.evidence,
                    reason=t.reason,
                    amount=_amount(t.amount, t.currency, "tracing", "theories", n, "amount") if t.amount else None,
                    paid_out=_amount(t.paid_out, t.currency, "tracing", "theories", n, "paid_out")
                    if t.paid_out
                    else None,
                )
                for n, t in enumerate(f.tracing.theories)
            ),
        ),
        signoffs=tuple((s.role, s.name, s.date) for s in f.signoff),
        raw="".join(line for line in text.splitlines(keepends=True) if not line.startswith("graph:")),
    )


def _complete(where: str, stated: Sequence[_Election | _Theory], needed: Mapping[str, tuple[str, ...]]) -> None:
    """Refuse what is of no kind, says nothing of what its kind needs, or bears the id of another. Raises: _Bad."""
    seen: set[str] = set()
    for n, one in enumerate(stated):
        place = ("tracing", where, n)
        if one.kind not in needed:
            raise _Bad(f"tracing.{where}: {one.kind!r} is none of {', '.join(needed)}.", *place, "kind")
        missing = [key for key in needed[one.kind] if not getattr(one, key)]
        if missing:
            raise _Bad(f"tracing.{where}: {one.id} ({one.kind}) does not state {', '.join(missing)}.", *place)
        if not one.id or one.id in seen:
            raise _Bad(f"tracing.{where}: the id {one.id!r} is stated twice, or is empty.", *place, "id")
        seen.add(one.id)


def _offence(o: _Offence) -> model.Offence:
    return model.Offence(
        id=o.id,
        title_en=o.title.en,
        title_zh=o.title.zh,
        statute=o.statute.en if isinstance(o.statute, _Pair) else o.statute,
        statute_zh=o.statute.zh if isinstance(o.statute, _Pair) else "",
        text_en=o.text.en,
        text_zh=o.text.zh,
        translator=o.text.translator,
        penalty_min=o.penalty.min,
        penalty_max=o.penalty.max,
        conduct_from=o.conduct_period.from_,
        conduct_to=o.conduct_period.to,
        limitation_years=o.limitation.years,
        limitation_starts=o.limitation.starts,
        uncac=o.uncac,
        sua=o.us.sua,
        us_analogue=o.us.analogue,
        conduct_summary=o.us.conduct_summary,
        dual_criminality=o.us.dual_criminality,
        forfeiture_authority=o.forfeiture_authority.cite,
        forfeiture_kind=o.forfeiture_authority.kind,
        in_force_from=o.in_force.from_,
        in_force_to=o.in_force.to,
    )


def template(case_id: str, title: str, as_of: date) -> str:
    """Return a case.yaml to fill in; every quoted empty text is a question to a person."""
    quoted = title.replace("\\", "\\\\").replace('"', '\\"')
    return f"""# What a person states. null = not known, "" = not yet filled in. Quote amounts, dates, numbers and country codes.
case: {{id: "{case_id}", title: {{en: "{quoted}", zh: ""}}, language: [en, zh], as_of: "{as_of.isoformat()}", classification: "", handling: "", version: 1}}
requesting:
  state: ""
  authority: {{name_en: "", name_zh: "", function: investigation, official: "", title: "", contact: ""}}
  central_authority: {{ref: ""}}
requested: {{state: "US", central_authority: {{ref: AUTH-US-OIA}}}}
legal_basis: []          # - {{instrument: UNCAC, articles: ["46", "54", "55", "57"], both_parties_in_force: true}}
routes: [{{code: R4, status: draft, forum: us_civil}}]
offences: []             # - {{id: O1, title: {{en: "", zh: ""}}, statute: {{en: "", zh: ""}}, text: {{en: "", zh: "", translator: ""}}, conduct_period: {{from: "", to: ""}}}}
subjects: []             # - {{party: RECORD-ID, role: official, name: ""}}
predicate_events: []     # - {{id: E1, offence: O1, date: "", amount: "", currency: "", payer: "", payee: "", act: "", account: "", proceeds_txn: "", exhibits: []}}
assets: []               # - {{id: A1, record: REGISTER-ID, theory: proceeds-C, measure_sought: restrain}}
tracing: {{methods: [libr, fifo, lifo, pro_rata, proceeds_first], selected: {{default: libr, reason: ""}}, bundle: ordered, opening_balance: unknown}}
# in tracing, too: elections: [{{id: L1, kind: backward_link, credit: REF, debit: REF, evidence: [EX-0001], reason: ""}}], theories: [{{id: T1, kind: section_984, account: "", commenced: ""}}]
graph: null              # or neo4j://host:7687; left out of every hash and export
"""

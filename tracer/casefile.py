"""case.yaml: what a person states, checked and turned into nouns (requests.md section 6).

Unknown keys are errors with file and line. Every scalar arrives as text; amounts, account numbers, dates and country codes
are read here and only here. `null` = not known, "" = not yet filled in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tracer import model
from tracer.casefile_keys import (
    AssetStated,
    File,
    OrderStated,
    Pair,
    StatedElection,
    StatedOffence,
    StatedTheory,
    day_of,
)
from tracer.model import ORDERS, CaseError, CaseFile, minor_units
from tracer.yamltext import Scalar, load_yaml

__all__ = ["electing", "graph_address", "load_case_file", "parse_case_file", "template"]


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
#: What a statutory theory (tracing.md section 3) or a screen (R9) must state, by kind.
_THEORIES = {
    "involved_in": ("debit", "evidence"),
    "section_984": ("account", "commenced"),
    "interbank": ("credit", "account", "amount", "currency"),
    "direct_costs": ("event", "amount", "currency", "evidence"),
    "loan_repaid": ("event", "amount", "currency", "evidence"),
    "poison": ("reason",),
    "tiho": ("reason",),
    "family_expense": ("debit", "evidence", "reason"),
}

#: bank_sequence: as the bank printed them; the others only where no record orders a day (tracing.md 1.3).
_SAME_DAY = ("bank_sequence", "credits_first", "debits_first")


#: A share of the 100 points of a candidate (requests.md section 8, `min_match_score`).
_SHARE = re.compile(r"0(\.[0-9]{1,2})?|1(\.0{1,2})?")
#: What interest is taken for (tracing.md 1.3), the default first; for `prorata_daily` and `proceeds` see elections.
_INTEREST = ("prorata_posting", "clean", "unknown")


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
        stated = File.model_validate(data)
        _one_line(data, text)
        return _nouns(stated, text)
    except ValidationError as error:
        first = error.errors()[0]
        # a value that may be a text or a pair of texts is placed under the name of its model, which is no key
        location = tuple(part for part in first["loc"] if part != Pair.__name__)
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


def _nouns(f: File, text: str) -> CaseFile:
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
                act=e.act.en if isinstance(e.act, Pair) else e.act,
                act_zh=e.act.zh if isinstance(e.act, Pair) else "",
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
    if f.tracing.interest not in _INTEREST:
        raise _Bad(
            f"tracing.interest: {f.tracing.interest!r} is none of {', '.join(_INTEREST)}.", "tracing", "interest"
        )
    if f.tracing.min_match_score and not _SHARE.fullmatch(f.tracing.min_match_score):
        raise _Bad(
            f"tracing.min_match_score: {f.tracing.min_match_score!r} is no share of the 100 points of a candidate; write "
            '"0.90" for 90 of them, or "" to be shown all.',
            "tracing",
            "min_match_score",
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
        assets=tuple(_asset(a, n) for n, a in enumerate(f.assets)),
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
        orders=tuple(_order(o, n) for n, o in enumerate(f.orders)),
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
            interest=f.tracing.interest,
            exclude_classes=f.tracing.exclude_classes,
            elections=tuple(_election(e, n) for n, e in enumerate(f.tracing.elections)),
            theories=tuple(_theory(t, n) for n, t in enumerate(f.tracing.theories)),
            min_match_score=int(Decimal(f.tracing.min_match_score or "0") * 100),
        ),
        signoffs=tuple((s.role, s.name, s.date) for s in f.signoff),
        raw="".join(line for line in text.splitlines(keepends=True) if not line.startswith("graph:")),
    )


def _complete(
    where: str, stated: Sequence[StatedElection | StatedTheory], needed: Mapping[str, tuple[str, ...]]
) -> None:
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


def _asset(stated: AssetStated, n: int) -> model.StatedAsset:
    """Return an asset with its value, where one is stated with amount and currency."""
    place, valued = ("assets", n, "valuation"), stated.valuation
    if unknown := set(valued) - {"amount", "currency", "date", "source"}:
        raise _Bad(f"assets: {min(unknown)!r} is no key of a valuation.", *place)
    amount, currency = str(valued.get("amount") or ""), str(valued.get("currency") or "")
    try:
        on = day_of(valued.get("date"))
    except ValueError as error:
        raise _Bad(f"assets: {error}.", *place, "date") from None
    return model.StatedAsset(
        id=stated.id,
        record=stated.record,
        theory=stated.theory,
        measure=stated.measure_sought,
        value=_amount(amount, currency, *place, "amount") if amount else None,
        value_currency=currency,
        value_date=on if isinstance(on, date) else None,
        value_source=str(valued.get("source") or ""),
    )


def _election(e: StatedElection, n: int) -> model.Election:
    return model.Election(
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


def _theory(t: StatedTheory, n: int) -> model.Theory:
    def amount(text: str, key: str) -> int | None:
        return _amount(text, t.currency, "tracing", "theories", n, key) if text else None

    return model.Theory(
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
        amount=amount(t.amount, "amount"),
        paid_out=amount(t.paid_out, "paid_out"),
    )


def electing(stated: CaseFile, text: str) -> CaseFile:
    """Return what is stated with further elections, theories and screens, written as in case.yaml: `{id: L1, kind: ...}, {...}`.

    They stand in `raw` behind case.yaml, so that a run with them has an id of its own. Raises: CaseError.
    """
    where = "trace(elect=...)"
    listed = load_yaml(f"elect: [{text.strip().removeprefix('[').removesuffix(']')}]", where)["elect"] or []
    try:
        tracing = _further(stated.tracing, listed)
    except (ValidationError, _Bad) as error:
        what = error.what if isinstance(error, _Bad) else f"{error.errors()[0]['loc'][0]}: {error.errors()[0]['msg']}."
        raise CaseError(
            what,
            where=where,
            meaning="Nothing was traced: an election that is not understood would be taken for another.",
            next_call='elect="{id: L1, kind: parameter, name: libr, option: LIBR-D-worst, reason: ...}"',
        ) from None
    return replace(stated, tracing=tracing, raw=f"{stated.raw}\n# elected with the call: {text}")


def _further(chosen: model.TracingChoice, listed: Sequence[Any]) -> model.TracingChoice:
    """Return the choices with what is elected besides. Raises: ValidationError, _Bad."""
    if wrong := [one for one in listed if not isinstance(one, dict)]:
        raise _Bad(f"{wrong[0]!r} is no election: write it as {{id: L1, kind: parameter, ...}}.")
    elections = [StatedElection.model_validate(one) for one in listed if one.get("kind") not in _THEORIES]
    theories = [StatedTheory.model_validate(one) for one in listed if one.get("kind") in _THEORIES]
    _complete("elections", elections, _ELECTIONS)
    _complete("theories", theories, _THEORIES)
    known = {*(one.id for one in chosen.elections), *(one.id for one in chosen.theories)}
    if again := [name for name in (*(e.id for e in elections), *(t.id for t in theories)) if name in known]:
        raise _Bad(f"{again[0]!r} is stated in case.yaml already.")
    return replace(
        chosen,
        elections=(*chosen.elections, *(_election(e, n) for n, e in enumerate(elections))),
        theories=(*chosen.theories, *(_theory(t, n) for n, t in enumerate(theories))),
    )


def _order(stated: OrderStated, n: int) -> model.StatedOrder:
    """Return an order of a court. Raises: _Bad for a kind that is none, or an amount without a currency."""
    if stated.kind not in ORDERS:
        raise _Bad(f"orders: {stated.kind!r} is none of {', '.join(ORDERS)}.", "orders", n, "kind")

    def amount(key: str) -> int | None:
        text = getattr(stated, key)
        if text and not stated.currency:
            raise _Bad(f"orders: {key} is stated, and its currency is not.", "orders", n, key)
        return _amount(text, stated.currency, "orders", n, key) if text else None

    return model.StatedOrder(
        id=stated.id or f"order {n + 1}",
        kind=stated.kind,
        on=stated.date,
        covers=stated.covers,
        covers_all=bool(stated.covers_all_of_defendant),
        court=stated.court,
        final=stated.final,
        not_appealable=stated.not_appealable,
        currency=stated.currency,
        most=amount("max_amount"),
        restrained=amount("restrained_to_date"),
        collected=amount("collected_to_date"),
        ex_parte=stated.ex_parte,
        notices=tuple((one.to, one.date, one.means) for one in stated.notice),
        hearing=stated.hearing,
        appeal=stated.appeal,
        jurisdiction_statement=stated.jurisdiction_statement,
        no_fraud_statement=stated.no_fraud_statement,
        due_process_statement=stated.due_process_statement,
        copy=stated.copy_,
        certified_copy=stated.certified_copy,
    )


def _offence(o: StatedOffence) -> model.Offence:
    return model.Offence(
        id=o.id,
        title_en=o.title.en,
        title_zh=o.title.zh,
        statute=o.statute.en if isinstance(o.statute, Pair) else o.statute,
        statute_zh=o.statute.zh if isinstance(o.statute, Pair) else "",
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

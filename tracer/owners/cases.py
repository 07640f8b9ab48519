"""Run the acceptance cases of ownership: the figures compared are those that the verdicts use.

The schema is told in the `readme` of `ownership_cases.json`: only keys that are present are compared; prose never is; an
expected key that tracer does not know is named, never passed over.

`case_reading.py` from the file to nouns · `case_checks.py` one check per expected key · here: the run, cases in parts, random graphs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from tracer.model import Cite, Interest, Party
from tracer.owners.answers import LAWS
from tracer.owners.bounds import bounds
from tracer.owners.case_checks import CHECKS, controlled_of, law_answer, one_case
from tracer.owners.case_reading import CaseOutcome, Detail, Nouns, Run, nouns_of
from tracer.owners.laws import uk_psc
from tracer.owners.question import Policy, Question
from tracer.owners.ranges import YES, ZERO
from tracer.owners.roles import declared_bases
from tracer.owners.shares import company_ownership, self_ownership, walks
from tracer.owners.silence import silence
from tracer.owners.table import Table, build

__all__ = ["CaseOutcome", "Detail", "run_case"]


def run_case(case: Mapping[str, Any]) -> CaseOutcome:
    """Compute everything a case asks for and compare it."""
    run = Run()
    if "family" in case and "persons" in case:
        _random(run, case)
    elif "parts" in case:
        _parts(run, case)
    else:
        one_case(run, case)
    failed = any(not detail.ok for detail in run.details)
    outcome = "failed" if failed else "passed" if run.details else "not_covered"
    return CaseOutcome(str(case["id"]), outcome, tuple(run.details), tuple(run.missing))


# --- cases in parts ---------------------------------------------------------------------------------------------------


def _parts(run: Run, case: Mapping[str, Any]) -> None:
    statuses = []
    for part in case["parts"]:
        path = part["id"]
        nouns = nouns_of(part)
        for key, want in part["expected"].items():
            if key in {"beneficial_owners", "not_beneficial_owners"}:
                _by_role(run, path, part, nouns.table(), want, owners=key == "beneficial_owners")
            elif key in {"status", "reason", "residual", "unknown_nodes"}:
                _silent(run, path, part, nouns, key, want)
            else:
                run.unknown(path, key)
        if "bods_relationship" in part:
            statuses.append(_silence_of(part, nouns).status)
    for key, want in case.get("expected", {}).items():
        if key == "all_three_differ":
            run.equal(key, len(set(statuses)) == len(statuses), want)
        else:
            run.unknown("", key)


def _by_role(
    run: Run, path: str, part: Mapping[str, Any], table: Table, expected: Iterable[Any], *, owners: bool
) -> None:
    holders = {edge["owner"] for edge in part["edges"]}
    (target,) = [node["id"] for node in part["nodes"] if node["id"] not in holders]
    law = LAWS["eu_amlr"]
    for item in expected:
        question = Question(table, frozenset((item["p"],)), target)
        found = law.test(question, law.version(table.as_of))
        where = f"{path} {item['p']}"
        run.equal(f"{where} owner", found.verdict == YES, owners)
        words = {b for b in found.basis if b not in found.tests} | set(declared_bases(question))
        party = table.parties[item["p"]]
        for key, want in item.items():
            if key == "basis":
                run.equal(f"{where}.basis", words, set(want))
            elif key == "eu_amlr":
                law_answer(run, f"{where}.eu_amlr", question, key, found, want)
            elif key == "status":
                run.equal(f"{where}.status", party.status, want)
            elif key == "kept_as":
                kinds = sorted({r.kind for r in table.rights if r.owner == item["p"]})
                run.equal(f"{where}.kept_as", f"evidence ({', '.join(kinds)})", want)
            elif key == "reason":
                run.equal(f"{where}.reason", party.reason, want)
            elif key != "p":
                run.unknown(where, key)


def _silence_of(part: Mapping[str, Any], nouns: Nouns) -> Any:
    (target,) = [node["id"] for node in part["nodes"]]
    stated = part["bods_relationship"]
    parties, interests = dict(nouns.parties), dict(nouns.interests)
    if stated is not None:
        cite = Cite(part["id"], "relationship")
        who = f"unspecified:{part['id']}"
        parties[who] = Party(cite, who, "unknown", status="unknown", reason=stated["interestedParty"]["reason"])
        interests[part["id"]] = Interest(cite, part["id"], who, target, "", directness="unknown")
    return silence(build(parties, interests, as_of=nouns.as_of), target)


def _silent(run: Run, path: str, part: Mapping[str, Any], nouns: Nouns, key: str, want: Any) -> None:
    found = _silence_of(part, nouns)
    computed = {
        "status": found.status,
        "reason": found.reason or None,
        "residual": found.residual,
        "unknown_nodes": len(found.unknown),
    }
    run.equal(f"{path}.{key}", computed[key], Fraction(want) if key == "residual" else want)


# --- random graphs ----------------------------------------------------------------------------------------------------


def _random(run: Run, case: Mapping[str, Any]) -> None:
    edges = [
        {"owner": o, "subject": s, "id": f"{case['id']}-{n}", **({"exact": w} if isinstance(w, str) else w)}
        for n, (o, s, w) in enumerate(case["edges"])
    ]
    nodes = [{"id": p, "type": "person"} for p in case["persons"]]
    nodes += [{"id": c, "type": "entity"} for c in case["companies"]]
    whole = {**case, "edges": edges, "nodes": nodes}
    nouns = nouns_of(whole)
    table = nouns.table()
    persons, companies = case["persons"], case["companies"]
    sound = [c for c in companies if c not in table.refused and c not in table.tainted and c not in table.loops]
    for key, want in case["expected"].items():
        if key == "own":
            _random_own(run, table, persons, sound, want)
        elif key == "own_company":
            for a in companies:
                for b in sound:
                    if a != b and a not in table.loops and a not in table.refused:
                        value = company_ownership(table.shares, a, b, table.loops)
                        run.equal(f"own_company {a}>{b}", value, Fraction(want.get(a, {}).get(b, 0)))
        elif key == "self_ownership":
            for a in sound:
                run.equal(f"self_ownership {a}", self_ownership(table.shares, a, table.loops), Fraction(want.get(a, 0)))
        elif key == "control":
            # With bands only persons are listed: a company that is not listed is not asserted.
            banded = table.shares.has_bands(companies)
            for seed in (*persons, *(c for c in companies if not banded or c in want)):
                run.equal(f"control {seed}", *controlled_of(table, seed, want.get(seed, ())))
        elif key == "uk":
            _random_uk(run, table, persons, companies, want)
        elif key == "bounds":
            _random_bounds(run, table, persons, sound, want)
        elif key == "closed_loop_members":
            run.equal(key, set(table.loops), set(want))
        elif key in CHECKS:
            CHECKS[key](run, whole, nouns, table, want)
        else:
            run.unknown("", key)


def _random_own(run: Run, table: Table, persons: Iterable[str], sound: Iterable[str], want: Any) -> None:
    for person in persons:
        for company in sound:
            found = Question(table, frozenset((person,)), company).own()
            run.share(f"own {person}>{company}", found, want.get(person, {}).get(company, "0"))


def _random_uk(run: Run, table: Table, persons: Iterable[str], companies: Iterable[str], want: Any) -> None:
    law = uk_psc.LAW
    banded = table.shares.has_bands(table.shares.columns)
    policies: tuple[Policy, ...] = ("is_not_p", "may_be_p") if banded else ("is_not_p",)
    for person in persons:
        for company in companies:
            listed = want.get(person, {}).get(company, {})
            for policy in policies:
                question = Question(table, frozenset((person,)), company, policy)
                shares, votes = (uk_psc.attributed(question, votes=v) for v in (False, True))
                version = law.version(table.as_of)
                stated = listed.get(policy, {}) if banded else listed
                path = f"uk {policy} {person}>{company}"
                if banded:
                    lo, hi = (Fraction(stated.get(end, 0)) for end in ("lo", "hi"))
                    run.equal(path, (shares.lo, shares.hi), (lo, hi))
                else:
                    run.share(f"{path}.shares", shares, stated.get("shares", "0"))
                    run.share(f"{path}.votes", votes, stated.get("votes", stated.get("shares", "0")))
                if not question.blocked_by and not question.in_loop:
                    run.equal(f"{path}.verdict", law.test(question, version).verdict, stated.get("verdict", "NO"))


def _random_bounds(run: Run, table: Table, persons: Iterable[str], sound: Iterable[str], want: Any) -> None:
    companies = list(sound)
    banded = table.shares.has_bands(table.shares.columns)
    for person in persons:
        for company in companies:
            for policy, listed in want.items():
                found = bounds(table.shares, (person,), company, may_be_p=policy == "may_be_p")
                ends = listed.get(person, {}).get(company, ["0", "0"])
                path = f"bounds {policy} {person}>{company}"
                run.equal(path, (found.lo, found.hi), (Fraction(ends[0]), Fraction(ends[1])))
            if not banded:
                own = walks(table.shares, company, table.loops).get(person, ZERO)
                run.share(f"bounds is_not_p {person}>{company}", bounds(table.shares, (person,), company), str(own))

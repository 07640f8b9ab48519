"""What one ownership case expects, key by key: each check computes with the functions that the verdicts use."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from tracer.model import Share
from tracer.owners.answers import LAWS, contradictions, people_above
from tracer.owners.case_reading import Nouns, Run, day_of, nouns_of
from tracer.owners.control import held, membership
from tracer.owners.indices import banzhaf, relative_control, swings
from tracer.owners.laws import Answer, ofac
from tracer.owners.laws.eu_amlr import controlling_vehicles
from tracer.owners.question import Policy, Question
from tracer.owners.ranges import UNDETERMINED, ZERO
from tracer.owners.shares import company_ownership, path_sum, self_ownership, walks
from tracer.owners.silence import largest_unidentified, silence
from tracer.owners.table import Table
from tracer.owners.windows import end_window

__all__ = ["CHECKS", "controlled_of", "law_answer", "one_case"]

_HYGIENE = frozenset(("OVERSUBSCRIBED", "CLOSED_LOOP", "SELF_PSC"))


def one_case(run: Run, case: Mapping[str, Any]) -> None:
    nouns = nouns_of(case)
    table = nouns.table()
    for key, expected in case["expected"].items():
        check = CHECKS.get(key)
        if check is None:
            run.unknown("", key)
        else:
            check(run, case, nouns, table, expected)


Check = Callable[[Run, Mapping[str, Any], Nouns, Table, Any], None]


def _hygiene(run: Run, _case: Mapping[str, Any], _nouns: Nouns, table: Table, expected: Any) -> None:
    found = {
        (d.code, d.members, d.total if d.code == "OVERSUBSCRIBED" else None)
        for d in table.defects()
        if d.code in _HYGIENE and d.note != "votes"
    }
    want = {
        (
            item["code"],
            tuple(sorted(item.get("members", [item["company"]] if "company" in item else []))),
            Fraction(item["sum"]) if "sum" in item else None,
        )
        for item in expected
    }
    run.equal("hygiene", found, want)


def _pairs(run: Run, _case: Mapping[str, Any], nouns: Nouns, table: Table, expected: Any) -> None:
    for number, pair in enumerate(expected):
        path = f"pairs[{number}] {pair['p']}>{pair['T']}"
        if "as_of" in pair or "as_known" in pair:
            table = nouns.table(as_of=day_of(pair.get("as_of")), as_known=day_of(pair.get("as_known")))
        policy: Policy = pair.get("unknown_policy", "is_not_p")
        question = Question(table, frozenset((pair["p"],)), pair["T"], policy)
        for key, want in pair.items():
            if key in {"p", "T", "unknown_policy", "as_of", "as_known"}:
                continue
            if key == "own":
                asked = question.as_group((want["block"],)) if "block" in want else question
                run.share(f"{path}.own", asked.own(), want)
            elif key == "path_sum":
                value, _ = path_sum(table.shares, pair["p"], pair["T"])
                run.equal(f"{path}.path_sum", value, Fraction(want))
            elif key in LAWS:
                law = LAWS[key]
                law_answer(run, f"{path}.{key}", question, key, law.test(question, law.version(table.as_of)), want)
            else:
                run.unknown(path, key)


def law_answer(run: Run, path: str, question: Question, law: str, found: Answer, expected: Mapping[str, Any]) -> None:
    if "not_asserted" in expected:
        return
    if law == "uk_psc" and "interpretation" not in expected and "verdict" in expected:
        run.equal(f"{path}.interpretation", found.interpretation, None)
    for key, want in expected.items():
        where = f"{path}.{key}"
        if key == "verdict":
            run.equal(where, found.verdict, want)
        elif key == "basis":
            # A limb whose figure the case leaves out is not asserted (T14 speaks of shares only).
            silent = {"votes>25"} if law == "uk_psc" and "votes" not in expected else set()
            run.equal(where, set(found.basis) - (silent - set(want)), set(want))
        elif key in {"shares", "votes"} and law == "uk_psc":
            run.share(where, found.figures.get(key), want)
        elif key in {"52", "53", "54a", "54b", "53(4)", "direct", "indirect"}:
            run.equal(where, found.tests.get(key), want)
        elif key == "54b_via":
            version = LAWS[law].version(question.table.as_of)
            run.equal(where, controlling_vehicles(question, version), want)
        elif key == "53_concert":
            name = "+".join(sorted(want["group"]))
            run.share(f"{where}.value", found.figures.get(f"53_concert:{name}"), want["value"])
            run.equal(f"{where}.verdict", found.tests.get("53_concert"), want["verdict"])
        elif key == "alone":
            alone = LAWS[law].test(question.alone(), LAWS[law].version(question.table.as_of))
            law_answer(run, where, question, law, alone, {**want, "interpretation": None})
        elif key == "interpretation":
            if want is not None:
                _interpretation(run, where, found, want)
        elif key == "value" and law == "us_cdd":
            run.share(where, found.figures.get("own"), want)
        elif key in {"path_sum", "group_value"} and law == "us_cdd":
            run.share(where, found.figures.get(key), want)
        elif key == "assumptions":
            run.equal(where, set(want) & set(found.assumptions), set(want))
        elif key == "flags":
            run.equal(where, {f for f in want if any(g.startswith(f) for g in found.flags)}, set(want))
        else:
            run.unknown(path, key)


def _interpretation(run: Run, path: str, found: Answer, want: Mapping[str, Any]) -> None:
    shares, votes, verdict = found.interpretation or (None, None, None)
    computed = {"shares": shares, "votes": votes}
    for key, value in want.items():
        if key in computed:
            run.share(f"{path}.{key}", computed[key], value)
        elif key == "verdict":
            run.equal(f"{path}.verdict", verdict, value)
        else:
            run.unknown(path, key)


def _ofac(run: Run, _case: Mapping[str, Any], _nouns: Nouns, table: Table, expected: Any) -> None:
    for item in expected:
        may_be_p = item.get("unknown_policy", "is_not_p") == "may_be_p"
        sure, may = ofac.blocked(table, frozenset(item["seed"]), may_be_p=may_be_p)
        path = f"ofac {'+'.join(item['seed'])}"
        run.equal(f"{path}.blocked", set(sure.members), set(item["blocked"]))
        run.equal(f"{path}.undetermined", set(may.members - sure.members), set(item.get("undetermined", ())))


def _control(run: Run, _case: Mapping[str, Any], _nouns: Nouns, table: Table, expected: Any) -> None:
    for seed, want in expected.items():
        run.equal(f"control {seed}", *controlled_of(table, seed, want))


def controlled_of(table: Table, seed: str, want: Any) -> tuple[object, object]:
    question = Question(table, frozenset((seed,)), seed)
    sure, may = question.certain.members, question.possible.members
    if isinstance(want, Mapping):
        certain = set(want.get("certain", ()))
        return (set(sure), set(may - sure)), (certain, set(want.get("possible", ())) - certain)
    return (set(sure), set(may - sure)), (set(want), set())


def _own(run: Run, _case: Mapping[str, Any], nouns: Nouns, table: Table, expected: Any) -> None:
    if expected is None:
        run.equal("own of loops", {c for c in table.shares.columns if c not in table.loops}, set())
    elif expected == "REFUSED":
        run.equal("own refused", set(table.shares.columns) - set(table.refused), set())
    else:
        for key, want in expected.items():
            pair, _, without = key.partition(" ")
            owner, _, target = pair.partition(">")
            said = want.get("assumptions", ()) if isinstance(want, Mapping) else ()
            assume = {}
            for text in said:
                edge, percent = text.split(" := ")
                holder, company = edge.split(">")
                assume[holder, company] = Share(Fraction(int(percent), 100), Fraction(int(percent), 100))
            asked = nouns.table(assume=assume)
            policy: Policy = "may_be_p" if without else "is_not_p"
            run.share(f"own {key}", Question(asked, frozenset((owner,)), target, policy).own(), want)


def _nobody(run: Run, case: Mapping[str, Any], _nouns: Nouns, table: Table, expected: Any) -> None:
    persons = {p for node in case["nodes"] for p in people_above(table, node["id"])}
    run.equal("persons", persons, set(expected))


def _owner_kind(run: Run, case: Mapping[str, Any], _nouns: Nouns, table: Table, expected: Any) -> None:
    owners = {e["owner"] for e in case["edges"]}
    sinks = [n["id"] for n in case["nodes"] if n["id"] not in owners]
    run.equal("owner_kind", {silence(table, sink).reason for sink in sinks}, {expected})


def _declared(run: Run, _case: Mapping[str, Any], _nouns: Nouns, table: Table, expected: Any) -> None:
    for key, want in expected.items():
        owner, _, subject = key.partition(">")
        stated = [d.share for d in table.declared if (d.owner, d.subject) == (owner, subject) and d.is_assertion]
        run.share(f"declared {key}", stated[0] if len(stated) == 1 else None, want)


def _against_declared(run: Run, _case: Mapping[str, Any], _nouns: Nouns, table: Table, expected: Any) -> None:
    run.equal("declared_vs_computed", "CONTRADICTS" if contradictions(table) else "AGREES", expected.split()[0])


def _terminates(run: Run, case: Mapping[str, Any], _nouns: Nouns, table: Table, expected: Any) -> None:
    reached = [Question(table, frozenset((n["id"],)), n["id"]).certain.members for n in case["nodes"]]
    run.equal("terminates", all(n["id"] not in m for n, m in zip(case["nodes"], reached, strict=True)), expected)


def _no_law(run: Run, _case: Mapping[str, Any], _nouns: Nouns, _table: Table, expected: Any) -> None:
    run.equal("is_legal_verdict", any("banzhaf" in law.text.lower() for law in LAWS.values()), expected)


def _company_ownership(run: Run, _case: Mapping[str, Any], _nouns: Nouns, table: Table, expected: Any) -> None:
    for key, want in expected.items():
        named = re.match(r"(raw N|O)\((\w+),(\w+)\)", key)
        if not named:
            run.unknown("company_ownership", key)
            continue
        what, owner, target = named.groups()
        if what == "raw N":
            value = walks(table.shares, target)[owner]
        elif owner == target:
            value = self_ownership(table.shares, owner)
        else:
            value = company_ownership(table.shares, owner, target)
        run.equal(f"company_ownership {key}", value, Fraction(want))


def _column_sums(run: Run, _case: Mapping[str, Any], _nouns: Nouns, table: Table, expected: Any) -> None:
    for company, want in expected.items():
        reached = walks(table.shares, company)
        total = sum((v for owner, v in reached.items() if owner not in table.shares.columns), ZERO)
        run.equal(f"column_sums_of_DN {company}", total, Fraction(want))


def _fact_count(run: Run, case: Mapping[str, Any], _nouns: Nouns, table: Table, expected: Any) -> None:
    seeds = [node["id"] for node in case["nodes"]]
    counted = sum(len(Question(table, frozenset((s,)), s).certain.members) for s in seeds)
    run.equal("fact_count", counted, expected)


def _not_derivable(run: Run, _case: Mapping[str, Any], _nouns: Nouns, table: Table, expected: Any) -> None:
    for item in expected:
        seed, company = item["control"]
        found = membership(company, *_both(table, seed))
        run.equal(f"not_derivable {seed}>{company}", found, "NO")


def _both(table: Table, seed: str) -> tuple[Any, Any]:
    question = Question(table, frozenset((seed,)), seed)
    return question.certain, question.possible


def _aggregate(run: Run, _case: Mapping[str, Any], _nouns: Nouns, table: Table, expected: Any) -> None:
    for key, want in expected.items():
        owner, _, target = key.partition(" in ")
        members = _both(table, owner)[0].all - {target}
        run.share(f"aggregate {key}", held(table.votes, members, target, votes=True), want)


def _variant(run: Run, case: Mapping[str, Any], _nouns_: Nouns, _table: Table, expected: Any) -> None:
    change = re.match(r"(\w+)>(\w+) (\d+) instead of", expected["change"])
    if not change:
        run.unknown("variant", "change_not_read")
        return
    owner, subject, percent = change.groups()
    edges = [
        {**e, "exact": str(Fraction(int(percent), 100))} if (e["owner"], e["subject"]) == (owner, subject) else e
        for e in case["edges"]
    ]
    rest = {key: value for key, value in expected.items() if key != "change"}
    _case_again(run, {**case, "edges": edges, "expected": rest})


def _case_again(run: Run, case: Mapping[str, Any]) -> None:
    one_case(run, case)


def _group(run: Run, _case: Mapping[str, Any], _nouns: Nouns, table: Table, expected: Any) -> None:
    members = tuple(sorted(expected["members"]))
    block = next((b for b, found in table.blocks.items() if found == members), "")
    holders = frozenset((block,)) if block else frozenset(members)
    target = next((c for c, col in table.shares.columns.items() if holders & set(col) and c not in table.blocks), "")
    question = Question(table, holders, target)
    for key, want in expected.items():
        if key in {"members", "never_add_to_members"}:
            continue
        if key in {"value", "W"}:
            run.share(f"group.{key}", question.direct(holders, votes=False), want)
        elif key == "eu_amlr_52_on_the_block":
            law = LAWS["eu_amlr"]
            run.equal(f"group.{key}", law.test(question, law.version(table.as_of)).tests["52"], want)
        elif key in LAWS:
            law = LAWS[key]
            run.equal(f"group.{key}", law.test(question, law.version(table.as_of)).verdict, want)
        elif key == "control":
            run.equal(f"group.{key}", membership(target, question.certain, question.possible), want)
        elif key == "status":
            family = any(set(g.members) == set(members) and g.kind == "family" for g in table.groups)
            run.equal(f"group.{key}", family, want.startswith("LEAD"))
        else:
            run.unknown("group", key)


def _block_total(run: Run, _case: Mapping[str, Any], _nouns: Nouns, table: Table, expected: Any) -> None:
    total = sum((col[b].share.lo for b in table.blocks for col in table.shares.columns.values() if b in col), ZERO)
    run.equal("block_total", total, Fraction(expected))


def _unknown(run: Run, _case: Mapping[str, Any], _nouns: Nouns, table: Table, expected: Any) -> None:
    company = expected["company"]
    for key, want in expected.items():
        if key == "residual":
            run.equal("unknown.residual", table.shares.residual(company, table.unknown), Fraction(want))
        elif key == "largest_single_unidentified":
            run.equal(f"unknown.{key}", largest_unidentified(table, company), Fraction(want))
        elif key != "company":
            run.unknown("unknown", key)


def _derived_edges(run: Run, _case: Mapping[str, Any], nouns: Nouns, table: Table, expected: Any) -> None:
    solved = {(d.note, d.total) for d in table.flags if d.code == "DERIVED_EDGE"}
    want = {(f"{e['owner']} > {e['subject']}", Fraction(e["exact"])) for e in expected}
    run.equal("derived_edges", solved, want)


def _views(run: Run, case: Mapping[str, Any], nouns: Nouns, _table: Table, expected: Any) -> None:
    for view in expected:
        when = {"as_of": day_of(view["as_of"]), "as_known": day_of(view.get("as_known"))}
        table = nouns.table(**when)
        path = f"views {view['as_of']}"
        for key, want in view.items():
            if key in when:
                continue
            if key in {"own", "unknown"}:
                _register_view(run, path, case, table, key, want)
            else:
                _declared_view(run, path, nouns, table, key, want, when)


def _register_view(run: Run, path: str, case: Mapping[str, Any], table: Table, key: str, want: Any) -> None:
    edges = case.get("statements", case.get("edges", ()))
    (target,) = {e["subject"] for e in edges}
    if key == "unknown":
        run.equal(f"{path}.unknown", table.shares.residual(target, table.unknown), Fraction(want))
        return
    for owner in sorted({e["owner"] for e in edges}):
        found = Question(table, frozenset((owner,)), target).own()
        run.share(f"{path}.own {owner}", found, want.get(owner, "0"))


def _declared_view(
    run: Run, path: str, nouns: Nouns, table: Table, key: str, want: Any, when: Mapping[str, Any]
) -> None:
    (total,) = {(i.owner, i.subject) for i in nouns.interests.values() if i.is_assertion}
    owner, target = total
    direct = held(nouns.table(**when, derive=False).shares, (owner,), target).lo
    indirect = sum((d.share.lo for d in table.declared if (d.owner, d.subject) == total and d.share), ZERO)
    if key == "declared_total":
        run.equal(f"{path}.{key}", direct + indirect, Fraction(want))
    elif key == "declared":
        found = {"direct": direct, "indirect": indirect}
        run.equal(f"{path}.{key}", found, {k: Fraction(v) for k, v in want.items()})
    elif key == "own_from_direct_edges":
        plain = nouns.table(**when, derive=False)
        policy: Policy = want.get("unknown_policy", "is_not_p")
        run.share(f"{path}.{key}", Question(plain, frozenset((owner,)), target, policy).own(), want)
    elif key == "own_with_derived_edge":
        run.share(f"{path}.{key}", Question(table, frozenset((owner,)), target).own(), want)
    else:
        run.unknown(path, key)


def _end_window(run: Run, _case: Mapping[str, Any], nouns: Nouns, _table: Table, expected: Any) -> None:
    found = end_window(nouns.interests, expected["record"])
    run.equal("end_window", found, (day_of(expected["after"]), day_of(expected["not_after"])))


def _look_through(run: Run, _case: Mapping[str, Any], nouns: Nouns, _table: Table, expected: Any) -> None:
    # Asked of every day on which something begins: the trust may have left the register since.
    days = {i.valid_from for i in nouns.interests.values() if i.valid_from}
    flags = [d for day in days for d in nouns.table(as_of=day).flags]
    run.equal("look_through", {d.members[0] for d in flags if d.code == "LOOK_THROUGH"}, set(expected))


def _refused(run: Run, _case: Mapping[str, Any], _nouns: Nouns, table: Table, expected: Any) -> None:
    run.equal("refused", set(table.refused), set(expected))
    for company in expected:
        _undetermined(run, table, company)


def _tainted(run: Run, _case: Mapping[str, Any], _nouns: Nouns, table: Table, expected: Any) -> None:
    run.equal("tainted_downstream", set(table.tainted), set(expected))
    for company in expected:
        _undetermined(run, table, company)


def _undetermined(run: Run, table: Table, company: str) -> None:
    for person in people_above(table, company):
        question = Question(table, frozenset((person,)), company)
        for law in LAWS.values():
            if law.id == "ofac":
                continue
            found = law.test(question, law.version(table.as_of))
            flagged = any(flag.startswith("OVERSUBSCRIBED") for flag in found.flags)
            run.equal(f"{law.id} {person}>{company}", (found.verdict, found.figures, flagged), (UNDETERMINED, {}, True))


def _path_sums(run: Run, case: Mapping[str, Any], _nouns: Nouns, table: Table, expected: Any) -> None:
    names = [node["id"] for node in case["nodes"]]
    sums = {f"{a}>{b}": path_sum(table.shares, a, b)[0] for a in names for b in names if a != b}
    found = {pair: value for pair, value in sums.items() if value >= Fraction(1, 5)}
    run.equal("path_sums_ge_20", found, {pair: Fraction(value) for pair, value in expected.items()})


def _path_sums_flag(run: Run, _case: Mapping[str, Any], _nouns: Nouns, table: Table, expected: Any) -> None:
    run.equal("path_sums_flag", "on_defective_data" if table.refused else "", expected)


def _kept(run: Run, _case: Mapping[str, Any], _nouns: Nouns, table: Table, expected: Any) -> None:
    run.equal("interests_kept", table.kept, expected)


def _banzhaf(run: Run, case: Mapping[str, Any], _nouns: Nouns, _table: Table, expected: Any) -> None:
    for number, (game, want) in enumerate(zip(case["games"], expected, strict=True)):
        quota = Fraction(int(game["quota"].lstrip(">")), 100)
        run.equal(f"banzhaf[{number}]", banzhaf(game["weights"], quota), tuple(Fraction(v) for v in want))
        if "swings" in game:
            run.equal(f"swings[{number}]", swings(game["weights"], quota), tuple(game["swings"]))


def _relative(run: Run, _case: Mapping[str, Any], _nouns: Nouns, _table: Table, expected: Any) -> None:
    found = relative_control(expected["holdings"])
    run.equal("relative_control", found, tuple(Fraction(v) for v in expected["R"]))


CHECKS: dict[str, Check] = {
    "hygiene": _hygiene,
    "pairs": _pairs,
    "ofac": _ofac,
    "control": _control,
    "own": _own,
    "beneficial_owners": _nobody,
    "natural_persons": _nobody,
    "owner_kind": _owner_kind,
    "declared": _declared,
    "declared_vs_computed": _against_declared,
    "terminates": _terminates,
    "is_legal_verdict": _no_law,
    "company_ownership": _company_ownership,
    "column_sums_of_DN": _column_sums,
    "fact_count": _fact_count,
    "not_derivable": _not_derivable,
    "aggregate": _aggregate,
    "variant": _variant,
    "group": _group,
    "super_node": _group,
    "family_group": _group,
    "block_total": _block_total,
    "unknown": _unknown,
    "derived_edges": _derived_edges,
    "views": _views,
    "end_window": _end_window,
    "look_through": _look_through,
    "refused": _refused,
    "tainted_downstream": _tainted,
    "path_sums_ge_20": _path_sums,
    "path_sums_flag": _path_sums_flag,
    "interests_kept": _kept,
    "banzhaf": _banzhaf,
    "relative_control": _relative,
}

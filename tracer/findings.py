"""From the exportable facts of a case to everything it may state: the one path that notebook, terminal, chart and annex share.

The order is fixed: gate, facts, matches, claims, entries, rules and bounds, owners, nexus, gaps. Each step is one call into
one room; what a room needs of another is handed to it here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from tracer import __version__, match, nexus, owners
from tracer.claims import assets_paid, claims_of, placed
from tracer.concerned import concerned
from tracer.facts import Facts, concluded, concluded_around, facts_of, same_parties
from tracer.gate import Gate, log_lines, restricted
from tracer.marked import check_gaps
from tracer.model import (
    CaseFile,
    Coverage,
    Dossier,
    Gap,
    Posting,
    Statement,
    Verdict,
)
from tracer.model.judging import in_force
from tracer.model.naming import identified, record_of
from tracer.model.parted import is_hub
from tracer.progress import say
from tracer.tracing import question_again, question_of, trace_case

__all__ = [
    "Facts",
    "cited",
    "concluded",
    "concluded_around",
    "dossier",
    "facts_of",
    "question_again",
    "question_of",
    "same_parties",
]


def dossier(
    case: CaseFile, gate: Gate, facts: Facts, log: Iterable[dict[str, Any]], *, head: str, rules: Sequence[str] = ()
) -> Dossier:
    """Return the whole dossier of an exportable case."""
    postings, statements = facts["posting"], facts["statement"]
    case = placed(restricted(case, gate), gate)
    claims, claim_gaps = claims_of(case, postings, statements, facts.transfers)
    paid, asset_gaps = assets_paid(facts["asset"], postings, facts.transfers)
    lines, log_head = log_lines(log, gate, f"tracer {__version__}")
    question = question_of(case, facts, claims, paid, rules=tuple(rules) or case.tracing.methods, head=head)
    checks = check_gaps(facts["reconciliation"].values(), facts.by_kind)
    named = [name for exhibit in gate.exhibits for name in (exhibit.number, exhibit.name)]
    result, trace_gaps = trace_case(question, case, facts, concerned(checks, facts), named)
    same = same_parties(facts["party"], facts.judgements)
    key_dates = dict.fromkeys((same.get(target, target), day) for target, day in _key_dates(case, facts))
    verdicts = tuple(
        verdict
        for target, day in key_dates
        for verdict in owners.verdicts(
            facts["party"], facts["interest"], target, as_of=day, sanctioned=case.sanctioned, same=same
        )
    )
    chains = tuple(
        chain
        for target, day in key_dates
        for chain in owners.chains(facts["party"], facts["interest"], target, as_of=day, same=same)
    )
    residuals = tuple(
        residual
        for target, day in key_dates
        for residual in owners.residuals(facts["party"], facts["interest"], target, as_of=day, same=same)
    )
    days = dict.fromkeys((case.as_of, *(day for _, day in key_dates)))  # a loop may have been dissolved since
    found = [d for on in days for d in owners.hygiene(facts["party"], facts["interest"], as_of=on, same=same)]
    say(f"the agents of {len(facts['message']):,} messages")
    wires = nexus.wires(
        facts["message"],
        postings,
        statements,
        producers=producers_of(gate),
        transfers=facts.transfers,
        judgements=in_force(facts.judgements),
    )
    coverage = coverage_of(statements, postings)
    gaps = (
        *claim_gaps,
        *asset_gaps,
        *trace_gaps,
        *match.unmatched(facts.transfers, postings),
        *match.doubts(postings, facts["message"], facts.judgements),
        *_reject_gaps(facts["reject"].values()),
        *checks,
    )
    ordered = sorted(gaps, key=_gap_order)
    numbered = {gap.id: f"G{n:03d}" for n, gap in enumerate(ordered, 1)}
    result = replace(
        result,
        targets=tuple(replace(t, rests_on=tuple(sorted(numbered[gap] for gap in t.rests_on))) for t in result.targets),
    )
    accounts = sorted({p.account_key or p.account for p in postings.values()})
    records = sorted({p.record for p in facts["party"].values()})
    numbers = {record: n for n, record in enumerate((r for r in records if r not in same), 1)}
    made = Dossier(
        case=case,
        head=head,
        chain_head=gate.chain_head,
        log_head=log_head,
        version=__version__,
        exhibits=gate.exhibits,
        statements=statements,
        postings=postings,
        messages=facts["message"],
        parties=facts["party"],
        accounts=facts["account"],
        interests=facts["interest"],
        assets=facts["asset"],
        rejects=tuple(facts["reject"].values()),
        reconciliations=tuple(facts["reconciliation"].values()),
        judgements=facts.judgements,
        transfers=facts.transfers,
        trace=result,
        verdicts=verdicts,
        chains=chains,
        hygiene=tuple(dict.fromkeys((defect.code, tuple(defect.members)) for defect in found)),
        wires=wires,
        gaps=tuple(replace(gap, id=numbered[gap.id]) for gap in ordered),
        coverage=coverage,
        log=lines,
        account_ids={key: f"AC-{n:02d}" for n, key in enumerate(accounts, 1)}
        | {key: f"PT-{n:02d}" for n, key in enumerate((a.account for a in result.accounts if is_hub(a.account)), 1)},
        party_ids={record: f"PTY-{numbers[same.get(record, record)]}" for record in records},
        same_parties=same,
        residuals=residuals,
        aggregates=facts["aggregate"],
    )
    return replace(made, verdicts=cited(verdicts, made))


def cited(verdicts: Iterable[Verdict], made: Dossier) -> tuple[Verdict, ...]:
    """Return the verdicts with the judgements by which two records count as one party in them."""
    ends = {i.record: (i.owner, i.subject) for i in made.interests.values()}
    ends |= {key: (i.owner, i.subject) for key, i in made.interests.items()}
    said: dict[str, set[str]] = defaultdict(set)
    for j in in_force(made.judgements):
        if j.subject == "party" and j.decision == "same":
            one, other = made.parties[j.left].record, made.parties[j.right].record
            words = f"{one} and {other} are one party by judgement {j.id[:12]} of {j.by}, {j.on}: {j.reason}"
            said[made.same_parties.get(one, one)].add(words)

    def told(verdict: Verdict) -> Verdict:
        concerned = {
            verdict.target,
            *verdict.person.split("+"),
            *(end for c in verdict.chains for end in ends.get(c, ())),
        }
        words = {w for record in concerned for w in said.get(made.same_parties.get(record, record), ())}
        return replace(verdict, assumptions=(*verdict.assumptions, *sorted(words))) if words else verdict

    return tuple(told(verdict) for verdict in verdicts)


def _gap_order(gap: Gap) -> tuple[int, int, str]:
    order = ("missing_statement", "unknown_origin", "conflict", "unmatched_leg", "unordered_day")
    return (order.index(gap.kind) if gap.kind in order else len(order), -(gap.amount or 0), gap.id)


def producers_of(gate: Gate) -> dict[str, tuple[str, str]]:
    """Return exhibit -> (kind, institution) of the producer: `us` where the country of its BIC is US."""
    found = {}
    for exhibit in gate.exhibits:
        bic = exhibit.producer if len(exhibit.producer) in {8, 11} and exhibit.producer.isalnum() else ""
        kind = "us" if bic[4:6] == "US" else "fed" if "federal reserve" in exhibit.producer.casefold() else "foreign"
        found[exhibit.sha256] = (kind, bic or exhibit.producer)
    return found


def _key_dates(case: CaseFile, facts: Facts) -> tuple[tuple[str, date], ...]:
    """Return (party record, date) for each titleholder on acquisition and each account holder on the first event."""
    found: dict[tuple[str, date], None] = {}
    records = {p.record for p in facts["party"].values() if p.kind == "entity"}
    known = identified(facts["party"].values())  # a register names a company by its own number: GB-COH-09990033
    for asset in sorted(facts["asset"].values(), key=lambda a: a.record):
        if (holder := record_of(asset.titleholder, known)) in records:
            found.setdefault((holder, asset.acquired or case.as_of))
    first = min((event.on for event in case.events), default=case.as_of)
    for account in sorted(facts["account"].values(), key=lambda a: a.number):
        if (holder := record_of(account.holder, known)) in records:
            found.setdefault((holder, first))
    return tuple(found)


def coverage_of(statements: Mapping[str, Statement], postings: Mapping[str, Posting]) -> tuple[Coverage, ...]:
    """Return the months of records held per account, between the first and the last one."""
    held: dict[str, set[str]] = defaultdict(set)
    span: dict[str, list[date]] = defaultdict(list)
    of_statement: dict[str, list[Posting]] = defaultdict(list)
    for posting in postings.values():
        of_statement[posting.statement].append(posting)
    for key, statement in statements.items():
        if statement.kind not in {"statement", "table"}:
            continue
        days = [d for p in of_statement[key] if (d := p.booked or p.value_date)]
        start = statement.period_from or statement.opening_date or min(days, default=None)
        end = statement.period_to or statement.closing_date or max(days, default=None)
        if start is None or end is None:
            continue
        account = statement.account_key or statement.account
        span[account] += [start, end]
        held[account] |= set(_months(start, end))
    found = []
    for account in sorted(held):
        expected = tuple(_months(min(span[account]), max(span[account])))
        found.append(
            Coverage(
                account,
                expected,
                tuple(m for m in expected if m in held[account]),
                tuple(m for m in expected if m not in held[account]),
            )
        )
    return tuple(found)


def _months(start: date, end: date) -> list[str]:
    first, last = start.year * 12 + start.month - 1, end.year * 12 + end.month - 1
    return [f"{n // 12:04d}-{n % 12 + 1:02d}" for n in range(first, last + 1)]


def _reject_gaps(rejects: Iterable[Any]) -> tuple[Gap, ...]:
    return tuple(
        Gap(
            id=f"reject/{reject.cite}/{reject.field}",
            kind="rejected_line",
            description_en=f"{'A part of a record' if reject.is_part else 'A line'} was set aside ({reject.code}): {reject.message}",
            description_zh=f"{'记录的一部分' if reject.is_part else '一行'}被搁置（{reject.code}）：{reject.message}",
            ask_en=f"The original of this {'part' if reject.is_part else 'line'}, legible.",
            ask_zh=f"该{'部分' if reject.is_part else '行'}的清晰原件。",
            cites=(reject.cite,),
        )
        for reject in rejects
    )

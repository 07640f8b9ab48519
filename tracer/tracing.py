"""From facts to the trace of a case: the question it answers, its books, every rule, floor and ceiling, and what they rest on.

The question (`question_of`) is what every other verb asks again: a changed assumption, the 22 checks, an explanation. Its
books are made by `trace.read_books`, for this trace and for all of them.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tracer import match, trace
from tracer.choices import refusals, with_choices
from tracer.claims import assets_paid, claims_of, unpaid
from tracer.concerned import Concerned
from tracer.facts import Facts, concluded, concluded_around
from tracer.model import (
    Account,
    Bounds,
    CaseFile,
    CheckFailed,
    Claim,
    Dossier,
    Gap,
    Judgement,
    Posting,
    TraceResult,
)
from tracer.model.accounts import account_of
from tracer.model.judging import PART, in_force, pair_of, relation_of
from tracer.model.parted import legs_in_parts
from tracer.model.targets import asset_of
from tracer.parameters import parameters_of
from tracer.progress import say
from tracer.trace.effects import day_effects, hole_effects, resting
from tracer.trace.orders import day_marks
from tracer.trace.origins import Doubted, joined_effects, refund_effects, resting_on
from tracer.trace.telling import asset_names, told

__all__ = ["Reading", "as_read", "question_again", "question_of", "reading_of", "trace_case"]


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """The question that the trace of a dossier answers, and the books it is answered from: read once for every verb."""

    question: trace.Question
    books: trace.Books


def reading_of(made: Dossier) -> Reading:
    """Return the question of a dossier, which knows its exhibits and its run, and its books. No file is read again."""
    question = question_again(made)
    question = replace(question, exhibits={e.sha256: e.number for e in made.exhibits}, base_run=made.trace.run)
    return Reading(question, trace.read_books(question))


def trace_case(
    question: trace.Question,
    case: CaseFile,
    facts: Facts,
    checks: Sequence[Concerned] = (),
    exhibits: Sequence[str] = (),
) -> tuple[TraceResult, tuple[Gap, ...]]:
    """Replay every rule over all held accounts, with floor and ceiling of each target, and return the gaps found on the way.

    The ceiling is computed with balances carried through holes, the floor with every hole open (tracing.md 5.6). `checks`:
    the checks that are off; what their lines may have reached rests on them. `exhibits`: numbers and names of those that may
    leave, on which an election may rest.
    """
    postings, rules, claims = question.postings, question.rules, question.claims
    books = trace.read_books(question)
    read, entries, bundle = as_read(books), books.carried, question.bundle
    say(f"replaying {len(postings):,} postings under {len(rules)} rules")
    replays = trace.trace_all(entries, rules, bundle=bundle)
    open_legs = _open_legs(facts, claims, question.paid, read)
    networks = trace.Networks(books)
    names = asset_names(facts["asset"].values(), entries.sinks)
    unopened: dict[str, Bounds] = {}
    gross: dict[str, int] = {}

    def bounds_of(targets: Sequence[str], labels: Sequence[str]) -> Bounds:
        say("floor and ceiling of " + ", ".join(names.get(t) or t.rpartition(":")[2] for t in targets)[:60])
        found = networks.bound(targets, labels)
        if len(targets) == 1:
            unopened[targets[0]], gross[targets[0]] = found.carried, found.gross.floor
        return found.stated

    chosen = parameters_of(question, case, read)
    parameters = {key: en for key, (en, _) in chosen.items()}
    run = hashlib.sha256(
        f"{question.head}\n{case.raw}\n{sorted(parameters.items())}\n{list(rules)}".encode()
    ).hexdigest()
    result = trace.result(
        entries, replays, claims, question.head, parameters, bounds_of=bounds_of, postings=postings, assets=names
    )
    result = replace(result, run=run, parameters_zh={key: zh for key, (_, zh) in chosen.items()})
    found = told(result, postings, facts["asset"], facts.transfers)
    reached = trace.reach(entries, [*day_marks(entries), *read.doubts, *read.parts, *_marked(checks, read)])
    say(f"orders of {len(read.days)} days that no record orders")
    found = trace.over_orders(found, entries, bundle=bundle, found=reached)
    moved = day_effects(found, entries, reached, bundle=bundle)
    if read.doubts:
        say(f"the effect of {len(read.gaps)} gaps")
    moved |= hole_effects(
        found, reached, read.gaps, lambda ids: question.entries(opened=ids).entries, unopened, bundle=bundle
    )
    made = networks.doubted()
    told_of = open_legs.gaps(made)
    if told_of:
        say(f"the effect of {len(told_of)} credits that may be traced money come back")
    doubted = {row: [gap.id for gap in gaps] for row, gaps in told_of.items()}
    doubted |= {row: [*doubted.get(row, ()), gap] for row, gap in open_legs.parts.items() if row in made.debits}
    reached = resting_on(reached, entries, made, doubted)
    pairs = {gap.id: open_legs.pairs[gap.id] for gaps in told_of.values() for gap in gaps if gap.id in open_legs.pairs}
    moved |= joined_effects(found, reached, pairs, lambda chosen: _joined(question, chosen), bundle=bundle)
    moved |= refund_effects(found, open_legs.refunds, gross)
    gaps = (
        *unpaid(question.paid, postings, read.row_of),
        *(replace(gap, effects=moved.get(gap.id, ())) for gap in read.gaps),
        *trace.unordered_gaps(found, read.days, moved),
        *(replace(gap, effects=moved.get(gap.id, ())) for told in told_of.values() for gap in told),
    )
    records = {asset.record for asset in facts["asset"].values()}
    bought = {t.target: f"sink:ASSET:{asset_of(t.target, records)[0]}" for t in found.targets}
    own = {
        t: ids
        for t, whole in bought.items()
        if (ids := {c.gap.id for c in checks if whole in c.targets} | {gap for gap, to, _ in read.prices if to == t})
    }
    reached = replace(
        reached, targets={t: reached.targets.get(t, frozenset()) | own.get(t, set()) for t in {*reached.targets, *own}}
    )
    parted = {*open_legs.parts.values(), *(gap for gap, _, _ in read.parts)}
    judged = match.doubts(postings, facts["message"], facts.judgements) if parted else ()
    told_apart = (*(gap for gap in judged if gap.id in parted), *(c.gap for c in checks))
    found = resting(found, (*gaps, *told_apart), reached, entries)
    found = with_choices(found, books, question, case, exhibits)
    return found, (*gaps, *refusals(found))


def _marked(checks: Iterable[Concerned], read: trace.CaseEntries) -> list[tuple[str, int, int]]:
    """Return (gap id, account code, row) of every line in doubt that the books count."""
    e, found = read.entries, []
    for one in checks:
        rows = sorted(read.row_of[key] for key in one.postings if key in read.row_of)
        found += [(one.gap.id, int(e.account[row]), row) for row in rows]
    return found


def as_read(books: trace.Books) -> trace.CaseEntries:
    """Return what was found while the records of these books were read. Raises: CheckFailed for books that were changed."""
    if books.read is None:
        raise CheckFailed(
            "The books of a changed assumption were to be traced as the case.",
            where="trace",
            meaning="Figures of another case would be printed as those of this one: nothing is traced. This is a bug of tracer.",
            next_call="report the verb and this line",
        )
    return books.read


def _joined(question: trace.Question, pairs: Sequence[tuple[str, str]]) -> trace.Entries:
    """Return the entries with each pair (debit, credit) of open legs as one transfer."""
    credit_of, taken = dict(pairs), {credit for _, credit in pairs}
    joined = tuple(
        replace(t, credit=credit_of[t.debit]) if t.debit in credit_of else t
        for t in question.transfers
        if t.debit or t.credit not in taken
    )
    return replace(question, transfers=joined).entries().entries


@dataclass(frozen=True, slots=True)
class _OpenLegs:
    """Credits of unknown origin that may be traced money come back, as rows of the entries, and what tells them.

    exchanged, paid_back  credit row -> debit rows
    pairs                 gap id -> (debit, credit) postings, best first
    refunds               target -> (gap id, minor units that may have come back)
    parts                 credit row -> id of the gap of the payment in parts by which it came
    """

    exchanged: dict[int, list[int]]
    paid_back: dict[int, list[int]]
    pairs: dict[str, list[tuple[str, str]]]
    refunds: dict[str, list[tuple[str, int]]]
    parts: dict[int, str]
    gaps: Callable[[Doubted], dict[int, list[Gap]]]


def _open_legs(facts: Facts, claims: Sequence[Claim], paid: Mapping[str, str], carried: trace.CaseEntries) -> _OpenLegs:
    """Return the credits that no claim and no other leg explains, and the debits that may have been their other side.

    What paid for an asset bought no currency; a refund is told of every asset, a conversion where proceeds
    may have left by the debit.
    """
    postings, statements, e = facts["posting"], facts["statement"], carried.entries
    rows = carried.row_of
    claimed = {claim.posting for claim in claims}
    prices = {row for _, _, row in carried.prices}  # explained by the asset that they paid for
    lines = {
        key: p
        for key, p in postings.items()
        if key in rows and key not in claimed and e.partner[rows[key]] < 0 and rows[key] not in prices
    }
    bought = {
        key for key in lines
        if not e.credit[rows[key]] and e.sinks[int(e.sink[rows[key]])].startswith("sink:ASSET:")
    }  # fmt: skip
    held = {k: p for k, p in lines.items() if k not in bought}
    standing = in_force(facts.judgements)
    apart = [
        pair_of(j) for j in standing if (j.subject, j.decision) == ("movement", "different") and relation_of(j) != PART
    ]
    found: dict[str, list[match.Conversion]] = defaultdict(list)
    for one in match.conversions(held, facts.transfers, statements, apart=apart) if len(set(e.currencies)) > 1 else ():
        found[one.credit].append(one)
    names = {key: e.accounts[int(e.account[rows[key]])] for key in lines}
    back = [
        r
        for r in match.refunds({k: t for k, t in paid.items() if k in lines}, postings, facts.transfers)
        if r.credit in lines
    ]
    refunds: dict[str, list[tuple[str, int]]] = defaultdict(list)
    paid_back: dict[int, list[int]] = defaultdict(list)
    for r in back:
        currencies = {postings[key].currency for key in (r.credit, *r.payments)}
        whole = sum(-p.amount for key, p in postings.items() if paid.get(key) == r.target and key in lines)
        refunds[r.target].append((r.gap, postings[r.credit].amount if len(currencies) == 1 else whole))
        paid_back[rows[r.credit]] += [rows[key] for key in r.payments if rows[key] not in paid_back[rows[r.credit]]]

    parts: dict[int, str] = {}
    for name, debits, credits_ in legs_in_parts(facts.transfers):
        for credit in (key for key in credits_ if key in lines):
            parts[rows[credit]] = f"parts/{name}"
            # at most the proceeds in its debits have come in by it, as in what a seller pays back
            paid_back[rows[credit]] += [rows[key] for key in debits if key in lines]

    def gaps(made: Doubted) -> dict[int, list[Gap]]:
        told: dict[int, list[Gap]] = defaultdict(list)
        for r in back:
            told[rows[r.credit]].append(match.refund_gap(r, postings))
        for credit, listed in found.items():
            live = [c for c in listed if rows[c.debit] in made.debits.get(rows[credit], ())]
            if live:
                told[rows[credit]].append(match.conversion_gap(live, postings, names))
        return dict(told)

    return _OpenLegs(
        exchanged={rows[credit]: [rows[c.debit] for c in listed] for credit, listed in found.items()},
        paid_back=dict(paid_back),
        pairs={f"conversion/{credit}": [(c.debit, credit) for c in listed] for credit, listed in found.items()},
        refunds=dict(refunds),
        parts=parts,
        gaps=gaps,
    )


def question_again(made: Dossier) -> trace.Question:
    """Return the question that the trace of a dossier answers; no file is read again."""
    by_kind: dict[str, dict[str, Any]] = {
        "posting": made.postings,
        "statement": made.statements,
        "message": made.messages,
        "party": made.parties,
        "account": made.accounts,
        "asset": made.assets,
    }
    facts = Facts(by_kind, made.judgements, made.transfers)
    paid, _ = assets_paid(made.assets, made.postings, made.transfers)
    return question_of(made.case, facts, made.trace.claims, paid, rules=made.trace.rules, head=made.head)


def question_of(
    case: CaseFile, facts: Facts, claims: Sequence[Claim], paid: Mapping[str, str], *, rules: Sequence[str], head: str
) -> trace.Question:
    """Return what the trace is asked of, and how it is asked again without a judgement or an exhibit."""

    def over(changed: Facts) -> trace.Question:
        moved, postings = changed.transfers, changed["posting"]
        again, _ = claims_of(case, postings, changed["statement"], moved)
        bought, _ = assets_paid(changed["asset"], postings, moved)
        # a payment in another currency than the first keeps its target where the first is gone
        named = {key: paid.get(key, target) for key, target in bought.items()}
        return question_of(case, changed, again, named, rules=rules, head=head)

    def withdrawn(judgement: Judgement) -> trace.Question:
        more = match.withdrawal(judgement, by="what-if", at=str(case.as_of), reason="what-if")
        listed = (*facts.judgements, more)
        if judgement.rung < 0:  # a pair that a person let go is the ladder's again
            return over(concluded(facts.by_kind, listed))
        return over(Facts(facts.by_kind, listed, concluded_around(facts, more)))

    def without(exhibit: str) -> trace.Question:
        left = {
            kind: {key: noun for key, noun in nouns.items() if noun.cite.exhibit != exhibit}
            for kind, nouns in facts.by_kind.items()
        }
        return over(concluded(left, facts.judgements))

    def doubts(read: trace.CaseEntries) -> trace.Doubts:
        legs, source = _open_legs(facts, claims, paid, read), read.entries.source or ()
        exchanged, paid_back = (
            {source[credit]: [source[debit] for debit in debits] for credit, debits in pairs.items()}
            for pairs in (legs.exchanged, legs.paid_back)
        )
        return trace.Doubts(exchanged, paid_back, legs.refunds)

    return trace.Question(
        postings=facts["posting"],
        statements=facts["statement"],
        transfers=facts.transfers,
        claims=tuple(claims),
        paid=paid,
        rules=tuple(rules),
        selected=case.tracing.selected,
        facilities=_facilities(facts, facts["posting"]),
        judgements=facts.judgements,
        offences={event.id: event.offence for event in case.events},
        opening=case.tracing.opening_balance,
        same_day_order=case.tracing.same_day_order,
        bundle=case.tracing.bundle,
        interest=case.tracing.interest,
        head=head,
        doubts=doubts,
        again=withdrawn,
        without=without,
    )


def _facilities(facts: Facts, postings: Mapping[str, Posting]) -> dict[str, int]:
    """Return account -> agreed overdraft, as its opening file states it; where two accounts may be meant, of neither."""
    held = {p.account_key or p.account for p in postings.values()}
    granted: dict[str, Account] = facts["account"]
    stated = {key: one for key in held if (one := account_of(key, granted.values())) is not None}
    times = Counter(one.cite for key, one in stated.items() if key != one.account_key)
    return {
        key: one.facility
        for key, one in stated.items()
        if one.facility is not None and (key == one.account_key or times[one.cite] == 1)
    }
